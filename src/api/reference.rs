//! References between objects, and who may refer.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{rules, schema};

/// Names another object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ref {
    /// The name of the object referred to. Example: `agents`.
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::OBJECT_NAME))]
    pub name: String,

    /// The namespace of the object referred to. Default: the namespace of the object that refers. Another namespace has to be let in
    /// by the `allowedNamespaces` of the object referred to. Example: `platform`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = schema::NAMESPACE_NAME))]
    pub namespace: Option<String>,
}

/// Names an object in the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LocalRef {
    /// The name of the object referred to, in the namespace of the object that refers. Example: `agents`.
    #[schemars(length(min = 1, max = 253), regex(pattern = schema::OBJECT_NAME))]
    pub name: String,
}

/// Which namespaces may refer to an object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::selector_where_it_is_read())]
#[x_kube(validation = rules::no_selector_elsewhere())]
pub struct AllowedNamespaces {
    /// Where references may come from: `Same`, the object's own namespace; `All`, every namespace; `Selector`, the object's own
    /// namespace and those whose labels match `selector`. Default: `Same`.
    #[serde(default)]
    pub from: FromNamespaces,

    /// Which namespaces, by their labels. Required with `from: Selector`, refused otherwise. An empty selector selects every namespace.
    /// Example: `{matchLabels: {agentcore: "yes"}}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::label_selector")]
    pub selector: Option<LabelSelector>,
}

/// Where references may come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(description = "")]
pub enum FromNamespaces {
    /// The object's own namespace.
    #[default]
    Same,
    /// Every namespace.
    All,
    /// Namespaces whose labels match a selector.
    Selector,
}

/// What becomes of the object in AWS when the object in Kubernetes is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(description = "")]
pub enum DeletionPolicy {
    /// It is deleted.
    Delete,
    /// It stays as it is.
    Retain,
}
