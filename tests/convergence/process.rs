//! The operator as a process that is asked to end in the middle of something.

use std::time::Duration;

use lab::aws::Fault;

use crate::ledger::{created_once, deleted_once};
use crate::set::{self, GATEWAY, Kind, RESOURCE_CONFIGURATION, RESOURCE_GATEWAY, TARGET};
use crate::stage::{self, NAMESPACE, expect, hit};

/// What Kubernetes gives a pod by default.
const GRACE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn asked_to_end_it_records_what_it_began_and_the_next_one_goes_on() -> anyhow::Result<()> {
    let mut world = stage::start("terminated").await?;
    let creations: [(Kind, &str); 4] = [
        (GATEWAY, "CreateGateway"),
        (RESOURCE_GATEWAY, "CreateResourceGateway"),
        (RESOURCE_CONFIGURATION, "CreateResourceConfiguration"),
        (TARGET, "CreateGatewayTarget"),
    ];
    for (kind, operation) in creations {
        let mark = world.aws.mark();
        let fault = world.aws.inject(Fault::on(operation).hold_after_commit());
        set::apply(&world).await?;
        hit(&world, &fault).await?;
        let answer = async {
            stage::pause(300).await;
            fault.release();
        };
        let (status, ()) = futures::future::join(world.operator.terminate(GRACE), answer).await;
        let status = status?;
        expect(&world, status.success(), format!("during {operation}: {status}")).await?;
        let object = world.get(kind.name, NAMESPACE, kind.object).await?;
        let known = &object["status"][kind.id];
        expect(&world, known.is_string(), format!("{operation} was answered, and the id was not recorded")).await?;
        world.operator.restart().await?;
        set::ready(&world).await?;
        set::one_of_each(&world).await?;
        let calls = world.aws.calls_since(mark);
        created_once(&calls)?;
        let asked = calls.iter().filter(|call| call.operation == operation).count();
        expect(&world, asked == 1, format!("{operation} was recorded and sent {asked} times")).await?;
        set::delete(&world).await?;
        set::gone(&world).await?;
        deleted_once(&world.aws.calls_since(mark))?;
    }
    Ok(())
}

#[tokio::test]
async fn asked_to_end_while_it_waits_for_aws_it_ends_well() -> anyhow::Result<()> {
    let mut world = stage::start("terminated-early").await?;
    world.operator.kill();
    world.aws.set_down(true);
    let mark = world.aws.mark();
    world.operator.restart().await?;
    stage::until(&world, "it asks AWS who it is", || world.aws.calls_since(mark).len() >= 3).await?;
    let status = world.operator.terminate(GRACE).await?;
    world.aws.set_down(false);
    expect(&world, status.success(), format!("it ended with {status}")).await
}
