//! `GatewayTarget`: what serves tools behind an AgentCore gateway.

mod api_gateway;
mod configuration;
mod credentials;
mod facts;
mod fit;
mod http;
mod inference;
mod mcp;
mod metadata;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

pub use api_gateway::{
    ApiGatewayTargetConfiguration, ApiGatewayToolConfiguration, ApiGatewayToolFilter, ApiGatewayToolOverride,
    OperationNames, RestApiMethod,
};
pub use configuration::{
    ApiSchemaConfiguration, CertificateConfiguration, S3Configuration, SecretsManagerCertificateConfiguration,
    TargetConfiguration,
};
pub use credentials::{
    ApiKeyCredentialLocation, ApiKeyCredentialProvider, CredentialProvider, CredentialProviderConfiguration,
    CredentialProviderType, IamCredentialProvider, OAuthCredentialProvider, OAuthGrantType,
};
pub use facts::{GatewayTargetFacts, LastFailure, ManagedNetwork, ManagedResourceDetails, PendingAuthorization};
pub use http::{
    HttpApiSchemaConfiguration, HttpConnectorSource, HttpConnectorTargetConfiguration, HttpTargetConfiguration,
    PassthroughProtocolType, PassthroughTargetConfiguration, RuntimeTargetConfiguration,
    StaticQueryParameterConflictResolution, StickinessConfiguration,
};
pub use inference::{
    InferenceConnectorSource, InferenceConnectorTargetConfiguration, InferenceOperationConfiguration,
    InferenceProviderTargetConfiguration, InferenceTargetConfiguration, ModelEntry, ModelMapping, ProviderPrefix,
};
pub use mcp::{
    ConnectorConfiguration, ConnectorParameterOverride, ConnectorSource, ConnectorTargetConfiguration, ListingMode,
    McpLambdaTargetConfiguration, McpServerTargetConfiguration, McpTargetConfiguration, McpToolSchemaConfiguration,
    OpenApiSchemaConfiguration, ToolDefinition, ToolSchema,
};
pub use metadata::MetadataConfiguration;

use super::adopt::Adopt;
use super::private_endpoint::PrivateEndpoint;
use super::reference::{DeletionPolicy, Ref};
use super::status::Status;
use super::workload::{PreflightPolicy, Sync, WorkloadRef};
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
    doc = "A target of an Amazon Bedrock AgentCore gateway: an MCP server, an API or a function whose operations become tools, or what is called over HTTP as it is.",
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
#[x_kube(validation = fit::network_is_whole())]
#[x_kube(validation = fit::kinds_without_private_endpoint())]
#[x_kube(validation = fit::stages_without_private_endpoint())]
#[x_kube(validation = fit::routing_domain_needs_a_managed_network())]
#[x_kube(validation = fit::certificates_need_a_private_endpoint())]
#[x_kube(validation = fit::kinds_without_certificates())]
#[x_kube(validation = fit::lambda_credential())]
#[x_kube(validation = fit::smithy_credential())]
#[x_kube(validation = fit::credentials_of_mcp())]
#[x_kube(validation = fit::credentials_of_stages())]
#[x_kube(validation = fit::credentials_of_connectors())]
#[x_kube(validation = fit::credentials_of_runtimes())]
#[x_kube(validation = fit::credentials_of_inference())]
#[x_kube(validation = fit::grants())]
#[x_kube(validation = fit::service_is_needed())]
#[x_kube(validation = fit::service_is_known())]
pub struct GatewayTargetSpec {
    /// The target's name in AWS: letters, digits and single hyphens, unique on its gateway. Agents see it in front of every tool,
    /// `<target>___<tool>`. Set once. Default: the object's name made legal, behind its namespace where the gateway's `targetNames` says so.
    /// AWS: `name`.
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

    /// How the gateway proves itself to the endpoint, at most one entry. Left out or empty: not at all, which Lambda functions and Smithy
    /// models do not take. AWS: `credentialProviderConfigurations`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1))]
    pub credential_provider_configurations: Vec<CredentialProviderConfiguration>,

    /// Headers and query parameters that are passed on. Default: none. AWS: `metadataConfiguration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_configuration: Option<MetadataConfiguration>,

    /// How AgentCore reaches an endpoint inside a VPC: that of an MCP server, of an API with an OpenAPI document, of a passthrough target or
    /// of a provider of models. Exactly one member. Left out: the endpoint is called over the internet; but where
    /// `endpointFrom` or `serverUrlFrom` names an internal load balancer or a private REST API, `{managedVpcResource: {}}` is meant. AWS: `privateEndpoint`.
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
