//! Gateways and their tags.

use std::collections::HashMap;

use aws_sdk_bedrockagentcorecontrol::types::{
    AuthorizerConfiguration, AuthorizerType, CustomJwtAuthorizerConfiguration, ExceptionLevel,
    GatewayProtocolConfiguration, GatewayProtocolType, McpGatewayConfiguration, SearchType, WafConfiguration,
    WafFailureMode,
};
use lab::aws::{AwsOptions, ObjectKind};

use crate::support::{Fixture, ROLE, code, eventually, quick, refused};

fn jwt() -> AuthorizerConfiguration {
    let authorizer = CustomJwtAuthorizerConfiguration::builder()
        .discovery_url("https://idp.example.com/.well-known/openid-configuration")
        .allowed_clients("c1");
    AuthorizerConfiguration::CustomJwtAuthorizer(authorizer.build().unwrap())
}

fn semantic() -> GatewayProtocolConfiguration {
    GatewayProtocolConfiguration::Mcp(McpGatewayConfiguration::builder().search_type(SearchType::Semantic).build())
}

#[tokio::test]
async fn a_gateway_is_made_in_the_forms_of_aws() {
    let fixture = Fixture::start(quick()).await;
    let created = fixture
        .agentcore
        .create_gateway()
        .name("Agents")
        .description("Tools")
        .role_arn(ROLE)
        .protocol_type(GatewayProtocolType::Mcp)
        .protocol_configuration(semantic())
        .authorizer_type(AuthorizerType::CustomJwt)
        .authorizer_configuration(jwt())
        .exception_level(ExceptionLevel::Debug)
        .tags("team", "search")
        .send()
        .await
        .unwrap();
    let id = created.gateway_id();
    assert_eq!(created.status().as_str(), "CREATING");
    let random = id.strip_prefix("agents-").unwrap();
    assert_eq!(random.len(), 10);
    assert!(random.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase()), "{random}");
    assert_eq!(created.gateway_arn(), format!("arn:aws:bedrock-agentcore:us-west-2:111122223333:gateway/{id}"));

    let got = fixture.agentcore.get_gateway().gateway_identifier(id).send().await.unwrap();
    assert_eq!(got.status().as_str(), "READY");
    assert_eq!(got.name(), "Agents");
    assert_eq!(got.description(), Some("Tools"));
    assert_eq!(got.authorizer_configuration(), Some(&jwt()));
    assert_eq!(got.created_at(), created.created_at());
    let url = format!("https://{id}.gateway.bedrock-agentcore.us-west-2.amazonaws.com/mcp");
    assert_eq!(got.gateway_url(), Some(url.as_str()));
    let identity = got.workload_identity_details().unwrap().workload_identity_arn();
    assert!(identity.ends_with(&format!("workload-identity/{id}")), "{identity}");
    let mcp = got.protocol_configuration().unwrap().as_mcp().unwrap();
    assert_eq!(mcp.supported_versions(), ["2025-03-26", "2025-11-25"], "AWS fills the versions in");
    assert_eq!(mcp.search_type(), Some(&SearchType::Semantic));
}

#[tokio::test]
async fn an_update_replaces_everything_and_moves_the_time_only_when_it_changes_something() {
    let fixture = Fixture::start(quick()).await;
    let created = fixture
        .create_gateway("agents")
        .description("old")
        .exception_level(ExceptionLevel::Debug)
        .send()
        .await
        .unwrap();
    let id = created.gateway_id();
    let update = || {
        let update = fixture.agentcore.update_gateway().gateway_identifier(id).name("agents").role_arn(ROLE);
        update.protocol_type(GatewayProtocolType::Mcp).authorizer_type(AuthorizerType::AwsIam)
    };
    let get = || async { fixture.agentcore.get_gateway().gateway_identifier(id).send().await.unwrap() };
    get().await;
    let same = update().description("old").exception_level(ExceptionLevel::Debug).send().await.unwrap();
    assert_eq!(same.status().as_str(), "UPDATING");
    assert_eq!(same.updated_at(), created.updated_at());
    get().await;
    let changed = update().send().await.unwrap();
    assert!(changed.updated_at() > created.updated_at());
    let got = get().await;
    assert_eq!((got.status().as_str(), got.description(), got.exception_level()), ("READY", None, None));
    assert_eq!(got.created_at(), created.created_at());
}

