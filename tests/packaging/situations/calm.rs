//! Situations of an AWS in which nothing goes wrong.

use lab::aws::ObjectKind;
use serde_json::{Value, json};

use super::manifests::{NAMESPACE, object, object_with, private_gateway, private_target};
use super::stage::Stage;
use super::{ALL, REFERRED_TO};

#[tokio::test]
async fn nothing_goes_wrong() -> anyhow::Result<()> {
    let stage = Stage::set("calm", |_| {}).await?;
    stage.parents().await?;
    // What is needed below, all at once: AWS is slower than the rest.
    let needed = ["resting", "failing"].into_iter().flat_map(|name| ALL.iter().map(move |kind| object(kind, name)));
    stage.apply(needed.chain([object("ResourceGateway", "other"), object("Gateway", "lost")])).await?;
    for name in ["resting", "failing"] {
        stage.ready(&ALL.iter().map(|&kind| (kind, name)).collect::<Vec<_>>()).await?;
    }
    stage.ready(&[("ResourceGateway", "other"), ("Gateway", "lost")]).await?;
    stage.reach_all("done", "resting", "Settled").await?;
    waiting(&stage).await?;
    suspended(&stage).await?;
    replaced(&stage).await?;
    taken_away(&stage).await?;
    gone(&stage).await?;
    in_use(&stage).await?;
    in_use_elsewhere(&stage).await?;
    stage.finish();
    Ok(())
}

async fn waiting(stage: &Stage) -> anyhow::Result<()> {
    let missing = json!({"name": "missing"});
    stage
        .apply([
            private_gateway("waiting", "missing"),
            object_with("GatewayTarget", "waiting", "gatewayRef", missing.clone()),
            object_with("ResourceConfiguration", "waiting", "resourceGatewayRef", missing),
        ])
        .await?;
    for kind in super::REFERRING {
        stage.reach("waiting", (kind, NAMESPACE, "waiting"), "ReferenceNotFound").await?;
    }
    Ok(())
}

async fn suspended(stage: &Stage) -> anyhow::Result<()> {
    let suspend = json!({"spec": {"suspend": true}});
    stage.apply(ALL.iter().map(|kind| object_with(kind, "sleeping", "suspend", json!(true)))).await?;
    stage.reach_all("suspended-at-first", "sleeping", "Suspended").await?;
    for kind in ALL {
        stage.merge(kind, "resting", suspend.clone()).await?;
    }
    stage.reach_all("suspended", "resting", "Suspended").await?;
    let target = ("GatewayTarget", NAMESPACE, "waiting");
    stage.merge(target.0, target.2, suspend).await?;
    stage.reach("suspended-when-failed", target, "Suspended").await.map(drop)
}

async fn replaced(stage: &Stage) -> anyhow::Result<()> {
    let edits = [
        ("ResourceGateway", json!({"subnetIds": ["subnet-0a1b2c3d4e5f60a03"]})),
        ("ResourceConfiguration", json!({"resourceGatewayRef": {"name": "other"}})),
        (
            "GatewayTarget",
            json!({"preflight": "Skip", "targetConfiguration": {"mcp": {
                "openApiSchema": null, "mcpServer": {"endpoint": "https://tools.example.com/mcp"},
            }}}),
        ),
    ];
    for (kind, spec) in edits {
        stage.merge(kind, "failing", json!({"spec": spec})).await?;
        stage.reach("replacement-required", (kind, NAMESPACE, "failing"), "ReplacementRequired").await?;
    }
    Ok(())
}

async fn taken_away(stage: &Stage) -> anyhow::Result<()> {
    let mut target = object("GatewayTarget", "guest");
    target["metadata"]["namespace"] = json!("rest-api");
    stage.apply([target]).await?;
    stage.world.ready("GatewayTarget", "rest-api", "guest").await?;
    let labels = json!({"metadata": {"labels": {"agentcore": null}}});
    stage.world.objects().merge("v1/Namespace", "", &stage.world.namespace("rest-api"), &labels).await?;
    let guest = ("GatewayTarget", "rest-api", "guest");
    stage.reach("permission-taken-away", guest, "NamespaceNotAllowed").await.map(drop)
}

