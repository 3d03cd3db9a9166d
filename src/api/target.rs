//! `GatewayTarget`: what serves tools behind an AgentCore gateway.

mod facts;

use std::fmt;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use facts::{GatewayTargetFacts, LastFailure, ManagedResourceDetails};

use super::adopt::Adopt;
use super::private_endpoint::PrivateEndpoint;
use super::reference::{DeletionPolicy, Ref};
use super::status::Status;
use super::workload::{DocumentFrom, EndpointFrom, PreflightPolicy, Sync, WorkloadRef};
use super::{rules, schema};

/// What a [`GatewayTarget`] reports.
pub type GatewayTargetStatus = Status<GatewayTargetFacts>;

/// The target as it should be in AWS, in the words of AgentCore's CreateGatewayTarget, and a few members for Kubernetes.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "tools.agentcore.dev",
    version = "v1alpha1",
    kind = "GatewayTarget",
    plural = "gatewaytargets",
    shortname = "acgwt",
    category = "agentcore",
    namespaced,
    status = "GatewayTargetStatus",
    derive = "PartialEq",
    doc = "A target of an Amazon Bedrock AgentCore gateway: an MCP server or a REST API whose operations become tools.",
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Reason", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].reason"#),
    printcolumn(name = "Gateway", type_ = "string", json_path = ".spec.gatewayRef.name"),
    printcolumn(name = "Tools", type_ = "integer", json_path = ".status.toolCount"),
    printcolumn(name = "Type", type_ = "string", json_path = ".status.targetType", priority = 1),
    printcolumn(name = "Endpoint", type_ = "string", json_path = ".status.endpoint", priority = 1),
    printcolumn(name = "ID", type_ = "string", json_path = ".status.targetId", priority = 1),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#,
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    selectable = ".spec.gatewayRef.name",
    selectable = ".spec.gatewayRef.namespace",
    selectable = ".spec.gatewayIdentifier",
    selectable = ".spec.privateEndpoint.selfManagedLatticeResource.resourceConfigurationRef.name"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::immutable("name"))]
