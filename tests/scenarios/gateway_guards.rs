//! Card D20: what a gateway refuses, and whom it lets in.

use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{of, operations};
use crate::manifests::{GATEWAY, MANAGED_TARGET, SMALL_GATEWAY, public_target};
use crate::support::{condition_types, everyday_server, gateway, message, sweeps, verdict, world};

/// Variant (a): nobody checks who calls, so AWS lets nothing private in.
#[tokio::test]
async fn a_private_target_needs_callers_that_say_who_they_are() -> anyhow::Result<()> {
    let world = world("d20-open").await?;
    let _server = everyday_server(&world).await?;
    let open = SMALL_GATEWAY.replace("AWS_IAM", "NONE");
    world.apply(&format!("{open}  allowedNamespaces: {{from: All}}\n")).await?;
    world.ready("Gateway", "platform", "agents").await?;
    world.apply(MANAGED_TARGET).await?;
    world.apply(&public_target("mcp-server", "public")).await?;
    let name = ("GatewayTarget", "mcp-server", "eks-mcp-server");
    let refused = world.has(name.0, name.1, name.2, ("Accepted", "False", "InboundAuthRequired")).await?;
    assert_eq!(verdict(&refused, "Stalled").as_deref(), Some("True/InboundAuthRequired"));
    assert_eq!(verdict(&refused, "Ready").as_deref(), Some("False/InboundAuthRequired"));
    assert!(message(&refused, "Ready").contains("authorizerType"), "{refused:#}");
    world.ready("GatewayTarget", "mcp-server", "public").await?;
    sweeps(&world, 3).await?;
    let calls = world.aws.calls();
    let created: Vec<_> = of(&calls, "CreateGatewayTarget").iter().map(|call| call.input["name"].clone()).collect();
    assert_eq!(created, ["public"]);
    world.merge("Gateway", "platform", "agents", json!({"spec": {"authorizerType": "AWS_IAM"}})).await?;
    world.ready(name.0, name.1, name.2).await?;
    Ok(())
}

/// The other way out of variant (a): a function that sees each request.
#[tokio::test]
async fn an_interceptor_of_requests_lets_private_targets_in() -> anyhow::Result<()> {
    let world = world("d20-open-intercepted").await?;
    let _server = everyday_server(&world).await?;
    let open = SMALL_GATEWAY.replace("AWS_IAM", "NONE");
    world.apply(&format!("{open}  allowedNamespaces: {{from: All}}\n")).await?;
    world.apply(MANAGED_TARGET).await?;
    let name = ("GatewayTarget", "mcp-server", "eks-mcp-server");
    let refused = world.has(name.0, name.1, name.2, ("Accepted", "False", "InboundAuthRequired")).await?;
    assert!(message(&refused, "Ready").contains("interceptor"), "{refused:#}");
    let interceptor = |point: &str| {
        let arn = "arn:aws:lambda:us-west-2:111122223333:function:interceptor";
        json!({"spec": {"interceptorConfigurations": [{"interceptor": {"lambda": {"arn": arn}}, "interceptionPoints": [point]}]}})
    };
    world.merge("Gateway", "platform", "agents", interceptor("RESPONSE")).await?;
    sweeps(&world, 3).await?;
    world.has(name.0, name.1, name.2, ("Accepted", "False", "InboundAuthRequired")).await?;
    world.merge("Gateway", "platform", "agents", interceptor("REQUEST")).await?;
    world.ready(name.0, name.1, name.2).await?;
    assert_eq!(of(&world.aws.calls(), "CreateGatewayTarget").len(), 1);
    Ok(())
}

