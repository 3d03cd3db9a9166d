//! VPCs and what has an address in them.

use std::collections::BTreeMap;

use super::ACCOUNT;

/// A virtual private cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vpc {
    /// `vpc-` and 17 hexadecimal digits.
    pub id: String,
    /// The IPv4 block, such as `10.0.0.0/16`.
    pub cidr: String,
    /// The account that it belongs to.
    pub owner: String,
    /// The attribute `enableDnsSupport`.
    pub dns_support: bool,
    /// The attribute `enableDnsHostnames`. Private hosted zones are of no use unless both are on.
    pub dns_hostnames: bool,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

impl Vpc {
    /// A VPC of this account with both DNS attributes on.
    #[must_use]
    pub fn new(id: &str, cidr: &str) -> Self {
        Self {
            id: id.to_owned(),
            cidr: cidr.to_owned(),
            owner: ACCOUNT.to_owned(),
            dns_support: true,
            dns_hostnames: true,
            tags: BTreeMap::new(),
        }
    }

    /// Whether private hosted zones are looked at from within.
    pub(in crate::aws) fn resolves_private_zones(&self) -> bool {
        self.dns_support && self.dns_hostnames
    }
}

/// A subnet of a VPC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// `subnet-` and 17 hexadecimal digits.
    pub id: String,
    /// The id of its VPC.
    pub vpc: String,
    /// The IPv4 block.
    pub cidr: String,
    /// The availability zone, such as `us-west-2a`.
    pub zone: String,
    /// The account that it belongs to, which may share it with others.
    pub owner: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

impl Subnet {
    /// A subnet of this account.
    #[must_use]
    pub fn new(id: &str, vpc: &str, cidr: &str, zone: &str) -> Self {
        Self {
            id: id.to_owned(),
            vpc: vpc.to_owned(),
            cidr: cidr.to_owned(),
            zone: zone.to_owned(),
            owner: ACCOUNT.to_owned(),
            tags: BTreeMap::new(),
        }
    }
}

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkInterface {
    /// `eni-` and 17 hexadecimal digits.
    pub id: String,
    /// The id of its subnet.
    pub subnet: String,
    /// The id of its VPC.
    pub vpc: String,
    /// The primary private IPv4 address.
    pub address: String,
    /// The ids of its security groups.
    pub security_groups: Vec<String>,
    /// What it is for; those of a load balancer say `ELB net/<name>/<id>` or `ELB app/<name>/<id>`.
    pub description: String,
    /// `interface`, `network_load_balancer`, `vpc_endpoint`, ...
    pub kind: String,
    /// Whether a service of AWS looks after it.
    pub requester_managed: bool,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

impl NetworkInterface {
    /// An interface of an instance or a pod.
    #[must_use]
    pub fn new(id: &str, subnet: &Subnet, address: &str, security_groups: &[&str]) -> Self {
        Self {
            id: id.to_owned(),
            subnet: subnet.id.clone(),
            vpc: subnet.vpc.clone(),
            address: address.to_owned(),
            security_groups: security_groups.iter().map(|&group| group.to_owned()).collect(),
            description: String::new(),
            kind: "interface".to_owned(),
            requester_managed: false,
            tags: BTreeMap::new(),
        }
    }
}

/// An interface endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcEndpoint {
    /// `vpce-` and 17 hexadecimal digits.
    pub id: String,
    /// The id of its VPC.
    pub vpc: String,
    /// The service, such as `com.amazonaws.us-west-2.execute-api`.
    pub service: String,
    /// `available`, `pending`, `failed`, ...: EC2 answers in lower case.
    pub state: String,
    /// The ids of its subnets.
    pub subnets: Vec<String>,
    /// The ids of its security groups.
    pub security_groups: Vec<String>,
    /// Whether the service's own names lead to it.
    pub private_dns: bool,
    /// The names that lead to it.
    pub names: Vec<VpcEndpointName>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A name of an interface endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VpcEndpointName {
    /// The name.
    pub name: String,
    /// The id of the hosted zone that it is in.
    pub zone: String,
}