#[tokio::test]
async fn what_is_decided_on_creation_cannot_be_updated() {
    let fixture = Fixture::start(quick()).await;
    let id = fixture.gateway("agents").await;
    let update = |name: &str| {
        let update = fixture.agentcore.update_gateway().gateway_identifier(&id).name(name).role_arn(ROLE);
        update.authorizer_type(AuthorizerType::AwsIam)
    };
    let mcp = GatewayProtocolType::Mcp;
    let renamed = update("others").protocol_type(mcp.clone()).send().await;
    assert_eq!(code(renamed), "ValidationException");
    assert_eq!(code(update("agents").send().await), "ValidationException", "the protocol type is left out");
    let searching = update("agents").protocol_type(mcp.clone()).protocol_configuration(semantic()).send().await;
    assert_eq!(code(searching), "ValidationException");
    assert_eq!(code(update("agents").protocol_type(mcp).send().await), "no error");
}

#[tokio::test]
async fn a_name_is_taken_and_a_token_is_remembered() {
    let fixture = Fixture::start(quick()).await;
    let token = "a-client-token-that-is-long-enough-for-aws";
    let first = fixture.create_gateway("agents").client_token(token).send().await.unwrap();
    let again = fixture.create_gateway("agents").client_token(token).send().await.unwrap();
    assert_eq!(again.gateway_id(), first.gateway_id());
    let other = fixture.create_gateway("others").client_token(token).send().await.unwrap();
    assert_eq!(other.gateway_id(), first.gateway_id(), "AgentCore does not compare the calls");
    assert_eq!(other.name(), "agents");
    assert_eq!(fixture.aws.objects(ObjectKind::Gateway).len(), 1);
    assert_eq!(code(fixture.create_gateway("agents").send().await), "ConflictException");

    fixture.aws.remove(ObjectKind::Gateway, first.gateway_id());
    let ghost = fixture.create_gateway("agents").client_token(token).send().await.unwrap();
    assert_eq!(ghost.gateway_id(), first.gateway_id(), "a seen token creates nothing, even when the object is gone");
    assert!(fixture.aws.objects(ObjectKind::Gateway).is_empty());
    let changed: Vec<_> = fixture.aws.calls_of("CreateGateway").iter().map(|call| call.changed).collect();
    assert_eq!(changed, [true, false, false, false, false]);
}

#[tokio::test]
async fn without_a_memory_for_tokens_a_repeated_call_meets_the_name() {
    let fixture = Fixture::start(AwsOptions { token_memory: false, ..quick() }).await;
    let token = "a-client-token-that-is-long-enough-for-aws";
    fixture.create_gateway("agents").client_token(token).send().await.unwrap();
    let again = fixture.create_gateway("agents").client_token(token).send().await;
    assert_eq!(code(again), "ConflictException");
}

#[tokio::test]
async fn a_gateway_goes_only_some_calls_after_its_last_target() {
    let fixture = Fixture::start(quick()).await;
    let id = fixture.gateway("agents").await;
    let target = fixture.dynamic_target(&id, "one").await;
    let delete = || fixture.agentcore.delete_gateway().gateway_identifier(&id).send();
    let text = format!("Gateway {id} has targets associated with it. Delete all targets before deleting the gateway.");
    let error = refused(&delete().await.unwrap_err());
    assert_eq!(
        (error.code.as_str(), error.message.as_str(), error.status),
        ("ValidationException", text.as_str(), 400)
    );
    fixture.delete_target(&id, &target).await;
    let list = fixture.agentcore.list_gateway_targets().gateway_identifier(&id).send().await.unwrap();
    assert!(list.items().is_empty());
    for _ in 0..2 {
        assert_eq!(refused(&delete().await.unwrap_err()).message, text);
    }
    assert_eq!(delete().await.unwrap().status().as_str(), "DELETING");
    let gone =
        eventually(|| async { fixture.agentcore.get_gateway().gateway_identifier(&id).send().await.err() }).await;
    assert_eq!((refused(&gone).code.as_str(), refused(&gone).status), ("ResourceNotFoundException", 404));
    assert!(fixture.aws.is_empty());
}

#[tokio::test]
async fn a_gateway_without_targets_goes_at_the_first_call() {
    let fixture = Fixture::start(quick()).await;
    let id = fixture.gateway("agents").await;
    fixture.agentcore.delete_gateway().gateway_identifier(&id).send().await.unwrap();
    eventually(|| async { fixture.aws.is_empty().then_some(()) }).await;
}

