//! Card D03: the tools of a REST API behind an Ingress, and the document that says them.

use lab::aws::network::fixture::{ALB_ARN, ALB_DNS, SUBNET_A1, SUBNET_A2, VPC};
use lab::world::API_HOST;
use serde_json::{Value, json};

use crate::ledger::{asked, operations, refusals};
use crate::manifests::{api_key, managed_network};
use crate::stage::{INGRESS, REST, Stage, hops, rest_target};
use crate::support::{message, sweeps, text, verdict};

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

/// Applies a target with another document, through which no call may be made.
async fn refused(stage: &Stage, target: Value, document: &str, reason: &str) -> anyhow::Result<String> {
    let patch = json!({"data": {"openapi.json": document}});
    stage.world.merge("v1/ConfigMap", "rest-api", "openapi", patch).await?;
    let refused = stage.held(target, ("Accepted", "False", reason)).await?;
    assert_eq!(verdict(&refused, "Stalled"), Some(format!("True/{reason}")));
    stage.world.delete(REST.0, REST.1, REST.2).await?;
    stage.world.gone(REST.0, REST.1, REST.2).await?;
    Ok(message(&refused, "Accepted"))
}

/// The document of the stage.
async fn small_document(stage: &Stage) -> anyhow::Result<Value> {
    let map = stage.world.get("v1/ConfigMap", "rest-api", "openapi").await?;
    Ok(serde_json::from_str(text(&map, "/data/openapi.json")?)?)
}

/// Variant (c): a ConfigMap holds as much as AWS takes, so what is too large comes in when the servers are replaced, or in the spec.
#[tokio::test]
async fn a_document_that_is_too_large_is_not_sent() -> anyhow::Result<()> {
    let stage = Stage::set("d03-large").await?;
    let mut large = small_document(&stage).await?;
    let mut target = rest_target();
    large["info"]["description"] = json!("x".repeat(1_000_000));
    target["spec"]["targetConfiguration"]["mcp"]["openApiSchema"] =
        json!({"inlinePayload": large.to_string(), "serverUrlFrom": {"ingressRef": {"name": INGRESS.2}}});
    let held = stage.held(target, ("Accepted", "False", "SchemaTooLarge")).await?;
    assert!(!held["status"].to_string().contains("xxxx"), "nothing of the document is in status");
    Ok(())
}

/// Variant (d): only where the document's own servers count.
#[tokio::test]
async fn servers_of_two_domains_are_refused() -> anyhow::Result<()> {
    let stage = Stage::set("d03-domains").await?;
    let mut two = small_document(&stage).await?;
    two["servers"] = json!([{"url": "https://api.internal.example.com"}, {"url": "https://api.example.org/v1"}]);
    let mut target = rest_target();
    let network = crate::manifests::managed_network();
    target["spec"]["privateEndpoint"] = network;
    let schema = &mut target["spec"]["targetConfiguration"]["mcp"]["openApiSchema"];
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("serverUrlFrom");
    }
    let told = refused(&stage, target, &two.to_string(), "MultipleDomains").await?;
    for domain in ["api.internal.example.com", "api.example.org"] {
        assert!(told.contains(domain), "{domain}: {told}");
    }
    stage.world.apply_object(rest_target()).await?;
    stage.world.ready(REST.0, REST.1, REST.2).await?;
    Ok(())
}

/// Variant (e).
#[tokio::test]
async fn an_operation_without_a_name_is_refused() -> anyhow::Result<()> {
    let stage = Stage::set("d03-operation").await?;
    let mut unnamed = small_document(&stage).await?;
    unnamed["paths"]["/items"]["post"].as_object_mut().and_then(|operation| operation.remove("operationId"));
    let told = refused(&stage, rest_target(), &unnamed.to_string(), "OperationIdMissing").await?;
    for word in ["/items", "post"] {
        assert!(told.to_ascii_lowercase().contains(word), "{word}: {told}");
    }
    Ok(())
}
