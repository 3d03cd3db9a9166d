//! How targets reach into VPCs.

use std::time::Duration;

use aws_sdk_bedrockagentcorecontrol::types::{
    ApiSchemaConfiguration, AuthorizerConfiguration, AuthorizerType, CertificateConfiguration,
    CustomJwtAuthorizerConfiguration, McpTargetConfiguration, PrivateEndpoint, PrivateEndpointOverride,
    SecretsManagerCertificateConfiguration, TargetConfiguration,
};
use lab::aws::{AwsOptions, ObjectKind};
use serde_json::{Value, json};

use crate::handshakes::Server;
use crate::support::{
    Fixture, GROUP, MCP_URL, SUBNETS, VPC, code, dynamic, eventually, managed, mcp_server, quick, refused, self_managed,
};

const STOCK_URL: &str = "https://internal.example.com/stock-mcp/mcp";

async fn private_target(fixture: &Fixture, gateway: &str, name: &str, endpoint: PrivateEndpoint) -> String {
    let call = fixture.create_target(gateway, name, MCP_URL).target_configuration(dynamic(MCP_URL));
    let id = call.private_endpoint(endpoint).send().await.unwrap().target_id().to_owned();
    assert_eq!(fixture.settled_target(gateway, &id).await.status().as_str(), "READY");
    id
}

async fn resource_arn(fixture: &Fixture, gateway: &str, target: &str) -> String {
    let target = fixture.get_target(gateway, target).await.unwrap();
    let [resource] = target.private_endpoint_managed_resources() else { panic!("one resource is expected") };
    assert_eq!(resource.domain(), Some("internal.example.com"));
    resource.resource_gateway_arn().or(resource.resource_association_arn()).unwrap().to_owned()
}

fn count(fixture: &Fixture, kind: ObjectKind) -> usize {
    fixture.aws.objects(kind).len()
}

#[tokio::test]
async fn a_managed_resource_gateway_is_shared_by_equal_targets_and_outlives_the_last() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let one = private_target(&fixture, &gateway, "one", managed(&SUBNETS)).await;
    let two = private_target(&fixture, &gateway, "two", managed(&[SUBNETS[1], SUBNETS[0]])).await;
    let other = private_target(&fixture, &gateway, "other", managed(&[SUBNETS[0]])).await;
    let arn = resource_arn(&fixture, &gateway, &one).await;
    assert_eq!(resource_arn(&fixture, &gateway, &two).await, arn, "the order of the subnets makes no difference");
    assert_ne!(resource_arn(&fixture, &gateway, &other).await, arn);

    let got = fixture.lattice.get_resource_gateway().resource_gateway_identifier(&arn).send().await.unwrap();
    assert_eq!(got.service_managed(), Some(true));
    assert_eq!(got.managed_by(), Some("bedrock-agentcore.amazonaws.com"));
    assert_eq!(got.vpc_id(), Some(VPC));
    assert_eq!(got.security_group_ids(), [GROUP]);
    assert_eq!(got.status().unwrap().as_str(), "ACTIVE");
    let tags = fixture.lattice.list_tags_for_resource().resource_arn(&arn).send().await.unwrap();
    assert_eq!(tags.tags().unwrap().get("BedrockAgentCoreGatewayManaged").map(String::as_str), Some("true"));
    assert_eq!(fixture.lattice.list_resource_gateways().send().await.unwrap().items().len(), 2);
    assert_eq!(fixture.lattice.list_resource_configurations().send().await.unwrap().items().len(), 0);

    let deleted = fixture.lattice.delete_resource_gateway().resource_gateway_identifier(&arn).send().await;
    let error = refused(&deleted.unwrap_err());
    let expected = ("AccessDeniedException", "VPC Resource Gateway is managed", 403);
    assert_eq!((error.code.as_str(), error.message.as_str(), error.status), expected);
    let tagged = fixture.lattice.tag_resource().resource_arn(&arn).tags("a", "b").send().await;
    assert_eq!(code(tagged), "AccessDeniedException");
    let used = fixture.create_resource_configuration("mine", got.id().unwrap(), "internal.example.com").send().await;
    assert_eq!(code(used), "AccessDeniedException");

    fixture.delete_target(&gateway, &one).await;
    fixture.aws.advance(Duration::from_hours(1));
    assert_eq!(count(&fixture, ObjectKind::ResourceGateway), 2, "the second target still uses it");
    fixture.delete_target(&gateway, &two).await;
    assert_eq!(count(&fixture, ObjectKind::ResourceGateway), 2, "it stays for a while");
    fixture.aws.advance(Duration::from_secs(121));
    assert_eq!(count(&fixture, ObjectKind::ResourceGateway), 1);
    assert_eq!(fixture.aws.left_over().len(), 2, "the gateway and the other target: {:?}", fixture.aws.left_over());
    assert_eq!(fixture.aws.reaped_by_aws().len(), 1);
}

