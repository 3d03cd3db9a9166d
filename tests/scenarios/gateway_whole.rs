//! Everything that a gateway can say, and by which call AWS hears of it.

use lab::aws::ObjectKind;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, only, operations};
use crate::support::{FOR_EVER, called, sweeps, text, verdict, world, world_taking};

const AGENTS: (&str, &str, &str) = ("Gateway", "platform", "agents");

/// The whole spec, in the words of AWS but for `name`, which is the object's.
fn spec() -> Value {
    let function = |name: &str| format!("arn:aws:lambda:us-west-2:111122223333:function:{name}");
    let claim = |name: &str, holds: &str, value: Value, operator: &str| {
        json!({"inboundTokenClaimName": name, "inboundTokenClaimValueType": holds, "authorizingClaimMatchValue": {
            "claimMatchValue": value, "claimMatchOperator": operator,
        }})
    };
    json!({
        "description": "Tools of the search team",
        "roleArn": "arn:aws:iam::111122223333:role/AgentCoreGatewayRole",
        "protocolType": "MCP",
        "protocolConfiguration": {"mcp": {
            "supportedVersions": ["2025-06-18", "2025-11-25"], "instructions": "Search first", "searchType": "SEMANTIC",
        }},
        "authorizerType": "CUSTOM_JWT",
        "authorizerConfiguration": {"customJWTAuthorizer": {
            "discoveryUrl": "https://issuer.example.com/.well-known/openid-configuration",
            "allowedAudience": ["agents"],
            "advertisedScopeMapping": {"call": "api://agents/call"},
            "customClaims": [
                claim("team", "STRING", json!({"matchValueString": "search"}), "EQUALS"),
                claim("groups", "STRING_ARRAY", json!({"matchValueStringList": ["a", "b"]}), "CONTAINS_ANY"),
            ],
            "privateEndpoint": {"managedVpcResource": {
                "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
                "subnetIds": ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"],
                "endpointIpAddressType": "IPV4",
                "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"],
            }},
            "allowedWorkloadConfiguration": {
                "hostingEnvironments": [{"arn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/agent-abcde12345"}],
                "workloadIdentities": ["search-agent"],
            },
        }},
        "exceptionLevel": "DEBUG",
        "kmsKeyArn": "arn:aws:kms:us-west-2:111122223333:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
        "interceptorConfigurations": [
            {"interceptor": {"lambda": {"arn": function("requests")}}, "interceptionPoints": ["REQUEST"]},
            {
                "interceptor": {"lambda": {"arn": function("answers")}},
                "interceptionPoints": ["RESPONSE"],
                "inputConfiguration": {"passRequestHeaders": false, "payloadFilter": {"exclude": [{"field": "RESPONSE_BODY"}]}},
            },
        ],
        "policyEngineConfiguration": {
            "arn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:policy-engine/engine-abcde12345", "mode": "LOG_ONLY",
        },
        "wafConfiguration": {"failureMode": "FAIL_OPEN"},
        "customTransformConfiguration": {"lambda": {"arn": function("transform")}},
    })
}

fn manifest(spec: &Value) -> String {
    let object = json!({
        "apiVersion": "tools.agentcore.dev/v1alpha1",
        "kind": "Gateway",
        "metadata": {"name": "agents", "namespace": "platform"},
        "spec": spec,
    });
    object.to_string()
}

fn without(body: &Value, members: &[&str]) -> Value {
    let mut body = body.clone();
    if let Some(body) = body.as_object_mut() {
        for member in members {
            body.remove(*member);
        }
    }
    body
}

/// What AWS is told of this spec by an update.
fn update(spec: &Value, gateway: &Value) -> Value {
    let mut body = spec.clone();
    body["name"] = json!("agents");
    body["gatewayIdentifier"] = gateway["status"]["gatewayId"].clone();
    body
}

/// The one update after a mark, when nothing more follows.
async fn one_update(world: &World, mark: usize) -> anyhow::Result<Value> {
    called(world, mark, "UpdateGateway", 1).await?;
    world.ready(AGENTS.0, AGENTS.1, AGENTS.2).await?;
    sweeps(world, 3).await?;
    let calls = world.aws.mutations_since(mark);
    assert_eq!(operations(&calls), ["UpdateGateway"]);
    asked(&calls[0])
}

