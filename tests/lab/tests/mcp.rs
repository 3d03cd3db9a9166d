//! Each kind of MCP server, called by a real client where it is one, and by plain HTTP where it is not.

use std::time::{Duration, Instant};

use lab::mcp::{McpServer, Personality, tools_of};
use rmcp::ServiceExt;
use rmcp::transport::StreamableHttpClientTransport;
use serde_json::{Value, json};

#[tokio::test]
async fn the_everyday_server_has_tools_prompts_and_resources() -> anyhow::Result<()> {
    let server = McpServer::start(Personality::Everyday).await?;
    let client = ().serve(StreamableHttpClientTransport::from_uri(server.url())).await?;
    let tools: Vec<_> = client.list_all_tools().await?.into_iter().map(|tool| tool.name).collect();
    assert_eq!(tools, ["echo", "add", "get_time"]);
    let prompts: Vec<_> = client.list_all_prompts().await?.into_iter().map(|prompt| prompt.name).collect();
    assert_eq!(prompts, ["order_summary_prompt"]);
    let resources: Vec<_> =
        client.list_all_resources().await?.into_iter().map(|resource| resource.uri.clone()).collect();
    assert_eq!(resources, ["docs://readme", "shared://collision-demo"]);
    assert_eq!(client.list_all_resource_templates().await?.len(), 1);
    assert_eq!(server.calls().get("tools/list"), Some(&1));
    Ok(())
}

#[tokio::test]
async fn tools_can_change_while_it_runs() -> anyhow::Result<()> {
    let server = McpServer::start(Personality::Stock).await?;
    assert_eq!(tools_of(&server.url()).await?, ["get_stock_price", "get_market_summary"]);
    server.set_tools(&["get_stock_price", "buy"]);
    assert_eq!(tools_of(&server.url()).await?, ["get_stock_price", "buy"]);
    assert_eq!((server.calls()["initialize"], server.calls()["notifications/initialized"]), (2, 2));
    Ok(())
}

#[tokio::test]
async fn it_agrees_on_the_version_it_is_asked_for() -> anyhow::Result<()> {
    let server = McpServer::start(Personality::Everyday).await?;
    let (status, body) = initialize(&server).await?;
    assert_eq!(status, 200);
    assert!(body.contains(r#""protocolVersion":"2025-11-25""#), "{body}");
    Ok(())
}

#[tokio::test]
async fn bad_servers_are_bad_each_in_its_way() -> anyhow::Result<()> {
    let server = McpServer::start(Personality::Broken).await?;
    assert_eq!(initialize(&server).await?.0, 500);
    server.turn_into(Personality::AuthRequired);
    assert_eq!(initialize(&server).await?.0, 401);
    server.turn_into(Personality::OldProtocol);
    let old: Value = serde_json::from_str(&initialize(&server).await?.1)?;
    assert_eq!(old["result"]["protocolVersion"], "2024-11-05");
    server.turn_into(Personality::NotMcp);
    let (status, body) = initialize(&server).await?;
    assert_eq!(status, 200);
    assert!(serde_json::from_str::<Value>(&body)?.get("jsonrpc").is_none(), "{body}");
    assert!(tools_of(&server.url()).await.is_err());
    assert!(server.calls()["initialize"] >= 5);
    Ok(())
}

#[tokio::test]
async fn the_slow_server_takes_its_time() -> anyhow::Result<()> {
    let server = McpServer::start(Personality::Slow(Duration::from_millis(300))).await?;
    let started = Instant::now();
    assert_eq!(initialize(&server).await?.0, 200);
    assert!(started.elapsed() >= Duration::from_millis(300));
    Ok(())
}

#[tokio::test]
async fn a_stopped_server_is_gone_and_can_come_back() -> anyhow::Result<()> {
    let server = McpServer::start(Personality::Everyday).await?;
    let (url, port) = (server.url(), server.address().port());
    tools_of(&url).await?;
    server.stop().await;
    assert!(tools_of(&url).await.is_err());
    let _again = McpServer::start_at(Personality::Everyday, port).await?;
    assert_eq!(tools_of(&url).await?.len(), 3);
    Ok(())
}

async fn initialize(server: &McpServer) -> anyhow::Result<(u16, String)> {
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
    }});
    let response = reqwest::Client::new()
        .post(server.url())
        .header("accept", "application/json, text/event-stream")
        .json(&request)
        .send()
        .await?;
    let status = response.status().as_u16();
    // A stream stays open; its first chunk holds the answer.
    let mut response = response;
    let mut body = String::new();
    while let Some(chunk) = response.chunk().await? {
        body.push_str(&String::from_utf8_lossy(&chunk));
        if body.contains("\"result\"") {
            break;
        }
    }
    Ok((status, body))
}
