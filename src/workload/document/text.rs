//! Changes a JSON text where it has to change, and keeps every other byte: order, layout, numbers as they were written.

use serde_json::json;

use super::METHODS;

/// The text of a document with one server, and without those of its paths and operations. The text is JSON, as `serde_json` takes it.
pub(super) fn with_server(document: &str, url: &str) -> String {
    let server = json!([{"url": url}]).to_string();
    let mut is_said = false;
    let document = edited(document, |name, value| match name {
        "servers" => (!std::mem::replace(&mut is_said, true)).then(|| server.clone()),
        "paths" => Some(edited(value, |path, item| {
            Some(if path.starts_with('/') { without_servers(item) } else { item.to_owned() })
        })),
        _ => Some(value.to_owned()),
    });
    if is_said { document } else { appended(&document, &format!("\"servers\":{server}")) }
}

/// A path without its own servers, and without those of its operations.
fn without_servers(path: &str) -> String {
    edited(path, |name, value| match name {
        "servers" => None,
        method if METHODS.contains(&method) => {
            Some(edited(value, |name, value| (name != "servers").then(|| value.to_owned())))
        }
        _ => Some(value.to_owned()),
    })
}

/// The text of an object with each member's value as `edit` answers, or without the member. What is no object stays as it is.
fn edited(object: &str, mut edit: impl FnMut(&str, &str) -> Option<String>) -> String {
    let Some(members) = members(object) else { return object.to_owned() };
    let kept: Vec<String> = members
        .into_iter()
        .filter_map(|member| Some(format!("{}{}{}", member.before, edit(&member.name, member.value)?, member.after)))
        .collect();
    format!("{{{}}}", kept.join(","))
}

/// The text of an object with one more member, its last.
fn appended(object: &str, member: &str) -> String {
    let Some(open) = object.trim_end().strip_suffix('}') else { return object.to_owned() };
    let open = open.trim_end();
    let separator = if open.ends_with('{') { "" } else { "," };
    format!("{open}{separator}{member}}}")
}

/// One member of an object, as it is written.
struct Member<'text> {
    /// Everything from the comma or brace before it up to its value.
    before: &'text str,
    name: String,
    value: &'text str,
    /// White space between its value and the comma or brace after it.
    after: &'text str,
}

/// The members of an object in the order of the text; `None` for what is no object.
fn members(object: &str) -> Option<Vec<Member<'_>>> {
    let mut rest = object.trim().strip_prefix('{')?.strip_suffix('}')?;
    let mut members = Vec::new();
    while !rest.trim_start().is_empty() {
        let quote = rest.find('"')?;
        let name_end = quote + string_length(&rest[quote..])?;
        let name = serde_json::from_str(&rest[quote..name_end]).ok()?;
        let colon = name_end + rest[name_end..].find(':')? + 1;
        let start = colon + (rest[colon..].len() - rest[colon..].trim_start().len());
        let end = start + value_length(&rest[start..])?;
        let next = end + rest[end..].find(',').unwrap_or(rest.len() - end);
        members.push(Member { before: &rest[..start], name, value: &rest[start..end], after: &rest[end..next] });
        rest = rest.get(next + 1..).unwrap_or_default();
    }
    Some(members)
}

/// How many bytes the string has that the text starts with, quotes included.
fn string_length(text: &str) -> Option<usize> {
    let mut is_escaped = true;
    text.bytes()
        .position(|byte| {
            let ends = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            ends
        })
        .map(|end| end + 1)
}

/// How many bytes the value has that the text starts with.
fn value_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at += string_length(&text[at..])?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            b',' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => return Some(at),
            _ => {
                at += 1;
                if depth == 0 {
                    continue;
                }
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
    (depth == 0).then_some(at)
}
