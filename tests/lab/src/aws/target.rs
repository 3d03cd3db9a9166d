//! Targets of gateways.

mod credentials;
mod kind;
mod openapi;
mod rules;
mod stage;

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::account::{Account, Done, settings};
use super::filled;
use super::gateway;
use super::json::{copy, list, text};
use super::object::{Key, Object, ObjectKind, Then};
use super::options::{LeftOut, LimitError};
use super::page;
use super::private_endpoint;
use super::refusal::Refusal;

pub(super) use kind::Kind;

/// Members of a target that callers choose.
const SETTINGS: [&str; 7] = [
    "name",
    "description",
    "targetConfiguration",
    "credentialProviderConfigurations",
    "metadataConfiguration",
    "privateEndpoint",
    "certificateConfigurations",
];

/// `CreateGatewayTarget`.
pub(super) fn create(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    let gateway = gateway::key(input)?;
    gateway::existing(account, &gateway)?;
    if let Some(done) = account.recall("CreateGatewayTarget", input) {
        return Ok(done);
    }
    let parent = serving(account, &gateway)?;
    rules::check(parent, input)?;
    let targets = account.targets_of(&gateway.id);
    let name = text(input, "/name").map(str::to_owned);
    if let Some(other) = targets.iter().find(|target| Some(target.text("name")) == name.as_deref()) {
        let message = format!("The gateway already has a target with the name {}.", other.text("name"));
        return Err(Refusal::conflict("GatewayTarget", &other.key.id, message));
    }
    if targets.len() >= account.options.limits.targets_per_gateway {
        return Err(Refusal::quota("GatewayTarget", "The gateway has as many targets as its quota allows."));
    }
    check_concurrency(account, &gateway, true)?;
    check_stage(account, input)?;
    let network = private_endpoint::route(account, input)?;
    let id = account.ids.target();
    let name = name.unwrap_or_else(|| format!("runtime-{}", id.to_lowercase()));
    let mut object = Object::new(Key::new(ObjectKind::GatewayTarget, &id), describe(account, &gateway.id, &id, input));
    object.body.insert("name".to_owned(), json!(name));
    object.gateway.clone_from(&gateway.id);
    object.uses = private_endpoint::attach(account, network.as_ref());
    object.upcoming = upcoming(account, input, &object.uses);
    let key = account.insert(object);
    let provisioning = &account.options.provisioning;
    let takes = if network.is_some() { provisioning.private_endpoint } else { provisioning.target_create };
    account.begin(&key, "CREATING", takes, outcome(input, "CREATE_PENDING_AUTH", "FAILED"));
    let refusals = account.options.stale_target_refusals;
    if let Some(gateway) = account.get_mut(&gateway) {
        gateway.stale_refusals = refusals;
    }
    Ok(account.created("CreateGatewayTarget", input, key))
}

/// `GetGatewayTarget`.
pub(super) fn get(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    let key = key(account, input)?;
    account.read(&key).map(Done::read).ok_or_else(|| Refusal::not_found("GatewayTarget", &key.id))
}

/// `UpdateGatewayTarget`: what is left out is gone afterwards, except for the name.
pub(super) fn update(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    let key = key(account, input)?;
    let gateway = gateway::key(input)?;
    let old = settled(account, &key)?;
    let mut input = input.clone();
    if input.get("name").is_none() {
        input["name"] = json!(old.text("name"));
    }
    rules::check(serving(account, &gateway)?, &input)?;
    rules::check_immutable(old, &input)?;
    let moved = old.body.get("privateEndpoint") != input.get("privateEndpoint");
    check_concurrency(account, &gateway, true)?;
    check_stage(account, &input)?;
    let network = private_endpoint::route(account, &input)?;
    account.before_change(&key);
    let mut replacement = describe(account, &gateway.id, &key.id, &input);
    let uses = private_endpoint::attach(account, network.as_ref());
    let upcoming = upcoming(account, &input, &uses);
    let now = account.stamp();
    let mut released = Vec::new();
    if let Some(target) = account.get_mut(&key) {
        let old = Value::Object(target.body.clone());
        copy(&old, &["createdAt", "updatedAt", "lastSynchronizedAt", "status"], &mut replacement);
        if !moved {
            copy(&old, &["privateEndpointManagedResources"], &mut replacement);
        }
        let without = |body: &Map<String, Value>| {
            let mut kept = settings(body);
            kept.remove("privateEndpointManagedResources");
            kept
        };
        if without(&replacement) != without(&target.body) {
            replacement.insert("updatedAt".to_owned(), now);
        }
        target.body = replacement;
        target.upcoming = upcoming;
        released = std::mem::replace(&mut target.uses, uses);
    }
    account.release(&released);
    let provisioning = &account.options.provisioning;
    let takes = if moved && network.is_some() { provisioning.private_endpoint } else { provisioning.target_update };
    account.begin(&key, "UPDATING", takes, outcome(&input, "UPDATE_PENDING_AUTH", "UPDATE_UNSUCCESSFUL"));
    Ok(account.changed(key))
}

