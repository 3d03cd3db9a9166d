//! The objects of the walk as they are now: one watch per kind instead of a look per leaf.

use std::collections::BTreeMap;

use futures::StreamExt;
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject};
use kube::core::GroupVersionKind;
use kube::runtime::reflector::{self, ObjectRef, Store};
use kube::runtime::{WatchStreamExt, watcher};
use serde_json::Value;
use tokio::task::AbortHandle;

/// Follows the objects of all four kinds until it is dropped.
pub(crate) struct Observer {
    stores: BTreeMap<&'static str, (ApiResource, Store<DynamicObject>)>,
    watches: Vec<AbortHandle>,
}

impl Drop for Observer {
    fn drop(&mut self) {
        self.watches.iter().for_each(AbortHandle::abort);
    }
}

impl Observer {
    pub(crate) fn start(client: &Client) -> Self {
        let mut observer = Self { stores: BTreeMap::new(), watches: Vec::new() };
        for kind in ["Gateway", "GatewayTarget", "ResourceGateway", "ResourceConfiguration"] {
            let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("tools.agentcore.dev", "v1alpha1", kind));
            let writer = reflector::store::Writer::<DynamicObject>::new(resource.clone());
            observer.stores.insert(kind, (resource.clone(), writer.as_reader()));
            let objects: Api<DynamicObject> = Api::all_with(client.clone(), &resource);
            let watch = reflector::reflector(writer, watcher(objects, watcher::Config::default()).default_backoff());
            observer.watches.push(tokio::spawn(watch.for_each(async |_| ())).abort_handle());
        }
        observer
    }

    /// The object as it was seen last.
    pub(crate) fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let (resource, store) = self.stores.get(kind)?;
        let object = store.get(&ObjectRef::new_with(name, resource.clone()).within(namespace))?;
        serde_json::to_value(object.as_ref()).ok()
    }
}
