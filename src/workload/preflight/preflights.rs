//! Looks that are shared, capped and made in the background.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Semaphore, mpsc::UnboundedSender},
    time::Instant,
};

use super::{Call, Certificate, Finding, Outcome, Probe, Report};
use crate::plan::Reason;

/// How many looks are under way at once, over all. Further ones queue, first come, first served.
const AT_ONCE: usize = 8;

/// A call that nobody asked about for this long is forgotten.
const REMEMBERED: Duration = Duration::from_hours(1);

/// How often what is to be forgotten is looked for.
const TIDIED: Duration = Duration::from_mins(1);

/// What is known of a call now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// A report that is new enough.
    Current(Arc<Report>),
    /// One is being made; until then there is at most an older one. Whoever waits is woken through the channel.
    Renewing(Option<Arc<Report>>),
}

impl Look {
    /// The newest report there is, new enough or not.
    pub fn report(&self) -> Option<&Arc<Report>> {
        match self {
            Self::Current(report) => Some(report),
            Self::Renewing(report) => report.as_ref(),
        }
    }
}

/// The looks of the whole operator: one at a time for each call however many ask, eight at a time over all.
///
/// Clones share everything. What is remembered of a call is its newest report.
#[derive(Debug, Clone)]
pub struct Preflights {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    probe: Probe,
    places: Semaphore,
    begun: AtomicU64,
    ended: UnboundedSender<Call>,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    calls: HashMap<Call, Entry>,
    tidied: Instant,
}

#[derive(Debug)]
struct Entry {
    report: Option<Arc<Report>>,
    /// A look is under way, or queues for its place.
    running: bool,
    asked: Instant,
}

impl Preflights {
    /// Nothing is known at first. Each call whose look ended is sent to `ended`.
    pub fn new(probe: Probe, ended: UnboundedSender<Call>) -> Self {
        let known = Mutex::new(Known { calls: HashMap::new(), tidied: Instant::now() });
        let shared = Shared { probe, places: Semaphore::new(AT_ONCE), begun: AtomicU64::new(0), ended, known };
        Self { shared: Arc::new(shared) }
    }

    /// What is known of a call, at once. A report that was begun before `not_before` (a moment to come counts as now) is renewed in
    /// the background, unless that is under way already. Must be called within a tokio runtime.
    pub fn look(&self, call: &Call, not_before: Instant) -> Look {
        let now = Instant::now();
        let (look, start) = self.shared.known(|known| known.ask(call, not_before.min(now), now));
        if start {
            tokio::spawn(renew(Arc::clone(&self.shared), call.clone()));
        }
        look
    }

    /// How many looks were begun so far.
    pub fn probes(&self) -> u64 {
        self.shared.begun.load(Ordering::Relaxed)
    }

    /// For how many calls something is remembered.
    pub fn remembered(&self) -> usize {
        self.shared.known(|known| known.calls.len())
    }
}

impl Shared {
    /// Nothing is awaited while the calls are held, and a panic leaves them whole.
    fn known<T>(&self, work: impl FnOnce(&mut Known) -> T) -> T {
        work(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks when it is this call's turn.
    async fn take_turn(self: Arc<Self>, call: Call) -> Report {
        // The semaphore is never closed, and if it were, the look would only not be counted among the eight.
        let _place = self.places.acquire().await;
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.probe.look(&call).await
    }
}

/// Makes a report, keeps it, and wakes whoever waits. The look is a task of its own, so that even one that panics ends in a report.
async fn renew(shared: Arc<Shared>, call: Call) {
    let report = tokio::spawn(Arc::clone(&shared).take_turn(call.clone())).await.unwrap_or_else(|error| {
        tracing::error!(%error, url = call.url(), "a look at a server broke off");
        broken_off(&call)
    });
    shared.known(|known| known.learn(&call, report));
    // Nobody waits any more when the operator is ending.
    drop(shared.ended.send(call));
}

fn broken_off(call: &Call) -> Report {
    let message =
        format!("The look at {} broke off, which is a mistake of the operator's; please report it.", call.url());
    let outcome = Outcome::Unknown(Finding { reason: Reason::Unavailable, message });
    Report { begun: Instant::now(), outcome, certificate: Certificate::NotSeen }
}

impl Known {
    /// What there is for a call, and whether a look must be started for it.
    fn ask(&mut self, call: &Call, not_before: Instant, now: Instant) -> (Look, bool) {
        self.tidy(now);
        let entry =
            self.calls.entry(call.clone()).or_insert_with(|| Entry { report: None, running: false, asked: now });
        entry.asked = now;
        if let Some(report) = entry.report.as_ref().filter(|report| report.begun >= not_before) {
            return (Look::Current(Arc::clone(report)), false);
        }
        let start = !entry.running;
        entry.running = true;
        (Look::Renewing(entry.report.clone()), start)
    }

    fn learn(&mut self, call: &Call, report: Report) {
        if let Some(entry) = self.calls.get_mut(call) {
            entry.running = false;
            entry.report = Some(Arc::new(report));
        }
    }

    /// Forgets what nobody asks about.
    fn tidy(&mut self, now: Instant) {
        if now.duration_since(self.tidied) >= TIDIED {
            self.tidied = now;
            self.calls.retain(|_, entry| entry.running || now.duration_since(entry.asked) < REMEMBERED);
        }
    }
}
