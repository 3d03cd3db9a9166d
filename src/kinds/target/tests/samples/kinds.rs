//! Any configuration of any kind, and the same in other words.

use aws_sdk_bedrockagentcorecontrol::types as sdk;
use aws_smithy_types::{Document, Number};
use proptest::{
    collection::{btree_map, btree_set, vec},
    option,
    prelude::*,
    sample::select,
};
use serde_json::{Value, from_value, json};

use super::{documents, laid_out, objects, read, some};
use crate::api::{
    ApiGatewayTargetConfiguration, ApiGatewayToolConfiguration, ApiGatewayToolFilter, ApiGatewayToolOverride,
    ApiSchemaConfiguration, ConnectorConfiguration, ConnectorParameterOverride, ConnectorSource,
    ConnectorTargetConfiguration, HttpApiSchemaConfiguration, HttpTargetConfiguration, InferenceTargetConfiguration,
    ListingMode, McpLambdaTargetConfiguration, McpServerTargetConfiguration, McpTargetConfiguration,
    McpToolSchemaConfiguration, OperationNames, PassthroughProtocolType, PassthroughTargetConfiguration, RestApiMethod,
    RuntimeTargetConfiguration, StaticQueryParameterConflictResolution, StickinessConfiguration, TargetConfiguration,
    ToolDefinition, ToolSchema,
};

/// Any configuration that the API server would let in, references resolved.
pub(super) fn configurations() -> impl Strategy<Value = TargetConfiguration> {
    let mcp = prop_oneof![
        servers().prop_map(McpTargetConfiguration::McpServer),
        documents().prop_map(|document| McpTargetConfiguration::OpenApiSchema(read(&document.to_string()))),
        schemas().prop_map(McpTargetConfiguration::SmithyModel),
        functions().prop_map(McpTargetConfiguration::Lambda),
        stages().prop_map(McpTargetConfiguration::ApiGateway),
        connectors().prop_map(McpTargetConfiguration::Connector),
    ];
    let http = prop_oneof![
        runtimes().prop_map(HttpTargetConfiguration::AgentcoreRuntime),
        passthroughs().prop_map(HttpTargetConfiguration::Passthrough),
        ("[a-b]", btree_map("[a-b]", "[a-b]", 0..3)).prop_map(|(id, parameters)| from_value(
            json!({"connector": {"source": {"connectorId": id}, "parameters": parameters}})
        )
        .unwrap()),
    ];
    prop_oneof![
        4 => mcp.prop_map(TargetConfiguration::Mcp),
        2 => http.prop_map(TargetConfiguration::Http),
        1 => models().prop_map(TargetConfiguration::Inference),
    ]
}

fn servers() -> impl Strategy<Value = McpServerTargetConfiguration> {
    let modes = select(vec![ListingMode::Default, ListingMode::Dynamic]);
    let tools = prop_oneof![
        documents().prop_map(|document| McpToolSchemaConfiguration::InlinePayload(document.to_string())),
        objects().prop_map(McpToolSchemaConfiguration::S3),
    ];
    let parts = ("[a-c]", option::of(modes), option::of(0..3), option::of(tools));
    parts.prop_map(|(host, listing_mode, resource_priority, mcp_tool_schema)| McpServerTargetConfiguration {
        endpoint: Some(format!("https://{host}")),
        listing_mode,
        resource_priority,
        mcp_tool_schema,
        ..McpServerTargetConfiguration::default()
    })
}

fn schemas() -> impl Strategy<Value = ApiSchemaConfiguration> {
    prop_oneof![
        documents().prop_map(|document| ApiSchemaConfiguration::InlinePayload(document.to_string())),
        objects().prop_map(ApiSchemaConfiguration::S3),
    ]
}

/// Any JSON schema that AWS knows.
fn shapes() -> impl Strategy<Value = Value> {
    let leaf = select(vec!["string", "number", "boolean", "integer"]).prop_map(|kind| json!({"type": kind}));
    leaf.prop_recursive(3, 12, 3, |inner| {
        let members = (btree_map("[a-c]", inner.clone(), 0..3), some(0));
        prop_oneof![
            inner.prop_map(|items| json!({"type": "array", "items": items, "description": "Many"})),
            members.prop_map(|(properties, required)| {
                json!({"type": "object", "properties": properties, "required": required})
            }),
        ]
    })
}

