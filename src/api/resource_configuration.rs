//! `ResourceConfiguration`: a VPC Lattice resource configuration.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema, core::Rule};
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
    doc = "A VPC Lattice resource configuration: a private endpoint, or several of them, reached through a resource gateway.",
    printcolumn(name = "Ready", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].status"#),
    printcolumn(name = "Reason", type_ = "string", json_path = r#".status.conditions[?(@.type=="Ready")].reason"#),
    printcolumn(name = "Gateway", type_ = "string", json_path = ".spec.resourceGatewayRef.name"),
    printcolumn(
        name = "Domain",
        type_ = "string",
        json_path = ".spec.resourceConfigurationDefinition.dnsResource.domainName"
    ),
    printcolumn(name = "Type", type_ = "string", json_path = ".spec.type", priority = 1),
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
    selectable = ".spec.resourceGatewayIdentifier",
    selectable = ".spec.resourceConfigurationGroupRef.name",
    selectable = ".spec.resourceConfigurationGroupRef.namespace"
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::immutable("name"))]
#[x_kube(validation = rules::adopts_one())]
#[x_kube(validation = rules::adopts_its_name())]
#[x_kube(
    validation = of_types(&["CHILD"], "true", EXACTLY_ONE_RESOURCE_GATEWAY)
        .message("exactly one of resourceGatewayRef, resourceGatewayIdentifier is required")
)]
#[x_kube(
    validation = of_types(&["CHILD"], "!has(self.resourceGatewayRef) && !has(self.resourceGatewayIdentifier)", "true")
        .message(
            "a CHILD is reached through the resource gateway of its group; remove resourceGatewayRef and resourceGatewayIdentifier"
        )
)]
#[x_kube(
    validation = of_types(&["CHILD"], EXACTLY_ONE_GROUP, "true")
        .message("type CHILD needs exactly one of resourceConfigurationGroupRef, resourceConfigurationGroupIdentifier")
)]
#[x_kube(
    validation = of_types(
        &["CHILD"],
        "true",
        "!has(self.resourceConfigurationGroupRef) && !has(self.resourceConfigurationGroupIdentifier)",
    )
    .message(
        "only a CHILD belongs to a group; set type: CHILD, or remove resourceConfigurationGroupRef and \
         resourceConfigurationGroupIdentifier"
    )
)]
#[x_kube(
    validation = of_types(&["GROUP"], "true", EXACTLY_ONE_DEFINITION)
        .message("exactly one of resourceConfigurationDefinition, definitionFrom is required")
)]
#[x_kube(
    validation = of_types(&["GROUP"], "!has(self.resourceConfigurationDefinition) && !has(self.definitionFrom)", "true")
        .message(
            "a GROUP has no definition, its children have; remove resourceConfigurationDefinition and definitionFrom"
        )
)]
#[x_kube(
    validation = of_types(&["SINGLE", "CHILD"], &defined_by(&["dnsResource", "ipResource"]), "true")
        .message("types SINGLE and CHILD lead to one endpoint: define it by dnsResource or ipResource, or set another type")
        .field_path(".resourceConfigurationDefinition")
)]
#[x_kube(
    validation = of_types(&["ARN"], &format!("!has(self.definitionFrom) && {}", defined_by(&["arnResource"])), "true")
        .message("type ARN is defined by resourceConfigurationDefinition.arnResource")
)]
#[x_kube(
    validation = of_types(&["CIDR"], &format!("!has(self.definitionFrom) && {}", defined_by(&["cidrResource"])), "true")
        .message("type CIDR is defined by resourceConfigurationDefinition.cidrResource")
)]
#[x_kube(
    validation = of_types(&["SINGLE"], "has(self.portRanges)", "true")
        .message("name the ports of the endpoint, for example [\"443\"]")
        .reason(Reason::FieldValueRequired)
        .field_path(".portRanges")
)]
#[x_kube(
    validation = of_types(&["ARN"], "!has(self.portRanges)", "true")
        .message("type ARN has no ports of its own, AWS knows them; remove portRanges")
        .field_path(".portRanges")
)]
#[x_kube(
    validation = of_types(&["ARN"], "true", "!has(oldSelf.portRanges) || has(self.portRanges)")
        .message("portRanges cannot be removed again, because AWS has no call for that; name the ports that should apply")
        .reason(Reason::FieldValueForbidden)
        .field_path(".portRanges")
)]
#[x_kube(
    validation = of_types(&["SINGLE", "GROUP", "CIDR"], "true", "!has(self.protocol)")
        .message("protocol goes with the types SINGLE, GROUP and CIDR only; remove it")
        .field_path(".protocol")
)]
#[x_kube(
    validation = of_types(&["CIDR"], "true", "!has(self.protocol) || self.protocol != 'TCP_UDP'")
        .message("protocol TCP_UDP goes with type CIDR only; use TCP")
        .field_path(".protocol")
)]
#[x_kube(
    validation = of_types(
        &["SINGLE", "GROUP", "ARN"],
        "true",
        "!has(self.allowAssociationToShareableServiceNetwork)",
    )
    .message(
        "allowAssociationToShareableServiceNetwork goes with the types SINGLE, GROUP and ARN only: a CHILD follows its group, and a \
         CIDR joins no service network; remove it"
    )
    .field_path(".allowAssociationToShareableServiceNetwork")
)]
#[x_kube(
    validation = of_types(
        &["SINGLE", "GROUP", "ARN"],
        "!has(oldSelf.allowAssociationToShareableServiceNetwork) || has(self.allowAssociationToShareableServiceNetwork)",
        "true",
    )
    .message(
        "allowAssociationToShareableServiceNetwork cannot be removed again, because AWS has no call for that; set it to true or false"
    )
    .reason(Reason::FieldValueForbidden)
    .field_path(".allowAssociationToShareableServiceNetwork")
)]
#[x_kube(
    validation = of_types(&["GROUP"], "true", "!has(self.groupDomain)")
        .message("groupDomain goes with type GROUP only; a SINGLE or CHILD has a customDomainName")
        .field_path(".groupDomain")
)]
pub struct ResourceConfigurationSpec {
    /// The resource configuration's name in AWS: 3 to 40 lower-case letters, digits and single hyphens, unique in the account; `rcfg-` is
    /// reserved. Set once. Default: `k8s-<namespace>-<name>`, cut to fit, and a hash. AWS: `name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::resource_configuration_name")]
    pub name: Option<String>,

