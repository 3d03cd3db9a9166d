//! A list that breaks off in the middle: what its rest would have told is unknown, and never gone.

use lab::aws::{Fault, FaultHandle};
use lab::world::World;

use crate::cluster::{look_again, wipe_status};
use crate::ledger::deleted_once;
use crate::set::{self, GATEWAY, KINDS, Kind, RESOURCE_CONFIGURATION, RESOURCE_GATEWAY, TARGET, apply_all};
use crate::stage::{self, NAMESPACE, expect, until};

/// The objects of the second page; the set's own are on the first.
const SECOND: &str = "second";

#[tokio::test]
async fn what_a_broken_list_does_not_tell_is_not_gone() -> anyhow::Result<()> {
    let errors = [(500, "InternalServerException"), (400, "ValidationException"), (429, "ThrottlingException")];
    let rows = errors.into_iter().enumerate().map(async |(number, (status, code))| {
        let outcome = broken(&format!("pages-{number}"), status, code).await;
        outcome.map_err(|error| error.context(format!("{code} on every second page")))
    });
    futures::future::try_join_all(rows).await.map(drop)
}

async fn broken(name: &str, status: u16, code: &str) -> anyhow::Result<()> {
    let world = stage::start_with(name, |options| options.aws.page_size = 1).await?;
    set::apply(&world).await?;
    set::ready(&world).await?;
    apply_all(
        &world,
        &[
            set::gateway(SECOND),
            set::resource_gateway(SECOND),
            set::resource_configuration(SECOND, RESOURCE_GATEWAY.object),
            set::target(SECOND, GATEWAY.object),
        ],
    )
    .await?;
    all_ready(&world).await?;
    let faults = break_second_pages(&world, status, code).await?;
    let ledger = world.aws.mark();
    // The id is lost for some, a look is asked for at others, and some are to be deleted.
    for kind in [GATEWAY, RESOURCE_CONFIGURATION] {
        wipe_status(&world, kind, SECOND).await?;
    }
    look_again(&world, TARGET, SECOND, "now").await?;
    world.delete(TARGET.name, NAMESPACE, SECOND).await?;
    world.delete(RESOURCE_GATEWAY.name, NAMESPACE, SECOND).await?;
    // What the last whole list showed may still go; then there is one page only.
    let is_broken = |(kind, fault): (&Kind, &FaultHandle)| fault.hits() >= 6 || set::owned(&world, *kind).len() == 1;
    let broken = || KINDS.iter().zip(&faults).all(is_broken);
    until(&world, "every list breaks off several times", broken).await?;
    let changes: Vec<_> =
        world.aws.mutations_since(ledger).into_iter().filter(|call| !call.operation.starts_with("Delete")).collect();
    expect(&world, changes.is_empty(), format!("AWS was changed: {changes:#?}")).await?;
    for kind in [TARGET, RESOURCE_GATEWAY] {
        let in_aws = set::owned(&world, kind).len();
        let here = usize::from(world.find(kind.name, NAMESPACE, SECOND).await?.is_some()) + 1;
        expect(&world, here >= in_aws, format!("{} was let go and AWS has it", kind.name)).await?;
    }
    faults.iter().for_each(FaultHandle::stop);
    for kind in [TARGET, RESOURCE_GATEWAY] {
        world.gone(kind.name, NAMESPACE, SECOND).await?;
    }
    for kind in [GATEWAY, RESOURCE_CONFIGURATION] {
        world.ready(kind.name, NAMESPACE, SECOND).await?;
    }
    set::ready(&world).await?;
    let created = world.aws.calls_since(ledger).iter().filter(|call| call.operation.starts_with("Create")).count();
    expect(&world, created == 0, "something was created").await?;
    for kind in KINDS {
        world.delete(kind.name, NAMESPACE, SECOND).await?;
    }
    set::delete(&world).await?;
    for kind in KINDS {
        world.gone(kind.name, NAMESPACE, SECOND).await?;
    }
    set::gone(&world).await?;
    deleted_once(&world.aws.calls())
}

async fn all_ready(world: &World) -> anyhow::Result<()> {
    set::ready(world).await?;
    for kind in KINDS {
        world.ready(kind.name, NAMESPACE, SECOND).await?;
    }
    Ok(())
}

/// Lets every list fail whose call carries a token of a further page.
async fn break_second_pages(world: &World, status: u16, code: &str) -> anyhow::Result<Vec<FaultHandle>> {
    let mut faults = Vec::new();
    for kind in KINDS {
        let operation = list_of(kind);
        let token = || {
            let calls = world.aws.calls_of(operation);
            let of_gateway = |call: &&lab::aws::Call| !call.input["nextToken"].is_null();
            calls.iter().rev().find(of_gateway).map(|call| call.input["nextToken"].clone())
        };
        let token = world.wait_for("a second page is read", lab::world::PATIENCE, async || token()).await?;
        let fault = Fault::on(operation).matching("/nextToken", token);
        faults.push(world.aws.inject(fault.error_before_commit(status, code).always()));
    }
    Ok(faults)
}

fn list_of(kind: Kind) -> &'static str {
    match kind {
        GATEWAY => "ListGateways",
        TARGET => "ListGatewayTargets",
        RESOURCE_GATEWAY => "ListResourceGateways",
        _ => "ListResourceConfigurations",
    }
}
