//! What AWS cannot change in place, replaced by another object when somebody allows it.

use lab::aws::{Call, ObjectKind};
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, of, only, operations, refusals};
use crate::manifests::{MANAGED_TARGET, MCP_CONFIGURATION, RESOURCE_GATEWAY, SELF_MANAGED_TARGET, document};
use crate::support::{
    FOR_EVER, becomes, everyday_server, gateway, in_aws, message, sweeps, text, verdict, world, world_taking,
};

type Place = (&'static str, &'static str, &'static str);

const SHARED: Place = ("ResourceGateway", "platform", "shared-rg");
const MCP: Place = ("ResourceConfiguration", "platform", "mcp");
const TARGET: Place = ("GatewayTarget", "mcp-server", "eks-mcp-server");
const ANNOTATION: &str = "tools.agentcore.dev/replace";

/// The token that an object asks for.
async fn token(world: &World, (kind, namespace, name): Place) -> anyhow::Result<String> {
    let object = world.has(kind, namespace, name, ("Stalled", "True", "ReplacementRequired")).await?;
    let message = message(&object, "ReplacementRequired");
    let token = message.split(&format!("{ANNOTATION}=")).nth(1).and_then(|rest| rest.get(..8));
    token.map(str::to_owned).ok_or_else(|| anyhow::anyhow!("no token in {message}"))
}

async fn allow(world: &World, (kind, namespace, name): Place, token: &str) -> anyhow::Result<()> {
    let annotation = json!({"metadata": {"annotations": {ANNOTATION: token}}});
    world.merge(kind, namespace, name, annotation).await.map(drop)
}

/// Allows what an object asks to be allowed, and says what that was.
pub(crate) async fn allow_what_is_asked(world: &World, place: Place) -> anyhow::Result<String> {
    let token = token(world, place).await?;
    allow(world, place, &token).await?;
    Ok(token)
}

/// Allows what an object asks once it asks for something else than `before`.
pub(crate) async fn allow_what_is_asked_after(world: &World, place: Place, before: &str) -> anyhow::Result<()> {
    let asked_again = async || token(world, place).await.ok().filter(|again| again != before);
    let again = world.wait_for("another word is asked for", lab::world::PATIENCE, asked_again).await?;
    allow(world, place, &again).await
}

async fn edit(world: &World, (kind, namespace, name): Place, spec: Value) -> anyhow::Result<()> {
    world.merge(kind, namespace, name, json!({"spec": spec})).await.map(drop)
}

/// A target through a resource configuration on a resource gateway, Ready.
async fn chain(world: &World) -> anyhow::Result<()> {
    gateway(world).await?;
    world.apply(&[RESOURCE_GATEWAY, MCP_CONFIGURATION, SELF_MANAGED_TARGET].join("---")).await?;
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    becomes(world, MCP, "/status/usedBy", json!(1)).await.map(drop)
}

/// The operations that changed something, each once where it was repeated.
fn steps(calls: &[Call]) -> Vec<&str> {
    let mut steps = operations(calls);
    steps.dedup();
    steps
}

#[tokio::test]
async fn a_target_of_another_kind_is_deleted_and_made_again() -> anyhow::Result<()> {
    let world = world("replace-target").await?;
    let _server = everyday_server(&world).await?;
    gateway(&world).await?;
    world.apply(MANAGED_TARGET).await?;
    let before = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let mark = world.aws.mark();
    let mcp = json!({"mcpServer": null, "openApiSchema": {"inlinePayload": document("https://internal.example.com")}});
    edit(&world, TARGET, json!({"targetConfiguration": {"mcp": mcp}})).await?;
    let token = token(&world, TARGET).await?;
    allow(&world, TARGET, "00000000").await?;
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0], "another word allows nothing");
    allow(&world, TARGET, &token).await?;
    becomes(&world, TARGET, "/status/targetType", json!("OPEN_API_SCHEMA")).await?;
    let after = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let calls = world.aws.mutations_since(mark);
    assert_eq!(operations(&calls), ["DeleteGatewayTarget", "CreateGatewayTarget"]);
    assert_eq!(calls[0].input["targetId"], before["status"]["targetId"]);
    assert_ne!(after["status"]["targetId"], before["status"]["targetId"]);
    assert_eq!(verdict(&after, "ReplacementRequired"), None);
    sweeps(&world, 3).await?;
    assert_eq!(world.aws.mutations_since(mark).len(), 2, "the word that is left allows nothing more");
    Ok(())
}

