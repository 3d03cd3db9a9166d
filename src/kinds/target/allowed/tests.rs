//! Every limit, on targets that name what it limits.

use serde_json::{Value, from_value, json};

use super::*;

const AROUND: Around<'static> = Around { region: "us-west-2", groups: &[] };

fn allowed(limits: &Value) -> AllowedTargets {
    from_value(limits.clone()).unwrap()
}

fn target(configuration: sdk::TargetConfiguration) -> UpdateGatewayTargetInput {
    UpdateGatewayTargetInput::builder().target_configuration(configuration).build().unwrap()
}

fn mcp(configuration: sdk::McpTargetConfiguration) -> UpdateGatewayTargetInput {
    target(sdk::TargetConfiguration::Mcp(configuration))
}

fn server(endpoint: &str) -> UpdateGatewayTargetInput {
    let server = sdk::McpServerTargetConfiguration::builder().endpoint(endpoint).build().unwrap();
    mcp(sdk::McpTargetConfiguration::McpServer(server))
}

fn document(servers: &Value, of_a_path: &Value) -> UpdateGatewayTargetInput {
    let document = json!({"openapi": "3.1.0", "servers": servers, "paths": {"/a": {"get": {"servers": of_a_path}}}});
    let schema = sdk::ApiSchemaConfiguration::InlinePayload(document.to_string());
    mcp(sdk::McpTargetConfiguration::OpenApiSchema(schema))
}

fn function(arn: &str) -> UpdateGatewayTargetInput {
    let tools = sdk::ToolSchema::InlinePayload(Vec::new());
    let function = sdk::McpLambdaTargetConfiguration::builder().lambda_arn(arn).tool_schema(tools).build().unwrap();
    mcp(sdk::McpTargetConfiguration::Lambda(function))
}

fn network(subnets: &[&str], groups: &[&str]) -> UpdateGatewayTargetInput {
    let texts = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
    let network = sdk::ManagedVpcResource::builder()
        .vpc_identifier("vpc")
        .endpoint_ip_address_type(sdk::EndpointIpAddressType::Ipv4)
        .set_subnet_ids(Some(texts(subnets)))
        .set_security_group_ids((!groups.is_empty()).then(|| texts(groups)))
        .build()
        .unwrap();
    let mut target = server("https://a.example.com");
    target.private_endpoint = Some(sdk::PrivateEndpoint::ManagedVpcResource(network));
    target
}

fn with(provider: sdk::CredentialProvider) -> UpdateGatewayTargetInput {
    let credential = sdk::CredentialProviderConfiguration::builder()
        .credential_provider_type(sdk::CredentialProviderType::ApiKey)
        .credential_provider(provider);
    let mut target = server("https://a.example.com");
    target.credential_provider_configurations = Some(vec![credential.build().unwrap()]);
    target
}

fn key(arn: &str) -> UpdateGatewayTargetInput {
    let key = sdk::GatewayApiKeyCredentialProvider::builder().provider_arn(arn).build().unwrap();
    with(sdk::CredentialProvider::ApiKeyCredentialProvider(key))
}

fn oauth(arn: &str) -> UpdateGatewayTargetInput {
    let oauth = sdk::OAuthCredentialProvider::builder().provider_arn(arn).set_scopes(Some(Vec::new())).build().unwrap();
    with(sdk::CredentialProvider::OauthCredentialProvider(oauth))
}

fn secret(arn: &str) -> UpdateGatewayTargetInput {
    let secret = sdk::SecretsManagerCertificateConfiguration::builder().secret_arn(arn).build().unwrap();
    let mut target = server("https://a.example.com");
    target.certificate_configurations = Some(vec![sdk::CertificateConfiguration::SecretsManager(secret)]);
    target
}

/// What is said of a target; nothing: it is let in.
fn said(limits: &Value, target: &UpdateGatewayTargetInput, around: Around<'_>) -> Option<String> {
    let hold = beyond(&allowed(limits), "Gateway platform/agents", target, around)?;
    assert_eq!(hold.reason(), Reason::RefNotPermitted);
    let Hold::Stalled { message, .. } = hold else { panic!("{hold:?}") };
    Some(message)
}

#[test]
fn a_member_limits_when_it_is_given() {
    let one = |url: &str| json!([{"url": url}]);
    // | what is named | member | a limit that fits | one that does not | what is named then |
    let table = [
        (server("https://A.example.com:8443/mcp"), "hosts", "*.example.com", "*.example.org", "a.example.com"),
        (
            document(&one("https://a.example.com/v1"), &json!([])),
            "hosts",
            "a.example.com",
            "b.example.com",
            "a.example.com",
        ),
        (
            document(&one("https://a.example.com"), &one("https://b.example.com")),
            "hosts",
            "*.example.com",
            "a.example.com",
            "b.example.com",
        ),
        (key("arn:key/team-a"), "providerArns", "arn:key/team-*", "arn:key/other", "arn:key/team-a"),
        (oauth("arn:oauth/team-a"), "providerArns", "*", "arn:key/*", "arn:oauth/team-a"),
        (secret("arn:secret:ca"), "secretArns", "arn:secret:*", "arn:secret:other", "arn:secret:ca"),
        (function("arn:function:tools"), "lambdaArns", "arn:function:*", "arn:other:*", "arn:function:tools"),
        (network(&["subnet-1", "subnet-2"], &["sg-1"]), "subnetIds", "subnet-*", "subnet-1", "subnet-2"),
        (network(&["subnet-1"], &["sg-1", "sg-2"]), "securityGroupIds", "sg-*", "sg-1", "sg-2"),
    ];
    for (target, member, fits, other, named) in table {
        assert_eq!(said(&json!({}), &target, AROUND), None, "{member} is left out");
        assert_eq!(said(&json!({member: [fits]}), &target, AROUND), None, "{member} {fits}");
        assert_eq!(said(&json!({member: [other, fits]}), &target, AROUND), None, "{member}, one of two");
        for limits in [json!({member: [other]}), json!({member: []})] {
            let message = said(&limits, &target, AROUND).unwrap();
            assert!(message.contains(&format!("spec.allowedTargets.{member}")), "{message}");
            let first = if limits[member] == json!([]) { "" } else { named };
            assert!(message.contains(first), "{message} names {first}");
        }
        let others = ["hosts", "providerArns", "secretArns", "lambdaArns", "subnetIds", "securityGroupIds"];
        let named_by_each = ["hosts"];
        for another in others.iter().filter(|another| **another != member && !named_by_each.contains(another)) {
            let limits = json!({*another: []});
            let has_both =
                matches!((member, *another), ("subnetIds", "securityGroupIds") | ("securityGroupIds", "subnetIds"));
            assert_eq!(said(&limits, &target, AROUND).is_some(), has_both, "{another} says nothing of {member}");
        }
    }
}

