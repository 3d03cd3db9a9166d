//! Calls and their attempts, as they go out and come back: counted, timed, and with AWS's id of the request in the log.

use std::{cell::Cell, time::Instant};

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
use tracing::{Instrument, Span};

use super::{
    fault::{self, Fault, FaultKind},
    refusals,
};
use crate::{
    metrics::Metrics,
    telemetry::span::{self, Attempt},
};

/// Measures attempts; one for all clients.
#[derive(Debug, Clone)]
pub(super) struct Attempts(pub(super) Metrics);

tokio::task_local! {
    /// The call that is being made.
    static CALL: Call;
}

/// A call, as far as its attempts know of it.
struct Call {
    span: Span,
    /// Its span says whose operation it is.
    is_named: Cell<bool>,
    /// The attempt that is under way, or the last one.
    last: Cell<Attempt>,
}

/// What became of an attempt that had no end in time.
const TIMED_OUT: &str = "TimedOut";

/// Makes a call and tells of it: all that is said meanwhile is said in its span.
pub(super) async fn follow<T>(
    operation: &'static str,
    call: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    let span = span::call(operation);
    let told = async {
        let answer = call.await;
        let last = CALL.with(|call| call.last.take());
        span::called(&span, &last, answer.as_ref().err().and_then(|fault| error_type(fault, &last)));
        match &answer {
            Ok(_) => tracing::debug!("AWS did it"),
            Err(fault) => {
                if let Some(id) = &last.request_id {
                    refusals::remember(fault, id);
                }
                tracing::debug!(%fault, "AWS did not do it");
            }
        }
        answer
    };
    CALL.scope(Call::new(span.clone()), told).instrument(span.clone()).await
}

/// What kind of error it was, in OpenTelemetry's sense and in the words of the metrics. That there is no such object is an answer.
fn error_type<'call>(fault: &'call Fault, last: &'call Attempt) -> Option<&'call str> {
    /// What OpenTelemetry calls an error of no known kind.
    const OTHER: &str = "_OTHER";
    let code = fault.code.as_deref().or(last.code.as_deref()).unwrap_or(OTHER);
    (fault.kind != FaultKind::NotFound).then_some(code)
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
        // The SDK's own spans lie in between: what is current here is not always the call.
        let _ = CALL.try_with(Call::begin);
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
        let _ = CALL.try_with(|own| own.name(call.service(), call.name()));
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let status = response.map(|response| response.status().as_u16());
        let request_id = response.and_then(request_id);
        tracing::debug!(
            code,
            milliseconds,
            http.response.status_code = status,
            aws.request_id = request_id,
            "AWS was asked"
        );
        let attempt = Attempt { status, request_id: request_id.map(str::to_owned), code: Some(code) };
        let _ = CALL.try_with(|own| own.last.set(attempt));
        Ok(())
    }
}

impl Call {
    fn new(span: Span) -> Self {
        Self { span, is_named: Cell::new(false), last: Cell::default() }
    }

    /// An attempt begins, and what the one before was answered is past. When nothing more is heard of this one, the time for the whole call
    /// was over.
    fn begin(&self) {
        self.last.set(Attempt { code: Some(TIMED_OUT.to_owned()), ..Attempt::default() });
    }

    /// Says once whose operation it is: a trace keeps everything that it is told.
    fn name(&self, service: &str, operation: &str) {
        if !self.is_named.replace(true) {
            span::served(&self.span, service, operation);
        }
    }
}

/// What became of an attempt, in a word: AWS's code, or what stands for it.
fn code(response: Option<&HttpResponse>, error: Option<&OrchestratorError<Error>>) -> String {
    let Some(response) = response else {
        return match error {
            Some(error) if error.is_timeout_error() => TIMED_OUT,
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
    use crate::telemetry::heard::Heard;

    /// What became of an attempt.
    #[derive(Debug, Clone, Copy)]
    enum End {
        Answered(u16),
        Unanswered,
        /// The time for the whole call was over before.
        Unfinished,
    }

    /// A call with these attempts.
    async fn call(attempts: &[End], fault: Option<Fault>) -> Result<(), Fault> {
        let call = async {
            for attempt in attempts {
                CALL.with(Call::begin);
                CALL.with(|call| call.name("Bedrock AgentCore Control", "GetGateway"));
                let status = match attempt {
                    End::Answered(status) => Some(*status),
                    End::Unanswered => None,
                    End::Unfinished => continue,
                };
                let request_id = status.map(|status| format!("id-of-{status}"));
                let code = status.map_or("Unreachable".to_owned(), |status| status.to_string());
                CALL.with(|call| call.last.set(Attempt { status, request_id, code: Some(code) }));
            }
            fault.map_or(Ok(()), Err)
        };
        follow("GetGateway", call).await
    }

    #[tokio::test]
    async fn a_call_is_told_with_its_last_attempt_and_nothing_of_the_ones_before() {
        let failed = || Some(Fault::unavailable("GetGateway", "no answer"));
        let table = [
            ([End::Answered(503), End::Answered(200)], None, Some(200), None),
            ([End::Answered(503), End::Unanswered], failed(), None, Some("Unreachable")),
            ([End::Answered(503), End::Unfinished], failed(), None, Some("TimedOut")),
            ([End::Unanswered, End::Answered(503)], failed(), Some(503), Some("503")),
        ];
        for (attempts, fault, status, error_type) in table {
            let heard = Heard::begin();
            let _ = call(&attempts, fault).await;
            let line = heard.lines().pop().unwrap();
            assert_eq!(line["rpc.service"], "Bedrock AgentCore Control", "{line}");
            assert_eq!(line["rpc.method"], "GetGateway", "{line}");
            assert_eq!(line.get("http.response.status_code"), status.map(Value::from).as_ref(), "{line}");
            let id = status.map(|status| Value::from(format!("id-of-{status}")));
            assert_eq!(line.get("aws.request_id"), id.as_ref(), "{line}");
            assert_eq!(line.get("error.type"), error_type.map(Value::from).as_ref(), "{line}");
            let span = heard.spans().pop().unwrap();
            let mut keys: Vec<&str> = span.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
            keys.sort_unstable();
            let count = keys.len();
            keys.dedup();
            assert_eq!(keys.len(), count, "an attribute is there twice: {:?}", span.attributes);
            assert_eq!(span.name, "Bedrock AgentCore Control.GetGateway");
        }
    }

    #[test]
    fn absence_is_no_error_and_what_no_attempt_was_made_for_is_of_no_known_kind() {
        let timed_out = Attempt { code: Some(TIMED_OUT.to_owned()), ..Attempt::default() };
        let unanswered = Fault::unavailable("GetGateway", "the call timed out");
        let fault = |code: &str| Fault::new("GetGateway", Some(code), "");
        assert_eq!(error_type(&fault("ResourceNotFoundException"), &Attempt::default()), None);
        assert_eq!(error_type(&fault("ThrottlingException"), &timed_out), Some("ThrottlingException"));
        assert_eq!(error_type(&unanswered, &timed_out), Some("TimedOut"));
        assert_eq!(error_type(&unanswered, &Attempt::default()), Some("_OTHER"));
    }

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
