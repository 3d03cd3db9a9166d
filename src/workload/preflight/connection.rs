//! From an address to a line on which HTTP is spoken.

use std::net::SocketAddr;

use http::{Request, Response};
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{Duration, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{Call, Certificate, Obstacle, Probe, trust};
use crate::plan::Reason;

/// The most bytes of status and headers.
const HEAD: usize = 64 << 10;

/// One TCP connection with TLS, on which requests go one after the other. It ends with its owner.
pub(super) struct Connection {
    /// Where it goes.
    pub(super) address: SocketAddr,
    /// It has answered before, so the server may since have closed it without meaning anything by it.
    pub(super) used: bool,
    sender: http1::SendRequest<Full<Bytes>>,
    /// Drives the connection; dropping it closes it.
    _driver: JoinSet<()>,
}

impl Connection {
    /// Connects to the first address that takes the connection, and writes down what TLS says of the certificate.
    pub(super) async fn open(
        probe: &Probe,
        call: &Call,
        addresses: &[SocketAddr],
        certificate: &mut Certificate,
    ) -> Result<Self, Obstacle> {
        let (address, stream) = dial(call, addresses, probe.bounds.connect).await?;
        let stream = secure(probe, call, stream, certificate).await?;
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(HEAD)
            .max_header_size(HEAD)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| Obstacle::unknown(Reason::Unreachable, format!("{} is lost: {error}.", call.url())))?;
        let mut driver = JoinSet::new();
        // What goes wrong is told to whoever waits for an answer.
        driver.spawn(async move { drop(connection.await) });
        Ok(Self { address, used: false, sender, _driver: driver })
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Response<Incoming>> {
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        self.used = true;
        Ok(response)
    }
}

/// Tries the addresses in turn.
async fn dial(call: &Call, addresses: &[SocketAddr], patience: Duration) -> Result<(SocketAddr, TcpStream), Obstacle> {
    let mut last = "no address".to_owned();
    for address in addresses {
        last = match timeout(patience, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok((*address, stream)),
            Ok(Err(error)) => format!("{address}: {error}"),
            Err(_) => format!("{address}: no answer within {} seconds", patience.as_secs_f32()),
        };
    }
    Err(Obstacle::unknown(
        Reason::Unreachable,
        format!(
            "{}:{} takes no connection from where the operator runs ({last}), which proves nothing about the gateway: it may be in \
             another VPC or account, or a security group may not let the operator in.",
            call.host, call.port
        ),
    ))
}

async fn secure(
    probe: &Probe,
    call: &Call,
    stream: TcpStream,
    certificate: &mut Certificate,
) -> Result<TlsStream<TcpStream>, Obstacle> {
    let unusable =
        |why: String| Obstacle::unknown(Reason::Unreachable, format!("{} cannot be called: {why}.", call.url()));
    let name = ServerName::try_from(call.name().to_owned()).map_err(|error| unusable(error.to_string()))?;
    let judge = probe.trust.judge(call.any_authority).await?;
    let config = judge.clone().config().map_err(|error| unusable(error.to_string()))?;
    let patience = probe.bounds.secure;
    match timeout(patience, TlsConnector::from(std::sync::Arc::new(config)).connect(name, stream)).await {
        Ok(Ok(stream)) => {
            *certificate = judge.accepted();
            Ok(stream)
        }
        Ok(Err(error)) => {
            let (verdict, obstacle) = trust::judged(&error, call);
            *certificate = verdict;
            Err(obstacle)
        }
        Err(_) => Err(unusable(format!("TLS is not complete within {} seconds", patience.as_secs_f32()))),
    }
}
