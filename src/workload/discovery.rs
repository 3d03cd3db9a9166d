//! Annotated objects that become targets without a `GatewayTarget` of their own: which target should stand beside which object, and what
//! may be taken away again. Everything here judges, and is pure; `operator::discovery` looks and writes.
//!
//! | room | what it answers |
//! |---|---|
//! | [`claim`] | what one object asks for, and whether its Gateway lets it |
//! | [`place`] | what is to be done under one name of one namespace, where several objects may ask and somebody's target may stand |
//! | [`target`] | the target itself: who keeps it, and which of its members are the operator's |
//! | [`breaker`] | whether targets whose claim is gone may go, or too many would go at once |
//!
//! A target has the name of its object: names of Services, Ingresses and HTTPRoutes are all legal names of targets, so that nothing has to
//! be cut and no two objects of one kind want one target.

mod annotations;
pub mod breaker;
pub mod claim;
pub mod place;
pub mod target;

use std::{collections::BTreeMap, fmt};

use k8s_openapi::{
    api::core::v1::ObjectReference,
    apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference},
};
use kube::Resource;

use super::source::Kind;
use crate::{
    cluster::foreign::{HttpRoute, Ingress, Service, ServiceSpec},
    plan::Reason,
};

/// A namespaced name: of a Gateway, or of what objects and targets have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Address {
    /// This name in this namespace.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.namespace, self.name)
    }
}

/// Something that people have to know of an object: an event on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Why, in one word.
    pub reason: Reason,
    /// A sentence that says what to do.
    pub sentence: String,
}

impl Note {
    /// A note.
    pub fn new(reason: Reason, sentence: impl Into<String>) -> Self {
        Self { reason, sentence: sentence.into() }
    }
}

/// An object that may become a target, as far as it is read for that.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Its metadata.
    pub metadata: ObjectMeta,
    /// What a Service asks for; nothing for the other kinds.
    pub service: Option<ServiceSpec>,
}

impl From<&Service> for Object {
    fn from(service: &Service) -> Self {
        Self { kind: Kind::Service, metadata: service.metadata.clone(), service: Some(service.spec.clone()) }
    }
}

impl From<&Ingress> for Object {
    fn from(ingress: &Ingress) -> Self {
        Self { kind: Kind::Ingress, metadata: ingress.metadata.clone(), service: None }
    }
}

impl From<&HttpRoute> for Object {
    fn from(route: &HttpRoute) -> Self {
        Self { kind: Kind::HttpRoute, metadata: route.metadata.clone(), service: None }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind, self.name())
    }
}

impl Object {
    /// Its namespace.
    pub fn namespace(&self) -> &str {
        self.metadata.namespace.as_deref().unwrap_or_default()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.metadata.name.as_deref().unwrap_or_default()
    }

    /// Its uid.
    pub fn uid(&self) -> &str {
        self.metadata.uid.as_deref().unwrap_or_default()
    }

    /// Where it is, and where its target is.
    pub fn address(&self) -> Address {
        Address::new(self.namespace(), self.name())
    }

    /// Whether it is being deleted.
    pub fn is_going(&self) -> bool {
        self.metadata.deletion_timestamp.is_some()
    }

    /// Its annotations.
    pub fn annotations(&self) -> &BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        self.metadata.annotations.as_ref().unwrap_or(&NONE)
    }

    /// What its target names as its owner. The target goes with it, and never holds it up.
    pub fn as_owner(&self) -> OwnerReference {
        OwnerReference {
            api_version: self.api_version(),
            kind: self.kind.as_str().to_owned(),
            name: self.name().to_owned(),
            uid: self.uid().to_owned(),
            controller: Some(true),
            block_owner_deletion: Some(false),
        }
    }

    /// What an event names as its object.
    pub fn as_regarded(&self) -> ObjectReference {
        ObjectReference {
            api_version: Some(self.api_version()),
            kind: Some(self.kind.as_str().to_owned()),
            namespace: self.metadata.namespace.clone(),
            name: self.metadata.name.clone(),
            uid: self.metadata.uid.clone(),
            resource_version: self.metadata.resource_version.clone(),
            field_path: None,
        }
    }

    fn api_version(&self) -> String {
        match self.kind {
            Kind::Service => Service::api_version(&()).into_owned(),
            Kind::Ingress => Ingress::api_version(&()).into_owned(),
            Kind::HttpRoute => HttpRoute::api_version(&()).into_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
