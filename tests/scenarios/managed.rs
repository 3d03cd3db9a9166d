//! Card D01: an MCP server on EKS behind an internal load balancer, managed mode, everything explicit.

use std::time::Duration;

use lab::aws::{AwsOptions, Call, ObjectKind};
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, only, operations, refusals};
use crate::manifests::{GATEWAY, MANAGED_TARGET, gateway_body, managed_network};
use crate::support::{
    FINALIZER, FOR_EVER, becomes, condition_types, everyday_server, gateway, in_aws, kubectl, sweeps, text, verdict,
    world, world_on, world_taking,
};

const TARGET: (&str, &str, &str) = ("GatewayTarget", "mcp-server", "eks-mcp-server");

#[tokio::test]
async fn a_gateway_and_its_target_are_one_create_each() -> anyhow::Result<()> {
    let world = world("d01-create").await?;
    let _server = everyday_server(&world).await?;
    world.apply(MANAGED_TARGET).await?;
    world.has(TARGET.0, TARGET.1, TARGET.2, ("ResolvedRefs", "False", "ReferenceNotFound")).await?;
    world.apply(GATEWAY).await?;
    let target = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let calls = world.aws.calls();
    assert_eq!(refusals(&calls), [""; 0]);
    let mutations = world.aws.mutations();
    assert_eq!(operations(&mutations), ["CreateGateway", "CreateGatewayTarget"]);
    assert_eq!(asked(&mutations[0])?, gateway_body());
    let id = in_aws(&world, ObjectKind::Gateway, "name", "agents")?["gatewayId"].clone();
    let expected = json!({
        "gatewayIdentifier": id,
        "name": "eks-mcp-server",
        "targetConfiguration": {"mcp": {"mcpServer": {
            "endpoint": "https://internal.example.com/mcp-server/mcp", "resourcePriority": 10,
        }}},
        "privateEndpoint": managed_network(),
    });
    assert_eq!(asked(&mutations[1])?, expected);
    is_after_creation(&world, &mutations[0], &mutations[1])?;
    has_the_status_of_the_card(&world, &target)?;
    carries_its_marker(&world, &target).await?;
    the_gateway_tells_of_its_targets(&world, id.as_str().unwrap_or_default()).await?;
    people_read_it(&world).await
}

/// AWS would have refused a target before the gateway is READY; here it was not even asked.
fn is_after_creation(world: &World, gateway: &Call, target: &Call) -> anyhow::Result<()> {
    let takes = world.aws.options().provisioning.gateway_create;
    anyhow::ensure!(target.at >= gateway.at.checked_add(takes)?, "{} comes too soon after {}", target.at, gateway.at);
    Ok(())
}

fn has_the_status_of_the_card(world: &World, target: &Value) -> anyhow::Result<()> {
    let in_aws = in_aws(world, ObjectKind::GatewayTarget, "name", "eks-mcp-server")?;
    let managed = in_aws_managed(world)?;
    let status = &target["status"];
    assert_eq!(status["targetId"], in_aws["targetId"]);
    assert_eq!(status["gatewayId"], in_aws["gatewayIdentifier"]);
    assert_eq!(status["name"], "eks-mcp-server");
    assert_eq!(status["awsStatus"], "READY");
    assert_eq!(status["targetType"], "MCP_SERVER");
    assert_eq!(status["endpoint"], "https://internal.example.com/mcp-server/mcp");
    let synchronized: jiff::Timestamp = text(target, "/status/lastSynchronizedAt")?.parse()?;
    assert_eq!(synchronized, text(&in_aws, "/lastSynchronizedAt")?.parse()?);
    let resources = json!([{"domain": "internal.example.com", "resourceGatewayArn": managed["arn"]}]);
    assert_eq!(status["privateEndpointManagedResources"], resources);
    for condition in ["Accepted", "Programmed", "Ready", "ResolvedRefs"] {
        assert_eq!(verdict(target, condition).as_deref(), Some("True/Settled"), "{condition}");
    }
    // Nobody let the operator call what only the spec names, and so nothing is known of the way there. It blocks nothing.
    for (condition, expected) in [
        ("CertificateTrusted", "Unknown/Unavailable"),
        ("DnsResolved", "Unknown/Unavailable"),
        ("LoadBalancerReady", "Unknown/Unavailable"),
        ("NetworkAllowed", "Unknown/Unavailable"),
        ("Preflight", "Unknown/Unreachable"),
        ("ToolsSynced", "Unknown/Unreachable"),
    ] {
        assert_eq!(verdict(target, condition).as_deref(), Some(expected), "{condition}");
    }
    assert_eq!(condition_types(target).len(), 10, "no others: {:?}", condition_types(target));
    assert_eq!(status["observedGeneration"], target["metadata"]["generation"]);
    assert_eq!(status["observed"]["accountId"], "111122223333");
    assert_eq!(status["observed"]["region"], "us-west-2");
    Ok(())
}

/// The resource gateway that AgentCore made.
fn in_aws_managed(world: &World) -> anyhow::Result<Value> {
    let mut gateways = world.aws.objects(ObjectKind::ResourceGateway);
    anyhow::ensure!(gateways.len() == 1 && gateways[0]["serviceManaged"] == true, "{gateways:#?}");
    assert_eq!(gateways[0]["tags"], json!({"BedrockAgentCoreGatewayManaged": "true"}), "no tags of ours");
    Ok(gateways.remove(0))
}

