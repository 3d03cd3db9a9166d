//! Conditions, as a pure function of what happened.
//!
//! One rule stands above the table: the `observedGeneration` of condition `Ready` is the generation that AWS holds. It stays behind
//! while an update runs and after one failed, so `kubectl wait --for=condition=Ready` tells the truth; everything else carries the
//! generation that was looked at.
//!
//! | what happened | Ready | Reconciling | Stalled |
//! |---|---|---|---|
//! | settled | True | | |
//! | AWS creates | Unknown | True | |
//! | AWS updates, and the old configuration serves | as it was | True | |
//! | waits for something else | False; an edit of a serving object: as it was | True | |
//! | a person must act | False; an edit of a serving object: as it was | | True |
//! | a call failed, or a limit is reached, not settled | as it was | True | |
//! | a look came to nothing, and a permission is missing | as it was | | as it was |
//! | a call failed, settled | as it was; Unknown after a quarter of an hour | | |
//! | is being deleted | False | True, unless a person must act | then True |

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use crate::{
    aws::fault::shorten,
    plan::{Hold, Reason},
    workload::hop,
};

/// How far a visit came before it stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Reading what the spec refers to.
    Resolve,
    /// Looking whether that can be used: it may be referred to, and the spec itself is fine.
    Look,
    /// Looking at, or changing, AWS.
    Program,
}

/// What a visit came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// AWS is as the spec asks. The message is the one line worth reading.
    Settled(String),
    /// Not settled: who must act, and how far the visit came.
    Held(Hold, Step),
    /// `spec.suspend` is set.
    Suspended,
}

/// All that conditions depend on besides what they were.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts, each named where it is set")]
pub struct Situation<'verdict> {
    /// The generation that was looked at.
    pub generation: i64,
    /// Becomes `lastTransitionTime` where a status changes, and nothing else.
    pub now: Timestamp,
    /// The object has a deletion timestamp.
    pub deleting: bool,
    /// What the visit came to.
    pub verdict: &'verdict Verdict,
    /// AWS has an object that serves what an earlier look called Ready.
    pub serving: bool,
    /// A missing permission is so new that it may just be spreading.
    pub patient: bool,
    /// No look has succeeded for a quarter of an hour.
    pub blind: bool,
    /// Conditions of the kind's own, with what they say.
    pub own: &'verdict [(&'static str, hop::Verdict)],
}

/// The types of conditions that are ours. Others on the object are left alone and never compared.
pub const TYPES: [&str; 17] = [
    READY,
    "Reconciling",
    "Stalled",
    "Accepted",
    "ResolvedRefs",
    "Programmed",
    "Suspended",
    "InUse",
    "ReplacementRequired",
    "LoadBalancerReady",
    "CertificateTrusted",
    "DnsResolved",
    "NetworkAllowed",
    "Preflight",
    "ToolsSynced",
    "AuthorizationRequired",
    "DiscoveryHalted",
];

/// Conditions of one kind's own that stay as they were where a look does not come as far as to judge them.
const KEPT: [&str; 6] =
    ["LoadBalancerReady", "CertificateTrusted", "DnsResolved", "NetworkAllowed", "Preflight", "ToolsSynced"];

/// The condition that sums the others up.
pub const READY: &str = "Ready";

/// What the conditions are now.
pub fn conditions(previous: &[Condition], situation: &Situation<'_>) -> Vec<Condition> {
    let mut next = Next { previous, situation, conditions: Vec::new() };
    match situation.verdict {
        Verdict::Settled(message) => next.settled(message),
        Verdict::Suspended => next.suspended(),
        Verdict::Held(hold, _) if situation.deleting => next.deleting(hold),
        Verdict::Held(Hold::Failed(fault), _)
            if next.was_settled() && !is_lasting_denial(Reason::from(fault), situation) =>
        {
            next.blind(&fault.to_string());
        }
        Verdict::Held(hold, _) if hold.reason().is_passing() && next.lacks_permission() => next.stay(),
        Verdict::Held(hold, step) => next.held(hold, *step),
    }
    for (type_, verdict) in situation.own {
        next.set(type_, verdict.status.as_str(), verdict.reason, &shorten(verdict.message.clone()));
    }
    for type_ in KEPT {
        if !situation.own.iter().any(|(own, _)| *own == type_) {
            next.keep(type_);
        }
    }
    next.conditions
}

/// Whether the object was Ready at the generation that AWS is known to hold, according to these conditions.
pub fn is_ready(conditions: &[Condition]) -> bool {
    find(conditions, READY).is_some_and(|ready| ready.status == "True")
}

