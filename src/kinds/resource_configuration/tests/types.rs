//! Every type: what makes it, what is changed in place, and what asks for another one.

use super::{
    requests::{creation, marker},
    *,
};
use crate::overlay::tests::texts;

const GROUP: &str = "rcfg-0a1b2c3d4e5f60d02";
const VERIFICATION: &str = "dv-0a1b2c3d4e5f60f01";

/// What a spec says of each type, with every member that AWS takes with it.
fn said(kind: &str) -> Value {
    let mut said = match kind {
        "SINGLE" => json!({
            "protocol": "TCP",
            "resourceConfigurationDefinition": {"dnsResource": {"domainName": "api.internal.example.com"}},
            "portRanges": ["443"],
            "allowAssociationToShareableServiceNetwork": false,
            "customDomainName": "api.example.com",
            "domainVerificationIdentifier": VERIFICATION,
        }),
        "GROUP" => json!({
            "protocol": "TCP",
            "portRanges": ["5432"],
            "allowAssociationToShareableServiceNetwork": true,
            "groupDomain": "example.com",
            "domainVerificationIdentifier": VERIFICATION,
        }),
        "CHILD" => json!({
            "resourceConfigurationDefinition": {"ipResource": {"ipAddress": "10.0.1.20"}},
            "portRanges": ["5432"],
            "customDomainName": "one.example.com",
        }),
        "ARN" => json!({
            "resourceConfigurationDefinition":
                {"arnResource": {"arn": "arn:aws:rds:us-west-2:111122223333:db:orders"}},
            "allowAssociationToShareableServiceNetwork": true,
        }),
        _ => json!({
            "protocol": "TCP_UDP",
            "resourceConfigurationDefinition": {"cidrResource": {"cidrRanges": ["10.0.0.0/16", "10.1.0.0/16"]}},
            "portRanges": ["53", "443"],
        }),
    };
    said["name"] = json!("rest");
    said["type"] = json!(kind);
    said
}

/// A spec of this type as `resolve` hands it on.
fn of_type(kind: &str, manifest: Value) -> Desired {
    let child = kind == "CHILD";
    let mut desired = desired(spec(manifest));
    desired.gateway = (!child).then(|| GATEWAY.to_owned());
    desired.group = child.then(|| GROUP.to_owned());
    desired.fingerprint = super::super::super::fingerprint(&desired);
    desired
}

fn ip(address: &str) -> sdk::ResourceConfigurationDefinition {
    sdk::ResourceConfigurationDefinition::IpResource(sdk::IpResource::builder().ip_address(address).build())
}

fn arn(name: &str) -> sdk::ResourceConfigurationDefinition {
    let arn = format!("arn:aws:rds:us-west-2:111122223333:db:{name}");
    sdk::ResourceConfigurationDefinition::ArnResource(sdk::ArnResource::builder().arn(arn).build())
}

fn cidr(ranges: &[&str]) -> sdk::ResourceConfigurationDefinition {
    let resource = sdk::CidrResource::builder().set_cidr_ranges(Some(texts(ranges))).build();
    sdk::ResourceConfigurationDefinition::CidrResource(resource)
}

fn name_only(name: &str) -> sdk::ResourceConfigurationDefinition {
    sdk::ResourceConfigurationDefinition::DnsResource(sdk::DnsResource::builder().domain_name(name).build())
}

