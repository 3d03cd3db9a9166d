//! Targets of every kind: what is accepted, with every member, and what is refused, with the words that a person gets.

mod samples;

use agentcore_gateway_operator::api::GatewayTargetSpec;
use serde_json::{Value, json};

use super::accepted::accepted_unchanged;
use super::refused::{all_refused, refusal};
use samples::{
    api, certificates, function, http_connector, iam, model_connector, models, network, oauth, passthrough, runtime,
    server, smithy, tools_of_aws,
};

fn credential(members: Value) -> Value {
    [("credentialProviderConfigurations", vec![members])].into_iter().collect()
}

fn with(mut one: Value, other: &Value) -> Value {
    one.as_object_mut().into_iter().for_each(|one| one.extend(other.as_object().cloned().unwrap_or_default()));
    one
}

#[tokio::test]
async fn every_kind_is_accepted_with_every_member() -> anyhow::Result<()> {
    for manifest in [
        server(),
        api(),
        smithy(),
        function(),
        tools_of_aws(),
        runtime(),
        passthrough(),
        http_connector(),
        models(),
        model_connector(),
    ] {
        accepted_unchanged::<GatewayTargetSpec>(&manifest).await?;
    }
    Ok(())
}

#[tokio::test]
async fn documents_are_in_one_of_three_places() -> anyhow::Result<()> {
    let object =
        json!({"s3": {"uri": "s3://platform-files/agents/model.json", "bucketOwnerAccountId": "111122223333"}});
    let map = json!({"inlinePayloadFrom": {"configMapKeyRef": {"name": "documents", "key": "model.json"}}});
    for place in [&object, &map] {
        let specs = [
            (smithy(), json!({"mcp": {"smithyModel": place}})),
            (
                function(),
                json!({"mcp": {"lambda": with(json!({}), &function()["spec"]["targetConfiguration"]["mcp"]["lambda"])}}),
            ),
            (server(), json!({"mcp": {"mcpServer": {"endpoint": "https://mcp.example.com", "mcpToolSchema": place}}})),
            (api(), json!({"mcp": {"openApiSchema": place}})),
            (
                runtime(),
                json!({"http": {"agentcoreRuntime": {
                    "arn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/orders-a1b2c3d4e5", "schema": {"source": place},
                }}}),
            ),
        ];
        for (mut manifest, mut configuration) in specs {
            if let Some(lambda) = configuration.pointer_mut("/mcp/lambda/toolSchema") {
                *lambda = place.clone();
            }
            manifest["spec"]["targetConfiguration"] = configuration;
            accepted_unchanged::<GatewayTargetSpec>(&manifest).await?;
        }
    }
    let both = with(object, &map);
    all_refused(vec![
        refusal("a model in two places", smithy(), json!({"targetConfiguration": {"mcp": {"smithyModel": both}}}), "spec.targetConfiguration.mcp.smithyModel: Invalid value: exactly one of s3, inlinePayload, inlinePayloadFrom is required"),
        refusal("tools in two places", function(), json!({"targetConfiguration": {"mcp": {"lambda": {"toolSchema": both}}}}), "spec.targetConfiguration.mcp.lambda.toolSchema: Invalid value: exactly one of s3, inlinePayload, inlinePayloadFrom is required"),
        refusal("no tools", function(), json!({"targetConfiguration": {"mcp": {"lambda": {"toolSchema": {"inlinePayload": []}}}}}), "spec.targetConfiguration.mcp.lambda.toolSchema.inlinePayload: Invalid value: 0: spec.targetConfiguration.mcp.lambda.toolSchema.inlinePayload in body should have at least 1 items"),
        refusal("an address for a document in S3", api(), json!({"targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": null, "s3": {"uri": "s3://b/k"}, "serverUrlFrom": {"ingressRef": {"name": "rest"}}}}}}), "spec.targetConfiguration.mcp.openApiSchema.serverUrlFrom: Forbidden: serverUrlFrom needs the document itself, to replace its servers; set inlinePayload or inlinePayloadFrom instead of s3"),
    ])
    .await
}

