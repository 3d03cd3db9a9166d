//! The requests of plans, member by member.

use aws_sdk_bedrockagentcorecontrol::{operation::update_gateway::UpdateGatewayInput, types as sdk};
use proptest::prelude::*;

use super::{
    samples::{CONFIGURATION, ENGINE, ISSUER, KEY, ROLE, RUNTIME, fill_in, held, lambda, specs, turn},
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
    let environment = sdk::HostingEnvironment::builder().arn(RUNTIME).build().unwrap();
    let workloads = sdk::AllowedWorkloadConfiguration::builder()
        .hosting_environments(environment)
        .workload_identities("search-agent")
        .workload_identities("stock-agent");
    let network = sdk::ManagedVpcResource::builder()
        .vpc_identifier("vpc-0a1b2c3d4e5f60718")
        .subnet_ids("subnet-0a1b2c3d4e5f60a01")
        .subnet_ids("subnet-0a1b2c3d4e5f60a02")
        .endpoint_ip_address_type(sdk::EndpointIpAddressType::Ipv4)
        .security_group_ids("sg-0a1b2c3d4e5f60b02");
    let keys = sdk::SelfManagedLatticeResource::ResourceConfigurationIdentifier(CONFIGURATION.into());
    let keys = sdk::PrivateEndpointOverride::builder()
        .domain("keys.example.com")
        .private_endpoint(sdk::PrivateEndpoint::SelfManagedLatticeResource(keys));
    let [team, groups] = claims();
    let tokens = sdk::CustomJwtAuthorizerConfiguration::builder()
        .discovery_url(ISSUER)
        .allowed_audience("tools")
        .allowed_clients("c1")
        .allowed_clients("c2")
        .allowed_scopes("call")
        .advertised_scope_mapping("call", "api://tools/call")
        .custom_claims(team)
        .custom_claims(groups)
        .private_endpoint(sdk::PrivateEndpoint::ManagedVpcResource(network.build().unwrap()))
        .private_endpoint_overrides(keys.build().unwrap())
        .allowed_workload_configuration(workloads.build());
    sdk::AuthorizerConfiguration::CustomJwtAuthorizer(tokens.build().unwrap())
}

/// The claims that the full spec asks for.
fn claims() -> [sdk::CustomClaimValidationType; 2] {
    let claim = |name: &str, holds, value, operator| {
        let value =
            sdk::AuthorizingClaimMatchValueType::builder().claim_match_value(value).claim_match_operator(operator);
        sdk::CustomClaimValidationType::builder()
            .inbound_token_claim_name(name)
            .inbound_token_claim_value_type(holds)
            .authorizing_claim_match_value(value.build().unwrap())
            .build()
            .unwrap()
    };
    let list = sdk::ClaimMatchValueType::MatchValueStringList(texts(&["readers", "writers"]));
    [
        claim(
            "team",
            sdk::InboundTokenClaimValueType::String,
            sdk::ClaimMatchValueType::MatchValueString("search".into()),
            sdk::ClaimMatchOperatorType::Equals,
        ),
        claim("groups", sdk::InboundTokenClaimValueType::StringArray, list, sdk::ClaimMatchOperatorType::ContainsAny),
    ]
}

/// The interceptors that the full spec asks for.
fn interceptors() -> Vec<sdk::GatewayInterceptorConfiguration> {
    let interceptor = |name: &str, point, input: sdk::InterceptorInputConfiguration| {
        let function = sdk::LambdaInterceptorConfiguration::builder().arn(lambda(name)).build().unwrap();
        sdk::GatewayInterceptorConfiguration::builder()
            .interceptor(sdk::InterceptorConfiguration::Lambda(function))
            .interception_points(point)
            .input_configuration(input)
            .build()
            .unwrap()
    };
    let body = sdk::InterceptorPayloadExclusionSelector::Field(sdk::InterceptorPayloadExclusion::ResponseBody);
    let filter = sdk::InterceptorPayloadFilter::builder().exclude(body).build().unwrap();
    let input = |headers| sdk::InterceptorInputConfiguration::builder().pass_request_headers(headers);
    vec![
        interceptor("requests", sdk::GatewayInterceptionPoint::Request, input(true).build().unwrap()),
        interceptor(
            "answers",
            sdk::GatewayInterceptionPoint::Response,
            input(false).payload_filter(filter).build().unwrap(),
        ),
    ]
}

