//! What keeps a slip from taking many tools away: a template that lost its annotations, a namespace that lost its label, a Gateway whose
//! `discovery` was switched off.
//!
//! Targets that lose their claim while their object stays go only when they are few: more than five, and more than half of their
//! gateway's, within five minutes stay until a person says that it is meant, or until the claims are back. Targets whose object is deleted
//! are no part of this: their end was asked for.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::api::RECONCILE_REQUESTED_AT;

/// Within which time targets count together.
pub const WINDOW: Duration = Duration::from_mins(5);

/// As many may always go.
const FEW: usize = 5;

/// The condition of a Gateway some of whose discovered targets are kept although their claims are gone.
pub const CONDITION: &str = "DiscoveryHalted";

/// The discovered targets of one gateway, by uid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets {
    /// Those that stand, those included that lost their claim.
    pub standing: BTreeSet<String>,
    /// Of these, those that lost their claim while their object stays.
    pub claimless: BTreeSet<String>,
    /// Those that were let go, and when.
    pub let_go: Vec<(String, Instant)>,
    /// They were kept at the last look. Then they are kept as long as any has no claim, however few are left: claims that come back one
    /// by one must not let the rest go.
    pub halted: bool,
}

/// What becomes of targets that lost their claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// There are none.
    Nothing,
    /// They may go.
    LetGo,
    /// They stay: so many of so many would go.
    Keep {
        /// Those that would go, or went within the window.
        going: usize,
        /// All there are, and those that went within the window.
        of: usize,
    },
}

/// The rule.
pub fn judge(targets: &Targets, now: Instant) -> Ruling {
    let is_recent = |at: &Instant| now.saturating_duration_since(*at) < WINDOW;
    let gone = targets.let_go.iter().filter(|(_, at)| is_recent(at)).map(|(uid, _)| uid);
    let going: BTreeSet<&String> = gone.chain(&targets.claimless).collect();
    let of = going.iter().copied().chain(&targets.standing).collect::<BTreeSet<_>>().len();
    let going = going.len();
    if targets.claimless.is_empty() {
        Ruling::Nothing
    } else if targets.halted || (going > FEW && 2 * going > of) {
        Ruling::Keep { going, of }
    } else {
        Ruling::LetGo
    }
}

/// What stands on the Gateway.
pub fn message(going: usize, of: usize) -> String {
    format!(
        "{going} of {of} discovered targets would go within 5 minutes although their objects stay (their annotations, or the permission \
         of their namespaces, are gone); those that are left are kept. If this is meant, give the annotation {RECONCILE_REQUESTED_AT} of \
         this Gateway a new value; if not, bring annotations or permission back"
    )
}

/// The Gateways whose targets are kept, and what is to be said of each: written by discovery, read by the Gateway's own visit.
#[derive(Debug, Clone, Default)]
pub struct Halts(Arc<Mutex<HashMap<String, String>>>);

impl Halts {
    /// What condition [`CONDITION`] of the Gateway with this uid has to say; `None`: it has no such condition.
    pub fn of(&self, gateway: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(gateway).cloned()
    }

    /// Replaces everything, and answers with the Gateways, by uid, of which something else is to be said now.
    pub fn replace(&self, halts: HashMap<String, String>) -> Vec<String> {
        let mut present = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_other = |uid: &&String| present.get(*uid) != halts.get(*uid);
        let mut others: Vec<String> = present.keys().chain(halts.keys()).filter(is_other).cloned().collect();
        others.sort();
        others.dedup();
        *present = halts;
        others
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uids(range: std::ops::Range<usize>) -> BTreeSet<String> {
        range.map(|number| number.to_string()).collect()
    }

    fn gone(range: std::ops::Range<usize>, at: Instant) -> Vec<(String, Instant)> {
        uids(range).into_iter().map(|uid| (uid, at)).collect()
    }

    #[test]
    fn more_than_five_and_more_than_half_stay() {
        let now = Instant::now() + WINDOW * 2;
        let recently = now - WINDOW / 2;
        let long_ago = now - WINDOW;
        let keep = |going, of| Ruling::Keep { going, of };
        let table = [
            ("none", uids(0..8), uids(0..0), vec![], Ruling::Nothing),
            ("all of five", uids(0..5), uids(0..5), vec![], Ruling::LetGo),
            ("all of six", uids(0..6), uids(0..6), vec![], keep(6, 6)),
            ("half of twelve", uids(0..12), uids(0..6), vec![], Ruling::LetGo),
            ("more than half of eleven", uids(0..11), uids(0..6), vec![], keep(6, 11)),
            ("one after the other", uids(5..8), uids(5..6), gone(0..5, recently), keep(6, 8)),
            ("slowly", uids(5..8), uids(5..6), gone(0..5, long_ago), Ruling::LetGo),
            ("gone, and still seen", uids(0..8), uids(0..5), gone(0..5, recently), Ruling::LetGo),
            ("gone and others", uids(0..8), uids(3..6), gone(0..3, recently), keep(6, 8)),
            ("gone, and no other", uids(0..2), uids(0..0), gone(2..8, recently), Ruling::Nothing),
        ];
        for (name, standing, claimless, let_go, expected) in table {
            let targets = Targets { standing, claimless, let_go, halted: false };
            assert_eq!(judge(&targets, now), expected, "{name}");
        }
    }

    #[test]
    fn what_is_kept_is_kept_until_every_claim_is_back() {
        let mut targets = Targets { standing: uids(0..8), claimless: uids(0..2), let_go: Vec::new(), halted: true };
        assert_eq!(judge(&targets, Instant::now()), Ruling::Keep { going: 2, of: 8 });
        targets.claimless.clear();
        assert_eq!(judge(&targets, Instant::now()), Ruling::Nothing);
    }

    #[test]
    fn gateways_of_which_something_else_is_said_are_told() {
        let halts = Halts::default();
        let said = |pairs: &[(&str, &str)]| pairs.iter().map(|(uid, text)| ((*uid).into(), (*text).into())).collect();
        assert_eq!(halts.replace(said(&[("a", "1"), ("b", "1")])), ["a", "b"]);
        assert_eq!(halts.replace(said(&[("a", "1"), ("b", "1")])), [""; 0]);
        assert_eq!(halts.replace(said(&[("a", "2")])), ["a", "b"]);
        assert_eq!((halts.of("a").as_deref(), halts.of("b")), (Some("2"), None));
    }

    #[test]
    fn the_message_tells_how_many_and_how_to_let_them_go() {
        let message = message(6, 8);
        assert!(message.starts_with("6 of 8 discovered targets"), "{message}");
        assert!(message.contains("tools.agentcore.dev/reconcile-requested-at"), "{message}");
    }
}
