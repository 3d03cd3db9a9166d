//! How fast AWS is asked: the published quotas, and who goes first.
//!
//! The quotas belong to the whole account and are per operation, so each operation has a bucket of its own that lets one call through
//! at a time, evenly spaced. AWS counts a call when it arrives, which is at some time before its answer is here: a call holds its part
//! of the quota until a second after its answer, so that in no second more calls arrive than AWS allows, however long each is under way.
//! Route 53 and API Gateway count all their operations together.

use std::{
    collections::HashMap,
    str::FromStr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// Who waits for the answer. What a person just edited goes before what waits for AWS, and that goes before the sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Nobody in particular: AWS is compared with the specs. Gets at most half of an operation's quota.
    Sweep,
    /// An object that waits for AWS.
    Wait,
    /// A person: something was created, edited or deleted.
    Edit,
}

/// Calls per second and operation that AWS allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Get and List operations. AgentCore publishes 10 per second.
    pub reads: f64,
    /// Create, Update, Delete and everything else. AgentCore publishes 5 per second.
    pub writes: f64,
}

impl Default for Rates {
    /// What AgentCore publishes. VPC Lattice publishes nothing, and gets the same.
    fn default() -> Self {
        Self { reads: 10.0, writes: 5.0 }
    }
}

/// Calls per second that are still taken for meant: one in 17 minutes.
const SLOWEST: f64 = 0.001;

impl FromStr for Rates {
    type Err = String;

    /// Reads `READS/WRITES`, for accounts whose quotas were raised, or of which others need a part.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rate = |part: &str| part.trim().parse().ok().filter(|rate: &f64| rate.is_finite() && *rate >= SLOWEST);
        text.split_once('/')
            .and_then(|(reads, writes)| Some(Self { reads: rate(reads)?, writes: rate(writes)? }))
            .ok_or_else(|| format!("{text} is not READS/WRITES in calls per second, like 10/5"))
    }
}

/// The buckets of all operations.
#[derive(Debug)]
pub struct Pace {
    rates: Rates,
    buckets: Mutex<HashMap<&'static str, Bucket>>,
}

/// How often an operation may be called.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Quota {
    /// Between two calls.
    spacing: Duration,
    /// How many calls may arrive in one [`Self::window`].
    calls: usize,
    /// A second, as a rule.
    window: Duration,
}

#[derive(Debug, Default)]
struct Bucket {
    /// When the next call may be sent.
    next: Option<Instant>,
    /// When the next call of the sweep may be sent.
    next_sweep: Option<Instant>,
    /// How many wait, by urgency (`Sweep`, `Wait`, `Edit`).
    waiting: [usize; 3],
    /// The calls that hold a part of the quota.
    sent: Vec<Sent>,
}

/// A call that was let through.
#[derive(Debug)]
struct Sent {
    at: Instant,
    answered: Option<Instant>,
}

/// The right to make one call, held until the call is over.
#[must_use = "a call that is dropped counts as answered"]
pub struct Turn<'pace> {
    pace: &'pace Pace,
    lane: &'static str,
    /// No other call of its lane was sent then.
    sent: Instant,
}

impl Pace {
    /// Buckets that keep these rates.
    pub fn new(rates: Rates) -> Self {
        Self { rates, buckets: Mutex::default() }
    }

    /// Returns when the operation may be called. What it returns is kept until AWS has answered. May be cancelled: a place in the queue
    /// is given back.
    pub async fn admit(&self, operation: &'static str, urgency: Urgency) -> Turn<'_> {
        let quota = self.quota(operation);
        let lane = lane(operation);
        let _queued = Queued::enter(self, lane, urgency);
        loop {
            match self.bucket(lane, |bucket| bucket.take(urgency, Instant::now(), quota)) {
                Ok(sent) => return Turn { pace: self, lane, sent },
                Err(earliest) => sleep_until(earliest).await,
            }
        }
    }

    /// Nothing is awaited while a bucket is held, and a panic leaves it whole.
    fn bucket<T>(&self, lane: &'static str, work: impl FnOnce(&mut Bucket) -> T) -> T {
        work(self.buckets.lock().unwrap_or_else(PoisonError::into_inner).entry(lane).or_default())
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is whole and at least one, and what does not fit is as good as no limit"
    )]
    fn quota(&self, operation: &'static str) -> Quota {
        let allowed = if is_read(operation) { self.rates.reads } else { self.rates.writes }.min(ceiling(operation));
        // Of two and a half calls per second, two in four fifths of one.
        let calls = allowed.floor().max(1.0);
        Quota {
            spacing: Duration::from_secs_f64(1.0 / allowed),
            calls: calls as usize,
            window: Duration::from_secs_f64(calls / allowed),
        }
    }
}

/// The lane of all operations of Route 53, which share one quota.
const ROUTE_53: &str = "Route 53";

/// The lane of all operations of API Gateway, which share one quota.
const API_GATEWAY: &str = "API Gateway";

