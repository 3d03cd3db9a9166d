//! Edits of a target: AWS replaces everything, so everything is said again, and nothing that only AWS knew is lost.

use lab::aws::{Call, ObjectKind};
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, only, operations};
use crate::manifests::{MANAGED_TARGET, SMALL_GATEWAY, api_key, document, managed_network, public_target};
use crate::support::{everyday_server, gateway, in_aws, message, sweeps, text, verdict, world};

/// The mutating calls that an edit leads to, once the object is Ready again and was left in peace for a while.
async fn edited(world: &World, (namespace, name): (&str, &str), spec: Value) -> anyhow::Result<Vec<Call>> {
    let mark = world.aws.mark();
    world.merge("GatewayTarget", namespace, name, json!({"spec": spec})).await?;
    world.ready("GatewayTarget", namespace, name).await?;
    sweeps(world, 2).await?;
    Ok(world.aws.mutations_since(mark))
}

#[tokio::test]
async fn a_description_is_changed_with_everything_else_kept() -> anyhow::Result<()> {
    let world = world("edits-description").await?;
    let _server = everyday_server(&world).await?;
    gateway(&world).await?;
    world.apply(MANAGED_TARGET).await?;
    let name = ("mcp-server", "eks-mcp-server");
    let ready = world.ready("GatewayTarget", name.0, name.1).await?;
    let before = in_aws(&world, ObjectKind::GatewayTarget, "name", name.1)?;
    let calls = edited(&world, name, json!({"description": "Everyday tools"})).await?;
    let mut expected = json!({
        "gatewayIdentifier": ready["status"]["gatewayId"],
        "targetId": ready["status"]["targetId"],
        "name": "eks-mcp-server",
        "description": "Everyday tools",
        "targetConfiguration": {"mcp": {"mcpServer": {
            "endpoint": "https://internal.example.com/mcp-server/mcp", "resourcePriority": 10, "listingMode": "DEFAULT",
        }}},
        "privateEndpoint": managed_network(),
    });
    assert_eq!(asked(only(&calls, "UpdateGatewayTarget")?)?, expected);
    assert_eq!(calls.len(), 1);

    // Removed here, it is removed there; the marker stays.
    let calls = edited(&world, name, json!({"description": null})).await?;
    expected.as_object_mut().map(|body| body.remove("description"));
    assert_eq!(asked(only(&calls, "UpdateGatewayTarget")?)?, expected);
    let after = in_aws(&world, ObjectKind::GatewayTarget, "name", name.1)?;
    for member in ["targetConfiguration", "privateEndpoint", "privateEndpointManagedResources", "description"] {
        assert_eq!(after[member], before[member], "{member}");
    }

    // What AWS filled in, or was told once, is left as AWS reports it when the spec is silent.
    let server = json!({"targetConfiguration": {"mcp": {"mcpServer": {"resourcePriority": null}}}});
    assert_eq!(operations(&edited(&world, name, server).await?), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn credentials_that_are_removed_are_removed_in_aws() -> anyhow::Result<()> {
    let world = world("edits-credentials").await?;
    world.apply(SMALL_GATEWAY).await?;
    let with_key =
        format!("{}  credentialProviderConfigurations: {}\n", public_target("platform", "one"), api_key("one"));
    world.apply(&with_key).await?;
    let ready = world.ready("GatewayTarget", "platform", "one").await?;
    let held = || {
        in_aws(&world, ObjectKind::GatewayTarget, "name", "one")
            .map(|target| target["credentialProviderConfigurations"].clone())
    };
    assert_eq!(held()?, api_key("one"));
    let calls = edited(&world, ("platform", "one"), json!({"credentialProviderConfigurations": null})).await?;
    let expected = json!({
        "gatewayIdentifier": ready["status"]["gatewayId"],
        "targetId": ready["status"]["targetId"],
        "name": "one",
        "targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": document("https://api.example.com")}}},
    });
    assert_eq!(asked(only(&calls, "UpdateGatewayTarget")?)?, expected);
    assert_eq!(held()?, json!([]));
    let calls =
        edited(&world, ("platform", "one"), json!({"credentialProviderConfigurations": api_key("two")})).await?;
    assert_eq!(asked(only(&calls, "UpdateGatewayTarget")?)?["credentialProviderConfigurations"], api_key("two"));
    assert_eq!(held()?, api_key("two"));
    // An empty list means the same as none, and AWS takes no empty list.
    let calls = edited(&world, ("platform", "one"), json!({"credentialProviderConfigurations": []})).await?;
    assert_eq!(asked(only(&calls, "UpdateGatewayTarget")?)?, expected);
    assert_eq!(
        operations(&edited(&world, ("platform", "one"), json!({"credentialProviderConfigurations": null})).await?),
        [""; 0]
    );
    Ok(())
}

