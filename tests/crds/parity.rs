//! Nothing that AWS accepts is missing: the SDK's own types, the public models and the CRDs are walked side by side.
//!
//! The SDK's types say what can be sent, and are read from the source that this very build uses. The public models say under which name a
//! member travels, and what there is that the SDK does not know. A member that an upgrade of the SDK brings fails here until it is in the
//! CRD, or in a list below with the reason why it is not.

mod lists;
mod model;
mod schema;
mod sdk;
mod tree;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use lists::{ABSENT, NATIVE, UNKNOWN_TO_THE_SDK};
use model::Model;
use sdk::Sdk;
use tree::{Tree, is_at_or_below, topmost};

/// A path and why it is in a list, per kind; `*` is every kind.
pub(crate) type Explained = (&'static str, &'static str, &'static str);

/// A kind, and what it becomes in AWS.
struct Counterpart {
    kind: &'static str,
    package: &'static str,
    model: &'static str,
    operations: [&'static str; 2],
}

const COUNTERPARTS: [Counterpart; 4] = [
    Counterpart {
        kind: "Gateway",
        package: "aws-sdk-bedrockagentcorecontrol",
        model: "bedrock-agentcore-control",
        operations: ["CreateGateway", "UpdateGateway"],
    },
    Counterpart {
        kind: "GatewayTarget",
        package: "aws-sdk-bedrockagentcorecontrol",
        model: "bedrock-agentcore-control",
        operations: ["CreateGatewayTarget", "UpdateGatewayTarget"],
    },
    Counterpart {
        kind: "ResourceGateway",
        package: "aws-sdk-vpclattice",
        model: "vpc-lattice",
        operations: ["CreateResourceGateway", "UpdateResourceGateway"],
    },
    Counterpart {
        kind: "ResourceConfiguration",
        package: "aws-sdk-vpclattice",
        model: "vpc-lattice",
        operations: ["CreateResourceConfiguration", "UpdateResourceConfiguration"],
    },
];

impl Counterpart {
    /// The input of each operation as the SDK can send it, with the names that travel.
    fn sent(&self) -> anyhow::Result<[Tree; 2]> {
        let (sdk, model) = (Sdk::of(self.package)?, Model::of(self.model)?);
        let mut strangers = Vec::new();
        let mut input = |operation: &str| -> anyhow::Result<Tree> {
            Ok(sdk.input(operation)?.renamed(&model.input(operation)?, operation, &mut strangers))
        };
        let inputs = [input(self.operations[0])?, input(self.operations[1])?];
        anyhow::ensure!(
            strangers.is_empty(),
            "the SDK sends what the models in tests/lab/models do not have; tests/lab/models/prune.py cuts newer ones: {strangers:#?}"
        );
        Ok(inputs)
    }
}

/// Every kind with the inputs of its operations; reading the SDKs' sources takes some seconds, so it is done once.
fn counterparts() -> anyhow::Result<impl Iterator<Item = (&'static Counterpart, &'static [Tree; 2])>> {
    static SENT: LazyLock<Result<Vec<[Tree; 2]>, String>> = LazyLock::new(|| {
        let sent: anyhow::Result<_> = COUNTERPARTS.iter().map(Counterpart::sent).collect();
        sent.map_err(|error| format!("{error:#}"))
    });
    let sent = SENT.as_ref().map_err(anyhow::Error::msg)?;
    Ok(COUNTERPARTS.iter().zip(sent))
}

/// Takes from `paths` what a list explains, and tells of entries that explain nothing.
fn unexplained(kind: &str, paths: &BTreeSet<String>, list: &[Explained]) -> (BTreeSet<String>, BTreeSet<Explained>) {
    let own = |entry: &&Explained| entry.0 == "*" || entry.0 == kind;
    let left = paths.iter().filter(|path| !list.iter().filter(own).any(|(_, root, _)| is_at_or_below(path, root)));
    let used = list.iter().filter(own).filter(|(_, root, _)| paths.iter().any(|path| is_at_or_below(path, root)));
    (left.cloned().collect(), used.copied().collect())
}

/// Compares every kind: what is left of `difference` after the list's explanations, and what of the list explains nothing, is a failure.
fn everything_is_explained(
    list: &[Explained],
    difference: impl Fn(&BTreeSet<String>, &BTreeSet<String>) -> BTreeSet<String>,
) -> anyhow::Result<()> {
    let (mut complaints, mut used, mut compared) = (Vec::new(), BTreeSet::new(), 0);
    for (counterpart, [create, update]) in counterparts()? {
        let (accepted, spec) = (create.clone().joined(update.clone()).paths(), schema::spec(counterpart.kind)?.paths());
        compared += accepted.len();
        let (left, explained) = unexplained(counterpart.kind, &difference(&accepted, &spec), list);
        complaints.extend(topmost(&left).into_iter().map(|path| format!("{}: {path}", counterpart.kind)));
        used.extend(explained);
    }
    let idle = list.iter().filter(|entry| !used.contains(*entry));
    complaints.extend(idle.map(|entry| format!("the list explains what is no longer so: {entry:?}")));
    anyhow::ensure!(list.iter().all(|(_, _, why)| why.len() > 15), "an entry of the list does not say why it is there");
    assert!(compared > 200, "the walk saw only {compared} members");
    assert!(complaints.is_empty(), "{} unexplained:\n{}", complaints.len(), complaints.join("\n"));
    Ok(())
}

#[test]
fn everything_that_aws_accepts_is_in_a_spec() -> anyhow::Result<()> {
    everything_is_explained(ABSENT, |accepted, spec| accepted - spec)
}

#[test]
fn everything_in_a_spec_is_of_aws_or_explained() -> anyhow::Result<()> {
    everything_is_explained(NATIVE, |accepted, spec| spec - accepted)
}

/// What the public models have and the SDK lacks, by operation.
fn unknown_to_the_sdk() -> anyhow::Result<BTreeSet<(&'static str, String)>> {
    let mut unknown = BTreeSet::new();
    for (counterpart, inputs) in counterparts()? {
        let model = Model::of(counterpart.model)?;
        for (operation, sent) in counterpart.operations.into_iter().zip(inputs) {
            let missing = &model.input(operation)?.paths() - &sent.paths();
            unknown.extend(topmost(&missing).into_iter().map(|path| (operation, path)));
        }
    }
    Ok(unknown)
}

#[test]
fn what_the_sdk_does_not_know_is_listed() -> anyhow::Result<()> {
    let listed: BTreeSet<_> = UNKNOWN_TO_THE_SDK
        .iter()
        .flat_map(|unknown| unknown.operations.iter().map(|operation| (*operation, unknown.member.to_owned())))
        .collect();
    assert_eq!(unknown_to_the_sdk()?, listed);
    Ok(())
}

/// The page for users, from the list.
fn page() -> String {
    let rows = |replaced_as_a_whole: bool| -> String {
        let listed = UNKNOWN_TO_THE_SDK.iter().filter(|unknown| unknown.replaced_as_a_whole == replaced_as_a_whole);
        let rows: Vec<_> = listed.map(|it| format!("| `{}` | `{}` | {} |", it.kind, it.member, it.meaning)).collect();
        rows.join("\n")
    };
    lists::PAGE.replace("<agentcore>", &rows(true)).replace("<lattice>", &rows(false))
}

#[test]
fn the_page_about_unknown_members_is_up_to_date() -> anyhow::Result<()> {
    let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/unknown-members.md"));
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap_or(file))?;
        std::fs::write(file, page())?;
    }
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    assert_eq!(
        kept,
        page(),
        "`UPDATE_GOLDENS=1 cargo test --workspace --test crds page` writes docs/unknown-members.md anew"
    );
    Ok(())
}
