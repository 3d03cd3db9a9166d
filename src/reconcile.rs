//! The loop: what happens to one object, each time it is looked at.
//!
//! ```text
//! resolve ──> find ──> observe ──> plan ──> perform ──> publish
//!   │          │          │         │          │
//!   └──────────┴──────────┴─────────┴──────────┴──> Hold: who must act, and when to look again
//! ```
//!
//! A visit makes at most one change in AWS and at most one write of status (two when a further attempt at creating must be remembered
//! first), and then looks again. Nothing is kept between visits that a restart may not forget: AWS and Kubernetes are the memory.

mod finalizers;
pub mod memory;
mod outcome;
mod unreadable;
mod visit;

use std::{fmt::Debug, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures::FutureExt;
use kube::{
    Api, Resource, ResourceExt,
    core::DeserializeGuard,
    runtime::{
        controller::Action,
        finalizer::{self, Event},
    },
};

use tokio::time::Instant;
use tracing::Instrument;

use self::{
    memory::{Entry, Memory},
    visit::Visit,
};
use crate::{
    api::FINALIZER,
    aws::{Fault, refusals},
    kinds::{Managed, World},
    metrics::Metrics,
    plan::{Hold, Reason},
    status::{Step, Verdict},
    telemetry::span,
};

/// How long one visit may take.
const LONGEST_VISIT: Duration = Duration::from_mins(5);

/// How soon to look again when the watched copy is older than our own last write.
const CATCHING_UP: Duration = Duration::from_millis(100);

/// What is told of an object at which the operator met a bug.
const BUG: &str = "The operator met a bug at this object; its log has the place. Looking again";

/// What the loop is given: the world, and what it remembers.
pub struct Context {
    /// Kubernetes, AWS, settings.
    pub world: World,
    /// What needs a clock.
    pub memory: Memory,
    /// What is measured.
    pub metrics: Metrics,
}

/// Looks at one object once. An error is not a failure: it says who must act before the object is settled.
///
/// # Errors
///
/// A [`Hold`], or a finalizer that could not be written.
pub async fn reconcile<K: Managed>(
    guarded: Arc<DeserializeGuard<K>>,
    context: Arc<Context>,
) -> Result<Action, finalizer::Error<Hold>> {
    let (metrics, controller) = (&context.metrics, controller::<K>());
    let (_active, begun) = (metrics.visit(&controller), Instant::now());
    let span = span::visit(&*guarded, &controller);
    let look = within_bounds(look(&guarded, &context), metrics, &controller);
    let looked = refusals::remembered(look).instrument(span.clone()).await;
    if let Err(error) = &looked
        && is_unwritten(error)
    {
        span.in_scope(|| tracing::warn!(%error, "a finalizer could not be written"));
    }
    let outcome = outcome::of(&looked);
    metrics.visited(&controller, outcome, begun.elapsed());
    span::visited(&span, outcome.label());
    looked
}

/// What the controller of a kind is called: as controller-runtime calls it.
pub fn controller<K: Managed>() -> String {
    K::kind(&()).to_lowercase()
}

/// A look that takes too long, or meets a bug, ends with a hold, so that the others go on and the object is looked at again.
async fn within_bounds(
    look: impl Future<Output = Result<Action, finalizer::Error<Hold>>>,
    metrics: &Metrics,
    controller: &str,
) -> Result<Action, finalizer::Error<Hold>> {
    // Calls to AWS have time-outs of their own, those to Kubernetes have not; an object is never visited twice at once, so a visit that
    // hangs would be its last.
    let bounded = tokio::time::timeout(LONGEST_VISIT, AssertUnwindSafe(look).catch_unwind()).await;
    let message = match bounded {
        Ok(Ok(looked)) => return looked,
        Ok(Err(_)) => {
            metrics.panicked(controller);
            BUG
        }
        Err(_) => {
            metrics.timed_out(controller);
            tracing::error!("a look took five minutes and was given up");
            "A look took five minutes and was given up; looking again"
        }
    };
    Err(finalizer::Error::ApplyFailed(Hold::waiting(Reason::Stuck, message)))
}

async fn look<K: Managed>(guarded: &DeserializeGuard<K>, context: &Context) -> Result<Action, finalizer::Error<Hold>> {
    let object = match &guarded.0 {
        Ok(object) => Arc::new(object.clone()),
        Err(unreadable) => return unreadable::reconcile::<K>(unreadable, context).await,
    };
    let uid = object.uid().unwrap_or_default();
    if context.memory.with(&uid, |entry| entry.is_older_than_written(object.meta().resource_version.as_deref())) {
        return Ok(Action::requeue(CATCHING_UP));
    }
    let is_new = object.meta().deletion_timestamp.is_none() && !object.finalizers().iter().any(|one| one == FINALIZER);
    let api = Api::<K>::namespaced(context.world.cluster.client().clone(), &object.namespace().unwrap_or_default());
    let looked = finalizers::hold(&api, object, |event| async {
        match event {
            Event::Apply(object) => visit(&*object, context, Errand::Keep).await,
            Event::Cleanup(object) => visit(&*object, context, Errand::Remove).await,
        }
    })
    .await;
    // Not before: a copy without the finalizer may be an old one, and only its being added now tells that nobody had done so.
    if is_new && looked.is_ok() {
        context.memory.with(&uid, Entry::is_fresh);
    }
    looked
}

/// When to look again at an object that is not settled.
#[expect(clippy::needless_pass_by_value, reason = "kube's runtime hands both over by value")]
pub fn look_again<K: Managed>(
    guarded: Arc<DeserializeGuard<K>>,
    error: &finalizer::Error<Hold>,
    context: Arc<Context>,
) -> Action {
    let uid = guarded.meta().uid.clone().unwrap_or_default();
    if is_gone(error) {
        return Action::await_change();
    }
    let unwritten;
    let hold = match error {
        finalizer::Error::ApplyFailed(hold) | finalizer::Error::CleanupFailed(hold) => hold,
        finalizer::Error::AddFinalizer(_)
        | finalizer::Error::RemoveFinalizer(_)
        | finalizer::Error::UnnamedObject
        | finalizer::Error::InvalidFinalizer => {
            unwritten = Hold::Failed(Fault::unavailable("writing a finalizer", error.to_string()));
            &unwritten
        }
    };
    Action::requeue(context.memory.with(&uid, |entry| entry.pause(hold, &context.world.settings, &uid)))
}

/// Whether an object was gone already, with its finalizer.
fn is_gone(error: &finalizer::Error<Hold>) -> bool {
    matches!(error, finalizer::Error::RemoveFinalizer(kube::Error::Api(answer)) if answer.is_not_found())
}

/// Whether it is the finalizer that is in the way, of which nobody else tells.
fn is_unwritten(error: &finalizer::Error<Hold>) -> bool {
    !matches!(error, finalizer::Error::ApplyFailed(_) | finalizer::Error::CleanupFailed(_)) && !is_gone(error)
}

/// What a visit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Errand {
    /// AWS is to have what the spec says.
    Keep,
    /// AWS is to have nothing of it.
    Remove,
}

