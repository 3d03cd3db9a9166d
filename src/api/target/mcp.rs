//! Targets whose tools are tools of the Model Context Protocol.

use std::fmt;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::server_url::ServerUrlFrom;
use super::super::workload::{DocumentFrom, EndpointFrom};
use super::super::{rules, schema};
use super::{ApiGatewayTargetConfiguration, ApiSchemaConfiguration, S3Configuration};

/// Where a target's tools come from. Another kind in the place of the present one needs a new target in AWS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum McpTargetConfiguration {
    /// A REST API: every operation with an `operationId` becomes a tool. Exactly one of `s3`, `inlinePayload` and `inlinePayloadFrom`.
    /// AWS: `openApiSchema`.
    OpenApiSchema(OpenApiSchemaConfiguration),
    /// An AWS service, described by a Smithy model in JSON: every operation becomes a tool. It needs a credential, `GATEWAY_IAM_ROLE` or
    /// `OAUTH`. Exactly one member. AWS: `smithyModel`.
    SmithyModel(ApiSchemaConfiguration),
    /// A Lambda function, and the tools that it implements. It needs the credential `GATEWAY_IAM_ROLE`. AWS: `lambda`.
    Lambda(McpLambdaTargetConfiguration),
    /// An MCP server: its tools are offered as they are. AWS: `mcpServer`.
    McpServer(McpServerTargetConfiguration),
    /// A stage of a REST API in API Gateway: operations that filters select become tools. AWS: `apiGateway`.
    ApiGateway(ApiGatewayTargetConfiguration),
    /// Tools that AWS made. AWS: `connector`.
    Connector(ConnectorTargetConfiguration),
}

/// The document that describes a REST API.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one_of(&["s3", "inlinePayload", "inlinePayloadFrom"]))]
#[x_kube(
    validation = Rule::new("!has(self.serverUrlFrom) || !has(self.s3)")
        .message("serverUrlFrom needs the document itself, to replace its servers; set inlinePayload or inlinePayloadFrom instead of s3")
        .reason(Reason::FieldValueForbidden)
        .field_path(".serverUrlFrom")
)]
pub struct OpenApiSchemaConfiguration {
    /// An object in S3 that holds the document, at most 10 MB; it is read when the target is created or updated. Exactly one of this,
    /// `inlinePayload` and `inlinePayloadFrom`. Example: `{uri: s3://platform-files/agents/openapi.json}`. AWS: `s3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s3: Option<S3Configuration>,

    /// The document itself, an OpenAPI 3.0 or 3.1 document as JSON or YAML text, at most 1 MB. With a private endpoint its `servers`
    /// must name one host. Exactly one of this, `s3` and `inlinePayloadFrom`. AWS: `inlinePayload`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1_048_576))]
    pub inline_payload: Option<String>,

    /// Where the document is kept. Exactly one of this, `s3` and `inlinePayload`.
    /// Example: `{configMapKeyRef: {name: openapi, key: openapi.json}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inline_payload_from: Option<DocumentFrom>,

    /// Where the API is called: replaces the `servers` of the document. Default: the document's own. Example: `{ingressRef: {name: rest-api}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_url_from: Option<ServerUrlFrom>,
}

/// The document is left out: it may be large, and logs are no place for it.
impl fmt::Debug for OpenApiSchemaConfiguration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.inline_payload.as_ref().map(String::len);
        formatter
            .debug_struct("OpenApiSchemaConfiguration")
            .field("s3", &self.s3)
            .field("inline_payload_bytes", &bytes)
            .field("inline_payload_from", &self.inline_payload_from)
            .field("server_url_from", &self.server_url_from)
            .finish()
    }
}

/// A Lambda function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct McpLambdaTargetConfiguration {
    /// The function. Example: `arn:aws:lambda:us-west-2:111122223333:function:order-tools`. AWS: `lambdaArn`.
    #[schemars(length(min = 1, max = 170), regex(pattern = schema::LAMBDA_FUNCTION_ARN))]
    #[x_kube(validation = rules::matching(schema::LAMBDA_FUNCTION_ARN, "lambdaArn is the ARN of a Lambda function, like arn:aws:lambda:us-west-2:111122223333:function:order-tools"))]
    pub lambda_arn: String,

    /// The tools that the function implements. Exactly one member. AWS: `toolSchema`.
    pub tool_schema: ToolSchema,
}

