//! Where cards begin that start from a workload: the fixture's network in AWS, a Service behind its NLB and an Ingress behind its ALB,
//! and the servers behind both.

use lab::aws::Call;
use lab::aws::network::fixture::SG_RG;
use lab::mcp::{McpServer, Personality, RestApi};
use lab::workload::{LoadBalancerController, manifest};
use lab::world::{ALB_DNS_NAME, API_HOST, HOST, LoadBalancers, NLB_DNS_NAME, World, WorldOptions};
use serde_json::{Value, json};

use crate::manifests::api_key;
use crate::support::{OPERATOR, becomes, gateway, options, sweeps, verdict, world_of};

/// The Service in front of an ingress controller, by kind, namespace and name.
pub(crate) const SERVICE: (&str, &str, &str) = ("v1/Service", "ingress-nginx", "nginx-ingress-nlb");

/// The Ingress of a REST API.
pub(crate) const INGRESS: (&str, &str, &str) = ("networking.k8s.io/v1/Ingress", "rest-api", "rest-api");

/// The target of [`mcp_target`].
pub(crate) const MCP: (&str, &str, &str) = ("GatewayTarget", "mcp-server", "eks-mcp-server");

/// The target of [`rest_target`].
pub(crate) const REST: (&str, &str, &str) = ("GatewayTarget", "rest-api", "eks-api-server");

/// The annotation that lets other namespaces refer to an object.
pub(crate) const ALLOWED: &str = "tools.agentcore.dev/allowed-namespaces";

/// The conditions of the hops, in the order of the way.
pub(crate) const HOPS: [&str; 5] =
    ["LoadBalancerReady", "CertificateTrusted", "DnsResolved", "NetworkAllowed", "Preflight"];

/// A world in which everything is in order, and no target is there yet.
pub(crate) struct Stage {
    /// The world. Its gateway is Ready.
    pub(crate) world: World,
    /// The load balancers, as the operator reaches them.
    pub(crate) balancers: LoadBalancers,
    /// Behind the NLB at `/mcp-server/mcp`.
    pub(crate) server: McpServer,
    /// Behind the ALB.
    pub(crate) api: RestApi,
    /// Says which load balancers serve what.
    pub(crate) controller: LoadBalancerController,
}

impl Stage {
    /// Sets everything up.
    pub(crate) async fn set(name: &str) -> anyhow::Result<Stage> {
        Stage::set_with(name, |options| options).await
    }

    /// The same in a world that is made to measure.
    pub(crate) async fn set_with(
        name: &str,
        measure: impl FnOnce(WorldOptions) -> WorldOptions,
    ) -> anyhow::Result<Stage> {
        let balancers = LoadBalancers::start().await?;
        let usual = options().with_namespace("ingress-nginx").with_load_balancers(&balancers);
        let world = world_of(name, measure(usual)).await?;
        Stage::set_in(world, balancers).await
    }

    /// The same on a control plane of its own.
    pub(crate) async fn set_alone(name: &str) -> anyhow::Result<Stage> {
        let balancers = LoadBalancers::start().await?;
        let usual = options().with_namespace("ingress-nginx").with_load_balancers(&balancers);
        let world = World::start_alone(OPERATOR, name, usual).await?;
        Stage::set_in(world, balancers).await
    }

    async fn set_in(world: World, balancers: LoadBalancers) -> anyhow::Result<Stage> {
        world.aws.install_fixture();
        let server = McpServer::start(Personality::Everyday).await?;
        world.publish(&balancers.nlb, &format!("https://{HOST}/mcp-server/mcp"), server.address())?;
        let api = RestApi::start().await?;
        world.publish(&balancers.alb, &format!("https://{API_HOST}/"), api.address())?;
        let controller = LoadBalancerController::prompt(world.objects(), |_| {});
        world.apply_object(manifest::nlb_service(SERVICE.1, SERVICE.2, &[(ALLOWED, "mcp-server")])).await?;
        world.apply_object(rest_ingress()).await?;
        world.apply_object(manifest::openapi_config_map("rest-api", "openapi")).await?;
        world.provision(&controller, SERVICE, &[NLB_DNS_NAME]).await?;
        world.provision(&controller, INGRESS, &[ALB_DNS_NAME]).await?;
        gateway(&world).await?;
        Ok(Stage { world, balancers, server, api, controller })
    }

