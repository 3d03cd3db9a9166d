//! What has to be remembered from look to look. A restart forgets it all but what stands on the Gateways: whatever was kept there is kept.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use kube::ResourceExt;
use tokio::time::Instant;

use crate::{
    api::{Gateway, GatewayTarget, RECONCILE_REQUESTED_AT},
    kinds::Settings,
    status,
    workload::discovery::{
        Address, Note,
        breaker::{CONDITION, WINDOW},
    },
};

/// How long a copy may be older than our own write.
const CATCH_UP: Duration = Duration::from_secs(30);

/// How many of the shortest pauses a target that has lost its claim is kept for all the same: people and tools take annotations off one by
/// one, and put them back.
const GRACE: u32 = 5;

/// How many times that it is kept at most, while others lose theirs.
const PATIENCE: u32 = 10;

/// Our own last write at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    /// The target has this resourceVersion now.
    Version(Option<String>),
    /// The target with this uid was asked to go.
    Deleted(String),
}

/// What could not be done at a place.
#[derive(Debug)]
struct Failure {
    times: u32,
    until: Instant,
    note: Option<Note>,
}

/// What is remembered.
#[derive(Debug, Default)]
pub(super) struct Memory {
    written: HashMap<Address, (Written, Instant)>,
    failures: HashMap<Address, Failure>,
    /// What was told last, by the object's uid.
    told: HashMap<String, Vec<Note>>,
    /// Since when targets, by uid, have no claim.
    claimless: HashMap<String, Instant>,
    /// Which targets, by uid, were let go, of which gateway, and when.
    let_go: Vec<(Address, String, Instant)>,
    /// Targets, by uid, that go because a person said so.
    pardoned: HashSet<String>,
    /// Gateways, by uid, whose targets are kept, and the request for a look that stood on each then.
    halted: HashMap<String, Option<String>>,
}

