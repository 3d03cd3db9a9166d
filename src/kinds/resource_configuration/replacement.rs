//! What VPC Lattice cannot change of a resource configuration.

use aws_sdk_vpclattice::{operation::get_resource_configuration::GetResourceConfigurationOutput, types as sdk};

use super::{Desired, request::is_same_name};
use crate::{api::ResourceConfigurationType, overlay::Overlay, plan::Replacement};

impl Desired {
    /// What the spec states and VPC Lattice cannot change. What AWS fills in, or a child has of its group, is no difference where the spec
    /// is silent. Where only the resource gateway or the group moved, its owner has allowed it there.
    pub(super) fn replacement(&self, configuration: &GetResourceConfigurationOutput) -> Option<Replacement> {
        let spec = &self.spec;
        let kind = self.kind().state().ok();
        let protocol = spec.protocol.and_then(|protocol| protocol.state().ok());
        // What an answer leaves out is what VPC Lattice takes where nothing is said.
        let held_protocol = configuration.protocol.as_ref().unwrap_or(&sdk::ProtocolType::Tcp);
        let last = |identifier: Option<&String>| identifier?.rsplit('/').next().map(str::to_owned);
        let (gateway, group) = (last(self.gateway.as_ref()), last(self.group.as_ref()));
        let verification = last(spec.domain_verification_identifier.as_ref());
        let is_child = self.kind() == ResourceConfigurationType::Child;
        let is_group = self.kind() == ResourceConfigurationType::Group;
        let other_kind = configuration.r#type != kind && (configuration.r#type.is_some() || spec.type_.is_some());
        let other_gateway = !is_child && configuration.resource_gateway_id != gateway;
        let other_group = is_child && configuration.resource_configuration_group_id != group;
        let other_domain = !is_same_name(configuration.custom_domain_name(), spec.custom_domain_name.as_deref());
        let other_group_domain = is_group && !is_same_name(configuration.group_domain(), spec.group_domain.as_deref());
        let other_verification =
            configuration.domain_verification_id != verification && !(is_child && verification.is_none());
        let text = |value: Option<&dyn ToString>| value.map(ToString::to_string);
        let replacement = Replacement::of(
            "resource configuration",
            [
                ("type", text(kind.as_ref().map(|kind| kind as _)), other_kind),
                (
                    "protocol",
                    text(protocol.as_ref().map(|protocol| protocol as _)),
                    protocol.as_ref().is_some_and(|wanted| wanted != held_protocol),
                ),
                ("resourceGatewayRef", gateway, other_gateway),
                ("resourceConfigurationGroupRef", group, other_group),
                ("customDomainName", spec.custom_domain_name.clone(), other_domain),
                ("groupDomain", spec.group_domain.clone(), other_group_domain),
                ("domainVerificationIdentifier", verification, other_verification),
            ],
        )?;
        let held =
            if is_child { &configuration.resource_configuration_group_id } else { &configuration.resource_gateway_id };
        let moved = other_gateway || other_group;
        let follows = moved && held.is_some() && *held == self.moves_from && replacement.members.len() == 1;
        Some(Replacement { follows, ..replacement })
    }
}
