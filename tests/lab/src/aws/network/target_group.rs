//! Target groups and the health of what is in them.

use std::collections::BTreeMap;

use super::load_balancer::Protocol;
use super::{ACCOUNT, REGION};

/// A target group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetGroup {
    /// The ARN, which ends in the name and 16 hexadecimal digits.
    pub arn: String,
    /// The name, unique in account and region.
    pub name: String,
    /// What its targets are.
    pub kind: TargetKind,
    /// What is spoken to its targets.
    pub protocol: Protocol,
    /// The port of targets that do not say one.
    pub port: u16,
    /// The id of its VPC.
    pub vpc: String,
    /// How health is found out.
    pub health_check: HealthCheck,
    /// Attributes such as `preserve_client_ip.enabled`.
    pub attributes: BTreeMap<String, String>,
    /// The registered targets.
    pub targets: Vec<Target>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// What the targets of a group are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// Addresses, mostly of pods.
    Ip,
    /// Instances, mostly nodes.
    Instance,
    /// An application load balancer behind a network load balancer.
    Alb,
}

/// How the health of targets is found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// What is spoken.
    pub protocol: Protocol,
    /// A port, or `traffic-port`.
    pub port: String,
    /// The path of checks over HTTP.
    pub path: Option<String>,
}

/// A registered target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// An address, the id of an instance, or the ARN of a load balancer.
    pub id: String,
    /// The port.
    pub port: u16,
    /// The availability zone, where it is known.
    pub zone: Option<String>,
    /// Its health, as long as a listener sends to the group; without one it is `unused` whatever is said here.
    pub health: TargetHealth,
}

/// The health of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetHealth {
    /// The state.
    pub state: TargetState,
    /// The code of the reason, such as `Target.Timeout`.
    pub reason: Option<String>,
    /// The reason in words.
    pub description: Option<String>,
}

/// The states of targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// It is being registered or checked for the first time.
    Initial,
    /// It answers.
    Healthy,
    /// It does not answer.
    Unhealthy,
    /// Nothing is sent to it.
    Unused,
    /// It is being taken out.
    Draining,
    /// Health checks are off.
    Unavailable,
}

impl TargetGroup {
    /// A group without targets. `id` are the 16 hexadecimal digits that end its ARN. Client addresses are kept where AWS keeps
    /// them by default: for instances, and never by application load balancers.
    #[must_use]
    pub fn new(name: &str, id: &str, kind: TargetKind, protocol: Protocol, port: u16, vpc: &str) -> Self {
        let web = matches!(protocol, Protocol::Http | Protocol::Https);
        let mut attributes = BTreeMap::from([
            ("deregistration_delay.timeout_seconds".to_owned(), "300".to_owned()),
            ("stickiness.enabled".to_owned(), "false".to_owned()),
        ]);
        if !web {
            let kept = kind != TargetKind::Ip;
            attributes.insert("preserve_client_ip.enabled".to_owned(), kept.to_string());
            attributes.insert("proxy_protocol_v2.enabled".to_owned(), "false".to_owned());
        }
        Self {
            arn: format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/{name}/{id}"),
            name: name.to_owned(),
            kind,
            protocol,
            port,
            vpc: vpc.to_owned(),
            health_check: HealthCheck { protocol, port: "traffic-port".to_owned(), path: web.then(|| "/".to_owned()) },
            attributes,
            targets: Vec::new(),
            tags: BTreeMap::new(),
        }
    }

    /// The group with one more target, which is healthy.
    #[must_use]
    pub fn with_target(mut self, id: &str, zone: &str) -> Self {
        let zone = Some(zone.to_owned());
        self.targets.push(Target { id: id.to_owned(), port: self.port, zone, health: TargetHealth::healthy() });
        self
    }
}

impl TargetHealth {
    /// It answers.
    #[must_use]
    pub fn healthy() -> Self {
        Self { state: TargetState::Healthy, reason: None, description: None }
    }

    /// Any other state, with the code of its reason and the reason in words.
    #[must_use]
    pub fn because(state: TargetState, reason: &str, description: &str) -> Self {
        Self { state, reason: Some(reason.to_owned()), description: Some(description.to_owned()) }
    }

    /// It does not answer health checks.
    #[must_use]
    pub fn unhealthy() -> Self {
        Self::because(TargetState::Unhealthy, "Target.FailedHealthChecks", "Health checks failed")
    }
}

impl TargetKind {
    /// The name in answers.
    pub(in crate::aws) fn name(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Instance => "instance",
            Self::Alb => "alb",
        }
    }
}

impl TargetState {
    /// The name in answers.
    pub(in crate::aws) fn name(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Unused => "unused",
            Self::Draining => "draining",
            Self::Unavailable => "unavailable",
        }
    }
}
