//! One visit to one object: the steps between a spec and AWS.

mod publish;

use kube::ResourceExt;
use tokio::time::Instant;

use super::{Context, Errand, is_retained, memory::Entry};
use crate::{
    api::{FLUX_RECONCILE_REQUESTED_AT, Observed, RECONCILE_REQUESTED_AT, Status},
    aws::{
        Scope, Summary, Urgency,
        ownership::{Ownership, judge},
    },
    cluster::View,
    kinds::{Managed, Past, World, fingerprint, references::kept_by},
    plan::{Hold, Plan, Reason},
    status::{self, Step, Verdict},
};

/// A hold, and how far the visit had come.
type Stop = (Hold, Step);

/// What is learnt during a visit, from which the status is written at its end.
pub(super) struct Visit<'a, K: Managed> {
    object: K,
    context: &'a Context,
    world: World,
    errand: Errand,
    /// The status as it was.
    before: Status<K::Facts>,
    /// What users may rely on, as far as known now.
    facts: K::Facts,
    /// What has to be known after a restart.
    observed: Observed,
    /// The value of an annotation that asks for a full look, when it was not answered yet.
    request: Option<String>,
}

/// Where an object is in AWS.
enum Found<Observed> {
    /// Nowhere.
    Absent,
    /// In a list.
    Listed(Box<Summary>),
    /// Not in the list, but there all the same: lists lag.
    Unlisted(Box<Observed>),
}

fn resolving(hold: impl Into<Hold>) -> Stop {
    (hold.into(), Step::Resolve)
}

fn programming(hold: impl Into<Hold>) -> Stop {
    (hold.into(), Step::Program)
}

impl<'a, K: Managed> Visit<'a, K> {
    pub(super) fn new(object: &K, context: &'a Context, errand: Errand) -> Self {
        let before = object.status().cloned().unwrap_or_default();
        let annotation = [RECONCILE_REQUESTED_AT, FLUX_RECONCILE_REQUESTED_AT];
        let asked = annotation.iter().find_map(|key| object.annotations().get(*key)).cloned();
        let request = asked.filter(|asked| before.last_handled_reconcile_at.as_ref() != Some(asked));
        let edited = before.observed_generation != object.meta().generation || request.is_some();
        let settled = status::is_ready(&before.conditions);
        let urgency = match (edited || errand == Errand::Remove, settled) {
            (true, _) => Urgency::Edit,
            (false, true) => Urgency::Sweep,
            (false, false) => Urgency::Wait,
        };
        let world = World { aws: context.world.aws.at(urgency), ..context.world.clone() };
        Self {
            object: object.clone(),
            context,
            world,
            errand,
            facts: before.facts.clone(),
            observed: before.observed.clone().unwrap_or_default(),
            before,
            request,
        }
    }

    pub(super) fn uid(&self) -> String {
        self.object.uid().unwrap_or_default()
    }

    /// The verdict of a settled object.
    pub(super) fn settled(&self) -> Verdict {
        Verdict::Settled(K::summary(&self.facts))
    }

    fn memory<T>(&self, work: impl FnOnce(&mut Entry) -> T) -> T {
        self.context.memory.with(&self.uid(), work)
    }

    /// Brings AWS one step nearer to the spec. `Ok`: it is there.
    pub(super) async fn keep(&mut self) -> Result<(), Stop> {
        let desired = self.object.resolve(&self.world, View::Watched).await.map_err(resolving)?;
        self.is_same_account().map_err(programming)?;
        let scope = self.scope().map_err(resolving)?;
        let print = fingerprint(&desired);
        let found = self.find(&scope, &print).await.map_err(programming)?;
        if let Found::Listed(summary) = &found {
            if self.is_settled(summary, &print) {
                self.memory(Entry::saw);
                return self.object.follow_up(&self.world, &self.facts).await.map_err(programming);
            }
            if let Some(hold) = K::in_transition(&summary.status).filter(|_| !self.is_time_for_a_full_read(&scope)) {
                self.memory(Entry::saw);
                return Err(programming(hold));
            }
        }
        let observed = self.observe(&scope, &found).await.map_err(programming)?;
        self.memory(Entry::saw);
        let past = self.past(&print, observed.is_none());
        match K::plan(&desired, &past, observed.as_ref()) {
            Plan::Hold(hold) => Err(programming(hold)),
            // One read that says "ready" may be a lucky one; the list has to say so, too.
            Plan::Settled if !matches!(&found, Found::Listed(summary) if K::is_steady(&summary.status)) => {
                let reason =
                    if status::is_ready(&self.before.conditions) { Reason::Updating } else { Reason::Creating };
                Err(programming(Hold::waiting(reason, "AWS says that it is ready; looking once more")))
            }
            Plan::Settled => {
                self.observed.spec_hash = Some(print);
                self.observed.tag_keys = K::tag_keys(&desired);
                self.memory(Entry::settled);
                self.object.follow_up(&self.world, &self.facts).await.map_err(programming)
            }
            Plan::Change { attempt, request } => {
                self.may_change(&found, &print).await?;
                if let Some(attempt) = attempt {
                    self.remember(attempt).await.map_err(programming)?;
                }
                let again = observed.is_some() && past.is_accepted();
                let hold = K::perform(request, &mut self.facts, &self.world).await.map_err(programming)?;
                self.memory(|entry| entry.changed(again));
                self.accepted(print, &desired);
                Err(programming(hold))
            }
        }
    }

