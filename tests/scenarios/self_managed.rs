//! Card D05: a private API behind a resource configuration of our own, with the document inline.

use lab::aws::{AwsOptions, Call, ObjectKind};
use lab::objects::{is_ready, parse};
use lab::world::{PATIENCE, World};
use serde_json::{Value, json};

use crate::ledger::{asked, of, operations, refusals};
use crate::manifests::{api_key, document};
use crate::support::{FINALIZER, FOR_EVER, becomes, called, gateway, in_aws, message, sweeps, text, verdict, world_on};

/// The name that leads to the private API through its VPC endpoint.
const DOMAIN: &str = "a1b2c3d4e5-vpce-0a1b2c3d4e5f60c01.execute-api.us-west-2.amazonaws.com";

const TARGET: (&str, &str, &str) = ("GatewayTarget", "platform", "self-managed-apigw");
const CONFIGURATION: (&str, &str, &str) = ("ResourceConfiguration", "platform", "private-api");
const RESOURCE_GATEWAY: (&str, &str, &str) = ("ResourceGateway", "platform", "shared-rg");

fn server() -> String {
    format!("https://{DOMAIN}/prod")
}

fn target() -> String {
    let (document, key) = (document(&server()), api_key("private-apigw"));
    format!(
        "
apiVersion: tools.agentcore.dev/v1alpha1
kind: GatewayTarget
metadata:
  name: self-managed-apigw
  namespace: platform
spec:
  gatewayRef: {{name: agents}}
  targetConfiguration:
    mcp:
      openApiSchema:
        inlinePayload: '{document}'
  credentialProviderConfigurations: {key}
  privateEndpoint:
    selfManagedLatticeResource:
      resourceConfigurationRef: {{name: private-api}}
"
    )
}

fn configuration() -> String {
    format!(
        r#"
apiVersion: tools.agentcore.dev/v1alpha1
kind: ResourceConfiguration
metadata:
  name: private-api
  namespace: platform
spec:
  type: SINGLE
  resourceGatewayRef: {{name: shared-rg}}
  resourceConfigurationDefinition:
    dnsResource: {{domainName: {DOMAIN}, ipAddressType: IPV4}}
  portRanges: ["443"]
"#
    )
}

const RESOURCE_GATEWAY_YAML: &str = "
apiVersion: tools.agentcore.dev/v1alpha1
kind: ResourceGateway
metadata:
  name: shared-rg
  namespace: platform
spec:
  vpcIdentifier: vpc-0a1b2c3d4e5f60718
  subnetIds: [subnet-0a1b2c3d4e5f60a01, subnet-0a1b2c3d4e5f60a02]
  securityGroupIds: [sg-0a1b2c3d4e5f60b02]
  ipAddressType: IPV4
  ipv4AddressesPerEni: 1
  resourceConfigDnsResolution: PUBLIC
";

/// A world in which the objects of VPC Lattice become ACTIVE, and associations disappear, when the test wants it.
async fn slow_world(name: &str, more: impl FnOnce(&mut AwsOptions)) -> anyhow::Result<World> {
    let slow = |aws: &mut AwsOptions| {
        aws.provisioning.resource_gateway_create = FOR_EVER;
        aws.provisioning.resource_configuration_create = FOR_EVER;
        aws.provisioning.association_linger = FOR_EVER;
        more(aws);
    };
    world_on(name, slow).await
}

async fn is(world: &World, object: (&str, &str, &str), condition: (&str, &str, &str)) -> anyhow::Result<Value> {
    world.has(object.0, object.1, object.2, condition).await
}

async fn ready(world: &World, object: (&str, &str, &str)) -> anyhow::Result<Value> {
    world.ready(object.0, object.1, object.2).await
}

#[tokio::test]
async fn each_waits_for_the_one_before() -> anyhow::Result<()> {
    let world = slow_world("d05-order", |_| {}).await?;
    gateway(&world).await?;
    let mark = world.aws.mark();
    waits_are_told(&world).await?;
    let made =
        [ready(&world, RESOURCE_GATEWAY).await?, ready(&world, CONFIGURATION).await?, ready(&world, TARGET).await?];
    let calls = world.aws.mutations_since(mark);
    assert_eq!(refusals(&calls), [""; 0]);
    let creates = ["CreateResourceGateway", "CreateResourceConfiguration", "CreateGatewayTarget"];
    assert_eq!(operations(&calls), creates);
    is_a_step_at_a_time(&calls)?;
    are_the_bodies_of_the_card(&world, &calls, &made)?;
    is_the_status_of_the_card(&world).await
}

