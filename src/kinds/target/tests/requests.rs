//! The requests of plans, member by member.

mod groups;

use aws_sdk_bedrockagentcorecontrol::operation::update_gateway_target::UpdateGatewayTargetInput;
use aws_smithy_types::DateTime;
use proptest::prelude::*;
use serde_json::json;

use super::{
    samples::{ENDPOINT, PROVIDER, SECRET, TOOLS, arn, fill_in, held, laid_out, spec, specs},
    *,
};
use crate::overlay::tests::texts;

/// The one request of a plan.
fn request(plan: Plan<Change>) -> Change {
    let Plan::Change { request, .. } = plan else { panic!("no request: {plan:?}") };
    request
}

/// Nothing is remembered.
fn first(desired: &Desired) -> Past {
    Past { recorded: false, ..past(&desired.fingerprint, None) }
}

fn mcp(server: sdk::builders::McpServerTargetConfigurationBuilder) -> sdk::TargetConfiguration {
    sdk::TargetConfiguration::Mcp(sdk::McpTargetConfiguration::McpServer(server.build().unwrap()))
}

/// The credentials of the server's spec.
fn key() -> sdk::CredentialProviderConfiguration {
    let key = sdk::GatewayApiKeyCredentialProvider::builder()
        .provider_arn(PROVIDER)
        .credential_parameter_name("x-api-key")
        .credential_prefix("Bearer")
        .credential_location(sdk::ApiKeyCredentialLocation::Header);
    sdk::CredentialProviderConfiguration::builder()
        .credential_provider_type(sdk::CredentialProviderType::ApiKey)
        .credential_provider(sdk::CredentialProvider::ApiKeyCredentialProvider(key.build().unwrap()))
        .build()
        .unwrap()
}

/// The network of the server's spec.
fn network() -> sdk::PrivateEndpoint {
    let network = sdk::ManagedVpcResource::builder()
        .vpc_identifier("vpc-0a1b2c3d4e5f60718")
        .subnet_ids("subnet-0a1b2c3d4e5f60a01")
        .subnet_ids("subnet-0a1b2c3d4e5f60a02")
        .endpoint_ip_address_type(sdk::EndpointIpAddressType::Ipv4)
        .security_group_ids("sg-0a1b2c3d4e5f60b02")
        .security_group_ids("sg-0a1b2c3d4e5f60b01")
        .tags("team", "search")
        .routing_domain("internal-lb.example.com");
    sdk::PrivateEndpoint::ManagedVpcResource(network.build().unwrap())
}

/// The authority of the server's spec.
fn metadata() -> sdk::MetadataConfiguration {
    sdk::MetadataConfiguration::builder()
        .allowed_request_headers("x-tenant-id")
        .allowed_request_headers("x-trace")
        .allowed_query_parameters("page")
        .allowed_response_headers("x-request-id")
        .build()
}

fn authority() -> sdk::CertificateConfiguration {
    let secret = sdk::SecretsManagerCertificateConfiguration::builder().secret_arn(SECRET).build().unwrap();
    sdk::CertificateConfiguration::SecretsManager(secret)
}

/// The server of the server's spec.
fn as_specified() -> sdk::TargetConfiguration {
    let server = sdk::McpServerTargetConfiguration::builder()
        .endpoint(ENDPOINT)
        .listing_mode(sdk::ListingMode::Dynamic)
        .resource_priority(10)
        .mcp_tool_schema(sdk::McpToolSchemaConfiguration::InlinePayload(TOOLS.into()));
    mcp(server)
}

#[test]
fn a_create_says_what_the_spec_says_and_who_asks() {
    let desired = desired(server());
    let expected = CreateGatewayTargetInputBuilder::default()
        .client_token(identity().token(GATEWAY, 1, &desired.fingerprint))
        .gateway_identifier(GATEWAY)
        .name("eks-mcp-server")
        .description(format!("Tools on EKS {MARKER}"))
        .target_configuration(as_specified())
        .credential_provider_configurations(key())
        .metadata_configuration(metadata())
        .private_endpoint(network())
        .certificate_configurations(authority());
    let plan = GatewayTarget::plan(&desired, &first(&desired), None);
    assert_eq!(plan, Plan::change(Change::Create(Box::new(expected.clone()))));
    assert!(expected.build().is_ok());
}

