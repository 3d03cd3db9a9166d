//! The table of what is not the usual thing.

use crate::expectations::Expected::{Derived, Nothing, Refused, Told};
use crate::expectations::{Expected, Row, Step, row};

const ALL: &[Step] = &[Step::Create, Step::Set, Step::Change, Step::Remove];
const CREATE: &[Step] = &[Step::Create];
const SET: &[Step] = &[Step::Set];
const BEGIN: &[Step] = &[Step::Create, Step::Set];
const CHANGE: &[Step] = &[Step::Change];
const REMOVE: &[Step] = &[Step::Remove];
const AFTERWARDS: &[Step] = &[Step::Change, Step::Remove];

/// Members that can be set when the object is made and not afterwards, or that the API server does not let go, so that they are walked
/// from an object that was made with them.
pub(crate) const BORN_WITH: &[(&str, &str)] = &[
    ("*", "name"),
    ("*", "adopt.orCreate"),
    ("*", "*.matchExpressions[].values[]"),
    ("*", "*.managedVpcResource.vpcIdentifier"),
    ("*", "*.managedVpcResource.subnetIds[]"),
    ("*", "*.managedVpcResource.endpointIpAddressType"),
    ("*", "*.managedVpcResource.securityGroupIds[]"),
    ("*", "*.endpointFrom.host"),
    ("*", "*.serverUrlFrom.host"),
    ("Gateway", "protocolType"),
    ("Gateway", "protocolConfiguration.mcp.searchType"),
    ("GatewayTarget", "gatewayRef.namespace"),
    ("GatewayTarget", "targetConfiguration.inference.provider.endpointFrom.allowInternetFacing"),
    ("ResourceGateway", "vpcIdentifier"),
    ("ResourceGateway", "subnetIds[]"),
    ("ResourceGateway", "securityGroupIds[]"),
    ("ResourceGateway", "ipv4AddressesPerEni"),
    ("ResourceConfiguration", "portRanges[]"),
    ("ResourceConfiguration", "protocol"),
    ("ResourceConfiguration", "resourceGatewayIdentifier"),
    ("ResourceConfiguration", "resourceConfigurationGroupIdentifier"),
    ("ResourceConfiguration", "customDomainName"),
    ("ResourceConfiguration", "domainVerificationIdentifier"),
    ("ResourceConfiguration", "groupDomain"),
];

/// Members that AWS's model has and that AWS never takes there, by what they are in, with a piece of the refusal: an object without all of
/// it is given them, and keeps none.
pub(crate) const BARRED: &[(&str, &str, &str, &str)] = &[(
    "Gateway",
    "authorizerConfiguration.customJWTAuthorizer.privateEndpointOverrides[].privateEndpoint.managedVpcResource",
    "authorizerConfiguration.customJWTAuthorizer.privateEndpointOverrides",
    "an override takes selfManagedLatticeResource only",
)];

/// Where a member stands in what AWS tells, besides its own place: Lattice tells ids where it was given identifiers, and AgentCore lists
/// some members of MCP servers with the target.
pub(crate) const ELSEWHERE: &[(&str, &str, &[&str])] = &[
    ("ResourceGateway", "vpcIdentifier", &["vpcId"]),
    ("GatewayTarget", "targetConfiguration.mcp.mcpServer.listingMode", &["listingMode"]),
    ("GatewayTarget", "targetConfiguration.mcp.mcpServer.resourcePriority", &["resourcePriority"]),
];

/// Where the host, the port and the path of a load balancer go.
const ENDPOINTS: &[&str] = &[
    "targetConfiguration.mcp.mcpServer.endpoint",
    "targetConfiguration.mcp.openApiSchema.inlinePayload",
    "targetConfiguration.http.passthrough.endpoint",
    "targetConfiguration.inference.provider.endpoint",
    "resourceConfigurationDefinition.dnsResource.domainName",
];

/// Where documents of ConfigMaps go.
const DOCUMENTS: &[&str] = &[
    "targetConfiguration.mcp.mcpServer.mcpToolSchema.inlinePayload",
    "targetConfiguration.mcp.openApiSchema.inlinePayload",
    "targetConfiguration.mcp.smithyModel.inlinePayload",
    "targetConfiguration.mcp.lambda.toolSchema.inlinePayload",
    "targetConfiguration.http.agentcoreRuntime.schema.source.inlinePayload",
    "targetConfiguration.http.passthrough.schema.source.inlinePayload",
];

