//! From a reference to the load balancer's name, the host, and the Service behind them; and whether the reference is permitted.
//!
//! What is read is decided here, too; what it means is decided by the pure functions below.

use std::{fmt::Debug, sync::Arc};

use kube::{Resource, ResourceExt, core::NamespaceResourceScope};
use serde::de::DeserializeOwned;

use super::{
    hop::{Verdict, listed},
    load_balancer::choose,
    source::{Kind, Source},
};
use crate::{
    api::{ALLOWED_NAMESPACES, GROUP, ParentRef},
    aws::{Fault, FaultKind},
    cluster::{
        Cluster, View,
        foreign::{HttpRoute, Ingress, LoadBalancers, ReferenceGrant, RouteParent, RouteParentVerdict, Service},
        stores::Followed,
    },
    plan::{Hold, Reason},
};

/// Who refers.
#[derive(Debug, Clone, Copy)]
pub struct Referrer<'a> {
    /// Its kind, as a ReferenceGrant names it.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: &'a str,
}

/// What an object tells of the way to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// The load balancer's name in DNS, or why there is none.
    pub load_balancer: Result<String, Verdict>,
    /// The hosts that the object is called by, sorted; a Service says none.
    pub hosts: Vec<String>,
    /// Which host and path lead to which Service.
    pub routes: Vec<Route>,
    /// It is being deleted.
    pub deleting: bool,
}

/// A host and path that lead to a Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The host; none: every host.
    pub host: Option<String>,
    /// The path.
    pub path: String,
    /// Only the path itself, and nothing below it.
    pub exact: bool,
    /// The Service, in the namespace given; `None` where they lead to several, or to something else.
    pub service: Option<(String, String)>,
}

/// Reads what a source tells.
///
/// # Errors
///
/// | hold | when |
/// |---|---|
/// | stalled, `RefNotPermitted` | it is in another namespace, which does not agree: the same whether it exists or not |
/// | waiting, `ReferenceNotFound` | there is none |
/// | failed | the API server did not answer |
pub async fn locate(cluster: &Cluster, from: Referrer<'_>, source: &Source, view: View) -> Result<Located, Hold> {
    match source.kind {
        Kind::Service => {
            let service: Arc<Service> = referred(cluster, from, source, view).await?;
            Ok(of_service(&service, source))
        }
        Kind::Ingress => {
            let ingress: Arc<Ingress> = referred(cluster, from, source, view).await?;
            Ok(of_ingress(&ingress, source))
        }
        Kind::HttpRoute => {
            let route: Arc<HttpRoute> = referred(cluster, from, source, view).await?;
            let load_balancer = match parent_of(&route, source.parent.as_ref()) {
                Err(verdict) => Err(verdict),
                Ok((namespace, name)) => {
                    let parent = cluster.fetch::<RouteParent>(&namespace, &name, view).await?;
                    of_parent(parent.as_deref(), &namespace, &name, source)
                }
            };
            Ok(Located { load_balancer, ..of_route(&route) })
        }
    }
}

