//! How callers of a gateway prove who they are.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::private_endpoint::PrivateEndpoint;
use crate::api::{rules, schema};

/// How callers of a gateway prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum AuthorizerType {
    /// With a token of an OpenID Connect or OAuth issuer.
    CustomJwt,
    /// With a signed AWS request, of a principal that may invoke the gateway.
    AwsIam,
    /// Not at all.
    None,
    /// With a signed AWS request, of any principal.
    AuthenticateOnly,
}

/// Whose tokens a gateway accepts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum AuthorizerConfiguration {
    /// Tokens of one OpenID Connect or OAuth issuer. AWS: `customJWTAuthorizer`.
    #[serde(rename = "customJWTAuthorizer")]
    CustomJwtAuthorizer(CustomJwtAuthorizerConfiguration),
}

/// Which tokens of which issuer a gateway accepts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new(
        "[has(self.allowedAudience) && size(self.allowedAudience) > 0, \
         has(self.allowedClients) && size(self.allowedClients) > 0, \
         has(self.allowedScopes) && size(self.allowedScopes) > 0, \
         has(self.customClaims) && size(self.customClaims) > 0].exists(given, given)"
    )
    .message("at least one of allowedAudience, allowedClients, allowedScopes, customClaims is required; without one every token of the issuer would do")
)]
#[x_kube(
    validation = Rule::new(
        "!has(self.privateEndpoint) || !has(self.privateEndpoint.managedVpcResource) || \
         (has(self.privateEndpoint.managedVpcResource.vpcIdentifier) && has(self.privateEndpoint.managedVpcResource.subnetIds) && \
         has(self.privateEndpoint.managedVpcResource.endpointIpAddressType))"
    )
    .message("privateEndpoint.managedVpcResource needs vpcIdentifier, subnetIds and endpointIpAddressType")
    .reason(Reason::FieldValueRequired)
    .field_path(".privateEndpoint")
)]
pub struct CustomJwtAuthorizerConfiguration {
    /// Where the issuer describes itself: an address that ends in `/.well-known/openid-configuration` or
    /// `/.well-known/oauth-authorization-server`.
    /// Example: `https://cognito-idp.us-west-2.amazonaws.com/us-west-2_AbC/.well-known/openid-configuration`. AWS: `discoveryUrl`.
    #[schemars(length(max = 2048), regex(pattern = schema::DISCOVERY_URL))]
    #[x_kube(
        validation = rules::matching(
            schema::DISCOVERY_URL,
            "discoveryUrl ends in /.well-known/openid-configuration or /.well-known/oauth-authorization-server; it is not the issuer alone",
        )
    )]
    pub discovery_url: String,

    /// Accepted values of the token's `aud` claim; order does not matter. Empty means the same as left out. AWS: `allowedAudience`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), inner(length(min = 1, max = 1024)))]
    pub allowed_audience: Vec<String>,

    /// Accepted values of the token's `client_id` claim; order does not matter. Empty means the same as left out.
    /// AWS: `allowedClients`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), inner(length(min = 1, max = 1024)))]
    pub allowed_clients: Vec<String>,

    /// Scopes of which the token must carry one; order does not matter. Empty means the same as left out. AWS: `allowedScopes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 256), inner(length(min = 1, max = 255), regex(pattern = schema::SCOPE)))]
    pub allowed_scopes: Vec<String>,

    /// What agents are told to ask the issuer for, by the scope that the gateway looks for; at most 50. Default: the allowed scopes
    /// themselves. Example: `{tools.call: api://agents/tools.call}`. AWS: `advertisedScopeMapping`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::scope_mapping")]
    pub advertised_scope_mapping: BTreeMap<String, String>,

    /// What further claims of the token must say, all of them; order does not matter. Empty means the same as left out.
    /// AWS: `customClaims`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub custom_claims: Vec<CustomClaimValidation>,

    /// How AgentCore reaches an issuer inside a VPC. Exactly one member. Left out: over the internet. AWS: `privateEndpoint`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_endpoint: Option<PrivateEndpoint>,

    /// How AgentCore reaches other hosts of the issuer, for example the one that serves its keys, at most 5; order does not matter.
    /// Default: as `privateEndpoint` says. AWS: `privateEndpointOverrides`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 5))]
    #[x_kube(
        validation = Rule::new("self.all(one, self.exists_one(other, other.domain == one.domain))")
            .message("a domain has two overrides")
    )]
    pub private_endpoint_overrides: Vec<PrivateEndpointOverride>,

    /// Whose workloads may call, of those that AgentCore Runtime hosts or that have a workload identity. Default: it is not asked.
    /// AWS: `allowedWorkloadConfiguration`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_workload_configuration: Option<AllowedWorkloadConfiguration>,
}

