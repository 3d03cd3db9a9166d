use super::*;
use crate::aws::Fault;

/// What a reader of the table wants to see: Ready with its generation, Reconciling, Stalled, and the three stages.
fn shown(conditions: &[Condition]) -> String {
    let one = |type_: &str| find(conditions, type_).map_or("-", |condition| condition.status.as_str()).to_owned();
    let generation = find(conditions, READY).and_then(|ready| ready.observed_generation).unwrap_or(-1);
    let rest = ["Reconciling", "Stalled", "Accepted", "ResolvedRefs", "Programmed"].map(one).join(" ");
    format!("{}@{generation} {rest}", one(READY))
}

fn at(generation: i64, verdict: &Verdict) -> Situation<'_> {
    Situation {
        generation,
        now: Timestamp::from_second(1_000 + generation).unwrap(),
        deleting: false,
        verdict,
        serving: true,
        patient: false,
        blind: false,
        own: &[],
    }
}

fn settled() -> Verdict {
    Verdict::Settled("serves".into())
}

fn waiting(reason: Reason, step: Step) -> Verdict {
    Verdict::Held(Hold::waiting(reason, "words"), step)
}

fn stalled(reason: Reason, step: Step) -> Verdict {
    Verdict::Held(Hold::stalled(reason, "words"), step)
}

fn failed(code: &str) -> Verdict {
    Verdict::Held(Hold::Failed(Fault::new("GetGateway", Some(code), "words")), Step::Program)
}

#[test]
fn nothing_known_before() {
    let table = [
        (settled(), "True@1 - - True True True"),
        (waiting(Reason::Creating, Step::Program), "Unknown@1 True - True True Unknown"),
        (waiting(Reason::ReferenceNotFound, Step::Resolve), "False@1 True - True False False"),
        (waiting(Reason::Throttled, Step::Program), "Unknown@1 True - True True Unknown"),
        (stalled(Reason::NamespaceNotAllowed, Step::Resolve), "False@1 - True False Unknown False"),
        (stalled(Reason::SecurityGroupRequired, Step::Resolve), "False@1 - True False Unknown False"),
        (stalled(Reason::Invalid, Step::Resolve), "False@1 - True False Unknown False"),
        (stalled(Reason::Invalid, Step::Look), "False@1 - True True False False"),
        (stalled(Reason::NameTaken, Step::Program), "False@1 - True True True False"),
        (stalled(Reason::CreateFailed, Step::Program), "False@1 - True True True False"),
        (failed("InternalServerException"), "Unknown@1 True - True True Unknown"),
        (failed("AccessDeniedException"), "False@1 - True True True Unknown"),
    ];
    for (verdict, expected) in table {
        assert_eq!(shown(&conditions(&[], &at(1, &verdict))), expected, "{verdict:?}");
    }
}

#[test]
fn an_object_that_was_ready_and_is_edited() {
    let before = conditions(&[], &at(1, &settled()));
    let table = [
        (settled(), "True@2 - - True True True"),
        (waiting(Reason::Updating, Step::Program), "True@1 True - True True Unknown"),
        (waiting(Reason::ReferenceNotReady, Step::Resolve), "True@1 True - True False False"),
        (stalled(Reason::UpdateUnsuccessful, Step::Program), "True@1 - True True True False"),
        (stalled(Reason::Invalid, Step::Program), "True@1 - True True True False"),
        (stalled(Reason::ReplacementRequired, Step::Program), "True@1 - True True True False"),
        (failed("InternalServerException"), "True@1 True - True True Unknown"),
    ];
    for (verdict, expected) in table {
        assert_eq!(shown(&conditions(&before, &at(2, &verdict))), expected, "{verdict:?}");
    }
}

