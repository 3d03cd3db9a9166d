//! Taking over what exists in AWS: found by id or name, told before anything is changed, and then kept like anything else.

use kube::ResourceExt;

use super::{Stop, Visit, find::Found, programming};
use crate::{
    api::Adopt,
    aws::{
        Listing, Scope, Summary,
        ownership::{Marker, Ownership},
    },
    kinds::Managed,
    plan::{Hold, Reason},
};

impl<K: Managed> Visit<'_, K> {
    /// What the spec asks to take over, when AWS has it and it may be taken.
    pub(super) async fn find_to_adopt(
        &mut self,
        scope: &Scope,
        listing: &Listing,
        adopt: &Adopt,
    ) -> Result<Found, Hold> {
        let found = match (&adopt.id, &adopt.name) {
            (Some(id), _) => match listing.items.get(id) {
                Some(summary) => Some(summary.clone()),
                None => K::observe(&self.world.aws, scope, id, false).await?.map(|observed| K::listed(&observed)),
            },
            (None, Some(name)) => listing.named(name).cloned(),
            (None, None) => None,
        };
        // What we began to make is looked for by the name that it gets.
        let begun = self.observed.create_attempt.is_some();
        let made = || listing.named(&self.object.name_in_aws(&self.world)).filter(|_| begun).cloned();
        let Some(summary) = found.or_else(made) else {
            if let found @ (Found::Listed(_) | Found::Unlisted(_)) = self.find_successor(scope, listing).await? {
                return Ok(found);
            }
            if begun || adopt.or_create.unwrap_or_default() {
                return Ok(Found::Absent);
            }
            let (what, by) = match &adopt.id {
                Some(id) => (id.clone(), "id"),
                None => (adopt.name.clone().unwrap_or_default(), "name"),
            };
            let message = format!("spec.adopt names {what}, and AWS has nothing of this kind by that {by}");
            return Err(Hold::waiting(Reason::ReferenceNotFound, message));
        };
        if let Some(hold) = self.object.may_not_take(&self.world, &summary.name) {
            return Err(hold);
        }
        let marker = K::marker(&self.world.aws, scope, &summary).await?;
        // What was made by us, before anybody could write its id down, was not there before us.
        let mine = Marker::of(&self.world.identity(&self.object));
        self.adopts = self.observed.create_attempt.is_none() || marker.as_ref() != Some(&mine);
        match self.not_ours(marker.as_ref(), false, &summary) {
            Some(hold) => Err(hold),
            None => Ok(Found::Listed(summary)),
        }
    }

    /// Whether `spec.adopt` allows what the table of ownership does not: it means this very object, and nobody else here has it. Of several
    /// objects that took it over at once the oldest goes on.
    pub(super) fn is_adoptable(
        &self,
        shown: &Summary,
        ownership: &Ownership,
        marker: Option<&Marker>,
        is_alive: impl Fn(&Marker) -> bool,
    ) -> bool {
        let Some(adopt) = self.object.adopt().filter(|_| self.adopts || self.observed.adopted.is_some()) else {
            return false;
        };
        let is_meant = adopt.id.as_ref() == Some(&shown.id) || adopt.name.as_ref() == Some(&shown.name);
        if !is_meant || self.is_held_here(shown) {
            return false;
        }
        match ownership {
            Ownership::Ours | Ownership::Inherited => true,
            Ownership::OtherCluster(_) => {
                adopt.from.as_ref().is_some_and(|from| marker.is_some_and(|marker| marker.names_cluster(from)))
            }
            Ownership::Taken => marker.is_none_or(|marker| !is_alive(marker)),
        }
    }

    /// Whether another object here has recorded it.
    pub(super) fn is_held_here(&self, shown: &Summary) -> bool {
        let age = |object: &K| (object.creation_timestamp().map(|time| time.0), object.uid());
        let is_recorded = K::id(&self.facts) == Some(&shown.id);
        let holders = self.world.cluster.stores().select::<K, _>(|other| {
            let holds = other.status().and_then(|status| K::id(&status.facts)) == Some(&shown.id);
            let counts = !is_recorded || age(other) < age(&self.object);
            (holds && other.uid() != self.object.uid() && counts).then_some(())
        });
        !holders.is_empty()
    }

    /// Tells what taking it over will change, in the condition and so in an event, and changes nothing yet.
    pub(super) fn announce(&mut self, desired: &K::Desired, observed: &K::Observed) -> Stop {
        let Summary { id, name, .. } = K::listed(observed);
        let difference = K::difference(desired, observed);
        let difference = if difference.is_empty() { "nothing else differs".to_owned() } else { difference.join(", ") };
        let message =
            format!("Takes over {id} ({name}), which exists in AWS: it gets this object's marker, and {difference}");
        self.observed.adopted = Some(name);
        self.observed.create_attempt = None;
        programming(Hold::waiting(Reason::Changed, message))
    }

    /// What was there before us is not made again behind anybody's back.
    pub(super) fn is_gone_for_good(&self, is_gone: bool) -> Option<Stop> {
        let was_there = self.observed.adopted.is_some() && self.observed.create_attempt.is_none();
        (is_gone && was_there && !self.object.may_be_made()).then(|| {
            programming(Hold::stalled(
                Reason::Gone,
                "Somebody deleted in AWS what spec.adopt took over, and nothing is made in its place. Delete this object, and create it without spec.adopt to have one made",
            ))
        })
    }
}
