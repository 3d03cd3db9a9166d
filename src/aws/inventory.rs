//! What AWS listed: one List call tells of hundreds of objects what a Get tells of one.
//!
//! Waiting and drift are decided by these lists; a full Get is made only for an object whose summary moved. Calls are shared: those
//! who want a list while one is being made get that one. A list that could not be read to its last page is an error, never a short list.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_bedrockagentcorecontrol::types::TargetStatus;
use aws_smithy_types::{DateTime, date_time::Format};
use tokio::{sync::mpsc, time::Instant};

use super::{Absent, Aws, Fault, account_of, ownership::Marker};

/// One list that AWS can be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The gateways of the account and region.
    Gateways,
    /// The targets of the gateway with this id.
    Targets(String),
    /// The resource gateways of the account and region, those that AgentCore manages included.
    ResourceGateways,
    /// The resource configurations of the account and region, and those shared with it.
    ResourceConfigurations,
}

/// What a list says about one object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// AWS's id.
    pub id: String,
    /// AWS's name.
    pub name: String,
    /// AWS's status, verbatim.
    pub status: String,
    /// The marker in the description, on targets.
    pub marker: Option<Marker>,
    /// When AWS last changed it, as it stands in `status.observed.updatedAt`.
    pub updated_at: String,
    /// When AWS last read the tools, on targets.
    pub synchronized_at: Option<String>,
    /// The resource gateway, on resource configurations.
    pub parent: Option<String>,
    /// The group, on resource configurations that are children.
    pub group: Option<String>,
    /// Who has the say over it; `None`: this account.
    pub keeper: Option<Keeper>,
}

/// Who has the say over what AWS shows and this account may not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeper {
    /// A service of AWS, which manages it for itself.
    Aws,
    /// Another account, which shares it with this one.
    Account(String),
}

impl Keeper {
    /// Whose an object of VPC Lattice is that has this ARN and is, or is not, managed by AWS; `None`: this account's own.
    pub fn of(arn: Option<&str>, managed: Option<bool>, account: &str) -> Option<Self> {
        let owner = arn.and_then(account_of).filter(|owner| *owner != account);
        match managed {
            Some(true) => Some(Self::Aws),
            Some(false) | None => owner.map(|owner| Self::Account(owner.to_owned())),
        }
    }
}

/// One answer to a List, all pages of it.
#[derive(Debug)]
pub struct Listing {
    /// When the call began: the list knows nothing that happened after this.
    pub begun: Instant,
    /// The objects by id.
    pub items: HashMap<String, Summary>,
}

impl Listing {
    /// The object of this account with this name. What others share with it may have any name: names are unique in each account.
    pub fn named(&self, name: &str) -> Option<&Summary> {
        self.own().find(|summary| summary.name == name)
    }

    /// What is this account's, what AWS manages there included.
    pub fn own(&self) -> impl Iterator<Item = &Summary> {
        self.items.values().filter(|summary| !matches!(summary.keeper, Some(Keeper::Account(_))))
    }
}

/// An object that was listed otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Which list.
    pub scope: Scope,
    /// AWS's id.
    pub id: String,
}

/// The most recent list of each scope.
#[derive(Debug, Default)]
pub struct Inventory {
    slots: Mutex<HashMap<Scope, Arc<Slot>>>,
    operations: Mutex<HashMap<String, Vec<Operation>>>,
    listener: Mutex<Option<mpsc::UnboundedSender<Moved>>>,
}

#[derive(Debug, Default)]
struct Slot {
    /// Held while a list is being read, so that one call serves all who wait.
    reading: tokio::sync::Mutex<()>,
    latest: Mutex<Option<Arc<Listing>>>,
}

impl Inventory {
    /// Sends every object that is listed otherwise than before to the answered channel. The channel is as long as what moved between
    /// two looks; the reader only looks names up.
    pub fn listen(&self) -> mpsc::UnboundedReceiver<Moved> {
        let (sender, receiver) = mpsc::unbounded_channel();
        *lock(&self.listener) = Some(sender);
        receiver
    }

