//! Candidates that meet everything that processes, networks and clocks do to them, in every order that chance finds.
//!
//! Time, the API server and the candidates are values here; the candidates are the real ones. What must hold after every single thing
//! that happens: of all processes, stopped ones included, at most one may act. What must hold at the end, when nothing goes wrong any
//! more: one of them leads, and stays at it.
//!
//! That the model can see something is shown by mistakes that are made on purpose: each of them must be found.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::{api::coordination::v1::Lease, apimachinery::pkg::apis::meta::v1::MicroTime};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner},
};
use tokio::time::Instant;

use super::{
    super::{
        election::{Election, Step},
        store::Failure,
    },
    NAME, Terms,
};

const CANDIDATES: usize = 3;

/// Something that happens, most of it to one candidate.
#[derive(Debug, Clone)]
enum Happening {
    /// Time passes: milliseconds.
    Passes(u64),
    /// One does its next step, and everything goes well at once.
    Turn(usize),
    /// One does its next step; a request is on its way to the API server.
    Begins(usize),
    /// The request arrives and is done.
    Arrives(usize),
    /// The answer arrives.
    Hears(usize),
    /// The request or its answer is lost, and the one who waits gives up.
    GivesUp(usize),
    /// SIGSTOP.
    Stops(usize),
    /// SIGCONT.
    GoesOn(usize),
    /// It is killed and starts again, in the same pod or in another. What it has sent stays on its way.
    StartsAgain { who: usize, same: bool },
    /// It is asked to end, releases the lease, and another process starts.
    Leaves(usize),
    /// A request of a process that is no more arrives.
    LateArrival,
    /// A watch tells one how the lease was so many writes ago.
    Rumour(usize, usize),
    /// Somebody else writes the lease: another label, and what his clock says.
    Meddler(i64),
}

/// A mistake made on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mistake {
    None,
    /// The API server takes every write, whatever it is about.
    NoCompare,
    /// A lease is expired when its `renewTime` is old by the clock of who waits.
    ForeignClock,
    /// What a renewal is good for counts from its answer.
    FromTheAnswer,
    /// Who leads goes on for six seconds after its deadline.
    NoDeadline,
}

struct Candidate {
    identity: String,
    election: Election,
    /// Until when it may act, by its own clock.
    until: Option<Instant>,
    stopped: bool,
    request: Option<Request>,
    clock: Clock,
}

struct Request {
    lease: Option<Lease>,
    began: Instant,
    answer: Option<Result<Option<Lease>, Failure>>,
}

/// A host's clocks.
#[derive(Debug, Clone, Copy)]
struct Clock {
    /// How fast its monotonic clock is.
    rate: f64,
    /// How wrong its wall clock is, in seconds.
    skew: i64,
}

struct Model {
    mistake: Mistake,
    terms: Terms,
    origin: Instant,
    now: Duration,
    candidates: Vec<Candidate>,
    history: Vec<Lease>,
    orphans: Vec<Lease>,
    lives: u64,
}

impl Model {
    fn new(clocks: &[Clock], mistake: Mistake) -> Self {
        let mut model = Self {
            mistake,
            terms: Terms::default(),
            origin: Instant::now(),
            now: Duration::ZERO,
            candidates: Vec::new(),
            history: Vec::new(),
            orphans: Vec::new(),
            lives: 0,
        };
        for (number, clock) in clocks.iter().enumerate() {
            let born = model.born(&format!("pod-{number}"), *clock);
            model.candidates.push(born);
        }
        model
    }

    fn born(&mut self, identity: &str, clock: Clock) -> Candidate {
        self.lives += 1;
        let election = Election::new(NAME, identity, self.terms, self.lives, self.at(clock));
        Candidate { identity: identity.to_owned(), election, until: None, stopped: false, request: None, clock }
    }

    /// What a host's monotonic clock shows.
    fn at(&self, clock: Clock) -> Instant {
        self.origin + Duration::from_secs(1000) + self.now.mul_f64(clock.rate)
    }

    /// What a host's wall clock shows.
    fn wall(&self, clock: Clock) -> Timestamp {
        let right = Timestamp::from_second(1_800_000_000).unwrap() + self.now;
        right.saturating_add(SignedDuration::from_secs(clock.skew)).unwrap()
    }

    fn stored(&self) -> Option<Lease> {
        self.history.last().cloned()
    }

    fn write(&mut self, mut lease: Lease) -> Result<Option<Lease>, Failure> {
        let version = |lease: &Lease| lease.metadata.resource_version.clone();
        if self.mistake != Mistake::NoCompare && self.stored().as_ref().and_then(version) != version(&lease) {
            return Err(Failure::Moved("moved".to_owned()));
        }
        lease.metadata.resource_version = Some((self.history.len() + 1).to_string());
        self.history.push(lease.clone());
        Ok(Some(lease))
    }

