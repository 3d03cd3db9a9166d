//! Judging JSON values by the shapes of a model.

use serde_json::{Map, Value};

use super::{Member, Model, Operation, Shape};

/// One thing wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::aws) struct Problem {
    /// The member, as a path: `targetConfiguration.mcp.mcpServer.endpoint`, `targetIdList[0]`.
    pub(in crate::aws) path: String,
    /// What AWS says of it.
    pub(in crate::aws) message: String,
    /// For the services that have a code for each.
    pub(in crate::aws) kind: ProblemKind,
}

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::aws) enum ProblemKind {
    /// It is required and not there.
    Missing,
    /// The operation does not know it.
    Unknown,
    /// It is there and not allowed.
    Invalid,
}

/// What is judged: requests must fit in everything, answers may deviate where AWS itself deviates from its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::aws) enum Strictness {
    /// A request.
    Request,
    /// An answer of the emulation.
    Answer,
}

/// Answers in which AWS goes beyond its own model: a target without credentials has an empty list there although the model wants
/// one entry, `UpdateResourceGateway` declares an older enum than the other operations, tags of ELB may be none, ACM names authorities
/// of `acm-pca` where the model has room for ARNs of `acm` only, and EC2 writes the states of VPC endpoints with small letters.
const KNOWN_DEVIATIONS: [(&str, &str); 13] = [
    ("CredentialProviderConfigurations", "length"),
    ("IpAddressType", "DUALSTACK"),
    ("TagList", "length"),
    ("Arn", "acm-pca"),
    ("State", "pendingAcceptance"),
    ("State", "pending"),
    ("State", "available"),
    ("State", "deleting"),
    ("State", "deleted"),
    ("State", "rejected"),
    ("State", "failed"),
    ("State", "expired"),
    ("State", "partial"),
];

impl Model {
    /// Everything that is wrong with the input of an operation; empty when it fits.
    pub(in crate::aws) fn check_input(&self, operation: &Operation, input: &Value) -> Vec<Problem> {
        let mut judge = Judge { model: self, strictness: Strictness::Request, problems: Vec::new() };
        match &operation.input {
            Some(reference) => judge.value(&reference.shape, input, ""),
            None if input.as_object().is_some_and(Map::is_empty) => {}
            None => judge.complain("", "the operation takes no input"),
        }
        judge.problems
    }

    /// Everything that is wrong with the answer to an operation; empty when it fits.
    pub(in crate::aws) fn check_output(&self, operation: &Operation, output: &Value) -> Vec<Problem> {
        let mut judge = Judge { model: self, strictness: Strictness::Answer, problems: Vec::new() };
        if let Some(reference) = &operation.output {
            judge.value(&reference.shape, output, "");
        }
        judge.problems
    }

    /// The members of `value` that an answer to `operation` has; what the emulation keeps for itself stays behind.
    pub(in crate::aws) fn project(&self, operation: &Operation, value: &Value) -> Value {
        match &operation.output {
            Some(reference) => self.project_shape(&reference.shape, value, 0),
            None => Value::Object(Map::new()),
        }
    }

    fn project_shape(&self, name: &str, value: &Value, depth: usize) -> Value {
        // Below the members of a list's entries everything was checked on its way in and stays as it is.
        let (Some(shape), true) = (self.shapes.get(name), depth < 3) else { return value.clone() };
        match (shape.kind.as_str(), value) {
            ("structure", Value::Object(object)) if !shape.union && !shape.document => object
                .iter()
                .filter_map(|(wire, value)| {
                    let (_, member) = shape.wire_member(wire)?;
                    Some((wire.clone(), self.project_shape(&member.shape, value, depth + 1)))
                })
                .collect(),
            ("list", Value::Array(items)) => match &shape.member {
                Some(member) => items.iter().map(|item| self.project_shape(&member.shape, item, depth + 1)).collect(),
                None => value.clone(),
            },
            _ => value.clone(),
        }
    }
}

impl Shape {
    fn wire_member(&self, wire: &str) -> Option<(&str, &Member)> {
        self.members
            .iter()
            .find(|(name, member)| member.in_json(name) == wire)
            .map(|(name, member)| (name.as_str(), member))
    }
}

struct Judge<'a> {
    model: &'a Model,
    strictness: Strictness,
    problems: Vec<Problem>,
}

