//! What is known of a visit and of a call while they last. Lines and traces both have it.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use kube::{Resource, ResourceExt, core::DeserializeGuard};
use opentelemetry::trace::TraceContextExt;
use tracing::{Span, error_span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::{aws::Fault, kinds::Managed};

/// One visit to one object: the root of a trace.
pub fn visit<K: Managed>(object: &DeserializeGuard<K>, controller: &str) -> Span {
    let (kind, namespace, name) = (K::kind(&()), object.namespace().unwrap_or_default(), object.name_any());
    // At the highest level, so that a line of whatever level has it.
    let span = error_span!(
        parent: None,
        "reconcile",
        otel.name = format!("{kind} reconcile"),
        controller,
        kind = %kind,
        namespace,
        name,
        generation = object.meta().generation,
        reconcile_id = id(),
        trace_id = Empty,
    );
    span.set_attribute("k8s.namespace.name", namespace);
    span.set_attribute("k8s.object.kind", kind.into_owned());
    span.set_attribute("k8s.object.name", name);
    span.set_attribute("k8s.object.uid", object.uid().unwrap_or_default());
    let context = span.context();
    let context = context.span().span_context().clone();
    if context.is_sampled() {
        span.record("trace_id", context.trace_id().to_string());
    }
    span
}

/// How a visit ended, in its trace.
pub fn visited(span: &Span, result: &'static str) {
    span.set_attribute("reconcile.result", result);
    if result == "error" {
        span.set_status(opentelemetry::trace::Status::error(""));
    }
}

/// One call to AWS, all its attempts. The names are those of OpenTelemetry's conventions for AWS's SDKs:
/// <https://opentelemetry.io/docs/specs/semconv/cloud-providers/aws-sdk/>
pub fn call(operation: &'static str) -> Span {
    error_span!(
        "aws",
        otel.name = operation,
        otel.kind = "client",
        otel.status_code = Empty,
        rpc.system = "aws-api",
        rpc.service = Empty,
        rpc.method = operation,
        http.response.status_code = Empty,
        aws.request_id = Empty,
        error.type = Empty,
    )
}

/// Whose operation it is, which is known when a request goes out.
pub fn served(span: &Span, service: &str, operation: &str) {
    span.record("rpc.service", service);
    span.context().span().update_name(format!("{service}.{operation}"));
}

/// How a call ended: with AWS's code, where it did not do what was asked.
pub fn called(span: &Span, fault: Option<&Fault>) {
    if let Some(fault) = fault {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", fault.code.as_deref().unwrap_or("Unavailable"));
    }
}

/// What no other visit is called, of this process or another.
fn id() -> String {
    // Seeded by the system for each process.
    static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{:016x}", SEED.hash_one(COUNT.fetch_add(1, Ordering::Relaxed)))
}
