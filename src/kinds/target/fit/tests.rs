//! Every rule, on gateways of every kind.

use serde_json::{Value, from_value, json};

use super::*;

const AUTHORIZERS: [&str; 4] = ["CUSTOM_JWT", "AWS_IAM", "NONE", "AUTHENTICATE_ONLY"];

fn gateway(members: &Value) -> GatewaySpec {
    let mut spec =
        json!({"roleArn": "arn:aws:iam::111122223333:role/AgentCoreGatewayRole", "authorizerType": "AWS_IAM"});
    for (member, value) in members.as_object().unwrap() {
        spec[member] = value.clone();
    }
    from_value(spec).unwrap()
}

fn interceptor(points: &[&str]) -> Value {
    let arn = "arn:aws:lambda:us-west-2:111122223333:function:interceptor";
    json!([{"interceptor": {"lambda": {"arn": arn}}, "interceptionPoints": points}])
}

fn target(configuration: sdk::TargetConfiguration) -> UpdateGatewayTargetInput {
    UpdateGatewayTargetInput::builder().target_configuration(configuration).build().unwrap()
}

fn server(mode: Option<sdk::ListingMode>) -> UpdateGatewayTargetInput {
    let server = sdk::McpServerTargetConfiguration::builder().endpoint("https://a.example.com").set_listing_mode(mode);
    let mcp = sdk::McpTargetConfiguration::McpServer(server.build().unwrap());
    target(sdk::TargetConfiguration::Mcp(mcp))
}

fn runtime() -> UpdateGatewayTargetInput {
    let runtime = sdk::RuntimeTargetConfiguration::builder().arn("runtime").build().unwrap();
    let http = sdk::HttpTargetConfiguration::AgentcoreRuntime(runtime);
    target(sdk::TargetConfiguration::Http(http))
}

fn inference() -> UpdateGatewayTargetInput {
    let provider =
        sdk::InferenceProviderTargetConfiguration::builder().endpoint("https://a.example.com").build().unwrap();
    let inference = sdk::InferenceTargetConfiguration::Provider(provider);
    target(sdk::TargetConfiguration::Inference(inference))
}

fn with(mut target: UpdateGatewayTargetInput, type_: &str) -> UpdateGatewayTargetInput {
    let credential = sdk::CredentialProviderConfiguration::builder().credential_provider_type(type_.into());
    target.credential_provider_configurations = Some(vec![credential.build().unwrap()]);
    target
}

fn with_grant(mut target: UpdateGatewayTargetInput, grant: &str) -> UpdateGatewayTargetInput {
    let oauth = sdk::OAuthCredentialProvider::builder().provider_arn("provider").set_scopes(Some(Vec::new()));
    let oauth = sdk::CredentialProvider::OauthCredentialProvider(oauth.grant_type(grant.into()).build().unwrap());
    let credential = sdk::CredentialProviderConfiguration::builder()
        .credential_provider_type(sdk::CredentialProviderType::Oauth)
        .credential_provider(oauth);
    target.credential_provider_configurations = Some(vec![credential.build().unwrap()]);
    target
}

fn private(mut target: UpdateGatewayTargetInput) -> UpdateGatewayTargetInput {
    let way = sdk::SelfManagedLatticeResource::ResourceConfigurationIdentifier("rcfg".into());
    target.private_endpoint = Some(sdk::PrivateEndpoint::SelfManagedLatticeResource(way));
    target
}

/// The reason, and a part of the message.
fn is_refused(gateway: &GatewaySpec, target: &UpdateGatewayTargetInput, reason: Reason, word: &str) -> bool {
    let Some(Hold::Stalled { reason: said, message }) = misfit(gateway, "Gateway platform/agents", target) else {
        return false;
    };
    assert!(said == reason && message.contains(word), "{said:?}: {message}");
    true
}

#[test]
fn an_open_gateway_takes_private_targets_when_something_sees_the_requests() {
    for authorizer in AUTHORIZERS {
        for (points, sees) in [
            (None, false),
            (Some(&["RESPONSE"][..]), false),
            (Some(&["REQUEST"][..]), true),
            (Some(&["RESPONSE", "REQUEST"][..]), true),
        ] {
            let gateway = gateway(&json!({
                "authorizerType": authorizer,
                "interceptorConfigurations": points.map_or_else(|| json!([]), interceptor),
            }));
            let refused =
                is_refused(&gateway, &private(server(None)), Reason::InboundAuthRequired, "authorizerType NONE");
            assert_eq!(refused, authorizer == "NONE" && !sees, "{authorizer}, {points:?}");
            assert_eq!(misfit(&gateway, "", &server(None)), None, "a public target");
        }
    }
}

