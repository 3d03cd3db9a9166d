//! What goes together in a target: rules across the members of its spec.
//!
//! They follow AgentCore's own tables of what each kind of target takes: outbound authorization
//! <https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-outbound-auth.html> and private endpoints
//! <https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/gateway-vpc-egress.html>. Where those are silent, AWS decides.

use kube::core::{Reason, Rule};

use super::super::rules::present;

/// Members from which an endpoint can come, and its network with it.
const ORIGINS: [&str; 4] = [
    "mcp.mcpServer.endpointFrom",
    "mcp.openApiSchema.serverUrlFrom",
    "http.passthrough.endpointFrom",
    "inference.provider.endpointFrom",
];

/// Kinds that have a network of their own, or none.
const WITHOUT_PRIVATE_ENDPOINT: [&str; 4] = ["mcp.lambda", "mcp.smithyModel", "mcp.connector", "http.agentcoreRuntime"];

/// Kinds whose certificate a private authority may vouch for.
const WITH_CERTIFICATES: [&str; 3] = ["mcp.mcpServer", "mcp.openApiSchema", "http.passthrough"];

/// Kinds whose endpoint does not say for which service to sign.
const SERVICE_IS_NEEDED: [&str; 3] = ["mcp.mcpServer", "mcp.openApiSchema", "http.passthrough"];

/// Kinds that are of one service, which is signed for.
const SERVICE_IS_KNOWN: [&str; 3] = ["mcp.lambda", "mcp.smithyModel", "mcp.apiGateway"];

/// Kinds that take a token of the client's own only.
const ONLY_CLIENT_CREDENTIALS: [&str; 2] = ["mcp.smithyModel", "http.agentcoreRuntime"];

/// The target is of this kind.
fn is(kind: &str) -> String {
    format!("({})", present("self", &format!("targetConfiguration.{kind}")))
}

/// The target is of one of these kinds, or has one of these members.
fn is_any(kinds: &[&str]) -> String {
    let each: Vec<String> = kinds.iter().map(|kind| is(kind)).collect();
    format!("({})", each.join(" || "))
}

/// For the target's credential, where it has one, this holds.
fn credential(holds: &str) -> String {
    format!(
        "(!has(self.credentialProviderConfigurations) || self.credentialProviderConfigurations.all(credential, {holds}))"
    )
}

/// Where the target is of one of these kinds, its credential is of one of these types.
fn takes(kinds: &[&str], types: &str) -> String {
    format!("!{} || {}", is_any(kinds), credential(&format!("credential.credentialProviderType in [{types}]")))
}

fn refusing_credential(rule: String, message: &str) -> Rule {
    Rule::new(rule).message(message).reason(Reason::FieldValueForbidden).field_path(".credentialProviderConfigurations")
}

pub(super) fn network_is_whole() -> Rule {
    let network = "self.privateEndpoint.managedVpcResource";
    let whole =
        ["vpcIdentifier", "subnetIds", "endpointIpAddressType"].map(|member| format!("has({network}.{member})"));
    Rule::new(format!(
        "!has(self.privateEndpoint) || !has({network}) || {} || ({})",
        is_any(&ORIGINS),
        whole.join(" && ")
    ))
    .message("privateEndpoint.managedVpcResource needs vpcIdentifier, subnetIds and endpointIpAddressType, unless endpointFrom or serverUrlFrom names a load balancer to take them from")
    .reason(Reason::FieldValueRequired)
    .field_path(".privateEndpoint")
}

pub(super) fn kinds_without_private_endpoint() -> Rule {
    Rule::new(format!("!has(self.privateEndpoint) || !{}", is_any(&WITHOUT_PRIVATE_ENDPOINT)))
        .message(
            "a target of this kind has no privateEndpoint, because it is called inside AWS; remove privateEndpoint",
        )
        .reason(Reason::FieldValueForbidden)
        .field_path(".privateEndpoint")
}

pub(super) fn stages_without_private_endpoint() -> Rule {
    Rule::new(format!("!has(self.privateEndpoint) || !{}", is("mcp.apiGateway")))
        .message(
            "PrivateEndpointNotSupported: a stage of API Gateway is called over its public endpoint; remove privateEndpoint \
             (private REST APIs: openApiSchema with serverUrlFrom.privateApiGateway)",
        )
        .reason(Reason::FieldValueForbidden)
        .field_path(".privateEndpoint")
}

pub(super) fn routing_domain_needs_a_managed_network() -> Rule {
    let via = "targetConfiguration.mcp.openApiSchema.serverUrlFrom.privateApiGateway.via";
    Rule::new(format!(
        "!has(self.privateEndpoint) || !has(self.privateEndpoint.selfManagedLatticeResource) || !({}) || self.{via} != 'RoutingDomain'",
        present("self", via)
    ))
    .message(
        "serverUrlFrom.privateApiGateway with via RoutingDomain needs managedVpcResource, because selfManagedLatticeResource has no routing \
         domain; set via: EndpointName",
    )
    .reason(Reason::FieldValueForbidden)
    .field_path(".privateEndpoint")
}

const HAS_CERTIFICATES: &str = "has(self.certificateConfigurations) && size(self.certificateConfigurations) > 0";

