//! Tags: those of the spec and of the operator's defaults, and those that are nobody's business here.

use lab::aws::ObjectKind;
use lab::world::World;
use serde_json::{Map, Value, json};

use crate::ledger::{asked, only, operations};
use crate::manifests::{MCP_CONFIGURATION, RESOURCE_GATEWAY, SMALL_GATEWAY};
use crate::support::{in_aws, text, world_with};

/// One object that has tags: how Kubernetes calls it, how AWS does, and where its id is.
struct Tagged {
    kind: &'static str,
    name: &'static str,
    in_aws: ObjectKind,
    /// The member of status, and the member in AWS.
    id: (&'static str, &'static str),
    arn: &'static str,
}

const ALL: [Tagged; 3] = [
    Tagged {
        kind: "Gateway",
        name: "agents",
        in_aws: ObjectKind::Gateway,
        id: ("/status/gatewayId", "gatewayId"),
        arn: "/status/gatewayArn",
    },
    Tagged {
        kind: "ResourceGateway",
        name: "shared-rg",
        in_aws: ObjectKind::ResourceGateway,
        id: ("/status/resourceGatewayId", "id"),
        arn: "/status/resourceGatewayArn",
    },
    Tagged {
        kind: "ResourceConfiguration",
        name: "mcp",
        in_aws: ObjectKind::ResourceConfiguration,
        id: ("/status/resourceConfigurationId", "id"),
        arn: "/status/resourceConfigurationArn",
    },
];

#[tokio::test]
async fn tags_follow_the_spec_and_foreign_ones_stay() -> anyhow::Result<()> {
    let world = world_with("tags", &["--default-tags=cost-center=42,team=nobody"]).await?;
    let tagged = |manifest: &str| format!("{manifest}  tags: {{team: search, stage: test}}\n");
    let all = [SMALL_GATEWAY, RESOURCE_GATEWAY, MCP_CONFIGURATION].map(tagged);
    world.apply(&all.join("---")).await?;
    for object in &ALL {
        world.ready(object.kind, "platform", object.name).await?;
    }
    for object in &ALL {
        let ready = world.ready(object.kind, "platform", object.name).await?;
        let create = format!("Create{}", object.kind);
        let calls = world.aws.mutations();
        let sent = asked(only(&calls, &create)?)?["tags"].clone();
        assert_eq!(sent, json!({"team": "search", "stage": "test", "cost-center": "42"}), "the spec over the defaults");
        assert_eq!(ready["status"]["observed"]["tagKeys"], json!(["cost-center", "stage", "team"]));
        follow(&world, object, &ready).await?;
    }
    Ok(())
}

async fn follow(world: &World, object: &Tagged, ready: &Value) -> anyhow::Result<()> {
    let (id, arn) = (text(ready, object.id.0)?, text(ready, object.arn)?);
    assert!(world.aws.edit(object.in_aws, id, |it| it["tags"]["theirs"] = json!("kept")));
    let held = || anyhow::Ok(foreign_and_ours(&in_aws(world, object.in_aws, object.id.1, id)?["tags"]));

    let calls = changed(world, object, json!({"team": "find", "owner": "ann"})).await?;
    assert_eq!(
        calls,
        [("TagResource".to_owned(), json!({"resourceArn": arn, "tags": {"team": "find", "owner": "ann"}}))]
    );
    let expected = json!({"team": "find", "owner": "ann", "stage": "test", "cost-center": "42", "theirs": "kept"});
    assert_eq!(held()?, expected);

    let calls = changed(world, object, json!({"stage": null, "owner": null})).await?;
    assert_eq!(calls, [("UntagResource".to_owned(), json!({"resourceArn": arn, "tagKeys": ["owner", "stage"]}))]);
    assert_eq!(held()?, json!({"team": "find", "cost-center": "42", "theirs": "kept"}));

    // Without a word of the spec the default counts again; a tag that nobody here made is not taken away by naming it and no more.
    let calls = changed(world, object, json!({"team": null})).await?;
    assert_eq!(calls, [("TagResource".to_owned(), json!({"resourceArn": arn, "tags": {"team": "nobody"}}))]);
    assert_eq!(held()?, json!({"team": "nobody", "cost-center": "42", "theirs": "kept"}));
    Ok(())
}

/// Changes tags of the spec; what AWS was asked for, with lists sorted.
async fn changed(world: &World, object: &Tagged, tags: Value) -> anyhow::Result<Vec<(String, Value)>> {
    let mark = world.aws.mark();
    world.merge(object.kind, "platform", object.name, json!({"spec": {"tags": tags}})).await?;
    world.ready(object.kind, "platform", object.name).await?;
    let calls = world.aws.mutations_since(mark);
    assert_eq!(operations(&calls).len(), 1, "{calls:#?}");
    let sorted = calls.into_iter().map(|call| {
        let mut input = call.input;
        if let Some(keys) = input["tagKeys"].as_array_mut() {
            keys.sort_by_key(ToString::to_string);
        }
        (call.operation, without_nulls(input))
    });
    Ok(sorted.collect())
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members.into_iter().filter(|(_, member)| !member.is_null()).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => value,
    }
}

/// The tags without the marker, which is never touched.
fn foreign_and_ours(tags: &Value) -> Value {
    let tags = tags.as_object().cloned().unwrap_or_default();
    assert_eq!(tags.keys().filter(|key| key.starts_with("tools.agentcore.dev/")).count(), 4, "{tags:?}");
    let rest: Map<String, Value> =
        tags.into_iter().filter(|(key, _)| !key.starts_with("tools.agentcore.dev/")).collect();
    Value::Object(rest)
}
