//! MCP servers on the loopback interface: two good ones, and the kinds of bad ones that a gateway refuses.
//!
//! The good ones speak streamable HTTP through the same SDK that real servers use. A server answers on every path, and
//! what it is can be changed while it runs, as a roll-out would.

mod catalogue;
mod personality;
mod rest_api;
mod session;

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, header};
use axum::response::Response;
use rmcp::ServiceExt;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use session::Server;

use crate::ports::free_port;

pub use catalogue::Catalogue;
pub use personality::Personality;
pub use rest_api::RestApi;

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
        McpServer::start_at(personality, free_port()?).await
    }

    /// Starts a server on a given port, so that one that was stopped can come back.
    pub async fn start_at(personality: Personality, port: u16) -> anyhow::Result<McpServer> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.context("cannot listen on 127.0.0.1")?;
        let address = listener.local_addr()?;
        let ended = CancellationToken::new();
        let shared = Shared::new(personality, &ended);
        let router = Router::new().fallback(personality::answer).with_state(Arc::clone(&shared));
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
        self.change(|catalogue| catalogue.set_tools(names));
    }

    /// Changes anything of what the server offers, as a new version of it would.
    pub fn change(&self, change: impl FnOnce(&mut Catalogue)) {
        change(&mut self.shared.catalogue.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Exchanges the whole server for one of another kind; one that starts cold is cold again.
    pub fn turn_into(&self, personality: Personality) {
        *self.shared.warm_at.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *self.shared.personality.write().unwrap_or_else(PoisonError::into_inner) = personality;
        self.change(|catalogue| *catalogue = Catalogue::of(personality));
    }

    /// How many sessions were begun with `initialize` and neither closed with DELETE nor forgotten for long silence.
    pub async fn open_sessions(&self) -> usize {
        self.shared.sessions.sessions.read().await.len()
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
    list_tools(url, StreamableHttpClientTransportConfig::with_uri(url)).await
}

/// As [`tools_of`], with a host of one's own in the header `Host`: for servers behind a load balancer or a tunnel to one.
pub async fn tools_of_host(url: &str, host: &str) -> anyhow::Result<Vec<String>> {
    let config = StreamableHttpClientTransportConfig::with_uri(url);
    list_tools(url, config.custom_headers(HashMap::from([(header::HOST, HeaderValue::from_str(host)?)]))).await
}

async fn list_tools(url: &str, config: StreamableHttpClientTransportConfig) -> anyhow::Result<Vec<String>> {
    let direct = reqwest::Client::builder().no_proxy().build()?;
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
    /// When a cold server is warm; nothing before the first request.
    warm_at: Mutex<Option<Instant>>,
    sessions: Arc<LocalSessionManager>,
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
        let sessions = Arc::new(LocalSessionManager::default());
        let service =
            StreamableHttpService::new(move || Ok(Server::new(Arc::clone(&shown))), Arc::clone(&sessions), config);
        Arc::new(Shared {
            personality: RwLock::new(personality),
            catalogue,
            calls: Mutex::default(),
            warm_at: Mutex::default(),
            sessions,
            service,
        })
    }

    fn personality(&self) -> Personality {
        *self.personality.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a server is warm that takes so long for it, counted from the first time this is asked.
    fn warm_at(&self, cold: Duration) -> Instant {
        let mut warm_at = self.warm_at.lock().unwrap_or_else(PoisonError::into_inner);
        *warm_at.get_or_insert_with(|| Instant::now() + cold)
    }

    fn count(&self, method: &str) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry(method.to_owned()).or_default() += 1;
    }

    async fn speak_mcp(&self, request: Request<Body>) -> Response {
        self.service.handle(request).await.map(Body::new)
    }
}
