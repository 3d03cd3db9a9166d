//! Faults that tests inject into calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

use super::refusal::Refusal;

/// What goes wrong with which calls. Without [`Fault::times`] it happens once; the SDKs try a call up to three times.
#[derive(Clone, Debug)]
pub struct Fault {
    operation: Option<String>,
    members: Vec<(String, Value)>,
    skip: usize,
    times: Option<usize>,
    delay: Duration,
    effect: Effect,
}

/// What a fault does besides waiting.
#[derive(Clone, Debug)]
pub(super) enum Effect {
    None,
    ErrorBefore(Refusal),
    ErrorAfter(Refusal),
    /// An error before the commit with the code that the service has for callers who ask too often.
    Throttle(String),
    DropBefore,
    DropAfter,
    HoldBefore,
    HoldAfter,
    Settle {
        status: String,
        reasons: Vec<String>,
    },
}

impl Fault {
    /// A fault of one operation, named as in the service model: `CreateGateway`.
    #[must_use]
    pub fn on(operation: &str) -> Self {
        Self { operation: Some(operation.to_owned()), ..Self::on_any() }
    }

    /// A fault of any operation.
    #[must_use]
    pub fn on_any() -> Self {
        Self {
            operation: None,
            members: Vec::new(),
            skip: 0,
            times: Some(1),
            delay: Duration::ZERO,
            effect: Effect::None,
        }
    }

    /// Only calls whose input has `value` at a JSON pointer: `/name`, `/targetConfiguration/mcp/mcpServer/endpoint`.
    #[must_use]
    pub fn matching(mut self, pointer: &str, value: Value) -> Self {
        self.members.push((pointer.to_owned(), value));
        self
    }

    /// Begins with the `n`-th matching call (1 is the next one).
    #[must_use]
    pub fn nth(mut self, n: usize) -> Self {
        self.skip = n.saturating_sub(1);
        self
    }

    /// Happens to this many matching calls.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Happens until the handle is asked to stop.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// Waits in real time before the call is decided, besides any other effect.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Answers with an error and changes nothing.
    #[must_use]
    pub fn error_before_commit(self, status: u16, code: &str) -> Self {
        self.effect(Effect::ErrorBefore(Refusal::injected(status, code, "Injected before the commit")))
    }

    /// Does what was asked and then answers with an error.
    #[must_use]
    pub fn error_after_commit(self, status: u16, code: &str) -> Self {
        self.effect(Effect::ErrorAfter(Refusal::injected(status, code, "Injected after the commit")))
    }

    /// Refuses as the service does that is asked too often (`ThrottlingException`, `Throttling`, `RequestLimitExceeded`), and
    /// changes nothing.
    #[must_use]
    pub fn throttle(self) -> Self {
        self.effect(Effect::Throttle("Rate exceeded".to_owned()))
    }

    /// Gives the injected error this message: callers match on some texts of AWS.
    #[must_use]
    pub fn message(mut self, text: &str) -> Self {
        match &mut self.effect {
            Effect::ErrorBefore(refusal) | Effect::ErrorAfter(refusal) => text.clone_into(&mut refusal.message),
            Effect::Throttle(message) => text.clone_into(message),
            Effect::None
            | Effect::DropBefore
            | Effect::DropAfter
            | Effect::HoldBefore
            | Effect::HoldAfter
            | Effect::Settle { .. } => {}
        }
        self
    }

    /// Closes the connection without an answer and changes nothing.
    #[must_use]
    pub fn drop_before_commit(self) -> Self {
        self.effect(Effect::DropBefore)
    }

    /// Does what was asked and closes the connection without an answer.
    #[must_use]
    pub fn drop_after_commit(self) -> Self {
        self.effect(Effect::DropAfter)
    }

    /// Holds the call before anything is decided, until [`FaultHandle::release`]. The call goes on then, even if its caller is
    /// gone. Dropping the handle releases.
    #[must_use]
    pub fn hold_before_commit(self) -> Self {
        self.effect(Effect::HoldBefore)
    }

