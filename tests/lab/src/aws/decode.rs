//! From an HTTP request to the input of an operation.

use std::collections::BTreeMap;

use hyper::body::Bytes;
use hyper::http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::model::{Model, Operation, Problem};
use super::refusal::Refusal;

/// An input with what is wrong with how it travelled; the shapes are judged later.
pub(super) struct Input {
    pub(super) value: Value,
    pub(super) problems: Vec<Problem>,
}

/// Puts the members from path, query and body together.
pub(super) fn input(
    model: &Model,
    operation: &Operation,
    labels: BTreeMap<String, String>,
    parts: &Parts,
    body: &Bytes,
) -> Result<Input, Refusal> {
    let members: BTreeMap<&str, (Option<&str>, &str)> =
        model.input_members(operation).map(|(name, location, kind)| (name, (location, kind))).collect();
    let mut input = Input { value: json!({}), problems: Vec::new() };
    let mut object: Map<String, Value> = labels.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
    for (name, value) in pairs(parts.uri.query().unwrap_or_default()) {
        match members.get(name.as_str()) {
            Some((Some("querystring"), kind)) => input.query(&mut object, &name, kind, value),
            _ => input.complain(&name, "The query parameter is not known to the operation"),
        }
    }
    for (name, value) in parse_body(parts, body)? {
        match members.get(name.as_str()) {
            Some((Some(_), _)) => input.complain(&name, "The member does not travel in the body"),
            _ => {
                object.insert(name, value);
            }
        }
    }
    input.value = Value::Object(object);
    Ok(input)
}

/// The names and values of a query or of a form.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

impl Input {
    fn complain(&mut self, path: &str, message: &str) {
        self.problems.push(Problem { path: path.to_owned(), message: message.to_owned() });
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

fn parse_body(parts: &Parts, body: &Bytes) -> Result<Map<String, Value>, Refusal> {
    let refuse = |message: &str| Err(Refusal::front(400, "SerializationException", message));
    if body.is_empty() {
        return Ok(Map::new());
    }
    let kind = parts.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.split(';').next() != Some("application/json") {
        return refuse("The body must be of the type application/json");
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => refuse("Start of structure expected"),
        Err(error) => refuse(&format!("The body is no JSON: {error}")),
    }
}
