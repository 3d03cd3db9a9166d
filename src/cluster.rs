//! Kubernetes as seen from here: what was watched, what is read live, and what is written.
//!
//! - [`stores`]: the watches and their copies
//! - [`permission`]: who may refer to whom
//! - [`foreign`]: objects that are not ours, as far as we read them
//! - [`requests`]: what is measured
//! - [`fenced`]: nothing is written when another may be at work
//! - [`undeclared`]: what the cluster's definitions do not have yet
//! - `events`: what people are told

mod events;
pub mod fenced;
pub mod foreign;
pub mod permission;
pub mod requests;
pub mod stores;
pub mod undeclared;
mod unserved;

use std::{collections::BTreeMap, fmt::Debug, sync::Arc};

use k8s_openapi::{
    api::core::v1::{ConfigMap, Namespace, ObjectReference},
    apimachinery::pkg::apis::meta::v1::OwnerReference,
};
use kube::{
    Api, Client, Resource, ResourceExt,
    api::{ListParams, ObjectMeta, Patch, PatchParams},
    core::{DeserializeGuard, NamespaceResourceScope, PartialObjectMeta},
    runtime::{
        events::{Recorder, Reporter},
        reflector::ObjectRef,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

pub use self::stores::{Stored, Stores};
use self::{stores::lean_metadata, undeclared::Undeclared};
use crate::{
    api::Status,
    aws::{Fault, FaultKind},
    plan::Reason,
};

/// The name under which the operator writes: field manager, event reporter and User-Agent.
pub const MANAGER: &str = "agentcore-gateway-operator";

/// The label on ConfigMaps that the operator writes, so that it watches these and no others.
pub const CONNECTION_LABEL: &str = "tools.agentcore.dev/connection";

/// Where an answer may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The watched copy: costs nothing, and may be a moment old. Enough to see that nothing is to be done.
    Watched,
    /// The API server: for a visit that is about to change AWS.
    Live,
}

/// The API server's side of the world.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    stores: Stores,
    recorder: Recorder,
    undeclared: Arc<Undeclared>,
}

impl Cluster {
    /// A view through this client and these copies.
    pub fn new(client: Client, stores: Stores) -> Self {
        let recorder = Recorder::new(client.clone(), reporter());
        Self { client, stores, recorder, undeclared: Arc::default() }
    }

