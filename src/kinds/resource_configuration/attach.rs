//! What a resource configuration is attached to, and what tells it its domain.

use kube::ResourceExt;
use tokio::time::Instant;

use super::super::{
    World, lattice,
    references::{self, Referrer, referred},
};
use crate::{
    api::{
        Observed, ResourceConfigDnsResolution, ResourceConfiguration, ResourceConfigurationDefinition,
        ResourceConfigurationType, ResourceGateway,
    },
    cluster::View,
    plan::{Hold, Reason},
    workload::{
        dns::{self, Resolver, Routing},
        locate,
        source::{Kind, Source},
    },
};

/// What a resource configuration is attached to. One of type `CHILD` is reached through the resource gateway of its group.
#[derive(Default)]
pub(super) struct Attachment {
    /// The identifier of its resource gateway.
    pub(super) gateway: Option<String>,
    /// The identifier of its group.
    pub(super) group: Option<String>,
    /// The one that `gateway` or `group` took over from, while that is still there.
    pub(super) moves_from: Option<String>,
    /// The resource gateway that it is reached through, where that is an object here.
    through: Option<ResourceGateway>,
}

/// What it is attached to, when it may be.
pub(super) async fn attachment(
    configuration: &ResourceConfiguration,
    world: &World,
    view: View,
) -> Result<Attachment, Hold> {
    let namespace = configuration.namespace().unwrap_or_default();
    let exists = configuration.status.as_ref().is_some_and(|status| status.facts.resource_configuration_id.is_some());
    let from = Referrer { namespace: &namespace, exists };
    match configuration.spec.type_.unwrap_or_default() {
        ResourceConfigurationType::Child => group_of(configuration, world, from, view).await,
        ResourceConfigurationType::Single
        | ResourceConfigurationType::Group
        | ResourceConfigurationType::Arn
        | ResourceConfigurationType::Cidr => gateway_of(configuration, world, from, view).await,
    }
}

async fn gateway_of(
    configuration: &ResourceConfiguration,
    world: &World,
    from: Referrer<'_>,
    view: View,
) -> Result<Attachment, Hold> {
    let spec = &configuration.spec;
    if let Some(identifier) = &spec.resource_gateway_identifier {
        let arn = lattice::resource_gateway_arn(world.aws.account(), identifier);
        references::external::<ResourceGateway>(world, identifier, &arn, view).await?;
        return Ok(Attachment { gateway: Some(identifier.clone()), ..Attachment::default() });
    }
    let Some(reference) = &spec.resource_gateway_ref else {
        return Err(Hold::stalled(Reason::Invalid, "spec names no resource gateway; set spec.resourceGatewayRef"));
    };
    let gateway: ResourceGateway =
        referred(world, from, reference, |gateway: &ResourceGateway| gateway.spec.allowed_namespaces.as_ref(), view)
            .await?;
    let id = gateway.status.as_ref().and_then(|status| status.facts.resource_gateway_id.clone()).ok_or_else(|| {
        Hold::waiting(Reason::ReferenceNotReady, format!("ResourceGateway {} has no id yet", reference.name))
    })?;
    let moves_from = retiring(gateway.status.as_ref().and_then(|status| status.observed.as_ref()));
    Ok(Attachment { gateway: Some(id), group: None, moves_from, through: Some(gateway) })
}

