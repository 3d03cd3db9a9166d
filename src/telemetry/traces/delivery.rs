//! How traces get to a collector: with the HTTP and TLS that the operator has anyway, in the operator's own runtime.

mod outages;

use std::{
    error::Error,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
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

use self::outages::{News, Outages};

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
    outages: Arc<Mutex<Outages>>,
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
        Ok(Self { client, runtime, outages: Arc::default() })
    }

    /// Tells how deliveries go, now and then: a collector that is away must not fill the log.
    fn note(&self, outcome: &Result<Response<Bytes>, HttpError>) {
        let trouble = match outcome {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("the collector answers {}", answer.status())),
            Err(error) => Some(reasons(&**error)),
        };
        let mut outages = self.outages.lock().unwrap_or_else(PoisonError::into_inner);
        match outages.note(trouble.is_some(), Instant::now()) {
            Some(News::Trouble) => {
                let trouble = trouble.unwrap_or_default();
                tracing::warn!("traces cannot be delivered and are dropped: {trouble}");
            }
            Some(News::Over) => tracing::info!("traces are delivered again"),
            None => {}
        }
    }
}

/// An error with what it came from: HTTP says no more than that it could not connect.
fn reasons(error: &(dyn Error + 'static)) -> String {
    let mut reasons = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        // Some say what they came from themselves.
        if reasons.last().is_none_or(|last| !last.contains(&reason)) {
            reasons.push(reason);
        }
        cause = error.source();
    }
    reasons.join(": ")
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
            // The process ends: the collector has nothing to do with it.
            Err(stopped) => return Err(stopped.into()),
        };
        self.note(&outcome);
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use serde_json::Value;
    use tokio::runtime::Runtime;

    use super::*;
    use crate::telemetry::heard::Heard;

    /// What is said while something is sent there, as batches are: from a thread that is none of the runtime's.
    fn said(address: &str, meanwhile: impl FnOnce(Runtime) + Send + 'static) -> Vec<Value> {
        let heard = Heard::begin();
        let runtime = Runtime::new().unwrap();
        let delivery = runtime.block_on(async { Delivery::new() }).unwrap();
        let request = Request::post(format!("http://{address}/v1/traces")).body(Bytes::new()).unwrap();
        let meanwhile = std::thread::spawn(move || meanwhile(runtime));
        let batches = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert!(batches.block_on(delivery.send_bytes(request)).is_err());
        meanwhile.join().unwrap();
        heard.lines()
    }

    #[test]
    fn why_a_collector_cannot_be_reached_is_told() {
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let lines = said(&nobody, |runtime| {
            std::thread::sleep(Duration::from_millis(500));
            drop(runtime);
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
        let told = lines[0]["msg"].as_str().unwrap();
        assert!(told.starts_with("traces cannot be delivered and are dropped: "), "{told}");
        assert_eq!(told.matches("Connection refused").count(), 1, "{told}");
    }

    #[test]
    fn the_end_of_the_process_is_no_failure_of_the_collector() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap().to_string();
        let lines = said(&address, move |runtime| {
            // Until it is asked, and it never answers.
            let _asked = silent.accept().unwrap();
            runtime.shutdown_background();
            std::thread::sleep(Duration::from_millis(100));
        });
        assert!(lines.is_empty(), "{lines:?}");
    }
}
