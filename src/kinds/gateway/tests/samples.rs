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
    collection::{btree_map, vec},
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

pub(in crate::kinds::gateway) const CONFIGURATION: &str = "rcfg-0a1b2c3d4e5f60d01";
pub(in crate::kinds::gateway) const KEY: &str =
    "arn:aws:kms:us-west-2:111122223333:key/00000000-0000-0000-0000-000000000001";
pub(in crate::kinds::gateway) const ENGINE: &str =
    "arn:aws:bedrock-agentcore:us-west-2:111122223333:policy-engine/engine-abcde12345";
pub(in crate::kinds::gateway) const RUNTIME: &str =
    "arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/agent-abcde12345";

/// A claim that a token must have.
fn claim(name: &str, value: &Value, operator: &str) -> Value {
    let holds = if operator == "EQUALS" { "STRING" } else { "STRING_ARRAY" };
    json!({
        "inboundTokenClaimName": name,
        "inboundTokenClaimValueType": holds,
        "authorizingClaimMatchValue": {"claimMatchValue": value, "claimMatchOperator": operator},
    })
}

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
            "advertisedScopeMapping": {"call": "api://tools/call"},
            "customClaims": [
                claim("team", &json!({"matchValueString": "search"}), "EQUALS"),
                claim("groups", &json!({"matchValueStringList": ["readers", "writers"]}), "CONTAINS_ANY"),
            ],
            "privateEndpoint": {"managedVpcResource": {
                "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
                "subnetIds": ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"],
                "endpointIpAddressType": "IPV4",
                "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"],
            }},
            "privateEndpointOverrides": [{"domain": "keys.example.com", "privateEndpoint": {
                "selfManagedLatticeResource": {"resourceConfigurationIdentifier": CONFIGURATION},
            }}],
            "allowedWorkloadConfiguration": {
                "hostingEnvironments": [{"arn": RUNTIME}],
                "workloadIdentities": ["search-agent", "stock-agent"],
            },
        }},
        "exceptionLevel": "DEBUG",
        "kmsKeyArn": KEY,
        "interceptorConfigurations": [
            {
                "interceptor": {"lambda": {"arn": lambda("requests")}},
                "interceptionPoints": ["REQUEST"],
                "inputConfiguration": {"passRequestHeaders": true},
            },
            {
                "interceptor": {"lambda": {"arn": lambda("answers")}},
                "interceptionPoints": ["RESPONSE"],
                "inputConfiguration": {
                    "passRequestHeaders": false,
                    "payloadFilter": {"exclude": [{"field": "RESPONSE_BODY"}]},
                },
            },
        ],
        "policyEngineConfiguration": {"arn": ENGINE, "mode": "ENFORCE"},
        "wafConfiguration": {"failureMode": "FAIL_OPEN"},
        "customTransformConfiguration": {"lambda": {"arn": lambda("transform")}},
        "tags": {"team": "search"},
        "allowedNamespaces": {"from": "All"},
        "allowedTargets": {"hosts": ["*.example.com"]},
        "targetNames": "NamespacePrefixed",
        "discovery": {"from": "Same", "annotations": ["preflight"]},
        "connectionConfigMap": {"name": "agents"},
        "recreate": true,
        "deletionPolicy": "Retain",
        "adopt": {"name": "agents", "orCreate": true},
        "suspend": true,
    }))
}

/// The ARN of a function.
pub(in crate::kinds::gateway) fn lambda(name: &str) -> String {
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
        on_the_way(),
    );
    parts.prop_map(|(description, role, protocol_type, protocol_configuration, authorizer, exception_level, more)| {
        let (authorizer_type, authorizer_configuration) = authorizer;
        GatewaySpec {
            description,
            role_arn: format!("arn:aws:iam::111122223333:role/{role}"),
            protocol_type,
            protocol_configuration,
            authorizer_type,
            authorizer_configuration,
            exception_level,
            ..more
        }
    })
}

/// What a call passes: key, interceptors, engine, WAF, transform.
fn on_the_way() -> impl Strategy<Value = GatewaySpec> {
    let interceptors = prop_oneof![
        Just(json!([])),
        "[a-b]".prop_map(|name| json!([interceptor(&name, &["REQUEST", "RESPONSE"])])),
        ("[a-b]", "[a-b]")
            .prop_map(|(one, other)| json!([interceptor(&one, &["RESPONSE"]), interceptor(&other, &["REQUEST"]),])),
    ];
    let modes = option::of(select(vec!["LOG_ONLY", "ENFORCE"]));
    let failures = option::of(select(vec!["FAIL_OPEN", "FAIL_CLOSE"]));
    (option::of("[a-b]"), interceptors, modes, failures, option::of("[a-b]")).prop_map(
        |(key, interceptors, mode, failure, transform)| {
            let mut more = plain();
            more.kms_key_arn = key;
            more.interceptor_configurations = from_value(interceptors).unwrap();
            let engine = mode.map(|mode| json!({"arn": ENGINE, "mode": mode}));
            more.policy_engine_configuration = engine.map(|engine| from_value(engine).unwrap());
            let waf = failure.map(|mode| json!({"failureMode": mode}));
            more.waf_configuration = waf.map(|waf| from_value(waf).unwrap());
            let transform = transform.map(|name| json!({"lambda": {"arn": lambda(&name)}}));
            more.custom_transform_configuration = transform.map(|transform| from_value(transform).unwrap());
            more
        },
    )
}