/// The tools that a function implements.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ToolSchema {
    /// An object in S3 that holds them, a JSON list like `inlinePayload`; it is read when the target is created or updated. AWS: `s3`.
    S3(S3Configuration),
    /// The tools themselves, at most 1,000 and 1 MB. AWS: `inlinePayload`.
    InlinePayload(#[schemars(length(min = 1, max = 1000))] Vec<ToolDefinition>),
    /// Where the tools are kept in the cluster, a JSON list like `inlinePayload`; a change of it is one update.
    /// Example: `{configMapKeyRef: {name: order-tools, key: tools.json}}`.
    InlinePayloadFrom(DocumentFrom),
}

/// Of the tools only their number is shown: logs are no place for schemas.
impl fmt::Debug for ToolSchema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InlinePayload(tools) => write!(formatter, "InlinePayload({} tools)", tools.len()),
            Self::S3(object) => write!(formatter, "S3({object:?})"),
            Self::InlinePayloadFrom(from) => write!(formatter, "InlinePayloadFrom({from:?})"),
        }
    }
}

/// One tool of a Lambda function.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToolDefinition {
    /// What the tool is called; agents see `<target>___<name>`, of which 256 characters fit. Example: `get_order`. AWS: `name`.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,

    /// What the tool does, for the agent that chooses one. AWS: `description`.
    #[schemars(length(max = 65_536))]
    pub description: String,

    /// What the tool takes, as a JSON schema of which AWS knows `type`, `properties`, `required`, `items` and `description`, in any depth.
    /// `type` is required, and is one of `string`, `number`, `integer`, `boolean`, `object` and `array`.
    /// Example: `{type: object, properties: {id: {type: string}}, required: [id]}`. AWS: `inputSchema`.
    #[schemars(schema_with = "schema::json_object")]
    pub input_schema: Value,

    /// What the tool answers, as a JSON schema like `inputSchema`. Default: it is not said. AWS: `outputSchema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::json_object")]
    pub output_schema: Option<Value>,
}

/// Only the name is shown, as above.
impl fmt::Debug for ToolDefinition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ToolDefinition").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Tools that are said instead of asked for. AWS: `mcpToolSchema`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum McpToolSchemaConfiguration {
    /// An object in S3 that holds them; it is read when the target is created or updated. AWS: `s3`.
    S3(S3Configuration),
    /// The tools themselves, as JSON text, at most 1 MB. AWS: `inlinePayload`.
    InlinePayload(#[schemars(length(min = 1, max = 1_048_576))] String),
    /// Where the tools are kept in the cluster, as JSON text; a change of it is one update.
    /// Example: `{configMapKeyRef: {name: mcp-tools, key: tools.json}}`.
    InlinePayloadFrom(DocumentFrom),
}

impl McpToolSchemaConfiguration {
    /// Where the tools come from, when they are not said outright.
    #[must_use]
    pub fn inline_payload_from(&self) -> Option<&DocumentFrom> {
        match self {
            Self::InlinePayloadFrom(from) => Some(from),
            Self::S3(_) | Self::InlinePayload(_) => None,
        }
    }
}

/// The document is left out, as above.
impl fmt::Debug for McpToolSchemaConfiguration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InlinePayload(document) => write!(formatter, "InlinePayload({} bytes)", document.len()),
            Self::S3(object) => write!(formatter, "S3({object:?})"),
            Self::InlinePayloadFrom(from) => write!(formatter, "InlinePayloadFrom({from:?})"),
        }
    }
}

