//! Facts as the emulated AWS tells them, and what they mean: the real SDK over HTTP, from the first call to the verdict.

use std::collections::BTreeMap;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use futures::future::join_all;
use lab::aws::{
    AwsOptions, Limits,
    network::{
        self, Network,
        fixture::{ALB_DNS, API_NAME, CERTIFICATE, NLB, NLB_DNS, NLB_TARGETS, SG_LB, SG_RG, VPC, ZONE, ZONE_NAME},
    },
    policy::{Placeholders, Policies},
};

use super::super::*;
use crate::{
    aws::Rates,
    metrics::Metrics,
    plan::Reason,
    workload::{
        certificate::{self, Outcome, Served},
        dns::{self, Resolver, Routing, Way},
        hop::{Truth, Verdict},
        load_balancer,
        security_group::{self, Family, groups_to_read},
    },
};

/// Who the operator is here.
const ACCESS_KEY: &str = "AKIDEXAMPLE";

/// An emulated AWS with the world of most scenarios, and the operator's way to it.
pub(super) struct Stage {
    pub(super) emulated: lab::aws::Aws,
    pub(super) aws: Aws,
    pub(super) facts: Facts,
    pub(super) since: Instant,
}

/// What one target learns of its way, hop by hop.
#[derive(Debug, PartialEq)]
struct Hops {
    load_balancer: Verdict,
    certificate: Outcome,
    served: Option<Served>,
    dns: dns::Resolution,
    network: security_group::Judgment,
}

impl Stage {
    pub(super) async fn new() -> Self {
        let options = AwsOptions { limits: Limits::off(), ..AwsOptions::default() };
        let emulated = lab::aws::Aws::start(options).await.unwrap();
        emulated.install_fixture();
        // Facts are read with what people install, and nothing more.
        let placeholders = Placeholders::new("111122223333", "us-west-2", "tests");
        emulated.restrict(ACCESS_KEY, Policies::of_the_repository(&placeholders).unwrap());
        let credentials = Credentials::new(ACCESS_KEY, "secret", None, None, "tests");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-west-2"))
            .endpoint_url(emulated.endpoint())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        let aws = Aws::with(&config, Rates { reads: 1000.0, writes: 1000.0 }, &Metrics::default()).await.unwrap();
        Self { emulated, aws, facts: Facts::default(), since: Instant::now() }
    }

    fn change(&self, change: impl FnOnce(&mut Network)) {
        self.emulated.network(change);
    }

    /// All four hops of an endpoint with this host behind the load balancer with this name.
    async fn way(&self, name: &str, host: &str, routing: Routing<'_>) -> Hops {
        let Self { aws, facts, since, .. } = self;
        let gateway_groups = [SG_RG.to_owned()];
        let found = facts.load_balancer(aws, name, *since).await;
        let known = found.read().cloned().flatten().expect("the load balancer is there");
        let entrance = facts.entrance(aws, &known, 443, *since).await;
        let demand = load_balancer::Demand { name, port: 443, allow_internet_facing: false };
        let ready = load_balancer::judge(&demand, &found, Some(&entrance));
        let demand = certificate::Demand { host, own_authority: false, now: self.emulated.now() };
        let trusted = certificate::judge(&demand, &entrance);
        let vpc = facts.vpc_dns(aws, &known.vpc, host, *since).await;
        let demand = dns::Demand { host, load_balancer: Some(name), resolver: Resolver::InVpc, routing };
        let subnets = facts.subnets(aws, &known.subnets, *since).await;
        let backends = facts.backends(aws, &known.vpc, &entrance, *since).await;
        let rules = facts.rules(aws, &groups_to_read(&gateway_groups, &known, &backends), *since).await;
        let network = security_group::judge(&security_group::Network {
            vpc: &known.vpc,
            gateway_groups: &gateway_groups,
            gateway_subnets: &subnets,
            family: Family::Four,
            port: 443,
            load_balancer: &known,
            load_balancer_subnets: &subnets,
            groups: &facts.security_groups(aws, &gateway_groups, *since).await,
            rules: &rules,
            backends: &backends,
        });
        Hops {
            load_balancer: ready,
            certificate: trusted.outcome,
            served: trusted.served,
            // The name is reserved for examples, so that whatever a resolver says of it here is not what a test may rely on.
            dns: dns::judge(&demand, &vpc, &LookUp::NoSuchName),
            network,
        }
    }

    async fn nlb(&self) -> Hops {
        self.way(NLB_DNS, ZONE_NAME, Routing::Auto).await
    }

