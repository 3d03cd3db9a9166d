//! The operations of a REST API that a stage of API Gateway exports: which of them become tools, and by what names.
//!
//! | asked | answered from |
//! |---|---|
//! | [`reach`] | a filter, a method and a path |
//! | [`Export::selected`], [`Export::proxies`] | the export and the filters |
//! | [`nameless`], [`tools`] | operations and overrides |
//! | [`generated`], [`is_generated`] | methods and paths of operations without a name |
//! | [`Export::digest`] | everything of an export that makes tools |
//!
//! AWS does not say whether the filter `/pets/*` selects `/pets` itself. Here it perhaps does: nothing is generated for it, and nothing is
//! held against it. <https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-target-api-gateway.html>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    api::{ApiGatewayToolFilter, ApiGatewayToolOverride, RestApiMethod},
    aws::ownership::hash,
};

/// The longest name that is generated. Some models take no tool with a longer one.
const LONGEST: usize = 64;

/// How many characters of a digest are about the filters.
const FILTERS: usize = 8;

/// The method by which API Gateway exports a resource that takes every method.
const ANY: &str = "x-amazon-apigateway-any-method";

/// Whether something is selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// It certainly is not.
    No,
    /// AWS does not say.
    Perhaps,
    /// It is.
    Yes,
}

/// What a stage exports, as far as it makes tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// By path and method.
    operations: BTreeMap<(String, RestApiMethod), Operation>,
    /// Paths that take every method.
    any: BTreeSet<String>,
    /// A hash of what operations refer to.
    components: String,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its method.
    pub method: RestApiMethod,
    /// Its path.
    pub path: String,
    /// Its name, where it has one.
    pub id: Option<String>,
    /// A hash of all of it.
    content: String,
}

impl Operation {
    /// Method and path, as people write them.
    pub fn title(&self) -> String {
        format!("{} {}", self.method.as_str(), self.path)
    }
}

impl Export {
    /// Reads the OpenAPI document that API Gateway exports, in JSON.
    ///
    /// # Errors
    ///
    /// It is not such a document; in words.
    pub fn parse(document: &[u8]) -> Result<Self, String> {
        let document: Value =
            serde_json::from_slice(document).map_err(|error| format!("the export is not JSON: {error}"))?;
        let paths = document.get("paths").and_then(Value::as_object).ok_or("the export has no paths")?;
        let (mut operations, mut any) = (BTreeMap::new(), BTreeSet::new());
        for (path, item) in paths {
            if item.get(ANY).is_some() {
                any.insert(path.clone());
            }
            for method in RestApiMethod::ALL {
                let Some(operation) = item.get(method.as_str().to_ascii_lowercase()) else { continue };
                let shared = item.get("parameters").unwrap_or(&Value::Null);
                let id = operation.get("operationId").and_then(Value::as_str).filter(|id| !id.is_empty());
                let content = hash(&format!("{operation}{shared}"), 16);
                let found = Operation { method, path: path.clone(), id: id.map(str::to_owned), content };
                operations.insert((path.clone(), method), found);
            }
        }
        let components = hash(&document.get("components").unwrap_or(&Value::Null).to_string(), 16);
        Ok(Self { operations, any, components })
    }

    /// How many operations there are.
    pub fn operations(&self) -> usize {
        self.operations.len()
    }

    /// The operations that are certainly selected, by path and method.
    pub fn selected<'a>(&'a self, filters: &[ApiGatewayToolFilter]) -> Vec<&'a Operation> {
        let is_selected = |operation: &&Operation| reach(filters, operation.method, &operation.path) == Reach::Yes;
        self.operations.values().filter(is_selected).collect()
    }

    /// The selected paths with a greedy parameter, like `/{proxy+}`, which AWS does not take.
    pub fn proxies<'a>(&'a self, filters: &[ApiGatewayToolFilter]) -> BTreeSet<&'a str> {
        let known = self.selected(filters).into_iter().map(|operation| operation.path.as_str());
        let is_selected =
            |path: &&String| RestApiMethod::ALL.iter().any(|one| reach(filters, *one, path) == Reach::Yes);
        let any = self.any.iter().filter(is_selected).map(String::as_str);
        known.chain(any).filter(|path| path.contains("+}")).collect()
    }

    /// A hash of everything that makes the tools of this selection; other deployments that make the same tools have the same. It begins
    /// with a hash of the filters ([`is_of_same_filters`]).
    pub fn digest(&self, filters: &[ApiGatewayToolFilter]) -> String {
        let line = |operation: &Operation| format!("{} {}", operation.title(), operation.content);
        let text: Vec<String> = self.selected(filters).into_iter().map(line).collect();
        let text = format!("{}\n{}", self.components, text.join("\n"));
        let mut lines: Vec<String> = filters
            .iter()
            .flat_map(|filter| {
                filter.methods.iter().map(|method| format!("{} {}", method.as_str(), filter.filter_path))
            })
            .collect();
        lines.sort();
        lines.dedup();
        format!("{}{}", hash(&lines.join("\n"), FILTERS), hash(&text, 32 - FILTERS))
    }
}

/// Whether two digests are of the same filters, whatever was exported.
pub fn is_of_same_filters(one: &str, other: &str) -> bool {
    one.get(..FILTERS).is_some_and(|filters| other.starts_with(filters))
}

