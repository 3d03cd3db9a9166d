//! What tests do behind the callers' backs, and what they can see: lag, ledger, the interface for other processes.

use std::time::Duration;

use lab::aws::{AwsOptions, ObjectKind};
use reqwest::Method;
use serde_json::{Value, json};

use crate::raw::{send, send_with};
use crate::support::{Fixture, GROUP, MCP_URL, ROLE, SUBNETS, VPC, code, dynamic, quick};

#[tokio::test]
async fn a_seeded_object_looks_like_any_other() {
    let fixture = Fixture::start(quick()).await;
    let body = json!({
        "gatewayId": "agents-abcde12345", "name": "agents", "roleArn": ROLE, "authorizerType": "AWS_IAM",
        "tags": {"owner": "someone"},
    });
    let gateway = fixture.aws.seed(ObjectKind::Gateway, body);
    assert_eq!(gateway, "agents-abcde12345");
    let got = fixture.agentcore.get_gateway().gateway_identifier(&gateway).send().await.unwrap();
    assert_eq!((got.status().as_str(), got.name()), ("READY", "agents"));
    let tags = fixture.agentcore.list_tags_for_resource().resource_arn(got.gateway_arn()).send().await.unwrap();
    assert_eq!(tags.tags().unwrap()["owner"], "someone");

    let configuration = json!({"mcp": {"mcpServer": {"endpoint": MCP_URL}}});
    let body = json!({
        "gatewayIdentifier": gateway, "name": "one", "description": "not ours", "targetConfiguration": configuration,
    });
    let target = fixture.aws.seed(ObjectKind::GatewayTarget, body);
    let got = fixture.get_target(&gateway, &target).await.unwrap();
    assert_eq!((got.status().as_str(), got.description()), ("READY", Some("not ours")));
    assert_eq!(code(fixture.create_target(&gateway, "one", MCP_URL).send().await), "ConflictException");
    assert_eq!(fixture.aws.objects(ObjectKind::GatewayTarget)[0]["gatewayIdentifier"], gateway);

    let body = json!({"name": "managed-rg", "vpcIdentifier": VPC, "subnetIds": SUBNETS, "securityGroupIds": [GROUP],
        "serviceManaged": true, "tags": {"BedrockAgentCoreGatewayManaged": "true"}});
    let rg = fixture.aws.seed(ObjectKind::ResourceGateway, body);
    let body = json!({"name": "foreign-rc", "type": "SINGLE", "resourceGatewayIdentifier": rg, "portRanges": ["443"],
        "resourceConfigurationDefinition": {"dnsResource": {"domainName": "internal.example.com"}}});
    let rc = fixture.aws.seed(ObjectKind::ResourceConfiguration, body);
    let got = fixture.lattice.get_resource_configuration().resource_configuration_identifier(&rc).send().await.unwrap();
    assert_eq!(got.resource_gateway_id(), Some(rg.as_str()));
    let kinds: Vec<_> = fixture.aws.left_over().iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["Gateway", "GatewayTarget", "ResourceConfiguration"], "AWS removes the managed one itself");
}

#[tokio::test]
async fn an_edit_is_a_change_that_others_made() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let get = || async { fixture.agentcore.get_gateway().gateway_identifier(&gateway).send().await.unwrap() };
    let before = get().await;
    let edit = |change: fn(&mut Value)| fixture.aws.edit(ObjectKind::Gateway, &gateway, change);
    assert!(edit(|gateway| gateway["description"] = json!("by hand")));
    let after = get().await;
    assert_eq!(after.description(), Some("by hand"));
    assert!(after.updated_at() > before.updated_at());
    assert!(edit(|gateway| gateway["tags"]["a"] = json!("b")));
    assert_eq!(get().await.updated_at(), after.updated_at(), "tags are no part of the description");
    assert_eq!(fixture.aws.objects(ObjectKind::Gateway)[0]["tags"], json!({"a": "b"}));
    assert!(fixture.aws.set_status(ObjectKind::Gateway, &gateway, "UPDATE_UNSUCCESSFUL", &["why"]));
    let failed = get().await;
    assert_eq!((failed.status().as_str(), failed.status_reasons()), ("UPDATE_UNSUCCESSFUL", &["why".to_owned()][..]));
    assert!(fixture.aws.set_status(ObjectKind::Gateway, &gateway, "HIBERNATING", &[]));
    let error = fixture.agentcore.get_gateway().gateway_identifier(&gateway).send().await;
    assert_eq!(error.unwrap().status().as_str(), "HIBERNATING", "what AWS may invent tomorrow");
    fixture.dynamic_target_if_ready(&gateway).await;
    assert!(fixture.aws.remove(ObjectKind::Gateway, &gateway));
    assert!(fixture.aws.is_empty(), "the targets go with it");
    assert!(!fixture.aws.remove(ObjectKind::Gateway, &gateway));
    assert!(!edit(|_| {}));
}

