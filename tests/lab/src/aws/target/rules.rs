//! What the model does not say about targets, but AWS does.

use serde_json::Value;

use super::super::gateway;
use super::super::handshake;
use super::super::json::{has, list, text, texts};
use super::super::object::Object;
use super::super::private_endpoint;
use super::super::refusal::Refusal;
use super::kind::{self, Kind};
use super::{credentials, openapi};

/// Checks a creation or an update against the gateway it is for.
pub(super) fn check(gateway: &Object, input: &Value) -> Result<(), Refusal> {
    let gateway = Value::Object(gateway.body.clone());
    let Some(kind) = Kind::of(input) else {
        return Err(Refusal::invalid("targetConfiguration", "The kind of target is not known."));
    };
    if !has(input, "/name") && kind != Kind::Runtime {
        return Err(Refusal::invalid("name", "The target needs a name."));
    }
    if text(&gateway, "/protocolType") == Some("MCP") && !kind.is_mcp() {
        let message = "A gateway with the protocol type MCP takes MCP targets only.";
        return Err(Refusal::invalid("targetConfiguration", message));
    }
    credentials::check(kind, &gateway, input)?;
    configuration(kind, &gateway, input)?;
    metadata(&gateway, input)?;
    network(kind, &gateway, input)
}

/// Checks that an update leaves name and kind alone. The model would let both through; that AWS does is not known.
pub(super) fn check_immutable(old: &Object, input: &Value) -> Result<(), Refusal> {
    if text(input, "/name") != Some(old.text("name")) {
        return Err(Refusal::invalid("name", "The name of a target cannot be changed."));
    }
    if Kind::of(input) != Kind::of(&Value::Object(old.body.clone())) {
        return Err(Refusal::invalid("targetConfiguration", "The kind of a target cannot be changed."));
    }
    Ok(())
}

fn configuration(kind: Kind, gateway: &Value, input: &Value) -> Result<(), Refusal> {
    if let Some(url) = kind::endpoint(input) {
        endpoint(url)?;
    }
    if kind == Kind::McpServer {
        mcp_server(gateway, input)?;
    }
    if let Some(document) = text(input, "/targetConfiguration/mcp/openApiSchema/inlinePayload") {
        openapi::check(document, text(input, "/name").unwrap_or_default(), has(input, "/privateEndpoint"))?;
    }
    let configuration = "/targetConfiguration/mcp";
    functions(
        text(input, "/name").unwrap_or_default(),
        list(input, &format!("{configuration}/lambda/toolSchema/inlinePayload")),
    )?;
    if let Some(model) = text(input, &format!("{configuration}/smithyModel/inlinePayload")) {
        smithy(model)?;
    }
    Ok(())
}

/// The tools of a Lambda function: what their schemas are made of, the model says.
fn functions(target: &str, tools: &[Value]) -> Result<(), Refusal> {
    let refuse = |message: &str| Err(Refusal::invalid("targetConfiguration.mcp.lambda.toolSchema", message));
    let names: std::collections::BTreeSet<&str> = tools.iter().filter_map(|tool| text(tool, "/name")).collect();
    if names.len() != tools.len() {
        return refuse("The name of a tool is not unique.");
    }
    if tools.len() > openapi::MOST_TOOLS {
        return refuse("There are more than 1000 tools.");
    }
    if names.iter().any(|name| name.is_empty() || target.len() + "___".len() + name.len() > openapi::LONGEST_NAME) {
        return refuse("The name of a tool cannot be used.");
    }
    if Value::from(tools).to_string().len() > openapi::MOST_BYTES {
        return refuse("The list of tools has more than 1 MB.");
    }
    Ok(())
}

fn smithy(model: &str) -> Result<(), Refusal> {
    let refuse = |message: &str| Err(Refusal::invalid("targetConfiguration.mcp.smithyModel.inlinePayload", message));
    if model.len() > openapi::MOST_BYTES {
        return refuse("The model has more than 1 MB.");
    }
    match serde_json::from_str::<Value>(model) {
        Ok(model) if text(&model, "/smithy").is_some() => Ok(()),
        Ok(_) | Err(_) => refuse("The model is no Smithy model in JSON."),
    }
}

