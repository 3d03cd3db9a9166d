//! Tools that are said instead of asked for: those of a Lambda function, and a static list for an MCP server. What AWS would refuse is
//! told here, with the tool and the place in its schema.
//!
//! What AgentCore takes of a schema:
//! <https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-add-target-lambda.html>.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_bedrockagentcorecontrol::types as sdk;
use serde_json::{Map, Value};

use crate::{
    api::ToolDefinition,
    plan::Reason,
    workload::{
        catalog::printable,
        document::{Problem, check_size},
    },
};

/// The longest name of a tool, with the target's name before it, that AWS accepts.
const NAME_LIMIT: usize = 256;

/// The most tools of one target.
const TOOLS_LIMIT: usize = 1_000;

/// The longest name that a message shows.
const SHOWN: usize = 100;

/// How deep a schema goes at most: as deep as the SDK writes and reads.
const DEPTH_LIMIT: usize = 100;

/// Members of JSON schemas that lead to another place, which AgentCore does not follow.
const LINKS: [&str; 5] = ["$ref", "$defs", "$anchor", "$dynamicRef", "$dynamicAnchor"];

/// Members of a tool's definition.
const MEMBERS: [&str; 4] = ["name", "description", "inputSchema", "outputSchema"];

/// How many of them every tool has.
const REQUIRED: usize = 3;

fn invalid(message: String) -> Problem {
    Problem { reason: Reason::Invalid, message }
}

/// The tools of a Lambda function, from the text of a document.
///
/// # Errors
///
/// It is too large, or no JSON list of tools.
pub(super) fn read(text: &str) -> Result<Vec<ToolDefinition>, Problem> {
    check_size(text)?;
    let value: Value =
        serde_json::from_str(text).map_err(|error| invalid(format!("The list of tools is not JSON: {error}")))?;
    let Value::Array(items) = value else {
        return Err(invalid(
            "The list of tools is no JSON list; write it as a list of name, description and inputSchema".to_owned(),
        ));
    };
    items.into_iter().enumerate().map(|(index, item)| one(index, item)).collect()
}

fn one(index: usize, item: Value) -> Result<ToolDefinition, Problem> {
    let number = index + 1;
    let known = item.as_object().into_iter().flat_map(Map::keys);
    if let Some(other) = known.into_iter().find(|member| !MEMBERS.contains(&member.as_str())) {
        let other = printable(other, SHOWN);
        return Err(invalid(format!(
            "Tool {number} of the list has a member {other}, which AWS does not know; remove it"
        )));
    }
    if let Some(missing) = MEMBERS.iter().take(REQUIRED).find(|member| item.is_object() && item.get(member).is_none()) {
        return Err(invalid(format!("Tool {number} of the list is no tool: missing field `{missing}`; add it")));
    }
    // What could not be read is not shown: an error of serde's has it in full.
    serde_json::from_value(item).map_err(|_| {
        invalid(format!(
            "Tool {number} of the list is no tool: a tool has the texts name and description, and the JSON schema inputSchema; mend it"
        ))
    })
}

/// Whether AWS takes these tools of a Lambda function. Answers their names, sorted.
///
/// # Errors
///
/// What is wrong with which of them.
pub(super) fn check(target: &str, tools: &[ToolDefinition]) -> Result<Vec<String>, Problem> {
    for tool in tools {
        definition(tool)?;
    }
    let text =
        serde_json::to_string(tools).map_err(|error| invalid(format!("The list of tools is not JSON: {error}")))?;
    check_size(&text)?;
    names(target, tools.iter().map(|tool| tool.name.as_str()))
}

/// Whether AWS takes this static list of an MCP server's tools: a JSON list of them, or an object that has it as `tools`, as servers answer.
/// Answers their names, sorted.
///
/// # Errors
///
/// What is wrong with which of them.
pub(super) fn check_mcp(target: &str, text: &str) -> Result<Vec<String>, Problem> {
    check_size(text)?;
    let value: Value =
        serde_json::from_str(text).map_err(|error| invalid(format!("mcpToolSchema is not JSON: {error}")))?;
    let Some(tools) = value.get("tools").unwrap_or(&value).as_array() else {
        return Err(invalid(
            "mcpToolSchema is no list of tools; write it as a JSON list, or as {\"tools\": [...]}".to_owned(),
        ));
    };
    for (index, tool) in tools.iter().enumerate() {
        let number = index + 1;
        let Some(name) = tool.get("name").and_then(Value::as_str) else {
            return Err(invalid(format!("Tool {number} of mcpToolSchema has no name; give it one")));
        };
        let shown = printable(name, SHOWN);
        if !tool.get("inputSchema").is_some_and(Value::is_object) {
            return Err(invalid(format!(
                "Tool {shown} of mcpToolSchema has no inputSchema; give it one, like {{\"type\": \"object\"}}"
            )));
        }
        for member in ["inputSchema", "outputSchema"] {
            if let Some(path) = tool.get(member).and_then(|schema| link(schema, member, 0)) {
                return Err(invalid(format!(
                    "Tool {shown} of mcpToolSchema refers to another place with {path}, which AgentCore does not follow; write out what it refers to"
                )));
            }
        }
    }
    names(target, tools.iter().filter_map(|tool| tool.get("name").and_then(Value::as_str)))
}

