//! How AgentCore reaches an endpoint inside a VPC.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::reference::Ref;
use super::{rules, schema};

/// How AgentCore reaches an endpoint inside a VPC: through a resource gateway of its own making or through one of yours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum PrivateEndpoint {
    /// AgentCore makes and removes a VPC Lattice resource gateway in your account. Same account only. AWS: `managedVpcResource`.
    ManagedVpcResource(ManagedVpcResource),
    /// A VPC Lattice resource configuration that you keep, for example as a `ResourceConfiguration` here. AWS:
    /// `selfManagedLatticeResource`.
    SelfManagedLatticeResource(SelfManagedLatticeResource),
}

/// The network that AgentCore places its resource gateway in. Targets with the same VPC, subnets, groups and address type share one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ManagedVpcResource {
    /// The VPC that the endpoint is reached from. Default: the VPC of the load balancer, or of the VPC endpoint, that `endpointFrom` or
    /// `serverUrlFrom` names; without one it is required. Example: `vpc-0a1b2c3d4e5f60718`. AWS: `vpcIdentifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256), regex(pattern = schema::VPC_ID))]
    #[x_kube(validation = rules::matching(schema::VPC_ID, schema::VPC_ID_IN_WORDS))]
    pub vpc_identifier: Option<String>,

    /// Subnets of that VPC for the gateway's network interfaces, at least one; order does not matter. Default: the subnets of the load
    /// balancer, or of the VPC endpoint, that `endpointFrom` or `serverUrlFrom` names; without one they are required.
    /// Example: `[subnet-0a1b2c3d4e5f60a01, subnet-0a1b2c3d4e5f60a02]`. AWS: `subnetIds`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 32), inner(length(max = 256), regex(pattern = schema::SUBNET_ID)))]
    #[x_kube(validation = rules::all_matching(schema::SUBNET_ID, schema::SUBNET_IDS_IN_WORDS))]
    pub subnet_ids: Vec<String>,

    /// The address family towards the endpoint: `IPV4` or `IPV6`. Default: `IPV4`, where `endpointFrom` or `serverUrlFrom` says
    /// where the endpoint is; without them it is required. AWS: `endpointIpAddressType`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_ip_address_type: Option<EndpointIpAddressType>,

    /// Security groups of the gateway's network interfaces, at most 5; they must let traffic out to the endpoint's port. Left out: the
    /// operator's `--default-security-group-ids`; with neither nothing is created, because AWS would take the VPC's default group, which
    /// usually leads nowhere. Order does not matter. Example: `[sg-0a1b2c3d4e5f60b02]`. AWS: `securityGroupIds`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5), inner(length(max = 256), regex(pattern = schema::SECURITY_GROUP_ID)))]
    #[x_kube(validation = rules::all_matching(schema::SECURITY_GROUP_ID, schema::SECURITY_GROUP_IDS_IN_WORDS))]
    pub security_group_ids: Vec<String>,

    /// Tags on the resource gateway that AgentCore makes, at most 46. Keys that start with `aws:` or `tools.agentcore.dev/` and
    /// `BedrockAgentCoreGatewayManaged` are reserved. Default: none. Example: `{team: search}`. AWS: `tags`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::agentcore_tags")]
    pub tags: BTreeMap<String, String>,

    /// A name that is resolved instead of the endpoint's host, while TLS and the Host header keep the endpoint's: for example the DNS
    /// name of an internal load balancer. 3 to 255 characters. Default: what `routingDomainPolicy`, or
    /// `via` of `serverUrlFrom.privateApiGateway`, says.
    /// Example: `internal-k8s-rest-0123456789.us-west-2.elb.amazonaws.com`. AWS: `routingDomain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 255))]
    pub routing_domain: Option<String>,

    /// `Auto`: with `endpointFrom` or `serverUrlFrom`, the load balancer's name becomes the routing domain where it is certain that the VPC
    /// cannot resolve the endpoint's host. `Never`: the host is resolved, unless `routingDomain` says otherwise. Default: `Auto`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routing_domain_policy: Option<RoutingDomainPolicy>,
}

/// Whether a routing domain is derived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(description = "")]
pub enum RoutingDomainPolicy {
    /// Where it is certainly needed.
    #[default]
    Auto,
    /// Never.
    Never,
}

/// The address family towards an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum EndpointIpAddressType {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// A VPC Lattice resource configuration that leads to the endpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one_of(&["resourceConfigurationRef", "resourceConfigurationIdentifier"]))]
pub struct SelfManagedLatticeResource {
    /// The `ResourceConfiguration` here that leads to the endpoint; waited for until it is ready. Exactly one of this and
    /// `resourceConfigurationIdentifier`. Example: `{name: rest, namespace: platform}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_configuration_ref: Option<Ref>,

    /// The id or ARN (needed across accounts) of a resource configuration that is not an object here; it must match the operator's
    /// `--allowed-external-ids`. Exactly one of this and `resourceConfigurationRef`. Example: `rcfg-0a1b2c3d4e5f60d01`.
    /// AWS: `resourceConfigurationIdentifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 20, max = 2048), regex(pattern = schema::RESOURCE_CONFIGURATION_IDENTIFIER))]
    #[x_kube(
        validation = rules::matching(
            schema::RESOURCE_CONFIGURATION_IDENTIFIER,
            "resourceConfigurationIdentifier is the id of a resource configuration, like rcfg-0a1b2c3d4e5f60d01, or its ARN",
        )
    )]
    pub resource_configuration_identifier: Option<String>,
}
