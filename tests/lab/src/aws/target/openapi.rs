//! What `AgentCore` asks of an `OpenAPI` document that comes with the call.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::json::{list, text};
use super::super::refusal::Refusal;

const PATH: &str = "targetConfiguration.mcp.openApiSchema.inlinePayload";
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Inline schemas may have this many bytes.
pub(super) const MOST_BYTES: usize = 1024 * 1024;
/// Tools of one target.
pub(super) const MOST_TOOLS: usize = 1000;
/// Letters of a tool's full name, `<target>___<operation>`.
pub(super) const LONGEST_NAME: usize = 256;

/// Checks an inline document; `target` is the name that its tools will begin with.
pub(super) fn check(text: &str, target: &str, private: bool) -> Result<(), Refusal> {
    if text.len() > MOST_BYTES {
        return refuse("The schema has more than 1 MB.");
    }
    let Some(document) = parse(text) else { return refuse("The schema is no JSON or YAML object.") };
    let version = super::super::json::text(&document, "/openapi").unwrap_or_default();
    if !["3.0", "3.1"].iter().any(|known| version == *known || version.starts_with(&format!("{known}."))) {
        return refuse("The schema is no OpenAPI 3.0 or 3.1 document.");
    }
    operations(&document, target)?;
    servers(&document, private)
}

/// The domain of the first server of a target's inline document.
pub(super) fn domain(target: &Value) -> Option<String> {
    let document = parse(text(target, "/targetConfiguration/mcp/openApiSchema/inlinePayload")?)?;
    let url = text(&document, "/servers/0/url")?;
    reqwest::Url::parse(url).ok()?.host_str().map(str::to_owned)
}

fn parse(text: &str) -> Option<Value> {
    let document: Value = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(_) => serde_saphyr::from_str(text).ok()?,
    };
    document.is_object().then_some(document)
}

fn operations(document: &Value, target: &str) -> Result<(), Refusal> {
    let mut names = BTreeSet::new();
    let paths = document.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let Some(name) = text(operation, "/operationId").filter(|name| !name.is_empty()) else {
                return refuse(format!("The operation {} {path} has no operationId.", method.to_uppercase()));
            };
            if !names.insert(name) {
                return refuse(format!("The operationId {name} is not unique."));
            }
            if target.len() + "___".len() + name.len() > LONGEST_NAME {
                return refuse(format!("The name of the tool {name} is too long."));
            }
        }
    }
    match names.len() {
        0 => refuse("The schema has no operations."),
        count if count > MOST_TOOLS => refuse("The schema has more than 1000 operations."),
        _ => Ok(()),
    }
}

fn servers(document: &Value, private: bool) -> Result<(), Refusal> {
    let own = list(document, "/servers");
    if own.is_empty() {
        return refuse("The schema has no servers.");
    }
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten().map(|(_, item)| item);
    let nested = paths.flat_map(|item| {
        let operations = METHODS.iter().filter_map(|method| item.get(method)).flat_map(|it| list(it, "/servers"));
        list(item, "/servers").iter().chain(operations)
    });
    let mut domains = BTreeSet::new();
    for server in own.iter().chain(nested) {
        let url = text(server, "/url").unwrap_or_default();
        match reqwest::Url::parse(url) {
            Ok(parsed) if url.split('/').nth(2).is_some_and(|host| !host.contains('{')) => {
                if !matches!(parsed.scheme(), "http" | "https") || (private && parsed.scheme() != "https") {
                    return refuse(format!("The server {url} does not use HTTPS."));
                }
                domains.extend(parsed.host_str().map(str::to_owned));
            }
            _ => return refuse(format!("The server {url} is no absolute URL with a fixed host.")),
        }
    }
    if private && domains.len() != 1 {
        return refuse("With a private endpoint all servers must have one domain.");
    }
    Ok(())
}

fn refuse(message: impl Into<String>) -> Result<(), Refusal> {
    Err(Refusal::invalid(PATH, message))
}
