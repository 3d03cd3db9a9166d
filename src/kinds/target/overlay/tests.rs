//! Which member of a GatewayTarget's spec is owned, defaulted or elsewhere: the table, and what holds for any spec over anything.

use proptest::prelude::*;
use serde_json::json;

use super::{
    super::tests::samples::{
        CONFIGURATION, GATEWAY, SECRET, add_what_no_spec_says, api, arn, documents, held, laid_out, plain, read,
        reword, server, specs,
    },
    *,
};
use crate::overlay::tests::{over, table};

table! { target: GatewayTargetSpec => UpdateGatewayTargetInput, said server(), held other(); {
    name: elsewhere,
    description: elsewhere,
    gateway_ref: elsewhere,
    gateway_identifier: elsewhere,
    target_configuration: stated,
    credential_provider_configurations: list,
    private_endpoint: whole,
    certificate_configurations: list,
    preflight: elsewhere,
    workload_ref: elsewhere,
    sync: elsewhere,
    deletion_policy: elsewhere,
    adopt: elsewhere,
    suspend: elsewhere,
} kept {
    gateway_identifier,
    target_id,
    name,
    description,
    metadata_configuration,
} }

table! { mcp_server: McpServerTargetConfiguration => sdk::McpServerTargetConfiguration,
    said said_server(), held other_server(); {
    endpoint: resolved,
    endpoint_from: elsewhere,
    listing_mode: defaulted,
    resource_priority: defaulted,
    mcp_tool_schema: owned,
} kept {} }

table! { tools_in_s3: S3Configuration => sdk::S3Configuration, said said_object(), held other_object(); {
    uri: stated,
    bucket_owner_account_id: owned,
} kept {} }

table! { authority_in_s3: S3Configuration => sdk::S3CertificateConfiguration, said said_object(), held other_authority(); {
    uri: required,
    bucket_owner_account_id: owned,
} kept {} }

table! { authority_in_a_secret: SecretsManagerCertificateConfiguration => sdk::SecretsManagerCertificateConfiguration,
    said SecretsManagerCertificateConfiguration { secret_arn: SECRET.into() },
    held sdk::SecretsManagerCertificateConfiguration::builder().secret_arn("other").build().unwrap(); {
    secret_arn: required,
} kept {} }

table! { credential: CredentialProviderConfiguration => sdk::CredentialProviderConfiguration,
    said server().credential_provider_configurations.remove(0), held other_credential(); {
    credential_provider_type: required,
    credential_provider: owned,
} kept {} }

table! { api_key: ApiKeyCredentialProvider => sdk::GatewayApiKeyCredentialProvider,
    said said_key(), held other_key(); {
    provider_arn: required,
    credential_parameter_name: owned,
    credential_prefix: owned,
    credential_location: owned,
} kept {} }

table! { network: ManagedVpcResource => sdk::ManagedVpcResource, said said_network(), held other_network(); {
    vpc_identifier: resolved,
    subnet_ids: required_set,
    endpoint_ip_address_type: resolved,
    security_group_ids: defaulted_set,
    tags: map,
    routing_domain: owned,
    routing_domain_policy: elsewhere,
} kept {} }

fn said_server() -> McpServerTargetConfiguration {
    let TargetConfiguration::Mcp(McpTargetConfiguration::McpServer(said)) = server().target_configuration else {
        panic!("it is a server")
    };
    said
}

fn said_object() -> S3Configuration {
    S3Configuration { uri: "s3://schemas/tools.json".into(), bucket_owner_account_id: Some("111122223333".into()) }
}

fn said_key() -> ApiKeyCredentialProvider {
    let Some(CredentialProvider::ApiKeyCredentialProvider(said)) =
        server().credential_provider_configurations.remove(0).credential_provider
    else {
        panic!("it has a key")
    };
    said
}

fn said_network() -> ManagedVpcResource {
    let Some(PrivateEndpoint::ManagedVpcResource(said)) = server().private_endpoint else { panic!("it has a network") };
    said
}

/// Everything, and nothing of it as the server's spec has it. Enumerations with one value get one that a later AWS might add.
fn other() -> UpdateGatewayTargetInput {
    let server = sdk::McpServerTargetConfiguration::builder().endpoint("https://other").build().unwrap();
    let mut target = UpdateGatewayTargetInput::builder()
        .gateway_identifier(GATEWAY)
        .target_id("TARGET0001")
        .name("eks-mcp-server")
        .description("Something else")
        .credential_provider_configurations(other_credential())
        .private_endpoint(sdk::PrivateEndpoint::ManagedVpcResource(other_network()))
        .certificate_configurations(sdk::CertificateConfiguration::S3(other_authority()))
        .build()
        .unwrap();
    add_what_no_spec_says(&mut target);
    target.target_configuration = Some(sdk::TargetConfiguration::Mcp(sdk::McpTargetConfiguration::McpServer(server)));
    target
}