/// The object that a source names, when it may be referred to.
async fn referred<K>(cluster: &Cluster, from: Referrer<'_>, source: &Source, view: View) -> Result<Arc<K>, Hold>
where
    K: Followed + Resource<DynamicType = (), Scope = NamespaceResourceScope> + DeserializeOwned + Debug,
{
    let found = cluster.fetch::<K>(&source.namespace, &source.name, view).await?;
    if source.namespace != from.namespace {
        let agrees = found.as_ref().is_some_and(|object| lets_in(object.annotations().get(ALLOWED_NAMESPACES), from));
        if !agrees && !grants(cluster, &source.namespace, view).await?.iter().any(|grant| permits(grant, from, source))
        {
            return Err(Hold::stalled(
                Reason::RefNotPermitted,
                format!(
                    "Namespace {} does not let namespace {} refer to {source}; its owner must add a ReferenceGrant, or the annotation \
                     {ALLOWED_NAMESPACES}: {} on the object",
                    source.namespace, from.namespace, from.namespace
                ),
            ));
        }
    }
    found.ok_or_else(|| Hold::waiting(Reason::ReferenceNotFound, format!("{source} does not exist; waiting for it")))
}

/// The grants of a namespace; none where the Gateway API is not installed.
async fn grants(cluster: &Cluster, namespace: &str, view: View) -> Result<Vec<ReferenceGrant>, Fault> {
    if view == View::Watched {
        let all = ReferenceGrant::copy(cluster.stores()).state();
        let here = all.iter().filter(|grant| grant.namespace().as_deref() == Some(namespace));
        return Ok(here.map(|grant| grant.as_ref().clone()).collect());
    }
    match cluster.select(namespace, "").await {
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(Vec::new()),
        grants => grants,
    }
}

/// Whether the annotation of an object lets a namespace refer to it.
fn lets_in(annotation: Option<&String>, from: Referrer<'_>) -> bool {
    annotation.is_some_and(|names| names.split(',').map(str::trim).any(|name| name == "*" || name == from.namespace))
}

/// Whether a grant lets a referrer refer to a source. Semantics:
/// <https://gateway-api.sigs.k8s.io/api-types/referencegrant/>.
fn permits(grant: &ReferenceGrant, from: Referrer<'_>, source: &Source) -> bool {
    let who = |entry: &crate::cluster::foreign::GrantFrom| {
        entry.group == GROUP && entry.kind == from.kind && entry.namespace == from.namespace
    };
    let what = |entry: &crate::cluster::foreign::GrantTo| {
        entry.group == source.kind.group()
            && entry.kind == source.kind.as_str()
            && entry.name.as_ref().is_none_or(|name| name.is_empty() || *name == source.name)
    };
    grant.spec.from.iter().any(who) && grant.spec.to.iter().any(what)
}

fn of_service(service: &Service, source: &Source) -> Located {
    let kind = service.spec.type_.as_deref().unwrap_or("ClusterIP");
    let load_balancer = if kind == "LoadBalancer" {
        hostname(&service.status.load_balancer, source)
    } else {
        Err(Verdict::broken(
            Reason::LoadBalancerNotFound,
            format!(
                "{source} is of type {kind} and has no load balancer; give it type: LoadBalancer, or refer to what serves it"
            ),
        ))
    };
    Located { load_balancer, hosts: Vec::new(), routes: Vec::new(), deleting: is_going(service) }
}

/// What an Ingress tells.
pub fn of_ingress(ingress: &Ingress, source: &Source) -> Located {
    let namespace = ingress.namespace().unwrap_or_default();
    let backend = |backend: &crate::cluster::foreign::IngressBackend| {
        backend.service.as_ref().map(|service| (namespace.clone(), service.name.clone()))
    };
    let mut routes: Vec<Route> = Vec::new();
    for rule in &ingress.spec.rules {
        routes.extend(rule.http.paths.iter().map(|path| Route {
            host: rule.host.clone().filter(|host| !host.is_empty()),
            path: path.path.clone().unwrap_or_else(|| "/".to_owned()),
            exact: path.path_type == "Exact",
            service: backend(&path.backend),
        }));
    }
    if let Some(default) = &ingress.spec.default_backend {
        routes.push(Route { host: None, path: "/".to_owned(), exact: false, service: backend(default) });
    }
    let hosts = ingress.spec.rules.iter().filter_map(|rule| rule.host.clone());
    Located {
        load_balancer: hostname(&ingress.status.load_balancer, source),
        hosts: plain(hosts),
        routes,
        deleting: is_going(ingress),
    }
}

/// An HTTPRoute's hosts and routes; its load balancer is its parent's.
fn of_route(route: &HttpRoute) -> Located {
    let namespace = route.namespace().unwrap_or_default();
    let mut routes = Vec::new();
    for rule in &route.spec.rules {
        let mut services = rule.backend_refs.iter().filter(|backend| backend.weight != Some(0)).map(|backend| {
            let is_service = backend.kind.as_deref().unwrap_or("Service") == "Service"
                && backend.group.as_deref().unwrap_or_default().is_empty();
            is_service.then(|| (backend.namespace.clone().unwrap_or_else(|| namespace.clone()), backend.name.clone()))
        });
        let service = services.next().flatten().filter(|_| services.next().is_none());
        let mut paths: Vec<(String, bool)> = rule
            .matches
            .iter()
            .map(|matching| {
                let path = matching.path.clone().unwrap_or_default();
                let exact = path.type_.as_deref() == Some("Exact");
                (path.value.unwrap_or_else(|| "/".to_owned()), exact)
            })
            .collect();
        if paths.is_empty() {
            paths.push(("/".to_owned(), false));
        }
        for (path, exact) in paths {
            routes.push(Route { host: None, path, exact, service: service.clone() });
        }
    }
    let pending = Verdict::broken(Reason::LoadBalancerPending, "The parent of the route was not looked at");
    Located {
        load_balancer: Err(pending),
        hosts: plain(route.spec.hostnames.iter().cloned()),
        routes,
        deleting: is_going(route),
    }
}

/// The one parent that serves a route: the one given, or the only one that has accepted it.
fn parent_of(route: &HttpRoute, wanted: Option<&ParentRef>) -> Result<(String, String), Verdict> {
    let own = route.namespace().unwrap_or_default();
    let name = route.name_any();
    let place = |verdict: &RouteParentVerdict| {
        let parent = &verdict.parent_ref;
        (parent.namespace.clone().unwrap_or_else(|| own.clone()), parent.name.clone())
    };
    let is_gateway = |verdict: &&RouteParentVerdict| {
        verdict.parent_ref.kind.as_deref().unwrap_or("Gateway") == "Gateway"
            && verdict.parent_ref.group.as_deref().unwrap_or(crate::cluster::foreign::GATEWAY_API)
                == crate::cluster::foreign::GATEWAY_API
    };
    let is_accepted = |verdict: &&RouteParentVerdict| {
        verdict.conditions.iter().any(|condition| condition.type_ == "Accepted" && condition.status == "True")
    };
    let mut accepted: Vec<_> = route.status.parents.iter().filter(is_gateway).filter(is_accepted).map(place).collect();
    accepted.sort();
    accepted.dedup();
    if let Some(wanted) = wanted {
        let wanted = (wanted.namespace.clone().unwrap_or_else(|| own.clone()), wanted.name.clone());
        return if accepted.contains(&wanted) {
            Ok(wanted)
        } else {
            let (namespace, parent) = wanted;
            Err(Verdict::broken(
                Reason::RouteNotAccepted,
                format!(
                    "HTTPRoute {own}/{name} is not accepted by its parent {namespace}/{parent}; see the route's own status"
                ),
            ))
        };
    }
    match accepted.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Verdict::broken(
            Reason::RouteNotAccepted,
            format!("HTTPRoute {own}/{name} is accepted by none of its parents; see the route's own status"),
        )),
        several => {
            let names: Vec<String> = several.iter().map(|(namespace, name)| format!("{namespace}/{name}")).collect();
            Err(Verdict::broken(
                Reason::LoadBalancerAmbiguous,
                format!("HTTPRoute {own}/{name} has several parents ({}); set parentRef to one", names.join(", ")),
            ))
        }
    }
}

