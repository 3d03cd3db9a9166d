//! What the operator says of its work: lines on standard error, and traces where somebody collects them.
//!
//! - [`lines`]: one JSON object per line, of one schema
//! - [`span`]: what is known of a visit and of a call, for everything that is said during them
//! - `traces`: OTLP, when the standard variables ask for it
//! - `panics`: bugs, in the same lines as everything else
//!
//! Below `INFO` only this program and those that are known to print no bodies speak, whatever `RUST_LOG` says: the wire logs of HTTP
//! clients show requests and answers, and in them what nobody should read. Who prints such things above it, too, is kept shorter.

#[cfg(test)]
pub(crate) mod heard;
pub mod lines;
mod panics;
pub mod span;
mod traces;

use std::{
    io::IsTerminal,
    sync::atomic::{AtomicBool, Ordering},
};

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{Directive, FilterExt, LevelFilter, filter_fn},
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

/// What is harmless of somebody's lines, where that is not `INFO` and above. Everything has to be looked at before it is listed.
const HARMLESS: [(&str, LevelFilter); 5] = [
    (OURS, LevelFilter::TRACE),
    // It names objects and prints none.
    ("kube_runtime", LevelFilter::TRACE),
    // An answer that it cannot read it prints whole, and what it calls an error its caller is told, who knows what it was for.
    ("kube_client", LevelFilter::OFF),
    // It names files, and nobody else tells of them.
    ("kube_client::client::tls", LevelFilter::INFO),
    // It prints the credentials of a profile, without what is secret of them.
    ("aws_config", LevelFilter::WARN),
];

/// How the targets of this program's own spans and events begin.
const OURS: &str = "agentcore_gateway_operator";

/// As [`shows_errors`] says.
static SHOWS_ERRORS: AtomicBool = AtomicBool::new(false);

/// Whether an error that this program tells becomes a line: there is a log, and nobody turned it off.
pub fn shows_errors() -> bool {
    SHOWS_ERRORS.load(Ordering::Relaxed)
}

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
        let variable = std::env::var_os(EnvFilter::DEFAULT_ENV).unwrap_or_default();
        let variable = variable.to_string_lossy();
        let (filter, is_understood) = asked(level, &variable);
        Registry::default().with(spoken(format, filter)).with(spans).try_init()?;
        panics::tell();
        SHOWS_ERRORS.store(lets_errors_pass(asked(level, &variable).0), Ordering::Relaxed);
        if !is_understood {
            tracing::warn!(
                "RUST_LOG is not understood: it is a list like info,kube_runtime=debug. What is wrong in it is left out"
            );
        }
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

/// What people want to read: the level, but for what `RUST_LOG` says otherwise. And whether all of that could be understood.
fn asked(level: LevelFilter, variable: &str) -> (EnvFilter, bool) {
    // Of the level first: a directive for one crate takes nothing away from the others, and one for all takes its place.
    let filter = EnvFilter::builder().with_default_directive(level.into()).parse_lossy("");
    let directives = variable.split(',').map(str::trim).filter(|directive| !directive.is_empty());
    directives.fold((filter, true), |(filter, is_understood), directive| match directive.parse::<Directive>() {
        Ok(directive) => (filter.add_directive(directive), is_understood),
        Err(_) => (filter, false),
    })
}

/// Whether a filter has nothing against this program's errors. A subscriber is asked that has this filter and no other, because one whose
/// layers have filters of their own takes everything for enabled.
fn lets_errors_pass(filter: EnvFilter) -> bool {
    tracing::subscriber::with_default(
        Registry::default().with(filter),
        || tracing::enabled!(target: OURS, Level::ERROR),
    )
}

/// The layer that writes lines.
fn spoken<S>(format: Format, asked: EnvFilter) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
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
    *metadata.level() <= harmless(metadata.target())
}

/// Down to which level the lines of a target can be read by anybody: the most particular row says it.
fn harmless(target: &str) -> LevelFilter {
    let rows = HARMLESS.iter().filter(|(speaker, _)| is_of(target, speaker));
    rows.max_by_key(|(speaker, _)| speaker.len()).map_or(LevelFilter::INFO, |(_, level)| *level)
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
            assert!(!is_of(other, OURS), "{other}");
        }
    }

    #[test]
    fn who_prints_what_nobody_should_read_is_kept_short() {
        let table = [
            ("agentcore_gateway_operator::aws::attempts", LevelFilter::TRACE),
            ("agentcore_gateway_operators", LevelFilter::INFO),
            ("kube_runtime::controller", LevelFilter::TRACE),
            ("kube_client", LevelFilter::OFF),
            ("kube_client::client", LevelFilter::OFF),
            ("kube_client::client::builder", LevelFilter::OFF),
            ("kube_client::client::tls", LevelFilter::INFO),
            ("aws_config::profile::credentials", LevelFilter::WARN),
            ("aws_configs", LevelFilter::INFO),
            ("aws_smithy_runtime::client", LevelFilter::INFO),
            ("hyper", LevelFilter::INFO),
            ("", LevelFilter::INFO),
        ];
        for (target, expected) in table {
            assert_eq!(harmless(target), expected, "{target}");
        }
    }

    #[test]
    fn a_directive_for_one_crate_takes_nothing_away_from_the_others() {
        let table = [
            ("", "info", true),
            ("kube_runtime=debug", "kube_runtime=debug,info", true),
            ("warn, kube_runtime=debug,", "kube_runtime=debug,warn", true),
            ("off", "off", true),
            ("kube_runtime=loud", "info", false),
            ("kube_runtime=loud,hyper=error", "hyper=error,info", false),
        ];
        for (variable, expected, understood) in table {
            let (filter, is_understood) = asked(LevelFilter::INFO, variable);
            assert_eq!((filter.to_string().as_str(), is_understood), (expected, understood), "{variable}");
        }
    }

    #[test]
    fn a_log_that_is_turned_off_is_known() {
        let table = [
            ("", true),
            ("kube_runtime=debug", true),
            ("error", true),
            ("agentcore_gateway_operator::reconcile=off", true),
            ("off", false),
            ("agentcore_gateway_operator=off", false),
            ("off,agentcore_gateway_operator=warn", true),
        ];
        for (variable, expected) in table {
            assert_eq!(lets_errors_pass(asked(LevelFilter::INFO, variable).0), expected, "{variable}");
        }
        assert!(!lets_errors_pass(asked(LevelFilter::OFF, "").0));
    }
}