/// One annotation at the resource gateway, and all that is on it follows, each step after the one that it needs.
#[tokio::test]
async fn a_resource_gateway_gets_a_successor_and_everything_on_it_follows() -> anyhow::Result<()> {
    let world = world("replace-rg").await?;
    let _server = everyday_server(&world).await?;
    chain(&world).await?;
    let [old_gateway, old_configuration] =
        [world.get(SHARED.0, SHARED.1, SHARED.2).await?, world.get(MCP.0, MCP.1, MCP.2).await?];
    let target = world.get(TARGET.0, TARGET.1, TARGET.2).await?["status"]["targetId"].clone();
    let mark = world.aws.mark();
    let subnets = json!(["subnet-0a1b2c3d4e5f60a03"]);
    edit(&world, SHARED, json!({"subnetIds": subnets})).await?;
    let token = token(&world, SHARED).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    allow(&world, SHARED, &token).await?;
    let old = old_gateway["status"]["resourceGatewayId"].clone();
    let has_gone = async || {
        let left = world.aws.objects(ObjectKind::ResourceGateway);
        (!left.iter().any(|object| object["id"] == old)).then_some(())
    };
    world.wait_for("the old resource gateway is gone", lab::world::PATIENCE, has_gone).await?;
    let calls = world.aws.mutations_since(mark);
    let expected = [
        "CreateResourceGateway",
        "CreateResourceConfiguration",
        "UpdateGatewayTarget",
        "DeleteResourceConfiguration",
        "DeleteResourceGateway",
    ];
    assert_eq!(steps(&calls), expected, "{:?}", operations(&calls));
    are_the_right_bodies(&calls, &[&old_gateway, &old_configuration], &subnets)?;
    let unexpected: Vec<_> = refusals(&calls).into_iter().filter(|refusal| !refusal.contains("association")).collect();
    assert_eq!(unexpected, [""; 0]);
    becomes(&world, SHARED, "/status/observed/replacement/retiring", Value::Null).await?;
    let now = world.ready(SHARED.0, SHARED.1, SHARED.2).await?;
    assert_eq!(
        in_aws(&world, ObjectKind::ResourceGateway, "id", text(&now, "/status/resourceGatewayId")?)?["subnetIds"],
        subnets
    );
    assert_eq!(world.ready(TARGET.0, TARGET.1, TARGET.2).await?["status"]["targetId"], target, "the target never left");
    let mark = world.aws.mark();
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    everything_can_be_deleted(&world).await
}

fn are_the_right_bodies(calls: &[Call], old: &[&Value; 2], subnets: &Value) -> anyhow::Result<()> {
    let made = only(calls, "CreateResourceGateway")?;
    assert_eq!(&made.input["subnetIds"], subnets);
    let name = made.input["name"].as_str().unwrap_or_default();
    assert!(name.ends_with("-r1"), "{name}");
    let configuration = only(calls, "CreateResourceConfiguration")?;
    assert_ne!(configuration.input["resourceGatewayIdentifier"], old[0]["status"]["resourceGatewayId"]);
    let update = asked(only(calls, "UpdateGatewayTarget")?)?;
    let through = &update["privateEndpoint"]["selfManagedLatticeResource"]["resourceConfigurationIdentifier"];
    assert_ne!(through, &old[1]["status"]["resourceConfigurationArn"]);
    Ok(())
}

