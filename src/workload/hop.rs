//! What is known of one hop on the way from a resource gateway to a server.

use crate::{
    aws::{Fault, FaultKind},
    plan::{Hold, Reason},
};

/// Whether a hop works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It does, as far as was looked at.
    True,
    /// It certainly does not.
    False,
    /// It cannot be told, which never blocks.
    Unknown,
}

impl Truth {
    /// The word as it stands in a condition's status.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// What is known of a hop, as it stands in its condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Whether it works.
    pub status: Truth,
    /// Why, in one word; [`Reason::Settled`] where it works.
    pub reason: Reason,
    /// What was looked at and what to do, in sentences.
    pub message: String,
}

impl Verdict {
    /// It works.
    pub fn works(message: impl Into<String>) -> Self {
        Self { status: Truth::True, reason: Reason::Settled, message: message.into() }
    }

    /// It does not work.
    pub fn broken(reason: Reason, message: impl Into<String>) -> Self {
        Self { status: Truth::False, reason, message: message.into() }
    }

    /// It cannot be told.
    pub fn unknown(reason: Reason, message: impl Into<String>) -> Self {
        Self { status: Truth::Unknown, reason, message: message.into() }
    }

    /// It cannot be told, because AWS did not say what it is about.
    pub fn unreadable(what: &str, fault: &Fault) -> Self {
        Self::unknown(Reason::from(fault), unreadable(what, fault))
    }

    /// Whether it stands in the way of a create, or of an update that changes what it is about. What is not known never does.
    pub fn blocks(&self) -> bool {
        self.status == Truth::False
    }

    /// What it is for the loop, where it stands in the way: a wait for what usually comes by itself, or a matter for a person.
    pub fn hold(&self) -> Hold {
        /// What comes when a controller, a pod or a server is done with what it does.
        const BY_ITSELF: [Reason; 4] =
            [Reason::LoadBalancerPending, Reason::NoHealthyTarget, Reason::NoReadyEndpoints, Reason::Slow];
        let (reason, message) = (self.reason, self.message.clone());
        if BY_ITSELF.contains(&reason) { Hold::Waiting { reason, message } } else { Hold::Stalled { reason, message } }
    }

    /// The same verdict, with one more sentence.
    #[must_use]
    pub fn with_note(mut self, note: &str) -> Self {
        if !note.is_empty() {
            self.message = format!("{}. {note}", self.message);
        }
        self
    }

    /// What several looks at one hop come to. No fault hides another: where one look says that the hop is broken, the messages of all
    /// that are not sure are told, the broken ones first.
    pub fn all(parts: Vec<Self>) -> Self {
        let (works, mut doubts): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part.status == Truth::True);
        // A stable sort: among equals, the order of the looks.
        doubts.sort_by_key(|part| part.status != Truth::False);
        let told = |parts: &[Self]| parts.iter().map(|part| part.message.as_str()).collect::<Vec<_>>().join(". ");
        match doubts.first() {
            Some(first) => Self { status: first.status, reason: first.reason, message: told(&doubts) },
            None => Self::works(told(&works)),
        }
    }
}

/// The sentence about something that AWS did not tell: which permission is missing, or what became of the call. AWS's own words about a
/// missing permission are left out: EC2 puts an encoded message into them that differs each time.
pub fn unreadable(what: &str, fault: &Fault) -> String {
    if fault.kind == FaultKind::Denied {
        format!(
            "The operator may not read {what}: its role lacks the permission {}; add it to the role's policy",
            permission(fault.operation)
        )
    } else {
        format!("The operator could not read {what}: {fault}")
    }
}

/// The IAM action that allows an operation.
/// Services and actions: <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>.
pub fn permission(operation: &str) -> String {
    let service = match operation {
        "DescribeLoadBalancers"
        | "DescribeListeners"
        | "DescribeListenerCertificates"
        | "DescribeTargetGroups"
        | "DescribeTargetGroupAttributes"
        | "DescribeTargetHealth" => "elasticloadbalancing",
        "DescribeCertificate" => "acm",
        "ListHostedZonesByVPC" | "ListResourceRecordSets" => "route53",
        _ => "ec2",
    };
    format!("{service}:{operation}")
}

/// The names of a list as a sentence shows them: at most ten, so that a message stays one.
pub(super) fn listed<'names>(names: impl IntoIterator<Item = &'names str>) -> String {
    const SHOWN: usize = 10;
    let names: Vec<&str> = names.into_iter().collect();
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_part_breaks_the_hop_and_hides_no_other() {
        let works = || Verdict::works("a works");
        let unknown = || Verdict::unknown(Reason::Denied, "b cannot be read");
        let broken = || Verdict::broken(Reason::EgressBlocked, "c is shut");
        let other = || Verdict::broken(Reason::IngressBlocked, "d is shut");
        let table = [
            (vec![], Truth::True, Reason::Settled, ""),
            (vec![works(), works()], Truth::True, Reason::Settled, "a works. a works"),
            (vec![works(), unknown()], Truth::Unknown, Reason::Denied, "b cannot be read"),
            (vec![unknown(), broken(), works()], Truth::False, Reason::EgressBlocked, "c is shut. b cannot be read"),
            (vec![other(), broken()], Truth::False, Reason::IngressBlocked, "d is shut. c is shut"),
        ];
        for (parts, status, reason, message) in table {
            assert_eq!(Verdict::all(parts), Verdict { status, reason, message: message.to_owned() });
        }
    }

    #[test]
    fn a_missing_permission_is_named_by_its_action() {
        let table = [
            ("DescribeTargetHealth", "elasticloadbalancing:DescribeTargetHealth"),
            ("DescribeCertificate", "acm:DescribeCertificate"),
            ("ListResourceRecordSets", "route53:ListResourceRecordSets"),
            ("DescribeSecurityGroupRules", "ec2:DescribeSecurityGroupRules"),
        ];
        for (operation, action) in table {
            let denied = Fault::new(operation, Some("AccessDenied"), "not authorized");
            let verdict = Verdict::unreadable("it", &denied);
            assert_eq!((verdict.status, verdict.reason), (Truth::Unknown, Reason::Denied));
            assert!(verdict.message.contains(action), "{}", verdict.message);
        }
        let throttled = Fault::new("DescribeListeners", Some("Throttling"), "slowly");
        let verdict = Verdict::unreadable("the listeners", &throttled);
        assert_eq!(verdict.reason, Reason::Throttled);
        assert!(!verdict.message.contains("permission"), "{}", verdict.message);
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = (1..=12).map(|number| format!("n{number}")).collect();
        assert_eq!(listed(names.iter().map(String::as_str)), "n1, n2, n3, n4, n5, n6, n7, n8, n9, n10 and 2 more");
        assert_eq!(listed(["a", "b"]), "a, b");
        assert_eq!(listed(names[..10].iter().map(String::as_str)), "n1, n2, n3, n4, n5, n6, n7, n8, n9, n10");
    }
}
