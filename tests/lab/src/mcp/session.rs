//! The server that offers a catalogue.

use std::sync::{Arc, PoisonError, RwLock};

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams, ServerCapabilities,
    ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::Value;

use super::Catalogue;

/// One session's view of the catalogue.
#[derive(Debug, Clone)]
pub(super) struct Server(Arc<RwLock<Catalogue>>);

impl Server {
    pub(super) fn new(catalogue: Arc<RwLock<Catalogue>>) -> Server {
        Server(catalogue)
    }

    fn catalogue(&self) -> Catalogue {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let mut capabilities = ServerCapabilities::builder().enable_tools().enable_prompts().enable_resources().build();
        if self.catalogue().without_tools {
            capabilities.tools = None;
        }
        let mut info = ServerConfig::new(capabilities);
        info.server_info = Implementation::new("lab", env!("CARGO_PKG_VERSION"));
        info
    }

    async fn list_tools(
        &self,
        page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let catalogue = self.catalogue();
        let first = match page.and_then(|page| page.cursor) {
            None => 0,
            Some(cursor) => {
                cursor.parse().map_err(|_| ErrorData::invalid_params(format!("{cursor} is not a cursor"), None))?
            }
        };
        let (tools, next) = page_of(&catalogue.tools, first, catalogue.page);
        let mut listed = ListToolsResult::with_all_items(tools.to_vec());
        listed.next_cursor = next.map(|next| next.to_string());
        Ok(listed)
    }

    async fn list_prompts(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(self.catalogue().prompts))
    }

    async fn list_resources(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(self.catalogue().resources))
    }

    async fn list_resource_templates(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(ListResourceTemplatesResult::with_all_items(self.catalogue().templates))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if !self.catalogue().tools.iter().any(|tool| tool.name == request.name) {
            return Err(ErrorData::invalid_params(format!("there is no tool {}", request.name), None));
        }
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let said = match request.name.as_ref() {
            "echo" => arguments["message"].as_str().unwrap_or_default().to_owned(),
            "add" => (number(&arguments, "a") + number(&arguments, "b")).to_string(),
            "subtract" => (number(&arguments, "a") - number(&arguments, "b")).to_string(),
            "get_time" => jiff::Timestamp::now().to_string(),
            "get_stock_price" => "101.5".to_owned(),
            _ => "done".to_owned(),
        };
        Ok(CallToolResult::success(vec![ContentBlock::text(said)]).into())
    }
}

fn number(arguments: &Value, name: &str) -> f64 {
    arguments[name].as_f64().unwrap_or_default()
}

/// So many items from the first one on, and where the next ones begin.
fn page_of<Item>(items: &[Item], first: usize, count: Option<usize>) -> (&[Item], Option<usize>) {
    let rest = items.get(first..).unwrap_or_default();
    match count {
        Some(count) if count < rest.len() => (&rest[..count], Some(first + count)),
        _ => (rest, None),
    }
}
