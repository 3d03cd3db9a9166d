//! EC2 as its SDK sees it.

use aws_sdk_ec2::types::{AttributeBooleanValue, Filter, VpcAttributeName};
use lab::aws::AwsOptions;
use lab::aws::network::fixture::{API_ENDPOINT, API_ENDPOINT_DNS, NLB_ARN, SG_LB, SG_RG, SUBNET_A1, SUBNET_A2, VPC};
use lab::aws::network::{Peer, Rule, SecurityGroup, Subnet};
use serde_json::{Value, json};

use crate::raw::send_form;
use crate::support::{Fixture, code, quick};

fn filter(name: &str, values: &[&str]) -> Filter {
    Filter::builder().name(name).set_values(Some(values.iter().map(|&value| value.to_owned()).collect())).build()
}

#[tokio::test]
async fn a_vpc_its_attributes_and_its_subnets() {
    let fixture = Fixture::with_network(quick()).await;
    let vpcs = fixture.ec2.describe_vpcs().vpc_ids(VPC).send().await.unwrap();
    let [vpc] = vpcs.vpcs() else { panic!("one VPC is expected: {vpcs:?}") };
    assert_eq!((vpc.vpc_id(), vpc.cidr_block(), vpc.is_default()), (Some(VPC), Some("10.0.0.0/16"), Some(false)));
    fixture.aws.network(|network| network.vpc_mut(VPC).unwrap().dns_hostnames = false);
    for (attribute, support, hostnames) in [
        (VpcAttributeName::EnableDnsSupport, Some(true), None),
        (VpcAttributeName::EnableDnsHostnames, None, Some(false)),
    ] {
        let got = fixture.ec2.describe_vpc_attribute().vpc_id(VPC).attribute(attribute).send().await.unwrap();
        assert_eq!(got.enable_dns_support().and_then(AttributeBooleanValue::value), support);
        assert_eq!(got.enable_dns_hostnames().and_then(AttributeBooleanValue::value), hostnames);
    }
    let subnets = fixture.ec2.describe_subnets().filters(filter("vpc-id", &[VPC])).send().await.unwrap();
    let found: Vec<_> =
        subnets.subnets().iter().map(|it| (it.subnet_id().unwrap(), it.availability_zone().unwrap())).collect();
    assert_eq!(found, [(SUBNET_A1, "us-west-2a"), (SUBNET_A2, "us-west-2b")]);
}

#[tokio::test]
async fn rules_look_the_same_in_groups_and_in_lists_of_rules() {
    let fixture = Fixture::with_network(quick()).await;
    let id = "sg-0a1b2c3d4e5f60bff";
    fixture.aws.network(|network| {
        let group = SecurityGroup::new(id, VPC, "everything")
            .let_in(Rule::tcp(443, Peer::cidr("10.0.0.0/16")))
            .let_in(Rule::tcp(443, Peer::cidr("fd00::/8")))
            .let_in(Rule::tcp(443, Peer::group(SG_RG)))
            .let_in(Rule::new("tcp", Some((8000, 8100)), Peer::PrefixList("pl-0a1b2c3d4e5f60001".to_owned())))
            .let_in(Rule::new("icmp", Some((-1, -1)), Peer::cidr("255.255.255.255/32")))
            .let_out(Rule::all(Peer::anywhere()));
        network.security_groups.push(group);
    });
    let groups = fixture.ec2.describe_security_groups().group_ids(id).send().await.unwrap();
    let [group] = groups.security_groups() else { panic!("one group is expected: {groups:?}") };
    let [web, range, icmp] = group.ip_permissions() else { panic!("three permissions are expected: {group:?}") };
    assert_eq!((web.ip_protocol(), web.from_port(), web.to_port()), (Some("tcp"), Some(443), Some(443)));
    assert_eq!(web.ip_ranges()[0].cidr_ip(), Some("10.0.0.0/16"));
    assert_eq!(web.ipv6_ranges()[0].cidr_ipv6(), Some("fd00::/8"));
    assert_eq!(web.user_id_group_pairs()[0].group_id(), Some(SG_RG));
    assert_eq!(range.prefix_list_ids()[0].prefix_list_id(), Some("pl-0a1b2c3d4e5f60001"));
    assert_eq!(icmp.from_port(), Some(-1));
    let [all] = group.ip_permissions_egress() else { panic!("one permission is expected: {group:?}") };
    assert_eq!((all.ip_protocol(), all.from_port()), (Some("-1"), None), "everything has no ports in a group");

    let rules = fixture.ec2.describe_security_group_rules().filters(filter("group-id", &[id])).send().await.unwrap();
    let rules = rules.security_group_rules();
    assert_eq!(rules.len(), 6);
    assert!(rules.iter().all(|rule| rule.security_group_rule_id().unwrap().starts_with("sgr-")));
    assert_eq!(rules[1].cidr_ipv6(), Some("fd00::/8"));
    assert_eq!(rules[2].referenced_group_info().and_then(|it| it.group_id()), Some(SG_RG));
    assert_eq!((rules[3].from_port(), rules[3].prefix_list_id()), (Some(8000), Some("pl-0a1b2c3d4e5f60001")));
    let out = &rules[5];
    assert_eq!((out.is_egress(), out.ip_protocol(), out.from_port()), (Some(true), Some("-1"), Some(-1)));
    assert_eq!(rules.iter().filter(|rule| rule.is_egress() == Some(true)).count(), 1);
    let one = rules[2].security_group_rule_id().unwrap();
    let again = fixture.ec2.describe_security_group_rules().security_group_rule_ids(one).send().await.unwrap();
    assert_eq!(again.security_group_rules(), &rules[2..3]);
}

