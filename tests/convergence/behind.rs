//! Deleted in AWS behind everybody's back: made again, once, and what used it finds the new one.

use lab::aws::Fault;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::committed;
use crate::set::{self, GATEWAY, Kind, RESOURCE_CONFIGURATION, RESOURCE_GATEWAY, TARGET, apply_all, owned};
use crate::stage::{self, NAMESPACE, expect, hit, until};

#[tokio::test]
async fn what_was_deleted_behind_our_back_is_made_again_once() -> anyhow::Result<()> {
    let mut world = stage::start("behind").await?;
    set::apply(&world).await?;
    set::ready(&world).await?;
    let target = vanish(&world, TARGET, TARGET.object).await?;
    // Made again means another token; a crash at that call must not make a third.
    let again = world.aws.inject(Fault::on("CreateGatewayTarget").hold_after_commit());
    hit(&world, &again).await?;
    world.operator.kill();
    again.release();
    world.operator.restart().await?;
    anew(&world, TARGET, TARGET.object, &target).await?;
    set::one_of_each(&world).await?;
    expect_creations(&world, "CreateGatewayTarget", 2).await?;
    // What the target goes through: the target is led to the new one.
    let configuration = vanish(&world, RESOURCE_CONFIGURATION, RESOURCE_CONFIGURATION.object).await?;
    anew(&world, RESOURCE_CONFIGURATION, RESOURCE_CONFIGURATION.object, &configuration).await?;
    expect_creations(&world, "CreateResourceConfiguration", 2).await?;
    let arn = owned(&world, RESOURCE_CONFIGURATION)[0]["arn"].clone();
    let leads = |world: &World| {
        let member = "/privateEndpoint/selfManagedLatticeResource/resourceConfigurationIdentifier";
        owned(world, TARGET)[0].pointer(member) == Some(&arn)
    };
    until(&world, "the target goes through the new resource configuration", || leads(&world)).await?;
    set::ready(&world).await?;
    expect_creations(&world, "CreateGatewayTarget", 2).await?;
    set::delete(&world).await?;
    set::gone(&world).await
}

#[tokio::test]
async fn what_vanishes_while_aws_works_on_it_is_made_again_once() -> anyhow::Result<()> {
    let world = stage::start("behind-busy").await?;
    // While it is created.
    let creating = world.aws.inject(Fault::on("CreateResourceGateway").hold_after_commit());
    apply_all(&world, &[set::resource_gateway("lonely")]).await?;
    hit(&world, &creating).await?;
    creating.release();
    let first = vanish(&world, RESOURCE_GATEWAY, "lonely").await?;
    anew(&world, RESOURCE_GATEWAY, "lonely", &first).await?;
    expect_creations(&world, "CreateResourceGateway", 2).await?;
    // While it is updated.
    let updating = world.aws.inject(Fault::on("UpdateResourceGateway").hold_after_commit());
    let edit = json!({"spec": {"securityGroupIds": ["sg-0a1b2c3d4e5f60b99"]}});
    world.merge(RESOURCE_GATEWAY.name, NAMESPACE, "lonely", edit).await?;
    hit(&world, &updating).await?;
    updating.release();
    let second = vanish(&world, RESOURCE_GATEWAY, "lonely").await?;
    anew(&world, RESOURCE_GATEWAY, "lonely", &second).await?;
    expect_creations(&world, "CreateResourceGateway", 3).await?;
    let groups = owned(&world, RESOURCE_GATEWAY)[0]["securityGroupIds"].clone();
    expect(&world, groups == json!(["sg-0a1b2c3d4e5f60b99"]), format!("made again with {groups}")).await?;
    // While it is deleted.
    let deleting = world.aws.inject(Fault::on("DeleteResourceGateway").hold_after_commit());
    world.delete(RESOURCE_GATEWAY.name, NAMESPACE, "lonely").await?;
    hit(&world, &deleting).await?;
    vanish(&world, RESOURCE_GATEWAY, "lonely").await?;
    deleting.release();
    world.gone(RESOURCE_GATEWAY.name, NAMESPACE, "lonely").await?;
    expect_creations(&world, "CreateResourceGateway", 3).await
}

/// A gateway's address is known to its users: another one is made only where the spec says so.
#[tokio::test]
async fn a_gateway_that_is_gone_is_made_again_only_when_its_spec_says_so() -> anyhow::Result<()> {
    let mut world = stage::start("behind-gateway").await?;
    apply_all(&world, &[set::gateway("agents"), set::target("public", "agents")]).await?;
    world.ready(TARGET.name, NAMESPACE, "public").await?;
    let target = id(&world, TARGET, "public").await?;
    let gateway = vanish(&world, GATEWAY, "agents").await?;
    world.has(GATEWAY.name, NAMESPACE, "agents", ("Stalled", "True", "Gone")).await?;
    world.operator.restart().await?;
    stage::sweeps(&world, 2).await?;
    world.has(GATEWAY.name, NAMESPACE, "agents", ("Stalled", "True", "Gone")).await?;
    expect_creations(&world, "CreateGateway", 1).await?;
    world.merge(GATEWAY.name, NAMESPACE, "agents", json!({"spec": {"recreate": true}})).await?;
    anew(&world, GATEWAY, "agents", &gateway).await?;
    anew(&world, TARGET, "public", &target).await?;
    expect_creations(&world, "CreateGateway", 2).await?;
    expect_creations(&world, "CreateGatewayTarget", 2).await?;
    for (kind, name) in [(TARGET, "public"), (GATEWAY, "agents")] {
        world.delete(kind.name, NAMESPACE, name).await?;
        world.gone(kind.name, NAMESPACE, name).await?;
    }
    let left = world.aws.left_over();
    expect(&world, left.is_empty(), format!("AWS still has {left:?}")).await
}

/// The id that an object's status tells.
async fn id(world: &World, kind: Kind, name: &str) -> anyhow::Result<Value> {
    Ok(world.get(kind.name, NAMESPACE, name).await?["status"][kind.id].clone())
}

/// Removes the one object of a kind in AWS, and answers with its id.
async fn vanish(world: &World, kind: Kind, name: &str) -> anyhow::Result<Value> {
    let objects = owned(world, kind);
    expect(world, objects.len() == 1, format!("{} {name}: {} in AWS", kind.name, objects.len())).await?;
    let id = objects[0][kind.id_in_aws].clone();
    anyhow::ensure!(
        world.aws.remove(kind.in_aws, id.as_str().unwrap_or_default()),
        "{} {name} was not there",
        kind.name
    );
    Ok(id)
}

/// Waits until an object is Ready with another id.
async fn anew(world: &World, kind: Kind, name: &str, old: &Value) -> anyhow::Result<()> {
    let is_other = async || id(world, kind, name).await.ok().filter(|id| id.is_string() && id != old).map(drop);
    let what = format!("{} {name} has another id than {old}", kind.name);
    world.wait_for(&what, lab::world::PATIENCE, is_other).await?;
    world.ready(kind.name, NAMESPACE, name).await.map(drop)
}

async fn expect_creations(world: &World, operation: &str, wanted: usize) -> anyhow::Result<()> {
    let times = committed(&world.aws.calls(), operation);
    expect(world, times == wanted, format!("{operation} was done {times} times, not {wanted}")).await
}