impl Memory {
    /// What stands on the Gateways. A request for a look that is there already lets nothing go: nobody knows whether it is older.
    pub(super) fn restored<'gateways>(gateways: impl IntoIterator<Item = &'gateways Gateway>) -> Self {
        let halted = gateways.into_iter().filter_map(|gateway| {
            let condition = status::find(&gateway.status.as_ref()?.conditions, CONDITION)?;
            let request = gateway.annotations().get(RECONCILE_REQUESTED_AT).cloned();
            (condition.status == "True").then(|| (gateway.uid().unwrap_or_default(), request))
        });
        Self { halted: halted.collect(), ..Self::default() }
    }

    /// Whether this place is to be left alone for now: until the copy shows our own write, or until it is tried again. Answers until when
    /// at most.
    pub(super) fn holds(&mut self, place: &Address, target: Option<&Seen>, now: Instant) -> Option<Instant> {
        if let Some((written, at)) = self.written.get(place) {
            if is_shown(written, target) || now.saturating_duration_since(*at) >= CATCH_UP {
                self.written.remove(place);
            } else {
                return Some(*at + CATCH_UP);
            }
        }
        self.failures.get(place).map(|failure| failure.until).filter(|until| *until > now)
    }

    /// Notes our own write.
    pub(super) fn wrote(&mut self, place: &Address, written: Written) {
        self.failures.remove(place);
        self.written.insert(place.clone(), (written, Instant::now()));
    }

    /// Notes that something could not be done; it is tried again after a pause that grows.
    pub(super) fn failed(&mut self, place: &Address, note: Option<Note>, settings: &Settings) {
        let times = self.failures.get(place).map_or(0, |failure| failure.times);
        let pause = settings.retry_floor.saturating_mul(1 << times.min(16)).min(settings.retry_cap);
        let failure = Failure { times: times.saturating_add(1), until: Instant::now() + pause, note };
        self.failures.insert(place.clone(), failure);
    }

    /// What is to be told of the last failure at a place.
    pub(super) fn failure(&self, place: &Address) -> Option<Note> {
        self.failures.get(place)?.note.clone()
    }

    /// Forgets what is no more: places, objects and targets by uid.
    pub(super) fn retain(&mut self, places: &HashSet<&Address>, objects: &HashSet<&str>, claimless: &HashSet<&str>) {
        self.written.retain(|place, _| places.contains(place));
        self.failures.retain(|place, _| places.contains(place));
        self.told.retain(|uid, _| objects.contains(uid.as_str()));
        self.claimless.retain(|uid, _| claimless.contains(uid.as_str()));
        self.pardoned.retain(|uid| claimless.contains(uid.as_str()));
        self.let_go.retain(|(_, _, at)| at.elapsed() < WINDOW);
    }

    /// The notes that were not told yet; from now on they were.
    pub(super) fn news(&mut self, object: &str, notes: Vec<Note>) -> Vec<Note> {
        let before = self.told.get(object);
        let news = notes.iter().filter(|note| !before.is_some_and(|told| told.contains(note))).cloned().collect();
        self.told.insert(object.to_owned(), notes);
        news
    }

    /// Notes who has no claim, and answers until when they are kept in any case: until nobody has joined them for a while.
    pub(super) fn grace(&mut self, targets: &[&str], floor: Duration, now: Instant) -> Instant {
        let since: Vec<Instant> =
            targets.iter().map(|uid| *self.claimless.entry((*uid).to_owned()).or_insert(now)).collect();
        let first = since.iter().min().copied().unwrap_or(now);
        let last = since.iter().max().copied().unwrap_or(now);
        (last + floor * GRACE).min(first + floor * GRACE * PATIENCE)
    }

    /// Notes that a target was let go.
    pub(super) fn let_go(&mut self, gateway: &Address, uid: &str) {
        if !self.pardoned.contains(uid) {
            self.let_go.push((gateway.clone(), uid.to_owned(), Instant::now()));
        }
    }

    /// Which targets of a gateway were let go, and when.
    pub(super) fn let_go_of(&self, gateway: &Address) -> Vec<(String, Instant)> {
        let of = self.let_go.iter().filter(|(of, _, _)| of == gateway);
        of.map(|(_, uid, at)| (uid.clone(), *at)).collect()
    }

    /// Whether a Gateway's targets were kept at the last look.
    pub(super) fn is_halted(&self, gateway: &str) -> bool {
        self.halted.contains_key(gateway)
    }

    /// Notes that a Gateway's targets are kept. Answers whether that is new.
    pub(super) fn halt(&mut self, gateway: &str, request: Option<String>) -> bool {
        let is_new = !self.is_halted(gateway);
        self.halted.entry(gateway.to_owned()).or_insert(request);
        is_new
    }

    /// Notes that targets are kept of no other Gateways than these.
    pub(super) fn resume_others(&mut self, halts: &HashMap<String, String>) {
        self.halted.retain(|gateway, _| halts.contains_key(gateway));
    }

    /// Whether a person has asked, since a Gateway's targets are kept, that they go.
    pub(super) fn is_asked(&self, gateway: &str, request: Option<&str>) -> bool {
        self.halted.get(gateway).is_some_and(|before| request.is_some() && request != before.as_deref())
    }

    /// Notes that these targets go because a person said so.
    pub(super) fn pardon(&mut self, gateway: &str, targets: &[&str]) {
        self.halted.remove(gateway);
        self.pardoned.extend(targets.iter().map(|uid| (*uid).to_owned()));
    }

    /// Whether a target goes because a person said so.
    pub(super) fn is_pardoned(&self, target: &str) -> bool {
        self.pardoned.contains(target)
    }
}

/// A target as a copy has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) uid: String,
    pub(super) version: Option<String>,
    pub(super) is_going: bool,
}

impl From<&GatewayTarget> for Seen {
    fn from(target: &GatewayTarget) -> Self {
        Self {
            uid: target.uid().unwrap_or_default(),
            version: target.resource_version(),
            is_going: target.metadata.deletion_timestamp.is_some(),
        }
    }
}

