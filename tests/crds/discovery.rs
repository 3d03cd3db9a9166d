//! What `kubectl` makes of the kinds: names, columns, explanations.

use agentcore_gateway_operator::api::{self, Gateway};
use agentcore_gateway_operator::crds;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use serde_json::{Value, json};

use super::{cluster, samples};

#[tokio::test]
async fn the_api_server_takes_the_definitions_without_a_warning() -> anyhow::Result<()> {
    let said = cluster::applied().await?;
    assert_eq!(said.matches("serverside-applied").count(), 4, "{said}");
    assert!(!said.to_lowercase().contains("warning"), "{said}");
    Ok(())
}

/// kubectl reads YAML with another library than the one that wrote it.
#[tokio::test]
async fn what_is_stored_is_what_was_generated() -> anyhow::Result<()> {
    let stored: Api<CustomResourceDefinition> = Api::all(cluster::client().await?);
    for generated in crds::all() {
        let stored = stored.get(generated.metadata.name.as_deref().unwrap_or_default()).await?;
        assert_eq!(stored.spec.versions, generated.spec.versions);
    }
    Ok(())
}

#[tokio::test]
async fn kubectl_knows_the_short_names_and_the_category() -> anyhow::Result<()> {
    let client = cluster::client().await?;
    let resources = client.list_api_group_resources(&format!("{}/{}", api::GROUP, api::VERSION)).await?.resources;
    let expected = [
        ("gateways", "Gateway", "acgw"),
        ("gatewaytargets", "GatewayTarget", "acgwt"),
        ("resourcegateways", "ResourceGateway", "acrg"),
        ("resourceconfigurations", "ResourceConfiguration", "acrc"),
    ];
    for (plural, kind, short_name) in expected {
        let Some(resource) = resources.iter().find(|resource| resource.name == plural) else {
            anyhow::bail!("{plural} are not discovered")
        };
        assert_eq!(resource.kind, kind);
        assert!(resource.namespaced, "{plural}");
        assert_eq!(resource.short_names.as_deref(), Some([short_name.to_owned()].as_slice()));
        assert_eq!(resource.categories.as_deref(), Some([api::CATEGORY.to_owned()].as_slice()));
        assert!(resources.iter().any(|resource| resource.name == format!("{plural}/status")), "{plural}");
        cluster::kubectl(&["get", short_name]).await?;
    }
    cluster::kubectl(&["get", "agentcore", "--all-namespaces"]).await?;
    Ok(())
}

#[tokio::test]
async fn columns_lead_with_ready_and_end_with_age() -> anyhow::Result<()> {
    let gateways: Api<Gateway> = Api::default_namespaced(cluster::client().await?);
    let mut gateway: Gateway = serde_json::from_value(samples::gateway())?;
    gateway.metadata.name = Some("columns".to_owned());
    gateways.create(&PostParams::default(), &gateway).await?;
    let status: Value = json!({"status": {
        "gatewayId": "agents-abcde12345",
        "gatewayUrl": "https://agents.example.com/mcp",
        "targets": {"total": 3, "ready": 2},
        "conditions": [{
            "type": "Ready", "status": "True", "reason": "Settled", "message": "AWS has what the spec says.",
            "lastTransitionTime": "2026-11-20T09:00:00Z",
        }],
    }});
    gateways.patch_status("columns", &kube::api::PatchParams::default(), &kube::api::Patch::Merge(&status)).await?;
    let wide = cluster::kubectl(&["get", "acgw", "columns", "-o", "wide"]).await?;
    let usual = cluster::kubectl(&["get", "acgw", "columns"]).await?;
    gateways.delete("columns", &DeleteParams::default()).await?;
    let header =
        |table: &str| table.lines().next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(header(&usual), "NAME READY REASON ENDPOINT TARGETS AGE");
    assert_eq!(header(&wide), "NAME READY REASON ENDPOINT TARGETS ID MESSAGE AGE");
    for cell in
        ["True", "Settled", "https://agents.example.com/mcp", "3", "agents-abcde12345", "AWS has what the spec says."]
    {
        assert!(wide.contains(cell), "{cell} is not in\n{wide}");
    }
    Ok(())
}

