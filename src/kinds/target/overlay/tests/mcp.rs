//! Targets whose tools are tools of the Model Context Protocol: every row.

use aws_smithy_types::{Document, Number};
use serde_json::Value;

use super::*;
use crate::api::{
    ConnectorConfiguration, ConnectorParameterOverride, ConnectorSource, ConnectorTargetConfiguration, ListingMode,
    McpLambdaTargetConfiguration, McpServerTargetConfiguration, McpTargetConfiguration,
};

table! { mcp_server: McpServerTargetConfiguration => sdk::McpServerTargetConfiguration,
    said server().target_configuration.mcp_server().unwrap().clone(), held other_server(); {
    endpoint: resolved,
    endpoint_from: elsewhere,
    listing_mode: defaulted,
    resource_priority: defaulted,
    mcp_tool_schema: owned,
} kept {} }

table! { lambda: McpLambdaTargetConfiguration => sdk::McpLambdaTargetConfiguration, said said_lambda(), held other_lambda(); {
    lambda_arn: required,
    tool_schema: stated,
} kept {} }

table! { connector: ConnectorTargetConfiguration => sdk::ConnectorTargetConfiguration,
    said said_connector(), held other_connector(); {
    source: stated,
    enabled: set,
    configurations: list,
} kept {} }

table! { source: ConnectorSource => sdk::ConnectorSource,
    said said_connector().source, held other_connector().source.unwrap(); {
    connector_id: required,
    version: defaulted,
} kept {} }

table! { configuration: ConnectorConfiguration => sdk::ConnectorConfiguration,
    said said_connector().configurations.remove(0), held other_configuration(); {
    name: required,
    description: owned,
    parameter_values: owned,
    parameter_overrides: list,
} kept {} }

table! { parameter: ConnectorParameterOverride => sdk::ConnectorParameterOverride,
    said said_connector().configurations.remove(0).parameter_overrides.remove(0), held other_parameter(); {
    path: required,
    description: owned,
    visible: owned_word,
} kept {} }

fn said_lambda() -> McpLambdaTargetConfiguration {
    serde_json::from_value(json!({
        "lambdaArn": "arn:aws:lambda:us-west-2:111122223333:function:orders",
        "toolSchema": {"inlinePayload": [
            {"name": "get", "description": "Gets", "inputSchema": {
                "type": "object", "properties": {"id": {"type": "string"}, "many": {"type": "array", "items": {"type": "integer"}}},
                "required": ["id", "many"],
            }},
            {"name": "list", "description": "Lists", "inputSchema": {"type": "object"}, "outputSchema": {"type": "string"}},
        ]},
    }))
    .unwrap()
}

fn said_connector() -> ConnectorTargetConfiguration {
    serde_json::from_value(json!({
        "source": {"connectorId": "bedrock-knowledge-bases", "version": "1.1.0"},
        "enabled": ["retrieve", "search"],
        "configurations": [{
            "name": "retrieve",
            "description": "Retrieves",
            "parameterValues": {"knowledgeBaseId": "KB12345678", "limits": [1, -2, 0.5], "strict": null},
            "parameterOverrides": [{"path": "/filter", "description": "Filters", "visible": true}],
        }],
    }))
    .unwrap()
}

fn other_server() -> sdk::McpServerTargetConfiguration {
    sdk::McpServerTargetConfiguration::builder()
        .endpoint("https://other")
        .mcp_tool_schema(sdk::McpToolSchemaConfiguration::InlinePayload("[]".into()))
        .listing_mode(sdk::ListingMode::Default)
        .resource_priority(1000)
        .build()
        .unwrap()
}

fn other_lambda() -> sdk::McpLambdaTargetConfiguration {
    let tools = sdk::ToolSchema::InlinePayload(Vec::new());
    sdk::McpLambdaTargetConfiguration::builder().lambda_arn("other").tool_schema(tools).build().unwrap()
}

fn other_parameter() -> sdk::ConnectorParameterOverride {
    sdk::ConnectorParameterOverride::builder().path("/other").description("Other").visible(false).build().unwrap()
}

