//! The ConfigMap that tells an agent's Deployment where its gateway is.

use lab::aws::ObjectKind;
use lab::world::{PATIENCE, World};
use serde_json::{Value, json};

use crate::ledger::operations;
use crate::manifests::SMALL_GATEWAY;
use crate::support::{becomes, in_aws, message, sweeps, text, verdict, world};

const CONFIG_MAP: &str = "v1/ConfigMap";

fn connected() -> String {
    format!("{SMALL_GATEWAY}  connectionConfigMap: {{name: agents-connection}}\n")
}

#[tokio::test]
async fn the_connection_is_written_and_put_back() -> anyhow::Result<()> {
    let world = world("connection").await?;
    world.apply(&connected()).await?;
    let gateway = world.ready("Gateway", "platform", "agents").await?;
    let id = text(&in_aws(&world, ObjectKind::Gateway, "name", "agents")?, "/gatewayId")?.to_owned();
    let expected = json!({
        "url": format!("https://{id}.gateway.bedrock-agentcore.us-west-2.amazonaws.com/mcp"),
        "id": id,
        "arn": format!("arn:aws:bedrock-agentcore:us-west-2:111122223333:gateway/{id}"),
        "region": "us-west-2",
    });
    let map = world.get(CONFIG_MAP, "platform", "agents-connection").await?;
    assert_eq!(map["data"], expected);
    let owner = &map["metadata"]["ownerReferences"];
    assert_eq!(owner[0]["kind"], "Gateway");
    assert_eq!(owner[0]["uid"], gateway["metadata"]["uid"], "Kubernetes removes it with its Gateway");

    world.delete(CONFIG_MAP, "platform", "agents-connection").await?;
    is_written_again(&world, &map, &expected).await?;
    world.merge(CONFIG_MAP, "platform", "agents-connection", json!({"data": {"url": "https://elsewhere"}})).await?;
    becomes(&world, (CONFIG_MAP, "platform", "agents-connection"), "/data", expected).await?;

    // The audit log has a write a moment after its answer.
    sweeps(&world, 1).await?;
    let mark = world.mark();
    sweeps(&world, 3).await?;
    assert_eq!(world.writes_since(mark).total(), 0, "a settled ConfigMap is not written");
    assert_eq!(operations(&world.aws.mutations()), ["CreateGateway"]);
    Ok(())
}

async fn is_written_again(world: &World, before: &Value, expected: &Value) -> anyhow::Result<()> {
    let look = async || {
        let map = world.find(CONFIG_MAP, "platform", "agents-connection").await.ok().flatten()?;
        (map["metadata"]["uid"] != before["metadata"]["uid"]).then_some(map)
    };
    let again = world.wait_for("the ConfigMap is there again", PATIENCE, look).await?;
    assert_eq!(&again["data"], expected);
    Ok(())
}

#[tokio::test]
async fn a_foreign_config_map_is_left_alone() -> anyhow::Result<()> {
    let world = world("connection-foreign").await?;
    let foreign = "{apiVersion: v1, kind: ConfigMap, metadata: {name: agents-connection, namespace: platform}, data: {url: theirs}}";
    let theirs = world.apply(foreign).await?.remove(0);
    world.apply(&connected()).await?;
    let gateway = world.has("Gateway", "platform", "agents", ("Stalled", "True", "NameTaken")).await?;
    assert_eq!(verdict(&gateway, "Ready").as_deref(), Some("False/NameTaken"));
    assert!(message(&gateway, "Ready").contains("ConfigMap agents-connection"), "{gateway:#}");
    sweeps(&world, 3).await?;
    let now = world.get(CONFIG_MAP, "platform", "agents-connection").await?;
    assert_eq!(now["metadata"]["resourceVersion"], theirs["metadata"]["resourceVersion"], "not even touched");

    world.delete(CONFIG_MAP, "platform", "agents-connection").await?;
    let gateway = world.ready("Gateway", "platform", "agents").await?;
    let map = world.get(CONFIG_MAP, "platform", "agents-connection").await?;
    assert_eq!(map["data"]["id"], gateway["status"]["gatewayId"]);
    Ok(())
}
