//! Targets that do not fit their gateway: told before AWS is asked, and let in when the gateway is edited.

use lab::aws::ObjectKind;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{of, operations};
use crate::support::{message, sweeps, verdict, world};

/// Tools that nobody has to be asked for.
const TOOLS: &str = r#"[{"name": "search", "description": "Searches", "inputSchema": {"type": "object"}}]"#;

fn gateway(members: &Value) -> String {
    let mut spec =
        json!({"roleArn": "arn:aws:iam::111122223333:role/AgentCoreGatewayRole", "authorizerType": "AWS_IAM"});
    for (member, value) in members.as_object().into_iter().flatten() {
        spec[member] = value.clone();
    }
    object("Gateway", "agents", &spec)
}

fn object(kind: &str, name: &str, spec: &Value) -> String {
    json!({
        "apiVersion": "tools.agentcore.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "platform"},
        "spec": spec,
    })
    .to_string()
}

fn target(name: &str, configuration: &Value, credentials: &Value) -> String {
    let spec = json!({
        "gatewayRef": {"name": "agents"},
        "targetConfiguration": configuration,
        "credentialProviderConfigurations": credentials,
    });
    object("GatewayTarget", name, &spec)
}

fn runtime() -> Value {
    json!({"http": {"agentcoreRuntime": {"arn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/agent-abcde12345"}}})
}

fn jwt() -> Value {
    json!({"customJWTAuthorizer": {
        "discoveryUrl": "https://issuer.example.com/.well-known/openid-configuration", "allowedClients": ["c1"],
    }})
}

async fn is_invalid(world: &World, name: &str, said: &str) -> anyhow::Result<()> {
    let refused = world.has("GatewayTarget", "platform", name, ("Accepted", "False", "Invalid")).await?;
    assert_eq!(verdict(&refused, "Stalled").as_deref(), Some("True/Invalid"), "{refused:#}");
    assert_eq!(verdict(&refused, "Ready").as_deref(), Some("False/Invalid"), "{refused:#}");
    assert!(message(&refused, "Ready").contains(said), "{refused:#}");
    Ok(())
}

async fn edit(world: &World, spec: Value) -> anyhow::Result<()> {
    world.merge("Gateway", "platform", "agents", json!({"spec": spec})).await.map(drop)
}

/// Whose identity goes on to the target depends on what callers bring.
#[tokio::test]
async fn callers_have_to_bring_what_is_passed_on() -> anyhow::Result<()> {
    let world = world("fit-callers").await?;
    world.apply(&gateway(&json!({"authorizerType": "CUSTOM_JWT", "authorizerConfiguration": jwt()}))).await?;
    world.ready("Gateway", "platform", "agents").await?;
    let passes = |type_: &str| json!([{"credentialProviderType": type_}]);
    world.apply(&target("signed", &runtime(), &passes("CALLER_IAM_CREDENTIALS"))).await?;
    is_invalid(&world, "signed", "AWS_IAM or AUTHENTICATE_ONLY").await?;
    world.apply(&target("token", &runtime(), &passes("JWT_PASSTHROUGH"))).await?;
    world.ready("GatewayTarget", "platform", "token").await?;
    sweeps(&world, 2).await?;
    assert_eq!(of(&world.aws.calls(), "CreateGatewayTarget").len(), 1);
    let before = world.aws.objects(ObjectKind::GatewayTarget);
    let mark = world.aws.mark();
    edit(&world, json!({"authorizerType": "AWS_IAM", "authorizerConfiguration": null})).await?;
    world.ready("GatewayTarget", "platform", "signed").await?;
    // What serves already is told so, and left as it is.
    is_invalid(&world, "token", "sign their requests").await?;
    world.merge("GatewayTarget", "platform", "token", json!({"spec": {"description": "Changed"}})).await?;
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["UpdateGateway", "CreateGatewayTarget"]);
    let after = world.aws.objects(ObjectKind::GatewayTarget);
    assert!(before.iter().all(|target| after.contains(target)), "{before:#?} {after:#?}");
    Ok(())
}

/// A gateway for MCP takes nothing else, and one that searches needs tools to search.
#[tokio::test]
async fn protocol_and_search_decide() -> anyhow::Result<()> {
    let world = world("fit-protocol").await?;
    let semantic = json!({"mcp": {"searchType": "SEMANTIC"}});
    world.apply(&gateway(&json!({"protocolType": "MCP", "protocolConfiguration": semantic}))).await?;
    world.ready("Gateway", "platform", "agents").await?;
    world.apply(&target("agent", &runtime(), &json!([{"credentialProviderType": "GATEWAY_IAM_ROLE"}]))).await?;
    is_invalid(&world, "agent", "takes MCP targets only").await?;
    let dynamic = json!({"mcp": {"mcpServer": {"endpoint": "https://mcp.example.com/mcp", "listingMode": "DYNAMIC"}}});
    world.apply(&target("server", &dynamic, &json!([]))).await?;
    is_invalid(&world, "server", "listingMode to DEFAULT").await?;
    sweeps(&world, 2).await?;
    assert_eq!(of(&world.aws.calls(), "CreateGatewayTarget").len(), 0);
    let tools = json!({"inlinePayload": TOOLS});
    let said = json!({"endpoint": "https://mcp.example.com/mcp", "listingMode": "DEFAULT", "mcpToolSchema": tools});
    world.apply(&target("server", &json!({"mcp": {"mcpServer": said}}), &json!([]))).await?;
    world.ready("GatewayTarget", "platform", "server").await?;
    Ok(())
}

/// A person can be asked for consent since one version of MCP.
#[tokio::test]
async fn consent_needs_a_version_that_knows_it() -> anyhow::Result<()> {
    let world = world("fit-consent").await?;
    let versions = |versions: &[&str]| json!({"protocolConfiguration": {"mcp": {"supportedVersions": versions}}});
    world.apply(&gateway(&versions(&["2025-03-26", "2025-06-18"]))).await?;
    world.ready("Gateway", "platform", "agents").await?;
    let oauth = json!([{"credentialProviderType": "OAUTH", "credentialProvider": {"oauthCredentialProvider": {
        "providerArn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/oauth2credentialprovider/idp",
        "scopes": ["read"],
        "grantType": "AUTHORIZATION_CODE",
        "defaultReturnUrl": "https://app.example.com/return",
    }}}]);
    let server = json!({"mcp": {"mcpServer": {
        "endpoint": "https://mcp.example.com/mcp", "mcpToolSchema": {"inlinePayload": TOOLS},
    }}});
    world.apply(&target("consent", &server, &oauth)).await?;
    is_invalid(&world, "consent", "supportedVersions").await?;
    sweeps(&world, 2).await?;
    assert_eq!(of(&world.aws.calls(), "CreateGatewayTarget").len(), 0);
    edit(&world, versions(&["2025-06-18", "2025-11-25"])).await?;
    let look = async || (of(&world.aws.calls(), "CreateGatewayTarget").len() == 1).then_some(());
    world.wait_for("the target is made", lab::world::PATIENCE, look).await
}
