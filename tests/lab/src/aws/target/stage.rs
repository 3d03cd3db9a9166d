//! What `AgentCore` asks of a stage of a REST API whose operations become tools.
//!
//! Whether a filter `/pets/*` selects `/pets` itself is not known. Here it does where a name is missing, and does not where an override
//! is to be for something that is selected: who gets along with both gets along with AWS.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::account::Account;
use super::super::api_gateway;
use super::super::json::{list, text, texts};
use super::super::network::{Api, ApiKind};
use super::super::refusal::Refusal;
use super::super::service::Service;

const BASE: &str = "/targetConfiguration/mcp/apiGateway";
/// Letters of a tool's full name, `<target>___<operation>`.
const LONGEST_NAME: usize = 256;

/// A method and a path.
type Operation = (String, String);

/// Checks the stage of a target against what it exports now.
pub(super) fn check(account: &Account, input: &Value) -> Result<(), Refusal> {
    let id = text(input, &format!("{BASE}/restApiId")).unwrap_or_default();
    let stage = text(input, &format!("{BASE}/stage")).unwrap_or_default();
    may_read(account, id, stage)?;
    let Ok(api) = api_gateway::existing(account, id) else {
        return refuse("restApiId", format!("The REST API {id} does not exist in this account and region."));
    };
    if api.kind == ApiKind::Private {
        return refuse("restApiId", format!("The REST API {id} is private. Private APIs are not supported."));
    }
    if api.default_endpoint_disabled {
        return refuse("restApiId", format!("The default endpoint of the REST API {id} is disabled."));
    }
    let Some(export) = api.stages.get(stage) else {
        return refuse("stage", format!("The REST API {id} has no stage {stage}."));
    };
    operations(input, &exported(export))?;
    may_invoke(account, api, stage, input)
}

/// The export is read with the caller's credentials.
fn may_read(account: &Account, id: &str, stage: &str) -> Result<(), Refusal> {
    if !["GetExport", "GetRestApi"].iter().any(|operation| account.denied.contains(*operation)) {
        return Ok(());
    }
    let (caller, action) = (account.caller(), Service::ApiGateway.action("GetExport"));
    let resource = format!("/restapis/{id}/stages/{stage}/exports/oas30");
    Err(Refusal::denied(format!("User: {caller} is not authorized to perform: {action} on resource: {resource}")))
}

/// The gateway's role must be allowed to call the API; a test denies `execute-api:Invoke` to take that away.
fn may_invoke(account: &Account, api: &Api, stage: &str, input: &Value) -> Result<(), Refusal> {
    let kind = text(input, "/credentialProviderConfigurations/0/credentialProviderType");
    if kind == Some("GATEWAY_IAM_ROLE") && account.denied.contains("execute-api:Invoke") {
        let resource = account.arn("execute-api", &format!("{}/{stage}/*/*", api.id));
        let message = format!("The execution role lacks permission to perform execute-api:Invoke on {resource}.");
        return Err(Refusal::unprocessable(message));
    }
    Ok(())
}

/// The operations of a document, with their names where they have one.
fn exported(document: &Value) -> BTreeMap<Operation, Option<String>> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let methods = |(path, item): (&String, &Value)| {
        let path = path.clone();
        let operations = item.as_object().cloned().unwrap_or_default();
        operations.into_iter().filter(|(method, _)| is_method(&method.to_uppercase())).map(
            move |(method, operation)| {
                ((method.to_uppercase(), path.clone()), text(&operation, "/operationId").map(str::to_owned))
            },
        )
    };
    paths.flat_map(methods).collect()
}

fn is_method(name: &str) -> bool {
    ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"].contains(&name)
}

fn operations(input: &Value, exported: &BTreeMap<Operation, Option<String>>) -> Result<(), Refusal> {
    let tools = format!("{BASE}/apiGatewayToolConfiguration");
    let filters: Vec<(String, Vec<String>)> = list(input, &format!("{tools}/toolFilters"))
        .iter()
        .map(|filter| (text(filter, "/filterPath").unwrap_or_default().to_owned(), texts(filter, "/methods")))
        .collect();
    if filters.is_empty() || filters.iter().any(|(_, methods)| methods.is_empty()) {
        return refuse("apiGatewayToolConfiguration.toolFilters", "A tool filter with a method is needed.");
    }
    let surely = |(method, path): &Operation| filters.iter().any(|filter| selects(filter, method, path, false));
    let perhaps = |(method, path): &Operation| filters.iter().any(|filter| selects(filter, method, path, true));
    let mut names: BTreeMap<Operation, String> = BTreeMap::new();
    for given in list(input, &format!("{tools}/toolOverrides")) {
        let member = |name: &str| text(given, name).unwrap_or_default().to_owned();
        let operation = (member("/method"), member("/path"));
        if operation.1.contains('*') || !exported.contains_key(&operation) || !surely(&operation) {
            let message = format!("No filter selects the override of {} {}.", operation.0, operation.1);
            return refuse("apiGatewayToolConfiguration.toolOverrides", message);
        }
        if names.insert(operation, member("/name")).is_some() {
            return refuse("apiGatewayToolConfiguration.toolOverrides", "An operation is overridden twice.");
        }
    }
    if !exported.keys().any(surely) {
        return refuse("apiGatewayToolConfiguration.toolFilters", "The filters select no operation.");
    }
    if let Some((_, path)) = exported.keys().find(|operation| operation.1.contains("{proxy+}") && perhaps(operation)) {
        return refuse("apiGatewayToolConfiguration.toolFilters", format!("The resource {path} is not supported."));
    }
    let selected = exported.iter().filter(|(operation, _)| perhaps(operation));
    let all = selected.map(|(operation, id)| (operation, names.get(operation).or(id.as_ref())));
    unique(text(input, "/name").unwrap_or_default(), all)
}

/// Every operation needs a name, and no other may have it.
fn unique<'a>(
    target: &str,
    operations: impl Iterator<Item = (&'a Operation, Option<&'a String>)>,
) -> Result<(), Refusal> {
    let mut known = BTreeSet::new();
    for ((method, path), name) in operations {
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            let message = format!("The operation {method} {path} has no operationId. Override its name.");
            return refuse("apiGatewayToolConfiguration.toolOverrides", message);
        };
        let is_legal = name.bytes().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, b'_' | b'-'));
        if !is_legal || target.len() + "___".len() + name.len() > LONGEST_NAME {
            return refuse("apiGatewayToolConfiguration.toolOverrides", format!("{name} is no name for a tool."));
        }
        if !known.insert(name) {
            return refuse("apiGatewayToolConfiguration.toolOverrides", format!("Two tools are named {name}."));
        }
    }
    Ok(())
}

fn selects((filter, methods): &(String, Vec<String>), method: &str, path: &str, with_parent: bool) -> bool {
    let is_path = match filter.strip_suffix("/*") {
        Some(parent) => {
            path.strip_prefix(parent).is_some_and(|rest| rest.starts_with('/') && rest.len() > 1)
                || (with_parent && (path == parent || (parent.is_empty() && path == "/")))
        }
        None => filter == path,
    };
    is_path && methods.iter().any(|one| one == method)
}

fn refuse(member: &str, message: impl Into<String>) -> Result<(), Refusal> {
    Err(Refusal::invalid(&format!("targetConfiguration.mcp.apiGateway.{member}"), message))
}
