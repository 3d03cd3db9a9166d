//! HTTP from a caller to a backend and back, streamed both ways.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::routes::Destination;
use super::{Behaviour, Shared};

/// Where a connection came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Tls,
    Plain,
}

/// Headers that mean one connection only: <https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1>. How a body is framed
/// is settled anew on each connection.
const OF_THE_CONNECTION: [&str; 7] =
    ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

type Body = BoxBody<Bytes, hyper::Error>;

/// Serves one connection until its end.
pub(super) async fn serve(shared: Arc<Shared>, stream: impl AsyncRead + AsyncWrite + Unpin + Send, door: Door) {
    let service = service_fn(|request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(answer(&shared, door, request).await) }
    });
    // A caller who goes away in the middle is the caller's business.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(shared: &Shared, door: Door, request: Request<Incoming>) -> Response<Body> {
    let (host, path) = (host(&request), request.uri().path().to_owned());
    let key = (host.clone(), path.clone());
    shared.count(|traffic| {
        let requests = if door == Door::Tls { &mut traffic.requests } else { &mut traffic.plain_requests };
        *requests.entry(key).or_default() += 1;
    });
    if shared.behaviour() == Behaviour::NeverAnswer {
        return std::future::pending().await;
    }
    let destination = shared.routes.read().unwrap_or_else(PoisonError::into_inner).destination(&host, &path);
    match destination {
        Destination::Nowhere => own(StatusCode::NOT_FOUND, "no route"),
        Destination::Nobody => own(StatusCode::SERVICE_UNAVAILABLE, "no backend"),
        Destination::Backend(backend) => {
            forward(backend, request).await.unwrap_or_else(|_| own(StatusCode::BAD_GATEWAY, "the backend is silent"))
        }
    }
}

async fn forward(backend: SocketAddr, mut request: Request<Incoming>) -> anyhow::Result<Response<Body>> {
    let stream = TcpStream::connect(backend).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the answer's body, or when nobody reads that any more; the reader sees an error of its own.
    tokio::spawn(async move { drop(connection.await) });
    strip(request.headers_mut());
    let mut response = sender.send_request(request).await?;
    strip(response.headers_mut());
    Ok(response.map(BodyExt::boxed))
}

fn strip(headers: &mut HeaderMap) {
    for name in OF_THE_CONNECTION {
        headers.remove(name);
    }
}

/// The host that a request names, without its port.
fn host(request: &Request<Incoming>) -> String {
    let named = request.headers().get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    named.split(':').next().unwrap_or_default().to_ascii_lowercase()
}

fn own(status: StatusCode, text: &'static str) -> Response<Body> {
    let never = |impossible: Infallible| match impossible {};
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())).map_err(never).boxed());
    *response.status_mut() = status;
    response
}
