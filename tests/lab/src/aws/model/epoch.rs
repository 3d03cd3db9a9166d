//! Times in JSON 1.1: seconds since 1970 where the emulation keeps texts.

use serde_json::{Map, Value, json};

use super::{Model, Operation};

impl Model {
    /// An answer with its times as numbers.
    pub(in crate::aws) fn with_epoch_times(&self, operation: &Operation, answer: &Value) -> Value {
        match &operation.output {
            Some(reference) => self.epoch_shape(&reference.shape, answer),
            None => Value::Object(Map::new()),
        }
    }

    fn epoch_shape(&self, name: &str, value: &Value) -> Value {
        let Some(shape) = self.shapes.get(name) else { return value.clone() };
        match (shape.kind.as_str(), value) {
            ("structure", Value::Object(object)) => object
                .iter()
                .filter_map(|(name, value)| {
                    let member = shape.members.get(name)?;
                    Some((name.clone(), self.epoch_shape(&member.shape, value)))
                })
                .collect(),
            ("list", Value::Array(items)) => match &shape.member {
                Some(member) => items.iter().map(|item| self.epoch_shape(&member.shape, item)).collect(),
                None => value.clone(),
            },
            ("timestamp", Value::String(text)) => match text.parse::<jiff::Timestamp>() {
                Ok(time) => json!(time.as_second()),
                Err(_) => value.clone(),
            },
            _ => value.clone(),
        }
    }
}
