//! Every metric that there is. `docs/metrics.md` is made from this page.

use prometheus_client::metrics::MetricType::{Counter, Gauge, Histogram};

use super::described::{Described, Description};

/// Those of controller-runtime:
/// <https://github.com/kubernetes-sigs/controller-runtime/blob/main/pkg/internal/controller/metrics/metrics.go>
pub(super) const VISIT_BUCKETS: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5,
    1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0,
];

/// Those of client-go's metrics in Kubernetes' own components:
/// <https://github.com/kubernetes/component-base/blob/master/metrics/prometheus/restclient/metrics.go>
pub(super) const KUBERNETES_BUCKETS: &[f64] = &[0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0];

/// An attempt at a call ends after twenty seconds.
pub(super) const AWS_BUCKETS: &[f64] = &[0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0];

/// From what is done at once to what takes hours: a gateway is made within a minute, a deletion that must wait for AWS's own takes ten.
pub(super) const LIFE_BUCKETS: &[f64] =
    &[1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 14400.0];

macro_rules! catalog {
    ($($(#[$meta:meta])* $name:ident = $text:literal $kind:ident [$($label:literal),*] $help:literal;)+) => {
        $($(#[$meta])* pub static $name: Described<{ [$($label),*].len() }> =
            Described { name: $text, kind: $kind, labels: [$($label),*], help: $help };)+

        /// All of them, in the order of this page.
        pub fn all() -> Vec<Description> {
            vec![$($name.description()),+]
        }
    };
}

catalog! {
    /// Visits.
    VISITS = "controller_runtime_reconcile_total" Counter ["controller", "result"]
        "Looks at objects, by how they ended: success (nothing is left to do until something changes), requeue_after (settled, or waiting \
         for AWS or another object), error (a call failed, or a person must act)";
    /// Visits that failed.
    VISIT_ERRORS = "controller_runtime_reconcile_errors_total" Counter ["controller"]
        "Looks at objects that ended with an error";
    /// Visits that found that a person must act.
    LASTING_ERRORS = "controller_runtime_terminal_reconcile_errors_total" Counter ["controller"]
        "Looks at objects that found that a person must act: the object is Stalled; they count as errors, too";
    /// Bugs.
    PANICS = "controller_runtime_reconcile_panics_total" Counter ["controller"]
        "Looks at objects that met a bug in the operator; the others go on";
    /// Visits that were given up.
    TIMEOUTS = "controller_runtime_reconcile_timeouts_total" Counter ["controller"]
        "Looks at objects that took longer than five minutes and were given up";
    /// How long visits take.
    VISIT_TIME = "controller_runtime_reconcile_time_seconds" Histogram ["controller"]
        "How long looks at objects took, waiting for a turn to call AWS included";
    /// Visits at once, at most.
    CONCURRENCY = "controller_runtime_max_concurrent_reconciles" Gauge ["controller"]
        "How many objects are looked at at once, at most";
    /// Visits at once, now.
    ACTIVE = "controller_runtime_active_workers" Gauge ["controller"]
        "How many objects are being looked at";
    /// Leadership.
    LEADER = "leader_election_master_status" Gauge ["name"]
        "Whether this process holds the lease of this name: 1 means that it leads, 0 that it stands by";
    /// Requests to the API server.
    KUBERNETES_REQUESTS = "rest_client_requests_total" Counter ["code", "method", "host"]
        "Requests to the API server, by HTTP status; <error> where there was no answer";
    /// How long the API server takes.
    KUBERNETES_TIME = "rest_client_request_duration_seconds" Histogram ["verb", "host"]
        "How long the API server took to begin its answer";
    /// Conditions.
    CONDITIONS = "operator_status_condition_count" Gauge
        ["namespace", "name", "group", "kind", "type", "status", "reason"]
        "1 for each condition that an object has";
    /// The age of conditions.
    CONDITION_AGE = "operator_status_condition_current_status_seconds" Gauge
        ["namespace", "name", "group", "kind", "type", "status", "reason"]
        "How long each condition of an object has had its status";
    /// Conditions that changed.
    TRANSITIONS = "operator_status_condition_transitions_total" Counter ["group", "kind", "type", "status", "reason"]
        "Conditions that came or changed their status, by what they became";
    /// How long conditions last.
    TRANSITION_TIME = "operator_status_condition_transition_seconds" Histogram ["group", "kind", "type", "status"]
        "How long conditions had the status that they changed from";
    /// The age of deletions.
    TERMINATING = "operator_termination_current_time_seconds" Gauge ["namespace", "name", "group", "kind"]
        "How long ago an object that is still there was deleted";
    /// How long deletions take.
    TERMINATION_TIME = "operator_termination_duration_seconds" Histogram ["group", "kind"]
        "How long it took from the deletion of an object until it was gone";
    /// Attempts at calls to AWS.
    AWS_REQUESTS = "agentcore_aws_requests_total" Counter ["service", "operation", "code"]
        "Requests to AWS, each attempt for itself, by AWS's error code; OK where it did what was asked, an HTTP status where an error had no \
         code, TimedOut or Unreachable where there was no answer";
    /// How long AWS takes.
    AWS_TIME = "agentcore_aws_request_duration_seconds" Histogram ["service", "operation"]
        "How long AWS took to answer, each attempt for itself, waiting for a turn not included";
    /// Throttles.
    AWS_THROTTLES = "agentcore_aws_throttles_total" Counter ["service", "operation"]
        "Requests to AWS that it answered with a request to slow down";
    /// Drift.
    DRIFT = "agentcore_drift_corrections_total" Counter ["kind"]
        "Objects in AWS that were found otherwise than AWS had accepted them, or gone, and were set right";
    /// How long people wait.
    TIME_TO_READY = "agentcore_time_to_ready_seconds" Histogram ["kind"]
        "How long it took from the creation of an object until it was ready for the first time; not told of those that were created before \
         the operator was started";
    /// Tools.
    TOOLS = "agentcore_target_tools" Gauge ["namespace", "name"]
        "How many tools AWS knows of a target";
    /// Quotas.
    QUOTA = "agentcore_quota_usage_ratio" Gauge ["quota", "namespace", "name"]
        "How much is used of what AWS publishes as its default quota: gateways (1000 per account and region), targets_per_gateway (100, with \
         the gateway's namespace and name); above 1 where a quota was raised";
    /// What runs.
    BUILD = "agentcore_build_info" Gauge ["version"]
        "1, with the operator's version";
}
