//! The protocol that a gateway speaks.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The protocol of a gateway's targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum GatewayProtocolType {
    /// Model Context Protocol targets only.
    Mcp,
}

/// Settings of a gateway's protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum GatewayProtocolConfiguration {
    /// Settings of the Model Context Protocol. AWS: `mcp`.
    Mcp(McpGatewayConfiguration),
}

/// How a gateway speaks the Model Context Protocol.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct McpGatewayConfiguration {
    /// The protocol versions that callers may use; order does not matter. Left out: what AWS chooses, and it is left as AWS reports it.
    /// Example: `["2025-06-18", "2025-11-25"]`. AWS: `supportedVersions`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(min = 1, max = 64)))]
    pub supported_versions: Vec<String>,

    /// What the gateway tells agents about its use, 1 to 2048 characters. Default: none. AWS: `instructions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    pub instructions: Option<String>,

    /// Whether agents can search for tools: `SEMANTIC`, by meaning. Left out: no search. Set once; AWS takes it when the gateway is
    /// created and never after. AWS: `searchType`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search_type: Option<SearchType>,

    /// How long sessions last. Default: what AWS chooses. AWS: `sessionConfiguration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_configuration: Option<SessionConfiguration>,

    /// Whether responses are streamed. Default: what AWS chooses. AWS: `streamingConfiguration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub streaming_configuration: Option<StreamingConfiguration>,

    /// `true`: `tools/list` answers with all tools at once instead of page by page. Default: `false`.
    /// AWS: `disableMcpListToolsPagination`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disable_mcp_list_tools_pagination: Option<bool>,
}

/// How agents can search for tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum SearchType {
    /// By meaning.
    Semantic,
}

/// How long MCP sessions last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionConfiguration {
    /// After how many seconds a session ends, 900 to 28800. Default: 3600, chosen by AWS. AWS: `sessionTimeoutInSeconds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 900, max = 28800))]
    pub session_timeout_in_seconds: Option<i32>,
}

/// Whether responses are streamed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct StreamingConfiguration {
    /// `true`: responses are streamed to the caller while the target produces them. Default: `false`. AWS: `enableResponseStreaming`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enable_response_streaming: Option<bool>,
}
