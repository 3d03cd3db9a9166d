//! Which controllers there are, what wakes each, the sweep, health and shutdown.
//!
//! ```text
//!  API server ──watch──> copies ──> wakes ──┐
//!                                           ├──> queue ──> reconcile (one object, never twice at once)
//!  AWS ────────sweep───> lists ───> wakes ──┘
//! ```
//!
//! A watch wakes the object itself, and those who rely on it when what it offers changed. The sweep wakes objects that AWS lists otherwise
//! than before. A scrape of the metrics counts the copies (`census`).

mod census;
mod discovery;
mod health;
mod same_cluster;
mod sweep;
mod wakes;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use futures::StreamExt;
use ipnet::IpNet;
use k8s_openapi::api::{
    core::v1::{ConfigMap, Namespace},
    networking::v1::ServiceCIDR,
};
use kube::{
    Api, Client, Config, Resource, ResourceExt,
    api::ListParams,
    client::ClientBuilder,
    core::{DeserializeGuard, NamespaceResourceScope, PartialObjectMeta},
    runtime::{
        applier,
        controller::{self, ReconcileRequest},
        reflector::{Store, store},
        watcher,
    },
};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

pub use self::health::Health;
use self::{
    census::Census,
    discovery::{Bell, Discovery},
    wakes::{Queue, Wakes},
};
use crate::{
    aws::{Aws, Rates},
    cluster::{
        CONNECTION_LABEL, Cluster, MANAGER, Stores, foreign,
        requests::Requests,
        stores::{Change, Watch, follow},
    },
    kinds::{Managed, Settings, World},
    metrics::Metrics,
    reconcile::{self, Context, look_again, memory::Memory},
    workload::{
        discovery::breaker::Halts,
        facts::Facts,
        offers::Offers,
        preflight::{Allowance, Bounds, Call, Guard, IsService, Preflights, Probe, Resolution, Trust},
        rollout::Rollouts,
    },
};

/// What the operator is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// What kinds and loop are told.
    pub settings: Settings,
    /// The namespaces to watch; empty: all.
    pub namespaces: Vec<String>,
    /// Whether annotated objects become targets. If not, no target is made, and those that were made before stay as they are.
    pub discovery: bool,
    /// How fast AWS is asked.
    pub rates: Rates,
    /// Where `/healthz` and `/readyz` are served.
    pub health: SocketAddr,
    /// Where `/metrics` is served; `None`: nowhere.
    pub metrics: Option<SocketAddr>,
    /// What may be called although only a spec names it, or although its address is of a refused kind.
    pub preflight_allow: Vec<Allowance>,
    /// Where the operator itself finds hosts that it cannot resolve.
    pub resolve: Vec<Resolution>,
}

/// Runs the operator until it is told to stop.
///
/// # Errors
///
/// It cannot start: no Kubernetes configuration, an address that cannot be served, or the name of another cluster than the one that made what
/// is there.
pub async fn run(mut options: Options, stop: CancellationToken) -> anyhow::Result<()> {
    let health = Health::default();
    let serving =
        health.serve(options.health).await.with_context(|| format!("cannot serve health at {}", options.health))?;
    tokio::spawn(serving);
    let metrics = Metrics::default();
    if let Some(address) = options.metrics {
        tokio::spawn(metrics.serve(address).await.with_context(|| format!("cannot serve metrics at {address}"))?);
    }
    let client = kubernetes(&metrics).await.context("no usable Kubernetes configuration")?;
    if options.settings.cluster_name.is_empty() {
        let uid = patiently(&stop, "the uid of namespace kube-system", || cluster_uid(&client)).await;
        let Some(uid) = uid else { return Ok(()) };
        options.settings.cluster_name = uid;
    }
    let aws = patiently(&stop, "AWS's answer who the operator is", || Aws::connect(options.rates, &metrics)).await;
    let Some(aws) = aws else { return Ok(()) };
    let account = aws.account();
    tracing::info!(cluster = options.settings.cluster_name, account = account.id, region = account.region, "starting");
    same_cluster::check(&client, &options.namespaces, &aws, &options.settings.cluster_name).await?;
    let networks = service_networks(&client).await;
    Operator::new(&options, client, aws, networks, metrics).run(&health, stop).await
}

