//! Every situation that an object can be in, and what tools make of it.
//!
//! The operator is really driven into each of them (`calm`, `trouble`, `slow`, `away`), and what objects look like then is kept in
//! `recorded/`, one file per situation and kind. What kstatus and Argo CD say of it is compared twice: here of what is kept, at once, and
//! there of what is live.

mod away;
mod calm;
mod manifests;
mod recorded;
mod slow;
mod stage;
mod trouble;

use anyhow::Context;
use lab::objects::condition;
use serde_json::Value;

use crate::argocd::health;
use crate::kstatus::{self, Status};

const ALL: &[&str] = &["Gateway", "GatewayTarget", "ResourceConfiguration", "ResourceGateway"];
const TARGET: &[&str] = &["GatewayTarget"];
const REFERRING: &[&str] = &["Gateway", "GatewayTarget", "ResourceConfiguration"];
const REFERRED_TO: &[&str] = &["Gateway", "ResourceConfiguration", "ResourceGateway"];
const REPLACED: &[&str] = &["GatewayTarget", "ResourceConfiguration", "ResourceGateway"];

/// What an object is in, what it says then, and what tools make of that.
struct Situation {
    name: &'static str,
    /// Which test drives objects into it.
    group: &'static str,
    kinds: &'static [&'static str],
    /// The status of `Ready`, `Reconciling` and `Stalled`; empty where there is no such condition.
    conditions: [&'static str; 3],
    kstatus: Status,
    argo: &'static str,
}

