//! What has to be accepted, and to arrive in the operator unchanged.

use agentcore_gateway_operator::api::{GatewaySpec, GatewayTargetSpec, ResourceConfigurationSpec, ResourceGatewaySpec};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{cluster, samples};

/// The API server stores the spec as it stands, and so does our reading of it.
async fn accepted_unchanged<Spec: Serialize + DeserializeOwned>(manifest: &Value) -> anyhow::Result<()> {
    let client = cluster::client().await?;
    let stored = cluster::dry_run_create(&client, manifest).await?.map_err(anyhow::Error::msg)?;
    assert_eq!(stored["spec"], manifest["spec"]);
    let read: Spec = serde_json::from_value(stored["spec"].clone())?;
    assert_eq!(serde_json::to_value(read)?, manifest["spec"]);
    Ok(())
}

#[tokio::test]
async fn the_published_body_of_create_gateway_is_a_spec_as_it_stands() -> anyhow::Result<()> {
    accepted_unchanged::<GatewaySpec>(&samples::object("Gateway", samples::create_gateway_body())).await
}

#[tokio::test]
async fn the_published_bodies_of_create_gateway_target_become_specs_by_moving_one_member() -> anyhow::Result<()> {
    for body in samples::create_gateway_target_bodies() {
        let moved = samples::moved_to_reference(body.clone());
        accepted_unchanged::<GatewayTargetSpec>(&samples::object("GatewayTarget", moved)).await?;
        // The raw identifier is a spec, too.
        accepted_unchanged::<GatewayTargetSpec>(&samples::object("GatewayTarget", body)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn every_member_at_once_is_accepted() -> anyhow::Result<()> {
    accepted_unchanged::<GatewaySpec>(&samples::gateway()).await?;
    accepted_unchanged::<GatewaySpec>(&samples::small_gateway()).await?;
    accepted_unchanged::<GatewayTargetSpec>(&samples::mcp_server_target()).await?;
    accepted_unchanged::<GatewayTargetSpec>(&samples::small_target()).await?;
    accepted_unchanged::<GatewayTargetSpec>(&samples::rest_target()).await?;
    accepted_unchanged::<ResourceGatewaySpec>(&samples::resource_gateway()).await?;
    accepted_unchanged::<ResourceConfigurationSpec>(&samples::resource_configuration()).await
}

#[tokio::test]
async fn variants_of_good_manifests_are_accepted() -> anyhow::Result<()> {
    let client = cluster::client().await?;
    let largest = "x".repeat(1_048_576);
    let many_tags: Value = (0..46).map(|n| (format!("{n:0>128}"), json!("v".repeat(256)))).collect();
    let provider = |arn: &str| {
        json!({"spec": {"credentialProviderConfigurations": [{
            "credentialProviderType": "API_KEY", "credentialProvider": {"apiKeyCredentialProvider": {"providerArn": arn}},
        }]}})
    };
    let variants = [
        (samples::small_gateway(), json!({"spec": {"tags": many_tags}})),
        (
            samples::gateway(),
            json!({"spec": {"allowedNamespaces": {"from": "Selector", "selector": {"matchExpressions": null}}}}),
        ),
        (samples::gateway(), json!({"spec": {"name": "a-".repeat(48)}})),
        (samples::gateway(), json!({"spec": {"description": "ü".repeat(200)}})),
        (samples::small_gateway(), json!({"spec": {"authorizerType": "NONE"}})),
        (samples::small_gateway(), json!({"spec": {"authorizerType": "AUTHENTICATE_ONLY", "allowedNamespaces": {}}})),
        (samples::small_gateway(), json!({"spec": {"roleArn": "arn:aws-cn:iam::111122223333:role/r"}})),
        (
            samples::rest_target(),
            json!({"spec": {"targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": largest}}}}}),
        ),
        (
            samples::rest_target(),
            json!({"spec": {"description": "ü".repeat(173), "credentialProviderConfigurations": []}}),
        ),
        (
            samples::rest_target(),
            json!({"spec": {"privateEndpoint": {"selfManagedLatticeResource": {
                "resourceConfigurationRef": null, "resourceConfigurationIdentifier": "rcfg-0a1b2c3d4e5f60d01",
            }}}}),
        ),
        (
            samples::rest_target(),
            json!({"spec": {"privateEndpoint": {"selfManagedLatticeResource": {
                "resourceConfigurationRef": null,
                "resourceConfigurationIdentifier":
                    "arn:aws:vpc-lattice:us-west-2:444455556666:resourceconfiguration/rcfg-0a1b2c3d4e5f60d01",
            }}}}),
        ),
        (
            samples::mcp_server_target(),
            json!({"spec": {"privateEndpoint": {"managedVpcResource": {"securityGroupIds": null}}}}),
        ),
        (
            samples::rest_target(),
            provider(
                "arn:aws-us-gov:bedrock-agentcore:us-gov-west-1:111122223333:token-vault/default/apikeycredentialprovider/k",
            ),
        ),
        (
            samples::rest_target(),
            provider(
                "arn:aws-cn:bedrock-agentcore:cn-north-1:111122223333:token-vault/default/apikeycredentialprovider/a_b-c",
            ),
        ),
        (
            samples::rest_target(),
            provider("arn:aws:acps:us-west-2:111122223333:token-vault/12345678-1234/apikeycredentialprovider/k"),
        ),
        (
            samples::resource_gateway(),
            json!({"spec": {"ipAddressType": "IPV6", "ipv4AddressesPerEni": null, "resourceConfigDnsResolution": "PUBLIC"}}),
        ),
        (samples::resource_gateway(), json!({"spec": {"ipAddressType": "DUALSTACK", "ipv4AddressesPerEni": 62}})),
        (samples::resource_gateway(), json!({"spec": {"securityGroupIds": []}})),
        (
            samples::resource_configuration(),
            json!({"spec": {"resourceConfigurationDefinition": {"dnsResource": null, "ipResource": {"ipAddress": "10.0.1.20"}}}}),
        ),
        (
            samples::resource_configuration(),
            json!({"spec": {"resourceConfigurationDefinition": {"dnsResource": null, "ipResource": {"ipAddress": "fd00::1"}}}}),
        ),
        (
            samples::resource_configuration(),
            json!({"spec": {"resourceGatewayRef": null, "resourceGatewayIdentifier": "rgw-0a1b2c3d4e5f60e01", "type": null, "name": null}}),
        ),
    ];
    let mut refusals = Vec::new();
    for (base, patch) in variants {
        let manifest = samples::patched(base, &patch);
        if let Err(message) = cluster::dry_run_create(&client, &manifest).await? {
            refusals.push(format!("{:.300}\n    {message:.600}", patch.to_string()));
        }
    }
    assert!(refusals.is_empty(), "refused:\n{}", refusals.join("\n"));
    Ok(())
}

