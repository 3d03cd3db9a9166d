//! `Gateway`: an AgentCore gateway.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::adopt::Adopt;
use super::reference::{AllowedNamespaces, DeletionPolicy, LocalRef};
use super::status::Status;
use super::{rules, schema};

/// What a [`Gateway`] reports.
pub type GatewayStatus = Status<GatewayFacts>;

/// The gateway as it should be in AWS, in the words of AgentCore's CreateGateway, and a few members for Kubernetes.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "tools.agentcore.dev",
    version = "v1alpha1",
    kind = "Gateway",
    plural = "gateways",
    shortname = "acgw",
    category = "agentcore",
    namespaced,
    status = "GatewayStatus",
    derive = "PartialEq",
    doc = "An Amazon Bedrock AgentCore gateway: one MCP endpoint for agents, behind which GatewayTargets serve tools.",
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Reason", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].reason"#),
    printcolumn(name = "Endpoint", type_ = "string", json_path = ".status.gatewayUrl"),
    printcolumn(name = "Targets", type_ = "integer", json_path = ".status.targets.total"),
    printcolumn(name = "ID", type_ = "string", json_path = ".status.gatewayId", priority = 1),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#,
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    selectable = ".spec.roleArn"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::immutable("name"))]
#[x_kube(validation = rules::adopts_one())]
#[x_kube(validation = rules::adopts_its_name())]
#[x_kube(validation = rules::immutable("protocolType"))]
#[x_kube(validation = rules::immutable("protocolConfiguration.mcp.searchType"))]
#[x_kube(
    validation = Rule::new("self.authorizerType != 'CUSTOM_JWT' || has(self.authorizerConfiguration)")
        .message("authorizerType CUSTOM_JWT needs authorizerConfiguration.customJWTAuthorizer")
        .reason(Reason::FieldValueRequired)
        .field_path(".authorizerConfiguration")
)]
#[x_kube(
    validation = Rule::new("self.authorizerType == 'CUSTOM_JWT' || !has(self.authorizerConfiguration)")
        .message("authorizerConfiguration goes with authorizerType CUSTOM_JWT only; remove it or set authorizerType: CUSTOM_JWT")
        .reason(Reason::FieldValueForbidden)
        .field_path(".authorizerConfiguration")
)]
pub struct GatewaySpec {
    /// The gateway's name in AWS: letters, digits and single hyphens, unique in the account and region. Set once. Default: the object's
    /// name made legal. AWS: `name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 96), regex(pattern = schema::GATEWAY_NAME))]
    #[x_kube(
        validation = rules::matching(schema::GATEWAY_NAME, "a gateway's name has letters, digits and single hyphens only, 48 letters and digits at most")
    )]
    pub name: Option<String>,

    /// What the gateway is for, 1 to 200 characters. Default: none; removed here, it is removed in AWS. AWS: `description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub description: Option<String>,

    /// The IAM role that the gateway works as. The operator needs `iam:PassRole` for it, and it may be limited by the operator's
    /// `--allowed-role-arns`. Example: `arn:aws:iam::111122223333:role/AgentCoreGatewayRole`. AWS: `roleArn`.
    #[schemars(length(max = 2048), regex(pattern = schema::ROLE_ARN))]
    #[x_kube(
        validation = rules::matching(schema::ROLE_ARN, "roleArn is the ARN of an IAM role, like arn:aws:iam::111122223333:role/AgentCoreGatewayRole")
    )]
    pub role_arn: String,

    /// The protocol of the gateway's targets: `MCP`, MCP targets only. Left out: MCP and HTTP targets. Set once; may be added where it
    /// was silent. AWS: `protocolType`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol_type: Option<GatewayProtocolType>,

    /// Settings of the protocol. Exactly one member. AWS: `protocolConfiguration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol_configuration: Option<GatewayProtocolConfiguration>,

    /// How callers prove who they are: `CUSTOM_JWT`, a token of the issuer in `authorizerConfiguration`; `AWS_IAM`, a signed request of a
    /// principal that may invoke the gateway; `AUTHENTICATE_ONLY`, a signed request of any AWS principal, nothing is decided here;
    /// `NONE`, not at all (then targets with a private endpoint are refused). AWS: `authorizerType`.
    pub authorizer_type: AuthorizerType,

    /// Whose tokens are accepted. Required with `authorizerType: CUSTOM_JWT`, refused otherwise. Exactly one member.
    /// AWS: `authorizerConfiguration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorizer_configuration: Option<AuthorizerConfiguration>,

    /// How much callers are told about errors: `DEBUG`, the details. Left out: a generic message. AWS: `exceptionLevel`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception_level: Option<ExceptionLevel>,

    /// Tags of the gateway in AWS, at most 46. Only keys that the operator applied are ever removed. Keys that start with `aws:` or
    /// `tools.agentcore.dev/` and `BedrockAgentCoreGatewayManaged` are reserved. Default: none. Example: `{team: search}`. AWS: `tags`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::agentcore_tags")]
    pub tags: BTreeMap<String, String>,

    /// Whose `GatewayTarget`s may attach to this gateway. Default: those of its own namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,

    /// Which annotated Services, Ingresses and HTTPRoutes become targets of this gateway without a `GatewayTarget` of their own. Default:
    /// none. Example: `{from: Selector, selector: {matchLabels: {agentcore: "yes"}}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovery: Option<Discovery>,

    /// A ConfigMap of this namespace that the operator writes and owns: the gateway's `url`, `id`, `arn` and `region`, so that an
    /// agent's Deployment can refer to them. Default: none is written. Example: `{name: agents}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_config_map: Option<LocalRef>,

    /// Whether the gateway is made again, with a new id and address, when somebody deletes it in AWS. Default: `false`, the object says
    /// `Gone` and nothing is created behind your back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recreate: Option<bool>,

    /// What becomes of the gateway in AWS when this object is deleted: `Delete` or `Retain`. May be changed while it is being deleted.
    /// Default: `Delete`, but `Retain` for what was taken over by `adopt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,

    /// A gateway that exists in AWS and is taken over instead of made. Default: one is made. Example: `{name: agents}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopt: Option<Adopt>,

    /// `true`: nothing is changed in AWS and the condition `Suspended` says so; deletion goes on all the same. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

