//! The client of the API server behind the [`Fence`]: reads pass, writes pass while this process may act.

use std::task::{self, Poll};

use futures::future::BoxFuture;
use http::{Method, Request};
use kube::client::Body;
use tower::{BoxError, Layer, Service};

use crate::fence::{Closed, Fence};

/// Puts a client behind this fence.
#[derive(Debug, Clone)]
pub struct FenceLayer(pub Fence);

/// A client behind a fence.
#[derive(Debug, Clone)]
pub struct Fenced<Inner> {
    inner: Inner,
    fence: Fence,
}

impl<Inner> Layer<Inner> for FenceLayer {
    type Service = Fenced<Inner>;

    fn layer(&self, inner: Inner) -> Fenced<Inner> {
        Fenced { inner, fence: self.0.clone() }
    }
}

impl<Inner> Service<Request<Body>> for Fenced<Inner>
where
    Inner: Service<Request<Body>>,
    Inner::Error: Into<BoxError>,
    Inner::Future: Send + 'static,
{
    type Response = Inner::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Inner::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut task::Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if [Method::GET, Method::HEAD].contains(request.method()) {
            let answer = self.inner.call(request);
            return Box::pin(async move { answer.await.map_err(Into::into) });
        }
        if !self.fence.is_open() {
            return Box::pin(async { Err(Closed.into()) });
        }
        // The client's own retries are further inside, so that the fence is asked before each of them, too.
        let (answer, fence) = (self.inner.call(request), self.fence.clone());
        Box::pin(async move { fence.guard(answer).await?.map_err(Into::into) })
    }
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        sync::{Arc, Mutex},
        time::Duration,
    };

    use http::Response;
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::{
        Api, Client,
        api::{DeleteParams, Patch, PatchParams, PostParams},
        client::ClientBuilder,
    };
    use serde_json::json;
    use tokio::time::Instant;

    use super::*;

    /// A client of an API server that has every ConfigMap, and notes what it is asked.
    fn client(fence: &Fence) -> (Client, Arc<Mutex<Vec<Method>>>) {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        let server = tower::service_fn(move |request: Request<Body>| {
            noted.lock().unwrap().push(request.method().clone());
            let answer = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}});
            futures::future::ok::<_, Infallible>(Response::new(Body::from(answer.to_string().into_bytes())))
        });
        (ClientBuilder::new(server, "default").with_layer(&FenceLayer(fence.clone())).build(), asked)
    }

    #[tokio::test]
    async fn reads_pass_and_writes_pass_while_it_is_open() {
        let fence = Fence::closed();
        let (client, asked) = client(&fence);
        let api = Api::<ConfigMap>::default_namespaced(client);
        for expected in [false, true] {
            asked.lock().unwrap().clear();
            assert!(api.get("one").await.is_ok());
            let merge = json!({"data": {"a": "b"}});
            let written = [
                api.patch("one", &PatchParams::default(), &Patch::Merge(&merge)).await.map(drop),
                api.patch_status("one", &PatchParams::default(), &Patch::Merge(&merge)).await.map(drop),
                api.create(&PostParams::default(), &ConfigMap::default()).await.map(drop),
                api.delete("one", &DeleteParams::default()).await.map(drop),
            ];
            for write in written {
                assert_eq!(write.is_ok(), expected, "{write:?}");
                if let Err(error) = write {
                    assert!(error.to_string().contains("does not hold the lease"), "{error}");
                }
            }
            let reached = asked.lock().unwrap().len();
            assert_eq!(reached, if expected { 5 } else { 1 });
            fence.open_until(Instant::now() + Duration::from_mins(1));
        }
    }
}
