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
    let wanted = input["maxResults"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(100);
    let size = wanted.min(account.options.page_size);
    let Some((items, next)) = cut(scope, entries, input["nextToken"].as_str(), size) else {
        return Err(Refusal::invalid("nextToken", "The token is not valid."));
    };
    Ok(match next {
        Some(token) => json!({"items": items, "nextToken": token}),
        None => json!({"items": items}),
    })
}

/// One page of `entries`, each with its position (from 1, rising), and the token of the next page; nothing when `token` is not one
/// of this list.
pub(super) fn cut<T>(
    scope: &str,
    entries: Vec<(u64, T)>,
    token: Option<&str>,
    size: usize,
) -> Option<(Vec<T>, Option<String>)> {
    let after = match token {
        None => 0,
        Some(token) => decode(scope, token)?,
    };
    let mut left = entries.into_iter().filter(|(position, _)| *position > after).peekable();
    let mut items = Vec::new();
    let mut last = after;
    while items.len() < size.max(1)
        && let Some((position, entry)) = left.next()
    {
        last = position;
        items.push(entry);
    }
    let next = left.peek().map(|_| encode(scope, last));
    Some((items, next))
}

/// Entries with their positions in a list that keeps its order.
pub(super) fn numbered<T>(entries: Vec<T>) -> Vec<(u64, T)> {
    (1..).zip(entries).collect()
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
