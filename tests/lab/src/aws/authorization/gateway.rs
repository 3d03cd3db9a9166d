//! What gateways ask for.

use serde_json::Value;

use super::super::account::Account;
use super::super::json::{has, list, text};
use super::super::object::{Key, ObjectKind};
use super::super::service::Service;
use super::{Ask, member, tagging_new, target};

/// The service that roles are passed to.
const SERVICE: &str = "bedrock-agentcore.amazonaws.com";

/// The service behind private endpoints of authorizers, and its role.
const IDENTITY: (&str, &str) =
    ("identity-network.bedrock-agentcore.amazonaws.com", "AWSServiceRoleForBedrockAgentCoreIdentity");

/// Everything that an operation on gateways asks for.
pub(super) fn asks(account: &Account, operation: &str, input: &Value) -> Vec<Ask> {
    let action = Service::AgentCore.action(operation);
    match operation {
        "ListGateways" => vec![Ask::new(account, &action, "*")],
        "CreateGateway" => create(account, &action, input),
        "UpdateGateway" => {
            let mut asks = vec![existing(account, &action, input)];
            asks.extend(settings(account, input));
            asks.extend(encryption(account, input, &["kms:ListGrants"]));
            asks
        }
        _ => vec![existing(account, &action, input)],
    }
}

/// A question about the gateway that a call names.
pub(super) fn existing(account: &Account, action: &str, input: &Value) -> Ask {
    let id = member(input, "/gatewayIdentifier");
    let gateway = account.get(&Key::new(ObjectKind::Gateway, &id));
    Ask::new(account, action, account.arn("bedrock-agentcore", &format!("gateway/{id}"))).about(gateway)
}

/// Nothing is there yet: what is asked about are all gateways of the account.
fn create(account: &Account, action: &str, input: &Value) -> Vec<Ask> {
    let new = account.arn("bedrock-agentcore", "gateway/*");
    let mut asks = vec![Ask::new(account, action, new.clone()).bringing(input)];
    asks.extend(tagging_new(account, Service::AgentCore, &new, input));
    asks.push(Ask::new(account, "bedrock-agentcore:SynchronizeGatewayTargets", new));
    // Every gateway has an identity of its own, which is named after it.
    let identities = "workload-identity-directory/default";
    let own = format!("{identities}/workload-identity/{}-*", member(input, "/name").to_lowercase());
    for resource in [identities, &own] {
        let resource = account.arn("bedrock-agentcore", resource);
        asks.push(Ask::new(account, "bedrock-agentcore:CreateWorkloadIdentity", resource));
    }
    asks.extend(settings(account, input));
    asks.extend(encryption(account, input, &[]));
    asks
}

/// What a gateway's settings ask for, at its creation and at every update.
fn settings(account: &Account, input: &Value) -> Vec<Ask> {
    let role = Ask::new(account, "iam:PassRole", member(input, "/roleArn")).with("iam:PassedToService", SERVICE);
    let mut asks = vec![role];
    if let Some(engine) = text(input, "/policyEngineConfiguration/arn") {
        asks.push(Ask::new(account, "bedrock-agentcore:GetPolicyEngine", engine));
    }
    let tokens = input.pointer("/authorizerConfiguration/customJWTAuthorizer");
    for asking in tokens.into_iter().flat_map(|tokens| {
        std::iter::once(tokens)
            .chain(list(tokens, "/privateEndpointOverrides"))
            .filter(|one| has(one, "/privateEndpoint"))
    }) {
        asks.extend(target::private_endpoint(account, &asking["privateEndpoint"], IDENTITY));
    }
    asks
}

/// A key of the account's own is used in the caller's name.
fn encryption(account: &Account, input: &Value, more: &[&str]) -> Vec<Ask> {
    let Some(key) = text(input, "/kmsKeyArn") else { return Vec::new() };
    let actions = ["kms:DescribeKey", "kms:CreateGrant", "kms:GenerateDataKey", "kms:Decrypt"];
    actions.iter().chain(more).map(|action| Ask::new(account, action, key)).collect()
}
