//! From what is desired and what AWS has to the one request that comes next.

use std::borrow::Cow;

use aws_sdk_bedrockagentcorecontrol::{
    operation::{get_gateway_target::GetGatewayTargetOutput, update_gateway_target::UpdateGatewayTargetInput},
    types::{self as sdk, TargetStatus},
};

use aws_smithy_types::error::operation::BuildError;

use super::{
    super::{Past, references, unbuildable, with_reasons},
    Change, Desired, GROUPS, Observed, endpoint_of,
    kind::Kind,
    overlay,
    stage::Stage,
};
use crate::{
    api::GatewayTargetSpec,
    overlay::Overlay,
    plan::{Hold, Plan, Reason},
};

impl Desired {
    /// The request that makes it.
    pub(super) fn creation(&self, attempt: u32, is_asked: bool) -> Result<Change, Hold> {
        let spec = self.complete(None, true);
        let mut target = spec.state().map_err(|error| unbuildable(&error))?;
        let mut content = self.fingerprint.clone();
        if *spec != self.spec {
            content.push_str(&super::super::fingerprint(&*spec));
        }
        if let Some(sdk::PrivateEndpoint::ManagedVpcResource(resource)) = &mut target.private_endpoint
            && resource.security_group_ids.is_none()
        {
            let groups = references::default_security_groups(&self.default_groups, GROUPS)?;
            content.push_str(&groups.join(","));
            resource.security_group_ids = Some(groups);
        }
        target.gateway_identifier = Some(self.gateway.clone());
        target.name = Some(self.name.clone());
        target.description = Some(self.description.clone());
        let token = self.identity.token(&self.gateway, attempt, &content);
        if let Some((_, told)) = self.refused.as_ref().filter(|(refused, _)| *refused == token && !is_asked) {
            return Err(Hold::stalled(Reason::CreateFailed, told));
        }
        Ok(Change::Create(Box::new(overlay::creation(target).client_token(token))))
    }

    /// What to do with one that is there, and with which nothing is under way.
    pub(super) fn standing(&self, past: &Past, observed: &Observed) -> Plan<Change> {
        let target = &observed.target;
        if observed.gateway != self.gateway {
            let (has, wants) = (&observed.gateway, &self.gateway);
            return Plan::stall(
                Reason::ReplacementRequired,
                format!(
                    "spec.gatewayRef now leads to gateway {wants}, and the target is on gateway {has}, where it still serves; delete this \
                     object and create it again to have it on the other"
                ),
            );
        }
        if target.name != self.name {
            let (has, wants) = (&target.name, &self.name);
            return Plan::stall(
                Reason::ImmutableField,
                format!(
                    "spec.name is {wants}, but the target is named {has} in AWS, and agents know its tools by that name; set spec.name to {has}"
                ),
            );
        }
        if let Some(plan) = self.another_kind(target) {
            return plan;
        }
        let asks_for_more = past.asked && self.stage.as_ref().is_some_and(Stage::is_new);
        let stated = self.stated(observed, asks_for_more);
        let reasons = target.status_reasons.as_deref().unwrap_or_default();
        // AWS tries a failed synchronization again when it is asked for one; an update would make it anew.
        let failed = !Self::is_whole(&target.status);
        match stated {
            Err(error) => Plan::Hold(unbuildable(&error)),
            Ok((differs, update)) if past.wants_update(differs, failed) => match way_stands(self, target, &update) {
                Some(hold) => Plan::Hold(hold),
                None => past.update(Change::Update(Box::new(overlay::update(update)))),
            },
            Ok(_) if target.status == TargetStatus::Failed => {
                Plan::stall(Reason::CreateFailed, with_reasons("AWS could not create the target", reasons))
            }
            Ok(_) if target.status == TargetStatus::UpdateUnsuccessful => Plan::stall(
                Reason::UpdateUnsuccessful,
                with_reasons("AWS could not update the target; the old configuration still serves", reasons),
            ),
            Ok(_) => Plan::Settled,
        }
    }

    /// The update that makes AWS's what the spec says, and whether it changes anything.
    fn stated(&self, observed: &Observed, asks_for_more: bool) -> Result<(bool, UpdateGatewayTargetInput), BuildError> {
        let standing = overlay::standing(&observed.gateway, &observed.target)?;
        let over = |fresh: bool| {
            let mut stated = standing.clone();
            self.complete(observed.target.target_configuration.as_ref(), fresh).state_over(&mut stated)?;
            stated.description = Some(self.description.clone());
            Ok::<_, BuildError>((stated != standing, stated))
        };
        // What a stage exports now is part of an update, and no reason for one.
        let (differs, stated) = over(self.stage.as_ref().is_none_or(Stage::is_settled))?;
        if !differs && !asks_for_more {
            return Ok((false, stated));
        }
        let (_, stated) = over(true)?;
        Ok((true, stated))
    }

    /// The spec with everything that a request says.
    fn complete(&self, held: Option<&sdk::TargetConfiguration>, fresh: bool) -> Cow<'_, GatewayTargetSpec> {
        match &self.stage {
            Some(stage) => stage.complete(&self.spec, held, fresh),
            None => Cow::Borrowed(&self.spec),
        }
    }

    /// What AWS has serves as it was asked to.
    fn is_whole(status: &TargetStatus) -> bool {
        [TargetStatus::Ready, TargetStatus::SynchronizeUnsuccessful].contains(status)
    }

    /// A target cannot become one of another kind.
    fn another_kind(&self, target: &GetGatewayTargetOutput) -> Option<Plan<Change>> {
        let wanted = Kind::wanted(&self.spec.target_configuration);
        let held = Kind::held(target.target_configuration.as_ref()?);
        let (asked, has) = (wanted.title(), held.map_or("that this version does not know", Kind::title));
        (held != Some(wanted)).then(|| {
            Plan::stall(
                Reason::ReplacementRequired,
                format!(
                    "spec.targetConfiguration asks for a target of kind {asked}, and AWS has one of kind {has}, which still serves; \
                     delete this object and create it again to have the other"
                ),
            )
        })
    }
}

/// What stands in the way of an update: what is broken on the way matters to one that changes where the target leads, and what is gone to
/// any.
fn way_stands(desired: &Desired, target: &GetGatewayTargetOutput, update: &UpdateGatewayTargetInput) -> Option<Hold> {
    if let Some(hold) = desired.way.hops.gone() {
        return Some(hold);
    }
    // AWS reads a stage with every update, and would not take this one.
    if let Some(hold) = desired.stage.as_ref().and_then(|stage| stage.unusable.clone()) {
        return Some(hold);
    }
    let leads = |configuration: Option<&sdk::TargetConfiguration>| configuration.and_then(endpoint_of);
    let elsewhere = leads(update.target_configuration.as_ref()) != leads(target.target_configuration.as_ref())
        || update.private_endpoint != target.private_endpoint
        || update.certificate_configurations != target.certificate_configurations;
    desired.blocked.clone().filter(|_| elsewhere)
}
