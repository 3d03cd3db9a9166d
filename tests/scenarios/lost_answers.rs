//! Creates whose answer says less than it should, or says no for a reason that is not the one people expect.

use lab::aws::{Fault, ObjectKind};
use serde_json::{Value, json};

use crate::manifests::{MCP_CONFIGURATION, RESOURCE_GATEWAY, SMALL_GATEWAY, public_target};
use crate::support::{called, gateway, message, sweeps, world, world_on};

type Place = (&'static str, &'static str, &'static str);

const GATEWAY: Place = ("Gateway", "platform", "agents");
const TARGET: Place = ("GatewayTarget", "platform", "one");
const SHARED: Place = ("ResourceGateway", "platform", "shared-rg");
const REST: Place = ("ResourceConfiguration", "platform", "mcp");

/// The SDK sends a create again whose answer was lost, and AWS need not say once more what it made: what has no id is looked for.
#[tokio::test]
async fn what_a_repeated_create_does_not_name_is_found() -> anyhow::Result<()> {
    let world = world_on("lost-ids", |aws| aws.repeats_without_id = true).await?;
    let lost = ["CreateGateway", "CreateGatewayTarget"]
        .map(|create| world.aws.inject(Fault::on(create).error_after_commit(500, "InternalServerException")));
    world.apply(&[SMALL_GATEWAY, &public_target("platform", "one")].join("---")).await?;
    let objects = [(GATEWAY, ObjectKind::Gateway, "gatewayId"), (TARGET, ObjectKind::GatewayTarget, "targetId")];
    for (place, kind, id) in objects {
        let ready = world.ready(place.0, place.1, place.2).await?;
        let held = world.aws.objects(kind);
        assert_eq!(held.len(), 1, "{held:#?}");
        assert_eq!(ready["status"][id], held[0][id], "{ready:#}");
    }
    assert_eq!(lost.map(|lost| lost.hits()), [1, 1]);
    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    world.gone(TARGET.0, TARGET.1, TARGET.2).await?;
    world.delete(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    world.gone(GATEWAY.0, GATEWAY.1, GATEWAY.2).await?;
    assert!(world.aws.is_empty(), "{:?}", world.aws.left_over());
    Ok(())
}

/// An earlier version wrote such an id down: it is none, for the object itself and for those that refer to it.
#[tokio::test]
async fn an_empty_id_in_status_is_none() -> anyhow::Result<()> {
    let world = world("lost-empty").await?;
    world.apply(&[SMALL_GATEWAY, &public_target("platform", "one")].join("---")).await?;
    let objects = [(TARGET, "targetId"), (GATEWAY, "gatewayId")];
    for (place, id) in objects {
        let before = world.ready(place.0, place.1, place.2).await?;
        let known = before["status"][id].clone();
        assert!(known.is_string(), "{before:#}");
        world.merge_status(place.0, place.1, place.2, json!({"status": {id: ""}})).await?;
        crate::support::becomes(&world, place, &format!("/status/{id}"), known).await?;
    }
    world.merge_status(TARGET.0, TARGET.1, TARGET.2, json!({"status": {"targetId": ""}})).await?;
    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    world.gone(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(world.aws.objects(ObjectKind::GatewayTarget), [Value::Null; 0]);
    Ok(())
}

/// AWS has one word for a name that is taken and for other reasons. What it says is told, and nothing that was not seen.
#[tokio::test]
async fn a_conflict_is_told_in_the_words_of_aws() -> anyhow::Result<()> {
    let world = world("lost-conflict").await?;
    gateway(&world).await?;
    let rows = [
        (TARGET, "GatewayTarget", public_target("platform", "one"), json!({"description": "Edited"})),
        (SHARED, "ResourceGateway", RESOURCE_GATEWAY.to_owned(), json!({"securityGroupIds": ["sg-0a1b2c3d4e5f60b09"]})),
        (REST, "ResourceConfiguration", MCP_CONFIGURATION.to_owned(), json!({"portRanges": ["8443"]})),
        (GATEWAY, "Gateway", SMALL_GATEWAY.replace("platform", "rest-api"), json!({"description": "Edited"})),
    ];
    for (place, kind, manifest, edit) in rows {
        // The second gateway has a name of its own, in another namespace.
        let manifest = if kind == "Gateway" { format!("{manifest}  name: others\n") } else { manifest };
        let namespace = if kind == "Gateway" { "rest-api" } else { place.1 };
        let words = "A quiet word of AWS about something else";
        let conflict = |operation: &str| {
            Fault::on(operation).error_before_commit(409, "ConflictException").message(words).always()
        };
        let create = format!("Create{kind}");
        let refused = world.aws.inject(conflict(&create));
        let mark = world.aws.mark();
        world.apply(&manifest).await?;
        called(&world, mark, &create, 2).await?;
        let waiting = world.has(place.0, namespace, place.2, ("Reconciling", "True", "Changed")).await?;
        let told = message(&waiting, "Ready");
        assert!(told.contains(words) && !told.contains("exists"), "{kind}: {told}");
        refused.stop();
        world.ready(place.0, namespace, place.2).await?;

        let update = format!("Update{kind}");
        let refused = world.aws.inject(conflict(&update));
        let mark = world.aws.mark();
        world.merge(place.0, namespace, place.2, json!({"spec": edit})).await?;
        called(&world, mark, &update, 2).await?;
        let waiting = world.has(place.0, namespace, place.2, ("Reconciling", "True", "Updating")).await?;
        assert!(message(&waiting, "Reconciling").contains(words), "{kind}: {waiting:#}");
        refused.stop();
        world.ready(place.0, namespace, place.2).await?;
    }
    sweeps(&world, 2).await?;
    Ok(())
}
