//! A ResourceConfiguration: a host and its ports behind a resource gateway, which a target can name; or a group of such, a resource of
//! AWS's own, or a part of a network.
//!
//! - `attach`: what it is attached to
//! - `users`: who uses it
//! - `overlay`: the table of its members
//! - `request`: what makes it
//! - `replacement`: what only another one can have otherwise
//! - `delete`: what stands in the way of deleting it

mod attach;
mod delete;
mod overlay;
mod replacement;
mod request;

mod users;

use std::collections::{BTreeMap, HashMap};

use aws_sdk_vpclattice::{
    operation::{
        create_resource_configuration::builders::CreateResourceConfigurationInputBuilder,
        delete_resource_configuration::builders::DeleteResourceConfigurationInputBuilder,
        get_resource_configuration::GetResourceConfigurationOutput,
        update_resource_configuration::builders::UpdateResourceConfigurationInputBuilder,
    },
    types::ResourceConfigurationStatus as AwsStatus,
};
use kube::ResourceExt;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    FollowUp, Managed, Past, Succession, World, busy, lattice, not_made, refused,
    tags::{self, TagChange},
    with_reasons,
};
use crate::{
    api::{
        self, Adopt, DeletionPolicy, DnsResource, ResourceConfiguration, ResourceConfigurationDefinition,
        ResourceConfigurationFacts, ResourceConfigurationIpAddressType, ResourceConfigurationSpec,
    },
    aws::{
        Absent, Aws, Fault, FaultKind, Keeper, Scope, Summary,
        inventory::text,
        ownership::{Identity, Marker, lattice_name},
    },
    cluster::View,
    overlay::same_set,
    plan::{Hold, Plan, Reason},
    status,
};

/// A ResourceConfiguration's spec, with its references replaced by the identifiers they stand for.
#[derive(Debug, Serialize)]
pub struct Desired {
    #[serde(skip)]
    identity: Identity,
    #[serde(skip)]
    fingerprint: String,
    name: String,
    /// The resource gateway, or the group, that served before ours took over from it. Its owner allowed that, and so that we follow.
    #[serde(skip)]
    moves_from: Option<String>,
    /// Not with a child, which has its group's.
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    spec: ResourceConfigurationSpec,
    tags: BTreeMap<String, String>,
    /// The domain, where an object in the cluster told it.
    #[serde(skip)]
    domain: Option<String>,
    /// What stands in the way of making it, or of changing where it leads.
    #[serde(skip)]
    blocked: Option<Hold>,
}

/// What AWS says of a resource configuration.
#[derive(Debug, Clone)]
pub struct Observed {
    configuration: GetResourceConfigurationOutput,
    tags: Option<HashMap<String, String>>,
    /// Who has the say over it; `None`: this account.
    keeper: Option<Keeper>,
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

    fn first_name_in_aws(&self, world: &World) -> String {
        let namespace = self.namespace().unwrap_or_default();
        self.spec
            .name
            .clone()
            .or_else(|| self.adopted_name())
            .unwrap_or_else(|| lattice_name(&world.settings.cluster_name, &namespace, &self.name_any()))
    }

    fn id(facts: &ResourceConfigurationFacts) -> Option<&str> {
        facts.resource_configuration_id.as_deref()
    }

    fn scope(&self, _world: &World) -> Option<Scope> {
        Some(Scope::ResourceConfigurations)
    }

