//! From annotations to targets: what is made, put back and left alone.

use lab::control_plane::AuditEvent;
use lab::workload::gateway_api;
use lab::world::World;
use serde_json::{Value, json};

use super::{
    INGRESS, PREFIX, SERVICE, TARGET, annotate, apply, discovering, endpoint_from, gateways, ingress, looked, service,
    target_of, target_where, told,
};
use crate::support::world_with;

#[tokio::test]
async fn an_annotated_object_has_a_target_beside_it() -> anyhow::Result<()> {
    let world = discovering("claims").await?;
    let said = [("gateway", "agents"), ("host", "mcp.example.com"), ("path", "/tools"), ("resource-priority", "10")];
    let service = service(&world, "search", &said).await?;
    let target = target_of(&world, &service).await?;
    let metadata = &target["metadata"];
    assert_eq!(metadata["labels"], json!({"tools.agentcore.dev/discovered": "true"}));
    assert_eq!(metadata["annotations"], json!({"tools.agentcore.dev/discovered-from": "Service/search"}));
    let owner = json!({"apiVersion": "v1", "kind": "Service", "name": "search", "uid": service["metadata"]["uid"],
        "controller": true, "blockOwnerDeletion": false});
    assert_eq!(metadata["ownerReferences"], json!([owner]));
    assert_eq!(metadata["managedFields"][0]["manager"], "agentcore-gateway-operator");
    let server = json!({
        "endpointFrom": {"serviceRef": {"name": "search"}, "host": "mcp.example.com", "path": "/tools"},
        "resourcePriority": 10,
    });
    let spec = json!({
        "gatewayRef": {"name": "agents", "namespace": world.namespace("platform")},
        "targetConfiguration": {"mcp": {"mcpServer": server}},
    });
    assert_eq!(target["spec"], spec);
    told(&world, &service, "Creating", "GatewayTarget search was made for this object").await?;

    let ingress = ingress(&world, "mcp-server", "stock", &[("gateway", "others")]).await?;
    let target = target_of(&world, &ingress).await?;
    assert_eq!(endpoint_from(&target), &json!({"ingressRef": {"name": "stock"}}));
    Ok(())
}

/// The Gateway API comes while the operator runs, unless another test has brought it before.
#[tokio::test]
async fn an_http_route_becomes_a_target_as_soon_as_there_are_any() -> anyhow::Result<()> {
    let world = discovering("routes").await?;
    ingress(&world, "mcp-server", "first", &[("gateway", "agents")]).await?;
    looked(&world, 1).await?;
    gateway_api::install(world.objects()).await?;
    let said = [("tools.agentcore.dev/gateway", "platform/agents"), ("tools.agentcore.dev/target-name", "find")];
    let parents = [("platform", "internal")];
    let route = gateway_api::http_route("mcp-server", "search", &parents, &["mcp.example.com"], ("/", "search"), &said);
    let route = world.apply_object(route).await?;
    let target = target_of(&world, &route).await?;
    assert_eq!(endpoint_from(&target), &json!({"httpRouteRef": {"name": "search"}}));
    assert_eq!(target["spec"]["name"], "find");
    assert_eq!(target["metadata"]["annotations"]["tools.agentcore.dev/discovered-from"], "HTTPRoute/search");
    assert_eq!(target["metadata"]["ownerReferences"][0]["apiVersion"], "gateway.networking.k8s.io/v1");
    world.delete(gateway_api::HTTP_ROUTE, "mcp-server", "search").await?;
    world.gone(TARGET, "mcp-server", "search").await
}

/// All writes of a target by the operator, its status aside. What the API server refused changed nothing: it was meant for a target that
/// has got a new status meanwhile.
fn writes(world: &World, mark: usize, name: &str) -> Vec<String> {
    let is_own = |request: &AuditEvent| {
        request.is_write()
            && request.code < 400
            && request.resource == "gatewaytargets"
            && request.subresource.is_empty()
            && request.name == name
    };
    world.requests_since(mark).into_iter().filter(is_own).map(|request| request.verb).collect()
}

