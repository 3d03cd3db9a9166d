//! The private endpoints that targets and the authorizers of gateways have: what they refer to, and which member is which member of AWS's.

use aws_sdk_bedrockagentcorecontrol::types as sdk;
use aws_smithy_types::error::operation::BuildError;

use super::{
    World, lattice,
    references::{self, Referrer, referred},
};
use crate::{
    api::{
        EndpointIpAddressType, ManagedNetwork, ManagedVpcResource, PrivateEndpoint, Ref, ResourceConfiguration,
        SelfManagedLatticeResource,
    },
    cluster::View,
    overlay::{Overlay, overlay, overlay_enum, overlay_union},
    plan::Hold,
};

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
    routing_domain: owned_name,
    routing_domain_policy: elsewhere,
} }
overlay_enum! { EndpointIpAddressType => sdk::EndpointIpAddressType { Ipv4, Ipv6 } }

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

/// The `ResourceConfiguration` that a private endpoint refers to.
pub fn configuration_of(endpoint: &PrivateEndpoint) -> Option<&Ref> {
    match endpoint {
        PrivateEndpoint::SelfManagedLatticeResource(resource) => resource.resource_configuration_ref.as_ref(),
        PrivateEndpoint::ManagedVpcResource(_) => None,
    }
}

/// The private endpoint with its reference replaced by an ARN.
///
/// # Errors
///
/// The resource configuration is not there, not ready, or may not be used from here.
pub(super) async fn resolve(
    world: &World,
    from: Referrer<'_>,
    endpoint: &PrivateEndpoint,
    view: View,
) -> Result<PrivateEndpoint, Hold> {
    let mut endpoint = endpoint.clone();
    let PrivateEndpoint::SelfManagedLatticeResource(resource) = &mut endpoint else { return Ok(endpoint) };
    if let Some(reference) = resource.resource_configuration_ref.take() {
        let found: ResourceConfiguration = referred(
            world,
            from,
            &reference,
            |found: &ResourceConfiguration| found.spec.allowed_namespaces.as_ref(),
            view,
        )
        .await?;
        resource.resource_configuration_identifier =
            found.status.and_then(|status| status.facts.resource_configuration_arn);
    } else if let Some(identifier) = &resource.resource_configuration_identifier {
        let arn = lattice::resource_configuration_arn(world.aws.account(), identifier);
        references::external::<ResourceConfiguration>(world, identifier, &arn, view).await?;
    }
    Ok(endpoint)
}

/// The endpoint as AWS gets it: whether a routing domain may be derived is nothing that AWS knows.
pub(super) fn without_policy(mut endpoint: PrivateEndpoint) -> PrivateEndpoint {
    if let PrivateEndpoint::ManagedVpcResource(resource) = &mut endpoint {
        resource.routing_domain_policy = None;
    }
    endpoint
}

/// What is missing where a managed private endpoint names no security groups and there are no default ones. `member` is where the spec
/// could name one.
pub(super) fn groups_missing(endpoint: Option<&PrivateEndpoint>, world: &World, member: &str) -> Option<Hold> {
    match endpoint {
        Some(PrivateEndpoint::ManagedVpcResource(resource)) if resource.security_group_ids.is_empty() => {
            references::default_security_groups(&world.settings.default_security_group_ids, member).err()
        }
        Some(PrivateEndpoint::ManagedVpcResource(_) | PrivateEndpoint::SelfManagedLatticeResource(_)) | None => None,
    }
}

/// Names the default security groups where a managed network is about to be made and names none; where there is one already, AWS keeps the
/// groups that it has. Answers with the groups when they were needed.
///
/// # Errors
///
/// Stalled with `SecurityGroupRequired`: there are no default groups. `member` is where the spec could name one.
pub(super) fn complete(
    stated: &mut Option<sdk::PrivateEndpoint>,
    held: Option<&sdk::PrivateEndpoint>,
    groups: &[String],
    member: &str,
) -> Result<Option<Vec<String>>, Hold> {
    let Some(sdk::PrivateEndpoint::ManagedVpcResource(resource)) = stated else { return Ok(None) };
    let held = held.filter(|held| is_in(held, &resource.vpc_identifier));
    if resource.security_group_ids.is_some() || held.is_some_and(sdk::PrivateEndpoint::is_managed_vpc_resource) {
        return Ok(None);
    }
    let groups = references::default_security_groups(groups, member)?;
    resource.security_group_ids = Some(groups.clone());
    Ok(Some(groups))
}

/// Drops groups that the spec does not name and that were kept from a network in another VPC: groups belong to a VPC.
pub(super) fn leave_groups(
    said: Option<&PrivateEndpoint>,
    stated: &mut Option<sdk::PrivateEndpoint>,
    held: Option<&sdk::PrivateEndpoint>,
) {
    if let Some(PrivateEndpoint::ManagedVpcResource(said)) = said
        && said.security_group_ids.is_empty()
        && let Some(sdk::PrivateEndpoint::ManagedVpcResource(resource)) = stated
        && held.is_some_and(|held| !is_in(held, &resource.vpc_identifier))
    {
        resource.security_group_ids = None;
    }
}

/// Whether a private endpoint is a managed network in this VPC.
fn is_in(endpoint: &sdk::PrivateEndpoint, vpc: &str) -> bool {
    endpoint.as_managed_vpc_resource().is_ok_and(|resource| resource.vpc_identifier == vpc)
}

/// The managed network of a private endpoint.
pub(super) fn network(endpoint: &sdk::PrivateEndpoint) -> Option<ManagedNetwork> {
    let resource = endpoint.as_managed_vpc_resource().ok()?;
    let mut groups = resource.security_group_ids.clone().unwrap_or_default();
    groups.sort();
    Some(ManagedNetwork { vpc_identifier: resource.vpc_identifier.clone(), security_group_ids: groups })
}

/// The resource configuration that AWS leads a private endpoint through.
pub(super) fn identifier(endpoint: &sdk::PrivateEndpoint) -> Option<String> {
    let resource = endpoint.as_self_managed_lattice_resource().ok()?;
    resource.as_resource_configuration_identifier().ok().cloned()
}

#[cfg(test)]
pub(super) mod tests;
