//! What all kinds share: what is remembered when a plan is made, and what becomes of refusals. Also what the kinds' tests share.

use aws_smithy_types::error::operation::BuildError;

use super::*;
use crate::{aws::FaultKind, plan::Reason};

/// The object that the kinds' tests are about.
pub(super) fn identity() -> Identity {
    Identity {
        cluster: "house".into(),
        namespace: "mcp-server".into(),
        name: "eks-mcp-server".into(),
        uid: "0b7e4a52-uid".into(),
    }
}

/// A plan as a reader of a table wants to see it: the request's name and attempt, or who is waited for and why.
pub(super) fn shown<Change>(plan: &Plan<Change>, name: impl Fn(&Change) -> &'static str) -> String {
    match plan {
        Plan::Settled => "Settled".to_owned(),
        Plan::Change { attempt: None, request } => name(request).to_owned(),
        Plan::Change { attempt: Some(attempt), request } => format!("{} {attempt}", name(request)),
        Plan::Replace(replacement) => format!("Replace {}", replacement.names()),
        Plan::Hold(Hold::Waiting { reason, .. }) => format!("Waiting {reason}"),
        Plan::Hold(Hold::Stalled { reason, .. }) => format!("Stalled {reason}"),
        Plan::Hold(hold @ Hold::Failed(_)) => format!("Failed {}", hold.reason()),
    }
}

/// The message of a plan that holds.
pub(super) fn message<Change>(plan: &Plan<Change>) -> String {
    if let Plan::Hold(hold) = plan { hold.message() } else { String::new() }
}

/// What is remembered of an object whose spec has this print.
pub(super) fn past(print: &str, accepted: Option<&str>) -> Past {
    Past {
        recorded: true,
        fingerprint: print.to_owned(),
        accepted: accepted.map(str::to_owned),
        attempt: 1,
        ..Past::default()
    }
}

/// Situations in which AWS shows no object.
///
/// | what is remembered | recorded | surely absent | attempt |
pub(super) const ABSENCES: [(&str, bool, bool, u32); 5] = [
    ("nothing", false, false, 1),
    ("a second attempt that was written down and never sent", false, false, 2),
    ("an object that AWS may not show yet", true, false, 1),
    ("an object that is certainly gone", true, true, 1),
    ("the fourth object that is certainly gone", true, true, 4),
];

#[test]
fn an_absent_object_is_created_unless_it_may_only_be_hidden() {
    let expected = ["1", "2 2", "Waiting Creating", "2 2", "5 5"];
    for ((case, recorded, surely_absent, attempt), expected) in ABSENCES.into_iter().zip(expected) {
        let past = Past { recorded, attempt, surely_absent, ..Past::default() };
        // The request tells the attempt that its token would be made for, the plan the one that is written down first.
        let plan = past.create(Ok);
        let numbers = ["0", "1", "2", "3", "4", "5"];
        assert_eq!(shown(&plan, |attempt: &u32| numbers[*attempt as usize]), expected, "{case}");
    }
}

#[test]
fn what_makes_no_request_is_held() {
    let past = Past { attempt: 1, ..Past::default() };
    let hold = Hold::stalled(Reason::Invalid, "no request");
    assert_eq!(past.create::<()>(|_| Err(hold.clone())), Plan::Hold(hold));
}

#[test]
fn only_the_very_spec_that_aws_took_is_accepted() {
    for (accepted, expected) in [(None, false), (Some("now"), true), (Some("before"), false), (Some(""), false)] {
        assert_eq!(past("now", accepted).is_accepted(), expected, "{accepted:?}");
    }
}

#[test]
fn what_failed_is_sent_again_for_another_spec_or_for_a_person_only() {
    // | AWS failed | accepted | asked for | something differs | it does not |
    let table = [
        (false, true, false, true, false),
        (false, true, true, true, false),
        (false, false, false, true, false),
        (true, true, false, false, false),
        (true, true, true, true, true),
        (true, false, false, true, true),
        (true, false, true, true, true),
    ];
    for (failed, accepted, asked, differing, same) in table {
        let past = Past { asked, ..past("now", Some(if accepted { "now" } else { "before" })) };
        assert_eq!(past.wants_update(true, failed), differing, "{failed} {accepted} {asked}, differs");
        assert_eq!(past.wants_update(false, failed), same, "{failed} {accepted} {asked}, the same");
    }
}

#[test]
fn what_is_to_be_sent_once_more_is_sent_whatever_stands_there() {
    for (differs, failed) in [(false, false), (false, true), (true, false), (true, true)] {
        let past = Past { resends: true, just_changed: true, updates_in_vain: 9, ..past("now", Some("now")) };
        assert!(past.wants_update(differs, failed), "{differs} {failed}");
        assert_eq!(shown(&past.update("Update"), |update| *update), "Update");
    }
}

