//! Targets go with their objects, and never hold them up.

use std::collections::BTreeMap;

use lab::world::World;
use serde_json::{Value, json};

use super::{
    INGRESS, PREFIX, SERVICE, TARGET, annotate, discovering, ingress, let_go, looked, notes, service, target_of,
    target_where, told,
};
use crate::support::{FINALIZER, becomes};

#[tokio::test]
async fn a_target_goes_with_its_object() -> anyhow::Result<()> {
    let world = discovering("leaving").await?;
    let plain = ingress(&world, "mcp-server", "plain", &[("gateway", "agents")]).await?;
    target_of(&world, &plain).await?;
    world.delete(INGRESS, "mcp-server", "plain").await?;
    world.gone(TARGET, "mcp-server", "plain").await?;
    world.gone(INGRESS, "mcp-server", "plain").await?;

    // As with the load balancer controller's finalizer: the object waits for its load balancer, and its target does not.
    let kept = service(&world, "kept", &[("gateway", "agents"), ("host", "mcp.example.com")]).await?;
    let finalizers = |list: Value| json!({"metadata": {"finalizers": list}});
    world.merge(SERVICE, "mcp-server", "kept", finalizers(json!(["example.com/load-balancer"]))).await?;
    target_of(&world, &kept).await?;
    world.delete(SERVICE, "mcp-server", "kept").await?;
    world.gone(TARGET, "mcp-server", "kept").await?;
    looked(&world, 1).await?;
    assert_eq!(world.find(TARGET, "mcp-server", "kept").await?, None, "what goes gets no new target");
    let waits = world.get(SERVICE, "mcp-server", "kept").await?;
    assert_eq!(waits["metadata"]["finalizers"], json!(["example.com/load-balancer"]), "nothing of ours holds it");
    world.merge(SERVICE, "mcp-server", "kept", finalizers(json!(null))).await?;
    world.gone(SERVICE, "mcp-server", "kept").await
}

