//! What a good server offers, and the server that offers it.

use std::sync::{Arc, PoisonError, RwLock};

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, JsonObject,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    Prompt, PromptArgument, Resource, ResourceTemplate, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Value, json};

use super::Personality;

/// Tools, prompts and resources of one server.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    tools: Vec<Tool>,
    prompts: Vec<Prompt>,
    resources: Vec<Resource>,
    templates: Vec<ResourceTemplate>,
}

impl Catalogue {
    /// What a server of this kind offers at first.
    #[must_use]
    pub fn of(personality: Personality) -> Catalogue {
        match personality {
            Personality::Everyday | Personality::Slow(_) => Catalogue::everyday(),
            Personality::Stock => Catalogue::stock(),
            Personality::Broken | Personality::NotMcp | Personality::OldProtocol | Personality::AuthRequired => {
                Catalogue::default()
            }
        }
    }

    /// The tools by name, in their order.
    #[must_use]
    pub fn tool_names(&self) -> Vec<String> {
        self.tools.iter().map(|tool| tool.name.to_string()).collect()
    }

    /// Exchanges the tools; those that are known by name keep their schema, others take anything.
    pub fn set_tools(&mut self, names: &[&str]) {
        self.tools = names.iter().map(|name| tool(name)).collect();
    }

    fn everyday() -> Catalogue {
        let order = PromptArgument::new("order_id").with_description("Which order").with_required(true);
        let mut catalogue = Catalogue {
            prompts: vec![Prompt::new("order_summary_prompt", Some("Sums an order up"), Some(vec![order]))],
            resources: vec![Resource::new("docs://readme", "readme"), collision("everyday")],
            templates: vec![ResourceTemplate::new("orders://{order_id}", "order")],
            ..Catalogue::default()
        };
        catalogue.set_tools(&["echo", "add", "get_time"]);
        catalogue
    }

    fn stock() -> Catalogue {
        let mut catalogue = Catalogue { resources: vec![collision("stock")], ..Catalogue::default() };
        catalogue.set_tools(&["get_stock_price", "get_market_summary"]);
        catalogue
    }
}

/// The resource that both good servers have: a gateway decides by priority whose is shown.
fn collision(of: &str) -> Resource {
    Resource::new("shared://collision-demo", "collision-demo").with_description(format!("The {of} server's"))
}

fn tool(name: &str) -> Tool {
    let (description, properties) = match name {
        "echo" => ("Says what it is told", json!({"message": {"type": "string"}})),
        "add" => ("Adds two numbers", json!({"a": {"type": "number"}, "b": {"type": "number"}})),
        "get_time" => ("Tells the time", json!({})),
        "get_stock_price" => ("Tells the price of a stock", json!({"symbol": {"type": "string"}})),
        "get_market_summary" => ("Sums the market up", json!({})),
        _ => ("Does something", json!({})),
    };
    Tool::new(name.to_owned(), description, input_schema(&properties))
}

fn input_schema(properties: &Value) -> JsonObject {
    let required: Vec<&String> = properties.as_object().into_iter().flat_map(|members| members.keys()).collect();
    let mut schema = JsonObject::new();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), properties.clone());
    schema.insert("required".to_owned(), json!(required));
    schema
}

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
        let capabilities = ServerCapabilities::builder().enable_tools().enable_prompts().enable_resources().build();
        let mut info = ServerConfig::new(capabilities);
        info.server_info = Implementation::new("lab", env!("CARGO_PKG_VERSION"));
        info
    }

    async fn list_tools(
        &self,
        _page: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.catalogue().tools))
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
            "add" => {
                let number = |name: &str| arguments[name].as_f64().unwrap_or_default();
                (number("a") + number("b")).to_string()
            }
            "get_time" => jiff::Timestamp::now().to_string(),
            "get_stock_price" => "101.5".to_owned(),
            _ => "done".to_owned(),
        };
        Ok(CallToolResult::success(vec![ContentBlock::text(said)]).into())
    }
}
