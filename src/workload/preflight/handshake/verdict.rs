//! What an answer says of a server, as sentences for the person who runs it.

use http::StatusCode;
use serde_json::Value;

use super::{
    super::{
        Bounds, Call, Obstacle,
        answer::{Answer, Content},
        conversation::MODERN,
    },
    OPENING, VERSIONS,
};
use crate::{plan::Reason, workload::catalog::printable};

/// Errors that only a server of the revision without a greeting knows: a header that is missing, a capability, a version.
const MODERN_CODES: std::ops::RangeInclusive<i64> = -32022..=-32020;

/// How much of a server's own words is told, in bytes.
const QUOTED: usize = 200;

/// Why there is no result.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// The server answered with an error in JSON-RPC, or with 400, which may still mean something in another version.
    Answered(Value),
    /// Nothing else can come of it.
    Final(Obstacle),
}

/// The result of a request.
///
/// | status | content | becomes |
/// |---|---|---|
/// | 401, 403, 3xx, 408, 425, 429, 5xx | | see [`by_status`] |
/// | any other | a result | that result |
/// | any other | an error of JSON-RPC | that error |
/// | 404, in a session | anything else | `NotMcp`: another replica answered |
/// | 400 | anything else | an error without a code |
/// | any other | anything else | `NotMcp` |
pub(super) fn judge(call: &Call, method: &str, in_session: bool, answer: Answer) -> Result<Value, Refusal> {
    if let Some(obstacle) = by_status(call, method, answer.status) {
        return Err(Refusal::Final(obstacle));
    }
    let (url, status) = (call.url(), answer.status.as_u16());
    let not_mcp = |message: String| Refusal::Final(Obstacle::failed(Reason::NotMcp, message));
    match answer.content {
        Content::Message(mut message) if message["error"].is_null() => Ok(message["result"].take()),
        Content::Message(_) | Content::Other(_) if in_session && status == 404 => Err(not_mcp(format!(
            "{url} answers {method} with status 404 in a session that it has just opened: another replica answered. Give the Service \
             session affinity, or let the server keep no sessions."
        ))),
        Content::Message(mut message) => Err(Refusal::Answered(message["error"].take())),
        Content::Other(text) if status == 400 => Err(Refusal::Answered(Value::String(text))),
        Content::Other(text) => Err(not_mcp(format!(
            "{url} answers {method} with status {status} and {}, which is not JSON-RPC. Check the path, and that the server speaks \
             MCP over streamable HTTP there.",
            if text.is_empty() { "nothing else".to_owned() } else { format!("\"{text}\"") }
        ))),
        Content::TooLong if method == "initialize" => {
            Err(not_mcp(format!("{url} answers initialize with more than anybody would read, which is not MCP.")))
        }
        Content::TooLong => Err(Refusal::Final(Obstacle::unknown(
            Reason::Unavailable,
            format!("{url} answers {method} with more than the operator reads, so nothing is known of its tools."),
        ))),
        Content::Unread => Err(not_mcp(format!("{url} answers {method} with status {status}, which is not MCP."))),
    }
}

/// What a status says whatever comes with it.
pub(super) fn by_status(call: &Call, method: &str, status: StatusCode) -> Option<Obstacle> {
    let answers = format!("{} answers {method} with status {}", call.url(), status.as_u16());
    let obstacle = match status.as_u16() {
        401 | 403 if call.has_credentials => Obstacle::unknown(
            Reason::AuthRequired,
            format!("{answers}. Only the gateway has the target's credentials, so this proves nothing."),
        ),
        401 | 403 => Obstacle::failed(
            Reason::AuthRequired,
            format!(
                "{answers}, and the target has no credentials. Set credentialProviderConfigurations, or let the server be listed \
                 without credentials."
            ),
        ),
        300..=399 => Obstacle::failed(
            Reason::NotMcp,
            format!("{answers}, a redirect, which is not followed. Name the address where the server really is."),
        ),
        408 | 425 | 429 => Obstacle::unknown(Reason::Unavailable, format!("{answers}, which asks to come back later.")),
        502..=504 => Obstacle::failed(
            Reason::NoReadyEndpoints,
            format!(
                "{answers}: nothing behind the load balancer is ready. Look at the pods and at the health checks of the load balancer."
            ),
        ),
        500..=599 => {
            Obstacle::failed(Reason::NotMcp, format!("{answers}, which is not MCP. Look at the log of the server."))
        }
        _ => return None,
    };
    Some(obstacle)
}

/// The server speaks a version that gateways do not.
pub(super) fn unsupported(call: &Call, spoken: &str) -> Obstacle {
    Obstacle::failed(
        Reason::UnsupportedProtocolVersion,
        format!(
            "{} speaks {} of MCP, and gateways speak {}. Update the server's MCP library.",
            call.url(),
            printable(spoken, 40),
            VERSIONS.join(", ")
        ),
    )
}

/// The server speaks only the revision without a greeting, and the target lists in advance.
pub(super) fn only_modern(call: &Call) -> Obstacle {
    Obstacle::failed(
        Reason::UnsupportedProtocolVersion,
        format!(
            "{} speaks only {MODERN} of MCP, and a gateway that lists tools in advance opens with {OPENING}. Set listingMode: DYNAMIC \
             on the target, or let the server speak an older version, too; gateways speak {}.",
            call.url(),
            VERSIONS.join(", ")
        ),
    )
}

/// Whether an error can only come from a server of the revision without a greeting.
pub(super) fn names_modern(error: &Value) -> bool {
    error["code"].as_i64().is_some_and(|code| MODERN_CODES.contains(&code)) || error.to_string().contains(MODERN)
}

/// The server answers with an error of its own.
pub(super) fn refused(call: &Call, method: &str, error: &Value) -> Obstacle {
    let said = error.as_str().or_else(|| error["message"].as_str()).unwrap_or("no message");
    let said = printable(said, QUOTED);
    let all = error.to_string().to_lowercase();
    if method == "initialize" && all.contains("protocol") && all.contains("version") {
        return Obstacle::failed(
            Reason::UnsupportedProtocolVersion,
            format!(
                "{} refuses version {OPENING} of MCP (\"{said}\"), with which gateways open; they speak {}. Update the server's MCP \
                 library.",
                call.url(),
                VERSIONS.join(", ")
            ),
        );
    }
    Obstacle::failed(Reason::NotMcp, format!("{} refuses {method}: \"{said}\".", call.url()))
}

/// The server lists nothing where a list must be.
pub(super) fn no_list(call: &Call, method: &str, member: &str) -> Obstacle {
    Obstacle::failed(
        Reason::NotMcp,
        format!("{} answers {method} without a list of {member}, which is not MCP.", call.url()),
    )
}

/// The server lists more than anybody needs.
pub(super) fn endless(call: &Call, method: &str, bounds: &Bounds) -> Obstacle {
    Obstacle::unknown(
        Reason::Unavailable,
        format!(
            "{} does not end its answers to {method} within {} pages and {} entries, and the operator reads no further.",
            call.url(),
            bounds.pages,
            bounds.entries
        ),
    )
}
