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

/// One visit to one object: the root of a trace.
pub fn visit<K: Resource<DynamicType = ()>>(object: &DeserializeGuard<K>, controller: &str) -> Span {
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

/// What is known of an attempt at a call.
#[derive(Debug, Default)]
pub struct Attempt {
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// AWS's id of the request, where there was an answer.
    pub request_id: Option<String>,
    /// What became of it, in the word that metrics have for it, too.
    pub code: Option<String>,
}

/// How a call ended: what AWS said last, and which error it was, if it was one. Told once, because a trace keeps everything that it is told.
pub fn called(span: &Span, last: &Attempt, error: Option<&str>) {
    // Of this type it is a number in traces, too; of others it would be text there.
    span.record("http.response.status_code", last.status.map(i64::from));
    span.record("aws.request_id", last.request_id.as_deref());
    if let Some(error) = error {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", error);
    }
}

/// What no other visit is called, of this process or another.
fn id() -> String {
    // Seeded by the system for each process.
    static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{:016x}", SEED.hash_one(COUNT.fetch_add(1, Ordering::Relaxed)))
}

#[cfg(test)]
mod tests {
    use opentelemetry::{Value, trace::Status};

    use super::*;
    use crate::telemetry::heard::Heard;

    #[test]
    fn a_call_ends_with_what_was_said_last() {
        let throttled = Some("ThrottlingException");
        for (status, error) in [(Some(200), None), (Some(429), throttled), (None, Some("TimedOut"))] {
            let request_id = status.map(|_| "id-1".to_owned());
            let heard = Heard::begin();
            called(&call("GetGateway"), &Attempt { status, request_id: request_id.clone(), code: None }, error);
            let spans = heard.spans();
            let attribute = |key: &str| {
                let found = spans[0].attributes.iter().find(|attribute| attribute.key.as_str() == key);
                found.map(|attribute| attribute.value.clone())
            };
            assert_eq!(matches!(spans[0].status, Status::Error { .. }), error.is_some());
            assert_eq!(attribute("error.type"), error.map(Value::from));
            assert_eq!(attribute("http.response.status_code"), status.map(|status| Value::from(i64::from(status))));
            assert_eq!(attribute("aws.request_id"), request_id.map(Value::from));
        }
    }
}