#[test]
fn a_create_says_nothing_that_the_spec_does_not_say() {
    let document = "{\"openapi\": \"3.1.0\"}";
    let own = |id: &str| {
        let id = sdk::SelfManagedLatticeResource::ResourceConfigurationIdentifier(id.into());
        Some(sdk::PrivateEndpoint::SelfManagedLatticeResource(id))
    };
    let schema = sdk::ApiSchemaConfiguration::InlinePayload(document.into());
    let schema = sdk::TargetConfiguration::Mcp(sdk::McpTargetConfiguration::OpenApiSchema(schema));
    let server = mcp(sdk::McpServerTargetConfiguration::builder().endpoint(ENDPOINT));
    let table = [
        (plain(), server, None),
        (api(document, CONFIGURATION), schema.clone(), own(CONFIGURATION)),
        (api(document, &arn(CONFIGURATION)), schema, own(&arn(CONFIGURATION))),
    ];
    for (spec, configuration, endpoint) in table {
        let desired = desired(spec);
        let expected = CreateGatewayTargetInputBuilder::default()
            .client_token(identity().token(GATEWAY, 1, &desired.fingerprint))
            .gateway_identifier(GATEWAY)
            .name("eks-mcp-server")
            .description(MARKER)
            .target_configuration(configuration)
            .set_private_endpoint(endpoint);
        let plan = GatewayTarget::plan(&desired, &first(&desired), None);
        assert_eq!(plan, Plan::change(Change::Create(Box::new(expected))));
    }
}

#[test]
fn the_token_is_another_one_for_another_attempt_gateway_or_body() {
    let token = |desired: &Desired, attempt| {
        let past = Past { attempt, ..first(desired) };
        let Change::Create(create) = request(GatewayTarget::plan(desired, &past, None)) else { panic!("no create") };
        create.get_client_token().clone().unwrap()
    };
    let elsewhere = Desired { gateway: "others-abcde12345".into(), ..desired(server()) };
    let (one, other) = (desired(server()), desired(plain()));
    assert_eq!(token(&one, 1), token(&one, 1), "a repeated request is the same");
    assert_ne!(token(&one, 1), token(&one, 2));
    assert_ne!(token(&one, 1), token(&other, 1));
    assert_ne!(token(&one, 1), token(&elsewhere, 1));
    assert!((33..=256).contains(&token(&one, 1).len()));
}

/// AgentCore takes a request with a token that it has seen for the old one, whatever it says.
#[test]
fn a_reference_that_was_not_resolved_makes_no_request() {
    let balanced = json!({"serviceRef": {"name": "nginx-ingress-nlb"}, "host": "internal.example.com"});
    let literal = json!({"mcpServer": {"endpoint": ENDPOINT}});
    let document = json!({"configMapKeyRef": {"name": "openapi", "key": "openapi.json"}});
    let own = json!({"selfManagedLatticeResource": {"resourceConfigurationRef": {"name": "rest"}}});
    let table = [
        (literal.clone(), own),
        (json!({"mcpServer": {"endpointFrom": balanced}}), Value::Null),
        (json!({"openApiSchema": {"inlinePayloadFrom": document}}), Value::Null),
        (literal, json!({"managedVpcResource": {"securityGroupIds": ["sg-0a1b2c3d4e5f60b02"]}})),
    ];
    for (configuration, endpoint) in table {
        let manifest = json!({"targetConfiguration": {"mcp": configuration}, "privateEndpoint": endpoint});
        let unresolved = desired(spec(manifest.clone()));
        let plan = GatewayTarget::plan(&unresolved, &first(&unresolved), None);
        assert_eq!(shown(&plan, name), "Stalled Invalid", "{manifest}");
        let mut same_kind = unresolved.spec.clone();
        same_kind.private_endpoint = None;
        same_kind.target_configuration = match configuration.get("mcpServer") {
            Some(_) => plain().target_configuration,
            None => api("{}", CONFIGURATION).target_configuration,
        };
        let standing = observed(&desired(same_kind), "READY");
        assert_eq!(planned(&unresolved, &edited(&unresolved), Some(&standing)), "Stalled Invalid", "{manifest}");
    }
}

/// What AWS has for the server's spec: everything.
pub(super) fn everything() -> UpdateGatewayTargetInput {
    UpdateGatewayTargetInput::builder()
        .gateway_identifier(GATEWAY)
        .target_id("TARGET0001")
        .name("eks-mcp-server")
        .description(format!("Tools on EKS {MARKER}"))
        .target_configuration(as_specified())
        .credential_provider_configurations(key())
        .private_endpoint(network())
        .metadata_configuration(metadata())
        .certificate_configurations(authority())
        .build()
        .unwrap()
}

