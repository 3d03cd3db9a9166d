//! Where a name leads.

use std::net::IpAddr;

use super::super::account::Account;
use super::super::network::{LoadBalancer, Network, RecordData, RecordKind, Vpc, VpcEndpoint};
use super::Way;

/// Names that lead to names are followed this often.
const MOST_STEPS: usize = 8;

/// What has the address that a name stands for.
pub(super) enum Destination<'a> {
    LoadBalancer(&'a LoadBalancer),
    Endpoint(&'a VpcEndpoint),
    /// Something that the network does not know.
    Address(IpAddr),
    /// A name that a test has declared to resolve.
    Elsewhere,
}

/// Where the name of a way leads; nothing when it does not resolve there.
pub(super) fn resolve<'a>(account: &'a Account, way: &Way<'_>) -> Option<Destination<'a>> {
    let mut name = written_small(way.name);
    for _ in 0..MOST_STEPS {
        match step(account, way, &name)? {
            Step::There(destination) => return Some(destination),
            Step::Name(next) => name = next,
        }
    }
    None
}

/// The load balancer with a name in DNS.
pub(super) fn balancer_named<'a>(network: &'a Network, name: &str) -> Option<&'a LoadBalancer> {
    let name = written_small(name);
    let name = name.strip_prefix("dualstack.").unwrap_or(&name);
    network.load_balancers.iter().find(|balancer| balancer.dns_name.eq_ignore_ascii_case(name))
}

enum Step<'a> {
    There(Destination<'a>),
    Name(String),
}

fn step<'a>(account: &'a Account, way: &Way<'_>, name: &str) -> Option<Step<'a>> {
    let network = &account.network;
    if let Some(balancer) = balancer_named(network, name) {
        return Some(Step::There(Destination::LoadBalancer(balancer)));
    }
    let endpoint = network
        .vpc_endpoints
        .iter()
        .find(|endpoint| endpoint.names.iter().any(|own| own.name.eq_ignore_ascii_case(name)));
    if let Some(endpoint) = endpoint {
        return Some(Step::There(Destination::Endpoint(endpoint)));
    }
    if let Ok(address) = name.parse() {
        return Some(Step::There(at(network, address)));
    }
    let sees_zones = way.in_vpc && network.vpc(way.vpc).is_some_and(Vpc::resolves_private_zones);
    let zone = network
        .hosted_zones
        .iter()
        .filter(|zone| sees_zones && zone.is_seen_from(&account.options.region, way.vpc) && zone.contains(name))
        .max_by_key(|zone| zone.name.len());
    if let Some(zone) = zone {
        return zone.answers(name).into_iter().find_map(|record| match (&record.data, record.kind) {
            (RecordData::Alias { name, .. }, RecordKind::A | RecordKind::Aaaa) => Some(Step::Name(written_small(name))),
            (RecordData::Values(_, values), RecordKind::Cname) => Some(Step::Name(written_small(values.first()?))),
            (RecordData::Values(_, values), RecordKind::A | RecordKind::Aaaa) => {
                Some(Step::There(at(network, values.first()?.parse().ok()?)))
            }
            _ => None,
        });
    }
    // What a zone of the network is for must be resolved by that zone.
    let declared = account.has_private_zone(name) && !network.hosted_zones.iter().any(|zone| zone.contains(name));
    (way.in_vpc && declared).then_some(Step::There(Destination::Elsewhere))
}

/// What has an address.
fn at(network: &Network, address: IpAddr) -> Destination<'_> {
    let interface = network.network_interfaces.iter().find(|interface| interface.address.parse() == Ok(address));
    let balancer = interface.and_then(|interface| {
        network.load_balancers.iter().find(|balancer| balancer.interface_description() == interface.description)
    });
    balancer.map_or(Destination::Address(address), Destination::LoadBalancer)
}

fn written_small(name: &str) -> String {
    name.trim_end_matches('.').to_lowercase()
}
