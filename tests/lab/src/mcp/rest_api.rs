//! A REST API for targets that are described by an OpenAPI document.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// A running REST API that speaks plain HTTP: `GET /health`, `GET /items` and `POST /items`, status 404 for all else.
/// It ends with its owner or with the tokio runtime it was started in.
#[derive(Debug)]
pub struct RestApi {
    address: SocketAddr,
    requests: Arc<Requests>,
    task: AbortHandle,
}

type Requests = Mutex<BTreeMap<String, usize>>;

impl RestApi {
    /// Starts it on a port of its own.
    pub async fn start() -> anyhow::Result<RestApi> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("cannot listen on 127.0.0.1")?;
        let address = listener.local_addr()?;
        let requests = Arc::<Requests>::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&requests));
        let task = tokio::spawn(async move {
            // It serves until it is stopped; there is nobody to tell about a broken connection.
            let _ = axum::serve(listener, router).await;
        });
        Ok(RestApi { address, requests, task: task.abort_handle() })
    }

    /// The address and port it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How often each thing was asked for so far, as `GET /items`.
    #[must_use]
    pub fn requests(&self) -> BTreeMap<String, usize> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for RestApi {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(requests): State<Arc<Requests>>, request: Request) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    *requests.lock().unwrap_or_else(PoisonError::into_inner).entry(format!("{method} {path}")).or_default() += 1;
    match (method, path) {
        (&Method::GET, "/health") => Json(json!({"status": "ok"})).into_response(),
        (&Method::GET, "/items") => Json(json!({"items": [{"id": 1, "name": "first"}]})).into_response(),
        (&Method::POST, "/items") => (StatusCode::CREATED, Json(json!({"id": 2}))).into_response(),
        _ => (StatusCode::NOT_FOUND, "not found").into_response(),
    }
}
