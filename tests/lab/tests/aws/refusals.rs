//! Requests that AWS would not take.

use aws_sdk_bedrockagentcorecontrol::types::AuthorizerType;
use lab::aws::ObjectKind;
use reqwest::Method;
use serde_json::{Value, json};

use crate::raw::{Answer, send, send_with, signed};
use crate::support::{Fixture, GROUP, MCP_URL, ROLE, SUBNETS, VPC, quick};

/// Changes one member of a body; null removes it.
fn with(body: &Value, pointer: &str, value: Value) -> Value {
    let mut body = body.clone();
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}")).as_object_mut().unwrap();
    if value.is_null() {
        parent.remove(member).unwrap_or_else(|| panic!("nothing at {pointer}"));
    } else {
        parent.insert(member.to_owned(), value);
    }
    body
}

fn gateway() -> Value {
    json!({
        "name": "agents", "roleArn": ROLE, "authorizerType": "CUSTOM_JWT", "protocolType": "MCP",
        "authorizerConfiguration": {"customJWTAuthorizer": {
            "discoveryUrl": "https://idp.example.com/.well-known/openid-configuration", "allowedClients": ["c1"]}},
        "protocolConfiguration": {"mcp": {"searchType": "SEMANTIC", "sessionConfiguration": {}}},
        "tags": {"a": "b"},
    })
}

fn target() -> Value {
    json!({
        "name": "one", "description": "d",
        "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": MCP_URL, "resourcePriority": 10}}},
        "privateEndpoint": {"managedVpcResource": {
            "vpcIdentifier": VPC, "subnetIds": SUBNETS, "endpointIpAddressType": "IPV4", "securityGroupIds": [GROUP]}},
    })
}

fn openapi(document: &Value) -> Value {
    json!({"openApiSchema": {"inlinePayload": document.to_string()}})
}

fn document() -> Value {
    json!({
        "openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example.com"}],
        "paths": {"/a": {"get": {"operationId": "a", "responses": {}}}},
    })
}

fn api_key() -> Value {
    json!([{"credentialProviderType": "API_KEY", "credentialProvider": {"apiKeyCredentialProvider": {
        "providerArn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/apikeycredentialprovider/k"}}}])
}

fn assert_invalid(answer: &Answer, field: &str, what: &str) {
    let code = (answer.status, answer.code.as_str());
    assert_eq!(code, (400, "ValidationException"), "{what}: {answer:?}");
    assert!(!answer.request_id.is_empty());
    let named: Vec<_> =
        answer.body["fieldList"].as_array().into_iter().flatten().map(|it| it["name"].as_str().unwrap()).collect();
    assert!(named.contains(&field), "{what}: {field} is not among {named:?}");
    assert_eq!(answer.body["reason"].as_str().unwrap().to_lowercase(), "fieldvalidationfailed");
}

