//! Whether a host resolves where the resource gateway resolves it (condition `DnsResolved`), and when a routing domain is needed.
//!
//! The VPC itself cannot be asked. What is known is its attributes and its private hosted zones, and what the operator's own resolver
//! says, which may be another network's.
//!
//! Resolved by the VPC's resolver, as a managed resource gateway does:
//!
//! | DNS support | zone that covers the host | record in it | DNS hostnames | look-up | verdict | cannot resolve, for certain |
//! |---|---|---|---|---|---|---|
//! | off | | | | | False, `VpcDnsDisabled` | yes, and no other name either |
//! | on | one | | off | finds the host | Unknown, `VpcDnsDisabled` | no |
//! | on | one | | off | no such name | False, `VpcDnsDisabled` | yes |
//! | on | one | | off | failed | False, `VpcDnsDisabled` | no |
//! | on | one | yes | on | | True, `PrivateHostedZone` | no |
//! | on | one | no: the zone hides public DNS | on | finds the host | Unknown, `PrivateDnsMissing` | no |
//! | on | one | no | on | else | False, `PrivateDnsMissing` | yes |
//! | on | none | | | finds the host | True, `Public` | no |
//! | on | none | | | else: nothing speaks for the host | False, `PrivateDnsMissing` | yes |
//! | something that matters could not be read | | | | | Unknown | no |
//!
//! A load balancer's own name is public, whatever its addresses. With `Auto`, what certainly cannot be resolved is reached by that name:
//! the verdict is then True, `RoutingDomain`.

mod public;

use std::net::IpAddr;

use super::{
    facts::{Covering, Known, LookUp, Record, VpcDns, load_balancer_name, plain_name},
    hop::{Verdict, listed, unreadable},
};
use crate::plan::Reason;

/// What is asked of DNS.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'spec> {
    /// The host that must resolve: the endpoint's, or the domain of a resource configuration.
    pub host: &'spec str,
    /// The `DNSName` of the load balancer that it must lead to, where one is known.
    pub load_balancer: Option<&'spec str>,
    /// Who resolves.
    pub resolver: Resolver,
    /// What to do about a host that cannot be resolved.
    pub routing: Routing<'spec>,
}

/// Who resolves on behalf of a resource gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolver {
    /// The VPC's resolver: managed resource gateways, and those with `resourceConfigDnsResolution: IN_VPC`.
    InVpc,
    /// Public DNS: `resourceConfigDnsResolution: PUBLIC`.
    Public,
}

/// What to do about a host that cannot be resolved (`routingDomainPolicy`, `routingDomain`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing<'spec> {
    /// Resolve the load balancer's name instead, where the host certainly cannot be resolved.
    Auto,
    /// Nothing.
    Never,
    /// This name is resolved instead of the host already.
    Set(&'spec str),
}

/// How a host is resolved, as it stands in status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By a private hosted zone of the VPC.
    PrivateHostedZone,
    /// By public DNS.
    Public,
    /// Not at all: another name is resolved instead.
    RoutingDomain,
    /// Nobody knows.
    Unknown,
}

impl Way {
    /// The word that stands in `status.resolved.dns`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PrivateHostedZone => "PrivateHostedZone",
            Self::Public => "Public",
            Self::RoutingDomain => "RoutingDomain",
            Self::Unknown => "Unknown",
        }
    }
}

/// Whether the host itself, without a routing domain, can be resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// It can.
    Resolves,
    /// It certainly cannot, and the load balancer's own name can.
    CannotResolve,
    /// Nobody knows, or no name can be resolved.
    Unproved,
}

/// How a host is resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolution {
    /// The condition.
    pub verdict: Verdict,
    /// By whom.
    pub way: Way,
    /// What is known of the host itself.
    pub certainty: Certainty,
    /// What is to be resolved instead of the host, when that is needed: the one that is set, or with `Auto` the load balancer's name.
    pub routing_domain: Option<String>,
}

/// How a host is resolved.
pub fn judge(demand: &Demand<'_>, vpc: &VpcDns, look_up: &LookUp) -> Resolution {
    let host = plain_name(demand.host);
    let own = if host.parse::<IpAddr>().is_ok() {
        Native::resolves(Way::Public, format!("{host} is an address, and need not be resolved"))
    } else if demand.load_balancer.is_some_and(|name| load_balancer_name(name) == load_balancer_name(&host)) {
        Native::resolves(Way::Public, format!("{host} is the load balancer's own name, which public DNS knows"))
    } else {
        match demand.resolver {
            Resolver::InVpc => in_vpc(&host, vpc, look_up),
            Resolver::Public => public::judge(&host, vpc, look_up),
        }
    };
    routed(demand, &host, vpc, own)
}

