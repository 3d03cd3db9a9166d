//! Every gate open, shut, half open and out of sight; and the groups themselves.

use std::sync::Arc;

use super::*;
use crate::{
    aws::Fault,
    workload::{
        facts::{LoadBalancerState, Peer},
        hop::Truth,
    },
};

const VPC: &str = "vpc-0a1b2c3d4e5f60718";
const LB: &str = "sg-0a1b2c3d4e5f60b01";
const RG: &str = "sg-0a1b2c3d4e5f60b02";
const NODE: &str = "sg-0a1b2c3d4e5f60b09";

/// All that a network is made of, as the fixture has it: both groups name the VPC's addresses.
struct Scene {
    gateway_groups: Vec<String>,
    gateway_subnets: Known<Arc<Vec<Subnet>>>,
    load_balancer: LoadBalancer,
    load_balancer_subnets: Known<Arc<Vec<Subnet>>>,
    groups: Known<Arc<Vec<SecurityGroup>>>,
    rules: Known<Arc<Vec<Rule>>>,
    backends: Known<Vec<Backend>>,
}

fn subnets(blocks: &[&str]) -> Known<Arc<Vec<Subnet>>> {
    let subnet = |block: &&str| Subnet {
        id: format!("subnet-{block}"),
        vpc: VPC.into(),
        addresses: vec![block.parse().unwrap()],
    };
    Known::Read(Arc::new(blocks.iter().map(subnet).collect()))
}

fn rule(group: &str, direction: Direction, ports: (u16, u16), peer: Peer) -> Rule {
    Rule { group: group.into(), direction, ports, peer }
}

fn net(block: &str) -> Peer {
    Peer::Addresses(block.parse().unwrap())
}

fn out(peer: Peer) -> Rule {
    rule(RG, Direction::Out, (443, 443), peer)
}

fn into_lb(peer: Peer) -> Rule {
    rule(LB, Direction::In, (443, 443), peer)
}

fn into_node(peer: Peer) -> Rule {
    rule(NODE, Direction::In, (8000, 8000), peer)
}

fn denied(operation: &'static str) -> Fault {
    Fault::new(operation, Some("UnauthorizedOperation"), "not authorized")
}

impl Scene {
    fn new(rules: Vec<Rule>) -> Self {
        let group = |id: &str| SecurityGroup { id: id.into(), vpc: VPC.into() };
        Self {
            gateway_groups: vec![RG.into()],
            gateway_subnets: subnets(&["10.0.1.0/24", "10.0.2.0/24"]),
            load_balancer: LoadBalancer {
                arn: "arn:nlb".into(),
                dns_name: "nlb.example".into(),
                state: LoadBalancerState::Active,
                state_reason: None,
                kind: LoadBalancerKind::Network,
                scheme: "internal".into(),
                vpc: VPC.into(),
                subnets: Vec::new(),
                security_groups: vec![LB.into()],
                address_type: "ipv4".into(),
            },
            load_balancer_subnets: subnets(&["10.0.3.0/24", "10.0.4.0/24"]),
            groups: Known::Read(Arc::new(vec![group(LB), group(RG)])),
            rules: Known::Read(Arc::new(rules)),
            backends: Known::Read(Vec::new()),
        }
    }

    fn with_backend(mut self, groups: Option<&[&str]>) -> Self {
        let groups = groups.map(|groups| groups.iter().map(|group| (*group).to_owned()).collect());
        self.backends = Known::Read(vec![Backend { id: "10.0.3.77".into(), port: 8000, groups }]);
        self
    }

    fn judge(&self, family: Family) -> Judgment {
        judge(&Network {
            vpc: VPC,
            gateway_groups: &self.gateway_groups,
            gateway_subnets: &self.gateway_subnets,
            family,
            port: 443,
            load_balancer: &self.load_balancer,
            load_balancer_subnets: &self.load_balancer_subnets,
            groups: &self.groups,
            rules: &self.rules,
            backends: &self.backends,
        })
    }

    #[track_caller]
    fn expect(&self, status: Truth, reason: Reason, words: &[&str]) {
        let Judgment { network, invalid } = self.judge(Family::Four);
        assert_eq!(invalid, None);
        assert_eq!((network.status, network.reason), (status, reason), "{}", network.message);
        for word in words {
            assert!(network.message.contains(word), "{word} in: {}", network.message);
        }
    }
}