async fn everything_can_be_deleted(world: &World) -> anyhow::Result<()> {
    for (kind, namespace, name) in [SHARED, MCP, TARGET] {
        world.delete(kind, namespace, name).await?;
    }
    for (kind, namespace, name) in [TARGET, MCP, SHARED] {
        world.gone(kind, namespace, name).await?;
    }
    assert_eq!(world.aws.objects(ObjectKind::ResourceConfiguration), [Value::Null; 0]);
    Ok(())
}

/// A spec that is set back while the successor is still being made leaves nothing of it.
#[tokio::test]
async fn a_successor_that_is_not_wanted_any_more_is_deleted() -> anyhow::Result<()> {
    let world = world_taking("replace-back", |times| times.resource_gateway_create = FOR_EVER).await?;
    world.apply(RESOURCE_GATEWAY).await?;
    becomes(&world, SHARED, "/status/awsStatus", json!("CREATE_IN_PROGRESS")).await?;
    world.aws.advance(FOR_EVER);
    let before = world.ready(SHARED.0, SHARED.1, SHARED.2).await?;
    let mark = world.aws.mark();
    edit(&world, SHARED, json!({"subnetIds": ["subnet-0a1b2c3d4e5f60a03"]})).await?;
    let token = token(&world, SHARED).await?;
    allow(&world, SHARED, &token).await?;
    let building = async || {
        let object = world.find(SHARED.0, SHARED.1, SHARED.2).await.ok().flatten()?;
        object.pointer("/status/observed/replacement/successor").cloned()
    };
    let successor = world.wait_for("the successor is written down", lab::world::PATIENCE, building).await?;
    let serving = world.get(SHARED.0, SHARED.1, SHARED.2).await?;
    assert_eq!(serving["status"]["resourceGatewayId"], before["status"]["resourceGatewayId"], "the old one serves");
    assert_eq!(verdict(&serving, "Ready").as_deref(), Some("True/Settled"));
    edit(&world, SHARED, json!({"subnetIds": before["spec"]["subnetIds"]})).await?;
    world.ready(SHARED.0, SHARED.1, SHARED.2).await?;
    world.aws.advance(FOR_EVER);
    becomes(&world, SHARED, "/status/observed/replacement/successor", Value::Null).await?;
    let calls = world.aws.mutations_since(mark);
    assert_eq!(steps(&calls), ["CreateResourceGateway", "DeleteResourceGateway"]);
    assert_eq!(only(&of_done(&calls), "DeleteResourceGateway")?.input["resourceGatewayIdentifier"], successor);
    let after = world.ready(SHARED.0, SHARED.1, SHARED.2).await?;
    assert_eq!(after["status"]["resourceGatewayId"], before["status"]["resourceGatewayId"]);
    Ok(())
}

/// The calls that were done.
fn of_done(calls: &[Call]) -> Vec<Call> {
    let deletes = of(calls, "DeleteResourceGateway");
    deletes.into_iter().filter(|call| call.status < 300).cloned().collect()
}

/// Status is lost after a replacement: the successor is found by its name and marker, and no third one is made.
#[tokio::test]
async fn a_successor_is_found_again_without_status() -> anyhow::Result<()> {
    let world = world("replace-lost").await?;
    world.apply(RESOURCE_GATEWAY).await?;
    world.ready(SHARED.0, SHARED.1, SHARED.2).await?;
    edit(&world, SHARED, json!({"subnetIds": ["subnet-0a1b2c3d4e5f60a03"]})).await?;
    let token = token(&world, SHARED).await?;
    allow(&world, SHARED, &token).await?;
    becomes(&world, SHARED, "/status/observed/replacement/current", json!(1)).await?;
    becomes(&world, SHARED, "/status/observed/replacement/retiring", Value::Null).await?;
    let before = world.ready(SHARED.0, SHARED.1, SHARED.2).await?;
    let mark = world.aws.mark();
    let lost = json!({"status": {"resourceGatewayId": null, "resourceGatewayArn": null, "observed": null, "conditions": null}});
    world.merge_status(SHARED.0, SHARED.1, SHARED.2, lost).await?;
    let id = before["status"]["resourceGatewayId"].clone();
    becomes(&world, SHARED, "/status/resourceGatewayId", id).await?;
    world.ready(SHARED.0, SHARED.1, SHARED.2).await?;
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    Ok(())
}