/// What AWS has of such a type, when it was made by the create that the spec asks for; what AWS fills in is filled in.
fn made(kind: &str) -> Observed {
    let create = creation(&of_type(kind, said(kind)), 1);
    let child = kind == "CHILD";
    let verification = create.get_domain_verification_identifier().clone();
    let mut definition = create.get_resource_configuration_definition().clone();
    if let Some(sdk::ResourceConfigurationDefinition::DnsResource(dns)) = &mut definition {
        dns.ip_address_type = Some(sdk::ResourceConfigurationIpAddressType::Ipv4);
    }
    let configuration = GetResourceConfigurationOutput::builder()
        .id(ID)
        .arn(ARN)
        .status(AwsStatus::Active)
        .set_name(create.get_name().clone())
        // A child is shown with the resource gateway, and the verification, of its group.
        .resource_gateway_id(GATEWAY)
        .set_resource_configuration_group_id(create.get_resource_configuration_group_identifier().clone())
        .set_type(create.get_type().clone())
        .set_protocol(create.get_protocol().clone().or((!child).then_some(sdk::ProtocolType::Tcp)))
        .set_port_ranges(create.get_port_ranges().clone())
        .set_resource_configuration_definition(definition)
        .set_allow_association_to_shareable_service_network(
            *create.get_allow_association_to_shareable_service_network(),
        )
        .set_custom_domain_name(create.get_custom_domain_name().clone())
        .set_group_domain(create.get_group_domain().clone())
        .set_domain_verification_id(verification.or(child.then(|| VERIFICATION.to_owned())));
    Observed { configuration: configuration.build(), tags: None, keeper: None }
}

#[test]
fn a_create_of_every_type_says_just_what_the_spec_says() {
    let blank = || CreateResourceConfigurationInputBuilder::default().name("rest").set_tags(Some(marker()));
    let table = [
        (
            "SINGLE",
            blank()
                .protocol(sdk::ProtocolType::Tcp)
                .resource_gateway_identifier(GATEWAY)
                .resource_configuration_definition(name_only("api.internal.example.com"))
                .port_ranges("443")
                .allow_association_to_shareable_service_network(false)
                .custom_domain_name("api.example.com")
                .domain_verification_identifier(VERIFICATION),
        ),
        (
            "GROUP",
            blank()
                .protocol(sdk::ProtocolType::Tcp)
                .resource_gateway_identifier(GATEWAY)
                .port_ranges("5432")
                .allow_association_to_shareable_service_network(true)
                .group_domain("example.com")
                .domain_verification_identifier(VERIFICATION),
        ),
        (
            "CHILD",
            blank()
                .resource_configuration_group_identifier(GROUP)
                .resource_configuration_definition(ip("10.0.1.20"))
                .port_ranges("5432")
                .custom_domain_name("one.example.com"),
        ),
        (
            "ARN",
            blank()
                .resource_gateway_identifier(GATEWAY)
                .resource_configuration_definition(arn("orders"))
                .allow_association_to_shareable_service_network(true),
        ),
        (
            "CIDR",
            blank()
                .protocol(sdk::ProtocolType::TcpUdp)
                .resource_gateway_identifier(GATEWAY)
                .resource_configuration_definition(cidr(&["10.0.0.0/16", "10.1.0.0/16"]))
                .port_ranges("53")
                .port_ranges("443"),
        ),
    ];
    for kind in sdk::ResourceConfigurationType::values() {
        assert!(table.iter().any(|(row, _)| row == kind), "{kind} is not in the table");
    }
    for (kind, expected) in table {
        let desired = of_type(kind, said(kind));
        let parent = if kind == "CHILD" { GROUP } else { GATEWAY };
        let expected = expected.r#type(kind.into()).client_token(identity().token(parent, 1, &desired.fingerprint));
        assert_eq!(creation(&desired, 1), expected, "{kind}");
        let settled = ResourceConfiguration::plan(&desired, &accepted(&desired), Some(&made(kind)));
        assert_eq!(settled, Plan::Settled, "what was made is as the spec says: {kind}");
    }
}