pub(super) fn in_aws(target: &UpdateGatewayTargetInput) -> Observed {
    Observed { gateway: GATEWAY.into(), target: report(target).build().unwrap(), unknown: Vec::new() }
}

/// The update that a plan asks for.
fn update(desired: &Desired, observed: &Observed) -> UpdateGatewayTargetInput {
    let plan = GatewayTarget::plan(desired, &accepted(desired), Some(observed));
    let Change::Update(update) = request(plan) else { panic!("no update") };
    update.build().unwrap()
}

/// A change that somebody makes in AWS.
type Drift = fn(&mut UpdateGatewayTargetInput);

fn server_of(target: &mut UpdateGatewayTargetInput) -> &mut sdk::McpServerTargetConfiguration {
    let Some(sdk::TargetConfiguration::Mcp(sdk::McpTargetConfiguration::McpServer(server))) =
        &mut target.target_configuration
    else {
        panic!("no server")
    };
    server
}

fn network_of(target: &mut UpdateGatewayTargetInput) -> &mut sdk::ManagedVpcResource {
    let Some(sdk::PrivateEndpoint::ManagedVpcResource(network)) = &mut target.private_endpoint else {
        panic!("no network")
    };
    network
}

/// A PUT resets what it does not say, so it says everything: what the spec says, and the rest as AWS has it.
#[test]
fn whatever_drifts_the_update_is_the_whole_target() {
    let drifts: [(&str, Drift); 18] = [
        ("description", |target| target.description = None),
        ("endpoint", |target| server_of(target).endpoint = "https://other".into()),
        ("listingMode", |target| server_of(target).listing_mode = Some(sdk::ListingMode::Default)),
        ("resourcePriority", |target| server_of(target).resource_priority = Some(11)),
        ("mcpToolSchema", |target| server_of(target).mcp_tool_schema = None),
        ("mcpToolSchema.inlinePayload", |target| {
            server_of(target).mcp_tool_schema = Some(sdk::McpToolSchemaConfiguration::InlinePayload("[]".into()));
        }),
        ("certificateConfigurations", |target| target.certificate_configurations = None),
        ("secretArn", |target| {
            let other = sdk::S3CertificateConfiguration::builder().uri("s3://certificates/ca.pem").build().unwrap();
            target.certificate_configurations = Some(vec![sdk::CertificateConfiguration::S3(other)]);
        }),
        ("credentialProviderConfigurations", |target| target.credential_provider_configurations = None),
        ("metadataConfiguration", |target| target.metadata_configuration = None),
        ("allowedRequestHeaders", |target| {
            target.metadata_configuration.as_mut().unwrap().allowed_request_headers = Some(texts(&["x-trace"]));
        }),
        ("privateEndpoint", |target| target.private_endpoint = None),
        ("vpcIdentifier", |target| network_of(target).vpc_identifier = "vpc-other".into()),
        ("subnetIds", |target| network_of(target).subnet_ids = texts(&["subnet-other"])),
        ("endpointIpAddressType", |target| {
            network_of(target).endpoint_ip_address_type = sdk::EndpointIpAddressType::Ipv6;
        }),
        ("securityGroupIds", |target| network_of(target).security_group_ids = None),
        ("tags", |target| network_of(target).tags = None),
        ("routingDomain", |target| network_of(target).routing_domain = None),
    ];
    let desired = desired(server());
    assert_eq!(planned(&desired, &accepted(&desired), Some(&in_aws(&everything()))), "Settled");
    for (member, drift) in drifts {
        let mut held = everything();
        drift(&mut held);
        let mut update = update(&desired, &in_aws(&held));
        // What did not drift stands in the order in which AWS has it.
        let mut expected = everything();
        for target in [&mut update, &mut expected] {
            let network = network_of(target);
            network.subnet_ids.sort();
            network.security_group_ids.iter_mut().for_each(|groups| groups.sort());
            if let Some(sdk::McpToolSchemaConfiguration::InlinePayload(tools)) = &mut server_of(target).mcp_tool_schema
            {
                *tools = laid_out(&serde_json::from_str(tools).unwrap());
            }
            let headers = target.metadata_configuration.as_mut().unwrap().allowed_request_headers.as_mut();
            headers.unwrap().sort();
        }
        assert_eq!(update, expected, "{member}");
    }
}

#[test]
fn what_the_spec_no_longer_says_is_taken_away_and_what_aws_chose_is_sent_again() {
    let desired = desired(plain());
    let mut expected = everything();
    expected.description = Some(MARKER.into());
    expected.credential_provider_configurations = None;
    expected.metadata_configuration = None;
    expected.private_endpoint = None;
    expected.certificate_configurations = None;
    server_of(&mut expected).mcp_tool_schema = None;
    assert_eq!(update(&desired, &in_aws(&everything())), expected);
}

