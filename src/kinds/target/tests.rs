//! Plans of GatewayTargets.

mod facts;
mod requests;
pub(super) mod samples;

use self::samples::{CONFIGURATION, GATEWAY, api, plain, report, server};
use super::*;
use crate::api::PrivateEndpoint;
use crate::kinds::tests::{ABSENCES, identity, message, past, shown};
use crate::overlay::Overlay;
use aws_sdk_bedrockagentcorecontrol::types as sdk;

/// The end of the description that says whose the target is.
const MARKER: &str = "k8s:d6e21286/a6a074-3a32eb";

/// A spec as `resolve` hands it on.
fn desired(spec: GatewayTargetSpec) -> Desired {
    let spec = GatewayTargetSpec {
        gateway_ref: None,
        gateway_identifier: None,
        deletion_policy: None,
        adopt: None,
        suspend: None,
        ..spec
    };
    let mut desired = Desired {
        default_groups: Vec::new(),
        way: Way::unknown(spec.private_endpoint.clone(), "Nothing is known"),
        blocked: None,
        operations: None,
        stage: None,
        unusable: None,
        refused: None,
        fingerprint: String::new(),
        namesakes: Vec::new(),
        gateway: GATEWAY.into(),
        name: "eks-mcp-server".into(),
        description: identity().describe(spec.description.as_deref()),
        identity: identity(),
        spec,
    };
    desired.fingerprint = super::super::fingerprint(&desired);
    desired
}

/// What AWS has when it has just what this asks for, in this status.
fn observed(desired: &Desired, status: &str) -> Observed {
    let mut target = desired.spec.state().unwrap();
    target.name = Some(desired.name.clone());
    target.description = Some(desired.description.clone());
    Observed {
        gateway: GATEWAY.into(),
        target: report(&target).status(status.into()).build().unwrap(),
        unknown: Vec::new(),
    }
}

/// The same, but somebody has taken the credentials away.
fn drifted(desired: &Desired, status: &str) -> Observed {
    let mut observed = observed(desired, status);
    observed.target.credential_provider_configurations.clear();
    observed
}

fn accepted(desired: &Desired) -> Past {
    past(&desired.fingerprint, Some(&desired.fingerprint))
}

fn edited(desired: &Desired) -> Past {
    past(&desired.fingerprint, Some("before"))
}

fn name(change: &Change) -> &'static str {
    match change {
        Change::Create(_) => "Create",
        Change::Update(_) => "Update",
        Change::Synchronize(_) => "Synchronize",
        Change::Delete(_) => "Delete",
    }
}

fn planned(desired: &Desired, past: &Past, observed: Option<&Observed>) -> String {
    shown(&GatewayTarget::plan(desired, past, observed), name)
}

#[test]
fn a_target_that_aws_does_not_show() {
    // One that is gone is made again without being asked: nobody relies on its id.
    let expected = ["Create", "Create 2", "Waiting Creating", "Create 2", "Create 5"];
    let desired = desired(server());
    for ((case, recorded, surely_absent, attempt), expected) in ABSENCES.into_iter().zip(expected) {
        let past = Past { recorded, attempt, surely_absent, ..accepted(&desired) };
        assert_eq!(planned(&desired, &past, None), expected, "{case}");
    }
}

