//! The way from AgentCore to a target's endpoint: where it begins, which hops it has, and what is known of each.
//!
//! Nothing here decides what to do; `Way` is what a plan decides on. What was derived when a target was made is fixed (see [`derive`]).

mod derive;
mod hops;
mod network;
mod private_api;
mod server;

use std::sync::Arc;

use kube::ResourceExt;
use tokio::time::Instant;

use self::derive::Derived;
pub(super) use self::hops::{HOPS, Hops};
use super::{
    super::{World, references::Referrer},
    kind::Kind,
    sync::Offer,
};
use crate::{
    api::{EndpointFrom, GatewayTarget, GatewayTargetSpec, PreflightPolicy, PrivateEndpoint, Resolved},
    cluster::View,
    plan::{Hold, Reason},
    status,
    workload::{
        facts::{Entrance, Known, LoadBalancer, load_balancer_name},
        hop::Truth,
        locate::{self, Located, locate},
        preflight::{Outcome, Report},
        rollout::Rollout,
        source::{Source, endpoint_from},
    },
};

/// Where a target's endpoint is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Endpoint {
    /// The host, as certificates name it.
    pub(super) host: String,
    /// The port.
    pub(super) port: u16,
    /// The path; empty, or with a slash at its front.
    pub(super) path: String,
    /// The object that serves it, and what it told.
    pub(super) served_by: Option<(Source, Located)>,
    /// It is a private REST API of API Gateway.
    pub(super) is_private_api: bool,
}

impl Endpoint {
    /// Whether the spec does not say it outright.
    pub(super) fn is_derived(&self) -> bool {
        self.served_by.is_some() || self.is_private_api
    }

    /// The endpoint as a URL: the port stands there unless it is the usual one.
    pub(super) fn url(&self) -> String {
        let Self { host, port, path, .. } = self;
        if *port == 443 { format!("https://{host}{path}") } else { format!("https://{host}:{port}{path}") }
    }

    /// Reads a URL that a spec says outright. `None` when it is none that can be called over TLS.
    fn parse(url: &str) -> Option<Self> {
        let uri: http::Uri = url.parse().ok()?;
        if uri.scheme_str() != Some("https") {
            return None;
        }
        Some(Self {
            host: uri.host()?.to_ascii_lowercase(),
            port: uri.port_u16().unwrap_or(443),
            // A URL without a path is read as one with a slash, and is not written so.
            path: uri
                .path_and_query()
                .map(ToString::to_string)
                .filter(|path| path != "/" || url.ends_with('/'))
                .unwrap_or_default(),
            served_by: None,
            is_private_api: false,
        })
    }
}

/// What is known of the way.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// Where it leads.
    pub(super) endpoint: Option<Endpoint>,
    /// The private network it goes through, complete where it could be completed.
    pub(super) private_endpoint: Option<PrivateEndpoint>,
    /// What is written to status.
    pub(super) resolved: Option<Resolved>,
    /// One verdict a hop.
    pub(super) hops: Hops,
    /// The operator's own look at the server, when it is new enough.
    pub(super) report: Option<Arc<Report>>,
    /// The server is being looked at.
    pub(super) is_asked: bool,
    /// It has not answered this process yet, which may have begun just now.
    pub(super) is_unanswered: bool,
    /// Whose pods answer.
    pub(super) rollout: Option<Rollout>,
    /// What has to be known before a target can be made, and is not.
    pub(super) missing: Option<Hold>,
    /// Why what the spec refers to cannot be used.
    pub(super) unusable: Option<Hold>,
}

impl Way {
    /// A way of which nothing is known.
    pub(super) fn unknown(private_endpoint: Option<PrivateEndpoint>, why: &str) -> Self {
        Self {
            endpoint: None,
            private_endpoint,
            resolved: None,
            hops: Hops::unknown(why),
            report: None,
            is_asked: false,
            is_unanswered: false,
            rollout: None,
            missing: None,
            unusable: None,
        }
    }

    /// Whether it leads to a load balancer that is known by name, at which can be looked.
    pub(super) fn is_looked_at(&self) -> bool {
        let is_served = self.endpoint.as_ref().is_some_and(|endpoint| endpoint.served_by.is_some());
        is_served || routing_domain(self.private_endpoint.as_ref()).is_some()
    }

    /// Whether it leads to a private REST API of API Gateway.
    pub(super) fn is_private_api(&self) -> bool {
        self.endpoint.as_ref().is_some_and(|endpoint| endpoint.is_private_api)
    }

