//! The state of the one account and region that there is: objects, what they are waiting for, and what time makes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::clock::{Clock, after};
use super::ids::Ids;
use super::network::Network;
use super::object::{Key, Object, ObjectKind, Pending, Then};
use super::options::AwsOptions;
use super::policy::Policies;
use super::rates::Rates;
use super::refusal::Refusal;

/// What an operation did.
pub(super) struct Done {
    /// The description that the answer is cut from.
    pub(super) answer: Value,
    /// Whether the stored state changed.
    pub(super) changed: bool,
    /// The object that the operation was about.
    pub(super) object: Option<Key>,
}

impl Done {
    /// The outcome of a read.
    pub(super) fn read(answer: Value) -> Self {
        Self { answer, changed: false, object: None }
    }
}

/// An MCP server that is to be asked for its tools.
pub(super) struct Inquiry {
    pub(super) target: Key,
    pub(super) ticket: u64,
    pub(super) not_before: Timestamp,
}

/// Everything that the emulated AWS knows.
pub(super) struct Account {
    pub(super) options: Arc<AwsOptions>,
    /// The virtual time of the decision that is being made: it stands still until the next one.
    pub(super) now: Timestamp,
    pub(super) ids: Ids,
    pub(super) rates: Rates,
    pub(super) private_zones: Vec<String>,
    /// What EC2, ELB, ACM and Route 53 describe.
    pub(super) network: Network,
    /// Operations that no policy allows the caller.
    pub(super) denied: BTreeSet<String>,
    /// What callers may do, by their access keys; those that are not here may do everything.
    pub(super) policies: BTreeMap<String, Arc<Policies>>,
    /// The roles that services have made for themselves.
    pub(super) service_linked_roles: BTreeSet<String>,
    /// MCP servers to ask once the lock on the account is free.
    pub(super) inquiries: Vec<Inquiry>,
    clock: Arc<Clock>,
    objects: BTreeMap<Key, Object>,
    tokens: BTreeMap<(String, String), Remembered>,
    counter: u64,
}

/// What tells in the answer to a creation which object was made.
const SAYS_WHICH: [&str; 5] = ["gatewayId", "gatewayArn", "gatewayUrl", "targetId", "workloadIdentityDetails"];

struct Remembered {
    input: Value,
    answer: Value,
    object: Key,
}

impl Account {
    pub(super) fn new(options: Arc<AwsOptions>, clock: Arc<Clock>) -> Self {
        Self {
            ids: Ids::new(options.seed),
            rates: Rates::default(),
            private_zones: Vec::new(),
            network: Network::default(),
            denied: BTreeSet::new(),
            policies: BTreeMap::new(),
            service_linked_roles: BTreeSet::new(),
            inquiries: Vec::new(),
            objects: BTreeMap::new(),
            tokens: BTreeMap::new(),
            counter: 0,
            now: clock.now(),
            options,
            clock,
        }
    }

