//! The requests of plans, member by member.

use proptest::{option, prelude::*, sample::subsequence};

use super::*;
use crate::overlay::tests::texts;

/// The one create of a plan when nothing is remembered.
fn creation(desired: &Desired, attempt: u32) -> CreateResourceGatewayInputBuilder {
    let past = Past { recorded: false, attempt, ..past(&desired.fingerprint, None) };
    let Plan::Change { request: Change::Create(create), .. } = ResourceGateway::plan(desired, &past, None) else {
        panic!("no create")
    };
    *create
}

fn marker() -> HashMap<String, String> {
    [("cluster", "house"), ("namespace", "mcp-server"), ("name", "eks-mcp-server"), ("uid", "0b7e4a52-uid")]
        .into_iter()
        .map(|(key, value)| (format!("tools.agentcore.dev/{key}"), value.to_owned()))
        .collect()
}

/// What every create of these samples says.
fn blank(desired: &Desired) -> CreateResourceGatewayInputBuilder {
    CreateResourceGatewayInputBuilder::default()
        .client_token(identity().token("", 1, &desired.fingerprint))
        .name("shared-rg")
        .vpc_identifier("vpc-0a1b2c3d4e5f60718")
        .set_subnet_ids(Some(texts(&["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"])))
        .set_security_group_ids(Some(texts(&["sg-0a1b2c3d4e5f60b01", "sg-0a1b2c3d4e5f60b02"])))
}

#[test]
fn a_create_says_what_the_spec_says_and_who_asks() {
    let desired = desired(full());
    let expected = blank(&desired)
        .ip_address_type(sdk::ResourceGatewayIpAddressType::Ipv4)
        .ipv4_addresses_per_eni(1)
        .resource_config_dns_resolution(sdk::ResourceConfigDnsResolution::InVpc)
        .set_tags(Some(marker().into_iter().chain([("team".to_owned(), "search".to_owned())]).collect()));
    assert_eq!(creation(&desired, 1), expected);
}

#[test]
fn a_create_says_nothing_that_the_spec_does_not_say_but_where_names_are_resolved() {
    let desired = desired(plain());
    let expected = blank(&desired)
        .resource_config_dns_resolution(sdk::ResourceConfigDnsResolution::InVpc)
        .set_tags(Some(marker()));
    assert_eq!(creation(&desired, 1), expected);
}

#[test]
fn names_are_resolved_in_the_vpc_unless_it_cannot_or_the_spec_says_otherwise() {
    use ResourceConfigDnsResolution::{InVpc, Public};
    use ResourceGatewayIpAddressType::{Dualstack, Ipv4, Ipv6};
    // | ipAddressType | resourceConfigDnsResolution | as sent |
    let table = [
        (None, None, "IN_VPC"),
        (Some(Ipv4), None, "IN_VPC"),
        (Some(Dualstack), None, "IN_VPC"),
        (Some(Ipv6), None, "PUBLIC"),
        (None, Some(Public), "PUBLIC"),
        (Some(Ipv4), Some(Public), "PUBLIC"),
        (Some(Ipv6), Some(Public), "PUBLIC"),
        (Some(Dualstack), Some(InVpc), "IN_VPC"),
    ];
    for (ip_address_type, resource_config_dns_resolution, expected) in table {
        let spec = ResourceGatewaySpec { ip_address_type, resource_config_dns_resolution, ..plain() };
        let create = creation(&desired(spec), 1);
        let resolution =
            create.get_resource_config_dns_resolution().as_ref().map(sdk::ResourceConfigDnsResolution::as_str);
        assert_eq!(resolution, Some(expected), "{ip_address_type:?} {resource_config_dns_resolution:?}");
        let family = create.get_ip_address_type().as_ref().map(|value| json!(value.as_str()));
        assert_eq!(family, ip_address_type.map(|value| json!(value)));
    }
}

#[test]
fn the_operators_security_groups_are_taken_where_the_spec_names_none() {
    let defaults = texts(&["sg-0a1b2c3d4e5f60b07"]);
    let silent = ResourceGatewaySpec { security_group_ids: Vec::new(), ..full() };
    for (spec, expected) in [(silent, defaults.clone()), (full(), full().security_group_ids)] {
        let desired = Desired { default_groups: defaults.clone(), ..desired(spec) };
        assert_eq!(creation(&desired, 1).get_security_group_ids(), &Some(expected));
    }
}

/// Without any group AWS would take the VPC's default one: then nothing is made, also when it was there before and is made again.
#[test]
fn nothing_is_created_without_a_security_group() {
    let desired = desired(ResourceGatewaySpec { security_group_ids: Vec::new(), ..full() });
    let gone = Past { surely_absent: true, ..accepted(&desired) };
    for past in [Past { recorded: false, ..past(&desired.fingerprint, None) }, gone] {
        assert_eq!(planned(&desired, &past, None), "Stalled SecurityGroupRequired");
    }
}

#[test]
fn the_token_is_another_one_for_another_attempt_and_another_body() {
    let token = |desired: &Desired, attempt| creation(desired, attempt).get_client_token().clone().unwrap();
    let (one, other) = (desired(full()), desired(plain()));
    assert_eq!(token(&one, 1), token(&one, 1), "a repeated request is the same");
    assert_ne!(token(&one, 1), token(&one, 2));
    assert_ne!(token(&one, 1), token(&other, 1), "VPC Lattice refuses a token with another body");
    assert!((1..=64).contains(&token(&one, 1).len()));
}

