//! Mishaps at the calls that delete.

use lab::world::World;

use super::{Cell, Fate, Mishap, play};
use crate::ledger::deleted_once;
use crate::set;

#[tokio::test]
async fn a_deletion_whose_answer_is_lost_is_finished() {
    let operations = ["DeleteGatewayTarget", "DeleteResourceConfiguration", "DeleteResourceGateway", "DeleteGateway"];
    let rows = operations.map(|operation| Cell::row(operation, &Mishap::ALL, Fate::Deleted));
    play("delete", &rows.concat(), removal).await;
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
