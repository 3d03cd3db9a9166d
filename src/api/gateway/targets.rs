//! Who and what may become a target of a gateway.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::{rules, schema};

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

/// What targets of other namespaces may name, as patterns in which `*` stands for any text. A member that is given limits, also when it is
/// empty: then nothing of its sort may be named. A member that is left out does not limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AllowedTargets {
    /// Hosts that may be called, in lower case and without ports: of an `endpoint`, of every server of an OpenAPI document, of a load
    /// balancer's name given in `endpointFrom` or `serverUrlFrom`, of a REST API in API Gateway. Where the document of an API is not at
    /// hand (in S3, or a Smithy model), its hosts cannot be read and are not allowed. Default: no limit.
    /// Example: `["*.internal.example.com"]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 253), regex(pattern = schema::HOST_PATTERN)))]
    pub hosts: Option<Vec<String>>,

    /// ARNs of credential providers that may be used. Default: no limit.
    /// Example: `["arn:aws:bedrock-agentcore:*:*:token-vault/default/apikeycredentialprovider/team-*"]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 512)))]
    pub provider_arns: Option<Vec<String>>,

    /// ARNs of secrets whose certificates may be trusted. Default: no limit.
    /// Example: `["arn:aws:secretsmanager:*:*:secret:private-ca-*"]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 512)))]
    pub secret_arns: Option<Vec<String>>,

    /// ARNs of Lambda functions that may serve tools. Default: no limit. Example: `["arn:aws:lambda:*:*:function:tools-*"]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 512)))]
    pub lambda_arns: Option<Vec<String>>,

    /// Security groups that a managed private endpoint may have, the operator's default ones included. Default: no limit.
    /// Example: `[sg-0a1b2c3d4e5f60b02]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 256)))]
    pub security_group_ids: Option<Vec<String>>,

    /// Subnets that a managed private endpoint may lie in. Default: no limit. Example: `[subnet-0a1b2c3d4e5f60a01]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), inner(length(min = 1, max = 256)))]
    pub subnet_ids: Option<Vec<String>>,
}

/// How targets of a gateway are named in AWS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(description = "")]
pub enum TargetNames {
    /// As they like.
    #[default]
    Any,
    /// With their namespace before the name.
    NamespacePrefixed,
}
