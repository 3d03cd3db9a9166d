//! What the API server was asked, read back from its audit log.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::Deserialize;

/// How often is looked whether there is more to tell.
const PAUSE: Duration = Duration::from_millis(200);

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
    /// The API group, empty for the core.
    pub group: String,
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

/// Tells of every event of an audit log, from its first one on, until it is dropped.
#[derive(Debug)]
pub(super) struct Following {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Following {
    /// Follows the log in a file, which need not be there yet.
    pub(super) fn begin(file: &Path, tell: impl Fn(&AuditEvent) + Send + 'static) -> anyhow::Result<Following> {
        let (file, stop) = (file.to_owned(), Arc::new(AtomicBool::new(false)));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("audit".to_owned()).spawn(move || {
            let mut read = Read::default();
            loop {
                let is_last = stopped.load(Ordering::Relaxed);
                if let Ok(file) = File::open(&file) {
                    read.follow(file);
                }
                read.events.drain(..).for_each(|event| tell(&event));
                if is_last {
                    return;
                }
                std::thread::sleep(PAUSE);
            }
        })?;
        Ok(Following { stop, thread: Some(thread) })
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // What was asked last is told before this returns.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
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
#[serde(default, rename_all = "camelCase")]
struct ObjectRef {
    api_group: String,
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
            group: object.api_group,
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
    fn who_follows_is_told_everything() -> anyhow::Result<()> {
        let mut file = tempfile::NamedTempFile::new()?;
        let (sender, told) = std::sync::mpsc::channel();
        let following = Following::begin(file.path(), move |event| sender.send(event.clone()).unwrap_or_default())?;
        writeln!(file, "{}", WRITE.replace('\n', ""))?;
        assert_eq!(told.recv_timeout(Duration::from_mins(1))?.resource, "gateways");
        writeln!(file, "{}", WRITE.replace('\n', "").replace("gateways", "gatewaytargets"))?;
        drop(following);
        assert_eq!(told.try_iter().map(|event| event.resource).collect::<Vec<_>>(), ["gatewaytargets"]);
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
