use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::*;

fn condition(type_: &str, status: &str, seconds: i64) -> Condition {
    Condition {
        type_: type_.into(),
        status: status.into(),
        reason: "Settled".into(),
        message: "words that are no label".into(),
        observed_generation: Some(1),
        last_transition_time: Time(Timestamp::from_second(seconds).unwrap()),
    }
}

fn lines<'text>(text: &'text str, start: &str) -> Vec<&'text str> {
    let mut lines: Vec<_> = text.lines().filter(|line| line.starts_with(start)).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn a_transition_is_counted_by_what_came_and_measured_by_what_went() {
    let metrics = Metrics::default();
    let before = [condition("Ready", "Unknown", 100), condition("Reconciling", "True", 100)];
    let now = [condition("Ready", "True", 130), condition("Programmed", "True", 130)];
    metrics.transitions("Gateway", &before, &now);
    metrics.transitions("Gateway", &now, &now);
    let text = metrics.text();
    let counted = "operator_status_condition_transitions_total{";
    let labels = |type_| {
        format!("group=\"tools.agentcore.dev\",kind=\"Gateway\",type=\"{type_}\",status=\"True\",reason=\"Settled\"")
    };
    assert_eq!(
        lines(&text, counted),
        [format!("{counted}{}}} 1", labels("Programmed")), format!("{counted}{}}} 1", labels("Ready"))]
    );
    let measured = "operator_status_condition_transition_seconds_sum{";
    let labels = "group=\"tools.agentcore.dev\",kind=\"Gateway\",type=\"Ready\",status=\"Unknown\"";
    assert_eq!(lines(&text, measured), [format!("{measured}{labels}}} 30.0")]);
    assert!(!text.contains("words that are no label"));
}

#[test]
fn errors_that_need_a_person_count_as_errors_too() {
    let metrics = Metrics::default();
    metrics.controller("gateway", "Gateway", 16);
    for outcome in [Outcome::Success, Outcome::RequeueAfter, Outcome::Error, Outcome::LastingError] {
        metrics.visited("gateway", outcome, Duration::from_millis(7));
    }
    let text = metrics.text();
    for expected in [
        "controller_runtime_reconcile_total{controller=\"gateway\",result=\"success\"} 1",
        "controller_runtime_reconcile_total{controller=\"gateway\",result=\"requeue_after\"} 1",
        "controller_runtime_reconcile_total{controller=\"gateway\",result=\"error\"} 2",
        "controller_runtime_reconcile_errors_total{controller=\"gateway\"} 2",
        "controller_runtime_terminal_reconcile_errors_total{controller=\"gateway\"} 1",
        "controller_runtime_reconcile_time_seconds_bucket{controller=\"gateway\",le=\"0.005\"} 0",
        "controller_runtime_reconcile_time_seconds_bucket{controller=\"gateway\",le=\"0.01\"} 4",
        "controller_runtime_max_concurrent_reconciles{controller=\"gateway\"} 16",
        "agentcore_drift_corrections_total{kind=\"Gateway\"} 0",
        "agentcore_time_to_ready_seconds_count{kind=\"Gateway\"} 0",
    ] {
        assert!(text.lines().any(|line| line == expected), "{expected} is not in\n{text}");
    }
}

#[test]
fn a_visit_is_active_until_it_ends_however_it_does() {
    let metrics = Metrics::default();
    let active = || lines(&metrics.text(), "controller_runtime_active_workers{").join("");
    let visit = metrics.visit("gateway");
    assert_eq!(active(), "controller_runtime_active_workers{controller=\"gateway\"} 1");
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _visit = visit;
        panic!("a bug");
    }));
    assert!(ended.is_err());
    assert_eq!(active(), "controller_runtime_active_workers{controller=\"gateway\"} 0");
}

#[test]
fn names_and_labels_are_those_of_the_catalogue() {
    let mut names: Vec<_> = catalog::all().into_iter().map(|described| described.name).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "a name stands for one metric");
    for described in catalog::all() {
        let is_name = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(is_name(described.name) && described.labels.iter().all(|label| is_name(label)), "{described:?}");
        assert!(!described.help.is_empty() && !described.help.ends_with('.'), "the full stop is added: {described:?}");
    }
}
