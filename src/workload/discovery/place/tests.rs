use serde_json::{from_value, json, to_value};

use super::*;
use crate::{
    api::GATEWAY,
    workload::discovery::tests::{claimant, gateway, ingress, open, service},
};

const AGENTS: (&str, &str) = (GATEWAY, "platform/agents");
const NAMED: (&str, &str) = ("tools.agentcore.dev/host", "mcp.example.com");

fn asking(object: Object) -> Claimant {
    claimant(object, &[open("platform/agents", &[]), open("platform/others", &[])])
}

/// The target of an object that asks for one, as the API server has it.
fn standing(object: &Object) -> GatewayTarget {
    let Step::Make(target, _) = decide(&[asking(object.clone())], Standing::Nothing).step else { panic!("{object}") };
    let mut target = *target;
    target.metadata.uid = Some("target".into());
    target.metadata.resource_version = Some("7".into());
    target
}

fn going(mut object: Object) -> Object {
    object.metadata.deletion_timestamp = object.metadata.creation_timestamp.clone();
    object
}

fn step(claimants: &[Claimant], target: &GatewayTarget) -> Step {
    decide(claimants, Standing::Target(target)).step
}

fn reasons(decision: &Decision) -> Vec<(usize, Reason)> {
    decision.notes.iter().map(|(index, note)| (*index, note.reason)).collect()
}

#[test]
fn what_is_made_is_owned_by_its_object_and_says_where_it_comes_from() {
    let object = service("mcp", &[AGENTS, NAMED, ("tools.agentcore.dev/target-name", "search")]);
    let Step::Make(target, owner) = decide(&[asking(object)], Standing::Nothing).step else { panic!() };
    assert_eq!(owner, "service-mcp");
    assert_eq!(
        to_value(&target).unwrap(),
        json!({
            "apiVersion": "tools.agentcore.dev/v1alpha1", "kind": "GatewayTarget",
            "metadata": {
                "name": "mcp", "namespace": "shop",
                "labels": {"tools.agentcore.dev/discovered": "true"},
                "annotations": {"tools.agentcore.dev/discovered-from": "Service/mcp"},
                "ownerReferences": [{"apiVersion": "v1", "kind": "Service", "name": "mcp", "uid": "service-mcp",
                    "controller": true, "blockOwnerDeletion": false}],
            },
            "spec": {
                "name": "search", "gatewayRef": {"name": "agents", "namespace": "platform"},
                "targetConfiguration": {"mcp": {"mcpServer": {
                    "endpointFrom": {"serviceRef": {"name": "mcp"}, "host": "mcp.example.com"},
                }}},
            },
        })
    );
}

#[test]
fn the_oldest_gets_the_target_and_the_other_is_told() {
    let (service, mut ingress) = (service("mcp", &[AGENTS, NAMED]), ingress("mcp", &[AGENTS]));
    let both = |service: &Object, ingress: &Object| {
        decide(&[asking(service.clone()), asking(ingress.clone())], Standing::Nothing)
    };
    let owner = |decision: &Decision| {
        let Step::Make(_, owner) = &decision.step else { panic!("{decision:?}") };
        owner.clone()
    };
    let decision = both(&service, &ingress);
    assert_eq!(owner(&decision), "ingress-mcp", "made in the same second: by uid");
    assert_eq!(reasons(&decision), [(0, Reason::DuplicateResource)]);
    ingress.metadata.creation_timestamp = from_value(json!("2025-11-26T10:00:01Z")).unwrap();
    let decision = both(&service, &ingress);
    assert_eq!(owner(&decision), "service-mcp");
    assert_eq!(reasons(&decision), [(1, Reason::DuplicateResource)]);
    assert_eq!(owner(&both(&going(service), &ingress)), "ingress-mcp", "what goes gets nothing");
}

#[test]
fn who_has_the_target_keeps_it_and_the_other_waits() {
    let (service, ingress) = (service("mcp", &[AGENTS, NAMED]), ingress("mcp", &[AGENTS]));
    let target = standing(&service);
    let decision = decide(&[asking(ingress.clone()), asking(service.clone())], Standing::Target(&target));
    assert_eq!((decision.step.clone(), reasons(&decision)), (Step::Rest, vec![(0, Reason::DuplicateResource)]));
    let owner = service.as_owner();
    assert_eq!(step(&[asking(ingress.clone()), asking(going(service))], &target), Step::Delete(owner.clone()));
    assert_eq!(step(&[asking(ingress)], &target), Step::Delete(owner));
}

