//! The requests of plans, member by member, and the table of members.

use proptest::{option, prelude::*, sample::select, sample::subsequence};

use super::*;
use crate::{
    api::{ArnResource, CidrResource, IpResource, ProtocolType},
    overlay::{
        Overlay,
        tests::{over, table, texts},
    },
};

table! { dns_resource: DnsResource => sdk::DnsResource,
    said DnsResource { domain_name: "new".into(), ip_address_type: Some(ResourceConfigurationIpAddressType::Ipv4) },
    held sdk::DnsResource::builder()
        .domain_name("old")
        .ip_address_type(sdk::ResourceConfigurationIpAddressType::Dualstack)
        .build(); {
    domain_name: stated,
    ip_address_type: defaulted,
} kept {} }

table! { ip_resource: IpResource => sdk::IpResource,
    said IpResource { ip_address: "10.0.1.20".into() },
    held sdk::IpResource::builder().ip_address("10.0.1.21").build(); {
    ip_address: stated,
} kept {} }

table! { arn_resource: ArnResource => sdk::ArnResource,
    said ArnResource { arn: "arn:aws:rds:us-west-2:111122223333:db:new".into() },
    held sdk::ArnResource::builder().arn("arn:aws:rds:us-west-2:111122223333:db:old").build(); {
    arn: stated,
} kept {} }

table! { cidr_resource: CidrResource => sdk::CidrResource,
    said CidrResource { cidr_ranges: texts(&["10.0.0.0/16"]) },
    held sdk::CidrResource::builder().cidr_ranges("10.1.0.0/16").build(); {
    cidr_ranges: set,
} kept {} }

/// The one create of a plan when nothing is remembered.
pub(super) fn creation(desired: &Desired, attempt: u32) -> CreateResourceConfigurationInputBuilder {
    let past = Past { recorded: false, attempt, ..past(&desired.fingerprint, None) };
    let Plan::Change { request: Change::Create(create), .. } = ResourceConfiguration::plan(desired, &past, None) else {
        panic!("no create")
    };
    *create
}

pub(super) fn marker() -> HashMap<String, String> {
    [("cluster", "house"), ("namespace", "mcp-server"), ("name", "eks-mcp-server"), ("uid", "0b7e4a52-uid")]
        .into_iter()
        .map(|(key, value)| (format!("tools.agentcore.dev/{key}"), value.to_owned()))
        .collect()
}

/// What every create of these samples says, with our defaults.
fn blank(desired: &Desired) -> CreateResourceConfigurationInputBuilder {
    CreateResourceConfigurationInputBuilder::default()
        .client_token(identity().token(GATEWAY, 1, &desired.fingerprint))
        .name("rest")
        .r#type(sdk::ResourceConfigurationType::Single)
        .resource_gateway_identifier(GATEWAY)
        .resource_configuration_definition(as_specified())
        .port_ranges("443")
        .port_ranges("8000-8010")
        .allow_association_to_shareable_service_network(true)
}

#[test]
fn a_create_says_what_the_spec_says_and_who_asks() {
    let desired = desired(full());
    let tags = marker().into_iter().chain([("team".to_owned(), "search".to_owned())]).collect();
    assert_eq!(creation(&desired, 1), blank(&desired).set_tags(Some(tags)));
}

#[test]
fn a_create_fills_in_a_single_resource_that_shared_networks_may_use_and_nothing_else() {
    let desired = desired(plain());
    assert_eq!(creation(&desired, 1), blank(&desired).set_tags(Some(marker())));
}

#[test]
fn a_create_takes_the_spec_at_its_word() {
    let address = json!({"ipResource": {"ipAddress": "10.0.1.20"}});
    let spec = spec(json!({
        "resourceConfigurationDefinition": address,
        "portRanges": ["443"],
        "allowAssociationToShareableServiceNetwork": false,
    }));
    let arn = format!("arn:aws:vpc-lattice:us-west-2:111122223333:resourcegateway/{GATEWAY}");
    let desired = Desired { gateway: Some(arn.clone()), ..desired(spec) };
    let address = sdk::IpResource::builder().ip_address("10.0.1.20").build();
    let expected = blank(&desired)
        .client_token(identity().token(&arn, 1, &desired.fingerprint))
        .resource_gateway_identifier(arn)
        .resource_configuration_definition(sdk::ResourceConfigurationDefinition::IpResource(address))
        .set_port_ranges(Some(texts(&["443"])))
        .allow_association_to_shareable_service_network(false)
        .set_tags(Some(marker()));
    assert_eq!(creation(&desired, 1), expected);
}

#[test]
fn a_definition_that_was_not_resolved_makes_no_request() {
    let unresolved =
        desired(spec(json!({"definitionFrom": {"ingressRef": {"name": "rest-api"}}, "portRanges": ["443"]})));
    let first = Past { recorded: false, ..past(&unresolved.fingerprint, None) };
    assert_eq!(planned(&unresolved, &first, None), "Stalled Invalid");
    assert_eq!(planned(&unresolved, &edited(&unresolved), Some(&observed("ACTIVE"))), "Stalled Invalid");
}

