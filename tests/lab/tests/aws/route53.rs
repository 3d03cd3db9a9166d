//! Route 53 as its SDK sees it.

use aws_sdk_route53::config::Region;
use aws_sdk_route53::types::{ResourceRecord, RrType, VpcRegion};
use lab::aws::AwsOptions;
use lab::aws::network::fixture::{NLB_DNS, VPC, ZONE, ZONE_NAME};
use lab::aws::network::{HostedZone, Record, RecordKind, ZoneOwner};
use reqwest::Method;
use serde_json::{Value, json};

use crate::raw::{send_with, signed};
use crate::support::{Fixture, code, quick};

fn zones(
    fixture: &Fixture,
) -> aws_sdk_route53::operation::list_hosted_zones_by_vpc::builders::ListHostedZonesByVPCFluentBuilder {
    fixture.route53.list_hosted_zones_by_vpc().vpc_id(VPC).vpc_region(VpcRegion::UsWest2)
}

/// Zones of somebody else and of a service.
fn others() -> [HostedZone; 2] {
    let mut other = HostedZone::new("Z0FOREIGN", "b.example.com", VPC);
    other.owner = ZoneOwner::Account("444455556666".to_owned());
    let mut service = HostedZone::new("Z0SERVICE", "efs.us-west-2.amazonaws.com", VPC);
    service.owner = ZoneOwner::Service("efs.amazonaws.com".to_owned());
    [other, service]
}

#[tokio::test]
async fn a_vpc_sees_its_own_zones_and_those_of_others() {
    let fixture = Fixture::with_network(quick()).await;
    fixture.aws.network(|network| {
        network.hosted_zones.extend(others());
        network.hosted_zones.push(HostedZone::new("Z0ELSEWHERE", "c.example.com", "vpc-0b1b2c3d4e5f60718"));
    });
    let got = zones(&fixture).send().await.unwrap();
    let seen: Vec<_> = got
        .hosted_zone_summaries()
        .iter()
        .map(|zone| {
            let owner = zone.owner().unwrap();
            (zone.hosted_zone_id(), zone.name(), owner.owning_account().or(owner.owning_service()).unwrap())
        })
        .collect();
    assert_eq!(
        seen,
        [
            (ZONE, "internal.example.com.", "111122223333"),
            ("Z0FOREIGN", "b.example.com.", "444455556666"),
            ("Z0SERVICE", "efs.us-west-2.amazonaws.com.", "efs.amazonaws.com"),
        ]
    );
    let records = |zone: &str| fixture.route53.list_resource_record_sets().hosted_zone_id(zone).send();
    assert_eq!(code(records("Z0FOREIGN").await), "AccessDenied");
    assert_eq!(code(records("Z0SERVICE").await), "AccessDenied");
    assert_eq!(code(records("Z0NOWHERE").await), "NoSuchHostedZone");
    let other =
        fixture.route53.list_hosted_zones_by_vpc().vpc_id("vpc-0b1b2c3d4e5f60718").vpc_region(VpcRegion::UsWest2);
    assert_eq!(code(other.send().await), "InvalidVPCId");
    assert_eq!(code(zones(&fixture).vpc_region(VpcRegion::UsEast1).send().await), "InvalidVPCId");
}

