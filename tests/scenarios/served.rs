//! The stage of cards D16 and D17: an MCP server behind the load balancer of a Service, and a target that finds it there.

use std::net::SocketAddr;

use lab::aws::AwsOptions;
use lab::mcp::{McpServer, Personality};
use lab::workload::{LoadBalancerController, Workload, WorkloadKind, manifest};
use lab::world::{HOST, LoadBalancers, NLB_DNS_NAME, World, WorldOptions};
use serde_json::Value;

use crate::support::{gateway, world_of};

/// The target of these cards.
pub(crate) const TARGET: (&str, &str, &str) = ("GatewayTarget", "mcp-server", "eks-mcp-server");

/// The Service whose load balancer serves it.
pub(crate) const SERVICE: (&str, &str, &str) = ("v1/Service", "ingress-nginx", "nginx");

/// Lets the operator call load balancers although they are on this machine.
pub(crate) const LOCAL: &str = "--preflight-allow=127.0.0.0/8";

/// A world with the network of the fixture, a Service with its load balancer, a server behind it, and a gateway that is Ready.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) balancers: LoadBalancers,
    pub(crate) server: McpServer,
    pub(crate) controller: LoadBalancerController,
}

impl Stage {
    pub(crate) async fn set(name: &str, personality: Personality) -> anyhow::Result<Self> {
        Self::set_with(name, personality, |_| {}, |_| Vec::new()).await
    }

    /// With another AWS, and an operator that is told more.
    pub(crate) async fn set_with(
        name: &str,
        personality: Personality,
        aws: impl FnOnce(&mut AwsOptions),
        arguments: impl FnOnce(&LoadBalancers) -> Vec<String>,
    ) -> anyhow::Result<Self> {
        Self::set_for(name, personality, aws, |balancers| {
            let known = [LOCAL.to_owned(), resolved(NLB_DNS_NAME, balancers.nlb.address())];
            known.into_iter().chain(arguments(balancers)).collect()
        })
        .await
    }

    /// With an operator that is not even told where the load balancer is.
    pub(crate) async fn set_for(
        name: &str,
        personality: Personality,
        aws: impl FnOnce(&mut AwsOptions),
        arguments: impl FnOnce(&LoadBalancers) -> Vec<String>,
    ) -> anyhow::Result<Self> {
        let balancers = LoadBalancers::start().await?;
        let world = world_of(name, options(aws, arguments(&balancers))).await?;
        world.aws.install_fixture();
        let server = McpServer::start(personality).await?;
        world.publish(&balancers.nlb, &format!("https://{HOST}/mcp-server/mcp"), server.address())?;
        let allowed = [("tools.agentcore.dev/allowed-namespaces", "mcp-server")];
        world.apply_object(manifest::nlb_service(SERVICE.1, SERVICE.2, &allowed)).await?;
        let controller = LoadBalancerController::patient(world.objects(), |_| {});
        world.provision(&controller, SERVICE, &[NLB_DNS_NAME]).await?;
        gateway(&world).await?;
        Ok(Self { world, balancers, server, controller })
    }

    /// The Deployment of the server, with one pod.
    pub(crate) async fn deployment(&self) -> anyhow::Result<Workload> {
        let workload = self.world.workload(WorkloadKind::Deployment, TARGET.1, "mcp-server");
        workload.create(1).await?;
        Ok(workload)
    }

    /// Another server behind the same load balancer, at `/<name>/mcp`.
    pub(crate) async fn another_server(&self, name: &str, personality: Personality) -> anyhow::Result<McpServer> {
        let server = McpServer::start(personality).await?;
        self.publish(name, server.address())?;
        Ok(server)
    }

    /// Puts something at `/<name>/mcp`.
    pub(crate) fn publish(&self, name: &str, server: SocketAddr) -> anyhow::Result<()> {
        self.world.publish(&self.balancers.nlb, &format!("https://{HOST}/{name}/mcp"), server)
    }

    /// Applies the target of the card and waits until it is Ready.
    pub(crate) async fn target(&self, more: &str) -> anyhow::Result<Value> {
        self.world.apply(&target(more)).await?;
        self.world.ready(TARGET.0, TARGET.1, TARGET.2).await
    }

    /// How often AWS was asked for this.
    pub(crate) fn asked(&self, operation: &str) -> usize {
        self.world.aws.calls_of(operation).len()
    }

    /// How many requests of the operator went to this path of the load balancer.
    pub(crate) fn requests(&self, path: &str) -> usize {
        self.balancers.nlb.traffic().requests_for(HOST, path)
    }
}

fn options(aws: impl FnOnce(&mut AwsOptions), arguments: Vec<String>) -> WorldOptions {
    let mut options = WorldOptions {
        aws: AwsOptions { speed: 400.0, ..AwsOptions::default() },
        // Some of these worlds lose a namespace, and what is granted in it.
        rights_everywhere: true,
        operator_arguments: ["--retry-floor=200ms", "--retry-cap=1s", "--drift-interval=500ms"]
            .map(str::to_owned)
            .into_iter()
            .chain(arguments)
            .collect(),
        ..WorldOptions::default()
    }
    .with_namespace(SERVICE.1);
    aws(&mut options.aws);
    options
}

/// Tells the operator where a name leads.
pub(crate) fn resolved(name: &str, address: SocketAddr) -> String {
    format!("--resolve={name}:443:{address}")
}

/// The target of the card, with `more` of spec.
pub(crate) fn target(more: &str) -> String {
    target_at(TARGET.2, "mcp-server", more)
}

/// A target by another name, whose server is at `/<server>/mcp`.
pub(crate) fn target_at(name: &str, server: &str, more: &str) -> String {
    format!(
        "
apiVersion: tools.agentcore.dev/v1alpha1
kind: GatewayTarget
metadata: {{name: {name}, namespace: mcp-server}}
spec:
  gatewayRef: {{name: agents, namespace: platform}}
  targetConfiguration:
    mcp:
      mcpServer:
        endpointFrom:
          serviceRef: {{name: nginx, namespace: ingress-nginx}}
          host: {HOST}
          path: /{server}/mcp
  privateEndpoint: {{managedVpcResource: {{securityGroupIds: [sg-0a1b2c3d4e5f60b02]}}}}
  {more}
"
    )
}
