//! OpenAPI documents: what has to be right before AWS is asked, and what becomes of their `servers`.
//!
//! What AgentCore takes of OpenAPI:
//! <https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-schema-openapi.html>.
//!
//! | asked | answered from |
//! |---|---|
//! | [`Document::tools`], [`Document::check_operations`] | `paths.<path>.<method>.operationId` |
//! | [`Document::domains`], [`Document::check_domains`] | `servers` of the document, of its paths and of their operations |
//! | [`Document::first_server`] | the first of the document's own `servers` |
//! | [`Document::with_server`] | the text, with those `servers` replaced |
//!
//! A path that is elsewhere (`$ref`) is not followed. Whatever the text, the work and the memory are those of a few megabytes.

mod text;
mod yaml;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::Value;

use super::{catalog::printable, hop::listed};
use crate::plan::Reason;

/// The most bytes of a document that stands in a request. AWS says 1 MB, which is read as a million: a ConfigMap holds 1 MiB at most, so
/// with the larger reading a document that is too large for AWS would be told by nobody but AWS.
/// <https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/bedrock-agentcore-limits.html>
pub const SIZE_LIMIT: usize = 1_000_000;

/// The methods that OpenAPI knows; everything else in a path is no operation.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The longest name of a path, operation or host in a message, in bytes.
const NAME_LIMIT: usize = 100;

/// Why a document is not acceptable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Why, in one word; always one that [`Reason::is_about_acceptance`].
    pub reason: Reason,
    /// What is wrong and what to do, in a sentence. Shows names out of the document, and no more of it.
    pub message: String,
}

/// An OpenAPI document that could be read: it is an object, and may lack anything.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    text: String,
    /// The same as JSON, where the text is YAML.
    json: Option<String>,
    value: Value,
}

/// The document is left out: it may be large, and logs are no place for it.
impl fmt::Debug for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Document({} bytes)", self.text.len())
    }
}

/// Whether a text is small enough to stand in a request.
///
/// # Errors
///
/// [`Reason::SchemaTooLarge`]: it has more bytes than [`SIZE_LIMIT`].
pub fn check_size(text: &str) -> Result<(), Problem> {
    if text.len() <= SIZE_LIMIT {
        return Ok(());
    }
    let message = format!(
        "The document has {} bytes, and AWS takes {SIZE_LIMIT} at most; shorten its descriptions, or offer its operations through several \
         targets",
        text.len()
    );
    Err(Problem { reason: Reason::SchemaTooLarge, message })
}

