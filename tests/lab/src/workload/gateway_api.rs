//! Gateway API, which a cluster may have or not: a stand-in for its definitions, and what users and its controllers write.
//!
//! The definitions know the kinds, their versions and their status, and take any member: the operator reads these objects, and
//! what users may write into them is not its business. Names and versions are those of <https://gateway-api.sigs.k8s.io>.

use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};

use super::manifest::metadata;
use crate::objects::{Objects, condition};

/// The kind of a Gateway of Gateway API, for [`Objects`].
pub const GATEWAY: &str = "gateway.networking.k8s.io/v1/Gateway";

/// The kind of an HTTPRoute, for [`Objects`].
pub const HTTP_ROUTE: &str = "gateway.networking.k8s.io/v1/HTTPRoute";

/// The kind of a `ReferenceGrant`, for [`Objects`].
pub const REFERENCE_GRANT: &str = "gateway.networking.k8s.io/v1beta1/ReferenceGrant";

const GROUP: &str = "gateway.networking.k8s.io";

const DEFINITION: &str = "apiextensions.k8s.io/v1/CustomResourceDefinition";

/// The class of all Gateways here.
const CLASS: &str = "aws-alb";

/// The name of the controller that serves it.
const CONTROLLER: &str = "gateway.k8s.aws/alb";

/// How long is waited until the API server has taken a definition in, or removed it.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often is looked.
const PAUSE: Duration = Duration::from_millis(50);

/// Installs the definitions and waits until they serve. The cluster has them for everybody from then on: tests that install or
/// remove them want a control plane that they share with nobody who minds.
pub async fn install(objects: &Objects) -> anyhow::Result<()> {
    for definition in definitions() {
        objects.apply(&definition).await?;
    }
    for definition in definitions() {
        let name = definition["metadata"]["name"].as_str().unwrap_or_default();
        wait(&format!("the definition {name} serves"), async || {
            let found = objects.find(DEFINITION, "", name).await.ok().flatten().unwrap_or_default();
            condition(&found, "Established").is_some_and(|established| established["status"] == "True")
        })
        .await?;
    }
    for kind in [GATEWAY, HTTP_ROUTE, REFERENCE_GRANT] {
        wait(&format!("{kind} can be listed"), async || objects.list(kind, "").await.is_ok()).await?;
    }
    Ok(())
}

/// Removes the definitions, and with them all objects, and waits until they are gone.
pub async fn remove(objects: &Objects) -> anyhow::Result<()> {
    for definition in definitions() {
        let name = definition["metadata"]["name"].as_str().unwrap_or_default();
        objects.delete(DEFINITION, "", name).await?;
        wait(&format!("the definition {name} is gone"), async || {
            objects.find(DEFINITION, "", name).await.is_ok_and(|found| found.is_none())
        })
        .await?;
    }
    Ok(())
}

/// A Gateway with one listener `https` for all hosts, which takes routes of all namespaces.
#[must_use]
pub fn gateway(namespace: &str, name: &str) -> Value {
    let listener = json!({
        "name": "https", "port": 443, "protocol": "HTTPS", "allowedRoutes": {"namespaces": {"from": "All"}},
        "tls": {"mode": "Terminate", "certificateRefs": [{"name": "in-acm"}]},
    });
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": metadata(namespace, name, &[]),
        "spec": {"gatewayClassName": CLASS, "listeners": [listener]},
    })
}

/// A route of these hosts from Gateways, as `(namespace, name)`, to a Service at port 8000 for a path prefix.
#[must_use]
pub fn http_route(
    namespace: &str,
    name: &str,
    parents: &[(&str, &str)],
    hosts: &[&str],
    (prefix, service): (&str, &str),
    annotations: &[(&str, &str)],
) -> Value {
    let parents: Vec<Value> = parents.iter().map(|(namespace, name)| parent(namespace, name)).collect();
    let matches = json!([{"path": {"type": "PathPrefix", "value": prefix}}]);
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": metadata(namespace, name, annotations),
        "spec": {
            "parentRefs": parents,
            "hostnames": hosts,
            "rules": [{"matches": matches, "backendRefs": [{"name": service, "port": 8000}]}],
        },
    })
}

/// Leave for objects of a kind, as `(group, kind)`, in another namespace to refer to objects of another kind in this one.
#[must_use]
pub fn reference_grant(
    namespace: &str,
    name: &str,
    (from_group, from_kind): (&str, &str),
    from_namespace: &str,
    (to_group, to_kind): (&str, &str),
) -> Value {
    json!({
        "apiVersion": "gateway.networking.k8s.io/v1beta1",
        "kind": "ReferenceGrant",
        "metadata": metadata(namespace, name, &[]),
        "spec": {
            "from": [{"group": from_group, "kind": from_kind, "namespace": from_namespace}],
            "to": [{"group": to_group, "kind": to_kind}],
        },
    })
}

