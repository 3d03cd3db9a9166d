//! Which object's load balancer serves an endpoint, as specs name it.

use std::{borrow::Cow, fmt};

use kube::ResourceExt;

use crate::{
    api::{
        DefinitionFrom, EndpointFrom, GatewayTarget, GatewayTargetSpec, HttpRouteRef, LoadBalancedRef, ParentRef,
        ResourceConfiguration, ResourceGateway, VpcFrom,
    },
    cluster::foreign::{GATEWAY_API, NETWORKING},
};

/// A kind of object that has a load balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A Service with a load balancer.
    Service,
    /// An Ingress.
    Ingress,
    /// An HTTPRoute of the Gateway API.
    HttpRoute,
}

impl Kind {
    /// The kind as Kubernetes spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "Service",
            Self::Ingress => "Ingress",
            Self::HttpRoute => "HTTPRoute",
        }
    }

    /// The kind's API group, as a ReferenceGrant names it.
    pub const fn group(self) -> &'static str {
        match self {
            Self::Service => "",
            Self::Ingress => NETWORKING,
            Self::HttpRoute => GATEWAY_API,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The object whose load balancer serves something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What it is.
    pub kind: Kind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Which parent of an HTTPRoute is meant, where the spec says it.
    pub parent: Option<ParentRef>,
    /// Which load balancer is meant, where the spec says it.
    pub load_balancer: Option<String>,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

impl Source {
    /// What serves a target's endpoint, where its spec names an object.
    pub fn of_target(target: &GatewayTarget) -> Option<Self> {
        Self::of_endpoint(&target.namespace().unwrap_or_default(), &*endpoint_from(&target.spec)?)
    }

    /// What serves an endpoint.
    pub fn of_endpoint(from: &str, endpoint: &EndpointFrom) -> Option<Self> {
        let EndpointFrom { service_ref, ingress_ref, http_route_ref, load_balancer_hostname, .. } = endpoint;
        Self::new(
            from,
            (service_ref.as_ref(), ingress_ref.as_ref(), http_route_ref.as_ref()),
            load_balancer_hostname.as_ref(),
        )
    }

    /// What tells a resource gateway its VPC.
    pub fn of_vpc(gateway: &ResourceGateway) -> Option<Self> {
        let from = gateway.namespace().unwrap_or_default();
        let VpcFrom { service_ref, ingress_ref, http_route_ref, load_balancer_hostname } =
            gateway.spec.vpc_from.as_ref()?;
        Self::new(
            &from,
            (service_ref.as_ref(), ingress_ref.as_ref(), http_route_ref.as_ref()),
            load_balancer_hostname.as_ref(),
        )
    }

    /// What tells a resource configuration its domain.
    pub fn of_definition(configuration: &ResourceConfiguration) -> Option<Self> {
        let from = configuration.namespace().unwrap_or_default();
        let DefinitionFrom { service_ref, ingress_ref, http_route_ref, load_balancer_hostname, host: _ } =
            configuration.spec.definition_from.as_ref()?;
        Self::new(
            &from,
            (service_ref.as_ref(), ingress_ref.as_ref(), http_route_ref.as_ref()),
            load_balancer_hostname.as_ref(),
        )
    }

    fn new(
        from: &str,
        references: (Option<&LoadBalancedRef>, Option<&LoadBalancedRef>, Option<&HttpRouteRef>),
        load_balancer: Option<&String>,
    ) -> Option<Self> {
        let (kind, namespace, name, parent) = match references {
            (Some(service), _, _) => (Kind::Service, &service.namespace, &service.name, None),
            (_, Some(ingress), _) => (Kind::Ingress, &ingress.namespace, &ingress.name, None),
            (_, _, Some(route)) => (Kind::HttpRoute, &route.namespace, &route.name, route.parent_ref.clone()),
            (None, None, None) => return None,
        };
        Some(Self {
            kind,
            namespace: namespace.clone().unwrap_or_else(|| from.to_owned()),
            name: name.clone(),
            parent,
            load_balancer: load_balancer.cloned(),
        })
    }
}

/// Where a target's endpoint comes from, when it is not said outright.
pub fn endpoint_from(spec: &GatewayTargetSpec) -> Option<Cow<'_, EndpointFrom>> {
    spec.target_configuration.endpoint_from()
}
