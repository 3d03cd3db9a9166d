//! From a target's spec to what it stands for: its gateway, its documents, the way to its endpoint, and what stands in the way of making it.

use kube::ResourceExt;

use super::{
    super::{World, fingerprint, private_endpoint, references::Referrer},
    Desired, GROUPS, attach, document, names, stage,
    way::{self, Way},
};
use crate::{
    api::{GatewayTarget, GatewayTargetSpec},
    cluster::View,
    plan::{Hold, Reason},
    workload::offers::Offer,
};

pub(super) async fn resolve(target: &GatewayTarget, world: &World, view: View) -> Result<Desired, Hold> {
    let namespace = target.namespace().unwrap_or_default();
    let exists = target.status.as_ref().is_some_and(|status| status.facts.target_id.is_some());
    let from = Referrer { namespace: &namespace, exists };
    let attachment = attach::gateway_of(target, world, from, view).await?;
    let identity = world.identity(target);
    let name = names::name(target, attachment.gateway.as_ref());
    let document = document::read(target, world).await?;
    let stage = stage::read(target, world, exists).await?;
    let operations = document::tools(&name, &document)?;
    let literal = document::address(&target.spec, &document);
    let endpoint = way::endpoint_of(target, world, exists, literal.as_deref(), view).await?;
    let said = match &target.spec.private_endpoint {
        Some(endpoint) => Some(private_endpoint::resolve(world, from, endpoint, view).await?),
        None => None,
    };
    let way = way::find(target, world, from, endpoint, said, view).await?;
    let url = way.endpoint.as_ref().filter(|endpoint| endpoint.is_derived()).map(way::Endpoint::url);
    // What only Kubernetes knows of does not make another target.
    let spec = GatewayTargetSpec {
        gateway_ref: None,
        gateway_identifier: None,
        deletion_policy: None,
        adopt: None,
        suspend: None,
        preflight: None,
        workload_ref: None,
        sync: None,
        target_configuration: document::complete(
            &target.spec,
            &document,
            url.as_deref(),
            way.private_endpoint.is_some(),
        )?,
        metadata_configuration: target.spec.metadata_configuration.clone().filter(|metadata| !metadata.is_empty()),
        private_endpoint: way.private_endpoint.clone().map(private_endpoint::without_policy),
        ..target.spec.clone()
    };
    attachment.admit(target, &spec, world)?;
    let unusable = way.unusable.clone().or_else(|| stage.as_ref().and_then(|stage| stage.unusable.clone()));
    let mut desired = Desired {
        blocked: unusable.clone().or_else(|| blocked(target, world, &way, exists)),
        fingerprint: String::new(),
        default_groups: world.settings.default_security_group_ids.clone(),
        gateway: attachment.id,
        namesakes: if target.spec.name.is_none() { names::defaults(target).to_vec() } else { Vec::new() },
        name,
        description: identity.describe(target.spec.description.as_deref()),
        operations,
        stage,
        unusable,
        refused: stage::refused_before(target),
        identity,
        spec,
        way,
    };
    desired.fingerprint = fingerprint(&desired);
    if let Some(offer) = desired.offer(target) {
        world.offers.note(&target.uid().unwrap_or_default(), offer);
    }
    Ok(desired)
}

/// What of the way stands in the way of making it.
fn blocked(target: &GatewayTarget, world: &World, way: &Way, exists: bool) -> Option<Hold> {
    let groups = || private_endpoint::groups_missing(way.private_endpoint.as_ref(), world, GROUPS);
    let groups = if exists { None } else { groups() };
    let groups = groups.or_else(|| authority_without_network(&target.spec, way));
    groups.or_else(|| way.hops.blocked(way::enforces(&target.spec))).or_else(|| way.missing.clone())
}

/// AWS takes a private authority behind a private endpoint only. That an endpoint has none is seen, where the spec leaves it open, by the
/// load balancer that serves it.
fn authority_without_network(spec: &GatewayTargetSpec, way: &Way) -> Option<Hold> {
    let is_public = way.endpoint.is_some() && way.private_endpoint.is_none() && way.missing.is_none();
    (is_public && !spec.certificate_configurations.is_empty()).then(|| {
        Hold::stalled(
            Reason::Invalid,
            "certificateConfigurations go with a private endpoint only, and the load balancer is called over the internet; remove them, or \
             set privateEndpoint",
        )
    })
}

impl Desired {
    /// What the server of this target offers, where it was looked at freshly enough.
    fn offer(&self, target: &GatewayTarget) -> Option<Offer> {
        let report = self.way.report.clone()?;
        let (gateway, name) = (self.gateway.clone(), self.name.clone());
        Some(Offer { gateway, namespace: target.namespace().unwrap_or_default(), name, report })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;
    use crate::api::PrivateEndpoint;

    #[test]
    fn an_authority_of_ones_own_goes_with_a_private_endpoint_only() {
        let spec = |authorities: serde_json::Value| -> GatewayTargetSpec {
            from_value(json!({
                "gatewayRef": {"name": "agents"},
                "targetConfiguration": {"mcp": {"mcpServer": {"endpointFrom": {"ingressRef": {"name": "a"}}}}},
                "certificateConfigurations": authorities,
            }))
            .unwrap()
        };
        let secret = "arn:aws:secretsmanager:us-west-2:111122223333:secret:private-ca-AbCdEf";
        let own = spec(json!([{"secretsManager": {"secretArn": secret}}]));
        let endpoint = || way::Endpoint {
            host: "a.example.com".into(),
            port: 443,
            path: String::new(),
            served_by: None,
            is_private_api: false,
        };
        let public = || Way { endpoint: Some(endpoint()), ..Way::unknown(None, "") };
        let private = || {
            let network = PrivateEndpoint::ManagedVpcResource(crate::api::ManagedVpcResource::default());
            Way { private_endpoint: Some(network), ..public() }
        };
        let unread = || Way { missing: Some(Hold::waiting(Reason::LoadBalancerPending, "")), ..public() };
        // | the spec | the way | refused |
        let table = [
            (&own, public(), true),
            (&own, private(), false),
            (&own, unread(), false),
            (&own, Way::unknown(None, ""), false),
            (&spec(json!([])), public(), false),
        ];
        for (index, (spec, way, refused)) in table.into_iter().enumerate() {
            let hold = authority_without_network(spec, &way);
            assert_eq!(hold.map(|hold| hold.reason()), refused.then_some(Reason::Invalid), "row {index}");
        }
    }
}
