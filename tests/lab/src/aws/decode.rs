//! From an HTTP request to an operation and its input.

use std::collections::BTreeMap;

use hyper::body::Bytes;
use hyper::http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::model::{InputMember, Model, Operation, Problem, ProblemKind};
use super::refusal::Refusal;
use super::service::{Protocol, Service};

/// An input with what is wrong with how it travelled; the shapes are judged later.
pub(super) struct Input {
    pub(super) value: Value,
    pub(super) problems: Vec<Problem>,
}

/// Finds the operation that a request is for, and its input.
pub(super) fn request<'a>(
    model: &'a Model,
    service: Service,
    parts: &Parts,
    body: &Bytes,
) -> Result<(&'a Operation, Input), Refusal> {
    let Some((operation, labels)) = model.route(parts.method.as_str(), parts.uri.path()) else {
        return Err(Refusal::front(404, "UnknownOperationException", "There is no such operation."));
    };
    match service.protocol() {
        // Every operation of these has the same path: what it is stands elsewhere.
        Protocol::Query | Protocol::Ec2 => form(model, service.protocol(), parts, body),
        Protocol::Json => target(model, parts, body),
        Protocol::RestJson | Protocol::RestXml => {
            input(model, operation, labels, parts, body).map(|input| (operation, input))
        }
    }
}

/// The names and values of a query or of a form.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// A form says itself what it asks for.
fn form<'a>(
    model: &'a Model,
    protocol: Protocol,
    parts: &Parts,
    body: &Bytes,
) -> Result<(&'a Operation, Input), Refusal> {
    let refuse = |code: &str, message: &str| Err(Refusal::front(400, code, message));
    if kind(parts) != "application/x-www-form-urlencoded" {
        return refuse("MissingAction", "The request must contain the parameter Action in a form.");
    }
    let mut form = pairs(&String::from_utf8_lossy(body));
    let mut take = |name: &str| form.iter().position(|(key, _)| key == name).map(|at| form.remove(at).1);
    let (action, version) = (take("Action"), take("Version"));
    let Some(action) = action else {
        return refuse("MissingAction", "The request must contain the parameter Action.");
    };
    match model.operations.get(&action) {
        Some(operation) if version.as_ref() == Some(&model.metadata.api_version) => {
            let (value, problems) = model.read_form(operation, protocol, form);
            Ok((operation, Input { value, problems }))
        }
        _ => refuse("InvalidAction", "Could not find the action for this version."),
    }
}

/// JSON 1.1 names the operation in a header.
fn target<'a>(model: &'a Model, parts: &Parts, body: &Bytes) -> Result<(&'a Operation, Input), Refusal> {
    let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target
        .split_once('.')
        .filter(|(prefix, _)| Some(*prefix) == model.metadata.target_prefix.as_deref())
        .and_then(|(_, name)| model.operations.get(name));
    let Some(operation) = operation else {
        return Err(Refusal::front(400, "UnknownOperationException", "There is no such operation."));
    };
    let value = Value::Object(json_body(parts, body, "application/x-amz-json-1.1")?);
    Ok((operation, Input { value, problems: Vec::new() }))
}

/// Puts the members from path, query and body together.
fn input(
    model: &Model,
    operation: &Operation,
    labels: BTreeMap<String, String>,
    parts: &Parts,
    body: &Bytes,
) -> Result<Input, Refusal> {
    let members: BTreeMap<&str, InputMember<'_>> =
        model.input_members(operation).map(|member| (member.sent_as, member)).collect();
    let mut input = Input { value: json!({}), problems: Vec::new() };
    let own_name = |label: &String| members.get(label.as_str()).map_or(label.as_str(), |member| member.name).to_owned();
    let mut object: Map<String, Value> =
        labels.into_iter().map(|(name, value)| (own_name(&name), Value::String(value))).collect();
    let is_rest = |member: &&InputMember<'_>| member.location == Some("querystring") && member.kind == "map";
    let rest = members.values().find(is_rest);
    for (name, value) in pairs(parts.uri.query().unwrap_or_default()) {
        match (members.get(name.as_str()), rest) {
            (Some(member), _) if member.location == Some("querystring") && member.kind != "map" => {
                input.query(&mut object, member.name, member.kind, value);
            }
            // A map takes every parameter that is no member.
            (None, Some(rest)) => {
                let entries = object.entry(rest.name).or_insert_with(|| json!({}));
                entries[name] = Value::String(value);
            }
            _ => input.complain(&name, "The query parameter is not known to the operation"),
        }
    }
    for member in members.values().filter(|member| member.location == Some("header")) {
        if let Some(value) = parts.headers.get(member.sent_as).and_then(|value| value.to_str().ok()) {
            object.insert(member.name.to_owned(), Value::String(value.to_owned()));
        }
    }
    for (name, value) in json_body(parts, body, "application/json")? {
        match members.get(name.as_str()) {
            Some(member) if member.location.is_some() => {
                input.complain(&name, "The member does not travel in the body");
            }
            _ => {
                object.insert(name, value);
            }
        }
    }
    input.value = Value::Object(object);
    Ok(input)
}

impl Input {
    fn complain(&mut self, path: &str, message: &str) {
        let (path, message) = (path.to_owned(), message.to_owned());
        self.problems.push(Problem { path, message, kind: ProblemKind::Invalid });
    }

    fn query(&mut self, object: &mut Map<String, Value>, name: &str, kind: &str, value: String) {
        if kind == "list" {
            if let Some(items) = object.entry(name).or_insert_with(|| json!([])).as_array_mut() {
                items.push(Value::String(value));
            }
            return;
        }
        let value = match kind {
            "integer" => value.parse::<i64>().map(Value::from).ok(),
            "boolean" => value.parse::<bool>().map(Value::from).ok(),
            _ => Some(Value::String(value)),
        };
        match value {
            None => self.complain(name, "The query parameter has the wrong type"),
            Some(value) => {
                if object.insert(name.to_owned(), value).is_some() {
                    self.complain(name, "The query parameter is given twice");
                }
            }
        }
    }
}

fn json_body(parts: &Parts, body: &Bytes, expected: &str) -> Result<Map<String, Value>, Refusal> {
    let refuse = |message: &str| Err(Refusal::front(400, "SerializationException", message));
    if body.is_empty() {
        return Ok(Map::new());
    }
    if kind(parts) != expected {
        return refuse(&format!("The body must be of the type {expected}"));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => refuse("Start of structure expected"),
        Err(error) => refuse(&format!("The body is no JSON: {error}")),
    }
}

/// The type of the body, without its parameters.
fn kind(parts: &Parts) -> &str {
    let kind = parts.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default()
}