    /// What kind of resource it is: `SINGLE`, one endpoint, the only type that AgentCore takes; `GROUP`, several endpoints, each of them
    /// a `CHILD`; `CHILD`, an endpoint of a group; `ARN`, a resource of AWS's own, like a database of RDS; `CIDR`, a part of a network.
    /// Another one needs a new resource configuration in AWS. Default: `SINGLE`. AWS: `type`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub type_: Option<ResourceConfigurationType>,

    /// The protocol: `TCP`, or `TCP_UDP`, which only a `CIDR` takes, for DNS. Not with `CHILD` and `ARN`. Another one needs a new resource
    /// configuration in AWS. Default: `TCP`, chosen by AWS. AWS: `protocol`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<ProtocolType>,

    /// The `ResourceGateway` through which the endpoint is reached; waited for until it is ready. Exactly one of this and
    /// `resourceGatewayIdentifier`; neither with `CHILD`, which is reached through that of its group. Another one needs a new resource
    /// configuration in AWS. Example: `{name: shared-rg}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_gateway_ref: Option<Ref>,

    /// The id or ARN of a resource gateway that is not an object here; it must match the operator's `--allowed-external-ids`. Exactly one
    /// of this and `resourceGatewayRef`; neither with `CHILD`. Another one needs a new resource configuration in AWS.
    /// Example: `rgw-0a1b2c3d4e5f60e01`. AWS: `resourceGatewayIdentifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 17, max = 2048), regex(pattern = schema::RESOURCE_GATEWAY_IDENTIFIER))]
    #[x_kube(
        validation = rules::matching(
            schema::RESOURCE_GATEWAY_IDENTIFIER,
            "resourceGatewayIdentifier is the id of a resource gateway, like rgw-0a1b2c3d4e5f60e01, or its ARN",
        )
    )]
    pub resource_gateway_identifier: Option<String>,

    /// The `ResourceConfiguration` of type `GROUP` that a `CHILD` belongs to; waited for until it is ready. Exactly one of this and
    /// `resourceConfigurationGroupIdentifier` with `CHILD`, neither with the other types. Another one needs a new resource configuration
    /// in AWS. Example: `{name: databases}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_configuration_group_ref: Option<Ref>,

    /// The id or ARN of a group that is not an object here; it must match the operator's `--allowed-external-ids`. Exactly one of this and
    /// `resourceConfigurationGroupRef` with `CHILD`, neither with the other types. Another one needs a new resource configuration in AWS.
    /// Example: `rcfg-0a1b2c3d4e5f60d01`. AWS: `resourceConfigurationGroupIdentifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 20, max = 2048), regex(pattern = schema::RESOURCE_CONFIGURATION_IDENTIFIER))]
    #[x_kube(
        validation = rules::matching(
            schema::RESOURCE_CONFIGURATION_IDENTIFIER,
            "resourceConfigurationGroupIdentifier is the id of a resource configuration, like rcfg-0a1b2c3d4e5f60d01, or its ARN",
        )
    )]
    pub resource_configuration_group_identifier: Option<String>,

    /// What it leads to. Exactly one member: `dnsResource` or `ipResource` with `SINGLE` and `CHILD`, `arnResource` with `ARN`,
    /// `cidrResource` with `CIDR`. Can be changed in place. Exactly one of this and `definitionFrom`; neither with `GROUP`.
    /// AWS: `resourceConfigurationDefinition`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_configuration_definition: Option<ResourceConfigurationDefinition>,

    /// The object in the cluster whose host becomes the domain, over IPv4. With `SINGLE` and `CHILD` only. Exactly one of this and
    /// `resourceConfigurationDefinition`. Example: `{ingressRef: {name: rest-api}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition_from: Option<DefinitionFrom>,

    /// The ports, at least one port (`"443"`) or range (`"8000-8010"`); order does not matter. Required with `SINGLE`, not with `ARN`. Can
    /// be changed in place, but not removed again. A `CIDR` through which names are resolved needs port 53. Left out: chosen by AWS.
    /// Example: `["443"]`. AWS: `portRanges`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::port_ranges")]
    pub port_ranges: Vec<String>,

    /// Whether service networks that are shared with other accounts may use it; AgentCore's is one. With `SINGLE`, `GROUP` and `ARN` only.
    /// Can be changed in place, but not removed again. Default: `true`. AWS: `allowAssociationToShareableServiceNetwork`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_association_to_shareable_service_network: Option<bool>,

    /// The name by which consumers reach the resource, instead of one that AWS makes; AgentCore does not need it. That of a `CHILD` lies in
    /// the group's `groupDomain`. Another one needs a new resource configuration in AWS. Default: none. Example: `db.example.com`.
    /// AWS: `customDomainName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 255))]
    #[x_kube(validation = bare_host("customDomainName", "db.example.com"))]
    pub custom_domain_name: Option<String>,

    /// The domain in which the custom names of a group's children lie. With `GROUP` only. Another one needs a new resource configuration in
    /// AWS. Default: none. Example: `example.com`. AWS: `groupDomain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 255))]
    #[x_kube(validation = bare_host("groupDomain", "example.com"))]
    pub group_domain: Option<String>,

    /// The id or ARN of the domain verification in VPC Lattice that proves that the domain is yours; without one, consumers set up DNS
    /// themselves. Another one needs a new resource configuration in AWS. Default: none. Example: `dv-0a1b2c3d4e5f60f01`.
    /// AWS: `domainVerificationIdentifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 20, max = 2048), regex(pattern = schema::DOMAIN_VERIFICATION_IDENTIFIER))]
    #[x_kube(
        validation = rules::matching(
            schema::DOMAIN_VERIFICATION_IDENTIFIER,
            "domainVerificationIdentifier is the id of a domain verification, like dv-0a1b2c3d4e5f60f01, or its ARN",
        )
    )]
    pub domain_verification_identifier: Option<String>,

    /// Whose `GatewayTarget`s may use this resource configuration, and whose `ResourceConfiguration`s may be children of this group.
    /// Default: those of its own namespace.
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