/// An MCP server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one_of(&["endpoint", "endpointFrom"]))]
#[x_kube(
    validation = Rule::new("!has(self.mcpToolSchema) || !has(self.listingMode) || self.listingMode != 'DYNAMIC'")
        .message("tools that are said in mcpToolSchema are not asked for at each listing; remove it, or set listingMode: DEFAULT")
        .field_path(".mcpToolSchema")
)]
pub struct McpServerTargetConfiguration {
    /// Where the server is called, over HTTPS, with a certificate that a public authority vouches for (or the one of
    /// `certificateConfigurations`). Exactly one of this and `endpointFrom`.
    /// Example: `https://internal.example.com/mcp-server/mcp`. AWS: `endpoint`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048), regex(pattern = r"^https://.*$"))]
    #[x_kube(
        validation = Rule::new("self.startsWith('https://')")
            .message("endpoint must start with https://, because AgentCore calls MCP servers over TLS only")
    )]
    #[x_kube(
        validation = Rule::new("!self.startsWith('https://') || (isURL(self) && url(self).getHostname() != '')")
            .message("endpoint must be a URL with a host, like https://internal.example.com/mcp")
    )]
    #[x_kube(
        validation = Rule::new("!self.matches('^https://[^/?#]*@') && !self.contains('#')")
            .message("endpoint carries neither a user, a password nor a fragment; credentials go into credentialProviderConfigurations")
    )]
    pub endpoint: Option<String>,

    /// The object in the cluster whose load balancer serves the endpoint. Exactly one of this and `endpoint`.
    /// Example: `{ingressRef: {name: mcp-server}, path: /mcp}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_from: Option<EndpointFrom>,

    /// When the server is asked for its tools: `DEFAULT`, at synchronization; `DYNAMIC`, whenever an agent lists them (not on gateways
    /// with semantic search). Left out: what AWS chooses, and it is left as AWS reports it. AWS: `listingMode`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listing_mode: Option<ListingMode>,

    /// Whose resource wins when several servers offer the same URI: the lower number, 0 to 1000. Left out: 1000, chosen by AWS.
    /// AWS: `resourcePriority`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1000))]
    pub resource_priority: Option<i32>,

    /// Tools that are said here instead of asked for: AWS then does not read the server's own. Exactly one member. Left out: the server is
    /// asked. Example: `{s3: {uri: s3://platform-files/agents/tools.json}}`. AWS: `mcpToolSchema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mcp_tool_schema: Option<McpToolSchemaConfiguration>,
}

/// When an MCP server is asked for its tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum ListingMode {
    /// At synchronization.
    Default,
    /// Whenever an agent lists them.
    Dynamic,
}

/// Tools that AWS made, for one of its own services.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorTargetConfiguration {
    /// Which connector. AWS: `source`.
    pub source: ConnectorSource,

    /// The names of the tools that are offered, at most 50; order does not matter. Left out or empty: all of them.
    /// Example: `[retrieve]`. AWS: `enabled`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50), inner(length(min = 1, max = 256)))]
    pub enabled: Vec<String>,

    /// What is set for single tools, at most 50 entries. Left out or empty: nothing. AWS: `configurations`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 50))]
    pub configurations: Vec<ConnectorConfiguration>,
}

/// A connector.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorSource {
    /// The connector's id, 1 to 256 characters. Example: `bedrock-knowledge-bases`. AWS: `connectorId`.
    #[schemars(length(min = 1, max = 256))]
    pub connector_id: String,

    /// The connector's version. Left out: the latest, chosen by AWS, and it is left as AWS reports it. Example: `1.1.0`. AWS: `version`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 5, max = 32), regex(pattern = schema::CONNECTOR_VERSION))]
    #[x_kube(validation = rules::matching(schema::CONNECTOR_VERSION, "version has three numbers, like 1.1.0"))]
    pub version: Option<String>,
}

/// What is set for one tool of a connector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorConfiguration {
    /// The tool: at most 64 letters, digits, hyphens and underscores, a letter first. Example: `retrieve`. AWS: `name`.
    #[schemars(length(max = 64), regex(pattern = schema::CONNECTOR_NAME))]
    pub name: String,

    /// What the tool does, for the agent that chooses one, at most 2000 characters. Default: the connector's own words.
    /// AWS: `description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2000))]
    pub description: Option<String>,

    /// Values of the tool's parameters that agents cannot choose, as any JSON. Default: none.
    /// Example: `{knowledgeBaseId: KB12345678}`. AWS: `parameterValues`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::json")]
    pub parameter_values: Option<Value>,

    /// How parameters are shown to agents, at most 100 entries. Left out or empty: as the connector has them.
    /// AWS: `parameterOverrides`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub parameter_overrides: Vec<ConnectorParameterOverride>,
}

/// How one parameter is shown to agents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorParameterOverride {
    /// The parameter, as a JSON pointer. Example: `/numberOfResults`. AWS: `path`.
    #[schemars(length(max = 1024))]
    pub path: String,

    /// What the parameter is for. Default: the connector's own words. AWS: `description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2000))]
    pub description: Option<String>,

    /// Whether agents see the parameter. Default: what AWS chooses. AWS: `visible`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible: Option<bool>,
}
