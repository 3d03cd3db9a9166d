//! A ResourceConfiguration: one host and port behind a resource gateway, which a target can name.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_vpclattice::{
    operation::{
        create_resource_configuration::builders::CreateResourceConfigurationInputBuilder,
        delete_resource_configuration::builders::DeleteResourceConfigurationInputBuilder,
        get_resource_configuration::GetResourceConfigurationOutput,
        update_resource_configuration::builders::UpdateResourceConfigurationInputBuilder,
    },
    types::{self as sdk, ResourceConfigurationStatus as AwsStatus},
};
use aws_smithy_types::error::operation::BuildError;
use kube::ResourceExt;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Managed, Past, Succession, World, lattice, name_exists,
    references::{self, Referrer, leads_to, referred},
    refused,
    tags::{self, TagChange},
    unbuildable, with_reasons,
};
use crate::{
    api::{
        Adopt, DeletionPolicy, DnsResource, GatewayTarget, IpResource, PrivateEndpoint, ResourceConfiguration,
        ResourceConfigurationDefinition, ResourceConfigurationFacts, ResourceConfigurationIpAddressType,
        ResourceConfigurationSpec, ResourceConfigurationType, ResourceGateway,
    },
    aws::{
        Absent, Aws, Fault, FaultKind, Scope, Summary,
        inventory::text,
        ownership::{Identity, Marker, lattice_name},
    },
    cluster::View,
    overlay::{Overlay, overlay, overlay_enum, overlay_union, same_set},
    plan::{Hold, Plan, Reason, Replacement},
    workload::{
        locate,
        source::{Kind, Source},
    },
};

overlay_enum! { ResourceConfigurationType => sdk::ResourceConfigurationType { Single } }
overlay_enum! { ResourceConfigurationIpAddressType => sdk::ResourceConfigurationIpAddressType { Ipv4, Ipv6 } }
overlay_union! { ResourceConfigurationDefinition => sdk::ResourceConfigurationDefinition { DnsResource, IpResource } }
overlay! { DnsResource => sdk::DnsResource, blank Ok::<_, BuildError>(sdk::DnsResource::builder().build()); {
    domain_name: stated,
    ip_address_type: stated,
} }
overlay! { IpResource => sdk::IpResource, blank Ok::<_, BuildError>(sdk::IpResource::builder().build()); {
    ip_address: stated,
} }

/// A ResourceConfiguration's spec, with its reference replaced by the identifier it stands for.
#[derive(Debug, Serialize)]
pub struct Desired {
    #[serde(skip)]
    identity: Identity,
    #[serde(skip)]
    fingerprint: String,
    name: String,
    gateway: String,
    /// The resource gateway that served before `gateway` took over from it. Its owner allowed that, and so that we follow.
    #[serde(skip)]
    moves_from: Option<String>,
    spec: ResourceConfigurationSpec,
    tags: BTreeMap<String, String>,
    /// The domain, where an object in the cluster told it.
    #[serde(skip)]
    domain: Option<String>,
}

/// What AWS says of a resource configuration.
#[derive(Debug, Clone)]
pub struct Observed {
    configuration: GetResourceConfigurationOutput,
    tags: Option<HashMap<String, String>>,
}

/// One request that changes a resource configuration.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Makes it.
    Create(Box<CreateResourceConfigurationInputBuilder>),
    /// Changes what differs, in place.
    Update(Box<UpdateResourceConfigurationInputBuilder>),
    /// Changes tags of the resource configuration with this ARN.
    Tag(String, TagChange),
    /// Deletes it.
    Delete(DeleteResourceConfigurationInputBuilder),
}

impl Managed for ResourceConfiguration {
    type Facts = ResourceConfigurationFacts;
    type Desired = Desired;
    type Observed = Observed;
    type Change = Change;

    const SUCCESSION: Succession = Succession::Beside;

    fn is_suspended(&self) -> bool {
        self.spec.suspend.unwrap_or_default()
    }

    fn stated_deletion_policy(&self) -> Option<DeletionPolicy> {
        self.spec.deletion_policy
    }

    fn adopt(&self) -> Option<&Adopt> {
        self.spec.adopt.as_ref()
    }

    fn husk() -> Value {
        json!({"resourceConfigurationDefinition": {"ipResource": {"ipAddress": ""}}})
    }

    fn first_name_in_aws(&self, cluster: &str) -> String {
        let namespace = self.namespace().unwrap_or_default();
        self.spec
            .name
            .clone()
            .or_else(|| self.adopted_name())
            .unwrap_or_else(|| lattice_name(cluster, &namespace, &self.name_any()))
    }

