//! What is in AWS and no object here: it stands in the way, and is named, and is never touched.

use lab::aws::ObjectKind;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{changes, of, operations};
use crate::manifests::{MCP_CONFIGURATION, RESOURCE_GATEWAY, SMALL_GATEWAY, document, public_target};
use crate::support::{message, sweeps, text, verdict, world, world_on};

/// A target as a person makes it.
fn target_of_a_person(gateway: &str, name: &str) -> Value {
    json!({
        "gatewayIdentifier": gateway,
        "name": name,
        "description": "made by hand",
        "targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": document("https://api.example.com")}}},
    })
}

fn configuration_of_a_person(gateway: &str, name: &str) -> Value {
    json!({
        "name": name,
        "type": "SINGLE",
        "resourceGatewayIdentifier": gateway,
        "resourceConfigurationDefinition": {"dnsResource": {"domainName": "internal.example.com", "ipAddressType": "IPV4"}},
        "portRanges": ["443"],
    })
}

#[tokio::test]
async fn what_others_attached_keeps_its_parent() -> anyhow::Result<()> {
    let world = world("guests-attached").await?;
    world.apply(&[SMALL_GATEWAY, RESOURCE_GATEWAY].join("---")).await?;
    let gateway = world.ready("Gateway", "platform", "agents").await?;
    let shared = world.ready("ResourceGateway", "platform", "shared-rg").await?;
    let target = target_of_a_person(text(&gateway, "/status/gatewayId")?, "by-hand");
    let target = world.aws.seed(ObjectKind::GatewayTarget, target);
    let configuration = configuration_of_a_person(text(&shared, "/status/resourceGatewayId")?, "by-hand-rc");
    let configuration = world.aws.seed(ObjectKind::ResourceConfiguration, configuration);
    let mark = world.aws.mark();
    for (kind, name, guest) in [("Gateway", "agents", "by-hand"), ("ResourceGateway", "shared-rg", "by-hand-rc")] {
        world.delete(kind, "platform", name).await?;
        let held = world.has(kind, "platform", name, ("Stalled", "True", "InUse")).await?;
        assert_eq!(verdict(&held, "Ready").as_deref(), Some("False/InUse"));
        assert_eq!(verdict(&held, "Reconciling"), None);
        assert!(message(&held, "Ready").contains(guest), "{guest}: {held:#}");
    }
    assert_eq!(changes(&world.aws.calls_since(mark)), [""; 0]);
    assert!(world.aws.remove(ObjectKind::GatewayTarget, &target));
    assert!(world.aws.remove(ObjectKind::ResourceConfiguration, &configuration));
    world.gone("Gateway", "platform", "agents").await?;
    world.gone("ResourceGateway", "platform", "shared-rg").await?;
    assert_eq!(world.aws.left_over(), [""; 0]);
    Ok(())
}

/// The names that our objects want are taken by what a person made, then by what carries another cluster's marker.
#[tokio::test]
async fn what_has_the_name_is_left_alone_whatever_its_kind() -> anyhow::Result<()> {
    let world = world("guests-named").await?;
    world.apply(&[SMALL_GATEWAY, RESOURCE_GATEWAY].join("---")).await?;
    let gateway = text(&world.ready("Gateway", "platform", "agents").await?, "/status/gatewayId")?.to_owned();
    let shared = world.ready("ResourceGateway", "platform", "shared-rg").await?;
    let shared = text(&shared, "/status/resourceGatewayId")?.to_owned();
    let body = json!({"name": "taken-rg", "vpcIdentifier": "vpc-0a1b2c3d4e5f60718", "tags": {},
        "subnetIds": ["subnet-0a1b2c3d4e5f60a01"], "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"]});
    let seeds = [
        (ObjectKind::GatewayTarget, world.aws.seed(ObjectKind::GatewayTarget, target_of_a_person(&gateway, "one"))),
        (ObjectKind::ResourceGateway, world.aws.seed(ObjectKind::ResourceGateway, body)),
        (
            ObjectKind::ResourceConfiguration,
            world.aws.seed(ObjectKind::ResourceConfiguration, configuration_of_a_person(&shared, "taken-rc")),
        ),
    ];
    // A list that is a moment old may not know of them yet; then a create is sent, and AWS refuses it.
    sweeps(&world, 2).await?;
    let mark = world.aws.mark();
    let other = RESOURCE_GATEWAY.replace("name: shared-rg", "name: other-rg") + "  name: taken-rg\n";
    let all = [public_target("platform", "one"), other, MCP_CONFIGURATION.to_owned() + "  name: taken-rc\n"];
    world.apply(&all.join("---")).await?;
    let objects = [("GatewayTarget", "one"), ("ResourceGateway", "other-rg"), ("ResourceConfiguration", "mcp")];
    are_stalled(&world, objects, "NameTaken").await?;
    for (kind, id) in &seeds {
        assert!(world.aws.edit(*kind, id, |object| {
            if *kind == ObjectKind::GatewayTarget {
                object["description"] = json!("made there k8s:01234567/89abcd-ef0123");
            } else {
                object["tags"] = foreign_marker();
            }
        }));
    }
    are_stalled(&world, objects, "OwnershipConflict").await?;
    let before = seeds.clone().map(|(kind, _)| world.aws.objects(kind));
    sweeps(&world, 3).await?;
    for (kind, name) in objects {
        world.delete(kind, "platform", name).await?;
        world.gone(kind, "platform", name).await?;
    }
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0], "not even tagged");
    assert_eq!(seeds.map(|(kind, _)| world.aws.objects(kind)), before);
    Ok(())
}

