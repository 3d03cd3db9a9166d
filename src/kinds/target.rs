//! A GatewayTarget: what a gateway calls for its tools.

mod allowed;
mod attach;
mod consent;
mod document;
mod fit;
mod kind;
mod names;
mod operations;
mod overlay;
mod resolve;
mod stage;
mod standing;
mod sync;
mod tools;
mod way;

use std::sync::LazyLock;

use aws_sdk_bedrockagentcorecontrol::{
    operation::{
        create_gateway_target::builders::CreateGatewayTargetInputBuilder,
        delete_gateway_target::builders::DeleteGatewayTargetInputBuilder, get_gateway_target::GetGatewayTargetOutput,
        synchronize_gateway_targets::builders::SynchronizeGatewayTargetsInputBuilder,
        update_gateway_target::builders::UpdateGatewayTargetInputBuilder,
    },
    types::TargetStatus,
};
use kube::{CustomResourceExt, ResourceExt};
use serde::Serialize;
use serde_json::{Value, json};

use self::{kind::Kind, way::Way};
use super::{FollowUp, Managed, Past, Succession, World, private_endpoint, unknown::Known};
use crate::{
    api::{
        self, Adopt, ConfigMapKeyRef, DeletionPolicy, GatewayTarget, GatewayTargetFacts, GatewayTargetSpec,
        LastFailure, ManagedResourceDetails,
    },
    aws::{
        Absent, Aws, Fault, Scope, Summary,
        inventory::text,
        ownership::{Identity, Marker},
        raw::RawAnswer,
    },
    cluster::View,
    overlay::plain,
    plan::{Hold, Plan, Reason},
    status,
    workload::hop::{Truth, Verdict},
};

/// What is known of AWS's description of a target: what a spec can say, and these.
static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let identity = ["gatewayArn", "targetId", "protocolType"];
    let state = ["createdAt", "updatedAt", "status", "statusReasons", "lastSynchronizedAt", "authorizationData"];
    Known::of(&GatewayTarget::crd(), &[&identity[..], &state, &["privateEndpointManagedResources"]].concat())
});

/// Where a spec names the security groups of a managed private endpoint.
const GROUPS: &str = "privateEndpoint.managedVpcResource.securityGroupIds";

/// A target's spec, with every reference replaced by the identifier it stands for.
#[derive(Debug, Serialize)]
pub struct Desired {
    #[serde(skip)]
    identity: Identity,
    #[serde(skip)]
    fingerprint: String,
    /// Security groups for a target that is made now and names none. Not part of the fingerprint: other groups are for new targets.
    #[serde(skip)]
    default_groups: Vec<String>,
    /// What is known of the way to the endpoint. Not part of the fingerprint but for what of it stands in the spec.
    #[serde(skip)]
    way: Way,
    /// What stands in the way of making the target, or of changing where it leads.
    #[serde(skip)]
    blocked: Option<Hold>,
    /// The tools, where the target's document says them.
    #[serde(skip)]
    operations: Option<Vec<String>>,
    /// The names that a target of this object may have got when it asked for none.
    #[serde(skip)]
    namesakes: Vec<String>,
    /// The stage of a REST API whose operations are the tools. Not part of the fingerprint: another deployment is no other target.
    #[serde(skip)]
    stage: Option<stage::Stage>,
    /// Why what the spec refers to cannot be used as it is now.
    #[serde(skip)]
    unusable: Option<Hold>,
    /// The request to create it that AWS refused, and what was told then.
    #[serde(skip)]
    refused: Option<(String, String)>,
    gateway: String,
    name: String,
    description: String,
    spec: GatewayTargetSpec,
}

/// What AWS says of a target.
#[derive(Debug, Clone)]
pub struct Observed {
    gateway: String,
    target: GetGatewayTargetOutput,
    /// Members that an update would take away.
    unknown: Vec<String>,
}