    /// How often each operation was called.
    fn calls(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in self.emulated.calls() {
            *counts.entry(call.operation).or_default() += 1;
        }
        counts.remove("GetCallerIdentity");
        counts
    }
}

fn decided(way: &Hops) -> &Verdict {
    match &way.certificate {
        Outcome::Decided(verdict) => verdict,
        Outcome::Undecided(undecided) => panic!("undecided: {}", undecided.why),
    }
}

#[tokio::test]
async fn every_hop_of_the_fixture_works() {
    let stage = Stage::new().await;
    stage.change(|network| {
        network.certificate_mut(CERTIFICATE).unwrap().not_after = Some("2127-06-01T00:00:00Z".parse().unwrap());
    });
    for (name, host) in [(NLB_DNS, ZONE_NAME), (ALB_DNS, API_NAME)] {
        let way = stage.way(name, host, Routing::Auto).await;
        for verdict in [&way.load_balancer, decided(&way), &way.dns.verdict, &way.network.network] {
            assert_eq!(verdict.status, Truth::True, "{name}: {}", verdict.message);
        }
        assert_eq!((way.dns.way, &way.dns.routing_domain), (Way::PrivateHostedZone, &None));
        let served = way.served.unwrap();
        assert_eq!((served.arn.as_str(), served.kind.as_deref()), (CERTIFICATE, Some("AMAZON_ISSUED")));
        assert_eq!(served.not_after.as_deref(), Some("2127-06-01T00:00:00Z"));
        assert_eq!(way.network.invalid, None);
    }
}

#[tokio::test]
async fn a_hundred_targets_behind_one_load_balancer_cost_what_one_costs() {
    let stage = Stage::new().await;
    let first = stage.nlb().await;
    let of_one = stage.calls();
    let crowd = Stage::new().await;
    let ways = join_all((0..100).map(|_| crowd.nlb())).await;
    assert!(ways.iter().all(|way| *way == first));
    assert_eq!(crowd.calls(), of_one);
    let expected = [
        ("DescribeCertificate", 1),
        ("DescribeListenerCertificates", 1),
        ("DescribeListeners", 1),
        ("DescribeLoadBalancers", 1),
        ("DescribeSecurityGroupRules", 1),
        ("DescribeSecurityGroups", 1),
        ("DescribeSubnets", 1),
        ("DescribeTargetGroupAttributes", 1),
        ("DescribeTargetGroups", 1),
        ("DescribeTargetHealth", 1),
        ("DescribeVpcAttribute", 2),
        ("ListHostedZonesByVPC", 1),
        ("ListResourceRecordSets", 1),
    ];
    assert_eq!(of_one, expected.map(|(operation, count)| (operation.to_owned(), count)).into());
}

#[tokio::test]
async fn a_missing_permission_leaves_every_other_hop_as_it_is() {
    let table = [
        ("DescribeListeners", "elasticloadbalancing:DescribeListeners"),
        ("DescribeListenerCertificates", "elasticloadbalancing:DescribeListenerCertificates"),
        ("DescribeTargetGroups", "elasticloadbalancing:DescribeTargetGroups"),
        ("DescribeTargetHealth", "elasticloadbalancing:DescribeTargetHealth"),
        ("DescribeTargetGroupAttributes", "elasticloadbalancing:DescribeTargetGroupAttributes"),
        ("DescribeCertificate", "acm:DescribeCertificate"),
        ("DescribeVpcAttribute", "ec2:DescribeVpcAttribute"),
        ("ListHostedZonesByVPC", "route53:ListHostedZonesByVPC"),
        ("ListResourceRecordSets", "route53:ListResourceRecordSets"),
        ("DescribeSecurityGroupRules", "ec2:DescribeSecurityGroupRules"),
        ("DescribeSecurityGroups", ""),
        ("DescribeSubnets", "ec2:DescribeSubnets"),
    ];
    for (operation, permission) in table {
        let stage = Stage::new().await;
        stage.emulated.deny(operation);
        let way = stage.nlb().await;
        assert!(way.network.invalid.is_none(), "{operation}");
        let certificate = match &way.certificate {
            Outcome::Decided(verdict) => verdict.clone(),
            Outcome::Undecided(undecided) => certificate::decide(undecided, None),
        };
        let hops = [&way.load_balancer, &certificate, &way.dns.verdict, &way.network.network];
        assert!(hops.iter().all(|hop| !hop.blocks()), "{operation}: {hops:#?}");
        let told = permission.is_empty() || hops.iter().any(|hop| hop.message.contains(permission));
        assert!(told, "{operation}: {hops:#?}");
        assert!(hops.iter().filter(|hop| hop.status == Truth::True).count() >= 2, "{operation}: {hops:#?}");
    }
}

