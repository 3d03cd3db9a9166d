//! Asking for a look now: the annotation, its echo, and what such a look finds that others do not look for.

use lab::aws::ObjectKind;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{of, operations};
use crate::manifests::{RESOURCE_GATEWAY, SMALL_GATEWAY, public_target};
use crate::support::{becomes, in_aws, sweeps, text, world};

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
        for annotation in ["tools.agentcore.dev/reconcile-requested-at", "reconcile.fluxcd.io/requestedAt"] {
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
    let annotation = "tools.agentcore.dev/reconcile-requested-at";
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
        ask(&world, (kind, "platform", name), annotation, "now").await?;
        world.ready(kind, "platform", name).await?;
        sweeps(&world, 1).await?;
        assert_eq!(operations(&world.aws.mutations_since(mark)), ["TagResource"], "{kind}");
        assert_eq!(in_aws(&world, aws_kind, member, &id)?["tags"], expected);
    }
    Ok(())
}
