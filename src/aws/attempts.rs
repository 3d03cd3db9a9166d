//! Every attempt at a call, as it goes out and comes back: counted, timed, and with AWS's id of the request in the log.

use std::time::Instant;

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{BeforeTransmitInterceptorContextRef, Error, FinalizerInterceptorContextRef},
            dyn_dispatch_hint,
        },
        orchestrator::{HttpResponse, Metadata, OrchestratorError},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use serde_json::Value;
use tracing::Span;

use super::fault::{self, FaultKind};
use crate::{metrics::Metrics, telemetry::span};

/// Measures attempts; one for all clients.
#[derive(Debug, Clone)]
pub(super) struct Attempts(pub(super) Metrics);

tokio::task_local! {
    /// The span of the call that is being made.
    pub(super) static CALL: Span;
}

/// When the attempt that is under way was begun.
#[derive(Debug)]
struct Begun(Instant);

impl Storable for Begun {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(Begun(Instant::now()));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (Some(call), Some(Begun(begun))) = (config.load::<Metadata>(), config.load::<Begun>()) else {
            return Ok(());
        };
        let took = begun.elapsed();
        let response = context.response();
        let error = context.output_or_error().and_then(Result::err);
        let code = code(response, error);
        self.0.aws_answered(call.service(), call.name(), &code, took);
        if fault::kind(Some(&code)) == FaultKind::Throttled {
            self.0.aws_throttled(call.service(), call.name());
        }
        // The SDK's own spans lie in between: what is current here is not always the call.
        let _ = CALL.try_with(|span| tell(span, call, response));
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(code, milliseconds, "AWS was asked");
        Ok(())
    }
}

/// Notes in the call's span what is known of it after an attempt. The last attempt is the one that is told.
fn tell(span: &Span, call: &Metadata, response: Option<&HttpResponse>) {
    span::served(span, call.service(), call.name());
    if let Some(response) = response {
        span.record("http.response.status_code", response.status().as_u16());
    }
    if let Some(id) = response.and_then(request_id) {
        span.record("aws.request_id", id);
    }
}

/// What became of an attempt, in a word: AWS's code, or what stands for it.
fn code(response: Option<&HttpResponse>, error: Option<&OrchestratorError<Error>>) -> String {
    let Some(response) = response else {
        return match error {
            Some(error) if error.is_timeout_error() => "TimedOut",
            Some(_) | None => "Unreachable",
        }
        .to_owned();
    };
    if response.status().is_success() {
        return if error.is_none() { "OK" } else { "Unreadable" }.to_owned();
    }
    let header = response.headers().get("x-amzn-errortype").map(str::to_owned);
    let told = header.or_else(|| response.body().bytes().and_then(in_body));
    told.as_deref().and_then(plain).unwrap_or_else(|| response.status().to_string())
}

/// The code in the body of an error, in the forms of AWS's protocols: JSON's `__type` or `code`, XML's `Code`.
/// <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization>
fn in_body(body: &[u8]) -> Option<String> {
    if let Ok(json) = serde_json::from_slice::<Value>(body) {
        return json.get("__type").or_else(|| json.get("code")).and_then(Value::as_str).map(str::to_owned);
    }
    let (_, rest) = std::str::from_utf8(body).ok()?.split_once("<Code>")?;
    rest.split_once("</Code>").map(|(code, _)| code.trim().to_owned())
}

/// The code without the names that may stand around it, when it is one: what comes over the wire becomes a label only if it looks like it.
fn plain(told: &str) -> Option<String> {
    const LONGEST: usize = 64;
    let code = told.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    let is_one = !code.is_empty()
        && code.len() <= LONGEST
        && code.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'.');
    is_one.then(|| code.to_owned())
}

fn request_id(response: &HttpResponse) -> Option<&str> {
    ["x-amzn-requestid", "x-amz-request-id"].iter().find_map(|name| response.headers().get(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_in_every_protocol_and_nothing_else_is_one() {
        let json = |text: &str| in_body(text.as_bytes()).as_deref().and_then(plain);
        let table = [
            (
                r#"{"__type":"com.amazonaws.acm#ResourceNotFoundException","message":"x"}"#,
                Some("ResourceNotFoundException"),
            ),
            (r#"{"code":"ThrottlingException:http://internal.amazon.com/"}"#, Some("ThrottlingException")),
            (
                "<Response><Errors><Error><Code>InvalidGroup.NotFound</Code></Error></Errors></Response>",
                Some("InvalidGroup.NotFound"),
            ),
            (r#"{"message":"Forbidden"}"#, None),
            (r#"{"code":"gw-0123456789 is missing"}"#, None),
            ("<html>502</html>", None),
            ("", None),
        ];
        for (body, expected) in table {
            assert_eq!(json(body).as_deref(), expected, "{body}");
        }
        assert_eq!(plain(&"a".repeat(65)), None);
    }
}
