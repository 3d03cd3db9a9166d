//! Reading the ledger: what was asked, in which order, and word for word.

use anyhow::Context;
use lab::aws::Call;
use serde_json::{Map, Value};

/// The keys of the marker's tags.
const MARKER: [&str; 4] = [
    "tools.agentcore.dev/cluster",
    "tools.agentcore.dev/name",
    "tools.agentcore.dev/namespace",
    "tools.agentcore.dev/uid",
];

/// The operations of these calls, in their order.
pub(crate) fn operations(calls: &[Call]) -> Vec<&str> {
    calls.iter().map(|call| call.operation.as_str()).collect()
}

/// The operations of those calls that changed something in AWS, in their order.
pub(crate) fn changes(calls: &[Call]) -> Vec<&str> {
    calls.iter().filter(|call| call.changed).map(|call| call.operation.as_str()).collect()
}

/// The calls that were refused or lost, as operation and error.
pub(crate) fn refusals(calls: &[Call]) -> Vec<String> {
    let refused = calls.iter().filter_map(|call| Some((call, call.error.as_ref()?)));
    refused.map(|(call, error)| format!("{} {error}", call.operation)).collect()
}

/// The calls of one operation.
pub(crate) fn of<'a>(calls: &'a [Call], operation: &str) -> Vec<&'a Call> {
    calls.iter().filter(|call| call.operation == operation).collect()
}

/// The only call of one operation.
pub(crate) fn only<'a>(calls: &'a [Call], operation: &str) -> anyhow::Result<&'a Call> {
    let found = of(calls, operation);
    anyhow::ensure!(found.len() == 1, "{} calls of {operation} instead of one: {found:#?}", found.len());
    Ok(found[0])
}

/// The only call of one operation that has this text at a JSON pointer of its input.
pub(crate) fn only_with<'a>(calls: &'a [Call], operation: &str, pointer: &str, text: &str) -> anyhow::Result<&'a Call> {
    let is_meant = |call: &&Call| call.input.pointer(pointer).and_then(Value::as_str) == Some(text);
    let found: Vec<_> = of(calls, operation).into_iter().filter(is_meant).collect();
    anyhow::ensure!(found.len() == 1, "{} calls of {operation} with {text} at {pointer}: {found:#?}", found.len());
    Ok(found[0])
}

/// The whole of what a call asked for, but for token and marker. These are checked instead: a create has a token that AWS takes;
/// what it makes, and what replaces a target, carries a whole marker.
pub(crate) fn asked(call: &Call) -> anyhow::Result<Value> {
    let Value::Object(mut body) = call.input.clone() else { anyhow::bail!("no body: {call:#?}") };
    let creates = call.operation.starts_with("Create");
    match body.remove("clientToken") {
        Some(token) => anyhow::ensure!(creates && is_token(&token), "{} with token {token}", call.operation),
        None => anyhow::ensure!(!creates, "{} without token", call.operation),
    }
    if call.operation.ends_with("GatewayTarget") && !call.operation.starts_with("Delete") {
        take_description_marker(&mut body).with_context(|| format!("no marker in {call:#?}"))?;
    } else if creates {
        take_tag_marker(&mut body).with_context(|| format!("no marker in {call:#?}"))?;
    }
    Ok(Value::Object(body))
}

/// The text before the marker and the marker of a description.
pub(crate) fn split_description(description: &str) -> Option<(&str, &str)> {
    let (text, marker) = description.rsplit_once(' ').unwrap_or(("", description));
    let (cluster, rest) = marker.strip_prefix("k8s:")?.split_once('/')?;
    let (uid, object) = rest.split_once('-')?;
    (is_hexadecimal(cluster, 8) && is_hexadecimal(uid, 6) && is_hexadecimal(object, 6)).then_some((text, marker))
}

/// Fits both services: AgentCore takes 33 to 256 characters, VPC Lattice at most 64.
fn is_token(token: &Value) -> bool {
    token.as_str().is_some_and(|token| {
        (33..=64).contains(&token.len())
            && token.starts_with(|first: char| first.is_ascii_alphanumeric())
            && token.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
    })
}

fn take_description_marker(body: &mut Map<String, Value>) -> Option<()> {
    let description = body.remove("description")?;
    let (text, _) = split_description(description.as_str()?)?;
    if !text.is_empty() {
        body.insert("description".to_owned(), text.into());
    }
    Some(())
}

fn take_tag_marker(body: &mut Map<String, Value>) -> Option<()> {
    let tags = body.get_mut("tags")?.as_object_mut()?;
    for key in MARKER {
        tags.remove(key)?.as_str().filter(|value| !value.is_empty())?;
    }
    if tags.is_empty() {
        body.remove("tags");
    }
    Some(())
}

fn is_hexadecimal(text: &str, length: usize) -> bool {
    text.len() == length && text.chars().all(|letter| letter.is_ascii_digit() || ('a'..='f').contains(&letter))
}
