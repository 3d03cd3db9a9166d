//! The public service models of AWS, cut down to the operations that the emulation answers: what routes a request and what
//! every request and every answer is judged by.
//!
//! The files in `tests/lab/models` are the models of botocore (Apache-2.0) without their documentation.

mod epoch;
mod form;
mod pattern;
mod value;
mod xml;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use anyhow::Context as _;
use fancy_regex::Regex;
use serde::Deserialize;

use super::service::{Protocol, Service};

pub(super) use value::{Problem, ProblemKind};
pub(super) use xml::escape;

/// One service model.
#[derive(Deserialize)]
pub(super) struct Model {
    pub(super) metadata: Metadata,
    pub(super) operations: BTreeMap<String, Operation>,
    shapes: BTreeMap<String, Shape>,
    #[serde(skip)]
    patterns: BTreeMap<String, Regex>,
}

/// What a model says of its service as a whole.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    pub(super) api_version: String,
    pub(super) protocol: String,
    /// What stands before the operation in `X-Amz-Target`.
    pub(super) target_prefix: Option<String>,
    /// The namespace of documents; Route 53 names it with its requests only.
    pub(super) xml_namespace: Option<String>,
}

/// One operation: where it is reached and which shapes it takes and gives.
#[derive(Deserialize)]
pub(super) struct Operation {
    pub(super) name: String,
    pub(super) http: Http,
    input: Option<Reference>,
    output: Option<Reference>,
    #[serde(default)]
    errors: Vec<Reference>,
}

impl Operation {
    /// True for operations that may change something, also when a particular call changes nothing.
    pub(super) fn is_mutating(&self) -> bool {
        !["Describe", "Get", "List"].iter().any(|verb| self.name.starts_with(verb))
    }
}

/// How an operation is reached.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Http {
    pub(super) method: String,
    pub(super) request_uri: String,
    pub(super) response_code: Option<u16>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    shape: String,
    /// The element of a list's entries.
    location_name: Option<String>,
    /// The element around a result in the protocol `query`.
    result_wrapper: Option<String>,
}

/// A member of a structure.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    shape: String,
    location: Option<String>,
    /// The name in JSON, where it is not that of the member.
    location_name: Option<String>,
    /// The name in forms, documents and paths, where it is not that of the member: only with protocols other than `rest-json`.
    #[serde(skip)]
    sent_as: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    members: BTreeMap<String, Member>,
    #[serde(default)]
    required: Vec<String>,
    member: Option<Reference>,
    key: Option<Reference>,
    value: Option<Reference>,
    min: Option<i64>,
    max: Option<i64>,
    pattern: Option<String>,
    #[serde(default, rename = "enum")]
    allowed: Vec<String>,
    /// The member that is the whole body of an answer.
    payload: Option<String>,
    #[serde(default)]
    union: bool,
    #[serde(default)]
    document: bool,
    #[serde(default)]
    exception: bool,
    error: Option<ErrorTrait>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorTrait {
    http_status_code: u16,
    /// The code that callers see, where it is not the name of the shape.
    code: Option<String>,
}

/// A member of an input: its name in JSON and the one it travels by, where it travels (`uri`, `querystring`, `header` or
/// none for the body) and the type of its shape.
pub(super) struct InputMember<'a> {
    pub(super) name: &'a str,
    pub(super) sent_as: &'a str,
    pub(super) location: Option<&'a str>,
    pub(super) kind: &'a str,
}

/// The model of `service`; an error says which model file is broken.
pub(super) fn model(service: Service) -> anyhow::Result<&'static Model> {
    static MODELS: LazyLock<Result<BTreeMap<Service, Model>, String>> = LazyLock::new(|| {
        let load = |service: Service| Model::load(service).map(|model| (service, model));
        Service::ALL.into_iter().map(load).collect::<Result<_, _>>().map_err(|error| format!("{error:#}"))
    });
    let models = MODELS.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?;
    models.get(&service).with_context(|| format!("there is no model of {}", service.signing_name()))
}

impl Model {
    /// The operation behind a method and a raw (still percent-encoded) path, with the labels of the path, decoded.
    ///
    /// A slash at the end makes no difference: the model has it in some paths, from which the Rust SDK leaves it out.
    pub(super) fn route(&self, method: &str, path: &str) -> Option<(&Operation, BTreeMap<String, String>)> {
        self.operations.values().find_map(|operation| {
            if operation.http.method != method {
                return None;
            }
            labels(&operation.http.request_uri, path).map(|found| (operation, found))
        })
    }

    /// The HTTP status of an error, when the model knows the error.
    pub(super) fn error_status(&self, code: &str) -> Option<u16> {
        let shape = self.error_shape(code)?;
        Some(shape.error.as_ref().map_or(400, |error| error.http_status_code))
    }