/// What a spec need not say is left as AWS chose it.
#[test]
fn types_that_say_no_more_than_they_must() {
    let table = [
        ("GROUP", json!({}), Some(true)),
        ("CHILD", json!({"resourceConfigurationDefinition": {"ipResource": {"ipAddress": "10.0.1.20"}}}), None),
        ("ARN", said("ARN"), Some(true)),
        (
            "CIDR",
            json!({"resourceConfigurationDefinition": {"cidrResource": {"cidrRanges": ["10.1.0.0/16", "10.0.0.0/16"]}}}),
            None,
        ),
    ];
    for (kind, mut manifest, allowed) in table {
        manifest["type"] = json!(kind);
        let desired = of_type(kind, manifest);
        let create = creation(&desired, 1);
        assert_eq!(*create.get_allow_association_to_shareable_service_network(), allowed, "{kind}");
        assert_eq!((create.get_port_ranges(), create.get_protocol()), (&None, &None), "{kind}");
        let mut observed = made(kind);
        observed.configuration.group_domain = None;
        observed.configuration.custom_domain_name = None;
        if kind == "GROUP" {
            observed.configuration.domain_verification_id = None;
        }
        for past in [accepted(&desired), edited(&desired)] {
            assert_eq!(planned(&desired, &past, Some(&observed)), "Settled", "{kind}");
        }
    }
}

#[test]
fn an_update_of_every_type_says_just_what_differs() {
    let patch = || UpdateResourceConfigurationInputBuilder::default().resource_configuration_identifier(ID);
    let definition = |definition| Some(patch().resource_configuration_definition(definition));
    let ports = |port: &str| Some(patch().port_ranges(port));
    let allowed = |allowed| Some(patch().allow_association_to_shareable_service_network(allowed));
    let other_name = json!({"resourceConfigurationDefinition": {"dnsResource": {"domainName": "other.example.com"}}});
    let address = json!({"resourceConfigurationDefinition": {"ipResource": {"ipAddress": "10.0.1.21"}}});
    let other_arn =
        json!({"resourceConfigurationDefinition": {"arnResource": {"arn": "arn:aws:rds:us-west-2:111122223333:db:x"}}});
    let ranges = |ranges: Value| json!({"resourceConfigurationDefinition": {"cidrResource": {"cidrRanges": ranges}}});
    let table = [
        ("SINGLE", other_name, definition(domain("other.example.com", sdk::ResourceConfigurationIpAddressType::Ipv4))),
        ("SINGLE", address.clone(), definition(ip("10.0.1.21"))),
        ("SINGLE", json!({"portRanges": ["8443"]}), ports("8443")),
        ("SINGLE", json!({"allowAssociationToShareableServiceNetwork": true}), allowed(true)),
        ("GROUP", json!({"portRanges": ["5433"]}), ports("5433")),
        ("GROUP", json!({"allowAssociationToShareableServiceNetwork": false}), allowed(false)),
        ("CHILD", address, definition(ip("10.0.1.21"))),
        ("CHILD", json!({"portRanges": ["5433"]}), ports("5433")),
        ("ARN", other_arn, definition(arn("x"))),
        ("ARN", json!({"allowAssociationToShareableServiceNetwork": false}), allowed(false)),
        ("CIDR", ranges(json!(["10.2.0.0/16"])), definition(cidr(&["10.2.0.0/16"]))),
        ("CIDR", ranges(json!(["10.1.0.0/16", "10.0.0.0/16"])), None),
        ("CIDR", json!({"portRanges": ["443", "53"]}), None),
    ];
    for (kind, changed, expected) in table {
        let mut manifest = said(kind);
        manifest.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        let desired = of_type(kind, manifest);
        let plan = ResourceConfiguration::plan(&desired, &edited(&desired), Some(&made(kind)));
        let expected = expected.map_or(Plan::Settled, |update| Plan::change(Change::Update(Box::new(update))));
        assert_eq!(plan, expected, "{kind} {changed}");
    }
}

/// After a failed update everything is said again that can be said of the type.
#[test]
fn a_failed_group_has_no_definition_to_repeat() {
    let desired = of_type("GROUP", said("GROUP"));
    let mut observed = made("GROUP");
    observed.configuration.status = Some(AwsStatus::UpdateFailed);
    let expected =
        UpdateResourceConfigurationInputBuilder::default().resource_configuration_identifier(ID).port_ranges("5432");
    let plan = ResourceConfiguration::plan(&desired, &edited(&desired), Some(&observed));
    assert_eq!(plan, Plan::change(Change::Update(Box::new(expected))));
}

