//! Tags of both services.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::account::{Account, Done};
use super::json::texts;
use super::object::{Key, ObjectKind};
use super::refusal::Refusal;
use super::service::Service;

/// The key that marks a resource gateway as made by `AgentCore`.
pub(super) const MANAGED: &str = "BedrockAgentCoreGatewayManaged";

/// Tags on one object, whatever the shape of the service allows.
const MOST: usize = 50;

/// The tags in the input of a creation, or why they cannot be had.
pub(super) fn checked(input: &Value) -> Result<BTreeMap<String, String>, Refusal> {
    let tags = given(input);
    check_keys(tags.keys())?;
    if tags.len() > MOST {
        return Err(Refusal::invalid("tags", format!("An object can have {MOST} tags.")));
    }
    Ok(tags)
}

/// The tags in an input, unchecked.
pub(super) fn given(input: &Value) -> BTreeMap<String, String> {
    let entries = input["tags"].as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// `TagResource`: adds and overwrites, tags that are not named stay.
pub(super) fn tag(account: &mut Account, service: Service, input: &Value) -> Result<Done, Refusal> {
    let key = tagged(account, service, input)?;
    let tags = given(input);
    check_keys(tags.keys())?;
    change(account, &key, |old| old.extend(tags))
}

/// `UntagResource`: keys that are not there are no error.
pub(super) fn untag(account: &mut Account, service: Service, input: &Value) -> Result<Done, Refusal> {
    let key = tagged(account, service, input)?;
    let keys = texts(input, "/tagKeys");
    check_keys(keys.iter())?;
    change(account, &key, |old| old.retain(|key, _| !keys.contains(key)))
}

/// `ListTagsForResource`.
pub(super) fn list(account: &Account, service: Service, input: &Value) -> Result<Done, Refusal> {
    let key = tagged(account, service, input)?;
    let (now, lag) = (account.now, account.options.tag_lag);
    let tags = account.get(&key).map(|object| object.seen_tags(now, lag).clone()).unwrap_or_default();
    Ok(Done::read(json!({"tags": tags})))
}

fn change(
    account: &mut Account,
    key: &Key,
    change: impl FnOnce(&mut BTreeMap<String, String>),
) -> Result<Done, Refusal> {
    let (now, lag) = (account.now, account.options.tag_lag);
    let Some(object) = account.get_mut(key) else { return Err(Refusal::not_found(key.kind.name(), &key.id)) };
    if object.is_service_managed() {
        return Err(Refusal::denied("VPC Resource Gateway is managed"));
    }
    let mut too_many = false;
    let changed = object.change_tags(now, lag, |tags| {
        let before = tags.clone();
        change(tags);
        too_many = tags.len() > MOST;
        if too_many {
            *tags = before;
        }
    });
    if too_many {
        return Err(Refusal::invalid("tags", format!("An object can have {MOST} tags.")));
    }
    Ok(Done { answer: json!({}), changed, object: Some(key.clone()) })
}

/// The object behind an ARN, which must be the exact one, and the account's own: what another account shares is not the caller's to tag,
/// and its tags are not the caller's to read.
fn tagged(account: &Account, service: Service, input: &Value) -> Result<Key, Refusal> {
    let arn = input["resourceArn"].as_str().unwrap_or_default();
    if arn.split(':').nth(4).is_some_and(|owner| owner != account.options.account) {
        return Err(Refusal::denied(format!("Only the owner of {arn} may do this with its tags.")));
    }
    let (kind, resource) = match (service, arn.rsplit_once(':').and_then(|(_, resource)| resource.split_once('/'))) {
        (Service::AgentCore, Some(("gateway", id))) => (ObjectKind::Gateway, id),
        (Service::Lattice, Some(("resourcegateway", id))) => (ObjectKind::ResourceGateway, id),
        (Service::Lattice, Some(("resourceconfiguration", id))) => (ObjectKind::ResourceConfiguration, id),
        (Service::Lattice, Some(("servicenetworkresourceassociation", id))) => (ObjectKind::Association, id),
        _ => return Err(Refusal::not_found("Resource", arn)),
    };
    let key = Key::new(kind, resource);
    let object = account.get(&key).ok_or_else(|| Refusal::not_found(kind.name(), arn))?;
    let own = if kind == ObjectKind::Gateway { object.text("gatewayArn") } else { object.text("arn") };
    if own == arn { Ok(key) } else { Err(Refusal::not_found(kind.name(), arn)) }
}

fn check_keys<'a>(mut keys: impl Iterator<Item = &'a String>) -> Result<(), Refusal> {
    match keys.find(|key| key.to_lowercase().starts_with("aws:") || *key == MANAGED) {
        Some(key) => Err(Refusal::invalid("tags", format!("The tag key {key} is reserved."))),
        None => Ok(()),
    }
}