impl Document {
    /// Reads JSON, or else YAML.
    ///
    /// # Errors
    ///
    /// [`Reason::SchemaTooLarge`]: the text, or what its aliases stand for, has too many bytes. [`Reason::Invalid`]: it is neither JSON
    /// nor YAML, no object, nested too deep (JSON 127 levels, YAML 48), or of OpenAPI 2 (Swagger), which AgentCore does not take.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        check_size(text)?;
        let (json, value) = match serde_json::from_str(text) {
            Ok(value) => (None, value),
            Err(error) if text.trim_start().starts_with(['{', '[']) => {
                // A flow collection of YAML may look like JSON, too; what is neither is told about as JSON.
                let said = invalid(format!("The document is not JSON: {error}"));
                let told = |problem: Problem| if problem.reason == Reason::SchemaTooLarge { problem } else { said };
                read(yaml::to_json(text).map_err(told)?)?
            }
            Err(_) => read(yaml::to_json(text)?)?,
        };
        let Value::Object(members) = &value else {
            return Err(invalid(
                "The document is not an OpenAPI document, which is an object with openapi, info and paths",
            ));
        };
        if members.contains_key("swagger") && !members.contains_key("openapi") {
            return Err(invalid("The document is of OpenAPI 2 (swagger), and AgentCore takes 3.0 and 3.1; convert it"));
        }
        Ok(Self { text: text.to_owned(), json, value })
    }

    /// What the document says.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The document in its own words.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The document as JSON text with this one server, whatever it named before. A JSON document keeps every other byte; a YAML document
    /// becomes JSON, members in their order.
    pub fn with_server(&self, url: &str) -> String {
        text::with_server(self.json.as_deref().unwrap_or(&self.text), url)
    }

    /// The address of the first of the document's own servers, where it has one that can be called as it stands.
    pub fn first_server(&self) -> Option<String> {
        let url = self.value.pointer("/servers/0/url")?.as_str()?;
        domain(url).ok()?;
        (!url.contains('{')).then(|| url.to_owned())
    }

    /// The hosts of all servers, in lower case and without ports: a server of a path or operation replaces the document's own there.
    ///
    /// # Errors
    ///
    /// [`Reason::Invalid`]: a server has no host, or one with variables.
    pub fn domains(&self) -> Result<BTreeSet<String>, Problem> {
        let paths = self.paths().map(|(_, path)| path);
        let operations = self.operations().map(|operation| operation.value);
        let levels = std::iter::once(&self.value).chain(paths).chain(operations);
        let servers = levels.filter_map(|level| level.get("servers")?.as_array()).flatten();
        servers.map(|server| domain(server.get("url").and_then(Value::as_str).unwrap_or_default())).collect()
    }

    /// Whether a path is described elsewhere, with servers of its own perhaps, which are not looked for.
    pub fn has_paths_elsewhere(&self) -> bool {
        self.paths().any(|(_, path)| path.get("$ref").is_some())
    }

    /// Whether there is just one domain, as a private endpoint has.
    ///
    /// # Errors
    ///
    /// [`Reason::MultipleDomains`]: there are several. [`Reason::Invalid`]: there is none, or [`Document::domains`] cannot tell.
    pub fn check_domains(&self) -> Result<(), Problem> {
        let domains = self.domains()?;
        let names: Vec<String> = domains.iter().map(|domain| printable(domain, NAME_LIMIT)).collect();
        match names.len() {
            0 => Err(invalid(
                "The document names no server; add servers with the address of the API, or set serverUrlFrom",
            )),
            1 => Ok(()),
            _ => {
                let names = listed(names.iter().map(String::as_str));
                let message = format!(
                    "The servers of the document are on several domains ({names}), and a private endpoint has one; keep one of them, or set \
                     serverUrlFrom"
                );
                Err(Problem { reason: Reason::MultipleDomains, message })
            }
        }
    }

    /// Whether every operation has a name of its own as a tool.
    ///
    /// # Errors
    ///
    /// [`Reason::OperationIdMissing`]: some have none; names up to ten of them by method and path. [`Reason::Invalid`]: two have the same.
    pub fn check_operations(&self) -> Result<(), Problem> {
        let nameless: Vec<String> = self
            .operations()
            .filter(|operation| operation.id().is_none())
            .map(|operation| operation.to_string())
            .collect();
        if !nameless.is_empty() {
            let names = listed(nameless.iter().map(String::as_str));
            let message =
                format!("Operations without operationId cannot become tools: {names}; give each an operationId");
            return Err(Problem { reason: Reason::OperationIdMissing, message });
        }
        let mut seen: BTreeMap<&str, Operation<'_>> = BTreeMap::new();
        for operation in self.operations() {
            if let Some(id) = operation.id()
                && let Some(first) = seen.insert(id, operation)
            {
                let id = printable(id, NAME_LIMIT);
                return Err(invalid(format!(
                    "{first} and {operation} have the same operationId, {id}, and a tool's name is unique; give one of them another"
                )));
            }
        }
        Ok(())
    }

    /// The names of the tools that AWS makes of the document, without the target's name before them: its operationIds, sorted.
    pub fn tools(&self) -> Vec<String> {
        let mut tools: Vec<String> =
            self.operations().filter_map(|operation| operation.id().map(str::to_owned)).collect();
        tools.sort();
        tools
    }

    fn paths(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.value
            .get("paths")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter(|(path, _)| path.starts_with('/'))
    }

    fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        self.paths().flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |method| {
                let value = item.get(method).filter(|operation| operation.is_object())?;
                Some(Operation { method, path, value })
            })
        })
    }
}

/// One operation of an API.
#[derive(Clone, Copy)]
struct Operation<'document> {
    method: &'static str,
    path: &'document str,
    value: &'document Value,
}

impl<'document> Operation<'document> {
    fn id(&self) -> Option<&'document str> {
        self.value.get("operationId")?.as_str().filter(|id| !id.is_empty())
    }
}

/// `GET /items`.
impl fmt::Display for Operation<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method.to_uppercase(), printable(self.path, NAME_LIMIT))
    }
}

/// The host of a server's URL. Variables after the host are AWS's to judge.
fn domain(url: &str) -> Result<String, Problem> {
    let shown = printable(url, NAME_LIMIT);
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(invalid(format!(
            "The server {shown:?} of the document has no host; write it like https://api.example.com, or set serverUrlFrom"
        )));
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if scheme.contains('{') || authority.contains('{') {
        return Err(invalid(format!(
            "The server {shown:?} of the document has a variable in its host, and AWS takes none there; write the host out, or set \
             serverUrlFrom"
        )));
    }
    // Programs disagree on where a host ends that has such characters, and so on who is called.
    if authority.contains(|letter: char| letter == '\\' || letter.is_whitespace() || letter.is_control()) {
        return Err(invalid(format!(
            "The server {shown:?} of the document has a host that is none; write it like https://api.example.com, or set serverUrlFrom"
        )));
    }
    let host_and_port = authority.rsplit('@').next().unwrap_or_default();
    let host = match host_and_port.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host_and_port,
    };
    if host.is_empty() {
        return Err(invalid(format!(
            "The server {shown:?} of the document has no host; write it like https://api.example.com, or set serverUrlFrom"
        )));
    }
    Ok(host.to_lowercase())
}

/// What a text of YAML says, and the same as JSON.
fn read(json: String) -> Result<(Option<String>, Value), Problem> {
    let value = serde_json::from_str(&json)
        .map_err(|error| invalid(format!("The document cannot be said in JSON: {error}")))?;
    Ok((Some(json), value))
}

fn invalid(message: impl Into<String>) -> Problem {
    Problem { reason: Reason::Invalid, message: message.into() }
}

#[cfg(test)]
mod tests;
