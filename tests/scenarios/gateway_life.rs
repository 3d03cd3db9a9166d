//! Card D20: the life of a gateway.

use lab::aws::ObjectKind;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, changes, of, only, operations};
use crate::manifests::{SMALL_GATEWAY, gateway_body, public_target};
use crate::support::{
    FINALIZER, FOR_EVER, becomes, called, gateway, in_aws, message, sweeps, text, verdict, world, world_taking,
};

const AGENTS: (&str, &str, &str) = ("Gateway", "platform", "agents");

async fn ready(world: &World) -> anyhow::Result<Value> {
    world.ready(AGENTS.0, AGENTS.1, AGENTS.2).await
}

/// A gateway that says everything it can.
const EVERYTHING: &str = r#"
apiVersion: tools.agentcore.dev/v1alpha1
kind: Gateway
metadata:
  name: agents
  namespace: platform
spec:
  description: Tools of the search team
  roleArn: arn:aws:iam::111122223333:role/AgentCoreGatewayRole
  protocolType: MCP
  protocolConfiguration:
    mcp:
      supportedVersions: ["2025-06-18", "2025-11-25"]
      instructions: Search before you answer
      searchType: SEMANTIC
      sessionConfiguration: {sessionTimeoutInSeconds: 1800}
      streamingConfiguration: {enableResponseStreaming: true}
      disableMcpListToolsPagination: true
  authorizerType: CUSTOM_JWT
  authorizerConfiguration:
    customJWTAuthorizer:
      discoveryUrl: https://cognito-idp.us-west-2.amazonaws.com/us-west-2_AbC/.well-known/openid-configuration
      allowedAudience: [search]
      allowedClients: [c1, c2]
      allowedScopes: [tools/read]
  exceptionLevel: DEBUG
  tags: {team: search}
"#;

/// What AWS is told of [`EVERYTHING`], tags aside.
fn everything() -> Value {
    json!({
        "name": "agents",
        "description": "Tools of the search team",
        "roleArn": "arn:aws:iam::111122223333:role/AgentCoreGatewayRole",
        "protocolType": "MCP",
        "protocolConfiguration": {"mcp": {
            "supportedVersions": ["2025-06-18", "2025-11-25"],
            "instructions": "Search before you answer",
            "searchType": "SEMANTIC",
            "sessionConfiguration": {"sessionTimeoutInSeconds": 1800},
            "streamingConfiguration": {"enableResponseStreaming": true},
            "disableMcpListToolsPagination": true,
        }},
        "authorizerType": "CUSTOM_JWT",
        "authorizerConfiguration": {"customJWTAuthorizer": {
            "discoveryUrl": "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_AbC/.well-known/openid-configuration",
            "allowedAudience": ["search"],
            "allowedClients": ["c1", "c2"],
            "allowedScopes": ["tools/read"],
        }},
        "exceptionLevel": "DEBUG",
    })
}

/// Variant (b): whatever changes, one `UpdateGateway` that says all the rest, too.
#[tokio::test]
async fn an_update_carries_everything() -> anyhow::Result<()> {
    let world = world("d20-update").await?;
    world.apply(EVERYTHING).await?;
    let gateway = ready(&world).await?;
    let mut expected = everything();
    let mut create = expected.clone();
    create["tags"] = json!({"team": "search"});
    assert_eq!(asked(only(&world.aws.mutations(), "CreateGateway")?)?, create);
    expected["gatewayIdentifier"] = gateway["status"]["gatewayId"].clone();

    let clients = json!({"allowedClients": ["c1", "c3"]});
    let patch = json!({"spec": {"authorizerConfiguration": {"customJWTAuthorizer": clients}}});
    expected["authorizerConfiguration"]["customJWTAuthorizer"]["allowedClients"] = json!(["c1", "c3"]);
    is_one_update(&world, patch, &expected).await?;

    let patch = json!({"spec": {"description": "Tools of the search team, and more"}});
    expected["description"] = json!("Tools of the search team, and more");
    is_one_update(&world, patch, &expected).await?;

    // What is removed here is removed there.
    let mcp = json!({"instructions": null, "sessionConfiguration": null});
    let patch = json!({"spec": {"description": null, "exceptionLevel": null, "protocolConfiguration": {"mcp": mcp}}});
    for pointer in ["/description", "/exceptionLevel"] {
        take(&mut expected, pointer);
    }
    for pointer in ["/protocolConfiguration/mcp/instructions", "/protocolConfiguration/mcp/sessionConfiguration"] {
        take(&mut expected, pointer);
    }
    is_one_update(&world, patch, &expected).await
}

async fn is_one_update(world: &World, patch: Value, expected: &Value) -> anyhow::Result<()> {
    let mark = world.aws.mark();
    world.merge(AGENTS.0, AGENTS.1, AGENTS.2, patch).await?;
    ready(world).await?;
    sweeps(world, 2).await?;
    let calls = world.aws.mutations_since(mark);
    assert_eq!(operations(&calls), ["UpdateGateway"]);
    assert_eq!(&asked(&calls[0])?, expected);
    Ok(())
}