impl Judge<'_> {
    fn complain(&mut self, path: &str, message: impl Into<String>) {
        self.note(ProblemKind::Invalid, path, message);
    }

    fn note(&mut self, kind: ProblemKind, path: &str, message: impl Into<String>) {
        self.problems.push(Problem { path: path.to_owned(), message: message.into(), kind });
    }

    fn value(&mut self, name: &str, value: &Value, path: &str) {
        let Some(shape) = self.model.shapes.get(name) else {
            return self.complain(path, format!("the model has no shape {name}"));
        };
        if shape.document {
            return;
        }
        match (shape.kind.as_str(), value) {
            ("structure", Value::Object(object)) => self.structure(shape, object, path),
            ("list", Value::Array(items)) => self.list(name, shape, items, path),
            ("map", Value::Object(entries)) => self.map(name, shape, entries, path),
            ("string", Value::String(text)) => self.string(name, shape, text, path),
            ("integer" | "long", Value::Number(number)) => match number.as_i64() {
                Some(number) => self.range(name, shape, number, "value", path),
                None => self.complain(path, "Member must be an integer"),
            },
            ("boolean", Value::Bool(_)) | ("blob", Value::String(_)) => {}
            ("timestamp", Value::String(text)) => {
                if text.parse::<jiff::Timestamp>().is_err() {
                    self.complain(path, "Member must be a timestamp in the format of ISO 8601");
                }
            }
            (kind, _) => self.complain(path, format!("Member must be of the type {kind}")),
        }
    }

    fn structure(&mut self, shape: &Shape, object: &Map<String, Value>, path: &str) {
        for (name, member) in &shape.members {
            let wire = member.in_json(name);
            if shape.required.contains(name) && object.get(wire).is_none_or(Value::is_null) {
                self.note(ProblemKind::Missing, &join(path, wire), "Member must not be null");
            }
        }
        let mut given = 0;
        for (wire, value) in object {
            let path = join(path, wire);
            match shape.wire_member(wire) {
                None => self.note(ProblemKind::Unknown, &path, "Member is not known to the operation"),
                // An explicit null is the same as a member left out.
                Some(_) if value.is_null() && self.strictness == Strictness::Request => {}
                Some((_, member)) => {
                    given += 1;
                    self.value(&member.shape, value, &path);
                }
            }
        }
        if shape.union && given != 1 {
            self.complain(path, format!("Exactly one member of a union must be set, {given} are"));
        }
    }

    fn list(&mut self, name: &str, shape: &Shape, items: &[Value], path: &str) {
        self.range(name, shape, count(items.len()), "length", path);
        if let Some(member) = &shape.member {
            for (index, item) in items.iter().enumerate() {
                self.value(&member.shape, item, &format!("{path}[{index}]"));
            }
        }
    }

    fn map(&mut self, name: &str, shape: &Shape, entries: &Map<String, Value>, path: &str) {
        self.range(name, shape, count(entries.len()), "length", path);
        for (key, value) in entries {
            let path = join(path, key);
            if let Some(reference) = &shape.key {
                self.value(&reference.shape, &Value::String(key.clone()), &path);
            }
            if let Some(reference) = &shape.value {
                self.value(&reference.shape, value, &path);
            }
        }
    }

    fn string(&mut self, name: &str, shape: &Shape, text: &str, path: &str) {
        self.range(name, shape, count(text.chars().count()), "length", path);
        if !shape.allowed.is_empty() && !shape.allowed.iter().any(|allowed| allowed == text) {
            if !self.deviates(name, text) {
                let allowed = shape.allowed.join(", ");
                self.complain(path, format!("Member must satisfy enum value set: [{allowed}]"));
            }
            return;
        }
        let matches = self.model.patterns.get(name).map(|regex| regex.is_match(text));
        let service_of_arn = text.split(':').nth(2).unwrap_or_default();
        if matches.is_some_and(|outcome| !outcome.unwrap_or(false)) && !self.deviates(name, service_of_arn) {
            let pattern = shape.pattern.as_deref().unwrap_or_default();
            self.complain(path, format!("Member must satisfy regular expression pattern: {pattern}"));
        }
    }

    fn range(&mut self, name: &str, shape: &Shape, amount: i64, what: &str, path: &str) {
        if shape.min.is_some_and(|min| amount < min) && !self.deviates(name, what) {
            let min = shape.min.unwrap_or_default();
            self.complain(path, format!("Member must have {what} greater than or equal to {min}"));
        }
        if shape.max.is_some_and(|max| amount > max) {
            let max = shape.max.unwrap_or_default();
            self.complain(path, format!("Member must have {what} less than or equal to {max}"));
        }
    }

    fn deviates(&self, shape: &str, what: &str) -> bool {
        self.strictness == Strictness::Answer && KNOWN_DEVIATIONS.contains(&(shape, what))
    }
}

fn join(path: &str, member: &str) -> String {
    if path.is_empty() { member.to_owned() } else { format!("{path}.{member}") }
}

fn count(amount: usize) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}
