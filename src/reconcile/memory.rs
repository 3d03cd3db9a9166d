//! What needs a clock and is not worth a write: when things were seen, how often they were tried. A restart forgets it all, and costs one
//! early look per object.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    aws::ownership::hash,
    kinds::Settings,
    plan::{Hold, Reason},
};

/// How long a missing permission may be on its way: IAM is eventually consistent, and people apply things in the wrong order.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long looks may fail before a settled object is called unknown.
const BLINDNESS: Duration = Duration::from_mins(15);

/// The longest pause while waiting for AWS or for another object; a watch or the sweep usually ends the wait before.
const WAITING_CAP: Duration = Duration::from_mins(1);

/// How long counts of dependents may be out of date, at least.
const COUNTS: Duration = Duration::from_secs(30);

/// What is remembered, by uid.
#[derive(Debug, Default)]
pub struct Memory {
    entries: Mutex<HashMap<String, Entry>>,
}

/// What is remembered of one object.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// The reason of the last hold, since when, and how many looks had it.
    held: Option<(Reason, Instant, u32)>,
    /// The last time a look succeeded, whatever it saw.
    good: Option<Instant>,
    /// The last time AWS accepted a change of the object: lists begun before this know nothing of it.
    changed: Option<Instant>,
    /// The last time the object was read in full.
    looked: Option<Instant>,
    /// When the recorded object was first found to be absent, and in how many looks.
    absent: Option<(Instant, u32)>,
    /// Updates in a row that were accepted and did not help.
    vain: u32,
    /// The resourceVersion of our last write.
    written: Option<String>,
    /// When counts were last written.
    counted: Option<Instant>,
    /// When the object is next read in full although nothing seems to have moved.
    thorough: Option<Instant>,
}

impl Memory {
    /// Looks at, and may change, what is remembered of an object.
    pub fn with<T>(&self, uid: &str, work: impl FnOnce(&mut Entry) -> T) -> T {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        work(entries.entry(uid.to_owned()).or_default())
    }

    /// Forgets an object that is gone.
    pub fn forget(&self, uid: &str) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }

    /// Whether this is how we ourselves wrote the object last: then there is nothing new in it for us.
    pub fn is_echo(&self, uid: &str, version: Option<&str>) -> bool {
        self.with(uid, |entry| entry.written.is_some() && entry.written.as_deref() == version)
    }
}

impl Entry {
    /// Notes our own write.
    pub fn wrote(&mut self, version: Option<String>) {
        self.written = version;
    }

    /// Whether a copy with this resourceVersion is older than our last write. Versions are numbers that grow, which Kubernetes promises
    /// for its own storage; where they are not numbers, nothing is called old.
    pub fn is_older_than_written(&self, version: Option<&str>) -> bool {
        let number = |version: Option<&str>| version.and_then(|version| version.parse::<u64>().ok());
        matches!((number(version), number(self.written.as_deref())), (Some(copy), Some(written)) if copy < written)
    }

    /// Notes a look that succeeded.
    pub fn saw(&mut self) {
        self.good = Some(Instant::now());
    }

    /// Whether looks have failed for so long that nothing is known any more.
    pub fn is_blind(&mut self) -> bool {
        self.good.get_or_insert_with(Instant::now).elapsed() >= BLINDNESS
    }

    /// Whether a missing permission is so new that it may be on its way.
    pub fn is_patient(&mut self, reason: Reason) -> bool {
        match self.held {
            Some((before, since, _)) if before == reason => since.elapsed() < PATIENCE,
            _ => {
                self.held = Some((reason, Instant::now(), 0));
                true
            }
        }
    }

    /// How long to wait before looking again: growing from the floor, by who must act.
    pub fn pause(&mut self, hold: &Hold, settings: &Settings, uid: &str) -> Duration {
        let reason = hold.reason();
        let (since, looks) = match self.held {
            Some((before, since, looks)) if before == reason => (since, looks),
            _ => (Instant::now(), 0),
        };
        self.held = Some((reason, since, looks + 1));
        let cap = match hold {
            Hold::Waiting { .. } => WAITING_CAP.min(settings.retry_cap),
            Hold::Failed(_) => settings.retry_cap,
            Hold::Stalled { .. } => return spread(settings.drift_interval.max(settings.retry_floor), uid),
        };
        spread(settings.retry_floor.saturating_mul(1 << looks.min(16)).min(cap), uid)
    }

    /// The number of looks that met the present hold.
    pub fn looks(&self) -> u32 {
        self.held.map_or(0, |(_, _, looks)| looks)
    }

    /// Forgets what held it: it is settled.
    pub fn settled(&mut self) {
        self.held = None;
        self.absent = None;
        self.vain = 0;
    }

    /// Notes that AWS accepted a change; `again` when the same was accepted before.
    pub fn changed(&mut self, again: bool) {
        self.changed = Some(Instant::now());
        self.absent = None;
        self.held = None;
        self.vain = if again { self.vain + 1 } else { 0 };
    }

