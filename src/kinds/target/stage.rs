//! A stage of a REST API whose operations are a target's tools: what it exports, and what follows from that.
//!
//! AWS reads the export when a target is created and when it is updated, and at no other time. So what is generated from the export is part
//! of a request and not of what is desired: a stage that is deployed anew, or that cannot be read, is no reason for an update. What AWS holds
//! is the memory of what was generated; `status.catalogDigest` tells which export AWS has read.
//!
//! | the target | names of nameless operations |
//! |---|---|
//! | is made | generated from the export as it is now, which is waited for; where it may not be read, none |
//! | is updated for any reason | generated from the export as it is now; where it cannot be read, those that AWS holds |
//! | is as the spec says | those that AWS holds |
//! | is as the spec says, and somebody asks for a look | one update where the selected operations are others than AWS has read |

use std::{borrow::Cow, sync::Arc};

use aws_sdk_bedrockagentcorecontrol::types as sdk;
use jiff::Timestamp;
use kube::ResourceExt;
use tokio::time::Instant;

use super::super::{World, name_some};
use crate::{
    api::{
        ApiGatewayTargetConfiguration, ApiGatewayToolFilter, ApiGatewayToolOverride, FLUX_RECONCILE_REQUESTED_AT,
        GatewayTarget, GatewayTargetFacts, GatewayTargetSpec, LastFailure, McpTargetConfiguration, OperationNames,
        RECONCILE_REQUESTED_AT, RestApiMethod, TargetConfiguration,
    },
    aws::{Account, Fault, FaultKind, fault::shorten},
    plan::{Hold, Reason},
    status,
    workload::{
        facts::{Known, RestApi},
        hop::Verdict,
        rest_api::{self, Export},
    },
};

/// What people do who have a private REST API.
const PRIVATE: &str = "private REST APIs: openApiSchema with serverUrlFrom.privateApiGateway";

/// A stage, as far as it is known.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    /// What the spec says of it.
    said: ApiGatewayTargetConfiguration,
    /// What it exports now; `None`: there is no such stage.
    export: Known<Option<Arc<Export>>>,
    /// Why AWS would not take it as it is now.
    pub(super) unusable: Option<Hold>,
    /// Which export AWS has read, as status tells it.
    known: Option<String>,
}

/// The stage that a spec names.
fn of(spec: &GatewayTargetSpec) -> Option<&ApiGatewayTargetConfiguration> {
    match &spec.target_configuration {
        TargetConfiguration::Mcp(McpTargetConfiguration::ApiGateway(stage)) => Some(stage),
        TargetConfiguration::Mcp(_) | TargetConfiguration::Http(_) | TargetConfiguration::Inference(_) => None,
    }
}

/// Looks at the stage of a target that offers one.
///
/// # Errors
///
/// The spec overrides what no filter of it selects.
pub(super) async fn read(target: &GatewayTarget, world: &World, exists: bool) -> Result<Option<Stage>, Hold> {
    let Some(said) = of(&target.spec) else { return Ok(None) };
    let tools = &said.api_gateway_tool_configuration;
    let stray = rest_api::stray(&tools.tool_filters, &tools.tool_overrides);
    if !stray.is_empty() {
        let titles: Vec<String> =
            stray.iter().map(|given| format!("{} {}", given.method.as_str(), given.path)).collect();
        let message =
            format!("toolOverrides are for what toolFilters select, and no filter selects {}", name_some(&titles));
        return Err(Hold::stalled(Reason::Invalid, message));
    }
    let since = since(target, world, exists);
    let api = world.facts.rest_api(&world.aws, &said.rest_api_id, since).await;
    let export = match &api {
        Known::Read(None) => Known::Read(None),
        Known::Read(Some(_)) | Known::Unreadable(_) => {
            world.facts.export(&world.aws, &said.rest_api_id, &said.stage, since).await
        }
    };
    let unusable = judge(said, &api, &export);
    let known = target.status.as_ref().and_then(|status| status.facts.catalog_digest.clone());
    Ok(Some(Stage { said: said.clone(), export, unusable, known }))
}

