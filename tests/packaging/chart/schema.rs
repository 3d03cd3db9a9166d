//! The schema of the values: it knows every value, and nothing else.

use std::collections::BTreeSet;

use anyhow::Context;
use serde_json::Value;

use crate::{chart::file, helm::chart};

/// What may be said and has no default: see `values.yaml`. It is an umbrella chart's, or borrowed from charts of other operators.
const WITHOUT_DEFAULT: [&str; 8] = [
    "aws.accountId",
    "aws.assumeRoleArn",
    "defaults.adoptionPolicy",
    "defaults.deletionPolicy",
    "defaults.driftCheckInterval",
    "enabled",
    "featureGates",
    "global",
];

pub(super) fn schema() -> anyhow::Result<Value> {
    Ok(serde_json::from_str(&std::fs::read_to_string(chart().join("values.schema.json"))?)?)
}

/// The paths of the values that are said whole: a map of labels is one of them.
pub(super) fn leaves() -> anyhow::Result<BTreeSet<String>> {
    let mut leaves = BTreeSet::new();
    collect(&schema()?, "", &mut leaves);
    for name in WITHOUT_DEFAULT {
        anyhow::ensure!(leaves.remove(name), "the schema has no {name}");
    }
    Ok(leaves)
}

fn collect(schema: &Value, path: &str, leaves: &mut BTreeSet<String>) {
    match schema["properties"].as_object() {
        Some(properties) => {
            for (name, property) in properties {
                collect(property, format!("{path}.{name}").trim_start_matches('.'), leaves);
            }
        }
        None => {
            leaves.insert(path.to_owned());
        }
    }
}

#[test]
fn the_schema_knows_every_value_and_no_other() -> anyhow::Result<()> {
    let values = file("values.yaml")?;
    for leaf in leaves()? {
        assert!(values.pointer(&format!("/{}", leaf.replace('.', "/"))).is_some(), "{leaf} has no default");
    }
    known(&values, &schema()?, "")
}

fn known(values: &Value, schema: &Value, path: &str) -> anyhow::Result<()> {
    let Some(properties) = schema["properties"].as_object() else { return Ok(()) };
    for (name, value) in values.as_object().with_context(|| format!("{path} is no map"))? {
        let property = properties.get(name).with_context(|| format!("the schema does not know {path}.{name}"))?;
        known(value, property, &format!("{path}.{name}"))?;
    }
    Ok(())
}

/// A map whose keys are the chart's takes no other; a map whose keys are the user's says what its values are, or is Kubernetes' own.
#[test]
fn unknown_keys_are_refused_everywhere() -> anyhow::Result<()> {
    const KUBERNETES_OWN: [&str; 5] = ["affinity", "global", "podSecurityContext", "resources", "securityContext"];
    fn walk(schema: &Value, path: &str) {
        if schema["type"] == "object" {
            let others = &schema["additionalProperties"];
            let closed = if schema["properties"].is_object() {
                *others == false
            } else {
                others["type"] == "string" || others["type"] == "boolean" || KUBERNETES_OWN.contains(&path)
            };
            // What each of the user's own keys holds is the chart's again.
            let closed = closed || (others["type"] == "object" && others["additionalProperties"] == false);
            assert!(closed, "{path} takes anything");
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            walk(property, format!("{path}.{name}").trim_start_matches('.'));
        }
    }
    let schema = schema()?;
    assert_eq!(schema["type"], "object");
    walk(&schema, "");
    Ok(())
}

/// The comment above a value is its description in the schema, which editors show.
#[test]
fn descriptions_are_the_comments() -> anyhow::Result<()> {
    let schema = schema()?;
    let text = std::fs::read_to_string(chart().join("values.yaml"))?;
    let (mut path, mut comment, mut described) = (Vec::<String>::new(), None::<String>, BTreeSet::new());
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        let trimmed = line.trim();
        if let Some(first) = trimmed.strip_prefix("# -- ") {
            comment = Some(first.to_owned());
        } else if let Some(more) = trimmed.strip_prefix("# ") {
            comment = comment.map(|comment| format!("{comment} {more}"));
        } else if let Some((name, _)) = trimmed.split_once(':').filter(|_| !trimmed.starts_with('-')) {
            path.truncate(indent / 2);
            path.push(name.to_owned());
            if let Some(comment) = comment.take() {
                let pointer = format!("/properties/{}", path.join("/properties/"));
                let found = schema.pointer(&pointer).and_then(|property| property["description"].as_str());
                assert_eq!(found, Some(comment.as_str()), "{}", path.join("."));
                described.insert(path.join("."));
            }
        }
    }
    assert_eq!(described, leaves()?, "every value has a comment");
    Ok(())
}
