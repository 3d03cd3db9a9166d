//! What a namespace may do that may edit Services but not GatewayTargets: no more than the Gateway's owner lets it.

use anyhow::Context;
use lab::world::World;
use serde_json::{Value, json};

use super::{
    INGRESS, PREFIX, SERVICE, TARGET, annotate, annotations, discovering, endpoint_from, gateways, ingress, looked,
    notes, service, target_of, target_where, told,
};

#[tokio::test]
async fn a_namespace_that_is_not_let_in_does_not_learn_what_exists() -> anyhow::Result<()> {
    let world = discovering("let-in").await?;
    let object = ingress(&world, "sandbox", "search", &[("gateway", "agents")]).await?;
    let note = told(&world, &object, "NamespaceNotAllowed", "its owner must let the namespace in").await?;
    let guess = ingress(&world, "sandbox", "guess", &[("gateway", "absent")]).await?;
    let absent = told(&world, &guess, "NamespaceNotAllowed", "its owner must let the namespace in").await?;
    assert_eq!(absent.replace("/absent", "/agents"), note, "the same words");
    looked(&world, 1).await?;
    assert_eq!(world.list(TARGET, "sandbox").await?, [json!(null); 0]);

    let namespace = world.namespace("sandbox");
    let label = |value: Value| json!({"metadata": {"labels": {"agentcore": value}}});
    world.merge("v1/Namespace", "", &namespace, label(json!("yes"))).await?;
    let look = async || world.find(TARGET, "sandbox", "search").await.ok().flatten();
    world.wait_for("the target is made", lab::world::PATIENCE, look).await?;
    world.merge("v1/Namespace", "", &namespace, label(json!(null))).await?;
    world.gone(TARGET, "sandbox", "search").await?;
    assert_eq!(world.find(TARGET, "sandbox", "guess").await?, None);
    Ok(())
}

#[tokio::test]
async fn discovery_and_attachment_are_both_needed() -> anyhow::Result<()> {
    let world = discovering("both").await?;
    let spec = |spec: Value| world.merge("Gateway", "platform", "agents", json!({"spec": spec}));
    spec(json!({"discovery": {"from": "None", "selector": null}})).await?;
    let object = ingress(&world, "mcp-server", "search", &[("gateway", "agents")]).await?;
    told(&world, &object, "NamespaceNotAllowed", "takes no annotated objects").await?;
    let own = ingress(&world, "platform", "own", &[("gateway", "agents")]).await?;
    told(&world, &own, "NamespaceNotAllowed", "with spec.discovery.from: Same").await?;
    spec(json!({"discovery": {"from": "All"}, "allowedNamespaces": {"from": "Same", "selector": null}})).await?;
    let look = async || world.find(TARGET, "platform", "own").await.ok().flatten();
    world.wait_for("the Gateway's own namespace is let in", lab::world::PATIENCE, look).await?;
    looked(&world, 1).await?;
    assert_eq!(world.find(TARGET, "mcp-server", "search").await?, None);
    spec(json!({"allowedNamespaces": {"from": "All"}})).await?;
    target_of(&world, &object).await?;
    spec(json!({"discovery": {"from": "None"}})).await?;
    world.gone(TARGET, "mcp-server", "search").await?;
    world.gone(TARGET, "platform", "own").await
}

#[tokio::test]
async fn annotations_that_decide_about_safety_need_the_gateways_owner() -> anyhow::Result<()> {
    let world = discovering("guarded").await?;
    let guarded = [
        ("gateway", "agents"),
        ("security-group-ids", "sg-0a1b2c3d4e5f60b02,sg-0a1b2c3d4e5f60b03"),
        ("preflight", "Skip"),
        ("allow-internet-facing", "true"),
    ];
    let object = ingress(&world, "mcp-server", "search", &guarded).await?;
    let made = target_of(&world, &object).await?;
    assert_eq!(endpoint_from(&made), &json!({"ingressRef": {"name": "search"}}));
    assert_eq!((&made["spec"]["preflight"], &made["spec"]["privateEndpoint"]), (&Value::Null, &Value::Null));
    let note = told(&world, &object, "RefNotPermitted", "spec.discovery.annotations").await?;
    for (key, _) in &guarded[1..] {
        assert!(note.contains(&format!("{PREFIX}/{key}")), "{note}");
    }
    gateways(&world, ", annotations: [security-group-ids, tools.agentcore.dev/allow-internet-facing]").await?;
    let is_honoured = |target: &Value| endpoint_from(target)["allowInternetFacing"] == true;
    let target = target_where(&world, "search", "is as annotated", is_honoured).await?;
    let groups = json!(["sg-0a1b2c3d4e5f60b02", "sg-0a1b2c3d4e5f60b03"]);
    assert_eq!(target["spec"]["privateEndpoint"], json!({"managedVpcResource": {"securityGroupIds": groups}}));
    assert_eq!(target["spec"]["preflight"], Value::Null);
    told(&world, &object, "RefNotPermitted", "Not honoured: tools.agentcore.dev/preflight. ").await?;
    gateways(&world, "").await?;
    let back = target_where(&world, "search", "is as before", |target| target["spec"] == made["spec"]).await?;
    assert_eq!(back["metadata"]["uid"], made["metadata"]["uid"]);
    Ok(())
}