#[test]
fn rules_that_open_the_way_out() {
    let table = [
        ("the VPC", vec![out(net("10.0.0.0/16"))]),
        ("wider", vec![out(net("0.0.0.0/0"))]),
        ("exactly", vec![out(net("10.0.3.0/24")), out(net("10.0.4.0/24"))]),
        ("in halves", vec![out(net("10.0.3.0/25")), out(net("10.0.3.128/25")), out(net("10.0.4.0/24"))]),
        ("by group", vec![out(Peer::Group(LB.into()))]),
        ("by prefix list", vec![out(Peer::PrefixList("pl-1".into()))]),
        ("all ports", vec![rule(RG, Direction::Out, (0, 65535), net("10.0.0.0/16"))]),
        ("a range of ports", vec![rule(RG, Direction::Out, (400, 443), net("10.0.0.0/16"))]),
        ("one of two rules", vec![out(net("10.9.0.0/16")), out(net("10.0.0.0/16"))]),
    ];
    for (case, mut rules) in table {
        rules.push(into_lb(net("10.0.0.0/16")));
        let judgment = Scene::new(rules).judge(Family::Four);
        assert_eq!(judgment.network.status, Truth::True, "{case}: {}", judgment.network.message);
    }
}

#[test]
fn rules_that_leave_the_way_out_shut() {
    let table = [
        ("none", vec![]),
        ("another port", vec![rule(RG, Direction::Out, (80, 442), net("0.0.0.0/0"))]),
        ("inwards", vec![rule(RG, Direction::In, (443, 443), net("0.0.0.0/0"))]),
        ("another group's", vec![rule(NODE, Direction::Out, (443, 443), net("0.0.0.0/0"))]),
        ("other addresses", vec![out(net("10.9.0.0/16"))]),
        ("another group", vec![out(Peer::Group(NODE.into()))]),
        ("another family", vec![out(net("::/0"))]),
    ];
    for (case, mut rules) in table {
        rules.push(into_lb(net("10.0.0.0/16")));
        let judgment = Scene::new(rules).judge(Family::Four);
        let message = &judgment.network.message;
        let found = (judgment.network.status, judgment.network.reason);
        assert_eq!(found, (Truth::False, Reason::EgressBlocked), "{case}: {message}");
        for word in [RG, "443", "outbound rule", LB, "10.0.3.0/24, 10.0.4.0/24"] {
            assert!(message.contains(word), "{case}: {word} in: {message}");
        }
    }
}

#[test]
fn the_way_in_is_judged_from_the_load_balancers_side() {
    let open = || out(net("10.0.0.0/16"));
    for peer in [net("10.0.0.0/16"), net("10.0.0.0/22"), Peer::Group(RG.into()), Peer::PrefixList("pl-1".into())] {
        Scene::new(vec![open(), into_lb(peer)]).expect(Truth::True, Reason::Settled, &[LB, RG]);
    }
    let words = [LB, "443", "inbound rule", RG, "10.0.1.0/24, 10.0.2.0/24"];
    for peer in [net("10.9.0.0/16"), Peer::Group(NODE.into()), net("10.0.3.0/24")] {
        Scene::new(vec![open(), into_lb(peer)]).expect(Truth::False, Reason::IngressBlocked, &words);
    }
    Scene::new(vec![open()]).expect(Truth::False, Reason::IngressBlocked, &words);
}

#[test]
fn both_ways_shut_are_both_told() {
    Scene::new(vec![]).expect(Truth::False, Reason::EgressBlocked, &["outbound rule", "inbound rule", RG, LB]);
}

#[test]
fn covered_in_part_is_not_known() {
    let open = || into_lb(net("10.0.0.0/16"));
    Scene::new(vec![open(), out(net("10.0.3.0/24"))]).expect(
        Truth::Unknown,
        Reason::EgressBlocked,
        &[RG, "10.0.4.0/24"],
    );
    Scene::new(vec![open(), out(net("10.0.3.7/32"))]).expect(Truth::Unknown, Reason::EgressBlocked, &[RG]);
    let half = vec![out(net("10.0.0.0/16")), into_lb(net("10.0.1.0/24"))];
    Scene::new(half).expect(Truth::Unknown, Reason::IngressBlocked, &[LB, "10.0.2.0/24"]);
}

#[test]
fn the_address_family_of_the_endpoint_counts() {
    let mut scene = Scene::new(vec![out(net("fd00::/8")), into_lb(net("fd00::/8"))]);
    scene.gateway_subnets = subnets(&["fd00:1::/64", "10.0.1.0/24"]);
    scene.load_balancer_subnets = subnets(&["fd00:2::/64", "10.0.3.0/24"]);
    assert_eq!(scene.judge(Family::Six).network.status, Truth::True);
    assert_eq!(scene.judge(Family::Four).network.status, Truth::False);
    scene.load_balancer_subnets = subnets(&["10.0.3.0/24"]);
    assert_eq!(scene.judge(Family::Six).network.status, Truth::Unknown, "no address of the family to be sure of");
}

#[test]
fn a_load_balancer_without_groups_lets_everything_in() {
    let mut scene = Scene::new(vec![out(net("10.0.0.0/16"))]);
    scene.load_balancer.security_groups = Vec::new();
    scene.expect(Truth::True, Reason::Settled, &["has no security group"]);
}

