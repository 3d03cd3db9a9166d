//! Our knowledge of AWS, one module per kind, behind one trait.
//!
//! A kind says what its spec stands for ([`Managed::resolve`]), what AWS has ([`Managed::observe`]), what is to be done
//! ([`Managed::plan`], pure) and how it is done ([`Managed::perform`]). The loop around that is [`crate::reconcile`].

pub mod gateway;
mod holds;
mod lattice;
mod past;
pub mod private_endpoint;
pub mod references;
pub mod resource_configuration;
pub mod resource_gateway;
pub mod tags;
pub mod target;
mod unknown;

use self::tags::TagChange;
pub use self::{
    holds::{busy, name_some, not_made, refused, renamed, unbuildable, unknown_state, with_reasons},
    past::Past,
};

use std::{collections::BTreeMap, fmt::Debug, sync::Arc, time::Duration};

use kube::{
    Resource, ResourceExt,
    core::{NamespaceResourceScope, object::HasStatus},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    api::{self, Adopt, DeletionPolicy, Status},
    aws::{
        Aws, Fault, Scope, Summary,
        ownership::{Identity, Marker, hash, successor_name},
    },
    cluster::{Cluster, Stored, View},
    plan::{Hold, Plan},
    workload::{
        discovery::breaker::Halts, facts::Facts, hop::Verdict, offers::Offers, preflight::Preflights, rollout::Rollouts,
    },
};

/// What a visit can see and use.
#[derive(Clone)]
pub struct World {
    /// Kubernetes.
    pub cluster: Cluster,
    /// AWS.
    pub aws: Aws,
    /// What the operator was told at its start.
    pub settings: Arc<Settings>,
    /// What AWS said of load balancers and the way to them.
    pub facts: Facts,
    /// What servers answered.
    pub preflights: Preflights,
    /// When rollouts were seen to complete.
    pub rollouts: Rollouts,
    /// Gateways whose discovered targets are kept although their claims are gone.
    pub halts: Halts,
    /// What servers offer.
    pub offers: Offers,
    /// Somebody asked for this visit: what is remembered of the world outside is to be read again.
    pub asked: bool,
}

/// What the operator was told at its start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The cluster's identity in markers.
    pub cluster_name: String,
    /// Tags on everything that has tags.
    pub default_tags: BTreeMap<String, String>,
    /// Security groups for private endpoints whose spec names none.
    pub default_security_group_ids: Vec<String>,
    /// Patterns of identifiers that a spec may name although they are no objects here.
    pub allowed_external_ids: Vec<String>,
    /// Patterns of execution roles; empty: any role of the own account.
    pub allowed_role_arns: Vec<String>,
    /// How often AWS is compared with the specs, at most.
    pub drift_interval: Duration,
    /// The shortest pause before looking again.
    pub retry_floor: Duration,
    /// The longest pause before looking again after a failed call.
    pub retry_cap: Duration,
    /// Visits at once, per kind.
    pub concurrency: u16,
}

impl World {
    /// Who this object is in AWS.
    pub fn identity<K: Resource>(&self, object: &K) -> Identity {
        Identity {
            cluster: self.settings.cluster_name.clone(),
            namespace: object.namespace().unwrap_or_default(),
            name: object.name_any(),
            uid: object.uid().unwrap_or_default(),
        }
    }
}

/// What follows once AWS has what a spec says.
#[derive(Debug)]
pub struct FollowUp<Change> {
    /// One request more.
    pub request: Option<Change>,
    /// What people are told in an event.
    pub news: Option<String>,
    /// When to look again, where nothing else brings it up.
    pub again: Option<Duration>,
}

impl<Change> Default for FollowUp<Change> {
    fn default() -> Self {
        Self { request: None, news: None, again: None }
    }
}

/// How an object that AWS cannot change in place gives way to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Succession {
    /// It goes first: AWS knows one of its name.
    After,
    /// It serves until the other, under another name, is ready.
    Beside,
}

