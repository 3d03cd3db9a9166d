//! What an AWS service refuses, and how it says so.

use serde_json::{Map, Value, json};

use super::model::{Problem, ProblemKind};
use super::service::Service;

/// A refusal: the code that SDKs match on, a sentence, and the members that some exceptions carry besides.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) code: String,
    pub(super) message: String,
    /// Only for errors outside the models and for injected ones; otherwise the model knows the status.
    pub(super) status: Option<u16>,
    pub(super) members: Map<String, Value>,
    /// True for errors that a test asked for: those need not be declared by the operation.
    pub(super) injected: bool,
}

impl Refusal {
    /// An error that is in the models.
    pub(super) fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), status: None, members: Map::new(), injected: false }
    }

    /// An error of the layer in front of every service (signatures, routing).
    pub(super) fn front(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status: Some(status), ..Self::new(code, message) }
    }

    /// An error that a test asked for.
    pub(super) fn injected(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status: Some(status), injected: true, ..Self::new(code, message) }
    }

    /// A `ValidationException` about one member.
    pub(super) fn invalid(path: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let fields = json!([{"name": path, "message": message}]);
        Self::new("ValidationException", message).with("fieldList", fields)
    }

    /// A `ValidationException` about the state of things, without a member to blame.
    pub(super) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    /// A refusal that lists everything the model does not allow, under the code that the service has for it.
    pub(super) fn problems(service: Service, problems: &[Problem]) -> Self {
        let lines: Vec<_> = problems
            .iter()
            .map(|problem| format!("Value at '{}' failed to satisfy constraint: {}", problem.path, problem.message))
            .collect();
        let plural = if problems.len() == 1 { "error" } else { "errors" };
        let message = format!("{} validation {plural} detected: {}", problems.len(), lines.join("; "));
        let fields: Vec<_> =
            problems.iter().map(|problem| json!({"name": problem.path, "message": problem.message})).collect();
        match service {
            Service::AgentCore | Service::Lattice => {
                Self::new("ValidationException", message).with("fieldList", Value::Array(fields))
            }
            Service::Acm => Self::new("ValidationException", message),
            Service::ApiGateway => Self::new("BadRequestException", message),
            Service::Route53 => Self::new("InvalidInput", message),
            Service::Elb | Service::Sts => Self::front(400, "ValidationError", message),
            Service::Ec2 => Self::front(400, parameter_code(problems), message),
        }
    }

    /// What a caller is told whom no policy allows the operation.
    pub(super) fn unauthorized(service: Service, caller: &str, operation: &str) -> Self {
        let (status, code) = service.denial();
        let action = service.action(operation);
        let message = format!(
            "User: {caller} is not authorized to perform: {action} because no identity-based policy allows the {action} action"
        );
        Self::front(status, code, message)
    }

    /// A `ConflictException`; lattice says which object stands in the way.
    pub(super) fn conflict(kind: &str, id: &str, message: impl Into<String>) -> Self {
        Self::new("ConflictException", message).about(kind, id)
    }

    /// A `ResourceNotFoundException`.
    pub(super) fn not_found(kind: &str, id: &str) -> Self {
        Self::new("ResourceNotFoundException", format!("{kind} {id} was not found.")).about(kind, id)
    }

    /// An `AccessDeniedException`.
    pub(super) fn denied(message: impl Into<String>) -> Self {
        Self::new("AccessDeniedException", message)
    }

    /// A `ServiceQuotaExceededException` (HTTP 402).
    pub(super) fn quota(kind: &str, message: impl Into<String>) -> Self {
        Self::new("ServiceQuotaExceededException", message).about(kind, "")
    }

    /// A `ThrottlingException` (HTTP 429).
    pub(super) fn throttled() -> Self {
        Self::new("ThrottlingException", "Rate exceeded")
    }

    /// The JSON body, with the members that exceptions of `service` are declared with.
    pub(super) fn body(&self, service: Service) -> Value {
        let mut body = Map::new();
        body.insert("message".to_owned(), json!(self.message));
        if self.code == "ValidationException" {
            let reason = match (service, self.members.contains_key("fieldList")) {
                (Service::AgentCore, true) => "FieldValidationFailed",
                (Service::AgentCore, false) => "ResourceConflict",
                (_, true) => "fieldValidationFailed",
                (_, false) => "other",
            };
            body.insert("reason".to_owned(), json!(reason));
        }
        let lattice_only = |name: &str| matches!(name, "resourceId" | "resourceType");
        for (name, value) in &self.members {
            if service == Service::Lattice || !lattice_only(name) {
                body.insert(name.clone(), value.clone());
            }
        }
        if service == Service::Lattice && self.code == "ServiceQuotaExceededException" {
            body.insert("serviceCode".to_owned(), json!("vpc-lattice"));
            body.insert("quotaCode".to_owned(), json!("L-00000000"));
        }
        Value::Object(body)
    }

    /// True when the operation need not declare the error: it comes from in front of the service, or from a test.
    pub(super) fn is_common(&self) -> bool {
        self.injected || self.status.is_some()
    }

    fn about(self, kind: &str, id: &str) -> Self {
        self.with("resourceType", json!(kind)).with("resourceId", json!(id))
    }

    fn with(mut self, member: &str, value: Value) -> Self {
        self.members.insert(member.to_owned(), value);
        self
    }
}

/// EC2 has a code of its own for what is missing and for what it does not know.
fn parameter_code(problems: &[Problem]) -> &'static str {
    match problems.first().map(|problem| problem.kind) {
        Some(ProblemKind::Missing) => "MissingParameter",
        Some(ProblemKind::Unknown) => "UnknownParameter",
        Some(ProblemKind::Invalid) | None => "InvalidParameterValue",
    }
}
