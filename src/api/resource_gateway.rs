//! `ResourceGateway`: a VPC Lattice resource gateway.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::adopt::Adopt;
use super::reference::{AllowedNamespaces, DeletionPolicy};
use super::status::Status;
use super::workload::VpcFrom;
use super::{rules, schema};

/// What a [`ResourceGateway`] reports.
pub type ResourceGatewayStatus = Status<ResourceGatewayFacts>;

/// The resource gateway as it should be in AWS, in the words of VPC Lattice's CreateResourceGateway, and a few members for Kubernetes.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "tools.agentcore.dev",
    version = "v1alpha1",
    kind = "ResourceGateway",
    plural = "resourcegateways",
    shortname = "acrg",
    category = "agentcore",
    namespaced,
    status = "ResourceGatewayStatus",
    derive = "PartialEq",
    doc = "A VPC Lattice resource gateway: the point in a VPC from which AgentCore reaches private endpoints.",
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Reason", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].reason"#),
    printcolumn(name = "VPC", type_ = "string", json_path = ".spec.vpcIdentifier"),
    printcolumn(name = "Used By", type_ = "integer", json_path = ".status.usedBy"),
    printcolumn(name = "ID", type_ = "string", json_path = ".status.resourceGatewayId", priority = 1),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#,
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    selectable = ".spec.vpcIdentifier"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::immutable("name"))]
#[x_kube(validation = rules::adopts_one())]
#[x_kube(validation = rules::adopts_its_name())]
#[x_kube(
    validation = Rule::new("has(self.vpcFrom) != (has(self.vpcIdentifier) || has(self.subnetIds))")
        .message("either vpcFrom or both vpcIdentifier and subnetIds are required, not all of them")
)]
#[x_kube(
    validation = Rule::new("has(self.vpcIdentifier) == has(self.subnetIds)")
        .message("vpcIdentifier and subnetIds go together: state both, or neither and vpcFrom")
)]
#[x_kube(validation = rules::never_emptied("securityGroupIds", "name the groups that should apply"))]
#[x_kube(
    validation = Rule::new(
        "!(has(self.ipAddressType) && self.ipAddressType == 'IPV6' && \
         has(self.resourceConfigDnsResolution) && self.resourceConfigDnsResolution == 'IN_VPC')"
    )
    .message("resourceConfigDnsResolution IN_VPC does not work with ipAddressType IPV6; use PUBLIC, or IPV4 or DUALSTACK addresses")
    .field_path(".resourceConfigDnsResolution")
)]
#[x_kube(
    validation = Rule::new(
        "!(has(self.ipAddressType) && self.ipAddressType == 'IPV6' && has(self.ipv4AddressesPerEni))"
    )
    .message("ipv4AddressesPerEni goes with ipAddressType IPV4 or DUALSTACK only; remove it")
    .field_path(".ipv4AddressesPerEni")
)]
pub struct ResourceGatewaySpec {
    /// The resource gateway's name in AWS: 3 to 40 lower-case letters, digits and single hyphens, unique in the account; `rgw-` is
    /// reserved. Set once. Default: `k8s-<namespace>-<name>`, cut to fit, and a hash. AWS: `name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::resource_gateway_name")]
    pub name: Option<String>,

    /// The VPC that private endpoints are reached from. Another one needs a new resource gateway in AWS. Exactly one of this, with
    /// `subnetIds`, and `vpcFrom`. Example: `vpc-0a1b2c3d4e5f60718`. AWS: `vpcIdentifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256), regex(pattern = schema::VPC_ID))]
    #[x_kube(validation = rules::matching(schema::VPC_ID, schema::VPC_ID_IN_WORDS))]
    pub vpc_identifier: Option<String>,

    /// Subnets of that VPC for the network interfaces, at least one; order does not matter. Others need a new resource gateway in AWS.
    /// Exactly one of this, with `vpcIdentifier`, and `vpcFrom`.
    /// Example: `[subnet-0a1b2c3d4e5f60a01, subnet-0a1b2c3d4e5f60a02]`. AWS: `subnetIds`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 32), inner(length(max = 256), regex(pattern = schema::SUBNET_ID)))]
    #[x_kube(validation = rules::all_matching(schema::SUBNET_ID, schema::SUBNET_IDS_IN_WORDS))]
    pub subnet_ids: Vec<String>,

