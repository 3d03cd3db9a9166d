//! `spec.suspend`: nothing is changed in AWS, and everybody can see why.

use lab::aws::ObjectKind;
use lab::objects::condition;
use serde_json::json;

use crate::ledger::{asked, only, operations};
use crate::manifests::{SMALL_GATEWAY, public_target};
use crate::support::{condition_types, in_aws, message, sweeps, text, verdict, world};

const TARGET: (&str, &str, &str) = ("GatewayTarget", "platform", "one");

#[tokio::test]
async fn a_suspended_object_is_left_alone_until_it_is_deleted() -> anyhow::Result<()> {
    let world = world("suspend").await?;
    world.apply(SMALL_GATEWAY).await?;
    world.apply(&public_target("platform", "one")).await?;
    let ready = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let mark = world.aws.mark();
    world.merge(TARGET.0, TARGET.1, TARGET.2, json!({"spec": {"suspend": true, "description": "later"}})).await?;
    let suspended = world.has(TARGET.0, TARGET.1, TARGET.2, ("Suspended", "True", "Suspended")).await?;
    assert_eq!(suspended["status"]["observedGeneration"], 2);
    assert_eq!(condition(&suspended, "Ready"), condition(&ready, "Ready"), "AWS still holds the first generation");
    let id = text(&ready, "/status/targetId")?;
    world.aws.edit(ObjectKind::GatewayTarget, id, |target| target["description"] = json!("somebody's"));
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    assert_eq!(in_aws(&world, ObjectKind::GatewayTarget, "targetId", id)?["description"], "somebody's");

    world.merge(TARGET.0, TARGET.1, TARGET.2, json!({"spec": {"suspend": null}})).await?;
    let resumed = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(condition_types(&resumed), condition_types(&ready), "nothing is left of it");
    let calls = world.aws.mutations_since(mark);
    assert_eq!(asked(only(&calls, "UpdateGatewayTarget")?)?["description"], "later");

    world.merge(TARGET.0, TARGET.1, TARGET.2, json!({"spec": {"suspend": true}})).await?;
    world.has(TARGET.0, TARGET.1, TARGET.2, ("Suspended", "True", "Suspended")).await?;
    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    world.gone(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(world.aws.objects(ObjectKind::GatewayTarget), [json!(null); 0]);
    Ok(())
}

#[tokio::test]
async fn what_begins_suspended_is_not_made() -> anyhow::Result<()> {
    let world = world("suspend-first").await?;
    world.apply(&format!("{SMALL_GATEWAY}  suspend: true\n")).await?;
    let suspended = world.has("Gateway", "platform", "agents", ("Suspended", "True", "Suspended")).await?;
    assert_eq!(verdict(&suspended, "Ready").as_deref(), Some("Unknown/Suspended"));
    world.apply(&public_target("platform", "one")).await?;
    world.has(TARGET.0, TARGET.1, TARGET.2, ("ResolvedRefs", "False", "ReferenceNotReady")).await?;
    sweeps(&world, 2).await?;
    assert_eq!(operations(&world.aws.mutations()), [""; 0]);
    world.merge("Gateway", "platform", "agents", json!({"spec": {"suspend": false}})).await?;
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    Ok(())
}

/// A gateway that is left alone serves as it did, and takes targets; one that was edited meanwhile is not what AWS has.
#[tokio::test]
async fn a_suspended_gateway_takes_targets_as_long_as_aws_has_what_it_says() -> anyhow::Result<()> {
    const GATEWAY: (&str, &str, &str) = ("Gateway", "platform", "agents");
    let world = world("suspend-gateway").await?;
    world.apply(SMALL_GATEWAY).await?;
    world.ready(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    world.merge(GATEWAY.0, GATEWAY.1, GATEWAY.2, json!({"spec": {"suspend": true}})).await?;
    world.has(GATEWAY.0, GATEWAY.1, GATEWAY.2, ("Suspended", "True", "Suspended")).await?;
    world.apply(&public_target("platform", "one")).await?;
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;

    let mark = world.aws.mark();
    world.merge(GATEWAY.0, GATEWAY.1, GATEWAY.2, json!({"spec": {"description": "later"}})).await?;
    world.apply(&public_target("platform", "two")).await?;
    let waits = world.has(TARGET.0, TARGET.1, "two", ("Ready", "False", "ReferenceNotReady")).await?;
    for words in ["is suspended", "spec.suspend", "its owner"] {
        assert!(message(&waits, "Ready").contains(words), "{words}: {waits:#}");
    }
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    world.merge(GATEWAY.0, GATEWAY.1, GATEWAY.2, json!({"spec": {"suspend": null}})).await?;
    world.ready(TARGET.0, TARGET.1, "two").await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["UpdateGateway", "CreateGatewayTarget"]);
    Ok(())
}
