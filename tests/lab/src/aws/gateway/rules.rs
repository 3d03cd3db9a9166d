//! What the model does not say about gateways, but AWS does.

use serde_json::Value;

use super::super::json::{has, list, text, texts};
use super::super::object::Object;
use super::super::private_endpoint;
use super::super::refusal::Refusal;

/// MCP versions that the guide lists.
const VERSIONS: [&str; 4] = ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"];

/// Checks a creation or an update.
pub(super) fn check(input: &Value) -> Result<(), Refusal> {
    authorizer(input)?;
    interceptors(input)?;
    for version in texts(input, "/protocolConfiguration/mcp/supportedVersions") {
        if !VERSIONS.contains(&version.as_str()) {
            let path = "protocolConfiguration.mcp.supportedVersions";
            return Err(Refusal::invalid(path, format!("MCP version {version} is not supported.")));
        }
    }
    Ok(())
}

/// Checks that an update leaves alone what is decided on creation.
pub(super) fn check_immutable(gateway: &Object, input: &Value) -> Result<(), Refusal> {
    let old = Value::Object(gateway.body.clone());
    for (pointer, what) in [
        ("/name", "The name"),
        ("/protocolType", "The protocol type"),
        ("/protocolConfiguration/mcp/searchType", "The search type"),
    ] {
        if text(&old, pointer) != text(input, pointer) {
            let path = pointer.trim_start_matches('/').replace('/', ".");
            return Err(Refusal::invalid(&path, format!("{what} of a gateway cannot be changed.")));
        }
    }
    Ok(())
}

/// True when nobody checks who calls: such a gateway may not reach into a VPC.
pub(in crate::aws) fn is_open_to_anyone(gateway: &Value) -> bool {
    let checks_requests = list(gateway, "/interceptorConfigurations")
        .iter()
        .any(|interceptor| texts(interceptor, "/interceptionPoints").iter().any(|point| point == "REQUEST"));
    text(gateway, "/authorizerType") == Some("NONE") && !checks_requests
}

/// The refusal for the combination that [`is_open_to_anyone`] describes.
pub(in crate::aws) fn open_gateway_with_private_target() -> Refusal {
    Refusal::unprocessable(
        "A gateway with the authorizer type NONE can have targets with a private endpoint only with an interceptor of requests.",
    )
}

fn authorizer(input: &Value) -> Result<(), Refusal> {
    let jwt = "/authorizerConfiguration/customJWTAuthorizer";
    match (text(input, "/authorizerType"), has(input, "/authorizerConfiguration")) {
        (Some("CUSTOM_JWT"), _) if !has(input, jwt) => {
            return Err(Refusal::invalid("authorizerConfiguration", "CUSTOM_JWT needs a customJWTAuthorizer."));
        }
        (Some("CUSTOM_JWT"), _) => {}
        (_, true) => {
            let message = "Only the authorizer type CUSTOM_JWT has an authorizer configuration.";
            return Err(Refusal::invalid("authorizerConfiguration", message));
        }
        (_, false) => return Ok(()),
    }
    let limits = ["allowedAudience", "allowedClients", "allowedScopes", "customClaims"];
    if !limits.iter().any(|member| has(input, &format!("{jwt}/{member}"))) {
        let message = "At least one of allowedAudience, allowedClients, allowedScopes and customClaims is needed.";
        return Err(Refusal::invalid("authorizerConfiguration.customJWTAuthorizer", message));
    }
    if let Some(endpoint) = input.pointer(&format!("{jwt}/privateEndpoint")) {
        private_endpoint::check(endpoint)?;
    }
    for exception in list(input, &format!("{jwt}/privateEndpointOverrides")) {
        if !has(exception, "/privateEndpoint/selfManagedLatticeResource") {
            let path = "authorizerConfiguration.customJWTAuthorizer.privateEndpointOverrides";
            return Err(Refusal::invalid(path, "Overrides take self-managed resources only."));
        }
    }
    Ok(())
}

fn interceptors(input: &Value) -> Result<(), Refusal> {
    let points: Vec<_> = list(input, "/interceptorConfigurations")
        .iter()
        .flat_map(|interceptor| texts(interceptor, "/interceptionPoints"))
        .collect();
    for point in ["REQUEST", "RESPONSE"] {
        if points.iter().filter(|given| *given == point).count() > 1 {
            let message = format!("There can be one interceptor for {point}.");
            return Err(Refusal::invalid("interceptorConfigurations", message));
        }
    }
    Ok(())
}
