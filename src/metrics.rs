//! What is counted and measured, under the names that dashboards and alerts of other operators know.
//!
//! The names of `controller_runtime_*`, `leader_election_*`, `rest_client_*` and `operator_*` are those of controller-runtime, client-go and
//! Karpenter, so that what people have for those works here. A label never holds an error's text or an id that AWS made, so the number of
//! series is bounded by what there is: controllers, operations, objects.
//!
//! - [`catalog`]: every metric that there is, and what it means
//! - [`described`]: families that cannot be used otherwise than they are described
//!
//! What is told of objects is computed from their copies when somebody asks ([`Metrics::ask`]); nothing is remembered per object.

pub mod catalog;
pub mod described;

use std::{
    borrow::Cow,
    fmt,
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{Router, extract::State, http::header::CONTENT_TYPE, response::IntoResponse, routing::get};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, prometheus_text},
    registry::Registry,
};

use self::described::{Counters, Gauges, Histograms};
use crate::api::GROUP;

/// All that is measured. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    registry: Registry,
    families: Families,
    asked: Asked,
}

#[derive(Debug)]
struct Families {
    visits: Counters<2>,
    visit_errors: Counters<1>,
    lasting_errors: Counters<1>,
    panics: Counters<1>,
    timeouts: Counters<1>,
    visit_time: Histograms<1>,
    concurrency: Gauges<1>,
    active: Gauges<1>,
    leader: Gauges<1>,
    kubernetes_requests: Counters<3>,
    kubernetes_time: Histograms<2>,
    transitions: Counters<5>,
    transition_time: Histograms<4>,
    termination_time: Histograms<2>,
    aws_requests: Counters<3>,
    aws_time: Histograms<2>,
    aws_throttles: Counters<2>,
    drift: Counters<1>,
    time_to_ready: Histograms<1>,
}

/// How a visit ended, in controller-runtime's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is left to do until something changes.
    Success,
    /// The object is looked at again after a pause: it is settled, or waits for AWS or another object.
    RequeueAfter,
    /// A call failed, or the visit itself did.
    Error,
    /// A person must act.
    LastingError,
}

impl Outcome {
    /// As it stands in the label `result`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::RequeueAfter => "requeue_after",
            Self::Error | Self::LastingError => "error",
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let into = &mut registry;
        let families = Families {
            visits: catalog::VISITS.counters(into),
            visit_errors: catalog::VISIT_ERRORS.counters(into),
            lasting_errors: catalog::LASTING_ERRORS.counters(into),
            panics: catalog::PANICS.counters(into),
            timeouts: catalog::TIMEOUTS.counters(into),
            visit_time: catalog::VISIT_TIME.histograms(into, catalog::VISIT_BUCKETS),
            concurrency: catalog::CONCURRENCY.gauges(into),
            active: catalog::ACTIVE.gauges(into),
            leader: catalog::LEADER.gauges(into),
            kubernetes_requests: catalog::KUBERNETES_REQUESTS.counters(into),
            kubernetes_time: catalog::KUBERNETES_TIME.histograms(into, catalog::KUBERNETES_BUCKETS),
            transitions: catalog::TRANSITIONS.counters(into),
            transition_time: catalog::TRANSITION_TIME.histograms(into, catalog::LIFE_BUCKETS),
            termination_time: catalog::TERMINATION_TIME.histograms(into, catalog::LIFE_BUCKETS),
            aws_requests: catalog::AWS_REQUESTS.counters(into),
            aws_time: catalog::AWS_TIME.histograms(into, catalog::AWS_BUCKETS),
            aws_throttles: catalog::AWS_THROTTLES.counters(into),
            drift: catalog::DRIFT.counters(into),
            time_to_ready: catalog::TIME_TO_READY.histograms(into, catalog::LIFE_BUCKETS),
        };
        catalog::BUILD.gauges(into).of([env!("CARGO_PKG_VERSION").into()]).set(1);
        let asked = Asked::default();
        registry.register_collector(Box::new(asked.clone()));
        Self { shared: Arc::new(Shared { registry, families, asked }) }
    }
}

impl Metrics {
    /// Whom to ask when somebody asks here. Once; who comes later is not asked.
    pub fn ask(&self, collector: impl Collector) {
        let _ = self.shared.asked.0.set(Box::new(collector));
    }

