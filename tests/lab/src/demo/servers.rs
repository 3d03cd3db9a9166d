//! What teams run: two MCP servers and a REST API, each behind a load balancer of its own that ends TLS.

use std::net::SocketAddr;

use crate::aws::Aws;
use crate::aws::network::{
    Certificate, LoadBalancer as Described, Network, NetworkInterface, Protocol, Record, TargetGroup, TargetKind,
    fixture,
};
use crate::load_balancer::{Authority, LoadBalancer};
use crate::mcp::{McpServer, Personality, RestApi};
use crate::world::{ALB_DNS_NAME, API_HOST, HOST, NLB_DNS_NAME};

/// The host of the server whose certificate is no good at first.
const STOCK_HOST: &str = "stock.internal.example.com";

/// Its load balancer, by name and by its name in DNS.
const STOCK_NLB: &str = "k8s-mcpserve-stock-0123456789";
pub(super) const STOCK_DNS_NAME: &str = "k8s-mcpserve-stock-0123456789-33333333333333aa.elb.us-west-2.amazonaws.com";

/// The certificate that a private authority issued for it.
const PRIVATE_CERTIFICATE: &str = "arn:aws:acm:us-west-2:111122223333:certificate/33333333-3333-3333-3333-333333333333";

/// A certificate of a public authority for it.
pub(super) const PUBLIC_CERTIFICATE: &str = fixture::CERTIFICATE;

/// The servers, and what stands before them.
pub(super) struct Servers {
    nlb: LoadBalancer,
    alb: LoadBalancer,
    stock_nlb: LoadBalancer,
    /// Becomes another one when a new image is rolled out.
    pub(super) mcp_server: McpServer,
    stock: McpServer,
    rest_api: RestApi,
}

impl Servers {
    /// Starts everything and puts it where AWS finds it.
    pub(super) async fn start(aws: &Aws) -> anyhow::Result<Servers> {
        aws.network(|network| {
            *network = Network::fixture();
            add_stock(network);
        });
        aws.register_private_zone(HOST);
        let public = Authority::shared()?.issue(&[HOST, &format!("*.{HOST}")])?;
        let private = Authority::create()?.issue(&[STOCK_HOST])?;
        let servers = Servers {
            nlb: LoadBalancer::start(public.clone()).await?,
            alb: LoadBalancer::start(public).await?,
            stock_nlb: LoadBalancer::start(private).await?,
            mcp_server: McpServer::start(Personality::Everyday).await?,
            stock: McpServer::start(Personality::Stock).await?,
            rest_api: RestApi::start().await?,
        };
        let publish = |balancer: &LoadBalancer, host: &str, path: &str, server: SocketAddr| {
            balancer.route(host, path, server);
            aws.register_endpoint(&format!("https://{host}{path}"), &balancer.plain_url(path));
        };
        publish(&servers.nlb, HOST, "/mcp-server/mcp", servers.mcp_server.address());
        publish(&servers.stock_nlb, STOCK_HOST, "/mcp", servers.stock.address());
        publish(&servers.alb, API_HOST, "/", servers.rest_api.address());
        Ok(servers)
    }

    /// What tells the operator where the load balancers are, which no DNS knows.
    pub(super) fn operator_arguments(&self) -> Vec<String> {
        let places = [(NLB_DNS_NAME, &self.nlb), (ALB_DNS_NAME, &self.alb), (STOCK_DNS_NAME, &self.stock_nlb)];
        let resolve = places.map(|(name, balancer)| format!("--resolve={name}:443:{}", balancer.address()));
        resolve.into_iter().chain(["--preflight-allow=127.0.0.0/8".to_owned()]).collect()
    }

    /// Gives the load balancer of the server `stock` a certificate of a public authority.
    pub(super) fn mend_the_certificate(&self, aws: &Aws) -> anyhow::Result<()> {
        self.stock_nlb.present(Authority::shared()?.issue(&[STOCK_HOST])?);
        aws.network(|network| {
            let listener = network.load_balancer_mut(STOCK_NLB).and_then(|balancer| balancer.listener_mut(443));
            if let Some(listener) = listener {
                listener.certificates = vec![PUBLIC_CERTIFICATE.to_owned()];
            }
        });
        Ok(())
    }
}

/// Takes a load balancer out of AWS, as the AWS Load Balancer Controller does.
pub(super) fn remove_load_balancer(aws: &Aws, dns_name: &str) {
    aws.network(|network| network.load_balancers.retain(|balancer| balancer.dns_name != dns_name));
}

/// What AWS tells of the third load balancer; the fixture has the other two.
fn add_stock(network: &mut Network) {
    let targets = TargetGroup::new(STOCK_NLB, "cccccccccccccccc", TargetKind::Ip, Protocol::Tcp, 8000, fixture::VPC)
        .with_target("10.0.1.30", "us-west-2a");
    let subnets = [fixture::SUBNET_A1, fixture::SUBNET_A2];
    let balancer = Described::network(STOCK_NLB, "33333333333333aa", fixture::VPC, &subnets)
        .guarded_by(&[fixture::SG_LB])
        .listening(443, Protocol::Tls, &targets.arn, &[PRIVATE_CERTIFICATE]);
    for (subnet, address) in network.subnets.iter().zip(["10.0.1.12", "10.0.2.12"]) {
        let id = format!("eni-0a1b2c3d4e5f6{:04x}", network.network_interfaces.len() + 1);
        let mut interface = NetworkInterface::new(&id, subnet, address, &[fixture::SG_LB]);
        interface.description = balancer.interface_description();
        interface.requester_managed = true;
        network.network_interfaces.push(interface);
    }
    if let Some(zone) = network.hosted_zone_mut(fixture::ZONE) {
        zone.records.push(Record::alias(STOCK_HOST, &balancer));
    }
    network.certificates.push(Certificate::private(PRIVATE_CERTIFICATE, &[STOCK_HOST]));
    network.target_groups.push(targets);
    network.load_balancers.push(balancer);
}