/// Does one errand and publishes what came of it. `Ok` when nothing is left to do: kube's finalizer helper then lets a deleted object go.
async fn visit<K: Managed>(object: &K, context: &Context, errand: Errand) -> Result<Action, Hold> {
    let mut visit = Visit::new(object, context, errand);
    let work = async {
        match errand {
            Errand::Remove => visit.remove().await,
            Errand::Keep if object.is_suspended() => Ok(Verdict::Suspended),
            Errand::Keep => visit.keep().await.map(|()| visit.settled()),
        }
    };
    // One object that meets a bug must not stop the others.
    let verdict = match AssertUnwindSafe(work).catch_unwind().await {
        Ok(Ok(verdict)) => verdict,
        Ok(Err((hold, step))) => Verdict::Held(hold, step),
        Err(_) => {
            context.metrics.panicked(&controller::<K>());
            Verdict::Held(Hold::waiting(Reason::Stuck, BUG), Step::Program)
        }
    };
    if errand == Errand::Remove && matches!(verdict, Verdict::Settled(_)) {
        // What is remembered goes when the watch says that the object is gone: a late look must still know that this copy is old.
        return Ok(Action::await_change());
    }
    let again = visit.publish(&verdict).await?;
    match verdict {
        Verdict::Held(hold, _) => Err(hold),
        Verdict::Settled(_) => Ok(Action::requeue(again)),
        Verdict::Suspended => Ok(Action::await_change()),
    }
}

#[cfg(test)]
mod tests;
