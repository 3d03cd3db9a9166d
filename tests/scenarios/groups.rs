//! Resource configurations of the other types: groups and their children, databases by their ARN, parts of networks.

use lab::aws::ObjectKind;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, of, only, only_with, operations, refusals};
use crate::manifests::{RESOURCE_GATEWAY, SELF_MANAGED_TARGET};
use crate::support::{
    FINALIZER, FOR_EVER, becomes, everyday_server, gateway, in_aws, message, sweeps, verdict, world, world_on,
    world_with,
};

const SHARED: (&str, &str, &str) = ("ResourceGateway", "platform", "shared-rg");
const GROUP: (&str, &str, &str) = ("ResourceConfiguration", "platform", "databases");
const CHILD: (&str, &str, &str) = ("ResourceConfiguration", "platform", "orders");

const VERIFICATION: &str = "dv-0a1b2c3d4e5f60f01";

const GROUP_YAML: &str = r#"
apiVersion: tools.agentcore.dev/v1alpha1
kind: ResourceConfiguration
metadata:
  name: databases
  namespace: platform
spec:
  type: GROUP
  resourceGatewayRef: {name: shared-rg}
  portRanges: ["5432"]
  groupDomain: example.com
  domainVerificationIdentifier: dv-0a1b2c3d4e5f60f01
"#;

/// A group that says no more than it has to.
const PLAIN_GROUP_YAML: &str = "
apiVersion: tools.agentcore.dev/v1alpha1
kind: ResourceConfiguration
metadata:
  name: databases
  namespace: platform
spec:
  type: GROUP
  resourceGatewayRef: {name: shared-rg}
";

const CHILD_YAML: &str = r#"
apiVersion: tools.agentcore.dev/v1alpha1
kind: ResourceConfiguration
metadata:
  name: orders
  namespace: platform
spec:
  type: CHILD
  resourceConfigurationGroupRef: {name: databases}
  resourceConfigurationDefinition:
    dnsResource: {domainName: orders.internal.example.com}
  portRanges: ["5432"]
  customDomainName: orders.example.com
"#;

async fn is(world: &World, object: (&str, &str, &str), condition: (&str, &str, &str)) -> anyhow::Result<Value> {
    world.has(object.0, object.1, object.2, condition).await
}

async fn ready(world: &World, object: (&str, &str, &str)) -> anyhow::Result<Value> {
    world.ready(object.0, object.1, object.2).await
}

/// A world in which a verified domain is known.
async fn verified_world(name: &str) -> anyhow::Result<World> {
    world_on(name, |aws| aws.domain_verifications = vec![VERIFICATION.to_owned()]).await
}

