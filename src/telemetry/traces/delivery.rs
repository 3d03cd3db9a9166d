//! How traces get to a collector: with the HTTP and TLS that the operator has anyway, in the operator's own runtime.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use tokio::runtime::Handle;

/// How long one delivery may take: OTLP's own default.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a collector's answer may be. What it says is not read by anybody.
const LONGEST_ANSWER: usize = 1 << 20;

/// Sends requests to a collector.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    /// Batches are made in a thread of their own, where there is no runtime.
    runtime: Handle,
    /// The last delivery failed, and that was told.
    failing: Arc<AtomicBool>,
}

impl Delivery {
    pub(super) fn new() -> Result<Self, String> {
        let runtime = Handle::try_current().map_err(|error| error.to_string())?;
        let mut roots = RootCertStore::empty();
        // A machine without authorities can still speak with a collector that has no certificate.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { client, runtime, failing: Arc::default() })
    }

    /// Tells of the first failure and of the first success after it: a collector that is away must not fill the log.
    fn note(&self, outcome: &Result<Response<Bytes>, HttpError>) {
        let trouble = match outcome {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("the collector answers {}", answer.status())),
            Err(error) => Some(error.to_string()),
        };
        let was_failing = self.failing.swap(trouble.is_some(), Ordering::Relaxed);
        match trouble {
            Some(trouble) if !was_failing => tracing::warn!("traces cannot be delivered and are dropped: {trouble}"),
            None if was_failing => tracing::info!("traces are delivered again"),
            Some(_) | None => {}
        }
    }
}

#[async_trait]
impl HttpClient for Delivery {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let sent = self.client.request(request.map(Full::new));
        let answer = async {
            let (parts, body) = sent.await?.into_parts();
            let body = Limited::new(body, LONGEST_ANSWER).collect().await?.to_bytes();
            Ok(Response::from_parts(parts, body))
        };
        let bounded = self.runtime.spawn(async move { tokio::time::timeout(PATIENCE, answer).await });
        let outcome = match bounded.await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(late)) => Err(late.into()),
            Err(stopped) => Err(stopped.into()),
        };
        self.note(&outcome);
        outcome
    }
}