/// How old what AWS said may be. What waits for it, and who asks, gets a new answer; what serves, one of the last ten sweeps.
fn since(target: &GatewayTarget, world: &World, exists: bool) -> Instant {
    let settings = &world.settings;
    let told = target.status.as_ref();
    let ready = told.and_then(|told| status::find(&told.conditions, status::READY));
    let serves =
        ready.is_some_and(|ready| ready.status == "True" && ready.observed_generation == target.metadata.generation);
    let age = if exists && serves {
        settings.drift_interval.saturating_mul(10)
    } else {
        settings.retry_floor.saturating_mul(5)
    };
    let recent = Instant::now().checked_sub(age).unwrap_or_else(Instant::now);
    let answered = told.and_then(|told| told.last_handled_reconcile_at.as_ref());
    let uid = target.uid().unwrap_or_default();
    let asked = [RECONCILE_REQUESTED_AT, FLUX_RECONCILE_REQUESTED_AT].into_iter().filter_map(|key| {
        let request = target.annotations().get(key)?;
        // One that was answered before this program started says nothing of now.
        if Some(request) == answered {
            world.facts.known_request(&uid, key, request)
        } else {
            Some(world.facts.requested_since(&uid, key, request))
        }
    });
    asked.fold(recent, Instant::max)
}

/// Why AWS would not take a stage. What could not be read is held against nobody.
fn judge(
    said: &ApiGatewayTargetConfiguration,
    api: &Known<Option<RestApi>>,
    export: &Known<Option<Arc<Export>>>,
) -> Option<Hold> {
    let ApiGatewayTargetConfiguration { rest_api_id: id, stage, api_gateway_tool_configuration: tools } = said;
    match api.read() {
        Some(None) => {
            let message = format!(
                "API Gateway has no REST API {id} in this account and region (HTTP APIs and WebSocket APIs are none); waiting for it"
            );
            return Some(Hold::waiting(Reason::ReferenceNotFound, message));
        }
        Some(Some(api)) if api.is_private => {
            let message =
                format!("REST API {id} is private, and a gateway does not reach it as an apiGateway target; {PRIVATE}");
            return Some(Hold::stalled(Reason::PrivateEndpointNotSupported, message));
        }
        Some(Some(api)) if api.default_endpoint_disabled => {
            let message = format!(
                "The default endpoint of REST API {id} is disabled (disableExecuteApiEndpoint), and gateways call no other; enable it"
            );
            return Some(Hold::stalled(Reason::Invalid, message));
        }
        Some(Some(_)) | None => {}
    }
    let Some(export) = export.read()? else {
        let message = format!("REST API {id} has no stage {stage}; waiting for it");
        return Some(Hold::waiting(Reason::ReferenceNotFound, message));
    };
    let proxies: Vec<String> = export.proxies(&tools.tool_filters).into_iter().map(str::to_owned).collect();
    if !proxies.is_empty() {
        let message = format!(
            "toolFilters select {}, and AWS takes no path with a greedy parameter; narrow the filters",
            name_some(&proxies)
        );
        return Some(Hold::stalled(Reason::Invalid, message));
    }
    let selected = export.selected(&tools.tool_filters);
    let nameless = rest_api::nameless(&selected, &tools.tool_overrides);
    if nameless.is_empty() || tools.operation_names == Some(OperationNames::Generate) {
        return None;
    }
    let titles: Vec<String> = nameless.into_iter().map(rest_api::Operation::title).collect();
    let message = format!(
        "Stage {stage} of REST API {id} exports no operationId for {}; name them in toolOverrides, or set operationNames: Generate",
        name_some(&titles)
    );
    Some(Hold::stalled(Reason::OperationIdMissing, message))
}

