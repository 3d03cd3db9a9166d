//! The requests of plans, member by member.

use aws_sdk_bedrockagentcorecontrol::{operation::update_gateway::UpdateGatewayInput, types as sdk};
use proptest::prelude::*;

use super::{
    samples::{ISSUER, ROLE, add_what_no_spec_says, fill_in, held, specs},
    *,
};
use crate::overlay::tests::texts;

/// The one request of a plan.
fn request(plan: Plan<Change>) -> Change {
    let Plan::Change { request, .. } = plan else { panic!("no request: {plan:?}") };
    request
}

fn marker() -> HashMap<String, String> {
    [("cluster", "house"), ("namespace", "mcp-server"), ("name", "eks-mcp-server"), ("uid", "0b7e4a52-uid")]
        .into_iter()
        .map(|(key, value)| (format!("tools.agentcore.dev/{key}"), value.to_owned()))
        .collect()
}

/// The protocol that the full spec asks for.
fn protocol() -> sdk::GatewayProtocolConfiguration {
    let mcp = sdk::McpGatewayConfiguration::builder()
        .supported_versions("2025-06-18")
        .supported_versions("2025-11-25")
        .instructions("Search before you answer")
        .search_type(sdk::SearchType::Semantic)
        .session_configuration(sdk::SessionConfiguration::builder().session_timeout_in_seconds(1200).build())
        .streaming_configuration(sdk::StreamingConfiguration::builder().enable_response_streaming(true).build())
        .disable_mcp_list_tools_pagination(true);
    sdk::GatewayProtocolConfiguration::Mcp(mcp.build())
}

/// The tokens that the full spec accepts.
fn tokens() -> sdk::AuthorizerConfiguration {
    let tokens = sdk::CustomJwtAuthorizerConfiguration::builder()
        .discovery_url(ISSUER)
        .allowed_audience("tools")
        .allowed_clients("c1")
        .allowed_clients("c2")
        .allowed_scopes("call");
    sdk::AuthorizerConfiguration::CustomJwtAuthorizer(tokens.build().unwrap())
}

#[test]
fn a_create_says_what_the_spec_says_and_who_asks() {
    let desired = desired(full());
    let past = Past { recorded: false, ..past(&desired.fingerprint, None) };
    let tags = marker().into_iter().chain([("team".to_owned(), "search".to_owned())]).collect();
    let expected = CreateGatewayInputBuilder::default()
        .client_token(identity().token("", 1, &desired.fingerprint))
        .name("agents")
        .description("Tools of the search team")
        .role_arn(ROLE)
        .protocol_type(sdk::GatewayProtocolType::Mcp)
        .protocol_configuration(protocol())
        .authorizer_type(sdk::AuthorizerType::CustomJwt)
        .authorizer_configuration(tokens())
        .exception_level(sdk::ExceptionLevel::Debug)
        .set_tags(Some(tags));
    assert_eq!(Gateway::plan(&desired, &past, None), Plan::change(Change::Create(Box::new(expected.clone()))));
    assert!(expected.build().is_ok());
}

#[test]
fn a_create_says_nothing_that_the_spec_does_not_say() {
    let desired =
        desired(spec(serde_json::json!({"roleArn": ROLE, "authorizerType": "NONE", "protocolConfiguration": null})));
    let past = Past { recorded: false, ..past(&desired.fingerprint, None) };
    let expected = CreateGatewayInputBuilder::default()
        .client_token(identity().token("", 1, &desired.fingerprint))
        .name("agents")
        .role_arn(ROLE)
        .authorizer_type(sdk::AuthorizerType::None)
        .set_tags(Some(marker()));
    assert_eq!(Gateway::plan(&desired, &past, None), Plan::change(Change::Create(Box::new(expected))));
}

#[test]
fn the_token_is_another_one_for_another_attempt_and_another_body() {
    let token = |desired: &Desired, attempt| {
        let past = Past { recorded: false, attempt, ..past(&desired.fingerprint, None) };
        let Change::Create(create) = request(Gateway::plan(desired, &past, None)) else { panic!("no create") };
        create.get_client_token().clone().unwrap()
    };
    let (one, other) = (desired(full()), desired(plain()));
    assert_eq!(token(&one, 1), token(&one, 1), "a repeated request is the same");
    assert_ne!(token(&one, 1), token(&one, 2));
    assert_ne!(token(&one, 1), token(&other, 1));
    assert!((33..=256).contains(&token(&one, 1).len()));
}