    fn id(facts: &ResourceConfigurationFacts) -> Option<&str> {
        facts.resource_configuration_id.as_deref()
    }

    fn scope(&self, _world: &World) -> Option<Scope> {
        Some(Scope::ResourceConfigurations)
    }

    async fn resolve(&self, world: &World, view: View) -> Result<Desired, Hold> {
        let (gateway, moves_from) = gateway_of(self, world, view).await?;
        let identity = world.identity(self);
        let tags = tags::wanted(&identity, &world.settings.default_tags, &self.spec.tags);
        let domain = domain_of(self, world, view).await?;
        let derived = domain.clone().map(|domain_name| {
            let ip_address_type = ResourceConfigurationIpAddressType::Ipv4;
            ResourceConfigurationDefinition::DnsResource(DnsResource { domain_name, ip_address_type })
        });
        let spec = ResourceConfigurationSpec {
            resource_configuration_definition: self.spec.resource_configuration_definition.clone().or(derived),
            definition_from: None,
            resource_gateway_ref: None,
            resource_gateway_identifier: None,
            allowed_namespaces: None,
            deletion_policy: None,
            adopt: None,
            suspend: None,
            tags: BTreeMap::new(),
            ..self.spec.clone()
        };
        let name = self.name_in_aws(&identity.cluster);
        let mut desired =
            Desired { identity, fingerprint: String::new(), name, gateway, moves_from, spec, tags, domain };
        desired.fingerprint = super::fingerprint(&desired);
        Ok(desired)
    }

    async fn marker(aws: &Aws, _scope: &Scope, summary: &Summary) -> Result<Option<Marker>, Fault> {
        let tags = tags::read(aws, &lattice::resource_configuration_arn(aws.account(), &summary.id)).await?;
        Ok(tags.as_ref().and_then(Marker::in_tags))
    }

    async fn observe(aws: &Aws, _scope: &Scope, id: &str, thorough: bool) -> Result<Option<Observed>, Fault> {
        let get = aws.lattice().get_resource_configuration().resource_configuration_identifier(id);
        let Some(configuration) = aws.call("GetResourceConfiguration", get.send()).await.absent()? else {
            return Ok(None);
        };
        let tags = if thorough {
            tags::read(aws, &lattice::resource_configuration_arn(aws.account(), id)).await?
        } else {
            None
        };
        Ok(Some(Observed { configuration, tags }))
    }

    fn plan(desired: &Desired, past: &Past, observed: Option<&Observed>) -> Plan<Change> {
        let Some(observed) = observed else { return past.create(|attempt| desired.creation(attempt)) };
        let configuration = &observed.configuration;
        let reasons: Vec<String> = configuration.failure_reason.clone().into_iter().collect();
        if let Some(hold) = Self::in_transition(&Self::listed(observed).status) {
            return Plan::Hold(hold);
        }
        match &configuration.status {
            Some(AwsStatus::CreateFailed) => Plan::stall(
                Reason::CreateFailed,
                with_reasons(
                    "VPC Lattice could not create the resource configuration; mend the cause, then delete this object and create it again",
                    &reasons,
                ),
            ),
            Some(AwsStatus::DeleteFailed) => Plan::stall(
                Reason::DeleteFailed,
                with_reasons("VPC Lattice could not delete the resource configuration that has this name", &reasons),
            ),
            _ => desired.standing(past, observed),
        }
    }

