//! What AWS lists and this account has no say over: what AWS manages for itself, and what other accounts share.

use lab::aws::ObjectKind;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::operations;
use crate::manifests::{MCP_CONFIGURATION, RESOURCE_GATEWAY};
use crate::support::{in_aws, message, sweeps, world, world_with};

type Place = (&'static str, &'static str, &'static str);

const SHARED: Place = ("ResourceGateway", "platform", "shared-rg");
const REST: Place = ("ResourceConfiguration", "platform", "mcp");

fn network(name: &str) -> Value {
    json!({"name": name, "vpcIdentifier": "vpc-0a1b2c3d4e5f60718", "subnetIds": ["subnet-0a1b2c3d4e5f60a01"],
        "securityGroupIds": ["sg-0a1b2c3d4e5f60b02"]})
}

fn endpoint(name: &str, gateway: &str) -> Value {
    let definition = json!({"dnsResource": {"domainName": "internal.example.com", "ipAddressType": "IPV4"}});
    json!({"name": name, "type": "SINGLE", "resourceGatewayIdentifier": gateway, "portRanges": ["443"],
        "resourceConfigurationDefinition": definition})
}

fn with(mut body: Value, members: &Value) -> Value {
    for (member, value) in members.as_object().into_iter().flatten() {
        body[member] = value.clone();
    }
    body
}

async fn applied(world: &World, (kind, namespace, name): Place, spec: Value) -> anyhow::Result<()> {
    let metadata = json!({"name": name, "namespace": namespace});
    let object =
        json!({"apiVersion": "tools.agentcore.dev/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec});
    world.apply_object(object).await.map(drop)
}

async fn is_not_ours(world: &World, place: Place, words: &str) -> anyhow::Result<()> {
    let conflict = world.has(place.0, place.1, place.2, ("Stalled", "True", "OwnershipConflict")).await?;
    assert!(message(&conflict, "Ready").contains(words), "{conflict:#}");
    sweeps(world, 3).await?;
    world.delete(place.0, place.1, place.2).await?;
    world.gone(place.0, place.1, place.2).await
}

/// What AWS manages says so in members of its own, or in tags; none of it is taken, not even tagged.
#[tokio::test]
async fn what_aws_manages_is_not_taken() -> anyhow::Result<()> {
    let world = world_with("owners-aws", &["--allowed-external-ids=rgw-*"]).await?;
    let own = world.aws.seed(ObjectKind::ResourceGateway, network("own"));
    let says = json!({"serviceManaged": true});
    let silent = world.aws.seed(ObjectKind::ResourceGateway, with(network("managed"), &says));
    let tagged = json!({"tags": {"BedrockAgentCoreIdentityManaged": "true"}});
    let identity = world.aws.seed(ObjectKind::ResourceGateway, with(network("identity"), &tagged));
    let says = json!({"amazonManaged": true});
    let configuration = world.aws.seed(ObjectKind::ResourceConfiguration, with(endpoint("theirs", &own), &says));
    let before = [ObjectKind::ResourceGateway, ObjectKind::ResourceConfiguration].map(|kind| world.aws.objects(kind));
    let mut spec = network("any");
    spec.as_object_mut().into_iter().for_each(|spec| drop(spec.remove("name")));
    for adopt in [json!({"id": silent}), json!({"name": "managed"}), json!({"id": identity})] {
        applied(&world, SHARED, with(spec.clone(), &json!({"adopt": adopt, "deletionPolicy": "Delete"}))).await?;
        is_not_ours(&world, SHARED, "AWS").await?;
    }
    for adopt in [json!({"id": configuration}), json!({"name": "theirs"})] {
        let spec = json!({"resourceGatewayIdentifier": own, "portRanges": ["443"], "adopt": adopt, "deletionPolicy": "Delete",
            "resourceConfigurationDefinition": {"dnsResource": {"domainName": "internal.example.com", "ipAddressType": "IPV4"}}});
        applied(&world, REST, spec).await?;
        is_not_ours(&world, REST, "AWS").await?;
    }
    assert_eq!(operations(&world.aws.mutations()), [""; 0]);
    let after = [ObjectKind::ResourceGateway, ObjectKind::ResourceConfiguration].map(|kind| world.aws.objects(kind));
    assert_eq!(before, after);
    Ok(())
}

/// Lists show what other accounts share with this one. Names are unique in each account, and what is shared is there to be used.
#[tokio::test]
async fn what_another_account_shares_is_in_nobodys_way() -> anyhow::Result<()> {
    let world = world("owners-shared").await?;
    let id = "rcfg-0a1b2c3d4e5f60d77";
    let arn = format!("arn:aws:vpc-lattice:us-west-2:444455556666:resourceconfiguration/{id}");
    let shared = with(endpoint("the-endpoint", "rgw-0a1b2c3d4e5f60e77"), &json!({"id": id, "arn": arn}));
    world.aws.seed(ObjectKind::ResourceConfiguration, shared);
    world.apply(RESOURCE_GATEWAY).await?;
    world.ready(SHARED.0, SHARED.1, SHARED.2).await?;

    let manifest = MCP_CONFIGURATION.replace("metadata:\n  name: mcp\n", "metadata:\n  name: other\n");
    world.apply(&format!("{manifest}  adopt: {{id: {id}}}\n")).await?;
    is_not_ours(&world, ("ResourceConfiguration", "platform", "other"), "444455556666").await?;
    world.apply(&format!("{manifest}  adopt: {{name: the-endpoint}}\n")).await?;
    let other = ("ResourceConfiguration", "platform", "other");
    world.has(other.0, other.1, other.2, ("Reconciling", "True", "ReferenceNotFound")).await?;
    world.delete(other.0, other.1, other.2).await?;
    world.gone(other.0, other.1, other.2).await?;

    world.apply(&format!("{MCP_CONFIGURATION}  name: the-endpoint\n")).await?;
    let ready = world.ready(REST.0, REST.1, REST.2).await?;
    assert_ne!(ready["status"]["resourceConfigurationId"], json!(id), "{ready:#}");
    world.delete(REST.0, REST.1, REST.2).await?;
    world.gone(REST.0, REST.1, REST.2).await?;
    let calls = world.aws.mutations();
    assert!(calls.iter().all(|call| !call.input.to_string().contains(id)), "{calls:#?}");
    in_aws(&world, ObjectKind::ResourceConfiguration, "id", id).map(drop)
}
