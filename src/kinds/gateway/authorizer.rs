//! The private endpoints of a gateway's authorizer.

use aws_sdk_bedrockagentcorecontrol::types as sdk;
use kube::ResourceExt;

use super::super::{World, private_endpoint, references::Referrer};
use crate::{
    api::{AuthorizerConfiguration, Gateway, GatewaySpec, PrivateEndpoint, Ref},
    cluster::View,
    plan::Hold,
};

/// The `ResourceConfiguration`s that a gateway refers to.
pub fn configurations(spec: &GatewaySpec) -> impl Iterator<Item = &Ref> {
    let tokens =
        spec.authorizer_configuration.as_ref().map(|AuthorizerConfiguration::CustomJwtAuthorizer(tokens)| tokens);
    let endpoints = tokens.into_iter().flat_map(|tokens| {
        let others = tokens.private_endpoint_overrides.iter().map(|other| &other.private_endpoint);
        tokens.private_endpoint.iter().chain(others)
    });
    endpoints.filter_map(private_endpoint::configuration_of)
}

/// The resource configurations that AWS leads an authorizer's calls through, sorted.
pub(super) fn identifiers(configuration: Option<&sdk::AuthorizerConfiguration>) -> Vec<String> {
    let Some(sdk::AuthorizerConfiguration::CustomJwtAuthorizer(tokens)) = configuration else { return Vec::new() };
    let others = tokens.private_endpoint_overrides.as_deref().unwrap_or_default().iter();
    let endpoints = tokens.private_endpoint.iter().chain(others.filter_map(|other| other.private_endpoint.as_ref()));
    let mut identifiers: Vec<String> = endpoints.filter_map(private_endpoint::identifier).collect();
    identifiers.sort();
    identifiers.dedup();
    identifiers
}

/// The authorizer with every reference replaced by what it stands for.
///
/// # Errors
///
/// A resource configuration is not there, not ready, or may not be used from here.
pub(super) async fn resolve(
    gateway: &Gateway,
    world: &World,
    view: View,
) -> Result<Option<AuthorizerConfiguration>, Hold> {
    let mut configuration = gateway.spec.authorizer_configuration.clone();
    let Some(AuthorizerConfiguration::CustomJwtAuthorizer(tokens)) = &mut configuration else { return Ok(None) };
    let namespace = gateway.namespace().unwrap_or_default();
    let exists = gateway.status.as_ref().is_some_and(|status| status.facts.gateway_id.is_some());
    let from = Referrer { namespace: &namespace, exists };
    let others = tokens.private_endpoint_overrides.iter_mut().map(|other| &mut other.private_endpoint);
    let endpoints: Vec<&mut PrivateEndpoint> = tokens.private_endpoint.iter_mut().chain(others).collect();
    for endpoint in endpoints {
        let resolved = private_endpoint::resolve(world, from, endpoint, view).await?;
        *endpoint = private_endpoint::without_policy(resolved);
    }
    Ok(configuration)
}
