//! Mishaps at the calls that delete.

use lab::world::World;

use super::{Cell, Fate, Mishap, play};
use crate::ledger::deleted_once;
use crate::set;

#[tokio::test]
async fn a_deletion_whose_answer_is_lost_is_finished() {
    let operations = ["DeleteGatewayTarget", "DeleteResourceConfiguration", "DeleteResourceGateway", "DeleteGateway"];
    let mut rows = Vec::new();
    for operation in operations {
        let (dying, living) = Mishap::ALL.split_at(2);
        rows.push(Cell::row(operation, dying, Fate::Deleted));
        rows.push(Cell::row(operation, living, Fate::Deleted));
    }
    play("delete", rows, removal).await;
}

async fn removal(world: &mut World, cell: Cell, _: usize) -> anyhow::Result<()> {
    let mark = world.aws.mark();
    set::apply(world).await?;
    set::ready(world).await?;
    let fault = cell.strike(world, set::delete, async |_| Ok(())).await?;
    set::gone(world).await?;
    cell.finish(world, &fault).await?;
    set::gone(world).await?;
    deleted_once(&world.aws.calls_since(mark))
}
