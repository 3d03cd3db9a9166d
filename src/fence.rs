//! Until when this process may act: the last gate before every request that could change something.
//!
//! Whoever holds the lease may act until a moment that the election moves on; past it nothing is sent any more, however late a task notices.
//! The gate is asked whenever a request is about to take its next step, retries of the clients included, and by a clock that also runs while
//! the process is stopped (`CLOCK_MONOTONIC`): a process that was asleep for longer than its lease wakes up behind a closed gate.
//! Where a whole machine is suspended and goes on, that clock has stood still, and there it is no protection.
//!
//! What was handed to the operating system before is on its way, as with every lease; for that there is the time between the renew deadline
//! and the end of the lease, and beyond that the way objects are created: with tokens, and by looking first.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
};

use tokio::time::Instant;

/// The gate. Clones are the same gate.
#[derive(Debug, Clone)]
pub struct Fence(Option<Arc<Gate>>);

#[derive(Debug)]
struct Gate {
    origin: Instant,
    /// Nanoseconds after the origin.
    open_until: AtomicU64,
}

/// Why a request was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not sent: this process does not hold the lease")]
pub struct Closed;

impl Fence {
    /// No gate at all, for an operator without election: it is always open.
    pub fn none() -> Self {
        Self(None)
    }

    /// A gate that is closed until somebody opens it.
    pub fn closed() -> Self {
        Self(Some(Arc::new(Gate { origin: Instant::now(), open_until: AtomicU64::new(0) })))
    }

    /// Whether one may act now.
    pub fn is_open(&self) -> bool {
        self.0.as_ref().is_none_or(|gate| gate.now() < gate.open_until.load(Ordering::SeqCst))
    }

    /// Does some work as long as the gate is open: it is asked before each step of it.
    ///
    /// # Errors
    ///
    /// The gate is closed; what was begun is dropped.
    pub async fn guard<T>(&self, work: impl Future<Output = T>) -> Result<T, Closed> {
        let mut work = pin!(work);
        poll_fn(|context| if self.is_open() { work.as_mut().poll(context).map(Ok) } else { Poll::Ready(Err(Closed)) })
            .await
    }

    /// Opens the gate until this moment, which may be in the past.
    pub(crate) fn open_until(&self, end: Instant) {
        if let Some(gate) = &self.0 {
            gate.open_until.store(gate.at(end), Ordering::SeqCst);
        }
    }

    /// Closes the gate.
    pub(crate) fn close(&self) {
        if let Some(gate) = &self.0 {
            gate.open_until.store(0, Ordering::SeqCst);
        }
    }
}

impl Gate {
    fn now(&self) -> u64 {
        self.at(Instant::now())
    }

    /// A moment as it is stored: 64 bits of nanoseconds are 584 years.
    fn at(&self, moment: Instant) -> u64 {
        u64::try_from(moment.saturating_duration_since(self.origin).as_nanos()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{advance, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_open_until_the_moment_that_was_said_and_not_at_it() {
        let fence = Fence::closed();
        assert!(!fence.is_open());
        fence.open_until(Instant::now() + Duration::from_secs(10));
        advance(Duration::from_millis(9999)).await;
        assert!(fence.is_open());
        advance(Duration::from_millis(1)).await;
        assert!(!fence.is_open());
        fence.open_until(Instant::now() + Duration::from_secs(1));
        assert!(fence.clone().is_open());
        fence.close();
        assert!(!fence.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn without_election_nothing_closes_it() {
        let fence = Fence::none();
        fence.close();
        assert!(fence.is_open());
        assert_eq!(fence.guard(async { 1 }).await, Ok(1));
    }

    #[tokio::test(start_paused = true)]
    async fn work_that_goes_on_past_the_end_takes_no_further_step() {
        let fence = Fence::closed();
        let mut steps = 0;
        assert_eq!(fence.guard(async { steps += 1 }).await, Err(Closed));
        fence.open_until(Instant::now() + Duration::from_secs(10));
        let work = async {
            loop {
                steps += 1;
                sleep(Duration::from_secs(3)).await;
            }
        };
        assert_eq!(fence.guard(work).await, Err(Closed));
        assert_eq!(steps, 4, "at 0, 3, 6 and 9 seconds");
    }
}
