//! Policies of IAM: the documents as people write them, and what they allow.
//!
//! Only what our documents use is understood, and what is not understood is an error: an operator or a key that was skipped over would
//! allow what it was written to forbid. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>

mod condition;
mod facts;
mod pattern;
mod placeholders;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use serde_json::Value;

use condition::Condition;
pub(super) use facts::Facts;
pub use pattern::{matches, matches_arn};
pub use placeholders::Placeholders;

/// The longest text of a managed policy, without white space.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const LONGEST: usize = 6144;

/// The documents that a role has.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    documents: BTreeMap<String, Vec<Statement>>,
    /// Whether they are what people install: then their use counts.
    is_installed: bool,
}

/// One statement of a document. All of them allow: what no statement allows is denied anyway.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its name, unique in its document.
    pub sid: String,
    /// What may be done, `service:Action`.
    pub actions: Vec<String>,
    /// With what: patterns of ARNs.
    pub resources: Vec<String>,
    /// The conditions as they are written.
    pub written: Value,
    conditions: Vec<Condition>,
}

/// A statement's place: its document and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The document's name, without `.json`.
    pub document: String,
    /// The statement's name.
    pub sid: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Document {
    version: String,
    statement: Vec<Written>,
}

/// A statement as it is written: in one form only, with lists throughout.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Written {
    sid: String,
    effect: String,
    action: Vec<String>,
    resource: Vec<String>,
    #[serde(default)]
    condition: Value,
}

impl Policies {
    /// The documents of this repository, `deploy/iam/*.json`, with these values for their placeholders.
    ///
    /// # Errors
    ///
    /// A document cannot be read, or says something that is not understood.
    pub fn of_the_repository(placeholders: &Placeholders) -> anyhow::Result<Self> {
        let mut policies = Self::default();
        for (name, text) in texts()? {
            policies.add(&name, &placeholders.fill_in(&text)?).with_context(|| format!("{name}.json"))?;
        }
        policies.is_installed = true;
        Ok(policies)
    }

    /// Adds a document.
    ///
    /// # Errors
    ///
    /// It says something that is not understood.
    pub fn add(&mut self, name: &str, text: &str) -> anyhow::Result<()> {
        let length = text.chars().filter(|letter| !letter.is_whitespace()).count();
        ensure!(length <= LONGEST, "a managed policy has {LONGEST} characters at most, this has {length}");
        let document: Document = serde_json::from_str(text)?;
        ensure!(document.version == "2012-10-17", "the version {} is not understood", document.version);
        let mut sids = BTreeSet::new();
        let mut statements = Vec::new();
        for written in document.statement {
            let sid = written.sid.clone();
            ensure!(sids.insert(sid.clone()), "two statements are named {sid}");
            statements.push(Statement::read(written).with_context(|| format!("statement {sid}"))?);
        }
        self.documents.insert(name.to_owned(), statements);
        self.is_installed = false;
        Ok(())
    }

    /// The same without a document.
    #[must_use]
    pub fn without(mut self, document: &str) -> Self {
        self.documents.remove(document);
        self.is_installed = false;
        self
    }

    /// The same without an action, in whatever statement it stands.
    #[must_use]
    pub fn without_action(mut self, action: &str) -> Self {
        for statement in self.documents.values_mut().flatten() {
            statement.actions.retain(|own| own != action);
        }
        self.is_installed = false;
        self
    }

    /// The same without a statement.
    #[must_use]
    pub fn without_statement(mut self, document: &str, sid: &str) -> Self {
        if let Some(statements) = self.documents.get_mut(document) {
            statements.retain(|statement| statement.sid != sid);
        }
        self.is_installed = false;
        self
    }

    /// Whether they are the documents of this repository, whole.
    #[must_use]
    pub fn is_installed(&self) -> bool {
        self.is_installed
    }

    /// All statements.
    pub fn statements(&self) -> impl Iterator<Item = (Place, &Statement)> {
        self.documents.iter().flat_map(|(document, statements)| {
            statements
                .iter()
                .map(|statement| (Place { document: document.clone(), sid: statement.sid.clone() }, statement))
        })
    }

    /// The statements that allow an action with a resource; none when it is denied.
    pub(super) fn allowing(&self, action: &str, resource: &str, facts: &Facts) -> Vec<Place> {
        let allows = |(_, statement): &(Place, &Statement)| statement.allows(action, resource, facts);
        self.statements().filter(allows).map(|(place, _)| place).collect()
    }
}

impl Statement {
    fn read(written: Written) -> anyhow::Result<Self> {
        let Written { sid, effect, action, resource, condition } = written;
        ensure!(
            !sid.is_empty() && sid.bytes().all(|letter| letter.is_ascii_alphanumeric()),
            "a Sid is made of letters and digits"
        );
        ensure!(effect == "Allow", "the effect {effect} is not understood");
        ensure!(!action.is_empty() && !resource.is_empty(), "it says no action or no resource");
        for action in &action {
            let is_action =
                action.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
            ensure!(is_action && !action.contains(['*', '?']), "{action} is not one action");
        }
        for resource in &resource {
            ensure!(resource == "*" || resource.split(':').count() >= 6, "{resource} is no ARN");
        }
        let conditions = condition::read(&condition)?;
        Ok(Self { sid, actions: action, resources: resource, written: condition, conditions })
    }

    fn allows(&self, action: &str, resource: &str, facts: &Facts) -> bool {
        // IAM compares actions without regard to case; ours are written as AWS writes them.
        self.actions.iter().any(|own| own == action)
            && self.resources.iter().any(|own| matches_arn(own, resource))
            && self.conditions.iter().all(|condition| condition.holds(facts))
    }
}

/// Where the repository keeps its documents.
#[must_use]
pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/iam")
}

/// The texts of the documents by their names, with placeholders.
///
/// # Errors
///
/// They cannot be read.
pub fn texts() -> anyhow::Result<BTreeMap<String, String>> {
    let directory = directory();
    let files = std::fs::read_dir(&directory).with_context(|| format!("no policies in {}", directory.display()))?;
    let mut texts = BTreeMap::new();
    for file in files {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "json")
            && let Some(name) = path.file_stem()
        {
            texts.insert(name.to_string_lossy().into_owned(), std::fs::read_to_string(&path)?);
        }
    }
    ensure!(!texts.is_empty(), "no policies in {}", directory.display());
    Ok(texts)
}

#[cfg(test)]
mod tests;
