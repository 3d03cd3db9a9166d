//! A collector of traces, as far as the operator sees it: OTLP with HTTP and protobuf.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, KeyValue, any_value},
    trace::v1::{ResourceSpans, Span},
};
use prost::Message;

/// A collector; keeps what it is sent.
#[derive(Debug, Clone)]
pub(crate) struct Collector {
    address: String,
    received: Arc<Mutex<Received>>,
}

/// What a collector was sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Received {
    /// The spans, with who sent them.
    pub(crate) spans: Vec<ResourceSpans>,
    /// The requests as they came.
    pub(crate) bodies: Vec<Bytes>,
    /// What each request said of who it comes from.
    pub(crate) authorizations: Vec<String>,
    /// How many requests are still to be refused.
    refuse: usize,
}

impl Collector {
    /// Starts one that refuses the first requests; ends with the runtime.
    pub(crate) async fn start(refuse: usize) -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let received = Arc::new(Mutex::new(Received { refuse, ..Received::default() }));
        let collector = Self { address: format!("http://{}", listener.local_addr()?), received };
        let routes = Router::new().route("/v1/traces", post(receive)).with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(collector)
    }

    /// Where it is.
    pub(crate) fn endpoint(&self) -> &str {
        &self.address
    }

    /// What it was sent so far.
    pub(crate) fn received(&self) -> Received {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Received {
    /// All spans.
    pub(crate) fn spans(&self) -> impl Iterator<Item = &Span> {
        self.spans.iter().flat_map(|resource| &resource.scope_spans).flat_map(|scope| &scope.spans)
    }
}

/// The text of an attribute.
pub(crate) fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    match attributes.iter().find(|attribute| attribute.key == key)?.value.as_ref()? {
        AnyValue { value: Some(any_value::Value::StringValue(text)) } => Some(text),
        AnyValue { .. } => None,
    }
}

async fn receive(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut received = collector.received.lock().unwrap_or_else(PoisonError::into_inner);
    received.bodies.push(body.clone());
    let authorization = headers.get("authorization").and_then(|value| value.to_str().ok());
    received.authorizations.push(authorization.unwrap_or_default().to_owned());
    if received.refuse > 0 {
        received.refuse -= 1;
        return StatusCode::FORBIDDEN;
    }
    let Ok(request) = ExportTraceServiceRequest::decode(body) else { return StatusCode::BAD_REQUEST };
    received.spans.extend(request.resource_spans);
    StatusCode::OK
}
