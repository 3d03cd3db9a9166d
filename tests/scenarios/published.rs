//! The walkthroughs' request bodies as specs: each leads to the request it was.

use lab::mcp::Personality;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, only, only_with, operations};
use crate::manifests::{api_key, document, managed_network};
use crate::support::world;

/// The body of the walkthroughs' `create-gateway`.
fn create_gateway() -> Value {
    json!({
        "name": "my-gateway",
        "roleArn": "arn:aws:iam::111122223333:role/AgentCoreGatewayRole",
        "protocolType": "MCP",
        "authorizerType": "CUSTOM_JWT",
        "authorizerConfiguration": {"customJWTAuthorizer": {
            "discoveryUrl": "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_AbC/.well-known/openid-configuration",
            "allowedClients": ["c1"],
        }},
    })
}

/// The bodies of the walkthroughs' `create-gateway-target`: a private API in API Gateway, an MCP server on EKS, a private REST API.
fn create_gateway_targets() -> [Value; 3] {
    let private_api = "https://a1b2c3d4e5-vpce-0a1b2c3d4e5f60c01.execute-api.us-west-2.amazonaws.com/prod";
    let openapi = |server| json!({"mcp": {"openApiSchema": {"inlinePayload": document(server)}}});
    [
        json!({
            "gatewayIdentifier": "agents-abcde12345",
            "name": "private-apigw",
            "description": "Private API Gateway",
            "targetConfiguration": openapi(private_api),
            "credentialProviderConfigurations": api_key("private-apigw"),
            "privateEndpoint": managed_network(),
        }),
        json!({
            "gatewayIdentifier": "agents-abcde12345",
            "name": "eks-mcp-server",
            "description": "MCP server on EKS",
            "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://internal.example.com/csm/mcp"}}},
            "privateEndpoint": managed_network(),
        }),
        json!({
            "gatewayIdentifier": "agents-abcde12345",
            "name": "eks-api-server",
            "description": "Private REST API",
            "targetConfiguration": openapi("https://api.internal.example.com"),
            "credentialProviderConfigurations": api_key("eks-api"),
            "privateEndpoint": managed_network(),
        }),
    ]
}

/// A manifest, which may be JSON.
fn manifest(kind: &str, name: &str, spec: &Value) -> String {
    let metadata = json!({"name": name, "namespace": "platform"});
    json!({"apiVersion": "tools.agentcore.dev/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}).to_string()
}

#[tokio::test]
async fn a_published_body_is_a_spec() -> anyhow::Result<()> {
    let world = world("published").await?;
    let _server = world.mcp_server("https://internal.example.com/csm/mcp", Personality::Everyday).await?;
    world.apply(&manifest("Gateway", "walkthrough", &create_gateway())).await?;
    let gateway = world.ready("Gateway", "platform", "walkthrough").await?;
    for (number, body) in create_gateway_targets().into_iter().enumerate() {
        let mut spec = body.clone();
        // Nothing but this is changed.
        spec.as_object_mut().map(|members| members.remove("gatewayIdentifier"));
        spec["gatewayRef"] = json!({"name": "walkthrough"});
        world.apply(&manifest("GatewayTarget", &format!("target-{number}"), &spec)).await?;
    }
    for number in 0..create_gateway_targets().len() {
        world.ready("GatewayTarget", "platform", &format!("target-{number}")).await?;
    }
    are_the_same_requests(&world, &gateway["status"]["gatewayId"])
}

fn are_the_same_requests(world: &World, id: &Value) -> anyhow::Result<()> {
    let calls = world.aws.mutations();
    assert_eq!(operations(&calls).len(), 4, "{calls:#?}");
    assert_eq!(asked(only(&calls, "CreateGateway")?)?, create_gateway());
    for mut body in create_gateway_targets() {
        let name = body["name"].as_str().unwrap_or_default().to_owned();
        body["gatewayIdentifier"] = id.clone();
        assert_eq!(asked(only_with(&calls, "CreateGatewayTarget", "/name", &name)?)?, body);
    }
    Ok(())
}
