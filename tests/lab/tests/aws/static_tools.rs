//! Lists of tools and authorities for certificates that come with a target.

use lab::aws::ObjectKind;
use reqwest::Method;
use serde_json::{Value, json};

use crate::raw::{Answer, send};
use crate::support::{Fixture, GROUP, MCP_URL, SUBNETS, VPC, eventually, quick};

const SECRET: &str = "arn:aws:secretsmanager:us-west-2:111122223333:secret:private-ca-AbCdEf";

/// A target with members of `mcpServer` and members of its own besides those that it needs.
fn target(server: &Value, own: &Value) -> Value {
    let mut body = json!({"name": "one", "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": MCP_URL}}}});
    let merge = |into: &mut Value, from: &Value| {
        into.as_object_mut().unwrap().extend(from.as_object().unwrap().clone());
    };
    merge(body.pointer_mut("/targetConfiguration/mcp/mcpServer").unwrap(), server);
    merge(&mut body, own);
    body
}

fn private() -> Value {
    json!({"managedVpcResource": {
        "vpcIdentifier": VPC, "subnetIds": SUBNETS, "endpointIpAddressType": "IPV4", "securityGroupIds": [GROUP]}})
}

fn inline(tools: &Value) -> Value {
    json!({"mcpToolSchema": {"inlinePayload": tools.to_string()}})
}

async fn create(fixture: &Fixture, gateway: &str, body: Value) -> Answer {
    let path = format!("/gateways/{gateway}/targets/");
    send(&fixture.aws, "bedrock-agentcore", Method::POST, &path, Some(body)).await
}

#[tokio::test]
async fn a_list_of_tools_is_kept_as_it_was_sent() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let tools = json!({"tools": [{"name": "add", "inputSchema": {"type": "object"}}]});
    for (name, server) in [
        ("inline", inline(&tools)),
        ("bare", inline(&tools["tools"])),
        (
            "stored",
            json!({"mcpToolSchema": {"s3": {"uri": "s3://tools/list.json", "bucketOwnerAccountId": "111122223333"}}}),
        ),
    ] {
        let answer = create(&fixture, &gateway, target(&server, &json!({"name": name}))).await;
        assert_eq!(answer.status, 202, "{name}: {answer:?}");
        let path = format!("/gateways/{gateway}/targets/{}/", answer.body["targetId"].as_str().unwrap());
        let got = eventually(|| async {
            let got = send(&fixture.aws, "bedrock-agentcore", Method::GET, &path, None).await;
            (got.body["status"] == "READY").then_some(got.body)
        })
        .await;
        let kept = &got["targetConfiguration"]["mcp"]["mcpServer"]["mcpToolSchema"];
        assert_eq!(*kept, server["mcpToolSchema"], "{name}: no server was asked");
        assert_eq!(got["lastSynchronizedAt"], Value::Null, "{name}");
    }
}

#[tokio::test]
async fn lists_of_tools_that_are_refused() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let tool = json!({"name": "add", "inputSchema": {"type": "object"}});
    let named = |name: &str| json!({"tools": [{"name": name, "inputSchema": {"type": "object"}}]});
    for (what, server) in [
        ("nothing", json!({"mcpToolSchema": {}})),
        ("both", json!({"mcpToolSchema": {"inlinePayload": "[]", "s3": {"uri": "s3://tools/list.json"}}})),
        ("another address", json!({"mcpToolSchema": {"s3": {"uri": "https://tools/list.json"}}})),
        ("no JSON", json!({"mcpToolSchema": {"inlinePayload": "tools: []"}})),
        ("no list", inline(&json!({"tools": {}}))),
        ("a nameless tool", inline(&json!([{"inputSchema": {"type": "object"}}]))),
        ("no schema", inline(&json!([{"name": "add"}]))),
        ("a reference", inline(&json!([{"name": "add", "inputSchema": {"properties": {"a": {"$ref": "#/b"}}}}]))),
        ("a long name", inline(&named(&"x".repeat(251)))),
        ("too long", inline(&json!([{"name": "add", "inputSchema": {}, "description": "x".repeat(1024 * 1024)}]))),
        (
            "with DYNAMIC",
            json!({"listingMode": "DYNAMIC", "mcpToolSchema": {"inlinePayload": json!([tool]).to_string()}}),
        ),
    ] {
        let answer = create(&fixture, &gateway, target(&server, &json!({}))).await;
        assert_eq!((answer.status, answer.code.as_str()), (400, "ValidationException"), "{what}: {answer:?}");
    }
    let longest = inline(&named(&"x".repeat(250)));
    assert_eq!(
        create(&fixture, &gateway, target(&longest, &json!({}))).await.status,
        202,
        "256 letters with the prefix"
    );
}

