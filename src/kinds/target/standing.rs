//! From what is desired and what AWS has to the one request that comes next.

use std::borrow::Cow;

use aws_sdk_bedrockagentcorecontrol::{
    operation::{get_gateway_target::GetGatewayTargetOutput, update_gateway_target::UpdateGatewayTargetInput},
    types::{self as sdk, TargetStatus},
};

use super::{
    super::{Past, private_endpoint, renamed, unbuildable, unknown, with_reasons},
    Change, Desired, GROUPS, Observed,
    kind::{Kind, endpoint_of},
    overlay,
    stage::Stage,
};
use crate::{
    api::GatewayTargetSpec,
    overlay::{Difference, Overlay, compare},
    plan::{Hold, Plan, Reason, Replacement},
};

impl Desired {
    /// The request that makes it.
    pub(super) fn creation(&self, attempt: u32, is_asked: bool) -> Result<Change, Hold> {
        if let Some(hold) = self.stage.as_ref().and_then(Stage::unread) {
            return Err(hold);
        }
        let spec = self.complete(None, true);
        let mut target = spec.state().map_err(|error| unbuildable(&error))?;
        let mut content = self.fingerprint.clone();
        if *spec != self.spec {
            content.push_str(&super::super::fingerprint(&*spec));
        }
        let groups = private_endpoint::complete(&mut target.private_endpoint, None, &self.default_groups, GROUPS)?;
        if let Some(groups) = groups {
            content.push_str(&groups.join(","));
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
        let other_name =
            Some(target.name.as_str()).filter(|name| !self.namesakes.iter().any(|namesake| namesake == name));
        if let Some(hold) = renamed(&self.name, other_name) {
            return Plan::Hold(hold);
        }
        if let Some(replacement) = self.replacement(observed) {
            return Plan::Replace(replacement);
        }
        let asks_for_more = (past.asked || past.resends) && self.stage.as_ref().is_some_and(Stage::is_new);
        let stated = self.stated(observed, asks_for_more);
        let reasons = target.status_reasons.as_deref().unwrap_or_default();
        // AWS tries a failed synchronization again when it is asked for one; an update would make it anew.
        let failed = !Self::is_whole(&target.status);
        match stated {
            // Of a way that is not known in full no request can be made; why it is not is what people need to know.
            Err(hold) => Plan::Hold(self.unusable.clone().or_else(|| self.way.missing.clone()).unwrap_or(hold)),
            Ok((difference, update)) if past.wants_update(past.differs(&difference), failed) => {
                match way_stands(self, target, &update) {
                    Some(hold) => Plan::Hold(hold),
                    None if !observed.unknown.is_empty() => {
                        unknown::kept("target", &observed.unknown).map_or(Plan::Settled, Plan::Hold)
                    }
                    None => past.update(Change::Update(Box::new(overlay::update(update)))),
                }
            }
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

    /// How AWS differs from the spec, and the update that makes it as the spec says.
    fn stated(&self, observed: &Observed, asks_for_more: bool) -> Result<(Difference, UpdateGatewayTargetInput), Hold> {
        let (difference, stated) = self.compared(observed)?;
        if difference == Difference::None && !asks_for_more {
            return Ok((difference, stated));
        }
        let (_, stated) = self.over(observed, true)?;
        Ok((if asks_for_more { Difference::Stated } else { difference }, stated))
    }

    /// The same, where what a stage exports now is no reason for an update.
    pub(super) fn compared(&self, observed: &Observed) -> Result<(Difference, UpdateGatewayTargetInput), Hold> {
        let fresh = self.stage.as_ref().is_none_or(Stage::is_settled);
        compare::<GatewayTargetSpec, _, _>(|| self.over(observed, fresh))
    }

    /// The update that would change nothing, and the one that makes it as the spec says; `fresh`: with what a stage exports now.
    pub(super) fn over(
        &self,
        observed: &Observed,
        fresh: bool,
    ) -> Result<(UpdateGatewayTargetInput, UpdateGatewayTargetInput), Hold> {
        let unbuildable = |error| unbuildable(&error);
        let standing = overlay::standing(&observed.gateway, &observed.target).map_err(unbuildable)?;
        let mut stated = standing.clone();
        let spec = self.complete(observed.target.target_configuration.as_ref(), fresh);
        spec.state_over(&mut stated).map_err(unbuildable)?;
        stated.description = Some(self.description.clone());
        let held = standing.private_endpoint.as_ref();
        private_endpoint::leave_groups(self.spec.private_endpoint.as_ref(), &mut stated.private_endpoint, held);
        private_endpoint::complete(&mut stated.private_endpoint, held, &self.default_groups, GROUPS)?;
        Ok((standing, stated))
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

    /// A target stays on its gateway, and cannot become one of another kind.
    fn replacement(&self, observed: &Observed) -> Option<Replacement> {
        let wanted = Kind::wanted(&self.spec.target_configuration);
        let held = observed.target.target_configuration.as_ref();
        let another_kind = held.is_some_and(|held| Kind::held(held) != Some(wanted));
        Replacement::of(
            "target",
            [
                ("gatewayRef", Some(self.gateway.clone()), observed.gateway != self.gateway),
                ("targetConfiguration", Some(wanted.title().to_owned()), another_kind),
            ],
        )
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
