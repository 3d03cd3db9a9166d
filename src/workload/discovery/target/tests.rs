use serde_json::{from_value, json};

use super::*;
use crate::{
    api::GATEWAY,
    workload::discovery::{
        claim::Claim,
        tests::{claimant, http_route, ingress, open},
    },
};

const AGENTS: (&str, &str) = (GATEWAY, "platform/agents");
const GROUPS: (&str, &str) = ("tools.agentcore.dev/security-group-ids", "sg-0a1b2c3d4e5f60b02");

fn wish(object: &Object) -> Wish {
    let gateways = [open("platform/agents", &["security-group-ids", "preflight"])];
    let claim = claimant(object.clone(), &gateways).claim;
    let Claim::Target(wish) = claim else { panic!("{object} gets {claim:?}") };
    *wish
}

/// The target of an object, after somebody merged this into its spec.
fn edited(object: &Object, edit: &Value) -> GatewayTarget {
    let mut target = made(object, &wish(object));
    target.metadata.uid = Some("target".into());
    target.metadata.resource_version = Some("7".into());
    let mut spec = to_json(&target.spec);
    merge(&mut spec, edit);
    target.spec = from_value(spec).unwrap();
    target
}

/// RFC 7386.
fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = json!({});
    }
    let members = value.as_object_mut().unwrap();
    for (name, change) in patch {
        if change.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
}

#[test]
fn each_kind_is_referred_to_by_its_own_reference() {
    let table = [(ingress("mcp", &[AGENTS]), "ingressRef"), (http_route("mcp", &[AGENTS]), "httpRouteRef")];
    for (object, member) in table {
        let target = made(&object, &wish(&object));
        let server = json!({"mcp": {"mcpServer": {"endpointFrom": {member: {"name": "mcp"}}}}});
        assert_eq!(to_json(&target.spec)["targetConfiguration"], server);
        assert_eq!(keeper(&target), Keeper::Operator(&object.as_owner()));
        assert_eq!(kind_of(&object.as_owner()), Some(object.kind));
    }
}

#[test]
fn what_follows_from_the_object_is_put_back_and_nothing_else() {
    let object = ingress("mcp", &[AGENTS, ("tools.agentcore.dev/path", "/tools")]);
    let server = |members: Value| json!({"targetConfiguration": {"mcp": {"mcpServer": members}}});
    let table = [
        (json!({}), None),
        (json!({"description": "ours", "sync": {"mode": "Manual"}, "suspend": true}), None),
        (json!({"workloadRef": {"kind": "Deployment", "name": "mcp"}}), None),
        (server(json!({"endpointFrom": {"loadBalancerHostname": "a.elb.us-west-2.amazonaws.com"}})), None),
        (json!({"privateEndpoint": {"managedVpcResource": {"vpcIdentifier": "vpc-0a1b2c3d4e5f60718"}}}), None),
        (json!({"privateEndpoint": {"managedVpcResource": {}}}), None),
        (server(json!({"resourcePriority": 3})), Some(server(json!({"resourcePriority": null})))),
        (
            server(json!({"endpointFrom": {"path": "/other", "allowInternetFacing": true}})),
            Some(server(json!({"endpointFrom": {"path": "/tools", "allowInternetFacing": null}}))),
        ),
        (
            server(json!({"endpointFrom": {"ingressRef": null, "serviceRef": {"name": "other"}}})),
            Some(server(json!({"endpointFrom": {"ingressRef": {"name": "mcp"}, "serviceRef": null}}))),
        ),
        (
            server(json!({"endpoint": "https://elsewhere.example.com/mcp", "endpointFrom": null})),
            Some(server(json!({
                "endpoint": null, "endpointFrom": {"ingressRef": {"name": "mcp"}, "path": "/tools"},
            }))),
        ),
        (
            json!({"targetConfiguration": {"mcp": {"mcpServer": null, "openApiSchema": {"inlinePayload": "{}"}}}}),
            Some(json!({"targetConfiguration": {"mcp": {"openApiSchema": null, "mcpServer": {
                "endpointFrom": {"ingressRef": {"name": "mcp"}, "path": "/tools"},
            }}}})),
        ),
        (json!({"preflight": "Skip"}), Some(json!({"preflight": null}))),
    ];
    for (edit, expected) in table {
        let target = edited(&object, &edit);
        let expected =
            expected.map(|spec| json!({"metadata": {"uid": "target", "resourceVersion": "7"}, "spec": spec}));
        assert_eq!(correction(&object, &wish(&object), &target), expected, "{edit}");
    }
    let mut target = edited(&object, &json!({}));
    target.metadata.annotations = None;
    assert_eq!(
        correction(&object, &wish(&object), &target).unwrap()["metadata"]["annotations"],
        json!({"tools.agentcore.dev/discovered-from": "Ingress/mcp"})
    );
}

