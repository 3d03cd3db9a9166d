//! A wire between an operator and the API server that can be cut.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A wire that carries everything until it is cut. Then nothing arrives any more, and nobody is told: connections stay open.
pub(super) struct Wire {
    address: String,
    cut: watch::Sender<bool>,
}

impl Wire {
    /// Leads to this address.
    pub(super) async fn to(address: &str) -> anyhow::Result<Wire> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let wire = Wire { address: listener.local_addr()?.to_string(), cut: watch::channel(false).0 };
        let (cut, address) = (wire.cut.subscribe(), address.to_owned());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, address.clone(), cut.clone()));
            }
        });
        Ok(wire)
    }

    /// Nothing is carried from now on.
    pub(super) fn cut(&self) {
        self.cut.send_replace(true);
    }

    /// The kubeconfig, by way of a new wire.
    pub(super) async fn into_kubeconfig(kubeconfig: &Path) -> anyhow::Result<(Wire, PathBuf)> {
        let mut content: Value = serde_json::from_slice(&std::fs::read(kubeconfig)?)?;
        let server = &mut content["clusters"][0]["cluster"]["server"];
        let address = server.as_str().and_then(|url| url.strip_prefix("https://")).context("no https server")?;
        let wire = Wire::to(address).await?;
        *server = format!("https://{}", wire.address).into();
        let rewired = kubeconfig.with_extension("rewired");
        std::fs::write(&rewired, serde_json::to_vec(&content)?)?;
        Ok((wire, rewired))
    }
}

async fn carry(mut near: TcpStream, address: String, mut cut: watch::Receiver<bool>) {
    let carrying = async {
        let Ok(mut far) = TcpStream::connect(address).await else { return };
        // However it ends, both ends are closed.
        let _ = copy_bidirectional(&mut near, &mut far).await;
    };
    tokio::pin!(carrying);
    let was_cut = tokio::select! {
        biased;
        was_cut = cut.wait_for(|cut| *cut) => was_cut.is_ok(),
        () = &mut carrying => false,
    };
    if was_cut {
        // Held open, and silent, for as long as the test runs.
        std::future::pending::<()>().await;
    }
}
