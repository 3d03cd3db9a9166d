//! Two who want the same name in AWS: the first has it, and the second waits without touching it.

use std::collections::BTreeMap;

use agentcore_gateway_operator::aws::ownership::Identity;
use lab::aws::Call;
use lab::objects::condition;
use lab::world::{PATIENCE, World};
use serde_json::Value;

use super::{SUBJECT, apply, ids_in_aws, in_aws, manifest, ready, start, touched};
use crate::ledger::committed;
use crate::set::{self, GATEWAY, KINDS, RESOURCE_CONFIGURATION, RESOURCE_GATEWAY, TARGET, apply_all};
use crate::stage::{self, NAMESPACE, expect, sweeps};

/// The object that comes second.
const RIVAL: &str = "rival";

#[tokio::test]
async fn of_two_objects_with_one_name_the_older_has_it() -> anyhow::Result<()> {
    let world = start("rivals").await?;
    apply(&world).await?;
    let ids = ready(&world).await?;
    let ledger = world.aws.mark();
    rivals(&world).await?;
    sweeps(&world, 2).await?;
    for kind in KINDS {
        world.delete(kind.name, NAMESPACE, RIVAL).await?;
        world.gone(kind.name, NAMESPACE, RIVAL).await?;
    }
    sweeps(&world, 1).await?;
    let touched = touched(&world.aws.calls_since(ledger), &in_aws(&world));
    expect(&world, touched.is_empty() && ids_in_aws(&world) == ids, format!("touched: {touched:#?}")).await?;
    // Once the older is gone, the name is free.
    rivals(&world).await?;
    super::delete(&world).await?;
    for kind in KINDS {
        world.ready(kind.name, NAMESPACE, RIVAL).await?;
    }
    let calls = world.aws.calls_since(ledger);
    for operation in ["CreateGateway", "CreateGatewayTarget", "CreateResourceGateway", "CreateResourceConfiguration"] {
        let times = committed(&calls, operation);
        expect(&world, times == 1, format!("{operation} was done {times} times")).await?;
    }
    expect(&world, in_aws(&world).len() == KINDS.len(), "not one of each").await
}

/// Applies the rivals, and waits until they say that their name is taken.
async fn rivals(world: &World) -> anyhow::Result<()> {
    apply_all(world, &KINDS.map(|kind| manifest(kind, RIVAL, SUBJECT))).await?;
    for kind in KINDS {
        world.has(kind.name, NAMESPACE, RIVAL, ("Stalled", "True", "NameTaken")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn two_that_appear_at_once_do_not_make_two() -> anyhow::Result<()> {
    let world = start("twins").await?;
    let both = [SUBJECT, RIVAL].map(|name| KINDS.map(|kind| manifest(kind, name, SUBJECT)));
    apply_all(&world, &both.concat()).await?;
    for kind in KINDS {
        // Whose it is when both are there at once is decided by their age. On a slow machine the first has it before the second appears.
        let winner = async || {
            let [one, other] = [
                world.find(kind.name, NAMESPACE, SUBJECT).await.ok()??,
                world.find(kind.name, NAMESPACE, RIVAL).await.ok()??,
            ];
            let is_decided =
                |has: &Value, has_not: &Value| is_so(has, "Ready", "Settled") && is_so(has_not, "Stalled", "NameTaken");
            (is_decided(&one, &other) || is_decided(&other, &one)).then_some(())
        };
        world.wait_for(&format!("one {} has the name, and the other is told", kind.name), PATIENCE, winner).await?;
    }
    let makes = |call: &&Call| call.operation.starts_with("Create") && call.input["name"] == SUBJECT && call.changed;
    let made = world.aws.calls().iter().filter(makes).count();
    expect(&world, made == KINDS.len(), format!("{made} were made")).await
}

fn is_so(object: &Value, kind: &str, reason: &str) -> bool {
    condition(object, kind).is_some_and(|told| told["status"] == "True" && told["reason"] == reason)
}

/// Two clusters with the same manifests in one account, which is how a second environment often begins.
#[tokio::test]
async fn two_clusters_in_one_account_never_touch_each_others_objects() -> anyhow::Result<()> {
    let first = stage::start_with("first", |options| name_to_aws(options, "first")).await?;
    let mut options = stage::options();
    name_to_aws(&mut options, "second");
    let second = World::start_in(first.aws.clone(), stage::BINARY, "second", options).await?;
    set::apply(&first).await?;
    set::ready(&first).await?;
    set::apply(&second).await?;
    // Names of VPC Lattice carry the cluster; those of gateways are people's.
    for kind in [RESOURCE_GATEWAY, RESOURCE_CONFIGURATION] {
        second.ready(kind.name, NAMESPACE, kind.object).await?;
    }
    second.has(GATEWAY.name, NAMESPACE, GATEWAY.object, ("Stalled", "True", "OwnershipConflict")).await?;
    second.has(TARGET.name, NAMESPACE, TARGET.object, ("ResolvedRefs", "False", "ReferenceNotReady")).await?;
    sweeps(&second, 3).await?;
    set::delete(&first).await?;
    for kind in KINDS {
        first.gone(kind.name, NAMESPACE, kind.object).await?;
    }
    // The name is free now, and the second cluster's objects were never in anybody's way.
    set::ready(&second).await?;
    set::delete(&second).await?;
    set::gone(&second).await?;
    let calls = first.aws.calls();
    let trespassers = trespassers(&calls, &["first", "second"]);
    expect(&first, trespassers.is_empty(), format!("calls about another's object: {trespassers:#?}")).await
}

/// Lets the operator tell AWS who it is.
fn name_to_aws(options: &mut lab::world::WorldOptions, name: &str) {
    options.operator_environment.insert("AWS_SDK_UA_APP_ID".to_owned(), name.to_owned());
}

/// Changes of objects by another operator than the one whose marker their creation carried.
fn trespassers(calls: &[Call], clusters: &[&str]) -> Vec<String> {
    let caller =
        |call: &Call| clusters.iter().find(|cluster| call.user_agent.contains(&format!("app/{cluster}"))).copied();
    let mut deletions: BTreeMap<&str, Vec<Option<&str>>> = BTreeMap::new();
    let mut strange = Vec::new();
    for call in calls.iter().filter(|call| call.mutating) {
        let by = caller(call);
        if by.is_none() {
            strange.push(format!("{} {} by nobody: {}", call.index, call.operation, call.user_agent));
        }
        if call.operation.starts_with("Delete") && call.changed {
            deletions.entry(&call.operation).or_default().push(by);
        }
        if call.error.is_some() && call.operation.starts_with("Create") {
            strange.push(format!("{} {} was tried on a name that is taken", call.index, call.operation));
        }
        let owner =
            Identity { cluster: String::new(), namespace: String::new(), name: String::new(), uid: String::new() };
        let key = owner.tags().into_keys().find(|key| key.ends_with("/cluster")).unwrap_or_default();
        if let (Some(marked), Some(by)) = (call.input["tags"][&key].as_str(), by)
            && marked != by
        {
            strange.push(format!("{} {} by {by} for {marked}", call.index, call.operation));
        }
    }
    // Each operator deleted one of each kind, in the order of the test: its own.
    for (operation, by) in deletions {
        if by != [Some(clusters[0]), Some(clusters[1])] {
            strange.push(format!("{operation} by {by:?}"));
        }
    }
    strange
}
