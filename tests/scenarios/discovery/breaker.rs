//! A slip must not take many tools away.

use futures::future::try_join_all;
use lab::world::{PATIENCE, World};
use serde_json::{Value, json};

use super::{INGRESS, SERVICE, TARGET, annotate, discovering, ingress, let_go, notes, service, target_of, told};
use crate::support::{message, verdict};

/// Eight Services with targets, and the uids of these.
async fn eight(world: &World) -> anyhow::Result<(Vec<String>, Vec<Value>)> {
    let names: Vec<String> = (0..8).map(|number| format!("mcp-{number}")).collect();
    let mut uids = Vec::new();
    for name in &names {
        let object = service(world, name, &[("gateway", "agents"), ("host", "mcp.example.com")]).await?;
        uids.push(target_of(world, &object).await?["metadata"]["uid"].clone());
    }
    Ok((names, uids))
}

/// Changes the gateway of all these Services at once; nothing takes the annotation off.
async fn all(world: &World, names: &[String], gateway: &str) -> anyhow::Result<()> {
    let said = [("gateway", gateway)];
    try_join_all(names.iter().map(|name| annotate(world, SERVICE, name, &said))).await.map(drop)
}

/// The uids of the targets that stand and do not go.
async fn standing(world: &World) -> anyhow::Result<Vec<Value>> {
    let targets = world.list(TARGET, "mcp-server").await?;
    let stays = targets.iter().filter(|target| target["metadata"]["deletionTimestamp"].is_null());
    Ok(stays.map(|target| target["metadata"]["uid"].clone()).collect())
}

/// Lets those go whose end is meant, as the message on the Gateway says.
async fn mean_it(world: &World, value: &str) -> anyhow::Result<()> {
    let asked = json!({"metadata": {"annotations": {"tools.agentcore.dev/reconcile-requested-at": value}}});
    world.merge("Gateway", "platform", "agents", asked).await.map(drop)
}

/// Waits until the Gateway does not say any more that targets are kept.
async fn becomes_free(world: &World) -> anyhow::Result<()> {
    let look = async || {
        let gateway = world.get("Gateway", "platform", "agents").await.ok()?;
        verdict(&gateway, "DiscoveryHalted").is_none().then_some(())
    };
    world.wait_for("the Gateway says no more that targets are kept", PATIENCE, look).await
}

#[tokio::test]
async fn many_that_lose_their_annotation_at_once_stay_until_it_is_meant() -> anyhow::Result<()> {
    let mut world = discovering("breaker").await?;
    let (names, uids) = eight(&world).await?;
    mean_it(&world, "before").await?;
    all(&world, &names, "").await?;
    let gateway = world.get("Gateway", "platform", "agents").await?;
    let note = told(&world, &gateway, "Suspended", "of 8 discovered targets").await?;
    assert!(note.contains("tools.agentcore.dev/reconcile-requested-at"), "{note}");
    let halted = world.has("Gateway", "platform", "agents", ("DiscoveryHalted", "True", "Suspended")).await?;
    assert_eq!(verdict(&halted, "Ready").as_deref(), Some("True/Settled"), "the gateway itself is well");
    let_go(&world, 1).await?;
    let halted = world.get("Gateway", "platform", "agents").await?;
    assert!(message(&halted, "DiscoveryHalted").starts_with("8 of 8 discovered targets"), "{halted:#}");
    assert_eq!(standing(&world).await?, uids, "none of them goes");

    world.operator.restart().await?;
    let_go(&world, 2).await?;
    assert_eq!(standing(&world).await?, uids, "nor after a restart");
    all(&world, &names[..3], "agents").await?;
    let_go(&world, 3).await?;
    world.operator.restart().await?;
    let_go(&world, 4).await?;
    assert_eq!(standing(&world).await?, uids, "claims that come back one by one do not let the rest go");

    mean_it(&world, "now").await?;
    for name in &names[3..] {
        world.gone(TARGET, "mcp-server", name).await?;
    }
    assert_eq!(standing(&world).await?, uids[..3]);
    becomes_free(&world).await
}

#[tokio::test]
async fn claims_that_are_back_end_it() -> anyhow::Result<()> {
    let world = discovering("breaker-back").await?;
    let (names, uids) = eight(&world).await?;
    let gateway = world.get("Gateway", "platform", "agents").await?;
    let discovery = gateway["spec"]["discovery"].clone();
    let spec =
        |discovery: Value| world.merge("Gateway", "platform", "agents", json!({"spec": {"discovery": discovery}}));
    spec(json!(null)).await?;
    told(&world, &gateway, "Suspended", "8 of 8 discovered targets").await?;
    let_go(&world, 1).await?;
    assert_eq!(standing(&world).await?, uids, "a switch takes none of them away");
    spec(discovery).await?;
    becomes_free(&world).await?;
    let_go(&world, 2).await?;
    assert_eq!(notes(&world, &gateway, "Suspended").await?.len(), 1);
    all(&world, &names[..1], "").await?;
    world.gone(TARGET, "mcp-server", &names[0]).await?;
    assert_eq!(standing(&world).await?, uids[1..], "one may go again");
    Ok(())
}

#[tokio::test]
async fn few_or_less_than_half_may_go() -> anyhow::Result<()> {
    let world = discovering("breaker-few").await?;
    let names: Vec<String> = (0..5).map(|number| format!("mcp-{number}")).collect();
    for name in &names {
        let object = ingress(&world, "mcp-server", name, &[("gateway", "agents")]).await?;
        target_of(&world, &object).await?;
    }
    for name in &names {
        annotate(&world, INGRESS, name, &[("gateway", "")]).await?;
    }
    for name in &names {
        world.gone(TARGET, "mcp-server", name).await?;
    }
    let gateway = world.get("Gateway", "platform", "agents").await?;
    assert_eq!(notes(&world, &gateway, "Suspended").await?, [""; 0]);
    Ok(())
}
