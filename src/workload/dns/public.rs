//! A host that public DNS must know: the resource gateway does not ask the VPC.
//!
//! | zone of the VPC that covers the host | record in it | look-up | verdict |
//! |---|---|---|---|
//! | one | yes | finds a public address | Unknown: public DNS seems to know the host, too |
//! | one | yes | else | False, `PrivateNameOnPublicResolver` |
//! | one | no | finds the host | True, `Public` |
//! | one | no | else | Unknown: the zone may hide what public DNS has from the operator |
//! | none | | finds the host | True, `Public` |
//! | none | | no such name | False, `PrivateDnsMissing` |
//! | none | | failed | Unknown |
//! | something that matters could not be read | | | Unknown |

use std::net::IpAddr;

use super::{Certainty, Native, Way, address_record, foreign_zone, found, seen};
use crate::{
    plan::Reason,
    workload::{
        facts::{Known, LookUp, VpcDns},
        hop::unreadable,
    },
};

/// The table above.
pub(super) fn judge(host: &str, vpc: &VpcDns, look_up: &LookUp) -> Native {
    let id = &vpc.vpc;
    let seen = seen(host, look_up);
    let covering = match &vpc.covering {
        Known::Read(covering) => covering,
        Known::Unreadable(fault) => {
            let what = format!("the private hosted zones of {id}, so it is not known whether {host} is a private name");
            return Native::unknown(Reason::from(fault), format!("{}. {seen}", unreadable(&what, fault)));
        }
    };
    let Some(covering) = covering else { return without_zone(host, id, look_up, &seen) };
    let records = match &covering.records {
        Some(Known::Read(records)) => records,
        Some(Known::Unreadable(fault)) => {
            let what =
                format!("the private hosted zone {}, so it is not known whether it has {host}", covering.zone.name);
            return Native::unknown(Reason::from(fault), format!("{}. {seen}", unreadable(&what, fault)));
        }
        None => return foreign_zone(host, id, covering, look_up),
    };
    match (address_record(records), look_up) {
        (Some(record), LookUp::Resolves(addresses)) if addresses.iter().any(is_public) => {
            let message = format!(
                "{}, and the resource gateway asks public DNS. {seen}",
                found(host, id, &covering.zone.name, record)
            );
            Native::unknown(Reason::PrivateNameOnPublicResolver, message)
        }
        (Some(record), _) => {
            let message = format!(
                "The resource gateway asks public DNS, and {host} is a private name: {}. Use a resource gateway with \
                 resourceConfigDnsResolution IN_VPC, or let the resource configuration name the load balancer's own DNS name",
                found(host, id, &covering.zone.name, record)
            );
            Native::broken(Reason::PrivateNameOnPublicResolver, Certainty::CannotResolve, message)
        }
        (None, LookUp::Resolves(_)) => Native::resolves(Way::Public, seen),
        (None, LookUp::NoSuchName | LookUp::Failed(_)) => {
            let message = format!(
                "The resource gateway asks public DNS. The private hosted zone {} may hide from the operator what public DNS has for \
                 {host}. {seen}",
                covering.zone.name
            );
            Native::unknown(Reason::PrivateDnsMissing, message)
        }
    }
}

fn without_zone(host: &str, vpc: &str, look_up: &LookUp, seen: &str) -> Native {
    match look_up {
        LookUp::Resolves(_) => Native::resolves(Way::Public, seen.to_owned()),
        // An endpoint that is called over the internet has neither VPC nor resource gateway.
        LookUp::NoSuchName if vpc.is_empty() => {
            let message = format!(
                "{host} is not in public DNS, and the endpoint is called over the internet. {seen}. Add a record for {host} that leads to \
                 the load balancer, or give the target a privateEndpoint"
            );
            Native::broken(Reason::PrivateDnsMissing, Certainty::CannotResolve, message)
        }
        LookUp::Failed(_) if vpc.is_empty() => Native::unknown(Reason::PrivateDnsMissing, seen.to_owned()),
        LookUp::NoSuchName => {
            let message = format!(
                "The resource gateway asks public DNS, and {host} is not there; no private hosted zone of {vpc} covers it either. \
                 {seen}. Add a record for {host} that leads to the load balancer: to public DNS, or to a private hosted zone of {vpc} \
                 and with a resource gateway that has resourceConfigDnsResolution IN_VPC"
            );
            Native::broken(Reason::PrivateDnsMissing, Certainty::CannotResolve, message)
        }
        LookUp::Failed(_) => {
            Native::unknown(Reason::PrivateDnsMissing, format!("The resource gateway asks public DNS. {seen}"))
        }
    }
}

/// Whether an address can be reached from the internet, as far as its range tells.
pub(super) fn is_public(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            let is_shared = four.octets()[0] == 100 && four.octets()[1] & 0xc0 == 64;
            !(four.is_private() || four.is_loopback() || four.is_link_local() || four.is_unspecified() || is_shared)
        }
        IpAddr::V6(six) => {
            let is_local = six.is_unique_local() || six.is_unicast_link_local();
            !(is_local || six.is_loopback() || six.is_unspecified())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_for_private_use_are_not_public() {
        for address in
            ["10.0.1.7", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "fd00::1", "::1"]
        {
            assert!(!is_public(&address.parse().unwrap()), "{address}");
        }
        for address in ["54.1.2.3", "172.32.0.1", "100.128.0.1", "2600:1f00::1"] {
            assert!(is_public(&address.parse().unwrap()), "{address}");
        }
    }
}
