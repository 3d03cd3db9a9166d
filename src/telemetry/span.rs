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

use crate::{
    aws::{Fault, FaultKind},
    kinds::Managed,
};

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

/// How a call ended: what AWS said last, and why it did not do what was asked. Told once, because a trace keeps everything that it is told.
pub fn called(span: &Span, last: &Attempt, fault: Option<&Fault>) {
    /// What OpenTelemetry calls an error of no known kind.
    const OTHER: &str = "_OTHER";
    // Of this type it is a number in traces, too; of others it would be text there.
    span.record("http.response.status_code", last.status.map(i64::from));
    span.record("aws.request_id", last.request_id.as_deref());
    // That there is no such object is an answer.
    if let Some(fault) = fault.filter(|fault| fault.kind != FaultKind::NotFound) {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", fault.code.as_deref().or(last.code.as_deref()).unwrap_or(OTHER));
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
    fn a_call_ends_with_what_was_said_last_and_absence_is_no_error() {
        let attempt = |status: Option<u16>, code: &str| Attempt {
            status,
            request_id: status.map(|_| "id-1".to_owned()),
            code: Some(code.to_owned()),
        };
        let unanswered = || Fault::unavailable("GetGateway", "the call timed out");
        let fault = |code: &str| Fault::new("GetGateway", Some(code), "");
        let table = [
            (attempt(Some(200), "OK"), None, false, None),
            (attempt(Some(404), "ResourceNotFoundException"), Some(fault("ResourceNotFoundException")), false, None),
            (
                attempt(Some(429), "ThrottlingException"),
                Some(fault("ThrottlingException")),
                true,
                Some("ThrottlingException"),
            ),
            (attempt(None, "TimedOut"), Some(unanswered()), true, Some("TimedOut")),
            (Attempt::default(), Some(unanswered()), true, Some("_OTHER")),
        ];
        for (last, fault, is_error, error_type) in table {
            let heard = Heard::begin();
            called(&call("GetGateway"), &last, fault.as_ref());
            let spans = heard.spans();
            let attribute = |key: &str| {
                let found = spans[0].attributes.iter().find(|attribute| attribute.key.as_str() == key);
                found.map(|attribute| attribute.value.clone())
            };
            assert_eq!(matches!(spans[0].status, Status::Error { .. }), is_error, "{fault:?}");
            assert_eq!(attribute("error.type"), error_type.map(Value::from), "{fault:?}");
            assert_eq!(
                attribute("http.response.status_code"),
                last.status.map(|status| Value::from(i64::from(status)))
            );
            assert_eq!(attribute("aws.request_id"), last.request_id.clone().map(Value::from));
        }
    }
}