/// Only a gateway is missed: what clients know is its address. The others are made again.
async fn gone(stage: &Stage) -> anyhow::Result<()> {
    let place = ("Gateway", NAMESPACE, "lost");
    let lost = stage.world.get(place.0, place.1, place.2).await?;
    let id = lost["status"]["gatewayId"].as_str().unwrap_or_default();
    anyhow::ensure!(stage.world.aws.remove(ObjectKind::Gateway, id), "gateway {id} is not in AWS");
    stage.reach("gone", place, "Gone").await.map(drop)
}

/// Of those that are deleted, each is used by another one, the last by a target.
async fn in_use(stage: &Stage) -> anyhow::Result<()> {
    stage.apply([object("Gateway", "used"), object("ResourceGateway", "used")]).await?;
    let on_it = json!({"name": "used"});
    stage.apply([object_with("ResourceConfiguration", "used", "resourceGatewayRef", on_it)]).await?;
    stage.apply([private_target("user", "used", "used")]).await?;
    stage.ready(&[("GatewayTarget", "user")]).await?;
    for kind in REFERRED_TO {
        stage.world.delete(kind, NAMESPACE, "used").await?;
    }
    for kind in REFERRED_TO {
        stage.reach("in-use", (kind, NAMESPACE, "used"), "InUse").await?;
    }
    Ok(())
}

async fn in_use_elsewhere(stage: &Stage) -> anyhow::Result<()> {
    let group = json!({"apiVersion": "tools.agentcore.dev/v1alpha1", "kind": "ResourceConfiguration",
        "metadata": {"name": "hosting", "namespace": NAMESPACE},
        "spec": {"name": "hosting", "type": "GROUP", "resourceGatewayRef": {"name": "shared"}}});
    stage.apply([object("Gateway", "hosting"), object("ResourceGateway", "hosting"), group]).await?;
    let hosts: Vec<_> = REFERRED_TO.iter().map(|&kind| (kind, "hosting")).collect();
    stage.ready(&hosts).await?;
    let id = async |kind: &str, member: &str| -> anyhow::Result<Value> {
        Ok(stage.world.get(kind, NAMESPACE, "hosting").await?["status"][member].take())
    };
    let definition = json!({"dnsResource": {"domainName": "internal.example.com", "ipAddressType": "IPV4"}});
    let schema = object("GatewayTarget", "").pointer("/spec/targetConfiguration").cloned();
    let target = json!({"gatewayIdentifier": id("Gateway", "gatewayId").await?, "name": "by-hand", "targetConfiguration": schema});
    let configuration = json!({"name": "by-hand", "type": "SINGLE", "portRanges": ["443"],
        "resourceGatewayIdentifier": id("ResourceGateway", "resourceGatewayId").await?,
        "resourceConfigurationDefinition": definition});
    let child = json!({"name": "by-hand-child", "type": "CHILD", "portRanges": ["443"],
        "resourceConfigurationGroupIdentifier": id("ResourceConfiguration", "resourceConfigurationId").await?,
        "resourceConfigurationDefinition": definition});
    stage.world.aws.seed(ObjectKind::GatewayTarget, target);
    stage.world.aws.seed(ObjectKind::ResourceConfiguration, configuration);
    stage.world.aws.seed(ObjectKind::ResourceConfiguration, child);
    for kind in REFERRED_TO {
        stage.world.delete(kind, NAMESPACE, "hosting").await?;
    }
    for kind in REFERRED_TO {
        let held = stage.reach("in-use-elsewhere", (kind, NAMESPACE, "hosting"), "InUse").await?;
        let named = lab::objects::condition(&held, "Ready")
            .is_some_and(|ready| ready["message"].to_string().contains("by-hand"));
        anyhow::ensure!(named, "what is in the way is not named: {held:#}");
    }
    Ok(())
}
