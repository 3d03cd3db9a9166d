//! Whether security groups let traffic through from a resource gateway to a load balancer, and on to what is behind it (condition
//! `NetworkAllowed`).
//!
//! Three gates, each judged by itself, so that no fault hides another:
//!
//! 1. the resource gateway's groups, outwards, on the port, to the load balancer (`EgressBlocked`);
//! 2. the load balancer's groups, inwards, on the port, from the resource gateway (`IngressBlocked`);
//! 3. where a Network Load Balancer preserves the addresses of clients: the groups of its targets, inwards, on the target's port
//!    (`IngressBlocked`).
//!
//! A rule lets through whom it names: by group, by prefix list (whose addresses are not read: it counts), or by addresses, of which all
//! that the other side may have must be covered. Covered in part: Unknown, because which addresses the other side has is not known.

mod fit;
mod gate;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub use self::fit::fits;
use self::gate::{Gate, Passage};
use super::{
    facts::{Backend, Direction, Known, LoadBalancer, LoadBalancerKind, Rule, SecurityGroup, Subnet},
    hop::{Verdict, listed, unreadable},
};
use crate::plan::Reason;

/// The two ends of the way, and what is known of them.
#[derive(Debug, Clone, Copy)]
pub struct Network<'facts> {
    /// The VPC of the resource gateway.
    pub vpc: &'facts str,
    /// The resource gateway's security groups.
    pub gateway_groups: &'facts [String],
    /// The resource gateway's subnets.
    pub gateway_subnets: &'facts Known<Arc<Vec<Subnet>>>,
    /// The address family towards the endpoint.
    pub family: Family,
    /// The port of the endpoint.
    pub port: u16,
    /// The load balancer.
    pub load_balancer: &'facts LoadBalancer,
    /// The load balancer's subnets.
    pub load_balancer_subnets: &'facts Known<Arc<Vec<Subnet>>>,
    /// Which of the resource gateway's groups there are.
    pub groups: &'facts Known<Arc<Vec<SecurityGroup>>>,
    /// The rules of the groups of the resource gateway, the load balancer and the backends.
    pub rules: &'facts Known<Arc<Vec<Rule>>>,
    /// The targets that see the addresses of clients.
    pub backends: &'facts Known<Vec<Backend>>,
}

/// An address family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    Four,
    /// IPv6.
    Six,
}

/// What security groups let through.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgment {
    /// The condition `NetworkAllowed`.
    pub network: Verdict,
    /// False with `Invalid` when the resource gateway cannot have the groups at all: they do not exist, or are of another VPC.
    pub invalid: Option<Verdict>,
}

/// The groups whose rules [`judge`] needs.
pub fn groups_to_read(
    gateway_groups: &[String],
    load_balancer: &LoadBalancer,
    backends: &Known<Vec<Backend>>,
) -> Vec<String> {
    let behind = backends.read().into_iter().flatten().filter_map(|backend| backend.groups.as_ref()).flatten();
    let all: BTreeSet<&String> = gateway_groups.iter().chain(&load_balancer.security_groups).chain(behind).collect();
    all.into_iter().cloned().collect()
}

/// What security groups let through.
pub fn judge(network: &Network<'_>) -> Judgment {
    if let Some(invalid) = invalid(network) {
        let message = format!("Not judged before the security groups are right. {}", invalid.message);
        return Judgment { network: Verdict::unknown(Reason::Invalid, message), invalid: Some(invalid) };
    }
    let rules = match network.rules {
        Known::Read(rules) => rules,
        Known::Unreadable(fault) => {
            let what = "the rules of the security groups, so it is not known whether they let the traffic through";
            return Judgment { network: Verdict::unreadable(what, fault), invalid: None };
        }
    };
    let mut parts = vec![egress(network, rules), ingress(network, rules)];
    parts.extend(behind(network, rules));
    Judgment { network: Verdict::all(parts), invalid: None }
}

/// What speaks against the resource gateway's groups as such. A group that could not be looked at is not held against anybody.
fn invalid(network: &Network<'_>) -> Option<Verdict> {
    let known = network.groups.read()?;
    let wrong: Vec<String> = network
        .gateway_groups
        .iter()
        .filter_map(|id| match known.iter().find(|group| group.id == *id) {
            None => Some(format!("{id} does not exist")),
            Some(group) if group.vpc != network.vpc => Some(format!("{id} is of {}", group.vpc)),
            Some(_) => None,
        })
        .collect();
    (!wrong.is_empty()).then(|| {
        let message = format!(
            "The resource gateway is in {} and can have security groups of that VPC only: {}; name others in securityGroupIds",
            network.vpc,
            listed(wrong.iter().map(String::as_str))
        );
        Verdict::broken(Reason::Invalid, message)
    })
}

