//! Security groups: who may talk to whom.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::ACCOUNT;

/// A security group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroup {
    /// `sg-` and 17 hexadecimal digits.
    pub id: String,
    /// The name, unique in its VPC.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The id of its VPC.
    pub vpc: String,
    /// The account that it belongs to.
    pub owner: String,
    /// What is let in.
    pub ingress: Vec<Rule>,
    /// What is let out.
    pub egress: Vec<Rule>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A rule of a security group. Its id follows from what it says, so that a rule that changes is another rule, as in AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `tcp`, `udp`, `icmp`, or `-1` for everything.
    pub protocol: String,
    /// First and last port, with `icmp` type and code; nothing for protocols without ports.
    pub ports: Option<(i32, i32)>,
    /// Who is on the other side.
    pub peer: Peer,
    /// Why there is such a rule.
    pub description: Option<String>,
}

/// The other side of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Addresses in an IPv4 or IPv6 block.
    Cidr(String),
    /// Addresses in a prefix list, by its id. Which ones these are is not part of the network: any address may be.
    PrefixList(String),
    /// Interfaces with a security group of this account, by its id.
    Group(String),
}

impl SecurityGroup {
    /// A group without rules.
    #[must_use]
    pub fn new(id: &str, vpc: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            description: format!("The group {name}"),
            vpc: vpc.to_owned(),
            owner: ACCOUNT.to_owned(),
            ingress: Vec::new(),
            egress: Vec::new(),
            tags: BTreeMap::new(),
        }
    }

    /// The group with one more rule for what is let in.
    #[must_use]
    pub fn let_in(mut self, rule: Rule) -> Self {
        self.ingress.push(rule);
        self
    }

    /// The group with one more rule for what is let out.
    #[must_use]
    pub fn let_out(mut self, rule: Rule) -> Self {
        self.egress.push(rule);
        self
    }

    /// The id of a rule of this group.
    #[must_use]
    pub fn rule_id(&self, rule: &Rule, egress: bool) -> String {
        let digest = Sha256::digest(format!("{} {egress} {rule:?}", self.id));
        let mut id = "sgr-".to_owned();
        for byte in digest.iter().take(9) {
            // Writing to a string cannot fail.
            let _ = write!(id, "{byte:02x}");
        }
        id.truncate("sgr-".len() + 17);
        id
    }
}

impl Rule {
    /// One port of TCP.
    #[must_use]
    pub fn tcp(port: u16, peer: Peer) -> Self {
        Self::new("tcp", Some((port.into(), port.into())), peer)
    }

    /// Everything.
    #[must_use]
    pub fn all(peer: Peer) -> Self {
        Self::new("-1", None, peer)
    }

    /// A rule of any protocol.
    #[must_use]
    pub fn new(protocol: &str, ports: Option<(i32, i32)>, peer: Peer) -> Self {
        Self { protocol: protocol.to_owned(), ports, peer, description: None }
    }

    /// Whether it is about a port of TCP, whoever is on the other side.
    pub(in crate::aws) fn is_about(&self, port: u16) -> bool {
        let port = i32::from(port);
        match (self.protocol.as_str(), self.ports) {
            ("-1", _) => true,
            ("tcp" | "6", Some((from, to))) => from <= port && port <= to,
            _ => false,
        }
    }
}

impl Peer {
    /// The addresses in a block, such as `10.0.0.0/16`.
    #[must_use]
    pub fn cidr(block: &str) -> Self {
        Self::Cidr(block.to_owned())
    }

    /// The interfaces with a group.
    #[must_use]
    pub fn group(id: &str) -> Self {
        Self::Group(id.to_owned())
    }

    /// Everybody who speaks IPv4.
    #[must_use]
    pub fn anywhere() -> Self {
        Self::cidr("0.0.0.0/0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_one_id_until_it_changes() {
        let group = SecurityGroup::new("sg-1", "vpc-1", "one");
        let rule = Rule::tcp(443, Peer::anywhere());
        let id = group.rule_id(&rule, true);
        assert!(id.starts_with("sgr-") && id.len() == 21, "{id}");
        assert_eq!(id, group.rule_id(&rule, true));
        assert_ne!(id, group.rule_id(&rule, false));
        assert_ne!(id, group.rule_id(&Rule::tcp(444, Peer::anywhere()), true));
        assert_ne!(id, SecurityGroup::new("sg-2", "vpc-1", "two").rule_id(&rule, true));
    }

    #[test]
    fn a_rule_is_about_its_ports() {
        let peer = Peer::anywhere;
        assert!(Rule::all(peer()).is_about(443));
        assert!(Rule::new("tcp", Some((0, 65535)), peer()).is_about(443));
        assert!(!Rule::tcp(80, peer()).is_about(443));
        assert!(!Rule::new("udp", Some((443, 443)), peer()).is_about(443));
        assert!(!Rule::new("icmp", Some((-1, -1)), peer()).is_about(443));
    }
}
