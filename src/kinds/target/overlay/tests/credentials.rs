//! How a gateway proves itself: every row.

use super::*;
use crate::api::{
    ApiKeyCredentialLocation, ApiKeyCredentialProvider, CredentialProvider, CredentialProviderConfiguration,
    CredentialProviderType, IamCredentialProvider, OAuthCredentialProvider, OAuthGrantType,
};

table! { credential: CredentialProviderConfiguration => sdk::CredentialProviderConfiguration,
    said server().credential_provider_configurations.remove(0), held other_credential(); {
    credential_provider_type: required,
    credential_provider: owned,
} kept {} }

table! { api_key: ApiKeyCredentialProvider => sdk::GatewayApiKeyCredentialProvider,
    said said_key(), held other_key(); {
    provider_arn: required,
    credential_parameter_name: owned,
    credential_prefix: owned,
    credential_location: owned,
} kept {} }

table! { oauth: OAuthCredentialProvider => sdk::OAuthCredentialProvider, said said_token(), held other_token(); {
    provider_arn: required,
    scopes: required_set,
    grant_type: preset,
    default_return_url: owned,
    custom_parameters: map,
} kept {} }

table! { role: IamCredentialProvider => sdk::IamCredentialProvider,
    said IamCredentialProvider { service: "lambda".into(), region: Some("us-west-2".into()) },
    held sdk::IamCredentialProvider::builder().service("execute-api").region("us-east-1").build().unwrap(); {
    service: required,
    region: owned,
} kept {} }

fn said_key() -> ApiKeyCredentialProvider {
    let Some(CredentialProvider::ApiKeyCredentialProvider(said)) =
        server().credential_provider_configurations.remove(0).credential_provider
    else {
        panic!("it has a key")
    };
    said
}

fn said_token() -> OAuthCredentialProvider {
    serde_json::from_value(json!({
        "providerArn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/oauth2credentialprovider/orders",
        "scopes": ["orders/read", "orders/write"],
        "grantType": "AUTHORIZATION_CODE",
        "defaultReturnUrl": "https://agents.example.com/consent",
        "customParameters": {"audience": "orders"},
    }))
    .unwrap()
}

pub(super) fn other_credential() -> sdk::CredentialProviderConfiguration {
    sdk::CredentialProviderConfiguration::builder()
        .credential_provider_type(sdk::CredentialProviderType::Oauth)
        .credential_provider(sdk::CredentialProvider::OauthCredentialProvider(other_token()))
        .build()
        .unwrap()
}

fn other_key() -> sdk::GatewayApiKeyCredentialProvider {
    sdk::GatewayApiKeyCredentialProvider::builder()
        .provider_arn("other")
        .credential_parameter_name("key")
        .credential_prefix("Key")
        .credential_location(sdk::ApiKeyCredentialLocation::QueryParameter)
        .build()
        .unwrap()
}

fn other_token() -> sdk::OAuthCredentialProvider {
    sdk::OAuthCredentialProvider::builder()
        .provider_arn("other")
        .scopes("other")
        .grant_type(sdk::OAuthGrantType::TokenExchange)
        .default_return_url("https://other")
        .custom_parameters("other", "other")
        .build()
        .unwrap()
}

#[test]
fn every_word_is_the_same_word_in_aws() {
    same_words::<_, sdk::ApiKeyCredentialLocation>([
        ApiKeyCredentialLocation::Header,
        ApiKeyCredentialLocation::QueryParameter,
    ]);
    same_words::<_, sdk::CredentialProviderType>([
        CredentialProviderType::GatewayIamRole,
        CredentialProviderType::Oauth,
        CredentialProviderType::ApiKey,
        CredentialProviderType::CallerIamCredentials,
        CredentialProviderType::JwtPassthrough,
    ]);
    same_words::<_, sdk::OAuthGrantType>([
        OAuthGrantType::ClientCredentials,
        OAuthGrantType::AuthorizationCode,
        OAuthGrantType::TokenExchange,
    ]);
}

#[test]
fn a_token_without_scopes_has_an_empty_list_of_them() {
    let token = OAuthCredentialProvider { scopes: Vec::new(), grant_type: None, ..said_token() }.state().unwrap();
    assert_eq!(token.scopes, Vec::<String>::new(), "AWS wants the list");
    assert_eq!(token.grant_type, sdk::OAuthGrantType::ClientCredentials, "the model's default");
}

#[test]
fn a_credential_of_another_type_takes_the_place_of_the_present_one() {
    let said = server().credential_provider_configurations.remove(0);
    assert_eq!(over(&said, &other_credential()), said.state().unwrap());
}