    /// True when the model lists `code` among the errors of an operation.
    pub(super) fn declares(&self, operation: &Operation, code: &str) -> bool {
        operation.errors.iter().any(|error| self.code_of(&error.shape) == Some(code))
    }

    /// The member that is the whole body of an operation's answers, and the one that says of which type it is.
    pub(super) fn payload(&self, operation: &Operation) -> Option<(&str, &str)> {
        let shape = self.shapes.get(&operation.output.as_ref()?.shape)?;
        let kind = shape.members.iter().find(|(name, member)| member.in_json(name) == "Content-Type");
        Some((shape.payload.as_deref()?, kind.map_or("", |(name, member)| member.in_json(name))))
    }

    fn error_shape(&self, code: &str) -> Option<&Shape> {
        self.shapes.iter().find(|(name, _)| self.code_of(name) == Some(code)).map(|(_, shape)| shape)
    }

    /// The code of an error shape; nothing for other shapes.
    fn code_of<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let shape = self.shapes.get(name)?;
        let own = shape.error.as_ref().and_then(|error| error.code.as_deref());
        (shape.exception || shape.error.is_some()).then_some(own.unwrap_or(name))
    }

    /// Every member of an operation's input.
    pub(super) fn input_members<'a>(&'a self, operation: &'a Operation) -> impl Iterator<Item = InputMember<'a>> {
        operation.input.iter().filter_map(|input| self.shapes.get(&input.shape)).flat_map(move |shape| {
            shape.members.iter().map(move |(name, member)| InputMember {
                name: member.in_json(name),
                sent_as: member.sent_as.as_deref().unwrap_or_else(|| member.in_json(name)),
                location: member.location.as_deref(),
                kind: self.shapes.get(&member.shape).map_or("structure", |shape| shape.kind.as_str()),
            })
        })
    }

    fn load(service: Service) -> anyhow::Result<Self> {
        let name = service.signing_name();
        let mut model: Model =
            serde_json::from_str(service.source()).with_context(|| format!("the model of {name} is not readable"))?;
        let (named, spoken) = (&model.metadata.protocol, service.protocol().name());
        anyhow::ensure!(named == spoken, "the model of {name} names the protocol {named}, not {spoken}");
        for (name, shape) in &mut model.shapes {
            if service.protocol() != Protocol::RestJson {
                shape.members.values_mut().for_each(|member| member.sent_as = member.location_name.take());
            }
            if let Some(pattern) = &shape.pattern {
                let regex = pattern::compile(pattern).with_context(|| format!("the pattern of shape {name}"))?;
                model.patterns.insert(name.clone(), regex);
            }
        }
        Ok(model)
    }
}

impl Member {
    /// The name in JSON of the member that the model calls `name`.
    fn in_json<'a>(&'a self, name: &'a str) -> &'a str {
        self.location_name.as_deref().unwrap_or(name)
    }
}

fn labels(template: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let segments = |path: &'_ str| path.strip_suffix('/').unwrap_or(path).split('/').map(str::to_owned).collect();
    let (wanted, given): (Vec<String>, Vec<String>) = (segments(template), segments(path));
    if wanted.len() != given.len() {
        return None;
    }
    let mut found = BTreeMap::new();
    for (wanted, given) in wanted.into_iter().zip(given) {
        if let Some(label) = wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            let value = percent_encoding::percent_decode_str(&given).decode_utf8().ok()?;
            if value.is_empty() {
                return None;
            }
            found.insert(label.to_owned(), value.into_owned());
        } else if wanted != given {
            return None;
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_matches_and_its_labels_are_decoded() {
        let model = model(Service::AgentCore).expect("the model loads");
        let (operation, labels) = model.route("GET", "/tags/arn%3Aaws%3Ax%2Fy").expect("a route");
        assert_eq!(operation.name, "ListTagsForResource");
        assert_eq!(labels["resourceArn"], "arn:aws:x/y");
        for path in ["/gateways", "/gateways/"] {
            assert_eq!(model.route("GET", path).expect("a route").0.name, "ListGateways");
        }
        assert!(model.route("GET", "/gateways//").is_none(), "an empty label is no label");
        assert!(model.route("PATCH", "/gateways/").is_none(), "there is no such method");
    }

    #[test]
    fn all_models_load_and_every_operation_has_its_shapes() {
        for service in Service::ALL {
            let model = model(service).expect("the model loads");
            for operation in model.operations.values() {
                for reference in operation.input.iter().chain(&operation.output) {
                    assert!(model.shapes.contains_key(&reference.shape), "{}", reference.shape);
                }
            }
        }
    }
}
