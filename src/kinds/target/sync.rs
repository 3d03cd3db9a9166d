//! When AWS is asked to read a server's tools again, and when it has.
//!
//! What AWS knows is `status.catalogDigest`; what the server offers is the digest of the operator's own look. One request per difference:
//! what is about to be asked for is written down before it is asked for, with the time at which AWS had read the tools until then. A request
//! is done when that time has moved, whoever sent it; so neither a crash nor an ambiguous answer makes a second one.
//!
//! | what happened | `OnChange` | `OnRollout` | `Manual` |
//! |---|---|---|---|
//! | the annotation changed | ask | ask | ask |
//! | the digest changed, rollout complete | ask | | |
//! | the digest changed, rollout under way | wait | | |
//! | a rollout completed, the server was reached and offers the same | | ask | |
//! | a rollout completed, the server cannot be reached | ask | ask | |
//! | the last synchronization failed | ask, ever more rarely | same | same |
//! | scaled to nothing | wait | wait | |
//!
//! Never with `listingMode: DYNAMIC`, said or kept by AWS (nothing is stored), or with `mcpToolSchema` (nothing is asked), and at most `maxPerHour`.

use std::time::Duration;

use aws_sdk_bedrockagentcorecontrol::{
    operation::synchronize_gateway_targets::builders::SynchronizeGatewayTargetsInputBuilder, types::TargetStatus,
};
use jiff::Timestamp;
use kube::ResourceExt;

use super::{
    super::{FollowUp, World},
    Change, Desired,
    kind::lists_dynamically,
};
use crate::{
    api::{
        self, GatewayTarget, GatewayTargetFacts, GatewayTargetSpec, McpTargetConfiguration, PendingSynchronization,
        SYNC_REQUESTED_AT, SyncMode, Synchronization, TargetConfiguration,
    },
    aws::ownership::hash,
    plan::Reason,
    workload::{
        catalog::{Catalogue, difference},
        hop::Verdict,
        rollout::Rollout,
    },
};

/// How often an hour AWS is asked at most, unless the spec says otherwise.
const MOST_PER_HOUR: usize = 6;

/// How often the server is looked at between rollouts, unless the spec says otherwise.
const INTERVAL: Duration = Duration::from_mins(10);

/// What is known when it is decided.
#[derive(Debug)]
pub(super) struct Situation<'a> {
    pub(super) spec: &'a GatewayTargetSpec,
    /// The value of the annotation that asks for it.
    pub(super) asked: Option<&'a str>,
    /// What AWS knows, and when it last read it.
    pub(super) facts: &'a GatewayTargetFacts,
    /// The last time AWS read the tools it failed.
    pub(super) failed: bool,
    /// AWS was asked moments ago, and reads may not show it yet.
    pub(super) just_asked: bool,
    /// What the server offers.
    pub(super) offer: Offer<'a>,
    /// Whose pods answer, and how far their rollout is.
    pub(super) rollout: Option<&'a Rollout>,
    pub(super) now: Timestamp,
    /// The shortest pause before trying again.
    pub(super) floor: Duration,
}

/// What is known of what a server offers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Offer<'a> {
    /// This.
    Known(&'a Catalogue),
    /// It is being asked.
    Asked,
    /// It was asked, and does not answer as it should: AWS would fail, too.
    Broken,
    /// The operator cannot reach it.
    Unreachable,
}

impl<'a> Offer<'a> {
    /// What it offers, when that is known.
    pub(super) fn known(self) -> Option<&'a Catalogue> {
        match self {
            Self::Known(catalogue) => Some(catalogue),
            Self::Asked | Self::Broken | Self::Unreachable => None,
        }
    }
}

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Next {
    /// Nothing: AWS knows what the server offers, as far as that can be told.
    Nothing,
    /// Ask AWS, once what is in memory is written.
    Ask,
    /// Something has to happen first.
    Wait(Reason, String),
}

/// How this target's tools are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// AWS has read them from the server.
    Read,
    /// AWS asks the server whenever an agent lists them.
    Dynamic,
    /// They are said in the spec.
    Said,
    /// They come with the target: from its document, or from the connector.
    Document,
    /// There are none: the target is called as it is.
    None,
}

impl Kept {
    pub(super) fn of(spec: &GatewayTargetSpec, facts: &GatewayTargetFacts) -> Self {
        match &spec.target_configuration {
            TargetConfiguration::Mcp(McpTargetConfiguration::McpServer(server)) => {
                if server.mcp_tool_schema.is_some() {
                    Self::Said
                } else if lists_dynamically(spec, facts) {
                    Self::Dynamic
                } else {
                    Self::Read
                }
            }
            TargetConfiguration::Mcp(_) => Self::Document,
            TargetConfiguration::Http(_) | TargetConfiguration::Inference(_) => Self::None,
        }
    }
}