#[test]
fn credentials_and_tokens_of_callers_need_callers_that_have_them() {
    // | authorizer | CALLER_IAM_CREDENTIALS | JWT_PASSTHROUGH on HTTP | JWT_PASSTHROUGH on MCP |
    let table = [
        ("CUSTOM_JWT", false, true, false),
        ("AWS_IAM", true, false, false),
        ("NONE", false, true, false),
        // AWS's pages disagree about tokens here: AWS decides.
        ("AUTHENTICATE_ONLY", true, true, false),
    ];
    for (authorizer, credentials, token, mcp) in table {
        let gateway = gateway(&json!({"authorizerType": authorizer}));
        for target in [server(None), runtime()] {
            let target = with(target, "CALLER_IAM_CREDENTIALS");
            assert_eq!(
                !is_refused(&gateway, &target, Reason::Invalid, "CALLER_IAM_CREDENTIALS"),
                credentials,
                "{authorizer}"
            );
        }
        let target = with(runtime(), "JWT_PASSTHROUGH");
        assert_eq!(!is_refused(&gateway, &target, Reason::Invalid, "sign their requests"), token, "{authorizer}");
        let target = with(server(None), "JWT_PASSTHROUGH");
        assert_eq!(!is_refused(&gateway, &target, Reason::Invalid, "under http only"), mcp, "{authorizer}");
        for other in ["GATEWAY_IAM_ROLE", "API_KEY"] {
            assert_eq!(misfit(&gateway, "", &with(runtime(), other)), None, "{authorizer} and {other}");
        }
    }
}

#[test]
fn a_gateway_for_mcp_takes_mcp_targets() {
    let (mcp, any) = (gateway(&json!({"protocolType": "MCP"})), gateway(&json!({})));
    for (target, word, taken) in
        [(server(None), "", true), (runtime(), "under http", false), (inference(), "under inference", false)]
    {
        assert_eq!(!is_refused(&mcp, &target, Reason::Invalid, word), taken, "{word}");
        assert_eq!(misfit(&any, "", &target), None);
    }
}

#[test]
fn a_gateway_that_searches_needs_tools_to_search() {
    let searching = gateway(&json!({"protocolConfiguration": {"mcp": {"searchType": "SEMANTIC"}}}));
    let plain = gateway(&json!({"protocolConfiguration": {"mcp": {"instructions": "Search"}}}));
    for (mode, taken) in
        [(None, true), (Some(sdk::ListingMode::Default), true), (Some(sdk::ListingMode::Dynamic), false)]
    {
        let target = server(mode.clone());
        assert_eq!(!is_refused(&searching, &target, Reason::Invalid, "listingMode DYNAMIC"), taken, "{mode:?}");
        for gateway in [&plain, &gateway(&json!({}))] {
            assert_eq!(misfit(gateway, "", &target), None, "{mode:?}");
        }
    }
}

#[test]
fn consent_needs_a_version_that_knows_it() {
    // | supportedVersions | AUTHORIZATION_CODE is taken |
    let table = [
        (json!([]), true),
        (json!(["2025-11-25"]), true),
        (json!(["2026-07-28"]), true),
        (json!(["2025-03-26", "2025-11-25"]), true),
        (json!(["2025-06-18"]), false),
        (json!(["2025-03-26", "2025-06-18"]), false),
    ];
    for (versions, taken) in table {
        let gateway = gateway(&json!({"protocolConfiguration": {"mcp": {"supportedVersions": versions}}}));
        let target = with_grant(server(None), "AUTHORIZATION_CODE");
        assert_eq!(!is_refused(&gateway, &target, Reason::Invalid, "2025-11-25"), taken, "{versions}");
        for grant in ["CLIENT_CREDENTIALS", "TOKEN_EXCHANGE"] {
            assert_eq!(misfit(&gateway, "", &with_grant(server(None), grant)), None, "{grant}");
        }
    }
    assert_eq!(misfit(&gateway(&json!({})), "", &with_grant(server(None), "AUTHORIZATION_CODE")), None);
}

/// Who keeps sessions passes nobody else's on.
#[test]
fn a_gateway_with_sessions_passes_no_session_on() {
    let sessions =
        json!({"protocolConfiguration": {"mcp": {"sessionConfiguration": {"sessionTimeoutInSeconds": 900}}}});
    let passing = |header: &str| {
        let metadata = sdk::MetadataConfiguration::builder().allowed_request_headers(header).build();
        let mut target = server(None);
        target.metadata_configuration = Some(metadata);
        target
    };
    let rows = [
        (&sessions, passing("MCP-Session-Id"), true),
        (&sessions, passing("X-Team"), false),
        (&sessions, server(None), false),
        (&json!({}), passing("Mcp-Session-Id"), false),
    ];
    for (members, target, refused) in rows {
        let hold = misfit(&gateway(members), "Gateway platform/agents", &target);
        assert_eq!(hold.is_some(), refused, "{members} {hold:?}");
    }
}
