//! Where an object is in AWS, and whether what is there may be treated as ours.

use kube::ResourceExt;

use super::{Stop, Visit, programming, resolving};
use crate::{
    api::Replacing,
    aws::{
        Keeper, Listing, Scope, Summary,
        ownership::{Marker, Ownership, judge, successor_number},
    },
    cluster::View,
    kinds::{Managed, Succession, fingerprint, references::is_let_in},
    plan::{Hold, Reason},
    reconcile::{Errand, memory::Entry},
    status,
};

/// Where an object is in AWS.
pub(super) enum Found {
    /// Nowhere.
    Absent,
    /// In a list.
    Listed(Summary),
    /// Not in the list, but there all the same: lists lag.
    Unlisted(Summary),
}

impl<K: Managed> Visit<'_, K> {
    /// Looks the object up: by its recorded id, else by name and marker.
    pub(super) async fn find(&mut self, scope: &Scope, print: &str) -> Result<Found, Hold> {
        let inventory = self.world.aws.inventory();
        let id = K::id(&self.facts).map(str::to_owned);
        if let (Some(id), Some(listing)) = (&id, inventory.latest(scope))
            && let Some(summary) = listing.items.get(id)
            && self.is_settled(summary, print)
        {
            return Ok(Found::Listed(summary.clone()));
        }
        let not_before = self.memory(|entry| entry.not_before(self.world.settings.retry_floor));
        let listing = inventory.list(&self.world.aws, scope, not_before).await?;
        let found = if let Some(id) = id {
            match listing.items.get(&id) {
                Some(summary) => Found::Listed(summary.clone()),
                None => K::observe(&self.world.aws, scope, &id, false)
                    .await?
                    .map_or(Found::Absent, |observed| Found::Unlisted(K::listed(&observed))),
            }
        } else {
            let mine = Marker::of(&self.world.identity(&self.object));
            let name = self.object.name_in_aws(&self.world);
            let marked = listing.items.values().find(|summary| summary.marker.as_ref() == Some(&mine));
            let adopt = self.object.adopt().cloned().filter(|_| {
                self.errand == Errand::Keep && (marked.is_none() || self.observed.create_attempt.is_none())
            });
            match (marked.or_else(|| listing.named(&name)), adopt) {
                (_, Some(adopt)) => self.find_to_adopt(scope, &listing, &adopt).await?,
                (Some(namesake), None) => self.claim(scope, namesake).await?,
                (None, None) => self.find_successor(scope, &listing).await?,
            }
        };
        self.memory(Entry::looked);
        if !matches!(found, Found::Absent) {
            self.memory(Entry::shown);
        }
        Ok(found)
    }

    /// Where the status was lost after a replacement, the object has a later name than the one that is looked for.
    pub(super) async fn find_successor(&mut self, scope: &Scope, listing: &Listing) -> Result<Found, Hold> {
        if K::SUCCESSION != Succession::Beside {
            return Ok(Found::Absent);
        }
        let first = self.object.first_name_in_aws(&self.world);
        let numbered = listing.own().filter_map(|item| Some((successor_number(&first, &item.name)?, item)));
        let mut numbered: Vec<_> = numbered.collect();
        numbered.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        let mut ours = None;
        for (number, successor) in numbered {
            let marker = K::marker(&self.world.aws, scope, successor).await?;
            if self.not_ours(marker.as_ref(), false, successor).is_none() {
                ours = Some((number, successor));
                break;
            }
        }
        let Some((number, successor)) = ours else { return Ok(Found::Absent) };
        self.observed.replacement = Some(Replacing { current: number, tried: number, ..Replacing::default() });
        let message = format!("AWS has the object as {}, which took over before; looking again", successor.name);
        Err(Hold::waiting(Reason::Changed, message))
    }

    /// What has our name is ours when its marker says so. What is on its way out is waited for, whosever it was.
    async fn claim(&self, scope: &Scope, namesake: &Summary) -> Result<Found, Hold> {
        let marker = K::marker(&self.world.aws, scope, namesake).await?;
        match self.not_ours(marker.as_ref(), false, namesake) {
            None => Ok(Found::Listed(namesake.clone())),
            Some(hold) => Err(K::in_transition(&namesake.status).filter(is_going).unwrap_or(hold)),
        }
    }

    /// Whether the list and what is recorded leave nothing to look at.
    pub(super) fn is_settled(&self, summary: &Summary, print: &str) -> bool {
        let uid = self.uid();
        let quiet = |type_: &str| status::find(&self.before.conditions, type_).is_none();
        // Two times that AWS did not tell are not the same one: then what was read in full holds for as long as drift may go unseen.
        let unchanged = if summary.updated_at.is_empty() {
            self.memory(|entry| entry.was_read_within(self.world.settings.drift_interval))
        } else {
            self.observed.updated_at.as_deref() == Some(&summary.updated_at)
        };
        self.errand == Errand::Keep
            && self.request.is_none()
            && !self.resends()
            && !self.is_replacing()
            && self.was_ready_at_this_generation()
            && quiet("Reconciling")
            && quiet("Stalled")
            && quiet("Suspended")
            && self.observed.spec_hash.as_deref() == Some(print)
            && K::id(&self.facts) == Some(&summary.id)
            && unchanged
            && K::is_steady(&summary.status)
            && K::is_as_recorded(summary, &self.facts)
            && !self.memory(|entry| entry.is_thorough(false, &uid))
    }

    /// Whether a read that says "ready" is to be believed: the list says so, too, or nothing has changed since both did.
    pub(super) fn is_confirmed(&self, found: &Found, print: &str) -> bool {
        matches!(found, Found::Listed(summary) if K::is_steady(&summary.status))
            || (self.was_ready_at_this_generation() && self.observed.spec_hash.as_deref() == Some(print))
    }

    fn was_ready_at_this_generation(&self) -> bool {
        status::find(&self.before.conditions, status::READY)
            .is_some_and(|ready| ready.status == "True" && ready.observed_generation == self.generation)
    }

    /// Where many wait, waiting lives on lists, and only every third look reads the object itself. Where few wait, a Get costs no more
    /// than the list, says more, and says it sooner.
    pub(super) fn is_time_for_a_full_read(&self, scope: &Scope) -> bool {
        const FEW: usize = 2;
        let waiting = self.world.aws.inventory().latest(scope).map_or(0, |listing| {
            listing.items.values().filter(|item| K::in_transition(&item.status).is_some()).count()
        });
        waiting <= FEW || self.memory(|entry| entry.looks()) % 3 == 2
    }

    /// Why what AWS shows is nobody's to take here, whatever its marker says and the spec asks for.
    pub(super) fn kept_by_others(&self, shown: &Summary) -> Option<Hold> {
        let whose = match shown.keeper.as_ref()? {
            Keeper::Aws => "is managed by AWS itself".to_owned(),
            Keeper::Account(account) => format!("belongs to account {account}, which shares it with this one"),
        };
        let (name, way_out) = (&shown.name, self.way_out());
        let message = format!("{name} exists in AWS and {whose}; it is left alone. {way_out}");
        Some(Hold::stalled(Reason::OwnershipConflict, message))
    }

    fn way_out(&self) -> &'static str {
        match self.errand {
            Errand::Keep => "Use another spec.name",
            Errand::Remove => "Set spec.deletionPolicy to Retain to let this object go",
        }
    }

    /// What stands in the way of treating what AWS has, under this name, as ours.
    pub(super) fn not_ours(&self, marker: Option<&Marker>, recorded: bool, shown: &Summary) -> Option<Hold> {
        if let Some(hold) = self.kept_by_others(shown) {
            return Some(hold);
        }
        let name = &shown.name;
        let identity = self.world.identity(&self.object);
        let stores = self.world.cluster.stores();
        let is_alive = |marker: &Marker| {
            !stores
                .select::<K, _>(|other| other.uid().is_some_and(|uid| marker.names_uid(&uid)).then_some(()))
                .is_empty()
        };
        // An id without a marker is only believed together with a name that we give: a status can be written by others. What was taken over
        // is believed when AWS was seen to have our spec: what was only announced is not ours, unless the spec asks for it still, below.
        let was_taken = || self.observed.spec_hash.is_some() && !self.is_held_here(shown);
        let recorded = recorded && self.gives_name(name) && (self.observed.adopted.is_none() || was_taken());
        let way_out = self.way_out();
        let ownership = judge(marker, &identity, recorded, is_alive);
        if self.is_adoptable(shown, &ownership, marker, is_alive) {
            return None;
        }
        match ownership {
            Ownership::Ours | Ownership::Inherited => None,
            Ownership::OtherCluster(cluster) => Some(Hold::stalled(
                Reason::OwnershipConflict,
                format!("{name} exists in AWS and belongs to the cluster {cluster}; it is left alone. {way_out}"),
            )),
            Ownership::Taken => Some(Hold::stalled(
                Reason::NameTaken,
                format!(
                    "{name} exists in AWS and was not made by this object; it is left alone. {way_out}, or delete the other"
                ),
            )),
        }
    }

    /// Checks once more, live, what is only known from copies, before AWS is changed.
    pub(super) async fn may_change(&self, found: &Found, shown: Option<Summary>, print: &str) -> Result<(), Stop> {
        let changed = |what: &str| Hold::waiting(Reason::Changed, format!("{what} has just changed; looking again"));
        if !self.is_current().await.map_err(resolving)? {
            return Err(resolving(changed("The object")));
        }
        let live = self.object.resolve(&self.world, View::Live).await.map_err(resolving)?;
        if fingerprint(&live) != print {
            return Err(resolving(changed("What the spec refers to")));
        }
        match found {
            Found::Listed(summary) => {
                let scope = self.scope().map_err(resolving)?;
                // What was read in full is newer than the list.
                let shown = shown.unwrap_or_else(|| summary.clone());
                let marker = K::marker(&self.world.aws, &scope, &shown).await.map_err(programming)?;
                self.not_ours(marker.as_ref(), true, &shown).map_or(Ok(()), |hold| Err(programming(hold)))
            }
            Found::Unlisted(_) => Err(programming(Hold::waiting(
                Reason::Updating,
                "AWS's list does not show the object yet; looking again",
            ))),
            Found::Absent => self.is_first().map_err(programming),
        }
    }

    /// Whether the API server still has this very object, as it was looked at.
    pub(super) async fn is_current(&self) -> Result<bool, Hold> {
        let namespace = self.object.namespace().unwrap_or_default();
        let live = self.world.cluster.metadata::<K>(&namespace, &self.object.name_any()).await?;
        Ok(live.is_some_and(|live| {
            live.uid == self.object.uid()
                && live.generation == self.generation
                && live.deletion_timestamp == self.object.meta().deletion_timestamp
        }))
    }

    /// Of several objects here that want one name in AWS, the oldest has it. One that was never let in wants in vain.
    fn is_first(&self) -> Result<(), Hold> {
        let name = self.object.name_in_aws(&self.world);
        let scope = self.object.scope(&self.world);
        let age = |object: &K| (object.creation_timestamp().map(|time| time.0), object.uid());
        let mine = age(&self.object);
        let older = self.world.cluster.stores().select::<K, _>(|other| {
            (age(other) < mine
                && is_let_in(other)
                && (other.may_be_made() || other.status().is_some_and(|status| K::id(&status.facts).is_some()))
                && other.name_in_aws(&self.world) == name
                && other.scope(&self.world) == scope)
                .then(|| format!("{}/{}", other.namespace().unwrap_or_default(), other.name_any()))
        });
        older.first().map_or(Ok(()), |older| {
            Err(Hold::stalled(
                Reason::NameTaken,
                format!("{older} is older and wants the name {name} in AWS, too; use another spec.name, or delete the other object"),
            ))
        })
    }
}

/// Whether a hold says that AWS is taking the object away.
pub(super) fn is_going(hold: &Hold) -> bool {
    hold.reason() == Reason::WaitingForPredecessor
}