#[tokio::test]
async fn a_load_balancer_is_found_on_any_page_and_only_by_its_own_name() {
    let stage = Stage::new().await;
    stage.change(|network| {
        let spare = (0..450).map(|number| {
            network::LoadBalancer::network(&format!("spare-{number}"), &format!("{number:016x}"), VPC, &[])
        });
        let spare: Vec<_> = spare.collect();
        network.load_balancers.splice(0..0, spare);
    });
    let found = stage.facts.load_balancer(&stage.aws, &NLB_DNS.to_uppercase(), stage.since).await;
    assert_eq!(found.read().cloned().flatten().unwrap().dns_name, NLB_DNS);
    assert_eq!(stage.facts.load_balancer(&stage.aws, NLB, stage.since).await, Known::Read(None));
    assert_eq!(stage.calls(), [("DescribeLoadBalancers".to_owned(), 2)].into(), "two pages, once");
}

#[tokio::test]
async fn a_private_zone_answers_by_name_by_wildcard_or_not_at_all() {
    let stage = Stage::new().await;
    let judged = async |since| {
        let demand = dns::Demand {
            host: API_NAME,
            load_balancer: Some(ALB_DNS),
            resolver: Resolver::InVpc,
            routing: Routing::Never,
        };
        dns::judge(&demand, &stage.facts.vpc_dns(&stage.aws, VPC, API_NAME, since).await, &LookUp::NoSuchName)
    };
    assert_eq!(judged(stage.since).await.way, Way::PrivateHostedZone);
    stage.change(|network| {
        let zone = network.hosted_zone_mut(ZONE).unwrap();
        zone.records.retain(|record| record.name != API_NAME);
        zone.records.push(network::Record::new("*.internal.example.com", network::RecordKind::Cname, &[ALB_DNS]));
    });
    let by_wildcard = judged(Instant::now()).await;
    assert_eq!(by_wildcard.way, Way::PrivateHostedZone, "{}", by_wildcard.verdict.message);
    stage.change(|network| network.hosted_zone_mut(ZONE).unwrap().records.clear());
    let without = judged(Instant::now()).await.verdict;
    assert_eq!((without.status, without.reason), (Truth::False, Reason::PrivateDnsMissing), "{}", without.message);
    stage.change(|network| network.hosted_zone_mut(ZONE).unwrap().vpcs.clear());
    let apart = judged(Instant::now()).await.verdict;
    assert_eq!((apart.status, apart.reason), (Truth::False, Reason::PrivateDnsMissing), "{}", apart.message);
    assert!(apart.message.contains("No private hosted zone"), "{}", apart.message);
    stage.change(|network| {
        let zone = network.hosted_zone_mut(ZONE).unwrap();
        *zone = network::HostedZone::new(ZONE, ZONE_NAME, VPC);
        zone.owner = network::ZoneOwner::Account("444455556666".to_owned());
    });
    let foreign = judged(Instant::now()).await.verdict;
    assert_eq!((foreign.status, foreign.reason), (Truth::Unknown, Reason::Denied), "{}", foreign.message);
    assert!(foreign.message.contains("444455556666"), "{}", foreign.message);
}

#[tokio::test]
async fn groups_behind_a_load_balancer_that_preserves_addresses_are_asked() {
    let stage = Stage::new().await;
    let node = "sg-0a1b2c3d4e5f60b09";
    stage.change(|network| {
        let subnet = network.subnets[0].clone();
        network.security_groups.push(network::SecurityGroup::new(node, VPC, "nodes"));
        network.network_interfaces.push(network::NetworkInterface::new(
            "eni-0a1b2c3d4e5f60099",
            &subnet,
            "10.0.1.20",
            &[node],
        ));
        let group = network.target_group_mut(NLB_TARGETS).unwrap();
        group.attributes.insert("preserve_client_ip.enabled".to_owned(), "true".to_owned());
    });
    let shut = stage.nlb().await.network.network;
    assert_eq!((shut.status, shut.reason), (Truth::False, Reason::IngressBlocked), "{}", shut.message);
    assert!(shut.message.contains(node) && shut.message.contains("tcp 80"), "{}", shut.message);
    stage.change(|network| {
        let rule = network::Rule::tcp(80, network::Peer::group(SG_LB));
        network.security_group_mut(node).unwrap().ingress.push(rule);
    });
    let later = Stage { since: Instant::now(), ..stage };
    let open = later.nlb().await.network.network;
    assert_eq!(open.status, Truth::True, "{}", open.message);
}
