//! Whether a target and its gateway fit together: what AWS refuses of the two, and what the gateway's owner does. Judged from the complete
//! target, as AWS would get it; of a gateway that is no object here nothing is known, and AWS decides.
//!
//! | the gateway | the target | then |
//! |---|---|---|
//! | lets everybody in, and no interceptor sees requests | has a private endpoint | `InboundAuthRequired` |
//! | asks for a token, or for nothing | `CALLER_IAM_CREDENTIALS` | `Invalid` |
//! | asks for a signature of a principal that may call | `JWT_PASSTHROUGH` | `Invalid` |
//! | any | `JWT_PASSTHROUGH`, and is no HTTP target | `Invalid` |
//! | takes MCP targets only | is an HTTP or inference target | `Invalid` |
//! | searches for tools | `listingMode: DYNAMIC` | `Invalid` |
//! | names only MCP versions before consent was in them | grant `AUTHORIZATION_CODE` | `Invalid` |
//! | has sessions of its own | passes `Mcp-Session-Id` on | `Invalid` |
//! | limits targets of other namespaces | names something else | `RefNotPermitted` |

use aws_sdk_bedrockagentcorecontrol::{operation::update_gateway_target::UpdateGatewayTargetInput, types as sdk};

use crate::{
    api::{
        AuthorizerType, GatewayInterceptionPoint, GatewayProtocolConfiguration, GatewayProtocolType, GatewaySpec,
        SearchType,
    },
    plan::{Hold, Reason},
};

/// The first version of MCP in which a person can be asked for consent.
const WITH_CONSENT: &str = "2025-11-25";

/// What stands between a gateway, as people name it, and a target that is whole.
pub(super) fn misfit(gateway: &GatewaySpec, title: &str, target: &UpdateGatewayTargetInput) -> Option<Hold> {
    open_to_everybody(gateway, title, target).or_else(|| {
        let rules = [callers_credentials, callers_token, protocol, listing, consent, sessions];
        let complaint = rules.into_iter().find_map(|rule| rule(gateway, title, target))?;
        Some(Hold::stalled(Reason::Invalid, complaint))
    })
}

/// AWS attaches no private endpoint to a gateway that lets everybody in.
fn open_to_everybody(gateway: &GatewaySpec, title: &str, target: &UpdateGatewayTargetInput) -> Option<Hold> {
    let sees_requests = gateway
        .interceptor_configurations
        .iter()
        .any(|interceptor| interceptor.interception_points.contains(&GatewayInterceptionPoint::Request));
    let open = gateway.authorizer_type == AuthorizerType::None && !sees_requests;
    (open && target.private_endpoint.is_some()).then(|| {
        Hold::stalled(
            Reason::InboundAuthRequired,
            format!(
                "{title} lets everybody in (authorizerType NONE), and AWS attaches no private endpoint to such a gateway; give it another \
                 authorizerType, or an interceptor for REQUEST"
            ),
        )
    })
}

fn sessions(gateway: &GatewaySpec, title: &str, target: &UpdateGatewayTargetInput) -> Option<String> {
    let Some(GatewayProtocolConfiguration::Mcp(mcp)) = &gateway.protocol_configuration else { return None };
    mcp.session_configuration.as_ref()?;
    let metadata = target.metadata_configuration.as_ref()?;
    let headers = metadata.allowed_request_headers().iter().chain(metadata.allowed_response_headers());
    let mut of_sessions = headers.filter(|header| header.eq_ignore_ascii_case("mcp-session-id"));
    of_sessions.next().map(|header| {
        format!(
            "{title} keeps sessions of its own (sessionConfiguration), so {header} is not passed on; remove it from metadataConfiguration, or \
             sessionConfiguration from the gateway"
        )
    })
}

fn callers_credentials(gateway: &GatewaySpec, title: &str, target: &UpdateGatewayTargetInput) -> Option<String> {
    let has_callers = [AuthorizerType::AwsIam, AuthorizerType::AuthenticateOnly].contains(&gateway.authorizer_type);
    (asks_for(target, &sdk::CredentialProviderType::CallerIamCredentials) && !has_callers).then(|| {
        format!(
            "CALLER_IAM_CREDENTIALS passes on the caller's AWS identity, and callers of {title} have none; give the gateway authorizerType \
             AWS_IAM or AUTHENTICATE_ONLY, or the target another credential provider"
        )
    })
}

