//! API Gateway as its SDK sees it, and targets that offer a stage of a REST API.

use aws_sdk_apigateway::types::EndpointType;
use lab::aws::network::fixture::{
    API_ENDPOINT, API_ENDPOINT_DNS, FOREIGN_API, HTTP_API, PETS_API, PRIVATE_API, PROXY_API, pets_export,
};
use lab::aws::{Aws, Fault};
use reqwest::Method;
use serde_json::{Value, json};

use crate::raw::{Answer, send, send_with, signed};
use crate::support::{Fixture, code, quick, refused};

#[tokio::test]
async fn rest_apis_of_the_account_are_described() {
    let fixture = Fixture::with_network(quick()).await;
    let get = |id: &str| fixture.api_gateway.get_rest_api().rest_api_id(id).send();
    let pets = get(PETS_API).await.unwrap();
    assert_eq!((pets.id(), pets.disable_execute_api_endpoint()), (Some(PETS_API), false));
    assert_eq!(pets.endpoint_configuration().unwrap().types(), [EndpointType::Regional]);
    assert_eq!(pets.created_date().unwrap().secs(), 1_767_225_600);
    let private = get(PRIVATE_API).await.unwrap();
    let endpoints = private.endpoint_configuration().unwrap();
    assert_eq!(
        (endpoints.types(), endpoints.vpc_endpoint_ids()),
        (&[EndpointType::Private][..], &[API_ENDPOINT.to_owned()][..])
    );
    for id in [HTTP_API, FOREIGN_API, "nothing123"] {
        let error = get(id).await.map_err(|error| refused(&error)).unwrap_err();
        assert_eq!((error.status, error.code.as_str()), (404, "NotFoundException"));
        assert_eq!(error.message, format!("Invalid API identifier specified 111122223333:{id}"));
    }
}

#[tokio::test]
async fn a_stage_exports_what_was_deployed_last() {
    let fixture = Fixture::with_network(quick()).await;
    let export = |stage: &str, kind: &str| {
        fixture.api_gateway.get_export().rest_api_id(PETS_API).stage_name(stage).export_type(kind)
    };
    let document = async || {
        let got = export("prod", "oas30").accepts("application/json").send().await.unwrap();
        assert_eq!(got.content_type(), Some("application/json"));
        serde_json::from_slice::<Value>(got.body().unwrap().as_ref()).unwrap()
    };
    assert_eq!(document().await, pets_export());
    let mut other = pets_export();
    other["paths"]["/pets"]["get"]["operationId"] = json!("ListPets");
    fixture.aws.network(|network| network.api_mut(PETS_API).unwrap().deploy("prod", other.clone()));
    assert_eq!(document().await, other);
    assert_eq!(code(export("test", "oas30").send().await), "NotFoundException");
    assert_eq!(code(export("prod", "swagger").send().await), "BadRequestException");
    assert_eq!(code(export("prod", "oas30").parameters("extensions", "postman").send().await), "BadRequestException");
    let call = fixture.aws.calls_of("GetExport").remove(0);
    let expected =
        json!({"restapi_id": PETS_API, "stage_name": "prod", "export_type": "oas30", "Accept": "application/json"});
    assert_eq!((call.service.as_str(), call.input, call.mutating), ("apigateway", expected, false));
}

#[tokio::test]
async fn refusals_have_api_gateways_codes() {
    let fixture = Fixture::with_network(quick()).await;
    let get = || fixture.api_gateway.get_rest_api().rest_api_id(PETS_API).send();
    fixture.aws.deny("GetRestApi");
    let error = get().await.map_err(|error| refused(&error)).unwrap_err();
    assert_eq!((error.status, error.code.as_str()), (403, "AccessDeniedException"));
    assert!(error.message.contains("is not authorized to perform: apigateway:GET"), "{error:?}");
    fixture.aws.allow("GetRestApi");
    let once = fixture.aws.inject(Fault::on("GetRestApi").times(1).throttle());
    let path = format!("/restapis/{PETS_API}");
    let answer = send_with(&fixture.aws, Method::GET, &path, &signed("apigateway"), None).await;
    assert_eq!((answer.status, answer.code.as_str()), (429, "TooManyRequestsException"), "{answer:?}");
    drop(once);
    let answer = send_with(&fixture.aws, Method::GET, &format!("{path}?color=red"), &signed("apigateway"), None).await;
    assert_eq!((answer.status, answer.code.as_str()), (400, "BadRequestException"), "{answer:?}");
}

