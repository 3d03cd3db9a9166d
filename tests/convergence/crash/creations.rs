//! Mishaps at the calls that create.

use lab::world::World;

use super::{Cell, Fate, Mishap, play};
use crate::ledger::{created_once, deleted_once};
use crate::set;

#[tokio::test]
async fn a_creation_whose_answer_is_lost_makes_one_object() {
    let mut rows = Vec::new();
    for operation in CREATIONS {
        let (dying, living) = Mishap::ALL.split_at(2);
        rows.push(Cell::row(operation, dying, Fate::Kept));
        rows.push(Cell::row(operation, living, Fate::Kept));
    }
    play("create", rows, kept).await;
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_leaves_nothing_when_its_object_is_deleted() {
    // A request that arrives after the deletion of what it makes is beyond anybody's reach.
    let mishaps: Vec<_> = Mishap::ALL.into_iter().filter(|mishap| *mishap != Mishap::Overtaken).collect();
    let rows = CREATIONS.map(|operation| Cell::row(operation, &mishaps, Fate::Deleted));
    play("create-deleted", rows.to_vec(), deleted).await;
}

/// Every creation of card D05.
const CREATIONS: [&str; 4] =
    ["CreateGateway", "CreateResourceGateway", "CreateResourceConfiguration", "CreateGatewayTarget"];

async fn kept(world: &mut World, cell: Cell, _: usize) -> anyhow::Result<()> {
    let mark = world.aws.mark();
    let fault = cell.strike(world, async |world| set::apply(world).await, async |_| Ok(())).await?;
    set::ready(world).await?;
    cell.finish(world, &fault).await?;
    set::one_of_each(world).await?;
    created_once(&world.aws.calls_since(mark))?;
    set::delete(world).await?;
    set::gone(world).await?;
    deleted_once(&world.aws.calls_since(mark))
}

async fn deleted(world: &mut World, cell: Cell, _: usize) -> anyhow::Result<()> {
    let mark = world.aws.mark();
    let fault = cell.strike(world, async |world| set::apply(world).await, set::delete).await?;
    set::gone(world).await?;
    cell.finish(world, &fault).await?;
    let calls = world.aws.calls_since(mark);
    created_once(&calls)?;
    deleted_once(&calls)
}
