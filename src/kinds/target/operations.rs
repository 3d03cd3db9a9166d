//! Requests that change targets, within what AWS runs at once on one gateway.

use aws_config::retry::RetryConfig;
use aws_sdk_bedrockagentcorecontrol as agentcore;
use aws_sdk_bedrockagentcorecontrol::operation::{
    create_gateway_target::builders::CreateGatewayTargetInputBuilder,
    delete_gateway_target::builders::DeleteGatewayTargetInputBuilder,
    synchronize_gateway_targets::builders::SynchronizeGatewayTargetsInputBuilder,
    update_gateway_target::builders::UpdateGatewayTargetInputBuilder,
};
use aws_sdk_bedrockagentcorecontrol::types::TargetStatus;
use tokio::time::Instant;

use super::{
    super::{World, busy, not_made, refused},
    stage,
};
use crate::{
    api::GatewayTargetFacts,
    aws::{Absent, Fault, FaultKind, Scope, inventory::Running},
    plan::{Hold, Reason},
};

/// How many target operations AWS runs at once on one gateway (its published quota). One is kept for deletes, so that what is stuck in
/// creation can always be taken away.
const OPERATIONS_AT_ONCE: usize = 5;

/// Makes a target.
pub(super) async fn create(
    request: CreateGatewayTargetInputBuilder,
    facts: &mut GatewayTargetFacts,
    world: &World,
) -> Result<Hold, Hold> {
    let token = request.get_client_token().clone();
    let configuration = request.get_target_configuration().clone();
    let answer = make(request, facts, world).await;
    stage::performed(answer, configuration.as_ref(), token.as_deref(), facts, world).await
}

async fn make(
    request: CreateGatewayTargetInputBuilder,
    facts: &mut GatewayTargetFacts,
    world: &World,
) -> Result<Hold, Hold> {
    let aws = &world.aws;
    let gateway = request.get_gateway_identifier().clone().unwrap_or_default();
    let name = request.get_name().clone().unwrap_or_default();
    let _running = place(world, &gateway, &name, OPERATIONS_AT_ONCE - 1).await?;
    match aws.call("CreateGatewayTarget", request.send_with(aws.agentcore())).await {
        Ok(answer) => {
            facts.gateway_id = Some(gateway);
            // The answer to a repeated create need not say what was made; then the next look finds it.
            if !answer.target_id.is_empty() {
                facts.target_id = Some(answer.target_id);
                facts.name = Some(answer.name);
                facts.aws_status = Some(answer.status.as_str().to_owned());
            }
            Ok(Hold::waiting(Reason::Creating, "AWS is creating the target"))
        }
        Err(fault) if fault.kind == FaultKind::Conflict => Err(not_made("target", &fault)),
        Err(fault) => Err(crowded(world, &gateway, fault)),
    }
}

/// Replaces a target's configuration.
pub(super) async fn update(
    request: UpdateGatewayTargetInputBuilder,
    facts: &mut GatewayTargetFacts,
    world: &World,
) -> Result<Hold, Hold> {
    let configuration = request.get_target_configuration().clone();
    let answer = replace(request, facts, world).await;
    stage::performed(answer, configuration.as_ref(), None, facts, world).await
}

async fn replace(
    request: UpdateGatewayTargetInputBuilder,
    facts: &mut GatewayTargetFacts,
    world: &World,
) -> Result<Hold, Hold> {
    let aws = &world.aws;
    let gateway = request.get_gateway_identifier().clone().unwrap_or_default();
    let name = request.get_name().clone().unwrap_or_default();
    let _running = place(world, &gateway, &name, OPERATIONS_AT_ONCE - 1).await?;
    match aws.call("UpdateGatewayTarget", request.send_with(aws.agentcore())).await {
        Ok(answer) => {
            facts.aws_status = Some(answer.status.as_str().to_owned());
            Ok(Hold::waiting(Reason::Updating, "AWS is updating the target"))
        }
        Err(fault) if fault.kind == FaultKind::Conflict => {
            Err(busy(Reason::Updating, "AWS is busy with the target; the update follows", &fault))
        }
        Err(fault) => Err(crowded(world, &gateway, fault)),
    }
}

/// Has AWS read the tools of a target's server again. The request has no token, so the SDK must not send it twice: when the answer is lost,
/// the next look tells whether AWS took it.
pub(super) async fn synchronize(
    request: SynchronizeGatewayTargetsInputBuilder,
    facts: &mut GatewayTargetFacts,
    world: &World,
) -> Result<Hold, Hold> {
    let aws = &world.aws;
    let once = agentcore::Config::builder().retry_config(RetryConfig::disabled());
    let send = aws
        .agentcore()
        .synchronize_gateway_targets()
        .set_gateway_identifier(request.get_gateway_identifier().clone())
        .set_target_id_list(request.get_target_id_list().clone())
        .customize()
        .config_override(once)
        .send();
    match aws.call("SynchronizeGatewayTargets", send).await {
        Ok(_) => {
            facts.aws_status = Some(TargetStatus::Synchronizing.as_str().to_owned());
            Ok(Hold::waiting(Reason::Synchronizing, "AWS is reading the target's tools"))
        }
        Err(fault) if fault.kind == FaultKind::Conflict => {
            Err(busy(Reason::Synchronizing, "AWS is busy with the target; its tools are read after that", &fault))
        }
        Err(fault) => Err(refused(fault)),
    }
}

/// Deletes a target.
pub(super) async fn delete(
    request: DeleteGatewayTargetInputBuilder,
    facts: &GatewayTargetFacts,
    world: &World,
) -> Result<Hold, Hold> {
    let aws = &world.aws;
    let gateway = request.get_gateway_identifier().clone().unwrap_or_default();
    let _running = place(world, &gateway, facts.name.as_deref().unwrap_or_default(), OPERATIONS_AT_ONCE).await?;
    match aws.call("DeleteGatewayTarget", request.send_with(aws.agentcore())).await.absent() {
        Ok(_) => Ok(Hold::waiting(Reason::Deleting, "AWS is deleting the target")),
        Err(fault) if fault.kind == FaultKind::Conflict => {
            Err(busy(Reason::Deleting, "AWS is still working on the target; it is deleted after that", &fault))
        }
        Err(fault) => Err(crowded(world, &gateway, fault)),
    }
}

/// One of the places that AWS has for operations at once on the gateway.
async fn place<'world>(
    world: &'world World,
    gateway: &str,
    target: &str,
    places: usize,
) -> Result<Running<'world>, Hold> {
    let inventory = world.aws.inventory();
    let recently = Instant::now().checked_sub(world.settings.retry_floor).unwrap_or_else(Instant::now);
    let listing = inventory.list(&world.aws, &Scope::Targets(gateway.to_owned()), recently).await?;
    inventory.begin_operation(gateway, target, &listing, places).ok_or_else(|| {
        Hold::waiting(
            Reason::Throttled,
            format!("Waits for its turn: AWS runs {OPERATIONS_AT_ONCE} target operations at once on a gateway, and they are all taken"),
        )
    })
}

/// A quota that is used up while other operations run is the one of operations at once, which passes by itself.
fn crowded(world: &World, gateway: &str, fault: Fault) -> Hold {
    let listing = world.aws.inventory().latest(&Scope::Targets(gateway.to_owned()));
    let others_run = listing.is_some_and(|listing| listing.items.values().any(|item| item.status.ends_with("ING")));
    if fault.kind == FaultKind::Quota && others_run {
        return Hold::Failed(Fault { kind: FaultKind::Throttled, ..fault });
    }
    refused(fault)
}
