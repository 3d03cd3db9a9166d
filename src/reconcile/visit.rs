//! One visit to one object: the steps between a spec and AWS.
//!
//! - `find`: where the object is in AWS, and whose it is
//! - `adopt`: taking over what somebody else made
//! - `remove`: taking it out of AWS
//! - `replace`: putting another object in its place
//! - `publish`: what people are told

mod adopt;
mod find;
mod publish;
mod remove;
mod replace;

use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;

use self::{
    find::Found,
    replace::{Standing, stopped},
};
use super::{Context, Errand, memory::Entry};
use crate::{
    api::{FLUX_RECONCILE_REQUESTED_AT, Observed, RECONCILE_REQUESTED_AT, RESEND_REQUESTED_AT, Status},
    aws::{Scope, Summary, Urgency, ownership::hash},
    cluster::View,
    kinds::{FollowUp, Managed, Past, World, fingerprint},
    plan::{Hold, Plan, Reason},
    status::{self, Step, Verdict},
    workload::hop,
};

/// A hold, and how far the visit had come.
type Stop = (Hold, Step);

/// What is learnt during a visit, from which the status is written at its end.
pub(super) struct Visit<'a, K: Managed> {
    object: K,
    context: &'a Context,
    world: World,
    errand: Errand,
    /// The generation that is looked at.
    generation: Option<i64>,
    /// The status as it was.
    before: Status<K::Facts>,
    /// What users may rely on, as far as known now.
    facts: K::Facts,
    /// What has to be known after a restart.
    observed: Observed,
    /// The value of an annotation that asks for a full look, when it was not answered yet.
    request: Option<String>,
    /// AWS accepted a change.
    performed: bool,
    /// Conditions of the kind's own.
    own: Vec<(&'static str, hop::Verdict)>,
    /// When to look again at what is settled, where nothing else brings it up.
    again: Option<Duration>,
    /// What people should know of an object although it is settled.
    remark: Option<String>,
    /// What was found is to be taken over.
    adopts: bool,
}

fn resolving(hold: impl Into<Hold>) -> Stop {
    (hold.into(), Step::Resolve)
}

fn looking(hold: impl Into<Hold>) -> Stop {
    (hold.into(), Step::Look)
}

fn programming(hold: impl Into<Hold>) -> Stop {
    (hold.into(), Step::Program)
}

/// A time that AWS told: VPC Lattice need not tell any.
fn told(time: String) -> Option<String> {
    Some(time).filter(|time| !time.is_empty())
}

impl<'a, K: Managed> Visit<'a, K> {
    pub(super) fn new(object: &K, context: &'a Context, errand: Errand) -> Self {
        let before = object.status().cloned().unwrap_or_default();
        let observed = before.observed.clone().unwrap_or_default();
        let generation = object.meta().generation;
        let values =
            [RECONCILE_REQUESTED_AT, FLUX_RECONCILE_REQUESTED_AT].map(|key| object.annotations().get(key).cloned());
        let request = context.memory.with(&object.uid().unwrap_or_default(), |entry| {
            entry.asked(values, before.last_handled_reconcile_at.as_deref())
        });
        let edited = before.observed_generation != generation || request.is_some();
        let urgency = if edited || errand == Errand::Remove { Urgency::Edit } else { Urgency::Wait };
        let world = World { aws: context.world.aws.at(urgency), asked: request.is_some(), ..context.world.clone() };
        Self {
            object: object.clone(),
            context,
            world,
            errand,
            generation,
            facts: before.facts.clone(),
            request,
            performed: false,
            own: object.conditions(&context.world, None, &before.facts, &observed),
            observed,
            again: None,
            remark: None,
            adopts: false,
            before,
        }
    }

    pub(super) fn uid(&self) -> String {
        self.object.uid().unwrap_or_default()
    }

    /// The verdict of a settled object.
    pub(super) fn settled(&self) -> Verdict {
        let summary = K::summary(&self.facts);
        Verdict::Settled(match &self.remark {
            Some(remark) => format!("{summary}; {remark}"),
            None => summary,
        })
    }

    fn memory<T>(&self, work: impl FnOnce(&mut Entry) -> T) -> T {
        self.context.memory.with(&self.uid(), work)
    }

