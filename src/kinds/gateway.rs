//! A Gateway: AgentCore's MCP endpoint for agents.

pub mod authorizer;
mod overlay;
mod standing;

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use aws_sdk_bedrockagentcorecontrol::{
    operation::{
        create_gateway::builders::CreateGatewayInputBuilder, delete_gateway::builders::DeleteGatewayInputBuilder,
        get_gateway::GetGatewayOutput, update_gateway::builders::UpdateGatewayInputBuilder,
    },
    types::{GatewayStatus, TargetStatus},
};
use kube::CustomResourceExt;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    FollowUp, Managed, Past, Succession, World, busy, name_some, not_made,
    references::{self, leads_to},
    refused,
    tags::{self, TagChange},
    unknown::Known,
};
use crate::{
    api::{self, Adopt, DeletionPolicy, Gateway, GatewayFacts, GatewaySpec, GatewayTarget, TargetCounts},
    aws::{
        Absent, Aws, Fault, FaultKind, Scope, Summary, account_of,
        inventory::text,
        ownership::{Identity, Marker, legal_name},
        raw::RawAnswer,
    },
    cluster::{Connection, View, permission::matches_pattern},
    overlay::plain,
    plan::{Hold, Plan, Reason},
    status,
    workload::{
        discovery::breaker,
        hop::{Truth, Verdict},
    },
};

/// What is known of AWS's description of a gateway: what a spec can say, and these.
static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let identity = ["gatewayArn", "gatewayId", "gatewayUrl", "workloadIdentityDetails", "webAclArn"];
    let state = ["createdAt", "updatedAt", "status", "statusReasons"];
    Known::of(&Gateway::crd(), &[&identity[..], &state].concat())
});

/// The longest name that AWS accepts.
const NAME_LIMIT: usize = 48;

/// A Gateway's spec, with what it leaves open filled in.
#[derive(Debug, Serialize)]
pub struct Desired {
    #[serde(skip)]
    identity: Identity,
    #[serde(skip)]
    fingerprint: String,
    /// Whether to make the gateway again when somebody deletes it. It does not make another gateway, so it is not in the fingerprint.
    #[serde(skip)]
    recreate: bool,
    /// Security groups for a network that is made now and names none. Not part of the fingerprint: other groups are for new networks.
    #[serde(skip)]
    default_groups: Vec<String>,
    name: String,
    spec: GatewaySpec,
    tags: BTreeMap<String, String>,
}

/// What AWS says of a gateway.
#[derive(Debug, Clone)]
pub struct Observed {
    gateway: GetGatewayOutput,
    /// Members that an update would take away.
    unknown: Vec<String>,
    /// The protocol; the SDK fills one in where AWS has none, as it does for a gateway that takes targets of every protocol.
    protocol: Option<String>,
    tags: Option<HashMap<String, String>>,
}

/// One request that changes a gateway.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Makes it.
    Create(Box<CreateGatewayInputBuilder>),
    /// Replaces its whole configuration.
    Update(Box<UpdateGatewayInputBuilder>),
    /// Changes tags of the gateway with this ARN.
    Tag(String, TagChange),
    /// Deletes it.
    Delete(DeleteGatewayInputBuilder),
}

impl Managed for Gateway {
    type Facts = GatewayFacts;
    type Desired = Desired;
    type Observed = Observed;
    type Change = Change;

