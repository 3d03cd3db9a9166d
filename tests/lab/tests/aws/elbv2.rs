//! Elastic Load Balancing as its SDK sees it.

use aws_sdk_elasticloadbalancingv2::types::{
    LoadBalancerSchemeEnum, LoadBalancerStateEnum, LoadBalancerTypeEnum, ProtocolEnum, TargetDescription,
    TargetHealthReasonEnum, TargetHealthStateEnum,
};
use lab::aws::AwsOptions;
use lab::aws::network::fixture::{
    ALB, ALB_ARN, ALB_TARGETS, CERTIFICATE, NLB, NLB_ARN, NLB_DNS, NLB_TARGETS, SG_LB, VPC,
};
use lab::aws::network::{ListenerRule, LoadBalancer, LoadBalancerState, Protocol, Scheme, TargetHealth};
use serde_json::{Value, json};

use crate::raw::send_form;
use crate::support::{Fixture, code, quick};

#[tokio::test]
async fn load_balancers_are_found_by_their_name_in_dns() {
    let fixture = Fixture::with_network(quick()).await;
    let all = fixture.elb.describe_load_balancers().send().await.unwrap();
    let nlb = all.load_balancers().iter().find(|it| it.dns_name() == Some(NLB_DNS)).unwrap();
    assert_eq!(
        (nlb.load_balancer_arn(), nlb.load_balancer_name(), nlb.vpc_id()),
        (Some(NLB_ARN), Some(NLB), Some(VPC))
    );
    assert_eq!(nlb.r#type(), Some(&LoadBalancerTypeEnum::Network));
    assert_eq!(nlb.scheme(), Some(&LoadBalancerSchemeEnum::Internal));
    assert_eq!(nlb.state().and_then(|it| it.code()), Some(&LoadBalancerStateEnum::Active));
    assert_eq!(nlb.security_groups(), [SG_LB]);
    let zones: Vec<_> = nlb.availability_zones().iter().map(|zone| zone.zone_name().unwrap()).collect();
    assert_eq!(zones, ["us-west-2a", "us-west-2b"]);

    fixture.aws.network(|network| {
        let balancer = network.load_balancer_mut(NLB).unwrap();
        balancer.scheme = Scheme::InternetFacing;
        balancer.state = LoadBalancerState::Failed;
        balancer.state_reason = Some("no addresses".to_owned());
        balancer.security_groups.clear();
    });
    let found = fixture.elb.describe_load_balancers().load_balancer_arns(NLB_ARN).send().await.unwrap();
    let [nlb] = found.load_balancers() else { panic!("one is expected: {found:?}") };
    assert_eq!(nlb.scheme(), Some(&LoadBalancerSchemeEnum::InternetFacing));
    assert_eq!(nlb.state().and_then(|it| it.reason()), Some("no addresses"));
    assert!(nlb.security_groups().is_empty());
    let by_name = fixture.elb.describe_load_balancers().names(ALB).send().await.unwrap();
    assert_eq!(by_name.load_balancers()[0].load_balancer_arn(), Some(ALB_ARN));
    let attributes = fixture.elb.describe_load_balancer_attributes().load_balancer_arn(ALB_ARN).send().await.unwrap();
    assert_eq!(attributes.attributes()[0].key(), Some("deletion_protection.enabled"));
}

#[tokio::test]
async fn a_listener_shows_its_default_certificate_and_its_certificates_show_all() {
    let fixture = Fixture::with_network(quick()).await;
    let other = CERTIFICATE.replace("11111111-", "33333333-");
    let arn = fixture.aws.network(|network| {
        let listener = network.load_balancer_mut(ALB).unwrap().listener_mut(443).unwrap();
        listener.certificates.push(other.clone());
        let rule = listener.arn.replacen(":listener/", ":listener-rule/", 1) + "/0123456789abcdef";
        listener.rules.push(ListenerRule {
            arn: rule,
            priority: 10,
            hosts: vec!["api.internal.example.com".to_owned()],
            paths: vec!["/v1/*".to_owned()],
            target_group: listener.target_group.clone(),
        });
        listener.arn.clone()
    });
    let listeners = fixture.elb.describe_listeners().load_balancer_arn(ALB_ARN).send().await.unwrap();
    let [listener] = listeners.listeners() else { panic!("one listener is expected: {listeners:?}") };
    assert_eq!((listener.listener_arn(), listener.port()), (Some(arn.as_str()), Some(443)));
    assert_eq!(listener.protocol(), Some(&ProtocolEnum::Https));
    let [certificate] = listener.certificates() else { panic!("one certificate is expected: {listener:?}") };
    assert_eq!(certificate.certificate_arn(), Some(CERTIFICATE));
    let group = listener.default_actions()[0].target_group_arn().unwrap();
    assert!(group.contains(ALB_TARGETS), "{group}");

    let certificates = fixture.elb.describe_listener_certificates().listener_arn(&arn).send().await.unwrap();
    let all: Vec<_> =
        certificates.certificates().iter().map(|it| (it.certificate_arn().unwrap(), it.is_default())).collect();
    assert_eq!(all, [(CERTIFICATE, Some(true)), (other.as_str(), Some(false))]);

    let rules = fixture.elb.describe_rules().listener_arn(&arn).send().await.unwrap();
    let [rule, default] = rules.rules() else { panic!("two rules are expected: {rules:?}") };
    assert_eq!((rule.priority(), default.priority()), (Some("10"), Some("default")));
    assert_eq!(rule.conditions()[0].host_header_config().unwrap().values(), ["api.internal.example.com"]);
    assert_eq!(rule.conditions()[1].path_pattern_config().unwrap().values(), ["/v1/*"]);
    let one = fixture.elb.describe_rules().rule_arns(rule.rule_arn().unwrap()).send().await.unwrap();
    assert_eq!(one.rules(), &rules.rules()[..1]);
}

#[tokio::test]
async fn target_groups_and_the_health_of_their_targets() {
    let fixture = Fixture::with_network(quick()).await;
    let groups = fixture.elb.describe_target_groups().load_balancer_arn(ALB_ARN).send().await.unwrap();
    let [group] = groups.target_groups() else { panic!("one group is expected: {groups:?}") };
    assert_eq!((group.target_group_name(), group.port()), (Some(ALB_TARGETS), Some(8000)));
    assert_eq!((group.health_check_path(), group.load_balancer_arns()), (Some("/health"), &[ALB_ARN.to_owned()][..]));
    let arn = group.target_group_arn().unwrap();
    let health = async || {
        let got = fixture.elb.describe_target_health().target_group_arn(arn).send().await.unwrap();
        let target = got.target_health_descriptions()[0].target_health().unwrap();
        (target.state().unwrap().clone(), target.reason().cloned())
    };
    assert_eq!(health().await, (TargetHealthStateEnum::Healthy, None));
    fixture.aws.network(|network| {
        network.target_group_mut(ALB_TARGETS).unwrap().targets[0].health = TargetHealth::unhealthy();
    });
    let failed = (TargetHealthStateEnum::Unhealthy, Some(TargetHealthReasonEnum::FailedHealthChecks));
    assert_eq!(health().await, failed);
    fixture.aws.network(|network| network.load_balancer_mut(ALB).unwrap().listeners.clear());
    assert_eq!(health().await, (TargetHealthStateEnum::Unused, Some(TargetHealthReasonEnum::NotInUse)));

    let nlb = fixture.elb.describe_target_groups().names(NLB_TARGETS).send().await.unwrap();
    let arn = nlb.target_groups()[0].target_group_arn().unwrap();
    let got = fixture.elb.describe_target_group_attributes().target_group_arn(arn).send().await.unwrap();
    let kept = got.attributes().iter().find(|it| it.key() == Some("preserve_client_ip.enabled"));
    assert_eq!(kept.and_then(|it| it.value()), Some("false"), "the targets are addresses behind TCP");
    let stranger = TargetDescription::builder().id("10.0.9.9").build();
    let got = fixture.elb.describe_target_health().target_group_arn(arn).targets(stranger).send().await.unwrap();
    let stranger = got.target_health_descriptions()[0].target_health().unwrap();
    assert_eq!(stranger.reason(), Some(&TargetHealthReasonEnum::NotRegistered));
}

#[tokio::test]
async fn tags_are_told_for_twenty_at_a_time() {
    let fixture = Fixture::with_network(quick()).await;
    fixture.aws.network(|network| {
        let tags = &mut network.load_balancer_mut(NLB).unwrap().tags;
        tags.insert("elbv2.k8s.aws/cluster".to_owned(), "one".to_owned());
    });
    let tags = fixture.elb.describe_tags().resource_arns(NLB_ARN).resource_arns(ALB_ARN).send().await.unwrap();
    let [nlb, alb] = tags.tag_descriptions() else { panic!("two are expected: {tags:?}") };
    assert_eq!((nlb.tags()[0].key(), nlb.tags()[0].value()), (Some("elbv2.k8s.aws/cluster"), Some("one")));
    assert!(alb.tags().is_empty());
    let many = vec![NLB_ARN.to_owned(); 21];
    let many = fixture.elb.describe_tags().set_resource_arns(Some(many)).send().await;
    assert_eq!(code(many), "ValidationError");
}

#[tokio::test]
async fn pages_are_followed_to_the_end() {
    let fixture = Fixture::with_network(AwsOptions { page_size: 2, ..quick() }).await;
    fixture.aws.network(|network| {
        for number in 0..5 {
            let id = format!("aaaaaaaaaaaaaaa{number}");
            let balancer = LoadBalancer::network(&format!("more-{number}"), &id, VPC, &[]);
            network.load_balancers.push(balancer.listening(443, Protocol::Tcp, "none", &[]));
        }
    });
    let mut pages = fixture.elb.describe_load_balancers().into_paginator().send();
    let mut names = Vec::new();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        names.extend(page.unwrap().load_balancers().iter().map(|it| it.load_balancer_name().unwrap().to_owned()));
        count += 1;
    }
    assert_eq!((names.len(), count), (7, 4));
    let first = fixture.elb.describe_load_balancers().page_size(1).send().await.unwrap();
    assert_eq!(first.load_balancers().len(), 1);
    let marker = first.next_marker().unwrap();
    let second = fixture.elb.describe_load_balancers().page_size(1).marker(marker).send().await.unwrap();
    assert_eq!(second.load_balancers()[0].load_balancer_name(), Some(names[1].as_str()));
    let elsewhere = fixture.elb.describe_listeners().load_balancer_arn(NLB_ARN).marker(marker).send().await;
    assert_eq!(code(elsewhere), "ValidationError", "the marker is one of another list");
}

