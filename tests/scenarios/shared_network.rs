//! Card D07: one resource gateway, two resource configurations, three targets.

use lab::aws::{Call, ObjectKind};
use lab::mcp::McpServer;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, of, only, only_with, operations, refusals};
use crate::manifests::{MCP_CONFIGURATION, RESOURCE_GATEWAY, SELF_MANAGED_TARGET, api_key, document};
use crate::support::{
    FINALIZER, becomes, everyday_server, gateway, in_aws, message, stock_server, sweeps, text, verdict, world,
};

const MCP: (&str, &str, &str) = ("ResourceConfiguration", "platform", "mcp");
const REST: (&str, &str, &str) = ("ResourceConfiguration", "platform", "rest");
const SHARED: (&str, &str, &str) = ("ResourceGateway", "platform", "shared-rg");

/// Namespace and name of the targets: the first two share a resource configuration.
const TARGETS: [(&str, &str); 3] =
    [("mcp-server", "eks-mcp-server"), ("mcp-server", "eks-stock-mcp"), ("rest-api", "eks-api-server")];

fn rest_api() -> String {
    let (document, key) = (document("https://api.internal.example.com"), api_key("eks-api"));
    format!(
        r#"
apiVersion: tools.agentcore.dev/v1alpha1
kind: ResourceConfiguration
metadata:
  name: rest
  namespace: platform
spec:
  resourceGatewayRef: {{name: shared-rg}}
  resourceConfigurationDefinition:
    dnsResource: {{domainName: api.internal.example.com, ipAddressType: IPV4}}
  portRanges: ["443"]
  allowedNamespaces:
    from: Selector
    selector:
      matchLabels: {{agentcore: "yes"}}
---
apiVersion: tools.agentcore.dev/v1alpha1
kind: GatewayTarget
metadata:
  name: eks-api-server
  namespace: rest-api
spec:
  gatewayRef: {{name: agents, namespace: platform}}
  targetConfiguration:
    mcp:
      openApiSchema:
        inlinePayload: '{document}'
  credentialProviderConfigurations: {key}
  privateEndpoint:
    selfManagedLatticeResource:
      resourceConfigurationRef: {{name: rest, namespace: platform}}
"#
    )
}

fn stock_target() -> String {
    SELF_MANAGED_TARGET
        .replace("eks-mcp-server", "eks-stock-mcp")
        .replace("/mcp-server/mcp", "/stock-mcp/mcp")
        .replace("resourcePriority: 10", "resourcePriority: 100")
}

/// Everything of the card, Ready, and the servers it leads to.
async fn shared(name: &str) -> anyhow::Result<(World, [McpServer; 2])> {
    let world = world(name).await?;
    let servers = [everyday_server(&world).await?, stock_server(&world).await?];
    gateway(&world).await?;
    let stock = stock_target();
    let rest = rest_api();
    world.apply(&[RESOURCE_GATEWAY, MCP_CONFIGURATION, SELF_MANAGED_TARGET, &stock, &rest].join("---")).await?;
    for (namespace, name) in TARGETS {
        world.ready("GatewayTarget", namespace, name).await?;
    }
    becomes(&world, SHARED, "/status/usedBy", json!(2)).await?;
    becomes(&world, MCP, "/status/usedBy", json!(2)).await?;
    becomes(&world, REST, "/status/usedBy", json!(1)).await?;
    Ok((world, servers))
}

/// The association that a target reports.
async fn association(world: &World, (namespace, name): (&str, &str)) -> anyhow::Result<String> {
    let target = world.get("GatewayTarget", namespace, name).await?;
    Ok(text(&target, "/status/privateEndpointManagedResources/0/resourceAssociationArn")?.to_owned())
}

#[tokio::test]
async fn targets_of_one_configuration_share_its_association() -> anyhow::Result<()> {
    let (world, _servers) = shared("d07-share").await?;
    let mutations = world.aws.mutations();
    assert_eq!(refusals(&mutations), [""; 0]);
    assert_eq!(of(&mutations, "CreateResourceGateway").len(), 1);
    assert_eq!(of(&mutations, "CreateResourceConfiguration").len(), 2);
    assert_eq!(of(&mutations, "CreateGatewayTarget").len(), 3);
    assert_eq!(mutations.len(), 1 + 1 + 2 + 3, "and the gateway: {:?}", operations(&mutations));
    are_the_bodies_of_the_card(&world, &mutations).await?;
    let [everyday, stock, rest] = TARGETS;
    assert_eq!(association(&world, everyday).await?, association(&world, stock).await?);
    assert_ne!(association(&world, everyday).await?, association(&world, rest).await?);
    a_used_configuration_stays(&world).await?;
    the_last_target_takes_the_association_along(&world).await
}