/// Applied in reverse order, made in the right one, each when the one before is there.
#[tokio::test]
async fn a_child_waits_for_its_group_and_the_group_for_its_gateway() -> anyhow::Result<()> {
    let world = verified_world("groups-order").await?;
    world.apply(CHILD_YAML).await?;
    let waiting = is(&world, CHILD, ("ResolvedRefs", "False", "ReferenceNotFound")).await?;
    assert_eq!(verdict(&waiting, "Reconciling").as_deref(), Some("True/ReferenceNotFound"));
    assert!(message(&waiting, "Ready").contains("databases"), "{waiting:#}");
    world.apply(GROUP_YAML).await?;
    is(&world, CHILD, ("ResolvedRefs", "False", "ReferenceNotReady")).await?;
    world.apply(RESOURCE_GATEWAY).await?;
    let [child, group, shared] =
        [ready(&world, CHILD).await?, ready(&world, GROUP).await?, ready(&world, SHARED).await?];
    let calls = world.aws.mutations();
    assert_eq!(refusals(&calls), [""; 0]);
    assert_eq!(
        operations(&calls),
        ["CreateResourceGateway", "CreateResourceConfiguration", "CreateResourceConfiguration"]
    );
    let expected = json!({
        "name": calls[1].input["name"],
        "type": "GROUP",
        "resourceGatewayIdentifier": shared["status"]["resourceGatewayId"],
        "portRanges": ["5432"],
        "allowAssociationToShareableServiceNetwork": true,
        "groupDomain": "example.com",
        "domainVerificationIdentifier": VERIFICATION,
    });
    assert_eq!(asked(&calls[1])?, expected);
    let expected = json!({
        "name": calls[2].input["name"],
        "type": "CHILD",
        "resourceConfigurationGroupIdentifier": group["status"]["resourceConfigurationId"],
        "resourceConfigurationDefinition": {"dnsResource": {"domainName": "orders.internal.example.com"}},
        "portRanges": ["5432"],
        "customDomainName": "orders.example.com",
    });
    assert_eq!(asked(&calls[2])?, expected);
    // AWS filled in the address family, and shows a child with the gateway and the verification of its group.
    let held = in_aws(&world, ObjectKind::ResourceConfiguration, "type", "CHILD")?;
    assert_eq!(held["resourceGatewayId"], shared["status"]["resourceGatewayId"]);
    assert_eq!(held["domainVerificationId"], VERIFICATION);
    assert_eq!(child["status"]["awsStatus"], "ACTIVE");
    becomes(&world, SHARED, "/status/usedBy", json!(1)).await?;
    becomes(&world, GROUP, "/status/usedBy", json!(0)).await?;
    sweeps(&world, 3).await?;
    assert_eq!(world.aws.mutations().len(), 3, "nothing is drift");
    Ok(())
}

/// Child, group, gateway: each is deleted when AWS shows no more of the one before.
#[tokio::test]
async fn deleted_at_once_and_gone_in_order() -> anyhow::Result<()> {
    let slow = |aws: &mut lab::aws::AwsOptions| {
        aws.provisioning.resource_configuration_delete = FOR_EVER;
        aws.domain_verifications = vec![VERIFICATION.to_owned()];
    };
    let world = world_on("groups-delete", slow).await?;
    world.apply(&[RESOURCE_GATEWAY, GROUP_YAML, CHILD_YAML].join("---")).await?;
    ready(&world, CHILD).await?;
    let mark = world.aws.mark();
    for (kind, namespace, name) in [SHARED, GROUP] {
        world.delete(kind, namespace, name).await?;
    }
    let held = is(&world, GROUP, ("InUse", "True", "HasDependents")).await?;
    let child = format!("ResourceConfiguration {}/orders", world.namespace("platform"));
    assert!(message(&held, "InUse").contains(&child), "{held:#}");
    assert_eq!(held["metadata"]["finalizers"], json!([FINALIZER]));
    let held = is(&world, SHARED, ("InUse", "True", "HasDependents")).await?;
    assert!(message(&held, "InUse").contains("databases"), "{held:#}");
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    world.delete(CHILD.0, CHILD.1, CHILD.2).await?;
    is(&world, CHILD, ("Ready", "False", "Deleting")).await?;
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["DeleteResourceConfiguration"], "the child goes first");
    world.aws.advance(FOR_EVER);
    world.gone(CHILD.0, CHILD.1, CHILD.2).await?;
    is(&world, GROUP, ("Ready", "False", "Deleting")).await?;
    world.aws.advance(FOR_EVER);
    for (kind, namespace, name) in [GROUP, SHARED] {
        world.gone(kind, namespace, name).await?;
    }
    let calls = world.aws.mutations_since(mark);
    assert_eq!(refusals(&calls), [""; 0]);
    assert_eq!(
        operations(&calls),
        ["DeleteResourceConfiguration", "DeleteResourceConfiguration", "DeleteResourceGateway"]
    );
    assert!(world.aws.is_empty(), "{:?}", world.aws.left_over());
    Ok(())
}