/// How often the server of this target is looked at, always the same for one target and another for each.
pub(super) fn interval(target: &GatewayTarget) -> Duration {
    let said = target.spec.sync.as_ref().and_then(|sync| sync.interval.as_deref());
    let parsed = said.and_then(|text| text.parse::<jiff::SignedDuration>().ok());
    let interval = parsed.and_then(|span| Duration::try_from(span).ok()).unwrap_or(INTERVAL);
    let share = u32::from_str_radix(&hash(&target.uid().unwrap_or_default(), 4), 16).unwrap_or(0x8000);
    interval.mul_f64(0.9 + 0.2 * f64::from(share) / f64::from(u16::MAX))
}

/// The value of the annotation that asks for a synchronization.
pub(super) fn asked(target: &GatewayTarget) -> Option<&str> {
    target.annotations().get(SYNC_REQUESTED_AT).map(String::as_str)
}

/// What follows once AWS has what the spec says: status is brought up to date with what AWS read, and AWS is asked to read again where it
/// has to.
pub(super) fn follow_up(
    target: &GatewayTarget,
    world: &World,
    desired: &Desired,
    facts: &mut GatewayTargetFacts,
    observed: &mut api::Observed,
    just_asked: bool,
) -> FollowUp<Change> {
    let kept = Kept::of(&target.spec, facts);
    // What only reads of AWS tell is looked at as often as they are believed.
    let believed = world.settings.drift_interval.saturating_mul(10);
    let is_read = desired.stage.is_some() || desired.way.is_private_api();
    let again = Some(if is_read { interval(target).min(believed) } else { interval(target) });
    if let Some(operations) = &desired.operations {
        let news = note_operations(&desired.name, operations, facts);
        return FollowUp { news, again, ..FollowUp::default() };
    }
    if let Some(stage) = &desired.stage {
        let before = facts.tools.clone();
        let is_news = stage.note(&desired.name, &desired.spec, facts);
        let news = is_news.then(|| changed(&desired.name, &before, &facts.tools)).filter(|news| !news.is_empty());
        return FollowUp { news, again, ..FollowUp::default() };
    }
    if matches!(kept, Kept::Said | Kept::Document | Kept::None) {
        return FollowUp { again, ..FollowUp::default() };
    }
    let failed = facts.aws_status.as_deref() == Some(TargetStatus::SynchronizeUnsuccessful.as_str());
    let offer = desired.way.offer();
    let memory = &mut observed.synchronization;
    let news = note(kept, &desired.name, offer.known(), facts, memory, failed);
    if kept != Kept::Read {
        return FollowUp { news, again, ..FollowUp::default() };
    }
    let situation = Situation {
        spec: &target.spec,
        asked: asked(target),
        facts,
        failed,
        just_asked,
        offer,
        rollout: desired.way.rollout.as_ref(),
        now: Timestamp::now(),
        floor: world.settings.retry_floor,
    };
    match decide(&situation, memory) {
        Next::Nothing => FollowUp { news, again, ..FollowUp::default() },
        Next::Wait(..) => {
            let soon = world.settings.retry_floor.saturating_mul(10);
            FollowUp { news, again: Some(soon), ..FollowUp::default() }
        }
        Next::Ask => {
            let request = SynchronizeGatewayTargetsInputBuilder::default()
                .gateway_identifier(&desired.gateway)
                .set_target_id_list(facts.target_id.clone().map(|id| vec![id]));
            FollowUp { request: Some(Change::Synchronize(request)), news, again }
        }
    }
}

/// The tools of a document are those that AWS was given with it.
fn note_operations(target: &str, operations: &[String], facts: &mut GatewayTargetFacts) -> Option<String> {
    let digest = hash(&operations.join("\n"), 32);
    if facts.catalog_digest.as_ref() == Some(&digest) {
        return None;
    }
    let is_first = facts.catalog_digest.is_none();
    let mut tools: Vec<String> = operations.iter().map(|operation| format!("{target}___{operation}")).collect();
    tools.sort();
    tools.truncate(crate::workload::catalog::LISTED);
    let before = std::mem::replace(&mut facts.tools, tools);
    facts.tool_count = Some(count(operations.len()));
    facts.catalog_digest = Some(digest);
    let change = changed(target, &before, &facts.tools);
    (!is_first && !change.is_empty()).then_some(change)
}

/// What changed between two lists of tools as agents see them, without the target's name.
fn changed(target: &str, before: &[String], after: &[String]) -> String {
    let prefix = format!("{target}___");
    let plain = |name: &'_ String| name.strip_prefix(&prefix).unwrap_or(name).to_owned();
    let (old, new): (Vec<String>, Vec<String>) =
        (before.iter().map(plain).collect(), after.iter().map(plain).collect());
    difference(old.iter().map(String::as_str), new.iter().map(String::as_str))
}

