//! Card D18: security groups that would make tools which are READY and dead.

use anyhow::Context;
use lab::aws::network::fixture::{NLB, SG_LB, SG_RG, VPC};
use lab::aws::network::{Peer, Rule, SecurityGroup, Vpc};
use serde_json::{Value, json};

use crate::ledger::{asked, only, operations};
use crate::stage::{MCP, Stage, hops, mcp_target, mcp_target_in};
use crate::support::{called, message, sweeps, verdict};

/// The rule that people leave in a group that must not be empty.
fn placeholder() -> Rule {
    Rule::new("icmp", Some((-1, -1)), Peer::cidr("255.255.255.255/32"))
}

fn change(stage: &Stage, group: &str, change: impl FnOnce(&mut SecurityGroup)) -> anyhow::Result<()> {
    stage.world.aws.network(|network| network.security_group_mut(group).map(change).context("no such group"))
}

fn without_endpoint() -> Value {
    let mut target = mcp_target();
    if let Some(spec) = target["spec"].as_object_mut() {
        spec.remove("privateEndpoint");
    }
    target
}

/// Variant (a).
#[tokio::test]
async fn without_a_group_nothing_is_made() -> anyhow::Result<()> {
    let mut stage = Stage::set("d18-none").await?;
    for target in [mcp_target_in(json!({})), without_endpoint()] {
        let stalled = stage.held(target, ("Stalled", "True", "SecurityGroupRequired")).await?;
        assert!(message(&stalled, "Ready").contains("--default-security-group-ids"), "{stalled:#}");
        stage.world.delete(MCP.0, MCP.1, MCP.2).await?;
        stage.world.gone(MCP.0, MCP.1, MCP.2).await?;
    }
    let group = format!("--default-security-group-ids={SG_RG}");
    stage.restart(&["--retry-floor=200ms", "--retry-cap=1s", "--drift-interval=500ms", &group]).await?;
    let world = &stage.world;
    for target in [mcp_target_in(json!({})), without_endpoint()] {
        let mark = world.aws.mark();
        world.apply_object(target).await?;
        let ready = world.ready(MCP.0, MCP.1, MCP.2).await?;
        let create = asked(only(&world.aws.mutations_since(mark), "CreateGatewayTarget")?)?;
        let network = &create["privateEndpoint"]["managedVpcResource"];
        assert_eq!(network["securityGroupIds"], json!([SG_RG]));
        assert_eq!(network["vpcIdentifier"], VPC);
        assert_eq!(hops(&ready), ["True/Settled"; 5], "{ready:#}");
        world.delete(MCP.0, MCP.1, MCP.2).await?;
        world.gone(MCP.0, MCP.1, MCP.2).await?;
    }
    Ok(())
}

/// Variant (b).
#[tokio::test]
async fn a_group_that_lets_nothing_out_is_told_and_heals() -> anyhow::Result<()> {
    let stage = Stage::set("d18-egress").await?;
    change(&stage, SG_RG, |group| group.egress = vec![placeholder()])?;
    let stalled = stage.held(mcp_target(), ("NetworkAllowed", "False", "EgressBlocked")).await?;
    for word in [SG_RG, "443"] {
        assert!(message(&stalled, "NetworkAllowed").contains(word), "{word}: {stalled:#}");
    }
    assert_eq!(verdict(&stalled, "Ready").as_deref(), Some("False/EgressBlocked"));
    change(&stage, SG_RG, |group| group.egress.push(Rule::tcp(443, Peer::cidr("10.0.0.0/8"))))?;
    let healed = stage.world.ready(MCP.0, MCP.1, MCP.2).await?;
    assert_eq!(verdict(&healed, "NetworkAllowed").as_deref(), Some("True/Settled"));
    Ok(())
}

/// Variant (c). The group of the load balancer is its owner's.
#[tokio::test]
async fn a_load_balancer_that_lets_nothing_in_is_told_and_heals() -> anyhow::Result<()> {
    let stage = Stage::set("d18-ingress").await?;
    change(&stage, SG_LB, |group| group.ingress = vec![Rule::tcp(443, Peer::cidr("192.168.0.0/16"))])?;
    let before = stage.world.aws.network(|network| network.clone());
    let stalled = stage.held(mcp_target(), ("NetworkAllowed", "False", "IngressBlocked")).await?;
    for word in [SG_LB, SG_RG, "443"] {
        assert!(message(&stalled, "NetworkAllowed").contains(word), "{word}: {stalled:#}");
    }
    assert_eq!(stage.world.aws.network(|network| network.clone()), before, "no group is touched");
    change(&stage, SG_LB, |group| group.ingress.push(Rule::tcp(443, Peer::group(SG_RG))))?;
    stage.world.ready(MCP.0, MCP.1, MCP.2).await?;
    Ok(())
}

