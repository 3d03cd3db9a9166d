//! Mishaps at the calls that change what is there.

use lab::world::World;
use serde_json::{Value, json};

use super::{Cell, Fate, Mishap, play};
use crate::ledger::{committed, deleted_once};
use crate::set::{self, GATEWAY, Kind, RESOURCE_CONFIGURATION, RESOURCE_GATEWAY, TARGET, owned};
use crate::stage::{NAMESPACE, expect, sweeps};

#[tokio::test]
async fn an_update_whose_answer_is_lost_is_in_force_once() {
    let kept = EDITS.map(|edit| Cell::row(edit.operation, &Mishap::ALL, Fate::Kept));
    let deleted = EDITS.map(|edit| Cell::row(edit.operation, &[Mishap::Killed], Fate::Deleted));
    play("update", &[kept.concat(), deleted.concat()].concat(), edit).await;
}

/// An edit of the set that leads to one call.
#[derive(Clone, Copy)]
pub(super) struct Edit {
    operation: &'static str,
    kind: Kind,
    /// The spec's member, and what it becomes in the n-th round.
    spec: fn(String) -> Value,
    /// What AWS's description says afterwards, as text.
    in_aws: fn(&Value) -> Value,
}

pub(super) const EDITS: [Edit; 5] = [
    Edit {
        operation: "UpdateGateway",
        kind: GATEWAY,
        spec: |round| json!({"description": round}),
        in_aws: |object| object["description"].clone(),
    },
    Edit {
        operation: "UpdateGatewayTarget",
        kind: TARGET,
        spec: |round| json!({"description": round}),
        in_aws: |object| {
            let text = object["description"].as_str().unwrap_or_default();
            text.split(' ').next().unwrap_or_default().into()
        },
    },
    Edit {
        operation: "UpdateResourceConfiguration",
        kind: RESOURCE_CONFIGURATION,
        spec: |round| json!({"portRanges": ["443", round]}),
        in_aws: |object| object["portRanges"][1].clone(),
    },
    Edit {
        operation: "UpdateResourceGateway",
        kind: RESOURCE_GATEWAY,
        spec: |round| json!({"securityGroupIds": [format!("sg-0a1b2c3d4e5f6{round}")]}),
        in_aws: |object| {
            let group = object["securityGroupIds"][0].as_str().unwrap_or_default();
            group.trim_start_matches("sg-0a1b2c3d4e5f6").into()
        },
    },
    Edit {
        operation: "TagResource",
        kind: GATEWAY,
        spec: |round| json!({"tags": {"round": round}}),
        in_aws: |object| object["tags"]["round"].clone(),
    },
];

impl Edit {
    /// Makes the edit of this round.
    pub(super) async fn make(&self, world: &World, round: usize) -> anyhow::Result<()> {
        let patch = json!({"spec": (self.spec)(text(round))});
        world.merge(self.kind.name, NAMESPACE, self.kind.object, patch).await.map(drop)
    }

    /// Sees that AWS has the edit of this round.
    pub(super) async fn is_in_force(&self, world: &World, round: usize) -> anyhow::Result<()> {
        for object in owned(world, self.kind) {
            let (now, wanted) = ((self.in_aws)(&object), text(round));
            let what = format!("{} {}: AWS has {now}, the spec says {wanted}", self.kind.name, self.operation);
            expect(world, now == json!(wanted), what).await?;
        }
        Ok(())
    }
}

/// What an edit puts there: a port, or the end of a name.
fn text(round: usize) -> String {
    (8000 + round).to_string()
}

async fn edit(world: &mut World, cell: Cell, round: usize) -> anyhow::Result<()> {
    let Some(edit) = EDITS.iter().find(|edit| edit.operation == cell.operation) else {
        anyhow::bail!("no edit leads to {}", cell.operation)
    };
    if world.aws.objects(GATEWAY.in_aws).is_empty() {
        set::apply(world).await?;
    }
    set::ready(world).await?;
    set::one_of_each(world).await?;
    let mark = world.aws.mark();
    let provoke = async |world: &World| edit.make(world, round).await;
    if cell.fate == Fate::Deleted {
        let fault = cell.strike(world, provoke, set::delete).await?;
        set::gone(world).await?;
        cell.finish(world, &fault).await?;
        return deleted_once(&world.aws.calls());
    }
    let fault = cell.strike(world, provoke, async |_| Ok(())).await?;
    set::ready(world).await?;
    cell.finish(world, &fault).await?;
    set::ready(world).await?;
    edit.is_in_force(world, round).await?;
    let quiet = world.aws.mark();
    sweeps(world, 2).await?;
    let restless = world.aws.mutations_since(quiet);
    expect(world, restless.is_empty(), format!("settled, and still: {restless:?}")).await?;
    set::one_of_each(world).await?;
    let calls = world.aws.calls_since(mark);
    let done = committed(&calls, cell.operation);
    // What the SDK repeats AWS may do again; nobody else repeats it.
    let most = if cell.mishap == Mishap::Killed { 1 } else { 3 };
    expect(world, (1..=most).contains(&done), format!("{} was done {done} times", cell.operation)).await?;
    let others = calls.iter().filter(|call| call.mutating && call.operation != cell.operation).count();
    expect(world, others == 0, "an edit leads to one kind of call").await
}
