//! Where AWS and the specs differ, each with its reason. An entry that explains nothing any more is a failure.

use super::Explained;

/// What AWS accepts and no spec says.
pub(super) const ABSENT: &[Explained] = &[
    ("*", "clientToken", "the operator makes it, so that a creation that is sent twice happens once"),
    ("Gateway", "gatewayIdentifier", "in an update: which gateway it is says status.gatewayId"),
    ("GatewayTarget", "targetId", "in an update: which target it is says status.targetId"),
    ("ResourceGateway", "resourceGatewayIdentifier", "in an update: which one it is says status.resourceGatewayId"),
    (
        "ResourceConfiguration",
        "resourceConfigurationIdentifier",
        "in an update: which one it is says status.resourceConfigurationId",
    ),
];

/// What a spec says and AWS does not know: members of Kubernetes.
pub(super) const NATIVE: &[Explained] = &[
    ("*", "adopt", "which object in AWS is taken over instead of made"),
    ("*", "deletionPolicy", "what becomes of the object in AWS when the one in Kubernetes is deleted"),
    ("*", "suspend", "nothing is changed in AWS for a while"),
    ("Gateway", "allowedNamespaces", "whose targets may attach to the gateway"),
    ("Gateway", "allowedTargets", "what targets of other namespaces may name"),
    ("Gateway", "targetNames", "how targets are named that do not say a name"),
    (
        "Gateway",
        "authorizerConfiguration.customJWTAuthorizer.privateEndpoint.managedVpcResource.routingDomainPolicy",
        "whether routingDomain is found out",
    ),
    (
        "Gateway",
        "authorizerConfiguration.customJWTAuthorizer.privateEndpoint.selfManagedLatticeResource.resourceConfigurationRef",
        "in the place of resourceConfigurationIdentifier, for resource configurations that are objects here",
    ),
    (
        "Gateway",
        "authorizerConfiguration.customJWTAuthorizer.privateEndpointOverrides[].privateEndpoint.managedVpcResource.routingDomainPolicy",
        "whether routingDomain is found out",
    ),
    (
        "Gateway",
        "authorizerConfiguration.customJWTAuthorizer.privateEndpointOverrides[].privateEndpoint.selfManagedLatticeResource.resourceConfigurationRef",
        "in the place of resourceConfigurationIdentifier, for resource configurations that are objects here",
    ),
    ("Gateway", "connectionConfigMap", "where agents in the cluster read how the gateway is called"),
    ("Gateway", "discovery", "whose annotated Services, Ingresses and HTTPRoutes become targets"),
    ("Gateway", "recreate", "whether a gateway that somebody deleted in AWS is made again"),
    ("GatewayTarget", "gatewayRef", "in the place of gatewayIdentifier, for gateways that are objects here"),
    ("GatewayTarget", "preflight", "whether the server is called before AWS is asked"),
    ("GatewayTarget", "privateEndpoint.managedVpcResource.routingDomainPolicy", "whether routingDomain is found out"),
    (
        "GatewayTarget",
        "privateEndpoint.selfManagedLatticeResource.resourceConfigurationRef",
        "in the place of resourceConfigurationIdentifier, for resource configurations that are objects here",
    ),
    ("GatewayTarget", "sync", "when AWS is asked to read the tools again"),
    ("GatewayTarget", "targetConfiguration.mcp.mcpServer.endpointFrom", "in the place of endpoint: what serves it"),
    (
        "GatewayTarget",
        "targetConfiguration.mcp.openApiSchema.inlinePayloadFrom",
        "in the place of inlinePayload: where it is kept",
    ),
    (
        "GatewayTarget",
        "targetConfiguration.http.agentcoreRuntime.schema.source.inlinePayloadFrom",
        "in the place of inlinePayload: where it is kept",
    ),
    ("GatewayTarget", "targetConfiguration.http.passthrough.endpointFrom", "in the place of endpoint: what serves it"),
    (
        "GatewayTarget",
        "targetConfiguration.http.passthrough.schema.source.inlinePayloadFrom",
        "in the place of inlinePayload: where it is kept",
    ),
    (
        "GatewayTarget",
        "targetConfiguration.inference.provider.endpointFrom",
        "in the place of endpoint: what serves it",
    ),
    (
        "GatewayTarget",
        "targetConfiguration.mcp.apiGateway.apiGatewayToolConfiguration.operationNames",
        "whether operations without a name get one",
    ),
    (
        "GatewayTarget",
        "targetConfiguration.mcp.lambda.toolSchema.inlinePayloadFrom",
        "in the place of inlinePayload: where it is kept",
    ),
    (
        "GatewayTarget",
        "targetConfiguration.mcp.mcpServer.mcpToolSchema.inlinePayloadFrom",
        "in the place of inlinePayload: where it is kept",
    ),
    (
        "GatewayTarget",
        "targetConfiguration.mcp.smithyModel.inlinePayloadFrom",
        "in the place of inlinePayload: where it is kept",
    ),
    ("GatewayTarget", "targetConfiguration.mcp.openApiSchema.serverUrlFrom", "replaces the servers of the document"),
    ("GatewayTarget", "workloadRef", "whose pods serve the endpoint, and whose rollouts are followed"),
    ("ResourceGateway", "allowedNamespaces", "whose resource configurations may use the resource gateway"),
    ("ResourceGateway", "vpcFrom", "in the place of vpcIdentifier and subnetIds: the load balancer to take them from"),
    ("ResourceConfiguration", "allowedNamespaces", "whose targets may use the resource configuration"),
    (
        "ResourceConfiguration",
        "definitionFrom",
        "in the place of resourceConfigurationDefinition: what serves the domain name",
    ),
    (
        "ResourceConfiguration",
        "resourceConfigurationGroupRef",
        "in the place of resourceConfigurationGroupIdentifier, for groups that are objects here",
    ),
    (
        "ResourceConfiguration",
        "resourceGatewayRef",
        "in the place of resourceGatewayIdentifier, for those that are objects here",
    ),
];

