//! Good manifests, and what is made of them.

use serde_json::{Value, json};

/// The description of a small API, as text.
fn document(server: &str) -> String {
    let answer = json!({"200": {"description": "OK", "content": {"application/json": {"schema": {"type": "object"}}}}});
    json!({
        "openapi": "3.0.3",
        "info": {"title": "orders", "version": "1.0.0"},
        "servers": [{"url": server}],
        "paths": {
            "/health": {"get": {"operationId": "healthCheck", "summary": "Says whether it is well", "responses": answer}},
            "/orders": {"get": {"operationId": "listOrders", "summary": "Lists the orders", "responses": answer}},
        },
    })
    .to_string()
}

fn managed_network() -> Value {
    json!({"managedVpcResource": {
        "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
        "subnetIds": ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"],
        "endpointIpAddressType": "IPV4",
        "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"],
    }})
}

fn api_key(provider: &str) -> Value {
    let arn = format!(
        "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/apikeycredentialprovider/{provider}"
    );
    json!([{"credentialProviderType": "API_KEY", "credentialProvider": {"apiKeyCredentialProvider": {
        "providerArn": arn, "credentialParameterName": "x-api-key", "credentialLocation": "HEADER",
    }}}])
}

/// A body for `aws bedrock-agentcore-control create-gateway`.
pub(super) fn create_gateway_body() -> Value {
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

/// Bodies for `aws bedrock-agentcore-control create-gateway-target`, as the walkthroughs send them: a private API in API Gateway, an MCP
/// server on EKS, a private REST API.
pub(super) fn create_gateway_target_bodies() -> [Value; 3] {
    let execute_api = "https://a1b2c3d4e5-vpce-0a1b2c3d4e5f60c01.execute-api.us-west-2.amazonaws.com/prod";
    [
        json!({
            "gatewayIdentifier": "agents-abcde12345",
            "name": "private-apigw",
            "description": "Private API Gateway",
            "targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": document(execute_api)}}},
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
            "targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": document("https://api.internal.example.com")}}},
            "credentialProviderConfigurations": api_key("eks-api"),
            "privateEndpoint": managed_network(),
        }),
    ]
}

/// A body becomes a spec by moving `gatewayIdentifier` to `gatewayRef`.
pub(super) fn moved_to_reference(mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut() {
        members.remove("gatewayIdentifier");
        members.insert("gatewayRef".to_owned(), json!({"name": "agents", "namespace": "platform"}));
    }
    body
}

/// An object of one of our kinds.
pub(super) fn object(kind: &str, spec: Value) -> Value {
    let mut object =
        json!({"apiVersion": "tools.agentcore.dev/v1alpha1", "kind": kind, "metadata": {"name": "sample"}});
    object["spec"] = spec;
    object
}

