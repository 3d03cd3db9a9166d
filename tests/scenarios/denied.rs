//! What the operator may not do in AWS, and AWS says only after it has accepted the call.

use std::time::Duration;

use lab::aws::{Fault, ObjectKind};
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::of;
use crate::manifests::SMALL_GATEWAY;
use crate::support::{FINALIZER, FOR_EVER, called, message, sweeps, text, verdict, world, world_on};

const GATEWAY: (&str, &str, &str) = ("Gateway", "platform", "agents");

/// The status names the action that AWS's reason names, in the condition and in the list of reasons.
fn names(object: &Value, action: &str) -> anyhow::Result<()> {
    let denial = format!("is not authorized to perform: {action}");
    for condition in ["Stalled", "Ready"] {
        assert!(message(object, condition).contains(&denial), "{condition}: {object:#}");
    }
    assert_eq!(text(object, "/status/awsStatus")?, "FAILED");
    assert!(text(object, "/status/statusReasons/0")?.contains(&denial), "{object:#}");
    Ok(())
}

async fn has(world: &World, reason: &str) -> anyhow::Result<Value> {
    world.has(GATEWAY.0, GATEWAY.1, GATEWAY.2, ("Stalled", "True", reason)).await
}

#[tokio::test]
async fn a_gateway_whose_identity_may_not_be_deleted_says_so_and_goes_when_it_may() -> anyhow::Result<()> {
    let world = world("denied-delete").await?;
    let action = "bedrock-agentcore:DeleteWorkloadIdentity";
    world.grant(|installed| installed.without_action(action))?;
    world.apply(SMALL_GATEWAY).await?;
    world.ready(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    let mark = world.aws.mark();
    world.delete(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    let failed = has(&world, "DeleteFailed").await?;
    names(&failed, action)?;
    assert_eq!(failed["metadata"]["finalizers"][0], FINALIZER);
    called(&world, mark, "DeleteGateway", 2).await?;
    world.grant(|installed| installed)?;
    world.gone(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    assert_eq!(world.aws.left_over(), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn a_gateway_whose_identity_may_not_be_made_says_so() -> anyhow::Result<()> {
    let world = world("denied-create").await?;
    let action = "bedrock-agentcore:CreateWorkloadIdentity";
    world.grant(|installed| installed.without_action(action))?;
    world.apply(SMALL_GATEWAY).await?;
    let failed = has(&world, "CreateFailed").await?;
    names(&failed, action)?;
    assert_eq!(verdict(&failed, "Programmed").as_deref(), Some("False/CreateFailed"));
    world.grant(|installed| installed)?;
    world.delete(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    world.gone(GATEWAY.0, GATEWAY.1, GATEWAY.2).await
}

/// Where AWS is at many gateways, lists are believed, and they lag behind. A failure before the deletion is no deletion that failed.
#[tokio::test]
async fn a_failure_before_the_deletion_is_no_failed_deletion() -> anyhow::Result<()> {
    let lag = Duration::from_hours(1);
    let world = world_on("denied-lag", |aws| {
        aws.provisioning.gateway_delete = FOR_EVER;
        aws.list_lag = lag;
    })
    .await?;
    for name in ["one", "two", "three"] {
        let role = "arn:aws:iam::111122223333:role/AgentCoreGatewayRole";
        world.aws.seed(
            ObjectKind::Gateway,
            json!({"name": name, "roleArn": role, "authorizerType": "AWS_IAM", "status": "CREATING"}),
        );
    }
    let _handle = world.aws.inject(Fault::on("CreateGateway").settle_as("FAILED", &["The key is gone"]));
    world.apply(SMALL_GATEWAY).await?;
    has(&world, "CreateFailed").await?;
    // Now the list knows of the failure.
    world.aws.advance(lag);
    sweeps(&world, 2).await?;
    let mark = world.aws.mark();
    world.delete(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    called(&world, mark, "DeleteGateway", 1).await?;
    sweeps(&world, 6).await?;
    let going = world.has(GATEWAY.0, GATEWAY.1, GATEWAY.2, ("Reconciling", "True", "Deleting")).await?;
    assert_eq!(verdict(&going, "Stalled"), None, "{going:#}");
    assert_eq!(of(&world.aws.calls_since(mark), "DeleteGateway").len(), 1);
    world.aws.advance(FOR_EVER);
    world.gone(GATEWAY.0, GATEWAY.1, GATEWAY.2).await
}
