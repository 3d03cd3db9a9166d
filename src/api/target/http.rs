//! Targets that are called over HTTP as they are.

use std::{collections::BTreeMap, fmt};

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::workload::EndpointFrom;
use super::super::{rules, schema};
use super::ApiSchemaConfiguration;

/// What is called over HTTP. Another kind in the place of the present one needs a new target in AWS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::large_enum_variant, reason = "a target has one of them, and it is not moved around")]
pub enum HttpTargetConfiguration {
    /// An agent in AgentCore Runtime. AWS: `agentcoreRuntime`.
    AgentcoreRuntime(RuntimeTargetConfiguration),
    /// Any endpoint that speaks HTTP. AWS: `passthrough`.
    Passthrough(PassthroughTargetConfiguration),
    /// A service of AWS. AWS: `connector`.
    Connector(HttpConnectorTargetConfiguration),
}

/// An agent in AgentCore Runtime.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeTargetConfiguration {
    /// The agent. Example: `arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/orders-a1b2c3d4e5`. AWS: `arn`.
    #[schemars(length(min = 1, max = 256), regex(pattern = schema::RUNTIME_ARN))]
    #[x_kube(validation = rules::matching(schema::RUNTIME_ARN, "arn is the ARN of an agent in AgentCore Runtime, like arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/orders-a1b2c3d4e5"))]
    pub arn: String,

    /// Which version or endpoint of the agent is called, by its number or name. Default: its default endpoint. Example: `DEFAULT`.
    /// AWS: `qualifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256), regex(pattern = schema::RUNTIME_QUALIFIER))]
    pub qualifier: Option<String>,

    /// What the agent takes and answers. Default: it is not said. AWS: `schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<HttpApiSchemaConfiguration>,
}

/// What an endpoint takes and answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpApiSchemaConfiguration {
    /// The document that describes it. Exactly one member. AWS: `source`.
    pub source: ApiSchemaConfiguration,
}

/// Any endpoint that speaks HTTP.
#[derive(Clone, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one_of(&["endpoint", "endpointFrom"]))]
pub struct PassthroughTargetConfiguration {
    /// Where requests are forwarded to, over HTTPS, with a certificate that a public authority vouches for (or the one of
    /// `certificateConfigurations`). Exactly one of this and `endpointFrom`. Example: `https://internal.example.com/orders`.
    /// AWS: `endpoint`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048), regex(pattern = schema::PASSTHROUGH_ENDPOINT))]
    #[x_kube(validation = rules::matching(schema::PASSTHROUGH_ENDPOINT, schema::PASSTHROUGH_ENDPOINT_IN_WORDS))]
    pub endpoint: Option<String>,

    /// The object in the cluster whose load balancer serves the endpoint. Exactly one of this and `endpoint`.
    /// Example: `{ingressRef: {name: orders}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_from: Option<EndpointFrom>,

    /// What the endpoint speaks: `MCP`, `A2A`, `INFERENCE` or `CUSTOM`. AWS: `protocolType`.
    pub protocol_type: PassthroughProtocolType,

    /// What the endpoint takes and answers. Default: it is not said. AWS: `schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<HttpApiSchemaConfiguration>,

    /// How requests of one session come to one target. Default: each goes its own way. AWS: `stickinessConfiguration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stickiness_configuration: Option<StickinessConfiguration>,

    /// Query parameters that every request gets, at most 100; names of 1 to 128 letters, digits and `_.-`, values without control
    /// characters. Default: none. Example: `{"api-version": "2025-01-01"}`. AWS: `staticQueryParameters`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::static_query_parameters")]
    pub static_query_parameters: BTreeMap<String, String>,

    /// Whose value counts when a request has such a parameter already: `CLIENT_OVERRIDE`, the request's; `STATIC_OVERRIDE`, that of
    /// `staticQueryParameters`. Left out: what AWS chooses, and it is left as AWS reports it.
    /// AWS: `staticQueryParameterConflictResolution`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub static_query_parameter_conflict_resolution: Option<StaticQueryParameterConflictResolution>,
}

/// The values of query parameters are left out: some are keys.
impl fmt::Debug for PassthroughTargetConfiguration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PassthroughTargetConfiguration")
            .field("endpoint", &self.endpoint)
            .field("endpoint_from", &self.endpoint_from)
            .field("protocol_type", &self.protocol_type)
            .field("schema", &self.schema)
            .field("stickiness_configuration", &self.stickiness_configuration)
            .field("static_query_parameters", &self.static_query_parameters.keys())
            .finish_non_exhaustive()
    }
}

/// What a passthrough endpoint speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum PassthroughProtocolType {
    /// The Model Context Protocol.
    Mcp,
    /// Agent to agent.
    #[serde(rename = "A2A")]
    A2A,
    /// The API of a language model.
    Inference,
    /// Anything else.
    Custom,
}

/// Whose value of a query parameter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum StaticQueryParameterConflictResolution {
    /// The request's.
    ClientOverride,
    /// The target's.
    StaticOverride,
}

/// How requests of one session are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct StickinessConfiguration {
    /// Where a request says which session it belongs to, 1 to 256 characters. Example: `$context.header.x-session-id`. AWS: `identifier`.
    #[schemars(length(min = 1, max = 256))]
    pub identifier: String,

    /// After how many seconds without a request a session is forgotten, 1 to 86400. Left out: what AWS chooses, and it is left as AWS
    /// reports it. AWS: `timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 86_400))]
    pub timeout: Option<i32>,

    /// What else requests of one session have in common, at most 5 entries of 1 to 256 characters; order does not matter. Default: nothing.
    /// Example: `[$context.header.x-tenant-id]`. AWS: `compositeIdentifier`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5), inner(length(min = 1, max = 256)))]
    pub composite_identifier: Vec<String>,
}

/// A service of AWS that is called over HTTP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpConnectorTargetConfiguration {
    /// Which connector. AWS: `source`.
    pub source: HttpConnectorSource,

    /// What of the service is called, at most 10 parameters; names of 1 to 128 letters, digits, hyphens and underscores, a letter first,
    /// values of 1 to 1024 characters. Default: none. Example: `{memoryId: orders-a1b2c3d4e5}`. AWS: `parameters`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::connector_parameters")]
    pub parameters: BTreeMap<String, String>,
}

/// A connector for HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpConnectorSource {
    /// The connector's id, 1 to 256 characters. Example: `bedrock-agentcore-memory`. AWS: `connectorId`.
    #[schemars(length(min = 1, max = 256))]
    pub connector_id: String,
}
