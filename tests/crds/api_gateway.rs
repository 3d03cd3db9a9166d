//! Stages of REST APIs as targets, and private REST APIs behind a VPC endpoint.

use agentcore_gateway_operator::api::GatewayTargetSpec;
use serde_json::{Value, json};

use super::accepted::{accepted_unchanged, all_accepted};
use super::refused::{all_refused, refusal};
use super::samples;

/// A stage, with every member.
fn stage_target() -> Value {
    samples::object(
        "GatewayTarget",
        json!({
            "gatewayRef": {"name": "agents", "namespace": "platform"},
            "targetConfiguration": {"mcp": {"apiGateway": {
                "restApiId": "pets123456",
                "stage": "prod",
                "apiGatewayToolConfiguration": {
                    "operationNames": "Generate",
                    "toolFilters": [
                        {"filterPath": "/pets", "methods": ["GET", "POST"]},
                        {"filterPath": "/pets/*", "methods": ["GET"]},
                        {"filterPath": "/", "methods": ["GET"]},
                    ],
                    "toolOverrides": [{
                        "name": "GetPetById", "description": "One pet by id", "path": "/pets/{petId}", "method": "GET",
                    }],
                },
            }}},
            "credentialProviderConfigurations": [{"credentialProviderType": "GATEWAY_IAM_ROLE"}],
        }),
    )
}

/// A private REST API, with every member.
fn private_target() -> Value {
    samples::object(
        "GatewayTarget",
        json!({
            "gatewayRef": {"name": "agents", "namespace": "platform"},
            "targetConfiguration": {"mcp": {"openApiSchema": {
                "inlinePayloadFrom": {"configMapKeyRef": {"name": "private-api", "key": "openapi.json"}},
                "serverUrlFrom": {"privateApiGateway": {
                    "restApiId": "a1b2c3d4e5", "stage": "prod", "vpcEndpointId": "vpce-0a1b2c3d4e5f60c01", "via": "RoutingDomain",
                }},
            }}},
            "privateEndpoint": {"managedVpcResource": {"securityGroupIds": ["sg-0a1b2c3d4e5f60b02"]}},
        }),
    )
}

fn tools(members: &Value) -> Value {
    json!({"targetConfiguration": {"mcp": {"apiGateway": {"apiGatewayToolConfiguration": members}}}})
}

fn url(members: &Value) -> Value {
    json!({"targetConfiguration": {"mcp": {"openApiSchema": {"serverUrlFrom": members}}}})
}

fn spec(patch: Value) -> Value {
    [("spec", patch)].into_iter().collect()
}

fn self_managed() -> Value {
    json!({"managedVpcResource": null, "selfManagedLatticeResource": {"resourceConfigurationRef": {"name": "private-api"}}})
}