fn take(body: &mut Value, pointer: &str) {
    let (parent, member) = pointer.rsplit_once('/').unwrap_or_default();
    if let Some(parent) = body.pointer_mut(parent).and_then(Value::as_object_mut) {
        parent.remove(member);
    }
}

/// Without `protocolType` a gateway takes targets of every protocol.
#[tokio::test]
async fn a_gateway_for_every_protocol_settles() -> anyhow::Result<()> {
    let world = world("d20-every-protocol").await?;
    world.apply(&SMALL_GATEWAY.replace("  protocolType: MCP\n", "")).await?;
    ready(&world).await?;
    sweeps(&world, 2).await?;
    let calls = world.aws.mutations();
    assert_eq!(operations(&calls), ["CreateGateway"]);
    let expected = json!({
        "name": "agents",
        "roleArn": "arn:aws:iam::111122223333:role/AgentCoreGatewayRole",
        "authorizerType": "AWS_IAM",
    });
    assert_eq!(asked(&calls[0])?, expected);
    // What was silent may be said later, and AWS has no call for it.
    world
        .merge(AGENTS.0, AGENTS.1, AGENTS.2, json!({"spec": {"protocolType": "MCP", "description": "Edited"}}))
        .await?;
    let stalled = world.has(AGENTS.0, AGENTS.1, AGENTS.2, ("Stalled", "True", "ImmutableField")).await?;
    assert!(message(&stalled, "Stalled").contains("protocolType"), "{stalled:#}");
    assert_eq!(verdict(&stalled, "Ready").as_deref(), Some("True/Settled"), "it serves as it was");
    sweeps(&world, 3).await?;
    assert_eq!(world.aws.mutations().len(), 1);
    Ok(())
}

/// Variant (e).
#[tokio::test]
async fn a_gateway_goes_after_its_targets() -> anyhow::Result<()> {
    let world = world_taking("d20-delete", |times| times.gateway_delete = FOR_EVER).await?;
    gateway(&world).await?;
    for (namespace, name) in [("mcp-server", "one"), ("rest-api", "two")] {
        world.apply(&public_target(namespace, name)).await?;
        world.ready("GatewayTarget", namespace, name).await?;
    }
    let mark = world.aws.mark();
    world.delete(AGENTS.0, AGENTS.1, AGENTS.2).await?;
    let held = world.has(AGENTS.0, AGENTS.1, AGENTS.2, ("InUse", "True", "HasDependents")).await?;
    assert_eq!(verdict(&held, "Ready").as_deref(), Some("False/InUse"));
    assert_eq!(verdict(&held, "Stalled"), None);
    for (namespace, name) in [("mcp-server", "one"), ("rest-api", "two")] {
        let named = format!("GatewayTarget {}/{name}", world.namespace(namespace));
        assert!(message(&held, "InUse").contains(&named), "{named}: {held:#}");
    }
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    a_terminating_gateway_takes_no_new_targets(&world).await?;

    for (namespace, name) in [("mcp-server", "one"), ("rest-api", "two")] {
        world.delete("GatewayTarget", namespace, name).await?;
        world.gone("GatewayTarget", namespace, name).await?;
    }
    called(&world, mark, "DeleteGateway", 3).await?;
    world.has(AGENTS.0, AGENTS.1, AGENTS.2, ("Ready", "False", "Deleting")).await?;
    sweeps(&world, 2).await?;
    assert_eq!(world.get(AGENTS.0, AGENTS.1, AGENTS.2).await?["metadata"]["finalizers"], json!([FINALIZER]));
    world.aws.advance(FOR_EVER);
    world.gone(AGENTS.0, AGENTS.1, AGENTS.2).await?;
    is_what_f6_leads_to(&world, mark);
    Ok(())
}

async fn a_terminating_gateway_takes_no_new_targets(world: &World) -> anyhow::Result<()> {
    world.apply(&public_target("platform", "late")).await?;
    let late = world.has("GatewayTarget", "platform", "late", ("ResolvedRefs", "False", "ReferenceNotReady")).await?;
    assert!(message(&late, "Ready").contains("is being deleted"), "{late:#}");
    world.delete("GatewayTarget", "platform", "late").await?;
    world.gone("GatewayTarget", "platform", "late").await
}

/// AWS goes on saying that there are targets for two calls more.
fn is_what_f6_leads_to(world: &World, mark: usize) {
    let calls = world.aws.mutations_since(mark);
    let mut order = operations(&calls);
    order.dedup();
    assert_eq!(order, ["DeleteGatewayTarget", "DeleteGateway"]);
    let deletes = of(&calls, "DeleteGateway");
    let errors: Vec<_> = deletes.iter().map(|call| call.error.as_deref()).collect();
    assert_eq!(errors, [Some("ValidationException"), Some("ValidationException"), None]);
    assert!(deletes[0].message.as_deref().is_some_and(|said| said.contains("has targets associated with it")));
    assert_eq!(world.aws.left_over(), [""; 0]);
}

