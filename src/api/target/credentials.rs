//! How a gateway proves itself to what it calls.

use std::{collections::BTreeMap, fmt};

use kube::KubeSchema;
use kube::core::{Reason, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{rules, schema};

/// How a gateway proves itself to a target's endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = needs("API_KEY", "apiKeyCredentialProvider"))]
#[x_kube(validation = needs("OAUTH", "oauthCredentialProvider"))]
#[x_kube(
    validation = Rule::new(
        "self.credentialProviderType != 'GATEWAY_IAM_ROLE' || !has(self.credentialProvider) || has(self.credentialProvider.iamCredentialProvider)"
    )
    .message("credentialProviderType GATEWAY_IAM_ROLE goes with credentialProvider.iamCredentialProvider, or with none")
    .reason(Reason::FieldValueForbidden)
    .field_path(".credentialProvider")
)]
#[x_kube(
    validation = Rule::new(
        "!(self.credentialProviderType in ['CALLER_IAM_CREDENTIALS', 'JWT_PASSTHROUGH']) || !has(self.credentialProvider)"
    )
    .message("credentialProviderType CALLER_IAM_CREDENTIALS and JWT_PASSTHROUGH go without a credentialProvider: what the caller has shown is passed on")
    .reason(Reason::FieldValueForbidden)
    .field_path(".credentialProvider")
)]
pub struct CredentialProviderConfiguration {
    /// What is shown to the endpoint: `GATEWAY_IAM_ROLE`, a signature with the gateway's role; `OAUTH`, a token, and `API_KEY`, a key, from
    /// AgentCore Identity; `CALLER_IAM_CREDENTIALS`, a signature with the caller's credentials; `JWT_PASSTHROUGH`, the caller's own token.
    /// Which of them a target takes depends on its kind. AWS: `credentialProviderType`.
    pub credential_provider_type: CredentialProviderType,

    /// Where the credential comes from. Exactly one member, the one that goes with the type. Required with `API_KEY` and `OAUTH`, and with
    /// `GATEWAY_IAM_ROLE` where the endpoint does not say for which service to sign: MCP servers, OpenAPI and passthrough targets.
    /// AWS: `credentialProvider`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_provider: Option<CredentialProvider>,
}

/// Of a type of credential: the provider that goes with it is there.
fn needs(credential: &str, provider: &str) -> Rule {
    Rule::new(format!(
        "self.credentialProviderType != '{credential}' || (has(self.credentialProvider) && has(self.credentialProvider.{provider}))"
    ))
    .message(format!("credentialProviderType {credential} needs credentialProvider.{provider}").as_str())
    .reason(Reason::FieldValueRequired)
    .field_path(".credentialProvider")
}

/// What is shown to a target's endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum CredentialProviderType {
    /// A signature with the gateway's own role.
    GatewayIamRole,
    /// A token.
    Oauth,
    /// An API key.
    ApiKey,
    /// A signature with the caller's credentials.
    CallerIamCredentials,
    /// The caller's token.
    JwtPassthrough,
}

/// Where a credential comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CredentialProvider {
    /// An OAuth credential provider of AgentCore Identity. AWS: `oauthCredentialProvider`.
    OauthCredentialProvider(OAuthCredentialProvider),
    /// An API key credential provider of AgentCore Identity. AWS: `apiKeyCredentialProvider`.
    ApiKeyCredentialProvider(ApiKeyCredentialProvider),
    /// The service that a signature is for. AWS: `iamCredentialProvider`.
    IamCredentialProvider(IamCredentialProvider),
}