#[tokio::test]
async fn gateways_that_the_model_or_the_guide_refuses() {
    let fixture = Fixture::start(quick()).await;
    let create = |body: Value| send(&fixture.aws, "bedrock-agentcore", Method::POST, "/gateways/", Some(body));
    let jwt = "/authorizerConfiguration/customJWTAuthorizer";
    let path = "authorizerConfiguration.customJWTAuthorizer";
    let many: Value = (0..51).map(|number| (format!("k{number}"), json!("v"))).collect();
    let cases = [
        ("/name", Value::Null, "name"),
        ("/name", json!("double--hyphen"), "name"),
        ("/name", json!("-first"), "name"),
        ("/name", json!("under_score"), "name"),
        ("/name", json!("x".repeat(49)), "name"),
        ("/name", json!(7), "name"),
        ("/roleArn", Value::Null, "roleArn"),
        ("/roleArn", json!("arn:aws:iam::1111:role/x"), "roleArn"),
        ("/description", json!(""), "description"),
        ("/description", json!("é".repeat(201)), "description"),
        ("/clientToken", json!("too-short"), "clientToken"),
        ("/clientToken", json!("a".repeat(257)), "clientToken"),
        ("/clientToken", json!(format!("{}-", "a".repeat(40))), "clientToken"),
        ("/authorizerType", json!("custom_jwt"), "authorizerType"),
        ("/authorizerType", json!("NONE"), "authorizerConfiguration"),
        ("/authorizerConfiguration", Value::Null, "authorizerConfiguration"),
        ("/authorizerConfiguration", json!({}), "authorizerConfiguration"),
        ("/protocolType", json!("HTTP"), "protocolType"),
        ("/exceptionLevel", json!("INFO"), "exceptionLevel"),
        ("/interceptorConfigurations", json!([]), "interceptorConfigurations"),
        ("/kmsKeyArn", json!("arn:aws:kms:us-west-2:111122223333:alias/x"), "kmsKeyArn"),
        ("/tags", many, "tags"),
        ("/tags", json!({"aws:x": "y"}), "tags"),
        ("/tags", json!({"BedrockAgentCoreGatewayManaged": "true"}), "tags"),
        ("/tags", json!({"a": "ä"}), "tags.a"),
        ("/wafConfiguration", json!({"failureMode": "FAIL_OPEN"}), "wafConfiguration"),
        ("/customTransformConfiguration", json!({}), "customTransformConfiguration"),
        ("/unknown", json!(1), "unknown"),
        (&format!("{jwt}/discoveryUrl"), json!("https://idp.example.com/"), &format!("{path}.discoveryUrl")),
        (&format!("{jwt}/allowedClients"), json!([]), &format!("{path}.allowedClients")),
        (&format!("{jwt}/allowedClients"), Value::Null, path),
        (
            "/protocolConfiguration/mcp/sessionConfiguration",
            json!({"sessionTimeoutInSeconds": 899}),
            "protocolConfiguration.mcp.sessionConfiguration.sessionTimeoutInSeconds",
        ),
        (
            "/protocolConfiguration/mcp/supportedVersions",
            json!(["2024-11-05"]),
            "protocolConfiguration.mcp.supportedVersions",
        ),
        ("/protocolConfiguration/mcp/searchType", json!("LEXICAL"), "protocolConfiguration.mcp.searchType"),
    ];
    for (pointer, value, field) in cases {
        let what = format!("{pointer} = {value}");
        assert_invalid(&create(with(&gateway(), pointer, value)).await, field, &what);
    }
    assert!(fixture.aws.objects(ObjectKind::Gateway).is_empty());
    let longest = with(&gateway(), "/description", json!("é".repeat(200)));
    let answer = create(longest).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.body["protocolConfiguration"]["mcp"]["sessionConfiguration"]["sessionTimeoutInSeconds"], 3600);
}