async fn are_stalled(world: &World, objects: [(&str, &str); 3], reason: &str) -> anyhow::Result<()> {
    for (kind, name) in objects {
        let stalled = world.has(kind, "platform", name, ("Stalled", "True", reason)).await?;
        assert_eq!(verdict(&stalled, "Ready"), Some(format!("False/{reason}")), "{kind}");
    }
    Ok(())
}

fn foreign_marker() -> Value {
    json!({
        "tools.agentcore.dev/cluster": "elsewhere",
        "tools.agentcore.dev/namespace": "platform",
        "tools.agentcore.dev/name": "mcp",
        "tools.agentcore.dev/uid": "7b0e1c1e-0000-4000-8000-000000000001",
    })
}

/// Card D20, variant (i): a quota that is used up is for a person, and AWS is not asked over and over.
#[tokio::test]
async fn a_quota_that_is_used_up_is_told() -> anyhow::Result<()> {
    let world = world_on("guests-quota", |aws| aws.limits.targets_per_gateway = 1).await?;
    world.apply(&[SMALL_GATEWAY, &public_target("platform", "first")].join("---")).await?;
    world.ready("GatewayTarget", "platform", "first").await?;
    let mark = world.aws.mark();
    world.apply(&public_target("platform", "second")).await?;
    let stalled = world.has("GatewayTarget", "platform", "second", ("Stalled", "True", "QuotaExceeded")).await?;
    assert_eq!(verdict(&stalled, "Programmed").as_deref(), Some("False/QuotaExceeded"));
    assert!(message(&stalled, "Ready").contains("quota"), "AWS's own words: {stalled:#}");
    sweeps(&world, 4).await?;
    let tries = of(&world.aws.calls_since(mark), "CreateGatewayTarget").len();
    assert!(tries <= 8, "{tries} tries in about four sweeps: no more than one look each, and no storm");
    world.delete("GatewayTarget", "platform", "first").await?;
    world.gone("GatewayTarget", "platform", "first").await?;
    world.ready("GatewayTarget", "platform", "second").await?;
    Ok(())
}

/// The operator hands roles on: those of other accounts only when it was told so.
#[tokio::test]
async fn a_role_that_is_not_ours_is_refused_without_asking_aws() -> anyhow::Result<()> {
    let world = world("guests-role").await?;
    world.apply(&SMALL_GATEWAY.replace("111122223333", "444455556666")).await?;
    let refused = world.has("Gateway", "platform", "agents", ("Accepted", "False", "RoleNotAllowed")).await?;
    assert_eq!(verdict(&refused, "Stalled").as_deref(), Some("True/RoleNotAllowed"));
    assert!(message(&refused, "Ready").contains("444455556666"), "{refused:#}");
    let role = json!({"spec": {"roleArn": "arn:aws:iam::111122223333:role/AgentCoreGatewayRole"}});
    assert_eq!(of(&world.aws.calls(), "CreateGateway").len(), 0);
    world.merge("Gateway", "platform", "agents", role).await?;
    world.ready("Gateway", "platform", "agents").await?;
    Ok(())
}
