//! Conditions of statements.
//!
//! | operator | holds when |
//! |---|---|
//! | `StringEquals` | the key is there, and its value is one of these |
//! | `StringNotEquals` | the key is not there, or its value is none of these |
//! | `StringLike` | the key is there, and its value matches one of these patterns |
//! | `ArnLike` | the same, field by field |
//! | `StringEqualsIfExists` | the key is not there, or its value is one of these |
//! | `Null` | the key is not there (`true`), or is there (`false`) |
//! | `ForAllValues:StringEquals` | every value of the key is one of these; also when there is none |
//! | `ForAnyValue:StringEquals` | some value of the key is one of these |
//!
//! Keys are compared without regard to case, the keys of tags in them included. Where two tags differ in case only, no condition on their
//! value holds: AWS does not say which of the two it takes.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::{Facts, matches, matches_arn};

/// Keys that a request can have one value of. Those that end in a slash or a colon are followed by the key of a tag or of a context.
const KEYS: [&str; 11] = [
    "aws:RequestTag/",
    RESOURCE_TAG,
    "aws:RequestedRegion",
    "aws:ResourceAccount",
    "aws:CalledViaLast",
    "iam:PassedToService",
    "iam:AWSServiceName",
    "kms:EncryptionContext:",
    "kms:GrantConstraintType",
    "kms:ViaService",
    "vpc-lattice:CreateAction",
];

/// What keys about the tags of a resource begin with.
const RESOURCE_TAG: &str = "aws:ResourceTag/";

/// Keys that a request can have several values of.
const LISTS: [&str; 3] = ["aws:TagKeys", "aws:CalledVia", "kms:GrantOperations"];

/// One key of one operator.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    test: Test,
    key: String,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
enum Test {
    Equals,
    NotEquals,
    Like,
    ArnLike,
    EqualsIfExists,
    Null,
    AllEqual,
    AnyEquals,
}

/// Reads the conditions of a statement: `{operator: {key: value or values}}`.
pub(super) fn read(written: &Value) -> anyhow::Result<Vec<Condition>> {
    let mut conditions = Vec::new();
    let operators = match written {
        Value::Null => return Ok(conditions),
        Value::Object(operators) => operators,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => bail!("conditions are an object"),
    };
    for (operator, keys) in operators {
        let test = match operator.as_str() {
            "StringEquals" => Test::Equals,
            "StringNotEquals" => Test::NotEquals,
            "StringLike" => Test::Like,
            "ArnLike" => Test::ArnLike,
            "StringEqualsIfExists" => Test::EqualsIfExists,
            "Null" => Test::Null,
            "ForAllValues:StringEquals" => Test::AllEqual,
            "ForAnyValue:StringEquals" => Test::AnyEquals,
            _ => bail!("the operator {operator} is not understood"),
        };
        for (key, values) in keys.as_object().with_context(|| format!("{operator} has no keys"))? {
            let is_known = |own: &&str| {
                if own.ends_with(['/', ':']) {
                    key.len() > own.len() && begins(key, own)
                } else {
                    own.eq_ignore_ascii_case(key)
                }
            };
            let known = if test.is_of_lists() { LISTS.iter().any(is_known) } else { KEYS.iter().any(is_known) };
            ensure!(known, "the key {key} is not understood with {operator}");
            let values = texts(values).with_context(|| format!("{operator} {key} has no texts"))?;
            if matches!(test, Test::Null) {
                ensure!(matches!(values.as_slice(), [one] if one == "true" || one == "false"), "Null is true or false");
            }
            conditions.push(Condition { test, key: key.clone(), values });
        }
    }
    Ok(conditions)
}

fn texts(values: &Value) -> Option<Vec<String>> {
    let texts: Option<Vec<_>> = match values {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(several) => several.iter().map(|value| value.as_str().map(str::to_owned)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    };
    texts.filter(|texts| !texts.is_empty())
}

/// Whether a key begins so, without regard to case.
fn begins(key: &str, beginning: &str) -> bool {
    key.get(..beginning.len()).is_some_and(|start| start.eq_ignore_ascii_case(beginning))
}

impl Test {
    /// Whether it is about keys with several values.
    fn is_of_lists(self) -> bool {
        matches!(self, Self::AllEqual | Self::AnyEquals)
    }
}

impl Condition {
    pub(super) fn holds(&self, facts: &Facts) -> bool {
        // Whether AWS looks at the tags of what is not there is not documented: nothing may rest on it.
        if facts.is_of_nothing() && begins(&self.key, RESOURCE_TAG) {
            return false;
        }
        let found = facts.values(&self.key);
        let is_one = |value: &String| self.values.contains(value);
        let only = if let [only] = found { Some(only) } else { None };
        match self.test {
            Test::Equals => only.is_some_and(is_one),
            Test::NotEquals => found.len() < 2 && !found.iter().any(is_one),
            Test::Like => only.is_some_and(|value| self.values.iter().any(|pattern| matches(pattern, value))),
            Test::ArnLike => only.is_some_and(|value| self.values.iter().any(|pattern| matches_arn(pattern, value))),
            Test::EqualsIfExists => found.is_empty() || only.is_some_and(is_one),
            Test::Null => found.is_empty() == (self.values == ["true"]),
            Test::AllEqual => found.iter().all(is_one),
            Test::AnyEquals => found.iter().any(is_one),
        }
    }
}
