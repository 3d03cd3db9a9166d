//! The copies of what the cluster has, and whom their changes wake. Leaders and those who stand by keep them alike, so that who takes over
//! begins at once.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::{
    Api, Client, Resource, ResourceExt,
    core::{DeserializeGuard, NamespaceResourceScope, PartialObjectMeta},
    runtime::{reflector::store, watcher},
};
use tokio::task::JoinSet;

use super::{
    discovery::Bell,
    wakes::{self, Queues, Wakes},
};
use crate::{
    api::{Gateway, GatewayTarget, ResourceConfiguration, ResourceGateway},
    cluster::{
        CONNECTION_LABEL, Stores, foreign,
        stores::{Change, Origin, Watch, follow},
    },
    kinds::Managed,
    metrics::Metrics,
    reconcile::memory::Memory,
    workload::{facts::Facts, offers::Offers, rollout::Rollouts},
};

/// The copies, and what keeps them.
pub(super) struct Copies {
    pub(super) stores: Stores,
    pub(super) wakes: Wakes,
    pub(super) queues: Queues,
    pub(super) bell: Bell,
    pub(super) learnt: Learnt,
    /// Each of these runs for ever. One that ends has met a bug, and then nothing that is shown could be relied on any more.
    pub(super) forever: JoinSet<()>,
}

/// What is learnt of objects, and forgotten when they are gone. Clones share everything.
#[derive(Clone, Default)]
pub(super) struct Learnt {
    pub(super) memory: Memory,
    pub(super) facts: Facts,
    pub(super) rollouts: Rollouts,
    pub(super) offers: Offers,
    /// Where ends of objects are counted, once this process leads: several replicas see each of them.
    pub(super) metrics: Arc<OnceLock<Metrics>>,
}

impl Learnt {
    /// Forgets an object that is gone, and notes how long it took to go. The memory is left alone: whoever is woken by the end of an object
    /// clears it.
    fn gone<K: Managed>(&self, object: &DeserializeGuard<K>) {
        let uid = object.uid().unwrap_or_default();
        self.facts.forget(&uid);
        self.rollouts.forget(&uid);
        self.offers.forget(&uid);
        if let (Some(metrics), Some(deleted)) = (self.metrics.get(), &object.meta().deletion_timestamp) {
            let took = Timestamp::now().duration_since(deleted.0);
            metrics.terminated(&K::kind(&()), Duration::try_from(took).unwrap_or_default());
        }
    }
}

/// The writing ends of the copies.
struct Writers {
    gateways: store::Writer<DeserializeGuard<Gateway>>,
    targets: store::Writer<DeserializeGuard<GatewayTarget>>,
    resource_gateways: store::Writer<DeserializeGuard<ResourceGateway>>,
    resource_configurations: store::Writer<DeserializeGuard<ResourceConfiguration>>,
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

impl Copies {
    /// Follows these namespaces from now on; none: all.
    pub(super) fn follow(client: &Client, namespaces: &[String]) -> Self {
        let (writers, stores) = ends();
        let (wakes, queues) = Wakes::new(stores.clone());
        let mut copies =
            Self { stores, wakes, queues, bell: Bell::default(), learnt: Learnt::default(), forever: JoinSet::new() };
        copies.keep(client, namespaces, writers);
        copies
    }

    fn keep(&mut self, client: &Client, namespaces: &[String], writers: Writers) {
        let Self { wakes, bell, learnt, forever, .. } = self;
        let plain = watcher::Config::default();

        macro_rules! follow_kind {
            ($field:ident $(, $ear:ident)?) => {{
                let (wakes, learnt) = (wakes.clone(), learnt.clone());
                let mut offers = wakes::Offers::default();
                $(let mut $ear = bell.ear();)?
                let watches = scoped(client, namespaces, |api| watcher(api, plain.clone()));
                forever.spawn(follow(Origin::Own, watches, writers.$field, move |object, change| {
                    if change == Change::Gone {
                        learnt.gone(object);
                    }
                    wakes.$field(object, change, &learnt.memory, &mut offers);
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
        forever.spawn(follow(Origin::Foreign, of_all, writers.namespaces, move |namespace, change| {
            for_namespaces.namespaces(namespace, change, &mut labels);
            ear.hear(namespace, change);
        }));
        let ours = watcher::Config::default().labels(&format!("{CONNECTION_LABEL}=true"));
        let for_config_maps = wakes.clone();
        let connections = scoped(client, namespaces, |api| watcher(api, ours.clone()));
        forever.spawn(follow(Origin::Foreign, connections, writers.config_maps, move |map, change| {
            for_config_maps.config_maps(map, change);
        }));

        macro_rules! follow_foreign {
            ($field:ident: $kind:ty $(, $ear:ident)?) => {{
                let (wakes, mut offers) = (wakes.clone(), wakes::Offers::default());
                $(let mut $ear = bell.ear();)?
                let watches = scoped(client, namespaces, |api: Api<$kind>| watcher(api, plain.clone()));
                forever.spawn(follow(Origin::Foreign, watches, writers.$field, move |object, change| {
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
    }
}

/// Both ends of every copy.
fn ends() -> (Writers, Stores) {
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
    (writers, stores)
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
