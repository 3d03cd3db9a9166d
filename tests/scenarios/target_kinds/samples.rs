//! A target of each kind, as its body by hand, and what is done to it.

use serde_json::{Value, json};

use crate::manifests::document;

/// A gateway that takes targets of every kind.
pub(crate) const OPEN_GATEWAY: &str = "
apiVersion: tools.agentcore.dev/v1alpha1
kind: Gateway
metadata:
  name: agents
  namespace: platform
spec:
  roleArn: arn:aws:iam::111122223333:role/AgentCoreGatewayRole
  authorizerType: AWS_IAM
";

/// A target, by its body without names.
pub(super) struct Sample {
    /// What it is called.
    pub(super) name: &'static str,
    /// AWS's word for its kind.
    pub(super) kind: Option<&'static str>,
    /// What one would send by hand.
    pub(super) body: Value,
    /// Where it is called, where that can be told.
    pub(super) endpoint: Option<&'static str>,
    /// Its tools, where they are told.
    pub(super) tools: &'static [&'static str],
    /// What is done to its configuration, one step after the other, as JSON merge patches: a change, and a removal.
    pub(super) changes: Vec<Value>,
}

/// A value after a JSON merge patch (RFC 7396): `null` removes a member.
pub(super) fn merged(mut value: Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else { return patch.clone() };
    if !value.is_object() {
        value = json!({});
    }
    for (member, change) in changes {
        if change.is_null() {
            value.as_object_mut().map(|members| members.remove(member));
        } else {
            let before = value.get_mut(member).map(Value::take).unwrap_or_default();
            value[member] = merged(before, change);
        }
    }
    value
}

fn role() -> Value {
    json!({"credentialProviderType": "GATEWAY_IAM_ROLE"})
}

fn role_for(service: &str) -> Value {
    json!({
        "credentialProviderType": "GATEWAY_IAM_ROLE",
        "credentialProvider": {"iamCredentialProvider": {"service": service, "region": "us-west-2"}},
    })
}

fn body(configuration: Value, credential: Option<Value>) -> Value {
    let mut body: Value = [("targetConfiguration", configuration)].into_iter().collect();
    if let Some(credential) = credential {
        body["credentialProviderConfigurations"] = vec![credential].into();
    }
    body
}

/// One of each kind.
pub(super) fn samples() -> Vec<Sample> {
    let mut samples = mcp();
    samples.extend(http());
    samples.extend(inference());
    samples
}

fn mcp() -> Vec<Sample> {
    let static_tools = |name: &str| json!([{"name": name, "inputSchema": {"type": "object"}}]).to_string();
    vec![
        Sample {
            name: "api",
            kind: Some("OPEN_API_SCHEMA"),
            body: body(
                json!({"mcp": {"openApiSchema": {"inlinePayload": document("https://api.example.com")}}}),
                Some(role_for("execute-api")),
            ),
            endpoint: Some("https://api.example.com"),
            tools: &["createItem", "healthCheck", "listItems"],
            changes: vec![
                json!({"mcp": {"openApiSchema": {"inlinePayload": document("https://api2.example.com")}}}),
                json!({"mcp": {"openApiSchema": {
                    "inlinePayload": null, "s3": {"uri": "s3://platform-files/api.json", "bucketOwnerAccountId": "111122223333"},
                }}}),
                json!({"mcp": {"openApiSchema": {"s3": {"bucketOwnerAccountId": null}}}}),
            ],
        },
        Sample {
            name: "smithy",
            kind: Some("SMITHY_MODEL"),
            body: body(
                json!({"mcp": {"smithyModel": {"inlinePayload": "{\"smithy\": \"2.0\", \"shapes\": {}}"}}}),
                Some(role()),
            ),
            endpoint: None,
            tools: &[],
            changes: vec![
                json!({"mcp": {"smithyModel": {"inlinePayload": "{\"smithy\": \"1.0\"}"}}}),
                json!({"mcp": {"smithyModel": {"inlinePayload": null, "s3": {"uri": "s3://platform-files/model.json"}}}}),
            ],
        },
        lambda(),
        Sample {
            name: "server",
            kind: Some("MCP_SERVER"),
            body: body(
                json!({"mcp": {"mcpServer": {
                    "endpoint": "https://mcp.example.com/mcp", "mcpToolSchema": {"inlinePayload": static_tools("add")},
                }}}),
                None,
            ),
            endpoint: Some("https://mcp.example.com/mcp"),
            tools: &["add"],
            changes: vec![
                json!({"mcp": {"mcpServer": {"mcpToolSchema": {"inlinePayload": static_tools("subtract")}}}}),
                json!({"mcp": {"mcpServer": {"resourcePriority": 5}}}),
                json!({"mcp": {"mcpServer": {"mcpToolSchema": {
                    "inlinePayload": null, "s3": {"uri": "s3://platform-files/tools.json"},
                }}}}),
            ],
        },
        connector(),
    ]
}

