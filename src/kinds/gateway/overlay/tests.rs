//! Which member of a Gateway's spec is owned, defaulted or elsewhere: the table, and what holds for any spec over anything.

use proptest::prelude::*;

use super::{
    super::tests::samples::{CONFIGURATION, ISSUER, ROLE, full, held, lambda, specs, turn},
    *,
};
use crate::{
    kinds::private_endpoint::tests::other_network,
    overlay::{
        Overlay,
        tests::{over, table, texts},
    },
};

table! { gateway: GatewaySpec => UpdateGatewayInput, said full(), held other(); {
    name: elsewhere,
    description: owned,
    role_arn: stated,
    protocol_type: defaulted,
    protocol_configuration: owned,
    authorizer_type: stated,
    authorizer_configuration: owned,
    exception_level: owned,
    kms_key_arn: owned,
    interceptor_configurations: unordered,
    policy_engine_configuration: owned,
    waf_configuration: owned,
    custom_transform_configuration: owned,
    tags: elsewhere,
    allowed_namespaces: elsewhere,
    allowed_targets: elsewhere,
    target_names: elsewhere,
    discovery: elsewhere,
    connection_config_map: elsewhere,
    recreate: elsewhere,
    deletion_policy: elsewhere,
    adopt: elsewhere,
    suspend: elsewhere,
} kept {
    gateway_identifier,
    name,
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
    advertised_scope_mapping: map,
    custom_claims: unordered,
    private_endpoint: whole,
    private_endpoint_overrides: unordered,
    allowed_workload_configuration: owned,
} kept {} }

table! { claim: CustomClaimValidation => sdk::CustomClaimValidationType,
    said said_tokens().custom_claims.remove(0), held other_claim(); {
    inbound_token_claim_name: required,
    inbound_token_claim_value_type: required,
    authorizing_claim_match_value: stated,
} kept {} }

table! { claim_value: AuthorizingClaimMatchValue => sdk::AuthorizingClaimMatchValueType,
    said said_tokens().custom_claims.remove(0).authorizing_claim_match_value, held other_claim_value(); {
    claim_match_value: stated,
    claim_match_operator: required,
} kept {} }

table! { other_host: PrivateEndpointOverride => sdk::PrivateEndpointOverride,
    said said_tokens().private_endpoint_overrides.remove(0), held other_host_in_aws(); {
    domain: required_name,
    private_endpoint: stated,
} kept {} }

table! { workloads: AllowedWorkloadConfiguration => sdk::AllowedWorkloadConfiguration,
    said said_tokens().allowed_workload_configuration.unwrap(), held other_workloads(); {
    hosting_environments: unordered,
    workload_identities: set,
} kept {} }

table! { environment: HostingEnvironment => sdk::HostingEnvironment,
    said HostingEnvironment { arn: "said".into() },
    held sdk::HostingEnvironment::builder().arn("other").build().unwrap(); {
    arn: required,
} kept {} }

table! { interceptor: GatewayInterceptorConfiguration => sdk::GatewayInterceptorConfiguration,
    said full().interceptor_configurations.remove(1), held other_interceptor(); {
    interceptor: stated,
    interception_points: required_unordered,
    input_configuration: owned,
} kept {} }

table! { interceptor_function: LambdaInterceptorConfiguration => sdk::LambdaInterceptorConfiguration,
    said LambdaInterceptorConfiguration { arn: lambda("said") }, held other_function(); {
    arn: required,
} kept {} }

table! { interceptor_input: InterceptorInputConfiguration => sdk::InterceptorInputConfiguration,
    said full().interceptor_configurations.remove(1).input_configuration.unwrap(), held other_input(); {
    pass_request_headers: required,
    payload_filter: owned,
} kept {} }

table! { interceptor_filter: InterceptorPayloadFilter => sdk::InterceptorPayloadFilter,
    said InterceptorPayloadFilter {
        exclude: vec![InterceptorPayloadExclusionSelector::Field(InterceptorPayloadExclusion::ResponseBody)],
    },
    held other_filter(); {
    exclude: required_unordered,
} kept {} }

table! { engine: GatewayPolicyEngineConfiguration => sdk::GatewayPolicyEngineConfiguration,
    said full().policy_engine_configuration.unwrap(),
    held other().policy_engine_configuration.unwrap(); {
    arn: required,
    mode: required,
} kept {} }