#[test]
fn an_object_that_was_ready_and_meets_a_changed_world() {
    let before = conditions(&[], &at(1, &settled()));
    let table = [
        (waiting(Reason::Synchronizing, Step::Program), "True@1 True - True True Unknown"),
        (waiting(Reason::Updating, Step::Program), "True@1 True - True True Unknown"),
        (stalled(Reason::NamespaceNotAllowed, Step::Resolve), "False@1 - True False Unknown True"),
        (stalled(Reason::Gone, Step::Program), "False@1 - True True True False"),
        (failed("InternalServerException"), "True@1 - - True True True"),
        (failed("AccessDeniedException"), "False@1 - True True True Unknown"),
    ];
    for (verdict, expected) in table {
        assert_eq!(shown(&conditions(&before, &at(1, &verdict))), expected, "{verdict:?}");
    }
}

#[test]
fn a_missing_permission_is_waited_for_only_while_it_is_new_and_was_never_there() {
    let missing = stalled(Reason::NamespaceNotAllowed, Step::Resolve);
    let patient = Situation { patient: true, ..at(1, &missing) };
    assert_eq!(shown(&conditions(&[], &patient)), "False@1 True - False Unknown False");
    let before = conditions(&[], &at(1, &settled()));
    assert_eq!(shown(&conditions(&before, &patient)), "False@1 - True False Unknown True", "taken away");
    let denied = failed("AccessDeniedException");
    let patient = Situation { patient: true, ..at(1, &denied) };
    assert_eq!(shown(&conditions(&before, &patient)), "True@1 - - True True True");
}

#[test]
fn a_settled_object_that_cannot_be_looked_at_becomes_unknown_and_comes_back() {
    let before = conditions(&[], &at(1, &settled()));
    let down = failed("InternalServerException");
    let blind = conditions(&before, &Situation { blind: true, ..at(1, &down) });
    assert_eq!(shown(&blind), "Unknown@1 - - True True True");
    assert_eq!(find(&blind, READY).unwrap().reason, "Unavailable");
    assert_eq!(shown(&conditions(&blind, &Situation { blind: true, ..at(1, &down) })), "Unknown@1 - - True True True");
    assert_eq!(shown(&conditions(&blind, &at(1, &settled()))), "True@1 - - True True True");
}

#[test]
fn deletion() {
    let before = conditions(&[], &at(1, &settled()));
    let table = [
        (waiting(Reason::Deleting, Step::Program), "False@2 True - True True False", "Deleting", None),
        (
            waiting(Reason::HasDependents, Step::Resolve),
            "False@2 True - True True False",
            "InUse",
            Some("HasDependents"),
        ),
        (
            waiting(Reason::WaitingForAssociation, Step::Program),
            "False@2 True - True True False",
            "InUse",
            Some("WaitingForAssociation"),
        ),
        (stalled(Reason::InUse, Step::Program), "False@2 - True True True False", "InUse", Some("InUse")),
        (failed("InternalServerException"), "False@2 True - True True False", "Deleting", None),
        (failed("AccessDeniedException"), "False@2 - True True True False", "Deleting", None),
    ];
    for (verdict, expected, ready, in_use) in table {
        let next = conditions(&before, &Situation { deleting: true, ..at(2, &verdict) });
        assert_eq!(shown(&next), expected, "{verdict:?}");
        assert_eq!(find(&next, READY).unwrap().reason, ready, "{verdict:?}");
        assert_eq!(find(&next, "InUse").map(|condition| condition.reason.as_str()), in_use, "{verdict:?}");
    }
}

#[test]
fn suspended_says_what_was_said_before() {
    let before = conditions(&[], &at(1, &settled()));
    let next = conditions(&before, &at(2, &Verdict::Suspended));
    assert_eq!(shown(&next), "True@1 - - True True True");
    assert_eq!(find(&next, "Suspended").unwrap().observed_generation, Some(2));
    assert_eq!(shown(&conditions(&[], &at(1, &Verdict::Suspended))), "Unknown@1 - - - - -");
}