fn other_server() -> sdk::McpServerTargetConfiguration {
    sdk::McpServerTargetConfiguration::builder()
        .endpoint("https://other")
        .mcp_tool_schema(sdk::McpToolSchemaConfiguration::InlinePayload("[]".into()))
        .listing_mode(sdk::ListingMode::Default)
        .resource_priority(1000)
        .build()
        .unwrap()
}

fn other_object() -> sdk::S3Configuration {
    sdk::S3Configuration::builder().uri("s3://other/tools.json").bucket_owner_account_id("444455556666").build()
}

fn other_authority() -> sdk::S3CertificateConfiguration {
    let object = sdk::S3CertificateConfiguration::builder().uri("s3://certificates/ca.pem");
    object.bucket_owner_account_id("444455556666").build().unwrap()
}

fn other_credential() -> sdk::CredentialProviderConfiguration {
    sdk::CredentialProviderConfiguration::builder()
        .credential_provider_type(sdk::CredentialProviderType::Oauth)
        .credential_provider(sdk::CredentialProvider::ApiKeyCredentialProvider(other_key()))
        .build()
        .unwrap()
}

fn other_key() -> sdk::GatewayApiKeyCredentialProvider {
    sdk::GatewayApiKeyCredentialProvider::builder()
        .provider_arn("other")
        .credential_parameter_name("key")
        .credential_prefix("Key")
        .credential_location(sdk::ApiKeyCredentialLocation::QueryParameter)
        .build()
        .unwrap()
}

fn other_network() -> sdk::ManagedVpcResource {
    sdk::ManagedVpcResource::builder()
        .vpc_identifier("vpc-other")
        .subnet_ids("subnet-other")
        .endpoint_ip_address_type(sdk::EndpointIpAddressType::Ipv6)
        .security_group_ids("sg-other")
        .tags("team", "other")
        .routing_domain("other.example.com")
        .build()
        .unwrap()
}

#[test]
fn every_word_of_the_spec_is_the_same_word_in_aws() {
    let word = |said: serde_json::Value| said.as_str().unwrap().to_owned();
    for mode in [ListingMode::Default, ListingMode::Dynamic] {
        assert_eq!(mode.state().unwrap().as_str(), word(json!(mode)));
    }
    for family in [EndpointIpAddressType::Ipv4, EndpointIpAddressType::Ipv6] {
        assert_eq!(family.state().unwrap().as_str(), word(json!(family)));
    }
    for location in [ApiKeyCredentialLocation::Header, ApiKeyCredentialLocation::QueryParameter] {
        assert_eq!(location.state().unwrap().as_str(), word(json!(location)));
    }
    assert_eq!(CredentialProviderType::ApiKey.state().unwrap().as_str(), "API_KEY");
}

#[test]
fn empty_lists_mean_none() {
    let network = ManagedVpcResource {
        security_group_ids: Vec::new(),
        tags: std::collections::BTreeMap::new(),
        ..said_network()
    };
    let network = network.state().unwrap();
    assert_eq!((network.security_group_ids, network.tags), (None, None));
    assert_eq!(plain().state().unwrap().credential_provider_configurations, None);
}

#[test]
fn a_private_endpoint_of_the_other_kind_takes_the_place_of_the_present_one() {
    let spec = api("{}", CONFIGURATION);
    let own = sdk::SelfManagedLatticeResource::ResourceConfigurationIdentifier(CONFIGURATION.into());
    let expected = sdk::PrivateEndpoint::SelfManagedLatticeResource(own);
    assert_eq!(over(&spec, &other()).private_endpoint, Some(expected.clone()));
    let mut held = other();
    held.private_endpoint = Some(expected);
    let network = sdk::PrivateEndpoint::ManagedVpcResource(said_network().state().unwrap());
    assert_eq!(over(&server(), &held).private_endpoint, Some(network));
}

