//! What has to be refused when it is created, each with the words that a person gets.

use serde_json::{Value, json};

use super::{cluster, samples};

/// A good manifest, what is done to it, and what the API server says then.
pub(super) struct Refusal {
    what: &'static str,
    good: Value,
    patch: Value,
    message: String,
}

/// A [`Refusal`] of a patch of the good manifest's spec.
pub(super) fn refusal(what: &'static str, good: Value, patch: Value, message: impl Into<String>) -> Refusal {
    Refusal { what, good, patch: [("spec", patch)].into_iter().collect(), message: message.into() }
}

/// What is said of a managed private endpoint that nothing tells the network of.
pub(super) const NO_NETWORK: &str = "spec.privateEndpoint: Required value: privateEndpoint.managedVpcResource needs vpcIdentifier, subnetIds and endpointIpAddressType, unless endpointFrom or serverUrlFrom names a load balancer to take them from";

/// Tries them all, and fails with each that was accepted or refused in other words.
pub(super) async fn all_refused(refusals: Vec<Refusal>) -> anyhow::Result<()> {
    let client = cluster::client().await?;
    let mut wrong = Vec::new();
    for Refusal { what, good, patch, message } in refusals {
        match cluster::dry_run_create(&client, &samples::patched(good, &patch)).await? {
            Ok(_) => wrong.push(format!("{what}: accepted")),
            Err(said) if !said.contains(&message) => {
                wrong.push(format!("{what}:\n  said     {said}\n  expected {message}"));
            }
            Err(_) => {}
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[tokio::test]
async fn gateways() -> anyhow::Result<()> {
    let jwt = |members: Value| json!({"authorizerConfiguration": {"customJWTAuthorizer": members}});
    all_refused(vec![
        refusal("no role", samples::gateway(), json!({"roleArn": null}), "spec.roleArn: Required value"),
        refusal("a role's name", samples::gateway(), json!({"roleArn": "AgentCoreGatewayRole"}), r#"spec.roleArn: Invalid value: "AgentCoreGatewayRole": roleArn is the ARN of an IAM role, like arn:aws:iam::111122223333:role/AgentCoreGatewayRole"#),
        refusal("no authorizer", samples::gateway(), json!({"authorizerType": null}), "spec.authorizerType: Required value"),
        refusal("an unknown authorizer", samples::gateway(), json!({"authorizerType": "JWT"}), r#"spec.authorizerType: Unsupported value: "JWT": supported values: "CUSTOM_JWT", "AWS_IAM", "NONE", "AUTHENTICATE_ONLY""#),
        refusal("JWT without configuration", samples::gateway(), json!({"authorizerConfiguration": null}), "spec.authorizerConfiguration: Required value: authorizerType CUSTOM_JWT needs authorizerConfiguration.customJWTAuthorizer"),
        refusal("IAM with configuration", samples::gateway(), json!({"authorizerType": "AWS_IAM"}), "spec.authorizerConfiguration: Forbidden: authorizerConfiguration goes with authorizerType CUSTOM_JWT only; remove it or set authorizerType: CUSTOM_JWT"),
        refusal(
            "an empty authorizer",
            samples::gateway(),
            json!({"authorizerConfiguration": {"customJWTAuthorizer": null}}),
            "spec.authorizerConfiguration.customJWTAuthorizer: Required value",
        ),
        refusal(
            "any token would do",
            samples::gateway(),
            jwt(json!({"allowedAudience": null, "allowedClients": [], "allowedScopes": null, "customClaims": []})),
            "spec.authorizerConfiguration.customJWTAuthorizer: Invalid value: at least one of allowedAudience, allowedClients, allowedScopes, customClaims is required; without one every token of the issuer would do",
        ),
        refusal(
            "a discovery URL that is the issuer",
            samples::gateway(),
            jwt(json!({"discoveryUrl": "https://issuer.example.com"})),
            r#"spec.authorizerConfiguration.customJWTAuthorizer.discoveryUrl: Invalid value: "https://issuer.example.com": discoveryUrl ends in /.well-known/openid-configuration or /.well-known/oauth-authorization-server; it is not the issuer alone"#,
        ),
        refusal("a scope with a space", samples::gateway(), jwt(json!({"allowedScopes": ["read write"]})), r#"spec.authorizerConfiguration.customJWTAuthorizer.allowedScopes[0]: Invalid value: "read write": spec.authorizerConfiguration.customJWTAuthorizer.allowedScopes[0] in body should match '^[\x21\x23-\x5B\x5D-\x7E]+$'"#),
        refusal("an unknown protocol", samples::gateway(), json!({"protocolType": "HTTP"}), r#"spec.protocolType: Unsupported value: "HTTP": supported values: "MCP""#),
        refusal(
            "an empty protocol configuration",
            samples::gateway(),
            json!({"protocolConfiguration": {"mcp": null}}),
            "spec.protocolConfiguration.mcp: Required value",
        ),
        refusal(
            "a session of a minute",
            samples::gateway(),
            json!({"protocolConfiguration": {"mcp": {"sessionConfiguration": {"sessionTimeoutInSeconds": 60}}}}),
            "spec.protocolConfiguration.mcp.sessionConfiguration.sessionTimeoutInSeconds: Invalid value: 60: spec.protocolConfiguration.mcp.sessionConfiguration.sessionTimeoutInSeconds in body should be greater than or equal to 900",
        ),
        refusal("a name with two hyphens", samples::gateway(), json!({"name": "my--gateway"}), r#"spec.name: Invalid value: "my--gateway": a gateway's name has letters, digits and single hyphens only, 48 letters and digits at most"#),
        refusal("an empty description", samples::gateway(), json!({"description": ""}), r#"spec.description: Invalid value: "": spec.description in body should be at least 1 chars long"#),
        refusal("a long description", samples::gateway(), json!({"description": "x".repeat(201)}), "spec.description: Too long: may not be more than 200 bytes"),
        refusal("a selector without from", samples::gateway(), json!({"allowedNamespaces": {"from": null}}), "spec.allowedNamespaces: Invalid value: selector is only read when from is Selector; set from: Selector or remove selector"),
        refusal(
            "from Selector without a selector",
            samples::gateway(),
            json!({"allowedNamespaces": {"selector": null}}),
            "spec.allowedNamespaces: Invalid value: selector is required when from is Selector",
        ),
        refusal(
            "In without values",
            samples::gateway(),
            json!({"allowedNamespaces": {"selector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}}),
            "spec.allowedNamespaces.selector.matchExpressions[0]: Invalid value: values are required with operator In and NotIn and refused with Exists and DoesNotExist",
        ),
        refusal(
            "a ConfigMap's name with capitals",
            samples::gateway(),
            json!({"connectionConfigMap": {"name": "Agents"}}),
            r#"spec.connectionConfigMap.name: Invalid value: "Agents": spec.connectionConfigMap.name in body should match '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'"#,
        ),
        refusal("an unknown deletion policy", samples::gateway(), json!({"deletionPolicy": "Orphan"}), r#"spec.deletionPolicy: Unsupported value: "Orphan": supported values: "Delete", "Retain""#),
    ])
    .await
}

#[tokio::test]
async fn tags() -> anyhow::Result<()> {
    let too_many: Value = (0..47).map(|n| (format!("k{n}"), json!("v"))).collect();
    let long_key: Value = [("k".repeat(129), json!("v"))].into_iter().collect();
    all_refused(vec![
        refusal("AWS's prefix", samples::gateway(), json!({"tags": {"AWS:owner": "me"}}), "spec.tags: Invalid value: tag keys that start with aws: are reserved by AWS"),
        refusal("our prefix", samples::resource_gateway(), json!({"tags": {"tools.agentcore.dev/cluster": "me"}}), "spec.tags: Invalid value: tag keys that start with tools.agentcore.dev/ and BedrockAgentCoreGatewayManaged are reserved: they say who owns the object"),
        refusal(
            "AgentCore's own key",
            samples::resource_configuration(),
            json!({"tags": {"BedrockAgentCoreGatewayManaged": "true"}}),
            "spec.tags: Invalid value: tag keys that start with tools.agentcore.dev/ and BedrockAgentCoreGatewayManaged are reserved: they say who owns the object",
        ),
        refusal("a bad character", samples::gateway(), json!({"tags": {"a*b": "v"}}), "spec.tags: Invalid value: a tag's key has letters, digits, spaces and _.:/=+-@ only"),
        refusal("a bad character in a value", samples::gateway(), json!({"tags": {"a": "ü"}}), r#"spec.tags.a: Invalid value: "ü": spec.tags.a in body should match '^[a-zA-Z0-9\s._:/=+@-]*$'"#),
        refusal("an empty key", samples::gateway(), json!({"tags": {"": "v"}}), "spec.tags: Invalid value: a tag's key has 1 to 128 characters"),
        refusal("a long key", samples::gateway(), json!({"tags": long_key}), "spec.tags: Invalid value: a tag's key has 1 to 128 characters"),
        refusal("47 tags", samples::gateway(), json!({"tags": too_many}), "spec.tags: Too many: 49: must have at most 46 items"),
    ])
    .await
}

#[tokio::test]
async fn targets() -> anyhow::Result<()> {
    let server = |members: Value| json!({"targetConfiguration": {"mcp": {"mcpServer": members}}});
    let credential = |members: Value| json!({"credentialProviderConfigurations": [members]});
    let network = |members: Value| json!({"privateEndpoint": {"managedVpcResource": members}});
    all_refused(vec![
        refusal("both gateways", samples::mcp_server_target(), json!({"gatewayIdentifier": "agents-abcde12345"}), "spec: Invalid value: exactly one of gatewayRef, gatewayIdentifier is required"),
        refusal("no gateway", samples::mcp_server_target(), json!({"gatewayRef": null}), "spec: Invalid value: exactly one of gatewayRef, gatewayIdentifier is required"),
        refusal("an ARN as identifier", samples::small_target(), json!({"gatewayIdentifier": "arn:aws:bedrock-agentcore:us-west-2:111122223333:gateway/agents-abcde12345"}), r#"spec.gatewayIdentifier: Invalid value: "arn:aws:bedrock-agentcore:us-west-2:111122223333:gateway/agents-abcde12345": gatewayIdentifier is the id of a gateway, like agents-abcde12345: the part of its ARN after gateway/"#),
        refusal("a name as identifier", samples::small_target(), json!({"gatewayIdentifier": "agents"}), r#"spec.gatewayIdentifier: Invalid value: "agents": gatewayIdentifier is the id of a gateway, like agents-abcde12345: its name, a hyphen and 10 characters"#),
        refusal("an object's name with a slash", samples::mcp_server_target(), json!({"gatewayRef": {"name": "platform/agents"}}), r#"spec.gatewayRef.name: Invalid value: "platform/agents": spec.gatewayRef.name in body should match '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'"#),
        refusal("no configuration", samples::small_target(), json!({"targetConfiguration": null}), "spec.targetConfiguration: Required value"),
        refusal("an empty configuration", samples::small_target(), json!({"targetConfiguration": {"mcp": null}}), "spec.targetConfiguration: Invalid value: exactly one of mcp, http, inference is required"),
        refusal("neither server nor API", samples::small_target(), server(Value::Null), "spec.targetConfiguration.mcp: Invalid value: exactly one of openApiSchema, smithyModel, lambda, mcpServer, apiGateway, connector is required"),
        refusal("server and API", samples::small_target(), json!({"targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": "{}"}}}}), "spec.targetConfiguration.mcp: Invalid value: exactly one of openApiSchema, smithyModel, lambda, mcpServer, apiGateway, connector is required"),
        refusal("an API without document", samples::rest_target(), json!({"targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": null}}}}), "spec.targetConfiguration.mcp.openApiSchema: Invalid value: exactly one of s3, inlinePayload, inlinePayloadFrom is required"),
        refusal("plain HTTP", samples::small_target(), server(json!({"endpoint": "http://internal.example.com/mcp"})), r#"spec.targetConfiguration.mcp.mcpServer.endpoint: Invalid value: "http://internal.example.com/mcp": endpoint must start with https://, because AgentCore calls MCP servers over TLS only"#),
        refusal("no host", samples::small_target(), server(json!({"endpoint": "https:///mcp"})), r#"spec.targetConfiguration.mcp.mcpServer.endpoint: Invalid value: "https:///mcp": endpoint must be a URL with a host, like https://internal.example.com/mcp"#),
        refusal("a password in the address", samples::small_target(), server(json!({"endpoint": "https://user:secret@internal.example.com/mcp"})), "endpoint carries neither a user, a password nor a fragment"),
        refusal("a fragment in the address", samples::small_target(), server(json!({"endpoint": "https://internal.example.com/mcp#tools"})), "endpoint carries neither a user, a password nor a fragment"),
        refusal("tools that are said and asked for", samples::small_target(), server(json!({"listingMode": "DYNAMIC", "mcpToolSchema": {"inlinePayload": "[]"}})), "tools that are said in mcpToolSchema are not asked for at each listing"),
        refusal("a priority out of range", samples::small_target(), server(json!({"resourcePriority": 1001})), "spec.targetConfiguration.mcp.mcpServer.resourcePriority: Invalid value: 1001: spec.targetConfiguration.mcp.mcpServer.resourcePriority in body should be less than or equal to 1000"),
        refusal("an unknown listing mode", samples::small_target(), server(json!({"listingMode": "STATIC"})), r#"spec.targetConfiguration.mcp.mcpServer.listingMode: Unsupported value: "STATIC": supported values: "DEFAULT", "DYNAMIC""#),
        refusal("a description without room for our mark", samples::small_target(), json!({"description": "x".repeat(174)}), "spec.description: Too long: may not be more than 173 bytes"),
        refusal("an underscore in the name", samples::small_target(), json!({"name": "eks_mcp_server"}), r#"spec.name: Invalid value: "eks_mcp_server": a target's name has letters, digits and single hyphens only, 100 letters and digits at most"#),
        refusal("two credentials", samples::mcp_server_target(), json!({"credentialProviderConfigurations": [{"credentialProviderType": "API_KEY"}, {"credentialProviderType": "API_KEY"}]}), "spec.credentialProviderConfigurations: Too many: 2: must have at most 1 item"),
        refusal("a key from nowhere", samples::mcp_server_target(), credential(json!({"credentialProviderType": "API_KEY"})), "spec.credentialProviderConfigurations[0].credentialProvider: Required value: credentialProviderType API_KEY needs credentialProvider.apiKeyCredentialProvider"),
        refusal("an empty provider", samples::mcp_server_target(), credential(json!({"credentialProviderType": "API_KEY", "credentialProvider": {}})), "spec.credentialProviderConfigurations[0].credentialProvider: Invalid value: exactly one of oauthCredentialProvider, apiKeyCredentialProvider, iamCredentialProvider is required"),
        refusal("a secret's ARN as provider", samples::mcp_server_target(), credential(json!({"credentialProviderType": "API_KEY", "credentialProvider": {"apiKeyCredentialProvider": {"providerArn": "arn:aws:secretsmanager:us-west-2:111122223333:secret:key"}}})), r#"spec.credentialProviderConfigurations[0].credentialProvider.apiKeyCredentialProvider.providerArn: Invalid value: "arn:aws:secretsmanager:us-west-2:111122223333:secret:key": providerArn is the ARN of an API key credential provider of AgentCore Identity, which ends in token-vault/default/apikeycredentialprovider/<name>; it is not the ARN of a secret"#),
        refusal("no VPC", samples::mcp_server_target(), network(json!({"vpcIdentifier": null})), NO_NETWORK),
        refusal("no subnets", samples::mcp_server_target(), network(json!({"subnetIds": null})), NO_NETWORK),
        refusal("no address type", samples::mcp_server_target(), network(json!({"endpointIpAddressType": null})), NO_NETWORK),
        refusal("empty subnets", samples::mcp_server_target(), network(json!({"subnetIds": []})), "spec.privateEndpoint.managedVpcResource.subnetIds: Invalid value: 0: spec.privateEndpoint.managedVpcResource.subnetIds in body should have at least 1 items"),
        refusal("six groups", samples::mcp_server_target(), network(json!({"securityGroupIds": vec!["sg-0a1b2c3d4e5f60b02"; 6]})), "spec.privateEndpoint.managedVpcResource.securityGroupIds: Too many: 6: must have at most 5 items"),
        refusal("a group's name", samples::mcp_server_target(), network(json!({"securityGroupIds": ["default"]})), "spec.privateEndpoint.managedVpcResource.securityGroupIds: Invalid value: securityGroupIds are ids of security groups, like sg-0a1b2c3d4e5f60b02; not their names or ARNs"),
        refusal("dual stack", samples::mcp_server_target(), network(json!({"endpointIpAddressType": "DUALSTACK"})), r#"spec.privateEndpoint.managedVpcResource.endpointIpAddressType: Unsupported value: "DUALSTACK": supported values: "IPV4", "IPV6""#),
        refusal("managed and self-managed", samples::mcp_server_target(), json!({"privateEndpoint": {"selfManagedLatticeResource": {"resourceConfigurationRef": {"name": "rest"}}}}), "spec.privateEndpoint: Invalid value: exactly one of managedVpcResource, selfManagedLatticeResource is required"),
        refusal("an empty private endpoint", samples::rest_target(), json!({"privateEndpoint": {"selfManagedLatticeResource": null}}), "spec.privateEndpoint: Invalid value: exactly one of managedVpcResource, selfManagedLatticeResource is required"),
        refusal("two resource configurations", samples::rest_target(), json!({"privateEndpoint": {"selfManagedLatticeResource": {"resourceConfigurationIdentifier": "rcfg-0a1b2c3d4e5f60d01"}}}), "spec.privateEndpoint.selfManagedLatticeResource: Invalid value: exactly one of resourceConfigurationRef, resourceConfigurationIdentifier is required"),
        refusal("no resource configuration", samples::rest_target(), json!({"privateEndpoint": {"selfManagedLatticeResource": {"resourceConfigurationRef": null}}}), "spec.privateEndpoint.selfManagedLatticeResource: Invalid value: exactly one of resourceConfigurationRef, resourceConfigurationIdentifier is required"),
    ])
    .await
}

#[tokio::test]
async fn resource_gateways() -> anyhow::Result<()> {
    let good = samples::resource_gateway;
    all_refused(vec![
        refusal("IN_VPC with IPV6", good(), json!({"ipAddressType": "IPV6", "ipv4AddressesPerEni": null}), "spec.resourceConfigDnsResolution: Invalid value: resourceConfigDnsResolution IN_VPC does not work with ipAddressType IPV6; use PUBLIC, or IPV4 or DUALSTACK addresses"),
        refusal(
            "IPv4 addresses with IPV6",
            good(),
            json!({"ipAddressType": "IPV6", "resourceConfigDnsResolution": null}),
            "spec.ipv4AddressesPerEni: Invalid value: ipv4AddressesPerEni goes with ipAddressType IPV4 or DUALSTACK only; remove it",
        ),
        refusal("63 addresses", good(), json!({"ipv4AddressesPerEni": 63}), "spec.ipv4AddressesPerEni: Invalid value: 63: spec.ipv4AddressesPerEni in body should be less than or equal to 62"),
        refusal("no VPC", good(), json!({"vpcIdentifier": null}), "spec: Invalid value: vpcIdentifier and subnetIds go together: state both, or neither and vpcFrom"),
        refusal(
            "a VPC's ARN",
            good(),
            json!({"vpcIdentifier": "arn:aws:ec2:us-west-2:111122223333:vpc/vpc-0a1b2c3d4e5f60718"}),
            r#"spec.vpcIdentifier: Invalid value: "arn:aws:ec2:us-west-2:111122223333:vpc/vpc-0a1b2c3d4e5f60718": vpcIdentifier is the id of a VPC, like vpc-0a1b2c3d4e5f60718; not its name or ARN"#,
        ),
        refusal("no subnets", good(), json!({"subnetIds": null}), "spec: Invalid value: vpcIdentifier and subnetIds go together: state both, or neither and vpcFrom"),
        refusal("no network", good(), json!({"vpcIdentifier": null, "subnetIds": null}), "spec: Invalid value: either vpcFrom or both vpcIdentifier and subnetIds are required, not all of them"),
        refusal("a network and a load balancer's", good(), json!({"vpcFrom": {"ingressRef": {"name": "rest-api"}}}), "spec: Invalid value: either vpcFrom or both vpcIdentifier and subnetIds are required, not all of them"),
        refusal("a VPC and a load balancer's", samples::resource_gateway_of_an_ingress(), json!({"vpcIdentifier": "vpc-0a1b2c3d4e5f60718"}), "spec: Invalid value: either vpcFrom or both vpcIdentifier and subnetIds are required, not all of them"),
        refusal("two load balancers", samples::resource_gateway_of_an_ingress(), json!({"vpcFrom": {"serviceRef": {"name": "rest-api"}}}), "spec.vpcFrom: Invalid value: exactly one of serviceRef, ingressRef, httpRouteRef is required"),
        refusal("no load balancer", samples::resource_gateway_of_an_ingress(), json!({"vpcFrom": {"ingressRef": null}}), "spec.vpcFrom: Invalid value: exactly one of serviceRef, ingressRef, httpRouteRef is required"),
        refusal("six groups", good(), json!({"securityGroupIds": vec!["sg-0a1b2c3d4e5f60b02"; 6]}), "spec.securityGroupIds: Too many: 6: must have at most 5 items"),
        refusal("a reserved name", good(), json!({"name": "rgw-shared"}), r#"spec.name: Invalid value: "rgw-shared": names that start with rgw- are reserved by VPC Lattice"#),
        refusal("a hyphen at the end", good(), json!({"name": "shared-"}), r#"spec.name: Invalid value: "shared-": a name in VPC Lattice has lower-case letters, digits and single hyphens only, and no hyphen at its ends"#),
        refusal("two hyphens", good(), json!({"name": "shared--rg"}), r#"spec.name: Invalid value: "shared--rg": a name in VPC Lattice has lower-case letters, digits and single hyphens only, and no hyphen at its ends"#),
        refusal("capitals", good(), json!({"name": "Shared"}), r#"spec.name: Invalid value: "Shared": a name in VPC Lattice has lower-case letters, digits and single hyphens only, and no hyphen at its ends"#),
        refusal("a short name", good(), json!({"name": "rg"}), r#"spec.name: Invalid value: "rg": spec.name in body should be at least 3 chars long"#),
    ])
    .await
}

#[tokio::test]
async fn resource_configurations() -> anyhow::Result<()> {
    let good = samples::resource_configuration;
    let domain = |name: &str| json!({"resourceConfigurationDefinition": {"dnsResource": {"domainName": name}}});
    all_refused(vec![
        refusal("both resource gateways", good(), json!({"resourceGatewayIdentifier": "rgw-0a1b2c3d4e5f60e01"}), "spec: Invalid value: exactly one of resourceGatewayRef, resourceGatewayIdentifier is required"),
        refusal("no resource gateway", good(), json!({"resourceGatewayRef": null}), "spec: Invalid value: exactly one of resourceGatewayRef, resourceGatewayIdentifier is required"),
        refusal(
            "a resource configuration as gateway",
            good(),
            json!({"resourceGatewayRef": null, "resourceGatewayIdentifier": "rcfg-0a1b2c3d4e5f60d01"}),
            r#"spec.resourceGatewayIdentifier: Invalid value: "rcfg-0a1b2c3d4e5f60d01": resourceGatewayIdentifier is the id of a resource gateway, like rgw-0a1b2c3d4e5f60e01, or its ARN"#,
        ),
        refusal("no ports", good(), json!({"portRanges": null}), r#"spec.portRanges: Required value: name the ports of the endpoint, for example ["443"]"#),
        refusal("empty ports", good(), json!({"portRanges": []}), "spec.portRanges: Invalid value: 0: spec.portRanges in body should have at least 1 items"),
        refusal("port 0", good(), json!({"portRanges": ["0"]}), r#"spec.portRanges[0]: Invalid value: "0": a port is 1 to 65535, and a range has two of them, the lower one first, like 8000-8010"#),
        refusal("port 65536", good(), json!({"portRanges": ["65536"]}), r#"spec.portRanges[0]: Invalid value: "65536": a port is 1 to 65535, and a range has two of them, the lower one first, like 8000-8010"#),
        refusal("a range that runs backwards", good(), json!({"portRanges": ["8010-8000"]}), r#"spec.portRanges[0]: Invalid value: "8010-8000": a port is 1 to 65535, and a range has two of them, the lower one first, like 8000-8010"#),
        refusal("a service's name as port", good(), json!({"portRanges": ["https"]}), r#"spec.portRanges[0]: Invalid value: "https": a port is 1 to 65535, and a range has two of them, the lower one first, like 8000-8010"#),
        refusal("a port that is a number", good(), json!({"portRanges": [443]}), r#"spec.portRanges[0]: Invalid value: "integer": spec.portRanges[0] in body must be of type string: "integer""#),
        refusal("a URL as domain", good(), domain("https://api.internal.example.com"), r#"spec.resourceConfigurationDefinition.dnsResource.domainName: Invalid value: "https://api.internal.example.com": domainName is a bare host name, like api.internal.example.com; ports go into portRanges"#),
        refusal("a host with port as domain", good(), domain("api.internal.example.com:443"), r#"spec.resourceConfigurationDefinition.dnsResource.domainName: Invalid value: "api.internal.example.com:443": domainName is a bare host name, like api.internal.example.com; ports go into portRanges"#),
        refusal(
            "a name and an address",
            good(),
            json!({"resourceConfigurationDefinition": {"ipResource": {"ipAddress": "10.0.1.20"}}}),
            "spec.resourceConfigurationDefinition: Invalid value: exactly one of dnsResource, ipResource, arnResource, cidrResource is required",
        ),
        refusal(
            "neither name nor address",
            good(),
            json!({"resourceConfigurationDefinition": {"dnsResource": null}}),
            "spec.resourceConfigurationDefinition: Invalid value: exactly one of dnsResource, ipResource, arnResource, cidrResource is required",
        ),
        refusal(
            "not an address",
            good(),
            json!({"resourceConfigurationDefinition": {"dnsResource": null, "ipResource": {"ipAddress": "10.0.1"}}}),
            r#"spec.resourceConfigurationDefinition.ipResource.ipAddress: Invalid value: "10.0.1": ipAddress must be an IPv4 or IPv6 address, like 10.0.1.20"#,
        ),
        refusal("a definition and an Ingress", good(), json!({"definitionFrom": {"ingressRef": {"name": "rest-api"}}}), "spec: Invalid value: exactly one of resourceConfigurationDefinition, definitionFrom is required"),
        refusal("neither definition nor Ingress", good(), json!({"resourceConfigurationDefinition": null}), "spec: Invalid value: exactly one of resourceConfigurationDefinition, definitionFrom is required"),
        refusal("a definition from two objects", samples::resource_configuration_of_an_ingress(), json!({"definitionFrom": {"httpRouteRef": {"name": "rest"}}}), "spec.definitionFrom: Invalid value: exactly one of serviceRef, ingressRef, httpRouteRef is required"),
        refusal("a host with a port", samples::resource_configuration_of_an_ingress(), json!({"definitionFrom": {"host": "api.internal.example.com:443"}}), r#"spec.definitionFrom.host: Invalid value: "api.internal.example.com:443": host is a DNS name in lower case, like internal.example.com; without scheme, port or path"#),
        refusal("an unknown type", good(), json!({"type": "PAIR"}), r#"spec.type: Unsupported value: "PAIR": supported values: "SINGLE", "GROUP", "CHILD", "ARN", "CIDR""#),
        refusal("a reserved name", good(), json!({"name": "rcfg-rest"}), r#"spec.name: Invalid value: "rcfg-rest": names that start with rcfg- are reserved by VPC Lattice"#),
    ])
    .await
}

/// What is not done yet is not in the CRD: kubectl says so instead of dropping it.
#[tokio::test]
async fn members_of_a_later_version() -> anyhow::Result<()> {
    cluster::applied().await?;
    let manifest = samples::patched(
        samples::small_gateway(),
        &json!({"spec": {"domainOverride": {"defaultDomain": "tools.example.com"}}}),
    );
    let file = cluster::file("later.json", &manifest).await?;
    let refused = cluster::kubectl(&["create", "--dry-run=server", "-f", &file]).await;
    let said = refused.map_or_else(|error| format!("{error:#}"), |said| format!("accepted: {said}"));
    assert!(said.contains(r#"unknown field "spec.domainOverride""#), "{said}");
    Ok(())
}
