//! What AWS was asked, from the emulation's own record.

use std::collections::BTreeMap;

use serde_json::Value;

use super::story;
use crate::aws::Call;

/// The members of a request that say what it is about, the most telling first.
const SUBJECTS: [&str; 6] = [
    "name",
    "targetId",
    "resourceConfigurationIdentifier",
    "resourceGatewayIdentifier",
    "gatewayIdentifier",
    "resourceArn",
];

/// Shows every call that changed something, in order, and how often was read.
pub(super) fn show(calls: &[Call]) {
    story::chapter("What AWS was asked in all this");
    show_changes(calls);
    let mut reads: BTreeMap<&str, usize> = BTreeMap::new();
    for call in calls.iter().filter(|call| !call.mutating) {
        *reads.entry(&call.service).or_default() += 1;
    }
    let reads: Vec<String> = reads.iter().map(|(service, count)| format!("{service} {count}")).collect();
    story::tell(&format!("and it was read: {}", reads.join(", ")));
}

/// Shows the calls that could change something; the same call refused again and again is one line.
pub(super) fn show_changes(calls: &[Call]) {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for call in calls.iter().filter(|call| call.mutating) {
        let line = describe(call);
        match lines.last_mut() {
            Some((last, times)) if *last == line => *times += 1,
            _ => lines.push((line, 1)),
        }
    }
    for (line, times) in lines {
        story::output(&if times > 1 { format!("{line} ({times} times)") } else { line });
    }
}

fn describe(call: &Call) -> String {
    let subject = SUBJECTS.iter().find_map(|member| call.input.get(member).and_then(Value::as_str)).unwrap_or_default();
    let outcome = match (&call.error, &call.message) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.clone(),
        (None, _) => call.status.to_string(),
    };
    format!("{:<28} {subject:<36} {outcome}", call.operation)
}
