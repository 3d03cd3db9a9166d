//! `/healthz`: the process lives, whatever AWS does. `/readyz`: the copies are in sync, so what is asked of it is answered.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{Router, extract::State, http::StatusCode, routing::get};

/// What the probes are told.
#[derive(Debug, Clone, Default)]
pub struct Health {
    ready: Arc<AtomicBool>,
}

impl Health {
    /// Says from now on that the operator is ready.
    pub fn set_ready(&self) {
        self.ready.store(true, Ordering::Relaxed);
    }

    /// Binds the address; the answered future serves until it is dropped.
    ///
    /// # Errors
    ///
    /// The address cannot be bound.
    pub async fn serve(&self, address: SocketAddr) -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
        let listener = tokio::net::TcpListener::bind(address).await?;
        let routes = Router::new()
            .route("/healthz", get(|| async { "ok" }))
            .route("/readyz", get(ready))
            .with_state(self.clone());
        Ok(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::error!(%error, "health is no longer served");
            }
        })
    }
}

async fn ready(State(health): State<Health>) -> (StatusCode, &'static str) {
    if health.ready.load(Ordering::Relaxed) {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "waiting for the first lists")
    }
}
