//! Card D18, as far as it goes without looking at AWS: AWS's silent default group is never used unnoticed.

use serde_json::json;

use crate::ledger::{asked, of, only, operations};
use crate::manifests::{MANAGED_TARGET, RESOURCE_GATEWAY, managed_network};
use crate::support::{everyday_server, gateway, message, sweeps, verdict, world, world_with};

const GROUPS: &str = "securityGroupIds: [sg-0a1b2c3d4e5f60b02]";

fn without_groups(manifest: &str) -> String {
    manifest.split_inclusive('\n').filter(|line| !line.contains(GROUPS)).collect()
}

#[tokio::test]
async fn without_a_group_nothing_is_made() -> anyhow::Result<()> {
    let world = world("groups-none").await?;
    let _server = everyday_server(&world).await?;
    gateway(&world).await?;
    let mark = world.aws.mark();
    world.apply(&[without_groups(MANAGED_TARGET), without_groups(RESOURCE_GATEWAY)].join("---")).await?;
    for (kind, namespace, name, member) in [
        ("GatewayTarget", "mcp-server", "eks-mcp-server", "privateEndpoint.managedVpcResource.securityGroupIds"),
        ("ResourceGateway", "platform", "shared-rg", "spec.securityGroupIds"),
    ] {
        let stalled = world.has(kind, namespace, name, ("Stalled", "True", "SecurityGroupRequired")).await?;
        assert_eq!(verdict(&stalled, "Ready").as_deref(), Some("False/SecurityGroupRequired"));
        assert!(message(&stalled, "Ready").contains(member), "{stalled:#}");
        assert!(message(&stalled, "Ready").contains("--default-security-group-ids"), "{stalled:#}");
    }
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    world.apply(MANAGED_TARGET).await?;
    world.ready("GatewayTarget", "mcp-server", "eks-mcp-server").await?;
    Ok(())
}

#[tokio::test]
async fn the_operators_groups_stand_in() -> anyhow::Result<()> {
    let world =
        world_with("groups-default", &["--default-security-group-ids=sg-0a1b2c3d4e5f60b07,sg-0a1b2c3d4e5f60b08"])
            .await?;
    let _server = everyday_server(&world).await?;
    gateway(&world).await?;
    let defaults = json!(["sg-0a1b2c3d4e5f60b07", "sg-0a1b2c3d4e5f60b08"]);
    let own = MANAGED_TARGET.replace("name: eks-mcp-server", "name: with-own-groups");
    world.apply(&[without_groups(MANAGED_TARGET), own, without_groups(RESOURCE_GATEWAY)].join("---")).await?;
    for name in ["eks-mcp-server", "with-own-groups"] {
        world.ready("GatewayTarget", "mcp-server", name).await?;
    }
    world.ready("ResourceGateway", "platform", "shared-rg").await?;
    let calls = world.aws.mutations();
    let mut network = managed_network();
    network["managedVpcResource"]["securityGroupIds"] = defaults.clone();
    for create in of(&calls, "CreateGatewayTarget") {
        let asked = asked(create)?;
        let expected = if asked["name"] == "with-own-groups" { managed_network() } else { network.clone() };
        assert_eq!(asked["privateEndpoint"], expected);
    }
    assert_eq!(asked(only(&calls, "CreateResourceGateway")?)?["securityGroupIds"], defaults);
    Ok(())
}
