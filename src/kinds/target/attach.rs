//! What a target attaches to: its gateway, and the private network it is reached through.

use aws_sdk_bedrockagentcorecontrol::{operation::update_gateway_target::UpdateGatewayTargetInput, types as sdk};
use kube::ResourceExt;

use super::{
    super::{
        Managed, World, gateway,
        references::{self, Referrer, referred},
    },
    allowed, fit, names,
};
use crate::{
    api::{Gateway, GatewayTarget, GatewayTargetSpec},
    aws::{Scope, ownership::Marker},
    cluster::View,
    overlay::Overlay,
    plan::{Hold, Reason},
    status,
};

/// The gateway that a target attaches to.
pub(super) struct Attachment {
    /// The gateway's id.
    pub(super) id: String,
    /// The gateway, when it is an object here.
    pub(super) gateway: Option<Gateway>,
    /// Why AWS may not have what the gateway says: what is made has to wait for that.
    ahead: Option<Hold>,
}

impl Attachment {
    /// Whether the target, by now complete, may attach and fits. Of a gateway that is no object here AWS decides; and so it does of what is
    /// not known in full yet, because that cannot be made either.
    ///
    /// # Errors
    ///
    /// What the gateway's owner does not allow, or AWS would refuse of the two together.
    pub(super) fn admit(&self, target: &GatewayTarget, whole: &GatewayTargetSpec, world: &World) -> Result<(), Hold> {
        let Some(gateway) = &self.gateway else { return Ok(()) };
        let (namespace, own) = (gateway.namespace().unwrap_or_default(), target.namespace().unwrap_or_default());
        let title = title(gateway);
        let Ok(whole) = Overlay::<UpdateGatewayTargetInput>::state(whole) else {
            return names::refused(target, gateway, &title).map_or(Ok(()), Err);
        };
        let exists = target.status.as_ref().is_some_and(|status| status.facts.target_id.is_some());
        let groups = if has_network(target, whole.private_endpoint.as_ref()) {
            &[][..]
        } else {
            world.settings.default_security_group_ids.as_slice()
        };
        let around = allowed::Around { region: &world.aws.account().region, groups };
        let limits = gateway.spec.allowed_targets.as_ref().filter(|_| namespace != own);
        names::refused(target, gateway, &title)
            .or_else(|| fit::misfit(&gateway.spec, &title, &whole))
            .or_else(|| limits.and_then(|limits| allowed::beyond(limits, &title, &whole, around)))
            .or_else(|| self.ahead.clone().filter(|_| !exists))
            .map_or(Ok(()), Err)
    }
}

/// A gateway as people name it.
pub(super) fn title(gateway: &Gateway) -> String {
    format!("Gateway {}/{}", gateway.namespace().unwrap_or_default(), gateway.name_any())
}

/// Whether AWS has made a network for the target, which has its groups already. One that is there and was called over the internet, went
/// through a resource configuration, or was in another VPC, gets the default groups like a new one.
fn has_network(target: &GatewayTarget, wanted: Option<&sdk::PrivateEndpoint>) -> bool {
    let facts = target.status.as_ref().map(|status| &status.facts);
    let vpc = wanted.and_then(|wanted| wanted.as_managed_vpc_resource().ok()).map(|wanted| &wanted.vpc_identifier);
    facts.is_some_and(|facts| {
        facts.target_id.is_some()
            && !facts.private_endpoint_managed_resources.is_empty()
            && facts.resource_configuration_identifier.is_none()
            && facts.managed_vpc_resource.as_ref().is_none_or(|held| Some(&held.vpc_identifier) == vpc)
    })
}

/// Why AWS may not have what a gateway says. One that is suspended gets there no further by itself, and serves as it did: that its generation
/// is another one by now tells nothing, so what it says is held against what AWS has accepted.
async fn ahead(gateway: &Gateway, world: &World) -> Option<Hold> {
    let title = title(gateway);
    let why = if !gateway.is_suspended() {
        is_moving(gateway)
            .then(|| format!("{title} was edited, and AWS has not yet what it says; the target is made after that"))
    } else if gateway::is_accepted(gateway, world).await {
        None
    } else {
        Some(format!(
            "{title} is suspended, and says something else than AWS has; the target is made when its owner takes that back, or \
             ends the suspension (spec.suspend) and AWS has it"
        ))
    };
    why.map(|why| Hold::waiting(Reason::ReferenceNotReady, why))
}

/// Whether a gateway was edited and AWS is about to be told: what the target was held against is not what AWS would hold it against. An edit
/// that failed is no reason to wait.
fn is_moving(gateway: &Gateway) -> bool {
    let (generation, status) = (gateway.metadata.generation, gateway.status.as_ref());
    let seen = status.and_then(|status| status.observed_generation);
    let conditions = status.map(|status| status.conditions.as_slice()).unwrap_or_default();
    let held = status::find(conditions, status::READY).and_then(|ready| ready.observed_generation);
    let stalled = status::find(conditions, "Stalled").is_some();
    seen != generation || (held != generation && !stalled)
}

