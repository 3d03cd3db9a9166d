//! Card D03: the tools of a REST API behind an Ingress, and the document that says them.

use lab::aws::network::fixture::{ALB_ARN, ALB_DNS, SUBNET_A1, SUBNET_A2, VPC};
use lab::world::API_HOST;
use serde_json::{Value, json};

use crate::ledger::{asked, operations, refusals};
use crate::manifests::{api_key, managed_network};
use crate::stage::{INGRESS, REST, Stage, hops, rest_target};
use crate::support::{sweeps, text};

fn document(body: &Value) -> anyhow::Result<Value> {
    Ok(serde_json::from_str(text(body, "/targetConfiguration/mcp/openApiSchema/inlinePayload")?)?)
}

#[tokio::test]
async fn the_document_names_the_host_of_the_ingress() -> anyhow::Result<()> {
    let stage = Stage::set("d03-base").await?;
    let world = &stage.world;
    let network_before = world.aws.network(|network| network.clone());
    let mark = world.aws.mark();
    world.apply_object(rest_target()).await?;
    let target = world.ready(REST.0, REST.1, REST.2).await?;
    assert_eq!(refusals(&world.aws.calls_since(mark)), [""; 0]);
    let mutations = world.aws.mutations_since(mark);
    assert_eq!(operations(&mutations), ["CreateGatewayTarget"]);
    let mut body = asked(&mutations[0])?;
    let map = world.get("v1/ConfigMap", "rest-api", "openapi").await?;
    let mut expected: Value = serde_json::from_str(text(&map, "/data/openapi.json")?)?;
    expected["servers"] = json!([{"url": "https://api.internal.example.com"}]);
    assert_eq!(document(&body)?, expected);
    body["targetConfiguration"]["mcp"]["openApiSchema"]["inlinePayload"] = Value::Null;
    let expected = json!({
        "gatewayIdentifier": target["status"]["gatewayId"],
        "name": "eks-api-server",
        "targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": null}}},
        "credentialProviderConfigurations": api_key("eks-api"),
        "privateEndpoint": managed_network(),
    });
    assert_eq!(body, expected);
    is_what_status_says(&target);
    assert!(stage.balancers.alb.traffic().requests_for(API_HOST, "/") > 0, "the host answered over TLS");
    assert!(!stage.api.requests().is_empty());

    world.delete(REST.0, REST.1, REST.2).await?;
    world.gone(REST.0, REST.1, REST.2).await?;
    assert_eq!(world.aws.network(|network| network.clone()), network_before);
    let ingress = world.get(INGRESS.0, INGRESS.1, INGRESS.2).await?;
    assert_eq!(ingress["metadata"]["finalizers"], json!(["ingress.k8s.aws/resources"]), "nothing of ours holds it");
    Ok(())
}

fn is_what_status_says(target: &Value) {
    let tools = ["createItem", "healthCheck", "listItems"].map(|tool| format!("eks-api-server___{tool}"));
    assert_eq!(target["status"]["tools"], json!(tools), "{target:#}");
    assert_eq!(hops(target), ["True/Settled"; 5], "{target:#}");
    let resolved = &target["status"]["resolved"];
    assert_eq!(resolved["loadBalancerArn"], ALB_ARN);
    assert_eq!(resolved["loadBalancerDns"], ALB_DNS);
    assert_eq!(resolved["vpcId"], VPC);
    assert_eq!(resolved["subnetIds"], json!([SUBNET_A1, SUBNET_A2]));
    assert_eq!(target["status"]["endpoint"], "https://api.internal.example.com");
}

/// Variant (b).
#[tokio::test]
async fn another_document_is_one_update() -> anyhow::Result<()> {
    let stage = Stage::set("d03-update").await?;
    let world = &stage.world;
    world.apply_object(rest_target()).await?;
    world.ready(REST.0, REST.1, REST.2).await?;
    let mark = world.aws.mark();
    let map = world.get("v1/ConfigMap", "rest-api", "openapi").await?;
    let mut other: Value = serde_json::from_str(text(&map, "/data/openapi.json")?)?;
    other["paths"]["/items"]["get"]["operationId"] = json!("findItems");
    let patch = json!({"data": {"openapi.json": other.to_string()}});
    world.merge("v1/ConfigMap", "rest-api", "openapi", patch).await?;
    let tools = ["createItem", "findItems", "healthCheck"].map(|tool| format!("eks-api-server___{tool}"));
    let target = crate::support::becomes(world, REST, "/status/tools", json!(tools)).await?;
    world.ready(REST.0, REST.1, REST.2).await?;
    sweeps(world, 3).await?;
    let mutations = world.aws.mutations_since(mark);
    assert_eq!(operations(&mutations), ["UpdateGatewayTarget"]);
    let mut body = asked(&mutations[0])?;
    other["servers"] = json!([{"url": "https://api.internal.example.com"}]);
    assert_eq!(document(&body)?, other);
    body["targetConfiguration"]["mcp"]["openApiSchema"]["inlinePayload"] = Value::Null;
    let expected = json!({
        "gatewayIdentifier": target["status"]["gatewayId"],
        "targetId": target["status"]["targetId"],
        "name": "eks-api-server",
        "targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": null}}},
        "credentialProviderConfigurations": api_key("eks-api"),
        "privateEndpoint": managed_network(),
    });
    assert_eq!(body, expected);
    Ok(())
}
