//! The tools that an agent would see behind the gateway.

use anyhow::Context;
use serde_json::Value;

use super::stage::Stage;
use super::story;
use crate::mcp::tools_of;

/// Shows every tool as the gateway names it: the target, three underscores, the tool.
pub(super) async fn show(stage: &Stage) -> anyhow::Result<()> {
    story::chapter("What an agent sees: one MCP server with all of these tools");
    for target in stage.objects.list("GatewayTarget", "").await? {
        let name = target["metadata"]["name"].as_str().unwrap_or_default();
        let tools = tools_behind(stage, &target["spec"]["targetConfiguration"]["mcp"]).await?;
        let named: Vec<String> = tools.iter().map(|tool| format!("{name}___{tool}")).collect();
        story::output(&named.join("  "));
    }
    Ok(())
}

/// Asked from the server itself, or read from the document whose operations become tools.
async fn tools_behind(stage: &Stage, configuration: &Value) -> anyhow::Result<Vec<String>> {
    if let Some(endpoint) = configuration.pointer("/mcpServer/endpoint").and_then(Value::as_str) {
        let server = stage.servers.iter().find(|(url, _)| url == endpoint);
        let (_, server) = server.with_context(|| format!("nothing listens at {endpoint}"))?;
        return tools_of(&server.url()).await;
    }
    let document = configuration.pointer("/openApiSchema/inlinePayload").and_then(Value::as_str);
    document.map_or(Ok(Vec::new()), operations)
}

fn operations(document: &str) -> anyhow::Result<Vec<String>> {
    let document: Value = serde_json::from_str(document)?;
    let paths = document["paths"].as_object().context("the OpenAPI document has no paths")?;
    let operations = paths.values().filter_map(Value::as_object).flat_map(|path| path.values());
    Ok(operations.filter_map(|operation| operation["operationId"].as_str().map(str::to_owned)).collect())
}
