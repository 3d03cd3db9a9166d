//! What needs a clock and is not worth a write: when things were seen, how often they were tried. A restart forgets it all: things are
//! looked at early once, and patience starts over.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    aws::ownership::hash,
    kinds::{Settings, tags::TagChange},
    plan::{Hold, Reason},
};

/// How long a missing permission may be on its way: IAM is eventually consistent, and people apply things in the wrong order.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long looks may fail before a settled object is called unknown.
const BLINDNESS: Duration = Duration::from_mins(15);

/// The longest pause while waiting for AWS or for another object; a watch or the sweep usually ends the wait before.
const WAITING_CAP: Duration = Duration::from_mins(1);

/// How long AWS's reads may lag behind its writes, in times the shortest pause.
const LAG: u32 = 10;

/// How long a watched copy may be older than our own write.
const CATCH_UP: Duration = Duration::from_mins(1);

/// How long counts of dependents may be out of date, at least.
const COUNTS: Duration = Duration::from_secs(30);

/// What is remembered, by uid. Clones share everything.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    entries: Arc<Mutex<HashMap<String, Entry>>>,
}

/// What is remembered of one object.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each noted and asked for by a method of its own")]
pub struct Entry {
    /// The reason of the last hold, since when, and how many looks had it.
    held: Option<(Reason, Instant, u32)>,
    /// The permission that is missing, and since when.
    missing: Option<(Reason, Instant)>,
    /// Since when every look has failed.
    failing: Option<Instant>,
    /// The last time AWS accepted a change of the object: lists begun before this know nothing of it.
    changed: Option<Instant>,
    /// It was we who added our finalizer: nobody can have made anything for it before us.
    fresh: bool,
    /// A create was sent.
    sent: bool,
    /// It was ready, and people were told how long that took.
    ready: bool,
    /// The last time a change was sent, whatever became of it: only lists begun after this tell.
    tried: Option<Instant>,
    /// AWS has shown the object since it was last created.
    seen: bool,
    /// When the object was first found to be absent, and in how many looks.
    absent: Option<(Instant, u32)>,
    /// Updates in a row that were accepted and did not help.
    vain: u32,
    /// AWS accepted the whole of what is desired, and was not seen to have it since.
    restated: bool,
    /// AWS accepted to delete it.
    deleted: bool,
    /// AWS accepted to delete it for another one to take its place.
    gave_way: bool,
    /// Since when AWS has not shown a successor, and how often that was seen.
    successor_absent: Option<(Instant, u32)>,
    /// Our last write, and when it was.
    written: Option<(Written, Instant)>,
    /// When counts were last written.
    counted: Option<Instant>,
    /// When the object is next read with its tags although nothing seems to have moved.
    thorough: Option<Instant>,
    /// When the object was last read in full.
    read: Option<Instant>,
    /// The tags that AWS accepted last, until it was seen to have them.
    tags_sent: Option<TagChange>,
    /// What is desired has changed since the tags were read.
    tags_unread: bool,
    /// The annotations that ask for a look, as last seen, and the value that was not answered yet.
    requests: Option<[Option<String>; 2]>,
    request: Option<String>,
}

/// What an object was when we wrote it last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The resourceVersion that our write made.
    pub version: Option<String>,
    /// Nobody else's change came in with it: it is what we looked at, and our status.
    pub pure: bool,
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
        self.with(uid, |entry| {
            entry.written.as_ref().is_some_and(|(written, _)| {
                written.pure && written.version.is_some() && written.version.as_deref() == version
            })
        })
    }
}

impl Entry {
    /// Notes our own write.
    pub fn wrote(&mut self, written: Written) {
        self.written = Some((written, Instant::now()));
    }

    /// Whether a copy with this resourceVersion is older than our last write. Versions are numbers that grow, which Kubernetes promises
    /// for its own storage; where they are not numbers, nothing is called old. Nor is it after a minute: a restored cluster counts anew.
    pub fn is_older_than_written(&self, version: Option<&str>) -> bool {
        let number = |version: Option<&str>| version.and_then(|version| version.parse::<u64>().ok());
        self.written.as_ref().filter(|(_, at)| at.elapsed() < CATCH_UP).is_some_and(|(written, _)| {
            matches!((number(version), number(written.version.as_deref())), (Some(copy), Some(written)) if copy < written)
        })
    }