fn lambda() -> Sample {
    let order = json!({"type": "object", "description": "An order", "required": ["id"], "properties": {
        "id": {"type": "string"},
        "lines": {"type": "array", "items": {"type": "object", "properties": {"count": {"type": "integer"}}}},
    }});
    let tool = |name: &str| json!({"name": name, "description": "Works", "inputSchema": order});
    let mut answering = tool("get_order");
    answering["outputSchema"] = json!({"type": "boolean"});
    let tools = |tools: Value| json!({"mcp": {"lambda": {"toolSchema": {"inlinePayload": tools}}}});
    Sample {
        name: "function",
        kind: Some("LAMBDA"),
        body: body(
            json!({"mcp": {"lambda": {
                "lambdaArn": "arn:aws:lambda:us-west-2:111122223333:function:orders",
                "toolSchema": {"inlinePayload": [tool("put_order"), answering]},
            }}}),
            Some(role()),
        ),
        endpoint: None,
        tools: &["get_order", "put_order"],
        changes: vec![
            json!({"mcp": {"lambda": {"lambdaArn": "arn:aws:lambda:us-west-2:111122223333:function:orders:live"}}}),
            tools(json!([tool("put_order"), tool("get_order")])),
            tools(json!([tool("put_order")])),
            json!({"mcp": {"lambda": {"toolSchema": {
                "inlinePayload": null, "s3": {"uri": "s3://platform-files/functions.json"},
            }}}}),
        ],
    }
}

fn connector() -> Sample {
    let configuration = |values: Value| {
        json!([{
            "name": "retrieve", "description": "Retrieves", "parameterValues": values,
            "parameterOverrides": [{"path": "/numberOfResults", "description": "How many", "visible": true}],
        }])
    };
    let values = json!({"knowledgeBaseId": "KB12345678", "deep": [{"a": null}, 1, -1, 0.5, "text", true]});
    Sample {
        name: "connector",
        kind: Some("CONNECTOR"),
        body: body(
            json!({"mcp": {"connector": {
                "source": {"connectorId": "bedrock-knowledge-bases", "version": "1.1.0"},
                "enabled": ["retrieve"],
                "configurations": configuration(values),
            }}}),
            Some(role()),
        ),
        endpoint: None,
        tools: &[],
        changes: vec![
            json!({"mcp": {"connector": {"configurations": configuration(json!({"knowledgeBaseId": "KB87654321"}))}}}),
            json!({"mcp": {"connector": {"configurations": [{"name": "retrieve"}]}}}),
            json!({"mcp": {"connector": {"configurations": null}}}),
            json!({"mcp": {"connector": {"enabled": null}}}),
        ],
    }
}

