//! TLS for clients that speak none.

use std::net::SocketAddr;

use anyhow::Context;
use rustls::pki_types::ServerName;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

use super::Authority;

/// A port on 127.0.0.1 from which everything is carried by TLS to one load balancer, as for one host. Where the certificate
/// is not trusted, connections to it end without a byte.
#[derive(Debug)]
pub struct Tunnel {
    address: SocketAddr,
    task: AbortHandle,
}

impl Tunnel {
    /// Opens a tunnel to a load balancer, for a client that trusts this authority alone.
    pub async fn open(authority: &Authority, to: SocketAddr, host: &str) -> anyhow::Result<Tunnel> {
        let connector = authority.connector()?;
        let name = ServerName::try_from(host.to_owned()).with_context(|| format!("{host} is not a name"))?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("cannot listen on 127.0.0.1")?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (connector, name) = (connector.clone(), name.clone());
                tokio::spawn(async move {
                    let Ok(far) = TcpStream::connect(to).await else { return };
                    let Ok(mut far) = connector.connect(name, far).await else { return };
                    // Both ends see for themselves how it ended.
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        Ok(Tunnel { address, task: task.abort_handle() })
    }

    /// Where a path of the host is found by plain HTTP; the header `Host` must still name the host.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.task.abort();
    }
}