/// The request to create the target that AWS refused, and what was told then.
pub(super) fn refused_before(target: &GatewayTarget) -> Option<(String, String)> {
    let facts = &target.status.as_ref()?.facts;
    let told = facts.last_failure.as_ref().and_then(|failure| failure.reasons.first());
    Some((facts.refused_create.clone()?, told.cloned().unwrap_or_default()))
}

impl Stage {
    fn filters(&self) -> &[ApiGatewayToolFilter] {
        &self.said.api_gateway_tool_configuration.tool_filters
    }

    /// The digest of what it exports now.
    fn digest(&self) -> Option<String> {
        let export = self.export.read()?.as_ref()?;
        Some(export.digest(self.filters()))
    }

    /// Whether it exports what AWS has read.
    fn is_as_known(&self) -> bool {
        self.known.is_some() && self.digest() == self.known
    }

    /// Whether an update would bring AWS other operations, as far as that is certain.
    pub(super) fn is_new(&self) -> bool {
        self.unusable.is_none() && self.digest().is_some() && !self.is_as_known()
    }

    /// Whether the names that are generated now are those that AWS is to have, without an update for anything else.
    pub(super) fn is_settled(&self) -> bool {
        self.is_as_known() && self.unusable.is_none()
    }

    /// Why a target cannot be made yet: names are to be generated, and what for could not be read just now. AWS would refuse the target without
    /// them. An export that may not be read is no reason to wait: nobody may have meant it to be.
    pub(super) fn unread(&self) -> Option<Hold> {
        let ApiGatewayTargetConfiguration { rest_api_id: id, stage, api_gateway_tool_configuration: tools } =
            &self.said;
        let fault = self.export.get().err()?;
        let is_passing = matches!(fault.kind, FaultKind::Throttled | FaultKind::Unavailable);
        (is_passing && tools.operation_names == Some(OperationNames::Generate)).then(|| {
            let message = format!(
                "What stage {stage} of REST API {id} exports could not be read, and operationNames: Generate takes its names from there; \
                 the target is made when it was read: {fault}"
            );
            Hold::waiting(Reason::from(fault), message)
        })
    }