#[test]
fn every_word_of_the_spec_is_the_same_word_in_aws() {
    use crate::api::ResourceConfigurationType as Type;
    use ResourceConfigurationIpAddressType as Family;
    fn all<S: Overlay<A> + Serialize + serde::de::DeserializeOwned, A>(words: &[&str], read: impl Fn(&A) -> &str) {
        for word in words {
            let said: S = from_value(json!(word)).unwrap();
            assert_eq!(read(&said.state().unwrap()), *word, "every word of AWS's");
        }
    }
    all::<Family, _>(sdk::ResourceConfigurationIpAddressType::values(), |aws| aws.as_str());
    all::<Type, _>(sdk::ResourceConfigurationType::values(), |aws| aws.as_str());
    all::<ProtocolType, _>(sdk::ProtocolType::values(), |aws| aws.as_str());
}

#[test]
fn the_token_is_another_one_for_another_attempt_gateway_or_body() {
    let token = |desired: &Desired, attempt| creation(desired, attempt).get_client_token().clone().unwrap();
    let elsewhere = Desired { gateway: Some("rgw-0a1b2c3d4e5f60e02".into()), ..desired(full()) };
    let (one, other) = (desired(full()), desired(plain()));
    assert_eq!(token(&one, 1), token(&one, 1), "a repeated request is the same");
    assert_ne!(token(&one, 1), token(&one, 2));
    assert_ne!(token(&one, 1), token(&other, 1), "VPC Lattice refuses a token with another body");
    assert_ne!(token(&one, 1), token(&elsewhere, 1));
    assert!((1..=64).contains(&token(&one, 1).len()));
}

#[test]
fn a_patch_names_what_differs_and_nothing_else() {
    type Drift = fn(&mut GetResourceConfigurationOutput);
    let patch = || UpdateResourceConfigurationInputBuilder::default().resource_configuration_identifier(ID);
    let definition = patch().resource_configuration_definition(as_specified());
    let ports = patch().port_ranges("443").port_ranges("8000-8010");
    let allowed = patch().allow_association_to_shareable_service_network(true);
    let both = definition.clone().port_ranges("443").port_ranges("8000-8010");
    let all = both.clone().allow_association_to_shareable_service_network(true);
    let table: [(Drift, _); 10] = [
        (
            |held| {
                held.resource_configuration_definition =
                    Some(domain("other.example.com", sdk::ResourceConfigurationIpAddressType::Ipv4));
            },
            &definition,
        ),
        (
            |held| {
                held.resource_configuration_definition =
                    Some(domain("api.internal.example.com", sdk::ResourceConfigurationIpAddressType::Ipv6));
            },
            &definition,
        ),
        (
            |held| {
                let address = sdk::IpResource::builder().ip_address("10.0.1.20").build();
                held.resource_configuration_definition =
                    Some(sdk::ResourceConfigurationDefinition::IpResource(address));
            },
            &definition,
        ),
        (|held| held.resource_configuration_definition = None, &definition),
        (|held| held.port_ranges = Some(texts(&["443"])), &ports),
        (|held| held.port_ranges = None, &ports),
        (|held| held.allow_association_to_shareable_service_network = Some(false), &allowed),
        (|held| held.allow_association_to_shareable_service_network = None, &allowed),
        (
            |held| {
                held.resource_configuration_definition = None;
                held.port_ranges = None;
            },
            &both,
        ),
        (
            |held| {
                held.resource_configuration_definition = None;
                held.port_ranges = None;
                held.allow_association_to_shareable_service_network = Some(false);
            },
            &all,
        ),
    ];
    let desired = desired(full());
    for (drift, expected) in table {
        let mut observed = observed("ACTIVE");
        drift(&mut observed.configuration);
        let plan = ResourceConfiguration::plan(&desired, &accepted(&desired), Some(&observed));
        assert_eq!(plan, Plan::change(Change::Update(Box::new(expected.clone()))));
    }
}

/// After a failed update it is not certain what AWS holds.
#[test]
fn a_patch_after_a_failure_says_what_the_spec_requires() {
    let desired = desired(full());
    let expected = UpdateResourceConfigurationInputBuilder::default()
        .resource_configuration_identifier(ID)
        .resource_configuration_definition(as_specified())
        .port_ranges("443")
        .port_ranges("8000-8010");
    for past in [edited(&desired), Past { asked: true, ..accepted(&desired) }] {
        let plan = ResourceConfiguration::plan(&desired, &past, Some(&observed("UPDATE_FAILED")));
        assert_eq!(plan, Plan::change(Change::Update(Box::new(expected.clone()))));
    }
}

