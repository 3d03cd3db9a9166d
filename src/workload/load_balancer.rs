//! Whether a load balancer can take the traffic of a resource gateway (condition `LoadBalancerReady`).
//!
//! | what was seen | verdict |
//! |---|---|
//! | no name in the object's status yet, or AWS still provisions | False, `LoadBalancerPending` |
//! | several names, and the spec picks none | False, `LoadBalancerAmbiguous` |
//! | no load balancer of that `DNSName` | False, `LoadBalancerNotFound` |
//! | AWS could not make it | False, `LoadBalancerNotFound`, in AWS's words |
//! | it faces the internet, and that is not allowed | False, `InternetFacing` |
//! | no listener on the port, or one that cannot carry TLS | False, `NoTlsListener` |
//! | every target known, and none healthy | False, `NoHealthyTarget` |
//! | one of the calls failed before this could be told | Unknown |
//! | else | True; that health could not be read is told |

use std::sync::Arc;

use super::{
    facts::{
        Entrance, Health, Known, Listener, LoadBalancer, LoadBalancerState, Pool, Tls, listener_on, load_balancer_name,
    },
    hop::{Verdict, listed, unreadable},
};
use crate::plan::Reason;

/// What is asked of a load balancer.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'spec> {
    /// The `DNSName`, as the object's status has it.
    pub name: &'spec str,
    /// The port of the endpoint.
    pub port: u16,
    /// Whether it may face the internet.
    pub allow_internet_facing: bool,
}

/// The load balancer's name out of those in an object's status.
///
/// # Errors
///
/// There is none, the wanted one is not among them, or there are several and none is wanted.
pub fn choose(hostnames: &[String], wanted: Option<&str>) -> Result<String, Verdict> {
    let mut names: Vec<String> =
        hostnames.iter().map(|name| load_balancer_name(name)).filter(|name| !name.is_empty()).collect();
    names.sort();
    names.dedup();
    let shown = || listed(names.iter().map(String::as_str));
    match (names.as_slice(), wanted.map(load_balancer_name)) {
        ([], _) => Err(Verdict::broken(
            Reason::LoadBalancerPending,
            "the object's status has no hostname of a load balancer yet; its controller puts it there, and this goes on then",
        )),
        (names, Some(wanted)) if names.contains(&wanted) => Ok(wanted),
        (_, Some(wanted)) => Err(Verdict::broken(
            Reason::LoadBalancerNotFound,
            format!("loadBalancerHostname is {wanted}, and the object's status shows {}; name one of these", shown()),
        )),
        ([only], None) => Ok(only.clone()),
        (_, None) => Err(Verdict::broken(
            Reason::LoadBalancerAmbiguous,
            format!("the object's status shows several load balancers ({}); set loadBalancerHostname to one", shown()),
        )),
    }
}

/// Whether the load balancer can take the traffic.
pub fn judge(
    demand: &Demand<'_>,
    load_balancer: &Known<Option<Arc<LoadBalancer>>>,
    entrance: Option<&Entrance>,
) -> Verdict {
    let load_balancer = match load_balancer {
        Known::Read(Some(load_balancer)) => load_balancer,
        Known::Read(None) => return not_found(demand.name),
        Known::Unreadable(fault) => return Verdict::unreadable("the load balancers", fault),
    };
    if let Some(verdict) = unfit(demand, load_balancer) {
        return verdict;
    }
    let Some(entrance) = entrance else {
        return Verdict::unknown(Reason::LoadBalancerPending, "The load balancer's listeners were not looked at yet");
    };
    let listeners = match &entrance.listeners {
        Known::Read(listeners) => listeners,
        Known::Unreadable(fault) => {
            return Verdict::unreadable(&format!("the listeners of {}", demand.name), fault);
        }
    };
    let listener = match tls_listener(demand, listeners) {
        Ok(listener) => listener,
        Err(verdict) => return verdict,
    };
    let state = match load_balancer.state {
        LoadBalancerState::Impaired => ", impaired (AWS cannot scale it: look at the free addresses of its subnets),",
        LoadBalancerState::Active
        | LoadBalancerState::Provisioning
        | LoadBalancerState::Failed
        | LoadBalancerState::Other(_) => "",
    };
    match health(demand.name, &entrance.pools) {
        Ok(health) => {
            let Listener { protocol, port, .. } = listener;
            let scheme = &load_balancer.scheme;
            let name = demand.name;
            Verdict::works(format!("{name} is {scheme}{state} and has a {protocol} listener on port {port}"))
                .with_note(&health)
        }
        Err(verdict) => verdict,
    }
}

fn not_found(name: &str) -> Verdict {
    let message = if has_classic_form(name) {
        format!(
            "Elastic Load Balancing has no Application or Network Load Balancer with the DNSName {name} in this account and region. \
             Names of Classic Load Balancers have this form, and these cannot be used: let the AWS Load Balancer Controller or EKS \
             Auto Mode make a Network Load Balancer for the Service (loadBalancerClass). If it was an Application Load Balancer, it \
             is gone"
        )
    } else {
        format!(
            "Elastic Load Balancing has no load balancer with the DNSName {name} in this account and region. It is gone, or belongs \
             to another account or region, or the object's status shows a name that is not the load balancer's own"
        )
    };
    Verdict::broken(Reason::LoadBalancerNotFound, message)
}

