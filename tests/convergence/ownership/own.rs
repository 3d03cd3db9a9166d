//! What is ours, although something that says so was lost.

use lab::world::World;
use serde_json::json;

use super::{SUBJECT, apply, are_marked, delete, identity, ids_in_aws, in_aws, manifest, mark, ready, seed, start};
use crate::cluster::{force_away, look_again};
use crate::ledger::committed;
use crate::set::{KINDS, apply_all};
use crate::stage::{NAMESPACE, expect, sweeps};

#[tokio::test]
async fn a_lost_marker_is_put_back() -> anyhow::Result<()> {
    let world = start("lost-marker").await?;
    apply(&world).await?;
    let ids = ready(&world).await?;
    let ledger = world.aws.mark();
    for (kind, object) in in_aws(&world) {
        let id = object[kind.id_in_aws].as_str().unwrap_or_default();
        world.aws.edit(kind.in_aws, id, |body| mark(kind, body, None));
        look_again(&world, kind, SUBJECT, "now").await?;
    }
    remarked(&world, "lost-marker", ledger).await?;
    expect(&world, ready(&world).await? == ids, "the ids are others than before").await?;
    // What others put beside the marker stays.
    let others = in_aws(&world).iter().filter(|(_, object)| object["tags"]["cost-center"] == "42").count();
    expect(&world, others == 3, "tags of others are gone").await?;
    end(&world).await
}

#[tokio::test]
async fn what_a_predecessor_left_whose_finalizer_was_removed_is_taken_over() -> anyhow::Result<()> {
    let mut world = start("forced").await?;
    apply(&world).await?;
    let ids = ready(&world).await?;
    world.operator.kill();
    for kind in KINDS {
        force_away(&world, kind, SUBJECT).await?;
    }
    let ledger = world.aws.mark();
    apply(&world).await?;
    world.operator.restart().await?;
    remarked(&world, "forced", ledger).await?;
    expect(&world, ready(&world).await? == ids, "the ids are others than before").await?;
    end(&world).await
}

#[tokio::test]
async fn what_a_retained_predecessor_left_is_taken_over_with_an_event() -> anyhow::Result<()> {
    let world = start("retained").await?;
    for kind in KINDS {
        let mut subject = manifest(kind, SUBJECT, SUBJECT);
        subject["spec"]["deletionPolicy"] = json!("Retain");
        apply_all(&world, &[subject]).await?;
    }
    let ids = ready(&world).await?;
    let ledger = world.aws.mark();
    delete(&world).await?;
    sweeps(&world, 2).await?;
    let touched = super::touched(&world.aws.calls_since(ledger), &in_aws(&world));
    expect(&world, touched.is_empty() && ids_in_aws(&world) == ids, format!("not retained: {touched:?}")).await?;
    apply(&world).await?;
    remarked(&world, "retained", ledger).await?;
    expect(&world, ready(&world).await? == ids, "the ids are others than before").await?;
    let events = world.list("events.k8s.io/v1/Event", NAMESPACE).await?;
    let claims = events.iter().filter(|event| event["action"] == "Claim" && event["regarding"]["name"] == SUBJECT);
    expect(&world, claims.count() == KINDS.len(), "not every claim was told").await?;
    end(&world).await
}

#[tokio::test]
async fn what_a_restored_object_had_is_taken_over() -> anyhow::Result<()> {
    let world = start("restored").await?;
    seed(&world, Some(&identity(&world, "restored", SUBJECT, "00000000-0000-0000-0000-00000000dead"))).await?;
    let ids = ids_in_aws(&world);
    let ledger = world.aws.mark();
    apply(&world).await?;
    remarked(&world, "restored", ledger).await?;
    expect(&world, ready(&world).await? == ids, "the ids are others than before").await?;
    end(&world).await
}

/// Waits until the subjects are Ready and marked as those that there are now, and sees that this took one call for each and nothing else.
async fn remarked(world: &World, cluster: &str, ledger: usize) -> anyhow::Result<()> {
    ready(world).await?;
    let look = async || are_marked(world, cluster).await.unwrap_or_default().then_some(());
    world.wait_for("every subject carries its marker", lab::world::PATIENCE, look).await?;
    ready(world).await?;
    let calls = world.aws.calls_since(ledger);
    let marked = (committed(&calls, "TagResource"), committed(&calls, "UpdateGatewayTarget"));
    expect(world, marked == (3, 1), format!("tagged and updated {marked:?} times")).await?;
    let changes = calls.iter().filter(|call| call.changed).count();
    expect(world, changes == 4, format!("{changes} changes for four markers")).await
}

/// Ours is also what we may delete.
async fn end(world: &World) -> anyhow::Result<()> {
    delete(world).await?;
    expect(world, in_aws(world).is_empty(), "AWS still has a subject").await
}