    fn happens(&mut self, happening: &Happening) {
        match *happening {
            Happening::Passes(milliseconds) => self.now += Duration::from_millis(milliseconds),
            Happening::Turn(who) => {
                self.begins(who);
                self.arrives(who);
                self.hears(who);
            }
            Happening::Begins(who) => self.begins(who),
            Happening::Arrives(who) => self.arrives(who),
            Happening::Hears(who) => self.hears(who),
            Happening::GivesUp(who) => {
                if !self.candidates[who].stopped
                    && let Some(request) = self.candidates[who].request.take()
                {
                    self.orphans.extend(request.lease.filter(|_| request.answer.is_none()));
                    let now = self.at(self.candidates[who].clock);
                    self.candidates[who].election.failed(request.began, now);
                }
            }
            Happening::Stops(who) => self.candidates[who].stopped = true,
            Happening::GoesOn(who) => self.candidates[who].stopped = false,
            Happening::StartsAgain { who, same } => self.starts_again(who, same),
            Happening::Leaves(who) => self.leaves(who),
            Happening::LateArrival => {
                if let Some(lease) = self.orphans.pop() {
                    let _ = self.write(lease);
                }
            }
            Happening::Rumour(who, ago) => {
                let now = self.at(self.candidates[who].clock);
                let told = self.history.iter().rev().nth(ago).cloned();
                let candidate = &mut self.candidates[who];
                if told.is_some() && !candidate.stopped && !candidate.election.leads() {
                    candidate.election.saw(told, now);
                }
            }
            Happening::Meddler(skew) => {
                if let Some(mut lease) = self.stored() {
                    let at = self.wall(Clock { rate: 1.0, skew });
                    lease.spec.as_mut().unwrap().renew_time = Some(MicroTime(at));
                    let _ = self.write(lease);
                }
            }
        }
    }

    fn begins(&mut self, who: usize) {
        if self.candidates[who].stopped || self.candidates[who].request.is_some() {
            return;
        }
        let clock = self.candidates[who].clock;
        let (now, wall) = (self.at(clock), self.wall(clock));
        if self.mistake == Mistake::ForeignClock {
            self.judges_by_foreign_clock(who, wall);
        }
        match self.candidates[who].election.step(now, wall) {
            Step::Rest(until) => assert!(until > now, "it rests for no time, and would spin"),
            Step::End(_) => self.starts_again(who, true),
            Step::Look => self.candidates[who].request = Some(Request { lease: None, began: now, answer: None }),
            Step::Write(lease) => {
                self.candidates[who].request = Some(Request { lease: Some(*lease), began: now, answer: None });
            }
        }
    }

    /// As if the lease had been seen long ago.
    fn judges_by_foreign_clock(&mut self, who: usize, wall: Timestamp) {
        let Some(lease) = self.stored() else { return };
        let candidate = &mut self.candidates[who];
        let renewed = lease.spec.as_ref().and_then(|spec| spec.renew_time.clone()).unwrap().0;
        if !candidate.election.leads() && wall.duration_since(renewed) > SignedDuration::from_secs(15) {
            let past = self.origin + Duration::from_secs(1);
            candidate.election = Election::new(NAME, &candidate.identity, self.terms, 1, past);
            candidate.election.saw(Some(lease), past);
        }
    }

    fn arrives(&mut self, who: usize) {
        let Some(request) = self.candidates[who].request.as_mut().filter(|request| request.answer.is_none()) else {
            return;
        };
        let lease = request.lease.clone();
        let answer = match lease {
            None => Ok(self.stored()),
            Some(lease) => self.write(lease),
        };
        self.candidates[who].request.as_mut().unwrap().answer = Some(answer);
    }

    fn hears(&mut self, who: usize) {
        let is_answered = |request: &mut Request| request.answer.is_some();
        if self.candidates[who].stopped {
            return;
        }
        let Some(mut request) = self.candidates[who].request.take_if(is_answered) else { return };
        let now = self.at(self.candidates[who].clock);
        let candidate = &mut self.candidates[who];
        match (request.answer.take().unwrap(), request.lease) {
            (Ok(seen), None) => candidate.election.saw(seen, now),
            (Ok(written), Some(_)) => {
                let began = if self.mistake == Mistake::FromTheAnswer { now } else { request.began };
                if let Some(until) = candidate.election.wrote(written.unwrap(), began, now) {
                    candidate.until = Some(until);
                }
            }
            (Err(_), _) => {
                candidate.election.refused(now);
            }
        }
    }

