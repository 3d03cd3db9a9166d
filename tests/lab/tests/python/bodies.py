"""Requests that AWS takes: gateways in several ways, and a target of every kind."""

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/AgentCoreGatewayRole"
LAMBDA = f"arn:aws:lambda:us-west-2:{ACCOUNT}:function:tools"
VPC = "vpc-0a1b2c3d4e5f60718"
SUBNETS = ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"]
GROUP = "sg-0a1b2c3d4e5f60b02"
HOST = "internal.example.com"
# A name that everybody can resolve, and one that resolves in the VPC only.
MCP_URL = "https://mcp.example.com/mcp"
PRIVATE_URL = f"https://{HOST}/mcp-server/mcp"

MANAGED = {
    "managedVpcResource": {
        "vpcIdentifier": VPC, "subnetIds": SUBNETS, "endpointIpAddressType": "IPV4", "securityGroupIds": [GROUP],
        "tags": {"team": "search"}, "routingDomain": "lb.example.com",
    }
}
SECRET = {"secretsManager": {"secretArn": f"arn:aws:secretsmanager:us-west-2:{ACCOUNT}:secret:private-ca-AbCdEf"}}
S3 = {"s3": {"uri": "s3://documents/one.json", "bucketOwnerAccountId": ACCOUNT}}
OPEN_API = (
    '{"openapi": "3.0.0", "info": {"title": "orders", "version": "1"}, "servers": [{"url": "https://api.internal.example.com"}], '
    '"paths": {"/orders": {"get": {"operationId": "listOrders", "responses": {"200": {"description": "all"}}}}}}'
)
# A schema within a schema within a schema: the model's definition is recursive.
TOOL = {
    "name": "find_order",
    "description": "Finds an order.",
    "inputSchema": {
        "type": "object",
        "required": ["ids"],
        "properties": {"ids": {"type": "array", "description": "Which.", "items": {"type": "object", "properties": {"id": {"type": "string"}}}}},
    },
    "outputSchema": {"type": "object", "properties": {"total": {"type": "number"}}},
}

IAM = {"roleArn": ROLE, "authorizerType": "AWS_IAM"}
# What moto knows, too.
PLAIN_GATEWAY = {"name": "plain", "protocolType": "MCP", **IAM, "description": "for everybody", "tags": {"team": "search"}}

JWT = {
    "discoveryUrl": "https://login.example.com/.well-known/openid-configuration",
    "allowedAudience": ["agents"],
    "allowedClients": ["c1"],
    "allowedScopes": ["tools/read"],
    "advertisedScopeMapping": {"tools/read": "read"},
    "allowedWorkloadConfiguration": {
        "hostingEnvironments": [{"arn": f"arn:aws:bedrock-agentcore:us-west-2:{ACCOUNT}:runtime/agent-abcde12345"}],
        "workloadIdentities": ["agent-one"],
    },
    "customClaims": [
        {
            "inboundTokenClaimName": "groups",
            "inboundTokenClaimValueType": "STRING_ARRAY",
            "authorizingClaimMatchValue": {
                "claimMatchOperator": "CONTAINS_ANY", "claimMatchValue": {"matchValueStringList": ["admins", "agents"]},
            },
        },
        {
            "inboundTokenClaimName": "tenant",
            "inboundTokenClaimValueType": "STRING",
            "authorizingClaimMatchValue": {"claimMatchOperator": "EQUALS", "claimMatchValue": {"matchValueString": "acme"}},
        },
    ],
    "certificateConfigurations": [SECRET],
    "privateEndpoint": MANAGED,
}


def full_gateway(configuration):
    """A gateway with everything that can be said of one at creation; `configuration` is a resource configuration's id."""
    override = {"selfManagedLatticeResource": {"resourceConfigurationIdentifier": configuration}}
    return {
        "name": "full",
        "roleArn": ROLE,
        "description": "has everything",
        "protocolType": "MCP",
        "protocolConfiguration": {
            "mcp": {
                "instructions": "Find orders.",
                "searchType": "SEMANTIC",
                "supportedVersions": ["2025-11-25"],
                "sessionConfiguration": {"sessionTimeoutInSeconds": 900},
                "streamingConfiguration": {"enableResponseStreaming": True},
                "disableMcpListToolsPagination": True,
            }
        },
        "authorizerType": "CUSTOM_JWT",
        "authorizerConfiguration": {
            "customJWTAuthorizer": {**JWT, "privateEndpointOverrides": [{"domain": "keys.example.com", "privateEndpoint": override}]}
        },
        "kmsKeyArn": f"arn:aws:kms:us-west-2:{ACCOUNT}:key/12345678-1234-1234-1234-123456789012",
        "interceptorConfigurations": [
            {
                "interceptionPoints": ["REQUEST", "RESPONSE"],
                "interceptor": {"lambda": {"arn": LAMBDA}},
                "inputConfiguration": {"passRequestHeaders": True, "payloadFilter": {"exclude": [{"field": "RESPONSE_BODY"}]}},
            }
        ],
        "policyEngineConfiguration": {
            "arn": f"arn:aws:bedrock-agentcore:us-west-2:{ACCOUNT}:policy-engine/rules-abcde12345", "mode": "LOG_ONLY",
        },
        "exceptionLevel": "DEBUG",
        "domainOverride": {"defaultDomain": "tools.example.com", "alternateDomains": ["tools.example.org"]},
        "tags": {"team": "search"},
    }