#[test]
fn the_same_look_gives_the_same_conditions() {
    let verdicts = [
        settled(),
        Verdict::Suspended,
        waiting(Reason::Creating, Step::Program),
        waiting(Reason::ReferenceNotFound, Step::Resolve),
        stalled(Reason::NameTaken, Step::Program),
        failed("InternalServerException"),
    ];
    for verdict in &verdicts {
        let first = conditions(&[], &at(1, verdict));
        let later = Situation { now: Timestamp::from_second(9_999).unwrap(), ..at(1, verdict) };
        let second = conditions(&first, &later);
        assert!(same(&first, &second), "{verdict:?}: {first:?} {second:?}");
        assert!(!(find(&second, "Reconciling").is_some() && find(&second, "Stalled").is_some()));
    }
}

#[test]
fn times_move_only_with_a_status() {
    let first = conditions(&[], &at(1, &waiting(Reason::ReferenceNotFound, Step::Resolve)));
    let second = conditions(&first, &at(2, &waiting(Reason::ReferenceNotReady, Step::Resolve)));
    assert_eq!(find(&first, READY).unwrap().last_transition_time, find(&second, READY).unwrap().last_transition_time);
    let third = conditions(&second, &at(3, &settled()));
    assert_ne!(find(&second, READY).unwrap().last_transition_time, find(&third, READY).unwrap().last_transition_time);
}

#[test]
fn conditions_of_others_are_neither_written_nor_compared() {
    let mut before = conditions(&[], &at(1, &settled()));
    let ours = before.clone();
    before.push(Condition { type_: "example.com/Reviewed".into(), ..before[0].clone() });
    assert!(same(&before, &ours));
    assert!(find(&conditions(&before, &at(1, &settled())), "example.com/Reviewed").is_none());
}

#[test]
fn conditions_of_a_kinds_own_stand_beside_the_others_and_stay_where_a_look_does_not_come_so_far() {
    let own = [
        ("LoadBalancerReady", hop::Verdict::broken(Reason::NoTlsListener, "no listener")),
        ("Preflight", hop::Verdict::unknown(Reason::Unreachable, "no way")),
    ];
    let verdict = stalled(Reason::NoTlsListener, Step::Resolve);
    let first = conditions(&[], &Situation { own: &own, serving: false, ..at(1, &verdict) });
    let told = |conditions: &[Condition], type_: &str| {
        find(conditions, type_).map(|condition| format!("{}/{}", condition.status, condition.reason))
    };
    assert_eq!(told(&first, "LoadBalancerReady").as_deref(), Some("False/NoTlsListener"));
    assert_eq!(told(&first, "Preflight").as_deref(), Some("Unknown/Unreachable"));
    assert_eq!(told(&first, "ResolvedRefs").as_deref(), Some("False/NoTlsListener"));
    let missing = waiting(Reason::ReferenceNotFound, Step::Resolve);
    let second = conditions(&first, &at(2, &missing));
    assert_eq!(find(&second, "LoadBalancerReady"), find(&first, "LoadBalancerReady"));
    assert!(!same(&first, &second));
    assert!(conditions(&[], &at(1, &settled())).iter().all(|condition| condition.type_ != "Preflight"));
}

/// A denied object among busy ones does not go back and forth between Stalled and Reconciling.
#[test]
fn a_look_that_comes_to_nothing_gives_no_permission() {
    let denied = failed("AccessDeniedException");
    let before = conditions(&[], &at(1, &denied));
    assert_eq!(shown(&before), "False@1 - True True True Unknown");
    let nothing =
        [waiting(Reason::Throttled, Step::Program), waiting(Reason::Changed, Step::Resolve), failed("Whatever")];
    for verdict in &nothing {
        assert!(same(&conditions(&before, &at(1, verdict)), &before), "{verdict:?}");
        assert_ne!(shown(&conditions(&before, &at(2, verdict))), shown(&before), "an edit is looked at: {verdict:?}");
    }
    let other = waiting(Reason::ReferenceNotFound, Step::Resolve);
    assert_eq!(shown(&conditions(&before, &at(1, &other))), "False@1 True - True False False");
}
