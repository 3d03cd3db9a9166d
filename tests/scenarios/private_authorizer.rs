//! A gateway whose issuer of tokens is inside a VPC.

use lab::aws::ObjectKind;
use lab::aws::network::{SecurityGroup, Subnet, Vpc};
use lab::world::World;
use serde_json::json;

use crate::ledger::{asked, only, operations, refusals};
use crate::manifests::RESOURCE_GATEWAY;
use crate::support::{becomes, in_aws, message, sweeps, text, verdict, world, world_with};

const AGENTS: (&str, &str, &str) = ("Gateway", "mcp-server", "agents");
const ISSUER: (&str, &str, &str) = ("ResourceConfiguration", "platform", "issuer");

/// Another network than that of the fixture.
const OTHER_VPC: &str = "vpc-0a1b2c3d4e5f60799";
const OTHER_SUBNET: &str = "subnet-0a1b2c3d4e5f60aff";
const ELSEWHERE: &str = "sg-0a1b2c3d4e5f60bff";

/// The gateway, in a namespace of its own.
const GATEWAY: &str = "
apiVersion: tools.agentcore.dev/v1alpha1
kind: Gateway
metadata:
  name: agents
  namespace: mcp-server
spec:
  roleArn: arn:aws:iam::111122223333:role/AgentCoreGatewayRole
  authorizerType: CUSTOM_JWT
  authorizerConfiguration:
    customJWTAuthorizer:
      discoveryUrl: https://issuer.internal.example.com/.well-known/openid-configuration
      allowedClients: [c1]
      privateEndpoint:
        selfManagedLatticeResource:
          resourceConfigurationRef: {name: issuer, namespace: platform}
      privateEndpointOverrides:
      - domain: keys.internal.example.com
        privateEndpoint:
          selfManagedLatticeResource:
            resourceConfigurationRef: {name: keys, namespace: platform}
";

fn configuration(name: &str, allowed: &str) -> String {
    format!(
        r#"
apiVersion: tools.agentcore.dev/v1alpha1
kind: ResourceConfiguration
metadata:
  name: {name}
  namespace: platform
spec:
  resourceGatewayRef: {{name: shared-rg}}
  resourceConfigurationDefinition:
    dnsResource: {{domainName: {name}.internal.example.com, ipAddressType: IPV4}}
  portRanges: ["443"]
  allowedNamespaces: {{from: {allowed}}}
"#
    )
}

async fn ready(world: &World, object: (&str, &str, &str)) -> anyhow::Result<serde_json::Value> {
    world.ready(object.0, object.1, object.2).await
}

/// The gateway waits for what it refers to, is woken by it, counts for it, and goes before it.
#[tokio::test]
async fn its_resource_configurations_come_before_it_and_go_after_it() -> anyhow::Result<()> {
    let world = world("private-authorizer").await?;
    world.apply(GATEWAY).await?;
    world.has(AGENTS.0, AGENTS.1, AGENTS.2, ("ResolvedRefs", "False", "ReferenceNotFound")).await?;
    world
        .apply(&[RESOURCE_GATEWAY, &configuration("issuer", "Same"), &configuration("keys", "All")].join("---"))
        .await?;
    let refused = world.has(AGENTS.0, AGENTS.1, AGENTS.2, ("Accepted", "False", "NamespaceNotAllowed")).await?;
    let title = format!("ResourceConfiguration {}/issuer", world.namespace("platform"));
    assert!(message(&refused, "Ready").contains(&title), "{refused:#}");
    world.merge(ISSUER.0, ISSUER.1, ISSUER.2, json!({"spec": {"allowedNamespaces": {"from": "All"}}})).await?;
    ready(&world, AGENTS).await?;
    let arn = |name: &str| {
        let world = &world;
        let name = name.to_owned();
        async move {
            let object = world.ready("ResourceConfiguration", "platform", &name).await?;
            Ok::<_, anyhow::Error>(text(&object, "/status/resourceConfigurationArn")?.to_owned())
        }
    };
    let way = |arn: String| json!({"selfManagedLatticeResource": {"resourceConfigurationIdentifier": arn}});
    let create = asked(only(&world.aws.mutations(), "CreateGateway")?)?;
    let tokens = &create["authorizerConfiguration"]["customJWTAuthorizer"];
    assert_eq!(tokens["privateEndpoint"], way(arn("issuer").await?));
    let keys = json!([{"domain": "keys.internal.example.com", "privateEndpoint": way(arn("keys").await?)}]);
    assert_eq!(tokens["privateEndpointOverrides"], keys);
    becomes(&world, ISSUER, "/status/usedBy", json!(1)).await?;
    sweeps(&world, 3).await?;
    all_go_in_order(&world).await
}

