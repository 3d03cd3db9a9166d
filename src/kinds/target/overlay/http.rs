//! Targets that are called over HTTP as they are.

use aws_sdk_bedrockagentcorecontrol::types as sdk;
use aws_smithy_types::error::operation::BuildError;

use crate::{
    api::{
        HttpApiSchemaConfiguration, HttpConnectorSource, HttpConnectorTargetConfiguration, HttpTargetConfiguration,
        PassthroughProtocolType, PassthroughTargetConfiguration, RuntimeTargetConfiguration,
        StaticQueryParameterConflictResolution, StickinessConfiguration,
    },
    overlay::{overlay, overlay_enum, overlay_union},
};

overlay_union! { HttpTargetConfiguration => sdk::HttpTargetConfiguration { AgentcoreRuntime, Passthrough, Connector } }

overlay! { RuntimeTargetConfiguration => sdk::RuntimeTargetConfiguration,
    blank sdk::RuntimeTargetConfiguration::builder().arn("").build(); {
    arn: required,
    qualifier: owned,
    schema: owned,
} }
overlay! { HttpApiSchemaConfiguration => sdk::HttpApiSchemaConfiguration,
    blank Ok::<_, BuildError>(sdk::HttpApiSchemaConfiguration::builder().build()); {
    source: stated,
} }

overlay! { PassthroughTargetConfiguration => sdk::PassthroughTargetConfiguration,
    blank sdk::PassthroughTargetConfiguration::builder().endpoint("").protocol_type(sdk::PassthroughProtocolType::Custom).build(); {
    endpoint: resolved,
    endpoint_from: elsewhere,
    protocol_type: required,
    schema: owned,
    stickiness_configuration: whole,
    static_query_parameters: map,
    static_query_parameter_conflict_resolution: defaulted,
} }
overlay_enum! { PassthroughProtocolType => sdk::PassthroughProtocolType { Mcp, A2A, Inference, Custom } }
overlay_enum! { StaticQueryParameterConflictResolution => sdk::StaticQueryParameterConflictResolution {
    ClientOverride, StaticOverride,
} }
overlay! { StickinessConfiguration => sdk::StickinessConfiguration,
    blank sdk::StickinessConfiguration::builder().identifier("").build(); {
    identifier: required,
    timeout: defaulted,
    composite_identifier: set,
} }

overlay! { HttpConnectorTargetConfiguration => sdk::HttpConnectorTargetConfiguration,
    blank Ok::<_, BuildError>(sdk::HttpConnectorTargetConfiguration::builder().build()); {
    source: stated,
    parameters: map,
} }
overlay! { HttpConnectorSource => sdk::HttpConnectorSource, blank sdk::HttpConnectorSource::builder().connector_id("").build(); {
    connector_id: required,
} }