fn http() -> Vec<Sample> {
    vec![
        Sample {
            name: "runtime",
            kind: Some("AGENTCORE_RUNTIME"),
            body: body(
                json!({"http": {"agentcoreRuntime": {
                    "arn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/orders-a1b2c3d4e5",
                    "qualifier": "DEFAULT",
                    "schema": {"source": {"inlinePayload": "{\"openapi\": \"3.1.0\"}"}},
                }}}),
                Some(json!({"credentialProviderType": "CALLER_IAM_CREDENTIALS"})),
            ),
            endpoint: None,
            tools: &[],
            changes: vec![
                json!({"http": {"agentcoreRuntime": {"qualifier": "live"}}}),
                json!({"http": {"agentcoreRuntime": {"qualifier": null}}}),
                json!({"http": {"agentcoreRuntime": {"schema": null}}}),
            ],
        },
        passthrough(),
        Sample {
            name: "memory",
            kind: Some("HTTP_CONNECTOR"),
            body: body(
                json!({"http": {"connector": {"source": {"connectorId": "memory"}, "parameters": {"memoryId": "m-1"}}}}),
                Some(role()),
            ),
            endpoint: None,
            tools: &[],
            changes: vec![
                json!({"http": {"connector": {"parameters": {"memoryId": "m-2"}}}}),
                json!({"http": {"connector": {"parameters": null}}}),
            ],
        },
    ]
}

fn passthrough() -> Sample {
    let mut body = body(
        json!({"http": {"passthrough": {
            "endpoint": "https://orders.example.com/api",
            "protocolType": "A2A",
            "schema": {"source": {"s3": {"uri": "s3://platform-files/orders.json"}}},
            "stickinessConfiguration": {
                "identifier": "$context.header.x-session-id", "timeout": 600,
                "compositeIdentifier": ["$context.header.x-tenant-id"],
            },
            "staticQueryParameters": {"api-version": "2025-01-01"},
            "staticQueryParameterConflictResolution": "STATIC_OVERRIDE",
        }}}),
        Some(role_for("execute-api")),
    );
    body["metadataConfiguration"] = json!({
        "allowedRequestHeaders": ["x-tenant-id"],
        "allowedQueryParameters": ["page"],
        "allowedResponseHeaders": ["x-request-id"],
    });
    Sample {
        name: "passthrough",
        kind: Some("PASSTHROUGH"),
        body,
        endpoint: Some("https://orders.example.com/api"),
        tools: &[],
        changes: vec![
            json!({"http": {"passthrough": {"protocolType": "CUSTOM"}}}),
            json!({"http": {"passthrough": {"staticQueryParameters": {"api-version": "2026-01-01"}}}}),
            json!({"http": {"passthrough": {"stickinessConfiguration": {"compositeIdentifier": null}}}}),
            json!({"http": {"passthrough": {"stickinessConfiguration": null}}}),
            json!({"http": {"passthrough": {"staticQueryParameters": null}}}),
            json!({"http": {"passthrough": {"schema": null}}}),
        ],
    }
}

fn inference() -> Vec<Sample> {
    let operation = |path: &str| json!({"path": path, "providerPath": "/anthropic", "models": [{"model": "claude-*"}]});
    vec![
        Sample {
            name: "models",
            kind: Some("PROVIDER"),
            body: body(
                json!({"inference": {"provider": {
                    "endpoint": "https://models.example.com",
                    "modelMapping": {"providerPrefix": {"strip": true, "separator": "/"}},
                    "operations": [operation("/v1/messages")],
                }}}),
                Some(role_for("bedrock")),
            ),
            endpoint: Some("https://models.example.com"),
            tools: &[],
            changes: vec![
                json!({"inference": {"provider": {"operations": [operation("/v1/messages"), operation("/v1/responses")]}}}),
                json!({"inference": {"provider": {"operations": [{"path": "/v1/messages"}]}}}),
                json!({"inference": {"provider": {"modelMapping": {"providerPrefix": {"separator": ":"}}}}}),
                json!({"inference": {"provider": {"modelMapping": null}}}),
                json!({"inference": {"provider": {"operations": null}}}),
            ],
        },
        Sample {
            name: "bedrock",
            kind: None,
            body: body(json!({"inference": {"connector": {"source": {"connectorId": "bedrock"}}}}), Some(role())),
            endpoint: None,
            tools: &[],
            changes: vec![json!({"inference": {"connector": {"source": {"connectorId": "openai"}}}})],
        },
    ]
}
