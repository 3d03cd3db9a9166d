//! Which member of a Gateway's spec is owned, defaulted or elsewhere: the table, and what holds for any spec over anything.

use proptest::prelude::*;

use super::{
    super::tests::samples::{
        ISSUER, ROLE, add_what_no_spec_says, add_what_no_spec_says_of_tokens, full, held, specs, turn,
    },
    *,
};
use crate::overlay::{
    Overlay,
    tests::{over, table, texts},
};

table! { gateway: GatewaySpec => UpdateGatewayInput, said full(), held other(); {
    name: elsewhere,
    description: owned,
    role_arn: stated,
    protocol_type: owned,
    protocol_configuration: owned,
    authorizer_type: stated,
    authorizer_configuration: owned,
    exception_level: owned,
    tags: elsewhere,
    allowed_namespaces: elsewhere,
    discovery: elsewhere,
    connection_config_map: elsewhere,
    recreate: elsewhere,
    deletion_policy: elsewhere,
    adopt: elsewhere,
    suspend: elsewhere,
} kept {
    gateway_identifier,
    name,
    kms_key_arn,
    custom_transform_configuration,
    interceptor_configurations,
    policy_engine_configuration,
    waf_configuration,
} }

table! { protocol: McpGatewayConfiguration => sdk::McpGatewayConfiguration, said said_protocol(), held other_protocol(); {
    supported_versions: defaulted_set,
    instructions: owned,
    search_type: owned,
    session_configuration: whole,
    streaming_configuration: owned,
    disable_mcp_list_tools_pagination: owned,
} kept {} }

table! { session: SessionConfiguration => sdk::SessionConfiguration,
    said SessionConfiguration { session_timeout_in_seconds: Some(1200) },
    held sdk::SessionConfiguration::builder().session_timeout_in_seconds(3600).build(); {
    session_timeout_in_seconds: defaulted,
} kept {} }

table! { streaming: StreamingConfiguration => sdk::StreamingConfiguration,
    said StreamingConfiguration { enable_response_streaming: Some(true) },
    held sdk::StreamingConfiguration::builder().enable_response_streaming(false).build(); {
    enable_response_streaming: owned,
} kept {} }

table! { tokens: CustomJwtAuthorizerConfiguration => sdk::CustomJwtAuthorizerConfiguration,
    said said_tokens(), held other_tokens(); {
    discovery_url: required,
    allowed_audience: set,
    allowed_clients: set,
    allowed_scopes: set,
} kept {
    advertised_scope_mapping,
    custom_claims,
    private_endpoint,
    private_endpoint_overrides,
    allowed_workload_configuration,
} }

fn said_protocol() -> McpGatewayConfiguration {
    let Some(GatewayProtocolConfiguration::Mcp(protocol)) = full().protocol_configuration else {
        panic!("the full spec has a protocol")
    };
    protocol
}

fn said_tokens() -> CustomJwtAuthorizerConfiguration {
    let Some(AuthorizerConfiguration::CustomJwtAuthorizer(tokens)) = full().authorizer_configuration else {
        panic!("the full spec has an authorizer")
    };
    tokens
}

/// Everything, and nothing of it as the full spec has it. Enumerations with one value get one that a later AWS might add.
fn other() -> UpdateGatewayInput {
    let instructions = sdk::McpGatewayConfiguration::builder().instructions("Do as you please").build();
    let tokens = sdk::CustomJwtAuthorizerConfiguration::builder().discovery_url("https://other").build().unwrap();
    let mut gateway = UpdateGatewayInput::builder()
        .gateway_identifier("agents-abcde12345")
        .name("agents")
        .description("Something else")
        .role_arn("arn:aws:iam::111122223333:role/Other")
        .protocol_type("LATER".into())
        .protocol_configuration(sdk::GatewayProtocolConfiguration::Mcp(instructions))
        .authorizer_type(sdk::AuthorizerType::AwsIam)
        .exception_level("LATER".into())
        .build()
        .unwrap();
    add_what_no_spec_says(&mut gateway);
    gateway.authorizer_configuration = Some(sdk::AuthorizerConfiguration::CustomJwtAuthorizer(tokens));
    gateway
}