#[tokio::test]
async fn vpc_endpoints_are_described_in_ec2s_letters() {
    let fixture = Fixture::with_network(quick()).await;
    let describe = |id: &str| fixture.ec2.describe_vpc_endpoints().vpc_endpoint_ids(id).send();
    for state in ["available", "Available", "pendingAcceptance", "deleted"] {
        fixture.aws.network(|network| network.vpc_endpoint_mut(API_ENDPOINT).unwrap().state = state.to_owned());
        let got = describe(API_ENDPOINT).await.unwrap();
        let endpoint = &got.vpc_endpoints()[0];
        assert_eq!(endpoint.state().unwrap().as_str(), state);
        assert_eq!(endpoint.service_name(), Some("com.amazonaws.us-west-2.execute-api"));
        assert_eq!(endpoint.dns_entries()[0].dns_name(), Some(API_ENDPOINT_DNS));
    }
    assert_eq!(code(describe("vpce-0a1b2c3d4e5f60c99").await), "InvalidVpcEndpointId.NotFound");
    assert_eq!(code(describe("vpce-1").await), "InvalidVpcEndpointId.Malformed");
}

/// A target of the stage with these filters and overrides.
fn target(api: &str, filters: &Value, overrides: &Value) -> Value {
    let mut tools = json!({"toolFilters": filters});
    if !overrides.is_null() {
        tools["toolOverrides"] = overrides.clone();
    }
    json!({"name": "pets", "targetConfiguration":
        {"mcp": {"apiGateway": {"restApiId": api, "stage": "prod", "apiGatewayToolConfiguration": tools}}}})
}

async fn create(aws: &Aws, gateway: &str, body: Value) -> Answer {
    send(aws, "bedrock-agentcore", Method::POST, &format!("/gateways/{gateway}/targets/"), Some(body)).await
}