/// `DeleteGatewayTarget`.
pub(super) fn delete(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    let key = key(account, input)?;
    settled(account, &key)?;
    check_concurrency(account, &gateway::key(input)?, false)?;
    account.before_change(&key);
    let takes = account.options.provisioning.target_delete;
    account.begin(&key, "DELETING", takes, Then::Disappear);
    Ok(account.changed(key))
}

/// `ListGatewayTargets`.
pub(super) fn list_all(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let gateway = gateway::key(input)?;
    gateway::existing(account, &gateway)?;
    let entries = account
        .listed(ObjectKind::GatewayTarget)
        .into_iter()
        .filter(|(_, target, _)| target.gateway == gateway.id)
        .map(|(at, _, body)| (at, body))
        .collect();
    page::answer(account, &gateway.id, entries, input).map(Done::read)
}

/// `SynchronizeGatewayTargets`, which takes one target at a time.
pub(super) fn synchronize(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    let gateway = gateway::key(input)?;
    serving(account, &gateway)?;
    let id = text(input, "/targetIdList/0").unwrap_or_default();
    let key = in_gateway(account, &gateway, id)?;
    let target = settled(account, &key)?;
    let body = Value::Object(target.body.clone());
    if !is_discovered(&body) {
        let message = format!("Target {id} has no tools that could be synchronized.");
        return Err(Refusal::invalid("targetIdList", message));
    }
    let takes: Duration = account.options.provisioning.target_synchronize;
    account.before_change(&key);
    let then = outcome(&body, "SYNCHRONIZE_PENDING_AUTH", "SYNCHRONIZE_UNSUCCESSFUL");
    account.begin(&key, "SYNCHRONIZING", takes, then);
    let done = account.changed(key);
    Ok(Done { answer: json!({"targets": [done.answer]}), ..done })
}

/// Someone consents: a target in `*_PENDING_AUTH` goes on to ask its server. False when there is none that waits.
pub(super) fn authorize(account: &mut Account, id: &str) -> bool {
    let key = Key::new(ObjectKind::GatewayTarget, id);
    let Some(status) = account.get(&key).map(|target| target.status().to_owned()) else { return false };
    let (status, bad) = match status.as_str() {
        "CREATE_PENDING_AUTH" => ("CREATING", "FAILED"),
        "UPDATE_PENDING_AUTH" => ("UPDATING", "UPDATE_UNSUCCESSFUL"),
        "SYNCHRONIZE_PENDING_AUTH" => ("SYNCHRONIZING", "SYNCHRONIZE_UNSUCCESSFUL"),
        _ => return false,
    };
    account.begin(&key, status, Duration::ZERO, Then::AskServer { bad });
    true
}

/// All members of the description of a target, those included that only lists show.
pub(super) fn describe(account: &Account, gateway: &str, id: &str, input: &Value) -> Map<String, Value> {
    let mut body = Map::new();
    copy(input, &SETTINGS, &mut body);
    body.entry("credentialProviderConfigurations").or_insert_with(|| json!([]));
    if account.options.left_out == LeftOut::Filled {
        filled::target(&mut body, &account.options.region);
    }
    let kind = Kind::of(input);
    if let Some(server) =
        body.get_mut("targetConfiguration").and_then(|configuration| configuration.pointer_mut("/mcp/mcpServer"))
    {
        for (member, value) in [("listingMode", json!("DEFAULT")), ("resourcePriority", json!(1000))] {
            if server.get(member).is_none() {
                server[member] = value;
            }
        }
    }
    let server = body.get("targetConfiguration").and_then(|it| it.pointer("/mcp/mcpServer")).cloned();
    copy(&server.unwrap_or_default(), &["listingMode", "resourcePriority"], &mut body);
    if let Some(kind) = kind {
        body.extend(kind.target_type().map(|name| ("targetType".to_owned(), json!(name))));
        body.extend(kind.protocol().map(|name| ("protocolType".to_owned(), json!(name))));
    }
    let arn = account.arn("bedrock-agentcore", &format!("gateway/{gateway}"));
    body.insert("gatewayArn".to_owned(), json!(arn));
    body.insert("targetId".to_owned(), json!(id));
    body.insert("createdAt".to_owned(), account.stamp());
    body.insert("updatedAt".to_owned(), account.stamp());
    body.insert("status".to_owned(), json!("READY"));
    body
}

/// True when `AgentCore` asks the target's server for its tools.
pub(super) fn is_discovered(target: &Value) -> bool {
    Kind::of(target) == Some(Kind::McpServer)
        && text(target, "/targetConfiguration/mcp/mcpServer/listingMode") != Some("DYNAMIC")
        && target.pointer("/targetConfiguration/mcp/mcpServer/mcpToolSchema").is_none()
}

