//! Where private APIs are called, and what of a VPC endpoint counts.

use serde_json::json;

use super::*;
use crate::aws::Fault;

const ID: &str = "vpce-0a1b2c3d4e5f60c01";
const NAME: &str = "vpce-0a1b2c3d4e5f60c01-7k2mq9xd.execute-api.us-west-2.vpce.amazonaws.com";

fn api(via: PrivateApiName) -> PrivateApiGateway {
    PrivateApiGateway { rest_api_id: "a1b2c3d4e5".into(), stage: "prod".into(), vpc_endpoint_id: ID.into(), via }
}

fn vpc_endpoint() -> VpcEndpoint {
    VpcEndpoint {
        id: ID.into(),
        service: "com.amazonaws.us-west-2.execute-api".into(),
        state: "available".into(),
        vpc: "vpc-1".into(),
        subnets: vec!["subnet-1".into(), "subnet-2".into()],
        names: vec![
            "execute-api.us-west-2.amazonaws.com".into(),
            NAME.replace(".execute-api", "-us-west-2a.execute-api"),
            NAME.into(),
            "*.execute-api.us-west-2.amazonaws.com".into(),
        ],
    }
}

fn read(endpoint: VpcEndpoint) -> Known<Option<Arc<VpcEndpoint>>> {
    Known::Read(Some(Arc::new(endpoint)))
}

fn denied() -> Known<Option<Arc<VpcEndpoint>>> {
    Known::Unreadable(Fault::new("DescribeVpcEndpoints", Some("UnauthorizedOperation"), "no"))
}

fn managed(derived: &Derived) -> &ManagedVpcResource {
    derived.managed().unwrap()
}

#[test]
fn names_end_as_the_partition_has_it() {
    for (partition, region, via, expected) in [
        (
            "aws",
            "us-west-2",
            PrivateApiName::EndpointName,
            "https://a1b2c3d4e5-vpce-0a1b2c3d4e5f60c01.execute-api.us-west-2.amazonaws.com/prod",
        ),
        (
            "aws",
            "eu-central-1",
            PrivateApiName::RoutingDomain,
            "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/prod",
        ),
        (
            "aws-cn",
            "cn-north-1",
            PrivateApiName::RoutingDomain,
            "https://a1b2c3d4e5.execute-api.cn-north-1.amazonaws.com.cn/prod",
        ),
        (
            "aws-us-gov",
            "us-gov-west-1",
            PrivateApiName::RoutingDomain,
            "https://a1b2c3d4e5.execute-api.us-gov-west-1.amazonaws.com/prod",
        ),
    ] {
        let account = Account { id: "111122223333".into(), region: region.into(), partition: partition.into() };
        assert_eq!(endpoint(&api(via), &account).url(), expected);
    }
}

#[test]
fn the_name_for_all_zones_is_found_among_the_others() {
    assert_eq!(name_for_all_zones(&vpc_endpoint()).as_deref(), Some(NAME));
    let none = VpcEndpoint { names: vec!["execute-api.us-west-2.amazonaws.com".into()], ..vpc_endpoint() };
    assert_eq!(name_for_all_zones(&none), None);
}

#[test]
fn what_makes_an_endpoint_unusable() {
    let with = |change: &dyn Fn(&mut VpcEndpoint)| {
        let mut endpoint = vpc_endpoint();
        change(&mut endpoint);
        judge(ID, &read(endpoint)).map(|hold| (hold.reason(), matches!(hold, Hold::Stalled { .. })))
    };
    assert_eq!(with(&|_| {}), None);
    assert_eq!(with(&|endpoint| endpoint.state = "pending".into()), Some((Reason::ReferenceNotReady, false)));
    assert_eq!(with(&|endpoint| endpoint.service = "com.amazonaws.us-west-2.s3".into()), Some((Reason::Invalid, true)));
    assert_eq!(with(&|endpoint| endpoint.service = "cn.com.amazonaws.cn-north-1.execute-api".into()), None);
    assert_eq!(judge(ID, &Known::Read(None)).map(|hold| hold.reason()), Some(Reason::ReferenceNotFound));
    assert_eq!(judge(ID, &denied()), None, "what cannot be read is held against nobody");
}

#[test]
fn what_is_said_goes_before_what_was_fixed_and_that_before_what_is_read() {
    let routing = api(PrivateApiName::RoutingDomain);
    let derived = derive(&routing, None, None, &read(vpc_endpoint()));
    let network = managed(&derived);
    assert_eq!(network.vpc_identifier.as_deref(), Some("vpc-1"));
    assert_eq!(network.subnet_ids, ["subnet-1", "subnet-2"]);
    assert_eq!(network.endpoint_ip_address_type, Some(EndpointIpAddressType::Ipv4));
    assert_eq!(network.routing_domain.as_deref(), Some(NAME));
    assert_eq!(derived.missing, None);

    let before: Resolved = serde_json::from_value(
        json!({"vpcEndpointId": ID, "vpcId": "vpc-0", "subnetIds": ["subnet-0"], "routingDomain": "old.example.com"}),
    )
    .unwrap();
    for found in [read(vpc_endpoint()), denied(), Known::Read(None)] {
        let derived = derive(&routing, None, Some(&before), &found);
        let network = managed(&derived);
        assert_eq!(network.vpc_identifier.as_deref(), Some("vpc-0"));
        assert_eq!(network.subnet_ids, ["subnet-0"]);
        assert_eq!(network.routing_domain.as_deref(), Some("old.example.com"));
        assert_eq!(derived.missing, None);
    }

    let said: ManagedVpcResource = serde_json::from_value(
        json!({"vpcIdentifier": "vpc-9", "subnetIds": ["subnet-9"], "routingDomain": "own.example.com"}),
    )
    .unwrap();
    let derived = derive(&routing, Some(PrivateEndpoint::ManagedVpcResource(said)), Some(&before), &denied());
    let network = managed(&derived);
    assert_eq!(
        (network.vpc_identifier.as_deref(), network.routing_domain.as_deref()),
        (Some("vpc-9"), Some("own.example.com"))
    );
    assert_eq!(derived.missing, None);
}

#[test]
fn only_what_cannot_be_known_is_missing() {
    let said = || {
        let said: ManagedVpcResource =
            serde_json::from_value(json!({"vpcIdentifier": "vpc-9", "subnetIds": ["subnet-9"]})).unwrap();
        Some(PrivateEndpoint::ManagedVpcResource(said))
    };
    let missing = |via, said, found: &_| derive(&api(via), said, None, found).missing;
    assert_eq!(missing(PrivateApiName::EndpointName, said(), &denied()), None);
    assert!(matches!(missing(PrivateApiName::RoutingDomain, said(), &denied()), Some(Hold::Failed(_))));
    assert!(matches!(missing(PrivateApiName::EndpointName, None, &denied()), Some(Hold::Failed(_))));
    let nameless = read(VpcEndpoint { names: Vec::new(), ..vpc_endpoint() });
    let told = missing(PrivateApiName::RoutingDomain, said(), &nameless).unwrap();
    assert_eq!(told.reason(), Reason::ReferenceNotReady);
}
