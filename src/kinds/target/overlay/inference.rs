//! Targets that are language models.

use aws_sdk_bedrockagentcorecontrol::types as sdk;
use aws_smithy_types::error::operation::BuildError;

use crate::{
    api::{
        InferenceConnectorSource, InferenceConnectorTargetConfiguration, InferenceOperationConfiguration,
        InferenceProviderTargetConfiguration, InferenceTargetConfiguration, ModelEntry, ModelMapping, ProviderPrefix,
    },
    overlay::{overlay, overlay_union},
};

overlay_union! { InferenceTargetConfiguration => sdk::InferenceTargetConfiguration { Connector, Provider } }

overlay! { InferenceConnectorTargetConfiguration => sdk::InferenceConnectorTargetConfiguration,
    blank Ok::<_, BuildError>(sdk::InferenceConnectorTargetConfiguration::builder().build()); {
    source: stated,
} }
overlay! { InferenceConnectorSource => sdk::InferenceConnectorSource,
    blank sdk::InferenceConnectorSource::builder().connector_id("").build(); {
    connector_id: required,
} }

overlay! { InferenceProviderTargetConfiguration => sdk::InferenceProviderTargetConfiguration,
    blank sdk::InferenceProviderTargetConfiguration::builder().endpoint("").build(); {
    endpoint: resolved,
    endpoint_from: elsewhere,
    model_mapping: owned,
    operations: list,
} }
overlay! { ModelMapping => sdk::ModelMapping, blank Ok::<_, BuildError>(sdk::ModelMapping::builder().build()); {
    provider_prefix: owned,
} }
overlay! { ProviderPrefix => sdk::ProviderPrefix, blank Ok::<_, BuildError>(sdk::ProviderPrefix::builder().build()); {
    strip: preset,
    separator: preset,
} }
overlay! { InferenceOperationConfiguration => sdk::InferenceOperationConfiguration,
    blank sdk::InferenceOperationConfiguration::builder().path("").build(); {
    path: required,
    provider_path: owned,
    models: list,
} }
overlay! { ModelEntry => sdk::ModelEntry, blank sdk::ModelEntry::builder().model("").build(); {
    model: required,
} }
