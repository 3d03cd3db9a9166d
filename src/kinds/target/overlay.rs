//! Which member of a GatewayTarget's spec is which member of AgentCore's target. The overlay's ground is the body of
//! `UpdateGatewayTarget`: it is the complete target, and what it does not say AWS resets.

mod credentials;
mod http;
mod inference;
mod mcp;
mod schemas;
mod stage;

use aws_sdk_bedrockagentcorecontrol::{
    operation::{
        create_gateway_target::builders::CreateGatewayTargetInputBuilder,
        get_gateway_target::GetGatewayTargetOutput,
        update_gateway_target::{UpdateGatewayTargetInput, builders::UpdateGatewayTargetInputBuilder},
    },
    types as sdk,
};
use aws_smithy_types::error::operation::BuildError;

use crate::{
    api::{
        CertificateConfiguration, GatewayTargetSpec, MetadataConfiguration, S3Configuration,
        SecretsManagerCertificateConfiguration, TargetConfiguration,
    },
    overlay::{difference, overlay, overlay_union},
};

overlay! { GatewayTargetSpec => UpdateGatewayTargetInput, blank UpdateGatewayTargetInput::builder().build(); {
    name: elsewhere,
    description: elsewhere,
    gateway_ref: elsewhere,
    gateway_identifier: elsewhere,
    target_configuration: stated,
    credential_provider_configurations: list,
    metadata_configuration: owned,
    private_endpoint: whole,
    certificate_configurations: list,
    preflight: elsewhere,
    workload_ref: elsewhere,
    sync: elsewhere,
    deletion_policy: elsewhere,
    adopt: elsewhere,
    suspend: elsewhere,
} }

overlay_union! { TargetConfiguration => sdk::TargetConfiguration { Mcp, Http, Inference } }
overlay! { S3Configuration => sdk::S3Configuration,
    blank Ok::<_, BuildError>(sdk::S3Configuration::builder().build()); {
    uri: stated,
    bucket_owner_account_id: owned,
} }
overlay! { MetadataConfiguration => sdk::MetadataConfiguration,
    blank Ok::<_, BuildError>(sdk::MetadataConfiguration::builder().build()); {
    allowed_request_headers: set,
    allowed_query_parameters: set,
    allowed_response_headers: set,
} }

overlay_union! { CertificateConfiguration => sdk::CertificateConfiguration { S3, SecretsManager } }
overlay! { S3Configuration => sdk::S3CertificateConfiguration,
    blank sdk::S3CertificateConfiguration::builder().uri("").build(); {
    uri: required,
    bucket_owner_account_id: owned,
} }
overlay! { SecretsManagerCertificateConfiguration => sdk::SecretsManagerCertificateConfiguration,
    blank sdk::SecretsManagerCertificateConfiguration::builder().secret_arn("").build(); {
    secret_arn: required,
} }

/// What AWS has, as the update that would change nothing.
pub(super) fn standing(gateway: &str, target: &GetGatewayTargetOutput) -> Result<UpdateGatewayTargetInput, BuildError> {
    let target = target.clone();
    let credentials = target.credential_provider_configurations;
    UpdateGatewayTargetInput::builder()
        .gateway_identifier(gateway)
        .target_id(target.target_id)
        .name(target.name)
        .set_description(target.description)
        .set_target_configuration(target.target_configuration)
        .set_credential_provider_configurations((!credentials.is_empty()).then_some(credentials))
        .set_metadata_configuration(target.metadata_configuration)
        .set_private_endpoint(target.private_endpoint)
        .set_certificate_configurations(target.certificate_configurations)
        .build()
}

/// What one update changes that the other does not.
pub(super) fn difference_of(before: &UpdateGatewayTargetInput, after: &UpdateGatewayTargetInput) -> Vec<String> {
    difference! { before, after;
        description => "description",
        target_configuration => "targetConfiguration",
        credential_provider_configurations => "credentialProviderConfigurations",
        metadata_configuration => "metadataConfiguration",
        private_endpoint => "privateEndpoint",
        certificate_configurations => "certificateConfigurations",
    }
}

/// The create that makes what this update describes.
pub(super) fn creation(target: UpdateGatewayTargetInput) -> CreateGatewayTargetInputBuilder {
    CreateGatewayTargetInputBuilder::default()
        .set_gateway_identifier(target.gateway_identifier)
        .set_name(target.name)
        .set_description(target.description)
        .set_target_configuration(target.target_configuration)
        .set_credential_provider_configurations(target.credential_provider_configurations)
        .set_metadata_configuration(target.metadata_configuration)
        .set_private_endpoint(target.private_endpoint)
        .set_certificate_configurations(target.certificate_configurations)
}

/// The update as the request builder that the client takes.
pub(super) fn update(target: UpdateGatewayTargetInput) -> UpdateGatewayTargetInputBuilder {
    UpdateGatewayTargetInput::builder()
        .set_gateway_identifier(target.gateway_identifier)
        .set_target_id(target.target_id)
        .set_name(target.name)
        .set_description(target.description)
        .set_target_configuration(target.target_configuration)
        .set_credential_provider_configurations(target.credential_provider_configurations)
        .set_metadata_configuration(target.metadata_configuration)
        .set_private_endpoint(target.private_endpoint)
        .set_certificate_configurations(target.certificate_configurations)
}

#[cfg(test)]
mod tests;