/// Variant (f), also as a change of mind while the gateway is being deleted.
#[tokio::test]
async fn a_retained_gateway_stays_in_aws() -> anyhow::Result<()> {
    let world = world("d20-retain").await?;
    world.apply(&format!("{SMALL_GATEWAY}  deletionPolicy: Retain\n")).await?;
    ready(&world).await?;
    let mark = world.aws.mark();
    let before = in_aws(&world, ObjectKind::Gateway, "name", "agents")?;
    world.delete(AGENTS.0, AGENTS.1, AGENTS.2).await?;
    world.gone(AGENTS.0, AGENTS.1, AGENTS.2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    assert_eq!(in_aws(&world, ObjectKind::Gateway, "name", "agents")?, before, "not even its tags are touched");

    // Another object of that name finds what the first one left, and has it from now on.
    world.apply(SMALL_GATEWAY).await?;
    let again = ready(&world).await?;
    assert_eq!(again["status"]["gatewayId"], before["gatewayId"]);
    assert_eq!(of(&world.aws.calls_since(mark), "CreateGateway").len(), 0);
    world.apply(&public_target("platform", "one")).await?;
    world.ready("GatewayTarget", "platform", "one").await?;
    world.delete(AGENTS.0, AGENTS.1, AGENTS.2).await?;
    world.has(AGENTS.0, AGENTS.1, AGENTS.2, ("InUse", "True", "HasDependents")).await?;
    world.merge(AGENTS.0, AGENTS.1, AGENTS.2, json!({"spec": {"deletionPolicy": "Retain"}})).await?;
    world.gone(AGENTS.0, AGENTS.1, AGENTS.2).await?;
    assert_eq!(of(&world.aws.calls_since(mark), "DeleteGateway").len(), 0);
    in_aws(&world, ObjectKind::Gateway, "name", "agents").map(drop)
}

/// Variant (h).
#[tokio::test]
async fn a_gateway_that_somebody_deleted_is_made_again_only_when_asked() -> anyhow::Result<()> {
    let world = world("d20-gone").await?;
    gateway(&world).await?;
    world.apply(&public_target("mcp-server", "one")).await?;
    let target = world.ready("GatewayTarget", "mcp-server", "one").await?;
    let first = text(&ready(&world).await?, "/status/gatewayId")?.to_owned();
    let mark = world.aws.mark();
    assert!(world.aws.remove(ObjectKind::Gateway, &first));
    let gone = world.has(AGENTS.0, AGENTS.1, AGENTS.2, ("Programmed", "False", "Gone")).await?;
    assert_eq!(verdict(&gone, "Stalled").as_deref(), Some("True/Gone"));
    assert_eq!(verdict(&gone, "Ready").as_deref(), Some("False/Gone"));
    assert!(message(&gone, "Ready").contains("spec.recreate"), "{gone:#}");
    sweeps(&world, 4).await?;
    assert_eq!(changes(&world.aws.calls_since(mark)), [""; 0], "nothing is created behind anybody's back");

    world.merge(AGENTS.0, AGENTS.1, AGENTS.2, json!({"spec": {"recreate": true}})).await?;
    let second = is_made_again(&world, &first, &target).await?;
    let calls = world.aws.mutations_since(mark);
    assert_eq!(changes(&calls), ["CreateGateway", "CreateGatewayTarget"]);
    assert_eq!(asked(only(&calls, "CreateGateway")?)?, gateway_body());
    let tokens: Vec<_> =
        of(&world.aws.calls(), "CreateGateway").iter().map(|call| call.input["clientToken"].clone()).collect();
    assert_ne!(tokens[0], tokens[1], "a token that AWS has seen makes nothing");

    let target = world.get("GatewayTarget", "mcp-server", "one").await?;
    assert!(world.aws.remove(ObjectKind::Gateway, &second));
    is_made_again(&world, &second, &target).await?;
    Ok(())
}

/// Waits for a gateway other than the one before, with the target anew on it, and answers with its id.
async fn is_made_again(world: &World, before: &str, target: &Value) -> anyhow::Result<String> {
    let look = async || {
        let gateway = world.find(AGENTS.0, AGENTS.1, AGENTS.2).await.ok().flatten().filter(lab::objects::is_ready)?;
        let id = gateway["status"]["gatewayId"].as_str()?;
        (id != before).then(|| id.to_owned())
    };
    let id = world.wait_for("another gateway is Ready", lab::world::PATIENCE, look).await?;
    let anew = becomes(world, ("GatewayTarget", "mcp-server", "one"), "/status/gatewayId", json!(id)).await?;
    world.ready("GatewayTarget", "mcp-server", "one").await?;
    assert_ne!(anew["status"]["targetId"], target["status"]["targetId"]);
    let in_aws = in_aws(world, ObjectKind::GatewayTarget, "name", "one")?;
    assert_eq!(in_aws["gatewayIdentifier"], json!(id));
    Ok(id)
}
