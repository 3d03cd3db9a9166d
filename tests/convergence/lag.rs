//! AWS answers reads with what was before: a Get, a list or the tags may not show what was just made or changed.
//!
//! The lags are shorter than what the operator takes for lag (ten times its retry floor), so that nothing may be believed gone.

use std::time::Duration;

use futures::future::try_join_all;
use lab::aws::Fault;
use lab::world::{World, WorldOptions};
use serde_json::json;

use crate::ledger::{committed, created_once, deleted_once};
use crate::set::{self, GATEWAY};
use crate::stage::{self, NAMESPACE, expect, hit};

/// A second of real time.
const LONG: Duration = Duration::from_secs(100);
/// Half a second of real time.
const SHORT: Duration = Duration::from_secs(50);
const NONE: Duration = Duration::ZERO;

/// Get, List, and tags.
const LAGS: [(Duration, Duration, Duration); 4] =
    [(NONE, LONG, NONE), (LONG, NONE, SHORT), (LONG, LONG, LONG), (SHORT, LONG, SHORT)];

fn lagging(options: &mut WorldOptions, (get, list, tags): (Duration, Duration, Duration)) {
    let aws = &mut options.aws;
    (aws.get_lag, aws.list_lag, aws.tag_lag) = (get, list, tags);
    // Two seconds are lag to an operator with this floor, and six for what was never shown.
    options.operator_arguments =
        ["--retry-floor=200ms", "--retry-cap=2s", "--drift-interval=1s"].map(str::to_owned).to_vec();
}

/// Plays a round in a world per lag, all at once; the failure names the lag.
async fn with_lags(name: &str, round: impl AsyncFn(World) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let round = &round;
    let worlds = LAGS.into_iter().enumerate().map(async |(number, lags)| {
        let name = format!("{name}-{number}");
        let world = stage::start_with(&name, |options| lagging(options, lags)).await?;
        let outcome = round(world).await;
        outcome.map_err(|error| error.context(format!("lags of Get, List, tags: {lags:?}")))
    });
    try_join_all(worlds).await.map(drop)
}

#[tokio::test]
async fn a_life_with_lagging_reads_is_an_ordinary_life() -> anyhow::Result<()> {
    with_lags("lag", async |world| {
        set::apply(&world).await?;
        set::ready(&world).await?;
        world.merge("Gateway", NAMESPACE, GATEWAY.object, json!({"spec": {"description": "edited"}})).await?;
        world.ready("Gateway", NAMESPACE, GATEWAY.object).await?;
        set::one_of_each(&world).await?;
        let updates = committed(&world.aws.calls(), "UpdateGateway");
        expect(&world, updates == 1, format!("one edit, {updates} updates")).await?;
        set::delete(&world).await?;
        set::gone(&world).await?;
        created_once(&world.aws.calls())?;
        deleted_once(&world.aws.calls())
    })
    .await
}

#[tokio::test]
async fn what_was_just_made_is_not_taken_for_absent_when_it_is_to_be_deleted() -> anyhow::Result<()> {
    with_lags("lag-delete", async |world| {
        let made = world.aws.inject(Fault::on("CreateGatewayTarget").hold_after_commit());
        set::apply(&world).await?;
        hit(&world, &made).await?;
        // The answer arrives and the id is recorded, while no read shows the target yet.
        set::delete(&world).await?;
        made.release();
        set::gone(&world).await?;
        created_once(&world.aws.calls())?;
        deleted_once(&world.aws.calls())
    })
    .await
}

#[tokio::test]
async fn a_crash_and_a_lag_make_no_second_object() -> anyhow::Result<()> {
    with_lags("lag-crash", async |mut world| {
        for operation in ["CreateGateway", "CreateGatewayTarget"] {
            let made = world.aws.inject(Fault::on(operation).hold_after_commit());
            if operation == "CreateGateway" {
                set::apply(&world).await?;
            }
            hit(&world, &made).await?;
            world.operator.kill();
            made.release();
            world.operator.restart().await?;
        }
        set::ready(&world).await?;
        set::one_of_each(&world).await?;
        created_once(&world.aws.calls())
    })
    .await
}

/// As before, in an AWS that has forgotten the client token: then the name is what keeps a second object away.
#[tokio::test]
async fn a_crash_and_a_lag_and_a_forgotten_token_make_no_second_object() -> anyhow::Result<()> {
    let mut world = stage::start_with("lag-forgetful", |options| {
        lagging(options, (SHORT, LONG, SHORT));
        options.aws.token_memory = false;
    })
    .await?;
    for operation in ["CreateResourceGateway", "CreateResourceConfiguration"] {
        let made = world.aws.inject(Fault::on(operation).hold_after_commit());
        if operation == "CreateResourceGateway" {
            set::apply(&world).await?;
        }
        hit(&world, &made).await?;
        world.operator.kill();
        made.release();
        world.operator.restart().await?;
    }
    set::ready(&world).await?;
    set::one_of_each(&world).await?;
    created_once(&world.aws.calls())
}

/// The worst moment: made, not recorded, not shown yet, and to be deleted.
#[tokio::test]
async fn what_a_crash_left_unrecorded_and_no_list_shows_yet_is_deleted_all_the_same() -> anyhow::Result<()> {
    let operations = ["CreateGateway", "CreateResourceGateway", "CreateResourceConfiguration", "CreateGatewayTarget"];
    let rows = operations.into_iter().enumerate().map(async |(number, operation)| {
        let mut world = stage::start_with(&format!("lag-unrecorded-{number}"), |options| {
            // Three seconds: a restart is over before the list shows anything.
            lagging(options, (NONE, Duration::from_mins(5), NONE));
        })
        .await?;
        let made = world.aws.inject(Fault::on(operation).hold_after_commit());
        set::apply(&world).await?;
        hit(&world, &made).await?;
        world.operator.kill();
        set::delete(&world).await?;
        made.release();
        world.operator.restart().await?;
        let outcome = set::gone(&world).await;
        outcome.map_err(|error| error.context(format!("killed at {operation}")))
    });
    try_join_all(rows).await.map(drop)
}
