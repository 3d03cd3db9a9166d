//! The public service models, which the lab keeps.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use serde_json::{Map, Value};

use super::tree::Tree;

/// A service's model.
pub(super) struct Model(Value);

impl Model {
    /// Reads the model of a service, by the name of its file.
    pub(super) fn of(service: &str) -> anyhow::Result<Self> {
        let directory = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lab/models"));
        let text = std::fs::read_to_string(directory.join(format!("{service}.json")))?;
        Ok(Self(serde_json::from_str(&text)?))
    }

    /// The input of an operation.
    pub(super) fn input(&self, operation: &str) -> anyhow::Result<Tree> {
        let shape = &self.0["operations"][operation]["input"]["shape"];
        self.shape(shape.as_str().with_context(|| format!("no operation {operation}"))?, &[])
    }

    fn shape(&self, name: &str, within: &[&str]) -> anyhow::Result<Tree> {
        let shape = &self.0["shapes"][name];
        let inside = [within, &[name]].concat();
        let of = |member: &Value| {
            let name = member["shape"].as_str().with_context(|| format!("a part of {name} without a shape"))?;
            self.shape(name, &inside)
        };
        match shape["type"].as_str() {
            // As with the SDK's types: what holds itself is a leaf.
            Some("structure") if within.contains(&name) || shape["document"] == true || self.holds_itself(name) => {
                Ok(Tree::Leaf)
            }
            Some("structure") => {
                let members = shape["members"].as_object().into_iter().flat_map(Map::iter);
                let members = members.map(|(name, member)| Ok((name.clone(), of(member)?)));
                Ok(Tree::Members(members.collect::<anyhow::Result<BTreeMap<_, _>>>()?))
            }
            Some("list") => Ok(Tree::List(Box::new(of(&shape["member"])?))),
            Some("map") => Ok(Tree::Map(Box::new(of(&shape["value"])?))),
            Some(_) => Ok(match shape["enum"].as_array() {
                Some(values) => Tree::Values(values.iter().filter_map(Value::as_str).map(str::to_owned).collect()),
                None => Tree::Leaf,
            }),
            None => anyhow::bail!("the shape {name} is nowhere"),
        }
    }

    fn holds_itself(&self, name: &str) -> bool {
        let mut seen = Vec::new();
        let mut next = self.parts(name);
        while let Some(part) = next.pop() {
            if part == name {
                return true;
            }
            if !seen.contains(&part) {
                next.extend(self.parts(part));
                seen.push(part);
            }
        }
        false
    }

    fn parts(&self, name: &str) -> Vec<&str> {
        let shape = &self.0["shapes"][name];
        let members = shape["members"].as_object().into_iter().flat_map(Map::values);
        members.chain([&shape["member"], &shape["value"]]).filter_map(|part| part["shape"].as_str()).collect()
    }
}
