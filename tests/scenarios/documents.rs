//! Documents in ConfigMaps, of every kind that has one: read when the target is made, and one update for each change.

use lab::aws::ObjectKind;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, only, operations};
use crate::manifests::document;
use crate::support::{becomes, in_aws, message, sweeps, verdict, world};
use crate::target_kinds::samples::OPEN_GATEWAY;

const MAP: &str = "v1/ConfigMap";

/// A kind whose document is in a ConfigMap: under which key, where in the configuration, and its texts, one after the other.
struct Sample {
    name: &'static str,
    configuration: Value,
    /// Where AWS gets the document, as a JSON pointer.
    pointer: &'static str,
    texts: [String; 2],
    /// How the second text arrives in AWS.
    sent: Value,
    tools: Value,
}

fn from(name: &str) -> Value {
    json!({"inlinePayloadFrom": {"configMapKeyRef": {"name": "documents", "key": name}}})
}

fn samples() -> Vec<Sample> {
    let api = |server: &str| document(server);
    let function = |name: &str| json!([{"name": name, "description": "Works", "inputSchema": {"type": "object"}}]);
    let tool = |name: &str| {
        json!([{"name": name, "inputSchema": {"type": "object", "additionalProperties": false}}]).to_string()
    };
    let model = |version: &str| json!({"smithy": version, "shapes": {}}).to_string();
    vec![
        Sample {
            name: "api",
            configuration: json!({"mcp": {"openApiSchema": from("api")}}),
            pointer: "/mcp/openApiSchema/inlinePayload",
            texts: [api("https://one.example.com"), api("https://two.example.com")],
            sent: json!(api("https://two.example.com")),
            tools: json!(["api___createItem", "api___healthCheck", "api___listItems"]),
        },
        Sample {
            name: "model",
            configuration: json!({"mcp": {"smithyModel": from("model")}}),
            pointer: "/mcp/smithyModel/inlinePayload",
            texts: [model("1.0"), model("2.0")],
            sent: json!(model("2.0")),
            tools: Value::Null,
        },
        Sample {
            name: "function",
            configuration: json!({"mcp": {"lambda": {
                "lambdaArn": "arn:aws:lambda:us-west-2:111122223333:function:orders", "toolSchema": from("function"),
            }}}),
            pointer: "/mcp/lambda/toolSchema/inlinePayload",
            texts: [function("get_order").to_string(), function("put_order").to_string()],
            sent: function("put_order"),
            tools: json!(["function___put_order"]),
        },
        Sample {
            name: "server",
            configuration: json!({"mcp": {"mcpServer": {
                "endpoint": "https://mcp.example.com/mcp", "mcpToolSchema": from("server"),
            }}}),
            pointer: "/mcp/mcpServer/mcpToolSchema/inlinePayload",
            texts: [tool("add"), tool("subtract")],
            sent: json!(tool("subtract")),
            tools: json!(["server___subtract"]),
        },
        Sample {
            name: "runtime",
            configuration: json!({"http": {"agentcoreRuntime": {
                "arn": "arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/orders-a1b2c3d4e5",
                "schema": {"source": from("runtime")},
            }}}),
            pointer: "/http/agentcoreRuntime/schema/source/inlinePayload",
            texts: [api("https://one.example.com"), api("https://two.example.com")],
            sent: json!(api("https://two.example.com")),
            tools: Value::Null,
        },
    ]
}

fn target(name: &str, configuration: Value) -> Value {
    let credential =
        |bare: bool| if bare { json!([{"credentialProviderType": "GATEWAY_IAM_ROLE"}]) } else { json!([]) };
    let bare = configuration["mcp"]["mcpServer"].is_null() && configuration["mcp"]["openApiSchema"].is_null();
    let mut target = json!({
        "apiVersion": "tools.agentcore.dev/v1alpha1", "kind": "GatewayTarget",
        "metadata": {"name": name, "namespace": "platform"},
        "spec": {"gatewayRef": {"name": "agents"}, "credentialProviderConfigurations": credential(bare)},
    });
    target["spec"]["targetConfiguration"] = configuration;
    target
}

async fn map(world: &World, data: Value) -> anyhow::Result<Value> {
    let mut map =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "documents", "namespace": "platform"}});
    map["data"] = data;
    world.apply_object(map).await
}