#[tokio::test]
async fn what_is_not_there_or_not_allowed() {
    let fixture = Fixture::with_network(quick()).await;
    let none = NLB_ARN.replace("0123456789abcdef", "0000000000000000");
    let listener = format!("{}/0000000000000000", none.replace(":loadbalancer/", ":listener/"));
    let group = "arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/none/0000000000000000";
    for (form, expected) in [
        (format!("DescribeLoadBalancers&LoadBalancerArns.member.1={none}"), "LoadBalancerNotFound"),
        ("DescribeLoadBalancers&Names.member.1=none".to_owned(), "LoadBalancerNotFound"),
        ("DescribeLoadBalancers&LoadBalancerArns.member.1=none".to_owned(), "ValidationError"),
        (format!("DescribeLoadBalancers&Names.member.1={NLB}&LoadBalancerArns.member.1={NLB_ARN}"), "ValidationError"),
        (format!("DescribeLoadBalancers&Names.member.1={NLB}&PageSize=5"), "ValidationError"),
        ("DescribeLoadBalancers&PageSize=0".to_owned(), "ValidationError"),
        ("DescribeLoadBalancers&PageSize=401".to_owned(), "ValidationError"),
        ("DescribeLoadBalancers&Marker=x".to_owned(), "ValidationError"),
        ("DescribeLoadBalancers&Name=x".to_owned(), "ValidationError"),
        ("DescribeLoadBalancers&Names.1=x".to_owned(), "ValidationError"),
        ("DescribeListeners".to_owned(), "ValidationError"),
        (format!("DescribeListeners&LoadBalancerArn={none}"), "LoadBalancerNotFound"),
        (format!("DescribeListeners&ListenerArns.member.1={listener}"), "ListenerNotFound"),
        (format!("DescribeListenerCertificates&ListenerArn={listener}"), "ListenerNotFound"),
        ("DescribeListenerCertificates".to_owned(), "ValidationError"),
        (format!("DescribeRules&ListenerArn={listener}"), "ListenerNotFound"),
        (format!("DescribeTargetGroups&TargetGroupArns.member.1={group}"), "TargetGroupNotFound"),
        (format!("DescribeTargetGroups&LoadBalancerArn={NLB_ARN}&Names.member.1=x"), "ValidationError"),
        (format!("DescribeTargetHealth&TargetGroupArn={group}"), "TargetGroupNotFound"),
        (format!("DescribeTargetHealth&TargetGroupArn={NLB_ARN}"), "ValidationError"),
        (format!("DescribeTags&ResourceArns.member.1={none}"), "LoadBalancerNotFound"),
        ("DescribeTags".to_owned(), "ValidationError"),
        ("DeleteLoadBalancer".to_owned(), "InvalidAction"),
    ] {
        let form = format!("Action={form}&Version=2015-12-01");
        let answer = send_form(&fixture.aws, "elasticloadbalancing", &form).await;
        assert_eq!((answer.status, answer.code.as_str()), (400, expected), "{form}: {answer:?}");
        let Value::String(document) = &answer.body else { panic!("a document is expected: {answer:?}") };
        assert!(document.contains(&format!("<Code>{expected}</Code>")), "{document}");
        assert!(document.contains("<ErrorResponse xmlns=\"http://elasticloadbalancing.amazonaws.com/"), "{document}");
    }
    let many: Vec<_> = (1..=21).map(|number| format!("&Names.member.{number}=n{number}")).collect();
    let form = format!("Action=DescribeLoadBalancers&Version=2015-12-01{}", many.concat());
    assert_eq!(send_form(&fixture.aws, "elasticloadbalancing", &form).await.code, "ValidationError");
    let call = fixture.aws.calls_of("DescribeTargetHealth").remove(0);
    assert_eq!(call.input, json!({"TargetGroupArn": group}));
    assert_eq!((call.service.as_str(), call.mutating), ("elasticloadbalancing", false));
}