/// Variant (d).
#[tokio::test]
async fn a_group_of_another_vpc_is_told() -> anyhow::Result<()> {
    const ELSEWHERE: &str = "sg-0a1b2c3d4e5f60bff";
    let stage = Stage::set("d18-elsewhere").await?;
    stage.world.aws.network(|network| {
        network.vpcs.push(Vpc::new("vpc-0a1b2c3d4e5f60799", "10.9.0.0/16"));
        let group = SecurityGroup::new(ELSEWHERE, "vpc-0a1b2c3d4e5f60799", "elsewhere");
        network.security_groups.push(group.let_out(Rule::all(Peer::anywhere())));
    });
    let target = mcp_target_in(json!({"securityGroupIds": [ELSEWHERE]}));
    let stalled = stage.held(target, ("ResolvedRefs", "False", "Invalid")).await?;
    assert!(message(&stalled, "ResolvedRefs").contains(ELSEWHERE), "{stalled:#}");
    let missing = mcp_target_in(json!({"securityGroupIds": ["sg-0a1b2c3d4e5f60eee"]}));
    let stalled = stage.held(missing, ("ResolvedRefs", "False", "Invalid")).await?;
    assert!(message(&stalled, "ResolvedRefs").contains("sg-0a1b2c3d4e5f60eee"), "{stalled:#}");
    Ok(())
}

/// Variant (e).
#[tokio::test]
async fn six_groups_are_refused() -> anyhow::Result<()> {
    let stage = Stage::set("d18-six").await?;
    let six: Vec<String> = (0..6).map(|number| format!("sg-0a1b2c3d4e5f60c{number:02}")).collect();
    let refusal =
        stage.world.apply_object(mcp_target_in(json!({"securityGroupIds": six}))).await.expect_err("six were taken");
    assert!(format!("{refusal:#}").contains("securityGroupIds"), "{refusal:#}");
    Ok(())
}

/// Variant (f).
#[tokio::test]
async fn an_nlb_without_groups_lets_everybody_in() -> anyhow::Result<()> {
    let stage = Stage::set("d18-open").await?;
    stage.world.aws.network(|network| {
        network.load_balancer_mut(NLB).map(|balancer| balancer.security_groups.clear()).context("no NLB")
    })?;
    let target = stage.mcp_ready().await?;
    assert_eq!(verdict(&target, "NetworkAllowed").as_deref(), Some("True/Settled"));
    assert!(message(&target, "NetworkAllowed").contains("no security group"), "{target:#}");
    Ok(())
}

/// Variant (g): each of these alone is a rule that lets the traffic through.
#[tokio::test]
async fn wider_rules_count() -> anyhow::Result<()> {
    let stage = Stage::set("d18-wider").await?;
    for (out, into) in [
        (Peer::PrefixList("pl-0a1b2c3d4e5f60001".to_owned()), Peer::PrefixList("pl-0a1b2c3d4e5f60001".to_owned())),
        (Peer::group(SG_LB), Peer::group(SG_RG)),
        (Peer::anywhere(), Peer::cidr("10.0.0.0/8")),
    ] {
        change(&stage, SG_RG, |group| group.egress = vec![placeholder(), Rule::all(out.clone())])?;
        change(&stage, SG_LB, |group| group.ingress = vec![Rule::new("tcp", Some((400, 500)), into.clone())])?;
        let target = stage.mcp_ready().await.with_context(|| format!("{out:?}, {into:?}"))?;
        assert_eq!(verdict(&target, "NetworkAllowed").as_deref(), Some("True/Settled"), "{out:?}: {target:#}");
        stage.world.delete(MCP.0, MCP.1, MCP.2).await?;
        stage.world.gone(MCP.0, MCP.1, MCP.2).await?;
    }
    Ok(())
}

/// Variant (h).
#[tokio::test]
async fn rules_that_may_not_be_read_block_nothing() -> anyhow::Result<()> {
    let stage = Stage::set("d18-denied").await?;
    stage.world.aws.deny("DescribeSecurityGroupRules");
    let target = stage.mcp_ready().await?;
    let [balancer, certificate, dns, network, preflight] = hops(&target);
    assert_eq!(network, "Unknown/Denied");
    assert!(message(&target, "NetworkAllowed").contains("ec2:DescribeSecurityGroupRules"), "{target:#}");
    assert_eq!([balancer, certificate, dns, preflight], ["True/Settled"; 4], "{target:#}");
    Ok(())
}

