//! Targets that offer a stage of a REST API.

use aws_sdk_bedrockagentcorecontrol::types as sdk;
use aws_smithy_types::error::operation::BuildError;

use crate::{
    api::{
        ApiGatewayTargetConfiguration, ApiGatewayToolConfiguration, ApiGatewayToolFilter, ApiGatewayToolOverride,
        RestApiMethod,
    },
    overlay::{overlay, overlay_enum},
};

overlay! { ApiGatewayTargetConfiguration => sdk::ApiGatewayTargetConfiguration,
    blank blank_tools().and_then(|tools| {
        let blank = sdk::ApiGatewayTargetConfiguration::builder().rest_api_id("").stage("");
        blank.api_gateway_tool_configuration(tools).build()
    }); {
    rest_api_id: required,
    stage: required,
    api_gateway_tool_configuration: stated,
} }
overlay! { ApiGatewayToolConfiguration => sdk::ApiGatewayToolConfiguration, blank blank_tools(); {
    operation_names: elsewhere,
    tool_filters: required_unordered,
    tool_overrides: unordered,
} }
overlay! { ApiGatewayToolFilter => sdk::ApiGatewayToolFilter,
    blank sdk::ApiGatewayToolFilter::builder().filter_path("").set_methods(Some(Vec::new())).build(); {
    filter_path: required,
    methods: required_unordered,
} }
overlay! { ApiGatewayToolOverride => sdk::ApiGatewayToolOverride,
    blank sdk::ApiGatewayToolOverride::builder().name("").path("").method(sdk::RestApiMethod::Get).build(); {
    name: required,
    description: owned,
    path: required,
    method: required,
} }
overlay_enum! { RestApiMethod => sdk::RestApiMethod { Get, Delete, Head, Options, Patch, Put, Post } }

fn blank_tools() -> Result<sdk::ApiGatewayToolConfiguration, BuildError> {
    sdk::ApiGatewayToolConfiguration::builder().set_tool_filters(Some(Vec::new())).build()
}
