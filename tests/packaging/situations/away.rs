//! Situations in which nobody looks: the operator is away, or AWS is.

use std::time::Duration;

use lab::world::PATIENCE;
use serde_json::json;

use super::ALL;
use super::manifests::{NAMESPACE, edit, object};
use super::stage::Stage;

#[tokio::test]
async fn nobody_looks() -> anyhow::Result<()> {
    let mut stage = Stage::set("away", |_| {}).await?;
    stage.parents().await?;
    stage.one_of_each("settled").await?;
    stage.world.operator.kill();
    for kind in ALL {
        stage.merge(kind, "settled", edit(kind)).await?;
    }
    stage.reach_all("edited-not-seen", "settled", "Settled").await?;
    stage.apply(ALL.iter().map(|kind| object(kind, "unseen"))).await?;
    stage.reach_all("never-looked-at", "unseen", "").await?;
    stage.world.operator.restart().await?;
    for name in ["settled", "unseen"] {
        stage.ready(&ALL.iter().map(|&kind| (kind, name)).collect::<Vec<_>>()).await?;
    }
    stage.world.aws.set_down(true);
    looks(&stage, "first").await?;
    stage.reach_all("look-fails", "settled", "Settled").await?;
    stage.clock.advance(Duration::from_mins(16))?;
    looks(&stage, "second").await?;
    stage.reach_all("look-fails-for-long", "settled", "Unavailable").await?;
    stage.world.aws.set_down(false);
    stage.ready(&ALL.iter().map(|&kind| (kind, "settled")).collect::<Vec<_>>()).await?;
    stage.finish();
    Ok(())
}

/// Asks for a look at everything, and waits until the sweep has failed twice since.
async fn looks(stage: &Stage, word: &str) -> anyhow::Result<()> {
    let failed = || stage.world.operator.logs().matches("the sweep could not list").count();
    let before = failed();
    let asked = json!({"metadata": {"annotations": {"tools.agentcore.dev/reconcile-requested-at": word}}});
    for kind in ALL {
        stage.world.merge(kind, NAMESPACE, "settled", asked.clone()).await?;
    }
    // A sweep lists four times.
    let look = async || (failed() >= before + 8).then_some(());
    stage.world.wait_for("two sweeps failed", PATIENCE, look).await
}
