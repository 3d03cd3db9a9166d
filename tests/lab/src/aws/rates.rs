//! Rates of the control plane of `AgentCore`.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use jiff::Timestamp;

use super::model::{Model, Operation};
use super::options::{LimitError, Limits};
use super::refusal::Refusal;

/// When each operation was admitted last.
#[derive(Default)]
pub(super) struct Rates {
    admitted: BTreeMap<String, VecDeque<f64>>,
    started: Option<(Instant, Timestamp)>,
}

impl Rates {
    /// Admits a call when fewer than the limit were admitted in the second before it; refused calls do not count.
    ///
    /// AWS publishes a number per operation. Whether it lets bursts pass is not known: a second without them is stricter.
    pub(super) fn admit(
        &mut self,
        model: &Model,
        operation: &Operation,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let limit = if operation.is_mutating() { limits.mutating_per_second } else { limits.reading_per_second };
        let Some(limit) = limit else { return Ok(()) };
        let (started, origin) = *self.started.get_or_insert_with(|| (Instant::now(), now));
        let seconds = if limits.virtual_seconds {
            now.duration_since(origin).as_secs_f64()
        } else {
            started.elapsed().as_secs_f64()
        };
        let admitted = self.admitted.entry(operation.name.clone()).or_default();
        while admitted.front().is_some_and(|at| seconds - at >= 1.0) {
            admitted.pop_front();
        }
        if admitted.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
            return Err(beyond(limits, model, operation));
        }
        admitted.push_back(seconds);
        Ok(())
    }
}

/// What a caller is told who does too much at once.
pub(super) fn beyond(limits: &Limits, model: &Model, operation: &Operation) -> Refusal {
    match limits.error {
        LimitError::ServiceQuotaExceeded if model.declares(operation, "ServiceQuotaExceededException") => {
            Refusal::quota("Rate", "The rate of calls exceeds the quota.")
        }
        LimitError::ServiceQuotaExceeded | LimitError::Throttling => Refusal::throttled(),
    }
}