async fn all_go_in_order(world: &World) -> anyhow::Result<()> {
    let mark = world.aws.mark();
    world.delete("ResourceGateway", "platform", "shared-rg").await?;
    world.delete(ISSUER.0, ISSUER.1, ISSUER.2).await?;
    world.delete("ResourceConfiguration", "platform", "keys").await?;
    let held = world.has(ISSUER.0, ISSUER.1, ISSUER.2, ("InUse", "True", "HasDependents")).await?;
    let user = format!("Gateway {}/agents", world.namespace("mcp-server"));
    assert!(message(&held, "Ready").contains(&user), "{held:#}");
    sweeps(world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    ready(world, AGENTS).await?;
    world.delete(AGENTS.0, AGENTS.1, AGENTS.2).await?;
    for object in [AGENTS, ISSUER, ("ResourceGateway", "platform", "shared-rg")] {
        world.gone(object.0, object.1, object.2).await?;
    }
    let done = world.aws.mutations_since(mark);
    let done: Vec<_> = done.iter().filter(|call| call.error.is_none()).map(|call| call.operation.as_str()).collect();
    let configuration = "DeleteResourceConfiguration";
    assert_eq!(done, ["DeleteGateway", configuration, configuration, "DeleteResourceGateway"]);
    assert_eq!(world.aws.left_over(), [""; 0]);
    Ok(())
}

/// A gateway that was not made yet does not keep what is going away.
#[tokio::test]
async fn a_gateway_that_waits_keeps_nothing() -> anyhow::Result<()> {
    let world = world("private-authorizer-late").await?;
    world.apply(&[RESOURCE_GATEWAY, &configuration("issuer", "All")].join("---")).await?;
    ready(&world, ISSUER).await?;
    world.apply(GATEWAY).await?;
    world.has(AGENTS.0, AGENTS.1, AGENTS.2, ("ResolvedRefs", "False", "ReferenceNotFound")).await?;
    world.delete(ISSUER.0, ISSUER.1, ISSUER.2).await?;
    world.gone(ISSUER.0, ISSUER.1, ISSUER.2).await?;
    world.delete(AGENTS.0, AGENTS.1, AGENTS.2).await?;
    world.gone(AGENTS.0, AGENTS.1, AGENTS.2).await?;
    Ok(())
}

const MANAGED: &str = "
apiVersion: tools.agentcore.dev/v1alpha1
kind: Gateway
metadata:
  name: agents
  namespace: mcp-server
spec:
  roleArn: arn:aws:iam::111122223333:role/AgentCoreGatewayRole
  authorizerType: CUSTOM_JWT
  authorizerConfiguration:
    customJWTAuthorizer:
      discoveryUrl: https://issuer.internal.example.com/.well-known/openid-configuration
      allowedClients: [c1]
      privateEndpoint:
        managedVpcResource:
          vpcIdentifier: vpc-0a1b2c3d4e5f60718
          subnetIds: [subnet-0a1b2c3d4e5f60a01]
          endpointIpAddressType: IPV4
          routingDomainPolicy: Auto
";

/// AWS would take the VPC's default group, which leads nowhere.
#[tokio::test]
async fn a_managed_network_needs_groups() -> anyhow::Result<()> {
    let world = world("private-authorizer-groups").await?;
    world.apply(MANAGED).await?;
    let stalled = world.has(AGENTS.0, AGENTS.1, AGENTS.2, ("Stalled", "True", "SecurityGroupRequired")).await?;
    assert!(
        message(&stalled, "Ready").contains("customJWTAuthorizer.privateEndpoint.managedVpcResource"),
        "{stalled:#}"
    );
    assert_eq!(operations(&world.aws.mutations()), [""; 0]);
    let groups = json!({"managedVpcResource": {"securityGroupIds": ["sg-0a1b2c3d4e5f60b02"]}});
    let patch = json!({"spec": {"authorizerConfiguration": {"customJWTAuthorizer": {"privateEndpoint": groups}}}});
    world.merge(AGENTS.0, AGENTS.1, AGENTS.2, patch).await?;
    ready(&world, AGENTS).await?;
    assert_eq!(operations(&world.aws.mutations()), ["CreateGateway"]);
    Ok(())
}

/// The operator's own groups, where it has some; and nothing that only the operator reads is sent.
#[tokio::test]
async fn the_default_groups_are_sent() -> anyhow::Result<()> {
    let world =
        world_with("private-authorizer-default", &["--default-security-group-ids=sg-0a1b2c3d4e5f60b02"]).await?;
    world.apply(MANAGED).await?;
    ready(&world, AGENTS).await?;
    sweeps(&world, 3).await?;
    let calls = world.aws.mutations();
    assert_eq!(operations(&calls), ["CreateGateway"]);
    let endpoint = json!({"managedVpcResource": {
        "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
        "subnetIds": ["subnet-0a1b2c3d4e5f60a01"],
        "endpointIpAddressType": "IPV4",
        "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"],
    }});
    let create = asked(&calls[0])?;
    assert_eq!(create["authorizerConfiguration"]["customJWTAuthorizer"]["privateEndpoint"], endpoint);
    Ok(())
}

