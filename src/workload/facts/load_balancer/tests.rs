//! What Elastic Load Balancing answers, as it is kept.

use super::*;

fn load_balancer(dns_name: &str) -> LoadBalancer {
    LoadBalancer::from(
        sdk::LoadBalancer::builder().dns_name(dns_name).load_balancer_arn(format!("arn:{dns_name}")).build(),
    )
}

#[test]
fn a_load_balancer_as_aws_tells_it() {
    let answer = sdk::LoadBalancer::builder()
        .load_balancer_arn("arn:nlb")
        .dns_name("NLB-1.elb.us-west-2.amazonaws.com")
        .scheme(sdk::LoadBalancerSchemeEnum::Internal)
        .r#type(sdk::LoadBalancerTypeEnum::Network)
        .vpc_id("vpc-1")
        .state(
            sdk::LoadBalancerState::builder().code(sdk::LoadBalancerStateEnum::Failed).reason("no addresses").build(),
        )
        .availability_zones(sdk::AvailabilityZone::builder().subnet_id("subnet-1").build())
        .availability_zones(sdk::AvailabilityZone::builder().subnet_id("subnet-2").build())
        .security_groups("sg-1")
        .ip_address_type(sdk::IpAddressType::Ipv4)
        .build();
    let expected = LoadBalancer {
        arn: "arn:nlb".into(),
        dns_name: "NLB-1.elb.us-west-2.amazonaws.com".into(),
        state: LoadBalancerState::Failed,
        state_reason: Some("no addresses".into()),
        kind: LoadBalancerKind::Network,
        scheme: "internal".into(),
        vpc: "vpc-1".into(),
        subnets: vec!["subnet-1".into(), "subnet-2".into()],
        security_groups: vec!["sg-1".into()],
        address_type: "ipv4".into(),
    };
    let parsed = LoadBalancer::from(answer);
    assert_eq!(parsed, expected);
    assert!(parsed.is_internal());
    assert!(!load_balancer("a").is_internal(), "silence is no promise");
}

#[test]
fn names_are_compared_as_dns_does() {
    let listed = ["NLB-1.elb.us-west-2.amazonaws.com", "internal-alb-1.us-west-2.elb.amazonaws.com"];
    let all = LoadBalancers(
        listed.map(load_balancer).map(|one| (load_balancer_name(&one.dns_name), Arc::new(one))).into_iter().collect(),
    );
    for name in [
        "nlb-1.elb.us-west-2.amazonaws.com",
        "NLB-1.ELB.us-west-2.amazonaws.com.",
        "dualstack.nlb-1.elb.us-west-2.amazonaws.com",
    ] {
        assert_eq!(all.named(name).unwrap().dns_name, listed[0], "{name}");
    }
    for name in ["", "nlb-1", "nlb-1.elb.us-west-2.amazonaws.com.evil.example", "dualstack."] {
        assert_eq!(all.named(name), None, "{name}");
    }
    assert_eq!(all.with_arn(&format!("arn:{}", listed[1])).unwrap().dns_name, listed[1]);
    assert_eq!(all.with_arn("arn:other"), None);
}

#[test]
fn a_listener_says_where_tls_ends_and_what_it_forwards_to() {
    let table = [
        ("HTTPS", Tls::Here),
        ("TLS", Tls::Here),
        ("TCP", Tls::Behind),
        ("TCP_UDP", Tls::Behind),
        ("HTTP", Tls::Nowhere),
        ("UDP", Tls::Nowhere),
        ("GENEVE", Tls::Nowhere),
        ("NEW", Tls::Nowhere),
    ];
    for (protocol, tls) in table {
        let answer = sdk::Listener::builder().port(443).protocol(sdk::ProtocolEnum::from(protocol)).build();
        let listener = Listener::parse(answer).unwrap();
        assert_eq!((listener.tls, listener.protocol.as_str(), listener.port), (tls, protocol, 443));
    }
    assert_eq!(Listener::parse(sdk::Listener::builder().build()), None, "no port");
}

#[test]
fn forwarding_is_read_in_both_of_its_forms() {
    let weighted = |arn: &str, weight| sdk::TargetGroupTuple::builder().target_group_arn(arn).weight(weight).build();
    let action = sdk::Action::builder()
        .r#type(sdk::ActionTypeEnum::Forward)
        .target_group_arn("tg-1")
        .forward_config(
            sdk::ForwardActionConfig::builder()
                .target_groups(weighted("tg-2", 1))
                .target_groups(weighted("tg-1", 1))
                .target_groups(weighted("tg-3", 0))
                .build(),
        )
        .build();
    let refusal = sdk::Action::builder().r#type(sdk::ActionTypeEnum::FixedResponse).build();
    let listener = |action| Listener::parse(sdk::Listener::builder().port(1).default_actions(action).build()).unwrap();
    assert_eq!(listener(action).forwards_to, ["tg-1", "tg-2"], "weight zero gets nothing");
    assert!(listener(refusal).forwards_to.is_empty());
}

#[test]
fn where_protocols_share_a_port_the_one_that_carries_tls_counts() {
    let listener = |port, protocol| {
        let answer = sdk::Listener::builder().port(port).protocol(sdk::ProtocolEnum::from(protocol)).build();
        Listener::parse(answer).unwrap()
    };
    let listeners = [listener(443, "UDP"), listener(443, "TCP"), listener(80, "HTTP")];
    assert_eq!(listener_on(&listeners, 443).unwrap().protocol, "TCP");
    assert_eq!(listener_on(&listeners, 80).unwrap().protocol, "HTTP");
    assert_eq!(listener_on(&listeners, 8443), None);
}

#[test]
fn health_is_told_in_awss_words() {
    use sdk::{TargetHealthReasonEnum as Why, TargetHealthStateEnum as State};
    let health = |state, why: Option<Why>| {
        let health = sdk::TargetHealth::builder().state(state).set_reason(why).description("words").build();
        let target = sdk::TargetDescription::builder().id("10.0.1.7").port(8000).build();
        Target::from(sdk::TargetHealthDescription::builder().target(target).target_health(health).build())
    };
    let target = |health| Target { id: "10.0.1.7".into(), port: Some(8000), health };
    assert_eq!(health(State::Healthy, None), target(Health::Healthy));
    assert_eq!(health(State::Unavailable, Some(Why::HealthCheckDisabled)), target(Health::NotChecked));
    assert_eq!(
        health(State::Unhealthy, Some(Why::Timeout)),
        target(Health::Not("unhealthy, Target.Timeout, words".into()))
    );
    assert_eq!(health(State::Initial, None), target(Health::Not("initial, words".into())));
}

#[test]
fn client_addresses_are_preserved_as_said_else_by_default() {
    let attribute =
        |value: &str| vec![sdk::TargetGroupAttribute::builder().key("preserve_client_ip.enabled").value(value).build()];
    let table = [
        (TargetKind::Address, vec![], false),
        (TargetKind::Instance, vec![], true),
        (TargetKind::LoadBalancer, vec![], true),
        (TargetKind::Address, attribute("true"), true),
        (TargetKind::Instance, attribute("false"), false),
    ];
    for (kind, attributes, expected) in table {
        assert_eq!(preserves_client_addresses(kind, &attributes), expected, "{kind:?} {attributes:?}");
    }
}
