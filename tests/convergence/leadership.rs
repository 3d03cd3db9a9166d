//! Two replicas and one lease: one is at work, and whatever becomes of it, never two.
//!
//! Real processes; the ledger tells by their access keys who called AWS and in what order. How long a takeover took is printed
//! (`--nocapture`); that it is bounded at all is asserted, and who called when.

mod replicas;
mod wire;

use std::time::{Duration, Instant};

use jiff::Timestamp;
use lab::aws::Fault;
use lab::control_plane::AuditEvent;
use serde_json::json;

use self::replicas::{
    TAKEOVER, calls_by, first_call, holds, introduce, lease, renewed, replica, replica_as, turns, user, writes_by,
};
use self::wire::Wire;
use crate::ledger::created_once;
use crate::set::{self, GATEWAY};
use crate::stage::{self, NAMESPACE, expect, hit};

/// What Kubernetes gives a pod by default.
const GRACE: Duration = Duration::from_secs(30);

/// How long a process may take that ends by itself at the end of its lease.
const END: Duration = Duration::from_secs(30);

/// The default of --renew-deadline.
const RENEW_DEADLINE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn one_replica_works_and_the_next_takes_over() -> anyhow::Result<()> {
    let mut world = stage::start("replicas").await?;
    holds(&world, &world.operator).await?;
    let audit = world.mark();
    let mut other = replica(&world, "replicas", "replicas").await?;
    other.wait_until_ready().await?;
    set::apply(&world).await?;
    set::ready(&world).await?;
    stage::sweeps(&world, 2).await?;
    for probe in ["healthz", "readyz"] {
        expect(&world, other.answers(probe).await?, format!("/{probe} of who stands by is not ok")).await?;
    }
    let idle = calls_by(&world.aws, &other);
    expect(&world, idle.is_empty(), format!("who stands by called AWS: {idle:#?}")).await?;
    let idle = writes_by(&world, &user("replicas"), audit);
    expect(&world, idle.is_empty(), format!("who stands by wrote: {idle:#?}")).await?;

    // As a roll-out.
    let (mark, asked) = (world.aws.mark(), Timestamp::now());
    let status = world.operator.terminate(GRACE).await?;
    expect(&world, status.success(), format!("asked to end, it ended with {status}")).await?;
    let first = first_call(&world, &other, mark).await?;
    println!("takeover after SIGTERM: {:.2} s", seconds(asked, first.received));
    edit(&world, "after SIGTERM").await?;

    // As a crash.
    world.operator.begin()?;
    world.operator.wait_until_ready().await?;
    stage::sweeps(&world, 1).await?;
    let last = renewed(&world).await?;
    let (mark, killed) = (world.aws.mark(), Timestamp::now());
    other.kill();
    let first = first_call(&world, &world.operator, mark).await?;
    println!("takeover after SIGKILL: {:.2} s", seconds(killed, first.received));
    let early = first.received < last + RENEW_DEADLINE;
    expect(&world, !early, format!("taken over at {}, and renewed at {last}", first.received)).await?;
    edit(&world, "after SIGKILL").await?;

    let (one, two) = (world.operator.access_key(), other.access_key());
    let turns = turns(&world.aws.calls());
    expect(&world, turns == [one.clone(), two, one], format!("turns: {turns:?}")).await?;
    set::one_of_each(&world).await?;
    created_once(&world.aws.calls())
}

/// It is stopped with a call under way and wakes up when another has long been at work: it sends nothing, writes nothing, and ends.
#[tokio::test]
async fn who_sleeps_through_its_lease_wakes_up_to_end() -> anyhow::Result<()> {
    let mut world = stage::start("asleep").await?;
    let mut other = replica(&world, "asleep", "asleep").await?;
    holds(&world, &world.operator).await?;
    other.wait_until_ready().await?;
    set::apply(&world).await?;
    set::ready(&world).await?;
    let update = world.aws.inject(Fault::on("UpdateGateway").hold_before_commit().times(1));
    world.merge("Gateway", NAMESPACE, GATEWAY.object, json!({"spec": {"description": "under way"}})).await?;
    hit(&world, &update).await?;
    world.operator.freeze();
    // What it had sent arrives.
    stage::pause(1000).await;
    let (asleep, audit) = (calls_by(&world.aws, &world.operator).len(), world.mark());
    holds(&world, &other).await?;
    edit(&world, "done by the other").await?;
    // More than enough to do for whoever would.
    set::delete(&world).await?;
    update.release();
    world.operator.thaw();
    let status = world.operator.ends(END).await?;
    expect(&world, !status.success(), format!("it ended with {status}")).await?;
    let said = world.operator.log_tail(1);
    expect(&world, said.contains("was not renewed in time"), format!("its last line: {said}")).await?;
    set::gone(&world).await?;
    // The one that was under way is decided when it is let go.
    let calls = calls_by(&world.aws, &world.operator);
    let awake: Vec<_> = calls[asleep..].iter().map(|call| call.operation.as_str()).collect();
    expect(&world, awake.is_empty() || awake == ["UpdateGateway"], format!("calls after its lease: {awake:?}")).await?;
    let wrote: Vec<_> = world.requests_since(audit).into_iter().filter(AuditEvent::is_write).collect();
    expect(&world, wrote.is_empty(), format!("writes after its lease: {wrote:#?}")).await
}

