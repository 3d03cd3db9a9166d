//! Servers behind TLS on the loopback interface, and looks at them.

use std::{
    collections::BTreeMap,
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::super::*;

/// The host of every endpoint.
pub(super) const HOST: &str = "internal.example.com";

/// The name of every load balancer.
pub(super) const BALANCER: &str = "internal-lb.invalid";

/// A certificate authority that some tests trust and others do not.
pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(super) fn new() -> Self {
        Self::named("tests")
    }

    /// Two of one name have different keys.
    pub(super) fn named(name: &str) -> Self {
        let mut parameters = CertificateParams::new(Vec::<String>::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        parameters.distinguished_name.push(DnType::CommonName, name);
        Self(CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap())
    }

    pub(super) fn trust(&self) -> Trust {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        Trust::of(roots)
    }

    /// TLS with a certificate for a host, signed by this authority.
    pub(super) fn signs(&self, host: &str) -> TlsAcceptor {
        self.signs_changed(host, |_| ())
    }

    /// As [`Self::signs`], with something changed before it is signed.
    pub(super) fn signs_changed(&self, host: &str, change: impl FnOnce(&mut CertificateParams)) -> TlsAcceptor {
        let (parameters, key) = leaf(host, change);
        let certificate = parameters.signed_by(&key, &self.0).unwrap();
        acceptor(certificate.der().clone(), &key)
    }
}

/// TLS with a certificate that vouches for itself, and says whether it is an authority.
pub(super) fn signs_itself(is_ca: bool) -> TlsAcceptor {
    let (parameters, key) = leaf(HOST, |parameters| {
        if is_ca {
            parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
    });
    acceptor(parameters.self_signed(&key).unwrap().der().clone(), &key)
}

fn leaf(host: &str, change: impl FnOnce(&mut CertificateParams)) -> (CertificateParams, KeyPair) {
    let mut parameters = CertificateParams::new(vec![host.to_owned()]).unwrap();
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    change(&mut parameters);
    (parameters, KeyPair::generate().unwrap())
}

fn acceptor(certificate: CertificateDer<'static>, key: &KeyPair) -> TlsAcceptor {
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) message: Value,
    /// How many requests came before.
    pub(super) before: usize,
}

impl Asked {
    /// The method of MCP, or of HTTP where there is no message.
    pub(super) fn name(&self) -> &str {
        self.message["method"].as_str().unwrap_or(self.method.as_str())
    }

    /// An answer in JSON-RPC, as JSON.
    pub(super) fn result(&self, result: &Value) -> Response {
        axum::Json(json!({"jsonrpc": "2.0", "id": self.message["id"], "result": result})).into_response()
    }

    /// An error of JSON-RPC, with a status.
    pub(super) fn error(&self, status: u16, error: &Value) -> Response {
        let body = json!({"jsonrpc": "2.0", "id": self.message["id"], "error": error});
        (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response()
    }

    /// What a good server without sessions answers, whose only tool is `echo`.
    pub(super) fn good(&self) -> Response {
        match self.name() {
            "initialize" => self.result(&json!({
                "protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "t", "version": "1"},
            })),
            "tools/list" => self.result(&json!({"tools": [{"name": "echo"}]})),
            _ => StatusCode::ACCEPTED.into_response(),
        }
    }
}

/// A server on a port of its own; it ends with its owner.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    /// TCP connections so far.
    connections: Arc<AtomicUsize>,
    asked: Arc<Mutex<Vec<Asked>>>,
    _serving: JoinSet<()>,
}

impl Server {
    /// Every connection is given to a function.
    pub(super) async fn at<Served>(ip: Ipv4Addr, serve: impl Fn(TcpStream) -> Served + Send + 'static) -> Self
    where
        Served: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut served = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                served.spawn(serve(stream));
            }
        });
        Self { address, connections, asked: Arc::default(), _serving: serving }
    }

    /// Every connection is given to a function when TLS stands.
    pub(super) async fn secured<Served>(
        acceptor: TlsAcceptor,
        serve: impl Fn(TlsStream<TcpStream>) -> Served + Clone + Send + Sync + 'static,
    ) -> Self
    where
        Served: Future<Output = ()> + Send + 'static,
    {
        Self::at(Ipv4Addr::LOCALHOST, move |stream| {
            let (acceptor, serve) = (acceptor.clone(), serve.clone());
            async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream).await;
                }
            }
        })
        .await
    }

    /// TLS in front of a server that speaks plain HTTP.
    pub(super) async fn before(acceptor: TlsAcceptor, plain: SocketAddr) -> Self {
        Self::secured(acceptor, move |mut stream| async move {
            let mut behind = TcpStream::connect(plain).await.unwrap();
            let _ = copy_bidirectional(&mut stream, &mut behind).await;
        })
        .await
    }

    /// Writes the same bytes on every connection, whatever is asked, and holds it open.
    pub(super) async fn saying(acceptor: TlsAcceptor, bytes: &'static [u8]) -> Self {
        Self::secured(acceptor, move |mut stream| async move {
            let _ = stream.write_all(bytes).await;
            let _ = stream.flush().await;
            std::future::pending::<()>().await;
        })
        .await
    }

    /// Answers every request of HTTP by a function.
    pub(super) async fn answering<Answered>(
        acceptor: TlsAcceptor,
        answer: impl Fn(Asked) -> Answered + Clone + Send + Sync + 'static,
    ) -> Self
    where
        Answered: Future<Output = Response> + Send + 'static,
    {
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let log = Arc::clone(&asked);
        let mut server = Self::secured(acceptor, move |stream| {
            let (answer, log) = (answer.clone(), Arc::clone(&log));
            async move {
                let service = service_fn(move |request| {
                    let (answer, log) = (answer.clone(), Arc::clone(&log));
                    async move { Ok::<_, std::convert::Infallible>(answer(written_down(request, &log).await).await) }
                });
                let _ =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            }
        })
        .await;
        server.asked = asked;
        server
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How often each method was called.
    pub(super) fn calls(&self) -> BTreeMap<String, usize> {
        let mut calls = BTreeMap::new();
        for asked in self.asked() {
            *calls.entry(asked.name().to_owned()).or_default() += 1;
        }
        calls
    }

    /// What `--resolve` says of this server.
    pub(super) fn resolution(&self, name: &str) -> Resolution {
        format!("{name}:443:{}:{}", self.address.ip(), self.address.port()).parse().unwrap()
    }
}

