//! How targets reach servers in a VPC that the network knows, and what they meet on the way.

use std::time::Duration;

use aws_sdk_bedrockagentcorecontrol::types::{
    ApiSchemaConfiguration, CertificateConfiguration, EndpointIpAddressType, ManagedVpcResource,
    McpTargetConfiguration, PrivateEndpoint, SecretsManagerCertificateConfiguration, TargetConfiguration,
};
use lab::aws::network::fixture::{ALB, ALB_DNS, CERTIFICATE, NLB, NLB_DNS, NLB_TARGETS, SG_LB, SG_RG, VPC, ZONE_NAME};
use lab::aws::network::{
    Certificate, LoadBalancerState, Network, Peer, Protocol, Record, RecordKind, Rule, Scheme, SecurityGroup, Subnet,
    TargetHealth, Vpc,
};
use serde_json::json;

use crate::handshakes::Server;
use crate::support::{Fixture, GROUP, MCP_URL, SUBNETS, code, managed, quick, refused, self_managed};

const FAILED: &str = "Failed to connect and fetch tools from the provided MCP target server. Error - ";
const TIMED_OUT: &str = "Connection timed out";
const CLOSED: &str = "Connection closed by peer";
const UNTRUSTED: &str = "(certificate_unknown) PKIX path building failed";

const UNKNOWN: &str = "internal.example.com: Name or service not known";
const EXPIRED: &str = "(certificate_expired) PKIX path validation failed";

type Change = fn(&mut Network);

