//! Which service a request is for: the scope of its `SigV4` signature says it.
//!
//! The signature itself is not verified, since the emulation accepts any credentials.

use hyper::HeaderMap;

use super::options::AwsOptions;
use super::refusal::Refusal;
use super::service::{Protocol, Service};

/// The refusal of a request that is not signed properly, and the service in whose form it is told: `AgentCore` for want of another.
pub(super) type Unsigned = (Service, Refusal);

/// The service that a request is signed for, or the refusal of a request that is not signed properly.
pub(super) fn service(headers: &HeaderMap, options: &AwsOptions) -> Result<Service, Unsigned> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(authorization) = header("authorization") else {
        let refusal = Refusal::front(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
        return Err((Service::AgentCore, refusal));
    };
    let Some(fields) = authorization.strip_prefix("AWS4-HMAC-SHA256 ") else {
        return Err(incomplete("Unsupported authorization algorithm"));
    };
    let field = |name: &str| {
        fields.split(',').find_map(|field| field.trim().strip_prefix(name).and_then(|rest| rest.strip_prefix('=')))
    };
    let (Some(credential), Some(signed), Some(signature)) =
        (field("Credential"), field("SignedHeaders"), field("Signature"))
    else {
        return Err(incomplete("Authorization header requires Credential, SignedHeaders and Signature"));
    };
    if signature.len() != 64 || !signature.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(incomplete("The signature is no SHA-256 in hexadecimal digits"));
    }
    let signed: Vec<_> = signed.split(';').collect();
    if !["host", "x-amz-date"].iter().all(|name| signed.contains(name)) {
        return Err(incomplete("Host and X-Amz-Date must be signed"));
    }
    if signed.iter().any(|name| header(name).is_none()) {
        return Err(incomplete("A signed header is missing"));
    }
    let scope: Vec<_> = credential.split('/').collect();
    let [_, date, region, name, "aws4_request"] = scope.as_slice() else {
        return Err(incomplete("The credential has no scope of date, region, service and aws4_request"));
    };
    let service = Service::from_signing_name(name);
    let invalid = |message: &str| Err(invalid(service.unwrap_or(Service::AgentCore), message));
    if header("x-amz-date").is_none_or(|stamp| stamp.split('T').next() != Some(date)) {
        return invalid("Date in Credential scope does not match the date of the request");
    }
    if *region != service.map_or(options.region.as_str(), |service| service.region(&options.region)) {
        return invalid(&format!("Credential should be scoped to a valid region, not '{region}'"));
    }
    service.map_or_else(|| invalid("Credential should be scoped to correct service"), Ok)
}

/// The access key that a request is signed with.
pub(super) fn access_key(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get("authorization")?.to_str().ok()?;
    let (_, credential) = authorization.split_once("Credential=")?;
    credential.split_once('/').map(|(access_key, _)| access_key)
}

fn incomplete(message: &str) -> Unsigned {
    (Service::AgentCore, Refusal::front(400, "IncompleteSignatureException", message))
}

fn invalid(service: Service, message: &str) -> Unsigned {
    let (status, code) = match service.protocol() {
        Protocol::RestJson | Protocol::Json => (403, "InvalidSignatureException"),
        Protocol::Query | Protocol::RestXml => (403, "SignatureDoesNotMatch"),
        Protocol::Ec2 => (401, "AuthFailure"),
    };
    (service, Refusal::front(status, code, message))
}