/// VPC Lattice refuses a token that it has seen with another body.
#[test]
fn the_token_is_another_one_for_other_security_groups_of_the_operator() {
    let silent = ResourceGatewaySpec { security_group_ids: Vec::new(), ..full() };
    let token = |group: &str| {
        let desired = Desired { default_groups: texts(&[group]), ..desired(silent.clone()) };
        creation(&desired, 1).get_client_token().clone()
    };
    assert_eq!(token("sg-1"), token("sg-1"));
    assert_ne!(token("sg-1"), token("sg-2"));
}

#[test]
fn an_update_sets_the_security_groups_and_nothing_else() {
    let desired = desired(full());
    let expected = UpdateResourceGatewayInputBuilder::default()
        .resource_gateway_identifier(ID)
        .set_security_group_ids(Some(texts(&["sg-0a1b2c3d4e5f60b01", "sg-0a1b2c3d4e5f60b02"])));
    let held: [Option<&[&str]>; 4] = [
        None,
        Some(&[]),
        Some(&["sg-0a1b2c3d4e5f60b01"]),
        Some(&["sg-0a1b2c3d4e5f60b01", "sg-0a1b2c3d4e5f60b02", "sg-0a1b2c3d4e5f60b03"]),
    ];
    for groups in held {
        let mut observed = observed("ACTIVE");
        observed.gateway.security_group_ids = groups.map(texts);
        let plan = ResourceGateway::plan(&desired, &accepted(&desired), Some(&observed));
        assert_eq!(plan, Plan::change(Change::Update(expected.clone())), "{groups:?}");
    }
}

/// Any spec that the API server would let in, with its security groups resolved.
fn specs() -> impl Strategy<Value = ResourceGatewaySpec> {
    let some = || subsequence(vec!["a", "b", "c"], 1..=3).prop_shuffle().prop_map(|values| texts(&values)).boxed();
    let families = proptest::sample::select(vec![
        ResourceGatewayIpAddressType::Ipv4,
        ResourceGatewayIpAddressType::Ipv6,
        ResourceGatewayIpAddressType::Dualstack,
    ]);
    let resolutions =
        proptest::sample::select(vec![ResourceConfigDnsResolution::InVpc, ResourceConfigDnsResolution::Public]);
    let parts = ("[a-b]", some(), some(), option::of(families), option::of(1..3), option::of(resolutions));
    parts.prop_map(|(vpc_identifier, subnet_ids, security_group_ids, family, addresses, resolution)| {
        ResourceGatewaySpec {
            vpc_identifier: Some(vpc_identifier),
            subnet_ids,
            security_group_ids,
            ip_address_type: family,
            ipv4_addresses_per_eni: addresses,
            resource_config_dns_resolution: resolution,
            ..plain()
        }
    })
}

/// What AWS has when it was made by this request; what that left open AWS chose, and sets are turned around.
fn made(create: &CreateResourceGatewayInputBuilder) -> Observed {
    let turned = |values: &Option<Vec<String>>| {
        values.clone().map(|mut values| {
            values.reverse();
            values
        })
    };
    let family = create.get_ip_address_type().clone().unwrap_or(sdk::ResourceGatewayIpAddressType::Ipv4);
    let gateway = GetResourceGatewayOutput::builder()
        .id(ID)
        .arn(ARN)
        .status(AwsStatus::Active)
        .set_name(create.get_name().clone())
        .set_vpc_id(create.get_vpc_identifier().clone())
        .set_subnet_ids(turned(create.get_subnet_ids()))
        .set_security_group_ids(turned(create.get_security_group_ids()))
        .ip_address_type(family)
        .ipv4_addresses_per_eni(create.get_ipv4_addresses_per_eni().unwrap_or(16))
        .set_resource_config_dns_resolution(create.get_resource_config_dns_resolution().clone());
    Observed { gateway: gateway.build(), tags: create.get_tags().clone(), keeper: None }
}

proptest! {
    /// What was just made is as the spec says.
    #[test]
    fn a_create_is_enough(spec in specs()) {
        let desired = desired(spec);
        let observed = made(&creation(&desired, 1));
        prop_assert_eq!(ResourceGateway::plan(&desired, &accepted(&desired), Some(&observed)), Plan::Settled);
    }

    /// Whatever AWS has: it is replaced by nobody, or one update makes it as the spec says.
    #[test]
    fn one_update_is_enough(spec in specs(), before in specs()) {
        let (desired, before) = (desired(spec), self::desired(before));
        let mut observed = Observed { tags: None, ..made(&creation(&before, 1)) };
        let plan = ResourceGateway::plan(&desired, &edited(&desired), Some(&observed));
        if !matches!(plan, Plan::Replace(_)) {
            prop_assert_eq!(&desired.spec.vpc_identifier, &before.spec.vpc_identifier);
            prop_assert!(same_set(&desired.spec.subnet_ids, &before.spec.subnet_ids));
        }
        match plan {
            Plan::Settled => prop_assert!(same_set(&desired.spec.security_group_ids, &before.spec.security_group_ids)),
            Plan::Change { attempt: None, request: Change::Update(update) } => {
                prop_assert!(!same_set(&desired.spec.security_group_ids, &before.spec.security_group_ids));
                observed.gateway.security_group_ids = update.get_security_group_ids().clone();
                prop_assert_eq!(ResourceGateway::plan(&desired, &accepted(&desired), Some(&observed)), Plan::Settled);
            }
            Plan::Replace(_) => {
                let unchanged = ResourceGatewaySpec {
                    security_group_ids: desired.spec.security_group_ids.clone(),
                    ..before.spec
                };
                prop_assert_ne!(desired.spec, unchanged);
            }
            other @ (Plan::Change { .. } | Plan::Hold(_)) => prop_assert!(false, "{:?}", other),
        }
    }
}