#[tokio::test]
async fn targets_that_the_model_or_the_guide_refuses() {
    let fixture = Fixture::start(quick()).await;
    let id = fixture.gateway("agents").await;
    let path = format!("/gateways/{id}/targets/");
    let create = |body: Value| send(&fixture.aws, "bedrock-agentcore", Method::POST, &path, Some(body));
    let server = "/targetConfiguration/mcp/mcpServer";
    let managed = "/privateEndpoint/managedVpcResource";
    let inside = |member: &str| format!("privateEndpoint.managedVpcResource.{member}");
    let iam = |service: bool| {
        let provider = service.then(|| json!({"iamCredentialProvider": {"service": "execute-api"}}));
        let mut entry = json!({"credentialProviderType": "GATEWAY_IAM_ROLE"});
        if let Some(provider) = provider {
            entry["credentialProvider"] = provider;
        }
        json!([entry])
    };
    let typed = |name: &str| json!([{"credentialProviderType": name}]);
    let credentials = "credentialProviderConfigurations";
    let cases = [
        ("/name", Value::Null, "name".to_owned()),
        ("/name", json!("two words"), "name".to_owned()),
        ("/name", json!("dotted.name"), "name".to_owned()),
        ("/description", json!("x".repeat(201)), "description".to_owned()),
        ("/targetConfiguration", Value::Null, "targetConfiguration".to_owned()),
        ("/targetConfiguration", json!({}), "targetConfiguration".to_owned()),
        (
            "/targetConfiguration",
            json!({"mcp": {"mcpServer": {"endpoint": MCP_URL}}, "http": {"passthrough": {}}}),
            "targetConfiguration".to_owned(),
        ),
        (
            &format!("{server}/endpoint"),
            json!("http://x.example.com/mcp"),
            "targetConfiguration.mcp.mcpServer.endpoint".to_owned(),
        ),
        (&format!("{server}/endpoint"), json!("https://u:p@x.example.com/"), "targetConfiguration".to_owned()),
        (&format!("{server}/endpoint"), json!("https://"), "targetConfiguration".to_owned()),
        (
            &format!("{server}/resourcePriority"),
            json!(1001),
            "targetConfiguration.mcp.mcpServer.resourcePriority".to_owned(),
        ),
        (
            &format!("{server}/resourcePriority"),
            json!(1.5),
            "targetConfiguration.mcp.mcpServer.resourcePriority".to_owned(),
        ),
        (&format!("{server}/listingMode"), json!("LAZY"), "targetConfiguration.mcp.mcpServer.listingMode".to_owned()),
        (&format!("{managed}/subnetIds"), json!([]), inside("subnetIds")),
        (&format!("{managed}/subnetIds"), json!([SUBNETS[0], SUBNETS[0]]), inside("subnetIds")),
        (&format!("{managed}/subnetIds"), json!(["subnet-x"]), inside("subnetIds[0]")),
        (
            &format!("{managed}/securityGroupIds"),
            json!([GROUP, GROUP, GROUP, GROUP, GROUP, GROUP]),
            inside("securityGroupIds"),
        ),
        (&format!("{managed}/endpointIpAddressType"), json!("DUALSTACK"), inside("endpointIpAddressType")),
        (&format!("{managed}/tags"), json!({"BedrockAgentCoreGatewayManaged": "true"}), "tags".to_owned()),
        (
            "/privateEndpoint",
            json!({"managedLatticeResource": {}}),
            "privateEndpoint.managedLatticeResource".to_owned(),
        ),
        ("/privateEndpoint", json!({}), "privateEndpoint".to_owned()),
        ("/routingDomain", json!("x.example.com"), "routingDomain".to_owned()),
        ("/tags", json!({"a": "b"}), "tags".to_owned()),
        (
            "/metadataConfiguration",
            json!({"allowedRequestHeaders": []}),
            "metadataConfiguration.allowedRequestHeaders".to_owned(),
        ),
        (
            "/metadataConfiguration",
            json!({"allowedRequestHeaders": ["Authorization"]}),
            "metadataConfiguration.allowedRequestHeaders".to_owned(),
        ),
        (
            "/metadataConfiguration",
            json!({"allowedRequestHeaders": ["X-Amzn-Trace-Id"]}),
            "metadataConfiguration.allowedRequestHeaders".to_owned(),
        ),
        ("/certificateConfigurations", json!([]), "certificateConfigurations".to_owned()),
        ("/credentialProviderConfigurations", json!([]), credentials.to_owned()),
        ("/credentialProviderConfigurations", typed("JWT_PASSTHROUGH"), credentials.to_owned()),
        ("/credentialProviderConfigurations", typed("CALLER_IAM_CREDENTIALS"), credentials.to_owned()),
        ("/credentialProviderConfigurations", typed("API_KEY"), credentials.to_owned()),
        ("/credentialProviderConfigurations", iam(false), credentials.to_owned()),
    ];
    for (pointer, value, field) in cases {
        let what = format!("{pointer} = {value}");
        assert_invalid(&create(with(&target(), pointer, value)).await, &field, &what);
    }
    assert!(fixture.aws.objects(ObjectKind::GatewayTarget).is_empty());
    for (number, accepted) in [iam(true), api_key()].into_iter().enumerate() {
        let body = with(&target(), "/credentialProviderConfigurations", accepted);
        let answer = create(with(&body, "/name", json!(format!("target-{number}")))).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }
}

