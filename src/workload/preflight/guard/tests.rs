use super::*;
use crate::workload::preflight::Protocol;

fn call(host: &str, via: Via) -> Call {
    Call {
        host: host.to_owned(),
        port: 443,
        path: "/mcp".to_owned(),
        via,
        protocol: Protocol::Mcp,
        any_authority: false,
        has_credentials: false,
        dynamic: false,
    }
}

fn behind(name: &str) -> Call {
    call("internal.example.com", Via::LoadBalancer(name.to_owned()))
}

/// A guard in a cluster whose Services have addresses in `10.100.0.0/16` and `fd12::/16`.
fn guard(allow: &[&str], resolve: &[&str]) -> Guard {
    let is_service = |ip: IpAddr| match ip {
        IpAddr::V4(four) => four.octets()[..2] == [10, 100],
        IpAddr::V6(six) => six.segments()[0] == 0xfd12,
    };
    Guard::new(
        allow.iter().map(|text| text.parse().unwrap()).collect(),
        resolve.iter().map(|text| text.parse().unwrap()).collect(),
        Arc::new(is_service),
    )
}

fn addresses(list: &[&str]) -> Vec<SocketAddr> {
    list.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 443)).collect()
}

fn message(obstacle: Obstacle) -> String {
    match obstacle {
        Obstacle::Unknown(finding) => {
            assert_eq!(finding.reason, Reason::Unreachable);
            finding.message
        }
        Obstacle::Failed(finding) => panic!("what is not called proves nothing: {finding:?}"),
    }
}

