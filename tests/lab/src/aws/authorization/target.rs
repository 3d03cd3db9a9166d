//! What targets ask for. They have neither ARNs nor tags: all is asked about their gateway.

use serde_json::Value;

use super::super::account::Account;
use super::super::json::{has, list, text, texts};
use super::super::object::{Key, ObjectKind};
use super::super::service::Service;
use super::{Ask, gateway, network_interfaces, service_linked_role};

/// The service behind private endpoints of targets, and its role.
const NETWORK: (&str, &str) = ("bedrock-agentcore.amazonaws.com", "AWSServiceRoleForBedrockAgentCoreGatewayNetwork");

/// Where documents can lie in S3.
const DOCUMENTS: [&str; 5] = [
    "/targetConfiguration/mcp/openApiSchema/s3/uri",
    "/targetConfiguration/mcp/smithyModel/s3/uri",
    "/targetConfiguration/mcp/lambda/toolSchema/s3/uri",
    "/targetConfiguration/mcp/mcpServer/mcpToolSchema/s3/uri",
    "/targetConfiguration/http/passthrough/schema/source/s3/uri",
];

/// Everything that an operation on targets asks for.
pub(super) fn asks(account: &Account, operation: &str, input: &Value) -> Vec<Ask> {
    let mut asks = vec![gateway::existing(account, &Service::AgentCore.action(operation), input)];
    if matches!(operation, "CreateGatewayTarget" | "UpdateGatewayTarget") {
        asks.push(gateway::existing(account, "bedrock-agentcore:SynchronizeGatewayTargets", input));
        asks.extend(documents(account, input));
        for configuration in list(input, "/credentialProviderConfigurations") {
            asks.extend(credentials(account, input, configuration));
        }
        if has(input, "/privateEndpoint") {
            asks.extend(private_endpoint(account, &input["privateEndpoint"], NETWORK));
        }
    }
    asks
}

/// What a way into a VPC asks for.
pub(super) fn private_endpoint(account: &Account, endpoint: &Value, (service, role): (&str, &str)) -> Vec<Ask> {
    if let Some(identifier) = text(endpoint, "/selfManagedLatticeResource/resourceConfigurationIdentifier") {
        return association(account, identifier);
    }
    let managed = |member: &str| texts(endpoint, &format!("/managedVpcResource/{member}"));
    let mut asks = network_interfaces(account, &managed("subnetIds"), &managed("securityGroupIds"));
    asks.extend(service_linked_role(account, service, role));
    asks
}

/// `AgentCore` associates the caller's resource configuration with its own service network, in the caller's name.
fn association(account: &Account, identifier: &str) -> Vec<Ask> {
    let id = identifier.rsplit('/').next().unwrap_or_default();
    let configuration = account.get(&Key::new(ObjectKind::ResourceConfiguration, id));
    let arn = if identifier.starts_with("arn:") {
        identifier.to_owned()
    } else {
        account.arn("vpc-lattice", &format!("resourceconfiguration/{id}"))
    };
    let associations = account.arn("vpc-lattice", "servicenetworkresourceassociation/*");
    let network = super::super::private_endpoint::service_network(account);
    let own = |action: &str| Ask::new(account, action, arn.clone()).about(configuration);
    vec![
        own("vpc-lattice:GetResourceConfiguration"),
        own("vpc-lattice:CreateServiceNetworkResourceAssociation"),
        Ask::new(account, "vpc-lattice:AssociateViaAWSService", "*"),
        Ask::new(account, "ec2:DescribeNetworkInterfaces", "*"),
        Ask::new(account, "vpc-lattice:CreateServiceNetworkResourceAssociation", network),
        Ask::new(account, "vpc-lattice:CreateServiceNetworkResourceAssociation", associations.clone()),
        Ask::new(account, "vpc-lattice:GetServiceNetworkResourceAssociation", associations),
        Ask::new(account, "vpc-lattice:ListServiceNetworkResourceAssociations", "*"),
    ]
}

/// The documents that are read when the target is made and changed: in S3, and the export of a stage of API Gateway.
fn documents(account: &Account, input: &Value) -> Vec<Ask> {
    let files = DOCUMENTS.iter().filter_map(|pointer| text(input, pointer)?.strip_prefix("s3://"));
    let mut asks: Vec<Ask> =
        files.map(|file| Ask::new(account, "s3:GetObject", format!("arn:aws:s3:::{file}")).via_agentcore()).collect();
    if let Some(api) = input.pointer("/targetConfiguration/mcp/apiGateway") {
        let path = format!(
            "/restapis/{}/stages/{}/exports/oas30",
            text(api, "/restApiId").unwrap_or_default(),
            text(api, "/stage").unwrap_or_default()
        );
        let arn = format!("arn:aws:apigateway:{}::{path}", account.options.region);
        asks.push(Ask::new(account, "apigateway:GET", arn));
    }
    asks
}

/// What `CloudFormation`'s handler of targets needs for one that brings a credential provider.
fn credentials(account: &Account, input: &Value, configuration: &Value) -> Vec<Ask> {
    let provider = |kind: &str| text(configuration, &format!("/credentialProvider/{kind}/providerArn"));
    let oauth = provider("oauthCredentialProvider");
    let Some(arn) = oauth.or_else(|| provider("apiKeyCredentialProvider")) else { return Vec::new() };
    let is_three_legged =
        text(configuration, "/credentialProvider/oauthCredentialProvider/grantType") == Some("AUTHORIZATION_CODE");
    let (kind, get, take) = if oauth.is_some() {
        ("oauth2", "bedrock-agentcore:GetOauth2CredentialProvider", "bedrock-agentcore:GetResourceOauth2Token")
    } else {
        ("apikey", "bedrock-agentcore:GetApiKeyCredentialProvider", "bedrock-agentcore:GetResourceApiKey")
    };
    let core = |resource: &str| account.arn("bedrock-agentcore", resource);
    let vault = core("token-vault/default");
    let directory = core("workload-identity-directory/default");
    let identity = core(&gateway::identity(text(input, "/gatewayIdentifier").unwrap_or_default()));
    let provider = arn.to_owned();
    let who = [&directory, &identity];
    let all = [&vault, &provider, &directory, &identity];
    let mut asks: Vec<Ask> = [&vault, &provider].map(|resource| Ask::new(account, get, resource)).into();
    if is_three_legged {
        let token = "bedrock-agentcore:GetWorkloadAccessTokenForUserId";
        asks.extend(who.map(|resource| Ask::new(account, token, resource)));
        let consent = "bedrock-agentcore:CompleteResourceTokenAuth";
        asks.extend(all.map(|resource| Ask::new(account, consent, resource)));
    } else {
        asks.extend(who.map(|resource| Ask::new(account, "bedrock-agentcore:GetWorkloadAccessToken", resource)));
    }
    asks.extend(all.map(|resource| Ask::new(account, take, resource)));
    let name = arn.rsplit('/').next().unwrap_or_default();
    let secret = format!("secret:bedrock-agentcore-identity!default/{kind}/{name}");
    asks.push(Ask::new(account, "secretsmanager:GetSecretValue", account.arn("secretsmanager", &secret)));
    asks
}
