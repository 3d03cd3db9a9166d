//! What a failed test tells about its world.

use std::fmt::Write;

use serde_json::Value;

use super::World;

/// The kinds whose objects are told about.
const KINDS: [&str; 4] = ["Gateway", "GatewayTarget", "ResourceGateway", "ResourceConfiguration"];

/// How much of the operator's log and of AWS's ledger is told.
const LINES: usize = 40;

impl World {
    /// The state of every object, what the operator said last and what AWS was asked last.
    pub async fn report(&self) -> String {
        let mut report = String::from("--- objects\n");
        for kind in KINDS {
            for namespace in self.namespaces.short() {
                match self.list(kind, namespace).await {
                    Ok(objects) => objects.iter().for_each(|object| describe(&mut report, kind, object)),
                    Err(error) => line(&mut report, &format!("{kind} in {namespace}: {error:#}")),
                }
            }
        }
        line(&mut report, &format!("--- the operator's last lines ({})", self.operator.log().display()));
        line(&mut report, &self.operator.log_tail(LINES));
        line(&mut report, "--- the last calls to AWS");
        let calls = self.aws.calls();
        for call in calls.iter().skip(calls.len().saturating_sub(LINES)) {
            let error = call.error.as_deref().unwrap_or_default();
            line(&mut report, &format!("{} {} {} {error}", call.index, call.operation, call.status));
        }
        report
    }
}

fn describe(report: &mut String, kind: &str, object: &Value) {
    let metadata = &object["metadata"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let going = if metadata["deletionTimestamp"].is_null() { "" } else { ", being deleted" };
    let (namespace, name) = (text(&metadata["namespace"]), text(&metadata["name"]));
    line(report, &format!("{kind} {namespace}/{name}, generation {}{going}", metadata["generation"]));
    for condition in object["status"]["conditions"].as_array().into_iter().flatten() {
        let [kind, status, reason, message] =
            ["type", "status", "reason", "message"].map(|member| text(&condition[member]));
        line(report, &format!("  {kind}={status} {reason} ({}): {message}", condition["observedGeneration"]));
    }
}

fn line(report: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(report, "{text}");
}
