//! Which member of a GatewayTarget's spec is owned, defaulted or elsewhere: the table, and what holds for any spec over anything.

mod credentials;
mod http;
mod inference;
mod mcp;
mod stage;

use proptest::prelude::*;
use serde_json::json;

use super::{
    super::tests::samples::{
        CONFIGURATION, GATEWAY, SECRET, api, documents, held, laid_out, plain, read, reword, server, specs,
    },
    *,
};
use crate::{
    api::{
        ApiSchemaConfiguration, DocumentFrom, ManagedVpcResource, McpToolSchemaConfiguration,
        OpenApiSchemaConfiguration, PrivateEndpoint, ToolSchema,
    },
    kinds::private_endpoint::tests::other_network,
    overlay::{
        Overlay,
        tests::{over, table},
    },
};

table! { target: GatewayTargetSpec => UpdateGatewayTargetInput, said server(), held other(); {
    name: elsewhere,
    description: elsewhere,
    gateway_ref: elsewhere,
    gateway_identifier: elsewhere,
    target_configuration: stated,
    credential_provider_configurations: list,
    metadata_configuration: owned,
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
} }

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

table! { metadata: MetadataConfiguration => sdk::MetadataConfiguration,
    said server().metadata_configuration.unwrap(), held other_metadata(); {
    allowed_request_headers: set,
    allowed_query_parameters: set,
    allowed_response_headers: set,
} kept {} }

fn said_object() -> S3Configuration {
    S3Configuration { uri: "s3://schemas/tools.json".into(), bucket_owner_account_id: Some("111122223333".into()) }
}

fn said_network() -> ManagedVpcResource {
    let Some(PrivateEndpoint::ManagedVpcResource(said)) = server().private_endpoint else { panic!("it has a network") };
    said
}

/// Everything, and nothing of it as the server's spec has it.
fn other() -> UpdateGatewayTargetInput {
    let server = sdk::McpServerTargetConfiguration::builder().endpoint("https://other").build().unwrap();
    UpdateGatewayTargetInput::builder()
        .gateway_identifier(GATEWAY)
        .target_id("TARGET0001")
        .name("eks-mcp-server")
        .description("Something else")
        .target_configuration(sdk::TargetConfiguration::Mcp(sdk::McpTargetConfiguration::McpServer(server)))
        .credential_provider_configurations(credentials::other_credential())
        .metadata_configuration(other_metadata())
        .private_endpoint(sdk::PrivateEndpoint::ManagedVpcResource(other_network()))
        .certificate_configurations(sdk::CertificateConfiguration::S3(other_authority()))
        .build()
        .unwrap()
}

fn other_metadata() -> sdk::MetadataConfiguration {
    sdk::MetadataConfiguration::builder()
        .allowed_request_headers("x-other")
        .allowed_query_parameters("other")
        .allowed_response_headers("x-other")
        .build()
}

fn other_object() -> sdk::S3Configuration {
    sdk::S3Configuration::builder().uri("s3://other/tools.json").bucket_owner_account_id("444455556666").build()
}

fn other_authority() -> sdk::S3CertificateConfiguration {
    let object = sdk::S3CertificateConfiguration::builder().uri("s3://certificates/ca.pem");
    object.bucket_owner_account_id("444455556666").build().unwrap()
}

/// An enum's word in the spec and in AWS.
fn same_words<Said: Overlay<Word> + serde::Serialize, Word: AsRef<str>>(said: impl IntoIterator<Item = Said>) {
    for said in said {
        assert_eq!(said.state().unwrap().as_ref(), json!(said).as_str().unwrap());
    }
}

#[test]
fn empty_lists_mean_none() {
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
fn a_document_is_the_same_in_another_layout() {
    let compact = r#"{"openapi":"3.1.0","paths":{"/a":{"get":{"operationId":"a"}}},"tags":["x","y"]}"#;
    let yaml = "openapi: 3.1.0\npaths: {}\n";
    let as_json = r#"{"paths":{},"openapi":"3.1.0"}"#;
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
        (yaml, yaml.trim_end().to_owned(), yaml.trim_end().to_owned()),
        (yaml, as_json.to_owned(), as_json.to_owned()),
        (yaml, "paths: {}\nopenapi: '3.1.0'".to_owned(), "paths: {}\nopenapi: '3.1.0'".to_owned()),
        (as_json, yaml.to_owned(), yaml.to_owned()),
        (r#"{"a": 1.0}"#, r#"{"a": 1}"#.to_owned(), r#"{"a": 1}"#.to_owned()),
        (r#"{"a": 1.5}"#, r#"{"a": 1}"#.to_owned(), r#"{"a": 1.5}"#.to_owned()),
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
    let from = DocumentFrom::default();
    let api = OpenApiSchemaConfiguration::default();
    let model = ApiSchemaConfiguration::InlinePayloadFrom(from.clone());
    assert!(api.state().is_err() && model.state().is_err());
    for held in ["{}", "openapi: 3.1.0", "null"] {
        let held = sdk::ApiSchemaConfiguration::InlinePayload(held.into());
        assert!(api.state_over(&mut held.clone()).is_err(), "{held:?}");
        assert!(model.state_over(&mut held.clone()).is_err(), "{held:?}");
    }
    let tools = McpToolSchemaConfiguration::InlinePayloadFrom(from.clone());
    let mut held = sdk::McpToolSchemaConfiguration::InlinePayload("[]".into());
    assert!(tools.state().is_err() && tools.state_over(&mut held).is_err());
    let functions = ToolSchema::InlinePayloadFrom(from);
    let mut held = sdk::ToolSchema::InlinePayload(Vec::new());
    assert!(functions.state().is_err() && functions.state_over(&mut held).is_err());
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
    mcp::decide(&mut target.target_configuration);
    http::decide(&mut target.target_configuration);
    for credential in target.credential_provider_configurations.iter_mut().flatten() {
        if let Some(sdk::CredentialProvider::OauthCredentialProvider(provider)) = &mut credential.credential_provider {
            provider.scopes.sort();
        }
    }
    if let Some(metadata) = &mut target.metadata_configuration {
        let lists = [
            &mut metadata.allowed_request_headers,
            &mut metadata.allowed_query_parameters,
            &mut metadata.allowed_response_headers,
        ];
        lists.into_iter().flatten().for_each(|list| list.sort());
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
        prop_assert_eq!((over.gateway_identifier, over.target_id, over.name), (held.gateway_identifier, held.target_id, held.name));
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