    /// What the server offers, as far as it is known.
    pub(super) fn offer(&self) -> Offer<'_> {
        match (&self.report, self.hops.preflight.status) {
            (Some(report), _) => match &report.outcome {
                Outcome::Passed(Some(catalogue)) => Offer::Known(catalogue),
                Outcome::Passed(None) | Outcome::Unknown(_) => Offer::Unreachable,
                Outcome::Failed(_) => Offer::Broken,
            },
            (None, Truth::False) => Offer::Broken,
            (None, Truth::True | Truth::Unknown) if self.is_asked => Offer::Asked,
            (None, Truth::True | Truth::Unknown) => Offer::Unreachable,
        }
    }
}

/// What a load balancer is, as far as AWS told.
#[derive(Debug, Clone)]
struct Front {
    name: String,
    balancer: Known<Option<Arc<LoadBalancer>>>,
    entrance: Option<Entrance>,
}

impl Front {
    fn balancer(&self) -> Option<&Arc<LoadBalancer>> {
        self.balancer.read().and_then(Option::as_ref)
    }
}

/// What a way is looked for with.
#[derive(Clone, Copy)]
struct Walk<'a> {
    target: &'a GatewayTarget,
    world: &'a World,
    from: Referrer<'a>,
    view: View,
    /// How old an answer of AWS may be.
    since: Instant,
}

impl Walk<'_> {
    fn spec(&self) -> &GatewayTargetSpec {
        &self.target.spec
    }

    fn before(&self) -> Option<&Resolved> {
        self.told().filter(|_| self.from.exists)
    }

    /// What status says of the same kind of way: what a load balancer told is nothing that counts behind a VPC endpoint.
    fn told(&self) -> Option<&Resolved> {
        let told = self.target.status.as_ref().and_then(|status| status.facts.resolved.as_ref());
        told.filter(|told| told.vpc_endpoint_id.is_some() == private_api::of(self.spec()).is_some())
    }
}

/// Where a target's endpoint is. `literal` is the address that the spec, or its OpenAPI document, says outright.
///
/// # Errors
///
/// The reference leads nowhere, is not permitted, or leaves the host open.
pub(super) async fn endpoint_of(
    target: &GatewayTarget,
    world: &World,
    exists: bool,
    literal: Option<&str>,
    view: View,
) -> Result<Option<Endpoint>, Hold> {
    if let Some(api) = private_api::of(&target.spec) {
        return Ok(Some(private_api::endpoint(api, world.aws.account())));
    }
    let Some(from) = endpoint_from(&target.spec) else { return Ok(literal.and_then(Endpoint::parse)) };
    let namespace = target.namespace().unwrap_or_default();
    let Some(source) = Source::of_endpoint(&namespace, &from) else {
        return Err(Hold::stalled(
            Reason::Invalid,
            "endpointFrom names no object; set serviceRef, ingressRef or httpRouteRef",
        ));
    };
    let referrer = locate::Referrer { kind: "GatewayTarget", namespace: &namespace };
    let located = locate(&world.cluster, referrer, &source, view).await?;
    if located.deleting && !exists {
        return Err(Hold::waiting(
            Reason::ReferenceNotReady,
            format!("{source} is being deleted; nothing is made for it any more"),
        ));
    }
    let EndpointFrom { host, path, port, .. } = &*from;
    let default_path = if server::is_mcp(&target.spec) { "/mcp" } else { "" };
    Ok(Some(Endpoint {
        host: locate::host(host.as_deref(), &located, &source)?,
        port: port.and_then(|port| u16::try_from(port).ok()).unwrap_or(443),
        path: path.clone().unwrap_or_else(|| default_path.to_owned()),
        served_by: Some((source, located)),
        is_private_api: false,
    }))
}