    /// Does what was asked and holds the answer back until [`FaultHandle::release`]. Dropping the handle releases.
    #[must_use]
    pub fn hold_after_commit(self) -> Self {
        self.effect(Effect::HoldAfter)
    }

    /// Lets the operation that the call starts end in `status` with these reasons, for example `FAILED` or `CREATE_FAILED`.
    #[must_use]
    pub fn settle_as(self, status: &str, reasons: &[&str]) -> Self {
        let reasons = reasons.iter().map(|&reason| reason.to_owned()).collect();
        self.effect(Effect::Settle { status: status.to_owned(), reasons })
    }

    fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }
}

/// What became of an injected fault.
pub struct FaultHandle {
    hits: watch::Receiver<usize>,
    released: watch::Sender<bool>,
    stopped: Arc<AtomicBool>,
}

impl FaultHandle {
    /// How many calls it has happened to.
    #[must_use]
    pub fn hits(&self) -> usize {
        *self.hits.borrow()
    }

    /// Returns when it has happened to a call; with `hold_after_commit` that call has changed the state and waits.
    pub async fn wait_until_hit(&self) {
        self.wait_until_hits(1).await;
    }

    /// Returns when it has happened to `count` calls.
    pub async fn wait_until_hits(&self, count: usize) {
        let mut hits = self.hits.clone();
        // An error means that the emulation is gone: then there is nothing to wait for.
        let _ = hits.wait_for(|hits| *hits >= count).await;
    }

    /// Lets every held call go on, and those to come.
    pub fn release(&self) {
        self.released.send_replace(true);
    }

    /// Ends the fault: it happens to no further call.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        self.release();
    }
}

/// All faults in force.
#[derive(Default)]
pub(super) struct Faults {
    armed: Vec<Armed>,
}

struct Armed {
    fault: Fault,
    seen: usize,
    hits: Arc<watch::Sender<usize>>,
    released: watch::Receiver<bool>,
    stopped: Arc<AtomicBool>,
}

/// A fault as it happens to one call.
pub(super) struct Hit {
    pub(super) delay: Duration,
    pub(super) effect: Effect,
    hits: Arc<watch::Sender<usize>>,
    released: watch::Receiver<bool>,
}

impl Hit {
    /// Makes the hit visible to the handle.
    pub(super) fn announce(&self) {
        self.hits.send_modify(|hits| *hits += 1);
    }

    /// Waits for [`FaultHandle::release`].
    pub(super) async fn released(&mut self) {
        // An error means that the handle was dropped, which releases as well.
        let _ = self.released.wait_for(|released| *released).await;
    }
}

impl Faults {
    pub(super) fn inject(&mut self, fault: Fault) -> FaultHandle {
        let (hits, seen) = watch::channel(0);
        let (release, released) = watch::channel(false);
        let stopped = Arc::new(AtomicBool::new(false));
        self.armed.push(Armed { fault, seen: 0, hits: Arc::new(hits), released, stopped: Arc::clone(&stopped) });
        FaultHandle { hits: seen, released: release, stopped }
    }

    pub(super) fn clear(&mut self) {
        self.armed.clear();
    }

    /// The first fault that happens to this call, which uses one of its times up.
    pub(super) fn hit(&mut self, operation: &str, input: &Value) -> Option<Hit> {
        self.armed.retain(|armed| !armed.stopped.load(Ordering::Relaxed) && !armed.is_used_up());
        self.armed.iter_mut().filter(|armed| armed.matches(operation, input)).find_map(|armed| {
            armed.seen += 1;
            (armed.seen > armed.fault.skip).then(|| Hit {
                delay: armed.fault.delay,
                effect: armed.fault.effect.clone(),
                hits: Arc::clone(&armed.hits),
                released: armed.released.clone(),
            })
        })
    }
}

impl Armed {
    fn is_used_up(&self) -> bool {
        self.fault.times.is_some_and(|times| self.seen >= self.fault.skip + times)
    }

    fn matches(&self, operation: &str, input: &Value) -> bool {
        self.fault.operation.as_deref().is_none_or(|wanted| wanted == operation)
            && self.fault.members.iter().all(|(pointer, value)| input.pointer(pointer) == Some(value))
    }
}
