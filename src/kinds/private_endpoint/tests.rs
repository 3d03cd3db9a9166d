//! Which member of a private endpoint is owned, defaulted or elsewhere, and what holds of its groups and identifiers.

use serde_json::{from_value, json};

use super::*;
use crate::overlay::tests::{over, table};

const CONFIGURATION: &str = "rcfg-0a1b2c3d4e5f60d01";

table! { network: ManagedVpcResource => sdk::ManagedVpcResource, said said_network(), held other_network(); {
    vpc_identifier: resolved,
    subnet_ids: required_set,
    endpoint_ip_address_type: resolved,
    security_group_ids: defaulted_set,
    tags: map,
    routing_domain: owned_name,
    routing_domain_policy: elsewhere,
} kept {} }

fn said_network() -> ManagedVpcResource {
    from_value(json!({
        "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
        "subnetIds": ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"],
        "endpointIpAddressType": "IPV4",
        "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"],
        "tags": {"team": "search"},
        "routingDomain": "internal.example.com",
        "routingDomainPolicy": "Never",
    }))
    .unwrap()
}

/// Everything, and nothing of it as a spec has it.
pub(in crate::kinds) fn other_network() -> sdk::ManagedVpcResource {
    sdk::ManagedVpcResource::builder()
        .vpc_identifier("vpc-other")
        .subnet_ids("subnet-other")
        .endpoint_ip_address_type(sdk::EndpointIpAddressType::Ipv6)
        .security_group_ids("sg-other")
        .tags("team", "other")
        .routing_domain("other.example.com")
        .build()
        .unwrap()
}

fn arn(id: &str) -> String {
    format!("arn:aws:vpc-lattice:us-west-2:111122223333:resourceconfiguration/{id}")
}

#[test]
fn every_word_of_the_spec_is_the_same_word_in_aws() {
    let word = |said: serde_json::Value| said.as_str().unwrap().to_owned();
    for family in [EndpointIpAddressType::Ipv4, EndpointIpAddressType::Ipv6] {
        assert_eq!(family.state().unwrap().as_str(), word(json!(family)));
    }
}

#[test]
fn empty_lists_mean_none() {
    let network = ManagedVpcResource {
        security_group_ids: Vec::new(),
        tags: std::collections::BTreeMap::new(),
        ..said_network()
    };
    let network = network.state().unwrap();
    assert_eq!((network.security_group_ids, network.tags), (None, None));
}

#[test]
fn a_resource_configuration_is_the_same_by_its_id_and_by_its_arn() {
    let another = "rcfg-0a1b2c3d4e5f60d02";
    // | the spec has | AWS has | and then |
    let table = [
        (CONFIGURATION.to_owned(), CONFIGURATION.to_owned(), CONFIGURATION.to_owned()),
        (CONFIGURATION.to_owned(), arn(CONFIGURATION), arn(CONFIGURATION)),
        (arn(CONFIGURATION), CONFIGURATION.to_owned(), CONFIGURATION.to_owned()),
        (arn(CONFIGURATION), arn(CONFIGURATION), arn(CONFIGURATION)),
        (CONFIGURATION.to_owned(), another.to_owned(), CONFIGURATION.to_owned()),
        (CONFIGURATION.to_owned(), arn(another), CONFIGURATION.to_owned()),
        (arn(CONFIGURATION), arn(another), arn(CONFIGURATION)),
    ];
    for (wanted, held, expected) in table {
        let identified = sdk::SelfManagedLatticeResource::ResourceConfigurationIdentifier;
        let spec = SelfManagedLatticeResource {
            resource_configuration_identifier: Some(wanted.clone()),
            ..SelfManagedLatticeResource::default()
        };
        assert_eq!(spec.state().unwrap(), identified(wanted.clone()));
        assert_eq!(over(&spec, &identified(held.clone())), identified(expected), "{wanted} over {held}");
    }
}

#[test]
fn a_reference_that_was_not_resolved_makes_no_request() {
    let unresolved = SelfManagedLatticeResource::default();
    let mut held = sdk::SelfManagedLatticeResource::ResourceConfigurationIdentifier(CONFIGURATION.into());
    assert!(Overlay::<sdk::SelfManagedLatticeResource>::state(&unresolved).is_err());
    assert!(unresolved.state_over(&mut held).is_err());
}

#[test]
fn a_reference_leads_to_its_configuration() {
    let reference = Ref { name: "rest".into(), namespace: Some("platform".into()) };
    let own = SelfManagedLatticeResource {
        resource_configuration_ref: Some(reference.clone()),
        ..SelfManagedLatticeResource::default()
    };
    assert_eq!(configuration_of(&PrivateEndpoint::SelfManagedLatticeResource(own)), Some(&reference));
    let identified = SelfManagedLatticeResource {
        resource_configuration_identifier: Some(CONFIGURATION.into()),
        ..SelfManagedLatticeResource::default()
    };
    assert_eq!(configuration_of(&PrivateEndpoint::SelfManagedLatticeResource(identified)), None);
    assert_eq!(configuration_of(&PrivateEndpoint::ManagedVpcResource(said_network())), None);
}

