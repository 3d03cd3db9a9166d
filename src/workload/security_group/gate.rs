//! One gate: the rules of some groups in one direction on one port, and whom they let through.

use std::sync::Arc;

use ipnet::IpNet;

use super::Family;
use crate::{
    aws::Fault,
    workload::facts::{Direction, Known, Peer, Rule, Subnet},
};

/// The groups at one end of the way, in one direction, on one port.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gate<'facts> {
    /// All rules that were read.
    pub(super) rules: &'facts [Rule],
    /// The groups whose rules count. Security groups only allow: one rule of one group is enough.
    pub(super) groups: &'facts [String],
    /// Which way.
    pub(super) direction: Direction,
    /// The port at the receiving end.
    pub(super) port: u16,
}

/// Whether traffic to or from the other side passes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Passage<'facts> {
    /// All of it.
    Open,
    /// Some of it.
    Partly,
    /// None of it.
    Shut,
    /// There are rules by address, and the other side's addresses could not be read.
    Unknown(&'facts Fault),
}

impl Gate<'_> {
    /// Whether traffic to or from what is in all of these groups and in any of these subnets passes.
    pub(super) fn passage<'facts>(
        &self,
        groups: &[String],
        subnets: &'facts Known<Arc<Vec<Subnet>>>,
        family: Family,
    ) -> Passage<'facts> {
        let mut allowed = Vec::new();
        for peer in self.peers() {
            match peer {
                Peer::PrefixList(_) => return Passage::Open,
                Peer::Group(group) if groups.contains(group) => return Passage::Open,
                Peer::Group(_) => {}
                Peer::Addresses(net) if net.prefix_len() == 0 && is_of(net, family) => return Passage::Open,
                Peer::Addresses(net) => allowed.push(*net),
            }
        }
        allowed.retain(|net| is_of(net, family));
        match subnets {
            _ if allowed.is_empty() => Passage::Shut,
            Known::Unreadable(fault) => Passage::Unknown(fault),
            Known::Read(subnets) => covered(&allowed, &addresses(subnets, family)),
        }
    }

    fn peers(&self) -> impl Iterator<Item = &Peer> {
        self.rules
            .iter()
            .filter(|rule| rule.direction == self.direction && self.groups.contains(&rule.group))
            .filter(|rule| (rule.ports.0..=rule.ports.1).contains(&self.port))
            .map(|rule| &rule.peer)
    }
}

/// The addresses of these subnets in one family, each once.
pub(super) fn addresses(subnets: &[Subnet], family: Family) -> Vec<IpNet> {
    let mut all: Vec<IpNet> =
        subnets.iter().flat_map(|subnet| &subnet.addresses).filter(|net| is_of(net, family)).copied().collect();
    all.sort();
    all.dedup();
    all
}

/// How much of what is needed is allowed, by all rules together. Of no addresses at all nothing can be said for certain.
pub(super) fn covered(allowed: &[IpNet], needed: &[IpNet]) -> Passage<'static> {
    let together = IpNet::aggregate(&allowed.to_vec());
    let is_within = |net: &IpNet| together.iter().any(|allowed| allowed.contains(net));
    // Of two blocks of addresses, one contains the other, or they have nothing in common.
    let meets = |net: &IpNet| together.iter().any(|allowed| allowed.contains(net) || net.contains(allowed));
    if needed.is_empty() {
        Passage::Partly
    } else if needed.iter().all(is_within) {
        Passage::Open
    } else if needed.iter().any(meets) {
        Passage::Partly
    } else {
        Passage::Shut
    }
}

fn is_of(net: &IpNet, family: Family) -> bool {
    match (net, family) {
        (IpNet::V4(_), Family::Four) | (IpNet::V6(_), Family::Six) => true,
        (IpNet::V4(_), Family::Six) | (IpNet::V6(_), Family::Four) => false,
    }
}

#[cfg(test)]
mod tests {
    use ipnet::Ipv4Net;
    use proptest::prelude::*;

    use super::*;

    /// A block of addresses within 10.0.0.0/24.
    fn block() -> impl Strategy<Value = IpNet> {
        (0..=255_u8, 24..=32_u8)
            .prop_map(|(last, length)| IpNet::V4(Ipv4Net::new([10, 0, 0, last].into(), length).unwrap().trunc()))
    }

    proptest! {
        #[test]
        fn blocks_are_covered_as_their_addresses_are(
            allowed in prop::collection::vec(block(), 0..6),
            needed in prop::collection::vec(block(), 1..4),
        ) {
            let passes = |address: &std::net::IpAddr| allowed.iter().any(|net| net.contains(address));
            let all = (0..=255_u8).map(|last| std::net::IpAddr::from([10, 0, 0, last]));
            let wanted: Vec<_> = all.filter(|address| needed.iter().any(|net| net.contains(address))).collect();
            let expected = if wanted.iter().all(passes) {
                Passage::Open
            } else if wanted.iter().any(passes) {
                Passage::Partly
            } else {
                Passage::Shut
            };
            prop_assert_eq!(covered(&allowed, &needed), expected);
        }
    }
}
