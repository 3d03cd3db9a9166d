//! What may be called: a tenant writes the spec, and the operator stands where the tenant may not.

mod allowance;
mod refused;

use std::{
    collections::BTreeSet,
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::{net::lookup_host, time::timeout};

use super::{Call, Obstacle, Via};
use crate::plan::Reason;

pub use allowance::{Allowance, Resolution};

/// Whether an address is that of a Service in this cluster.
pub type IsService = Arc<dyn Fn(IpAddr) -> bool + Send + Sync>;

/// The most addresses that are tried. A load balancer has one for each zone, and a region has at most eight or so.
const TRIED: usize = 8;

/// Decides what is called.
///
/// | the call goes | to the addresses of | and there only to those that |
/// |---|---|---|
/// | via a load balancer | its DNS name | are of no refused kind, or covered by `--preflight-allow` |
/// | to a literal host, which `--preflight-allow` covers | the host | exist: a person who runs the operator vouches for the name |
/// | to another literal host | the host, where `--preflight-allow` has any network | are covered by `--preflight-allow` |
///
/// An address is covered by a network it is in, or by the name it was found under. Refused kinds are the operator's own host
/// (loopback, unspecified, link-local), metadata of instances and pods, groups (multicast, broadcast), and Services of the cluster.
#[derive(Clone)]
pub struct Guard {
    allowances: Vec<Allowance>,
    resolutions: Vec<Resolution>,
    is_service: IsService,
}

impl fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { allowances, resolutions, .. } = self;
        formatter
            .debug_struct("Guard")
            .field("allowances", allowances)
            .field("resolutions", resolutions)
            .finish_non_exhaustive()
    }
}

impl Guard {
    /// A guard for `--preflight-allow` and `--resolve`, and for what is a Service of the cluster at the time of a call.
    pub fn new(allowances: Vec<Allowance>, resolutions: Vec<Resolution>, is_service: IsService) -> Self {
        Self { allowances, resolutions, is_service }
    }

    /// Where a call may connect to, at least one address. Found once, so that a name cannot change its mind during a look.
    pub(super) async fn addresses(&self, call: &Call, patience: Duration) -> Result<Vec<SocketAddr>, Obstacle> {
        let name = self.name(call)?;
        let found = match self.resolved(name, call.port) {
            found if !found.is_empty() => found,
            _ => look_up(name, call.port, patience).await?,
        };
        self.admit(call, name, &found)
    }

    /// The name whose addresses are asked for. A host that can never be allowed is not even looked up.
    fn name<'call>(&self, call: &'call Call) -> Result<&'call str, Obstacle> {
        match &call.via {
            Via::LoadBalancer(name) => Ok(name),
            Via::Literal if self.covers_name(call.name()) => Ok(call.name()),
            Via::Literal if self.allowances.iter().any(|one| matches!(one, Allowance::Network(_))) => Ok(call.name()),
            Via::Literal => Err(unvouched(call.name())),
        }
    }

    /// What `--resolve` says of a name.
    fn resolved(&self, name: &str, port: u16) -> Vec<SocketAddr> {
        self.resolutions.iter().filter(|one| one.is_for(name, port)).map(|one| one.address).collect()
    }

    /// The addresses that may be connected to, of those that were found under a name.
    fn admit(&self, call: &Call, name: &str, found: &[SocketAddr]) -> Result<Vec<SocketAddr>, Obstacle> {
        if self.covers_name(name) {
            return Ok(found.iter().copied().take(TRIED).collect());
        }
        let mut kinds = BTreeSet::new();
        let mut admitted = Vec::new();
        for address in found {
            let ip = refused::plain(address.ip());
            match (self.covers_address(ip), &call.via, self.refusal(ip)) {
                (true, _, _) | (false, Via::LoadBalancer(_), None) => admitted.push(*address),
                (false, Via::LoadBalancer(_), Some(kind)) => {
                    kinds.insert(kind);
                }
                (false, Via::Literal, _) => {}
            }
        }
        admitted.truncate(TRIED);
        match &call.via {
            _ if !admitted.is_empty() => Ok(admitted),
            Via::Literal => Err(unvouched(name)),
            Via::LoadBalancer(_) => Err(refused_only(name, &kinds)),
        }
    }

    fn refusal(&self, ip: IpAddr) -> Option<&'static str> {
        refused::kind(ip).or_else(|| (self.is_service)(ip).then_some("a Service of this cluster"))
    }

    fn covers_name(&self, name: &str) -> bool {
        self.allowances.iter().any(|one| one.covers_name(name))
    }

    fn covers_address(&self, ip: IpAddr) -> bool {
        self.allowances.iter().any(|one| one.covers_address(ip))
    }
}

/// Asks the system's resolver.
async fn look_up(name: &str, port: u16, patience: Duration) -> Result<Vec<SocketAddr>, Obstacle> {
    let why = match timeout(patience, lookup_host((name, port))).await {
        Ok(Ok(found)) => {
            let found: Vec<_> = found.collect();
            if !found.is_empty() {
                return Ok(found);
            }
            "it has no address".to_owned()
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {} seconds", patience.as_secs_f32()),
    };
    Err(Obstacle::unknown(
        Reason::Unreachable,
        format!(
            "{name} cannot be resolved from where the operator runs ({why}), which proves nothing about the gateway. The flag \
             --resolve={name}:{port}:ADDRESS tells the operator where it is."
        ),
    ))
}

/// Only the spec names the host.
fn unvouched(name: &str) -> Obstacle {
    Obstacle::unknown(
        Reason::Unreachable,
        format!(
            "The server is not called, because only the spec names {name}. Whoever runs the operator can let it: \
             --preflight-allow={name}"
        ),
    )
}

/// A load balancer that claims to be where none is.
fn refused_only(name: &str, kinds: &BTreeSet<&str>) -> Obstacle {
    let kinds: Vec<_> = kinds.iter().copied().collect();
    Obstacle::unknown(
        Reason::Unreachable,
        format!(
            "The server is not called, because {name} resolves only to {}, where no load balancer can be. Whoever runs the operator \
             can let it all the same: --preflight-allow={name}",
            kinds.join(" and ")
        ),
    )
}

#[cfg(test)]
mod tests;