    /// The spec with names for the operations that have none. `held` is what AWS has; `fresh`, that what is exported now counts.
    pub(super) fn complete<'spec>(
        &self,
        spec: &'spec GatewayTargetSpec,
        held: Option<&sdk::TargetConfiguration>,
        fresh: bool,
    ) -> Cow<'spec, GatewayTargetSpec> {
        let tools = &self.said.api_gateway_tool_configuration;
        if tools.operation_names != Some(OperationNames::Generate) {
            return Cow::Borrowed(spec);
        }
        let given = &tools.tool_overrides;
        let export = self.export.read().and_then(Option::as_ref).filter(|_| fresh);
        let generated = match export {
            Some(export) => rest_api::generated(&export.selected(self.filters()), given),
            None => self.held(held),
        };
        let mut spec = spec.clone();
        if let TargetConfiguration::Mcp(McpTargetConfiguration::ApiGateway(stage)) = &mut spec.target_configuration {
            stage.api_gateway_tool_configuration.tool_overrides.extend(generated);
        }
        Cow::Owned(spec)
    }

    /// Names for those operations that AWS has an override of and the spec has none, as far as they are still selected.
    fn held(&self, held: Option<&sdk::TargetConfiguration>) -> Vec<ApiGatewayToolOverride> {
        let given = &self.said.api_gateway_tool_configuration.tool_overrides;
        let is_ours = |(method, path): &(RestApiMethod, &str)| {
            rest_api::reach(self.filters(), *method, path) == rest_api::Reach::Yes
                && !given.iter().any(|given| given.method == *method && given.path == *path)
        };
        let overrides = held.and_then(stage_of).map(overrides).unwrap_or_default();
        let (mut kept, mut other) = (Vec::new(), Vec::new());
        for held in overrides.iter().filter(|held| is_ours(&(held.method, &held.path))) {
            // One that somebody renamed gets its name back.
            if rest_api::is_generated(held) {
                kept.push(held.clone());
            } else {
                other.push((held.method, held.path.as_str()));
            }
        }
        let taken = kept.iter().chain(given).map(|held| held.name.clone()).collect();
        kept.extend(rest_api::name_all(other.into_iter(), taken));
        kept
    }

    /// Takes note of the tools that AWS has read, where they are known. Answers whether there were others before.
    pub(super) fn note(&self, target: &str, spec: &GatewayTargetSpec, facts: &mut GatewayTargetFacts) -> bool {
        let Some(digest) = self.digest() else { return false };
        // Of a snapshot that was taken with other filters, or that nothing is known of, the present export is the best there is.
        let known = facts.catalog_digest.as_ref().filter(|known| rest_api::is_of_same_filters(known, &digest));
        if known.is_some_and(|known| *known != digest) {
            return false;
        }
        let spec = self.complete(spec, None, true);
        let (Some(export), Some(stage)) = (self.export.read().and_then(Option::as_ref), of(&spec)) else {
            return false;
        };
        let names =
            rest_api::tools(&export.selected(self.filters()), &stage.api_gateway_tool_configuration.tool_overrides);
        facts.catalog_digest = Some(digest);
        facts.tool_count = Some(u32::try_from(names.len()).unwrap_or(u32::MAX));
        let mut tools: Vec<String> = names.into_iter().map(|name| format!("{target}___{name}")).collect();
        tools.truncate(crate::workload::catalog::LISTED);
        let is_news = !facts.tools.is_empty() && facts.tools != tools;
        facts.tools = tools;
        is_news
    }

    /// What condition `ToolsSynced` says.
    pub(super) fn verdict(&self, facts: &GatewayTargetFacts) -> Verdict {
        const AGAIN: &str =
            "AWS reads it with the next update; the annotation tools.agentcore.dev/reconcile-requested-at asks for one";
        if let Err(fault) = self.export.get() {
            let message =
                format!("What the stage exports could not be read (the operator's role needs apigateway:GET): {fault}");
            return Verdict::unknown(Reason::from(fault), message);
        }
        match (self.digest(), &facts.catalog_digest, &self.unusable) {
            (None, _, Some(hold)) => Verdict::broken(hold.reason(), hold.message()),
            (None, _, None) | (Some(_), None, _) => {
                Verdict::unknown(Reason::Creating, "AWS has not read what the stage exports yet")
            }
            (Some(now), Some(known), None) if now != *known => {
                let message = format!("The stage exports other operations than AWS has read; {AGAIN}");
                Verdict::broken(Reason::ToolsChanged, message)
            }
            (Some(now), Some(known), Some(hold)) if now != *known => {
                let message = format!(
                    "The stage exports other operations than AWS has read, which still serve, and AWS would not take these: {}",
                    hold.message()
                );
                Verdict::broken(hold.reason(), message)
            }
            (Some(_), Some(_), _) => {
                Verdict::works("The tools are the operations of the stage that toolFilters select")
            }
        }
    }
}

/// The stage in what AWS has, or is sent.
fn stage_of(configuration: &sdk::TargetConfiguration) -> Option<&sdk::ApiGatewayTargetConfiguration> {
    configuration.as_mcp().ok()?.as_api_gateway().ok()
}

fn method(method: &sdk::RestApiMethod) -> Option<RestApiMethod> {
    RestApiMethod::ALL.into_iter().find(|known| known.as_str() == method.as_str())
}

fn overrides(stage: &sdk::ApiGatewayTargetConfiguration) -> Vec<ApiGatewayToolOverride> {
    let tools = stage.api_gateway_tool_configuration.as_ref();
    let all = tools.and_then(|tools| tools.tool_overrides.as_ref()).into_iter().flatten();
    all.filter_map(|held| {
        Some(ApiGatewayToolOverride {
            name: held.name.clone(),
            description: held.description.clone(),
            path: held.path.clone(),
            method: method(&held.method)?,
        })
    })
    .collect()
}

