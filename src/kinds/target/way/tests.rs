use super::*;
use crate::workload::hop::Verdict;

fn endpoint(url: &str) -> Option<String> {
    Endpoint::parse(url).map(|endpoint| format!("{} {} {}", endpoint.host, endpoint.port, endpoint.path))
}

#[test]
fn an_endpoint_is_read_from_what_a_spec_says_outright() {
    let table = [
        ("https://internal.example.com/mcp-server/mcp", Some("internal.example.com 443 /mcp-server/mcp")),
        ("https://Internal.Example.com:8443/mcp?x=1", Some("internal.example.com 8443 /mcp?x=1")),
        ("https://api.example.com", Some("api.example.com 443 ")),
        ("https://api.example.com/", Some("api.example.com 443 /")),
        ("http://internal.example.com/mcp", None),
        ("/relative", None),
        ("not a url", None),
    ];
    for (url, expected) in table {
        assert_eq!(endpoint(url).as_deref(), expected, "{url}");
    }
}

#[test]
fn an_endpoint_is_written_without_the_usual_port() {
    for url in ["https://internal.example.com/mcp", "https://internal.example.com:8443/mcp"] {
        assert_eq!(Endpoint::parse(url).map(|endpoint| endpoint.url()).as_deref(), Some(url));
    }
    let bare = Endpoint {
        host: "api.example.com".into(),
        port: 443,
        path: String::new(),
        served_by: None,
        is_private_api: false,
    };
    assert_eq!(bare.url(), "https://api.example.com");
}

#[test]
fn what_comes_by_itself_is_waited_for_and_the_rest_is_a_persons() {
    let shown = |reason| match Verdict::broken(reason, "words").hold() {
        Hold::Waiting { .. } => "waits",
        Hold::Stalled { .. } => "stalls",
        Hold::Failed(_) => "failed",
    };
    for reason in [Reason::LoadBalancerPending, Reason::NoHealthyTarget, Reason::NoReadyEndpoints, Reason::Slow] {
        assert_eq!(shown(reason), "waits", "{reason}");
    }
    for reason in [Reason::InternetFacing, Reason::HostMismatch, Reason::EgressBlocked, Reason::NotMcp] {
        assert_eq!(shown(reason), "stalls", "{reason}");
    }
}

/// Hops of which these are broken.
fn hops(broken: &[(&str, Reason)]) -> Hops {
    let mut hops = Hops::unknown("nothing is known");
    for (type_, reason) in broken {
        let verdict = Verdict::broken(*reason, format!("{type_} is broken"));
        match *type_ {
            "LoadBalancerReady" => hops.load_balancer = verdict,
            "CertificateTrusted" => hops.certificate = verdict,
            "NetworkAllowed" => hops.network = verdict,
            _ => hops.preflight = verdict,
        }
    }
    hops
}

#[test]
fn the_first_fault_that_a_person_must_mend_is_told_before_what_comes_by_itself() {
    type Row<'a> = (&'a [(&'a str, Reason)], Option<Reason>, Option<Reason>);
    // | broken hops | told | told when a failed look at the server is only reported |
    let table: [Row<'_>; 5] = [
        (&[], None, None),
        (
            &[("LoadBalancerReady", Reason::NoHealthyTarget), ("CertificateTrusted", Reason::HostMismatch)],
            Some(Reason::HostMismatch),
            Some(Reason::HostMismatch),
        ),
        (
            &[("LoadBalancerReady", Reason::NoHealthyTarget)],
            Some(Reason::NoHealthyTarget),
            Some(Reason::NoHealthyTarget),
        ),
        (&[("Preflight", Reason::NotMcp)], Some(Reason::NotMcp), None),
        (
            &[("Preflight", Reason::NotMcp), ("NetworkAllowed", Reason::EgressBlocked)],
            Some(Reason::EgressBlocked),
            Some(Reason::EgressBlocked),
        ),
    ];
    for (broken, enforced, reported) in table {
        let hops = hops(broken);
        assert_eq!(hops.blocked(true).map(|hold| hold.reason()), enforced, "{broken:?}");
        assert_eq!(hops.blocked(false).map(|hold| hold.reason()), reported, "{broken:?}");
    }
}

#[test]
fn of_a_target_that_is_there_only_what_is_gone_matters() {
    let gone = |type_, reason| hops(&[(type_, reason)]).gone().map(|hold| hold.reason());
    assert_eq!(gone("LoadBalancerReady", Reason::LoadBalancerNotFound), Some(Reason::LoadBalancerNotFound));
    assert_eq!(gone("CertificateTrusted", Reason::CertificateExpired), Some(Reason::CertificateExpired));
    assert_eq!(gone("LoadBalancerReady", Reason::NoHealthyTarget), None);
    assert_eq!(gone("CertificateTrusted", Reason::HostMismatch), None);
    assert_eq!(gone("NetworkAllowed", Reason::EgressBlocked), None);
}
