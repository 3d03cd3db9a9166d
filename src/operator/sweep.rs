//! The sweep: AWS is listed at an interval, and what is listed otherwise than before is looked at. One List per gateway and per kind tells
//! of everything; no object is read for it.

use std::{collections::HashSet, sync::Arc};

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::wakes::Wakes;
use crate::{
    api::{Gateway, GatewayTarget, ResourceConfiguration, ResourceGateway},
    aws::{Scope, Urgency, refusals},
    kinds::World,
    reconcile::Context,
};

/// Sweeps until the process ends. To be started when the copies are in sync.
pub(super) async fn run(context: Arc<Context>, wakes: Wakes) {
    let mut moved = context.world.aws.inventory().listen();
    tokio::spawn(async move {
        while let Some(moved) = moved.recv().await {
            wakes.moved(&moved);
        }
    });
    let world = &context.world;
    let mut ticks = interval(world.settings.drift_interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick is at once, and after a start everything is looked at anyway.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        sweep(world).await;
    }
}

async fn sweep(world: &World) {
    let aws = world.aws.at(Urgency::Sweep);
    let scopes = scopes(world);
    aws.inventory().retain(|scope| scopes.contains(scope));
    for scope in scopes {
        refusals::remembered(async {
            if let Err(fault) = aws.inventory().list(&aws, &scope, Instant::now()).await {
                let request = refusals::request_behind(&fault.message);
                tracing::warn!(?scope, %fault, aws.request_id = request, "the sweep could not list");
            }
        })
        .await;
    }
}

/// What there is to list: only what objects here are made of.
fn scopes(world: &World) -> HashSet<Scope> {
    let stores = world.cluster.stores();
    let mut scopes = HashSet::new();
    let gateways = stores.select::<Gateway, _>(|gateway| Some(gateway.status.as_ref()?.facts.gateway_id.clone()));
    if !gateways.is_empty() {
        scopes.insert(Scope::Gateways);
    }
    scopes.extend(gateways.into_iter().flatten().map(Scope::Targets));
    scopes.extend(
        stores.select::<GatewayTarget, _>(|target| {
            Some(Scope::Targets(target.status.as_ref()?.facts.gateway_id.clone()?))
        }),
    );
    if !stores.select::<ResourceGateway, _>(|_| Some(())).is_empty() {
        scopes.insert(Scope::ResourceGateways);
    }
    if !stores.select::<ResourceConfiguration, _>(|_| Some(())).is_empty() {
        scopes.insert(Scope::ResourceConfigurations);
    }
    scopes
}