/// Of a resource gateway, one is named.
const EXACTLY_ONE_RESOURCE_GATEWAY: &str = "has(self.resourceGatewayRef) != has(self.resourceGatewayIdentifier)";

/// Of a group, one is named.
const EXACTLY_ONE_GROUP: &str =
    "has(self.resourceConfigurationGroupRef) != has(self.resourceConfigurationGroupIdentifier)";

/// There is one definition, said or taken from an object.
const EXACTLY_ONE_DEFINITION: &str = "has(self.resourceConfigurationDefinition) != has(self.definitionFrom)";

/// What has to hold for these types, and for the others. A spec without a type is of type `SINGLE`.
fn of_types(types: &[&str], then: &str, otherwise: &str) -> Rule {
    let given = types.iter().map(|type_| format!("'{type_}'")).collect::<Vec<_>>().join(", ");
    Rule::new(format!("(has(self.type) ? self.type : 'SINGLE') in [{given}] ? {then} : {otherwise}"))
}

/// A definition, where there is one, is one of these members.
fn defined_by(members: &[&str]) -> String {
    let each: Vec<String> =
        members.iter().map(|member| format!("has(self.resourceConfigurationDefinition.{member})")).collect();
    format!("(!has(self.resourceConfigurationDefinition) || {})", each.join(" || "))
}

