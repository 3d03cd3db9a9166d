//! The way to a private REST API of API Gateway: the VPC endpoint that it is called through says where it leads.
//!
//! | | the target is not there yet | the target is there |
//! |---|---|---|
//! | VPC, subnets | the VPC endpoint's | as they were, while the spec names the same VPC endpoint |
//! | routing domain | with `via: RoutingDomain`, the VPC endpoint's name for all zones | likewise |
//! | private endpoint left out | managed: a private API cannot be called otherwise | managed |
//!
//! What the spec says goes before what is derived.

use std::sync::Arc;

use tokio::time::Instant;

use super::{Derived, Endpoint, Walk};
use crate::{
    api::{
        EndpointIpAddressType, GatewayTargetSpec, ManagedVpcResource, PrivateApiGateway, PrivateApiName,
        PrivateEndpoint, Resolution, Resolved,
    },
    aws::Account,
    plan::{Hold, Reason},
    status,
    workload::facts::{Known, VpcEndpoint},
};

/// What the name of the service of private REST APIs ends with, in every partition.
const SERVICE: &str = ".execute-api";

/// The private REST API that a target calls.
pub(in crate::kinds::target) fn of(spec: &GatewayTargetSpec) -> Option<&PrivateApiGateway> {
    spec.target_configuration.server_url_from()?.private_api_gateway.as_ref()
}

/// Where it is called.
pub(super) fn endpoint(api: &PrivateApiGateway, account: &Account) -> Endpoint {
    let PrivateApiGateway { rest_api_id, stage, vpc_endpoint_id, via } = api;
    let label = match via {
        PrivateApiName::EndpointName => format!("{rest_api_id}-{vpc_endpoint_id}"),
        PrivateApiName::RoutingDomain => rest_api_id.clone(),
    };
    let host = format!("{label}.execute-api.{}.{}", account.region, account.dns_suffix());
    Endpoint { host, port: 443, path: format!("/{stage}"), served_by: None, is_private_api: true }
}

/// A private endpoint that leads to it, and what is wrong with the VPC endpoint.
pub(super) struct Way {
    pub(super) derived: Derived,
    /// Why the VPC endpoint cannot be used.
    pub(super) unusable: Option<Hold>,
    /// What is written to status.
    pub(super) resolved: Resolved,
}

/// Looks at the VPC endpoint, and completes what the spec says of the private endpoint.
pub(super) async fn find(walk: &Walk<'_>, api: &PrivateApiGateway, said: Option<PrivateEndpoint>) -> Way {
    let found = walk.world.facts.vpc_endpoint(&walk.world.aws, &api.vpc_endpoint_id, since(walk)).await;
    let before = walk.before().filter(|before| before.vpc_endpoint_id.as_deref() == Some(&*api.vpc_endpoint_id));
    let derived = derive(api, said, before, &found);
    let resolved = resolved(walk, api, &derived);
    Way { derived, unusable: judge(&api.vpc_endpoint_id, &found), resolved }
}

/// How old an answer may be: what keeps a target from being made, or from serving, is looked at again soon.
fn since(walk: &Walk<'_>) -> Instant {
    let ready = walk.target.status.as_ref().and_then(|status| status::find(&status.conditions, status::READY));
    if walk.from.exists && ready.is_none_or(|ready| ready.status != "False") {
        return walk.since;
    }
    let soon = walk.world.settings.retry_floor.saturating_mul(5);
    Instant::now().checked_sub(soon).map_or(walk.since, |soon| soon.max(walk.since))
}

/// Why a VPC endpoint cannot be used. What could not be read is held against nobody.
fn judge(id: &str, found: &Known<Option<Arc<VpcEndpoint>>>) -> Option<Hold> {
    let Some(endpoint) = found.read()? else {
        let message = format!("AWS has no VPC endpoint {id} in this account and region; waiting for it");
        return Some(Hold::waiting(Reason::ReferenceNotFound, message));
    };
    if !endpoint.service.ends_with(SERVICE) {
        let message = format!(
            "VPC endpoint {id} leads to {}, and private REST APIs are called through one of execute-api; name another in \
             serverUrlFrom.privateApiGateway.vpcEndpointId",
            endpoint.service
        );
        return Some(Hold::stalled(Reason::Invalid, message));
    }
    if endpoint.state != "available" {
        let message = format!("VPC endpoint {id} is not available: AWS says {}; waiting for it", endpoint.state);
        return Some(Hold::waiting(Reason::ReferenceNotReady, message));
    }
    None
}