fn other_configuration() -> sdk::ConnectorConfiguration {
    sdk::ConnectorConfiguration::builder()
        .name("other")
        .description("Other")
        .parameter_values(Document::Bool(true))
        .parameter_overrides(other_parameter())
        .build()
        .unwrap()
}

fn other_connector() -> sdk::ConnectorTargetConfiguration {
    sdk::ConnectorTargetConfiguration::builder()
        .source(sdk::ConnectorSource::builder().connector_id("other").version("2.0.0").build().unwrap())
        .enabled("other")
        .configurations(other_configuration())
        .build()
}

#[test]
fn every_word_is_the_same_word_in_aws() {
    same_words::<_, sdk::ListingMode>([ListingMode::Default, ListingMode::Dynamic]);
}

#[test]
fn a_function_has_its_tools_with_their_schemas_in_any_depth() {
    let made = said_lambda().state().unwrap();
    let Some(sdk::ToolSchema::InlinePayload(tools)) = &made.tool_schema else { panic!("they are inline") };
    let input = tools[0].input_schema.as_ref().unwrap();
    assert_eq!(input.r#type, sdk::SchemaType::Object);
    assert_eq!(input.required.as_deref(), Some(["id".to_owned(), "many".to_owned()].as_slice()));
    let many = &input.properties.as_ref().unwrap()["many"];
    assert_eq!(many.items.as_ref().unwrap().r#type, sdk::SchemaType::Integer);
    assert_eq!(tools[1].output_schema.as_ref().unwrap().r#type, sdk::SchemaType::String);
    assert_eq!(tools[0].output_schema, None);
}

#[test]
fn the_order_of_tools_means_nothing_and_a_changed_one_does() {
    let said = said_lambda();
    let made = said.state().unwrap();
    let turned = |change: fn(&mut Vec<sdk::ToolDefinition>)| {
        let mut held = made.clone();
        if let Some(sdk::ToolSchema::InlinePayload(tools)) = &mut held.tool_schema {
            change(tools);
        }
        held
    };
    let same = turned(|tools| {
        tools.reverse();
        tools[1].input_schema.as_mut().unwrap().required.as_mut().unwrap().reverse();
        tools[0].input_schema.as_mut().unwrap().required = Some(Vec::new());
    });
    assert_eq!(over(&said, &same), same);
    for other in [
        turned(|tools| tools.truncate(1)),
        turned(|tools| tools[0].description = "Other".into()),
        turned(|tools| tools[1].output_schema = None),
        turned(|tools| tools[0].input_schema.as_mut().unwrap().required = None),
    ] {
        assert_eq!(over(&said, &other), made);
    }
}

#[test]
fn values_of_parameters_are_any_json() {
    let values = json!({"a": [null, true, "x", 1, -1, 0.5], "big": u64::MAX, "small": i64::MIN});
    let made: Document = values.state().unwrap();
    let expected = [
        Document::Null,
        Document::Bool(true),
        Document::String("x".into()),
        Document::Number(Number::PosInt(1)),
        Document::Number(Number::NegInt(-1)),
        Document::Number(Number::Float(0.5)),
    ];
    let members = made.as_object().unwrap();
    assert_eq!(members["a"].as_array().unwrap().as_slice(), expected);
    assert_eq!(members["big"], Document::Number(Number::PosInt(u64::MAX)));
    assert_eq!(members["small"], Document::Number(Number::NegInt(i64::MIN)));
}

#[test]
fn a_whole_number_is_the_same_with_a_fraction_of_nothing() {
    let number = |number: Number| Document::Number(number);
    // | the spec has | AWS has | is it the same |
    let table: [(Value, Document, bool); 7] = [
        (json!(1), number(Number::Float(1.0)), true),
        (json!(1.0), number(Number::PosInt(1)), true),
        (json!(-1), number(Number::Float(-1.0)), true),
        (json!(1), number(Number::Float(1.5)), false),
        (json!(9_007_199_254_740_993_u64), number(Number::PosInt(9_007_199_254_740_992)), false),
        (json!([1]), Document::Array(vec![number(Number::Float(1.0))]), true),
        (json!("1"), number(Number::PosInt(1)), false),
    ];
    for (said, held, same) in table {
        assert_eq!(over(&said, &held) == held, same, "{said} over {held:?}");
    }
}

#[test]
fn documents_of_every_kind_are_the_same_in_another_layout() {
    let document = json!({"smithy": "2.0", "shapes": {}});
    let held =
        sdk::McpTargetConfiguration::SmithyModel(sdk::ApiSchemaConfiguration::InlinePayload(laid_out(&document)));
    let said = ApiSchemaConfiguration::InlinePayload(document.to_string());
    assert_eq!(over(&McpTargetConfiguration::SmithyModel(said), &held), held);
    let tools = sdk::McpToolSchemaConfiguration::InlinePayload(laid_out(&json!([{"name": "a"}])));
    assert_eq!(over(&McpToolSchemaConfiguration::InlinePayload(r#"[{"name":"a"}]"#.into()), &tools), tools);
    let other = sdk::McpToolSchemaConfiguration::InlinePayload(r#"[{"name":"b"}]"#.into());
    assert_eq!(over(&McpToolSchemaConfiguration::InlinePayload(r#"[{"name":"b"}]"#.into()), &tools), other);
}

pub(super) fn lay_out(schema: &mut sdk::ApiSchemaConfiguration) {
    if let sdk::ApiSchemaConfiguration::InlinePayload(document) = schema {
        *document = laid_out(&serde_json::from_str(document).unwrap());
    }
}

/// What the spec alone decides, in one of the ways to say it.
pub(super) fn decide(configuration: &mut Option<sdk::TargetConfiguration>) {
    use sdk::McpTargetConfiguration as Mcp;
    match configuration {
        Some(sdk::TargetConfiguration::Mcp(Mcp::McpServer(server))) => {
            server.listing_mode = None;
            server.resource_priority = None;
            if let Some(sdk::McpToolSchemaConfiguration::InlinePayload(tools)) = &mut server.mcp_tool_schema {
                *tools = laid_out(&serde_json::from_str(tools).unwrap());
            }
        }
        Some(sdk::TargetConfiguration::Mcp(Mcp::OpenApiSchema(schema) | Mcp::SmithyModel(schema))) => lay_out(schema),
        Some(sdk::TargetConfiguration::Mcp(Mcp::Connector(connector))) => {
            connector.source.iter_mut().for_each(|source| source.version = None);
            connector.enabled.iter_mut().for_each(|set| set.sort());
            for configuration in connector.configurations.iter_mut().flatten() {
                configuration.parameter_values.iter_mut().for_each(with_fractions);
            }
        }
        Some(sdk::TargetConfiguration::Mcp(Mcp::Lambda(lambda))) => {
            if let Some(sdk::ToolSchema::InlinePayload(tools)) = &mut lambda.tool_schema {
                tools.sort_by(|one, other| one.name.cmp(&other.name));
                for tool in tools {
                    tool.input_schema.iter_mut().chain(&mut tool.output_schema).for_each(sort);
                }
            }
        }
        _ => {}
    }
}

fn sort(schema: &mut sdk::SchemaDefinition) {
    schema.required.iter_mut().for_each(|required| required.sort());
    schema.required = schema.required.take().filter(|required| !required.is_empty());
    schema.properties = schema.properties.take().filter(|properties| !properties.is_empty());
    schema.properties.iter_mut().flat_map(|properties| properties.values_mut()).for_each(sort);
    schema.items.iter_mut().for_each(|items| sort(items));
}

fn with_fractions(document: &mut Document) {
    match document {
        Document::Number(number) => *number = Number::Float(number.to_f64_lossy()),
        Document::Array(items) => items.iter_mut().for_each(with_fractions),
        Document::Object(members) => members.values_mut().for_each(with_fractions),
        Document::String(_) | Document::Bool(_) | Document::Null => {}
    }
}
