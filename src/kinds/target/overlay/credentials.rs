//! How a gateway proves itself.

use aws_sdk_bedrockagentcorecontrol::types as sdk;

use crate::{
    api::{
        ApiKeyCredentialLocation, ApiKeyCredentialProvider, CredentialProvider, CredentialProviderConfiguration,
        CredentialProviderType, IamCredentialProvider, OAuthCredentialProvider, OAuthGrantType,
    },
    overlay::{overlay, overlay_enum, overlay_union},
};

overlay! { CredentialProviderConfiguration => sdk::CredentialProviderConfiguration,
    blank sdk::CredentialProviderConfiguration::builder().credential_provider_type(sdk::CredentialProviderType::ApiKey).build(); {
    credential_provider_type: required,
    credential_provider: owned,
} }
overlay_enum! { CredentialProviderType => sdk::CredentialProviderType {
    GatewayIamRole, Oauth, ApiKey, CallerIamCredentials, JwtPassthrough,
} }
overlay_union! { CredentialProvider => sdk::CredentialProvider {
    OauthCredentialProvider, ApiKeyCredentialProvider, IamCredentialProvider,
} }

overlay! { OAuthCredentialProvider => sdk::OAuthCredentialProvider,
    blank sdk::OAuthCredentialProvider::builder().provider_arn("").set_scopes(Some(Vec::new())).build(); {
    provider_arn: required,
    scopes: required_set,
    grant_type: preset,
    default_return_url: owned,
    custom_parameters: map,
} }
overlay_enum! { OAuthGrantType => sdk::OAuthGrantType { ClientCredentials, AuthorizationCode, TokenExchange } }

overlay! { ApiKeyCredentialProvider => sdk::GatewayApiKeyCredentialProvider,
    blank sdk::GatewayApiKeyCredentialProvider::builder().provider_arn("").build(); {
    provider_arn: required,
    credential_parameter_name: owned,
    credential_prefix: owned,
    credential_location: owned,
} }
overlay_enum! { ApiKeyCredentialLocation => sdk::ApiKeyCredentialLocation { Header, QueryParameter } }

overlay! { IamCredentialProvider => sdk::IamCredentialProvider,
    blank sdk::IamCredentialProvider::builder().service("").build(); {
    service: required,
    region: owned,
} }
