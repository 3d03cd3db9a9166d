//! What the two kinds of VPC Lattice have in common: ARNs, where names are resolved, and what AgentCore takes.

use aws_sdk_vpclattice::types as sdk;
use kube::ResourceExt;

use crate::{
    api::{
        ResourceConfigDnsResolution, ResourceConfiguration, ResourceConfigurationType, ResourceGateway,
        ResourceGatewayIpAddressType,
    },
    aws::Account,
    overlay::Overlay,
};

/// What VPC Lattice takes where a resource gateway's addresses, or where it resolves names, are not said.
pub(super) const DEFAULT_ADDRESS_TYPE: sdk::ResourceGatewayIpAddressType = sdk::ResourceGatewayIpAddressType::Ipv4;
pub(super) const DEFAULT_ADDRESSES: i32 = 16;
pub(super) const DEFAULT_RESOLUTION: sdk::ResourceConfigDnsResolution = sdk::ResourceConfigDnsResolution::Public;

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn gateway(spec: serde_json::Value, held: Option<&str>) -> ResourceGateway {
        let mut gateway = ResourceGateway::new("rg", serde_json::from_value(spec).unwrap());
        gateway.status = held.map(|held| crate::api::ResourceGatewayStatus {
            facts: crate::api::ResourceGatewayFacts {
                resource_config_dns_resolution: Some(held.to_owned()),
                ..crate::api::ResourceGatewayFacts::default()
            },
            ..crate::api::ResourceGatewayStatus::default()
        });
        gateway
    }

    #[test]
    fn names_are_resolved_where_aws_has_it_and_only_then_where_the_spec_says() {
        use ResourceConfigDnsResolution::{InVpc, Public};
        let (says_public, says_in_vpc) =
            (json!({"resourceConfigDnsResolution": "PUBLIC"}), json!({"resourceConfigDnsResolution": "IN_VPC"}));
        let table = [
            (json!({}), None, InVpc),
            (json!({"ipAddressType": "DUALSTACK"}), None, InVpc),
            (json!({"ipAddressType": "IPV6"}), None, Public),
            (says_public.clone(), None, Public),
            (says_public, Some("IN_VPC"), InVpc),
            (says_in_vpc.clone(), Some("PUBLIC"), Public),
            (says_in_vpc, Some("A_LATER_WORD"), InVpc),
        ];
        for (spec, held, expected) in table {
            assert_eq!(resolution(&gateway(spec.clone(), held)), expected, "{spec} {held:?}");
        }
    }

    #[test]
    fn only_a_single_endpoint_is_for_agentcore() {
        for (kind, fits) in [(json!(null), true), (json!("SINGLE"), true)]
            .into_iter()
            .chain(["GROUP", "CHILD", "ARN", "CIDR"].map(|kind| (json!(kind), false)))
        {
            let spec = serde_json::from_value(json!({"type": kind})).unwrap();
            let mut configuration = ResourceConfiguration::new("rest", spec);
            configuration.metadata.namespace = Some("platform".to_owned());
            match no_single_endpoint(&configuration) {
                None => assert!(fits, "{kind}"),
                Some(why) => {
                    assert!(!fits, "{kind}");
                    let start = format!("ResourceConfiguration platform/rest is of type {}, ", kind.as_str().unwrap());
                    assert!(why.starts_with(&start) && why.contains("SINGLE"), "{why}");
                }
            }
        }
    }
}