#[tokio::test]
async fn many_objects_may_be_deleted_at_once() -> anyhow::Result<()> {
    let world = discovering("crowd-leaves").await?;
    let names: Vec<String> = (0..8).map(|number| format!("mcp-{number}")).collect();
    for name in &names {
        let object = ingress(&world, "mcp-server", name, &[("gateway", "agents")]).await?;
        target_of(&world, &object).await?;
    }
    for name in &names {
        world.delete(INGRESS, "mcp-server", name).await?;
    }
    for name in &names {
        world.gone(TARGET, "mcp-server", name).await?;
    }
    let gateway = world.get("Gateway", "platform", "agents").await?;
    assert_eq!(notes(&world, &gateway, "Suspended").await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn an_object_that_is_made_anew_has_a_new_target() -> anyhow::Result<()> {
    let world = discovering("anew").await?;
    let said = [("gateway", "agents")];
    let first = ingress(&world, "mcp-server", "search", &said).await?;
    let before = target_of(&world, &first).await?;
    world.delete(INGRESS, "mcp-server", "search").await?;
    let second = ingress(&world, "mcp-server", "search", &said).await?;
    assert_ne!(first["metadata"]["uid"], second["metadata"]["uid"]);
    let after = target_of(&world, &second).await?;
    assert_ne!(before["metadata"]["uid"], after["metadata"]["uid"]);
    Ok(())
}

/// Somebody else's finalizer, besides ours.
async fn hold(world: &World, (kind, namespace, name): (&str, &str, &str)) -> anyhow::Result<()> {
    let both = json!({"metadata": {"finalizers": [FINALIZER, "example.com/hold"]}});
    world.merge(kind, namespace, name, both).await.map(drop)
}

/// Takes it off again, once ours is gone.
async fn free(world: &World, object: (&str, &str, &str)) -> anyhow::Result<()> {
    becomes(world, object, "/metadata/finalizers", json!(["example.com/hold"])).await?;
    let none = json!({"metadata": {"finalizers": null}});
    world.merge(object.0, object.1, object.2, none).await.map(drop)
}

#[tokio::test]
async fn another_name_or_gateway_is_another_target() -> anyhow::Result<()> {
    let world = discovering("moves").await?;
    let object = ingress(&world, "mcp-server", "search", &[("gateway", "agents")]).await?;
    let mut before = target_of(&world, &object).await?;
    // Somebody else's finalizer: the old target is seen to go before the new one comes.
    for (time, said) in [("target-name", "find"), ("gateway", "others")].into_iter().enumerate() {
        hold(&world, (TARGET, "mcp-server", "search")).await?;
        annotate(&world, INGRESS, "search", &[said]).await?;
        let goes = |target: &Value| target["metadata"]["deletionTimestamp"].is_string();
        let going = target_where(&world, "search", "goes", goes).await?;
        assert_eq!(going["metadata"]["uid"], before["metadata"]["uid"]);
        looked(&world, time).await?;
        assert_eq!(world.get(TARGET, "mcp-server", "search").await?["spec"], before["spec"], "it is waited for");
        free(&world, (TARGET, "mcp-server", "search")).await?;
        let comes = |target: &Value| target["metadata"]["uid"] != before["metadata"]["uid"];
        before = target_where(&world, "search", "is another", comes).await?;
    }
    assert_eq!(before["spec"]["name"], "find");
    assert_eq!(before["spec"]["gatewayRef"]["name"], "others");
    told(&world, &object, "Deleting", "GatewayTarget search is deleted").await?;
    Ok(())
}

#[tokio::test]
async fn targets_stay_while_their_gateway_goes() -> anyhow::Result<()> {
    let world = discovering("gateway-goes").await?;
    let object = ingress(&world, "mcp-server", "search", &[("gateway", "agents")]).await?;
    let target = target_of(&world, &object).await?;
    hold(&world, ("Gateway", "platform", "agents")).await?;
    world.delete("Gateway", "platform", "agents").await?;
    let late = ingress(&world, "mcp-server", "late", &[("gateway", "agents")]).await?;
    told(&world, &late, "ReferenceNotReady", "is being deleted and takes no new targets").await?;
    let_go(&world, 1).await?;
    let stands = world.get(TARGET, "mcp-server", "search").await?;
    assert_eq!(stands["metadata"]["uid"], target["metadata"]["uid"]);
    assert_eq!(stands["metadata"]["deletionTimestamp"], Value::Null);
    world.delete(INGRESS, "mcp-server", "search").await?;
    world.gone(TARGET, "mcp-server", "search").await?;
    free(&world, ("Gateway", "platform", "agents")).await?;
    world.gone("Gateway", "platform", "agents").await
}

#[tokio::test]
async fn a_suspended_gateway_gets_no_new_targets() -> anyhow::Result<()> {
    let world = discovering("suspended").await?;
    world.merge("Gateway", "platform", "agents", json!({"spec": {"suspend": true}})).await?;
    let object = ingress(&world, "mcp-server", "search", &[("gateway", "agents")]).await?;
    told(&world, &object, "Suspended", "the target is made when it is no more").await?;
    looked(&world, 1).await?;
    assert_eq!(world.find(TARGET, "mcp-server", "search").await?, None);
    world.merge("Gateway", "platform", "agents", json!({"spec": {"suspend": null}})).await?;
    target_of(&world, &object).await?;
    Ok(())
}

#[tokio::test]
async fn a_target_whose_label_is_taken_off_is_its_users() -> anyhow::Result<()> {
    let world = discovering("release").await?;
    let object = ingress(&world, "mcp-server", "search", &[("gateway", "agents")]).await?;
    let kept = target_of(&world, &object).await?;
    let label =
        |value: Value| json!({"metadata": {"labels": BTreeMap::from([(format!("{PREFIX}/discovered"), value)])}});
    world.merge(TARGET, "mcp-server", "search", label(json!(null))).await?;
    let is_released = |target: &Value| target["metadata"]["ownerReferences"].is_null();
    let released = target_where(&world, "search", "has no owner", is_released).await?;
    assert_eq!(released["metadata"]["annotations"], Value::Null);
    assert_eq!(released["metadata"]["uid"], kept["metadata"]["uid"]);
    assert_eq!(released["spec"], kept["spec"]);
    told(&world, &object, "DuplicateResource", "is not kept for this object").await?;
    let mark = world.mark();
    world.merge(TARGET, "mcp-server", "search", json!({"spec": {"description": "mine"}})).await?;
    annotate(&world, INGRESS, "search", &[("path", "/tools")]).await?;
    looked(&world, 1).await?;
    world.delete(INGRESS, "mcp-server", "search").await?;
    world.gone(INGRESS, "mcp-server", "search").await?;
    looked(&world, 2).await?;
    let stands = world.get(TARGET, "mcp-server", "search").await?;
    assert_eq!(stands["metadata"]["deletionTimestamp"], Value::Null);
    assert_eq!(stands["spec"]["description"], "mine");
    let own = |name: &str, subresource: &str| name == "search" && subresource.is_empty();
    let requests = world.requests_since(mark).into_iter();
    let writes = requests.filter(|request| request.is_write() && own(&request.name, &request.subresource));
    assert_eq!(writes.count(), 0, "it is left alone for ever after");
    Ok(())
}
