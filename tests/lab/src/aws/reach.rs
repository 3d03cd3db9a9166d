//! How packets of `AgentCore` get from a resource gateway to the server of a target, and what stops them on the way.
//!
//! | hop | what a caller sees when it is broken |
//! |---|---|
//! | the name resolves where the resource gateway resolves | `Name or service not known` |
//! | the gateway's groups let the port out | `Connection timed out` |
//! | the load balancer works, listens, and its groups let the gateway in | `Connection timed out` |
//! | its certificate is in date, for the host, and from an authority that is trusted | a sentence about PKIX |
//! | a target behind it is healthy | `Connection closed by peer` |

mod firewall;
mod resolve;
mod trust;

use super::account::Account;
use super::network::{LoadBalancer, LoadBalancerState, Scheme, TargetState};
use resolve::Destination;

/// A way into a VPC that the network knows.
pub(super) struct Way<'a> {
    /// The VPC of the resource gateway.
    pub(super) vpc: &'a str,
    /// Its subnets.
    pub(super) subnets: &'a [String],
    /// Its security groups.
    pub(super) groups: &'a [String],
    /// Whether it resolves names as its VPC does.
    pub(super) in_vpc: bool,
    /// The name that is resolved.
    pub(super) name: &'a str,
    /// The name that the server is called by.
    pub(super) host: &'a str,
    pub(super) port: u16,
    /// Whether the target brings an authority of its own for certificates.
    pub(super) brings_authority: bool,
}

/// Goes the whole way, or says what the caller of the server would see.
pub(super) fn go(account: &Account, way: &Way<'_>) -> Result<(), String> {
    let Some(destination) = resolve::resolve(account, way) else { return Err(unknown(way.name)) };
    let network = &account.network;
    match destination {
        Destination::Elsewhere => Ok(()),
        Destination::Address(address) => check(firewall::lets_out(network, way, &[address], &[])),
        Destination::Endpoint(endpoint) => {
            let addresses = firewall::addresses_in(network, &endpoint.subnets);
            check(firewall::lets_out(network, way, &addresses, &endpoint.security_groups))?;
            check(firewall::lets_in(network, way, &endpoint.security_groups))
        }
        Destination::LoadBalancer(balancer) => {
            let addresses = firewall::addresses_of(network, balancer);
            check(firewall::lets_out(network, way, &addresses, &balancer.security_groups))?;
            // A network load balancer without groups lets everybody in.
            let guarded = !balancer.security_groups.is_empty();
            check(!guarded || firewall::lets_in(network, way, &balancer.security_groups))?;
            serve(account, balancer, way.host, way.port, way.brings_authority)
        }
    }
}

/// Goes over the internet, or says what the caller of the server would see.
pub(super) fn go_public(account: &Account, host: &str, port: u16) -> Result<(), String> {
    if account.network.hosted_zones.iter().any(|zone| zone.contains(host)) {
        return Err(unknown(host));
    }
    match resolve::balancer_named(&account.network, host) {
        // The name of an internal load balancer resolves everywhere, to addresses that lead nowhere.
        Some(balancer) if balancer.scheme == Scheme::Internal => check(false),
        Some(balancer) => serve(account, balancer, host, port, false),
        None => Ok(()),
    }
}

/// What a host that does not resolve looks like.
pub(super) fn unknown(name: &str) -> String {
    format!("{name}: Name or service not known")
}

fn check(open: bool) -> Result<(), String> {
    if open { Ok(()) } else { Err("Connection timed out".to_owned()) }
}

/// What a load balancer does with a connection that has reached it.
fn serve(
    account: &Account,
    balancer: &LoadBalancer,
    host: &str,
    port: u16,
    brings_authority: bool,
) -> Result<(), String> {
    check(matches!(balancer.state, LoadBalancerState::Active | LoadBalancerState::ActiveImpaired))?;
    let Some(listener) = balancer.listener(port) else { return check(false) };
    trust::shake_hands(account, listener, host, brings_authority)?;
    let healthy = listener
        .target_groups()
        .filter_map(|arn| account.network.target_group(arn))
        .any(|group| group.targets.iter().any(|target| target.health.state == TargetState::Healthy));
    if healthy { Ok(()) } else { Err("Connection closed by peer".to_owned()) }
}