    fn rename(desired: &mut Desired, name: String) {
        desired.name = name;
        desired.fingerprint = super::fingerprint(desired);
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "AWS adds states: one that is not known is under way")]
    fn in_transition(status: &str) -> Option<Hold> {
        match AwsStatus::from(status) {
            AwsStatus::Active | AwsStatus::CreateFailed | AwsStatus::UpdateFailed | AwsStatus::DeleteFailed => None,
            AwsStatus::CreateInProgress => {
                Some(Hold::waiting(Reason::Creating, "VPC Lattice is creating the resource configuration"))
            }
            AwsStatus::UpdateInProgress => {
                Some(Hold::waiting(Reason::Updating, "VPC Lattice is updating the resource configuration"))
            }
            AwsStatus::DeleteInProgress => Some(Hold::waiting(
                Reason::WaitingForPredecessor,
                "VPC Lattice is deleting the resource configuration that has this name",
            )),
            unknown => Some(super::unknown_state(unknown.as_str())),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "AWS adds states: in one that is not known, AWS says whether it deletes"
    )]
    fn plan_removal(_scope: &Scope, id: &str, status: &str) -> Plan<Change> {
        match AwsStatus::from(status) {
            AwsStatus::DeleteInProgress => {
                Plan::wait(Reason::Deleting, "VPC Lattice is deleting the resource configuration")
            }
            AwsStatus::CreateInProgress | AwsStatus::UpdateInProgress => Plan::wait(
                Reason::Deleting,
                "VPC Lattice is still changing the resource configuration; it is deleted after that",
            ),
            _ => Plan::change(Change::Delete(
                DeleteResourceConfigurationInputBuilder::default().resource_configuration_identifier(id),
            )),
        }
    }

    async fn perform(change: Change, facts: &mut ResourceConfigurationFacts, world: &World) -> Result<Hold, Hold> {
        let aws = &world.aws;
        match change {
            Change::Create(request) => {
                match aws.call("CreateResourceConfiguration", request.send_with(aws.lattice())).await {
                    Ok(answer) => {
                        facts.resource_configuration_id = answer.id;
                        facts.resource_configuration_arn = answer.arn;
                        facts.aws_status = answer.status.map(|status| status.as_str().to_owned());
                        Ok(Hold::waiting(Reason::Creating, "VPC Lattice is creating the resource configuration"))
                    }
                    Err(fault) if fault.kind == FaultKind::Conflict => Err(name_exists("resource configuration")),
                    Err(fault) => Err(refused(fault)),
                }
            }
            Change::Update(request) => {
                match aws.call("UpdateResourceConfiguration", request.send_with(aws.lattice())).await {
                    Ok(answer) => {
                        facts.aws_status = answer.status.map(|status| status.as_str().to_owned());
                        Ok(Hold::waiting(Reason::Updating, "VPC Lattice is updating the resource configuration"))
                    }
                    Err(fault) if fault.kind == FaultKind::Conflict => Err(Hold::waiting(
                        Reason::Updating,
                        "VPC Lattice is busy with the resource configuration; the update follows",
                    )),
                    Err(fault) => Err(refused(fault)),
                }
            }
            Change::Tag(arn, change) => tags::change(aws, &arn, change).await,
            Change::Delete(request) => delete(aws, request).await,
        }
    }

    fn facts(observed: &Observed, before: &ResourceConfigurationFacts) -> ResourceConfigurationFacts {
        let configuration = &observed.configuration;
        ResourceConfigurationFacts {
            resource_configuration_id: configuration.id.clone(),
            resource_configuration_arn: configuration.arn.clone(),
            aws_status: configuration.status.as_ref().map(|status| status.as_str().to_owned()),
            failure_reason: configuration.failure_reason.clone(),
            resource_gateway_id: configuration.resource_gateway_id.clone(),
            domain: before.domain.clone(),
            used_by: before.used_by,
        }
    }

    fn count(&self, world: &World, facts: &mut ResourceConfigurationFacts) {
        let users = world.cluster.stores().select::<GatewayTarget, _>(|target| {
            let exists = target.status.as_ref()?.facts.target_id.is_some();
            (exists && uses(target, self)).then_some(())
        });
        facts.used_by = Some(u32::try_from(users.len()).unwrap_or(u32::MAX));
    }

    fn listed(observed: &Observed) -> Summary {
        let configuration = &observed.configuration;
        Summary {
            id: configuration.id.clone().unwrap_or_default(),
            name: configuration.name.clone().unwrap_or_default(),
            status: configuration.status.as_ref().map(|status| status.as_str().to_owned()).unwrap_or_default(),
            updated_at: configuration.last_updated_at.as_ref().map(text).unwrap_or_default(),
            parent: configuration.resource_gateway_id.clone(),
            ..Summary::default()
        }
    }

    fn is_steady(status: &str) -> bool {
        status == AwsStatus::Active.as_str()
    }

    fn dependents(&self, world: &World) -> Vec<String> {
        let names = references::dependents::<GatewayTarget>(world, |target| uses(target, self));
        names.into_iter().map(|name| format!("GatewayTarget {name}")).collect()
    }

    fn users_of(&self, world: &World, id: &str) -> Vec<String> {
        let is_elsewhere = |target: &GatewayTarget| {
            let facts = target.status.as_ref().map(|status| &status.facts);
            let led = facts.and_then(|facts| facts.resource_configuration_identifier.as_deref());
            led.is_some_and(|led| !led.ends_with(id))
        };
        let is_there =
            |target: &GatewayTarget| target.status.as_ref().is_some_and(|status| status.facts.target_id.is_some());
        let uses_it = |target: &GatewayTarget| uses(target, self) && is_there(target) && !is_elsewhere(target);
        let names = references::dependents::<GatewayTarget>(world, uses_it);
        names.into_iter().map(|name| format!("GatewayTarget {name}")).collect()
    }

    fn note(desired: &Desired, facts: &mut ResourceConfigurationFacts) {
        facts.domain.clone_from(&desired.domain);
    }

    fn difference(desired: &Desired, observed: &Observed) -> Vec<String> {
        let configuration = &observed.configuration;
        let replaced = desired.replacement(configuration).map(|replacement| replacement.names());
        let mut told: Vec<String> =
            replaced.map(|names| format!("{names} cannot be changed in place")).into_iter().collect();
        if let Ok(Some(update)) = desired.update(configuration, false) {
            let rows = [
                ("resourceConfigurationDefinition", update.get_resource_configuration_definition().is_some()),
                ("portRanges", update.get_port_ranges().is_some()),
                (
                    "allowAssociationToShareableServiceNetwork",
                    update.get_allow_association_to_shareable_service_network().is_some(),
                ),
            ];
            told.extend(
                rows.into_iter().filter(|(_, differs)| *differs).map(|(member, _)| format!("{member} is changed")),
            );
        }
        told.extend(tags::told(&desired.tags, observed.tags.as_ref()));
        told
    }

    fn tag_keys(desired: &Desired) -> Vec<String> {
        tags::keys(&desired.tags, &desired.identity)
    }

    fn summary(facts: &ResourceConfigurationFacts) -> String {
        format!("Active as {}", facts.resource_configuration_id.as_deref().unwrap_or_default())
    }
}

