//! What there is, at every place that matters: the objects that ask for a target, and the targets that are kept for objects.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use kube::{ResourceExt, api::ObjectMeta, core::DeserializeGuard, runtime::reflector::ObjectRef};

use crate::{
    api::{DISCOVERED, DISCOVERED_FROM, GATEWAY, Gateway, GatewayTarget},
    cluster::{Stores, stores::Followed},
    workload::discovery::{
        Address, Object,
        claim::claim,
        place::{Claimant, Decision, Standing, Step, decide},
        target::{self, Keeper},
    },
};

/// One place.
pub(super) struct Place {
    pub(super) address: Address,
    pub(super) claimants: Vec<Claimant>,
    guard: Option<Arc<DeserializeGuard<GatewayTarget>>>,
    pub(super) decision: Decision,
}

impl Place {
    /// The target that stands there, when it can be read.
    pub(super) fn target(&self) -> Option<&GatewayTarget> {
        self.guard.as_ref()?.0.as_ref().ok()
    }

    /// The uid of the object that has the target there, or is to get it.
    pub(super) fn holder(&self) -> Option<&str> {
        match &self.decision.step {
            Step::Make(_, owner) => Some(owner),
            Step::Rest | Step::Correct(_) | Step::Release(_) | Step::Delete(_) | Step::LetGo => {
                match target::keeper(self.target()?) {
                    Keeper::Operator(owner) | Keeper::Released(owner) => Some(&owner.uid),
                    Keeper::Other => None,
                }
            }
        }
    }
}

/// Every place where an object asks for a target, or a target is kept for an object, by the watched copies.
pub(super) fn places(stores: &Stores) -> Vec<Place> {
    let namespaces: HashMap<String, _> =
        stores.namespaces.state().into_iter().map(|namespace| (namespace.name_any(), namespace)).collect();
    // Read once for all who ask, who are many more than the Gateways.
    let gateways: HashMap<Address, Arc<Gateway>> = stores
        .select(|gateway: &Gateway| {
            let address = Address::new(gateway.namespace().unwrap_or_default(), gateway.name_any());
            Some((address, Arc::new(gateway.clone())))
        })
        .into_iter()
        .collect();
    let mut found: BTreeMap<Address, Vec<Claimant>> = BTreeMap::new();
    for guard in stores.targets.state() {
        if guard.labels().contains_key(DISCOVERED) || guard.annotations().contains_key(DISCOVERED_FROM) {
            found.entry(Address::new(guard.namespace().unwrap_or_default(), guard.name_any())).or_default();
        }
    }
    let of_targets: HashSet<Address> = found.keys().cloned().collect();
    let matters = |metadata: &ObjectMeta| {
        let namespace = metadata.namespace.clone().unwrap_or_default();
        is_annotated(metadata)
            || namespaces.get(&namespace).is_some_and(|namespace| is_annotated(&namespace.metadata))
            || of_targets.contains(&Address::new(namespace, metadata.name.clone().unwrap_or_default()))
    };
    let mut objects = Vec::new();
    collect(&stores.services, &mut objects, matters);
    collect(&stores.ingresses, &mut objects, matters);
    collect(&stores.http_routes, &mut objects, matters);
    for object in objects {
        let namespace = namespaces.get(object.namespace()).map(|namespace| &namespace.metadata);
        let claim = claim(&object, namespace, |address| gateways.get(address).cloned());
        found.entry(object.address()).or_default().push(Claimant { object, claim });
    }
    found.into_iter().map(|(address, claimants)| place(stores, address, claimants)).collect()
}

/// Where a copy keeps an object.
pub(super) fn reference<K: kube::Resource<DynamicType = ()>>(address: &Address) -> ObjectRef<DeserializeGuard<K>> {
    ObjectRef::new(&address.name).within(&address.namespace)
}

fn place(stores: &Stores, address: Address, claimants: Vec<Claimant>) -> Place {
    let guard = stores.targets.get(&reference::<GatewayTarget>(&address));
    let standing = match guard.as_ref().map(|guard| guard.0.as_ref()) {
        None => Standing::Nothing,
        Some(Ok(target)) => Standing::Target(target),
        Some(Err(_)) => Standing::Unreadable,
    };
    let decision = decide(&claimants, standing);
    Place { address, claimants, guard, decision }
}

fn is_annotated(metadata: &ObjectMeta) -> bool {
    metadata.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(GATEWAY))
}

fn collect<K>(
    copy: &kube::runtime::reflector::Store<K>,
    objects: &mut Vec<Object>,
    matters: impl Fn(&ObjectMeta) -> bool,
) where
    K: Followed,
    for<'object> Object: From<&'object K>,
{
    objects.extend(copy.state().iter().filter(|object| matters(object.meta())).map(|object| Object::from(&**object)));
}