async fn are_the_bodies_of_the_card(world: &World, calls: &[Call]) -> anyhow::Result<()> {
    for (namespace, name) in TARGETS {
        let target = world.get("GatewayTarget", namespace, name).await?;
        let used = if name == "eks-api-server" { REST } else { MCP };
        let configuration = world.get(used.0, used.1, used.2).await?;
        let mut expected = json!({
            "gatewayIdentifier": target["status"]["gatewayId"],
            "name": name,
            "targetConfiguration": target["spec"]["targetConfiguration"],
            "privateEndpoint": {"selfManagedLatticeResource": {
                "resourceConfigurationIdentifier": configuration["status"]["resourceConfigurationArn"],
            }},
        });
        if name == "eks-api-server" {
            expected["credentialProviderConfigurations"] = api_key("eks-api");
        }
        assert_eq!(asked(only_with(calls, "CreateGatewayTarget", "/name", name)?)?, expected);
    }
    Ok(())
}

/// Variant (e).
async fn a_used_configuration_stays(world: &World) -> anyhow::Result<()> {
    let mark = world.aws.mark();
    world.delete(MCP.0, MCP.1, MCP.2).await?;
    let held = world.has(MCP.0, MCP.1, MCP.2, ("InUse", "True", "HasDependents")).await?;
    assert_eq!(verdict(&held, "Ready").as_deref(), Some("False/InUse"));
    for (namespace, name) in &TARGETS[..2] {
        let named = format!("GatewayTarget {}/{name}", world.namespace(namespace));
        assert!(message(&held, "InUse").contains(&named), "{named}: {held:#}");
    }
    sweeps(world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    let [everyday, ..] = TARGETS;
    world.ready("GatewayTarget", everyday.0, everyday.1).await?;
    Ok(())
}

/// Deletion of one target only keeps the association for the other; the last one takes it along, and the resource configuration goes.
async fn the_last_target_takes_the_association_along(world: &World) -> anyhow::Result<()> {
    let [everyday, stock, _] = TARGETS;
    let shared = association(world, everyday).await?;
    let mark = world.aws.mark();
    world.delete("GatewayTarget", stock.0, stock.1).await?;
    world.gone("GatewayTarget", stock.0, stock.1).await?;
    sweeps(world, 3).await?;
    in_aws(world, ObjectKind::Association, "arn", &shared)?;
    let held = world.get(MCP.0, MCP.1, MCP.2).await?;
    assert_eq!(held["metadata"]["finalizers"], json!([FINALIZER]));
    assert!(!message(&held, "InUse").contains("eks-stock-mcp"), "{held:#}");
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["DeleteGatewayTarget"]);
    let kept = world.ready("GatewayTarget", everyday.0, everyday.1).await?;
    assert_eq!(kept["status"]["awsStatus"], "READY");
    world.delete("GatewayTarget", everyday.0, everyday.1).await?;
    world.gone(MCP.0, MCP.1, MCP.2).await?;
    world.ready(REST.0, REST.1, REST.2).await?;
    Ok(())
}

/// A resource gateway that is asked to go keeps serving, and goes after the last resource configuration that is on it.
#[tokio::test]
async fn a_resource_gateway_goes_after_the_last_that_is_on_it() -> anyhow::Result<()> {
    let (world, _servers) = shared("d07-last").await?;
    let mark = world.aws.mark();
    world.delete(SHARED.0, SHARED.1, SHARED.2).await?;
    let held = world.has(SHARED.0, SHARED.1, SHARED.2, ("InUse", "True", "HasDependents")).await?;
    for name in ["mcp", "rest"] {
        let named = format!("ResourceConfiguration {}/{name}", world.namespace("platform"));
        assert!(message(&held, "InUse").contains(&named), "{named}: {held:#}");
    }
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    for (namespace, name) in TARGETS {
        let target = world.get("GatewayTarget", namespace, name).await?;
        assert_eq!(target["status"]["awsStatus"], "READY", "{name}");
    }
    let [everyday, stock, rest] = TARGETS;
    world.delete("GatewayTarget", rest.0, rest.1).await?;
    world.delete(REST.0, REST.1, REST.2).await?;
    world.gone(REST.0, REST.1, REST.2).await?;
    sweeps(&world, 3).await?;
    assert_eq!(of(&world.aws.mutations_since(mark), "DeleteResourceGateway").len(), 0, "another one is on it");
    for (namespace, name) in [everyday, stock] {
        world.delete("GatewayTarget", namespace, name).await?;
    }
    world.delete(MCP.0, MCP.1, MCP.2).await?;
    world.gone(SHARED.0, SHARED.1, SHARED.2).await?;
    let calls = world.aws.mutations_since(mark);
    let last = only(&calls, "DeleteResourceGateway")?;
    assert_eq!(last.error, None);
    assert_eq!(operations(&calls).last().copied(), Some("DeleteResourceGateway"));
    Ok(())
}

