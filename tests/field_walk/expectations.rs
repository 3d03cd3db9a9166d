//! What each step of a leaf's walk leads to, where it is not the usual thing: that exactly this member changes in AWS.

use crate::leaf::{Leaf, Refusal};

/// A step on the walk of a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// It is there from the object's creation.
    Create,
    Set,
    Change,
    Remove,
}

/// What a step leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Exactly this member differs in AWS, and is what the spec says.
    Member,
    /// AWS is told something else instead: what differs is at these paths, and only there.
    Derived(&'static [&'static str]),
    /// Nothing differs in AWS, and the object is Ready.
    Nothing,
    /// The API server refuses it, with this piece in the message.
    Refused(&'static str),
    /// Nothing differs in AWS, and a condition says why: its type, its reason, and a piece of its message, which names the member.
    Told(&'static str, &'static str, &'static str),
}

/// Leaves by how their paths begin, the steps, and what they lead to; the first that fits counts.
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    pub(crate) leaf: &'static str,
    pub(crate) steps: &'static [Step],
    pub(crate) expected: Expected,
    /// Why it is so.
    pub(crate) why: &'static str,
}

const ALL: &[Step] = &[Step::Create, Step::Set, Step::Change, Step::Remove];

const fn row(
    kind: &'static str,
    leaf: &'static str,
    steps: &'static [Step],
    expected: Expected,
    why: &'static str,
) -> Row {
    Row { kind, leaf, steps, expected, why }
}

impl Row {
    /// Whether the row is about a leaf.
    pub(crate) fn is_about(&self, leaf: &Leaf) -> bool {
        (self.kind == "*" || self.kind == leaf.kind) && leaf.to_string().starts_with(self.leaf)
    }
}

/// What a step of a leaf leads to.
pub(crate) fn of(leaf: &Leaf, step: Step) -> Expected {
    if let (Step::Remove, Some(refusal)) = (step, leaf.refusal) {
        return Expected::Refused(Refusal::piece(refusal));
    }
    let row = ROWS.iter().find(|row| row.is_about(leaf) && row.steps.contains(&step));
    row.map_or(Expected::Member, |row| row.expected.clone())
}

/// Members that can be set when the object is made and not afterwards, so that they are walked from an object that has them.
const BORN_WITH: &[(&str, &str)] = &[("*", "name")];

/// Whether a leaf is walked from an object that was made with it.
pub(crate) fn is_born_with(leaf: &Leaf) -> bool {
    leaf.refusal.is_some()
        || BORN_WITH.iter().any(|(kind, path)| (*kind == "*" || *kind == leaf.kind) && leaf.to_string() == *path)
}

/// Where a member stands in what AWS tells, besides its own place: Lattice tells ids where it was given identifiers, and AgentCore lists
/// some members of MCP servers with the target.
const ELSEWHERE: &[(&str, &str, &[&str])] = &[
    ("ResourceGateway", "vpcIdentifier", &["vpcId"]),
    ("GatewayTarget", "targetConfiguration.mcp.mcpServer.listingMode", &["listingMode"]),
    ("GatewayTarget", "targetConfiguration.mcp.mcpServer.resourcePriority", &["resourcePriority"]),
];

/// All places of a member in AWS.
pub(crate) fn in_aws<'a>(kind: &str, path: &'a str) -> Vec<&'a str> {
    let more = ELSEWHERE.iter().filter(|(of, member, _)| *of == kind && *member == path);
    std::iter::once(path).chain(more.flat_map(|(_, _, places)| places.iter().copied())).collect()
}

/// What is not the usual thing.
pub(crate) const ROWS: &[Row] =
    &[row("*", "deletionPolicy", ALL, Expected::Nothing, "read only when the object is deleted")];