    /// Starts the operator again, with these arguments besides what it has to be told of this world.
    pub(crate) async fn restart(&mut self, arguments: &[&str]) -> anyhow::Result<()> {
        let name = self.world.namespace("platform").replace("-platform", "");
        let namespaces = ["platform", "mcp-server", "rest-api", "sandbox", "ingress-nginx"];
        let watched = namespaces.map(|namespace| self.world.namespace(namespace)).join(",");
        let mut all = vec![format!("--cluster-name={name}"), format!("--watch-namespaces={watched}")];
        all.extend(WorldOptions::default().with_load_balancers(&self.balancers).operator_arguments);
        all.retain(|argument| !argument.starts_with("--retry") && !argument.starts_with("--drift"));
        all.extend(arguments.iter().map(|&argument| argument.to_owned()));
        self.world.operator.restart_with(all).await
    }

    /// Applies the target of the Service, and waits until it is Ready.
    pub(crate) async fn mcp_ready(&self) -> anyhow::Result<Value> {
        self.world.apply_object(mcp_target()).await?;
        self.world.ready(MCP.0, MCP.1, MCP.2).await
    }

    /// Applies a target, waits for a condition, and proves that AWS was not asked to change anything.
    pub(crate) async fn held(&self, target: Value, expected: (&str, &str, &str)) -> anyhow::Result<Value> {
        let mark = self.world.aws.mark();
        let applied = self.world.apply_object(target).await?;
        let (namespace, name) = (applied["metadata"]["namespace"].clone(), applied["metadata"]["name"].clone());
        let (namespace, name) = (namespace.as_str().unwrap_or_default(), name.as_str().unwrap_or_default());
        let place = namespace.strip_prefix(&self.world.namespace("")).unwrap_or(namespace);
        let generation = applied["metadata"]["generation"].clone();
        becomes(&self.world, ("GatewayTarget", place, name), "/status/observedGeneration", generation).await?;
        self.world.has("GatewayTarget", place, name, expected).await?;
        sweeps(&self.world, 3).await?;
        let object = self.world.has("GatewayTarget", place, name, expected).await?;
        let changed: Vec<Call> = self.world.aws.mutations_since(mark);
        anyhow::ensure!(changed.is_empty(), "AWS was asked to change something: {changed:#?}");
        anyhow::ensure!(verdict(&object, "Ready").is_some_and(|ready| ready.starts_with("False/")), "{object:#}");
        Ok(object)
    }
}

/// The Ingress of the REST API.
pub(crate) fn rest_ingress() -> Value {
    manifest::alb_ingress(INGRESS.1, INGRESS.2, API_HOST, &[("/", "rest-api")], &[])
}

/// The target of card D02: an MCP server through the Service's load balancer.
pub(crate) fn mcp_target() -> Value {
    json!({
        "apiVersion": "tools.agentcore.dev/v1alpha1",
        "kind": "GatewayTarget",
        "metadata": {"name": MCP.2, "namespace": MCP.1},
        "spec": {
            "gatewayRef": {"name": "agents", "namespace": "platform"},
            "targetConfiguration": {"mcp": {"mcpServer": {"endpointFrom": {
                "serviceRef": {"name": SERVICE.2, "namespace": SERVICE.1},
                "host": HOST,
                "path": "/mcp-server/mcp",
                "port": 443,
            }}}},
            "privateEndpoint": {"managedVpcResource": {"securityGroupIds": [SG_RG]}},
        },
    })
}

/// The same with a member of its `endpointFrom`.
pub(crate) fn mcp_target_with(member: &str, value: Value) -> Value {
    let mut target = mcp_target();
    target["spec"]["targetConfiguration"]["mcp"]["mcpServer"]["endpointFrom"][member] = value;
    target
}

/// The same with another managed private endpoint.
pub(crate) fn mcp_target_in(network: Value) -> Value {
    let mut target = mcp_target();
    target["spec"]["privateEndpoint"]["managedVpcResource"] = network;
    target
}

/// The target of card D03: a REST API through the Ingress's load balancer.
pub(crate) fn rest_target() -> Value {
    json!({
        "apiVersion": "tools.agentcore.dev/v1alpha1",
        "kind": "GatewayTarget",
        "metadata": {"name": REST.2, "namespace": REST.1},
        "spec": {
            "gatewayRef": {"name": "agents", "namespace": "platform"},
            "targetConfiguration": {"mcp": {"openApiSchema": {
                "inlinePayloadFrom": {"configMapKeyRef": {"name": "openapi", "key": "openapi.json"}},
                "serverUrlFrom": {"ingressRef": {"name": INGRESS.2}},
            }}},
            "credentialProviderConfigurations": api_key("eks-api"),
            "privateEndpoint": {"managedVpcResource": {"securityGroupIds": [SG_RG]}},
        },
    })
}

/// The verdicts of the hops, in the order of the way.
pub(crate) fn hops(object: &Value) -> [String; 5] {
    HOPS.map(|hop| verdict(object, hop).unwrap_or_default())
}