/// The same for every hop: what may not be read is unknown, by itself, and stands in nobody's way.
#[tokio::test]
async fn what_may_not_be_read_does_not_block() -> anyhow::Result<()> {
    let stage = Stage::set("d18-blind").await?;
    let world = &stage.world;
    let denied = ["DescribeSecurityGroupRules", "ListHostedZonesByVPC", "DescribeCertificate", "DescribeTargetHealth"];
    for operation in denied {
        world.aws.deny(operation);
    }
    let mut target = mcp_target();
    target["spec"]["sync"] = json!({"interval": "1s"});
    world.apply_object(target).await?;
    let target = world.ready(MCP.0, MCP.1, MCP.2).await?;
    let [balancer, certificate, dns, network, preflight] = hops(&target);
    assert_eq!([dns, network], ["Unknown/Denied"; 2], "{target:#}");
    // That nobody is healthy is not known; and the operator saw the certificate itself when it called the server.
    assert_eq!([balancer, certificate, preflight], ["True/Settled"; 3], "{target:#}");
    assert!(message(&target, "DnsResolved").contains("route53:ListHostedZonesByVPC"), "{target:#}");
    assert!(message(&target, "LoadBalancerReady").contains("elasticloadbalancing:DescribeTargetHealth"), "{target:#}");
    for operation in denied {
        world.aws.allow(operation);
    }
    for hop in ["DnsResolved", "NetworkAllowed"] {
        world.has(MCP.0, MCP.1, MCP.2, (hop, "True", "Settled")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn two_faults_are_told_at_once() -> anyhow::Result<()> {
    let stage = Stage::set("d18-two").await?;
    change(&stage, SG_RG, |group| group.egress = vec![placeholder()])?;
    stage.world.aws.network(|network| {
        let balancer = network.load_balancer_mut(NLB).context("no NLB")?;
        balancer.scheme = lab::aws::network::Scheme::InternetFacing;
        anyhow::Ok(())
    })?;
    let stalled = stage.held(mcp_target(), ("NetworkAllowed", "False", "EgressBlocked")).await?;
    assert_eq!(verdict(&stalled, "LoadBalancerReady").as_deref(), Some("False/InternetFacing"));
    assert_eq!(verdict(&stalled, "CertificateTrusted").as_deref(), Some("True/Settled"));
    assert_eq!(operations(&stage.world.aws.mutations()), ["CreateGateway"]);
    Ok(())
}

/// Groups that the spec does not name any more are those that AWS keeps, and it is those that are judged: not the operator's for new targets.
#[tokio::test]
async fn groups_that_aws_keeps_are_the_ones_that_are_judged() -> anyhow::Result<()> {
    const CLOSED: &str = "sg-0a1b2c3d4e5f60bfe";
    let mut stage = Stage::set("d18-kept").await?;
    let closed = SecurityGroup::new(CLOSED, VPC, "closed").let_out(placeholder());
    stage.world.aws.network(|network| network.security_groups.push(closed));
    let group = format!("--default-security-group-ids={CLOSED}");
    stage.restart(&["--retry-floor=200ms", "--retry-cap=1s", "--drift-interval=500ms", &group]).await?;
    let world = &stage.world;
    let mut target = mcp_target();
    target["spec"]["sync"] = json!({"interval": "1s"});
    world.apply_object(target).await?;
    world.ready(MCP.0, MCP.1, MCP.2).await?;
    let mark = world.aws.mark();
    let silent = json!({"spec": {"privateEndpoint": {"managedVpcResource": {"securityGroupIds": null}}}});
    world.merge(MCP.0, MCP.1, MCP.2, silent).await?;
    world.ready(MCP.0, MCP.1, MCP.2).await?;
    called(world, world.aws.mark(), "DescribeLoadBalancers", 1).await?;
    sweeps(world, 3).await?;
    let ready = world.ready(MCP.0, MCP.1, MCP.2).await?;
    assert_eq!(verdict(&ready, "NetworkAllowed").as_deref(), Some("True/Settled"), "{ready:#}");
    assert_eq!(ready["status"]["managedVpcResource"], json!({"vpcIdentifier": VPC, "securityGroupIds": [SG_RG]}));
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    change(&stage, SG_RG, |group| group.egress = vec![placeholder()])?;
    let told = world.has(MCP.0, MCP.1, MCP.2, ("NetworkAllowed", "False", "EgressBlocked")).await?;
    assert!(message(&told, "NetworkAllowed").contains(SG_RG), "{told:#}");
    Ok(())
}
