//! The one place that knows what AWS's errors mean.
//!
//! Errors are told apart by their *code*, never by their HTTP status or their Rust type: a quota is HTTP 402, other services answer
//! 400 to nearly everything, and one code can mean two things. What a `ConflictException` means only the caller knows, who knows the
//! request; it is handed on as it is.

use std::{error::Error, fmt};

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::{
    display::DisplayErrorContext,
    metadata::{ErrorMetadata, ProvideErrorMetadata},
};

/// What kind of failure a call met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// There is no such object.
    NotFound,
    /// The name is taken, the object is busy, or others use it: the caller knows which.
    Conflict,
    /// AWS does not accept the input. Not final by itself: AgentCore says this of permissions that are still spreading, too.
    Refused,
    /// A quota is used up.
    Quota,
    /// AWS asks to slow down.
    Throttled,
    /// The operator's role may not make this call.
    Denied,
    /// AWS did not answer, or not sensibly. The call may have taken effect all the same: look before trying again.
    Unavailable,
}

/// A failed call, as a value that can be compared and shown. The text never holds request bodies or credentials.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// What kind of failure it was.
    pub kind: FaultKind,
    /// AWS's own code, where there was an answer.
    pub code: Option<String>,
    /// AWS's own words, or what became of the call.
    pub message: String,
    /// The operation that failed.
    pub operation: &'static str,
}

impl Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, message, .. } = self;
        match self.kind {
            FaultKind::NotFound => write!(formatter, "{operation}: AWS does not know it: {message}"),
            FaultKind::Conflict => write!(formatter, "{operation}: AWS reports a conflict: {message}"),
            FaultKind::Refused => write!(formatter, "{operation}: AWS does not accept it: {message}"),
            FaultKind::Quota => write!(formatter, "{operation}: a quota is used up: {message}"),
            FaultKind::Throttled => write!(formatter, "{operation}: AWS asks to slow down: {message}"),
            FaultKind::Denied => {
                write!(formatter, "{operation}: the operator's role may not do this (see its IAM policy): {message}")
            }
            FaultKind::Unavailable => {
                write!(formatter, "{operation}: no usable answer from AWS, trying again: {message}")
            }
        }
    }
}

impl Fault {
    /// A failure of the operation with this code and message.
    pub fn new(operation: &'static str, code: Option<&str>, message: impl Into<String>) -> Self {
        Self { kind: kind(code), code: code.map(str::to_owned), message: shorten(message.into()), operation }
    }

    /// Something that kept the call from being made or understood.
    pub fn unavailable(operation: &'static str, message: impl Into<String>) -> Self {
        Self { kind: FaultKind::Unavailable, code: None, message: shorten(message.into()), operation }
    }
}

impl<E, R> From<(&'static str, SdkError<E, R>)> for Fault
where
    E: Error + ProvideErrorMetadata + 'static,
    R: fmt::Debug,
{
    fn from((operation, error): (&'static str, SdkError<E, R>)) -> Self {
        let metadata: Option<&ErrorMetadata> = error.as_service_error().map(ProvideErrorMetadata::meta);
        match metadata {
            Some(metadata) if metadata.code().is_some() => {
                Self::new(operation, metadata.code(), metadata.message().unwrap_or("AWS gave no message"))
            }
            // Without a code there was no answer, or none in AWS's form.
            Some(_) | None => Self::unavailable(operation, transport(&error)),
        }
    }
}

/// What became of a call that got no answer, without the response's body (the SDK's Debug form would print it).
#[expect(clippy::wildcard_enum_match_arm, reason = "the SDK may add ways to fail; none of them brings a code")]
fn transport<E: Error + 'static, R: fmt::Debug>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::TimeoutError(_) => "the call timed out".to_owned(),
        SdkError::DispatchFailure(failure) => failure
            .as_connector_error()
            .map_or_else(|| "the connection failed".to_owned(), |error| DisplayErrorContext(error).to_string()),
        SdkError::ConstructionFailure(_) => "the request could not be built".to_owned(),
        SdkError::ResponseError(_) => "the answer could not be read".to_owned(),
        _ => "AWS answered with an error that has no code".to_owned(),
    }
}