/// Variant (c).
#[tokio::test]
async fn what_never_changes_is_refused() -> anyhow::Result<()> {
    let world = world("d20-immutable").await?;
    world.apply(&format!("{GATEWAY}  name: my-agents\n")).await?;
    let before = world.ready("Gateway", "platform", "agents").await?;
    let mark = world.aws.mark();
    let patches = [
        ("name", json!({"name": "other"})),
        ("name", json!({"name": null})),
        ("protocolConfiguration.mcp.searchType", json!({"protocolConfiguration": {"mcp": {"searchType": null}}})),
        ("protocolConfiguration.mcp.searchType", json!({"protocolConfiguration": null})),
        ("protocolType", json!({"protocolType": null})),
    ];
    for (member, patch) in patches {
        let reason = refusal(&world, patch).await?;
        assert!(reason.contains(&format!("{member} cannot be changed or removed once it is set")), "{reason}");
    }
    let reason = refusal(&world, json!({"protocolConfiguration": {"mcp": {"searchType": "LEXICAL"}}})).await?;
    assert!(reason.contains("searchType"), "{reason}");
    sweeps(&world, 2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    assert_eq!(world.ready("Gateway", "platform", "agents").await?["status"], before["status"]);
    Ok(())
}

/// The gateway's name can be given where it was silent; then it has to be the one that the gateway has.
#[tokio::test]
async fn a_name_given_later_is_judged_by_what_aws_has() -> anyhow::Result<()> {
    let world = world("d20-late-name").await?;
    gateway(&world).await?;
    let mark = world.aws.mark();
    world.merge("Gateway", "platform", "agents", json!({"spec": {"name": "agents"}})).await?;
    world.ready("Gateway", "platform", "agents").await?;
    world.apply(&GATEWAY.replace("name: agents", "name: others")).await?;
    world.ready("Gateway", "platform", "others").await?;
    world.merge("Gateway", "platform", "others", json!({"spec": {"name": "renamed"}})).await?;
    let stalled = world.has("Gateway", "platform", "others", ("Stalled", "True", "ImmutableField")).await?;
    assert_eq!(verdict(&stalled, "Ready").as_deref(), Some("True/Settled"), "the gateway keeps serving");
    assert!(message(&stalled, "Stalled").contains("set spec.name to others"), "{stalled:#}");
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["CreateGateway"]);
    Ok(())
}

async fn refusal(world: &World, spec: Value) -> anyhow::Result<String> {
    match world.merge("Gateway", "platform", "agents", json!({"spec": spec})).await {
        Err(refusal) => Ok(format!("{refusal:#}")),
        Ok(taken) => anyhow::bail!("the API server took what it had to refuse: {taken:#}"),
    }
}

/// Variant (d): the namespace's label decides.
#[tokio::test]
async fn only_namespaces_that_are_let_in_attach() -> anyhow::Result<()> {
    let world = world("d20-namespaces").await?;
    gateway(&world).await?;
    let mark = world.aws.mark();
    world.apply(&public_target("sandbox", "uninvited")).await?;
    let name = ("GatewayTarget", "sandbox", "uninvited");
    let refused = world.has(name.0, name.1, name.2, ("Accepted", "False", "NamespaceNotAllowed")).await?;
    assert_eq!(verdict(&refused, "Ready").as_deref(), Some("False/NamespaceNotAllowed"));
    assert_eq!(
        verdict(&refused, "Reconciling").as_deref(),
        Some("True/NamespaceNotAllowed"),
        "for two minutes: it may follow"
    );
    assert!(message(&refused, "Accepted").contains("spec.allowedNamespaces"), "{refused:#}");
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    let gateway = world.ready("Gateway", "platform", "agents").await?;
    assert_eq!(gateway["status"]["targets"], json!({"total": 0, "ready": 0}));

    label(&world, json!("yes")).await?;
    world.ready(name.0, name.1, name.2).await?;
    let before = world.aws.objects(lab::aws::ObjectKind::GatewayTarget);
    label(&world, Value::Null).await?;
    let taken_away = world.has(name.0, name.1, name.2, ("Ready", "False", "NamespaceNotAllowed")).await?;
    assert_eq!(verdict(&taken_away, "Stalled").as_deref(), Some("True/NamespaceNotAllowed"), "it was taken away");
    assert!(!condition_types(&taken_away).contains(&"Reconciling"));
    sweeps(&world, 2).await?;
    assert_eq!(world.aws.objects(lab::aws::ObjectKind::GatewayTarget), before, "AWS is left as it is");
    Ok(())
}

async fn label(world: &World, value: Value) -> anyhow::Result<()> {
    let patch = json!({"metadata": {"labels": {"agentcore": value}}});
    world.merge("v1/Namespace", "", &world.namespace("sandbox"), patch).await.map(drop)
}
