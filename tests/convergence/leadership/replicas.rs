//! More than one operator for a world, and what each of them did.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use lab::aws::{Aws, Call};
use lab::control_plane::AuditEvent;
use lab::operator::{Operator, OperatorOptions};
use lab::world::World;
use serde_json::Value;

use crate::stage::{self, BINARY, NAMESPACE};

/// How long to wait for a lease to run out and for what comes then.
pub(super) const TAKEOVER: Duration = Duration::from_mins(1);

/// Who a replica is to the API server.
pub(super) fn user(name: &str) -> String {
    format!("replica:{name}")
}

/// Another replica of a world's operator, which stands for the same lease. Its requests to the API server are told from others' by
/// [`user`], its calls to AWS by its access key.
pub(super) fn replica(
    world: &World,
    cluster: &str,
    name: &str,
    kubeconfig: Option<PathBuf>,
) -> anyhow::Result<Operator> {
    let control_plane = world.control_plane;
    let kubeconfig = match kubeconfig {
        Some(kubeconfig) => kubeconfig,
        None => control_plane.kubeconfig_for(&user(name), Some("system:masters"))?,
    };
    let mut arguments = stage::options().operator_arguments;
    arguments.push(format!("--watch-namespaces={}", world.namespace(NAMESPACE)));
    arguments.push(format!("--cluster-name={cluster}"));
    arguments.push(format!("--lease-namespace={}", world.namespace(NAMESPACE)));
    Operator::start(OperatorOptions {
        binary: BINARY.into(),
        kubeconfig,
        aws_endpoint: world.aws.endpoint(),
        log: control_plane.directory().join(format!("replica-{name}.log")),
        arguments,
        environment: BTreeMap::new(),
    })
}

/// The calls that one operator made.
pub(super) fn calls_by(aws: &Aws, operator: &Operator) -> Vec<Call> {
    let access_key = operator.access_key();
    aws.calls().into_iter().filter(|call| call.access_key == access_key).collect()
}

/// Who called AWS, in turns: an operator comes once for each time that its calls follow another's.
pub(super) fn turns(calls: &[Call]) -> Vec<String> {
    let mut turns: Vec<String> = calls.iter().map(|call| call.access_key.clone()).collect();
    turns.dedup();
    turns
}

/// What a user wrote to the API server since a mark, leases aside.
pub(super) fn writes_by(world: &World, user: &str, mark: usize) -> Vec<AuditEvent> {
    let requests = world.control_plane.audit_since(mark).into_iter();
    requests.filter(|one| one.user == user && one.is_write() && one.resource != "leases").collect()
}

/// The lease of a world as it is now.
pub(super) async fn lease(world: &World) -> anyhow::Result<Value> {
    let lease = world.get("coordination.k8s.io/v1/Lease", NAMESPACE, "agentcore-gateway-operator").await?;
    Ok(lease["spec"].clone())
}

/// When the lease was last renewed, by its holder's clock, which is this machine's.
pub(super) async fn renewed(world: &World) -> anyhow::Result<jiff::Timestamp> {
    let lease = lease(world).await?;
    let at = lease["renewTime"].as_str().context("the lease was never renewed")?;
    Ok(at.parse()?)
}

/// Waits until somebody holds the lease.
pub(super) async fn holds(world: &World, operator: &Operator) -> anyhow::Result<()> {
    let what = format!("{} leads", operator.identity());
    let look = async || {
        let lease = lease(world).await.ok()?;
        (lease["holderIdentity"] == operator.identity()).then_some(())
    };
    world.wait_for(&what, TAKEOVER, look).await
}

/// Waits for an operator's first call after a mark in the ledger.
pub(super) async fn first_call(world: &World, operator: &Operator, mark: usize) -> anyhow::Result<Call> {
    let access_key = operator.access_key();
    let look = async || world.aws.calls_since(mark).into_iter().find(|call| call.access_key == access_key);
    world.wait_for(&format!("{} calls AWS", operator.identity()), TAKEOVER, look).await
}
