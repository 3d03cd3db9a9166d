//! Who goes through a resource configuration: targets, and the authorizers of gateways.

use kube::ResourceExt;

use super::super::{
    World,
    gateway::authorizer,
    private_endpoint,
    references::{self, leads_to},
};
use crate::api::{Gateway, GatewayTarget, Ref, ResourceConfiguration};

/// How many there are that AWS has.
pub(super) fn count(configuration: &ResourceConfiguration, world: &World) -> u32 {
    let stores = world.cluster.stores();
    let targets = stores.select::<GatewayTarget, _>(|target| {
        let exists = target.status.as_ref()?.facts.target_id.is_some();
        (exists && target_uses(target, configuration)).then_some(())
    });
    let gateways = stores.select::<Gateway, _>(|gateway| {
        let exists = gateway.status.as_ref()?.facts.gateway_id.is_some();
        (exists && gateway_uses(gateway, configuration)).then_some(())
    });
    u32::try_from(targets.len() + gateways.len()).unwrap_or(u32::MAX)
}

/// Those that keep it, as people name them.
pub(super) fn dependents(configuration: &ResourceConfiguration, world: &World) -> Vec<String> {
    let gateways = references::dependents::<Gateway>(world, |gateway| gateway_uses(gateway, configuration));
    let targets = references::dependents::<GatewayTarget>(world, |target| target_uses(target, configuration));
    let gateways = gateways.into_iter().map(|name| format!("Gateway {name}"));
    gateways.chain(targets.into_iter().map(|name| format!("GatewayTarget {name}"))).collect()
}

/// Whether a target goes through it, by reference.
fn target_uses(target: &GatewayTarget, configuration: &ResourceConfiguration) -> bool {
    let reference = target.spec.private_endpoint.as_ref().and_then(private_endpoint::configuration_of);
    reference.is_some_and(|reference| leads_here(reference, target, configuration))
}

/// Whether the authorizer of a gateway goes through it, by reference.
fn gateway_uses(gateway: &Gateway, configuration: &ResourceConfiguration) -> bool {
    authorizer::configurations(&gateway.spec).any(|reference| leads_here(reference, gateway, configuration))
}

fn leads_here(reference: &Ref, from: &impl ResourceExt, configuration: &ResourceConfiguration) -> bool {
    let namespace = from.namespace().unwrap_or_default();
    leads_to(reference, &namespace, &configuration.namespace().unwrap_or_default(), &configuration.name_any())
}