/// A child that somebody made in AWS: the group cannot go, and a person is told which one it is.
#[tokio::test]
async fn a_child_that_is_no_object_here_keeps_the_group() -> anyhow::Result<()> {
    let world = verified_world("groups-foreign").await?;
    world.apply(&[RESOURCE_GATEWAY, GROUP_YAML].join("---")).await?;
    let group = ready(&world, GROUP).await?;
    let foreign = json!({
        "name": "by-hand", "type": "CHILD", "portRanges": ["5432"],
        "resourceConfigurationGroupIdentifier": group["status"]["resourceConfigurationId"],
        "resourceConfigurationDefinition": {"ipResource": {"ipAddress": "10.0.1.20"}},
    });
    let foreign = world.aws.seed(ObjectKind::ResourceConfiguration, foreign);
    world.delete(GROUP.0, GROUP.1, GROUP.2).await?;
    let held = is(&world, GROUP, ("Stalled", "True", "InUse")).await?;
    assert_eq!(verdict(&held, "InUse").as_deref(), Some("True/InUse"));
    assert!(message(&held, "InUse").contains("by-hand"), "{held:#}");
    assert!(world.aws.remove(ObjectKind::ResourceConfiguration, &foreign));
    world.gone(GROUP.0, GROUP.1, GROUP.2).await?;
    Ok(())
}

/// A group says whose children it takes, as everything does that can be referred to; and only a group has children.
#[tokio::test]
async fn a_group_lets_in_whom_its_owner_names() -> anyhow::Result<()> {
    let world = verified_world("groups-namespaces").await?;
    let guest = CHILD_YAML
        .replace("namespace: platform", "namespace: mcp-server")
        .replace("{name: databases}", "{name: databases, namespace: platform}");
    world.apply(&[RESOURCE_GATEWAY, GROUP_YAML, &guest].join("---")).await?;
    let guest = ("ResourceConfiguration", "mcp-server", "orders");
    let refused = is(&world, guest, ("Accepted", "False", "NamespaceNotAllowed")).await?;
    assert!(message(&refused, "Accepted").contains("spec.allowedNamespaces"), "{refused:#}");
    sweeps(&world, 3).await?;
    assert_eq!(of(&world.aws.mutations(), "CreateResourceConfiguration").len(), 1);
    world.merge(GROUP.0, GROUP.1, GROUP.2, json!({"spec": {"allowedNamespaces": {"from": "All"}}})).await?;
    ready(&world, guest).await?;

    let orphan = CHILD_YAML.replace("{name: databases}", "{name: single}").replace("name: orders\n", "name: orphan\n");
    let single = format!(
        "{}{}",
        crate::manifests::MCP_CONFIGURATION.replace("name: mcp\n", "name: single\n"),
        "---".to_owned() + &orphan
    );
    world.apply(&single).await?;
    let refused = is(&world, ("ResourceConfiguration", "platform", "orphan"), ("Accepted", "False", "Invalid")).await?;
    assert!(message(&refused, "Accepted").contains("is no group"), "{refused:#}");
    assert_eq!(of(&world.aws.mutations(), "CreateResourceConfiguration").len(), 3);
    Ok(())
}

/// A group that is no object here is named by its identifier, where the operator was told that it may be; one that is here is not.
#[tokio::test]
async fn a_group_of_somebody_else_is_named_by_its_identifier() -> anyhow::Result<()> {
    let world = world_with("groups-external", &["--allowed-external-ids=rcfg-*"]).await?;
    world.apply(&[RESOURCE_GATEWAY, PLAIN_GROUP_YAML].join("---")).await?;
    let here = ready(&world, GROUP).await?["status"]["resourceConfigurationId"].clone();
    let gateway = world.get(SHARED.0, SHARED.1, SHARED.2).await?["status"]["resourceGatewayId"].clone();
    let body = json!({"name": "theirs", "type": "GROUP", "resourceGatewayIdentifier": gateway});
    let theirs = world.aws.seed(ObjectKind::ResourceConfiguration, body);
    let child = |name: &str, group: &Value| {
        json!({
            "apiVersion": "tools.agentcore.dev/v1alpha1", "kind": "ResourceConfiguration",
            "metadata": {"name": name, "namespace": "platform"},
            "spec": {
                "type": "CHILD", "resourceConfigurationGroupIdentifier": group,
                "resourceConfigurationDefinition": {"ipResource": {"ipAddress": "10.0.1.20"}}, "portRanges": ["5432"],
            },
        })
    };
    world.apply_object(child("guest", &json!(theirs))).await?;
    world.ready("ResourceConfiguration", "platform", "guest").await?;
    let mutations = world.aws.mutations();
    let create = only_with(&mutations, "CreateResourceConfiguration", "/type", "CHILD")?;
    assert_eq!(create.input["resourceConfigurationGroupIdentifier"], json!(theirs));
    assert_eq!(create.input.get("resourceGatewayIdentifier"), None);
    world.apply_object(child("own", &here)).await?;
    let own = ("ResourceConfiguration", "platform", "own");
    let refused = is(&world, own, ("Accepted", "False", "RefNotPermitted")).await?;
    assert!(message(&refused, "Accepted").contains("by reference"), "{refused:#}");
    Ok(())
}

