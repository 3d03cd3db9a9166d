//! Which member of a Gateway's spec is which member of AgentCore's gateway. The overlay's ground is the body of `UpdateGateway`: it is the
//! complete gateway, and what it does not say AWS resets.

use aws_sdk_bedrockagentcorecontrol::{
    operation::{
        create_gateway::builders::CreateGatewayInputBuilder, get_gateway::GetGatewayOutput,
        update_gateway::UpdateGatewayInput,
    },
    types as sdk,
};
use aws_smithy_types::error::operation::BuildError;

use crate::{
    api::{
        AllowedWorkloadConfiguration, AuthorizerConfiguration, AuthorizerType, AuthorizingClaimMatchValue,
        ClaimMatchOperator, ClaimMatchValue, CustomClaimValidation, CustomJwtAuthorizerConfiguration,
        CustomTransformConfiguration, ExceptionLevel, GatewayInterceptionPoint, GatewayInterceptorConfiguration,
        GatewayPolicyEngineConfiguration, GatewayPolicyEngineMode, GatewayProtocolConfiguration, GatewayProtocolType,
        GatewaySpec, HostingEnvironment, InboundTokenClaimValueType, InterceptorConfiguration,
        InterceptorInputConfiguration, InterceptorPayloadExclusion, InterceptorPayloadExclusionSelector,
        InterceptorPayloadFilter, LambdaInterceptorConfiguration, LambdaTransformConfiguration,
        McpGatewayConfiguration, PrivateEndpointOverride, SearchType, SessionConfiguration, StreamingConfiguration,
        WafConfiguration, WafFailureMode,
    },
    overlay::{difference, overlay, overlay_enum, overlay_union},
};

overlay! { GatewaySpec => UpdateGatewayInput, blank UpdateGatewayInput::builder().build(); {
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
} }

overlay_enum! { GatewayProtocolType => sdk::GatewayProtocolType { Mcp } }
overlay_enum! { SearchType => sdk::SearchType { Semantic } }
overlay_enum! { AuthorizerType => sdk::AuthorizerType { CustomJwt, AwsIam, None, AuthenticateOnly } }
overlay_enum! { ExceptionLevel => sdk::ExceptionLevel { Debug } }
overlay_union! { GatewayProtocolConfiguration => sdk::GatewayProtocolConfiguration { Mcp } }
overlay_union! { AuthorizerConfiguration => sdk::AuthorizerConfiguration { CustomJwtAuthorizer } }

overlay! { McpGatewayConfiguration => sdk::McpGatewayConfiguration, blank blank(sdk::McpGatewayConfiguration::builder().build()); {
    supported_versions: defaulted_set,
    instructions: owned,
    search_type: owned,
    session_configuration: whole,
    streaming_configuration: owned,
    disable_mcp_list_tools_pagination: owned,
} }

overlay! { SessionConfiguration => sdk::SessionConfiguration, blank blank(sdk::SessionConfiguration::builder().build()); {
    session_timeout_in_seconds: defaulted,
} }

overlay! { StreamingConfiguration => sdk::StreamingConfiguration, blank blank(sdk::StreamingConfiguration::builder().build()); {
    enable_response_streaming: owned,
} }

overlay! { CustomJwtAuthorizerConfiguration => sdk::CustomJwtAuthorizerConfiguration,
    blank sdk::CustomJwtAuthorizerConfiguration::builder().discovery_url("").build(); {
    discovery_url: required,
    allowed_audience: set,
    allowed_clients: set,
    allowed_scopes: set,
    advertised_scope_mapping: map,
    custom_claims: unordered,
    private_endpoint: whole,
    private_endpoint_overrides: unordered,
    allowed_workload_configuration: owned,
} }

