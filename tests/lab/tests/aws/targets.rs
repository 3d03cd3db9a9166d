//! Targets, apart from what MCP servers and VPCs add to them.

use std::time::Duration;

use aws_sdk_bedrockagentcorecontrol::types::{
    ApiSchemaConfiguration, CredentialProvider, CredentialProviderConfiguration, CredentialProviderType,
    GatewayApiKeyCredentialProvider, McpTargetConfiguration, MetadataConfiguration, TargetConfiguration,
};
use lab::aws::{AwsOptions, Fault, LimitError, Limits, ObjectKind};

use crate::support::{Fixture, MCP_URL, code, dynamic, eventually, mcp_server, quick, refused};

const DOCUMENT: &str = r#"{"openapi": "3.0.3", "info": {"title": "a", "version": "1"},
    "servers": [{"url": "https://api.internal.example.com"}],
    "paths": {"/items": {"get": {"operationId": "listItems", "responses": {}}}}}"#;

fn openapi(document: &str) -> TargetConfiguration {
    let schema = ApiSchemaConfiguration::InlinePayload(document.to_owned());
    TargetConfiguration::Mcp(McpTargetConfiguration::OpenApiSchema(schema))
}

fn api_key() -> CredentialProviderConfiguration {
    let provider = GatewayApiKeyCredentialProvider::builder()
        .provider_arn("arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/apikeycredentialprovider/k")
        .credential_parameter_name("x-api-key");
    CredentialProviderConfiguration::builder()
        .credential_provider_type(CredentialProviderType::ApiKey)
        .credential_provider(CredentialProvider::ApiKeyCredentialProvider(provider.build().unwrap()))
        .build()
        .unwrap()
}

#[tokio::test]
async fn an_openapi_target_is_made_without_a_look_at_its_server() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let created = fixture
        .create_target(&gateway, "api", MCP_URL)
        .target_configuration(openapi(DOCUMENT))
        .credential_provider_configurations(api_key())
        .description("Private REST API")
        .send()
        .await
        .unwrap();
    assert_eq!(created.target_id().len(), 10);
    let target = fixture.get_target(&gateway, created.target_id()).await.unwrap();
    assert_eq!(target.status().as_str(), "READY");
    assert_eq!(target.name(), "api");
    assert_eq!(target.description(), Some("Private REST API"));
    assert_eq!(target.target_configuration(), Some(&openapi(DOCUMENT)));
    assert_eq!(target.credential_provider_configurations(), [api_key()]);
    assert_eq!(target.protocol_type().map(|it| it.as_str().to_owned()).as_deref(), Some("MCP"));
    assert_eq!(target.last_synchronized_at(), None);
    let list = fixture.agentcore.list_gateway_targets().gateway_identifier(&gateway).send().await.unwrap();
    assert_eq!(list.items()[0].target_type().unwrap().as_str(), "OPEN_API_SCHEMA");
}

#[tokio::test]
async fn aws_fills_in_how_an_mcp_server_is_listed() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let created = fixture.create_target(&gateway, "one", MCP_URL).send().await.unwrap();
    let TargetConfiguration::Mcp(McpTargetConfiguration::McpServer(server)) = created.target_configuration().unwrap()
    else {
        panic!("another kind of target")
    };
    assert_eq!(server.resource_priority(), Some(1000));
    assert_eq!(server.listing_mode().unwrap().as_str(), "DEFAULT");
    assert!(created.credential_provider_configurations().is_empty());
    let list = fixture.agentcore.list_gateway_targets().gateway_identifier(&gateway).send().await.unwrap();
    let summary = &list.items()[0];
    assert_eq!(summary.target_type().unwrap().as_str(), "MCP_SERVER");
    assert_eq!(summary.listing_mode().unwrap().as_str(), "DEFAULT");
    assert_eq!(summary.resource_priority(), Some(1000));
}

