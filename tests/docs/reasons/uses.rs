//! Where the source gives a reason, and in which role: found in the tokens, so that no list of it has to be kept.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::anyhow;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::page;

/// What becomes of an object that is given a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Condition `Reconciling`: it goes on by itself.
    Waits,
    /// Condition `Stalled`: a person must act.
    Stalls,
    /// The condition of a check is False.
    Broken,
    /// The condition of a check is Unknown.
    Unknown,
    /// An event.
    Told,
}

/// Which call makes what of the reason that it is given.
const ROLES: [(&str, Role); 20] = [
    ("Hold::waiting", Role::Waits),
    ("Plan::wait", Role::Waits),
    ("Next::Wait", Role::Waits),
    ("Hold::stalled", Role::Stalls),
    ("Plan::stall", Role::Stalls),
    // Of a document: its reader stalls the target.
    ("Problem", Role::Stalls),
    ("Verdict::broken", Role::Broken),
    ("Obstacle::failed", Role::Broken),
    ("Native::broken", Role::Broken),
    ("Handshake::Refused", Role::Broken),
    ("told", Role::Broken),
    ("Verdict::unknown", Role::Unknown),
    ("Obstacle::unknown", Role::Unknown),
    ("Native::unknown", Role::Unknown),
    ("Outcome::Unknown", Role::Unknown),
    ("undecided", Role::Unknown),
    ("Note::new", Role::Told),
    ("tell", Role::Told),
    ("tell_news", Role::Told),
    ("tell_object", Role::Told),
];

/// What a reason becomes where it stands in a pair that is handed on, by file.
const PAIRS: [(&str, Role); 2] =
    [("src/workload/preflight/trust.rs", Role::Broken), ("src/workload/certificate.rs", Role::Unknown)];

/// Of each reason: in which files it has which role.
pub(crate) fn all() -> anyhow::Result<BTreeMap<String, BTreeSet<(String, Role)>>> {
    let mut uses: BTreeMap<String, BTreeSet<(String, Role)>> = BTreeMap::new();
    for file in page::below("src", "rs")?.into_iter().filter(|file| is_shipped(file)) {
        let tokens: TokenStream =
            page::read(&file)?.parse().map_err(|error| anyhow!("{file} cannot be read as Rust: {error}"))?;
        let mut found = Vec::new();
        walk(tokens, &mut Vec::new(), &mut found);
        for (reason, callers) in found {
            if let Some(role) = role(&file, &callers) {
                uses.entry(reason).or_default().insert((file.clone(), role));
            }
        }
    }
    assert!(uses.len() > 50, "only {} reasons were found in use", uses.len());
    Ok(uses)
}

/// Every text in the source of what is shipped: what messages are made of.
pub(crate) fn texts() -> anyhow::Result<Vec<String>> {
    let mut texts = Vec::new();
    for file in page::below("src", "rs")?.into_iter().filter(|file| is_shipped(file)) {
        let tokens: TokenStream =
            page::read(&file)?.parse().map_err(|error| anyhow!("{file} cannot be read as Rust: {error}"))?;
        collect(tokens, &mut texts);
    }
    Ok(texts)
}

fn is_shipped(file: &str) -> bool {
    !file.ends_with("/tests.rs") && !file.contains("/tests/") && file != "src/plan.rs"
}

/// The innermost caller that makes something of a reason decides.
fn role(file: &str, callers: &[String]) -> Option<Role> {
    if callers.iter().any(|caller| caller == "matches!") {
        return None;
    }
    let known = |caller: &String| {
        let last = caller.rsplit("::").next();
        ROLES.iter().find(|(name, _)| caller == name || last == Some(*name)).map(|(_, role)| *role)
    };
    let pair = || PAIRS.iter().find(|(name, _)| *name == file).map(|(_, role)| *role);
    callers.iter().rev().find_map(known).or_else(pair)
}

/// Goes through tokens, except those of tests, and keeps who is called around them.
fn walk(tokens: TokenStream, callers: &mut Vec<String>, found: &mut Vec<(String, Vec<String>)>) {
    let tokens: Vec<TokenTree> = without_tests(tokens);
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(ident) if ident == "Reason" => {
                if let [TokenTree::Punct(_), TokenTree::Punct(_), TokenTree::Ident(name), ..] = &tokens[index + 1..]
                    && name.to_string().starts_with(char::is_uppercase)
                {
                    found.push((name.to_string(), callers.clone()));
                }
            }
            TokenTree::Group(group) => {
                callers.push(caller(&tokens[..index], group.delimiter()));
                walk(group.stream(), callers, found);
                callers.pop();
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The path before a group: `Hold::stalled`, `matches!`, `Problem`.
fn caller(before: &[TokenTree], delimiter: Delimiter) -> String {
    if matches!(delimiter, Delimiter::Bracket | Delimiter::None) {
        return String::new();
    }
    let mut parts = Vec::new();
    for token in before.iter().rev() {
        match token {
            TokenTree::Ident(ident) => parts.push(ident.to_string()),
            TokenTree::Punct(punct) if matches!(punct.as_char(), ':' | '!') => parts.push(punct.to_string()),
            TokenTree::Punct(_) | TokenTree::Group(_) | TokenTree::Literal(_) => break,
        }
        // Two names beside each other are no path: `return Some`.
        if parts.len() > 1 && parts[parts.len() - 2..].iter().all(|part| part.starts_with(char::is_alphanumeric)) {
            parts.pop();
            break;
        }
    }
    parts.reverse();
    parts.concat()
}

/// Takes what stands behind `#[cfg(test)]` out.
fn without_tests(tokens: TokenStream) -> Vec<TokenTree> {
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut skips = false;
    for token in tokens {
        if skips {
            skips = match &token {
                TokenTree::Group(group) => group.delimiter() != Delimiter::Brace,
                TokenTree::Punct(punct) => punct.as_char() != ';',
                TokenTree::Ident(_) | TokenTree::Literal(_) => true,
            };
        } else if matches!(&token, TokenTree::Group(group) if group.stream().to_string().replace(' ', "") == "cfg(test)")
        {
            skips = true;
        } else {
            kept.push(token);
        }
    }
    kept
}

fn collect(tokens: TokenStream, texts: &mut Vec<String>) {
    for token in without_tests(tokens) {
        match token {
            TokenTree::Group(group) => collect(group.stream(), texts),
            TokenTree::Literal(literal) => {
                if let syn::Lit::Str(text) = syn::Lit::new(literal) {
                    texts.push(text.value());
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

#[test]
fn roles_are_read_from_who_is_called() -> anyhow::Result<()> {
    let source = r#"
        fn a() { return Err(Hold::stalled(Reason::Invalid, format!("{} b", Reason::Gone))); }
        fn b() { let it = matches!(reason, Reason::Stuck); told(passage, Reason::EgressBlocked, &way) }
        fn c() -> Problem { Problem { reason: Reason::Denied, message } }
        #[cfg(test)]
        mod tests { fn d() { Hold::waiting(Reason::Slow, "") } }
    "#;
    let tokens: TokenStream = source.parse().map_err(|error| anyhow!("{error}"))?;
    let mut found = Vec::new();
    walk(tokens, &mut Vec::new(), &mut found);
    let told: Vec<_> = found.iter().map(|(name, callers)| (name.as_str(), role("", callers))).collect();
    let expected = [
        ("Invalid", Some(Role::Stalls)),
        ("Gone", Some(Role::Stalls)),
        ("Stuck", None),
        ("EgressBlocked", Some(Role::Broken)),
        ("Denied", Some(Role::Stalls)),
    ];
    assert_eq!(told, expected);
    Ok(())
}