/// The name of the host that a target calls, when it calls one.
pub(super) fn host(target: &Value) -> Option<String> {
    if Kind::of(target)? == Kind::OpenApi {
        return openapi::domain(target);
    }
    kind::endpoint(target).and_then(|url| reqwest::Url::parse(url).ok()?.host_str().map(str::to_owned))
}

/// The address that a target calls, when it has one of its own.
pub(super) fn endpoint(target: &Value) -> Option<&str> {
    kind::endpoint(target)
}

fn upcoming(account: &Account, input: &Value, uses: &[Key]) -> Map<String, Value> {
    let resources = private_endpoint::resources(account, host(input).as_deref(), uses);
    let mut upcoming = Map::new();
    if !resources.is_empty() {
        upcoming.insert("privateEndpointManagedResources".to_owned(), Value::Array(resources));
    }
    upcoming
}

/// How an operation on a target ends, when nothing else happens.
fn outcome(target: &Value, consent: &'static str, bad: &'static str) -> Then {
    let three_legged = list(target, "/credentialProviderConfigurations").iter().any(|configuration| {
        text(configuration, "/credentialProvider/oauthCredentialProvider/grantType") == Some("AUTHORIZATION_CODE")
    });
    match (is_discovered(target), three_legged) {
        (true, true) => Then::AskPerson { status: consent, bad },
        (true, false) => Then::AskServer { bad },
        (false, _) => Then::become_status("READY"),
    }
}

/// `AgentCore` reads what the stage of a REST API exports when a target is made and when it is changed, and at no other time.
fn check_stage(account: &Account, input: &Value) -> Result<(), Refusal> {
    if Kind::of(input) == Some(Kind::ApiGateway) { stage::check(account, input) } else { Ok(()) }
}

fn key(account: &Account, input: &Value) -> Result<Key, Refusal> {
    let gateway = gateway::key(input)?;
    in_gateway(account, &gateway, input["targetId"].as_str().unwrap_or_default())
}

fn in_gateway(account: &Account, gateway: &Key, id: &str) -> Result<Key, Refusal> {
    gateway::existing(account, gateway)?;
    let key = Key::new(ObjectKind::GatewayTarget, id);
    match account.get(&key) {
        Some(target) if target.gateway == gateway.id => Ok(key),
        _ => Err(Refusal::not_found("GatewayTarget", id)),
    }
}

/// The gateway, when it can take changes of its targets.
fn serving<'a>(account: &'a Account, key: &Key) -> Result<&'a Object, Refusal> {
    let gateway = gateway::existing(account, key)?;
    match gateway.status() {
        status @ ("CREATING" | "UPDATING" | "DELETING") => {
            let message = format!("Gateway {} is {status}. Try again when it is READY.", key.id);
            Err(Refusal::conflict("Gateway", &key.id, message))
        }
        "FAILED" => Err(Refusal::unprocessable(format!("Gateway {} is FAILED.", key.id))),
        _ => Ok(gateway),
    }
}

/// The target, when nothing is under way on it.
fn settled<'a>(account: &'a Account, key: &Key) -> Result<&'a Object, Refusal> {
    let target = account.get(key).ok_or_else(|| Refusal::not_found("GatewayTarget", &key.id))?;
    let status = target.status();
    let message = format!("Target {} is {status}. Try again when it is settled.", key.id);
    match status {
        "CREATING" | "UPDATING" | "DELETING" | "SYNCHRONIZING" => {
            Err(Refusal::conflict("GatewayTarget", &key.id, message))
        }
        _ if status.ends_with("_PENDING_AUTH") && account.options.conflict_for_pending_auth => {
            Err(Refusal::conflict("GatewayTarget", &key.id, message))
        }
        _ if status.ends_with("_PENDING_AUTH") => Err(Refusal::unprocessable(message)),
        _ => Ok(target),
    }
}

/// Refuses one unsettled operation too many on the targets of a gateway; `declared` tells whether the operation can say 402.
fn check_concurrency(account: &Account, gateway: &Key, declared: bool) -> Result<(), Refusal> {
    let limits = &account.options.limits;
    let Some(most) = limits.concurrent_target_operations else { return Ok(()) };
    let busy = account
        .targets_of(&gateway.id)
        .iter()
        .filter(|target| matches!(target.status(), "CREATING" | "UPDATING" | "DELETING"))
        .count();
    if busy < most {
        return Ok(());
    }
    Err(if limits.error == LimitError::ServiceQuotaExceeded && declared {
        Refusal::quota("GatewayTarget", format!("More than {most} operations on targets of the gateway at once."))
    } else {
        Refusal::throttled()
    })
}