impl Fixture {
    async fn dynamic_target_if_ready(&self, gateway: &str) {
        self.aws.set_status(ObjectKind::Gateway, gateway, "READY", &[]);
        self.dynamic_target(gateway, "one").await;
    }
}

#[tokio::test]
async fn reads_and_lists_lag_behind_writes_each_in_its_own_way() {
    let options = AwsOptions { get_lag: Duration::from_mins(1), list_lag: Duration::from_mins(2), ..quick() };
    let fixture = Fixture::start(AwsOptions { tag_lag: Duration::from_mins(1), ..options }).await;
    let created = fixture.create_gateway("agents").tags("a", "1").send().await.unwrap();
    let id = created.gateway_id();
    let get = || fixture.agentcore.get_gateway().gateway_identifier(id).send();
    let listed = || async { fixture.agentcore.list_gateways().send().await.unwrap().items().len() };
    assert_eq!(code(get().await), "ResourceNotFoundException");
    assert_eq!(listed().await, 0);
    assert_eq!(code(fixture.create_gateway("agents").send().await), "ConflictException", "writes do not lag");
    fixture.aws.advance(Duration::from_secs(61));
    assert_eq!(get().await.unwrap().status().as_str(), "READY");
    assert_eq!(listed().await, 0);
    fixture.aws.advance(Duration::from_mins(1));
    assert_eq!(listed().await, 1);

    let update = fixture.agentcore.update_gateway().gateway_identifier(id).name("agents").role_arn(ROLE);
    let update = update.authorizer_type(created.authorizer_type().clone());
    let update = update.protocol_type(created.protocol_type().clone()).description("new");
    assert_eq!(update.send().await.unwrap().description(), Some("new"));
    assert_eq!(get().await.unwrap().description(), None, "it still shows what was before");
    fixture.aws.advance(Duration::from_secs(61));
    assert_eq!(get().await.unwrap().description(), Some("new"));

    let arn = created.gateway_arn();
    let tags = || async {
        let answer = fixture.agentcore.list_tags_for_resource().resource_arn(arn).send().await.unwrap();
        answer.tags().map_or(0, std::collections::HashMap::len)
    };
    fixture.agentcore.tag_resource().resource_arn(arn).tags("b", "2").send().await.unwrap();
    assert_eq!(tags().await, 1);
    fixture.aws.advance(Duration::from_secs(61));
    assert_eq!(tags().await, 2);
}

#[tokio::test]
async fn time_runs_as_fast_as_it_is_told() {
    let options = AwsOptions { speed: 1000.0, limits: lab::aws::Limits::off(), ..AwsOptions::default() };
    let fixture = Fixture::start(options).await;
    let gateway = fixture.gateway("agents").await;
    let call = fixture.create_target(&gateway, "one", MCP_URL).target_configuration(dynamic(MCP_URL));
    let id = call.send().await.unwrap().target_id().to_owned();
    let target = fixture.settled_target(&gateway, &id).await;
    assert_eq!(target.status().as_str(), "READY");
    let created = target.created_at().as_nanos();
    let now = fixture.aws.now().as_nanosecond();
    assert!(now - created >= 20_000_000_000, "twenty virtual seconds have passed");
}

