//! Asking for a look now: the annotation, its echo, and what such a look finds that others do not look for.

use lab::aws::ObjectKind;
use lab::world::{PATIENCE, World, WorldOptions};
use serde_json::{Value, json};

use crate::ledger::{of, operations};
use crate::manifests::{RESOURCE_GATEWAY, SMALL_GATEWAY, public_target};
use crate::stage::{MCP, Stage};
use crate::support::{becomes, in_aws, sweeps, text, world};

const OURS: &str = "tools.agentcore.dev/reconcile-requested-at";
const RESEND: &str = "tools.agentcore.dev/resend-requested-at";
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

/// AWS reads schemas in S3, secrets and exports only when an object is sent: whoever changed one of those asks for it, once.
#[tokio::test]
async fn what_was_asked_to_be_sent_once_more_is_sent_whole_and_once() -> anyhow::Result<()> {
    let world = world("requests-resend").await?;
    world.apply(&[SMALL_GATEWAY, &public_target("platform", "one"), RESOURCE_GATEWAY].join("---")).await?;
    let objects = [
        (("Gateway", "platform", "agents"), vec!["UpdateGateway"]),
        (("GatewayTarget", "platform", "one"), vec!["UpdateGatewayTarget"]),
        // What AWS changes member by member has nothing that it would read again.
        (("ResourceGateway", "platform", "shared-rg"), vec![]),
    ];
    for (object, _) in &objects {
        world.ready(object.0, object.1, object.2).await?;
    }
    sweeps(&world, 2).await?;
    for (object, expected) in objects {
        let before = world.get(object.0, object.1, object.2).await?;
        for value in ["one", "two"] {
            let mark = world.aws.mark();
            let asked = json!({"metadata": {"annotations": {RESEND: value}}});
            world.merge(object.0, object.1, object.2, asked).await?;
            sweeps(&world, 3).await?;
            let after = world.ready(object.0, object.1, object.2).await?;
            let changes = world.aws.mutations_since(mark);
            assert_eq!(operations(&changes), expected, "{object:?} {value}");
            if let Some(update) = changes.first() {
                assert!(
                    update.input.get("roleArn").or(update.input.get("targetConfiguration")).is_some(),
                    "{update:#?}"
                );
            }
            assert_eq!(after["metadata"]["generation"], before["metadata"]["generation"], "nothing was edited");
        }
    }
    Ok(())
}

/// What is made with the annotation was just sent.
#[tokio::test]
async fn what_is_made_is_not_sent_once_more() -> anyhow::Result<()> {
    let world = world("requests-resend-made").await?;
    let annotated = SMALL_GATEWAY.replacen("metadata:\n", &format!("metadata:\n  annotations: {{{RESEND}: now}}\n"), 1);
    anyhow::ensure!(annotated.contains(RESEND), "the manifest has no such line: {annotated}");
    world.apply(&annotated).await?;
    world.ready("Gateway", "platform", "agents").await?;
    sweeps(&world, 2).await?;
    assert_eq!(operations(&world.aws.mutations_since(0)), ["CreateGateway"]);
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