/// Tags say whose a gateway is; on a target, which has none, the same is said in the description.
async fn carries_its_marker(world: &World, target: &Value) -> anyhow::Result<()> {
    let gateway = world.get("Gateway", "platform", "agents").await?;
    let tags = in_aws(world, ObjectKind::Gateway, "name", "agents")?["tags"].clone();
    let expected = json!({
        "tools.agentcore.dev/cluster": "d01-create",
        "tools.agentcore.dev/namespace": world.namespace("platform"),
        "tools.agentcore.dev/name": "agents",
        "tools.agentcore.dev/uid": gateway["metadata"]["uid"],
    });
    assert_eq!(tags, expected);
    let identity = agentcore_gateway_operator::aws::ownership::Identity {
        cluster: "d01-create".to_owned(),
        namespace: world.namespace("mcp-server"),
        name: "eks-mcp-server".to_owned(),
        uid: text(target, "/metadata/uid")?.to_owned(),
    };
    let description = in_aws(world, ObjectKind::GatewayTarget, "name", "eks-mcp-server")?["description"].clone();
    assert_eq!(description, identity.describe(None));
    Ok(())
}

async fn the_gateway_tells_of_its_targets(world: &World, id: &str) -> anyhow::Result<()> {
    let counted = json!({"total": 1, "ready": 1});
    let gateway = becomes(world, ("Gateway", "platform", "agents"), "/status/targets", counted).await?;
    let status = &gateway["status"];
    assert_eq!(status["gatewayId"], id);
    assert_eq!(status["gatewayArn"], format!("arn:aws:bedrock-agentcore:us-west-2:111122223333:gateway/{id}"));
    let url = format!("https://{id}.gateway.bedrock-agentcore.us-west-2.amazonaws.com/mcp");
    assert_eq!(status["gatewayUrl"], url);
    assert_eq!(status["awsStatus"], "READY");
    let workload = text(&gateway, "/status/workloadIdentityArn")?;
    assert!(workload.starts_with("arn:aws:bedrock-agentcore:us-west-2:111122223333:workload-identity-directory/"));
    assert_eq!(verdict(&gateway, "Ready").as_deref(), Some("True/Settled"));
    Ok(())
}

async fn people_read_it(world: &World) -> anyhow::Result<()> {
    let namespace = world.namespace("mcp-server");
    let (_, table) = kubectl(world, &["get", "acgwt", "--namespace", &namespace]).await?;
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["NAME", "READY", "REASON", "GATEWAY", "TOOLS", "AGE"]);
    assert_eq!(rows[1][..4], ["eks-mcp-server", "True", "Settled", "agents"]);
    let (_, described) = kubectl(world, &["describe", "acgwt", TARGET.2, "--namespace", &namespace]).await?;
    for words in ["https://internal.example.com/mcp-server/mcp", "Target Id:", "Settled", "Events:"] {
        assert!(described.contains(words), "{words} in {described}");
    }
    Ok(())
}

#[tokio::test]
async fn a_deleted_target_goes_when_aws_says_it_is_gone() -> anyhow::Result<()> {
    let world = world_taking("d01-delete", |times| times.target_delete = FOR_EVER).await?;
    let _server = everyday_server(&world).await?;
    gateway(&world).await?;
    world.apply(MANAGED_TARGET).await?;
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let gateway = in_aws(&world, ObjectKind::Gateway, "name", "agents")?;
    let mark = world.aws.mark();
    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    let going = world.has(TARGET.0, TARGET.1, TARGET.2, ("Ready", "False", "Deleting")).await?;
    assert_eq!(verdict(&going, "Reconciling").as_deref(), Some("True/Deleting"));
    sweeps(&world, 3).await?;
    let held = world.get(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(held["metadata"]["finalizers"], json!([FINALIZER]));
    assert_eq!(in_aws(&world, ObjectKind::GatewayTarget, "name", TARGET.2)?["status"], "DELETING");
    world.aws.advance(FOR_EVER);
    world.gone(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(world.aws.objects(ObjectKind::GatewayTarget), [json!(null); 0]);
    let calls = world.aws.calls_since(mark);
    assert_eq!(
        operations(&world.aws.mutations_since(mark)),
        ["DeleteGatewayTarget"],
        "nothing in VPC Lattice is deleted"
    );
    let target = going["status"]["targetId"].clone();
    let expected = json!({"gatewayIdentifier": gateway["gatewayId"], "targetId": target});
    assert_eq!(asked(only(&calls, "DeleteGatewayTarget")?)?, expected);
    assert_eq!(in_aws(&world, ObjectKind::Gateway, "name", "agents")?, gateway, "the gateway is untouched");
    world.ready("Gateway", "platform", "agents").await?;
    Ok(())
}

/// AWS answers late and its lists lag: the same calls, once each.
#[tokio::test]
async fn lag_does_not_make_a_second_target() -> anyhow::Result<()> {
    let lag = |aws: &mut AwsOptions| {
        aws.list_lag = Duration::from_secs(200);
        aws.get_lag = Duration::from_secs(100);
        aws.reads_before_settled = 2;
    };
    let world = world_on("d01-lag", lag).await?;
    let _server = everyday_server(&world).await?;
    gateway(&world).await?;
    world.apply(MANAGED_TARGET).await?;
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(operations(&world.aws.mutations()), ["CreateGateway", "CreateGatewayTarget"]);
    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    world.delete("Gateway", "platform", "agents").await?;
    world.gone(TARGET.0, TARGET.1, TARGET.2).await?;
    world.gone("Gateway", "platform", "agents").await?;
    assert_eq!(world.aws.left_over(), [""; 0]);
    Ok(())
}
