//! A target begins at an HTTPRoute, and a `ReferenceGrant` lifts what other namespaces may not refer to: on clusters with Gateway API, which
//! is installed while the operator runs.

use lab::aws::network::fixture::{ALB_ARN, ALB_DNS, SUBNET_A1, SUBNET_A2, VPC};
use lab::workload::gateway_api::{self, HTTP_ROUTE, REFERENCE_GRANT, judge_http_route, program_gateway};
use lab::world::{ALB_DNS_NAME, API_HOST};
use serde_json::{Value, json};

use crate::ledger::{asked, only, operations};
use crate::stage::{ALLOWED, MCP, REST, SERVICE, Stage, hops, mcp_target, rest_target};
use crate::support::{message, sweeps, text, verdict};

/// The target of the REST API, through a route.
fn route_target() -> Value {
    let mut target = rest_target();
    let from = json!({"httpRouteRef": {"name": "rest"}, "path": "/items"});
    target["spec"]["targetConfiguration"]["mcp"]["openApiSchema"]["serverUrlFrom"] = from;
    target
}

/// One control plane serves all of this: it takes seconds to start.
#[tokio::test]
async fn gateway_api_is_followed_from_when_it_is_there() -> anyhow::Result<()> {
    let stage = Stage::set_alone("gatewayapi").await?;
    let objects = stage.world.objects();
    gateway_api::install(objects).await?;
    a_route_leads_to_its_parents_load_balancer(&stage).await?;
    a_grant_lifts_what_is_not_permitted(&stage).await
}

async fn a_route_leads_to_its_parents_load_balancer(stage: &Stage) -> anyhow::Result<()> {
    let world = &stage.world;
    let (objects, rest, platform) = (world.objects(), world.namespace("rest-api"), world.namespace("platform"));
    stage.held(route_target(), ("ResolvedRefs", "False", "ReferenceNotFound")).await?;
    world.apply_object(gateway_api::gateway("platform", "edge")).await?;
    program_gateway(objects, &platform, "edge", &[]).await?;
    let (parents, rule) = ([("platform", "edge"), ("platform", "other")], ("/items", "rest-api"));
    world.apply_object(gateway_api::http_route("rest-api", "rest", &parents, &[API_HOST], rule, &[])).await?;
    judge_http_route(objects, &rest, "rest", &[false, false]).await?;
    let refused = stage.held(route_target(), ("LoadBalancerReady", "False", "RouteNotAccepted")).await?;
    assert_eq!(verdict(&refused, "Ready").as_deref(), Some("False/RouteNotAccepted"));
    judge_http_route(objects, &rest, "rest", &[true, true]).await?;
    stage.held(route_target(), ("LoadBalancerReady", "False", "LoadBalancerAmbiguous")).await?;
    judge_http_route(objects, &rest, "rest", &[true, false]).await?;
    stage.held(route_target(), ("LoadBalancerReady", "False", "LoadBalancerPending")).await?;
    let mark = world.aws.mark();
    program_gateway(objects, &platform, "edge", &[ALB_DNS_NAME]).await?;
    let target = world.ready(REST.0, REST.1, REST.2).await?;
    let create = asked(only(&world.aws.mutations_since(mark), "CreateGatewayTarget")?)?;
    let document: Value = serde_json::from_str(text(&create, "/targetConfiguration/mcp/openApiSchema/inlinePayload")?)?;
    assert_eq!(document["servers"], json!([{"url": "https://api.internal.example.com/items"}]));
    assert_eq!(create["privateEndpoint"]["managedVpcResource"]["vpcIdentifier"], VPC);
    assert_eq!(create["privateEndpoint"]["managedVpcResource"]["subnetIds"], json!([SUBNET_A1, SUBNET_A2]));
    assert_eq!(target["status"]["resolved"]["loadBalancerArn"], ALB_ARN);
    assert_eq!(target["status"]["resolved"]["loadBalancerDns"], ALB_DNS);
    assert_eq!(hops(&target), ["True/Settled"; 5], "{target:#}");
    world.delete(REST.0, REST.1, REST.2).await?;
    world.gone(REST.0, REST.1, REST.2).await?;
    let route = world.get(HTTP_ROUTE, "rest-api", "rest").await?;
    assert!(route["metadata"]["finalizers"].is_null(), "nothing of ours holds the route: {route:#}");
    Ok(())
}

async fn a_grant_lifts_what_is_not_permitted(stage: &Stage) -> anyhow::Result<()> {
    let world = &stage.world;
    world.merge(SERVICE.0, SERVICE.1, SERVICE.2, json!({"metadata": {"annotations": {ALLOWED: null}}})).await?;
    let there = stage.held(mcp_target(), ("Accepted", "False", "RefNotPermitted")).await?;
    assert!(message(&there, "Accepted").contains("ReferenceGrant"), "{there:#}");
    let mark = world.aws.mark();
    let target = ("tools.agentcore.dev", "GatewayTarget");
    let grant = |from: (&str, &str), of: &str, to| gateway_api::reference_grant(SERVICE.1, "targets", from, of, to);
    for other in [
        grant(target, "rest-api", ("", "Service")),
        grant(("tools.agentcore.dev", "ResourceGateway"), "mcp-server", ("", "Service")),
        grant(target, "mcp-server", ("networking.k8s.io", "Ingress")),
    ] {
        world.apply_object(other).await?;
        sweeps(world, 2).await?;
        world.has(MCP.0, MCP.1, MCP.2, ("Accepted", "False", "RefNotPermitted")).await?;
        assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    }
    world.apply_object(grant(target, "mcp-server", ("", "Service"))).await?;
    world.ready(MCP.0, MCP.1, MCP.2).await?;
    world.delete(REFERENCE_GRANT, SERVICE.1, "targets").await?;
    let taken = world.has(MCP.0, MCP.1, MCP.2, ("Ready", "False", "RefNotPermitted")).await?;
    assert_eq!(verdict(&taken, "Stalled").as_deref(), Some("True/RefNotPermitted"));
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["CreateGatewayTarget"], "AWS is left as it is");
    Ok(())
}
