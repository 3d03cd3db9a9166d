//! The vocabulary of decisions: what to do next, or who must move first.
//!
//! Everything here is a value. Deciding is done by pure functions ([`crate::kinds::Managed::plan`]); doing is done elsewhere.

use std::{collections::BTreeMap, fmt};

use crate::aws::{Fault, FaultKind, ownership::hash};

/// What to do next, and nothing more.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan<Change> {
    /// AWS is as the spec asks.
    Settled,
    /// Send this one request, then look again.
    Change {
        /// Which attempt at creating this object the request is. It is part of the request's idempotency token, so an attempt after
        /// the first is written to status before the request is sent.
        attempt: Option<u32>,
        /// The one request.
        request: Change,
    },
    /// AWS cannot change in place what differs: another object would have to take over, which somebody has to allow.
    Replace(Replacement),
    /// Nothing to send: someone else must move first.
    Hold(Hold),
}

/// What AWS cannot change in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The word for the object: `resource gateway`.
    pub noun: &'static str,
    /// The members that differ, as they stand in the spec, with what the spec says there.
    pub members: BTreeMap<&'static str, String>,
    /// It follows from the replacement of what the spec refers to, and was allowed there.
    pub follows: bool,
}

impl Replacement {
    /// What replaces `noun`, where these rows differ: the member, what the spec says (`None`: nothing), and whether AWS has something else.
    /// `None` when no row does.
    pub fn of<const ROWS: usize>(
        noun: &'static str,
        rows: [(&'static str, Option<String>, bool); ROWS],
    ) -> Option<Self> {
        let differing = rows.into_iter().filter(|(_, _, differs)| *differs);
        let members: BTreeMap<_, _> =
            differing.map(|(member, wanted, _)| (member, wanted.unwrap_or_default())).collect();
        (!members.is_empty()).then_some(Self { noun, members, follows: false })
    }

    /// What has to be said to allow it: another edit, another object in AWS, and another try have another token, so that what was allowed
    /// once is not allowed for ever.
    pub fn token(&self, id: &str, tried: u32) -> String {
        hash(&format!("{id}\n{tried}\n{:?}", self.members), 8)
    }

    /// The members that differ, for people.
    pub fn names(&self) -> String {
        self.members.keys().copied().collect::<Vec<_>>().join(", ")
    }
}

impl<Change> Plan<Change> {
    /// A request that needs nothing remembered.
    pub fn change(request: Change) -> Self {
        Self::Change { attempt: None, request }
    }

    /// Waits for AWS or for another object.
    pub fn wait(reason: Reason, message: impl Into<String>) -> Self {
        Self::Hold(Hold::waiting(reason, message))
    }

    /// Waits for a person.
    pub fn stall(reason: Reason, message: impl Into<String>) -> Self {
        Self::Hold(Hold::stalled(reason, message))
    }
}

/// Why an object is not settled, by who must act next.
///
/// | variant | who acts | looked at again |
/// |---|---|---|
/// | `Waiting` | AWS, or another object | soon, then ever slower up to a minute; a watch or the sweep usually comes first |
/// | `Stalled` | a person | at the drift interval, because the world may have been repaired without touching the object |
/// | `Failed` | nobody knows yet | soon, then ever slower up to the retry cap |
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Hold {
    /// AWS or another object moves next.
    #[error("{reason}: {message}")]
    Waiting {
        /// Why, as it stands in conditions and events.
        reason: Reason,
        /// A sentence for the person who reads the status.
        message: String,
    },
    /// A person must act: no retry helps until the spec, or the world outside, changes.
    #[error("{reason}: {message}")]
    Stalled {
        /// Why, as it stands in conditions and events.
        reason: Reason,
        /// A sentence that says what to do.
        message: String,
    },
    /// A call failed in a way that says nothing about the object.
    #[error(transparent)]
    Failed(#[from] Fault),
}

impl Hold {
    /// Waits for AWS or for another object.
    pub fn waiting(reason: Reason, message: impl Into<String>) -> Self {
        Self::Waiting { reason, message: message.into() }
    }

    /// Waits for a person.
    pub fn stalled(reason: Reason, message: impl Into<String>) -> Self {
        Self::Stalled { reason, message: message.into() }
    }

    /// Why, as one word.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Waiting { reason, .. } | Self::Stalled { reason, .. } => *reason,
            Self::Failed(fault) => Reason::from(fault),
        }
    }

    /// Why, as a sentence.
    pub fn message(&self) -> String {
        match self {
            Self::Waiting { message, .. } | Self::Stalled { message, .. } => message.clone(),
            Self::Failed(fault) => fault.to_string(),
        }
    }
}

/// Declares [`Reason`] and its one spelling. What a person can do about each stands in `src/plan/reason/`: it is part of the documentation
/// of the variant, so that no reason is without, and becomes a page of `docs/reasons/`.
macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// Why something is as it is. The same word stands in conditions, events and metrics, and is spelled nowhere else.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(clippy::doc_markdown, reason = "the pages show messages as people see them")]
        pub enum Reason {
            $(
                $(#[doc = $doc])+
                #[doc = ""]
                #[doc = include_str!(concat!("plan/reason/", stringify!($name), ".md"))]
                $name,
            )+
        }

