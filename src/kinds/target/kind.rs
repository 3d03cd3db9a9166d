//! Which kind a target is of: what the spec asks for, and what AWS has.

use aws_sdk_bedrockagentcorecontrol::types as sdk;

use crate::api::{
    GatewayTargetFacts, GatewayTargetSpec, HttpTargetConfiguration, InferenceTargetConfiguration, ListingMode,
    McpTargetConfiguration, TargetConfiguration,
};

/// A kind of target. A target cannot become one of another kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    OpenApiSchema,
    SmithyModel,
    Lambda,
    McpServer,
    ApiGateway,
    McpConnector,
    AgentcoreRuntime,
    Passthrough,
    HttpConnector,
    InferenceConnector,
    InferenceProvider,
}

impl Kind {
    /// What the spec asks for.
    pub(super) fn wanted(configuration: &TargetConfiguration) -> Self {
        match configuration {
            TargetConfiguration::Mcp(McpTargetConfiguration::OpenApiSchema(_)) => Self::OpenApiSchema,
            TargetConfiguration::Mcp(McpTargetConfiguration::SmithyModel(_)) => Self::SmithyModel,
            TargetConfiguration::Mcp(McpTargetConfiguration::Lambda(_)) => Self::Lambda,
            TargetConfiguration::Mcp(McpTargetConfiguration::McpServer(_)) => Self::McpServer,
            TargetConfiguration::Mcp(McpTargetConfiguration::ApiGateway(_)) => Self::ApiGateway,
            TargetConfiguration::Mcp(McpTargetConfiguration::Connector(_)) => Self::McpConnector,
            TargetConfiguration::Http(HttpTargetConfiguration::AgentcoreRuntime(_)) => Self::AgentcoreRuntime,
            TargetConfiguration::Http(HttpTargetConfiguration::Passthrough(_)) => Self::Passthrough,
            TargetConfiguration::Http(HttpTargetConfiguration::Connector(_)) => Self::HttpConnector,
            TargetConfiguration::Inference(InferenceTargetConfiguration::Connector(_)) => Self::InferenceConnector,
            TargetConfiguration::Inference(InferenceTargetConfiguration::Provider(_)) => Self::InferenceProvider,
        }
    }

    /// What AWS has; `None`: a kind that this version does not know.
    #[expect(clippy::wildcard_enum_match_arm, reason = "AWS adds kinds")]
    pub(super) fn held(configuration: &sdk::TargetConfiguration) -> Option<Self> {
        use sdk::{
            HttpTargetConfiguration as Http, InferenceTargetConfiguration as Inference, McpTargetConfiguration as Mcp,
        };
        Some(match configuration {
            sdk::TargetConfiguration::Mcp(Mcp::OpenApiSchema(_)) => Self::OpenApiSchema,
            sdk::TargetConfiguration::Mcp(Mcp::SmithyModel(_)) => Self::SmithyModel,
            sdk::TargetConfiguration::Mcp(Mcp::Lambda(_)) => Self::Lambda,
            sdk::TargetConfiguration::Mcp(Mcp::McpServer(_)) => Self::McpServer,
            sdk::TargetConfiguration::Mcp(Mcp::ApiGateway(_)) => Self::ApiGateway,
            sdk::TargetConfiguration::Mcp(Mcp::Connector(_)) => Self::McpConnector,
            sdk::TargetConfiguration::Http(Http::AgentcoreRuntime(_)) => Self::AgentcoreRuntime,
            sdk::TargetConfiguration::Http(Http::Passthrough(_)) => Self::Passthrough,
            sdk::TargetConfiguration::Http(Http::Connector(_)) => Self::HttpConnector,
            sdk::TargetConfiguration::Inference(Inference::Connector(_)) => Self::InferenceConnector,
            sdk::TargetConfiguration::Inference(Inference::Provider(_)) => Self::InferenceProvider,
            _ => return None,
        })
    }

    /// AWS's word in its lists; for connectors to language models it has none.
    pub(super) fn word(self) -> Option<&'static str> {
        Some(match self {
            Self::OpenApiSchema => "OPEN_API_SCHEMA",
            Self::SmithyModel => "SMITHY_MODEL",
            Self::Lambda => "LAMBDA",
            Self::McpServer => "MCP_SERVER",
            Self::ApiGateway => "API_GATEWAY",
            Self::McpConnector => "CONNECTOR",
            Self::AgentcoreRuntime => "AGENTCORE_RUNTIME",
            Self::Passthrough => "PASSTHROUGH",
            Self::HttpConnector => "HTTP_CONNECTOR",
            Self::InferenceProvider => "PROVIDER",
            Self::InferenceConnector => return None,
        })
    }

    /// Why nothing is said of the way to the target's endpoint, when no address is known.
    pub(super) fn without_address(self) -> &'static str {
        match self {
            Self::OpenApiSchema => "The document names no address that could be looked at",
            Self::McpServer | Self::Passthrough | Self::InferenceProvider => {
                "The endpoint is no address that could be looked at"
            }
            Self::SmithyModel
            | Self::Lambda
            | Self::ApiGateway
            | Self::McpConnector
            | Self::AgentcoreRuntime
            | Self::HttpConnector
            | Self::InferenceConnector => {
                "A target of this kind is called inside AWS, and has no endpoint that could be looked at"
            }
        }
    }

    /// The kind for people: AWS's word, or where the spec says it.
    pub(super) fn title(self) -> &'static str {
        self.word().unwrap_or("inference.connector")
    }
}

