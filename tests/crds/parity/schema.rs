//! What the CRDs let a spec say.

use agentcore_gateway_operator::crds;
use anyhow::Context;
use serde_json::{Map, Value};

use super::tree::Tree;

/// The spec of a kind.
pub(super) fn spec(kind: &str) -> anyhow::Result<Tree> {
    let all = crds::all();
    let definition =
        all.iter().find(|found| found.spec.names.kind == kind).with_context(|| format!("no kind {kind}"))?;
    let [version] = definition.spec.versions.as_slice() else { anyhow::bail!("{kind} has several versions") };
    let schema = serde_json::to_value(version.schema.as_ref().and_then(|schema| schema.open_api_v3_schema.as_ref()))?;
    Ok(tree(&schema["properties"]["spec"]))
}

fn tree(schema: &Value) -> Tree {
    if let Some(values) = schema["enum"].as_array() {
        return Tree::Values(values.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    }
    if schema["items"].is_object() {
        return Tree::List(Box::new(tree(&schema["items"])));
    }
    if schema["additionalProperties"].is_object() {
        return Tree::Map(Box::new(tree(&schema["additionalProperties"])));
    }
    match schema["properties"].as_object() {
        Some(members) => Tree::Members(Map::iter(members).map(|(name, member)| (name.clone(), tree(member))).collect()),
        None => Tree::Leaf,
    }
}
