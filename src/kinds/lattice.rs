//! What the two kinds of VPC Lattice have in common: ARNs, where names are resolved, and what AgentCore takes.

use kube::ResourceExt;

use crate::{
    api::{
        ResourceConfigDnsResolution, ResourceConfiguration, ResourceConfigurationType, ResourceGateway,
        ResourceGatewayIpAddressType,
    },
    aws::Account,
    overlay::Overlay,
};

/// Where a resource gateway resolves names: as AWS has it, and before there is anything in AWS, as it will.
pub(super) fn resolution(gateway: &ResourceGateway) -> ResourceConfigDnsResolution {
    let held = gateway.status.as_ref().and_then(|status| status.facts.resource_config_dns_resolution.as_deref());
    let words = [ResourceConfigDnsResolution::InVpc, ResourceConfigDnsResolution::Public];
    let known =
        held.and_then(|held| words.into_iter().find(|word| word.state().is_ok_and(|word| word.as_str() == held)));
    let spec = &gateway.spec;
    known.or(spec.resource_config_dns_resolution).unwrap_or_else(|| default_resolution(spec.ip_address_type))
}

/// Where names are resolved when the spec does not say. Names of private hosted zones resolve only in the VPC; AWS's own default would
/// look them up in public DNS. IPv6-only subnets have no choice.
pub(super) fn default_resolution(address_type: Option<ResourceGatewayIpAddressType>) -> ResourceConfigDnsResolution {
    match address_type {
        Some(ResourceGatewayIpAddressType::Ipv6) => ResourceConfigDnsResolution::Public,
        Some(ResourceGatewayIpAddressType::Ipv4 | ResourceGatewayIpAddressType::Dualstack) | None => {
            ResourceConfigDnsResolution::InVpc
        }
    }
}

/// Why AgentCore cannot go through a resource configuration: it takes one endpoint, which only the type `SINGLE` is.
pub(super) fn no_single_endpoint(configuration: &ResourceConfiguration) -> Option<String> {
    let kind = match configuration.spec.type_.unwrap_or_default() {
        ResourceConfigurationType::Single => return None,
        ResourceConfigurationType::Group => "GROUP",
        ResourceConfigurationType::Child => "CHILD",
        ResourceConfigurationType::Arn => "ARN",
        ResourceConfigurationType::Cidr => "CIDR",
    };
    Some(format!(
        "ResourceConfiguration {}/{} is of type {kind}, and AgentCore goes through one endpoint only; let the target name one of type \
         SINGLE",
        configuration.namespace().unwrap_or_default(),
        configuration.name_any()
    ))
}

/// The ARN of a resource gateway, from its id or from the ARN itself.
pub(super) fn resource_gateway_arn(account: &Account, identifier: &str) -> String {
    arn(account, "resourcegateway", identifier)
}

/// The ARN of a resource configuration, from its id or from the ARN itself.
pub(super) fn resource_configuration_arn(account: &Account, identifier: &str) -> String {
    arn(account, "resourceconfiguration", identifier)
}

fn arn(account: &Account, kind: &str, identifier: &str) -> String {
    if identifier.starts_with("arn:") {
        return identifier.to_owned();
    }
    let Account { id, region, partition } = account;
    format!("arn:{partition}:vpc-lattice:{region}:{id}:{kind}/{identifier}")
}
