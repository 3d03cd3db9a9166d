//! What a load balancer tells of the private network that it is reached through.
//!
//! | | the target is not there yet | the target is there |
//! |---|---|---|
//! | VPC, subnets | the load balancer's | as they were; the load balancer's when it is in another VPC now |
//! | routing domain | the load balancer's name, where the VPC certainly cannot resolve the host | as it was; the new name when it was the old load balancer's |
//! | private endpoint left out | managed, when the load balancer is internal | managed, when it was or is internal |
//!
//! What the spec says goes before what is derived.

use super::{Front, Hops, Walk};
use crate::{
    api::{EndpointIpAddressType, ManagedVpcResource, PrivateEndpoint, Resolution, Resolved, RoutingDomainPolicy},
    plan::{Hold, Reason},
    workload::{
        dns::Way as Dns,
        facts::{Known, set},
        source::endpoint_from,
    },
};

/// A private endpoint, as complete as it can be.
#[derive(Debug, Clone)]
pub(super) struct Derived {
    /// It; `None`: the endpoint is called over the internet.
    pub(super) endpoint: Option<PrivateEndpoint>,
    /// What is missing for a target that is made now.
    pub(super) missing: Option<Hold>,
}

impl Derived {
    /// The managed network, where it is one.
    pub(super) fn managed(&self) -> Option<&ManagedVpcResource> {
        match &self.endpoint {
            Some(PrivateEndpoint::ManagedVpcResource(resource)) => Some(resource),
            Some(PrivateEndpoint::SelfManagedLatticeResource(_)) | None => None,
        }
    }
}

/// Completes what the spec says of the private endpoint.
pub(super) fn derive(walk: &Walk<'_>, said: Option<PrivateEndpoint>, front: Option<&Front>) -> Derived {
    if endpoint_from(walk.spec()).is_none() {
        return Derived { endpoint: said, missing: None };
    }
    let (before, balancer) = (walk.before(), front.and_then(Front::balancer));
    let scheme =
        balancer.map(|found| found.scheme.as_str()).or_else(|| before.and_then(|before| before.scheme.as_deref()));
    let is_internal = is_internal(before, scheme);
    let mut resource = match said {
        Some(PrivateEndpoint::SelfManagedLatticeResource(resource)) => {
            return Derived { endpoint: Some(PrivateEndpoint::SelfManagedLatticeResource(resource)), missing: None };
        }
        Some(PrivateEndpoint::ManagedVpcResource(resource)) => resource,
        None if is_internal => ManagedVpcResource::default(),
        None if scheme.is_none() => return Derived { endpoint: None, missing: Some(unread(front)) },
        None => return Derived { endpoint: None, missing: None },
    };
    let network = network(before, balancer);
    if resource.vpc_identifier.is_none() {
        resource.vpc_identifier = network.as_ref().map(|(vpc, _)| vpc.clone());
    }
    if resource.subnet_ids.is_empty() {
        resource.subnet_ids = network.map(|(_, subnets)| subnets).unwrap_or_default();
    }
    resource.endpoint_ip_address_type.get_or_insert(EndpointIpAddressType::Ipv4);
    let is_whole = resource.vpc_identifier.is_some() && !resource.subnet_ids.is_empty();
    Derived {
        endpoint: Some(PrivateEndpoint::ManagedVpcResource(resource)),
        missing: (!is_whole).then(|| unread(front)),
    }
}

/// Whether a target that says nothing of it goes through a private network. One that is there keeps the way that it has; but over the
/// internet nobody reaches an internal load balancer, whatever stood in its place before.
fn is_internal(before: Option<&Resolved>, scheme: Option<&str>) -> bool {
    before.is_some_and(|before| before.vpc_id.is_some()) || scheme == Some("internal")
}

/// VPC and subnets: what was fixed, unless the load balancer is in another VPC now, where the old ones cannot work.
fn network(
    before: Option<&Resolved>,
    balancer: Option<&std::sync::Arc<crate::workload::facts::LoadBalancer>>,
) -> Option<(String, Vec<String>)> {
    let now = balancer.map(|found| (found.vpc.clone(), set(&found.subnets)));
    let fixed = before.and_then(|before| Some((before.vpc_id.clone()?, before.subnet_ids.clone())));
    match (fixed, now) {
        (Some((vpc, _)), Some(now)) if vpc != now.0 => Some(now),
        (Some(fixed), _) => Some(fixed),
        (None, now) => now,
    }
}

fn unread(front: Option<&Front>) -> Hold {
    match front.map(|front| &front.balancer) {
        Some(Known::Unreadable(fault)) => Hold::Failed(fault.clone()),
        Some(Known::Read(_)) | None => Hold::waiting(
            Reason::LoadBalancerPending,
            "The load balancer is not known yet, and so neither are VPC and subnets; waiting for it",
        ),
    }
}