    /// The watched copies.
    pub fn stores(&self) -> &Stores {
        &self.stores
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The object of this name, `None` when there is none or when what is stored cannot be read.
    ///
    /// # Errors
    ///
    /// The API server did not answer a live look.
    pub async fn lookup<K>(&self, namespace: &str, name: &str, view: View) -> Result<Option<K>, Fault>
    where
        K: Stored + Resource<DynamicType = (), Scope = NamespaceResourceScope> + DeserializeOwned + Clone + Debug,
    {
        let found = match view {
            View::Watched => {
                let key = ObjectRef::<DeserializeGuard<K>>::new(name).within(namespace);
                K::store(&self.stores).get(&key).map(Arc::unwrap_or_clone)
            }
            View::Live => {
                let api = Api::<DeserializeGuard<K>>::namespaced(self.client.clone(), namespace);
                api.get_opt(name).await.map_err(|error| fault("reading from Kubernetes", &error))?
            }
        };
        Ok(found.and_then(|guard| guard.0.ok()))
    }

    /// Somebody else's object of this name, `None` when there is none.
    ///
    /// # Errors
    ///
    /// The API server did not answer a live look.
    pub async fn fetch<K>(&self, namespace: &str, name: &str, view: View) -> Result<Option<Arc<K>>, Fault>
    where
        K: stores::Followed + Resource<DynamicType = (), Scope = NamespaceResourceScope> + DeserializeOwned + Debug,
    {
        match view {
            View::Watched => Ok(K::copy(&self.stores).get(&ObjectRef::<K>::new(name).within(namespace))),
            View::Live => {
                let found = Api::<K>::namespaced(self.client.clone(), namespace).get_opt(name).await;
                Ok(found.map_err(|error| fault("reading from Kubernetes", &error))?.map(Arc::new))
            }
        }
    }

    /// The objects of a kind with these labels, live: for kinds that are looked at too rarely to be watched.
    ///
    /// # Errors
    ///
    /// The API server did not answer.
    pub async fn select<K>(&self, namespace: &str, labels: &str) -> Result<Vec<K>, Fault>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + DeserializeOwned + Clone + Debug,
    {
        let api = Api::<K>::namespaced(self.client.clone(), namespace);
        let found = api.list(&ListParams::default().labels(labels).limit(200)).await;
        Ok(found.map_err(|error| fault("reading from Kubernetes", &error))?.items)
    }

    /// The text under a key of a ConfigMap, live; `None` when there is no such ConfigMap or key.
    ///
    /// # Errors
    ///
    /// The API server did not answer.
    pub async fn document(&self, namespace: &str, name: &str, key: &str) -> Result<Option<String>, Fault> {
        let found = Api::<ConfigMap>::namespaced(self.client.clone(), namespace).get_opt(name).await;
        let found = found.map_err(|error| fault("reading a ConfigMap", &error))?;
        Ok(found.and_then(|map| map.data?.remove(key)))
    }

    /// The metadata of an object, live; `None` when there is none.
    ///
    /// # Errors
    ///
    /// The API server did not answer.
    pub async fn metadata<K>(&self, namespace: &str, name: &str) -> Result<Option<ObjectMeta>, Fault>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + DeserializeOwned + Clone + Debug,
    {
        match Api::<K>::namespaced(self.client.clone(), namespace).get_metadata(name).await {
            Ok(found) => Ok(Some(lean_metadata(found.metadata))),
            // By its code: of a kind that is not served the API server says so in other words, and there is no object of it.
            Err(kube::Error::Api(answer)) if answer.code == 404 => Ok(None),
            Err(error) => Err(fault("reading from Kubernetes", &error)),
        }
    }

    /// The metadata of a namespace, `None` when there is none.
    ///
    /// # Errors
    ///
    /// The API server did not answer a live look.
    pub async fn namespace(&self, name: &str, view: View) -> Result<Option<ObjectMeta>, Fault> {
        match view {
            View::Watched => {
                let key = ObjectRef::<PartialObjectMeta<Namespace>>::new(name);
                Ok(self.stores.namespaces.get(&key).map(|namespace| namespace.metadata.clone()))
            }
            View::Live => Ok(Api::<Namespace>::all(self.client.clone())
                .get_metadata_opt(name)
                .await
                .map_err(|error| fault("reading from Kubernetes", &error))?
                .map(|namespace| lean_metadata(namespace.metadata))),
        }
    }

    /// The labels of a namespace, `None` when there is none.
    ///
    /// # Errors
    ///
    /// As of [`Cluster::namespace`].
    pub async fn namespace_labels(&self, name: &str, view: View) -> Result<Option<BTreeMap<String, String>>, Fault> {
        Ok(self.namespace(name, view).await?.map(|metadata| metadata.labels.unwrap_or_default()))
    }

    /// Writes the status, whole: what was there before and is no longer said is taken away. Answers the object as it is then; `None`
    /// when it is gone, or when another object has its name now.
    ///
    /// # Errors
    ///
    /// The API server did not take it.
    pub async fn publish<K, Facts>(
        &self,
        object: &K,
        status: &Status<Facts>,
    ) -> Result<Option<DeserializeGuard<K>>, kube::Error>
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + DeserializeOwned + Clone + Debug,
        Facts: Serialize,
    {
        let api = Api::<DeserializeGuard<K>>::namespaced(self.client.clone(), &object.namespace().unwrap_or_default());
        let mut version = object.resource_version();
        let mut tries = 0;
        let mut body = json!({
            "apiVersion": K::api_version(&()),
            "kind": K::kind(&()),
            "metadata": {"name": object.name_any(), "uid": object.uid()},
            "status": status,
        });
        loop {
            tries += 1;
            body["metadata"]["resourceVersion"] = json!(version);
            let parameters = PatchParams::apply(MANAGER).force();
            match api.patch_status(&object.name_any(), &parameters, &Patch::Apply(&body)).await {
                Ok(written) => return Ok(Some(written)),
                Err(kube::Error::Api(answer)) if answer.is_not_found() => return Ok(None),
                // Somebody else wrote the object meanwhile. What was learnt (an id!) must not be lost over a label.
                Err(kube::Error::Api(answer)) if answer.is_conflict() && tries < 3 => {
                    let Some(now) = api.get_metadata_opt(&object.name_any()).await? else { return Ok(None) };
                    if now.uid() != object.uid() {
                        return Ok(None);
                    }
                    version = now.resource_version();
                }
                Err(kube::Error::Api(answer))
                    if tries < 5 && self.leaves_out::<K>(&answer.message, &mut body["status"]) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// A status without what the cluster's definition of the kind does not have: what would be left of it once it was written.
    pub fn declared<K, Facts>(&self, status: Status<Facts>) -> Status<Facts>
    where
        K: Resource<DynamicType = ()>,
        Facts: Serialize + DeserializeOwned,
    {
        self.undeclared.strip(&K::kind(&()), status)
    }

    /// Leaves out of a status what the API server says that the kind's definition does not have; whether there was such a thing. Whoever
    /// runs the operator is told once.
    fn leaves_out<K: Resource<DynamicType = ()>>(&self, message: &str, status: &mut Value) -> bool {
        let kind = K::kind(&());
        let lesson = self.undeclared.learn(&kind, message, status);
        if !lesson.news.is_empty() {
            let (kind, members) = (kind.as_ref(), lesson.news.join(", "));
            tracing::warn!(
                kind,
                members,
                "the custom resource definition is of an earlier version than the operator and lacks members of status; apply the definitions of this version"
            );
        }
        lesson.is_shorter
    }

    /// Tells people about a change, as an event on the object, and that it was told in the log. An event that cannot be written is logged:
    /// it must not hold work up.
    pub async fn tell<K>(&self, object: &K, warning: bool, reason: Reason, action: &str, note: &str)
    where
        K: Resource<DynamicType = ()>,
    {
        events::publish(&self.recorder, &object.object_ref(&()), &events::event(warning, reason, action, note)).await;
    }

    /// As [`Self::tell`], always as an event of its own. `tell` counts an event of the same reason up and keeps the note that it had first,
    /// so it is not for those who never tell the same twice.
    pub async fn tell_news(
        &self,
        regarding: &ObjectReference,
        warning: bool,
        reason: Reason,
        action: &str,
        note: &str,
    ) {
        // A recorder counts what it has published itself.
        let recorder = Recorder::new(self.client.clone(), reporter());
        events::publish(&recorder, regarding, &events::event(warning, reason, action, note)).await;
    }

    /// Makes sure that the ConfigMap of this name holds these data, and belongs to the owner. The watched copy is asked first, so a
    /// settled one costs nothing.
    ///
    /// # Errors
    ///
    /// [`Connection::Foreign`] when a ConfigMap of that name belongs to somebody else, which is then left alone.
    pub async fn connect<K>(&self, owner: &K, name: &str, data: BTreeMap<String, String>) -> Result<(), Connection>
    where
        K: Resource<DynamicType = ()>,
    {
        let namespace = owner.namespace().unwrap_or_default();
        let Some(reference) = owner.controller_owner_ref(&()) else { return Ok(()) };
        let key = ObjectRef::<ConfigMap>::new(name).within(&namespace);
        let is_owned = |map: &ConfigMap| map.owner_references().iter().any(|one| one.uid == reference.uid);
        if let Some(map) = self.stores.config_maps.get(&key)
            && is_owned(&map)
            && map.data.as_ref() == Some(&data)
        {
            return Ok(());
        }
        let api = Api::<ConfigMap>::namespaced(self.client.clone(), &namespace);
        let existing = api.get_opt(name).await.map_err(|error| fault("reading a ConfigMap", &error))?;
        if existing.as_ref().is_some_and(|map| !is_owned(map)) {
            return Err(Connection::Foreign);
        }
        let wanted = connection(name, reference, data);
        let parameters = PatchParams::apply(MANAGER).force();
        api.patch(name, &parameters, &Patch::Apply(&wanted))
            .await
            .map_err(|error| fault("writing a ConfigMap", &error))?;
        Ok(())
    }
}

fn reporter() -> Reporter {
    Reporter { controller: MANAGER.into(), instance: std::env::var("HOSTNAME").ok() }
}

/// Why a connection ConfigMap could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Connection {
    /// There is one of this name that somebody else made.
    #[error("a ConfigMap of this name exists and is not this object's")]
    Foreign,
    /// The API server did not take it.
    #[error(transparent)]
    Fault(#[from] Fault),
}

fn connection(name: &str, owner: OwnerReference, data: BTreeMap<String, String>) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            labels: Some([(CONNECTION_LABEL.to_owned(), "true".to_owned())].into()),
            owner_references: Some(vec![owner]),
            ..ObjectMeta::default()
        },
        data: Some(data),
        ..ConfigMap::default()
    }
}

/// An error of the API server as a fault, so that there is one way to wait and one way to tell.
pub fn fault(operation: &'static str, error: &kube::Error) -> Fault {
    if let kube::Error::Api(answer) = error
        && answer.code == 404
    {
        let (code, message) = (Some(answer.reason.clone()), answer.message.clone());
        return Fault { kind: FaultKind::NotFound, code, message, operation };
    }
    if let kube::Error::Api(answer) = error
        && answer.is_forbidden()
    {
        let (code, message) = (Some(answer.reason.clone()), answer.message.clone());
        return Fault { kind: FaultKind::Denied, code, message, operation };
    }
    Fault::unavailable(operation, error.to_string())
}
