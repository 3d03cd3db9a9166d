//! Kubernetes objects of any kind, as JSON.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use kube::Client;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams};
use kube::core::GroupVersionKind;
use kube::discovery::{ApiCapabilities, Scope, pinned_kind};
use serde_json::Value;

/// Where the operator's own kinds are.
const OURS: &str = "tools.agentcore.dev/v1alpha1";

/// Who we are to server-side apply.
const FIELD_MANAGER: &str = "lab";

/// The objects of one cluster.
///
/// A kind is written `Gateway` when it is one of the operator's, and `v1/ConfigMap` or `networking.k8s.io/v1/Ingress` otherwise.
/// Clones are handles to the same cluster.
#[derive(Clone)]
pub struct Objects {
    client: Client,
    known: Arc<Mutex<HashMap<String, (ApiResource, ApiCapabilities)>>>,
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Objects").finish_non_exhaustive()
    }
}

impl Objects {
    /// The objects that this client reaches.
    #[must_use]
    pub fn new(client: Client) -> Objects {
        Objects { client, known: Arc::default() }
    }

    /// Applies one object (server-side apply, conflicts forced) and answers what the server made of it.
    /// The error's cause is the server's own sentence.
    pub async fn apply(&self, object: &Value) -> anyhow::Result<Value> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let (version, kind) = text("/apiVersion").zip(text("/kind")).context("no apiVersion and kind")?;
        let name = text("/metadata/name").with_context(|| format!("a {kind} without a name"))?;
        let api = self.api(&format!("{version}/{kind}"), text("/metadata/namespace").unwrap_or_default()).await?;
        let parameters = PatchParams::apply(FIELD_MANAGER).force();
        let applied = api.patch(name, &parameters, &Patch::Apply(object)).await;
        Ok(serde_json::to_value(applied.map_err(reason).with_context(|| format!("{kind} {name} was not applied"))?)?)
    }

    /// Merges a patch into an object, as `kubectl patch --type merge` does.
    pub async fn merge(&self, kind: &str, namespace: &str, name: &str, patch: &Value) -> anyhow::Result<Value> {
        let api = self.api(kind, namespace).await?;
        let patched = api.patch(name, &PatchParams::default(), &Patch::Merge(patch)).await;
        Ok(serde_json::to_value(patched.map_err(reason).with_context(|| format!("{kind} {name} was not patched"))?)?)
    }

    /// Merges a patch into an object's status, as `kubectl patch --subresource status --type merge` does; members besides
    /// `status` are left as they are.
    pub async fn merge_status(&self, kind: &str, namespace: &str, name: &str, patch: &Value) -> anyhow::Result<Value> {
        let api = self.api(kind, namespace).await?;
        let patched = api.patch_status(name, &PatchParams::default(), &Patch::Merge(patch)).await;
        let what = || format!("the status of {kind} {name} was not patched");
        Ok(serde_json::to_value(patched.map_err(reason).with_context(what)?)?)
    }

    /// Reads an object; nothing when it does not exist.
    pub async fn find(&self, kind: &str, namespace: &str, name: &str) -> anyhow::Result<Option<Value>> {
        let found = self.api(kind, namespace).await?.get_opt(name).await?;
        Ok(found.map(serde_json::to_value).transpose()?)
    }

    /// Reads all objects of a kind in a namespace, or in all of them when it is empty.
    pub async fn list(&self, kind: &str, namespace: &str) -> anyhow::Result<Vec<Value>> {
        let api = if namespace.is_empty() {
            Api::all_with(self.client.clone(), &self.resource(kind).await?.0)
        } else {
            self.api(kind, namespace).await?
        };
        let found = api.list(&ListParams::default()).await?;
        Ok(found.items.into_iter().map(serde_json::to_value).collect::<Result<_, _>>()?)
    }

    /// Asks for an object's deletion and does not wait; an object that does not exist is fine.
    pub async fn delete(&self, kind: &str, namespace: &str, name: &str) -> anyhow::Result<()> {
        let deleted = self.api(kind, namespace).await?.delete(name, &DeleteParams::default()).await;
        match deleted {
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            other => Ok(other.map(drop)?),
        }
    }

    async fn api(&self, kind: &str, namespace: &str) -> anyhow::Result<Api<DynamicObject>> {
        let (resource, capabilities) = self.resource(kind).await?;
        let client = self.client.clone();
        Ok(match capabilities.scope {
            Scope::Cluster => Api::all_with(client, &resource),
            Scope::Namespaced if namespace.is_empty() => Api::namespaced_with(client, "default", &resource),
            Scope::Namespaced => Api::namespaced_with(client, namespace, &resource),
        })
    }

    async fn resource(&self, kind: &str) -> anyhow::Result<(ApiResource, ApiCapabilities)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(kind).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let found = pinned_kind(&self.client, &group_version_kind(kind)).await;
        let found = found.with_context(|| format!("the cluster does not know the kind {kind}"))?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(kind.to_owned(), found.clone());
        Ok(found)
    }
}

/// The objects in a text with one or more YAML documents; empty documents are skipped.
pub fn parse(yaml: &str) -> anyhow::Result<Vec<Value>> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(yaml).context("this is not YAML")?;
    Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
}

/// The condition of this type in an object's status.
#[must_use]
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    object["status"]["conditions"].as_array()?.iter().find(|condition| condition["type"] == kind)
}

/// Whether the object is Ready at its newest generation, as `kubectl wait --for=condition=Ready` judges it.
#[must_use]
pub fn is_ready(object: &Value) -> bool {
    condition(object, "Ready").is_some_and(|ready| {
        ready["status"] == "True" && ready["observedGeneration"] == object["metadata"]["generation"]
    })
}

/// The server's own sentence where it gave one; the client's error repeats it several times.
fn reason(error: kube::Error) -> anyhow::Error {
    if let kube::Error::Api(status) = &error
        && !status.message.is_empty()
    {
        return anyhow::Error::msg(status.message.clone());
    }
    error.into()
}

fn group_version_kind(kind: &str) -> GroupVersionKind {
    let (version, kind) = kind.rsplit_once('/').unwrap_or((OURS, kind));
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    GroupVersionKind::gvk(group, version, kind)
}
