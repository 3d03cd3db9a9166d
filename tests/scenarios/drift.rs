//! Drift: what somebody changed or deleted in AWS is put back.

use lab::aws::{Call, ObjectKind};
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, of, only, operations};
use crate::manifests::{
    MANAGED_TARGET, MCP_CONFIGURATION, RESOURCE_GATEWAY, SELF_MANAGED_TARGET, SMALL_GATEWAY, managed_network,
    public_target,
};
use crate::support::{
    becomes, called, everyday_server, gateway, in_aws, message, sweeps, text, verdict, world, world_on,
};

/// The mutating calls after a mark, once there was one of this operation and nothing more happened for a while.
async fn answered(world: &World, mark: usize, operation: &str) -> anyhow::Result<Vec<Call>> {
    called(world, mark, operation, 1).await?;
    sweeps(world, 3).await?;
    Ok(world.aws.mutations_since(mark))
}

#[tokio::test]
async fn an_edited_target_is_put_back() -> anyhow::Result<()> {
    let world = world("drift-target").await?;
    let _server = everyday_server(&world).await?;
    gateway(&world).await?;
    world.apply(MANAGED_TARGET).await?;
    let ready = world.ready("GatewayTarget", "mcp-server", "eks-mcp-server").await?;
    let id = text(&ready, "/status/targetId")?;
    let before = in_aws(&world, ObjectKind::GatewayTarget, "targetId", id)?;
    let mark = world.aws.mark();
    assert!(world.aws.edit(ObjectKind::GatewayTarget, id, |target| {
        target["description"] = json!("no marker any more");
        target["targetConfiguration"]["mcp"]["mcpServer"]["endpoint"] = json!("https://internal.example.com/else/mcp");
    }));
    let calls = answered(&world, mark, "UpdateGatewayTarget").await?;
    assert_eq!(operations(&calls), ["UpdateGatewayTarget"]);
    let expected = json!({
        "gatewayIdentifier": ready["status"]["gatewayId"],
        "targetId": id,
        "name": "eks-mcp-server",
        "targetConfiguration": before["targetConfiguration"],
        "privateEndpoint": managed_network(),
    });
    assert_eq!(asked(&calls[0])?, expected);
    let after = in_aws(&world, ObjectKind::GatewayTarget, "targetId", id)?;
    assert_eq!(after["description"], before["description"]);
    world.ready("GatewayTarget", "mcp-server", "eks-mcp-server").await?;
    Ok(())
}

#[tokio::test]
async fn an_edited_gateway_and_lattice_objects_are_put_back() -> anyhow::Result<()> {
    let world = world("drift-others").await?;
    let described = format!("{SMALL_GATEWAY}  description: Ours\n");
    world.apply(&[&described, RESOURCE_GATEWAY, MCP_CONFIGURATION].join("---")).await?;
    let gateway = world.ready("Gateway", "platform", "agents").await?;
    let configuration = world.ready("ResourceConfiguration", "platform", "mcp").await?;
    let shared = world.ready("ResourceGateway", "platform", "shared-rg").await?;

    let mark = world.aws.mark();
    let id = text(&gateway, "/status/gatewayId")?;
    assert!(world.aws.edit(ObjectKind::Gateway, id, |gateway| gateway["description"] = json!("Theirs")));
    let calls = answered(&world, mark, "UpdateGateway").await?;
    assert_eq!(operations(&calls), ["UpdateGateway"]);
    let expected = json!({
        "gatewayIdentifier": id,
        "name": "agents",
        "description": "Ours",
        "roleArn": "arn:aws:iam::111122223333:role/AgentCoreGatewayRole",
        "protocolType": "MCP",
        // AWS filled them in, and resets what an update does not say.
        "protocolConfiguration": in_aws(&world, ObjectKind::Gateway, "gatewayId", id)?["protocolConfiguration"],
        "authorizerType": "AWS_IAM",
    });
    assert_eq!(asked(&calls[0])?, expected);

    let mark = world.aws.mark();
    let id = text(&shared, "/status/resourceGatewayId")?;
    let groups = |groups: Value| move |gateway: &mut Value| gateway["securityGroupIds"] = groups;
    assert!(world.aws.edit(ObjectKind::ResourceGateway, id, groups(json!(["sg-0a1b2c3d4e5f60b09"]))));
    let calls = answered(&world, mark, "UpdateResourceGateway").await?;
    assert_eq!(operations(&calls), ["UpdateResourceGateway"]);
    let expected = json!({"resourceGatewayIdentifier": id, "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"]});
    assert_eq!(asked(&calls[0])?, expected);

    let mark = world.aws.mark();
    let id = text(&configuration, "/status/resourceConfigurationId")?;
    assert!(world.aws.edit(ObjectKind::ResourceConfiguration, id, |it| it["portRanges"] = json!(["80"])));
    let calls = answered(&world, mark, "UpdateResourceConfiguration").await?;
    assert_eq!(operations(&calls), ["UpdateResourceConfiguration"]);
    assert_eq!(asked(&calls[0])?, json!({"resourceConfigurationIdentifier": id, "portRanges": ["443"]}));
    Ok(())
}