        impl Reason {
            /// Every reason, in the order of declaration.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The word as Kubernetes shows it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

reasons! {
    /// AWS has what the spec says.
    Settled,
    /// AWS is creating the object.
    Creating,
    /// AWS is applying a change.
    Updating,
    /// The object is being deleted.
    Deleting,
    /// AWS is reading the tools of the server again.
    Synchronizing,
    /// What was relied on changed while it was being looked at; the next look decides.
    Changed,
    /// `spec.suspend` is set: nothing is changed in AWS.
    Suspended,
    /// An object that the spec names does not exist.
    ReferenceNotFound,
    /// An object that the spec names exists and cannot be used yet.
    ReferenceNotReady,
    /// The spec names something that this namespace may not use.
    RefNotPermitted,
    /// The owner of the referenced object does not let this namespace attach.
    NamespaceNotAllowed,
    /// The execution role may not be used.
    RoleNotAllowed,
    /// AWS reports members that this version cannot send, and an update would remove them.
    UnknownMembers,
    /// The object has no load balancer yet, or AWS still provisions it.
    LoadBalancerPending,
    /// No load balancer of this account and region has the name that the object's status shows.
    LoadBalancerNotFound,
    /// The object's status shows several load balancers, and the spec does not say which one.
    LoadBalancerAmbiguous,
    /// The load balancer faces the internet, and the spec does not allow that.
    InternetFacing,
    /// The load balancer has no listener on the port that can speak TLS.
    NoTlsListener,
    /// No target of the load balancer is healthy.
    NoHealthyTarget,
    /// The certificate, or the resource configuration, is for another host.
    HostMismatch,
    /// The object serves several hosts, and the spec does not say which one.
    HostAmbiguous,
    /// No parent has accepted the route.
    RouteNotAccepted,
    /// The certificate is not signed by a public authority, and the spec names no other.
    PrivateCertificate,
    /// The certificate is out of date.
    CertificateExpired,
    /// The VPC does not know the host.
    PrivateDnsMissing,
    /// The VPC's resolver does not answer, or not from private hosted zones.
    VpcDnsDisabled,
    /// No security group is named, and AWS's silent default would not work.
    SecurityGroupRequired,
    /// The resource gateway's security groups let no traffic out to the endpoint.
    EgressBlocked,
    /// The security groups of the load balancer, or of what is behind it, let no traffic in from the resource gateway.
    IngressBlocked,
    /// The host is private, and the resource gateway asks public DNS.
    PrivateNameOnPublicResolver,
    /// The gateway lets everybody in, and AWS refuses private targets on such a gateway.
    InboundAuthRequired,
    /// Another object has this name in AWS.
    NameTaken,
    /// The object in AWS carries the marker of another cluster.
    OwnershipConflict,
    /// Others still use the object.
    InUse,
    /// Objects in this cluster still use it.
    HasDependents,
    /// AWS still associates it with something.
    WaitingForAssociation,
    /// The object that had this name before is still going away.
    WaitingForPredecessor,
    /// The spec asks for something that cannot change once it is set.
    ImmutableField,
    /// The change needs a new object in AWS.
    ReplacementRequired,
    /// Somebody deleted the object in AWS.
    Gone,
    /// AWS could not create the object.
    CreateFailed,
    /// AWS could not apply the change; the old configuration still serves.
    UpdateUnsuccessful,
    /// AWS could not read the tools of the server.
    SynchronizeUnsuccessful,
    /// AWS could not delete the object.
    DeleteFailed,
    /// A look at the object took too long and was given up, or met a bug of the operator.
    Stuck,
    /// A person must give consent.
    AuthorizationRequired,
    /// AWS denied a call.
    Denied,
    /// The spec is not acceptable.
    Invalid,
    /// An AWS quota is used up.
    QuotaExceeded,
    /// AWS asked to slow down, or a limit on operations at once is reached.
    Throttled,
    /// AWS or the network did not answer.
    Unavailable,
    /// The server offers other tools than AWS knows; as an event: AWS knows other tools than before.
    ToolsChanged,
    /// Another object has, or somebody made, the `GatewayTarget` that this one asks for.
    DuplicateResource,
    /// A document is larger than AWS takes.
    SchemaTooLarge,
    /// A document names several domains, and a private endpoint has one.
    MultipleDomains,
    /// An operation has no operationId, and so no name as a tool.
    OperationIdMissing,
    /// The target cannot be reached through a private endpoint, and what it names cannot be reached otherwise.
    PrivateEndpointNotSupported,
    /// The AWS account or region is not the one that made this object.
    IdentityMismatch,
    /// What answers at the endpoint does not speak MCP.
    NotMcp,
    /// The server speaks no version of MCP that a gateway speaks, or one that a gateway only speaks with another listing mode.
    UnsupportedProtocolVersion,
    /// The server wants credentials, and the target has none.
    AuthRequired,
    /// The server announces no tools.
    NoToolsCapability,
    /// Nothing behind the load balancer is ready to answer.
    NoReadyEndpoints,
    /// The operator cannot reach the server from where it runs, which proves nothing about the gateway.
    Unreachable,
    /// The server answers, but later than a gateway waits.
    Slow,
}

impl Reason {
    /// Whether the spec and Kubernetes objects alone were enough to tell (condition `Accepted`); otherwise something had to be looked up.
    pub const fn is_about_acceptance(self) -> bool {
        matches!(
            self,
            Self::RefNotPermitted
                | Self::NamespaceNotAllowed
                | Self::RoleNotAllowed
                | Self::SecurityGroupRequired
                | Self::HostAmbiguous
                | Self::SchemaTooLarge
                | Self::MultipleDomains
                | Self::OperationIdMissing
                | Self::InboundAuthRequired
                | Self::Invalid
                | Self::ImmutableField
        )
    }