#[tokio::test]
async fn a_null_is_dropped_as_with_every_other_resource() -> anyhow::Result<()> {
    let mut manifest = samples::small_gateway();
    manifest["spec"]["description"] = Value::Null;
    let stored = cluster::dry_run_create(&cluster::client().await?, &manifest).await?.map_err(anyhow::Error::msg)?;
    assert_eq!(stored["spec"], samples::small_gateway()["spec"]);
    Ok(())
}

#[tokio::test]
async fn what_may_change_can_be_changed() -> anyhow::Result<()> {
    let client = cluster::client().await?;
    let changes = [
        ("description removed", samples::gateway(), json!({"spec": {"description": null}})),
        (
            "a client added",
            samples::gateway(),
            json!({"spec": {"authorizerConfiguration": {"customJWTAuthorizer": {"allowedClients": ["c1", "c2", "c3"]}}}}),
        ),
        (
            "another authorizer",
            samples::gateway(),
            json!({"spec": {"authorizerType": "AWS_IAM", "authorizerConfiguration": null}}),
        ),
        (
            "instructions removed",
            samples::gateway(),
            json!({"spec": {"protocolConfiguration": {"mcp": {"instructions": null}}}}),
        ),
        ("a gateway's name added", samples::small_gateway(), json!({"spec": {"name": "agents"}})),
        ("protocolType added", samples::small_gateway(), json!({"spec": {"protocolType": "MCP"}})),
        (
            "searchType added",
            samples::small_gateway(),
            json!({"spec": {"protocolConfiguration": {"mcp": {"searchType": "SEMANTIC"}}}}),
        ),
        ("retained while it goes", samples::gateway(), json!({"spec": {"deletionPolicy": "Delete"}})),
        ("a target's name added", samples::small_target(), json!({"spec": {"name": "late"}})),
        (
            "another endpoint",
            samples::small_target(),
            json!({"spec": {"targetConfiguration": {"mcp": {"mcpServer": {"endpoint": "https://other.example.com/mcp"}}}}}),
        ),
        ("the private endpoint removed", samples::mcp_server_target(), json!({"spec": {"privateEndpoint": null}})),
        (
            "another security group",
            samples::resource_gateway(),
            json!({"spec": {"securityGroupIds": ["sg-0a1b2c3d4e5f60b01"]}}),
        ),
        (
            "subnets, for the controller to judge",
            samples::resource_gateway(),
            json!({"spec": {"subnetIds": ["subnet-0a1b2c3d4e5f60a01"]}}),
        ),
        ("ports", samples::resource_configuration(), json!({"spec": {"portRanges": ["443", "8443"]}})),
        (
            "a resource gateway, for the controller to judge",
            samples::resource_configuration(),
            json!({"spec": {"resourceGatewayRef": {"name": "other"}}}),
        ),
    ];
    let mut refusals = Vec::new();
    for (number, (what, old, patch)) in changes.into_iter().enumerate() {
        let new = samples::patched(old.clone(), &patch);
        if let Err(message) = cluster::dry_run_change(&client, &format!("change-{number}"), &old, &new).await? {
            refusals.push(format!("{what}: {message}"));
        }
    }
    assert!(refusals.is_empty(), "refused:\n{}", refusals.join("\n"));
    Ok(())
}

#[test]
fn an_inline_document_is_not_in_what_is_logged() -> anyhow::Result<()> {
    let spec: GatewayTargetSpec = serde_json::from_value(samples::rest_target()["spec"].clone())?;
    let logged = format!("{spec:?}");
    assert!(logged.contains(" bytes)") && !logged.contains("operationId"), "{logged}");
    Ok(())
}