    const SUCCESSION: Succession = Succession::After;
    const RESENDS: bool = true;

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
        json!({"roleArn": "", "authorizerType": "NONE"})
    }

    fn first_name_in_aws(&self, _world: &World) -> String {
        let metadata = &self.metadata;
        let (namespace, name) =
            (metadata.namespace.as_deref().unwrap_or_default(), metadata.name.as_deref().unwrap_or_default());
        self.spec
            .name
            .clone()
            .or_else(|| self.adopted_name())
            .unwrap_or_else(|| legal_name(namespace, name, NAME_LIMIT))
    }

    fn id(facts: &GatewayFacts) -> Option<&str> {
        facts.gateway_id.as_deref()
    }

    fn scope(&self, _world: &World) -> Option<Scope> {
        Some(Scope::Gateways)
    }

    async fn resolve(&self, world: &World, view: View) -> Result<Desired, Hold> {
        may_use_role(world, &self.spec.role_arn)?;
        let identity = world.identity(self);
        let tags = tags::wanted(&identity, &world.settings.default_tags, &self.spec.tags);
        // What only Kubernetes knows of does not make another gateway.
        let spec = GatewaySpec {
            allowed_namespaces: None,
            allowed_targets: None,
            target_names: None,
            connection_config_map: None,
            deletion_policy: None,
            discovery: None,
            recreate: None,
            adopt: None,
            suspend: None,
            tags: BTreeMap::new(),
            authorizer_configuration: authorizer::resolve(self, world, view).await?,
            ..self.spec.clone()
        };
        let recreate = self.spec.recreate.unwrap_or_default();
        let name = self.name_in_aws(world);
        let default_groups = world.settings.default_security_group_ids.clone();
        let mut desired = Desired { identity, fingerprint: String::new(), recreate, default_groups, name, spec, tags };
        desired.fingerprint = super::fingerprint(&desired);
        Ok(desired)
    }

    async fn marker(aws: &Aws, _scope: &Scope, summary: &Summary) -> Result<Option<Marker>, Fault> {
        let tags = tags::read(aws, &aws.account().gateway_arn(&summary.id)).await?;
        Ok(tags.as_ref().and_then(Marker::in_tags))
    }

    async fn observe(aws: &Aws, _scope: &Scope, id: &str, thorough: bool) -> Result<Option<Observed>, Fault> {
        let raw = RawAnswer::default();
        let get = aws.agentcore().get_gateway().gateway_identifier(id).customize().interceptor(raw.clone());
        let Some(gateway) = aws.call("GetGateway", get.send()).await.absent()? else { return Ok(None) };
        let tags = if thorough { tags::read(aws, &gateway.gateway_arn).await? } else { None };
        let unknown = KNOWN.unknown_in(raw.body());
        let protocol = raw.body().get("protocolType").and_then(Value::as_str).map(str::to_owned);
        Ok(Some(Observed { gateway, unknown, protocol, tags }))
    }

    /// The create has no members for WAF and for transforming calls.
    fn is_complete(desired: &Desired, request: &Change) -> bool {
        let spec = &desired.spec;
        let leaves_out = spec.waf_configuration.is_some() || spec.custom_transform_configuration.is_some();
        !(leaves_out && matches!(request, Change::Create(_)))
    }

    fn plan(desired: &Desired, past: &Past, observed: Option<&Observed>) -> Plan<Change> {
        let Some(observed) = observed else { return desired.absent(past) };
        let gateway = &observed.gateway;
        if let Some(hold) = super::renamed(&desired.name, Some(&gateway.name)) {
            return Plan::Hold(hold);
        }
        if let Some(hold) = Self::in_transition(gateway.status.as_str()) {
            return Plan::Hold(hold);
        }
        if let Some(change) = tags::unmarked(&desired.identity, &desired.tags, observed.tags.as_ref()) {
            return past.tag(change, |change| Change::Tag(gateway.gateway_arn.clone(), change));
        }
        desired.set_once(observed).map_or_else(|| desired.standing(past, observed), Plan::Hold)
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "AWS adds states: one that is not known is under way")]
    fn in_transition(status: &str) -> Option<Hold> {
        match GatewayStatus::from(status) {
            GatewayStatus::Ready | GatewayStatus::UpdateUnsuccessful | GatewayStatus::Failed => None,
            GatewayStatus::Creating => Some(Hold::waiting(Reason::Creating, "AWS is creating the gateway")),
            GatewayStatus::Updating => Some(Hold::waiting(Reason::Updating, "AWS is updating the gateway")),
            GatewayStatus::Deleting => {
                Some(Hold::waiting(Reason::WaitingForPredecessor, "AWS is deleting the gateway that has this name"))
            }
            unknown => Some(super::unknown_state(unknown.as_str())),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "AWS adds states: in one that is not known, AWS says whether it deletes"
    )]
    fn plan_removal(_scope: &Scope, id: &str, status: &str) -> Plan<Change> {
        match GatewayStatus::from(status) {
            GatewayStatus::Deleting => Plan::wait(Reason::Deleting, "AWS is deleting the gateway"),
            GatewayStatus::Creating | GatewayStatus::Updating => {
                Plan::wait(Reason::Deleting, "AWS is still changing the gateway; it is deleted after that")
            }
            _ => Plan::change(Change::Delete(DeleteGatewayInputBuilder::default().gateway_identifier(id))),
        }
    }

    fn states(request: &Change) -> bool {
        matches!(request, Change::Create(_) | Change::Update(_))
    }

    fn tags_sent(request: &Change) -> Option<TagChange> {
        match request {
            Change::Create(request) => request.get_tags().clone().map(TagChange::Set),
            Change::Tag(_, change) => Some(change.clone()),
            Change::Update(_) | Change::Delete(_) => None,
        }
    }

    async fn perform(change: Change, facts: &mut GatewayFacts, world: &World) -> Result<Hold, Hold> {
        let aws = &world.aws;
        match change {
            Change::Create(request) => match aws.call("CreateGateway", request.send_with(aws.agentcore())).await {
                Ok(answer) => {
                    // The answer to a repeated create need not say what was made; then the next look finds it.
                    if !answer.gateway_id.is_empty() {
                        facts.gateway_id = Some(answer.gateway_id);
                        facts.gateway_arn = Some(answer.gateway_arn);
                        facts.gateway_url = answer.gateway_url;
                        facts.aws_status = Some(answer.status.as_str().to_owned());
                    }
                    Ok(Hold::waiting(Reason::Creating, "AWS is creating the gateway"))
                }
                Err(fault) if fault.kind == FaultKind::Conflict => Err(not_made("gateway", &fault)),
                Err(fault) => Err(refused(fault)),
            },
            Change::Update(request) => match aws.call("UpdateGateway", request.send_with(aws.agentcore())).await {
                Ok(answer) => {
                    facts.aws_status = Some(answer.status.as_str().to_owned());
                    Ok(Hold::waiting(Reason::Updating, "AWS is updating the gateway"))
                }
                Err(fault) if fault.kind == FaultKind::Conflict => {
                    Err(busy(Reason::Updating, "AWS is busy with the gateway; the update follows", &fault))
                }
                Err(fault) => Err(refused(fault)),
            },
            Change::Tag(arn, change) => tags::change(aws, &arn, change).await,
            Change::Delete(request) => delete(world, request).await,
        }
    }

    fn facts(observed: &Observed, before: &GatewayFacts) -> GatewayFacts {
        let gateway = &observed.gateway;
        GatewayFacts {
            gateway_id: Some(gateway.gateway_id.clone()),
            gateway_arn: Some(gateway.gateway_arn.clone()),
            gateway_url: gateway.gateway_url.clone(),
            aws_status: Some(gateway.status.as_str().to_owned()),
            status_reasons: gateway.status_reasons.clone().unwrap_or_default(),
            workload_identity_arn: gateway
                .workload_identity_details
                .as_ref()
                .map(|details| details.workload_identity_arn.clone()),
            resource_configuration_identifiers: authorizer::identifiers(gateway.authorizer_configuration.as_ref()),
            targets: before.targets,
        }
    }

    fn reasons(facts: &GatewayFacts) -> Vec<String> {
        facts.status_reasons.clone()
    }

    fn count(&self, world: &World, facts: &mut GatewayFacts) {
        let attached = world.cluster.stores().select::<GatewayTarget, _>(|target| {
            let status = target.status.as_ref()?;
            (is_target_of(target, self) && status.facts.target_id.is_some())
                .then(|| status::is_ready(&status.conditions))
        });
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        facts.targets = Some(TargetCounts {
            total: count(attached.len()),
            ready: count(attached.iter().filter(|ready| **ready).count()),
        });
    }

    fn listed(observed: &Observed) -> Summary {
        let gateway = &observed.gateway;
        Summary {
            id: gateway.gateway_id.clone(),
            name: gateway.name.clone(),
            status: gateway.status.as_str().to_owned(),
            updated_at: text(&gateway.updated_at),
            ..Summary::default()
        }
    }

    fn is_steady(status: &str) -> bool {
        status == GatewayStatus::Ready.as_str()
    }

    fn dependents(&self, world: &World) -> Vec<String> {
        let names = references::dependents::<GatewayTarget>(world, |target| is_target_of(target, self));
        names.into_iter().map(|name| format!("GatewayTarget {name}")).collect()
    }

    async fn follow_up(
        &self,
        world: &World,
        _desired: &Desired,
        facts: &mut GatewayFacts,
        _observed: &mut api::Observed,
        _just_changed: bool,
    ) -> Result<FollowUp<Change>, Hold> {
        let Some(config_map) = &self.spec.connection_config_map else { return Ok(FollowUp::default()) };
        let data = [
            ("url", facts.gateway_url.clone()),
            ("id", facts.gateway_id.clone()),
            ("arn", facts.gateway_arn.clone()),
            ("region", Some(world.aws.account().region.clone())),
        ];
        let data = data.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
        match world.cluster.connect(self, &config_map.name, data).await {
            Ok(()) => Ok(FollowUp::default()),
            Err(Connection::Fault(fault)) => Err(Hold::Failed(fault)),
            Err(Connection::Foreign) => Err(Hold::stalled(
                Reason::NameTaken,
                format!(
                    "ConfigMap {} exists and is not this Gateway's; name another one in spec.connectionConfigMap, or delete it",
                    config_map.name
                ),
            )),
        }
    }

    /// Whether discovered targets are kept although their claims are gone: whatever else is known of the gateway.
    fn conditions(
        &self,
        world: &World,
        _desired: Option<&Desired>,
        _facts: &GatewayFacts,
        _observed: &api::Observed,
    ) -> Vec<(&'static str, Verdict)> {
        let halted = self.metadata.uid.as_deref().and_then(|uid| world.halts.of(uid));
        let verdict = |message| Verdict { status: Truth::True, reason: Reason::Suspended, message };
        halted.map(|message| (breaker::CONDITION, verdict(message))).into_iter().collect()
    }

    fn may_be_made(&self) -> bool {
        self.spec.recreate.unwrap_or_default() || self.adopt().is_none_or(|adopt| adopt.or_create.unwrap_or_default())
    }

    fn own(desired: &Desired, observed: &Observed) -> Option<String> {
        desired.compared(observed).ok().and_then(|(difference, _)| difference.own())
    }

    fn difference(desired: &Desired, observed: &Observed) -> Vec<String> {
        let stated = desired.stated(observed);
        let told = |(standing, stated)| {
            let (before, after) = (plain::<GatewaySpec, _>(&standing), plain::<GatewaySpec, _>(&stated));
            overlay::difference_of(&before, &after)
        };
        let mut told = stated.map(told).unwrap_or_default();
        told.extend(desired.set_once(observed).map(|hold| hold.message()));
        told.extend(tags::told(&desired.tags, observed.tags.as_ref()));
        told
    }

    fn tag_keys(desired: &Desired) -> Vec<String> {
        tags::keys(&desired.tags, &desired.identity)
    }

    fn summary(facts: &GatewayFacts) -> String {
        format!("Serves at {}", facts.gateway_url.as_deref().unwrap_or("an address that AWS does not tell"))
    }
}

