//! What the scenarios have in common: their worlds, and looks at objects.

use std::time::Duration;

use anyhow::Context;
use lab::aws::{AwsOptions, ObjectKind, Provisioning};
use lab::mcp::{McpServer, Personality};
use lab::objects::condition;
use lab::world::{PATIENCE, World, WorldOptions};
use serde_json::Value;

use crate::manifests;

/// The operator under test.
pub(crate) const OPERATOR: &str = env!("CARGO_BIN_EXE_agentcore-gateway-operator");

/// The finalizer that every object has while AWS may have something of it.
pub(crate) const FINALIZER: &str = "tools.agentcore.dev/finalizer";

/// What takes this long has to be brought to its end with [`lab::aws::Aws::advance`].
pub(crate) const FOR_EVER: Duration = Duration::from_hours(10_000);

/// What the sweep asks of a world with objects of every kind.
pub(crate) const LISTS: [&str; 4] =
    ["ListGatewayTargets", "ListGateways", "ListResourceConfigurations", "ListResourceGateways"];

/// A world in which AWS works in fractions of a second.
pub(crate) async fn world(name: &str) -> anyhow::Result<World> {
    World::start_with(OPERATOR, name, options()).await
}

/// A world whose operator has more arguments.
pub(crate) async fn world_with(name: &str, arguments: &[&str]) -> anyhow::Result<World> {
    let mut options = options();
    options.operator_arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    World::start_with(OPERATOR, name, options).await
}

/// A world with an AWS of its own kind.
pub(crate) async fn world_on(name: &str, aws: impl FnOnce(&mut AwsOptions)) -> anyhow::Result<World> {
    let mut options = options();
    aws(&mut options.aws);
    World::start_with(OPERATOR, name, options).await
}

/// A world in which some of what AWS does takes as long as the test wants.
pub(crate) async fn world_taking(name: &str, times: impl FnOnce(&mut Provisioning)) -> anyhow::Result<World> {
    world_on(name, |aws| times(&mut aws.provisioning)).await
}

/// A world that is made to measure.
pub(crate) async fn world_of(name: &str, options: WorldOptions) -> anyhow::Result<World> {
    World::start_with(OPERATOR, name, options).await
}

/// What a world is made of when nothing else is said.
pub(crate) fn options() -> WorldOptions {
    let arguments = ["--retry-floor=200ms", "--retry-cap=1s", "--drift-interval=500ms"];
    WorldOptions {
        aws: AwsOptions { speed: 400.0, ..AwsOptions::default() },
        operator_arguments: arguments.map(str::to_owned).to_vec(),
        ..WorldOptions::default()
    }
}

/// The gateway of most scenarios, Ready.
pub(crate) async fn gateway(world: &World) -> anyhow::Result<Value> {
    world.apply(manifests::GATEWAY).await?;
    world.ready("Gateway", "platform", "agents").await
}

/// The MCP server behind the load balancer of most scenarios.
pub(crate) async fn everyday_server(world: &World) -> anyhow::Result<McpServer> {
    world.mcp_server("https://internal.example.com/mcp-server/mcp", Personality::Everyday).await
}

/// The other MCP server there.
pub(crate) async fn stock_server(world: &World) -> anyhow::Result<McpServer> {
    world.mcp_server("https://internal.example.com/stock-mcp/mcp", Personality::Stock).await
}

/// A text in an object, by JSON pointer.
pub(crate) fn text<'a>(object: &'a Value, pointer: &str) -> anyhow::Result<&'a str> {
    object.pointer(pointer).and_then(Value::as_str).with_context(|| format!("no text at {pointer} in {object:#}"))
}

/// Status and reason of a condition, as `True/Settled`; nothing when the object does not have the condition.
pub(crate) fn verdict(object: &Value, of: &str) -> Option<String> {
    let found = condition(object, of)?;
    Some(format!("{}/{}", found["status"].as_str()?, found["reason"].as_str()?))
}

/// The message of a condition, empty when the object does not have it.
pub(crate) fn message(object: &Value, of: &str) -> String {
    condition(object, of).and_then(|found| found["message"].as_str()).unwrap_or_default().to_owned()
}

/// The types of the object's conditions, sorted.
pub(crate) fn condition_types(object: &Value) -> Vec<&str> {
    let conditions = object["status"]["conditions"].as_array();
    let mut types: Vec<&str> =
        conditions.into_iter().flatten().filter_map(|condition| condition["type"].as_str()).collect();
    types.sort_unstable();
    types
}

/// Waits until a member of an object is what it has to be, and answers with the object.
pub(crate) async fn becomes(
    world: &World,
    (kind, namespace, name): (&str, &str, &str),
    pointer: &str,
    expected: Value,
) -> anyhow::Result<Value> {
    let look = async || {
        let object = world.find(kind, namespace, name).await.ok().flatten()?;
        (object.pointer(pointer).unwrap_or(&Value::Null) == &expected).then_some(object)
    };
    world.wait_for(&format!("{kind} {namespace}/{name} has {expected} at {pointer}"), PATIENCE, look).await
}

/// Waits until AWS was swept this many times more: what the operator would do, it has done by then.
pub(crate) async fn sweeps(world: &World, times: usize) -> anyhow::Result<()> {
    let mark = world.aws.mark();
    let look = async || {
        let calls = world.aws.calls_since(mark);
        let swept = |list: &str| calls.iter().filter(|call| call.operation == list).count() >= times;
        LISTS.into_iter().any(swept).then_some(())
    };
    world.wait_for(&format!("AWS is swept {times} times"), PATIENCE, look).await
}

/// Waits until AWS was asked for this after a mark, successfully or not.
pub(crate) async fn called(world: &World, mark: usize, operation: &str, times: usize) -> anyhow::Result<()> {
    let count = || world.aws.calls_since(mark).iter().filter(|call| call.operation == operation).count();
    let look = async || (count() >= times).then_some(());
    world.wait_for(&format!("{operation} was called {times} times"), PATIENCE, look).await
}

/// The one object of a kind in AWS with this value somewhere, as [`lab::aws::Aws::objects`] tells it.
pub(crate) fn in_aws(world: &World, kind: ObjectKind, member: &str, value: &str) -> anyhow::Result<Value> {
    let mut found: Vec<Value> =
        world.aws.objects(kind).into_iter().filter(|object| object[member].as_str() == Some(value)).collect();
    anyhow::ensure!(found.len() == 1, "{} objects {kind:?} with {member} {value} in AWS: {found:#?}", found.len());
    Ok(found.remove(0))
}

/// What kubectl printed, standard error included, and whether it was content.
pub(crate) async fn kubectl(world: &World, arguments: &[&str]) -> anyhow::Result<(bool, String)> {
    let output = world.control_plane.kubectl().args(arguments).output().await?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Ok((output.status.success(), said))
}