#[tokio::test]
async fn a_document_is_compared_by_what_it_says() -> anyhow::Result<()> {
    let world = world("edits-document").await?;
    world.apply(SMALL_GATEWAY).await?;
    world.apply(&public_target("platform", "one")).await?;
    world.ready("GatewayTarget", "platform", "one").await?;
    let spec = |text: &str| json!({"targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": text}}}});
    let same: Value = serde_json::from_str(&document("https://api.example.com"))?;
    let calls = edited(&world, ("platform", "one"), spec(&format!("{same:#}"))).await?;
    assert_eq!(operations(&calls), [""; 0], "another layout is no other document");
    let other = document("https://api2.example.com");
    let calls = edited(&world, ("platform", "one"), spec(&other)).await?;
    assert_eq!(only(&calls, "UpdateGatewayTarget")?.input["targetConfiguration"], spec(&other)["targetConfiguration"]);
    let ready = world.ready("GatewayTarget", "platform", "one").await?;
    assert_eq!(text(&ready, "/status/endpoint")?, "https://api2.example.com");
    Ok(())
}

#[tokio::test]
async fn a_target_does_not_become_one_of_another_kind() -> anyhow::Result<()> {
    let world = world("edits-kind").await?;
    let _server = everyday_server(&world).await?;
    gateway(&world).await?;
    world.apply(MANAGED_TARGET).await?;
    let name = ("GatewayTarget", "mcp-server", "eks-mcp-server");
    world.ready(name.0, name.1, name.2).await?;
    let mark = world.aws.mark();
    let document = document("https://internal.example.com");
    let mcp = json!({"mcpServer": null, "openApiSchema": {"inlinePayload": document}});
    world.merge(name.0, name.1, name.2, json!({"spec": {"targetConfiguration": {"mcp": mcp}}})).await?;
    let stalled = world.has(name.0, name.1, name.2, ("Stalled", "True", "ReplacementRequired")).await?;
    assert_eq!(verdict(&stalled, "Ready").as_deref(), Some("True/Settled"));
    assert!(message(&stalled, "ReplacementRequired").contains("targetConfiguration"), "{stalled:#}");
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    Ok(())
}

/// What only Kubernetes knows of costs AWS nothing.
#[tokio::test]
async fn what_aws_does_not_know_is_not_sent() -> anyhow::Result<()> {
    let world = world("edits-here").await?;
    world.apply(SMALL_GATEWAY).await?;
    world.apply(&public_target("platform", "one")).await?;
    world.ready("GatewayTarget", "platform", "one").await?;
    let mark = world.aws.mark();
    world.merge("GatewayTarget", "platform", "one", json!({"spec": {"deletionPolicy": "Retain"}})).await?;
    let spec = json!({"allowedNamespaces": {"from": "All"}, "recreate": true, "deletionPolicy": "Retain"});
    world.merge("Gateway", "platform", "agents", json!({"spec": spec})).await?;
    world.ready("Gateway", "platform", "agents").await?;
    world.ready("GatewayTarget", "platform", "one").await?;
    sweeps(&world, 2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    Ok(())
}

/// The longest description that the schema takes fits into AWS, marker and all.
#[tokio::test]
async fn the_longest_description_fits() -> anyhow::Result<()> {
    let world = world("edits-longest").await?;
    world.apply(SMALL_GATEWAY).await?;
    let described =
        |length: usize| format!("{}  description: {}\n", public_target("platform", "one"), "x".repeat(length));
    let refused = world.apply_refused(&described(174)).await?;
    assert!(refused.contains("description"), "{refused}");
    world.apply(&described(173)).await?;
    world.ready("GatewayTarget", "platform", "one").await?;
    let held = in_aws(&world, ObjectKind::GatewayTarget, "name", "one")?;
    assert_eq!(text(&held, "/description")?.len(), 200);
    Ok(())
}
