//! An AWS that shows its own values for what a spec leaves out, and keeps them through every update: they are no drift. What somebody adds is.

use lab::aws::{LeftOut, ObjectKind};
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, operations};
use crate::manifests::{api_key, public_target};
use crate::support::{becomes, called, in_aws, sweeps, text, verdict, world_on};

const AGENTS: (&str, &str, &str) = ("Gateway", "platform", "agents");
const ITEMS: (&str, &str, &str) = ("GatewayTarget", "platform", "items");

/// Silent wherever AWS has something of its own; of any protocol.
const SILENT_GATEWAY: &str = "
apiVersion: tools.agentcore.dev/v1alpha1
kind: Gateway
metadata: {name: agents, namespace: platform}
spec:
  roleArn: arn:aws:iam::111122223333:role/AgentCoreGatewayRole
  authorizerType: AWS_IAM
  interceptorConfigurations:
  - interceptor: {lambda: {arn: 'arn:aws:lambda:us-west-2:111122223333:function:requests'}}
    interceptionPoints: [REQUEST]
";

/// A gateway and a target that AWS describes with more than was said, Ready.
async fn filled_in(name: &str) -> anyhow::Result<World> {
    let world = world_on(name, |aws| aws.left_out = LeftOut::Filled).await?;
    let mut key = api_key("items");
    if let Some(key) = key.pointer_mut("/0/credentialProvider/apiKeyCredentialProvider").and_then(Value::as_object_mut)
    {
        key.retain(|member, _| member == "providerArn");
    }
    let target = format!("{}  credentialProviderConfigurations: {key}\n", public_target(ITEMS.1, ITEMS.2));
    world.apply(&[SILENT_GATEWAY, &target].join("---")).await?;
    for (kind, namespace, name) in [AGENTS, ITEMS] {
        world.ready(kind, namespace, name).await?;
    }
    Ok(world)
}

/// Has the operator read both in full.
async fn looked_at(world: &World, request: &str) -> anyhow::Result<()> {
    for (kind, namespace, name) in [AGENTS, ITEMS] {
        let annotation = json!({"tools.agentcore.dev/reconcile-requested-at": request});
        world.merge(kind, namespace, name, json!({"metadata": {"annotations": annotation}})).await?;
        becomes(world, (kind, namespace, name), "/status/lastHandledReconcileAt", json!(request)).await?;
        let ready = world.ready(kind, namespace, name).await?;
        assert_eq!(verdict(&ready, "Ready").as_deref(), Some("True/Settled"), "{ready:#}");
    }
    sweeps(world, 2).await
}

#[tokio::test]
async fn what_aws_shows_of_its_own_is_no_drift_nor_after_a_restart() -> anyhow::Result<()> {
    let mut world = filled_in("filled-in").await?;
    assert_eq!(operations(&world.aws.mutations()), ["CreateGateway", "CreateGatewayTarget"]);
    let mark = world.aws.mark();
    looked_at(&world, "first").await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0], "it was looked at");
    sweeps(&world, 2).await?;
    let audit = world.mark();
    world.operator.restart().await?;
    sweeps(&world, 4).await?;
    let writes = world.writes_since(audit);
    assert_eq!((writes.total(), writes.events), (0, 0), "{writes:#?}");
    looked_at(&world, "second").await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0], "after a restart");
    Ok(())
}

#[tokio::test]
async fn an_edit_is_one_update_beside_what_aws_shows_of_its_own() -> anyhow::Result<()> {
    let world = filled_in("filled-in-edits").await?;
    let mark = world.aws.mark();
    world.merge(AGENTS.0, AGENTS.1, AGENTS.2, json!({"spec": {"description": "Edited"}})).await?;
    called(&world, mark, "UpdateGateway", 1).await?;
    world.ready(AGENTS.0, AGENTS.1, AGENTS.2).await?;
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["UpdateGateway"]);
    let calls = world.aws.mutations_since(mark);
    assert_eq!(asked(&calls[0])?["protocolType"], "MCP", "AWS takes no other than it has");
    let mark = world.aws.mark();
    let metadata = json!({"allowedRequestHeaders": ["x-tenant"]});
    world.merge(ITEMS.0, ITEMS.1, ITEMS.2, json!({"spec": {"metadataConfiguration": metadata}})).await?;
    called(&world, mark, "UpdateGatewayTarget", 1).await?;
    world.ready(ITEMS.0, ITEMS.1, ITEMS.2).await?;
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["UpdateGatewayTarget"]);
    Ok(())
}

#[tokio::test]
async fn what_somebody_adds_is_taken_away_and_what_aws_shows_of_its_own_is_not() -> anyhow::Result<()> {
    let mut world = filled_in("filled-in-by-hand").await?;
    let (gateway, target) =
        (world.get(AGENTS.0, AGENTS.1, AGENTS.2).await?, world.get(ITEMS.0, ITEMS.1, ITEMS.2).await?);
    let (gateway, target) = (text(&gateway, "/status/gatewayId")?, text(&target, "/status/targetId")?);
    let before = in_aws(&world, ObjectKind::Gateway, "gatewayId", gateway)?;
    for round in 0..2 {
        let mark = world.aws.mark();
        assert!(world.aws.edit(ObjectKind::Gateway, gateway, |gateway| {
            let engine = "arn:aws:bedrock-agentcore:us-west-2:111122223333:policy-engine/engine-abcde12345";
            gateway["policyEngineConfiguration"] = json!({"arn": engine, "mode": "ENFORCE"});
        }));
        called(&world, mark, "UpdateGateway", 1).await?;
        assert!(world.aws.edit(ObjectKind::GatewayTarget, target, |target| {
            target["metadataConfiguration"] = json!({"allowedRequestHeaders": ["x-tenant"]});
        }));
        called(&world, mark, "UpdateGatewayTarget", 1).await?;
        sweeps(&world, 3).await?;
        assert_eq!(operations(&world.aws.mutations_since(mark)), ["UpdateGateway", "UpdateGatewayTarget"]);
        let after = in_aws(&world, ObjectKind::Gateway, "gatewayId", gateway)?;
        assert_eq!(after["policyEngineConfiguration"], Value::Null);
        assert_eq!(after["interceptorConfigurations"], before["interceptorConfigurations"]);
        for (kind, namespace, name) in [AGENTS, ITEMS] {
            world.ready(kind, namespace, name).await?;
        }
        if round == 0 {
            world.operator.restart().await?;
        }
    }
    Ok(())
}