#[tokio::test]
async fn kinds_of_targets_and_what_goes_with_them() {
    let fixture = Fixture::start(quick()).await;
    fixture.aws.network(|network| network.apis = lab::aws::network::Network::fixture().apis);
    let mcp = fixture.gateway("agents").await;
    let open = fixture.create_gateway("open").set_protocol_type(None).send().await.unwrap().gateway_id().to_owned();
    fixture.gateway_status(&open).await;
    let anyone = fixture.create_gateway("anyone").authorizer_type(AuthorizerType::None).set_protocol_type(None);
    let anyone = anyone.send().await.unwrap().gateway_id().to_owned();
    fixture.gateway_status(&anyone).await;
    let private = target()["privateEndpoint"].clone();
    let role = json!([{"credentialProviderType": "GATEWAY_IAM_ROLE"}]);
    let caller = json!([{"credentialProviderType": "CALLER_IAM_CREDENTIALS"}]);
    let jwt = json!([{"credentialProviderType": "JWT_PASSTHROUGH"}]);
    let lambda = json!({"mcp": {"lambda": {"lambdaArn": "arn:aws:lambda:us-west-2:111122223333:function:f",
        "toolSchema": {"inlinePayload": [{"name": "t", "description": "d", "inputSchema": {"type": "object"}}]}}}});
    let stage = json!({"mcp": {"apiGateway": {"restApiId": "pets123456", "stage": "prod",
        "apiGatewayToolConfiguration": {"toolFilters": [{"filterPath": "/pets", "methods": ["POST"]}]}}}});
    let smithy = json!({"mcp": {"smithyModel": {"s3": {"uri": "s3://bucket/model.json"}}}});
    let passthrough = json!({"http": {"passthrough": {"endpoint": "https://a.example.com/", "protocolType": "A2A"}}});
    let runtime = json!({"http": {"agentcoreRuntime":
        {"arn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/agent-abcdefghij"}}});
    let none = Value::Null;
    let cases = [
        ("a Lambda function without role", &mcp, &lambda, &none, &none, 400),
        ("a Lambda function", &mcp, &lambda, &role, &none, 202),
        ("a Lambda function in a VPC", &mcp, &lambda, &role, &private, 400),
        ("a stage without credentials", &mcp, &stage, &none, &none, 202),
        ("a stage in a VPC", &mcp, &stage, &none, &private, 400),
        ("a Smithy model without credentials", &mcp, &smithy, &none, &none, 400),
        ("a Smithy model", &mcp, &smithy, &role, &none, 202),
        ("HTTP behind MCP", &mcp, &passthrough, &none, &none, 400),
        ("HTTP", &open, &passthrough, &none, &none, 202),
        ("HTTP in a VPC", &open, &passthrough, &none, &private, 202),
        ("HTTP with a token of nobody", &open, &passthrough, &jwt, &none, 400),
        ("a runtime without credentials", &open, &runtime, &none, &none, 400),
        ("a runtime with the caller's", &open, &runtime, &caller, &none, 202),
        ("a runtime with the caller's, whom nobody knows", &anyone, &runtime, &caller, &none, 400),
        ("HTTP with the token of the caller", &anyone, &passthrough, &jwt, &none, 202),
    ];
    for (number, (what, gateway, configuration, credentials, endpoint, status)) in cases.into_iter().enumerate() {
        let mut body = json!({"name": format!("target-{number}"), "targetConfiguration": configuration});
        if !credentials.is_null() {
            body["credentialProviderConfigurations"] = credentials.clone();
        }
        if !endpoint.is_null() {
            body["privateEndpoint"] = endpoint.clone();
        }
        let path = format!("/gateways/{gateway}/targets/");
        let answer = send(&fixture.aws, "bedrock-agentcore", Method::POST, &path, Some(body)).await;
        assert_eq!(answer.status, status, "{what}: {answer:?}");
    }
    let nameless = json!({"targetConfiguration": runtime, "credentialProviderConfigurations": role});
    let path = format!("/gateways/{open}/targets/");
    let answer = send(&fixture.aws, "bedrock-agentcore", Method::POST, &path, Some(nameless)).await;
    assert_eq!(answer.status, 202, "AWS finds a name for a runtime: {answer:?}");
    assert!(answer.body["name"].is_string());
}

