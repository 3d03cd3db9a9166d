//! Every request to the API server, counted and timed.

use std::{
    fmt,
    task::{Context, Poll},
    time::Instant,
};

use futures::future::BoxFuture;
use http::{Request, Response, StatusCode};
use tower::{Layer, Service};

use crate::metrics::Metrics;

/// Puts the measuring around a client.
#[derive(Debug, Clone)]
pub struct Requests(pub Metrics);

impl<S> Layer<S> for Requests {
    type Service = Measured<S>;

    fn layer(&self, inner: S) -> Measured<S> {
        Measured { inner, metrics: self.0.clone() }
    }
}

/// A client whose requests are measured.
#[derive(Clone)]
pub struct Measured<S> {
    inner: S,
    metrics: Metrics,
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
        let (metrics, begun) = (self.metrics.clone(), Instant::now());
        let method = request.method().clone();
        let host = request.uri().authority().map(|authority| authority.as_str().to_owned()).unwrap_or_default();
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
