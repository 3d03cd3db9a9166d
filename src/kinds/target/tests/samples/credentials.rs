//! Any credential.

use proptest::{collection::btree_map, option, prelude::*, sample::select};

use super::some;
use crate::api::{
    ApiKeyCredentialLocation, ApiKeyCredentialProvider, CredentialProvider, CredentialProviderConfiguration,
    CredentialProviderType, IamCredentialProvider, OAuthCredentialProvider, OAuthGrantType,
};

/// Any credential that the API server would let in.
pub(super) fn any() -> impl Strategy<Value = CredentialProviderConfiguration> {
    let bare = select(vec![
        CredentialProviderType::GatewayIamRole,
        CredentialProviderType::CallerIamCredentials,
        CredentialProviderType::JwtPassthrough,
    ]);
    let key =
        |provider| of(CredentialProviderType::ApiKey, Some(CredentialProvider::ApiKeyCredentialProvider(provider)));
    let token =
        |provider| of(CredentialProviderType::Oauth, Some(CredentialProvider::OauthCredentialProvider(provider)));
    let role = |provider| {
        of(CredentialProviderType::GatewayIamRole, Some(CredentialProvider::IamCredentialProvider(provider)))
    };
    prop_oneof![
        keys().prop_map(key),
        tokens().prop_map(token),
        roles().prop_map(role),
        bare.prop_map(move |bare| of(bare, None)),
    ]
}

fn of(
    credential_provider_type: CredentialProviderType,
    credential_provider: Option<CredentialProvider>,
) -> CredentialProviderConfiguration {
    CredentialProviderConfiguration { credential_provider_type, credential_provider }
}

fn keys() -> impl Strategy<Value = ApiKeyCredentialProvider> {
    let locations = select(vec![ApiKeyCredentialLocation::Header, ApiKeyCredentialLocation::QueryParameter]);
    let parts = ("[a-c]", option::of("[a-c]"), option::of("[a-c]"), option::of(locations));
    parts.prop_map(|(provider_arn, credential_parameter_name, credential_prefix, credential_location)| {
        ApiKeyCredentialProvider { provider_arn, credential_parameter_name, credential_prefix, credential_location }
    })
}

fn tokens() -> impl Strategy<Value = OAuthCredentialProvider> {
    let grants = select(vec![
        OAuthGrantType::ClientCredentials,
        OAuthGrantType::AuthorizationCode,
        OAuthGrantType::TokenExchange,
    ]);
    let parameters = btree_map("[a-b]", "[a-b]", 0..3);
    let parts = ("[a-c]", some(0), option::of(grants), option::of("[a-c]"), parameters);
    parts.prop_map(|(provider_arn, scopes, grant_type, default_return_url, custom_parameters)| {
        OAuthCredentialProvider { provider_arn, scopes, grant_type, default_return_url, custom_parameters }
    })
}

fn roles() -> impl Strategy<Value = IamCredentialProvider> {
    ("[a-c]", option::of("[a-c]")).prop_map(|(service, region)| IamCredentialProvider { service, region })
}
