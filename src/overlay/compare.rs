//! Whether AWS has what a spec says, and whose the rest is.
//!
//! A spec that is silent on a member owns that, too: what is there is taken away. But AWS may show values of its own for what was left out,
//! and keeps showing them whatever an update leaves out. So a spec can be laid over what AWS reports in a second, lenient way, in which every
//! silent member keeps what AWS has, and what was kept is noted.

use std::{cell::RefCell, fmt::Debug};

use super::Overlay;
use crate::aws::ownership::hash;

thread_local! {
    /// What silent members were left, while a spec is laid over AWS's in the lenient way.
    static LEFT: RefCell<Option<Left>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Left {
    /// The member that is being stated.
    member: &'static str,
    /// What was left to members so far, with their names.
    notes: Vec<String>,
}

/// How what AWS reports differs from what a spec says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Difference {
    /// Not at all.
    None,
    /// AWS reports members on which the spec is silent, and nothing else differs. The hash tells these apart from others.
    Silent(String),
    /// Something that the spec says.
    Stated,
}

impl Difference {
    /// What AWS may have of its own.
    pub(crate) fn own(self) -> Option<String> {
        match self {
            Self::Silent(left) => Some(left),
            Self::None | Self::Stated => None,
        }
    }
}

/// Compares what AWS reports with what the spec makes of it, and answers with the latter, too. `lay` makes both; it is called again in the
/// lenient way where they are not the same.
pub(crate) fn compare<Spec, Aws, Error>(lay: impl Fn() -> Result<(Aws, Aws), Error>) -> Result<(Difference, Aws), Error>
where
    Spec: Overlay<Aws>,
    Aws: Clone + PartialEq,
{
    let (standing, stated) = lay()?;
    if is_same::<Spec, Aws>(&standing, &stated) {
        return Ok((Difference::None, stated));
    }
    let (laid, left) = leniently(lay);
    let (standing, lenient) = laid?;
    let is_silent = is_same::<Spec, Aws>(&standing, &lenient);
    Ok((if is_silent { Difference::Silent(hash(&left, 16)) } else { Difference::Stated }, stated))
}

/// Whether two of AWS's say the same: a member that says no more than leaving it out is no difference.
pub(crate) fn is_same<Spec: Overlay<Aws>, Aws: Clone + PartialEq>(one: &Aws, other: &Aws) -> bool {
    one == other || plain::<Spec, Aws>(one) == plain::<Spec, Aws>(other)
}

/// Without the members that say no more than leaving them out.
pub(crate) fn plain<Spec: Overlay<Aws>, Aws: Clone>(aws: &Aws) -> Aws {
    let mut plain = aws.clone();
    Spec::strip(&mut plain);
    plain
}

/// Works with silent members that keep what AWS has, and tells what they kept, in an order of its own.
fn leniently<T>(work: impl FnOnce() -> T) -> (T, String) {
    /// Also after a panic, the thread goes on with other work.
    struct Strictly;
    impl Drop for Strictly {
        fn drop(&mut self) {
            LEFT.set(None);
        }
    }
    let strictly = Strictly;
    LEFT.set(Some(Left::default()));
    let done = work();
    let mut left = LEFT.take().unwrap_or_default().notes;
    drop(strictly);
    left.sort_unstable();
    (done, left.join("\n"))
}

/// Whether silent members keep what AWS has.
pub(super) fn is_lenient() -> bool {
    LEFT.with_borrow(Option::is_some)
}

/// Notes which member is stated now.
pub(crate) fn at(member: &'static str) {
    LEFT.with_borrow_mut(|left| left.iter_mut().for_each(|left| left.member = member));
}

/// Notes what a silent member is left, where silent members keep what AWS has. Maps and AWS's sets have no order: their lines are sorted.
pub(super) fn note(kept: &impl Debug) {
    LEFT.with_borrow_mut(|left| {
        if let Some(left) = left {
            let text = format!("{kept:#?}");
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_unstable();
            left.notes.push(format!("{}: {}", left.member, lines.join("\n")));
        }
    });
}

/// Whether a silent member keeps this. Then it is noted, and so is what is in it: the SDK's structs show some members as redacted.
pub(super) fn keeps<Spec: Overlay<Aws>, Aws: Clone + Debug>(held: &Aws) -> bool {
    if !is_lenient() {
        return false;
    }
    let mut noted = held.clone();
    if !Spec::strip(&mut noted) {
        note(&noted);
        Spec::silence(&mut noted);
    }
    true
}

/// What was noted so far, to go back to.
pub(super) fn noted() -> usize {
    LEFT.with_borrow(|left| left.as_ref().map_or(0, |left| left.notes.len()))
}

/// Forgets what was noted of something that turned out to be another.
pub(super) fn forget_since(noted: usize) {
    LEFT.with_borrow_mut(|left| left.iter_mut().for_each(|left| left.notes.truncate(noted)));
}

/// [`Overlay::strip`] of what a union's variant holds.
pub(crate) fn strip_variant<S: Overlay<A>, A, Union>(_: fn(S) -> Union, aws: &mut A) -> bool {
    S::strip(aws)
}

/// [`Overlay::strip`] of an optional member; how a spec leads to the member tells which type that is.
pub(crate) fn strip_member<Spec, S: Overlay<A>, A>(_: fn(&Spec) -> Option<&S>, aws: &mut Option<A>) -> bool {
    if aws.as_mut().is_some_and(|existing| S::strip(existing)) {
        *aws = None;
    }
    aws.is_none()
}

/// [`Overlay::strip`] of a list: what is in it stays, but for what that has in it.
pub(crate) fn strip_list<Spec, S: Overlay<A>, A>(_: fn(&Spec) -> &[S], aws: &mut Option<Vec<A>>) -> bool {
    for item in aws.iter_mut().flatten() {
        S::strip(item);
    }
    if aws.as_ref().is_some_and(Vec::is_empty) {
        *aws = None;
    }
    aws.is_none()
}