#[test]
fn what_asks_for_another_one_is_named_by_its_member() {
    // | type | what the spec says otherwise | the members that the message names |
    let table = [
        ("SINGLE", json!({"type": null}), None),
        ("GROUP", json!({"type": null}), Some("type")),
        ("SINGLE", json!({"type": "CIDR", "protocol": "TCP_UDP"}), Some("protocol, type")),
        ("SINGLE", json!({"protocol": null}), None),
        ("CIDR", json!({"protocol": "TCP"}), Some("protocol")),
        ("SINGLE", json!({"customDomainName": "API.example.com"}), None),
        ("SINGLE", json!({"customDomainName": "web.example.com"}), Some("customDomainName")),
        ("SINGLE", json!({"customDomainName": null}), Some("customDomainName")),
        ("CHILD", json!({"customDomainName": "two.example.com"}), Some("customDomainName")),
        ("GROUP", json!({"groupDomain": "example.net"}), Some("groupDomain")),
        ("GROUP", json!({"groupDomain": null}), Some("groupDomain")),
        ("SINGLE", json!({"domainVerificationIdentifier": null}), Some("domainVerificationIdentifier")),
        (
            "SINGLE",
            json!({"domainVerificationIdentifier":
                format!("arn:aws:vpc-lattice:us-west-2:111122223333:domainverification/{VERIFICATION}")}),
            None,
        ),
        (
            "CHILD",
            json!({"domainVerificationIdentifier": "dv-0a1b2c3d4e5f60f02"}),
            Some("domainVerificationIdentifier"),
        ),
    ];
    for (kind, changed, expected) in table {
        let mut manifest = said(kind);
        manifest.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        let desired = of_type(kind, manifest);
        let plan = ResourceConfiguration::plan(&desired, &edited(&desired), Some(&made(kind)));
        match expected {
            None => assert_eq!(shown(&plan, name), "Settled", "{kind} {changed}"),
            Some(members) => assert_eq!(shown(&plan, name), format!("Replace {members}"), "{kind} {changed}"),
        }
    }
    let moved = Desired { group: Some("rcfg-0a1b2c3d4e5f60d03".into()), ..of_type("CHILD", said("CHILD")) };
    assert_eq!(planned(&moved, &edited(&moved), Some(&made("CHILD"))), "Replace resourceConfigurationGroupRef");
    let named = format!("arn:aws:vpc-lattice:us-west-2:111122223333:resourceconfiguration/{GROUP}");
    let named = Desired { group: Some(named), ..of_type("CHILD", said("CHILD")) };
    assert_eq!(planned(&named, &accepted(&named), Some(&made("CHILD"))), "Settled");
}

/// A name that nobody can resolve is in nobody's way once AWS has it, until the spec leads there.
#[test]
fn a_hidden_name_stands_in_the_way_of_leading_there() {
    let hold = Hold::stalled(Reason::PrivateNameOnPublicResolver, "only the VPC knows it");
    let blocked = |spec| Desired { blocked: Some(hold.clone()), ..desired(spec) };
    let first = |desired: &Desired| Past { recorded: false, ..past(&desired.fingerprint, None) };
    let there = "Stalled PrivateNameOnPublicResolver";
    let desired = blocked(full());
    assert_eq!(planned(&desired, &first(&desired), None), there);
    assert_eq!(planned(&desired, &edited(&desired), Some(&observed("ACTIVE"))), "Settled");
    assert_eq!(planned(&desired, &edited(&desired), Some(&drifted("ACTIVE"))), "Update", "ports lead nowhere else");
    let mut elsewhere = observed("ACTIVE");
    elsewhere.configuration.resource_configuration_definition = Some(ip("10.0.1.20"));
    assert_eq!(planned(&desired, &edited(&desired), Some(&elsewhere)), there);
}
