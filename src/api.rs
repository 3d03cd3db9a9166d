//! The Kubernetes API we promise: the custom resources of group `tools.agentcore.dev`, as Rust types.
//!
//! A spec says what AWS's own JSON says, under the same names and at the same depth; beside it stand a few members that only make
//! sense in Kubernetes (references, deletion policy, suspension). Types here know serde, schema and CEL, and nothing else: no async,
//! no client of Kubernetes, no AWS SDK. [`crate::crds`] turns them into what the API server gets.

#![expect(
    clippy::doc_markdown,
    reason = "doc comments become descriptions in the CRDs: names of products stay free of backticks"
)]
#![expect(clippy::duplicated_attributes, reason = "each printcolumn repeats the words type_ and priority, and has to")]
#![expect(
    unreachable_pub,
    reason = "kube's KubeSchema derives through a copy of the struct inside a function, `pub` like the struct itself"
)]

mod adopt;
mod gateway;
mod private_endpoint;
mod reference;
mod resource_configuration;
mod resource_gateway;
mod rules;
mod schema;
mod server_url;
mod status;
mod target;
mod workload;

pub use adopt::Adopt;
pub use gateway::{
    AllowedTargets, AllowedWorkloadConfiguration, AuthorizerConfiguration, AuthorizerType, AuthorizingClaimMatchValue,
    ClaimMatchOperator, ClaimMatchValue, CustomClaimValidation, CustomJwtAuthorizerConfiguration,
    CustomTransformConfiguration, Discovery, DiscoveryFrom, ExceptionLevel, Gateway, GatewayFacts,
    GatewayInterceptionPoint, GatewayInterceptorConfiguration, GatewayPolicyEngineConfiguration,
    GatewayPolicyEngineMode, GatewayProtocolConfiguration, GatewayProtocolType, GatewaySpec, GatewayStatus,
    HostingEnvironment, InboundTokenClaimValueType, InterceptorConfiguration, InterceptorInputConfiguration,
    InterceptorPayloadExclusion, InterceptorPayloadExclusionSelector, InterceptorPayloadFilter,
    LambdaInterceptorConfiguration, LambdaTransformConfiguration, McpGatewayConfiguration, PrivateEndpointOverride,
    SearchType, SessionConfiguration, StreamingConfiguration, TargetCounts, TargetNames, WafConfiguration,
    WafFailureMode,
};
pub use private_endpoint::{
    EndpointIpAddressType, ManagedVpcResource, PrivateEndpoint, RoutingDomainPolicy, SelfManagedLatticeResource,
};
pub use reference::{AllowedNamespaces, DeletionPolicy, FromNamespaces, LocalRef, Ref};
pub use resource_configuration::{
    ArnResource, CidrResource, DnsResource, IpResource, ProtocolType, ResourceConfiguration,
    ResourceConfigurationDefinition, ResourceConfigurationFacts, ResourceConfigurationIpAddressType,
    ResourceConfigurationSpec, ResourceConfigurationStatus, ResourceConfigurationType,
};
pub use resource_gateway::{
    ResourceConfigDnsResolution, ResourceGateway, ResourceGatewayFacts, ResourceGatewayIpAddressType,
    ResourceGatewaySpec, ResourceGatewayStatus,
};
pub use server_url::{PrivateApiGateway, PrivateApiName, ServerUrlFrom};
pub use status::{Observed, Replacing, Status};
pub use target::{
    ApiGatewayTargetConfiguration, ApiGatewayToolConfiguration, ApiGatewayToolFilter, ApiGatewayToolOverride,
    ApiKeyCredentialLocation, ApiKeyCredentialProvider, ApiSchemaConfiguration, CertificateConfiguration,
    ConnectorConfiguration, ConnectorParameterOverride, ConnectorSource, ConnectorTargetConfiguration,
    CredentialProvider, CredentialProviderConfiguration, CredentialProviderType, GatewayTarget, GatewayTargetFacts,
    GatewayTargetSpec, GatewayTargetStatus, HttpApiSchemaConfiguration, HttpConnectorSource,
    HttpConnectorTargetConfiguration, HttpTargetConfiguration, IamCredentialProvider, InferenceConnectorSource,
    InferenceConnectorTargetConfiguration, InferenceOperationConfiguration, InferenceProviderTargetConfiguration,
    InferenceTargetConfiguration, LastFailure, ListingMode, ManagedNetwork, ManagedResourceDetails,
    McpLambdaTargetConfiguration, McpServerTargetConfiguration, McpTargetConfiguration, McpToolSchemaConfiguration,
    MetadataConfiguration, ModelEntry, ModelMapping, OAuthCredentialProvider, OAuthGrantType,
    OpenApiSchemaConfiguration, OperationNames, PassthroughProtocolType, PassthroughTargetConfiguration,
    PendingAuthorization, ProviderPrefix, RestApiMethod, RuntimeTargetConfiguration, S3Configuration,
    SecretsManagerCertificateConfiguration, StaticQueryParameterConflictResolution, StickinessConfiguration,
    TargetConfiguration, ToolDefinition, ToolSchema,
};
pub use workload::{
    ConfigMapKeyRef, DefinitionFrom, DocumentFrom, EndpointFrom, HttpRouteRef, LoadBalancedRef, ParentRef,
    PendingSynchronization, PreflightPolicy, Resolution, Resolved, Sync, SyncMode, Synchronization, VpcFrom,
    WorkloadKind, WorkloadRef,
};

