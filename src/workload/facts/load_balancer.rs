//! What Elastic Load Balancing says: load balancers by `DNSName`, and what is behind a port of one.

use std::{collections::HashMap, sync::Arc};

use aws_sdk_elasticloadbalancingv2::types as sdk;
use tokio::time::Instant;

use super::{Facts, Known, Offered, certificate, pages, plain_name};
use crate::aws::{Aws, Fault};

/// The largest page that the service's model allows.
const PAGE: i32 = 400;

/// A load balancer of the account and region.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadBalancer {
    /// The ARN.
    pub arn: String,
    /// The `DNSName`, as AWS spells it.
    pub dns_name: String,
    /// Whether it works.
    pub state: LoadBalancerState,
    /// AWS's explanation of the state.
    pub state_reason: Option<String>,
    /// What kind it is.
    pub kind: LoadBalancerKind,
    /// `internal` or `internet-facing`.
    pub scheme: String,
    /// The VPC it is in.
    pub vpc: String,
    /// Its subnets.
    pub subnets: Vec<String>,
    /// Its security groups; a Network Load Balancer may have none.
    pub security_groups: Vec<String>,
    /// `ipv4`, `dualstack` or `dualstack-without-public-ipv4`.
    pub address_type: String,
}

impl LoadBalancer {
    /// Whether it has private addresses only.
    pub fn is_internal(&self) -> bool {
        self.scheme == "internal"
    }
}

/// AWS's word for a load balancer's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadBalancerState {
    /// It works.
    Active,
    /// It works, and cannot grow.
    Impaired,
    /// It is being made.
    Provisioning,
    /// It could not be made.
    Failed,
    /// A word that was not known when this was written.
    Other(String),
}

/// What kind of load balancer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadBalancerKind {
    /// Application Load Balancer.
    Application,
    /// Network Load Balancer.
    Network,
    /// Gateway Load Balancer, or one that was not known when this was written.
    Other,
}

/// What a client meets at one port of a load balancer.
#[derive(Debug, Clone, PartialEq)]
pub struct Entrance {
    /// The port.
    pub port: u16,
    /// All listeners of the load balancer.
    pub listeners: Known<Arc<Vec<Listener>>>,
    /// The certificates of the listener on the port, the default one first.
    pub certificates: Known<Vec<Offered>>,
    /// Where the listener on the port sends what no rule catches. When that is nowhere, or there is no such listener: the load balancer's
    /// target groups, up to the first that has a healthy target.
    pub pools: Known<Vec<Pool>>,
}

/// A listener of a load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// The ARN.
    pub arn: String,
    /// The port.
    pub port: u16,
    /// AWS's word for the protocol.
    pub protocol: String,
    /// Where TLS ends.
    pub tls: Tls,
    /// The target groups that its default action forwards to.
    pub forwards_to: Vec<String>,
}

/// Where TLS ends on the way through a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// At the load balancer, with one of its certificates.
    Here,
    /// Behind it: the servers do it, or do not.
    Behind,
    /// Nowhere: the listener speaks something else.
    Nowhere,
}

/// A target group, as such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetGroup {
    /// The ARN.
    pub arn: String,
    /// The name.
    pub name: String,
    /// What its targets are.
    pub kind: TargetKind,
}

/// What the targets of a group are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// EC2 instances.
    Instance,
    /// Addresses.
    Address,
    /// Application Load Balancers.
    LoadBalancer,
    /// Functions, or something that was not known when this was written.
    Other,
}

/// A target group and what is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// The group.
    pub group: TargetGroup,
    /// Its targets.
    pub targets: Known<Arc<Vec<Target>>>,
    /// Whether the targets see the addresses of clients, so that their security groups judge these. Only Network Load Balancers do
    /// that.
    pub preserves_client_addresses: Known<bool>,
}

/// A target of a target group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// An instance id, an address, or an ARN.
    pub id: String,
    /// The port that it is reached at.
    pub port: Option<u16>,
    /// Whether it is healthy.
    pub health: Health,
}

/// Whether a target is healthy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It is.
    Healthy,
    /// Nobody checks.
    NotChecked,
    /// It is not, or not yet: AWS's state, reason and description.
    Not(String),
}

/// The load balancers of the account and region.
#[derive(Debug, Default)]
pub(super) struct LoadBalancers(HashMap<String, Arc<LoadBalancer>>);

impl LoadBalancers {
    /// The one with this `DNSName`.
    pub(super) fn named(&self, dns_name: &str) -> Option<Arc<LoadBalancer>> {
        self.0.get(&load_balancer_name(dns_name)).cloned()
    }

    /// The one with this ARN.
    pub(super) fn with_arn(&self, arn: &str) -> Option<Arc<LoadBalancer>> {
        self.0.values().find(|load_balancer| load_balancer.arn == arn).cloned()
    }
}

/// A load balancer's `DNSName` as it is compared: as [`plain_name`] has it, and without the `dualstack.` that the console and some
/// controllers put in front.
pub fn load_balancer_name(name: &str) -> String {
    let name = plain_name(name);
    name.strip_prefix("dualstack.").map(str::to_owned).unwrap_or(name)
}