/// What a claim of a token must say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomClaimValidation {
    /// The claim. Example: `cognito:groups`. AWS: `inboundTokenClaimName`.
    #[schemars(length(min = 1, max = 255), regex(pattern = schema::CLAIM_NAME))]
    #[x_kube(
        validation = rules::matching(schema::CLAIM_NAME, "inboundTokenClaimName has letters, digits and _ . / : only, as AWS takes it")
    )]
    pub inbound_token_claim_name: String,

    /// What the claim holds: `STRING`, one text; `STRING_ARRAY`, several. AWS: `inboundTokenClaimValueType`.
    pub inbound_token_claim_value_type: InboundTokenClaimValueType,

    /// What it must say. AWS: `authorizingClaimMatchValue`.
    pub authorizing_claim_match_value: AuthorizingClaimMatchValue,
}

/// What a claim holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum InboundTokenClaimValueType {
    /// One text.
    String,
    /// Several.
    StringArray,
}

/// A value, and how a claim is compared with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizingClaimMatchValue {
    /// The value. Exactly one member. AWS: `claimMatchValue`.
    pub claim_match_value: ClaimMatchValue,

    /// How they are compared: `EQUALS`, the claim is the value; `CONTAINS`, the claim's texts have the value among them;
    /// `CONTAINS_ANY`, they have one of the values among them. AWS: `claimMatchOperator`.
    pub claim_match_operator: ClaimMatchOperator,
}

/// What a claim is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ClaimMatchValue {
    /// One text: letters, digits and `_.-`. AWS: `matchValueString`.
    MatchValueString(#[schemars(length(min = 1, max = 255), regex(pattern = schema::CLAIM_VALUE))] String),
    /// Several texts; order does not matter. AWS: `matchValueStringList`.
    MatchValueStringList(
        #[schemars(length(min = 1, max = 64), inner(length(min = 1, max = 255), regex(pattern = schema::CLAIM_VALUE)))]
        Vec<String>,
    ),
}

/// How a claim is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum ClaimMatchOperator {
    /// It is the value.
    Equals,
    /// It has the value among its texts.
    Contains,
    /// It has one of the values among its texts.
    ContainsAny,
}

/// How AgentCore reaches one host of an issuer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct PrivateEndpointOverride {
    /// The host. Example: `keys.example.com`. AWS: `domain`.
    #[schemars(length(min = 1, max = 253))]
    pub domain: String,

    /// The way to it. AWS takes `selfManagedLatticeResource` only. AWS: `privateEndpoint`.
    #[x_kube(
        validation = Rule::new("has(self.selfManagedLatticeResource)")
            .message("an override takes selfManagedLatticeResource only; AWS makes no resource gateway for it")
    )]
    pub private_endpoint: PrivateEndpoint,
}

/// Whose workloads may call a gateway; at least one member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new(
        "(has(self.hostingEnvironments) && size(self.hostingEnvironments) > 0) || \
         (has(self.workloadIdentities) && size(self.workloadIdentities) > 0)"
    )
    .message("name at least one of hostingEnvironments or workloadIdentities, or leave allowedWorkloadConfiguration out")
)]
pub struct AllowedWorkloadConfiguration {
    /// Where workloads may run, at most 10; order does not matter. Default: it is not asked. Empty means the same.
    /// AWS: `hostingEnvironments`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10))]
    pub hosting_environments: Vec<HostingEnvironment>,

    /// Which workload identities may call, by name, at most 10; order does not matter. Default: it is not asked. Empty means the same.
    /// Example: `[search-agent]`. AWS: `workloadIdentities`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10), inner(length(min = 3, max = 255), regex(pattern = schema::CLAIM_VALUE)))]
    pub workload_identities: Vec<String>,
}

/// Where workloads run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostingEnvironment {
    /// The ARN of it in AgentCore. Example: `arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/agent-abcde12345`. AWS: `arn`.
    #[schemars(length(min = 20, max = 1011))]
    pub arn: String,
}
