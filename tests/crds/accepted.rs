//! What has to be accepted, and to arrive in the operator unchanged.

use agentcore_gateway_operator::api::{
    GatewaySpec, GatewayTargetSpec, McpTargetConfiguration, McpToolSchemaConfiguration, ResourceConfigurationSpec,
    ResourceGatewaySpec, TargetConfiguration,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{cluster, samples};

/// The API server stores the spec as it stands, and so does our reading of it.
pub(super) async fn accepted_unchanged<Spec: Serialize + DeserializeOwned>(manifest: &Value) -> anyhow::Result<()> {
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
    accepted_unchanged::<GatewayTargetSpec>(&samples::service_target()).await?;
    accepted_unchanged::<GatewayTargetSpec>(&samples::ingress_target()).await?;
    accepted_unchanged::<GatewayTargetSpec>(&samples::route_target()).await?;
    accepted_unchanged::<ResourceGatewaySpec>(&samples::resource_gateway()).await?;
    accepted_unchanged::<ResourceGatewaySpec>(&samples::resource_gateway_of_an_ingress()).await?;
    accepted_unchanged::<ResourceConfigurationSpec>(&samples::resource_configuration()).await?;
    accepted_unchanged::<ResourceConfigurationSpec>(&samples::resource_configuration_of_an_ingress()).await
}

#[tokio::test]
async fn variants_of_good_manifests_are_accepted() -> anyhow::Result<()> {
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
    all_accepted(variants.into_iter().collect()).await
}

/// Each variant has a good manifest, and what is done to it.
pub(super) async fn all_accepted(variants: Vec<(Value, Value)>) -> anyhow::Result<()> {
    let client = cluster::client().await?;
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
async fn every_way_from_a_workload_to_a_target_is_accepted() -> anyhow::Result<()> {
    let server = |members: Value| json!({"spec": {"targetConfiguration": {"mcp": {"mcpServer": members}}}});
    let from = |members: Value| server(json!({"endpointFrom": members}));
    let api = |members: Value| json!({"spec": {"targetConfiguration": {"mcp": {"openApiSchema": members}}}});
    let network = |members: Value| json!({"spec": {"privateEndpoint": {"managedVpcResource": members}}});
    let other = |reference: Value| samples::patched(json!({"serviceRef": null, "host": null}), &reference);
    let ingress = json!({"ingressRef": {"name": "rest-api", "namespace": "rest-api"}});
    let route = json!({"httpRouteRef": {"name": "mcp"}});
    let secret = "arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:private-ca-AbCdEf";
    let secret = json!({"spec": {"certificateConfigurations": [{"secretsManager": {"secretArn": secret}}]}});
    let no_endpoint = json!({"spec": {"privateEndpoint": null}});
    all_accepted(vec![
        (samples::service_target(), json!({})),
        (samples::service_target(), from(json!({"path": null, "port": null}))),
        (samples::service_target(), from(json!({"path": "/", "port": 1, "allowInternetFacing": false}))),
        (samples::service_target(), from(json!({"host": "a.b"}))),
        (samples::service_target(), from(other(ingress.clone()))),
        (samples::service_target(), from(other(route.clone()))),
        (samples::service_target(), no_endpoint.clone()),
        (samples::route_target(), from(json!({"httpRouteRef": {"parentRef": null}, "host": null}))),
        (samples::service_target(), network(json!({"routingDomainPolicy": "Auto"}))),
        // What is said counts; the rest comes from the load balancer.
        (samples::service_target(), network(json!({"subnetIds": ["subnet-0a1b2c3d4e5f60a01"]}))),
        (samples::service_target(), server(json!({"mcpToolSchema": {"inlinePayload": "x".repeat(1_048_576)}}))),
        (samples::service_target(), server(json!({"mcpToolSchema": {"s3": {"uri": "s3://a/b"}}}))),
        (samples::service_target(), secret.clone()),
        (samples::patched(samples::service_target(), &no_endpoint), secret.clone()),
        (samples::ingress_target(), secret.clone()),
        (samples::patched(samples::ingress_target(), &no_endpoint), secret.clone()),
        (samples::rest_target(), secret),
        (samples::small_target(), json!({"spec": {"certificateConfigurations": []}})),
        (samples::patched(samples::ingress_target(), &no_endpoint), api(json!({"serverUrlFrom": null}))),
        (samples::ingress_target(), api(json!({"inlinePayloadFrom": null, "inlinePayload": "{}"}))),
        (
            samples::ingress_target(),
            api(json!({"serverUrlFrom": {
                "ingressRef": null, "serviceRef": {"name": "rest-api"}, "host": "api.internal.example.com", "path": "/v1",
            }})),
        ),
        (
            samples::ingress_target(),
            api(json!({"serverUrlFrom": {
                "ingressRef": null, "httpRouteRef": {"name": "rest", "parentRef": {"name": "internal"}},
            }})),
        ),
    ])
    .await
}

#[tokio::test]
async fn every_way_to_follow_a_workload_is_accepted() -> anyhow::Result<()> {
    let mut variants = Vec::new();
    for policy in ["Enforce", "Report", "Skip"] {
        variants.push((samples::service_target(), json!({"spec": {"preflight": policy}})));
    }
    for kind in ["Deployment", "StatefulSet", "DaemonSet"] {
        variants.push((samples::service_target(), json!({"spec": {"workloadRef": {"kind": kind, "name": "a.b-1"}}})));
    }
    for mode in ["OnChange", "OnRollout", "Manual"] {
        variants.push((samples::service_target(), json!({"spec": {"sync": {"mode": mode}}})));
    }
    for interval in ["1s", "1000ms", "90s", "10m", "1h30m", "168h"] {
        variants.push((samples::service_target(), json!({"spec": {"sync": {"interval": interval}}})));
    }
    for most in [1, 60] {
        variants.push((samples::service_target(), json!({"spec": {"sync": {"maxPerHour": most}}})));
    }
    variants.push((samples::service_target(), json!({"spec": {"sync": {}}})));
    all_accepted(variants).await
}

#[tokio::test]
async fn every_form_of_discovery_is_accepted_and_says_where_it_looks() -> anyhow::Result<()> {
    let client = cluster::client().await?;
    let selector = |selector: Value| json!({"from": "Selector", "selector": selector});
    // | as said | as stored |
    let mut forms = vec![
        (json!({}), json!({"from": "None"})),
        (json!({"annotations": ["preflight"]}), json!({"from": "None", "annotations": ["preflight"]})),
    ];
    let as_they_are = [
        json!({"from": "None"}),
        json!({"from": "Same", "annotations": []}),
        json!({"from": "All", "annotations": ["tools.agentcore.dev/allow-internet-facing", "security-group-ids"]}),
        selector(json!({})),
        selector(json!({"matchLabels": {"agentcore": "yes"}})),
        selector(json!({"matchExpressions": [{"key": "team", "operator": "In", "values": ["search"]}]})),
    ];
    forms.extend(as_they_are.map(|form| (form.clone(), form)));
    for (said, expected) in forms {
        let manifest = samples::patched(samples::small_gateway(), &json!({"spec": {"discovery": said}}));
        let stored = cluster::dry_run_create(&client, &manifest).await?.map_err(anyhow::Error::msg)?;
        assert_eq!(stored["spec"]["discovery"], expected);
        let read: GatewaySpec = serde_json::from_value(stored["spec"].clone())?;
        let again = serde_json::to_value(read)?;
        assert_eq!(again["discovery"]["from"], expected["from"]);
    }
    Ok(())
}

#[tokio::test]
async fn every_way_from_a_workload_to_lattice_objects_is_accepted() -> anyhow::Result<()> {
    let network = |members: Value| json!({"spec": {"vpcFrom": members}});
    let domain = |members: Value| json!({"spec": {"definitionFrom": members}});
    let service =
        json!({"ingressRef": null, "serviceRef": {"name": "nginx-ingress-nlb", "namespace": "ingress-nginx"}});
    let route = json!({"ingressRef": null, "httpRouteRef": {"name": "mcp", "parentRef": {"name": "internal"}}});
    let which = json!({"loadBalancerHostname": "internal-k8s-rest-0123456789.us-west-2.elb.amazonaws.com"});
    let (gateway, configuration) =
        (samples::resource_gateway_of_an_ingress, samples::resource_configuration_of_an_ingress);
    all_accepted(vec![
        (gateway(), network(service.clone())),
        (gateway(), network(route.clone())),
        (gateway(), network(which.clone())),
        (gateway(), json!({"spec": {"securityGroupIds": ["sg-0a1b2c3d4e5f60b02"], "ipAddressType": "DUALSTACK"}})),
        (configuration(), domain(service)),
        (configuration(), domain(route)),
        (configuration(), domain(which)),
        (configuration(), domain(json!({"host": "api.internal.example.com"}))),
    ])
    .await
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
        (
            "from an address to a Service",
            samples::small_target(),
            json!({"spec": {"targetConfiguration": {"mcp": {"mcpServer": {
                "endpoint": null, "endpointFrom": {"serviceRef": {"name": "mcp"}, "host": "mcp.example.com"},
            }}}}}),
        ),
        (
            "from a Service to an Ingress",
            samples::service_target(),
            json!({"spec": {"targetConfiguration": {"mcp": {"mcpServer": {"endpointFrom": {
                "serviceRef": null, "ingressRef": {"name": "mcp"},
            }}}}}}),
        ),
        (
            "a document that moves into a ConfigMap",
            samples::rest_target(),
            json!({"spec": {"targetConfiguration": {"mcp": {"openApiSchema": {
                "inlinePayload": null, "inlinePayloadFrom": {"configMapKeyRef": {"name": "openapi", "key": "v1"}},
            }}}}}),
        ),
        (
            "a network that is now said, for the controller to judge",
            samples::resource_gateway_of_an_ingress(),
            json!({"spec": {
                "vpcFrom": null, "vpcIdentifier": "vpc-0a1b2c3d4e5f60718", "subnetIds": ["subnet-0a1b2c3d4e5f60a01"],
            }}),
        ),
        (
            "a domain that is now taken from an Ingress",
            samples::resource_configuration(),
            json!({"spec": {"resourceConfigurationDefinition": null, "definitionFrom": {"ingressRef": {"name": "rest"}}}}),
        ),
        ("nothing is discovered any more", samples::gateway(), json!({"spec": {"discovery": null}})),
        (
            "the private endpoint removed",
            samples::mcp_server_target(),
            json!({"spec": {"privateEndpoint": null, "certificateConfigurations": null}}),
        ),
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
    assert!(logged.contains("inline_payload_bytes: Some(") && !logged.contains("operationId"), "{logged}");
    let mut spec: GatewayTargetSpec = serde_json::from_value(samples::mcp_server_target()["spec"].clone())?;
    let TargetConfiguration::Mcp(McpTargetConfiguration::McpServer(server)) = &mut spec.target_configuration else {
        anyhow::bail!("it is a server")
    };
    let tools = r#"[{"name": "weigh"}]"#;
    server.mcp_tool_schema = Some(McpToolSchemaConfiguration::InlinePayload(tools.to_owned()));
    let logged = format!("{spec:?}");
    assert!(logged.contains("InlinePayload(19 bytes)") && !logged.contains("weigh"), "{logged}");
    Ok(())
}