/// Groups belong to a VPC: an issuer that moves to another one is reached with the operator's groups, and not with those that were left.
#[tokio::test]
async fn groups_of_another_vpc_are_left_behind() -> anyhow::Result<()> {
    let defaults = format!("--default-security-group-ids={ELSEWHERE}");
    let world = world_with("private-authorizer-moves", &[&defaults]).await?;
    world.aws.install_fixture();
    world.aws.network(|network| {
        network.vpcs.push(Vpc::new(OTHER_VPC, "10.9.0.0/16"));
        network.subnets.push(Subnet::new(OTHER_SUBNET, OTHER_VPC, "10.9.1.0/24", "us-west-2a"));
        network.security_groups.push(SecurityGroup::new(ELSEWHERE, OTHER_VPC, "elsewhere"));
    });
    let groups = "          securityGroupIds: [sg-0a1b2c3d4e5f60b02]\n";
    world.apply(&format!("{MANAGED}{groups}")).await?;
    ready(&world, AGENTS).await?;
    world.apply(MANAGED).await?;
    ready(&world, AGENTS).await?;
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations()), ["CreateGateway"], "the same groups in the same VPC");

    let mark = world.aws.mark();
    world
        .apply(&MANAGED.replace("vpc-0a1b2c3d4e5f60718", OTHER_VPC).replace("subnet-0a1b2c3d4e5f60a01", OTHER_SUBNET))
        .await?;
    ready(&world, AGENTS).await?;
    let calls = world.aws.mutations_since(mark);
    assert_eq!(refusals(&calls), [""; 0]);
    let tokens = asked(only(&calls, "UpdateGateway")?)?["authorizerConfiguration"]["customJWTAuthorizer"].take();
    let network = json!({"managedVpcResource": {
        "vpcIdentifier": OTHER_VPC,
        "subnetIds": [OTHER_SUBNET],
        "endpointIpAddressType": "IPV4",
        "securityGroupIds": [ELSEWHERE],
    }});
    assert_eq!(tokens["privateEndpoint"], network);
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["UpdateGateway"]);
    Ok(())
}

/// A raw identifier is not taken for granted.
#[tokio::test]
async fn a_raw_identifier_has_to_be_allowed() -> anyhow::Result<()> {
    let world = world("private-authorizer-external").await?;
    world.apply(&[RESOURCE_GATEWAY, &configuration("issuer", "All")].join("---")).await?;
    let issuer = ready(&world, ISSUER).await?;
    let id = text(&issuer, "/status/resourceConfigurationId")?;
    in_aws(&world, ObjectKind::ResourceConfiguration, "id", id)?;
    let raw = GATEWAY.split("      privateEndpointOverrides").next().unwrap_or_default();
    let by_id = |id: &str| {
        let reference = "resourceConfigurationRef: {name: issuer, namespace: platform}";
        raw.replace(reference, &format!("resourceConfigurationIdentifier: {id}"))
    };
    world.apply(&by_id(id)).await?;
    let refused = world.has(AGENTS.0, AGENTS.1, AGENTS.2, ("Accepted", "False", "RefNotPermitted")).await?;
    assert_eq!(verdict(&refused, "Ready").as_deref(), Some("False/RefNotPermitted"));
    world.apply(&by_id("rcfg-0a1b2c3d4e5f60d99")).await?;
    sweeps(&world, 3).await?;
    let refused = world.has(AGENTS.0, AGENTS.1, AGENTS.2, ("Accepted", "False", "RefNotPermitted")).await?;
    assert!(message(&refused, "Ready").contains("--allowed-external-ids"), "{refused:#}");
    Ok(())
}