#[x_kube(validation = rules::adopts_one())]
#[x_kube(validation = rules::adopts_its_name())]
#[x_kube(validation = rules::immutable("gatewayRef"))]
#[x_kube(validation = rules::immutable("gatewayIdentifier"))]
#[x_kube(validation = rules::exactly_one_of(&["gatewayRef", "gatewayIdentifier"]))]
#[x_kube(
    validation = Rule::new(
        "!has(self.privateEndpoint) || !has(self.privateEndpoint.managedVpcResource) || \
         (has(self.targetConfiguration.mcp.mcpServer) && has(self.targetConfiguration.mcp.mcpServer.endpointFrom)) || \
         (has(self.targetConfiguration.mcp.openApiSchema) && has(self.targetConfiguration.mcp.openApiSchema.serverUrlFrom)) || \
         (has(self.privateEndpoint.managedVpcResource.vpcIdentifier) && has(self.privateEndpoint.managedVpcResource.subnetIds) && \
         has(self.privateEndpoint.managedVpcResource.endpointIpAddressType))"
    )
    .message("privateEndpoint.managedVpcResource needs vpcIdentifier, subnetIds and endpointIpAddressType, unless endpointFrom or serverUrlFrom names a load balancer to take them from")
    .reason(Reason::FieldValueRequired)
    .field_path(".privateEndpoint")
)]
#[x_kube(
    validation = Rule::new("!has(self.certificateConfigurations) || size(self.certificateConfigurations) == 0 || has(self.privateEndpoint) || \
         (has(self.targetConfiguration.mcp.mcpServer) && has(self.targetConfiguration.mcp.mcpServer.endpointFrom)) || \
         (has(self.targetConfiguration.mcp.openApiSchema) && has(self.targetConfiguration.mcp.openApiSchema.serverUrlFrom))")
        .message("certificateConfigurations go with a privateEndpoint only; a public endpoint needs a certificate that a public authority vouches for")
        .reason(Reason::FieldValueForbidden)
        .field_path(".certificateConfigurations")
)]
pub struct GatewayTargetSpec {
    /// The target's name in AWS: letters, digits and single hyphens, unique on its gateway. Agents see it in front of every tool,
    /// `<target>___<tool>`. Set once. Default: the object's name made legal. AWS: `name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200), regex(pattern = schema::TARGET_NAME))]
    #[x_kube(
        validation = rules::matching(schema::TARGET_NAME, "a target's name has letters, digits and single hyphens only, 100 letters and digits at most")
    )]
    pub name: Option<String>,

    /// What the target is for, 1 to 173 characters; in AWS, where 200 fit, the mark of who owns the target follows after it.
    /// Default: none; removed here, it is removed in AWS. AWS: `description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 173))]
    pub description: Option<String>,

    /// The `Gateway` that the target belongs to; waited for until it is ready. Exactly one of this and `gatewayIdentifier`. Set once.
    /// Example: `{name: agents, namespace: platform}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_ref: Option<Ref>,

    /// The id of a gateway that is not an object here; it must match the operator's `--allowed-external-ids`. Exactly one of this and
    /// `gatewayRef`. Set once. Example: `agents-abcde12345`. AWS: `gatewayIdentifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256), regex(pattern = schema::GATEWAY_ID))]
    #[x_kube(
        validation = Rule::new("!self.startsWith('arn:')")
            .message("gatewayIdentifier is the id of a gateway, like agents-abcde12345: the part of its ARN after gateway/")
    )]
    #[x_kube(
        validation = Rule::new(format!("self.startsWith('arn:') || self.matches('{}')", schema::GATEWAY_ID))
            .message("gatewayIdentifier is the id of a gateway, like agents-abcde12345: its name, a hyphen and 10 characters")
    )]
    pub gateway_identifier: Option<String>,

    /// What serves the tools. Exactly one member. AWS: `targetConfiguration`.
    pub target_configuration: TargetConfiguration,

    /// How the gateway proves itself to the endpoint, at most one entry. Left out or empty: not at all.
    /// AWS: `credentialProviderConfigurations`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1))]
    pub credential_provider_configurations: Vec<CredentialProviderConfiguration>,

    /// How AgentCore reaches an endpoint inside a VPC. Exactly one member. Left out: the endpoint is called over the internet; but where
    /// `endpointFrom` or `serverUrlFrom` names an internal load balancer, `{managedVpcResource: {}}` is meant. AWS: `privateEndpoint`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_endpoint: Option<PrivateEndpoint>,

    /// The authority that vouches for a private endpoint's certificate, where no public one does; at most one entry. Left out or empty:
    /// only public authorities are trusted.
    /// Example: `[{secretsManager: {secretArn: "arn:aws:secretsmanager:us-west-2:111122223333:secret:private-ca-AbCdEf"}}]`.
    /// AWS: `certificateConfigurations`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1))]
    pub certificate_configurations: Vec<CertificateConfiguration>,

    /// What becomes of it when the operator calls the server and it fails: `Enforce`, it is not registered; `Report`, it is only told, in
    /// condition `Preflight`; `Skip`, the server is not called. A server that the operator cannot reach is registered all the same.
    /// Default: `Enforce`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preflight: Option<PreflightPolicy>,

    /// Whose pods serve the endpoint. Default: where it is certain, those behind the one Service that host and path of the Ingress or
    /// HTTPRoute lead to, or those of the Service referred to; where it is not certain, nothing is said of pods.
    /// Example: `{kind: Deployment, name: mcp-server}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_ref: Option<WorkloadRef>,

    /// When AWS is asked to read the tools of an MCP server again. Default: `{mode: OnChange, interval: 10m, maxPerHour: 6}`.
    /// Example: `{mode: OnRollout}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync: Option<Sync>,

    /// What becomes of the target in AWS when this object is deleted: `Delete` or `Retain`. May be changed while it is being deleted.
    /// Default: `Delete`, but `Retain` for what was taken over by `adopt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,

    /// A target that exists in AWS and is taken over instead of made. Default: one is made. Example: `{name: eks-mcp-server}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopt: Option<Adopt>,

    /// `true`: nothing is changed in AWS and the condition `Suspended` says so; deletion goes on all the same. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

/// What serves the tools.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum TargetConfiguration {
    /// Tools of the Model Context Protocol. Exactly one member. AWS: `mcp`.
    Mcp(McpTargetConfiguration),
}

/// Where a target's tools come from. Another kind in the place of the present one needs a new target in AWS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum McpTargetConfiguration {
    /// A REST API: every operation with an `operationId` becomes a tool. Exactly one member. AWS: `openApiSchema`.
    OpenApiSchema(ApiSchemaConfiguration),
    /// An MCP server: its tools are offered as they are. AWS: `mcpServer`.
    McpServer(McpServerTargetConfiguration),
}

