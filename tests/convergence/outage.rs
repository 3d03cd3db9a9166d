//! AWS is away, or says no for a while: nothing is lost, nothing is made twice, and what was settled stays so.

use std::time::{Duration, Instant};

use futures::future::try_join_all;
use lab::aws::Fault;
use lab::objects::is_ready;
use serde_json::json;

use crate::ledger::{committed, created_once, deleted_once};
use crate::set::{self, GATEWAY, KINDS, RESOURCE_CONFIGURATION, RESOURCE_GATEWAY, TARGET, apply_all};
use crate::stage::{self, NAMESPACE, expect, hit};

/// How long AWS is away, in real time.
const AWAY: Duration = Duration::from_secs(20);

#[tokio::test]
async fn an_outage_loses_nothing_and_unsettles_nothing() -> anyhow::Result<()> {
    let mut world = stage::start("outage").await?;
    // Settled before the outage: another set.
    let settled = [set::gateway("settled"), set::resource_gateway("settled"), set::target("settled", "settled")];
    apply_all(&world, &settled).await?;
    for kind in [GATEWAY, RESOURCE_GATEWAY, TARGET] {
        world.ready(kind.name, NAMESPACE, "settled").await?;
    }
    // Under way when the outage begins: the gateway exists, the target does not.
    let begun = world.aws.inject(Fault::on("CreateResourceConfiguration").hold_after_commit());
    set::apply(&world).await?;
    hit(&world, &begun).await?;
    world.aws.set_down(true);
    begun.release();
    let deadline = Instant::now() + AWAY;
    while Instant::now() < deadline {
        for kind in [GATEWAY, RESOURCE_GATEWAY, TARGET] {
            let object = world.get(kind.name, NAMESPACE, "settled").await?;
            expect(&world, is_ready(&object), format!("{} settled is not Ready any more", kind.name)).await?;
        }
        let runs = world.operator.is_running();
        expect(&world, runs, "the operator ended").await?;
        stage::pause(500).await;
    }
    world.aws.set_down(false);
    set::ready(&world).await?;
    let still_there = world.operator.is_running() && !world.operator.logs().contains("met a bug");
    expect(&world, still_there, "the operator ended or panicked").await?;
    let calls = world.aws.calls();
    for operation in ["CreateResourceConfiguration", "CreateGatewayTarget", "CreateGateway", "CreateResourceGateway"] {
        let wanted = if operation == "CreateResourceConfiguration" { 1 } else { 2 };
        let times = committed(&calls, operation);
        expect(&world, times == wanted, format!("{operation} was done {times} times, not {wanted}")).await?;
    }
    set::delete(&world).await?;
    for kind in KINDS {
        world.gone(kind.name, NAMESPACE, kind.object).await?;
    }
    let left = world.aws.left_over();
    expect(&world, left.len() == 3, format!("AWS has more than what was settled: {left:?}")).await
}

#[tokio::test]
async fn an_operator_that_starts_during_an_outage_waits_for_its_end() -> anyhow::Result<()> {
    let mut world = stage::start("away-at-start").await?;
    world.operator.kill();
    world.aws.set_down(true);
    set::apply(&world).await?;
    let calls = world.aws.mark();
    // It is ready: what it has of the cluster is whole. AWS is nobody's fault here, and another start would not bring it back.
    world.operator.restart().await?;
    stage::until(&world, "it has asked several times", || world.aws.calls_since(calls).len() >= 6).await?;
    for probe in ["healthz", "readyz"] {
        let answers = world.operator.answers(probe).await?;
        expect(&world, answers, format!("/{probe} of an operator that waits for AWS is not ok")).await?;
    }
    let runs = world.operator.is_running();
    expect(&world, runs, "the operator ended").await?;
    world.aws.set_down(false);
    set::ready(&world).await?;
    set::one_of_each(&world).await?;
    created_once(&world.aws.calls())
}

/// Every operation that the life of the set needs.
const READS: [&str; 10] = [
    "GetCallerIdentity",
    "ListGateways",
    "GetGateway",
    "ListGatewayTargets",
    "GetGatewayTarget",
    "ListResourceGateways",
    "GetResourceGateway",
    "ListResourceConfigurations",
    "GetResourceConfiguration",
    "ListTagsForResource",
];
const WRITES: [&str; 9] = [
    "CreateGateway",
    "CreateGatewayTarget",
    "CreateResourceGateway",
    "CreateResourceConfiguration",
    "UpdateGateway",
    "DeleteGateway",
    "DeleteGatewayTarget",
    "DeleteResourceGateway",
    "DeleteResourceConfiguration",
];

