//! An operator that has met everything that is measured, and what it then tells.

use std::collections::BTreeMap;

use agentcore_gateway_operator::api::GROUP;
use lab::{
    aws::{Fault, ObjectKind},
    world::{PATIENCE, World, WorldOptions},
};
use serde_json::json;
use tokio::sync::OnceCell;

use crate::exposition::value;

/// The operator.
pub(crate) const OPERATOR: &str = env!("CARGO_BIN_EXE_agentcore-gateway-operator");

/// The one namespace of the worlds here.
pub(crate) const NAMESPACE: &str = "platform";

/// A gateway.
pub(crate) const GATEWAY: &str = "
apiVersion: tools.agentcore.dev/v1alpha1
kind: Gateway
metadata:
  name: agents
  namespace: platform
spec:
  roleArn: arn:aws:iam::111122223333:role/AgentCoreGatewayRole
  protocolType: MCP
  authorizerType: AWS_IAM
  description: Ours
";

/// An API that the gateway calls; nobody here asks its server anything.
pub(crate) const TARGET: &str = r#"
apiVersion: tools.agentcore.dev/v1alpha1
kind: GatewayTarget
metadata:
  name: items
  namespace: platform
spec:
  gatewayRef: {name: agents}
  targetConfiguration:
    mcp:
      openApiSchema:
        inlinePayload: |
          {
            "openapi": "3.0.3",
            "info": {"title": "Items", "version": "1.0.0"},
            "servers": [{"url": "https://api.example.com/prod"}],
            "paths": {"/items": {"get": {"operationId": "listItems", "responses": {"200": {"description": "OK"}}}}}
          }
  credentialProviderConfigurations:
  - credentialProviderType: API_KEY
    credentialProvider:
      apiKeyCredentialProvider:
        providerArn: arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/apikeycredentialprovider/items
        credentialParameterName: x-api-key
        credentialLocation: HEADER
"#;

/// A gateway whose role belongs to another account, which a person must change.
const STALLED: &str = "
apiVersion: tools.agentcore.dev/v1alpha1
kind: Gateway
metadata:
  name: foreign
  namespace: platform
spec:
  roleArn: arn:aws:iam::999988887777:role/AgentCoreGatewayRole
  protocolType: MCP
  authorizerType: AWS_IAM
";

/// A world with one namespace and an operator that looks often.
pub(crate) fn options() -> WorldOptions {
    let arguments = ["--retry-floor=100ms", "--retry-cap=1s", "--drift-interval=1s"];
    WorldOptions {
        namespaces: vec![(NAMESPACE.to_owned(), BTreeMap::new())],
        operator_arguments: arguments.map(str::to_owned).to_vec(),
        ..WorldOptions::default()
    }
}

/// What `/metrics` says after all that; once for all who want to know.
pub(crate) async fn scrape() -> anyhow::Result<&'static str> {
    static SCRAPE: OnceCell<String> = OnceCell::const_new();
    SCRAPE.get_or_try_init(live).await.map(String::as_str)
}

async fn live() -> anyhow::Result<String> {
    let world = World::start_with(OPERATOR, "busy", options()).await?;
    let _throttled = world.aws.inject(Fault::on("ListGateways").throttle());
    let _failed =
        world.aws.inject(Fault::on("CreateGateway").error_before_commit(500, "InternalServerException").times(3));
    world.apply(&[GATEWAY, TARGET, STALLED].join("---")).await?;
    let gateway = world.ready("Gateway", NAMESPACE, "agents").await?;
    world.ready("GatewayTarget", NAMESPACE, "items").await?;
    world.has("Gateway", NAMESPACE, "foreign", ("Stalled", "True", "RoleNotAllowed")).await?;
    world.delete("Gateway", NAMESPACE, "foreign").await?;
    world.gone("Gateway", NAMESPACE, "foreign").await?;
    // Somebody changes it in AWS.
    let id = gateway["status"]["gatewayId"].as_str().unwrap_or_default();
    assert!(world.aws.edit(ObjectKind::Gateway, id, |gateway| gateway["description"] = json!("Theirs")));
    // Somebody deletes it while a target needs it: then it stays.
    told(&world, "agentcore_drift_corrections_total", &[("kind", "Gateway")]).await?;
    world.delete("Gateway", NAMESPACE, "agents").await?;
    world.has("Gateway", NAMESPACE, "agents", ("InUse", "True", "HasDependents")).await?;
    told(&world, "operator_termination_current_time_seconds", &[("group", GROUP), ("name", "agents")]).await?;
    told(&world, "operator_termination_duration_seconds_count", &[("kind", "Gateway")]).await?;
    told(&world, "agentcore_quota_usage_ratio", &[("quota", "targets_per_gateway"), ("name", "agents")]).await?;
    told(&world, "agentcore_target_tools", &[("name", "items")]).await?;
    world.operator.metrics().await
}

/// Waits until a metric has a series that is not zero.
pub(crate) async fn told(world: &World, name: &str, labels: &[(&str, &str)]) -> anyhow::Result<f64> {
    world
        .wait_for(&format!("{name} {labels:?}"), PATIENCE, async || {
            let text = world.operator.metrics().await.ok()?;
            value(&text, name, labels).filter(|value| *value > 0.0)
        })
        .await
}
