//! From a workload in the cluster to an endpoint: which object's load balancer serves it, whose pods stand behind it, and how the
//! operator follows them.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{rules, schema};

/// What the name of a load balancer looks like, for people.
pub(super) const LOAD_BALANCER_IN_WORDS: &str =
    "loadBalancerHostname is one of the hostnames in the object's status.loadBalancer, in lower case";

/// What a host looks like, for people.
pub(super) const HOST_IN_WORDS: &str =
    "host is a DNS name in lower case, like internal.example.com; without scheme, port or path";

/// Names an object whose load balancer serves an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoadBalancedRef {
    /// The name of the object referred to. Example: `nginx-ingress-nlb`.
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::OBJECT_NAME))]
    pub name: String,

    /// The namespace of the object referred to. Default: the namespace of the object that refers. Another namespace has to agree, by a
    /// `ReferenceGrant` there or by the annotation `tools.agentcore.dev/allowed-namespaces` on the object referred to.
    /// Example: `ingress-nginx`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = schema::NAMESPACE_NAME))]
    pub namespace: Option<String>,
}

/// Names a Gateway of the Gateway API: a parent of an HTTPRoute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ParentRef {
    /// The name of the parent. Example: `internal`.
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::OBJECT_NAME))]
    pub name: String,

    /// The namespace of the parent. Default: the namespace of the HTTPRoute. Example: `infrastructure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = schema::NAMESPACE_NAME))]
    pub namespace: Option<String>,
}

/// Names an HTTPRoute of the Gateway API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpRouteRef {
    /// The name of the HTTPRoute. Example: `mcp`.
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::OBJECT_NAME))]
    pub name: String,

    /// The namespace of the HTTPRoute. Default: the namespace of the object that refers. Another namespace has to agree, by a
    /// `ReferenceGrant` there or by the annotation `tools.agentcore.dev/allowed-namespaces` on the HTTPRoute. Example: `mcp-server`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = schema::NAMESPACE_NAME))]
    pub namespace: Option<String>,

    /// Which of the route's parents serves the endpoint. Default: the one that has accepted the route.
    /// Example: `{name: internal}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_ref: Option<ParentRef>,
}

/// Where an endpoint comes from: `https://<host>[:<port>]<path>`, served by the load balancer of an object in the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one_of(&["serviceRef", "ingressRef", "httpRouteRef"]))]
#[x_kube(
    validation = Rule::new("!has(self.serviceRef) || has(self.host)")
        .message("serviceRef needs host: a Service does not say by which name it is called")
        .reason(Reason::FieldValueRequired)
        .field_path(".host")
)]
pub struct EndpointFrom {
    /// A Service of type LoadBalancer. Exactly one of this, `ingressRef` and `httpRouteRef`.
    /// Example: `{name: nginx-ingress-nlb, namespace: ingress-nginx}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_ref: Option<LoadBalancedRef>,

    /// An Ingress. Exactly one of this, `serviceRef` and `httpRouteRef`. Example: `{name: rest-api}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingress_ref: Option<LoadBalancedRef>,

    /// An HTTPRoute of the Gateway API. Exactly one of this, `serviceRef` and `ingressRef`. Example: `{name: mcp}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_route_ref: Option<HttpRouteRef>,

    /// Which load balancer, where the object's status has several. Default: the only one.
    /// Example: `internal-k8s-rest-0123456789.us-west-2.elb.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::HOST_NAME))]
    #[x_kube(validation = rules::matching(schema::HOST_NAME, LOAD_BALANCER_IN_WORDS))]
    pub load_balancer_hostname: Option<String>,

    /// The name by which the endpoint is called and which its certificate has to carry. Required with `serviceRef`. Default: the only host
    /// of the Ingress or HTTPRoute. Example: `internal.example.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::HOST_NAME))]
    #[x_kube(validation = rules::matching(schema::HOST_NAME, HOST_IN_WORDS))]
    pub host: Option<String>,

    /// The path of the endpoint. Default: `/mcp` for an MCP server, otherwise none. Example: `/mcp-server/mcp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024), regex(pattern = schema::URL_PATH))]
    #[x_kube(validation = rules::matching(schema::URL_PATH, "path starts with a slash and has no spaces, query or fragment, like /mcp"))]
    pub path: Option<String>,

