//! What a ResourceConfiguration is made by.

use aws_sdk_vpclattice::{
    operation::create_resource_configuration::builders::CreateResourceConfigurationInputBuilder, types as sdk,
};
use aws_smithy_types::error::operation::BuildError;

use super::{super::unbuildable, Change, Desired};
use crate::{
    api::ResourceConfigurationType,
    overlay::{Overlay, owned},
    plan::Hold,
};

impl Desired {
    /// What kind of resource it is.
    pub(super) fn kind(&self) -> ResourceConfigurationType {
        self.spec.type_.unwrap_or_default()
    }

    /// What makes it.
    pub(super) fn creation(&self, attempt: u32) -> Result<Change, Hold> {
        let spec = &self.spec;
        let kind = self.kind();
        let parent = self.gateway.as_ref().or(self.group.as_ref()).map(String::as_str).unwrap_or_default();
        // AgentCore's service network is in an account of AWS's. A child follows its group, and a CIDR joins no service network.
        let allowed = match kind {
            ResourceConfigurationType::Single | ResourceConfigurationType::Group | ResourceConfigurationType::Arn => {
                Some(spec.allow_association_to_shareable_service_network.unwrap_or(true))
            }
            ResourceConfigurationType::Child | ResourceConfigurationType::Cidr => None,
        };
        let request = CreateResourceConfigurationInputBuilder::default()
            .client_token(self.identity.token(parent, attempt, &self.fingerprint))
            .name(&self.name)
            .set_type(kind.state().ok())
            .set_protocol(spec.protocol.and_then(|protocol| protocol.state().ok()))
            .set_resource_gateway_identifier(self.gateway.clone())
            .set_resource_configuration_group_identifier(self.group.clone())
            .set_resource_configuration_definition(self.definition(None)?)
            .set_port_ranges((!spec.port_ranges.is_empty()).then(|| spec.port_ranges.clone()))
            .set_allow_association_to_shareable_service_network(allowed)
            .set_custom_domain_name(spec.custom_domain_name.clone())
            .set_group_domain(spec.group_domain.clone())
            .set_domain_verification_identifier(spec.domain_verification_identifier.clone())
            .set_tags(Some(self.tags.clone().into_iter().collect()));
        Ok(Change::Create(Box::new(request)))
    }

    /// The definition, stated over what AWS has; a group has none.
    pub(super) fn definition(
        &self,
        held: Option<&sdk::ResourceConfigurationDefinition>,
    ) -> Result<Option<sdk::ResourceConfigurationDefinition>, Hold> {
        if self.kind() == ResourceConfigurationType::Group {
            return Ok(None);
        }
        let Some(definition) = &self.spec.resource_configuration_definition else {
            let error = BuildError::missing_field("resource_configuration_definition", "it was not resolved");
            return Err(unbuildable(&error));
        };
        let mut stated = held.cloned();
        owned(Some(definition), &mut stated).map_err(|error| unbuildable(&error))?;
        Ok(stated)
    }
}

/// Whether two names in DNS are the same, in whatever case.
pub(super) fn is_same_name(one: Option<&str>, other: Option<&str>) -> bool {
    let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
    one.map(plain) == other.map(plain)
}