/// Any spec that the API server would let in.
fn specs() -> impl Strategy<Value = ResourceConfigurationSpec> {
    let families = select(vec![ResourceConfigurationIpAddressType::Ipv4, ResourceConfigurationIpAddressType::Ipv6]);
    let definitions = prop_oneof![
        ("[a-b]", option::of(families)).prop_map(|(domain_name, ip_address_type)| {
            ResourceConfigurationDefinition::DnsResource(DnsResource { domain_name, ip_address_type })
        }),
        "[a-b]".prop_map(|ip_address| ResourceConfigurationDefinition::IpResource(IpResource { ip_address })),
        "[a-b]".prop_map(|arn| ResourceConfigurationDefinition::ArnResource(ArnResource { arn })),
        subsequence(vec!["10.0.0.0/16", "10.1.0.0/16", "fd00::/8"], 1..=3).prop_shuffle().prop_map(|ranges| {
            ResourceConfigurationDefinition::CidrResource(CidrResource { cidr_ranges: texts(&ranges) })
        }),
    ];
    let ports = subsequence(vec!["80", "443", "8000-8010"], 1..=3).prop_shuffle();
    (definitions, ports, option::of(any::<bool>())).prop_map(|(definition, ports, allowed)| ResourceConfigurationSpec {
        resource_configuration_definition: Some(definition),
        port_ranges: texts(&ports),
        allow_association_to_shareable_service_network: allowed,
        ..plain()
    })
}

/// What AWS has when it was made by this request.
fn made(create: &CreateResourceConfigurationInputBuilder) -> Observed {
    let mut ports = create.get_port_ranges().clone().unwrap();
    ports.reverse();
    let configuration = GetResourceConfigurationOutput::builder()
        .id(ID)
        .arn(ARN)
        .status(AwsStatus::Active)
        .set_name(create.get_name().clone())
        .set_resource_gateway_id(create.get_resource_gateway_identifier().clone())
        .set_type(create.get_type().clone())
        .set_port_ranges(Some(ports))
        .set_allow_association_to_shareable_service_network(
            *create.get_allow_association_to_shareable_service_network(),
        )
        .set_resource_configuration_definition(create.get_resource_configuration_definition().clone());
    Observed { configuration: configuration.build(), tags: create.get_tags().clone(), keeper: None }
}

proptest! {
    #[test]
    fn stating_a_definition_over_anything_is_stating_it(spec in specs(), before in specs()) {
        let wanted = spec.resource_configuration_definition.unwrap();
        let held = before.resource_configuration_definition.unwrap().state().unwrap();
        let mut stated = over(&wanted, &held);
        // What only AWS says, and the order in which it says it, stays.
        let mut plain = wanted.state().unwrap();
        if let (sdk::ResourceConfigurationDefinition::DnsResource(stated), sdk::ResourceConfigurationDefinition::DnsResource(plain)) =
            (&mut stated, &mut plain)
            && plain.ip_address_type.is_none()
        {
            stated.ip_address_type = None;
        }
        if let (sdk::ResourceConfigurationDefinition::CidrResource(stated), sdk::ResourceConfigurationDefinition::CidrResource(plain)) =
            (&mut stated, &mut plain)
        {
            for ranges in [&mut stated.cidr_ranges, &mut plain.cidr_ranges] {
                ranges.as_mut().unwrap().sort();
            }
        }
        prop_assert_eq!(stated, plain);
    }

    /// What was just made is as the spec says.
    #[test]
    fn a_create_is_enough(spec in specs()) {
        let desired = desired(spec);
        let observed = made(&creation(&desired, 1));
        prop_assert_eq!(ResourceConfiguration::plan(&desired, &accepted(&desired), Some(&observed)), Plan::Settled);
    }

    /// Whatever AWS has: one PATCH that repeats nothing of it makes it as the spec says.
    #[test]
    fn one_update_is_enough(spec in specs(), before in specs()) {
        let (desired, before) = (desired(spec), self::desired(before));
        let mut observed = Observed { tags: None, ..made(&creation(&before, 1)) };
        match ResourceConfiguration::plan(&desired, &edited(&desired), Some(&observed)) {
            Plan::Settled => {}
            Plan::Change { attempt: None, request: Change::Update(update) } => {
                let held = &mut observed.configuration;
                if let Some(definition) = update.get_resource_configuration_definition() {
                    prop_assert_ne!(held.resource_configuration_definition.replace(definition.clone()), Some(definition.clone()));
                }
                if let Some(ports) = update.get_port_ranges() {
                    prop_assert!(!same_set(&held.port_ranges.replace(ports.clone()).unwrap(), ports));
                }
                if let Some(allowed) = update.get_allow_association_to_shareable_service_network() {
                    prop_assert_ne!(held.allow_association_to_shareable_service_network.replace(*allowed), Some(*allowed));
                }
                prop_assert_eq!(ResourceConfiguration::plan(&desired, &accepted(&desired), Some(&observed)), Plan::Settled);
            }
            other @ (Plan::Change { .. } | Plan::Replace(_) | Plan::Hold(_)) => prop_assert!(false, "{:?}", other),
        }
    }
}