fn of_parent(parent: Option<&RouteParent>, namespace: &str, name: &str, source: &Source) -> Result<String, Verdict> {
    let Some(parent) = parent else {
        return Err(Verdict::broken(
            Reason::LoadBalancerPending,
            format!("Gateway {namespace}/{name} of {source} does not exist; waiting for it"),
        ));
    };
    // AWS's controllers write the load balancer's name; some with type Hostname, some without.
    let is_name = |address: &&crate::cluster::foreign::RouteParentAddress| {
        address.type_.as_deref() == Some("Hostname") || address.value.parse::<std::net::IpAddr>().is_err()
    };
    let names: Vec<String> =
        parent.status.addresses.iter().filter(is_name).map(|address| address.value.clone()).collect();
    chosen(&names, source)
}

fn hostname(balancers: &LoadBalancers, source: &Source) -> Result<String, Verdict> {
    let names: Vec<String> = balancers.ingress.iter().filter_map(|entry| entry.hostname.clone()).collect();
    chosen(&names, source)
}

fn chosen(names: &[String], source: &Source) -> Result<String, Verdict> {
    choose(names, source.load_balancer.as_deref())
        .map_err(|verdict| Verdict { message: format!("{source}: {}", verdict.message), ..verdict })
}

/// Hosts that name one host: in lower case, sorted, each once. A wildcard names none.
fn plain(hosts: impl Iterator<Item = String>) -> Vec<String> {
    let mut hosts: Vec<String> =
        hosts.filter(|host| !host.is_empty() && !host.contains('*')).map(|host| host.to_ascii_lowercase()).collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

fn is_going(object: &impl ResourceExt) -> bool {
    object.meta().deletion_timestamp.is_some()
}

/// The host of an endpoint: the one that the spec says, or the only one there is.
///
/// # Errors
///
/// Stalled with `HostAmbiguous`.
pub fn host(wanted: Option<&str>, located: &Located, source: &Source) -> Result<String, Hold> {
    match (wanted, located.hosts.as_slice()) {
        (Some(host), _) => Ok(host.to_owned()),
        (None, [only]) => Ok(only.clone()),
        (None, []) => Err(Hold::stalled(
            Reason::HostAmbiguous,
            format!("{source} names no host; set host to the name that its certificate carries"),
        )),
        (None, several) => Err(Hold::stalled(
            Reason::HostAmbiguous,
            format!("{source} has several hosts ({}); set host to one", listed(several.iter().map(String::as_str))),
        )),
    }
}

/// The Service behind a host and path: of the routes that match, the one that an ingress controller would take (exact before prefix,
/// longer before shorter, a named host before every host). `None` where that is not certain.
pub fn service_behind(routes: &[Route], host: &str, path: &str) -> Option<(String, String)> {
    let matches = |route: &&Route| {
        let by_host = route.host.as_deref().is_none_or(|wanted| is_host(wanted, host));
        by_host && if route.exact { route.path == path } else { is_below(path, &route.path) }
    };
    let rank = |route: &Route| (route.host.is_some(), route.exact, route.path.len());
    let best = routes.iter().filter(matches).map(rank).max()?;
    let mut services: Vec<_> =
        routes.iter().filter(matches).filter(|route| rank(route) == best).map(|route| route.service.clone()).collect();
    services.dedup();
    match services.as_slice() {
        [only] => only.clone(),
        _ => None,
    }
}

fn is_host(wanted: &str, host: &str) -> bool {
    match wanted.strip_prefix("*.") {
        Some(domain) => host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
        None => wanted.eq_ignore_ascii_case(host),
    }
}

/// Whether a path is at or below a prefix, element by element.
fn is_below(path: &str, prefix: &str) -> bool {
    // What stands behind a regular expression or a wildcard of an ingress controller is not guessed.
    let prefix = prefix.trim_end_matches('*').trim_end_matches('/');
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