/// Applied in reverse order; every object says what it waits for, and that it is being worked on.
async fn waits_are_told(world: &World) -> anyhow::Result<()> {
    world.apply(&target()).await?;
    let waiting = is(world, TARGET, ("ResolvedRefs", "False", "ReferenceNotFound")).await?;
    assert_eq!(verdict(&waiting, "Reconciling").as_deref(), Some("True/ReferenceNotFound"));
    assert_eq!(verdict(&waiting, "Ready").as_deref(), Some("False/ReferenceNotFound"));
    assert!(message(&waiting, "Ready").contains("private-api"), "{waiting:#}");
    world.apply(&configuration()).await?;
    let waiting = is(world, CONFIGURATION, ("ResolvedRefs", "False", "ReferenceNotFound")).await?;
    assert_eq!(verdict(&waiting, "Reconciling").as_deref(), Some("True/ReferenceNotFound"));
    let waiting = is(world, TARGET, ("ResolvedRefs", "False", "ReferenceNotReady")).await?;
    assert_eq!(verdict(&waiting, "Reconciling").as_deref(), Some("True/ReferenceNotReady"));
    world.apply(RESOURCE_GATEWAY_YAML).await?;
    let creating = is(world, RESOURCE_GATEWAY, ("Ready", "Unknown", "Creating")).await?;
    assert_eq!(verdict(&creating, "Reconciling").as_deref(), Some("True/Creating"));
    assert_eq!(creating["status"]["awsStatus"], "CREATE_IN_PROGRESS");
    is(world, CONFIGURATION, ("ResolvedRefs", "False", "ReferenceNotReady")).await?;
    world.aws.advance(FOR_EVER);
    is(world, CONFIGURATION, ("Ready", "Unknown", "Creating")).await?;
    is(world, TARGET, ("ResolvedRefs", "False", "ReferenceNotReady")).await?;
    world.aws.advance(FOR_EVER);
    Ok(())
}

fn is_a_step_at_a_time(calls: &[Call]) -> anyhow::Result<()> {
    for pair in calls.windows(2) {
        anyhow::ensure!(pair[1].at >= pair[0].at.checked_add(FOR_EVER)?, "{:#?} comes too soon", pair[1]);
    }
    Ok(())
}

fn are_the_bodies_of_the_card(world: &World, calls: &[Call], made: &[Value; 3]) -> anyhow::Result<()> {
    let names = [&calls[0], &calls[1]].map(|call| call.input["name"].clone());
    for (name, object) in names.iter().zip(["shared-rg", "private-api"]) {
        is_a_lattice_name(name.as_str().unwrap_or_default(), &world.namespace("platform"), object);
    }
    let expected = json!({
        "name": names[0],
        "vpcIdentifier": "vpc-0a1b2c3d4e5f60718",
        "subnetIds": ["subnet-0a1b2c3d4e5f60a01", "subnet-0a1b2c3d4e5f60a02"],
        "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"],
        "ipAddressType": "IPV4",
        "ipv4AddressesPerEni": 1,
        "resourceConfigDnsResolution": "PUBLIC",
    });
    assert_eq!(asked(&calls[0])?, expected);
    let expected = json!({
        "name": names[1],
        "type": "SINGLE",
        "resourceGatewayIdentifier": made[0]["status"]["resourceGatewayId"],
        "resourceConfigurationDefinition": {"dnsResource": {"domainName": DOMAIN, "ipAddressType": "IPV4"}},
        "portRanges": ["443"],
        "allowAssociationToShareableServiceNetwork": true,
    });
    assert_eq!(asked(&calls[1])?, expected);
    let arn = &made[1]["status"]["resourceConfigurationArn"];
    let expected = json!({
        "gatewayIdentifier": made[2]["status"]["gatewayId"],
        "name": "self-managed-apigw",
        "targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": document(&server())}}},
        "credentialProviderConfigurations": api_key("private-apigw"),
        "privateEndpoint": {"selfManagedLatticeResource": {"resourceConfigurationIdentifier": arn}},
    });
    assert_eq!(asked(&calls[2])?, expected);
    Ok(())
}

/// 3 to 40 lower-case letters, digits and single hyphens, that say where the object is, with a hash at the end.
fn is_a_lattice_name(name: &str, namespace: &str, object: &str) {
    assert!((3..=40).contains(&name.len()), "{name}");
    assert!(
        name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'),
        "{name}"
    );
    assert!(!name.contains("--"), "{name}");
    let (readable, hash) = name.rsplit_once('-').unwrap_or_default();
    assert!(format!("k8s-{namespace}-{object}").starts_with(readable), "{name}");
    assert!(hash.len() == 8 && hash.chars().all(|letter| letter.is_ascii_hexdigit()), "{name}");
}

