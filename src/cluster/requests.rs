//! Every request to the API server, counted and timed: also those that are made again because the server was busy.

use std::{
    fmt,
    task::{Context, Poll},
    time::Instant,
};

use futures::future::BoxFuture;
use http::{Request, Response, StatusCode};
use kube::{
    Config,
    client::{Body, ClientBuilder, DynBody, retry::RetryPolicy},
};
use tower::{BoxError, Layer, Service, buffer::BufferLayer, retry::RetryLayer, util::option_layer};

use crate::metrics::Metrics;

/// How many requests may wait for the one before them to be handed on.
const WAITING: usize = 1024;

/// A client that is being built, and whose requests are measured. Where the configuration says so, they are made again as kube makes them
/// again; kube's own layer for that would be further inside, where it is not seen how often.
///
/// # Errors
///
/// The configuration makes no client.
pub fn measured(
    mut config: Config,
    metrics: &Metrics,
) -> kube::Result<
    ClientBuilder<
        impl Service<Request<Body>, Response = Response<Box<DynBody>>, Error = BoxError, Future: Send> + Send + use<>,
    >,
> {
    let retry = std::mem::take(&mut config.default_retry).then(|| RetryLayer::new(RetryPolicy::server_retry()));
    let requests = Requests::to(&config, metrics);
    let client = ClientBuilder::try_from(config)?.with_layer(&requests);
    // Only what can be cloned can be tried again.
    Ok(client.with_layer(&BufferLayer::new(WAITING)).with_layer(&option_layer(retry)))
}

/// Puts the measuring around a client.
#[derive(Debug, Clone)]
struct Requests {
    metrics: Metrics,
    /// The API server's host and port. Requests themselves do not have them yet.
    host: String,
}

impl Requests {
    fn to(config: &Config, metrics: &Metrics) -> Self {
        let host = config.cluster_url.authority().map(ToString::to_string).unwrap_or_default();
        Self { metrics: metrics.clone(), host }
    }
}

impl<S> Layer<S> for Requests {
    type Service = Measured<S>;

    fn layer(&self, inner: S) -> Measured<S> {
        Measured { inner, requests: self.clone() }
    }
}

/// A client whose requests are measured.
#[derive(Clone)]
struct Measured<S> {
    inner: S,
    requests: Requests,
}

impl<S> fmt::Debug for Measured<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Measured").finish_non_exhaustive()
    }
}

impl<S, Body, Answer> Service<Request<Body>> for Measured<S>
where
    S: Service<Request<Body>, Response = Response<Answer>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (Requests { metrics, host }, begun) = (self.requests.clone(), Instant::now());
        let method = request.method().clone();
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await;
            let status = answer.as_ref().ok().map(Response::status);
            let code = status.as_ref().map_or("<error>", StatusCode::as_str);
            metrics.kubernetes_answered(method.as_str(), &host, code, begun.elapsed());
            answer
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use axum::{Router, http::HeaderMap, response::IntoResponse};
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::Api;
    use serde_json::json;

    use super::*;

    /// An API server that is busy at first, and how often it was asked.
    async fn busy(times: usize) -> (String, Arc<AtomicUsize>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let answer = move || async move {
            if counted.fetch_add(1, Ordering::Relaxed) < times {
                return (StatusCode::TOO_MANY_REQUESTS, HeaderMap::new(), String::new()).into_response();
            }
            let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}});
            map.to_string().into_response()
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        (address, asked)
    }

    #[tokio::test]
    async fn each_attempt_is_counted_with_the_servers_address() {
        for (retries, expected) in [(true, Some(1)), (false, None)] {
            let (address, asked) = busy(2).await;
            let metrics = Metrics::default();
            let mut config = Config::new(format!("http://{address}").parse().unwrap());
            config.default_retry = retries;
            let client = measured(config, &metrics).unwrap().build();
            let read = Api::<ConfigMap>::default_namespaced(client).get("one").await;
            assert_eq!(read.is_ok(), expected.is_some(), "{read:?}");
            assert_eq!(asked.load(Ordering::Relaxed), if retries { 3 } else { 1 });
            let text = metrics.text();
            let told = |code: &str| {
                let series =
                    format!("rest_client_requests_total{{code=\"{code}\",method=\"GET\",host=\"{address}\"}} ");
                text.lines().find_map(|line| line.strip_prefix(&series)?.parse::<usize>().ok())
            };
            assert_eq!((told("429"), told("200")), (Some(if retries { 2 } else { 1 }), expected), "{text}");
        }
    }
}