table! { waf: WafConfiguration => sdk::WafConfiguration,
    said WafConfiguration { failure_mode: WafFailureMode::FailClose },
    held sdk::WafConfiguration::builder().failure_mode(sdk::WafFailureMode::FailOpen).build(); {
    failure_mode: stated,
} kept {} }

table! { transform: CustomTransformConfiguration => sdk::CustomTransformConfiguration,
    said full().custom_transform_configuration.unwrap(),
    held other().custom_transform_configuration.unwrap(); {
    lambda: stated,
} kept {} }

table! { transform_function: LambdaTransformConfiguration => sdk::LambdaTransformConfiguration,
    said LambdaTransformConfiguration { arn: lambda("said") },
    held sdk::LambdaTransformConfiguration::builder().arn(lambda("other")).build(); {
    arn: stated,
} kept {} }

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
    let engine =
        sdk::GatewayPolicyEngineConfiguration::builder().arn("other").mode(sdk::GatewayPolicyEngineMode::LogOnly);
    let transform = sdk::LambdaTransformConfiguration::builder().arn(lambda("other")).build();
    gateway.kms_key_arn = Some("other".into());
    gateway.interceptor_configurations = Some(vec![other_interceptor()]);
    gateway.policy_engine_configuration = Some(engine.build().unwrap());
    gateway.custom_transform_configuration =
        Some(sdk::CustomTransformConfiguration::builder().lambda(transform).build());
    gateway.waf_configuration =
        Some(sdk::WafConfiguration::builder().failure_mode(sdk::WafFailureMode::FailClose).build());
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
    sdk::CustomJwtAuthorizerConfiguration::builder()
        .discovery_url("https://other")
        .allowed_audience("others")
        .allowed_clients("c9")
        .allowed_scopes("list")
        .advertised_scope_mapping("list", "api://others/list")
        .custom_claims(other_claim())
        .private_endpoint(sdk::PrivateEndpoint::ManagedVpcResource(other_network()))
        .private_endpoint_overrides(other_host_in_aws())
        .allowed_workload_configuration(other_workloads())
        .build()
        .unwrap()
}

fn other_claim() -> sdk::CustomClaimValidationType {
    sdk::CustomClaimValidationType::builder()
        .inbound_token_claim_name("other")
        .inbound_token_claim_value_type(sdk::InboundTokenClaimValueType::StringArray)
        .authorizing_claim_match_value(other_claim_value())
        .build()
        .unwrap()
}

fn other_claim_value() -> sdk::AuthorizingClaimMatchValueType {
    sdk::AuthorizingClaimMatchValueType::builder()
        .claim_match_value(sdk::ClaimMatchValueType::MatchValueStringList(texts(&["other"])))
        .claim_match_operator(sdk::ClaimMatchOperatorType::Contains)
        .build()
        .unwrap()
}

fn other_host_in_aws() -> sdk::PrivateEndpointOverride {
    let way = sdk::SelfManagedLatticeResource::ResourceConfigurationIdentifier("rcfg-0a1b2c3d4e5f60d09".into());
    let way = sdk::PrivateEndpoint::SelfManagedLatticeResource(way);
    sdk::PrivateEndpointOverride::builder().domain("other.example.com").private_endpoint(way).build().unwrap()
}

fn other_workloads() -> sdk::AllowedWorkloadConfiguration {
    let environment = sdk::HostingEnvironment::builder().arn("other").build().unwrap();
    sdk::AllowedWorkloadConfiguration::builder().hosting_environments(environment).workload_identities("other").build()
}

fn other_interceptor() -> sdk::GatewayInterceptorConfiguration {
    sdk::GatewayInterceptorConfiguration::builder()
        .interceptor(sdk::InterceptorConfiguration::Lambda(other_function()))
        .interception_points(sdk::GatewayInterceptionPoint::Request)
        .interception_points(sdk::GatewayInterceptionPoint::Response)
        .input_configuration(other_input())
        .build()
        .unwrap()
}

fn other_function() -> sdk::LambdaInterceptorConfiguration {
    sdk::LambdaInterceptorConfiguration::builder().arn(lambda("other")).build().unwrap()
}

