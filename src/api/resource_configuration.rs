//! `ResourceConfiguration`: a VPC Lattice resource configuration.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::adopt::Adopt;
use super::reference::{AllowedNamespaces, DeletionPolicy, Ref};
use super::status::Status;
use super::workload::DefinitionFrom;
use super::{rules, schema};

/// What a [`ResourceConfiguration`] reports.
pub type ResourceConfigurationStatus = Status<ResourceConfigurationFacts>;

/// The resource configuration as it should be in AWS, in the words of VPC Lattice's CreateResourceConfiguration, and a few members for
/// Kubernetes.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "tools.agentcore.dev",
    version = "v1alpha1",
    kind = "ResourceConfiguration",
    plural = "resourceconfigurations",
    shortname = "acrc",
    category = "agentcore",
    namespaced,
    status = "ResourceConfigurationStatus",
    derive = "PartialEq",
    doc = "A VPC Lattice resource configuration: one private endpoint, reached through a resource gateway.",
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Reason", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].reason"#),
    printcolumn(name = "Gateway", type_ = "string", json_path = ".spec.resourceGatewayRef.name"),
    printcolumn(
        name = "Domain",
        type_ = "string",
        json_path = ".spec.resourceConfigurationDefinition.dnsResource.domainName"
    ),
    printcolumn(name = "Used By", type_ = "integer", json_path = ".status.usedBy", priority = 1),
    printcolumn(name = "ID", type_ = "string", json_path = ".status.resourceConfigurationId", priority = 1),
    printcolumn(
        name = "Message",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].message"#,
        priority = 1
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    selectable = ".spec.resourceGatewayRef.name",
    selectable = ".spec.resourceGatewayRef.namespace",
    selectable = ".spec.resourceGatewayIdentifier"
)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = schema::required("portRanges"))]
#[x_kube(validation = rules::immutable("name"))]
#[x_kube(validation = rules::adopts_one())]
#[x_kube(validation = rules::adopts_its_name())]
#[x_kube(validation = rules::exactly_one_of(&["resourceGatewayRef", "resourceGatewayIdentifier"]))]
#[x_kube(validation = rules::exactly_one_of(&["resourceConfigurationDefinition", "definitionFrom"]))]
pub struct ResourceConfigurationSpec {
    /// The resource configuration's name in AWS: 3 to 40 lower-case letters, digits and single hyphens, unique in the account; `rcfg-` is
    /// reserved. Set once. Default: `k8s-<namespace>-<name>`, cut to fit, and a hash. AWS: `name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::resource_configuration_name")]
    pub name: Option<String>,

    /// What kind of resource it is: `SINGLE`, one endpoint. Default: `SINGLE`. AWS: `type`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub type_: Option<ResourceConfigurationType>,

    /// The `ResourceGateway` through which the endpoint is reached; waited for until it is ready. Exactly one of this and
    /// `resourceGatewayIdentifier`. Another one needs a new resource configuration in AWS. Example: `{name: shared-rg}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_gateway_ref: Option<Ref>,

