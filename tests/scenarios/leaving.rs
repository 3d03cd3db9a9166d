//! Targets behind load balancers leave: without a look at what they came from. And while they stay, they cost nothing.

use lab::aws::network::Network;
use lab::mcp::Personality;
use lab::workload::manifest;
use lab::world::{NLB_DNS_NAME, PATIENCE};
use serde_json::json;

use crate::ledger::{operations, refusals};
use crate::served::{SERVICE, Stage, TARGET, target};
use crate::support::{becomes, sweeps, verdict};

/// What the operator reads of the network, by the beginning of the operation's name.
const FACTS: [&str; 5] =
    ["Describe", "ListHostedZonesByVPC", "ListResourceRecordSets", "GetHostedZone", "ListCertificates"];

fn is_fact(operation: &str) -> bool {
    FACTS.iter().any(|fact| operation.starts_with(fact))
}

#[tokio::test]
async fn a_target_goes_while_its_service_is_going() -> anyhow::Result<()> {
    let stage = Stage::set("leaving-service", Personality::Everyday).await?;
    let world = &stage.world;
    stage.target("").await?;
    world.delete(SERVICE.0, SERVICE.1, SERVICE.2).await?;
    sweeps(world, 3).await?;
    let there = world.get(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(verdict(&there, "Ready").as_deref(), Some("True/Settled"), "what serves is left alone");
    let mark = world.aws.mark();
    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    world.gone(TARGET.0, TARGET.1, TARGET.2).await?;
    let calls = world.aws.calls_since(mark);
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["DeleteGatewayTarget"]);
    assert_eq!(operations(&calls).into_iter().filter(|operation| is_fact(operation)).collect::<Vec<_>>(), [""; 0]);
    world.get(SERVICE.0, SERVICE.1, SERVICE.2).await?;
    let namespace = world.namespace(SERVICE.1);
    stage.controller.release(SERVICE.0, &namespace, SERVICE.2).await?;
    world.gone(SERVICE.0, SERVICE.1, SERVICE.2).await
}

/// Nothing is made any more for a Service that is being deleted.
#[tokio::test]
async fn a_service_that_is_going_gets_no_target() -> anyhow::Result<()> {
    let stage = Stage::set("leaving-early", Personality::Everyday).await?;
    let world = &stage.world;
    world.delete(SERVICE.0, SERVICE.1, SERVICE.2).await?;
    world.apply(&target("")).await?;
    world.has(TARGET.0, TARGET.1, TARGET.2, ("ResolvedRefs", "False", "ReferenceNotReady")).await?;
    sweeps(world, 3).await?;
    assert_eq!(stage.asked("CreateGatewayTarget"), 0);
    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    world.gone(TARGET.0, TARGET.1, TARGET.2).await
}

#[tokio::test]
async fn a_target_goes_when_all_that_it_came_from_is_gone_and_nothing_may_be_read() -> anyhow::Result<()> {
    let stage = Stage::set("leaving-blind", Personality::Everyday).await?;
    let world = &stage.world;
    stage.target("").await?;
    world.delete(SERVICE.0, SERVICE.1, SERVICE.2).await?;
    let namespace = world.namespace(SERVICE.1);
    stage.controller.release(SERVICE.0, &namespace, SERVICE.2).await?;
    world.gone(SERVICE.0, SERVICE.1, SERVICE.2).await?;
    world.aws.network(|network| *network = Network::default());
    for operation in [
        "DescribeLoadBalancers",
        "DescribeListeners",
        "DescribeListenerCertificates",
        "DescribeTargetGroups",
        "DescribeTargetGroupAttributes",
        "DescribeTargetHealth",
        "DescribeRules",
        "DescribeVpcs",
        "DescribeVpcAttribute",
        "DescribeSubnets",
        "DescribeSecurityGroups",
        "DescribeSecurityGroupRules",
        "DescribeNetworkInterfaces",
        "DescribeVpcEndpoints",
        "DescribeCertificate",
        "ListHostedZonesByVPC",
        "ListResourceRecordSets",
    ] {
        world.aws.deny(operation);
    }
    let left = world.has(TARGET.0, TARGET.1, TARGET.2, ("Accepted", "False", "RefNotPermitted")).await?;
    // Whether another namespace has a Service is not told to those whom none permits to refer to it.
    assert_eq!(verdict(&left, "Accepted").as_deref(), Some("False/RefNotPermitted"));
    assert_eq!(left["status"]["awsStatus"], "READY");
    let mark = world.aws.mark();
    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    world.gone(TARGET.0, TARGET.1, TARGET.2).await?;
    let calls = world.aws.calls_since(mark);
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["DeleteGatewayTarget"]);
    let denied = refusals(&calls).into_iter().filter(|refusal| refusal.contains("Denied")).collect::<Vec<_>>();
    assert_eq!(denied, [""; 0], "nothing of the network was even asked for");
    Ok(())
}

