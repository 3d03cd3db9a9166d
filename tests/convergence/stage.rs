//! Worlds for these tests, and looking at them with patience.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use lab::aws::{Aws, FaultHandle};
use lab::operator::{Operator, OperatorOptions};
use lab::world::{PATIENCE, World, WorldOptions};

/// The operator.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_agentcore-gateway-operator");

/// The one namespace of most worlds here, as manifests call it.
pub(crate) const NAMESPACE: &str = "platform";

/// A world with one namespace and frequent sweeps: fewer watches, quicker starts.
pub(crate) fn options() -> WorldOptions {
    let labels = BTreeMap::from([("agentcore".to_owned(), "yes".to_owned())]);
    let arguments = ["--retry-floor=100ms", "--retry-cap=1s", "--drift-interval=1s"];
    WorldOptions {
        namespaces: vec![(NAMESPACE.to_owned(), labels)],
        operator_arguments: arguments.map(str::to_owned).to_vec(),
        ..WorldOptions::default()
    }
}

/// Starts such a world.
pub(crate) async fn start(name: &str) -> anyhow::Result<World> {
    start_with(name, |_| {}).await
}

/// Starts such a world, made to measure.
pub(crate) async fn start_with(name: &str, change: impl FnOnce(&mut WorldOptions)) -> anyhow::Result<World> {
    let mut options = options();
    change(&mut options);
    World::start_with(BINARY, name, options).await.with_context(|| format!("world {name}"))
}

/// Starts another operator for a world, at this AWS and in this region, that is at work whoever else is.
pub(crate) async fn another_operator(
    world: &World,
    cluster: &str,
    aws: &Aws,
    region: &str,
) -> anyhow::Result<Operator> {
    let control_plane = world.control_plane;
    let mut arguments = options().operator_arguments;
    arguments.push(format!("--watch-namespaces={}", world.namespace(NAMESPACE)));
    arguments.push(format!("--cluster-name={cluster}"));
    arguments.push("--leader-elect=false".to_owned());
    let mut operator = Operator::start(OperatorOptions {
        binary: BINARY.into(),
        kubeconfig: control_plane.kubeconfig_for(&format!("another:{cluster}"), Some("system:masters"))?,
        aws_endpoint: aws.endpoint(),
        log: control_plane.directory().join(format!("another-{cluster}.log")),
        arguments,
        // Whoever set RUST_BACKTRACE still reads why it ended, in its last line.
        environment: BTreeMap::from([
            ("AWS_REGION".to_owned(), region.to_owned()),
            ("RUST_BACKTRACE".to_owned(), "1".to_owned()),
        ]),
    })?;
    operator.wait_until_ready().await?;
    Ok(operator)
}

/// Waits until a fault has happened to a call.
pub(crate) async fn hit(world: &World, fault: &FaultHandle) -> anyhow::Result<()> {
    hits(world, fault, 1).await
}

/// Waits until a fault has happened to so many calls.
pub(crate) async fn hits(world: &World, fault: &FaultHandle, count: usize) -> anyhow::Result<()> {
    until(world, &format!("the fault has happened {count} times"), || fault.hits() >= count).await
}

/// Waits until something is so.
pub(crate) async fn until(world: &World, what: &str, mut is_so: impl FnMut() -> bool) -> anyhow::Result<()> {
    world.wait_for(what, PATIENCE, async || is_so().then_some(())).await
}

/// Says that something must be so now; the error tells the state of the world.
pub(crate) async fn expect(world: &World, is_so: bool, what: impl std::fmt::Display) -> anyhow::Result<()> {
    if !is_so {
        anyhow::bail!("{what}\n{}", world.report().await);
    }
    Ok(())
}

/// Lets some sweeps pass: whoever would do something wrong has had every opportunity.
pub(crate) async fn sweeps(world: &World, count: usize) -> anyhow::Result<()> {
    let mark = world.aws.mark();
    let lists = |world: &World| {
        let calls = world.aws.calls_since(mark);
        calls.iter().filter(|call| call.operation == "ListGateways" && call.input["nextToken"].is_null()).count()
    };
    world.wait_for(&format!("{count} sweeps"), PATIENCE, async || (lists(world) >= count).then_some(())).await
}

/// A short real pause, for what has no event to wait for.
pub(crate) async fn pause(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}