/// The routing domain that goes with what DNS said.
pub(super) fn with_routing(mut derived: Derived, walk: &Walk<'_>, front: Option<&Front>, hops: &Hops) -> Derived {
    if let Some(PrivateEndpoint::ManagedVpcResource(resource)) = &mut derived.endpoint
        && resource.routing_domain.is_none()
        && endpoint_from(walk.spec()).is_some()
    {
        resource.routing_domain = match fixed_routing(walk, front) {
            Some(fixed) => Some(fixed),
            None if walk.from.exists => None,
            None => hops.routing_domain.clone(),
        };
    }
    derived
}

/// The routing domain that was set when the target was made; that of another load balancer by now is replaced by its name.
pub(super) fn fixed_routing(walk: &Walk<'_>, front: Option<&Front>) -> Option<String> {
    if policy(walk) == RoutingDomainPolicy::Never {
        return None;
    }
    let before = walk.before()?;
    let fixed = before.routing_domain.clone()?;
    let was_the_balancer = before.load_balancer_dns.as_ref() == Some(&fixed);
    let now = front.filter(|front| was_the_balancer && front.balancer().is_some()).map(|front| front.name.clone());
    Some(now.unwrap_or(fixed))
}

/// What the spec says of routing domains.
pub(super) fn policy(walk: &Walk<'_>) -> RoutingDomainPolicy {
    match &walk.spec().private_endpoint {
        Some(PrivateEndpoint::ManagedVpcResource(resource)) => resource.routing_domain_policy.unwrap_or_default(),
        Some(PrivateEndpoint::SelfManagedLatticeResource(_)) | None => RoutingDomainPolicy::default(),
    }
}

/// What stands in status: what was derived, and what the newest successful look told. A look that failed takes nothing away.
pub(super) fn resolved(walk: &Walk<'_>, front: Option<&Front>, derived: &Derived, hops: &Hops) -> Option<Resolved> {
    let before = walk.told().cloned();
    let Some(front) = front else { return before };
    let mut resolved = before.unwrap_or_default();
    if let Some(balancer) = front.balancer() {
        resolved.load_balancer_arn = Some(balancer.arn.clone());
        resolved.load_balancer_dns = Some(front.name.clone());
        resolved.scheme = Some(balancer.scheme.clone());
        resolved.load_balancer_security_group_ids = set(&balancer.security_groups);
        if derived.managed().is_none() && !walk.from.exists {
            resolved.vpc_id = None;
            resolved.subnet_ids = Vec::new();
        }
    }
    if let Some(served) = &hops.served {
        resolved.certificate_arn = Some(served.arn.clone());
        resolved.certificate_type.clone_from(&served.kind);
        resolved.not_after.clone_from(&served.not_after);
    }
    if let Some(managed) = derived.managed() {
        resolved.vpc_id.clone_from(&managed.vpc_identifier);
        resolved.subnet_ids = set(&managed.subnet_ids);
        // One that the spec says is the spec's.
        let said = match &walk.spec().private_endpoint {
            Some(PrivateEndpoint::ManagedVpcResource(said)) => said.routing_domain.is_some(),
            Some(PrivateEndpoint::SelfManagedLatticeResource(_)) | None => false,
        };
        resolved.routing_domain = managed.routing_domain.clone().filter(|_| !said);
    }
    if let Some(way) = hops.resolution {
        resolved.dns = Some(match way {
            Dns::PrivateHostedZone => Resolution::PrivateHostedZone,
            Dns::Public => Resolution::Public,
            Dns::RoutingDomain => Resolution::RoutingDomain,
            Dns::Unknown => Resolution::Unknown,
        });
    }
    Some(resolved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_internal_load_balancer_is_reached_through_its_network() {
        let before = |vpc: Option<&str>| Some(Resolved { vpc_id: vpc.map(str::to_owned), ..Resolved::default() });
        // | what was derived before | the load balancer is now | through a private network |
        let table = [
            (None, Some("internal"), true),
            (None, Some("internet-facing"), false),
            (None, None, false),
            (before(Some("vpc-1")), Some("internal"), true),
            (before(Some("vpc-1")), Some("internet-facing"), true),
            (before(Some("vpc-1")), None, true),
            // The endpoint was a public load balancer, or went through a resource configuration, and the spec says so no more.
            (before(None), Some("internal"), true),
            (before(None), Some("internet-facing"), false),
            (before(None), None, false),
        ];
        for (before, scheme, expected) in table {
            assert_eq!(is_internal(before.as_ref(), scheme), expected, "{before:?} {scheme:?}");
        }
    }
}