#[tokio::test]
async fn interfaces_of_load_balancers_and_endpoints() {
    let fixture = Fixture::with_network(quick()).await;
    let wanted = format!("ELB {}", NLB_ARN.split_once(":loadbalancer/").unwrap().1);
    let call = fixture.ec2.describe_network_interfaces().filters(filter("description", &[&wanted]));
    let found = call.filters(filter("group-id", &[SG_LB])).send().await.unwrap();
    let addresses: Vec<_> = found.network_interfaces().iter().map(|it| it.private_ip_address().unwrap()).collect();
    assert_eq!(addresses, ["10.0.1.10", "10.0.2.10"]);
    let endpoints = fixture.ec2.describe_vpc_endpoints().vpc_endpoint_ids(API_ENDPOINT).send().await.unwrap();
    let [endpoint] = endpoints.vpc_endpoints() else { panic!("one endpoint is expected: {endpoints:?}") };
    assert_eq!(endpoint.service_name(), Some("com.amazonaws.us-west-2.execute-api"));
    assert_eq!(endpoint.state().map(|state| state.as_str().to_lowercase()).as_deref(), Some("available"));
    assert_eq!(endpoint.dns_entries()[0].dns_name(), Some(API_ENDPOINT_DNS));
}

#[tokio::test]
async fn pages_are_followed_to_the_end() {
    let fixture = Fixture::with_network(AwsOptions { page_size: 3, ..quick() }).await;
    fixture.aws.network(|network| {
        for number in 0..7 {
            let id = format!("subnet-0a1b2c3d4e5f60c{number:02}");
            network.subnets.push(Subnet::new(&id, VPC, &format!("10.0.{}.0/24", number + 10), "us-west-2c"));
        }
    });
    let mut pages = fixture.ec2.describe_subnets().into_paginator().send();
    let mut sizes = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        sizes.push(page.subnets().len());
        seen.extend(page.subnets().iter().map(|subnet| subnet.subnet_id().unwrap().to_owned()));
    }
    assert_eq!((sizes, seen.len()), (vec![3, 3, 3], 9));
    let first = fixture.ec2.describe_subnets().send().await.unwrap();
    let other = fixture.ec2.describe_vpcs().next_token(first.next_token().unwrap()).send().await;
    assert_eq!(code(other), "InvalidNextToken", "the token is one of another list");
    let named = fixture.ec2.describe_subnets().set_subnet_ids(Some(seen.into_iter().collect())).send().await.unwrap();
    assert_eq!((named.subnets().len(), named.next_token()), (9, None), "who names them gets them all");
}