/// The groups that the operator would give a new target count, too.
#[test]
fn default_groups_are_limited() {
    let groups = ["sg-default".to_owned()];
    let around = Around { groups: &groups, ..AROUND };
    let silent = network(&["subnet-1"], &[]);
    assert_eq!(said(&json!({"securityGroupIds": ["sg-default"]}), &silent, around), None);
    assert!(said(&json!({"securityGroupIds": ["sg-1"]}), &silent, around).unwrap().contains("sg-default"));
    assert_eq!(said(&json!({"securityGroupIds": ["sg-1"]}), &silent, AROUND), None, "AWS has its groups");
    assert_eq!(said(&json!({"securityGroupIds": ["sg-1"]}), &network(&["subnet-1"], &["sg-1"]), around), None);
}

#[test]
fn hosts_that_cannot_be_read_are_not_allowed() {
    let s3 = || sdk::ApiSchemaConfiguration::S3(sdk::S3Configuration::builder().uri("s3://a/b").build());
    let api = sdk::ApiGatewayTargetConfiguration::builder().rest_api_id("a1b2c3d4e5").stage("prod");
    let tools = sdk::ApiGatewayToolConfiguration::builder().set_tool_filters(Some(Vec::new())).build().unwrap();
    let api = mcp(sdk::McpTargetConfiguration::ApiGateway(api.api_gateway_tool_configuration(tools).build().unwrap()));
    let runtime = sdk::RuntimeTargetConfiguration::builder().arn("runtime").build().unwrap();
    let runtime = target(sdk::TargetConfiguration::Http(sdk::HttpTargetConfiguration::AgentcoreRuntime(runtime)));
    let passthrough = sdk::PassthroughTargetConfiguration::builder()
        .endpoint("https://a.example.com/")
        .protocol_type("A2A".into())
        .build()
        .unwrap();
    let passthrough = target(sdk::TargetConfiguration::Http(sdk::HttpTargetConfiguration::Passthrough(passthrough)));
    let provider = sdk::InferenceProviderTargetConfiguration::builder().endpoint("https://llm.example.com/v1").build();
    let provider = sdk::InferenceTargetConfiguration::Provider(provider.unwrap());
    // | the target | hosts | let in |
    let table = [
        (mcp(sdk::McpTargetConfiguration::OpenApiSchema(s3())), "*", false),
        (mcp(sdk::McpTargetConfiguration::SmithyModel(s3())), "*", false),
        (server("not a url"), "*", false),
        (document(&json!([{"url": "/v1"}]), &json!([])), "*", false),
        (api.clone(), "a1b2c3d4e5.execute-api.us-west-2.amazonaws.com", true),
        (api, "*.example.com", false),
        (function("arn:function:tools"), "none.example.com", true),
        (runtime, "none.example.com", true),
        (passthrough.clone(), "a.example.com", true),
        (passthrough, "b.example.com", false),
        (target(sdk::TargetConfiguration::Inference(provider.clone())), "llm.example.com", true),
        (target(sdk::TargetConfiguration::Inference(provider)), "a.example.com", false),
    ];
    for (target, pattern, let_in) in table {
        let said = said(&json!({"hosts": [pattern]}), &target, AROUND);
        assert_eq!(said.is_none(), let_in, "{pattern}: {said:?}");
        assert_eq!(beyond(&AllowedTargets::default(), "", &target, AROUND), None);
    }
}

/// What is not read the same by everybody, and what stands elsewhere in the document, could be another host.
#[test]
fn hosts_that_could_be_others_are_not_allowed() {
    let path = |path: Value| {
        let document = json!({
            "openapi": "3.1.0",
            "servers": [{"url": "https://a.example.com"}],
            "paths": {"/a": path},
            "components": {"pathItems": {"a": {"servers": [{"url": "https://b.example.com"}], "get": {"operationId": "a"}}}},
        });
        let schema = sdk::ApiSchemaConfiguration::InlinePayload(document.to_string());
        mcp(sdk::McpTargetConfiguration::OpenApiSchema(schema))
    };
    let server = |url: &str| document(&json!([{"url": url}]), &json!([]));
    // | the target | let in |
    let table = [
        (path(json!({"get": {"operationId": "a"}})), true),
        (path(json!({"$ref": "#/components/pathItems/a"})), false),
        (server("https://a.example.com/v1"), true),
        (server(r"https://b.example.com\@a.example.com/v1"), false),
        (server("https://b.example.com\t@a.example.com/v1"), false),
    ];
    for (target, let_in) in table {
        let said = said(&json!({"hosts": ["a.example.com"]}), &target, AROUND);
        assert_eq!(said.is_none(), let_in, "{said:?} {target:?}");
    }
}