/// The listener that counts on a port: where several protocols share it, one that can carry TLS.
pub fn listener_on(listeners: &[Listener], port: u16) -> Option<&Listener> {
    let on_port = || listeners.iter().filter(|listener| listener.port == port);
    on_port().find(|listener| listener.tls != Tls::Nowhere).or_else(|| on_port().next())
}

/// Lists all load balancers.
pub(super) async fn list(aws: &Aws) -> Result<Arc<LoadBalancers>, Fault> {
    let operation = "DescribeLoadBalancers";
    let all = pages(operation, async |marker| {
        let request = aws.elb().describe_load_balancers().page_size(PAGE).set_marker(marker);
        let page = aws.call(operation, request.send()).await?;
        Ok((page.load_balancers.unwrap_or_default(), page.next_marker))
    });
    let by_name =
        all.await?.into_iter().map(LoadBalancer::from).map(|one| (load_balancer_name(&one.dns_name), Arc::new(one)));
    Ok(Arc::new(LoadBalancers(by_name.collect())))
}

/// Reads what is behind a port. Each part that cannot be read leaves the others as they are.
pub(super) async fn entrance(
    facts: &Facts,
    aws: &Aws,
    load_balancer: &LoadBalancer,
    port: u16,
    fresh_since: Instant,
) -> Entrance {
    let arn = &load_balancer.arn;
    let listeners = facts.0.listeners.get(arn, fresh_since, || list_listeners(aws, arn)).await;
    let listener = listeners.read().and_then(|listeners| listener_on(listeners, port));
    let certificates = match (listener, &listeners) {
        (Some(listener), _) if listener.tls == Tls::Here => {
            certificate::offered(facts, aws, &listener.arn, fresh_since).await
        }
        (_, Known::Unreadable(fault)) => Known::Unreadable(fault.clone()),
        (_, Known::Read(_)) => Known::Read(Vec::new()),
    };
    let forwards_to = listener.map(|listener| listener.forwards_to.as_slice()).unwrap_or_default();
    let pools = pools(facts, aws, load_balancer, forwards_to, fresh_since).await.into();
    Entrance { port, listeners, certificates, pools }
}

async fn pools(
    facts: &Facts,
    aws: &Aws,
    load_balancer: &LoadBalancer,
    forwards_to: &[String],
    fresh_since: Instant,
) -> Result<Vec<Pool>, Fault> {
    let arn = &load_balancer.arn;
    let groups = facts.0.target_groups.get(arn, fresh_since, || list_target_groups(aws, arn)).await.known()?;
    let mut pools = Vec::new();
    for group in groups.iter().filter(|group| forwards_to.is_empty() || forwards_to.contains(&group.arn)) {
        let arn = &group.arn;
        let targets = facts.0.targets.get(arn, fresh_since, || list_targets(aws, arn)).await;
        let preserves_client_addresses = if load_balancer.kind == LoadBalancerKind::Network {
            facts.0.preserves_client_addresses.get(arn, fresh_since, || preserves(aws, group)).await
        } else {
            Known::Read(false)
        };
        let is_enough = forwards_to.is_empty() && has_healthy(&targets);
        pools.push(Pool { group: group.clone(), targets, preserves_client_addresses });
        // A load balancer that many share may have a hundred groups, and which of them serves the host only its rules tell.
        if is_enough {
            break;
        }
    }
    Ok(pools)
}

fn has_healthy(targets: &Known<Arc<Vec<Target>>>) -> bool {
    targets.read().is_some_and(|targets| targets.iter().any(|target| target.health == Health::Healthy))
}

async fn list_listeners(aws: &Aws, load_balancer: &str) -> Result<Arc<Vec<Listener>>, Fault> {
    let operation = "DescribeListeners";
    let all = pages(operation, async |marker| {
        let request = aws.elb().describe_listeners().load_balancer_arn(load_balancer).page_size(PAGE);
        let page = aws.call(operation, request.set_marker(marker).send()).await?;
        Ok((page.listeners.unwrap_or_default(), page.next_marker))
    });
    Ok(Arc::new(all.await?.into_iter().filter_map(Listener::parse).collect()))
}

async fn list_target_groups(aws: &Aws, load_balancer: &str) -> Result<Arc<Vec<TargetGroup>>, Fault> {
    let operation = "DescribeTargetGroups";
    let all = pages(operation, async |marker| {
        let request = aws.elb().describe_target_groups().load_balancer_arn(load_balancer).page_size(PAGE);
        let page = aws.call(operation, request.set_marker(marker).send()).await?;
        Ok((page.target_groups.unwrap_or_default(), page.next_marker))
    });
    Ok(Arc::new(all.await?.into_iter().map(TargetGroup::from).collect()))
}

async fn list_targets(aws: &Aws, group: &str) -> Result<Arc<Vec<Target>>, Fault> {
    let request = aws.elb().describe_target_health().target_group_arn(group);
    let answer = aws.call("DescribeTargetHealth", request.send()).await?;
    Ok(Arc::new(answer.target_health_descriptions.unwrap_or_default().into_iter().map(Target::from).collect()))
}

