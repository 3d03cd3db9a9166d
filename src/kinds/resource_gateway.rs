//! A ResourceGateway: network interfaces of VPC Lattice in our subnets, through which AgentCore comes in.

mod delete;

use std::collections::{BTreeMap, HashMap};

use aws_sdk_vpclattice::{
    operation::{
        create_resource_gateway::builders::CreateResourceGatewayInputBuilder,
        delete_resource_gateway::builders::DeleteResourceGatewayInputBuilder,
        get_resource_gateway::GetResourceGatewayOutput,
        update_resource_gateway::builders::UpdateResourceGatewayInputBuilder,
    },
    types::{self as sdk, ResourceGatewayStatus as AwsStatus},
};
use kube::ResourceExt;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Managed, Past, Succession, World, busy, lattice, not_made,
    references::{self, leads_to},
    refused,
    tags::{self, TagChange},
};
use crate::{
    api::{
        Adopt, DeletionPolicy, ResourceConfigDnsResolution, ResourceConfiguration, ResourceGateway,
        ResourceGatewayFacts, ResourceGatewayIpAddressType, ResourceGatewaySpec,
    },
    aws::{
        Absent, Aws, Fault, FaultKind, Keeper, Scope, Summary, inventory,
        ownership::{Identity, Marker, lattice_name},
    },
    cluster::View,
    overlay::{Overlay, overlay_enum, same_set},
    plan::{Hold, Plan, Reason, Replacement},
    workload::source::Source,
};

overlay_enum! { ResourceGatewayIpAddressType => sdk::ResourceGatewayIpAddressType { Ipv4, Ipv6, Dualstack } }
overlay_enum! { ResourceConfigDnsResolution => sdk::ResourceConfigDnsResolution { InVpc, Public } }

/// Where a spec names the security groups.
const GROUPS: &str = "securityGroupIds";

/// A ResourceGateway's spec, with what it leaves open filled in.
#[derive(Debug, Serialize)]
pub struct Desired {
    #[serde(skip)]
    identity: Identity,
    #[serde(skip)]
    fingerprint: String,
    /// Security groups for a resource gateway that is made now and names none. Not part of the fingerprint: other groups are for new ones.
    #[serde(skip)]
    default_groups: Vec<String>,
    name: String,
    spec: ResourceGatewaySpec,
    tags: BTreeMap<String, String>,
}

/// What AWS says of a resource gateway.
#[derive(Debug, Clone)]
pub struct Observed {
    gateway: GetResourceGatewayOutput,
    tags: Option<HashMap<String, String>>,
    /// Who has the say over it; `None`: this account.
    keeper: Option<Keeper>,
}

/// One request that changes a resource gateway.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Makes it.
    Create(Box<CreateResourceGatewayInputBuilder>),
    /// Sets its security groups: nothing else can be changed in place.
    Update(UpdateResourceGatewayInputBuilder),
    /// Changes tags of the resource gateway with this ARN.
    Tag(String, TagChange),
    /// Deletes it.
    Delete(DeleteResourceGatewayInputBuilder),
}