#[tokio::test]
async fn tags_and_routing_domain_of_a_managed_endpoint() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let plain = private_target(&fixture, &gateway, "plain", managed(&SUBNETS)).await;
    let PrivateEndpoint::ManagedVpcResource(mut routed) = managed(&SUBNETS) else { panic!("a managed endpoint") };
    routed.routing_domain = Some("nlb.example.com".to_owned());
    let routed = PrivateEndpoint::ManagedVpcResource(routed);
    let other = private_target(&fixture, &gateway, "routed", routed.clone()).await;
    assert_eq!(fixture.get_target(&gateway, &other).await.unwrap().private_endpoint(), Some(&routed));
    let arn = resource_arn(&fixture, &gateway, &plain).await;
    assert_eq!(resource_arn(&fixture, &gateway, &other).await, arn, "the routing domain is no part of the key");
    let PrivateEndpoint::ManagedVpcResource(mut tagged) = managed(&SUBNETS) else { panic!("a managed endpoint") };
    tagged.tags = Some([("team".to_owned(), "a".to_owned())].into());
    let tagged = private_target(&fixture, &gateway, "tagged", PrivateEndpoint::ManagedVpcResource(tagged)).await;
    assert_ne!(resource_arn(&fixture, &gateway, &tagged).await, arn, "tags are");
}

#[tokio::test]
async fn an_update_that_changes_the_way_leaves_the_old_one_behind_for_a_while() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let id = private_target(&fixture, &gateway, "one", managed(&SUBNETS)).await;
    let old = resource_arn(&fixture, &gateway, &id).await;
    let update = |endpoint: Option<PrivateEndpoint>| {
        let call = fixture.agentcore.update_gateway_target().gateway_identifier(&gateway).target_id(&id);
        call.target_configuration(dynamic(MCP_URL)).set_private_endpoint(endpoint).send()
    };
    update(Some(managed(&SUBNETS))).await.unwrap();
    fixture.settled_target(&gateway, &id).await;
    assert_eq!(resource_arn(&fixture, &gateway, &id).await, old);
    fixture.aws.advance(Duration::from_hours(1));
    assert_eq!(count(&fixture, ObjectKind::ResourceGateway), 1);
    update(Some(managed(&[SUBNETS[0]]))).await.unwrap();
    fixture.settled_target(&gateway, &id).await;
    assert_ne!(resource_arn(&fixture, &gateway, &id).await, old);
    assert_eq!(count(&fixture, ObjectKind::ResourceGateway), 2);
    fixture.aws.advance(Duration::from_secs(121));
    assert_eq!(count(&fixture, ObjectKind::ResourceGateway), 1);
    update(None).await.unwrap();
    let target = fixture.settled_target(&gateway, &id).await;
    assert!(target.private_endpoint().is_none() && target.private_endpoint_managed_resources().is_empty());
    fixture.aws.advance(Duration::from_secs(121));
    assert_eq!(count(&fixture, ObjectKind::ResourceGateway), 0);
}

