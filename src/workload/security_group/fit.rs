//! Whether a resource configuration that somebody keeps leads to an endpoint.

use crate::{
    plan::Reason,
    workload::{
        facts::{load_balancer_name, plain_name},
        hop::{Verdict, listed},
    },
};

/// Whether a resource configuration's ports and domain fit an endpoint. `domain` is `None` where it names an address or an ARN, which
/// says nothing about the host.
///
/// | ports | domain | verdict |
/// |---|---|---|
/// | without the endpoint's | | False, `Invalid` |
/// | with it, or none are named | none | Unknown, `HostMismatch` |
/// | with it, or none are named | the host, or the load balancer's name | True |
/// | with it, or none are named | another, and the load balancer is known | False, `HostMismatch` |
/// | with it, or none are named | another | Unknown, `HostMismatch`: it may lead to the same place |
pub fn fits(ports: &[String], domain: Option<&str>, host: &str, port: u16, load_balancer: Option<&str>) -> Verdict {
    let (host, load_balancer) = (plain_name(host), load_balancer.map(load_balancer_name));
    if !ports.is_empty() && !ports.iter().any(|range| includes(range, port)) {
        let message = format!(
            "The resource configuration lets ports {} through, and the endpoint is on port {port}; add it to portRanges",
            listed(ports.iter().map(String::as_str))
        );
        return Verdict::broken(Reason::Invalid, message);
    }
    let Some(domain) = domain.map(plain_name) else {
        let message =
            format!("The resource configuration names no domain, so it is not known whether it leads to {host}");
        return Verdict::unknown(Reason::HostMismatch, message);
    };
    if domain == host || Some(load_balancer_name(&domain)) == load_balancer {
        return Verdict::works(format!("The resource configuration leads to {domain} on port {port}"));
    }
    match load_balancer {
        Some(name) => Verdict::broken(
            Reason::HostMismatch,
            format!(
                "The resource configuration leads to {domain}, and the endpoint is {host} behind {name}; let its definition name one \
                 of these two, or name another resource configuration"
            ),
        ),
        None => Verdict::unknown(
            Reason::HostMismatch,
            format!("The resource configuration leads to {domain}; whether that is where {host} is, is not known"),
        ),
    }
}

/// Whether a port is in a range as VPC Lattice writes it: `443` or `8000-8999`.
fn includes(range: &str, port: u16) -> bool {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
        (Ok(first), Ok(last)) => (first..=last).contains(&port),
        (Err(_), _) | (_, Err(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::hop::Truth;

    #[test]
    fn every_row_of_the_table() {
        let (host, alb) = ("api.internal.example.com", Some("internal-alb-1.us-west-2.elb.amazonaws.com"));
        let works = (Truth::True, Reason::Settled);
        let ports = (Truth::False, Reason::Invalid);
        let elsewhere = (Truth::False, Reason::HostMismatch);
        let doubtful = (Truth::Unknown, Reason::HostMismatch);
        let table = [
            (vec!["443"], Some(host), alb, works),
            (vec!["443"], Some("API.internal.example.com."), None, works),
            (vec!["80", "400-500"], alb, alb, works),
            (vec!["443-443"], Some(host), None, works),
            (vec![], Some(host), None, works),
            (vec!["80"], Some(host), alb, ports),
            (vec!["444-500"], Some(host), alb, ports),
            (vec!["1-442"], Some(host), alb, ports),
            (vec!["nonsense"], Some(host), alb, ports),
            (vec!["80"], Some("other.example.com"), alb, ports),
            (vec!["443"], Some("other.example.com"), alb, elsewhere),
            (vec!["443"], Some("other.example.com"), None, doubtful),
            (vec!["443"], None, alb, doubtful),
        ];
        for (ports, domain, load_balancer, expected) in table {
            let ranges: Vec<String> = ports.iter().map(|range| (*range).to_owned()).collect();
            let verdict = fits(&ranges, domain, host, 443, load_balancer);
            assert_eq!((verdict.status, verdict.reason), expected, "{ports:?} {domain:?}: {}", verdict.message);
        }
    }
}
