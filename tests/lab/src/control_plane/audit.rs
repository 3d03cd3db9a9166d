//! What the API server was asked, read back from its audit log.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

/// The policy: one entry per request, when it is answered; nothing about the control plane's own components.
pub(super) const POLICY: &str = r#"
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: ["system:apiserver", "system:kube-controller-manager"]
- level: None
  userGroups: ["system:serviceaccounts:kube-system"]
- level: None
  nonResourceURLs: ["*"]
- level: Metadata
"#;

/// One request to the API server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`.
    pub verb: String,
    /// The plural of the kind: `gatewaytargets`.
    pub resource: String,
    /// `status` and the like; empty for the object itself.
    pub subresource: String,
    /// Empty for what has no namespace.
    pub namespace: String,
    /// Empty for lists, and for objects whose name the server made up.
    pub name: String,
    /// Who asked.
    pub user: String,
    /// With which program.
    pub user_agent: String,
    /// The HTTP status of the answer.
    pub code: u16,
    /// `ResponseComplete`; `ResponseStarted` as well for a watch.
    pub stage: String,
}

impl AuditEvent {
    /// Whether the request could change something.
    #[must_use]
    pub fn is_write(&self) -> bool {
        matches!(self.verb.as_str(), "create" | "update" | "patch" | "delete" | "deletecollection")
    }
}

/// The audit log of a running API server, each line parsed once.
#[derive(Debug)]
pub(super) struct AuditLog {
    file: PathBuf,
    read: Mutex<Read>,
}

#[derive(Debug, Default)]
struct Read {
    position: u64,
    events: Vec<AuditEvent>,
}

impl AuditLog {
    pub(super) fn new(file: &Path) -> AuditLog {
        AuditLog { file: file.to_owned(), read: Mutex::default() }
    }

    /// How many requests there have been.
    pub(super) fn len(&self) -> usize {
        self.read_on(<[AuditEvent]>::len)
    }

    /// The requests from the one with this index on.
    pub(super) fn since(&self, index: usize) -> Vec<AuditEvent> {
        self.read_on(|events| events.get(index..).unwrap_or_default().to_vec())
    }

    fn read_on<T>(&self, look: impl FnOnce(&[AuditEvent]) -> T) -> T {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        // No file yet means no request yet.
        if let Ok(file) = File::open(&self.file) {
            read.follow(file);
        }
        look(&read.events)
    }
}

impl Read {
    fn follow(&mut self, mut file: File) {
        if file.seek(SeekFrom::Start(self.position)).is_err() {
            return;
        }
        let mut reader = BufReader::new(file);
        let mut line = String::new();
        while let Ok(length) = reader.read_line(&mut line) {
            // A line without its end is still being written.
            if length == 0 || !line.ends_with('\n') {
                return;
            }
            self.position += length as u64;
            if let Ok(record) = serde_json::from_str::<Record>(&line) {
                self.events.extend(record.into_event());
            }
            line.clear();
        }
    }
}

/// The members of `audit.k8s.io/v1` `Event` that are of use here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    verb: String,
    stage: String,
    #[serde(default)]
    user: User,
    #[serde(default)]
    user_agent: String,
    object_ref: Option<ObjectRef>,
    #[serde(default)]
    response_status: Status,
}

#[derive(Deserialize, Default)]
struct User {
    #[serde(default)]
    username: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ObjectRef {
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Status {
    code: u16,
}

impl Record {
    fn into_event(self) -> Option<AuditEvent> {
        let object = self.object_ref?;
        Some(AuditEvent {
            verb: self.verb,
            resource: object.resource,
            subresource: object.subresource,
            namespace: object.namespace,
            name: object.name,
            user: self.user.username,
            user_agent: self.user_agent,
            code: self.response_status.code,
            stage: self.stage,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const WRITE: &str = r#"{"verb":"patch","stage":"ResponseComplete","user":{"username":"operator:a"},"userAgent":"curl",
        "objectRef":{"resource":"gateways","namespace":"platform","name":"agents","subresource":"status"},"responseStatus":{"code":200}}"#;

    #[test]
    fn a_line_is_read_once_and_only_when_it_is_whole() -> anyhow::Result<()> {
        let mut file = tempfile::NamedTempFile::new()?;
        let log = AuditLog::new(file.path());
        let line = WRITE.replace('\n', "");
        writeln!(file, "{line}")?;
        assert_eq!(log.len(), 1);
        let (start, end) = line.split_at(line.len() / 2);
        write!(file, "{start}")?;
        assert_eq!(log.len(), 1);
        writeln!(file, "{end}")?;
        assert_eq!(log.since(1), log.since(0)[..1]);
        Ok(())
    }

    #[test]
    fn what_is_asked_of_no_object_is_left_out() -> anyhow::Result<()> {
        let mut file = tempfile::NamedTempFile::new()?;
        writeln!(file, r#"{{"verb":"get","stage":"ResponseComplete","requestURI":"/api"}}"#)?;
        assert_eq!(AuditLog::new(file.path()).len(), 0);
        Ok(())
    }
}
