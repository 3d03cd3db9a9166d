//! Gateways of `AgentCore`.

mod rules;

use serde_json::{Map, Value, json};

use super::account::{Account, Done, settings};
use super::filled;
use super::json::{self, copy, default};
use super::object::{Key, Object, ObjectKind, Then};
use super::options::LeftOut;
use super::page;
use super::private_endpoint::{self, Route};
use super::refusal::Refusal;
use super::tags;

pub(super) use rules::{is_open_to_anyone, open_gateway_with_private_target};

/// Members of a gateway that callers choose, on creation or update.
const SETTINGS: [&str; 13] = [
    "name",
    "description",
    "roleArn",
    "protocolType",
    "protocolConfiguration",
    "authorizerType",
    "authorizerConfiguration",
    "kmsKeyArn",
    "customTransformConfiguration",
    "interceptorConfigurations",
    "policyEngineConfiguration",
    "exceptionLevel",
    "wafConfiguration",
];

/// `CreateGateway`.
pub(super) fn create(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    if let Some(done) = account.recall("CreateGateway", input) {
        return Ok(done);
    }
    rules::check(input)?;
    let tags = tags::checked(input)?;
    let name = input["name"].as_str().unwrap_or_default();
    let gateways = account.of_kind(ObjectKind::Gateway);
    if let Some(other) = gateways.iter().find(|gateway| gateway.text("name") == name) {
        let message = format!("A gateway with the name {name} already exists.");
        return Err(Refusal::conflict("Gateway", &other.key.id, message));
    }
    if gateways.len() >= account.options.limits.gateways {
        return Err(Refusal::quota("Gateway", "The account has as many gateways as its quota allows."));
    }
    let routes = routes(account, input)?;
    let id = account.ids.gateway(name);
    let mut object = Object::new(Key::new(ObjectKind::Gateway, &id), describe(account, &id, input));
    object.tags = tags;
    object.uses = attach(account, &routes);
    let key = account.insert(object);
    let takes = account.options.provisioning.gateway_create;
    account.begin(&key, "CREATING", takes, Then::become_status("READY"));
    Ok(account.created("CreateGateway", input, key))
}

/// `GetGateway`.
pub(super) fn get(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    let key = key(input)?;
    account.read(&key).map(Done::read).ok_or_else(|| Refusal::not_found("Gateway", &key.id))
}

/// `UpdateGateway`: what is left out is gone afterwards.
pub(super) fn update(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    let key = key(input)?;
    let gateway = existing(account, &key)?;
    settled(gateway)?;
    rules::check(input)?;
    rules::check_immutable(gateway, input)?;
    if rules::is_open_to_anyone(input) && account.targets_of(&key.id).iter().any(|target| target.is_private()) {
        return Err(open_gateway_with_private_target());
    }
    let routes = routes(account, input)?;
    account.before_change(&key);
    let mut replacement = describe(account, &key.id, input);
    let uses = attach(account, &routes);
    let mut released = Vec::new();
    let (now, takes) = (account.stamp(), account.options.provisioning.gateway_update);
    if let Some(gateway) = account.get_mut(&key) {
        copy(
            &Value::Object(gateway.body.clone()),
            &["createdAt", "updatedAt", "webAclArn", "status"],
            &mut replacement,
        );
        if settings(&replacement) != settings(&gateway.body) {
            replacement.insert("updatedAt".to_owned(), now);
        }
        gateway.body = replacement;
        released = std::mem::replace(&mut gateway.uses, uses);
    }
    account.release(&released);
    account.begin(&key, "UPDATING", takes, Then::become_status("READY"));
    Ok(account.changed(key))
}

/// `DeleteGateway`, which is refused while there are targets and for some calls after.
pub(super) fn delete(account: &mut Account, input: &Value) -> Result<Done, Refusal> {
    let key = key(input)?;
    settled(existing(account, &key)?)?;
    let occupied = !account.targets_of(&key.id).is_empty();
    if let Some(gateway) = account.get_mut(&key)
        && (occupied || gateway.stale_refusals > 0)
    {
        if !occupied {
            gateway.stale_refusals -= 1;
        }
        return Err(Refusal::unprocessable(format!(
            "Gateway {} has targets associated with it. Delete all targets before deleting the gateway.",
            key.id
        )));
    }
    account.before_change(&key);
    let takes = account.options.provisioning.gateway_delete;
    account.begin(&key, "DELETING", takes, Then::Disappear);
    Ok(account.changed(key))
}