    /// The port of the load balancer, 1 to 65535. Default: 443. Example: `8443`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<i32>,

    /// `true`: a load balancer that the whole internet can reach is taken, too. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_internet_facing: Option<bool>,
}

/// Where a VPC and subnets come from: those of the load balancer of an object in the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one_of(&["serviceRef", "ingressRef", "httpRouteRef"]))]
pub struct VpcFrom {
    /// A Service of type LoadBalancer. Exactly one of this, `ingressRef` and `httpRouteRef`. Example: `{name: nginx-ingress-nlb}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_ref: Option<LoadBalancedRef>,

    /// An Ingress. Exactly one of this, `serviceRef` and `httpRouteRef`. Example: `{name: rest-api}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingress_ref: Option<LoadBalancedRef>,

    /// An HTTPRoute of the Gateway API. Exactly one of this, `serviceRef` and `ingressRef`. Example: `{name: mcp}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_route_ref: Option<HttpRouteRef>,

    /// Which load balancer, where the object's status has several. Default: the only one.
    /// Example: `internal-k8s-rest-0123456789.us-west-2.elb.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::HOST_NAME))]
    #[x_kube(validation = rules::matching(schema::HOST_NAME, LOAD_BALANCER_IN_WORDS))]
    pub load_balancer_hostname: Option<String>,
}

/// Where the domain of a resource configuration comes from: the host that an object in the cluster is called by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one_of(&["serviceRef", "ingressRef", "httpRouteRef"]))]
pub struct DefinitionFrom {
    /// A Service of type LoadBalancer. Exactly one of this, `ingressRef` and `httpRouteRef`. Example: `{name: nginx-ingress-nlb}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_ref: Option<LoadBalancedRef>,

    /// An Ingress. Exactly one of this, `serviceRef` and `httpRouteRef`. Example: `{name: rest-api}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingress_ref: Option<LoadBalancedRef>,

    /// An HTTPRoute of the Gateway API. Exactly one of this, `serviceRef` and `ingressRef`. Example: `{name: mcp}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_route_ref: Option<HttpRouteRef>,

    /// Which load balancer, where the object's status has several. Default: the only one.
    /// Example: `internal-k8s-rest-0123456789.us-west-2.elb.amazonaws.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::HOST_NAME))]
    #[x_kube(validation = rules::matching(schema::HOST_NAME, LOAD_BALANCER_IN_WORDS))]
    pub load_balancer_hostname: Option<String>,

    /// The domain. Default: with `ingressRef` and `httpRouteRef` the only host there is; with `serviceRef` the load balancer's own name.
    /// Example: `internal.example.com`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 253), regex(pattern = schema::HOST_NAME))]
    #[x_kube(validation = rules::matching(schema::HOST_NAME, HOST_IN_WORDS))]
    pub host: Option<String>,
}

/// One key of a ConfigMap in the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigMapKeyRef {
    /// The name of the ConfigMap, in the namespace of the object that refers. Example: `openapi`.
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::OBJECT_NAME))]
    pub name: String,

    /// The key in its `data`. Example: `openapi.json`.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[-._a-zA-Z0-9]+$"))]
    pub key: String,
}

/// Where a document is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentFrom {
    /// A ConfigMap of the same namespace; a change of the document is one update of the target.
    /// Example: `{name: openapi, key: openapi.json}`.
    pub config_map_key_ref: ConfigMapKeyRef,
}

/// What becomes of a look at the server that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(description = "")]
pub enum PreflightPolicy {
    /// A server that failed is not registered.
    #[default]
    Enforce,
    /// It is only told.
    Report,
    /// The server is not called.
    Skip,
}

/// Whose pods and rollouts stand behind an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadRef {
    /// What it is: `Deployment`, `StatefulSet` or `DaemonSet`.
    pub kind: WorkloadKind,

    /// Its name, in the namespace of the target. Example: `mcp-server`.
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::OBJECT_NAME))]
    pub name: String,
}