    /// Brings AWS one step nearer to the spec. `Ok`: it is there.
    pub(super) async fn keep(&mut self) -> Result<(), Stop> {
        self.is_same_account().map_err(programming)?;
        let desired = self.object.resolve(&self.world, View::Watched).await.map_err(resolving)?;
        K::note(&desired, &mut self.facts);
        self.own = self.object.conditions(&self.world, Some(&desired), &self.facts, &self.observed);
        let scope = self.scope().map_err(resolving)?;
        let print = fingerprint(&desired);
        let found = self.find(&scope, &print).await.map_err(programming)?;
        if let Found::Listed(summary) = &found {
            if self.is_settled(summary, &print) {
                return self.stand(&desired).await;
            }
            if let Some(hold) = self.under_way(summary, &scope) {
                return Err(programming(hold));
            }
        }
        let thorough = self.is_thorough(&found, &print);
        let observed = self.observe(&scope, &found, thorough).await.map_err(programming)?;
        if let Some(observed) = observed.as_ref().filter(|_| self.adopts) {
            return Err(self.announce(&desired, observed));
        }
        let past = self.past(&print, observed.is_none());
        if let Some(stop) = self.is_gone_for_good(past.surely_absent) {
            return Err(stop);
        }
        match K::plan(&desired, &past, observed.as_ref()) {
            Plan::Hold(hold) => match stopped::<K>(&desired, hold) {
                (hold, Step::Program) => Err(programming(self.held(&desired, observed.as_ref(), hold))),
                stop => Err(stop),
            },
            Plan::Replace(replacement) => {
                let Some(shown) = observed.as_ref().map(K::listed) else {
                    return Err(programming(Hold::waiting(
                        Reason::Changed,
                        "There is nothing to replace; looking again",
                    )));
                };
                let standing = Standing { scope: &scope, found: &found, shown, print: &print };
                self.replace(desired, standing, &replacement).await
            }
            // One read that says "ready" may be a lucky one; the list has to say so, too.
            Plan::Settled if !self.is_confirmed(&found, &print) => Err(programming(self.look_once_more(&found))),
            Plan::Settled => {
                self.observed.spec_hash = Some(print);
                self.observed.own_hash = observed.as_ref().and_then(|observed| K::own(&desired, observed));
                if thorough {
                    self.observed.tag_keys = K::tag_keys(&desired);
                    self.memory(Entry::tags_agree);
                }
                self.memory(Entry::settled);
                self.clear_up(&scope).await?;
                self.stand(&desired).await
            }
            Plan::Change { attempt, request } => {
                let shown = observed.as_ref().map(K::listed);
                self.may_change(&found, shown.clone(), &print).await?;
                self.send(&desired, &past, shown.is_some(), (attempt, request), print).await
            }
        }
    }

    /// Sends one request. What must survive a crash is written down before.
    async fn send(
        &mut self,
        desired: &K::Desired,
        past: &Past,
        exists: bool,
        (attempt, request): (Option<u32>, K::Change),
        print: String,
    ) -> Result<(), Stop> {
        let drift = if exists { past.has_drifted() } else { past.recorded && !self.memory(|entry| entry.gave_way()) };
        // Whether it was there before us must be known after a crash, too.
        let attempt = attempt.or_else(|| (!exists && self.object.adopt().is_some()).then_some(1));
        if let Some(attempt) = attempt.filter(|attempt| self.is_news(*attempt)) {
            self.remember(attempt).await.map_err(programming)?;
        }
        if !exists {
            self.memory(Entry::creates);
        }
        self.memory(Entry::tries);
        let (states, tags) = (K::states(&request), K::tags_sent(&request));
        let repeats = if states { past.repeats() } else { tags.as_ref().is_some_and(|tags| past.retags(tags)) };
        let is_complete = K::is_complete(desired, &request);
        let said = if is_complete { print } else { Past::begun(&print) };
        let resent = if states { self.resend_request() } else { None };
        let hold = K::perform(request, &mut self.facts, &self.world).await.map_err(programming)?;
        self.memory(|entry| {
            entry.changed(exists && repeats);
            entry.tagged(tags);
            if is_complete && states {
                entry.restates();
            }
        });
        if drift {
            self.context.metrics.drift_corrected(&K::kind(&()));
        }
        self.accepted(states.then_some(said), desired);
        self.observed.resent = resent.or(self.observed.resent.take());
        Err(programming(hold))
    }

    /// What asks for the whole object to be sent once more: the hash of the annotation's value.
    fn resend_request(&self) -> Option<String> {
        self.object.annotations().get(RESEND_REQUESTED_AT).filter(|_| K::RESENDS).map(|value| hash(value, 16))
    }

    /// Whether that was not done yet.
    fn resends(&self) -> bool {
        self.resend_request().is_some_and(|request| self.observed.resent != Some(request))
    }

    /// What is under way in AWS, where a list says all that there is to say of it.
    fn under_way(&mut self, summary: &Summary, scope: &Scope) -> Option<Hold> {
        let hold = K::in_transition(&summary.status)?;
        if K::awaits_a_person(&summary.status) {
            // Where it is not known what to tell a person, the target is read.
            let known = K::is_as_recorded(summary, &self.facts).then(|| K::awaited(&mut self.facts, Timestamp::now()));
            return known.flatten().map(|hold| self.told(hold));
        }
        self.moved_on(&summary.status);
        (!self.is_time_for_a_full_read(scope)).then_some(hold)
    }