/// AWS is there and the API server is not, for the leader alone: it ends before anybody else begins.
#[tokio::test]
async fn who_is_cut_off_ends_before_the_next_begins() -> anyhow::Result<()> {
    let mut world = stage::start("cut-off").await?;
    world.operator.terminate(GRACE).await?;
    let mark = world.aws.mark();
    let mut identity = introduce(&world, "cut-off", "cut-off").await?;
    let (wire, kubeconfig) = Wire::into_kubeconfig(&identity.kubeconfig).await?;
    identity.kubeconfig = kubeconfig;
    let mut leader = replica_as(&world, "cut-off", "cut-off", identity)?;
    holds(&world, &leader).await?;
    set::apply(&world).await?;
    set::ready(&world).await?;
    world.operator.begin()?;
    world.operator.wait_until_ready().await?;
    wire.cut();
    // What was on the wire has arrived.
    stage::pause(200).await;
    let deadline = renewed(&world).await? + RENEW_DEADLINE;
    let status = leader.ends(END).await?;
    println!("end after the deadline: {:.2} s", seconds(deadline, Timestamp::now()));
    expect(&world, !status.success(), format!("it ended with {status}")).await?;
    let said = leader.log_tail(1);
    expect(&world, said.contains("was not renewed in time"), format!("its last line: {said}")).await?;
    holds(&world, &world.operator).await?;
    edit(&world, "done by the next").await?;
    let calls = calls_by(&world.aws, &leader);
    let during = calls.iter().filter(|call| call.received > deadline - RENEW_DEADLINE).count();
    expect(&world, during > 0, "it had nothing to do while it was cut off: this test shows nothing").await?;
    // A call that was sent at the last moment has a moment to arrive on a busy machine.
    let late: Vec<_> = calls.iter().filter(|call| call.received > deadline + Duration::from_secs(1)).collect();
    expect(&world, late.is_empty(), format!("calls after the deadline: {late:#?}")).await?;
    let turns = turns(&world.aws.calls_since(mark));
    let expected = [leader.access_key(), world.operator.access_key()];
    expect(&world, turns == expected, format!("turns: {turns:?}")).await
}

#[tokio::test]
async fn asked_to_end_in_a_call_it_records_what_it_began_and_gives_the_lease_back() -> anyhow::Result<()> {
    let mut world = stage::start("leaving").await?;
    let create = world.aws.inject(Fault::on("CreateGateway").hold_after_commit());
    set::apply(&world).await?;
    hit(&world, &create).await?;
    world.operator.ask_to_end();
    stage::pause(3000).await;
    let held = lease(&world).await?;
    let is_held = held["holderIdentity"] == world.operator.identity();
    expect(&world, is_held, format!("the lease was given back with a call under way: {held}")).await?;
    create.release();
    let status = world.operator.ends(GRACE).await?;
    expect(&world, status.success(), format!("it ended with {status}")).await?;
    let gateway = world.get("Gateway", NAMESPACE, GATEWAY.object).await?;
    let known = &gateway["status"][GATEWAY.id];
    expect(&world, known.is_string(), "CreateGateway was answered, and the id was not recorded").await?;
    let released = lease(&world).await?;
    let is_free = released["holderIdentity"].is_null();
    expect(&world, is_free, format!("the lease was not given back: {released}")).await
}

