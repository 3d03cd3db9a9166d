//! What tests do behind everybody's back.

use serde_json::{Map, Value, json};

use super::account::{Account, settings};
use super::object::{Key, Object, ObjectKind};
use super::{gateway, lattice, tags, target};

/// Members of creations that descriptions do not have.
const NO_MEMBERS: [&str; 5] =
    ["tags", "clientToken", "gatewayIdentifier", "resourceGatewayIdentifier", "resourceConfigurationGroupIdentifier"];

/// All objects of a kind, each with everything that any answer shows, and its tags.
pub(super) fn objects(account: &Account, kind: ObjectKind) -> Vec<Value> {
    account.of_kind(kind).into_iter().map(whole).collect()
}

/// One object with everything that any answer shows, and its tags.
pub(super) fn object(account: &Account, key: &Key) -> Option<Value> {
    account.get(key).map(whole)
}

/// Changes an object as someone with the console would: `updatedAt` moves unless the change sets it or touches only the status.
pub(super) fn edit(account: &mut Account, key: &Key, change: impl FnOnce(&mut Value)) -> bool {
    let now = account.stamp();
    let Some(object) = account.get_mut(key) else { return false };
    let mut value = whole(object);
    change(&mut value);
    let Value::Object(mut body) = value else { return false };
    if let Some(tags) = body.remove("tags") {
        object.tags = tags::given(&json!({"tags": tags}));
    }
    body.remove("gatewayIdentifier");
    let member = if body.contains_key("updatedAt") { "updatedAt" } else { "lastUpdatedAt" };
    if settings(&body) != settings(&object.body) && body.get(member) == object.body.get(member) {
        body.insert(member.to_owned(), now);
    }
    object.body = body;
    true
}

/// Removes an object, and with a gateway its targets.
pub(super) fn remove(account: &mut Account, key: &Key) -> bool {
    let targets: Vec<_> = account.targets_of(&key.id).iter().map(|target| target.key.clone()).collect();
    for target in targets {
        account.remove(&target);
    }
    account.remove(key).is_some()
}

/// Puts an object there as if someone else had made it, settled at once and unchecked.
///
/// `body` is the input of the creation, with tags. Members that no creation has (`serviceManaged`, `createdAt`, ...) are taken
/// as they are, `gatewayId`, `targetId` or `id` as the id.
pub(super) fn seed(account: &mut Account, kind: ObjectKind, body: &Value) -> String {
    let name = body["name"].as_str().unwrap_or("seeded").to_owned();
    let chosen = |member: &str| body[member].as_str().map(str::to_owned);
    let mut id = |member: &str, new: &dyn Fn(&mut Account) -> String| chosen(member).unwrap_or_else(|| new(account));
    let id = match kind {
        ObjectKind::Gateway => id("gatewayId", &|account| account.ids.gateway(&name)),
        ObjectKind::GatewayTarget => id("targetId", &|account| account.ids.target()),
        ObjectKind::ResourceGateway => id("id", &|account| account.ids.prefixed("rgw")),
        ObjectKind::ResourceConfiguration => id("id", &|account| account.ids.prefixed("rcfg")),
        ObjectKind::Association => id("id", &|account| account.ids.prefixed("snra")),
    };
    let gateway = body["gatewayIdentifier"].as_str().unwrap_or_default().to_owned();
    let mut described = match kind {
        ObjectKind::Gateway => gateway::describe(account, &id, body),
        ObjectKind::GatewayTarget => target::describe(account, &gateway, &id, body),
        ObjectKind::ResourceGateway => lattice::describe(account, &id, body),
        ObjectKind::ResourceConfiguration => lattice::describe_configuration(account, &id, body),
        ObjectKind::Association => Map::new(),
    };
    for (member, value) in body.as_object().into_iter().flatten() {
        if !NO_MEMBERS.contains(&member.as_str()) && !described.contains_key(member) {
            described.insert(member.clone(), value.clone());
        }
    }
    for member in ["status", "createdAt", "updatedAt", "arn", "serviceManaged", "amazonManaged"] {
        if let Some(value) = body.get(member) {
            described.insert(member.to_owned(), value.clone());
        }
    }
    let mut object = Object::new(Key::new(kind, &id), described);
    object.tags = tags::given(body);
    object.gateway.clone_from(&gateway);
    account.insert(object);
    let refusals = account.options.stale_target_refusals;
    if let Some(gateway) = account.get_mut(&Key::new(ObjectKind::Gateway, gateway)) {
        gateway.stale_refusals = refusals;
    }
    id
}

/// Puts an object into a status for good.
pub(super) fn set_status(account: &mut Account, key: &Key, status: &str, reasons: &[&str]) -> bool {
    let Some(object) = account.get_mut(key) else { return false };
    object.pending = None;
    let reasons: Vec<_> = reasons.iter().map(|&reason| reason.to_owned()).collect();
    object.set_status(status, &reasons);
    true
}

/// One line for each object that stays until someone deletes it.
pub(super) fn left_over(account: &Account) -> Vec<String> {
    lines(account, |object| !is_reaped_by_aws(object))
}

/// One line for each object that AWS removes itself.
pub(super) fn reaped_by_aws(account: &Account) -> Vec<String> {
    lines(account, is_reaped_by_aws)
}

fn is_reaped_by_aws(object: &Object) -> bool {
    object.key.kind == ObjectKind::Association || object.is_service_managed()
}

fn lines(account: &Account, wanted: impl Fn(&Object) -> bool) -> Vec<String> {
    let objects = ObjectKind::ALL.into_iter().flat_map(|kind| account.of_kind(kind));
    objects
        .filter(|object| wanted(object))
        .map(|object| {
            format!("{} {} ({}) {}", object.key.kind.name(), object.key.id, object.text("name"), object.status())
        })
        .collect()
}

fn whole(object: &Object) -> Value {
    let mut body = object.body.clone();
    if object.key.kind.has_tags() {
        body.insert("tags".to_owned(), json!(object.tags));
    } else {
        body.insert("gatewayIdentifier".to_owned(), json!(object.gateway));
    }
    Value::Object(body)
}