    /// What to say of an object that was read, and with which nothing can be done now.
    fn held(&mut self, desired: &K::Desired, observed: Option<&K::Observed>, hold: Hold) -> Hold {
        let Some(status) = observed.map(|observed| K::listed(observed).status) else { return hold };
        if K::awaits_a_person(&status) {
            return self.awaited(hold);
        }
        if K::in_transition(&status).is_some() {
            self.keep_facts();
            self.moved_on(&status);
        } else {
            self.own = self.object.conditions(&self.world, Some(desired), &self.facts, &self.observed);
        }
        hold
    }

    /// AWS waits for a person: what that one has to know goes into status.
    fn awaited(&mut self, hold: Hold) -> Hold {
        let hold = K::awaited(&mut self.facts, Timestamp::now()).unwrap_or(hold);
        self.told(hold)
    }

    /// What a person has to know stands in the conditions of the kind's own as well.
    fn told(&mut self, hold: Hold) -> Hold {
        let told = self.object.conditions(&self.world, None, &self.facts, &self.observed);
        self.own.retain(|(type_, _)| !told.iter().any(|(other, _)| other == type_));
        self.own.extend(told);
        hold
    }

    /// AWS waits for a person no longer: what that one had to know goes.
    fn moved_on(&mut self, status: &str) {
        let told = self.object.conditions(&self.world, None, &self.facts, &self.observed);
        K::moved_on(&mut self.facts, status);
        self.own.retain(|(type_, _)| !told.iter().any(|(other, _)| other == type_));
        self.own.extend(self.object.conditions(&self.world, None, &self.facts, &self.observed));
    }

    /// AWS has what the spec says: what follows from that.
    async fn stand(&mut self, desired: &K::Desired) -> Result<(), Stop> {
        if let Some(hold) = K::broken(desired) {
            return Err(resolving(hold));
        }
        let just_changed = self.memory(|entry| entry.has_just_changed(&self.world.settings));
        let (facts, observed) = (&mut self.facts, &mut self.observed);
        let follow_up = self.object.follow_up(&self.world, desired, facts, observed, just_changed);
        let FollowUp { request, news, again } = follow_up.await.map_err(programming)?;
        // Where AWS tells no time of its last change, no list says that there was one.
        let looks = self.observed.updated_at.is_none().then_some(self.world.settings.drift_interval);
        self.again = [self.again, again, looks].into_iter().flatten().min();
        self.own = self.object.conditions(&self.world, Some(desired), &self.facts, &self.observed);
        if let Some(news) = news {
            let regarding = self.object.object_ref(&());
            self.world.cluster.tell_news(&regarding, false, Reason::Changed, "Synchronize", &news).await;
        }
        let Some(request) = request else { return Ok(()) };
        if !self.is_current().await.map_err(programming)? {
            return Err(programming(Hold::waiting(Reason::Changed, "The object has just changed; looking again")));
        }
        // What is asked for is written down before it is asked for: after a crash it must be known.
        let hold = Hold::waiting(Reason::Synchronizing, "AWS is asked to read the server's tools again");
        self.publish(&Verdict::Held(hold, Step::Program)).await.map_err(programming)?;
        self.memory(Entry::tries);
        let performed = K::perform(request, &mut self.facts, &self.world).await;
        // An answer that was lost may have been a yes: reads get the same time to show it.
        self.memory(|entry| entry.changed(false));
        self.performed |= performed.is_ok();
        Err(programming(performed.unwrap_or_else(|hold| hold)))
    }

    /// What to say while only one of two reads says "ready": what was said before, so that it costs no write.
    fn look_once_more(&mut self, found: &Found) -> Hold {
        let listed = match found {
            Found::Listed(summary) => K::in_transition(&summary.status),
            Found::Unlisted(_) | Found::Absent => None,
        };
        self.keep_facts();
        listed.unwrap_or_else(|| {
            let was_ready = status::is_ready(&self.before.conditions);
            let reason = if was_ready { Reason::Updating } else { Reason::Creating };
            Hold::waiting(reason, "AWS says that it is ready; looking once more")
        })
    }

    /// Says what was said before: what AWS is still at is told when it is done, which costs one write and not one per step.
    fn keep_facts(&mut self) {
        if K::id(&self.before.facts).is_some() {
            self.facts = self.before.facts.clone();
            self.observed = self.before.observed.clone().unwrap_or_default();
        }
    }

