//! Raw identifiers: what a spec may name although it is no object here, and what it may not.

use lab::aws::ObjectKind;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, of, only, only_with, operations, refusals};
use crate::manifests::{RESOURCE_GATEWAY, SMALL_GATEWAY, document, public_target};
use crate::support::{called, message, sweeps, text, verdict, world_with};

const ALLOWED: &str = "--allowed-external-ids=theirs-*,rgw-0a*,rcfg-0a*";

/// A target on a gateway that is named by its id.
fn target_on(gateway: &str, name: &str) -> String {
    public_target("platform", name)
        .replace("gatewayRef: {name: agents, namespace: platform}", &format!("gatewayIdentifier: {gateway}"))
}

fn configuration_on(gateway: &str, name: &str) -> String {
    format!(
        r#"
apiVersion: tools.agentcore.dev/v1alpha1
kind: ResourceConfiguration
metadata:
  name: {name}
  namespace: platform
spec:
  resourceGatewayIdentifier: {gateway}
  resourceConfigurationDefinition:
    dnsResource: {{domainName: internal.example.com, ipAddressType: IPV4}}
  portRanges: ["443"]
"#
    )
}

fn target_through(configuration: &str, name: &str) -> String {
    let endpoint = format!("selfManagedLatticeResource: {{resourceConfigurationIdentifier: {configuration}}}");
    format!("{}  privateEndpoint:\n    {endpoint}\n", public_target("platform", name))
}

/// The tags of an object that another cluster's operator made.
fn foreign_marker() -> Value {
    json!({
        "tools.agentcore.dev/cluster": "elsewhere",
        "tools.agentcore.dev/namespace": "platform",
        "tools.agentcore.dev/name": "agents",
        "tools.agentcore.dev/uid": "7b0e1c1e-0000-4000-8000-000000000001",
    })
}

fn seed_gateway(world: &World, id: &str, name: &str, tags: &Value) -> String {
    let role = "arn:aws:iam::111122223333:role/AgentCoreGatewayRole";
    let body = json!({"gatewayId": id, "name": name, "roleArn": role, "authorizerType": "AWS_IAM", "tags": tags});
    world.aws.seed(ObjectKind::Gateway, body)
}

fn seed_resource_gateway(world: &World, id: &str, name: &str, tags: &Value) -> String {
    let body = json!({"id": id, "name": name, "vpcIdentifier": "vpc-0a1b2c3d4e5f60718", "tags": tags,
        "subnetIds": ["subnet-0a1b2c3d4e5f60a01"], "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"]});
    world.aws.seed(ObjectKind::ResourceGateway, body)
}

fn seed_configuration(world: &World, id: &str, name: &str, tags: &Value) -> String {
    let body = json!({"id": id, "name": name, "type": "SINGLE", "resourceGatewayIdentifier": "rgw-0a1b2c3d4e5f60e01",
        "resourceConfigurationDefinition": {"dnsResource": {"domainName": "internal.example.com", "ipAddressType": "IPV4"}},
        "portRanges": ["443"], "allowAssociationToShareableServiceNetwork": true, "tags": tags});
    world.aws.seed(ObjectKind::ResourceConfiguration, body)
}

/// Waits until an object is refused for what it names, and for these words.
async fn is_refused(world: &World, kind: &str, name: &str, words: &str) -> anyhow::Result<()> {
    let refused = world.has(kind, "platform", name, ("Accepted", "False", "RefNotPermitted")).await?;
    assert_eq!(verdict(&refused, "Ready").as_deref(), Some("False/RefNotPermitted"));
    assert!(message(&refused, "Accepted").contains(words), "{words}: {refused:#}");
    Ok(())
}

#[tokio::test]
async fn an_object_here_is_named_by_reference() -> anyhow::Result<()> {
    let world = world_with("external-own", &["--allowed-external-ids=*"]).await?;
    world
        .apply(&[SMALL_GATEWAY, RESOURCE_GATEWAY, &configuration_on("rgw-0a1b2c3d4e5f60e99", "waiting")].join("---"))
        .await?;
    let gateway = world.ready("Gateway", "platform", "agents").await?;
    let shared = world.ready("ResourceGateway", "platform", "shared-rg").await?;
    let (gateway, shared) = (text(&gateway, "/status/gatewayId")?, text(&shared, "/status/resourceGatewayId")?);
    let arn = format!("arn:aws:vpc-lattice:us-west-2:111122223333:resourcegateway/{shared}");
    let mark = world.aws.mark();
    world.apply(&target_on(gateway, "by-id")).await?;
    world.apply(&[configuration_on(shared, "by-id"), configuration_on(&arn, "by-arn")].join("---")).await?;
    is_refused(&world, "GatewayTarget", "by-id", "by reference").await?;
    is_refused(&world, "ResourceConfiguration", "by-id", "by reference").await?;
    is_refused(&world, "ResourceConfiguration", "by-arn", "by reference").await?;
    sweeps(&world, 3).await?;
    let calls = world.aws.mutations_since(mark);
    let for_these = calls.iter().filter(|call| call.input["resourceGatewayIdentifier"] != "rgw-0a1b2c3d4e5f60e99");
    assert_eq!(for_these.count(), 0, "{calls:#?}");
    Ok(())
}

