//! What EC2 says: subnets, security groups and their rules, and the network interfaces behind a load balancer.

use std::{net::IpAddr, sync::Arc};

use aws_sdk_ec2::types as sdk;
use ipnet::IpNet;
use tokio::time::Instant;

use super::{Entrance, Facts, Pool, Target, TargetKind, load_balancer, pages, set};
use crate::aws::{Aws, Fault};

/// The largest page that EC2's model allows.
const PAGE: i32 = 1000;

/// How many values a filter may have, and so how many targets are looked at. A group's targets are behind few security groups.
const FILTER_VALUES: usize = 200;

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    /// The id.
    pub id: String,
    /// The VPC it is in.
    pub vpc: String,
    /// Its addresses, of both families.
    pub addresses: Vec<IpNet>,
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityGroup {
    /// The id.
    pub id: String,
    /// The VPC it is in.
    pub vpc: String,
}

/// A rule of a security group that lets TCP through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The group.
    pub group: String,
    /// Which way.
    pub direction: Direction,
    /// The first and the last port.
    pub ports: (u16, u16),
    /// Who is on the other side.
    pub peer: Peer,
}

/// Which way a rule lets traffic through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To what is in the group.
    In,
    /// From what is in the group.
    Out,
}

/// Who is on the other side of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// These addresses.
    Addresses(IpNet),
    /// What is in this security group.
    Group(String),
    /// The addresses of this prefix list.
    PrefixList(String),
}

/// A target that sees the addresses of clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    /// An instance id, an address, or the ARN of an Application Load Balancer.
    pub id: String,
    /// The port that it is reached at.
    pub port: u16,
    /// The security groups it is behind; `None` when its network interface was not found.
    pub groups: Option<Vec<String>>,
}

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interface {
    addresses: Vec<String>,
    /// The instance whose first interface it is: the one that a load balancer reaches an instance by.
    instance: Option<String>,
    groups: Vec<String>,
}

/// Filters are used where ids could be: an id that does not exist then leaves the others as they are.
fn filter(name: &str, values: &[String]) -> sdk::Filter {
    sdk::Filter::builder().name(name).set_values(Some(values.to_vec())).build()
}

pub(super) async fn subnets(aws: &Aws, ids: Vec<String>) -> Result<Arc<Vec<Subnet>>, Fault> {
    let operation = "DescribeSubnets";
    if ids.is_empty() {
        return Ok(Arc::default());
    }
    let all = pages(operation, async |token| {
        let request = aws.ec2().describe_subnets().filters(filter("subnet-id", &ids)).max_results(PAGE);
        let page = aws.call(operation, request.set_next_token(token).send()).await?;
        Ok((page.subnets.unwrap_or_default(), page.next_token))
    });
    Ok(Arc::new(all.await?.into_iter().map(Subnet::from).collect()))
}

pub(super) async fn security_groups(aws: &Aws, ids: Vec<String>) -> Result<Arc<Vec<SecurityGroup>>, Fault> {
    let operation = "DescribeSecurityGroups";
    if ids.is_empty() {
        return Ok(Arc::default());
    }
    let all = pages(operation, async |token| {
        let request = aws.ec2().describe_security_groups().filters(filter("group-id", &ids)).max_results(PAGE);
        let page = aws.call(operation, request.set_next_token(token).send()).await?;
        Ok((page.security_groups.unwrap_or_default(), page.next_token))
    });
    let all = all
        .await?
        .into_iter()
        .map(|group| SecurityGroup { id: group.group_id.unwrap_or_default(), vpc: group.vpc_id.unwrap_or_default() });
    Ok(Arc::new(all.collect()))
}

pub(super) async fn rules(aws: &Aws, ids: Vec<String>) -> Result<Arc<Vec<Rule>>, Fault> {
    let operation = "DescribeSecurityGroupRules";
    if ids.is_empty() {
        return Ok(Arc::default());
    }
    let all = pages(operation, async |token| {
        let request = aws.ec2().describe_security_group_rules().filters(filter("group-id", &ids)).max_results(PAGE);
        let page = aws.call(operation, request.set_next_token(token).send()).await?;
        Ok((page.security_group_rules.unwrap_or_default(), page.next_token))
    });
    Ok(Arc::new(all.await?.into_iter().filter_map(Rule::parse).collect()))
}

/// The targets that see the addresses of clients, with the security groups they are behind.
pub(super) async fn backends(
    facts: &Facts,
    aws: &Aws,
    vpc: &str,
    entrance: &Entrance,
    fresh_since: Instant,
) -> Result<Vec<Backend>, Fault> {
    let mut backends = Vec::new();
    for pool in entrance.pools.clone().known()? {
        if !pool.preserves_client_addresses.clone().known()? {
            continue;
        }
        let mut targets = pool.targets.clone().known()?.to_vec();
        targets.truncate(FILTER_VALUES);
        if pool.group.kind == TargetKind::LoadBalancer {
            let listing = facts.0.load_balancers.get(&(), fresh_since, || load_balancer::list(aws)).await.known()?;
            let groups = |target: &Target| listing.with_arn(&target.id).map(|one| one.security_groups.clone());
            backends.extend(targets.iter().filter_map(|target| backend(target, groups(target))));
        } else {
            let key = (vpc.to_owned(), set(&ids(&pool, &targets)));
            let read = || interfaces(aws, vpc, key.1.clone());
            let interfaces = facts.0.interfaces.get(&key, fresh_since, read).await.known()?;
            backends.extend(targets.iter().filter_map(|target| backend(target, groups(&interfaces, &target.id))));
        }
    }
    Ok(backends)
}

