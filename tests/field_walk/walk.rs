//! The walk of one leaf: an object of its own, which is set, changed and taken back, while AWS is looked at after each step.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use lab::aws::ObjectKind;
use lab::objects::condition;
use serde_json::{Value, json};

use crate::difference::{at, between, is_at_or_below, says_all_of, without};
use crate::expectations::{self, Expected, Step};
use crate::leaf::Leaf;
use crate::observer::Observer;
use crate::specs::Sample;
use crate::stage::{HOME, Stage};

/// How long a step may take; all leaves walk at the same time, so this is most of the whole walk.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often is looked at what is waited for.
const PAUSE: Duration = Duration::from_millis(50);

/// How many steps led to what.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) member: usize,
    pub(crate) derived: usize,
    pub(crate) nothing: usize,
    pub(crate) refused: usize,
    pub(crate) told: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, other: &Self) {
        self.member += other.member;
        self.derived += other.derived;
        self.nothing += other.nothing;
        self.refused += other.refused;
        self.told += other.told;
    }

    fn add_one(&mut self, expected: &Expected) {
        *match expected {
            Expected::Member => &mut self.member,
            Expected::Derived(_) => &mut self.derived,
            Expected::Nothing => &mut self.nothing,
            Expected::Refused(_) => &mut self.refused,
            Expected::Told(..) => &mut self.told,
        } += 1;
    }

    pub(crate) fn steps(&self) -> usize {
        self.member + self.derived + self.nothing + self.refused + self.told
    }
}

/// One leaf on its way.
pub(crate) struct Walk {
    pub(crate) stage: Arc<Stage>,
    pub(crate) observer: Arc<Observer>,
    pub(crate) leaf: Leaf,
    pub(crate) sample: Sample,
    /// The name of its object.
    pub(crate) name: String,
}

/// What a step led to.
#[derive(Clone, Debug)]
struct Outcome {
    refused: Option<String>,
    object: Value,
    /// The object in AWS, null where there is none.
    aws: Value,
}

impl Walk {
    /// Walks, and answers how many steps led to what, and which led elsewhere.
    pub(crate) async fn walk(&self) -> anyhow::Result<(Counts, Vec<String>)> {
        let (mut counts, mut elsewhere) = (Counts::default(), Vec::new());
        let full = &self.sample.spec;
        let (without, root) = match expectations::barred(&self.leaf) {
            Some((whole, _)) => (without(full, whole), whole.to_owned()),
            None => self.leaf.removed_from(full),
        };
        let is_born_with_it = expectations::is_born_with(&self.leaf);
        let mut before = self.step(if is_born_with_it { full } else { &without }, &Expected::Nothing).await?;
        anyhow::ensure!(before.refused.is_none(), "the API server refuses the sample: {:?}", before.refused);
        let began = before.aws.clone();
        for (step, spec) in self.steps(&without, is_born_with_it) {
            let expected = expectations::of(&self.leaf, step);
            let after = if step == Step::Create { before.clone() } else { self.step(&spec, &expected).await? };
            let judged = match step {
                Step::Create => created(&expected, &after, (&spec, &root)),
                Step::Set | Step::Change | Step::Remove => self.judge(&expected, &before, &after, (&spec, &root)),
            };
            if let Err(error) = judged {
                elsewhere.push(format!("{step:?}: {} -> {}: {error:#}", at(full, &root), at(&spec, &root)));
            }
            let taken_back = step == Step::Remove && !is_born_with_it;
            if taken_back && matches!(expected, Expected::Member | Expected::Derived(_)) {
                let left = between(&began, &after.aws);
                if !left.is_empty() {
                    elsewhere.push(format!("{step:?}: AWS is not as it was before it was set: {left:?}"));
                }
            }
            counts.add_one(&expected);
            before = after;
        }
        Ok((counts, elsewhere))
    }

    /// What is applied, step by step, once the object is there.
    fn steps(&self, without: &Value, is_born_with_it: bool) -> Vec<(Step, Value)> {
        let full = &self.sample.spec;
        let chosen = self.sample.changes.get(&self.leaf.to_string());
        let begin = if is_born_with_it { Step::Create } else { Step::Set };
        let changed = self.leaf.changed_in(full, chosen).map(|changed| (Step::Change, changed));
        [(begin, full.clone())].into_iter().chain(changed).chain([(Step::Remove, without.clone())]).collect()
    }

