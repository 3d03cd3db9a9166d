//! TLS load balancers on the loopback interface: what stands between the network and the workloads, as an NLB or an ALB does.
//!
//! A load balancer ends TLS and sends each request, by its host and the longest prefix of its path, to a backend that
//! speaks plain HTTP/1.1. It counts what comes, and everything about it can be changed while it runs.

mod authority;
mod proxy;
mod routes;
mod traffic;
mod tunnel;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::LazyConfigAcceptor;
use tokio_util::sync::CancellationToken;

use proxy::Door;
use routes::Routes;

use crate::ports::free_port;

pub use authority::{Authority, Certificate};
pub use traffic::Traffic;
pub use tunnel::Tunnel;

/// How long is waited after a connection could not be accepted, for example for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(20);

/// What a load balancer does with those who come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// Serves them.
    #[default]
    Serve,
    /// Accepts connections and closes them at once.
    Close,
    /// Accepts connections and says nothing, not even in the TLS handshake.
    Silent,
    /// Ends TLS, reads requests, and never answers one.
    NeverAnswer,
}

/// A running load balancer; it ends with its owner or with the tokio runtime it was started in.
///
/// It has two doors on 127.0.0.1 with the same routes behind them: one that speaks TLS, and a plain one for the emulated
/// AWS, whose handshakes are plain HTTP. They are counted apart.
#[derive(Debug)]
pub struct LoadBalancer {
    address: SocketAddr,
    plain_address: SocketAddr,
    shared: Arc<Shared>,
    listening: tokio::sync::Mutex<Option<Listening>>,
}

impl LoadBalancer {
    /// Starts a load balancer without routes on ports of its own.
    pub async fn start(certificate: Certificate) -> anyhow::Result<LoadBalancer> {
        let shared = Arc::new(Shared::new(certificate));
        // Ports to which it can come back.
        let [tls, plain] = [free_port()?, free_port()?].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let (listening, address, plain_address) = Listening::begin(tls, plain, &shared).await?;
        Ok(LoadBalancer { address, plain_address, shared, listening: tokio::sync::Mutex::new(Some(listening)) })
    }

    /// Where it speaks TLS.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it speaks plain HTTP: `http://127.0.0.1:<port><path>`. The header `Host` decides as it does over TLS.
    #[must_use]
    pub fn plain_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.plain_address)
    }

    /// Sends requests for a host, and paths below a prefix, to a backend from now on. `/mcp` covers `/mcp` and `/mcp/x`
    /// but not `/mcp2`, as with an Ingress of path type `Prefix`.
    pub fn route(&self, host: &str, prefix: &str, backend: SocketAddr) {
        self.shared.change_routes(|routes| routes.set(host, prefix, Some(backend)));
    }

    /// Keeps a route, but takes its backend away: requests are answered with status 503.
    pub fn route_to_nobody(&self, host: &str, prefix: &str) {
        self.shared.change_routes(|routes| routes.set(host, prefix, None));
    }

    /// Forgets a route; requests that no route covers are answered with status 404.
    pub fn remove_route(&self, host: &str, prefix: &str) {
        self.shared.change_routes(|routes| routes.remove(host, prefix));
    }

    /// Exchanges the certificate; connections that are open keep the old one.
    pub fn present(&self, certificate: Certificate) {
        self.shared.certificates.write().unwrap_or_else(PoisonError::into_inner).ordinary = certificate;
    }

    /// Presents this certificate to whoever asks for exactly this name (SNI).
    pub fn present_to(&self, name: &str, certificate: Certificate) {
        let mut certificates = self.shared.certificates.write().unwrap_or_else(PoisonError::into_inner);
        certificates.by_name.insert(name.to_ascii_lowercase(), certificate);
    }

    /// Behaves otherwise from now on, and ends the connections that are open.
    pub fn behave(&self, behaviour: Behaviour) {
        *self.shared.behaviour.write().unwrap_or_else(PoisonError::into_inner) = behaviour;
        self.shared.end_connections();
    }

    /// What came so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.shared.traffic.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Closes both doors and ends the connections that are open; answers when connections are refused.
    pub async fn stop_listening(&self) {
        if let Some(listening) = self.listening.lock().await.take() {
            listening.end().await;
        }
        self.shared.end_connections();
    }

    /// Opens both doors again, where they were.
    pub async fn listen_again(&self) -> anyhow::Result<()> {
        let mut listening = self.listening.lock().await;
        if listening.is_none() {
            *listening = Some(Listening::begin(self.address, self.plain_address, &self.shared).await?.0);
        }
        Ok(())
    }
}

