//! Card D02: a target begins at a Service of type `LoadBalancer`, and everything of the network comes from its load balancer.

use anyhow::Context;
use lab::aws::network::fixture::{CERTIFICATE, NLB, NLB_ARN, NLB_DNS, SUBNET_A1, SUBNET_A2, VPC, ZONE, ZONE_NAME};
use lab::aws::network::{Certificate, Scheme};
use lab::workload::manifest;
use lab::world::{HOST, NLB_DNS_NAME};
use serde_json::{Value, json};

use crate::ledger::{asked, of, only, operations, refusals};
use crate::manifests::managed_network;
use crate::stage::{ALLOWED, MCP, SERVICE, Stage, hops, mcp_target, mcp_target_in, mcp_target_with};
use crate::support::{called, message, sweeps, text, verdict};

/// How often the server was asked who it is.
fn handshakes(stage: &Stage) -> usize {
    stage.server.calls().get("initialize").copied().unwrap_or_default()
}

#[tokio::test]
async fn a_way_that_was_good_before_a_restart_is_good_after_it_without_a_write() -> anyhow::Result<()> {
    let mut stage = Stage::set("d02-restart").await?;
    let target = stage.mcp_ready().await?;
    assert_eq!(hops(&target), ["True/Settled"; 5], "{target:#}");
    sweeps(&stage.world, 2).await?;
    let (audit, before) = (stage.world.mark(), handshakes(&stage));
    stage.world.operator.restart().await?;
    let called = async || (handshakes(&stage) >= before + 2).then_some(());
    stage.world.wait_for("the server is called again", lab::world::PATIENCE, called).await?;
    sweeps(&stage.world, 4).await?;
    let writes = stage.world.writes_since(audit);
    assert_eq!((writes.total(), writes.events), (0, 0), "{writes:#?}");
    let after = stage.world.get(MCP.0, MCP.1, MCP.2).await?;
    assert_eq!(after["status"], target["status"]);
    Ok(())
}

/// What of AWS has to be read to know the way.
const READS: [&str; 10] = [
    "DescribeCertificate",
    "DescribeListeners",
    "DescribeLoadBalancers",
    "DescribeSecurityGroupRules",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeTargetHealth",
    "DescribeVpcAttribute",
    "ListHostedZonesByVPC",
    "ListResourceRecordSets",
];

#[tokio::test]
async fn everything_comes_from_the_load_balancer() -> anyhow::Result<()> {
    let stage = Stage::set("d02-base").await?;
    let world = &stage.world;
    let network_before = world.aws.network(|network| network.clone());
    let service_before = world.get(SERVICE.0, SERVICE.1, SERVICE.2).await?;
    let mark = world.aws.mark();
    let target = stage.mcp_ready().await?;
    assert_eq!(refusals(&world.aws.calls_since(mark)), [""; 0]);
    let mutations = world.aws.mutations_since(mark);
    assert_eq!(operations(&mutations), ["CreateGatewayTarget"]);
    let expected = json!({
        "gatewayIdentifier": target["status"]["gatewayId"],
        "name": "eks-mcp-server",
        "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://internal.example.com/mcp-server/mcp"}}},
        "privateEndpoint": managed_network(),
    });
    assert_eq!(asked(&mutations[0])?, expected);
    for read in READS {
        assert!(!world.aws.calls_of(read).is_empty(), "{read}");
    }
    // More than one look, where the first way took long.
    for lookup in of(&world.aws.calls_since(mark), "DescribeLoadBalancers") {
        assert!(
            !lookup.input.to_string().contains(NLB),
            "load balancers are not asked for by a guessed name: {lookup:#?}"
        );
    }
    let resolved = &target["status"]["resolved"];
    let groups = resolved["loadBalancerSecurityGroupIds"].clone();
    assert_eq!(groups, json!([lab::aws::network::fixture::SG_LB]));
    let mut expected = json!({
        "loadBalancerArn": NLB_ARN,
        "loadBalancerDns": NLB_DNS,
        "loadBalancerSecurityGroupIds": groups,
        "scheme": "internal",
        "vpcId": VPC,
        "subnetIds": [SUBNET_A1, SUBNET_A2],
        "certificateArn": CERTIFICATE,
        "certificateType": "AMAZON_ISSUED",
        "dns": "PrivateHostedZone",
    });
    let not_after = world.aws.network(|network| network.certificate(CERTIFICATE).and_then(|found| found.not_after));
    expected["notAfter"] = json!(not_after.context("no end of validity")?.to_string());
    assert_eq!(resolved, &expected);
    assert_eq!(target["status"]["endpoint"], "https://internal.example.com/mcp-server/mcp");
    assert_eq!(hops(&target), ["True/Settled"; 5], "{target:#}");
    for condition in ["Accepted", "ResolvedRefs", "Programmed", "ToolsSynced", "Ready"] {
        assert_eq!(verdict(&target, condition).as_deref(), Some("True/Settled"), "{condition}: {target:#}");
    }
    assert!(stage.balancers.nlb.traffic().requests_for(HOST, "/mcp-server/mcp") > 0, "the operator called through it");
    assert!(stage.server.calls()["tools/list"] > 2, "the operator listed twice, and AWS once");

    world.delete(MCP.0, MCP.1, MCP.2).await?;
    world.gone(MCP.0, MCP.1, MCP.2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["CreateGatewayTarget", "DeleteGatewayTarget"]);
    assert_eq!(
        world.aws.network(|network| network.clone()),
        network_before,
        "load balancer, zone and groups are untouched"
    );
    let service = world.get(SERVICE.0, SERVICE.1, SERVICE.2).await?;
    assert_eq!(service["metadata"]["resourceVersion"], service_before["metadata"]["resourceVersion"]);
    Ok(())
}

