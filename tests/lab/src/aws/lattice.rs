//! Resource gateways of VPC Lattice, and what its other objects have in common with them.

mod configuration;
mod rules;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::account::{Account, Done, settings};
use super::json::{copy, default, has, text, texts};
use super::object::{Key, Object, ObjectKind, Then};
use super::page;
use super::refusal::Refusal;
use super::tags;

pub(super) use configuration::{
    create as create_configuration, delete as delete_configuration, describe as describe_configuration,
    get as get_configuration, list as list_configurations, update as update_configuration,
};

/// `CreateResourceGateway`.
pub(super) fn create(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    if let Some(done) = account.recall_equal("CreateResourceGateway", input)? {
        return Ok(done);
    }
    check(input)?;
    let vpc = text(input, "/vpcIdentifier").unwrap_or_default();
    check_members(account, vpc, input)?;
    let tags = tags::checked(input)?;
    unique(account, ObjectKind::ResourceGateway, input)?;
    let id = account.ids.prefixed("rgw");
    let mut object = Object::new(Key::new(ObjectKind::ResourceGateway, &id), describe(account, &id, input));
    object.tags = tags;
    let key = account.insert(object);
    let takes = account.options.provisioning.resource_gateway_create;
    account.begin(&key, "CREATE_IN_PROGRESS", takes, Then::become_status("ACTIVE"));
    Ok(account.created("CreateResourceGateway", input, key))
}

/// `GetResourceGateway`.
pub(super) fn get(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    let key = gateway_key(account, input)?;
    account.read(&key).map(Done::read).ok_or_else(|| Refusal::not_found("ResourceGateway", &key.id))
}

/// `UpdateResourceGateway`: only what is sent changes.
pub(super) fn update(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    let key = gateway_key(account, input)?;
    let gateway = own_gateway(account, &key)?;
    settled(gateway)?;
    if has(input, "/securityGroupIds") && texts(input, "/securityGroupIds").is_empty() {
        return Err(Refusal::invalid("securityGroupIds", "At least one security group is needed."));
    }
    check_members(account, gateway.text("vpcId"), input)?;
    if let Some(resolution) = text(input, "/resourceConfigDnsResolution")
        && resolution != gateway.text("resourceConfigDnsResolution")
    {
        let message = "The DNS resolution of a resource gateway cannot be changed.";
        return Err(Refusal::invalid("resourceConfigDnsResolution", message));
    }
    let takes = account.options.provisioning.resource_gateway_update;
    patch(account, &key, input, &["securityGroupIds"]);
    account.begin(&key, "UPDATE_IN_PROGRESS", takes, Then::become_status("ACTIVE"));
    Ok(account.changed(key))
}

/// `DeleteResourceGateway`, which is refused while there are resource configurations on it.
pub(super) fn delete(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    let key = gateway_key(account, input)?;
    settled(own_gateway(account, &key)?)?;
    let used = account.of_kind(ObjectKind::ResourceConfiguration);
    if used.iter().any(|configuration| configuration.text("resourceGatewayId") == key.id) {
        let message = format!("Resource gateway {} has resource configurations.", key.id);
        return Err(Refusal::conflict("ResourceGateway", &key.id, message));
    }
    account.before_change(&key);
    let takes = account.options.provisioning.resource_gateway_delete;
    account.begin(&key, "DELETE_IN_PROGRESS", takes, Then::Disappear);
    Ok(account.changed(key))
}

/// `ListResourceGateways`, managed ones included.
pub(super) fn list(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let entries = account.listed(ObjectKind::ResourceGateway).into_iter().map(|(at, _, body)| (at, body)).collect();
    page::answer(account, "resourcegateways", entries, input).map(Done::read)
}

/// `GetServiceNetworkResourceAssociation`.
pub(super) fn get_association(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    let identifier = text(input, "/serviceNetworkResourceAssociationIdentifier").unwrap_or_default();
    let key = identified(account, ObjectKind::Association, identifier)?;
    account.read(&key).map(Done::read).ok_or_else(|| Refusal::not_found(key.kind.name(), &key.id))
}

/// `ListServiceNetworkResourceAssociations`.
pub(super) fn list_associations(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let matches = |object: &Object, member: &str, stem: &str| match text(input, &format!("/{member}")) {
        None => true,
        Some(wanted) => object.text(&format!("{stem}Id")) == wanted || object.text(&format!("{stem}Arn")) == wanted,
    };
    let entries = account
        .listed(ObjectKind::Association)
        .into_iter()
        .filter(|(_, object, _)| matches(object, "resourceConfigurationIdentifier", "resourceConfiguration"))
        .filter(|(_, object, _)| matches(object, "serviceNetworkIdentifier", "serviceNetwork"))
        .map(|(at, _, body)| (at, body))
        .collect();
    page::answer(account, "associations", entries, input).map(Done::read)
}

/// The default security group of a VPC, made up from the VPC's id.
pub(super) fn default_group(vpc: &str) -> String {
    format!("sg-{}", vpc.trim_start_matches("vpc-"))
}