/// A member that AWS has and the SDK cannot send or read.
pub(super) struct Unknown {
    /// The kind whose counterpart has it.
    pub(super) kind: &'static str,
    /// Where it stands in the operations' inputs.
    pub(super) member: &'static str,
    /// The operations whose input has it.
    pub(super) operations: &'static [&'static str],
    /// What it is for, for users.
    pub(super) meaning: &'static str,
    /// Whether an update says everything anew, so that what it does not say is gone.
    pub(super) replaced_as_a_whole: bool,
}

const GATEWAY: &[&str] = &["CreateGateway", "UpdateGateway"];

/// All of them.
pub(super) const UNKNOWN_TO_THE_SDK: &[Unknown] = &[
    Unknown {
        kind: "Gateway",
        member: "authorizerConfiguration.customJWTAuthorizer.certificateConfigurations",
        operations: GATEWAY,
        meaning: "the private authority that vouches for the identity provider's certificate",
        replaced_as_a_whole: true,
    },
    Unknown {
        kind: "Gateway",
        member: "domainOverride",
        operations: GATEWAY,
        meaning: "domains of one's own under which agents reach the gateway",
        replaced_as_a_whole: true,
    },
    Unknown {
        kind: "Gateway",
        member: "interceptorConfigurations[].responseInterceptionMode",
        operations: GATEWAY,
        meaning: "whether an interceptor of responses gets them as a whole or as a stream",
        replaced_as_a_whole: true,
    },
    Unknown {
        kind: "Gateway",
        member: "interceptorConfigurations[].responseStreamingConfiguration",
        operations: GATEWAY,
        meaning: "how much of a stream an interceptor of responses gets at once",
        replaced_as_a_whole: true,
    },
    Unknown {
        kind: "ResourceGateway",
        member: "resourceConfigDnsResolution",
        operations: &["UpdateResourceGateway"],
        meaning: "where the domain names of resource configurations are resolved; at creation it can be said",
        replaced_as_a_whole: false,
    },
];

/// The page about them, with the places where the lists go.
pub(super) const PAGE: &str = "\
# Members that AWS has and the operator cannot say

<!-- Generated: UPDATE_GOLDENS=1 cargo test --workspace --test crds page -->

The operator speaks to AWS through the AWS SDK for Rust. Where AWS's own model has a member that the SDK's release in use here does not have,
a spec cannot say it, and the operator cannot read it either. These are all there are; a test compares the SDK with the model.

## Gateways and targets

An update of a gateway or of a target replaces all of it: a member that the update does not say is gone afterwards. The operator therefore
looks at AWS's raw answer first. When somebody set one of these members in AWS, by the console for example, it sends no update: condition
`Stalled` has the reason `UnknownMembers`, and its message names the members. What AWS has goes on to serve as it is.

What to do: take the member away in AWS, and the operator goes on with what the spec says; or leave it, and change this gateway in AWS only
(`suspend: true` says so to everybody).

| Kind | Member | What it is |
|---|---|---|
<agentcore>

## VPC Lattice

An update changes what it says and leaves the rest: nothing is lost. What cannot be said at an update cannot be changed in place; the
condition `ReplacementRequired` says so.

| Kind | Member of the update | What it is |
|---|---|---|
<lattice>
";