#[tokio::test]
async fn a_change_of_a_document_is_one_update_of_each_kind() -> anyhow::Result<()> {
    let world = world("documents").await?;
    world.apply(OPEN_GATEWAY).await?;
    let samples = samples();
    let texts =
        |index: usize| -> Value { samples.iter().map(|sample| (sample.name, sample.texts[index].clone())).collect() };
    for sample in &samples {
        world.apply_object(target(sample.name, sample.configuration.clone())).await?;
        let waiting =
            world.has("GatewayTarget", "platform", sample.name, ("Ready", "False", "ReferenceNotFound")).await?;
        assert!(message(&waiting, "Ready").contains("/documents has no key"), "{waiting:#}");
    }
    map(&world, texts(0)).await?;
    for Sample { name, pointer, .. } in &samples {
        world.ready("GatewayTarget", "platform", name).await?;
        let held = in_aws(&world, ObjectKind::GatewayTarget, "name", name)?;
        assert!(held["targetConfiguration"].pointer(pointer).is_some(), "{name}: {held:#}");
    }
    // What is in the ConfigMap besides is nobody's business.
    let mark = world.aws.mark();
    world
        .merge(MAP, "platform", "documents", json!({"data": {"notes": "nothing"}, "metadata": {"labels": {"a": "b"}}}))
        .await?;
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);

    for Sample { name, pointer, texts, sent, tools, .. } in &samples {
        let mark = world.aws.mark();
        world.merge(MAP, "platform", "documents", json!({"data": {*name: texts[1]}})).await?;
        let look = async || {
            let held = in_aws(&world, ObjectKind::GatewayTarget, "name", name).ok()?;
            (held["targetConfiguration"].pointer(pointer) == Some(sent)).then_some(())
        };
        world.wait_for(&format!("AWS has the new document of {name}"), lab::world::PATIENCE, look).await?;
        becomes(&world, ("GatewayTarget", "platform", name), "/status/tools", tools.clone()).await?;
        world.ready("GatewayTarget", "platform", name).await?;
        sweeps(&world, 2).await?;
        let calls = world.aws.mutations_since(mark);
        let body = asked(only(&calls, "UpdateGatewayTarget")?)?;
        assert_eq!(body["targetConfiguration"].pointer(pointer), Some(sent), "{name}");
        assert_eq!(operations(&calls), ["UpdateGatewayTarget"], "{name}: one update, and nobody else's");
    }
    Ok(())
}

/// A ConfigMap holds a little more than AWS takes: that is told before AWS is asked, of each kind, and what serves goes on serving.
#[tokio::test]
async fn a_document_that_is_too_large_is_told_before_aws_does() -> anyhow::Result<()> {
    let world = world("documents-large").await?;
    world.apply(OPEN_GATEWAY).await?;
    for sample in samples() {
        let Sample { name, configuration, texts, .. } = sample;
        map(&world, json!({name: texts[0]})).await?;
        world.apply_object(target(name, configuration)).await?;
        world.ready("GatewayTarget", "platform", name).await?;
        let before = in_aws(&world, ObjectKind::GatewayTarget, "name", name)?;
        let mark = world.aws.mark();
        let padded = format!("{}{}", texts[1], " ".repeat(1_000_001 - texts[1].len()));
        map(&world, json!({name: padded})).await?;
        let target = world.has("GatewayTarget", "platform", name, ("Stalled", "True", "SchemaTooLarge")).await?;
        assert_eq!(verdict(&target, "Accepted").as_deref(), Some("False/SchemaTooLarge"), "{name}");
        assert!(message(&target, "Stalled").contains("has 1000001 bytes, and AWS takes 1000000 at most"), "{target:#}");
        assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0], "{name}");
        assert_eq!(in_aws(&world, ObjectKind::GatewayTarget, "name", name)?, before, "{name}");
        // One byte less is taken.
        map(&world, json!({name: padded[..1_000_000]})).await?;
        let look = async || (!world.aws.mutations_since(mark).is_empty()).then_some(());
        world.wait_for(&format!("{name} is updated"), lab::world::PATIENCE, look).await?;
        world.ready("GatewayTarget", "platform", name).await?;
        world.delete("GatewayTarget", "platform", name).await?;
        world.gone("GatewayTarget", "platform", name).await?;
    }
    Ok(())
}
