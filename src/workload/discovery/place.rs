//! What is to be done at one place: under one name of one namespace, where a Service, an Ingress and an HTTPRoute may each ask for the one
//! target of that name.
//!
//! | what stands | its object | its object asks for | step |
//! |---|---|---|---|
//! | nothing | - | - | the target of the oldest object that asks for one and may have it is made |
//! | a target of somebody else's | - | - | none, and it is told to all who ask |
//! | a target whose label was taken off | - | - | it is released |
//! | our target | gone, or being deleted | - | it is deleted |
//! | our target | stays | nothing, or its Gateway lets it no more | it is let go, unless too many go |
//! | our target | stays | another gateway, or another name in AWS | the same; then the new one is made |
//! | our target | stays | what cannot be told | none |
//! | our target | stays | this target | it is corrected where it differs |

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{OwnerReference, Time};
use kube::ResourceExt;
use serde_json::Value;

use super::{
    Address, Note, Object,
    claim::{Claim, Wish},
    target::{self, Keeper},
};
use crate::{api::GatewayTarget, plan::Reason};

/// An object, and what it asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimant {
    /// The object.
    pub object: Object,
    /// What it asks for.
    pub claim: Claim,
}

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing<'target> {
    /// No target.
    Nothing,
    /// A target that this version cannot read: it is left alone.
    Unreadable,
    /// This target.
    Target(&'target GatewayTarget),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Nothing.
    Rest,
    /// This target is made, for the object with this uid.
    Make(Box<GatewayTarget>, String),
    /// The target that stands gets this merge patch.
    Correct(Value),
    /// The target that stands gets this merge patch, and is its user's from then on.
    Release(Value),
    /// The target that stands is deleted at once: its object is gone, or goes.
    Delete(OwnerReference),
    /// The target that stands is deleted, unless too many go.
    LetGo,
}

/// A target that stands and is kept by the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its uid.
    pub uid: String,
    /// Its Gateway.
    pub gateway: Address,
    /// It is being deleted.
    pub is_going: bool,
    /// It has lost its claim, while its object stays.
    pub is_claimless: bool,
}

/// What is to be done at a place, and what is to be told there.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What is to be done.
    pub step: Step,
    /// Our target, where one stands.
    pub kept: Option<Kept>,
    /// Notes, with the place of their object among the claimants.
    pub notes: Vec<(usize, Note)>,
}

/// The table.
pub fn decide(claimants: &[Claimant], standing: Standing<'_>) -> Decision {
    match standing {
        Standing::Unreadable => only(Step::Rest),
        Standing::Nothing => make(claimants),
        Standing::Target(target) => match target::keeper(target) {
            Keeper::Other => Decision { notes: refused(claimants, target), ..only(Step::Rest) },
            Keeper::Released(owner) => only(Step::Release(target::release(target, owner))),
            Keeper::Operator(owner) => keep(claimants, target, owner),
        },
    }
}

fn only(step: Step) -> Decision {
    Decision { step, kept: None, notes: Vec::new() }
}

/// Nothing stands: the oldest object that asks for a target and may have it gets it.
fn make(claimants: &[Claimant]) -> Decision {
    let mut asking: Vec<(usize, &Claimant, &Wish)> = claimants
        .iter()
        .enumerate()
        .filter(|(_, claimant)| !claimant.object.is_going())
        .filter_map(|(index, claimant)| Some((index, claimant, wish_of(claimant)?)))
        .filter(|(_, _, wish)| wish.closed.is_none())
        .collect();
    asking.sort_by_key(|(_, claimant, _)| age(&claimant.object));
    let mut notes = own_notes(claimants, None);
    let Some((first, claimant, wish)) = asking.first() else { return Decision { notes, ..only(Step::Rest) } };
    notes.extend(rivals(claimants, *first));
    let step = Step::Make(Box::new(target::made(&claimant.object, wish)), claimant.object.uid().to_owned());
    Decision { step, kept: None, notes }
}

/// Oldest first; those made in the same second by uid.
fn age(object: &Object) -> (Option<Time>, String) {
    (object.metadata.creation_timestamp.clone(), object.uid().to_owned())
}