async fn is_the_status_of_the_card(world: &World) -> anyhow::Result<()> {
    let used = becomes(world, RESOURCE_GATEWAY, "/status/usedBy", json!(1)).await?;
    assert_eq!(used["status"]["awsStatus"], "ACTIVE");
    let id = text(&used, "/status/resourceGatewayId")?;
    let arn = format!("arn:aws:vpc-lattice:us-west-2:111122223333:resourcegateway/{id}");
    assert_eq!(used["status"]["resourceGatewayArn"], arn);
    let used = becomes(world, CONFIGURATION, "/status/usedBy", json!(1)).await?;
    assert_eq!(used["status"]["awsStatus"], "ACTIVE");
    let id = text(&used, "/status/resourceConfigurationId")?;
    let arn = format!("arn:aws:vpc-lattice:us-west-2:111122223333:resourceconfiguration/{id}");
    assert_eq!(used["status"]["resourceConfigurationArn"], arn);
    let target = ready(world, TARGET).await?;
    let resources = target["status"]["privateEndpointManagedResources"].as_array().cloned().unwrap_or_default();
    assert_eq!(resources.len(), 1, "{target:#}");
    assert_eq!(resources[0]["domain"], DOMAIN);
    let association = text(&resources[0], "/resourceAssociationArn")?;
    assert!(association.contains(":servicenetworkresourceassociation/snra-"), "{association}");
    assert_eq!(target["status"]["targetType"], "OPEN_API_SCHEMA");
    assert_eq!(target["status"]["endpoint"], server());
    becomes(world, ("Gateway", "platform", "agents"), "/status/targets", json!({"total": 1, "ready": 1})).await?;
    Ok(())
}

#[tokio::test]
async fn deleted_at_once_and_gone_in_order_while_aws_says_invalid() -> anyhow::Result<()> {
    all_go_in_order("d05-delete-invalid", false, "ValidationException").await
}

#[tokio::test]
async fn deleted_at_once_and_gone_in_order_while_aws_says_conflict() -> anyhow::Result<()> {
    all_go_in_order("d05-delete-conflict", true, "ConflictException").await
}

async fn all_go_in_order(name: &str, conflict: bool, error: &str) -> anyhow::Result<()> {
    let world = slow_world(name, |aws| aws.conflict_for_associated = conflict).await?;
    everything_is_there(&world).await?;
    let mark = world.aws.mark();
    for (kind, namespace, name) in [RESOURCE_GATEWAY, CONFIGURATION, TARGET] {
        world.delete(kind, namespace, name).await?;
    }
    world.gone(TARGET.0, TARGET.1, TARGET.2).await?;
    called(&world, mark, "DeleteResourceConfiguration", 3).await?;
    let lingering = is(&world, CONFIGURATION, ("InUse", "True", "WaitingForAssociation")).await?;
    assert_eq!(verdict(&lingering, "Ready").as_deref(), Some("False/InUse"));
    assert_eq!(verdict(&lingering, "Reconciling").as_deref(), Some("True/InUse"));
    assert!(message(&lingering, "Ready").contains("existing association"), "AWS's own words: {lingering:#}");
    let held = is(&world, RESOURCE_GATEWAY, ("InUse", "True", "HasDependents")).await?;
    assert!(message(&held, "Ready").contains("private-api"), "{held:#}");
    assert_eq!(held["metadata"]["finalizers"], json!([FINALIZER]));
    world.aws.advance(FOR_EVER);
    world.gone(CONFIGURATION.0, CONFIGURATION.1, CONFIGURATION.2).await?;
    world.gone(RESOURCE_GATEWAY.0, RESOURCE_GATEWAY.1, RESOURCE_GATEWAY.2).await?;
    let calls = world.aws.mutations_since(mark);
    let mut order = operations(&calls);
    order.dedup();
    assert_eq!(order, ["DeleteGatewayTarget", "DeleteResourceConfiguration", "DeleteResourceGateway"]);
    let (last, refused) =
        calls[1..calls.len() - 1].split_last().map(|(last, refused)| (last, refused.to_vec())).unzip();
    assert_eq!(last.and_then(|call| call.error.as_ref()), None);
    assert!(refused.iter().flatten().all(|call| call.error.as_deref() == Some(error)), "{refused:#?}");
    assert_eq!(of(&calls, "DeleteResourceGateway").len(), 1, "asked once, when nothing was on it any more");
    assert!(world.aws.left_over().iter().all(|line| line.starts_with("Gateway ")), "{:?}", world.aws.left_over());
    Ok(())
}

async fn everything_is_there(world: &World) -> anyhow::Result<()> {
    gateway(world).await?;
    let all = [target(), configuration(), RESOURCE_GATEWAY_YAML.to_owned()].join("---");
    assert_eq!(parse(&all)?.len(), 3);
    world.apply(&all).await?;
    let look = async || {
        world.aws.advance(FOR_EVER);
        world.find(TARGET.0, TARGET.1, TARGET.2).await.ok().flatten().filter(is_ready)
    };
    world.wait_for("the target is Ready", PATIENCE, look).await?;
    ready(world, CONFIGURATION).await?;
    ready(world, RESOURCE_GATEWAY).await?;
    in_aws(world, ObjectKind::GatewayTarget, "name", "self-managed-apigw")?;
    sweeps(world, 1).await
}