/// Where the gateway calls: the address of a server, or the first server of an OpenAPI document.
#[expect(clippy::wildcard_enum_match_arm, reason = "AWS adds kinds; other kinds have no address of their own")]
pub(super) fn endpoint_of(configuration: &sdk::TargetConfiguration) -> Option<String> {
    match configuration {
        sdk::TargetConfiguration::Mcp(sdk::McpTargetConfiguration::McpServer(server)) => Some(server.endpoint.clone()),
        sdk::TargetConfiguration::Mcp(sdk::McpTargetConfiguration::OpenApiSchema(schema)) => {
            let document: serde_json::Value = serde_json::from_str(schema.as_inline_payload().ok()?).ok()?;
            document.pointer("/servers/0/url").and_then(|url| url.as_str()).map(str::to_owned)
        }
        sdk::TargetConfiguration::Http(sdk::HttpTargetConfiguration::Passthrough(passthrough)) => {
            Some(passthrough.endpoint.clone())
        }
        sdk::TargetConfiguration::Inference(sdk::InferenceTargetConfiguration::Provider(provider)) => {
            Some(provider.endpoint.clone())
        }
        _ => None,
    }
}

/// When AWS asks an MCP server for its tools, in AWS's word.
pub(super) fn listing_mode(configuration: &sdk::TargetConfiguration) -> Option<String> {
    let server = configuration.as_mcp().ok()?.as_mcp_server().ok()?;
    server.listing_mode.as_ref().map(|mode| mode.as_str().to_owned())
}

/// Whether AWS asks the server whenever an agent lists its tools. Where the spec is silent AWS keeps the mode that it has, as status tells it.
pub(super) fn lists_dynamically(spec: &GatewayTargetSpec, facts: &GatewayTargetFacts) -> bool {
    let Some(server) = spec.target_configuration.mcp_server() else { return false };
    let held = || facts.listing_mode.as_deref() == Some(sdk::ListingMode::Dynamic.as_str());
    server.listing_mode.map_or_else(held, |said| said == ListingMode::Dynamic)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{from_value, json};

    use super::*;
    use crate::{kinds::target::tests::samples::specs, overlay::Overlay};

    proptest! {
        /// What was made for a spec is of the kind that the spec asks for, whichever that is.
        #[test]
        fn a_spec_and_what_is_made_of_it_are_of_one_kind(spec in specs()) {
            let made = spec.state().unwrap().target_configuration.unwrap();
            prop_assert_eq!(Kind::held(&made), Some(Kind::wanted(&spec.target_configuration)));
        }
    }

    #[test]
    fn a_mode_of_listing_is_the_one_that_is_said_or_else_the_one_that_aws_has() {
        // | the spec says | AWS has | AWS asks at every listing |
        let table = [
            (Some("DYNAMIC"), None, true),
            (Some("DYNAMIC"), Some("DEFAULT"), true),
            (Some("DEFAULT"), Some("DYNAMIC"), false),
            (None, Some("DYNAMIC"), true),
            (None, Some("DEFAULT"), false),
            (None, None, false),
        ];
        for (said, held, expected) in table {
            let server = json!({"endpoint": "https://a.example.com", "listingMode": said});
            let spec: GatewayTargetSpec =
                from_value(json!({"targetConfiguration": {"mcp": {"mcpServer": server}}})).unwrap();
            let facts = GatewayTargetFacts { listing_mode: held.map(str::to_owned), ..GatewayTargetFacts::default() };
            assert_eq!(lists_dynamically(&spec, &facts), expected, "{said:?} {held:?}");
        }
    }

    /// The words of AWS's lists, by its own type.
    #[test]
    fn every_word_is_one_of_aws() {
        let all = [
            Kind::OpenApiSchema,
            Kind::SmithyModel,
            Kind::Lambda,
            Kind::McpServer,
            Kind::McpConnector,
            Kind::AgentcoreRuntime,
            Kind::Passthrough,
            Kind::HttpConnector,
            Kind::InferenceProvider,
        ];
        for kind in all {
            let word = kind.word().unwrap();
            assert!(sdk::TargetType::values().contains(&word), "{word}");
            assert_eq!(kind.title(), word);
        }
        assert_eq!((Kind::InferenceConnector.word(), Kind::InferenceConnector.title()), (None, "inference.connector"));
    }
}
