//! Operators that come and go, or that are two: whatever is under way at that moment, the end is the same.

use futures::future::try_join_all;
use serde_json::json;

use crate::ledger::{committed, created_once, deleted_once};
use crate::random::Dice;
use crate::set::{self, GATEWAY, KINDS};
use crate::stage::{self, NAMESPACE, expect};

/// Chosen once; a failure names its seed.
const SEEDS: [u64; 3] = [0xACE0_0001, 0xACE0_0002, 0xACE0_0003];

#[tokio::test]
async fn killed_every_moment_it_gets_there_all_the_same() -> anyhow::Result<()> {
    let rows = SEEDS.map(async |seed| {
        let outcome = killed_again_and_again(seed).await;
        outcome.map_err(|error| error.context(format!("seed {seed:#x}")))
    });
    try_join_all(rows).await.map(drop)
}

async fn killed_again_and_again(seed: u64) -> anyhow::Result<()> {
    let mut dice = Dice::new(seed);
    let mut world = stage::start(&format!("restless-{seed:x}")).await?;
    set::apply(&world).await?;
    for _ in 0..5 {
        stage::pause(dice.below(700)).await;
        world.operator.restart().await?;
    }
    set::ready(&world).await?;
    set::one_of_each(&world).await?;
    created_once(&world.aws.calls())?;
    world.merge("Gateway", NAMESPACE, GATEWAY.object, json!({"spec": {"description": "edited"}})).await?;
    for _ in 0..2 {
        stage::pause(dice.below(200)).await;
        world.operator.restart().await?;
    }
    set::ready(&world).await?;
    let updates = committed(&world.aws.calls(), "UpdateGateway");
    expect(&world, updates == 1, format!("one edit, {updates} updates")).await?;
    set::delete(&world).await?;
    for _ in 0..5 {
        stage::pause(dice.below(700)).await;
        world.operator.restart().await?;
    }
    set::gone(&world).await?;
    deleted_once(&world.aws.calls())
}

/// As for a moment at every roll-out, and for longer when a node loses touch with the cluster.
#[tokio::test]
async fn two_operators_at_once_do_what_one_does() -> anyhow::Result<()> {
    let mut world = stage::start("two-operators").await?;
    let mut other = stage::another_operator(&world, "two-operators", &world.aws, "us-west-2").await?;
    for round in 0..2 {
        let mark = world.aws.mark();
        set::apply(&world).await?;
        set::ready(&world).await?;
        set::one_of_each(&world).await?;
        created_once(&world.aws.calls_since(mark))?;
        let edit = json!({"spec": {"description": format!("edit {round}")}});
        world.merge("Gateway", NAMESPACE, GATEWAY.object, edit).await?;
        world.ready("Gateway", NAMESPACE, GATEWAY.object).await?;
        // Of both, and the slower one may still be at it.
        stage::sweeps(&world, 6).await?;
        let quiet = world.aws.mark();
        stage::sweeps(&world, 4).await?;
        let restless = world.aws.mutations_since(quiet);
        expect(&world, restless.is_empty(), format!("settled, and still: {restless:#?}")).await?;
        for kind in KINDS {
            world.ready(kind.name, NAMESPACE, kind.object).await?;
        }
        set::delete(&world).await?;
        set::gone(&world).await?;
        deleted_once(&world.aws.calls_since(mark))?;
    }
    let both = world.operator.is_running() && other.is_running();
    expect(&world, both, "one of them ended").await
}
