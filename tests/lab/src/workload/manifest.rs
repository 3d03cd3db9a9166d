//! What users write: Services, Ingresses, and a REST API's document.

use serde_json::{Map, Value, json};

/// The ACM certificate of the fixture's load balancers.
pub const CERTIFICATE_ARN: &str = "arn:aws:acm:us-west-2:111122223333:certificate/11111111-1111-1111-1111-111111111111";

/// A Service of type `LoadBalancer` that the AWS Load Balancer Controller serves with an internal NLB which ends TLS, as in
/// front of an ingress controller. `annotations` are added, and win.
#[must_use]
pub fn nlb_service(namespace: &str, name: &str, annotations: &[(&str, &str)]) -> Value {
    let ours = [
        ("service.beta.kubernetes.io/aws-load-balancer-type", "external"),
        ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internal"),
        ("service.beta.kubernetes.io/aws-load-balancer-nlb-target-type", "ip"),
        ("service.beta.kubernetes.io/aws-load-balancer-ssl-cert", CERTIFICATE_ARN),
        ("service.beta.kubernetes.io/aws-load-balancer-ssl-ports", "443"),
    ];
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(namespace, name, &[&ours, annotations].concat()),
        "spec": {
            "type": "LoadBalancer",
            "selector": {"app": name},
            "ports": [{"name": "https", "port": 443, "targetPort": "http", "protocol": "TCP"}],
        },
    })
}

/// A Service of type `ClusterIP` for the pods of the workload of that name, at port 8000.
#[must_use]
pub fn service(namespace: &str, name: &str, annotations: &[(&str, &str)]) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(namespace, name, annotations),
        "spec": {
            "selector": {"app": name},
            "ports": [{"name": "http", "port": 8000, "targetPort": "http", "protocol": "TCP"}],
        },
    })
}

/// An Ingress that the AWS Load Balancer Controller serves with an internal ALB: one host, and for each path prefix the Service
/// behind it, at port 8000. `annotations` are added, and win.
#[must_use]
pub fn alb_ingress(
    namespace: &str,
    name: &str,
    host: &str,
    paths: &[(&str, &str)],
    annotations: &[(&str, &str)],
) -> Value {
    let ours = [
        ("alb.ingress.kubernetes.io/scheme", "internal"),
        ("alb.ingress.kubernetes.io/target-type", "ip"),
        ("alb.ingress.kubernetes.io/listen-ports", r#"[{"HTTPS":443}]"#),
        ("alb.ingress.kubernetes.io/certificate-arn", CERTIFICATE_ARN),
        ("alb.ingress.kubernetes.io/healthcheck-path", "/health"),
    ];
    let paths: Vec<Value> = paths
        .iter()
        .map(|(path, service)| {
            let backend = json!({"service": {"name": service, "port": {"number": 8000}}});
            json!({"path": path, "pathType": "Prefix", "backend": backend})
        })
        .collect();
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": metadata(namespace, name, &[&ours, annotations].concat()),
        "spec": {"ingressClassName": "alb", "rules": [{"host": host, "http": {"paths": paths}}]},
    })
}

/// A ConfigMap whose key `openapi.json` describes [`RestApi`](crate::mcp::RestApi); the server that it names is of no use.
#[must_use]
pub fn openapi_config_map(namespace: &str, name: &str) -> Value {
    let answers = |code: &str| json!({code: {"description": "as it should be"}});
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "rest-api", "version": "1.0.0"},
        "servers": [{"url": "http://localhost"}],
        "paths": {
            "/health": {"get": {"operationId": "healthCheck", "responses": answers("200")}},
            "/items": {
                "get": {"operationId": "listItems", "responses": answers("200")},
                "post": {"operationId": "createItem", "responses": answers("201")},
            },
        },
    });
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(namespace, name, &[]),
        "data": {"openapi.json": document.to_string()},
    })
}

pub(super) fn metadata(namespace: &str, name: &str, annotations: &[(&str, &str)]) -> Value {
    let annotations: Map<String, Value> =
        annotations.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({"name": name, "namespace": namespace, "annotations": annotations})
}