/// Looks at every hop. Asks of AWS only what is not known freshly enough, and calls the server only through what is shared by all targets.
///
/// # Errors
///
/// A referenced object is not permitted, or a call failed without which nothing can be said.
pub(super) async fn find(
    target: &GatewayTarget,
    world: &World,
    from: Referrer<'_>,
    endpoint: Option<Endpoint>,
    private_endpoint: Option<PrivateEndpoint>,
    view: View,
) -> Result<Way, Hold> {
    let walk = Walk { target, world, from, view, since: since(target, world, from.exists) };
    let Some(endpoint) = endpoint else {
        let why = Kind::wanted(&target.spec.target_configuration).without_address();
        let mut way = Way::unknown(private_endpoint, why);
        if let Some(unfit) = network::unfit(&walk).await {
            way.hops.network = unfit;
        }
        return Ok(way);
    };
    let name = match &endpoint.served_by {
        Some((_, located)) => Some(located.load_balancer.clone()),
        None => routing_domain(private_endpoint.as_ref()).map(Ok),
    };
    let front = match &name {
        Some(Ok(name)) => Some(front(&walk, name, endpoint.port).await),
        Some(Err(_)) | None => None,
    };
    let rollout = server::rollout(&walk, &endpoint);
    let api = match private_api::of(walk.spec()) {
        Some(api) => Some(private_api::find(&walk, api, private_endpoint.clone()).await),
        None => None,
    };
    let (derived, unusable, told) = match api {
        Some(private_api::Way { derived, unusable, resolved }) => (derived, unusable, Some(resolved)),
        None => (derive::derive(&walk, private_endpoint, front.as_ref()), None, None),
    };
    let mut hops = network::judge(&walk, &endpoint, name.as_ref(), front.as_ref(), &derived).await;
    let derived = derive::with_routing(derived, &walk, front.as_ref(), &hops);
    let (report, is_asked) = server::look(&walk, &endpoint, name.as_ref(), rollout.as_ref(), &mut hops).await?;
    hops.settle(report.as_deref(), name.is_some());
    let is_unanswered = is_asked && report.is_none();
    let unanswered = (is_unanswered && !from.exists && enforces(&target.spec)).then(|| {
        Hold::waiting(
            Reason::ReferenceNotReady,
            "The server is being called before it is registered; it has not answered yet",
        )
    });
    let report = report.filter(|_| !is_asked);
    let resolved = told.or_else(|| derive::resolved(&walk, front.as_ref(), &derived, &hops));
    Ok(Way {
        endpoint: Some(endpoint),
        private_endpoint: derived.endpoint,
        resolved,
        hops,
        report,
        is_asked,
        is_unanswered,
        rollout,
        missing: derived.missing.or(unanswered),
        unusable,
    })
}

async fn front(walk: &Walk<'_>, name: &str, port: u16) -> Front {
    let Walk { world, since, .. } = walk;
    let balancer = world.facts.load_balancer(&world.aws, name, *since).await;
    let entrance = match &balancer {
        Known::Read(Some(found)) => Some(world.facts.entrance(&world.aws, found, port, *since).await),
        Known::Read(None) | Known::Unreadable(_) => None,
    };
    Front { name: load_balancer_name(name), balancer, entrance }
}

/// A routing domain that is a load balancer's name says which one serves an endpoint that is written out.
fn routing_domain(endpoint: Option<&PrivateEndpoint>) -> Option<String> {
    match endpoint {
        Some(PrivateEndpoint::ManagedVpcResource(resource)) => {
            resource.routing_domain.clone().filter(|name| name.contains(".elb."))
        }
        Some(PrivateEndpoint::SelfManagedLatticeResource(_)) | None => None,
    }
}

/// How old what AWS said may be. What is good is believed for ten sweeps; what is bad, and what somebody asks for, is looked at again soon,
/// but once for all who wait.
fn since(target: &GatewayTarget, world: &World, exists: bool) -> Instant {
    let settings = &world.settings;
    let is_bad = is_false(target) || (!exists && has_hop(target, |said| said != "True"));
    let age = if world.asked || is_bad {
        settings.retry_floor.saturating_mul(5)
    } else {
        settings.drift_interval.saturating_mul(10)
    };
    Instant::now().checked_sub(age).unwrap_or_else(Instant::now)
}

/// Whether status has a hop that certainly does not work.
fn is_false(target: &GatewayTarget) -> bool {
    has_hop(target, |said| said == "False")
}

/// Whether status has a hop whose condition is like this.
fn has_hop(target: &GatewayTarget, is_meant: impl Fn(&str) -> bool) -> bool {
    target.status.as_ref().is_some_and(|status| {
        HOPS.iter().any(|hop| status::find(&status.conditions, hop).is_some_and(|found| is_meant(&found.status)))
    })
}

/// Whether a failed look at the server stands in the way.
pub(super) fn enforces(spec: &GatewayTargetSpec) -> bool {
    spec.preflight.unwrap_or_default() == PreflightPolicy::Enforce
}

#[cfg(test)]
mod tests;