/// The policy engine that the full spec asks for.
fn engine() -> sdk::GatewayPolicyEngineConfiguration {
    let engine = sdk::GatewayPolicyEngineConfiguration::builder().arn(ENGINE);
    engine.mode(sdk::GatewayPolicyEngineMode::Enforce).build().unwrap()
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
        .kms_key_arn(KEY)
        .set_interceptor_configurations(Some(interceptors()))
        .policy_engine_configuration(engine())
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

/// What AWS has for the full spec.
fn everything() -> UpdateGatewayInput {
    let transform = sdk::LambdaTransformConfiguration::builder().arn(lambda("transform")).build();
    UpdateGatewayInput::builder()
        .gateway_identifier("agents-abcde12345")
        .name("agents")
        .description("Tools of the search team")
        .role_arn(ROLE)
        .protocol_type(sdk::GatewayProtocolType::Mcp)
        .protocol_configuration(protocol())
        .authorizer_type(sdk::AuthorizerType::CustomJwt)
        .authorizer_configuration(tokens())
        .exception_level(sdk::ExceptionLevel::Debug)
        .kms_key_arn(KEY)
        .set_interceptor_configurations(Some(interceptors()))
        .policy_engine_configuration(engine())
        .waf_configuration(sdk::WafConfiguration::builder().failure_mode(sdk::WafFailureMode::FailOpen).build())
        .custom_transform_configuration(sdk::CustomTransformConfiguration::builder().lambda(transform).build())
        .build()
        .unwrap()
}

fn in_aws(gateway: &UpdateGatewayInput) -> Observed {
    let protocol = gateway.protocol_type.as_ref().map(ToString::to_string);
    Observed { gateway: report(gateway).build().unwrap(), unknown: Vec::new(), protocol, tags: None }
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
    let drifts: [(&str, Drift); 25] = [
        ("description", |gateway| gateway.description = None),
        ("roleArn", |gateway| gateway.role_arn = Some("other".into())),
        ("protocolConfiguration", |gateway| {
            mcp(gateway, |mcp| *mcp = sdk::McpGatewayConfiguration::builder().search_type("SEMANTIC".into()).build());
        }),
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
        ("advertisedScopeMapping", |gateway| jwt(gateway, |jwt| jwt.advertised_scope_mapping = None)),
        ("customClaims", |gateway| jwt(gateway, |jwt| jwt.custom_claims.as_mut().unwrap().truncate(1))),
        ("privateEndpoint", |gateway| jwt(gateway, |jwt| jwt.private_endpoint = None)),
        ("privateEndpointOverrides", |gateway| jwt(gateway, |jwt| jwt.private_endpoint_overrides = None)),
        ("allowedWorkloadConfiguration", |gateway| {
            jwt(gateway, |jwt| jwt.allowed_workload_configuration.as_mut().unwrap().hosting_environments = None);
        }),
        ("kmsKeyArn", |gateway| gateway.kms_key_arn = None),
        ("interceptorConfigurations", |gateway| gateway.interceptor_configurations = None),
        ("an interceptor", |gateway| gateway.interceptor_configurations.as_mut().unwrap().truncate(1)),
        ("policyEngineConfiguration", |gateway| {
            let engine = gateway.policy_engine_configuration.as_mut().unwrap();
            engine.mode = sdk::GatewayPolicyEngineMode::LogOnly;
        }),
        ("wafConfiguration", |gateway| gateway.waf_configuration = None),
        ("customTransformConfiguration", |gateway| gateway.custom_transform_configuration = None),
    ];
    let desired = desired(full());
    assert_eq!(planned(&desired, &accepted(&desired), Some(&in_aws(&everything()))), "Settled");
    for (member, drift) in drifts {
        let mut held = everything();
        drift(&mut held);
        let mut update = update(&desired, &in_aws(&held));
        // What did not drift stands in the order in which AWS has it.
        let mut expected = everything();
        let mut turned = everything();
        turn(&mut turned);
        for gateway in [&mut update, &mut expected, &mut turned] {
            in_order(gateway);
        }
        assert_eq!(turned, expected, "only the order differed");
        assert_eq!(update, expected, "{member}");
    }
}

/// Puts everything whose order means nothing into one order.
fn in_order(gateway: &mut UpdateGatewayInput) {
    mcp(gateway, |mcp| mcp.supported_versions.iter_mut().for_each(|versions| versions.sort()));
    jwt(gateway, |jwt| {
        jwt.allowed_clients.iter_mut().for_each(|clients| clients.sort());
        jwt.custom_claims.iter_mut().for_each(|claims| claims.sort_by_key(|claim| format!("{claim:?}")));
        let workloads = jwt.allowed_workload_configuration.as_mut();
        workloads.into_iter().flat_map(|workloads| &mut workloads.workload_identities).for_each(|names| names.sort());
        if let Some(sdk::PrivateEndpoint::ManagedVpcResource(network)) = &mut jwt.private_endpoint {
            network.subnet_ids.sort();
        }
    });
    if let Some(interceptors) = &mut gateway.interceptor_configurations {
        interceptors.sort_by_key(|interceptor| format!("{interceptor:?}"));
    }
}

/// The create has no members for WAF and for transforming calls: one update brings them, and only then is it the whole gateway.
#[test]
fn what_a_create_cannot_say_an_update_brings() {
    let desired = desired(full());
    let past = Past { recorded: false, ..past(&desired.fingerprint, None) };
    let create = request(Gateway::plan(&desired, &past, None));
    assert!(!Gateway::is_complete(&desired, &create));
    let mut made = everything();
    made.waf_configuration = None;
    made.custom_transform_configuration = None;
    let begun = Past { just_changed: true, accepted: Some(Past::begun(&desired.fingerprint)), ..accepted(&desired) };
    let Change::Update(update) = request(Gateway::plan(&desired, &begun, Some(&in_aws(&made)))) else {
        panic!("no update")
    };
    let mut sent = update.clone().build().unwrap();
    let mut expected = everything();
    in_order(&mut sent);
    in_order(&mut expected);
    assert_eq!(sent, expected);
    assert!(Gateway::is_complete(&desired, &Change::Update(update)));
    let said = Past { just_changed: true, ..accepted(&desired) };
    assert_eq!(planned(&desired, &said, Some(&in_aws(&made))), "Waiting Updating", "reads lag behind");
    let failed = Observed {
        gateway: report(&made).status(GatewayStatus::Failed).build().unwrap(),
        unknown: Vec::new(),
        protocol: made.protocol_type.as_ref().map(ToString::to_string),
        tags: None,
    };
    assert_eq!(planned(&desired, &begun, Some(&failed)), "Stalled CreateFailed", "what failed is not tried at once");
    for small in [plain(), GatewaySpec { waf_configuration: None, custom_transform_configuration: None, ..full() }] {
        let desired = super::desired(small);
        let past = Past { recorded: false, ..super::past(&desired.fingerprint, None) };
        assert!(Gateway::is_complete(&desired, &request(Gateway::plan(&desired, &past, None))));
    }
}

/// Groups that a new network does not name are the default ones; without any, nothing is sent.
#[test]
fn a_new_network_of_the_authorizer_has_groups() {
    let silent = |spec: &mut GatewaySpec| {
        let Some(api::AuthorizerConfiguration::CustomJwtAuthorizer(tokens)) = &mut spec.authorizer_configuration else {
            panic!("no authorizer")
        };
        let Some(api::PrivateEndpoint::ManagedVpcResource(network)) = &mut tokens.private_endpoint else {
            panic!("no network")
        };
        network.security_group_ids = Vec::new();
    };
    let groups = |configuration: &Option<sdk::AuthorizerConfiguration>| {
        let sdk::AuthorizerConfiguration::CustomJwtAuthorizer(tokens) = configuration.as_ref().unwrap() else {
            panic!("no authorizer")
        };
        let endpoint = tokens.private_endpoint.as_ref().unwrap().as_managed_vpc_resource().unwrap();
        endpoint.security_group_ids.clone()
    };
    let mut spec = full();
    silent(&mut spec);
    let mut desired = desired(spec);
    let first = Past { recorded: false, ..past(&desired.fingerprint, None) };
    let Change::Create(create) = request(Gateway::plan(&desired, &first, None)) else { panic!("no create") };
    assert_eq!(groups(create.get_authorizer_configuration()), Some(texts(&["sg-default"])));
    assert_ne!(create.get_client_token().clone().unwrap(), identity().token("", 1, &desired.fingerprint));
    assert_eq!(planned(&desired, &accepted(&desired), Some(&in_aws(&everything()))), "Settled", "AWS keeps its groups");
    let mut without = everything();
    jwt(&mut without, |jwt| jwt.private_endpoint = None);
    assert_eq!(
        groups(&update(&desired, &in_aws(&without)).authorizer_configuration),
        Some(texts(&["sg-default"])),
        "a network that an update makes"
    );
    desired.default_groups = Vec::new();
    assert_eq!(planned(&desired, &first, None), "Stalled SecurityGroupRequired");
    assert_eq!(planned(&desired, &accepted(&desired), Some(&in_aws(&without))), "Stalled SecurityGroupRequired");
}

#[test]
fn what_the_spec_no_longer_says_is_taken_away_and_what_aws_chose_is_sent_again() {
    let desired = desired(plain());
    let mut expected = everything();
    expected.description = None;
    expected.exception_level = None;
    expected.kms_key_arn = None;
    expected.interceptor_configurations = None;
    expected.policy_engine_configuration = None;
    expected.waf_configuration = None;
    expected.custom_transform_configuration = None;
    expected.authorizer_type = Some(sdk::AuthorizerType::AwsIam);
    expected.authorizer_configuration = None;
    let versions = sdk::McpGatewayConfiguration::builder()
        .supported_versions("2025-11-25")
        .supported_versions("2025-06-18")
        .build();
    expected.protocol_configuration = Some(sdk::GatewayProtocolConfiguration::Mcp(versions));
    let mut held = everything();
    held.protocol_type.clone_from(&expected.protocol_type);
    mcp(&mut held, |mcp| mcp.search_type = None);
    assert_eq!(update(&desired, &in_aws(&held)), expected);
}

/// What AWS takes when a gateway is made and never after: said otherwise, or later, it is told and nothing is sent.
#[test]
fn what_is_set_once_is_neither_sent_nor_passed_over() {
    let without = |change: fn(&mut GatewaySpec)| {
        let mut spec = full();
        change(&mut spec);
        desired(spec)
    };
    let table: [(&str, Desired, Drift); 3] = [
        ("protocolType", desired(full()), |gateway| gateway.protocol_type = None),
        ("searchType", desired(full()), |gateway| mcp(gateway, |mcp| mcp.search_type = None)),
        ("searchType", without(|spec| spec.protocol_configuration = None), |_| {}),
    ];
    for (member, desired, change) in table {
        let mut held = everything();
        held.description = None;
        change(&mut held);
        let plan = Gateway::plan(&desired, &edited(&desired), Some(&in_aws(&held)));
        assert_eq!(shown(&plan, name), "Stalled ImmutableField", "{member}");
        assert!(message(&plan).contains(member), "{}", message(&plan));
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
    let observed =
        Observed { gateway: report.build().unwrap(), unknown: Vec::new(), protocol: Some("MCP".into()), tags: None };
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
            Plan::Hold(hold) => {
                prop_assert_eq!(hold.reason(), Reason::ImmutableField);
                prop_assert!(desired.set_once(&in_aws(&held)).is_some());
            }
            other @ (Plan::Change { .. } | Plan::Replace(_)) => prop_assert!(false, "{:?}", other),
        }
    }

    /// What was just made is as the spec says, but for what a create cannot say.
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
            .set_kms_key_arn(create.get_kms_key_arn().clone())
            .set_interceptor_configurations(create.get_interceptor_configurations().clone())
            .set_policy_engine_configuration(create.get_policy_engine_configuration().clone())
            .build()
            .unwrap();
        fill_in(&mut made, &texts(&["2025-03-26"]));
        let plan = Gateway::plan(&desired, &accepted(&desired), Some(&in_aws(&made)));
        if Gateway::is_complete(&desired, &Change::Create(create)) {
            prop_assert_eq!(plan, Plan::Settled);
        } else {
            prop_assert!(matches!(plan, Plan::Change { request: Change::Update(_), .. }), "{:?}", plan);
        }
    }
}
