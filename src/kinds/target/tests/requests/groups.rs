//! Security groups that a spec leaves open, and names that it does.

use super::*;

/// The server's spec with these security groups.
fn in_groups(groups: &[&str]) -> GatewayTargetSpec {
    let mut spec = server();
    if let Some(PrivateEndpoint::ManagedVpcResource(network)) = &mut spec.private_endpoint {
        network.security_group_ids = texts(groups);
    }
    spec
}

#[test]
fn the_operators_security_groups_are_taken_where_the_spec_names_none() {
    let own = ["sg-0a1b2c3d4e5f60b02"];
    for (groups, expected) in [(&[][..], "sg-default"), (&own[..], own[0])] {
        let desired = Desired { default_groups: texts(&["sg-default"]), ..desired(in_groups(groups)) };
        let Change::Create(create) = request(GatewayTarget::plan(&desired, &first(&desired), None)) else {
            panic!("no create")
        };
        let Some(sdk::PrivateEndpoint::ManagedVpcResource(network)) = create.get_private_endpoint() else {
            panic!("no network")
        };
        assert_eq!(network.security_group_ids, Some(texts(&[expected])));
    }
}

/// Without any group AWS would take the VPC's default one: then nothing is made, also when it was there before and is made again.
#[test]
fn nothing_is_created_without_a_security_group() {
    let desired = desired(in_groups(&[]));
    let gone = Past { surely_absent: true, ..accepted(&desired) };
    for past in [first(&desired), gone] {
        assert_eq!(planned(&desired, &past, None), "Stalled SecurityGroupRequired");
    }
}

/// Groups that the spec does not name are those that it was made with: neither AWS's nor the operator's other ones are drift.
#[test]
fn security_groups_that_the_spec_does_not_name_are_left_as_they_are() {
    let desired = Desired { default_groups: texts(&["sg-default"]), ..desired(in_groups(&[])) };
    let mut held = everything();
    network_of(&mut held).security_group_ids = Some(texts(&["sg-before"]));
    assert_eq!(planned(&desired, &accepted(&desired), Some(&in_aws(&held))), "Settled");
    held.description = None;
    let mut update = update(&desired, &in_aws(&held));
    assert_eq!(network_of(&mut update).security_group_ids, Some(texts(&["sg-before"])), "they are sent again");
}

/// A target that asked for no name keeps the one that it got, whatever its gateway says of names now.
#[test]
fn a_name_that_the_target_could_have_got_is_kept() {
    let plain = desired(plain());
    let named = |namesakes: &[&str]| Desired {
        name: "team-a-server".into(),
        namesakes: texts(namesakes),
        ..desired(samples::plain())
    };
    let held = observed(&plain, "READY");
    let past = accepted(&plain);
    let both = named(&["eks-mcp-server", "team-a-server"]);
    assert_eq!(planned(&both, &past, Some(&held)), "Settled");
    assert_eq!(planned(&named(&[]), &past, Some(&held)), "Stalled ImmutableField");
    let mut drifted = held.clone();
    drifted.target.description = None;
    assert_eq!(update(&both, &drifted).name.as_deref(), Some("eks-mcp-server"));
}

/// An update that brings a managed network makes one, just as a create does.
#[test]
fn a_network_that_an_update_brings_has_groups() {
    let mut held = everything();
    held.private_endpoint = None;
    let brings = Desired { default_groups: texts(&["sg-default"]), ..desired(in_groups(&[])) };
    let mut update = update(&brings, &in_aws(&held));
    assert_eq!(network_of(&mut update).security_group_ids, Some(texts(&["sg-default"])));
    let none = desired(in_groups(&[]));
    assert_eq!(planned(&none, &accepted(&none), Some(&in_aws(&held))), "Stalled SecurityGroupRequired");
}

#[test]
fn the_token_is_another_one_for_other_security_groups_of_the_operator() {
    let token = |group: &str| {
        let desired = Desired { default_groups: texts(&[group]), ..desired(in_groups(&[])) };
        let Change::Create(create) = request(GatewayTarget::plan(&desired, &first(&desired), None)) else {
            panic!("no create")
        };
        create.get_client_token().clone()
    };
    assert_eq!(token("sg-1"), token("sg-1"));
    assert_ne!(token("sg-1"), token("sg-2"));
}
