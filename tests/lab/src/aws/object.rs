//! One object of the emulated account.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::clock::after;

/// The kinds of objects that the emulation keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ObjectKind {
    /// A gateway of `AgentCore`.
    Gateway,
    /// A target of a gateway.
    GatewayTarget,
    /// A resource gateway of VPC Lattice, also one that `AgentCore` manages.
    ResourceGateway,
    /// A resource configuration of VPC Lattice.
    ResourceConfiguration,
    /// An association of a resource configuration with the service network of `AgentCore`.
    Association,
}

impl ObjectKind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Gateway, Self::GatewayTarget, Self::ResourceGateway, Self::ResourceConfiguration, Self::Association];

    /// The name that errors use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gateway => "Gateway",
            Self::GatewayTarget => "GatewayTarget",
            Self::ResourceGateway => "ResourceGateway",
            Self::ResourceConfiguration => "ResourceConfiguration",
            Self::Association => "ServiceNetworkResourceAssociation",
        }
    }

    /// True when AWS lets objects of this kind be tagged.
    #[must_use]
    pub fn has_tags(self) -> bool {
        self != Self::GatewayTarget
    }
}

/// Kind and id, which name an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) kind: ObjectKind,
    pub(super) id: String,
}

impl Key {
    pub(super) fn new(kind: ObjectKind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }
}

/// One object, with more members than any single answer shows.
pub(super) struct Object {
    pub(super) key: Key,
    /// The order of creation.
    pub(super) sequence: u64,
    /// All members of all descriptions of the object.
    pub(super) body: Map<String, Value>,
    /// Members that show only when the operation in progress is over.
    pub(super) upcoming: Map<String, Value>,
    pub(super) tags: BTreeMap<String, String>,
    /// The gateway of a target, otherwise empty.
    pub(super) gateway: String,
    /// Managed resource gateways and associations that the object needs.
    pub(super) uses: Vec<Key>,
    pub(super) pending: Option<Pending>,
    /// When AWS removes the object by itself.
    pub(super) reap_at: Option<Timestamp>,
    /// `DeleteGateway` calls that are still refused although the last target is gone.
    pub(super) stale_refusals: u32,
    earlier: Option<(Timestamp, Option<Map<String, Value>>)>,
    earlier_tags: Option<(Timestamp, BTreeMap<String, String>)>,
}

/// An operation in progress.
pub(super) struct Pending {
    pub(super) due: Timestamp,
    /// Gets that still have to see it.
    pub(super) reads_left: u32,
    /// Tells this operation from an earlier one on the same object.
    pub(super) ticket: u64,
    /// What the MCP server said, once it did.
    pub(super) answer: Option<Result<(), String>>,
    pub(super) then: Then,
}

/// How an operation in progress ends.
#[derive(Clone, Debug)]
pub(super) enum Then {
    /// In this status.
    Become { status: String, reasons: Vec<String> },
    /// READY when the MCP server gives its tools, otherwise in this status.
    AskServer { bad: &'static str },
    /// In a `*_PENDING_AUTH` status, which becomes the other one when nobody consents.
    AskPerson { status: &'static str, bad: &'static str },
    /// The object is gone.
    Disappear,
}

impl Then {
    /// The usual good end.
    pub(super) fn become_status(status: &str) -> Self {
        Self::Become { status: status.to_owned(), reasons: Vec::new() }
    }
}

impl Object {
    pub(super) fn new(key: Key, body: Map<String, Value>) -> Self {
        Self {
            key,
            sequence: 0,
            body,
            upcoming: Map::new(),
            tags: BTreeMap::new(),
            gateway: String::new(),
            uses: Vec::new(),
            pending: None,
            reap_at: None,
            stale_refusals: 0,
            earlier: None,
            earlier_tags: None,
        }
    }

    pub(super) fn text(&self, member: &str) -> &str {
        self.body.get(member).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn status(&self) -> &str {
        self.text("status")
    }

    pub(super) fn is_service_managed(&self) -> bool {
        ["serviceManaged", "amazonManaged"].iter().any(|member| self.body.get(*member) == Some(&Value::Bool(true)))
    }

    /// True for a target that is reached through a VPC.
    pub(super) fn is_private(&self) -> bool {
        self.body.contains_key("privateEndpoint")
    }

    pub(super) fn set_status(&mut self, status: &str, reasons: &[String]) {
        self.body.insert("status".to_owned(), json!(status));
        self.body.remove("statusReasons");
        self.body.remove("failureReason");
        self.body.remove("authorizationData");
        match (self.key.kind, reasons.first()) {
            (_, None) => {}
            (ObjectKind::ResourceConfiguration | ObjectKind::Association, Some(reason)) => {
                self.body.insert("failureReason".to_owned(), json!(reason));
            }
            (_, Some(_)) => {
                self.body.insert("statusReasons".to_owned(), json!(reasons));
            }
        }
    }

    /// True when the operation in progress may end now.
    pub(super) fn is_ready(&self, now: Timestamp) -> bool {
        self.pending.as_ref().is_some_and(|pending| {
            let answered = pending.answer.is_some() || !matches!(pending.then, Then::AskServer { .. });
            pending.due <= now && pending.reads_left == 0 && answered
        })
    }

    /// The body as a reader sees it who lags behind by `lag`; nothing when the object was not there yet.
    pub(super) fn seen(&self, now: Timestamp, lag: Duration) -> Option<&Map<String, Value>> {
        match &self.earlier {
            Some((at, earlier)) if after(*at, lag) > now => earlier.as_ref(),
            _ => Some(&self.body),
        }
    }

    pub(super) fn is_hidden(&self, now: Timestamp, lag: Duration) -> bool {
        self.earlier.as_ref().is_some_and(|(at, _)| after(*at, lag) > now)
    }

    /// Readers that lag behind see `earlier` for a while from now on.
    pub(super) fn hide_until_now(&mut self, now: Timestamp, earlier: Option<Map<String, Value>>) {
        self.earlier = Some((now, earlier));
    }

    /// The tags as a reader sees them who lags behind by `lag`.
    pub(super) fn seen_tags(&self, now: Timestamp, lag: Duration) -> &BTreeMap<String, String> {
        match &self.earlier_tags {
            Some((at, earlier)) if after(*at, lag) > now => earlier,
            _ => &self.tags,
        }
    }

    /// Changes the tags; true when that made a difference.
    pub(super) fn change_tags(
        &mut self,
        now: Timestamp,
        lag: Duration,
        change: impl FnOnce(&mut BTreeMap<String, String>),
    ) -> bool {
        let before = self.tags.clone();
        change(&mut self.tags);
        let changed = before != self.tags;
        if changed && self.earlier_tags.as_ref().is_none_or(|(at, _)| after(*at, lag) <= now) {
            self.earlier_tags = Some((now, before));
        }
        changed
    }
}