#[tokio::test]
async fn an_update_replaces_everything() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let metadata = MetadataConfiguration::builder().allowed_request_headers("x-tenant").build();
    let created = fixture
        .create_target(&gateway, "api", MCP_URL)
        .target_configuration(openapi(DOCUMENT))
        .credential_provider_configurations(api_key())
        .metadata_configuration(metadata)
        .description("old")
        .send()
        .await
        .unwrap();
    let id = created.target_id();
    fixture.settled_target(&gateway, id).await;
    let update = || fixture.agentcore.update_gateway_target().gateway_identifier(&gateway).target_id(id);
    let updated = update().target_configuration(openapi(DOCUMENT)).send().await.unwrap();
    assert!(updated.updated_at() > created.updated_at());
    let target = fixture.settled_target(&gateway, id).await;
    assert_eq!(target.name(), "api", "the name may be left out");
    assert_eq!(target.description(), None);
    assert!(target.credential_provider_configurations().is_empty());
    assert!(target.metadata_configuration().is_none());
    assert_eq!(target.created_at(), created.created_at());

    let same = update().name("api").target_configuration(openapi(DOCUMENT)).send().await.unwrap();
    assert_eq!(same.updated_at(), updated.updated_at(), "nothing changed");
    fixture.settled_target(&gateway, id).await;
    assert_eq!(
        code(update().name("other").target_configuration(openapi(DOCUMENT)).send().await),
        "ValidationException"
    );
    assert_eq!(code(update().target_configuration(mcp_server(MCP_URL)).send().await), "ValidationException");
}

