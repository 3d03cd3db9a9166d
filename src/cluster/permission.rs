//! Who may refer to whom. Judged before anything is asked of AWS.

use std::collections::BTreeMap;

use kube::core::{Selector, SelectorExt};

use crate::api::{AllowedNamespaces, FromNamespaces};

/// Whether an object that lets these namespaces in may be referred to from this one.
///
/// | `from` | own namespace | another namespace |
/// |---|---|---|
/// | `Same`, or not said | yes | no |
/// | `All` | yes | yes |
/// | `Selector` | yes | when its labels match; a namespace that is not known matches nothing |
pub fn lets_in(
    allowed: Option<&AllowedNamespaces>,
    own: &str,
    from: &str,
    labels: Option<&BTreeMap<String, String>>,
) -> bool {
    if own == from {
        return true;
    }
    match allowed.map(|allowed| (allowed.from, allowed.selector.as_ref())) {
        None | Some((FromNamespaces::Same, _)) => false,
        Some((FromNamespaces::All, _)) => true,
        Some((FromNamespaces::Selector, selector)) => match (selector, labels) {
            (Some(selector), Some(labels)) => {
                Selector::try_from(selector.clone()).is_ok_and(|selector| selector.matches(labels))
            }
            (None, _) | (_, None) => false,
        },
    }
}

/// Whether a pattern with `*` for any text matches the whole of a value.
pub fn matches_pattern(pattern: &str, value: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| value.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

    use super::*;

    fn allowed(from: FromNamespaces, selector: Option<LabelSelector>) -> AllowedNamespaces {
        AllowedNamespaces { from, selector }
    }

    fn labelled(key: &str, value: &str) -> BTreeMap<String, String> {
        [(key.to_owned(), value.to_owned())].into()
    }

    #[test]
    fn every_row() {
        let selector = LabelSelector { match_labels: Some(labelled("agentcore", "yes")), ..LabelSelector::default() };
        let odd = LabelSelector {
            match_expressions: Some(vec![LabelSelectorRequirement {
                key: "agentcore".into(),
                operator: "NoSuchOperator".into(),
                values: None,
            }]),
            ..LabelSelector::default()
        };
        let yes = labelled("agentcore", "yes");
        let no = labelled("agentcore", "no");
        let table = [
            (None, "own", None, true),
            (None, "other", Some(&yes), false),
            (Some(allowed(FromNamespaces::Same, None)), "other", Some(&yes), false),
            (Some(allowed(FromNamespaces::All, None)), "other", None, true),
            (Some(allowed(FromNamespaces::Selector, Some(selector.clone()))), "other", Some(&yes), true),
            (Some(allowed(FromNamespaces::Selector, Some(selector.clone()))), "other", Some(&no), false),
            (Some(allowed(FromNamespaces::Selector, Some(selector.clone()))), "other", None, false),
            (Some(allowed(FromNamespaces::Selector, Some(selector))), "own", Some(&no), true),
            (Some(allowed(FromNamespaces::Selector, None)), "other", Some(&yes), false),
            (Some(allowed(FromNamespaces::Selector, Some(LabelSelector::default()))), "other", Some(&no), true),
            (Some(allowed(FromNamespaces::Selector, Some(odd))), "other", Some(&yes), false),
        ];
        for (index, (allowed, from, labels, expected)) in table.into_iter().enumerate() {
            assert_eq!(lets_in(allowed.as_ref(), "own", from, labels), expected, "row {index}");
        }
    }

    #[test]
    fn patterns() {
        let table = [
            ("agents-*", "agents-abcde12345", true),
            ("agents-*", "other-agents-abcde12345", false),
            ("*", "", true),
            ("*", "anything", true),
            ("exact", "exact", true),
            ("exact", "exactly", false),
            ("", "", true),
            ("", "x", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("ab*ba", "aba", false),
            ("*:role/team-*", "arn:aws:iam::1:role/team-x", true),
        ];
        for (pattern, value, expected) in table {
            assert_eq!(matches_pattern(pattern, value), expected, "{pattern} on {value}");
        }
    }
}
