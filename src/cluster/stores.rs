//! The watches and their copies: one watch per kind, shared by all who want to know.

use std::{collections::HashSet, fmt::Debug, sync::Arc};

use futures::{Stream, StreamExt, stream::select_all};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::{
    Resource, ResourceExt,
    api::ObjectMeta,
    core::{DeserializeGuard, PartialObjectMeta},
    runtime::{
        WatchStreamExt,
        reflector::{ObjectRef, Store, store::Writer},
        watcher,
    },
};

pub use super::unserved::Origin;
use super::{
    foreign::{DaemonSet, Deployment, HttpRoute, Ingress, ReferenceGrant, RouteParent, Service, StatefulSet},
    unserved::{Unserved, is_not_served, is_not_served_any_more},
};
use crate::api::{Gateway, GatewayTarget, ResourceConfiguration, ResourceGateway};

/// A copy that holds unreadable objects, too: one of them must not stop the others.
pub type Guarded<K> = Store<DeserializeGuard<K>>;

/// Copies of everything watched.
#[derive(Clone)]
pub struct Stores {
    /// Gateways.
    pub gateways: Guarded<Gateway>,
    /// Targets.
    pub targets: Guarded<GatewayTarget>,
    /// Resource gateways.
    pub resource_gateways: Guarded<ResourceGateway>,
    /// Resource configurations.
    pub resource_configurations: Guarded<ResourceConfiguration>,
    /// Namespaces: only their metadata.
    pub namespaces: Store<PartialObjectMeta<Namespace>>,
    /// The ConfigMaps that the operator writes, and no others.
    pub config_maps: Store<ConfigMap>,
    /// All ConfigMaps, only their metadata: which of them hold documents, targets say.
    pub documents: Store<PartialObjectMeta<ConfigMap>>,
    /// Services.
    pub services: Store<Service>,
    /// Ingresses.
    pub ingresses: Store<Ingress>,
    /// HTTPRoutes; empty where the Gateway API is not installed.
    pub http_routes: Store<HttpRoute>,
    /// What HTTPRoutes attach to; empty where the Gateway API is not installed.
    pub route_parents: Store<RouteParent>,
    /// Who may refer to what; empty where the Gateway API is not installed.
    pub reference_grants: Store<ReferenceGrant>,
    /// Deployments.
    pub deployments: Store<Deployment>,
    /// StatefulSets.
    pub stateful_sets: Store<StatefulSet>,
    /// DaemonSets.
    pub daemon_sets: Store<DaemonSet>,
}

/// A kind of somebody else's that is watched.
pub trait Followed: Resource<DynamicType = ()> + Clone + 'static {
    /// Its copy.
    fn copy(stores: &Stores) -> &Store<Self>;
}

macro_rules! followed {
    ($($kind:ty => $field:ident),+ $(,)?) => {
        $(impl Followed for $kind {
            fn copy(stores: &Stores) -> &Store<Self> {
                &stores.$field
            }
        })+
    };
}
followed! {
    Service => services,
    Ingress => ingresses,
    HttpRoute => http_routes,
    RouteParent => route_parents,
    ReferenceGrant => reference_grants,
    Deployment => deployments,
    StatefulSet => stateful_sets,
    DaemonSet => daemon_sets,
}

/// A kind that is watched.
pub trait Stored: Resource<DynamicType = ()> + Clone + 'static {
    /// Its copy.
    fn store(stores: &Stores) -> &Guarded<Self>;
}

macro_rules! stored {
    ($($kind:ty => $field:ident),+ $(,)?) => {
        $(impl Stored for $kind {
            fn store(stores: &Stores) -> &Guarded<Self> {
                &stores.$field
            }
        })+
    };
}
stored! {
    Gateway => gateways,
    GatewayTarget => targets,
    ResourceGateway => resource_gateways,
    ResourceConfiguration => resource_configurations,
}

impl Stores {
    /// Every readable object of a kind for which this answers something, with the answer.
    pub fn select<K: Stored, T>(&self, pick: impl Fn(&K) -> Option<T>) -> Vec<T> {
        K::store(self).state().iter().filter_map(|guard| guard.0.as_ref().ok().and_then(&pick)).collect()
    }

