//! APIs of API Gateway, and what their stages export.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ACCOUNT;

/// An API with its stages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    /// Ten small letters and digits.
    pub id: String,
    /// The account that it belongs to.
    pub owner: String,
    /// What it is, and from where it can be called.
    pub kind: ApiKind,
    /// The VPC endpoints that a private API names.
    pub vpc_endpoints: Vec<String>,
    /// Whether the name that API Gateway gave it cannot be called.
    pub default_endpoint_disabled: bool,
    /// By name, the document that each stage exports: what was deployed to it last.
    pub stages: BTreeMap<String, Value>,
}

/// What an API is. Only REST APIs are known to the operations that the emulation answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKind {
    /// A REST API that is called in its region.
    Regional,
    /// A REST API that is called through a network of AWS all over the world.
    Edge,
    /// A REST API that is called through VPC endpoints only.
    Private,
    /// An HTTP API.
    Http,
}

impl ApiKind {
    /// The endpoint type in descriptions; nothing for what is no REST API.
    pub(in crate::aws) fn endpoint_type(self) -> Option<&'static str> {
        match self {
            Self::Regional => Some("REGIONAL"),
            Self::Edge => Some("EDGE"),
            Self::Private => Some("PRIVATE"),
            Self::Http => None,
        }
    }
}

impl Api {
    /// An API of the account with a stage.
    #[must_use]
    pub fn new(id: &str, kind: ApiKind, stage: &str, export: Value) -> Self {
        Self {
            id: id.to_owned(),
            owner: ACCOUNT.to_owned(),
            kind,
            vpc_endpoints: Vec::new(),
            default_endpoint_disabled: false,
            stages: BTreeMap::from([(stage.to_owned(), export)]),
        }
    }

    /// Deploys another document to a stage, which is made when there is none.
    pub fn deploy(&mut self, stage: &str, export: Value) {
        self.stages.insert(stage.to_owned(), export);
    }
}
