//! Resource gateways, resource configurations, and their tags.

use aws_sdk_vpclattice::types::{
    ArnResource, IpResource, ResourceConfigDnsResolution, ResourceConfigurationDefinition,
    ResourceConfigurationIpAddressType, ResourceConfigurationType, ResourceGatewayIpAddressType,
};
use lab::aws::{AwsOptions, Fault, ObjectKind};
use serde_json::json;

use crate::support::{Fixture, GROUP, SUBNETS, VPC, code, eventually, quick, refused};

#[tokio::test]
async fn a_resource_gateway_is_made_in_the_forms_of_aws() {
    let fixture = Fixture::start(quick()).await;
    let created = fixture.create_resource_gateway("shared-rg").ipv4_addresses_per_eni(1).send().await.unwrap();
    let id = created.id().unwrap();
    assert_eq!(id.strip_prefix("rgw-").unwrap().len(), 17);
    assert_eq!(created.status().unwrap().as_str(), "CREATE_IN_PROGRESS");
    assert_eq!(created.vpc_identifier(), Some(VPC));
    let arn = format!("arn:aws:vpc-lattice:us-west-2:111122223333:resourcegateway/{id}");
    assert_eq!(created.arn(), Some(arn.as_str()));
    for identifier in [id, &arn] {
        let got = fixture.lattice.get_resource_gateway().resource_gateway_identifier(identifier).send().await.unwrap();
        assert_eq!(got.status().unwrap().as_str(), "ACTIVE");
        assert_eq!(got.vpc_id(), Some(VPC));
        assert_eq!(got.subnet_ids(), SUBNETS);
        assert_eq!(got.security_group_ids(), [GROUP]);
        assert_eq!(got.ipv4_addresses_per_eni(), Some(1));
        assert_eq!(got.resource_config_dns_resolution(), Some(&ResourceConfigDnsResolution::InVpc));
        assert_eq!(got.service_managed(), Some(false));
        assert!(got.created_at().is_some() && got.last_updated_at().is_some());
    }
    let list = fixture.lattice.list_resource_gateways().send().await.unwrap();
    assert_eq!(list.items()[0].vpc_identifier(), Some(VPC));
    let missing = fixture.lattice.get_resource_gateway().resource_gateway_identifier("rgw-00000000000000000");
    let error = refused(&missing.send().await.unwrap_err());
    assert_eq!((error.code.as_str(), error.status), ("ResourceNotFoundException", 404));
}

#[tokio::test]
async fn aws_fills_in_what_a_resource_gateway_leaves_out() {
    let fixture = Fixture::start(quick()).await;
    let call = fixture.lattice.create_resource_gateway().name("bare").vpc_identifier(VPC).subnet_ids(SUBNETS[0]);
    let created = call.send().await.unwrap();
    assert_eq!(created.ip_address_type(), Some(&ResourceGatewayIpAddressType::Ipv4));
    assert_eq!(created.ipv4_addresses_per_eni(), Some(16));
    assert_eq!(created.resource_config_dns_resolution(), Some(&ResourceConfigDnsResolution::Public));
    assert_eq!(created.security_group_ids().len(), 1, "the default group of the VPC");
}

#[tokio::test]
async fn only_the_groups_of_a_resource_gateway_change() {
    let fixture = Fixture::start(quick()).await;
    let id = fixture.resource_gateway("shared-rg").await;
    let update = || fixture.lattice.update_resource_gateway().resource_gateway_identifier(&id);
    let get =
        || async { fixture.lattice.get_resource_gateway().resource_gateway_identifier(&id).send().await.unwrap() };
    let before = get().await;
    let same = update().security_group_ids(GROUP).send().await.unwrap();
    assert_eq!(same.status().unwrap().as_str(), "UPDATE_IN_PROGRESS");
    assert_eq!(get().await.last_updated_at(), before.last_updated_at());
    update().security_group_ids("sg-0a1b2c3d4e5f60b03").send().await.unwrap();
    let after = get().await;
    assert_eq!(after.security_group_ids(), ["sg-0a1b2c3d4e5f60b03"]);
    assert!(after.last_updated_at() > before.last_updated_at());
    assert_eq!(code(update().set_security_group_ids(Some(Vec::new())).send().await), "ValidationException");
}

