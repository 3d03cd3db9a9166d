//! The document of a REST API: where it is kept, what of it must be right before AWS is asked, and what becomes of its `servers`.

use kube::ResourceExt;

use super::super::World;
use crate::{
    api::{GatewayTarget, GatewayTargetSpec, McpTargetConfiguration, TargetConfiguration},
    plan::{Hold, Reason},
    workload::document::{Document, Problem},
};

impl From<Problem> for Hold {
    /// Nobody but the author of a document can mend it.
    fn from(problem: Problem) -> Self {
        Self::stalled(problem.reason, problem.message)
    }
}

/// The document, read: from the spec, or from the ConfigMap that it names. `None` for what is not a REST API.
///
/// # Errors
///
/// There is none under that name, or it is not one.
pub(super) async fn read(target: &GatewayTarget, world: &World) -> Result<Option<Document>, Hold> {
    let TargetConfiguration::Mcp(McpTargetConfiguration::OpenApiSchema(schema)) = &target.spec.target_configuration
    else {
        return Ok(None);
    };
    let text = match (&schema.inline_payload, &schema.inline_payload_from) {
        (Some(text), _) => text.clone(),
        (None, Some(from)) => {
            let (name, key) = (&from.config_map_key_ref.name, &from.config_map_key_ref.key);
            let namespace = target.namespace().unwrap_or_default();
            let found = world.cluster.document(&namespace, name, key).await?;
            found.ok_or_else(|| {
                let message = format!("ConfigMap {namespace}/{name} has no key {key}; waiting for it");
                Hold::waiting(Reason::ReferenceNotFound, message)
            })?
        }
        (None, None) => {
            return Err(Hold::stalled(
                Reason::Invalid,
                "openApiSchema has no document; set inlinePayload or inlinePayloadFrom",
            ));
        }
    };
    Ok(Some(Document::parse(&text)?))
}

/// The address that a spec, or its document, says outright.
pub(super) fn address(spec: &GatewayTargetSpec, document: Option<&Document>) -> Option<String> {
    let TargetConfiguration::Mcp(mcp) = &spec.target_configuration;
    match mcp {
        McpTargetConfiguration::McpServer(server) => server.endpoint.clone(),
        McpTargetConfiguration::OpenApiSchema(_) => document.and_then(Document::first_server),
    }
}

/// The configuration with everything that it refers to filled in: the endpoint, or the document with its one server.
///
/// # Errors
///
/// The document is not one that AWS takes.
pub(super) fn complete(
    spec: &GatewayTargetSpec,
    document: Option<&Document>,
    url: Option<&str>,
    is_private: bool,
) -> Result<TargetConfiguration, Hold> {
    let mut configuration = spec.target_configuration.clone();
    let TargetConfiguration::Mcp(mcp) = &mut configuration;
    match mcp {
        McpTargetConfiguration::McpServer(server) => {
            if server.endpoint_from.take().is_some() {
                server.endpoint = url.map(str::to_owned);
            }
        }
        McpTargetConfiguration::OpenApiSchema(schema) => {
            if let Some(document) = document {
                document.check_operations()?;
                if url.is_none() && is_private {
                    document.check_domains()?;
                }
                let text = url.map_or_else(|| document.text().to_owned(), |url| document.with_server(url));
                crate::workload::document::check_size(&text)?;
                schema.inline_payload = Some(text);
            }
            schema.inline_payload_from = None;
            schema.server_url_from = None;
        }
    }
    Ok(configuration)
}
