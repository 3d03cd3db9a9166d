//! What the owner of a gateway lets targets of other namespaces name.

use lab::aws::ObjectKind;
use serde_json::json;

use crate::ledger::{of, operations};
use crate::manifests::{SMALL_GATEWAY, public_target};
use crate::support::{message, sweeps, verdict, world};

const GUEST: (&str, &str, &str) = ("GatewayTarget", "mcp-server", "guest");

fn gateway(allowed: &str) -> String {
    format!("{SMALL_GATEWAY}  allowedNamespaces: {{from: All}}\n  allowedTargets: {allowed}\n")
}

/// The limit holds for others, not for the gateway's own namespace; an edit of it lets in.
#[tokio::test]
async fn a_host_has_to_be_allowed() -> anyhow::Result<()> {
    let world = world("allowed-hosts").await?;
    world.apply(&gateway("{hosts: [\"*.internal.example.com\"]}")).await?;
    world.ready("Gateway", "platform", "agents").await?;
    world.apply(&public_target("platform", "own")).await?;
    world.ready("GatewayTarget", "platform", "own").await?;
    let mark = world.aws.mark();
    world.apply(&public_target(GUEST.1, GUEST.2)).await?;
    let refused = world.has(GUEST.0, GUEST.1, GUEST.2, ("Accepted", "False", "RefNotPermitted")).await?;
    assert_eq!(verdict(&refused, "Ready").as_deref(), Some("False/RefNotPermitted"));
    let said = message(&refused, "Ready");
    assert!(said.contains("api.example.com") && said.contains("spec.allowedTargets.hosts"), "{said}");
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    let allowed = json!({"spec": {"allowedTargets": {"hosts": ["*.internal.example.com", "api.example.com"]}}});
    world.merge("Gateway", "platform", "agents", allowed).await?;
    world.ready(GUEST.0, GUEST.1, GUEST.2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["CreateGatewayTarget"]);
    Ok(())
}

/// A permission that is taken away changes nothing in AWS, and says so; the target can still be deleted.
#[tokio::test]
async fn what_serves_goes_on_serving() -> anyhow::Result<()> {
    let world = world("allowed-taken-away").await?;
    world.apply(&gateway("{}")).await?;
    world.ready("Gateway", "platform", "agents").await?;
    world.apply(&public_target(GUEST.1, GUEST.2)).await?;
    world.ready(GUEST.0, GUEST.1, GUEST.2).await?;
    sweeps(&world, 2).await?;
    let (before, mark) = (world.aws.objects(ObjectKind::GatewayTarget), world.aws.mark());
    world.merge("Gateway", "platform", "agents", json!({"spec": {"allowedTargets": {"hosts": []}}})).await?;
    let taken = world.has(GUEST.0, GUEST.1, GUEST.2, ("Ready", "False", "RefNotPermitted")).await?;
    assert_eq!(verdict(&taken, "Stalled").as_deref(), Some("True/RefNotPermitted"), "{taken:#}");
    world.merge(GUEST.0, GUEST.1, GUEST.2, json!({"spec": {"description": "Changed meanwhile"}})).await?;
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    assert_eq!(world.aws.objects(ObjectKind::GatewayTarget), before);
    world.delete(GUEST.0, GUEST.1, GUEST.2).await?;
    world.gone(GUEST.0, GUEST.1, GUEST.2).await?;
    assert_eq!(of(&world.aws.calls_since(mark), "DeleteGatewayTarget").len(), 1);
    Ok(())
}

/// Functions and networks, each with what it names in the message.
#[tokio::test]
async fn functions_and_networks_are_limited() -> anyhow::Result<()> {
    let world = world("allowed-others").await?;
    world.apply(&gateway("{lambdaArns: [\"*:function:tools-*\"], subnetIds: [subnet-0a1b2c3d4e5f60a01]}")).await?;
    world.ready("Gateway", "platform", "agents").await?;
    let function = |name: &str| {
        let schema = json!([{"name": "search", "description": "Searches", "inputSchema": {"type": "object"}}]);
        let arn = format!("arn:aws:lambda:us-west-2:111122223333:function:{name}");
        json!({
            "apiVersion": "tools.agentcore.dev/v1alpha1",
            "kind": "GatewayTarget",
            "metadata": {"name": name, "namespace": "mcp-server"},
            "spec": {
                "gatewayRef": {"name": "agents", "namespace": "platform"},
                "targetConfiguration": {"mcp": {"lambda": {"lambdaArn": arn, "toolSchema": {"inlinePayload": schema}}}},
                "credentialProviderConfigurations": [{"credentialProviderType": "GATEWAY_IAM_ROLE"}],
            },
        })
        .to_string()
    };
    world.apply(&function("tools-search")).await?;
    world.ready("GatewayTarget", "mcp-server", "tools-search").await?;
    world.apply(&function("payroll")).await?;
    let refused = world.has("GatewayTarget", "mcp-server", "payroll", ("Accepted", "False", "RefNotPermitted")).await?;
    let said = message(&refused, "Ready");
    assert!(said.contains("function:payroll") && said.contains("spec.allowedTargets.lambdaArns"), "{said}");
    world.apply(crate::manifests::MANAGED_TARGET).await?;
    let name = ("GatewayTarget", "mcp-server", "eks-mcp-server");
    let refused = world.has(name.0, name.1, name.2, ("Accepted", "False", "RefNotPermitted")).await?;
    let said = message(&refused, "Ready");
    assert!(said.contains("subnet-0a1b2c3d4e5f60a02") && said.contains("spec.allowedTargets.subnetIds"), "{said}");
    sweeps(&world, 2).await?;
    assert_eq!(of(&world.aws.calls(), "CreateGatewayTarget").len(), 1);
    Ok(())
}