#[tokio::test]
async fn impossible_resource_gateways_are_refused() {
    let fixture = Fixture::start(quick()).await;
    fixture.resource_gateway("taken").await;
    let create = |name: &str| fixture.create_resource_gateway(name);
    let ipv6 = ResourceGatewayIpAddressType::Ipv6;
    for (what, expected, outcome) in [
        ("a taken name", "ConflictException", create("taken").send().await),
        ("IPv6 in the VPC", "ValidationException", create("a-b").ip_address_type(ipv6.clone()).send().await),
        ("no subnets", "ValidationException", create("a-b").set_subnet_ids(None).send().await),
        ("a subnet twice", "ValidationException", create("a-b").subnet_ids(SUBNETS[0]).send().await),
        ("no VPC", "ValidationException", create("a-b").set_vpc_identifier(None).send().await),
        ("a reserved tag", "ValidationException", create("a-b").tags("aws:x", "y").send().await),
        ("a reserved name", "ValidationException", create("rgw-a").send().await),
        ("a double hyphen", "ValidationException", create("a--b").send().await),
    ] {
        assert_eq!(code(outcome), expected, "{what}");
    }
    assert_eq!(fixture.aws.objects(ObjectKind::ResourceGateway).len(), 1);
}

#[tokio::test]
async fn a_resource_configuration_goes_through_its_life() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.resource_gateway("shared-rg").await;
    let created = fixture.create_resource_configuration("mcp", &gateway, "internal.example.com").send().await.unwrap();
    let id = created.id().unwrap();
    assert_eq!(id.strip_prefix("rcfg-").unwrap().len(), 17);
    assert_eq!(created.status().unwrap().as_str(), "CREATE_IN_PROGRESS");
    let get = || fixture.lattice.get_resource_configuration().resource_configuration_identifier(id).send();
    let got = get().await.unwrap();
    assert_eq!(got.status().unwrap().as_str(), "ACTIVE");
    assert_eq!(got.resource_gateway_id(), Some(gateway.as_str()));
    assert_eq!(got.protocol().unwrap().as_str(), "TCP");
    assert_eq!(got.allow_association_to_shareable_service_network(), Some(true));
    assert_eq!(got.amazon_managed(), Some(false));
    assert_eq!(got.port_ranges(), ["443"]);

    let delete_gateway = || fixture.lattice.delete_resource_gateway().resource_gateway_identifier(&gateway).send();
    assert_eq!(code(delete_gateway().await), "ConflictException");
    let update = || fixture.lattice.update_resource_configuration().resource_configuration_identifier(id);
    update().port_ranges("443").port_ranges("8000-8443").send().await.unwrap();
    let changed = get().await.unwrap();
    assert_eq!(changed.port_ranges(), ["443", "8000-8443"]);
    assert_eq!(changed.resource_configuration_definition(), got.resource_configuration_definition());
    assert_eq!(code(update().port_ranges("9-8").send().await), "ValidationException");

    let list =
        |gateway: &str| fixture.lattice.list_resource_configurations().resource_gateway_identifier(gateway).send();
    assert_eq!(list(&gateway).await.unwrap().items().len(), 1);
    assert!(list("rgw-00000000000000000").await.unwrap().items().is_empty());
    fixture.lattice.delete_resource_configuration().resource_configuration_identifier(id).send().await.unwrap();
    eventually(|| async { get().await.err() }).await;
    assert_eq!(delete_gateway().await.unwrap().status().unwrap().as_str(), "DELETE_IN_PROGRESS");
    eventually(|| async { fixture.aws.is_empty().then_some(()) }).await;
}

