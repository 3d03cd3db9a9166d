//! What each policy and each statement is for.

/// The policies in the order of the page: name, feature, remark.
pub(super) const DOCUMENTS: &[(&str, &str, &str)] = &[
    ("gateway", "everybody: gateways and their targets", ""),
    (
        "pass-role",
        "everybody: giving gateways their execution role",
        "Name the one role, or a path with `*` that holds nothing but execution roles. The flag `--allowed-role-arns` can narrow it further.",
    ),
    (
        "private-endpoints",
        "targets and authorizers with `privateEndpoint.managedVpcResource`",
        "AgentCore makes a resource gateway in the VPC in the caller's name.",
    ),
    (
        "lattice",
        "`ResourceGateway` and `ResourceConfiguration`, and targets with `privateEndpoint.selfManagedLatticeResource`",
        "AgentCore associates the resource configuration with a service network of its own in the caller's name.",
    ),
    (
        "workloads",
        "endpoints that are taken from a Service, an Ingress or an HTTPRoute",
        "Only reads: they tell where a load balancer is, whether its certificate is one that AgentCore trusts, and which groups stand in the way.",
    ),
    (
        "api-gateway",
        "targets of the kind `apiGateway`",
        "AgentCore reads the export of the stage in the caller's name; the operator reads it, too, to tell what is wrong with it.",
    ),
    (
        "documents",
        "targets whose documents lie in S3",
        "AgentCore reads them in the caller's name; the operator itself cannot.",
    ),
    (
        "credential-providers",
        "targets with credentials of the type `OAUTH` or `API_KEY`",
        "AWS does not say which of these AgentCore asks of its caller; these are the ones that CloudFormation's handler of targets has. The operator \
         makes none of these calls itself. They give access to the credentials of all providers in the account: leave the policy out where no target \
         needs it. The condition that `aws:CalledVia` contains `bedrock-agentcore.amazonaws.com` (`ForAnyValue:StringEquals`) would keep the \
         operator itself from the credentials. AWS does not say whether AgentCore's calls to itself carry that key, so it is not in the policy: try \
         it on TryCredentials and ReadSecretsOfProviders, and take it away again if targets with credentials are denied.",
    ),
    ("gateway-options", "gateways with `kmsKeyArn` or `policyEngineConfiguration`", ""),
    (
        "others-objects",
        "`adopt.from`, `adopt` of a `ResourceGateway` or `ResourceConfiguration`, and identifiers of what is no object of the cluster \
         (`gatewayIdentifier` and the like)",
        "What carries no cluster's tag can be used as it is; the flag `--allowed-external-ids` says what of it specs may name.",
    ),
];