/// A database and a part of a network are sent as they stand; what AWS changes in place is one update, the rest asks for another one.
#[tokio::test]
async fn databases_and_networks_are_sent_as_they_stand() -> anyhow::Result<()> {
    let world = world("groups-others").await?;
    let public = RESOURCE_GATEWAY.replace("shared-rg", "public-rg") + "  resourceConfigDnsResolution: PUBLIC\n";
    let object = |name: &str, spec: Value| {
        json!({
            "apiVersion": "tools.agentcore.dev/v1alpha1", "kind": "ResourceConfiguration",
            "metadata": {"name": name, "namespace": "platform"}, "spec": spec,
        })
    };
    world.apply(&[RESOURCE_GATEWAY, &public].join("---")).await?;
    let definition = json!({"arnResource": {"arn": "arn:aws:rds:us-west-2:111122223333:db:orders"}});
    world
        .apply_object(object(
            "database",
            json!({
                "type": "ARN", "resourceGatewayRef": {"name": "public-rg"}, "resourceConfigurationDefinition": definition,
            }),
        ))
        .await?;
    let ranges = json!({"cidrResource": {"cidrRanges": ["10.0.0.0/16", "10.1.0.0/16"]}});
    world
        .apply_object(object(
            "network",
            json!({
                "type": "CIDR", "protocol": "TCP_UDP", "resourceGatewayRef": {"name": "shared-rg"},
                "resourceConfigurationDefinition": ranges, "portRanges": ["53", "443"],
            }),
        ))
        .await?;
    let database = world.ready("ResourceConfiguration", "platform", "database").await?;
    let network = world.ready("ResourceConfiguration", "platform", "network").await?;
    let mutations = world.aws.mutations();
    let create = |kind: &str| {
        let creates = of(&mutations, "CreateResourceConfiguration");
        let call = creates.into_iter().find(|call| call.input["type"] == kind).map(asked);
        call.unwrap_or_else(|| anyhow::bail!("no create of type {kind}"))
    };
    let body = create("ARN")?;
    let gateway = world.get("ResourceGateway", "platform", "public-rg").await?["status"]["resourceGatewayId"].clone();
    let expected = json!({
        "name": body["name"], "type": "ARN", "resourceGatewayIdentifier": gateway,
        "resourceConfigurationDefinition": definition, "allowAssociationToShareableServiceNetwork": true,
    });
    assert_eq!(body, expected);
    let body = create("CIDR")?;
    let gateway = world.get(SHARED.0, SHARED.1, SHARED.2).await?["status"]["resourceGatewayId"].clone();
    let expected = json!({
        "name": body["name"], "type": "CIDR", "protocol": "TCP_UDP", "resourceGatewayIdentifier": gateway,
        "resourceConfigurationDefinition": ranges, "portRanges": ["53", "443"],
    });
    assert_eq!(body, expected);
    let cluster = json!({"arnResource": {"arn": "arn:aws:rds:us-west-2:111122223333:cluster:orders"}});
    let spec =
        json!({"type": "ARN", "resourceGatewayRef": {"name": "public-rg"}, "resourceConfigurationDefinition": cluster});
    world.apply_object(object("cluster", spec)).await?;
    world.ready("ResourceConfiguration", "platform", "cluster").await?;
    edits(&world, &database, &network).await
}