#[tokio::test]
async fn impossible_resource_configurations_are_refused() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.resource_gateway("shared-rg").await;
    fixture.resource_configuration("taken", &gateway, "internal.example.com").await;
    let create = |name: &str| fixture.create_resource_configuration(name, &gateway, "internal.example.com");
    let named = |domain: &str| fixture.create_resource_configuration("new", &gateway, domain);
    let address = |address: &str| {
        let resource = IpResource::builder().ip_address(address).build();
        create("new").resource_configuration_definition(ResourceConfigurationDefinition::IpResource(resource))
    };
    let arn = ArnResource::builder().arn("arn:aws:rds:us-west-2:111122223333:db:x").build();
    let ports = |range: &str| create("new").set_port_ranges(Some(vec![range.to_owned()]));
    let unknown = fixture.create_resource_configuration("new", "rgw-00000000000000000", "internal.example.com");
    for (what, expected, outcome) in [
        ("a taken name", "ConflictException", create("taken").send().await),
        ("a reserved name", "ValidationException", create("rcfg-a").send().await),
        ("an unknown gateway", "ResourceNotFoundException", unknown.send().await),
        ("no gateway", "ValidationException", create("new").set_resource_gateway_identifier(None).send().await),
        (
            "no definition",
            "ValidationException",
            create("new").set_resource_configuration_definition(None).send().await,
        ),
        ("no ports", "ValidationException", create("new").set_port_ranges(None).send().await),
        ("port 0", "ValidationException", ports("0").send().await),
        ("port 65536", "ValidationException", ports("65536").send().await),
        ("a range the wrong way round", "ValidationException", ports("8443-443").send().await),
        ("a single label", "ValidationException", named("localhost").send().await),
        ("an empty label", "ValidationException", named("a..example.com").send().await),
        ("a public address", "ValidationException", address("8.8.8.8").send().await),
        ("no address", "ValidationException", address("10.0.0").send().await),
        (
            "an ARN for SINGLE",
            "ValidationException",
            create("new")
                .resource_configuration_definition(ResourceConfigurationDefinition::ArnResource(arn))
                .send()
                .await,
        ),
        (
            "a child of nothing",
            "ValidationException",
            create("new").r#type(ResourceConfigurationType::Child).send().await,
        ),
    ] {
        assert_eq!(code(outcome), expected, "{what}");
    }
    assert_eq!(code(address("10.0.1.20").send().await), "no error");
}

#[tokio::test]
async fn a_resource_configuration_needs_an_active_gateway() {
    let fixture = Fixture::start(AwsOptions { reads_before_settled: 1, ..quick() }).await;
    let gateway = fixture.create_resource_gateway("shared-rg").send().await.unwrap().id().unwrap().to_owned();
    let create = || fixture.create_resource_configuration("mcp", &gateway, "internal.example.com").send();
    assert_eq!(code(create().await), "ConflictException");
    fixture.lattice.get_resource_gateway().resource_gateway_identifier(&gateway).send().await.unwrap();
    assert_eq!(code(create().await), "no error");
}

#[tokio::test]
async fn a_failed_resource_configuration_says_why() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.resource_gateway("shared-rg").await;
    let _fault =
        fixture.aws.inject(Fault::on("CreateResourceConfiguration").settle_as("CREATE_FAILED", &["no such name"]));
    let created = fixture.create_resource_configuration("mcp", &gateway, "internal.example.com").send().await.unwrap();
    let call = fixture.lattice.get_resource_configuration().resource_configuration_identifier(created.id().unwrap());
    let got = call.send().await.unwrap();
    assert_eq!(got.status().unwrap().as_str(), "CREATE_FAILED");
    assert_eq!(got.failure_reason(), Some("no such name"));
}

#[tokio::test]
async fn the_same_token_needs_the_same_call() {
    let fixture = Fixture::start(quick()).await;
    let create = |name: &str| fixture.create_resource_gateway(name).client_token("t").send();
    let first = create("shared-rg").await.unwrap();
    let again = create("shared-rg").await.unwrap();
    assert_eq!((again.id(), again.status()), (first.id(), first.status()), "the answer is the first one");
    assert_eq!(code(create("other").await), "ConflictException");
    let gateway = first.id().unwrap();
    fixture.lattice.get_resource_gateway().resource_gateway_identifier(gateway).send().await.unwrap();
    let create = |port: &str| {
        let call = fixture.create_resource_configuration("mcp", gateway, "internal.example.com");
        call.set_port_ranges(Some(vec![port.to_owned()])).client_token("t").send()
    };
    let first = create("443").await.unwrap();
    assert_eq!(create("443").await.unwrap().id(), first.id());
    assert_eq!(code(create("444").await), "ConflictException");
    assert_eq!(fixture.aws.objects(ObjectKind::ResourceConfiguration).len(), 1);
}

#[tokio::test]
async fn tags_of_lattice_stand_beside_the_objects() {
    let fixture = Fixture::start(quick()).await;
    let created = fixture.create_resource_gateway("shared-rg").tags("a", "1").send().await.unwrap();
    let arn = created.arn().unwrap();
    fixture.lattice.tag_resource().resource_arn(arn).tags("b", "2").send().await.unwrap();
    fixture.lattice.untag_resource().resource_arn(arn).tag_keys("a").send().await.unwrap();
    let tags = fixture.lattice.list_tags_for_resource().resource_arn(arn).send().await.unwrap();
    let tags = tags.tags().unwrap();
    assert_eq!((tags.len(), tags.get("b").map(String::as_str)), (1, Some("2")));
    let missing = "arn:aws:vpc-lattice:us-west-2:111122223333:resourcegateway/rgw-00000000000000000";
    let missing = fixture.lattice.list_tags_for_resource().resource_arn(missing).send().await;
    assert_eq!(code(missing), "ResourceNotFoundException");
}

