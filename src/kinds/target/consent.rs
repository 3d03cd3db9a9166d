//! A person's consent, which AWS waits for where a target's OAuth credential is got with the grant `AUTHORIZATION_CODE`.
//!
//! While it waits, for ten minutes, it neither updates nor deletes nor synchronizes the target.

use aws_sdk_bedrockagentcorecontrol::{operation::get_gateway_target::GetGatewayTargetOutput, types::TargetStatus};
use jiff::{SignedDuration, Timestamp};

use crate::{
    api::{GatewayTargetFacts, PendingAuthorization},
    aws::inventory::text,
    plan::{Hold, Reason},
    workload::hop::{Truth, Verdict},
};

/// How long AWS waits.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// What is needed, where nothing more is known.
pub(super) const NEEDED: &str = "AWS waits for a person's consent to the target's authorization";

/// What is said when nobody consented in time.
const OVER: &str = "Nobody has consented to the target's authorization in time; when AWS has given up, a new value of the annotation \
                    tools.agentcore.dev/reconcile-requested-at starts another attempt";

/// Whether AWS waits for a consent.
pub(super) fn is_pending(status: &str) -> bool {
    [TargetStatus::CreatePendingAuth, TargetStatus::UpdatePendingAuth, TargetStatus::SynchronizePendingAuth]
        .iter()
        .any(|pending| pending.as_str() == status)
}

/// Where and until when a person can consent, from what AWS says. Reading tools moves no time of the target's, so that of a synchronization's
/// consent is not known.
pub(super) fn pending(target: &GetGatewayTargetOutput) -> Option<PendingAuthorization> {
    if !is_pending(target.status.as_str()) {
        return None;
    }
    let data = target.authorization_data.as_ref()?.as_oauth2().ok()?;
    let since = text(&target.updated_at).parse::<Timestamp>().ok();
    let until = since.filter(|_| target.status != TargetStatus::SynchronizePendingAuth).map(|since| since + PATIENCE);
    Some(PendingAuthorization { url: data.authorization_url.clone(), expires_at: until.map(|until| until.to_string()) })
}

/// What to wait for, and from whom; `None`: that is not known, and the target has to be read. A person who did not consent in time has to start
/// again; the address that is over by then goes.
pub(super) fn awaited(facts: &mut GatewayTargetFacts, now: Timestamp) -> Option<Hold> {
    facts.aws_status.as_deref().filter(|status| is_pending(status))?;
    let PendingAuthorization { url, expires_at } = facts.authorization.as_ref()?;
    let until = expires_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
    if until.is_some_and(|until| until <= now) {
        facts.authorization = None;
        return Some(Hold::stalled(Reason::AuthorizationRequired, OVER));
    }
    Some(Hold::waiting(Reason::AuthorizationRequired, format!("{NEEDED}; open {url}")))
}

/// What condition `AuthorizationRequired` says; there is none while AWS waits for nobody.
pub(super) fn verdict(facts: &GatewayTargetFacts) -> Option<Verdict> {
    facts.aws_status.as_deref().filter(|status| is_pending(status))?;
    let message = match &facts.authorization {
        Some(PendingAuthorization { url, expires_at: Some(at) }) => format!("{NEEDED}; open {url} before {at}"),
        Some(PendingAuthorization { url, expires_at: None }) => format!("{NEEDED}; open {url} within ten minutes"),
        None => OVER.to_owned(),
    };
    Some(Verdict { status: Truth::True, reason: Reason::AuthorizationRequired, message })
}

#[cfg(test)]
mod tests;