#[tokio::test]
async fn self_managed_targets_share_the_association_of_their_resource_configuration() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let rg = fixture.resource_gateway("shared-rg").await;
    let rc = fixture.resource_configuration("mcp", &rg, "internal.example.com").await;
    let rest = fixture.resource_configuration("rest", &rg, "internal.example.com").await;
    let one = private_target(&fixture, &gateway, "one", self_managed(&rc)).await;
    let arn = format!("arn:aws:vpc-lattice:us-west-2:111122223333:resourceconfiguration/{rc}");
    let two = private_target(&fixture, &gateway, "two", self_managed(&arn)).await;
    let other = private_target(&fixture, &gateway, "other", self_managed(&rest)).await;
    let association = resource_arn(&fixture, &gateway, &one).await;
    let (_, id) = association.split_once("servicenetworkresourceassociation/snra-").unwrap();
    assert!(id.len() == 17 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    assert_eq!(resource_arn(&fixture, &gateway, &two).await, association);
    assert_ne!(resource_arn(&fixture, &gateway, &other).await, association);

    let list = |rc: &str| {
        fixture.lattice.list_service_network_resource_associations().resource_configuration_identifier(rc).send()
    };
    let listed = list(&rc).await.unwrap();
    assert_eq!(listed.items().len(), 1);
    assert_eq!(listed.items()[0].arn(), Some(association.as_str()));
    let get = || {
        let call = fixture.lattice.get_service_network_resource_association();
        call.service_network_resource_association_identifier(&association).send()
    };
    let got = get().await.unwrap();
    assert_eq!((got.status().unwrap().as_str(), got.resource_configuration_id()), ("ACTIVE", Some(rc.as_str())));

    let delete = || fixture.lattice.delete_resource_configuration().resource_configuration_identifier(&rc).send();
    fixture.delete_target(&gateway, &one).await;
    fixture.aws.advance(Duration::from_hours(1));
    let error = refused(&delete().await.unwrap_err());
    assert_eq!(error.code, "ValidationException");
    assert!(error.message.ends_with("has existing association with service networks"), "{}", error.message);
    fixture.delete_target(&gateway, &two).await;
    assert_eq!(code(delete().await), "ValidationException", "the association outlives the last target");
    fixture.aws.advance(Duration::from_secs(31));
    assert_eq!(code(get().await), "ResourceNotFoundException");
    assert!(list(&rc).await.unwrap().items().is_empty());
    assert_eq!(code(delete().await), "no error");
}

#[tokio::test]
async fn an_association_that_is_used_again_stays() {
    let fixture = Fixture::start(AwsOptions { conflict_for_associated: true, ..quick() }).await;
    let gateway = fixture.gateway("agents").await;
    let rg = fixture.resource_gateway("shared-rg").await;
    let rc = fixture.resource_configuration("mcp", &rg, "internal.example.com").await;
    let one = private_target(&fixture, &gateway, "one", self_managed(&rc)).await;
    let association = resource_arn(&fixture, &gateway, &one).await;
    fixture.delete_target(&gateway, &one).await;
    fixture.aws.advance(Duration::from_secs(20));
    let again = private_target(&fixture, &gateway, "one", self_managed(&rc)).await;
    assert_eq!(resource_arn(&fixture, &gateway, &again).await, association);
    fixture.aws.advance(Duration::from_hours(1));
    assert_eq!(count(&fixture, ObjectKind::Association), 1);
    let deleted = fixture.lattice.delete_resource_configuration().resource_configuration_identifier(&rc).send().await;
    assert_eq!(code(deleted), "ConflictException", "the other answer that AWS may give");
}

#[tokio::test]
async fn a_self_managed_target_needs_a_usable_resource_configuration() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let rg = fixture.resource_gateway("shared-rg").await;
    let create = |rc: &str| {
        let call = fixture.create_target(&gateway, "one", MCP_URL).target_configuration(dynamic(MCP_URL));
        call.private_endpoint(self_managed(rc)).send()
    };
    assert_eq!(code(create("rcfg-00000000000000000").await), "ValidationException");
    let shut = fixture.create_resource_configuration("shut", &rg, "internal.example.com");
    let shut =
        shut.allow_association_to_shareable_service_network(false).send().await.unwrap().id().unwrap().to_owned();
    let seeded = |extra: Value| {
        let mut body = json!({
            "name": "foreign", "type": "SINGLE", "resourceGatewayIdentifier": rg, "portRanges": ["443"],
            "allowAssociationToShareableServiceNetwork": true,
            "resourceConfigurationDefinition": {"dnsResource": {"domainName": "internal.example.com"}},
        });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        fixture.aws.seed(ObjectKind::ResourceConfiguration, body)
    };
    let group = seeded(json!({"type": "GROUP"}));
    let pending = seeded(json!({"status": "CREATE_IN_PROGRESS"}));
    for rc in [shut, group, pending] {
        assert_eq!(code(create(&rc).await), "ValidationException", "{rc}");
    }
    let id = "rcfg-0a1b2c3d4e5f60d01";
    let shared = format!("arn:aws:vpc-lattice:us-west-2:444455556666:resourceconfiguration/{id}");
    seeded(json!({"id": id, "arn": shared}));
    let own = format!("arn:aws:vpc-lattice:us-west-2:111122223333:resourceconfiguration/{id}");
    assert_eq!(code(create(&own).await), "ValidationException", "it belongs to another account");
    assert_eq!(code(create(&shared).await), "no error");
}

