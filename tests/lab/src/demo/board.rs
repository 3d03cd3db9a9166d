//! The table of all targets, drawn again and again until it shows what is waited for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::stage::{PATIENCE, Stage, kubectl_output, seconds};
use super::story;
use crate::objects::{condition, is_ready};

/// What is drawn.
const TABLE: &str = "get acgwt -A";

/// How often.
const PAUSE: Duration = Duration::from_millis(300);

/// Shows how objects change until `is_done`, and the table; the error names what is not Ready, and why.
pub(super) async fn watch(stage: &mut Stage, what: &str, is_done: impl Fn(&[Value]) -> bool) -> anyhow::Result<()> {
    if story::is_terminal() {
        story::command(&format!("kubectl {TABLE}"));
        return follow(stage, what, is_done, Some(Board::default())).await;
    }
    story::say("");
    follow(stage, what, is_done, Some(Board::default())).await?;
    stage.kubectl(TABLE).await
}

/// The same without a table.
pub(super) async fn wait(stage: &mut Stage, what: &str, is_done: impl Fn(&[Value]) -> bool) -> anyhow::Result<()> {
    follow(stage, what, is_done, None).await
}

async fn follow(
    stage: &mut Stage,
    what: &str,
    is_done: impl Fn(&[Value]) -> bool,
    mut board: Option<Board>,
) -> anyhow::Result<()> {
    let started = Instant::now();
    loop {
        let objects = stage.all().await?;
        if let Some(board) = &mut board {
            board.draw(stage, &objects, started).await?;
        }
        if is_done(&objects) {
            anyhow::ensure!(!stage.aws.is_empty(), "targets say that they are Ready, but AWS has nothing of them");
            return Ok(());
        }
        if !stage.operator.is_running() {
            return Err(stage.complain("The operator ended."));
        }
        if started.elapsed() >= PATIENCE {
            return Err(stage.complain(&unready(what, &objects)));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The kind, namespace and name of an object, for people.
pub(super) fn title(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    format!("{} {}/{}", text("/kind"), text("/metadata/namespace"), text("/metadata/name"))
}

/// A table that redraws itself on a terminal; elsewhere one line per change.
#[derive(Default)]
struct Board {
    drawn: usize,
    told: BTreeMap<String, String>,
}

impl Board {
    async fn draw(&mut self, stage: &Stage, objects: &[Value], since: Instant) -> anyhow::Result<()> {
        if story::is_terminal() {
            let table = kubectl_output(&stage.control_plane, TABLE).await?;
            story::take_back(self.drawn);
            self.drawn = table.lines().count();
            table.lines().for_each(|line| story::say(&story::cut(&format!("    {line}"))));
            return Ok(());
        }
        let is_first = self.told.is_empty();
        for object in objects {
            let (name, Some(now)) = (title(object), state(object)) else { continue };
            let is_old_news = is_first && is_ready(object);
            if self.told.insert(name.clone(), now.clone()).as_ref() != Some(&now) && !is_old_news {
                story::output(&format!("{:>7}  {name:<36} {now}", seconds(since)));
            }
        }
        Ok(())
    }
}

/// Whether an object is Ready, and the reason, as its columns show them; nothing before the operator's first look.
fn state(object: &Value) -> Option<String> {
    let ready = condition(object, "Ready")?;
    let text = |member: &str| ready[member].as_str().unwrap_or_default().to_owned();
    Some(format!("Ready={} {}", text("status"), text("reason")))
}

fn unready(what: &str, objects: &[Value]) -> String {
    let mut lines = vec![format!("Not there after {PATIENCE:?}: {what}. Not Ready are:")];
    for object in objects.iter().filter(|object| !is_ready(object)) {
        let message = condition(object, "Ready").and_then(|ready| ready["message"].as_str()).unwrap_or_default();
        let state = state(object).unwrap_or_else(|| "the operator has not looked at it".to_owned());
        lines.push(format!("  {}: {state} {message}", title(object)));
    }
    lines.join("\n")
}
