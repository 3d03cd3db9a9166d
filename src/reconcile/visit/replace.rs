//! Replacing what AWS cannot change in place, when somebody allowed it.
//!
//! A target is deleted and made again, because its gateway knows one of its name. An object of VPC Lattice gets a successor under another
//! name (`<name>-r<n>`); what is remembered of it in `status.observed.replacement` says how far that went, and a crash between any two
//! steps leads back to the step that comes next:
//!
//! | `building` | `successor` | `retiring` | what comes next |
//! |---|---|---|---|
//! | | | | nothing is replaced |
//! | yes | | | look for one of the new name, which a lost answer may have left; else make it |
//! | yes | id | | wait until AWS says that it is ready, then let it take over: one write of status |
//! | | | id | delete the old one, when nobody here uses it any more |
//! | | id | | it was given up: delete it |

use kube::ResourceExt;

use super::{Stop, Visit, find::Found, looking, programming, remove::not_deleted, resolving, told};
use crate::{
    api::{REPLACE, Replacing},
    aws::{
        Scope, Summary,
        ownership::{successor_name, successor_number},
    },
    kinds::{Managed, Past, Succession, fingerprint, name_some},
    plan::{Hold, Plan, Reason, Replacement},
    reconcile::memory::Entry,
    status::{Step, Verdict},
};

/// Where a visit is when it finds that AWS cannot change the object.
pub(super) struct Standing<'a> {
    pub(super) scope: &'a Scope,
    pub(super) found: &'a Found,
    pub(super) shown: Summary,
    pub(super) print: &'a str,
}