    /// Updates in a row that did not help.
    pub fn vain(&self) -> u32 {
        self.vain
    }

    /// The age that a list may have: not older than our last change, and not older than the floor.
    pub fn not_before(&self, floor: Duration) -> Instant {
        let recent = Instant::now().checked_sub(floor).unwrap_or_else(Instant::now);
        self.changed.map_or(recent, |changed| changed.max(recent))
    }

    /// Notes that the object was read in full.
    pub fn looked(&mut self, uid: &str) {
        let now = Instant::now();
        self.looked = Some(now);
        self.thorough = Some(now + spread(THOROUGH, uid));
    }

    /// Whether a list begun at this moment may know more than the last full read.
    pub fn is_news(&self, begun: Instant) -> bool {
        self.looked.is_none_or(|looked| begun > looked)
    }

    /// When the object is to be read in full, tags and all, although nothing seems to have moved.
    pub fn thorough_at(&mut self, uid: &str) -> Instant {
        *self.thorough.get_or_insert_with(|| Instant::now() + spread(THOROUGH, uid))
    }

    /// Notes that the recorded object is absent, and answers whether that is certain: two looks saw it, further apart than what AWS's
    /// reads lag behind its writes.
    pub fn absent(&mut self, lag: Duration) -> bool {
        let (since, looks) = self.absent.map_or_else(|| (Instant::now(), 1), |(since, looks)| (since, looks + 1));
        self.absent = Some((since, looks));
        looks >= 2 && since.elapsed() >= lag
    }

    /// How long until counts may be written again; `None`: now.
    pub fn until_counts(&mut self, settings: &Settings) -> Option<Duration> {
        let interval = COUNTS.min(settings.drift_interval);
        let left =
            self.counted.and_then(|counted| interval.checked_sub(counted.elapsed())).filter(|left| !left.is_zero());
        if left.is_none() {
            self.counted = Some(Instant::now());
        }
        left
    }
}

/// How often an object is read in full although nothing seems to have moved.
const THOROUGH: Duration = Duration::from_hours(1);

/// A duration, half to one and a half times, always the same for one object: so that objects do not all come at once.
fn spread(duration: Duration, uid: &str) -> Duration {
    let share = u32::from_str_radix(&hash(uid, 4), 16).unwrap_or(0x8000);
    duration.mul_f64(0.75 + 0.5 * f64::from(share) / f64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            cluster_name: "c".into(),
            default_tags: std::collections::BTreeMap::new(),
            default_security_group_ids: Vec::new(),
            allowed_external_ids: Vec::new(),
            allowed_role_arns: Vec::new(),
            drift_interval: Duration::from_secs(60),
            retry_floor: Duration::from_secs(2),
            retry_cap: Duration::from_secs(300),
            concurrency: 16,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_to_the_cap_of_who_must_act_and_start_over_with_another_reason() {
        let mut entry = Entry::default();
        let wait = Hold::waiting(Reason::Creating, "");
        let pauses: Vec<_> = (0..12).map(|_| entry.pause(&wait, &settings(), "uid")).collect();
        assert!(pauses.windows(2).all(|pair| pair[0] <= pair[1]), "{pauses:?}");
        assert_eq!(pauses[10], pauses[11], "capped");
        assert!(pauses[11] <= Duration::from_secs(75));
        let other = entry.pause(&Hold::waiting(Reason::Updating, ""), &settings(), "uid");
        assert_eq!(other, pauses[0]);
        let stalled = entry.pause(&Hold::stalled(Reason::Invalid, ""), &settings(), "uid");
        assert!(stalled >= Duration::from_secs(45), "{stalled:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn absence_needs_two_looks_and_time() {
        let lag = Duration::from_secs(20);
        let mut entry = Entry::default();
        assert!(!entry.absent(lag));
        assert!(!entry.absent(lag), "two looks at once are one");
        tokio::time::advance(lag).await;
        assert!(entry.absent(lag));
        entry.changed(false);
        assert!(!entry.absent(lag), "a change starts it over");
    }

    #[tokio::test(start_paused = true)]
    async fn patience_ends() {
        let mut entry = Entry::default();
        assert!(entry.is_patient(Reason::Denied));
        tokio::time::advance(PATIENCE).await;
        assert!(!entry.is_patient(Reason::Denied));
        assert!(entry.is_patient(Reason::NamespaceNotAllowed), "another permission has its own time");
    }

    #[test]
    fn copies_older_than_our_write_are_told_apart() {
        let mut entry = Entry::default();
        assert!(!entry.is_older_than_written(Some("5")));
        entry.wrote(Some("10".into()));
        assert!(entry.is_older_than_written(Some("9")));
        assert!(!entry.is_older_than_written(Some("10")));
        assert!(!entry.is_older_than_written(Some("11")));
        assert!(!entry.is_older_than_written(Some("opaque")));
    }
}