/// Whether a name has the form of a Classic Load Balancer's, `[internal-]<name>-<digits>.<region>.elb.amazonaws.com`, which Application
/// Load Balancers share. Names of Network Load Balancers have `elb` before the region.
fn has_classic_form(name: &str) -> bool {
    let name = load_balancer_name(name);
    let name = name.strip_suffix(".cn").unwrap_or(&name);
    let Some(rest) = name.strip_suffix(".elb.amazonaws.com") else { return false };
    let Some((label, region)) = rest.split_once('.') else { return false };
    let digits = label.rsplit_once('-').map(|(_, digits)| digits).unwrap_or_default();
    !region.contains('.') && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// What speaks against the load balancer as such.
fn unfit(demand: &Demand<'_>, load_balancer: &LoadBalancer) -> Option<Verdict> {
    let name = demand.name;
    let words = load_balancer.state_reason.as_deref().unwrap_or("AWS gave no reason");
    match &load_balancer.state {
        LoadBalancerState::Active | LoadBalancerState::Impaired => {}
        LoadBalancerState::Provisioning => {
            return Some(Verdict::broken(
                Reason::LoadBalancerPending,
                format!("AWS is still provisioning {name}; this goes on when it is active"),
            ));
        }
        LoadBalancerState::Failed => {
            return Some(Verdict::broken(
                Reason::LoadBalancerNotFound,
                format!("AWS could not make the load balancer {name}: {words}"),
            ));
        }
        LoadBalancerState::Other(state) => {
            return Some(Verdict::unknown(
                Reason::LoadBalancerPending,
                format!("The load balancer {name} is in a state that is not known here: {state} ({words})"),
            ));
        }
    }
    (!load_balancer.is_internal() && !demand.allow_internet_facing).then(|| {
        Verdict::broken(
            Reason::InternetFacing,
            format!(
                "{name} is {}: everybody on the internet can try to reach it. Make it internal, or say that it is meant so with \
                 allowInternetFacing: true",
                load_balancer.scheme
            ),
        )
    })
}

fn tls_listener<'listeners>(
    demand: &Demand<'_>,
    listeners: &'listeners [Listener],
) -> Result<&'listeners Listener, Verdict> {
    let Demand { name, port, .. } = demand;
    let broken = |message| Err(Verdict::broken(Reason::NoTlsListener, message));
    let Some(listener) = listener_on(listeners, *port) else {
        let mut others: Vec<String> =
            listeners.iter().map(|listener| format!("{} {}", listener.protocol, listener.port)).collect();
        others.sort();
        let others =
            if others.is_empty() { "no listener at all".to_owned() } else { listed(others.iter().map(String::as_str)) };
        return broken(format!(
            "{name} has no listener on port {port}; it has {others}. Add an HTTPS or TLS listener, or set the port to one of these"
        ));
    };
    if listener.tls == Tls::Nowhere {
        return broken(format!(
            "The listener of {name} on port {port} speaks {}, and AgentCore calls endpoints by HTTPS only. Make it an HTTPS or TLS \
             listener with a certificate for the host",
            listener.protocol
        ));
    }
    Ok(listener)
}

/// A sentence about the health of the targets, when it does not speak against the load balancer.
fn health(name: &str, pools: &Known<Vec<Pool>>) -> Result<String, Verdict> {
    let pools = match pools {
        Known::Read(pools) => pools,
        Known::Unreadable(fault) => return Ok(health_unknown(fault)),
    };
    let mut unhealthy = Vec::new();
    let mut fault = None;
    for pool in pools {
        match &pool.targets {
            Known::Unreadable(unread) => fault = Some(unread),
            Known::Read(targets) => {
                for target in targets.iter() {
                    match &target.health {
                        Health::Healthy => return Ok(String::new()),
                        Health::NotChecked => {
                            return Ok("Nobody checks the health of its targets".to_owned());
                        }
                        Health::Not(why) => unhealthy.push(format!("{} ({why})", target.id)),
                    }
                }
            }
        }
    }
    if let Some(fault) = fault {
        return Ok(health_unknown(fault));
    }
    unhealthy.sort();
    let groups = listed(pools.iter().map(|pool| pool.group.name.as_str()));
    let message = if pools.is_empty() {
        format!("{name} has no target group, so there is nothing that could answer")
    } else if unhealthy.is_empty() {
        format!(
            "The target groups of {name} ({groups}) have no targets: look whether the Service has ready pods, and at the events of \
             its TargetGroupBinding"
        )
    } else {
        format!(
            "No target of {name} is healthy (target groups {groups}): {}. Look at the pods, and at the path and port of the health \
             check",
            listed(unhealthy.iter().map(String::as_str))
        )
    };
    Err(Verdict::broken(Reason::NoHealthyTarget, message))
}

fn health_unknown(fault: &crate::aws::Fault) -> String {
    format!("Whether a target is healthy is not known. {}", unreadable("the health of its targets", fault))
}

#[cfg(test)]
mod tests;