#[tokio::test]
async fn lists_of_lattice_come_in_pages() {
    let fixture = Fixture::start(quick()).await;
    for number in 0..5 {
        fixture.resource_gateway(&format!("gateway-{number}")).await;
    }
    let pages = fixture.lattice.list_resource_gateways().max_results(2).into_paginator().send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    assert_eq!(pages.iter().map(|page| page.items().len()).collect::<Vec<_>>(), [2, 2, 1]);
}

#[tokio::test]
async fn a_gateway_of_another_address_family_keeps_it() {
    let fixture = Fixture::start(quick()).await;
    let body = json!({"name": "dual", "vpcIdentifier": VPC, "subnetIds": SUBNETS, "ipAddressType": "DUALSTACK"});
    let id = fixture.aws.seed(ObjectKind::ResourceGateway, body);
    let got = fixture.lattice.get_resource_gateway().resource_gateway_identifier(&id).send().await.unwrap();
    assert_eq!(got.ip_address_type(), Some(&ResourceGatewayIpAddressType::Dualstack));
    let call = fixture.lattice.update_resource_gateway().resource_gateway_identifier(&id).security_group_ids(GROUP);
    assert_eq!(call.send().await.unwrap().ip_address_type().unwrap().as_str(), "DUALSTACK", "as AWS, beyond its model");
    let created = fixture.create_resource_configuration("mcp", &id, "internal.example.com");
    fixture.lattice.get_resource_gateway().resource_gateway_identifier(&id).send().await.unwrap();
    let definition = created.send().await.unwrap();
    let definition = definition.resource_configuration_definition().unwrap().as_dns_resource().unwrap();
    assert_eq!(definition.ip_address_type(), Some(&ResourceConfigurationIpAddressType::Ipv4));
}

/// What AWS manages for itself, and what another account shares, is listed and stays as it is; a shared one takes no name here.
#[tokio::test]
async fn what_is_not_this_accounts_to_change_is_refused() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.resource_gateway("shared-rg").await;
    let body = |name: &str| {
        json!({"name": name, "type": "SINGLE", "resourceGatewayIdentifier": gateway, "portRanges": ["443"],
            "resourceConfigurationDefinition": {"dnsResource": {"domainName": "internal.example.com"}}})
    };
    let mut managed = body("managed");
    managed["amazonManaged"] = json!(true);
    let managed = fixture.aws.seed(ObjectKind::ResourceConfiguration, managed);
    let mut shared = body("the-endpoint");
    shared["id"] = json!("rcfg-0a1b2c3d4e5f60d77");
    shared["arn"] = json!("arn:aws:vpc-lattice:us-west-2:444455556666:resourceconfiguration/rcfg-0a1b2c3d4e5f60d77");
    let shared = fixture.aws.seed(ObjectKind::ResourceConfiguration, shared);
    for id in [&managed, &shared] {
        let update = fixture.lattice.update_resource_configuration().resource_configuration_identifier(id);
        assert_eq!(code(update.port_ranges("80").send().await), "AccessDeniedException");
        let delete = fixture.lattice.delete_resource_configuration().resource_configuration_identifier(id);
        assert_eq!(code(delete.send().await), "AccessDeniedException");
    }
    let list = fixture.lattice.list_resource_configurations().send().await.unwrap();
    let listed: Vec<_> = list.items().iter().map(|item| (item.id(), item.amazon_managed())).collect();
    assert_eq!(listed, [(Some(managed.as_str()), Some(true)), (Some(shared.as_str()), Some(false))]);
    let own = fixture.resource_configuration("the-endpoint", &gateway, "internal.example.com").await;
    assert_ne!(own, shared);
}

/// The member is optional in what VPC Lattice answers.
#[tokio::test]
async fn times_need_not_be_told() {
    let fixture = Fixture::start(AwsOptions { lattice_times: false, ..quick() }).await;
    let id = fixture.resource_gateway("shared-rg").await;
    let got = fixture.lattice.get_resource_gateway().resource_gateway_identifier(&id).send().await.unwrap();
    let list = fixture.lattice.list_resource_gateways().send().await.unwrap();
    assert_eq!((got.last_updated_at(), list.items()[0].last_updated_at()), (None, None));
    assert!(got.created_at().is_some());
}