#[test]
fn another_incarnation_is_another_object() {
    let service = service("mcp", &[AGENTS, NAMED]);
    let target = standing(&service);
    let mut again = service.clone();
    again.metadata.uid = Some("again".into());
    assert_eq!(step(&[asking(again)], &target), Step::Delete(service.as_owner()));
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let service = service("mcp", &[AGENTS, NAMED]);
    let ours = standing(&service);
    let labelled = |labels: serde_json::Value| {
        let mut target = ours.clone();
        target.metadata.labels = from_value(labels).unwrap();
        target
    };
    let mut unowned = ours.clone();
    unowned.metadata.owner_references = None;
    let mut others = ours.clone();
    others.metadata.owner_references.as_mut().unwrap()[0].kind = "Deployment".into();
    let mut renamed = ours.clone();
    renamed.metadata.owner_references.as_mut().unwrap()[0].name = "mcp-2".into();
    let mut unmarked = labelled(json!({}));
    unmarked.metadata.annotations = None;
    for target in [unowned, others, renamed, unmarked] {
        let decision = decide(&[asking(service.clone())], Standing::Target(&target));
        assert_eq!((decision.step.clone(), reasons(&decision)), (Step::Rest, vec![(0, Reason::DuplicateResource)]));
        assert_eq!(decision.kept, None);
        assert_eq!(step(&[], &target), Step::Rest);
    }
    let decision = decide(&[asking(service.clone())], Standing::Unreadable);
    assert_eq!((decision.step, decision.notes), (Step::Rest, Vec::new()));
    for labels in [json!({}), json!({"tools.agentcore.dev/discovered": "false"})] {
        let Step::Release(patch) = step(&[asking(service.clone())], &labelled(labels)) else { panic!() };
        assert_eq!(
            patch,
            json!({"metadata": {"uid": "target", "resourceVersion": "7", "ownerReferences": [],
                "annotations": {"tools.agentcore.dev/discovered-from": null}}})
        );
    }
}

#[test]
fn what_a_target_becomes_when_its_object_asks_for_something_else() {
    let service = |annotations: &[(&str, &str)]| service("mcp", annotations);
    let target = standing(&service(&[AGENTS, NAMED]));
    let elsewhere = (GATEWAY, "platform/others");
    let renamed = ("tools.agentcore.dev/target-name", "search");
    let same_name = ("tools.agentcore.dev/target-name", "mcp");
    let table = [
        ("nothing", service(&[NAMED]), Step::LetGo, true),
        ("another gateway", service(&[elsewhere, NAMED]), Step::LetGo, true),
        ("another name", service(&[AGENTS, NAMED, renamed]), Step::LetGo, true),
        ("the name that it has", service(&[AGENTS, NAMED, same_name]), Step::Rest, false),
        ("no host", service(&[AGENTS]), Step::Rest, false),
        ("nonsense", service(&[AGENTS, NAMED, ("tools.agentcore.dev/port", "https")]), Step::Rest, false),
        ("a gateway that is not there", service(&[(GATEWAY, "platform/none"), NAMED]), Step::Rest, false),
        ("the same", service(&[AGENTS, NAMED]), Step::Rest, false),
    ];
    for (name, object, expected, is_claimless) in table {
        let decision = decide(&[asking(object.clone())], Standing::Target(&target));
        assert_eq!(decision.step, expected, "{name}");
        assert_eq!(decision.kept.unwrap().is_claimless, is_claimless, "{name}");
        let mut target = target.clone();
        target.metadata.deletion_timestamp = object.metadata.creation_timestamp.clone();
        let decision = decide(&[asking(object)], Standing::Target(&target));
        assert_eq!(decision.step, Step::Rest, "{name}, and it goes already");
        assert_eq!(decision.kept.unwrap().is_claimless, is_claimless, "{name}, and it goes already");
    }
}

#[test]
fn permission_that_is_taken_away_lets_it_go_and_a_gateway_that_is_gone_does_not() {
    let object = service("mcp", &[AGENTS, NAMED]);
    let target = standing(&object);
    let shut = gateway("platform/agents", &json!({"allowedNamespaces": {"from": "All"}}));
    assert_eq!(step(&[claimant(object.clone(), &[shut])], &target), Step::LetGo);
    assert_eq!(step(&[claimant(object.clone(), &[])], &target), Step::Rest);
    let other = gateway("platform/others", &json!({"allowedNamespaces": {"from": "All"}}));
    let moved = service("mcp", &[(GATEWAY, "platform/others"), NAMED]);
    assert_eq!(step(&[claimant(moved, &[other])], &target), Step::Rest, "it stays where it may be");
}

#[test]
fn a_gateway_that_is_closed_gets_no_new_target_and_keeps_those_it_has() {
    let mut suspended = std::sync::Arc::unwrap_or_clone(open("platform/agents", &[]));
    suspended.spec.suspend = Some(true);
    let suspended = [std::sync::Arc::new(suspended)];
    let object = service("mcp", &[AGENTS, NAMED]);
    let decision = decide(&[claimant(object.clone(), &suspended)], Standing::Nothing);
    assert_eq!((decision.step.clone(), reasons(&decision)), (Step::Rest, vec![(0, Reason::Suspended)]));
    let target = standing(&object);
    let decision = decide(&[claimant(object, &suspended)], Standing::Target(&target));
    assert_eq!((decision.step.clone(), reasons(&decision)), (Step::Rest, vec![]));
    let renamed = service("mcp", &[AGENTS, NAMED, ("tools.agentcore.dev/target-name", "search")]);
    let decision = decide(&[claimant(renamed, &suspended)], Standing::Target(&target));
    assert_eq!((decision.step.clone(), reasons(&decision)), (Step::Rest, vec![(0, Reason::Suspended)]));
}
