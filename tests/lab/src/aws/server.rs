//! The port that everything is reached at.

use std::convert::Infallible;
use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::admin;
use super::call::{self, Answer, Dropped};
use super::world::World;

/// Accepts connections until the task is aborted, which closes them all.
pub(super) async fn accept(listener: TcpListener, world: Arc<World>) -> Infallible {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&world)));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, world: Arc<World>) {
    let service = service_fn(move |request| serve(Arc::clone(&world), request));
    // An error is either a caller who went away or a connection that a fault closes: both are meant to end here.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn serve(world: Arc<World>, request: Request<Incoming>) -> Answer {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Dropped)?.to_bytes();
    if let Some(path) = parts.uri.path().strip_prefix("/_lab/") {
        let read = parts.method == Method::GET;
        return admin::answer(&world, read, path, parts.uri.query().unwrap_or_default(), &body);
    }
    // A task of its own: AWS finishes what it has begun, also when the caller is gone.
    tokio::spawn(call::answer(world, parts, body)).await.unwrap_or(Err(Dropped))
}