    /// Applies a spec and waits until the operator is done with it, or has said what it is expected to say.
    async fn step(&self, spec: &Value, expected: &Expected) -> anyhow::Result<Outcome> {
        let object = json!({
            "apiVersion": "tools.agentcore.dev/v1alpha1",
            "kind": self.leaf.kind,
            "metadata": {"name": self.name, "namespace": HOME},
            "spec": spec,
        });
        let (refused, generation) = match self.stage.world.apply_object(object).await {
            Ok(applied) => (None, applied["metadata"]["generation"].clone()),
            Err(refusal) => (Some(format!("{refusal:#}")), Value::Null),
        };
        let namespace = self.stage.world.namespace(HOME);
        if let Some(refusal) = refused {
            let object = self.observer.find(&self.leaf.kind, &namespace, &self.name).unwrap_or_default();
            return Ok(Outcome { aws: self.in_aws(&object), refused: Some(refusal), object });
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let object = self.observer.find(&self.leaf.kind, &namespace, &self.name).unwrap_or_default();
            let said = matches!(expected, Expected::Told(of, reason, _) if is_told(&object, of, reason));
            if object["metadata"]["generation"] == generation && (said || is_settled(&object)) {
                return Ok(Outcome { refused: None, aws: self.in_aws(&object), object });
            }
            if Instant::now() >= deadline {
                let conditions = &object["status"]["conditions"];
                anyhow::bail!("with {spec}, expecting {expected:?}, it is not settled: {conditions}");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn in_aws(&self, object: &Value) -> Value {
        let (kind, member) = match self.leaf.kind.as_str() {
            "Gateway" => (ObjectKind::Gateway, "gatewayId"),
            "GatewayTarget" => (ObjectKind::GatewayTarget, "targetId"),
            "ResourceGateway" => (ObjectKind::ResourceGateway, "resourceGatewayId"),
            _ => (ObjectKind::ResourceConfiguration, "resourceConfigurationId"),
        };
        let id = object["status"][member].as_str();
        id.and_then(|id| self.stage.world.aws.object(kind, id)).unwrap_or_default()
    }

    fn judge(
        &self,
        expected: &Expected,
        before: &Outcome,
        after: &Outcome,
        (spec, root): (&Value, &str),
    ) -> anyhow::Result<()> {
        let differs = between(&before.aws, &after.aws);
        let seen = || format!("expected {expected:?}; {}", told(after, &differs));
        match expected {
            Expected::Refused(piece) => {
                let refused = after.refused.as_deref().with_context(seen)?;
                anyhow::ensure!(piece.split('|').any(|piece| refused.contains(piece)), seen());
                anyhow::ensure!(differs.is_empty(), seen());
                return Ok(());
            }
            Expected::Told(of, reason, piece) => {
                let found = condition(&after.object, of).with_context(seen)?;
                let says = found["reason"] == *reason && found["message"].as_str().unwrap_or_default().contains(piece);
                anyhow::ensure!(says && differs.is_empty() && after.refused.is_none(), seen());
                return Ok(());
            }
            Expected::Nothing => anyhow::ensure!(differs.is_empty(), seen()),
            Expected::Member => {
                let roots = expectations::in_aws(&self.leaf.kind, root);
                let is_it = |path: &String| roots.iter().any(|root| is_at_or_below(path, root));
                anyhow::ensure!(!differs.is_empty() && differs.iter().all(is_it), seen());
                let (said, has) = (at(spec, root), at(&after.aws, root));
                let same_place = roots.contains(&root);
                anyhow::ensure!(!same_place || said.is_null() || says_all_of(has, said), seen());
            }
            Expected::Derived(roots) => {
                let is_it = |path: &String| roots.iter().any(|root| is_at_or_below(path, root));
                anyhow::ensure!(!differs.is_empty() && differs.iter().all(is_it), seen());
            }
        }
        anyhow::ensure!(after.refused.is_none() && is_calm(&after.object), seen());
        Ok(())
    }
}

/// Judges an object that was made with the leaf: nothing is there before it that could differ.
fn created(expected: &Expected, after: &Outcome, (spec, root): (&Value, &str)) -> anyhow::Result<()> {
    let seen = || format!("expected {expected:?}; {}", told(after, &BTreeSet::new()));
    if *expected == Expected::Member {
        anyhow::ensure!(says_all_of(at(&after.aws, root), at(spec, root)), "AWS has {}", at(&after.aws, root));
    }
    anyhow::ensure!(is_calm(&after.object), seen());
    Ok(())
}

/// What a step led to, on one line.
fn told(outcome: &Outcome, differs: &BTreeSet<String>) -> String {
    if let Some(refused) = &outcome.refused {
        return format!("refused: {refused}");
    }
    let mut lines = vec![format!("AWS differs in {differs:?}")];
    for found in outcome.object["status"]["conditions"].as_array().into_iter().flatten() {
        let only_while_true = ["Stalled", "Reconciling", "ReplacementRequired", "Suspended"];
        let of = found["type"].as_str().unwrap_or_default();
        if found["status"] == "False" || (only_while_true.contains(&of) && found["status"] == "True") {
            lines.push(format!("{of}={} {}: {}", found["status"], found["reason"], found["message"]));
        }
    }
    lines.join("; ")
}

/// Whether a condition of the newest generation says this.
fn is_told(object: &Value, of: &str, reason: &str) -> bool {
    condition(object, of).is_some_and(|found| {
        found["reason"] == reason && found["observedGeneration"] == object["metadata"]["generation"]
    })
}

/// Whether the operator has said all that it has to say of the newest generation.
fn is_settled(object: &Value) -> bool {
    let generation = &object["metadata"]["generation"];
    let holds = |of: &str| condition(object, of).is_some_and(|found| found["status"] == "True");
    let current = |of: &str| condition(object, of).is_some_and(|found| found["observedGeneration"] == *generation);
    object["status"]["observedGeneration"] == *generation
        && !holds("Reconciling")
        && ((holds("Ready") && current("Ready"))
            || holds("Stalled")
            || holds("ReplacementRequired")
            || holds("Suspended"))
}

/// Whether the object is Ready.
fn is_ready(object: &Value) -> bool {
    condition(object, "Ready").is_some_and(|found| found["status"] == "True")
}

/// Whether nobody has to do anything.
fn is_calm(object: &Value) -> bool {
    let holds = |of: &str| condition(object, of).is_some_and(|found| found["status"] == "True");
    is_ready(object) && !holds("Stalled") && !holds("ReplacementRequired")
}
