//! Targets to try things on: specs as people write them, what AWS has, and any of both.

mod credentials;
mod kinds;

use aws_sdk_bedrockagentcorecontrol::{
    operation::{
        get_gateway_target::{GetGatewayTargetOutput, builders::GetGatewayTargetOutputBuilder},
        update_gateway_target::UpdateGatewayTargetInput,
    },
    types as sdk,
};
use aws_smithy_types::DateTime;
use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
    sample::{select, subsequence},
};
use serde_json::{Value, from_value, json};

use crate::{
    api::{
        CertificateConfiguration, EndpointIpAddressType, GatewayTargetSpec, ManagedVpcResource, MetadataConfiguration,
        OpenApiSchemaConfiguration, PrivateEndpoint, S3Configuration, SecretsManagerCertificateConfiguration,
        SelfManagedLatticeResource,
    },
    overlay::Overlay,
};

pub(in crate::kinds::target) const GATEWAY: &str = "agents-abcde12345";
pub(in crate::kinds::target) const ENDPOINT: &str = "https://internal.example.com/mcp-server/mcp";
pub(in crate::kinds::target) const PROVIDER: &str =
    "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/apikeycredentialprovider/eks-api";
pub(in crate::kinds::target) const CONFIGURATION: &str = "rcfg-0a1b2c3d4e5f60d01";
pub(in crate::kinds::target) const SECRET: &str =
    "arn:aws:secretsmanager:us-west-2:111122223333:secret:private-ca-AbCdEf";
pub(in crate::kinds::target) const TOOLS: &str = r#"[{"name": "search"}]"#;

/// A spec as it stands in a manifest.
pub(in crate::kinds::target) fn spec(manifest: Value) -> GatewayTargetSpec {
    from_value(manifest).unwrap()
}

/// A target that says no more than it must.
pub(in crate::kinds::target) fn plain() -> GatewayTargetSpec {
    spec(json!({"targetConfiguration": {"mcp": {"mcpServer": {"endpoint": ENDPOINT}}}}))
}

/// An MCP server, with everything that one can say.
pub(in crate::kinds::target) fn server() -> GatewayTargetSpec {
    spec(json!({
        "name": "eks-mcp-server",
        "description": "Tools on EKS",
        "gatewayRef": {"name": "agents", "namespace": "platform"},
        "gatewayIdentifier": GATEWAY,
        "targetConfiguration": {"mcp": {"mcpServer": {
            "endpoint": ENDPOINT,
            "endpointFrom": {"serviceRef": {"name": "nginx-ingress-nlb"}, "host": "internal.example.com"},
            "listingMode": "DYNAMIC",
            "resourcePriority": 10,
            "mcpToolSchema": {"inlinePayload": TOOLS},
        }}},
        "credentialProviderConfigurations": [{
            "credentialProviderType": "API_KEY",
            "credentialProvider": {"apiKeyCredentialProvider": {
                "providerArn": PROVIDER,
                "credentialParameterName": "x-api-key",
                "credentialPrefix": "Bearer",
                "credentialLocation": "HEADER",
            }},
        }],
        "privateEndpoint": {"managedVpcResource": {
            "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
            "subnetIds": ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"],
            "endpointIpAddressType": "IPV4",
            "securityGroupIds": ["sg-0a1b2c3d4e5f60b02", "sg-0a1b2c3d4e5f60b01"],
            "tags": {"team": "search"},
            "routingDomain": "internal-lb.example.com",
            "routingDomainPolicy": "Never",
        }},
        "metadataConfiguration": {
            "allowedRequestHeaders": ["x-tenant-id", "x-trace"],
            "allowedQueryParameters": ["page"],
            "allowedResponseHeaders": ["x-request-id"],
        },
        "certificateConfigurations": [{"secretsManager": {"secretArn": SECRET}}],
        "preflight": "Report",
        "workloadRef": {"kind": "Deployment", "name": "mcp-server"},
        "sync": {"mode": "Manual", "interval": "1h", "maxPerHour": 1},
        "deletionPolicy": "Retain",
        "adopt": {"name": "agents", "orCreate": true},
        "suspend": true,
    }))
}

/// A REST API behind a resource configuration.
pub(in crate::kinds::target) fn api(document: &str, configuration: &str) -> GatewayTargetSpec {
    spec(json!({
        "targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": document}}},
        "privateEndpoint": {"selfManagedLatticeResource": {"resourceConfigurationIdentifier": configuration}},
    }))
}

