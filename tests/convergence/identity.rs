//! The operator wakes up as somebody else: in another account, or in another region.

use futures::future::try_join_all;
use lab::aws::{Aws, AwsOptions};
use lab::world::PATIENCE;

use crate::set::{self, KINDS};
use crate::stage::{self, NAMESPACE, expect};

#[tokio::test]
async fn another_account_or_region_neither_makes_nor_loses_anything() -> anyhow::Result<()> {
    let elsewhere = [("account", "444455556666", "us-west-2"), ("region", "111122223333", "eu-west-1")];
    let rows = elsewhere.map(async |(name, account, region)| {
        let outcome = mismatched(&format!("other-{name}"), account, region).await;
        outcome.map_err(|error| error.context(format!("another {name}")))
    });
    try_join_all(rows).await.map(drop)
}

async fn mismatched(name: &str, account: &str, region: &str) -> anyhow::Result<()> {
    let mut world = stage::start(name).await?;
    set::apply(&world).await?;
    set::ready(&world).await?;
    world.operator.kill();
    // What it had sent arrives.
    stage::pause(500).await;
    let ledger = world.aws.mark();
    let options = AwsOptions { account: account.to_owned(), region: region.to_owned(), ..stage::options().aws };
    let other = Aws::start(options).await?;
    let stranger = stage::another_operator(&world, name, &other, region).await?;
    for kind in KINDS {
        world.has(kind.name, NAMESPACE, kind.object, ("Stalled", "True", "IdentityMismatch")).await?;
    }
    // Nor does it let anything go.
    set::delete(&world).await?;
    for kind in KINDS.iter().rev() {
        world.has(kind.name, NAMESPACE, kind.object, ("Ready", "False", expected(kind.name))).await?;
    }
    stage::pause(3000).await;
    for kind in KINDS {
        let there = world.find(kind.name, NAMESPACE, kind.object).await?;
        expect(&world, there.is_some(), format!("{} was let go", kind.name)).await?;
    }
    let changes = other.mutations();
    expect(&world, changes.is_empty(), format!("changes elsewhere: {changes:#?}")).await?;
    expect(&world, world.aws.calls_since(ledger).is_empty(), "the right AWS was called").await?;
    set::one_of_each(&world).await?;
    // With its identity back, it finishes what was asked for.
    drop(stranger);
    world.operator.restart().await?;
    set::gone(&world).await
}

/// Why an object that is being deleted is not Ready: those that are used say by whom.
fn expected(kind: &str) -> &'static str {
    if kind == "GatewayTarget" { "Deleting" } else { "InUse" }
}

/// Under another name it would know nothing of its own any more: it does not start, says which name it had, and AWS is asked to change nothing.
#[tokio::test]
async fn another_name_for_the_same_cluster_is_refused() -> anyhow::Result<()> {
    let mut world = stage::start("first-name").await?;
    set::apply(&world).await?;
    set::ready(&world).await?;
    world.operator.kill();
    let mark = world.aws.mark();
    let mut refused = stage::begin_another_operator(&world, "second-name", &world.aws, "us-west-2").await?;
    let status = refused.ends(PATIENCE).await?;
    expect(&world, !status.success(), format!("it ended well: {status}")).await?;
    let said = refused.log_tail(1);
    expect(&world, said.contains("--cluster-name=first-name"), format!("it did not say its old name: {said}")).await?;
    let changes = world.aws.mutations_since(mark);
    expect(&world, changes.is_empty(), format!("changes under another name: {changes:#?}")).await?;
    world.operator.restart().await?;
    set::ready(&world).await?;
    set::one_of_each(&world).await?;
    set::delete(&world).await?;
    set::gone(&world).await
}
