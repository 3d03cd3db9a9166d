//! Annotated objects become targets without a GatewayTarget of their own, and go again. No load balancer is needed for that: what is judged
//! are the targets that are made beside the objects.

mod breaker;
mod claims;
mod identity;
mod leaving;
mod permission;

use std::collections::BTreeMap;

use lab::world::{PATIENCE, World};
use serde_json::{Value, json};

use crate::manifests::GATEWAY;
use crate::support::world;

/// What stands before the slash of our annotations and labels.
const PREFIX: &str = "tools.agentcore.dev";

const SERVICE: &str = "v1/Service";

const INGRESS: &str = "networking.k8s.io/v1/Ingress";

const TARGET: &str = "GatewayTarget";

/// A world with Gateways `agents` and `others` in namespace `platform`, which let in whoever carries the label.
async fn discovering(name: &str) -> anyhow::Result<World> {
    let world = world(name).await?;
    gateways(&world, "").await?;
    Ok(world)
}

/// Applies both Gateways. `more` stands in their `discovery`, after a comma.
async fn gateways(world: &World, more: &str) -> anyhow::Result<()> {
    let selector = r#"from: Selector, selector: {matchLabels: {agentcore: "yes"}}"#;
    let agents = format!("{GATEWAY}  discovery: {{{selector}{more}}}\n");
    let others = agents.replace("name: agents", "name: others");
    world.apply(&format!("{agents}---{others}")).await?;
    Ok(())
}

/// Our annotations, by what stands after the slash. `gateway` names one in namespace `platform`.
fn annotations(world: &World, said: &[(&str, &str)]) -> BTreeMap<String, String> {
    let value = |key: &str, value: &str| match key {
        "gateway" => format!("{}/{value}", world.namespace("platform")),
        _ => value.to_owned(),
    };
    said.iter().map(|(key, text)| (format!("{PREFIX}/{key}"), value(key, text))).collect()
}

/// A Service with a load balancer in namespace `mcp-server` with these annotations of ours.
async fn service(world: &World, name: &str, said: &[(&str, &str)]) -> anyhow::Result<Value> {
    let metadata = json!({"name": name, "namespace": "mcp-server", "annotations": annotations(world, said)});
    let spec = json!({
        "type": "LoadBalancer", "allocateLoadBalancerNodePorts": false, "selector": {"app": name},
        "ports": [{"name": "https", "port": 443}],
    });
    apply(world, json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})).await
}

/// An Ingress in this namespace with these annotations of ours.
async fn ingress(world: &World, namespace: &str, name: &str, said: &[(&str, &str)]) -> anyhow::Result<Value> {
    let metadata = json!({"name": name, "namespace": namespace, "annotations": annotations(world, said)});
    let backend = json!({"service": {"name": name, "port": {"number": 80}}});
    let object = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata,
        "spec": {"defaultBackend": backend}});
    apply(world, object).await
}

async fn apply(world: &World, object: Value) -> anyhow::Result<Value> {
    Ok(world.apply(&object.to_string()).await?.remove(0))
}

/// Changes annotations of ours; an empty value takes one off.
async fn annotate(world: &World, kind: &str, name: &str, said: &[(&str, &str)]) -> anyhow::Result<Value> {
    let mut patch = json!({});
    for (key, value) in said {
        let key = format!("{PREFIX}/{key}");
        patch[&key] = if value.is_empty() { Value::Null } else { json!(annotations(world, said)[&key]) };
    }
    world.merge(kind, "mcp-server", name, json!({"metadata": {"annotations": patch}})).await
}

/// Waits until there is a target in namespace `mcp-server` that is as it has to be.
async fn target_where(world: &World, name: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
    let look = async || world.find(TARGET, "mcp-server", name).await.ok().flatten().filter(&is_so);
    world.wait_for(&format!("target {name}: {what}"), PATIENCE, look).await
}

/// Waits until a target stands that is kept for this object.
async fn target_of(world: &World, object: &Value) -> anyhow::Result<Value> {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    target_where(world, name, "is kept for its object", |target| *owner(target) == object["metadata"]["uid"]).await
}

/// The uid of a target's owner.
fn owner(target: &Value) -> &Value {
    &target["metadata"]["ownerReferences"][0]["uid"]
}

/// Where a target's endpoint comes from.
fn endpoint_from(target: &Value) -> &Value {
    &target["spec"]["targetConfiguration"]["mcp"]["mcpServer"]["endpointFrom"]
}

/// Waits until an event with this reason is on an object, in a version whose note has these words, and answers with the note.
async fn told(world: &World, object: &Value, reason: &str, words: &str) -> anyhow::Result<String> {
    let look = async || {
        let notes = notes(world, object, reason).await.ok()?;
        notes.into_iter().find(|note| note.contains(words))
    };
    let metadata = &object["metadata"];
    world.wait_for(&format!("event {reason} with {words:?} on {}", metadata["name"]), PATIENCE, look).await
}

/// The notes of all events with this reason on an object.
async fn notes(world: &World, object: &Value, reason: &str) -> anyhow::Result<Vec<String>> {
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
    let events = world.list("events.k8s.io/v1/Event", namespace).await?;
    let of = events
        .iter()
        .filter(|event| event["regarding"]["uid"] == object["metadata"]["uid"] && event["reason"] == reason);
    Ok(of.filter_map(|event| event["note"].as_str().map(str::to_owned)).collect())
}

/// Waits until discovery has looked at everything once more: a new object has its target.
async fn looked(world: &World, time: usize) -> anyhow::Result<()> {
    let witness = ingress(world, "rest-api", &format!("witness-{time}"), &[("gateway", "others")]).await?;
    let name = witness["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let look = async || world.find(TARGET, "rest-api", &name).await.ok().flatten().map(drop);
    world.wait_for("discovery looks again", PATIENCE, look).await
}

/// Waits until a target that lost its claim now is let go: what lost its claim before could have gone by then.
async fn let_go(world: &World, time: usize) -> anyhow::Result<()> {
    looked(world, time).await?;
    let name = format!("witness-{time}");
    let none = json!({"metadata": {"annotations": {format!("{PREFIX}/gateway"): null}}});
    world.merge(INGRESS, "rest-api", &name, none).await?;
    world.gone(TARGET, "rest-api", &name).await
}