/// AWS does not answer at all: what was begun is given up after a while, and nobody is let in before the lease is over.
#[tokio::test]
async fn asked_to_end_in_a_call_that_hangs_it_ends_and_keeps_the_next_one_waiting() -> anyhow::Result<()> {
    let mut world = stage::start("leaving-late").await?;
    let create = world.aws.inject(Fault::on("CreateGateway").hold_before_commit().always());
    set::apply(&world).await?;
    hit(&world, &create).await?;
    let begun = Instant::now();
    let status = world.operator.terminate(GRACE).await?;
    println!("end with a call that hangs: {:.2} s after SIGTERM", begun.elapsed().as_secs_f64());
    expect(&world, status.success(), format!("it ended with {status}")).await?;
    let held = lease(&world).await?;
    let is_held = held["holderIdentity"] == world.operator.identity();
    expect(&world, is_held, format!("the lease was given back with a call under way: {held}")).await?;
    create.stop();
    create.release();
    world.operator.restart().await?;
    set::ready(&world).await?;
    set::one_of_each(&world).await?;
    created_once(&world.aws.calls())
}

/// Without AWS nothing can be done, and starting again would not help: it lives, and is ready for what the cluster says.
#[tokio::test]
async fn without_aws_it_lives_and_is_ready() -> anyhow::Result<()> {
    let nobody = format!("http://127.0.0.1:{}", lab::ports::free_port()?);
    let mut world = stage::start_with("no-aws", |options| {
        options.operator_environment.insert("AWS_ENDPOINT_URL".to_owned(), nobody);
    })
    .await?;
    holds(&world, &world.operator).await?;
    set::apply(&world).await?;
    let tried = async || world.operator.logs().contains("waiting for AWS's answer").then_some(());
    world.wait_for("it has asked AWS in vain", lab::world::PATIENCE, tried).await?;
    for _ in 0..10 {
        for probe in ["healthz", "readyz"] {
            let answers = world.operator.answers(probe).await?;
            expect(&world, answers, format!("/{probe} is not ok without AWS")).await?;
        }
        stage::pause(500).await;
    }
    let runs = world.operator.is_running();
    expect(&world, runs, "it ended").await?;
    expect(&world, world.aws.calls().is_empty(), "there was an AWS").await
}

/// Somebody labels the lease, and somebody removes it: who holds it holds it still, and the label stays for as long as the lease does.
#[tokio::test]
async fn people_may_touch_the_lease() -> anyhow::Result<()> {
    const LEASE: &str = "coordination.k8s.io/v1/Lease";
    const NAME: &str = "agentcore-gateway-operator";
    let mut world = stage::start("touched").await?;
    holds(&world, &world.operator).await?;
    let label = json!({"metadata": {"labels": {"team": "tools"}}});
    let touched = world.merge(LEASE, NAMESPACE, NAME, label).await?;
    let look = async || {
        let lease = world.get(LEASE, NAMESPACE, NAME).await.ok()?;
        (lease["spec"]["renewTime"] != touched["spec"]["renewTime"]).then_some(lease)
    };
    let renewed = world.wait_for("the lease is renewed with its label", TAKEOVER, look).await?;
    let labels = &renewed["metadata"]["labels"];
    expect(&world, labels["team"] == "tools", format!("the label is gone: {renewed}")).await?;
    world.delete(LEASE, NAMESPACE, NAME).await?;
    holds(&world, &world.operator).await?;
    set::apply(&world).await?;
    set::ready(&world).await?;
    let runs = world.operator.is_running();
    expect(&world, runs, "it ended").await
}

/// What a lease costs: one write for each retry period, and no other.
#[tokio::test]
async fn a_lease_costs_one_write_per_period() -> anyhow::Result<()> {
    let world = stage::start("lease-cost").await?;
    set::apply(&world).await?;
    set::ready(&world).await?;
    stage::sweeps(&world, 2).await?;
    let (mark, begin) = (world.mark(), Instant::now());
    stage::pause(20_000).await;
    let (writes, elapsed) = (world.writes_since(mark), begin.elapsed());
    expect(&world, writes.total() == 0, format!("settled, and writes: {writes:?}")).await?;
    // On a busy machine a period may be longer, and never shorter.
    let most = usize::try_from(elapsed.as_secs() / 2 + 1)?;
    let fits = (most / 2..=most).contains(&writes.leases);
    expect(&world, fits, format!("{} writes of the lease in {elapsed:?}, at most {most}", writes.leases)).await
}

/// Sees an edit through.
async fn edit(world: &lab::world::World, description: &str) -> anyhow::Result<()> {
    let patch = json!({"spec": {"description": description}});
    world.merge("Gateway", NAMESPACE, GATEWAY.object, patch).await?;
    world.ready("Gateway", NAMESPACE, GATEWAY.object).await.map(drop)
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}