#[test]
fn a_target_in_every_status() {
    // | AWS says | accepted, the same | edited, the same | edited, different | accepted, drifted | drifted, and a person asks |
    let table = [
        ("READY", "Settled", "Settled", "Update", "Update", "Update"),
        // An edit that was taken back leaves nothing that differs, and a status that only another update mends.
        (
            "UPDATE_UNSUCCESSFUL",
            "Stalled UpdateUnsuccessful",
            "Update",
            "Update",
            "Stalled UpdateUnsuccessful",
            "Update",
        ),
        ("FAILED", "Stalled CreateFailed", "Update", "Update", "Stalled CreateFailed", "Update"),
        // What AWS knew before serves; another synchronization mends it, and no update is needed.
        ("SYNCHRONIZE_UNSUCCESSFUL", "Settled", "Settled", "Update", "Update", "Update"),
    ];
    let under_way = [
        ("CREATING", "Waiting Creating"),
        ("UPDATING", "Waiting Updating"),
        ("DELETING", "Waiting WaitingForPredecessor"),
        ("SYNCHRONIZING", "Waiting Synchronizing"),
        ("CREATE_PENDING_AUTH", "Waiting AuthorizationRequired"),
        ("UPDATE_PENDING_AUTH", "Waiting AuthorizationRequired"),
        ("SYNCHRONIZE_PENDING_AUTH", "Waiting AuthorizationRequired"),
        ("RESTING", "Waiting Updating"),
    ];
    let waiting = under_way.map(|(status, wait)| (status, wait, wait, wait, wait, wait));
    let table: Vec<_> = table.into_iter().chain(waiting).collect();
    for status in TargetStatus::values() {
        assert!(table.iter().any(|row| row.0 == *status), "{status} is not in the table");
    }
    let desired = desired(server());
    for (status, same, edited_same, different, drift, asked) in table {
        let (in_aws, another) = (observed(&desired, status), drifted(&desired, status));
        let planned = |past: &Past, observed| planned(&desired, past, Some(observed));
        for recorded in [true, false] {
            let accepted = Past { recorded, ..accepted(&desired) };
            let edited = Past { recorded, ..edited(&desired) };
            assert_eq!(planned(&accepted, &in_aws), same, "{status}, the same");
            assert_eq!(planned(&edited, &in_aws), edited_same, "{status}, edited, and the same");
            assert_eq!(planned(&edited, &another), different, "{status}, edited");
            assert_eq!(planned(&accepted, &another), drift, "{status}, drifted");
            assert_eq!(planned(&Past { asked: true, ..accepted }, &another), asked, "{status}, asked for");
        }
    }
}

#[test]
fn failures_are_told_in_the_words_of_aws() {
    let desired = desired(server());
    let reasons = ["Error - Unsupported protocol version", "Received error (400) from runtime: \"no\""];
    let table = [
        ("FAILED", "AWS could not create the target"),
        ("UPDATE_UNSUCCESSFUL", "AWS could not update the target; the old configuration still serves"),
    ];
    for (status, start) in table {
        let mut observed = observed(&desired, status);
        observed.target.status_reasons = Some(reasons.map(str::to_owned).to_vec());
        let plan = GatewayTarget::plan(&desired, &accepted(&desired), Some(&observed));
        assert_eq!(message(&plan), format!("{start}: {}; {}", reasons[0], reasons[1]));
        observed.target.status_reasons = None;
        let plan = GatewayTarget::plan(&desired, &accepted(&desired), Some(&observed));
        assert_eq!(message(&plan), format!("{start}: AWS gives no reason"));
    }
}

#[test]
fn a_change_that_aws_may_not_show_yet_is_waited_for() {
    let desired = desired(server());
    let just = |past: Past| Past { just_changed: true, ..past };
    let planned = |past: Past, observed| planned(&desired, &just(past), Some(&observed));
    assert_eq!(planned(accepted(&desired), drifted(&desired, "READY")), "Waiting Updating");
    assert_eq!(planned(accepted(&desired), observed(&desired, "READY")), "Settled");
    assert_eq!(planned(edited(&desired), drifted(&desired, "READY")), "Update", "it is another change");
}

#[test]
fn an_update_that_changes_nothing_is_sent_three_times() {
    let desired = desired(server());
    // | updates in vain | accepted | edited |
    let table = [(0, "Update", "Update"), (2, "Update", "Update"), (3, "Stalled UpdateUnsuccessful", "Update")];
    for (updates_in_vain, expected, after_an_edit) in table {
        for (past, expected) in [(accepted(&desired), expected), (edited(&desired), after_an_edit)] {
            let past = Past { updates_in_vain, ..past };
            assert_eq!(planned(&desired, &past, Some(&drifted(&desired, "READY"))), expected, "{updates_in_vain}");
            assert_eq!(planned(&desired, &past, Some(&observed(&desired, "READY"))), "Settled", "{updates_in_vain}");
        }
    }
}

