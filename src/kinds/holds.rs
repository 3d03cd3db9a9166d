//! What several kinds say in the same words, and who must act then.

use aws_smithy_types::error::operation::BuildError;

use crate::{
    aws::{Fault, FaultKind},
    plan::{Hold, Reason},
};

/// A fault of a request that changes AWS, by who must act. The caller has taken out the errors that mean something of their own.
pub fn refused(fault: Fault) -> Hold {
    /// AgentCore says this of a role whose permissions are still spreading, with the same error as for input that is wrong.
    const SPREADING: [&str; 3] = ["lacks permission", "not authorized to assume", "cannot be assumed"];
    match fault.kind {
        FaultKind::Refused if SPREADING.iter().any(|text| fault.message.contains(text)) => {
            Hold::Failed(Fault { kind: FaultKind::Denied, ..fault })
        }
        FaultKind::Refused => Hold::stalled(Reason::Invalid, fault.to_string()),
        FaultKind::Quota => Hold::stalled(Reason::QuotaExceeded, fault.to_string()),
        FaultKind::NotFound
        | FaultKind::Conflict
        | FaultKind::Throttled
        | FaultKind::Denied
        | FaultKind::Unavailable => Hold::Failed(fault),
    }
}

/// A create that AWS refused because of something that is there: mostly another one of the name, which only the next look tells. AWS has one
/// code for that and for other reasons, so nothing is claimed that AWS did not say.
pub fn not_made(noun: &str, fault: &Fault) -> Hold {
    let message = format!("AWS does not make the {noun} now; looking whether another one has its name");
    busy(Reason::Changed, &message, fault)
}

/// A request that met a conflict, with AWS's own words about it.
pub fn busy(reason: Reason, message: &str, fault: &Fault) -> Hold {
    Hold::waiting(reason, with_reasons(message, std::slice::from_ref(&fault.message)))
}

/// What is to be said where AWS has the object under another name: neither can change, so one must have been edited past the API server.
pub fn renamed(wanted: &str, held: Option<&str>) -> Option<Hold> {
    let held = held.filter(|held| *held != wanted)?;
    Some(Hold::stalled(
        Reason::ImmutableField,
        format!(
            "spec.name is {wanted}, but the object is named {held} in AWS, and names cannot change; set spec.name to {held}"
        ),
    ))
}

/// A state that AWS reports and this version does not know.
pub fn unknown_state(state: &str) -> Hold {
    Hold::waiting(Reason::Updating, format!("AWS reports the status {state:?}, which this version does not know"))
}

/// A spec that makes no request. The schema lets none in; a newer version's stored objects might be such.
pub fn unbuildable(error: &BuildError) -> Hold {
    Hold::stalled(Reason::Invalid, format!("The spec makes no request that AWS would understand: {error}"))
}

/// AWS's own words about a failure, behind ours.
pub fn with_reasons(message: &str, reasons: &[String]) -> String {
    let reasons =
        reasons.iter().map(|reason| reason.trim()).filter(|reason| !reason.is_empty()).collect::<Vec<_>>().join("; ");
    let reasons = if reasons.is_empty() { "AWS gives no reason".to_owned() } else { reasons };
    crate::aws::fault::shorten(format!("{message}: {reasons}"))
}

/// A list of names, at most ten of them: messages have limits.
pub fn name_some(names: &[String]) -> String {
    const MOST: usize = 10;
    let text = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}