/// A custom resource with a counterpart in AWS.
pub trait Managed:
    Stored
    + Resource<DynamicType = (), Scope = NamespaceResourceScope>
    + HasStatus<Status = Status<Self::Facts>>
    + Clone
    + Debug
    + Serialize
    + DeserializeOwned
    + Send
    + Sync
    + 'static
{
    /// What users may rely on in status.
    type Facts: Clone + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync;
    /// The spec with every reference replaced by what it stands for. Its serialized form is the fingerprint.
    type Desired: Serialize + Send + Sync;
    /// What AWS says: the SDK's own Get output, with the tags when they were asked for.
    type Observed: Send + Sync;
    /// One request that changes AWS.
    type Change: Send;

    /// How another object takes over from one that AWS cannot change in place.
    const SUCCESSION: Succession;

    /// Whether the whole object can be sent once more although nothing differs ([`crate::api::RESEND_REQUESTED_AT`]): where AWS reads what
    /// a spec refers to only when it is sent.
    const RESENDS: bool = false;

    /// Whether `spec.suspend` is set.
    fn is_suspended(&self) -> bool;

    /// What the spec says is to become of the object in AWS when this one is deleted.
    fn stated_deletion_policy(&self) -> Option<DeletionPolicy>;

    /// What becomes of the object in AWS when this one is deleted. Where the spec is silent, what was there before us stays.
    fn deletion_policy(&self) -> DeletionPolicy {
        let observed = self.status().and_then(|status| status.observed.as_ref());
        let says = |is_so: fn(&api::Observed) -> bool| observed.is_some_and(is_so);
        let replaced =
            says(|observed| observed.replacement.as_ref().is_some_and(|replacement| replacement.current > 0));
        let begun = says(|observed| observed.create_attempt.is_some());
        let was_there = says(|observed| observed.adopted.is_some()) && !begun;
        let made = begun || replaced || says(|observed| observed.adopted.is_none() && observed.spec_hash.is_some());
        let retain = (was_there && !replaced) || (self.adopt().is_some() && !made);
        self.stated_deletion_policy().unwrap_or(if retain { DeletionPolicy::Retain } else { DeletionPolicy::Delete })
    }

    /// What is taken over instead of made.
    fn adopt(&self) -> Option<&Adopt>;

    /// The name in AWS of what was, or is to be, taken over.
    fn adopted_name(&self) -> Option<String> {
        let observed = self.status().and_then(|status| status.observed.as_ref());
        let recorded = observed.and_then(|observed| observed.adopted.clone());
        recorded.or_else(|| self.adopt().and_then(|adopt| adopt.name.clone()))
    }

    /// Whether it is made where AWS has none, or none any more.
    fn may_be_made(&self) -> bool {
        self.adopt().is_none_or(|adopt| adopt.or_create.unwrap_or_default())
    }

    /// Why an object of this name in AWS may not be taken over, whatever it was found by.
    fn may_not_take(&self, _world: &World, _name: &str) -> Option<Hold> {
        None
    }

    /// The hash of what AWS shows and the spec is silent on, when nothing else differs; of kinds whose updates state the whole object.
    fn own(_desired: &Self::Desired, _observed: &Self::Observed) -> Option<String> {
        None
    }

    /// What an update would change, as people read it. Told before what was taken over is changed.
    fn difference(desired: &Self::Desired, observed: &Self::Observed) -> Vec<String>;

    /// The smallest spec that can be read: what stands for a stored spec that cannot.
    fn husk() -> serde_json::Value;

    /// The name in AWS, before the object there was ever replaced: what one that is not there yet will have, and one that is there has.
    fn first_name_in_aws(&self, world: &World) -> String;

    /// The name in AWS.
    fn name_in_aws(&self, world: &World) -> String {
        let observed = self.status().and_then(|status| status.observed.as_ref());
        let replacement = observed.and_then(|observed| observed.replacement.as_ref());
        successor_name(&self.first_name_in_aws(world), replacement.map_or(0, |replacement| replacement.current))
    }

    /// AWS's id, as recorded.
    fn id(facts: &Self::Facts) -> Option<&str>;

    /// The list that tells of it; `None` while it is not known which (a target whose gateway has no id yet).
    fn scope(&self, world: &World) -> Option<Scope>;

    /// Replaces every reference by what it stands for, or says what is missing. Makes no call that changes anything.
    fn resolve(&self, world: &World, view: View) -> impl Future<Output = Result<Self::Desired, Hold>> + Send;

    /// The list to look in for an object that must go. Where the spec alone does not tell (any more), AWS is asked. `None`: there is none,
    /// and so nothing of the object.
    fn scope_to_search(&self, world: &World) -> impl Future<Output = Result<Option<Scope>, Hold>> + Send {
        async { Ok(self.scope(world)) }
    }

    /// The marker on what AWS has.
    fn marker(
        aws: &Aws,
        scope: &Scope,
        summary: &Summary,
    ) -> impl Future<Output = Result<Option<Marker>, Fault>> + Send;

    /// What AWS has under this id, in full; with its tags when `thorough`. `None` when there is nothing.
    fn observe(
        aws: &Aws,
        scope: &Scope,
        id: &str,
        thorough: bool,
    ) -> impl Future<Output = Result<Option<Self::Observed>, Fault>> + Send;

    /// What to do. Pure and total.
    fn plan(desired: &Self::Desired, past: &Past, observed: Option<&Self::Observed>) -> Plan<Self::Change>;

    /// The same under another name in AWS; only of kinds with successors beside them.
    fn rename(_desired: &mut Self::Desired, _name: String) {}

    /// The objects here that AWS still leads through the object of this kind with this id, which is not the one that serves now.
    fn users_of(&self, _world: &World, _id: &str) -> Vec<String> {
        Vec::new()
    }

    /// Whether a request says everything that is desired. What it has no members for, an update has to follow with.
    fn is_complete(_desired: &Self::Desired, _request: &Self::Change) -> bool {
        true
    }

    /// Whether a request states the object: AWS then has what is desired, tags aside, and reads anew what it refers to. What makes only tags
    /// as they should be says nothing of the rest.
    fn states(request: &Self::Change) -> bool;

    /// The tags that a request brings.
    fn tags_sent(_request: &Self::Change) -> Option<TagChange> {
        None
    }

    /// What AWS is at, by its status in a list or in a Get; `None` when nothing is under way. Unknown states count as under way: AWS adds
    /// states, and none of them is a failure before it is known to be one.
    fn in_transition(status: &str) -> Option<Hold>;

    /// What a person has to do before AWS goes on with what status has recorded; `None` when AWS waits for nobody. What is over by now is taken
    /// out of status.
    fn awaited(_facts: &mut Self::Facts, _now: jiff::Timestamp) -> Option<Hold> {
        None
    }

    /// AWS waits for nobody any more, and is in this status: what a person had to know goes out of status.
    fn moved_on(_facts: &mut Self::Facts, _status: &str) {}

    /// Whether AWS waits for a person, by its status in a list; then what the person has to know stands in the object itself.
    fn awaits_a_person(_status: &str) -> bool {
        false
    }

    /// What to do with an object that must go, by what a list says of it. Pure and total.
    fn plan_removal(scope: &Scope, id: &str, status: &str) -> Plan<Self::Change>;

    /// Sends one request. `Ok`: it was accepted, and this is what to wait for now. `Err`: it was not.
    fn perform(
        change: Self::Change,
        facts: &mut Self::Facts,
        world: &World,
    ) -> impl Future<Output = Result<Hold, Hold>> + Send;

    /// What users may rely on, from what AWS says.
    fn facts(observed: &Self::Observed, before: &Self::Facts) -> Self::Facts;

    /// AWS's own words about a failure, as far as users are told them.
    fn reasons(_facts: &Self::Facts) -> Vec<String> {
        Vec::new()
    }

    /// What users may rely on that stands in other objects: who uses this one. Must cost no call.
    fn count(&self, _world: &World, _facts: &mut Self::Facts) {}

    /// What a list would say of it.
    fn listed(observed: &Self::Observed) -> Summary;

    /// Whether AWS's status in a list means that nothing is under way and nothing is wrong.
    fn is_steady(status: &str) -> bool;

    /// Whether the list says the same as what was recorded, beyond status and time of change.
    fn is_as_recorded(_summary: &Summary, _facts: &Self::Facts) -> bool {
        true
    }

    /// The objects here that use this one, as people name them. While there are any, it is not deleted in AWS.
    fn dependents(&self, _world: &World) -> Vec<String> {
        Vec::new()
    }

    /// What was learnt while references were resolved, and belongs in status.
    fn note(_desired: &Self::Desired, _facts: &mut Self::Facts) {}

    /// What the spec may refer to, and what cannot be used for it: condition `ResolvedRefs` is False then, and nothing is made.
    fn unusable(_desired: &Self::Desired) -> Option<Hold> {
        None
    }

    /// What has become of that which the spec refers to, so that an object that is there does not serve any more. AWS is left as it is.
    fn broken(_desired: &Self::Desired) -> Option<Hold> {
        None
    }

    /// Conditions of this kind's own, with what they say. `desired` is missing when it was not come that far.
    fn conditions(
        &self,
        _world: &World,
        _desired: Option<&Self::Desired>,
        _facts: &Self::Facts,
        _observed: &api::Observed,
    ) -> Vec<(&'static str, Verdict)> {
        Vec::new()
    }

    /// What has to follow once AWS has what the spec says: nothing, for most kinds. What is changed in `facts` and `observed` is written
    /// to status before the request is sent.
    fn follow_up(
        &self,
        _world: &World,
        _desired: &Self::Desired,
        _facts: &mut Self::Facts,
        _observed: &mut api::Observed,
        _just_changed: bool,
    ) -> impl Future<Output = Result<FollowUp<Self::Change>, Hold>> + Send {
        async { Ok(FollowUp::default()) }
    }

    /// The keys of the tags that the spec asks for.
    fn tag_keys(_desired: &Self::Desired) -> Vec<String> {
        Vec::new()
    }

    /// The one line worth reading of a settled object.
    fn summary(facts: &Self::Facts) -> String;

    /// What other objects rely on: when it is the same, they need not be woken.
    fn offer(&self) -> String {
        let status = self.status();
        let ready = status.and_then(|status| crate::status::find(&status.conditions, crate::status::READY));
        let ready = ready.map(|ready| (ready.status.as_str(), ready.observed_generation));
        let id = status.and_then(|status| Self::id(&status.facts)).unwrap_or_default();
        format!("{ready:?} {id} {:?} {:?}", self.meta().deletion_timestamp, self.meta().generation)
    }
}

/// The hash of what is desired.
pub fn fingerprint(desired: &impl Serialize) -> String {
    // Specs serialize: they came from JSON. If one ever does not, an empty text only costs a full look.
    hash(&serde_json::to_string(desired).unwrap_or_default(), 16)
}

#[cfg(test)]
mod tests;
