//! The loop on a paused clock, against a lease in memory.

mod memory;
mod model;
mod server;

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::MicroTime,
};
use tokio::time::{advance, sleep};

use self::memory::{Mood, Shelf};
use super::election::Step;
use super::*;

const NAME: &str = "the-lease";

/// One candidate's loop, and what others see of it.
struct Process {
    leadership: Leadership,
    fence: Fence,
}

impl Process {
    fn start(shelf: &Shelf, identity: &str) -> Self {
        let (fence, terms) = (Fence::closed(), Terms::default());
        let (leads, led) = watch::channel(false);
        let release = CancellationToken::new();
        let campaign = Campaign {
            store: shelf.clone(),
            election: Election::new(NAME, identity, terms, 7, Instant::now()),
            limit: terms.request_limit(),
            fence: fence.clone(),
            leads,
            lease: NAME.to_owned(),
            said: String::new(),
        };
        let running = tokio::spawn(campaign.run(release.clone()));
        Self { leadership: Leadership { leads: led, campaign: Some((running, release)) }, fence }
    }

    fn leads(&self) -> bool {
        let (leads, open) = (*self.leadership.leads().borrow(), self.fence.is_open());
        assert_eq!(leads, open, "what is told and what is allowed");
        leads
    }

    /// As SIGKILL: nothing is released.
    fn kill(self) {
        if let Some((running, _)) = self.leadership.campaign {
            running.abort();
        }
    }

