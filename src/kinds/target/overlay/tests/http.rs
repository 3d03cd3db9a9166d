//! Targets that are called over HTTP as they are: every row.

use super::*;
use crate::api::{
    HttpApiSchemaConfiguration, HttpConnectorSource, HttpConnectorTargetConfiguration, HttpTargetConfiguration,
    PassthroughProtocolType, PassthroughTargetConfiguration, RuntimeTargetConfiguration,
    StaticQueryParameterConflictResolution, StickinessConfiguration,
};

table! { runtime: RuntimeTargetConfiguration => sdk::RuntimeTargetConfiguration, said said_runtime(), held other_runtime(); {
    arn: required,
    qualifier: owned,
    schema: owned,
} kept {} }

table! { schema: HttpApiSchemaConfiguration => sdk::HttpApiSchemaConfiguration,
    said said_runtime().schema.unwrap(), held other_schema(); {
    source: stated,
} kept {} }

table! { passthrough: PassthroughTargetConfiguration => sdk::PassthroughTargetConfiguration,
    said said_passthrough(), held other_passthrough(); {
    endpoint: resolved,
    endpoint_from: elsewhere,
    protocol_type: required,
    schema: owned,
    stickiness_configuration: whole,
    static_query_parameters: map,
    static_query_parameter_conflict_resolution: defaulted,
} kept {} }

table! { stickiness: StickinessConfiguration => sdk::StickinessConfiguration,
    said said_passthrough().stickiness_configuration.unwrap(), held other_stickiness(); {
    identifier: required,
    timeout: defaulted,
    composite_identifier: set,
} kept {} }

table! { connector: HttpConnectorTargetConfiguration => sdk::HttpConnectorTargetConfiguration,
    said said_connector(), held other_connector(); {
    source: stated,
    parameters: map,
} kept {} }

table! { source: HttpConnectorSource => sdk::HttpConnectorSource,
    said said_connector().source, held other_connector().source.unwrap(); {
    connector_id: required,
} kept {} }

fn said_runtime() -> RuntimeTargetConfiguration {
    serde_json::from_value(json!({
        "arn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/orders-a1b2c3d4e5",
        "qualifier": "DEFAULT",
        "schema": {"source": {"inlinePayload": "{}"}},
    }))
    .unwrap()
}

fn said_passthrough() -> PassthroughTargetConfiguration {
    serde_json::from_value(json!({
        "endpoint": "https://orders.example.com",
        "endpointFrom": {"ingressRef": {"name": "orders"}},
        "protocolType": "CUSTOM",
        "schema": {"source": {"s3": {"uri": "s3://schemas/orders.json"}}},
        "stickinessConfiguration": {
            "identifier": "$context.header.x-session-id", "timeout": 600, "compositeIdentifier": ["a", "b"],
        },
        "staticQueryParameters": {"api-version": "1"},
        "staticQueryParameterConflictResolution": "STATIC_OVERRIDE",
    }))
    .unwrap()
}

fn said_connector() -> HttpConnectorTargetConfiguration {
    serde_json::from_value(json!({"source": {"connectorId": "memory"}, "parameters": {"memoryId": "m-1"}})).unwrap()
}

fn other_schema() -> sdk::HttpApiSchemaConfiguration {
    sdk::HttpApiSchemaConfiguration::builder().source(sdk::ApiSchemaConfiguration::InlinePayload("[]".into())).build()
}

fn other_runtime() -> sdk::RuntimeTargetConfiguration {
    sdk::RuntimeTargetConfiguration::builder().arn("other").qualifier("1").schema(other_schema()).build().unwrap()
}

fn other_stickiness() -> sdk::StickinessConfiguration {
    sdk::StickinessConfiguration::builder().identifier("other").timeout(1).composite_identifier("c").build().unwrap()
}

fn other_passthrough() -> sdk::PassthroughTargetConfiguration {
    sdk::PassthroughTargetConfiguration::builder()
        .endpoint("https://other")
        .protocol_type(sdk::PassthroughProtocolType::A2A)
        .schema(other_schema())
        .stickiness_configuration(other_stickiness())
        .static_query_parameters("other", "2")
        .static_query_parameter_conflict_resolution(sdk::StaticQueryParameterConflictResolution::ClientOverride)
        .build()
        .unwrap()
}

fn other_connector() -> sdk::HttpConnectorTargetConfiguration {
    sdk::HttpConnectorTargetConfiguration::builder()
        .source(sdk::HttpConnectorSource::builder().connector_id("other").build().unwrap())
        .parameters("other", "2")
        .build()
}

#[test]
fn every_word_is_the_same_word_in_aws() {
    same_words::<_, sdk::PassthroughProtocolType>([
        PassthroughProtocolType::Mcp,
        PassthroughProtocolType::A2A,
        PassthroughProtocolType::Inference,
        PassthroughProtocolType::Custom,
    ]);
    same_words::<_, sdk::StaticQueryParameterConflictResolution>([
        StaticQueryParameterConflictResolution::ClientOverride,
        StaticQueryParameterConflictResolution::StaticOverride,
    ]);
}

#[test]
fn one_kind_takes_the_place_of_another() {
    let said = [
        HttpTargetConfiguration::AgentcoreRuntime(said_runtime()),
        HttpTargetConfiguration::Passthrough(said_passthrough()),
        HttpTargetConfiguration::Connector(said_connector()),
    ];
    for said in &said {
        for held in [
            sdk::HttpTargetConfiguration::AgentcoreRuntime(other_runtime()),
            sdk::HttpTargetConfiguration::Passthrough(other_passthrough()),
            sdk::HttpTargetConfiguration::Connector(other_connector()),
        ] {
            assert_eq!(over(said, &held), said.state().unwrap(), "everything is said");
        }
    }
}

/// What the spec alone decides, in one of the ways to say it.
pub(super) fn decide(configuration: &mut Option<sdk::TargetConfiguration>) {
    use sdk::HttpTargetConfiguration as Http;
    match configuration {
        Some(sdk::TargetConfiguration::Http(Http::AgentcoreRuntime(runtime))) => {
            runtime.schema.iter_mut().filter_map(|schema| schema.source.as_mut()).for_each(mcp::lay_out);
        }
        Some(sdk::TargetConfiguration::Http(Http::Passthrough(passthrough))) => {
            passthrough.schema.iter_mut().filter_map(|schema| schema.source.as_mut()).for_each(mcp::lay_out);
            passthrough.static_query_parameter_conflict_resolution = None;
            if let Some(stickiness) = &mut passthrough.stickiness_configuration {
                stickiness.timeout = None;
                stickiness.composite_identifier.iter_mut().for_each(|set| set.sort());
            }
        }
        _ => {}
    }
}