fn other_protocol() -> sdk::McpGatewayConfiguration {
    sdk::McpGatewayConfiguration::builder()
        .set_supported_versions(Some(texts(&["2025-03-26"])))
        .instructions("Do as you please")
        .search_type("LATER".into())
        .session_configuration(sdk::SessionConfiguration::builder().session_timeout_in_seconds(3600).build())
        .streaming_configuration(sdk::StreamingConfiguration::builder().enable_response_streaming(false).build())
        .disable_mcp_list_tools_pagination(false)
        .build()
}

fn other_tokens() -> sdk::CustomJwtAuthorizerConfiguration {
    let mut tokens = sdk::CustomJwtAuthorizerConfiguration::builder()
        .discovery_url("https://other")
        .allowed_audience("others")
        .allowed_clients("c9")
        .allowed_scopes("list")
        .build()
        .unwrap();
    add_what_no_spec_says_of_tokens(&mut tokens);
    tokens
}

#[test]
fn every_word_of_the_spec_is_the_same_word_in_aws() {
    let authorizers = [
        (AuthorizerType::CustomJwt, "CUSTOM_JWT"),
        (AuthorizerType::AwsIam, "AWS_IAM"),
        (AuthorizerType::None, "NONE"),
        (AuthorizerType::AuthenticateOnly, "AUTHENTICATE_ONLY"),
    ];
    for (spec, word) in authorizers {
        let aws = GatewaySpec { authorizer_type: spec, ..full() }.state().unwrap().authorizer_type.unwrap();
        assert_eq!((aws.as_str(), serde_json::json!(spec)), (word, serde_json::json!(word)));
    }
    let gateway = full().state().unwrap();
    assert_eq!(gateway.protocol_type, Some("MCP".into()));
    assert_eq!(gateway.exception_level, Some("DEBUG".into()));
    assert_eq!(said_protocol().state().unwrap().search_type, Some("SEMANTIC".into()));
}

#[test]
fn a_protocol_that_the_spec_drops_leaves_the_versions_that_aws_chose() {
    let protocol = |mcp| Some(sdk::GatewayProtocolConfiguration::Mcp(mcp));
    let silent = GatewaySpec { protocol_configuration: None, ..full() };
    let mut held = other();
    held.protocol_configuration = protocol(other_protocol());
    let left = sdk::McpGatewayConfiguration::builder().supported_versions("2025-03-26").build();
    assert_eq!(over(&silent, &held).protocol_configuration, protocol(left));
    assert_eq!(silent.state().unwrap().protocol_configuration, None);
}

#[test]
fn an_authorizer_that_the_spec_drops_is_gone_with_all_that_was_in_it() {
    let mut held = other();
    held.authorizer_configuration = Some(sdk::AuthorizerConfiguration::CustomJwtAuthorizer(other_tokens()));
    let silent = GatewaySpec { authorizer_configuration: None, ..full() };
    assert_eq!(over(&silent, &held).authorizer_configuration, None);
}

#[test]
fn empty_lists_mean_none() {
    let tokens = CustomJwtAuthorizerConfiguration { discovery_url: ISSUER.into(), ..Default::default() };
    let bare = sdk::CustomJwtAuthorizerConfiguration::builder().discovery_url(ISSUER).build().unwrap();
    assert_eq!(tokens.state().unwrap(), bare);
    assert_eq!(McpGatewayConfiguration::default().state().unwrap().supported_versions, None);
}

/// What the spec alone decides.
fn decided(mut gateway: UpdateGatewayInput) -> UpdateGatewayInput {
    let sorted = |values: &mut Option<Vec<String>>| {
        if let Some(values) = values {
            values.sort();
        }
    };
    gateway.gateway_identifier = None;
    gateway.name = None;
    gateway.kms_key_arn = None;
    gateway.custom_transform_configuration = None;
    gateway.interceptor_configurations = None;
    gateway.policy_engine_configuration = None;
    gateway.waf_configuration = None;
    if let Some(sdk::GatewayProtocolConfiguration::Mcp(mcp)) = &mut gateway.protocol_configuration {
        mcp.supported_versions = None;
        if let Some(session) = &mut mcp.session_configuration {
            session.session_timeout_in_seconds = None;
        }
        if *mcp == sdk::McpGatewayConfiguration::builder().build() {
            gateway.protocol_configuration = None;
        }
    }
    if let Some(sdk::AuthorizerConfiguration::CustomJwtAuthorizer(tokens)) = &mut gateway.authorizer_configuration {
        tokens.advertised_scope_mapping = None;
        tokens.custom_claims = None;
        tokens.private_endpoint = None;
        tokens.private_endpoint_overrides = None;
        tokens.allowed_workload_configuration = None;
        sorted(&mut tokens.allowed_audience);
        sorted(&mut tokens.allowed_clients);
        sorted(&mut tokens.allowed_scopes);
    }
    gateway
}