    /// How long until it leads.
    async fn rises(&self) -> Duration {
        let begin = Instant::now();
        let mut leads = self.leadership.leads();
        assert!(leads.wait_for(|leads| *leads).await.is_ok(), "it ended");
        begin.elapsed()
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn spec(shelf: &Shelf) -> LeaseSpec {
    shelf.lease().and_then(|lease| lease.spec).expect("a lease")
}

/// A lease that somebody holds whose clock says this.
fn held_by(holder: &str, clock: &str) -> Lease {
    let at = Some(MicroTime(clock.parse().unwrap()));
    Lease {
        spec: Some(LeaseSpec {
            holder_identity: Some(holder.to_owned()),
            lease_duration_seconds: Some(15),
            acquire_time: at.clone(),
            renew_time: at,
            lease_transitions: Some(3),
            ..LeaseSpec::default()
        }),
        ..Lease::default()
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_takes_it_at_once_and_renews_it_every_period() {
    let shelf = Shelf::default();
    let one = Process::start(&shelf, "one");
    assert_eq!(one.rises().await, Duration::ZERO);
    let first = spec(&shelf);
    assert_eq!(first.holder_identity.as_deref(), Some("one"));
    assert_eq!((first.lease_duration_seconds, first.lease_transitions), (Some(15), Some(0)));
    assert_eq!(first.acquire_time, first.renew_time);
    sleep(seconds(60.5)).await;
    assert!(one.leads());
    assert_eq!(shelf.writes(), 31, "one at the beginning and one every two seconds");
    assert_eq!(shelf.reads(), 1, "who writes it need not read it");
    let last = spec(&shelf);
    assert_eq!((last.acquire_time, last.lease_transitions), (first.acquire_time, Some(0)));
    assert!(last.renew_time > first.renew_time);
}

#[tokio::test(start_paused = true)]
async fn who_stands_by_waits_for_the_whole_duration_after_the_last_renewal_that_it_saw() {
    for watched in [true, false] {
        let shelf = Shelf::default();
        shelf.let_watch(watched);
        let (one, two) = (Process::start(&shelf, "one"), Process::start(&shelf, "two"));
        one.rises().await;
        sleep(seconds(30.5)).await;
        assert!(one.leads() && !two.leads());
        one.kill();
        let waited = two.rises().await;
        // The last renewal was half a second ago. Without a watch, it was seen up to a pause later.
        let latest = if watched { 14.51 } else { 16.51 };
        assert!((seconds(14.49)..=seconds(latest)).contains(&waited), "{waited:?}, watched: {watched}");
        let taken = spec(&shelf);
        assert_eq!((taken.holder_identity.as_deref(), taken.lease_transitions), (Some("two"), Some(1)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_released_is_taken_at_once() {
    for (watched, latest) in [(true, 0.0), (false, 2.0)] {
        let shelf = Shelf::default();
        shelf.let_watch(watched);
        let (one, two) = (Process::start(&shelf, "one"), Process::start(&shelf, "two"));
        one.rises().await;
        sleep(seconds(7.0)).await;
        one.leadership.release().await;
        assert!(!one.fence.is_open());
        let waited = two.rises().await;
        assert!(waited <= seconds(latest), "{waited:?}, watched: {watched}");
        assert_eq!(spec(&shelf).lease_transitions, Some(1));
    }
}

#[tokio::test(start_paused = true)]
async fn who_stands_by_has_nothing_to_release() {
    let shelf = Shelf::default();
    let (one, two) = (Process::start(&shelf, "one"), Process::start(&shelf, "two"));
    one.rises().await;
    sleep(seconds(3.0)).await;
    let before = shelf.writes();
    two.leadership.release().await;
    assert_eq!(shelf.writes(), before);
    sleep(seconds(20.0)).await;
    assert!(one.leads());
}

/// Ten seconds after the last successful renewal began, whatever the API server does, and five before anybody else begins.
#[tokio::test(start_paused = true)]
async fn who_cannot_renew_ends_at_the_deadline() {
    for mood in [Mood::Hangs, Mood::Refuses, Mood::CommitsAndHangs] {
        let shelf = Shelf::default();
        let mut one = Process::start(&shelf, "one");
        one.rises().await;
        sleep(seconds(20.5)).await;
        shelf.set_mood(mood);
        let begin = Instant::now();
        let lost = one.leadership.lost().await;
        assert!(matches!(&lost, Lost::Late { .. }), "{lost}");
        assert_eq!(begin.elapsed(), seconds(9.5), "{mood:?}");
        assert!(!one.leads());
    }
}

#[tokio::test(start_paused = true)]
async fn the_gate_closes_by_itself_when_nobody_runs_to_close_it() {
    let shelf = Shelf::default();
    let one = Process::start(&shelf, "one");
    one.rises().await;
    let fence = one.fence.clone();
    one.kill();
    advance(seconds(9.999)).await;
    assert!(fence.is_open());
    advance(seconds(0.001)).await;
    assert!(!fence.is_open());
}

#[tokio::test(start_paused = true)]
async fn a_short_outage_costs_nothing() {
    let shelf = Shelf::default();
    let (one, two) = (Process::start(&shelf, "one"), Process::start(&shelf, "two"));
    one.rises().await;
    for mood in [Mood::Hangs, Mood::Refuses, Mood::CommitsAndHangs] {
        sleep(seconds(5.0)).await;
        shelf.set_mood(mood);
        sleep(seconds(5.5)).await;
        shelf.set_mood(Mood::Good);
        sleep(seconds(10.0)).await;
        assert!(one.leads() && !two.leads(), "{mood:?}");
    }
    assert_eq!(spec(&shelf).lease_transitions, Some(0));
}

/// The lease is taken, and the answer is lost: looking again tells.
#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_is_found() {
    let shelf = Shelf::default();
    shelf.set_mood(Mood::CommitsAndHangs);
    let one = Process::start(&shelf, "one");
    sleep(seconds(6.0)).await;
    assert!(!one.leads(), "it cannot know");
    shelf.set_mood(Mood::Good);
    assert!(one.rises().await <= seconds(5.0));
    assert_eq!(spec(&shelf).lease_transitions, Some(0));
}

#[tokio::test(start_paused = true)]
async fn the_same_identity_takes_its_own_lease_at_once() {
    let shelf = Shelf::default();
    let one = Process::start(&shelf, "one");
    one.rises().await;
    sleep(seconds(3.0)).await;
    one.kill();
    let again = Process::start(&shelf, "one");
    assert_eq!(again.rises().await, Duration::ZERO);
    assert_eq!(spec(&shelf).lease_transitions, Some(0));
}

/// Neither a lease that seems to be from the past nor one that seems to be from the future is taken early or late.
#[tokio::test(start_paused = true)]
async fn what_other_clocks_say_is_nobodys_business() {
    for clock in ["1970-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "9999-12-30T00:00:00Z"] {
        let shelf = Shelf::default();
        shelf.put(held_by("gone", clock));
        let one = Process::start(&shelf, "one");
        assert_eq!(one.rises().await, seconds(15.0), "{clock}");
        assert_eq!(spec(&shelf).lease_transitions, Some(4));
        assert!(spec(&shelf).renew_time.is_some_and(|at| at.0.duration_since(Timestamp::now()).abs().as_secs() < 60));
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_counts_on_a_longer_lease_is_given_it() {
    for (told, waited) in [(Some(60), 60.0), (Some(5), 15.0), (Some(-1), 15.0), (None, 15.0)] {
        let shelf = Shelf::default();
        let mut lease = held_by("gone", "2026-01-01T00:00:00Z");
        lease.spec.as_mut().unwrap().lease_duration_seconds = told;
        shelf.put(lease);
        let one = Process::start(&shelf, "one");
        assert_eq!(one.rises().await, seconds(waited), "{told:?}");
    }
}

/// Somebody removes the lease: its holder makes it again, and the others leave it the time to do so.
#[tokio::test(start_paused = true)]
async fn a_lease_that_is_removed_stays_with_its_holder() {
    let shelf = Shelf::default();
    let (one, two) = (Process::start(&shelf, "one"), Process::start(&shelf, "two"));
    one.rises().await;
    sleep(seconds(5.0)).await;
    shelf.remove();
    sleep(seconds(20.0)).await;
    assert!(one.leads() && !two.leads());
    assert_eq!(spec(&shelf).holder_identity.as_deref(), Some("one"));
    // And when its holder is gone, too, it is taken when it would have ended.
    one.kill();
    shelf.remove();
    let waited = two.rises().await;
    assert!((seconds(14.0)..seconds(15.1)).contains(&waited), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn who_is_robbed_of_it_ends_with_the_next_renewal() {
    let shelf = Shelf::default();
    let mut one = Process::start(&shelf, "one");
    one.rises().await;
    sleep(seconds(4.5)).await;
    shelf.put(held_by("robber", "2026-01-01T00:00:00Z"));
    let begin = Instant::now();
    let lost = one.leadership.lost().await;
    assert!(matches!(&lost, Lost::Taken { holder, .. } if holder == "robber"), "{lost}");
    assert_eq!(begin.elapsed(), seconds(1.5));
    assert!(!one.leads());
    assert_eq!(spec(&shelf).holder_identity.as_deref(), Some("robber"), "it is left alone");
}

#[tokio::test(start_paused = true)]
async fn what_others_keep_in_its_metadata_stays_and_costs_nothing() {
    let shelf = Shelf::default();
    let one = Process::start(&shelf, "one");
    one.rises().await;
    let mut lease = shelf.lease().unwrap();
    lease.metadata.labels = Some([("team".to_owned(), "tools".to_owned())].into());
    shelf.put(lease);
    sleep(seconds(30.0)).await;
    assert!(one.leads());
    let labels = shelf.lease().unwrap().metadata.labels.unwrap_or_default();
    assert_eq!(labels.get("team").map(String::as_str), Some("tools"));
    one.leadership.release().await;
    let released = shelf.lease().unwrap();
    assert!(released.metadata.labels.is_some());
    assert_eq!(released.spec.unwrap().holder_identity, None);
}

/// Somebody wrote the lease just before it is released: it is read again, and released all the same.
#[tokio::test(start_paused = true)]
async fn a_release_that_meets_another_write_is_made_again() {
    let shelf = Shelf::default();
    let one = Process::start(&shelf, "one");
    one.rises().await;
    sleep(seconds(0.5)).await;
    shelf.put(shelf.lease().unwrap());
    one.leadership.release().await;
    assert_eq!(spec(&shelf).holder_identity, None);
}

/// Stored, and asked to end before the answer: nobody else would give the lease back.
#[tokio::test(start_paused = true)]
async fn who_is_asked_to_end_while_it_takes_the_lease_gives_it_back() {
    let shelf = Shelf::default();
    shelf.set_mood(Mood::IsSlow);
    let one = Process::start(&shelf, "one");
    while shelf.writes() == 0 {
        sleep(seconds(0.1)).await;
    }
    assert_eq!(spec(&shelf).holder_identity.as_deref(), Some("one"));
    one.leadership.release().await;
    assert_eq!(spec(&shelf).holder_identity, None);
}

/// Not everything that the API server calls a conflict is one: a quota or a webhook may say so, too.
#[tokio::test(start_paused = true)]
async fn a_write_that_is_disputed_again_and_again_is_made_now_and_then() {
    let shelf = Shelf::default();
    shelf.set_mood(Mood::Disputes);
    let one = Process::start(&shelf, "one");
    sleep(seconds(20.0)).await;
    let writes = shelf.writes();
    assert!((5..=15).contains(&writes), "{writes} writes in 20 s");
    shelf.set_mood(Mood::Good);
    assert!(one.rises().await <= seconds(2.0));
}

/// A renewal that hangs takes five seconds of the ten: the next one has the rest, without a pause.
#[test]
fn after_a_renewal_that_hung_the_next_one_begins_at_once() {
    let (start, wall) = (Instant::now(), Timestamp::UNIX_EPOCH);
    let mut election = Election::new(NAME, "one", Terms::default(), 7, start);
    election.saw(None, start);
    let Step::Write(lease) = election.step(start, wall) else { panic!("it does not take the lease") };
    election.wrote(*lease, start, start);
    let (began, ended) = (start + seconds(2.0), start + seconds(7.0));
    assert!(matches!(election.step(began, wall), Step::Write(_)));
    election.failed(began, ended);
    assert!(matches!(election.step(ended, wall), Step::Write(_)));
    // One that is refused at once waits.
    election.failed(ended, ended);
    assert!(matches!(election.step(ended, wall), Step::Rest(_)));
}

#[tokio::test(start_paused = true)]
async fn ten_that_stand_by_are_one_leader_and_nine_that_look() {
    let shelf = Shelf::default();
    let all: Vec<_> = (0..10).map(|number| Process::start(&shelf, &format!("candidate-{number}"))).collect();
    sleep(seconds(10.0)).await;
    assert_eq!(all.iter().filter(|process| process.leads()).count(), 1);
    let (leaders, others): (Vec<_>, Vec<_>) = all.into_iter().partition(Process::leads);
    leaders.into_iter().for_each(Process::kill);
    sleep(seconds(16.0)).await;
    assert_eq!(others.iter().filter(|process| process.leads()).count(), 1);
}
