//! MCP over HTTP/1.1, by hand: a library would hide the very error that must be told.

use std::net::SocketAddr;

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Body as _, Bytes, Incoming};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    Call, Certificate, Obstacle, Probe,
    answer::{self, Answer, SESSION},
    connection::Connection,
};
use crate::plan::Reason;

/// How the operator calls itself.
const AGENT: &str = "agentcore-gateway-operator";

/// The revision of MCP without a handshake: every request says for itself what the handshake said before.
pub(super) const MODERN: &str = "2026-07-28";

/// What is said to one server during one handshake. One connection is used as long as it lasts, and every connection goes to the same
/// address.
pub(super) struct Conversation<'look> {
    probe: &'look Probe,
    call: &'look Call,
    certificate: &'look mut Certificate,
    address: SocketAddr,
    connection: Option<Connection>,
    session: Option<HeaderValue>,
    /// The version that was agreed on.
    version: Option<&'static str>,
    asked: u64,
}

impl<'look> Conversation<'look> {
    /// Connects; nothing is said yet.
    pub(super) async fn open(
        probe: &'look Probe,
        call: &'look Call,
        addresses: &[SocketAddr],
        certificate: &'look mut Certificate,
    ) -> Result<Self, Obstacle> {
        let connection = Connection::open(probe, call, addresses, certificate).await?;
        let address = connection.address;
        let connection = Some(connection);
        Ok(Self { probe, call, certificate, address, connection, session: None, version: None, asked: 0 })
    }

    /// The call that this is about.
    pub(super) fn call(&self) -> &'look Call {
        self.call
    }

    /// Speaks this version from now on.
    pub(super) fn agree(&mut self, version: &'static str) {
        self.version = Some(version);
    }

    /// Whether the server opened a session.
    pub(super) fn has_session(&self) -> bool {
        self.session.is_some()
    }

    /// Sends a request of MCP and reads the answer.
    pub(super) async fn ask(&mut self, method: &str, mut parameters: Value) -> Result<Answer, Obstacle> {
        self.asked += 1;
        let id = self.asked;
        if self.version == Some(MODERN) {
            parameters["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": MODERN,
                "io.modelcontextprotocol/clientInfo": client(),
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters});
        let response = self.send(&Method::POST, Some((method, message.to_string()))).await?;
        let answer = answer::read(response, id, self.probe.bounds.body).await.map_err(|error| self.lost(&error))?;
        if !answer.whole {
            self.connection = None;
        }
        if answer.session.is_some() {
            self.session.clone_from(&answer.session);
        }
        Ok(answer)
    }

    /// Sends a notification. Only the status of what comes back counts.
    pub(super) async fn tell(&mut self, method: &str) -> Result<StatusCode, Obstacle> {
        let message = json!({"jsonrpc": "2.0", "method": method});
        let response = self.send(&Method::POST, Some((method, message.to_string()))).await?;
        self.leave(&response);
        Ok(response.status())
    }

    /// Asks for the head of what is at the path, which changes nothing there.
    pub(super) async fn knock(&mut self) -> Result<StatusCode, Obstacle> {
        let response = self.send(&Method::HEAD, None).await?;
        self.leave(&response);
        Ok(response.status())
    }

    /// Closes the session, if the server opened one. Whatever it says to that is fine: 405 means that it keeps none.
    pub(super) async fn close(mut self) {
        if self.session.is_some() {
            // An answer may still be under way on the old connection.
            self.connection = None;
            let patience = self.probe.bounds.close;
            drop(timeout(patience, self.send(&Method::DELETE, None)).await);
        }
    }

    /// A body that nobody reads would stand in the way of the next answer.
    fn leave(&mut self, response: &Response<Incoming>) {
        if !response.body().is_end_stream() {
            self.connection = None;
        }
    }

    /// Sends on the connection that is there. A server may close it between two requests, so that is tried once more on a new one.
    async fn send(&mut self, method: &Method, message: Option<(&str, String)>) -> Result<Response<Incoming>, Obstacle> {
        if let Some(mut connection) = self.connection.take() {
            match connection.send(self.request(method, message.as_ref())?).await {
                Ok(response) => {
                    self.connection = Some(connection);
                    return Ok(response);
                }
                Err(error) if error.is_parse() || !connection.used => return Err(self.lost(&error)),
                Err(_) => {}
            }
        }
        let mut connection = Connection::open(self.probe, self.call, &[self.address], self.certificate).await?;
        let response = connection.send(self.request(method, message.as_ref())?).await;
        self.connection = Some(connection);
        response.map_err(|error| self.lost(&error))
    }

    fn request(&self, method: &Method, message: Option<&(&str, String)>) -> Result<Request<Full<Bytes>>, Obstacle> {
        let path = if self.call.path.is_empty() { "/" } else { &self.call.path };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.call.authority())
            .header(header::USER_AGENT, AGENT)
            .header(header::ACCEPT_ENCODING, "identity");
        if let Some(session) = &self.session {
            request = request.header(SESSION, session);
        }
        if let Some(version) = self.version {
            request = request.header("mcp-protocol-version", version);
        }
        let mut body = Bytes::new();
        if let Some((name, text)) = message {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::ACCEPT, "application/json, text/event-stream");
            if self.version == Some(MODERN) {
                request = request.header("mcp-method", *name);
            }
            body = Bytes::from(text.clone());
        }
        request.body(Full::new(body)).map_err(|error| {
            Obstacle::unknown(Reason::Unreachable, format!("{} cannot be called: {error}.", self.call.url()))
        })
    }

    /// What it means that no answer came although TLS stands.
    fn lost(&self, error: &hyper::Error) -> Obstacle {
        let url = self.call.url();
        if error.is_parse() {
            let message = format!("{url} does not answer as an HTTP server does ({error}); check host, port and path.");
            return Obstacle::failed(Reason::NotMcp, message);
        }
        Obstacle::failed(
            Reason::NoReadyEndpoints,
            format!(
                "{url} is closed before it answers ({error}): nothing behind the load balancer is ready. Look at the pods and at the \
                 health checks of the load balancer."
            ),
        )
    }
}

/// Who calls.
pub(super) fn client() -> Value {
    json!({"name": AGENT, "version": env!("CARGO_PKG_VERSION")})
}