/// The condition of this type.
pub fn find<'conditions>(conditions: &'conditions [Condition], type_: &str) -> Option<&'conditions Condition> {
    conditions.iter().find(|condition| condition.type_ == type_)
}

/// Whether two lists of conditions say the same, as far as they are ours.
pub fn same(one: &[Condition], other: &[Condition]) -> bool {
    TYPES.iter().all(|type_| find(one, type_) == find(other, type_))
}

fn is_lasting_denial(reason: Reason, situation: &Situation<'_>) -> bool {
    reason == Reason::Denied && !situation.patient
}

/// The list being built.
struct Next<'a> {
    previous: &'a [Condition],
    situation: &'a Situation<'a>,
    conditions: Vec<Condition>,
}

impl Next<'_> {
    fn settled(&mut self, message: &str) {
        self.set(READY, "True", Reason::Settled, message);
        self.set("Accepted", "True", Reason::Settled, "The spec is valid, and what it refers to may be referred to");
        self.set("ResolvedRefs", "True", Reason::Settled, "Everything that the spec refers to exists and can be used");
        self.set("Programmed", "True", Reason::Settled, "AWS has what the spec says");
    }

    fn suspended(&mut self) {
        if !self.keep(READY) {
            self.set(READY, "Unknown", Reason::Suspended, "Suspended before it was ever looked at");
        }
        self.keep("Accepted");
        self.keep("ResolvedRefs");
        self.keep("Programmed");
        self.set("Suspended", "True", Reason::Suspended, "spec.suspend is set: nothing is changed in AWS");
    }

    fn deleting(&mut self, hold: &Hold) {
        let (reason, message) = (hold.reason(), hold.message());
        let in_use = matches!(reason, Reason::HasDependents | Reason::WaitingForAssociation | Reason::InUse);
        let ready = if in_use { Reason::InUse } else { Reason::Deleting };
        let stalled = matches!(hold, Hold::Stalled { .. }) || is_lasting_denial(reason, self.situation);
        self.set(READY, "False", ready, &message);
        self.keep("Accepted");
        self.keep("ResolvedRefs");
        self.set("Programmed", "False", ready, &message);
        if in_use {
            self.set("InUse", "True", reason, &message);
        }
        self.set(
            if stalled { "Stalled" } else { "Reconciling" },
            "True",
            if in_use { Reason::InUse } else { reason },
            &message,
        );
    }

    /// A settled object at which a look failed: nothing is known to have changed.
    fn blind(&mut self, message: &str) {
        if self.situation.blind {
            let message = format!("Not looked at successfully for a quarter of an hour: {message}");
            self.set_at(READY, "Unknown", Reason::Unavailable, &message, self.held_generation());
        } else {
            self.keep(READY);
        }
        self.keep("Accepted");
        self.keep("ResolvedRefs");
        self.keep("Programmed");
    }

    /// A look that came to nothing at an object that lacks a permission: it still does.
    fn stay(&mut self) {
        for type_ in [READY, "Accepted", "ResolvedRefs", "Programmed", "Stalled"] {
            self.keep(type_);
        }
    }

    fn held(&mut self, hold: &Hold, step: Step) {
        let (reason, message) = (hold.reason(), hold.message());
        let stalled = self.is_stalled(hold);
        match self.ready(hold, stalled) {
            Some(status) => self.set(READY, status, reason, &message),
            None => {
                self.keep(READY);
            }
        }
        self.stages(hold, step, &message);
        if reason == Reason::ReplacementRequired {
            self.set("ReplacementRequired", "True", reason, &message);
        }
        self.set(if stalled { "Stalled" } else { "Reconciling" }, "True", reason, &message);
    }

    /// What Ready becomes; `None`: it stays as it was.
    fn ready(&self, hold: &Hold, stalled: bool) -> Option<&'static str> {
        let serves = self.situation.serving && self.was_ready();
        let edited = self.held_generation() != self.situation.generation;
        match hold {
            Hold::Waiting { reason: Reason::Updating | Reason::Synchronizing | Reason::Changed, .. }
            | Hold::Stalled {
                reason: Reason::UpdateUnsuccessful | Reason::SynchronizeUnsuccessful | Reason::ReplacementRequired,
                ..
            } if serves => None,
            Hold::Waiting { reason: Reason::Creating | Reason::Updating | Reason::Synchronizing, .. } => {
                Some("Unknown")
            }
            Hold::Failed(fault) if !stalled && Reason::from(fault) == Reason::Denied && !serves => Some("False"),
            // Waiting for one's turn is no worse than before.
            Hold::Failed(_) | Hold::Waiting { reason: Reason::Throttled, .. } if !stalled => match self.was(READY) {
                Some(_) if serves || matches!(hold, Hold::Failed(_)) => None,
                Some(ready) if ready.status == "False" => Some("False"),
                Some(_) | None => Some("Unknown"),
            },
            Hold::Waiting { .. } | Hold::Stalled { .. } | Hold::Failed(_) if serves && edited => None,
            Hold::Waiting { .. } | Hold::Stalled { .. } | Hold::Failed(_) => Some("False"),
        }
    }

    /// `Accepted`, `ResolvedRefs` and `Programmed`: each False where the visit stopped, and not judged behind that.
    fn stages(&mut self, hold: &Hold, step: Step, message: &str) {
        let reason = hold.reason();
        let failed = matches!(hold, Hold::Failed(_));
        let accepted = step != Step::Resolve || !reason.is_about_acceptance();
        if accepted {
            self.set(
                "Accepted",
                "True",
                Reason::Settled,
                "The spec is valid, and what it refers to may be referred to",
            );
        } else {
            self.set("Accepted", "False", reason, message);
        }
        match step {
            Step::Program => {
                self.set(
                    "ResolvedRefs",
                    "True",
                    Reason::Settled,
                    "Everything that the spec refers to exists and can be used",
                );
            }
            Step::Resolve | Step::Look if accepted && !failed => self.set("ResolvedRefs", "False", reason, message),
            Step::Resolve | Step::Look => self.set("ResolvedRefs", "Unknown", reason, message),
        }
        let holds_this_generation = self.was("Programmed").is_some_and(|programmed| {
            programmed.status == "True" && programmed.observed_generation == Some(self.situation.generation)
        });
        let in_progress =
            matches!(reason, Reason::Creating | Reason::Updating | Reason::Synchronizing | Reason::Throttled) || failed;
        match step {
            Step::Resolve | Step::Look if holds_this_generation => {
                self.keep("Programmed");
            }
            Step::Program if in_progress => self.set("Programmed", "Unknown", reason, message),
            Step::Resolve | Step::Look | Step::Program => self.set("Programmed", "False", reason, message),
        }
    }

    /// Whether a person must act. A missing permission that is new is waited for, unless it was taken away from something that serves.
    fn is_stalled(&self, hold: &Hold) -> bool {
        let reason = hold.reason();
        let taken_away = self.was_ready() && self.held_generation() == self.situation.generation;
        match hold {
            Hold::Stalled { .. } if reason.is_about_permission() => !self.situation.patient || taken_away,
            Hold::Stalled { .. } => true,
            Hold::Failed(_) => is_lasting_denial(reason, self.situation),
            Hold::Waiting { .. } => false,
        }
    }

    /// Stalled for a missing permission when last looked at, at this very generation.
    fn lacks_permission(&self) -> bool {
        self.was("Stalled").is_some_and(|stalled| {
            let reason = Reason::ALL.iter().find(|reason| reason.as_str() == stalled.reason);
            reason.is_some_and(|reason| reason.is_about_permission())
                && stalled.observed_generation == Some(self.situation.generation)
        })
    }

    fn was(&self, type_: &str) -> Option<&Condition> {
        find(self.previous, type_)
    }

    fn was_ready(&self) -> bool {
        is_ready(self.previous)
    }

    /// Settled at this very generation when last looked at, with nothing under way.
    fn was_settled(&self) -> bool {
        let looked_at =
            self.was(READY).is_some_and(|ready| ready.status == "True" || ready.reason == Reason::Unavailable.as_str());
        looked_at
            && self.held_generation() == self.situation.generation
            && self.was("Reconciling").is_none()
            && self.was("Stalled").is_none()
    }

    /// The generation that AWS holds, as far as known.
    fn held_generation(&self) -> i64 {
        self.was(READY).and_then(|ready| ready.observed_generation).unwrap_or(-1)
    }

    /// Takes a condition over as it was. Answers whether there was one.
    fn keep(&mut self, type_: &str) -> bool {
        let Some(condition) = self.was(type_).cloned() else { return false };
        self.conditions.push(condition);
        true
    }

    fn set(&mut self, type_: &str, status: &str, reason: Reason, message: &str) {
        self.set_at(type_, status, reason, message, self.situation.generation);
    }

    fn set_at(&mut self, type_: &str, status: &str, reason: Reason, message: &str, generation: i64) {
        let unchanged = self.was(type_).filter(|condition| condition.status == status);
        let last_transition_time =
            unchanged.map_or_else(|| Time(self.situation.now), |condition| condition.last_transition_time.clone());
        self.conditions.push(Condition {
            type_: type_.to_owned(),
            status: status.to_owned(),
            reason: reason.as_str().to_owned(),
            message: message.to_owned(),
            observed_generation: Some(generation),
            last_transition_time,
        });
    }
}

#[cfg(test)]
mod tests;