/// What AWS has for the full spec: everything, also what no spec can say.
fn everything() -> UpdateGatewayInput {
    let mut gateway = UpdateGatewayInput::builder()
        .gateway_identifier("agents-abcde12345")
        .name("agents")
        .description("Tools of the search team")
        .role_arn(ROLE)
        .protocol_type(sdk::GatewayProtocolType::Mcp)
        .protocol_configuration(protocol())
        .authorizer_type(sdk::AuthorizerType::CustomJwt)
        .authorizer_configuration(tokens())
        .exception_level(sdk::ExceptionLevel::Debug)
        .build()
        .unwrap();
    add_what_no_spec_says(&mut gateway);
    gateway
}

fn in_aws(gateway: &UpdateGatewayInput) -> Observed {
    Observed { gateway: report(gateway).build().unwrap(), unknown: Vec::new(), tags: None }
}

/// The update that a plan asks for.
fn update(desired: &Desired, observed: &Observed) -> UpdateGatewayInput {
    let Change::Update(update) = request(Gateway::plan(desired, &accepted(desired), Some(observed))) else {
        panic!("no update")
    };
    update.build().unwrap()
}

/// A change that somebody makes in AWS.
type Drift = fn(&mut UpdateGatewayInput);

fn mcp(gateway: &mut UpdateGatewayInput, change: impl FnOnce(&mut sdk::McpGatewayConfiguration)) {
    let Some(sdk::GatewayProtocolConfiguration::Mcp(mcp)) = &mut gateway.protocol_configuration else {
        panic!("no protocol")
    };
    change(mcp);
}

fn jwt(gateway: &mut UpdateGatewayInput, change: impl FnOnce(&mut sdk::CustomJwtAuthorizerConfiguration)) {
    let Some(sdk::AuthorizerConfiguration::CustomJwtAuthorizer(tokens)) = &mut gateway.authorizer_configuration else {
        panic!("no authorizer")
    };
    change(tokens);
}

/// A PUT resets what it does not say, so it says everything: what the spec says, and the rest as AWS has it.
#[test]
fn whatever_drifts_the_update_is_the_whole_gateway() {
    let drifts: [(&str, Drift); 14] = [
        ("description", |gateway| gateway.description = None),
        ("roleArn", |gateway| gateway.role_arn = Some("other".into())),
        ("protocolConfiguration", |gateway| gateway.protocol_configuration = None),
        ("supportedVersions", |gateway| mcp(gateway, |mcp| mcp.supported_versions = Some(texts(&["2025-11-25"])))),
        ("instructions", |gateway| mcp(gateway, |mcp| mcp.instructions = None)),
        ("sessionConfiguration", |gateway| mcp(gateway, |mcp| mcp.session_configuration = None)),
        ("streamingConfiguration", |gateway| mcp(gateway, |mcp| mcp.streaming_configuration = None)),
        ("disableMcpListToolsPagination", |gateway| {
            mcp(gateway, |mcp| mcp.disable_mcp_list_tools_pagination = Some(false));
        }),
        ("authorizerType", |gateway| gateway.authorizer_type = Some(sdk::AuthorizerType::AwsIam)),
        ("discoveryUrl", |gateway| jwt(gateway, |jwt| jwt.discovery_url = "https://other".into())),
        ("allowedAudience", |gateway| jwt(gateway, |jwt| jwt.allowed_audience = None)),
        ("allowedClients", |gateway| jwt(gateway, |jwt| jwt.allowed_clients = Some(texts(&["c1", "c2", "c3"])))),
        ("allowedScopes", |gateway| jwt(gateway, |jwt| jwt.allowed_scopes = Some(texts(&["all"])))),
        ("exceptionLevel", |gateway| gateway.exception_level = None),
    ];
    let desired = desired(full());
    assert_eq!(planned(&desired, &accepted(&desired), Some(&in_aws(&everything()))), "Settled");
    for (member, drift) in drifts {
        let mut held = everything();
        drift(&mut held);
        let mut update = update(&desired, &in_aws(&held));
        // What did not drift stands in the order in which AWS has it.
        let mut expected = everything();
        for gateway in [&mut update, &mut expected] {
            mcp(gateway, |mcp| mcp.supported_versions.iter_mut().for_each(|versions| versions.sort()));
            jwt(gateway, |jwt| jwt.allowed_clients.iter_mut().for_each(|clients| clients.sort()));
        }
        assert_eq!(update, expected, "{member}");
    }
}

