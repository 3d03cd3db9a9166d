//! Whose an object in AWS is: every row of the table of ownership, for each of the four kinds.
//!
//! | what AWS shows | test |
//! |---|---|
//! | own marker, and the id was lost | [`lost`](crate::lost) |
//! | own id, and the marker was lost | [`own`] |
//! | the marker of a predecessor: restored, removed by force, retained | [`own`] |
//! | the marker of another cluster, none, or that of another object | [`foreign`] |
//! | own id, and somebody else's marker | [`foreign`] |
//! | two objects that want one name, in one cluster or in two | [`rivals`] |

mod foreign;
mod own;
mod rivals;

use agentcore_gateway_operator::aws::ownership::Identity;
use lab::aws::Call;
use lab::world::World;
use serde_json::{Value, json};

use crate::marker::{identity, is_marked};
use crate::set::{self, GATEWAY, KINDS, Kind, RESOURCE_CONFIGURATION, RESOURCE_GATEWAY, TARGET, apply_all};
use crate::stage::{self, NAMESPACE};

/// The name of the four objects, one of each kind, that the rows are about: in Kubernetes and in AWS.
const SUBJECT: &str = "subject";

/// A world in which the subjects have something to refer to. Its name is the cluster's, too.
async fn start(name: &str) -> anyhow::Result<World> {
    let world = stage::start(name).await?;
    prepare(&world).await?;
    Ok(world)
}

/// Makes what the subjects refer to.
async fn prepare(world: &World) -> anyhow::Result<()> {
    apply_all(world, &[set::gateway(GATEWAY.object), set::resource_gateway(RESOURCE_GATEWAY.object)]).await?;
    for kind in [GATEWAY, RESOURCE_GATEWAY] {
        world.ready(kind.name, NAMESPACE, kind.object).await?;
    }
    Ok(())
}

/// A custom resource of a kind, with this name in AWS.
fn manifest(kind: Kind, name: &str, name_in_aws: &str) -> Value {
    let mut manifest = match kind {
        GATEWAY => set::gateway(name),
        TARGET => set::target(name, GATEWAY.object),
        RESOURCE_GATEWAY => set::resource_gateway(name),
        _ => set::resource_configuration(name, RESOURCE_GATEWAY.object),
    };
    manifest["spec"]["name"] = json!(name_in_aws);
    manifest
}

/// Applies the subjects.
async fn apply(world: &World) -> anyhow::Result<()> {
    apply_all(world, &KINDS.map(|kind| manifest(kind, SUBJECT, SUBJECT))).await
}

/// Waits until the subjects are Ready, and answers with their ids.
async fn ready(world: &World) -> anyhow::Result<Vec<Value>> {
    let mut ids = Vec::new();
    for kind in KINDS {
        let resource = world.ready(kind.name, NAMESPACE, SUBJECT).await?;
        ids.push(resource["status"][kind.id].clone());
    }
    Ok(ids)
}

/// Deletes the subjects and waits until they are gone.
async fn delete(world: &World) -> anyhow::Result<()> {
    for kind in KINDS {
        world.delete(kind.name, NAMESPACE, SUBJECT).await?;
    }
    for kind in KINDS {
        world.gone(kind.name, NAMESPACE, SUBJECT).await?;
    }
    Ok(())
}

/// What AWS has under the subjects' name, whole.
fn in_aws(world: &World) -> Vec<(Kind, Value)> {
    let named = |kind: Kind| {
        let objects = world.aws.objects(kind.in_aws).into_iter();
        objects.filter(|object| object["name"] == SUBJECT).map(move |object| (kind, object))
    };
    KINDS.into_iter().flat_map(named).collect()
}

/// The ids of what AWS has under the subjects' name.
fn ids_in_aws(world: &World) -> Vec<Value> {
    in_aws(world).into_iter().map(|(kind, object)| object[kind.id_in_aws].clone()).collect()
}

/// Whether AWS has one subject of each kind, each with the marker of the custom resource that there is now.
async fn are_marked(world: &World, cluster: &str) -> anyhow::Result<bool> {
    let mut marked = 0;
    for (kind, object) in in_aws(world) {
        marked += usize::from(is_marked(world, cluster, kind, SUBJECT, &object).await?);
    }
    Ok(marked == KINDS.len() && in_aws(world).len() == marked)
}

/// Puts an object of each kind into AWS under the subjects' name, as somebody else would have made it, and lets every list that is
/// younger than the operator's retry floor grow old: within it, a list that does not show the object yet may still be believed.
async fn seed(world: &World, marker: Option<&Identity>) -> anyhow::Result<()> {
    for kind in KINDS {
        let mut body = manifest(kind, SUBJECT, SUBJECT)["spec"].clone();
        let referred = |kind: Kind| {
            let objects = world.aws.objects(kind.in_aws);
            objects.iter().find(|object| object["name"] != SUBJECT).map(|object| object[kind.id_in_aws].clone())
        };
        match kind {
            TARGET => body["gatewayIdentifier"] = referred(GATEWAY).unwrap_or_default(),
            RESOURCE_CONFIGURATION => {
                body["resourceGatewayIdentifier"] = referred(RESOURCE_GATEWAY).unwrap_or_default();
                body["allowAssociationToShareableServiceNetwork"] = json!(true);
            }
            _ => {}
        }
        if let Some(reference) = body.as_object_mut() {
            reference.remove("gatewayRef");
            reference.remove("resourceGatewayRef");
        }
        mark(kind, &mut body, marker);
        world.aws.seed(kind.in_aws, body);
    }
    stage::sweeps(world, 2).await
}

/// Sets the marker on a description of an object in AWS, or takes it away.
fn mark(kind: Kind, body: &mut Value, marker: Option<&Identity>) {
    if kind == TARGET {
        body["description"] = match marker {
            Some(identity) => json!(identity.describe(Some("Private API"))),
            None => json!("Private API"),
        };
        return;
    }
    if !body["tags"].is_object() {
        body["tags"] = json!({});
    }
    if let Some(tags) = body["tags"].as_object_mut() {
        tags.retain(|key, _| !key.starts_with("tools.agentcore.dev/"));
        tags.insert("cost-center".to_owned(), json!("42"));
        tags.extend(marker.into_iter().flat_map(Identity::tags).map(|(key, value)| (key, json!(value))));
    }
}

/// The calls that were about the subjects in AWS, or wanted to make some, and could have changed something, granted or not.
fn touched(calls: &[Call], objects: &[(Kind, Value)]) -> Vec<String> {
    let ids: Vec<&str> = objects.iter().filter_map(|(kind, object)| object[kind.id_in_aws].as_str()).collect();
    let mut touched = Vec::new();
    for call in calls.iter().filter(|call| call.mutating) {
        let input = call.input.to_string();
        let makes = call.operation.starts_with("Create") && call.input["name"] == SUBJECT;
        if makes || ids.iter().any(|id| input.contains(id)) {
            touched.push(format!("{} {} {input}", call.index, call.operation));
        }
    }
    touched
}