#[tokio::test]
async fn what_is_not_there_or_not_allowed() {
    let fixture = Fixture::with_network(quick()).await;
    let none = "0a1b2c3d4e5f6ffff";
    for (form, expected) in [
        (format!("DescribeVpcs&VpcId.1=vpc-{none}"), "InvalidVpcID.NotFound"),
        ("DescribeVpcs&VpcId.1=vpc-1".to_owned(), "InvalidVpcID.Malformed"),
        (format!("DescribeVpcAttribute&VpcId=vpc-{none}&Attribute=enableDnsSupport"), "InvalidVpcID.NotFound"),
        (format!("DescribeVpcAttribute&VpcId={VPC}"), "MissingParameter"),
        (format!("DescribeVpcAttribute&VpcId={VPC}&Attribute=dns"), "InvalidParameterValue"),
        (format!("DescribeSubnets&SubnetId.1=subnet-{none}"), "InvalidSubnetID.NotFound"),
        (format!("DescribeSecurityGroups&GroupId.1=sg-{none}"), "InvalidGroup.NotFound"),
        ("DescribeSecurityGroups&GroupId.1=load-balancers".to_owned(), "InvalidGroupId.Malformed"),
        ("DescribeSecurityGroups&GroupName.1=load-balancers".to_owned(), "InvalidGroup.NotFound"),
        (format!("DescribeSecurityGroupRules&SecurityGroupRuleId.1=sgr-{none}"), "InvalidSecurityGroupRuleId.NotFound"),
        (format!("DescribeNetworkInterfaces&NetworkInterfaceId.1=eni-{none}"), "InvalidNetworkInterfaceID.NotFound"),
        (format!("DescribeVpcEndpoints&VpcEndpointId.1=vpce-{none}"), "InvalidVpcEndpointId.NotFound"),
        ("DescribeVpcs&MaxResults=4".to_owned(), "InvalidParameterValue"),
        ("DescribeVpcs&MaxResults=1001".to_owned(), "InvalidParameterValue"),
        ("DescribeVpcs&MaxResults=many".to_owned(), "InvalidParameterValue"),
        (format!("DescribeVpcs&MaxResults=5&VpcId.1={VPC}"), "InvalidParameterCombination"),
        ("DescribeVpcs&NextToken=x".to_owned(), "InvalidNextToken"),
        ("DescribeVpcs&VpcIds.1=x".to_owned(), "UnknownParameter"),
        ("DescribeVpcs&DryRun=true".to_owned(), "DryRunOperation"),
        ("DescribeVpcs&DryRun=yes".to_owned(), "InvalidParameterValue"),
        ("DescribeVpcs&Filter.1.Name=vpc&Filter.1.Value.1=x".to_owned(), "InvalidParameterValue"),
        ("DescribeVpcs&Filter.1.Name=vpc-id".to_owned(), "InvalidParameterValue"),
        ("DescribeSecurityGroupRules&Filter.1.Name=vpc-id&Filter.1.Value.1=x".to_owned(), "InvalidParameterValue"),
        ("DescribeEverything".to_owned(), "InvalidAction"),
    ] {
        let answer = send_form(&fixture.aws, "ec2", &format!("Action={form}&Version=2016-11-15")).await;
        assert_eq!(answer.code, expected, "{form}: {answer:?}");
        let Value::String(document) = &answer.body else { panic!("a document is expected: {answer:?}") };
        assert!(document.contains(&format!("<Response><Errors><Error><Code>{expected}</Code>")), "{document}");
        assert!(document.contains("<RequestID>"), "{document}");
    }
    let filter = json!([{"Name": "tag:team", "Values": ["search"]}]);
    fixture.aws.network(|network| network.vpcs[0].tags.insert("team".to_owned(), "search".to_owned()));
    let form = "Action=DescribeVpcs&Version=2016-11-15&Filter.1.Name=tag%3Ateam&Filter.1.Value.1=search";
    let answer = send_form(&fixture.aws, "ec2", form).await;
    assert!(answer.body.as_str().unwrap().contains(VPC), "{answer:?}");
    let call = fixture.aws.calls().pop().unwrap();
    assert_eq!((call.service.as_str(), call.operation.as_str(), call.mutating), ("ec2", "DescribeVpcs", false));
    assert_eq!(call.input, json!({"Filters": filter}));
}