/// A host's name and nothing else.
fn bare_host(member: &str, example: &str) -> Rule {
    Rule::new("!self.contains('/') && !self.contains(':') && !self.contains(' ')")
        .message(format!("{member} is a bare host name, like {example}; ports go into portRanges").as_str())
}

/// What kind of resource a resource configuration leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum ResourceConfigurationType {
    /// One endpoint.
    #[default]
    Single,
    /// Several endpoints.
    Group,
    /// An endpoint of a group.
    Child,
    /// A resource of AWS's own.
    Arn,
    /// A part of a network.
    Cidr,
}

/// The protocol of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum ProtocolType {
    /// TCP.
    Tcp,
    /// TCP and UDP.
    TcpUdp,
}

/// What a resource configuration leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ResourceConfigurationDefinition {
    /// An endpoint with a name. AWS: `dnsResource`.
    DnsResource(DnsResource),
    /// An endpoint with an address. A load balancer's address is not promised to stay. AWS: `ipResource`.
    IpResource(IpResource),
    /// A resource of AWS's own; the resource gateway must resolve `PUBLIC`. AWS: `arnResource`.
    ArnResource(ArnResource),
    /// A part of a network; the resource gateway must resolve `IN_VPC`. AWS: `cidrResource`.
    CidrResource(CidrResource),
}

/// An endpoint with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct DnsResource {
    /// The name, resolved as the resource gateway's `resourceConfigDnsResolution` says; 3 to 255 characters, no scheme, port or path.
    /// Example: `api.internal.example.com`. AWS: `domainName`.
    #[schemars(length(min = 3, max = 255))]
    #[x_kube(validation = bare_host("domainName", "api.internal.example.com"))]
    pub domain_name: String,

    /// The address family that the name is resolved to: `IPV4`, `IPV6` or `DUALSTACK`, which AWS has a word for and does not support yet.
    /// Left out: chosen by AWS. AWS: `ipAddressType`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address_type: Option<ResourceConfigurationIpAddressType>,
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
    /// Both.
    Dualstack,
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

/// A resource of AWS's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArnResource {
    /// The resource's ARN; AWS takes databases of RDS. Example: `arn:aws:rds:us-west-2:111122223333:db:orders`. AWS: `arn`.
    #[schemars(length(min = 20, max = 2048), regex(pattern = schema::RESOURCE_ARN))]
    #[x_kube(
        validation = rules::matching(
            schema::RESOURCE_ARN,
            "arn is the ARN of a resource, like arn:aws:rds:us-west-2:111122223333:db:orders",
        )
    )]
    pub arn: String,
}

/// A part of a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CidrResource {
    /// 1 to 10 ranges of IPv4 or IPv6 addresses, each with the length of its prefix; order does not matter. `0.0.0.0/0` or `::/0` stands
    /// for the whole network and then alone. Example: `[10.0.0.0/16]`. AWS: `cidrRanges`.
    #[schemars(length(min = 1, max = 10), inner(length(min = 1, max = 50)))]
    #[x_kube(
        validation = Rule::new("self.all(range, isCIDR(range))")
            .message("cidrRanges are ranges of addresses with the length of their prefix, like 10.0.0.0/16")
    )]
    pub cidr_ranges: Vec<String>,
}

/// What users may rely on of a [`ResourceConfiguration`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceConfigurationFacts {
    /// The resource configuration's id. Example: `rcfg-0a1b2c3d4e5f60d01`. AWS: `id`.
    #[serde(default, deserialize_with = "crate::api::status::stated", skip_serializing_if = "Option::is_none")]
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

    /// The group that it belongs to. AWS: `resourceConfigurationGroupId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub resource_configuration_group_id: Option<String>,

    /// The domain that it leads to, where that was taken from an object in the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    pub domain: Option<String>,

    /// How many `GatewayTarget`s refer to it; followed at most every 30 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<u32>,
}