    /// The most recent list, however old.
    pub fn latest(&self, scope: &Scope) -> Option<Arc<Listing>> {
        lock(&lock(&self.slots).entry(scope.clone()).or_default().latest).clone()
    }

    /// Drops the lists of scopes that are no longer looked at.
    pub fn retain(&self, keep: impl Fn(&Scope) -> bool) {
        lock(&self.slots).retain(|scope, _| keep(scope));
        lock(&self.operations).retain(|gateway, _| keep(&Scope::Targets(gateway.clone())));
    }

    /// A list that was begun at this moment or later: the one at hand when it is young enough, else a new one.
    ///
    /// # Errors
    ///
    /// A page could not be read.
    pub async fn list(&self, aws: &Aws, scope: &Scope, not_before: Instant) -> Result<Arc<Listing>, Fault> {
        let slot = Arc::clone(lock(&self.slots).entry(scope.clone()).or_default());
        let _one_at_a_time = slot.reading.lock().await;
        if let Some(listing) = lock(&slot.latest).clone().filter(|listing| listing.begun >= not_before) {
            return Ok(listing);
        }
        let begun = Instant::now();
        let items = read(aws, scope).await?;
        let listing =
            Arc::new(Listing { begun, items: items.into_iter().map(|item| (item.id.clone(), item)).collect() });
        let before = lock(&slot.latest).replace(Arc::clone(&listing));
        self.tell(scope, before.as_deref(), &listing);
        Ok(listing)
    }

    fn tell(&self, scope: &Scope, before: Option<&Listing>, now: &Listing) {
        let Some(before) = before else { return };
        let listener = lock(&self.listener);
        let Some(listener) = listener.as_ref() else { return };
        let gone = before.items.keys().filter(|id| !now.items.contains_key(*id));
        let changed = now.items.iter().filter(|(id, item)| before.items.get(*id) != Some(item)).map(|(id, _)| id);
        for id in gone.chain(changed) {
            // Nobody listens any more when the operator is stopping.
            let _ = listener.send(Moved { scope: scope.clone(), id: id.clone() });
        }
    }

    /// Takes one of the places that AWS has for target operations at once on a gateway, or `None` when all are taken. What the list
    /// shows as running counts, and what was begun here since.
    pub fn begin_operation(
        &self,
        gateway: &str,
        target: &str,
        listing: &Listing,
        places: usize,
    ) -> Option<Running<'_>> {
        let mut operations = lock(&self.operations);
        let begun = operations.entry(gateway.to_owned()).or_default();
        begun.retain(|operation| operation.answered.is_none_or(|answered| answered >= listing.begun));
        let running: Vec<&str> =
            listing.items.values().filter(|item| is_running(&item.status)).map(|item| item.name.as_str()).collect();
        let here = begun.iter().filter(|operation| !running.contains(&operation.target.as_str())).count();
        if running.len() + here >= places {
            return None;
        }
        begun.push(Operation { target: target.to_owned(), answered: None });
        Some(Running { inventory: self, gateway: gateway.to_owned(), target: target.to_owned() })
    }
}

/// A target operation that was begun here. AWS counts it until it is done, which a later list will tell.
#[derive(Debug)]
struct Operation {
    target: String,
    /// When AWS answered the request: only a list begun after this knows better.
    answered: Option<Instant>,
}

/// A place among the target operations of a gateway, taken until a list begun after this is dropped tells how it went.
#[derive(Debug)]
pub struct Running<'inventory> {
    inventory: &'inventory Inventory,
    gateway: String,
    target: String,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let Some(operations) = lock(&self.inventory.operations).get_mut(&self.gateway) {
            for operation in operations.iter_mut().filter(|operation| operation.target == self.target) {
                operation.answered.get_or_insert_with(Instant::now);
            }
        }
    }
}