/// What is known of the host itself.
#[derive(Debug, Clone, PartialEq)]
struct Native {
    verdict: Verdict,
    way: Way,
    certainty: Certainty,
}

impl Native {
    fn resolves(way: Way, message: String) -> Self {
        Self { verdict: Verdict::works(message), way, certainty: Certainty::Resolves }
    }

    fn broken(reason: Reason, certainty: Certainty, message: String) -> Self {
        Self { verdict: Verdict::broken(reason, message), way: Way::Unknown, certainty }
    }

    fn unknown(reason: Reason, message: String) -> Self {
        Self { verdict: Verdict::unknown(reason, message), way: Way::Unknown, certainty: Certainty::Unproved }
    }
}

/// What a routing domain makes of it.
fn routed(demand: &Demand<'_>, host: &str, vpc: &VpcDns, own: Native) -> Resolution {
    let domain = match (demand.routing, demand.load_balancer) {
        (Routing::Set(domain), _) => domain.to_owned(),
        (Routing::Auto, Some(name)) if own.certainty == Certainty::CannotResolve => plain_name(name),
        (Routing::Auto | Routing::Never, _) => {
            let Native { verdict, way, certainty } = own;
            return Resolution { verdict, way, certainty, routing_domain: None };
        }
    };
    let message = format!("{domain} is resolved instead of {host} (routingDomain)");
    let verdict = match own.certainty {
        _ if demand.resolver == Resolver::InVpc && vpc.support.read() == Some(&false) => {
            let note = format!("{message}, and {} may resolve no name at all: {}", vpc.vpc, own.verdict.message);
            Verdict::unknown(Reason::VpcDnsDisabled, note)
        }
        Certainty::Resolves => {
            let why = &own.verdict.message;
            Verdict::works(format!(
                "{message}. It is no longer needed: {why}. To drop it, set routingDomainPolicy: Never"
            ))
        }
        Certainty::CannotResolve => Verdict::works(format!("{message}, because: {}", own.verdict.message)),
        Certainty::Unproved => Verdict::works(message),
    };
    Resolution { verdict, way: Way::RoutingDomain, certainty: own.certainty, routing_domain: Some(domain) }
}

/// The table above.
fn in_vpc(host: &str, vpc: &VpcDns, look_up: &LookUp) -> Native {
    let VpcDns { vpc: id, support, hostnames, covering } = vpc;
    if support.read() == Some(&false) {
        let message = format!(
            "DNS is switched off in {id} (enableDnsSupport is false), so its resolver answers for no name, {host} included. Set \
             enableDnsSupport and enableDnsHostnames to true"
        );
        return Native::broken(Reason::VpcDnsDisabled, Certainty::Unproved, message);
    }
    match covering {
        Known::Unreadable(fault) => {
            let what = format!("the private hosted zones of {id}, so it is not known whether one answers for {host}");
            Native::unknown(Reason::from(fault), format!("{}. {}", unreadable(&what, fault), seen(host, look_up)))
        }
        Known::Read(None) => without_zone(host, id, support, look_up),
        Known::Read(Some(covering)) => match (&covering.records, support.get().and(hostnames.get())) {
            (_, Ok(false)) => silent_zone(host, id, covering, look_up),
            (None, _) => foreign_zone(host, id, covering, look_up),
            (Some(Known::Unreadable(fault)), _) => unreadable_zone(host, id, covering, fault, look_up),
            (_, Err(fault)) => {
                let what =
                    format!("whether {id} answers from private hosted zones ({} covers {host})", covering.zone.name);
                Native::unknown(Reason::from(fault), unreadable(&what, fault))
            }
            (Some(Known::Read(records)), Ok(true)) => in_zone(host, id, covering, records, look_up),
        },
    }
}

fn without_zone(host: &str, vpc: &str, support: &Known<bool>, look_up: &LookUp) -> Native {
    let none = format!("No private hosted zone that is associated with {vpc} covers {host}");
    let seen = seen(host, look_up);
    match (support.get(), look_up) {
        (Err(fault), _) => {
            let what = format!("whether {vpc} resolves names at all");
            Native::unknown(Reason::from(fault), format!("{none}. {seen}. {}", unreadable(&what, fault)))
        }
        (Ok(_), LookUp::Resolves(_)) => {
            Native::resolves(Way::Public, format!("{none}, and public DNS is asked. {seen}"))
        }
        (Ok(_), LookUp::NoSuchName | LookUp::Failed(_)) => {
            let message = format!(
                "{none}. {seen}. Associate the private hosted zone that has {host} with {vpc}, or create one with a record for \
                 {host} that leads to the load balancer"
            );
            Native::broken(Reason::PrivateDnsMissing, Certainty::CannotResolve, message)
        }
    }
}

