//! Holding what was used against what is granted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::record::{self, Line};
use super::{EXPLAINED, Explained, Rights};
use crate::aws::policy::{Placeholders, Policies};

/// The arguments of `lab usage`.
#[derive(clap::Args, Clone, Debug)]
pub struct UsageArguments {
    /// Where the tests' record is: what `AGENTCORE_LAB_USAGE` named while they ran
    #[arg(long, default_value = "target/usage")]
    pub directory: PathBuf,
}

/// What is wrong with a right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// It is granted, nothing used it, and nobody explains why it is granted.
    Unused(String),
    /// It was used, or asked for in vain, and is not granted.
    NotGranted(String),
    /// It is explained, and was used or is not granted: the explanation goes.
    NothingToExplain(String),
}

impl std::fmt::Display for Difference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Difference::Unused(right) => write!(formatter, "granted and never used: {right}"),
            Difference::NotGranted(right) => write!(formatter, "used and not granted: {right}"),
            Difference::NothingToExplain(right) => write!(formatter, "explained without need: {right}"),
        }
    }
}

/// Compares the record of a whole test suite with `deploy/`, and prints every right with what became of it.
///
/// # Errors
///
/// There is a difference, or no record.
pub fn run(arguments: &UsageArguments) -> anyhow::Result<()> {
    let lines = record::read(&arguments.directory)?;
    let policies = Policies::of_the_repository(&Placeholders::new("111122223333", "us-west-2", "cluster"))?;
    let rights = Rights::of_the_repository()?;
    let granted = granted(&policies, &rights);
    let used: BTreeSet<String> = lines.iter().map(written).collect();
    print(&granted, &used);
    let differences = compare(&granted, &used, EXPLAINED);
    if differences.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = differences.iter().map(ToString::to_string).collect();
    anyhow::bail!(
        "rights and use differ; change deploy/iam or the chart's rules, or explain it in tests/lab/src/usage/explained.rs:\n{}",
        told.join("\n")
    )
}

/// What differs. Rights are told apart by how they are written.
#[must_use]
pub fn compare(granted: &BTreeSet<String>, used: &BTreeSet<String>, explained: &[Explained]) -> Vec<Difference> {
    let explained: BTreeMap<&str, &str> = explained.iter().map(|one| (one.right, one.why)).collect();
    let unused = granted.difference(used).filter(|right| !explained.contains_key(right.as_str())).cloned();
    let not_granted = used.difference(granted).cloned();
    let needless = explained.keys().filter(|right| !granted.contains(**right) || used.contains(**right));
    unused
        .map(Difference::Unused)
        .chain(not_granted.map(Difference::NotGranted))
        .chain(needless.map(|right| Difference::NothingToExplain((*right).to_owned())))
        .collect()
}

/// Everything that is granted, as it is written in the table.
fn granted(policies: &Policies, rights: &Rights) -> BTreeSet<String> {
    let actions = policies.statements().flat_map(|(place, statement)| {
        statement.actions.iter().map(move |action| allowed(&place.document, &place.sid, action)).collect::<Vec<_>>()
    });
    actions.chain(rights.all().iter().map(asked)).collect()
}

fn written(line: &Line) -> String {
    match line {
        Line::Allowed { document, sid, action } => allowed(document, sid, action),
        Line::Denied { action, resource } => format!("IAM {action} on {resource}"),
        Line::Asked(right) => asked(right),
    }
}

fn allowed(document: &str, sid: &str, action: &str) -> String {
    format!("IAM {document}.json {sid} {action}")
}

fn asked(right: &super::Right) -> String {
    format!("RBAC {right}")
}

fn print(granted: &BTreeSet<String>, used: &BTreeSet<String>) {
    for right in granted.union(used) {
        let why = EXPLAINED.iter().find(|one| one.right == right.as_str()).map(|one| one.why);
        let verdict = match (granted.contains(right), used.contains(right), why) {
            (true, true, _) => "used".to_owned(),
            (true, false, Some(why)) => format!("explained: {why}"),
            (true, false, None) => "NOT USED".to_owned(),
            (false, _, _) => "NOT GRANTED".to_owned(),
        };
        println!("{right:<100} {verdict}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn every_difference_is_told() {
        let because = |right: &'static str| Explained { right, why: "because" };
        let unused = Difference::Unused("b".to_owned());
        let table = [
            ("the same", rights(&["a", "b"]), rights(&["a", "b"]), vec![], vec![]),
            ("too much", rights(&["a", "b"]), rights(&["a"]), vec![], vec![unused]),
            ("explained", rights(&["a", "b"]), rights(&["a"]), vec![because("b")], vec![]),
            ("too little", rights(&["a"]), rights(&["a", "b"]), vec![], vec![Difference::NotGranted("b".to_owned())]),
            (
                "no explanation helps against too little",
                rights(&["a"]),
                rights(&["a", "b"]),
                vec![because("b")],
                vec![Difference::NotGranted("b".to_owned()), Difference::NothingToExplain("b".to_owned())],
            ),
            (
                "explained and used",
                rights(&["a"]),
                rights(&["a"]),
                vec![because("a")],
                vec![Difference::NothingToExplain("a".to_owned())],
            ),
            (
                "explained and not there",
                rights(&["a"]),
                rights(&["a"]),
                vec![because("b")],
                vec![Difference::NothingToExplain("b".to_owned())],
            ),
        ];
        for (case, granted, used, explained, expected) in table {
            assert_eq!(compare(&granted, &used, &explained), expected, "{case}");
        }
    }

    #[test]
    fn a_record_reads_as_it_was_written() -> anyhow::Result<()> {
        let right = super::super::Right {
            verb: "patch".to_owned(),
            group: "tools.agentcore.dev".to_owned(),
            resource: "gateways/status".to_owned(),
        };
        let lines = [
            Line::Allowed { document: "gateway".to_owned(), sid: "Find".to_owned(), action: "x:List".to_owned() },
            Line::Denied { action: "x:Delete".to_owned(), resource: "arn".to_owned() },
            Line::Asked(right),
        ];
        let directory = tempfile::tempdir()?;
        assert!(record::read(directory.path()).is_err(), "an empty record compares nothing");
        let text: Vec<String> = lines.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        std::fs::write(directory.path().join("1.jsonl"), text.join("\n"))?;
        assert_eq!(record::read(directory.path())?, lines);
        let expected =
            ["IAM gateway.json Find x:List", "IAM x:Delete on arn", "RBAC patch gateways/status.tools.agentcore.dev"];
        assert_eq!(lines.iter().map(written).collect::<Vec<_>>(), expected);
        Ok(())
    }
}
