//! Card D16: AWS is asked to read a server's tools again when they changed, once, and not before the new version serves everywhere.

use std::time::Duration;

use lab::aws::{AwsOptions, Call, Fault, ObjectKind};
use lab::mcp::Personality;
use lab::workload::{RollOut, Workload};
use lab::world::{HOST, NLB_DNS_NAME, PATIENCE, World};
use serde_json::{Value, json};

use crate::ledger::{asked, changes, only, operations, refusals};
use crate::manifests::GATEWAY;
use crate::served::{LOCAL, Stage, TARGET, resolved, target_at};
use crate::support::{becomes, called, message, sweeps, text, verdict};

const SYNCHRONIZE: &str = "SynchronizeGatewayTargets";

/// Longer than a test, and not so long that certificates expire meanwhile.
const LONG: Duration = Duration::from_hours(100);

/// The tools of the first version, as agents see them.
const BEFORE: [&str; 3] = ["eks-mcp-server___add", "eks-mcp-server___echo", "eks-mcp-server___get_time"];

/// The tools of the second version.
const AFTER: [&str; 3] = ["eks-mcp-server___add", "eks-mcp-server___echo", "eks-mcp-server___subtract"];

/// A target whose server is the Deployment's, Ready.
async fn followed(stage: &Stage, more: &str) -> anyhow::Result<(Workload, Value)> {
    let workload = stage.deployment().await?;
    let ready = stage.target(&format!("workloadRef: {{kind: Deployment, name: mcp-server}}\n  {more}")).await?;
    let known = knows(&stage.world, BEFORE).await?;
    assert_eq!(known["status"]["targetId"], ready["status"]["targetId"]);
    Ok((workload, known))
}

/// The second version of the server.
fn renew(stage: &Stage) {
    stage.server.set_tools(&["echo", "add", "subtract"]);
}

async fn knows(world: &World, tools: [&str; 3]) -> anyhow::Result<Value> {
    becomes(world, TARGET, "/status/tools", json!(tools)).await?;
    world.has(TARGET.0, TARGET.1, TARGET.2, ("ToolsSynced", "True", "Settled")).await
}

/// Asks for a synchronization, as a person does.
async fn ask(world: &World, name: &str, value: &str) -> anyhow::Result<()> {
    let patch = json!({"metadata": {"annotations": {"tools.agentcore.dev/sync-requested-at": value}}});
    world.merge(TARGET.0, TARGET.1, name, patch).await.map(drop)
}

/// The notes of the events with reason `Changed` about an object.
async fn news(world: &World, object: &Value) -> anyhow::Result<Vec<String>> {
    let events = world.list("events.k8s.io/v1/Event", TARGET.1).await?;
    let is_meant = |event: &&Value| {
        event["regarding"]["uid"] == object["metadata"]["uid"]
            && event["reason"] == "Changed"
            && event["action"] == "Synchronize"
    };
    events.iter().filter(is_meant).map(|event| Ok(text(event, "/note")?.to_owned())).collect()
}

#[tokio::test]
async fn a_rollout_with_other_tools_is_one_request_at_its_end() -> anyhow::Result<()> {
    let stage = Stage::set("d16-rollout", Personality::Everyday).await?;
    let world = &stage.world;
    let (workload, before) = followed(&stage, "sync: {mode: OnChange, maxPerHour: 6}").await?;
    let mark = world.aws.mark();
    renew(&stage);
    workload.set_image("registry.example.com/mcp-server:v2").await?;
    sweeps(world, 2).await?;
    for step in [RollOut::Progressing, RollOut::OldPodsLeaving, RollOut::NotYetAvailable] {
        workload.reach(step).await?;
        sweeps(world, 2).await?;
        assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0], "{step:?}");
    }
    workload.reach(RollOut::Complete).await?;
    let after = knows(world, AFTER).await?;
    let after = world.ready(TARGET.0, TARGET.1, text(&after, "/metadata/name")?).await?;
    sweeps(world, 4).await?;
    let calls = world.aws.calls_since(mark);
    assert_eq!(operations(&world.aws.mutations_since(mark)), [SYNCHRONIZE]);
    assert_eq!(refusals(&calls), [""; 0]);
    let expected = json!({
        "gatewayIdentifier": after["status"]["gatewayId"],
        "targetIdList": [after["status"]["targetId"]],
    });
    assert_eq!(asked(only(&calls, SYNCHRONIZE)?)?, expected);
    assert_ne!(before["status"]["catalogDigest"], after["status"]["catalogDigest"]);
    let time = |object: &Value| -> anyhow::Result<jiff::Timestamp> {
        Ok(text(object, "/status/lastSynchronizedAt")?.parse()?)
    };
    assert!(time(&after)? > time(&before)?);
    assert_eq!(news(world, &after).await?, ["+subtract -get_time"]);
    Ok(())
}

