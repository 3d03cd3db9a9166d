//! The table of all objects, drawn again and again until everything is Ready.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::stage::{PATIENCE, Stage, kubectl_output, seconds};
use super::story;
use crate::objects::{condition, is_ready};

/// What is drawn.
const TABLE: &str = "get agentcore --all-namespaces";

/// How often.
const PAUSE: Duration = Duration::from_millis(300);

/// Shows how everything becomes Ready; the error names what did not, and why.
pub(super) async fn watch_until_ready(stage: &mut Stage) -> anyhow::Result<()> {
    story::chapter("The operator at work: each object waits for what it needs, and says so");
    story::command(&format!("kubectl {TABLE}"));
    let deadline = Instant::now() + PATIENCE;
    let mut board = Board::default();
    loop {
        let objects = stage.all().await?;
        let done = !objects.is_empty() && objects.iter().all(is_ready);
        board.draw(stage, &objects, done).await?;
        if done {
            anyhow::ensure!(!stage.aws.is_empty(), "everything says that it is Ready, but AWS has nothing of it");
            story::tell(&format!(
                "All {} objects are Ready, {} after the start",
                objects.len(),
                seconds(stage.started)
            ));
            return Ok(());
        }
        if !stage.operator.is_running() {
            return Err(stage.complain("The operator ended."));
        }
        if Instant::now() >= deadline {
            return Err(stage.complain(&unready(&objects)));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The kind, namespace and name of an object, for people.
pub(super) fn title(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    format!("{} {}/{}", text("/kind"), text("/metadata/namespace"), text("/metadata/name"))
}

/// A table that redraws itself on a terminal; elsewhere one line per change, and the table at the end.
#[derive(Default)]
struct Board {
    drawn: usize,
    told: BTreeMap<String, String>,
}

impl Board {
    async fn draw(&mut self, stage: &Stage, objects: &[Value], last: bool) -> anyhow::Result<()> {
        if story::is_terminal() {
            let table = kubectl_output(&stage.control_plane, TABLE).await?;
            story::take_back(self.drawn);
            self.drawn = table.lines().count();
            table.lines().for_each(|line| story::say(&story::cut(&format!("    {line}"))));
            return Ok(());
        }
        for object in objects {
            let (name, Some(now)) = (title(object), state(object)) else { continue };
            if self.told.insert(name.clone(), now.clone()).as_ref() != Some(&now) {
                story::output(&format!("{:>7}  {name:<48} {now}", seconds(stage.started)));
            }
        }
        if last {
            story::say("");
            story::output(&kubectl_output(&stage.control_plane, TABLE).await?);
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

fn unready(objects: &[Value]) -> String {
    let mut lines = vec![format!("Not everything is Ready after {PATIENCE:?}:")];
    for object in objects.iter().filter(|object| !is_ready(object)) {
        let message = condition(object, "Ready").and_then(|ready| ready["message"].as_str()).unwrap_or_default();
        let state = state(object).unwrap_or_else(|| "the operator has not looked at it".to_owned());
        lines.push(format!("  {}: {state} {message}", title(object)));
    }
    lines.join("\n")
}
