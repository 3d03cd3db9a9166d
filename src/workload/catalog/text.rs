//! Untrusted text made fit for people, and untrusted JSON made fit for comparison.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// A text with what does not print, or changes how its neighbours print, written as an escape; at most `limit` bytes, of which the
/// last say that something is missing.
pub(crate) fn printable(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        let before = shown.len();
        if unprintable(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
        if shown.len() > limit {
            // Room for the mark: whole characters are taken away until it fits.
            shown.truncate(before);
            while shown.len() + '…'.len_utf8() > limit && shown.pop().is_some() {}
            shown.push('…');
            break;
        }
    }
    shown
}

/// Control characters, and those of Unicode that turn or hide their neighbours in a terminal.
fn unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A name that may be shown and compared: printable, and where it has more than `limit` characters cut there, with a few digits of
/// its hash behind, so that two long names stay two and are still seen to be too long.
pub(super) fn distinct(name: &str, limit: usize) -> String {
    let shown = printable(name, usize::MAX);
    match shown.char_indices().nth(limit) {
        None => shown,
        Some((end, _)) => {
            let hash = hexadecimal(&Sha256::digest(name.as_bytes())[..4]);
            format!("{}…{hash}", &shown[..end])
        }
    }
}

/// Bytes in hexadecimal.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Feeds JSON to a hash so that equal documents, whatever the order of their members, are equal, and no others are. A parsed document
/// is at most 128 levels deep, so this ends.
pub(super) fn feed(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Null => hash.update(b"n"),
        Value::Bool(truth) => hash.update(if *truth { b"t" } else { b"f" }),
        Value::Number(number) => feed_text(hash, b'#', &number.to_string()),
        Value::String(text) => feed_text(hash, b'"', text),
        Value::Array(items) => {
            hash.update(b"[");
            hash.update(items.len().to_be_bytes());
            for item in items {
                feed(hash, item);
            }
        }
        Value::Object(members) => {
            // The order of a map depends on how serde_json was built.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            hash.update(b"{");
            hash.update(members.len().to_be_bytes());
            for (name, member) in members {
                feed_text(hash, b'"', name);
                feed(hash, member);
            }
        }
    }
}

fn feed_text(hash: &mut Sha256, tag: u8, text: &str) {
    hash.update([tag]);
    hash.update(text.len().to_be_bytes());
    hash.update(text.as_bytes());
}