const STANDING: [&str; 4] = ["READY", "FAILED", "UPDATE_UNSUCCESSFUL", "SYNCHRONIZE_UNSUCCESSFUL"];

#[test]
fn a_target_of_another_name_is_left_alone() {
    let as_made = desired(server());
    let renamed = Desired { name: "renamed".into(), ..desired(server()) };
    for status in STANDING {
        let plan = GatewayTarget::plan(&renamed, &edited(&renamed), Some(&drifted(&as_made, status)));
        assert_eq!(shown(&plan, name), "Stalled ImmutableField", "{status}");
        let message = message(&plan);
        assert!(message.contains("renamed") && message.contains("set spec.name to eks-mcp-server"), "{message}");
    }
}

/// The gateway that the spec names has another id than the one that has the target: the object of that name was made anew.
#[test]
fn a_target_on_another_gateway_is_not_what_the_spec_asks_for() {
    let as_made = desired(server());
    let moved = Desired { gateway: "others-abcde12345".into(), ..desired(server()) };
    for status in STANDING {
        for observed in [observed(&as_made, status), drifted(&as_made, status)] {
            let plan = GatewayTarget::plan(&moved, &edited(&moved), Some(&observed));
            assert_eq!(shown(&plan, name), "Replace gatewayRef", "{status}");
        }
    }
}

#[test]
fn a_target_of_another_kind_is_left_alone() {
    let (server, api) = (desired(server()), desired(api("{}", CONFIGURATION)));
    for (wanted, held) in [(&server, &api), (&api, &server)] {
        for status in STANDING {
            for past in [accepted(wanted), edited(wanted)] {
                let plan = GatewayTarget::plan(wanted, &past, Some(&observed(held, status)));
                assert_eq!(shown(&plan, name), "Replace targetConfiguration", "{status}");
            }
        }
    }
}

#[test]
fn a_target_of_a_kind_that_was_made_by_other_means_is_left_alone() {
    let tools = sdk::ToolSchema::InlinePayload(Vec::new());
    let function = "arn:aws:lambda:us-west-2:111122223333:function:tools";
    let lambda = sdk::McpLambdaTargetConfiguration::builder().lambda_arn(function).tool_schema(tools);
    let kinds = [
        sdk::McpTargetConfiguration::Lambda(lambda.build().unwrap()),
        sdk::McpTargetConfiguration::SmithyModel(sdk::ApiSchemaConfiguration::InlinePayload("{}".into())),
    ];
    let desired = desired(server());
    for kind in kinds {
        let mut observed = observed(&desired, "READY");
        observed.target.target_configuration = Some(sdk::TargetConfiguration::Mcp(kind.clone()));
        assert_eq!(planned(&desired, &edited(&desired), Some(&observed)), "Replace targetConfiguration", "{kind:?}");
    }
}

#[test]
fn the_description_ends_in_the_marker_and_a_lost_one_is_put_back() {
    // | AWS has | and then |
    let table = [
        (Some(format!("Tools on EKS {MARKER}")), "Settled"),
        (Some("Tools on EKS".to_owned()), "Update"),
        (Some(format!("Somebody was here {MARKER}")), "Update"),
        (Some("Tools on EKS k8s:d6e21286/000000-3a32eb".to_owned()), "Update"),
        (None, "Update"),
    ];
    let desired = desired(server());
    for (description, expected) in table {
        let mut observed = observed(&desired, "READY");
        observed.target.description.clone_from(&description);
        assert_eq!(planned(&desired, &accepted(&desired), Some(&observed)), expected, "{description:?}");
    }
    let silent = self::desired(plain());
    assert_eq!(silent.description, MARKER);
}

/// AWS may answer with an empty map or list where there is none: both are legal (0 to 50 tags).
#[test]
fn an_empty_collection_in_aws_is_none() {
    let mut spec = server();
    if let Some(PrivateEndpoint::ManagedVpcResource(network)) = &mut spec.private_endpoint {
        network.tags.clear();
    }
    let desired = desired(spec);
    let mut observed = observed(&desired, "READY");
    if let Some(sdk::PrivateEndpoint::ManagedVpcResource(network)) = &mut observed.target.private_endpoint {
        network.tags = Some(std::collections::HashMap::new());
    }
    assert_eq!(planned(&desired, &accepted(&desired), Some(&observed)), "Settled");
}

