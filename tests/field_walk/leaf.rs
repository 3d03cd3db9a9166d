//! Leaves of a CRD's spec: places where a value stands, and what a spec looks like with and without it.

use std::fmt;

use agentcore_gateway_operator::crds;
use anyhow::Context;
use serde_json::{Map, Value, json};

/// One step on the way to a leaf.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Member(String),
    /// The first item of a list.
    Item,
    /// The first value of a map.
    Entry,
}

/// A place in the spec of a kind where a value stands: a text, a number, a boolean, or JSON that goes to AWS as it is. A list of texts
/// and a map of texts are one leaf each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leaf {
    pub(crate) kind: String,
    steps: Vec<Step>,
    /// Whether a spec without it is refused, because its parent requires it, or it and nothing else of several.
    pub(crate) refusal: Option<Refusal>,
    /// The other values that it can have, where the schema says which.
    schema: Schema,
}

/// What the API server says of a spec without the leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Refusal {
    Required,
    ExactlyOne,
}

impl Refusal {
    /// A piece of the message.
    pub(crate) fn piece(self) -> &'static str {
        match self {
            // Applied from the server's side, a structure without its only member is null there.
            Self::Required => "Required value|must be of type object: \"null\"",
            Self::ExactlyOne => "exactly one of|must be of type object: \"null\"",
        }
    }
}

/// What is known of a leaf's values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Schema {
    Values(Vec<String>),
    Between(i64, i64),
    Boolean,
    Anything,
}

impl fmt::Display for Leaf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&path(&self.steps))
    }
}

/// `a.b[].c{}`.
fn path(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Member(name) if path.is_empty() => path.push_str(name),
            Step::Member(name) => {
                path.push('.');
                path.push_str(name);
            }
            Step::Item => path.push_str("[]"),
            Step::Entry => path.push_str("{}"),
        }
    }
    path
}

/// Every leaf of the spec of every kind.
pub(crate) fn all() -> anyhow::Result<Vec<Leaf>> {
    let mut leaves = Vec::new();
    for definition in crds::all() {
        for version in &definition.spec.versions {
            let schema = serde_json::to_value(version.schema.as_ref().and_then(|s| s.open_api_v3_schema.as_ref()))?;
            let spec = schema.pointer("/properties/spec").context("a kind without a spec")?;
            collect(&definition.spec.names.kind, spec, &mut Vec::new(), None, &mut leaves);
        }
    }
    Ok(leaves)
}

fn collect(kind: &str, schema: &Value, steps: &mut Vec<Step>, refusal: Option<Refusal>, leaves: &mut Vec<Leaf>) {
    let mut below = |step: Step, schema: &Value, refusal: Option<Refusal>| {
        steps.push(step);
        collect(kind, schema, steps, refusal, leaves);
        steps.pop();
    };
    if let Some(members) = schema["properties"].as_object() {
        for (name, member) in members {
            below(Step::Member(name.clone()), member, without_member(schema, name));
        }
    } else if schema["items"].is_object() {
        below(Step::Item, &schema["items"], refusal);
    } else if schema["additionalProperties"].is_object() {
        below(Step::Entry, &schema["additionalProperties"], refusal);
    } else {
        let values = schema["enum"].as_array().map(|values| values.iter().filter_map(Value::as_str).map(str::to_owned));
        #[expect(
            clippy::cast_possible_truncation,
            reason = "bounds of integers are integers, which JSON writes as 1.0"
        )]
        let bound = |name: &str| schema[name].as_f64().unwrap_or_default() as i64;
        let schema = match (values, schema["type"].as_str()) {
            (Some(values), _) => Schema::Values(values.collect()),
            (None, Some("integer")) => Schema::Between(bound("minimum"), bound("maximum")),
            (None, Some("boolean")) => Schema::Boolean,
            (None, _) => Schema::Anything,
        };
        leaves.push(Leaf { kind: kind.to_owned(), steps: steps.clone(), refusal, schema });
    }
}

/// What the API server says of a structure without one of its members.
fn without_member(schema: &Value, member: &str) -> Option<Refusal> {
    let required = schema["required"].as_array().is_some_and(|names| names.iter().any(|name| name == member));
    let has = format!("has(self.{member})");
    let one_of =
        schema["x-kubernetes-validations"].as_array().into_iter().flatten().any(|rule| {
            rule["rule"].as_str().is_some_and(|rule| rule.contains("exists_one(given") && rule.contains(&has))
        });
    match (required, one_of) {
        (true, _) => Some(Refusal::Required),
        (false, true) => Some(Refusal::ExactlyOne),
        (false, false) => None,
    }
}

impl Leaf {
    /// Whether the spec says something here.
    pub(crate) fn is_in(&self, spec: &Value) -> bool {
        look(spec, &self.steps).is_some()
    }

    /// The spec without the leaf, and the path of what went with it: a structure that says nothing any more goes, too, and the list or map
    /// that the leaf is in.
    pub(crate) fn removed_from(&self, spec: &Value) -> (Value, String) {
        let mut spec = spec.clone();
        let mut steps = self.steps.as_slice();
        loop {
            // Of a list of structures the first one is told without the member; a list of texts, or a map, goes as a whole.
            while let [shorter @ .., Step::Item | Step::Entry] = steps {
                steps = shorter;
            }
            let [parent @ .., Step::Member(name)] = steps else { return (spec, path(steps)) };
            let Some(Value::Object(members)) = look_mut(&mut spec, parent) else { return (spec, path(steps)) };
            members.remove(name);
            // What the leaf alone made up goes with it, unless it has to be there.
            if !members.is_empty() || parent.is_empty() || self.refusal.is_some() {
                return (spec, path(steps));
            }
            steps = parent;
        }
    }

    /// The spec with another value of the leaf; nothing when there is no other.
    pub(crate) fn changed_in(&self, spec: &Value, chosen: Option<&Value>) -> Option<Value> {
        let mut changed = spec.clone();
        let place = look_mut(&mut changed, &self.steps)?;
        *place = match chosen {
            Some(value) => value.clone(),
            None => self.other(place)?,
        };
        Some(changed)
    }

    fn other(&self, value: &Value) -> Option<Value> {
        match &self.schema {
            Schema::Values(values) => values.iter().find(|other| *value != other.as_str()).map(|other| json!(other)),
            Schema::Between(least, most) => Some(json!(if *value == *most { least } else { most })),
            Schema::Boolean => Some(json!(value != true)),
            Schema::Anything => match value {
                Value::String(text) => Some(json!(format!("{text}2"))),
                Value::Object(members) => {
                    let mut members = members.clone();
                    members.insert("description".to_owned(), json!("another"));
                    Some(Value::Object(members))
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
            },
        }
    }
}

fn look<'a>(value: &'a Value, steps: &[Step]) -> Option<&'a Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Member(name) => value.get(name),
        Step::Item => value.get(0),
        Step::Entry => value.as_object().and_then(|entries| Map::iter(entries).next()).map(|(_, value)| value),
    })
}

fn look_mut<'a>(value: &'a mut Value, steps: &[Step]) -> Option<&'a mut Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Member(name) => value.get_mut(name),
        Step::Item => value.get_mut(0),
        Step::Entry => value.as_object_mut().and_then(|entries| entries.iter_mut().next()).map(|(_, value)| value),
    })
}