#[tokio::test]
async fn a_rollout_with_the_same_tools_is_no_request() -> anyhow::Result<()> {
    let stage = Stage::set("d16-same", Personality::Everyday).await?;
    let (workload, before) = followed(&stage, "sync: {interval: 1h}").await?;
    let (looks, mark) = (stage.requests("/mcp-server/mcp"), stage.world.aws.mark());
    workload.roll_out("registry.example.com/mcp-server:v2").await?;
    let look = async || (stage.requests("/mcp-server/mcp") > looks).then_some(());
    stage.world.wait_for("the new version is looked at", PATIENCE, look).await?;
    sweeps(&stage.world, 4).await?;
    assert_eq!(operations(&stage.world.aws.mutations_since(mark)), [""; 0]);
    let after = stage.world.get(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(after["status"]["catalogDigest"], before["status"]["catalogDigest"]);
    Ok(())
}

#[tokio::test]
async fn a_changed_description_is_a_change() -> anyhow::Result<()> {
    let stage = Stage::set("d16-words", Personality::Everyday).await?;
    let (_, before) = followed(&stage, "sync: {interval: 1s}").await?;
    stage.server.change(|catalogue| catalogue.describe_tool("echo", "Says it again"));
    called(&stage.world, 0, SYNCHRONIZE, 1).await?;
    let after = stage.world.has(TARGET.0, TARGET.1, TARGET.2, ("ToolsSynced", "True", "Settled")).await?;
    assert_eq!(after["status"]["tools"], before["status"]["tools"]);
    sweeps(&stage.world, 5).await?;
    assert_eq!(stage.asked(SYNCHRONIZE), 1);
    Ok(())
}

#[tokio::test]
async fn a_failed_synchronization_leaves_the_target_ready_and_is_tried_again() -> anyhow::Result<()> {
    let stage = Stage::set("d16-failed", Personality::Everyday).await?;
    let (workload, _) = followed(&stage, "sync: {interval: 1h}").await?;
    let fault = Fault::on(SYNCHRONIZE).settle_as("SYNCHRONIZE_UNSUCCESSFUL", &["The server did not answer"]);
    let _handle = stage.world.aws.inject(fault);
    renew(&stage);
    workload.roll_out("registry.example.com/mcp-server:v2").await?;
    let condition = ("ToolsSynced", "False", "SynchronizeUnsuccessful");
    let failed = stage.world.has(TARGET.0, TARGET.1, TARGET.2, condition).await?;
    assert_eq!(verdict(&failed, "Ready").map(|verdict| verdict.starts_with("True/")), Some(true), "{failed:#}");
    assert!(message(&failed, "ToolsSynced").contains("The server did not answer"), "{failed:#}");
    assert_eq!(failed["status"]["tools"], json!(BEFORE), "those still serve");
    knows(&stage.world, AFTER).await?;
    sweeps(&stage.world, 4).await?;
    assert_eq!(operations(&of_synchronize(&stage.world)), [SYNCHRONIZE; 2]);
    Ok(())
}

fn of_synchronize(world: &World) -> Vec<Call> {
    world.aws.calls_of(SYNCHRONIZE)
}

#[tokio::test]
async fn a_rollback_meanwhile_is_one_request_more_and_never_two_at_once() -> anyhow::Result<()> {
    let slow = |aws: &mut AwsOptions| aws.provisioning.target_synchronize = LONG;
    let stage = Stage::set_with("d16-rollback", Personality::Everyday, slow, |_| Vec::new()).await?;
    let world = &stage.world;
    let (workload, _) = followed(&stage, "sync: {interval: 1h}").await?;
    renew(&stage);
    workload.roll_out("registry.example.com/mcp-server:v2").await?;
    called(world, 0, SYNCHRONIZE, 1).await?;
    stage.server.set_tools(&["echo", "add", "get_time"]);
    workload.roll_out("registry.example.com/mcp-server:v1").await?;
    sweeps(world, 4).await?;
    assert_eq!(stage.asked(SYNCHRONIZE), 1, "AWS is still at it");
    world.aws.advance(LONG);
    called(world, 0, SYNCHRONIZE, 2).await?;
    sweeps(world, 2).await?;
    world.aws.advance(LONG);
    knows(world, BEFORE).await?;
    sweeps(world, 4).await?;
    assert_eq!(stage.asked(SYNCHRONIZE), 2);
    assert_eq!(refusals(&of_synchronize(world)), [""; 0]);
    Ok(())
}

/// AWS stores nothing that it could read again.
#[tokio::test]
async fn a_target_that_lists_dynamically_or_says_its_tools_is_never_synchronized() -> anyhow::Result<()> {
    let stage = Stage::set("d16-never", Personality::Everyday).await?;
    let world = &stage.world;
    let plain = GATEWAY.replace("name: agents", "name: plain").replace("      searchType: SEMANTIC\n", "      {}\n");
    world.apply(&plain).await?;
    world.ready("Gateway", "platform", "plain").await?;
    let workload = stage.deployment().await?;
    let said = r#"mcpToolSchema: {inlinePayload: '[{"name": "echo", "description": "Says it", "inputSchema": {"type": "object"}}]'}"#;
    for (name, mode) in [("dynamic", "listingMode: DYNAMIC"), ("said", said)] {
        let manifest =
            target_at(name, "mcp-server", "workloadRef: {kind: Deployment, name: mcp-server}\n  sync: {interval: 1s}")
                .replace("name: agents", "name: plain")
                .replace("      mcpServer:\n", &format!("      mcpServer:\n        {mode}\n"));
        world.apply(&manifest).await?;
        let ready = world.ready(TARGET.0, TARGET.1, name).await?;
        assert_eq!(verdict(&ready, "ToolsSynced").as_deref(), Some("True/Settled"));
    }
    renew(&stage);
    workload.roll_out("registry.example.com/mcp-server:v2").await?;
    for name in ["dynamic", "said"] {
        ask(world, name, "now").await?;
    }
    let dynamic = ["dynamic___add", "dynamic___echo", "dynamic___subtract"];
    becomes(world, (TARGET.0, TARGET.1, "dynamic"), "/status/tools", json!(dynamic)).await?;
    sweeps(world, 4).await?;
    assert_eq!(stage.asked(SYNCHRONIZE), 0);
    assert_eq!(stage.asked("UpdateGatewayTarget"), 0);
    Ok(())
}

/// Where the spec is silent AWS keeps the mode that it has: one that the spec said before, or that was there before us.
#[tokio::test]
async fn a_mode_of_listing_that_aws_keeps_counts_like_one_that_is_said() -> anyhow::Result<()> {
    let stage = Stage::set("d16-kept", Personality::Everyday).await?;
    let world = &stage.world;
    let plain = GATEWAY.replace("name: agents", "name: plain").replace("      searchType: SEMANTIC\n", "      {}\n");
    world.apply(&plain).await?;
    let gateway = world.ready("Gateway", "platform", "plain").await?;
    let workload = stage.deployment().await?;
    let silent = |name: &str, more: &str| {
        let more = format!("workloadRef: {{kind: Deployment, name: mcp-server}}\n  sync: {{interval: 1s}}{more}");
        target_at(name, "mcp-server", &more).replace("name: agents", "name: plain")
    };
    let dynamic = "      mcpServer:\n        listingMode: DYNAMIC\n";
    world.apply(&silent("said", "").replace("      mcpServer:\n", dynamic)).await?;
    world.ready(TARGET.0, TARGET.1, "said").await?;
    let server = json!({"endpoint": format!("https://{HOST}/mcp-server/mcp"), "listingMode": "DYNAMIC"});
    let theirs = json!({"gatewayIdentifier": gateway["status"]["gatewayId"], "name": "theirs",
        "targetConfiguration": {"mcp": {"mcpServer": server}}});
    world.aws.seed(ObjectKind::GatewayTarget, theirs);
    world.apply(&silent("said", "")).await?;
    world.apply(&silent("theirs", "\n  adopt: {name: theirs}")).await?;
    for name in ["said", "theirs"] {
        world.ready(TARGET.0, TARGET.1, name).await?;
    }
    renew(&stage);
    workload.roll_out("registry.example.com/mcp-server:v2").await?;
    for name in ["said", "theirs"] {
        ask(world, name, "now").await?;
        let tools = ["add", "echo", "subtract"].map(|tool| format!("{name}___{tool}"));
        becomes(world, (TARGET.0, TARGET.1, name), "/status/tools", json!(tools)).await?;
    }
    sweeps(world, 4).await?;
    assert_eq!(stage.asked(SYNCHRONIZE), 0);
    for name in ["said", "theirs"] {
        let ready = world.ready(TARGET.0, TARGET.1, name).await?;
        assert_eq!(ready["status"]["listingMode"], "DYNAMIC");
        assert_eq!(message(&ready, "ToolsSynced"), "AWS asks the server whenever an agent lists its tools");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_scaled_to_nothing_is_told_and_left_alone() -> anyhow::Result<()> {
    let stage = Stage::set("d16-zero", Personality::Everyday).await?;
    let (workload, _) = followed(&stage, "sync: {interval: 1s}").await?;
    let mark = stage.world.aws.mark();
    workload.scale(0).await?;
    let down = stage.world.has(TARGET.0, TARGET.1, TARGET.2, ("Preflight", "False", "NoReadyEndpoints")).await?;
    assert!(message(&down, "Preflight").contains("Deployment mcp-server is scaled to 0"), "{down:#}");
    assert_eq!(verdict(&down, "Ready").as_deref(), Some("True/Settled"));
    sweeps(&stage.world, 4).await?;
    assert_eq!(operations(&stage.world.aws.mutations_since(mark)), [""; 0]);
    workload.scale(1).await?;
    stage.world.has(TARGET.0, TARGET.1, TARGET.2, ("Preflight", "True", "Settled")).await?;
    sweeps(&stage.world, 2).await?;
    assert_eq!(operations(&stage.world.aws.mutations_since(mark)), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn a_person_asks_once_per_value_in_every_mode() -> anyhow::Result<()> {
    let mut stage = Stage::set("d16-asked", Personality::Everyday).await?;
    let modes = [("on-change", "OnChange"), ("on-rollout", "OnRollout"), ("manual", "Manual")];
    for (name, mode) in modes {
        let manifest = target_at(name, "mcp-server", &format!("sync: {{mode: {mode}, interval: 1h}}"));
        stage.world.apply(&manifest).await?;
    }
    for (name, _) in modes {
        stage.world.has(TARGET.0, TARGET.1, name, ("ToolsSynced", "True", "Settled")).await?;
    }
    for (round, value) in [(1, "a"), (2, "b")] {
        for (name, _) in modes {
            ask(&stage.world, name, value).await?;
        }
        called(&stage.world, 0, SYNCHRONIZE, modes.len() * round).await?;
        for (name, _) in modes {
            let done = ("ToolsSynced", "True", "Settled");
            stage.world.has(TARGET.0, TARGET.1, name, done).await?;
            stage.world.ready(TARGET.0, TARGET.1, name).await?;
        }
        stage.world.operator.restart().await?;
        sweeps(&stage.world, 4).await?;
        assert_eq!(changes(&of_synchronize(&stage.world)), vec![SYNCHRONIZE; modes.len() * round]);
    }
    Ok(())
}

#[tokio::test]
async fn aws_is_not_asked_more_often_in_an_hour_than_the_spec_allows() -> anyhow::Result<()> {
    let stage = Stage::set("d16-hour", Personality::Everyday).await?;
    followed(&stage, "sync: {interval: 1s, maxPerHour: 1}").await?;
    renew(&stage);
    knows(&stage.world, AFTER).await?;
    stage.server.set_tools(&["echo"]);
    let condition = ("ToolsSynced", "False", "ToolsChanged");
    let waits = stage.world.has(TARGET.0, TARGET.1, TARGET.2, condition).await?;
    sweeps(&stage.world, 2).await?;
    let (audit, asked) = (stage.world.mark(), stage.server.calls()["tools/list"]);
    sweeps(&stage.world, 5).await?;
    assert_eq!(stage.asked(SYNCHRONIZE), 1);
    let looked = async || (stage.server.calls()["tools/list"] > asked + 4).then_some(());
    stage.world.wait_for("the server is looked at again", lab::world::PATIENCE, looked).await?;
    let writes = stage.world.writes_since(audit);
    assert_eq!(
        (writes.total(), writes.events),
        (0, 0),
        "while the server is asked, what was told of it stands: {writes:#?}"
    );
    assert!(message(&waits, "ToolsSynced").contains("maxPerHour"), "{waits:#}");
    assert_eq!(verdict(&waits, "Ready").map(|verdict| verdict.starts_with("True/")), Some(true));
    Ok(())
}

/// Where the operator has no way to the server, a completed rollout is all there is to go by.
#[tokio::test]
async fn a_rollout_is_enough_where_the_server_cannot_be_reached() -> anyhow::Result<()> {
    for (name, mode, times) in
        [("d16-blind-change", "OnChange", 1), ("d16-blind-rollout", "OnRollout", 1), ("d16-blind-manual", "Manual", 0)]
    {
        let nowhere = std::net::SocketAddr::from(([127, 0, 0, 1], lab::ports::free_port()?));
        let told = |_: &_| vec![LOCAL.to_owned(), resolved(NLB_DNS_NAME, nowhere)];
        let stage = Stage::set_for(name, Personality::Everyday, |_| {}, told).await?;
        let workload = stage.deployment().await?;
        let more = format!("workloadRef: {{kind: Deployment, name: mcp-server}}\n  sync: {{mode: {mode}}}");
        let ready = stage.target(&more).await?;
        assert_eq!(verdict(&ready, "Preflight").as_deref(), Some("Unknown/Unreachable"));
        sweeps(&stage.world, 3).await?;
        assert_eq!(stage.asked(SYNCHRONIZE), 0, "it was made with what it was made with");
        renew(&stage);
        workload.roll_out("registry.example.com/mcp-server:v2").await?;
        called(&stage.world, 0, SYNCHRONIZE, times).await?;
        stage.world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
        sweeps(&stage.world, 5).await?;
        assert_eq!(stage.asked(SYNCHRONIZE), times, "{mode}");
    }
    Ok(())
}

/// What is asked for is written down first, so a crash neither forgets nor repeats it.
#[tokio::test]
async fn a_crash_around_the_request_makes_one_request() -> anyhow::Result<()> {
    for (name, fault) in [
        ("d16-crash-before", Fault::on(SYNCHRONIZE).drop_before_commit().always()),
        ("d16-crash-after", Fault::on(SYNCHRONIZE).hold_after_commit()),
    ] {
        let mut stage = Stage::set(name, Personality::Everyday).await?;
        let (workload, _) = followed(&stage, "sync: {interval: 1h}").await?;
        let handle = stage.world.aws.inject(fault);
        renew(&stage);
        workload.roll_out("registry.example.com/mcp-server:v2").await?;
        handle.wait_until_hit().await;
        stage.world.operator.kill();
        handle.release();
        stage.world.aws.clear_faults();
        stage.world.operator.restart().await?;
        knows(&stage.world, AFTER).await?;
        sweeps(&stage.world, 4).await?;
        assert_eq!(changes(&of_synchronize(&stage.world)), [SYNCHRONIZE], "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_that_is_lost_makes_one_request() -> anyhow::Result<()> {
    let stage = Stage::set("d16-lost", Personality::Everyday).await?;
    let (workload, _) = followed(&stage, "sync: {interval: 1h}").await?;
    let _handle = stage.world.aws.inject(Fault::on(SYNCHRONIZE).drop_after_commit());
    renew(&stage);
    workload.roll_out("registry.example.com/mcp-server:v2").await?;
    knows(&stage.world, AFTER).await?;
    sweeps(&stage.world, 4).await?;
    assert_eq!(changes(&of_synchronize(&stage.world)), [SYNCHRONIZE]);
    Ok(())
}

#[tokio::test]
async fn a_target_is_deleted_when_aws_has_read_its_tools() -> anyhow::Result<()> {
    let slow = |aws: &mut AwsOptions| aws.provisioning.target_synchronize = LONG;
    let stage = Stage::set_with("d16-delete", Personality::Everyday, slow, |_| Vec::new()).await?;
    let world = &stage.world;
    followed(&stage, "sync: {interval: 1h}").await?;
    ask(world, TARGET.2, "now").await?;
    called(world, 0, SYNCHRONIZE, 1).await?;
    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    world.has(TARGET.0, TARGET.1, TARGET.2, ("Ready", "False", "Deleting")).await?;
    sweeps(world, 3).await?;
    world.aws.advance(LONG);
    world.gone(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(changes(&world.aws.calls_of("DeleteGatewayTarget")), ["DeleteGatewayTarget"]);
    Ok(())
}

#[tokio::test]
async fn what_a_server_offers_stands_in_status_as_agents_see_it() -> anyhow::Result<()> {
    let stage = Stage::set("catalogue-names", Personality::Everyday).await?;
    let (_, ready) = followed(&stage, "sync: {interval: 1s}").await?;
    let status = &ready["status"];
    assert_eq!(
        (&status["toolCount"], &status["promptCount"], &status["resourceCount"]),
        (&json!(3), &json!(1), &json!(3))
    );
    assert_eq!(status["prompts"], json!(["eks-mcp-server___order_summary_prompt"]));
    let many: Vec<String> = (0..230).map(|number| format!("tool_{number:03}")).collect();
    let long = "t".repeat(60);
    let names: Vec<&str> = many.iter().map(String::as_str).chain([long.as_str()]).collect();
    stage.server.set_tools(&names);
    let full = becomes(&stage.world, TARGET, "/status/toolCount", json!(231)).await?;
    let listed = full["status"]["tools"].as_array().map(Vec::len);
    assert_eq!(listed, Some(200), "what is more is counted");
    let warned = |object: &Value| message(object, "Preflight").contains("longer than 64 characters");
    let look = async || stage.world.find(TARGET.0, TARGET.1, TARGET.2).await.ok().flatten().filter(warned);
    let told = stage.world.wait_for("long names are told", PATIENCE, look).await?;
    assert!(message(&told, "Preflight").contains(&format!("eks-mcp-server___{long}")), "{told:#}");
    assert_eq!(verdict(&told, "Preflight").as_deref(), Some("True/Settled"), "it hinders nobody");
    Ok(())
}

/// Resources keep their addresses, so agents see only one of two.
#[tokio::test]
async fn a_resource_of_two_servers_is_told() -> anyhow::Result<()> {
    let stage = Stage::set("catalogue-collision", Personality::Everyday).await?;
    let _stock = stage.another_server("stock", Personality::Stock).await?;
    stage.target("sync: {interval: 1s}").await?;
    stage.world.apply(&target_at("stock", "stock", "sync: {interval: 1s}")).await?;
    for (name, other) in [(TARGET.2, "stock"), ("stock", TARGET.2)] {
        let told = |object: &Value| {
            let said = message(object, "Preflight");
            ["shared://collision-demo", other, "resourcePriority"].iter().all(|word| said.contains(word))
        };
        let look = async || stage.world.find(TARGET.0, TARGET.1, name).await.ok().flatten().filter(told);
        let found = stage.world.wait_for(&format!("{name} tells"), PATIENCE, look).await?;
        assert_eq!(verdict(&found, "Preflight").as_deref(), Some("True/Settled"), "it hinders nobody");
    }
    stage.server.change(|catalogue| catalogue.set_resources(&["docs://own"]));
    for name in [TARGET.2, "stock"] {
        let quiet = |object: &Value| !message(object, "Preflight").contains("collision-demo");
        let look = async || stage.world.find(TARGET.0, TARGET.1, name).await.ok().flatten().filter(quiet);
        stage.world.wait_for(&format!("{name} has no more to tell"), PATIENCE, look).await?;
    }
    Ok(())
}