#[test]
fn what_no_spec_says_is_carried_over_and_is_never_drift() {
    let desired = desired(full());
    let mut held = everything();
    held.kms_key_arn = None;
    held.interceptor_configurations = None;
    held.policy_engine_configuration = None;
    held.custom_transform_configuration = None;
    held.waf_configuration = None;
    jwt(&mut held, |jwt| jwt.custom_claims = None);
    assert_eq!(planned(&desired, &accepted(&desired), Some(&in_aws(&held))), "Settled");
    held.description = Some("Somebody was here".into());
    let update = update(&desired, &in_aws(&held));
    assert_eq!(update.description.as_deref(), Some("Tools of the search team"));
    assert_eq!(update.kms_key_arn, None, "nothing is put back that the spec does not own");
    assert_eq!(update.waf_configuration, None);
}

#[test]
fn what_the_spec_no_longer_says_is_taken_away_and_what_aws_chose_is_sent_again() {
    let desired = desired(plain());
    let mut expected = everything();
    expected.description = None;
    expected.exception_level = None;
    expected.authorizer_type = Some(sdk::AuthorizerType::AwsIam);
    expected.authorizer_configuration = None;
    let versions = sdk::McpGatewayConfiguration::builder()
        .supported_versions("2025-11-25")
        .supported_versions("2025-06-18")
        .build();
    expected.protocol_configuration = Some(sdk::GatewayProtocolConfiguration::Mcp(versions));
    assert_eq!(update(&desired, &in_aws(&everything())), expected);
}

/// The SDK answers `MCP` also where AWS has no protocol type, so the spec alone can tell.
#[test]
fn an_update_has_the_protocol_type_of_the_spec() {
    for protocol_type in [None, plain().protocol_type] {
        let desired = desired(GatewaySpec { protocol_type, ..full() });
        for held in [None, Some(sdk::GatewayProtocolType::Mcp)] {
            let mut gateway = everything();
            gateway.protocol_type = held;
            assert_eq!(planned(&desired, &accepted(&desired), Some(&in_aws(&gateway))), "Settled");
            gateway.description = None;
            let expected = protocol_type.map(|_| sdk::GatewayProtocolType::Mcp);
            assert_eq!(update(&desired, &in_aws(&gateway)).protocol_type, expected);
        }
    }
}

#[test]
fn what_aws_says_about_itself_is_never_drift() {
    let desired = desired(full());
    let report = report(&everything())
        .gateway_url("https://moved.example.com")
        .updated_at(aws_smithy_types::DateTime::from_secs(9))
        .status_reasons("ready at last")
        .web_acl_arn("arn:aws:wafv2:us-west-2:111122223333:regional/webacl/x/y")
        .set_workload_identity_details(None);
    let observed = Observed { gateway: report.build().unwrap(), unknown: Vec::new(), tags: None };
    assert_eq!(planned(&desired, &accepted(&desired), Some(&observed)), "Settled");
}

proptest! {
    /// Whatever AWS has: after one update it is as the spec says, and nothing more is sent.
    #[test]
    fn one_update_is_enough(spec in specs(), held in held()) {
        let desired = desired(spec);
        match Gateway::plan(&desired, &edited(&desired), Some(&in_aws(&held))) {
            Plan::Settled => {}
            Plan::Change { attempt: None, request: Change::Update(update) } => {
                let after = in_aws(&update.build().unwrap());
                prop_assert_eq!(Gateway::plan(&desired, &accepted(&desired), Some(&after)), Plan::Settled);
            }
            other @ (Plan::Change { .. } | Plan::Replace(_) | Plan::Hold(_)) => prop_assert!(false, "{:?}", other),
        }
    }

    /// What was just made is as the spec says.
    #[test]
    fn a_create_is_enough(spec in specs()) {
        let desired = desired(spec);
        let past = Past { recorded: false, ..past(&desired.fingerprint, None) };
        let Change::Create(create) = request(Gateway::plan(&desired, &past, None)) else { panic!("no create") };
        let mut made = UpdateGatewayInput::builder()
            .set_description(create.get_description().clone())
            .set_role_arn(create.get_role_arn().clone())
            .set_protocol_type(create.get_protocol_type().clone())
            .set_protocol_configuration(create.get_protocol_configuration().clone())
            .set_authorizer_type(create.get_authorizer_type().clone())
            .set_authorizer_configuration(create.get_authorizer_configuration().clone())
            .set_exception_level(create.get_exception_level().clone())
            .build()
            .unwrap();
        fill_in(&mut made, &texts(&["2025-03-26"]));
        prop_assert_eq!(Gateway::plan(&desired, &accepted(&desired), Some(&in_aws(&made))), Plan::Settled);
    }
}