fn functions() -> impl Strategy<Value = McpLambdaTargetConfiguration> {
    let tools = btree_map("[a-c]", ("[a-c]", shapes(), option::of(shapes())), 1..4).prop_map(|tools| {
        let tools = tools.into_iter().map(|(name, (description, input_schema, output_schema))| ToolDefinition {
            name,
            description,
            input_schema,
            output_schema,
        });
        ToolSchema::InlinePayload(tools.collect())
    });
    let schema = prop_oneof![tools, objects().prop_map(ToolSchema::S3)];
    ("[a-b]", schema).prop_map(|(lambda_arn, tool_schema)| McpLambdaTargetConfiguration { lambda_arn, tool_schema })
}

fn stages() -> impl Strategy<Value = ApiGatewayTargetConfiguration> {
    let methods = || select(RestApiMethod::ALL.to_vec());
    let filters = ("/[a-b]", btree_set(methods(), 1..3)).prop_map(|(filter_path, methods)| ApiGatewayToolFilter {
        filter_path,
        methods: methods.into_iter().collect(),
    });
    let overrides = ("[a-b]", option::of("[a-b]"), "/[a-b]", methods())
        .prop_map(|(name, description, path, method)| ApiGatewayToolOverride { name, description, path, method });
    let names = option::of(select(vec![OperationNames::Require, OperationNames::Generate]));
    let parts = ("[a-b]", "[a-b]", names, vec(filters, 1..3), vec(overrides, 0..3));
    parts.prop_map(|(rest_api_id, stage, operation_names, tool_filters, tool_overrides)| {
        ApiGatewayTargetConfiguration {
            rest_api_id,
            stage,
            api_gateway_tool_configuration: ApiGatewayToolConfiguration {
                operation_names,
                tool_filters,
                tool_overrides,
            },
        }
    })
}

fn connectors() -> impl Strategy<Value = ConnectorTargetConfiguration> {
    let overrides = ("[a-b]", option::of("[a-b]"), option::of(any::<bool>()))
        .prop_map(|(path, description, visible)| ConnectorParameterOverride { path, description, visible });
    let values = documents().prop_filter("null is nothing", |value| !value.is_null());
    let configurations = ("[a-b]", option::of("[a-b]"), option::of(values), vec(overrides, 0..3)).prop_map(
        |(name, description, parameter_values, parameter_overrides)| ConnectorConfiguration {
            name,
            description,
            parameter_values,
            parameter_overrides,
        },
    );
    let parts = ("[a-b]", option::of("[1-2].0.0"), some(0), vec(configurations, 0..3));
    parts.prop_map(|(connector_id, version, enabled, configurations)| ConnectorTargetConfiguration {
        source: ConnectorSource { connector_id, version },
        enabled,
        configurations,
    })
}

fn runtimes() -> impl Strategy<Value = RuntimeTargetConfiguration> {
    ("[a-b]", option::of("[a-b]"), option::of(schemas())).prop_map(|(arn, qualifier, source)| {
        RuntimeTargetConfiguration {
            arn,
            qualifier,
            schema: source.map(|source| HttpApiSchemaConfiguration { source }),
        }
    })
}

fn passthroughs() -> impl Strategy<Value = PassthroughTargetConfiguration> {
    let protocols = select(vec![PassthroughProtocolType::Mcp, PassthroughProtocolType::Custom]);
    let stickiness = ("[a-b]", option::of(1..3), some(0)).prop_map(|(identifier, timeout, composite_identifier)| {
        StickinessConfiguration { identifier, timeout, composite_identifier }
    });
    let resolutions = select(vec![
        StaticQueryParameterConflictResolution::ClientOverride,
        StaticQueryParameterConflictResolution::StaticOverride,
    ]);
    let parameters = btree_map("[a-b]", "[a-b]", 0..3);
    let parts =
        ("[a-c]", protocols, option::of(schemas()), option::of(stickiness), parameters, option::of(resolutions));
    parts.prop_map(|(host, protocol_type, source, stickiness_configuration, parameters, resolution)| {
        PassthroughTargetConfiguration {
            endpoint: Some(format!("https://{host}")),
            endpoint_from: None,
            protocol_type,
            schema: source.map(|source| HttpApiSchemaConfiguration { source }),
            stickiness_configuration,
            static_query_parameters: parameters,
            static_query_parameter_conflict_resolution: resolution,
        }
    })
}

