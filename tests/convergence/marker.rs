//! Who an object in AWS says it belongs to.

use agentcore_gateway_operator::aws::ownership::{Identity, Marker};
use lab::world::World;
use serde_json::Value;

use crate::set::{Kind, TARGET};
use crate::stage::NAMESPACE;

/// The custom resource of this name and uid in a world, whose cluster is named as the world.
pub(crate) fn identity(world: &World, cluster: &str, name: &str, uid: &str) -> Identity {
    Identity {
        cluster: cluster.to_owned(),
        namespace: world.namespace(NAMESPACE),
        name: name.to_owned(),
        uid: uid.to_owned(),
    }
}

/// Whether an object in AWS carries the marker of the custom resource that has this name now.
pub(crate) async fn is_marked(
    world: &World,
    cluster: &str,
    kind: Kind,
    name: &str,
    object: &Value,
) -> anyhow::Result<bool> {
    let resource = world.get(kind.name, NAMESPACE, name).await?;
    let uid = resource["metadata"]["uid"].as_str().unwrap_or_default();
    let identity = identity(world, cluster, name, uid);
    if kind == TARGET {
        let description = object["description"].as_str().unwrap_or_default();
        return Ok(description.ends_with(&Marker::of(&identity).to_string()));
    }
    Ok(identity.tags().iter().all(|(key, value)| object["tags"][key] == value.as_str()))
}