fn versions(gateway: &UpdateGatewayInput) -> Option<Vec<String>> {
    gateway.protocol_configuration.as_ref()?.as_mcp().ok()?.supported_versions.clone()
}

fn session(gateway: &UpdateGatewayInput) -> Option<sdk::SessionConfiguration> {
    gateway.protocol_configuration.as_ref()?.as_mcp().ok()?.session_configuration.clone()
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
    fn what_aws_had_before_decides_nothing_that_the_spec_owns(spec in specs(), held in held()) {
            prop_assert_eq!(decided(over(&spec, &held)), decided(spec.state().unwrap()));
    }

    #[test]
    fn versions_and_timeout_are_the_specs_or_else_what_aws_chose(spec in specs(), held in held()) {
        let (said, over) = (spec.state().unwrap(), over(&spec, &held));
        let sorted = |versions: Option<Vec<String>>| versions.map(|mut versions| { versions.sort(); versions });
        prop_assert_eq!(sorted(versions(&over)), sorted(versions(&said).or_else(|| versions(&held))));
        // Without a session in the spec there is none in AWS, and no timeout to keep.
        let expected = session(&said).map(|said| {
            said.session_timeout_in_seconds.or_else(|| session(&held)?.session_timeout_in_seconds)
        });
        prop_assert_eq!(session(&over).map(|session| session.session_timeout_in_seconds), expected);
    }

    #[test]
    fn what_no_spec_says_stays(spec in specs(), held in held()) {
        let over = over(&spec, &held);
        prop_assert_eq!(over.kms_key_arn, held.kms_key_arn);
        prop_assert_eq!(over.interceptor_configurations, held.interceptor_configurations);
        prop_assert_eq!(over.policy_engine_configuration, held.policy_engine_configuration);
        prop_assert_eq!(over.custom_transform_configuration, held.custom_transform_configuration);
        prop_assert_eq!(over.waf_configuration, held.waf_configuration);
    }

    #[test]
    fn the_order_of_sets_does_not_matter(spec in specs()) {
            let mut made = spec.state().unwrap();
        turn(&mut made);
        prop_assert_eq!(over(&spec, &made), made);
    }
}

#[test]
fn the_update_that_changes_nothing_has_every_member() {
    let gateway = GetGatewayOutput::builder()
        .gateway_arn("arn:aws:bedrock-agentcore:us-west-2:111122223333:gateway/agents-abcde12345")
        .gateway_id("agents-abcde12345")
        .created_at(aws_smithy_types::DateTime::from_secs(1))
        .updated_at(aws_smithy_types::DateTime::from_secs(2))
        .status(sdk::GatewayStatus::Ready)
        .name("agents")
        .set_description(other().description)
        .role_arn(ROLE)
        .protocol_type(sdk::GatewayProtocolType::Mcp)
        .set_protocol_configuration(other().protocol_configuration)
        .authorizer_type(sdk::AuthorizerType::AwsIam)
        .set_authorizer_configuration(other().authorizer_configuration)
        .set_kms_key_arn(other().kms_key_arn)
        .set_custom_transform_configuration(other().custom_transform_configuration)
        .set_interceptor_configurations(other().interceptor_configurations)
        .set_policy_engine_configuration(other().policy_engine_configuration)
        .exception_level(sdk::ExceptionLevel::Debug)
        .set_waf_configuration(other().waf_configuration)
        .build()
        .unwrap();
    let mut expected = other();
    expected.role_arn = Some(ROLE.into());
    expected.protocol_type = Some(sdk::GatewayProtocolType::Mcp);
    expected.exception_level = Some(sdk::ExceptionLevel::Debug);
    let standing = standing(&gateway, &full()).unwrap();
    assert_eq!(standing, expected);
    assert_eq!(update(standing).build().unwrap(), expected, "the request has them, too");
}