/// The bucket that an operation draws from: its own, as a rule.
fn lane(operation: &'static str) -> &'static str {
    match operation {
        "GetRestApi" | "GetExport" => API_GATEWAY,
        "ListHostedZonesByVPC" | "ListResourceRecordSets" => ROUTE_53,
        own => own,
    }
}

/// Calls per second that no setting lifts, because they belong to services whose quotas are not what a person raised for AgentCore.
/// Route 53 allows an account five requests per second
/// (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html>), API Gateway's control plane ten
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>). Elastic Load Balancing, EC2 and ACM, whose reads
/// are called Describe, let more through for a while, and ten for good.
fn ceiling(operation: &'static str) -> f64 {
    match operation {
        operation if lane(operation) == ROUTE_53 => 5.0,
        operation if lane(operation) == API_GATEWAY => 10.0,
        operation if operation.starts_with("Describe") => 10.0,
        _ => f64::INFINITY,
    }
}

/// Whether an operation changes nothing.
pub(super) fn is_read(operation: &str) -> bool {
    ["Get", "List", "Describe"].iter().any(|verb| operation.starts_with(verb))
}

impl Bucket {
    /// Takes the turn when it has come, and says when that was, else when to ask again.
    fn take(&mut self, urgency: Urgency, now: Instant, quota: Quota) -> Result<Instant, Instant> {
        self.sent.retain(|sent| sent.counts_until(now, quota) > now);
        let spaced = self.next.filter(|next| *next > now);
        let own = self.next_sweep.filter(|next| urgency == Urgency::Sweep && *next > now);
        if let Some(earliest) = spaced.max(own).max(self.full_until(now, quota)) {
            return Err(earliest);
        }
        if self.waiting.iter().skip(urgency as usize + 1).any(|waiting| *waiting > 0) {
            return Err(now + quota.spacing);
        }
        self.next = Some(now + quota.spacing);
        if urgency == Urgency::Sweep {
            self.next_sweep = Some(now + 2 * quota.spacing);
        }
        self.sent.push(Sent { at: now, answered: None });
        Ok(now)
    }

    /// When the next call can be sent at the earliest, if as many count as may.
    fn full_until(&self, now: Instant, quota: Quota) -> Option<Instant> {
        let is_full = self.sent.len() >= quota.calls;
        is_full.then(|| self.sent.iter().map(|sent| sent.counts_until(now, quota)).min()).flatten()
    }

    /// Notes that a call was answered.
    fn answered(&mut self, sent: Instant, now: Instant) {
        if let Some(sent) = self.sent.iter_mut().find(|call| call.at == sent) {
            sent.answered = Some(now);
        }
    }
}

impl Sent {
    /// How long a call that arrived as late as it can have is among the calls of its window. One that is under way for longer than that
    /// hangs in AWS, not before it, and must not hold up the others.
    fn counts_until(&self, now: Instant, quota: Quota) -> Instant {
        self.answered.unwrap_or(now).min(self.at + quota.window) + quota.window
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.pace.bucket(self.lane, |bucket| bucket.answered(self.sent, Instant::now()));
    }
}

/// A place in a lane's queue, given back when it is dropped.
struct Queued<'pace> {
    pace: &'pace Pace,
    lane: &'static str,
    urgency: Urgency,
}

