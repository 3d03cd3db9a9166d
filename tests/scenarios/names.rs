//! Names: those of Kubernetes made legal in AWS, and two objects that want the same one.

use jiff::{SignedDuration, Timestamp};
use lab::aws::ObjectKind;
use lab::world::{PATIENCE, World};
use serde_json::{Value, json};

use crate::ledger::{of, operations};
use crate::manifests::{GATEWAY, RESOURCE_GATEWAY, SMALL_GATEWAY, public_target};
use crate::support::{gateway, in_aws, message, sweeps, text, verdict, world};

/// AWS knows letters, digits and single hyphens: a hash keeps names apart that would be the same.
#[tokio::test]
async fn names_are_made_legal_and_stay_apart() -> anyhow::Result<()> {
    let world = world("names-legal").await?;
    let dotted = SMALL_GATEWAY.replace("name: agents", "name: my.agents");
    world.apply(&dotted).await?;
    world.ready("Gateway", "platform", "my.agents").await?;
    let long = "long-".repeat(28) + "name";
    let names = ["tools.v1", "tools-v1", "tools--v1", &long];
    for name in names {
        world
            .apply(
                &public_target("platform", name).replace("gatewayRef: {name: agents", "gatewayRef: {name: my.agents"),
            )
            .await?;
    }
    world.apply(&RESOURCE_GATEWAY.replace("shared-rg", "shared.rg")).await?;
    let mut in_aws = Vec::new();
    for name in names {
        let target = world.ready("GatewayTarget", "platform", name).await?;
        in_aws.push(text(&target, "/status/name")?.to_owned());
    }
    world.ready("ResourceGateway", "platform", "shared.rg").await?;
    let known = |kind| -> Vec<String> {
        world.aws.objects(kind).iter().filter_map(|object| object["name"].as_str().map(str::to_owned)).collect()
    };
    is_hashed(&known(ObjectKind::Gateway)[0], "my-agents");
    is_hashed(&in_aws[0], "tools-v1");
    assert_eq!(in_aws[1], "tools-v1");
    is_hashed(&in_aws[2], "tools-v1");
    assert_ne!(in_aws[0], in_aws[2]);
    assert!(in_aws[3].len() <= 100 && in_aws[3].starts_with("long-long-"), "{}", in_aws[3]);
    let mut targets = known(ObjectKind::GatewayTarget);
    targets.sort();
    in_aws.sort();
    assert_eq!(targets, in_aws);
    let lattice = &known(ObjectKind::ResourceGateway)[0];
    assert!(lattice.starts_with("k8s-names-legal-platform-shared-"), "{lattice}");
    Ok(())
}

fn is_hashed(name: &str, readable: &str) {
    let hash = name.strip_prefix(readable).and_then(|rest| rest.strip_prefix('-')).unwrap_or_default();
    assert!(
        hash.len() == 8 && hash.chars().all(|letter| letter.is_ascii_hexdigit()),
        "{name} is {readable} and a hash"
    );
}

/// The name that a spec gives is taken as it is, and agents see it.
#[tokio::test]
async fn a_name_of_ones_own_is_used() -> anyhow::Result<()> {
    let world = world("names-own").await?;
    world.apply(&format!("{SMALL_GATEWAY}  name: Search-Tools\n")).await?;
    world.apply(&format!("{}  name: Payments\n", public_target("platform", "one"))).await?;
    world.apply(&format!("{RESOURCE_GATEWAY}  name: the-way-in\n")).await?;
    let target = world.ready("GatewayTarget", "platform", "one").await?;
    assert_eq!(target["status"]["name"], "Payments");
    world.ready("ResourceGateway", "platform", "shared-rg").await?;
    in_aws(&world, ObjectKind::Gateway, "name", "Search-Tools")?;
    in_aws(&world, ObjectKind::GatewayTarget, "name", "Payments")?;
    in_aws(&world, ObjectKind::ResourceGateway, "name", "the-way-in")?;
    Ok(())
}

/// Waits until an object that is made now is younger than this one, as far as Kubernetes can tell.
async fn is_history(world: &World, object: &Value) -> anyhow::Result<()> {
    let made: Timestamp = text(object, "/metadata/creationTimestamp")?.parse()?;
    let then = made.checked_add(SignedDuration::from_secs(1))?;
    let look = async || (Timestamp::now() >= then).then_some(());
    world.wait_for("the next second", PATIENCE, look).await
}

