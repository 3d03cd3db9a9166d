//! Targets that offer a stage of a REST API: every row.

use super::*;
use crate::api::{
    ApiGatewayTargetConfiguration, ApiGatewayToolConfiguration, ApiGatewayToolFilter, ApiGatewayToolOverride,
};

table! { stage: ApiGatewayTargetConfiguration => sdk::ApiGatewayTargetConfiguration, said said_stage(), held other_stage(); {
    rest_api_id: required,
    stage: required,
    api_gateway_tool_configuration: stated,
} kept {} }

table! { tools: ApiGatewayToolConfiguration => sdk::ApiGatewayToolConfiguration,
    said said_stage().api_gateway_tool_configuration, held other_stage().api_gateway_tool_configuration.unwrap(); {
    operation_names: elsewhere,
    tool_filters: required_unordered,
    tool_overrides: unordered,
} kept {} }

table! { filter: ApiGatewayToolFilter => sdk::ApiGatewayToolFilter,
    said said_stage().api_gateway_tool_configuration.tool_filters.remove(0), held other_filter(); {
    filter_path: required,
    methods: required_unordered,
} kept {} }

table! { name: ApiGatewayToolOverride => sdk::ApiGatewayToolOverride,
    said said_stage().api_gateway_tool_configuration.tool_overrides.remove(0), held other_override(); {
    name: required,
    description: owned,
    path: required,
    method: required,
} kept {} }

fn said_stage() -> ApiGatewayTargetConfiguration {
    serde_json::from_value(json!({
        "restApiId": "pets123456",
        "stage": "prod",
        "apiGatewayToolConfiguration": {
            "operationNames": "Generate",
            "toolFilters": [
                {"filterPath": "/pets", "methods": ["GET", "POST"]},
                {"filterPath": "/pets/*", "methods": ["DELETE", "HEAD", "OPTIONS", "PATCH", "PUT"]},
            ],
            "toolOverrides": [
                {"path": "/pets", "method": "POST", "name": "NewPet", "description": "A new pet"},
                {"path": "/pets", "method": "GET", "name": "AllPets"},
            ],
        },
    }))
    .unwrap()
}

fn other_filter() -> sdk::ApiGatewayToolFilter {
    sdk::ApiGatewayToolFilter::builder().filter_path("/cats").methods(sdk::RestApiMethod::Put).build().unwrap()
}

fn other_override() -> sdk::ApiGatewayToolOverride {
    let method = sdk::RestApiMethod::Put;
    let held = sdk::ApiGatewayToolOverride::builder().name("PutCat").description("A cat").path("/cats").method(method);
    held.build().unwrap()
}

fn other_stage() -> sdk::ApiGatewayTargetConfiguration {
    let tools =
        sdk::ApiGatewayToolConfiguration::builder().tool_filters(other_filter()).tool_overrides(other_override());
    sdk::ApiGatewayTargetConfiguration::builder()
        .rest_api_id("cats123456")
        .stage("test")
        .api_gateway_tool_configuration(tools.build().unwrap())
        .build()
        .unwrap()
}

#[test]
fn another_order_is_no_difference_and_another_piece_is() {
    let said = said_stage();
    let mut held: sdk::ApiGatewayTargetConfiguration = said.state().unwrap();
    let tools = held.api_gateway_tool_configuration.as_mut().unwrap();
    tools.tool_filters.reverse();
    tools.tool_filters.iter_mut().for_each(|filter| filter.methods.reverse());
    tools.tool_overrides.as_mut().unwrap().reverse();
    assert_eq!(over(&said, &held), held);
    let mut doubled = held.clone();
    let filters = &mut doubled.api_gateway_tool_configuration.as_mut().unwrap().tool_filters;
    filters[1] = filters[0].clone();
    assert_ne!(over(&said, &doubled), doubled, "one twice is not two");
    let mut renamed = held.clone();
    let overrides = &mut renamed.api_gateway_tool_configuration.as_mut().unwrap().tool_overrides;
    overrides.as_mut().unwrap()[0].name = "other".into();
    let fresh: sdk::ApiGatewayTargetConfiguration = said.state().unwrap();
    let overrides =
        |stage: sdk::ApiGatewayTargetConfiguration| stage.api_gateway_tool_configuration.unwrap().tool_overrides;
    assert_eq!(overrides(over(&said, &renamed)), overrides(fresh));
}