impl<'pace> Queued<'pace> {
    fn enter(pace: &'pace Pace, lane: &'static str, urgency: Urgency) -> Self {
        pace.bucket(lane, |bucket| bucket.waiting[urgency as usize] += 1);
        Self { pace, lane, urgency }
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.pace.bucket(self.lane, |bucket| bucket.waiting[self.urgency as usize] -= 1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_second_holds_more_calls_than_allowed() {
        let pace = Pace::new(Rates::default());
        let begin = Instant::now();
        let mut sent = Vec::new();
        for _ in 0..30 {
            drop(pace.admit("CreateGateway", Urgency::Edit).await);
            sent.push(begin.elapsed());
        }
        for first in &sent {
            let within = sent.iter().filter(|at| *at >= first && **at < *first + Duration::from_secs(1)).count();
            assert!(within <= 5, "{within} calls in one second");
        }
        assert!(begin.elapsed() < Duration::from_secs(7), "the quota is used, not wasted");
    }

    #[test]
    fn rates_are_read_as_people_write_them() {
        assert_eq!("10/5".parse(), Ok(Rates::default()));
        assert_eq!("0.5 / 100".parse(), Ok(Rates { reads: 0.5, writes: 100.0 }));
        for wrong in ["", "10", "10/", "/5", "0/5", "10/-1", "inf/5", "NaN/5", "10/5/2", "ten/5", "1e-300/5"] {
            let refused = wrong.parse::<Rates>();
            assert!(refused.is_err_and(|said| said.contains("like 10/5")), "{wrong}");
        }
    }

    /// When calls arrive at AWS, sent as fast as the pace lets them, whose ways there and back take so many milliseconds in turn.
    async fn arrivals(ways: &'static [(u64, u64)], calls: usize) -> Vec<Duration> {
        let pace = Arc::new(Pace::new(Rates::default()));
        let begin = Instant::now();
        let sent = ways.iter().cycle().take(calls).map(|(there, back)| {
            let pace = Arc::clone(&pace);
            tokio::spawn(async move {
                let _turn = pace.admit("DeleteGateway", Urgency::Edit).await;
                tokio::time::sleep(Duration::from_millis(*there)).await;
                let arrived = begin.elapsed();
                tokio::time::sleep(Duration::from_millis(*back)).await;
                arrived
            })
        });
        let mut arrivals = futures::future::try_join_all(sent).await.unwrap();
        arrivals.sort();
        arrivals
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_at_aws_holds_more_calls_than_allowed_however_long_they_are_under_way() {
        let ways: [&[(u64, u64)]; 4] = [
            &[(150, 5), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0)],
            &[(900, 50), (700, 0), (500, 30), (300, 0), (100, 0), (0, 0)],
            &[(20, 20), (40, 5), (0, 0)],
            &[(0, 30_000), (1_000, 0), (10, 10)],
        ];
        for ways in ways {
            let arrivals = arrivals(ways, 30).await;
            for first in &arrivals {
                let within =
                    arrivals.iter().filter(|at| *at >= first && **at < *first + Duration::from_secs(1)).count();
                assert!(within <= 5, "{within} calls in one second with {ways:?}: {arrivals:?}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_hang_do_not_keep_others_for_ever() {
        let last = arrivals(&[(1_000, 30_000)], 30).await.pop().unwrap();
        assert!(last <= Duration::from_secs(13), "half of the quota is used: {last:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn operations_do_not_wait_for_each_other() {
        let pace = Pace::new(Rates { reads: 0.001, writes: 0.001 });
        let begin = Instant::now();
        for operation in ["CreateGateway", "UpdateGateway", "GetGateway", "ListGateways"] {
            drop(pace.admit(operation, Urgency::Edit).await);
        }
        assert_eq!(begin.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn route_53_counts_all_its_operations_together() {
        let pace = Pace::new(Rates::default());
        let begin = Instant::now();
        for operation in ["ListHostedZonesByVPC", "ListResourceRecordSets", "ListHostedZonesByVPC"] {
            drop(pace.admit(operation, Urgency::Edit).await);
        }
        assert_eq!(begin.elapsed(), Duration::from_millis(400), "two more calls at five per second");
    }

    #[test]
    fn raised_quotas_of_agentcore_are_not_those_of_other_services() {
        let spacing = |reads, operation| Pace::new(Rates { reads, writes: 5.0 }).quota(operation).spacing.as_millis();
        let table = [
            (100.0, "ListGateways", 10),
            (100.0, "DescribeLoadBalancers", 100),
            (100.0, "DescribeCertificate", 100),
            (100.0, "ListResourceRecordSets", 200),
            (2.0, "DescribeLoadBalancers", 500),
            (2.0, "ListResourceRecordSets", 500),
        ];
        for (reads, operation, expected) in table {
            assert_eq!(spacing(reads, operation), expected, "{operation} at {reads}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn people_go_before_waiting_and_waiting_before_the_sweep() {
        let pace = Arc::new(Pace::new(Rates::default()));
        drop(pace.admit("ListGateways", Urgency::Edit).await);
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for urgency in [Urgency::Sweep, Urgency::Wait, Urgency::Edit] {
            for _ in 0..5 {
                let (pace, order) = (Arc::clone(&pace), Arc::clone(&order));
                tasks.push(tokio::spawn(async move {
                    drop(pace.admit("ListGateways", urgency).await);
                    order.lock().unwrap().push(urgency);
                }));
                tokio::task::yield_now().await;
            }
        }
        for task in tasks {
            task.await.unwrap();
        }
        let order = order.lock().unwrap().clone();
        let mut sorted = order.clone();
        sorted.sort_by(|one, other| other.cmp(one));
        assert_eq!(order, sorted);
    }

    #[tokio::test(start_paused = true)]
    async fn the_sweep_leaves_half() {
        let pace = Pace::new(Rates::default());
        let begin = Instant::now();
        for _ in 0..11 {
            drop(pace.admit("ListGateways", Urgency::Sweep).await);
        }
        assert_eq!(begin.elapsed(), Duration::from_secs(2), "ten more calls at five per second");
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_wait_holds_nobody_up() {
        let pace = Pace::new(Rates::default());
        drop(pace.admit("ListGateways", Urgency::Edit).await);
        let cancelled = tokio::time::timeout(Duration::from_millis(1), pace.admit("ListGateways", Urgency::Edit)).await;
        assert!(cancelled.is_err());
        let begin = Instant::now();
        drop(pace.admit("ListGateways", Urgency::Wait).await);
        assert!(begin.elapsed() <= Duration::from_millis(100));
    }
}