    async fn resolve(&self, world: &World, view: View) -> Result<Desired, Hold> {
        let attachment = attach::attachment(self, world, view).await?;
        let identity = world.identity(self);
        let tags = tags::wanted(&identity, &world.settings.default_tags, &self.spec.tags);
        let domain = attach::domain_of(self, world, view).await?;
        let derived = domain.clone().map(|domain_name| {
            let ip_address_type = Some(ResourceConfigurationIpAddressType::Ipv4);
            ResourceConfigurationDefinition::DnsResource(DnsResource { domain_name, ip_address_type })
        });
        let spec = ResourceConfigurationSpec {
            resource_configuration_definition: self.spec.resource_configuration_definition.clone().or(derived),
            definition_from: None,
            resource_gateway_ref: None,
            resource_gateway_identifier: None,
            resource_configuration_group_ref: None,
            resource_configuration_group_identifier: None,
            allowed_namespaces: None,
            deletion_policy: None,
            adopt: None,
            suspend: None,
            tags: BTreeMap::new(),
            ..self.spec.clone()
        };
        let mut desired = Desired {
            name: self.name_in_aws(world),
            identity,
            fingerprint: String::new(),
            gateway: attachment.gateway.clone(),
            group: attachment.group.clone(),
            moves_from: attachment.moves_from.clone(),
            spec,
            tags,
            domain,
            blocked: None,
        };
        desired.fingerprint = super::fingerprint(&desired);
        // What AWS took is not judged again: its targets tell when it does not work any more.
        let accepted = self.status.as_ref().and_then(|status| status.observed.as_ref()?.spec_hash.as_ref());
        if accepted != Some(&desired.fingerprint) {
            let definition = desired.spec.resource_configuration_definition.as_ref();
            desired.blocked = attach::hidden_name(definition, &attachment, world).await;
        }
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
        let keeper = Keeper::of(configuration.arn(), configuration.amazon_managed, &aws.account().id);
        Ok(Some(Observed { configuration, tags, keeper }))
    }