/// Writes the status of a Gateway that has these addresses; one without addresses is not programmed. Answers with the Gateway.
pub async fn program_gateway(
    objects: &Objects,
    namespace: &str,
    name: &str,
    dns_names: &[&str],
) -> anyhow::Result<Value> {
    let generation = &generation(objects, GATEWAY, namespace, name).await?;
    let addresses: Vec<Value> = dns_names.iter().map(|name| json!({"type": "Hostname", "value": name})).collect();
    let programmed = if dns_names.is_empty() {
        ("Programmed", "False", "AddressNotAssigned")
    } else {
        ("Programmed", "True", "Programmed")
    };
    let conditions = json!([verdict(("Accepted", "True", "Accepted"), generation), verdict(programmed, generation)]);
    let listener = json!({
        "name": "https",
        "attachedRoutes": 1,
        "supportedKinds": [{"group": GROUP, "kind": "HTTPRoute"}],
        "conditions": conditions,
    });
    let status = json!({"addresses": addresses, "conditions": conditions, "listeners": [listener]});
    objects.merge_status(GATEWAY, namespace, name, &json!({"status": status})).await
}

/// Writes the status of an HTTPRoute: for each parent of its spec, in their order, whether it accepts the route. A parent for
/// which there is no verdict has not looked at the route yet. Answers with the route.
pub async fn judge_http_route(
    objects: &Objects,
    namespace: &str,
    name: &str,
    accepted: &[bool],
) -> anyhow::Result<Value> {
    let route =
        objects.find(HTTP_ROUTE, namespace, name).await?.with_context(|| missing(HTTP_ROUTE, namespace, name))?;
    let generation = &route["metadata"]["generation"];
    let parents: Vec<Value> = route["spec"]["parentRefs"]
        .as_array()
        .into_iter()
        .flatten()
        .zip(accepted)
        .map(|(parent, accepted)| {
            let of_parent = if *accepted {
                ("Accepted", "True", "Accepted")
            } else {
                ("Accepted", "False", "NotAllowedByListeners")
            };
            let resolved = ("ResolvedRefs", "True", "ResolvedRefs");
            json!({
                "parentRef": parent,
                "controllerName": CONTROLLER,
                "conditions": [verdict(of_parent, generation), verdict(resolved, generation)],
            })
        })
        .collect();
    objects.merge_status(HTTP_ROUTE, namespace, name, &json!({"status": {"parents": parents}})).await
}

fn definitions() -> [Value; 4] {
    [
        definition(("Gateway", "gateways"), "v1", "Namespaced"),
        definition(("GatewayClass", "gatewayclasses"), "v1", "Cluster"),
        definition(("HTTPRoute", "httproutes"), "v1", "Namespaced"),
        definition(("ReferenceGrant", "referencegrants"), "v1beta1", "Namespaced"),
    ]
}

fn definition((kind, plural): (&str, &str), version: &str, scope: &str) -> Value {
    let anything = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    // A grant has no status.
    let subresources = if kind == "ReferenceGrant" { json!({}) } else { json!({"status": {}}) };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": format!("{plural}.{GROUP}"),
            // The API server wants to know who approved a kind of this group: nobody did.
            "annotations": {"api-approved.kubernetes.io": "unapproved, a stand-in for tests"},
        },
        "spec": {
            "group": GROUP,
            "scope": scope,
            "names": {"kind": kind, "listKind": format!("{kind}List"), "plural": plural, "singular": kind.to_lowercase()},
            "versions": [{
                "name": version,
                "served": true,
                "storage": true,
                "subresources": subresources,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": anything, "status": anything}}},
            }],
        },
    })
}

fn parent(namespace: &str, name: &str) -> Value {
    json!({"group": GROUP, "kind": "Gateway", "namespace": namespace, "name": name})
}

fn verdict((kind, status, reason): (&str, &str, &str), generation: &Value) -> Value {
    json!({
        "type": kind, "status": status, "reason": reason, "message": reason, "observedGeneration": generation,
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    })
}

async fn generation(objects: &Objects, kind: &str, namespace: &str, name: &str) -> anyhow::Result<Value> {
    let found = objects.find(kind, namespace, name).await?.with_context(|| missing(kind, namespace, name))?;
    Ok(found["metadata"]["generation"].clone())
}

fn missing(kind: &str, namespace: &str, name: &str) -> String {
    format!("there is no {kind} {namespace}/{name}")
}

async fn wait(what: &str, reached: impl AsyncFn() -> bool) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !reached().await {
        anyhow::ensure!(Instant::now() < deadline, "not after {PATIENCE:?}: {what}");
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}
