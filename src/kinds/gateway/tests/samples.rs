//! Gateways to try things on: specs as people write them, what AWS has, and any of both.

use aws_sdk_bedrockagentcorecontrol::{
    operation::{
        get_gateway::{GetGatewayOutput, builders::GetGatewayOutputBuilder},
        update_gateway::UpdateGatewayInput,
    },
    types as sdk,
};
use aws_smithy_types::DateTime;
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{select, subsequence},
};
use serde_json::{Value, from_value, json};

use crate::{
    api::{
        AuthorizerConfiguration, AuthorizerType, CustomJwtAuthorizerConfiguration, ExceptionLevel,
        GatewayProtocolConfiguration, GatewayProtocolType, GatewaySpec, McpGatewayConfiguration, SearchType,
        SessionConfiguration, StreamingConfiguration,
    },
    overlay::Overlay,
};

pub(in crate::kinds::gateway) const ROLE: &str = "arn:aws:iam::111122223333:role/AgentCoreGatewayRole";
pub(in crate::kinds::gateway) const ISSUER: &str = "https://issuer.example.com/.well-known/openid-configuration";

/// A spec as it stands in a manifest.
pub(in crate::kinds::gateway) fn spec(manifest: Value) -> GatewaySpec {
    from_value(manifest).unwrap()
}

/// A spec that says no more than it must.
pub(in crate::kinds::gateway) fn plain() -> GatewaySpec {
    spec(json!({"roleArn": ROLE, "authorizerType": "AWS_IAM", "protocolType": "MCP"}))
}

/// A spec that says everything.
pub(in crate::kinds::gateway) fn full() -> GatewaySpec {
    spec(json!({
        "name": "agents",
        "description": "Tools of the search team",
        "roleArn": ROLE,
        "protocolType": "MCP",
        "protocolConfiguration": {"mcp": {
            "supportedVersions": ["2025-06-18", "2025-11-25"],
            "instructions": "Search before you answer",
            "searchType": "SEMANTIC",
            "sessionConfiguration": {"sessionTimeoutInSeconds": 1200},
            "streamingConfiguration": {"enableResponseStreaming": true},
            "disableMcpListToolsPagination": true,
        }},
        "authorizerType": "CUSTOM_JWT",
        "authorizerConfiguration": {"customJWTAuthorizer": {
            "discoveryUrl": ISSUER,
            "allowedAudience": ["tools"],
            "allowedClients": ["c1", "c2"],
            "allowedScopes": ["call"],
        }},
        "exceptionLevel": "DEBUG",
        "tags": {"team": "search"},
        "allowedNamespaces": {"from": "All"},
        "discovery": {"from": "Same", "annotations": ["preflight"]},
        "connectionConfigMap": {"name": "agents"},
        "recreate": true,
        "deletionPolicy": "Retain",
        "adopt": {"name": "agents", "orCreate": true},
        "suspend": true,
    }))
}

/// Sets every member that AWS has and no spec can say.
pub(in crate::kinds::gateway) fn add_what_no_spec_says(gateway: &mut UpdateGatewayInput) {
    let engine = sdk::GatewayPolicyEngineConfiguration::builder()
        .arn("arn:aws:bedrock-agentcore:us-west-2:111122223333:policy-engine/engine-abcde12345")
        .mode(sdk::GatewayPolicyEngineMode::Enforce);
    let transform = sdk::LambdaTransformConfiguration::builder().arn(lambda("transform")).build();
    gateway.kms_key_arn = Some("arn:aws:kms:us-west-2:111122223333:key/00000000-0000-0000-0000-000000000001".into());
    gateway.interceptor_configurations = Some(vec![interceptor()]);
    gateway.policy_engine_configuration = Some(engine.build().unwrap());
    gateway.custom_transform_configuration =
        Some(sdk::CustomTransformConfiguration::builder().lambda(transform).build());
    gateway.waf_configuration =
        Some(sdk::WafConfiguration::builder().failure_mode(sdk::WafFailureMode::FailOpen).build());
    if let Some(sdk::AuthorizerConfiguration::CustomJwtAuthorizer(authorizer)) = &mut gateway.authorizer_configuration {
        add_what_no_spec_says_of_tokens(authorizer);
    }
}

