//! The target beside an object: who keeps it, and what of it is the operator's.
//!
//! Of a target's spec these members are the operator's, because they follow from the object: `gatewayRef`, `name`, `preflight`, the
//! security groups of a managed private endpoint, and of the MCP server its endpoint, listing mode and resource priority. They are put back
//! when somebody changes them. All others (`sync`, `workloadRef`, credentials, a description, ...) belong to whoever sets them.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::{ResourceExt, api::ObjectMeta};
use serde_json::{Map, Value, json};

use super::{Address, Object, claim::Wish};
use crate::{
    api::{
        DISCOVERED, DISCOVERED_FROM, EndpointFrom, GatewayTarget, GatewayTargetSpec, HttpRouteRef, LoadBalancedRef,
        ManagedVpcResource, McpServerTargetConfiguration, McpTargetConfiguration, PrivateEndpoint, Ref,
        TargetConfiguration,
    },
    aws::ownership::legal_name,
    workload::source::Kind,
};

/// The longest name that AWS accepts.
const NAME_LIMIT: usize = 100;

/// Who keeps a target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Keeper<'target> {
    /// The operator, for the object that owns it.
    Operator(&'target OwnerReference),
    /// Its user, who has just taken the label off: it still looks as if its object owned it.
    Released(&'target OwnerReference),
    /// Somebody else.
    Other,
}

/// Who keeps a target.
///
/// | label `discovered` | owned by an object of its name | annotation `discovered-from` | kept by |
/// |---|---|---|---|
/// | yes | yes | any | the operator |
/// | no | yes | yes | its user, since a moment |
/// | any | no | any | somebody else |
/// | no | yes | no | somebody else: whoever made it gave it this owner |
pub fn keeper(target: &GatewayTarget) -> Keeper<'_> {
    let owner = target
        .owner_references()
        .iter()
        .find(|owner| owner.controller == Some(true) && owner.name == target.name_any() && kind_of(owner).is_some());
    let is_labelled = target.labels().get(DISCOVERED).is_some_and(|value| value == "true");
    match owner {
        Some(owner) if is_labelled => Keeper::Operator(owner),
        Some(owner) if target.annotations().contains_key(DISCOVERED_FROM) => Keeper::Released(owner),
        Some(_) | None => Keeper::Other,
    }
}

/// The kind of an owner, when it is one that may become a target.
pub fn kind_of(owner: &OwnerReference) -> Option<Kind> {
    let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
    [Kind::Service, Kind::Ingress, Kind::HttpRoute]
        .into_iter()
        .find(|kind| kind.as_str() == owner.kind && kind.group() == group)
}

/// The Gateway that a target refers to. Our targets have one; of one that has not, the name is empty.
pub fn gateway_of(target: &GatewayTarget) -> Address {
    let reference = target.spec.gateway_ref.clone().unwrap_or_default();
    let namespace = reference.namespace.or_else(|| target.namespace()).unwrap_or_default();
    Address::new(namespace, reference.name)
}

/// The target that an object wishes for, to be made.
pub fn made(object: &Object, wish: &Wish) -> GatewayTarget {
    let spec = restated(object, wish, None);
    let mut target = GatewayTarget::new(object.name(), spec);
    target.metadata = ObjectMeta {
        name: Some(object.name().to_owned()),
        namespace: Some(object.namespace().to_owned()),
        labels: Some(BTreeMap::from([(DISCOVERED.to_owned(), "true".to_owned())])),
        annotations: Some(BTreeMap::from([(DISCOVERED_FROM.to_owned(), source(object))])),
        owner_references: Some(vec![object.as_owner()]),
        ..ObjectMeta::default()
    };
    target
}

/// Whether the target that stands can become what is wished for. Neither its gateway nor its name in AWS can ever change.
pub fn is_same(object: &Object, wish: &Wish, target: &GatewayTarget) -> bool {
    let name = |name: &Option<String>| {
        name.clone().unwrap_or_else(|| legal_name(object.namespace(), object.name(), NAME_LIMIT))
    };
    gateway_of(target) == wish.gateway && name(&target.spec.name) == name(&wish.name)
}

/// The merge patch that makes a standing target what is wished for; `None`: it is that. It holds for the version that was looked at only.
pub fn correction(object: &Object, wish: &Wish, target: &GatewayTarget) -> Option<Value> {
    let spec = restated(object, wish, Some(&target.spec));
    let spec = difference(&to_json(&target.spec), &to_json(&spec));
    let source = source(object);
    let annotation = (target.annotations().get(DISCOVERED_FROM) != Some(&source)).then_some(source);
    if spec.is_none() && annotation.is_none() {
        return None;
    }
    let mut patch = json!({"metadata": {"uid": target.uid(), "resourceVersion": target.resource_version()}});
    if let Some(spec) = spec {
        patch["spec"] = spec;
    }
    if let Some(source) = annotation {
        patch["metadata"]["annotations"] = json!({DISCOVERED_FROM: source});
    }
    Some(patch)
}

/// The merge patch that hands a target to its user: what still ties it to its object is taken off, and nothing else.
pub fn release(target: &GatewayTarget, owner: &OwnerReference) -> Value {
    let others: Vec<_> = target.owner_references().iter().filter(|other| other.uid != owner.uid).collect();
    json!({"metadata": {
        "uid": target.uid(),
        "resourceVersion": target.resource_version(),
        "ownerReferences": others,
        "annotations": {DISCOVERED_FROM: null},
    }})
}

