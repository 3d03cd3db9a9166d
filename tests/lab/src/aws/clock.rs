//! Virtual time: the real clock, made faster, and moved ahead when a test asks for it.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// The clock that states move on. It never runs backwards.
pub(super) struct Clock {
    started: Instant,
    origin: Timestamp,
    speed: f64,
    ahead: Mutex<Duration>,
    moved: watch::Sender<()>,
}

impl Clock {
    /// A clock that starts at the present and runs `speed` times as fast as the real one.
    pub(super) fn new(speed: f64) -> Self {
        Self {
            started: Instant::now(),
            origin: Timestamp::now(),
            speed: if speed.is_finite() && speed > 0.0 { speed } else { 1.0 },
            ahead: Mutex::new(Duration::ZERO),
            moved: watch::Sender::new(()),
        }
    }

    /// The virtual time.
    pub(super) fn now(&self) -> Timestamp {
        let ahead = *self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        after(self.origin, self.started.elapsed().mul_f64(self.speed) + ahead)
    }

    /// Moves the clock ahead at once.
    pub(super) fn advance(&self, by: Duration) {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) += by;
        self.moved.send_replace(());
    }

    /// Sleeps until a virtual time, which [`Clock::advance`] may bring nearer.
    pub(super) async fn wait_until(&self, due: Timestamp) {
        let mut moved = self.moved.subscribe();
        loop {
            let left = due.duration_since(self.now());
            let Ok(left) = Duration::try_from(left) else { return };
            if left.is_zero() {
                return;
            }
            // At least a millisecond: the timer is no finer, and a shorter sleep would spin.
            let left = left.div_f64(self.speed).max(Duration::from_millis(1));
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                _ = moved.changed() => {}
            }
        }
    }
}

/// The time `by` after `time`, or the end of time.
pub(super) fn after(time: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| time.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}
