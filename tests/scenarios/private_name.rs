//! Card D06: an MCP server with a private name behind a resource configuration, as little said as possible.

use lab::aws::ObjectKind;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, of, only, operations, refusals};
use crate::manifests::{MCP_CONFIGURATION, RESOURCE_GATEWAY, SELF_MANAGED_TARGET};
use crate::support::{everyday_server, gateway, in_aws, message, sweeps, text, verdict, world};

#[tokio::test]
async fn what_is_left_open_is_filled_in_for_private_names() -> anyhow::Result<()> {
    let world = world("d06").await?;
    let server = everyday_server(&world).await?;
    gateway(&world).await?;
    let mark = world.aws.mark();
    world.apply(&[RESOURCE_GATEWAY, MCP_CONFIGURATION, SELF_MANAGED_TARGET].join("---")).await?;
    let target = world.ready("GatewayTarget", "mcp-server", "eks-mcp-server").await?;
    let calls = world.aws.mutations_since(mark);
    assert_eq!(refusals(&calls), [""; 0]);
    assert_eq!(operations(&calls), ["CreateResourceGateway", "CreateResourceConfiguration", "CreateGatewayTarget"]);
    let expected = json!({
        "name": calls[0].input["name"],
        "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
        "subnetIds": ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"],
        "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"],
        "resourceConfigDnsResolution": "IN_VPC",
    });
    assert_eq!(asked(&calls[0])?, expected);
    let expected = json!({
        "name": calls[1].input["name"],
        "type": "SINGLE",
        "resourceGatewayIdentifier": resource_gateway(&world)?["id"],
        "resourceConfigurationDefinition": {"dnsResource": {"domainName": "internal.example.com", "ipAddressType": "IPV4"}},
        "portRanges": ["443"],
        "allowAssociationToShareableServiceNetwork": true,
    });
    assert_eq!(asked(&calls[1])?, expected);
    let arn = &world.get("ResourceConfiguration", "platform", "mcp").await?["status"]["resourceConfigurationArn"];
    let expected = json!({"selfManagedLatticeResource": {"resourceConfigurationIdentifier": arn}});
    assert_eq!(calls[2].input["privateEndpoint"], expected);
    let association = text(&target, "/status/privateEndpointManagedResources/0/resourceAssociationArn")?;
    assert!(association.contains(":servicenetworkresourceassociation/snra-"), "{association}");
    assert!(server.calls().contains_key("tools/list"), "AWS asked the server itself");
    Ok(())
}

fn resource_gateway(world: &World) -> anyhow::Result<Value> {
    in_aws(world, ObjectKind::ResourceGateway, "status", "ACTIVE")
}

/// Variants (c) and (d).
#[tokio::test]
async fn an_address_is_sent_as_one_and_ipv6_does_not_resolve_in_a_vpc() -> anyhow::Result<()> {
    let world = world("d06-address").await?;
    let refused = format!("{RESOURCE_GATEWAY}  ipAddressType: IPV6\n  resourceConfigDnsResolution: IN_VPC\n");
    let reason = world.apply_refused(&refused).await?;
    assert!(reason.contains("IN_VPC does not work with ipAddressType IPV6"), "{reason}");
    let address = r#"
apiVersion: tools.agentcore.dev/v1alpha1
kind: ResourceConfiguration
metadata:
  name: by-address
  namespace: platform
spec:
  resourceGatewayRef: {name: shared-rg}
  resourceConfigurationDefinition:
    ipResource: {ipAddress: 10.0.1.20}
  portRanges: ["443"]
"#;
    world.apply(&[RESOURCE_GATEWAY, address].join("---")).await?;
    world.ready("ResourceConfiguration", "platform", "by-address").await?;
    let calls = world.aws.mutations();
    let create = only(&calls, "CreateResourceConfiguration")?;
    let expected = json!({
        "name": create.input["name"],
        "type": "SINGLE",
        "resourceGatewayIdentifier": resource_gateway(&world)?["id"],
        "resourceConfigurationDefinition": {"ipResource": {"ipAddress": "10.0.1.20"}},
        "portRanges": ["443"],
        "allowAssociationToShareableServiceNetwork": true,
    });
    assert_eq!(asked(create)?, expected);
    Ok(())
}

/// An IPv6 resource gateway resolves in public DNS, because it cannot do otherwise.
#[tokio::test]
async fn an_ipv6_resource_gateway_resolves_publicly() -> anyhow::Result<()> {
    let world = world("d06-ipv6").await?;
    world.apply(&format!("{RESOURCE_GATEWAY}  ipAddressType: IPV6\n")).await?;
    world.ready("ResourceGateway", "platform", "shared-rg").await?;
    let calls = world.aws.mutations();
    let asked = asked(only(&calls, "CreateResourceGateway")?)?;
    assert_eq!(asked["ipAddressType"], "IPV6");
    assert_eq!(asked["resourceConfigDnsResolution"], "PUBLIC");
    assert_eq!(asked.get("ipv4AddressesPerEni"), None);
    Ok(())
}

/// Variant (e): without `allowedNamespaces` a resource configuration serves its own namespace only.
#[tokio::test]
async fn a_resource_configuration_lets_in_whom_its_owner_names() -> anyhow::Result<()> {
    let world = world("d06-namespaces").await?;
    let _server = everyday_server(&world).await?;
    gateway(&world).await?;
    let closed = MCP_CONFIGURATION.split("  allowedNamespaces:").next().unwrap_or_default();
    world.apply(&[RESOURCE_GATEWAY, closed, SELF_MANAGED_TARGET].join("---")).await?;
    world.ready("ResourceConfiguration", "platform", "mcp").await?;
    let refused = world
        .has("GatewayTarget", "mcp-server", "eks-mcp-server", ("Accepted", "False", "NamespaceNotAllowed"))
        .await?;
    assert_eq!(verdict(&refused, "Ready").as_deref(), Some("False/NamespaceNotAllowed"));
    assert!(message(&refused, "Accepted").contains("spec.allowedNamespaces"), "{refused:#}");
    sweeps(&world, 3).await?;
    assert_eq!(of(&world.aws.calls(), "CreateGatewayTarget").len(), 0);
    world.apply(MCP_CONFIGURATION).await?;
    world.ready("GatewayTarget", "mcp-server", "eks-mcp-server").await?;
    Ok(())
}
