//! The same name, another object: deleted and made again faster than AWS deletes.

use futures::future::try_join_all;
use lab::aws::Fault;
use lab::world::World;

use crate::cluster::force_away;
use crate::ledger::{committed, deleted_once};
use crate::marker::is_marked;
use crate::set::{self, KINDS};
use crate::stage::{self, NAMESPACE, expect, hit};

#[tokio::test]
async fn deleted_and_made_again_at_once() -> anyhow::Result<()> {
    let world = stage::start("again").await?;
    for _ in 0..2 {
        set::apply(&world).await?;
        set::ready(&world).await?;
        set::delete(&world).await?;
        for kind in KINDS {
            world.gone(kind.name, NAMESPACE, kind.object).await?;
        }
    }
    set::apply(&world).await?;
    // And in the middle of their creation.
    set::delete(&world).await?;
    for kind in KINDS {
        world.gone(kind.name, NAMESPACE, kind.object).await?;
    }
    set::apply(&world).await?;
    ends_well(&world, "again").await
}

/// Someone takes finalizers away while AWS deletes, and applies the manifests again.
#[tokio::test]
async fn a_finalizer_removed_by_force_while_aws_deletes() -> anyhow::Result<()> {
    let operations = ["DeleteGatewayTarget", "DeleteResourceConfiguration", "DeleteResourceGateway", "DeleteGateway"];
    let rows = operations.into_iter().enumerate().map(async |(number, operation)| {
        let name = format!("forced-{number}");
        let outcome = forced(&name, operation).await;
        outcome.map_err(|error| error.context(format!("forced at {operation}")))
    });
    try_join_all(rows).await.map(drop)
}

async fn forced(name: &str, operation: &str) -> anyhow::Result<()> {
    let world = stage::start(name).await?;
    set::apply(&world).await?;
    set::ready(&world).await?;
    let deleting = world.aws.inject(Fault::on(operation).hold_after_commit());
    set::delete(&world).await?;
    hit(&world, &deleting).await?;
    for kind in KINDS {
        force_away(&world, kind, kind.object).await?;
    }
    set::apply(&world).await?;
    deleting.release();
    ends_well(&world, name).await?;
    set::delete(&world).await?;
    set::gone(&world).await?;
    deleted_once(&world.aws.calls())
}

/// The same while the operator is away: whatever it finds when it comes back is taken over.
#[tokio::test]
async fn a_finalizer_removed_by_force_while_nobody_watches() -> anyhow::Result<()> {
    let mut world = stage::start("unwatched").await?;
    set::apply(&world).await?;
    set::ready(&world).await?;
    let target = world.aws.inject(Fault::on("DeleteGatewayTarget").hold_after_commit());
    set::delete(&world).await?;
    hit(&world, &target).await?;
    world.operator.kill();
    target.release();
    for kind in KINDS {
        force_away(&world, kind, kind.object).await?;
    }
    set::apply(&world).await?;
    world.operator.restart().await?;
    ends_well(&world, "unwatched").await?;
    // Only the target was made anew: AWS was deleting it.
    let calls = world.aws.calls();
    for (operation, wanted) in [
        ("CreateGatewayTarget", 2),
        ("CreateGateway", 1),
        ("CreateResourceGateway", 1),
        ("CreateResourceConfiguration", 1),
    ] {
        let times = committed(&calls, operation);
        expect(&world, times == wanted, format!("{operation} was done {times} times, not {wanted}")).await?;
    }
    Ok(())
}

/// Waits until all are Ready, and sees that there is one of each, marked as the newest incarnation's.
async fn ends_well(world: &World, cluster: &str) -> anyhow::Result<()> {
    set::ready(world).await?;
    let look = async || are_marked(world, cluster).await.unwrap_or_default().then_some(());
    world.wait_for("every object carries the newest marker", lab::world::PATIENCE, look).await?;
    set::ready(world).await?;
    set::one_of_each(world).await
}

async fn are_marked(world: &World, cluster: &str) -> anyhow::Result<bool> {
    let mut marked = 0;
    for kind in KINDS {
        for object in set::owned(world, kind) {
            marked += usize::from(is_marked(world, cluster, kind, kind.object, &object).await?);
        }
    }
    Ok(marked == KINDS.len())
}
