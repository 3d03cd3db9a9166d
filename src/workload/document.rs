//! stub, replaced by merge
#![expect(missing_docs)]
use crate::plan::Reason;
use serde_json::{Value, json};
pub struct Problem {
    pub reason: Reason,
    pub message: String,
}
pub struct Document {
    text: String,
    value: Value,
}
impl Document {
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let value = serde_json::from_str(text).or_else(|_| serde_saphyr::from_str(text)).map_err(
            |error: serde_saphyr::Error| Problem {
                reason: Reason::Invalid,
                message: format!("The document is neither JSON nor YAML: {error}"),
            },
        )?;
        Ok(Self { text: text.to_owned(), value })
    }
    pub fn text(&self) -> &str {
        &self.text
    }
    pub fn with_server(&self, url: &str) -> String {
        let mut value = self.value.clone();
        value["servers"] = json!([{"url": url}]);
        value.to_string()
    }
    pub fn first_server(&self) -> Option<String> {
        self.value.pointer("/servers/0/url").and_then(Value::as_str).map(str::to_owned)
    }
    pub fn tools(&self) -> Vec<String> {
        let mut all = Vec::new();
        for path in self.value["paths"].as_object().into_iter().flat_map(|paths| paths.values()) {
            for operation in path.as_object().into_iter().flat_map(|path| path.values()) {
                all.extend(operation["operationId"].as_str().map(str::to_owned));
            }
        }
        all.sort();
        all
    }
    pub fn check_operations(&self) -> Result<(), Problem> {
        Ok(())
    }
    pub fn check_domains(&self) -> Result<(), Problem> {
        Ok(())
    }
}
pub fn check_size(text: &str) -> Result<(), Problem> {
    if text.len() > 1_000_000 {
        return Err(Problem { reason: Reason::SchemaTooLarge, message: "too large".into() });
    }
    Ok(())
}