    fn plan(desired: &Desired, past: &Past, observed: Option<&Observed>) -> Plan<Change> {
        let Some(observed) = observed else {
            return match &desired.blocked {
                Some(hold) => Plan::Hold(hold.clone()),
                None => past.create(|attempt| desired.creation(attempt)),
            };
        };
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

    fn tags_sent(request: &Change) -> Option<TagChange> {
        match request {
            Change::Create(request) => request.get_tags().clone().map(TagChange::Set),
            Change::Tag(_, change) => Some(change.clone()),
            Change::Update(_) | Change::Delete(_) => None,
        }
    }

    fn states(request: &Change) -> bool {
        matches!(request, Change::Create(_) | Change::Update(_))
    }

    async fn perform(change: Change, facts: &mut ResourceConfigurationFacts, world: &World) -> Result<Hold, Hold> {
        let aws = &world.aws;
        match change {
            Change::Create(request) => {
                match aws.call("CreateResourceConfiguration", request.send_with(aws.lattice())).await {
                    Ok(answer) => {
                        facts.resource_configuration_id = answer.id.filter(|id| !id.is_empty());
                        facts.resource_configuration_arn = answer.arn;
                        facts.aws_status = answer.status.map(|status| status.as_str().to_owned());
                        Ok(Hold::waiting(Reason::Creating, "VPC Lattice is creating the resource configuration"))
                    }
                    Err(fault) if fault.kind == FaultKind::Conflict => Err(not_made("resource configuration", &fault)),
                    Err(fault) => Err(refused(fault)),
                }
            }
            Change::Update(request) => {
                match aws.call("UpdateResourceConfiguration", request.send_with(aws.lattice())).await {
                    Ok(answer) => {
                        facts.aws_status = answer.status.map(|status| status.as_str().to_owned());
                        Ok(Hold::waiting(Reason::Updating, "VPC Lattice is updating the resource configuration"))
                    }
                    Err(fault) if fault.kind == FaultKind::Conflict => Err(busy(
                        Reason::Updating,
                        "VPC Lattice is busy with the resource configuration; the update follows",
                        &fault,
                    )),
                    Err(fault) => Err(refused(fault)),
                }
            }
            Change::Tag(arn, change) => tags::change(aws, &arn, change).await,
            Change::Delete(request) => delete::delete(aws, request).await,
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
            resource_configuration_group_id: configuration.resource_configuration_group_id.clone(),
            domain: before.domain.clone(),
            used_by: before.used_by,
        }
    }

    fn reasons(facts: &ResourceConfigurationFacts) -> Vec<String> {
        facts.failure_reason.clone().into_iter().collect()
    }

    fn count(&self, world: &World, facts: &mut ResourceConfigurationFacts) {
        facts.used_by = Some(users::count(self, world));
    }

    fn listed(observed: &Observed) -> Summary {
        let configuration = &observed.configuration;
        Summary {
            id: configuration.id.clone().unwrap_or_default(),
            name: configuration.name.clone().unwrap_or_default(),
            status: configuration.status.as_ref().map(|status| status.as_str().to_owned()).unwrap_or_default(),
            updated_at: configuration.last_updated_at.as_ref().map(text).unwrap_or_default(),
            parent: configuration.resource_gateway_id.clone(),
            group: configuration.resource_configuration_group_id.clone(),
            keeper: observed.keeper.clone(),
            ..Summary::default()
        }
    }

    fn is_steady(status: &str) -> bool {
        status == AwsStatus::Active.as_str()
    }

    fn dependents(&self, world: &World) -> Vec<String> {
        users::dependents(self, world)
    }

    fn users_of(&self, world: &World, id: &str) -> Vec<String> {
        users::left_on(self, world, id)
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

    /// An address is sent as it stands, and nobody can tell for how long it is the endpoint's: people are warned once.
    async fn follow_up(
        &self,
        world: &World,
        desired: &Desired,
        _facts: &mut ResourceConfigurationFacts,
        _observed: &mut api::Observed,
        _just_changed: bool,
    ) -> Result<FollowUp<Change>, Hold> {
        let was_ready = self.status.as_ref().is_some_and(|status| status::is_ready(&status.conditions));
        if let Some(ResourceConfigurationDefinition::IpResource(resource)) =
            &desired.spec.resource_configuration_definition
            && !was_ready
        {
            let note = format!(
                "The definition names the address {}. The address of a load balancer is not promised to stay; name its host by \
                 dnsResource instead",
                resource.ip_address
            );
            world.cluster.tell(self, true, Reason::Settled, "Reconcile", &note).await;
        }
        Ok(FollowUp::default())
    }

    fn tag_keys(desired: &Desired) -> Vec<String> {
        tags::keys(&desired.tags, &desired.identity)
    }

    fn summary(facts: &ResourceConfigurationFacts) -> String {
        format!("Active as {}", facts.resource_configuration_id.as_deref().unwrap_or_default())
    }
}

impl Desired {
    fn standing(&self, past: &Past, observed: &Observed) -> Plan<Change> {
        let configuration = &observed.configuration;
        if let Some(hold) = super::renamed(&self.name, configuration.name.as_deref()) {
            return Plan::Hold(hold);
        }
        let tag =
            |change| past.tag(change, |change| Change::Tag(configuration.arn.clone().unwrap_or_default(), change));
        if let Some(change) = tags::unmarked(&self.identity, &self.tags, observed.tags.as_ref()) {
            return tag(change);
        }
        if let Some(replacement) = self.replacement(configuration) {
            return Plan::Replace(replacement);
        }
        let failed = configuration.status == Some(AwsStatus::UpdateFailed);
        match self.update(configuration, failed) {
            Err(hold) => return Plan::Hold(hold),
            Ok(Some(update)) if past.wants_update(true, failed) => {
                let leads_elsewhere = update.get_resource_configuration_definition().is_some();
                if let Some(hold) = self.blocked.as_ref().filter(|_| leads_elsewhere) {
                    return Plan::Hold(hold.clone());
                }
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
            Some(change) => tag(change),
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
        let held = configuration.resource_configuration_definition.as_ref();
        if let Some(definition) = self.definition(held)?
            && (whole || held != Some(&definition))
        {
            update = update.resource_configuration_definition(definition);
        }
        let held = request::plain_ports(configuration.port_ranges.as_deref().unwrap_or_default());
        let differ = !same_set(&held, &request::plain_ports(&spec.port_ranges));
        if !spec.port_ranges.is_empty() && (whole || differ) {
            update = update.set_port_ranges(Some(spec.port_ranges.clone()));
        }
        if let Some(allowed) = spec.allow_association_to_shareable_service_network
            && configuration.allow_association_to_shareable_service_network != Some(allowed)
        {
            update = update.allow_association_to_shareable_service_network(allowed);
        }
        Ok((update != blank).then(|| update.set_resource_configuration_identifier(configuration.id.clone())))
    }
}

#[cfg(test)]
mod tests;
