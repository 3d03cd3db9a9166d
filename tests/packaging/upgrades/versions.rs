//! An operator among definitions of another version than its own: newer ones have members that it does not know, older ones lack members
//! that it writes.

use anyhow::Context;
use lab::aws::Fault;
use lab::objects::is_ready;
use lab::world::{PATIENCE, World, WorldOptions};
use serde_json::{Value, json};

use super::crds;
use crate::situations::{ALL, NAMESPACE, OPERATOR, edit, object, operation};

/// A member that a later version brings.
const LATER: &str = "laterMember";

/// What this version writes into status and an earlier one did not have.
const WRITTEN: [&str; 5] = [
    "/status/properties/lastHandledReconcileAt",
    "/status/properties/awsStatus",
    "/status/properties/usedBy",
    "/status/properties/observed/properties/specHash",
    "/status/properties/observed/properties/updatedAt",
];

#[tokio::test]
async fn an_operator_gets_along_with_definitions_of_other_versions() -> anyhow::Result<()> {
    let arguments = ["--retry-floor=200ms", "--retry-cap=1s", "--drift-interval=500ms"];
    let options = WorldOptions { operator_arguments: arguments.map(str::to_owned).to_vec(), ..WorldOptions::default() };
    let mut world = World::start_alone(OPERATOR, "versions", options).await?;
    newer(&world).await?;
    older(&world).await?;
    // After a start everything is looked at, and what was dropped is not there to be remembered: AWS has it all the same.
    let mark = world.aws.mark();
    world.operator.restart().await?;
    writes_nothing(&world).await?;
    let changed = world.aws.mutations_since(mark);
    assert!(changed.is_empty(), "AWS was asked to change what was as it should be: {changed:#?}");
    let log = world.operator.logs();
    assert!(log.contains("apply the definitions of this version") && log.contains("awsStatus"), "nobody is told");
    Ok(())
}

/// Members that are not known are left alone by every write: the finalizer, the status, a deletion.
async fn newer(world: &World) -> anyhow::Result<()> {
    define(world, |root| {
        root["properties"]["spec"]["properties"][LATER] =
            json!({"type": "object", "properties": {"word": {"type": "string"}}});
    })
    .await?;
    for kind in ALL {
        let mut object = object(kind, "agents");
        object["spec"][LATER] = json!({"word": "kept"});
        on_agents(&mut object);
        // Until the API server knows the new member it says that it does not.
        let look = async || world.apply_object(object.clone()).await.ok();
        world.wait_for(&format!("the new {kind} is known"), PATIENCE, look).await?;
    }
    has_kept(world, 1).await?;
    for kind in ALL {
        world.merge(kind, NAMESPACE, "agents", edit(kind)).await?;
    }
    has_kept(world, 2).await?;
    writes_nothing(world).await?;
    let mut held = Vec::new();
    for kind in ALL {
        held.push(world.aws.inject(
            Fault::on(&operation("Delete", kind)).error_before_commit(500, "InternalServerException").always(),
        ));
        world.delete(kind, NAMESPACE, "agents").await?;
    }
    for kind in ALL {
        let is_told = |object: &Value| object["status"]["conditions"].to_string().contains("Reconciling");
        let look = async || world.find(kind, NAMESPACE, "agents").await.ok().flatten().filter(is_told);
        let leaving = world.wait_for(&format!("{kind} says why it is still there"), PATIENCE, look).await?;
        assert_eq!(leaving["spec"][LATER], json!({"word": "kept"}), "{kind}");
    }
    for fault in held {
        fault.stop();
    }
    for kind in ALL {
        world.gone(kind, NAMESPACE, "agents").await?;
    }
    Ok(())
}

/// Members of status that the API server drops are not written again and again.
async fn older(world: &World) -> anyhow::Result<()> {
    define(world, |root| {
        for pointer in WRITTEN {
            let (parent, member) = pointer.rsplit_once('/').unwrap_or_default();
            root["properties"].pointer_mut(parent).and_then(Value::as_object_mut).map(|members| members.remove(member));
        }
    })
    .await?;
    for kind in ALL {
        let mut object = object(kind, "settled");
        on_agents(&mut object);
        object["spec"]["suspend"] = json!(true);
        world.apply_object(object).await?;
        let dropped = async || {
            let patch = json!({"status": {"lastHandledReconcileAt": "then"}});
            let patched = world.merge_status(kind, NAMESPACE, "settled", patch).await.ok()?;
            patched["status"].get("lastHandledReconcileAt").is_none().then_some(())
        };
        world.wait_for(&format!("the old {kind} is served"), PATIENCE, dropped).await?;
        world.merge(kind, NAMESPACE, "settled", json!({"spec": {"suspend": null}})).await?;
    }
    for kind in ALL {
        let ready = world.ready(kind, NAMESPACE, "settled").await?;
        for pointer in WRITTEN {
            let pointer = pointer.replace("/properties", "");
            assert!(ready.pointer(&pointer).is_none(), "{kind} has {pointer}: {ready:#}");
        }
    }
    writes_nothing(world).await
}

/// The targets and configurations here are on what has the same name.
fn on_agents(object: &mut Value) {
    let name = object["metadata"]["name"].clone();
    for member in ["gatewayRef", "resourceGatewayRef"] {
        if object["spec"].get(member).is_some() {
            object["spec"][member] = json!({"name": name});
        }
    }
}

async fn has_kept(world: &World, generation: i64) -> anyhow::Result<()> {
    for kind in ALL {
        let seen = |object: &Value| is_ready(object) && object["metadata"]["generation"] == generation;
        let look = async || world.find(kind, NAMESPACE, "agents").await.ok().flatten().filter(seen);
        let what = format!("{kind} is Ready at generation {generation}");
        let object = world.wait_for(&what, PATIENCE, look).await?;
        assert_eq!(object["spec"][LATER], json!({"word": "kept"}), "{kind}");
        assert!(object["metadata"]["finalizers"].is_array(), "{kind}");
    }
    Ok(())
}

/// Counts of users may follow for a moment; then nothing is written any more, although AWS is looked at again and again.
async fn writes_nothing(world: &World) -> anyhow::Result<()> {
    let sweeps = async |times: usize| {
        let mark = world.aws.mark();
        let swept = || world.aws.calls_since(mark).iter().filter(|call| call.operation == "ListGateways").count();
        let look = async || (swept() >= times).then_some(());
        world.wait_for(&format!("AWS is swept {times} times"), PATIENCE, look).await
    };
    let quiet = async || {
        let mark = world.mark();
        sweeps(5).await.ok()?;
        (world.writes_since(mark).total() == 0).then_some(())
    };
    world.wait_for("five sweeps pass without a write", PATIENCE, quiet).await?;
    let mark = world.mark();
    sweeps(5).await?;
    assert_eq!(world.writes_since(mark).total(), 0, "{:?}", world.writes_since(mark));
    Ok(())
}

/// Applies the definitions with their schemas changed.
async fn define(world: &World, change: impl Fn(&mut Value)) -> anyhow::Result<()> {
    for definition in crds::all() {
        let mut definition = serde_json::to_value(definition)?;
        let versions = definition["spec"]["versions"].as_array_mut().context("no versions")?;
        for version in versions {
            change(&mut version["schema"]["openAPIV3Schema"]);
        }
        world.objects().apply(&definition).await?;
    }
    Ok(())
}