    /// Waits until every kind was listed once. For one caller only: kube wakes the last who waits, and forgets the others.
    pub async fn wait_until_ready(&self) {
        // A writer is dropped only when the operator stops; then nobody waits for this any more.
        let _ = self.gateways.wait_until_ready().await;
        let _ = self.targets.wait_until_ready().await;
        let _ = self.resource_gateways.wait_until_ready().await;
        let _ = self.resource_configurations.wait_until_ready().await;
        let _ = self.namespaces.wait_until_ready().await;
        let _ = self.config_maps.wait_until_ready().await;
        let _ = self.documents.wait_until_ready().await;
        let _ = self.services.wait_until_ready().await;
        let _ = self.ingresses.wait_until_ready().await;
        let _ = self.http_routes.wait_until_ready().await;
        let _ = self.route_parents.wait_until_ready().await;
        let _ = self.reference_grants.wait_until_ready().await;
        let _ = self.deployments.wait_until_ready().await;
        let _ = self.stateful_sets.wait_until_ready().await;
        let _ = self.daemon_sets.wait_until_ready().await;
    }
}

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is there, new or changed.
    Seen,
    /// It is gone.
    Gone,
}

/// One watch: of a namespace, or of all.
pub struct Watch<Events> {
    /// The namespace, `None` for all.
    pub namespace: Option<String>,
    /// What the API server tells.
    pub events: Events,
}

/// Keeps a copy of what these watches tell, and tells of every change once the copy has it. Runs until the process ends; a broken watch
/// is resumed with a growing pause. What it means that the cluster does not serve the kind, [`Origin`] says; it may be served later.
pub async fn follow<K, Events>(
    origin: Origin,
    watches: Vec<Watch<Events>>,
    mut writer: Writer<K>,
    mut tell: impl FnMut(&K, Change),
) where
    K: Resource<DynamicType = ()> + Clone + Debug + Send + 'static,
    Events: Stream<Item = watcher::Result<watcher::Event<K>>> + Send + 'static,
{
    let mut unserved = Unserved::of::<K>(origin);
    let mut watches: Vec<_> =
        watches.into_iter().map(|watch| (watch.namespace, watch.events.default_backoff().boxed())).collect();
    // Together the first lists are one list: nobody may take a namespace that was not listed yet for empty.
    writer.apply_watcher_event(&watcher::Event::Init);
    for (_, events) in &mut watches {
        for object in first_list(events, &mut unserved).await {
            writer.apply_watcher_event(&watcher::Event::InitApply(object));
        }
    }
    writer.apply_watcher_event(&watcher::Event::InitDone);
    let copy = writer.as_reader();
    copy.state().iter().for_each(|object| tell(object, Change::Seen));

    let scopes: Vec<_> = watches.iter().map(|(namespace, _)| namespace.clone()).collect();
    let mut relisted: Vec<HashSet<ObjectRef<K>>> = scopes.iter().map(|_| HashSet::new()).collect();
    let numbered = watches.into_iter().enumerate();
    let mut all = select_all(
        numbered.map(|(number, (_, events))| unserved.paused(events).map(move |event| (number, event)).boxed()),
    );
    while let Some((number, event)) = all.next().await {
        // A kind that is not served any more has no objects.
        let event = match event {
            Err(error) if is_not_served(&error) => {
                unserved.tell();
                relisted[number].clear();
                Ok(watcher::Event::InitDone)
            }
            Ok(watcher::Event::InitDone) => {
                unserved.is_over();
                Ok(watcher::Event::InitDone)
            }
            event => event,
        };
        match event {
            Ok(watcher::Event::Init) => relisted[number].clear(),
            Ok(watcher::Event::InitDone) => {
                let listed = std::mem::take(&mut relisted[number]);
                let here = |object: &Arc<K>| scopes[number].is_none() || object.namespace() == scopes[number];
                for missed in copy.state().into_iter().filter(here) {
                    if !listed.contains(&ObjectRef::from_obj(&*missed)) {
                        writer.apply_watcher_event(&watcher::Event::Delete((*missed).clone()));
                        tell(&missed, Change::Gone);
                    }
                }
            }
            Ok(watcher::Event::InitApply(object)) => {
                relisted[number].insert(ObjectRef::from_obj(&object));
                seen(&mut writer, &lean(object), &mut tell);
            }
            Ok(watcher::Event::Apply(object)) => seen(&mut writer, &lean(object), &mut tell),
            Ok(watcher::Event::Delete(object)) => {
                writer.apply_watcher_event(&watcher::Event::Delete(object.clone()));
                tell(&object, Change::Gone);
            }
            Err(error) if unserved.is_needed() && is_not_served_any_more(&error) => unserved.tell(),
            Err(error) => report::<K>(&error),
        }
    }
}