/// All members of the description of a resource gateway, with the defaults that AWS fills in.
pub(super) fn describe(account: &Account, id: &str, input: &Value) -> Map<String, Value> {
    let mut body = Map::new();
    copy(
        input,
        &["name", "vpcIdentifier", "subnetIds", "ipAddressType", "ipv4AddressesPerEni", "resourceConfigDnsResolution"],
        &mut body,
    );
    default(&mut body, "ipAddressType", "IPV4");
    default(&mut body, "resourceConfigDnsResolution", "PUBLIC");
    if body.get("ipAddressType") != Some(&json!("IPV6")) {
        default(&mut body, "ipv4AddressesPerEni", 16);
    }
    let vpc = text(input, "/vpcIdentifier").unwrap_or_default();
    let mut groups = texts(input, "/securityGroupIds");
    if groups.is_empty() {
        groups.push(default_group(vpc));
    }
    body.insert("securityGroupIds".to_owned(), json!(groups));
    body.insert("vpcId".to_owned(), json!(vpc));
    body.insert("serviceManaged".to_owned(), json!(false));
    identify(account, "resourcegateway", id, &mut body);
    body
}

/// The members that say which object it is, and since when.
fn identify(account: &Account, resource: &str, id: &str, body: &mut Map<String, Value>) {
    body.insert("id".to_owned(), json!(id));
    body.insert("arn".to_owned(), json!(account.arn("vpc-lattice", &format!("{resource}/{id}"))));
    body.insert("createdAt".to_owned(), account.stamp());
    body.insert("lastUpdatedAt".to_owned(), account.stamp());
    body.insert("status".to_owned(), json!("ACTIVE"));
}

/// Overwrites the members that were sent.
fn patch(account: &mut Account, key: &Key, input: &Value, members: &[&str]) {
    account.before_change(key);
    let now = account.stamp();
    if let Some(object) = account.get_mut(key) {
        let before = settings(&object.body);
        copy(input, members, &mut object.body);
        if settings(&object.body) != before {
            object.body.insert("lastUpdatedAt".to_owned(), now);
        }
    }
}

fn check(input: &Value) -> Result<(), Refusal> {
    if !has(input, "/vpcIdentifier") {
        return Err(Refusal::invalid("vpcIdentifier", "A VPC is needed."));
    }
    let subnets = texts(input, "/subnetIds");
    if subnets.is_empty() || subnets.iter().collect::<BTreeSet<_>>().len() != subnets.len() {
        return Err(Refusal::invalid("subnetIds", "At least one subnet is needed, and none twice."));
    }
    if text(input, "/ipAddressType") == Some("IPV6") {
        if text(input, "/resourceConfigDnsResolution") == Some("IN_VPC") {
            let message = "IN_VPC does not go with the address type IPV6.";
            return Err(Refusal::invalid("resourceConfigDnsResolution", message));
        }
        if has(input, "/ipv4AddressesPerEni") {
            let message = "A gateway with the address type IPV6 has no IPv4 addresses.";
            return Err(Refusal::invalid("ipv4AddressesPerEni", message));
        }
    }
    Ok(())
}

fn check_members(account: &Account, vpc: &str, input: &Value) -> Result<(), Refusal> {
    let (subnets, groups) = (texts(input, "/subnetIds"), texts(input, "/securityGroupIds"));
    let checked = account.network.check_members(vpc, &subnets, &groups);
    checked.map_err(|(member, message)| Refusal::invalid(member, message))
}

fn unique(account: &Account, kind: ObjectKind, input: &Value) -> Result<(), Refusal> {
    let name = text(input, "/name").unwrap_or_default();
    let is_ours = |object: &&Object| !is_shared(account, object);
    match account.of_kind(kind).into_iter().filter(is_ours).find(|object| object.text("name") == name) {
        Some(other) => {
            let message = format!("The name {name} is taken.");
            Err(Refusal::conflict(kind.name(), &other.key.id, message))
        }
        None => Ok(()),
    }
}

/// The object behind an id or the exact ARN.
fn identified(account: &Account, kind: ObjectKind, identifier: &str) -> Result<Key, Refusal> {
    let key = Key::new(kind, identifier.rsplit('/').next().unwrap_or_default());
    match account.get(&key) {
        Some(object) if !identifier.starts_with("arn:") || object.text("arn") == identifier => Ok(key),
        _ => Err(Refusal::not_found(kind.name(), identifier)),
    }
}

fn gateway_key(account: &Account, input: &Value) -> Result<Key, Refusal> {
    let identifier = text(input, "/resourceGatewayIdentifier").unwrap_or_default();
    identified(account, ObjectKind::ResourceGateway, identifier)
}

/// The gateway, unless it belongs to a service.
fn own_gateway<'a>(account: &'a Account, key: &Key) -> Result<&'a Object, Refusal> {
    match account.get(key) {
        Some(gateway) if gateway.is_service_managed() => Err(Refusal::denied("VPC Resource Gateway is managed")),
        Some(gateway) => Ok(gateway),
        None => Err(Refusal::not_found(key.kind.name(), &key.id)),
    }
}

/// Whether another account owns it and shares it with this one: names are unique in each account.
fn is_shared(account: &Account, object: &Object) -> bool {
    object.text("arn").split(':').nth(4).is_some_and(|owner| owner != account.options.account)
}

fn settled(object: &Object) -> Result<(), Refusal> {
    if object.status().ends_with("_IN_PROGRESS") {
        let message = format!("{} {} is {}.", object.key.kind.name(), object.key.id, object.status());
        return Err(Refusal::conflict(object.key.kind.name(), &object.key.id, message));
    }
    Ok(())
}
