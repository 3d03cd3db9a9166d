//! Endpoints behind an Ingress that are called as they are, and language models: the way to them is that of a REST API.

use serde_json::{Value, json};

use crate::ledger::{asked, only, operations, refusals};
use crate::manifests::managed_network;
use crate::stage::{INGRESS, Stage, hops};
use crate::support::{message, sweeps, verdict};
use lab::aws::network::fixture::SG_RG;

/// A gateway that takes such targets; that of the stage takes MCP targets only.
const OPEN_GATEWAY: &str = "
apiVersion: tools.agentcore.dev/v1alpha1
kind: Gateway
metadata:
  name: open
  namespace: platform
spec:
  roleArn: arn:aws:iam::111122223333:role/AgentCoreGatewayRole
  authorizerType: AWS_IAM
  allowedNamespaces: {from: All}
";

fn target(name: &str, configuration: Value) -> Value {
    let mut target = json!({
        "apiVersion": "tools.agentcore.dev/v1alpha1",
        "kind": "GatewayTarget",
        "metadata": {"name": name, "namespace": "rest-api"},
        "spec": {
            "gatewayRef": {"name": "open", "namespace": "platform"},
            "privateEndpoint": {"managedVpcResource": {"securityGroupIds": [SG_RG]}},
        },
    });
    target["spec"]["targetConfiguration"] = configuration;
    target
}

#[tokio::test]
async fn the_endpoint_and_its_network_are_those_of_the_ingress() -> anyhow::Result<()> {
    let stage = Stage::set("passthrough").await?;
    let world = &stage.world;
    world.apply(OPEN_GATEWAY).await?;
    world.ready("Gateway", "platform", "open").await?;
    let from = json!({"ingressRef": {"name": INGRESS.2}});
    let with_path = json!({"ingressRef": {"name": INGRESS.2}, "path": "/v1", "port": 443});
    // | name | the spec | what AWS is told |
    let table = [
        (
            "orders",
            json!({"http": {"passthrough": {"endpointFrom": from, "protocolType": "CUSTOM"}}}),
            json!({"http": {"passthrough": {"endpoint": "https://api.internal.example.com", "protocolType": "CUSTOM"}}}),
        ),
        (
            "models",
            json!({"inference": {"provider": {"endpointFrom": with_path}}}),
            json!({"inference": {"provider": {"endpoint": "https://api.internal.example.com/v1"}}}),
        ),
    ];
    for (name, spec, told) in table {
        let mark = world.aws.mark();
        let seen = stage.api.requests().len();
        world.apply_object(target(name, spec)).await?;
        let ready = world.ready("GatewayTarget", "rest-api", name).await?;
        let mutations = world.aws.mutations_since(mark);
        let body = asked(only(&mutations, "CreateGatewayTarget")?)?;
        let expected = json!({
            "gatewayIdentifier": ready["status"]["gatewayId"],
            "name": name,
            "targetConfiguration": told,
            "privateEndpoint": managed_network(),
        });
        assert_eq!(body, expected);
        assert_eq!(hops(&ready), ["True/Settled"; 5], "{ready:#}");
        assert_eq!(verdict(&ready, "ToolsSynced").as_deref(), Some("True/Settled"));
        assert!(message(&ready, "Preflight").ends_with("answered over TLS"), "{}", message(&ready, "Preflight"));
        assert!(stage.api.requests().len() > seen, "it was called");
        assert!(ready["status"].get("tools").is_none(), "{ready:#}");
    }
    sweeps(world, 3).await?;
    assert_eq!(world.aws.calls_of("SynchronizeGatewayTargets").len(), 0);
    assert_eq!(refusals(&world.aws.mutations()), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn what_is_broken_on_the_way_stands_in_the_way() -> anyhow::Result<()> {
    let stage = Stage::set("passthrough-way").await?;
    let world = &stage.world;
    world.apply(OPEN_GATEWAY).await?;
    world.ready("Gateway", "platform", "open").await?;
    let elsewhere = json!({"ingressRef": {"name": INGRESS.2}, "port": 8443});
    let mark = world.aws.mark();
    world
        .apply_object(target(
            "orders",
            json!({"http": {"passthrough": {"endpointFrom": elsewhere, "protocolType": "CUSTOM"}}}),
        ))
        .await?;
    let held =
        world.has("GatewayTarget", "rest-api", "orders", ("LoadBalancerReady", "False", "NoTlsListener")).await?;
    assert_eq!(verdict(&held, "Ready").as_deref(), Some("False/NoTlsListener"), "{held:#}");
    sweeps(world, 2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    Ok(())
}