/// The ARN of the resource configuration with this id.
pub(in crate::kinds::target) fn arn(configuration: &str) -> String {
    format!("arn:aws:vpc-lattice:us-west-2:111122223333:resourceconfiguration/{configuration}")
}

/// What AWS chooses where the spec is silent.
pub(in crate::kinds::target) fn fill_in(target: &mut UpdateGatewayTargetInput, mode: &str, number: i32) {
    use sdk::{
        HttpTargetConfiguration::Passthrough,
        McpTargetConfiguration::{Connector, McpServer},
        TargetConfiguration::{Http, Mcp},
    };
    match &mut target.target_configuration {
        Some(Mcp(McpServer(server))) => {
            server.listing_mode.get_or_insert(mode.into());
            server.resource_priority.get_or_insert(number);
        }
        Some(Mcp(Connector(connector))) => {
            connector.source.iter_mut().for_each(|source| {
                source.version.get_or_insert(format!("1.0.{number}"));
            });
        }
        Some(Http(Passthrough(passthrough))) => {
            passthrough.static_query_parameter_conflict_resolution.get_or_insert(mode.into());
            passthrough.stickiness_configuration.iter_mut().for_each(|stickiness| {
                stickiness.timeout.get_or_insert(number);
            });
        }
        _ => {}
    }
}

/// Says the same in other words: sets turned around, documents laid out otherwise, an ARN for an id.
pub(in crate::kinds::target) fn reword(target: &mut UpdateGatewayTargetInput) {
    kinds::reword(&mut target.target_configuration);
    if let Some(metadata) = &mut target.metadata_configuration {
        let lists = [
            &mut metadata.allowed_request_headers,
            &mut metadata.allowed_query_parameters,
            &mut metadata.allowed_response_headers,
        ];
        lists.into_iter().flatten().for_each(|list| list.reverse());
    }
    for credential in target.credential_provider_configurations.iter_mut().flatten() {
        if let Some(sdk::CredentialProvider::OauthCredentialProvider(provider)) = &mut credential.credential_provider {
            provider.scopes.reverse();
        }
    }
    match &mut target.private_endpoint {
        Some(sdk::PrivateEndpoint::ManagedVpcResource(network)) => {
            network.subnet_ids.reverse();
            network.security_group_ids.iter_mut().for_each(|groups| groups.reverse());
        }
        Some(sdk::PrivateEndpoint::SelfManagedLatticeResource(
            sdk::SelfManagedLatticeResource::ResourceConfigurationIdentifier(id),
        )) if !id.starts_with("arn:") => *id = arn(id),
        _ => {}
    }
}