#[test]
fn kinds_of_addresses_where_no_load_balancer_is() {
    let table = [
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("::1", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "unspecified"),
        ("::", "unspecified"),
        ("169.254.0.1", "link-local"),
        ("fe80::1", "link-local"),
        ("febf::1", "link-local"),
        ("169.254.169.254", "metadata"),
        ("169.254.170.2", "metadata"),
        ("169.254.170.23", "metadata"),
        ("fd00:ec2::254", "metadata"),
        ("fd00:ec2::23", "metadata"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"),
        ("ff02::1", "multicast"),
        ("255.255.255.255", "broadcast"),
        ("240.0.0.1", "broadcast"),
        ("10.100.3.4", "Service"),
        ("fd12::7", "Service"),
        // The same, wrapped: mapped, compatible, through NAT64 and 6to4.
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:169.254.169.254", "metadata"),
        ("::ffff:10.100.3.4", "Service"),
        ("::127.0.0.1", "loopback"),
        ("64:ff9b::169.254.169.254", "metadata"),
        ("64:ff9b::10.100.3.4", "Service"),
        ("2002:7f00:1::", "loopback"),
        ("2002:a9fe:a9fe::1", "metadata"),
        // Where load balancers are.
        ("10.0.1.20", ""),
        ("172.31.9.9", ""),
        ("192.168.1.1", ""),
        ("100.64.0.9", ""),
        ("52.1.2.3", ""),
        ("2600:1f14::1", ""),
        ("fd00:ec3::254", ""),
        ("fec0::1", ""),
        ("64:ff9b::10.0.1.20", ""),
    ];
    for (ip, expected) in table {
        let found = guard(&[], &[]).admit(&behind("lb.example"), "lb.example", &addresses(&[ip]));
        match found {
            Ok(found) => assert_eq!((found, expected), (addresses(&[ip]), ""), "{ip}"),
            Err(obstacle) => {
                let message = message(obstacle);
                assert!(!expected.is_empty() && message.contains(expected), "{ip}: {message}");
                assert!(message.contains("--preflight-allow=lb.example"), "{message}");
            }
        }
    }
}

#[test]
fn who_is_called_where() {
    let lb = "lb.example";
    let (private, loopback, service) = ("10.0.1.20", "127.0.0.1", "10.100.0.1");
    let all = [private, loopback, service];
    // What is allowed, for which call, whose name it is, what is called of the three.
    let table: [(&[&str], Call, &str, &[&str]); 14] = [
        (&[], behind(lb), lb, &[private]),
        (&["127.0.0.0/8"], behind(lb), lb, &[private, loopback]),
        (&["10.100.0.1"], behind(lb), lb, &[private, service]),
        (&["lb.example"], behind(lb), lb, &all),
        (&["*.example"], behind(lb), lb, &all),
        // The free-text host is not whose addresses are called, so allowing it allows nothing.
        (&["internal.example.com"], behind(lb), lb, &[private]),
        (&[], call("internal.example.com", Via::Literal), "internal.example.com", &[]),
        (&["internal.example.com"], call("internal.example.com", Via::Literal), "internal.example.com", &all),
        (&["INTERNAL.example.com."], call("Internal.Example.com", Via::Literal), "Internal.Example.com", &all),
        (&["*.example.com"], call("internal.example.com", Via::Literal), "internal.example.com", &all),
        (&["*.example.com"], call("example.com", Via::Literal), "example.com", &[]),
        (&["10.0.0.0/16"], call("internal.example.com", Via::Literal), "internal.example.com", &[private]),
        (&["other.example.com"], call("internal.example.com", Via::Literal), "internal.example.com", &[]),
        (&["127.0.0.1"], call("127.0.0.1", Via::Literal), "127.0.0.1", &[loopback]),
    ];
    for (allow, call, name, expected) in table {
        let admitted = guard(allow, &[]).admit(&call, name, &addresses(&all));
        if expected.is_empty() {
            let message = message(admitted.unwrap_err());
            assert!(message.contains(&format!("--preflight-allow={name}")), "{message}");
        } else {
            assert_eq!(admitted, Ok(addresses(expected)), "{allow:?} {call:?}");
        }
    }
}

#[test]
fn a_wrapped_address_is_covered_by_the_network_of_what_it_wraps() {
    let wrapped = addresses(&["::ffff:127.0.0.1"]);
    let admitted = guard(&["127.0.0.1"], &[]).admit(&behind("lb.example"), "lb.example", &wrapped);
    assert_eq!(admitted, Ok(wrapped));
}

#[test]
fn no_more_addresses_are_tried_than_load_balancers_have() {
    let many: Vec<_> = (1..=50).map(|last| SocketAddr::from(([10, 0, 0, last], 443))).collect();
    for allow in [&[][..], &["lb.example"]] {
        assert_eq!(guard(allow, &[]).admit(&behind("lb.example"), "lb.example", &many).unwrap().len(), 8);
    }
}

#[tokio::test]
async fn a_literal_host_that_nobody_vouches_for_is_not_even_looked_up() {
    // `.invalid` never resolves, so a look-up would be told as one.
    let literal = call("secret.invalid", Via::Literal);
    let patience = Duration::from_secs(5);
    let unasked = message(guard(&[], &[]).addresses(&literal, patience).await.unwrap_err());
    assert!(unasked.contains("only the spec names secret.invalid"), "{unasked}");
    let asked = message(guard(&["10.0.0.0/8"], &[]).addresses(&literal, patience).await.unwrap_err());
    assert!(asked.contains("cannot be resolved") && asked.contains("--resolve=secret.invalid:443:ADDRESS"), "{asked}");
}

#[tokio::test]
async fn an_entry_of_resolve_is_for_the_name_whose_addresses_are_called() {
    let resolve = [
        "lb.invalid:443:10.0.1.20",
        "LB.invalid:443:10.0.2.20:8443",
        "lb.invalid:80:10.0.3.20",
        "internal.example.com:443:10.0.9.9",
        "[fd00::7]:443:[fd00::8]:444",
    ];
    let patience = Duration::from_secs(5);
    let found = |guard: Guard, call: Call| async move { guard.addresses(&call, patience).await };
    let both: Vec<SocketAddr> = vec!["10.0.1.20:443".parse().unwrap(), "10.0.2.20:8443".parse().unwrap()];
    assert_eq!(found(guard(&[], &resolve), behind("lb.invalid")).await, Ok(both));
    // Another port, so the entries are not for it, and neither is the one for the free-text host.
    let mut other = behind("lb.invalid");
    other.port = 8443;
    message(found(guard(&["internal.example.com"], &resolve), other).await.unwrap_err());
    message(found(guard(&["internal.example.com"], &resolve), behind("nowhere.invalid")).await.unwrap_err());

    let literal = call("internal.example.com", Via::Literal);
    let expected = vec!["10.0.9.9:443".parse().unwrap()];
    assert_eq!(found(guard(&["internal.example.com"], &resolve), literal.clone()).await, Ok(expected.clone()));
    assert_eq!(found(guard(&["10.0.0.0/8"], &resolve), literal.clone()).await, Ok(expected));
    message(found(guard(&[], &resolve), literal).await.unwrap_err());

    let six = call("[fd00::7]", Via::Literal);
    assert_eq!(found(guard(&["fd00::/16"], &resolve), six).await, Ok(vec!["[fd00::8]:444".parse().unwrap()]));
}

#[tokio::test]
async fn an_address_that_the_flag_gives_is_judged_like_any_other() {
    let patience = Duration::from_secs(5);
    for (ip, kind) in [("127.0.0.1", "loopback"), ("169.254.169.254", "metadata"), ("10.100.0.1", "Service")] {
        let guard = guard(&[], &[&format!("lb.example:443:{ip}")]);
        let message = message(guard.addresses(&behind("lb.example"), patience).await.unwrap_err());
        assert!(message.contains(kind), "{message}");
    }
    // A load balancer's "name" may be an address, too, and so may the name that a resolver gives.
    for name in ["127.0.0.1", "localhost", "::1", "169.254.169.254", "0.0.0.0"] {
        message(guard(&[], &[]).addresses(&behind(name), patience).await.unwrap_err());
    }
}

#[test]
fn allowances_are_read_or_refused_with_a_sentence() {
    for (text, expected) in [
        ("internal.example.com", Allowance::Host("internal.example.com".into())),
        ("*.Example.com", Allowance::Host("*.example.com".into())),
        ("*", Allowance::Host("*".into())),
        ("10.0.0.0/8", Allowance::Network("10.0.0.0/8".parse().unwrap())),
        ("10.1.2.3/8", Allowance::Network("10.0.0.0/8".parse().unwrap())),
        ("127.0.0.1", Allowance::Network("127.0.0.1/32".parse().unwrap())),
        ("fd00::/8", Allowance::Network("fd00::/8".parse().unwrap())),
        ("::1", Allowance::Network("::1/128".parse().unwrap())),
    ] {
        assert_eq!(text.parse(), Ok(expected), "{text}");
    }
    for text in [
        "",
        " ",
        "https://internal.example.com",
        "internal.example.com:443",
        "internal.example.com/mcp",
        "10.0.0.0/33",
        "10.0.0.256",
        "10.0.0",
        "fd00::/129",
        "a..b",
        ".example.com",
        "a b",
        "exämple.com",
    ] {
        let error = text.parse::<Allowance>().unwrap_err();
        assert!(error.contains(&format!("\"{text}\"")) && error.contains("10.0.0.0/8"), "{error}");
    }
}

#[test]
fn resolutions_are_read_or_refused_with_a_sentence() {
    for (text, host, port, address) in [
        ("lb.example:443:10.0.1.20", "lb.example", 443, "10.0.1.20:443"),
        ("lb.example:443:10.0.1.20:8443", "lb.example", 443, "10.0.1.20:8443"),
        ("LB.example.:443:[fd00::1]", "lb.example", 443, "[fd00::1]:443"),
        ("lb.example:443:[fd00::1]:8443", "lb.example", 443, "[fd00::1]:8443"),
        ("[fd00::7]:443:10.0.1.20", "fd00::7", 443, "10.0.1.20:443"),
        ("10.0.0.7:443:10.0.1.20", "10.0.0.7", 443, "10.0.1.20:443"),
    ] {
        let expected = Resolution { host: host.into(), port, address: address.parse().unwrap() };
        assert_eq!(text.parse(), Ok(expected), "{text}");
    }
    for text in [
        "",
        "lb.example",
        "lb.example:443",
        "lb.example:443:",
        "lb.example::10.0.1.20",
        "lb.example:0:10.0.1.20",
        "lb.example:65536:10.0.1.20",
        "lb.example:443:other.example",
        "lb.example:443:fd00::1",
        "lb.example:443:[fd00::1",
        "lb.example:443:[10.0.1.20]",
        "lb.example:443:[fd00::1]8443",
        "lb.example:443:10.0.1.20:",
        "lb.example:443:10.0.1.20:0",
        "lb.example:443:10.0.1.20:80:90",
        "*:443:10.0.1.20",
        "fd00::7:443:10.0.1.20",
        ":443:10.0.1.20",
    ] {
        let error = text.parse::<Resolution>().unwrap_err();
        assert!(error.contains("HOST:PORT:ADDRESS"), "{text}: {error}");
    }
}

#[test]
fn a_star_stands_for_any_run_of_characters() {
    for (pattern, name, expected) in [
        ("*", "anything.at.all", true),
        ("*.example.com", "a.example.com", true),
        ("*.example.com", "a.b.example.com", true),
        ("*.example.com", "example.com", false),
        ("*.example.com", "a.example.com.evil.test", false),
        ("internal-*.elb.amazonaws.com", "internal-a-1.us-west-2.elb.amazonaws.com", true),
        ("internal-*.elb.amazonaws.com", "external-a.elb.amazonaws.com", false),
        ("a*b*c", "abbc", true),
        ("a*b*c", "acb", false),
        ("example.com", "examplexcom", false),
        ("example.com", "example.com.", true),
    ] {
        let allowance: Allowance = pattern.parse().unwrap();
        assert_eq!(allowance.covers_name(name), expected, "{pattern} {name}");
    }
    // No pattern takes long, whatever the name.
    let pattern: Allowance = "*a".repeat(100).parse().unwrap();
    assert!(!pattern.covers_name(&"a".repeat(60).repeat(3).replace('a', "ab")));
}
