//! A world in which objects are driven into the situations of one group.

use std::cell::RefCell;
use std::collections::BTreeSet;

use anyhow::Context;
use futures::future::try_join_all;
use lab::aws::AwsOptions;
use lab::clock::Clock;
use lab::objects::condition;
use lab::world::{PATIENCE, World, WorldOptions};
use serde_json::{Value, json};

use super::manifests::{NAMESPACE, object};
use super::{ALL, SITUATIONS, Situation, judge, recorded};

/// The operator under test.
pub(super) const OPERATOR: &str = env!("CARGO_BIN_EXE_agentcore-gateway-operator");

/// A world, and the situations that were reached in it.
pub(super) struct Stage {
    pub(super) world: World,
    /// The operator's clock.
    pub(super) clock: Clock,
    group: &'static str,
    reached: RefCell<BTreeSet<(String, String)>>,
}

impl Stage {
    /// Starts a world for a group; `measure` says what is special about its AWS.
    pub(super) async fn set(group: &'static str, measure: impl FnOnce(&mut AwsOptions)) -> anyhow::Result<Stage> {
        let clock = Clock::new()?;
        let arguments = ["--retry-floor=200ms", "--retry-cap=1s", "--drift-interval=500ms"];
        let mut options = WorldOptions {
            aws: AwsOptions { speed: 400.0, ..AwsOptions::default() },
            operator_arguments: arguments.map(str::to_owned).to_vec(),
            operator_environment: clock.environment(),
            ..WorldOptions::default()
        };
        // A lease is lost when its holder's clock jumps, and that is another matter.
        options.operator_environment.insert("AGENTCORE_LEADER_ELECT".to_owned(), "false".to_owned());
        measure(&mut options.aws);
        let world = World::start_with(OPERATOR, &format!("situations-{group}"), options).await?;
        Ok(Stage { world, clock, group, reached: RefCell::default() })
    }

    /// Applies objects and does not wait.
    pub(super) async fn apply(&self, objects: impl IntoIterator<Item = Value>) -> anyhow::Result<()> {
        for object in objects {
            self.world.apply_object(object).await?;
        }
        Ok(())
    }

    /// Applies the parents that targets and resource configurations have, and waits for them.
    pub(super) async fn parents(&self) -> anyhow::Result<()> {
        self.apply([object("Gateway", "agents"), object("ResourceGateway", "shared")]).await?;
        self.ready(&[("Gateway", "agents"), ("ResourceGateway", "shared")]).await
    }

    /// Applies an object of every kind, all with this name, and waits for them.
    pub(super) async fn one_of_each(&self, name: &str) -> anyhow::Result<()> {
        self.apply(ALL.iter().map(|kind| object(kind, name))).await?;
        self.ready(&ALL.iter().map(|&kind| (kind, name)).collect::<Vec<_>>()).await
    }

    /// Waits until objects are Ready.
    pub(super) async fn ready(&self, objects: &[(&str, &str)]) -> anyhow::Result<()> {
        let waits = objects.iter().map(|(kind, name)| self.world.ready(kind, NAMESPACE, name));
        try_join_all(waits).await.map(drop)
    }

    /// Waits until AWS was swept so often.
    pub(super) async fn looks(&self, times: usize) -> anyhow::Result<()> {
        let mark = self.world.aws.mark();
        let swept = || self.world.aws.calls_since(mark).iter().filter(|call| call.operation == "ListGateways").count();
        let look = async || (swept() >= times).then_some(());
        self.world.wait_for(&format!("AWS is swept {times} times"), PATIENCE, look).await
    }

    /// Changes an object.
    pub(super) async fn merge(&self, kind: &str, name: &str, patch: Value) -> anyhow::Result<()> {
        self.world.merge(kind, NAMESPACE, name, patch).await.map(drop)
    }

    /// Waits until the object of every kind with this name is in a situation.
    pub(super) async fn reach_all(&self, situation: &str, name: &str, reason: &str) -> anyhow::Result<()> {
        for kind in ALL {
            self.reach(situation, (kind, NAMESPACE, name), reason).await?;
        }
        Ok(())
    }

    /// Waits until an object says what it should in a situation, for this reason, and judges it. With `UPDATE_GOLDENS` it is recorded,
    /// and otherwise it has to have the shape of what was recorded.
    pub(super) async fn reach(
        &self,
        situation: &str,
        (kind, namespace, name): (&str, &str, &str),
        reason: &str,
    ) -> anyhow::Result<Value> {
        let row = SITUATIONS.iter().find(|row| row.name == situation).context("no such situation")?;
        anyhow::ensure!(row.group == self.group && row.kinds.contains(&kind), "{situation} is not for {kind} here");
        let look = async || {
            let object = self.world.find(kind, namespace, name).await.ok().flatten()?;
            (is_in(row, &object) && has_reason(&object, reason)).then_some(object)
        };
        let what = format!("{kind} {namespace}/{name} is in the situation {situation}, for the reason {reason:?}");
        let object = self.world.wait_for(&what, PATIENCE, look).await?;
        judge(row, &object).with_context(|| format!("{what}: {object:#}"))?;
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            recorded::write(situation, &object, &self.world.namespace(NAMESPACE).replace(NAMESPACE, ""))?;
        }
        let shape = recorded::shape(&recorded::read(situation, kind)?);
        anyhow::ensure!(recorded::shape(&object) == shape, "{what}: recorded was {shape:?}, and now it is {object:#}");
        self.reached.borrow_mut().insert((situation.to_owned(), kind.to_owned()));
        Ok(object)
    }

    /// Sees that every situation of the group was reached.
    pub(super) fn finish(self) {
        let rows = SITUATIONS.iter().filter(|row| row.group == self.group);
        let expected: BTreeSet<(String, String)> =
            rows.flat_map(|row| row.kinds.iter().map(|kind| (row.name.to_owned(), (*kind).to_owned()))).collect();
        assert_eq!(self.reached.into_inner(), expected);
    }
}

fn is_in(row: &Situation, object: &Value) -> bool {
    let says =
        |of: &str| condition(object, of).and_then(|found| found["status"].as_str()).unwrap_or_default().to_owned();
    ["Ready", "Reconciling", "Stalled"].map(says) == row.conditions
}

/// Whether a condition that matters has the reason; none is asked for when it is empty.
fn has_reason(object: &Value, reason: &str) -> bool {
    let of = ["Stalled", "Reconciling", "Suspended", "Ready"];
    let first = of.into_iter().find_map(|of| condition(object, of));
    reason.is_empty() || first.is_some_and(|condition| condition["reason"] == json!(reason))
}
