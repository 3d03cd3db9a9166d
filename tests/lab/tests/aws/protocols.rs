//! What all services have in common, whatever they speak: faults, outages, denials.

use aws_sdk_route53::types::VpcRegion;
use lab::aws::Fault;
use lab::aws::network::fixture::{CERTIFICATE, VPC};

use crate::support::{Fixture, Refused, code, quick, refused};

/// One call of each service.
async fn ask_all(fixture: &Fixture) -> [(&'static str, Result<(), Refused>); 6] {
    let zones = fixture.route53.list_hosted_zones_by_vpc().vpc_id(VPC).vpc_region(VpcRegion::UsWest2);
    [
        ("DescribeSubnets", fixture.ec2.describe_subnets().send().await.map(drop).map_err(|it| refused(&it))),
        (
            "DescribeLoadBalancers",
            fixture.elb.describe_load_balancers().send().await.map(drop).map_err(|it| refused(&it)),
        ),
        (
            "DescribeCertificate",
            fixture
                .acm
                .describe_certificate()
                .certificate_arn(CERTIFICATE)
                .send()
                .await
                .map(drop)
                .map_err(|it| refused(&it)),
        ),
        ("ListHostedZonesByVPC", zones.send().await.map(drop).map_err(|it| refused(&it))),
        ("GetCallerIdentity", fixture.sts.get_caller_identity().send().await.map(drop).map_err(|it| refused(&it))),
        ("ListGateways", fixture.agentcore.list_gateways().send().await.map(drop).map_err(|it| refused(&it))),
    ]
}

fn codes(answers: &[(&str, Result<(), Refused>)]) -> Vec<(u16, String)> {
    let code = |answer: &Result<(), Refused>| match answer {
        Ok(()) => (200, String::new()),
        Err(refused) => (refused.status, refused.code.clone()),
    };
    answers.iter().map(|(_, answer)| code(answer)).collect()
}

fn expected(codes: [(u16, &str); 6]) -> Vec<(u16, String)> {
    codes.into_iter().map(|(status, code)| (status, code.to_owned())).collect()
}

#[tokio::test]
async fn a_denied_operation_has_the_code_of_its_service() {
    let fixture = Fixture::with_network(quick()).await;
    let operations = ask_all(&fixture).await.map(|(operation, answer)| {
        answer.unwrap();
        operation
    });
    for operation in operations {
        fixture.aws.deny(operation);
    }
    let denied = ask_all(&fixture).await;
    assert_eq!(
        codes(&denied),
        expected([
            (403, "UnauthorizedOperation"),
            (403, "AccessDenied"),
            (400, "AccessDeniedException"),
            (403, "AccessDenied"),
            (403, "AccessDenied"),
            (403, "AccessDeniedException"),
        ])
    );
    let (_, Err(subnets)) = &denied[0] else { panic!("it is denied") };
    assert!(subnets.message.contains("not authorized to perform: ec2:DescribeSubnets"), "{subnets:?}");
    for operation in operations {
        fixture.aws.allow(operation);
    }
    assert!(ask_all(&fixture).await.iter().all(|(_, answer)| answer.is_ok()));
}

#[tokio::test]
async fn a_throttled_operation_has_the_code_of_its_service() {
    let fixture = Fixture::with_network(quick()).await;
    let fault = fixture.aws.inject(Fault::on_any().throttle().always());
    let throttled = codes(&ask_all(&fixture).await);
    assert_eq!(
        throttled,
        expected([
            (503, "RequestLimitExceeded"),
            (400, "Throttling"),
            (400, "ThrottlingException"),
            (400, "Throttling"),
            (400, "Throttling"),
            (429, "ThrottlingException"),
        ])
    );
    assert_eq!(fault.hits(), 18, "the SDK tries each call three times");
}

#[tokio::test]
async fn faults_and_outages_meet_every_service() {
    let fixture = Fixture::with_network(quick()).await;
    let fault = fixture.aws.inject(Fault::on("DescribeSubnets").error_before_commit(500, "InternalError"));
    assert_eq!(code(fixture.ec2.describe_subnets().send().await), "no error", "the SDK tries again");
    assert_eq!(fault.hits(), 1);
    let of_zone = Fault::on("ListHostedZonesByVPC").matching("/VPCId", VPC.into()).drop_before_commit().times(3);
    let fault = fixture.aws.inject(of_zone);
    let zones = || fixture.route53.list_hosted_zones_by_vpc().vpc_id(VPC).vpc_region(VpcRegion::UsWest2).send();
    assert!(zones().await.unwrap_err().raw_response().is_none());
    assert_eq!((fault.hits(), code(zones().await)), (3, "no error".to_owned()));

    fixture.aws.set_down(true);
    assert!(ask_all(&fixture).await.iter().all(|(_, answer)| answer.is_err()));
    fixture.aws.set_down(false);
    assert!(ask_all(&fixture).await.iter().all(|(_, answer)| answer.is_ok()));
}

#[tokio::test]
async fn an_empty_network_answers_with_nothing() {
    let fixture = Fixture::start(quick()).await;
    assert!(fixture.ec2.describe_vpcs().send().await.unwrap().vpcs().is_empty());
    assert!(fixture.elb.describe_load_balancers().send().await.unwrap().load_balancers().is_empty());
    let certificate = fixture.acm.describe_certificate().certificate_arn(CERTIFICATE).send().await;
    assert_eq!(code(certificate), "ResourceNotFoundException");
}
