//! `kubectl wait` tells the truth, and events tell the news.

use std::collections::BTreeMap;

use lab::aws::Fault;
use lab::objects::condition;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{of, operations};
use crate::manifests::{SMALL_GATEWAY, public_target};
use crate::support::{FOR_EVER, kubectl, message, sweeps, text, verdict, world, world_taking};

const TARGET: (&str, &str, &str) = ("GatewayTarget", "platform", "one");

/// Whether kubectl sees the target become Ready within a time.
async fn waits(world: &World, timeout: &str) -> anyhow::Result<bool> {
    let (namespace, timeout) = (world.namespace("platform"), format!("--timeout={timeout}"));
    let arguments = ["wait", "--for=condition=Ready", "gatewaytarget/one", "--namespace", &namespace, &timeout];
    let (content, said) = kubectl(world, &arguments).await?;
    anyhow::ensure!(content || said.contains("timed out"), "{said}");
    Ok(content)
}

fn generation(object: &Value, of: &str) -> Value {
    condition(object, of).map(|found| found["observedGeneration"].clone()).unwrap_or_default()
}

#[tokio::test]
async fn an_update_under_way_is_not_ready_yet() -> anyhow::Result<()> {
    let world = world_taking("truth-update", |times| times.target_update = FOR_EVER).await?;
    world.apply(SMALL_GATEWAY).await?;
    world.apply(&public_target("platform", "one")).await?;
    assert!(waits(&world, "60s").await?);
    world.merge(TARGET.0, TARGET.1, TARGET.2, json!({"spec": {"description": "edited"}})).await?;
    let updating = world.has(TARGET.0, TARGET.1, TARGET.2, ("Reconciling", "True", "Updating")).await?;
    assert_eq!(verdict(&updating, "Ready").as_deref(), Some("True/Settled"), "the old configuration serves");
    assert_eq!(generation(&updating, "Ready"), 1);
    assert_eq!(generation(&updating, "Reconciling"), 2);
    assert_eq!(updating["status"]["observedGeneration"], 2);
    assert!(!waits(&world, "1s").await?, "kubectl compares generations");
    world.aws.advance(FOR_EVER);
    assert!(waits(&world, "60s").await?);
    let ready = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(generation(&ready, "Ready"), 2);
    Ok(())
}

#[tokio::test]
async fn an_update_that_failed_is_not_ready_either() -> anyhow::Result<()> {
    let world = world("truth-failed").await?;
    world.apply(SMALL_GATEWAY).await?;
    world.apply(&public_target("platform", "one")).await?;
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let mark = world.aws.mark();
    let fault = Fault::on("UpdateGatewayTarget").settle_as("UPDATE_UNSUCCESSFUL", &["The moon is in the wrong phase"]);
    let handle = world.aws.inject(fault);
    world.merge(TARGET.0, TARGET.1, TARGET.2, json!({"spec": {"description": "edited"}})).await?;
    let failed = world.has(TARGET.0, TARGET.1, TARGET.2, ("Stalled", "True", "UpdateUnsuccessful")).await?;
    assert_eq!(handle.hits(), 1);
    assert_eq!(verdict(&failed, "Ready").as_deref(), Some("True/Settled"));
    assert_eq!(generation(&failed, "Ready"), 1);
    assert_eq!(verdict(&failed, "Programmed").as_deref(), Some("False/UpdateUnsuccessful"));
    assert_eq!(verdict(&failed, "Reconciling"), None);
    assert!(message(&failed, "Stalled").contains("The moon is in the wrong phase"), "verbatim: {failed:#}");
    assert_eq!(failed["status"]["statusReasons"], json!(["The moon is in the wrong phase"]));
    assert_eq!(failed["status"]["lastFailure"]["reasons"], json!(["The moon is in the wrong phase"]));
    assert!(!waits(&world, "1s").await?);
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["UpdateGatewayTarget"], "what failed is not sent again");

    world.merge(TARGET.0, TARGET.1, TARGET.2, json!({"spec": {"description": "edited again"}})).await?;
    assert!(waits(&world, "60s").await?);
    let mended = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(verdict(&mended, "Stalled"), None);
    assert_eq!(mended["status"].get("statusReasons"), None);
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["UpdateGatewayTarget"; 2]);
    Ok(())
}

#[tokio::test]
async fn a_create_that_failed_says_why_and_is_left_to_a_person() -> anyhow::Result<()> {
    let world = world("truth-create").await?;
    world.apply(SMALL_GATEWAY).await?;
    world.ready("Gateway", "platform", "agents").await?;
    let fault = Fault::on("CreateGatewayTarget").settle_as("FAILED", &["No such certificate"]);
    let _handle = world.aws.inject(fault);
    world.apply(&public_target("platform", "one")).await?;
    let failed = world.has(TARGET.0, TARGET.1, TARGET.2, ("Stalled", "True", "CreateFailed")).await?;
    assert_eq!(verdict(&failed, "Ready").as_deref(), Some("False/CreateFailed"));
    assert_eq!(verdict(&failed, "Programmed").as_deref(), Some("False/CreateFailed"));
    assert!(message(&failed, "Ready").contains("No such certificate"), "{failed:#}");
    assert_eq!(failed["status"]["awsStatus"], "FAILED");
    sweeps(&world, 3).await?;
    assert_eq!(of(&world.aws.calls(), "CreateGatewayTarget").len(), 1);
    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    world.gone(TARGET.0, TARGET.1, TARGET.2).await
}

/// How often each event was told about an object, by type and reason.
async fn events(world: &World, object: &Value) -> anyhow::Result<BTreeMap<String, u64>> {
    let mut told = BTreeMap::new();
    for event in world.list("events.k8s.io/v1/Event", "platform").await? {
        if event["regarding"]["uid"] == object["metadata"]["uid"] {
            let times = event["series"]["count"].as_u64().unwrap_or(1);
            *told.entry(format!("{} {}", text(&event, "/type")?, text(&event, "/reason")?)).or_default() += times;
        }
    }
    Ok(told)
}

#[tokio::test]
async fn events_tell_a_change_of_reason_once() -> anyhow::Result<()> {
    let world = world("truth-events").await?;
    world.apply(&public_target("platform", "one")).await?;
    world.has(TARGET.0, TARGET.1, TARGET.2, ("ResolvedRefs", "False", "ReferenceNotFound")).await?;
    world.apply(SMALL_GATEWAY).await?;
    let ready = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    sweeps(&world, 2).await?;
    let made = events(&world, &ready).await?;
    for reason in ["Normal ReferenceNotFound", "Normal Creating", "Normal Settled"] {
        assert_eq!(made.get(reason), Some(&1), "{reason} in {made:?}");
    }
    sweeps(&world, 4).await?;
    assert_eq!(events(&world, &ready).await?, made, "what is settled is no news");

    let fault = Fault::on("UpdateGatewayTarget").settle_as("UPDATE_UNSUCCESSFUL", &["No"]);
    let _handle = world.aws.inject(fault);
    world.merge(TARGET.0, TARGET.1, TARGET.2, json!({"spec": {"description": "edited"}})).await?;
    world.has(TARGET.0, TARGET.1, TARGET.2, ("Stalled", "True", "UpdateUnsuccessful")).await?;
    sweeps(&world, 4).await?;
    let failed = events(&world, &ready).await?;
    assert_eq!(failed.get("Normal Updating"), Some(&1), "{failed:?}");
    assert_eq!(failed.get("Warning UpdateUnsuccessful"), Some(&1), "{failed:?}");
    Ok(())
}