/// The targets that have a network interface in the VPC.
fn ids(pool: &Pool, targets: &[Target]) -> Vec<String> {
    match pool.group.kind {
        TargetKind::Instance | TargetKind::Address => targets.iter().map(|target| target.id.clone()).collect(),
        TargetKind::LoadBalancer | TargetKind::Other => Vec::new(),
    }
}

fn backend(target: &Target, groups: Option<Vec<String>>) -> Option<Backend> {
    Some(Backend { id: target.id.clone(), port: target.port?, groups })
}

fn groups(interfaces: &[Interface], target: &str) -> Option<Vec<String>> {
    let is_it = |interface: &&Interface| {
        interface.instance.as_deref() == Some(target) || interface.addresses.iter().any(|address| address == target)
    };
    interfaces.iter().find(is_it).map(|interface| interface.groups.clone())
}

async fn interfaces(aws: &Aws, vpc: &str, targets: Vec<String>) -> Result<Arc<Vec<Interface>>, Fault> {
    let operation = "DescribeNetworkInterfaces";
    let mut all = Vec::new();
    for (name, values) in by_filter(targets) {
        let filters = [filter("vpc-id", &[vpc.to_owned()]), filter(name, &values)];
        let found = pages(operation, async |token| {
            let request = aws.ec2().describe_network_interfaces().set_filters(Some(filters.to_vec()));
            let page = aws.call(operation, request.max_results(PAGE).set_next_token(token).send()).await?;
            Ok((page.network_interfaces.unwrap_or_default(), page.next_token))
        });
        all.extend(found.await?.into_iter().map(Interface::from));
    }
    Ok(Arc::new(all))
}

/// The filters that find the interfaces of these targets, each with its values.
fn by_filter(targets: Vec<String>) -> Vec<(&'static str, Vec<String>)> {
    let mut filters = vec![
        ("addresses.private-ip-address", Vec::new()),
        ("ipv6-addresses.ipv6-address", Vec::new()),
        ("attachment.instance-id", Vec::new()),
    ];
    for target in targets {
        let filter = match target.parse() {
            Ok(IpAddr::V4(_)) => 0,
            Ok(IpAddr::V6(_)) => 1,
            Err(_) => 2,
        };
        filters[filter].1.push(target);
    }
    filters.retain(|(_, values)| !values.is_empty());
    filters
}

impl From<sdk::Subnet> for Subnet {
    fn from(answer: sdk::Subnet) -> Self {
        let six = answer.ipv6_cidr_block_association_set.unwrap_or_default();
        let six = six.into_iter().filter_map(|association| association.ipv6_cidr_block);
        Self {
            id: answer.subnet_id.unwrap_or_default(),
            vpc: answer.vpc_id.unwrap_or_default(),
            addresses: answer.cidr_block.into_iter().chain(six).filter_map(|block| block.parse().ok()).collect(),
        }
    }
}

impl Rule {
    /// `None` for a rule that lets no TCP through, or whose other side is none of ours to understand.
    fn parse(answer: sdk::SecurityGroupRule) -> Option<Self> {
        let port = |port: Option<i32>| u16::try_from(port?).ok();
        let ports = match answer.ip_protocol.as_deref()? {
            "-1" => (0, u16::MAX),
            "tcp" | "6" => (port(answer.from_port)?, port(answer.to_port)?),
            _ => return None,
        };
        let addresses = answer.cidr_ipv4.or(answer.cidr_ipv6).and_then(|block| block.parse().ok());
        let group = answer.referenced_group_info.and_then(|group| group.group_id);
        let peer = addresses
            .map(Peer::Addresses)
            .or_else(|| group.map(Peer::Group))
            .or_else(|| answer.prefix_list_id.map(Peer::PrefixList))?;
        let direction = if answer.is_egress? { Direction::Out } else { Direction::In };
        Some(Self { group: answer.group_id?, direction, ports, peer })
    }
}

impl From<sdk::NetworkInterface> for Interface {
    fn from(answer: sdk::NetworkInterface) -> Self {
        let four = answer.private_ip_addresses.unwrap_or_default().into_iter().filter_map(|one| one.private_ip_address);
        let six = answer.ipv6_addresses.unwrap_or_default().into_iter().filter_map(|one| one.ipv6_address);
        let is_first = |attachment: &sdk::NetworkInterfaceAttachment| attachment.device_index.unwrap_or_default() == 0;
        let groups = answer.groups.unwrap_or_default().into_iter().filter_map(|group| group.group_id);
        Self {
            addresses: answer.private_ip_address.into_iter().chain(four).chain(six).collect(),
            instance: answer.attachment.filter(is_first).and_then(|attachment| attachment.instance_id),
            groups: groups.collect(),
        }
    }
}

#[cfg(test)]
mod tests;
