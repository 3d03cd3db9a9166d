//! The thin part of an election: does what [`Election`] says, and moves the [`Fence`].

use std::time::Duration;

use futures::{StreamExt, stream};
use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::{
    Lost,
    election::{Election, Loss, Step},
    store::{Failure, Store},
};
use crate::fence::Fence;

/// How often a lease is read again that is moved while it is being released.
const PARTINGS: usize = 3;

/// One process's way through an election, from candidate to leader to none of both.
pub(super) struct Campaign<S> {
    pub(super) store: S,
    pub(super) election: Election,
    /// How long one request may take.
    pub(super) limit: Duration,
    /// Open while this process leads.
    pub(super) fence: Fence,
    /// Whether it leads.
    pub(super) leads: watch::Sender<bool>,
    /// The lease, for people.
    pub(super) lease: String,
    /// What was said last: a repeated failure is told once.
    pub(super) said: String,
}

impl<S: Store> Campaign<S> {
    /// Until this process is told to release the lease, or loses it. Then the fence is closed.
    pub(super) async fn run(mut self, release: CancellationToken) -> Result<(), Lost> {
        let mut changes = self.store.changes();
        loop {
            match self.election.step(Instant::now(), Timestamp::now()) {
                Step::End(loss) => return Err(self.end(loss)),
                Step::Rest(until) => tokio::select! {
                    biased;
                    () = release.cancelled() => break,
                    () = sleep_until(until) => {}
                    Some(seen) = changes.next() => self.saw(seen),
                },
                Step::Look => tokio::select! {
                    biased;
                    () = release.cancelled() => break,
                    () = self.look() => {}
                },
                Step::Write(lease) => {
                    if self.election.leads() {
                        tokio::select! {
                            biased;
                            () = release.cancelled() => break,
                            () = self.write(*lease) => {}
                        }
                    } else {
                        // Not given up halfway: it may be stored all the same, and nobody would give the lease back.
                        self.write(*lease).await;
                    }
                    if self.election.leads() {
                        // Who writes it himself needs nobody to tell him.
                        changes = stream::pending().boxed();
                    }
                }
            }
        }
        self.part().await;
        Ok(())
    }

    async fn look(&mut self) {
        let began = Instant::now();
        match self.timely(self.store.read()).await {
            Ok(seen) => {
                // A look between two refused writes does not end what was told of them.
                if !self.election.is_refused() {
                    self.said.clear();
                }
                self.saw(seen);
            }
            Err(failure) => self.failed("read", began, failure),
        }
    }

    async fn write(&mut self, lease: Lease) {
        let began = Instant::now();
        match self.timely(self.store.write(lease)).await {
            Ok(written) => {
                self.said.clear();
                let Some(until) = self.election.wrote(written, began, Instant::now()) else { return };
                self.fence.open_until(until);
                if !self.leads.send_replace(true) {
                    tracing::info!(lease = self.lease, "this process leads");
                }
            }
            Err(failure) => self.failed("written", began, failure),
        }
    }

    fn saw(&mut self, seen: Option<Lease>) {
        let before = self.election.other().map(str::to_owned);
        self.election.saw(seen, Instant::now());
        if let Some(holder) = self.election.other().filter(|holder| Some(*holder) != before.as_deref()) {
            let seconds = self.election.patience().as_secs();
            tracing::info!(
                lease = self.lease,
                holder,
                seconds,
                "standing by, until it is given back or unchanged for so many seconds"
            );
        }
    }

    fn failed(&mut self, what: &str, began: Instant, failure: Failure) {
        let now = Instant::now();
        let error = match failure {
            Failure::Moved(error) if self.election.refused(now) => error,
            Failure::Moved(_) => return,
            Failure::Unknown(error) => {
                self.election.failed(began, now);
                error
            }
        };
        if self.said != error {
            tracing::warn!(lease = self.lease, error, "the lease could not be {what}; trying again");
            self.said = error;
        }
    }

    /// A request, for as long as it may take: by itself, and with regard to the deadline.
    async fn timely<T>(&self, request: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let limit = Instant::now() + self.limit;
        let end = self.election.leads_until().into_iter().fold(limit, Instant::min);
        timeout_at(end, request).await.unwrap_or_else(|_| Err(Failure::Unknown("no answer in time".to_owned())))
    }

    fn end(&self, loss: Loss) -> Lost {
        self.fence.close();
        self.leads.send_replace(false);
        let lease = self.lease.clone();
        match loss {
            Loss::Taken(holder) => Lost::Taken { lease, holder },
            Loss::Late => {
                let said = if self.said.is_empty() { "this process was held up" } else { &self.said };
                Lost::Late { lease, said: said.to_owned() }
            }
        }
    }

    /// Gives the lease back, so that the next one need not wait for its end.
    async fn part(&mut self) {
        self.fence.close();
        if !self.leads.send_replace(false) {
            return;
        }
        for _ in 0..PARTINGS {
            if self.election.is_blind() {
                self.look().await;
            }
            let Some(lease) = self.election.parting(Timestamp::now()) else { break };
            match self.timely(self.store.write(lease)).await {
                Ok(_) => {
                    tracing::info!(lease = self.lease, "the lease is released");
                    return;
                }
                Err(Failure::Moved(_)) => {
                    self.election.refused(Instant::now());
                }
                Err(Failure::Unknown(error)) => {
                    tracing::warn!(lease = self.lease, error, "the lease could not be released, and ends by itself");
                    return;
                }
            }
        }
    }
}
