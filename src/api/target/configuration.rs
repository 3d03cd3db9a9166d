//! What serves the tools: which kinds of targets there are, and what several of them have in common.

use std::{borrow::Cow, fmt};

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::server_url::ServerUrlFrom;
use super::super::workload::{DocumentFrom, EndpointFrom};
use super::super::{rules, schema};
use super::{
    HttpTargetConfiguration, InferenceTargetConfiguration, McpServerTargetConfiguration, McpTargetConfiguration,
    ToolSchema,
};

/// What serves the tools, or whatever else agents call through the gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TargetConfiguration {
    /// Tools of the Model Context Protocol. Exactly one member. AWS: `mcp`.
    Mcp(McpTargetConfiguration),
    /// HTTP as it is, for gateways without `protocolType`; agents call `<gateway>/<target>/<path>`. Exactly one member. AWS: `http`.
    Http(HttpTargetConfiguration),
    /// Language models, for gateways without `protocolType`. Exactly one member. AWS: `inference`.
    Inference(InferenceTargetConfiguration),
}

impl TargetConfiguration {
    /// The MCP server, where it is one.
    #[must_use]
    pub fn mcp_server(&self) -> Option<&McpServerTargetConfiguration> {
        match self {
            Self::Mcp(McpTargetConfiguration::McpServer(server)) => Some(server),
            Self::Mcp(_) | Self::Http(_) | Self::Inference(_) => None,
        }
    }

    /// Where the endpoint comes from, when it is not said outright.
    #[must_use]
    pub fn endpoint_from(&self) -> Option<Cow<'_, EndpointFrom>> {
        let said = match self {
            Self::Mcp(McpTargetConfiguration::McpServer(server)) => server.endpoint_from.as_ref(),
            Self::Mcp(McpTargetConfiguration::OpenApiSchema(_)) => return self.server_url_from()?.endpoint_from(),
            Self::Http(HttpTargetConfiguration::Passthrough(passthrough)) => passthrough.endpoint_from.as_ref(),
            Self::Inference(InferenceTargetConfiguration::Provider(provider)) => provider.endpoint_from.as_ref(),
            Self::Mcp(_) | Self::Http(_) | Self::Inference(_) => None,
        };
        said.map(Cow::Borrowed)
    }

    /// Where a REST API is called, when its document does not say it.
    #[must_use]
    pub fn server_url_from(&self) -> Option<&ServerUrlFrom> {
        match self {
            Self::Mcp(McpTargetConfiguration::OpenApiSchema(schema)) => schema.server_url_from.as_ref(),
            Self::Mcp(_) | Self::Http(_) | Self::Inference(_) => None,
        }
    }

    /// Where the document comes from, when it is not said outright.
    #[must_use]
    pub fn document_from(&self) -> Option<&DocumentFrom> {
        match self {
            Self::Mcp(McpTargetConfiguration::OpenApiSchema(schema)) => schema.inline_payload_from.as_ref(),
            Self::Mcp(McpTargetConfiguration::SmithyModel(schema)) => schema.inline_payload_from(),
            Self::Mcp(McpTargetConfiguration::Lambda(lambda)) => match &lambda.tool_schema {
                ToolSchema::InlinePayloadFrom(from) => Some(from),
                ToolSchema::S3(_) | ToolSchema::InlinePayload(_) => None,
            },
            Self::Mcp(McpTargetConfiguration::McpServer(server)) => {
                server.mcp_tool_schema.as_ref()?.inline_payload_from()
            }
            Self::Http(HttpTargetConfiguration::AgentcoreRuntime(runtime)) => {
                runtime.schema.as_ref()?.source.inline_payload_from()
            }
            Self::Http(HttpTargetConfiguration::Passthrough(passthrough)) => {
                passthrough.schema.as_ref()?.source.inline_payload_from()
            }
            Self::Mcp(_) | Self::Http(_) | Self::Inference(_) => None,
        }
    }
}

/// A document that describes an API.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ApiSchemaConfiguration {
    /// An object in S3 that holds it, at most 10 MB; it is read when the target is created or updated. AWS: `s3`.
    S3(S3Configuration),
    /// The document itself, at most 1 MB. AWS: `inlinePayload`.
    InlinePayload(#[schemars(length(min = 1, max = 1_048_576))] String),
    /// Where the document is kept in the cluster; a change of it is one update.
    /// Example: `{configMapKeyRef: {name: model, key: model.json}}`.
    InlinePayloadFrom(DocumentFrom),
}

impl ApiSchemaConfiguration {
    /// Where the document comes from, when it is not said outright.
    #[must_use]
    pub fn inline_payload_from(&self) -> Option<&DocumentFrom> {
        match self {
            Self::InlinePayloadFrom(from) => Some(from),
            Self::S3(_) | Self::InlinePayload(_) => None,
        }
    }
}

/// The document is left out: it may be large, and logs are no place for it.
impl fmt::Debug for ApiSchemaConfiguration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InlinePayload(document) => write!(formatter, "InlinePayload({} bytes)", document.len()),
            Self::S3(object) => write!(formatter, "S3({object:?})"),
            Self::InlinePayloadFrom(from) => write!(formatter, "InlinePayloadFrom({from:?})"),
        }
    }
}

/// An object in S3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct S3Configuration {
    /// The object. Example: `s3://platform-files/agents/tools.json`. AWS: `uri`.
    #[schemars(length(max = 2048), regex(pattern = schema::S3_URI))]
    #[x_kube(validation = rules::matching(schema::S3_URI, "uri names an object in S3, like s3://platform-files/agents/tools.json"))]
    pub uri: String,

    /// The account that must own the bucket, 12 digits. Default: it is not checked. Example: `"111122223333"`.
    /// AWS: `bucketOwnerAccountId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 12), regex(pattern = schema::ACCOUNT_ID))]
    pub bucket_owner_account_id: Option<String>,
}

/// Where the certificates of a private authority are kept, in PEM. The gateway's execution role must be allowed to read them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CertificateConfiguration {
    /// In S3; the role needs `s3:GetObject`. AWS: `s3`.
    S3(S3Configuration),
    /// In a secret; the role needs `secretsmanager:GetSecretValue`. AWS: `secretsManager`.
    SecretsManager(SecretsManagerCertificateConfiguration),
}

/// A secret that holds certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretsManagerCertificateConfiguration {
    /// The secret. Example: `arn:aws:secretsmanager:us-west-2:111122223333:secret:private-ca-AbCdEf`. AWS: `secretArn`.
    #[schemars(length(max = 2048), regex(pattern = schema::SECRET_ARN))]
    #[x_kube(validation = rules::matching(schema::SECRET_ARN, "secretArn is the ARN of a secret in Secrets Manager"))]
    pub secret_arn: String,
}
