//! The last hop: the server itself, and the pods that answer for it.

use std::{sync::Arc, time::Duration};

use kube::ResourceExt;
use tokio::time::{Instant, sleep};

use super::{super::kind::lists_dynamically, Endpoint, Hops, Walk, is_false};
use crate::{
    api::{GatewayTargetSpec, PreflightPolicy},
    aws::Fault,
    cluster::{
        View,
        foreign::{EndpointSlice, Ingress, Pod, Service},
    },
    plan::Reason,
    workload::{
        hop::Verdict,
        locate::{self, service_behind},
        preflight::{Call, Look, Outcome, Protocol, Report, Via},
        rollout::{self, Rollout, is_ingress_controller},
        source::{Kind, Source},
    },
};

/// How long a target that is not there yet is held for the answer of a server that answers soon.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long the last answer of a server that is being called again counts for a target that is not there yet: longer than a look takes.
const LAST_ANSWER: Duration = Duration::from_mins(3);

/// How long a look is good for a target that is not there yet, at least. A look may take more than a minute, and one that were too old at
/// its end would be made for ever.
const FRESH: Duration = Duration::from_mins(2);

/// How often is looked whether it has answered.
const PAUSE: Duration = Duration::from_millis(10);

/// Whether the endpoint is an MCP server's.
pub(super) fn is_mcp(spec: &GatewayTargetSpec) -> bool {
    spec.target_configuration.mcp_server().is_some()
}

/// Whether AWS asks the server whenever an agent lists its tools.
fn is_dynamic(walk: &Walk<'_>) -> bool {
    let status = walk.target.status.as_ref();
    lists_dynamically(walk.spec(), &status.map(|status| status.facts.clone()).unwrap_or_default())
}

/// Whose pods answer: those that the spec names, else those of the one Service behind host and path, where that is certain.
pub(super) fn rollout(walk: &Walk<'_>, endpoint: &Endpoint) -> Option<Rollout> {
    let stores = walk.world.cluster.stores();
    let namespace = walk.target.namespace().unwrap_or_default();
    if let Some(reference) = &walk.spec().workload_ref {
        return rollout::named(stores, &namespace, reference);
    }
    rollout::behind(stores, service(walk, endpoint)?.as_ref())
}

/// The Service whose pods answer. Behind an ingress controller's Service it is the one that an Ingress of the target's own namespace leads
/// host and path to.
fn service(walk: &Walk<'_>, endpoint: &Endpoint) -> Option<Arc<Service>> {
    let stores = walk.world.cluster.stores();
    let get = |namespace: &str, name: &str| {
        stores.services.get(&kube::runtime::reflector::ObjectRef::new(name).within(namespace))
    };
    let namespace = walk.target.namespace().unwrap_or_default();
    let (source, located) = endpoint.served_by.as_ref()?;
    let (place, name) = if source.kind == Kind::Service {
        let service = get(&source.namespace, &source.name)?;
        if source.namespace == namespace && !is_ingress_controller(&service) {
            return Some(service);
        }
        let routes = ingresses_of(walk, &namespace);
        service_behind(&routes, &endpoint.host, &endpoint.path)?
    } else {
        service_behind(&located.routes, &endpoint.host, &endpoint.path)?
    };
    get(&place, &name)
}

fn ingresses_of(walk: &Walk<'_>, namespace: &str) -> Vec<locate::Route> {
    let all: Vec<Arc<Ingress>> = walk.world.cluster.stores().ingresses.state();
    let here = all.iter().filter(|ingress| ingress.namespace().as_deref() == Some(namespace));
    here.flat_map(|ingress| {
        let source = Source {
            kind: Kind::Ingress,
            namespace: namespace.to_owned(),
            name: ingress.name_any(),
            parent: None,
            load_balancer: None,
        };
        locate::of_ingress(ingress, &source).routes
    })
    .filter(|route| route.host.is_some())
    .collect()
}

/// What is known of the server: what its pods tell, and what it answered when it was called; and whether it is being called.
pub(super) async fn look(
    walk: &Walk<'_>,
    endpoint: &Endpoint,
    name: Option<&Result<String, Verdict>>,
    rollout: Option<&Rollout>,
    hops: &mut Hops,
) -> Result<(Option<Arc<Report>>, bool), Fault> {
    if walk.spec().preflight == Some(PreflightPolicy::Skip) {
        hops.preflight = Verdict::unknown(Reason::Suspended, "spec.preflight is Skip: the server is not called");
        return Ok((None, false));
    }
    if let Some(verdict) = pods(walk, endpoint, rollout).await? {
        hops.preflight = verdict;
        return Ok((None, false));
    }
    let via = match name {
        Some(Ok(name)) if endpoint.served_by.is_some() => Via::LoadBalancer(name.clone()),
        Some(Err(_)) => {
            hops.preflight = Verdict::unknown(Reason::Unreachable, "Not called: the load balancer is not known");
            return Ok((None, false));
        }
        Some(Ok(_)) | None => Via::Literal,
    };
    let call = call(walk, endpoint, via);
    let (report, is_new) = ask(walk, &call, rollout).await;
    hops.preflight = match &report {
        None => {
            Verdict::unknown(Reason::Unreachable, format!("{} is being called; it has not answered yet", call.url()))
        }
        Some(report) => verdict(&call, report),
    };
    Ok((report, !is_new))
}

