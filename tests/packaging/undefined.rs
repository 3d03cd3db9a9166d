//! An operator in a cluster that does not have its custom resource definitions (yet).

use std::time::Duration;

use anyhow::Context;
use lab::world::{PATIENCE, World, crd_directory};
use serde_json::Value;

use crate::busy::{GATEWAY, NAMESPACE, OPERATOR, options};

const DEFINITION: &str = "apiextensions.k8s.io/v1/CustomResourceDefinition";
const TARGETS: &str = "gatewaytargets.tools.agentcore.dev";

#[tokio::test]
async fn without_its_definitions_it_is_not_ready_says_which_and_goes_on_when_they_are_there() -> anyhow::Result<()> {
    let mut options = options();
    options.operator_arguments.push("--log-format=json".to_owned());
    let mut world = World::start_alone(OPERATOR, "undefined", options).await?;
    world.operator.kill();
    undefine(&world).await?;

    let before = world.operator.logs().len();
    world.operator.begin()?;
    let told = async || (warnings(&world, before) == 1).then_some(());
    world.wait_for("it says which definition is missing", PATIENCE, told).await?;
    // It asks some times more meanwhile.
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert!(world.operator.answers("healthz").await?, "it lives");
    assert!(!world.operator.answers("readyz").await?, "it is ready and knows no targets");
    let said = world.operator.logs();
    assert!(!said[before..].contains("caches are in sync"), "{}", &said[before..]);
    assert_eq!(warnings(&world, before), 1, "{}", &said[before..]);

    define(&world).await?;
    world.operator.wait_until_ready().await?;
    world.apply(GATEWAY).await?;
    world.ready("Gateway", NAMESPACE, "agents").await?;
    assert_eq!(warnings(&world, before), 1, "nothing is missing any more");

    // Whoever takes them away under its feet is told, too.
    undefine(&world).await?;
    let told = async || (warnings(&world, before) == 2).then_some(());
    world.wait_for("it says again which definition is missing", PATIENCE, told).await
}

/// How often it told, since this place in its log, that the definition is missing, and what to do.
fn warnings(world: &World, since: usize) -> usize {
    let log = world.operator.logs();
    let lines = log[since..].lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let is_it = |line: &Value| {
        let said = line["msg"].as_str().unwrap_or_default();
        line["level"] == "warn" && line["crd"] == TARGETS && said.contains("crds/") && said.contains("crds.enabled")
    };
    lines.filter(is_it).count()
}

async fn undefine(world: &World) -> anyhow::Result<()> {
    world.objects().delete(DEFINITION, "", TARGETS).await?;
    let look = async || world.objects().find(DEFINITION, "", TARGETS).await.ok().filter(Option::is_none).map(drop);
    world.wait_for("the definition is gone", PATIENCE, look).await
}

async fn define(world: &World) -> anyhow::Result<()> {
    let mut files = std::fs::read_dir(crd_directory())?.collect::<Result<Vec<_>, _>>()?.into_iter();
    let file =
        files.find(|file| file.file_name().to_string_lossy().contains("target")).context("no such definition")?;
    world.apply(&std::fs::read_to_string(file.path())?).await.map(drop)
}
