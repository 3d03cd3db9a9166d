//! Objects that are stored and cannot be read: written by a newer version, or under another schema. They must not stop the others, people
//! must be told, and they must still be deletable, with what they left in AWS.

use std::sync::Arc;

use kube::{
    Api, ResourceExt,
    api::{ApiResource, DynamicObject},
    core::{PartialObjectMeta, PartialObjectMetaExt, error_boundary::InvalidObject},
    runtime::{
        controller::Action,
        finalizer::{self, Event},
    },
};
use serde_json::Value;

use super::{Context, Errand, finalizers, visit, visit::Visit};
use crate::{
    api::FINALIZER,
    aws::{Fault, fault::shorten},
    cluster,
    kinds::Managed,
    plan::{Hold, Reason},
    status::{Step, Verdict},
};

/// Tells people about an unreadable object, or takes it out of AWS by what its status and metadata say.
pub(super) async fn reconcile<K: Managed>(
    unreadable: &InvalidObject,
    context: &Context,
) -> Result<Action, finalizer::Error<Hold>> {
    let metadata = &unreadable.metadata;
    let (namespace, name) = (metadata.namespace.clone().unwrap_or_default(), metadata.name.clone().unwrap_or_default());
    // The error may quote the spec, which its status may show and the log may not.
    tracing::warn!(kind = %K::kind(&()), namespace, name, "a stored object cannot be read; its condition Ready says why");
    tracing::debug!(kind = %K::kind(&()), namespace, name, error = unreadable.error, "why a stored object cannot be read");
    if metadata.deletion_timestamp.is_some() && !metadata.finalizers.iter().flatten().any(|one| one == FINALIZER) {
        return Ok(Action::await_change());
    }
    let husk = husk::<K>(context, &namespace, &name).await.map_err(finalizer::Error::ApplyFailed)?;
    let Some(husk) = husk else { return Ok(Action::await_change()) };
    if metadata.deletion_timestamp.is_none() {
        let message = format!(
            "The stored spec cannot be read by this version of the operator; mend it: {}",
            shorten(unreadable.error.clone())
        );
        let hold = Hold::stalled(Reason::Invalid, message);
        let verdict = Verdict::Held(hold.clone(), Step::Resolve);
        Visit::new(&husk, context, Errand::Keep).publish(&verdict).await.map_err(finalizer::Error::ApplyFailed)?;
        return Err(finalizer::Error::ApplyFailed(hold));
    }
    let api = Api::<PartialObjectMeta<K>>::namespaced(context.world.cluster.client().clone(), &namespace);
    let husk = &husk;
    let partial = Arc::new(metadata.clone().into_response_partial::<K>());
    finalizers::hold(&api, partial, |event| async move {
        match event {
            Event::Apply(_) => Ok(Action::await_change()),
            Event::Cleanup(_) => visit(husk, context, Errand::Remove).await,
        }
    })
    .await
}

/// The object with a spec that can be read and says nothing, but for the members that deletion needs and that are well-formed.
async fn husk<K: Managed>(context: &Context, namespace: &str, name: &str) -> Result<Option<K>, Hold> {
    let client = context.world.cluster.client().clone();
    let api = Api::<DynamicObject>::namespaced_with(client, namespace, &ApiResource::erase::<K>(&()));
    let found =
        api.get_opt(name).await.map_err(|error| Hold::Failed(cluster::fault("reading from Kubernetes", &error)))?;
    let Some(stored) = found else { return Ok(None) };
    let uid = stored.uid();
    let mut object = serde_json::to_value(stored).unwrap_or_default();
    let given = object["spec"].take();
    object["spec"] = K::husk();
    for member in ["name", "deletionPolicy", "adopt", "gatewayRef", "gatewayIdentifier"] {
        let mut fuller = object.clone();
        fuller["spec"][member] = given.get(member).cloned().unwrap_or(Value::Null);
        if !fuller["spec"][member].is_null() && serde_json::from_value::<K>(fuller.clone()).is_ok() {
            object = fuller;
        }
    }
    serde_json::from_value(object).map(Some).map_err(|error| {
        Hold::Failed(Fault::unavailable("reading a stored object", format!("{uid:?} cannot be read at all: {error}")))
    })
}