    /// Takes the object out of AWS by one step. `Ok`: there is nothing left of it.
    pub(super) async fn remove(&mut self) -> Result<Verdict, Stop> {
        let gone = Ok(Verdict::Settled(String::new()));
        if is_retained(&self.object) {
            return gone;
        }
        let dependents = self.object.dependents(&self.world);
        if !dependents.is_empty() {
            return Err(resolving(Hold::waiting(Reason::HasDependents, kept_by(&dependents))));
        }
        self.is_same_account().map_err(programming)?;
        // Without a list to look in, no create was ever sent.
        let Some(scope) = self.object.scope(&self.world) else { return gone };
        let (id, status) = match self.find(&scope, "").await {
            Ok(Found::Absent) => return gone,
            Ok(Found::Listed(summary)) => (summary.id, summary.status),
            Ok(Found::Unlisted(observed)) => match K::id(&self.facts) {
                Some(id) => (id.to_owned(), K::status_in_aws(&observed).to_owned()),
                None => return gone,
            },
            // What has our name and is not ours was never ours.
            Err(hold) if K::id(&self.facts).is_none() && is_anothers(&hold) => return gone,
            Err(hold) => return Err(programming(hold)),
        };
        // A list lags in both directions; what looks unfinished or deleted for long is read itself from time to time.
        let status = if self.is_time_for_a_full_read(&scope) {
            match K::observe(&self.world.aws, &scope, &id, false).await.map_err(programming)? {
                Some(observed) => K::status_in_aws(&observed).to_owned(),
                None => return gone,
            }
        } else {
            status
        };
        self.memory(Entry::saw);
        match K::plan_removal(&scope, &id, &status) {
            Plan::Settled => gone,
            Plan::Hold(hold) => Err(programming(hold)),
            Plan::Change { request, .. } => {
                let marker = K::marker(&self.world.aws, &self.summary(&scope, &id)).await.map_err(programming)?;
                if let Some(hold) = self.not_ours(marker.as_ref(), true, &id) {
                    return Err(programming(hold));
                }
                let hold = K::perform(request, &mut self.facts, &self.world).await.map_err(programming)?;
                self.memory(|entry| entry.changed(false));
                Err(programming(hold))
            }
        }
    }

    /// Looks the object up: by its recorded id, else by name and marker.
    async fn find(&self, scope: &Scope, print: &str) -> Result<Found<K::Observed>, Hold> {
        let inventory = self.world.aws.inventory();
        let id = K::id(&self.facts).map(str::to_owned);
        if let (Some(id), Some(listing)) = (&id, inventory.latest(scope))
            && let Some(summary) = listing.items.get(id)
            && self.is_settled(summary, print)
        {
            return Ok(Found::Listed(Box::new(summary.clone())));
        }
        let not_before = self.memory(|entry| entry.not_before(self.world.settings.retry_floor));
        let listing = inventory.list(&self.world.aws, scope, not_before).await?;
        if let Some(id) = id {
            if let Some(summary) = listing.items.get(&id) {
                return Ok(Found::Listed(Box::new(summary.clone())));
            }
            let read = K::observe(&self.world.aws, scope, &id, false).await?;
            return Ok(read.map_or(Found::Absent, |read| Found::Unlisted(Box::new(read))));
        }
        let name = self.object.name_in_aws(&self.world.settings.cluster_name);
        let Some(namesake) = listing.named(&name) else { return Ok(Found::Absent) };
        let marker = K::marker(&self.world.aws, namesake).await?;
        if let Some(hold) = self.not_ours(marker.as_ref(), false, &name) {
            return match K::in_transition(&namesake.status) {
                Some(going) if going.reason() == Reason::WaitingForPredecessor => Err(going),
                _ => Err(hold),
            };
        }
        Ok(Found::Listed(Box::new(namesake.clone())))
    }

