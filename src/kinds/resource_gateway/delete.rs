//! Deleting a resource gateway.

use aws_sdk_vpclattice::operation::delete_resource_gateway::builders::DeleteResourceGatewayInputBuilder;

use super::super::{World, name_some, refused};
use crate::{
    aws::{Absent, FaultKind, Scope, Summary},
    plan::{Hold, Reason},
};

/// VPC Lattice refuses it while there are resource configurations on the resource gateway.
pub(super) async fn delete(world: &World, request: DeleteResourceGatewayInputBuilder) -> Result<Hold, Hold> {
    let aws = &world.aws;
    let id = request.get_resource_gateway_identifier().clone().unwrap_or_default();
    match aws.call("DeleteResourceGateway", request.send_with(aws.lattice())).await.absent() {
        Ok(_) => Ok(Hold::waiting(Reason::Deleting, "VPC Lattice is deleting the resource gateway")),
        Err(fault) if fault.kind == FaultKind::Conflict => {
            let listing =
                aws.inventory().list(aws, &Scope::ResourceConfigurations, tokio::time::Instant::now()).await?;
            let on_it = |item: &&Summary| item.parent.as_ref() == Some(&id) && !item.status.starts_with("DELETE");
            let mut names: Vec<String> = listing.items.values().filter(on_it).map(|item| item.name.clone()).collect();
            names.sort();
            Err(if names.is_empty() {
                Hold::waiting(
                    Reason::WaitingForAssociation,
                    "VPC Lattice is still letting go of what was on the resource gateway",
                )
            } else {
                Hold::stalled(
                    Reason::InUse,
                    format!(
                        "Resource configurations that are no objects here are on the resource gateway; delete them in AWS: {}",
                        name_some(&names)
                    ),
                )
            })
        }
        Err(fault) => Err(refused(fault)),
    }
}
