//! What each step of a leaf's walk leads to, where it is not the usual thing: that exactly this member changes in AWS.

use crate::difference::is_at_or_below;
use crate::leaf::{Leaf, Refusal};
use crate::rows::{BARRED, BORN_WITH, ELSEWHERE};

pub(crate) use crate::rows::ROWS;

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
    /// The API server refuses it, with this piece in the message; one of several between bars.
    Refused(&'static str),
    /// Nothing differs in AWS, and a condition says why: its type, its reason, and a piece of its message, which names the member.
    Told(&'static str, &'static str, &'static str),
}

/// Leaves by how their paths begin (or, after an asterisk, go on), the steps, and what they lead to; the first that fits counts.
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    pub(crate) leaf: &'static str,
    pub(crate) steps: &'static [Step],
    pub(crate) expected: Expected,
    /// Why it is so.
    pub(crate) why: &'static str,
}

pub(crate) const fn row(
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
        let path = leaf.to_string();
        let fits = match self.leaf.strip_prefix('*') {
            // From some member on, wherever that is.
            Some(end) => path.match_indices(end).any(|(at, _)| is_at_or_below(&path[at..], end)),
            None => is_at_or_below(&path, self.leaf),
        };
        fits && (self.kind == "*" || self.kind == leaf.kind)
    }
}

/// What a step of a leaf leads to.
pub(crate) fn of(leaf: &Leaf, step: Step) -> Expected {
    if let Some((_, piece)) = barred(leaf) {
        return if step == Step::Remove { Expected::Nothing } else { Expected::Refused(piece) };
    }
    if let (Step::Remove, Some(refusal)) = (step, leaf.refusal) {
        return Expected::Refused(Refusal::piece(refusal));
    }
    let row = ROWS.iter().find(|row| row.is_about(leaf) && row.steps.contains(&step));
    row.map_or(Expected::Member, |row| row.expected.clone())
}

/// Whether a leaf is walked from an object that was made with it.
pub(crate) fn is_born_with(leaf: &Leaf) -> bool {
    let is_path = |path: &str| match path.strip_prefix('*') {
        Some(end) => leaf.to_string().ends_with(end),
        None => leaf.to_string() == path,
    };
    let is_it = |(kind, path): &(&str, &str)| (*kind == "*" || *kind == leaf.kind) && is_path(path);
    barred(leaf).is_none() && (leaf.refusal.is_some() || BORN_WITH.iter().any(is_it))
}

/// For a leaf that AWS never takes: what has to go for it to be gone, and a piece of the refusal.
pub(crate) fn barred(leaf: &Leaf) -> Option<(&'static str, &'static str)> {
    let found = BARRED.iter().find(|(kind, root, ..)| *kind == leaf.kind && is_at_or_below(&leaf.to_string(), root));
    found.map(|(_, _, whole, piece)| (*whole, *piece))
}

/// All places of a member in AWS.
pub(crate) fn in_aws<'a>(kind: &str, path: &'a str) -> Vec<&'a str> {
    let more = ELSEWHERE.iter().filter(|(of, member, _)| *of == kind && *member == path);
    std::iter::once(path).chain(more.flat_map(|(_, _, places)| places.iter().copied())).collect()
}
