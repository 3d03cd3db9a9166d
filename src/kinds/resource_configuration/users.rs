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
    let children = references::dependents::<ResourceConfiguration>(world, |child| is_child(child, configuration));
    named([("Gateway", gateways), ("GatewayTarget", targets), ("ResourceConfiguration", children)])
}

/// The objects that AWS still leads through the resource configuration with this id, which `configuration` took over from.
pub(super) fn left_on(configuration: &ResourceConfiguration, world: &World, id: &str) -> Vec<String> {
    let gateways = references::dependents::<Gateway>(world, |gateway| {
        let facts = gateway.status.as_ref().map(|status| &status.facts);
        let led =
            facts.filter(|facts| facts.gateway_id.is_some()).map(|facts| &facts.resource_configuration_identifiers);
        gateway_uses(gateway, configuration)
            && led.is_some_and(|led| led.is_empty() || led.iter().any(|led| led.ends_with(id)))
    });
    let targets = references::dependents::<GatewayTarget>(world, |target| {
        let facts = target.status.as_ref().map(|status| &status.facts);
        let led = facts.and_then(|facts| facts.resource_configuration_identifier.as_deref());
        let is_there = facts.is_some_and(|facts| facts.target_id.is_some());
        target_uses(target, configuration) && is_there && led.is_none_or(|led| led.ends_with(id))
    });
    let children = references::dependents::<ResourceConfiguration>(world, |child| {
        let Some(status) = &child.status else { return false };
        let replacement = status.observed.as_ref().and_then(|observed| observed.replacement.as_ref());
        // What a child left behind may be in the group that retires.
        let left = replacement.is_some_and(|state| state.retiring.is_some() || state.successor.is_some());
        let group = status.facts.resource_configuration_group_id.as_deref();
        let is_there = status.facts.resource_configuration_id.is_some();
        is_child(child, configuration) && (left || (is_there && group.is_none_or(|group| group == id)))
    });
    named([("Gateway", gateways), ("GatewayTarget", targets), ("ResourceConfiguration", children)])
}

fn named(users: [(&str, Vec<String>); 3]) -> Vec<String> {
    users.into_iter().flat_map(|(kind, names)| names.into_iter().map(move |name| format!("{kind} {name}"))).collect()
}

/// Whether a resource configuration belongs to this group, by reference.
fn is_child(child: &ResourceConfiguration, group: &ResourceConfiguration) -> bool {
    child.spec.resource_configuration_group_ref.as_ref().is_some_and(|reference| leads_here(reference, child, group))
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
