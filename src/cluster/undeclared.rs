//! Members of status that the cluster's definitions do not have: they are of an earlier version than this program.
//!
//! An update drops what a definition does not have. Server-side apply refuses the whole, with status 500 and the paths in its message. Without
//! an answer to that an operator that is upgraded before its definitions could write nothing at all, so what the API server does not know is
//! left out from then on. Now and then it is tried again: definitions are upgraded while the operator runs.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::time::Instant;

/// What stands behind each path in the API server's message.
const SAID: &str = ": field not declared in schema";

/// After how long it is tried whether the definitions have been upgraded.
const AGAIN: Duration = Duration::from_mins(30);

/// What each kind's definition does not have, as far as known, and since when that is known.
#[derive(Debug, Default)]
pub struct Undeclared {
    kinds: Mutex<HashMap<String, (Instant, BTreeSet<String>)>>,
}

impl Undeclared {
    /// Notes what the API server says that it does not know of a kind. Answers with what is new.
    pub fn note(&self, kind: &str, message: &str) -> Vec<String> {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, known) = kinds.entry(kind.to_owned()).or_insert_with(|| (Instant::now(), BTreeSet::new()));
        paths(message).filter(|path| known.insert((*path).to_owned())).map(str::to_owned).collect()
    }

    /// The status without what the definition of a kind does not have.
    pub fn strip<Status: Serialize + DeserializeOwned>(&self, kind: &str, status: Status) -> Status {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        if kinds.get(kind).is_some_and(|(since, _)| since.elapsed() >= AGAIN) {
            kinds.remove(kind);
        }
        let Some((_, known)) = kinds.get(kind) else { return status };
        let Ok(mut value) = serde_json::to_value(&status) else { return status };
        for path in known {
            remove(&mut value, path);
        }
        serde_json::from_value(value).unwrap_or(status)
    }
}

/// The members below `status` that a message names, as `observed.specHash`. What is in a list is not among them: it goes with no member alone.
fn paths(message: &str) -> impl Iterator<Item = &str> {
    message.match_indices(SAID).filter_map(|(at, _)| {
        let before = &message[..at];
        let path = before.rsplit(char::is_whitespace).next()?.strip_prefix(".status.")?;
        (!path.contains(['[', ']'])).then_some(path)
    })
}

fn remove(status: &mut Value, path: &str) {
    let (parents, member) = path.rsplit_once('.').unwrap_or(("", path));
    let parent = parents.split('.').filter(|name| !name.is_empty()).try_fold(status, |value, name| value.get_mut(name));
    if let Some(members) = parent.and_then(Value::as_object_mut) {
        members.remove(member);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ONE: &str = "failed to create typed patch object (a/b; tools.agentcore.dev/v1alpha1, Kind=Gateway): .status.awsStatus: field not declared in schema";
    const SEVERAL: &str = "failed to create typed patch object (a/b; g/v, Kind=Gateway): errors:\n  .status.awsStatus: field not declared in schema\n  .status.observed.specHash: field not declared in schema\n  .status.conditions[type=\"Ready\"].odd: field not declared in schema";

    #[test]
    fn what_is_not_declared_is_left_out() {
        let undeclared = Undeclared::default();
        let status =
            json!({"awsStatus": "READY", "observed": {"specHash": "a", "region": "r"}, "conditions": [{"odd": 1}]});
        assert_eq!(undeclared.strip("Gateway", status.clone()), status);
        assert_eq!(undeclared.note("Gateway", ONE), ["awsStatus"]);
        assert_eq!(undeclared.note("Gateway", SEVERAL), ["observed.specHash"], "what is new");
        assert_eq!(undeclared.note("Gateway", SEVERAL), [""; 0]);
        let left = json!({"observed": {"region": "r"}, "conditions": [{"odd": 1}]});
        assert_eq!(undeclared.strip("Gateway", status.clone()), left);
        assert_eq!(undeclared.strip("GatewayTarget", status.clone()), status, "each kind has its own definition");
        assert_eq!(undeclared.strip("Gateway", json!({"conditions": []})), json!({"conditions": []}));
    }

    #[test]
    fn other_messages_leave_nothing_out() {
        let undeclared = Undeclared::default();
        for message in ["etcdserver: request is too large", ".spec.name: field not declared in schema", SAID] {
            assert_eq!(undeclared.note("Gateway", message), [""; 0], "{message}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn definitions_may_be_upgraded_meanwhile() {
        let undeclared = Undeclared::default();
        undeclared.note("Gateway", ONE);
        tokio::time::advance(AGAIN).await;
        assert_eq!(undeclared.strip("Gateway", json!({"awsStatus": "READY"})), json!({"awsStatus": "READY"}));
    }
}