fn models() -> impl Strategy<Value = InferenceTargetConfiguration> {
    let connectors = "[a-b]".prop_map(|id| json!({"connector": {"source": {"connectorId": id}}}));
    let prefix = option::of((option::of(any::<bool>()), option::of("[./]")));
    let operations = vec(("[a-b]", option::of("[a-b]"), some(0)), 0..3);
    let providers = ("[a-c]", prefix, operations).prop_map(|(host, prefix, operations)| {
        let operations: Vec<Value> = operations
            .into_iter()
            .map(|(path, provider_path, models)| {
                let models: Vec<Value> = models.into_iter().map(|model| json!({"model": model})).collect();
                json!({"path": path, "providerPath": provider_path, "models": models})
            })
            .collect();
        let mapping =
            prefix.map(|(strip, separator)| json!({"providerPrefix": {"strip": strip, "separator": separator}}));
        json!({"provider": {"endpoint": format!("https://{host}"), "modelMapping": mapping, "operations": operations}})
    });
    prop_oneof![connectors, providers].prop_map(|model| from_value(model).unwrap())
}

/// Says the same in other words: sets turned around, documents laid out otherwise.
pub(super) fn reword(configuration: &mut Option<sdk::TargetConfiguration>) {
    use sdk::{HttpTargetConfiguration as Http, McpTargetConfiguration as Mcp};
    match configuration {
        Some(sdk::TargetConfiguration::Mcp(Mcp::OpenApiSchema(schema) | Mcp::SmithyModel(schema))) => relay(schema),
        Some(sdk::TargetConfiguration::Mcp(Mcp::McpServer(server))) => {
            if let Some(sdk::McpToolSchemaConfiguration::InlinePayload(tools)) = &mut server.mcp_tool_schema {
                *tools = laid_out(&serde_json::from_str(tools).unwrap());
            }
        }
        Some(sdk::TargetConfiguration::Mcp(Mcp::Lambda(lambda))) => {
            if let Some(sdk::ToolSchema::InlinePayload(tools)) = &mut lambda.tool_schema {
                tools.reverse();
                for tool in tools {
                    tool.input_schema.iter_mut().chain(&mut tool.output_schema).for_each(turn);
                }
            }
        }
        Some(sdk::TargetConfiguration::Mcp(Mcp::ApiGateway(stage))) => {
            if let Some(tools) = &mut stage.api_gateway_tool_configuration {
                tools.tool_filters.reverse();
                tools.tool_filters.iter_mut().for_each(|filter| filter.methods.reverse());
                tools.tool_overrides.iter_mut().for_each(|overrides| overrides.reverse());
            }
        }
        Some(sdk::TargetConfiguration::Mcp(Mcp::Connector(connector))) => {
            connector.enabled.iter_mut().for_each(|enabled| enabled.reverse());
            for configuration in connector.configurations.iter_mut().flatten() {
                configuration.parameter_values.iter_mut().for_each(with_fractions);
            }
        }
        Some(sdk::TargetConfiguration::Http(Http::AgentcoreRuntime(runtime))) => {
            runtime.schema.iter_mut().filter_map(|schema| schema.source.as_mut()).for_each(relay);
        }
        Some(sdk::TargetConfiguration::Http(Http::Passthrough(passthrough))) => {
            passthrough.schema.iter_mut().filter_map(|schema| schema.source.as_mut()).for_each(relay);
            let sets = passthrough.stickiness_configuration.iter_mut();
            sets.filter_map(|stickiness| stickiness.composite_identifier.as_mut()).for_each(|set| set.reverse());
        }
        _ => {}
    }
}

fn relay(schema: &mut sdk::ApiSchemaConfiguration) {
    if let sdk::ApiSchemaConfiguration::InlinePayload(document) = schema
        && let Ok(value) = serde_json::from_str(document)
    {
        *document = laid_out(&value);
    }
}

fn turn(schema: &mut sdk::SchemaDefinition) {
    schema.required.iter_mut().for_each(|required| required.reverse());
    schema.required = schema.required.take().filter(|required| !required.is_empty());
    schema.properties.iter_mut().flat_map(|properties| properties.values_mut()).for_each(turn);
    schema.items.iter_mut().for_each(|items| turn(items));
}

/// Whole numbers with a fraction of nothing, where that is exact.
fn with_fractions(document: &mut Document) {
    match document {
        Document::Number(Number::PosInt(number)) => {
            if let Ok(number) = u32::try_from(*number) {
                *document = Document::Number(Number::Float(number.into()));
            }
        }
        Document::Array(items) => items.iter_mut().for_each(with_fractions),
        Document::Object(members) => members.values_mut().for_each(with_fractions),
        Document::Number(_) | Document::String(_) | Document::Bool(_) | Document::Null => {}
    }
}
