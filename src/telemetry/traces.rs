//! Traces over OTLP, with HTTP and protobuf, when the standard variables ask for it:
//! <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>.
//!
//! `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` turns them on; `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_SERVICE_NAME`,
//! `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` mean what they mean everywhere. A collector that is not
//! there costs a line in the log now and then, and nothing else.

mod delivery;

use std::time::Duration;

use opentelemetry::{KeyValue, trace::TracerProvider};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracer, SdkTracerProvider},
};
use tracing::Subscriber;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::registry::LookupSpan;

use self::delivery::Delivery;

/// What the operator is called in traces, unless somebody says otherwise.
const SERVICE: &str = env!("CARGO_PKG_NAME");

/// How long the end of the process may wait for the last traces.
const FAREWELL: Duration = Duration::from_secs(2);

/// What is said when the variables ask for what cannot be done. The error itself shows their values, and an address may hold a password.
const UNUSABLE: &str =
    "OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is not a URL like http://collector:4318";

/// Traces that are sent to somebody.
#[derive(Debug)]
pub(super) struct Traces {
    provider: SdkTracerProvider,
}

impl Traces {
    /// What the variables ask for; `None`: nothing.
    ///
    /// # Errors
    ///
    /// They ask for what cannot be done: why, as a sentence. No reason to end.
    pub(super) fn asked() -> Result<Option<Self>, String> {
        if !is_asked(|name| std::env::var(name).ok()) {
            return Ok(None);
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_http_client(Delivery::new()?)
            .build()
            .map_err(|_| UNUSABLE)?;
        let provider = SdkTracerProvider::builder().with_resource(resource()).with_batch_exporter(exporter).build();
        Ok(Some(Self { provider }))
    }

    /// What turns spans into traces. Lines stay lines: they are no events of a trace.
    pub(super) fn layer<S>(&self) -> OpenTelemetryLayer<S, SdkTracer>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer(SERVICE))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
    }

    /// Sends what is left.
    pub(super) fn end(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(FAREWELL) {
            tracing::debug!(%error, "the last traces were not delivered");
        }
    }
}

fn is_asked(variable: impl Fn(&str) -> Option<String>) -> bool {
    let says = |name: &str, what: &str| variable(name).is_some_and(|value| value.eq_ignore_ascii_case(what));
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let is_off = says("OTEL_SDK_DISABLED", "true") || says("OTEL_TRACES_EXPORTER", "none");
    !is_off && (is_set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") || is_set("OTEL_EXPORTER_OTLP_ENDPOINT"))
}

/// Who sends the traces: what `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` say wins.
fn resource() -> Resource {
    const UNNAMED: &str = "unknown_service";
    let told = Resource::builder().build();
    let name = told.get(&"service.name".into()).map(|name| name.to_string()).filter(|name| !name.starts_with(UNNAMED));
    let mut own = vec![KeyValue::new("service.name", name.unwrap_or_else(|| SERVICE.to_owned()))];
    if told.get(&"service.version".into()).is_none() {
        own.push(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    }
    Resource::builder().with_attributes(own).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_asks_for_traces_and_nothing_else_does() {
        let asked = |variables: &[(&str, &str)]| {
            is_asked(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
        assert!(asked(&[endpoint]));
        assert!(asked(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector:4318/v1/traces")]));
        assert!(!asked(&[]));
        assert!(!asked(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]));
        assert!(!asked(&[("OTEL_SERVICE_NAME", "operator")]));
        assert!(!asked(&[endpoint, ("OTEL_SDK_DISABLED", "TRUE")]));
        assert!(!asked(&[endpoint, ("OTEL_TRACES_EXPORTER", "none")]));
    }
}
