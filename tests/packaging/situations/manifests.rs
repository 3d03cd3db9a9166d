//! The objects that are driven into situations: one of each kind, as small as they can be.

use serde_json::{Value, json};

/// The host that resource configurations lead to.
const HOST: &str = "a1b2c3d4e5-vpce-0a1b2c3d4e5f60c01.execute-api.us-west-2.amazonaws.com";

/// The namespace of almost everything.
pub(super) const NAMESPACE: &str = "platform";

/// An object of a kind. Configurations are on resource gateway `shared`, targets on gateway `agents`.
pub(super) fn object(kind: &str, name: &str) -> Value {
    let spec = match kind {
        "Gateway" => gateway(),
        "ResourceGateway" => json!({
            "name": name,
            "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
            "subnetIds": ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"],
            "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"],
        }),
        "ResourceConfiguration" => json!({
            "name": name,
            "resourceGatewayRef": {"name": "shared"},
            "resourceConfigurationDefinition": {"dnsResource": {"domainName": HOST, "ipAddressType": "IPV4"}},
            "portRanges": ["443"],
        }),
        _ => json!({
            "gatewayRef": {"name": "agents", "namespace": NAMESPACE},
            "targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": document()}}},
        }),
    };
    json!({
        "apiVersion": "tools.agentcore.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": spec,
    })
}

/// The same with another member of its spec.
pub(super) fn object_with(kind: &str, name: &str, member: &str, value: Value) -> Value {
    let mut object = object(kind, name);
    object["spec"][member] = value;
    object
}

/// A target that is reached through a resource configuration.
pub(super) fn private_target(name: &str, gateway: &str, configuration: &str) -> Value {
    let endpoint = json!({"selfManagedLatticeResource": {"resourceConfigurationRef": {"name": configuration}}});
    let mut target = object_with("GatewayTarget", name, "privateEndpoint", endpoint);
    target["spec"]["gatewayRef"] = json!({"name": gateway});
    target
}

/// A gateway whose issuer of tokens is reached through a resource configuration.
pub(super) fn private_gateway(name: &str, configuration: &str) -> Value {
    let mut gateway = object_with("Gateway", name, "authorizerType", json!("CUSTOM_JWT"));
    gateway["spec"]["authorizerConfiguration"] = json!({"customJWTAuthorizer": {
        "discoveryUrl": format!("https://{HOST}/.well-known/openid-configuration"),
        "allowedClients": ["c1"],
        "privateEndpoint": {"selfManagedLatticeResource": {"resourceConfigurationRef": {"name": configuration}}},
    }});
    gateway
}

/// An edit that AWS has to be told of.
pub(super) fn edit(kind: &str) -> Value {
    let spec = match kind {
        "ResourceGateway" => json!({"securityGroupIds": ["sg-0a1b2c3d4e5f60b01", "sg-0a1b2c3d4e5f60b02"]}),
        "ResourceConfiguration" => json!({"portRanges": ["443", "8443"]}),
        _ => json!({"description": "Edited"}),
    };
    json!({"spec": spec})
}

/// The operation that creates, updates or deletes a kind.
pub(super) fn operation(verb: &str, kind: &str) -> String {
    format!("{verb}{kind}")
}

fn gateway() -> Value {
    json!({
        "roleArn": "arn:aws:iam::111122223333:role/AgentCoreGatewayRole",
        "protocolType": "MCP",
        "authorizerType": "AWS_IAM",
        "allowedNamespaces": {"from": "Selector", "selector": {"matchLabels": {"agentcore": "yes"}}},
    })
}

fn document() -> String {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "items", "version": "1.0.0"},
        "servers": [{"url": format!("https://{HOST}/prod")}],
        "paths": {"/items": {"get": {"operationId": "listItems", "responses": {"200": {"description": "OK"}}}}},
    })
    .to_string()
}
