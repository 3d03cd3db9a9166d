//! What was before, and what follows from that for the next request.

use super::tags::TagChange;
use crate::{
    overlay::Difference,
    plan::{Hold, Plan, Reason},
};

/// What is remembered of an object when a plan is made: from its status, and for what needs a clock, from memory.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each named where it is set")]
pub struct Past {
    /// AWS's id, when one was ever recorded.
    pub recorded: bool,
    /// The hash of what is desired now.
    pub fingerprint: String,
    /// The hash of what AWS accepted last.
    pub accepted: Option<String>,
    /// The attempt at creating it that was made last; 1 when none was written down.
    pub attempt: u32,
    /// Keys of tags that we applied.
    pub tag_keys: Vec<String>,
    /// The recorded object is certainly not there any more: not just hidden by AWS's read-after-write lag.
    pub surely_absent: bool,
    /// A person asked for another look: what failed may be tried once more.
    pub asked: bool,
    /// A person asked that the whole object be sent once more, whether anything differs or not.
    pub resends: bool,
    /// AWS accepted a change moments ago, and reads may not show it yet.
    pub just_changed: bool,
    /// How often in a row an update was accepted and changed nothing that we asked for.
    pub updates_in_vain: u32,
    /// AWS accepted the whole of what was desired, and has not been seen to have it since.
    pub restated: bool,
    /// The hash of what AWS showed of its own when it last had what was desired.
    pub own: Option<String>,
    /// The tags that AWS accepted last, until it was seen to have them.
    pub tags_sent: Option<TagChange>,
}

impl Past {
    /// Whether AWS has accepted just what is desired now.
    pub fn is_accepted(&self) -> bool {
        self.accepted.as_deref() == Some(&self.fingerprint)
    }

    /// Whether an update now repeats what AWS has accepted, and nobody asked that it be sent once more: then AWS has, or shows, something
    /// else.
    pub fn repeats(&self) -> bool {
        self.is_accepted() && !self.resends
    }

    /// Whether AWS has something else than what it accepted, and not only because it needs time, or because somebody wants to try again.
    pub fn has_drifted(&self) -> bool {
        self.repeats() && self.updates_in_vain == 0 && !self.asked
    }

    /// What is recorded of a request that could not say everything that is desired: not the same as what says all of it.
    pub fn begun(fingerprint: &str) -> String {
        format!("{fingerprint}-begun")
    }

    /// Whether AWS has accepted what is desired now, as far as one request could say it.
    fn is_begun(&self) -> bool {
        self.is_accepted() || self.accepted.as_ref() == Some(&Self::begun(&self.fingerprint))
    }

    /// Whether what AWS has is to be changed. What it goes on to show after it accepted everything, and on which the spec is silent, is its
    /// own. What somebody adds to that later is another thing: it is taken away, as far as AWS does that.
    pub(crate) fn differs(&self, difference: &Difference) -> bool {
        match difference {
            Difference::None => false,
            Difference::Silent(left) => {
                let is_kept = self.restated && self.is_accepted() && !self.just_changed;
                !is_kept && self.own.as_ref() != Some(left)
            }
            Difference::Stated => true,
        }
    }

    /// Whether to send an update. What failed is sent once more only when the spec says something else than what failed, or when a
    /// person asks for it; then it is sent even if nothing differs, because it is AWS's state that has to be mended.
    pub fn wants_update(&self, differs: bool, failed: bool) -> bool {
        self.resends || if failed { !self.is_begun() || self.asked } else { differs }
    }

    /// What to do when AWS shows no object: create it, or make sure first that it is gone.
    pub fn create<Change>(&self, request: impl FnOnce(u32) -> Result<Change, Hold>) -> Plan<Change> {
        let attempt = match (self.recorded, self.surely_absent) {
            (false, _) => self.attempt,
            (true, true) => self.attempt + 1,
            (true, false) => return Plan::wait(Reason::Creating, "AWS does not show the object yet"),
        };
        match request(attempt) {
            // The first attempt needs no note: a token for it can be made from the object alone.
            Ok(request) => Plan::Change { attempt: (attempt > 1).then_some(attempt), request },
            Err(hold) => Plan::Hold(hold),
        }
    }

    /// Sends an update, unless AWS keeps taking the same one without doing it.
    pub fn update<Change>(&self, request: Change) -> Plan<Change> {
        self.send(request, self.repeats())
    }

    /// Changes tags, unless AWS keeps taking the same change without doing it. What was said of the rest has no part in that.
    pub fn tag<Change>(&self, change: TagChange, request: impl FnOnce(TagChange) -> Change) -> Plan<Change> {
        let repeats = self.retags(&change);
        self.send(request(change), repeats)
    }

    /// Whether a change of tags repeats what AWS has accepted.
    pub fn retags(&self, change: &TagChange) -> bool {
        self.tags_sent.as_ref().is_some_and(|sent| sent.covers(change))
    }

    fn send<Change>(&self, request: Change, repeats: bool) -> Plan<Change> {
        const ENOUGH: u32 = 3;
        if self.just_changed && repeats {
            return Plan::wait(Reason::Updating, "AWS accepted the change and does not show it yet");
        }
        if self.updates_in_vain >= ENOUGH && repeats {
            return Plan::stall(
                Reason::UpdateUnsuccessful,
                format!(
                    "AWS accepted the same update {ENOUGH} times and still reports another configuration; compare the spec with what \
                     AWS reports, and change the spec"
                ),
            );
        }
        Plan::change(request)
    }
}
