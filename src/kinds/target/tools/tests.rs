//! What AWS would refuse is told, with the tool and the place.

use serde_json::json;

use super::*;

fn tool(name: &str, input_schema: Value) -> ToolDefinition {
    ToolDefinition { name: name.into(), description: "Does".into(), input_schema, output_schema: None }
}

fn refused(tools: &[ToolDefinition]) -> String {
    let problem = check("orders", tools).unwrap_err();
    assert_eq!(problem.reason, Reason::Invalid);
    problem.message
}

#[test]
fn a_schema_that_aws_knows_is_taken_in_any_depth() {
    let deep = json!({"type": "object", "required": [], "properties": {
        "required": {"type": "string"},
        "list": {"type": "array", "items": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "number"}}}}},
    }});
    let tools = [tool("put", deep), tool("get", json!({"type": "boolean", "description": "Whether"}))];
    assert_eq!(check("orders", &tools).unwrap(), ["get", "put"], "sorted");
}

#[test]
fn what_is_wrong_with_a_schema_is_told_with_its_place() {
    let inside = |schema: Value| json!({"type": "object", "properties": {"a": {"type": "array", "items": schema}}});
    let table = [
        (json!("object"), "Tool put: inputSchema is no JSON schema; write an object with a type"),
        (json!({}), "Tool put: inputSchema has no type; give it one, like object"),
        (json!({"type": "null"}), r#"Tool put: inputSchema.type is "null", and AWS takes one of "#),
        (
            json!({"type": ["string", "number"]}),
            r#"Tool put: inputSchema.type is ["string","number"], and AWS takes one of "#,
        ),
        (
            inside(json!({"type": "string", "enum": ["a"]})),
            "Tool put: inputSchema.properties.a.items.enum is nothing that AWS takes in a schema, which has type, properties, required, \
             items and description; remove it",
        ),
        (
            inside(json!({"$ref": "#/$defs/a"})),
            "Tool put: inputSchema.properties.a.items.$ref is nothing that AWS takes",
        ),
        (json!({"type": "object", "$defs": {}}), "Tool put: inputSchema.$defs is nothing that AWS takes"),
        (json!({"type": "object", "required": "a"}), "Tool put: inputSchema.required is no list of names"),
        (json!({"type": "object", "required": [1]}), "Tool put: inputSchema.required is no text"),
        (
            json!({"type": "object", "properties": []}),
            "Tool put: inputSchema.properties is no object with a schema for each name",
        ),
        (json!({"type": "object", "description": 1}), "Tool put: inputSchema.description is no text"),
    ];
    for (schema, expected) in table {
        let said = refused(&[tool("get", json!({"type": "object"})), tool("put", schema.clone())]);
        assert!(said.contains(expected), "{schema}: {said}");
        let output = ToolDefinition { output_schema: Some(schema.clone()), ..tool("put", json!({"type": "object"})) };
        assert!(refused(&[output]).contains(&expected.replace("inputSchema", "outputSchema")), "{schema}");
    }
}

#[test]
fn a_schema_without_end_is_told() {
    let deep = (0..200).fold(json!({"type": "string"}), |items, _| json!({"type": "array", "items": items}));
    assert!(refused(&[tool("put", deep)]).contains("is nested more than 100 deep"));
}

#[test]
fn names_of_tools_are_unique_and_short_enough() {
    let object = || json!({"type": "object"});
    let longest = "n".repeat(256 - "orders___".len());
    assert!(check("orders", &[tool(&longest, object())]).is_ok());
    let said = refused(&[tool(&format!("{longest}n"), object())]);
    assert!(said.contains("has 257 characters as agents see it") && said.contains("AWS takes 256"), "{said}");
    assert!(refused(&[tool("", object())]).contains("A tool has an empty name"));
    assert!(refused(&[tool("a", object()), tool("a", object())]).contains("There are two tools a"));
    let many: Vec<_> = (0..1001).map(|number| tool(&format!("t{number}"), object())).collect();
    assert!(check("orders", &many[..1000]).is_ok());
    assert!(refused(&many).contains("There are 1001 tools, and AWS takes 1000 for a target"));
}

#[test]
fn tools_that_are_too_large_are_told_before_aws_does() {
    let large = ToolDefinition { description: "x".repeat(1_000_000), ..tool("put", json!({"type": "object"})) };
    assert_eq!(check("orders", &[large]).unwrap_err().reason, Reason::SchemaTooLarge);
    assert_eq!(read(&" ".repeat(1_000_001)).unwrap_err().reason, Reason::SchemaTooLarge);
    assert_eq!(check_mcp("orders", &" ".repeat(1_000_001)).unwrap_err().reason, Reason::SchemaTooLarge);
}

#[test]
fn a_document_of_tools_is_a_list_of_them() {
    let good = json!([{"name": "get", "description": "Gets", "inputSchema": {"type": "object"}}]);
    assert_eq!(
        read(&good.to_string()).unwrap(),
        [ToolDefinition { description: "Gets".into(), ..tool("get", json!({"type": "object"})) }]
    );
    let table = [
        ("tools: []".to_owned(), "The list of tools is not JSON: "),
        (json!({"tools": good}).to_string(), "The list of tools is no JSON list"),
        (json!([{"name": "get"}]).to_string(), "Tool 1 of the list is no tool: missing field `description`"),
        (
            json!([good[0], {"name": "a", "title": "A"}]).to_string(),
            "Tool 2 of the list has a member title, which AWS does not know",
        ),
        (json!(["get"]).to_string(), "Tool 1 of the list is no tool: "),
    ];
    for (text, expected) in table {
        let problem = read(&text).unwrap_err();
        assert_eq!(problem.reason, Reason::Invalid);
        assert!(problem.message.contains(expected), "{text}: {}", problem.message);
    }
}

#[test]
fn a_static_list_of_tools_is_a_list_or_what_a_server_answers() {
    let tools = json!([
        {"name": "b", "title": "B", "inputSchema": {"type": "object", "properties": {"a": {"enum": [1]}}}},
        {"name": "a", "inputSchema": {}, "annotations": {"readOnlyHint": true}},
    ]);
    assert_eq!(check_mcp("orders", &tools.to_string()).unwrap(), ["a", "b"]);
    assert_eq!(check_mcp("orders", &json!({"tools": tools}).to_string()).unwrap(), ["a", "b"]);
    let linked =
        json!([{"name": "a", "inputSchema": {"type": "object", "properties": {"b": {"anyOf": [{"$ref": "#/x"}]}}}}]);
    let table = [
        ("{".to_owned(), "mcpToolSchema is not JSON: "),
        ("{}".to_owned(), "mcpToolSchema is no list of tools"),
        (json!([{"inputSchema": {}}]).to_string(), "Tool 1 of mcpToolSchema has no name; give it one"),
        (json!([{"name": "a"}]).to_string(), "Tool a of mcpToolSchema has no inputSchema"),
        (
            linked.to_string(),
            "Tool a of mcpToolSchema refers to another place with inputSchema.properties.b.anyOf[0].$ref",
        ),
        (
            json!([{"name": "a", "inputSchema": {}, "outputSchema": {"$defs": {}}}]).to_string(),
            "with outputSchema.$defs",
        ),
        (
            json!([{"name": "a", "inputSchema": {}}, {"name": "a", "inputSchema": {}}]).to_string(),
            "There are two tools a",
        ),
        (json!([{"name": "n".repeat(250), "inputSchema": {}}]).to_string(), "has 259 characters as agents see it"),
    ];
    for (text, expected) in table {
        let problem = check_mcp("orders", &text).unwrap_err();
        assert_eq!(problem.reason, Reason::Invalid);
        assert!(problem.message.contains(expected), "{text}: {}", problem.message);
    }
}

/// What a document says is nobody's to read but AWS's: a message names places, and no more of it.
#[test]
fn what_is_no_tool_is_not_shown() {
    for item in [json!("c2VjcmV0"), json!({"name": ["c2VjcmV0"]}), json!({"name": "a", "description": {"c2VjcmV0": 1}})]
    {
        let problem = read(&json!([item]).to_string()).unwrap_err();
        assert!(problem.message.contains("Tool 1") && !problem.message.contains("c2VjcmV0"), "{}", problem.message);
    }
}