fn derive(
    api: &PrivateApiGateway,
    said: Option<PrivateEndpoint>,
    before: Option<&Resolved>,
    found: &Known<Option<Arc<VpcEndpoint>>>,
) -> Derived {
    let mut resource = match said {
        Some(PrivateEndpoint::SelfManagedLatticeResource(resource)) => {
            return Derived { endpoint: Some(PrivateEndpoint::SelfManagedLatticeResource(resource)), missing: None };
        }
        Some(PrivateEndpoint::ManagedVpcResource(resource)) => resource,
        None => ManagedVpcResource::default(),
    };
    let endpoint = found.read().and_then(Option::as_ref);
    if resource.vpc_identifier.is_none() {
        let fixed = before.and_then(|before| before.vpc_id.clone());
        resource.vpc_identifier = fixed.or_else(|| endpoint.map(|endpoint| endpoint.vpc.clone()));
    }
    if resource.subnet_ids.is_empty() {
        let fixed = before.map(|before| before.subnet_ids.clone()).filter(|subnets| !subnets.is_empty());
        resource.subnet_ids = fixed.or_else(|| endpoint.map(|endpoint| endpoint.subnets.clone())).unwrap_or_default();
    }
    resource.endpoint_ip_address_type.get_or_insert(EndpointIpAddressType::Ipv4);
    if api.via == PrivateApiName::RoutingDomain && resource.routing_domain.is_none() {
        let fixed = before.and_then(|before| before.routing_domain.clone());
        resource.routing_domain = fixed.or_else(|| endpoint.and_then(|endpoint| name_for_all_zones(endpoint)));
    }
    let is_whole = resource.vpc_identifier.is_some()
        && !resource.subnet_ids.is_empty()
        && (api.via == PrivateApiName::EndpointName || resource.routing_domain.is_some());
    let missing = (!is_whole).then(|| missing(&api.vpc_endpoint_id, found));
    Derived { endpoint: Some(PrivateEndpoint::ManagedVpcResource(resource)), missing }
}

/// The name that leads to a VPC endpoint in all its zones. Those of single zones say the zone, too, and are longer; those of private DNS do
/// not begin with the endpoint's id.
fn name_for_all_zones(endpoint: &VpcEndpoint) -> Option<String> {
    let start = format!("{}-", endpoint.id);
    let own = endpoint.names.iter().filter(|name| name.starts_with(&start) && name.contains(".execute-api."));
    own.min_by_key(|name| name.len()).cloned()
}

fn missing(id: &str, found: &Known<Option<Arc<VpcEndpoint>>>) -> Hold {
    match found {
        Known::Unreadable(fault) => Hold::Failed(fault.clone()),
        Known::Read(_) => Hold::waiting(
            Reason::ReferenceNotReady,
            format!("VPC endpoint {id} has no subnets, or no name in DNS, yet; waiting for it"),
        ),
    }
}

/// What stands in status: what was derived. What the spec says is the spec's.
fn resolved(walk: &Walk<'_>, api: &PrivateApiGateway, derived: &Derived) -> Resolved {
    let mut resolved = Resolved { vpc_endpoint_id: Some(api.vpc_endpoint_id.clone()), ..Resolved::default() };
    if let Some(managed) = derived.managed() {
        resolved.vpc_id.clone_from(&managed.vpc_identifier);
        resolved.subnet_ids = crate::workload::facts::set(&managed.subnet_ids);
        let said = match &walk.spec().private_endpoint {
            Some(PrivateEndpoint::ManagedVpcResource(said)) => said.routing_domain.is_some(),
            Some(PrivateEndpoint::SelfManagedLatticeResource(_)) | None => false,
        };
        resolved.routing_domain = managed.routing_domain.clone().filter(|_| !said);
        resolved.dns = managed.routing_domain.is_some().then_some(Resolution::RoutingDomain);
    }
    resolved
}

#[cfg(test)]
mod tests;