#[tokio::test]
async fn a_private_name_is_found_inside_the_vpc_only() {
    let fixture = Fixture::start(quick()).await;
    let server = Server::start().await;
    for url in [MCP_URL, STOCK_URL] {
        fixture.aws.register_endpoint(url, &server.address);
    }
    fixture.aws.register_private_zone("internal.example.com");
    let gateway = fixture.gateway("agents").await;
    let inside = fixture.resource_gateway("inside").await;
    let public = fixture.create_resource_gateway("outside");
    let public = public.resource_config_dns_resolution(aws_sdk_vpclattice::types::ResourceConfigDnsResolution::Public);
    let outside = public.send().await.unwrap().id().unwrap().to_owned();
    fixture.lattice.get_resource_gateway().resource_gateway_identifier(&outside).send().await.unwrap();
    let good = fixture.resource_configuration("good", &inside, "internal.example.com").await;
    let bad = fixture.resource_configuration("bad", &outside, "internal.example.com").await;
    let call = fixture.create_resource_configuration("other-port", &inside, "internal.example.com");
    let other_port = call.set_port_ranges(Some(vec!["8443".to_owned()])).send().await.unwrap().id().unwrap().to_owned();
    fixture.lattice.get_resource_configuration().resource_configuration_identifier(&other_port).send().await.unwrap();
    for (name, endpoint, status) in [
        ("directly", None, "FAILED"),
        ("managed", Some(managed(&SUBNETS)), "READY"),
        ("in-vpc", Some(self_managed(&good)), "READY"),
        ("public", Some(self_managed(&bad)), "FAILED"),
        ("other-port", Some(self_managed(&other_port)), "FAILED"),
    ] {
        let call = fixture.create_target(&gateway, name, MCP_URL).set_private_endpoint(endpoint);
        let id = call.send().await.unwrap().target_id().to_owned();
        let target = fixture.settled_target(&gateway, &id).await;
        assert_eq!(target.status().as_str(), status, "{name}: {:?}", target.status_reasons());
    }
}

#[tokio::test]
async fn nobody_reaches_into_a_vpc_unauthorized() {
    let fixture = Fixture::start(quick()).await;
    let open = fixture.create_gateway("open").authorizer_type(AuthorizerType::None).send().await.unwrap();
    let open = open.gateway_id();
    fixture.gateway_status(open).await;
    let create = |gateway: &str| {
        let call = fixture.create_target(gateway, "one", MCP_URL).target_configuration(dynamic(MCP_URL));
        call.private_endpoint(managed(&SUBNETS)).send()
    };
    assert_eq!(code(create(open).await), "ValidationException");
    let closed = fixture.gateway("closed").await;
    create(&closed).await.unwrap();
    let update = fixture.agentcore.update_gateway().gateway_identifier(&closed).name("closed");
    let update = update.role_arn(crate::support::ROLE).authorizer_type(AuthorizerType::None);
    let update = update.protocol_type(aws_sdk_bedrockagentcorecontrol::types::GatewayProtocolType::Mcp);
    assert_eq!(code(update.send().await), "ValidationException");
    let lambda = "arn:aws:lambda:us-west-2:111122223333:function:check";
    assert!(fixture.aws.edit(ObjectKind::Gateway, open, |gateway| {
        gateway["interceptorConfigurations"] =
            json!([{"interceptor": {"lambda": {"arn": lambda}}, "interceptionPoints": ["REQUEST"]}]);
    }));
    assert_eq!(code(create(open).await), "no error", "an interceptor checks the callers");
}

