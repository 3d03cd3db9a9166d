//! What kinds of targets there are.

use serde_json::Value;

use super::super::json::{text, variant};

/// The kind of a target: which variant of `targetConfiguration` it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::aws) enum Kind {
    OpenApi,
    Smithy,
    Lambda,
    McpServer,
    ApiGateway,
    Connector,
    Runtime,
    Passthrough,
    HttpConnector,
    InferenceConnector,
    InferenceProvider,
}

impl Kind {
    /// The kind of the target that a request or a description is about.
    pub(in crate::aws) fn of(target: &Value) -> Option<Self> {
        let (family, configuration) = variant(target.get("targetConfiguration")?)?;
        let (name, _) = variant(configuration)?;
        Some(match (family, name) {
            ("mcp", "openApiSchema") => Self::OpenApi,
            ("mcp", "smithyModel") => Self::Smithy,
            ("mcp", "lambda") => Self::Lambda,
            ("mcp", "mcpServer") => Self::McpServer,
            ("mcp", "apiGateway") => Self::ApiGateway,
            ("mcp", "connector") => Self::Connector,
            ("http", "agentcoreRuntime") => Self::Runtime,
            ("http", "passthrough") => Self::Passthrough,
            ("http", "connector") => Self::HttpConnector,
            ("inference", "connector") => Self::InferenceConnector,
            ("inference", "provider") => Self::InferenceProvider,
            _ => return None,
        })
    }

    /// The name in lists. For inference connectors the model has none.
    pub(in crate::aws) fn target_type(self) -> Option<&'static str> {
        Some(match self {
            Self::OpenApi => "OPEN_API_SCHEMA",
            Self::Smithy => "SMITHY_MODEL",
            Self::Lambda => "LAMBDA",
            Self::McpServer => "MCP_SERVER",
            Self::ApiGateway => "API_GATEWAY",
            Self::Connector => "CONNECTOR",
            Self::Runtime => "AGENTCORE_RUNTIME",
            Self::Passthrough => "PASSTHROUGH",
            Self::HttpConnector => "HTTP_CONNECTOR",
            Self::InferenceProvider => "PROVIDER",
            Self::InferenceConnector => return None,
        })
    }

    /// The protocol in descriptions. For inference targets it is not known.
    pub(in crate::aws) fn protocol(self) -> Option<&'static str> {
        match self {
            Self::OpenApi | Self::Smithy | Self::Lambda | Self::McpServer | Self::ApiGateway | Self::Connector => {
                Some("MCP")
            }
            Self::Runtime | Self::Passthrough | Self::HttpConnector => Some("HTTP"),
            Self::InferenceConnector | Self::InferenceProvider => None,
        }
    }

    /// True for targets that a gateway with the protocol type MCP may have.
    pub(in crate::aws) fn is_mcp(self) -> bool {
        self.protocol() == Some("MCP")
    }

    /// True for targets that can be reached through a VPC. The guide does not list providers of models; they are seen working.
    pub(in crate::aws) fn may_be_private(self) -> bool {
        matches!(self, Self::OpenApi | Self::McpServer | Self::Passthrough | Self::InferenceProvider)
    }

    /// True for targets whose certificate may come from a private authority.
    pub(in crate::aws) fn may_name_an_authority(self) -> bool {
        matches!(self, Self::OpenApi | Self::McpServer | Self::Passthrough)
    }
}

/// The address that a target calls, for the kinds that have one.
pub(super) fn endpoint(target: &Value) -> Option<&str> {
    ["mcp/mcpServer", "http/passthrough", "inference/provider"]
        .iter()
        .find_map(|path| text(target, &format!("/targetConfiguration/{path}/endpoint")))
}
