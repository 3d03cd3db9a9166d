//! What is somebody else's: never changed, never deleted, not even tagged.

use agentcore_gateway_operator::aws::ownership::Identity;
use futures::future::try_join_all;
use lab::aws::Fault;
use lab::world::World;
use serde_json::json;

use super::{SUBJECT, apply, delete, identity, in_aws, mark, ready, seed, start, touched};
use crate::cluster::look_again;
use crate::set::{GATEWAY, KINDS, Kind, RESOURCE_CONFIGURATION, RESOURCE_GATEWAY};
use crate::stage::{NAMESPACE, expect, sweeps};

/// Whose marker the object in AWS carries that has the subject's name.
#[derive(Debug, Clone, Copy)]
enum Owner {
    AnotherCluster,
    Nobody,
    /// An object of this cluster that is no more.
    AnotherThatIsGone,
    /// An object of this cluster, of the same kind, that lives.
    AnotherThatLives,
}

impl Owner {
    async fn marker(self, world: &World, cluster: &str) -> anyhow::Result<Option<Identity>> {
        let living = world.get(GATEWAY.name, NAMESPACE, GATEWAY.object).await?;
        let living = living["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        Ok(match self {
            Owner::AnotherCluster => Some(identity(world, "another-cluster", SUBJECT, "11111111")),
            Owner::Nobody => None,
            Owner::AnotherThatIsGone => Some(identity(world, cluster, "another", "22222222")),
            Owner::AnotherThatLives => Some(identity(world, cluster, GATEWAY.object, &living)),
        })
    }

    fn reason(self) -> &'static str {
        match self {
            Owner::AnotherCluster => "OwnershipConflict",
            Owner::Nobody | Owner::AnotherThatIsGone | Owner::AnotherThatLives => "NameTaken",
        }
    }
}

#[tokio::test]
async fn what_has_our_name_and_not_our_marker_is_left_alone() -> anyhow::Result<()> {
    let owners = [Owner::AnotherCluster, Owner::Nobody, Owner::AnotherThatIsGone, Owner::AnotherThatLives];
    let rows = owners.into_iter().enumerate().map(async |(number, owner)| {
        let outcome = namesake(&format!("namesake-{number}"), owner).await;
        outcome.map_err(|error| error.context(format!("{owner:?}")))
    });
    try_join_all(rows).await.map(drop)
}

async fn namesake(name: &str, owner: Owner) -> anyhow::Result<()> {
    let world = start(name).await?;
    seed(&world, owner.marker(&world, name).await?.as_ref()).await?;
    let before = in_aws(&world);
    let ledger = world.aws.mark();
    apply(&world).await?;
    stalled(&world, owner.reason()).await?;
    for kind in KINDS {
        look_again(&world, kind, SUBJECT, "now").await?;
    }
    sweeps(&world, 3).await?;
    stalled(&world, owner.reason()).await?;
    delete(&world).await?;
    sweeps(&world, 1).await?;
    alone(&world, ledger, &before).await
}

#[tokio::test]
async fn what_was_ours_and_carries_the_marker_of_another_is_left_alone() -> anyhow::Result<()> {
    let owners = [Owner::AnotherCluster, Owner::AnotherThatLives];
    let rows = owners.into_iter().enumerate().map(async |(number, owner)| {
        let outcome = usurped(&format!("usurped-{number}"), owner).await;
        outcome.map_err(|error| error.context(format!("{owner:?}")))
    });
    try_join_all(rows).await.map(drop)
}

/// A backup was restored into this cluster with its status, while the original lives on: the ids are known, the marker is another's.
async fn usurped(name: &str, owner: Owner) -> anyhow::Result<()> {
    let world = start(name).await?;
    apply(&world).await?;
    ready(&world).await?;
    let marker = owner.marker(&world, name).await?;
    for (kind, object) in in_aws(&world) {
        let id = object[kind.id_in_aws].as_str().unwrap_or_default();
        world.aws.edit(kind.in_aws, id, |body| mark(kind, body, marker.as_ref()));
    }
    let before = in_aws(&world);
    let ledger = world.aws.mark();
    for kind in KINDS {
        world.merge(kind.name, NAMESPACE, SUBJECT, json!({"spec": edit(kind)})).await?;
    }
    stalled(&world, owner.reason()).await?;
    for kind in KINDS {
        world.delete(kind.name, NAMESPACE, SUBJECT).await?;
    }
    sweeps(&world, 3).await?;
    alone(&world, ledger, &before).await?;
    // Whoever wants to be rid of the custom resource says so.
    for kind in KINDS {
        if world.find(kind.name, NAMESPACE, SUBJECT).await?.is_some() {
            world.merge(kind.name, NAMESPACE, SUBJECT, json!({"spec": {"deletionPolicy": "Retain"}})).await?;
        }
    }
    delete(&world).await?;
    alone(&world, ledger, &before).await
}

#[tokio::test]
async fn what_cannot_be_read_is_neither_ours_nor_free() -> anyhow::Result<()> {
    let world = start("unreadable-tags").await?;
    seed(&world, Some(&identity(&world, "unreadable-tags", SUBJECT, "33333333"))).await?;
    let before = in_aws(&world);
    let ledger = world.aws.mark();
    let denied =
        world.aws.inject(Fault::on("ListTagsForResource").error_before_commit(403, "AccessDeniedException").always());
    apply(&world).await?;
    let tagged = [GATEWAY, RESOURCE_GATEWAY, RESOURCE_CONFIGURATION];
    for kind in tagged {
        world.has(kind.name, NAMESPACE, SUBJECT, ("Reconciling", "True", "Denied")).await?;
    }
    sweeps(&world, 2).await?;
    let tagged: Vec<_> = before.into_iter().filter(|(kind, _)| tagged.contains(kind)).collect();
    let touched = touched(&world.aws.calls_since(ledger), &tagged);
    let touched: Vec<_> = touched.iter().filter(|call| !call.contains("GatewayTarget")).collect();
    expect(&world, touched.is_empty(), format!("touched: {touched:#?}")).await?;
    denied.stop();
    ready(&world).await?;
    delete(&world).await
}

/// Waits until every subject says that a person must act, and why.
async fn stalled(world: &World, reason: &str) -> anyhow::Result<()> {
    for kind in KINDS {
        world.has(kind.name, NAMESPACE, SUBJECT, ("Stalled", "True", reason)).await?;
    }
    Ok(())
}

/// Sees that what AWS has under the subjects' name is what it was, and that nobody tried to change it.
async fn alone(world: &World, ledger: usize, before: &[(Kind, serde_json::Value)]) -> anyhow::Result<()> {
    let touched = touched(&world.aws.calls_since(ledger), before);
    expect(world, touched.is_empty(), format!("touched: {touched:#?}")).await?;
    expect(world, in_aws(world) == before, format!("not as before: {before:#?}")).await
}

/// A change of the spec that would be an update.
fn edit(kind: Kind) -> serde_json::Value {
    match kind {
        RESOURCE_GATEWAY => json!({"securityGroupIds": ["sg-0a1b2c3d4e5f60b99"]}),
        RESOURCE_CONFIGURATION => json!({"portRanges": ["8443"]}),
        _ => json!({"description": "edited"}),
    }
}
