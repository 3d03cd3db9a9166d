//! What a server offers, as far as it matters once the offer has been read: names, and a digest of everything that AWS indexes.
//!
//! Schemas and descriptions are not kept: a hundred tools take a few kilobytes. What a server says of itself is untrusted text, so
//! names are made printable and short before anybody sees them.

mod compare;
mod text;

use std::collections::BTreeSet;

use serde_json::Value;
use sha2::{Digest, Sha256};

pub use compare::difference;
pub(crate) use text::printable;

/// The most names that [`Catalogue::names`] lists, and so the most in a status.
pub const LISTED: usize = 200;

/// The longest name of a tool, as agents see it, that most clients of language models accept.
const CLIENT_LIMIT: usize = 64;

/// The longest name of a tool, with the target's name before it, that AWS accepts (quotas of AgentCore Gateway).
const AWS_LIMIT: usize = 256;

/// The most tools of one target (quotas of AgentCore Gateway).
const TOOLS_LIMIT: usize = 1_000;

/// The most entries of one kind that are kept, where they are not tools.
const KEPT: usize = 1_000;

/// What a server can offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something that agents call; seen by them as `<target>___<name>`.
    Tool,
    /// A text with places to fill; seen by agents as `<target>___<name>`.
    Prompt,
    /// A document with an address of its own, which agents see as it is.
    Resource,
    /// A pattern of such addresses.
    ResourceTemplate,
}

impl Kind {
    /// Every kind, in the order in which servers are asked.
    pub const ALL: [Self; 4] = [Self::Tool, Self::Prompt, Self::Resource, Self::ResourceTemplate];

    /// Where an entry says what it is called.
    const fn key(self) -> &'static str {
        match self {
            Self::Tool | Self::Prompt => "name",
            Self::Resource => "uri",
            Self::ResourceTemplate => "uriTemplate",
        }
    }

    /// What of an entry AWS indexes and agents see. Sizes, dates, icons and `_meta` are left out: they change without a change of the
    /// offer, and each change costs a synchronization.
    const fn indexed(self) -> &'static [&'static str] {
        match self {
            Self::Tool => &["name", "title", "description", "inputSchema", "outputSchema", "annotations"],
            Self::Prompt => &["name", "title", "description", "arguments"],
            Self::Resource => &["uri", "name", "title", "description", "mimeType"],
            Self::ResourceTemplate => &["uriTemplate", "name", "title", "description", "mimeType"],
        }
    }
}

/// Names and digests of everything that a server offers.
///
/// Two catalogues with one [`Catalogue::digest`] offer the same, in whatever order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    tools: Vec<Entry>,
    prompts: Vec<Entry>,
    resources: Vec<Entry>,
    templates: Vec<Entry>,
}

/// One thing that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// Printable and short; distinct where the server's names are.
    name: String,
    /// SHA-256 of all that AWS indexes of it.
    digest: [u8; 32],
}

impl Catalogue {
    /// Adds what a server listed. What has no name is nothing that could be called, and is left out; so are prompts, resources and
    /// templates after the first 1,000 each.
    pub fn extend(&mut self, kind: Kind, items: &[Value]) {
        let entries = match kind {
            Kind::Tool => &mut self.tools,
            Kind::Prompt => &mut self.prompts,
            Kind::Resource => &mut self.resources,
            Kind::ResourceTemplate => &mut self.templates,
        };
        let most = if kind == Kind::Tool { usize::MAX } else { KEPT };
        let room = most.saturating_sub(entries.len());
        entries.extend(items.iter().filter_map(|item| Entry::read(kind, item)).take(room));
    }

    /// How many tools there are.
    pub fn tool_count(&self) -> usize {
        self.tools.len()
    }

    /// How many prompts there are.
    pub fn prompt_count(&self) -> usize {
        self.prompts.len()
    }

    /// How many resources there are, templates counted with them.
    pub fn resource_count(&self) -> usize {
        self.resources.len() + self.templates.len()
    }

    /// The tools as the server calls them, in its order.
    pub fn tool_names(&self) -> impl Iterator<Item = &str> {
        self.tools.iter().map(|entry| entry.name.as_str())
    }

    /// The addresses of resources and the patterns of templates, in the server's order: what agents see without a target's name
    /// before it, and what two targets of one gateway can therefore have in common.
    pub fn resource_uris(&self) -> impl Iterator<Item = &str> {
        self.resources.iter().chain(&self.templates).map(|entry| entry.name.as_str())
    }