/// Whether AWS counts a target in this state against its limit of operations at once. One that waits for a person's consent does not
/// run, and must not keep others out.
fn is_running(status: &str) -> bool {
    [TargetStatus::Creating, TargetStatus::Updating, TargetStatus::Deleting]
        .iter()
        .any(|running| running.as_str() == status)
}

/// A moment as AWS told it, in the form that stands in status.
pub fn text(moment: &DateTime) -> String {
    moment.fmt(Format::DateTime).unwrap_or_default()
}

async fn read(aws: &Aws, scope: &Scope) -> Result<Vec<Summary>, Fault> {
    match scope {
        Scope::Gateways => gateways(aws).await,
        // A gateway that is gone has no targets.
        Scope::Targets(gateway) => Ok(targets(aws, gateway).await.absent()?.unwrap_or_default()),
        Scope::ResourceGateways => resource_gateways(aws).await,
        Scope::ResourceConfigurations => resource_configurations(aws).await,
    }
}

/// Reads all pages of a List: what differs between the four is the call, and what one of its items says.
macro_rules! pages {
    ($aws:ident, $operation:literal, $request:expr, $items:ident => $summary:expr) => {{
        let mut all: Vec<Summary> = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let page = $aws.call($operation, $request.set_next_token(token.clone()).send()).await?;
            let next = page.next_token().filter(|next| !next.is_empty()).map(str::to_owned);
            if next.is_some() && next == token {
                break Err(Fault::unavailable($operation, "AWS answered with the same page again"));
            }
            token = next;
            let $items = page.items;
            all.extend($summary);
            if token.is_none() {
                break Ok(all);
            }
        }
    }};
}

/// The largest page that AgentCore's model allows.
const AGENTCORE_PAGE: i32 = 1000;
/// The largest page that VPC Lattice's model allows.
const LATTICE_PAGE: i32 = 100;

async fn gateways(aws: &Aws) -> Result<Vec<Summary>, Fault> {
    pages!(aws, "ListGateways", aws.agentcore().list_gateways().max_results(AGENTCORE_PAGE), items => items.into_iter().map(|item| Summary {
        id: item.gateway_id,
        name: item.name,
        status: item.status.as_str().to_owned(),
        updated_at: text(&item.updated_at),
        ..Summary::default()
    }))
}

async fn targets(aws: &Aws, gateway: &str) -> Result<Vec<Summary>, Fault> {
    pages!(aws, "ListGatewayTargets",
    aws.agentcore().list_gateway_targets().gateway_identifier(gateway).max_results(AGENTCORE_PAGE),
    items => items.into_iter().map(|item| Summary {
        id: item.target_id,
        name: item.name,
        status: item.status.as_str().to_owned(),
        marker: item.description.as_deref().and_then(Marker::in_description),
        updated_at: text(&item.updated_at),
        synchronized_at: item.last_synchronized_at.as_ref().map(text),
        ..Summary::default()
    }))
}

async fn resource_gateways(aws: &Aws) -> Result<Vec<Summary>, Fault> {
    pages!(aws, "ListResourceGateways", aws.lattice().list_resource_gateways().max_results(LATTICE_PAGE),
    items => items.unwrap_or_default().into_iter().map(|item| Summary {
        // Whether AgentCore manages it, only a Get tells.
        keeper: Keeper::of(item.arn.as_deref(), None, &aws.account().id),
        id: item.id.unwrap_or_default(),
        name: item.name.unwrap_or_default(),
        status: item.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        updated_at: item.last_updated_at.as_ref().map(text).unwrap_or_default(),
        ..Summary::default()
    }))
}