/// `ListGateways`.
pub(super) fn list(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let entries = account.listed(ObjectKind::Gateway).into_iter().map(|(at, _, body)| (at, body)).collect();
    page::answer(account, "gateways", entries, input).map(Done::read)
}

/// The gateway of a call, which must be named by its id: people report that an ARN is denied, whatever it names.
pub(super) fn key(input: &Value) -> Result<Key, Refusal> {
    let id = input["gatewayIdentifier"].as_str().unwrap_or_default();
    if id.starts_with("arn:") {
        return Err(Refusal::denied("The gateway must be named by its id."));
    }
    Ok(Key::new(ObjectKind::Gateway, id))
}

/// The gateway, or that there is none.
pub(super) fn existing<'a>(account: &'a Account, key: &Key) -> Result<&'a Object, Refusal> {
    account.get(key).ok_or_else(|| Refusal::not_found("Gateway", &key.id))
}

/// All members of the description of a new gateway; also what replaces an old one.
pub(super) fn describe(account: &Account, id: &str, input: &Value) -> Map<String, Value> {
    let mut body = Map::new();
    copy(input, &SETTINGS, &mut body);
    copy(input, &["domainOverride"], &mut body);
    fill_defaults(&mut body);
    if account.options.left_out == LeftOut::Filled {
        filled::gateway(&mut body);
    }
    let region = &account.options.region;
    let identity = format!("workload-identity-directory/default/workload-identity/{id}");
    body.insert("gatewayId".to_owned(), json!(id));
    body.insert("gatewayArn".to_owned(), json!(account.arn("bedrock-agentcore", &format!("gateway/{id}"))));
    let url = format!("https://{id}.gateway.bedrock-agentcore.{region}.amazonaws.com/mcp");
    body.insert("gatewayUrl".to_owned(), json!(url));
    let identity = account.arn("bedrock-agentcore", &identity);
    body.insert("workloadIdentityDetails".to_owned(), json!({"workloadIdentityArn": identity}));
    body.insert("createdAt".to_owned(), account.stamp());
    body.insert("updatedAt".to_owned(), account.stamp());
    body.insert("status".to_owned(), json!("READY"));
    body
}

/// The ways into VPCs that the authorizer asks for, when AWS can go them: to the issuer, and to its other hosts.
fn routes(account: &Account, input: &Value) -> Result<Vec<Route>, Refusal> {
    const AUTHORIZER: &str = "/authorizerConfiguration/customJWTAuthorizer";
    let Some(tokens) = input.pointer(AUTHORIZER) else { return Ok(Vec::new()) };
    let own = std::iter::once(tokens);
    let asking = own.chain(json::list(tokens, "/privateEndpointOverrides"));
    asking.filter_map(|asking| private_endpoint::route(account, asking).transpose()).collect()
}

fn attach(account: &mut Account, routes: &[Route]) -> Vec<Key> {
    routes.iter().flat_map(|route| private_endpoint::attach(account, Some(route))).collect()
}

/// What AWS fills in: people read these back from gateways that were made without them.
fn fill_defaults(body: &mut Map<String, Value>) {
    default(body, "protocolConfiguration", json!({"mcp": {}}));
    let Some(mcp) = body.get_mut("protocolConfiguration").and_then(|configuration| configuration.get_mut("mcp")) else {
        return;
    };
    let Some(mcp) = mcp.as_object_mut() else { return };
    if mcp.get("supportedVersions").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        mcp.insert("supportedVersions".to_owned(), json!(["2025-03-26", "2025-11-25"]));
    }
    if let Some(session) = mcp.get_mut("sessionConfiguration").and_then(Value::as_object_mut) {
        default(session, "sessionTimeoutInSeconds", 3600);
    }
}

fn settled(gateway: &Object) -> Result<(), Refusal> {
    match gateway.status() {
        status @ ("CREATING" | "UPDATING" | "DELETING") => {
            let message = format!("Gateway {} is {status}. Try again when it is settled.", gateway.key.id);
            Err(Refusal::conflict("Gateway", &gateway.key.id, message))
        }
        _ => Ok(()),
    }
}