/// Variants (b) and (c).
#[tokio::test]
async fn what_can_be_changed_in_place_is_one_update() -> anyhow::Result<()> {
    let (world, _servers) = shared("d07-update").await?;
    let targets = world.aws.objects(ObjectKind::GatewayTarget);
    let mark = world.aws.mark();
    let groups = json!(["sg-0a1b2c3d4e5f60b02", "sg-0a1b2c3d4e5f60b04"]);
    world.merge(SHARED.0, SHARED.1, SHARED.2, json!({"spec": {"securityGroupIds": groups}})).await?;
    let changed = world.ready(SHARED.0, SHARED.1, SHARED.2).await?;
    let calls = world.aws.mutations_since(mark);
    assert_eq!(operations(&calls), ["UpdateResourceGateway"]);
    let id = &changed["status"]["resourceGatewayId"];
    assert_eq!(asked(&calls[0])?, json!({"resourceGatewayIdentifier": id, "securityGroupIds": groups}));

    let mark = world.aws.mark();
    world.merge(MCP.0, MCP.1, MCP.2, json!({"spec": {"portRanges": ["443", "8443"]}})).await?;
    let changed = world.ready(MCP.0, MCP.1, MCP.2).await?;
    let calls = world.aws.mutations_since(mark);
    let id = &changed["status"]["resourceConfigurationId"];
    let expected = json!({"resourceConfigurationIdentifier": id, "portRanges": ["443", "8443"]});
    assert_eq!(asked(only(&calls, "UpdateResourceConfiguration")?)?, expected);
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["UpdateResourceConfiguration"]);
    assert_eq!(world.aws.objects(ObjectKind::GatewayTarget), targets, "targets are untouched");
    Ok(())
}

/// Variant (d).
#[tokio::test]
async fn what_cannot_be_changed_asks_for_a_replacement() -> anyhow::Result<()> {
    let (world, _servers) = shared("d07-replace").await?;
    let mark = world.aws.mark();
    let before = world.get(SHARED.0, SHARED.1, SHARED.2).await?["spec"]["subnetIds"].clone();
    let subnets = json!({"spec": {"subnetIds": ["subnet-0a1b2c3d4e5f60a03"]}});
    world.merge(SHARED.0, SHARED.1, SHARED.2, subnets).await?;
    let stalled = world.has(SHARED.0, SHARED.1, SHARED.2, ("Stalled", "True", "ReplacementRequired")).await?;
    still_serves(&world, &stalled)?;
    assert!(message(&stalled, "ReplacementRequired").contains("subnetIds"), "{stalled:#}");
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    for (namespace, name) in TARGETS {
        world.ready("GatewayTarget", namespace, name).await?;
    }
    world.merge(SHARED.0, SHARED.1, SHARED.2, json!({"spec": {"subnetIds": before}})).await?;
    let healed = world.ready(SHARED.0, SHARED.1, SHARED.2).await?;
    assert_eq!(verdict(&healed, "ReplacementRequired"), None);
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    Ok(())
}

/// The old object serves at the generation that AWS holds.
fn still_serves(world: &World, stalled: &Value) -> anyhow::Result<()> {
    assert_eq!(verdict(stalled, "Ready").as_deref(), Some("True/Settled"));
    assert_eq!(verdict(stalled, "ReplacementRequired").as_deref(), Some("True/ReplacementRequired"));
    assert_eq!(verdict(stalled, "Reconciling"), None);
    assert_ne!(condition_generation(stalled, "Ready"), stalled["metadata"]["generation"]);
    assert_eq!(stalled["status"]["observedGeneration"], stalled["metadata"]["generation"]);
    let id = text(stalled, "/status/resourceGatewayId")?;
    assert_eq!(in_aws(world, ObjectKind::ResourceGateway, "id", id)?["status"], "ACTIVE");
    Ok(())
}

fn condition_generation(object: &Value, of: &str) -> Value {
    lab::objects::condition(object, of).map(|found| found["observedGeneration"].clone()).unwrap_or_default()
}