fn interceptor(name: &str, points: &[&str]) -> Value {
    json!({"interceptor": {"lambda": {"arn": lambda(name)}}, "interceptionPoints": points})
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
    let tokens =
        ("[a-c]", texts(), texts(), texts(), more_of_tokens()).prop_map(|(issuer, audience, clients, scopes, more)| {
            let configuration = CustomJwtAuthorizerConfiguration {
                discovery_url: format!("https://{issuer}/.well-known/openid-configuration"),
                allowed_audience: audience,
                allowed_clients: clients,
                allowed_scopes: scopes,
                ..more
            };
            (AuthorizerType::CustomJwt, Some(AuthorizerConfiguration::CustomJwtAuthorizer(configuration)))
        });
    let others = vec![AuthorizerType::AwsIam, AuthorizerType::None, AuthorizerType::AuthenticateOnly];
    prop_oneof![tokens, select(others).prop_map(|authorizer| (authorizer, None))]
}

fn more_of_tokens() -> impl Strategy<Value = CustomJwtAuthorizerConfiguration> {
    let claims = subsequence(
        vec![
            claim("a", &json!({"matchValueString": "x"}), "EQUALS"),
            claim("b", &json!({"matchValueStringList": ["x", "y"]}), "CONTAINS_ANY"),
            claim("b", &json!({"matchValueString": "y"}), "CONTAINS"),
        ],
        0..=3,
    );
    let way = |id: &str| json!({"selfManagedLatticeResource": {"resourceConfigurationIdentifier": id}});
    let network = |family: &str| json!({"managedVpcResource": {"vpcIdentifier": "vpc", "subnetIds": ["a", "b"], "endpointIpAddressType": family}});
    let endpoints = option::of(select(vec![way("one"), way("other"), network("IPV4"), network("IPV6")]));
    let overrides = subsequence(
        vec![
            json!({"domain": "a", "privateEndpoint": way("one")}),
            json!({"domain": "b", "privateEndpoint": way("other")}),
        ],
        0..=2,
    );
    let parts = (btree_map("[a-b]", "[a-b]", 0..3), claims, endpoints, overrides.prop_shuffle(), texts(), texts());
    parts.prop_map(|(mapping, claims, endpoint, overrides, environments, identities)| {
        let environments: Vec<Value> = environments.iter().map(|arn| json!({"arn": arn})).collect();
        let nobody = environments.is_empty() && identities.is_empty();
        let mut more = json!({
            "discoveryUrl": "",
            "advertisedScopeMapping": mapping,
            "customClaims": claims,
            "privateEndpointOverrides": overrides,
        });
        if let Some(endpoint) = endpoint {
            more["privateEndpoint"] = endpoint;
        }
        if !nobody {
            more["allowedWorkloadConfiguration"] =
                json!({"hostingEnvironments": environments, "workloadIdentities": identities});
        }
        from_value(more).unwrap()
    })
}

/// A few texts without order, none included.
fn texts() -> impl Strategy<Value = Vec<String>> {
    subsequence(vec!["a", "b", "c"], 0..=3)
        .prop_shuffle()
        .prop_map(|texts| texts.into_iter().map(str::to_owned).collect())
}

/// Anything that AWS may have: made from another spec, and filled in by AWS.
pub(in crate::kinds::gateway) fn held() -> impl Strategy<Value = UpdateGatewayInput> {
    (specs(), vec("[v-z]", 0..3)).prop_map(|(spec, versions)| {
        let mut gateway = spec.state().unwrap();
        gateway.gateway_identifier = Some("agents-abcde12345".into());
        gateway.name = Some("agents".into());
        fill_in(&mut gateway, &versions);
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
        tokens.custom_claims.iter_mut().for_each(|claims| claims.reverse());
        tokens.private_endpoint_overrides.iter_mut().for_each(|overrides| overrides.reverse());
        if let Some(workloads) = &mut tokens.allowed_workload_configuration {
            turn(&mut workloads.workload_identities);
            workloads.hosting_environments.iter_mut().for_each(|environments| environments.reverse());
        }
    }
    if let Some(sdk::AuthorizerConfiguration::CustomJwtAuthorizer(tokens)) = &mut gateway.authorizer_configuration
        && let Some(sdk::PrivateEndpoint::ManagedVpcResource(network)) = &mut tokens.private_endpoint
    {
        network.subnet_ids.reverse();
    }
    if let Some(interceptors) = &mut gateway.interceptor_configurations {
        interceptors.reverse();
        for interceptor in interceptors.iter_mut() {
            interceptor.interception_points.reverse();
        }
    }
}