#[tokio::test]
async fn openapi_documents() {
    let fixture = Fixture::start(quick()).await;
    let id = fixture.gateway("agents").await;
    let path = format!("/gateways/{id}/targets/");
    let twice = json!({"get": {"operationId": "a"}, "post": {"operationId": "a"}});
    let big = json!({"get": {"operationId": "a", "description": "x".repeat(1024 * 1024)}});
    let cases = [
        ("as it should be", document(), 202),
        ("version 3.1", with(&document(), "/openapi", json!("3.1.0")), 202),
        ("version 3.2", with(&document(), "/openapi", json!("3.2.0")), 400),
        ("Swagger", with(&document(), "/openapi", Value::Null), 400),
        ("no servers", with(&document(), "/servers", Value::Null), 400),
        ("a relative server", with(&document(), "/servers", json!([{"url": "/v1"}])), 400),
        ("a host to fill in", with(&document(), "/servers", json!([{"url": "https://{host}/v1"}])), 400),
        ("a path to fill in", with(&document(), "/servers", json!([{"url": "https://a.example.com/{stage}"}])), 202),
        ("no paths", with(&document(), "/paths", json!({})), 400),
        ("no operationId", with(&document(), "/paths", json!({"/a": {"get": {}}})), 400),
        ("an operationId twice", with(&document(), "/paths", json!({"/a": twice})), 400),
        ("more than 1 MB", with(&document(), "/paths", json!({"/a": big})), 400),
        ("no object", json!([1]), 400),
    ];
    for (number, (what, document, status)) in cases.into_iter().enumerate() {
        let body = json!({"name": format!("api-{number}"), "targetConfiguration": {"mcp": openapi(&document)}});
        let answer = send(&fixture.aws, "bedrock-agentcore", Method::POST, &path, Some(body)).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.body["message"]);
    }
    let yaml = "openapi: 3.0.3\nservers:\n- url: https://api.example.com\npaths:\n  /a:\n    get: {operationId: a}\n";
    for (name, text, status) in [("yaml", yaml, 202), ("nonsense", "{", 400)] {
        let schema = json!({"openApiSchema": {"inlinePayload": text}});
        let body = json!({"name": name, "targetConfiguration": {"mcp": schema}});
        let answer = send(&fixture.aws, "bedrock-agentcore", Method::POST, &path, Some(body)).await;
        assert_eq!(answer.status, status, "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn reads_lists_and_tags_that_are_refused() {
    let fixture = Fixture::start(quick()).await;
    let id = fixture.gateway("agents").await;
    let arn = format!("arn%3Aaws%3Abedrock-agentcore%3Aus-west-2%3A111122223333%3Agateway%2F{id}");
    let (get, put, post, delete, patch) = (Method::GET, Method::PUT, Method::POST, Method::DELETE, Method::PATCH);
    let (core, lattice) = ("bedrock-agentcore", "vpc-lattice");
    let invalid = "ValidationException";
    let missing = "ResourceNotFoundException";
    let cases = [
        (core, &get, "/gateways/?maxResults=0".to_owned(), None, 400, invalid),
        (core, &get, "/gateways/?maxResults=1001".to_owned(), None, 400, invalid),
        (core, &get, "/gateways/?maxResults=ten".to_owned(), None, 400, invalid),
        (core, &get, "/gateways/?filter=x".to_owned(), None, 400, invalid),
        (core, &get, "/gateways/?maxResults=1&maxResults=2".to_owned(), None, 400, invalid),
        (core, &get, "/gateways/UPPER-abcdefghij/".to_owned(), None, 400, invalid),
        (core, &get, "/gateways/missing-abcdefghij/".to_owned(), None, 404, missing),
        (core, &get, format!("/gateways/{id}/targets/short/"), None, 400, invalid),
        (core, &get, format!("/gateways/{id}/targets/ABCDEFGHIJ/"), None, 404, missing),
        (core, &put, format!("/gateways/{id}/"), Some(json!({"name": "agents"})), 400, invalid),
        (core, &put, format!("/gateways/{id}/synchronizeTargets"), Some(json!({"targetIdList": []})), 400, invalid),
        (
            core,
            &put,
            format!("/gateways/{id}/synchronizeTargets"),
            Some(json!({"targetIdList": ["A", "B"]})),
            400,
            invalid,
        ),
        (
            core,
            &put,
            format!("/gateways/{id}/synchronizeTargets"),
            Some(json!({"targetIdList": ["ABCDEFGHIJ"]})),
            404,
            missing,
        ),
        (core, &put, format!("/gateways/{id}/synchronize"), Some(json!({})), 404, "UnknownOperationException"),
        (core, &patch, format!("/gateways/{id}/"), Some(json!({})), 404, "UnknownOperationException"),
        (core, &post, format!("/tags/{arn}"), Some(json!({})), 400, invalid),
        (core, &post, format!("/tags/{arn}"), Some(json!({"tags": {"a": 1}})), 400, invalid),
        (core, &delete, format!("/tags/{arn}"), None, 400, invalid),
        (core, &get, "/tags/arn%3Aaws%3Ax".to_owned(), None, 400, invalid),
        (core, &get, format!("/tags/{arn}x"), None, 404, missing),
        (
            core,
            &get,
            format!("/tags/{}", arn.replace("111122223333", "444455556666")),
            None,
            403,
            "AccessDeniedException",
        ),
        (lattice, &get, "/resourcegateways?maxResults=101".to_owned(), None, 400, invalid),
        (lattice, &get, "/resourcegateways/rgw-short".to_owned(), None, 400, invalid),
        (lattice, &get, "/resourcegateways/rgw-00000000000000000".to_owned(), None, 404, missing),
        (lattice, &get, "/resourceconfigurations/rcfg-00000000000000000".to_owned(), None, 404, missing),
        (lattice, &post, "/resourcegateways".to_owned(), Some(json!({"name": "a"})), 400, invalid),
        (
            lattice,
            &post,
            "/resourceconfigurations".to_owned(),
            Some(json!({"name": "abc", "type": "single"})),
            400,
            invalid,
        ),
        (
            lattice,
            &post,
            "/servicenetworkresourceassociations".to_owned(),
            Some(json!({})),
            404,
            "UnknownOperationException",
        ),
        (core, &get, "/resourcegateways".to_owned(), None, 404, "UnknownOperationException"),
    ];
    for (service, method, path, body, status, code) in cases {
        let what = format!("{method} {path}");
        let answer = send(&fixture.aws, service, method.clone(), &path, body).await;
        assert_eq!((answer.status, answer.code.as_str()), (status, code), "{what}: {answer:?}");
        assert!(answer.body["message"].is_string(), "{what}: {answer:?}");
    }
    let answer = send(&fixture.aws, lattice, get, "/resourcegateways/rgw-00000000000000000", None).await;
    assert_eq!(answer.body["resourceType"], "ResourceGateway");
    assert_eq!(answer.body["resourceId"], "rgw-00000000000000000");
}

#[tokio::test]
async fn requests_that_are_not_signed_properly() {
    let fixture = Fixture::start(quick()).await;
    let good = signed("bedrock-agentcore");
    let change = |from: &str, to: &str| vec![good[0].clone(), ("authorization", good[1].1.replace(from, to))];
    for (what, headers, status, code) in [
        ("no signature", vec![good[0].clone()], 403, "MissingAuthenticationTokenException"),
        ("another algorithm", change("AWS4-HMAC-SHA256", "Bearer"), 400, "IncompleteSignatureException"),
        ("another service", signed("s3"), 403, "InvalidSignatureException"),
        ("another region", change("us-west-2", "eu-west-1"), 403, "InvalidSignatureException"),
        ("another day", change("20261120", "20261119"), 403, "InvalidSignatureException"),
        ("no host", change("host;", ""), 400, "IncompleteSignatureException"),
        ("a short signature", change("Signature=0123", "Signature="), 400, "IncompleteSignatureException"),
        ("no date", vec![good[1].clone()], 400, "IncompleteSignatureException"),
    ] {
        let answer = send_with(&fixture.aws, Method::GET, "/gateways/", &headers, None).await;
        assert_eq!((answer.status, answer.code.as_str()), (status, code), "{what}");
    }
    let answer = send_with(&fixture.aws, Method::GET, "/gateways/", &good, None).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[tokio::test]
async fn bodies_that_are_no_json() {
    let fixture = Fixture::start(quick()).await;
    let mut json = signed("bedrock-agentcore");
    json.push(("content-type", "application/json".to_owned()));
    let plain = signed("bedrock-agentcore");
    for (what, headers, body) in
        [("half an object", &json, "{"), ("a list", &json, "[]"), ("another type", &plain, "{\"name\": \"a\"}")]
    {
        let answer = send_with(&fixture.aws, Method::POST, "/gateways/", headers, Some(body.to_owned())).await;
        assert_eq!((answer.status, answer.code.as_str()), (400, "SerializationException"), "{what}: {answer:?}");
    }
    let mut form = signed("sts");
    form.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
    let body = "Action=AssumeRole&Version=2011-06-15".to_owned();
    let answer = send_with(&fixture.aws, Method::POST, "/", &form, Some(body)).await;
    assert_eq!((answer.status, answer.code.as_str()), (400, "InvalidAction"));
}
