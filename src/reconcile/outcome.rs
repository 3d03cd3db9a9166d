//! How a visit ended, as it is counted.

use kube::runtime::{controller::Action, finalizer};

use crate::{
    metrics::Outcome,
    plan::{Hold, Reason},
};

/// Waiting is no error: it is what most of an object's life before it is ready consists of. A visit that met a bug or was given up is one,
/// although it waits, too.
pub(super) fn of(looked: &Result<Action, finalizer::Error<Hold>>) -> Outcome {
    let hold = match looked {
        Ok(action) if *action == Action::await_change() => return Outcome::Success,
        Ok(_) => return Outcome::RequeueAfter,
        Err(finalizer::Error::ApplyFailed(hold) | finalizer::Error::CleanupFailed(hold)) => hold,
        Err(
            finalizer::Error::AddFinalizer(_)
            | finalizer::Error::RemoveFinalizer(_)
            | finalizer::Error::UnnamedObject
            | finalizer::Error::InvalidFinalizer,
        ) => return Outcome::Error,
    };
    match hold {
        Hold::Waiting { reason: Reason::Stuck, .. } | Hold::Failed(_) => Outcome::Error,
        Hold::Waiting { .. } => Outcome::RequeueAfter,
        Hold::Stalled { .. } => Outcome::LastingError,
    }
}
