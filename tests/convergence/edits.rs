//! Many edits while AWS is still busy with the first: the newest wins, and those between are skipped.

use std::time::Duration;

use futures::future::try_join_all;
use serde_json::json;

use crate::ledger::committed;
use crate::set::{self, GATEWAY, Kind, RESOURCE_CONFIGURATION, TARGET};
use crate::stage::{self, NAMESPACE, expect, until};

/// Three seconds of real time: long enough for many edits.
const SLOW: Duration = Duration::from_mins(5);

#[tokio::test]
async fn of_many_edits_during_an_update_the_newest_wins_in_one_more() -> anyhow::Result<()> {
    let rows = [
        (GATEWAY, "UpdateGateway"),
        (TARGET, "UpdateGatewayTarget"),
        (RESOURCE_CONFIGURATION, "UpdateResourceConfiguration"),
    ];
    let rows = rows.map(async |(kind, operation)| {
        let outcome = many_edits(kind, operation).await;
        outcome.map_err(|error| error.context(operation))
    });
    try_join_all(rows).await.map(drop)
}

async fn many_edits(kind: Kind, operation: &str) -> anyhow::Result<()> {
    let world = stage::start_with(&format!("edits-{}", kind.id.to_lowercase()), |options| {
        let takes = &mut options.aws.provisioning;
        (takes.gateway_update, takes.target_update, takes.resource_configuration_update) = (SLOW, SLOW, SLOW);
    })
    .await?;
    set::apply(&world).await?;
    set::ready(&world).await?;
    let ledger = world.aws.mark();
    let edit = |number: usize| match kind {
        RESOURCE_CONFIGURATION => json!({"spec": {"portRanges": ["443", (8000 + number).to_string()]}}),
        _ => json!({"spec": {"description": format!("edit {number}")}}),
    };
    world.merge(kind.name, NAMESPACE, kind.object, edit(0)).await?;
    let updates = || committed(&world.aws.calls_since(ledger), operation);
    until(&world, &format!("{operation} of the first edit"), || updates() == 1).await?;
    for number in 1..=5 {
        world.merge(kind.name, NAMESPACE, kind.object, edit(number)).await?;
    }
    world.ready(kind.name, NAMESPACE, kind.object).await?;
    let object = set::owned(&world, kind).remove(0);
    let newest = match kind {
        RESOURCE_CONFIGURATION => object["portRanges"] == json!(["443", "8005"]),
        _ => object["description"].as_str().is_some_and(|text| text.starts_with("edit 5")),
    };
    expect(&world, newest, format!("the newest edit is not in force: {object}")).await?;
    let after = updates() - 1;
    expect(&world, (1..=2).contains(&after), format!("{after} updates after the first")).await?;
    // Reads of the network are refused, because this world has none.
    let calls = world.aws.calls_since(ledger);
    let refused = calls.iter().filter(|call| call.mutating && call.error.is_some()).count();
    expect(&world, refused == 0, format!("{refused} changes were refused")).await?;
    set::delete(&world).await?;
    set::gone(&world).await
}

#[tokio::test]
async fn an_edit_during_the_creation_is_one_update_after_it() -> anyhow::Result<()> {
    let world = stage::start_with("edited-early", |options| options.aws.provisioning.gateway_create = SLOW).await?;
    set::apply_all(&world, &[set::gateway(GATEWAY.object)]).await?;
    until(&world, "CreateGateway", || committed(&world.aws.calls(), "CreateGateway") == 1).await?;
    for number in 1..=3 {
        let edit = json!({"spec": {"description": format!("edit {number}")}});
        world.merge(GATEWAY.name, NAMESPACE, GATEWAY.object, edit).await?;
    }
    world.ready(GATEWAY.name, NAMESPACE, GATEWAY.object).await?;
    let object = set::owned(&world, GATEWAY).remove(0);
    expect(&world, object["description"] == "edit 3", format!("the newest edit is not in force: {object}")).await?;
    let calls = world.aws.calls();
    let counts = (committed(&calls, "CreateGateway"), committed(&calls, "UpdateGateway"));
    expect(&world, counts == (1, 1), format!("created and updated {counts:?} times")).await
}
