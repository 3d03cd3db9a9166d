//! The world of most scenarios: a VPC with an internal network load balancer and an internal application load balancer, a public
//! certificate for both, and a private hosted zone whose names lead to them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Api, ApiKind, Certificate, HostedZone, LoadBalancer, Network, NetworkInterface, Peer, Protocol, Record, Rule,
    SecurityGroup, Subnet, TargetGroup, TargetKind, Vpc, VpcEndpoint, VpcEndpointName,
};

/// The VPC, 10.0.0.0/16, with DNS on.
pub const VPC: &str = "vpc-0a1b2c3d4e5f60718";
/// Its subnet in `us-west-2a`.
pub const SUBNET_A1: &str = "subnet-0a1b2c3d4e5f60a01";
/// Its subnet in `us-west-2b`.
pub const SUBNET_A2: &str = "subnet-0a1b2c3d4e5f60a02";
/// The group of the load balancers: 443 in from the VPC, everything out.
pub const SG_LB: &str = "sg-0a1b2c3d4e5f60b01";
/// The group for resource gateways: 443 out to the VPC, nothing in.
pub const SG_RG: &str = "sg-0a1b2c3d4e5f60b02";
/// The group of VPC endpoints: 443 in from the VPC.
pub const SG_VPCE: &str = "sg-0a1b2c3d4e5f60b03";
/// The certificate of both load balancers, for `internal.example.com` and `*.internal.example.com`.
pub const CERTIFICATE: &str = "arn:aws:acm:us-west-2:111122223333:certificate/11111111-1111-1111-1111-111111111111";
/// The network load balancer, by name.
pub const NLB: &str = "k8s-ingressn-nginxing-0123456789";
/// The network load balancer, by ARN.
pub const NLB_ARN: &str = "arn:aws:elasticloadbalancing:us-west-2:111122223333:loadbalancer/net/k8s-ingressn-nginxing-0123456789/0123456789abcdef";
/// The network load balancer, by its name in DNS.
pub const NLB_DNS: &str = "k8s-ingressn-nginxing-0123456789-0123456789abcdef.elb.us-west-2.amazonaws.com";
/// The target group behind the network load balancer, by name.
pub const NLB_TARGETS: &str = "k8s-ingressn-nginxing-aaaaaaaaaa";
/// The application load balancer, by name.
pub const ALB: &str = "k8s-restapi-restapi-0123456789";
/// The application load balancer, by ARN.
pub const ALB_ARN: &str = "arn:aws:elasticloadbalancing:us-west-2:111122223333:loadbalancer/app/k8s-restapi-restapi-0123456789/fedcba9876543210";
/// The application load balancer, by its name in DNS.
pub const ALB_DNS: &str = "internal-k8s-restapi-restapi-0123456789-1234567890.us-west-2.elb.amazonaws.com";
/// The target group behind the application load balancer, by name.
pub const ALB_TARGETS: &str = "k8s-restapi-restapi-bbbbbbbbbb";
/// The private hosted zone, by id.
pub const ZONE: &str = "Z0123456789ABCDEFGHIJ";
/// The private hosted zone, by name; its apex leads to the network load balancer.
pub const ZONE_NAME: &str = "internal.example.com";
/// The name that leads to the application load balancer.
pub const API_NAME: &str = "api.internal.example.com";
/// The VPC endpoint of private APIs.
pub const API_ENDPOINT: &str = "vpce-0a1b2c3d4e5f60c01";
/// The name in DNS of that endpoint.
pub const API_ENDPOINT_DNS: &str = "vpce-0a1b2c3d4e5f60c01-7k2mq9xd.execute-api.us-west-2.vpce.amazonaws.com";

/// The REST API that this endpoint leads to, with the stage `prod`.
pub const PRIVATE_API: &str = "a1b2c3d4e5";
/// A REST API that is called in its region, with the stage `prod`.
pub const PETS_API: &str = "pets123456";
/// Another one, whose stage `prod` passes everything below `/anything` on.
pub const PROXY_API: &str = "proxy12345";
/// An HTTP API.
pub const HTTP_API: &str = "http123456";
/// A REST API of another account.
pub const FOREIGN_API: &str = "other12345";

