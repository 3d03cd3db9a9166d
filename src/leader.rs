//! Who of several replicas is at work: the holder of a Lease.
//!
//! ```text
//!                nobody holds it, or it was unchanged for its whole duration
//!  candidate ─────────────────────────────────────────────────────────────────> leader ──renewed──┐
//!                                                                                │   │  ^         │
//!                             released when its work is done  <──asked to stop───┘   │  └─────────┘
//!                                                                                    │
//!                             end of the process  <──not renewed in time, or taken───┘
//! ```
//!
//! - [`Terms`]: how long things last
//! - `election`: what to do next, pure
//! - `campaign`: doing it
//! - `store`: the Lease in the cluster
//!
//! Everything that changes something is behind a [`Fence`], which is open for as long as this process surely holds the lease. Whoever loses
//! the lease never comes back: the process ends, so that nothing that was begun under the lease goes on.

mod campaign;
mod election;
mod store;
mod terms;

use std::hash::{BuildHasher, RandomState};

use kube::{Client, Config};
use tokio::{sync::watch, task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;

pub use self::terms::Terms;
use self::{
    campaign::Campaign,
    election::Election,
    store::{InCluster, own_client},
};
use crate::{fence::Fence, metrics::Metrics};

/// What a process stands for.
#[derive(Debug, Clone)]
pub struct Candidacy {
    /// The Lease's name.
    pub name: String,
    /// Its namespace; empty: the process's own, which is that of its service account, or of its kubeconfig.
    pub namespace: String,
    /// Who it is, other than anybody else; see [`identity`].
    pub identity: String,
    /// How long things last.
    pub terms: Terms,
}

/// Why a process that led does not any more.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// It could not renew the lease in time.
    #[error("the lease {lease} was not renewed in time ({said}), and another replica may be at work: this one ends")]
    Late {
        /// Namespace and name.
        lease: String,
        /// What was in the way.
        said: String,
    },
    /// Somebody else took it.
    #[error("the lease {lease} was taken by {holder}, which is at work now: this one ends")]
    Taken {
        /// Namespace and name.
        lease: String,
        /// Who has it.
        holder: String,
    },
    /// The election itself ended.
    #[error("the election ended by itself: that is a bug")]
    Bug,
}

/// A process's part in an election. Dropped, it leaves the lease to its end.
#[derive(Debug)]
pub struct Leadership {
    leads: watch::Receiver<bool>,
    campaign: Option<(JoinHandle<Result<(), Lost>>, CancellationToken)>,
}

impl Leadership {
    /// Without an election: whoever runs is at work.
    pub fn unopposed() -> Self {
        Self { leads: watch::channel(true).1, campaign: None }
    }

    /// Stands for a lease from now on. `config` is how the API server is reached, `client` the everyday client, and the fence, which others
    /// ask, is moved from here alone. Requests for the lease are measured.
    ///
    /// # Errors
    ///
    /// The configuration makes no client.
    pub fn seek(
        candidacy: &Candidacy,
        config: &Config,
        client: Client,
        fence: Fence,
        metrics: &Metrics,
    ) -> kube::Result<Self> {
        let Candidacy { name, namespace, identity, terms } = candidacy;
        let namespace = if namespace.is_empty() { &config.default_namespace } else { namespace };
        let own = own_client(config, terms, metrics)?;
        let store = InCluster::new(own, client, namespace, name);
        let (leads, led) = watch::channel(false);
        let release = CancellationToken::new();
        let campaign = Campaign {
            store,
            election: Election::new(name, identity, *terms, random(), Instant::now()),
            limit: terms.request_limit(),
            fence,
            leads,
            lease: format!("{namespace}/{name}"),
            said: String::new(),
        };
        Ok(Self { leads: led, campaign: Some((tokio::spawn(campaign.run(release.clone())), release)) })
    }

    /// Whether this process leads, now and from now on: for metrics, and for those who wait for it.
    pub fn leads(&self) -> watch::Receiver<bool> {
        self.leads.clone()
    }

    /// Waits until leadership is lost, which may be never.
    pub async fn lost(&mut self) -> Lost {
        match &mut self.campaign {
            None => std::future::pending().await,
            Some((campaign, _)) => match campaign.await {
                Ok(Err(lost)) => lost,
                Ok(Ok(())) | Err(_) => Lost::Bug,
            },
        }
    }

    /// Gives the lease back, when there is nothing any more that this process would do.
    pub async fn release(self) {
        if let Some((campaign, release)) = self.campaign {
            release.cancel();
            // It ends in time, for every request of it does; a panic has been told by then.
            let _ = campaign.await;
        }
    }
}

/// Who this process is: the pod's name where the pod tells it (`POD_NAME`), so that a container that is started again in its pod takes its
/// own lease at once: what its predecessor left on the way is met by tokens and by looking first, as after any crash. Elsewhere the name of the host and something random, since a host may run several.
pub fn identity() -> String {
    match std::env::var("POD_NAME") {
        Ok(pod) if !pod.is_empty() => pod,
        Ok(_) | Err(_) => {
            let host = hostname::get().unwrap_or_default();
            format!("{}_{:016x}", host.to_string_lossy(), random())
        }
    }
}

/// A number that no other process has, from what the operating system gives every process anew.
fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

#[cfg(test)]
mod tests;