overlay! { CustomClaimValidation => sdk::CustomClaimValidationType,
    blank sdk::CustomClaimValidationType::builder()
        .inbound_token_claim_name("")
        .inbound_token_claim_value_type(sdk::InboundTokenClaimValueType::String)
        .build(); {
    inbound_token_claim_name: required,
    inbound_token_claim_value_type: required,
    authorizing_claim_match_value: stated,
} }
overlay_enum! { InboundTokenClaimValueType => sdk::InboundTokenClaimValueType { String, StringArray } }
overlay! { AuthorizingClaimMatchValue => sdk::AuthorizingClaimMatchValueType,
    blank sdk::AuthorizingClaimMatchValueType::builder().claim_match_operator(sdk::ClaimMatchOperatorType::Equals).build(); {
    claim_match_value: stated,
    claim_match_operator: required,
} }
overlay_union! { ClaimMatchValue => sdk::ClaimMatchValueType { MatchValueString, MatchValueStringList } }
overlay_enum! { ClaimMatchOperator => sdk::ClaimMatchOperatorType { Equals, Contains, ContainsAny } }

overlay! { PrivateEndpointOverride => sdk::PrivateEndpointOverride,
    blank sdk::PrivateEndpointOverride::builder().domain("").build(); {
    domain: required_name,
    private_endpoint: stated,
} }

overlay! { AllowedWorkloadConfiguration => sdk::AllowedWorkloadConfiguration,
    blank blank(sdk::AllowedWorkloadConfiguration::builder().build()); {
    hosting_environments: unordered,
    workload_identities: set,
} }
overlay! { HostingEnvironment => sdk::HostingEnvironment, blank sdk::HostingEnvironment::builder().arn("").build(); {
    arn: required,
} }

overlay! { GatewayInterceptorConfiguration => sdk::GatewayInterceptorConfiguration,
    blank sdk::GatewayInterceptorConfiguration::builder().set_interception_points(Some(Vec::new())).build(); {
    interceptor: stated,
    interception_points: required_unordered,
    input_configuration: owned,
} }
overlay_union! { InterceptorConfiguration => sdk::InterceptorConfiguration { Lambda } }
overlay! { LambdaInterceptorConfiguration => sdk::LambdaInterceptorConfiguration,
    blank sdk::LambdaInterceptorConfiguration::builder().arn("").build(); {
    arn: required,
} }
overlay_enum! { GatewayInterceptionPoint => sdk::GatewayInterceptionPoint { Request, Response } }
overlay! { InterceptorInputConfiguration => sdk::InterceptorInputConfiguration,
    blank sdk::InterceptorInputConfiguration::builder().pass_request_headers(false).build(); {
    pass_request_headers: required,
    payload_filter: owned,
} }
overlay! { InterceptorPayloadFilter => sdk::InterceptorPayloadFilter,
    blank sdk::InterceptorPayloadFilter::builder().set_exclude(Some(Vec::new())).build(); {
    exclude: required_unordered,
} }
overlay_union! { InterceptorPayloadExclusionSelector => sdk::InterceptorPayloadExclusionSelector { Field } }
overlay_enum! { InterceptorPayloadExclusion => sdk::InterceptorPayloadExclusion { ResponseBody } }

overlay! { GatewayPolicyEngineConfiguration => sdk::GatewayPolicyEngineConfiguration,
    blank sdk::GatewayPolicyEngineConfiguration::builder().arn("").mode(sdk::GatewayPolicyEngineMode::LogOnly).build(); {
    arn: required,
    mode: required,
} }
overlay_enum! { GatewayPolicyEngineMode => sdk::GatewayPolicyEngineMode { LogOnly, Enforce } }

overlay! { WafConfiguration => sdk::WafConfiguration, blank blank(sdk::WafConfiguration::builder().build()); {
    failure_mode: stated,
} }
overlay_enum! { WafFailureMode => sdk::WafFailureMode { FailClose, FailOpen } }
overlay! { CustomTransformConfiguration => sdk::CustomTransformConfiguration,
    blank blank(sdk::CustomTransformConfiguration::builder().build()); {
    lambda: stated,
} }
overlay! { LambdaTransformConfiguration => sdk::LambdaTransformConfiguration,
    blank blank(sdk::LambdaTransformConfiguration::builder().build()); {
    arn: stated,
} }

