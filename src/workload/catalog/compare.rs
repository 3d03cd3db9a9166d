//! What changed between two lists of names, short enough for an event.

use std::collections::BTreeSet;

use super::printable;

/// How many names are told one by one.
pub(super) const NAMED: usize = 10;

/// The longest that a name in an enumeration may be, in bytes: twenty of them fit an event's note, which takes 1 KiB.
const NAME: usize = 40;

/// How the tools changed, as `+subtract -get_time`: sorted, and after ten of each only counted. Empty where the names are the same.
pub fn difference<'name>(
    old: impl IntoIterator<Item = &'name str>,
    new: impl IntoIterator<Item = &'name str>,
) -> String {
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (old.into_iter().collect(), new.into_iter().collect());
    let side = |sign: char, names: Vec<&str>| {
        let more = names.len().saturating_sub(NAMED);
        let mut words: Vec<_> =
            names.iter().take(NAMED).map(|name| format!("{sign}{}", printable(name, NAME))).collect();
        words.extend((more > 0).then(|| format!("and {more} more")));
        words
    };
    let mut words = side('+', new.difference(&old).copied().collect());
    words.extend(side('-', old.difference(&new).copied().collect()));
    words.join(" ")
}

/// Names as in a sentence: ten, and how many more.
pub(super) fn enumerate(names: BTreeSet<&str>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let told: Vec<_> = names.into_iter().take(NAMED).map(|name| printable(name, 2 * NAME)).collect();
    match more {
        0 => told.join(", "),
        more => format!("{} and {more} more", told.join(", ")),
    }
}
