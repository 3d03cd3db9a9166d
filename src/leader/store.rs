//! Where the lease is kept.

use futures::{StreamExt, future::ready, stream::BoxStream};
use k8s_openapi::api::coordination::v1::Lease;
use kube::{
    Api, Client, Config,
    api::PostParams,
    runtime::{WatchStreamExt, watcher::watch_object},
};

use super::Terms;
use crate::{cluster::requests::measured, metrics::Metrics};

/// Where the lease is kept: compare and swap, and a watch.
pub(super) trait Store: Send + Sync + 'static {
    /// The lease; `None` when there is none.
    fn read(&self) -> impl Future<Output = Result<Option<Lease>, Failure>> + Send;

    /// Creates the lease when it names no `resourceVersion`, else replaces the one that it names and no other. Answers what is stored then.
    fn write(&self, lease: Lease) -> impl Future<Output = Result<Lease, Failure>> + Send;

    /// The lease whenever it changes, perhaps late, perhaps not at all: a hint that saves waiting, and nothing to rely on. Never ends.
    fn changes(&self) -> BoxStream<'static, Option<Lease>>;
}

/// Why the lease was not read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// Somebody wrote, made or removed it meanwhile, says the API server.
    Moved(String),
    /// Something else. It may have been written all the same.
    Unknown(String),
}

/// A Lease in the cluster.
pub(super) struct InCluster {
    /// With connections of its own, and short times: nothing else that the operator does holds a renewal up.
    leases: Api<Lease>,
    /// For the watch, which may be silent for long.
    watched: Api<Lease>,
    name: String,
}

impl InCluster {
    /// The lease of this name. `own` is a client for it alone, `client` the everyday one.
    pub(super) fn new(own: Client, client: Client, namespace: &str, name: &str) -> Self {
        Self {
            leases: Api::namespaced(own, namespace),
            watched: Api::namespaced(client, namespace),
            name: name.to_owned(),
        }
    }
}

/// A client for the lease alone. `config` is how the operator reaches the API server.
pub(super) fn own_client(config: &Config, terms: &Terms, metrics: &Metrics) -> kube::Result<Client> {
    let limit = Some(terms.request_limit());
    let mut config = config.clone();
    (config.connect_timeout, config.read_timeout, config.write_timeout) = (limit, limit, limit);
    // The client would wait for as long as the server says (429 with Retry-After), which may be past the deadline.
    config.default_retry = false;
    Ok(measured(config, metrics)?.build())
}

impl Store for InCluster {
    async fn read(&self) -> Result<Option<Lease>, Failure> {
        self.leases.get_opt(&self.name).await.map_err(|error| Failure::Unknown(error.to_string()))
    }

    async fn write(&self, lease: Lease) -> Result<Lease, Failure> {
        let replaces = lease.metadata.resource_version.is_some();
        let parameters = PostParams::default();
        let written = if replaces {
            self.leases.replace(&self.name, &parameters, &lease).await
        } else {
            self.leases.create(&parameters, &lease).await
        };
        written.map_err(|error| {
            let is_moved = matches!(&error, kube::Error::Api(answer) if {
                // Of what is created, "not found" is its namespace, and looking again does not help.
                answer.is_conflict() || answer.is_already_exists() || (replaces && answer.is_not_found())
            });
            if is_moved { Failure::Moved(error.to_string()) } else { Failure::Unknown(error.to_string()) }
        })
    }

    fn changes(&self) -> BoxStream<'static, Option<Lease>> {
        // Whatever breaks is taken up again, slower and slower; meanwhile there are the looks.
        watch_object(self.watched.clone(), &self.name).default_backoff().filter_map(|seen| ready(seen.ok())).boxed()
    }
}
