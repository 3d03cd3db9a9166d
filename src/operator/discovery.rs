//! The loop that keeps a target beside each annotated object. What is to be done is decided in [`crate::workload::discovery`]; here is
//! looked, written and told.
//!
//! Each look goes over everything that the copies show, which costs no call, and then does one thing after the other. What cannot be done
//! at one place is tried again after a pause, and holds nobody else up. A look that finds nothing to do writes nothing.

mod ear;
mod memory;
mod picture;
mod writes;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use kube::{Resource, ResourceExt};
use tokio::time::{Instant, sleep, sleep_until};

pub(super) use self::ear::Bell;
use self::{
    memory::{Memory, Seen},
    picture::{Place, places, reference},
};
use super::wakes::Wakes;
use crate::{
    api::{Gateway, RECONCILE_REQUESTED_AT},
    kinds::World,
    plan::Reason,
    status,
    workload::discovery::{
        Address,
        breaker::{self, Ruling, Targets},
        place::{Kept, Step},
    },
};

/// The pause that gathers what comes in a burst.
const BURST: Duration = Duration::from_millis(100);

/// What events call what is done here.
const ACTION: &str = "Discover";

/// Keeps targets beside annotated objects.
pub(super) struct Discovery {
    world: World,
    wakes: Wakes,
    bell: Bell,
    memory: Memory,
}

/// What a look found out about targets that lost their claim.
#[derive(Default)]
struct Round {
    /// Those that may go now, by uid.
    going: HashSet<String>,
    /// When there may be more to do.
    again: Option<Instant>,
    /// The Gateways, by uid, whose targets are kept, and what is to be said of each.
    halts: HashMap<String, String>,
}

impl Round {
    fn look_again(&mut self, at: Option<Instant>) {
        self.again = self.again.into_iter().chain(at).min();
    }
}

impl Discovery {
    /// To be made when the copies are in sync and before any Gateway is visited: what stands on the Gateways is taken over.
    pub(super) fn new(world: World, wakes: Wakes, bell: Bell) -> Self {
        let gateways = world.cluster.stores().select::<Gateway, _>(|gateway| Some(gateway.clone()));
        let memory = Memory::restored(&gateways);
        let halts = gateways.iter().filter_map(|gateway| {
            let uid = gateway.uid().filter(|uid| memory.is_halted(uid))?;
            let condition = status::find(&gateway.status.as_ref()?.conditions, breaker::CONDITION)?;
            Some((uid, condition.message.clone()))
        });
        world.halts.replace(halts.collect());
        Self { world, wakes, bell, memory }
    }

