//! What many settled objects cost: memory and processor time, with the operator's own defaults.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{mega, target, wait};
use crate::aws::{AwsOptions, Limits, Provisioning};
use crate::objects::is_ready;
use crate::world::{GATEWAY, World, WorldOptions};

/// How many gateways there are, and how many targets each has: AWS's default quota.
const GATEWAYS: usize = 10;
const TARGETS_EACH: usize = 100;

/// How long memory and processor time are looked at.
const WHILE: Duration = Duration::from_mins(2);

/// Measures and prints: without any object, with all of them just created, and with all of them there at the start.
pub(super) async fn measure(program: &Path) -> anyhow::Result<()> {
    let mut world = World::start_with(program, "settled", options()).await?;
    tokio::time::sleep(Duration::from_secs(10)).await;
    println!("resident memory, idle                      {:>9.1} MB", mega(world.operator.resident_memory()?));
    let (started, busy) = (Instant::now(), world.operator.processor_time()?);
    create(&world).await?;
    let all = GATEWAYS * (TARGETS_EACH + 1);
    println!("{all} objects, apply to Ready             {:>9.1} s", started.elapsed().as_secs_f64());
    let spent = world.operator.processor_time()?.saturating_sub(busy);
    println!("{all} objects, processor time of it       {:>9.1} s", spent.as_secs_f64());
    settled(&world, &format!("{all} settled objects")).await?;
    let mark = world.mark();
    world.operator.restart().await?;
    // The first look at everything is over.
    tokio::time::sleep(Duration::from_secs(30)).await;
    println!("{all} settled, restarted: Kubernetes writes of it {:>9}", world.writes_since(mark).total());
    settled(&world, &format!("{all} settled, restarted")).await
}

/// Prints what the operator costs that has nothing to do.
async fn settled(world: &World, what: &str) -> anyhow::Result<()> {
    let (mark, busy) = (world.mark(), world.operator.processor_time()?);
    tokio::time::sleep(WHILE).await;
    let spent = world.operator.processor_time()?.saturating_sub(busy);
    println!("{what}: resident memory    {:>9.1} MB", mega(world.operator.resident_memory()?));
    println!("{what}: processor          {:>9.2} %", 100.0 * spent.as_secs_f64() / WHILE.as_secs_f64());
    println!("{what}: Kubernetes writes  {:>9}", world.writes_since(mark).total());
    Ok(())
}

async fn create(world: &World) -> anyhow::Result<()> {
    for number in 0..GATEWAYS {
        let gateway = format!("agents-{number}");
        world.apply(&GATEWAY.replace("name: agents", &format!("name: {gateway}"))).await?;
        let targets = (0..TARGETS_EACH).map(|target_number| target(&format!("{gateway}-{target_number}"), &gateway));
        world.apply(&targets.collect::<Vec<_>>().join("---\n")).await?;
    }
    let all = async || {
        let objects: Vec<Value> = world.list("GatewayTarget", "platform").await.ok()?;
        (objects.len() == GATEWAYS * TARGETS_EACH && objects.iter().all(is_ready)).then_some(())
    };
    wait(world, all).await
}

/// AWS without rates, and the operator's rates far above what it needs: neither's patience is what is measured.
fn options() -> WorldOptions {
    let limits = Limits { concurrent_target_operations: Some(5), ..Limits::off() };
    let aws = AwsOptions { speed: 100.0, provisioning: Provisioning::instant(), limits, ..AwsOptions::default() };
    let operator_arguments = vec!["--aws-rate=1000/500".to_owned()];
    WorldOptions { aws, operator_arguments, ..WorldOptions::default() }
}