/// A document with members in reverse order and white space between everything.
pub(in crate::kinds::target) fn laid_out(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(laid_out).collect();
            format!("[ {} ]", items.join(" ,\n"))
        }
        Value::Object(members) => {
            let members: Vec<_> =
                members.iter().rev().map(|(name, value)| format!("{} : {}", json!(name), laid_out(value))).collect();
            format!("{{ {} }}", members.join(" ,\n\t"))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// What AWS reports of a target that is as this update says, in its own words.
pub(in crate::kinds::target) fn report(target: &UpdateGatewayTargetInput) -> GetGatewayTargetOutputBuilder {
    let mut target = target.clone();
    fill_in(&mut target, "DEFAULT", 1000);
    reword(&mut target);
    GetGatewayTargetOutput::builder()
        .gateway_arn("arn:aws:bedrock-agentcore:us-west-2:111122223333:gateway/agents-abcde12345")
        .target_id("TARGET0001")
        .created_at(DateTime::from_secs(1))
        .updated_at(DateTime::from_secs(2))
        .status(sdk::TargetStatus::Ready)
        .set_name(target.name)
        .set_description(target.description)
        .set_target_configuration(target.target_configuration)
        .set_credential_provider_configurations(Some(target.credential_provider_configurations.unwrap_or_default()))
        .set_metadata_configuration(target.metadata_configuration)
        .set_private_endpoint(target.private_endpoint)
        .set_certificate_configurations(target.certificate_configurations)
}

/// Any spec that the API server would let in, references resolved.
pub(in crate::kinds::target) fn specs() -> impl Strategy<Value = GatewayTargetSpec> {
    let parts = (
        kinds::configurations(),
        vec(credentials::any(), 0..=1),
        option::of(metadata()),
        option::of(endpoints()),
        vec(certificates(), 0..=1),
    );
    parts.prop_map(|(target_configuration, credentials, metadata, endpoint, certificates)| GatewayTargetSpec {
        target_configuration,
        credential_provider_configurations: credentials,
        metadata_configuration: metadata,
        private_endpoint: endpoint,
        certificate_configurations: certificates,
        ..plain()
    })
}

/// An API whose document is this text.
pub(in crate::kinds::target) fn read(document: &str) -> OpenApiSchemaConfiguration {
    OpenApiSchemaConfiguration { inline_payload: Some(document.to_owned()), ..OpenApiSchemaConfiguration::default() }
}

/// Texts in any order, at least so many.
fn some(least: usize) -> impl Strategy<Value = Vec<String>> {
    let texts = subsequence(vec!["a", "b", "c"], least..=3).prop_shuffle();
    texts.prop_map(|texts| texts.into_iter().map(str::to_owned).collect::<Vec<_>>())
}

/// Metadata that says something.
fn metadata() -> impl Strategy<Value = MetadataConfiguration> {
    (some(1), some(0), some(0)).prop_map(
        |(allowed_request_headers, allowed_query_parameters, allowed_response_headers)| MetadataConfiguration {
            allowed_request_headers,
            allowed_query_parameters,
            allowed_response_headers,
        },
    )
}

/// Any object in S3.
fn objects() -> impl Strategy<Value = S3Configuration> {
    let owners = option::of(select(vec!["111122223333", "444455556666"]));
    ("[a-b]", owners).prop_map(|(key, owner)| S3Configuration {
        uri: format!("s3://{key}"),
        bucket_owner_account_id: owner.map(str::to_owned),
    })
}

fn certificates() -> impl Strategy<Value = CertificateConfiguration> {
    let secrets = "[a-b]".prop_map(|secret_arn| SecretsManagerCertificateConfiguration { secret_arn });
    prop_oneof![
        objects().prop_map(CertificateConfiguration::S3),
        secrets.prop_map(CertificateConfiguration::SecretsManager),
    ]
}

/// Any JSON document.
pub(in crate::kinds::target) fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(any::<String>(), inner, 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn endpoints() -> impl Strategy<Value = PrivateEndpoint> {
    let families = select(vec![EndpointIpAddressType::Ipv4, EndpointIpAddressType::Ipv6]);
    let tags = btree_map("[a-b]", "[a-b]", 0..3);
    let network = ("[a-b]", some(1), families, some(0), tags, option::of("[a-b]"));
    let network = network.prop_map(|(vpc_identifier, subnet_ids, family, security_group_ids, tags, routing_domain)| {
        PrivateEndpoint::ManagedVpcResource(ManagedVpcResource {
            vpc_identifier: Some(vpc_identifier),
            subnet_ids,
            endpoint_ip_address_type: Some(family),
            security_group_ids,
            tags,
            routing_domain,
            routing_domain_policy: None,
        })
    });
    let own = (select(vec!["rcfg-1", "rcfg-2"]), any::<bool>()).prop_map(|(id, whole)| {
        let identifier = if whole { arn(id) } else { id.to_owned() };
        let resource = SelfManagedLatticeResource {
            resource_configuration_identifier: Some(identifier),
            ..SelfManagedLatticeResource::default()
        };
        PrivateEndpoint::SelfManagedLatticeResource(resource)
    });
    prop_oneof![network, own]
}

/// Anything that AWS may have: made from another spec, and filled in by AWS.
pub(in crate::kinds::target) fn held() -> impl Strategy<Value = UpdateGatewayTargetInput> {
    let modes = select(vec!["DEFAULT", "DYNAMIC", "LATER"]);
    (specs(), modes, 500..503).prop_map(|(spec, mode, number)| {
        let mut target = spec.state().unwrap();
        target.gateway_identifier = Some(GATEWAY.into());
        target.target_id = Some("TARGET0001".into());
        target.name = Some("eks-mcp-server".into());
        target.description = Some("Somebody's".into());
        fill_in(&mut target, mode, number);
        target
    })
}