#[tokio::test]
async fn lists_come_in_pages() {
    let fixture = Fixture::start(AwsOptions { page_size: 3, ..quick() }).await;
    let mut gateway = String::new();
    for number in 0..7 {
        gateway = fixture.gateway(&format!("gateway-{number}")).await;
    }
    let pages = fixture.agentcore.list_gateways().into_paginator().send().collect::<Result<Vec<_>, _>>().await.unwrap();
    let sizes: Vec<_> = pages.iter().map(|page| page.items().len()).collect();
    assert_eq!(sizes, [3, 3, 1]);
    let names: Vec<_> = pages
        .iter()
        .flat_map(aws_sdk_bedrockagentcorecontrol::operation::list_gateways::ListGatewaysOutput::items)
        .map(|gateway| gateway.name().to_owned())
        .collect();
    assert_eq!(names, (0..7).map(|number| format!("gateway-{number}")).collect::<Vec<_>>());
    let one = fixture.agentcore.list_gateways().max_results(1).send().await.unwrap();
    assert_eq!((one.items().len(), one.next_token().is_some()), (1, true));
    let elsewhere = fixture.agentcore.list_gateway_targets().gateway_identifier(&gateway);
    let elsewhere = elsewhere.set_next_token(one.next_token().map(str::to_owned)).send().await;
    assert_eq!(code(elsewhere), "ValidationException", "a token belongs to its list");
    let forged = fixture.agentcore.list_gateways().next_token("forged").send().await;
    assert_eq!(code(forged), "ValidationException");
}

#[tokio::test]
async fn tags_are_merged_removed_and_listed_but_never_described() {
    let fixture = Fixture::start(quick()).await;
    let created = fixture.create_gateway("agents").tags("a", "1").send().await.unwrap();
    let arn = created.gateway_arn();
    let tag = |key: &str| fixture.agentcore.tag_resource().resource_arn(arn).tags(key, "2").send();
    let list = || async {
        let answer = fixture.agentcore.list_tags_for_resource().resource_arn(arn).send().await.unwrap();
        answer.tags().cloned().unwrap_or_default()
    };
    tag("b").await.unwrap();
    assert_eq!(list().await, HashMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]));
    fixture.agentcore.untag_resource().resource_arn(arn).tag_keys("a").tag_keys("missing").send().await.unwrap();
    assert_eq!(list().await, HashMap::from([("b".to_owned(), "2".to_owned())]));
    for reserved in ["aws:x", "BedrockAgentCoreGatewayManaged"] {
        assert_eq!(code(tag(reserved).await), "ValidationException", "{reserved}");
    }
    let foreign = "arn:aws:bedrock-agentcore:us-west-2:111122223333:gateway/others-0123456789";
    let missing = fixture.agentcore.list_tags_for_resource().resource_arn(foreign).send().await;
    assert_eq!(code(missing), "ResourceNotFoundException");
    let many = (0..50).map(|number| (format!("k{number}"), String::new())).collect();
    let too_many = fixture.agentcore.tag_resource().resource_arn(arn).set_tags(Some(many)).send().await;
    assert_eq!(code(too_many), "ValidationException", "one is there already");
    assert_eq!(list().await.len(), 1);
    assert_eq!(fixture.aws.objects(ObjectKind::Gateway)[0]["tags"], serde_json::json!({"b": "2"}));
}

#[tokio::test]
async fn who_the_caller_is() {
    let fixture = Fixture::start(quick()).await;
    let identity = fixture.sts.get_caller_identity().send().await.unwrap();
    assert_eq!(identity.account(), Some("111122223333"));
    assert!(identity.arn().unwrap().starts_with("arn:aws:sts::111122223333:assumed-role/"));
    assert!(identity.user_id().is_some());
}

#[tokio::test]
async fn some_settings_come_with_an_update_only_and_stay_only_while_they_are_sent() {
    let fixture = Fixture::start(quick()).await;
    let id = fixture.gateway("agents").await;
    let update = || {
        let update = fixture.agentcore.update_gateway().gateway_identifier(&id).name("agents").role_arn(ROLE);
        update.protocol_type(GatewayProtocolType::Mcp).authorizer_type(AuthorizerType::AwsIam)
    };
    let get = || async { fixture.agentcore.get_gateway().gateway_identifier(&id).send().await.unwrap() };
    let firewall = WafConfiguration::builder().failure_mode(WafFailureMode::FailOpen).build();
    update().waf_configuration(firewall.clone()).send().await.unwrap();
    assert_eq!(get().await.waf_configuration(), Some(&firewall));
    update().send().await.unwrap();
    assert_eq!(get().await.waf_configuration(), None);
    let with_tags =
        fixture.aws.edit(ObjectKind::Gateway, &id, |gateway| gateway["tags"] = serde_json::json!({"a": "b"}));
    assert!(with_tags);
    let path = format!("/gateways/{id}/");
    let raw = crate::raw::send(&fixture.aws, "bedrock-agentcore", reqwest::Method::GET, &path, None).await;
    assert_eq!(raw.body.get("tags"), None, "a description has no tags");
}

#[tokio::test]
async fn equal_seeds_give_equal_ids() {
    let mut ids = Vec::new();
    for seed in [1, 1, 2] {
        let fixture = Fixture::start(AwsOptions { seed, ..quick() }).await;
        ids.push(fixture.gateway("agents").await);
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}