#[test]
fn what_only_we_read_is_not_sent() {
    let PrivateEndpoint::ManagedVpcResource(sent) = without_policy(PrivateEndpoint::ManagedVpcResource(said_network()))
    else {
        panic!("it is managed")
    };
    assert_eq!(sent, ManagedVpcResource { routing_domain_policy: None, ..said_network() });
}

/// | stated | AWS has | default groups | then |
#[test]
fn groups_are_named_where_a_network_is_made() {
    let managed = |groups: &[&str]| {
        let mut network: sdk::ManagedVpcResource = said_network().state().unwrap();
        network.security_group_ids =
            (!groups.is_empty()).then(|| groups.iter().map(|group| (*group).to_owned()).collect());
        sdk::PrivateEndpoint::ManagedVpcResource(network)
    };
    let own = sdk::PrivateEndpoint::SelfManagedLatticeResource(
        sdk::SelfManagedLatticeResource::ResourceConfigurationIdentifier(CONFIGURATION.into()),
    );
    let defaults = ["sg-1".to_owned(), "sg-2".to_owned()];
    let table = [
        (Some(managed(&[])), None, Some(managed(&["sg-1", "sg-2"]))),
        (Some(managed(&["sg-9"])), None, Some(managed(&["sg-9"]))),
        (Some(managed(&[])), Some(own.clone()), Some(managed(&["sg-1", "sg-2"]))),
        (Some(managed(&[])), Some(managed(&[])), Some(managed(&[]))),
        (Some(own.clone()), None, Some(own)),
        (None, Some(managed(&[])), None),
    ];
    for (stated, held, expected) in table {
        let mut completed = stated.clone();
        let needed = complete(&mut completed, held.as_ref(), &defaults, "securityGroupIds").unwrap();
        assert_eq!(completed, expected, "{stated:?} over {held:?}");
        assert_eq!(needed.is_some(), completed != stated, "{stated:?} over {held:?}");
    }
    let hold = complete(&mut Some(managed(&[])), None, &[], "member.securityGroupIds").unwrap_err();
    assert_eq!(hold.reason(), crate::plan::Reason::SecurityGroupRequired);
    assert!(format!("{hold:?}").contains("spec.member.securityGroupIds"), "{hold:?}");
}

/// Groups belong to a VPC: a network in another one does not keep those that AWS had.
#[test]
fn a_network_in_another_vpc_keeps_no_groups() {
    let network = |vpc: &str, group: &str| {
        let mut network: sdk::ManagedVpcResource = said_network().state().unwrap();
        network.vpc_identifier = vpc.into();
        network.security_group_ids = Some(vec![group.to_owned()]);
        sdk::PrivateEndpoint::ManagedVpcResource(network)
    };
    let said = |groups: &[&str]| {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        PrivateEndpoint::ManagedVpcResource(ManagedVpcResource { security_group_ids: groups, ..said_network() })
    };
    let silent = said(&[]);
    let defaults = ["sg-default".to_owned()];
    let left = |said: &PrivateEndpoint, stated: sdk::PrivateEndpoint| {
        let mut stated = Some(stated);
        leave_groups(Some(said), &mut stated, Some(&network("vpc-old", "sg-old")));
        complete(&mut stated, Some(&network("vpc-old", "sg-old")), &defaults, "securityGroupIds").unwrap();
        let Some(sdk::PrivateEndpoint::ManagedVpcResource(network)) = stated else { panic!("it is managed") };
        network.security_group_ids.unwrap_or_default()
    };
    assert_eq!(left(&silent, network("vpc-new", "sg-old")), ["sg-default"]);
    assert_eq!(left(&silent, network("vpc-old", "sg-old")), ["sg-old"]);
    assert_eq!(left(&said(&["sg-new"]), network("vpc-new", "sg-new")), ["sg-new"], "those that the spec names stay");
    let mut moved = Some(network("vpc-new", "sg-old"));
    leave_groups(Some(&silent), &mut moved, Some(&network("vpc-old", "sg-old")));
    assert!(complete(&mut moved, Some(&network("vpc-old", "sg-old")), &[], "securityGroupIds").is_err());
}

#[test]
fn a_routing_domain_is_the_same_in_whatever_case() {
    let mut said = said_network();
    said.routing_domain = Some("Internal.Example.com.".into());
    let mut held = other_network();
    for (domain, expected) in
        [("internal.example.com", "internal.example.com"), ("else.example.com", "Internal.Example.com.")]
    {
        held.routing_domain = Some(domain.into());
        assert_eq!(over(&said, &held).routing_domain.as_deref(), Some(expected));
    }
}

#[test]
fn an_excepted_host_is_the_same_in_whatever_case() {
    let excepting = |domain: &str| -> crate::api::PrivateEndpointOverride {
        let way = json!({"selfManagedLatticeResource": {"resourceConfigurationIdentifier": "rcfg-0a1b2c3d4e5f60d09"}});
        from_value(json!({"domain": domain, "privateEndpoint": way})).unwrap()
    };
    let held: sdk::PrivateEndpointOverride = excepting("other.example.com").state().unwrap();
    for (said, expected) in
        [("Other.Example.com.", "other.example.com"), ("another.example.com", "another.example.com")]
    {
        assert_eq!(over(&excepting(said), &held).domain, expected);
    }
}