#[tokio::test]
async fn members_of_every_kind() -> anyhow::Result<()> {
    let mcp = |members: Value| json!({"targetConfiguration": {"mcp": members}});
    let http = |members: Value| json!({"targetConfiguration": {"http": members}});
    let inference = |members: Value| json!({"targetConfiguration": {"inference": members}});
    all_refused(vec![
        refusal("two families", server(), http(json!({"connector": {"source": {"connectorId": "a"}}})), "spec.targetConfiguration: Invalid value: exactly one of mcp, http, inference is required"),
        refusal("two kinds over HTTP", passthrough(), http(json!({"connector": {"source": {"connectorId": "a"}}})), "spec.targetConfiguration.http: Invalid value: exactly one of agentcoreRuntime, passthrough, connector is required"),
        refusal("two kinds of models", models(), inference(json!({"connector": {"source": {"connectorId": "a"}}})), "spec.targetConfiguration.inference: Invalid value: exactly one of connector, provider is required"),
        refusal("a function's name", function(), mcp(json!({"lambda": {"lambdaArn": "order-tools"}})), r#"spec.targetConfiguration.mcp.lambda.lambdaArn: Invalid value: "order-tools": lambdaArn is the ARN of a Lambda function, like arn:aws:lambda:us-west-2:111122223333:function:order-tools"#),
        refusal("a schema that is a text", function(), mcp(json!({"lambda": {"toolSchema": {"inlinePayload": [{"name": "a", "description": "b", "inputSchema": "object"}]}}})), r#"spec.targetConfiguration.mcp.lambda.toolSchema.inlinePayload[0].inputSchema: Invalid value: "string""#),
        refusal("a version of two numbers", tools_of_aws(), mcp(json!({"connector": {"source": {"version": "1.100"}}})), r#"spec.targetConfiguration.mcp.connector.source.version: Invalid value: "1.100": version has three numbers, like 1.1.0"#),
        refusal("51 tools", tools_of_aws(), mcp(json!({"connector": {"enabled": vec!["a"; 51]}})), "spec.targetConfiguration.mcp.connector.enabled: Too many: 51: must have at most 50 items"),
        refusal("a tool with a digit first", tools_of_aws(), mcp(json!({"connector": {"configurations": [{"name": "1a"}]}})), "spec.targetConfiguration.mcp.connector.configurations[0].name in body should match"),
        refusal("a runtime's id", runtime(), http(json!({"agentcoreRuntime": {"arn": "orders-a1b2c3d4e5"}})), r#"spec.targetConfiguration.http.agentcoreRuntime.arn: Invalid value: "orders-a1b2c3d4e5": arn is the ARN of an agent in AgentCore Runtime"#),
        refusal("plain HTTP", passthrough(), http(json!({"passthrough": {"endpoint": "http://orders.example.com"}})), r#"spec.targetConfiguration.http.passthrough.endpoint: Invalid value: "http://orders.example.com": endpoint starts with https:// and a host, like https://internal.example.com/orders"#),
        refusal("two endpoints", passthrough(), http(json!({"passthrough": {"endpointFrom": {"ingressRef": {"name": "orders"}}}})), "spec.targetConfiguration.http.passthrough: Invalid value: exactly one of endpoint, endpointFrom is required"),
        refusal("no endpoint", models(), inference(json!({"provider": {"endpoint": null}})), "spec.targetConfiguration.inference.provider: Invalid value: exactly one of endpoint, endpointFrom is required"),
        refusal("an unknown protocol", passthrough(), http(json!({"passthrough": {"protocolType": "HTTP"}})), r#"spec.targetConfiguration.http.passthrough.protocolType: Unsupported value: "HTTP": supported values: "MCP", "A2A", "INFERENCE", "CUSTOM""#),
        refusal("a parameter's name with a space", passthrough(), http(json!({"passthrough": {"staticQueryParameters": {"a b": "c"}}})), "spec.targetConfiguration.http.passthrough.staticQueryParameters: Invalid value: the name of a query parameter has 1 to 128 letters, digits and _.- only"),
        refusal("sessions of a day and a second", passthrough(), http(json!({"passthrough": {"stickinessConfiguration": {"timeout": 86401}}})), "spec.targetConfiguration.http.passthrough.stickinessConfiguration.timeout: Invalid value: 86401: spec.targetConfiguration.http.passthrough.stickinessConfiguration.timeout in body should be less than or equal to 86400"),
        refusal("an empty value", http_connector(), http(json!({"connector": {"parameters": {"memoryId": ""}}})), "spec.targetConfiguration.http.connector.parameters.memoryId in body should be at least 1 chars long"),
        refusal("a separator of two", models(), inference(json!({"provider": {"modelMapping": {"providerPrefix": {"separator": "::"}}}})), "spec.targetConfiguration.inference.provider.modelMapping.providerPrefix.separator: Too long: may not be more than 1 byte,"),
        refusal("a path without a slash", models(), inference(json!({"provider": {"operations": [{"path": "v1"}]}})), "spec.targetConfiguration.inference.provider.operations[0].path in body should match"),
        refusal("no connector", model_connector(), inference(json!({"connector": {"source": {"connectorId": ""}}})), "spec.targetConfiguration.inference.connector.source.connectorId in body should be at least 1 chars long"),
    ])
    .await
}

#[tokio::test]
async fn credentials_and_their_providers() -> anyhow::Result<()> {
    let list = "spec.credentialProviderConfigurations";
    let needs = |type_: &str, provider: &str| {
        format!(
            "{list}[0].credentialProvider: Required value: credentialProviderType {type_} needs credentialProvider.{provider}"
        )
    };
    let key = json!({"apiKeyCredentialProvider": {
        "providerArn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/apikeycredentialprovider/eks-api",
    }});
    let of = |type_: &str, provider: &Value| {
        credential(json!({"credentialProviderType": type_, "credentialProvider": provider}))
    };
    let token = |change: Value| {
        let provider =
            with(oauth("CLIENT_CREDENTIALS")["credentialProvider"]["oauthCredentialProvider"].clone(), &change);
        of("OAUTH", &json!({"oauthCredentialProvider": provider}))
    };
    all_refused(vec![
        refusal("a token from a key's provider", passthrough(), of("OAUTH", &key), needs("OAUTH", "oauthCredentialProvider")),
        refusal("a token from nowhere", passthrough(), credential(json!({"credentialProviderType": "OAUTH"})), needs("OAUTH", "oauthCredentialProvider")),
        refusal("a role with a key", passthrough(), of("GATEWAY_IAM_ROLE", &key), format!("{list}[0].credentialProvider: Forbidden: credentialProviderType GATEWAY_IAM_ROLE goes with credentialProvider.iamCredentialProvider, or with none")),
        refusal("the caller's token with a key", passthrough(), of("JWT_PASSTHROUGH", &key), format!("{list}[0].credentialProvider: Forbidden: credentialProviderType CALLER_IAM_CREDENTIALS and JWT_PASSTHROUGH go without a credentialProvider")),
        refusal("two providers", passthrough(), of("API_KEY", &with(key.clone(), &json!({"iamCredentialProvider": {"service": "lambda"}}))), format!("{list}[0].credentialProvider: Invalid value: exactly one of oauthCredentialProvider, apiKeyCredentialProvider, iamCredentialProvider is required")),
        refusal("a key's ARN for a token", passthrough(), token(json!({"providerArn": key["apiKeyCredentialProvider"]["providerArn"]})), "providerArn is the ARN of an OAuth credential provider of AgentCore Identity, which ends in token-vault/default/oauth2credentialprovider/<name>"),
        refusal("consent without a way back", server(), token(json!({"grantType": "AUTHORIZATION_CODE", "defaultReturnUrl": null})), format!("{list}[0].credentialProvider.oauthCredentialProvider.defaultReturnUrl: Required value: grantType AUTHORIZATION_CODE needs defaultReturnUrl: where the person who consents is sent back to")),
        refusal("no scopes said", server(), token(json!({"scopes": null})), "oauthCredentialProvider.scopes: Required value"),
        refusal("an empty parameter", server(), token(json!({"customParameters": {"": "a"}})), "oauthCredentialProvider.customParameters: Invalid value: the name of a parameter has 1 to 256 characters"),
        refusal("a service with a slash", passthrough(), credential(iam(Some("a/b"))), "iamCredentialProvider.service in body should match"),
    ])
    .await
}

#[tokio::test]
async fn which_kind_takes_which_credential() -> anyhow::Result<()> {
    let bare = |type_: &str| credential(json!({"credentialProviderType": type_}));
    let none = json!({"credentialProviderConfigurations": null});
    let key = json!({"credentialProviderType": "API_KEY", "credentialProvider": {"apiKeyCredentialProvider": {
        "providerArn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/apikeycredentialprovider/eks-api",
    }}});
    let lambda = "spec.credentialProviderConfigurations: Required value: a Lambda function needs credentialProviderConfigurations: [{credentialProviderType: GATEWAY_IAM_ROLE}], the only one that it takes";
    let model = "spec.credentialProviderConfigurations: Required value: a Smithy model needs credentialProviderConfigurations with credentialProviderType GATEWAY_IAM_ROLE or OAUTH, the two that it takes";
    let mcp = "spec.credentialProviderConfigurations: Forbidden: mcpServer and openApiSchema take credentialProviderType GATEWAY_IAM_ROLE, OAUTH and API_KEY; the caller's own credentials are not passed on to them";
    let service = "spec.credentialProviderConfigurations: Required value: mcpServer, openApiSchema and passthrough need credentialProvider.iamCredentialProvider with GATEWAY_IAM_ROLE: the service that requests are signed for";
    let known = "spec.credentialProviderConfigurations: Forbidden: lambda, smithyModel and apiGateway take no iamCredentialProvider, because it is known which service is called; remove credentialProvider";
    let grant = "spec.credentialProviderConfigurations: Forbidden: smithyModel and agentcoreRuntime take grantType CLIENT_CREDENTIALS only";
    all_refused(vec![
        refusal("a function without", function(), none.clone(), lambda),
        refusal("a function with an empty list", function(), json!({"credentialProviderConfigurations": []}), lambda),
        refusal("a function with a key", function(), credential(key.clone()), lambda),
        refusal("a function with a service", function(), credential(iam(Some("lambda"))), known),
        refusal("a model without", smithy(), none, model),
        refusal("a model with a key", smithy(), credential(key.clone()), model),
        refusal("a model with a service", smithy(), credential(iam(Some("s3"))), known),
        refusal("a model with consent", smithy(), credential(oauth("AUTHORIZATION_CODE")), grant),
        refusal("a server with the caller's", server(), bare("CALLER_IAM_CREDENTIALS"), mcp),
        refusal("an API with the caller's token", api(), bare("JWT_PASSTHROUGH"), mcp),
        refusal("a server without a service", server(), bare("GATEWAY_IAM_ROLE"), service),
        refusal("an API without a service", api(), bare("GATEWAY_IAM_ROLE"), service),
        refusal("a passthrough without a service", passthrough(), bare("GATEWAY_IAM_ROLE"), service),
        refusal("AWS's tools with a key", tools_of_aws(), credential(key.clone()), "spec.credentialProviderConfigurations: Forbidden: mcp.connector takes credentialProviderType GATEWAY_IAM_ROLE, and some connectors CALLER_IAM_CREDENTIALS"),
        refusal("a runtime with a key", runtime(), credential(key), "spec.credentialProviderConfigurations: Forbidden: agentcoreRuntime takes credentialProviderType GATEWAY_IAM_ROLE, CALLER_IAM_CREDENTIALS, OAUTH and JWT_PASSTHROUGH"),
        refusal("a runtime in exchange", runtime(), credential(oauth("TOKEN_EXCHANGE")), grant),
        refusal("models with the caller's token", models(), bare("JWT_PASSTHROUGH"), "spec.credentialProviderConfigurations: Forbidden: JWT_PASSTHROUGH is for http targets only; choose another credentialProviderType"),
    ])
    .await
}

#[tokio::test]
async fn every_credential_that_a_kind_takes_is_accepted() -> anyhow::Result<()> {
    let bare = |type_: &str| json!({"credentialProviderType": type_});
    let grants = || ["CLIENT_CREDENTIALS", "AUTHORIZATION_CODE", "TOKEN_EXCHANGE"].map(oauth);
    let mut table = vec![
        (function(), bare("GATEWAY_IAM_ROLE")),
        (smithy(), bare("GATEWAY_IAM_ROLE")),
        (smithy(), oauth("CLIENT_CREDENTIALS")),
        (tools_of_aws(), bare("GATEWAY_IAM_ROLE")),
        (tools_of_aws(), bare("CALLER_IAM_CREDENTIALS")),
        (runtime(), bare("GATEWAY_IAM_ROLE")),
        (runtime(), bare("CALLER_IAM_CREDENTIALS")),
        (runtime(), bare("JWT_PASSTHROUGH")),
        (runtime(), oauth("CLIENT_CREDENTIALS")),
        (passthrough(), bare("JWT_PASSTHROUGH")),
        (http_connector(), bare("CALLER_IAM_CREDENTIALS")),
        (models(), bare("GATEWAY_IAM_ROLE")),
        (model_connector(), bare("GATEWAY_IAM_ROLE")),
    ];
    for manifest in [server(), api(), passthrough(), models()] {
        table.extend(grants().map(|grant| (manifest.clone(), grant)));
        table.push((manifest, iam(Some("bedrock-agentcore"))));
    }
    for (mut manifest, given) in table {
        manifest["spec"]["credentialProviderConfigurations"] = json!([given]);
        accepted_unchanged::<GatewayTargetSpec>(&manifest).await?;
    }
    let mut silent = server();
    silent["spec"]["credentialProviderConfigurations"] = json!([oauth("CLIENT_CREDENTIALS")]);
    silent["spec"]["credentialProviderConfigurations"][0]["credentialProvider"]["oauthCredentialProvider"]["scopes"] =
        json!([]);
    accepted_unchanged::<GatewayTargetSpec>(&silent).await
}

#[tokio::test]
async fn metadata() -> anyhow::Result<()> {
    let headers = |names: &[&str]| json!({"metadataConfiguration": {"allowedRequestHeaders": names}});
    let kept = "AgentCore passes on neither Authorization, Host, Cookie, Content-Type, Content-Length and X-Forwarded-*, nor X-Amzn-* but for X-Amzn-Bedrock-AgentCore-Runtime-Custom-*; name other headers";
    let refused = |what, header: &str| {
        refusal(
            what,
            runtime(),
            headers(&["x-a", header]),
            format!("spec.metadataConfiguration.allowedRequestHeaders: Invalid value: {kept}"),
        )
    };
    all_refused(vec![
        refused("a credential", "Authorization"),
        refused("a credential in capitals", "AUTHORIZATION"),
        refused("a cookie", "cookie"),
        refused("a proxy's header", "X-Forwarded-For"),
        refused("AWS's own header", "x-amzn-RequestId"),
        refused("AgentCore's own header", "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"),
        refusal(
            "a header of answers",
            runtime(),
            json!({"metadataConfiguration": {"allowedResponseHeaders": ["Content-Type"]}}),
            format!("spec.metadataConfiguration.allowedResponseHeaders: Invalid value: {kept}"),
        ),
        refusal(
            "eleven headers",
            runtime(),
            headers(&["x-a"; 11]),
            "spec.metadataConfiguration.allowedRequestHeaders: Too many: 11: must have at most 10 items",
        ),
        refusal(
            "a long parameter",
            runtime(),
            json!({"metadataConfiguration": {"allowedQueryParameters": ["a".repeat(41)]}}),
            "spec.metadataConfiguration.allowedQueryParameters[0]: Too long: may not be more than 40 bytes",
        ),
    ])
    .await?;
    let mut custom = runtime();
    custom["spec"]["metadataConfiguration"] =
        json!({"allowedRequestHeaders": ["X-Amzn-Bedrock-AgentCore-Runtime-Custom-Tenant"]});
    accepted_unchanged::<GatewayTargetSpec>(&custom).await?;
    custom["spec"]["metadataConfiguration"] = json!({});
    accepted_unchanged::<GatewayTargetSpec>(&custom).await
}

#[tokio::test]
async fn private_endpoints_and_certificates() -> anyhow::Result<()> {
    let inside = "spec.privateEndpoint: Forbidden: a target of this kind has no privateEndpoint, because it is called inside AWS; remove privateEndpoint";
    let others = "spec.certificateConfigurations: Forbidden: certificateConfigurations go with mcpServer, openApiSchema and passthrough only; remove them";
    let public = "spec.certificateConfigurations: Forbidden: certificateConfigurations go with a privateEndpoint only; a public endpoint needs a certificate that a public authority vouches for";
    let mut refusals = Vec::new();
    for manifest in [function(), smithy(), tools_of_aws(), runtime()] {
        refusals.push(refusal("a network of its own", manifest, network(), inside));
    }
    for manifest in [function(), smithy(), http_connector()] {
        refusals.push(refusal("an authority of its own", manifest, certificates(), others));
    }
    refusals.push(refusal("models of a private authority", models(), with(network(), &certificates()), others));
    refusals.push(refusal("a public passthrough of a private authority", passthrough(), certificates(), public));
    let two = json!({"certificateConfigurations": [
        {"s3": {"uri": "s3://b/k"}, "secretsManager": {"secretArn": "arn:aws:secretsmanager:us-west-2:111122223333:secret:ca-AbCdEf"}},
    ]});
    refusals.push(refusal(
        "one authority in two places",
        passthrough(),
        with(network(), &two),
        "spec.certificateConfigurations[0]: Invalid value: exactly one of s3, secretsManager is required",
    ));
    all_refused(refusals).await?;
    for (mut manifest, more) in
        [(passthrough(), with(network(), &certificates())), (server(), network()), (models(), network())]
    {
        let spec = with(manifest["spec"].clone(), &more);
        manifest["spec"] = spec;
        accepted_unchanged::<GatewayTargetSpec>(&manifest).await?;
    }
    // The network of a load balancer, for every kind that has an endpoint.
    let from = json!({"ingressRef": {"name": "orders"}});
    for configuration in [
        json!({"http": {"passthrough": {"endpointFrom": from, "protocolType": "CUSTOM"}}}),
        json!({"inference": {"provider": {"endpointFrom": from}}}),
    ] {
        let mut manifest = models();
        manifest["spec"]["targetConfiguration"] = configuration;
        manifest["spec"]["privateEndpoint"] = json!({"managedVpcResource": {}});
        accepted_unchanged::<GatewayTargetSpec>(&manifest).await?;
    }
    Ok(())
}
