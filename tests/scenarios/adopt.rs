//! Taking over what exists in AWS.

use lab::aws::ObjectKind;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, of, only, operations};
use crate::manifests::{MCP_CONFIGURATION, SMALL_GATEWAY, document};
use crate::support::{becomes, called, gateway, in_aws, message, sweeps, text, verdict, world};

type Place = (&'static str, &'static str, &'static str);

const GATEWAY: Place = ("Gateway", "platform", "agents");
const SHARED: Place = ("ResourceGateway", "platform", "shared-rg");
const REST: Place = ("ResourceConfiguration", "platform", "rest");
const TARGET: Place = ("GatewayTarget", "platform", "theirs");
const ID: &str = "theirs-abcde12345";

/// A gateway that somebody made by hand.
fn seed_gateway(world: &World, tags: &Value) -> String {
    let body = json!({
        "gatewayId": ID, "name": "theirs", "description": "Made by hand", "tags": tags, "authorizerType": "AWS_IAM", "protocolType": "MCP",
        "roleArn": "arn:aws:iam::111122223333:role/AgentCoreGatewayRole",
    });
    world.aws.seed(ObjectKind::Gateway, body)
}

fn adopting(adopt: &str) -> String {
    format!("{SMALL_GATEWAY}  description: Ours\n  adopt: {adopt}\n")
}

/// The notes of events about an object.
async fn notes(world: &World, (kind, namespace, name): Place) -> anyhow::Result<Vec<String>> {
    let events = world.list("events.k8s.io/v1/Event", namespace).await?;
    let is_meant = |event: &&Value| event["regarding"]["kind"] == kind && event["regarding"]["name"] == name;
    events.iter().filter(is_meant).map(|event| Ok(text(event, "/note")?.to_owned())).collect()
}

/// Waits until an object says that it takes something over, and answers with what it says.
async fn announced(world: &World, place: Place) -> anyhow::Result<String> {
    let look = async || {
        let notes = notes(world, place).await.ok()?;
        notes.into_iter().find(|note| note.starts_with("Takes over "))
    };
    world.wait_for("what is taken over is announced", lab::world::PATIENCE, look).await
}

async fn exists(world: &World, place: Place) -> anyhow::Result<Value> {
    world.ready(place.0, place.1, place.2).await
}

/// Card D20 (g): nothing is made, the difference is told first, and then it is ours; but it stays when the object goes.
#[tokio::test]
async fn a_gateway_is_taken_over_by_its_id() -> anyhow::Result<()> {
    let world = world("adopt-id").await?;
    seed_gateway(&world, &json!({"cost": "1"}));
    let mark = world.aws.mark();
    world.apply(&adopting(&format!("{{id: {ID}}}"))).await?;
    let announcement = announced(&world, GATEWAY).await?;
    assert_eq!(
        announcement,
        format!(
            "Takes over {ID} (theirs), which exists in AWS: it gets this object's marker, and description is changed"
        )
    );
    let ready = exists(&world, GATEWAY).await?;
    assert_eq!(ready["status"]["gatewayId"], ID);
    let calls = world.aws.mutations_since(mark);
    let mut done = operations(&calls);
    done.sort_unstable();
    assert_eq!(done, ["TagResource", "UpdateGateway"]);
    let update = asked(only(&calls, "UpdateGateway")?)?;
    assert_eq!(
        (&update["name"], &update["description"]),
        (&json!("theirs"), &json!("Ours")),
        "the name is taken as it is"
    );
    let held = in_aws(&world, ObjectKind::Gateway, "gatewayId", ID)?;
    assert_eq!(held["tags"]["cost"], "1", "{held:#}");
    assert_eq!(held["tags"]["tools.agentcore.dev/name"], "agents", "{held:#}");
    sweeps(&world, 3).await?;
    assert_eq!(world.aws.mutations_since(mark).len(), 2);
    world.delete(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    world.gone(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    assert_eq!(world.aws.mutations_since(mark).len(), 2, "what was there before us stays");
    Ok(())
}

/// Whoever says Delete gets it, also of what was taken over.
#[tokio::test]
async fn what_was_taken_over_is_deleted_when_the_spec_says_so() -> anyhow::Result<()> {
    let world = world("adopt-delete").await?;
    seed_gateway(&world, &json!({}));
    world.apply(&adopting(&format!("{{id: {ID}}}\n  deletionPolicy: Delete"))).await?;
    exists(&world, GATEWAY).await?;
    world.delete(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    world.gone(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    assert_eq!(world.aws.objects(ObjectKind::Gateway), [Value::Null; 0]);
    Ok(())
}

/// Without `adopt` nothing is touched; without `orCreate` nothing is made.
#[tokio::test]
async fn what_is_not_there_is_waited_for_or_made() -> anyhow::Result<()> {
    let world = world("adopt-wait").await?;
    let mark = world.aws.mark();
    world.apply(&adopting("{name: theirs}")).await?;
    let waiting = world.has(GATEWAY.0, GATEWAY.1, GATEWAY.2, ("Reconciling", "True", "ReferenceNotFound")).await?;
    assert!(message(&waiting, "Ready").contains("theirs"), "{waiting:#}");
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    world.merge(GATEWAY.0, GATEWAY.1, GATEWAY.2, json!({"spec": {"adopt": {"orCreate": true}}})).await?;
    let made = exists(&world, GATEWAY).await?;
    let calls = world.aws.mutations_since(mark);
    assert_eq!(operations(&calls), ["CreateGateway"]);
    assert_eq!(calls[0].input["name"], "theirs");
    assert_eq!(made["status"]["observed"]["adopted"], Value::Null);
    world.delete(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    world.gone(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)).last(), Some(&"DeleteGateway"), "what we made goes");
    Ok(())
}

/// Another cluster's object is left alone, unless the spec names that cluster.
#[tokio::test]
async fn a_move_names_the_cluster_it_comes_from() -> anyhow::Result<()> {
    let world = world("adopt-from").await?;
    let marker = |key: &str| format!("tools.agentcore.dev/{key}");
    let tags = json!({marker("cluster"): "old", marker("namespace"): "n", marker("name"): "o", marker("uid"): "u"});
    seed_gateway(&world, &tags);
    let mark = world.aws.mark();
    world.apply(&adopting(&format!("{{id: {ID}}}"))).await?;
    let conflict = world.has(GATEWAY.0, GATEWAY.1, GATEWAY.2, ("Stalled", "True", "OwnershipConflict")).await?;
    assert!(message(&conflict, "Ready").contains("cluster old"), "{conflict:#}");
    world.merge(GATEWAY.0, GATEWAY.1, GATEWAY.2, json!({"spec": {"adopt": {"from": "another"}}})).await?;
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    world.merge(GATEWAY.0, GATEWAY.1, GATEWAY.2, json!({"spec": {"adopt": {"from": "old"}}})).await?;
    exists(&world, GATEWAY).await?;
    let held = in_aws(&world, ObjectKind::Gateway, "gatewayId", ID)?;
    assert_eq!(held["tags"][marker("cluster")], "adopt-from", "{held:#}");

    let body = json!({"name": "old", "vpcIdentifier": "vpc-0a1b2c3d4e5f60718", "subnetIds": ["subnet-0a1b2c3d4e5f60a01"],
        "securityGroupIds": ["sg-0a1b2c3d4e5f60b09"], "resourceConfigDnsResolution": "IN_VPC", "tags": tags});
    let rg = world.aws.seed(ObjectKind::ResourceGateway, body);
    let spec = json!({"vpcIdentifier": "vpc-0a1b2c3d4e5f60718", "subnetIds": ["subnet-0a1b2c3d4e5f60a01"],
        "adopt": {"id": rg, "from": "old"}});
    let object = json!({"apiVersion": "tools.agentcore.dev/v1alpha1", "kind": SHARED.0,
        "metadata": {"name": SHARED.2, "namespace": SHARED.1}, "spec": spec});
    world.apply_object(object).await?;
    exists(&world, SHARED).await?;
    let held = in_aws(&world, ObjectKind::ResourceGateway, "id", &rg)?;
    assert_eq!(held["tags"][marker("cluster")], "adopt-from", "{held:#}");
    Ok(())
}

/// A target says in its description whose it is.
#[tokio::test]
async fn a_target_is_taken_over_by_its_name() -> anyhow::Result<()> {
    let world = world("adopt-target").await?;
    let gateway = gateway(&world).await?;
    let configuration = json!({"mcp": {"openApiSchema": {"inlinePayload": document("https://api.example.com")}}});
    world.aws.seed(
        ObjectKind::GatewayTarget,
        json!({
            "gatewayIdentifier": gateway["status"]["gatewayId"], "targetId": "THEIRS0001", "name": "by-hand", "description": "Made by hand",
            "targetConfiguration": configuration,
        }),
    );
    let mark = world.aws.mark();
    let spec = json!({"gatewayRef": {"name": "agents"}, "adopt": {"name": "by-hand"}, "description": "Made by hand",
        "targetConfiguration": configuration});
    let metadata = json!({"name": TARGET.2, "namespace": TARGET.1});
    world.apply_object(json!({"apiVersion": "tools.agentcore.dev/v1alpha1", "kind": "GatewayTarget", "metadata": metadata, "spec": spec})).await?;
    assert!(announced(&world, TARGET).await?.starts_with("Takes over THEIRS0001 (by-hand)"));
    let ready = exists(&world, TARGET).await?;
    assert_eq!(ready["status"]["targetId"], "THEIRS0001");
    let calls = world.aws.mutations_since(mark);
    assert_eq!(operations(&calls), ["UpdateGatewayTarget"]);
    assert_eq!(asked(&calls[0])?["description"], "Made by hand");
    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    world.gone(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(world.aws.mutations_since(mark).len(), 1);
    Ok(())
}

/// Our own defaults act when we make something; they are no difference at what was there.
#[tokio::test]
async fn our_defaults_are_no_difference() -> anyhow::Result<()> {
    let world = world("adopt-defaults").await?;
    let network = json!({"vpcIdentifier": "vpc-0a1b2c3d4e5f60718", "subnetIds": ["subnet-0a1b2c3d4e5f60a01"]});
    let mut body = network.clone();
    body["name"] = json!("by-hand");
    body["securityGroupIds"] = json!(["sg-0a1b2c3d4e5f60b09"]);
    body["resourceConfigDnsResolution"] = json!("PUBLIC");
    let rg = world.aws.seed(ObjectKind::ResourceGateway, body);
    let definition = json!({"dnsResource": {"domainName": "api.example.com", "ipAddressType": "IPV4"}});
    let body = json!({"name": "by-hand-too", "type": "SINGLE", "resourceGatewayIdentifier": rg, "portRanges": ["443"],
        "resourceConfigurationDefinition": definition, "allowAssociationToShareableServiceNetwork": false});
    let rc = world.aws.seed(ObjectKind::ResourceConfiguration, body);
    let mark = world.aws.mark();
    let object = |kind: &str, name: &str, spec: Value| json!({"apiVersion": "tools.agentcore.dev/v1alpha1", "kind": kind, "metadata": {"name": name, "namespace": "platform"}, "spec": spec});
    let mut spec = network;
    spec["adopt"] = json!({"id": rg});
    world.apply_object(object(SHARED.0, SHARED.2, spec)).await?;
    let spec = json!({"resourceGatewayRef": {"name": SHARED.2}, "portRanges": ["443"], "resourceConfigurationDefinition": definition,
        "adopt": {"id": rc}});
    world.apply_object(object(REST.0, REST.2, spec)).await?;
    for place in [SHARED, REST] {
        exists(&world, place).await?;
        assert!(announced(&world, place).await?.ends_with("and nothing else differs"));
    }
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["TagResource", "TagResource"]);
    world.aws.remove(ObjectKind::ResourceConfiguration, &rc);
    let gone = world.has(REST.0, REST.1, REST.2, ("Stalled", "True", "Gone")).await?;
    assert_eq!(verdict(&gone, "Ready").as_deref(), Some("False/Gone"));
    sweeps(&world, 3).await?;
    assert_eq!(world.aws.mutations_since(mark).len(), 2, "nothing is made behind anybody's back");
    Ok(())
}

/// What AgentCore manages for itself is nobody's to take, and what another object here has is that object's.
#[tokio::test]
async fn what_has_an_owner_is_not_taken() -> anyhow::Result<()> {
    let world = world("adopt-owned").await?;
    let body = json!({"name": "managed", "vpcIdentifier": "vpc-0a1b2c3d4e5f60718", "subnetIds": ["subnet-0a1b2c3d4e5f60a01"],
        "serviceManaged": true, "tags": {"BedrockAgentCoreGatewayManaged": "true"}});
    let rg = world.aws.seed(ObjectKind::ResourceGateway, body);
    let spec = json!({"vpcIdentifier": "vpc-0a1b2c3d4e5f60718", "subnetIds": ["subnet-0a1b2c3d4e5f60a01"],
        "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"], "adopt": {"id": rg}});
    world
        .apply_object(json!({"apiVersion": "tools.agentcore.dev/v1alpha1", "kind": SHARED.0,
        "metadata": {"name": SHARED.2, "namespace": SHARED.1}, "spec": spec}))
        .await?;
    world.has(SHARED.0, SHARED.1, SHARED.2, ("Stalled", "True", "OwnershipConflict")).await?;
    let first = gateway(&world).await?;
    let mark = world.aws.mark();
    let thief =
        adopting(&format!("{{id: {}}}", text(&first, "/status/gatewayId")?)).replace("name: agents", "name: thief");
    world.apply(&thief).await?;
    world.has("Gateway", "platform", "thief", ("Stalled", "True", "NameTaken")).await?;
    world.delete("Gateway", "platform", "thief").await?;
    world.gone("Gateway", "platform", "thief").await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    exists(&world, GATEWAY).await.map(drop)
}

/// A look that cannot read the tags proves nothing: it is neither ours nor free.
#[tokio::test]
async fn tags_that_cannot_be_read_stop_it() -> anyhow::Result<()> {
    let world = world("adopt-denied").await?;
    seed_gateway(&world, &json!({}));
    let denied = world
        .aws
        .inject(lab::aws::Fault::on("ListTagsForResource").error_before_commit(403, "AccessDeniedException").always());
    let mark = world.aws.mark();
    world.apply(&adopting(&format!("{{id: {ID}}}"))).await?;
    called(&world, mark, "ListTagsForResource", 3).await?;
    let held = becomes(&world, GATEWAY, "/status/gatewayId", Value::Null).await?;
    assert!(message(&held, "Ready").contains("ListTagsForResource"), "{held:#}");
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    denied.stop();
    exists(&world, GATEWAY).await.map(drop)
}

/// What only happens to have the name that a successor would get is somebody else's: it is neither taken, nor changed, nor in anybody's way.
#[tokio::test]
async fn what_only_has_the_name_of_a_successor_is_left_alone() -> anyhow::Result<()> {
    let world = world("adopt-namesake").await?;
    let network = |subnet: &str| json!({"vpcIdentifier": "vpc-0a1b2c3d4e5f60718", "subnetIds": [subnet], "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"]});
    let seed = |name: &str, subnet: &str| {
        let mut body = network(subnet);
        body["name"] = json!(name);
        world.aws.seed(ObjectKind::ResourceGateway, body)
    };
    let (ours, theirs) = (seed("shared", "subnet-0a1b2c3d4e5f60a01"), seed("shared-r1", "subnet-0a1b2c3d4e5f60a03"));
    let mut spec = network("subnet-0a1b2c3d4e5f60a01");
    spec["adopt"] = json!({"id": ours});
    let metadata = json!({"name": SHARED.2, "namespace": SHARED.1});
    world
        .apply_object(
            json!({"apiVersion": "tools.agentcore.dev/v1alpha1", "kind": SHARED.0, "metadata": metadata, "spec": spec}),
        )
        .await?;
    exists(&world, SHARED).await?;
    let mark = world.aws.mark();
    world.merge(SHARED.0, SHARED.1, SHARED.2, json!({"spec": {"subnetIds": ["subnet-0a1b2c3d4e5f60a03"]}})).await?;
    let first = crate::replace::allow_what_is_asked(&world, SHARED).await?;
    crate::replace::allow_what_is_asked_after(&world, SHARED, &first).await?;
    becomes(&world, SHARED, "/status/observed/replacement/current", json!(2)).await?;
    let ready = exists(&world, SHARED).await?;
    assert_ne!(ready["status"]["resourceGatewayId"], json!(theirs));
    let calls = world.aws.mutations_since(mark);
    assert!(calls.iter().all(|call| !call.input.to_string().contains(&theirs)), "{calls:#?}");
    let left = in_aws(&world, ObjectKind::ResourceGateway, "id", &theirs)?;
    assert_eq!(left["tags"], json!({}), "{left:#}");
    Ok(())
}

/// A target that was taken over and is replaced is made again, and is ours from then on.
#[tokio::test]
async fn a_target_that_was_taken_over_is_replaced_like_any_other() -> anyhow::Result<()> {
    let world = world("adopt-replace").await?;
    let gateway = gateway(&world).await?;
    let configuration = json!({"mcp": {"openApiSchema": {"inlinePayload": document("https://api.example.com")}}});
    world.aws.seed(
        ObjectKind::GatewayTarget,
        json!({"gatewayIdentifier": gateway["status"]["gatewayId"], "targetId": "THEIRS0001", "name": "by-hand",
            "targetConfiguration": configuration}),
    );
    let spec =
        json!({"gatewayRef": {"name": "agents"}, "adopt": {"id": "THEIRS0001"}, "targetConfiguration": configuration});
    let metadata = json!({"name": TARGET.2, "namespace": TARGET.1});
    world
        .apply_object(
            json!({"apiVersion": "tools.agentcore.dev/v1alpha1", "kind": TARGET.0, "metadata": metadata, "spec": spec}),
        )
        .await?;
    exists(&world, TARGET).await?;
    let mark = world.aws.mark();
    let passthrough = json!({"smithyModel": {"s3": {"uri": "s3://platform-files/model.json"}}, "openApiSchema": null});
    let credentials = json!([{"credentialProviderType": "GATEWAY_IAM_ROLE"}]);
    let edit = json!({"targetConfiguration": {"mcp": passthrough}, "credentialProviderConfigurations": credentials});
    world.merge(TARGET.0, TARGET.1, TARGET.2, json!({"spec": edit})).await?;
    crate::replace::allow_what_is_asked(&world, TARGET).await?;
    becomes(&world, TARGET, "/status/targetType", json!("SMITHY_MODEL")).await?;
    let made = exists(&world, TARGET).await?;
    assert_eq!(made["status"]["name"], "by-hand");
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["DeleteGatewayTarget", "CreateGatewayTarget"]);
    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    world.gone(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(world.aws.objects(ObjectKind::GatewayTarget), [Value::Null; 0], "what we made goes");
    Ok(())
}

/// What somebody deleted is made again where the spec says so, also when the first create fails; and nothing is made twice.
#[tokio::test]
async fn a_create_that_fails_is_tried_again_under_the_name_that_was_taken_over() -> anyhow::Result<()> {
    let world = world("adopt-recreate").await?;
    seed_gateway(&world, &json!({}));
    world.apply(&adopting(&format!("{{id: {ID}}}\n  recreate: true"))).await?;
    exists(&world, GATEWAY).await?;
    let lost = world.aws.inject(lab::aws::Fault::on("CreateGateway").drop_after_commit().times(4));
    assert!(world.aws.remove(ObjectKind::Gateway, ID));
    becomes(&world, GATEWAY, "/status/observed/createAttempt", json!(2)).await?;
    let made = exists(&world, GATEWAY).await?;
    lost.stop();
    let held = world.aws.objects(ObjectKind::Gateway);
    assert_eq!(held.len(), 1, "{held:#?}");
    assert_eq!((&held[0]["name"], &held[0]["gatewayId"]), (&json!("theirs"), &made["status"]["gatewayId"]));
    Ok(())
}

/// The tags of an object that is in use are lost; whoever would take it meanwhile does not get it.
#[tokio::test]
async fn what_is_in_use_here_is_not_taken_although_its_marker_is_lost() -> anyhow::Result<()> {
    let world = world("adopt-in-use").await?;
    let first = gateway(&world).await?;
    let id = text(&first, "/status/gatewayId")?;
    assert!(world.aws.edit(ObjectKind::Gateway, id, |gateway| gateway["tags"] = json!({})));
    let mark = world.aws.mark();
    let thief = adopting(&format!("{{id: {id}}}")).replace("name: agents", "name: thief");
    world.apply(&thief).await?;
    world.has("Gateway", "platform", "thief", ("Stalled", "True", "NameTaken")).await?;
    sweeps(&world, 3).await?;
    let calls = world.aws.mutations_since(mark);
    assert!(operations(&calls).iter().all(|operation| *operation == "TagResource"), "{:?}", operations(&calls));
    exists(&world, GATEWAY).await.map(drop)
}

/// The id in status is believed of what was taken over, too, also when the spec does not ask for that any more.
#[tokio::test]
async fn what_was_taken_over_gets_its_marker_back() -> anyhow::Result<()> {
    let world = world("adopt-kept").await?;
    let id = seed_gateway(&world, &json!({}));
    world.apply(&format!("{SMALL_GATEWAY}  deletionPolicy: Delete\n  adopt: {{id: {id}}}\n")).await?;
    world.ready(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    world.merge(GATEWAY.0, GATEWAY.1, GATEWAY.2, json!({"spec": {"adopt": null}})).await?;
    world.ready(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    let mark = world.aws.mark();
    assert!(world.aws.edit(ObjectKind::Gateway, &id, |gateway| gateway["tags"] = json!({})));
    let look = json!({"metadata": {"annotations": {"tools.agentcore.dev/reconcile-requested-at": "now"}}});
    world.merge(GATEWAY.0, GATEWAY.1, GATEWAY.2, look).await?;
    called(&world, mark, "TagResource", 1).await?;
    let ready = world.ready(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    assert_eq!(text(&ready, "/status/gatewayId")?, id);
    world.delete(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    world.gone(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["TagResource", "DeleteGateway"]);
    Ok(())
}

/// Whoever reads what would be taken over, and takes the wish back, keeps it: an announcement is no claim.
#[tokio::test]
async fn what_was_only_announced_is_let_go() -> anyhow::Result<()> {
    let world = world("adopt-withdrawn").await?;
    let id = seed_gateway(&world, &json!({}));
    world.aws.deny("TagResource");
    world.apply(&format!("{SMALL_GATEWAY}  adopt: {{id: {id}}}\n")).await?;
    becomes(&world, GATEWAY, "/status/gatewayId", json!(id)).await?;
    called(&world, 0, "TagResource", 1).await?;
    world.merge(GATEWAY.0, GATEWAY.1, GATEWAY.2, json!({"spec": {"adopt": null}})).await?;
    world.has(GATEWAY.0, GATEWAY.1, GATEWAY.2, ("Stalled", "True", "NameTaken")).await?;
    world.aws.allow("TagResource");
    let mark = world.aws.mark();
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    Ok(())
}

/// What was broken before it was taken over is mended by the update that the spec asks for; a tag is no such thing.
#[tokio::test]
async fn what_failed_before_it_was_taken_over_gets_its_update() -> anyhow::Result<()> {
    let world = world("adopt-failed").await?;
    for status in ["UPDATE_UNSUCCESSFUL", "FAILED"] {
        let id = seed_gateway(&world, &json!({}));
        assert!(world.aws.set_status(ObjectKind::Gateway, &id, status, &["Their mistake"]));
        let mark = world.aws.mark();
        world
            .apply(&format!("{SMALL_GATEWAY}  description: Ours\n  deletionPolicy: Delete\n  adopt: {{id: {id}}}\n"))
            .await?;
        world.ready(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
        assert_eq!(operations(&world.aws.mutations_since(mark)), ["TagResource", "UpdateGateway"], "{status}");
        world.delete(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
        world.gone(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    }
    failed_lattice_objects_get_theirs(&world).await
}

async fn failed_lattice_objects_get_theirs(world: &World) -> anyhow::Result<()> {
    let network = json!({"vpcIdentifier": "vpc-0a1b2c3d4e5f60718", "subnetIds": ["subnet-0a1b2c3d4e5f60a01"],
        "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"]});
    let mut body = network.clone();
    body["name"] = json!("own");
    let own = world.aws.seed(ObjectKind::ResourceGateway, body);
    assert!(world.aws.set_status(ObjectKind::ResourceGateway, &own, "UPDATE_FAILED", &[]));
    let mut spec = network;
    spec["adopt"] = json!({"id": own});
    spec["securityGroupIds"] = json!(["sg-0a1b2c3d4e5f60b09"]);
    let definition = json!({"dnsResource": {"domainName": "internal.example.com", "ipAddressType": "IPV4"}});
    let body = json!({"name": "theirs", "type": "SINGLE", "resourceGatewayIdentifier": own, "portRanges": ["443"],
        "resourceConfigurationDefinition": definition});
    let configuration = world.aws.seed(ObjectKind::ResourceConfiguration, body);
    assert!(world.aws.set_status(ObjectKind::ResourceConfiguration, &configuration, "UPDATE_FAILED", &[]));
    let mark = world.aws.mark();
    let metadata = json!({"name": SHARED.2, "namespace": SHARED.1});
    world
        .apply_object(
            json!({"apiVersion": "tools.agentcore.dev/v1alpha1", "kind": SHARED.0, "metadata": metadata, "spec": spec}),
        )
        .await?;
    exists(world, SHARED).await?;
    world.apply(&format!("{}  adopt: {{id: {configuration}}}\n", MCP_CONFIGURATION.replace("443", "8443"))).await?;
    world.ready("ResourceConfiguration", "platform", "mcp").await?;
    let calls = world.aws.mutations_since(mark);
    for update in ["UpdateResourceGateway", "UpdateResourceConfiguration"] {
        assert_eq!(of(&calls, update).len(), 1, "{calls:#?}");
    }
    Ok(())
}
