//! What a server is, and how it answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use rmcp::ErrorData;
use rmcp::model::ProtocolVersion;
use serde_json::{Value, json};

use super::Shared;

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
    /// A list of tools for whoever gets it, status 404 for every POST, as of an API that looks like MCP to people.
    PlainRest,
    /// Speaks MCP of 2024-11-05 only.
    OldProtocol,
    /// As [`Personality::Everyday`], but speaks MCP of 2026-07-28 only: it knows neither `initialize` nor sessions.
    NewProtocol,
    /// As [`Personality::Everyday`], but without the tools, and without the capability `tools`.
    NoTools,
    /// Answers everything with status 401.
    AuthRequired,
    /// As [`Personality::Everyday`], but answers `tools/list` with status 401.
    AuthRequiredForTools,
    /// As [`Personality::Everyday`], but thinks this long before each answer.
    Slow(Duration),
    /// As [`Personality::Everyday`], but answers nothing until this long after the first request, and is quick then.
    ColdStart(Duration),
    /// Sends everyone to `/mcp` at this address.
    Redirect(SocketAddr),
    /// Answers every request with a body of JSON that does not end.
    EndlessBody,
    /// Answers every request with a stream of events that does not end and holds no answer.
    EndlessStream,
}

/// Answers one request.
pub(super) async fn answer(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let message = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    shared.count(message["method"].as_str().unwrap_or(head.method.as_str()));
    let (method, headers) = (head.method.clone(), head.headers.clone());
    let path = head.uri.path().to_owned();
    let real = shared.speak_mcp(Request::from_parts(head, Body::from(body)));
    match shared.personality() {
        Personality::Everyday | Personality::Stock | Personality::NoTools => real.await,
        Personality::Slow(pause) => {
            tokio::time::sleep(pause).await;
            real.await
        }
        Personality::ColdStart(cold) => {
            tokio::time::sleep_until(shared.warm_at(cold)).await;
            real.await
        }
        Personality::AuthRequiredForTools if message["method"] != "tools/list" => real.await,
        Personality::AuthRequired | Personality::AuthRequiredForTools => sign_in_first(),
        Personality::NewProtocol => match refusal_of_an_older_one(&method, &headers, &message) {
            Some(refusal) => refusal,
            None => real.await,
        },
        Personality::OldProtocol => speak_old_protocol(&method, &message),
        Personality::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "internal error").into_response(),
        Personality::NotMcp => Json(json!({"items": [], "path": path})).into_response(),
        Personality::PlainRest => plain_rest(&method),
        Personality::Redirect(to) => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, format!("http://{to}/mcp"))]).into_response()
        }
        Personality::EndlessBody => endless("application/json", b"{\"jsonrpc\": \"2.0\", \"id\": \"", &[b'x'; 4096]),
        Personality::EndlessStream => endless(
            "text/event-stream",
            b": wait\n\n",
            b"data: {\"jsonrpc\": \"2.0\", \"method\": \"notifications/message\"}\n\n",
        ),
    }
}

fn sign_in_first() -> Response {
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], "sign in first").into_response()
}

fn plain_rest(method: &Method) -> Response {
    if *method == Method::GET {
        return Json(json!({"tools": [{"name": "echo"}, {"name": "add"}]})).into_response();
    }
    (StatusCode::NOT_FOUND, "not found").into_response()
}

/// A body that begins with one text and goes on with another for ever, as fast as it is read.
fn endless(content_type: &'static str, first: &'static [u8], then: &'static [u8]) -> Response {
    let first = futures::stream::iter([Bytes::from_static(first)]);
    let chunks = first.chain(futures::stream::repeat(Bytes::from_static(then)));
    let body = Body::from_stream(chunks.map(Ok::<_, std::convert::Infallible>));
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
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

/// What a server that speaks 2026-07-28 only says to a request of an earlier revision; nothing to one of that revision.
///
/// `initialize` does not exist any more. Its answer names the supported versions all the same, which may be the only thing
/// that the caller can show to a person:
/// <https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#backward-compatibility-with-initialization-based-versions>.
fn refusal_of_an_older_one(method: &Method, headers: &HeaderMap, message: &Value) -> Option<Response> {
    let spoken = ProtocolVersion::V_2026_07_28;
    if *method != Method::POST {
        // No stream to get and no session to delete.
        return Some((StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")]).into_response());
    }
    let parameters = &message["params"];
    let declared = match message["method"].as_str() {
        Some("initialize") => &parameters["protocolVersion"],
        _ => &parameters["_meta"]["io.modelcontextprotocol/protocolVersion"],
    };
    let error = match declared.as_str() {
        Some(version) if version == spoken.as_str() && message["method"] != "initialize" => return None,
        Some(version) => {
            let requested = serde_json::from_value(json!(version)).unwrap_or_default();
            ErrorData::unsupported_protocol_version(requested, &[spoken])
        }
        None => {
            let present = headers.contains_key("mcp-protocol-version");
            let lack = if present { "_meta lacks the protocol version" } else { "MCP-Protocol-Version is missing" };
            ErrorData::header_mismatch(format!("Header mismatch: {lack}; supported: {spoken}"), None)
        }
    };
    let body = json!({"jsonrpc": "2.0", "id": message["id"], "error": error});
    Some((StatusCode::BAD_REQUEST, Json(body)).into_response())
}
