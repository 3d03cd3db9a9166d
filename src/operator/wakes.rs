//! Who is looked at when something changes.

mod discovery;
mod foreign;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::{
    Resource, ResourceExt,
    core::{DeserializeGuard, PartialObjectMeta},
    runtime::{controller::ReconcileRequest, reflector::ObjectRef},
};

use crate::{
    api::{Gateway, GatewayTarget, Ref, ResourceConfiguration, ResourceGateway},
    aws::{Scope, inventory::Moved},
    cluster::{Stores, stores::Change},
    kinds::{Managed, gateway::authorizer, private_endpoint},
    plan::Reason,
    reconcile::memory::Memory,
    status,
};

/// The reading end of a queue. It is unbounded because its length is bounded by what happens: one entry per event, and the scheduler
/// behind it keeps one per object.
pub(super) type Queue<K> = UnboundedReceiver<ReconcileRequest<DeserializeGuard<K>>>;

/// The writing end of a queue, into which nothing is put before somebody visits: until then the copies know all that is to be visited.
struct Sender<K: Managed> {
    queue: UnboundedSender<ReconcileRequest<DeserializeGuard<K>>>,
    begun: Arc<AtomicBool>,
}

impl<K: Managed> Clone for Sender<K> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), begun: Arc::clone(&self.begun) }
    }
}

/// The reading ends.
pub(super) struct Queues {
    pub(super) gateways: Queue<Gateway>,
    pub(super) targets: Queue<GatewayTarget>,
    pub(super) resource_gateways: Queue<ResourceGateway>,
    pub(super) resource_configurations: Queue<ResourceConfiguration>,
}

/// The writing ends, and the copies that tell who relies on whom.
#[derive(Clone)]
pub(super) struct Wakes {
    stores: Stores,
    gateways: Sender<Gateway>,
    targets: Sender<GatewayTarget>,
    resource_gateways: Sender<ResourceGateway>,
    resource_configurations: Sender<ResourceConfiguration>,
    begun: Arc<AtomicBool>,
}

/// What each object offered last, by uid: those who rely on it are woken only when that changes.
#[derive(Debug, Default)]
pub(super) struct Offers(HashMap<String, String>);

impl Offers {
    pub(super) fn is_new(&mut self, uid: String, offer: Option<String>) -> bool {
        match offer {
            None => self.0.remove(&uid).is_some(),
            Some(offer) if self.0.get(&uid) == Some(&offer) => false,
            Some(offer) => {
                self.0.insert(uid, offer);
                true
            }
        }
    }
}

impl Wakes {
    pub(super) fn new(stores: Stores) -> (Self, Queues) {
        let begun = Arc::new(AtomicBool::new(false));
        let (gateways, gateway_queue) = queue(&begun);
        let (targets, target_queue) = queue(&begun);
        let (resource_gateways, resource_gateway_queue) = queue(&begun);
        let (resource_configurations, resource_configuration_queue) = queue(&begun);
        let queues = Queues {
            gateways: gateway_queue,
            targets: target_queue,
            resource_gateways: resource_gateway_queue,
            resource_configurations: resource_configuration_queue,
        };
        (Self { stores, gateways, targets, resource_gateways, resource_configurations, begun }, queues)
    }

