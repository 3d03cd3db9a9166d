//! What a candidate does next, as a pure function of what it saw and when. Nothing here waits, asks, or has a clock of its own.
//!
//! | the lease, as seen last | a candidate | the leader |
//! |---|---|---|
//! | not known, or somebody wrote it meanwhile | looks | looks |
//! | is not there, and nobody was seen to hold it | takes it | takes it again |
//! | held by nobody, or by this very identity | takes it | renews it |
//! | held by another, unchanged for less than its duration, or removed since | waits, and looks from time to time | is none any more: ends |
//! | held by another, unchanged for its duration | takes it | is none any more: ends |
//! | whatever it is, past the renew deadline | | ends |
//!
//! Two rules make that safe. Every write names the `resourceVersion` that it is about, so that of two candidates that saw the same lease
//! one writes. And no moment of another host is compared with one of ours: how long a lease is unchanged is measured by who waits for its
//! end, from when it was *seen*, and how long it is held by who holds it, from when the renewal *began*. The one is later and the other
//! earlier than the renewal itself, and the deadline is shorter than the duration: whoever holds it has stopped before another begins.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::MicroTime,
};
use tokio::time::Instant;

use super::Terms;

/// The least part of a pause that is waited when others pause, too: candidates that began together drift apart.
const LEAST: f64 = 0.8;

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Read the lease.
    Look,
    /// Write the lease: create it when it names no `resourceVersion`, else replace the one that it names.
    Write(Box<Lease>),
    /// Nothing before this moment, unless the lease is seen to change.
    Rest(Instant),
    /// Act no more.
    End(Loss),
}

/// Why a leader is none any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Loss {
    /// It could not renew the lease in time.
    Late,
    /// Somebody else holds it.
    Taken(String),
}

/// One candidate for one lease.
#[derive(Debug)]
pub(super) struct Election {
    name: String,
    identity: String,
    terms: Terms,
    view: View,
    tenure: Option<Tenure>,
    /// Until when this one may act, once it holds the lease.
    leads_until: Option<Instant>,
    /// Nothing is written before this: the next renewal, or a pause after a failure.
    write_from: Instant,
    /// Nothing is read before this.
    look_from: Instant,
    /// The last write was refused because somebody had written meanwhile.
    refused: bool,
    dice: fastrand::Rng,
}

/// The lease as it was seen last.
#[derive(Debug)]
enum View {
    Unknown,
    Absent,
    Present(Box<Lease>),
}

/// Somebody's hold on the lease, as it was seen.
#[derive(Debug)]
struct Tenure {
    sign: Sign,
    /// Since when it looks like this.
    since: Instant,
    /// How long after that others leave it alone.
    lasts: Duration,
}

/// What moves with every renewal. None of it is read as a time.
#[derive(Debug, PartialEq)]
struct Sign {
    holder: String,
    renewed: Option<MicroTime>,
    version: Option<String>,
}

impl Election {
    /// A candidate that has seen nothing yet. What it does is chosen by its arguments alone, pauses by `seed`.
    pub(super) fn new(name: &str, identity: &str, terms: Terms, seed: u64, now: Instant) -> Self {
        Self {
            name: name.to_owned(),
            identity: identity.to_owned(),
            terms,
            view: View::Unknown,
            tenure: None,
            leads_until: None,
            write_from: now,
            look_from: now,
            refused: false,
            dice: fastrand::Rng::with_seed(seed),
        }
    }

    /// What to do now. `wall` is for people who read the lease: nobody decides by it.
    pub(super) fn step(&self, now: Instant, wall: Timestamp) -> Step {
        if let Some(until) = self.leads_until {
            if now >= until {
                return Step::End(Loss::Late);
            }
            if let Some(other) = self.other() {
                return Step::End(Loss::Taken(other.to_owned()));
            }
        }
        let rest = |until: Instant| Step::Rest(self.leads_until.into_iter().fold(until, Instant::min));
        if !self.is_blind() && self.may_write(now) {
            return if now < self.write_from { rest(self.write_from) } else { Step::Write(Box::new(self.held(wall))) };
        }
        if now >= self.look_from {
            return Step::Look;
        }
        let expiry = self.tenure.as_ref().filter(|_| !self.is_blind()).map(Tenure::end);
        rest(expiry.into_iter().fold(self.look_from, Instant::min))
    }

    /// The lease was seen, by a look or by a watch; `None`: there is none.
    pub(super) fn saw(&mut self, found: Option<Lease>, now: Instant) {
        self.look_from = now + self.pause();
        let Some(lease) = found else {
            // Whoever held it may not know yet that it was removed.
            self.view = View::Absent;
            return;
        };
        match Sign::of(&lease) {
            None => self.tenure = None,
            Some(sign) if self.tenure.as_ref().is_some_and(|tenure| tenure.sign == sign) => {}
            Some(sign) => {
                let lasts = self.lasts(&lease);
                self.tenure = Some(Tenure { sign, since: now, lasts });
            }
        }
        self.view = View::Present(Box::new(lease));
    }

