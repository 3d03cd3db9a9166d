//! Everything is deleted, in an order that AWS would refuse.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::board::title;
use super::stage::{PATIENCE, Stage, seconds};
use super::{ledger, story};
use crate::objects::condition;

const PAUSE: Duration = Duration::from_millis(200);

/// Deletes every object at once, what others need first; shows who waits for whom until all are gone.
pub(super) async fn delete_everything(stage: &mut Stage) -> anyhow::Result<()> {
    story::chapter("Everything deleted at once, and in the wrong order: the gateway that others still use goes first");
    let mark = stage.aws.mark();
    let started = Instant::now();
    stage.kubectl("delete -f deploy/demo --wait=false").await?;
    story::say("");
    let mut told = BTreeSet::new();
    let mut present = usize::MAX;
    loop {
        let objects = stage.all().await?;
        for held in objects.iter().filter_map(held) {
            if told.insert(held.clone()) {
                story::output(&format!("{:>7}  {held}", seconds(started)));
            }
        }
        if objects.len() < present {
            present = objects.len();
            let noun = if present == 1 { "object" } else { "objects" };
            story::output(&format!("{:>7}  {present} {noun} left", seconds(started)));
        }
        if objects.is_empty() {
            break;
        }
        if started.elapsed() > PATIENCE || !stage.operator.is_running() {
            let names: Vec<String> = objects.iter().map(title).collect();
            return Err(stage.complain(&format!("Still there after {}: {}", seconds(started), names.join(", "))));
        }
        tokio::time::sleep(PAUSE).await;
    }
    story::chapter("The same in AWS's order");
    ledger::show_changes(&stage.aws.calls_since(mark));
    Ok(())
}

/// Shows that AWS is empty; what it removes by itself is waited for.
pub(super) async fn show_what_is_left(stage: &Stage) -> anyhow::Result<()> {
    let left = stage.aws.left_over();
    anyhow::ensure!(left.is_empty(), "AWS still has: {}", left.join(", "));
    let started = Instant::now();
    let reaped = stage.aws.reaped_by_aws();
    if !reaped.is_empty() {
        story::chapter("What AWS made by itself, it removes by itself, some time later");
        for line in reaped {
            story::output(&line);
        }
    }
    while !stage.aws.is_empty() {
        anyhow::ensure!(started.elapsed() < PATIENCE, "AWS did not remove: {}", stage.aws.reaped_by_aws().join(", "));
        tokio::time::sleep(PAUSE).await;
    }
    story::chapter(&format!("Nothing of it is left in AWS. The whole demo took {}", seconds(stage.started)));
    Ok(())
}

/// Why an object that is being deleted is still there, when others still use it.
fn held(object: &Value) -> Option<String> {
    let in_use = condition(object, "InUse").filter(|condition| condition["status"] == "True")?;
    let text = |member: &str| in_use[member].as_str().unwrap_or_default().to_owned();
    Some(format!("{} is held: {}: {}", title(object), text("reason"), text("message")))
}