/// Decides, and brings what is remembered up to date: what is remembered afterwards is to be written before AWS is asked.
pub(super) fn decide(situation: &Situation<'_>, memory: &mut Option<Synchronization>) -> Next {
    let requested = situation.asked.map(str::to_owned);
    let rollout = situation.rollout;
    let is_complete = rollout.is_none_or(|rollout| rollout.complete);
    let Some(memory) = memory else {
        // What a target was made with, it was made with: the first look only notes it.
        let rollout = rollout.filter(|_| is_complete).map(|rollout| rollout.version.clone());
        *memory = Some(Synchronization { rollout, requested, ..Synchronization::default() });
        return Next::Nothing;
    };
    forget_what_is_over(memory, situation.now);
    if memory.pending.is_some() && situation.just_asked {
        return Next::Wait(
            Reason::Synchronizing,
            "AWS was asked to read the tools again, and does not show it yet".to_owned(),
        );
    }
    // What AWS is to read is noted with the request; else it would look like another change when AWS has read it.
    if memory.pending.is_some() && matches!(situation.offer, Offer::Asked) {
        let message = "AWS is asked to read the tools again as soon as the server has answered the operator";
        return Next::Wait(Reason::Synchronizing, message.to_owned());
    }
    let is_asked = requested.is_some() && requested != memory.requested;
    if is_asked {
        let next = ask(situation, memory);
        if next == Next::Ask {
            memory.requested = requested;
        }
        return next;
    }
    if situation.failed {
        return again(situation, memory);
    }
    if memory.pending.is_some() {
        return ask(situation, memory);
    }
    wanted(situation, memory, is_complete)
}

/// What the server, and the rollout of its pods, ask for.
fn wanted(situation: &Situation<'_>, memory: &mut Synchronization, is_complete: bool) -> Next {
    let version = situation.rollout.map(|rollout| rollout.version.clone());
    let is_empty = situation.rollout.is_some_and(|rollout| rollout.wanted == 0);
    let is_new = is_complete && !is_empty && version.is_some() && version != memory.rollout;
    let differs =
        |offer: &Catalogue| situation.facts.catalog_digest.as_ref().is_some_and(|known| *known != offer.digest());
    let mode = situation.spec.sync.as_ref().and_then(|sync| sync.mode).unwrap_or_default();
    let wants = match (mode, situation.offer) {
        (SyncMode::Manual, _) | (_, Offer::Asked | Offer::Broken) => false,
        (SyncMode::OnChange, Offer::Known(offer)) => differs(offer),
        (SyncMode::OnChange, Offer::Unreachable) | (SyncMode::OnRollout, Offer::Known(_) | Offer::Unreachable) => {
            is_new
        }
    };
    if wants && (!is_complete || is_empty) {
        let message = "The server offers other tools; AWS is asked when the rollout is complete";
        return Next::Wait(Reason::ToolsChanged, message.to_owned());
    }
    if wants {
        return ask(situation, memory);
    }
    if is_new && (matches!(situation.offer, Offer::Known(_)) || mode == SyncMode::Manual) {
        memory.rollout = version;
    }
    Next::Nothing
}

/// Asks once more after a failure, ever more rarely.
fn again(situation: &Situation<'_>, memory: &mut Synchronization) -> Next {
    const FIRST: u32 = 15;
    let tries = u32::try_from(memory.sent.len()).unwrap_or(u32::MAX).clamp(1, 16);
    let pause = situation.floor.saturating_mul(FIRST).saturating_mul(1 << (tries - 1));
    let last = memory.sent.last().and_then(|at| at.parse::<Timestamp>().ok());
    let waited = last.is_none_or(|last| situation.now.duration_since(last).unsigned_abs() >= pause);
    if waited && !matches!(situation.offer, Offer::Asked | Offer::Broken) {
        return ask(situation, memory);
    }
    Next::Wait(
        Reason::SynchronizeUnsuccessful,
        "AWS could not read the server's tools; it is asked again after a pause".to_owned(),
    )
}

/// Asks, when the hour allows it.
fn ask(situation: &Situation<'_>, memory: &mut Synchronization) -> Next {
    if let Some(message) = is_spent(situation.spec, memory) {
        return Next::Wait(Reason::ToolsChanged, message);
    }
    memory.pending = Some(PendingSynchronization {
        digest: situation.offer.known().map(Catalogue::digest),
        after: situation.facts.last_synchronized_at.clone(),
    });
    memory.sent.push(situation.now.to_string());
    if let Some(rollout) = situation.rollout.filter(|rollout| rollout.complete) {
        memory.rollout = Some(rollout.version.clone());
    }
    Next::Ask
}

