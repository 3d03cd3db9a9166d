//! What AWS may show of what a caller left out, with [`super::LeftOut::Filled`]: its own values, which an update cannot take away.

use serde_json::{Map, Value, json};

use super::json::{default, list};

/// Fills in a gateway.
pub(super) fn gateway(body: &mut Map<String, Value>) {
    default(body, "protocolType", "MCP");
    default(body, "wafConfiguration", json!({"failureMode": "FAIL_CLOSE"}));
    if let Some(mcp) = body.get_mut("protocolConfiguration").and_then(|it| it.get_mut("mcp")?.as_object_mut()) {
        default(mcp, "disableMcpListToolsPagination", false);
        default(mcp, "streamingConfiguration", json!({}));
        default(mcp, "sessionConfiguration", json!({"sessionTimeoutInSeconds": 3600}));
    }
    for interceptor in objects(body.get_mut("interceptorConfigurations")) {
        default(interceptor, "inputConfiguration", json!({"passRequestHeaders": true}));
    }
}

/// Fills in a target, in this region.
pub(super) fn target(body: &mut Map<String, Value>, region: &str) {
    default(body, "metadataConfiguration", json!({}));
    for credential in objects(body.get_mut("credentialProviderConfigurations")) {
        let Some(provider) = credential.get_mut("credentialProvider") else { continue };
        if let Some(key) = provider.get_mut("apiKeyCredentialProvider").and_then(Value::as_object_mut) {
            default(key, "credentialLocation", "HEADER");
            default(key, "credentialParameterName", "Authorization");
        }
        if let Some(role) = provider.get_mut("iamCredentialProvider").and_then(Value::as_object_mut) {
            default(role, "region", region);
        }
    }
    let Some(configuration) = body.get_mut("targetConfiguration") else { return };
    let names: Vec<_> =
        list(configuration, "/mcp/connector/configurations").iter().map(|it| it["name"].clone()).collect();
    if let Some(connector) = configuration.pointer_mut("/mcp/connector").and_then(Value::as_object_mut) {
        default(connector, "enabled", names);
        for tool in objects(connector.get_mut("configurations")) {
            for parameter in objects(tool.get_mut("parameterOverrides")) {
                default(parameter, "visible", true);
            }
        }
    }
}

fn objects(list: Option<&mut Value>) -> impl Iterator<Item = &mut Map<String, Value>> {
    list.and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}