impl Network {
    /// The world that this module's constants name.
    #[must_use]
    pub fn fixture() -> Self {
        let subnets = vec![
            Subnet::new(SUBNET_A1, VPC, "10.0.1.0/24", "us-west-2a"),
            Subnet::new(SUBNET_A2, VPC, "10.0.2.0/24", "us-west-2b"),
        ];
        let (targets, balancers) = (target_groups(), load_balancers());
        let zone = balancers
            .iter()
            .zip([ZONE_NAME, API_NAME])
            .fold(HostedZone::new(ZONE, ZONE_NAME, VPC), |zone, (balancer, name)| {
                zone.with(Record::alias(name, balancer))
            });
        Self {
            vpcs: vec![Vpc::new(VPC, "10.0.0.0/16")],
            security_groups: security_groups(),
            network_interfaces: interfaces(&subnets, &balancers),
            vpc_endpoints: vec![api_endpoint()],
            load_balancers: balancers,
            target_groups: targets,
            certificates: vec![Certificate::amazon_issued(CERTIFICATE, &[ZONE_NAME, "*.internal.example.com"])],
            hosted_zones: vec![zone],
            apis: apis(),
            subnets,
        }
    }
}

fn security_groups() -> Vec<SecurityGroup> {
    let inside = || Peer::cidr("10.0.0.0/16");
    let group = |id: &str, name: &str| SecurityGroup::new(id, VPC, name);
    vec![
        group(SG_LB, "load-balancers").let_in(Rule::tcp(443, inside())).let_out(Rule::all(Peer::anywhere())),
        group(SG_RG, "resource-gateways").let_out(Rule::tcp(443, inside())),
        group(SG_VPCE, "vpc-endpoints").let_in(Rule::tcp(443, inside())).let_out(Rule::all(Peer::anywhere())),
    ]
}

fn target_groups() -> Vec<TargetGroup> {
    let nginx = TargetGroup::new(NLB_TARGETS, "aaaaaaaaaaaaaaaa", TargetKind::Ip, Protocol::Tcp, 80, VPC);
    let mut rest = TargetGroup::new(ALB_TARGETS, "bbbbbbbbbbbbbbbb", TargetKind::Ip, Protocol::Http, 8000, VPC);
    rest.health_check.path = Some("/health".to_owned());
    vec![nginx.with_target("10.0.1.20", "us-west-2a"), rest.with_target("10.0.2.20", "us-west-2b")]
}

fn load_balancers() -> Vec<LoadBalancer> {
    let subnets = [SUBNET_A1, SUBNET_A2];
    let groups = target_groups();
    let behind =
        |name: &str| groups.iter().find(|group| group.name == name).map(|group| group.arn.clone()).unwrap_or_default();
    let network = LoadBalancer::network(NLB, "0123456789abcdef", VPC, &subnets).guarded_by(&[SG_LB]);
    let application =
        LoadBalancer::application(ALB, "fedcba9876543210", "1234567890", VPC, &subnets).guarded_by(&[SG_LB]);
    vec![
        network.listening(443, Protocol::Tls, &behind(NLB_TARGETS), &[CERTIFICATE]),
        application.listening(443, Protocol::Https, &behind(ALB_TARGETS), &[CERTIFICATE]),
    ]
}

/// Each load balancer has an address in each of its subnets.
fn interfaces(subnets: &[Subnet], balancers: &[LoadBalancer]) -> Vec<NetworkInterface> {
    let mut interfaces = Vec::new();
    for (subnet, net) in subnets.iter().zip(["10.0.1", "10.0.2"]) {
        for (balancer, last) in balancers.iter().zip(["10", "11"]) {
            let id = format!("eni-0a1b2c3d4e5f6{:04x}", interfaces.len() + 1);
            let mut interface = NetworkInterface::new(&id, subnet, &format!("{net}.{last}"), &[SG_LB]);
            interface.description = balancer.interface_description();
            interface.requester_managed = true;
            interfaces.push(interface);
        }
    }
    interfaces
}

