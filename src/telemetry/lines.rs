//! One JSON object per line.
//!
//! Every line has `ts`, `level`, `msg` and `target`; a line that is said during a visit also has what [`super::span`] knows of it:
//! `controller`, `kind`, `namespace`, `name`, `generation`, `reconcile_id`, and `trace_id` where there is a trace; a line that is said
//! during a call to AWS has `rpc.service`, `rpc.method` and `aws.request_id`. What follows is the line's own.

use std::{borrow::Cow, fmt, io::Write};

use jiff::Timestamp;
use serde_json::Value;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    fmt::MakeWriter,
    layer::Context,
    registry::{LookupSpan, Scope},
};

/// Writes lines.
#[derive(Debug)]
pub struct Lines<W> {
    writer: W,
}

impl<W> Lines<W> {
    /// Writes lines there.
    pub fn new(writer: W) -> Self {
        Self { writer }
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'writer> MakeWriter<'writer> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let line = line(Timestamp::now(), event, context.event_scope(event));
        // Nobody can be told that nothing can be told.
        let _ = self.writer.make_writer_for(event.metadata()).write_all(line.as_bytes());
    }
}

/// What is known of a span or of a line, in the order in which it was told.
#[derive(Debug, Default)]
struct Fields(Vec<(Cow<'static, str>, Value)>);

fn line<S>(now: Timestamp, event: &Event<'_>, scope: Option<Scope<'_, S>>) -> String
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let mut own = Fields::default();
    event.record(&mut own);
    let metadata = event.metadata();
    let mut line = Fields::default();
    line.set("ts", Value::String(format!("{now:.3}")));
    line.set("level", Value::String(metadata.level().as_str().to_lowercase()));
    line.set("msg", own.take("message").unwrap_or_else(|| title(metadata.name()).into()));
    line.set("target", metadata.target().into());
    for span in scope.into_iter().flat_map(Scope::from_root) {
        if let Some(fields) = span.extensions().get::<Fields>() {
            fields.0.iter().for_each(|(name, value)| line.add(name.clone(), value.clone()));
        }
    }
    own.0.into_iter().for_each(|(name, value)| line.add(name, value));
    line.json()
}

/// What stands for the words of a line that has none: its name, where it was given one. Otherwise that is a place in a source file.
fn title(name: &str) -> &str {
    if name.starts_with("event ") { "" } else { name }
}

impl Fields {
    fn set(&mut self, name: impl Into<Cow<'static, str>>, value: Value) {
        let name = name.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// As [`Self::set`], but what every line has stays what it is, and what only traces need is left out.
    fn add(&mut self, name: Cow<'static, str>, value: Value) {
        const EVERY_LINE_HAS: [&str; 4] = ["ts", "level", "msg", "target"];
        if EVERY_LINE_HAS.contains(&name.as_ref()) {
            self.set(format!("{name}_"), value);
        } else if !name.starts_with("otel.") {
            self.set(name, value);
        }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    /// As an object whose members stay in order: people read these lines, too.
    fn json(&self) -> String {
        let member =
            |(name, value): &(Cow<'static, str>, Value)| format!("{}:{value}", Value::String(name.to_string()));
        format!("{{{}}}\n", self.0.iter().map(member).collect::<Vec<_>>().join(","))
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field.name(), Value::String(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field.name(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field.name(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field.name(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::telemetry::heard::Heard;

    /// The lines that are written while this is done.
    fn said(work: impl FnOnce()) -> Vec<Value> {
        let heard = Heard::begin();
        work();
        heard.lines()
    }

    #[test]
    fn a_line_has_what_its_spans_know_and_says_it_once() {
        let lines = said(|| {
            let visit =
                tracing::error_span!("visit", kind = "Gateway", name = "agents", trace_id = tracing::field::Empty);
            let _in_visit = visit.enter();
            tracing::warn!("before");
            visit.record("trace_id", "abc");
            let _in_call = tracing::error_span!("call", otel.kind = "client", rpc.method = "GetGateway").entered();
            tracing::info!(name = "other", count = 3, error = %"no \"answer\"\n", "within");
        });
        assert_eq!(lines.len(), 2);
        assert_eq!(
            (&lines[0]["level"], &lines[0]["msg"], &lines[0]["trace_id"]),
            (&json!("warn"), &json!("before"), &Value::Null)
        );
        let mut within = lines[1].clone();
        let moment = within["ts"].take();
        assert!(
            moment.as_str().is_some_and(|moment| moment.len() == 24 && moment.parse::<Timestamp>().is_ok()),
            "{moment}"
        );
        let expected = json!({
            "ts": null, "level": "info", "msg": "within", "target": module_path!(), "kind": "Gateway", "name": "other", "trace_id": "abc",
            "rpc.method": "GetGateway", "count": 3, "error": "no \"answer\"\n",
        });
        assert_eq!(within, expected);
    }

    #[test]
    fn what_every_line_has_cannot_be_replaced() {
        let lines = said(|| tracing::info!(level = 7, ts = "now", "hello"));
        assert_eq!(
            (&lines[0]["level"], &lines[0]["level_"], &lines[0]["ts_"]),
            (&json!("info"), &json!(7), &json!("now"))
        );
    }

    #[test]
    fn a_line_without_words_has_its_name() {
        let lines = said(|| {
            tracing::info!(count = 1);
            tracing::info!(name: "Batch.Failed", count = 2);
        });
        assert_eq!((&lines[0]["msg"], &lines[1]["msg"]), (&json!(""), &json!("Batch.Failed")));
    }

    #[test]
    fn members_stand_in_order() {
        let mut fields = Fields::default();
        for name in ["ts", "level", "msg", "zebra", "ant"] {
            fields.set(name, Value::Bool(true));
        }
        fields.set("msg", Value::Bool(false));
        assert_eq!(fields.json(), "{\"ts\":true,\"level\":true,\"msg\":false,\"zebra\":true,\"ant\":true}\n");
    }
}