#[test]
fn a_resource_configuration_is_the_same_by_its_id_and_by_its_arn() {
    let another = "rcfg-0a1b2c3d4e5f60d02";
    // | the spec has | AWS has | and then |
    let table = [
        (CONFIGURATION.to_owned(), CONFIGURATION.to_owned(), CONFIGURATION.to_owned()),
        (CONFIGURATION.to_owned(), arn(CONFIGURATION), arn(CONFIGURATION)),
        (arn(CONFIGURATION), CONFIGURATION.to_owned(), CONFIGURATION.to_owned()),
        (arn(CONFIGURATION), arn(CONFIGURATION), arn(CONFIGURATION)),
        (CONFIGURATION.to_owned(), another.to_owned(), CONFIGURATION.to_owned()),
        (CONFIGURATION.to_owned(), arn(another), CONFIGURATION.to_owned()),
        (arn(CONFIGURATION), arn(another), arn(CONFIGURATION)),
    ];
    for (wanted, held, expected) in table {
        let identified = sdk::SelfManagedLatticeResource::ResourceConfigurationIdentifier;
        let spec = SelfManagedLatticeResource {
            resource_configuration_identifier: Some(wanted.clone()),
            ..SelfManagedLatticeResource::default()
        };
        assert_eq!(spec.state().unwrap(), identified(wanted.clone()));
        assert_eq!(over(&spec, &identified(held.clone())), identified(expected), "{wanted} over {held}");
    }
}

#[test]
fn a_reference_that_was_not_resolved_makes_no_request() {
    let unresolved = SelfManagedLatticeResource::default();
    let mut held = sdk::SelfManagedLatticeResource::ResourceConfigurationIdentifier(CONFIGURATION.into());
    assert!(Overlay::<sdk::SelfManagedLatticeResource>::state(&unresolved).is_err());
    assert!(unresolved.state_over(&mut held).is_err());
}