API_KEY = {
    "credentialProviderType": "API_KEY",
    "credentialProvider": {
        "apiKeyCredentialProvider": {
            "providerArn": f"arn:aws:bedrock-agentcore:us-west-2:{ACCOUNT}:token-vault/default/apikeycredentialprovider/one",
            "credentialLocation": "HEADER", "credentialParameterName": "X-Key", "credentialPrefix": "Key",
        }
    },
}
OAUTH = {
    "credentialProviderType": "OAUTH",
    "credentialProvider": {
        "oauthCredentialProvider": {
            "providerArn": f"arn:aws:bedrock-agentcore:us-west-2:{ACCOUNT}:token-vault/default/oauth2credentialprovider/one",
            "scopes": ["read"], "customParameters": {"audience": "orders"}, "grantType": "CLIENT_CREDENTIALS",
        }
    },
}
ROLE_ALONE = {"credentialProviderType": "GATEWAY_IAM_ROLE"}
ROLE_FOR_SERVICE = {
    "credentialProviderType": "GATEWAY_IAM_ROLE",
    "credentialProvider": {"iamCredentialProvider": {"service": "execute-api", "region": "us-west-2"}},
}
HEADERS = {"allowedRequestHeaders": ["X-Tenant"], "allowedResponseHeaders": ["X-Trace"], "allowedQueryParameters": ["page"]}


def of(path, configuration, credentials=None, **more):
    """A target whose configuration stands at a path like `mcp.lambda`."""
    protocol, kind = path.split(".")
    body = {"targetConfiguration": {protocol: {kind: configuration}}, **more}
    if credentials:
        body["credentialProviderConfigurations"] = [credentials]
    return body


def mcp_targets():
    """Targets that every gateway takes, by name."""
    server = {"endpoint": MCP_URL}
    tools = '{"tools": [{"name": "add", "inputSchema": {"type": "object"}}]}'
    return {
        "asked": of("mcp.mcpServer", {**server, "resourcePriority": 5}, description="an MCP server", metadataConfiguration=HEADERS),
        "dynamic": of("mcp.mcpServer", {**server, "listingMode": "DYNAMIC"}, OAUTH),
        "said": of("mcp.mcpServer", {**server, "mcpToolSchema": {"inlinePayload": tools}}, ROLE_FOR_SERVICE),
        "stored": of("mcp.mcpServer", {**server, "mcpToolSchema": S3}, API_KEY),
        "private": of("mcp.mcpServer", {"endpoint": PRIVATE_URL, "listingMode": "DYNAMIC"}, privateEndpoint=MANAGED, certificateConfigurations=[SECRET]),
        "api": of("mcp.openApiSchema", {"inlinePayload": OPEN_API}, API_KEY),
        "stored-api": of("mcp.openApiSchema", S3, OAUTH),
        "smithy": of("mcp.smithyModel", {"inlinePayload": '{"smithy": "2.0", "shapes": {}}'}, ROLE_ALONE),
        "stored-smithy": of("mcp.smithyModel", S3, ROLE_ALONE),
        "lambda": of("mcp.lambda", {"lambdaArn": LAMBDA, "toolSchema": {"inlinePayload": [TOOL]}}, ROLE_ALONE),
        "stored-lambda": of("mcp.lambda", {"lambdaArn": LAMBDA, "toolSchema": S3}, ROLE_ALONE),
        "rest-api": of(
            "mcp.apiGateway",
            {
                "restApiId": "pets123456",
                "stage": "prod",
                "apiGatewayToolConfiguration": {
                    "toolFilters": [{"filterPath": "/pets", "methods": ["GET"]}],
                    "toolOverrides": [{"path": "/pets", "method": "GET", "name": "list_pets", "description": "All."}],
                },
            },
            ROLE_ALONE,
        ),
        "connector": of(
            "mcp.connector",
            {
                "source": {"connectorId": "tickets", "version": "1.0.0"},
                "enabled": ["find"],
                "configurations": [
                    {
                        "name": "find",
                        "description": "Finds tickets.",
                        "parameterValues": {"project": "ops", "limits": [1, 2.5, True, None]},
                        "parameterOverrides": [{"path": "$.project", "description": "Which.", "visible": False}],
                    }
                ],
            },
            ROLE_ALONE,
        ),
    }


def other_targets():
    """Targets that only gateways without a protocol type take, by name."""
    runtime = f"arn:aws:bedrock-agentcore:us-west-2:{ACCOUNT}:runtime/agent-abcde12345"
    schema = {"source": {"inlinePayload": OPEN_API}}
    return {
        "runtime": of("http.agentcoreRuntime", {"arn": runtime, "qualifier": "DEFAULT", "schema": schema}, ROLE_ALONE),
        "passthrough": of(
            "http.passthrough",
            {
                "endpoint": "https://api.internal.example.com/a2a",
                "protocolType": "A2A",
                "schema": {"source": S3},
                "staticQueryParameters": {"version": "2"},
                "staticQueryParameterConflictResolution": "STATIC_OVERRIDE",
                "stickinessConfiguration": {"identifier": "$.session", "compositeIdentifier": ["$.tenant"], "timeout": 60},
            },
            privateEndpoint=MANAGED,
        ),
        "http-connector": of("http.connector", {"source": {"connectorId": "web"}, "parameters": {"site": "example.com"}}),
        "inference-connector": of("inference.connector", {"source": {"connectorId": "models"}}),
        "provider": of(
            "inference.provider",
            {
                "endpoint": "https://models.example.com/v1",
                "modelMapping": {"providerPrefix": {"strip": True, "separator": "/"}},
                "operations": [{"path": "/chat", "providerPath": "/v1/chat", "models": [{"model": "large-*"}]}],
            },
            API_KEY,
        ),
    }