/// Whether AWS has accepted just what a gateway says now. What cannot be resolved is not known to be.
pub(super) async fn is_accepted(gateway: &Gateway, world: &World) -> bool {
    let observed = gateway.status.as_ref().and_then(|status| status.observed.as_ref());
    let Some(accepted) = observed.and_then(|observed| observed.spec_hash.as_ref()) else { return false };
    let desired = gateway.resolve(world, View::Watched).await;
    desired.is_ok_and(|desired| desired.fingerprint == *accepted)
}

/// Whether a target belongs to this gateway, by reference.
fn is_target_of(target: &GatewayTarget, gateway: &Gateway) -> bool {
    let own = |metadata: &kube::api::ObjectMeta| {
        (metadata.namespace.clone().unwrap_or_default(), metadata.name.clone().unwrap_or_default())
    };
    let ((from, _), (namespace, name)) = (own(&target.metadata), own(&gateway.metadata));
    target.spec.gateway_ref.as_ref().is_some_and(|reference| leads_to(reference, &from, &namespace, &name))
}

/// Whether the execution role may be used: one of the own account, or one that the operator was told of.
fn may_use_role(world: &World, arn: &str) -> Result<(), Hold> {
    let patterns = &world.settings.allowed_role_arns;
    let account = &world.aws.account().id;
    let allowed = if patterns.is_empty() {
        account_of(arn) == Some(account)
    } else {
        patterns.iter().any(|pattern| matches_pattern(pattern, arn))
    };
    if allowed {
        return Ok(());
    }
    let rule = if patterns.is_empty() {
        format!("only roles of account {account} may be used")
    } else {
        "it must match a pattern of the operator's --allowed-role-arns".to_owned()
    };
    Err(Hold::stalled(Reason::RoleNotAllowed, format!("{arn} may not be a gateway's role here: {rule}")))
}

