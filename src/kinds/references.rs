//! From a reference in a spec to what it stands for, and whether it may be referred to.

use std::sync::Arc;

use kube::ResourceExt;
use tokio::time::Instant;

use super::{Managed, World, name_some, tags};
use crate::{
    api::{AllowedNamespaces, Ref},
    aws::{account_of, ownership::Marker},
    cluster::{
        View,
        permission::{lets_in, matches_pattern},
    },
    plan::{Hold, Reason},
    status,
    workload::{
        facts::{Known, LoadBalancer},
        locate::{self, locate},
        source::Source,
    },
};

/// Who refers.
#[derive(Debug, Clone, Copy)]
pub struct Referrer<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// It exists in AWS already: then what it refers to may be updating, or waiting to be deleted after it.
    pub exists: bool,
}

/// The object that is referred to, when this namespace may refer to it and it can be used.
///
/// # Errors
///
/// | hold | when |
/// |---|---|
/// | waiting, `ReferenceNotFound` | there is none |
/// | stalled, `NamespaceNotAllowed` | its owner does not let this namespace in |
/// | waiting, `ReferenceNotReady` | it is not ready, or is being deleted, and the referrer has nothing in AWS yet |
pub async fn referred<K: Managed>(
    world: &World,
    from: Referrer<'_>,
    reference: &Ref,
    allowed: impl Fn(&K) -> Option<&AllowedNamespaces> + Send,
    view: View,
) -> Result<K, Hold> {
    let namespace = reference.namespace.as_deref().unwrap_or(from.namespace);
    let kind = K::kind(&());
    let title = format!("{kind} {namespace}/{}", reference.name);
    let Some(object) = world.cluster.lookup::<K>(namespace, &reference.name, view).await? else {
        return Err(Hold::waiting(Reason::ReferenceNotFound, format!("{title} does not exist; waiting for it")));
    };
    let labels = world.cluster.namespace_labels(from.namespace, view).await?;
    if !lets_in(allowed(&object), namespace, from.namespace, labels.as_ref()) {
        return Err(Hold::stalled(
            Reason::NamespaceNotAllowed,
            format!(
                "{title} does not let namespace {} attach; its owner must allow it in spec.allowedNamespaces",
                from.namespace
            ),
        ));
    }
    is_usable(&object, from, &title).map(|()| object)
}

fn is_usable<K: Managed>(object: &K, from: Referrer<'_>, title: &str) -> Result<(), Hold> {
    let not_ready = |why: &str| Err(Hold::waiting(Reason::ReferenceNotReady, format!("{title} {why}")));
    let status = object.status();
    let has_id = status.is_some_and(|status| K::id(&status.facts).is_some());
    if object.meta().deletion_timestamp.is_some() {
        return if from.exists && has_id { Ok(()) } else { not_ready("is being deleted and takes no new users") };
    }
    let ready = status.and_then(|status| status::find(&status.conditions, status::READY));
    match ready.map(|ready| ready.status.as_str()) {
        Some("True") if has_id => Ok(()),
        Some("Unknown") if has_id && from.exists => Ok(()),
        _ => {
            let message = ready.map(|ready| ready.message.as_str()).filter(|message| !message.is_empty());
            not_ready(&format!("is not ready: {}", message.unwrap_or("it was not looked at yet")))
        }
    }
}

/// Whether a spec may name this identifier, which is no reference to an object here. Judged without AWS first; the marker in AWS is
/// read only for a visit that is about to change something.
///
/// # Errors
///
/// Stalled with `RefNotPermitted`: it is the id of an object here, or matches no pattern of `--allowed-external-ids`, or is of this
/// account and carries a cluster's marker.
pub async fn external<K: Managed>(world: &World, identifier: &str, arn: &str, view: View) -> Result<(), Hold> {
    let kind = K::kind(&());
    let refuse = |why: String| Err(Hold::stalled(Reason::RefNotPermitted, why));
    let id = identifier.rsplit('/').next().unwrap_or(identifier);
    let is_here = |object: &K| object.status().and_then(|status| K::id(&status.facts)).is_some_and(|known| known == id);
    if !world.cluster.stores().select::<K, _>(|object| is_here(object).then_some(())).is_empty() {
        return refuse(format!(
            "{identifier} is a {kind} of this cluster; name the object by reference instead of by its identifier"
        ));
    }
    if !world.settings.allowed_external_ids.iter().any(|pattern| matches_pattern(pattern, identifier)) {
        return refuse(format!(
            "{identifier} is not allowed: it must match a pattern of the operator's --allowed-external-ids"
        ));
    }
    // Tags are their account's: another account's object lets nobody else read them, and what its markers name is nothing of this account.
    let is_own = account_of(arn) == Some(&world.aws.account().id);
    let tags = if is_own && view == View::Live { tags::read(&world.aws, arn).await? } else { None };
    if tags.as_ref().and_then(Marker::in_tags).is_some() {
        return refuse(format!(
            "{identifier} belongs to an operator (it carries a cluster's marker); only its owner may use it"
        ));
    }
    Ok(())
}