/// Whether a copy shows our own write. Versions are numbers that grow; where they are not numbers, everything is taken for new.
fn is_shown(written: &Written, target: Option<&Seen>) -> bool {
    let number = |version: &Option<String>| version.as_deref().and_then(|version| version.parse::<u64>().ok());
    match (written, target) {
        (Written::Version(_), None) => false,
        (Written::Version(version), Some(seen)) => {
            !matches!((number(&seen.version), number(version)), (Some(seen), Some(written)) if seen < written)
        }
        (Written::Deleted(_), None) => true,
        (Written::Deleted(uid), Some(seen)) => seen.uid != *uid || seen.is_going,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOOR: Duration = Duration::from_secs(2);

    fn place() -> Address {
        Address::new("shop", "mcp")
    }

    fn seen(uid: &str, version: &str, is_going: bool) -> Seen {
        Seen { uid: uid.into(), version: Some(version.into()), is_going }
    }

    #[test]
    fn a_place_is_left_alone_until_its_copy_shows_our_write() {
        let version = |version: &str| Written::Version(Some(version.into()));
        let deleted = || Written::Deleted("a".into());
        let table = [
            (version("9"), None, false),
            (version("9"), Some(seen("a", "8", false)), false),
            (version("9"), Some(seen("a", "9", false)), true),
            (version("9"), Some(seen("b", "10", false)), true),
            (version("nine"), Some(seen("a", "8", false)), true),
            (deleted(), Some(seen("a", "8", false)), false),
            (deleted(), Some(seen("a", "9", true)), true),
            (deleted(), Some(seen("b", "9", false)), true),
            (deleted(), None, true),
        ];
        for (written, target, is_shown) in table {
            let mut memory = Memory::default();
            memory.wrote(&place(), written.clone());
            let now = Instant::now();
            assert_eq!(memory.holds(&place(), target.as_ref(), now).is_none(), is_shown, "{written:?} {target:?}");
            assert_eq!(memory.holds(&place(), target.as_ref(), now + CATCH_UP), None, "not for ever");
        }
    }

    #[test]
    fn those_without_a_claim_are_kept_until_nobody_joins_them() {
        let mut memory = Memory::default();
        let start = Instant::now();
        let grace = FLOOR * GRACE;
        assert_eq!(memory.grace(&["a"], FLOOR, start), start + grace);
        assert_eq!(memory.grace(&["a"], FLOOR, start + FLOOR), start + grace, "time goes by");
        assert_eq!(memory.grace(&["a", "b"], FLOOR, start + FLOOR), start + FLOOR + grace);
        let late = start + grace * (PATIENCE + 1);
        assert_eq!(memory.grace(&["a", "b", "c"], FLOOR, late), start + grace * PATIENCE, "but not for ever");
        memory.retain(&HashSet::new(), &HashSet::new(), &HashSet::from(["c"]));
        assert_eq!(memory.grace(&["a"], FLOOR, late), late + grace, "one that had its claim again begins anew");
    }

    #[test]
    fn only_a_request_that_is_newer_than_the_halt_lets_go() {
        let mut memory = Memory::default();
        assert!(memory.halt("gateway", Some("monday".into())));
        assert!(!memory.halt("gateway", Some("tuesday".into())));
        let table = [(None, false), (Some("monday"), false), (Some("tuesday"), true)];
        for (request, is_asked) in table {
            assert_eq!(memory.is_asked("gateway", request), is_asked, "{request:?}");
            assert!(!memory.is_asked("another", request));
        }
        memory.pardon("gateway", &["a"]);
        assert!(memory.is_pardoned("a") && !memory.is_pardoned("b") && !memory.is_halted("gateway"));
        memory.let_go(&place(), "a");
        memory.let_go(&place(), "b");
        let counted: Vec<String> = memory.let_go_of(&place()).into_iter().map(|(uid, _)| uid).collect();
        assert_eq!(counted, ["b"], "what was meant counts for nothing");
    }

    #[test]
    fn what_stood_on_a_gateway_still_stands_after_a_restart() {
        let gateway = |uid: &str, status: &str| -> Gateway {
            serde_json::from_value(serde_json::json!({
                "metadata": {"name": "agents", "uid": uid, "annotations": {RECONCILE_REQUESTED_AT: "monday"}},
                "spec": {"roleArn": "", "authorizerType": "AWS_IAM"}, "status": {"conditions": [{"type": CONDITION, "status": status,
                    "reason": "Suspended", "message": "", "lastTransitionTime": "2025-11-26T10:00:00Z"}]},
            }))
            .unwrap()
        };
        let memory = Memory::restored(&[gateway("a", "True"), gateway("b", "False")]);
        assert!(memory.is_halted("a") && !memory.is_halted("b"));
        assert!(memory.is_asked("a", Some("tuesday")) && !memory.is_asked("a", Some("monday")));
    }

    #[test]
    fn each_thing_is_told_once() {
        let note = |sentence: &str| Note::new(crate::plan::Reason::Invalid, sentence);
        let mut memory = Memory::default();
        assert_eq!(memory.news("a", vec![note("one"), note("two")]), [note("one"), note("two")]);
        assert_eq!(memory.news("a", vec![note("two"), note("three")]), [note("three")]);
        assert_eq!(memory.news("a", vec![]), []);
        assert_eq!(memory.news("a", vec![note("two")]), [note("two")], "it was mended in between");
        assert_eq!(memory.news("b", vec![note("two")]), [note("two")]);
    }
}