/// Which annotated objects become targets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::selector_where_it_is_read())]
#[x_kube(validation = rules::no_selector_elsewhere())]
pub struct Discovery {
    /// Where annotated objects are looked for: `None`, nowhere; `Same`, the gateway's own namespace; `All`, every namespace; `Selector`, the
    /// gateway's own namespace and those whose labels match `selector`. Default: `None`.
    #[serde(default)]
    pub from: DiscoveryFrom,

    /// Which namespaces, by their labels. Required with `from: Selector`, refused otherwise. An empty selector selects every namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::label_selector")]
    pub selector: Option<LabelSelector>,

    /// Which of the annotations that decide about safety are honoured: `tools.agentcore.dev/security-group-ids`,
    /// `tools.agentcore.dev/preflight`, `tools.agentcore.dev/allow-internet-facing`, or the same without what stands before the slash.
    /// Whoever may edit a Service in those namespaces may then use them. Default: none of them. Example: `[security-group-ids]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8), inner(length(max = 64)))]
    #[x_kube(
        validation = rules::all_matching(schema::GUARDED_ANNOTATION, "annotations are security-group-ids, preflight and allow-internet-facing, with or without tools.agentcore.dev/ before them")
    )]
    pub annotations: Vec<String>,
}

/// Where annotated objects are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(description = "")]
pub enum DiscoveryFrom {
    /// Nowhere.
    #[default]
    None,
    /// In the gateway's own namespace.
    Same,
    /// In every namespace.
    All,
    /// In namespaces whose labels match a selector.
    Selector,
}

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