impl Desired {
    fn creation(&self, attempt: u32) -> Result<Change, Hold> {
        let spec = &self.spec;
        let kind = spec.type_.unwrap_or(ResourceConfigurationType::Single);
        let request = CreateResourceConfigurationInputBuilder::default()
            .client_token(self.identity.token(&self.gateway, attempt, &self.fingerprint))
            .name(&self.name)
            .set_type(kind.state().ok())
            .resource_gateway_identifier(&self.gateway)
            .set_resource_configuration_definition(Some(self.definition()?))
            .set_port_ranges(Some(spec.port_ranges.clone()))
            // AgentCore's service network is in an account of AWS's.
            .allow_association_to_shareable_service_network(
                spec.allow_association_to_shareable_service_network.unwrap_or(true),
            )
            .set_tags(Some(self.tags.clone().into_iter().collect()));
        Ok(Change::Create(Box::new(request)))
    }

    fn definition(&self) -> Result<sdk::ResourceConfigurationDefinition, Hold> {
        let definition = self.spec.resource_configuration_definition.as_ref().map(Overlay::state);
        definition
            .unwrap_or_else(|| {
                Err(BuildError::missing_field("resource_configuration_definition", "it was not resolved"))
            })
            .map_err(|error| unbuildable(&error))
    }

    fn standing(&self, past: &Past, observed: &Observed) -> Plan<Change> {
        let configuration = &observed.configuration;
        if let Some(hold) = super::renamed(&self.name, configuration.name.as_deref()) {
            return Plan::Hold(hold);
        }
        if let Some(replacement) = self.replacement(configuration) {
            return Plan::Replace(replacement);
        }
        let failed = configuration.status == Some(AwsStatus::UpdateFailed);
        match self.update(configuration, failed) {
            Err(hold) => return Plan::Hold(hold),
            Ok(Some(update)) if past.wants_update(true, failed) => {
                return past.update(Change::Update(Box::new(update)));
            }
            Ok(_) if failed => {
                let reasons: Vec<String> = configuration.failure_reason.clone().into_iter().collect();
                return Plan::stall(
                    Reason::UpdateUnsuccessful,
                    with_reasons("VPC Lattice could not change the resource configuration", &reasons),
                );
            }
            Ok(_) => {}
        }
        match observed.tags.as_ref().and_then(|actual| tags::difference(&self.tags, &past.tag_keys, actual)) {
            Some(change) => past.update(Change::Tag(configuration.arn.clone().unwrap_or_default(), change)),
            None => Plan::Settled,
        }
    }

    /// What can be changed in place: all of it, or what differs. The call is a PATCH: what it does not name stays.
    fn update(
        &self,
        configuration: &GetResourceConfigurationOutput,
        whole: bool,
    ) -> Result<Option<UpdateResourceConfigurationInputBuilder>, Hold> {
        let spec = &self.spec;
        let blank = UpdateResourceConfigurationInputBuilder::default();
        let mut update = blank.clone();
        let definition = self.definition()?;
        if whole || configuration.resource_configuration_definition.as_ref() != Some(&definition) {
            update = update.resource_configuration_definition(definition);
        }
        if whole || !same_set(configuration.port_ranges.as_deref().unwrap_or_default(), &spec.port_ranges) {
            update = update.set_port_ranges(Some(spec.port_ranges.clone()));
        }
        if let Some(allowed) = spec.allow_association_to_shareable_service_network
            && configuration.allow_association_to_shareable_service_network != Some(allowed)
        {
            update = update.allow_association_to_shareable_service_network(allowed);
        }
        Ok((update != blank).then(|| update.set_resource_configuration_identifier(configuration.id.clone())))
    }