/// One request that changes a target.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Makes it.
    Create(Box<CreateGatewayTargetInputBuilder>),
    /// Replaces its whole configuration.
    Update(Box<UpdateGatewayTargetInputBuilder>),
    /// Has AWS read the tools of its server again.
    Synchronize(SynchronizeGatewayTargetsInputBuilder),
    /// Deletes it.
    Delete(DeleteGatewayTargetInputBuilder),
}

impl Managed for GatewayTarget {
    type Facts = GatewayTargetFacts;
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
        json!({"targetConfiguration": {"mcp": {"mcpServer": {"endpoint": ""}}}})
    }

    fn first_name_in_aws(&self, world: &World) -> String {
        names::name(self, attach::gateway_here(self, world).as_ref())
    }

    fn id(facts: &GatewayTargetFacts) -> Option<&str> {
        facts.target_id.as_deref()
    }

    /// The targets of its gateway: the one recorded, else the one that the spec names.
    fn scope(&self, world: &World) -> Option<Scope> {
        let recorded = self.status.as_ref().and_then(|status| status.facts.gateway_id.clone());
        let referred = || attach::gateway_here(self, world)?.status?.facts.gateway_id;
        recorded.or_else(|| self.spec.gateway_identifier.clone()).or_else(referred).map(Scope::Targets)
    }

    async fn resolve(&self, world: &World, view: View) -> Result<Desired, Hold> {
        resolve::resolve(self, world, view).await
    }

    fn note(desired: &Desired, facts: &mut GatewayTargetFacts) {
        if let Some(endpoint) = &desired.way.endpoint {
            facts.endpoint = Some(endpoint.url());
        }
        if desired.way.resolved.is_some() {
            facts.resolved.clone_from(&desired.way.resolved);
        }
    }

    fn unusable(desired: &Desired) -> Option<Hold> {
        desired.unusable.clone().or_else(|| desired.blocked.clone().filter(|hold| hold.reason() == Reason::Invalid))
    }

    fn broken(desired: &Desired) -> Option<Hold> {
        let is_gone =
            |hold: &Hold| matches!(hold.reason(), Reason::ReferenceNotFound | Reason::PrivateEndpointNotSupported);
        let gone = || desired.unusable.clone().filter(is_gone);
        desired.way.hops.gone().or_else(gone)
    }

    fn conditions(
        &self,
        world: &World,
        desired: Option<&Desired>,
        facts: &GatewayTargetFacts,
        observed: &api::Observed,
    ) -> Vec<(&'static str, Verdict)> {
        let mut own: Vec<_> =
            consent::verdict(facts).map(|verdict| ("AuthorizationRequired", verdict)).into_iter().collect();
        let Some(desired) = desired else { return own };
        // At a target that is there, a look that failed, or that is not over, changes nothing: what was told before stands.
        let is_told = |type_: &str, verdict: &Verdict| {
            let before = self.status.as_ref().and_then(|status| status::find(&status.conditions, type_));
            let is_edited = before.is_some_and(|before| before.observed_generation != self.metadata.generation);
            let is_failed = || is_failed_look(verdict, is_edited && !desired.way.is_looked_at());
            let is_open = || desired.way.is_unanswered && verdict.status == Truth::Unknown && !is_edited;
            facts.target_id.is_some() && before.is_some() && (is_failed() || is_open())
        };
        let mut hops = desired.way.hops.clone();
        hops.remark(&world.offers.remarks(&self.uid().unwrap_or_default()));
        let told = hops.all().into_iter().filter(|(type_, verdict)| !is_told(type_, verdict));
        own.extend(told.map(|(type_, verdict)| (type_, verdict.clone())));
        let failed = facts.aws_status.as_deref() == Some(TargetStatus::SynchronizeUnsuccessful.as_str());
        let memory = observed.synchronization.as_ref();
        let of_server = || {
            let (kept, offer) = (sync::Kept::of(&self.spec, facts), desired.way.offer());
            sync::verdict(kept, &self.spec, facts, memory, failed, offer.known())
        };
        let synced = desired.stage.as_ref().map_or_else(of_server, |stage| stage.verdict(facts));
        // Until the server has answered again, AWS not having been asked since, it offers what it was last seen to offer.
        let is_open = desired.way.is_asked && synced.status == Truth::True && offers_others(self, facts);
        own.extend((!is_open).then_some(("ToolsSynced", synced)));
        own
    }

    async fn follow_up(
        &self,
        world: &World,
        desired: &Desired,
        facts: &mut GatewayTargetFacts,
        observed: &mut api::Observed,
        just_changed: bool,
    ) -> Result<FollowUp<Change>, Hold> {
        Ok(sync::follow_up(self, world, desired, facts, observed, just_changed))
    }

    async fn scope_to_search(&self, world: &World) -> Result<Option<Scope>, Hold> {
        match self.scope(world) {
            Some(scope) => Ok(Some(scope)),
            None => attach::gateway_in_aws(self, world).await,
        }
    }

    /// The list tells descriptions, and the marker in them. Where it does not, the target itself is asked.
    async fn marker(aws: &Aws, scope: &Scope, summary: &Summary) -> Result<Option<Marker>, Fault> {
        if summary.marker.is_some() {
            return Ok(summary.marker.clone());
        }
        let observed = Self::observe(aws, scope, &summary.id, false).await?;
        Ok(observed.and_then(|observed| Self::listed(&observed).marker))
    }

    async fn observe(aws: &Aws, scope: &Scope, id: &str, _thorough: bool) -> Result<Option<Observed>, Fault> {
        let Scope::Targets(gateway) = scope else { return Ok(None) };
        let raw = RawAnswer::default();
        let get = aws.agentcore().get_gateway_target().gateway_identifier(gateway).target_id(id);
        let target = aws.call("GetGatewayTarget", get.customize().interceptor(raw.clone()).send()).await.absent()?;
        let unknown = || KNOWN.unknown_in(raw.body());
        Ok(target.map(|target| Observed { gateway: gateway.clone(), target, unknown: unknown() }))
    }

    fn plan(desired: &Desired, past: &Past, observed: Option<&Observed>) -> Plan<Change> {
        let Some(observed) = observed else {
            return match &desired.blocked {
                Some(hold) => Plan::Hold(hold.clone()),
                None => past.create(|attempt| desired.creation(attempt, past.asked)),
            };
        };
        match Self::in_transition(observed.target.status.as_str()) {
            Some(hold) => Plan::Hold(hold),
            None => desired.standing(past, observed),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "AWS adds states: one that is not known is under way")]
    fn in_transition(status: &str) -> Option<Hold> {
        match TargetStatus::from(status) {
            TargetStatus::Ready
            | TargetStatus::Failed
            | TargetStatus::UpdateUnsuccessful
            | TargetStatus::SynchronizeUnsuccessful => None,
            TargetStatus::Creating => Some(Hold::waiting(Reason::Creating, "AWS is creating the target")),
            TargetStatus::Updating => Some(Hold::waiting(Reason::Updating, "AWS is updating the target")),
            TargetStatus::Synchronizing => {
                Some(Hold::waiting(Reason::Synchronizing, "AWS is reading the target's tools"))
            }
            TargetStatus::Deleting => {
                Some(Hold::waiting(Reason::WaitingForPredecessor, "AWS is deleting the target that has this name"))
            }
            TargetStatus::CreatePendingAuth
            | TargetStatus::UpdatePendingAuth
            | TargetStatus::SynchronizePendingAuth => {
                Some(Hold::waiting(Reason::AuthorizationRequired, consent::NEEDED))
            }
            unknown => Some(super::unknown_state(unknown.as_str())),
        }
    }

    fn awaited(facts: &mut GatewayTargetFacts, now: jiff::Timestamp) -> Option<Hold> {
        consent::awaited(facts, now)
    }

    fn moved_on(facts: &mut GatewayTargetFacts, status: &str) {
        if facts.aws_status.as_deref().is_some_and(consent::is_pending) {
            facts.aws_status = Some(status.to_owned());
            facts.authorization = None;
        }
    }

    fn awaits_a_person(status: &str) -> bool {
        consent::is_pending(status)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "AWS adds states: in one that is not known, AWS says whether it deletes"
    )]
    fn plan_removal(scope: &Scope, id: &str, status: &str) -> Plan<Change> {
        let Scope::Targets(gateway) = scope else {
            return Plan::wait(Reason::Deleting, "The gateway of the target is not known");
        };
        match TargetStatus::from(status) {
            TargetStatus::Deleting => Plan::wait(Reason::Deleting, "AWS is deleting the target"),
            TargetStatus::Creating | TargetStatus::Updating | TargetStatus::Synchronizing => {
                Plan::wait(Reason::Deleting, "AWS is still working on the target; it is deleted after that")
            }
            TargetStatus::CreatePendingAuth
            | TargetStatus::UpdatePendingAuth
            | TargetStatus::SynchronizePendingAuth => Plan::wait(
                Reason::Deleting,
                "AWS deletes no target that waits for a person's consent; it is deleted when the consent was given or has expired",
            ),
            _ => Plan::change(Change::Delete(
                DeleteGatewayTargetInputBuilder::default().gateway_identifier(gateway).target_id(id),
            )),
        }
    }

    fn states(request: &Change) -> bool {
        matches!(request, Change::Create(_) | Change::Update(_))
    }

    async fn perform(change: Change, facts: &mut GatewayTargetFacts, world: &World) -> Result<Hold, Hold> {
        match change {
            Change::Create(request) => operations::create(*request, facts, world).await,
            Change::Update(request) => operations::update(*request, facts, world).await,
            Change::Synchronize(request) => operations::synchronize(request, facts, world).await,
            Change::Delete(request) => operations::delete(request, facts, world).await,
        }
    }

    fn reasons(facts: &GatewayTargetFacts) -> Vec<String> {
        facts.status_reasons.clone()
    }

    fn facts(observed: &Observed, before: &GatewayTargetFacts) -> GatewayTargetFacts {
        let target = &observed.target;
        let reasons = target.status_reasons.clone().unwrap_or_default();
        let failed = [TargetStatus::Failed, TargetStatus::UpdateUnsuccessful, TargetStatus::SynchronizeUnsuccessful];
        let failure = failed
            .contains(&target.status)
            .then(|| LastFailure { at: text(&target.updated_at), reasons: reasons.clone() });
        let resources = target.private_endpoint_managed_resources.as_deref().unwrap_or_default();
        GatewayTargetFacts {
            target_id: Some(target.target_id.clone()),
            gateway_id: Some(observed.gateway.clone()),
            name: Some(target.name.clone()),
            aws_status: Some(target.status.as_str().to_owned()),
            status_reasons: reasons,
            target_type: target
                .target_configuration
                .as_ref()
                .and_then(Kind::held)
                .and_then(Kind::word)
                .map(str::to_owned),
            listing_mode: target.target_configuration.as_ref().and_then(kind::listing_mode),
            last_synchronized_at: target.last_synchronized_at.as_ref().map(text),
            endpoint: target
                .target_configuration
                .as_ref()
                .and_then(kind::endpoint_of)
                .or_else(|| before.endpoint.clone()),
            private_endpoint_managed_resources: resources
                .iter()
                .map(|resource| ManagedResourceDetails {
                    domain: resource.domain.clone(),
                    resource_gateway_arn: resource.resource_gateway_arn.clone(),
                    resource_association_arn: resource.resource_association_arn.clone(),
                })
                .collect(),
            managed_vpc_resource: target.private_endpoint.as_ref().and_then(private_endpoint::network),
            resource_configuration_identifier: target.private_endpoint.as_ref().and_then(private_endpoint::identifier),
            authorization: consent::pending(target),
            refused_create: None,
            last_failure: failure.or_else(|| before.last_failure.clone()),
            // What was learnt elsewhere stays as it was learnt.
            resolved: before.resolved.clone(),
            tools: before.tools.clone(),
            prompts: before.prompts.clone(),
            tool_count: before.tool_count,
            prompt_count: before.prompt_count,
            resource_count: before.resource_count,
            catalog_digest: before.catalog_digest.clone(),
        }
    }

    fn may_not_take(&self, world: &World, name: &str) -> Option<Hold> {
        let gateway = attach::gateway_here(self, world)?;
        names::refuses(self, &gateway, &attach::title(&gateway), name)
    }

    fn own(desired: &Desired, observed: &Observed) -> Option<String> {
        desired.compared(observed).ok().and_then(|(difference, _)| difference.own())
    }

    fn difference(desired: &Desired, observed: &Observed) -> Vec<String> {
        let told = |(standing, stated)| {
            let (before, after) = (plain::<GatewayTargetSpec, _>(&standing), plain::<GatewayTargetSpec, _>(&stated));
            overlay::difference_of(&before, &after)
        };
        desired.over(observed, true).map(told).unwrap_or_default()
    }

    fn listed(observed: &Observed) -> Summary {
        let target = &observed.target;
        Summary {
            id: target.target_id.clone(),
            name: target.name.clone(),
            status: target.status.as_str().to_owned(),
            marker: target.description.as_deref().and_then(Marker::in_description),
            updated_at: text(&target.updated_at),
            synchronized_at: target.last_synchronized_at.as_ref().map(text),
            ..Summary::default()
        }
    }

    /// A target whose tools could not be read again serves those that AWS knew before.
    fn is_steady(status: &str) -> bool {
        [TargetStatus::Ready, TargetStatus::SynchronizeUnsuccessful].iter().any(|steady| steady.as_str() == status)
    }

    /// Reading tools again moves its own time, not the time of change.
    fn is_as_recorded(summary: &Summary, facts: &GatewayTargetFacts) -> bool {
        summary.synchronized_at == facts.last_synchronized_at && Some(&summary.status) == facts.aws_status.as_ref()
    }

    fn summary(facts: &GatewayTargetFacts) -> String {
        let kind = facts.target_type.as_deref().unwrap_or("target");
        match &facts.endpoint {
            Some(endpoint) => {
                format!("{kind} {endpoint} is registered as {}", facts.name.as_deref().unwrap_or_default())
            }
            None => format!("{kind} is registered as {}", facts.name.as_deref().unwrap_or_default()),
        }
    }
}

/// Whether a target's server was last seen to offer other tools than AWS has, which has not read them since.
fn offers_others(target: &GatewayTarget, facts: &GatewayTargetFacts) -> bool {
    target.status.as_ref().is_some_and(|status| {
        let told = status::find(&status.conditions, "ToolsSynced").filter(|told| {
            told.reason == Reason::ToolsChanged.as_str() && told.observed_generation == target.metadata.generation
        });
        told.is_some() && status.facts.last_synchronized_at == facts.last_synchronized_at
    })
}

/// Whether a verdict says nothing because a look failed. Where there is nothing to look at any more, since an edit (`is_over`), what was told
/// of the way before is over, too.
fn is_failed_look(verdict: &Verdict, is_over: bool) -> bool {
    verdict.status == Truth::Unknown
        && (verdict.reason == Reason::Throttled || (verdict.reason == Reason::Unavailable && !is_over))
}

/// The ConfigMaps that a target's documents are in.
pub fn documents(spec: &GatewayTargetSpec) -> impl Iterator<Item = &ConfigMapKeyRef> {
    spec.target_configuration.document_from().map(|from| &from.config_map_key_ref).into_iter()
}

#[cfg(test)]
mod tests;