    /// Everything, in Prometheus's text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // A string takes everything; only a collector could fail, and then what was written before it is still true.
        if prometheus_text::encode(&mut text, &self.shared.registry).is_err() {
            tracing::warn!("not all metrics could be told");
        }
        text
    }

    /// Binds the address; the answered future serves `/metrics` until it is dropped.
    ///
    /// # Errors
    ///
    /// The address cannot be bound.
    pub async fn serve(&self, address: SocketAddr) -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
        let listener = tokio::net::TcpListener::bind(address).await?;
        let routes = Router::new().route("/metrics", get(tell)).with_state(self.clone());
        Ok(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::error!(%error, "metrics are no longer served");
            }
        })
    }

    /// The controller of a kind begins its work. What it has not met yet is told as zero: a rate of something that was never there is no rate.
    pub fn controller(&self, controller: &str, kind: &str, concurrency: u16) {
        let families = &self.shared.families;
        families.concurrency.of([owned(controller)]).set(concurrency.into());
        families.active.of([owned(controller)]);
        for outcome in [Outcome::Success, Outcome::RequeueAfter, Outcome::Error] {
            families.visits.of([owned(controller), outcome.label().into()]);
        }
        for counters in [&families.visit_errors, &families.lasting_errors, &families.panics, &families.timeouts] {
            counters.of([owned(controller)]);
        }
        families.visit_time.of([owned(controller)]);
        families.drift.of([owned(kind)]);
        families.time_to_ready.of([owned(kind)]);
        families.termination_time.of([GROUP.into(), owned(kind)]);
    }

    /// A visit begins; it counts as active until the answer is dropped.
    pub fn visit(&self, controller: &str) -> Active {
        let gauge = self.shared.families.active.of([owned(controller)]);
        gauge.inc();
        Active(gauge)
    }

    /// A visit ended.
    pub fn visited(&self, controller: &str, outcome: Outcome, took: Duration) {
        let families = &self.shared.families;
        families.visits.of([owned(controller), outcome.label().into()]).inc();
        families.visit_time.of([owned(controller)]).observe(took.as_secs_f64());
        if matches!(outcome, Outcome::Error | Outcome::LastingError) {
            families.visit_errors.of([owned(controller)]).inc();
        }
        if outcome == Outcome::LastingError {
            families.lasting_errors.of([owned(controller)]).inc();
        }
    }

    /// A visit met a bug.
    pub fn panicked(&self, controller: &str) {
        self.shared.families.panics.of([owned(controller)]).inc();
    }

    /// A visit took too long and was given up.
    pub fn timed_out(&self, controller: &str) {
        self.shared.families.timeouts.of([owned(controller)]).inc();
    }

    /// Whether this process holds the lease of this name.
    pub fn leads(&self, lease: &str, leads: bool) {
        self.shared.families.leader.of([owned(lease)]).set(leads.into());
    }

    /// The API server answered, or did not. `code` is its HTTP status, or `<error>`.
    pub fn kubernetes_answered(&self, method: &str, host: &str, code: &str, took: Duration) {
        let families = &self.shared.families;
        families.kubernetes_requests.of([owned(code), owned(method), owned(host)]).inc();
        families.kubernetes_time.of([owned(method), owned(host)]).observe(took.as_secs_f64());
    }

    /// The conditions of an object of this kind were written. A condition that went is no transition, as with Karpenter.
    pub fn transitions(&self, kind: &str, before: &[Condition], now: &[Condition]) {
        for condition in now {
            let old = before.iter().find(|old| old.type_ == condition.type_);
            if old.is_some_and(|old| old.status == condition.status) {
                continue;
            }
            let (type_, status) = (owned(&condition.type_), owned(&condition.status));
            let labels = [GROUP.into(), owned(kind), type_.clone(), status, owned(&condition.reason)];
            self.shared.families.transitions.of(labels).inc();
            let Some(old) = old else { continue };
            let lasted = old.last_transition_time.0.duration_until(condition.last_transition_time.0);
            let labels = [GROUP.into(), owned(kind), type_, owned(&old.status)];
            self.shared.families.transition_time.of(labels).observe(lasted.as_secs_f64().max(0.0));
        }
    }

    /// An object of this kind is gone, this long after somebody deleted it.
    pub fn terminated(&self, kind: &str, took: Duration) {
        self.shared.families.termination_time.of([GROUP.into(), owned(kind)]).observe(took.as_secs_f64());
    }

    /// AWS answered an attempt at a call, or did not.
    pub fn aws_answered(&self, service: &str, operation: &str, code: &str, took: Duration) {
        let families = &self.shared.families;
        families.aws_requests.of([owned(service), owned(operation), owned(code)]).inc();
        families.aws_time.of([owned(service), owned(operation)]).observe(took.as_secs_f64());
    }

    /// AWS asked to slow down.
    pub fn aws_throttled(&self, service: &str, operation: &str) {
        self.shared.families.aws_throttles.of([owned(service), owned(operation)]).inc();
    }

    /// AWS had something else than what it had accepted before, and was set right.
    pub fn drift_corrected(&self, kind: &str) {
        self.shared.families.drift.of([owned(kind)]).inc();
    }

    /// An object is ready for the first time, this long after it was made.
    pub fn first_ready(&self, kind: &str, took: Duration) {
        self.shared.families.time_to_ready.of([owned(kind)]).observe(took.as_secs_f64());
    }
}

fn owned(text: &str) -> Cow<'static, str> {
    Cow::Owned(text.to_owned())
}

async fn tell(State(metrics): State<Metrics>) -> impl IntoResponse {
    ([(CONTENT_TYPE, prometheus_text::CONTENT_TYPE)], metrics.text())
}

/// A visit that is under way.
#[derive(Debug)]
pub struct Active(described::Gauge);

impl Drop for Active {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Who is asked when somebody asks; nobody before the operator has its copies.
#[derive(Clone, Default)]
struct Asked(Arc<OnceLock<Box<dyn Collector>>>);

impl fmt::Debug for Asked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Asked").field(&self.0.get().is_some()).finish()
    }
}

impl Collector for Asked {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.0.get().map_or(Ok(()), |collector| collector.encode(encoder))
    }
}

#[cfg(test)]
mod tests;