impl Drop for LoadBalancer {
    fn drop(&mut self) {
        if let Some(listening) = self.listening.get_mut() {
            listening.ended.cancel();
        }
        self.shared.end_connections();
    }
}

/// The open doors.
#[derive(Debug)]
struct Listening {
    ended: CancellationToken,
    doors: [JoinHandle<()>; 2],
}

impl Listening {
    async fn begin(
        tls: SocketAddr,
        plain: SocketAddr,
        shared: &Arc<Shared>,
    ) -> anyhow::Result<(Listening, SocketAddr, SocketAddr)> {
        let (tls, plain) = (listen(tls).await?, listen(plain).await?);
        let addresses = (tls.local_addr()?, plain.local_addr()?);
        let ended = CancellationToken::new();
        let doors = [
            tokio::spawn(accept(tls, Door::Tls, Arc::clone(shared), ended.clone())),
            tokio::spawn(accept(plain, Door::Plain, Arc::clone(shared), ended.clone())),
        ];
        Ok((Listening { ended, doors }, addresses.0, addresses.1))
    }

    async fn end(self) {
        self.ended.cancel();
        for door in self.doors {
            // A door that panicked is closed as well.
            let _ = door.await;
        }
    }
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

async fn accept(listener: TcpListener, door: Door, shared: Arc<Shared>, ended: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = ended.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let shared = Arc::clone(&shared);
        let cut = shared.connections.read().unwrap_or_else(PoisonError::into_inner).clone();
        tokio::spawn(async move {
            tokio::select! {
                () = cut.cancelled() => {}
                () = shared.serve(stream, door) => {}
            }
        });
    }
}

/// What all connections have in common.
#[derive(Debug)]
struct Shared {
    routes: RwLock<Routes>,
    certificates: RwLock<Certificates>,
    behaviour: RwLock<Behaviour>,
    traffic: Mutex<Traffic>,
    /// Cancelled, and exchanged, to end all connections that are open.
    connections: RwLock<CancellationToken>,
}

#[derive(Debug)]
struct Certificates {
    ordinary: Certificate,
    by_name: BTreeMap<String, Certificate>,
}

impl Shared {
    fn new(certificate: Certificate) -> Shared {
        Shared {
            routes: RwLock::default(),
            certificates: RwLock::new(Certificates { ordinary: certificate, by_name: BTreeMap::new() }),
            behaviour: RwLock::default(),
            traffic: Mutex::default(),
            connections: RwLock::default(),
        }
    }

    fn change_routes(&self, change: impl FnOnce(&mut Routes)) {
        change(&mut self.routes.write().unwrap_or_else(PoisonError::into_inner));
    }

    fn count(&self, change: impl FnOnce(&mut Traffic)) {
        change(&mut self.traffic.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn behaviour(&self) -> Behaviour {
        *self.behaviour.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn end_connections(&self) {
        let mut connections = self.connections.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *connections).cancel();
    }

    fn certificate_for(&self, name: &str) -> Certificate {
        let certificates = self.certificates.read().unwrap_or_else(PoisonError::into_inner);
        certificates.by_name.get(name).unwrap_or(&certificates.ordinary).clone()
    }

    /// One connection, until its end. Whoever called sees what went wrong; there is nobody to tell here.
    async fn serve(self: Arc<Shared>, stream: TcpStream, door: Door) {
        if door == Door::Tls {
            self.count(|traffic| traffic.connections += 1);
        }
        match self.behaviour() {
            Behaviour::Close => return,
            Behaviour::Silent => std::future::pending().await,
            Behaviour::Serve | Behaviour::NeverAnswer => {}
        }
        if door == Door::Plain {
            return proxy::serve(self, stream, door).await;
        }
        let Ok(hello) = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await else { return };
        let name = hello.client_hello().server_name().unwrap_or_default().to_ascii_lowercase();
        let certificate = self.certificate_for(&name);
        self.count(|traffic| *traffic.handshakes.entry(name).or_default() += 1);
        let Ok(stream) = hello.into_stream(certificate.server_configuration()).await else { return };
        proxy::serve(self, stream, door).await;
    }
}