#[tokio::test]
async fn without_a_hostname_it_waits_for_the_service() -> anyhow::Result<()> {
    let stage = Stage::set("d02-pending").await?;
    let world = &stage.world;
    world.provision(&stage.controller, SERVICE, &[]).await?;
    let waiting = stage.held(mcp_target(), ("LoadBalancerReady", "False", "LoadBalancerPending")).await?;
    assert_eq!(verdict(&waiting, "Ready").as_deref(), Some("False/LoadBalancerPending"));
    assert!(verdict(&waiting, "Reconciling").is_some() && verdict(&waiting, "Stalled").is_none(), "{waiting:#}");
    let named = format!("{}/{}", world.namespace(SERVICE.1), SERVICE.2);
    assert!(message(&waiting, "LoadBalancerReady").contains(&named), "{waiting:#}");
    world.provision(&stage.controller, SERVICE, &[NLB_DNS_NAME]).await?;
    world.ready(MCP.0, MCP.1, MCP.2).await?;
    Ok(())
}

/// The operator looks again only in an hour, so whatever goes on does so because of the Service's event.
#[tokio::test]
async fn the_services_next_event_is_enough() -> anyhow::Result<()> {
    let mut stage = Stage::set("d02-event").await?;
    stage.world.provision(&stage.controller, SERVICE, &[]).await?;
    stage.restart(&["--retry-floor=1h", "--retry-cap=1h", "--drift-interval=1h"]).await?;
    let world = &stage.world;
    world.apply_object(mcp_target()).await?;
    world.has(MCP.0, MCP.1, MCP.2, ("LoadBalancerReady", "False", "LoadBalancerPending")).await?;
    let mark = world.aws.mark();
    world.provision(&stage.controller, SERVICE, &[NLB_DNS_NAME]).await?;
    called(world, mark, "CreateGatewayTarget", 1).await
}

#[tokio::test]
async fn the_internet_is_not_met_by_chance() -> anyhow::Result<()> {
    let stage = Stage::set("d02-facing").await?;
    let world = &stage.world;
    world.aws.network(|network| {
        network.load_balancer_mut(NLB).map(|balancer| balancer.scheme = Scheme::InternetFacing).context("no NLB")
    })?;
    let stalled = stage.held(mcp_target(), ("LoadBalancerReady", "False", "InternetFacing")).await?;
    assert_eq!(verdict(&stalled, "Ready").as_deref(), Some("False/InternetFacing"));
    assert!(message(&stalled, "LoadBalancerReady").contains("allowInternetFacing"), "{stalled:#}");
    world.apply_object(mcp_target_with("allowInternetFacing", json!(true))).await?;
    let target = world.ready(MCP.0, MCP.1, MCP.2).await?;
    assert_eq!(target["status"]["resolved"]["scheme"], "internet-facing");
    Ok(())
}

#[tokio::test]
async fn the_certificate_must_cover_the_host() -> anyhow::Result<()> {
    let stage = Stage::set("d02-host").await?;
    let world = &stage.world;
    let names = ["other.example.com", "*.other.example.com"];
    world.aws.network(|network| {
        network
            .certificate_mut(CERTIFICATE)
            .map(|held| *held = Certificate::amazon_issued(CERTIFICATE, &names))
            .context("none")
    })?;
    let stalled = stage.held(mcp_target(), ("CertificateTrusted", "False", "HostMismatch")).await?;
    for word in [HOST, names[0], names[1]] {
        assert!(message(&stalled, "CertificateTrusted").contains(word), "{word}: {stalled:#}");
    }
    Ok(())
}

fn without_routing() -> Value {
    let group = lab::aws::network::fixture::SG_RG;
    mcp_target_in(json!({"securityGroupIds": [group], "routingDomainPolicy": "Never"}))
}

#[tokio::test]
async fn a_missing_record_is_told() -> anyhow::Result<()> {
    let stage = Stage::set("d02-record").await?;
    let world = &stage.world;
    world.aws.network(|network| {
        network.hosted_zone_mut(ZONE).map(|zone| zone.records.retain(|record| record.name != HOST)).context("no zone")
    })?;
    let stalled = stage.held(without_routing(), ("DnsResolved", "False", "PrivateDnsMissing")).await?;
    for word in [HOST, ZONE_NAME, VPC] {
        assert!(message(&stalled, "DnsResolved").contains(word), "{word}: {stalled:#}");
    }
    assert_eq!(verdict(&stalled, "Ready").as_deref(), Some("False/PrivateDnsMissing"));
    auto_uses_the_load_balancers_name(&stage).await
}