#[test]
fn a_document_is_the_same_in_another_layout() {
    let compact = r#"{"openapi":"3.1.0","paths":{"/a":{"get":{"operationId":"a"}}},"tags":["x","y"]}"#;
    let yaml = "openapi: 3.1.0\npaths: {}\n";
    // | the spec has | AWS has | and then |
    let table = [
        (compact, compact.to_owned(), compact.to_owned()),
        (compact, laid_out(&serde_json::from_str(compact).unwrap()), laid_out(&serde_json::from_str(compact).unwrap())),
        (compact, compact.replace("3.1.0", "3.0.0"), compact.to_owned()),
        (compact, compact.replace(r#"["x","y"]"#, r#"["y","x"]"#), compact.to_owned()),
        (compact, String::new(), compact.to_owned()),
        (compact, yaml.to_owned(), compact.to_owned()),
        (yaml, yaml.to_owned(), yaml.to_owned()),
        (yaml, "openapi: 3.0.0\n".to_owned(), yaml.to_owned()),
        (yaml, compact.to_owned(), yaml.to_owned()),
    ];
    for (wanted, held, expected) in table {
        let spec = read(wanted);
        let inline = sdk::ApiSchemaConfiguration::InlinePayload;
        assert_eq!(over(&spec, &inline(held.clone())), inline(expected), "{wanted} over {held}");
    }
    let elsewhere = sdk::ApiSchemaConfiguration::S3(sdk::S3Configuration::builder().uri("s3://a/b").build());
    assert_eq!(over(&read(compact), &elsewhere), sdk::ApiSchemaConfiguration::InlinePayload(compact.to_owned()));
}

#[test]
fn a_document_that_was_not_read_makes_no_request() {
    let unread = ApiSchemaConfiguration::default();
    assert!(unread.state().is_err());
    for held in ["{}", "openapi: 3.1.0", "null"] {
        assert!(unread.state_over(&mut sdk::ApiSchemaConfiguration::InlinePayload(held.into())).is_err(), "{held}");
    }
}

#[test]
fn tools_and_authorities_are_kept_in_either_place() {
    let object = said_object();
    let tools = sdk::McpToolSchemaConfiguration::S3(object.state().unwrap());
    assert_eq!(McpToolSchemaConfiguration::S3(object.clone()).state().unwrap(), tools);
    let text = sdk::McpToolSchemaConfiguration::InlinePayload("[]".into());
    assert_eq!(over(&McpToolSchemaConfiguration::InlinePayload("[]".into()), &tools), text);
    assert_eq!(over(&McpToolSchemaConfiguration::S3(object.clone()), &text), tools);
    let authority = sdk::CertificateConfiguration::S3(object.state().unwrap());
    assert_eq!(CertificateConfiguration::S3(object.clone()).state().unwrap(), authority);
    let secret = SecretsManagerCertificateConfiguration { secret_arn: SECRET.into() };
    let kept = sdk::CertificateConfiguration::SecretsManager(secret.state().unwrap());
    assert_eq!(over(&CertificateConfiguration::SecretsManager(secret), &authority), kept);
    assert_eq!(over(&CertificateConfiguration::S3(object), &kept), authority);
}

/// What the spec alone decides, in one of the ways to say it.
fn decided(mut target: UpdateGatewayTargetInput) -> UpdateGatewayTargetInput {
    target.gateway_identifier = None;
    target.target_id = None;
    target.name = None;
    target.description = None;
    target.metadata_configuration = None;
    match &mut target.target_configuration {
        Some(sdk::TargetConfiguration::Mcp(sdk::McpTargetConfiguration::McpServer(server))) => {
            server.listing_mode = None;
            server.resource_priority = None;
        }
        Some(sdk::TargetConfiguration::Mcp(sdk::McpTargetConfiguration::OpenApiSchema(
            sdk::ApiSchemaConfiguration::InlinePayload(document),
        ))) => *document = laid_out(&serde_json::from_str(document).unwrap()),
        _ => {}
    }
    match &mut target.private_endpoint {
        Some(sdk::PrivateEndpoint::ManagedVpcResource(network)) => {
            network.subnet_ids.sort();
            // Groups that the spec does not name are those the target was made with.
            network.security_group_ids = None;
        }
        Some(sdk::PrivateEndpoint::SelfManagedLatticeResource(
            sdk::SelfManagedLatticeResource::ResourceConfigurationIdentifier(id),
        )) => *id = id.rsplit('/').next().unwrap().to_owned(),
        _ => {}
    }
    target
}

fn mcp_server(target: &UpdateGatewayTargetInput) -> Option<sdk::McpServerTargetConfiguration> {
    target.target_configuration.as_ref()?.as_mcp().ok()?.as_mcp_server().ok().cloned()
}

proptest! {
    #[test]
    fn stating_twice_is_stating_once(spec in specs(), held in held()) {
        let once = over(&spec, &held);
        prop_assert_eq!(over(&spec, &once), once);
    }

    #[test]
    fn stating_over_the_result_of_a_request_changes_nothing(spec in specs()) {
        let made = spec.state().unwrap();
        prop_assert_eq!(over(&spec, &made), made);
    }

    #[test]
    fn the_same_in_other_words_is_left_as_it_is(spec in specs()) {
        let mut made = spec.state().unwrap();
        reword(&mut made);
        prop_assert_eq!(over(&spec, &made), made);
    }

    #[test]
    fn what_aws_had_before_decides_nothing_that_the_spec_owns(spec in specs(), held in held()) {
        prop_assert_eq!(decided(over(&spec, &held)), decided(spec.state().unwrap()));
    }

    #[test]
    fn what_a_server_leaves_open_is_as_aws_has_it(spec in specs(), held in held()) {
        if let (Some(said), Some(had)) = (mcp_server(&spec.state().unwrap()), mcp_server(&held)) {
            let over = mcp_server(&over(&spec, &held)).unwrap();
            prop_assert_eq!(over.listing_mode, said.listing_mode.or(had.listing_mode));
            prop_assert_eq!(over.resource_priority, said.resource_priority.or(had.resource_priority));
            prop_assert_eq!(over.mcp_tool_schema, said.mcp_tool_schema, "the spec owns it");
        }
    }

    #[test]
    fn what_no_spec_says_stays(spec in specs(), held in held()) {
        let over = over(&spec, &held);
        prop_assert_eq!(over.metadata_configuration, held.metadata_configuration);
        prop_assert_eq!((over.target_id, over.name), (held.target_id, held.name));
    }

    #[test]
    fn another_document_is_another_one_in_any_layout(one in documents(), other in documents()) {
        let spec = read(&one.to_string());
        let held = sdk::ApiSchemaConfiguration::InlinePayload(laid_out(&other));
        let over = over(&spec, &held);
        prop_assert_eq!(over == held, one == other);
    }
}

#[test]
fn the_update_that_changes_nothing_has_every_member() {
    let expected = other();
    let target = GetGatewayTargetOutput::builder()
        .gateway_arn("arn:aws:bedrock-agentcore:us-west-2:111122223333:gateway/agents-abcde12345")
        .target_id("TARGET0001")
        .created_at(aws_smithy_types::DateTime::from_secs(1))
        .updated_at(aws_smithy_types::DateTime::from_secs(2))
        .status(sdk::TargetStatus::Ready)
        .name("eks-mcp-server")
        .set_description(expected.description.clone())
        .set_target_configuration(expected.target_configuration.clone())
        .set_credential_provider_configurations(expected.credential_provider_configurations.clone())
        .set_metadata_configuration(expected.metadata_configuration.clone())
        .set_private_endpoint(expected.private_endpoint.clone())
        .set_certificate_configurations(expected.certificate_configurations.clone());
    let held = standing(GATEWAY, &target.clone().build().unwrap()).unwrap();
    assert_eq!(held, expected);
    assert_eq!(update(held).build().unwrap(), expected, "the request has them, too");
    let none = target.set_credential_provider_configurations(Some(Vec::new())).build().unwrap();
    let without = standing(GATEWAY, &none).unwrap();
    assert_eq!(without.credential_provider_configurations, None, "AWS answers with an empty list and takes none");
}
