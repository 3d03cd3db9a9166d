//! Everything deleted at once: what is used goes after its users, whatever order people choose.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use lab::world::World;
use serde_json::Value;

use crate::ledger::{Family, deleted_once, refused_otherwise};
use crate::random::Dice;
use crate::set::{self, KINDS, apply_all};
use crate::stage::{self, NAMESPACE, expect};

/// Chosen once; a failure names its seed, so that it can be played again alone.
const SEEDS: [u64; 3] = [0x5EED_0001, 0x5EED_0002, 0x5EED_0003];

#[tokio::test]
async fn in_any_order_users_go_before_what_they_use() -> anyhow::Result<()> {
    let rounds = SEEDS.map(async |seed| {
        eprintln!("seed {seed:#x}");
        let world = stage::start(&format!("shuffled-{seed:x}")).await?;
        let family = settle(&world).await?;
        let mut names = names();
        Dice::new(seed).shuffle(&mut names);
        kubectl_delete(&world, &names).await?;
        let outcome = gone(&world, &family).await;
        outcome.map_err(|error| error.context(format!("seed {seed:#x}, deleted in the order {names:?}")))
    });
    try_join_all(rounds).await.map(drop)
}

#[tokio::test]
async fn a_namespace_that_is_deleted_takes_everything_along() -> anyhow::Result<()> {
    // Rights that are granted in the namespace go with it, perhaps before the operator has let its objects go.
    let world = stage::start_with("namespace-gone", |options| {
        options.rights_everywhere = true;
        // The lease of a world is in the namespace that goes here.
        options.operator_arguments.push("--leader-elect=false".to_owned());
    })
    .await?;
    let family = settle(&world).await?;
    let real = world.namespace(NAMESPACE);
    world.delete("v1/Namespace", "", &real).await?;
    gone(&world, &family).await?;
    world.gone("v1/Namespace", "", &real).await
}

/// Makes a family of objects that use each other, and learns from AWS who uses whom.
async fn settle(world: &World) -> anyhow::Result<Family> {
    let mut gateway = set::gateway("agents");
    gateway["spec"]["connectionConfigMap"] = serde_json::json!({"name": "agents"});
    apply_all(
        world,
        &[
            gateway,
            set::gateway("others"),
            set::resource_gateway("shared"),
            set::resource_gateway("lonely"),
            set::resource_configuration("one", "shared"),
            set::resource_configuration("two", "shared"),
            set::resource_configuration("unused", "lonely"),
            set::private_target("one-a", "agents", "one"),
            set::private_target("one-b", "agents", "one"),
            set::private_target("two-a", "others", "two"),
            set::target("public", "agents"),
        ],
    )
    .await?;
    for (kind, name) in names() {
        world.ready(kind, NAMESPACE, &name).await?;
    }
    Ok(Family::of(&world.aws))
}

/// Everything that [`settle`] makes.
fn names() -> Vec<(&'static str, String)> {
    let by_kind: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("Gateway", ["agents", "others"].as_slice()),
        ("ResourceGateway", &["shared", "lonely"]),
        ("ResourceConfiguration", &["one", "two", "unused"]),
        ("GatewayTarget", &["one-a", "one-b", "two-a", "public"]),
    ]);
    by_kind.into_iter().flat_map(|(kind, names)| names.iter().map(move |name| (kind, (*name).to_owned()))).collect()
}

/// One command, as a person would type it.
async fn kubectl_delete(world: &World, names: &[(&str, String)]) -> anyhow::Result<()> {
    let mut command = world.control_plane.kubectl();
    command.args(["delete", "--wait=false", "--namespace", &world.namespace(NAMESPACE)]);
    command.args(names.iter().map(|(kind, name)| format!("{}s.tools.agentcore.dev/{name}", kind.to_lowercase())));
    let output = command.output().await?;
    anyhow::ensure!(output.status.success(), "kubectl delete: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Waits until all is gone, and sees that it went in order.
async fn gone(world: &World, family: &Family) -> anyhow::Result<()> {
    for (kind, name) in names() {
        world.gone(kind, NAMESPACE, &name).await?;
    }
    let left = world.aws.left_over();
    expect(world, left.is_empty(), format!("AWS still has {left:?}")).await?;
    let calls = world.aws.calls();
    let disorder = family.disorder(&calls);
    expect(world, disorder.is_empty(), format!("out of order: {disorder:#?}")).await?;
    let refused: Vec<Value> = refused_otherwise(&calls);
    expect(world, refused.is_empty(), format!("AWS refused {refused:#?}")).await?;
    deleted_once(&calls)?;
    anyhow::ensure!(KINDS.iter().all(|kind| set::owned(world, *kind).is_empty()), "AWS is not empty");
    Ok(())
}
