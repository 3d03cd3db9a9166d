//! The public service models of AWS, cut down to the operations that the emulation answers: what routes a request and what
//! every request and every answer is judged by.
//!
//! The files in `tests/lab/models` are the models of botocore (Apache-2.0) without their documentation.

mod pattern;
mod value;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use anyhow::Context as _;
use fancy_regex::Regex;
use serde::Deserialize;

pub(super) use value::Problem;

/// The AWS services that the emulation answers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Service {
    AgentCore,
    Lattice,
    Sts,
}

impl Service {
    /// The service whose name stands in a `SigV4` credential scope.
    pub(super) fn from_signing_name(name: &str) -> Option<Self> {
        match name {
            "bedrock-agentcore" => Some(Self::AgentCore),
            "vpc-lattice" => Some(Self::Lattice),
            "sts" => Some(Self::Sts),
            _ => None,
        }
    }

    /// The name in a `SigV4` credential scope, which the ledger uses as well.
    pub(super) fn signing_name(self) -> &'static str {
        match self {
            Self::AgentCore => "bedrock-agentcore",
            Self::Lattice => "vpc-lattice",
            Self::Sts => "sts",
        }
    }
}

/// One service model.
#[derive(Deserialize)]
pub(super) struct Model {
    pub(super) operations: BTreeMap<String, Operation>,
    shapes: BTreeMap<String, Shape>,
    #[serde(skip)]
    patterns: BTreeMap<String, Regex>,
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
    #[serde(default)]
    readonly: bool,
}

impl Operation {
    /// True for operations that may change something, also when a particular call changes nothing.
    pub(super) fn is_mutating(&self) -> bool {
        !self.readonly && self.name != "GetCallerIdentity"
    }

    /// True when the model lists `code` among the errors of this operation.
    pub(super) fn declares(&self, code: &str) -> bool {
        self.errors.iter().any(|error| error.shape == code)
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
struct Reference {
    shape: String,
}

/// A member of a structure.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    shape: String,
    location: Option<String>,
    location_name: Option<String>,
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
    #[serde(default)]
    union: bool,
    #[serde(default)]
    document: bool,
    error: Option<ErrorTrait>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorTrait {
    http_status_code: u16,
}

/// The model of `service`; an error says which model file is broken.
pub(super) fn model(service: Service) -> anyhow::Result<&'static Model> {
    static MODELS: LazyLock<Result<[Model; 3], String>> = LazyLock::new(|| {
        let load = |text: &str| Model::load(text).map_err(|error| format!("{error:#}"));
        Ok([
            load(include_str!("../../models/bedrock-agentcore-control.json"))?,
            load(include_str!("../../models/vpc-lattice.json"))?,
            load(include_str!("../../models/sts.json"))?,
        ])
    });
    let models = MODELS.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(match service {
        Service::AgentCore => &models[0],
        Service::Lattice => &models[1],
        Service::Sts => &models[2],
    })
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
        self.shapes.get(code)?.error.as_ref().map(|error| error.http_status_code)
    }

    /// Every member of an operation's input: wire name, where it travels (`uri`, `querystring` or none for the body) and the
    /// type of its shape.
    pub(super) fn input_members<'a>(
        &'a self,
        operation: &'a Operation,
    ) -> impl Iterator<Item = (&'a str, Option<&'a str>, &'a str)> {
        operation.input.iter().filter_map(|input| self.shapes.get(&input.shape)).flat_map(move |shape| {
            shape.members.iter().map(move |(name, member)| {
                let kind = self.shapes.get(&member.shape).map_or("structure", |shape| shape.kind.as_str());
                (member.location_name.as_deref().unwrap_or(name), member.location.as_deref(), kind)
            })
        })
    }

    fn load(text: &str) -> anyhow::Result<Self> {
        let mut model: Model = serde_json::from_str(text).context("a service model is not readable")?;
        for (name, shape) in &model.shapes {
            if let Some(pattern) = &shape.pattern {
                let regex = pattern::compile(pattern).with_context(|| format!("the pattern of shape {name}"))?;
                model.patterns.insert(name.clone(), regex);
            }
        }
        Ok(model)
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
        for service in [Service::AgentCore, Service::Lattice, Service::Sts] {
            let model = model(service).expect("the model loads");
            for operation in model.operations.values() {
                for reference in operation.input.iter().chain(&operation.output) {
                    assert!(model.shapes.contains_key(&reference.shape), "{}", reference.shape);
                }
            }
        }
    }
}
