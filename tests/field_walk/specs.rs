//! Good specs that together say everything that can be said: each leaf is walked in the first of them that says it.

use anyhow::Context;
use lab::objects::parse;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::leaf::Leaf;

/// A spec in which leaves are walked.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Sample {
    pub(crate) kind: String,
    /// What it is a sample of.
    pub(crate) about: String,
    pub(crate) spec: Value,
    /// Other values for leaves, where none can be derived from the schema.
    #[serde(default)]
    pub(crate) changes: Map<String, Value>,
    /// The only leaves that are walked here; left out: all that no earlier sample says.
    pub(crate) only: Option<Vec<String>>,
}

/// All samples, in their order.
pub(crate) fn all() -> anyhow::Result<Vec<Sample>> {
    let files = [
        include_str!("specs/gateway.yaml"),
        include_str!("specs/target.yaml"),
        include_str!("specs/target_more.yaml"),
        include_str!("specs/lattice.yaml"),
        include_str!("specs/from_workload.yaml"),
        include_str!("specs/adopt.yaml"),
    ];
    let mut samples = Vec::new();
    for file in files {
        for document in parse(file)? {
            let sample: Sample =
                serde_json::from_value(document.clone()).with_context(|| format!("no sample: {document}"))?;
            samples.push(sample);
        }
    }
    Ok(samples)
}

impl Sample {
    /// The sample for the object of a leaf, with the object's name in the place of `$leaf`.
    pub(crate) fn for_object(&self, name: &str) -> anyhow::Result<Self> {
        let spec = serde_json::from_str(&self.spec.to_string().replace("$leaf", name))?;
        Ok(Self { spec, ..self.clone() })
    }

    /// Whether the leaf is walked here.
    pub(crate) fn has(&self, leaf: &Leaf) -> bool {
        let wanted = |only: &Vec<String>| only.iter().any(|path| *path == leaf.to_string());
        self.kind == leaf.kind && leaf.is_in(&self.spec) && self.only.as_ref().is_none_or(wanted)
    }
}
