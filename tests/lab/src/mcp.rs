//! MCP servers on the loopback interface: two good ones, and the kinds of bad ones that a gateway refuses.
//!
//! The good ones speak streamable HTTP through the same SDK that real servers use. A server answers on every path, and
//! what it is can be changed while it runs, as a roll-out would.

mod catalogue;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use rmcp::ServiceExt;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use catalogue::Server;

pub use catalogue::Catalogue;

/// More than any request here is long.
const BODY_LIMIT: usize = 1 << 20;

/// What a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Personality {
    /// Tools `echo`, `add` and `get_time`, the prompt `order_summary_prompt`, two resources and a template, one of them `shared://collision-demo`.
    Everyday,
    /// Tools `get_stock_price` and `get_market_summary`; exposes `shared://collision-demo` as well.
    Stock,
    /// Answers everything with status 500.
    Broken,
    /// An HTTP API with JSON, but not MCP.
    NotMcp,
    /// Speaks MCP of 2024-11-05 only.
    OldProtocol,
    /// Answers everything with status 401.
    AuthRequired,
    /// As [`Personality::Everyday`], but thinks this long before each answer.
    Slow(Duration),
}

/// A running server; it ends with its owner or with the tokio runtime it was started in.
#[derive(Debug)]
pub struct McpServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    ended: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
}

impl McpServer {
    /// Starts a server on a port of its own.
    pub async fn start(personality: Personality) -> anyhow::Result<McpServer> {
        McpServer::start_at(personality, 0).await
    }

    /// Starts a server on a given port, so that one that was stopped can come back.
    pub async fn start_at(personality: Personality, port: u16) -> anyhow::Result<McpServer> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.context("cannot listen on 127.0.0.1")?;
        let address = listener.local_addr()?;
        let ended = CancellationToken::new();
        let shared = Shared::new(personality, &ended);
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let stopped = ended.clone().cancelled_owned();
        let serving = tokio::spawn(async move {
            // It serves until it is stopped; there is nobody to tell about a broken connection.
            let _ = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
        });
        Ok(McpServer { address, shared, ended, serving })
    }

    /// Where the server is: `http://127.0.0.1:<port>/mcp`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/mcp", self.address)
    }

    /// The address and port it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The tools it has now.
    #[must_use]
    pub fn tools(&self) -> Vec<String> {
        self.shared.catalogue.read().unwrap_or_else(PoisonError::into_inner).tool_names()
    }

    /// Exchanges the tools, as a new version of the server would.
    pub fn set_tools(&self, names: &[&str]) {
        self.shared.catalogue.write().unwrap_or_else(PoisonError::into_inner).set_tools(names);
    }

    /// Exchanges the whole server for one of another kind.
    pub fn turn_into(&self, personality: Personality) {
        *self.shared.personality.write().unwrap_or_else(PoisonError::into_inner) = personality;
        *self.shared.catalogue.write().unwrap_or_else(PoisonError::into_inner) = Catalogue::of(personality);
    }

    /// How often each method was called so far: `initialize`, `tools/list`; the HTTP method where there was no message.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, usize> {
        self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops listening and ends every session; answers when nothing listens any more.
    pub async fn stop(mut self) {
        self.ended.cancel();
        if tokio::time::timeout(Duration::from_secs(1), &mut self.serving).await.is_err() {
            self.serving.abort();
        }
    }
}

impl Drop for McpServer {
    fn drop(&mut self) {
        self.ended.cancel();
    }
}

/// What tools a server has, asked for as an agent asks; the error says at which step it was refused.
pub async fn tools_of(url: &str) -> anyhow::Result<Vec<String>> {
    let direct = reqwest::Client::builder().no_proxy().build()?;
    let config = StreamableHttpClientTransportConfig::with_uri(url);
    let transport = StreamableHttpClientTransport::with_client(direct, config);
    let client = ().serve(transport).await.with_context(|| format!("{url} does not answer the handshake"))?;
    let tools = client.list_all_tools().await.with_context(|| format!("{url} does not list its tools"))?;
    client.cancel().await?;
    Ok(tools.into_iter().map(|tool| tool.name.into_owned()).collect())
}

/// What the server's connections have in common.
struct Shared {
    personality: RwLock<Personality>,
    catalogue: Arc<RwLock<Catalogue>>,
    calls: Mutex<BTreeMap<String, usize>>,
    service: StreamableHttpService<Server, LocalSessionManager>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Shared").field("personality", &self.personality).finish_non_exhaustive()
    }
}

impl Shared {
    fn new(personality: Personality, ended: &CancellationToken) -> Arc<Shared> {
        let catalogue = Arc::new(RwLock::new(Catalogue::of(personality)));
        // A gateway calls with its own idea of the host's name.
        let mut config = StreamableHttpServerConfig::default().disable_allowed_hosts();
        config.cancellation_token = ended.child_token();
        let shown = Arc::clone(&catalogue);
        let service = StreamableHttpService::new(
            move || Ok(Server::new(Arc::clone(&shown))),
            Arc::new(LocalSessionManager::default()),
            config,
        );
        Arc::new(Shared { personality: RwLock::new(personality), catalogue, calls: Mutex::default(), service })
    }

    fn personality(&self) -> Personality {
        *self.personality.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, method: &str) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry(method.to_owned()).or_default() += 1;
    }

    async fn speak_mcp(&self, request: Request<Body>) -> Response {
        self.service.handle(request).await.map(Body::new)
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let message = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    shared.count(message["method"].as_str().unwrap_or(head.method.as_str()));
    match shared.personality() {
        Personality::Everyday | Personality::Stock => {
            shared.speak_mcp(Request::from_parts(head, Body::from(body))).await
        }
        Personality::Slow(pause) => {
            tokio::time::sleep(pause).await;
            shared.speak_mcp(Request::from_parts(head, Body::from(body))).await
        }
        Personality::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "internal error").into_response(),
        Personality::NotMcp => Json(json!({"items": [], "path": head.uri.path()})).into_response(),
        Personality::AuthRequired => {
            (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], "sign in first").into_response()
        }
        Personality::OldProtocol => speak_old_protocol(&head.method, &message),
    }
}

/// The handshake as a server does it that knows the first published version only, whatever it is asked for.
fn speak_old_protocol(method: &Method, message: &Value) -> Response {
    if *method != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let result = match message["method"].as_str().unwrap_or_default() {
        "initialize" => json!({
            "protocolVersion": "2024-11-05",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "old", "version": "0.1.0"},
        }),
        "tools/list" => json!({"tools": [{"name": "old_tool", "inputSchema": {"type": "object"}}]}),
        _ if message["id"].is_null() => return StatusCode::ACCEPTED.into_response(),
        _ => json!({}),
    };
    Json(json!({"jsonrpc": "2.0", "id": message["id"], "result": result})).into_response()
}
