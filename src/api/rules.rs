//! CEL rules that several kinds share, each with a message that says what to do.
//!
//! The API server estimates what a rule may cost before it accepts a CRD; comparing optionals (`self.?a == oldSelf.?a`) is over its
//! budget, chains of `has()` are not.

use kube::core::{Reason, Rule};

/// What can never change: once `path` has a value it keeps that value, also when a parent is removed. It may be added while it is silent.
///
/// `path` is relative to the struct that carries the rule, with dots, as users write it: `protocolConfiguration.mcp.searchType`.
pub(super) fn immutable(path: &str) -> Rule {
    let (now, before) = (present("self", path), present("oldSelf", path));
    Rule::new(format!("!({before}) || (({now}) && self.{path} == oldSelf.{path})"))
        .message(
            format!("{path} cannot be changed or removed once it is set; delete this object and create it again")
                .as_str(),
        )
        .reason(Reason::FieldValueForbidden)
        .field_path(format!(".{path}"))
}

/// A list that AWS cannot empty again: it may be changed, and filled when it was empty, but not emptied or removed.
pub(super) fn never_emptied(list: &str, instead: &str) -> Rule {
    Rule::new(format!(
        "!(has(oldSelf.{list}) && size(oldSelf.{list}) > 0) || (has(self.{list}) && size(self.{list}) > 0)"
    ))
    .message(format!("{list} cannot be emptied again, because AWS has no call for that; {instead}").as_str())
    .reason(Reason::FieldValueForbidden)
    .field_path(format!(".{list}"))
}

/// One of several members that say the same thing must be there, and no second one.
pub(super) fn exactly_one_of(members: &[&str]) -> Rule {
    let each: Vec<String> = members.iter().map(|member| format!("has(self.{member})")).collect();
    Rule::new(format!("[{}].exists_one(given, given)", each.join(", ")))
        .message(format!("exactly one of {} is required", members.join(", ")).as_str())
}

/// Of a choice of namespaces: `from: Selector` needs a selector.
pub(super) fn selector_where_it_is_read() -> Rule {
    Rule::new("self.from == 'Selector' ? has(self.selector) : true")
        .message("selector is required when from is Selector")
}

/// Of a choice of namespaces: a selector that nothing reads is a mistake.
pub(super) fn no_selector_elsewhere() -> Rule {
    Rule::new("self.from != 'Selector' ? !has(self.selector) : true")
        .message("selector is only read when from is Selector; set from: Selector or remove selector")
}

/// What is taken over can be taken back out of the spec, but not become another object.
pub(super) fn adopts_one() -> Rule {
    let kept = |member: &str| {
        format!(
            "(!has(oldSelf.adopt.{member}) || (has(self.adopt.{member}) && self.adopt.{member} == oldSelf.adopt.{member}))"
        )
    };
    Rule::new(format!("!has(oldSelf.adopt) || !has(self.adopt) || ({} && {})", kept("id"), kept("name")))
        .message("adopt names one object and cannot name another one; delete this object and create it again")
        .reason(Reason::FieldValueForbidden)
        .field_path(".adopt")
}

/// A name that is taken over is the name.
pub(super) fn adopts_its_name() -> Rule {
    Rule::new("!has(self.name) || !has(self.adopt) || !has(self.adopt.name) || self.adopt.name == self.name")
        .message("name and adopt.name are two names for one object; remove one of them")
        .field_path(".adopt.name")
}

/// Says in words what a pattern says to programs. A schema's `pattern` serves editors and offline checks; its refusal shows the pattern
/// and nothing else.
pub(super) fn matching(pattern: &str, message: &str) -> Rule {
    Rule::new(format!("self.matches('{}')", in_cel(pattern))).message(message)
}

/// [`matching`] for every item of a list.
pub(super) fn all_matching(pattern: &str, message: &str) -> Rule {
    Rule::new(format!("self.all(item, item.matches('{}'))", in_cel(pattern))).message(message)
}

/// A pattern as it is written inside a CEL string.
pub(super) fn in_cel(pattern: &str) -> String {
    pattern.replace('\\', r"\\")
}

/// The name of a Lattice object must not look like an id. AWS's model says so with a lookahead, which RE2 does not have.
pub(super) fn not_starting_with(reserved_prefix: &str) -> Rule {
    Rule::new(format!("!self.startsWith('{reserved_prefix}')"))
        .message(format!("names that start with {reserved_prefix} are reserved by VPC Lattice").as_str())
}

/// `has(root.a) && has(root.a.b) && ...`: every step of the path is there.
pub(super) fn present(root: &str, path: &str) -> String {
    let mut steps = Vec::new();
    let mut at = root.to_owned();
    for member in path.split('.') {
        at = format!("{at}.{member}");
        steps.push(format!("has({at})"));
    }
    steps.join(" && ")
}
