//! Every row of the table, and what the messages say.

use super::*;
use crate::{
    aws::Fault,
    workload::{
        facts::{LoadBalancerKind, Target, TargetGroup, TargetKind},
        hop::Truth,
    },
};

const NLB: &str = "k8s-ingressn-nginxing-0123456789-0123456789abcdef.elb.us-west-2.amazonaws.com";

fn demand() -> Demand<'static> {
    Demand { name: NLB, port: 443, allow_internet_facing: false }
}

fn nlb() -> LoadBalancer {
    LoadBalancer {
        arn: "arn:nlb".into(),
        dns_name: NLB.into(),
        state: LoadBalancerState::Active,
        state_reason: None,
        kind: LoadBalancerKind::Network,
        scheme: "internal".into(),
        vpc: "vpc-1".into(),
        subnets: vec!["subnet-1".into()],
        security_groups: vec!["sg-1".into()],
        address_type: "ipv4".into(),
    }
}

fn listener(port: u16, protocol: &str, tls: Tls) -> Listener {
    Listener { arn: format!("arn:listener-{port}"), port, protocol: protocol.into(), tls, forwards_to: Vec::new() }
}

fn pool(name: &str, targets: Known<Vec<Health>>) -> Pool {
    let target = |(number, health)| Target { id: format!("10.0.1.{number}"), port: Some(8000), health };
    Pool {
        group: TargetGroup { arn: format!("arn:{name}"), name: name.into(), kind: TargetKind::Address },
        targets: targets.map(|targets| Arc::new((1..).zip(targets).map(target).collect())),
        preserves_client_addresses: Known::Read(false),
    }
}

fn entrance(listeners: Vec<Listener>, pools: Vec<Pool>) -> Entrance {
    Entrance {
        port: 443,
        listeners: Known::Read(Arc::new(listeners)),
        certificates: Known::Read(Vec::new()),
        pools: Known::Read(pools),
    }
}

fn healthy() -> Entrance {
    entrance(vec![listener(443, "TLS", Tls::Here)], vec![pool("web", Known::Read(vec![Health::Healthy]))])
}

fn found(load_balancer: LoadBalancer) -> Known<Option<Arc<LoadBalancer>>> {
    Known::Read(Some(Arc::new(load_balancer)))
}

fn denied(operation: &'static str) -> Fault {
    Fault::new(operation, Some("AccessDenied"), "not authorized")
}

/// Judges, and looks for these words in the message.
#[track_caller]
fn expect(verdict: &Verdict, status: Truth, reason: Reason, words: &[&str]) {
    assert_eq!((verdict.status, verdict.reason), (status, reason), "{}", verdict.message);
    for word in words {
        assert!(verdict.message.contains(word), "{word} in: {}", verdict.message);
    }
}

#[test]
fn an_internal_load_balancer_with_tls_and_a_healthy_target_is_ready() {
    let verdict = judge(&demand(), &found(nlb()), Some(&healthy()));
    expect(&verdict, Truth::True, Reason::Settled, &[NLB, "internal", "TLS listener on port 443"]);
    assert!(!verdict.message.contains("health"), "{}", verdict.message);
    let passing_on = entrance(
        vec![listener(443, "TCP", Tls::Behind)],
        vec![pool("web", Known::Read(vec![Health::Not("unhealthy".into()), Health::Healthy]))],
    );
    expect(&judge(&demand(), &found(nlb()), Some(&passing_on)), Truth::True, Reason::Settled, &["TCP"]);
}

#[test]
fn a_load_balancer_that_is_not_there() {
    let alb = "internal-k8s-restapi-restapi-0123456789-1234567890.us-west-2.elb.amazonaws.com";
    let table = [
        (NLB, "is gone"),
        ("gateway.example.com", "not the load balancer's own"),
        (alb, "Classic"),
        ("a0123456789abcdef0123456789abcde-1234567890.us-west-2.elb.amazonaws.com", "Classic"),
        ("internal-a0123456789abcdef-1234567890.cn-north-1.elb.amazonaws.com.cn", "Classic"),
    ];
    for (name, words) in table {
        let verdict = judge(&Demand { name, ..demand() }, &Known::Read(None), None);
        expect(&verdict, Truth::False, Reason::LoadBalancerNotFound, &[name, words]);
    }
    for name in [NLB, "a.b.us-west-2.elb.amazonaws.com", "web.us-west-2.elb.amazonaws.com", "x.elb.amazonaws.com"] {
        assert!(!has_classic_form(name), "{name}");
    }
}

#[test]
fn states_of_the_load_balancer() {
    use LoadBalancerState::{Active, Failed, Impaired, Other, Provisioning};
    let table = [
        (Active, Truth::True, Reason::Settled, "internal"),
        (Impaired, Truth::True, Reason::Settled, "impaired"),
        (Provisioning, Truth::False, Reason::LoadBalancerPending, "provisioning"),
        (Failed, Truth::False, Reason::LoadBalancerNotFound, "no free addresses"),
        (Other("resting".into()), Truth::Unknown, Reason::LoadBalancerPending, "resting"),
    ];
    for (state, status, reason, words) in table {
        let load_balancer = LoadBalancer { state, state_reason: Some("no free addresses".into()), ..nlb() };
        expect(&judge(&demand(), &found(load_balancer), Some(&healthy())), status, reason, &[NLB, words]);
    }
}