/// Where the ARN of a resource configuration goes that is an object here.
const CONFIGURATIONS: &[&str] = &[
    "privateEndpoint.selfManagedLatticeResource.resourceConfigurationIdentifier",
    "authorizerConfiguration.customJWTAuthorizer.privateEndpoint.selfManagedLatticeResource.resourceConfigurationIdentifier",
    "authorizerConfiguration.customJWTAuthorizer.privateEndpointOverrides[].privateEndpoint.selfManagedLatticeResource.resourceConfigurationIdentifier",
];

/// Which operations of a REST API become tools, and their names.
const TOOLS: &[&str] = &["targetConfiguration.mcp.apiGateway.apiGatewayToolConfiguration"];

/// Where a private REST API goes.
const PRIVATE_API: &[&str] =
    &["targetConfiguration.mcp.openApiSchema.inlinePayload", "privateEndpoint.managedVpcResource.routingDomain"];

const NEEDED: &str = "there is no load balancer to take it from";
const STANDING: &str = "what was derived when it was made is kept while the look fails";
const LEFT: &str = "AWS fills it in: it is left as AWS reports it";
const REPLACED: Expected = Told("ReplacementRequired", "ReplacementRequired", "cannot change");

/// The first row that fits a leaf and a step counts.
pub(crate) const ROWS: &[Row] = &[
    // Every kind.
    row("*", "deletionPolicy", ALL, Nothing, "read only when the object is deleted"),
    row("*", "suspend", ALL, Nothing, "stops changes, and changes nothing itself"),
    row("*", "name", AFTERWARDS, Refused("name cannot be changed or removed"), "names cannot change in AWS"),
    row("*", "adopt.id", CREATE, Nothing, "what is there is taken over"),
    row("*", "adopt.id", CHANGE, Refused("adopt names one object"), "another one is another object"),
    row("*", "adopt.name", CREATE, Nothing, "what is made gets this name"),
    row("*", "adopt.name", CHANGE, Refused("adopt names one object"), "another one is another object"),
    row("*", "adopt", ALL, Nothing, "says how an object in AWS is found"),
    row("*", "*.matchExpressions[].values[]", REMOVE, Refused("values are required"), "the operator In needs values"),
    row("*", "allowedNamespaces", ALL, Nothing, "says who may refer to the object here"),
    row("Gateway", "*.enableResponseStreaming", REMOVE, Nothing, "it was false by then, which is what silence says"),
    row(
        "Gateway",
        "*.disableMcpListToolsPagination",
        REMOVE,
        Nothing,
        "it was false by then, which is what silence says",
    ),
    // What is derived from objects in the cluster, in whichever spec.
    row("*", "*.configMapKeyRef", BEGIN, Nothing, "the document is there from the beginning"),
    row("*", "*.configMapKeyRef", CHANGE, Derived(DOCUMENTS), "AWS is told the document"),
    row("*", "*.resourceConfigurationRef", BEGIN, Nothing, "this one is meant anyway, or from the beginning"),
    row("*", "*.resourceConfigurationRef", AFTERWARDS, Derived(CONFIGURATIONS), "AWS is told its ARN"),
    row("ResourceGateway", "vpcFrom.loadBalancerHostname", CHANGE, Nothing, STANDING),
    row("ResourceConfiguration", "definitionFrom.loadBalancerHostname", CHANGE, Nothing, STANDING),
    row(
        "*",
        "*.loadBalancerHostname",
        CHANGE,
        Told("LoadBalancerReady", "LoadBalancerNotFound", "loadBalancerHostname"),
        "the object is not served by that load balancer",
    ),
    row("*", "*.loadBalancerHostname", ALL, Nothing, "there is one only"),
    row(
        "*",
        "targetConfiguration.inference.provider.endpointFrom.allowInternetFacing",
        AFTERWARDS,
        Told("LoadBalancerReady", "InternetFacing", "allowInternetFacing"),
        "the load balancer is on the internet",
    ),
    row(
        "*",
        "*.allowInternetFacing",
        ALL,
        Nothing,
        "the load balancer is internal, or it was allowed from the beginning",
    ),
    row(
        "*",
        "*.port",
        CHANGE,
        Told("LoadBalancerReady", "NoTlsListener", "port 65535"),
        "the load balancer does not listen there",
    ),
    row("*", "*.port", ALL, Nothing, "443 is the default"),
    row("*", "*.endpointFrom.host", CREATE, Nothing, "the endpoint has it from the beginning"),
    row("*", "*.serverUrlFrom.host", CREATE, Nothing, "the document has it from the beginning"),
    row(
        "*",
        "*.endpointFrom.host",
        REMOVE,
        Refused("serviceRef needs host"),
        "a Service does not say by which name it is called",
    ),
    row(
        "*",
        "*.serverUrlFrom.host",
        REMOVE,
        Refused("serviceRef needs host"),
        "a Service does not say by which name it is called",
    ),
    row("*", "*.endpointFrom.host", CHANGE, Derived(ENDPOINTS), "a part of the endpoint"),
    row("*", "*.serverUrlFrom.host", CHANGE, Derived(ENDPOINTS), "a part of the document"),
    row("*", "definitionFrom.host", ALL, Derived(ENDPOINTS), "the domain name"),
    row("*", "*.endpointFrom.path", ALL, Derived(ENDPOINTS), "a part of the endpoint"),
    row("*", "*.serverUrlFrom.path", ALL, Derived(ENDPOINTS), "a part of the document"),
    row(
        "*",
        "*From.serviceRef",
        ALL,
        Nothing,
        "the other one has the same kind of load balancer, and the host is said",
    ),
    row("ResourceGateway", "vpcFrom", ALL, Nothing, "the other one's load balancer is in the same VPC"),
    row("*", "targetConfiguration.inference.provider.endpointFrom.ingressRef", ALL, Nothing, "the host is said"),
    row("*", "*From.ingressRef.name", CHANGE, Derived(ENDPOINTS), "the host of the other Ingress"),
    row("*", "*From.ingressRef", ALL, Nothing, "the Ingress of this name abroad has the same host"),
    row("*", "*From.httpRouteRef.name", CHANGE, Derived(ENDPOINTS), "the host of the other HTTPRoute"),
    row("*", "*From.httpRouteRef", ALL, Nothing, "the HTTPRoute of this name abroad has the same host"),
    // Gateways.
    row("Gateway", "discovery", ALL, Nothing, "says whose annotated objects become targets"),
    row("Gateway", "allowedTargets", ALL, Nothing, "what targets of other namespaces may name"),
    row("Gateway", "targetNames", ALL, Nothing, "how targets are named that do not say a name"),
    row("Gateway", "recreate", ALL, Nothing, "read only when the gateway is gone"),
    row("Gateway", "connectionConfigMap", ALL, Nothing, "a ConfigMap in the cluster"),
    row(
        "Gateway",
        "protocolType",
        AFTERWARDS,
        Refused("protocolType cannot be changed or removed"),
        "AWS cannot change it",
    ),
    row(
        "Gateway",
        "protocolConfiguration.mcp.searchType",
        AFTERWARDS,
        Refused("searchType cannot be changed or removed"),
        "AWS cannot change it",
    ),
    row("Gateway", "protocolConfiguration.mcp.supportedVersions", REMOVE, Nothing, LEFT),
    // Targets.
    row("GatewayTarget", "gatewayRef", BEGIN, Nothing, "says where the target is made"),
    row("GatewayTarget", "gatewayRef", AFTERWARDS, Refused("gatewayRef cannot be changed"), "a target cannot move"),
    row(
        "GatewayTarget",
        "gatewayIdentifier",
        CHANGE,
        Refused("gatewayIdentifier cannot be changed"),
        "a target cannot move",
    ),
    row("GatewayTarget", "preflight", ALL, Nothing, "what becomes of the operator's own look at the server"),
    row("GatewayTarget", "sync", ALL, Nothing, "when the tools are read again"),
    row("GatewayTarget", "workloadRef", ALL, Nothing, "whose rollouts are followed"),
    row("GatewayTarget", "targetConfiguration.mcp.mcpServer.listingMode", REMOVE, Nothing, LEFT),
    row("GatewayTarget", "targetConfiguration.mcp.mcpServer.resourcePriority", REMOVE, Nothing, LEFT),
    row("GatewayTarget", "targetConfiguration.mcp.connector.source.version", REMOVE, Nothing, LEFT),
    row("GatewayTarget", "targetConfiguration.http.passthrough.stickinessConfiguration.timeout", REMOVE, Nothing, LEFT),
    row(
        "GatewayTarget",
        "targetConfiguration.http.passthrough.staticQueryParameterConflictResolution",
        REMOVE,
        Nothing,
        LEFT,
    ),
    row("GatewayTarget", "*.oauthCredentialProvider.grantType", REMOVE, Nothing, LEFT),
    row(
        "GatewayTarget",
        "targetConfiguration.inference.provider.modelMapping.providerPrefix.strip",
        CHANGE,
        Derived(&["targetConfiguration.inference.provider.modelMapping.providerPrefix.strip"]),
        "the SDK does not send false, which is AWS's default",
    ),
    row(
        "GatewayTarget",
        "targetConfiguration.inference.provider.modelMapping.providerPrefix.strip",
        REMOVE,
        Nothing,
        "it was changed to false before, which is AWS's default",
    ),
    row("*", "*.managedVpcResource.routingDomainPolicy", ALL, Nothing, "the routing domain is said"),
    row(
        "*",
        "*.managedVpcResource.securityGroupIds",
        REMOVE,
        Nothing,
        "AWS would take the VPC's default group: left as it is",
    ),
    row("*", "*.managedVpcResource.vpcIdentifier", REMOVE, Refused("managedVpcResource needs vpcIdentifier"), NEEDED),
    row("*", "*.managedVpcResource.subnetIds", REMOVE, Refused("managedVpcResource needs vpcIdentifier"), NEEDED),
    row(
        "*",
        "*.managedVpcResource.endpointIpAddressType",
        REMOVE,
        Refused("managedVpcResource needs vpcIdentifier"),
        NEEDED,
    ),
    row(
        "GatewayTarget",
        "targetConfiguration.mcp.apiGateway.restApiId",
        CHANGE,
        Told("ResolvedRefs", "PrivateEndpointNotSupported", "a1b2c3d4e5"),
        "the other REST API is private",
    ),
    row(
        "GatewayTarget",
        "targetConfiguration.mcp.apiGateway.stage",
        CHANGE,
        Told("ResolvedRefs", "ReferenceNotFound", "test"),
        "the REST API has no such stage",
    ),
    row(
        "GatewayTarget",
        "*.apiGatewayToolConfiguration.operationNames",
        ALL,
        Nothing,
        "every operation that is selected has a name",
    ),
    row(
        "GatewayTarget",
        "*.apiGatewayToolConfiguration.toolFilters",
        CHANGE,
        Derived(TOOLS),
        "the nameless operation gets a name",
    ),
    row(
        "GatewayTarget",
        "*.toolOverrides[].path",
        CHANGE,
        Told("Accepted", "Invalid", "toolOverrides are for what toolFilters select"),
        "no filter selects it",
    ),
    row(
        "GatewayTarget",
        "*.toolOverrides[].method",
        CHANGE,
        Told("Accepted", "Invalid", "toolOverrides are for what toolFilters select"),
        "no filter selects it",
    ),
    row("GatewayTarget", "*.privateApiGateway", CREATE, Nothing, "the document has it from the beginning"),
    row(
        "GatewayTarget",
        "*.privateApiGateway.vpcEndpointId",
        CHANGE,
        Told("ResolvedRefs", "ReferenceNotFound", "AWS has no VPC endpoint vpce-0a1b2c3d4e5f60c02"),
        "there is no such VPC endpoint yet, and it is waited for",
    ),
    row(
        "GatewayTarget",
        "*.privateApiGateway",
        CHANGE,
        Derived(PRIVATE_API),
        "the servers of the document, and the name that is resolved",
    ),
    // VPC Lattice.
    row(
        "ResourceGateway",
        "securityGroupIds",
        REMOVE,
        Refused("securityGroupIds cannot be emptied again"),
        "AWS has no call for it",
    ),
    row("ResourceGateway", "vpcIdentifier", CHANGE, REPLACED, "AWS cannot change it in place"),
    row("ResourceGateway", "subnetIds", CHANGE, REPLACED, "AWS cannot change it in place"),
    row(
        "ResourceGateway",
        "vpcIdentifier",
        REMOVE,
        Refused("vpcIdentifier and subnetIds go together"),
        "a resource gateway needs a VPC",
    ),
    row(
        "ResourceGateway",
        "subnetIds",
        REMOVE,
        Refused("vpcIdentifier and subnetIds go together"),
        "a resource gateway needs subnets",
    ),
    row("ResourceGateway", "ipAddressType", CHANGE, REPLACED, "AWS cannot change it in place"),
    row("ResourceGateway", "ipAddressType", ALL, Nothing, "IPV4 is the default"),
    row("ResourceGateway", "ipv4AddressesPerEni", CHANGE, REPLACED, "AWS cannot change it in place"),
    row("ResourceGateway", "ipv4AddressesPerEni", REMOVE, Nothing, LEFT),
    row("ResourceGateway", "resourceConfigDnsResolution", CHANGE, REPLACED, "AWS cannot change it in place"),
    row("ResourceGateway", "resourceConfigDnsResolution", ALL, Nothing, "IN_VPC is our default"),
    row("ResourceConfiguration", "type", BEGIN, Nothing, "SINGLE is the default"),
    row("ResourceConfiguration", "resourceGatewayRef", CHANGE, REPLACED, "AWS cannot change it in place"),
    row("ResourceConfiguration", "resourceGatewayRef", ALL, Nothing, "this one is meant anyway, or from the beginning"),
    row("ResourceConfiguration", "resourceGatewayIdentifier", CREATE, Nothing, "AWS tells it as resourceGatewayId"),
    row("ResourceConfiguration", "resourceGatewayIdentifier", CHANGE, REPLACED, "AWS cannot change it in place"),
    row("ResourceConfiguration", "resourceConfigurationGroupRef", CHANGE, REPLACED, "AWS cannot change it in place"),
    row(
        "ResourceConfiguration",
        "resourceConfigurationGroupRef",
        ALL,
        Nothing,
        "this one is meant anyway, or from the beginning",
    ),
    row(
        "ResourceConfiguration",
        "resourceConfigurationGroupIdentifier",
        CREATE,
        Nothing,
        "AWS tells it as resourceConfigurationGroupId",
    ),
    row(
        "ResourceConfiguration",
        "resourceConfigurationGroupIdentifier",
        CHANGE,
        REPLACED,
        "AWS cannot change it in place",
    ),
    row("ResourceConfiguration", "groupDomain", AFTERWARDS, REPLACED, "AWS cannot change it in place"),
    row(
        "ResourceConfiguration",
        "portRanges",
        REMOVE,
        Refused("portRanges cannot be removed again|name the ports"),
        "AWS has no call for it",
    ),
    row("ResourceConfiguration", "allowAssociationToShareableServiceNetwork", SET, Nothing, "true is our default"),
    row(
        "ResourceConfiguration",
        "allowAssociationToShareableServiceNetwork",
        REMOVE,
        Refused("allowAssociationToShareableServiceNetwork cannot be removed again"),
        "AWS has no call for it",
    ),
    row("ResourceConfiguration", "customDomainName", AFTERWARDS, REPLACED, "AWS cannot change it in place"),
    row(
        "ResourceConfiguration",
        "domainVerificationIdentifier",
        CREATE,
        Nothing,
        "AWS tells it as domainVerificationId",
    ),
    row("ResourceConfiguration", "domainVerificationIdentifier", AFTERWARDS, REPLACED, "AWS cannot change it in place"),
    row("ResourceConfiguration", "protocol", CHANGE, REPLACED, "AWS cannot change it in place"),
    row("ResourceConfiguration", "protocol", REMOVE, Nothing, LEFT),
    row(
        "ResourceConfiguration",
        "type",
        CHANGE,
        Refused("a GROUP has no definition"),
        "the definition does not go with the other type",
    ),
    row("ResourceConfiguration", "type", REMOVE, Nothing, "SINGLE is the default"),
    row("ResourceConfiguration", "*.dnsResource.ipAddressType", SET, Nothing, "IPV4 is the default"),
    row("ResourceConfiguration", "*.dnsResource.ipAddressType", REMOVE, Nothing, LEFT),
    row(
        "ResourceConfiguration",
        "resourceGatewayIdentifier",
        REMOVE,
        Refused("exactly one of"),
        "a resource configuration needs one",
    ),
    row(
        "ResourceConfiguration",
        "resourceConfigurationGroupIdentifier",
        REMOVE,
        Refused("needs exactly one of"),
        "a member of a group needs one",
    ),
];
