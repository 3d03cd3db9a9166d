//! Mishaps at the calls that create.

use lab::world::World;

use super::edits::EDITS;
use super::{Cell, Fate, Mishap, play};
use crate::ledger::{committed, created_once, deleted_once};
use crate::set;
use crate::stage::expect;

#[tokio::test]
async fn a_creation_whose_answer_is_lost_makes_one_object() {
    let rows = CREATIONS.map(|operation| Cell::row(operation, &Mishap::ALL, Fate::Kept));
    play("create", &rows.concat(), kept).await;
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_takes_the_edit_that_came_meanwhile() {
    // A request that arrives so late carries what nobody wants any more.
    let mishaps = [Mishap::Killed, Mishap::Lost(5), Mishap::Failed(1)];
    let rows = CREATIONS.map(|operation| Cell::row(operation, &mishaps, Fate::Edited));
    play("create-edited", &rows.concat(), edited).await;
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_leaves_nothing_when_its_object_is_deleted() {
    // A request that arrives after the deletion of what it makes is beyond anybody's reach.
    let mishaps: Vec<_> = Mishap::ALL.into_iter().filter(|mishap| *mishap != Mishap::Overtaken).collect();
    let rows = CREATIONS.map(|operation| Cell::row(operation, &mishaps, Fate::Deleted));
    play("create-deleted", &rows.concat(), deleted).await;
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

async fn edited(world: &mut World, cell: Cell, round: usize) -> anyhow::Result<()> {
    let mark = world.aws.mark();
    let edit = async |world: &World| {
        for edit in EDITS {
            edit.make(world, round).await?;
        }
        Ok(())
    };
    let fault = cell.strike(world, async |world| set::apply(world).await, edit).await?;
    set::ready(world).await?;
    cell.finish(world, &fault).await?;
    for edit in EDITS {
        edit.is_in_force(world, round).await?;
    }
    set::one_of_each(world).await?;
    let calls = world.aws.calls_since(mark);
    for operation in CREATIONS {
        let times = committed(&calls, operation);
        expect(world, times == 1, format!("{operation} was done {times} times")).await?;
    }
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