/// Somebody who may do everything with Services and Ingresses of namespace `mcp-server`, and nothing else.
async fn tenant(world: &World) -> anyhow::Result<std::path::PathBuf> {
    let user = format!("tenant:{}", world.namespace("mcp-server"));
    let metadata = json!({"name": "tenant", "namespace": "mcp-server"});
    let rules =
        json!([{"apiGroups": ["", "networking.k8s.io"], "resources": ["services", "ingresses"], "verbs": ["*"]}]);
    let group = "rbac.authorization.k8s.io";
    let version = format!("{group}/v1");
    super::apply(world, json!({"apiVersion": version, "kind": "Role", "metadata": metadata, "rules": rules})).await?;
    let binding = json!({"apiVersion": version, "kind": "RoleBinding", "metadata": metadata,
        "roleRef": {"apiGroup": group, "kind": "Role", "name": "tenant"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": user}]});
    super::apply(world, binding).await?;
    world.control_plane.kubeconfig_for(&user, None)
}

#[tokio::test]
async fn who_may_edit_services_alone_cannot_do_more_with_their_targets() -> anyhow::Result<()> {
    let world = discovering("tenant").await?;
    let kubeconfig = tenant(&world).await?;
    let namespace = world.namespace("mcp-server");
    let kubectl = async |arguments: &[&str]| -> anyhow::Result<(bool, String)> {
        let mut command = world.control_plane.kubectl();
        command.env("KUBECONFIG", &kubeconfig).args(["--namespace", &namespace]).args(arguments);
        let output = command.output().await?;
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Ok((output.status.success(), said))
    };
    let object = service(&world, "search", &[("host", "mcp.example.com")]).await?;
    let (key, value) = annotations(&world, &[("gateway", "agents")]).pop_first().context("an annotation")?;
    let (done, said) = kubectl(&["annotate", "service", "search", &format!("{key}={value}")]).await?;
    assert!(done, "{said}");
    target_of(&world, &object).await?;
    for arguments in [
        ["label", "gatewaytarget", "search", "tools.agentcore.dev/discovered-"],
        ["annotate", "gatewaytarget", "search", "tools.agentcore.dev/resend-requested-at=now"],
    ] {
        let (done, said) = kubectl(&arguments).await?;
        assert!(!done && said.contains("forbidden"), "{said}");
    }
    let (done, said) = kubectl(&["annotate", "service", "search", &format!("{key}-")]).await?;
    assert!(done, "{said}");
    world.gone(TARGET, "mcp-server", "search").await
}

#[tokio::test]
async fn what_was_told_once_is_not_told_again() -> anyhow::Result<()> {
    let world = discovering("once").await?;
    let object = service(&world, "search", &[("gateway", "agents"), ("port", "https")]).await?;
    told(&world, &object, "Invalid", "port is \"https\"").await?;
    looked(&world, 1).await?;
    looked(&world, 2).await?;
    assert_eq!(notes(&world, &object, "Invalid").await?.len(), 1);
    annotate(&world, SERVICE, "search", &[("port", "http")]).await?;
    told(&world, &object, "Invalid", "port is \"http\"").await?;
    let guess = ingress(&world, "mcp-server", "guess", &[("gateway", "absent")]).await?;
    told(&world, &guess, "NamespaceNotAllowed", "/absent").await?;
    annotate(&world, INGRESS, "guess", &[("gateway", "agents")]).await?;
    target_of(&world, &guess).await?;
    Ok(())
}
