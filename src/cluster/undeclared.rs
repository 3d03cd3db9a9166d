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

/// What an answer to a status taught.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Lesson {
    /// The members that were not known to be undeclared.
    pub news: Vec<String>,
    /// Whether something of this status was left out: written again, it may be taken. Others may have learnt the same a moment before.
    pub is_shorter: bool,
}

impl Undeclared {
    /// Learns from what the API server says of a status that it was sent, and leaves out of it what a kind's definition does not have.
    pub fn learn(&self, kind: &str, message: &str, status: &mut Value) -> Lesson {
        let said: Vec<String> = paths(message).collect();
        if said.is_empty() {
            return Lesson::default();
        }
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, known) = kinds.entry(kind.to_owned()).or_insert_with(|| (Instant::now(), BTreeSet::new()));
        let news = said.into_iter().filter(|path| known.insert(path.clone())).collect();
        let is_shorter = known.iter().filter(|path| remove(status, path)).count() > 0;
        Lesson { news, is_shorter }
    }

    /// The status without what the definition of a kind does not have.
    ///
    /// It can be read: a member that was not in every version is never required, see `tests/packaging/upgrades`.
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

/// The members below `status` that a message names, as `observed.specHash`, and as `conditions[].odd` where they are members of a list's items.
fn paths(message: &str) -> impl Iterator<Item = String> {
    message.match_indices(SAID).filter_map(|(at, _)| {
        let before = &message[..at];
        let path = before.rsplit(char::is_whitespace).next()?.strip_prefix(".status.")?;
        let pieces = path.split('[').enumerate().map(|(index, piece)| match piece.split_once(']') {
            Some((_, after)) if index > 0 => after,
            _ => piece,
        });
        Some(pieces.collect::<Vec<_>>().join("[]"))
    })
}

/// Takes a member away, from all items where it is in a list. Answers whether it was there.
fn remove(status: &mut Value, path: &str) -> bool {
    let Some((parent, below)) = path.split_once('.') else {
        return status.as_object_mut().is_some_and(|members| members.remove(path).is_some());
    };
    let (name, is_list) = parent.strip_suffix("[]").map_or((parent, false), |name| (name, true));
    match status.get_mut(name) {
        Some(Value::Array(items)) if is_list => {
            items.iter_mut().filter_map(|item| remove(item, below).then_some(())).count() > 0
        }
        Some(value) if !is_list => remove(value, below),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ONE: &str = "failed to create typed patch object (a/b; tools.agentcore.dev/v1alpha1, Kind=Gateway): .status.awsStatus: field not declared in schema";
    const SEVERAL: &str = "failed to create typed patch object (a/b; g/v, Kind=Gateway): errors:\n  .status.awsStatus: field not declared in schema\n  .status.observed.specHash: field not declared in schema\n  .status.conditions[type=\"Ready\"].odd: field not declared in schema";

    fn news(undeclared: &Undeclared, message: &str) -> Vec<String> {
        undeclared.learn("Gateway", message, &mut json!({})).news
    }

    #[test]
    fn what_is_not_declared_is_left_out() {
        let undeclared = Undeclared::default();
        let status = json!({"awsStatus": "READY", "observed": {"specHash": "a", "region": "r"}, "conditions": [{"odd": 1, "type": "Ready"}, {"odd": 2}]});
        assert_eq!(undeclared.strip("Gateway", status.clone()), status);
        assert_eq!(news(&undeclared, ONE), ["awsStatus"]);
        assert_eq!(news(&undeclared, SEVERAL), ["observed.specHash", "conditions[].odd"], "what is new");
        assert_eq!(news(&undeclared, SEVERAL), [""; 0]);
        let left = json!({"observed": {"region": "r"}, "conditions": [{"type": "Ready"}, {}]});
        assert_eq!(undeclared.strip("Gateway", status.clone()), left);
        assert_eq!(undeclared.strip("GatewayTarget", status.clone()), status, "each kind has its own definition");
        assert_eq!(undeclared.strip("Gateway", json!({"conditions": []})), json!({"conditions": []}));
    }

    #[test]
    fn of_two_that_are_refused_at_once_both_try_again() {
        let undeclared = Undeclared::default();
        let (mut one, mut other) = (json!({"awsStatus": "READY"}), json!({"awsStatus": "UPDATING", "observed": {}}));
        let first = undeclared.learn("Gateway", ONE, &mut one);
        assert_eq!(first, Lesson { news: vec!["awsStatus".to_owned()], is_shorter: true });
        assert_eq!(undeclared.learn("Gateway", ONE, &mut other), Lesson { news: vec![], is_shorter: true });
        assert_eq!((one, &other), (json!({}), &json!({"observed": {}})));
        // What was left out already and is refused all the same will be refused again.
        assert!(!undeclared.learn("Gateway", ONE, &mut other).is_shorter);
    }

    #[test]
    fn members_of_items_are_found_behind_any_key() {
        let said = |path: &str| format!("errors:\n  .status.{path}{SAID}");
        for (path, expected) in [
            ("ports[0].odd", "ports[].odd"),
            (r#"conditions[type="a.b"].odd"#, "conditions[].odd"),
            ("a[0].b[1].c.d", "a[].b[].c.d"),
        ] {
            assert_eq!(paths(&said(path)).collect::<Vec<_>>(), [expected]);
        }
        let mut status =
            json!({"a": [{"b": [{"c": {"d": 1, "e": 2}}, {}]}, {"b": {"c": {"d": 3}}}], "ports": {"odd": 1}});
        assert!(remove(&mut status, "a[].b[].c.d"));
        assert!(!remove(&mut status, "a[].b[].c.d"));
        assert!(!remove(&mut status, "ports[].odd"), "that is no list");
        assert_eq!(status, json!({"a": [{"b": [{"c": {"e": 2}}, {}]}, {"b": {"c": {"d": 3}}}], "ports": {"odd": 1}}));
    }

    #[test]
    fn other_messages_leave_nothing_out() {
        let undeclared = Undeclared::default();
        for message in ["etcdserver: request is too large", ".spec.name: field not declared in schema", SAID] {
            let mut status = json!({"awsStatus": "READY"});
            assert_eq!(undeclared.learn("Gateway", message, &mut status), Lesson::default(), "{message}");
            assert_eq!(status, json!({"awsStatus": "READY"}));
        }
        assert!(undeclared.kinds.lock().unwrap().is_empty(), "nor does the time begin");
    }

    #[tokio::test(start_paused = true)]
    async fn definitions_may_be_upgraded_meanwhile() {
        let undeclared = Undeclared::default();
        news(&undeclared, ONE);
        tokio::time::advance(AGAIN).await;
        assert_eq!(undeclared.strip("Gateway", json!({"awsStatus": "READY"})), json!({"awsStatus": "READY"}));
    }
}
