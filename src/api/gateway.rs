//! `Gateway`: an AgentCore gateway.

mod authorizer;
mod call;
mod facts;
mod protocol;
mod targets;

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};

pub use authorizer::{
    AllowedWorkloadConfiguration, AuthorizerConfiguration, AuthorizerType, AuthorizingClaimMatchValue,
    ClaimMatchOperator, ClaimMatchValue, CustomClaimValidation, CustomJwtAuthorizerConfiguration, HostingEnvironment,
    InboundTokenClaimValueType, PrivateEndpointOverride,
};
pub use call::{
    CustomTransformConfiguration, ExceptionLevel, GatewayInterceptionPoint, GatewayInterceptorConfiguration,
    GatewayPolicyEngineConfiguration, GatewayPolicyEngineMode, InterceptorConfiguration, InterceptorInputConfiguration,
    InterceptorPayloadExclusion, InterceptorPayloadExclusionSelector, InterceptorPayloadFilter,
    LambdaInterceptorConfiguration, LambdaTransformConfiguration, WafConfiguration, WafFailureMode,
};
pub use facts::{GatewayFacts, TargetCounts};
pub use protocol::{
    GatewayProtocolConfiguration, GatewayProtocolType, McpGatewayConfiguration, SearchType, SessionConfiguration,
    StreamingConfiguration,
};
pub use targets::{AllowedTargets, Discovery, DiscoveryFrom, TargetNames};

use super::adopt::Adopt;
use super::reference::{AllowedNamespaces, DeletionPolicy, LocalRef};
use super::status::Status;
use super::{rules, schema};

/// What a [`Gateway`] reports.
pub type GatewayStatus = Status<GatewayFacts>;

/// The gateway as it should be in AWS, in the words of AgentCore's CreateGateway, and a few members for Kubernetes. What is set by hand in
/// AWS and not stated here is a difference, and is taken away.
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
    /// `NONE`, not at all (then targets with a private endpoint are refused, unless an interceptor sees the requests). AWS: `authorizerType`.
    pub authorizer_type: AuthorizerType,

    /// Whose tokens are accepted. Required with `authorizerType: CUSTOM_JWT`, refused otherwise. Exactly one member.
    /// AWS: `authorizerConfiguration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorizer_configuration: Option<AuthorizerConfiguration>,

    /// How much callers are told about errors: `DEBUG`, the details. Left out: a generic message. AWS: `exceptionLevel`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception_level: Option<ExceptionLevel>,

    /// The key in KMS that AWS encrypts the gateway's data with: the ARN of a key, not of an alias. Default: a key of AWS's own; removed
    /// here, AWS goes back to that. Example: `arn:aws:kms:us-west-2:111122223333:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9`.
    /// AWS: `kmsKeyArn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048), regex(pattern = schema::KMS_KEY_ARN))]
    #[x_kube(
        validation = rules::matching(schema::KMS_KEY_ARN, "kmsKeyArn is the ARN of a key, like arn:aws:kms:us-west-2:111122223333:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9; not an alias or an id alone")
    )]
    pub kms_key_arn: Option<String>,

    /// Functions that see each call: at most one that sees requests and one that sees responses, or one that sees both. Order does not
    /// matter. Default: none; removed here, they are removed in AWS. AWS: `interceptorConfigurations`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2))]
    #[x_kube(
        validation = Rule::new("['REQUEST', 'RESPONSE'].all(point, self.filter(given, point in given.interceptionPoints).size() <= 1)")
            .message("there can be one interceptor for REQUEST and one for RESPONSE, or one for both")
    )]
    pub interceptor_configurations: Vec<GatewayInterceptorConfiguration>,

    /// The policy engine that decides which calls are allowed. The execution role must be allowed to ask it. Default: none; removed here,
    /// it is detached in AWS. AWS: `policyEngineConfiguration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_engine_configuration: Option<GatewayPolicyEngineConfiguration>,

    /// What becomes of calls while AWS WAF does not answer. AWS takes it by update only: a new gateway is Ready after that. Default: what
    /// AWS chooses. AWS: `wafConfiguration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waf_configuration: Option<WafConfiguration>,

    /// A function that transforms calls. AWS takes it by update only: a new gateway is Ready after that. Default: none; removed here, it is
    /// removed in AWS. AWS: `customTransformConfiguration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_transform_configuration: Option<CustomTransformConfiguration>,

    /// Tags of the gateway in AWS, at most 46. Only keys that the operator applied are ever removed. Keys that start with `aws:` or
    /// `tools.agentcore.dev/` and `BedrockAgentCoreGatewayManaged` are reserved. Default: none. Example: `{team: search}`. AWS: `tags`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::agentcore_tags")]
    pub tags: BTreeMap<String, String>,

    /// Whose `GatewayTarget`s may attach to this gateway. Default: those of its own namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,

    /// What targets of other namespaces may name: hosts, credential providers, secrets, functions, security groups, subnets. It is held
    /// against the complete target, with what was taken from load balancers. One that serves already and names something else is told so,
    /// and is not updated any more. Default: no limit. Example: `{hosts: ["*.internal.example.com"], lambdaArns: []}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_targets: Option<AllowedTargets>,

    /// How targets are named in AWS, and so what stands before the name of each tool: `Any`, by the object's name or `spec.name`;
    /// `NamespacePrefixed`, by namespace, hyphen and name, and a `spec.name` of another namespace has to begin with that namespace and a
    /// hyphen, so that nobody takes a name that others expect somebody else behind. A target that AWS has keeps its name. Default: `Any`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_names: Option<TargetNames>,

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
