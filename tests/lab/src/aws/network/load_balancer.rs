//! Load balancers and their listeners.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{ACCOUNT, REGION};

/// An application or network load balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancer {
    /// The ARN, which ends in the kind, the name and 16 hexadecimal digits.
    pub arn: String,
    /// The name, unique in account and region.
    pub name: String,
    /// The name in DNS, which is what Kubernetes objects say.
    pub dns_name: String,
    /// The id of the hosted zone that the name in DNS is in, as alias records need it.
    pub zone_id: String,
    /// What it speaks.
    pub kind: LoadBalancerKind,
    /// From where it can be reached.
    pub scheme: Scheme,
    /// The id of its VPC.
    pub vpc: String,
    /// Whether it works.
    pub state: LoadBalancerState,
    /// Why it does not.
    pub state_reason: Option<String>,
    /// The ids of its security groups. A network load balancer may have none; then nobody is kept out.
    pub security_groups: Vec<String>,
    /// The ids of its subnets, one in each of its availability zones.
    pub subnets: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Where it listens.
    pub listeners: Vec<Listener>,
    /// Attributes such as `deletion_protection.enabled`.
    pub attributes: BTreeMap<String, String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// The kinds of load balancers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadBalancerKind {
    /// HTTP and HTTPS.
    Application,
    /// TCP and TLS.
    Network,
}

/// From where a load balancer can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// From its VPC and the networks connected to it.
    Internal,
    /// From everywhere.
    InternetFacing,
}

/// Whether a load balancer works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadBalancerState {
    /// It works.
    Active,
    /// It is being made.
    Provisioning,
    /// It works, but cannot scale.
    ActiveImpaired,
    /// It could not be made.
    Failed,
}

/// What listeners and target groups speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP in the clear.
    Http,
    /// HTTP over TLS.
    Https,
    /// Bytes as they come.
    Tcp,
    /// TLS that ends at the load balancer.
    Tls,
}

/// A listener of a load balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// The ARN.
    pub arn: String,
    /// The port.
    pub port: u16,
    /// What it speaks.
    pub protocol: Protocol,
    /// The ARNs of its certificates: the default one first, then those for other names (SNI).
    pub certificates: Vec<String>,
    /// The ARN of the target group that gets what no rule sends elsewhere.
    pub target_group: String,
    /// The rules before the default one, in the order of their priorities; only application load balancers have them.
    pub rules: Vec<ListenerRule>,
}

/// A rule of a listener that sends to a target group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerRule {
    /// The ARN.
    pub arn: String,
    /// The priority, 1 to 50000.
    pub priority: u16,
    /// The names that it is for; any when empty.
    pub hosts: Vec<String>,
    /// The paths that it is for; any when empty.
    pub paths: Vec<String>,
    /// The ARN of the target group.
    pub target_group: String,
}

impl LoadBalancer {
    /// An internal network load balancer that is active and listens nowhere. `id` are the 16 hexadecimal digits that end its ARN.
    #[must_use]
    pub fn network(name: &str, id: &str, vpc: &str, subnets: &[&str]) -> Self {
        let dns_name = format!("{name}-{id}.elb.{REGION}.amazonaws.com");
        Self::new(LoadBalancerKind::Network, (name, id, &dns_name, "Z18D5FSROUN65G"), vpc, subnets)
    }

    /// An internal application load balancer that is active and listens nowhere. `id` are the 16 hexadecimal digits that end its
    /// ARN, `number` the ten digits in its name in DNS.
    #[must_use]
    pub fn application(name: &str, id: &str, number: &str, vpc: &str, subnets: &[&str]) -> Self {
        let dns_name = format!("internal-{name}-{number}.{REGION}.elb.amazonaws.com");
        Self::new(LoadBalancerKind::Application, (name, id, &dns_name, "Z1H1FL5HABSF5"), vpc, subnets)
    }

    /// Adds a listener that sends everything to one target group; `certificates` begins with the default one.
    #[must_use]
    pub fn listening(mut self, port: u16, protocol: Protocol, target_group: &str, certificates: &[&str]) -> Self {
        let arn = self.arn.replacen(":loadbalancer/", ":listener/", 1);
        self.listeners.push(Listener {
            arn: format!("{arn}/{:016x}", 0xa000_0000_0000_0000_u64 + u64::from(port)),
            port,
            protocol,
            certificates: certificates.iter().map(|&certificate| certificate.to_owned()).collect(),
            target_group: target_group.to_owned(),
            rules: Vec::new(),
        });
        self
    }

    /// The load balancer with these security groups.
    #[must_use]
    pub fn guarded_by(mut self, groups: &[&str]) -> Self {
        self.security_groups = groups.iter().map(|&group| group.to_owned()).collect();
        self
    }

    /// What the descriptions of its network interfaces say.
    #[must_use]
    pub fn interface_description(&self) -> String {
        format!("ELB {}", self.arn.split_once(":loadbalancer/").map_or(self.name.as_str(), |(_, path)| path))
    }

    /// The listener at a port.
    #[must_use]
    pub fn listener(&self, port: u16) -> Option<&Listener> {
        self.listeners.iter().find(|listener| listener.port == port)
    }

    /// The listener at a port, to be changed.
    pub fn listener_mut(&mut self, port: u16) -> Option<&mut Listener> {
        self.listeners.iter_mut().find(|listener| listener.port == port)
    }

    fn new(
        kind: LoadBalancerKind,
        (name, id, dns_name, zone_id): (&str, &str, &str, &str),
        vpc: &str,
        subnets: &[&str],
    ) -> Self {
        let path = if kind == LoadBalancerKind::Network { "net" } else { "app" };
        Self {
            arn: format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/{path}/{name}/{id}"),
            name: name.to_owned(),
            dns_name: dns_name.to_owned(),
            zone_id: zone_id.to_owned(),
            kind,
            scheme: Scheme::Internal,
            vpc: vpc.to_owned(),
            state: LoadBalancerState::Active,
            state_reason: None,
            security_groups: Vec::new(),
            subnets: subnets.iter().map(|&subnet| subnet.to_owned()).collect(),
            created_at: Timestamp::UNIX_EPOCH,
            listeners: Vec::new(),
            attributes: BTreeMap::from([("deletion_protection.enabled".to_owned(), "false".to_owned())]),
            tags: BTreeMap::new(),
        }
    }
}

impl Listener {
    /// The ARNs of the target groups that it sends to.
    pub fn target_groups(&self) -> impl Iterator<Item = &str> {
        let of_rules = self.rules.iter().map(|rule| rule.target_group.as_str());
        of_rules.chain(std::iter::once(self.target_group.as_str()))
    }
}

impl LoadBalancerKind {
    /// The name in answers.
    pub(in crate::aws) fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Network => "network",
        }
    }
}

impl Scheme {
    /// The name in answers.
    pub(in crate::aws) fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::InternetFacing => "internet-facing",
        }
    }
}

impl LoadBalancerState {
    /// The name in answers.
    pub(in crate::aws) fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Provisioning => "provisioning",
            Self::ActiveImpaired => "active_impaired",
            Self::Failed => "failed",
        }
    }
}

impl Protocol {
    /// The name in answers.
    pub(in crate::aws) fn name(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Https => "HTTPS",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
        }
    }
}