/// Nobody has the name yet, and both are woken at once.
#[tokio::test]
async fn the_oldest_of_two_has_the_name() -> anyhow::Result<()> {
    let world = world("names-oldest").await?;
    let older = world.apply(&public_target("rest-api", "payments")).await?.remove(0);
    is_history(&world, &older).await?;
    world.apply(&public_target("mcp-server", "payments")).await?;
    world.has("GatewayTarget", "mcp-server", "payments", ("ResolvedRefs", "False", "ReferenceNotFound")).await?;
    gateway(&world).await?;
    let first = world.ready("GatewayTarget", "rest-api", "payments").await?;
    let second = world.has("GatewayTarget", "mcp-server", "payments", ("Stalled", "True", "NameTaken")).await?;
    assert_eq!(verdict(&second, "Ready").as_deref(), Some("False/NameTaken"));
    sweeps(&world, 3).await?;
    assert_eq!(of(&world.aws.calls(), "CreateGatewayTarget").len(), 1);
    the_other_takes_over(&world, &first).await
}

async fn the_other_takes_over(world: &World, first: &Value) -> anyhow::Result<()> {
    let mark = world.aws.mark();
    world.delete("GatewayTarget", "rest-api", "payments").await?;
    world.gone("GatewayTarget", "rest-api", "payments").await?;
    let second = world.ready("GatewayTarget", "mcp-server", "payments").await?;
    assert_ne!(second["status"]["targetId"], first["status"]["targetId"]);
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["DeleteGatewayTarget", "CreateGatewayTarget"]);
    Ok(())
}

/// The name is in use in AWS already, in another namespace; the same of gateways.
#[tokio::test]
async fn a_name_in_use_is_waited_for() -> anyhow::Result<()> {
    let world = world("names-taken").await?;
    gateway(&world).await?;
    let mark = world.aws.mark();
    world.apply(&GATEWAY.replace("namespace: platform", "namespace: rest-api")).await?;
    let second = world.has("Gateway", "rest-api", "agents", ("Stalled", "True", "NameTaken")).await?;
    assert!(message(&second, "Ready").contains("spec.name"), "says what to do: {second:#}");
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    let first = in_aws(&world, ObjectKind::Gateway, "name", "agents")?;
    world.delete("Gateway", "platform", "agents").await?;
    world.gone("Gateway", "platform", "agents").await?;
    let second = world.ready("Gateway", "rest-api", "agents").await?;
    assert_ne!(second["status"]["gatewayId"], first["gatewayId"]);
    // Deleting one that never had the name leaves the other's gateway alone.
    world.apply(&GATEWAY.replace("namespace: platform", "namespace: mcp-server")).await?;
    world.has("Gateway", "mcp-server", "agents", ("Stalled", "True", "NameTaken")).await?;
    let mark = world.aws.mark();
    world.delete("Gateway", "mcp-server", "agents").await?;
    world.gone("Gateway", "mcp-server", "agents").await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    world.ready("Gateway", "rest-api", "agents").await?;
    Ok(())
}

/// What a person, or another cluster, made under our name is left alone, and so when the object is deleted.
#[tokio::test]
async fn what_others_made_under_the_name_is_left_alone() -> anyhow::Result<()> {
    let world = world("names-foreign").await?;
    let role = "arn:aws:iam::111122223333:role/AgentCoreGatewayRole";
    let body =
        json!({"name": "agents", "roleArn": role, "authorizerType": "AWS_IAM", "protocolType": "MCP", "tags": {}});
    let id = world.aws.seed(ObjectKind::Gateway, body);
    world.apply(SMALL_GATEWAY).await?;
    world.has("Gateway", "platform", "agents", ("Stalled", "True", "NameTaken")).await?;
    let marker = json!({
        "tools.agentcore.dev/cluster": "elsewhere",
        "tools.agentcore.dev/namespace": "platform",
        "tools.agentcore.dev/name": "agents",
        "tools.agentcore.dev/uid": "7b0e1c1e-0000-4000-8000-000000000001",
    });
    assert!(world.aws.edit(ObjectKind::Gateway, &id, |gateway| gateway["tags"] = marker));
    let conflict = world.has("Gateway", "platform", "agents", ("Stalled", "True", "OwnershipConflict")).await?;
    assert!(message(&conflict, "Ready").contains("elsewhere"), "{conflict:#}");
    let before = world.aws.objects(ObjectKind::Gateway);
    sweeps(&world, 2).await?;
    world.delete("Gateway", "platform", "agents").await?;
    world.gone("Gateway", "platform", "agents").await?;
    assert_eq!(operations(&world.aws.mutations()), [""; 0]);
    assert_eq!(world.aws.objects(ObjectKind::Gateway), before);
    Ok(())
}