    /// What the spec states and VPC Lattice cannot change. Where only the resource gateway moved, its owner has allowed it there.
    fn replacement(&self, configuration: &GetResourceConfigurationOutput) -> Option<Replacement> {
        let kind = self.spec.type_.and_then(|kind| kind.state().ok());
        let gateway = self.gateway.rsplit('/').next().map(str::to_owned);
        let held = &configuration.resource_gateway_id;
        let replacement = Replacement::of(
            "resource configuration",
            [
                ("type", kind.as_ref().map(ToString::to_string), kind.is_some() && configuration.r#type != kind),
                ("resourceGatewayRef", gateway.clone(), *held != gateway),
            ],
        )?;
        let follows = held.is_some() && *held == self.moves_from && replacement.members.len() == 1;
        Some(Replacement { follows, ..replacement })
    }
}

/// The id of its resource gateway, when it may be on it, and of the one that the resource gateway took over from.
async fn gateway_of(
    configuration: &ResourceConfiguration,
    world: &World,
    view: View,
) -> Result<(String, Option<String>), Hold> {
    let spec = &configuration.spec;
    if let Some(identifier) = &spec.resource_gateway_identifier {
        let arn = lattice::resource_gateway_arn(world.aws.account(), identifier);
        references::external::<ResourceGateway>(world, identifier, &arn, view).await?;
        return Ok((identifier.clone(), None));
    }
    let Some(reference) = &spec.resource_gateway_ref else {
        return Err(Hold::stalled(Reason::Invalid, "spec names no resource gateway; set spec.resourceGatewayRef"));
    };
    let namespace = configuration.namespace().unwrap_or_default();
    let exists = configuration.status.as_ref().is_some_and(|status| status.facts.resource_configuration_id.is_some());
    let from = Referrer { namespace: &namespace, exists };
    let gateway: ResourceGateway =
        referred(world, from, reference, |gateway: &ResourceGateway| gateway.spec.allowed_namespaces.as_ref(), view)
            .await?;
    let status = gateway.status.unwrap_or_default();
    let retiring = status.observed.and_then(|observed| observed.replacement?.retiring);
    let id = status.facts.resource_gateway_id.ok_or_else(|| {
        Hold::waiting(Reason::ReferenceNotReady, format!("ResourceGateway {} has no id yet", reference.name))
    })?;
    Ok((id, retiring))
}

/// The domain that an object in the cluster tells: its host, or for a Service the name of its load balancer.
async fn domain_of(configuration: &ResourceConfiguration, world: &World, view: View) -> Result<Option<String>, Hold> {
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

/// Whether a target goes through this resource configuration, by reference.
fn uses(target: &GatewayTarget, configuration: &ResourceConfiguration) -> bool {
    let Some(PrivateEndpoint::SelfManagedLatticeResource(resource)) = &target.spec.private_endpoint else {
        return false;
    };
    let from = target.namespace().unwrap_or_default();
    resource.resource_configuration_ref.as_ref().is_some_and(|reference| {
        leads_to(reference, &from, &configuration.namespace().unwrap_or_default(), &configuration.name_any())
    })
}

/// Deletes a resource configuration. AgentCore lets go of its association minutes after the last target is gone; until then AWS says so
/// with a `ValidationException` that only its text tells from others, or with a conflict.
async fn delete(aws: &Aws, request: DeleteResourceConfigurationInputBuilder) -> Result<Hold, Hold> {
    match aws.call("DeleteResourceConfiguration", request.send_with(aws.lattice())).await.absent() {
        Ok(_) => Ok(Hold::waiting(Reason::Deleting, "VPC Lattice is deleting the resource configuration")),
        Err(fault) if fault.kind == FaultKind::Conflict || fault.message.contains("existing association") => {
            Err(Hold::waiting(
                Reason::WaitingForAssociation,
                format!(
                    "AWS still associates the resource configuration with a service network, and lets go minutes after its last target: {}",
                    fault.message
                ),
            ))
        }
        Err(fault) => Err(refused(fault)),
    }
}

#[cfg(test)]
mod tests;
