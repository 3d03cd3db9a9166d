//! What the operator says of its work: lines on standard error, and traces where somebody collects them.
//!
//! - [`lines`]: one JSON object per line, of one schema
//! - [`span`]: what is known of a visit and of a call, for everything that is said during them
//! - `traces`: OTLP, when the standard variables ask for it
//! - `panics`: bugs, in the same lines as everything else
//!
//! Below `INFO` only this program and those that are known to print no bodies speak, whatever `RUST_LOG` says: the wire logs of HTTP
//! clients show requests and answers, and in them what nobody should read.

pub mod lines;
mod panics;
pub mod span;
mod traces;

use std::io::IsTerminal;

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterExt, LevelFilter, filter_fn},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use self::{lines::Lines, traces::Traces};

/// What lines look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object per line, for machines.
    Json,
    /// For people.
    Text,
}

/// Who may speak below `INFO`. `kube_runtime` names objects and prints none; everything else has to be looked at before it is listed.
const SPEAKERS: [&str; 2] = [OURS, "kube_runtime"];

/// How the targets of this program's own spans and events begin.
const OURS: &str = "agentcore_gateway_operator";

/// What has to be ended for nothing to be lost.
#[derive(Debug)]
pub struct Telemetry {
    traces: Option<Traces>,
}

impl Telemetry {
    /// Begins to tell, for the whole process. To be called inside of the runtime that delivers traces.
    ///
    /// # Errors
    ///
    /// It was begun already.
    pub fn begin(format: Format, level: LevelFilter) -> anyhow::Result<Self> {
        let (traces, reason) = match Traces::asked() {
            Ok(traces) => (traces, None),
            Err(reason) => (None, Some(reason)),
        };
        let spans = traces.as_ref().map(|traces| traces.layer().with_filter(filter_fn(is_our_span)));
        Registry::default().with(spoken(format, level)).with(spans).try_init()?;
        panics::tell();
        if let Some(reason) = reason {
            tracing::warn!("no traces are sent: {reason}");
        }
        Ok(Self { traces })
    }

    /// Delivers what is left, as far as that does not take long.
    pub fn end(self) {
        if let Some(traces) = self.traces {
            traces.end();
        }
    }
}

/// The layer that writes lines.
fn spoken<S>(format: Format, level: LevelFilter) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let asked = EnvFilter::builder().with_default_directive(level.into()).from_env_lossy();
    let filter = asked.and(filter_fn(is_harmless));
    match format {
        Format::Json => Lines::new(std::io::stderr).with_filter(filter).boxed(),
        Format::Text => {
            let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
            lines.with_ansi(std::io::stderr().is_terminal()).with_filter(filter).boxed()
        }
    }
}

/// Whether something can be said although it may hold anything.
fn is_harmless(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO || SPEAKERS.iter().any(|speaker| is_of(metadata.target(), speaker))
}

/// Whether something belongs into a trace: the SDK's own spans do not, since nobody here decides what stands in them.
fn is_our_span(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && is_of(metadata.target(), OURS)
}

fn is_of(target: &str, speaker: &str) -> bool {
    target.strip_prefix(speaker).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_crates_themselves_may_speak() {
        assert!(is_of("agentcore_gateway_operator", OURS));
        assert!(is_of("agentcore_gateway_operator::reconcile::visit", OURS));
        for other in ["agentcore_gateway_operators", "kube_client::client", "aws_smithy_runtime", "hyper", ""] {
            assert!(!SPEAKERS.iter().any(|speaker| is_of(other, speaker)), "{other}");
        }
    }
}