/// What a watch lists at its beginning.
async fn first_list<K>(
    events: &mut (impl Stream<Item = watcher::Result<watcher::Event<K>>> + Unpin),
    unserved: &mut Unserved,
) -> Vec<K>
where
    K: Resource<DynamicType = ()>,
{
    let mut listed = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            // A list that broke is begun again: what it had told may be gone by now.
            Ok(watcher::Event::Init) => listed.clear(),
            Ok(watcher::Event::InitApply(object) | watcher::Event::Apply(object)) => listed.push(lean(object)),
            Ok(watcher::Event::InitDone) => {
                unserved.is_over();
                break;
            }
            Ok(watcher::Event::Delete(_)) => {}
            Err(error) if is_not_served(&error) => {
                listed.clear();
                if !unserved.is_needed() {
                    break;
                }
                unserved.wait().await;
            }
            Err(error) => report::<K>(&error),
        }
    }
    listed
}

fn seen<K>(writer: &mut Writer<K>, object: &K, tell: &mut impl FnMut(&K, Change))
where
    K: Resource<DynamicType = ()> + Clone + 'static,
{
    writer.apply_watcher_event(&watcher::Event::Apply(object.clone()));
    tell(object, Change::Seen);
}

/// The object without what nobody here reads: managedFields are often its larger half.
fn lean<K: Resource>(mut object: K) -> K {
    *object.meta_mut() = lean_metadata(std::mem::take(object.meta_mut()));
    object
}

/// As of [`lean`]: what is read live is held against what was watched.
pub(super) fn lean_metadata(mut metadata: ObjectMeta) -> ObjectMeta {
    metadata.managed_fields = None;
    if let Some(annotations) = metadata.annotations.as_mut() {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
    metadata
}

fn report<K: Resource<DynamicType = ()>>(error: &watcher::Error) {
    tracing::warn!(kind = %K::kind(&()), %error, "a watch broke and is resumed");
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::stream::unfold;
    use kube::{core::Status, runtime::reflector::store};
    use tokio::time::Instant;

    use super::*;

    const NAMESPACES: usize = 40;
    const INSTALLED: Duration = Duration::from_secs(40);

    fn route(namespace: usize) -> HttpRoute {
        let metadata =
            ObjectMeta { name: Some("a".into()), namespace: Some(namespace.to_string()), ..ObjectMeta::default() };
        HttpRoute { metadata, ..HttpRoute::default() }
    }

    /// What a watch tells of one route, in a cluster that serves the kind from a moment on.
    fn watch(
        namespace: usize,
        begin: Instant,
    ) -> Watch<impl Stream<Item = watcher::Result<watcher::Event<HttpRoute>>>> {
        let events = unfold(0, move |told| async move {
            let is_served = begin.elapsed() >= INSTALLED;
            // The answer is under way.
            tokio::time::sleep(Duration::from_millis(10)).await;
            if told == 1 && !is_served {
                let absent = kube::Error::Api(Status::failure("page not found", "404").with_code(404).boxed());
                return Some((Err(watcher::Error::InitialListFailed(absent)), 0));
            }
            let event = match told {
                0 => watcher::Event::Init,
                1 => watcher::Event::InitApply(route(namespace)),
                2 => watcher::Event::InitDone,
                _ => std::future::pending().await,
            };
            Some((Ok(event), told + 1))
        });
        Watch { namespace: Some(namespace.to_string()), events }
    }

    #[tokio::test(start_paused = true)]
    async fn a_kind_that_is_installed_later_is_seen_soon_in_however_many_namespaces() {
        let begin = Instant::now();
        let watches = (0..NAMESPACES).map(|namespace| watch(namespace, begin)).collect();
        let (copy, writer) = store();
        tokio::spawn(follow(Origin::Foreign, watches, writer, |_, _| {}));
        while copy.state().len() < NAMESPACES {
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert!(begin.elapsed() < INSTALLED + Duration::from_mins(1), "{} are seen", copy.state().len());
        }
    }
}
