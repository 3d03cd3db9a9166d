//! Who is looked at when somebody else's object changes.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Resource, ResourceExt,
    core::{NamespaceResourceScope, PartialObjectMeta},
};
use serde::Serialize;

use super::{Offers, Wakes};
use crate::{
    api::{ALLOWED_NAMESPACES, GatewayTarget, ResourceConfiguration, ResourceGateway},
    cluster::{
        foreign::{
            DaemonSet, Deployment, HttpRoute, Ingress, ReferenceGrant, RouteParent, Service, StatefulSet, WorkloadSpec,
            WorkloadStatus,
        },
        stores::Change,
    },
    kinds::target::documents,
    workload::source::{Kind, Source},
};

impl Wakes {
    /// A ConfigMap changed: the targets whose document is in it.
    pub(in crate::operator) fn documents(
        &self,
        map: &PartialObjectMeta<ConfigMap>,
        change: Change,
        offers: &mut Offers,
    ) {
        let offer = (change == Change::Seen).then(|| map.resource_version().unwrap_or_default());
        if offers.is_new(map.uid().unwrap_or_default(), offer) {
            let (namespace, name) = (map.namespace(), map.name_any());
            self.wake(&self.targets, |target: &GatewayTarget| {
                target.namespace() == namespace && documents(&target.spec).any(|reference| reference.name == name)
            });
        }
    }

    /// A Service changed: who is served by its load balancer.
    pub(in crate::operator) fn services(&self, service: &Service, change: Change, offers: &mut Offers) {
        if is_new(service, (&service.spec, &service.status), change, offers) {
            self.served_by(Kind::Service, service);
        }
    }

    /// An Ingress changed: who is served by its load balancer.
    pub(in crate::operator) fn ingresses(&self, ingress: &Ingress, change: Change, offers: &mut Offers) {
        if is_new(ingress, (&ingress.spec, &ingress.status), change, offers) {
            self.served_by(Kind::Ingress, ingress);
        }
    }

    /// An HTTPRoute changed: who is served through it.
    pub(in crate::operator) fn http_routes(&self, route: &HttpRoute, change: Change, offers: &mut Offers) {
        if is_new(route, (&route.spec, &route.status), change, offers) {
            self.served_by(Kind::HttpRoute, route);
        }
    }

    /// What HTTPRoutes attach to changed: who is served through any of them.
    pub(in crate::operator) fn route_parents(&self, parent: &RouteParent, change: Change, offers: &mut Offers) {
        if is_new(parent, &parent.status, change, offers) {
            self.whose_source(|_, source| source.kind == Kind::HttpRoute);
        }
    }

    /// A permission to refer changed: who refers into its namespace.
    pub(in crate::operator) fn reference_grants(&self, grant: &ReferenceGrant, change: Change, offers: &mut Offers) {
        if is_new(grant, &grant.spec, change, offers) {
            let namespace = grant.namespace().unwrap_or_default();
            self.whose_source(|from, source| from != namespace && source.namespace == namespace);
        }
    }

    /// A Deployment changed: the targets that may be served by its pods.
    pub(in crate::operator) fn deployments(&self, deployment: &Deployment, change: Change, offers: &mut Offers) {
        self.workload(deployment, (&deployment.spec, &deployment.status), change, offers);
    }

    /// A StatefulSet changed: the targets that may be served by its pods.
    pub(in crate::operator) fn stateful_sets(&self, set: &StatefulSet, change: Change, offers: &mut Offers) {
        self.workload(set, (&set.spec, &set.status), change, offers);
    }

    /// A DaemonSet changed: the targets that may be served by its pods.
    pub(in crate::operator) fn daemon_sets(&self, set: &DaemonSet, change: Change, offers: &mut Offers) {
        self.workload(set, (&set.spec, &set.status), change, offers);
    }

    /// Which pods serve a target is not known before it is looked at: those of its own namespace, or of the one that it refers to.
    fn workload<K>(&self, object: &K, parts: (&WorkloadSpec, &WorkloadStatus), change: Change, offers: &mut Offers)
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        if is_new(object, parts, change, offers) {
            let namespace = object.namespace().unwrap_or_default();
            self.wake(&self.targets, |target: &GatewayTarget| {
                let own = target.spec.workload_ref.is_some() && target.namespace().as_ref() == Some(&namespace);
                own || Source::of_target(target).is_some_and(|source| source.namespace == namespace)
            });
        }
    }

    fn served_by<K: Resource<DynamicType = ()>>(&self, kind: Kind, object: &K) {
        let (namespace, name) = (object.namespace().unwrap_or_default(), object.name_any());
        self.whose_source(|_, source| source.kind == kind && source.namespace == namespace && source.name == name);
    }

    /// Wakes everything whose spec names a source for which this holds; it is given the namespace of who refers, too.
    fn whose_source(&self, is_meant: impl Fn(&str, &Source) -> bool) {
        self.wake(&self.targets, |target: &GatewayTarget| {
            let from = target.namespace().unwrap_or_default();
            Source::of_target(target).is_some_and(|source| is_meant(&from, &source))
        });
        self.wake(&self.resource_gateways, |gateway: &ResourceGateway| {
            let from = gateway.namespace().unwrap_or_default();
            Source::of_vpc(gateway).is_some_and(|source| is_meant(&from, &source))
        });
        self.wake(&self.resource_configurations, |configuration: &ResourceConfiguration| {
            let from = configuration.namespace().unwrap_or_default();
            Source::of_definition(configuration).is_some_and(|source| is_meant(&from, &source))
        });
    }
}

/// Whether an object offers something else than before: what of it is read, and whom it lets refer to it.
fn is_new<K>(object: &K, parts: impl Serialize, change: Change, offers: &mut Offers) -> bool
where
    K: Resource<DynamicType = ()>,
{
    let offer = (change == Change::Seen).then(|| {
        let allowed = object.annotations().get(ALLOWED_NAMESPACES);
        let deleting = object.meta().deletion_timestamp.is_some();
        crate::kinds::fingerprint(&(parts, allowed, deleting))
    });
    offers.is_new(object.uid().unwrap_or_default(), offer)
}