#[tokio::test]
async fn authorities_that_are_refused() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let secret = || json!({"secretsManager": {"secretArn": SECRET}});
    let stored = |uri: &str| json!({"s3": {"uri": uri}});
    let both = json!({"secretsManager": {"secretArn": SECRET}, "s3": {"uri": "s3://ca/ca.pem"}});
    for (what, configurations) in [
        ("no entry", json!([])),
        ("two entries", json!([secret(), secret()])),
        ("both in one", json!([both])),
        ("neither", json!([{}])),
        (
            "another service's ARN",
            json!([{"secretsManager": {"secretArn": "arn:aws:ssm:us-west-2:111122223333:parameter/ca"}}]),
        ),
        ("no ARN", json!([{"secretsManager": {}}])),
        ("another address", json!([stored("https://ca/ca.pem")])),
        ("no account", json!([{"s3": {"uri": "s3://ca/ca.pem", "bucketOwnerAccountId": "1111"}}])),
        ("an unknown member", json!([{"s3": {"uri": "s3://ca/ca.pem", "versionId": "1"}}])),
    ] {
        let own = json!({"privateEndpoint": private(), "certificateConfigurations": configurations});
        let answer = create(&fixture, &gateway, target(&json!({}), &own)).await;
        assert_eq!((answer.status, answer.code.as_str()), (400, "ValidationException"), "{what}: {answer:?}");
    }
    let without = json!({"certificateConfigurations": [secret()]});
    let answer = create(&fixture, &gateway, target(&json!({}), &without)).await;
    assert_eq!(answer.code, "ValidationException", "there is no private endpoint");
    let lambda = json!({
        "name": "one", "privateEndpoint": private(), "certificateConfigurations": [secret()],
        "targetConfiguration": {"mcp": {"lambda": {
            "lambdaArn": "arn:aws:lambda:us-west-2:111122223333:function:f", "toolSchema": {"inlinePayload": []}}}},
        "credentialProviderConfigurations": [{"credentialProviderType": "GATEWAY_IAM_ROLE"}],
    });
    assert_eq!(create(&fixture, &gateway, lambda).await.code, "ValidationException", "a function has no certificate");
    assert!(fixture.aws.objects(ObjectKind::GatewayTarget).is_empty());

    let owned = json!({"s3": {"uri": "s3://ca/ca.pem", "bucketOwnerAccountId": "111122223333"}});
    for (name, configuration) in [("secret", secret()), ("stored", stored("s3://ca/ca.pem")), ("owned", owned)] {
        let own = json!({"name": name, "privateEndpoint": private(), "certificateConfigurations": [configuration]});
        let answer = create(&fixture, &gateway, target(&json!({"listingMode": "DYNAMIC"}), &own)).await;
        assert_eq!(answer.status, 202, "{name}: {answer:?}");
        assert_eq!(answer.body["certificateConfigurations"], json!([configuration]), "{name}");
    }
}

/// A target that is signed for with the gateway's role.
fn signed(name: &str, mcp: Value) -> Value {
    let mut body =
        json!({"name": name, "credentialProviderConfigurations": [{"credentialProviderType": "GATEWAY_IAM_ROLE"}]});
    body["targetConfiguration"]["mcp"] = mcp;
    body
}

#[tokio::test]
async fn models_and_functions_are_looked_at_when_they_come() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let functions = |tools: Value| {
        let function = "arn:aws:lambda:us-west-2:111122223333:function:f";
        json!({"lambda": {"lambdaArn": function, "toolSchema": {"inlinePayload": tools}}})
    };
    let tool = |name: &str| json!({"name": name, "description": "Works", "inputSchema": {"type": "object"}});
    let many: Vec<Value> = (0..1001).map(|number| tool(&format!("t{number}"))).collect();
    let smithy = |model: &str| json!({"smithyModel": {"inlinePayload": model}});
    for (what, configuration) in [
        ("no JSON", smithy("$version: \"2\"")),
        ("no model", smithy("{}")),
        ("a large model", smithy(&format!("{{\"smithy\": \"2.0\"}}{}", " ".repeat(1024 * 1024)))),
        ("two tools of one name", functions(json!([tool("a"), tool("a")]))),
        ("no name", functions(json!([tool("")]))),
        ("a long name", functions(json!([tool(&"n".repeat(251))]))),
        ("1001 tools", functions(json!(many))),
        ("an unknown type", functions(json!([{"name": "a", "description": "b", "inputSchema": {"type": "null"}}]))),
        (
            "an enumeration",
            functions(json!([{"name": "a", "description": "b", "inputSchema": {"type": "string", "enum": []}}])),
        ),
    ] {
        let answer = create(&fixture, &gateway, signed("one", configuration)).await;
        assert_eq!((answer.status, answer.code.as_str()), (400, "ValidationException"), "{what}: {answer:?}");
    }
    for (name, configuration) in
        [("model", smithy("{\"smithy\": \"2.0\"}")), ("functions", functions(json!([tool("a"), tool("b")])))]
    {
        let answer = create(&fixture, &gateway, signed(name, configuration.clone())).await;
        assert_eq!(answer.status, 202, "{name}: {answer:?}");
        assert_eq!(answer.body["targetConfiguration"]["mcp"], configuration, "{name}");
    }
}

#[tokio::test]
async fn null_is_a_value_in_a_document() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let connector = json!({"connector": {
        "source": {"connectorId": "c", "version": null},
        "configurations": [{"name": "a", "description": null, "parameterValues": {"b": [null, {"c": null}]}}],
    }});
    let answer = create(&fixture, &gateway, signed("one", connector)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let kept = json!({"connector": {
        "source": {"connectorId": "c"}, "configurations": [{"name": "a", "parameterValues": {"b": [null, {"c": null}]}}],
    }});
    assert_eq!(answer.body["targetConfiguration"]["mcp"], kept);
}