/// | accepted | updates in vain | asked for | resends | it has drifted |
#[test]
fn what_somebody_asked_for_is_no_drift() {
    let table = [
        ("now", 0, false, false, true),
        ("now", 0, false, true, false),
        ("now", 0, true, false, false),
        ("now", 1, false, false, false),
        ("before", 0, false, false, false),
    ];
    for (accepted, updates_in_vain, asked, resends, expected) in table {
        let past = Past { asked, resends, updates_in_vain, ..past("now", Some(accepted)) };
        assert_eq!(past.has_drifted(), expected, "{accepted} {updates_in_vain} {asked} {resends}");
    }
}

#[test]
fn the_same_update_is_sent_three_times_in_vain_and_no_more() {
    let table = [
        (0, Some("now"), "Update"),
        (2, Some("now"), "Update"),
        (3, Some("now"), "Stalled UpdateUnsuccessful"),
        (9, Some("now"), "Stalled UpdateUnsuccessful"),
        (9, Some("before"), "Update"),
        (9, None, "Update"),
    ];
    for (updates_in_vain, accepted, expected) in table {
        let plan = Past { updates_in_vain, ..past("now", accepted) }.update("Update");
        assert_eq!(shown(&plan, |update| *update), expected, "{updates_in_vain} {accepted:?}");
        assert!(!matches!(plan, Plan::Change { attempt: Some(_), .. }), "an update has no attempts");
    }
}

/// Reads lag behind writes: what looks like drift moments after AWS took the very same spec is none.
#[test]
fn an_update_that_aws_may_not_show_yet_is_not_sent_again() {
    // | just changed | accepted | updates in vain | then |
    let table = [
        (true, Some("now"), 0, "Waiting Updating"),
        (true, Some("now"), 9, "Waiting Updating"),
        (true, Some("before"), 0, "Update"),
        (true, None, 0, "Update"),
        (false, Some("now"), 0, "Update"),
    ];
    for (just_changed, accepted, updates_in_vain, expected) in table {
        let plan = Past { just_changed, updates_in_vain, ..past("now", accepted) }.update("Update");
        assert_eq!(shown(&plan, |update| *update), expected, "{just_changed} {accepted:?} {updates_in_vain}");
    }
}

#[test]
fn a_spec_that_makes_no_request_is_for_a_person() {
    let hold = unbuildable(&BuildError::missing_field("role_arn", "it is required"));
    assert!(hold.message().contains("role_arn"), "{}", hold.message());
    assert_eq!(shown(&Plan::<()>::Hold(hold), |()| ""), "Stalled Invalid");
}

#[test]
fn the_print_moves_with_what_is_desired() {
    let print = fingerprint(&("a", 1));
    assert_eq!(print, fingerprint(&("a", 1)));
    assert_ne!(print, fingerprint(&("a", 2)));
    assert_eq!((print.len(), print.bytes().all(|byte| byte.is_ascii_hexdigit())), (16, true), "{print}");
}

#[test]
fn refusals_by_who_must_act() {
    let table = [
        ("ValidationException", "the input is wrong", "Stalled Invalid"),
        ("ValidationException", "Gateway execution role lacks permission to invoke", "Failed Denied"),
        ("ValidationException", "Gateway service is not authorized to assume the execution role", "Failed Denied"),
        ("ValidationException", "The role cannot be assumed", "Failed Denied"),
        ("ServiceQuotaExceededException", "too many gateways", "Stalled QuotaExceeded"),
        ("ThrottlingException", "slow down", "Failed Throttled"),
        ("AccessDeniedException", "no", "Failed Denied"),
        ("InternalServerException", "sorry", "Failed Unavailable"),
        ("ResourceNotFoundException", "gone", "Failed Changed"),
        ("ConflictException", "busy", "Failed Changed"),
    ];
    for (code, message, expected) in table {
        let hold = refused(Fault::new("CreateGateway", Some(code), message));
        assert!(hold.message().contains(message), "AWS's own words: {}", hold.message());
        assert!(hold.message().contains("CreateGateway"), "{}", hold.message());
        assert_eq!(shown(&Plan::<()>::Hold(hold), |()| ""), expected, "{code}: {message}");
    }
}

#[test]
fn a_fault_is_handed_on_as_it_is_but_for_a_role_that_is_still_spreading() {
    for code in ["ThrottlingException", "AccessDeniedException", "ConflictException", "InternalServerException"] {
        let fault = Fault::new("CreateGateway", Some(code), "words");
        assert_eq!(refused(fault.clone()), Hold::Failed(fault));
    }
    let fault = Fault::new("CreateGateway", Some("ValidationException"), "The role cannot be assumed");
    assert_eq!(refused(fault.clone()), Hold::Failed(Fault { kind: FaultKind::Denied, ..fault }));
}