pub(super) fn certificates_need_a_private_endpoint() -> Rule {
    Rule::new(format!("!({HAS_CERTIFICATES}) || has(self.privateEndpoint) || {}", is_any(&ORIGINS)))
        .message("certificateConfigurations go with a privateEndpoint only; a public endpoint needs a certificate that a public authority vouches for")
        .reason(Reason::FieldValueForbidden)
        .field_path(".certificateConfigurations")
}

pub(super) fn kinds_without_certificates() -> Rule {
    Rule::new(format!("!({HAS_CERTIFICATES}) || {}", is_any(&WITH_CERTIFICATES)))
        .message("certificateConfigurations go with mcpServer, openApiSchema and passthrough only; remove them")
        .reason(Reason::FieldValueForbidden)
        .field_path(".certificateConfigurations")
}

/// `credentialProviderConfigurations` is there, whatever is in it.
const HAS_CREDENTIAL: &str =
    "has(self.credentialProviderConfigurations) && size(self.credentialProviderConfigurations) > 0";

pub(super) fn lambda_credential() -> Rule {
    Rule::new(format!(
        "!{} || ({HAS_CREDENTIAL} && {})",
        is("mcp.lambda"),
        credential("credential.credentialProviderType == 'GATEWAY_IAM_ROLE'")
    ))
    .message("a Lambda function needs credentialProviderConfigurations: [{credentialProviderType: GATEWAY_IAM_ROLE}], the only one that it takes")
    .reason(Reason::FieldValueRequired)
    .field_path(".credentialProviderConfigurations")
}

pub(super) fn smithy_credential() -> Rule {
    Rule::new(format!(
        "!{} || ({HAS_CREDENTIAL} && {})",
        is("mcp.smithyModel"),
        credential("credential.credentialProviderType in ['GATEWAY_IAM_ROLE', 'OAUTH']")
    ))
    .message("a Smithy model needs credentialProviderConfigurations with credentialProviderType GATEWAY_IAM_ROLE or OAUTH, the two that it takes")
    .reason(Reason::FieldValueRequired)
    .field_path(".credentialProviderConfigurations")
}

pub(super) fn credentials_of_mcp() -> Rule {
    refusing_credential(
        takes(&["mcp.mcpServer", "mcp.openApiSchema"], "'GATEWAY_IAM_ROLE', 'OAUTH', 'API_KEY'"),
        "mcpServer and openApiSchema take credentialProviderType GATEWAY_IAM_ROLE, OAUTH and API_KEY; the caller's own credentials are not passed on to them",
    )
}

pub(super) fn credentials_of_stages() -> Rule {
    refusing_credential(
        takes(&["mcp.apiGateway"], "'GATEWAY_IAM_ROLE', 'API_KEY'"),
        "apiGateway takes credentialProviderType GATEWAY_IAM_ROLE and API_KEY",
    )
}

pub(super) fn credentials_of_connectors() -> Rule {
    refusing_credential(
        takes(&["mcp.connector"], "'GATEWAY_IAM_ROLE', 'CALLER_IAM_CREDENTIALS'"),
        "mcp.connector takes credentialProviderType GATEWAY_IAM_ROLE, and some connectors CALLER_IAM_CREDENTIALS",
    )
}

pub(super) fn credentials_of_runtimes() -> Rule {
    refusing_credential(
        takes(&["http.agentcoreRuntime"], "'GATEWAY_IAM_ROLE', 'CALLER_IAM_CREDENTIALS', 'OAUTH', 'JWT_PASSTHROUGH'"),
        "agentcoreRuntime takes credentialProviderType GATEWAY_IAM_ROLE, CALLER_IAM_CREDENTIALS, OAUTH and JWT_PASSTHROUGH",
    )
}

pub(super) fn credentials_of_inference() -> Rule {
    let given = credential("credential.credentialProviderType != 'JWT_PASSTHROUGH'");
    refusing_credential(
        format!("!{} || {given}", is("inference")),
        "JWT_PASSTHROUGH is for http targets only; choose another credentialProviderType",
    )
}

pub(super) fn grants() -> Rule {
    let grant = "credential.credentialProvider.oauthCredentialProvider.grantType";
    let chosen = present("credential", "credentialProvider.oauthCredentialProvider.grantType");
    let given = credential(&format!("!({chosen}) || {grant} == 'CLIENT_CREDENTIALS'"));
    refusing_credential(
        format!("!{} || {given}", is_any(&ONLY_CLIENT_CREDENTIALS)),
        "smithyModel and agentcoreRuntime take grantType CLIENT_CREDENTIALS only",
    )
}

pub(super) fn service_is_needed() -> Rule {
    let service = present("credential", "credentialProvider.iamCredentialProvider");
    let given = credential(&format!("credential.credentialProviderType != 'GATEWAY_IAM_ROLE' || ({service})"));
    Rule::new(format!("!{} || {given}", is_any(&SERVICE_IS_NEEDED)))
        .message("mcpServer, openApiSchema and passthrough need credentialProvider.iamCredentialProvider with GATEWAY_IAM_ROLE: the service that requests are signed for")
        .reason(Reason::FieldValueRequired)
        .field_path(".credentialProviderConfigurations")
}

pub(super) fn service_is_known() -> Rule {
    let given = credential(&format!("!({})", present("credential", "credentialProvider.iamCredentialProvider")));
    refusing_credential(
        format!("!{} || {given}", is_any(&SERVICE_IS_KNOWN)),
        "lambda, smithyModel and apiGateway take no iamCredentialProvider, because it is known which service is called; remove credentialProvider",
    )
}