#[test]
fn what_aws_says_about_itself_is_never_drift() {
    let desired = desired(server());
    let report = report(&everything())
        .updated_at(DateTime::from_secs(9))
        .last_synchronized_at(DateTime::from_secs(8))
        .status_reasons("ready at last")
        .protocol_type(sdk::TargetProtocolType::Mcp)
        .private_endpoint_managed_resources(sdk::ManagedResourceDetails::builder().domain("x").build());
    let observed = Observed { gateway: GATEWAY.into(), target: report.build().unwrap(), unknown: Vec::new() };
    assert_eq!(planned(&desired, &accepted(&desired), Some(&observed)), "Settled");
}

#[test]
fn a_document_is_sent_as_the_spec_has_it_and_only_when_it_says_something_else() {
    let document = json!({"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "a"}}}});
    let another = document.to_string().replace("3.1.0", "3.0.0");
    let desired = desired(api(&document.to_string(), CONFIGURATION));
    let documents = [(laid_out(&document), "Settled"), (document.to_string(), "Settled"), (another, "Update")];
    for (held, expected) in documents {
        let mut observed = observed(&desired, "READY");
        let schema = sdk::ApiSchemaConfiguration::InlinePayload(held);
        observed.target.target_configuration =
            Some(sdk::TargetConfiguration::Mcp(sdk::McpTargetConfiguration::OpenApiSchema(schema)));
        assert_eq!(planned(&desired, &accepted(&desired), Some(&observed)), expected);
        if expected == "Update" {
            let sent = update(&desired, &observed);
            assert_eq!(sent.target_configuration, desired.spec.state().unwrap().target_configuration);
            assert_eq!(sent.private_endpoint, observed.target.private_endpoint, "the ARN that AWS has stays");
        }
    }
}

/// Whether AWS would call both configurations the same kind of target.
fn same_kind(one: &Desired, other: &UpdateGatewayTargetInput) -> bool {
    let kind = |configuration: Option<sdk::TargetConfiguration>| configuration.as_ref().and_then(Kind::held);
    kind(one.spec.state().unwrap().target_configuration) == kind(other.target_configuration.clone())
}

proptest! {
    /// Whatever AWS has: after one update it is as the spec says, and nothing more is sent.
    #[test]
    fn one_update_is_enough(spec in specs(), held in held()) {
        let desired = Desired { default_groups: vec!["sg-0a1b2c3d4e5f60b09".into()], ..desired(spec) };
        match GatewayTarget::plan(&desired, &edited(&desired), Some(&in_aws(&held))) {
            Plan::Replace(replacement) => {
                prop_assert_eq!(replacement.names(), "targetConfiguration");
                prop_assert!(!same_kind(&desired, &held));
            }
            Plan::Change { attempt: None, request: Change::Update(update) } => {
                prop_assert!(same_kind(&desired, &held));
                let after = in_aws(&update.build().unwrap());
                prop_assert_eq!(GatewayTarget::plan(&desired, &accepted(&desired), Some(&after)), Plan::Settled);
            }
            other @ (Plan::Settled | Plan::Hold(_) | Plan::Change { .. }) => {
                prop_assert!(false, "the description differs: {:?}", other);
            }
        }
    }

    /// What was just made is as the spec says.
    #[test]
    fn a_create_is_enough(spec in specs()) {
        let desired = Desired { default_groups: vec!["sg-0a1b2c3d4e5f60b09".into()], ..desired(spec) };
        let Change::Create(create) = request(GatewayTarget::plan(&desired, &first(&desired), None)) else {
            panic!("no create")
        };
        let mut made = UpdateGatewayTargetInput::builder()
            .set_name(create.get_name().clone())
            .set_description(create.get_description().clone())
            .set_target_configuration(create.get_target_configuration().clone())
            .set_credential_provider_configurations(create.get_credential_provider_configurations().clone())
            .set_metadata_configuration(create.get_metadata_configuration().clone())
            .set_private_endpoint(create.get_private_endpoint().clone())
            .set_certificate_configurations(create.get_certificate_configurations().clone())
            .build()
            .unwrap();
        fill_in(&mut made, "DYNAMIC", 7);
        prop_assert_eq!(GatewayTarget::plan(&desired, &accepted(&desired), Some(&in_aws(&made))), Plan::Settled);
    }
}
