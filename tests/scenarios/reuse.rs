//! Card D09: targets with the same network share the resource gateway that AgentCore manages.

use lab::aws::ObjectKind;
use lab::world::{PATIENCE, World};
use serde_json::{Value, json};

use crate::ledger::{asked, of, operations};
use crate::manifests::{MANAGED_TARGET, managed_network};
use crate::support::{FOR_EVER, everyday_server, gateway, stock_server, text, world_taking};

/// The same network in another order, under other labels and annotations.
fn stock_target() -> String {
    let (first, second) = ("subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02");
    MANAGED_TARGET
        .replace(
            "name: eks-mcp-server",
            "name: eks-stock-mcp\n  labels: {team: b}\n  annotations: {example.com/cost-center: \"42\"}",
        )
        .replace("/mcp-server/mcp", "/stock-mcp/mcp")
        .replace("resourcePriority: 10", "resourcePriority: 100")
        .replace(&format!("[{first}, {second}]"), &format!("[{second}, {first}]"))
}

#[tokio::test]
async fn one_network_is_one_managed_resource_gateway() -> anyhow::Result<()> {
    let world = world_taking("d09", |times| times.managed_gateway_linger = FOR_EVER).await?;
    let _servers = [everyday_server(&world).await?, stock_server(&world).await?];
    gateway(&world).await?;
    let labelled = MANAGED_TARGET.replace("name: eks-mcp-server", "name: eks-mcp-server\n  labels: {team: a}");
    world.apply(&[labelled, stock_target()].join("---")).await?;
    let one = world.ready("GatewayTarget", "mcp-server", "eks-mcp-server").await?;
    let other = world.ready("GatewayTarget", "mcp-server", "eks-stock-mcp").await?;
    let mutations = world.aws.mutations();
    let creates = of(&mutations, "CreateGatewayTarget");
    assert_eq!(creates.len(), 2, "{:?}", operations(&mutations));
    for create in creates {
        assert_eq!(sorted(asked(create)?["privateEndpoint"].clone()), managed_network());
    }
    let managed = |object: &Value| {
        text(object, "/status/privateEndpointManagedResources/0/resourceGatewayArn").map(str::to_owned)
    };
    assert_eq!(managed(&one)?, managed(&other)?);
    assert_eq!(world.aws.objects(ObjectKind::ResourceGateway).len(), 1);
    the_last_one_out_leaves_it_to_aws(&world).await
}

/// Lists that AWS treats as sets are compared as sets.
fn sorted(mut endpoint: Value) -> Value {
    for list in ["subnetIds", "securityGroupIds"] {
        if let Some(items) = endpoint["managedVpcResource"][list].as_array_mut() {
            items.sort_by_key(ToString::to_string);
        }
    }
    endpoint
}

async fn the_last_one_out_leaves_it_to_aws(world: &World) -> anyhow::Result<()> {
    let mark = world.aws.mark();
    world.delete("GatewayTarget", "mcp-server", "eks-mcp-server").await?;
    world.gone("GatewayTarget", "mcp-server", "eks-mcp-server").await?;
    assert_eq!(world.aws.objects(ObjectKind::ResourceGateway)[0]["status"], "ACTIVE");
    world.ready("GatewayTarget", "mcp-server", "eks-stock-mcp").await?;
    world.delete("GatewayTarget", "mcp-server", "eks-stock-mcp").await?;
    world.gone("GatewayTarget", "mcp-server", "eks-stock-mcp").await?;
    assert_eq!(world.aws.objects(ObjectKind::ResourceGateway).len(), 1, "nobody waits for AWS to remove it");
    world.aws.advance(FOR_EVER);
    // AWS acts when it is called.
    let look = async || world.aws.reaped_by_aws().is_empty().then_some(());
    world.wait_for("AWS removed what it made", PATIENCE, look).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["DeleteGatewayTarget"; 2]);
    assert_eq!(world.aws.objects(ObjectKind::ResourceGateway), [json!(null); 0]);
    Ok(())
}

/// F8: another network is another managed resource gateway; the old one is AWS's to remove, and nobody waits for that.
#[tokio::test]
async fn a_changed_network_is_one_update() -> anyhow::Result<()> {
    let world = world_taking("d09-change", |times| times.managed_gateway_linger = FOR_EVER).await?;
    let _server = everyday_server(&world).await?;
    gateway(&world).await?;
    world.apply(MANAGED_TARGET).await?;
    let before = world.ready("GatewayTarget", "mcp-server", "eks-mcp-server").await?;
    let mark = world.aws.mark();
    let groups = json!({"managedVpcResource": {"securityGroupIds": ["sg-0a1b2c3d4e5f60b04"]}});
    world.merge("GatewayTarget", "mcp-server", "eks-mcp-server", json!({"spec": {"privateEndpoint": groups}})).await?;
    let after = world.ready("GatewayTarget", "mcp-server", "eks-mcp-server").await?;
    let pointer = "/status/privateEndpointManagedResources/0/resourceGatewayArn";
    assert_ne!(text(&before, pointer)?, text(&after, pointer)?);
    let calls = world.aws.mutations_since(mark);
    assert_eq!(operations(&calls), ["UpdateGatewayTarget"]);
    let mut network = managed_network();
    network["managedVpcResource"]["securityGroupIds"] = json!(["sg-0a1b2c3d4e5f60b04"]);
    assert_eq!(asked(&calls[0])?["privateEndpoint"], network);
    // The order of lists that AWS treats as sets is no change.
    let subnets =
        json!({"managedVpcResource": {"subnetIds": ["subnet-0a1b2c3d4e5f60a02", "subnet-0a1b2c3d4e5f60a01"]}});
    world.merge("GatewayTarget", "mcp-server", "eks-mcp-server", json!({"spec": {"privateEndpoint": subnets}})).await?;
    world.ready("GatewayTarget", "mcp-server", "eks-mcp-server").await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["UpdateGatewayTarget"]);
    Ok(())
}
