//! What has to be refused of a gateway's less common members, each with the words that a person gets.

use serde_json::{Value, json};

use super::refused::{all_refused, refusal};
use super::samples;

const TOKENS: &str = "spec.authorizerConfiguration.customJWTAuthorizer";

fn jwt(members: &Value) -> Value {
    json!({"authorizerConfiguration": {"customJWTAuthorizer": members}})
}

fn interceptor(points: &[&str], name: &str) -> Value {
    let arn = format!("arn:aws:lambda:us-west-2:111122223333:function:{name}");
    json!({"interceptor": {"lambda": {"arn": arn}}, "interceptionPoints": points})
}

#[tokio::test]
async fn what_calls_pass() -> anyhow::Result<()> {
    let interceptors = |given: Value| json!({"interceptorConfigurations": given});
    let good = samples::gateway;
    let one_each = "spec.interceptorConfigurations: Invalid value: there can be one interceptor for REQUEST and one for RESPONSE, or one for both";
    let function =
        "arn is the ARN of a Lambda function, like arn:aws:lambda:us-west-2:111122223333:function:interceptor";
    all_refused(vec![
        refusal("a key's alias", good(), json!({"kmsKeyArn": "arn:aws:kms:us-west-2:111122223333:alias/agents"}), "kmsKeyArn is the ARN of a key, like arn:aws:kms:us-west-2:111122223333:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9; not an alias or an id alone"),
        refusal("two for requests", good(), interceptors(json!([interceptor(&["REQUEST"], "a"), interceptor(&["REQUEST"], "b")])), one_each),
        refusal("both, and one more", good(), interceptors(json!([interceptor(&["REQUEST", "RESPONSE"], "a"), interceptor(&["RESPONSE"], "b")])), one_each),
        refusal("three", good(), interceptors(json!([interceptor(&["REQUEST"], "a"), interceptor(&["RESPONSE"], "b"), interceptor(&["REQUEST"], "c")])), "spec.interceptorConfigurations: Too many: 3: must have at most 2 items"),
        refusal("one point twice", good(), interceptors(json!([interceptor(&["REQUEST", "REQUEST"], "a")])), "spec.interceptorConfigurations[0].interceptionPoints: Invalid value: an interception point is named twice"),
        refusal("no points", good(), interceptors(json!([interceptor(&[], "a")])), "spec.interceptorConfigurations[0].interceptionPoints in body should have at least 1 items"),
        refusal("an unknown point", good(), interceptors(json!([interceptor(&["CONNECT"], "a")])), r#"spec.interceptorConfigurations[0].interceptionPoints[0]: Unsupported value: "CONNECT": supported values: "REQUEST", "RESPONSE""#),
        refusal("no function", good(), interceptors(json!([{"interceptor": {}, "interceptionPoints": ["REQUEST"]}])), "spec.interceptorConfigurations[0].interceptor.lambda: Required value"),
        refusal("a function's name", good(), interceptors(json!([{"interceptor": {"lambda": {"arn": "requests"}}, "interceptionPoints": ["REQUEST"]}])), function),
        refusal("a headers' choice left open", good(), interceptors(json!([{"interceptor": {"lambda": {"arn": "arn:aws:lambda:us-west-2:111122223333:function:a"}}, "interceptionPoints": ["REQUEST"], "inputConfiguration": {}}])), "spec.interceptorConfigurations[0].inputConfiguration.passRequestHeaders: Required value"),
        refusal("an engine's id", good(), json!({"policyEngineConfiguration": {"arn": "engine-abcde12345"}}), "arn is the ARN of a policy engine, like arn:aws:bedrock-agentcore:us-west-2:111122223333:policy-engine/engine-abcde12345"),
        refusal("an engine without a mode", good(), json!({"policyEngineConfiguration": {"mode": null}}), "spec.policyEngineConfiguration.mode: Required value"),
        refusal("an unknown mode", good(), json!({"policyEngineConfiguration": {"mode": "AUDIT"}}), r#"spec.policyEngineConfiguration.mode: Unsupported value: "AUDIT": supported values: "LOG_ONLY", "ENFORCE""#),
        refusal("an unknown failure mode", good(), json!({"wafConfiguration": {"failureMode": "OPEN"}}), r#"spec.wafConfiguration.failureMode: Unsupported value: "OPEN": supported values: "FAIL_CLOSE", "FAIL_OPEN""#),
        refusal("a WAF without a mode", good(), json!({"wafConfiguration": {"failureMode": null}}), "spec.wafConfiguration.failureMode: Required value"),
        refusal("nothing that transforms", good(), json!({"customTransformConfiguration": {"lambda": null}}), "spec.customTransformConfiguration.lambda: Required value"),
        refusal("a transform that is no function", good(), json!({"customTransformConfiguration": {"lambda": {"arn": "arn:aws:lambda:us-west-2:111122223333:layer:transform"}}}), function),
    ])
    .await
}

#[tokio::test]
async fn targets_of_others() -> anyhow::Result<()> {
    let good = samples::gateway;
    let allowed = |members: Value| json!({"allowedTargets": members});
    let many: Vec<String> = (0..65).map(|n| format!("h{n}.example.com")).collect();
    all_refused(vec![
        refusal("an address as host", good(), allowed(json!({"hosts": ["https://api.example.com"]})), r#"spec.allowedTargets.hosts[0]: Invalid value: "https://api.example.com": spec.allowedTargets.hosts[0] in body should match '^[a-z0-9*.-]+$'"#),
        refusal("a host in capitals", good(), allowed(json!({"hosts": ["API.example.com"]})), "spec.allowedTargets.hosts[0] in body should match"),
        refusal("an empty pattern", good(), allowed(json!({"lambdaArns": [""]})), "spec.allowedTargets.lambdaArns[0] in body should be at least 1 chars long"),
        refusal("65 hosts", good(), allowed(json!({"hosts": many})), "spec.allowedTargets.hosts: Too many: 65: must have at most 64 items"),
        refusal("unknown names", good(), json!({"targetNames": "Prefixed"}), r#"spec.targetNames: Unsupported value: "Prefixed": supported values: "Any", "NamespacePrefixed""#),
    ])
    .await
}

#[tokio::test]
async fn tokens() -> anyhow::Result<()> {
    let good = samples::gateway;
    let claim = |name: &str, value: Value, operator: &str| {
        jwt(
            &json!({"customClaims": [{"inboundTokenClaimName": name, "inboundTokenClaimValueType": "STRING", "authorizingClaimMatchValue": {
                "claimMatchValue": value, "claimMatchOperator": operator,
            }}]}),
        )
    };
    let network = |members: Value| jwt(&json!({"privateEndpoint": {"managedVpcResource": members}}));
    let other = |domain: &str| json!({"domain": domain, "privateEndpoint": {"selfManagedLatticeResource": {"resourceConfigurationRef": {"name": "keys"}}}});
    let others = |given: Value| jwt(&json!({"privateEndpointOverrides": given}));
    let six: Vec<Value> = (0..6).map(|n| other(&format!("k{n}.example.com"))).collect();
    let incomplete = format!(
        "{TOKENS}.privateEndpoint: Required value: privateEndpoint.managedVpcResource needs vpcIdentifier, subnetIds and endpointIpAddressType"
    );
    all_refused(vec![
        refusal("a claim with a hyphen", good(), claim("my-team", json!({"matchValueString": "search"}), "EQUALS"), "inboundTokenClaimName has letters, digits and _ . / : only, as AWS takes it"),
        refusal("two values", good(), claim("team", json!({"matchValueString": "a", "matchValueStringList": ["b"]}), "EQUALS"), "exactly one of matchValueString, matchValueStringList is required"),
        refusal("no value", good(), claim("team", json!({}), "EQUALS"), "exactly one of matchValueString, matchValueStringList is required"),
        refusal("an unknown operator", good(), claim("team", json!({"matchValueString": "a"}), "LIKE"), r#"Unsupported value: "LIKE": supported values: "EQUALS", "CONTAINS", "CONTAINS_ANY""#),
        refusal("a scope with a quotation mark", good(), jwt(&json!({"advertisedScopeMapping": {"a\"b": "c"}})), "a scope has 1 to 255 visible ASCII characters, without quotation marks and backslashes"),
        refusal("a network without a VPC", good(), network(json!({"vpcIdentifier": null})), incomplete.clone()),
        refusal("a network without subnets", good(), network(json!({"subnetIds": null})), incomplete.clone()),
        refusal("a network without a family", good(), network(json!({"endpointIpAddressType": null})), incomplete),
        refusal("both kinds of endpoint", good(), jwt(&json!({"privateEndpoint": {"selfManagedLatticeResource": {"resourceConfigurationRef": {"name": "idp"}}}})), "exactly one of managedVpcResource, selfManagedLatticeResource is required"),
        refusal("a managed override", good(), others(json!([{"domain": "keys.example.com", "privateEndpoint": {"managedVpcResource": {}}}])), "an override takes selfManagedLatticeResource only; AWS makes no resource gateway for it"),
        refusal("two overrides of a domain", good(), others(json!([other("keys.example.com"), other("keys.example.com")])), format!("{TOKENS}.privateEndpointOverrides: Invalid value: a domain has two overrides")),
        refusal("six overrides", good(), others(json!(six)), format!("{TOKENS}.privateEndpointOverrides: Too many: 6: must have at most 5 items")),
        refusal("no workloads", good(), jwt(&json!({"allowedWorkloadConfiguration": {"hostingEnvironments": [], "workloadIdentities": null}})), "name at least one of hostingEnvironments or workloadIdentities, or leave allowedWorkloadConfiguration out"),
        refusal("an environment's id", good(), jwt(&json!({"allowedWorkloadConfiguration": {"hostingEnvironments": [{"arn": "agent"}]}})), "hostingEnvironments[0].arn in body should be at least 20 chars long"),
    ])
    .await
}
