//! Each kind of MCP server, called by a real client where it is one, and by plain HTTP where it is not.

use std::time::{Duration, Instant};

use anyhow::Context;
use lab::mcp::{McpServer, Personality, RestApi, tools_of};
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

#[tokio::test]
async fn a_cold_server_is_quick_once_it_is_warm_whoever_waited_for_it() -> anyhow::Result<()> {
    let cold = Duration::from_secs(1);
    let server = McpServer::start(Personality::ColdStart(cold)).await?;
    let started = Instant::now();
    // The first caller gives up; the server warms up all the same.
    assert!(tokio::time::timeout(Duration::from_millis(50), initialize(&server)).await.is_err());
    assert_eq!(initialize(&server).await?.0, 200);
    assert!(started.elapsed() >= cold);
    assert_eq!(tools_of(&server.url()).await?, ["echo", "add", "get_time"]);
    server.turn_into(Personality::ColdStart(Duration::from_hours(1)));
    assert!(tokio::time::timeout(Duration::from_millis(200), initialize(&server)).await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_server_without_tools_does_not_say_that_it_has_some() -> anyhow::Result<()> {
    let server = McpServer::start(Personality::NoTools).await?;
    let client = ().serve(StreamableHttpClientTransport::from_uri(server.url())).await?;
    let info = client.peer_info().context("no answer to initialize")?;
    assert!(info.capabilities.tools.is_none() && info.capabilities.prompts.is_some());
    assert_eq!(client.list_all_prompts().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_server_of_the_new_protocol_names_it_to_those_who_speak_the_old_one() -> anyhow::Result<()> {
    let server = McpServer::start(Personality::NewProtocol).await?;
    let (status, body) = initialize(&server).await?;
    let error: Value = serde_json::from_str(&body)?;
    assert_eq!((status, &error["error"]["code"], &error["id"]), (400, &json!(-32022), &json!(1)));
    assert_eq!(error["error"]["data"], json!({"requested": "2025-11-25", "supported": ["2026-07-28"]}));
    let (status, body) = post(&server, &[], &json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"})).await?;
    let error: Value = serde_json::from_str(&body)?;
    assert_eq!((status, &error["error"]["code"]), (400, &json!(-32020)));
    let got = reqwest::Client::new().get(server.url()).send().await?;
    assert_eq!(got.status().as_u16(), 405);
    Ok(())
}

#[tokio::test]
async fn a_server_of_the_new_protocol_lists_its_tools_without_a_session() -> anyhow::Result<()> {
    let server = McpServer::start(Personality::NewProtocol).await?;
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }}});
    let headers = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/list")];
    let (status, body) = post(&server, &headers, &request).await?;
    assert_eq!(status, 200, "{body}");
    assert!(["echo", "add", "get_time"].iter().all(|tool| body.contains(tool)), "{body}");
    assert_eq!(server.open_sessions().await, 0);
    Ok(())
}

#[tokio::test]
async fn a_server_may_want_a_sign_in_for_its_tools_only() -> anyhow::Result<()> {
    let server = McpServer::start(Personality::AuthRequiredForTools).await?;
    assert_eq!(initialize(&server).await?.0, 200);
    let refusal = format!("{:#}", tools_of(&server.url()).await.err().context("the tools are listed")?);
    assert!(refusal.contains("does not list its tools"), "{refusal}");
    let (status, _) = post(&server, &[], &json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"})).await?;
    assert_eq!(status, 401);
    Ok(())
}

#[tokio::test]
async fn a_plain_api_shows_tools_to_those_who_get_them() -> anyhow::Result<()> {
    let server = McpServer::start(Personality::PlainRest).await?;
    let got: Value = reqwest::Client::new().get(server.url()).send().await?.json().await?;
    assert!(got["tools"].is_array(), "{got}");
    assert_eq!(initialize(&server).await?.0, 404);
    assert_eq!((server.calls()["GET"], server.calls()["initialize"]), (1, 1));
    Ok(())
}

#[tokio::test]
async fn a_redirect_names_the_other_place() -> anyhow::Result<()> {
    let elsewhere = McpServer::start(Personality::Everyday).await?;
    let server = McpServer::start(Personality::Redirect(elsewhere.address())).await?;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let response = client.post(server.url()).send().await?;
    assert_eq!(response.status().as_u16(), 307);
    assert_eq!(response.headers()["location"], elsewhere.url().as_str());
    assert!(elsewhere.calls().is_empty());
    Ok(())
}

#[tokio::test]
async fn endless_answers_go_on_for_as_long_as_they_are_read() -> anyhow::Result<()> {
    const ENOUGH: usize = 8 << 20;
    for (personality, kind) in
        [(Personality::EndlessBody, "application/json"), (Personality::EndlessStream, "text/event-stream")]
    {
        let server = McpServer::start(personality).await?;
        let mut response = reqwest::Client::new().post(server.url()).send().await?;
        assert_eq!((response.status().as_u16(), response.headers()["content-type"].to_str()?), (200, kind));
        let mut read = 0;
        while read < ENOUGH {
            read += response.chunk().await?.context("it ended")?.len();
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_catalogue_can_change_without_a_name_changing() -> anyhow::Result<()> {
    let server = McpServer::start(Personality::Everyday).await?;
    let client = ().serve(StreamableHttpClientTransport::from_uri(server.url())).await?;
    server.change(|catalogue| {
        catalogue.describe_tool("echo", "Repeats what it is told");
        catalogue.set_tool_properties("add", &json!({"numbers": {"type": "array", "items": {"type": "number"}}}));
        catalogue.set_resources(&["docs://readme", "docs://readme"]);
        catalogue.set_prompts(&["greet"]);
    });
    let tools = client.list_all_tools().await?;
    assert_eq!(server.tools(), ["echo", "add", "get_time"]);
    assert_eq!(tools[0].description.as_deref(), Some("Repeats what it is told"));
    assert_eq!(tools[1].input_schema["required"], json!(["numbers"]));
    assert_eq!(client.list_all_resources().await?.len(), 2);
    assert_eq!(client.list_all_prompts().await?[0].name, "greet");
    Ok(())
}

#[tokio::test]
async fn many_tools_and_long_names_come_page_by_page() -> anyhow::Result<()> {
    let server = McpServer::start(Personality::Everyday).await?;
    let names: Vec<String> = (0..250).map(|number| format!("{number}-{}", "x".repeat(200))).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    server.change(|catalogue| {
        catalogue.set_tools(&names);
        catalogue.set_page(100);
    });
    assert_eq!(tools_of(&server.url()).await?, names);
    assert_eq!(server.calls()["tools/list"], 3);
    Ok(())
}

#[tokio::test]
async fn sessions_are_open_until_they_are_closed() -> anyhow::Result<()> {
    let server = McpServer::start(Personality::Everyday).await?;
    let client = ().serve(StreamableHttpClientTransport::from_uri(server.url())).await?;
    // Left open, as a caller does that forgets to close.
    initialize(&server).await?;
    assert_eq!(server.open_sessions().await, 2);
    client.cancel().await?;
    assert_eq!((server.open_sessions().await, server.calls()["DELETE"]), (1, 1));
    Ok(())
}

#[tokio::test]
async fn the_rest_api_serves_health_and_items() -> anyhow::Result<()> {
    let api = RestApi::start().await?;
    let client = reqwest::Client::new();
    let url = |path: &str| format!("http://{}{path}", api.address());
    assert_eq!(client.get(url("/health")).send().await?.status().as_u16(), 200);
    assert_eq!(client.get(url("/items")).send().await?.json::<Value>().await?["items"][0]["id"], 1);
    assert_eq!(client.post(url("/items")).send().await?.status().as_u16(), 201);
    assert_eq!(client.get(url("/")).send().await?.status().as_u16(), 404);
    assert_eq!((api.requests()["GET /items"], api.requests()["POST /items"]), (1, 1));
    Ok(())
}

async fn initialize(server: &McpServer) -> anyhow::Result<(u16, String)> {
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
    }});
    post(server, &[], &request).await
}

async fn post(server: &McpServer, headers: &[(&str, &str)], message: &Value) -> anyhow::Result<(u16, String)> {
    let mut request =
        reqwest::Client::new().post(server.url()).header("accept", "application/json, text/event-stream").json(message);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut response = request.send().await?;
    let status = response.status().as_u16();
    // A stream stays open; its first chunk holds the answer.
    let mut body = String::new();
    while let Some(chunk) = response.chunk().await? {
        body.push_str(&String::from_utf8_lossy(&chunk));
        if body.contains("\"result\"") {
            break;
        }
    }
    Ok((status, body))
}
