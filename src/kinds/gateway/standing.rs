//! From what is desired and what AWS has to the one request that comes next.

use aws_sdk_bedrockagentcorecontrol::{operation::update_gateway::UpdateGatewayInput, types as sdk};

use super::{
    super::{Past, private_endpoint, tags, unbuildable, unknown, with_reasons},
    Change, Desired, Observed, overlay,
};
use crate::{
    api::{AuthorizerConfiguration, GatewaySpec},
    overlay::{Difference, Overlay, compare},
    plan::{Hold, Plan, Reason},
};

/// Where a spec names the security groups of a managed private endpoint.
const GROUPS: &str = "authorizerConfiguration.customJWTAuthorizer.privateEndpoint.managedVpcResource.securityGroupIds";

impl Desired {
    /// What to do when AWS shows no gateway.
    pub(super) fn absent(&self, past: &Past) -> Plan<Change> {
        if past.recorded && past.surely_absent && !self.recreate {
            return Plan::stall(
                Reason::Gone,
                "Somebody deleted the gateway in AWS. A new one would have another address, so none is made unless spec.recreate is true",
            );
        }
        past.create(|attempt| self.creation(attempt))
    }

    fn creation(&self, attempt: u32) -> Result<Change, Hold> {
        let mut gateway = self.spec.state().map_err(|error| unbuildable(&error))?;
        let mut content = self.fingerprint.clone();
        if let Some(groups) = self.complete(&mut gateway, None)? {
            content.push_str(&groups.join(","));
        }
        gateway.name = Some(self.name.clone());
        let token = self.identity.token("", attempt, &content);
        let tags = self.tags.clone().into_iter().collect();
        Ok(Change::Create(Box::new(overlay::creation(gateway).client_token(token).set_tags(Some(tags)))))
    }

    /// What AWS takes when a gateway is made and never after. The API server refuses most such edits; but what was silent may be said later,
    /// and what was taken over may be otherwise. Where the spec is silent on the protocol type, the gateway has the one that AWS tells.
    pub(super) fn set_once(&self, observed: &Observed) -> Option<Hold> {
        let search = |mcp: &sdk::McpGatewayConfiguration| mcp.search_type().map(ToString::to_string);
        let wanted = self.spec.protocol_configuration.as_ref().and_then(|said| said.state().ok());
        let held = observed.gateway.protocol_configuration.as_ref();
        let protocol = self.spec.protocol_type.and_then(|protocol| protocol.state().ok());
        let protocol = protocol.map(|protocol| protocol.to_string());
        let rows = [
            ("protocolType", protocol.clone(), observed.protocol.clone().filter(|_| protocol.is_some())),
            (
                "protocolConfiguration.mcp.searchType",
                wanted.as_ref().and_then(|said| said.as_mcp().ok()).and_then(search),
                held.and_then(|held| held.as_mcp().ok()).and_then(search),
            ),
        ];
        let (member, wanted, held) = rows.into_iter().find(|(_, wanted, held)| wanted != held)?;
        let text = |value: Option<String>| value.unwrap_or_else(|| "not set".to_owned());
        let (wanted, held) = (text(wanted), text(held));
        Some(Hold::stalled(
            Reason::ImmutableField,
            format!(
                "AWS takes {member} when a gateway is made and never after: it is {held} there, and {wanted} in the spec. The gateway is left as \
                 it is; let the spec say the same, or delete this object and create it again"
            ),
        ))
    }

    /// What to do with one that is there, and with which nothing is under way.
    pub(super) fn standing(&self, past: &Past, observed: &Observed) -> Plan<Change> {
        let gateway = &observed.gateway;
        let reasons = gateway.status_reasons.as_deref().unwrap_or_default();
        let failed = gateway.status != sdk::GatewayStatus::Ready;
        match self.compared(observed) {
            Err(hold) => Plan::Hold(hold),
            Ok((difference, update)) if past.wants_update(past.differs(&difference), failed) => {
                match unknown::kept("gateway", &observed.unknown) {
                    // Tags are another call, which takes nothing away.
                    Some(hold) => self.tagging(past, observed).unwrap_or(Plan::Hold(hold)),
                    None => past.update(Change::Update(Box::new(overlay::update(update)))),
                }
            }
            Ok(_) if gateway.status == sdk::GatewayStatus::Failed => {
                Plan::stall(Reason::CreateFailed, with_reasons("AWS could not create the gateway", reasons))
            }
            Ok(_) if failed => Plan::stall(
                Reason::UpdateUnsuccessful,
                with_reasons("AWS could not update the gateway; the old configuration still serves", reasons),
            ),
            Ok(_) => self.tagging(past, observed).unwrap_or(Plan::Settled),
        }
    }

    /// The call that brings the tags nearer to the spec.
    fn tagging(&self, past: &Past, observed: &Observed) -> Option<Plan<Change>> {
        let change = tags::difference(&self.tags, &past.tag_keys, observed.tags.as_ref()?)?;
        Some(past.tag(change, |change| Change::Tag(observed.gateway.gateway_arn.clone(), change)))
    }

    /// How AWS differs from the spec, and the update that makes it as the spec says.
    pub(super) fn compared(&self, observed: &Observed) -> Result<(Difference, UpdateGatewayInput), Hold> {
        compare::<GatewaySpec, _, _>(|| self.stated(observed))
    }

    /// The update that would change nothing, and the one that makes it as the spec says.
    pub(super) fn stated(&self, observed: &Observed) -> Result<(UpdateGatewayInput, UpdateGatewayInput), Hold> {
        let unbuildable = |error| unbuildable(&error);
        let standing = overlay::standing(&observed.gateway, observed.protocol.as_deref()).map_err(unbuildable)?;
        let mut stated = standing.clone();
        self.spec.state_over(&mut stated).map_err(unbuildable)?;
        self.complete(&mut stated, Some(&standing))?;
        Ok((standing, stated))
    }

    /// Names the security groups of a network that is new and names none; those that AWS has in another VPC are left there.
    fn complete(
        &self,
        stated: &mut UpdateGatewayInput,
        held: Option<&UpdateGatewayInput>,
    ) -> Result<Option<Vec<String>>, Hold> {
        let held = held.and_then(|held| held.authorizer_configuration.as_ref()).and_then(|held| {
            let sdk::AuthorizerConfiguration::CustomJwtAuthorizer(held) = held else { return None };
            held.private_endpoint.as_ref()
        });
        let Some(sdk::AuthorizerConfiguration::CustomJwtAuthorizer(tokens)) = &mut stated.authorizer_configuration
        else {
            return Ok(None);
        };
        let said = self.spec.authorizer_configuration.as_ref();
        let said = said.and_then(|AuthorizerConfiguration::CustomJwtAuthorizer(said)| said.private_endpoint.as_ref());
        private_endpoint::leave_groups(said, &mut tokens.private_endpoint, held);
        private_endpoint::complete(&mut tokens.private_endpoint, held, &self.default_groups, GROUPS)
    }
}
