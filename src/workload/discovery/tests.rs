//! What the tests of discovery have in common: objects, Gateways, and what is made of them.

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, from_value, json};

use super::{Object, claim::claim, place::Claimant};
use crate::{
    api::Gateway,
    cluster::foreign::{HttpRoute, Ingress, Service},
};

/// A Service with a load balancer in namespace `shop` with these annotations.
pub(super) fn service(name: &str, annotations: &[(&str, &str)]) -> Object {
    let ports = json!([{"port": 443}]);
    service_with(name, annotations, &json!({"type": "LoadBalancer", "ports": ports}), &json!({}))
}

/// A Service with these annotations, spec and labels.
pub(super) fn service_with(name: &str, annotations: &[(&str, &str)], spec: &Value, labels: &Value) -> Object {
    let metadata = metadata(name, "service", annotations, labels);
    Object::from(&from_value::<Service>(json!({"metadata": metadata, "spec": spec})).unwrap())
}

/// An Ingress in namespace `shop` with these annotations.
pub(super) fn ingress(name: &str, annotations: &[(&str, &str)]) -> Object {
    let metadata = metadata(name, "ingress", annotations, &json!({}));
    Object::from(&from_value::<Ingress>(json!({"metadata": metadata})).unwrap())
}

/// An HTTPRoute in namespace `shop` with these annotations.
pub(super) fn http_route(name: &str, annotations: &[(&str, &str)]) -> Object {
    let metadata = metadata(name, "route", annotations, &json!({}));
    Object::from(&from_value::<HttpRoute>(json!({"metadata": metadata})).unwrap())
}

fn metadata(name: &str, uid: &str, annotations: &[(&str, &str)], labels: &Value) -> Value {
    let annotations: std::collections::BTreeMap<_, _> = annotations.iter().copied().collect();
    json!({"namespace": "shop", "name": name, "uid": format!("{uid}-{name}"), "annotations": annotations, "labels": labels,
        "creationTimestamp": "2025-11-26T10:00:00Z"})
}

/// Namespace `shop`, with these annotations and the label `agentcore: "yes"`.
pub(super) fn namespace(annotations: &[(&str, &str)]) -> ObjectMeta {
    let annotations: std::collections::BTreeMap<_, _> = annotations.iter().copied().collect();
    from_value(json!({"name": "shop", "labels": {"agentcore": "yes"}, "annotations": annotations})).unwrap()
}

/// A Gateway with these members in its spec.
pub(super) fn gateway(address: &str, spec: &Value) -> Arc<Gateway> {
    let (namespace, name) = address.split_once('/').unwrap();
    let mut whole = json!({"roleArn": "", "authorizerType": "AWS_IAM"});
    whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    Arc::new(from_value(json!({"metadata": {"namespace": namespace, "name": name}, "spec": whole})).unwrap())
}

/// A Gateway that lets everybody in, and honours these annotations.
pub(super) fn open(address: &str, annotations: &[&str]) -> Arc<Gateway> {
    let discovery = json!({"from": "All", "annotations": annotations});
    gateway(address, &json!({"allowedNamespaces": {"from": "All"}, "discovery": discovery}))
}

/// An object with its claim, where these Gateways are.
pub(super) fn claimant(object: Object, gateways: &[Arc<Gateway>]) -> Claimant {
    let known = |address: &super::Address| {
        let is_meant = |gateway: &&Arc<Gateway>| {
            gateway.metadata.namespace.as_ref() == Some(&address.namespace)
                && gateway.metadata.name.as_ref() == Some(&address.name)
        };
        gateways.iter().find(is_meant).cloned()
    };
    let claim = claim(&object, Some(&namespace(&[])), known);
    Claimant { object, claim }
}