/// The client, with a name of its own: managedFields and audit logs should say who wrote.
async fn kubernetes(metrics: &Metrics) -> anyhow::Result<Client> {
    let mut config = Config::infer().await?;
    // As long as a watch may be silent, and a little more: a connection that hangs for longer is dead.
    config.read_timeout = Some(Duration::from_mins(5));
    config.write_timeout = Some(Duration::from_secs(30));
    config.headers.push((http::header::USER_AGENT, http::HeaderValue::from_static(MANAGER)));
    Ok(ClientBuilder::try_from(config)?.with_layer(&Requests(metrics.clone())).build())
}

async fn cluster_uid(client: &Client) -> Result<String, kube::Error> {
    let namespace = Api::<Namespace>::all(client.clone()).get_metadata("kube-system").await?;
    Ok(namespace.uid().unwrap_or_default())
}

/// Tries until it works: at start neither Kubernetes nor AWS need be there yet, and a crash loop would help nobody. `None`: the operator is
/// to stop.
async fn patiently<T, E, F>(stop: &CancellationToken, what: &str, attempt: impl Fn() -> F) -> Option<T>
where
    E: std::fmt::Display,
    F: Future<Output = Result<T, E>>,
{
    let mut pause = Duration::from_millis(500);
    loop {
        let tried = tokio::select! {
            tried = attempt() => tried,
            () = stop.cancelled() => return None,
        };
        match tried {
            Ok(value) => return Some(value),
            Err(error) => tracing::warn!(%error, "waiting for {what}"),
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(30)),
            () = stop.cancelled() => return None,
        }
    }
}

/// Everything that runs.
struct Operator {
    namespaces: Vec<String>,
    discovery: bool,
    client: Client,
    context: Arc<Context>,
    wakes: Wakes,
    queues: wakes::Queues,
    writers: Writers,
    /// Looks at servers that ended.
    looks: mpsc::UnboundedReceiver<Call>,
}

/// The writing ends of the copies.
struct Writers {
    gateways: store::Writer<DeserializeGuard<crate::api::Gateway>>,
    targets: store::Writer<DeserializeGuard<crate::api::GatewayTarget>>,
    resource_gateways: store::Writer<DeserializeGuard<crate::api::ResourceGateway>>,
    resource_configurations: store::Writer<DeserializeGuard<crate::api::ResourceConfiguration>>,
    namespaces: store::Writer<PartialObjectMeta<Namespace>>,
    config_maps: store::Writer<ConfigMap>,
    documents: store::Writer<PartialObjectMeta<ConfigMap>>,
    services: store::Writer<foreign::Service>,
    ingresses: store::Writer<foreign::Ingress>,
    http_routes: store::Writer<foreign::HttpRoute>,
    route_parents: store::Writer<foreign::RouteParent>,
    reference_grants: store::Writer<foreign::ReferenceGrant>,
    deployments: store::Writer<foreign::Deployment>,
    stateful_sets: store::Writer<foreign::StatefulSet>,
    daemon_sets: store::Writer<foreign::DaemonSet>,
}