#[tokio::test]
async fn a_zone_of_no_vpc_is_told() -> anyhow::Result<()> {
    let stage = Stage::set("d02-zone").await?;
    stage
        .world
        .aws
        .network(|network| network.hosted_zone_mut(ZONE).map(|zone| zone.vpcs.clear()).context("no zone"))?;
    let stalled = stage.held(without_routing(), ("DnsResolved", "False", "PrivateDnsMissing")).await?;
    for word in [HOST, VPC] {
        assert!(message(&stalled, "DnsResolved").contains(word), "{word}: {stalled:#}");
    }
    auto_uses_the_load_balancers_name(&stage).await
}

async fn auto_uses_the_load_balancers_name(stage: &Stage) -> anyhow::Result<()> {
    let mark = stage.world.aws.mark();
    let target = stage.mcp_ready_through_routing().await?;
    let create = asked(only(&stage.world.aws.mutations_since(mark), "CreateGatewayTarget")?)?;
    assert_eq!(create["privateEndpoint"]["managedVpcResource"]["routingDomain"], NLB_DNS);
    assert_eq!(target["status"]["resolved"]["routingDomain"], NLB_DNS);
    assert_eq!(target["status"]["resolved"]["dns"], "RoutingDomain");
    assert_eq!(verdict(&target, "DnsResolved").as_deref(), Some("True/Settled"));
    Ok(())
}

impl Stage {
    async fn mcp_ready_through_routing(&self) -> anyhow::Result<Value> {
        let policy = json!({"spec": {"privateEndpoint": {"managedVpcResource": {"routingDomainPolicy": "Auto"}}}});
        self.world.merge(MCP.0, MCP.1, MCP.2, policy).await?;
        self.world.ready(MCP.0, MCP.1, MCP.2).await
    }
}

#[tokio::test]
async fn what_is_not_permitted_does_not_show_whether_it_exists() -> anyhow::Result<()> {
    let stage = Stage::set("d02-permitted").await?;
    let world = &stage.world;
    world.merge(SERVICE.0, SERVICE.1, SERVICE.2, json!({"metadata": {"annotations": {ALLOWED: null}}})).await?;
    let refused = ("Accepted", "False", "RefNotPermitted");
    let there = stage.held(mcp_target(), refused).await?;
    world.delete(SERVICE.0, SERVICE.1, SERVICE.2).await?;
    world.gone(SERVICE.0, SERVICE.1, SERVICE.2).await?;
    world.delete(MCP.0, MCP.1, MCP.2).await?;
    world.gone(MCP.0, MCP.1, MCP.2).await?;
    let gone = stage.held(mcp_target(), refused).await?;
    for condition in ["Accepted", "Ready", "Stalled"] {
        assert_eq!(message(&there, condition), message(&gone, condition));
        assert_eq!(verdict(&there, condition), verdict(&gone, condition));
    }
    assert!(message(&there, "Accepted").contains(ALLOWED), "{there:#}");
    world.apply_object(manifest::nlb_service(SERVICE.1, SERVICE.2, &[(ALLOWED, "elsewhere, mcp-server")])).await?;
    let service = world.provision(&stage.controller, SERVICE, &[NLB_DNS_NAME]).await?;
    assert_eq!(text(&service, "/status/loadBalancer/ingress/0/hostname")?, NLB_DNS_NAME);
    world.ready(MCP.0, MCP.1, MCP.2).await?;
    Ok(())
}

#[tokio::test]
async fn one_of_two_load_balancers_has_to_be_named() -> anyhow::Result<()> {
    let stage = Stage::set("d02-two").await?;
    let world = &stage.world;
    let front = "k8s-front-0000000000-00000000000000cc.elb.us-west-2.amazonaws.com";
    world.provision(&stage.controller, SERVICE, &[front, NLB_DNS_NAME]).await?;
    let held = stage.held(mcp_target(), ("LoadBalancerReady", "False", "LoadBalancerAmbiguous")).await?;
    for word in [front, NLB_DNS_NAME, "loadBalancerHostname"] {
        assert!(message(&held, "LoadBalancerReady").contains(word), "{word}: {held:#}");
    }
    let unknown = mcp_target_with("loadBalancerHostname", json!(front));
    stage.held(unknown, ("LoadBalancerReady", "False", "LoadBalancerNotFound")).await?;
    world.apply_object(mcp_target_with("loadBalancerHostname", json!(NLB_DNS_NAME))).await?;
    let target = world.ready(MCP.0, MCP.1, MCP.2).await?;
    assert_eq!(target["status"]["resolved"]["loadBalancerArn"], NLB_ARN);
    Ok(())
}
