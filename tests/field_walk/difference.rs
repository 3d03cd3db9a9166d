//! What differs between two descriptions of an object in AWS.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Members that move by themselves.
const RESTLESS: [&str; 7] = [
    "createdAt",
    "updatedAt",
    "lastUpdatedAt",
    "lastSynchronizedAt",
    "status",
    "statusReasons",
    "privateEndpointManagedResources",
];

/// The paths of what differs, with `[]` for whatever item of a list.
pub(crate) fn between(before: &Value, after: &Value) -> BTreeSet<String> {
    let (before, after) = (flat(before), flat(after));
    let differs = |path: &&String| before.get(*path) != after.get(*path);
    before.keys().chain(after.keys()).filter(differs).cloned().collect()
}

/// Whether a path is another one, or leads on from it.
pub(crate) fn is_at_or_below(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '{']))
}

/// Whether everything that a spec says is in what AWS tells: order means nothing, and AWS may tell more. AWS's descriptions of targets go
/// on with the mark of who owns them.
pub(crate) fn says_all_of(told: &Value, said: &Value) -> bool {
    match (told, said) {
        (Value::Object(told), Value::Object(said)) => {
            said.iter().all(|(name, value)| told.get(name).is_some_and(|told| says_all_of(told, value)))
        }
        (Value::Array(told), Value::Array(said)) => {
            told.len() == said.len() && said.iter().all(|value| told.iter().any(|told| says_all_of(told, value)))
        }
        (Value::String(told), Value::String(said)) => told == said || told.starts_with(&format!("{said} k8s:")),
        (told, said) => told == said,
    }
}

/// What stands at a path; of a list, in its first item.
pub(crate) fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(value, |value, step| match step.strip_suffix("[]") {
        Some(list) => &value[list][0],
        None => &value[step],
    })
}

/// The value without the member at a path of members.
pub(crate) fn without(value: &Value, path: &str) -> Value {
    let mut value = value.clone();
    let (parents, name) = path.rsplit_once('.').unwrap_or(("", path));
    let mut members = parents.split('.').filter(|member| !member.is_empty());
    let parent = members.try_fold(&mut value, |value, member| value.get_mut(member));
    parent.and_then(Value::as_object_mut).map(|members| members.remove(name));
    value
}

/// Every value by its path; several of one list are kept in their order, so that an order is a difference.
fn flat(value: &Value) -> BTreeMap<String, Vec<String>> {
    let mut flat = BTreeMap::new();
    if let Value::Object(members) = value {
        for (name, member) in members.iter().filter(|(name, _)| !RESTLESS.contains(&name.as_str())) {
            collect(name, member, &mut flat);
        }
    }
    flat
}

fn collect(path: &str, value: &Value, flat: &mut BTreeMap<String, Vec<String>>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            members.iter().for_each(|(name, member)| collect(&format!("{path}.{name}"), member, flat));
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                collect(&format!("{path}[]"), item, flat);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            flat.entry(path.to_owned()).or_default().push(value.to_string());
        }
    }
}