#[tokio::test]
async fn throttling_of_every_call_delays_and_does_no_more() -> anyhow::Result<()> {
    // The SDK tries three times: twice throttled stays within one call, four times does not.
    let rounds = [(&READS[..], 2), (&WRITES[..], 2), (&READS[..], 4), (&WRITES[..], 4)];
    let rounds = rounds.into_iter().enumerate().map(async |(number, (operations, times))| {
        let outcome = throttled(&format!("throttled-{number}"), operations, times).await;
        outcome.map_err(|error| error.context(format!("throttled {times} times: each of {operations:?}")))
    });
    try_join_all(rounds).await.map(drop)
}

async fn throttled(name: &str, operations: &[&str], times: usize) -> anyhow::Result<()> {
    let mut world = stage::start(name).await?;
    let throttles: Vec<_> = operations
        .iter()
        .map(|operation| (*operation, world.aws.inject(Fault::on(operation).throttle().times(times))))
        .collect();
    world.operator.restart().await?;
    set::apply(&world).await?;
    set::ready(&world).await?;
    world.merge("Gateway", NAMESPACE, GATEWAY.object, json!({"spec": {"description": "edited"}})).await?;
    world.ready("Gateway", NAMESPACE, GATEWAY.object).await?;
    set::one_of_each(&world).await?;
    set::delete(&world).await?;
    set::gone(&world).await?;
    for (operation, throttle) in &throttles {
        let hits = throttle.hits();
        expect(&world, hits == times, format!("{operation} was throttled {hits} times, not {times}")).await?;
    }
    let calls = world.aws.calls();
    created_once(&calls)?;
    deleted_once(&calls)?;
    expect(&world, committed(&calls, "UpdateGateway") == 1, "the edit was not one update").await
}

#[tokio::test]
async fn a_missing_permission_stops_only_what_needs_it() -> anyhow::Result<()> {
    let operations = ["CreateGateway", "CreateResourceGateway", "CreateResourceConfiguration", "CreateGatewayTarget"];
    let rows = operations.into_iter().enumerate().map(async |(number, operation)| {
        let outcome = denied(&format!("denied-{number}"), operation).await;
        outcome.map_err(|error| error.context(format!("{operation} denied")))
    });
    try_join_all(rows).await.map(drop)
}

async fn denied(name: &str, operation: &str) -> anyhow::Result<()> {
    let world = stage::start(name).await?;
    let denial = world.aws.inject(Fault::on(operation).error_before_commit(403, "AccessDeniedException").always());
    set::apply(&world).await?;
    // What each kind waits for, itself included.
    let needs = |kind: &str| match kind {
        "GatewayTarget" => {
            vec!["CreateGateway", "CreateResourceGateway", "CreateResourceConfiguration", "CreateGatewayTarget"]
        }
        "ResourceConfiguration" => vec!["CreateResourceGateway", "CreateResourceConfiguration"],
        "ResourceGateway" => vec!["CreateResourceGateway"],
        _ => vec!["CreateGateway"],
    };
    for kind in KINDS {
        let (kind, object) = (kind.name, kind.object);
        if operation == format!("Create{kind}") {
            let refused = world.has(kind, NAMESPACE, object, ("Reconciling", "True", "Denied")).await?;
            let stalled = lab::objects::condition(&refused, "Stalled");
            expect(&world, stalled.is_none(), format!("a permission may be on its way: {stalled:?}")).await?;
        } else if needs(kind).contains(&operation) {
            world.has(kind, NAMESPACE, object, ("ResolvedRefs", "False", "ReferenceNotReady")).await?;
        } else {
            world.ready(kind, NAMESPACE, object).await?;
        }
    }
    denial.stop();
    set::ready(&world).await?;
    set::one_of_each(&world).await?;
    created_once(&world.aws.calls())?;
    let unrelated = [RESOURCE_CONFIGURATION, TARGET].map(|kind| set::owned(&world, kind).len());
    expect(&world, unrelated == [1, 1], "not one of each").await
}