    /// Whether the object is to be read with its tags: when it is claimed, when somebody asks, when what is desired has changed since they
    /// were read, and from time to time.
    fn is_thorough(&self, found: &Found, print: &str) -> bool {
        if matches!(found, Found::Absent) {
            return false;
        }
        let is_claim = K::id(&self.facts).is_none();
        let changed = is_claim || self.request.is_some() || self.observed.spec_hash.as_deref() != Some(print);
        let uid = self.uid();
        self.memory(|entry| entry.is_thorough(changed, &uid))
    }

    /// Reads the object in full where a list said that it is.
    async fn observe(&mut self, scope: &Scope, found: &Found, thorough: bool) -> Result<Option<K::Observed>, Hold> {
        let is_claim = K::id(&self.facts).is_none();
        let id = match found {
            Found::Absent => return Ok(None),
            Found::Listed(summary) | Found::Unlisted(summary) => summary.id.clone(),
        };
        let uid = self.uid();
        let Some(observed) = K::observe(&self.world.aws, scope, &id, thorough).await? else { return Ok(None) };
        let shown = K::listed(&observed);
        // Nothing of it is written down: what is not ours has no id here.
        if let Some(hold) = self.kept_by_others(&shown) {
            return Err(hold);
        }
        if thorough {
            self.memory(|entry| entry.read_thoroughly(&uid));
        }
        self.memory(Entry::shown);
        // What it shows then is no answer to what it had accepted.
        if ["FAILED", "UNSUCCESSFUL"].iter().any(|end| K::listed(&observed).status.ends_with(end)) {
            self.memory(Entry::failed);
        }
        self.memory(Entry::read);
        self.facts = K::facts(&observed, &self.facts);
        self.observed.updated_at = told(shown.updated_at);
        let account = self.world.aws.account();
        self.observed.account_id.get_or_insert_with(|| account.id.clone());
        self.observed.region.get_or_insert_with(|| account.region.clone());
        if is_claim && !self.adopts {
            let note = format!("{id} in AWS carries this object's marker and is its own");
            self.world.cluster.tell(&self.object, false, Reason::Changed, "Claim", &note).await;
        }
        Ok(Some(observed))
    }

    /// Whether this attempt at creating was not written down yet.
    fn is_news(&self, attempt: u32) -> bool {
        self.observed.create_attempt != Some(attempt) || K::id(&self.facts).is_some()
    }

    /// Writes down which attempt at creating is about to be made, before it is made: its token must survive a crash.
    async fn remember(&mut self, attempt: u32) -> Result<(), Hold> {
        let message = if K::id(&self.facts).is_some() {
            "The object is gone from AWS and is made again"
        } else {
            "AWS has no such object; it is made"
        };
        self.facts = K::Facts::default();
        self.observed.create_attempt = Some(attempt);
        self.observed.spec_hash = None;
        let verdict = Verdict::Held(Hold::waiting(Reason::Creating, message), Step::Program);
        self.publish(&verdict).await.map(|_| ())
    }

    /// Notes what AWS has accepted; `print`: of which spec, where the request stated one.
    fn accepted(&mut self, print: Option<String>, desired: &K::Desired) {
        let account = self.world.aws.account();
        self.performed = true;
        self.observed.account_id = Some(account.id.clone());
        self.observed.region = Some(account.region.clone());
        self.observed.spec_hash = print.or(self.observed.spec_hash.take());
        self.observed.tag_keys.extend(K::tag_keys(desired));
        self.observed.tag_keys.sort();
        self.observed.tag_keys.dedup();
    }

    fn past(&self, print: &str, absent: bool) -> Past {
        let recorded = K::id(&self.facts).is_some();
        // A restart forgets since when; what was known to be gone stays gone.
        let was_gone = status::find(&self.before.conditions, "Stalled")
            .is_some_and(|stalled| stalled.reason == Reason::Gone.as_str());
        let is_gone = || self.memory(|entry| entry.is_surely_absent(&self.world.settings)) || was_gone;
        Past {
            recorded,
            fingerprint: print.to_owned(),
            accepted: self.observed.spec_hash.clone(),
            attempt: self.observed.create_attempt.unwrap_or(1),
            tag_keys: self.observed.tag_keys.clone(),
            surely_absent: absent && recorded && is_gone(),
            asked: self.request.is_some(),
            resends: self.resends(),
            just_changed: self.memory(|entry| entry.has_just_changed(&self.world.settings)),
            updates_in_vain: self.memory(|entry| entry.vain()),
            restated: self.memory(|entry| entry.has_restated()),
            own: self.observed.own_hash.clone(),
            tags_sent: self.memory(|entry| entry.tags_sent()),
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
}
