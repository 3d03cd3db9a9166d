//! A good manifest for each kind of target, with every member that its kind has.

use serde_json::{Value, json};

use crate::crds::samples::object;

/// A target with this configuration and this credential.
fn target(configuration: Value, credential: Option<Value>) -> Value {
    let mut target = object("GatewayTarget", json!({"gatewayRef": {"name": "agents"}}));
    target["spec"]["targetConfiguration"] = configuration;
    if let Some(credential) = credential {
        target["spec"]["credentialProviderConfigurations"] = vec![credential].into();
    }
    target
}

/// A signature with the gateway's role, for this service.
pub(super) fn iam(service: Option<&str>) -> Value {
    match service {
        None => json!({"credentialProviderType": "GATEWAY_IAM_ROLE"}),
        Some(service) => json!({"credentialProviderType": "GATEWAY_IAM_ROLE", "credentialProvider": {
            "iamCredentialProvider": {"service": service, "region": "us-west-2"},
        }}),
    }
}

/// A token, got in this way.
pub(super) fn oauth(grant: &str) -> Value {
    json!({"credentialProviderType": "OAUTH", "credentialProvider": {"oauthCredentialProvider": {
        "providerArn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/oauth2credentialprovider/orders",
        "scopes": ["orders/read"],
        "grantType": grant,
        "defaultReturnUrl": "https://agents.example.com/consent",
        "customParameters": {"audience": "orders"},
    }}})
}

pub(super) fn network() -> Value {
    json!({"privateEndpoint": {"managedVpcResource": {
        "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
        "subnetIds": ["subnet-0a1b2c3d4e5f60a01"],
        "endpointIpAddressType": "IPV4",
        "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"],
    }}})
}

pub(super) fn certificates() -> Value {
    json!({"certificateConfigurations": [
        {"secretsManager": {"secretArn": "arn:aws:secretsmanager:us-west-2:111122223333:secret:private-ca-AbCdEf"}},
    ]})
}

pub(super) fn server() -> Value {
    let tools = json!([{"name": "add", "inputSchema": {"type": "object"}}]).to_string();
    let configuration = json!({"mcp": {"mcpServer": {
        "endpoint": "https://mcp.example.com/mcp", "listingMode": "DEFAULT", "resourcePriority": 0,
        "mcpToolSchema": {"inlinePayload": tools},
    }}});
    target(configuration, Some(oauth("AUTHORIZATION_CODE")))
}

pub(super) fn api() -> Value {
    target(json!({"mcp": {"openApiSchema": {"inlinePayload": "{}"}}}), Some(oauth("TOKEN_EXCHANGE")))
}

pub(super) fn smithy() -> Value {
    target(json!({"mcp": {"smithyModel": {"inlinePayload": "{\"smithy\": \"2.0\"}"}}}), Some(iam(None)))
}

pub(super) fn function() -> Value {
    let deep = json!({"type": "object", "description": "An order", "required": ["id"], "properties": {
        "id": {"type": "string"},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"count": {"type": "integer"}}}},
    }});
    let configuration = json!({"mcp": {"lambda": {
        "lambdaArn": "arn:aws:lambda:us-west-2:111122223333:function:order-tools:live",
        "toolSchema": {"inlinePayload": [
            {"name": "put_order", "description": "Puts an order", "inputSchema": deep, "outputSchema": {"type": "boolean"}},
            {"name": "list_orders", "description": "", "inputSchema": {"type": "object"}},
        ]},
    }}});
    target(configuration, Some(iam(None)))
}

pub(super) fn tools_of_aws() -> Value {
    let values = json!({"knowledgeBaseId": "KB12345678", "deep": [{"x-amz": null}, 1, 0.5, "text", true]});
    let configuration = json!({"mcp": {"connector": {
        "source": {"connectorId": "bedrock-knowledge-bases", "version": "1.1.0"},
        "enabled": ["retrieve"],
        "configurations": [
            {
                "name": "retrieve", "description": "Retrieves", "parameterValues": values,
                "parameterOverrides": [{"path": "/numberOfResults", "description": "How many", "visible": false}],
            },
            {"name": "text", "parameterValues": "any JSON"},
            {"name": "list", "parameterValues": [1, 2]},
        ],
    }}});
    target(configuration, Some(iam(None)))
}

pub(super) fn runtime() -> Value {
    let configuration = json!({"http": {"agentcoreRuntime": {
        "arn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/orders-a1b2c3d4e5",
        "qualifier": "DEFAULT",
        "schema": {"source": {"inlinePayload": "{}"}},
    }}});
    target(configuration, Some(iam(None)))
}

pub(super) fn passthrough() -> Value {
    let configuration = json!({"http": {"passthrough": {
        "endpoint": "https://orders.example.com:8443/api",
        "protocolType": "A2A",
        "schema": {"source": {"s3": {"uri": "s3://platform-files/agents/orders.json"}}},
        "stickinessConfiguration": {
            "identifier": "$context.header.x-session-id", "timeout": 86400,
            "compositeIdentifier": ["$context.header.x-tenant-id"],
        },
        "staticQueryParameters": {"api-version": "2025-01-01", "empty": ""},
        "staticQueryParameterConflictResolution": "STATIC_OVERRIDE",
    }}});
    let mut target = target(configuration, Some(iam(Some("execute-api"))));
    target["spec"]["metadataConfiguration"] = json!({
        "allowedRequestHeaders": ["x-tenant-id"],
        "allowedQueryParameters": ["page"],
        "allowedResponseHeaders": ["x-request-id"],
    });
    target
}

pub(super) fn http_connector() -> Value {
    let connector = json!({"source": {"connectorId": "memory"}, "parameters": {"memoryId": "orders-a1b2c3d4e5"}});
    target(json!({"http": {"connector": connector}}), Some(iam(None)))
}

pub(super) fn model_connector() -> Value {
    target(json!({"inference": {"connector": {"source": {"connectorId": "bedrock"}}}}), None)
}

pub(super) fn models() -> Value {
    let configuration = json!({"inference": {"provider": {
        "endpoint": "https://models.example.com",
        "modelMapping": {"providerPrefix": {"strip": true, "separator": "/"}},
        "operations": [{
            "path": "/v1/messages", "providerPath": "/anthropic/v1/messages",
            "models": [{"model": "anthropic.claude-opus-*"}, {"model": "openai/gpt-?@1:2"}],
        }],
    }}});
    target(configuration, Some(oauth("CLIENT_CREDENTIALS")))
}
