//! Manifests that several scenarios share.

use serde_json::{Value, json};

/// A gateway with semantic search behind a user pool; labelled namespaces may attach targets.
pub(crate) const GATEWAY: &str = r#"
apiVersion: tools.agentcore.dev/v1alpha1
kind: Gateway
metadata:
  name: agents
  namespace: platform
spec:
  roleArn: arn:aws:iam::111122223333:role/AgentCoreGatewayRole
  protocolType: MCP
  protocolConfiguration:
    mcp:
      searchType: SEMANTIC
  authorizerType: CUSTOM_JWT
  authorizerConfiguration:
    customJWTAuthorizer:
      discoveryUrl: https://cognito-idp.us-west-2.amazonaws.com/us-west-2_AbC/.well-known/openid-configuration
      allowedClients: [c1]
  exceptionLevel: DEBUG
  allowedNamespaces:
    from: Selector
    selector:
      matchLabels:
        agentcore: "yes"
"#;

/// A gateway for namespace `platform` alone, with as little as AWS takes.
pub(crate) const SMALL_GATEWAY: &str = r"
apiVersion: tools.agentcore.dev/v1alpha1
kind: Gateway
metadata:
  name: agents
  namespace: platform
spec:
  roleArn: arn:aws:iam::111122223333:role/AgentCoreGatewayRole
  protocolType: MCP
  authorizerType: AWS_IAM
";

/// An MCP server in a VPC, reached through a resource gateway that AgentCore manages.
pub(crate) const MANAGED_TARGET: &str = "
apiVersion: tools.agentcore.dev/v1alpha1
kind: GatewayTarget
metadata:
  name: eks-mcp-server
  namespace: mcp-server
spec:
  gatewayRef: {name: agents, namespace: platform}
  targetConfiguration:
    mcp:
      mcpServer:
        endpoint: https://internal.example.com/mcp-server/mcp
        resourcePriority: 10
  privateEndpoint:
    managedVpcResource:
      vpcIdentifier: vpc-0a1b2c3d4e5f60718
      subnetIds: [subnet-0a1b2c3d4e5f60a01, subnet-0a1b2c3d4e5f60a02]
      endpointIpAddressType: IPV4
      securityGroupIds: [sg-0a1b2c3d4e5f60b02]
";

/// A resource gateway that says no more than it has to.
pub(crate) const RESOURCE_GATEWAY: &str = "
apiVersion: tools.agentcore.dev/v1alpha1
kind: ResourceGateway
metadata:
  name: shared-rg
  namespace: platform
spec:
  vpcIdentifier: vpc-0a1b2c3d4e5f60718
  subnetIds: [subnet-0a1b2c3d4e5f60a01, subnet-0a1b2c3d4e5f60a02]
  securityGroupIds: [sg-0a1b2c3d4e5f60b02]
";

/// The resource configuration of the MCP servers; labelled namespaces may use it.
pub(crate) const MCP_CONFIGURATION: &str = r#"
apiVersion: tools.agentcore.dev/v1alpha1
kind: ResourceConfiguration
metadata:
  name: mcp
  namespace: platform
spec:
  resourceGatewayRef: {name: shared-rg}
  resourceConfigurationDefinition:
    dnsResource: {domainName: internal.example.com, ipAddressType: IPV4}
  portRanges: ["443"]
  allowedNamespaces:
    from: Selector
    selector:
      matchLabels: {agentcore: "yes"}
"#;

/// The MCP server through that resource configuration.
pub(crate) const SELF_MANAGED_TARGET: &str = "
apiVersion: tools.agentcore.dev/v1alpha1
kind: GatewayTarget
metadata:
  name: eks-mcp-server
  namespace: mcp-server
spec:
  gatewayRef: {name: agents, namespace: platform}
  targetConfiguration:
    mcp:
      mcpServer:
        endpoint: https://internal.example.com/mcp-server/mcp
        resourcePriority: 10
  privateEndpoint:
    selfManagedLatticeResource:
      resourceConfigurationRef: {name: mcp, namespace: platform}
";

/// A target that AWS makes at once: a document, called over the internet. AWS asks nobody about it.
pub(crate) fn public_target(namespace: &str, name: &str) -> String {
    let document = document("https://api.example.com");
    format!(
        "
apiVersion: tools.agentcore.dev/v1alpha1
kind: GatewayTarget
metadata:
  name: {name}
  namespace: {namespace}
spec:
  gatewayRef: {{name: agents, namespace: platform}}
  targetConfiguration:
    mcp:
      openApiSchema:
        inlinePayload: '{document}'
"
    )
}

/// A small API, as text without single quotes.
pub(crate) fn document(server: &str) -> String {
    let answer = |code: &str, words: &str| json!({ code: {"description": words} });
    json!({
        "openapi": "3.0.3",
        "info": {"title": "items", "version": "1.0.0"},
        "servers": [{"url": server}],
        "paths": {
            "/health": {"get": {"operationId": "healthCheck", "responses": answer("200", "OK")}},
            "/items": {
                "get": {"operationId": "listItems", "responses": answer("200", "OK")},
                "post": {"operationId": "createItem", "responses": answer("201", "Created")},
            },
        },
    })
    .to_string()
}

/// The network that AgentCore is to make a managed resource gateway in, as AWS is told.
pub(crate) fn managed_network() -> Value {
    json!({"managedVpcResource": {
        "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
        "subnetIds": ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"],
        "endpointIpAddressType": "IPV4",
        "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"],
    }})
}

/// The gateway of [`GATEWAY`], as AWS is told.
pub(crate) fn gateway_body() -> Value {
    json!({
        "name": "agents",
        "roleArn": "arn:aws:iam::111122223333:role/AgentCoreGatewayRole",
        "protocolType": "MCP",
        "protocolConfiguration": {"mcp": {"searchType": "SEMANTIC"}},
        "authorizerType": "CUSTOM_JWT",
        "authorizerConfiguration": {"customJWTAuthorizer": {
            "discoveryUrl": "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_AbC/.well-known/openid-configuration",
            "allowedClients": ["c1"],
        }},
        "exceptionLevel": "DEBUG",
    })
}

/// An API key that AgentCore Identity keeps, as spec and as AWS is told.
pub(crate) fn api_key(provider: &str) -> Value {
    let arn = "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/apikeycredentialprovider";
    json!([{"credentialProviderType": "API_KEY", "credentialProvider": {"apiKeyCredentialProvider": {
        "providerArn": format!("{arn}/{provider}"),
        "credentialParameterName": "x-api-key",
        "credentialLocation": "HEADER",
    }}}])
}