#[test]
fn the_internet_is_kept_out_unless_it_is_meant() {
    let public = || found(LoadBalancer { scheme: "internet-facing".into(), ..nlb() });
    let verdict = judge(&demand(), &public(), Some(&healthy()));
    expect(&verdict, Truth::False, Reason::InternetFacing, &[NLB, "allowInternetFacing: true"]);
    let meant = Demand { allow_internet_facing: true, ..demand() };
    expect(&judge(&meant, &public(), Some(&healthy())), Truth::True, Reason::Settled, &["internet-facing"]);
}

#[test]
fn a_listener_that_cannot_carry_tls() {
    let healthy = || vec![pool("web", Known::Read(vec![Health::Healthy]))];
    let table = [
        (vec![], vec!["no listener at all", "port 443"]),
        (vec![listener(8443, "HTTPS", Tls::Here), listener(80, "HTTP", Tls::Nowhere)], vec!["HTTP 80", "HTTPS 8443"]),
        (vec![listener(443, "HTTP", Tls::Nowhere)], vec!["speaks HTTP", "port 443"]),
        (vec![listener(443, "UDP", Tls::Nowhere)], vec!["speaks UDP"]),
    ];
    for (listeners, words) in table {
        let verdict = judge(&demand(), &found(nlb()), Some(&entrance(listeners, healthy())));
        expect(&verdict, Truth::False, Reason::NoTlsListener, &words);
    }
}

#[test]
fn without_a_healthy_target_it_is_not_ready_and_the_reasons_are_told() {
    let sick = |why: &str| Health::Not(why.into());
    let table = [
        (vec![], vec!["no target group"]),
        (vec![pool("web", Known::Read(vec![]))], vec!["web", "no targets", "ready pods"]),
        (
            vec![
                pool("web", Known::Read(vec![sick("unhealthy, Target.Timeout")])),
                pool("api", Known::Read(vec![sick("draining")])),
            ],
            vec!["web, api", "10.0.1.1 (unhealthy, Target.Timeout)", "10.0.1.1 (draining)"],
        ),
    ];
    for (pools, words) in table {
        let entrance = entrance(vec![listener(443, "TLS", Tls::Here)], pools);
        expect(&judge(&demand(), &found(nlb()), Some(&entrance)), Truth::False, Reason::NoHealthyTarget, &words);
    }
    let unchecked = entrance(
        vec![listener(443, "TLS", Tls::Here)],
        vec![pool("web", Known::Read(vec![sick("draining"), Health::NotChecked]))],
    );
    expect(&judge(&demand(), &found(nlb()), Some(&unchecked)), Truth::True, Reason::Settled, &["Nobody checks"]);
}

#[test]
fn what_was_read_stands_when_health_cannot_be_read() {
    let tls = || vec![listener(443, "TLS", Tls::Here)];
    let unreadable = || Known::Unreadable(denied("DescribeTargetHealth"));
    let sick = || Known::Read(vec![Health::Not("unhealthy".into())]);
    let half = entrance(tls(), vec![pool("web", sick()), pool("api", unreadable())]);
    let none = Entrance { pools: Known::Unreadable(denied("DescribeTargetGroups")), ..entrance(tls(), vec![]) };
    for (entrance, permission) in
        [(half, "elasticloadbalancing:DescribeTargetHealth"), (none, "elasticloadbalancing:DescribeTargetGroups")]
    {
        let verdict = judge(&demand(), &found(nlb()), Some(&entrance));
        expect(&verdict, Truth::True, Reason::Settled, &["TLS listener", "not known", permission]);
    }
}

#[test]
fn what_cannot_be_read_does_not_block() {
    let verdict = judge(&demand(), &Known::Unreadable(denied("DescribeLoadBalancers")), None);
    expect(&verdict, Truth::Unknown, Reason::Denied, &["elasticloadbalancing:DescribeLoadBalancers"]);
    let blind = Entrance { listeners: Known::Unreadable(denied("DescribeListeners")), ..healthy() };
    let verdict = judge(&demand(), &found(nlb()), Some(&blind));
    expect(&verdict, Truth::Unknown, Reason::Denied, &["elasticloadbalancing:DescribeListeners", NLB]);
    let public = found(LoadBalancer { scheme: "internet-facing".into(), ..nlb() });
    let verdict = judge(&demand(), &public, Some(&blind));
    expect(&verdict, Truth::False, Reason::InternetFacing, &[]);
    expect(&judge(&demand(), &found(nlb()), None), Truth::Unknown, Reason::LoadBalancerPending, &[]);
}

#[test]
fn one_name_is_chosen_or_the_spec_must_say_which() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let chosen = [
        (names(&["one"]), None, "one"),
        (names(&["", "One."]), None, "one"),
        (names(&["one", "dualstack.one"]), None, "one"),
        (names(&["one", "two"]), Some("two"), "two"),
        (names(&["one", "two"]), Some("Dualstack.Two."), "two"),
    ];
    for (hostnames, wanted, expected) in chosen {
        assert_eq!(choose(&hostnames, wanted), Ok(expected.to_owned()), "{hostnames:?} {wanted:?}");
    }
    let refused = [
        (names(&[]), None, Reason::LoadBalancerPending, "no hostname"),
        (names(&[""]), Some("one"), Reason::LoadBalancerPending, "no hostname"),
        (names(&["one", "two"]), None, Reason::LoadBalancerAmbiguous, "one, two"),
        (names(&["one", "two"]), Some("three"), Reason::LoadBalancerNotFound, "three"),
    ];
    for (hostnames, wanted, reason, words) in refused {
        expect(&choose(&hostnames, wanted).unwrap_err(), Truth::False, reason, &[words]);
    }
}
