//! What is known of a gateway.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What users may rely on of a [`Gateway`](crate::api::Gateway).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayFacts {
    /// The gateway's id. Example: `agents-abcde12345`. AWS: `gatewayId`.
    #[serde(default, deserialize_with = "crate::api::status::stated", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub gateway_id: Option<String>,

    /// The gateway's ARN. AWS: `gatewayArn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub gateway_arn: Option<String>,

    /// Where agents call the gateway.
    /// Example: `https://agents-abcde12345.gateway.bedrock-agentcore.us-west-2.amazonaws.com/mcp`. AWS: `gatewayUrl`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub gateway_url: Option<String>,

    /// AWS's own word for the gateway's state: `CREATING`, `READY`, `UPDATING`, `UPDATE_UNSUCCESSFUL`, `FAILED`, `DELETING`.
    /// AWS: `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub aws_status: Option<String>,

    /// AWS's own explanation of that state. AWS: `statusReasons`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), inner(length(max = 4096)))]
    pub status_reasons: Vec<String>,

    /// The workload identity that AWS made for the gateway; it goes with the gateway.
    /// AWS: `workloadIdentityDetails.workloadIdentityArn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub workload_identity_arn: Option<String>,

    /// The resource configurations that the authorizer's calls go through, as AWS was told them, sorted.
    /// AWS: `privateEndpoint.selfManagedLatticeResource.resourceConfigurationIdentifier` of the authorizer and its overrides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(max = 2048)))]
    pub resource_configuration_identifiers: Vec<String>,

    /// How many `GatewayTarget`s refer to this gateway; followed at most every 30 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<TargetCounts>,
}

/// How many targets refer to a gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TargetCounts {
    /// All of them.
    pub total: u32,

    /// Those whose condition `Ready` is True.
    pub ready: u32,
}
