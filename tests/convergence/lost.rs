//! The memory that is lost most often: the status of every object, as after a restore or a move between clusters' backups.

use crate::cluster::wipe_status;
use crate::set::{self, KINDS};
use crate::stage::{self, expect};

#[tokio::test]
async fn a_status_wiped_from_all_objects_heals_without_a_change_in_aws() -> anyhow::Result<()> {
    let mut world = stage::start("wiped").await?;
    set::apply(&world).await?;
    set::ready(&world).await?;
    let ids = KINDS.map(|kind| set::owned(&world, kind)[0][kind.id_in_aws].clone());
    let mark = world.aws.mark();
    for kind in KINDS {
        wipe_status(&world, kind, kind.object).await?;
    }
    set::ready(&world).await?;
    // And once more while nobody watches.
    world.operator.kill();
    for kind in KINDS {
        wipe_status(&world, kind, kind.object).await?;
    }
    world.operator.restart().await?;
    set::ready(&world).await?;
    set::one_of_each(&world).await?;
    let same = KINDS.map(|kind| set::owned(&world, kind)[0][kind.id_in_aws].clone()) == ids;
    expect(&world, same, "the ids are others than before").await?;
    stage::sweeps(&world, 2).await?;
    let changes = world.aws.mutations_since(mark);
    expect(&world, changes.is_empty(), format!("AWS was changed: {changes:#?}")).await?;
    set::delete(&world).await?;
    set::gone(&world).await
}
