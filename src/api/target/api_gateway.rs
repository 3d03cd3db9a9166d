//! Targets that offer a stage of a REST API in API Gateway.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::rules;

/// What a path of a REST API looks like.
const PATH: &str = "^/[^*]*$";

/// What a path of a filter looks like: a path, or everything below one.
const FILTER_PATH: &str = r"^/([^*]*|([^*]+/)?\*)$";

/// A stage of a REST API in API Gateway. AWS reads what the stage exports when the target is created and when it is updated, and at no
/// other time: after another deployment, the annotation `tools.agentcore.dev/reconcile-requested-at` asks for a comparison, and the target
/// is updated when what it selects has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiGatewayTargetConfiguration {
    /// The REST API, of the gateway's own account and region, with its default endpoint not disabled. Private APIs, HTTP APIs and
    /// WebSocket APIs do not work; for a private one use `openApiSchema` with `serverUrlFrom.privateApiGateway`.
    /// Example: `a1b2c3d4e5`. AWS: `restApiId`.
    #[schemars(length(min = 1, max = 128))]
    pub rest_api_id: String,

    /// The stage. Example: `prod`. AWS: `stage`.
    #[schemars(length(min = 1, max = 128))]
    pub stage: String,

    /// Which operations become tools, and by what names. AWS: `apiGatewayToolConfiguration`.
    pub api_gateway_tool_configuration: ApiGatewayToolConfiguration,
}

/// Which operations of a stage become tools, and by what names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiGatewayToolConfiguration {
    /// Where the names of selected operations come from that have neither an `operationId` in the stage's export nor an entry in
    /// `toolOverrides`; AWS takes no operation without a name, and API Gateway does not always export the ids that a document had.
    /// `Require`: from nowhere, and the target is not made. `Generate`: from method and path, as `get_pets_by_petId` for
    /// `GET /pets/{petId}`; the same operation always has the same name. The export is read with the operator's permission
    /// `apigateway:GET`. Never sent. Default: `Require`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_names: Option<OperationNames>,

    /// Which operations become tools, 1 to 1000 entries: those that any of them selects. Order does not matter.
    /// Example: `[{filterPath: "/pets/*", methods: [GET]}]`. AWS: `toolFilters`.
    #[schemars(length(min = 1, max = 1000))]
    #[x_kube(
        validation = Rule::new("size(self) > 0")
            .message("toolFilters needs at least one filter; {filterPath: /*, methods: [GET]} selects whatever can be read")
    )]
    pub tool_filters: Vec<ApiGatewayToolFilter>,

    /// Other names and descriptions for single operations, at most 1000 entries; a filter must select each of them. Order does not matter.
    /// Left out or empty: none. Example: `[{path: "/pets/{petId}", method: GET, name: GetPet}]`. AWS: `toolOverrides`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub tool_overrides: Vec<ApiGatewayToolOverride>,
}

/// Where the names of nameless operations come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(description = "")]
pub enum OperationNames {
    /// From nowhere.
    #[default]
    Require,
    /// From method and path.
    Generate,
}

/// Selects operations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiGatewayToolFilter {
    /// The path: one as the API has it, or `/*` at the end for all below. Whether `/pets/*` selects `/pets` itself is not known of AWS;
    /// who wants it names it in a filter of its own. Paths with a greedy parameter, like `/{proxy+}`, do not work.
    /// Example: `/pets/{petId}`. AWS: `filterPath`.
    #[schemars(length(min = 1, max = 2048), regex(pattern = FILTER_PATH))]
    #[x_kube(validation = rules::matching(FILTER_PATH, "filterPath starts with a slash, and has a star in one place only: /* at its end, for all paths below"))]
    pub filter_path: String,

    /// The methods, 1 to 7 of `GET`, `DELETE`, `HEAD`, `OPTIONS`, `PATCH`, `PUT` and `POST`. Order does not matter.
    /// Example: `[GET, POST]`. AWS: `methods`.
    #[schemars(length(min = 1, max = 7))]
    pub methods: Vec<RestApiMethod>,
}

/// Another name or description for one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiGatewayToolOverride {
    /// The name of the tool; agents see `<target>___<name>`, of which 256 characters fit. Example: `GetPet`. AWS: `name`.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,

    /// What the tool does, for the agent that chooses one. Left out: what the export says. AWS: `description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 65_536))]
    pub description: Option<String>,

    /// The operation's path as the API has it, without a star. Example: `/pets/{petId}`. AWS: `path`.
    #[schemars(length(min = 1, max = 2048), regex(pattern = PATH))]
    #[x_kube(validation = rules::matching(PATH, "path is one path of the API, like /pets/{petId}: an override is for one operation and takes no star"))]
    pub path: String,

    /// The operation's method: `GET`, `DELETE`, `HEAD`, `OPTIONS`, `PATCH`, `PUT` or `POST`. AWS: `method`.
    pub method: RestApiMethod,
}

/// A method of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(description = "")]
pub enum RestApiMethod {
    /// `GET`.
    Get,
    /// `DELETE`.
    Delete,
    /// `HEAD`.
    Head,
    /// `OPTIONS`.
    Options,
    /// `PATCH`.
    Patch,
    /// `PUT`.
    Put,
    /// `POST`.
    Post,
}

impl RestApiMethod {
    /// Every method, in the order of declaration.
    pub const ALL: [Self; 7] = [Self::Get, Self::Delete, Self::Head, Self::Options, Self::Patch, Self::Put, Self::Post];

    /// The method as HTTP writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Post => "POST",
        }
    }
}