/// Where a schema leads elsewhere.
fn link(schema: &Value, path: &str, depth: usize) -> Option<String> {
    if depth > DEPTH_LIMIT {
        return None;
    }
    match schema {
        Value::Object(members) => members.iter().find_map(|(name, value)| {
            let here = format!("{path}.{}", printable(name, SHOWN));
            if LINKS.contains(&name.as_str()) { Some(here) } else { link(value, &here, depth + 1) }
        }),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| link(item, &format!("{path}[{index}]"), depth + 1))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Names that are there once, and are short enough with the target's before them.
fn names<'a>(target: &str, tools: impl Iterator<Item = &'a str>) -> Result<Vec<String>, Problem> {
    let mut seen = BTreeSet::new();
    for name in tools {
        let shown = printable(name, SHOWN);
        if name.is_empty() {
            return Err(invalid("A tool has an empty name; give it one".to_owned()));
        }
        let length = target.chars().count() + 3 + name.chars().count();
        if length > NAME_LIMIT {
            return Err(invalid(format!(
                "The name of tool {shown} has {length} characters as agents see it, {target}___{shown}, and AWS takes {NAME_LIMIT}; shorten it"
            )));
        }
        if !seen.insert(name) {
            return Err(invalid(format!(
                "There are two tools {shown}, and a tool's name is unique; give one of them another"
            )));
        }
    }
    if seen.len() > TOOLS_LIMIT {
        return Err(invalid(format!(
            "There are {} tools, and AWS takes {TOOLS_LIMIT} for a target; spread them over several targets",
            seen.len()
        )));
    }
    Ok(seen.into_iter().map(str::to_owned).collect())
}

/// A tool as AWS gets it.
///
/// # Errors
///
/// Its schema is not one that AWS knows.
pub(super) fn definition(tool: &ToolDefinition) -> Result<sdk::ToolDefinition, Problem> {
    let ToolDefinition { name, description, input_schema, output_schema } = tool;
    let place = |member: &str| format!("Tool {}: {member}", printable(name, SHOWN));
    let input = schema(input_schema, &place("inputSchema"), 0)?;
    let output = output_schema.as_ref().map(|output| schema(output, &place("outputSchema"), 0)).transpose()?;
    sdk::ToolDefinition::builder()
        .name(name)
        .description(description)
        .input_schema(input)
        .set_output_schema(output)
        .build()
        .map_err(|error| invalid(error.to_string()))
}

/// A schema, and those in it.
fn schema(value: &Value, place: &str, depth: usize) -> Result<sdk::SchemaDefinition, Problem> {
    let Value::Object(members) = value else {
        return Err(invalid(format!("{place} is no JSON schema; write an object with a type")));
    };
    if depth > DEPTH_LIMIT {
        return Err(invalid(format!("{place} is nested more than {DEPTH_LIMIT} deep; make the schema flatter")));
    }
    let mut made = sdk::SchemaDefinition::builder();
    for (name, value) in members {
        let inside = format!("{place}.{}", printable(name, SHOWN));
        made = match name.as_str() {
            "type" => made.r#type(kind(value, &inside)?),
            "description" => made.description(text(value, &inside)?),
            "items" => made.items(schema(value, &inside, depth + 1)?),
            "required" => made.set_required(Some(required(value, &inside)?)),
            "properties" => made.set_properties(Some(properties(value, &inside, depth)?)),
            _ => {
                return Err(invalid(format!(
                    "{inside} is nothing that AWS takes in a schema, which has type, properties, required, items and description; remove it"
                )));
            }
        };
    }
    made.build().map_err(|_| invalid(format!("{place} has no type; give it one, like object")))
}

fn text(value: &Value, place: &str) -> Result<String, Problem> {
    value.as_str().map(str::to_owned).ok_or_else(|| invalid(format!("{place} is no text")))
}

fn kind(value: &Value, place: &str) -> Result<sdk::SchemaType, Problem> {
    let known = value.as_str().and_then(|word| sdk::SchemaType::try_parse(word).ok());
    known.ok_or_else(|| {
        let words = sdk::SchemaType::values().join(", ");
        invalid(format!("{place} is {}, and AWS takes one of {words}", printable(&value.to_string(), SHOWN)))
    })
}

fn required(value: &Value, place: &str) -> Result<Vec<String>, Problem> {
    let Value::Array(names) = value else { return Err(invalid(format!("{place} is no list of names"))) };
    names.iter().map(|name| text(name, place)).collect()
}

fn properties(value: &Value, place: &str, depth: usize) -> Result<HashMap<String, sdk::SchemaDefinition>, Problem> {
    let Value::Object(members) = value else {
        return Err(invalid(format!("{place} is no object with a schema for each name")));
    };
    members
        .iter()
        .map(|(name, value)| {
            let inside = format!("{place}.{}", printable(name, SHOWN));
            Ok((name.clone(), schema(value, &inside, depth + 1)?))
        })
        .collect()
}

/// Whether two lists have the same tools.
pub(super) fn is_same(one: &[sdk::ToolDefinition], other: &[sdk::ToolDefinition]) -> bool {
    let sorted = |tools: &[sdk::ToolDefinition]| {
        let mut tools = tools.to_vec();
        for tool in &mut tools {
            tool.input_schema.iter_mut().chain(&mut tool.output_schema).for_each(sort);
        }
        tools.sort_by(|one, other| one.name.cmp(&other.name));
        tools
    };
    sorted(one) == sorted(other)
}

/// Says a schema in one of the ways to say it.
fn sort(schema: &mut sdk::SchemaDefinition) {
    schema.required = schema.required.take().filter(|required| !required.is_empty());
    schema.required.iter_mut().for_each(|required| required.sort());
    schema.properties = schema.properties.take().filter(|properties| !properties.is_empty());
    schema.properties.iter_mut().flat_map(|properties| properties.values_mut()).for_each(sort);
    schema.items.iter_mut().for_each(|items| sort(items));
}

#[cfg(test)]
mod tests;
