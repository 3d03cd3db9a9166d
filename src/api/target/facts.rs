//! What a `GatewayTarget` reports.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::workload::Resolved;

/// What users may rely on of a [`GatewayTarget`](super::GatewayTarget).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayTargetFacts {
    /// The target's id. Example: `TARGET0001`. AWS: `targetId`.
    #[serde(default, deserialize_with = "crate::api::status::stated", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub target_id: Option<String>,

    /// The id of the gateway that the target belongs to. Example: `agents-abcde12345`. AWS: `gatewayId`.
    #[serde(default, deserialize_with = "crate::api::status::stated", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub gateway_id: Option<String>,

    /// The target's name in AWS. Tools are called `<name>___<tool>`. AWS: `name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub name: Option<String>,

    /// AWS's own word for the target's state: `CREATING`, `READY`, `UPDATING`, `UPDATE_UNSUCCESSFUL`, `SYNCHRONIZING`,
    /// `SYNCHRONIZE_UNSUCCESSFUL`, `FAILED`, `DELETING`, or one that ends in `_PENDING_AUTH`. AWS: `status`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub aws_status: Option<String>,

    /// AWS's own explanation of that state. AWS: `statusReasons`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), inner(length(max = 4096)))]
    pub status_reasons: Vec<String>,

    /// What serves the tools, in the words of AWS's listing: `MCP_SERVER`, `OPEN_API_SCHEMA`, `API_GATEWAY`, `SMITHY_MODEL`, `LAMBDA`,
    /// `CONNECTOR`, `AGENTCORE_RUNTIME`, `PASSTHROUGH`, `HTTP_CONNECTOR` or `PROVIDER`; for connectors to language models AWS has no word. AWS: `targetType`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub target_type: Option<String>,

    /// When AWS asks an MCP server for its tools, as AWS reports it: `DEFAULT` or `DYNAMIC`. It is what counts where the spec is silent.
    /// AWS: `listingMode`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub listing_mode: Option<String>,

    /// When AWS last asked the server for its tools, in RFC 3339. AWS: `lastSynchronizedAt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub last_synchronized_at: Option<String>,

    /// Where the gateway calls: the server's endpoint, or the address in the API's document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub endpoint: Option<String>,

    /// What the load balancer, or the VPC endpoint, told of the endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Resolved>,

    /// The tools that AWS knows, as agents see them, `<target>___<tool>`, sorted; at most 200 are listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), inner(length(max = 512)))]
    pub tools: Vec<String>,

    /// The prompts that AWS knows, as agents see them, sorted; at most 200 are listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), inner(length(max = 512)))]
    pub prompts: Vec<String>,

    /// How many tools there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_count: Option<u32>,

    /// How many prompts there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_count: Option<u32>,

    /// How many resources and resource templates there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_count: Option<u32>,

    /// A hash of everything that AWS knows of the server's tools, prompts and resources, or of what it has read of a stage's export.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub catalog_digest: Option<String>,

    /// What AgentCore made in VPC Lattice for the private endpoint. AWS: `privateEndpointManagedResources`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub private_endpoint_managed_resources: Vec<ManagedResourceDetails>,

    /// The network that AgentCore has made a resource gateway in, as AWS reports it. AWS: `privateEndpoint.managedVpcResource`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed_vpc_resource: Option<ManagedNetwork>,

    /// The resource configuration that the gateway calls through, as AWS was told it.
    /// AWS: `privateEndpoint.selfManagedLatticeResource.resourceConfigurationIdentifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub resource_configuration_identifier: Option<String>,

    /// The consent that AWS waits for, while it does. AWS: `authorizationData`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<PendingAuthorization>,

    /// The request to create the target that AWS refused: it is not sent again before it says something else, or somebody asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub refused_create: Option<String>,

    /// The last failure that AWS told, kept after it was repaired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<LastFailure>,
}

/// What AgentCore made in VPC Lattice for one domain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ManagedResourceDetails {
    /// The domain that is reached. Example: `internal.example.com`. AWS: `domain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub domain: Option<String>,

    /// The resource gateway that AgentCore made in your account. AWS: `resourceGatewayArn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub resource_gateway_arn: Option<String>,

    /// The association of the resource configuration with AgentCore's service network. AWS: `resourceAssociationArn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub resource_association_arn: Option<String>,
}

/// The network that AgentCore has made a resource gateway in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ManagedNetwork {
    /// The VPC. Example: `vpc-0a1b2c3d4e5f60718`. AWS: `vpcIdentifier`.
    #[schemars(length(max = 256))]
    pub vpc_identifier: String,

    /// The security groups of the resource gateway, sorted: where the spec names none, these stay. AWS: `securityGroupIds`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(max = 256)))]
    pub security_group_ids: Vec<String>,
}

/// A consent that AWS waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingAuthorization {
    /// Where a person consents. AWS: `authorizationUrl`.
    #[schemars(length(max = 8192))]
    pub url: String,

    /// Until when, by AWS's own time, in RFC 3339: ten minutes after the target was created or updated. Left out where AWS waits since a
    /// synchronization, of whose beginning it tells no time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub expires_at: Option<String>,
}

/// A failure that AWS told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastFailure {
    /// AWS's own time of it, in RFC 3339.
    #[schemars(length(max = 64))]
    pub at: String,

    /// AWS's own explanation. AWS: `statusReasons`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 200), inner(length(max = 4096)))]
    pub reasons: Vec<String>,
}
