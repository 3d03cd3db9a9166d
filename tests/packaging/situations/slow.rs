//! Situations of an AWS that takes its time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lab::aws::{AwsOptions, ObjectKind, Provisioning};
use lab::mcp::Personality;
use serde_json::json;

use super::ALL;
use super::manifests::{NAMESPACE, edit, object, object_with, private_target};
use super::stage::Stage;

/// What takes this long has to be brought to its end.
const FOR_EVER: Duration = Duration::from_hours(10_000);

#[tokio::test]
async fn aws_takes_its_time() -> anyhow::Result<()> {
    let stage = Stage::set("slow", takes_for_ever).await?;
    creating(&stage).await?;
    consent(&stage).await?;
    for kind in ALL {
        stage.merge(kind, "agents", edit(kind)).await?;
    }
    stage.reach_all("updating", "agents", "Updating").await?;
    let all: Vec<_> = ALL.iter().map(|&kind| (kind, "agents")).collect();
    // Whoever comes second of a gateway and its target may have to wait for the first, and then takes its time once more.
    let time_passes = async {
        loop {
            stage.world.aws.advance(FOR_EVER);
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    };
    tokio::select! {
        ready = stage.ready(&all) => ready?,
        () = time_passes => {}
    }
    deleting(&stage).await?;
    stage.finish();
    Ok(())
}

fn takes_for_ever(aws: &mut AwsOptions) {
    aws.provisioning = Provisioning {
        gateway_create: FOR_EVER,
        gateway_update: FOR_EVER,
        gateway_delete: FOR_EVER,
        target_create: FOR_EVER,
        private_endpoint: FOR_EVER,
        target_update: FOR_EVER,
        target_delete: FOR_EVER,
        authorization: FOR_EVER * 100,
        resource_gateway_create: FOR_EVER,
        resource_gateway_update: FOR_EVER,
        resource_gateway_delete: FOR_EVER,
        resource_configuration_create: FOR_EVER,
        resource_configuration_update: FOR_EVER,
        resource_configuration_delete: FOR_EVER,
        association_linger: FOR_EVER * 100,
        ..Provisioning::default()
    };
}

/// A set with the name `agents`, and another one to be deleted.
async fn creating(stage: &Stage) -> anyhow::Result<()> {
    let on_it =
        |name: &str| object_with("ResourceConfiguration", name, "resourceGatewayRef", json!({"name": "agents"}));
    stage
        .apply([
            object("Gateway", "agents"),
            object("ResourceGateway", "agents"),
            object("Gateway", "leaving"),
            object("ResourceGateway", "leaving"),
        ])
        .await?;
    for kind in ["Gateway", "ResourceGateway"] {
        stage.reach("creating", (kind, NAMESPACE, "agents"), "Creating").await?;
        stage.world.has(kind, NAMESPACE, "leaving", ("Reconciling", "True", "Creating")).await?;
    }
    stage.world.aws.advance(FOR_EVER);
    stage
        .apply([
            object("GatewayTarget", "agents"),
            object("GatewayTarget", "leaving"),
            on_it("agents"),
            on_it("leaving"),
            on_it("associated"),
        ])
        .await?;
    for kind in ["GatewayTarget", "ResourceConfiguration"] {
        stage.reach("creating", (kind, NAMESPACE, "agents"), "Creating").await?;
        stage.world.has(kind, NAMESPACE, "leaving", ("Reconciling", "True", "Creating")).await?;
    }
    stage.world.has("ResourceConfiguration", NAMESPACE, "associated", ("Reconciling", "True", "Creating")).await?;
    stage.world.aws.advance(FOR_EVER);
    for name in ["agents", "leaving"] {
        stage.ready(&ALL.iter().map(|&kind| (kind, name)).collect::<Vec<_>>()).await?;
    }
    stage.ready(&[("ResourceConfiguration", "associated")]).await
}

async fn consent(stage: &Stage) -> anyhow::Result<()> {
    const ENDPOINT: &str = "https://tools.example.com/mcp";
    let _server = stage.world.mcp_server(ENDPOINT, Personality::Everyday).await?;
    let provider =
        "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/oauth2credentialprovider/orders";
    let credential = json!([{"credentialProviderType": "OAUTH", "credentialProvider": {"oauthCredentialProvider": {
        "providerArn": provider, "scopes": ["orders/read"], "grantType": "AUTHORIZATION_CODE",
        "defaultReturnUrl": "https://agents.example.com/consent",
    }}}]);
    let versions = json!({"mcp": {"supportedVersions": ["2025-11-25"]}});
    stage.apply([object_with("Gateway", "consenting", "protocolConfiguration", versions)]).await?;
    stage.world.has("Gateway", NAMESPACE, "consenting", ("Reconciling", "True", "Creating")).await?;
    stage.world.aws.advance(FOR_EVER);
    stage.ready(&[("Gateway", "consenting")]).await?;
    let mut target = object_with("GatewayTarget", "consenting", "credentialProviderConfigurations", credential);
    target["spec"]["gatewayRef"] = json!({"name": "consenting"});
    target["spec"]["targetConfiguration"] = json!({"mcp": {"mcpServer": {"endpoint": ENDPOINT}}});
    target["spec"]["preflight"] = json!("Skip");
    stage.apply([target]).await?;
    let place = ("GatewayTarget", NAMESPACE, "consenting");
    stage.world.has(place.0, place.1, place.2, ("Reconciling", "True", "Creating")).await?;
    stage.world.aws.advance(FOR_EVER);
    let pending = stage.reach("consent-pending", place, "AuthorizationRequired").await?;
    // By the time of day, which is nobody's to move here: AWS asked earlier, and the operator has to find that out.
    let asked = Timestamp::now() - SignedDuration::from_mins(11);
    let id = pending["status"]["targetId"].as_str().unwrap_or_default();
    stage.world.aws.edit(ObjectKind::GatewayTarget, id, |target| target["updatedAt"] = json!(asked.to_string()));
    let forgotten = json!({"status": {"authorization": null}});
    stage.world.merge_status(place.0, place.1, place.2, forgotten).await?;
    let late = stage.reach("consent-too-late", place, "AuthorizationRequired").await?;
    // The next looks say the same.
    stage.looks(3).await?;
    let still = stage.reach("consent-too-late", place, "AuthorizationRequired").await?;
    assert_eq!(still["metadata"]["resourceVersion"], late["metadata"]["resourceVersion"]);
    Ok(())
}

async fn deleting(stage: &Stage) -> anyhow::Result<()> {
    stage.apply([private_target("associated", "agents", "associated")]).await?;
    let place = ("GatewayTarget", NAMESPACE, "associated");
    stage.world.has(place.0, place.1, place.2, ("Reconciling", "True", "Creating")).await?;
    stage.world.aws.advance(FOR_EVER);
    stage.ready(&[(place.0, place.2)]).await?;
    stage.world.delete(place.0, place.1, place.2).await?;
    for kind in ALL {
        stage.world.delete(kind, NAMESPACE, "leaving").await?;
    }
    stage.reach_all("deleting", "leaving", "Deleting").await?;
    stage.world.has(place.0, place.1, place.2, ("Reconciling", "True", "Deleting")).await?;
    stage.world.aws.advance(FOR_EVER);
    stage.world.gone(place.0, place.1, place.2).await?;
    stage.world.delete("ResourceConfiguration", NAMESPACE, "associated").await?;
    stage.reach("associated", ("ResourceConfiguration", NAMESPACE, "associated"), "InUse").await.map(drop)
}
