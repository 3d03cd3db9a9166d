//! Pages of lists.

use serde_json::{Value, json};

use super::account::Account;
use super::refusal::Refusal;

/// The answer with one page of `entries`, each with its position; `scope` keeps the tokens of different lists apart.
pub(super) fn answer(
    account: &Account,
    scope: &str,
    entries: Vec<(u64, Value)>,
    input: &Value,
) -> Result<Value, Refusal> {
    let after = match input["nextToken"].as_str() {
        None => 0,
        Some(token) => decode(scope, token).ok_or_else(|| Refusal::invalid("nextToken", "The token is not valid."))?,
    };
    let wanted = input["maxResults"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(100);
    let size = wanted.min(account.options.page_size).max(1);
    let mut left = entries.into_iter().filter(|(position, _)| *position > after).peekable();
    let mut items = Vec::new();
    let mut last = after;
    while items.len() < size
        && let Some((position, entry)) = left.next()
    {
        last = position;
        items.push(entry);
    }
    Ok(match left.peek() {
        Some(_) => json!({"items": items, "nextToken": encode(scope, last)}),
        None => json!({"items": items}),
    })
}

fn encode(scope: &str, position: u64) -> String {
    format!("{scope}@{position}").bytes().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(hex_digit).collect()
}

fn hex_digit(digit: u8) -> Option<char> {
    char::from_digit(u32::from(digit), 16)
}

fn decode(scope: &str, token: &str) -> Option<u64> {
    let bytes: Option<Vec<u8>> = (0..token.len())
        .step_by(2)
        .map(|at| token.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    let text = String::from_utf8(bytes?).ok()?;
    text.strip_prefix(scope)?.strip_prefix('@')?.parse().ok()
}