#[test]
fn what_cannot_be_judged_yet_is_waited_for() {
    let shown = |hold: Hold| shown(&Plan::<()>::Hold(hold), |()| "");
    let conflict = Fault::new("CreateGateway", Some("ConflictException"), "A quiet word");
    assert_eq!(shown(not_made("gateway", &conflict)), "Waiting Changed");
    let told = not_made("resource gateway", &conflict).message();
    assert!(
        told.contains("resource gateway") && told.ends_with(": A quiet word") && !told.contains("exists"),
        "{told}"
    );
    assert_eq!(shown(unknown_state("RESTING")), "Waiting Updating");
    assert!(unknown_state("RESTING").message().contains("\"RESTING\""));
}

#[test]
fn reasons_are_told_verbatim_and_in_order() {
    let table: [(&[&str], &str); 5] = [
        (&["first: a (b)", "second"], "It failed: first: a (b); second"),
        (&["only"], "It failed: only"),
        (&[], "It failed: AWS gives no reason"),
        (&["", "  "], "It failed: AWS gives no reason"),
        (&["", "second\n"], "It failed: second"),
    ];
    for (reasons, expected) in table {
        let reasons: Vec<String> = reasons.iter().map(|reason| (*reason).to_owned()).collect();
        assert_eq!(with_reasons("It failed", &reasons), expected);
    }
    let long = with_reasons("It failed", &vec!["x".repeat(2048); 100]);
    assert!(long.starts_with("It failed: xxx") && long.ends_with('…') && long.len() <= 1024, "{} bytes", long.len());
}

#[test]
fn at_most_ten_names_are_named() {
    let names = |count: u32| (1..=count).map(|number| format!("n{number}")).collect::<Vec<_>>();
    let ten = "n1, n2, n3, n4, n5, n6, n7, n8, n9, n10";
    let table = [
        (0, String::new()),
        (1, "n1".to_owned()),
        (2, "n1, n2".to_owned()),
        (10, ten.to_owned()),
        (11, format!("{ten} and 1 more")),
        (300, format!("{ten} and 290 more")),
    ];
    for (count, expected) in table {
        assert_eq!(name_some(&names(count)), expected);
    }
}

/// Where the spec is silent, what we made goes with its object, and what was there before us stays.
#[test]
fn what_we_made_goes_and_what_was_there_stays() {
    let object = |adopt: serde_json::Value, observed: serde_json::Value| -> crate::api::ResourceGateway {
        serde_json::from_value(serde_json::json!({
            "apiVersion": "tools.agentcore.dev/v1alpha1",
            "kind": "ResourceGateway",
            "metadata": {"name": "shared-rg", "namespace": "platform"},
            "spec": {"vpcIdentifier": "vpc-1", "subnetIds": ["subnet-1"], "adopt": adopt},
            "status": {"resourceGatewayId": "rgw-2", "observed": observed},
        }))
        .unwrap()
    };
    let json = |text: &str| serde_json::from_str(text).unwrap();
    let replaced = r#"{"adopted": "shared", "specHash": "x", "replacement": {"current": 1, "tried": 1}}"#;
    let table = [
        ("made", "null", r#"{"specHash": "x"}"#, DeletionPolicy::Delete),
        ("to be taken over", r#"{"id": "rgw-1"}"#, "null", DeletionPolicy::Retain),
        ("taken over", r#"{"id": "rgw-1"}"#, r#"{"adopted": "shared", "specHash": "x"}"#, DeletionPolicy::Retain),
        ("taken over, and no longer asked for", "null", r#"{"adopted": "shared"}"#, DeletionPolicy::Retain),
        ("replaced by ours", r#"{"id": "rgw-1"}"#, replaced, DeletionPolicy::Delete),
        ("made again", r#"{"name": "shared"}"#, r#"{"adopted": "shared", "createAttempt": 2}"#, DeletionPolicy::Delete),
        (
            "made where there was none",
            r#"{"name": "shared", "orCreate": true}"#,
            r#"{"createAttempt": 1}"#,
            DeletionPolicy::Delete,
        ),
        ("made, and then named", r#"{"name": "shared"}"#, r#"{"specHash": "x"}"#, DeletionPolicy::Delete),
    ];
    for (case, adopt, observed, expected) in table {
        assert_eq!(object(json(adopt), json(observed)).deletion_policy(), expected, "{case}");
    }
}