impl Operator {
    fn new(options: &Options, client: Client, aws: Aws, networks: Vec<IpNet>, metrics: Metrics) -> Self {
        let writers = Writers {
            gateways: store::Writer::default(),
            targets: store::Writer::default(),
            resource_gateways: store::Writer::default(),
            resource_configurations: store::Writer::default(),
            namespaces: store::Writer::default(),
            config_maps: store::Writer::default(),
            documents: store::Writer::default(),
            services: store::Writer::default(),
            ingresses: store::Writer::default(),
            http_routes: store::Writer::default(),
            route_parents: store::Writer::default(),
            reference_grants: store::Writer::default(),
            deployments: store::Writer::default(),
            stateful_sets: store::Writer::default(),
            daemon_sets: store::Writer::default(),
        };
        let stores = Stores {
            gateways: writers.gateways.as_reader(),
            targets: writers.targets.as_reader(),
            resource_gateways: writers.resource_gateways.as_reader(),
            resource_configurations: writers.resource_configurations.as_reader(),
            namespaces: writers.namespaces.as_reader(),
            config_maps: writers.config_maps.as_reader(),
            documents: writers.documents.as_reader(),
            services: writers.services.as_reader(),
            ingresses: writers.ingresses.as_reader(),
            http_routes: writers.http_routes.as_reader(),
            route_parents: writers.route_parents.as_reader(),
            reference_grants: writers.reference_grants.as_reader(),
            deployments: writers.deployments.as_reader(),
            stateful_sets: writers.stateful_sets.as_reader(),
            daemon_sets: writers.daemon_sets.as_reader(),
        };
        metrics.ask(Census { stores: stores.clone(), aws: aws.clone() });
        let (wakes, queues) = Wakes::new(stores.clone());
        let cluster = Cluster::new(client.clone(), stores);
        let (ended, looks) = mpsc::unbounded_channel();
        let guard =
            Guard::new(options.preflight_allow.clone(), options.resolve.clone(), is_service(&cluster, networks));
        let probe = Probe { guard, trust: Trust::system(), bounds: Bounds::default() };
        let world = World {
            cluster,
            aws,
            settings: Arc::new(options.settings.clone()),
            facts: Facts::default(),
            preflights: Preflights::new(probe, ended),
            rollouts: Rollouts::default(),
            halts: Halts::default(),
            offers: Offers::default(),
            asked: false,
        };
        let context = Arc::new(Context { world, memory: Memory::default(), metrics });
        let (namespaces, discovery) = (options.namespaces.clone(), options.discovery);
        Self { namespaces, discovery, client, context, wakes, queues, writers, looks }
    }

