//! One answer of a server, read no further than it must be: as JSON, or as a stream of events.

use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Incoming};
use serde_json::Value;

use crate::workload::catalog::printable;

/// The header that names a session.
pub(super) const SESSION: &str = "mcp-session-id";

/// How much of an answer that was not understood is shown, in bytes.
const EXCERPT: usize = 120;

/// An answer to a request.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status of HTTP.
    pub(super) status: StatusCode,
    /// The session that the server opened, if it opens any.
    pub(super) session: Option<HeaderValue>,
    /// What came with it.
    pub(super) content: Content,
    /// Whether everything was read, so that the connection can be used again.
    pub(super) whole: bool,
}

/// What came with an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Content {
    /// The JSON-RPC answer to the request.
    Message(Value),
    /// Something else; the first of it, printable.
    Other(String),
    /// More than is read.
    TooLong,
    /// Not read, because the status says it all.
    Unread,
}

/// Reads the answer to request `id`, at most `most` bytes. Nothing is decompressed: no coding was offered, so what is compressed is not
/// understood.
pub(super) async fn read(response: Response<Incoming>, id: u64, most: usize) -> Result<Answer, hyper::Error> {
    let (head, body) = response.into_parts();
    let (status, session) = (head.status, head.headers.get(SESSION).cloned());
    if says_it_all(status) {
        let whole = body.is_end_stream();
        return Ok(Answer { status, session, content: Content::Unread, whole });
    }
    let streamed = head
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/event-stream"));
    let (content, whole) = if streamed { stream(body, id, most).await? } else { document(body, id, most).await? };
    Ok(Answer { status, session, content, whole })
}

/// Statuses that mean the same whatever comes with them.
fn says_it_all(status: StatusCode) -> bool {
    status.is_redirection() || status.is_server_error() || matches!(status.as_u16(), 401 | 403 | 408 | 425 | 429)
}

/// Reads one JSON document.
async fn document(mut body: Incoming, id: u64, most: usize) -> Result<(Content, bool), hyper::Error> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame?;
        let data = frame.data_ref().map_or(&[][..], |data| data);
        if bytes.len() + data.len() > most {
            return Ok((Content::TooLong, false));
        }
        bytes.extend_from_slice(data);
    }
    let message = serde_json::from_slice(&bytes).ok().filter(|message| answers(message, id));
    Ok((message.map_or_else(|| Content::Other(excerpt(&bytes)), Content::Message), true))
}

/// Reads events up to the one that answers: a server may keep the stream open behind it.
async fn stream(mut body: Incoming, id: u64, most: usize) -> Result<(Content, bool), hyper::Error> {
    let (mut events, mut length) = (Events::default(), 0);
    while let Some(frame) = body.frame().await {
        let frame = frame?;
        let data = frame.data_ref().map_or(&[][..], |data| data);
        length += data.len();
        if length > most {
            return Ok((Content::TooLong, false));
        }
        for event in events.feed(data) {
            if let Some(message) = serde_json::from_slice(&event).ok().filter(|message| answers(message, id)) {
                return Ok((Content::Message(message), body.is_end_stream()));
            }
        }
    }
    Ok((Content::Other("a stream that ends without an answer".to_owned()), true))
}

/// Whether a message is the answer to request `id`. An error may be about a request whose id the server could not, or need not, read.
fn answers(message: &Value, id: u64) -> bool {
    let own = message["id"] == id;
    message["jsonrpc"] == "2.0"
        && ((own && message.get("result").is_some())
            || (message["error"].is_object() && (own || message["id"].is_null())))
}

fn excerpt(bytes: &[u8]) -> String {
    let first = bytes.get(..4 * EXCERPT).unwrap_or(bytes);
    printable(&String::from_utf8_lossy(first), EXCERPT)
}

/// Server-sent events, of which only the data counts (HTML standard, section 9.2).
#[derive(Debug, Default)]
struct Events {
    line: Vec<u8>,
    data: Vec<u8>,
    /// A line feed now would belong to the carriage return before it.
    returned: bool,
}

impl Events {
    /// The events that these bytes complete.
    fn feed(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut events = Vec::new();
        for byte in bytes {
            match byte {
                b'\n' if std::mem::take(&mut self.returned) => {}
                b'\n' | b'\r' => {
                    self.returned = *byte == b'\r';
                    events.extend(self.end_line());
                }
                byte => {
                    self.returned = false;
                    self.line.push(*byte);
                }
            }
        }
        events
    }

    /// An empty line completes an event.
    fn end_line(&mut self) -> Option<Vec<u8>> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return Some(std::mem::take(&mut self.data)).filter(|data| !data.is_empty());
        }
        if let Some(value) = line.strip_prefix(b"data:") {
            if !self.data.is_empty() {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(value.strip_prefix(b" ").unwrap_or(value));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_found_however_they_are_cut_and_ended() {
        let text = "\u{feff}: hello\nid: 1\nretry: 3000\ndata:\n\ndata: one\r\ndata:  two\r\n\r\nevent: message\rdata:three\r\r";
        let expected = vec![b"one\n two".to_vec(), b"three".to_vec()];
        assert_eq!(Events::default().feed(text.as_bytes()), expected);
        let mut events = Events::default();
        let found: Vec<_> = text.bytes().flat_map(|byte| events.feed(&[byte])).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn only_an_answer_to_the_request_is_one() {
        let table = [
            (json!({"jsonrpc": "2.0", "id": 7, "result": {}}), true),
            (json!({"jsonrpc": "2.0", "id": 7, "error": {"code": -32601}}), true),
            (json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32700}}), true),
            (json!({"jsonrpc": "2.0", "error": {"code": -32700}}), true),
            (json!({"jsonrpc": "2.0", "id": 8, "result": {}}), false),
            (json!({"jsonrpc": "2.0", "id": 8, "error": {}}), false),
            (json!({"jsonrpc": "2.0", "id": 7, "error": "no"}), false),
            (json!({"jsonrpc": "2.0", "id": 7, "method": "ping"}), false),
            (json!({"jsonrpc": "2.0", "method": "notifications/message"}), false),
            (json!({"id": 7, "result": {}}), false),
            (json!({"tools": []}), false),
            (json!(["jsonrpc"]), false),
            (json!("2.0"), false),
        ];
        for (message, expected) in table {
            assert_eq!(answers(&message, 7), expected, "{message}");
        }
    }

    #[test]
    fn an_excerpt_is_short_and_printable() {
        let shown = excerpt(format!("\u{1b}[2J{}", "é".repeat(1_000)).as_bytes());
        assert!(shown.starts_with("\\u{1b}[2Jé") && shown.ends_with('…') && shown.len() <= EXCERPT, "{shown}");
    }
}