async fn group_of(
    configuration: &ResourceConfiguration,
    world: &World,
    from: Referrer<'_>,
    view: View,
) -> Result<Attachment, Hold> {
    let spec = &configuration.spec;
    if let Some(identifier) = &spec.resource_configuration_group_identifier {
        let arn = lattice::resource_configuration_arn(world.aws.account(), identifier);
        references::external::<ResourceConfiguration>(world, identifier, &arn, view).await?;
        return Ok(Attachment { group: Some(identifier.clone()), ..Attachment::default() });
    }
    let Some(reference) = &spec.resource_configuration_group_ref else {
        return Err(Hold::stalled(
            Reason::Invalid,
            "spec names no group; set spec.resourceConfigurationGroupRef, or another type than CHILD",
        ));
    };
    let group: ResourceConfiguration =
        referred(world, from, reference, |group: &ResourceConfiguration| group.spec.allowed_namespaces.as_ref(), view)
            .await?;
    if group.spec.type_.unwrap_or_default() != ResourceConfigurationType::Group {
        return Err(Hold::stalled(
            Reason::Invalid,
            format!(
                "ResourceConfiguration {} is no group; let spec.resourceConfigurationGroupRef name one of type GROUP",
                reference.name
            ),
        ));
    }
    let through = through(&group, world).await;
    let moves_from = retiring(group.status.as_ref().and_then(|status| status.observed.as_ref()));
    let id = group.status.and_then(|status| status.facts.resource_configuration_id).ok_or_else(|| {
        Hold::waiting(Reason::ReferenceNotReady, format!("ResourceConfiguration {} has no id yet", reference.name))
    })?;
    Ok(Attachment { gateway: None, group: Some(id), moves_from, through })
}

fn retiring(observed: Option<&Observed>) -> Option<String> {
    observed?.replacement.as_ref()?.retiring.clone()
}

/// The resource gateway of a group, for what it tells of names. That the group may be on it was judged when the group was made.
async fn through(group: &ResourceConfiguration, world: &World) -> Option<ResourceGateway> {
    let reference = group.spec.resource_gateway_ref.as_ref()?;
    let namespace = reference.namespace.clone().or_else(|| group.namespace()).unwrap_or_default();
    world.cluster.lookup::<ResourceGateway>(&namespace, &reference.name, View::Watched).await.ok().flatten()
}

/// The domain that an object in the cluster tells: its host, or for a Service the name of its load balancer.
pub(super) async fn domain_of(
    configuration: &ResourceConfiguration,
    world: &World,
    view: View,
) -> Result<Option<String>, Hold> {
    let (Some(source), Some(from)) = (Source::of_definition(configuration), &configuration.spec.definition_from) else {
        return Ok(None);
    };
    let namespace = configuration.namespace().unwrap_or_default();
    let referrer = locate::Referrer { kind: "ResourceConfiguration", namespace: &namespace };
    let located = locate::locate(&world.cluster, referrer, &source, view).await?;
    if from.host.is_none() && source.kind == Kind::Service {
        return located.load_balancer.map(Some).map_err(|verdict| verdict.hold());
    }
    locate::host(from.host.as_deref(), &located, &source).map(Some)
}

/// What stands in the way of a definition: a name that only the VPC knows, behind a resource gateway that asks public DNS. AWS takes it,
/// and nothing is ever reached. What is not certain stands in nobody's way; the targets that go through it tell more.
pub(super) async fn hidden_name(
    definition: Option<&ResourceConfigurationDefinition>,
    attachment: &Attachment,
    world: &World,
) -> Option<Hold> {
    let Some(ResourceConfigurationDefinition::DnsResource(dns)) = definition else { return None };
    let gateway = attachment.through.as_ref()?;
    let vpc = gateway.status.as_ref()?.facts.vpc_id.as_deref()?;
    if lattice::resolution(gateway) != ResourceConfigDnsResolution::Public {
        return None;
    }
    let since = Instant::now().checked_sub(world.settings.retry_floor.saturating_mul(5)).unwrap_or_else(Instant::now);
    let host = dns.domain_name.as_str();
    let known = world.facts.vpc_dns(&world.aws, vpc, host, since).await;
    let look_up = world.facts.look_up(host, since).await;
    let demand = dns::Demand { host, load_balancer: None, resolver: Resolver::Public, routing: Routing::Never };
    let verdict = dns::judge(&demand, &known, &look_up).verdict;
    (verdict.blocks() && verdict.reason == Reason::PrivateNameOnPublicResolver).then(|| verdict.hold())
}
