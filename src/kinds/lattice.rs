//! What the two kinds of VPC Lattice have in common: ARNs.

use crate::aws::Account;

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