    async fn run(self, health: &Health, stop: CancellationToken) -> anyhow::Result<()> {
        let Self { namespaces, discovery, client, context, wakes, queues, writers, mut looks } = self;
        let stores = context.world.cluster.stores().clone();
        let plain = watcher::Config::default();
        // Each of these runs for ever. One that ends has met a bug, and then nothing that is shown could be relied on any more.
        let mut forever = JoinSet::new();
        let bell = Bell::default();

        macro_rules! follow_kind {
            ($field:ident $(, $ear:ident)?) => {{
                let (wakes, context) = (wakes.clone(), Arc::clone(&context));
                let mut offers = wakes::Offers::default();
                $(let mut $ear = bell.ear();)?
                let watches = scoped(&client, &namespaces, |api| watcher(api, plain.clone()));
                forever.spawn(follow(watches, writers.$field, move |object, change| {
                    if change == Change::Gone {
                        context.gone(object);
                    }
                    wakes.$field(object, change, &context.memory, &mut offers);
                    $($ear.hear(object, change);)?
                }));
            }};
        }
        follow_kind!(gateways, ear);
        follow_kind!(targets, ear);
        follow_kind!(resource_gateways);
        follow_kind!(resource_configurations);

        let namespace_events = watcher(Api::<PartialObjectMeta<Namespace>>::all(client.clone()), plain.clone());
        let of_all = vec![Watch { namespace: None, events: namespace_events }];
        let (for_namespaces, mut labels, mut ear) = (wakes.clone(), wakes::Offers::default(), bell.ear());
        forever.spawn(follow(of_all, writers.namespaces, move |namespace, change| {
            for_namespaces.namespaces(namespace, change, &mut labels);
            ear.hear(namespace, change);
        }));
        let ours = watcher::Config::default().labels(&format!("{CONNECTION_LABEL}=true"));
        let for_config_maps = wakes.clone();
        let connections = scoped(&client, &namespaces, |api| watcher(api, ours.clone()));
        forever.spawn(follow(connections, writers.config_maps, move |map, change| {
            for_config_maps.config_maps(map, change);
        }));

        macro_rules! follow_foreign {
            ($field:ident: $kind:ty $(, $ear:ident)?) => {{
                let (wakes, mut offers) = (wakes.clone(), wakes::Offers::default());
                $(let mut $ear = bell.ear();)?
                let watches = scoped(&client, &namespaces, |api: Api<$kind>| watcher(api, plain.clone()));
                forever.spawn(follow(watches, writers.$field, move |object, change| {
                    wakes.$field(object, change, &mut offers);
                    $($ear.hear(object, change);)?
                }));
            }};
        }
        follow_foreign!(documents: PartialObjectMeta<ConfigMap>);
        follow_foreign!(services: foreign::Service, ear);
        follow_foreign!(ingresses: foreign::Ingress, ear);
        follow_foreign!(http_routes: foreign::HttpRoute, ear);
        follow_foreign!(route_parents: foreign::RouteParent);
        follow_foreign!(reference_grants: foreign::ReferenceGrant);
        follow_foreign!(deployments: foreign::Deployment);
        follow_foreign!(stateful_sets: foreign::StatefulSet);
        follow_foreign!(daemon_sets: foreign::DaemonSet);

        tokio::select! {
            () = stores.wait_until_ready() => {}
            () = stop.cancelled() => return Ok(()),
            _ = forever.join_next() => anyhow::bail!("a watch ended by itself: that is a bug"),
        }
        tracing::info!("caches are in sync");
        health.set_ready();
        if discovery {
            forever.spawn(Discovery::new(context.world.clone(), wakes.clone(), bell).run());
        }
        let for_looks = wakes.clone();
        forever.spawn(async move {
            while let Some(call) = looks.recv().await {
                for_looks.looked(&call.url());
            }
        });
        forever.spawn(sweep::run(Arc::clone(&context), wakes));
        let (stopping, aws) = (stop.clone(), context.world.aws.clone());
        tokio::spawn(async move {
            stopping.cancelled().await;
            aws.stop();
        });
        let controllers = async {
            tokio::join!(
                control(stores.gateways, queues.gateways, &context, &stop),
                control(stores.targets, queues.targets, &context, &stop),
                control(stores.resource_gateways, queues.resource_gateways, &context, &stop),
                control(stores.resource_configurations, queues.resource_configurations, &context, &stop),
            )
        };
        tokio::select! {
            _ = controllers => {}
            _ = forever.join_next() => anyhow::bail!("a watch, discovery or the sweep ended by itself: that is a bug"),
        }
        tracing::info!("stopped");
        Ok(())
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

/// Watches of one kind: one of all namespaces, or one per namespace.
fn scoped<K, Events>(client: &Client, namespaces: &[String], begin: impl Fn(Api<K>) -> Events) -> Vec<Watch<Events>>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
{
    let of = |namespace: Option<String>| {
        let api = match &namespace {
            Some(namespace) => Api::namespaced(client.clone(), namespace),
            None => Api::all(client.clone()),
        };
        Watch { namespace, events: begin(api) }
    };
    if namespaces.is_empty() { vec![of(None)] } else { namespaces.iter().cloned().map(Some).map(of).collect() }
}

/// Visits what is queued until the operator stops; visits that were begun are finished.
async fn control<K: Managed>(
    store: Store<DeserializeGuard<K>>,
    queue: Queue<K>,
    context: &Arc<Context>,
    stop: &CancellationToken,
) {
    context.metrics.controller(&reconcile::controller::<K>(), context.world.settings.concurrency);
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