    /// The object in the cluster whose load balancer's VPC and subnets are taken; they are fixed when the resource gateway is made. Exactly
    /// one of this, and `vpcIdentifier` with `subnetIds`. Example: `{ingressRef: {name: rest-api}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc_from: Option<VpcFrom>,

    /// Security groups of the network interfaces, 1 to 5; they must let traffic out to the endpoints' ports. Can be changed in place, but
    /// not emptied again. Left out: the operator's `--default-security-group-ids`; with neither nothing is created, because AWS would
    /// take the VPC's default group. Order does not matter. Example: `[sg-0a1b2c3d4e5f60b02]`. AWS: `securityGroupIds`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5), inner(length(max = 256), regex(pattern = schema::SECURITY_GROUP_ID)))]
    #[x_kube(validation = rules::all_matching(schema::SECURITY_GROUP_ID, schema::SECURITY_GROUP_IDS_IN_WORDS))]
    pub security_group_ids: Vec<String>,

    /// The address families of the network interfaces: `IPV4`, `IPV6` or `DUALSTACK`; the subnets must have them. Another one needs a new
    /// resource gateway in AWS. Default: `IPV4`, chosen by AWS. AWS: `ipAddressType`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address_type: Option<ResourceGatewayIpAddressType>,

    /// IPv4 addresses of each network interface, 1 to 62; more of them carry more connections. Not with `IPV6`. Another number needs a new
    /// resource gateway in AWS. Default: 16, chosen by AWS. AWS: `ipv4AddressesPerEni`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 62))]
    pub ipv4_addresses_per_eni: Option<i32>,

    /// Where the names of resource configurations are resolved: `IN_VPC`, by the VPC's resolver, so names of private hosted zones work;
    /// `PUBLIC`, by public DNS. Not `IN_VPC` with `IPV6`. Another one needs a new resource gateway in AWS. Default: `IN_VPC`, but
    /// `PUBLIC` with `IPV6`. AWS: `resourceConfigDnsResolution`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_config_dns_resolution: Option<ResourceConfigDnsResolution>,

    /// Whose `ResourceConfiguration`s may use this resource gateway. Default: those of its own namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,

    /// Tags of the resource gateway in AWS, at most 46. Only keys that the operator applied are ever removed. Keys that start with `aws:`
    /// or `tools.agentcore.dev/` and `BedrockAgentCoreGatewayManaged` are reserved. Default: none. Example: `{team: search}`. AWS: `tags`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::lattice_tags")]
    pub tags: BTreeMap<String, String>,

    /// What becomes of the resource gateway in AWS when this object is deleted: `Delete` or `Retain`. May be changed while it is being
    /// deleted. Default: `Delete`, but `Retain` for what was taken over by `adopt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,

    /// A resource gateway that exists in AWS and is taken over instead of made. Default: one is made. Example: `{name: shared-rg}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopt: Option<Adopt>,

    /// `true`: nothing is changed in AWS and the condition `Suspended` says so; deletion goes on all the same. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

/// The address families of a resource gateway's network interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum ResourceGatewayIpAddressType {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
    /// Both.
    Dualstack,
}

/// Where the names of resource configurations are resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum ResourceConfigDnsResolution {
    /// By the VPC's resolver.
    InVpc,
    /// By public DNS.
    Public,
}

/// What users may rely on of a [`ResourceGateway`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceGatewayFacts {
    /// The resource gateway's id. Example: `rgw-0a1b2c3d4e5f60e01`. AWS: `id`.
    #[serde(default, deserialize_with = "crate::api::status::stated", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub resource_gateway_id: Option<String>,

    /// The resource gateway's ARN. AWS: `arn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub resource_gateway_arn: Option<String>,

    /// AWS's own word for the resource gateway's state: `CREATE_IN_PROGRESS`, `ACTIVE`, `UPDATE_IN_PROGRESS`, `DELETE_IN_PROGRESS`,
    /// `CREATE_FAILED`, `UPDATE_FAILED`, `DELETE_FAILED`. AWS: `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub aws_status: Option<String>,

    /// The VPC that private endpoints are reached from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub vpc_id: Option<String>,

    /// The subnets of its network interfaces, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64), inner(length(max = 256)))]
    pub subnet_ids: Vec<String>,

    /// Where the names of resource configurations are resolved, as AWS has it: `IN_VPC` or `PUBLIC`. AWS: `resourceConfigDnsResolution`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub resource_config_dns_resolution: Option<String>,

    /// How many `ResourceConfiguration`s refer to it; followed at most every 30 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<u32>,
}
