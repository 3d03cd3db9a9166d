//! The document of a target, where its kind has one: where it is kept, what of it must be right before AWS is asked, and what becomes of an
//! OpenAPI document's `servers`.

use kube::ResourceExt;

use super::{super::World, tools};
use crate::{
    api::{
        ApiSchemaConfiguration, GatewayTarget, GatewayTargetSpec, HttpTargetConfiguration,
        InferenceTargetConfiguration, McpTargetConfiguration, McpToolSchemaConfiguration, TargetConfiguration,
        ToolDefinition, ToolSchema,
    },
    plan::{Hold, Reason},
    workload::document::{Document, Problem, check_size},
};

impl From<Problem> for Hold {
    /// Nobody but the author of a document can mend it.
    fn from(problem: Problem) -> Self {
        Self::stalled(problem.reason, problem.message)
    }
}

/// A target's document, read.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// There is none, or it is in S3, where only AWS reads it.
    Unseen,
    /// An OpenAPI document.
    Api(Document),
    /// The tools of a Lambda function.
    Functions(Vec<ToolDefinition>),
    /// The static tools of an MCP server.
    Tools(String),
    /// What describes something else; AWS judges it.
    Other(String),
}

impl Content {
    /// The OpenAPI document.
    pub(super) fn api(&self) -> Option<&Document> {
        match self {
            Self::Api(document) => Some(document),
            Self::Unseen | Self::Functions(_) | Self::Tools(_) | Self::Other(_) => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Tools(text) | Self::Other(text) => Some(text),
            Self::Api(document) => Some(document.text()),
            Self::Unseen | Self::Functions(_) => None,
        }
    }
}

/// The document, read: from the spec, or from the ConfigMap that it names.
///
/// # Errors
///
/// There is none under that name, or it is not one.
pub(super) async fn read(target: &GatewayTarget, world: &World) -> Result<Content, Hold> {
    let configuration = &target.spec.target_configuration;
    let text = match configuration.document_from() {
        None => inline(configuration).map(str::to_owned),
        Some(from) => {
            let (name, key) = (&from.config_map_key_ref.name, &from.config_map_key_ref.key);
            let namespace = target.namespace().unwrap_or_default();
            let found = world.cluster.document(&namespace, name, key).await?;
            let missing = || {
                let message = format!("ConfigMap {namespace}/{name} has no key {key}; waiting for it");
                Hold::waiting(Reason::ReferenceNotFound, message)
            };
            Some(found.ok_or_else(missing)?)
        }
    };
    Ok(content(configuration, text)?)
}

/// The text that a spec has inline.
fn inline(configuration: &TargetConfiguration) -> Option<&str> {
    let schema = match configuration {
        TargetConfiguration::Mcp(McpTargetConfiguration::OpenApiSchema(schema)) => {
            return schema.inline_payload.as_deref();
        }
        TargetConfiguration::Mcp(McpTargetConfiguration::McpServer(server)) => {
            return match server.mcp_tool_schema.as_ref()? {
                McpToolSchemaConfiguration::InlinePayload(text) => Some(text),
                McpToolSchemaConfiguration::S3(_) | McpToolSchemaConfiguration::InlinePayloadFrom(_) => None,
            };
        }
        TargetConfiguration::Mcp(McpTargetConfiguration::SmithyModel(schema)) => schema,
        TargetConfiguration::Http(HttpTargetConfiguration::AgentcoreRuntime(runtime)) => {
            &runtime.schema.as_ref()?.source
        }
        TargetConfiguration::Http(HttpTargetConfiguration::Passthrough(passthrough)) => {
            &passthrough.schema.as_ref()?.source
        }
        TargetConfiguration::Mcp(_) | TargetConfiguration::Http(_) | TargetConfiguration::Inference(_) => return None,
    };
    match schema {
        ApiSchemaConfiguration::InlinePayload(text) => Some(text),
        ApiSchemaConfiguration::S3(_) | ApiSchemaConfiguration::InlinePayloadFrom(_) => None,
    }
}

/// What the text is for this kind of target.
fn content(configuration: &TargetConfiguration, text: Option<String>) -> Result<Content, Problem> {
    let Some(text) = text else {
        return Ok(match configuration {
            TargetConfiguration::Mcp(McpTargetConfiguration::Lambda(lambda)) => match &lambda.tool_schema {
                ToolSchema::InlinePayload(tools) => Content::Functions(tools.clone()),
                ToolSchema::S3(_) | ToolSchema::InlinePayloadFrom(_) => Content::Unseen,
            },
            TargetConfiguration::Mcp(_) | TargetConfiguration::Http(_) | TargetConfiguration::Inference(_) => {
                Content::Unseen
            }
        });
    };
    match configuration {
        TargetConfiguration::Mcp(McpTargetConfiguration::OpenApiSchema(_)) => Ok(Content::Api(Document::parse(&text)?)),
        TargetConfiguration::Mcp(McpTargetConfiguration::Lambda(_)) => Ok(Content::Functions(tools::read(&text)?)),
        TargetConfiguration::Mcp(McpTargetConfiguration::McpServer(_)) => Ok(Content::Tools(text)),
        TargetConfiguration::Mcp(McpTargetConfiguration::SmithyModel(_)) => {
            check_smithy(&text)?;
            Ok(Content::Other(text))
        }
        TargetConfiguration::Mcp(_) | TargetConfiguration::Http(_) | TargetConfiguration::Inference(_) => {
            check_size(&text)?;
            Ok(Content::Other(text))
        }
    }
}