    /// The ARN of something in this account and region.
    pub(super) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.options.region, self.options.account)
    }

    /// Whether a test has declared that a name resolves inside VPCs only.
    pub(super) fn has_private_zone(&self, name: &str) -> bool {
        let below =
            |zone: &String| name.strip_suffix(zone.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        self.private_zones.iter().any(below)
    }

    /// The ARN of whoever calls.
    pub(super) fn caller(&self) -> String {
        format!("arn:aws:sts::{}:assumed-role/lab/lab", self.options.account)
    }

    /// The virtual time as AWS writes it.
    pub(super) fn stamp(&self) -> Value {
        stamp(self.now)
    }

    /// Objects of a kind in the order of their creation.
    pub(super) fn of_kind(&self, kind: ObjectKind) -> Vec<&Object> {
        let mut found: Vec<_> = self.objects.values().filter(|object| object.key.kind == kind).collect();
        found.sort_by_key(|object| object.sequence);
        found
    }

    /// The targets of a gateway in the order of their creation.
    pub(super) fn targets_of(&self, gateway: &str) -> Vec<&Object> {
        self.of_kind(ObjectKind::GatewayTarget).into_iter().filter(|target| target.gateway == gateway).collect()
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Object> {
        self.objects.get(key)
    }

    pub(super) fn get_mut(&mut self, key: &Key) -> Option<&mut Object> {
        self.objects.get_mut(key)
    }

    /// The object as a Get may show it: subject to the lag after writes, and counted as a read.
    pub(super) fn read(&mut self, key: &Key) -> Option<Value> {
        let (now, lag) = (self.now, self.options.get_lag);
        let object = self.objects.get_mut(key)?;
        if let Some(pending) = &mut object.pending {
            pending.reads_left = pending.reads_left.saturating_sub(1);
        }
        object.seen(now, lag).cloned().map(|body| self.told(key.kind, body))
    }

    /// The objects as a list may show them, with their positions for page tokens.
    pub(super) fn listed(&self, kind: ObjectKind) -> Vec<(u64, &Object, Value)> {
        let (now, lag) = (self.now, self.options.list_lag);
        self.of_kind(kind)
            .into_iter()
            .filter_map(|object| {
                Some((object.sequence, object, self.told(object.key.kind, object.seen(now, lag)?.clone())))
            })
            .collect()
    }

    /// A description as it is told: VPC Lattice need not say when it last changed something.
    fn told(&self, kind: ObjectKind, mut body: Map<String, Value>) -> Value {
        if !self.options.lattice_times
            && matches!(kind, ObjectKind::ResourceGateway | ObjectKind::ResourceConfiguration)
        {
            body.remove("lastUpdatedAt");
        }
        Value::Object(body)
    }

    /// Adds an object.
    pub(super) fn insert(&mut self, mut object: Object) -> Key {
        self.counter += 1;
        object.sequence = self.counter;
        object.hide_until_now(self.now, None);
        let key = object.key.clone();
        self.objects.insert(key.clone(), object);
        key
    }

    /// Removes an object at once, and lets go of what it used.
    pub(super) fn remove(&mut self, key: &Key) -> Option<Object> {
        let object = self.objects.remove(key)?;
        self.release(&object.uses);
        Some(object)
    }

    /// Notes what the object is like before it changes, for readers that lag behind.
    pub(super) fn before_change(&mut self, key: &Key) {
        let now = self.now;
        let longest = self.options.get_lag.max(self.options.list_lag);
        if let Some(object) = self.objects.get_mut(key)
            && !longest.is_zero()
            && !object.is_hidden(now, longest)
        {
            let body = object.body.clone();
            object.hide_until_now(now, Some(body));
        }
    }

    /// Puts an object into an in-progress state that ends after a time.
    pub(super) fn begin(&mut self, key: &Key, status: &str, takes: Duration, then: Then) {
        self.counter += 1;
        let (ticket, due) = (self.counter, after(self.now, takes));
        let reads_left = self.options.reads_before_settled;
        let asks = matches!(then, Then::AskServer { .. });
        let Some(object) = self.objects.get_mut(key) else { return };
        object.body.insert("status".to_owned(), json!(status));
        object.body.remove("statusReasons");
        object.body.remove("authorizationData");
        object.pending = Some(Pending { due, reads_left, ticket, answer: None, then });
        if asks {
            self.inquiries.push(Inquiry { target: key.clone(), ticket, not_before: due });
        }
    }

    /// Moves everything whose time has come.
    pub(super) fn settle(&mut self) {
        self.now = self.clock.now();
        let now = self.now;
        let ready: Vec<Key> =
            self.objects.values().filter(|object| object.is_ready(now)).map(|object| object.key.clone()).collect();
        for key in ready {
            self.settle_one(&key, now);
        }
        let reaped = |object: &Object| object.reap_at.is_some_and(|at| at <= now);
        self.objects.retain(|_, object| !reaped(object));
    }

    /// Lets go of managed things: what nobody uses any more disappears after a while.
    pub(super) fn release(&mut self, used: &[Key]) {
        let now = self.now;
        for key in used {
            if self.objects.values().any(|object| object.uses.contains(key)) {
                continue;
            }
            let provisioning = &self.options.provisioning;
            let linger = if key.kind == ObjectKind::Association {
                provisioning.association_linger
            } else {
                provisioning.managed_gateway_linger
            };
            if let Some(object) = self.objects.get_mut(key) {
                object.reap_at = Some(after(now, linger));
            }
        }
    }

    /// What an earlier call with this client token was told; `AgentCore` does not look at the rest of the call.
    pub(super) fn recall(&self, operation: &str, input: &Value) -> Option<Done> {
        let remembered = self.remembered(operation, input)?;
        let mut answer = match self.objects.get(&remembered.object) {
            Some(object) => Value::Object(object.body.clone()),
            None => remembered.answer.clone(),
        };
        if let Some(members) = answer.as_object_mut().filter(|_| self.options.repeats_without_id) {
            members.retain(|member, _| !SAYS_WHICH.contains(&member.as_str()));
        }
        Some(Done { answer, changed: false, object: Some(remembered.object.clone()) })
    }

    /// As [`Account::recall`] for VPC Lattice, which insists on equal calls.
    pub(super) fn recall_equal(&self, operation: &str, input: &Value) -> Result<Option<Done>, Refusal> {
        let Some(remembered) = self.remembered(operation, input) else { return Ok(None) };
        if remembered.input != *input {
            return Err(Refusal::conflict(
                remembered.object.kind.name(),
                &remembered.object.id,
                "The client token was used before with other parameters.",
            ));
        }
        let (answer, object) = (remembered.answer.clone(), Some(remembered.object.clone()));
        Ok(Some(Done { answer, changed: false, object }))
    }

    /// Remembers the client token of a successful creation and makes the outcome of it.
    pub(super) fn created(&mut self, operation: &str, input: &Value, object: Key) -> Done {
        let answer = self.objects.get(&object).map_or(Value::Null, |object| Value::Object(object.body.clone()));
        if let (Some(token), true) = (input["clientToken"].as_str(), self.options.token_memory) {
            let remembered = Remembered { input: input.clone(), answer: answer.clone(), object: object.clone() };
            self.tokens.insert((operation.to_owned(), token.to_owned()), remembered);
        }
        Done { answer, changed: true, object: Some(object) }
    }

    /// The outcome of a change of an object that is still there.
    pub(super) fn changed(&self, object: Key) -> Done {
        let answer = self.objects.get(&object).map_or(Value::Null, |object| Value::Object(object.body.clone()));
        Done { answer, changed: true, object: Some(object) }
    }

    /// Takes the answer of an MCP server; answers to inquiries that something newer has overtaken are dropped.
    pub(super) fn server_answered(&mut self, inquiry: &Inquiry, answer: Result<(), String>) {
        if let Some(object) = self.objects.get_mut(&inquiry.target)
            && let Some(pending) = &mut object.pending
            && pending.ticket == inquiry.ticket
        {
            pending.answer = Some(answer);
        }
    }

    fn remembered(&self, operation: &str, input: &Value) -> Option<&Remembered> {
        let token = input["clientToken"].as_str()?;
        self.tokens.get(&(operation.to_owned(), token.to_owned()))
    }

    fn settle_one(&mut self, key: &Key, now: Timestamp) {
        let consent = self.options.provisioning.authorization;
        let region = self.options.region.clone();
        let Some(object) = self.objects.get_mut(key) else { return };
        let Some(pending) = object.pending.take() else { return };
        object.body.append(&mut object.upcoming);
        match pending.then {
            Then::Become { status, reasons } => object.set_status(&status, &reasons),
            Then::AskServer { bad } => {
                if let Some(Err(reason)) = pending.answer {
                    object.set_status(bad, &[reason]);
                } else {
                    object.set_status("READY", &[]);
                    object.body.insert("lastSynchronizedAt".to_owned(), stamp(now));
                }
            }
            Then::AskPerson { status, bad } => {
                object.set_status(status, &[]);
                let url = format!(
                    "https://bedrock-agentcore.{region}.amazonaws.com/identities/oauth2/authorize?request_uri=urn%3A{}",
                    pending.ticket
                );
                object.body.insert("authorizationData".to_owned(), json!({"oauth2": {"authorizationUrl": url}}));
                let reasons = vec!["The authorization was not completed in time.".to_owned()];
                let then = Then::Become { status: bad.to_owned(), reasons };
                let due = after(now, consent);
                object.pending = Some(Pending { due, reads_left: 0, ticket: pending.ticket, answer: None, then });
            }
            Then::Disappear => {
                self.remove(key);
            }
        }
    }
}

/// A time as AWS writes it: ISO 8601 in UTC, to the microsecond.
pub(super) fn stamp(time: Timestamp) -> Value {
    json!(time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string())
}

/// The members of a body that callers choose, without what AWS keeps up to date itself.
pub(super) fn settings(body: &Map<String, Value>) -> Map<String, Value> {
    const KEPT_BY_AWS: [&str; 6] =
        ["status", "statusReasons", "updatedAt", "lastUpdatedAt", "lastSynchronizedAt", "authorizationData"];
    body.iter().filter(|(name, _)| !KEPT_BY_AWS.contains(&name.as_str())).map(|(k, v)| (k.clone(), v.clone())).collect()
}