/// Why AWS is not asked again within this hour.
fn is_spent(spec: &GatewayTargetSpec, memory: &Synchronization) -> Option<String> {
    let said = spec.sync.as_ref().and_then(|sync| sync.max_per_hour);
    let most = said.and_then(|most| usize::try_from(most).ok()).unwrap_or(MOST_PER_HOUR);
    (memory.sent.len() >= most).then(|| {
        format!(
            "AWS was asked {most} times within an hour, which is all that spec.sync.maxPerHour allows; it is asked again later"
        )
    })
}

fn forget_what_is_over(memory: &mut Synchronization, now: Timestamp) {
    let hour = jiff::SignedDuration::from_hours(1);
    memory.sent.retain(|at| at.parse::<Timestamp>().is_ok_and(|at| now.duration_since(at) < hour));
}

/// Takes note of what AWS has read since, in status and in memory. Answers what changed, in a form like `+subtract -get_time`.
pub(super) fn note(
    kept: Kept,
    target: &str,
    offer: Option<&Catalogue>,
    facts: &mut GatewayTargetFacts,
    memory: &mut Option<Synchronization>,
    failed: bool,
) -> Option<String> {
    let is_done = |pending: &PendingSynchronization| !failed && pending.after != facts.last_synchronized_at;
    let read = memory.as_mut().and_then(|memory| memory.pending.take_if(|pending| is_done(pending)));
    let is_first = facts.catalog_digest.is_none();
    if let Some(digest) = read.and_then(|pending| pending.digest) {
        facts.catalog_digest = Some(digest);
    }
    let offer = offer?;
    let digest = offer.digest();
    // AWS stores nothing of a server that it asks whenever an agent lists: what it offers is what agents get.
    let is_known = is_first || kept == Kept::Dynamic || facts.catalog_digest.as_ref() == Some(&digest);
    if !is_known || failed {
        return None;
    }
    let before = std::mem::take(&mut facts.tools);
    facts.tools = offer.names(target);
    facts.prompts = offer.prompt_names(target);
    facts.tool_count = Some(count(offer.tool_count()));
    facts.prompt_count = Some(count(offer.prompt_count()));
    facts.resource_count = Some(count(offer.resource_count()));
    facts.catalog_digest = Some(digest);
    let change = changed(target, &before, &facts.tools);
    (!is_first && !change.is_empty()).then_some(change)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What condition `ToolsSynced` says.
pub(super) fn verdict(
    kept: Kept,
    spec: &GatewayTargetSpec,
    facts: &GatewayTargetFacts,
    memory: Option<&Synchronization>,
    failed: bool,
    offer: Option<&Catalogue>,
) -> Verdict {
    match kept {
        Kept::Dynamic => return Verdict::works("AWS asks the server whenever an agent lists its tools"),
        Kept::Said => {
            return Verdict::works(
                "The tools are those that spec.targetConfiguration.mcp.mcpServer.mcpToolSchema says",
            );
        }
        Kept::Document => {
            return Verdict::works("The tools come with the target, and AWS reads them with every update");
        }
        Kept::None => return Verdict::works("The target is called as it is, and has no tools"),
        Kept::Read => {}
    }
    if facts.last_synchronized_at.is_none() {
        return Verdict::unknown(Reason::Creating, "AWS has not read the server's tools yet");
    }
    if failed {
        let why = crate::kinds::with_reasons(
            "AWS could not read the server's tools; those it knew before still serve",
            &facts.status_reasons,
        );
        return Verdict::broken(Reason::SynchronizeUnsuccessful, why);
    }
    if memory.is_some_and(|memory| memory.pending.is_some()) {
        return Verdict::unknown(Reason::Synchronizing, "AWS is reading the server's tools again");
    }
    match (offer.map(Catalogue::digest), &facts.catalog_digest) {
        (Some(offer), Some(known)) if offer != *known => {
            let then = memory.and_then(|memory| is_spent(spec, memory));
            let then = then.unwrap_or_else(|| "AWS is asked to read them again".to_owned());
            Verdict::broken(Reason::ToolsChanged, format!("The server offers other tools than AWS knows; {then}"))
        }
        (_, Some(_)) => Verdict::works("AWS knows the tools that the server offers"),
        (_, None) if facts.last_synchronized_at.is_none() => {
            Verdict::unknown(Reason::Creating, "AWS has not read the server's tools yet")
        }
        (_, None) => Verdict::unknown(
            Reason::Unreachable,
            "AWS has read the server's tools; the operator cannot reach the server, and does not know them",
        ),
    }
}

#[cfg(test)]
mod tests;