    /// Notes a look that succeeded.
    pub fn looked(&mut self) {
        self.failing = None;
    }

    /// Notes a look that failed, and answers whether looks have failed for so long that nothing is known any more.
    pub fn is_blind(&mut self) -> bool {
        self.failing.get_or_insert_with(Instant::now).elapsed() >= BLINDNESS
    }

    /// The value of an annotation that asks for a look and was not answered yet. Each of the two annotations asks whenever its own value
    /// changes; after a restart, when neither value is the one answered last.
    pub fn asked(&mut self, values: [Option<String>; 2], answered: Option<&str>) -> Option<String> {
        match self.requests.replace(values.clone()) {
            Some(before) => {
                let changed = values.into_iter().zip(before).find(|(now, before)| now.is_some() && now != before);
                if let Some((value, _)) = changed {
                    self.request = value;
                }
            }
            None if values.iter().flatten().any(|value| Some(value.as_str()) == answered) => {}
            None => self.request = values.into_iter().flatten().next(),
        }
        self.request.clone()
    }

    /// Notes that what was asked for was done.
    pub fn answered(&mut self) {
        self.request = None;
    }

    /// Whether a missing permission is so new that it may be on its way.
    pub fn is_patient(&mut self, reason: Reason) -> bool {
        match self.missing {
            Some((before, since)) if before == reason => since.elapsed() < PATIENCE,
            _ => {
                self.missing = Some((reason, Instant::now()));
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
        if !reason.is_about_permission() && !reason.is_passing() {
            self.missing = None;
        }
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
        self.missing = None;
        self.absent = None;
        self.vain = 0;
        self.restated = false;
        self.tags_sent = None;
    }

    /// Notes that AWS accepted a change; `again` when the same was accepted before.
    pub fn changed(&mut self, again: bool) {
        self.changed = Some(Instant::now());
        self.absent = None;
        self.held = None;
        self.missing = None;
        self.vain = if again { self.vain + 1 } else { 0 };
    }

    /// Notes that AWS accepted the whole of what is desired.
    pub fn restates(&mut self) {
        self.restated = true;
    }

    /// Notes that AWS could not do what it had accepted.
    pub fn failed(&mut self) {
        self.restated = false;
    }

    /// Whether AWS accepted the whole of what is desired, and was not seen to have it since.
    pub fn has_restated(&self) -> bool {
        self.restated
    }

    /// Notes the tags that came with a change, if any did.
    pub fn tagged(&mut self, tags: Option<TagChange>) {
        self.tags_sent = tags.or(self.tags_sent.take());
    }

    /// The tags that AWS accepted last, until it was seen to have them.
    pub fn tags_sent(&self) -> Option<TagChange> {
        self.tags_sent.clone()
    }

    /// Notes that the object was read in full.
    pub fn read(&mut self) {
        self.read = Some(Instant::now());
    }

    /// Whether the object was read in full within this time.
    pub fn was_read_within(&self, time: Duration) -> bool {
        self.read.is_some_and(|read| read.elapsed() < time)
    }

    /// Notes that a change is sent.
    pub fn tries(&mut self) {
        self.tried = Some(Instant::now());
    }

    /// Notes that a create is sent: from now on AWS may show the object, or not yet.
    pub fn creates(&mut self) {
        self.sent = true;
        self.seen = false;
        self.gave_way = false;
    }

    /// Notes that the object has no finalizer yet.
    pub fn is_fresh(&mut self) {
        self.fresh = true;
    }

    /// Notes that the object is ready, and answers whether this is the first time, as far back as it goes.
    pub fn is_first_ready(&mut self) -> bool {
        self.fresh && !std::mem::replace(&mut self.ready, true)
    }

    /// Whether nothing was ever sent to AWS for the object, as far back as it goes.
    pub fn was_never_sent(&self) -> bool {
        self.fresh && !self.sent
    }

    /// Notes that AWS shows the object.
    pub fn shown(&mut self) {
        self.seen = true;
        self.absent = None;
    }

    /// Notes that AWS accepted to delete it, so that it is made again: when it is not shown any more, it is gone.
    pub fn gives_way(&mut self) {
        self.gave_way = true;
    }

    /// Whether AWS accepted to delete it so that it is made again, and that was not begun yet.
    pub fn gave_way(&self) -> bool {
        self.gave_way
    }

    /// Notes that AWS accepted to delete it.
    pub fn deletes(&mut self) {
        self.deleted = true;
    }

    /// Whether AWS accepted to delete it; asked once per delete.
    pub fn take_deleted(&mut self) -> bool {
        std::mem::take(&mut self.deleted)
    }

    /// Whether AWS accepted a change so recently that reads may not show it yet.
    pub fn has_just_changed(&self, settings: &Settings) -> bool {
        self.changed.is_some_and(|changed| changed.elapsed() < settings.retry_floor.saturating_mul(LAG))
    }

    /// Updates in a row that did not help.
    pub fn vain(&self) -> u32 {
        self.vain
    }

    /// The age that a list may have: not older than our last change, tried or done, and not older than the floor.
    pub fn not_before(&self, floor: Duration) -> Instant {
        let recent = Instant::now().checked_sub(floor).unwrap_or_else(Instant::now);
        [self.changed, self.tried].into_iter().flatten().fold(recent, Instant::max)
    }

    /// Whether the object is to be read with its tags: its time has come, or what is desired has changed since.
    pub fn is_thorough(&mut self, changed: bool, uid: &str) -> bool {
        self.tags_unread |= changed;
        self.tags_unread || self.thorough_at(uid) <= Instant::now()
    }

    /// Notes that the object was read with its tags.
    pub fn read_thoroughly(&mut self, uid: &str) {
        self.thorough = Some(Instant::now() + spread(THOROUGH, uid));
    }

    /// Notes that the tags are as desired.
    pub fn tags_agree(&mut self) {
        self.tags_unread = false;
    }

    /// When the object is to be read with its tags although nothing seems to have moved.
    pub fn thorough_at(&mut self, uid: &str) -> Instant {
        *self.thorough.get_or_insert_with(|| Instant::now() + spread(THOROUGH, uid))
    }

    /// Notes that the object is absent, and answers whether that is certain. What AWS showed before and shows no more is gone after two
    /// looks some time apart; what it never showed may only lag behind its creation, which takes longer to tell.
    pub fn is_surely_absent(&mut self, settings: &Settings) -> bool {
        if self.gave_way {
            return true;
        }
        let lag = settings.retry_floor.saturating_mul(if self.seen { LAG } else { 3 * LAG });
        let (since, looks) = self.absent.map_or_else(|| (Instant::now(), 1), |(since, looks)| (since, looks + 1));
        self.absent = Some((since, looks));
        looks >= 2 && since.elapsed() >= lag
    }

    /// Notes that AWS shows a successor.
    pub fn successor_shown(&mut self) {
        self.successor_absent = None;
    }

    /// Notes that AWS does not show a successor, and answers whether that is certain: it may only lag behind its creation.
    pub fn is_successor_surely_absent(&mut self, settings: &Settings) -> bool {
        let (since, looks) =
            self.successor_absent.map_or_else(|| (Instant::now(), 1), |(since, looks)| (since, looks + 1));
        self.successor_absent = Some((since, looks));
        looks >= 2 && since.elapsed() >= settings.retry_floor.saturating_mul(3 * LAG)
    }

    /// Whether AWS has shown the object since it was last created.
    pub fn was_seen(&self) -> bool {
        self.seen
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

/// How often an object is read with its tags although nothing seems to have moved.
const THOROUGH: Duration = Duration::from_hours(1);

/// A duration, three quarters to five quarters of it, always the same for one object: so that objects do not all come at once.
fn spread(duration: Duration, uid: &str) -> Duration {
    let share = u32::from_str_radix(&hash(uid, 4), 16).unwrap_or(0x8000);
    duration.mul_f64(0.75 + 0.5 * f64::from(share) / f64::from(u16::MAX))
}

#[cfg(test)]
mod tests;