#[test]
fn a_target_that_must_go_in_every_status() {
    let table = [
        ("READY", "Delete"),
        ("FAILED", "Delete"),
        ("UPDATE_UNSUCCESSFUL", "Delete"),
        ("SYNCHRONIZE_UNSUCCESSFUL", "Delete"),
        ("CREATING", "Waiting Deleting"),
        ("UPDATING", "Waiting Deleting"),
        ("SYNCHRONIZING", "Waiting Deleting"),
        ("CREATE_PENDING_AUTH", "Waiting Deleting"),
        ("UPDATE_PENDING_AUTH", "Waiting Deleting"),
        ("SYNCHRONIZE_PENDING_AUTH", "Waiting Deleting"),
        ("DELETING", "Waiting Deleting"),
        ("RESTING", "Delete"),
    ];
    for status in TargetStatus::values() {
        assert!(table.iter().any(|row| row.0 == *status), "{status} is not in the table");
    }
    for (status, expected) in table {
        let plan = GatewayTarget::plan_removal(&Scope::Targets(GATEWAY.into()), "TARGET0001", status);
        assert_eq!(shown(&plan, name), expected, "{status}");
        if expected == "Delete" {
            let request =
                DeleteGatewayTargetInputBuilder::default().gateway_identifier(GATEWAY).target_id("TARGET0001");
            assert_eq!(plan, Plan::change(Change::Delete(request)), "{status}");
        }
        assert_eq!(message(&plan).contains("consent"), status.ends_with("_PENDING_AUTH"), "{status}");
        let lost = GatewayTarget::plan_removal(&Scope::Gateways, "TARGET0001", status);
        assert_eq!(shown(&lost, name), "Waiting Deleting", "no request without a gateway");
    }
}

#[test]
fn what_serves_as_the_spec_asks_is_steady() {
    for status in TargetStatus::values().iter().chain(&["RESTING", ""]) {
        assert_eq!(
            GatewayTarget::is_steady(status),
            ["READY", "SYNCHRONIZE_UNSUCCESSFUL"].contains(status),
            "{status}"
        );
        assert!(!(GatewayTarget::is_steady(status) && GatewayTarget::in_transition(status).is_some()), "{status}");
    }
}

/// An edit that leads nowhere: the old way serves, and people are told what is missing, not which member of a request is.
#[test]
fn a_standing_target_says_what_its_new_way_lacks() {
    let whole = desired(server());
    let standing = observed(&whole, "READY");
    let mut edited_to = desired(GatewayTargetSpec {
        private_endpoint: Some(PrivateEndpoint::ManagedVpcResource(crate::api::ManagedVpcResource::default())),
        ..server()
    });
    let waits = |reason| Hold::waiting(reason, "AWS has no such VPC endpoint");
    edited_to.way.missing = Some(waits(Reason::ReferenceNotReady));
    assert_eq!(planned(&edited_to, &edited(&edited_to), Some(&standing)), "Waiting ReferenceNotReady");
    edited_to.unusable = Some(waits(Reason::ReferenceNotFound));
    assert_eq!(planned(&edited_to, &edited(&edited_to), Some(&standing)), "Waiting ReferenceNotFound");
}

/// What is not looked at any more since an edit is not told as it was before; a look that failed is no news.
#[test]
fn what_was_told_of_a_way_that_is_left_goes() {
    // | reason | there is nothing to look at since an edit | what was told before stands |
    let table = [
        (Reason::Throttled, false, true),
        (Reason::Throttled, true, true),
        (Reason::Unavailable, false, true),
        (Reason::Unavailable, true, false),
        (Reason::Unreachable, false, false),
    ];
    for (reason, is_over, stands) in table {
        assert_eq!(is_failed_look(&Verdict::unknown(reason, "words"), is_over), stands, "{reason} {is_over}");
        assert!(!is_failed_look(&Verdict::broken(reason, "words"), is_over), "{reason}");
    }
    assert!(!desired(server()).way.is_looked_at());
}