fn other_input() -> sdk::InterceptorInputConfiguration {
    let input = sdk::InterceptorInputConfiguration::builder().pass_request_headers(true);
    input.payload_filter(other_filter()).build().unwrap()
}

fn other_filter() -> sdk::InterceptorPayloadFilter {
    let later = sdk::InterceptorPayloadExclusionSelector::Field("LATER".into());
    sdk::InterceptorPayloadFilter::builder().exclude(later).build().unwrap()
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
    let word = |said: serde_json::Value| said.as_str().unwrap().to_owned();
    for point in [GatewayInterceptionPoint::Request, GatewayInterceptionPoint::Response] {
        assert_eq!(point.state().unwrap().as_str(), word(serde_json::json!(point)));
    }
    for mode in [GatewayPolicyEngineMode::LogOnly, GatewayPolicyEngineMode::Enforce] {
        assert_eq!(mode.state().unwrap().as_str(), word(serde_json::json!(mode)));
    }
    for mode in [WafFailureMode::FailClose, WafFailureMode::FailOpen] {
        assert_eq!(mode.state().unwrap().as_str(), word(serde_json::json!(mode)));
    }
    for operator in [ClaimMatchOperator::Equals, ClaimMatchOperator::Contains, ClaimMatchOperator::ContainsAny] {
        assert_eq!(operator.state().unwrap().as_str(), word(serde_json::json!(operator)));
    }
    for holds in [InboundTokenClaimValueType::String, InboundTokenClaimValueType::StringArray] {
        assert_eq!(holds.state().unwrap().as_str(), word(serde_json::json!(holds)));
    }
}

/// | the spec has | AWS has | and then |
#[test]
fn a_claims_values_are_a_set() {
    let list = |values: &[&str]| sdk::ClaimMatchValueType::MatchValueStringList(texts(values));
    let text = |value: &str| sdk::ClaimMatchValueType::MatchValueString(value.into());
    let said = ClaimMatchValue::MatchValueStringList(texts(&["a", "b"]));
    for (held, expected) in [
        (list(&["b", "a"]), list(&["b", "a"])),
        (list(&["a", "b"]), list(&["a", "b"])),
        (list(&["a"]), list(&["a", "b"])),
        (text("a"), list(&["a", "b"])),
    ] {
        assert_eq!(over(&said, &held), expected, "{held:?}");
    }
    assert_eq!(over(&ClaimMatchValue::MatchValueString("b".into()), &list(&["b"])), text("b"));
}

#[test]
fn another_name_of_the_same_configuration_is_no_difference_in_an_override() {
    let spec = said_tokens().private_endpoint_overrides;
    let arn = format!("arn:aws:vpc-lattice:us-west-2:111122223333:resourceconfiguration/{CONFIGURATION}");
    let way = sdk::SelfManagedLatticeResource::ResourceConfigurationIdentifier(arn);
    let way = sdk::PrivateEndpoint::SelfManagedLatticeResource(way);
    let held = sdk::PrivateEndpointOverride::builder().domain("keys.example.com").private_endpoint(way);
    let mut held = Some(vec![held.build().unwrap()]);
    let before = held.clone();
    crate::overlay::unordered(&spec, &mut held).unwrap();
    assert_eq!(held, before);
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
    gateway.protocol_type = None;
    if let Some(interceptors) = &mut gateway.interceptor_configurations {
        for interceptor in interceptors.iter_mut() {
            interceptor.interception_points.sort();
        }
        interceptors.sort_by_key(|interceptor| format!("{interceptor:?}"));
    }
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
        tokens.custom_claims.iter_mut().for_each(|claims| claims.sort_by_key(|claim| format!("{claim:?}")));
        if let Some(overrides) = &mut tokens.private_endpoint_overrides {
            overrides.sort_by_key(|other| other.domain.clone());
        }
        if let Some(workloads) = &mut tokens.allowed_workload_configuration {
            sorted(&mut workloads.workload_identities);
            if let Some(environments) = &mut workloads.hosting_environments {
                environments.sort_by_key(|environment| environment.arn.clone());
            }
        }
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
    let standing = standing(&gateway, Some("MCP")).unwrap();
    assert_eq!(standing, expected);
    assert_eq!(update(standing).build().unwrap(), expected, "the request has them, too");
}