    /// Looks whenever something changed, until the process ends.
    pub(super) async fn run(mut self) {
        loop {
            let again = self.look().await;
            let pause = async {
                match again {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.bell.rung() => {}
                () = pause => {}
            }
            sleep(BURST).await;
        }
    }

    /// Does what there is to do, and answers when there may be more.
    async fn look(&mut self) -> Option<Instant> {
        let places = places(self.world.cluster.stores());
        self.forget(&places);
        let mut round = self.judge(&places, Instant::now()).await;
        for place in &places {
            if place.decision.step != Step::Rest {
                let seen = place.target().map(Seen::from);
                let mut held = self.memory.holds(&place.address, seen.as_ref(), Instant::now());
                if held.is_none() {
                    self.step(place, &round.going).await;
                    held = self.memory.holds(&place.address, seen.as_ref(), Instant::now());
                }
                round.look_again(held);
            }
            self.tell(place).await;
        }
        round.again
    }

    fn forget(&mut self, places: &[Place]) {
        let objects = places.iter().flat_map(|place| place.claimants.iter().map(|claimant| claimant.object.uid()));
        let kept = places.iter().filter_map(|place| place.decision.kept.as_ref());
        self.memory.retain(
            &places.iter().map(|place| &place.address).collect(),
            &objects.collect(),
            &kept.filter(|kept| kept.is_claimless).map(|kept| kept.uid.as_str()).collect(),
        );
    }

    /// Which of the targets that lost their claim may go now.
    async fn judge(&mut self, places: &[Place], now: Instant) -> Round {
        let mut round = Round::default();
        let mut by_gateway: BTreeMap<&Address, Vec<&Kept>> = BTreeMap::new();
        for kept in places.iter().filter_map(|place| place.decision.kept.as_ref()) {
            by_gateway.entry(&kept.gateway).or_default().push(kept);
        }
        for (gateway, kept) in by_gateway {
            let claimless: Vec<&str> =
                kept.iter().filter(|kept| kept.is_claimless).map(|kept| kept.uid.as_str()).collect();
            let is_halted = self.is_halted(gateway, &kept, &claimless, now, &mut round.halts).await;
            let due = self.memory.grace(&claimless, self.world.settings.retry_floor, now);
            for uid in claimless {
                if self.memory.is_pardoned(uid) || (!is_halted && due <= now) {
                    round.going.insert(uid.to_owned());
                } else if !is_halted {
                    round.look_again(Some(due));
                }
            }
        }
        self.memory.resume_others(&round.halts);
        for gateway in self.world.halts.replace(round.halts.clone()) {
            self.wakes.halted(&gateway);
        }
        round
    }

    /// Whether the targets of a gateway that lost their claim are kept, because they are too many. A person is told when that begins.
    async fn is_halted(
        &mut self,
        gateway: &Address,
        kept: &[&Kept],
        claimless: &[&str],
        now: Instant,
        halts: &mut HashMap<String, String>,
    ) -> bool {
        // Of a Gateway that is not there AWS has nothing, and nobody could be told.
        let Some(guard) = self.world.cluster.stores().gateways.get(&reference::<Gateway>(gateway)) else {
            return false;
        };
        let uid = guard.uid().unwrap_or_default();
        let request = guard.annotations().get(RECONCILE_REQUESTED_AT);
        if self.memory.is_asked(&uid, request.map(String::as_str)) {
            self.memory.pardon(&uid, claimless);
        }
        let Ruling::Keep { going, of } = breaker::judge(&self.targets(gateway, kept, &uid, now), now) else {
            return false;
        };
        let message = breaker::message(going, of);
        if self.memory.halt(&uid, request.cloned()) {
            let regarded = guard.object_ref(&());
            self.world.cluster.tell_news(&regarded, true, Reason::Suspended, ACTION, &message).await;
        }
        halts.insert(uid, message);
        true
    }

    /// A gateway's targets, as far as no person has said that they go.
    fn targets(&self, gateway: &Address, kept: &[&Kept], uid: &str, now: Instant) -> Targets {
        let kept: Vec<_> = kept.iter().filter(|kept| !self.memory.is_pardoned(&kept.uid)).collect();
        let standing = || kept.iter().filter(|kept| !kept.is_going);
        // After a restart nobody knows that they were let go, or when; that they go can be seen.
        let on_their_way = kept.iter().filter(|kept| kept.is_going && kept.is_claimless);
        let mut let_go = self.memory.let_go_of(gateway);
        let_go.extend(on_their_way.map(|kept| (kept.uid.clone(), now)));
        Targets {
            standing: standing().map(|kept| kept.uid.clone()).collect(),
            claimless: standing().filter(|kept| kept.is_claimless).map(|kept| kept.uid.clone()).collect(),
            let_go,
            halted: self.memory.is_halted(uid),
        }
    }

    /// Tells every object at a place what it was not told yet.
    async fn tell(&mut self, place: &Place) {
        let failure = self.memory.failure(&place.address);
        let holder = place.holder();
        for (index, claimant) in place.claimants.iter().enumerate() {
            let uid = claimant.object.uid();
            let own = place.decision.notes.iter().filter(|(of, _)| *of == index).map(|(_, note)| note.clone());
            let failed = failure.clone().filter(|_| holder == Some(uid));
            let regarded = claimant.object.as_regarded();
            for note in self.memory.news(uid, own.chain(failed).collect()) {
                self.world.cluster.tell_news(&regarded, true, note.reason, ACTION, &note.sentence).await;
            }
        }
    }
}
