//! Which credentials go with which targets.

use serde_json::Value;

use super::super::json::{has, list, text, variant};
use super::super::refusal::Refusal;
use super::kind::Kind;

const PATH: &str = "credentialProviderConfigurations";

/// What a kind of target takes, from the guide's table on outbound authorization.
struct Accepted {
    none: bool,
    types: &'static [&'static str],
    grants: &'static [&'static str],
    /// Whether `GATEWAY_IAM_ROLE` needs to say for which service to sign; the others must not say it.
    names_service: bool,
}

const ALL_GRANTS: &[&str] = &["CLIENT_CREDENTIALS", "AUTHORIZATION_CODE", "TOKEN_EXCHANGE"];
const ONLY_CLIENT: &[&str] = &["CLIENT_CREDENTIALS"];

impl Kind {
    fn accepted(self) -> Accepted {
        let (none, types, grants, names_service): (_, &[&str], _, _) = match self {
            Self::Lambda => (false, &["GATEWAY_IAM_ROLE"], ONLY_CLIENT, false),
            Self::ApiGateway => (true, &["GATEWAY_IAM_ROLE", "API_KEY"], ONLY_CLIENT, false),
            Self::McpServer | Self::OpenApi => (true, &["GATEWAY_IAM_ROLE", "OAUTH", "API_KEY"], ALL_GRANTS, true),
            Self::Smithy => (false, &["GATEWAY_IAM_ROLE", "OAUTH"], ONLY_CLIENT, false),
            Self::Connector => (false, &["GATEWAY_IAM_ROLE", "CALLER_IAM_CREDENTIALS"], ONLY_CLIENT, false),
            Self::Runtime => {
                (false, &["GATEWAY_IAM_ROLE", "CALLER_IAM_CREDENTIALS", "OAUTH", "JWT_PASSTHROUGH"], ONLY_CLIENT, false)
            }
            Self::Passthrough => (true, &["GATEWAY_IAM_ROLE", "JWT_PASSTHROUGH", "API_KEY", "OAUTH"], ALL_GRANTS, true),
            Self::InferenceProvider => (true, &["GATEWAY_IAM_ROLE", "API_KEY", "OAUTH"], ALL_GRANTS, true),
            Self::HttpConnector | Self::InferenceConnector => {
                (true, &["GATEWAY_IAM_ROLE", "API_KEY", "OAUTH", "CALLER_IAM_CREDENTIALS"], ALL_GRANTS, false)
            }
        };
        Accepted { none, types, grants, names_service }
    }
}

/// Checks the credentials of a target against its kind and its gateway.
pub(super) fn check(kind: Kind, gateway: &Value, input: &Value) -> Result<(), Refusal> {
    let accepted = kind.accepted();
    let Some(configuration) = list(input, &format!("/{PATH}")).first() else {
        return if accepted.none { Ok(()) } else { refuse("The target needs a credential provider configuration.") };
    };
    let given = text(configuration, "/credentialProviderType").unwrap_or_default();
    if !accepted.types.contains(&given) {
        return refuse(format!("The target does not take credentials of the type {given}."));
    }
    let provider = configuration.get("credentialProvider").and_then(variant);
    match (given, provider) {
        ("OAUTH", Some(("oauthCredentialProvider", provider))) => oauth(&accepted, gateway, provider),
        ("GATEWAY_IAM_ROLE", Some(("iamCredentialProvider", _))) if accepted.names_service => Ok(()),
        ("GATEWAY_IAM_ROLE", None) if accepted.names_service => {
            refuse("GATEWAY_IAM_ROLE needs an iamCredentialProvider with a service.")
        }
        ("CALLER_IAM_CREDENTIALS", None) => caller(gateway),
        ("JWT_PASSTHROUGH", None) if text(gateway, "/authorizerType") == Some("AWS_IAM") => {
            refuse("JWT_PASSTHROUGH needs a gateway whose callers have a token.")
        }
        ("API_KEY", Some(("apiKeyCredentialProvider", _))) | ("GATEWAY_IAM_ROLE" | "JWT_PASSTHROUGH", None) => Ok(()),
        (_, Some((name, _))) => refuse(format!("{given} does not go with the provider {name}.")),
        (_, None) => refuse(format!("{given} needs a credential provider.")),
    }
}

fn oauth(accepted: &Accepted, gateway: &Value, provider: &Value) -> Result<(), Refusal> {
    let grant = text(provider, "/grantType").unwrap_or("CLIENT_CREDENTIALS");
    if !accepted.grants.contains(&grant) {
        return refuse(format!("The target does not take the grant {grant}."));
    }
    if grant != "AUTHORIZATION_CODE" {
        return Ok(());
    }
    if !has(provider, "/defaultReturnUrl") {
        return refuse("The grant AUTHORIZATION_CODE needs a defaultReturnUrl.");
    }
    let versions = list(gateway, "/protocolConfiguration/mcp/supportedVersions");
    // Versions are dates, so they compare as texts.
    if versions.iter().filter_map(Value::as_str).any(|version| version >= "2025-11-25") {
        Ok(())
    } else {
        refuse("The grant AUTHORIZATION_CODE needs a gateway that speaks MCP 2025-11-25 or later.")
    }
}

fn caller(gateway: &Value) -> Result<(), Refusal> {
    match text(gateway, "/authorizerType") {
        Some("AWS_IAM" | "AUTHENTICATE_ONLY") => Ok(()),
        _ => refuse("CALLER_IAM_CREDENTIALS needs a gateway with the authorizer type AWS_IAM or AUTHENTICATE_ONLY."),
    }
}

fn refuse(message: impl Into<String>) -> Result<(), Refusal> {
    Err(Refusal::invalid(PATH, message))
}