const fn row(
    group: &'static str,
    name: &'static str,
    kinds: &'static [&'static str],
    conditions: [&'static str; 3],
    (kstatus, argo): (Status, &'static str),
) -> Situation {
    Situation { name, group, kinds, conditions, kstatus, argo }
}

const PROGRESS: (Status, &str) = (Status::InProgress, "Progressing");
const TROUBLE: (Status, &str) = (Status::Failed, "Degraded");
const DONE: (Status, &str) = (Status::Current, "Healthy");
const LEAVING: (Status, &str) = (Status::Terminating, "Progressing");

/// The table. What is only waited for is progress, what needs a person is trouble: whoever waits gives up on trouble at once.
#[rustfmt::skip]
const SITUATIONS: [Situation; 31] = [
    //  group      situation                kinds         Ready      Reconciling Stalled
    row("away",    "never-looked-at",       ALL,         ["",        "",     ""],     PROGRESS),
    row("slow",    "creating",              ALL,         ["Unknown", "True", ""],     PROGRESS),
    row("calm",    "waiting",               REFERRING,   ["False",   "True", ""],     PROGRESS),
    row("trouble", "throttled",             ALL,         ["Unknown", "True", ""],     PROGRESS),
    row("trouble", "unavailable",           ALL,         ["Unknown", "True", ""],     PROGRESS),
    row("trouble", "denied-at-first",       ALL,         ["False",   "True", ""],     PROGRESS),
    row("trouble", "denied-for-long",       ALL,         ["False",   "",     "True"], TROUBLE),
    row("trouble", "not-allowed-at-first",  TARGET,      ["False",   "True", ""],     PROGRESS),
    row("trouble", "not-allowed-for-long",  TARGET,      ["False",   "",     "True"], TROUBLE),
    row("trouble", "invalid",               ALL,         ["False",   "",     "True"], TROUBLE),
    row("trouble", "quota",                 ALL,         ["False",   "",     "True"], TROUBLE),
    row("trouble", "create-failed",         ALL,         ["False",   "",     "True"], TROUBLE),
    row("calm",    "done",                  ALL,         ["True",    "",     ""],     DONE),
    row("away",    "edited-not-seen",       ALL,         ["True",    "",     ""],     PROGRESS),
    row("slow",    "updating",              ALL,         ["True",    "True", ""],     PROGRESS),
    row("trouble", "update-failed",         ALL,         ["True",    "",     "True"], TROUBLE),
    row("calm",    "replacement-required",  REPLACED,    ["True",    "",     "True"], TROUBLE),
    row("away",    "look-fails",            ALL,         ["True",    "",     ""],     DONE),
    row("away",    "look-fails-for-long",   ALL,         ["Unknown", "",     ""],     PROGRESS),
    row("slow",    "consent-pending",       TARGET,      ["False",   "True", ""],     PROGRESS),
    row("slow",    "consent-too-late",      TARGET,      ["False",   "",     "True"], TROUBLE),
    row("calm",    "permission-taken-away", TARGET,      ["False",   "",     "True"], TROUBLE),
    row("calm",    "gone",                  &["Gateway"], ["False",   "",     "True"], TROUBLE),
    row("calm",    "suspended",             ALL,         ["True",    "",     ""],     (Status::Current, "Suspended")),
    row("calm",    "suspended-when-failed", TARGET,      ["False",   "",     ""],     (Status::InProgress, "Suspended")),
    row("calm",    "suspended-at-first",    ALL,         ["Unknown", "",     ""],     (Status::InProgress, "Suspended")),
    row("slow",    "deleting",              ALL,         ["False",   "True", ""],     LEAVING),
    row("trouble", "deleting-fails",        ALL,         ["False",   "True", ""],     LEAVING),
    row("calm",    "in-use",                REFERRED_TO, ["False",   "True", ""],     LEAVING),
    row("slow",    "associated",            &["ResourceConfiguration"], ["False", "True", ""], LEAVING),
    row("calm",    "in-use-elsewhere",      REFERRED_TO, ["False",   "",     "True"], LEAVING),
];

/// Holds an object against its row.
fn judge(situation: &Situation, object: &Value) -> anyhow::Result<()> {
    for (of, expected) in ["Ready", "Reconciling", "Stalled"].into_iter().zip(situation.conditions) {
        let found = condition(object, of).and_then(|condition| condition["status"].as_str()).unwrap_or_default();
        anyhow::ensure!(found == expected, "{of} is {found:?} and not {expected:?}");
    }
    let verdict = kstatus::compute(object)?;
    anyhow::ensure!(verdict.status == situation.kstatus, "kstatus says {verdict:?}, not {:?}", situation.kstatus);
    let health = health(object)?;
    anyhow::ensure!(health.status == situation.argo, "Argo CD says {health:?}, not {}", situation.argo);
    let useful = |message: &str| message.len() > 15 && message.contains(' ') && message.len() <= 1500;
    anyhow::ensure!(useful(&verdict.message), "kstatus does not tell what is the matter: {verdict:?}");
    anyhow::ensure!(useful(&health.message), "Argo CD does not tell what is the matter: {health:?}");
    // A tool that gives up shows nothing but this: it has to say what stands in status.
    if situation.argo == "Degraded" {
        let stalled = condition(object, "Stalled").context("nothing is Stalled")?;
        anyhow::ensure!(stalled["message"] == verdict.message && stalled["message"] == health.message);
    }
    Ok(())
}

#[test]
fn what_was_recorded_is_judged_as_the_table_says() -> anyhow::Result<()> {
    let mut expected = Vec::new();
    for situation in &SITUATIONS {
        for kind in situation.kinds {
            expected.push(format!("{}/{kind}.yaml", situation.name));
            let object = recorded::read(situation.name, kind)?;
            assert_eq!(object["kind"], **kind);
            judge(situation, &object).with_context(|| format!("{kind} {}", situation.name))?;
        }
    }
    expected.sort();
    assert_eq!(recorded::names()?, expected, "what is recorded, and what the table has");
    Ok(())
}

/// Why the definitions have a default for status: without it, an object that nobody has looked at passes for one that is done.
#[test]
fn without_the_default_of_status_kstatus_would_call_a_new_object_done() -> anyhow::Result<()> {
    for kind in ALL {
        let mut object = recorded::read("never-looked-at", kind)?;
        assert_eq!(object["status"], serde_json::json!({"observedGeneration": -1}));
        object.as_object_mut().map(|object| object.remove("status"));
        assert_eq!(kstatus::compute(&object)?.status, Status::Current);
        assert_eq!(health(&object)?.status, "Progressing", "Argo CD does not fall for it");
    }
    Ok(())
}