/// The first gate: out of the resource gateway.
fn egress(network: &Network<'_>, rules: &[Rule]) -> Verdict {
    let Network { port, load_balancer, gateway_groups, .. } = network;
    let own = listed(gateway_groups.iter().map(String::as_str));
    if gateway_groups.is_empty() {
        return Verdict::unknown(Reason::EgressBlocked, "The resource gateway's security groups are not known");
    }
    let gate = Gate { rules, groups: gateway_groups, direction: Direction::Out, port: *port };
    let to = &load_balancer.security_groups;
    let passage = gate.passage(to, network.load_balancer_subnets, network.family);
    let name = &load_balancer.dns_name;
    let way = format!("out of the resource gateway (security groups {own}) on tcp port {port} to {name}");
    let missing = format!(
        "add an outbound rule to {}: tcp {port} to {}",
        gateway_groups[0],
        other_side(to, network.load_balancer_subnets, network.family)
    );
    told(passage, Reason::EgressBlocked, &way, &missing)
}

/// The second gate: into the load balancer.
fn ingress(network: &Network<'_>, rules: &[Rule]) -> Verdict {
    let Network { port, load_balancer, gateway_groups, .. } = network;
    let name = &load_balancer.dns_name;
    let groups = &load_balancer.security_groups;
    let Some(first) = groups.first() else {
        return Verdict::works(format!("{name} has no security group, so nothing limits what comes in there"));
    };
    let gate = Gate { rules, groups, direction: Direction::In, port: *port };
    let passage = gate.passage(gateway_groups, network.gateway_subnets, network.family);
    let own = listed(groups.iter().map(String::as_str));
    let way = format!("into {name} (security groups {own}) on tcp port {port} from the resource gateway");
    let missing = format!(
        "add an inbound rule to {first}: tcp {port} from {}. Rules of groups that the AWS Load Balancer Controller manages are set by \
         annotations of the Service or Ingress",
        other_side(gateway_groups, network.gateway_subnets, network.family)
    );
    told(passage, Reason::IngressBlocked, &way, &missing)
}

/// The third gate: into the targets that see the addresses of clients, once per set of groups and port.
fn behind(network: &Network<'_>, rules: &[Rule]) -> Vec<Verdict> {
    if network.load_balancer.kind != LoadBalancerKind::Network {
        return Vec::new();
    }
    let backends = match network.backends {
        Known::Read(backends) => backends,
        Known::Unreadable(fault) => {
            return vec![Verdict::unreadable("the security groups of the targets behind the load balancer", fault)];
        }
    };
    // Of targets that stand for each other, the first by id: messages must not depend on the order in which AWS lists them.
    let mut sets: BTreeMap<(Option<&[String]>, u16), &str> = BTreeMap::new();
    for backend in backends {
        let target = sets.entry((backend.groups.as_deref(), backend.port)).or_insert(&backend.id);
        *target = (*target).min(&backend.id);
    }
    sets.into_iter()
        .map(|((groups, port), target)| match groups {
            Some(groups) => into_target(network, rules, target, groups, port),
            None => Verdict::unknown(
                Reason::IngressBlocked,
                format!(
                    "The load balancer hands the addresses of clients on to its targets, and the network interface of {target} was not \
                     found, so its security groups are not known"
                ),
            ),
        })
        .collect()
}

fn into_target(network: &Network<'_>, rules: &[Rule], target: &str, groups: &[String], port: u16) -> Verdict {
    let gate = Gate { rules, groups, direction: Direction::In, port };
    // Where the load balancer has groups, its targets may name these, and clients pass.
    let from: Vec<String> =
        network.gateway_groups.iter().chain(&network.load_balancer.security_groups).cloned().collect();
    let passage = gate.passage(&from, network.gateway_subnets, network.family);
    let own = listed(groups.iter().map(String::as_str));
    let way = format!(
        "into the targets with security groups {own} on tcp port {port} from the resource gateway, whose addresses the load balancer \
         preserves"
    );
    let first = groups.first().map_or("its security group", String::as_str);
    let missing = format!(
        "add an inbound rule to {first} (of the target {target}): tcp {port} from {}, or set preserve_client_ip.enabled=false on the target group",
        other_side(&[], network.gateway_subnets, network.family)
    );
    told(passage, Reason::IngressBlocked, &way, &missing)
}

/// A passage in words.
fn told(passage: Passage<'_>, blocked: Reason, way: &str, missing: &str) -> Verdict {
    match passage {
        Passage::Open => Verdict::works(format!("Traffic is let {way}")),
        Passage::Partly => Verdict::unknown(
            blocked,
            format!(
                "Some rules let traffic {way}, but not to and from every address that it may have. To be sure, {missing}"
            ),
        ),
        Passage::Shut => Verdict::broken(blocked, format!("No rule lets traffic {way}; {missing}")),
        Passage::Unknown(fault) => {
            let what = format!("the subnets, so it is not known whether rules by address let traffic {way}");
            Verdict::unknown(Reason::from(fault), unreadable(&what, fault))
        }
    }
}

/// Whom a missing rule should name.
fn other_side(groups: &[String], subnets: &Known<Arc<Vec<Subnet>>>, family: Family) -> String {
    let addresses = subnets.read().map(|subnets| gate::addresses(subnets, family)).unwrap_or_default();
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let addresses = listed(addresses.iter().map(String::as_str));
    match (groups.first(), addresses.is_empty()) {
        (Some(group), true) => group.clone(),
        (Some(group), false) => format!("{group} (or {addresses})"),
        (None, false) => addresses,
        (None, true) => "the addresses of its subnets".to_owned(),
    }
}

#[cfg(test)]
mod tests;
