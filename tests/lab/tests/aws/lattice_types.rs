//! Resource configurations of every type: what goes with which, groups and their children, custom domains.

use aws_sdk_vpclattice::operation::create_resource_configuration::builders::CreateResourceConfigurationFluentBuilder as Create;
use aws_sdk_vpclattice::types::{
    ArnResource, CidrResource, DnsResource, IpResource, ProtocolType, ResourceConfigDnsResolution,
    ResourceConfigurationDefinition as Definition, ResourceConfigurationIpAddressType, ResourceConfigurationType,
};
use lab::aws::{AwsOptions, ObjectKind};

use crate::support::{Fixture, code, eventually, quick, refused, self_managed};

const VERIFICATION: &str = "dv-0a1b2c3d4e5f60f01";

fn address(address: &str) -> Definition {
    Definition::IpResource(IpResource::builder().ip_address(address).build())
}

fn database(arn: &str) -> Definition {
    Definition::ArnResource(ArnResource::builder().arn(arn).build())
}

fn orders() -> Definition {
    database("arn:aws:rds:us-west-2:111122223333:db:orders")
}

fn network(ranges: &[&str]) -> Definition {
    let ranges = ranges.iter().map(|&range| range.to_owned()).collect();
    Definition::CidrResource(CidrResource::builder().set_cidr_ranges(Some(ranges)).build())
}

/// Resource gateways that resolve in the VPC and publicly, and the calls that AWS takes, one a type.
struct Types {
    fixture: Fixture,
    in_vpc: String,
    public: String,
    group: String,
}

impl Types {
    async fn start() -> Self {
        let options = AwsOptions { domain_verifications: vec![VERIFICATION.to_owned()], ..quick() };
        let fixture = Fixture::start(options).await;
        let in_vpc = fixture.resource_gateway("in-vpc").await;
        let resolution = ResourceConfigDnsResolution::Public;
        let public = fixture.create_resource_gateway("public").resource_config_dns_resolution(resolution);
        let public = public.send().await.unwrap().id().unwrap().to_owned();
        eventually(|| async {
            let got = fixture.lattice.get_resource_gateway().resource_gateway_identifier(&public).send().await.unwrap();
            (got.status()?.as_str() == "ACTIVE").then_some(())
        })
        .await;
        let mut types = Self { fixture, in_vpc, public, group: String::new() };
        types.group = types.made(types.group("databases").group_domain("example.com")).await;
        types
    }

    fn create(&self, name: &str, kind: ResourceConfigurationType) -> Create {
        self.fixture.lattice.create_resource_configuration().name(name).r#type(kind)
    }

    fn group(&self, name: &str) -> Create {
        self.create(name, ResourceConfigurationType::Group).resource_gateway_identifier(&self.in_vpc)
    }

    fn child(&self, name: &str) -> Create {
        self.create(name, ResourceConfigurationType::Child)
            .resource_configuration_group_identifier(&self.group)
            .resource_configuration_definition(address("10.0.1.20"))
            .port_ranges("5432")
    }

    fn arn(&self, name: &str) -> Create {
        self.create(name, ResourceConfigurationType::Arn)
            .resource_gateway_identifier(&self.public)
            .resource_configuration_definition(orders())
    }

    fn cidr(&self, name: &str) -> Create {
        self.create(name, ResourceConfigurationType::Cidr)
            .resource_gateway_identifier(&self.in_vpc)
            .resource_configuration_definition(network(&["10.0.0.0/16"]))
            .port_ranges("53")
            .protocol(ProtocolType::TcpUdp)
    }

    fn single(&self, name: &str) -> Create {
        self.fixture.create_resource_configuration(name, &self.in_vpc, "internal.example.com")
    }

    /// One that is ACTIVE.
    async fn made(&self, create: Create) -> String {
        let id = create.send().await.unwrap().id().unwrap().to_owned();
        let call = || self.fixture.lattice.get_resource_configuration().resource_configuration_identifier(&id);
        eventually(|| async { (call().send().await.unwrap().status()?.as_str() == "ACTIVE").then_some(()) }).await;
        id
    }
}

