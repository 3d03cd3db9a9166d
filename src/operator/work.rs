//! What the leader does: discovery, the sweep, and the controllers.

use std::{net::IpAddr, sync::Arc, time::Duration};

use futures::StreamExt;
use ipnet::IpNet;
use k8s_openapi::api::networking::v1::ServiceCIDR;
use kube::{
    Api, Client,
    api::ListParams,
    core::DeserializeGuard,
    runtime::{
        applier,
        controller::{self, ReconcileRequest},
        reflector::Store,
    },
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    Ended, Options,
    census::Census,
    copies::{Copies, Learnt},
    discovery::Discovery,
    sweep,
    wakes::Queue,
};
use crate::{
    aws::Aws,
    cluster::{Cluster, foreign},
    kinds::{Managed, World},
    metrics::Metrics,
    reconcile::{self, Context, look_again},
    workload::{
        discovery::breaker::Halts,
        preflight::{Bounds, Call, Guard, IsService, Preflights, Probe, Trust},
    },
};

/// How long visits that were begun may take to come to their end once the operator is asked to stop. Shorter than the 30 seconds that
/// Kubernetes gives a pod, with time to release the lease.
const GRACE: Duration = Duration::from_secs(20);

/// Everything that a leader needs besides the copies.
pub(super) struct Work {
    context: Arc<Context>,
    /// Looks at servers that ended.
    looks: mpsc::UnboundedReceiver<Call>,
    discovery: bool,
}

impl Work {
    /// As these options say, on these copies, in this AWS.
    pub(super) async fn new(options: &Options, client: Client, aws: Aws, copies: &Copies, metrics: &Metrics) -> Self {
        let networks = service_networks(&client).await;
        let cluster = Cluster::new(client, copies.stores.clone());
        let (ended, looks) = mpsc::unbounded_channel();
        let guard =
            Guard::new(options.preflight_allow.clone(), options.resolve.clone(), is_service(&cluster, networks));
        let probe = Probe { guard, trust: Trust::system(), bounds: Bounds::default() };
        metrics.ask(Census { stores: copies.stores.clone(), aws: aws.clone() });
        let Learnt { memory, facts, rollouts, offers, metrics: counted } = copies.learnt.clone();
        counted.get_or_init(|| metrics.clone());
        let world = World {
            cluster,
            aws,
            settings: Arc::new(options.settings.clone()),
            facts,
            preflights: Preflights::new(probe, ended),
            rollouts,
            halts: Halts::default(),
            offers,
            asked: false,
        };
        let context = Arc::new(Context { world, memory, metrics: metrics.clone() });
        Self { context, looks, discovery: options.discovery }
    }

    /// Visits every object once, and again whenever something asks for it, until the operator is to stop. Then nothing new is begun, and
    /// what was begun is finished, or given up after a while.
    pub(super) async fn run(self, copies: Copies, stop: &CancellationToken) -> anyhow::Result<Ended> {
        let Self { context, mut looks, discovery } = self;
        let Copies { stores, wakes, queues, bell, mut forever, .. } = copies;
        if discovery {
            forever.spawn(Discovery::new(context.world.clone(), wakes.clone(), bell).run());
        }
        let for_looks = wakes.clone();
        forever.spawn(async move {
            while let Some(call) = looks.recv().await {
                for_looks.looked(&call.url());
            }
        });
        forever.spawn(sweep::run(Arc::clone(&context), wakes.clone()));
        wakes.begin();
        let controllers = async {
            tokio::join!(
                control(stores.gateways, queues.gateways, &context, stop),
                control(stores.targets, queues.targets, &context, stop),
                control(stores.resource_gateways, queues.resource_gateways, &context, stop),
                control(stores.resource_configurations, queues.resource_configurations, &context, stop),
            )
        };
        let patience = async {
            stop.cancelled().await;
            context.world.aws.stop();
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            _ = controllers => Ok(Ended::Whole),
            () = patience => Ok(Ended::Halfway),
            _ = forever.join_next() => anyhow::bail!("a watch, discovery or the sweep ended by itself: that is a bug"),
        }
    }
}

/// The networks that Services have their addresses from, as far as the cluster tells: it does from version 1.33 on, to those who may ask.
async fn service_networks(client: &Client) -> Vec<IpNet> {
    let told = Api::<ServiceCIDR>::all(client.clone()).list(&ListParams::default()).await;
    let told = match told {
        Ok(list) => list.items,
        Err(error) => {
            tracing::info!(%error, "the networks of Services are not known; only watched Services are told from load balancers");
            Vec::new()
        }
    };
    told.into_iter().filter_map(|network| network.spec?.cidrs).flatten().filter_map(|cidr| cidr.parse().ok()).collect()
}

/// Whether an address is that of a Service in the cluster: nothing behind one is called as if it were a load balancer.
fn is_service(cluster: &Cluster, networks: Vec<IpNet>) -> IsService {
    let services = cluster.stores().services.clone();
    Arc::new(move |address| {
        let is_its = |service: &Arc<foreign::Service>| {
            service.spec.cluster_ips.iter().any(|own| own.parse::<IpAddr>().is_ok_and(|own| own == address))
        };
        networks.iter().any(|network| network.contains(&address)) || services.state().iter().any(is_its)
    })
}

/// Visits what is queued until the operator stops; visits that were begun are finished.
async fn control<K: Managed>(
    store: Store<DeserializeGuard<K>>,
    queue: Queue<K>,
    context: &Arc<Context>,
    stop: &CancellationToken,
) {
    context.metrics.controller(&reconcile::controller::<K>(), &K::kind(&()), context.world.settings.concurrency);
    let stopping = stop.clone();
    let queue = queue
        .take_until(async move { stopping.cancelled().await })
        .map(Ok::<ReconcileRequest<_>, std::convert::Infallible>);
    // A short pause gathers what comes in a burst: a spec with its namespace, a status with a wake from the sweep.
    let config = controller::Config::default()
        .concurrency(context.world.settings.concurrency)
        .debounce(Duration::from_millis(20));
    applier(
        |object, context| Box::pin(reconcile::reconcile::<K>(object, context)),
        look_again::<K>,
        Arc::clone(context),
        store,
        queue,
        config,
    )
    .for_each(|visited| async {
        match visited {
            Ok(_) | Err(controller::Error::ReconcilerFailed(..) | controller::Error::ObjectNotFound(_)) => {}
            Err(error @ (controller::Error::QueueError(_) | controller::Error::RunnerError(_))) => {
                tracing::warn!(kind = %K::kind(&()), %error, "the queue of visits");
            }
        }
    })
    .await;
}
