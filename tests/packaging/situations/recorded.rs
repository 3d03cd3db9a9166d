//! Objects as they were in each situation, without what is another each time.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};

/// What stands for every time.
const TIME: &str = "2026-01-01T00:00:00Z";

/// What ids are called in status, and what stands for each.
const IDS: [(&str, &str); 4] = [
    ("gatewayId", "gateway-0123456789"),
    ("targetId", "TARGET0123"),
    ("resourceGatewayId", "rgw-0123456789abcdef0"),
    ("resourceConfigurationId", "rcfg-0123456789abcdef0"),
];

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packaging/situations/recorded")
}

/// The object of a kind that was recorded in a situation.
pub(super) fn read(situation: &str, kind: &str) -> anyhow::Result<Value> {
    let path = directory().join(situation).join(format!("{kind}.yaml"));
    let yaml = std::fs::read_to_string(&path).with_context(|| {
        format!("cannot read {}; UPDATE_GOLDENS=1 cargo test --test packaging situations records it", path.display())
    })?;
    Ok(serde_saphyr::from_str(&yaml)?)
}

/// All that was recorded, as `situation/Kind.yaml`, sorted.
pub(super) fn names() -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for situation in std::fs::read_dir(directory())? {
        let situation = situation?;
        for file in std::fs::read_dir(situation.path())? {
            let (directory, file) = (situation.file_name(), file?.file_name());
            names.push(format!("{}/{}", directory.to_string_lossy(), file.to_string_lossy()));
        }
    }
    names.sort();
    Ok(names)
}

/// Keeps an object of the world whose namespaces begin with `prefix`.
pub(super) fn write(situation: &str, object: &Value, prefix: &str) -> anyhow::Result<()> {
    let directory = directory().join(situation);
    std::fs::create_dir_all(&directory)?;
    let kind = object["kind"].as_str().context("no kind")?;
    let yaml = serde_saphyr::to_string(&normalised(object, prefix))?;
    std::fs::write(directory.join(format!("{kind}.yaml")), yaml)?;
    Ok(())
}

/// The conditions that every kind has, with their statuses: what must not change unnoticed.
pub(super) fn shape(object: &Value) -> Vec<String> {
    const OWN: [&str; 6] =
        ["LoadBalancerReady", "CertificateTrusted", "DnsResolved", "NetworkAllowed", "Preflight", "ToolsSynced"];
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    let common = conditions.filter(|condition| !OWN.iter().any(|own| condition["type"] == **own));
    let mut shape: Vec<String> =
        common.map(|condition| format!("{}={}", condition["type"], condition["status"])).collect();
    shape.sort();
    shape
}

fn normalised(object: &Value, prefix: &str) -> Value {
    let mut object = object.clone();
    let metadata = &mut object["metadata"];
    metadata.as_object_mut().map(|metadata| metadata.remove("managedFields"));
    metadata["uid"] = json!("00000000-0000-0000-0000-000000000000");
    metadata["resourceVersion"] = json!("1");
    if object.pointer("/status/observed/specHash").is_some() {
        object["status"]["observed"]["specHash"] = json!("0");
    }
    let mut replaced: Vec<(String, String)> = vec![(prefix.to_owned(), String::new())];
    for (member, instead) in IDS {
        if let Some(id) = object["status"][member].as_str() {
            replaced.push((id.to_owned(), instead.to_owned()));
        }
    }
    walk(&mut object, &replaced);
    object
}

fn walk(value: &mut Value, replaced: &[(String, String)]) {
    match value {
        Value::String(text) => {
            for (from, to) in replaced {
                *text = text.replace(from, to);
            }
            *text = text.split(' ').map(word).collect::<Vec<_>>().join(" ");
        }
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, replaced)),
        Value::Object(members) => members.values_mut().for_each(|member| walk(member, replaced)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A word of a sentence; times, tokens and what AWS makes up are others each time.
fn word(word: &str) -> String {
    const ALLOWED: &str = "tools.agentcore.dev/replace=";
    if word.parse::<jiff::Timestamp>().is_ok() {
        return TIME.to_owned();
    }
    if let Some(at) = word.find(ALLOWED) {
        let token = at + ALLOWED.len();
        let rest = word.get(token + 8..).unwrap_or_default();
        return format!("{}01234567{rest}", &word[..token]);
    }
    if word.starts_with("https://") && word.contains("request_uri=") {
        return "https://signin.example.com/authorize".to_owned();
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_another_each_time_is_left_out() {
        let object = json!({
            "metadata": {"namespace": "world-platform", "uid": "u", "resourceVersion": "77", "managedFields": [],
                "creationTimestamp": "2026-05-05T05:05:05Z"},
            "status": {"gatewayId": "agents-x1", "observed": {"specHash": "abc"}, "conditions": [{
                "message": "see world-platform/agents (agents-x1), set tools.agentcore.dev/replace=deadbeef; since 2026-05-05T05:05:05Z",
            }]},
        });
        let expected = json!({
            "metadata": {"namespace": "platform", "uid": "00000000-0000-0000-0000-000000000000", "resourceVersion": "1",
                "creationTimestamp": TIME},
            "status": {"gatewayId": "gateway-0123456789", "observed": {"specHash": "0"}, "conditions": [{
                "message": format!("see platform/agents (gateway-0123456789), set tools.agentcore.dev/replace=01234567; since {TIME}"),
            }]},
        });
        assert_eq!(normalised(&object, "world-"), expected);
    }
}