    /// Somebody visits from now on: wakes every object there is, readable or not. What a copy gets from now on wakes by itself.
    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::SeqCst);
        self.wake_all(&self.gateways);
        self.wake_all(&self.targets);
        self.wake_all(&self.resource_gateways);
        self.wake_all(&self.resource_configurations);
    }

    /// A Gateway changed: itself, its targets, and what it counts for.
    pub(super) fn gateways(
        &self,
        object: &DeserializeGuard<Gateway>,
        change: Change,
        memory: &Memory,
        offers: &mut Offers,
    ) {
        if !wake_itself(&self.gateways, object, change, memory, offers) {
            return;
        }
        self.wake(&self.targets, |target: &GatewayTarget| leads(target.spec.gateway_ref.as_ref(), target, object));
        let Ok(gateway) = &object.0 else { return };
        for reference in authorizer::configurations(&gateway.spec) {
            send(&self.resource_configurations, reference, gateway);
        }
    }

    /// A target changed: itself, and what it counts for.
    pub(super) fn targets(
        &self,
        object: &DeserializeGuard<GatewayTarget>,
        change: Change,
        memory: &Memory,
        offers: &mut Offers,
    ) {
        if !wake_itself(&self.targets, object, change, memory, offers) {
            return;
        }
        let Ok(target) = &object.0 else { return };
        if let Some(reference) = &target.spec.gateway_ref {
            send(&self.gateways, reference, target);
        }
        if let Some(reference) = configuration_of(target) {
            send(&self.resource_configurations, reference, target);
        }
        // A target that is gone may have had a name that another waits for.
        if change == Change::Gone {
            self.wake(&self.targets, |other: &GatewayTarget| {
                other.spec.gateway_ref.as_ref().is_some_and(|reference| {
                    target.spec.gateway_ref.as_ref().is_some_and(|own| own.name == reference.name)
                })
            });
        }
    }

    /// A resource gateway changed: itself, and what is on it.
    pub(super) fn resource_gateways(
        &self,
        object: &DeserializeGuard<ResourceGateway>,
        change: Change,
        memory: &Memory,
        offers: &mut Offers,
    ) {
        if wake_itself(&self.resource_gateways, object, change, memory, offers) {
            self.wake(&self.resource_configurations, |configuration: &ResourceConfiguration| {
                leads(configuration.spec.resource_gateway_ref.as_ref(), configuration, object)
            });
        }
    }

    /// A resource configuration changed: itself, its resource gateway, its group, its children, and the targets and gateways that go through
    /// it.
    pub(super) fn resource_configurations(
        &self,
        object: &DeserializeGuard<ResourceConfiguration>,
        change: Change,
        memory: &Memory,
        offers: &mut Offers,
    ) {
        if !wake_itself(&self.resource_configurations, object, change, memory, offers) {
            return;
        }
        self.wake(&self.targets, |target: &GatewayTarget| leads(configuration_of(target), target, object));
        self.wake(&self.resource_configurations, |child: &ResourceConfiguration| {
            leads(child.spec.resource_configuration_group_ref.as_ref(), child, object)
        });
        self.wake(&self.gateways, |gateway: &Gateway| {
            authorizer::configurations(&gateway.spec).any(|reference| leads(Some(reference), gateway, object))
        });
        let Ok(configuration) = &object.0 else { return };
        if let Some(reference) = &configuration.spec.resource_gateway_ref {
            send(&self.resource_gateways, reference, configuration);
        }
        if let Some(reference) = &configuration.spec.resource_configuration_group_ref {
            send(&self.resource_configurations, reference, configuration);
        }
    }

    /// A namespace's labels changed: who in it may refer to whom may have changed.
    pub(super) fn namespaces(&self, namespace: &PartialObjectMeta<Namespace>, change: Change, labels: &mut Offers) {
        let offer = (change == Change::Seen).then(|| format!("{:?}", namespace.labels()));
        if labels.is_new(namespace.uid().unwrap_or_default(), offer) {
            let name = namespace.name_any();
            let is_in = |metadata: &kube::api::ObjectMeta| metadata.namespace.as_ref() == Some(&name);
            self.wake(&self.gateways, |gateway: &Gateway| is_in(&gateway.metadata));
            self.wake(&self.targets, |target: &GatewayTarget| is_in(&target.metadata));
            self.wake(&self.resource_configurations, |configuration: &ResourceConfiguration| {
                is_in(&configuration.metadata)
            });
        }
    }

    /// A ConfigMap of ours changed: the Gateway that owns it.
    pub(super) fn config_maps(&self, map: &ConfigMap, _change: Change) {
        for owner in map.owner_references() {
            self.wake(&self.gateways, |gateway: &Gateway| gateway.metadata.uid.as_ref() == Some(&owner.uid));
        }
    }

    /// A look at a server ended: the targets that wait for it.
    pub(super) fn looked(&self, endpoint: &str) {
        self.wake(&self.targets, |target: &GatewayTarget| {
            target.status.as_ref().and_then(|status| status.facts.endpoint.as_deref()) == Some(endpoint)
        });
    }

    /// AWS lists something otherwise than before: the object that has its id.
    pub(super) fn moved(&self, moved: &Moved) {
        match &moved.scope {
            Scope::Gateways => self.wake_id(&self.gateways, &moved.id),
            Scope::Targets(gateway) => {
                self.wake_id(&self.targets, &moved.id);
                // An operation that ended has made room for another.
                self.wake(&self.targets, |target: &GatewayTarget| waits_for_its_turn(target, gateway));
            }
            Scope::ResourceGateways => self.wake_id(&self.resource_gateways, &moved.id),
            Scope::ResourceConfigurations => self.wake_id(&self.resource_configurations, &moved.id),
        }
    }

    fn wake_id<K: Managed>(&self, queue: &Sender<K>, id: &str) {
        self.wake(queue, |object: &K| object.status().and_then(|status| K::id(&status.facts)) == Some(id));
    }

    fn wake_all<K: Managed>(&self, queue: &Sender<K>) {
        for object in K::store(&self.stores).state() {
            enqueue(queue, ObjectRef::from_obj(&*object));
        }
    }

    fn wake<K: Managed>(&self, queue: &Sender<K>, is_meant: impl Fn(&K) -> bool) {
        for object in K::store(&self.stores).state() {
            if object.0.as_ref().is_ok_and(&is_meant) {
                enqueue(queue, ObjectRef::from_obj(&*object));
            }
        }
    }
}