#[tokio::test]
async fn a_target_is_deleting_before_it_is_gone() {
    let fixture = Fixture::start(AwsOptions { reads_before_settled: 2, ..quick() }).await;
    let gateway = fixture.gateway("agents").await;
    let call = fixture.create_target(&gateway, "one", MCP_URL).target_configuration(dynamic(MCP_URL));
    let id = call.send().await.unwrap().target_id().to_owned();
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(fixture.get_target(&gateway, &id).await.unwrap().status().as_str().to_owned());
    }
    assert_eq!(seen, ["CREATING", "CREATING", "READY"], "two reads see it in progress");
    let delete = || fixture.agentcore.delete_gateway_target().gateway_identifier(&gateway).target_id(&id).send();
    assert_eq!(delete().await.unwrap().status().as_str(), "DELETING");
    assert_eq!(code(delete().await), "ConflictException");
    for _ in 0..2 {
        assert_eq!(fixture.get_target(&gateway, &id).await.unwrap().status().as_str(), "DELETING");
    }
    let gone = fixture.get_target(&gateway, &id).await.unwrap_err();
    assert_eq!((gone.code.as_str(), gone.status), ("ResourceNotFoundException", 404));
    assert_eq!(code(delete().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn names_are_unique_in_a_gateway_and_tokens_are_remembered() {
    let fixture = Fixture::start(quick()).await;
    let (first, second) = (fixture.gateway("first").await, fixture.gateway("second").await);
    let token = "a-client-token-that-is-long-enough-for-aws";
    let create = |gateway: &str, name: &str| {
        fixture.create_target(gateway, name, MCP_URL).target_configuration(dynamic(MCP_URL))
    };
    let id = create(&first, "one").client_token(token).send().await.unwrap().target_id().to_owned();
    let again = create(&first, "two").client_token(token).send().await.unwrap();
    assert_eq!((again.target_id(), again.name()), (id.as_str(), "one"));
    assert_eq!(code(create(&first, "one").send().await), "ConflictException");
    create(&second, "one").send().await.unwrap();
    assert_eq!(fixture.aws.objects(ObjectKind::GatewayTarget).len(), 2);
    let elsewhere = fixture.get_target(&second, &id).await.unwrap_err();
    assert_eq!(elsewhere.code, "ResourceNotFoundException", "a target is found in its own gateway only");
}

#[tokio::test]
async fn a_gateway_that_is_not_ready_takes_no_targets() {
    let mut options = quick();
    options.provisioning.gateway_create = Duration::from_hours(1);
    let fixture = Fixture::start(options).await;
    let created = fixture.create_gateway("agents").send().await.unwrap();
    let gateway = created.gateway_id();
    let create = || fixture.create_target(gateway, "one", MCP_URL).target_configuration(dynamic(MCP_URL)).send();
    assert_eq!(code(create().await), "ConflictException");
    fixture.aws.set_status(ObjectKind::Gateway, gateway, "FAILED", &["no"]);
    assert_eq!(code(create().await), "ValidationException");
    fixture.aws.set_status(ObjectKind::Gateway, gateway, "READY", &[]);
    assert_eq!(code(create().await), "no error");
    let by_arn = fixture.create_target(created.gateway_arn(), "two", MCP_URL).send().await;
    assert_eq!(refused(&by_arn.unwrap_err()).status, 403, "a gateway is named by its id");
}

#[tokio::test]
async fn five_operations_on_the_targets_of_a_gateway_are_enough() {
    let mut options = quick();
    options.provisioning.target_create = Duration::from_hours(1);
    options.limits = Limits { concurrent_target_operations: Some(5), ..Limits::off() };
    for error in [LimitError::Throttling, LimitError::ServiceQuotaExceeded] {
        let mut options = options.clone();
        options.limits.error = error;
        let fixture = Fixture::start(options).await;
        let gateway = fixture.gateway("agents").await;
        let create = |name: String| {
            fixture.create_target(&gateway, &name, MCP_URL).target_configuration(dynamic(MCP_URL)).send()
        };
        for number in 0..5 {
            create(format!("target-{number}")).await.unwrap();
        }
        let expected = match error {
            LimitError::Throttling => ("ThrottlingException", 429),
            LimitError::ServiceQuotaExceeded => ("ServiceQuotaExceededException", 402),
        };
        let error = refused(&create("target-5".to_owned()).await.unwrap_err());
        assert_eq!((error.code.as_str(), error.status), expected);
        let other = fixture.gateway("others").await;
        let elsewhere =
            fixture.create_target(&other, "one", MCP_URL).target_configuration(dynamic(MCP_URL)).send().await;
        assert_eq!(code(elsewhere), "no error", "each gateway counts for itself");
        fixture.aws.advance(Duration::from_secs(3601));
        eventually(|| async { create("target-5".to_owned()).await.ok() }).await;
    }
}

#[tokio::test]
async fn a_gateway_has_no_more_targets_than_its_quota() {
    let limits = Limits { targets_per_gateway: 2, gateways: 1, ..Limits::off() };
    let fixture = Fixture::start(AwsOptions { limits, ..quick() }).await;
    let gateway = fixture.gateway("agents").await;
    for name in ["one", "two"] {
        fixture.dynamic_target(&gateway, name).await;
    }
    let create = fixture.create_target(&gateway, "three", MCP_URL).target_configuration(dynamic(MCP_URL)).send().await;
    let error = refused(&create.unwrap_err());
    assert_eq!((error.code.as_str(), error.status), ("ServiceQuotaExceededException", 402));
    assert_eq!(code(fixture.create_gateway("others").send().await), "ServiceQuotaExceededException");
}

#[tokio::test]
async fn an_operation_can_be_made_to_fail() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let _fault = fixture.aws.inject(Fault::on("CreateGatewayTarget").settle_as("FAILED", &["no such certificate"]));
    let call = fixture.create_target(&gateway, "api", MCP_URL).target_configuration(openapi(DOCUMENT));
    let id = call.send().await.unwrap().target_id().to_owned();
    let target = fixture.get_target(&gateway, &id).await.unwrap();
    assert_eq!(target.status().as_str(), "FAILED");
    assert_eq!(target.status_reasons(), ["no such certificate"]);
}
