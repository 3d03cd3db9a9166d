//! Targets whose credential needs a person's consent: who is told, until when, and what waits for it.

use std::time::Duration;

use lab::aws::{Call, ObjectKind};
use lab::mcp::McpServer;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{changes, only, operations, refusals};
use crate::manifests::MANAGED_TARGET;
use crate::support::{
    FOR_EVER, condition_types, everyday_server, in_aws, message, sweeps, text, verdict, world_taking,
};

const TARGET: (&str, &str, &str) = ("GatewayTarget", "mcp-server", "eks-mcp-server");

const GATEWAY: &str = r#"
apiVersion: tools.agentcore.dev/v1alpha1
kind: Gateway
metadata:
  name: agents
  namespace: platform
spec:
  roleArn: arn:aws:iam::111122223333:role/AgentCoreGatewayRole
  protocolType: MCP
  protocolConfiguration: {mcp: {supportedVersions: ["2025-11-25"]}}
  authorizerType: AWS_IAM
  allowedNamespaces: {from: All}
"#;

fn credential() -> Value {
    json!([{"credentialProviderType": "OAUTH", "credentialProvider": {"oauthCredentialProvider": {
        "providerArn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/oauth2credentialprovider/orders",
        "scopes": ["orders/read"],
        "grantType": "AUTHORIZATION_CODE",
        "defaultReturnUrl": "https://agents.example.com/consent",
    }}}])
}

/// A world whose AWS waits for ever, or until it is told that time has passed, and a target that needs a consent.
async fn waiting(name: &str) -> anyhow::Result<(World, McpServer, Value)> {
    let world = world_taking(name, |times| times.authorization = FOR_EVER).await?;
    let server = everyday_server(&world).await?;
    world.apply(GATEWAY).await?;
    world.apply(&format!("{MANAGED_TARGET}  credentialProviderConfigurations: {}\n", credential())).await?;
    let target = pending(&world).await?;
    Ok((world, server, target))
}

async fn pending(world: &World) -> anyhow::Result<Value> {
    world.has(TARGET.0, TARGET.1, TARGET.2, ("AuthorizationRequired", "True", "AuthorizationRequired")).await
}

fn id(target: &Value) -> anyhow::Result<&str> {
    text(target, "/status/targetId")
}

/// The calls on targets that are not looks.
fn on_targets(calls: &[Call]) -> Vec<&str> {
    let all = operations(calls);
    all.into_iter().filter(|operation| operation.ends_with("Target") || operation.ends_with("Targets")).collect()
}

