//! Small questions to JSON values.

use serde_json::{Map, Value};

/// The text at a JSON pointer.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

/// The entries at a JSON pointer, none when there is no list.
pub(super) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The texts in the list at a JSON pointer.
pub(super) fn texts(value: &Value, pointer: &str) -> Vec<String> {
    list(value, pointer).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// True when something other than null stands at a JSON pointer.
pub(super) fn has(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).is_some_and(|value| !value.is_null())
}

/// The only member of a union, with its name.
pub(super) fn variant(value: &Value) -> Option<(&str, &Value)> {
    value.as_object().and_then(|object| object.iter().next()).map(|(name, value)| (name.as_str(), value))
}

/// Copies the named members that `from` has.
pub(super) fn copy(from: &Value, names: &[&str], to: &mut Map<String, Value>) {
    for &name in names {
        if let Some(value) = from.get(name) {
            to.insert(name.to_owned(), value.clone());
        }
    }
}

/// Members that are any JSON, in which null is a value like others.
const DOCUMENTS: [&str; 1] = ["parameterValues"];

/// Removes members that are null: a request that says null says nothing.
pub(super) fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            let members = object.iter_mut().filter(|(name, _)| !DOCUMENTS.contains(&name.as_str()));
            members.for_each(|(_, value)| without_nulls(value));
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Sets a member only when there is none yet.
pub(super) fn default(object: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    object.entry(name).or_insert_with(|| value.into());
}