    /// Reads the object in full where a list said that it is, with its tags when a person or an hour asks for it.
    async fn observe(&mut self, scope: &Scope, found: &Found<K::Observed>) -> Result<Option<K::Observed>, Hold> {
        let known = K::id(&self.facts).map(str::to_owned);
        let id = match found {
            Found::Absent => return Ok(None),
            Found::Listed(summary) => summary.id.clone(),
            Found::Unlisted(_) => known.clone().unwrap_or_default(),
        };
        let uid = self.uid();
        let is_claim = known.is_none();
        let was_ready =
            status::find(&self.before.conditions, status::READY).is_some_and(|ready| ready.status == "True");
        let thorough = is_claim || self.request.is_some() || (was_ready && (self.is_edited() || self.is_due()));
        let observed = K::observe(&self.world.aws, scope, &id, thorough).await?;
        self.memory(|entry| entry.looked(&uid));
        if let Some(observed) = &observed {
            self.facts = K::facts(observed, &self.facts);
            self.observed.updated_at = Some(K::updated_at(observed));
        }
        if is_claim && observed.is_some() {
            self.world
                .cluster
                .tell(
                    &self.object,
                    false,
                    Reason::Changed,
                    "Claim",
                    &format!("{id} in AWS carries this object's marker and is its own"),
                )
                .await;
        }
        Ok(observed)
    }

    /// Whether the list and what is recorded leave nothing to look at.
    fn is_settled(&self, summary: &Summary, print: &str) -> bool {
        let status = &self.before;
        let ready = status::find(&status.conditions, status::READY);
        let quiet = |type_: &str| status::find(&status.conditions, type_).is_none();
        self.errand == Errand::Keep
            && self.request.is_none()
            && ready.is_some_and(|ready| {
                ready.status == "True" && ready.observed_generation == self.object.meta().generation
            })
            && quiet("Reconciling")
            && quiet("Stalled")
            && quiet("Suspended")
            && self.observed.spec_hash.as_deref() == Some(print)
            && self.observed.updated_at.as_deref() == Some(&summary.updated_at)
            && K::is_steady(&summary.status)
            && K::is_as_recorded(summary, &self.facts)
            && !self.is_due()
    }

    fn is_due(&self) -> bool {
        let uid = self.uid();
        self.memory(|entry| entry.thorough_at(&uid)) <= Instant::now()
    }

    fn is_edited(&self) -> bool {
        status::find(&self.before.conditions, status::READY).and_then(|ready| ready.observed_generation)
            != self.object.meta().generation
    }

    /// Where many wait, waiting lives on lists, and only every third look reads the object itself. Where few wait, a Get costs no more
    /// than the list, says more, and says it sooner.
    fn is_time_for_a_full_read(&self, scope: &Scope) -> bool {
        const FEW: usize = 2;
        let waiting = self.world.aws.inventory().latest(scope).map_or(0, |listing| {
            listing.items.values().filter(|item| K::in_transition(&item.status).is_some()).count()
        });
        waiting <= FEW || self.memory(|entry| entry.looks()) % 3 == 2
    }

    /// What stands in the way of treating what AWS has as ours.
    fn not_ours(&self, marker: Option<&crate::aws::ownership::Marker>, recorded: bool, what: &str) -> Option<Hold> {
        let identity = self.world.identity(&self.object);
        let stores = self.world.cluster.stores();
        let is_alive = |marker: &crate::aws::ownership::Marker| {
            !stores
                .select::<K, _>(|other| other.uid().is_some_and(|uid| marker.names_uid(&uid)).then_some(()))
                .is_empty()
        };
        match judge(marker, &identity, recorded, is_alive) {
            Ownership::Ours | Ownership::Inherited => None,
            Ownership::OtherCluster(cluster) => Some(Hold::stalled(
                Reason::OwnershipConflict,
                format!(
                    "{what} exists in AWS and belongs to the cluster {cluster}; it is left alone. Use another spec.name"
                ),
            )),
            Ownership::Taken => Some(Hold::stalled(
                Reason::NameTaken,
                format!(
                    "{what} exists in AWS and was not made by this object; it is left alone. Use another spec.name, or delete the other"
                ),
            )),
        }
    }

    /// Checks once more, live, what is only known from copies, before AWS is changed.
    async fn may_change(&self, found: &Found<K::Observed>, print: &str) -> Result<(), Stop> {
        let live = self.object.resolve(&self.world, View::Live).await.map_err(resolving)?;
        if fingerprint(&live) != print {
            return Err(resolving(Hold::waiting(
                Reason::Changed,
                "What the spec refers to has just changed; looking again",
            )));
        }
        match found {
            Found::Listed(summary) => {
                let marker = K::marker(&self.world.aws, summary).await.map_err(programming)?;
                self.not_ours(marker.as_ref(), true, &summary.name).map_or(Ok(()), |hold| Err(programming(hold)))
            }
            Found::Unlisted(_) => Ok(()),
            Found::Absent => self.is_first().map_err(programming),
        }
    }