#[test]
fn security_groups_make_an_endpoint_private_and_their_removal_undoes_it() {
    let (with, without) = (ingress("mcp", &[AGENTS, GROUPS]), ingress("mcp", &[AGENTS]));
    let groups = json!({"securityGroupIds": ["sg-0a1b2c3d4e5f60b02"]});
    let private = |network: Value| json!({"privateEndpoint": network});
    let spec = |object: &Object, target: &GatewayTarget| {
        correction(object, &wish(object), target).map(|patch| patch["spec"].clone())
    };
    let made = edited(&with, &json!({}));
    assert_eq!(to_json(&made.spec)["privateEndpoint"], json!({"managedVpcResource": groups}));
    assert_eq!(spec(&without, &made), Some(private(Value::Null)));
    let widened = edited(&with, &private(json!({"managedVpcResource": {"routingDomainPolicy": "Never"}})));
    let without_groups = private(json!({"managedVpcResource": {"securityGroupIds": null}}));
    assert_eq!(spec(&without, &widened), Some(without_groups), "the rest is its user's");
    let reference = json!({"selfManagedLatticeResource": {"resourceConfigurationRef": {"name": "rest"}}});
    let shared = edited(&without, &private(reference));
    assert_eq!(spec(&without, &shared), None);
    assert_eq!(
        spec(&with, &shared),
        Some(private(json!({"selfManagedLatticeResource": null, "managedVpcResource": groups})))
    );
}

#[test]
fn what_can_never_change_stays_as_it_was_first_said() {
    let plain = ingress("mcp", &[AGENTS]);
    let named = ingress("mcp", &[AGENTS, ("tools.agentcore.dev/target-name", "mcp")]);
    let table = [(&plain, &named), (&named, &plain)];
    for (before, after) in table {
        let target = edited(before, &json!({}));
        assert!(is_same(after, &wish(after), &target));
        assert_eq!(correction(after, &wish(after), &target), None);
    }
    let own = ingress("mcp", &[(GATEWAY, "shop/agents")]);
    let wish = Wish { gateway: Address::new("shop", "agents"), ..wish(&plain) };
    let target = made(&own, &wish);
    assert_eq!(target.spec.gateway_ref, Some(Ref { name: "agents".into(), namespace: None }));
    let mut spelled_out = target.clone();
    spelled_out.spec.gateway_ref = Some(Ref { name: "agents".into(), namespace: Some("shop".into()) });
    assert!(is_same(&own, &wish, &spelled_out));
    assert_eq!(correction(&own, &wish, &spelled_out), None);
    let dotted = ingress("mcp.v2", &[AGENTS]);
    let target = made(&dotted, &super::tests::wish(&dotted));
    assert!(is_same(&dotted, &super::tests::wish(&dotted), &target));
    let renamed = ingress("mcp.v2", &[AGENTS, ("tools.agentcore.dev/target-name", "mcp-v2")]);
    assert!(!is_same(&renamed, &super::tests::wish(&renamed), &target), "its name in AWS carries a hash");
}

#[test]
fn the_difference_is_what_a_merge_needs() {
    let table = [
        (json!({"a": 1}), json!({"a": 1})),
        (json!({"a": 1, "b": {"c": [1], "d": 2}}), json!({"a": 1, "b": {"c": [2], "e": {}}})),
        (json!({"a": {"b": 1}}), json!({"a": 2})),
        (json!({}), json!({"a": {"b": {"c": true}}})),
    ];
    for (from, to) in table {
        let mut merged = from.clone();
        match difference(&from, &to) {
            Some(patch) => merge(&mut merged, &patch),
            None => assert_eq!(from, to),
        }
        assert_eq!(merged, to);
    }
    assert_eq!(difference(&json!({"a": 1, "b": 2}), &json!({"a": 1})), Some(json!({"b": null})));
}