#[tokio::test]
async fn a_target_follows_its_annotations_and_costs_nothing_when_it_has_them() -> anyhow::Result<()> {
    let world = discovering("following").await?;
    let service = service(&world, "search", &[("gateway", "agents"), ("host", "mcp.example.com")]).await?;
    let made = target_of(&world, &service).await?;
    target_where(&world, "search", "has its finalizer", |target| target["metadata"]["finalizers"].is_array()).await?;
    looked(&world, 1).await?;

    let mark = world.mark();
    world.merge(SERVICE, "mcp-server", "search", json!({"metadata": {"labels": {"team": "search"}}})).await?;
    looked(&world, 2).await?;
    assert_eq!(writes(&world, mark, "search"), [""; 0]);

    let mark = world.mark();
    annotate(&world, SERVICE, "search", &[("path", "/tools"), ("port", "8443"), ("listing-mode", "DYNAMIC")]).await?;
    let is_followed =
        |target: &Value| endpoint_from(target)["path"] == "/tools" && endpoint_from(target)["port"] == 8443;
    target_where(&world, "search", "follows", is_followed).await?;
    annotate(&world, SERVICE, "search", &[("path", ""), ("port", ""), ("listing-mode", "")]).await?;
    let is_back = |target: &Value| target["spec"] == made["spec"];
    let back = target_where(&world, "search", "is back", is_back).await?;
    assert_eq!(back["metadata"]["uid"], made["metadata"]["uid"]);
    looked(&world, 3).await?;
    assert_eq!(writes(&world, mark, "search"), ["patch", "patch"], "one for each change");

    let server = json!({"endpointFrom": {"host": "elsewhere.example.com", "path": "/mine"}, "resourcePriority": 1});
    let edit = json!({"description": "ours", "targetConfiguration": {"mcp": {"mcpServer": server}}});
    world.merge(TARGET, "mcp-server", "search", json!({"spec": edit})).await?;
    let mut expected = made["spec"].clone();
    expected["description"] = json!("ours");
    target_where(&world, "search", "is put back, what is its user's stays", |target| target["spec"] == expected)
        .await?;
    let elsewhere = json!({"endpointFrom": null, "endpoint": "https://elsewhere.example.com/mcp"});
    let elsewhere = json!({"spec": {"targetConfiguration": {"mcp": {"mcpServer": elsewhere}}}});
    world.merge(TARGET, "mcp-server", "search", elsewhere).await?;
    target_where(&world, "search", "leads to its Service again", |target| target["spec"] == expected).await?;
    Ok(())
}

#[tokio::test]
async fn a_target_that_somebody_deletes_is_made_again() -> anyhow::Result<()> {
    let world = discovering("again").await?;
    let ingress = ingress(&world, "mcp-server", "search", &[("gateway", "agents")]).await?;
    let first = target_of(&world, &ingress).await?;
    world.delete(TARGET, "mcp-server", "search").await?;
    let is_another = |target: &Value| target["metadata"]["uid"] != first["metadata"]["uid"];
    let second = target_where(&world, "search", "is another", is_another).await?;
    assert_eq!(second["spec"], first["spec"]);
    Ok(())
}

#[tokio::test]
async fn three_services_do_not_disturb_each_other() -> anyhow::Result<()> {
    let world = discovering("three").await?;
    let said = [("gateway", "agents"), ("host", "mcp.example.com")];
    let first = service(&world, "one", &said).await?;
    let first = target_of(&world, &first).await?;
    let mut uids = vec![first["metadata"]["uid"].clone()];
    for name in ["two", "three"] {
        let service = service(&world, name, &said).await?;
        uids.push(target_of(&world, &service).await?["metadata"]["uid"].clone());
    }
    annotate(&world, SERVICE, "two", &[("gateway", "")]).await?;
    world.gone(TARGET, "mcp-server", "two").await?;
    looked(&world, 1).await?;
    for (name, uid) in [("one", &uids[0]), ("three", &uids[2])] {
        let target = world.get(TARGET, "mcp-server", name).await?;
        assert_eq!(&target["metadata"]["uid"], uid);
        assert_eq!(target["metadata"]["generation"], 1, "{name} was never touched");
        assert_eq!(target["metadata"]["deletionTimestamp"], Value::Null);
    }
    Ok(())
}

#[tokio::test]
async fn annotations_that_are_wrong_make_nothing_and_change_nothing() -> anyhow::Result<()> {
    let world = discovering("wrong").await?;
    let wrong = ingress(&world, "mcp-server", "wrong", &[("gateway", "agents"), ("port", "https")]).await?;
    told(&world, &wrong, "Invalid", "tools.agentcore.dev/port is \"https\" and has to be a port, 1 to 65535").await?;
    let nameless = service(&world, "nameless", &[("gateway", "agents")]).await?;
    told(&world, &nameless, "HostAmbiguous", "tools.agentcore.dev/host").await?;
    let right = service(&world, "right", &[("gateway", "agents"), ("host", "mcp.example.com")]).await?;
    let made = target_of(&world, &right).await?;
    annotate(&world, SERVICE, "right", &[("path", "no-slash"), ("port", "8443")]).await?;
    told(&world, &right, "Invalid", "tools.agentcore.dev/path is \"no-slash\"").await?;
    looked(&world, 1).await?;
    assert_eq!(world.get(TARGET, "mcp-server", "right").await?["spec"], made["spec"]);
    for name in ["wrong", "nameless"] {
        assert_eq!(world.find(TARGET, "mcp-server", name).await?, None);
    }
    annotate(&world, INGRESS, "wrong", &[("port", "8443")]).await?;
    target_of(&world, &wrong).await?;
    let dns = json!({"external-dns.alpha.kubernetes.io/hostname": "mcp.example.com"});
    world.merge(SERVICE, "mcp-server", "nameless", json!({"metadata": {"annotations": dns}})).await?;
    assert_eq!(endpoint_from(&target_of(&world, &nameless).await?)["host"], "mcp.example.com");
    Ok(())
}