/// Deletes a gateway. AWS refuses that while it has targets, and for a while after the last one is gone, with a `ValidationException`
/// that only its text tells from others.
async fn delete(world: &World, request: DeleteGatewayInputBuilder) -> Result<Hold, Hold> {
    let aws = &world.aws;
    let id = request.get_gateway_identifier().clone().unwrap_or_default();
    match aws.call("DeleteGateway", request.send_with(aws.agentcore())).await.absent() {
        Ok(_) => Ok(Hold::waiting(Reason::Deleting, "AWS is deleting the gateway")),
        Err(fault) if fault.kind == FaultKind::Conflict || fault.message.contains("has targets associated") => {
            let now = tokio::time::Instant::now();
            let left = aws.inventory().list(aws, &Scope::Targets(id), now).await?;
            let is_going = |target: &&Summary| target.status == TargetStatus::Deleting.as_str();
            let mut names: Vec<String> =
                left.items.values().filter(|target| !is_going(target)).map(|target| target.name.clone()).collect();
            names.sort();
            Err(if names.is_empty() {
                Hold::waiting(Reason::WaitingForAssociation, "AWS is still letting go of the gateway's last target")
            } else {
                Hold::stalled(
                    Reason::InUse,
                    format!(
                        "The gateway has targets in AWS that are no objects here; delete them there: {}",
                        name_some(&names)
                    ),
                )
            })
        }
        Err(fault) => Err(refused(fault)),
    }
}

#[cfg(test)]
mod tests;