/// Whether callers have a token with `AUTHENTICATE_ONLY` AWS's own pages disagree about: there AWS decides.
fn callers_token(gateway: &GatewaySpec, title: &str, target: &UpdateGatewayTargetInput) -> Option<String> {
    if !asks_for(target, &sdk::CredentialProviderType::JwtPassthrough) {
        return None;
    }
    if !matches!(target.target_configuration, Some(sdk::TargetConfiguration::Http(_))) {
        return Some(
            "JWT_PASSTHROUGH is for targets under http only; give the target another credential provider".to_owned(),
        );
    }
    (gateway.authorizer_type == AuthorizerType::AwsIam).then(|| {
        format!(
            "JWT_PASSTHROUGH passes on the caller's token, and callers of {title} sign their requests instead (authorizerType AWS_IAM); give \
             the gateway authorizerType CUSTOM_JWT, or the target another credential provider"
        )
    })
}

fn protocol(gateway: &GatewaySpec, title: &str, target: &UpdateGatewayTargetInput) -> Option<String> {
    let only_mcp = gateway.protocol_type == Some(GatewayProtocolType::Mcp);
    let other = match target.target_configuration {
        Some(sdk::TargetConfiguration::Http(_)) => "http",
        Some(sdk::TargetConfiguration::Inference(_)) => "inference",
        _ => return None,
    };
    only_mcp.then(|| {
        format!(
            "{title} takes MCP targets only (protocolType MCP, which cannot change), and this one is under {other}; attach it to a gateway \
             without protocolType"
        )
    })
}

fn listing(gateway: &GatewaySpec, title: &str, target: &UpdateGatewayTargetInput) -> Option<String> {
    let GatewayProtocolConfiguration::Mcp(mcp) = gateway.protocol_configuration.as_ref()?;
    let server = target.target_configuration.as_ref()?.as_mcp().ok()?.as_mcp_server().ok()?;
    (mcp.search_type == Some(SearchType::Semantic) && server.listing_mode == Some(sdk::ListingMode::Dynamic)).then(|| {
        format!(
            "{title} searches for tools (searchType SEMANTIC, which cannot change), and listingMode DYNAMIC gives it none to search; set \
             listingMode to DEFAULT, or attach the target to a gateway without searchType"
        )
    })
}

/// Only what the spec says is certain: which versions AWS chooses may change.
fn consent(gateway: &GatewaySpec, title: &str, target: &UpdateGatewayTargetInput) -> Option<String> {
    let GatewayProtocolConfiguration::Mcp(mcp) = gateway.protocol_configuration.as_ref()?;
    let versions = &mcp.supported_versions;
    let too_old = !versions.is_empty() && versions.iter().all(|version| version.as_str() < WITH_CONSENT);
    let asks = credentials(target).any(|credential| {
        let oauth =
            credential.credential_provider.as_ref().and_then(|provider| provider.as_oauth_credential_provider().ok());
        oauth.is_some_and(|oauth| oauth.grant_type == sdk::OAuthGrantType::AuthorizationCode)
    });
    (asks && too_old).then(|| {
        format!(
            "The grant AUTHORIZATION_CODE asks a person for consent, which MCP knows since {WITH_CONSENT}, and {title} speaks older versions \
             only; add {WITH_CONSENT} to its protocolConfiguration.mcp.supportedVersions"
        )
    })
}

fn credentials(target: &UpdateGatewayTargetInput) -> impl Iterator<Item = &sdk::CredentialProviderConfiguration> {
    target.credential_provider_configurations.iter().flatten()
}

fn asks_for(target: &UpdateGatewayTargetInput, type_: &sdk::CredentialProviderType) -> bool {
    credentials(target).any(|credential| credential.credential_provider_type == *type_)
}

#[cfg(test)]
mod tests;