/// Whether any of the filters selects an operation.
pub fn reach(filters: &[ApiGatewayToolFilter], method: RestApiMethod, path: &str) -> Reach {
    let of = |filter: &ApiGatewayToolFilter| {
        if !filter.methods.contains(&method) {
            return Reach::No;
        }
        match filter.filter_path.strip_suffix("/*") {
            None if filter.filter_path == path => Reach::Yes,
            Some(parent) if path == parent || (parent.is_empty() && path == "/") => Reach::Perhaps,
            Some(parent) if path.strip_prefix(parent).is_some_and(|rest| rest.starts_with('/')) => Reach::Yes,
            None | Some(_) => Reach::No,
        }
    };
    filters.iter().map(of).max().unwrap_or(Reach::No)
}

/// The overrides that certainly no filter selects.
pub fn stray<'a>(
    filters: &[ApiGatewayToolFilter],
    overrides: &'a [ApiGatewayToolOverride],
) -> Vec<&'a ApiGatewayToolOverride> {
    overrides.iter().filter(|given| reach(filters, given.method, &given.path) == Reach::No).collect()
}

/// The override of an operation.
fn override_of<'a>(
    operation: &Operation,
    overrides: &'a [ApiGatewayToolOverride],
) -> Option<&'a ApiGatewayToolOverride> {
    overrides.iter().find(|given| given.method == operation.method && given.path == operation.path)
}

/// The operations that have no name at all.
pub fn nameless<'a>(selected: &[&'a Operation], overrides: &[ApiGatewayToolOverride]) -> Vec<&'a Operation> {
    let has_none = |operation: &&&Operation| operation.id.is_none() && override_of(operation, overrides).is_none();
    selected.iter().filter(has_none).copied().collect()
}

/// The names of the tools that the operations become, sorted. One that has no name becomes none.
pub fn tools(selected: &[&Operation], overrides: &[ApiGatewayToolOverride]) -> Vec<String> {
    let name = |operation: &&Operation| {
        override_of(operation, overrides).map(|given| given.name.clone()).or_else(|| operation.id.clone())
    };
    let mut names: Vec<String> = selected.iter().filter_map(name).collect();
    names.sort();
    names
}

/// Overrides that name the operations that have no name, by path and method. A name depends on the operation alone, unless one that people
/// chose is the same.
pub fn generated(selected: &[&Operation], given: &[ApiGatewayToolOverride]) -> Vec<ApiGatewayToolOverride> {
    let taken: BTreeSet<String> = tools(selected, given).into_iter().collect();
    let nameless = nameless(selected, given);
    name_all(nameless.into_iter().map(|operation| (operation.method, operation.path.as_str())), taken)
}

/// Overrides that name these operations, of which none has a name of its own; `taken` are the names that others have.
pub fn name_all<'a>(
    operations: impl Iterator<Item = (RestApiMethod, &'a str)>,
    mut taken: BTreeSet<String>,
) -> Vec<ApiGatewayToolOverride> {
    let sorted: BTreeSet<(&str, RestApiMethod)> = operations.map(|(method, path)| (path, method)).collect();
    let name = |(path, method): (&str, RestApiMethod)| {
        let name = names(method, path).find(|name| !taken.contains(name))?;
        taken.insert(name.clone());
        Some(ApiGatewayToolOverride { name, description: None, path: path.to_owned(), method })
    };
    sorted.into_iter().filter_map(name).collect()
}

/// Whether an override is one that is generated for its operation.
pub fn is_generated(given: &ApiGatewayToolOverride) -> bool {
    given.description.is_none() && names(given.method, &given.path).any(|name| name == given.name)
}

/// The names that an operation may be given, the best first: `get_pets_by_petId` for `GET /pets/{petId}`. The first leaves no doubt which
/// operation is meant, or is left out; the others end in two underscores and a hash, which the first never does.
fn names(method: RestApiMethod, path: &str) -> impl Iterator<Item = String> {
    let method = method.as_str().to_ascii_lowercase();
    let plain = plain(path).map(|words| format!("{method}_{words}")).filter(|name| name.len() <= LONGEST);
    let legal = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { ' ' };
    let words: String = path.chars().map(legal).collect();
    let words = words.split_whitespace().collect::<Vec<_>>().join("_");
    let text = format!("{method} {path}");
    let hashed = [8, 16, 32].into_iter().map(move |length| {
        let mut name = format!("{method}_{words}");
        // Letters, digits and underscores only: every byte is a character.
        name.truncate(LONGEST - "__".len() - length);
        format!("{}__{}", name.trim_end_matches('_'), hash(&text, length))
    });
    plain.into_iter().chain(hashed)
}

/// A path in words, when no other path has the same: `pets_by_petId` for `/pets/{petId}`.
fn plain(path: &str) -> Option<String> {
    if path == "/" {
        return Some("root".to_owned());
    }
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|letter| letter.is_ascii_alphanumeric());
    let word = |segment: &str| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(parameter) => is_word(parameter).then(|| format!("by_{parameter}")),
        None => (is_word(segment) && segment != "by").then(|| segment.to_owned()),
    };
    let words: Vec<String> = path.strip_prefix('/')?.split('/').map(word).collect::<Option<_>>()?;
    (words != ["root"]).then(|| words.join("_"))
}

#[cfg(test)]
mod tests;