/// A zone covers the host, and the VPC does not ask it.
fn silent_zone(host: &str, vpc: &str, covering: &Covering, look_up: &LookUp) -> Native {
    let message = format!(
        "The private hosted zone {} covers {host}, and {vpc} does not answer from private hosted zones because enableDnsHostnames is \
         false; set it to true. {}",
        covering.zone.name,
        seen(host, look_up)
    );
    match look_up {
        LookUp::Resolves(_) => Native::unknown(Reason::VpcDnsDisabled, message),
        LookUp::NoSuchName => Native::broken(Reason::VpcDnsDisabled, Certainty::CannotResolve, message),
        LookUp::Failed(_) => Native::broken(Reason::VpcDnsDisabled, Certainty::Unproved, message),
    }
}

fn unreadable_zone(host: &str, vpc: &str, covering: &Covering, fault: &crate::aws::Fault, look_up: &LookUp) -> Native {
    let what = format!("the private hosted zone {} that answers for {host} in {vpc}", covering.zone.name);
    Native::unknown(Reason::from(fault), format!("{}. {}", unreadable(&what, fault), seen(host, look_up)))
}

/// The zone belongs to somebody else.
fn foreign_zone(host: &str, vpc: &str, covering: &Covering, look_up: &LookUp) -> Native {
    let message = format!(
        "The private hosted zone {} answers for {host} in {vpc}. It belongs to {}, and Route 53 shows its records to that owner only: ask \
         there whether it has a record for {host} that leads to the load balancer. {}",
        covering.zone.name,
        covering.zone.owner,
        seen(host, look_up)
    );
    Native::unknown(Reason::Denied, message)
}

fn in_zone(host: &str, vpc: &str, covering: &Covering, records: &[Record], look_up: &LookUp) -> Native {
    let zone = &covering.zone.name;
    if let Some(record) = address_record(records) {
        return Native::resolves(Way::PrivateHostedZone, found(host, vpc, zone, record));
    }
    if is_delegated(host, zone, records) {
        let message = format!(
            "The private hosted zone {zone} of {vpc} hands {host} over to other name servers, which cannot be asked from here. {}",
            seen(host, look_up)
        );
        return Native::unknown(Reason::PrivateDnsMissing, message);
    }
    let message = format!(
        "The private hosted zone {zone}, which is associated with {vpc}, covers {host} and has no A, AAAA or CNAME record for it, and \
         public DNS is not asked for what a private zone covers. Add a record for {host} that leads to the load balancer"
    );
    match look_up {
        LookUp::Resolves(_) => {
            Native::unknown(Reason::PrivateDnsMissing, format!("{message}. {}", seen(host, look_up)))
        }
        LookUp::NoSuchName | LookUp::Failed(_) => {
            Native::broken(Reason::PrivateDnsMissing, Certainty::CannotResolve, message)
        }
    }
}

/// The record that gives the host an address.
fn address_record(records: &[Record]) -> Option<&Record> {
    records.iter().find(|record| ["A", "AAAA", "CNAME"].contains(&record.kind.as_str()))
}

/// Whether a zone hands the host over to the name servers of another. A zone's own name servers stand at its apex.
fn is_delegated(host: &str, zone: &str, records: &[Record]) -> bool {
    host != zone && records.iter().any(|record| record.kind == "NS")
}

fn found(host: &str, vpc: &str, zone: &str, record: &Record) -> String {
    let leads_to = listed(record.leads_to.iter().map(String::as_str));
    format!(
        "{host} resolves in {vpc}: private hosted zone {zone}, {} record {} to {leads_to}",
        record.kind, record.name
    )
}

/// A sentence about the operator's own look-up. Without the addresses: those of a load balancer come and go, and each time the
/// condition would be written anew.
fn seen(host: &str, look_up: &LookUp) -> String {
    match look_up {
        LookUp::Resolves(addresses) => {
            let kind = if addresses.iter().any(public::is_public) { "public" } else { "private" };
            format!("The operator's own resolver finds {host} at {kind} addresses")
        }
        LookUp::NoSuchName => format!("The operator's own resolver knows no {host}"),
        LookUp::Failed(why) => format!("The operator's own resolver gave no answer for {host} ({why})"),
    }
}

#[cfg(test)]
mod tests;
