//! Several who want one name.

use serde_json::{Value, json};

use super::{INGRESS, TARGET, annotate, discovering, ingress, looked, owner, service, target_of, told};
use crate::manifests::public_target;

#[tokio::test]
async fn two_objects_of_one_name_take_turns() -> anyhow::Result<()> {
    let world = discovering("rivals").await?;
    let first = ingress(&world, "mcp-server", "search", &[("gateway", "agents")]).await?;
    target_of(&world, &first).await?;
    let second = service(&world, "search", &[("gateway", "agents"), ("host", "mcp.example.com")]).await?;
    let note = told(&world, &second, "DuplicateResource", "Ingress search has the GatewayTarget of this name").await?;
    assert!(note.contains("give one of them another name"), "{note}");
    looked(&world, 1).await?;
    assert_eq!(owner(&world.get(TARGET, "mcp-server", "search").await?), &first["metadata"]["uid"]);
    annotate(&world, INGRESS, "search", &[("gateway", "")]).await?;
    target_of(&world, &second).await?;
    annotate(&world, INGRESS, "search", &[("gateway", "agents")]).await?;
    told(&world, &first, "DuplicateResource", "Service search has the GatewayTarget of this name").await?;
    world.delete("v1/Service", "mcp-server", "search").await?;
    target_of(&world, &first).await?;
    Ok(())
}

#[tokio::test]
async fn a_target_that_somebody_made_is_left_alone() -> anyhow::Result<()> {
    let world = discovering("foreign").await?;
    let theirs = world.apply(&public_target("mcp-server", "search")).await?.remove(0);
    let object = ingress(&world, "mcp-server", "search", &[("gateway", "agents")]).await?;
    told(&world, &object, "DuplicateResource", "There is a GatewayTarget search that is not kept for this object")
        .await?;
    // Not even the label makes it ours: it is owned by nobody.
    let label = json!({"metadata": {"labels": {"tools.agentcore.dev/discovered": "true"}}});
    world.merge(TARGET, "mcp-server", "search", label).await?;
    looked(&world, 1).await?;
    annotate(&world, INGRESS, "search", &[("gateway", "")]).await?;
    looked(&world, 2).await?;
    let stands = world.get(TARGET, "mcp-server", "search").await?;
    assert_eq!((&stands["metadata"]["uid"], &stands["spec"]), (&theirs["metadata"]["uid"], &theirs["spec"]));
    assert_eq!(stands["metadata"]["ownerReferences"], Value::Null);
    assert_eq!(stands["metadata"]["deletionTimestamp"], Value::Null);
    annotate(&world, INGRESS, "search", &[("gateway", "agents")]).await?;
    world.delete(TARGET, "mcp-server", "search").await?;
    target_of(&world, &object).await?;
    Ok(())
}