impl Managed for ResourceGateway {
    type Facts = ResourceGatewayFacts;
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
        json!({"vpcIdentifier": ""})
    }

    fn first_name_in_aws(&self, world: &World) -> String {
        let namespace = self.namespace().unwrap_or_default();
        self.spec
            .name
            .clone()
            .or_else(|| self.adopted_name())
            .unwrap_or_else(|| lattice_name(&world.settings.cluster_name, &namespace, &self.name_any()))
    }

    fn id(facts: &ResourceGatewayFacts) -> Option<&str> {
        facts.resource_gateway_id.as_deref()
    }

    fn scope(&self, _world: &World) -> Option<Scope> {
        Some(Scope::ResourceGateways)
    }

    async fn resolve(&self, world: &World, view: View) -> Result<Desired, Hold> {
        let identity = world.identity(self);
        let (vpc_identifier, subnet_ids) = network_of(self, world, view).await?;
        let tags = tags::wanted(&identity, &world.settings.default_tags, &self.spec.tags);
        let spec = ResourceGatewaySpec {
            allowed_namespaces: None,
            deletion_policy: None,
            adopt: None,
            suspend: None,
            tags: BTreeMap::new(),
            vpc_identifier,
            subnet_ids,
            ..self.spec.clone()
        };
        let exists = self.status.as_ref().is_some_and(|status| status.facts.resource_gateway_id.is_some());
        let default_groups = world.settings.default_security_group_ids.clone();
        if spec.security_group_ids.is_empty() && !exists && self.spec.adopt.is_none() {
            references::default_security_groups(&default_groups, GROUPS)?;
        }
        let name = self.name_in_aws(world);
        let mut desired = Desired { identity, fingerprint: String::new(), default_groups, name, spec, tags };
        desired.fingerprint = super::fingerprint(&desired);
        Ok(desired)
    }

    async fn marker(aws: &Aws, _scope: &Scope, summary: &Summary) -> Result<Option<Marker>, Fault> {
        let tags = tags::read(aws, &lattice::resource_gateway_arn(aws.account(), &summary.id)).await?;
        Ok(tags.as_ref().and_then(Marker::in_tags))
    }

    async fn observe(aws: &Aws, _scope: &Scope, id: &str, thorough: bool) -> Result<Option<Observed>, Fault> {
        let get = aws.lattice().get_resource_gateway().resource_gateway_identifier(id);
        let Some(gateway) = aws.call("GetResourceGateway", get.send()).await.absent()? else { return Ok(None) };
        let tags =
            if thorough { tags::read(aws, &lattice::resource_gateway_arn(aws.account(), id)).await? } else { None };
        let keeper = Keeper::of(gateway.arn(), gateway.service_managed, &aws.account().id);
        Ok(Some(Observed { gateway, tags, keeper }))
    }

    fn plan(desired: &Desired, past: &Past, observed: Option<&Observed>) -> Plan<Change> {
        let Some(observed) = observed else { return past.create(|attempt| desired.creation(attempt)) };
        if let Some(hold) = Self::in_transition(&Self::listed(observed).status) {
            return Plan::Hold(hold);
        }
        match &observed.gateway.status {
            Some(AwsStatus::CreateFailed) => Plan::stall(
                Reason::CreateFailed,
                "VPC Lattice could not create the resource gateway and gives no reason; check that the subnets have free addresses, and \
                 that subnets, security groups and address type fit the VPC; then delete this object and create it again",
            ),
            Some(AwsStatus::DeleteFailed) => Plan::stall(
                Reason::DeleteFailed,
                "VPC Lattice could not delete the resource gateway that has this name; delete it there, or use another name",
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
                Some(Hold::waiting(Reason::Creating, "VPC Lattice is creating the resource gateway"))
            }
            AwsStatus::UpdateInProgress => {
                Some(Hold::waiting(Reason::Updating, "VPC Lattice is updating the resource gateway"))
            }
            AwsStatus::DeleteInProgress => Some(Hold::waiting(
                Reason::WaitingForPredecessor,
                "VPC Lattice is deleting the resource gateway that has this name",
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
            AwsStatus::DeleteInProgress => Plan::wait(Reason::Deleting, "VPC Lattice is deleting the resource gateway"),
            AwsStatus::CreateInProgress | AwsStatus::UpdateInProgress => Plan::wait(
                Reason::Deleting,
                "VPC Lattice is still changing the resource gateway; it is deleted after that",
            ),
            _ => Plan::change(Change::Delete(
                DeleteResourceGatewayInputBuilder::default().resource_gateway_identifier(id),
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

    async fn perform(change: Change, facts: &mut ResourceGatewayFacts, world: &World) -> Result<Hold, Hold> {
        let aws = &world.aws;
        match change {
            Change::Create(request) => {
                match aws.call("CreateResourceGateway", request.send_with(aws.lattice())).await {
                    Ok(answer) => {
                        facts.resource_gateway_id = answer.id.filter(|id| !id.is_empty());
                        facts.resource_gateway_arn = answer.arn;
                        facts.aws_status = answer.status.map(|status| status.as_str().to_owned());
                        Ok(Hold::waiting(Reason::Creating, "VPC Lattice is creating the resource gateway"))
                    }
                    Err(fault) if fault.kind == FaultKind::Conflict => Err(not_made("resource gateway", &fault)),
                    Err(fault) => Err(refused(fault)),
                }
            }
            Change::Update(request) => {
                match aws.call("UpdateResourceGateway", request.send_with(aws.lattice())).await {
                    Ok(answer) => {
                        facts.aws_status = answer.status.map(|status| status.as_str().to_owned());
                        Ok(Hold::waiting(Reason::Updating, "VPC Lattice is updating the resource gateway"))
                    }
                    Err(fault) if fault.kind == FaultKind::Conflict => Err(busy(
                        Reason::Updating,
                        "VPC Lattice is busy with the resource gateway; the update follows",
                        &fault,
                    )),
                    Err(fault) => Err(refused(fault)),
                }
            }
            Change::Tag(arn, change) => tags::change(aws, &arn, change).await,
            Change::Delete(request) => delete::delete(world, request).await,
        }
    }

    fn facts(observed: &Observed, before: &ResourceGatewayFacts) -> ResourceGatewayFacts {
        let gateway = &observed.gateway;
        ResourceGatewayFacts {
            resource_gateway_id: gateway.id.clone(),
            resource_gateway_arn: gateway.arn.clone(),
            aws_status: gateway.status.as_ref().map(|status| status.as_str().to_owned()),
            vpc_id: gateway.vpc_id.clone(),
            subnet_ids: sorted(gateway.subnet_ids.clone().unwrap_or_default()),
            resource_config_dns_resolution: gateway
                .resource_config_dns_resolution
                .as_ref()
                .map(|resolution| resolution.as_str().to_owned()),
            used_by: before.used_by,
        }
    }

    fn count(&self, world: &World, facts: &mut ResourceGatewayFacts) {
        let users = world.cluster.stores().select::<ResourceConfiguration, _>(|configuration| {
            let exists = configuration.status.as_ref()?.facts.resource_configuration_id.is_some();
            (exists && uses(configuration, self)).then_some(())
        });
        facts.used_by = Some(u32::try_from(users.len()).unwrap_or(u32::MAX));
    }

    fn listed(observed: &Observed) -> Summary {
        let gateway = &observed.gateway;
        Summary {
            id: gateway.id.clone().unwrap_or_default(),
            name: gateway.name.clone().unwrap_or_default(),
            status: gateway.status.as_ref().map(|status| status.as_str().to_owned()).unwrap_or_default(),
            updated_at: gateway.last_updated_at.as_ref().map(inventory::text).unwrap_or_default(),
            keeper: observed.keeper.clone(),
            ..Summary::default()
        }
    }

    fn is_steady(status: &str) -> bool {
        status == AwsStatus::Active.as_str()
    }

    fn dependents(&self, world: &World) -> Vec<String> {
        let names = references::dependents::<ResourceConfiguration>(world, |configuration| uses(configuration, self));
        names.into_iter().map(|name| format!("ResourceConfiguration {name}")).collect()
    }

    fn users_of(&self, world: &World, id: &str) -> Vec<String> {
        let is_elsewhere = |configuration: &ResourceConfiguration| {
            let Some(status) = &configuration.status else { return true };
            let replacement = status.observed.as_ref().and_then(|observed| observed.replacement.as_ref());
            // What a configuration left behind may be on the resource gateway that retires.
            let left = replacement.is_some_and(|state| state.retiring.is_some() || state.successor.is_some());
            let is_there = status.facts.resource_configuration_id.is_some();
            let on = status.facts.resource_gateway_id.as_deref();
            !left && (!is_there || on.is_some_and(|on| on != id))
        };
        let uses_it = |configuration: &ResourceConfiguration| uses(configuration, self) && !is_elsewhere(configuration);
        let names = references::dependents::<ResourceConfiguration>(world, uses_it);
        names.into_iter().map(|name| format!("ResourceConfiguration {name}")).collect()
    }

    fn difference(desired: &Desired, observed: &Observed) -> Vec<String> {
        let gateway = &observed.gateway;
        let replaced = desired.replacement(gateway).map(|replacement| replacement.names());
        let mut told: Vec<String> =
            replaced.map(|names| format!("{names} cannot be changed in place")).into_iter().collect();
        let groups = &desired.spec.security_group_ids;
        if !groups.is_empty() && !same_set(gateway.security_group_ids.as_deref().unwrap_or_default(), groups) {
            told.push("securityGroupIds is changed".to_owned());
        }
        told.extend(tags::told(&desired.tags, observed.tags.as_ref()));
        told
    }

    fn tag_keys(desired: &Desired) -> Vec<String> {
        tags::keys(&desired.tags, &desired.identity)
    }

    fn summary(facts: &ResourceGatewayFacts) -> String {
        format!("Active as {}", facts.resource_gateway_id.as_deref().unwrap_or_default())
    }
}

impl Desired {
    fn creation(&self, attempt: u32) -> Result<Change, Hold> {
        let spec = &self.spec;
        let address_type = spec.ip_address_type;
        let resolution = spec.resource_config_dns_resolution;
        let resolution = resolution.unwrap_or_else(|| lattice::default_resolution(address_type));
        let mut content = self.fingerprint.clone();
        let groups = if spec.security_group_ids.is_empty() {
            let groups = references::default_security_groups(&self.default_groups, GROUPS)?;
            content.push_str(&groups.join(","));
            groups
        } else {
            spec.security_group_ids.clone()
        };
        let request = CreateResourceGatewayInputBuilder::default()
            .client_token(self.identity.token("", attempt, &content))
            .name(&self.name)
            .set_vpc_identifier(spec.vpc_identifier.clone())
            .set_subnet_ids(Some(spec.subnet_ids.clone()))
            .set_security_group_ids(Some(groups))
            .set_ip_address_type(address_type.and_then(|value| value.state().ok()))
            .set_ipv4_addresses_per_eni(spec.ipv4_addresses_per_eni)
            .set_resource_config_dns_resolution(resolution.state().ok())
            .set_tags(Some(self.tags.clone().into_iter().collect()));
        Ok(Change::Create(Box::new(request)))
    }

    fn standing(&self, past: &Past, observed: &Observed) -> Plan<Change> {
        let gateway = &observed.gateway;
        if let Some(hold) = super::renamed(&self.name, gateway.name.as_deref()) {
            return Plan::Hold(hold);
        }
        let tag = |change| past.tag(change, |change| Change::Tag(gateway.arn.clone().unwrap_or_default(), change));
        if let Some(change) = tags::unmarked(&self.identity, &self.tags, observed.tags.as_ref()) {
            return tag(change);
        }
        if let Some(replacement) = self.replacement(gateway) {
            return Plan::Replace(replacement);
        }
        let failed = gateway.status == Some(AwsStatus::UpdateFailed);
        let groups = gateway.security_group_ids.as_deref().unwrap_or_default();
        let wanted = if self.spec.security_group_ids.is_empty() { groups } else { &self.spec.security_group_ids };
        if past.wants_update(!same_set(groups, wanted), failed) {
            let request = UpdateResourceGatewayInputBuilder::default()
                .set_resource_gateway_identifier(gateway.id.clone())
                .set_security_group_ids(Some(wanted.to_vec()));
            return past.update(Change::Update(request));
        }
        if failed {
            return Plan::stall(
                Reason::UpdateUnsuccessful,
                "VPC Lattice could not change the resource gateway and gives no reason; check that the security groups exist in its VPC",
            );
        }
        match observed.tags.as_ref().and_then(|actual| tags::difference(&self.tags, &past.tag_keys, actual)) {
            Some(change) => tag(change),
            None => Plan::Settled,
        }
    }

    /// What the spec states and VPC Lattice cannot change. What it leaves open was decided when the resource gateway was made. What an answer
    /// leaves out is what VPC Lattice takes where nothing is said.
    fn replacement(&self, gateway: &GetResourceGatewayOutput) -> Option<Replacement> {
        let spec = &self.spec;
        let address_type = spec.ip_address_type.and_then(|value| value.state().ok());
        let resolution = spec.resource_config_dns_resolution.and_then(|value| value.state().ok());
        let addresses = spec.ipv4_addresses_per_eni;
        // What a load balancer told when the resource gateway was made is fixed: another subnet of it is no reason for another one.
        let is_said = spec.vpc_from.is_none();
        let other_subnets = !same_set(gateway.subnet_ids.as_deref().unwrap_or_default(), &spec.subnet_ids);
        let held = gateway.resource_config_dns_resolution.as_ref().unwrap_or(&lattice::DEFAULT_RESOLUTION);
        let held_type = gateway.ip_address_type.as_ref().unwrap_or(&lattice::DEFAULT_ADDRESS_TYPE);
        let held_addresses = gateway.ipv4_addresses_per_eni.unwrap_or(lattice::DEFAULT_ADDRESSES);
        Replacement::of(
            "resource gateway",
            [
                ("vpcIdentifier", spec.vpc_identifier.clone(), is_said && gateway.vpc_id != spec.vpc_identifier),
                ("subnetIds", Some(sorted(spec.subnet_ids.clone()).join(" ")), is_said && other_subnets),
                (
                    "ipAddressType",
                    text(address_type.as_ref()),
                    address_type.as_ref().is_some_and(|wanted| wanted != held_type),
                ),
                (
                    "ipv4AddressesPerEni",
                    text(addresses.as_ref()),
                    addresses.is_some_and(|wanted| wanted != held_addresses),
                ),
                (
                    "resourceConfigDnsResolution",
                    text(resolution.as_ref()),
                    resolution.as_ref().is_some_and(|wanted| wanted != held),
                ),
            ],
        )
    }
}

fn text(value: Option<&impl std::fmt::Display>) -> Option<String> {
    value.map(ToString::to_string)
}

/// VPC and subnets: those of the spec, or of the load balancer that it names. The latter are fixed when the resource gateway is made.
async fn network_of(
    gateway: &ResourceGateway,
    world: &World,
    view: View,
) -> Result<(Option<String>, Vec<String>), Hold> {
    let Some(source) = Source::of_vpc(gateway) else {
        return Ok((gateway.spec.vpc_identifier.clone(), gateway.spec.subnet_ids.clone()));
    };
    let facts = gateway.status.as_ref().map(|status| &status.facts);
    if let Some(facts) = facts.filter(|facts| facts.resource_gateway_id.is_some() && facts.vpc_id.is_some()) {
        return Ok((facts.vpc_id.clone(), facts.subnet_ids.clone()));
    }
    let balancer =
        references::load_balancer(world, "ResourceGateway", &gateway.namespace().unwrap_or_default(), &source, view)
            .await?;
    Ok((Some(balancer.vpc.clone()), sorted(balancer.subnets.clone())))
}

fn sorted(mut values: Vec<String>) -> Vec<String> {
    values.sort();
    values
}

/// Whether a resource configuration is on this resource gateway, by reference.
fn uses(configuration: &ResourceConfiguration, gateway: &ResourceGateway) -> bool {
    let from = configuration.namespace().unwrap_or_default();
    configuration.spec.resource_gateway_ref.as_ref().is_some_and(|reference| {
        leads_to(reference, &from, &gateway.namespace().unwrap_or_default(), &gateway.name_any())
    })
}

#[cfg(test)]
mod tests;