/// A gateway with every member of the spec.
pub(super) fn gateway() -> Value {
    object(
        "Gateway",
        json!({
            "name": "agents",
            "description": "Tools of the search team",
            "roleArn": "arn:aws:iam::111122223333:role/AgentCoreGatewayRole",
            "protocolType": "MCP",
            "protocolConfiguration": {"mcp": {
                "supportedVersions": ["2025-06-18", "2025-11-25"],
                "instructions": "Search first, then call.",
                "searchType": "SEMANTIC",
                "sessionConfiguration": {"sessionTimeoutInSeconds": 3600},
                "streamingConfiguration": {"enableResponseStreaming": true},
                "disableMcpListToolsPagination": true,
            }},
            "authorizerType": "CUSTOM_JWT",
            "authorizerConfiguration": {"customJWTAuthorizer": {
                "discoveryUrl": "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_AbC/.well-known/openid-configuration",
                "allowedAudience": ["agents"],
                "allowedClients": ["c1", "c2"],
                "allowedScopes": ["tools/read"],
                "advertisedScopeMapping": {"tools/read": "api://agents/tools.read"},
                "customClaims": [
                    {"inboundTokenClaimName": "team", "inboundTokenClaimValueType": "STRING", "authorizingClaimMatchValue": {
                        "claimMatchValue": {"matchValueString": "search"}, "claimMatchOperator": "EQUALS",
                    }},
                    {"inboundTokenClaimName": "cognito:groups", "inboundTokenClaimValueType": "STRING_ARRAY", "authorizingClaimMatchValue": {
                        "claimMatchValue": {"matchValueStringList": ["readers", "writers"]}, "claimMatchOperator": "CONTAINS_ANY",
                    }},
                ],
                "privateEndpoint": managed_network(),
                "privateEndpointOverrides": [
                    {"domain": "keys.example.com", "privateEndpoint": {"selfManagedLatticeResource": {"resourceConfigurationRef": {"name": "keys"}}}},
                    {"domain": "more.example.com", "privateEndpoint": {"selfManagedLatticeResource": {
                        "resourceConfigurationIdentifier": "rcfg-0a1b2c3d4e5f60d01",
                    }}},
                ],
                "allowedWorkloadConfiguration": {
                    "hostingEnvironments": [{"arn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/agent-abcde12345"}],
                    "workloadIdentities": ["search-agent"],
                },
            }},
            "exceptionLevel": "DEBUG",
            "kmsKeyArn": "arn:aws:kms:us-west-2:111122223333:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
            "interceptorConfigurations": [
                {
                    "interceptor": {"lambda": {"arn": "arn:aws:lambda:us-west-2:111122223333:function:requests:live"}},
                    "interceptionPoints": ["REQUEST"],
                },
                {
                    "interceptor": {"lambda": {"arn": "arn:aws:lambda:us-gov-west-1:111122223333:function:answers:$LATEST"}},
                    "interceptionPoints": ["RESPONSE"],
                    "inputConfiguration": {"passRequestHeaders": true, "payloadFilter": {"exclude": [{"field": "RESPONSE_BODY"}]}},
                },
            ],
            "policyEngineConfiguration": {
                "arn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:policy-engine/engine-abcde12345", "mode": "ENFORCE",
            },
            "wafConfiguration": {"failureMode": "FAIL_OPEN"},
            "customTransformConfiguration": {"lambda": {"arn": "arn:aws:lambda:us-west-2:111122223333:function:transform"}},
            "tags": {"team": "search", "cost centre": "a/b=c+d@e-f"},
            "allowedNamespaces": {"from": "Selector", "selector": {
                "matchLabels": {"agentcore": "yes"},
                "matchExpressions": [{"key": "stage", "operator": "NotIn", "values": ["sandbox"]}, {"key": "team", "operator": "Exists"}],
            }},
            "allowedTargets": {
                "hosts": ["*.internal.example.com"],
                "providerArns": ["arn:aws:bedrock-agentcore:*:*:token-vault/default/apikeycredentialprovider/*"],
                "secretArns": [],
                "lambdaArns": ["arn:aws:lambda:*:111122223333:function:tools-*"],
                "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"],
                "subnetIds": ["subnet-*"],
            },
            "targetNames": "NamespacePrefixed",
            "discovery": {
                "from": "Selector",
                "selector": {"matchLabels": {"agentcore": "yes"}},
                "annotations": ["security-group-ids", "tools.agentcore.dev/preflight", "allow-internet-facing"],
            },
            "connectionConfigMap": {"name": "agents"},
            "recreate": false,
            "deletionPolicy": "Retain",
            "adopt": {"id": "agents-abcde12345", "from": "other-cluster"},
            "suspend": false,
        }),
    )
}

/// A gateway that says only what it must.
pub(super) fn small_gateway() -> Value {
    object(
        "Gateway",
        json!({
            "roleArn": "arn:aws-us-gov:iam::111122223333:role/path/AgentCoreGatewayRole",
            "authorizerType": "AWS_IAM",
        }),
    )
}

/// A target that is an MCP server in a VPC, with every member that such a target may have.
pub(super) fn mcp_server_target() -> Value {
    object(
        "GatewayTarget",
        json!({
            "name": "eks-mcp-server",
            "description": "MCP server on EKS",
            "gatewayRef": {"name": "agents", "namespace": "platform"},
            "targetConfiguration": {"mcp": {"mcpServer": {
                "endpoint": "https://internal.example.com/mcp-server/mcp", "listingMode": "DEFAULT", "resourcePriority": 10,
                "mcpToolSchema": {"inlinePayload": "[]"},
            }}},
            "credentialProviderConfigurations": [{"credentialProviderType": "API_KEY", "credentialProvider": {"apiKeyCredentialProvider": {
                "providerArn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/apikeycredentialprovider/eks-api",
                "credentialParameterName": "Authorization", "credentialPrefix": "Bearer", "credentialLocation": "QUERY_PARAMETER",
            }}}],
            "privateEndpoint": {"managedVpcResource": {
                "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
                "subnetIds": ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"],
                "endpointIpAddressType": "IPV6",
                "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"],
                "tags": {"team": "search"},
                "routingDomain": "internal-k8s-restapi-restapi-0123456789-1234567890.us-west-2.elb.amazonaws.com",
                "routingDomainPolicy": "Never",
            }},
            "certificateConfigurations": [{"s3": {
                "uri": "s3://platform-files/agents/ca.pem", "bucketOwnerAccountId": "111122223333",
            }}],
            "preflight": "Report",
            "workloadRef": {"kind": "StatefulSet", "name": "mcp-server"},
            "sync": {"mode": "OnRollout", "interval": "1h30m", "maxPerHour": 60},
            "deletionPolicy": "Delete",
            "adopt": {"name": "eks-mcp-server", "orCreate": true, "from": "other-cluster"},
            "suspend": true,
        }),
    )
}

/// A target that says only what it must, on a gateway that is not an object here.
pub(super) fn small_target() -> Value {
    object(
        "GatewayTarget",
        json!({
            "gatewayIdentifier": "agents-abcde12345",
            "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://mcp.example.com:8443/mcp"}}},
        }),
    )
}

