//! Documents, by now read: the same in another layout is the same document, and AWS may answer in JSON to YAML.

use aws_sdk_bedrockagentcorecontrol::types as sdk;
use aws_smithy_types::{Document, Number, error::operation::BuildError};
use serde_json::Value;

use super::super::tools;
use crate::{
    api::{ApiSchemaConfiguration, McpToolSchemaConfiguration, OpenApiSchemaConfiguration, ToolDefinition, ToolSchema},
    overlay::Overlay,
    workload::document::Document as Parsed,
};

/// Whether two texts are the same document, in JSON or in YAML.
fn is_same_text(one: &str, other: &str) -> bool {
    let yaml = |text| Parsed::parse(text).ok().map(|parsed| parsed.value().clone());
    let parse = |text| serde_json::from_str(text).ok().or_else(|| yaml(text)).map(|value| document(&value));
    one.trim_end() == other.trim_end()
        || parse(one).is_some_and(|one| parse(other).is_some_and(|other| is_same_document(&one, &other)))
}

fn unread() -> BuildError {
    BuildError::missing_field("inline_payload", "the document was not read")
}

/// A union of an object in S3 and a text.
macro_rules! document {
    ($spec:ident => $aws:ident) => {
        impl Overlay<sdk::$aws> for $spec {
            fn state(&self) -> Result<sdk::$aws, BuildError> {
                match self {
                    Self::S3(object) => Ok(sdk::$aws::S3(object.state()?)),
                    Self::InlinePayload(document) => Ok(sdk::$aws::InlinePayload(document.clone())),
                    Self::InlinePayloadFrom(_) => Err(unread()),
                }
            }

            fn state_over(&self, aws: &mut sdk::$aws) -> Result<(), BuildError> {
                match (self, &mut *aws) {
                    (Self::S3(object), sdk::$aws::S3(held)) => object.state_over(held)?,
                    (Self::InlinePayload(wanted), sdk::$aws::InlinePayload(held)) if is_same_text(wanted, held) => {}
                    _ => *aws = self.state()?,
                }
                Ok(())
            }
        }
    };
}
document! { ApiSchemaConfiguration => ApiSchemaConfiguration }
document! { McpToolSchemaConfiguration => McpToolSchemaConfiguration }

/// What of it AWS gets is the union that it has for other documents.
impl Overlay<sdk::ApiSchemaConfiguration> for OpenApiSchemaConfiguration {
    fn state(&self) -> Result<sdk::ApiSchemaConfiguration, BuildError> {
        self.in_aws()?.state()
    }

    fn state_over(&self, aws: &mut sdk::ApiSchemaConfiguration) -> Result<(), BuildError> {
        self.in_aws()?.state_over(aws)
    }
}

impl OpenApiSchemaConfiguration {
    fn in_aws(&self) -> Result<ApiSchemaConfiguration, BuildError> {
        let Self { s3, inline_payload, inline_payload_from: _, server_url_from: _ } = self;
        match (inline_payload, s3) {
            (Some(document), _) => Ok(ApiSchemaConfiguration::InlinePayload(document.clone())),
            (None, Some(object)) => Ok(ApiSchemaConfiguration::S3(object.clone())),
            (None, None) => Err(unread()),
        }
    }
}

/// The order of tools means nothing, nor does that of required members in their schemas.
impl Overlay<sdk::ToolSchema> for ToolSchema {
    fn state(&self) -> Result<sdk::ToolSchema, BuildError> {
        match self {
            Self::S3(object) => Ok(sdk::ToolSchema::S3(object.state()?)),
            Self::InlinePayload(tools) => {
                Ok(sdk::ToolSchema::InlinePayload(tools.iter().map(Overlay::state).collect::<Result<_, _>>()?))
            }
            Self::InlinePayloadFrom(_) => Err(unread()),
        }
    }

    fn state_over(&self, aws: &mut sdk::ToolSchema) -> Result<(), BuildError> {
        let wanted = self.state()?;
        match (self, &wanted, &mut *aws) {
            (Self::S3(object), _, sdk::ToolSchema::S3(held)) => object.state_over(held)?,
            (_, sdk::ToolSchema::InlinePayload(tools), sdk::ToolSchema::InlinePayload(held))
                if tools::is_same(tools, held) => {}
            _ => *aws = wanted,
        }
        Ok(())
    }
}

impl Overlay<sdk::ToolDefinition> for ToolDefinition {
    fn state(&self) -> Result<sdk::ToolDefinition, BuildError> {
        tools::definition(self).map_err(|problem| BuildError::other(problem.message))
    }
}

/// Any JSON.
impl Overlay<Document> for Value {
    fn state(&self) -> Result<Document, BuildError> {
        Ok(document(self))
    }

    fn state_over(&self, aws: &mut Document) -> Result<(), BuildError> {
        let wanted = document(self);
        if !is_same_document(&wanted, aws) {
            *aws = wanted;
        }
        Ok(())
    }

    fn strip(aws: &mut Document) -> bool {
        matches!(aws, Document::Object(members) if members.is_empty())
    }
}

/// JSON in the SDK's form.
fn document(value: &Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(value) => Document::Bool(*value),
        Value::Number(number) => Document::Number(match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Number::PosInt(number),
            (None, Some(number)) => Number::NegInt(number),
            (None, None) => Number::Float(number.as_f64().unwrap_or_default()),
        }),
        Value::String(text) => Document::String(text.clone()),
        Value::Array(items) => Document::Array(items.iter().map(document).collect()),
        Value::Object(members) => {
            Document::Object(members.iter().map(|(name, value)| (name.clone(), document(value))).collect())
        }
    }
}

/// Whether two documents are the same JSON: a number is the same with a fraction of nothing.
fn is_same_document(one: &Document, other: &Document) -> bool {
    match (one, other) {
        (Document::Number(one), Document::Number(other)) => is_same_number(*one, *other),
        (Document::Array(one), Document::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same_document(one, other))
        }
        (Document::Object(one), Document::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, one)| other.get(name).is_some_and(|other| is_same_document(one, other)))
        }
        (one, other) => one == other,
    }
}

fn is_same_number(one: Number, other: Number) -> bool {
    let has_fraction = |number: Number| matches!(number, Number::Float(_));
    if has_fraction(one) == has_fraction(other) {
        return one == other;
    }
    one.to_f64_lossy().total_cmp(&other.to_f64_lossy()).is_eq()
}
