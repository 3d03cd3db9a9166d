//! The world of the walk: everything that a spec can refer to, twice, so that a reference can be changed. What `two` says differs from
//! what `one` says where that can be seen in AWS.

use lab::aws::network::fixture::{SG_LB, SUBNET_A1, SUBNET_A2, VPC};
use lab::aws::network::{Certificate, LoadBalancer, Protocol, Scheme};
use lab::aws::{AwsOptions, Limits, ObjectKind, Provisioning};
use lab::mcp::{McpServer, Personality, RestApi};
use lab::objects::parse;
use lab::workload::gateway_api::{self, judge_http_route, program_gateway};
use lab::workload::{LoadBalancerController, manifest};
use lab::world::{ALB_DNS_NAME, API_HOST, HOST, LoadBalancers, NLB_DNS_NAME, World, WorldOptions};
use serde_json::{Value, json};

/// The operator under test.
const OPERATOR: &str = env!("CARGO_BIN_EXE_agentcore-gateway-operator");

/// Where every object of the walk is.
pub(crate) const HOME: &str = "platform";

/// The namespace whose objects may be referred to from there.
const ABROAD: &str = "rest-api";

/// A load balancer on the internet, by its name in DNS.
const OPEN_DNS_NAME: &str = "k8s-open-0123456789.us-west-2.elb.amazonaws.com";

/// The hosts behind it: addresses, which resolve on every machine alike.
const OPEN_HOSTS: [&str; 2] = ["203.0.113.10", "203.0.113.11"];

/// Lets every namespace refer to an object.
const ANYONE: [(&str, &str); 1] = [("tools.agentcore.dev/allowed-namespaces", "platform,rest-api")];

/// The world, with what must live as long as it does.
pub(crate) struct Stage {
    pub(crate) world: World,
    _balancers: LoadBalancers,
    _servers: (McpServer, RestApi),
    _controller: LoadBalancerController,
}

impl Stage {
    /// Starts everything, and waits until what can be referred to is Ready.
    pub(crate) async fn set() -> anyhow::Result<Self> {
        let balancers = LoadBalancers::start().await?;
        let world = World::start_alone(OPERATOR, "walk", options().with_load_balancers(&balancers)).await?;
        network(&world);
        let server = McpServer::start(Personality::Everyday).await?;
        for path in ["/mcp", "/mcp2"] {
            world.publish(&balancers.nlb, &format!("https://{HOST}{path}"), server.address())?;
            world.aws.register_endpoint(&format!("https://tools.example.com{path}"), &server.url());
        }
        let api = RestApi::start().await?;
        world.publish(&balancers.alb, &format!("https://{API_HOST}/"), api.address())?;
        let controller = workloads(&world).await?;
        strangers(&world);
        for object in parse(include_str!("specs/stage.yaml"))? {
            world.apply_object(object).await?;
        }
        for object in parse(include_str!("specs/stage.yaml"))? {
            let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            if text("/apiVersion").starts_with("tools.agentcore.dev/") {
                world.ready(text("/kind"), text("/metadata/namespace"), text("/metadata/name")).await?;
            }
        }
        Ok(Self { world, _balancers: balancers, _servers: (server, api), _controller: controller })
    }
}

/// An AWS without limits in which nothing takes time, and an operator that makes use of that.
fn options() -> WorldOptions {
    let limits = Limits { gateways: 10_000, targets_per_gateway: 10_000, ..Limits::off() };
    let provisioning = Provisioning::instant();
    let domain_verifications = ["dv-00000000000000001", "dv-00000000000000002"].map(str::to_owned).to_vec();
    let arguments = [
        "--aws-rate=100000/100000",
        "--retry-floor=100ms",
        "--retry-cap=1s",
        "--drift-interval=2s",
        "--concurrency=64",
        "--allowed-external-ids=*",
    ];
    WorldOptions {
        aws: AwsOptions { limits, provisioning, domain_verifications, speed: 100.0, ..AwsOptions::default() },
        operator_arguments: arguments.map(str::to_owned).to_vec(),
        ..WorldOptions::default()
    }
}