async fn written_down(request: Request<Incoming>, log: &Mutex<Vec<Asked>>) -> Asked {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let message = serde_json::from_slice(&body).unwrap_or_default();
    let path = head.uri.to_string();
    let mut log = log.lock().unwrap();
    let asked = Asked { method: head.method, path, headers: head.headers, message, before: log.len() };
    log.push(asked.clone());
    asked
}

/// A body without an end, of the same bytes again and again.
pub(super) fn endless(bytes: &'static [u8]) -> Body {
    Body::from_stream(futures::stream::repeat_with(move || Ok::<_, std::convert::Infallible>(bytes)))
}

/// The usual call.
pub(super) fn call() -> Call {
    Call {
        host: HOST.to_owned(),
        port: 443,
        path: "/mcp-server/mcp".to_owned(),
        via: Via::LoadBalancer(BALANCER.to_owned()),
        protocol: Protocol::Mcp,
        any_authority: false,
        has_credentials: false,
        dynamic: false,
    }
}

/// A guard that finds the load balancer on the loopback interface, which is let for once.
pub(super) fn guard(server: &Server) -> Guard {
    let allow = vec!["127.0.0.1".parse().unwrap()];
    Guard::new(allow, vec![server.resolution(BALANCER)], Arc::new(|_| false))
}

/// A probe with the usual bounds.
pub(super) fn probe(server: &Server, authority: &Authority) -> Probe {
    Probe { guard: guard(server), trust: authority.trust(), bounds: Bounds::default() }
}

/// Looks at a server that is in order as far as TLS goes.
pub(super) async fn look(server: &Server, authority: &Authority, call: &Call) -> Report {
    probe(server, authority).look(call).await
}

/// Looks at what a function answers.
pub(super) async fn look_at<Answered>(
    call: &Call,
    answer: impl Fn(Asked) -> Answered + Clone + Send + Sync + 'static,
) -> (Report, Server)
where
    Answered: Future<Output = Response> + Send + 'static,
{
    let authority = Authority::new();
    let server = Server::answering(authority.signs(HOST), answer).await;
    (look(&server, &authority, call).await, server)
}

/// The reason of a failure, and its sentence.
pub(super) fn failed(report: &Report) -> (Reason, &str) {
    match &report.outcome {
        Outcome::Failed(finding) => (finding.reason, &finding.message),
        other @ (Outcome::Passed(_) | Outcome::Unknown(_)) => panic!("not a failure: {other:?}"),
    }
}

/// The reason why nothing is known, and its sentence.
pub(super) fn unknown(report: &Report) -> (Reason, &str) {
    match &report.outcome {
        Outcome::Unknown(finding) => (finding.reason, &finding.message),
        other @ (Outcome::Passed(_) | Outcome::Failed(_)) => panic!("something is known: {other:?}"),
    }
}

/// The offer of a server that passed.
pub(super) fn passed(report: &Report) -> &Catalogue {
    match &report.outcome {
        Outcome::Passed(Some(catalogue)) => catalogue,
        other @ (Outcome::Passed(None) | Outcome::Failed(_) | Outcome::Unknown(_)) => panic!("not passed: {other:?}"),
    }
}
