//! Targets whose tools are tools of the Model Context Protocol.

use aws_sdk_bedrockagentcorecontrol::types as sdk;
use aws_smithy_types::error::operation::BuildError;

use crate::{
    api::{
        ConnectorConfiguration, ConnectorParameterOverride, ConnectorSource, ConnectorTargetConfiguration, ListingMode,
        McpLambdaTargetConfiguration, McpServerTargetConfiguration, McpTargetConfiguration,
    },
    overlay::{overlay, overlay_enum, overlay_union},
};

overlay_union! { McpTargetConfiguration => sdk::McpTargetConfiguration {
    OpenApiSchema, SmithyModel, Lambda, McpServer, ApiGateway, Connector,
} }

overlay! { McpLambdaTargetConfiguration => sdk::McpLambdaTargetConfiguration,
    blank sdk::McpLambdaTargetConfiguration::builder().lambda_arn("").build(); {
    lambda_arn: required,
    tool_schema: stated,
} }

overlay! { McpServerTargetConfiguration => sdk::McpServerTargetConfiguration,
    blank sdk::McpServerTargetConfiguration::builder().endpoint("").build(); {
    endpoint: resolved,
    endpoint_from: elsewhere,
    listing_mode: defaulted,
    resource_priority: defaulted,
    mcp_tool_schema: owned,
} }
overlay_enum! { ListingMode => sdk::ListingMode { Default, Dynamic } }

overlay! { ConnectorTargetConfiguration => sdk::ConnectorTargetConfiguration,
    blank Ok::<_, BuildError>(sdk::ConnectorTargetConfiguration::builder().build()); {
    source: stated,
    enabled: set,
    configurations: list,
} }
overlay! { ConnectorSource => sdk::ConnectorSource, blank sdk::ConnectorSource::builder().connector_id("").build(); {
    connector_id: required,
    version: defaulted,
} }
overlay! { ConnectorConfiguration => sdk::ConnectorConfiguration,
    blank sdk::ConnectorConfiguration::builder().name("").build(); {
    name: required,
    description: owned,
    parameter_values: owned,
    parameter_overrides: list,
} }
overlay! { ConnectorParameterOverride => sdk::ConnectorParameterOverride,
    blank sdk::ConnectorParameterOverride::builder().path("").build(); {
    path: required,
    description: owned,
    visible: owned_word,
} }
