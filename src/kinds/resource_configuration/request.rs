//! What a ResourceConfiguration is made by.

use std::net::IpAddr;

use aws_sdk_vpclattice::{
    operation::create_resource_configuration::builders::CreateResourceConfigurationInputBuilder, types as sdk,
};
use aws_smithy_types::error::operation::BuildError;

use super::{super::unbuildable, Change, Desired};
use crate::{
    api::ResourceConfigurationType,
    overlay::{Overlay, owned},
    plan::Hold,
    workload::facts::plain_name,
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
        let is_same = |held| stated.as_ref().is_some_and(|stated| plain(held) == plain(stated));
        Ok(if held.is_some_and(is_same) { held.cloned() } else { stated })
    }
}

/// A definition in one form of the several that AWS may answer with.
#[expect(clippy::wildcard_enum_match_arm, reason = "AWS adds kinds of definitions: only these have several forms")]
fn plain(definition: &sdk::ResourceConfigurationDefinition) -> sdk::ResourceConfigurationDefinition {
    let mut definition = definition.clone();
    match &mut definition {
        sdk::ResourceConfigurationDefinition::DnsResource(resource) => {
            resource.domain_name = resource.domain_name.as_deref().map(plain_name);
        }
        sdk::ResourceConfigurationDefinition::IpResource(resource) => {
            resource.ip_address = resource.ip_address.as_deref().map(plain_range);
        }
        sdk::ResourceConfigurationDefinition::CidrResource(resource) => {
            let ranges = resource.cidr_ranges.iter_mut().flatten();
            ranges.for_each(|range| *range = plain_range(range));
            resource.cidr_ranges.iter_mut().for_each(|ranges| ranges.sort());
        }
        _ => {}
    }
    definition
}

/// An address, or a range of them: IPv6 has many forms of one.
fn plain_range(range: &str) -> String {
    let (address, length) = range.split_once('/').map_or((range, None), |(address, length)| (address, Some(length)));
    let address = address.parse::<IpAddr>().map_or_else(|_| address.to_owned(), |address| address.to_string());
    length.map_or_else(|| address.clone(), |length| format!("{address}/{length}"))
}

/// Ports, each range of one port as the port.
pub(super) fn plain_ports(ranges: &[String]) -> Vec<String> {
    let plain = |range: &String| match range.split_once('-') {
        Some((first, last)) if first == last => first.to_owned(),
        Some(_) | None => range.clone(),
    };
    ranges.iter().map(plain).collect()
}

/// Whether two names in DNS are the same, in whatever case.
pub(super) fn is_same_name(one: Option<&str>, other: Option<&str>) -> bool {
    one.map(plain_name) == other.map(plain_name)
}
