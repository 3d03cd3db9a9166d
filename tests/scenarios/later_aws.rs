//! What a later AWS may answer: states that nobody knows today are waited out, and nothing is sent meanwhile.

use lab::aws::ObjectKind;
use serde_json::json;

use crate::ledger::operations;
use crate::manifests::{MCP_CONFIGURATION, RESOURCE_GATEWAY, SMALL_GATEWAY, public_target};
use crate::support::{message, sweeps, text, verdict, world};

#[tokio::test]
async fn a_state_that_is_not_known_is_waited_out() -> anyhow::Result<()> {
    let world = world("later-state").await?;
    let target = public_target("platform", "one");
    world.apply(&[SMALL_GATEWAY, RESOURCE_GATEWAY, MCP_CONFIGURATION, &target].join("---")).await?;
    let rows = [
        ("GatewayTarget", "one", ObjectKind::GatewayTarget, "/status/targetId", "READY"),
        ("Gateway", "agents", ObjectKind::Gateway, "/status/gatewayId", "READY"),
        (
            "ResourceConfiguration",
            "mcp",
            ObjectKind::ResourceConfiguration,
            "/status/resourceConfigurationId",
            "ACTIVE",
        ),
        ("ResourceGateway", "shared-rg", ObjectKind::ResourceGateway, "/status/resourceGatewayId", "ACTIVE"),
    ];
    for (kind, name, ..) in rows {
        world.ready(kind, "platform", name).await?;
    }
    for (kind, name, in_aws, id, steady) in rows {
        let ready = world.ready(kind, "platform", name).await?;
        let id = text(&ready, id)?;
        let mark = world.aws.mark();
        assert!(world.aws.set_status(in_aws, id, "HIBERNATING", &[]));
        let waiting = world.has(kind, "platform", name, ("Reconciling", "True", "Updating")).await?;
        assert!(message(&waiting, "Reconciling").contains("HIBERNATING"), "{waiting:#}");
        assert_eq!(verdict(&waiting, "Ready").as_deref(), Some("True/Settled"), "{kind}: it is not known to fail");
        world
            .merge(
                kind,
                "platform",
                name,
                json!({"metadata": {"annotations": {"tools.agentcore.dev/reconcile-requested-at": "now"}}}),
            )
            .await?;
        sweeps(&world, 3).await?;
        assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0], "{kind}");
        assert!(world.aws.set_status(in_aws, id, steady, &[]));
        let is_settled = async || {
            let object = world.get(kind, "platform", name).await.ok()?;
            (verdict(&object, "Reconciling").is_none() && verdict(&object, "Ready")? == "True/Settled").then_some(())
        };
        world.wait_for(&format!("{kind} is settled again"), lab::world::PATIENCE, is_settled).await?;
    }
    Ok(())
}