async fn resource_configurations(aws: &Aws) -> Result<Vec<Summary>, Fault> {
    pages!(aws, "ListResourceConfigurations", aws.lattice().list_resource_configurations().max_results(LATTICE_PAGE),
    items => items.unwrap_or_default().into_iter().map(|item| Summary {
        keeper: Keeper::of(item.arn.as_deref(), item.amazon_managed, &aws.account().id),
        id: item.id.unwrap_or_default(),
        name: item.name.unwrap_or_default(),
        status: item.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        updated_at: item.last_updated_at.as_ref().map(text).unwrap_or_default(),
        parent: item.resource_gateway_id,
        group: item.resource_configuration_group_id,
        ..Summary::default()
    }))
}

/// A poisoned lock only says that some thread panicked; the maps behind these locks are whole between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(id: &str, status: &str) -> Summary {
        Summary { id: id.into(), name: format!("target-{id}"), status: status.into(), ..Summary::default() }
    }

    fn listing(items: &[(&str, &str)]) -> Listing {
        Listing {
            begun: Instant::now(),
            items: items.iter().map(|(id, status)| ((*id).to_owned(), summary(id, status))).collect(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_runs_and_what_was_begun_here_count_once_each() {
        let inventory = Inventory::default();
        let old = listing(&[("a", "CREATING"), ("b", "READY"), ("c", "CREATE_PENDING_AUTH")]);
        let first = inventory.begin_operation("gw", "target-x", &old, 3).unwrap();
        let second = inventory.begin_operation("gw", "target-y", &old, 3).unwrap();
        assert!(inventory.begin_operation("gw", "target-z", &old, 3).is_none(), "a, x and y take all places");
        assert!(
            inventory.begin_operation("other", "target-z", &old, 3).is_some(),
            "another gateway has places of its own"
        );
        drop((first, second));
        assert!(inventory.begin_operation("gw", "target-z", &old, 3).is_none(), "answered is not done");
        tokio::time::advance(std::time::Duration::from_secs(1)).await;
        let newer = listing(&[("x", "CREATING"), ("y", "READY")]);
        let third = inventory.begin_operation("gw", "target-z", &newer, 3);
        assert!(third.is_some(), "only x runs, says a list begun after the answers");
    }

    #[test]
    fn what_another_account_shares_is_no_namesake() {
        let mut shared = summary("there", "ACTIVE");
        let arn = |account: &str| format!("arn:aws:vpc-lattice:us-west-2:{account}:resourceconfiguration/rcfg-1");
        let keeper = |account: &str, managed| Keeper::of(Some(&arn(account)), managed, "111122223333");
        shared.keeper = keeper("444455556666", Some(false));
        assert_eq!(shared.keeper, Some(Keeper::Account("444455556666".to_owned())));
        let name = shared.name.clone();
        let mut listing = listing(&[]);
        listing.items.insert(shared.id.clone(), shared);
        assert_eq!(listing.named(&name), None);
        let own = Summary { name: name.clone(), keeper: keeper("111122223333", None), ..summary("here", "ACTIVE") };
        assert_eq!(own.keeper, None);
        listing.items.insert(own.id.clone(), own.clone());
        assert_eq!(listing.named(&name), Some(&own));
        assert_eq!(keeper("111122223333", Some(true)), Some(Keeper::Aws));
        assert_eq!(Keeper::of(None, None, "111122223333"), None, "AWS need not tell");
    }

    #[test]
    fn what_moved_is_told() {
        let inventory = Inventory::default();
        let mut moved = inventory.listen();
        let before = listing(&[("stays", "READY"), ("goes", "READY"), ("changes", "CREATING")]);
        inventory.tell(&Scope::Gateways, None, &before);
        assert!(moved.try_recv().is_err(), "the first list moves nothing");
        inventory.tell(
            &Scope::Gateways,
            Some(&before),
            &listing(&[("stays", "READY"), ("changes", "READY"), ("comes", "READY")]),
        );
        let mut ids: Vec<_> = std::iter::from_fn(|| moved.try_recv().ok()).map(|moved| moved.id).collect();
        ids.sort();
        assert_eq!(ids, ["changes", "comes", "goes"]);
    }
}
