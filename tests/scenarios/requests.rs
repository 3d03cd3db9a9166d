//! Asking for a look now: the annotation, its echo, and what such a look finds that others do not look for.

use lab::aws::ObjectKind;
use lab::world::{PATIENCE, World, WorldOptions};
use serde_json::{Value, json};

use crate::ledger::{of, operations};
use crate::manifests::{RESOURCE_GATEWAY, SMALL_GATEWAY, public_target};
use crate::stage::{MCP, Stage};
use crate::support::{becomes, in_aws, sweeps, text, world};

const OURS: &str = "tools.agentcore.dev/reconcile-requested-at";
const FLUX: &str = "reconcile.fluxcd.io/requestedAt";

async fn ask(
    world: &World,
    (kind, namespace, name): (&str, &str, &str),
    annotation: &str,
    value: &str,
) -> anyhow::Result<Value> {
    let patch = json!({"metadata": {"annotations": {annotation: value}}});
    world.merge(kind, namespace, name, patch).await?;
    becomes(world, (kind, namespace, name), "/status/lastHandledReconcileAt", json!(value)).await
}

#[tokio::test]
async fn a_request_is_answered_with_a_full_look() -> anyhow::Result<()> {
    let world = world("requests").await?;
    world.apply(&[SMALL_GATEWAY, &public_target("platform", "one"), RESOURCE_GATEWAY].join("---")).await?;
    let objects = [
        (("Gateway", "platform", "agents"), "GetGateway"),
        (("GatewayTarget", "platform", "one"), "GetGatewayTarget"),
        (("ResourceGateway", "platform", "shared-rg"), "GetResourceGateway"),
    ];
    for (object, _) in objects {
        world.ready(object.0, object.1, object.2).await?;
    }
    sweeps(&world, 2).await?;
    for (object, get) in objects {
        for annotation in [OURS, FLUX] {
            let mark = world.aws.mark();
            let answered = ask(&world, object, annotation, annotation).await?;
            assert_eq!(answered["metadata"]["generation"], 1, "nothing was edited");
            assert_eq!(of(&world.aws.calls_since(mark), get).len(), 1, "{object:?}");
            assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
            world.ready(object.0, object.1, object.2).await?;
            let gone = json!({"metadata": {"annotations": {annotation: null}}});
            world.merge(object.0, object.1, object.2, gone).await?;
        }
    }
    Ok(())
}

/// Tags are not in lists: a marker that somebody removed is found when a person asks, and put back; other tags stay as they are.
#[tokio::test]
async fn a_lost_marker_is_put_back() -> anyhow::Result<()> {
    let world = world("requests-marker").await?;
    world.apply(&[SMALL_GATEWAY, RESOURCE_GATEWAY].join("---")).await?;
    for (kind, aws_kind, name, id) in [
        ("Gateway", ObjectKind::Gateway, "agents", "/status/gatewayId"),
        ("ResourceGateway", ObjectKind::ResourceGateway, "shared-rg", "/status/resourceGatewayId"),
    ] {
        let ready = world.ready(kind, "platform", name).await?;
        let id = text(&ready, id)?.to_owned();
        let member = if kind == "Gateway" { "gatewayId" } else { "id" };
        let mut expected = in_aws(&world, aws_kind, member, &id)?["tags"].clone();
        assert!(world.aws.edit(aws_kind, &id, |object| object["tags"] = json!({"theirs": "kept"})));
        expected["theirs"] = json!("kept");
        let mark = world.aws.mark();
        ask(&world, (kind, "platform", name), OURS, "now").await?;
        world.ready(kind, "platform", name).await?;
        sweeps(&world, 1).await?;
        assert_eq!(operations(&world.aws.mutations_since(mark)), ["TagResource"], "{kind}");
        assert_eq!(in_aws(&world, aws_kind, member, &id)?["tags"], expected);
    }
    Ok(())
}

/// A target that is looked at only when something asks for it: what AWS says of its load balancer is believed for hours.
async fn calm_target(name: &str) -> anyhow::Result<Stage> {
    let calm = |mut options: WorldOptions| {
        options
            .operator_arguments
            .retain(|argument| !argument.starts_with("--drift") && !argument.starts_with("--retry"));
        let calm = ["--retry-floor=20ms", "--retry-cap=1s", "--drift-interval=1h"];
        options.operator_arguments.extend(calm.map(str::to_owned));
        options
    };
    let stage = Stage::set_with(name, calm).await?;
    stage.mcp_ready().await?;
    Ok(stage)
}

/// Whoever asks, and however: what AWS says of load balancers and certificates is read again.
#[tokio::test]
async fn a_request_of_either_kind_reads_the_way_again() -> anyhow::Result<()> {
    let stage = calm_target("requests-way").await?;
    let world = &stage.world;
    for annotation in [FLUX, OURS] {
        let mark = world.aws.mark();
        let mut asked = 0;
        // An answer that is only milliseconds old is believed even then.
        let read_again = async || {
            asked += 1;
            ask(world, MCP, annotation, &format!("{annotation} {asked}")).await.ok()?;
            let read = of(&world.aws.calls_since(mark), "DescribeLoadBalancers").len();
            (read > 0).then_some(())
        };
        world.wait_for(&format!("{annotation} has the load balancer read again"), PATIENCE, read_again).await?;
    }
    Ok(())
}

/// A request is answered once. That the other annotation has an older value is no request.
#[tokio::test]
async fn an_answered_request_reads_nothing_again() -> anyhow::Result<()> {
    let stage = calm_target("requests-once").await?;
    let world = &stage.world;
    for annotation in [OURS, FLUX] {
        ask(world, MCP, annotation, annotation).await?;
    }
    let mark = world.aws.mark();
    for minutes in 20..40 {
        let edit = json!({"spec": {"sync": {"interval": format!("{minutes}m")}}});
        let edited = world.merge(MCP.0, MCP.1, MCP.2, edit).await?;
        becomes(world, MCP, "/status/observedGeneration", edited["metadata"]["generation"].clone()).await?;
    }
    assert_eq!(of(&world.aws.calls_since(mark), "DescribeLoadBalancers").len(), 0);
    Ok(())
}