    /// The tools as agents see them, sorted, at most [`LISTED`].
    pub fn names(&self, target: &str) -> Vec<String> {
        as_seen(target, &self.tools)
    }

    /// The prompts as agents see them, sorted, at most [`LISTED`].
    pub fn prompt_names(&self, target: &str) -> Vec<String> {
        as_seen(target, &self.prompts)
    }

    /// SHA-256 in hexadecimal over everything that AWS indexes. Neither the order of entries nor the order of members in their JSON
    /// matters; a change of any name, description or schema does.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for entries in [&self.tools, &self.prompts, &self.resources, &self.templates] {
            let mut digests: Vec<_> = entries.iter().map(|entry| entry.digest).collect();
            digests.sort_unstable();
            hash.update(entries.len().to_be_bytes());
            for digest in digests {
                hash.update(digest);
            }
        }
        text::hexadecimal(&hash.finalize())
    }

    /// What a person should know of this offer although it hinders nobody, as sentences. `target` is the target's name.
    pub fn warnings(&self, target: &str) -> Vec<String> {
        let seen: Vec<String> = self.tools.iter().map(|entry| seen_as(target, &entry.name)).collect();
        let refused = longer(&seen, AWS_LIMIT..usize::MAX);
        let awkward = longer(&seen, CLIENT_LIMIT..AWS_LIMIT);
        let tools = repeated(self.tool_names());
        let uris = repeated(self.resource_uris());
        let mut warnings = Vec::new();
        let mut warn = |names: BTreeSet<&str>, what: &str| {
            if !names.is_empty() {
                warnings.push(format!("{what}: {}.", compare::enumerate(names)));
            }
        };
        warn(
            refused,
            "Names of tools are longer than the 256 characters that AWS accepts; shorten the tools' or the target's",
        );
        warn(
            awkward,
            "Names of tools are longer than 64 characters as agents see them, which many clients refuse; shorten the tools' or the \
             target's",
        );
        warn(tools, "The server lists tools more than once, and agents can reach only one of each");
        warn(uris, "The server lists resources more than once, and agents can reach only one of each");
        if self.tools.len() > TOOLS_LIMIT {
            warnings.push(format!(
                "The server lists {} tools, and AWS accepts {TOOLS_LIMIT} for a target; spread them over several servers.",
                self.tools.len()
            ));
        }
        warnings
    }

    /// The resources and templates that both offer, sorted, at most ten: in one gateway agents see only one of each, and
    /// `resourcePriority` decides whose.
    pub fn collisions(&self, other: &Self) -> Vec<String> {
        let ours: BTreeSet<&str> = self.resource_uris().collect();
        let both: BTreeSet<&str> = other.resource_uris().filter(|uri| ours.contains(uri)).collect();
        both.into_iter().take(compare::NAMED).map(str::to_owned).collect()
    }
}

impl Entry {
    fn read(kind: Kind, item: &Value) -> Option<Self> {
        let name = item.get(kind.key())?.as_str()?;
        let mut hash = Sha256::new();
        for member in kind.indexed() {
            text::feed(&mut hash, item.get(member).unwrap_or(&Value::Null));
        }
        Some(Self { name: text::distinct(name, AWS_LIMIT), digest: hash.finalize().into() })
    }
}

/// A tool or prompt as agents see it.
fn seen_as(target: &str, name: &str) -> String {
    format!("{target}___{name}")
}

fn as_seen(target: &str, entries: &[Entry]) -> Vec<String> {
    let mut names: Vec<String> = entries.iter().map(|entry| seen_as(target, &entry.name)).collect();
    names.sort_unstable();
    names.truncate(LISTED);
    names
}

/// The names whose length in characters is above the range's start and at most its end.
fn longer(names: &[String], lengths: std::ops::Range<usize>) -> BTreeSet<&str> {
    let within = |name: &&str| (lengths.start + 1..=lengths.end).contains(&name.chars().count());
    names.iter().map(String::as_str).filter(within).collect()
}

/// What occurs more than once.
fn repeated<'name>(names: impl Iterator<Item = &'name str>) -> BTreeSet<&'name str> {
    let mut seen = BTreeSet::new();
    names.filter(|name| !seen.insert(*name)).collect()
}

#[cfg(test)]
mod tests;