    /// Of several objects here that want one name in AWS, the oldest has it.
    fn is_first(&self) -> Result<(), Hold> {
        let cluster = &self.world.settings.cluster_name;
        let name = self.object.name_in_aws(cluster);
        let scope = self.object.scope(&self.world);
        let age = |object: &K| (object.creation_timestamp().map(|time| time.0), object.uid());
        let mine = age(&self.object);
        let older = self.world.cluster.stores().select::<K, _>(|other| {
            (age(other) < mine && other.name_in_aws(cluster) == name && other.scope(&self.world) == scope)
                .then(|| format!("{}/{}", other.namespace().unwrap_or_default(), other.name_any()))
        });
        match older.first() {
            None => Ok(()),
            Some(older) => Err(Hold::stalled(
                Reason::NameTaken,
                format!(
                    "{older} is older and wants the name {name} in AWS, too; use another spec.name, or delete the other object"
                ),
            )),
        }
    }

    /// Writes down which attempt at creating is about to be made, before it is made: its token must survive a crash.
    async fn remember(&mut self, attempt: u32) -> Result<(), Hold> {
        self.facts = K::Facts::default();
        self.observed.create_attempt = Some(attempt);
        self.observed.spec_hash = None;
        let message = "The object is gone from AWS and is made again";
        let verdict = Verdict::Held(Hold::waiting(Reason::Creating, message), Step::Program);
        self.publish(&verdict).await.map(|_| ())
    }

    fn accepted(&mut self, print: String, desired: &K::Desired) {
        let account = self.world.aws.account();
        self.observed.account_id = Some(account.id.clone());
        self.observed.region = Some(account.region.clone());
        self.observed.spec_hash = Some(print);
        let keys = K::tag_keys(desired);
        self.observed.tag_keys.extend(keys);
        self.observed.tag_keys.sort();
        self.observed.tag_keys.dedup();
    }

    fn past(&self, print: &str, absent: bool) -> Past {
        let lag = self.world.settings.retry_floor.saturating_mul(10);
        let recorded = K::id(&self.facts).is_some();
        Past {
            recorded,
            fingerprint: print.to_owned(),
            accepted: self.observed.spec_hash.clone(),
            attempt: self.observed.create_attempt.unwrap_or(1),
            tag_keys: self.observed.tag_keys.clone(),
            surely_absent: absent && recorded && self.memory(|entry| entry.absent(lag)),
            asked: self.request.is_some(),
            updates_in_vain: self.memory(|entry| entry.vain()),
        }
    }

    /// Objects stay in the account and region that made them: another identity must neither make a second one nor call the first gone.
    fn is_same_account(&self) -> Result<(), Hold> {
        let account = self.world.aws.account();
        let same = |recorded: &Option<String>, now: &str| recorded.as_deref().is_none_or(|recorded| recorded == now);
        if same(&self.observed.account_id, &account.id) && same(&self.observed.region, &account.region) {
            return Ok(());
        }
        let recorded = |value: &Option<String>| value.clone().unwrap_or_default();
        Err(Hold::stalled(
            Reason::IdentityMismatch,
            format!(
                "This object was made in account {}, region {}, and the operator now runs as account {}, region {}; give it back its identity",
                recorded(&self.observed.account_id),
                recorded(&self.observed.region),
                account.id,
                account.region
            ),
        ))
    }

    fn scope(&self) -> Result<Scope, Hold> {
        self.object
            .scope(&self.world)
            .ok_or_else(|| Hold::waiting(Reason::ReferenceNotReady, "The gateway has no id yet"))
    }

    /// What a list said of the object last, or just its id.
    fn summary(&self, scope: &Scope, id: &str) -> Summary {
        let listed = self.world.aws.inventory().latest(scope).and_then(|listing| listing.items.get(id).cloned());
        listed.unwrap_or_else(|| Summary {
            id: id.to_owned(),
            name: String::new(),
            status: String::new(),
            marker: None,
            updated_at: String::new(),
            synchronized_at: None,
            parent: None,
        })
    }
}

/// Whether a hold says that what AWS has belongs to somebody else.
fn is_anothers(hold: &Hold) -> bool {
    matches!(hold.reason(), Reason::NameTaken | Reason::OwnershipConflict)
}