/// The document that describes a REST API.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one_of(&["inlinePayload", "inlinePayloadFrom"]))]
pub struct ApiSchemaConfiguration {
    /// The document itself, an OpenAPI 3.0 or 3.1 document as JSON or YAML text, at most 1 MB. With a private endpoint its `servers`
    /// must name one host. Exactly one of this and `inlinePayloadFrom`. AWS: `inlinePayload`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1_048_576))]
    pub inline_payload: Option<String>,

    /// Where the document is kept. Exactly one of this and `inlinePayload`.
    /// Example: `{configMapKeyRef: {name: openapi, key: openapi.json}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inline_payload_from: Option<DocumentFrom>,

    /// Where the API is called: replaces the `servers` of the document. Default: the document's own. Example: `{ingressRef: {name: rest-api}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_url_from: Option<EndpointFrom>,
}

/// The document is left out: it may be large, and logs are no place for it.
impl fmt::Debug for ApiSchemaConfiguration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.inline_payload.as_ref().map(String::len);
        formatter
            .debug_struct("ApiSchemaConfiguration")
            .field("inline_payload_bytes", &bytes)
            .field("inline_payload_from", &self.inline_payload_from)
            .field("server_url_from", &self.server_url_from)
            .finish()
    }
}

/// Tools that are said instead of asked for. AWS: `mcpToolSchema`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum McpToolSchemaConfiguration {
    /// The tools themselves, as JSON text, at most 1 MB. AWS: `inlinePayload`.
    InlinePayload(#[schemars(length(min = 1, max = 1_048_576))] String),
    /// An object in S3 that holds them; it is read when the target is created or updated. AWS: `s3`.
    S3(S3Configuration),
}

/// The document is left out, as above.
impl fmt::Debug for McpToolSchemaConfiguration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InlinePayload(document) => write!(formatter, "InlinePayload({} bytes)", document.len()),
            Self::S3(object) => write!(formatter, "S3({object:?})"),
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

/// An MCP server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one_of(&["endpoint", "endpointFrom"]))]
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

/// How a gateway proves itself to a target's endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new(
        "self.credentialProviderType != 'API_KEY' || \
         (has(self.credentialProvider) && has(self.credentialProvider.apiKeyCredentialProvider))"
    )
    .message("credentialProviderType API_KEY needs credentialProvider.apiKeyCredentialProvider")
    .reason(Reason::FieldValueRequired)
    .field_path(".credentialProvider")
)]
pub struct CredentialProviderConfiguration {
    /// What is shown to the endpoint: `API_KEY`, a key from AgentCore Identity. AWS: `credentialProviderType`.
    pub credential_provider_type: CredentialProviderType,

    /// Where the credential comes from. Exactly one member. Required with `API_KEY`. AWS: `credentialProvider`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_provider: Option<CredentialProvider>,
}

/// What is shown to a target's endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum CredentialProviderType {
    /// An API key.
    ApiKey,
}

/// Where a credential comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CredentialProvider {
    /// An API key credential provider of AgentCore Identity. AWS: `apiKeyCredentialProvider`.
    ApiKeyCredentialProvider(ApiKeyCredentialProvider),
}

/// An API key, and how it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyCredentialProvider {
    /// The credential provider that keeps the key.
    /// Example: `arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/apikeycredentialprovider/eks-api`.
    /// AWS: `providerArn`.
    #[schemars(length(max = 2048), regex(pattern = schema::API_KEY_PROVIDER_ARN))]
    #[x_kube(
        validation = rules::matching(
            schema::API_KEY_PROVIDER_ARN,
            "providerArn is the ARN of an API key credential provider of AgentCore Identity, which ends in token-vault/default/apikeycredentialprovider/<name>; it is not the ARN of a secret",
        )
    )]
    pub provider_arn: String,

    /// The name of the header or query parameter that carries the key, 1 to 64 characters. Default: what AWS chooses.
    /// Example: `x-api-key`. AWS: `credentialParameterName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub credential_parameter_name: Option<String>,

    /// What stands before the key, 1 to 64 characters. Left out: nothing does. Example: `Bearer`. AWS: `credentialPrefix`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub credential_prefix: Option<String>,

    /// Where the key is put: `HEADER` or `QUERY_PARAMETER`. Default: what AWS chooses. AWS: `credentialLocation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_location: Option<ApiKeyCredentialLocation>,
}

/// Where an API key is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum ApiKeyCredentialLocation {
    /// In a header of the request.
    Header,
    /// In the request's query.
    QueryParameter,
}
