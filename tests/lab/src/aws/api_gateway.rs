//! What API Gateway tells of REST APIs, and what its stages export.

use serde_json::{Value, json};

use super::account::{Account, Done};
use super::json::text;
use super::network::Api;
use super::refusal::Refusal;

/// The types that an export can have.
const TYPES: [&str; 2] = ["application/json", "application/yaml"];

/// `GetRestApi`.
pub(super) fn rest_api(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let api = existing(account, text(input, "/restapi_id").unwrap_or_default())?;
    let mut endpoints = json!({"types": [api.kind.endpoint_type()], "ipAddressType": "ipv4"});
    if !api.vpc_endpoints.is_empty() {
        endpoints["vpcEndpointIds"] = json!(api.vpc_endpoints);
    }
    Ok(Done::read(json!({
        "id": api.id,
        "name": api.id,
        "createdDate": "2026-01-01T00:00:00Z",
        "apiKeySource": "HEADER",
        "endpointConfiguration": endpoints,
        "tags": {},
        "disableExecuteApiEndpoint": api.default_endpoint_disabled,
        "rootResourceId": "abcdefghij",
    })))
}

/// `GetExport`, which tells what was deployed to a stage last, without API Gateway's own extensions.
pub(super) fn export(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let api = existing(account, text(input, "/restapi_id").unwrap_or_default())?;
    let stage = text(input, "/stage_name").unwrap_or_default();
    let Some(document) = api.stages.get(stage) else { return Err(no_stage()) };
    let refuse = |message: &str| Err(Refusal::new("BadRequestException", message));
    if text(input, "/export_type") != Some("oas30") {
        return refuse("The emulation exports OpenAPI 3.0 (oas30) only");
    }
    if input.get("parameters").is_some() {
        return refuse("The emulation knows no extensions");
    }
    let kind = text(input, "/Accept").unwrap_or(TYPES[0]);
    if !TYPES.contains(&kind) {
        return refuse("Invalid Accept header: exports are application/json or application/yaml");
    }
    // JSON is YAML, too.
    Ok(Done::read(json!({"Content-Type": kind, "body": document.to_string()})))
}

/// The REST API with this id, when it is one of the account's. HTTP APIs are another API's.
pub(super) fn existing<'a>(account: &'a Account, id: &str) -> Result<&'a Api, Refusal> {
    let own = account.network.api(id).filter(|api| api.owner == account.options.account);
    own.filter(|api| api.kind.endpoint_type().is_some()).ok_or_else(|| {
        let message = format!("Invalid API identifier specified {}:{id}", account.options.account);
        Refusal::new("NotFoundException", message)
    })
}

fn no_stage() -> Refusal {
    Refusal::new("NotFoundException", "Invalid stage identifier specified")
}