/// A token, and how it is got.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.grantType) || self.grantType != 'AUTHORIZATION_CODE' || has(self.defaultReturnUrl)")
        .message("grantType AUTHORIZATION_CODE needs defaultReturnUrl: where the person who consents is sent back to")
        .reason(Reason::FieldValueRequired)
        .field_path(".defaultReturnUrl")
)]
pub struct OAuthCredentialProvider {
    /// The credential provider that gets the token.
    /// Example: `arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/oauth2credentialprovider/orders`.
    /// AWS: `providerArn`.
    #[schemars(length(max = 2048), regex(pattern = schema::OAUTH2_PROVIDER_ARN))]
    #[x_kube(
        validation = rules::matching(
            schema::OAUTH2_PROVIDER_ARN,
            "providerArn is the ARN of an OAuth credential provider of AgentCore Identity, which ends in token-vault/default/oauth2credentialprovider/<name>",
        )
    )]
    pub provider_arn: String,

    /// What the token is asked for, at most 100 scopes of 1 to 64 characters; order does not matter. May be empty. Example: `[orders/read]`.
    /// AWS: `scopes`.
    #[schemars(length(max = 100), inner(length(min = 1, max = 64)))]
    pub scopes: Vec<String>,

    /// How the token is got: `CLIENT_CREDENTIALS`, the gateway is known to the provider; `AUTHORIZATION_CODE`, a person consents;
    /// `TOKEN_EXCHANGE`, for the caller's own token. Default: `CLIENT_CREDENTIALS`. AWS: `grantType`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<OAuthGrantType>,

    /// Where a person who consents is sent back to, 1 to 2048 characters. Required with `AUTHORIZATION_CODE`.
    /// Example: `https://agents.example.com/consent`. AWS: `defaultReturnUrl`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048), regex(pattern = schema::RETURN_URL))]
    pub default_return_url: Option<String>,

    /// Parameters that the provider is given with the request for a token, at most 10; names of 1 to 256 and values of 1 to 2048
    /// characters. Default: none. Example: `{audience: orders}`. AWS: `customParameters`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::oauth_parameters")]
    pub custom_parameters: BTreeMap<String, String>,
}

/// The values of parameters are left out: some are secret.
impl fmt::Debug for OAuthCredentialProvider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OAuthCredentialProvider")
            .field("provider_arn", &self.provider_arn)
            .field("scopes", &self.scopes)
            .field("grant_type", &self.grant_type)
            .field("default_return_url", &self.default_return_url)
            .field("custom_parameters", &self.custom_parameters.keys())
            .finish()
    }
}

/// How a token is got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum OAuthGrantType {
    /// The gateway is known to the provider.
    ClientCredentials,
    /// A person consents.
    AuthorizationCode,
    /// For the caller's own token.
    TokenExchange,
}

/// What a signature is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct IamCredentialProvider {
    /// The service that is signed for, 1 to 64 letters, digits and `._-`. Example: `lambda`. AWS: `service`.
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[a-zA-Z0-9._-]+$"))]
    pub service: String,

    /// The Region that is signed for. Default: the gateway's. Example: `us-west-2`. AWS: `region`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 32), regex(pattern = r"^[a-zA-Z0-9-]+$"))]
    pub region: Option<String>,
}

/// An API key, and how it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKeyCredentialProvider {
    /// The credential provider that keeps the key.
    /// Example: `arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/apikeycredentialprovider/eks-api`.
    /// AWS: `providerArn`.
    #[schemars(length(max = 2048), regex(pattern = schema::API_KEY_PROVIDER_ARN))]
    #[x_kube(
        validation = rules::matching(
            schema::API_KEY_PROVIDER_ARN,
            "providerArn is the ARN of an API key credential provider of AgentCore Identity, which ends in token-vault/default/apikeycredentialprovider/<name>; it is not the ARN of a secret",
        )
    )]
    pub provider_arn: String,

    /// The name of the header or query parameter that carries the key, 1 to 64 characters. Default: what AWS chooses.
    /// Example: `x-api-key`. AWS: `credentialParameterName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub credential_parameter_name: Option<String>,

    /// What stands before the key, 1 to 64 characters. Left out: nothing does. Example: `Bearer`. AWS: `credentialPrefix`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub credential_prefix: Option<String>,

    /// Where the key is put: `HEADER` or `QUERY_PARAMETER`. Default: what AWS chooses. AWS: `credentialLocation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_location: Option<ApiKeyCredentialLocation>,
}

/// Where an API key is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum ApiKeyCredentialLocation {
    /// In a header of the request.
    Header,
    /// In the request's query.
    QueryParameter,
}