#[tokio::test]
async fn what_the_operator_was_not_told_of_is_refused_without_asking_aws() -> anyhow::Result<()> {
    let world = world_with("external-pattern", &[ALLOWED]).await?;
    world.apply(SMALL_GATEWAY).await?;
    world.ready("Gateway", "platform", "agents").await?;
    seed_gateway(&world, "others-abcde12345", "others", &json!({}));
    seed_resource_gateway(&world, "rgw-0b1b2c3d4e5f60e01", "other-rg", &json!({}));
    seed_configuration(&world, "rcfg-0b1b2c3d4e5f60d01", "other-rc", &json!({}));
    let mark = world.aws.mark();
    let all = [
        target_on("others-abcde12345", "by-gateway"),
        configuration_on("rgw-0b1b2c3d4e5f60e01", "on-resource-gateway"),
        target_through("rcfg-0b1b2c3d4e5f60d01", "through-configuration"),
    ];
    world.apply(&all.join("---")).await?;
    is_refused(&world, "GatewayTarget", "by-gateway", "--allowed-external-ids").await?;
    is_refused(&world, "ResourceConfiguration", "on-resource-gateway", "--allowed-external-ids").await?;
    is_refused(&world, "GatewayTarget", "through-configuration", "--allowed-external-ids").await?;
    sweeps(&world, 3).await?;
    let calls = world.aws.calls_since(mark);
    assert!(
        calls.iter().all(|call| call.operation.starts_with("List") && call.operation != "ListTagsForResource"),
        "{calls:#?}"
    );
    assert!(!calls.iter().any(|call| call.input["gatewayIdentifier"] == "others-abcde12345"), "{calls:#?}");
    Ok(())
}

#[tokio::test]
async fn what_another_operator_keeps_is_refused_and_untouched() -> anyhow::Result<()> {
    let world = world_with("external-foreign", &[ALLOWED]).await?;
    world.apply(SMALL_GATEWAY).await?;
    world.ready("Gateway", "platform", "agents").await?;
    seed_gateway(&world, "theirs-abcde12345", "theirs", &foreign_marker());
    seed_resource_gateway(&world, "rgw-0a1b2c3d4e5f60e01", "their-rg", &foreign_marker());
    seed_configuration(&world, "rcfg-0a1b2c3d4e5f60d01", "their-rc", &foreign_marker());
    let kinds = [ObjectKind::Gateway, ObjectKind::ResourceGateway, ObjectKind::ResourceConfiguration];
    let before = kinds.map(|kind| world.aws.objects(kind));
    let mark = world.aws.mark();
    let all = [
        target_on("theirs-abcde12345", "by-gateway"),
        configuration_on("rgw-0a1b2c3d4e5f60e01", "on-resource-gateway"),
        target_through("rcfg-0a1b2c3d4e5f60d01", "through-configuration"),
    ];
    world.apply(&all.join("---")).await?;
    is_refused(&world, "GatewayTarget", "by-gateway", "marker").await?;
    is_refused(&world, "ResourceConfiguration", "on-resource-gateway", "marker").await?;
    is_refused(&world, "GatewayTarget", "through-configuration", "marker").await?;
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    for name in ["by-gateway", "through-configuration"] {
        world.delete("GatewayTarget", "platform", name).await?;
        world.gone("GatewayTarget", "platform", name).await?;
    }
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    assert_eq!(kinds.map(|kind| world.aws.objects(kind)), before);
    Ok(())
}