/// A target's source, as its annotation says it.
fn source(object: &Object) -> String {
    format!("{}/{}", object.kind, object.name())
}

/// A spec with the operator's members as wished, over what stands.
fn restated(object: &Object, wish: &Wish, present: Option<&GatewayTargetSpec>) -> GatewayTargetSpec {
    let server = present.and_then(server_of).cloned().unwrap_or_default();
    let server = McpServerTargetConfiguration {
        endpoint: None,
        endpoint_from: Some(endpoint_from(object, wish, server.endpoint_from)),
        listing_mode: wish.listing_mode,
        resource_priority: wish.resource_priority,
        ..server
    };
    let reference = || {
        let namespace = Some(wish.gateway.namespace.clone()).filter(|namespace| namespace != object.namespace());
        Ref { name: wish.gateway.name.clone(), namespace }
    };
    // What can never change stays as it was first said.
    let (gateway_ref, name) = match present {
        Some(present) => (present.gateway_ref.clone(), present.name.clone()),
        None => (Some(reference()), wish.name.clone()),
    };
    let private_endpoint = private_endpoint(wish, present.and_then(|present| present.private_endpoint.clone()));
    let target_configuration = TargetConfiguration::Mcp(McpTargetConfiguration::McpServer(server));
    let preflight = wish.preflight;
    match present.cloned() {
        Some(present) => {
            GatewayTargetSpec { name, gateway_ref, target_configuration, private_endpoint, preflight, ..present }
        }
        None => GatewayTargetSpec {
            name,
            description: None,
            gateway_ref,
            gateway_identifier: None,
            target_configuration,
            credential_provider_configurations: Vec::new(),
            metadata_configuration: None,
            private_endpoint,
            certificate_configurations: Vec::new(),
            preflight,
            workload_ref: None,
            sync: None,
            deletion_policy: None,
            adopt: None,
            suspend: None,
        },
    }
}

fn server_of(spec: &GatewayTargetSpec) -> Option<&McpServerTargetConfiguration> {
    spec.target_configuration.mcp_server()
}

/// Which of an object's load balancers or parents is meant, annotations do not say: a user may say it on the target.
fn endpoint_from(object: &Object, wish: &Wish, present: Option<EndpointFrom>) -> EndpointFrom {
    let present = present.unwrap_or_default();
    let name = object.name().to_owned();
    let plain = || LoadBalancedRef { name: name.clone(), namespace: None };
    let parent_ref = present.http_route_ref.and_then(|route| route.parent_ref);
    EndpointFrom {
        service_ref: (object.kind == Kind::Service).then(plain),
        ingress_ref: (object.kind == Kind::Ingress).then(plain),
        http_route_ref: (object.kind == Kind::HttpRoute).then(|| HttpRouteRef {
            name: name.clone(),
            namespace: None,
            parent_ref,
        }),
        load_balancer_hostname: present.load_balancer_hostname,
        host: wish.host.clone(),
        path: wish.path.clone(),
        port: wish.port,
        allow_internet_facing: wish.allow_internet_facing,
    }
}

fn private_endpoint(wish: &Wish, present: Option<PrivateEndpoint>) -> Option<PrivateEndpoint> {
    let groups = &wish.security_group_ids;
    match present {
        Some(PrivateEndpoint::ManagedVpcResource(network)) if &network.security_group_ids == groups => {
            Some(PrivateEndpoint::ManagedVpcResource(network))
        }
        Some(PrivateEndpoint::ManagedVpcResource(network)) => {
            let network = ManagedVpcResource { security_group_ids: groups.clone(), ..network };
            // An endpoint that was private for its groups only is so no more.
            (network != ManagedVpcResource::default()).then_some(PrivateEndpoint::ManagedVpcResource(network))
        }
        present if groups.is_empty() => present,
        Some(PrivateEndpoint::SelfManagedLatticeResource(_)) | None => {
            Some(PrivateEndpoint::ManagedVpcResource(ManagedVpcResource {
                security_group_ids: groups.clone(),
                ..ManagedVpcResource::default()
            }))
        }
    }
}

fn to_json(spec: &GatewayTargetSpec) -> Value {
    // Specs serialize: they came from JSON.
    serde_json::to_value(spec).unwrap_or_default()
}

/// The merge patch (RFC 7386) from one value to another; `None`: they are the same.
fn difference(from: &Value, to: &Value) -> Option<Value> {
    let (Value::Object(before), Value::Object(after)) = (from, to) else {
        return (from != to).then(|| to.clone());
    };
    let mut patch = Map::new();
    for (member, value) in after {
        match before.get(member) {
            Some(old) => patch.extend(difference(old, value).map(|change| (member.clone(), change))),
            None => patch.extend([(member.clone(), value.clone())]),
        }
    }
    let gone = before.keys().filter(|member| !after.contains_key(*member));
    patch.extend(gone.map(|member| (member.clone(), Value::Null)));
    (!patch.is_empty()).then_some(Value::Object(patch))
}

#[cfg(test)]
mod tests;
