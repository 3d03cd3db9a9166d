//! The network in the words of Elastic Load Balancing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::account::stamp;
use super::super::json::{text, without_nulls};
use super::super::network::{
    Listener, ListenerRule, LoadBalancer, LoadBalancerKind, Network, Protocol, Target, TargetGroup, TargetHealth,
    TargetState,
};

pub(super) fn load_balancer(network: &Network, balancer: &LoadBalancer) -> Value {
    let zone = |subnet: &String| {
        let zone = network.subnet(subnet).map(|subnet| subnet.zone.as_str());
        json!({"SubnetId": subnet, "ZoneName": zone, "LoadBalancerAddresses": []})
    };
    let guarded = !balancer.security_groups.is_empty();
    let mut described = json!({
        "LoadBalancerArn": balancer.arn,
        "DNSName": balancer.dns_name,
        "CanonicalHostedZoneId": balancer.zone_id,
        "CreatedTime": stamp(balancer.created_at),
        "LoadBalancerName": balancer.name,
        "Scheme": balancer.scheme.name(),
        "VpcId": balancer.vpc,
        "State": {"Code": balancer.state.name(), "Reason": balancer.state_reason},
        "Type": balancer.kind.name(),
        "AvailabilityZones": balancer.subnets.iter().map(zone).collect::<Vec<_>>(),
        "SecurityGroups": guarded.then_some(&balancer.security_groups),
        "IpAddressType": "ipv4",
        "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic":
            (guarded && balancer.kind == LoadBalancerKind::Network).then_some("on"),
    });
    without_nulls(&mut described);
    described
}

pub(super) fn listener(balancer: &LoadBalancer, listener: &Listener) -> Value {
    let encrypted = matches!(listener.protocol, Protocol::Https | Protocol::Tls);
    // Only the default certificate: the others are told by DescribeListenerCertificates.
    let certificate = listener.certificates.first().map(|arn| json!([{"CertificateArn": arn}]));
    let mut described = json!({
        "ListenerArn": listener.arn,
        "LoadBalancerArn": balancer.arn,
        "Port": listener.port,
        "Protocol": listener.protocol.name(),
        "Certificates": certificate,
        "SslPolicy": encrypted.then_some("ELBSecurityPolicy-TLS13-1-2-2021-06"),
        "DefaultActions": [forward(&listener.target_group)],
    });
    without_nulls(&mut described);
    described
}

/// The rules of a listener, the default one last.
pub(super) fn rules(listener: &Listener) -> Vec<Value> {
    let describe = |rule: &ListenerRule| {
        let mut conditions = Vec::new();
        if !rule.hosts.is_empty() {
            conditions.push(json!({
                "Field": "host-header", "Values": rule.hosts, "HostHeaderConfig": {"Values": rule.hosts},
            }));
        }
        if !rule.paths.is_empty() {
            conditions.push(json!({
                "Field": "path-pattern", "Values": rule.paths, "PathPatternConfig": {"Values": rule.paths},
            }));
        }
        json!({
            "RuleArn": rule.arn,
            "Priority": rule.priority.to_string(),
            "Conditions": conditions,
            "Actions": [forward(&rule.target_group)],
            "IsDefault": false,
        })
    };
    let default = json!({
        "RuleArn": format!("{}/0000000000000000", listener.arn.replacen(":listener/", ":listener-rule/", 1)),
        "Priority": "default",
        "Conditions": [],
        "Actions": [forward(&listener.target_group)],
        "IsDefault": true,
    });
    listener.rules.iter().map(describe).chain([default]).collect()
}

pub(super) fn target_group(network: &Network, group: &TargetGroup) -> Value {
    let web = matches!(group.protocol, Protocol::Http | Protocol::Https);
    let balancers: Vec<_> = network.load_balancers_of(group).map(|balancer| balancer.arn.as_str()).collect();
    let mut described = json!({
        "TargetGroupArn": group.arn,
        "TargetGroupName": group.name,
        "Protocol": group.protocol.name(),
        "ProtocolVersion": web.then_some("HTTP1"),
        "Port": group.port,
        "VpcId": group.vpc,
        "HealthCheckProtocol": group.health_check.protocol.name(),
        "HealthCheckPort": group.health_check.port,
        "HealthCheckPath": group.health_check.path,
        "HealthCheckEnabled": true,
        "HealthCheckIntervalSeconds": 15,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 2,
        "UnhealthyThresholdCount": 2,
        "Matcher": web.then(|| json!({"HttpCode": "200"})),
        "LoadBalancerArns": balancers,
        "TargetType": group.kind.name(),
        "IpAddressType": "ipv4",
    });
    without_nulls(&mut described);
    described
}

/// The health of the targets of a group; of those that are asked for only, if any are.
pub(super) fn target_health(network: &Network, group: &TargetGroup, asked: &[Value]) -> Vec<Value> {
    let used = network.load_balancers_of(group).next().is_some();
    let unused = TargetHealth::because(
        TargetState::Unused,
        "Target.NotInUse",
        "Target group is not configured to receive traffic from the load balancer",
    );
    let unknown = TargetHealth::because(
        TargetState::Unused,
        "Target.NotRegistered",
        "Target is not registered to the target group",
    );
    let describe = |target: &Target| health(group, target, if used { &target.health } else { &unused });
    if asked.is_empty() {
        return group.targets.iter().map(describe).collect();
    }
    let find = |wanted: &Value| {
        let id = text(wanted, "/Id").unwrap_or_default();
        let port = wanted["Port"].as_u64().and_then(|port| u16::try_from(port).ok());
        let of_group = group.targets.iter();
        let mut found = of_group.filter(|target| target.id == id && port.is_none_or(|port| target.port == port));
        found.next().map_or_else(
            || {
                let port = port.unwrap_or(group.port);
                let target = Target { id: id.to_owned(), port, zone: None, health: unknown.clone() };
                health(group, &target, &unknown)
            },
            describe,
        )
    };
    asked.iter().map(find).collect()
}

pub(super) fn attributes(attributes: &BTreeMap<String, String>) -> Vec<Value> {
    tags(attributes)
}

pub(super) fn tags(tags: &BTreeMap<String, String>) -> Vec<Value> {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

fn health(group: &TargetGroup, target: &Target, health: &TargetHealth) -> Value {
    let check = &group.health_check.port;
    let check = if check == "traffic-port" { target.port.to_string() } else { check.clone() };
    let mut described = json!({
        "Target": {"Id": target.id, "Port": target.port, "AvailabilityZone": target.zone},
        "HealthCheckPort": check,
        "TargetHealth": {
            "State": health.state.name(), "Reason": health.reason, "Description": health.description,
        },
    });
    without_nulls(&mut described);
    described
}

fn forward(target_group: &str) -> Value {
    json!({
        "Type": "forward",
        "TargetGroupArn": target_group,
        "Order": 1,
        "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": target_group, "Weight": 1}]},
    })
}