/// Services, Ingresses and HTTPRoutes here and abroad, with their load balancers: `one` and `two` inside the VPC, `open` and `open-two`
/// on the internet.
async fn workloads(world: &World) -> anyhow::Result<LoadBalancerController> {
    let controller = LoadBalancerController::prompt(world.objects(), |_| {});
    gateway_api::install(world.objects()).await?;
    for namespace in [HOME, ABROAD] {
        for (name, balancer) in [
            ("edge", ALB_DNS_NAME),
            ("other", ALB_DNS_NAME),
            ("open-edge", OPEN_DNS_NAME),
            ("open-other", OPEN_DNS_NAME),
        ] {
            world.apply_object(gateway_api::gateway(namespace, name)).await?;
            program_gateway(world.objects(), &world.namespace(namespace), name, &[balancer]).await?;
        }
        let inside = (NLB_DNS_NAME, ALB_DNS_NAME, ["edge", "other"]);
        let outside = (OPEN_DNS_NAME, OPEN_DNS_NAME, ["open-edge", "open-other"]);
        for (name, host, served) in [
            ("one", API_HOST, inside),
            ("two", HOST, inside),
            ("open", OPEN_HOSTS[0], outside),
            ("open-two", OPEN_HOSTS[1], outside),
        ] {
            let (network, application, parents) = served;
            world.apply_object(manifest::nlb_service(namespace, name, &ANYONE)).await?;
            world.provision(&controller, ("v1/Service", namespace, name), &[network]).await?;
            let mut ingress = manifest::alb_ingress(namespace, name, host, &[("/", "api")], &ANYONE);
            if OPEN_HOSTS.contains(&host) {
                // An Ingress must not name an address: it serves whatever host there is.
                ingress["spec"]["rules"][0].as_object_mut().map(|rule| rule.remove("host"));
            }
            world.apply_object(ingress).await?;
            let ingress = ("networking.k8s.io/v1/Ingress", namespace, name);
            world.provision(&controller, ingress, &[application]).await?;
            let parents = parents.map(|parent| (namespace, parent));
            let route = gateway_api::http_route(namespace, name, &parents, &[host], ("/", "api"), &ANYONE);
            world.apply_object(route).await?;
            judge_http_route(world.objects(), &world.namespace(namespace), name, &[true, false]).await?;
        }
    }
    Ok(controller)
}

/// The fixture's network, and a load balancer that the whole internet can reach.
fn network(world: &World) {
    world.aws.install_fixture();
    world.aws.network(|network| {
        let certificate = "arn:aws:acm:us-west-2:111122223333:certificate/22222222-2222-2222-2222-222222222222";
        network.certificates.push(Certificate::amazon_issued(certificate, &OPEN_HOSTS));
        let targets = network.target_groups.last().map(|group| group.arn.clone()).unwrap_or_default();
        let mut balancer =
            LoadBalancer::application("k8s-open", "0123456789abcdee", "0123456789", VPC, &[SUBNET_A1, SUBNET_A2])
                .guarded_by(&[SG_LB])
                .listening(443, Protocol::Https, &targets, &[certificate]);
        balancer.scheme = Scheme::InternetFacing;
        OPEN_DNS_NAME.clone_into(&mut balancer.dns_name);
        network.load_balancers.push(balancer);
    });
}

/// What is in AWS and no object here.
fn strangers(world: &World) {
    let role = "arn:aws:iam::111122223333:role/AgentCoreGatewayRole";
    let gateway = |id: &str, name: &str| {
        let body =
            json!({"gatewayId": id, "name": name, "roleArn": role, "authorizerType": "AWS_IAM", "protocolType": "MCP"});
        world.aws.seed(ObjectKind::Gateway, body);
    };
    gateway("adopted-abcde12343", "adopted");
    // The third of a kind is there to be taken over.
    for digit in ["1", "2", "3"] {
        let id = |prefix: &str| format!("{prefix}-0000000000000000{digit}");
        let name = format!("foreign-{digit}");
        gateway(&format!("foreign-abcde1234{digit}"), &name);
        world.aws.seed(
            ObjectKind::ResourceGateway,
            json!({"id": id("rgw"), "name": name, "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
                "subnetIds": ["subnet-0a1b2c3d4e5f60a01"], "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"],
                "resourceConfigDnsResolution": "IN_VPC"}),
        );
        world.aws.seed(
            ObjectKind::ResourceConfiguration,
            json!({"id": id("rcfg"), "name": name, "type": "SINGLE", "resourceGatewayIdentifier": "rgw-00000000000000001",
                "portRanges": ["443"], "allowAssociationToShareableServiceNetwork": true,
                "resourceConfigurationDefinition": {"dnsResource": {"domainName": HOST, "ipAddressType": "IPV4"}}}),
        );
        world.aws.seed(
            ObjectKind::ResourceConfiguration,
            json!({"id": format!("rcfg-0000000000000001{digit}"), "name": format!("group-{digit}"), "type": "GROUP",
                "resourceGatewayIdentifier": id("rgw"), "portRanges": ["443"]}),
        );
    }
    let document = json!({"mcp": {"openApiSchema": {"inlinePayload": "{}"}}});
    world.aws.seed(
        ObjectKind::GatewayTarget,
        json!({"targetId": "ADOPTED001", "gatewayIdentifier": "foreign-abcde12341", "name": "adopted",
            "targetConfiguration": document}),
    );
}