    /// A write that began at that moment was answered with the lease as it is now. Answers until when this one may act.
    pub(super) fn wrote(&mut self, lease: Lease, began: Instant, now: Instant) -> Option<Instant> {
        self.saw(Some(lease), now);
        self.refused = false;
        self.write_from = began + self.terms.retry_period();
        let until = began + self.terms.renew_deadline();
        if self.leads_until.is_none() && now >= until {
            // The answer took too long to be of use; what it says is not lost.
            self.write_from = now;
            return None;
        }
        self.leads_until = self.leads_until.max(Some(until));
        self.leads_until
    }

    /// A write was refused because somebody wrote, made or removed the lease meanwhile. Answers whether that is not the first time in a
    /// row: then somebody else's write is not what is in the way, and it is waited as after a failure.
    pub(super) fn refused(&mut self, now: Instant) -> bool {
        let again = std::mem::replace(&mut self.refused, true);
        self.view = View::Unknown;
        if again {
            self.failed(now, now);
        } else {
            self.look_from = now;
        }
        again
    }

    /// A look or a write that began at that moment got no answer, or another refusal. The lease may have been written all the same: then the
    /// next write is refused. What took its time is tried again sooner, as the deadline comes nearer meanwhile.
    pub(super) fn failed(&mut self, began: Instant, now: Instant) {
        let from = now.max(began + self.pause());
        self.look_from = from;
        self.write_from = from;
    }

    /// The lease without a holder, to be written at the end; `None` when this one does not hold it, as far as it knows.
    pub(super) fn parting(&self, wall: Timestamp) -> Option<Lease> {
        match &self.view {
            View::Present(lease) if self.tenure.as_ref().is_some_and(|tenure| tenure.sign.holder == self.identity) => {
                let spec = LeaseSpec {
                    holder_identity: None,
                    renew_time: Some(MicroTime(wall)),
                    ..lease.spec.clone().unwrap_or_default()
                };
                Some(Lease { spec: Some(spec), ..(**lease).clone() })
            }
            View::Present(_) | View::Absent | View::Unknown => None,
        }
    }

    /// Whether the lease must be read before anything can be said of it.
    pub(super) fn is_blind(&self) -> bool {
        matches!(self.view, View::Unknown)
    }

    /// Whether this one holds the lease. It may be past its deadline: [`Election::step`] tells.
    pub(super) fn leads(&self) -> bool {
        self.leads_until.is_some()
    }

    /// Until when this one may act.
    pub(super) fn leads_until(&self) -> Option<Instant> {
        self.leads_until
    }

    /// Who else was seen to hold the lease last, whether or not it has expired.
    pub(super) fn other(&self) -> Option<&str> {
        self.tenure.as_ref().map(|tenure| tenure.sign.holder.as_str()).filter(|holder| *holder != self.identity)
    }

    /// Whether the last write was refused because somebody had written meanwhile.
    pub(super) fn is_refused(&self) -> bool {
        self.refused
    }

    /// How long it is left to its holder from now on.
    pub(super) fn patience(&self) -> Duration {
        self.tenure.as_ref().map_or(Duration::ZERO, |tenure| tenure.lasts)
    }

    fn may_write(&self, now: Instant) -> bool {
        self.leads() || self.other().is_none() || self.tenure.as_ref().is_some_and(|tenure| now >= tenure.end())
    }

    /// The lease with this one as its holder. What others keep in its metadata stays.
    fn held(&self, wall: Timestamp) -> Lease {
        let mut lease = match &self.view {
            View::Present(lease) => (**lease).clone(),
            View::Absent | View::Unknown => Lease::default(),
        };
        lease.metadata.name = Some(self.name.clone());
        let before = lease.spec.unwrap_or_default();
        let stays = before.holder_identity.as_ref() == Some(&self.identity);
        let seconds = i32::try_from(self.terms.lease_duration().as_secs()).unwrap_or(i32::MAX);
        let transitions = before.lease_transitions.unwrap_or(0);
        lease.spec = Some(LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: Some(seconds),
            acquire_time: before.acquire_time.filter(|_| stays).or(Some(MicroTime(wall))),
            renew_time: Some(MicroTime(wall)),
            // Counted as other elections do: the first holder is no change.
            lease_transitions: Some(match &self.view {
                View::Present(_) if !stays => transitions.saturating_add(1),
                View::Present(_) | View::Absent | View::Unknown => transitions,
            }),
            ..before
        });
        lease
    }

    /// How long to leave a lease alone: as long as its holder counts on it, and never shorter than we would.
    fn lasts(&self, lease: &Lease) -> Duration {
        let told = lease.spec.as_ref().and_then(|spec| u64::try_from(spec.lease_duration_seconds?).ok());
        self.terms.lease_duration().max(Duration::from_secs(told.unwrap_or(0)))
    }

    /// A little less than a retry period.
    fn pause(&mut self) -> Duration {
        self.terms.retry_period().mul_f64(LEAST + (1.0 - LEAST) * self.dice.f64())
    }
}

impl Tenure {
    fn end(&self) -> Instant {
        self.since + self.lasts
    }
}

impl Sign {
    /// `None` when nobody holds it.
    fn of(lease: &Lease) -> Option<Self> {
        let spec = lease.spec.as_ref()?;
        let holder = spec.holder_identity.clone().filter(|holder| !holder.is_empty())?;
        Some(Self { holder, renewed: spec.renew_time.clone(), version: lease.metadata.resource_version.clone() })
    }
}