/// A Service as users of other projects mark it.
async fn marked(world: &World, name: &str, spec: Value, labels: Value) -> anyhow::Result<Value> {
    let annotations = json!({"tools.agentcore.dev/host": "mcp.example.com", "kagent.dev/mcp-service-path": "/kagent",
        "agentgateway.dev/mcp-path": "/agentgateway"});
    let metadata = json!({"name": name, "namespace": "mcp-server", "labels": labels, "annotations": annotations});
    apply(world, json!({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})).await
}

#[tokio::test]
async fn services_that_are_marked_for_other_projects_become_targets_where_the_namespace_names_a_gateway()
-> anyhow::Result<()> {
    let world = discovering("marks").await?;
    let ports = json!([{"name": "mcp", "port": 8443, "appProtocol": "agentgateway.dev/mcp"}]);
    let balanced =
        |ports: &Value| json!({"type": "LoadBalancer", "allocateLoadBalancerNodePorts": false, "ports": ports});
    let label = json!({"kagent.dev/mcp-service": "true"});
    let plain = json!([{"name": "https", "port": 443}]);
    let one = marked(&world, "agentgateway", balanced(&ports), json!({})).await?;
    let two = marked(&world, "kagent", balanced(&plain), label.clone()).await?;
    marked(&world, "inner", json!({"type": "ClusterIP", "ports": ports}), label).await?;
    marked(&world, "plain", balanced(&plain), json!({})).await?;
    looked(&world, 1).await?;
    assert_eq!(world.list(TARGET, "mcp-server").await?, [json!(null); 0], "nobody has named a gateway");

    let namespace = world.namespace("mcp-server");
    let named = super::annotations(&world, &[("gateway", "agents")]);
    world.merge("v1/Namespace", "", &namespace, json!({"metadata": {"annotations": named}})).await?;
    let target = target_of(&world, &one).await?;
    assert_eq!(
        (&endpoint_from(&target)["path"], &endpoint_from(&target)["port"]),
        (&json!("/agentgateway"), &json!(8443))
    );
    let target = target_of(&world, &two).await?;
    assert_eq!(endpoint_from(&target)["path"], "/kagent");
    looked(&world, 2).await?;
    assert_eq!(world.list(TARGET, "mcp-server").await?.len(), 2, "neither the inner nor the plain one");

    // As `kubectl apply` leaves them: what it notes for itself says nothing of claims.
    let applied = json!({"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}}});
    for (kind, place, name) in
        [("v1/Namespace", "", namespace.as_str()), (SERVICE, "mcp-server", "kagent"), ("Gateway", "platform", "agents")]
    {
        world.merge(kind, place, name, applied.clone()).await?;
    }
    let none = json!({"metadata": {"annotations": {format!("{PREFIX}/gateway"): null}}});
    world.merge("v1/Namespace", "", &namespace, none).await?;
    world.gone(TARGET, "mcp-server", "agentgateway").await?;
    world.gone(TARGET, "mcp-server", "kagent").await
}

#[tokio::test]
async fn without_discovery_nothing_is_made_and_what_stands_stays() -> anyhow::Result<()> {
    let mut world = world_with("without", &["--discovery=true"]).await?;
    gateways(&world, "").await?;
    let ingress = ingress(&world, "mcp-server", "search", &[("gateway", "agents")]).await?;
    let target = target_of(&world, &ingress).await?;
    let watched = ["platform", "mcp-server", "rest-api", "sandbox"].map(|short| world.namespace(short)).join(",");
    let watched = format!("--watch-namespaces={watched}");
    let arguments = [&watched, "--cluster-name=without", "--retry-floor=200ms", "--discovery=false"];
    world.operator.restart_with(arguments.map(str::to_owned).to_vec()).await?;
    super::ingress(&world, "mcp-server", "late", &[("gateway", "agents")]).await?;
    annotate(&world, INGRESS, "search", &[("gateway", "")]).await?;
    world.apply(&crate::manifests::public_target("platform", "one")).await?;
    world.ready(TARGET, "platform", "one").await?;
    assert_eq!(world.find(TARGET, "mcp-server", "late").await?, None);
    let stands = world.get(TARGET, "mcp-server", "search").await?;
    assert_eq!(stands["metadata"]["deletionTimestamp"], Value::Null);
    assert_eq!(stands["metadata"]["uid"], target["metadata"]["uid"]);
    Ok(())
}