#[test]
fn without_subnets_only_rules_by_address_are_in_doubt() {
    let scene = |egress: Peer| {
        let mut scene = Scene::new(vec![out(egress), into_lb(Peer::Group(RG.into()))]);
        scene.load_balancer_subnets = Known::Unreadable(denied("DescribeSubnets"));
        scene
    };
    scene(Peer::Group(LB.into())).expect(Truth::True, Reason::Settled, &[]);
    scene(net("0.0.0.0/0")).expect(Truth::True, Reason::Settled, &[]);
    scene(net("10.0.0.0/16")).expect(Truth::Unknown, Reason::Denied, &["ec2:DescribeSubnets"]);
    scene(Peer::Group(NODE.into())).expect(Truth::False, Reason::EgressBlocked, &[LB]);
}

#[test]
fn rules_that_cannot_be_read_do_not_block() {
    let mut scene = Scene::new(vec![]);
    scene.rules = Known::Unreadable(denied("DescribeSecurityGroupRules"));
    scene.expect(Truth::Unknown, Reason::Denied, &["ec2:DescribeSecurityGroupRules"]);
    let mut nobody = Scene::new(vec![into_lb(net("10.0.0.0/16"))]);
    nobody.gateway_groups = Vec::new();
    nobody.expect(Truth::Unknown, Reason::EgressBlocked, &[]);
}

#[test]
fn groups_that_a_resource_gateway_cannot_have() {
    let open = || vec![out(net("10.0.0.0/16")), into_lb(net("10.0.0.0/16"))];
    let elsewhere = |id: &str| SecurityGroup { id: id.into(), vpc: "vpc-elsewhere".into() };
    let table = [(vec![], "does not exist"), (vec![elsewhere(RG)], "vpc-elsewhere")];
    for (groups, words) in table {
        let mut scene = Scene::new(open());
        scene.groups = Known::Read(Arc::new(groups));
        let Judgment { network, invalid } = scene.judge(Family::Four);
        let invalid = invalid.unwrap();
        assert_eq!((invalid.status, invalid.reason), (Truth::False, Reason::Invalid));
        for word in [RG, VPC, words] {
            assert!(invalid.message.contains(word), "{word} in: {}", invalid.message);
        }
        assert!(!network.blocks(), "{}", network.message);
    }
    let mut scene = Scene::new(open());
    scene.groups = Known::Unreadable(denied("DescribeSecurityGroups"));
    scene.expect(Truth::True, Reason::Settled, &[]);
}

#[test]
fn targets_that_see_the_addresses_of_clients_have_a_gate_of_their_own() {
    let open = |extra: Vec<Rule>| {
        let mut rules = vec![out(net("10.0.0.0/16")), into_lb(net("10.0.0.0/16"))];
        rules.extend(extra);
        Scene::new(rules).with_backend(Some(&[NODE]))
    };
    for peer in [net("10.0.0.0/16"), Peer::Group(RG.into()), Peer::Group(LB.into()), Peer::PrefixList("pl-1".into())] {
        open(vec![into_node(peer)]).expect(Truth::True, Reason::Settled, &[NODE, "8000"]);
    }
    let words = [NODE, "8000", "10.0.3.77", "preserve_client_ip.enabled", "10.0.1.0/24"];
    open(vec![]).expect(Truth::False, Reason::IngressBlocked, &words);
    open(vec![into_node(net("10.0.3.0/24"))]).expect(Truth::False, Reason::IngressBlocked, &words);
    open(vec![rule(NODE, Direction::In, (443, 443), net("10.0.0.0/16"))]).expect(
        Truth::False,
        Reason::IngressBlocked,
        &["8000"],
    );
    open(vec![]).with_backend(None).expect(Truth::Unknown, Reason::IngressBlocked, &["10.0.3.77", "was not found"]);
    let mut hidden = open(vec![]);
    hidden.backends = Known::Unreadable(denied("DescribeNetworkInterfaces"));
    hidden.expect(Truth::Unknown, Reason::Denied, &["ec2:DescribeNetworkInterfaces"]);
    let mut application = open(vec![]);
    application.load_balancer.kind = LoadBalancerKind::Application;
    application.expect(Truth::True, Reason::Settled, &[]);
}

#[test]
fn the_rules_to_read_are_those_of_every_gate() {
    let scene = Scene::new(vec![]).with_backend(Some(&[NODE, LB]));
    let groups = groups_to_read(&scene.gateway_groups, &scene.load_balancer, &scene.backends);
    assert_eq!(groups, [LB, RG, NODE]);
    let hidden = Known::Unreadable(denied("DescribeNetworkInterfaces"));
    assert_eq!(groups_to_read(&scene.gateway_groups, &scene.load_balancer, &hidden), [LB, RG]);
}
