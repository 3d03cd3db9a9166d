//! What people do to objects in Kubernetes that the lab has no words for.

use kube::Api;
use kube::api::{ApiResource, DynamicObject, Patch, PatchParams};
use kube::core::GroupVersionKind;
use lab::world::World;
use serde_json::json;

use crate::set::Kind;
use crate::stage::NAMESPACE;

/// Loses the status of an object, as a restored backup does.
pub(crate) async fn wipe_status(world: &World, kind: Kind, name: &str) -> anyhow::Result<()> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("tools.agentcore.dev", "v1alpha1", kind.name));
    let client = world.control_plane.client().await?;
    let api = Api::<DynamicObject>::namespaced_with(client, &world.namespace(NAMESPACE), &resource);
    api.patch_status(name, &PatchParams::default(), &Patch::Merge(json!({"status": null}))).await?;
    Ok(())
}

/// Deletes an object and takes its finalizer away, as impatient people do.
pub(crate) async fn force_away(world: &World, kind: Kind, name: &str) -> anyhow::Result<()> {
    world.delete(kind.name, NAMESPACE, name).await?;
    if world.find(kind.name, NAMESPACE, name).await?.is_some() {
        let patch = json!({"metadata": {"finalizers": null}});
        // Gone meanwhile is what was wanted.
        if let Err(error) = world.merge(kind.name, NAMESPACE, name, patch).await
            && world.find(kind.name, NAMESPACE, name).await?.is_some()
        {
            return Err(error);
        }
    }
    world.gone(kind.name, NAMESPACE, name).await
}

/// Asks for a full look, by annotation.
pub(crate) async fn look_again(world: &World, kind: Kind, name: &str, value: &str) -> anyhow::Result<()> {
    let patch = json!({"metadata": {"annotations": {"tools.agentcore.dev/reconcile-requested-at": value}}});
    world.merge(kind.name, NAMESPACE, name, patch).await.map(drop)
}