async fn edits(world: &World, database: &Value, network: &Value) -> anyhow::Result<()> {
    let name = ("ResourceConfiguration", "platform", "network");
    let cidr = |ranges: Value| json!({"resourceConfigurationDefinition": {"cidrResource": {"cidrRanges": ranges}}});
    let mark = world.aws.mark();
    world.merge(name.0, name.1, name.2, json!({"spec": cidr(json!(["10.1.0.0/16", "10.0.0.0/16"]))})).await?;
    ready(world, name).await?;
    sweeps(world, 2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0], "another order is no other network");
    world.merge(name.0, name.1, name.2, json!({"spec": cidr(json!(["10.2.0.0/16"]))})).await?;
    ready(world, name).await?;
    let calls = world.aws.mutations_since(mark);
    let mut expected = cidr(json!(["10.2.0.0/16"]));
    expected["resourceConfigurationIdentifier"] = network["status"]["resourceConfigurationId"].clone();
    assert_eq!(asked(only(&calls, "UpdateResourceConfiguration")?)?, expected);

    let mark = world.aws.mark();
    world.merge(name.0, name.1, name.2, json!({"spec": {"protocol": "TCP"}})).await?;
    let stalled = is(world, name, ("ReplacementRequired", "True", "ReplacementRequired")).await?;
    assert!(message(&stalled, "ReplacementRequired").contains("protocol"), "{stalled:#}");
    let name = ("ResourceConfiguration", "platform", "database");
    world.merge(name.0, name.1, name.2, json!({"spec": {"allowAssociationToShareableServiceNetwork": false}})).await?;
    ready(world, name).await?;
    let calls = world.aws.mutations_since(mark);
    let expected = json!({
        "resourceConfigurationIdentifier": database["status"]["resourceConfigurationId"],
        "allowAssociationToShareableServiceNetwork": false,
    });
    assert_eq!(operations(&calls), ["UpdateResourceConfiguration"]);
    assert_eq!(asked(&calls[0])?, expected);
    Ok(())
}

/// AgentCore goes through one endpoint: a target that names anything else is told so before AWS is asked.
#[tokio::test]
async fn a_target_goes_through_no_group_and_no_child() -> anyhow::Result<()> {
    let world = verified_world("groups-target").await?;
    let _server = everyday_server(&world).await?;
    gateway(&world).await?;
    let open = "  allowedNamespaces: {from: All}\n";
    let (group, child) = (format!("{GROUP_YAML}{open}"), format!("{CHILD_YAML}{open}"));
    world.apply(&[RESOURCE_GATEWAY, &group, &child].join("---")).await?;
    ready(&world, CHILD).await?;
    let target = ("GatewayTarget", "mcp-server", "eks-mcp-server");
    for (name, kind) in [("databases", "GROUP"), ("orders", "CHILD")] {
        let reference = format!("resourceConfigurationRef: {{name: {name}, namespace: platform}}");
        let manifest =
            SELF_MANAGED_TARGET.replace("resourceConfigurationRef: {name: mcp, namespace: platform}", &reference);
        world.apply(&manifest).await?;
        let told = async || {
            let refused = world.find(target.0, target.1, target.2).await.ok().flatten()?;
            message(&refused, "NetworkAllowed").contains(&format!("is of type {kind}")).then_some(refused)
        };
        let refused = world.wait_for("the target is told the type", lab::world::PATIENCE, told).await?;
        assert_eq!(verdict(&refused, "NetworkAllowed").as_deref(), Some("False/Invalid"));
        assert_eq!(verdict(&refused, "Stalled").as_deref(), Some("True/Invalid"));
        sweeps(&world, 2).await?;
    }
    assert_eq!(of(&world.aws.mutations(), "CreateGatewayTarget").len(), 0);
    Ok(())
}
