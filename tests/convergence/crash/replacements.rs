//! Mishaps at the calls that put a successor in the place of what VPC Lattice cannot change, and everything that follows from it.

use lab::world::World;
use serde_json::{Value, json};

use super::{Cell, Fate, Mishap, play};
use crate::ledger::deleted_once;
use crate::set::{self, RESOURCE_CONFIGURATION, RESOURCE_GATEWAY, TARGET, owned};
use crate::stage::{NAMESPACE, expect, sweeps, until};

/// The calls that a replaced resource gateway leads to, in their order.
const CALLS: [&str; 5] = [
    "CreateResourceGateway",
    "CreateResourceConfiguration",
    "UpdateGatewayTarget",
    "DeleteResourceConfiguration",
    "DeleteResourceGateway",
];

#[tokio::test]
async fn a_replacement_that_is_interrupted_ends_the_same() {
    let kept = CALLS.map(|operation| Cell::row(operation, &Mishap::ALL, Fate::Kept));
    play("replace", &kept.concat(), replace).await;
}

#[tokio::test]
async fn what_is_deleted_while_it_is_replaced_leaves_nothing() {
    let deleted = CALLS.map(|operation| Cell::row(operation, &[Mishap::Killed, Mishap::Lost(5)], Fate::Deleted));
    play("replace-gone", &deleted.concat(), replace).await;
}

/// Edits what cannot be changed, and allows the replacement.
async fn ask(world: &World, round: usize) -> anyhow::Result<()> {
    let subnets = json!({"spec": {"subnetIds": [subnet(round)]}});
    world.merge(RESOURCE_GATEWAY.name, NAMESPACE, RESOURCE_GATEWAY.object, subnets).await?;
    let stalled = ("Stalled", "True", "ReplacementRequired");
    let object = world.has(RESOURCE_GATEWAY.name, NAMESPACE, RESOURCE_GATEWAY.object, stalled).await?;
    let message = lab::objects::condition(&object, "ReplacementRequired").map(|found| found["message"].clone());
    let message = message.as_ref().and_then(Value::as_str).unwrap_or_default();
    let token = message.split("tools.agentcore.dev/replace=").nth(1).and_then(|rest| rest.get(..8));
    let annotation = json!({"metadata": {"annotations": {"tools.agentcore.dev/replace": token}}});
    world.merge(RESOURCE_GATEWAY.name, NAMESPACE, RESOURCE_GATEWAY.object, annotation).await.map(drop)
}

fn subnet(round: usize) -> String {
    format!("subnet-0a1b2c3d4e5f60a{:02}", 3 + round)
}

async fn replace(world: &mut World, cell: Cell, round: usize) -> anyhow::Result<()> {
    if owned(world, RESOURCE_GATEWAY).is_empty() {
        set::apply(world).await?;
    }
    set::ready(world).await?;
    set::one_of_each(world).await?;
    let [target, old] = [TARGET, RESOURCE_CONFIGURATION].map(|kind| owned(world, kind)[0].clone());
    let provoke = async |world: &World| ask(world, round).await;
    if cell.fate == Fate::Deleted {
        let fault = cell.strike(world, provoke, set::delete).await?;
        set::gone(world).await?;
        cell.finish(world, &fault).await?;
        return deleted_once(&world.aws.calls());
    }
    let fault = cell.strike(world, provoke, async |_| Ok(())).await?;
    let is_new =
        |world: &World| owned(world, RESOURCE_GATEWAY).iter().all(|now| now["subnetIds"] == json!([subnet(round)]));
    let is_alone =
        |world: &World| [RESOURCE_GATEWAY, RESOURCE_CONFIGURATION].iter().all(|kind| owned(world, *kind).len() == 1);
    until(world, "the old ones are gone", || is_new(world) && is_alone(world)).await?;
    set::ready(world).await?;
    cell.finish(world, &fault).await?;
    set::ready(world).await?;
    sweeps(world, 3).await?;
    set::one_of_each(world).await?;
    let now = owned(world, TARGET)[0].clone();
    expect(world, now["targetId"] == target["targetId"], "the target is the one that it was").await?;
    let configuration = owned(world, RESOURCE_CONFIGURATION)[0].clone();
    expect(world, configuration["id"] != old["id"], "the resource configuration is another").await?;
    let quiet = world.aws.mark();
    sweeps(world, 2).await?;
    let restless = world.aws.mutations_since(quiet);
    expect(world, restless.is_empty(), format!("settled, and still: {restless:?}")).await
}