fn call(walk: &Walk<'_>, endpoint: &Endpoint, via: Via) -> Call {
    let spec = walk.spec();
    Call {
        host: endpoint.host.clone(),
        port: endpoint.port,
        path: endpoint.path.clone(),
        via,
        protocol: if is_mcp(spec) { Protocol::Mcp } else { Protocol::Http },
        any_authority: !spec.certificate_configurations.is_empty(),
        has_credentials: !spec.credential_provider_configurations.is_empty(),
        dynamic: is_dynamic(walk),
    }
}

/// The newest report, and whether it is new enough. A target that is not there yet waits a moment for a server that answers soon, which
/// spares a look and a write; a server that is slower than what counts as new is judged by the answer that it gave last.
async fn ask(walk: &Walk<'_>, call: &Call, rollout: Option<&Rollout>) -> (Option<Arc<Report>>, bool) {
    let not_before = not_before(walk, rollout);
    let begun = Instant::now();
    loop {
        let look = walk.world.preflights.look(call, not_before);
        match look {
            Look::Current(report) => return (Some(report), true),
            Look::Renewing(report) if walk.from.exists => return (report, false),
            Look::Renewing(report) if begun.elapsed() >= PATIENCE || (report.is_some() && is_false(walk.target)) => {
                return (report.filter(|report| report.begun.elapsed() < LAST_ANSWER), false);
            }
            Look::Renewing(_) => sleep(PAUSE).await,
        }
    }
}

/// How old a report may be: a server that failed is called again soon, one that serves after its rollout and at its interval.
fn not_before(walk: &Walk<'_>, rollout: Option<&Rollout>) -> Instant {
    let settings = &walk.world.settings;
    let age = if walk.from.exists && !is_false(walk.target) {
        super::super::sync::interval(walk.target)
    } else if is_false(walk.target) {
        settings.retry_floor.saturating_mul(5)
    } else {
        settings.drift_interval.max(FRESH)
    };
    let recent = Instant::now().checked_sub(age).unwrap_or_else(Instant::now);
    let completed = rollout.and_then(|rollout| {
        walk.world.rollouts.completed(&walk.target.uid().unwrap_or_default(), &rollout.version, rollout.complete)
    });
    completed.map_or(recent, |completed| completed.max(recent))
}

fn verdict(call: &Call, report: &Report) -> Verdict {
    match &report.outcome {
        Outcome::Passed(Some(catalogue)) => Verdict::works(format!(
            "{} answered two handshakes and lists {} tools, {} prompts and {} resources",
            call.url(),
            catalogue.tool_count(),
            catalogue.prompt_count(),
            catalogue.resource_count()
        )),
        Outcome::Passed(None) => Verdict::works(format!("{} answered over TLS", call.url())),
        Outcome::Failed(finding) => Verdict::broken(finding.reason, finding.message.clone()),
        Outcome::Unknown(finding) => Verdict::unknown(finding.reason, finding.message.clone()),
    }
}

/// What pods tell of a server that cannot answer: there are none, or none is ready, and why.
async fn pods(walk: &Walk<'_>, endpoint: &Endpoint, rollout: Option<&Rollout>) -> Result<Option<Verdict>, Fault> {
    let broken = |message: String| Some(Verdict::broken(Reason::NoReadyEndpoints, message));
    match rollout {
        Some(rollout) if rollout.serving > 0 => Ok(None),
        Some(rollout) if rollout.wanted == 0 => {
            Ok(broken(format!("{} is scaled to 0, so nobody answers; scale it up", rollout.title)))
        }
        Some(rollout) => {
            let waiting = waiting(walk, rollout).await?;
            Ok(broken(format!("{} has no ready pod{waiting}; see its events and logs", rollout.title)))
        }
        None => {
            let Some(service) = service(walk, endpoint).filter(|_| !walk.from.exists && walk.view == View::Watched)
            else {
                return Ok(None);
            };
            let (namespace, name) = (service.namespace().unwrap_or_default(), service.name_any());
            let slices: Vec<EndpointSlice> =
                walk.world.cluster.select(&namespace, &format!("kubernetes.io/service-name={name}")).await?;
            let mut endpoints = slices.iter().flat_map(|slice| &slice.endpoints).peekable();
            // No slice at all is no claim: whoever fills the load balancer may do without.
            if endpoints.peek().is_none() || endpoints.any(|endpoint| endpoint.conditions.ready.unwrap_or(true)) {
                return Ok(None);
            }
            Ok(broken(format!("Service {name} has no ready endpoint; see the events and logs of its pods")))
        }
    }
}

/// Why the pods of a workload wait, in Kubernetes' own words.
async fn waiting(walk: &Walk<'_>, rollout: &Rollout) -> Result<String, Fault> {
    if rollout.labels.is_empty() {
        return Ok(String::new());
    }
    let pods: Vec<Pod> = walk.world.cluster.select(&rollout.namespace, &rollout.labels).await?;
    let mut reasons: Vec<String> = pods
        .iter()
        .flat_map(|pod| pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses))
        .filter_map(|container| {
            let reason = container.state.waiting.as_ref()?.reason.as_ref()?;
            Some(format!("container {} waits with {reason}", container.name))
        })
        .collect();
    reasons.sort();
    reasons.dedup();
    reasons.truncate(3);
    Ok(if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(", ")) })
}