/// The same, inside the authorizer.
pub(in crate::kinds::gateway) fn add_what_no_spec_says_of_tokens(
    authorizer: &mut sdk::CustomJwtAuthorizerConfiguration,
) {
    let endpoint = sdk::PrivateEndpoint::SelfManagedLatticeResource(
        sdk::SelfManagedLatticeResource::ResourceConfigurationIdentifier("rcfg-0a1b2c3d4e5f60d01".into()),
    );
    let value = sdk::AuthorizingClaimMatchValueType::builder()
        .claim_match_value(sdk::ClaimMatchValueType::MatchValueString("search".into()))
        .claim_match_operator(sdk::ClaimMatchOperatorType::Equals);
    let claim = sdk::CustomClaimValidationType::builder()
        .inbound_token_claim_name("team")
        .inbound_token_claim_value_type(sdk::InboundTokenClaimValueType::String)
        .authorizing_claim_match_value(value.build().unwrap());
    let overrides =
        sdk::PrivateEndpointOverride::builder().domain("keys.example.com").private_endpoint(endpoint.clone());
    authorizer.advertised_scope_mapping = Some([("call".to_owned(), "tools/call".to_owned())].into());
    authorizer.custom_claims = Some(vec![claim.build().unwrap()]);
    authorizer.private_endpoint = Some(endpoint);
    authorizer.private_endpoint_overrides = Some(vec![overrides.build().unwrap()]);
    authorizer.allowed_workload_configuration =
        Some(sdk::AllowedWorkloadConfiguration::builder().workload_identities("agent").build());
}

fn interceptor() -> sdk::GatewayInterceptorConfiguration {
    let lambda = sdk::LambdaInterceptorConfiguration::builder().arn(lambda("interceptor")).build().unwrap();
    sdk::GatewayInterceptorConfiguration::builder()
        .interceptor(sdk::InterceptorConfiguration::Lambda(lambda))
        .interception_points(sdk::GatewayInterceptionPoint::Request)
        .build()
        .unwrap()
}

fn lambda(name: &str) -> String {
    format!("arn:aws:lambda:us-west-2:111122223333:function:{name}")
}

/// Any spec that the API server would let in.
pub(in crate::kinds::gateway) fn specs() -> impl Strategy<Value = GatewaySpec> {
    let protocol = option::of(configurations().prop_map(GatewayProtocolConfiguration::Mcp));
    let parts = (
        option::of("[a-c]"),
        "[a-c]",
        option::of(Just(GatewayProtocolType::Mcp)),
        protocol,
        authorizers(),
        option::of(Just(ExceptionLevel::Debug)),
    );
    parts.prop_map(|(description, role, protocol_type, protocol_configuration, authorizer, exception_level)| {
        let (authorizer_type, authorizer_configuration) = authorizer;
        GatewaySpec {
            description,
            role_arn: format!("arn:aws:iam::111122223333:role/{role}"),
            protocol_type,
            protocol_configuration,
            authorizer_type,
            authorizer_configuration,
            exception_level,
            ..plain()
        }
    })
}

fn configurations() -> impl Strategy<Value = McpGatewayConfiguration> {
    let parts = (
        texts(),
        option::of("[a-c]"),
        option::of(Just(SearchType::Semantic)),
        option::of(option::of(900..903)),
        option::of(option::of(any::<bool>())),
        option::of(any::<bool>()),
    );
    parts.prop_map(|(supported_versions, instructions, search_type, timeout, streaming, pagination)| {
        McpGatewayConfiguration {
            supported_versions,
            instructions,
            search_type,
            session_configuration: timeout
                .map(|session_timeout_in_seconds| SessionConfiguration { session_timeout_in_seconds }),
            streaming_configuration: streaming
                .map(|enable_response_streaming| StreamingConfiguration { enable_response_streaming }),
            disable_mcp_list_tools_pagination: pagination,
        }
    })
}

fn authorizers() -> impl Strategy<Value = (AuthorizerType, Option<AuthorizerConfiguration>)> {
    let tokens = ("[a-c]", texts(), texts(), texts()).prop_map(|(issuer, audience, clients, scopes)| {
        let configuration = CustomJwtAuthorizerConfiguration {
            discovery_url: format!("https://{issuer}/.well-known/openid-configuration"),
            allowed_audience: audience,
            allowed_clients: clients,
            allowed_scopes: scopes,
        };
        (AuthorizerType::CustomJwt, Some(AuthorizerConfiguration::CustomJwtAuthorizer(configuration)))
    });
    let others = vec![AuthorizerType::AwsIam, AuthorizerType::None, AuthorizerType::AuthenticateOnly];
    prop_oneof![tokens, select(others).prop_map(|authorizer| (authorizer, None))]
}

