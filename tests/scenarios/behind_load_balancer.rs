//! The stage of cards D02 and D03 stands: a Service whose load balancer is told in its status, and the server behind it that AWS finds.

use lab::mcp::{McpServer, Personality};
use lab::workload::{Endpoints, LoadBalancerController, WorkloadKind, manifest};
use lab::world::{HOST, LoadBalancers, NLB_DNS_NAME, WorldOptions};

use crate::manifests::MANAGED_TARGET;
use crate::support::{gateway, text, world_of};

#[tokio::test]
async fn aws_finds_the_server_through_the_load_balancer_of_the_service() -> anyhow::Result<()> {
    let balancers = LoadBalancers::start().await?;
    let world = world_of("balanced", WorldOptions::default().with_namespace("ingress-nginx")).await?;
    let server = McpServer::start(Personality::Everyday).await?;
    world.publish(&balancers.nlb, &format!("https://{HOST}/mcp-server/mcp"), server.address())?;
    let allowed = [("tools.agentcore.dev/allowed-namespaces", "mcp-server,elsewhere")];
    world.apply_object(manifest::nlb_service("ingress-nginx", "nginx", &allowed)).await?;
    let controller = LoadBalancerController::prompt(world.objects(), |_| {});
    let service = ("v1/Service", "ingress-nginx", "nginx");
    let service = world.provision(&controller, service, &[NLB_DNS_NAME]).await?;
    assert_eq!(text(&service, "/status/loadBalancer/ingress/0/hostname")?, NLB_DNS_NAME);
    let allowed = text(&service, "/metadata/annotations/tools.agentcore.dev~1allowed-namespaces")?;
    assert_eq!(allowed, "balanced-mcp-server,elsewhere");
    let workload = world.workload(WorkloadKind::Deployment, "mcp-server", "mcp-server");
    workload.create(1).await?;
    let slice = workload.set_endpoints("mcp-server", Endpoints { ready: 1, ..Endpoints::default() }).await?;
    assert_eq!(text(&slice, "/metadata/namespace")?, world.namespace("mcp-server"));

    gateway(&world).await?;
    world.apply(MANAGED_TARGET).await?;
    world.ready("GatewayTarget", "mcp-server", "eks-mcp-server").await?;
    let traffic = balancers.nlb.traffic();
    assert!(traffic.plain_requests_for(HOST, "/mcp-server/mcp") >= 3, "{traffic:?}");
    assert_eq!(server.calls()["tools/list"], 1);

    world.delete("v1/Service", "ingress-nginx", "nginx").await?;
    world.gone("v1/Service", "ingress-nginx", "nginx").await
}