#[tokio::test]
async fn what_goes_with_a_private_endpoint() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let secret = "arn:aws:secretsmanager:us-west-2:111122223333:secret:ca-abc123";
    let secret = SecretsManagerCertificateConfiguration::builder().secret_arn(secret).build().unwrap();
    let certificate = CertificateConfiguration::SecretsManager(secret);
    let create = |configuration: TargetConfiguration| {
        let call = fixture.create_target(&gateway, "one", MCP_URL).target_configuration(configuration);
        call.certificate_configurations(certificate.clone())
    };
    assert_eq!(code(create(mcp_server(MCP_URL)).send().await), "ValidationException", "there is no private endpoint");
    let two_domains = json!({
        "openapi": "3.1.0", "servers": [{"url": "https://a.example.com"}, {"url": "https://b.example.com"}],
        "paths": {"/": {"get": {"operationId": "get"}}},
    });
    let two_domains = ApiSchemaConfiguration::InlinePayload(two_domains.to_string());
    let two_domains = TargetConfiguration::Mcp(McpTargetConfiguration::OpenApiSchema(two_domains));
    let call = create(two_domains).private_endpoint(managed(&SUBNETS));
    assert_eq!(code(call.send().await), "ValidationException", "the document names two domains");
    let call = create(dynamic(MCP_URL)).private_endpoint(managed(&SUBNETS));
    let id = call.send().await.unwrap().target_id().to_owned();
    let target = eventually(|| async { fixture.get_target(&gateway, &id).await.ok() }).await;
    assert_eq!(target.certificate_configurations(), [certificate]);
}

/// An authorizer reaches into a VPC as a target does, and AWS looks as closely at what it names.
#[tokio::test]
async fn an_authorizer_reaches_into_a_vpc_as_a_target_does() {
    let fixture = Fixture::start(quick()).await;
    let shared = fixture.resource_gateway("shared-rg").await;
    let issuer = fixture.resource_configuration("issuer", &shared, "issuer.internal.example.com").await;
    let create = |name: &str, endpoint: PrivateEndpoint, keys: Option<PrivateEndpoint>| {
        let keys = keys.map(|way| {
            PrivateEndpointOverride::builder().domain("keys.example.com").private_endpoint(way).build().unwrap()
        });
        let tokens = CustomJwtAuthorizerConfiguration::builder()
            .discovery_url("https://issuer.internal.example.com/.well-known/openid-configuration")
            .allowed_clients("c1")
            .private_endpoint(endpoint)
            .set_private_endpoint_overrides(keys.map(|keys| vec![keys]));
        let authorizer = AuthorizerConfiguration::CustomJwtAuthorizer(tokens.build().unwrap());
        fixture.create_gateway(name).authorizer_type(AuthorizerType::CustomJwt).authorizer_configuration(authorizer)
    };
    let missing = self_managed("rcfg-0a1b2c3d4e5f60d99");
    assert_eq!(code(create("missing", missing.clone(), None).send().await), "ValidationException");
    let issuer = self_managed(&issuer);
    assert_eq!(code(create("keys", issuer.clone(), Some(missing)).send().await), "ValidationException");
    let made = create("agents", issuer.clone(), Some(issuer)).send().await.unwrap();
    assert_eq!(count(&fixture, ObjectKind::Association), 1);
    let managed = create("managed", managed(&SUBNETS), None).send().await.unwrap();
    assert_eq!(count(&fixture, ObjectKind::ResourceGateway), 2, "one of ours, and one that AgentCore manages");
    for id in [made.gateway_id(), managed.gateway_id()] {
        assert_eq!(fixture.gateway_status(id).await, "READY");
        fixture.agentcore.delete_gateway().gateway_identifier(id).send().await.unwrap();
    }
    eventually(|| async { fixture.aws.objects(ObjectKind::Gateway).is_empty().then_some(()) }).await;
    fixture.aws.advance(Duration::from_hours(1));
    assert_eq!((count(&fixture, ObjectKind::Association), count(&fixture, ObjectKind::ResourceGateway)), (0, 1));
}