#[tokio::test]
async fn kubectl_explains_kinds_fields_and_members_of_unions() -> anyhow::Result<()> {
    cluster::applied().await?;
    let explanations = [
        ("gatewaytargets.tools.agentcore.dev", "A target of an Amazon Bedrock AgentCore gateway"),
        (
            "acgwt.spec.privateEndpoint.managedVpcResource.securityGroupIds",
            "they must let traffic out to the endpoint's port",
        ),
        ("acgwt.spec.targetConfiguration.mcp.mcpServer", "its tools are offered as they are"),
        ("acgwt.spec.targetConfiguration.mcp.mcpServer.listingMode", "`DYNAMIC`, whenever an agent lists them"),
        (
            "acgwt.spec.targetConfiguration.mcp.mcpServer.endpointFrom",
            "The object in the cluster whose load balancer serves the endpoint",
        ),
        ("acgwt.spec.workloadRef.kind", "`Deployment`, `StatefulSet` or `DaemonSet`"),
        ("acgwt.spec.sync.mode", "when the server's own list of tools changed"),
        ("acgw.spec.discovery.from", "`Same`, the gateway's own namespace"),
        ("acrc.spec.type", "`SINGLE`, one endpoint"),
    ];
    for (field, expected) in explanations {
        let explained = cluster::kubectl(&["explain", field]).await?;
        let words = explained.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(expected), "{explained}");
    }
    Ok(())
}

#[tokio::test]
async fn targets_can_be_selected_by_their_gateway() -> anyhow::Result<()> {
    let objects = cluster::objects(&cluster::client().await?, &samples::rest_target());
    for (name, gateway) in [("selected", "chosen"), ("passed-over", "another")] {
        let manifest = samples::patched(
            samples::rest_target(),
            &json!({"metadata": {"name": name}, "spec": {"gatewayRef": {"name": gateway}}}),
        );
        objects.create(&PostParams::default(), &serde_json::from_value(manifest)?).await?;
    }
    let found =
        cluster::kubectl(&["get", "acgwt", "--field-selector", "spec.gatewayRef.name=chosen", "-o", "name"]).await?;
    for name in ["selected", "passed-over"] {
        objects.delete(name, &DeleteParams::default()).await?;
    }
    assert_eq!(found.trim(), "gatewaytarget.tools.agentcore.dev/selected");
    Ok(())
}

/// Whoever has Gateway API or Istio installed keeps what `kubectl get gateway` means.
#[tokio::test]
async fn the_word_gateway_stays_with_gateway_api_and_istio() -> anyhow::Result<()> {
    cluster::applied().await?;
    for group in ["networking.istio.io", "gateway.networking.k8s.io"] {
        let definition = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("gateways.{group}"), "annotations": {"api-approved.kubernetes.io": "unapproved, a test"}},
            "spec": {
                "group": group, "scope": "Namespaced",
                "names": {"kind": "Gateway", "plural": "gateways", "singular": "gateway", "listKind": "GatewayList"},
                "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}],
            },
        });
        let file = cluster::file(&format!("{group}.json"), &definition).await?;
        cluster::kubectl(&["apply", "-f", &file]).await?;
        let mut explained = String::new();
        for attempt in 0..100 {
            // A cache of its own each time: kubectl would answer from what it discovered before.
            let cache = format!("--cache-dir={file}.cache/{attempt}");
            let said = cluster::kubectl(&["explain", "gateway", &cache]).await;
            explained = said.unwrap_or_else(|error| format!("{error:#}"));
            if explained.contains(&format!("GROUP:      {group}")) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert!(explained.contains(&format!("GROUP:      {group}")), "{explained}");
    }
    Ok(())
}