#[tokio::test]
async fn the_ledger_has_every_call() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let mark = fixture.aws.mark();
    fixture.agentcore.list_gateways().max_results(7).send().await.unwrap();
    let arn = fixture.aws.objects(ObjectKind::Gateway)[0]["gatewayArn"].as_str().unwrap().to_owned();
    fixture.agentcore.untag_resource().resource_arn(&arn).tag_keys("a").tag_keys("b").send().await.unwrap();
    fixture.create_gateway("agents").send().await.unwrap_err();
    send(&fixture.aws, "bedrock-agentcore", Method::GET, "/nowhere", None).await;
    let calls = fixture.aws.calls_since(mark);
    let [list, untag, create, nowhere] = &calls[..] else { panic!("{calls:?}") };
    assert_eq!(
        (list.operation.as_str(), list.service.as_str(), list.status),
        ("ListGateways", "bedrock-agentcore", 200)
    );
    assert_eq!(list.input, json!({"maxResults": 7}));
    assert!(!list.mutating && !list.changed && list.error.is_none());
    assert!(list.user_agent.contains("aws-sdk-rust"), "{}", list.user_agent);
    assert_eq!(untag.input, json!({"resourceArn": arn, "tagKeys": ["a", "b"]}));
    assert!(untag.mutating && !untag.changed, "there was nothing to untag");
    assert_eq!(create.error.as_deref(), Some("ConflictException"));
    assert_eq!((create.status, create.mutating, create.changed), (409, true, false));
    assert_eq!(create.input["name"], "agents");
    assert_eq!((nowhere.operation.as_str(), nowhere.status), ("GET /nowhere", 404));
    assert!(
        calls.windows(2).all(|pair| pair[0].index + 1 == pair[1].index && pair[0].request_id != pair[1].request_id)
    );
    let mutations: Vec<_> = fixture.aws.mutations().into_iter().map(|call| call.operation).collect();
    assert_eq!(mutations, ["CreateGateway", "UntagResource", "CreateGateway"]);
    assert_eq!(fixture.aws.calls_of("GetGateway")[0].input, json!({"gatewayIdentifier": gateway}));
}

#[tokio::test]
async fn other_processes_have_an_interface() {
    let fixture = Fixture::start(quick()).await;
    let post = |path: &'static str, body: Value| {
        let aws = fixture.aws.clone();
        async move { send_with(&aws, Method::POST, path, &[], Some(body.to_string())).await.status }
    };
    let get = |path: &'static str| {
        let aws = fixture.aws.clone();
        async move { send_with(&aws, Method::GET, path, &[], None).await.body }
    };
    let body = json!({"name": "agents", "roleArn": ROLE, "authorizerType": "AWS_IAM"});
    assert_eq!(post("/_lab/objects", json!({"kind": "Gateway", "body": body})).await, 200);
    let order = json!({"operation": "ListGateways", "phase": "error-before-commit", "status": 403, "code": "AccessDeniedException"});
    assert_eq!(post("/_lab/faults", order).await, 200);
    assert_eq!(code(fixture.agentcore.list_gateways().send().await), "AccessDeniedException");
    assert_eq!(code(fixture.agentcore.list_gateways().send().await), "no error");
    assert_eq!(post("/_lab/down", json!({"down": true})).await, 200);
    assert!(fixture.agentcore.list_gateways().send().await.is_err());
    assert_eq!(post("/_lab/down", json!({"down": false})).await, 200);
    assert_eq!(post("/_lab/endpoints", json!({"url": MCP_URL, "address": "http://127.0.0.1:1/"})).await, 200);
    assert_eq!(post("/_lab/down", json!({"up": true})).await, 400);
    assert_eq!(post("/_lab/nothing", json!({})).await, 400);
    let objects = get("/_lab/objects").await;
    assert_eq!(objects["objects"]["Gateway"][0]["name"], "agents");
    assert_eq!(objects["leftOver"].as_array().unwrap().len(), 1);
    let ledger = get("/_lab/ledger").await;
    assert_eq!(ledger[0]["operation"], "ListGateways");
    assert_eq!(get("/_lab/ledger?since=1").await[0]["index"], 1);
}

#[tokio::test]
async fn the_port_closes_with_the_last_handle() {
    let fixture = Fixture::start(quick()).await;
    let endpoint = fixture.aws.endpoint();
    let other = fixture.aws.clone();
    drop(fixture);
    let get = || async { reqwest::get(format!("{endpoint}/_lab/ledger")).await };
    assert!(get().await.is_ok(), "a handle is left");
    drop(other);
    crate::support::eventually(|| async { get().await.is_err().then_some(()) }).await;
}

#[tokio::test]
async fn time_stands_still_while_a_call_is_decided() {
    let fixture = Fixture::start(AwsOptions { speed: 1e9, ..quick() }).await;
    let created = fixture.create_gateway("agents").send().await.unwrap();
    assert_eq!(created.created_at(), created.updated_at());
}