/// A successor that fails leaves the old one serving, Ready, and everything on it as well; another try needs another word.
#[tokio::test]
async fn a_successor_that_fails_disturbs_nobody() -> anyhow::Result<()> {
    let world = world("replace-failed").await?;
    let _server = everyday_server(&world).await?;
    chain(&world).await?;
    let before = world.get(SHARED.0, SHARED.1, SHARED.2).await?;
    let failing =
        world.aws.inject(lab::aws::Fault::on("CreateResourceGateway").settle_as("CREATE_FAILED", &[]).always());
    edit(&world, SHARED, json!({"subnetIds": ["subnet-0a1b2c3d4e5f60a03"]})).await?;
    let first = token(&world, SHARED).await?;
    allow(&world, SHARED, &first).await?;
    let asked_again = async || {
        let again = token(&world, SHARED).await.ok()?;
        (again != first).then_some(again)
    };
    world.wait_for("another word is asked for", lab::world::PATIENCE, asked_again).await?;
    let stalled = world.get(SHARED.0, SHARED.1, SHARED.2).await?;
    assert!(message(&stalled, "ReplacementRequired").contains("given up"), "{stalled:#}");
    assert_eq!(stalled["status"]["resourceGatewayId"], before["status"]["resourceGatewayId"]);
    for (kind, namespace, name) in [SHARED, MCP, TARGET] {
        let object = world.get(kind, namespace, name).await?;
        assert_eq!(verdict(&object, "Ready").as_deref(), Some("True/Settled"), "{kind}");
    }
    failing.stop();
    allow_what_is_asked(&world, SHARED).await?;
    becomes(&world, SHARED, "/status/observed/replacement/current", json!(2)).await?;
    becomes(&world, SHARED, "/status/observed/replacement/retiring", Value::Null).await?;
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let left = world.aws.objects(ObjectKind::ResourceGateway);
    assert_eq!(left.len(), 1, "{left:#?}");
    Ok(())
}

/// Two replacements one after the other, the second asked for while a user has not moved from the first: nothing is forgotten.
#[tokio::test]
async fn a_second_replacement_waits_for_the_first() -> anyhow::Result<()> {
    let world = world("replace-twice").await?;
    let _server = everyday_server(&world).await?;
    chain(&world).await?;
    world.merge(MCP.0, MCP.1, MCP.2, json!({"spec": {"suspend": true}})).await?;
    world.has(MCP.0, MCP.1, MCP.2, ("Suspended", "True", "Suspended")).await?;
    edit(&world, SHARED, json!({"subnetIds": ["subnet-0a1b2c3d4e5f60a03"]})).await?;
    allow_what_is_asked(&world, SHARED).await?;
    becomes(&world, SHARED, "/status/observed/replacement/current", json!(1)).await?;
    world.ready(SHARED.0, SHARED.1, SHARED.2).await?;
    edit(&world, SHARED, json!({"subnetIds": ["subnet-0a1b2c3d4e5f60a02"]})).await?;
    let waits = world.has(SHARED.0, SHARED.1, SHARED.2, ("Reconciling", "True", "Updating")).await?;
    assert!(message(&waits, "Reconciling").contains("ResourceConfiguration"), "{waits:#}");
    world.merge(MCP.0, MCP.1, MCP.2, json!({"spec": {"suspend": false}})).await?;
    allow_what_is_asked(&world, SHARED).await?;
    becomes(&world, SHARED, "/status/observed/replacement/current", json!(2)).await?;
    becomes(&world, SHARED, "/status/observed/replacement/retiring", Value::Null).await?;
    let left = world.aws.objects(ObjectKind::ResourceGateway);
    assert_eq!(left.len(), 1, "{left:#?}");
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    everything_can_be_deleted(&world).await
}