#[tokio::test]
async fn what_a_stage_must_be_to_be_a_target() {
    let fixture = Fixture::with_network(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let filter = |path: &str, method: &str| json!([{"filterPath": path, "methods": [method]}]);
    let named = |path: &str, method: &str, name: &str| json!([{"path": path, "method": method, "name": name}]);
    let post = filter("/pets", "POST");
    let none = Value::Null;
    for (what, api, filters, overrides, told) in [
        ("an API that is not there", "nothing123", &post, &none, "does not exist"),
        ("an API of another account", FOREIGN_API, &filter("/health", "GET"), &none, "does not exist"),
        ("an HTTP API", HTTP_API, &filter("/health", "GET"), &none, "does not exist"),
        ("a private API", PRIVATE_API, &filter("/health", "GET"), &none, "is private"),
        ("a proxy resource", PROXY_API, &filter("/*", "GET"), &none, "/anything/{proxy+} is not supported"),
        ("no filter", PETS_API, &json!([]), &none, "A tool filter"),
        (
            "a filter without methods",
            PETS_API,
            &json!([{"filterPath": "/pets", "methods": []}]),
            &none,
            "A tool filter",
        ),
        ("a filter that selects nothing", PETS_API, &filter("/cats", "GET"), &none, "select no operation"),
        ("a nameless operation", PETS_API, &filter("/pets", "GET"), &none, "GET /pets has no operationId"),
        ("a nameless root", PETS_API, &filter("/", "GET"), &none, "GET / has no operationId"),
        ("a parent that may be selected", PETS_API, &filter("/pets/*", "GET"), &none, "GET /pets has no operationId"),
        (
            "an override of a parent",
            PETS_API,
            &filter("/pets/*", "GET"),
            &named("/pets", "GET", "ListPets"),
            "No filter selects the override of GET /pets",
        ),
        ("an override elsewhere", PETS_API, &post, &named("/pets", "GET", "ListPets"), "No filter selects"),
        ("an override of many", PETS_API, &post, &named("/pets/*", "POST", "Pets"), "No filter selects"),
        ("a name that is none", PETS_API, &post, &named("/pets", "POST", "new pet"), "is no name"),
    ] {
        let answer = create(&fixture.aws, &gateway, target(api, filters, overrides)).await;
        assert_eq!((answer.status, answer.code.as_str()), (400, "ValidationException"), "{what}: {answer:?}");
        assert!(answer.body["message"].as_str().unwrap().contains(told), "{what}: {answer:?}");
    }
    let both =
        json!([{"filterPath": "/pets/{petId}", "methods": ["GET"]}, {"filterPath": "/pets", "methods": ["POST"]}]);
    let twice = create(&fixture.aws, &gateway, target(PETS_API, &both, &named("/pets", "POST", "GetPet"))).await;
    assert!(twice.body["message"].as_str().unwrap().contains("Two tools are named GetPet"), "{twice:?}");
    fixture.aws.network(|network| network.api_mut(PETS_API).unwrap().default_endpoint_disabled = true);
    let disabled = create(&fixture.aws, &gateway, target(PETS_API, &post, &none)).await;
    assert!(disabled.body["message"].as_str().unwrap().contains("is disabled"), "{disabled:?}");
    assert!(fixture.aws.objects(lab::aws::ObjectKind::GatewayTarget).is_empty());
}

#[tokio::test]
async fn a_stage_is_read_with_the_callers_permissions_and_only_when_a_target_changes() {
    let fixture = Fixture::with_network(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let post = json!([{"filterPath": "/pets", "methods": ["POST"]}]);
    let mut body = target(PETS_API, &post, &Value::Null);
    body["credentialProviderConfigurations"] = json!([{"credentialProviderType": "GATEWAY_IAM_ROLE"}]);
    fixture.aws.deny("GetExport");
    let denied = create(&fixture.aws, &gateway, body.clone()).await;
    assert_eq!((denied.status, denied.code.as_str()), (403, "AccessDeniedException"), "{denied:?}");
    fixture.aws.allow("GetExport");
    fixture.aws.deny("execute-api:Invoke");
    let denied = create(&fixture.aws, &gateway, body.clone()).await;
    assert_eq!((denied.status, denied.code.as_str()), (400, "ValidationException"), "{denied:?}");
    fixture.aws.allow("execute-api:Invoke");
    let made = create(&fixture.aws, &gateway, body.clone()).await;
    assert_eq!(made.status, 202, "{made:?}");
    let id = made.body["targetId"].as_str().unwrap().to_owned();
    fixture.settled_target(&gateway, &id).await;
    let mut other = pets_export();
    other["paths"]["/pets"]["post"].as_object_mut().unwrap().remove("operationId");
    fixture.aws.network(|network| network.api_mut(PETS_API).unwrap().deploy("prod", other));
    assert_eq!(fixture.settled_target(&gateway, &id).await.status().as_str(), "READY");
    let path = format!("/gateways/{gateway}/targets/{id}/");
    let answer = send(&fixture.aws, "bedrock-agentcore", Method::PUT, &path, Some(body.clone())).await;
    assert_eq!((answer.status, answer.code.as_str()), (400, "ValidationException"), "{answer:?}");
    let named = json!([{"path": "/pets", "method": "POST", "name": "NewPet"}]);
    body["targetConfiguration"] = target(PETS_API, &post, &named)["targetConfiguration"].clone();
    let answer = send(&fixture.aws, "bedrock-agentcore", Method::PUT, &path, Some(body)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
}