/// The target's gateway as the watch tells it, when it is an object here.
pub(super) fn gateway_here(target: &GatewayTarget, world: &World) -> Option<Gateway> {
    let reference = target.spec.gateway_ref.as_ref()?;
    let namespace = reference.namespace.clone().or_else(|| target.namespace())?;
    let gateways = world.cluster.stores().select::<Gateway, _>(|gateway| {
        let is_meant = gateway.name_any() == reference.name && gateway.namespace().as_ref() == Some(&namespace);
        is_meant.then(|| gateway.clone())
    });
    gateways.into_iter().next()
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
        return Ok(Attachment { id: identifier.clone(), gateway: None, ahead: None });
    }
    let Some(reference) = &target.spec.gateway_ref else {
        return Err(Hold::stalled(Reason::Invalid, "spec names no gateway; set spec.gatewayRef"));
    };
    let gateway: Gateway =
        referred(world, from, reference, |gateway: &Gateway| gateway.spec.allowed_namespaces.as_ref(), view).await?;
    let id = gateway.status.as_ref().and_then(|status| status.facts.gateway_id.clone());
    let missing = || Hold::waiting(Reason::ReferenceNotReady, format!("Gateway {} has no id yet", reference.name));
    let (id, ahead) = (id.ok_or_else(missing)?, ahead(&gateway, world).await);
    Ok(Attachment { id, gateway: Some(gateway), ahead })
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
        let name = gateway.name_in_aws(world);
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

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn a_network_has_its_groups_once_it_was_made() {
        let association = json!([{"resourceAssociationArn": "arn:aws:vpc-lattice:us-west-2:111122223333:servicenetworkresourceassociation/snra-0a1b2c3d4e5f60f01"}]);
        let wanted = sdk::ManagedVpcResource::builder()
            .vpc_identifier("vpc-0a1b2c3d4e5f60718")
            .subnet_ids("subnet-0a1b2c3d4e5f60a01")
            .endpoint_ip_address_type(sdk::EndpointIpAddressType::Ipv4);
        let wanted = sdk::PrivateEndpoint::ManagedVpcResource(wanted.build().unwrap());
        // | status | the network is there |
        let table = [
            (json!(null), false),
            (json!({"targetId": "TARGET0001"}), false),
            (json!({"targetId": "TARGET0001", "privateEndpointManagedResources": association}), true),
            (json!({"privateEndpointManagedResources": association}), false),
            (
                json!({
                    "targetId": "TARGET0001",
                    "privateEndpointManagedResources": association,
                    "managedVpcResource": {"vpcIdentifier": "vpc-0a1b2c3d4e5f60718"},
                }),
                true,
            ),
            (
                json!({
                    "targetId": "TARGET0001",
                    "privateEndpointManagedResources": association,
                    "managedVpcResource": {"vpcIdentifier": "vpc-0a1b2c3d4e5f60799"},
                }),
                false,
            ),
            (
                json!({
                    "targetId": "TARGET0001",
                    "privateEndpointManagedResources": association,
                    "resourceConfigurationIdentifier": "rcfg-0a1b2c3d4e5f60d01",
                }),
                false,
            ),
        ];
        for (status, expected) in table {
            let target: GatewayTarget = from_value(json!({
                "apiVersion": "tools.agentcore.dev/v1alpha1",
                "kind": "GatewayTarget",
                "metadata": {"name": "a"},
                "spec": {
                    "gatewayRef": {"name": "agents"},
                    "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://a.example.com"}}},
                },
                "status": status,
            }))
            .unwrap();
            assert_eq!(has_network(&target, Some(&wanted)), expected, "{status}");
        }
    }

    #[test]
    fn a_gateway_moves_until_aws_has_what_it_says() {
        // | looked at | AWS holds | stalled | it moves |
        let table = [
            (Some(2), Some(2), false, false),
            (Some(1), Some(1), false, true),
            (Some(2), Some(1), false, true),
            (Some(2), Some(1), true, false),
            (Some(1), Some(1), true, true),
            (None, None, false, true),
        ];
        for (looked_at, held, stalled, moves) in table {
            let condition = |type_: &str, generation: Option<i64>| {
                json!({
                    "type": type_, "status": "True", "reason": "Settled", "message": "", "observedGeneration": generation,
                    "lastTransitionTime": "2026-10-02T00:00:00Z",
                })
            };
            let mut conditions = vec![condition("Ready", held)];
            conditions.extend(stalled.then(|| condition("Stalled", Some(2))));
            let gateway: Gateway = from_value(json!({
                "apiVersion": "tools.agentcore.dev/v1alpha1",
                "kind": "Gateway",
                "metadata": {"name": "agents", "generation": 2},
                "spec": {"roleArn": "arn:aws:iam::111122223333:role/AgentCoreGatewayRole", "authorizerType": "AWS_IAM"},
                "status": {"observedGeneration": looked_at, "conditions": conditions},
            }))
            .unwrap();
            assert_eq!(is_moving(&gateway), moves, "{looked_at:?} {held:?} {stalled}");
        }
    }
}