/// Waits until the object is Ready with another id, and answers with that.
async fn made_again(
    world: &World,
    (kind, namespace, name): (&str, &str, &str),
    id: &str,
    before: &Value,
) -> anyhow::Result<String> {
    let look = async || {
        let object = world.find(kind, namespace, name).await.ok().flatten().filter(lab::objects::is_ready)?;
        let now = object.pointer(id)?.as_str()?.to_owned();
        (Some(now.as_str()) != before.pointer(id).and_then(Value::as_str)).then_some(now)
    };
    world.wait_for(&format!("{kind} {namespace}/{name} is made again"), lab::world::PATIENCE, look).await
}

#[tokio::test]
async fn a_deleted_target_is_made_again() -> anyhow::Result<()> {
    let world = world("drift-gone-target").await?;
    world.apply(SMALL_GATEWAY).await?;
    world.apply(&public_target("platform", "one")).await?;
    let before = world.ready("GatewayTarget", "platform", "one").await?;
    let mark = world.aws.mark();
    assert!(world.aws.remove(ObjectKind::GatewayTarget, text(&before, "/status/targetId")?));
    made_again(&world, ("GatewayTarget", "platform", "one"), "/status/targetId", &before).await?;
    is_one_create_with_another_token(&world, mark, "CreateGatewayTarget")
}

#[tokio::test]
async fn a_deleted_resource_gateway_is_made_again() -> anyhow::Result<()> {
    let world = world("drift-gone-rg").await?;
    world.apply(RESOURCE_GATEWAY).await?;
    let before = world.ready("ResourceGateway", "platform", "shared-rg").await?;
    let mark = world.aws.mark();
    assert!(world.aws.remove(ObjectKind::ResourceGateway, text(&before, "/status/resourceGatewayId")?));
    made_again(&world, ("ResourceGateway", "platform", "shared-rg"), "/status/resourceGatewayId", &before).await?;
    is_one_create_with_another_token(&world, mark, "CreateResourceGateway")
}

/// The same body, and a token that AWS has not seen: one that it has seen makes nothing.
fn is_one_create_with_another_token(world: &World, mark: usize, operation: &str) -> anyhow::Result<()> {
    assert_eq!(operations(&world.aws.mutations_since(mark)), [operation]);
    let all = world.aws.calls();
    let creates = of(&all, operation);
    assert_eq!(creates.len(), 2);
    assert_eq!(asked(creates[0])?, asked(creates[1])?);
    assert_ne!(creates[0].input["clientToken"], creates[1].input["clientToken"]);
    Ok(())
}

/// What goes through a resource configuration follows it.
#[tokio::test]
async fn a_deleted_resource_configuration_is_made_again_and_its_target_follows() -> anyhow::Result<()> {
    let world = world("drift-gone-rc").await?;
    let _server = everyday_server(&world).await?;
    gateway(&world).await?;
    world.apply(&[RESOURCE_GATEWAY, MCP_CONFIGURATION, SELF_MANAGED_TARGET].join("---")).await?;
    let target = world.ready("GatewayTarget", "mcp-server", "eks-mcp-server").await?;
    let before = world.get("ResourceConfiguration", "platform", "mcp").await?;
    let mark = world.aws.mark();
    assert!(world.aws.remove(ObjectKind::ResourceConfiguration, text(&before, "/status/resourceConfigurationId")?));
    let object = ("ResourceConfiguration", "platform", "mcp");
    made_again(&world, object, "/status/resourceConfigurationArn", &before).await?;
    let calls = answered(&world, mark, "UpdateGatewayTarget").await?;
    assert_eq!(operations(&calls), ["CreateResourceConfiguration", "UpdateGatewayTarget"]);
    let update = asked(only(&calls, "UpdateGatewayTarget")?)?;
    let now =
        world.get("ResourceConfiguration", "platform", "mcp").await?["status"]["resourceConfigurationArn"].clone();
    let endpoint = json!({"selfManagedLatticeResource": {"resourceConfigurationIdentifier": now}});
    assert_eq!(update["privateEndpoint"], endpoint);
    let object = ("GatewayTarget", "mcp-server", "eks-mcp-server");
    becomes(&world, object, "/status/targetId", target["status"]["targetId"].clone()).await?;
    world.ready(object.0, object.1, object.2).await?;
    Ok(())
}