#[tokio::test]
async fn what_is_allowed_is_used_and_nothing_more() -> anyhow::Result<()> {
    let world = world_with("external-allowed", &[ALLOWED]).await?;
    let tags = json!({"owner": "them"});
    seed_gateway(&world, "theirs-abcde12345", "theirs", &tags);
    seed_resource_gateway(&world, "rgw-0a1b2c3d4e5f60e01", "their-rg", &tags);
    seed_configuration(&world, "rcfg-0a1b2c3d4e5f60d01", "their-rc", &tags);
    let before = (world.aws.objects(ObjectKind::Gateway), world.aws.objects(ObjectKind::ResourceGateway));
    let through = target_through("rcfg-0a1b2c3d4e5f60d01", "through")
        .replace("gatewayRef: {name: agents, namespace: platform}", "gatewayIdentifier: theirs-abcde12345");
    let all = [target_on("theirs-abcde12345", "direct"), configuration_on("rgw-0a1b2c3d4e5f60e01", "rest"), through];
    world.apply(&all.join("---")).await?;
    for name in ["direct", "through"] {
        let target = world.ready("GatewayTarget", "platform", name).await?;
        assert_eq!(target["status"]["gatewayId"], "theirs-abcde12345");
    }
    world.ready("ResourceConfiguration", "platform", "rest").await?;
    are_the_calls(&world)?;
    let mark = world.aws.mark();
    world.merge("GatewayTarget", "platform", "direct", json!({"spec": {"description": "Ours"}})).await?;
    called(&world, mark, "UpdateGatewayTarget", 1).await?;
    for (kind, name) in [("GatewayTarget", "direct"), ("GatewayTarget", "through"), ("ResourceConfiguration", "rest")] {
        world.delete(kind, "platform", name).await?;
        world.gone(kind, "platform", name).await?;
    }
    let calls = world.aws.mutations();
    let deletes: Vec<_> = operations(&calls).into_iter().filter(|operation| operation.starts_with("Delete")).collect();
    assert_eq!(deletes, ["DeleteGatewayTarget", "DeleteGatewayTarget", "DeleteResourceConfiguration"]);
    assert_eq!((world.aws.objects(ObjectKind::Gateway), world.aws.objects(ObjectKind::ResourceGateway)), before);
    Ok(())
}

/// Tags of another account's object are its owner's to read, and its markers are about that account's objects.
#[tokio::test]
async fn what_another_account_shares_is_used_without_reading_its_tags() -> anyhow::Result<()> {
    let arn = "arn:aws:vpc-lattice:us-west-2:444455556666:resourceconfiguration/rcfg-0a1b2c3d4e5f60d01";
    let world =
        world_with("external-shared", &["--allowed-external-ids=arn:aws:vpc-lattice:us-west-2:444455556666:*"]).await?;
    world.apply(SMALL_GATEWAY).await?;
    world.ready("Gateway", "platform", "agents").await?;
    seed_configuration(&world, "rcfg-0a1b2c3d4e5f60d01", "shared-rc", &foreign_marker());
    world.aws.edit(ObjectKind::ResourceConfiguration, "rcfg-0a1b2c3d4e5f60d01", |shared| shared["arn"] = json!(arn));
    let mark = world.aws.mark();
    world.apply(&target_through(arn, "shared")).await?;
    let target = world.ready("GatewayTarget", "platform", "shared").await?;
    assert_eq!(target["status"]["resourceConfigurationIdentifier"], arn);
    sweeps(&world, 3).await?;
    let calls = world.aws.calls_since(mark);
    assert_eq!(of(&calls, "ListTagsForResource").len(), 0);
    assert_eq!(refusals(&calls), [""; 0]);
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["CreateGatewayTarget"]);
    let other = arn.replace("444455556666", "777788889999");
    world.apply(&target_through(&other, "not-told")).await?;
    is_refused(&world, "GatewayTarget", "not-told", "--allowed-external-ids").await
}

fn are_the_calls(world: &World) -> anyhow::Result<()> {
    let calls = world.aws.mutations();
    assert_eq!(of(&calls, "CreateGatewayTarget").len(), 2);
    let document = json!({"mcp": {"openApiSchema": {"inlinePayload": document("https://api.example.com")}}});
    let mut expected =
        json!({"gatewayIdentifier": "theirs-abcde12345", "name": "direct", "targetConfiguration": document});
    let create = |name| only_with(&calls, "CreateGatewayTarget", "/name", name);
    assert_eq!(asked(create("direct")?)?, expected);
    expected["name"] = json!("through");
    let identifier = json!({"resourceConfigurationIdentifier": "rcfg-0a1b2c3d4e5f60d01"});
    expected["privateEndpoint"] = json!({"selfManagedLatticeResource": identifier});
    assert_eq!(asked(create("through")?)?, expected);
    let create = only(&calls, "CreateResourceConfiguration")?;
    assert_eq!(create.input["resourceGatewayIdentifier"], "rgw-0a1b2c3d4e5f60e01");
    Ok(())
}