    /// Whether it is about the way to a server, or the server: what the spec refers to, and not what AWS was asked for.
    pub const fn is_about_the_way(self) -> bool {
        matches!(
            self,
            Self::LoadBalancerPending
                | Self::LoadBalancerNotFound
                | Self::LoadBalancerAmbiguous
                | Self::InternetFacing
                | Self::NoTlsListener
                | Self::NoHealthyTarget
                | Self::HostMismatch
                | Self::RouteNotAccepted
                | Self::PrivateCertificate
                | Self::CertificateExpired
                | Self::PrivateDnsMissing
                | Self::VpcDnsDisabled
                | Self::PrivateNameOnPublicResolver
                | Self::EgressBlocked
                | Self::IngressBlocked
                | Self::SecurityGroupRequired
                | Self::PrivateEndpointNotSupported
                | Self::InboundAuthRequired
                | Self::NotMcp
                | Self::UnsupportedProtocolVersion
                | Self::AuthRequired
                | Self::NoToolsCapability
                | Self::NoReadyEndpoints
                | Self::Unreachable
                | Self::Slow
        )
    }

    /// Whether it is that of a look which came to nothing, and says nothing of what stood before.
    pub const fn is_passing(self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable | Self::Changed)
    }

    /// Whether it is a missing permission: one that somebody is often about to give, so patience comes before alarm.
    pub const fn is_about_permission(self) -> bool {
        matches!(self, Self::RefNotPermitted | Self::NamespaceNotAllowed | Self::Denied)
    }
}

impl From<&Fault> for Reason {
    /// What a failed call says of an object when nobody knows better. A missing object or a conflict says that what was seen before is
    /// no longer so.
    fn from(fault: &Fault) -> Self {
        match fault.kind {
            FaultKind::NotFound | FaultKind::Conflict => Self::Changed,
            FaultKind::Refused => Self::Invalid,
            FaultKind::Quota => Self::QuotaExceeded,
            FaultKind::Throttled => Self::Throttled,
            FaultKind::Denied => Self::Denied,
            FaultKind::Unavailable => Self::Unavailable,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replacement(subnets: &str) -> Replacement {
        let rows = [("subnetIds", Some(subnets.to_owned()), true), ("vpcIdentifier", Some("vpc-1".to_owned()), false)];
        Replacement::of("resource gateway", rows).unwrap()
    }

    #[test]
    fn a_replacement_names_what_differs() {
        assert_eq!(replacement("a").names(), "subnetIds");
        assert_eq!(Replacement::of("target", [("type", None, false)]), None);
    }

    /// What was allowed once must not allow anything else.
    #[test]
    fn another_replacement_has_another_token() {
        let token = replacement("a b").token("rgw-1", 0);
        assert_eq!(token, replacement("a b").token("rgw-1", 0));
        assert_eq!(token.len(), 8);
        let others = [
            replacement("a c").token("rgw-1", 0),
            replacement("a b").token("rgw-2", 0),
            replacement("a b").token("rgw-1", 1),
        ];
        assert!(others.iter().all(|other| *other != token));
    }
}
