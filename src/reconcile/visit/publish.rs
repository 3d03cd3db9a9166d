//! What people are told at the end of a visit: status, once, and an event when the reason is another than before.

use std::time::Duration;

use jiff::Timestamp;
use kube::{Resource, ResourceExt};
use tokio::time::Instant;

use super::{super::Errand, Visit};
use crate::{
    api::{Observed, Status},
    kinds::Managed,
    plan::{Hold, Reason},
    reconcile::memory::{Entry, Written},
    status::{self, Situation, Verdict},
};

impl<K: Managed> Visit<'_, K> {
    /// Writes the status when it says something new, and tells people when the reason is another. Answers when to look again.
    pub(in crate::reconcile) async fn publish(&mut self, verdict: &Verdict) -> Result<Duration, Hold> {
        let uid = self.uid();
        let wait = self.count();
        let next = self.world.cluster.declared::<K, _>(self.status(verdict));
        let until_thorough = self.memory(|entry| entry.thorough_at(&uid)).saturating_duration_since(Instant::now());
        let again = [wait, self.again].into_iter().flatten().fold(until_thorough, Duration::min);
        let again = again.max(self.world.settings.retry_floor);
        if is_same(&self.before, &next) {
            return Ok(again);
        }
        let written = self.world.cluster.publish(&self.object, &next).await;
        let written = written.map_err(|error| Hold::Failed(crate::cluster::fault("writing status", &error)))?;
        if let Some(written) = written {
            // Our write may have gone on top of somebody else's; then the object is to be looked at again.
            let pure = written.meta().generation == self.generation
                && written.annotations() == self.object.annotations()
                && written.meta().deletion_timestamp == self.object.meta().deletion_timestamp;
            let wrote = Written { version: written.resource_version(), pure };
            self.memory(|entry| entry.wrote(wrote));
            self.measure(&next);
            self.tell(&next).await;
            if let Ok(written) = written.0 {
                self.object = written;
            }
        }
        // Without what was found to be undeclared: that is not there.
        self.before = self.world.cluster.declared::<K, _>(next);
        Ok(again)
    }

    /// Brings the counts of dependents up to date, but not all the time: how long to wait when they have to wait.
    fn count(&mut self) -> Option<Duration> {
        if self.errand == Errand::Remove {
            return None;
        }
        let counted = self.facts.clone();
        self.object.count(&self.world, &mut self.facts);
        if self.facts == counted {
            return None;
        }
        let left = self.memory(|entry| entry.until_counts(&self.world.settings));
        if left.is_some() && status::is_ready(&self.before.conditions) {
            self.facts = counted;
            return left;
        }
        None
    }

    fn status(&self, verdict: &Verdict) -> Status<K::Facts> {
        let generation = self.generation.unwrap_or_default();
        let failed = matches!(verdict, Verdict::Held(Hold::Failed(_), _));
        let reason = match verdict {
            Verdict::Held(hold, _) => Some(hold.reason()),
            Verdict::Settled(_) | Verdict::Suspended => None,
        };
        let (patient, blind) = self.memory(|entry| {
            let patient = reason.is_some_and(|reason| reason.is_about_permission() && entry.is_patient(reason));
            (patient, failed && entry.is_blind())
        });
        let was_stalled = status::find(&self.before.conditions, "Stalled").is_some_and(|stalled| {
            Some(stalled.reason.as_str()) == reason.map(Reason::as_str)
                && stalled.observed_generation == Some(generation)
        });
        let situation = Situation {
            generation,
            now: Timestamp::now(),
            deleting: self.errand == Errand::Remove,
            verdict,
            serving: K::id(&self.facts).is_some() && !matches!(reason, Some(Reason::Gone | Reason::CreateFailed)),
            // A restart forgets since when; what stood as lasting stays so.
            patient: patient && !was_stalled,
            blind,
            own: if self.errand == Errand::Remove { &[] } else { &self.own },
        };
        // A look that only met somebody busy has not done what was asked for.
        let is_done = self.performed || matches!(verdict, Verdict::Settled(_) | Verdict::Held(Hold::Stalled { .. }, _));
        let handled = self.request.clone().filter(|_| is_done);
        if handled.is_some() {
            self.memory(Entry::answered);
        }
        Status {
            observed_generation: Some(generation),
            last_handled_reconcile_at: handled.or_else(|| self.before.last_handled_reconcile_at.clone()),
            conditions: status::conditions(&self.before.conditions, &situation),
            observed: (self.observed != Observed::default()).then(|| self.observed.clone()),
            facts: self.facts.clone(),
        }
    }

    /// Counts what the written status says otherwise than the one before.
    fn measure(&self, next: &Status<K::Facts>) {
        let (metrics, kind) = (&self.context.metrics, K::kind(&()));
        metrics.transitions(&kind, &self.before.conditions, &next.conditions);
        let created = self.object.meta().creation_timestamp.as_ref();
        if status::is_ready(&next.conditions) && self.memory(Entry::is_first_ready) {
            let took = created.map(|created| Timestamp::now().duration_since(created.0)).unwrap_or_default();
            metrics.first_ready(&kind, Duration::try_from(took).unwrap_or_default());
        }
    }

    /// An event, when Ready changes or has another reason than before.
    async fn tell(&self, next: &Status<K::Facts>) {
        let said = |status: &Status<K::Facts>, type_: &str| {
            status::find(&status.conditions, type_)
                .map(|condition| (condition.status.clone(), condition.reason.clone()))
        };
        let stalled = status::find(&next.conditions, "Stalled");
        // While the old configuration serves, Ready says nothing new; then what is under way, or in the way, is the news.
        let types = [status::READY, "Stalled", "Reconciling"];
        let Some(news) =
            types.iter().find(|type_| said(&self.before, type_) != said(next, type_) && said(next, type_).is_some())
        else {
            return;
        };
        let Some(condition) = status::find(&next.conditions, news) else { return };
        let reason = Reason::named(&condition.reason).unwrap_or(Reason::Changed);
        let action = if self.errand == Errand::Remove { "Delete" } else { "Reconcile" };
        self.world.cluster.tell(&self.object, stalled.is_some(), reason, action, &condition.message).await;
    }
}

/// Whether two statuses say the same, other people's conditions aside.
fn is_same<Facts: PartialEq>(one: &Status<Facts>, other: &Status<Facts>) -> bool {
    one.observed_generation == other.observed_generation
        && one.last_handled_reconcile_at == other.last_handled_reconcile_at
        && one.observed == other.observed
        && one.facts == other.facts
        && status::same(&one.conditions, &other.conditions)
}
