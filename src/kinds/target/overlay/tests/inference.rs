//! Targets that are language models: every row.

use super::*;
use crate::api::{
    InferenceConnectorSource, InferenceConnectorTargetConfiguration, InferenceOperationConfiguration,
    InferenceProviderTargetConfiguration, ModelEntry, ModelMapping, ProviderPrefix,
};

table! { connector: InferenceConnectorTargetConfiguration => sdk::InferenceConnectorTargetConfiguration,
    said InferenceConnectorTargetConfiguration { source: said_source() }, held other_connector(); {
    source: stated,
} kept {} }

table! { source: InferenceConnectorSource => sdk::InferenceConnectorSource,
    said said_source(), held other_connector().source.unwrap(); {
    connector_id: required,
} kept {} }

table! { provider: InferenceProviderTargetConfiguration => sdk::InferenceProviderTargetConfiguration,
    said said(), held other(); {
    endpoint: resolved,
    endpoint_from: elsewhere,
    model_mapping: owned,
    operations: list,
} kept {} }

table! { mapping: ModelMapping => sdk::ModelMapping,
    said said().model_mapping.unwrap(), held other().model_mapping.unwrap(); {
    provider_prefix: owned,
} kept {} }

table! { prefix: ProviderPrefix => sdk::ProviderPrefix, said said_prefix(), held other_prefix(); {
    strip: preset,
    separator: preset,
} kept {} }

table! { operation: InferenceOperationConfiguration => sdk::InferenceOperationConfiguration,
    said said().operations.remove(0), held other_operation(); {
    path: required,
    provider_path: owned,
    models: list,
} kept {} }

table! { model: ModelEntry => sdk::ModelEntry,
    said ModelEntry { model: "a".into() }, held sdk::ModelEntry::builder().model("b").build().unwrap(); {
    model: required,
} kept {} }

fn said_source() -> InferenceConnectorSource {
    InferenceConnectorSource { connector_id: "bedrock".into() }
}

fn said() -> InferenceProviderTargetConfiguration {
    serde_json::from_value(json!({
        "endpoint": "https://models.example.com",
        "endpointFrom": {"ingressRef": {"name": "models"}},
        "modelMapping": {"providerPrefix": {"strip": false, "separator": "/"}},
        "operations": [{"path": "/v1/messages", "providerPath": "/anthropic", "models": [{"model": "claude-*"}]}],
    }))
    .unwrap()
}

/// `strip` is one of two words, so that of the spec has to be the model's default, and AWS's the other.
fn said_prefix() -> ProviderPrefix {
    said().model_mapping.unwrap().provider_prefix.unwrap()
}

fn other_prefix() -> sdk::ProviderPrefix {
    sdk::ProviderPrefix::builder().strip(true).separator(":").build()
}

fn other_operation() -> sdk::InferenceOperationConfiguration {
    let model = sdk::ModelEntry::builder().model("other").build().unwrap();
    sdk::InferenceOperationConfiguration::builder().path("/other").provider_path("/o").models(model).build().unwrap()
}

fn other() -> sdk::InferenceProviderTargetConfiguration {
    sdk::InferenceProviderTargetConfiguration::builder()
        .endpoint("https://other")
        .model_mapping(sdk::ModelMapping::builder().provider_prefix(other_prefix()).build())
        .operations(other_operation())
        .build()
        .unwrap()
}

fn other_connector() -> sdk::InferenceConnectorTargetConfiguration {
    let source = sdk::InferenceConnectorSource::builder().connector_id("other").build().unwrap();
    sdk::InferenceConnectorTargetConfiguration::builder().source(source).build()
}

#[test]
fn what_the_model_sets_is_no_difference() {
    let said = ProviderPrefix::default().state().unwrap();
    assert_eq!((said.strip, said.separator.as_str()), (false, "."));
    let said = ProviderPrefix { strip: Some(true), separator: None };
    assert_eq!(over(&said, &other_prefix()), sdk::ProviderPrefix::builder().strip(true).build());
}
