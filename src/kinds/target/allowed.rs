//! What the owner of a gateway lets targets of other namespaces name, held against the complete target, as AWS would get it.

use aws_sdk_bedrockagentcorecontrol::{operation::update_gateway_target::UpdateGatewayTargetInput, types as sdk};

use crate::{
    api::AllowedTargets,
    cluster::permission::matches_pattern,
    plan::{Hold, Reason},
    workload::document::Document,
};

/// What is known beside the target itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    /// The region, for the hosts of API Gateway.
    pub(super) region: &'a str,
    /// The security groups of a managed network that names none.
    pub(super) groups: &'a [String],
}

/// Why a target may not attach: something that it names and that its gateway, as people name it, does not allow. A limit that is not given
/// limits nothing; hosts that cannot be read are not allowed by any.
pub(super) fn beyond(
    allowed: &AllowedTargets,
    title: &str,
    target: &UpdateGatewayTargetInput,
    around: Around<'_>,
) -> Option<Hold> {
    let refuse = |why: String| Some(Hold::stalled(Reason::RefNotPermitted, why));
    if let Some(patterns) = &allowed.hosts {
        match hosts(target, around.region) {
            Err(why) => {
                return refuse(format!(
                    "{title} limits the hosts of targets of other namespaces (spec.allowedTargets.hosts), and {why}"
                ));
            }
            Ok(hosts) => {
                if let Some(host) = first_beyond(patterns, &hosts) {
                    return refuse(sentence(title, "hosts", host));
                }
            }
        }
    }
    let named = [
        ("providerArns", &allowed.provider_arns, providers(target)),
        ("secretArns", &allowed.secret_arns, secrets(target)),
        ("lambdaArns", &allowed.lambda_arns, functions(target)),
        ("securityGroupIds", &allowed.security_group_ids, groups(target, around.groups)),
        ("subnetIds", &allowed.subnet_ids, subnets(target)),
    ];
    named.into_iter().find_map(|(member, patterns, values)| {
        let value = first_beyond(patterns.as_ref()?, &values)?;
        refuse(sentence(title, member, value))
    })
}

fn sentence(title: &str, member: &str, value: &str) -> String {
    format!(
        "{title} does not let targets of other namespaces name {value}; its owner must allow it in spec.allowedTargets.{member}, or the target \
         must name another"
    )
}

fn first_beyond<'a>(patterns: &[String], values: &'a [String]) -> Option<&'a str> {
    let is_allowed = |value: &String| patterns.iter().any(|pattern| matches_pattern(pattern, value));
    values.iter().find(|value| !is_allowed(value)).map(String::as_str)
}

/// The hosts that are called, in lower case, or why they cannot be told.
fn hosts(target: &UpdateGatewayTargetInput, region: &str) -> Result<Vec<String>, String> {
    use sdk::{
        HttpTargetConfiguration as Http, InferenceTargetConfiguration as Inference, McpTargetConfiguration as Mcp,
    };
    match &target.target_configuration {
        Some(sdk::TargetConfiguration::Mcp(Mcp::McpServer(server))) => host(&server.endpoint),
        Some(sdk::TargetConfiguration::Mcp(Mcp::OpenApiSchema(sdk::ApiSchemaConfiguration::InlinePayload(text)))) => {
            let unreadable = |_| "the target's document cannot be read".to_owned();
            let document = Document::parse(text).map_err(unreadable)?;
            if document.has_paths_elsewhere() {
                return Err("a path of the target's document is described elsewhere ($ref); write it out".to_owned());
            }
            Ok(document.domains().map_err(unreadable)?.into_iter().collect())
        }
        Some(sdk::TargetConfiguration::Mcp(Mcp::OpenApiSchema(_) | Mcp::SmithyModel(_))) => {
            Err("the hosts of this target cannot be read; give it an OpenAPI document inline".to_owned())
        }
        Some(sdk::TargetConfiguration::Mcp(Mcp::ApiGateway(api))) => {
            let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
            Ok(vec![format!("{}.execute-api.{region}.{suffix}", api.rest_api_id.to_ascii_lowercase())])
        }
        Some(sdk::TargetConfiguration::Http(Http::Passthrough(passthrough))) => host(&passthrough.endpoint),
        Some(sdk::TargetConfiguration::Inference(Inference::Provider(provider))) => host(&provider.endpoint),
        // What AWS itself serves: a function, a runtime, a connector.
        Some(
            sdk::TargetConfiguration::Mcp(Mcp::Lambda(_) | Mcp::Connector(_))
            | sdk::TargetConfiguration::Http(Http::AgentcoreRuntime(_) | Http::Connector(_))
            | sdk::TargetConfiguration::Inference(Inference::Connector(_)),
        ) => Ok(Vec::new()),
        _ => Err("the hosts of a target of this kind are not known to this version".to_owned()),
    }
}

fn host(endpoint: &str) -> Result<Vec<String>, String> {
    let uri = endpoint.parse::<http::Uri>().ok();
    let host = uri.as_ref().and_then(http::Uri::host).map(str::to_ascii_lowercase);
    host.map(|host| vec![host]).ok_or_else(|| "the target's endpoint names no host".to_owned())
}

fn providers(target: &UpdateGatewayTargetInput) -> Vec<String> {
    let used = target.credential_provider_configurations.iter().flatten();
    let providers = used.filter_map(|credential| credential.credential_provider.as_ref());
    providers
        .filter_map(|provider| {
            let key = provider.as_api_key_credential_provider().ok().map(|key| &key.provider_arn);
            key.or_else(|| provider.as_oauth_credential_provider().ok().map(|oauth| &oauth.provider_arn)).cloned()
        })
        .collect()
}

fn secrets(target: &UpdateGatewayTargetInput) -> Vec<String> {
    let trusted = target.certificate_configurations.iter().flatten();
    trusted.filter_map(|certificate| Some(certificate.as_secrets_manager().ok()?.secret_arn.clone())).collect()
}

fn functions(target: &UpdateGatewayTargetInput) -> Vec<String> {
    let mcp = target.target_configuration.as_ref().and_then(|configuration| configuration.as_mcp().ok());
    let function = mcp.and_then(|mcp| mcp.as_lambda().ok()).map(|function| function.lambda_arn.clone());
    function.into_iter().collect()
}

fn network(target: &UpdateGatewayTargetInput) -> Option<&sdk::ManagedVpcResource> {
    target.private_endpoint.as_ref()?.as_managed_vpc_resource().ok()
}

fn groups(target: &UpdateGatewayTargetInput, defaults: &[String]) -> Vec<String> {
    let Some(network) = network(target) else { return Vec::new() };
    network.security_group_ids.clone().unwrap_or_else(|| defaults.to_vec())
}

fn subnets(target: &UpdateGatewayTargetInput) -> Vec<String> {
    network(target).map(|network| network.subnet_ids.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
