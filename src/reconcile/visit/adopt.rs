//! Taking over what exists in AWS: found by id or name, told before anything is changed, and then kept like anything else.

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
        let Some(summary) = found else {
            if adopt.or_create.unwrap_or_default() {
                return Ok(Found::Absent);
            }
            let what = adopt.id.as_ref().or(adopt.name.as_ref()).cloned().unwrap_or_default();
            let message = format!(
                "spec.adopt names {what}, and AWS has nothing of this kind by that {}",
                if adopt.id.is_some() { "id" } else { "name" }
            );
            return Err(Hold::waiting(Reason::ReferenceNotFound, message));
        };
        let marker = K::marker(&self.world.aws, scope, &summary).await?;
        // What was made by us, before anybody could write its id down, was not there before us.
        let mine = Marker::of(&self.world.identity(&self.object));
        self.adopts = self.observed.create_attempt.is_none() || marker.as_ref() != Some(&mine);
        match self.not_ours(marker.as_ref(), false, &summary.name) {
            Some(hold) => Err(hold),
            None => Ok(Found::Listed(summary)),
        }
    }

    /// Whether `spec.adopt` allows what the table of ownership does not: it says so outright, and nobody else here has it.
    pub(super) fn is_adoptable(
        &self,
        ownership: &Ownership,
        marker: Option<&Marker>,
        is_alive: impl Fn(&Marker) -> bool,
    ) -> bool {
        let Some(adopt) = self.object.adopt().filter(|_| self.adopts || self.observed.adopted.is_some()) else {
            return false;
        };
        match ownership {
            Ownership::Ours | Ownership::Inherited => true,
            Ownership::OtherCluster(_) => {
                adopt.from.as_ref().is_some_and(|from| marker.is_some_and(|marker| marker.names_cluster(from)))
            }
            Ownership::Taken => marker.is_none_or(|marker| !is_alive(marker)),
        }
    }

    /// Tells what taking it over will change, in the condition and so in an event, and changes nothing yet.
    pub(super) fn announce(&mut self, desired: &K::Desired, observed: &K::Observed) -> Stop {
        let Summary { id, name, .. } = K::listed(observed);
        let difference = K::difference(desired, observed);
        let difference = if difference.is_empty() { "nothing else differs".to_owned() } else { difference.join(", ") };
        let message =
            format!("Takes over {id} ({name}), which exists in AWS: it gets this object's marker, and {difference}");
        self.observed.adopted = Some(name);
        programming(Hold::waiting(Reason::Changed, message))
    }

    /// What was there before us is not made again behind anybody's back.
    pub(super) fn is_gone_for_good(&self, is_gone: bool) -> Option<Stop> {
        (is_gone && self.observed.adopted.is_some() && !self.object.may_be_made()).then(|| {
            programming(Hold::stalled(
                Reason::Gone,
                "Somebody deleted in AWS what spec.adopt took over, and nothing is made in its place; remove spec.adopt to have one made",
            ))
        })
    }
}
