//! Kinds that the cluster does not serve: others' that need not be there, and the operator's own, without which it knows nothing.

use std::time::Duration;

use futures::{Stream, StreamExt};
use kube::{Resource, runtime::watcher};
use tokio::time::Instant;

/// How long to wait before asking again for a kind of others.
const UNTIL_SERVED: Duration = Duration::from_secs(15);

/// The same for the operator's own, for which somebody waits.
const UNTIL_DEFINED: Duration = Duration::from_secs(3);

/// How often it is told that a definition is missing.
const TOLD_EVERY: Duration = Duration::from_mins(5);

/// Whose kind it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The operator's own. A cluster that does not serve it has not told yet what there is.
    Own,
    /// Others'. In a cluster that does not serve it there is nothing of it.
    Foreign,
}

/// What is to be done while a kind is not served.
pub(super) struct Unserved {
    origin: Origin,
    /// The name of its definition.
    crd: String,
    version: String,
    /// When it was told last that it is missing; `None` while it is there.
    told: Option<Instant>,
}

impl Unserved {
    /// A kind, as long as nothing is known of it.
    pub(super) fn of<K: Resource<DynamicType = ()>>(origin: Origin) -> Self {
        let crd = format!("{}.{}", K::plural(&()), K::group(&()));
        Self { origin, crd, version: K::version(&()).into_owned(), told: None }
    }

    /// Whether the operator can do nothing without it. That another kind is not served is an answer: there is nothing of it.
    pub(super) fn is_needed(&self) -> bool {
        self.origin == Origin::Own
    }

    /// It is served.
    pub(super) fn is_over(&mut self) {
        self.told = None;
    }

    /// How long to wait before asking again: kube's own pause starts over with every list that is begun, also with one that fails.
    fn pause(&self) -> Duration {
        match self.origin {
            Origin::Own => UNTIL_DEFINED,
            Origin::Foreign => UNTIL_SERVED,
        }
    }

    /// What a watch tells, with a pause before each answer that there is no such kind. Each watch has its own: one after the other, those of
    /// many namespaces would wait for each other.
    pub(super) fn paused<Event, Events>(
        &self,
        events: Events,
    ) -> impl Stream<Item = watcher::Result<Event>> + use<Event, Events>
    where
        Events: Stream<Item = watcher::Result<Event>>,
    {
        let (pause, is_needed) = (self.pause(), self.is_needed());
        events.then(move |event| async move {
            let is_absence = |error| is_not_served(error) || is_needed && is_not_served_any_more(error);
            if event.as_ref().is_err_and(is_absence) {
                tokio::time::sleep(pause).await;
            }
            event
        })
    }

    /// Tells whoever runs the operator of a definition that is missing, and waits until it is time to ask again.
    pub(super) async fn wait(&mut self) {
        self.tell();
        tokio::time::sleep(self.pause()).await;
    }

    /// Tells whoever runs the operator of a definition that is missing, now and then. What others did not install is nothing to tell.
    pub(super) fn tell(&mut self) {
        let now = Instant::now();
        if self.origin == Origin::Own && self.told.is_none_or(|told| now.duration_since(told) >= TOLD_EVERY) {
            self.told = Some(now);
            let (crd, version) = (&self.crd, &self.version);
            tracing::warn!(
                crd,
                version,
                "the cluster does not serve the custom resource definition {crd}, version {version}: apply crds/, or set crds.enabled in the \
                 chart; waiting for it"
            );
        }
    }
}

/// Whether the API server answered that it knows no such kind: then the answer is a plain page, and only its code tells.
pub(super) fn is_not_served(error: &watcher::Error) -> bool {
    matches!(error, watcher::Error::InitialListFailed(kube::Error::Api(answer)) if answer.code == 404)
}

/// The same of a kind whose objects were listed before. What became of them, the watch had told by then.
pub(super) fn is_not_served_any_more(error: &watcher::Error) -> bool {
    matches!(error, watcher::Error::WatchStartFailed(kube::Error::Api(answer)) if answer.code == 404)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api::GatewayTarget, cluster::foreign::HttpRoute, telemetry::heard::Heard};

    #[tokio::test(start_paused = true)]
    async fn a_definition_that_is_missing_is_told_now_and_then_and_at_once_when_it_goes_again() {
        let heard = Heard::begin();
        let mut unserved = Unserved::of::<GatewayTarget>(Origin::Own);
        assert!(unserved.is_needed());
        for _ in 0..99 {
            unserved.wait().await;
        }
        assert_eq!(heard.lines().len(), 1);
        for _ in 0..2 {
            unserved.wait().await;
        }
        assert_eq!(heard.lines().len(), 2);
        unserved.is_over();
        unserved.wait().await;
        let lines = heard.lines();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[2]["crd"], "gatewaytargets.tools.agentcore.dev");
    }

    #[tokio::test(start_paused = true)]
    async fn what_others_did_not_install_is_nothing_to_tell() {
        let heard = Heard::begin();
        let mut unserved = Unserved::of::<HttpRoute>(Origin::Foreign);
        assert!(!unserved.is_needed());
        unserved.wait().await;
        assert!(heard.lines().is_empty());
    }
}