/// The API group of every kind. It sorts after `gateway.networking.k8s.io` and `networking.istio.io`, so that `kubectl get gateway`
/// keeps the meaning it had before we were installed.
pub const GROUP: &str = "tools.agentcore.dev";

/// The one version of every kind.
pub const VERSION: &str = "v1alpha1";

/// The category of every kind: `kubectl get agentcore -A`.
pub const CATEGORY: &str = "agentcore";

/// The finalizer on every object whose AWS counterpart may exist; it goes when a read says that the counterpart is absent.
pub const FINALIZER: &str = "tools.agentcore.dev/finalizer";

/// Annotation: any new value asks for one full look now. The value is echoed in [`Status::last_handled_reconcile_at`].
pub const RECONCILE_REQUESTED_AT: &str = "tools.agentcore.dev/reconcile-requested-at";

/// Flux's annotation with the meaning of [`RECONCILE_REQUESTED_AT`]; `flux reconcile` writes it.
pub const FLUX_RECONCILE_REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";

/// Annotation on a GatewayTarget: any new value asks AWS to read the server's tools again.
pub const SYNC_REQUESTED_AT: &str = "tools.agentcore.dev/sync-requested-at";

/// Annotation on a Gateway or GatewayTarget: any new value has the whole object sent to AWS once more, which then reads again what it reads
/// at such times only: schemas in S3, certificates in Secrets Manager, exports of API Gateway.
pub const RESEND_REQUESTED_AT: &str = "tools.agentcore.dev/resend-requested-at";

/// Annotation: lets an object in AWS be replaced where it cannot be changed in place. Its value is the token that condition
/// `ReplacementRequired` tells.
pub const REPLACE: &str = "tools.agentcore.dev/replace";

/// Annotation on a Service, Ingress or HTTPRoute: namespaces whose objects may refer to it, separated by commas, or `*`.
pub const ALLOWED_NAMESPACES: &str = "tools.agentcore.dev/allowed-namespaces";

/// Annotation on a Service, Ingress, HTTPRoute or Namespace: the Gateway, `[namespace/]name`, that it becomes a target of.
pub const GATEWAY: &str = "tools.agentcore.dev/gateway";

/// Label on GatewayTargets that the operator keeps for annotated objects. Taking it off hands the target to its user.
pub const DISCOVERED: &str = "tools.agentcore.dev/discovered";

/// Annotation on such GatewayTargets: the kind and name of the object that they were made for.
pub const DISCOVERED_FROM: &str = "tools.agentcore.dev/discovered-from";