/// The statements: policy, statement, purpose.
pub(super) const PURPOSES: &[(&str, &str, &str)] = &[
    (
        "gateway",
        "FindGateways",
        "Finding a gateway by its name before making one, and noticing changes. Lists have no resource in IAM.",
    ),
    (
        "gateway",
        "ReadGateways",
        "Comparing AWS with specs. Gateways of others are read, too: that is how they are told from the cluster's own.",
    ),
    (
        "gateway",
        "CreateGateways",
        "Making gateways, with the cluster's tag from the first moment. By AWS's reference the action has no resource in IAM; it is limited to the \
         region.",
    ),
    (
        "gateway",
        "IdentifyNewGateways",
        "AgentCore makes an identity for every gateway, in the caller's name and after it has accepted the call: a gateway whose identity cannot be \
         made is `FAILED`.",
    ),
    (
        "gateway",
        "DropIdentities",
        "AgentCore takes the gateway's identity away, in the caller's name and after it has accepted the deletion. IAM does not tell the identities \
         of one cluster's gateways from others.",
    ),
    (
        "gateway",
        "TagNewGateways",
        "The tags of a new gateway; putting back a tag that was lost; and `adopt` of a gateway that no cluster has. AgentCore has no key that tells \
         these apart.",
    ),
    ("gateway", "TagNewIdentities", "The gateway's tags become its identity's, too."),
    ("gateway", "ChangeOwnGateways", "Gateways of the cluster, and their targets, which have no tags of their own."),
    (
        "gateway",
        "SynchronizeTargets",
        "Asking a server for its tools anew. AWS asks for it when gateways and targets are made and changed, too, before they have tags; also of \
         gateways that are no object of any cluster.",
    ),
    (
        "pass-role",
        "PassGatewayRole",
        "Every creation and every update of a gateway passes its execution role, to AgentCore only.",
    ),
    (
        "private-endpoints",
        "LookAtNetworks",
        "AgentCore looks at the VPC, its subnets, groups and interfaces. EC2's descriptions have no resource in IAM; they are limited to the region.",
    ),
    (
        "private-endpoints",
        "MakeNetworkInterfaces",
        "The resource gateway's interfaces in the subnets. Subnets of a shared VPC have the account of their owner in their ARNs.",
    ),
    (
        "private-endpoints",
        "MakeServiceLinkedRoles",
        "The first private endpoint of a target, and the first one of an authorizer, make AgentCore's own roles.",
    ),
    (
        "lattice",
        "FindLatticeObjects",
        "Finding objects by their names before making any, noticing changes, and telling others' objects from the cluster's own. Lists have no \
         resource in IAM, that of an object's tags included.",
    ),
    ("lattice", "ReadLatticeObjects", "Comparing AWS with specs."),
    ("lattice", "CreateResourceGateways", "Making resource gateways, with the cluster's tag from the first moment."),
    (
        "lattice",
        "CreateResourceConfigurations",
        "Making resource configurations, with the cluster's tag from the first moment.",
    ),
    (
        "lattice",
        "ConfigureOwnResourceGateways",
        "A resource configuration is made on a resource gateway of the cluster.",
    ),
    ("lattice", "UseVerifiedDomains", "A resource configuration can have a domain whose ownership was verified."),
    (
        "lattice",
        "TagNewLatticeObjects",
        "The tags of new objects, while they are made. Putting back a tag that was lost needs `others-objects.json`.",
    ),
    ("lattice", "ChangeOwnLatticeObjects", "Resource gateways and resource configurations of the cluster."),
    ("lattice", "AssociateOwnResourceConfigurations", "A target goes through a resource configuration of the cluster."),
    (
        "lattice",
        "LetServicesAssociate",
        "A service of AWS makes that association. The action has no resource and no keys in IAM; what it is made with is limited by the statement \
         before this one.",
    ),
    (
        "lattice",
        "MakeAssociations",
        "The other two sides of that association: itself, and AgentCore's service network.",
    ),
    ("lattice", "FindAssociations", "AgentCore shares one association among targets. Lists have no resource in IAM."),
    (
        "lattice",
        "LookAtNetworks",
        "VPC Lattice looks at the VPC, its subnets, groups and interfaces. EC2's descriptions have no resource in IAM; they are limited to the region.",
    ),
    (
        "lattice",
        "MakeNetworkInterfaces",
        "The resource gateway's interfaces in the subnets. Subnets of a shared VPC have the account of their owner in their ARNs.",
    ),
    ("lattice", "MakeServiceLinkedRole", "The first resource gateway of an account makes VPC Lattice's own role."),
    (
        "lattice",
        "LookAtDatabases",
        "A resource configuration of the type `ARN` names a database of RDS; by its guide, VPC Lattice asks for both actions whatever the type is.",
    ),
    (
        "workloads",
        "LookAtLoadBalancers",
        "The load balancer of a Service, an Ingress or a Gateway, whether it listens, and whether anything healthy stands behind it. These \
         descriptions have no resource in IAM; they are limited to the region.",
    ),
    (
        "workloads",
        "LookAtNetworks",
        "Which subnets and groups a private endpoint gets, and whether packets get through. These descriptions have no resource in IAM; they are \
         limited to the region.",
    ),
    ("workloads", "LookAtVpcs", "Whether a VPC resolves the names of private hosted zones."),
    (
        "workloads",
        "LookAtCertificates",
        "Whether the load balancer's certificate is for the host, in date, and from an authority that AgentCore trusts.",
    ),
    (
        "workloads",
        "FindPrivateZones",
        "Whether a host resolves in the VPC. AWS asks for both actions, and they have no resource in IAM.",
    ),
    ("workloads", "ReadZones", "Where a host leads in a private hosted zone."),
    (
        "api-gateway",
        "ReadRestApis",
        "The REST API and what its stage exports; nothing else of it: the ids of REST APIs have ten characters.",
    ),
    ("documents", "ReadDocuments", "OpenAPI documents, Smithy models and lists of tools."),
    ("credential-providers", "ReadProviders", "The provider that a target names."),
    (
        "credential-providers",
        "IdentifyGateways",
        "A token in the gateway's name, with which credentials are asked for.",
    ),
    (
        "credential-providers",
        "TryCredentials",
        "The credentials with which AgentCore asks a server for its tools; and a person's consent.",
    ),
    (
        "credential-providers",
        "ReadSecretsOfProviders",
        "Where AgentCore Identity keeps the providers' secrets, and no other secrets.",
    ),
    ("gateway-options", "LookAtKey", "AgentCore looks at the key in the caller's name."),
    ("gateway-options", "UseKey", "AgentCore encrypts with the key in the caller's name; the operator itself cannot."),
    (
        "gateway-options",
        "GrantKey",
        "AgentCore grants itself the use of the key for what is the gateway's. The operator itself can grant it to nobody.",
    ),
    ("gateway-options", "ReadPolicyEngines", "AgentCore looks at the policy engine of a gateway in the caller's name."),
    ("others-objects", "TakeOverGateways", "`adopt.from`: the cluster's tag takes the place of the other cluster's."),
    ("others-objects", "TakeOverLatticeObjects", "The same for resource gateways and resource configurations."),
    (
        "others-objects",
        "TakeLatticeObjectsOfNobody",
        "`adopt` of a resource gateway or a resource configuration that no cluster has, and putting back a tag that was lost.",
    ),
    ("others-objects", "AttachToOthersGateways", "Targets of a gateway that is no object of any cluster."),
    (
        "others-objects",
        "ConfigureOthersResourceGateways",
        "Resource configurations on a resource gateway that is no object of any cluster.",
    ),
    (
        "others-objects",
        "AssociateOthersResourceConfigurations",
        "Targets that go through a resource configuration that is no object of any cluster, also one that another account shares.",
    ),
    (
        "others-objects",
        "AssociateSharedResourceConfigurations",
        "The same for what another account shares, whatever tags that account has put on it.",
    ),
];