    /// The id or ARN of a resource gateway that is not an object here; it must match the operator's `--allowed-external-ids`. Exactly one
    /// of this and `resourceGatewayRef`. Another one needs a new resource configuration in AWS. Example: `rgw-0a1b2c3d4e5f60e01`.
    /// AWS: `resourceGatewayIdentifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 17, max = 2048), regex(pattern = schema::RESOURCE_GATEWAY_IDENTIFIER))]
    #[x_kube(
        validation = rules::matching(
            schema::RESOURCE_GATEWAY_IDENTIFIER,
            "resourceGatewayIdentifier is the id of a resource gateway, like rgw-0a1b2c3d4e5f60e01, or its ARN",
        )
    )]
    pub resource_gateway_identifier: Option<String>,

    /// The endpoint. Exactly one member. Can be changed in place. Exactly one of this and `definitionFrom`.
    /// AWS: `resourceConfigurationDefinition`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_configuration_definition: Option<ResourceConfigurationDefinition>,

    /// The object in the cluster whose host becomes the domain, over IPv4. Exactly one of this and `resourceConfigurationDefinition`.
    /// Example: `{ingressRef: {name: rest-api}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition_from: Option<DefinitionFrom>,

    /// The TCP ports of the endpoint, at least one port (`"443"`) or range (`"8000-8010"`); order does not matter. Can be changed in
    /// place. Example: `["443"]`. AWS: `portRanges`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::port_ranges")]
    pub port_ranges: Vec<String>,

    /// Whether service networks that are shared with other accounts may use it; AgentCore's is one. Can be changed in place.
    /// Default: `true`. AWS: `allowAssociationToShareableServiceNetwork`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_association_to_shareable_service_network: Option<bool>,

    /// Whose `GatewayTarget`s may use this resource configuration. Default: those of its own namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,

    /// Tags of the resource configuration in AWS, at most 46. Only keys that the operator applied are ever removed. Keys that start with
    /// `aws:` or `tools.agentcore.dev/` and `BedrockAgentCoreGatewayManaged` are reserved. Default: none. Example: `{team: search}`. AWS: `tags`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::lattice_tags")]
    pub tags: BTreeMap<String, String>,

    /// What becomes of the resource configuration in AWS when this object is deleted: `Delete` or `Retain`. May be changed while it is
    /// being deleted. Default: `Delete`, but `Retain` for what was taken over by `adopt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,

    /// A resource configuration that exists in AWS and is taken over instead of made. Default: one is made. Example: `{name: rest}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopt: Option<Adopt>,

    /// `true`: nothing is changed in AWS and the condition `Suspended` says so; deletion goes on all the same. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

/// What kind of resource a resource configuration leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum ResourceConfigurationType {
    /// One endpoint.
    Single,
}

/// The endpoint that a resource configuration leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ResourceConfigurationDefinition {
    /// An endpoint with a name. AWS: `dnsResource`.
    DnsResource(DnsResource),
    /// An endpoint with an address. A load balancer's address is not promised to stay. AWS: `ipResource`.
    IpResource(IpResource),
}

/// An endpoint with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DnsResource {
    /// The name, resolved as the resource gateway's `resourceConfigDnsResolution` says; 3 to 255 characters, no scheme, port or path.
    /// Example: `api.internal.example.com`. AWS: `domainName`.
    #[schemars(length(min = 3, max = 255))]
    #[x_kube(
        validation = Rule::new("!self.contains('/') && !self.contains(':') && !self.contains(' ')")
            .message("domainName is a bare host name, like api.internal.example.com; ports go into portRanges")
    )]
    pub domain_name: String,

    /// The address family that the name is resolved to: `IPV4` or `IPV6`. AWS: `ipAddressType`.
    pub ip_address_type: ResourceConfigurationIpAddressType,
}

/// The address family that a name is resolved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum ResourceConfigurationIpAddressType {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// An endpoint with an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct IpResource {
    /// A private IPv4 or IPv6 address of the VPC. Example: `10.0.1.20`. AWS: `ipAddress`.
    #[schemars(length(min = 2, max = 39))]
    #[x_kube(validation = Rule::new("isIP(self)").message("ipAddress must be an IPv4 or IPv6 address, like 10.0.1.20"))]
    pub ip_address: String,
}

/// What users may rely on of a [`ResourceConfiguration`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceConfigurationFacts {
    /// The resource configuration's id. Example: `rcfg-0a1b2c3d4e5f60d01`. AWS: `id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub resource_configuration_id: Option<String>,

    /// The resource configuration's ARN. AWS: `arn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub resource_configuration_arn: Option<String>,

    /// AWS's own word for the resource configuration's state: `CREATE_IN_PROGRESS`, `ACTIVE`, `UPDATE_IN_PROGRESS`,
    /// `DELETE_IN_PROGRESS`, `CREATE_FAILED`, `UPDATE_FAILED`, `DELETE_FAILED`. AWS: `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub aws_status: Option<String>,

    /// AWS's own explanation of a failed create or update. AWS: `failureReason`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8192))]
    pub failure_reason: Option<String>,

    /// The resource gateway that it is on. AWS: `resourceGatewayId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub resource_gateway_id: Option<String>,

    /// The domain that it leads to, where that was taken from an object in the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub domain: Option<String>,

    /// How many `GatewayTarget`s refer to it; followed at most every 30 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<u32>,
}