/// Whether a target waits for one of the places that its gateway has for operations at once.
fn waits_for_its_turn(target: &GatewayTarget, gateway: &str) -> bool {
    target.status.as_ref().is_some_and(|status| {
        let waits = status::find(&status.conditions, "Reconciling")
            .is_some_and(|reconciling| reconciling.reason == Reason::Throttled.as_str());
        waits && status.facts.gateway_id.as_deref().is_none_or(|id| id == gateway)
    })
}

/// Wakes the object itself, unless the event is our own write coming back. Answers whether others have to know.
fn wake_itself<K: Managed>(
    queue: &Sender<K>,
    object: &DeserializeGuard<K>,
    change: Change,
    memory: &Memory,
    offers: &mut Offers,
) -> bool {
    let uid = object.uid().unwrap_or_default();
    if change == Change::Gone {
        memory.forget(&uid);
        offers.is_new(uid, None);
        return true;
    }
    if !memory.is_echo(&uid, object.meta().resource_version.as_deref()) {
        enqueue(queue, ObjectRef::from_obj(object));
    }
    let offer = object.0.as_ref().map_or_else(|_| "unreadable".to_owned(), Managed::offer);
    offers.is_new(uid, Some(offer))
}

fn queue<K: Managed>(begun: &Arc<AtomicBool>) -> (Sender<K>, Queue<K>) {
    let (queue, reader) = unbounded();
    (Sender { queue, begun: Arc::clone(begun) }, reader)
}

fn send<K: Managed>(queue: &Sender<K>, reference: &Ref, from: &impl ResourceExt) {
    let namespace = reference.namespace.clone().or_else(|| from.namespace()).unwrap_or_default();
    enqueue(queue, ObjectRef::new(&reference.name).within(&namespace));
}

fn enqueue<K: Managed>(queue: &Sender<K>, object: ObjectRef<DeserializeGuard<K>>) {
    if queue.begun.load(Ordering::SeqCst) {
        // Nobody reads any more when the operator is stopping.
        let _ = queue.queue.unbounded_send(object.into());
    }
}

/// Whether this reference, in this object, leads to that one.
fn leads<K: Resource<DynamicType = ()>>(
    reference: Option<&Ref>,
    from: &impl ResourceExt,
    to: &DeserializeGuard<K>,
) -> bool {
    reference.is_some_and(|reference| {
        let namespace = reference.namespace.clone().or_else(|| from.namespace());
        reference.name == to.name_any() && namespace == to.namespace()
    })
}

fn configuration_of(target: &GatewayTarget) -> Option<&Ref> {
    target.spec.private_endpoint.as_ref().and_then(private_endpoint::configuration_of)
}
