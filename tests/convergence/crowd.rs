//! Many targets at once on one gateway: AWS runs five operations at a time, and is never asked for a sixth.

use std::time::Duration;

use lab::aws::{Call, LimitError, ObjectKind};
use lab::world::World;

use crate::ledger::{committed, deleted_once};
use crate::set::{self, apply_all};
use crate::stage::{self, NAMESPACE, expect, until};

const TARGETS: usize = 12;

/// What AWS allows.
const AT_ONCE: usize = 5;

/// How long an operation on a target takes, in virtual time: a second and a half of real time.
const TAKES: Duration = Duration::from_secs(150);

#[tokio::test]
async fn a_crowd_of_targets_keeps_within_the_limit() -> anyhow::Result<()> {
    let mut world = crowded("crowd", LimitError::Throttling).await?;
    apply_all(&world, &targets()).await?;
    all_ready(&world).await?;
    expect_order(&world).await?;
    delete_all(&world).await?;
    expect_order(&world).await?;
    // Once more with a crash in the middle: what the last operator began counts for the next.
    apply_all(&world, &targets()).await?;
    until(&world, "some operations run", || busy(&world) >= AT_ONCE - 1).await?;
    world.operator.restart().await?;
    all_ready(&world).await?;
    delete_all(&world).await?;
    world.delete("Gateway", NAMESPACE, "agents").await?;
    world.gone("Gateway", NAMESPACE, "agents").await?;
    deleted_once(&world.aws.calls())?;
    expect_order(&world).await
}

#[tokio::test]
async fn a_crowd_that_meets_the_other_error_comes_through_as_well() -> anyhow::Result<()> {
    let world = crowded("crowd-quota", LimitError::ServiceQuotaExceeded).await?;
    apply_all(&world, &targets()).await?;
    all_ready(&world).await?;
    expect_order(&world).await
}

async fn crowded(name: &str, error: LimitError) -> anyhow::Result<World> {
    let world = stage::start_with(name, |options| {
        options.aws.limits.error = error;
        options.aws.provisioning.target_create = TAKES;
        options.aws.provisioning.target_delete = TAKES;
    })
    .await?;
    apply_all(&world, &[set::gateway("agents")]).await?;
    world.ready("Gateway", NAMESPACE, "agents").await?;
    Ok(world)
}

fn name(number: usize) -> String {
    format!("target-{number}")
}

fn targets() -> Vec<serde_json::Value> {
    (0..TARGETS).map(|number| set::target(&name(number), "agents")).collect()
}

async fn all_ready(world: &World) -> anyhow::Result<()> {
    for number in 0..TARGETS {
        world.ready("GatewayTarget", NAMESPACE, &name(number)).await?;
    }
    let created = world.aws.objects(ObjectKind::GatewayTarget).len();
    expect(world, created == TARGETS, format!("AWS has {created} targets")).await
}

async fn delete_all(world: &World) -> anyhow::Result<()> {
    for number in 0..TARGETS {
        world.delete("GatewayTarget", NAMESPACE, &name(number)).await?;
    }
    for number in 0..TARGETS {
        world.gone("GatewayTarget", NAMESPACE, &name(number)).await?;
    }
    let left = world.aws.objects(ObjectKind::GatewayTarget).len();
    expect(world, left == 0, format!("AWS has {left} targets")).await
}

/// Operations that AWS runs on targets.
fn busy(world: &World) -> usize {
    let targets = world.aws.objects(ObjectKind::GatewayTarget);
    targets
        .iter()
        .filter(|target| ["CREATING", "UPDATING", "DELETING"].iter().any(|busy| target["status"] == *busy))
        .count()
}

/// Sees that AWS never ran more operations than it allows, that the places were used, and that next to nobody was turned away.
async fn expect_order(world: &World) -> anyhow::Result<()> {
    let calls = world.aws.calls();
    let done = ["CreateGatewayTarget", "DeleteGatewayTarget"];
    let begun: Vec<&Call> =
        calls.iter().filter(|call| done.contains(&call.operation.as_str()) && call.changed).collect();
    let running = |at: &Call| {
        let runs = |call: &&&Call| {
            let ends = call.at.checked_add(TAKES).unwrap_or(call.at);
            call.at <= at.at && at.at < ends
        };
        begun.iter().filter(runs).count()
    };
    let most = begun.iter().map(|call| running(call)).max().unwrap_or_default();
    expect(world, most <= AT_ONCE, format!("{most} operations at once")).await?;
    expect(world, most >= AT_ONCE - 1, format!("only {most} operations at once: places stay empty")).await?;
    let sixth =
        calls.iter().filter(|call| call.message.as_deref().is_some_and(|text| text.contains("at once"))).count();
    expect(world, sixth == 0, format!("{sixth} times a sixth operation was asked for")).await?;
    let limits = ["ThrottlingException", "ServiceQuotaExceededException"];
    let is_refused = |call: &&Call| call.error.as_deref().is_some_and(|error| limits.contains(&error));
    let refused: Vec<_> = calls.iter().filter(is_refused).map(|call| (call.index, &call.operation)).collect();
    // Calls that leave evenly spaced need not arrive so on a busy machine, and an operator that starts does not know how often its
    // predecessor asked in the second before.
    let few = 2 + calls.len() / 50;
    expect(world, refused.len() <= few, format!("AWS turned away {refused:?} of {} calls", calls.len())).await?;
    expect(world, committed(&calls, "CreateGateway") == 1, "not one gateway").await
}
