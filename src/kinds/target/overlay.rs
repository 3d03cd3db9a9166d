//! Which member of a GatewayTarget's spec is which member of AgentCore's target. The overlay's ground is the body of
//! `UpdateGatewayTarget`: it is the complete target, and what it does not say AWS resets.

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
        ApiKeyCredentialLocation, ApiKeyCredentialProvider, ApiSchemaConfiguration, CertificateConfiguration,
        CredentialProvider, CredentialProviderConfiguration, CredentialProviderType, EndpointIpAddressType,
        GatewayTargetSpec, ListingMode, ManagedVpcResource, McpServerTargetConfiguration, McpTargetConfiguration,
        McpToolSchemaConfiguration, PrivateEndpoint, S3Configuration, SecretsManagerCertificateConfiguration,
        SelfManagedLatticeResource, TargetConfiguration,
    },
    overlay::{Overlay, difference, overlay, overlay_enum, overlay_union},
};

overlay! { GatewayTargetSpec => UpdateGatewayTargetInput, blank UpdateGatewayTargetInput::builder().build(); {
    name: elsewhere,
    description: elsewhere,
    gateway_ref: elsewhere,
    gateway_identifier: elsewhere,
    target_configuration: stated,
    credential_provider_configurations: list,
    private_endpoint: whole,
    certificate_configurations: list,
    preflight: elsewhere,
    workload_ref: elsewhere,
    sync: elsewhere,
    deletion_policy: elsewhere,
    adopt: elsewhere,
    suspend: elsewhere,
} }

overlay_union! { TargetConfiguration => sdk::TargetConfiguration { Mcp } }
overlay_union! { McpTargetConfiguration => sdk::McpTargetConfiguration { McpServer, OpenApiSchema } }

overlay! { McpServerTargetConfiguration => sdk::McpServerTargetConfiguration,
    blank sdk::McpServerTargetConfiguration::builder().endpoint("").build(); {
    endpoint: resolved,
    endpoint_from: elsewhere,
    listing_mode: defaulted,
    resource_priority: defaulted,
    mcp_tool_schema: owned,
} }
overlay_union! { McpToolSchemaConfiguration => sdk::McpToolSchemaConfiguration { InlinePayload, S3 } }
overlay! { S3Configuration => sdk::S3Configuration,
    blank Ok::<_, BuildError>(sdk::S3Configuration::builder().build()); {
    uri: stated,
    bucket_owner_account_id: owned,
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
overlay_enum! { ListingMode => sdk::ListingMode { Default, Dynamic } }

overlay! { CredentialProviderConfiguration => sdk::CredentialProviderConfiguration,
    blank sdk::CredentialProviderConfiguration::builder().credential_provider_type(sdk::CredentialProviderType::ApiKey).build(); {
    credential_provider_type: required,
    credential_provider: owned,
} }
overlay_enum! { CredentialProviderType => sdk::CredentialProviderType { ApiKey } }
overlay_union! { CredentialProvider => sdk::CredentialProvider { ApiKeyCredentialProvider } }

overlay! { ApiKeyCredentialProvider => sdk::GatewayApiKeyCredentialProvider,
    blank sdk::GatewayApiKeyCredentialProvider::builder().provider_arn("").build(); {
    provider_arn: required,
    credential_parameter_name: owned,
    credential_prefix: owned,
    credential_location: owned,
} }
overlay_enum! { ApiKeyCredentialLocation => sdk::ApiKeyCredentialLocation { Header, QueryParameter } }

overlay_union! { PrivateEndpoint => sdk::PrivateEndpoint { ManagedVpcResource, SelfManagedLatticeResource } }

overlay! { ManagedVpcResource => sdk::ManagedVpcResource,
    blank sdk::ManagedVpcResource::builder()
        .vpc_identifier("")
        .set_subnet_ids(Some(Vec::new()))
        .endpoint_ip_address_type(sdk::EndpointIpAddressType::Ipv4)
        .build(); {
    vpc_identifier: resolved,
    subnet_ids: required_set,
    endpoint_ip_address_type: resolved,
    security_group_ids: defaulted_set,
    tags: map,
    routing_domain: owned,
    routing_domain_policy: elsewhere,
} }
overlay_enum! { EndpointIpAddressType => sdk::EndpointIpAddressType { Ipv4, Ipv6 } }

/// An inline document, by now read and complete: the same JSON in another layout is the same document.
impl Overlay<sdk::ApiSchemaConfiguration> for ApiSchemaConfiguration {
    fn state(&self) -> Result<sdk::ApiSchemaConfiguration, BuildError> {
        match &self.inline_payload {
            Some(document) => Ok(sdk::ApiSchemaConfiguration::InlinePayload(document.clone())),
            None => Err(BuildError::missing_field("inline_payload", "the document was not read")),
        }
    }

    fn state_over(&self, aws: &mut sdk::ApiSchemaConfiguration) -> Result<(), BuildError> {
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        let wanted = self.inline_payload.as_deref().and_then(parse);
        let is_same = |held: &String| parse(held).is_some_and(|held| Some(held) == wanted);
        if !aws.as_inline_payload().is_ok_and(is_same) {
            *aws = self.state()?;
        }
        Ok(())
    }
}

/// A resource configuration, by now named by its identifier: AWS takes an id or an ARN, and may answer with the other.
impl Overlay<sdk::SelfManagedLatticeResource> for SelfManagedLatticeResource {
    fn state(&self) -> Result<sdk::SelfManagedLatticeResource, BuildError> {
        match &self.resource_configuration_identifier {
            Some(identifier) => {
                Ok(sdk::SelfManagedLatticeResource::ResourceConfigurationIdentifier(identifier.clone()))
            }
            None => {
                Err(BuildError::missing_field("resource_configuration_identifier", "the reference was not resolved"))
            }
        }
    }

    fn state_over(&self, aws: &mut sdk::SelfManagedLatticeResource) -> Result<(), BuildError> {
        let last = |identifier: &str| identifier.rsplit('/').next().map(str::to_owned);
        match (&*aws, &self.resource_configuration_identifier) {
            (sdk::SelfManagedLatticeResource::ResourceConfigurationIdentifier(held), Some(wanted))
                if last(held) == last(wanted) => {}
            _ => *aws = self.state()?,
        }
        Ok(())
    }
}

/// The resource configuration that a private endpoint leads through.
pub(super) fn identifier(endpoint: &sdk::PrivateEndpoint) -> Option<String> {
    let resource = endpoint.as_self_managed_lattice_resource().ok()?;
    resource.as_resource_configuration_identifier().ok().cloned()
}

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