/// The digest of what AWS has just read with a request, as far as it is known; `None`: the request is about no stage.
async fn snapshot(configuration: Option<&sdk::TargetConfiguration>, world: &World) -> Option<Option<String>> {
    let stage = configuration.and_then(stage_of)?;
    let tools = stage.api_gateway_tool_configuration.as_ref()?;
    let filters: Vec<ApiGatewayToolFilter> = tools
        .tool_filters
        .iter()
        .map(|filter| ApiGatewayToolFilter {
            filter_path: filter.filter_path.clone(),
            methods: filter.methods.iter().filter_map(method).collect(),
        })
        .collect();
    // What was just decided on, whatever its age.
    let long_ago = Instant::now().checked_sub(std::time::Duration::from_hours(1)).unwrap_or_else(Instant::now);
    let export = world.facts.export(&world.aws, &stage.rest_api_id, &stage.stage, long_ago).await;
    Some(export.read().and_then(Option::as_ref).map(|export| export.digest(&filters)))
}

/// What became of a request: which export AWS has read with it, or why it was refused. Requests about other things than stages stay as they
/// are.
pub(super) async fn performed(
    answer: Result<Hold, Hold>,
    configuration: Option<&sdk::TargetConfiguration>,
    token: Option<&str>,
    facts: &mut GatewayTargetFacts,
    world: &World,
) -> Result<Hold, Hold> {
    match answer {
        Ok(hold) => {
            if let Some(digest) = snapshot(configuration, world).await {
                facts.catalog_digest = digest;
            }
            Ok(hold)
        }
        Err(hold) => Err(refused(hold, configuration, token, facts, world.aws.account())),
    }
}

/// What became of a request about a stage that AWS refused: AWS's words, and what may be missing. A create that AWS does not accept is noted,
/// so that the same is not sent again.
fn refused(
    hold: Hold,
    configuration: Option<&sdk::TargetConfiguration>,
    token: Option<&str>,
    facts: &mut GatewayTargetFacts,
    account: &Account,
) -> Hold {
    const AGAIN: &str = "It is sent again when the spec says something else, or the annotation tools.agentcore.dev/reconcile-requested-at asks for it.";
    let Some(stage) = configuration.and_then(stage_of) else { return hold };
    let hint = hint(stage, account);
    match (hold, token) {
        (Hold::Stalled { reason: Reason::Invalid, message }, Some(token)) => {
            let message = shorten(format!("{message} {hint} {AGAIN}"));
            facts.refused_create = Some(token.to_owned());
            facts.last_failure = Some(LastFailure { at: Timestamp::now().to_string(), reasons: vec![message.clone()] });
            Hold::stalled(Reason::CreateFailed, message)
        }
        (Hold::Stalled { reason: Reason::Invalid, message }, None) => {
            Hold::stalled(Reason::Invalid, shorten(format!("{message} {hint}")))
        }
        (Hold::Failed(fault), _) if fault.kind == FaultKind::Denied => {
            let message = shorten(format!("{} {hint}", fault.message));
            Hold::Failed(Fault { message, ..fault })
        }
        (hold, _) => hold,
    }
}

/// What has to be granted for a stage to be a target.
fn hint(stage: &sdk::ApiGatewayTargetConfiguration, account: &Account) -> String {
    let Account { id: number, region, partition } = account;
    let sdk::ApiGatewayTargetConfiguration { rest_api_id: id, stage, .. } = stage;
    format!(
        "(What it takes: the gateway's execution role has execute-api:Invoke on \
         arn:{partition}:execute-api:{region}:{number}:{id}/{stage}/*/*, or the API's resource policy allows bedrock-agentcore.amazonaws.com \
         with aws:SourceArn of the gateway; and the operator's role has apigateway:GET on \
         arn:{partition}:apigateway:{region}::/restapis/{id}/*)"
    )
}

#[cfg(test)]
mod tests;