fn endpoint(url: &str) -> Result<(), Refusal> {
    let refuse = |message: &str| Err(Refusal::invalid("targetConfiguration", format!("The endpoint {url} {message}.")));
    match reqwest::Url::parse(url) {
        Ok(parsed) if parsed.scheme() != "https" => refuse("does not use HTTPS"),
        Ok(parsed) if parsed.host_str().is_none_or(str::is_empty) => refuse("has no host"),
        Ok(parsed) if !parsed.username().is_empty() || parsed.password().is_some() => refuse("carries credentials"),
        Ok(parsed) if parsed.fragment().is_some() => refuse("has a fragment"),
        Ok(_) => Ok(()),
        Err(_) => refuse("is no URL"),
    }
}

fn mcp_server(gateway: &Value, input: &Value) -> Result<(), Refusal> {
    let base = "/targetConfiguration/mcp/mcpServer";
    let dynamic = text(input, &format!("{base}/listingMode")) == Some("DYNAMIC");
    let refuse = |message: &str| Err(Refusal::invalid("targetConfiguration.mcp.mcpServer", message));
    if dynamic && has(gateway, "/protocolConfiguration/mcp/searchType") {
        return refuse("A gateway with semantic search takes no targets with the listing mode DYNAMIC.");
    }
    if dynamic && has(input, &format!("{base}/mcpToolSchema")) {
        return refuse("A static list of tools does not go with the listing mode DYNAMIC.");
    }
    let Some(schema) = text(input, &format!("{base}/mcpToolSchema/inlinePayload")) else { return Ok(()) };
    if schema.len() > openapi::MOST_BYTES {
        return refuse("The list of tools has more than 1 MB.");
    }
    let Ok(tools) = serde_json::from_str::<Value>(schema) else { return refuse("The list of tools is no JSON.") };
    let Some(tools) = tools.get("tools").unwrap_or(&tools).as_array() else {
        return refuse("The list of tools is no list.");
    };
    let name = text(input, "/name").unwrap_or_default();
    tools.iter().try_for_each(|tool| handshake::check_tool(name, tool)).or_else(|problem| refuse(&problem))
}

fn metadata(gateway: &Value, input: &Value) -> Result<(), Refusal> {
    const KEPT: [&str; 5] = ["authorization", "host", "cookie", "content-type", "content-length"];
    const CUSTOM: &str = "x-amzn-bedrock-agentcore-runtime-custom-";
    for member in ["allowedRequestHeaders", "allowedResponseHeaders"] {
        let path = format!("metadataConfiguration.{member}");
        for header in texts(input, &format!("/metadataConfiguration/{member}")) {
            let header = header.to_lowercase();
            let amazon = header.starts_with("x-amzn-") && !header.starts_with(CUSTOM);
            if KEPT.contains(&header.as_str()) || header.starts_with("x-forwarded-") || amazon {
                return Err(Refusal::invalid(&path, format!("The header {header} cannot be passed on.")));
            }
            if header == "mcp-session-id" && has(gateway, "/protocolConfiguration/mcp/sessionConfiguration") {
                let message = "Mcp-Session-Id cannot be passed on by a gateway that has sessions.";
                return Err(Refusal::invalid(&path, message));
            }
        }
    }
    Ok(())
}

fn network(kind: Kind, gateway: &Value, input: &Value) -> Result<(), Refusal> {
    let Some(private) = input.get("privateEndpoint") else {
        return if has(input, "/certificateConfigurations") {
            let message = "A certificate configuration goes with a private endpoint only.";
            Err(Refusal::invalid("certificateConfigurations", message))
        } else {
            Ok(())
        };
    };
    if has(input, "/certificateConfigurations") && !kind.may_name_an_authority() {
        let message = "This kind of target cannot have a certificate configuration.";
        return Err(Refusal::invalid("certificateConfigurations", message));
    }
    if !kind.may_be_private() {
        return Err(Refusal::invalid("privateEndpoint", "This kind of target cannot have a private endpoint."));
    }
    if gateway::is_open_to_anyone(gateway) {
        return Err(gateway::open_gateway_with_private_target());
    }
    private_endpoint::check(private)
}
