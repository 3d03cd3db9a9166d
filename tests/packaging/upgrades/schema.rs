//! What a new schema refuses, or forgets, that an old one took.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::breaks::{items, kept, same};

/// Limits from above: lower, or there for the first time, is stricter.
const MOST: [&str; 4] = ["maxLength", "maxItems", "maxProperties", "maximum"];

/// Limits from below: higher, or there for the first time, is stricter.
const LEAST: [&str; 4] = ["minLength", "minItems", "minProperties", "minimum"];

/// What is stricter when it is there for the first time, or is another one: whether two patterns take the same nobody can tell.
const FREER_WITHOUT: [&str; 3] = ["pattern", "format", "multipleOf"];

/// What is stricter when it becomes true.
const FREER_WHEN_FALSE: [&str; 3] = ["exclusiveMaximum", "exclusiveMinimum", "uniqueItems"];

/// What is stricter when it is true no longer.
const FREER_WHEN_TRUE: [&str; 2] = ["nullable", "x-kubernetes-preserve-unknown-fields"];

/// What has to stay as it is. A default that comes, goes or changes gives another meaning to manifests that are silent.
const FIXED: [&str; 12] = [
    "type",
    "default",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "x-kubernetes-int-or-string",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
    "$ref",
];

/// Notes every way in which the schema at `path` is stricter than it was. What is new altogether may be as strict as it likes.
pub(super) fn compare(breaks: &mut Vec<String>, path: &str, old: &Value, new: &Value) {
    let at = if path.is_empty() { "the object" } else { path };
    for member in FIXED {
        same(breaks, &format!("{at}: {member}"), &old[member], &new[member]);
    }
    limits(breaks, at, old, new);
    if new["enum"].is_array() {
        if old["enum"].is_array() {
            kept(breaks, &format!("{at}: enum"), &old["enum"], &new["enum"]);
        } else {
            breaks.push(format!("{at}: enum is new"));
        }
    }
    required(breaks, at, old, new);
    rules(breaks, at, old, new);
    for (name, property) in members(&old["properties"]) {
        let path = format!("{path}.{name}");
        match new["properties"].get(name) {
            Some(candidate) => compare(breaks, &path, property, candidate),
            None if new["x-kubernetes-preserve-unknown-fields"] == true => {}
            None => breaks.push(format!("{path} is gone")),
        }
    }
    for (member, mark) in [("items", "[]"), ("additionalProperties", "{}")] {
        match (&old[member], &new[member]) {
            (Value::Object(_), candidate @ Value::Object(_)) => {
                compare(breaks, &format!("{path}{mark}"), &old[member], candidate);
            }
            (Value::Null | Value::Bool(false), _) | (_, Value::Bool(true)) => {}
            (_, _) => breaks.push(format!("{at}: {member} is gone, or stricter")),
        }
    }
}

fn limits(breaks: &mut Vec<String>, at: &str, old: &Value, new: &Value) {
    let stricter = |member: &str, is_stricter: fn(f64, f64) -> bool| match (old[member].as_f64(), new[member].as_f64())
    {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(old), Some(new)) => is_stricter(old, new),
    };
    let most = MOST.iter().filter(|member| stricter(member, |old, new| new < old));
    let least = LEAST.iter().filter(|member| stricter(member, |old, new| new > old));
    let texts = FREER_WITHOUT.iter().filter(|&&member| !new[member].is_null() && new[member] != old[member]);
    let falses = FREER_WHEN_FALSE.iter().filter(|&&member| new[member] == true && old[member] != true);
    let trues = FREER_WHEN_TRUE.iter().filter(|&&member| old[member] == true && new[member] != true);
    for member in most.chain(least).chain(texts).chain(falses).chain(trues) {
        breaks.push(format!("{at}: {member} was {} and is {}", old[member], new[member]));
    }
}

/// A member that has to be there now, and is not filled in by a default.
fn required(breaks: &mut Vec<String>, at: &str, old: &Value, new: &Value) {
    let before: BTreeSet<&str> = items(&old["required"]).filter_map(Value::as_str).collect();
    for name in items(&new["required"]).filter_map(Value::as_str).filter(|name| !before.contains(name)) {
        if new["properties"][name]["default"].is_null() {
            breaks.push(format!("{at}: {name} is required now"));
        }
    }
}

/// A rule may come only where it says nothing of objects that were valid before.
fn rules(breaks: &mut Vec<String>, at: &str, old: &Value, new: &Value) {
    let said = |schema: &Value| -> BTreeSet<String> {
        let rules = items(&schema["x-kubernetes-validations"]);
        rules.filter_map(|rule| rule["rule"].as_str()).map(str::to_owned).collect()
    };
    let before = said(old);
    for rule in said(new).difference(&before) {
        if !is_about_new_members(rule, old, new) && !is_wider_union(rule, &before, old, new) {
            breaks.push(format!("{at}: the rule {rule:?} is new"));
        }
    }
}

/// `!has(self.member) || ...`, of a member that there was not.
fn is_about_new_members(rule: &str, old: &Value, new: &Value) -> bool {
    let Some((member, _)) = rule.strip_prefix("!has(self.").and_then(|rest| rest.split_once(") || ")) else {
        return false;
    };
    // With an alternative that holds for the whole, the first one must not be bound to a part of the rest.
    !rule.contains('?') && is_new(member, old, new)
}

/// A union that has more members than before: what was one of them is still one.
fn is_wider_union(rule: &str, before: &BTreeSet<String>, old: &Value, new: &Value) -> bool {
    let Some(members) = union(rule) else { return false };
    let rest: BTreeSet<&str> = members.into_iter().filter(|member| !is_new(member, old, new)).collect();
    let was_union = before.iter().filter_map(|rule| union(rule)).any(|members| members == rest);
    let was_required =
        rest.len() == 1 && items(&old["required"]).any(|name| rest.contains(name.as_str().unwrap_or("")));
    was_union || was_required
}

/// The members of a rule as `src/crds.rs` writes it for a union.
fn union(rule: &str) -> Option<BTreeSet<&str>> {
    let list = rule.strip_prefix('[')?.strip_suffix("].exists_one(given, given)")?;
    list.split(", ").map(|has| has.strip_prefix("has(self.")?.strip_suffix(')')).collect()
}

fn is_new(member: &str, old: &Value, new: &Value) -> bool {
    old["properties"].get(member).is_none() && new["properties"].get(member).is_some()
}

fn members(map: &Value) -> impl Iterator<Item = (&String, &Value)> {
    map.as_object().into_iter().flat_map(Map::iter)
}

#[cfg(test)]
mod tests;