fn api_endpoint() -> VpcEndpoint {
    VpcEndpoint {
        id: API_ENDPOINT.to_owned(),
        vpc: VPC.to_owned(),
        service: "com.amazonaws.us-west-2.execute-api".to_owned(),
        state: "available".to_owned(),
        subnets: vec![SUBNET_A1.to_owned(), SUBNET_A2.to_owned()],
        security_groups: vec![SG_VPCE.to_owned()],
        private_dns: false,
        names: vec![VpcEndpointName { name: API_ENDPOINT_DNS.to_owned(), zone: "Z1YSA3EXCYUU9Z".to_owned() }],
        tags: BTreeMap::new(),
    }
}

/// What the stage of [`PETS_API`] exports: API Gateway keeps the names of operations that were made by an import only.
#[must_use]
pub fn pets_export() -> Value {
    let answer = json!({"200": {"description": "200 response"}});
    let id = json!([{"name": "petId", "in": "path", "required": true, "schema": {"type": "string"}}]);
    json!({
        "openapi": "3.0.1",
        "info": {"title": "pets", "version": "2026-01-01T00:00:00Z"},
        "servers": [{"url": "https://pets123456.execute-api.us-west-2.amazonaws.com/{basePath}",
            "variables": {"basePath": {"default": "prod"}}}],
        "paths": {
            "/": {"get": {"responses": answer}},
            "/pets": {
                "get": {"responses": answer},
                "post": {"operationId": "CreatePet", "responses": answer},
            },
            "/pets/{petId}": {"get": {"operationId": "GetPet", "parameters": id, "responses": answer}},
        },
        "components": {},
    })
}

fn apis() -> Vec<Api> {
    let answer = json!({"200": {"description": "200 response"}});
    let with = |paths: Value| json!({"openapi": "3.0.1", "info": {"title": "api", "version": "1"}, "paths": paths});
    let health = || with(json!({"/health": {"get": {"operationId": "healthCheck", "responses": answer}}}));
    let everything = json!({"operationId": "forward", "responses": answer});
    let mut private = Api::new(PRIVATE_API, ApiKind::Private, "prod", health());
    private.vpc_endpoints.push(API_ENDPOINT.to_owned());
    let mut foreign = Api::new(FOREIGN_API, ApiKind::Regional, "prod", health());
    "444455556666".clone_into(&mut foreign.owner);
    vec![
        private,
        Api::new(PETS_API, ApiKind::Regional, "prod", pets_export()),
        Api::new(
            PROXY_API,
            ApiKind::Regional,
            "prod",
            with(json!({"/anything/{proxy+}": {"x-amazon-apigateway-any-method": everything, "get": everything}})),
        ),
        Api::new(HTTP_API, ApiKind::Http, "prod", health()),
        foreign,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constants_name_what_is_there() {
        let network = Network::fixture();
        for (name, arn, dns) in [(NLB, NLB_ARN, NLB_DNS), (ALB, ALB_ARN, ALB_DNS)] {
            let balancer = network.load_balancer(name).expect("the load balancer is there");
            assert_eq!((balancer.arn.as_str(), balancer.dns_name.as_str()), (arn, dns));
            assert_eq!(network.load_balancers_of(&network.target_groups[0]).count(), 1);
        }
        assert!(network.target_group(NLB_TARGETS).is_some() && network.target_group(ALB_TARGETS).is_some());
        assert!(network.certificate(CERTIFICATE).is_some_and(|certificate| certificate.covers(API_NAME)));
        assert_eq!(network.hosted_zone(ZONE).map(|zone| zone.records.len()), Some(2));
        for api in [PRIVATE_API, PETS_API, PROXY_API, HTTP_API, FOREIGN_API] {
            assert!(network.api(api).is_some_and(|api| api.stages.contains_key("prod")), "{api}");
        }
    }
}