/// A few texts without order, none included.
fn texts() -> impl Strategy<Value = Vec<String>> {
    subsequence(vec!["a", "b", "c"], 0..=3)
        .prop_shuffle()
        .prop_map(|texts| texts.into_iter().map(str::to_owned).collect())
}

/// Anything that AWS may have: made from another spec, filled in by AWS, and with what no spec can say.
pub(in crate::kinds::gateway) fn held() -> impl Strategy<Value = UpdateGatewayInput> {
    (specs(), vec("[v-z]", 0..3), any::<bool>()).prop_map(|(spec, versions, more)| {
        let mut gateway = spec.state().unwrap();
        gateway.gateway_identifier = Some("agents-abcde12345".into());
        gateway.name = Some("agents".into());
        fill_in(&mut gateway, &versions);
        if more {
            add_what_no_spec_says(&mut gateway);
        }
        gateway
    })
}

/// What AWS chooses where a gateway names no protocol versions, and no timeout of its sessions.
pub(in crate::kinds::gateway) fn fill_in(gateway: &mut UpdateGatewayInput, versions: &[String]) {
    let nothing = || sdk::GatewayProtocolConfiguration::Mcp(sdk::McpGatewayConfiguration::builder().build());
    if versions.is_empty() {
        return;
    }
    if let sdk::GatewayProtocolConfiguration::Mcp(mcp) = gateway.protocol_configuration.get_or_insert_with(nothing) {
        mcp.supported_versions.get_or_insert(versions.to_vec());
        if let Some(session) = &mut mcp.session_configuration {
            session.session_timeout_in_seconds.get_or_insert(3600);
        }
    }
}

/// What AWS reports of a gateway that is as this update says, with sets turned around: their order means nothing.
pub(in crate::kinds::gateway) fn report(gateway: &UpdateGatewayInput) -> GetGatewayOutputBuilder {
    let mut gateway = gateway.clone();
    fill_in(&mut gateway, &["2025-11-25".into(), "2025-03-26".into()]);
    turn(&mut gateway);
    let identity = "arn:aws:bedrock-agentcore:us-west-2:111122223333:workload-identity/agents";
    GetGatewayOutput::builder()
        .gateway_arn("arn:aws:bedrock-agentcore:us-west-2:111122223333:gateway/agents-abcde12345")
        .gateway_id("agents-abcde12345")
        .gateway_url("https://agents-abcde12345.gateway.example.com/mcp")
        .created_at(DateTime::from_secs(1))
        .updated_at(DateTime::from_secs(2))
        .status(sdk::GatewayStatus::Ready)
        .name("agents")
        .set_description(gateway.description)
        .set_role_arn(gateway.role_arn)
        .set_protocol_type(gateway.protocol_type)
        .set_protocol_configuration(gateway.protocol_configuration)
        .set_authorizer_type(gateway.authorizer_type)
        .set_authorizer_configuration(gateway.authorizer_configuration)
        .set_kms_key_arn(gateway.kms_key_arn)
        .set_custom_transform_configuration(gateway.custom_transform_configuration)
        .set_interceptor_configurations(gateway.interceptor_configurations)
        .set_policy_engine_configuration(gateway.policy_engine_configuration)
        .workload_identity_details(
            sdk::WorkloadIdentityDetails::builder().workload_identity_arn(identity).build().unwrap(),
        )
        .set_exception_level(gateway.exception_level)
        .set_waf_configuration(gateway.waf_configuration)
}

/// Turns every set around.
pub(in crate::kinds::gateway) fn turn(gateway: &mut UpdateGatewayInput) {
    let turn = |values: &mut Option<Vec<String>>| {
        if let Some(values) = values {
            values.reverse();
        }
    };
    if let Some(sdk::GatewayProtocolConfiguration::Mcp(mcp)) = &mut gateway.protocol_configuration {
        turn(&mut mcp.supported_versions);
    }
    if let Some(sdk::AuthorizerConfiguration::CustomJwtAuthorizer(tokens)) = &mut gateway.authorizer_configuration {
        turn(&mut tokens.allowed_audience);
        turn(&mut tokens.allowed_clients);
        turn(&mut tokens.allowed_scopes);
    }
}
