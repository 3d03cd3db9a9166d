//! What gateways ask for.

use serde_json::Value;

use super::super::account::Account;
use super::super::json::{has, list, text};
use super::super::object::{Key, ObjectKind};
use super::super::service::Service;
use super::{Ask, member, tagging_new, target};

/// The service that roles are passed to, and that acts in its callers' names.
pub(super) const SERVICE: &str = "bedrock-agentcore.amazonaws.com";

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
            let arn = account.arn("bedrock-agentcore", &format!("gateway/{}", member(input, "/gatewayIdentifier")));
            asks.extend(encryption(account, input, &arn));
            asks.extend(text(input, "/kmsKeyArn").map(|key| Ask::new(account, "kms:ListGrants", key).via_agentcore()));
            asks
        }
        "DeleteGateway" => {
            let mut asks = vec![existing(account, &action, input)];
            let own = identity(&member(input, "/gatewayIdentifier"));
            asks.extend(on_identity(account, "bedrock-agentcore:DeleteWorkloadIdentity", &own).map(Ask::late));
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

/// The identities of all gateways and of whatever else has one.
const IDENTITIES: &str = "workload-identity-directory/default";

/// The identity of a gateway, which is named after it.
pub(super) fn identity(gateway: &str) -> String {
    format!("{IDENTITIES}/workload-identity/{gateway}")
}

/// Questions about an identity and about the directory that it is in.
fn on_identity<'a>(account: &'a Account, action: &'a str, own: &'a str) -> impl Iterator<Item = Ask> + use<'a> {
    [IDENTITIES, own]
        .into_iter()
        .map(move |resource| Ask::new(account, action, account.arn("bedrock-agentcore", resource)))
}

/// Nothing is there yet: what is asked about are all gateways of the account, as people report it, and everything, as the reference has it.
fn create(account: &Account, action: &str, input: &Value) -> Vec<Ask> {
    let new = account.arn("bedrock-agentcore", "gateway/*");
    let mut asks: Vec<Ask> = [new.as_str(), "*"]
        .into_iter()
        .map(|resource| Ask::new(account, action, resource).making(account, input))
        .collect();
    asks.extend(tagging_new(account, Service::AgentCore, &new, input));
    asks.push(Ask::new(account, "bedrock-agentcore:SynchronizeGatewayTargets", new).making(account, input));
    let own = identity(&format!("{}-*", member(input, "/name").to_lowercase()));
    // The gateway's tags become the identity's, at once; the identity itself is made later.
    for resource in [IDENTITIES, &own] {
        let resource = account.arn("bedrock-agentcore", resource);
        asks.extend(tagging_new(account, Service::AgentCore, &resource, input));
    }
    asks.extend(on_identity(account, "bedrock-agentcore:CreateWorkloadIdentity", &own).map(Ask::late));
    asks.extend(settings(account, input));
    let arn = account.arn("bedrock-agentcore", &format!("gateway/{}-*", member(input, "/name").to_lowercase()));
    asks.extend(encryption(account, input, &arn));
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

/// A key of the account's own is used in the caller's name, for the gateway with this ARN, and a grant lets `AgentCore` use it later.
fn encryption(account: &Account, input: &Value, gateway: &str) -> Vec<Ask> {
    let Some(key) = text(input, "/kmsKeyArn") else { return Vec::new() };
    let via = format!("bedrock-agentcore.{}.amazonaws.com", account.options.region);
    let mut grant = Ask::new(account, "kms:CreateGrant", key)
        .with("kms:ViaService", via)
        .with("kms:GrantConstraintType", "EncryptionContextSubset")
        .with("kms:EncryptionContext:aws:bedrock-agentcore-gateway:arn", gateway);
    for operation in ["Decrypt", "GenerateDataKey"] {
        grant.facts.add("kms:GrantOperations", operation);
    }
    let mut asks = vec![Ask::new(account, "kms:DescribeKey", key), grant];
    asks.extend(["kms:GenerateDataKey", "kms:Decrypt"].map(|action| Ask::new(account, action, key).via_agentcore()));
    asks
}
