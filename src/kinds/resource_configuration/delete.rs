//! Deleting a resource configuration, and what stands in its way.

use aws_sdk_vpclattice::operation::delete_resource_configuration::builders::DeleteResourceConfigurationInputBuilder;

use super::super::{name_some, refused};
use crate::{
    aws::{Absent, Aws, Fault, FaultKind, Scope, Summary},
    plan::{Hold, Reason},
};

/// Deletes a resource configuration. AgentCore lets go of its association minutes after the last target is gone; until then AWS says so
/// with a `ValidationException` that only its text tells from others, or with a conflict. A group with children is refused, too.
pub(super) async fn delete(aws: &Aws, request: DeleteResourceConfigurationInputBuilder) -> Result<Hold, Hold> {
    let id = request.get_resource_configuration_identifier().clone().unwrap_or_default();
    let answer = aws.call("DeleteResourceConfiguration", request.send_with(aws.lattice())).await.absent();
    let Err(fault) = answer else {
        return Ok(Hold::waiting(Reason::Deleting, "VPC Lattice is deleting the resource configuration"));
    };
    let associated = fault.message.contains("existing association");
    if !associated && matches!(fault.kind, FaultKind::Conflict | FaultKind::Refused) {
        let children = children(aws, &id).await?;
        if !children.is_empty() {
            return Err(Hold::stalled(
                Reason::InUse,
                format!(
                    "Resource configurations that are no objects here are children of this group; delete them in AWS: {}",
                    name_some(&children)
                ),
            ));
        }
    }
    if associated || fault.kind == FaultKind::Conflict {
        return Err(Hold::waiting(
            Reason::WaitingForAssociation,
            format!(
                "AWS still associates the resource configuration with a service network, and lets go minutes after its last target: {}",
                fault.message
            ),
        ));
    }
    Err(refused(fault))
}

/// The names of the children that a group has in AWS.
async fn children(aws: &Aws, group: &str) -> Result<Vec<String>, Fault> {
    let listing = aws.inventory().list(aws, &Scope::ResourceConfigurations, tokio::time::Instant::now()).await?;
    let belongs = |item: &&Summary| item.group.as_deref() == Some(group) && !item.status.starts_with("DELETE");
    let mut names: Vec<String> = listing.items.values().filter(belongs).map(|item| item.name.clone()).collect();
    names.sort();
    Ok(names)
}