/// A target that is a REST API behind a resource configuration of ours.
pub(super) fn rest_target() -> Value {
    object(
        "GatewayTarget",
        json!({
            "gatewayRef": {"name": "agents"},
            "targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": document("https://api.internal.example.com")}}},
            "privateEndpoint": {"selfManagedLatticeResource": {"resourceConfigurationRef": {"name": "rest", "namespace": "platform"}}},
        }),
    )
}

/// A target whose endpoint comes from a Service, and its network with it.
pub(super) fn service_target() -> Value {
    object(
        "GatewayTarget",
        json!({
            "gatewayRef": {"name": "agents", "namespace": "platform"},
            "targetConfiguration": {"mcp": {"mcpServer": {"endpointFrom": {
                "serviceRef": {"name": "nginx-ingress-nlb", "namespace": "ingress-nginx"},
                "host": "internal.example.com",
                "path": "/mcp-server/mcp",
                "port": 443,
            }}}},
            "privateEndpoint": {"managedVpcResource": {}},
        }),
    )
}

/// A target whose document is in a ConfigMap and whose address comes from an Ingress.
pub(super) fn ingress_target() -> Value {
    object(
        "GatewayTarget",
        json!({
            "gatewayRef": {"name": "agents", "namespace": "platform"},
            "targetConfiguration": {"mcp": {"openApiSchema": {
                "inlinePayloadFrom": {"configMapKeyRef": {"name": "openapi", "key": "openapi.json"}},
                "serverUrlFrom": {"ingressRef": {"name": "rest-api"}},
            }}},
            "credentialProviderConfigurations": api_key("eks-api"),
            "privateEndpoint": {"managedVpcResource": {"securityGroupIds": ["sg-0a1b2c3d4e5f60b02"]}},
        }),
    )
}

/// A target whose endpoint comes from an HTTPRoute, with every member that such an origin may have.
pub(super) fn route_target() -> Value {
    object(
        "GatewayTarget",
        json!({
            "gatewayRef": {"name": "agents"},
            "targetConfiguration": {"mcp": {"mcpServer": {"endpointFrom": {
                "httpRouteRef": {
                    "name": "mcp", "namespace": "mcp-server",
                    "parentRef": {"name": "internal", "namespace": "infrastructure"},
                },
                "loadBalancerHostname": "internal-k8s-rest-0123456789.us-west-2.elb.amazonaws.com",
                "host": "mcp.internal.example.com",
                "path": "/a-b_c~1.2/(x)$&+,;=:@%20*!/",
                "port": 65535,
                "allowInternetFacing": true,
            }}}},
        }),
    )
}

/// A resource gateway whose network is that of an Ingress's load balancer.
pub(super) fn resource_gateway_of_an_ingress() -> Value {
    object("ResourceGateway", json!({"vpcFrom": {"ingressRef": {"name": "rest-api"}}}))
}

/// A resource configuration that leads to the host of an Ingress.
pub(super) fn resource_configuration_of_an_ingress() -> Value {
    object(
        "ResourceConfiguration",
        json!({
            "resourceGatewayRef": {"name": "shared-rg"},
            "definitionFrom": {"ingressRef": {"name": "rest-api"}},
            "portRanges": ["443"],
        }),
    )
}

/// A resource gateway with every member of the spec.
pub(super) fn resource_gateway() -> Value {
    object(
        "ResourceGateway",
        json!({
            "name": "shared-rg-1",
            "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
            "subnetIds": ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"],
            "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"],
            "ipAddressType": "IPV4",
            "ipv4AddressesPerEni": 1,
            "resourceConfigDnsResolution": "IN_VPC",
            "allowedNamespaces": {"from": "All"},
            "tags": {"équipe": "recherche"},
            "deletionPolicy": "Delete",
            "adopt": {"id": "rgw-0a1b2c3d4e5f60e01"},
            "suspend": false,
        }),
    )
}

/// A resource configuration with every member of the spec.
pub(super) fn resource_configuration() -> Value {
    object(
        "ResourceConfiguration",
        json!({
            "name": "rest-1",
            "type": "SINGLE",
            "protocol": "TCP",
            "resourceGatewayRef": {"name": "shared-rg"},
            "resourceConfigurationDefinition": {"dnsResource": {"domainName": "api.internal.example.com", "ipAddressType": "IPV4"}},
            "portRanges": ["443", "8000-8010", "1-65535"],
            "allowAssociationToShareableServiceNetwork": true,
            "customDomainName": "api.example.com",
            "domainVerificationIdentifier": "dv-0a1b2c3d4e5f60f01",
            "allowedNamespaces": {"from": "Same"},
            "tags": {"team": "search"},
            "deletionPolicy": "Retain",
            "adopt": {"id": "rcfg-0a1b2c3d4e5f60d01", "from": "other-cluster"},
            "suspend": true,
        }),
    )
}

/// The manifest after a JSON merge patch (RFC 7396): `null` removes a member.
pub(super) fn patched(mut manifest: Value, patch: &Value) -> Value {
    merge(&mut manifest, patch);
    manifest
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (member, change) in changes {
        if change.is_null() {
            target.as_object_mut().map(|members| members.remove(member));
        } else {
            merge(&mut target[member], change);
        }
    }
}