#[tokio::test]
async fn both_are_accepted_with_every_member() -> anyhow::Result<()> {
    accepted_unchanged::<GatewayTargetSpec>(&stage_target()).await?;
    accepted_unchanged::<GatewayTargetSpec>(&private_target()).await?;
    let filters = |paths: &[&str]| -> Vec<Value> {
        paths
            .iter()
            .map(|path| json!({"filterPath": path, "methods": ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"]}))
            .collect()
    };
    let all: Vec<Value> =
        (0..1000).map(|number| json!({"filterPath": format!("/p{number}/*"), "methods": ["GET"]})).collect();
    all_accepted(vec![
        (stage_target(), spec(tools(&json!({"operationNames": null, "toolOverrides": null})))),
        (stage_target(), spec(tools(&json!({"operationNames": "Require", "toolOverrides": []})))),
        (stage_target(), spec(tools(&json!({"toolFilters": filters(&["/", "/*", "/a/*", "/a/{b}", "/a/{b}/*", "/a.b-c_d/"])})))),
        (stage_target(), spec(tools(&json!({"toolFilters": all})))),
        (stage_target(), spec(json!({"credentialProviderConfigurations": null}))),
        (stage_target(), spec(json!({"credentialProviderConfigurations": [{
            "credentialProviderType": "API_KEY",
            "credentialProvider": {"apiKeyCredentialProvider": {
                "providerArn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/apikeycredentialprovider/pets",
            }},
        }]}))),
        (private_target(), spec(url(&json!({"privateApiGateway": {"via": "EndpointName"}})))),
        (private_target(), spec(json!({"privateEndpoint": null}))),
        (
            samples::patched(private_target(), &spec(json!({"privateEndpoint": self_managed()}))),
            spec(url(&json!({"privateApiGateway": {"via": "EndpointName"}}))),
        ),
    ])
    .await
}

#[tokio::test]
async fn stages() -> anyhow::Result<()> {
    let network = samples::mcp_server_target()["spec"]["privateEndpoint"].clone();
    let given = |members: Value| {
        let mut given = stage_target()["spec"]["targetConfiguration"]["mcp"]["apiGateway"]["apiGatewayToolConfiguration"]
            ["toolOverrides"][0]
            .clone();
        given
            .as_object_mut()
            .into_iter()
            .for_each(|given| given.extend(members.as_object().cloned().unwrap_or_default()));
        tools(&json!({"toolOverrides": [given]}))
    };
    let filter = |members: Value| tools(&json!({"toolFilters": [members]}));
    let at = "spec.targetConfiguration.mcp.apiGateway.apiGatewayToolConfiguration";
    let oauth = "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/oauth2credentialprovider/pets";
    let oauth = json!({
        "credentialProviderType": "OAUTH",
        "credentialProvider": {"oauthCredentialProvider": {"providerArn": oauth, "scopes": ["read"]}},
    });
    let iam = json!({
        "credentialProviderType": "GATEWAY_IAM_ROLE",
        "credentialProvider": {"iamCredentialProvider": {"service": "execute-api"}},
    });
    let secret = "arn:aws:secretsmanager:us-west-2:111122223333:secret:private-ca-AbCdEf";
    all_refused(vec![
        refusal("a private endpoint", stage_target(), json!({"privateEndpoint": network}), "spec.privateEndpoint: Forbidden: PrivateEndpointNotSupported: a stage of API Gateway is called over its public endpoint; remove privateEndpoint (private REST APIs: openApiSchema with serverUrlFrom.privateApiGateway)"),
        refusal("no filters", stage_target(), tools(&json!({"toolFilters": []})), format!("{at}.toolFilters: Invalid value: 0: {at}.toolFilters in body should have at least 1 items")),
        refusal("no filter at all", stage_target(), tools(&json!({"toolFilters": null})), format!("{at}.toolFilters: Required value")),
        refusal("a filter without methods", stage_target(), filter(json!({"filterPath": "/pets", "methods": []})), format!("{at}.toolFilters[0].methods: Invalid value: 0")),
        refusal("a method that is none", stage_target(), filter(json!({"filterPath": "/pets", "methods": ["ANY"]})), format!("{at}.toolFilters[0].methods[0]: Unsupported value: \"ANY\"")),
        refusal("a star in between", stage_target(), filter(json!({"filterPath": "/*/toys", "methods": ["GET"]})), "filterPath starts with a slash, and has a star in one place only: /* at its end, for all paths below"),
        refusal("a star in a word", stage_target(), filter(json!({"filterPath": "/pets*", "methods": ["GET"]})), "filterPath starts with a slash, and has a star in one place only: /* at its end, for all paths below"),
        refusal("no slash", stage_target(), filter(json!({"filterPath": "pets", "methods": ["GET"]})), "filterPath starts with a slash, and has a star in one place only: /* at its end, for all paths below"),
        refusal("an override of many paths", stage_target(), given(json!({"path": "/pets/*"})), "path is one path of the API, like /pets/{petId}: an override is for one operation and takes no star"),
        refusal("an override of two methods", stage_target(), given(json!({"method": ["GET", "POST"]})), format!("{at}.toolOverrides[0].method: Invalid value: \"array\"")),
        refusal("an override without a name", stage_target(), given(json!({"name": null})), format!("{at}.toolOverrides[0].name: Required value")),
        refusal("another way to name operations", stage_target(), tools(&json!({"operationNames": "Guess"})), format!("{at}.operationNames: Unsupported value: \"Guess\": supported values: \"Require\", \"Generate\"")),
        refusal("a token", stage_target(), json!({"credentialProviderConfigurations": [oauth]}), "spec.credentialProviderConfigurations: Forbidden: apiGateway takes credentialProviderType GATEWAY_IAM_ROLE and API_KEY"),
        refusal("a service to sign for", stage_target(), json!({"credentialProviderConfigurations": [iam]}), "take no iamCredentialProvider, because it is known which service is called; remove credentialProvider"),
        refusal("an authority", stage_target(), json!({"certificateConfigurations": [{"secretsManager": {"secretArn": secret}}]}), "spec.certificateConfigurations: Forbidden: certificateConfigurations go with"),
        refusal("a stage and a server", stage_target(), json!({"targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://a.example.com"}}}}), "spec.targetConfiguration.mcp: Invalid value: exactly one of"),
    ])
    .await
}

#[tokio::test]
async fn private_apis() -> anyhow::Result<()> {
    let api = |members: Value| url(&json!({"privateApiGateway": members}));
    let at = "spec.targetConfiguration.mcp.openApiSchema.serverUrlFrom";
    let only_one = format!(
        "{at}: Invalid value: exactly one of serviceRef, ingressRef, httpRouteRef, privateApiGateway is required"
    );
    all_refused(vec![
        refusal("an Ingress, too", private_target(), url(&json!({"ingressRef": {"name": "rest-api"}})), only_one.clone()),
        refusal("nothing", private_target(), url(&json!({"privateApiGateway": null})), only_one),
        refusal("a host", private_target(), url(&json!({"host": "api.internal.example.com"})), format!("{at}: Forbidden: privateApiGateway says by itself where the API is called; remove loadBalancerHostname, host, path, port and allowInternetFacing")),
        refusal("a port", private_target(), url(&json!({"port": 8443})), format!("{at}: Forbidden: privateApiGateway says by itself where the API is called")),
        refusal("no name to call it by", private_target(), api(json!({"via": null})), format!("{at}.privateApiGateway.via: Required value")),
        refusal("another name to call it by", private_target(), api(json!({"via": "PrivateDns"})), format!("{at}.privateApiGateway.via: Unsupported value: \"PrivateDns\": supported values: \"EndpointName\", \"RoutingDomain\"")),
        refusal("the endpoint's name", private_target(), api(json!({"vpcEndpointId": "com.amazonaws.us-west-2.execute-api"})), "vpcEndpointId is the id of a VPC endpoint, like vpce-0a1b2c3d4e5f60c01"),
        refusal("an ARN of an API", private_target(), api(json!({"restApiId": "arn:aws:apigateway:us-west-2::/restapis/a1b2c3d4e5"})), format!("{at}.privateApiGateway.restApiId: Invalid value")),
        refusal("a routing domain without a managed network", private_target(), json!({"privateEndpoint": self_managed()}), "spec.privateEndpoint: Forbidden: serverUrlFrom.privateApiGateway with via RoutingDomain needs managedVpcResource, because selfManagedLatticeResource has no routing domain; set via: EndpointName"),
    ])
    .await
}