/// The whole classification. Codes are those of the service models, and of AWS's list of common errors.
pub(super) fn kind(code: Option<&str>) -> FaultKind {
    match code.unwrap_or_default() {
        "ResourceNotFoundException"
        | "NotFoundException"
        | "LoadBalancerNotFound"
        | "ListenerNotFound"
        | "TargetGroupNotFound"
        | "NoSuchHostedZone" => FaultKind::NotFound,
        // EC2 says of each kind of object by itself that it is not there: InvalidGroup.NotFound, InvalidSubnetID.NotFound.
        code if code.ends_with(".NotFound") => FaultKind::NotFound,
        "ConflictException" => FaultKind::Conflict,
        "ValidationException"
        | "ValidationError"
        | "InvalidParameterException"
        | "InvalidParameterValue"
        | "MissingParameter"
        | "InvalidArnException"
        | "BadRequestException"
        | "InvalidInput"
        | "SerializationException" => FaultKind::Refused,
        code if code.ends_with(".Malformed") => FaultKind::Refused,
        "ServiceQuotaExceededException" | "LimitExceededException" => FaultKind::Quota,
        // Route 53 works on one request at a time, and says so.
        "ThrottlingException"
        | "Throttling"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown"
        | "PriorRequestNotComplete" => FaultKind::Throttled,
        "AccessDeniedException"
        | "AccessDenied"
        | "UnauthorizedException"
        | "UnauthorizedOperation"
        | "AuthFailure"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "NotAuthorized"
        | "OptInRequired" => FaultKind::Denied,
        // Expired credentials are renewed by the SDK's chain; anything not known is tried again, slower and slower.
        _ => FaultKind::Unavailable,
    }
}

/// AWS's words, at most one KiB of them: they go into conditions and events, which have limits.
pub fn shorten(message: String) -> String {
    const LIMIT: usize = 1024;
    shorten_to(LIMIT, message)
}

/// A text, at most this many bytes of it.
pub fn shorten_to(limit: usize, mut message: String) -> String {
    if message.len() > limit {
        let mut end = limit.saturating_sub('…'.len_utf8());
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        message.truncate(end);
        message.push('…');
    }
    message
}

/// Turns "there is no such object" into `None`, so that absence is a value and not an error.
pub trait Absent<T> {
    /// `None` when the answer was that there is no such object.
    ///
    /// # Errors
    ///
    /// Every other failure.
    fn absent(self) -> Result<Option<T>, Fault>;
}

impl<T> Absent<T> for Result<T, Fault> {
    fn absent(self) -> Result<Option<T>, Fault> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_one_meaning_each() {
        let table = [
            (Some("ResourceNotFoundException"), FaultKind::NotFound),
            (Some("NotFoundException"), FaultKind::NotFound),
            (Some("BadRequestException"), FaultKind::Refused),
            (Some("UnauthorizedException"), FaultKind::Denied),
            (Some("TooManyRequestsException"), FaultKind::Throttled),
            (Some("ConflictException"), FaultKind::Conflict),
            (Some("ValidationException"), FaultKind::Refused),
            (Some("ServiceQuotaExceededException"), FaultKind::Quota),
            (Some("ThrottlingException"), FaultKind::Throttled),
            (Some("AccessDeniedException"), FaultKind::Denied),
            (Some("InvalidGroup.NotFound"), FaultKind::NotFound),
            (Some("InvalidSubnetID.NotFound"), FaultKind::NotFound),
            (Some("InvalidVpcID.NotFound"), FaultKind::NotFound),
            (Some("LoadBalancerNotFound"), FaultKind::NotFound),
            (Some("TargetGroupNotFound"), FaultKind::NotFound),
            (Some("NoSuchHostedZone"), FaultKind::NotFound),
            (Some("InvalidVpcID.Malformed"), FaultKind::Refused),
            (Some("ValidationError"), FaultKind::Refused),
            (Some("InvalidInput"), FaultKind::Refused),
            (Some("UnauthorizedOperation"), FaultKind::Denied),
            (Some("AccessDenied"), FaultKind::Denied),
            (Some("RequestLimitExceeded"), FaultKind::Throttled),
            (Some("Throttling"), FaultKind::Throttled),
            (Some("PriorRequestNotComplete"), FaultKind::Throttled),
            (Some("InternalServerException"), FaultKind::Unavailable),
            (Some("SomethingNew"), FaultKind::Unavailable),
            (None, FaultKind::Unavailable),
        ];
        for (code, kind) in table {
            assert_eq!(Fault::new("GetGateway", code, "words").kind, kind, "{code:?}");
        }
    }

    #[test]
    fn long_words_are_cut_between_characters() {
        for filler in ["a", "é", "…", "🦀"] {
            let short = shorten(filler.repeat(2000));
            assert!(short.len() <= 1024, "{} bytes", short.len());
            assert!(short.ends_with('…'));
        }
        assert_eq!(shorten("short".to_owned()), "short");
    }

    #[test]
    fn absence_is_a_value_and_nothing_else_is() {
        let missing: Result<(), _> = Err(Fault::new("GetGateway", Some("ResourceNotFoundException"), ""));
        assert_eq!(missing.absent(), Ok(None));
        let denied: Result<(), _> = Err(Fault::new("GetGateway", Some("AccessDeniedException"), ""));
        assert!(denied.absent().is_err());
        assert_eq!(Ok(1).absent(), Ok(Some(1)));
    }
}