#[tokio::test]
async fn what_is_settled_costs_no_writes_and_few_reads() -> anyhow::Result<()> {
    let stage = Stage::set("leaving-quiet", Personality::Everyday).await?;
    let world = &stage.world;
    stage.deployment().await?;
    stage.target("workloadRef: {kind: Deployment, name: mcp-server}").await?;
    becomes(world, ("Gateway", "platform", "agents"), "/status/targets", json!({"total": 1, "ready": 1})).await?;
    sweeps(world, 2).await?;
    let (writes, calls, looks) = (world.mark(), world.aws.mark(), stage.requests("/mcp-server/mcp"));
    sweeps(world, 10).await?;
    assert_eq!(world.writes_since(writes).total(), 0, "{:?}", world.writes_since(writes));
    assert_eq!(operations(&world.aws.mutations_since(calls)), [""; 0]);
    assert_eq!(stage.requests("/mcp-server/mcp"), looks, "the server is left in peace");
    let calls = world.aws.calls_since(calls);
    for balancers in ["DescribeLoadBalancers", "DescribeListeners", "DescribeCertificate", "ListResourceRecordSets"] {
        let times = operations(&calls).into_iter().filter(|operation| *operation == balancers).count();
        assert!(times <= 2, "{balancers} {times} times within ten sweeps, of which one answer lives");
    }
    Ok(())
}

/// A Service that only gets another label is no news.
#[tokio::test]
async fn a_service_that_is_touched_costs_nothing() -> anyhow::Result<()> {
    let stage = Stage::set("leaving-touched", Personality::Everyday).await?;
    let world = &stage.world;
    stage.target("").await?;
    sweeps(world, 2).await?;
    let (writes, calls) = (world.mark(), world.aws.mark());
    world.merge(SERVICE.0, SERVICE.1, SERVICE.2, json!({"metadata": {"labels": {"team": "other"}}})).await?;
    world.provision(&stage.controller, SERVICE, &[NLB_DNS_NAME]).await?;
    world.apply_object(manifest::service("mcp-server", "unrelated", &[])).await?;
    sweeps(world, 3).await?;
    assert_eq!(world.writes_since(writes).total(), 0, "{:?}", world.writes_since(writes));
    assert_eq!(operations(&world.aws.mutations_since(calls)), [""; 0]);
    Ok(())
}

/// A namespace is deleted with everything in it at once. Its Service waits for its load balancer as always, and its target, which discovery
/// keeps, is out of AWS before the load balancer is.
#[tokio::test]
async fn what_a_namespace_takes_along_leaves_aws_before_the_load_balancer_does() -> anyhow::Result<()> {
    const OWN: (&str, &str, &str) = ("v1/Service", "mcp-server", "search");
    let groups = "--default-security-group-ids=sg-0a1b2c3d4e5f60b02".to_owned();
    let stage = Stage::set_with("leaving-namespace", Personality::Everyday, |_| {}, |_| vec![groups]).await?;
    let world = &stage.world;
    world.merge("Gateway", "platform", "agents", json!({"spec": {"discovery": {"from": "All"}}})).await?;
    let own = [
        ("tools.agentcore.dev/gateway", "platform/agents"),
        ("tools.agentcore.dev/host", "internal.example.com"),
        ("tools.agentcore.dev/path", "/mcp-server/mcp"),
    ];
    world.apply_object(manifest::nlb_service(OWN.1, OWN.2, &own)).await?;
    world.provision(&stage.controller, OWN, &[NLB_DNS_NAME]).await?;
    let target = world.ready("GatewayTarget", OWN.1, OWN.2).await?;
    assert_eq!(target["metadata"]["labels"]["tools.agentcore.dev/discovered"], "true");
    let mark = world.aws.mark();
    world.delete("v1/Namespace", "", &world.namespace(OWN.1)).await?;
    world.gone("GatewayTarget", OWN.1, OWN.2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["DeleteGatewayTarget"]);
    let waits = world.get(OWN.0, OWN.1, OWN.2).await?;
    assert!(waits["metadata"]["deletionTimestamp"].is_string(), "its load balancer was there all the time: {waits:#}");
    stage.controller.release(OWN.0, &world.namespace(OWN.1), OWN.2).await?;
    world.gone(OWN.0, OWN.1, OWN.2).await?;
    let look =
        async || world.find("v1/Namespace", "", &world.namespace(OWN.1)).await.ok().filter(Option::is_none).map(drop);
    world.wait_for("the namespace is gone", PATIENCE, look).await
}
