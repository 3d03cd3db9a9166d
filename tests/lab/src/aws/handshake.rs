//! What `AgentCore` does with an MCP server before it takes it as a target: a real handshake over HTTP.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response};
use serde_json::{Value, json};

use super::account::Inquiry;
use super::json::{has, list, text};
use super::private_endpoint;
use super::target;
use super::world::World;

/// The version that `AgentCore`'s indexer opens with.
const OFFERED: &str = "2025-11-25";
const SPOKEN: [&str; 4] = ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"];
const MOST_TOOLS: usize = 1000;
/// What people report to stand in front of the cause.
const FAILED: &str = "Failed to connect and fetch tools from the provided MCP target server. Error - ";

/// Asks the server of a target once its time has come, and tells the account what it said.
pub(super) async fn inquire(world: Arc<World>, inquiry: Inquiry) {
    world.clock.wait_until(inquiry.not_before).await;
    let (reachable, endpoint, name) = {
        let account = world.account();
        let target = account.get(&inquiry.target).map(|target| Value::Object(target.body.clone())).unwrap_or_default();
        let endpoint = target::endpoint(&target).unwrap_or_default().to_owned();
        let name = text(&target, "/name").unwrap_or_default().to_owned();
        (private_endpoint::reachable(&account, &inquiry.target), endpoint, name)
    };
    let budget = world.options.handshake_budget;
    let answer = match (reachable, world.address_of(&endpoint)) {
        (Err(cause), _) => Err(cause),
        (Ok(()), None) => Err("Connection closed by peer".to_owned()),
        (Ok(()), Some(address)) => {
            let talk = Conversation { client: &world.client, address, host: host(&endpoint), session: None };
            tokio::time::timeout(budget, talk.fetch_tools(&name))
                .await
                .unwrap_or_else(|_| Err(format!("Timed out after {} seconds", budget.as_secs())))
        }
    };
    world.account().server_answered(&inquiry, answer.map_err(|cause| format!("{FAILED}{cause}")));
}

/// The HTTP client of all handshakes: it goes straight to the server and follows no redirect.
pub(super) fn client() -> reqwest::Result<Client> {
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .user_agent("bedrock-agentcore-gateway")
        .build()
}

struct Conversation<'a> {
    client: &'a Client,
    address: String,
    /// What the server would see in the header `Host` if it were called by its own name.
    host: Option<String>,
    session: Option<(Option<String>, String)>,
}

impl Conversation<'_> {
    async fn fetch_tools(mut self, target: &str) -> Result<(), String> {
        let offer = json!({
            "protocolVersion": OFFERED,
            "capabilities": {},
            "clientInfo": {"name": "bedrock-agentcore-gateway", "version": "1.0.0"},
        });
        let response = self.send(&json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": offer})).await?;
        let status = response.status();
        if !status.is_success() {
            return Err(format!("The server returned HTTP {} to the initialize handshake", status.as_u16()));
        }
        let session = response.headers().get("mcp-session-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        let result = result(response, 0).await?;
        let version = text(&result, "/protocolVersion").unwrap_or_default().to_owned();
        if !SPOKEN.contains(&version.as_str()) {
            return Err("Unsupported protocol version".to_owned());
        }
        if !has(&result, "/capabilities/tools") {
            return Err("The server does not support tools".to_owned());
        }
        self.session = Some((session, version));
        let response = self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await?;
        if !response.status().is_success() {
            return Err(format!("Received error ({}) from runtime", response.status().as_u16()));
        }
        self.list_tools(target).await
    }

    async fn list_tools(&self, target: &str) -> Result<(), String> {
        let (mut count, mut cursor) = (0, None);
        for id in 1.. {
            let parameters = cursor.map_or_else(|| json!({}), |cursor: String| json!({"cursor": cursor}));
            let call = json!({"jsonrpc": "2.0", "id": id, "method": "tools/list", "params": parameters});
            let response = self.send(&call).await?;
            if !response.status().is_success() {
                return Err(format!("Received error ({}) from runtime", response.status().as_u16()));
            }
            let page = result(response, id).await?;
            for tool in list(&page, "/tools") {
                check_tool(target, tool)?;
                count += 1;
            }
            if count > MOST_TOOLS {
                return Err(format!("The server has more than {MOST_TOOLS} tools"));
            }
            cursor = text(&page, "/nextCursor").map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        Ok(())
    }

    async fn send(&self, message: &Value) -> Result<Response, String> {
        let mut request = self
            .client
            .post(&self.address)
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .body(message.to_string());
        if let Some(host) = &self.host {
            request = request.header("host", host);
        }
        if let Some((session, version)) = &self.session {
            request = request.header("mcp-protocol-version", version);
            if let Some(session) = session {
                request = request.header("mcp-session-id", session);
            }
        }
        request.send().await.map_err(|error| {
            if error.is_connect() { "Connection refused".to_owned() } else { "Connection closed by peer".to_owned() }
        })
    }
}

/// The result in a JSON or event-stream answer to the call `id`.
async fn result(mut response: Response, id: u64) -> Result<Value, String> {
    let kind = response.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let closed = |_| "Connection closed by peer".to_owned();
    if !kind.starts_with("text/event-stream") {
        let bytes = response.bytes().await.map_err(closed)?;
        let message = serde_json::from_slice(&bytes).map_err(|_| "The server sent no JSON".to_owned())?;
        return outcome(&message);
    }
    let mut buffer = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(closed)? {
        buffer.extend_from_slice(&chunk);
        let text = String::from_utf8_lossy(&buffer).replace("\r\n", "\n");
        // The part after the last empty line is not complete yet.
        let Some((complete, _)) = text.rsplit_once("\n\n") else { continue };
        for event in complete.split("\n\n") {
            let data: Vec<_> =
                event.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim_start).collect();
            if let Ok(message) = serde_json::from_str::<Value>(&data.join("\n"))
                && message["id"] == json!(id)
            {
                return outcome(&message);
            }
        }
    }
    Err("Connection closed by peer".to_owned())
}

fn outcome(message: &Value) -> Result<Value, String> {
    match message.get("result") {
        Some(result) => Ok(result.clone()),
        None => Err(text(message, "/error/message").unwrap_or("The server sent no result").to_owned()),
    }
}

/// Checks one tool, from a server or from a list that came with a target.
pub(super) fn check_tool(target: &str, tool: &Value) -> Result<(), String> {
    let name = text(tool, "/name").unwrap_or_default();
    if name.is_empty() || target.len() + "___".len() + name.len() > 256 {
        return Err(format!("The name of the tool {name:?} cannot be used"));
    }
    if !tool.get("inputSchema").is_some_and(Value::is_object) {
        return Err(format!("The tool {name} has no input schema"));
    }
    match refused_keyword(&tool["inputSchema"]).or_else(|| refused_keyword(&tool["outputSchema"])) {
        Some(keyword) => Err(format!("The schema of the tool {name} uses {keyword}")),
        None => Ok(()),
    }
}

/// Keywords of JSON Schema that `AgentCore` does not take.
fn refused_keyword(schema: &Value) -> Option<&'static str> {
    const REFUSED: [&str; 5] = ["$ref", "$defs", "$anchor", "$dynamicRef", "$dynamicAnchor"];
    match schema {
        Value::Object(object) => REFUSED
            .into_iter()
            .find(|keyword| object.contains_key(*keyword))
            .or_else(|| object.values().find_map(refused_keyword)),
        Value::Array(items) => items.iter().find_map(refused_keyword),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn host(endpoint: &str) -> Option<String> {
    let url = reqwest::Url::parse(endpoint).ok()?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}