/// A Smithy model is told in JSON, as its abstract syntax tree.
fn check_smithy(text: &str) -> Result<(), Problem> {
    check_size(text)?;
    let invalid = |message: String| Problem { reason: Reason::Invalid, message };
    let model: serde_json::Value = serde_json::from_str(text).map_err(|error| {
        invalid(format!("The Smithy model is not JSON, which AgentCore asks for; build it to its JSON form: {error}"))
    })?;
    if model.get("smithy").is_some_and(serde_json::Value::is_string) {
        return Ok(());
    }
    Err(invalid(
        "The document is no Smithy model in JSON, which begins with its version, {\"smithy\": \"2.0\"}".to_owned(),
    ))
}

/// The address that a spec, or its document, says outright.
pub(super) fn address(spec: &GatewayTargetSpec, content: &Content) -> Option<String> {
    match &spec.target_configuration {
        TargetConfiguration::Mcp(McpTargetConfiguration::McpServer(server)) => server.endpoint.clone(),
        TargetConfiguration::Http(HttpTargetConfiguration::Passthrough(passthrough)) => passthrough.endpoint.clone(),
        TargetConfiguration::Inference(InferenceTargetConfiguration::Provider(provider)) => provider.endpoint.clone(),
        TargetConfiguration::Mcp(_) | TargetConfiguration::Http(_) | TargetConfiguration::Inference(_) => {
            content.api().and_then(Document::first_server)
        }
    }
}

/// The names of the target's tools, as far as its document says them.
///
/// # Errors
///
/// The document is not one that AWS takes.
pub(super) fn tools(target: &str, content: &Content) -> Result<Option<Vec<String>>, Problem> {
    match content {
        Content::Api(document) => {
            document.check_operations()?;
            Ok(Some(document.tools()))
        }
        Content::Functions(tools) => tools::check(target, tools).map(Some),
        Content::Tools(text) => tools::check_mcp(target, text).map(Some),
        Content::Unseen | Content::Other(_) => Ok(None),
    }
}

/// The configuration with everything that it refers to filled in: the endpoint, and the document, an OpenAPI document with its one server.
///
/// # Errors
///
/// The document is not one that AWS takes.
pub(super) fn complete(
    spec: &GatewayTargetSpec,
    content: &Content,
    url: Option<&str>,
    is_private: bool,
) -> Result<TargetConfiguration, Hold> {
    let mut configuration = spec.target_configuration.clone();
    match &mut configuration {
        TargetConfiguration::Mcp(McpTargetConfiguration::McpServer(server)) => {
            if server.endpoint_from.take().is_some() {
                server.endpoint = url.map(str::to_owned);
            }
            if let (Some(schema), Some(text)) = (&mut server.mcp_tool_schema, content.text()) {
                *schema = McpToolSchemaConfiguration::InlinePayload(text.to_owned());
            }
        }
        TargetConfiguration::Mcp(McpTargetConfiguration::OpenApiSchema(schema)) => {
            if let Some(document) = content.api() {
                if url.is_none() && is_private {
                    document.check_domains()?;
                }
                let text = url.map_or_else(|| document.text().to_owned(), |url| document.with_server(url));
                check_size(&text)?;
                schema.inline_payload = Some(text);
            }
            schema.inline_payload_from = None;
            schema.server_url_from = None;
        }
        TargetConfiguration::Mcp(McpTargetConfiguration::SmithyModel(schema)) => fill(schema, content),
        TargetConfiguration::Mcp(McpTargetConfiguration::Lambda(lambda)) => {
            if let Content::Functions(tools) = content {
                lambda.tool_schema = ToolSchema::InlinePayload(tools.clone());
            }
        }
        TargetConfiguration::Http(HttpTargetConfiguration::AgentcoreRuntime(runtime)) => {
            runtime.schema.iter_mut().for_each(|schema| fill(&mut schema.source, content));
        }
        TargetConfiguration::Http(HttpTargetConfiguration::Passthrough(passthrough)) => {
            if passthrough.endpoint_from.take().is_some() {
                passthrough.endpoint = url.map(str::to_owned);
            }
            passthrough.schema.iter_mut().for_each(|schema| fill(&mut schema.source, content));
        }
        TargetConfiguration::Inference(InferenceTargetConfiguration::Provider(provider)) => {
            if provider.endpoint_from.take().is_some() {
                provider.endpoint = url.map(str::to_owned);
            }
            // One that says nothing is none.
            provider.model_mapping = provider.model_mapping.take().filter(|mapping| mapping.provider_prefix.is_some());
        }
        TargetConfiguration::Mcp(_) | TargetConfiguration::Http(_) | TargetConfiguration::Inference(_) => {}
    }
    Ok(configuration)
}

fn fill(schema: &mut ApiSchemaConfiguration, content: &Content) {
    if let Some(text) = content.text() {
        *schema = ApiSchemaConfiguration::InlinePayload(text.to_owned());
    }
}

#[cfg(test)]
mod tests;
