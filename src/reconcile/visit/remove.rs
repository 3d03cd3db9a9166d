//! Taking an object out of AWS. The finalizer goes only when AWS certainly has nothing of it, never because a call failed.

use super::{
    Stop, Visit,
    find::{Found, is_going},
    programming, resolving,
};
use crate::{
    api::DeletionPolicy,
    aws::{Scope, Summary},
    kinds::{Managed, references::kept_by, with_reasons},
    plan::{Hold, Plan, Reason},
    reconcile::memory::Entry,
    status::Verdict,
};

impl<K: Managed> Visit<'_, K> {
    /// Takes the object out of AWS by one step. `Ok`: there is nothing left of it.
    pub(in crate::reconcile) async fn remove(&mut self) -> Result<Verdict, Stop> {
        if self.object.deletion_policy() == DeletionPolicy::Retain {
            return gone();
        }
        let dependents = self.object.dependents(&self.world);
        if !dependents.is_empty() {
            return Err(resolving(Hold::waiting(Reason::HasDependents, kept_by(&dependents))));
        }
        self.is_same_account().map_err(programming)?;
        if K::id(&self.facts).is_none() && self.memory(|entry| entry.was_never_sent()) {
            return gone();
        }
        // Without a list to look in there is nothing: a target is in no gateway that AWS knows.
        let Some(scope) = self.object.scope_to_search(&self.world).await.map_err(programming)? else { return gone() };
        if let Some(hold) = self.remove_leftovers(&scope).await.map_err(programming)? {
            return Err(programming(hold));
        }
        let summary = match self.find(&scope, "").await {
            Ok(Found::Absent) => return self.let_go(),
            Ok(Found::Listed(summary) | Found::Unlisted(summary)) => summary,
            // What has our name and is not ours was never ours.
            Err(hold) if K::id(&self.facts).is_none() && is_anothers(&hold) => return self.let_go(),
            Err(hold) => return Err(programming(hold)),
        };
        let Some(summary) = self.look_closer(&scope, summary).await? else { return gone() };
        match K::plan_removal(&scope, &summary.id, &summary.status) {
            Plan::Settled | Plan::Replace(_) => gone(),
            Plan::Hold(hold) => Err(programming(hold)),
            Plan::Change { request, .. } => self.delete(&scope, &summary, request).await,
        }
    }

    async fn delete(&mut self, scope: &Scope, summary: &Summary, request: K::Change) -> Result<Verdict, Stop> {
        let failed = !K::is_steady(&summary.status) && K::in_transition(&summary.status).is_none();
        if failed && self.memory(Entry::take_deleted) {
            return Err(self.stayed(scope, summary).await);
        }
        let marker = K::marker(&self.world.aws, scope, summary).await.map_err(programming)?;
        if let Some(hold) = self.not_ours(marker.as_ref(), true, summary) {
            return Err(programming(hold));
        }
        let hold = K::perform(request, &mut self.facts, &self.world).await.map_err(programming)?;
        self.memory(|entry| entry.changed(false));
        self.memory(Entry::deletes);
        Err(programming(hold))
    }

    /// AWS accepted the deletion, and a list says that it failed: AWS's reasons stand in the object itself, and go into status.
    async fn stayed(&mut self, scope: &Scope, summary: &Summary) -> Stop {
        let observed = match K::observe(&self.world.aws, scope, &summary.id, false).await {
            Ok(observed) => observed,
            Err(fault) => return programming(fault),
        };
        let shown = observed.as_ref().map(K::listed);
        let status = shown.map_or_else(String::new, |shown| shown.status);
        if let Some(observed) = &observed
            && !matches!(K::plan_removal(scope, &summary.id, &status), Plan::Hold(_))
        {
            self.facts = K::facts(observed, &self.facts);
            return programming(not_deleted::<K>(&status, &self.facts));
        }
        // The list lags behind: it tells of a failure before the deletion.
        self.memory(Entry::deletes);
        programming(Hold::waiting(Reason::Deleting, "AWS is deleting the object, and still lists what it was before"))
    }

    /// A list lags in both directions; from time to time the object itself is read. `None`: it is gone.
    async fn look_closer(&self, scope: &Scope, summary: Summary) -> Result<Option<Summary>, Stop> {
        if !self.is_time_for_a_full_read(scope) {
            return Ok(Some(summary));
        }
        let observed = K::observe(&self.world.aws, scope, &summary.id, false).await.map_err(programming)?;
        match observed {
            Some(observed) => Ok(Some(K::listed(&observed))),
            // Listed and not shown: it is gone only when the list itself says that it is going.
            None if K::in_transition(&summary.status).is_some_and(|hold| is_going(&hold)) => Ok(None),
            None => Err(programming(Hold::waiting(
                Reason::Deleting,
                "AWS lists the object and does not show it yet; looking again",
            ))),
        }
    }

    /// Lets an object go that AWS does not show: at once when AWS has shown it before, and otherwise when it has had time to. Its conditions
    /// prove nothing here: a create may have been sent after they were written, by a process that ended before it could say so.
    fn let_go(&self) -> Result<Verdict, Stop> {
        let is_certain = |entry: &mut Entry| entry.was_seen() || entry.is_surely_absent(&self.world.settings);
        if self.memory(is_certain) {
            return gone();
        }
        Err(programming(Hold::waiting(
            Reason::Deleting,
            "AWS does not show the object; looking once more, in case it was only just made",
        )))
    }
}

/// What to say of an object whose deletion AWS accepted and gave up.
pub(super) fn not_deleted<K: Managed>(status: &str, facts: &K::Facts) -> Hold {
    let message = format!("AWS accepted the deletion, and now reports {status}; it is tried again from time to time");
    Hold::stalled(Reason::DeleteFailed, with_reasons(&message, &K::reasons(facts)))
}

#[expect(clippy::unnecessary_wraps, reason = "it is what `remove` answers with")]
fn gone() -> Result<Verdict, Stop> {
    Ok(Verdict::Settled(String::new()))
}

/// Whether a hold says that what AWS has belongs to somebody else.
fn is_anothers(hold: &Hold) -> bool {
    matches!(hold.reason(), Reason::NameTaken | Reason::OwnershipConflict)
}