/// How callers of a gateway prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum AuthorizerType {
    /// With a token of an OpenID Connect or OAuth issuer.
    CustomJwt,
    /// With a signed AWS request, of a principal that may invoke the gateway.
    AwsIam,
    /// Not at all.
    None,
    /// With a signed AWS request, of any principal.
    AuthenticateOnly,
}

/// Whose tokens a gateway accepts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum AuthorizerConfiguration {
    /// Tokens of one OpenID Connect or OAuth issuer. AWS: `customJWTAuthorizer`.
    #[serde(rename = "customJWTAuthorizer")]
    CustomJwtAuthorizer(CustomJwtAuthorizerConfiguration),
}

/// Which tokens of which issuer a gateway accepts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new(
        "[has(self.allowedAudience) && size(self.allowedAudience) > 0, \
         has(self.allowedClients) && size(self.allowedClients) > 0, \
         has(self.allowedScopes) && size(self.allowedScopes) > 0].exists(given, given)"
    )
    .message("at least one of allowedAudience, allowedClients, allowedScopes is required; without one every token of the issuer would do")
)]
pub struct CustomJwtAuthorizerConfiguration {
    /// Where the issuer describes itself: an address that ends in `/.well-known/openid-configuration` or
    /// `/.well-known/oauth-authorization-server`.
    /// Example: `https://cognito-idp.us-west-2.amazonaws.com/us-west-2_AbC/.well-known/openid-configuration`. AWS: `discoveryUrl`.
    #[schemars(length(max = 2048), regex(pattern = schema::DISCOVERY_URL))]
    #[x_kube(
        validation = rules::matching(
            schema::DISCOVERY_URL,
            "discoveryUrl ends in /.well-known/openid-configuration or /.well-known/oauth-authorization-server; it is not the issuer alone",
        )
    )]
    pub discovery_url: String,

    /// Accepted values of the token's `aud` claim; order does not matter. Empty means the same as left out. AWS: `allowedAudience`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), inner(length(min = 1, max = 1024)))]
    pub allowed_audience: Vec<String>,

    /// Accepted values of the token's `client_id` claim; order does not matter. Empty means the same as left out.
    /// AWS: `allowedClients`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), inner(length(min = 1, max = 1024)))]
    pub allowed_clients: Vec<String>,

    /// Scopes of which the token must carry one; order does not matter. Empty means the same as left out. AWS: `allowedScopes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), inner(length(min = 1, max = 255), regex(pattern = r"^[\x21\x23-\x5B\x5D-\x7E]+$")))]
    pub allowed_scopes: Vec<String>,
}

/// How much callers are told about errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum ExceptionLevel {
    /// The details.
    Debug,
}

/// What users may rely on of a [`Gateway`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayFacts {
    /// The gateway's id. Example: `agents-abcde12345`. AWS: `gatewayId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub gateway_id: Option<String>,

    /// The gateway's ARN. AWS: `gatewayArn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub gateway_arn: Option<String>,

    /// Where agents call the gateway.
    /// Example: `https://agents-abcde12345.gateway.bedrock-agentcore.us-west-2.amazonaws.com/mcp`. AWS: `gatewayUrl`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub gateway_url: Option<String>,

    /// AWS's own word for the gateway's state: `CREATING`, `READY`, `UPDATING`, `UPDATE_UNSUCCESSFUL`, `FAILED`, `DELETING`.
    /// AWS: `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub aws_status: Option<String>,

    /// AWS's own explanation of that state. AWS: `statusReasons`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), inner(length(max = 4096)))]
    pub status_reasons: Vec<String>,

    /// The workload identity that AWS made for the gateway; it goes with the gateway.
    /// AWS: `workloadIdentityDetails.workloadIdentityArn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub workload_identity_arn: Option<String>,

    /// How many `GatewayTarget`s refer to this gateway; followed at most every 30 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<TargetCounts>,
}

/// How many targets refer to a gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TargetCounts {
    /// All of them.
    pub total: u32,

    /// Those whose condition `Ready` is True.
    pub ready: u32,
}
