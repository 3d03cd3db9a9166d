//! The files of `deploy/examples-workload`: with the load balancers that their Services and Ingresses get, their targets become Ready, and
//! nobody copied a fact.

use std::path::Path;

use lab::mcp::{McpServer, Personality, RestApi};
use lab::objects::parse;
use lab::workload::LoadBalancerController;
use lab::world::{ALB_DNS_NAME, API_HOST, HOST, LoadBalancers, NLB_DNS_NAME, World, WorldOptions};
use serde_json::{Value, json};

use crate::manifests::GATEWAY;
use crate::support::world_of;

/// The security group of the fixture that is meant for resource gateways.
const GROUPS: &str = "--default-security-group-ids=sg-0a1b2c3d4e5f60b02";

/// The objects of an example, as this world calls its namespaces.
fn example(world: &World, file: &str) -> anyhow::Result<Vec<Value>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/examples-workload").join(file);
    let gateway = format!("{}/agents", world.namespace("platform"));
    parse(&std::fs::read_to_string(path)?.replace("platform/agents", &gateway))
}

async fn apply(world: &World, file: &str) -> anyhow::Result<()> {
    for object in example(world, file)? {
        world.apply_object(object).await?;
    }
    Ok(())
}

/// What AWS was asked to make for this target.
fn created(world: &World, name: &str) -> anyhow::Result<Value> {
    let calls = world.aws.calls();
    let mut bodies = calls.into_iter().filter(|call| call.operation == "CreateGatewayTarget").map(|call| call.input);
    bodies.find(|body| body["name"] == name).ok_or_else(|| anyhow::anyhow!("{name} was not asked for"))
}

#[tokio::test]
async fn services_and_ingresses_of_the_examples_become_targets() -> anyhow::Result<()> {
    let balancers = LoadBalancers::start().await?;
    let mut options = WorldOptions::default().with_namespace("ingress-nginx").with_load_balancers(&balancers);
    options.operator_arguments.push(GROUPS.to_owned());
    let world = world_of("examples-workload", options).await?;
    world.aws.install_fixture();
    let (tools, stock, api) = (
        McpServer::start(Personality::Everyday).await?,
        McpServer::start(Personality::Stock).await?,
        RestApi::start().await?,
    );
    world.publish(&balancers.nlb, &format!("https://{HOST}/mcp-server/mcp"), tools.address())?;
    world.publish(&balancers.nlb, &format!("https://{HOST}/mcp"), stock.address())?;
    world.publish(&balancers.alb, &format!("https://{API_HOST}/"), api.address())?;
    world
        .apply(&format!(
            "{GATEWAY}  discovery: {{from: Selector, selector: {{matchLabels: {{agentcore: \"yes\"}}}}}}\n"
        ))
        .await?;

    let files = ["from-service.yaml", "from-service-mcp-server.yaml", "from-ingress-openapi.yaml"];
    for file in files {
        apply(&world, file).await?;
    }
    let controller = LoadBalancerController::prompt(world.objects(), |_| {});
    let ingress = "networking.k8s.io/v1/Ingress";
    world.provision(&controller, ("v1/Service", "mcp-server", "mcp-server"), &[NLB_DNS_NAME]).await?;
    world.provision(&controller, ("v1/Service", "ingress-nginx", "nginx-ingress-nlb"), &[NLB_DNS_NAME]).await?;
    world.provision(&controller, (ingress, "rest-api", "rest-api"), &[ALB_DNS_NAME]).await?;

    for (namespace, name) in
        [("mcp-server", "mcp-server"), ("mcp-server", "nginx-mcp-server"), ("rest-api", "ingress-api-server")]
    {
        world.ready("GatewayTarget", namespace, name).await?;
    }
    let server =
        |name: &str| anyhow::Ok(created(&world, name)?["targetConfiguration"]["mcp"]["mcpServer"]["endpoint"].take());
    assert_eq!(server("mcp-server")?, format!("https://{HOST}/mcp"));
    assert_eq!(server("nginx-mcp-server")?, format!("https://{HOST}/mcp-server/mcp"));
    let document =
        created(&world, "ingress-api-server")?["targetConfiguration"]["mcp"]["openApiSchema"]["inlinePayload"].take();
    let document: Value = serde_json::from_str(document.as_str().unwrap_or_default())?;
    assert_eq!(document["servers"], json!([{"url": format!("https://{API_HOST}")}]));
    let target = world.get("GatewayTarget", "rest-api", "ingress-api-server").await?;
    let tools = ["createItem", "healthCheck", "listItems"].map(|tool| format!("ingress-api-server___{tool}"));
    assert_eq!(target["status"]["tools"], json!(tools));
    Ok(())
}

/// A route needs definitions that a cluster may lack; its target is a good one all the same.
#[tokio::test]
async fn the_target_of_the_route_is_accepted() -> anyhow::Result<()> {
    let world = world_of("examples-route", WorldOptions::default()).await?;
    let objects = example(&world, "from-httproute.yaml")?;
    assert_eq!(objects.iter().map(|object| &object["kind"]).collect::<Vec<_>>(), ["HTTPRoute", "GatewayTarget"]);
    let applied = world.apply_object(objects[1].clone()).await?;
    assert_eq!(applied["spec"]["targetConfiguration"], objects[1]["spec"]["targetConfiguration"]);
    Ok(())
}