/// The load balancer of an object in the cluster, as AWS knows it.
///
/// # Errors
///
/// The reference is not permitted or leads nowhere, or there is no such load balancer (yet).
pub async fn load_balancer(
    world: &World,
    kind: &'static str,
    namespace: &str,
    source: &Source,
    view: View,
) -> Result<Arc<LoadBalancer>, Hold> {
    let located = locate(&world.cluster, locate::Referrer { kind, namespace }, source, view).await?;
    let name = located.load_balancer.map_err(|verdict| verdict.hold())?;
    let since = Instant::now().checked_sub(world.settings.retry_floor.saturating_mul(5)).unwrap_or_else(Instant::now);
    match world.facts.load_balancer(&world.aws, &name, since).await {
        Known::Read(Some(balancer)) => Ok(balancer),
        Known::Read(None) => Err(Hold::stalled(
            Reason::LoadBalancerNotFound,
            format!("AWS has no load balancer {name}, which {source} names, in this account and region"),
        )),
        Known::Unreadable(fault) => Err(Hold::Failed(fault)),
    }
}

/// Whether a reference in a namespace leads to this object.
pub fn leads_to(reference: &Ref, from: &str, namespace: &str, name: &str) -> bool {
    reference.name == name && reference.namespace.as_deref().unwrap_or(from) == namespace
}

/// The objects of a kind that refer to something here and count, as `namespace/name`, sorted.
pub fn dependents<K: Managed>(world: &World, refers: impl Fn(&K) -> bool) -> Vec<String> {
    let mut names = world.cluster.stores().select::<K, _>(|object| {
        (refers(object) && counts(object))
            .then(|| format!("{}/{}", object.namespace().unwrap_or_default(), object.name_any()))
    });
    names.sort();
    names
}

/// Whether an object counts when it is asked who uses something: it has something in AWS, or nothing stands in the
/// way of its getting it. One that was never let in does not count, or anybody could keep anything from being deleted; nor does one that
/// waits for something that is going away, or the two would wait for each other.
pub fn counts<K: Managed>(object: &K) -> bool {
    is_let_in(object) && (has_id(object) || !is_false(object, "ResolvedRefs"))
}

/// Whether an object counts when it is asked who wants a name: it has something in AWS, or was not refused. Refusal matters, or anybody
/// could take any name away from those who may have it.
pub fn is_let_in<K: Managed>(object: &K) -> bool {
    has_id(object) || !is_false(object, "Accepted")
}

fn has_id<K: Managed>(object: &K) -> bool {
    object.status().is_some_and(|status| K::id(&status.facts).is_some())
}

fn is_false<K: Managed>(object: &K, type_: &str) -> bool {
    let condition = object.status().and_then(|status| status::find(&status.conditions, type_));
    condition.is_some_and(|condition| condition.status == "False")
}

/// The message of an object that is kept by others.
pub fn kept_by(names: &[String]) -> String {
    format!("Still used here, and deleted after those who use it: {}", name_some(names))
}

/// The operator's default security groups. Without any, AWS would take the VPC's default group, which usually lets nothing out to the
/// server, and the target would time out with no word about the reason.
///
/// # Errors
///
/// Stalled with `SecurityGroupRequired`: there are none. `member` is where the spec could name one.
pub fn default_security_groups(groups: &[String], member: &str) -> Result<Vec<String>, Hold> {
    if groups.is_empty() {
        return Err(Hold::stalled(
            Reason::SecurityGroupRequired,
            format!(
                "Name a security group in spec.{member}: it must let traffic out to the server's port (or start the operator with --default-security-group-ids)"
            ),
        ));
    }
    Ok(groups.to_vec())
}
