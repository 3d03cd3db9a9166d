//! Documents of every kind, from their text to what AWS gets.

use serde_json::{Value, json};

use super::*;
use crate::kinds::target::tests::samples::spec;

fn of(configuration: &Value) -> GatewayTargetSpec {
    spec(json!({"targetConfiguration": configuration}))
}

/// Reads a text for a target, and completes the target with it.
fn completed(configuration: &Value, text: &str) -> Result<Value, Hold> {
    let spec = of(configuration);
    let content = content(&spec.target_configuration, Some(text.to_owned()))?;
    tools("orders", &content)?;
    Ok(json!(complete(&spec, &content, Some("https://a.example.com"), false)?))
}

fn from() -> Value {
    json!({"inlinePayloadFrom": {"configMapKeyRef": {"name": "documents", "key": "a"}}})
}

#[test]
fn a_text_from_elsewhere_arrives_as_if_it_had_been_inline() {
    let arn = "arn:aws:lambda:us-west-2:111122223333:function:orders";
    let runtime = "arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/orders-a1b2c3d4e5";
    let functions = json!([{"name": "a", "description": "b", "inputSchema": {"type": "object"}}]);
    let tools = json!([{"name": "a", "inputSchema": {"type": "object"}}]).to_string();
    let model = json!({"smithy": "2.0"}).to_string();
    let table = [
        (
            json!({"mcp": {"smithyModel": from()}}),
            model.clone(),
            json!({"mcp": {"smithyModel": {"inlinePayload": model}}}),
        ),
        (
            json!({"mcp": {"lambda": {"lambdaArn": arn, "toolSchema": from()}}}),
            functions.to_string(),
            json!({"mcp": {"lambda": {"lambdaArn": arn, "toolSchema": {"inlinePayload": functions}}}}),
        ),
        (
            json!({"mcp": {"mcpServer": {"endpoint": "https://b", "mcpToolSchema": from()}}}),
            tools.clone(),
            json!({"mcp": {"mcpServer": {"endpoint": "https://b", "mcpToolSchema": {"inlinePayload": tools}}}}),
        ),
        (
            json!({"http": {"agentcoreRuntime": {"arn": runtime, "schema": {"source": from()}}}}),
            "openapi: 3.1.0".to_owned(),
            json!({"http": {"agentcoreRuntime": {"arn": runtime, "schema": {"source": {"inlinePayload": "openapi: 3.1.0"}}}}}),
        ),
        (
            json!({"http": {"passthrough": {
                "endpointFrom": {"ingressRef": {"name": "a"}}, "protocolType": "CUSTOM", "schema": {"source": from()},
            }}}),
            "{}".to_owned(),
            json!({"http": {"passthrough": {
                "endpoint": "https://a.example.com", "protocolType": "CUSTOM", "schema": {"source": {"inlinePayload": "{}"}},
            }}}),
        ),
    ];
    for (configuration, text, expected) in table {
        assert_eq!(completed(&configuration, &text), Ok(expected), "{configuration}");
    }
}

#[test]
fn a_smithy_model_is_json() {
    let model = json!({"mcp": {"smithyModel": from()}});
    let table = [
        ("$version: \"2\"", "The Smithy model is not JSON"),
        ("{}", "The document is no Smithy model in JSON"),
        (r#"{"smithy": 2}"#, "The document is no Smithy model in JSON"),
        ("[]", "The document is no Smithy model in JSON"),
    ];
    for (text, expected) in table {
        let hold = completed(&model, text).unwrap_err();
        assert_eq!(hold.reason(), Reason::Invalid);
        assert!(hold.message().contains(expected), "{text}: {}", hold.message());
    }
}

#[test]
fn a_document_in_s3_is_left_to_aws() {
    let object = json!({"s3": {"uri": "s3://platform-files/a.json"}});
    for configuration in [
        json!({"mcp": {"openApiSchema": object}}),
        json!({"mcp": {"smithyModel": object}}),
        json!({"mcp": {"lambda": {"lambdaArn": "a", "toolSchema": object}}}),
        json!({"mcp": {"mcpServer": {"endpoint": "https://b", "mcpToolSchema": object}}}),
        json!({"http": {"agentcoreRuntime": {"arn": "a", "schema": {"source": object}}}}),
    ] {
        let spec = of(&configuration);
        assert_eq!(inline(&spec.target_configuration), None, "{configuration}");
        let content = content(&spec.target_configuration, None).unwrap();
        assert_eq!(tools("orders", &content), Ok(None), "{configuration}");
        assert_eq!(json!(complete(&spec, &content, None, true).unwrap()), configuration);
    }
}

#[test]
fn a_model_mapping_that_says_nothing_is_none() {
    let provider =
        |mapping: Value| json!({"inference": {"provider": {"endpoint": "https://b", "modelMapping": mapping}}});
    let complete = |mapping: Value| json!(complete(&of(&provider(mapping)), &Content::Unseen, None, false).unwrap());
    assert_eq!(complete(json!({})), json!({"inference": {"provider": {"endpoint": "https://b"}}}));
    let said = json!({"providerPrefix": {"strip": true}});
    assert_eq!(complete(said.clone()), provider(said));
}

#[test]
fn the_address_is_what_the_spec_or_its_document_says() {
    let table = [
        (json!({"mcp": {"mcpServer": {"endpoint": "https://a"}}}), Some("https://a")),
        (json!({"http": {"passthrough": {"endpoint": "https://b", "protocolType": "MCP"}}}), Some("https://b")),
        (json!({"inference": {"provider": {"endpoint": "https://c"}}}), Some("https://c")),
        (json!({"inference": {"connector": {"source": {"connectorId": "bedrock"}}}}), None),
        (json!({"mcp": {"openApiSchema": {"s3": {"uri": "s3://a/b"}}}}), None),
    ];
    for (configuration, expected) in table {
        assert_eq!(address(&of(&configuration), &Content::Unseen).as_deref(), expected, "{configuration}");
    }
    let api = Content::Api(Document::parse(r#"{"servers": [{"url": "https://d"}]}"#).unwrap());
    assert_eq!(address(&of(&json!({"mcp": {"openApiSchema": from()}})), &api).as_deref(), Some("https://d"));
}