impl<K: Managed> Visit<'_, K> {
    /// Brings a replacement one step further, or says what would allow it.
    pub(super) async fn replace(
        &mut self,
        desired: K::Desired,
        standing: Standing<'_>,
        replacement: &Replacement,
    ) -> Result<(), Stop> {
        if self.replacing().is_some_and(|state| state.retiring.is_some()) {
            let mut remarks = Vec::new();
            self.retire(standing.scope, &mut remarks).await;
            let left = self.replacing().is_some_and(|state| state.retiring.is_some() && !state.building);
            if left && !remarks.is_empty() {
                let message =
                    format!("Another replacement follows when the one before is done: {}", remarks.join("; "));
                return Err(programming(Hold::waiting(Reason::Updating, message)));
            }
        }
        if self.replacing().is_none_or(|state| !state.building) {
            self.is_allowed(replacement, &standing.shown.id).map_err(programming)?;
        }
        // What is to come must be able to come, before anything goes.
        if let Plan::Hold(hold) = K::plan(&desired, &Past { attempt: 1, ..Past::default() }, None) {
            return Err(stopped::<K>(&desired, hold));
        }
        match K::SUCCESSION {
            Succession::After => self.replace_after(standing, replacement).await,
            Succession::Beside => self.replace_beside(desired, standing, replacement).await,
        }
    }

    /// Whether somebody allowed this very replacement.
    fn is_allowed(&self, replacement: &Replacement, id: &str) -> Result<(), Hold> {
        let state = self.replacing().cloned().unwrap_or_default();
        let token = replacement.token(id, state.tried);
        let is_asked = self.object.annotations().get(REPLACE) == Some(&token);
        // What follows from another replacement and was given up once is not begun again for ever.
        if is_asked || (replacement.follows && state.failure.is_none()) {
            return Ok(());
        }
        let (names, noun) = (replacement.names(), replacement.noun);
        let what = match K::SUCCESSION {
            Succession::After => "is then deleted and made again, and agents are without its tools in between",
            Succession::Beside => {
                "then gets a successor; its users move to that, and the old one is deleted after them"
            }
        };
        let failure =
            state.failure.map(|failure| format!(". The last try was given up: {failure}")).unwrap_or_default();
        Err(Hold::stalled(
            Reason::ReplacementRequired,
            format!(
                "AWS cannot change {names} of a {noun}; the old one still serves. Set that back, or annotate this object with \
                 {REPLACE}={token}: the {noun} {what}{failure}"
            ),
        ))
    }

    /// Deletes it. That it is made again follows from its absence, also for a process that knows nothing of this.
    async fn replace_after(&mut self, standing: Standing<'_>, replacement: &Replacement) -> Result<(), Stop> {
        let Standing { scope, found, shown, print } = standing;
        self.may_change(found, Some(shown.clone()), print).await?;
        let failed = !K::is_steady(&shown.status) && K::in_transition(&shown.status).is_none();
        if failed && self.memory(Entry::take_deleted) {
            return Err(programming(not_deleted::<K>(&shown.status, &self.facts)));
        }
        let hold = match K::plan_removal(scope, &shown.id, &shown.status) {
            Plan::Change { request, .. } => {
                // What takes its place is made by us, whoever made the old one; that must be known after a crash.
                if self.observed.adopted.is_some() && self.observed.create_attempt.is_none() {
                    self.observed.create_attempt = Some(1);
                    let message = format!("The {} is deleted and made again", replacement.noun);
                    let verdict = Verdict::Held(Hold::waiting(Reason::WaitingForPredecessor, message), Step::Program);
                    self.publish(&verdict).await.map_err(programming)?;
                }
                self.memory(Entry::tries);
                let hold = K::perform(request, &mut self.facts, &self.world).await.map_err(programming)?;
                self.memory(|entry| entry.changed(false));
                self.memory(Entry::gives_way);
                self.memory(Entry::deletes);
                self.performed = true;
                hold
            }
            Plan::Hold(hold) => hold,
            Plan::Settled | Plan::Replace(_) => Hold::waiting(Reason::Changed, "Nothing is left to replace"),
        };
        let message = format!("The {} is replaced. {}", replacement.noun, hold.message());
        Err(programming(Hold::waiting(Reason::WaitingForPredecessor, message)))
    }

    async fn replace_beside(
        &mut self,
        mut desired: K::Desired,
        standing: Standing<'_>,
        replacement: &Replacement,
    ) -> Result<(), Stop> {
        let noun = replacement.noun;
        let mut state = self.replacing().cloned().unwrap_or_default();
        if let Some(id) = state.successor.clone().filter(|_| !state.building) {
            let left = self.take_away(standing.scope, &id, false).await.map_err(programming)?;
            if left.is_none() {
                state.successor = None;
                self.observed.replacement = Some(state);
            }
            let message = format!("The {noun} that was to take over was given up and is deleted first");
            return Err(programming(Hold::waiting(Reason::Updating, message)));
        }
        if !state.building {
            self.may_change(standing.found, Some(standing.shown.clone()), standing.print).await?;
            state = Replacing { tried: state.tried + 1, building: true, failure: None, ..state };
            self.observed.replacement = Some(state.clone());
            let message =
                format!("Another {noun} is made, which takes over when it is ready; the old one serves until then");
            let verdict = Verdict::Held(Hold::waiting(Reason::Updating, message), Step::Program);
            self.publish(&verdict).await.map_err(programming)?;
        }
        let name = self.name_of_successor(state.tried);
        K::rename(&mut desired, name.clone());
        let print = fingerprint(&desired);
        let successor = self.successor(standing.scope, &state).await.map_err(programming)?;
        let observed = match &successor {
            Some(found) => K::observe(&self.world.aws, standing.scope, &found.id, true).await.map_err(programming)?,
            None => None,
        };
        if let Some(observed) = &observed {
            state.successor = Some(K::listed(observed).id);
            self.observed.replacement = Some(state.clone());
        } else if state.successor.is_some() {
            return self.lost(state, noun);
        } else if self.is_listed(standing.scope, &name) {
            return Err(programming(self.give_up(state, &format!("AWS has another {noun} of the name {name}"))));
        }
        let just_changed = self.memory(|entry| entry.has_just_changed(&self.world.settings));
        let accepted = just_changed.then(|| print.clone());
        let tags_sent = self.memory(|entry| entry.tags_sent());
        let fingerprint = print.clone();
        let past = Past { attempt: state.tried, fingerprint, accepted, just_changed, tags_sent, ..Past::default() };
        match K::plan(&desired, &past, observed.as_ref()) {
            Plan::Change { request, .. } => self.build(request, state, noun).await,
            Plan::Settled => match (successor, observed) {
                (Some(listed), Some(observed)) if K::is_steady(&listed.status) => {
                    self.hand_over(&desired, &observed, state, &standing.shown.id, print).await
                }
                _ => Err(programming(waits(noun, "AWS says that it is ready; looking once more"))),
            },
            Plan::Hold(Hold::Waiting { message, .. }) => Err(programming(waits(noun, &message))),
            Plan::Hold(hold @ Hold::Failed(_)) => Err(programming(hold)),
            Plan::Hold(hold @ Hold::Stalled { .. }) => Err(programming(self.give_up(state, &hold.message()))),
            Plan::Replace(replacement) if replacement.follows => {
                Err(programming(self.give_up(state, "what it refers to was replaced while it was being made")))
            }
            Plan::Replace(_) => Err(programming(self.give_up(state, "the spec was edited while it was being made"))),
        }
    }

    /// Makes the successor, or brings it nearer to the spec.
    async fn build(&mut self, request: K::Change, mut state: Replacing, noun: &str) -> Result<(), Stop> {
        self.memory(Entry::tries);
        let mut facts = K::Facts::default();
        let tags = K::tags_sent(&request);
        let answer = K::perform(request, &mut facts, &self.world).await;
        self.memory(|entry| {
            entry.changed(false);
            entry.tagged(tags);
        });
        match answer {
            Ok(hold) => {
                self.performed = true;
                if let Some(id) = K::id(&facts) {
                    state.successor = Some(id.to_owned());
                }
                self.observed.replacement = Some(state);
                Err(programming(waits(noun, &hold.message())))
            }
            Err(hold @ Hold::Stalled { .. }) => Err(programming(self.give_up(state, &hold.message()))),
            Err(hold) => Err(programming(hold)),
        }
    }

    /// From here on the successor is the object, and the old one is what is left over.
    async fn hand_over(
        &mut self,
        desired: &K::Desired,
        observed: &K::Observed,
        state: Replacing,
        old: &str,
        print: String,
    ) -> Result<(), Stop> {
        if !self.is_current().await.map_err(programming)? {
            return Err(programming(Hold::waiting(Reason::Changed, "The object has just changed; looking again")));
        }
        self.facts = K::facts(observed, &self.facts);
        K::note(desired, &mut self.facts);
        self.observed.updated_at = told(K::listed(observed).updated_at);
        self.observed.spec_hash = Some(print);
        self.observed.tag_keys = K::tag_keys(desired);
        self.observed.replacement = Some(Replacing {
            current: state.tried,
            building: false,
            successor: None,
            retiring: Some(old.to_owned()),
            ..state
        });
        self.memory(Entry::settled);
        self.again = Some(self.world.settings.retry_floor);
        let news = format!("{} took over from {old}", K::listed(observed).id);
        let regarding = self.object.object_ref(&());
        self.world.cluster.tell_news(&regarding, false, Reason::Changed, "Replace", &news).await;
        self.remark = Some(format!("{old} is deleted when its users have moved"));
        Ok(())
    }

    /// One that AWS does not show: it lags, or somebody deleted it.
    fn lost(&mut self, state: Replacing, noun: &str) -> Result<(), Stop> {
        if !self.memory(|entry| entry.is_successor_surely_absent(&self.world.settings)) {
            return Err(programming(waits(noun, "AWS does not show it yet")));
        }
        let hold = self.give_up(Replacing { successor: None, ..state }, "somebody deleted it in AWS");
        Err(programming(hold))
    }

    /// Gives a successor up. The old object serves on; another try needs another word.
    fn give_up(&mut self, state: Replacing, why: &str) -> Hold {
        let message = format!("The successor was given up, and the old one still serves: {why}");
        let failure = Some(crate::aws::fault::shorten(why.to_owned()));
        self.observed.replacement = Some(Replacing { building: false, failure, ..state });
        Hold::stalled(Reason::UpdateUnsuccessful, message)
    }

    /// What is left of replacements, at an object that is as the spec asks. Nothing of it makes the object less ready.
    pub(super) async fn clear_up(&mut self, scope: &Scope) -> Result<(), Stop> {
        let Some(mut state) = self.replacing().cloned() else { return Ok(()) };
        state.failure = None;
        let mut remarks = Vec::new();
        if state.building && state.successor.is_none() {
            // The spec was set back while a successor was being made.
            state.successor = self.successor(scope, &state).await.map_err(programming)?.map(|found| found.id);
            let is_sure = |entry: &mut Entry| entry.is_successor_surely_absent(&self.world.settings);
            if state.successor.is_none() && !self.memory(is_sure) {
                remarks.push("AWS may still show a successor that is not wanted any more".to_owned());
            }
        }
        state.building = state.building && !remarks.is_empty();
        if let Some(id) = state.successor.clone() {
            match self.take_away(scope, &id, false).await {
                Ok(None) => state.successor = None,
                Ok(Some(hold)) | Err(hold) => remarks.push(format!("{id} was given up and goes: {}", hold.message())),
            }
        }
        self.observed.replacement = Some(state);
        self.retire(scope, &mut remarks).await;
        if !remarks.is_empty() {
            self.again.get_or_insert_with(|| self.world.settings.retry_floor.saturating_mul(5));
            self.remark = Some(remarks.join("; "));
        }
        Ok(())
    }

    /// Deletes the object that served before, when nobody here uses it any more.
    async fn retire(&mut self, scope: &Scope, remarks: &mut Vec<String>) {
        let Some(id) = self.replacing().and_then(|state| state.retiring.clone()) else { return };
        let users = self.object.users_of(&self.world, &id);
        if !users.is_empty() {
            // They bring it up when they have moved; the rest is patience.
            self.again = Some(self.world.settings.drift_interval);
            remarks.push(format!("{id} goes when these have moved: {}", name_some(&users)));
            return;
        }
        match self.take_away(scope, &id, true).await {
            Ok(None) => {
                if let Some(state) = &mut self.observed.replacement {
                    state.retiring = None;
                }
            }
            Ok(Some(hold)) | Err(hold) => remarks.push(format!("{id} goes: {}", hold.message())),
        }
    }

    /// Takes what replacements left over out of AWS, before the object itself. `Some`: what is waited for.
    pub(super) async fn remove_leftovers(&mut self, scope: &Scope) -> Result<Option<Hold>, Hold> {
        let Some(mut state) = self.replacing().cloned().filter(is_unfinished) else { return Ok(None) };
        if state.building && state.successor.is_none() {
            state.successor = self.successor(scope, &state).await?.map(|found| found.id);
            let is_sure = |entry: &mut Entry| entry.is_successor_surely_absent(&self.world.settings);
            if state.successor.is_none() && !self.memory(is_sure) {
                let message = "AWS does not show a successor; looking once more, in case it was only just made";
                return Ok(Some(Hold::waiting(Reason::Deleting, message)));
            }
        }
        for (id, was_seen) in [(state.successor, false), (state.retiring, true)] {
            let Some(id) = id else { continue };
            if let Some(hold) = self.take_away(scope, &id, was_seen).await? {
                return Ok(Some(hold));
            }
        }
        Ok(None)
    }

    /// Deletes an object beside the one that the status names. `None`: it is gone; otherwise what is waited for. What was never seen is gone
    /// only when it had time to show.
    async fn take_away(&mut self, scope: &Scope, id: &str, was_seen: bool) -> Result<Option<Hold>, Hold> {
        let not_before = self.memory(|entry| entry.not_before(self.world.settings.retry_floor));
        let listing = self.world.aws.inventory().list(&self.world.aws, scope, not_before).await?;
        let shown = if let Some(summary) = listing.items.get(id) {
            summary.clone()
        } else if let Some(observed) = K::observe(&self.world.aws, scope, id, false).await? {
            K::listed(&observed)
        } else {
            let is_sure = |entry: &mut Entry| was_seen || entry.is_successor_surely_absent(&self.world.settings);
            let wait = || Hold::waiting(Reason::Deleting, format!("AWS does not show {id}; looking once more"));
            return Ok((!self.memory(is_sure)).then(wait));
        };
        self.memory(Entry::successor_shown);
        let marker = K::marker(&self.world.aws, scope, &shown).await?;
        if let Some(hold) = self.not_ours(marker.as_ref(), true, &shown) {
            return Err(hold);
        }
        match K::plan_removal(scope, &shown.id, &shown.status) {
            Plan::Change { request, .. } => {
                let performed = K::perform(request, &mut K::Facts::default(), &self.world).await;
                if performed.is_ok() {
                    self.memory(|entry| entry.changed(false));
                }
                match performed {
                    Ok(hold) | Err(hold @ (Hold::Waiting { .. } | Hold::Stalled { .. })) => Ok(Some(hold)),
                    Err(hold) => Err(hold),
                }
            }
            Plan::Hold(hold) => Ok(Some(hold)),
            Plan::Settled | Plan::Replace(_) => Ok(None),
        }
    }

    /// The successor that is being made: the one that was written down, else the one that has its name and is ours.
    async fn successor(&self, scope: &Scope, state: &Replacing) -> Result<Option<Summary>, Hold> {
        let not_before = self.memory(|entry| entry.not_before(self.world.settings.retry_floor));
        let listing = self.world.aws.inventory().list(&self.world.aws, scope, not_before).await?;
        if let Some(id) = &state.successor {
            if let Some(summary) = listing.items.get(id) {
                return Ok(Some(summary.clone()));
            }
            let observed = K::observe(&self.world.aws, scope, id, false).await?;
            return Ok(observed.map(|observed| K::listed(&observed)));
        }
        let name = self.name_of_successor(state.tried);
        let Some(namesake) = listing.named(&name) else { return Ok(None) };
        let marker = K::marker(&self.world.aws, scope, namesake).await?;
        Ok(self.not_ours(marker.as_ref(), false, namesake).is_none().then(|| namesake.clone()))
    }

    /// Whether AWS lists anything of this name.
    fn is_listed(&self, scope: &Scope, name: &str) -> bool {
        self.world.aws.inventory().latest(scope).is_some_and(|listing| listing.named(name).is_some())
    }

    /// Whether this is a name that the object has, had, or is to get.
    pub(super) fn gives_name(&self, name: &str) -> bool {
        let tried = self.replacing().map_or(0, |state| state.tried);
        let first = self.object.first_name_in_aws(&self.world);
        K::SUCCESSION == Succession::Beside && successor_number(&first, name).is_some_and(|number| number <= tried)
            || first == name
    }

    /// The name of the object in AWS after this many replacements.
    pub(super) fn name_of_successor(&self, number: u32) -> String {
        successor_name(&self.object.first_name_in_aws(&self.world), number)
    }

    pub(super) fn replacing(&self) -> Option<&Replacing> {
        self.observed.replacement.as_ref()
    }

    /// Whether something of a replacement is still to be done.
    pub(super) fn is_replacing(&self) -> bool {
        self.replacing().is_some_and(is_unfinished)
    }
}

fn is_unfinished(state: &Replacing) -> bool {
    state.building || state.successor.is_some() || state.retiring.is_some()
}

fn waits(noun: &str, message: &str) -> Hold {
    Hold::waiting(
        Reason::Updating,
        format!("The {noun} that is to take over is not ready yet, and the old one serves: {message}"),
    )
}

/// Where a plan stopped that would make the object anew.
pub(super) fn stopped<K: Managed>(desired: &K::Desired, hold: Hold) -> Stop {
    if hold.reason().is_about_the_way() {
        resolving(hold)
    } else if K::unusable(desired).is_some_and(|unusable| unusable == hold) {
        looking(hold)
    } else {
        programming(hold)
    }
}
