use super::*;
use crate::{metrics::Outcome, telemetry::heard::Heard};

const CONTROLLER: &str = "gateway";

fn series<'text>(text: &'text str, start: &str) -> Vec<&'text str> {
    text.lines().filter(|line| line.starts_with(start)).collect()
}

#[tokio::test]
async fn a_bug_is_counted_and_told_and_ends_nothing_but_its_visit() {
    let metrics = Metrics::default();
    metrics.controller(CONTROLLER, "Gateway", 1);
    let looked = within_bounds(async { panic!("a bug") }, &metrics, CONTROLLER).await;
    let Err(finalizer::Error::ApplyFailed(hold)) = &looked else { panic!("{looked:?}") };
    assert_eq!(hold.reason(), Reason::Stuck);
    assert_eq!(outcome::of(&looked), Outcome::Error, "it is no wait like others");
    let text = metrics.text();
    assert_eq!(
        series(&text, "controller_runtime_reconcile_panics_total"),
        ["controller_runtime_reconcile_panics_total{controller=\"gateway\"} 1"]
    );
    assert_eq!(
        series(&text, "controller_runtime_reconcile_timeouts_total"),
        ["controller_runtime_reconcile_timeouts_total{controller=\"gateway\"} 0"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_look_that_hangs_is_given_up_and_counted() {
    let metrics = Metrics::default();
    let heard = Heard::begin();
    let looked = within_bounds(std::future::pending(), &metrics, CONTROLLER).await;
    assert_eq!(outcome::of(&looked), Outcome::Error);
    let lines = heard.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(
        (&lines[0]["level"], &lines[0]["msg"]),
        (&"error".into(), &"a look took five minutes and was given up".into())
    );
    let text = metrics.text();
    assert_eq!(
        series(&text, "controller_runtime_reconcile_timeouts_total"),
        ["controller_runtime_reconcile_timeouts_total{controller=\"gateway\"} 1"]
    );
    assert!(series(&text, "controller_runtime_reconcile_panics_total").is_empty());
}

#[test]
fn who_must_act_decides_what_a_visit_counts_as() {
    let unavailable = || Fault::unavailable("GetGateway", "no answer");
    let held = |hold| Err(finalizer::Error::ApplyFailed(hold));
    let table = [
        (Ok(Action::await_change()), Outcome::Success),
        (Ok(Action::requeue(Duration::from_mins(1))), Outcome::RequeueAfter),
        (held(Hold::waiting(Reason::Creating, "")), Outcome::RequeueAfter),
        (held(Hold::waiting(Reason::Stuck, "")), Outcome::Error),
        (held(Hold::Failed(unavailable())), Outcome::Error),
        (held(Hold::stalled(Reason::Invalid, "")), Outcome::LastingError),
        (Err(finalizer::Error::CleanupFailed(Hold::waiting(Reason::Deleting, ""))), Outcome::RequeueAfter),
        (Err(finalizer::Error::UnnamedObject), Outcome::Error),
    ];
    for (looked, expected) in table {
        assert_eq!(outcome::of(&looked), expected, "{looked:?}");
    }
}

#[test]
fn a_finalizer_that_could_not_be_written_is_told_unless_it_went_with_its_object() {
    let answer = |code, reason| kube::Error::Api(kube::core::Status::failure("", reason).with_code(code).boxed());
    let hold = || Hold::waiting(Reason::Creating, "");
    let table = [
        (finalizer::Error::AddFinalizer(answer(404, "NotFound")), true),
        (finalizer::Error::AddFinalizer(answer(500, "InternalError")), true),
        (finalizer::Error::RemoveFinalizer(answer(404, "NotFound")), false),
        (finalizer::Error::RemoveFinalizer(answer(403, "Forbidden")), true),
        (finalizer::Error::UnnamedObject, true),
        (finalizer::Error::ApplyFailed(hold()), false),
        (finalizer::Error::CleanupFailed(hold()), false),
    ];
    for (error, expected) in table {
        assert_eq!(is_unwritten(&error), expected, "{error:?}");
    }
}
