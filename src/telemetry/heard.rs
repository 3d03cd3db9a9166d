//! What is said in a test, by the thread that it runs in.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use serde_json::Value;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::{Layer, filter::filter_fn, fmt::MakeWriter, layer::SubscriberExt};

use super::{OURS, is_of, lines::Lines};

/// Listens as long as it is there.
pub(crate) struct Heard {
    written: Written,
    spans: Spans,
    _listening: DefaultGuard,
}

impl Heard {
    /// Listens to the program's own lines, of every level, and to spans.
    pub(crate) fn begin() -> Self {
        let (written, spans) = (Written::default(), Spans::default());
        let provider = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
        let subscriber = tracing_subscriber::registry()
            .with(Lines::new(written.clone()).with_filter(filter_fn(|metadata| is_of(metadata.target(), OURS))))
            .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("heard")));
        Self { written, spans, _listening: tracing::subscriber::set_default(subscriber) }
    }

    /// The lines so far.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.written.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The spans that ended so far.
    pub(crate) fn spans(&self) -> Vec<SpanData> {
        self.spans.0.lock().unwrap().clone()
    }
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'writer> MakeWriter<'writer> for Written {
    type Writer = Self;

    fn make_writer(&'writer self) -> Self {
        self.clone()
    }
}

#[derive(Debug, Clone, Default)]
struct Spans(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Spans {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}
