//! What a server offers.

use std::sync::Arc;

use rmcp::model::{JsonObject, Prompt, PromptArgument, Resource, ResourceTemplate, Tool};
use serde_json::{Value, json};

use super::Personality;

/// Tools, prompts and resources of one server.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    pub(super) tools: Vec<Tool>,
    pub(super) prompts: Vec<Prompt>,
    pub(super) resources: Vec<Resource>,
    pub(super) templates: Vec<ResourceTemplate>,
    /// How many tools are listed at once; all of them by default.
    pub(super) page: Option<usize>,
    /// Whether the server does not even say that it has tools.
    pub(super) without_tools: bool,
}

impl Catalogue {
    /// What a server of this kind offers at first.
    #[must_use]
    pub fn of(personality: Personality) -> Catalogue {
        match personality {
            Personality::Everyday
            | Personality::Slow(_)
            | Personality::ColdStart(_)
            | Personality::NewProtocol
            | Personality::AuthRequiredForTools => Catalogue::everyday(),
            Personality::Stock => Catalogue::stock(),
            Personality::NoTools => Catalogue { tools: Vec::new(), without_tools: true, ..Catalogue::everyday() },
            Personality::Broken
            | Personality::NotMcp
            | Personality::PlainRest
            | Personality::OldProtocol
            | Personality::AuthRequired
            | Personality::Redirect(_)
            | Personality::EndlessBody
            | Personality::EndlessStream => Catalogue::default(),
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

    /// Describes a tool otherwise; nothing happens when there is no such tool.
    pub fn describe_tool(&mut self, name: &str, description: &str) {
        for tool in self.tools.iter_mut().filter(|tool| tool.name == name) {
            tool.description = Some(description.to_owned().into());
        }
    }

    /// Lets a tool take these properties, all of them required, by the JSON schema of each; nothing happens when there is no
    /// such tool.
    pub fn set_tool_properties(&mut self, name: &str, properties: &Value) {
        for tool in self.tools.iter_mut().filter(|tool| tool.name == name) {
            tool.input_schema = Arc::new(input_schema(properties));
        }
    }

    /// Exchanges the prompts for ones without arguments.
    pub fn set_prompts(&mut self, names: &[&str]) {
        self.prompts = names.iter().map(|name| Prompt::new(*name, Some("Says something"), None)).collect();
    }

    /// Exchanges the resources, by URI; templates stay.
    pub fn set_resources(&mut self, uris: &[&str]) {
        self.resources = uris.iter().map(|uri| Resource::new(*uri, *uri)).collect();
    }

    /// Lists so many tools at once from now on, with a cursor to the next ones.
    pub fn set_page(&mut self, tools: usize) {
        self.page = Some(tools);
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
        "subtract" => ("Subtracts one number from another", json!({"a": {"type": "number"}, "b": {"type": "number"}})),
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
