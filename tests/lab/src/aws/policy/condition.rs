//! Conditions of statements.
//!
//! | operator | holds when |
//! |---|---|
//! | `StringEquals` | the key is there, and its value is one of these |
//! | `StringNotEquals` | the key is not there, or its value is none of these |
//! | `StringLike`, `ArnLike` | the key is there, and its value matches one of these patterns |
//! | `StringEqualsIfExists` | the key is not there, or its value is one of these |
//! | `Null` | the key is not there (`true`), or is there (`false`) |
//! | `ForAllValues:StringEquals` | every value of the key is one of these; also when there is none |
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::{Facts, matches};

/// Keys that a request can have one value of. Those that end in a slash are followed by the key of a tag.
const KEYS: [&str; 5] =
    ["aws:RequestTag/", "aws:ResourceTag/", "aws:RequestedRegion", "iam:PassedToService", "iam:AWSServiceName"];

/// Keys that a request can have several values of.
const LISTS: [&str; 1] = ["aws:TagKeys"];

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
    EqualsIfExists,
    Null,
    AllEqual,
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
            "StringLike" | "ArnLike" => Test::Like,
            "StringEqualsIfExists" => Test::EqualsIfExists,
            "Null" => Test::Null,
            "ForAllValues:StringEquals" => Test::AllEqual,
            _ => bail!("the operator {operator} is not understood"),
        };
        for (key, values) in keys.as_object().with_context(|| format!("{operator} has no keys"))? {
            let known = match test {
                Test::AllEqual => LISTS.contains(&key.as_str()),
                Test::Equals | Test::NotEquals | Test::Like | Test::EqualsIfExists | Test::Null => {
                    KEYS.iter().any(|own| {
                        if own.ends_with('/') { key.len() > own.len() && key.starts_with(own) } else { own == key }
                    })
                }
            };
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

impl Condition {
    pub(super) fn holds(&self, facts: &Facts) -> bool {
        let found = facts.get(&self.key).map_or(&[][..], Vec::as_slice);
        let is_one = |value: &String| self.values.contains(value);
        match self.test {
            Test::Equals => found.iter().any(is_one),
            Test::NotEquals => !found.iter().any(is_one),
            Test::Like => found.iter().any(|value| self.values.iter().any(|pattern| matches(pattern, value))),
            Test::EqualsIfExists => found.is_empty() || found.iter().any(is_one),
            Test::Null => found.is_empty() == (self.values == ["true"]),
            Test::AllEqual => found.iter().all(is_one),
        }
    }
}
