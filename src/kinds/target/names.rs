//! How a target is named in AWS.
//!
//! | | the name |
//! |---|---|
//! | `spec.name` | that |
//! | none, and `spec.adopt` took it over | the name that it had |
//! | none, and AWS has the target | the name that it has |
//! | none, and the gateway's `targetNames` is `NamespacePrefixed` | namespace, hyphen and name, made legal |
//! | none, and anything else, a gateway that is not here included | the name, made legal |
//!
//! A recorded name is only believed when it is one of the two that the target could have got: a status can be written by others.

use kube::ResourceExt;

use super::super::Managed;
use crate::{
    api::{Gateway, GatewayTarget, TargetNames},
    aws::ownership::legal_name,
    plan::{Hold, Reason},
};

/// The longest name that AWS accepts.
const NAME_LIMIT: usize = 100;

/// The names that a target gets when it asks for none: the short one, and the one with its namespace.
pub(super) fn defaults(target: &GatewayTarget) -> [String; 2] {
    let (namespace, name) = (target.namespace().unwrap_or_default(), target.name_any());
    [name.clone(), format!("{namespace}-{name}")].map(|name| legal_name(&namespace, &name, NAME_LIMIT))
}

/// The target's name in AWS.
pub(super) fn name(target: &GatewayTarget, gateway: Option<&Gateway>) -> String {
    if let Some(name) = &target.spec.name {
        return name.clone();
    }
    if let Some(name) = target.adopted_name() {
        return name;
    }
    let defaults = defaults(target);
    let facts = target.status.as_ref().map(|status| &status.facts);
    let recorded = facts.filter(|facts| facts.target_id.is_some()).and_then(|facts| facts.name.as_ref());
    if let Some(recorded) = recorded.filter(|recorded| defaults.contains(recorded)) {
        return recorded.clone();
    }
    let [short, prefixed] = defaults;
    if gateway.is_some_and(is_prefixed) { prefixed } else { short }
}

/// Why a target of another namespace may not have the name that it asks for, or takes over. One that AWS has keeps its name.
pub(super) fn refused(target: &GatewayTarget, gateway: &Gateway, title: &str) -> Option<Hold> {
    let taken_over = target.spec.adopt.as_ref().and_then(|adopt| adopt.name.as_ref());
    refuses(target, gateway, title, target.spec.name.as_ref().or(taken_over)?)
}

/// Why a target of another namespace may not have this name, whatever it was found by.
pub(super) fn refuses(target: &GatewayTarget, gateway: &Gateway, title: &str, name: &str) -> Option<Hold> {
    let namespace = target.namespace().unwrap_or_default();
    let exists = target.status.as_ref().is_some_and(|status| status.facts.target_id.is_some());
    let foreign = gateway.namespace().as_deref() != Some(&namespace);
    let prefix = format!("{namespace}-");
    let is_anothers = foreign && !exists && is_prefixed(gateway) && !name.starts_with(&prefix);
    is_anothers.then(|| {
        Hold::stalled(
            Reason::RefNotPermitted,
            format!(
                "{title} names targets by their namespace (spec.targetNames NamespacePrefixed), and {name} does not begin with {prefix}; leave \
                 spec.name and spec.adopt out, or let it begin with {prefix}"
            ),
        )
    })
}

fn is_prefixed(gateway: &Gateway) -> bool {
    gateway.spec.target_names == Some(TargetNames::NamespacePrefixed)
}

#[cfg(test)]
mod tests;
