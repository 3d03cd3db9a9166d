//! One handshake: what a gateway asks a server, in the gateway's order.

mod verdict;

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    Bounds, Call, Certificate, Obstacle, Probe, Protocol,
    conversation::{Conversation, MODERN, client},
};
use crate::{
    plan::Reason,
    workload::catalog::{Catalogue, Kind},
};

use verdict::{Refusal, judge, refused, unsupported};

/// The versions that gateways speak with servers (AgentCore Gateway's documentation of MCP server targets).
const VERSIONS: [&str; 4] = [MODERN, "2025-11-25", "2025-06-18", "2025-03-26"];

/// The version that a gateway opens with.
const OPENING: &str = "2025-11-25";

/// Makes one handshake within its time, and closes the session whatever came of it.
pub(super) async fn shake(
    probe: &Probe,
    call: &Call,
    addresses: &[SocketAddr],
    certificate: &mut Certificate,
) -> Result<Option<Catalogue>, Obstacle> {
    let mut conversation = Conversation::open(probe, call, addresses, certificate).await?;
    let held = timeout(probe.bounds.handshake, hold(&mut conversation, &probe.bounds)).await;
    conversation.close().await;
    held.unwrap_or_else(|_| Err(slow(call, &probe.bounds)))
}

async fn hold(conversation: &mut Conversation<'_>, bounds: &Bounds) -> Result<Option<Catalogue>, Obstacle> {
    match conversation.call().protocol {
        Protocol::Http => conversation.knock().await.map(|_| None),
        Protocol::Mcp => {
            let capabilities = greet(conversation).await?;
            offer(conversation, &capabilities, bounds).await.map(Some)
        }
    }
}

fn slow(call: &Call, bounds: &Bounds) -> Obstacle {
    Obstacle::failed(
        Reason::Slow,
        format!(
            "{} did not complete the handshake within {} seconds, which is about what AWS gives it. Keep a replica running, or make \
             the server start faster.",
            call.url(),
            bounds.handshake.as_secs_f32()
        ),
    )
}

/// Agrees on a version, and learns what the server is capable of.
async fn greet(conversation: &mut Conversation<'_>) -> Result<Value, Obstacle> {
    let call = conversation.call();
    let hello = json!({"protocolVersion": OPENING, "capabilities": {}, "clientInfo": client()});
    let answer = conversation.ask("initialize", hello).await?;
    let mut result = match judge(call, "initialize", false, answer) {
        Ok(result) => result,
        Err(Refusal::Final(obstacle)) => return Err(obstacle),
        Err(Refusal::Answered(error)) => return discover(conversation, &error).await,
    };
    let spoken = result["protocolVersion"].as_str().unwrap_or("no version");
    let Some(version) = VERSIONS.into_iter().find(|version| *version == spoken) else {
        return Err(unsupported(call, spoken));
    };
    conversation.agree(version);
    let status = conversation.tell("notifications/initialized").await?;
    verdict::by_status(call, "notifications/initialized", status).map_or(Ok(()), Err)?;
    Ok(result["capabilities"].take())
}

/// A server refused to be greeted: perhaps it speaks only the revision that has no greeting. It then says so when it is asked in that
/// revision, and it should have named the revision before
/// (<https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning>).
async fn discover(conversation: &mut Conversation<'_>, error: &Value) -> Result<Value, Obstacle> {
    let call = conversation.call();
    conversation.agree(MODERN);
    let answer = conversation.ask("server/discover", json!({})).await?;
    let found = judge(call, "server/discover", false, answer)
        .ok()
        .filter(|result| result["supportedVersions"].as_array().is_some_and(|all| all.iter().any(|one| one == MODERN)));
    match found {
        Some(mut result) if call.dynamic => Ok(result["capabilities"].take()),
        Some(_) => Err(verdict::only_modern(call)),
        None if verdict::names_modern(error) && !call.dynamic => Err(verdict::only_modern(call)),
        None => Err(refused(call, "initialize", error)),
    }
}

/// Reads every list that the server announces.
async fn offer(
    conversation: &mut Conversation<'_>,
    capabilities: &Value,
    bounds: &Bounds,
) -> Result<Catalogue, Obstacle> {
    if !capabilities["tools"].is_object() {
        return Err(Obstacle::failed(
            Reason::NoToolsCapability,
            format!(
                "{} announces no tools, so a gateway has nothing to offer. Declare the capability `tools` in the answer to initialize.",
                conversation.call().url()
            ),
        ));
    }
    let mut catalogue = Catalogue::default();
    for kind in Kind::ALL {
        if capabilities[List::of(kind).capability].is_object() {
            list(conversation, kind, &mut catalogue, bounds).await?;
        }
    }
    Ok(catalogue)
}

/// Reads one list, page by page. Only tools must be listed: what a server announces and then does not know is none.
async fn list(
    conversation: &mut Conversation<'_>,
    kind: Kind,
    catalogue: &mut Catalogue,
    bounds: &Bounds,
) -> Result<(), Obstacle> {
    let call = conversation.call();
    let List { method, member, .. } = List::of(kind);
    let (mut parameters, mut count) = (json!({}), 0);
    for _ in 0..bounds.pages {
        let answer = conversation.ask(method, parameters).await?;
        let result = match judge(call, method, conversation.has_session(), answer) {
            Ok(result) => result,
            Err(Refusal::Answered(_)) if kind != Kind::Tool => return Ok(()),
            Err(Refusal::Answered(error)) => return Err(refused(call, method, &error)),
            Err(Refusal::Final(obstacle)) => return Err(obstacle),
        };
        let Some(items) = result[member].as_array() else {
            return if kind == Kind::Tool { Err(verdict::no_list(call, method, member)) } else { Ok(()) };
        };
        catalogue.extend(kind, items);
        count += items.len();
        if count > bounds.entries {
            break;
        }
        let Some(cursor) = result["nextCursor"].as_str() else { return Ok(()) };
        parameters = json!({"cursor": cursor});
    }
    Err(verdict::endless(call, method, bounds))
}

/// How one kind of entry is listed.
struct List {
    method: &'static str,
    member: &'static str,
    capability: &'static str,
}

impl List {
    const fn of(kind: Kind) -> Self {
        let (method, member, capability) = match kind {
            Kind::Tool => ("tools/list", "tools", "tools"),
            Kind::Prompt => ("prompts/list", "prompts", "prompts"),
            Kind::Resource => ("resources/list", "resources", "resources"),
            Kind::ResourceTemplate => ("resources/templates/list", "resourceTemplates", "resources"),
        };
        Self { method, member, capability }
    }
}
