//! What security groups let through.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::network::{LoadBalancer, Network, Peer, Rule};
use super::Way;

/// Whether the groups of a resource gateway let its port out to any of these addresses, whose interfaces have these groups.
///
/// Groups that the network does not know let nothing out: that is how people see the default group of a VPC.
pub(super) fn lets_out(network: &Network, way: &Way<'_>, addresses: &[IpAddr], groups: &[String]) -> bool {
    let own = way.groups.iter().filter_map(|id| network.security_group(id));
    let mut rules = own.flat_map(|group| &group.egress).filter(|rule| rule.is_about(way.port));
    rules.any(|rule| match &rule.peer {
        Peer::Cidr(block) => block.parse::<IpNet>().is_ok_and(|block| addresses.iter().any(|at| block.contains(at))),
        Peer::PrefixList(_) => true,
        Peer::Group(id) => groups.contains(id),
    })
}

/// Whether any of these groups lets a resource gateway in, which has an address in each of its subnets.
pub(super) fn lets_in(network: &Network, way: &Way<'_>, groups: &[String]) -> bool {
    let blocks: Vec<IpNet> = way.subnets.iter().filter_map(|id| network.subnet(id)?.cidr.parse().ok()).collect();
    let lets_in = |rule: &Rule| match &rule.peer {
        Peer::Cidr(block) => block.parse::<IpNet>().is_ok_and(|block| blocks.iter().any(|own| overlap(&block, own))),
        Peer::PrefixList(_) => true,
        Peer::Group(id) => way.groups.contains(id),
    };
    let groups = groups.iter().filter_map(|id| network.security_group(id));
    groups.flat_map(|group| &group.ingress).any(|rule| rule.is_about(way.port) && lets_in(rule))
}

/// The addresses of a load balancer: those of its interfaces, otherwise one in each of its subnets.
pub(super) fn addresses_of(network: &Network, balancer: &LoadBalancer) -> Vec<IpAddr> {
    let description = balancer.interface_description();
    let own = network.network_interfaces.iter().filter(|interface| interface.description == description);
    let addresses: Vec<_> = own.filter_map(|interface| interface.address.parse().ok()).collect();
    if addresses.is_empty() { addresses_in(network, &balancer.subnets) } else { addresses }
}

/// The first address of each subnet that AWS does not keep for itself.
pub(super) fn addresses_in(network: &Network, subnets: &[String]) -> Vec<IpAddr> {
    let first = |id: &String| network.subnet(id)?.cidr.parse::<IpNet>().ok()?.hosts().nth(3);
    subnets.iter().filter_map(first).collect()
}

fn overlap(one: &IpNet, other: &IpNet) -> bool {
    one.contains(other) || other.contains(one)
}