/// The world of most scenarios with a gateway and a server behind the load balancers.
async fn world() -> (Fixture, String, Server) {
    let fixture = Fixture::with_network(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let server = Server::start().await;
    fixture.aws.register_endpoint(MCP_URL, &server.address);
    (fixture, gateway, server)
}

/// Creates a target, says what became of it (nothing when it is READY), and deletes it.
async fn outcome(fixture: &Fixture, gateway: &str, endpoint: Option<PrivateEndpoint>) -> Option<String> {
    outcome_at(fixture, gateway, MCP_URL, endpoint, None).await
}

async fn outcome_at(
    fixture: &Fixture,
    gateway: &str,
    url: &str,
    endpoint: Option<PrivateEndpoint>,
    authority: Option<CertificateConfiguration>,
) -> Option<String> {
    let call = fixture.create_target(gateway, "one", url).set_private_endpoint(endpoint);
    let call = call.set_certificate_configurations(authority.map(|authority| vec![authority]));
    let id = call.send().await.unwrap().target_id().to_owned();
    let target = fixture.settled_target(gateway, &id).await;
    let reason = match target.status().as_str() {
        "READY" => None,
        "FAILED" => Some(target.status_reasons()[0].strip_prefix(FAILED).unwrap().to_owned()),
        other => panic!("{other} is no end of a creation"),
    };
    fixture.delete_target(gateway, &id).await;
    reason
}

fn through(groups: &[&str], routing_domain: Option<&str>) -> PrivateEndpoint {
    let managed = ManagedVpcResource::builder()
        .vpc_identifier(VPC)
        .set_subnet_ids(Some(SUBNETS.map(str::to_owned).to_vec()))
        .endpoint_ip_address_type(EndpointIpAddressType::Ipv4)
        .set_security_group_ids(Some(groups.iter().map(|&group| group.to_owned()).collect()))
        .set_routing_domain(routing_domain.map(str::to_owned));
    PrivateEndpoint::ManagedVpcResource(managed.build().unwrap())
}

fn authority() -> CertificateConfiguration {
    let arn = "arn:aws:secretsmanager:us-west-2:111122223333:secret:private-ca-AbCdEf";
    CertificateConfiguration::SecretsManager(
        SecretsManagerCertificateConfiguration::builder().secret_arn(arn).build().unwrap(),
    )
}

/// Changes the world, looks what becomes of a target, and puts the world back.
async fn with(fixture: &Fixture, gateway: &str, change: impl FnOnce(&mut Network)) -> Option<String> {
    fixture.aws.network(change);
    let reason = outcome(fixture, gateway, Some(managed(&SUBNETS))).await;
    fixture.aws.install_fixture();
    reason
}

#[tokio::test]
async fn a_server_behind_a_load_balancer_is_reached() {
    let (fixture, gateway, server) = world().await;
    assert_eq!(outcome(&fixture, &gateway, Some(managed(&SUBNETS))).await, None);
    assert_eq!(server.methods()[0], "initialize");
}

/// What is broken, how the reason begins, and how to break it.
const BROKEN: [(&str, &str, Change); 17] = [
    ("no record", UNKNOWN, |network| network.hosted_zones[0].records.clear()),
    ("another VPC's zone", UNKNOWN, |network| network.hosted_zones[0].vpcs.clear()),
    ("no hostnames", UNKNOWN, |network| network.vpcs[0].dns_hostnames = false),
    ("no resolver", UNKNOWN, |network| network.vpcs[0].dns_support = false),
    ("nothing out", TIMED_OUT, |network| network.security_group_mut(SG_RG).unwrap().egress.clear()),
    ("another port out", TIMED_OUT, |network| {
        network.security_group_mut(SG_RG).unwrap().egress = vec![Rule::tcp(80, Peer::anywhere())];
    }),
    ("a placeholder out", TIMED_OUT, |network| {
        let nobody = Rule::new("icmp", Some((-1, -1)), Peer::cidr("255.255.255.255/32"));
        network.security_group_mut(SG_RG).unwrap().egress = vec![nobody];
    }),
    ("elsewhere out", TIMED_OUT, |network| {
        network.security_group_mut(SG_RG).unwrap().egress = vec![Rule::tcp(443, Peer::cidr("10.1.0.0/16"))];
    }),
    ("nothing in", TIMED_OUT, |network| network.security_group_mut(SG_LB).unwrap().ingress.clear()),
    ("from elsewhere in", TIMED_OUT, |network| {
        network.security_group_mut(SG_LB).unwrap().ingress = vec![Rule::tcp(443, Peer::cidr("10.1.0.0/16"))];
    }),
    ("no listener", TIMED_OUT, |network| network.load_balancer_mut(NLB).unwrap().listeners.clear()),
    ("not there yet", TIMED_OUT, |network| {
        network.load_balancer_mut(NLB).unwrap().state = LoadBalancerState::Provisioning;
    }),
    ("no target", CLOSED, |network| network.target_group_mut(NLB_TARGETS).unwrap().targets.clear()),
    ("no healthy target", CLOSED, |network| {
        network.target_group_mut(NLB_TARGETS).unwrap().targets[0].health = TargetHealth::unhealthy();
    }),
    ("a private authority", UNTRUSTED, |network| {
        network.certificates[0] = Certificate::private(CERTIFICATE, &[ZONE_NAME]);
    }),
    ("its own authority", UNTRUSTED, |network| {
        network.certificates[0] = Certificate::self_signed(CERTIFICATE, &[ZONE_NAME]);
    }),
    ("out of date", EXPIRED, |network| {
        network.certificates[0].not_after = Some("2020-01-01T00:00:00Z".parse().unwrap());
    }),
];

#[tokio::test]
async fn every_hop_can_break_and_says_so() {
    let (fixture, gateway, server) = world().await;
    for (what, reason, change) in BROKEN {
        let found = with(&fixture, &gateway, change).await;
        assert!(found.as_deref().is_some_and(|found| found.starts_with(reason)), "{what}: {found:?}");
    }
    let other_names = with(&fixture, &gateway, |network| {
        network.certificates[0].names = vec!["other.example.com".to_owned()];
    })
    .await;
    let mismatch = "(certificate_unknown) No subject alternative DNS name matching internal.example.com found";
    assert_eq!(other_names.as_deref(), Some(mismatch));
    assert!(server.methods().is_empty(), "nobody came through: {:?}", server.methods());
}

/// Other ways to let the same traffic through.
const ALLOWED: [(&str, Change); 8] = [
    ("a wider block", |network| {
        network.security_group_mut(SG_LB).unwrap().ingress = vec![Rule::tcp(443, Peer::anywhere())];
    }),
    ("all protocols", |network| {
        network.security_group_mut(SG_RG).unwrap().egress = vec![Rule::all(Peer::cidr("10.0.0.0/8"))];
    }),
    ("by group", |network| {
        network.security_group_mut(SG_RG).unwrap().egress = vec![Rule::tcp(443, Peer::group(SG_LB))];
        network.security_group_mut(SG_LB).unwrap().ingress = vec![Rule::tcp(443, Peer::group(SG_RG))];
    }),
    ("by prefix list", |network| {
        let list = || Peer::PrefixList("pl-0a1b2c3d4e5f60001".to_owned());
        network.security_group_mut(SG_RG).unwrap().egress = vec![Rule::tcp(443, list())];
        network.security_group_mut(SG_LB).unwrap().ingress = vec![Rule::tcp(443, list())];
    }),
    ("no groups at all", |network| network.load_balancer_mut(NLB).unwrap().security_groups.clear()),
    ("TLS ends behind it", |network| {
        let listener = network.load_balancer_mut(NLB).unwrap().listener_mut(443).unwrap();
        listener.protocol = Protocol::Tcp;
        listener.certificates.clear();
    }),
    ("by another certificate", |network| {
        let other = CERTIFICATE.replace("11111111-", "22222222-");
        network.certificates.insert(0, Certificate::amazon_issued(&other, &["other.example.com"]));
        network.load_balancer_mut(NLB).unwrap().listener_mut(443).unwrap().certificates.insert(0, other);
    }),
    ("over another name", |network| {
        let zone = network.hosted_zone_mut(ZONE_NAME).unwrap();
        zone.records[0] = Record::new(ZONE_NAME, RecordKind::Cname, &[&format!("{NLB_DNS}.")]);
    }),
];

#[tokio::test]
async fn what_is_allowed_in_other_words_is_allowed() {
    let (fixture, gateway, _server) = world().await;
    for (what, change) in ALLOWED {
        assert_eq!(with(&fixture, &gateway, change).await, None, "{what}");
    }
    let by_address = with(&fixture, &gateway, |network| {
        let zone = network.hosted_zone_mut(ZONE_NAME).unwrap();
        zone.records[0] = Record::new(ZONE_NAME, RecordKind::A, &["10.0.1.10"]);
        network.target_group_mut(NLB_TARGETS).unwrap().targets.clear();
    })
    .await;
    assert_eq!(by_address.as_deref(), Some(CLOSED), "the address is the load balancer's");
}

#[tokio::test]
async fn a_routing_domain_makes_up_for_a_name_that_does_not_resolve() {
    let (fixture, gateway, _server) = world().await;
    fixture.aws.network(|network| network.hosted_zones.clear());
    assert_eq!(outcome(&fixture, &gateway, Some(through(&[SG_RG], Some(NLB_DNS)))).await, None);
    let nowhere = outcome(&fixture, &gateway, Some(through(&[SG_RG], Some("nowhere.example.com")))).await;
    assert_eq!(nowhere.as_deref(), Some("nowhere.example.com: Name or service not known"));
    fixture.aws.network(|network| network.certificates[0] = Certificate::private(CERTIFICATE, &[ZONE_NAME]));
    let behind_proxy = "arn:aws:acm:us-west-2:111122223333:certificate/55555555-5555-5555-5555-555555555555";
    fixture.aws.network(|network| {
        network.certificates.push(Certificate::amazon_issued(behind_proxy, &[ZONE_NAME]));
        let listener = network.load_balancer_mut(ALB).unwrap().listener_mut(443).unwrap();
        listener.certificates = vec![behind_proxy.to_owned()];
    });
    let direct = outcome(&fixture, &gateway, Some(through(&[SG_RG], Some(NLB_DNS)))).await;
    assert!(direct.is_some_and(|reason| reason.starts_with(UNTRUSTED)));
    let proxied = outcome(&fixture, &gateway, Some(through(&[SG_RG], Some(ALB_DNS)))).await;
    assert_eq!(proxied, None, "the proxy that the routing domain names has a public certificate");
}

#[tokio::test]
async fn an_authority_of_the_targets_own_makes_up_for_trust_and_for_nothing_else() {
    let (fixture, gateway, _server) = world().await;
    let try_it = || outcome_at(&fixture, &gateway, MCP_URL, Some(managed(&SUBNETS)), Some(authority()));
    fixture.aws.network(|network| network.certificates[0] = Certificate::private(CERTIFICATE, &[ZONE_NAME]));
    assert_eq!(try_it().await, None);
    fixture.aws.network(|network| network.certificates[0].names = vec!["other.example.com".to_owned()]);
    assert!(try_it().await.unwrap().contains("No subject alternative DNS name"));
    fixture.aws.network(|network| {
        network.certificates[0] = Certificate::private(CERTIFICATE, &[ZONE_NAME]);
        network.certificates[0].not_after = Some("2020-01-01T00:00:00Z".parse().unwrap());
    });
    assert!(try_it().await.unwrap().starts_with("(certificate_expired)"));
}

#[tokio::test]
async fn an_update_without_the_authority_takes_it_away() {
    let (fixture, gateway, _server) = world().await;
    fixture.aws.network(|network| network.certificates[0] = Certificate::private(CERTIFICATE, &[ZONE_NAME]));
    let call = fixture.create_target(&gateway, "one", MCP_URL).private_endpoint(managed(&SUBNETS));
    let id = call.certificate_configurations(authority()).send().await.unwrap().target_id().to_owned();
    let target = fixture.settled_target(&gateway, &id).await;
    assert_eq!((target.status().as_str(), target.certificate_configurations().len()), ("READY", 1));
    let update = |authority: Option<CertificateConfiguration>| {
        let call = fixture.agentcore.update_gateway_target().gateway_identifier(&gateway).target_id(&id).name("one");
        call.target_configuration(crate::support::mcp_server(MCP_URL))
            .private_endpoint(managed(&SUBNETS))
            .set_certificate_configurations(authority.map(|authority| vec![authority]))
            .send()
    };
    update(Some(authority())).await.unwrap();
    assert_eq!(fixture.settled_target(&gateway, &id).await.status().as_str(), "READY");
    update(None).await.unwrap();
    let target = fixture.settled_target(&gateway, &id).await;
    assert_eq!((target.status().as_str(), target.certificate_configurations().len()), ("UPDATE_UNSUCCESSFUL", 0));
    assert!(target.status_reasons()[0].contains(UNTRUSTED), "{:?}", target.status_reasons());
}

#[tokio::test]
async fn a_resource_gateway_of_ones_own_takes_the_same_way() {
    let (fixture, gateway, server) = world().await;
    let own = fixture.resource_gateway("own").await;
    let by_name = fixture.resource_configuration("by-name", &own, ZONE_NAME).await;
    assert_eq!(outcome(&fixture, &gateway, Some(self_managed(&by_name))).await, None);
    let by_balancer = fixture.resource_configuration("by-balancer", &own, NLB_DNS).await;
    assert_eq!(outcome(&fixture, &gateway, Some(self_managed(&by_balancer))).await, None);
    let seen = server.methods().len();
    fixture.aws.network(|network| network.hosted_zones[0].vpcs.clear());
    let reason = outcome(&fixture, &gateway, Some(self_managed(&by_name))).await;
    assert_eq!(reason.as_deref(), Some(UNKNOWN));
    assert_eq!(outcome(&fixture, &gateway, Some(self_managed(&by_balancer))).await, None);
    fixture.aws.network(|network| network.security_group_mut(SG_RG).unwrap().egress.clear());
    let reason = outcome(&fixture, &gateway, Some(self_managed(&by_balancer))).await;
    assert_eq!(reason.as_deref(), Some(TIMED_OUT));
    assert_eq!(server.methods().len(), seen * 3 / 2, "one more came through");

    fixture.aws.install_fixture();
    let public = fixture
        .create_resource_gateway("public")
        .resource_config_dns_resolution(aws_sdk_vpclattice::types::ResourceConfigDnsResolution::Public);
    let public = public.send().await.unwrap().id().unwrap().to_owned();
    crate::support::eventually(|| async {
        let got = fixture.lattice.get_resource_gateway().resource_gateway_identifier(&public).send().await.unwrap();
        (got.status()?.as_str() == "ACTIVE").then_some(())
    })
    .await;
    let configuration = fixture.resource_configuration("public-name", &public, ZONE_NAME).await;
    let reason = outcome(&fixture, &gateway, Some(self_managed(&configuration))).await;
    assert_eq!(reason.as_deref(), Some(UNKNOWN));
}

#[tokio::test]
async fn over_the_internet_nothing_internal_is_reached() {
    let (fixture, gateway, server) = world().await;
    let reason = outcome(&fixture, &gateway, None).await;
    assert_eq!(reason.as_deref(), Some(UNKNOWN));
    let url = format!("https://{NLB_DNS}/mcp");
    fixture.aws.register_endpoint(&url, &server.address);
    let direct = || outcome_at(&fixture, &gateway, &url, None, None);
    assert_eq!(direct().await.as_deref(), Some(TIMED_OUT));
    fixture.aws.network(|network| network.load_balancer_mut(NLB).unwrap().scheme = Scheme::InternetFacing);
    assert!(direct().await.unwrap().contains("No subject alternative DNS name matching"));
    fixture.aws.network(|network| network.certificates[0].names.push(NLB_DNS.to_owned()));
    assert_eq!(direct().await, None);
}

#[tokio::test]
async fn subnets_and_groups_must_lie_in_the_vpc() {
    let (fixture, gateway, _server) = world().await;
    let (subnet, group) = ("subnet-0b1b2c3d4e5f60a01", "sg-0b1b2c3d4e5f60b02");
    fixture.aws.network(|network| {
        network.vpcs.push(Vpc::new("vpc-0b1b2c3d4e5f60718", "10.2.0.0/16"));
        network.subnets.push(Subnet::new(subnet, "vpc-0b1b2c3d4e5f60718", "10.2.1.0/24", "us-west-2a"));
        network.security_groups.push(SecurityGroup::new(group, "vpc-0b1b2c3d4e5f60718", "other"));
    });
    let create = |endpoint: PrivateEndpoint| fixture.create_target(&gateway, "one", MCP_URL).private_endpoint(endpoint);
    for (what, endpoint) in [
        ("subnet-0a1b2c3d4e5f60aff", managed(&["subnet-0a1b2c3d4e5f60aff"])),
        (subnet, managed(&[SUBNETS[0], subnet])),
        ("sg-0a1b2c3d4e5f60bff", through(&["sg-0a1b2c3d4e5f60bff"], None)),
        (group, through(&[SG_RG, group], None)),
    ] {
        let error = refused(&create(endpoint).send().await.unwrap_err());
        assert_eq!(error.code, "ValidationException", "{what}");
        assert!(error.message.contains(what), "{what}: {}", error.message);
    }
    let call = fixture.create_resource_gateway("own");
    assert_eq!(code(call.clone().subnet_ids(subnet).send().await), "ValidationException");
    assert_eq!(code(call.clone().security_group_ids(group).send().await), "ValidationException");
    let elsewhere = call.clone().vpc_identifier("vpc-0c1b2c3d4e5f60718").security_group_ids(group);
    assert_eq!(code(elsewhere.send().await), "no error", "the network does not know this VPC");
    let own = fixture.create_resource_gateway("mine").send().await.unwrap();
    let update = fixture.lattice.update_resource_gateway().resource_gateway_identifier(own.id().unwrap());
    crate::support::eventually(|| async {
        let got = fixture.lattice.get_resource_gateway().resource_gateway_identifier(own.id()?).send().await.unwrap();
        (got.status()?.as_str() == "ACTIVE").then_some(())
    })
    .await;
    assert_eq!(code(update.clone().security_group_ids(group).send().await), "ValidationException");
    assert_eq!(code(update.security_group_ids(GROUP).send().await), "no error");
}

#[tokio::test]
async fn a_group_that_nobody_chose_lets_nothing_out() {
    let (fixture, gateway, _server) = world().await;
    let reason = outcome(&fixture, &gateway, Some(through(&[], None))).await;
    assert_eq!(reason.as_deref(), Some(TIMED_OUT));
}

#[tokio::test]
async fn an_openapi_target_is_ready_whatever_stands_in_its_way() {
    let (fixture, gateway, _server) = world().await;
    fixture.aws.network(|network| {
        network.security_group_mut(SG_RG).unwrap().egress.clear();
        network.certificates[0] = Certificate::private(CERTIFICATE, &["other.example.com"]);
        network.hosted_zones.clear();
    });
    let document = json!({
        "openapi": "3.0.3", "servers": [{"url": "https://api.internal.example.com"}],
        "paths": {"/items": {"get": {"operationId": "listItems"}}},
    });
    let document = ApiSchemaConfiguration::InlinePayload(document.to_string());
    let configuration = TargetConfiguration::Mcp(McpTargetConfiguration::OpenApiSchema(document));
    let call = fixture.create_target(&gateway, "api", MCP_URL).target_configuration(configuration);
    let id = call.private_endpoint(managed(&SUBNETS)).send().await.unwrap().target_id().to_owned();
    assert_eq!(fixture.settled_target(&gateway, &id).await.status().as_str(), "READY");
}

#[tokio::test]
async fn a_declared_zone_resolves_beside_a_network() {
    let (fixture, gateway, _server) = world().await;
    fixture.aws.network(|network| network.hosted_zones.clear());
    assert!(outcome(&fixture, &gateway, Some(managed(&SUBNETS))).await.is_some());
    fixture.aws.register_private_zone(ZONE_NAME);
    assert_eq!(outcome(&fixture, &gateway, Some(managed(&SUBNETS))).await, None);
    assert!(outcome(&fixture, &gateway, None).await.is_some());
    fixture.aws.install_fixture();
    fixture.aws.network(|network| network.hosted_zones[0].vpcs.clear());
    let reason = outcome(&fixture, &gateway, Some(managed(&SUBNETS))).await;
    assert_eq!(reason.as_deref(), Some(UNKNOWN), "a zone of the network comes before the declaration");
}

#[tokio::test]
async fn a_way_that_breaks_later_breaks_the_synchronization_only() {
    let (fixture, gateway, _server) = world().await;
    let call = fixture.create_target(&gateway, "one", MCP_URL).private_endpoint(managed(&SUBNETS));
    let id = call.send().await.unwrap().target_id().to_owned();
    let ready = fixture.settled_target(&gateway, &id).await;
    let synchronized = *ready.last_synchronized_at().unwrap();
    fixture.aws.network(|network| network.target_group_mut(NLB_TARGETS).unwrap().targets.clear());
    let synchronize =
        || fixture.agentcore.synchronize_gateway_targets().gateway_identifier(&gateway).target_id_list(&id).send();
    synchronize().await.unwrap();
    let failed = fixture.settled_target(&gateway, &id).await;
    assert_eq!(failed.status().as_str(), "SYNCHRONIZE_UNSUCCESSFUL");
    assert_eq!(failed.status_reasons(), [format!("{FAILED}{CLOSED}")]);
    assert_eq!(failed.last_synchronized_at(), Some(&synchronized), "only success moves it");
    fixture.aws.install_fixture();
    fixture.aws.advance(Duration::from_secs(1));
    synchronize().await.unwrap();
    let healed = fixture.settled_target(&gateway, &id).await;
    assert_eq!(healed.status().as_str(), "READY");
    assert!(*healed.last_synchronized_at().unwrap() > synchronized);
}