/// Our target stands.
fn keep(claimants: &[Claimant], target: &GatewayTarget, owner: &OwnerReference) -> Decision {
    let is_going = target.metadata.deletion_timestamp.is_some();
    let gateway = target::gateway_of(target);
    let mut kept = Kept { uid: target.uid().unwrap_or_default(), gateway, is_going, is_claimless: false };
    let alive = |claimant: &Claimant| claimant.object.uid() == owner.uid && !claimant.object.is_going();
    let Some(index) = claimants.iter().position(alive) else {
        let step = if is_going { Step::Rest } else { Step::Delete(owner.clone()) };
        return Decision { kept: Some(kept), ..only(step) };
    };
    let mut notes = own_notes(claimants, Some(index));
    notes.extend(rivals(claimants, index));
    let Claimant { object, claim } = &claimants[index];
    let mut step = match claim {
        Claim::Nothing => Step::LetGo,
        // A Gateway that is not there has no will; and what is barred from another Gateway stays where it is.
        Claim::Barred { gateway, exists, .. } if *exists && kept.gateway == *gateway => Step::LetGo,
        Claim::Barred { .. } | Claim::Unclear(_) => Step::Rest,
        Claim::Target(wish) if target::is_same(object, wish, target) => {
            target::correction(object, wish, target).map_or(Step::Rest, Step::Correct)
        }
        Claim::Target(wish) => match &wish.closed {
            Some(note) => {
                notes.push((index, note.clone()));
                Step::Rest
            }
            None => Step::LetGo,
        },
    };
    kept.is_claimless = step == Step::LetGo;
    if is_going {
        step = Step::Rest;
    }
    Decision { step, kept: Some(kept), notes }
}

fn wish_of(claimant: &Claimant) -> Option<&Wish> {
    match &claimant.claim {
        Claim::Target(wish) => Some(wish),
        Claim::Nothing | Claim::Barred { .. } | Claim::Unclear(_) => None,
    }
}

/// What each object has to be told of its own claim. That a Gateway takes no new targets is no news to one that has its target.
fn own_notes(claimants: &[Claimant], holder: Option<usize>) -> Vec<(usize, Note)> {
    let mut notes = Vec::new();
    for (index, claimant) in claimants.iter().enumerate() {
        let mut tell = |note: &Note| notes.push((index, note.clone()));
        match &claimant.claim {
            Claim::Nothing => {}
            Claim::Barred { note, .. } | Claim::Unclear(note) => tell(note),
            Claim::Target(wish) => {
                wish.ignored.iter().for_each(&mut tell);
                wish.closed.iter().filter(|_| holder != Some(index)).for_each(&mut tell);
            }
        }
    }
    notes
}

/// That another object has the target of this name.
fn rivals(claimants: &[Claimant], holder: usize) -> Vec<(usize, Note)> {
    let Claimant { object, .. } = &claimants[holder];
    let sentence = format!(
        "{object} has the GatewayTarget of this name; this object's is made when that one is gone or asks for none any more. Two objects \
         of one name cannot both have one: give one of them another name"
    );
    duplicates(claimants, &sentence, |index| index != holder)
}

/// That a target of somebody else's has this name.
fn refused(claimants: &[Claimant], target: &GatewayTarget) -> Vec<(usize, Note)> {
    let name = target.name_any();
    let sentence = format!(
        "There is a GatewayTarget {name} that is not kept for this object; it is left alone. Delete it, and one is made for this object; \
         or remove the annotation"
    );
    let mut notes = own_notes(claimants, None);
    notes.extend(duplicates(claimants, &sentence, |_| true));
    notes
}

fn duplicates(claimants: &[Claimant], sentence: &str, is_meant: impl Fn(usize) -> bool) -> Vec<(usize, Note)> {
    let asking =
        claimants.iter().enumerate().filter(|(index, claimant)| is_meant(*index) && wish_of(claimant).is_some());
    asking.map(|(index, _)| (index, Note::new(Reason::DuplicateResource, sentence))).collect()
}

#[cfg(test)]
mod tests;