#[tokio::test]
async fn a_person_is_told_where_to_consent_and_then_the_target_serves() -> anyhow::Result<()> {
    let (world, _server, target) = waiting("consent").await?;
    let held = in_aws(&world, ObjectKind::GatewayTarget, "name", TARGET.2)?;
    assert_eq!(held["status"], "CREATE_PENDING_AUTH");
    let url = text(&held, "/authorizationData/oauth2/authorizationUrl")?;
    assert_eq!(text(&target, "/status/authorization/url")?, url);
    let updated: jiff::Timestamp = text(&held, "/updatedAt")?.parse()?;
    let expires: jiff::Timestamp = text(&target, "/status/authorization/expiresAt")?.parse()?;
    assert_eq!(expires.duration_since(updated).as_mins(), 10, "by AWS's own time");
    assert_eq!(verdict(&target, "Ready").as_deref(), Some("False/AuthorizationRequired"));
    assert_eq!(verdict(&target, "Reconciling").as_deref(), Some("True/AuthorizationRequired"));
    for of in ["Ready", "AuthorizationRequired"] {
        assert!(message(&target, of).contains(url), "{of}: {}", message(&target, of));
    }

    // Nothing is asked of AWS while it waits, and status says the same.
    let mark = world.aws.mark();
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    assert_eq!(pending(&world).await?["metadata"]["resourceVersion"], target["metadata"]["resourceVersion"]);

    assert!(world.aws.authorize(id(&target)?), "somebody consents");
    let ready = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert!(ready["status"].get("authorization").is_none(), "{ready:#}");
    assert!(!condition_types(&ready).contains(&"AuthorizationRequired"), "{ready:#}");
    assert_eq!(refusals(&world.aws.calls()), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn edits_synchronizations_and_deletion_wait_for_the_consent() -> anyhow::Result<()> {
    let (world, _server, target) = waiting("consent-edits").await?;
    let mark = world.aws.mark();
    let annotations = json!({"metadata": {"annotations": {"tools.agentcore.dev/sync-requested-at": "now"}}});
    world.merge(TARGET.0, TARGET.1, TARGET.2, annotations).await?;
    world.merge(TARGET.0, TARGET.1, TARGET.2, json!({"spec": {"description": "Edited"}})).await?;
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    let edited = pending(&world).await?;
    assert_eq!(verdict(&edited, "Ready").as_deref(), Some("False/AuthorizationRequired"));

    // The edit follows after the consent, and asks for another one.
    assert!(world.aws.authorize(id(&target)?));
    let look = async || {
        let held = in_aws(&world, ObjectKind::GatewayTarget, "name", TARGET.2).ok()?;
        (held["status"] == "UPDATE_PENDING_AUTH").then_some(())
    };
    world.wait_for("the update waits for a consent", lab::world::PATIENCE, look).await?;
    let waiting = pending(&world).await?;
    only(&world.aws.mutations_since(mark), "UpdateGatewayTarget")?;

    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    world.has(TARGET.0, TARGET.1, TARGET.2, ("Ready", "False", "Deleting")).await?;
    sweeps(&world, 3).await?;
    let leaving = world.get(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(verdict(&leaving, "Ready").as_deref(), Some("False/Deleting"));
    assert!(message(&leaving, "Ready").contains("waits for a person's consent"), "{leaving:#}");
    assert_eq!(on_targets(&world.aws.mutations_since(mark)), ["UpdateGatewayTarget"]);
    assert!(world.aws.authorize(id(&waiting)?));
    world.gone(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(refusals(&world.aws.mutations()), [""; 0], "AWS never had to say no");
    Ok(())
}

#[tokio::test]
async fn a_consent_that_never_comes_stalls_the_target_until_somebody_asks_again() -> anyhow::Result<()> {
    let (world, _server, _target) = waiting("consent-never").await?;
    let mark = world.aws.mark();
    world.aws.advance(FOR_EVER + Duration::from_secs(1));
    let failed = world.has(TARGET.0, TARGET.1, TARGET.2, ("Stalled", "True", "CreateFailed")).await?;
    assert!(message(&failed, "Ready").contains("The authorization was not completed in time."), "{failed:#}");
    assert!(failed["status"].get("authorization").is_none(), "{failed:#}");
    assert!(!condition_types(&failed).contains(&"AuthorizationRequired"), "{failed:#}");
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);

    let again = json!({"metadata": {"annotations": {"tools.agentcore.dev/reconcile-requested-at": "again"}}});
    world.merge(TARGET.0, TARGET.1, TARGET.2, again).await?;
    let waiting = pending(&world).await?;
    assert_eq!(waiting["status"]["awsStatus"], "UPDATE_PENDING_AUTH");
    assert!(world.aws.authorize(id(&waiting)?));
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(changes(&world.aws.mutations_since(mark)), ["UpdateGatewayTarget"]);
    Ok(())
}

/// Tools that are said need nobody's consent, and nothing is synchronized.
#[tokio::test]
async fn tools_that_are_said_need_no_consent() -> anyhow::Result<()> {
    let world = world_taking("consent-spared", |times| times.authorization = FOR_EVER).await?;
    world.apply(GATEWAY).await?;
    let tools = json!([{"name": "add", "inputSchema": {"type": "object"}}]).to_string();
    let said = format!("        mcpToolSchema: {{inlinePayload: '{tools}'}}\n  privateEndpoint:");
    let manifest = MANAGED_TARGET.replace("  privateEndpoint:", &said);
    world
        .apply(&format!("{manifest}  credentialProviderConfigurations: {}\n  preflight: Skip\n", credential()))
        .await?;
    let ready = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(ready["status"]["tools"], json!(["eks-mcp-server___add"]));
    assert_eq!(verdict(&ready, "ToolsSynced").as_deref(), Some("True/Settled"));
    let annotations = json!({"metadata": {"annotations": {"tools.agentcore.dev/sync-requested-at": "now"}}});
    world.merge(TARGET.0, TARGET.1, TARGET.2, annotations).await?;
    sweeps(&world, 3).await?;
    assert_eq!(world.aws.calls_of("SynchronizeGatewayTargets").len(), 0);
    Ok(())
}