#[tokio::test]
async fn every_type_is_made_as_aws_describes_it() {
    let types = Types::start().await;
    let get = |id: String| {
        let call = types.fixture.lattice.get_resource_configuration().resource_configuration_identifier(id);
        async { call.send().await.unwrap() }
    };
    let group = get(types.group.clone()).await;
    assert_eq!(group.r#type(), Some(&ResourceConfigurationType::Group));
    assert_eq!((group.protocol(), group.port_ranges()), (Some(&ProtocolType::Tcp), &["1-65535".to_owned()][..]));
    assert_eq!((group.group_domain(), group.resource_configuration_definition()), (Some("example.com"), None));
    assert_eq!(group.allow_association_to_shareable_service_network(), Some(false));

    let child = get(types.made(types.child("one").custom_domain_name("one.example.com")).await).await;
    assert_eq!(child.resource_configuration_group_id(), Some(types.group.as_str()));
    assert_eq!(child.resource_gateway_id(), Some(types.in_vpc.as_str()), "that of its group");
    assert_eq!((child.protocol(), child.allow_association_to_shareable_service_network()), (None, None));
    assert_eq!(child.custom_domain_name(), Some("one.example.com"));

    let arn = get(types.made(types.arn("orders")).await).await;
    assert_eq!(arn.resource_configuration_definition(), Some(&orders()));
    assert!(arn.port_ranges().is_empty() && arn.protocol().is_none());

    let cidr = get(types.made(types.cidr("network")).await).await;
    assert_eq!(cidr.protocol(), Some(&ProtocolType::TcpUdp));
    assert_eq!(cidr.resource_configuration_definition(), Some(&network(&["10.0.0.0/16"])));
    assert_eq!(cidr.allow_association_to_shareable_service_network(), None);
}

#[tokio::test]
async fn what_does_not_go_with_a_type_is_refused() {
    let types = Types::start().await;
    let made = types.fixture.aws.objects(ObjectKind::ResourceConfiguration).len();
    let tcp = ProtocolType::Tcp;
    let dual = DnsResource::builder()
        .domain_name("internal.example.com")
        .ip_address_type(ResourceConfigurationIpAddressType::Dualstack)
        .build();
    let ranges = |ranges: &[&str]| types.cidr("new").resource_configuration_definition(network(ranges));
    let no_ports = |create: Create| create.set_port_ranges(None);
    let no_gateway = |create: Create| create.set_resource_gateway_identifier(None);
    let no_definition = |create: Create| create.set_resource_configuration_definition(None);
    let table = vec![
        ("a group without a gateway", no_gateway(types.group("new"))),
        ("a group with a definition", types.group("new").resource_configuration_definition(address("10.0.1.20"))),
        ("a group in a group", types.group("new").resource_configuration_group_identifier(&types.group)),
        ("a group of UDP", types.group("new").protocol(ProtocolType::TcpUdp)),
        ("a child with a gateway", types.child("new").resource_gateway_identifier(&types.in_vpc)),
        ("a child with a protocol", types.child("new").protocol(tcp.clone())),
        ("a child with sharing", types.child("new").allow_association_to_shareable_service_network(true)),
        ("a child without ports", no_ports(types.child("new"))),
        ("a child without a definition", no_definition(types.child("new"))),
        ("a child that is a database", types.child("new").resource_configuration_definition(orders())),
        ("a child with a group's domain", types.child("new").group_domain("example.com")),
        ("a child elsewhere", types.child("new").custom_domain_name("one.example.net")),
        ("a child at the top of the domain", types.child("new").custom_domain_name("example.com")),
        ("a database with ports", types.arn("new").port_ranges("5432")),
        ("a database with a protocol", types.arn("new").protocol(tcp)),
        ("a database by its name", types.arn("new").resource_configuration_definition(address("10.0.1.20"))),
        (
            "something else by its ARN",
            types.arn("new").resource_configuration_definition(database("arn:aws:s3:us-west-2:111122223333:bucket")),
        ),
        ("a database behind IN_VPC", types.arn("new").resource_gateway_identifier(&types.in_vpc)),
        ("a CIDR behind PUBLIC", types.cidr("new").resource_gateway_identifier(&types.public)),
        ("a CIDR with sharing", types.cidr("new").allow_association_to_shareable_service_network(false)),
        ("a CIDR without ports", no_ports(types.cidr("new"))),
        ("a CIDR that is an address", types.cidr("new").resource_configuration_definition(address("10.0.1.20"))),
        ("a CIDR without a prefix", ranges(&["10.0.0.0"])),
        ("a CIDR with a long prefix", ranges(&["10.0.0.0/33"])),
        ("a CIDR of reserved addresses", ranges(&["10.0.0.0/16", "100.64.1.0/24"])),
        ("a CIDR of link-local addresses", ranges(&["fe80::/64"])),
        ("everything and something", ranges(&["0.0.0.0/0", "10.0.0.0/16"])),
        ("one endpoint over UDP", types.single("new").protocol(ProtocolType::TcpUdp)),
        ("one endpoint with a group's domain", types.single("new").group_domain("example.com")),
        ("one endpoint in a group", types.single("new").resource_configuration_group_identifier(&types.group)),
        ("a dual-stack name", types.single("new").resource_configuration_definition(Definition::DnsResource(dual))),
        ("a verification of nothing", types.single("new").domain_verification_identifier(VERIFICATION)),
    ];
    for (what, create) in table {
        assert_eq!(code(create.send().await), "ValidationException", "{what}");
    }
    assert_eq!(types.fixture.aws.objects(ObjectKind::ResourceConfiguration).len(), made);
    for everything in [&["0.0.0.0/0"][..], &["::/0"]] {
        let name = if everything[0].starts_with(':') { "all-six" } else { "all-four" };
        let create = types.cidr(name).resource_configuration_definition(network(everything));
        assert_eq!(code(create.send().await), "no error", "{everything:?}");
    }
}

#[tokio::test]
async fn a_group_stays_while_it_has_children() {
    let types = Types::start().await;
    let lattice = &types.fixture.lattice;
    let child = types.made(types.child("one")).await;
    let list =
        |group: &str| lattice.list_resource_configurations().resource_configuration_group_identifier(group).send();
    let listed = list(&types.group).await.unwrap();
    assert_eq!(listed.items().iter().map(|item| item.name().unwrap()).collect::<Vec<_>>(), ["one"]);
    assert!(list("rcfg-00000000000000000").await.unwrap().items().is_empty());
    let delete = |id: &str| lattice.delete_resource_configuration().resource_configuration_identifier(id).send();
    let error = refused(&delete(&types.group).await.unwrap_err());
    assert_eq!((error.code.as_str(), error.status), ("ConflictException", 409));
    let elsewhere = types.child("two").resource_configuration_group_identifier(&child);
    assert_eq!(code(elsewhere.send().await), "ValidationException", "a child is no group");
    let nowhere = types.child("two").resource_configuration_group_identifier("rcfg-00000000000000000");
    assert_eq!(code(nowhere.send().await), "ResourceNotFoundException");
    delete(&child).await.unwrap();
    eventually(|| async { delete(&types.group).await.ok() }).await;
    let delete_gateway = || lattice.delete_resource_gateway().resource_gateway_identifier(&types.in_vpc).send();
    eventually(|| async { delete_gateway().await.ok() }).await;
}

#[tokio::test]
async fn an_update_changes_what_goes_with_the_type() {
    let types = Types::start().await;
    let child = types.made(types.child("one")).await;
    let arn = types.made(types.arn("orders")).await;
    let cidr = types.made(types.cidr("network")).await;
    let update = |id: &str| types.fixture.lattice.update_resource_configuration().resource_configuration_identifier(id);
    for (what, refused) in [
        ("a group's definition", update(&types.group).resource_configuration_definition(address("10.0.1.21"))),
        ("a child's sharing", update(&child).allow_association_to_shareable_service_network(true)),
        ("a child that becomes a network", update(&child).resource_configuration_definition(network(&["10.0.0.0/8"]))),
        ("a database's ports", update(&arn).port_ranges("5432")),
        ("a network's sharing", update(&cidr).allow_association_to_shareable_service_network(true)),
        ("a reserved network", update(&cidr).resource_configuration_definition(network(&["224.0.0.0/8"]))),
        ("no ports", update(&cidr).set_port_ranges(Some(Vec::new()))),
    ] {
        assert_eq!(code(refused.send().await), "ValidationException", "{what}");
    }
    for accepted in [
        update(&types.group).port_ranges("5432").allow_association_to_shareable_service_network(true),
        update(&child).resource_configuration_definition(address("10.0.1.21")).port_ranges("5433"),
        update(&arn).resource_configuration_definition(database("arn:aws:rds:us-west-2:111122223333:db:other")),
        update(&cidr).resource_configuration_definition(network(&["10.1.0.0/16"])),
    ] {
        let answer = accepted.send().await.unwrap();
        assert_eq!(answer.status().unwrap().as_str(), "UPDATE_IN_PROGRESS");
    }
    let got = types.fixture.lattice.get_resource_configuration().resource_configuration_identifier(&cidr).send().await;
    let got = got.unwrap();
    assert_eq!(got.resource_configuration_definition(), Some(&network(&["10.1.0.0/16"])));
    assert_eq!((got.port_ranges(), got.protocol()), (&["53".to_owned()][..], Some(&ProtocolType::TcpUdp)));
}

#[tokio::test]
async fn a_domain_is_verified_by_what_vpc_lattice_knows() {
    let types = Types::start().await;
    let unknown = types.single("one").custom_domain_name("api.example.com");
    let unknown = unknown.domain_verification_identifier("dv-00000000000000000").send().await;
    assert_eq!(code(unknown), "ResourceNotFoundException");
    let arn = format!("arn:aws:vpc-lattice:us-west-2:111122223333:domainverification/{VERIFICATION}");
    let group = types.group("verified").group_domain("example.com").domain_verification_identifier(&arn);
    let group = types.made(group).await;
    let child = types.child("two").resource_configuration_group_identifier(&group);
    let child = types.made(child.custom_domain_name("two.example.com")).await;
    for id in [&group, &child] {
        let got = types.fixture.lattice.get_resource_configuration().resource_configuration_identifier(id).send().await;
        let got = got.unwrap();
        assert_eq!(got.domain_verification_id(), Some(VERIFICATION), "a child has that of its group");
        assert_eq!(got.domain_verification_arn(), Some(arn.as_str()));
        assert_eq!(got.domain_verification_status().unwrap().as_str(), "VERIFIED");
    }
    let list = types.fixture.lattice.list_resource_configurations().domain_verification_identifier(&arn).send().await;
    assert_eq!(list.unwrap().items().len(), 2);
}

#[tokio::test]
async fn a_target_goes_through_one_endpoint_only() {
    let types = Types::start().await;
    let gateway = types.fixture.gateway("agents").await;
    for (kind, id) in [
        ("GROUP", types.group.clone()),
        ("CHILD", types.made(types.child("one")).await),
        ("ARN", types.made(types.arn("orders")).await),
        ("CIDR", types.made(types.cidr("network")).await),
    ] {
        let create = types.fixture.create_target(&gateway, "t", "https://internal.example.com/mcp");
        let error = refused(&create.private_endpoint(self_managed(&id)).send().await.unwrap_err());
        assert_eq!(error.code, "ValidationException", "{kind}");
        assert!(error.message.contains("is not of the type SINGLE"), "{kind}: {}", error.message);
    }
    assert_eq!(types.fixture.aws.objects(ObjectKind::Association).len(), 0);
}