async fn preserves(aws: &Aws, group: &TargetGroup) -> Result<bool, Fault> {
    let request = aws.elb().describe_target_group_attributes().target_group_arn(&group.arn);
    let answer = aws.call("DescribeTargetGroupAttributes", request.send()).await?;
    Ok(preserves_client_addresses(group.kind, answer.attributes()))
}

/// What the attribute says; where it is not there, AWS's default: on, but for addresses.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#client-ip-preservation>
fn preserves_client_addresses(kind: TargetKind, attributes: &[sdk::TargetGroupAttribute]) -> bool {
    attributes
        .iter()
        .find(|attribute| attribute.key() == Some("preserve_client_ip.enabled"))
        .and_then(sdk::TargetGroupAttribute::value)
        .map_or(kind != TargetKind::Address, |value| value == "true")
}

impl From<sdk::LoadBalancer> for LoadBalancer {
    fn from(answer: sdk::LoadBalancer) -> Self {
        let state = answer.state.as_ref();
        Self {
            arn: answer.load_balancer_arn.unwrap_or_default(),
            dns_name: answer.dns_name.unwrap_or_default(),
            state: match state.and_then(sdk::LoadBalancerState::code).map_or("", sdk::LoadBalancerStateEnum::as_str) {
                "active" => LoadBalancerState::Active,
                "active_impaired" => LoadBalancerState::Impaired,
                "provisioning" => LoadBalancerState::Provisioning,
                "failed" => LoadBalancerState::Failed,
                other => LoadBalancerState::Other(other.to_owned()),
            },
            state_reason: state.and_then(sdk::LoadBalancerState::reason).map(str::to_owned),
            kind: match answer.r#type.as_ref().map_or("", sdk::LoadBalancerTypeEnum::as_str) {
                "application" => LoadBalancerKind::Application,
                "network" => LoadBalancerKind::Network,
                _ => LoadBalancerKind::Other,
            },
            scheme: answer.scheme.map(|scheme| scheme.as_str().to_owned()).unwrap_or_default(),
            vpc: answer.vpc_id.unwrap_or_default(),
            subnets: answer
                .availability_zones
                .unwrap_or_default()
                .into_iter()
                .filter_map(|zone| zone.subnet_id)
                .collect(),
            security_groups: answer.security_groups.unwrap_or_default(),
            address_type: answer.ip_address_type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
        }
    }
}

impl Listener {
    /// `None` for a listener without a port, as Gateway Load Balancers have.
    fn parse(answer: sdk::Listener) -> Option<Self> {
        let protocol = answer.protocol.map(|protocol| protocol.as_str().to_owned()).unwrap_or_default();
        let actions = answer.default_actions.unwrap_or_default();
        let mut forwards_to: Vec<String> = actions
            .into_iter()
            .flat_map(|action| {
                let weighted = action.forward_config.and_then(|forward| forward.target_groups).unwrap_or_default();
                // A group of weight zero gets nothing.
                let weighted = weighted.into_iter().filter(|group| group.weight != Some(0));
                action.target_group_arn.into_iter().chain(weighted.filter_map(|group| group.target_group_arn))
            })
            .collect();
        forwards_to.sort();
        forwards_to.dedup();
        Some(Self {
            arn: answer.listener_arn.unwrap_or_default(),
            port: u16::try_from(answer.port?).ok()?,
            tls: match protocol.as_str() {
                "HTTPS" | "TLS" => Tls::Here,
                "TCP" | "TCP_UDP" | "TCP_QUIC" => Tls::Behind,
                _ => Tls::Nowhere,
            },
            protocol,
            forwards_to,
        })
    }
}

impl From<sdk::TargetGroup> for TargetGroup {
    fn from(answer: sdk::TargetGroup) -> Self {
        Self {
            arn: answer.target_group_arn.unwrap_or_default(),
            name: answer.target_group_name.unwrap_or_default(),
            kind: match answer.target_type.as_ref().map_or("", sdk::TargetTypeEnum::as_str) {
                "instance" => TargetKind::Instance,
                "ip" => TargetKind::Address,
                "alb" => TargetKind::LoadBalancer,
                _ => TargetKind::Other,
            },
        }
    }
}

impl From<sdk::TargetHealthDescription> for Target {
    fn from(answer: sdk::TargetHealthDescription) -> Self {
        let target = answer.target.as_ref();
        Self {
            id: target.and_then(sdk::TargetDescription::id).unwrap_or_default().to_owned(),
            port: target.and_then(sdk::TargetDescription::port).and_then(|port| u16::try_from(port).ok()),
            health: answer.target_health.as_ref().map_or(Health::NotChecked, health),
        }
    }
}

fn health(answer: &sdk::TargetHealth) -> Health {
    let state = answer.state().map_or("", sdk::TargetHealthStateEnum::as_str);
    let reason = answer.reason().map(sdk::TargetHealthReasonEnum::as_str);
    match state {
        "healthy" => Health::Healthy,
        "unavailable" if reason == Some("Target.HealthCheckDisabled") => Health::NotChecked,
        state => {
            let words = [Some(state), reason, answer.description()];
            Health::Not(words.into_iter().flatten().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests;
