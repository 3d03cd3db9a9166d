//! Names of targets that carry their namespace.

use lab::aws::ObjectKind;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{of, operations};
use crate::manifests::{SMALL_GATEWAY, public_target};
use crate::support::{message, sweeps, text, world};

const PAYMENTS: (&str, &str, &str) = ("GatewayTarget", "mcp-server", "payments");

fn gateway(names: &str) -> String {
    format!("{SMALL_GATEWAY}  allowedNamespaces: {{from: All}}\n  targetNames: {names}\n")
}

async fn ready(world: &World, object: (&str, &str, &str)) -> anyhow::Result<Value> {
    world.ready(object.0, object.1, object.2).await
}

fn names_in_aws(world: &World) -> Vec<String> {
    let objects = world.aws.objects(ObjectKind::GatewayTarget);
    let mut names: Vec<_> = objects.iter().filter_map(|target| target["name"].as_str().map(str::to_owned)).collect();
    names.sort();
    names
}

async fn set(world: &World, names: &str) -> anyhow::Result<()> {
    world.merge("Gateway", "platform", "agents", json!({"spec": {"targetNames": names}})).await.map(drop)
}

/// Two namespaces, one name: each has its own in AWS. A name of one's own has to begin with the namespace.
#[tokio::test]
async fn nobody_takes_a_name_that_others_expect() -> anyhow::Result<()> {
    let world = world("names-prefixed").await?;
    world.apply(&gateway("NamespacePrefixed")).await?;
    world.ready("Gateway", "platform", "agents").await?;
    for namespace in ["mcp-server", "sandbox", "platform"] {
        world.apply(&public_target(namespace, "payments")).await?;
    }
    let mut expected = Vec::new();
    for namespace in ["mcp-server", "sandbox", "platform"] {
        let target = ready(&world, ("GatewayTarget", namespace, "payments")).await?;
        let name = format!("{}-payments", world.namespace(namespace));
        assert_eq!(text(&target, "/status/name")?, name);
        expected.push(name);
    }
    expected.sort();
    assert_eq!(names_in_aws(&world), expected);

    let named = |object: &str, name: &str| format!("{}  name: {name}\n", public_target("sandbox", object));
    world.apply(&named("squatter", "payments")).await?;
    let refused = world.has("GatewayTarget", "sandbox", "squatter", ("Accepted", "False", "RefNotPermitted")).await?;
    let prefix = format!("{}-", world.namespace("sandbox"));
    assert!(message(&refused, "Ready").contains(&format!("begin with {prefix}")), "{refused:#}");
    world.apply(&named("honest", &format!("{prefix}money"))).await?;
    ready(&world, ("GatewayTarget", "sandbox", "honest")).await?;
    sweeps(&world, 2).await?;
    assert_eq!(of(&world.aws.calls(), "CreateGatewayTarget").len(), 4);
    set(&world, "Any").await?;
    ready(&world, ("GatewayTarget", "sandbox", "squatter")).await?;
    Ok(())
}

/// Agents know tools by the target's name: it stays, whatever the gateway says later, and is found when the status is lost.
#[tokio::test]
async fn a_target_that_is_there_keeps_its_name() -> anyhow::Result<()> {
    let world = world("names-kept").await?;
    world.apply(&gateway("Any")).await?;
    world.apply(&public_target(PAYMENTS.1, PAYMENTS.2)).await?;
    ready(&world, PAYMENTS).await?;
    let mark = world.aws.mark();
    set(&world, "NamespacePrefixed").await?;
    world.apply(&public_target("sandbox", "later")).await?;
    ready(&world, ("GatewayTarget", "sandbox", "later")).await?;
    sweeps(&world, 3).await?;
    let target = ready(&world, PAYMENTS).await?;
    assert_eq!(text(&target, "/status/name")?, "payments");
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["CreateGatewayTarget"]);

    world.merge(PAYMENTS.0, PAYMENTS.1, PAYMENTS.2, json!({"spec": {"description": "Pays"}})).await?;
    ready(&world, PAYMENTS).await?;
    let calls = world.aws.mutations_since(mark);
    assert_eq!(operations(&calls), ["CreateGatewayTarget", "UpdateGatewayTarget"]);
    assert_eq!(calls[1].input["name"], "payments");
    set(&world, "Any").await?;
    sweeps(&world, 3).await?;
    let later = ready(&world, ("GatewayTarget", "sandbox", "later")).await?;
    assert_eq!(text(&later, "/status/name")?, format!("{}-later", world.namespace("sandbox")));
    assert_eq!(world.aws.mutations_since(mark).len(), 2);
    Ok(())
}

/// Without its Gateway object a target is still found, and deleted.
#[tokio::test]
async fn a_target_outlives_its_gateway_object() -> anyhow::Result<()> {
    let world = world("names-orphan").await?;
    world.apply(&format!("{}  deletionPolicy: Retain\n", gateway("NamespacePrefixed"))).await?;
    world.apply(&public_target(PAYMENTS.1, PAYMENTS.2)).await?;
    ready(&world, PAYMENTS).await?;
    let mark = world.aws.mark();
    world.delete("Gateway", "platform", "agents").await?;
    world.gone("Gateway", "platform", "agents").await?;
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    assert_eq!(names_in_aws(&world), [format!("{}-payments", world.namespace("mcp-server"))]);
    world.delete(PAYMENTS.0, PAYMENTS.1, PAYMENTS.2).await?;
    world.gone(PAYMENTS.0, PAYMENTS.1, PAYMENTS.2).await?;
    assert_eq!(names_in_aws(&world), [""; 0]);
    Ok(())
}