#[tokio::test]
async fn records_come_in_their_order_with_coded_stars() {
    let fixture = Fixture::with_network(quick()).await;
    fixture.aws.network(|network| {
        let zone = network.hosted_zone_mut(ZONE_NAME).unwrap();
        zone.records.push(Record::new("*.internal.example.com", RecordKind::Cname, &["internal.example.com"]));
        zone.records.push(Record::new("a.internal.example.com", RecordKind::Aaaa, &["fd00::1"]));
        zone.records.push(Record::new("a.internal.example.com", RecordKind::A, &["10.0.1.1", "10.0.1.2"]));
    });
    let got = fixture.route53.list_resource_record_sets().hosted_zone_id(ZONE).send().await.unwrap();
    let listed: Vec<_> = got.resource_record_sets().iter().map(|it| (it.name(), it.r#type().as_str())).collect();
    assert_eq!(
        listed,
        [
            ("internal.example.com.", "A"),
            ("internal.example.com.", "NS"),
            ("internal.example.com.", "SOA"),
            ("\\052.internal.example.com.", "CNAME"),
            ("a.internal.example.com.", "A"),
            ("a.internal.example.com.", "AAAA"),
            ("api.internal.example.com.", "A"),
        ]
    );
    let apex = &got.resource_record_sets()[0];
    let alias = apex.alias_target().unwrap();
    assert_eq!(alias.dns_name(), format!("{NLB_DNS}."));
    assert_eq!((alias.hosted_zone_id(), alias.evaluate_target_health()), ("Z18D5FSROUN65G", true));
    assert!(apex.resource_records().is_empty() && apex.ttl().is_none());
    let values = &got.resource_record_sets()[4];
    let values: Vec<_> = values.resource_records().iter().map(ResourceRecord::value).collect();
    assert_eq!(values, ["10.0.1.1", "10.0.1.2"]);
    let start =
        fixture.route53.list_resource_record_sets().hosted_zone_id(ZONE).start_record_name("a.internal.example.com");
    let got = start.start_record_type(RrType::Aaaa).send().await.unwrap();
    let names: Vec<_> = got.resource_record_sets().iter().map(|it| (it.name(), it.r#type().as_str())).collect();
    assert_eq!(names, [("a.internal.example.com.", "AAAA"), ("api.internal.example.com.", "A")]);
}

#[tokio::test]
async fn pages_are_followed_to_the_end() {
    let fixture = Fixture::with_network(AwsOptions { page_size: 2, ..quick() }).await;
    fixture.aws.network(|network| network.hosted_zones.extend(others()));
    let first = zones(&fixture).send().await.unwrap();
    assert_eq!((first.hosted_zone_summaries().len(), first.max_items()), (2, 100));
    let second = zones(&fixture).next_token(first.next_token().unwrap()).send().await.unwrap();
    assert_eq!((second.hosted_zone_summaries().len(), second.next_token()), (1, None));
    assert_eq!(code(zones(&fixture).next_token("x").send().await), "InvalidPaginationToken");

    let records = || fixture.route53.list_resource_record_sets().hosted_zone_id(ZONE);
    let mut page = records().send().await.unwrap();
    let mut seen = Vec::new();
    loop {
        seen.extend(page.resource_record_sets().iter().map(|it| format!("{} {}", it.name(), it.r#type())));
        if !page.is_truncated() {
            break;
        }
        let next = records().set_start_record_name(page.next_record_name().map(str::to_owned));
        page = next.set_start_record_type(page.next_record_type().cloned()).send().await.unwrap();
    }
    let expected = [
        "internal.example.com. A",
        "internal.example.com. NS",
        "internal.example.com. SOA",
        "api.internal.example.com. A",
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn what_is_not_allowed() {
    let fixture = Fixture::with_network(quick()).await;
    let zones = "/2013-04-01/hostedzonesbyvpc";
    let records = format!("/2013-04-01/hostedzone/{ZONE}/rrset");
    for (path, expected) in [
        (format!("{zones}?vpcid={VPC}"), "InvalidInput"),
        (format!("{zones}?vpcid={VPC}&vpcregion=us-west-9"), "InvalidInput"),
        (format!("{zones}?vpcid={VPC}&vpcregion=us-west-2&maxitems=101"), "InvalidInput"),
        (format!("{zones}?vpcid={VPC}&vpcregion=us-west-2&color=red"), "InvalidInput"),
        (format!("{records}?maxitems=0"), "InvalidInput"),
        (format!("{records}?maxitems=301"), "InvalidInput"),
        (format!("{records}?type=A"), "InvalidInput"),
        (format!("{records}?name=a.internal.example.com&type=B"), "InvalidInput"),
        (format!("/2013-04-01/hostedzone/{}/rrset", "Z".repeat(33)), "InvalidInput"),
    ] {
        let answer = send_with(&fixture.aws, Method::GET, &path, &signed("route53"), None).await;
        assert_eq!((answer.status, answer.code.as_str()), (400, expected), "{path}: {answer:?}");
        let Value::String(document) = &answer.body else { panic!("a document is expected: {answer:?}") };
        assert!(document.contains("<ErrorResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Error>"));
        assert!(document.contains(&format!("<Code>{expected}</Code>")), "{document}");
    }
    let answer = send_with(&fixture.aws, Method::GET, &records, &signed("route53"), None).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let call = fixture.aws.calls().pop().unwrap();
    assert_eq!((call.service.as_str(), call.operation.as_str()), ("route53", "ListResourceRecordSets"));
    assert_eq!(call.input, json!({"HostedZoneId": ZONE}));
}

#[tokio::test]
async fn requests_are_signed_for_one_region_only() {
    let fixture = Fixture::with_network(quick()).await;
    let records = format!("/2013-04-01/hostedzone/{ZONE}/rrset");
    let elsewhere = |service: &str, from: &str, to: &str| {
        let mut headers = signed(service);
        headers[1].1 = headers[1].1.replace(from, to);
        headers
    };
    let own = elsewhere("route53", "us-east-1", "us-west-2");
    let answer = send_with(&fixture.aws, Method::GET, &records, &own, None).await;
    assert_eq!((answer.status, answer.code.as_str()), (403, "SignatureDoesNotMatch"), "{answer:?}");
    let own = fixture.route53.config().to_builder().region(Region::new("us-west-2")).build();
    let own = aws_sdk_route53::Client::from_conf(own).list_resource_record_sets().hosted_zone_id(ZONE).send().await;
    assert_eq!(
        code(own),
        "SignatureDoesNotMatch",
        "the SDK signs for its own region when it has an endpoint of its own"
    );
    let other = elsewhere("ec2", "us-west-2", "us-east-1");
    let answer = send_with(&fixture.aws, Method::POST, "/", &other, None).await;
    assert_eq!((answer.status, answer.code.as_str()), (401, "AuthFailure"), "{answer:?}");
    let other = elsewhere("bedrock-agentcore", "us-west-2", "us-east-1");
    let answer = send_with(&fixture.aws, Method::GET, "/gateways/", &other, None).await;
    assert_eq!((answer.status, answer.code.as_str()), (403, "InvalidSignatureException"), "{answer:?}");
}