/// A kind of workload whose rollouts are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(description = "")]
pub enum WorkloadKind {
    /// apps/v1 Deployment.
    Deployment,
    /// apps/v1 StatefulSet.
    StatefulSet,
    /// apps/v1 DaemonSet.
    DaemonSet,
}

/// When AWS is asked to read the tools of a server again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sync {
    /// `OnChange`: when the server's own list of tools changed, looked at after each completed rollout and every `interval`; where the
    /// operator cannot reach the server, as `OnRollout`. `OnRollout`: after each completed rollout. `Manual`: only when the annotation
    /// `tools.agentcore.dev/sync-requested-at` changes, which works in every mode. Default: `OnChange`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<SyncMode>,

    /// How often the server's own list of tools is looked at between rollouts, at least one second. Shared by targets with one endpoint.
    /// Default: `10m`. Example: `1h30m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 32), regex(pattern = schema::DURATION))]
    #[x_kube(validation = Rule::new("self.matches('^([0-9]+(ms|s|m|h))+$') && duration(self) >= duration('1s')").message("interval is a duration of at least one second, like 10m or 1h30m"))]
    pub interval: Option<String>,

    /// How often an hour AWS is asked at most, 1 to 60. Default: 6. Example: `12`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 60))]
    pub max_per_hour: Option<i32>,
}

/// When AWS is asked to read the tools of a server again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(description = "")]
pub enum SyncMode {
    /// When they changed.
    #[default]
    OnChange,
    /// After each completed rollout.
    OnRollout,
    /// When a person asks.
    Manual,
}

/// What a load balancer, or a VPC endpoint, told of an endpoint when its target was made. What was derived is kept: a look that fails or is not certain
/// changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resolved {
    /// The VPC endpoint that a private REST API is called through, of which all the rest was learnt then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub vpc_endpoint_id: Option<String>,

    /// The load balancer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub load_balancer_arn: Option<String>,

    /// The load balancer's own name in DNS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub load_balancer_dns: Option<String>,

    /// Who can reach it: `internal` or `internet-facing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub scheme: Option<String>,

    /// The VPC that the endpoint is reached from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub vpc_id: Option<String>,

    /// The subnets that the endpoint is reached from, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 256)))]
    pub subnet_ids: Vec<String>,

    /// The load balancer's security groups, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 256)))]
    pub load_balancer_security_group_ids: Vec<String>,

    /// The certificate that the load balancer shows for the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub certificate_arn: Option<String>,

    /// Who issued it, in ACM's words: `AMAZON_ISSUED`, `IMPORTED` or `PRIVATE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub certificate_type: Option<String>,

    /// When it expires, in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub not_after: Option<String>,

    /// How the host resolves where the endpoint is reached from: `PrivateHostedZone`, `Public`, `RoutingDomain` or `Unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns: Option<Resolution>,

    /// The name that is resolved instead of the host, where the VPC cannot resolve the host itself. Once set it stays until the spec says
    /// `routingDomainPolicy: Never`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub routing_domain: Option<String>,
}

/// How a host resolves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(description = "")]
pub enum Resolution {
    /// In a private hosted zone of the VPC.
    PrivateHostedZone,
    /// In public DNS.
    Public,
    /// It does not have to: another name is resolved instead.
    RoutingDomain,
    /// That could not be told.
    Unknown,
}

/// What has to be known again after a restart of how tools were read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Synchronization {
    /// The version of the workload whose tools AWS was asked for last, or did not have to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub rollout: Option<String>,

    /// The value of the annotation `tools.agentcore.dev/sync-requested-at` that was acted on last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub requested: Option<String>,

    /// A synchronization that is about to be asked for, or under way. Written before AWS is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<PendingSynchronization>,

    /// When AWS was asked within the last hour, in RFC 3339.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 64)))]
    pub sent: Vec<String>,
}

/// A synchronization that is not done yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingSynchronization {
    /// The hash of what the server offered when it was begun; none where the operator cannot reach the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub digest: Option<String>,

    /// When AWS had last read the tools before it, in AWS's own time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub after: Option<String>,
}
