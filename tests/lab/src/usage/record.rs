//! The record: one file per process, one line per thing that was used.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::{DIRECTORY, Right};
use crate::aws::policy::Place;
use crate::control_plane::AuditEvent;

/// The program's name: its User-Agent, and the end of its ServiceAccount's name.
const PROGRAM: &str = "agentcore-gateway-operator";

/// One thing that an operator used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Line {
    /// A statement allowed an action.
    Allowed { document: String, sid: String, action: String },
    /// No statement allowed an action.
    Denied { action: String, resource: String },
    /// The API server was asked.
    Asked(Right),
}

/// Notes that a statement allowed an action.
pub(crate) fn record_allowed(place: &Place, action: &str) {
    let Place { document, sid } = place.clone();
    record(|| Line::Allowed { document, sid, action: action.to_owned() });
}

/// Notes that no statement allowed an action.
pub(crate) fn record_denied(action: &str, resource: &str) {
    record(|| Line::Denied { action: action.to_owned(), resource: resource.to_owned() });
}

/// Notes what an API server was asked, if an operator asked it.
pub(crate) fn record_asked(event: &AuditEvent) {
    if is_operator(event) {
        record(|| Line::Asked(Right::used(event)));
    }
}

/// Whether an operator asked: one of a world, or one that runs as the chart's `ServiceAccount`. What a test asks in its name is not its use.
fn is_operator(event: &AuditEvent) -> bool {
    let is_its_user = event.user.starts_with("operator:")
        || (event.user.starts_with("system:serviceaccount:") && event.user.ends_with(&format!(":{PROGRAM}")));
    is_its_user && event.user_agent.starts_with(PROGRAM)
}

/// Whether a record is kept.
pub(crate) fn is_kept() -> bool {
    kept().is_some()
}

/// Everything that was recorded in a directory.
pub(super) fn read(directory: &Path) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    let files = std::fs::read_dir(directory).with_context(|| {
        format!("there is no record in {}: {DIRECTORY} names its directory while tests run", directory.display())
    })?;
    for file in files {
        let path = file?.path();
        for line in std::fs::read_to_string(&path)?.lines() {
            let line = serde_json::from_str(line);
            lines.push(line.with_context(|| format!("{} is no record", path.display()))?);
        }
    }
    anyhow::ensure!(!lines.is_empty(), "the record in {} is empty", directory.display());
    Ok(lines)
}

struct Record {
    file: File,
    known: HashSet<String>,
}

fn record(line: impl FnOnce() -> Line) {
    let Some(record) = kept() else { return };
    let Ok(text) = serde_json::to_string(&line()) else { return };
    let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
    if record.known.contains(&text) {
        return;
    }
    // One write per line: whoever is killed leaves whole lines. What could not be written is tried again next time.
    if record.file.write_all(format!("{text}\n").as_bytes()).is_ok() {
        record.known.insert(text);
    }
}

fn kept() -> Option<&'static Mutex<Record>> {
    static KEPT: OnceLock<Option<Mutex<Record>>> = OnceLock::new();
    KEPT.get_or_init(|| {
        let directory = PathBuf::from(std::env::var_os(DIRECTORY)?);
        let name = format!("{}.jsonl", std::process::id());
        let opened = std::fs::create_dir_all(&directory)
            .and_then(|()| File::options().append(true).create(true).open(directory.join(name)));
        match opened {
            Ok(file) => Some(Mutex::new(Record { file, known: HashSet::new() })),
            Err(error) => {
                eprintln!("{DIRECTORY}: nothing is recorded in {}: {error}", directory.display());
                None
            }
        }
    })
    .as_ref()
}