/// A member that the SDK drops would be gone after an update. So none is sent, whatever the spec says, until it is gone by other hands.
#[tokio::test]
async fn what_this_version_does_not_know_is_not_taken_away() -> anyhow::Result<()> {
    let world = world("drift-unknown").await?;
    let gateway = gateway(&world).await?;
    let id = text(&gateway, "/status/gatewayId")?;
    let authority = json!([{"s3": {"uri": "s3://platform-files/agents/ca.pem"}}]);
    let rows = [
        ("", "domainOverride", json!({"default": "tools.example.com"})),
        ("/authorizerConfiguration/customJWTAuthorizer", "certificateConfigurations", authority),
    ];
    for (parent, member, value) in rows {
        let edit = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
            world.aws.edit(ObjectKind::Gateway, id, |object| {
                if let Some(parent) = object.pointer_mut(parent).and_then(Value::as_object_mut) {
                    change(parent);
                }
            })
        };
        assert!(edit(&|parent| drop(parent.insert(member.to_owned(), value.clone()))));
        let mark = world.aws.mark();
        world.merge("Gateway", "platform", "agents", json!({"spec": {"description": member}})).await?;
        let stalled = world.has("Gateway", "platform", "agents", ("Stalled", "True", "UnknownMembers")).await?;
        let path = format!("{parent}/{member}").trim_start_matches('/').replace('/', ".");
        assert!(message(&stalled, "Stalled").contains(&path), "{stalled:#}");
        assert_eq!(verdict(&stalled, "Ready").as_deref(), Some("True/Settled"), "the old configuration serves");
        sweeps(&world, 3).await?;
        assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
        assert!(edit(&|parent| drop(parent.remove(member))));
        let healed = world.ready("Gateway", "platform", "agents").await?;
        assert_eq!(verdict(&healed, "Stalled"), None);
        assert_eq!(operations(&world.aws.mutations_since(mark)), ["UpdateGateway"]);
    }
    Ok(())
}

/// VPC Lattice does not say when it changed what it lists. Then the list settles nothing, but nothing is read more often than drift is
/// looked for.
#[tokio::test]
async fn drift_is_seen_where_aws_tells_no_time() -> anyhow::Result<()> {
    let world = world_on("drift-times", |aws| aws.lattice_times = false).await?;
    world.apply(&[RESOURCE_GATEWAY, MCP_CONFIGURATION].join("---")).await?;
    let rest = world.ready("ResourceConfiguration", "platform", "mcp").await?;
    let shared = world.ready("ResourceGateway", "platform", "shared-rg").await?;
    sweeps(&world, 4).await?;
    let mark = world.aws.mark();
    sweeps(&world, 8).await?;
    let calls = world.aws.calls_since(mark);
    for get in ["GetResourceGateway", "GetResourceConfiguration"] {
        let looks = of(&calls, get).len();
        assert!((2..=10).contains(&looks), "{get} was called {looks} times in eight sweeps");
    }
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);

    let id = text(&rest, "/status/resourceConfigurationId")?;
    assert!(world.aws.edit(ObjectKind::ResourceConfiguration, id, |it| it["portRanges"] = json!(["80"])));
    called(&world, mark, "UpdateResourceConfiguration", 1).await?;
    let id = text(&shared, "/status/resourceGatewayId")?;
    let groups = json!(["sg-0a1b2c3d4e5f60b09"]);
    assert!(world.aws.edit(ObjectKind::ResourceGateway, id, |it| it["securityGroupIds"] = groups));
    called(&world, mark, "UpdateResourceGateway", 1).await?;
    world.ready("ResourceConfiguration", "platform", "mcp").await?;
    world.ready("ResourceGateway", "platform", "shared-rg").await?;
    Ok(())
}
