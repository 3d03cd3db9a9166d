//! Members that AWS reports and this version cannot send.
//!
//! AgentCore's updates replace everything, and the SDK drops what it does not know: an update would take such a member away unseen. So the
//! answer is looked at as it came. What a spec can say is known, and so is what an answer has beside it.

use std::collections::BTreeMap;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use serde_json::Value;

use crate::plan::{Hold, Reason};

/// What is known of an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Known {
    /// Members by name; others are not known.
    Struct(BTreeMap<String, Known>),
    /// Whatever the names are, what stands under each.
    Map(Box<Known>),
    /// Nothing further down matters.
    Leaf,
}

impl Known {
    /// What the spec of this definition can say, and what stands `beside` it in answers.
    pub(super) fn of(definition: &CustomResourceDefinition, beside: &[&str]) -> Self {
        let version = definition.spec.versions.first().and_then(|version| version.schema.as_ref());
        let properties = version.and_then(|version| version.open_api_v3_schema.as_ref()?.properties.as_ref());
        let mut known = match properties.and_then(|properties| properties.get("spec")).map(Self::said) {
            Some(Self::Struct(members)) => members,
            Some(Self::Map(_) | Self::Leaf) | None => BTreeMap::new(),
        };
        known.extend(beside.iter().map(|member| ((*member).to_owned(), Self::Leaf)));
        Self::Struct(known)
    }

    fn said(schema: &JSONSchemaProps) -> Self {
        if let Some(JSONSchemaPropsOrArray::Schema(items)) = &schema.items {
            return Self::said(items);
        }
        if let Some(properties) = &schema.properties {
            return Self::Struct(properties.iter().map(|(name, schema)| (name.clone(), Self::said(schema))).collect());
        }
        match &schema.additional_properties {
            Some(JSONSchemaPropsOrBool::Schema(values)) => Self::Map(Box::new(Self::said(values))),
            Some(JSONSchemaPropsOrBool::Bool(_)) | None => Self::Leaf,
        }
    }

    /// The members of an answer that are not known, as paths, sorted.
    pub(super) fn unknown_in(&self, answer: &Value) -> Vec<String> {
        let mut unknown = Vec::new();
        self.look(answer, "", &mut unknown);
        unknown.sort();
        unknown.dedup();
        unknown
    }

    fn look(&self, value: &Value, path: &str, unknown: &mut Vec<String>) {
        match (self, value) {
            (Self::Struct(_) | Self::Map(_), Value::Array(items)) => {
                for item in items {
                    self.look(item, path, unknown);
                }
            }
            (Self::Struct(known), Value::Object(members)) => {
                for (member, value) in members.iter().filter(|(_, value)| !says_nothing(value)) {
                    let path = if path.is_empty() { member.clone() } else { format!("{path}.{member}") };
                    match known.get(member) {
                        Some(known) => known.look(value, &path, unknown),
                        None => unknown.push(path),
                    }
                }
            }
            (Self::Map(values), Value::Object(members)) => {
                for value in members.values() {
                    values.look(value, path, unknown);
                }
            }
            (Self::Struct(_) | Self::Map(_) | Self::Leaf, _) => {}
        }
    }
}

/// Whether nothing is lost where this is taken away.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().all(says_nothing),
        Value::Object(members) => members.values().all(says_nothing),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// What stands in the way of an update that would take these members away.
pub(super) fn kept(noun: &str, members: &[String]) -> Option<Hold> {
    (!members.is_empty()).then(|| {
        Hold::stalled(
            Reason::UnknownMembers,
            format!(
                "The {noun} has members in AWS that this version of the operator does not know and an update would remove: {}. It is left as \
                 it is; remove them in AWS, or upgrade the operator",
                super::name_some(members)
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use kube::CustomResourceExt;
    use serde_json::json;

    use super::*;
    use crate::api::{Gateway, GatewayTarget};

    #[test]
    fn what_a_spec_can_say_is_known() {
        let gateway = json!({
            "gatewayArn": "arn", "description": "Tools", "roleArn": "arn", "authorizerType": "CUSTOM_JWT",
            "protocolConfiguration": {"mcp": {"supportedVersions": ["2025-11-25"], "sessionConfiguration": {"sessionTimeoutInSeconds": 900}}},
            "authorizerConfiguration": {"customJWTAuthorizer": {"discoveryUrl": "https://issuer", "allowedClients": ["c1"]}},
            "wafConfiguration": null,
            "domainOverride": {}, "later": [{}, {"empty": [null]}],
        });
        assert_eq!(Known::of(&Gateway::crd(), &["gatewayArn"]).unknown_in(&gateway), [""; 0]);
        let target = json!({"targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://e"}}}, "privateEndpoint": {
            "managedVpcResource": {"vpcIdentifier": "vpc", "tags": {"team": "search"}}},
            "credentialProviderConfigurations": [{"credentialProviderType": "API_KEY"}],
        });
        assert_eq!(Known::of(&GatewayTarget::crd(), &[]).unknown_in(&target), [""; 0]);
    }

    #[test]
    fn what_no_spec_can_say_is_named_where_it_is() {
        let gateway = json!({
            "gatewayArn": "arn",
            "domainOverride": {"defaultDomain": "tools.example.com"},
            "authorizerConfiguration": {"customJWTAuthorizer": {
                "discoveryUrl": "https://issuer", "certificateConfigurations": [{"s3": {"uri": "s3://ca"}}],
            }},
        });
        let expected = ["authorizerConfiguration.customJWTAuthorizer.certificateConfigurations", "domainOverride"];
        assert_eq!(Known::of(&Gateway::crd(), &["gatewayArn"]).unknown_in(&gateway), expected);
        let target = json!({
            "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://e", "later": 1}}},
            "credentialProviderConfigurations": [{"credentialProviderType": "API_KEY", "later": {"a": false}}],
            "privateEndpoint": {"laterResource": [""]},
        });
        let expected = [
            "credentialProviderConfigurations.later",
            "privateEndpoint.laterResource",
            "targetConfiguration.mcp.mcpServer.later",
        ];
        assert_eq!(Known::of(&GatewayTarget::crd(), &[]).unknown_in(&target), expected);
        assert_eq!(kept("target", &[]), None);
        assert!(kept("target", &["later".to_owned()]).unwrap().message().contains("later"));
    }
}
