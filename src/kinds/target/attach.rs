//! What a target attaches to: its gateway, and the private network it is reached through.

use kube::ResourceExt;

use super::{
    super::{
        Managed, World, lattice,
        references::{self, Referrer, referred},
    },
    GROUPS,
};
use crate::{
    api::{AuthorizerType, Gateway, GatewayTarget, PrivateEndpoint, ResourceConfiguration},
    aws::{Scope, ownership::Marker},
    cluster::View,
    plan::{Hold, Reason},
};

/// The gateway that a target attaches to.
pub(super) struct Attachment {
    /// The gateway's id.
    pub(super) id: String,
    /// The gateway's name, when it lets everybody in.
    open: Option<String>,
}

impl Attachment {
    /// AWS attaches no private endpoint to a gateway that lets everybody in.
    pub(super) fn refuses(&self, endpoint: Option<&PrivateEndpoint>) -> Option<Hold> {
        let (Some(name), Some(_)) = (&self.open, endpoint) else { return None };
        Some(Hold::stalled(
            Reason::InboundAuthRequired,
            format!(
                "Gateway {name} lets everybody in (authorizerType NONE), and AWS attaches no private endpoint to such a gateway; give it \
                 another authorizerType"
            ),
        ))
    }
}

/// The target's gateway, when the target may attach to it.
pub(super) async fn gateway_of(
    target: &GatewayTarget,
    world: &World,
    from: Referrer<'_>,
    view: View,
) -> Result<Attachment, Hold> {
    if let Some(identifier) = &target.spec.gateway_identifier {
        let arn = world.aws.account().gateway_arn(identifier);
        references::external::<Gateway>(world, identifier, &arn, view).await?;
        return Ok(Attachment { id: identifier.clone(), open: None });
    }
    let Some(reference) = &target.spec.gateway_ref else {
        return Err(Hold::stalled(Reason::Invalid, "spec names no gateway; set spec.gatewayRef"));
    };
    let gateway: Gateway =
        referred(world, from, reference, |gateway: &Gateway| gateway.spec.allowed_namespaces.as_ref(), view).await?;
    let open = (gateway.spec.authorizer_type == AuthorizerType::None).then(|| reference.name.clone());
    let id = gateway.status.and_then(|status| status.facts.gateway_id);
    let missing = || Hold::waiting(Reason::ReferenceNotReady, format!("Gateway {} has no id yet", reference.name));
    Ok(Attachment { id: id.ok_or_else(missing)?, open })
}

/// The list of the target's gateway when the gateway's id was never recorded, or is forgotten: the gateway is looked for by name, and
/// where the Gateway object is gone, the target by its marker on every gateway there is.
pub(super) async fn gateway_in_aws(target: &GatewayTarget, world: &World) -> Result<Option<Scope>, Hold> {
    let aws = &world.aws;
    let now = tokio::time::Instant::now();
    let Some(reference) = &target.spec.gateway_ref else { return Ok(None) };
    let namespace = reference.namespace.clone().or_else(|| target.namespace()).unwrap_or_default();
    let gateways = aws.inventory().list(aws, &Scope::Gateways, now).await?;
    if let Some(gateway) = world.cluster.lookup::<Gateway>(&namespace, &reference.name, View::Live).await? {
        let name = gateway.name_in_aws(&world.settings.cluster_name);
        return Ok(gateways.named(&name).map(|gateway| Scope::Targets(gateway.id.clone())));
    }
    let mine = Marker::of(&world.identity(target));
    for id in gateways.items.keys() {
        let scope = Scope::Targets(id.clone());
        let targets = aws.inventory().list(aws, &scope, now).await?;
        if targets.items.values().any(|target| target.marker.as_ref() == Some(&mine)) {
            return Ok(Some(scope));
        }
    }
    Ok(None)
}

/// The private endpoint with its reference replaced by an ARN.
pub(super) async fn resolve_endpoint(
    world: &World,
    from: Referrer<'_>,
    endpoint: &PrivateEndpoint,
    view: View,
) -> Result<PrivateEndpoint, Hold> {
    let mut endpoint = endpoint.clone();
    match &mut endpoint {
        PrivateEndpoint::ManagedVpcResource(_) => {}
        PrivateEndpoint::SelfManagedLatticeResource(resource) => {
            if let Some(reference) = resource.resource_configuration_ref.take() {
                let found: ResourceConfiguration = referred(
                    world,
                    from,
                    &reference,
                    |found: &ResourceConfiguration| found.spec.allowed_namespaces.as_ref(),
                    view,
                )
                .await?;
                resource.resource_configuration_identifier =
                    found.status.and_then(|status| status.facts.resource_configuration_arn);
            } else if let Some(identifier) = &resource.resource_configuration_identifier {
                let arn = lattice::resource_configuration_arn(world.aws.account(), identifier);
                references::external::<ResourceConfiguration>(world, identifier, &arn, view).await?;
            }
        }
    }
    Ok(endpoint)
}

/// What is missing where a managed private endpoint names no security groups and there are no default ones.
pub(super) fn groups_missing(endpoint: Option<&PrivateEndpoint>, world: &World) -> Option<Hold> {
    match endpoint {
        Some(PrivateEndpoint::ManagedVpcResource(resource)) if resource.security_group_ids.is_empty() => {
            references::default_security_groups(&world.settings.default_security_group_ids, GROUPS).err()
        }
        Some(PrivateEndpoint::ManagedVpcResource(_) | PrivateEndpoint::SelfManagedLatticeResource(_)) | None => None,
    }
}

/// The endpoint as AWS gets it: whether a routing domain may be derived is nothing that AWS knows.
pub(super) fn without_policy(mut endpoint: PrivateEndpoint) -> PrivateEndpoint {
    if let PrivateEndpoint::ManagedVpcResource(resource) = &mut endpoint {
        resource.routing_domain_policy = None;
    }
    endpoint
}
