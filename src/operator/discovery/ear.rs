//! What changes a claim, or what stands: the loop is woken by it, and by nothing else. Status, which changes all the time, is no part of it.

use std::{marker::PhantomData, sync::Arc};

use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Resource, ResourceExt,
    core::{DeserializeGuard, PartialObjectMeta},
};
use tokio::sync::Notify;

use crate::{
    api::{DISCOVERED, DISCOVERED_FROM, GATEWAY, Gateway, GatewayTarget, RECONCILE_REQUESTED_AT},
    cluster::{
        foreign::{HttpRoute, Ingress, Service},
        stores::Change,
    },
    kinds::fingerprint,
    operator::wakes::Offers,
};

/// Wakes the loop.
#[derive(Clone, Default)]
pub(in crate::operator) struct Bell(Arc<Notify>);

impl Bell {
    /// Something changed.
    pub(super) fn ring(&self) {
        self.0.notify_one();
    }

    /// Waits until something has changed since the last time.
    pub(super) async fn rung(&self) {
        self.0.notified().await;
    }

    /// Listens to the changes of one kind.
    pub(in crate::operator) fn ear<K: Heard>(&self) -> Ear<K> {
        Ear { bell: self.clone(), heard: Offers::default(), kind: PhantomData }
    }
}

/// Listens to the changes of one kind.
pub(in crate::operator) struct Ear<K> {
    bell: Bell,
    heard: Offers,
    kind: PhantomData<fn(&K)>,
}

impl<K: Heard> Ear<K> {
    /// Hears of a change, and wakes the loop when it matters.
    pub(in crate::operator) fn hear(&mut self, object: &K, change: Change) {
        let said = (change == Change::Seen).then(|| object.said());
        if self.heard.is_new(object.uid().unwrap_or_default(), said) {
            self.bell.ring();
        }
    }
}

/// A kind that discovery listens to.
pub(in crate::operator) trait Heard: Resource<DynamicType = ()> {
    /// A hash of what matters of an object.
    fn said(&self) -> String;
}

impl Heard for Service {
    fn said(&self) -> String {
        let ports: Vec<_> = self.spec.ports.iter().map(|port| (port.port, &port.app_protocol)).collect();
        fingerprint(&(asking(self), self.labels(), &self.spec.type_, ports))
    }
}

impl Heard for Ingress {
    fn said(&self) -> String {
        fingerprint(&asking(self))
    }
}

impl Heard for HttpRoute {
    fn said(&self) -> String {
        fingerprint(&asking(self))
    }
}

impl Heard for PartialObjectMeta<Namespace> {
    fn said(&self) -> String {
        fingerprint(&(self.labels(), self.annotations().get(GATEWAY)))
    }
}

impl Heard for DeserializeGuard<Gateway> {
    fn said(&self) -> String {
        let asked = self.annotations().get(RECONCILE_REQUESTED_AT);
        fingerprint(&(asked, self.meta().generation, is_going(self)))
    }
}

impl Heard for DeserializeGuard<GatewayTarget> {
    fn said(&self) -> String {
        let marks = (self.labels().get(DISCOVERED), self.annotations().get(DISCOVERED_FROM));
        fingerprint(&(marks, self.owner_references(), self.meta().generation, is_going(self)))
    }
}

fn asking(object: &impl ResourceExt) -> (&std::collections::BTreeMap<String, String>, bool) {
    (object.annotations(), is_going(object))
}

fn is_going(object: &impl ResourceExt) -> bool {
    object.meta().deletion_timestamp.is_some()
}
