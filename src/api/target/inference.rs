//! Targets that are language models.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::workload::EndpointFrom;
use super::super::{rules, schema};

/// Where models are. Another kind in the place of the present one needs a new target in AWS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::large_enum_variant, reason = "a target has one of them, and it is not moved around")]
pub enum InferenceTargetConfiguration {
    /// A provider of models that AWS knows. AWS: `connector`.
    Connector(InferenceConnectorTargetConfiguration),
    /// Any provider of models. AWS: `provider`.
    Provider(InferenceProviderTargetConfiguration),
}

/// A provider of models that AWS knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct InferenceConnectorTargetConfiguration {
    /// Which connector. AWS: `source`.
    pub source: InferenceConnectorSource,
}

/// A connector to models.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct InferenceConnectorSource {
    /// The connector's id, 1 to 256 characters. Example: `bedrock`. AWS: `connectorId`.
    #[schemars(length(min = 1, max = 256))]
    pub connector_id: String,
}

/// Any provider of models.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = rules::exactly_one_of(&["endpoint", "endpointFrom"]))]
pub struct InferenceProviderTargetConfiguration {
    /// Where requests are forwarded to, over HTTPS. Exactly one of this and `endpointFrom`. Example: `https://models.example.com`.
    /// AWS: `endpoint`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048), regex(pattern = schema::PASSTHROUGH_ENDPOINT))]
    #[x_kube(validation = rules::matching(schema::PASSTHROUGH_ENDPOINT, schema::PASSTHROUGH_ENDPOINT_IN_WORDS))]
    pub endpoint: Option<String>,

    /// The object in the cluster whose load balancer serves the endpoint. Exactly one of this and `endpoint`.
    /// Example: `{serviceRef: {name: models}, host: models.internal.example.com}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_from: Option<EndpointFrom>,

    /// How clients name models. Default: as the provider does. AWS: `modelMapping`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_mapping: Option<ModelMapping>,

    /// Which paths are served, and which models on each, at most 10. Left out or empty: what AWS chooses. AWS: `operations`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub operations: Vec<InferenceOperationConfiguration>,
}

/// How clients name models.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelMapping {
    /// The provider's name in front of a model's. Default: nothing is done about it. AWS: `providerPrefix`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_prefix: Option<ProviderPrefix>,
}

/// The provider's name in front of a model's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderPrefix {
    /// `true`: clients may leave it out, and the gateway puts it back. Default: `false`. AWS: `strip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strip: Option<bool>,

    /// The one character between it and the model's name. Default: `.`. AWS: `separator`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1))]
    pub separator: Option<String>,
}

/// One path, and the models that are served on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct InferenceOperationConfiguration {
    /// The path that clients call. Example: `/v1/messages`. AWS: `path`.
    #[schemars(length(min = 1, max = 256), regex(pattern = schema::INFERENCE_PATH))]
    pub path: String,

    /// The path that the provider is called at. Default: `path`. Example: `/anthropic/v1/messages`. AWS: `providerPath`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256), regex(pattern = schema::INFERENCE_PATH))]
    pub provider_path: Option<String>,

    /// The models that are served on this path, at most 100. Left out or empty: what AWS chooses. AWS: `models`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub models: Vec<ModelEntry>,
}

/// A model, or several of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelEntry {
    /// A model's id, or a pattern of ids with `*` and `?`. Example: `anthropic.claude-opus-*`. AWS: `model`.
    #[schemars(length(min = 1, max = 2048), regex(pattern = schema::MODEL_PATTERN))]
    pub model: String,
}