/// A struct of the SDK with only optional members, in the form of those that can lack a required one.
#[expect(clippy::unnecessary_wraps, reason = "the tables want one form for both kinds of structs")]
fn blank<T>(value: T) -> Result<T, BuildError> {
    Ok(value)
}

/// What AWS has, as the update that would change nothing. The protocol type is that of the answer as it came: where AWS has none (a gateway
/// that takes targets of every protocol), what the SDK makes of the answer says `MCP` all the same.
pub(super) fn standing(gateway: &GetGatewayOutput, protocol: Option<&str>) -> Result<UpdateGatewayInput, BuildError> {
    let gateway = gateway.clone();
    UpdateGatewayInput::builder()
        .gateway_identifier(gateway.gateway_id)
        .name(gateway.name)
        .set_description(gateway.description)
        .set_role_arn(gateway.role_arn)
        .set_protocol_type(protocol.map(Into::into))
        .set_protocol_configuration(gateway.protocol_configuration)
        .authorizer_type(gateway.authorizer_type)
        .set_authorizer_configuration(gateway.authorizer_configuration)
        .set_kms_key_arn(gateway.kms_key_arn)
        .set_custom_transform_configuration(gateway.custom_transform_configuration)
        .set_interceptor_configurations(gateway.interceptor_configurations)
        .set_policy_engine_configuration(gateway.policy_engine_configuration)
        .set_exception_level(gateway.exception_level)
        .set_waf_configuration(gateway.waf_configuration)
        .build()
}

/// What one update changes that the other does not.
pub(super) fn difference_of(before: &UpdateGatewayInput, after: &UpdateGatewayInput) -> Vec<String> {
    difference! { before, after;
        description => "description",
        role_arn => "roleArn",
        protocol_type => "protocolType",
        protocol_configuration => "protocolConfiguration",
        authorizer_type => "authorizerType",
        authorizer_configuration => "authorizerConfiguration",
        kms_key_arn => "kmsKeyArn",
        custom_transform_configuration => "customTransformConfiguration",
        interceptor_configurations => "interceptorConfigurations",
        policy_engine_configuration => "policyEngineConfiguration",
        exception_level => "exceptionLevel",
        waf_configuration => "wafConfiguration",
    }
}

/// The create that makes what this update describes. It has no members for WAF and for transforming calls: an update has to follow.
pub(super) fn creation(gateway: UpdateGatewayInput) -> CreateGatewayInputBuilder {
    CreateGatewayInputBuilder::default()
        .set_name(gateway.name)
        .set_description(gateway.description)
        .set_role_arn(gateway.role_arn)
        .set_protocol_type(gateway.protocol_type)
        .set_protocol_configuration(gateway.protocol_configuration)
        .set_authorizer_type(gateway.authorizer_type)
        .set_authorizer_configuration(gateway.authorizer_configuration)
        .set_kms_key_arn(gateway.kms_key_arn)
        .set_interceptor_configurations(gateway.interceptor_configurations)
        .set_policy_engine_configuration(gateway.policy_engine_configuration)
        .set_exception_level(gateway.exception_level)
}

/// The update as the request builder that the client takes.
pub(super) fn update(
    gateway: UpdateGatewayInput,
) -> aws_sdk_bedrockagentcorecontrol::operation::update_gateway::builders::UpdateGatewayInputBuilder {
    UpdateGatewayInput::builder()
        .set_gateway_identifier(gateway.gateway_identifier)
        .set_name(gateway.name)
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
        .set_exception_level(gateway.exception_level)
        .set_waf_configuration(gateway.waf_configuration)
}

#[cfg(test)]
mod tests;