/// `CreateGateway` has no members for WAF and for transforming calls: one update follows, and the gateway is Ready after it.
#[tokio::test]
async fn every_member_reaches_aws() -> anyhow::Result<()> {
    let world = world_taking("whole-gateway", |times| times.gateway_update = FOR_EVER).await?;
    world.apply(&manifest(&spec())).await?;
    let updating = world.has(AGENTS.0, AGENTS.1, AGENTS.2, ("Reconciling", "True", "Updating")).await?;
    assert_eq!(verdict(&updating, "Ready").as_deref(), Some("Unknown/Updating"), "{updating:#}");
    world.aws.advance(FOR_EVER);
    let gateway = world.ready(AGENTS.0, AGENTS.1, AGENTS.2).await?;
    sweeps(&world, 3).await?;
    let calls = world.aws.mutations();
    assert_eq!(operations(&calls), ["CreateGateway", "UpdateGateway"]);
    let mut create = without(&spec(), &["wafConfiguration", "customTransformConfiguration"]);
    create["name"] = json!("agents");
    assert_eq!(asked(&calls[0])?, create);
    assert_eq!(asked(&calls[1])?, update(&spec(), &gateway));
    Ok(())
}

/// Card D20 (b): whatever is edited, the update says all the rest, too; and what is removed here is removed there.
#[tokio::test]
async fn an_edit_is_one_update_that_says_everything() -> anyhow::Result<()> {
    let world = world("whole-gateway-edits").await?;
    world.apply(&manifest(&spec())).await?;
    let gateway = world.ready(AGENTS.0, AGENTS.1, AGENTS.2).await?;
    let mut spec = spec();
    let mark = world.aws.mark();
    spec["description"] = json!("Tools of everybody");
    world.merge(AGENTS.0, AGENTS.1, AGENTS.2, json!({"spec": {"description": "Tools of everybody"}})).await?;
    assert_eq!(one_update(&world, mark).await?, update(&spec, &gateway));

    let removed = ["customTransformConfiguration", "policyEngineConfiguration", "kmsKeyArn", "wafConfiguration"];
    let mut patch: Value = removed.iter().map(|member| ((*member).to_owned(), Value::Null)).collect();
    patch["interceptorConfigurations"] = json!([spec["interceptorConfigurations"][1]]);
    patch["authorizerConfiguration"] =
        json!({"customJWTAuthorizer": {"customClaims": null, "privateEndpoint": null, "advertisedScopeMapping": null}});
    let mark = world.aws.mark();
    world.merge(AGENTS.0, AGENTS.1, AGENTS.2, json!({"spec": patch})).await?;
    let mut left = without(&spec, &removed);
    left["interceptorConfigurations"] = patch["interceptorConfigurations"].clone();
    let tokens = &mut left["authorizerConfiguration"]["customJWTAuthorizer"];
    *tokens = without(tokens, &["customClaims", "privateEndpoint", "advertisedScopeMapping"]);
    assert_eq!(one_update(&world, mark).await?, update(&left, &gateway));
    Ok(())
}

/// What is set by hand and not stated in the spec is a difference, like any other; another order is none.
#[tokio::test]
async fn what_nobody_stated_is_taken_away() -> anyhow::Result<()> {
    let world = world("whole-gateway-by-hand").await?;
    let stated = without(&spec(), &["policyEngineConfiguration", "customTransformConfiguration"]);
    world.apply(&manifest(&stated)).await?;
    let gateway = world.ready(AGENTS.0, AGENTS.1, AGENTS.2).await?;
    let id = text(&gateway, "/status/gatewayId")?.to_owned();
    sweeps(&world, 2).await?;
    let mark = world.aws.mark();
    assert!(world.aws.edit(ObjectKind::Gateway, &id, |gateway| {
        let tokens = "/authorizerConfiguration/customJWTAuthorizer/customClaims";
        for list in ["/interceptorConfigurations", tokens] {
            if let Some(list) = gateway.pointer_mut(list).and_then(Value::as_array_mut) {
                list.reverse();
            }
        }
    }));
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0], "only the order differs");
    assert!(world.aws.edit(ObjectKind::Gateway, &id, |gateway| {
        gateway["policyEngineConfiguration"] = spec()["policyEngineConfiguration"].clone();
        gateway["customTransformConfiguration"] = spec()["customTransformConfiguration"].clone();
    }));
    called(&world, mark, "UpdateGateway", 1).await?;
    sweeps(&world, 3).await?;
    let calls = world.aws.mutations_since(mark);
    let sent = asked(only(&calls, "UpdateGateway")?)?;
    for member in ["policyEngineConfiguration", "customTransformConfiguration"] {
        assert_eq!(sent[member], Value::Null, "{member}");
    }
    assert_eq!(sent["interceptorConfigurations"].as_array().map(Vec::len), Some(2));
    Ok(())
}