    fn starts_again(&mut self, who: usize, same: bool) {
        let (clock, lives) = (self.candidates[who].clock, self.lives);
        let identity = if same { self.candidates[who].identity.clone() } else { format!("pod-{who}-{lives}") };
        if let Some(request) = self.candidates[who].request.take() {
            self.orphans.extend(request.lease.filter(|_| request.answer.is_none()));
        }
        self.candidates[who] = self.born(&identity, clock);
    }

    fn leaves(&mut self, who: usize) {
        if self.candidates[who].stopped {
            return;
        }
        let wall = self.wall(self.candidates[who].clock);
        let parting = self.candidates[who].election.parting(wall);
        let led = self.candidates[who].until.take().is_some();
        self.starts_again(who, false);
        if led && let Some(lease) = parting {
            let _ = self.write(lease);
        }
    }

    /// Who may act now.
    fn allowed(&self) -> Vec<&str> {
        let longer = Duration::from_secs(if self.mistake == Mistake::NoDeadline { 6 } else { 0 });
        let may =
            |candidate: &&Candidate| candidate.until.is_some_and(|until| self.at(candidate.clock) < until + longer);
        self.candidates.iter().filter(may).map(|candidate| candidate.identity.as_str()).collect()
    }

    fn is_safe(&self) -> Result<(), TestCaseError> {
        let allowed = self.allowed();
        prop_assert!(allowed.len() <= 1, "at {:?} these may act: {allowed:?}", self.now);
        Ok(())
    }
}

fn run(clocks: &[Clock], happenings: &[Happening], mistake: Mistake) -> Result<(), TestCaseError> {
    let mut model = Model::new(clocks, mistake);
    for happening in happenings {
        model.happens(happening);
        model.is_safe()?;
    }
    // From here on nothing goes wrong any more.
    let mut led = 0;
    for round in 0..600 {
        model.happens(&Happening::Passes(100));
        for who in 0..CANDIDATES {
            model.happens(&Happening::GoesOn(who));
            model.happens(&Happening::Turn(who));
            model.is_safe()?;
        }
        led += usize::from(round >= 300 && model.allowed().len() == 1);
    }
    prop_assert_eq!(led, 300, "thirty seconds after the last trouble one leads, and goes on");
    Ok(())
}

fn happening() -> impl Strategy<Value = Happening> {
    let who = || 0..CANDIDATES;
    prop_oneof![
        4 => (1_u64..900).prop_map(Happening::Passes),
        3 => (900_u64..7000).prop_map(Happening::Passes),
        1 => (7000_u64..20_000).prop_map(Happening::Passes),
        10 => who().prop_map(Happening::Turn),
        5 => who().prop_map(Happening::Begins),
        4 => who().prop_map(Happening::Arrives),
        4 => who().prop_map(Happening::Hears),
        2 => who().prop_map(Happening::GivesUp),
        1 => who().prop_map(Happening::Stops),
        2 => who().prop_map(Happening::GoesOn),
        1 => (who(), any::<bool>()).prop_map(|(who, same)| Happening::StartsAgain { who, same }),
        1 => who().prop_map(Happening::Leaves),
        1 => Just(Happening::LateArrival),
        2 => (who(), 0_usize..4).prop_map(|(who, ago)| Happening::Rumour(who, ago)),
        1 => (-1_000_000_i64..1_000_000).prop_map(Happening::Meddler),
    ]
}

fn clock() -> impl Strategy<Value = Clock> {
    // Worse by far than any crystal is.
    (0.95_f64..1.05, prop_oneof![-5_i64..5, -700_i64..700, -1_000_000_000_i64..1_000_000_000])
        .prop_map(|(rate, skew)| Clock { rate, skew })
}

fn course() -> impl Strategy<Value = (Vec<Clock>, Vec<Happening>)> {
    (prop::collection::vec(clock(), CANDIDATES), prop::collection::vec(happening(), 1..150))
}

#[test]
fn never_two_may_act_and_in_the_end_one_does() {
    let config = Config { cases: 2000, failure_persistence: None, ..Config::default() };
    let outcome =
        TestRunner::new(config).run(&course(), |(clocks, happenings)| run(&clocks, &happenings, Mistake::None));
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Whoever weakens the election by one of these is found out.
#[test]
fn every_mistake_is_found() {
    for mistake in [Mistake::NoCompare, Mistake::ForeignClock, Mistake::FromTheAnswer, Mistake::NoDeadline] {
        let config = Config { cases: 5000, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
        // Always the same courses: what is found today is found tomorrow.
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let outcome = runner.run(&course(), |(clocks, happenings)| run(&clocks, &happenings, mistake));
        let Err(TestError::Fail(reason, _)) = outcome else { panic!("{mistake:?} was not found: {outcome:?}") };
        assert!(reason.to_string().contains("these may act"), "{mistake:?}: {reason}");
    }
}
