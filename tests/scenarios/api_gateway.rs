//! Card D10: a stage of a REST API as a target, with filters, overrides, and names for operations that have none.

mod refused;

use lab::aws::Fault;
use lab::aws::network::Network;
use lab::aws::network::fixture::{PETS_API, pets_export};
use lab::world::{PATIENCE, World};
use serde_json::{Value, json};

use crate::ledger::{asked, of, only, operations, refusals};
use crate::manifests::api_key;
use crate::support::{becomes, called, gateway, message, sweeps, verdict, world};

const TARGET: (&str, &str, &str) = ("GatewayTarget", "platform", "pets");

/// The filters of the card.
fn filters() -> Value {
    json!([
        {"filterPath": "/pets", "methods": ["GET", "POST"]},
        {"filterPath": "/pets/*", "methods": ["GET"]},
        {"filterPath": "/", "methods": ["GET"]},
    ])
}

/// The override of the card.
fn given() -> Value {
    json!({"path": "/pets/{petId}", "method": "GET", "name": "GetPetById", "description": "One pet by id"})
}

/// One that is generated.
fn generated(path: &str, name: &str) -> Value {
    json!({"path": path, "method": "GET", "name": name})
}

/// The target of the card.
fn target() -> Value {
    json!({
        "apiVersion": "tools.agentcore.dev/v1alpha1",
        "kind": "GatewayTarget",
        "metadata": {"name": TARGET.2, "namespace": TARGET.1},
        "spec": {
            "gatewayRef": {"name": "agents"},
            "targetConfiguration": {"mcp": {"apiGateway": {
                "restApiId": PETS_API,
                "stage": "prod",
                "apiGatewayToolConfiguration": {
                    "operationNames": "Generate",
                    "toolFilters": filters(),
                    "toolOverrides": [given()],
                },
            }}},
            "credentialProviderConfigurations": [{"credentialProviderType": "GATEWAY_IAM_ROLE"}],
        },
    })
}

/// The part of a target that says which operations become tools.
fn tools_of(target: &mut Value) -> &mut Value {
    &mut target["spec"]["targetConfiguration"]["mcp"]["apiGateway"]["apiGatewayToolConfiguration"]
}

/// What AWS has to be asked for, with these filters and overrides.
fn body(gateway: &Value, filters: &Value, overrides: &Value) -> Value {
    json!({
        "gatewayIdentifier": gateway,
        "name": "pets",
        "targetConfiguration": {"mcp": {"apiGateway": {
            "restApiId": PETS_API,
            "stage": "prod",
            "apiGatewayToolConfiguration": {"toolFilters": filters, "toolOverrides": overrides},
        }}},
        "credentialProviderConfigurations": [{"credentialProviderType": "GATEWAY_IAM_ROLE"}],
    })
}

/// The overrides of the card, with those that are generated.
fn overrides() -> Value {
    json!([given(), generated("/", "get_root"), generated("/pets", "get_pets")])
}

/// The tools of the card as agents see them.
fn tools() -> Value {
    json!(["pets___CreatePet", "pets___GetPetById", "pets___get_pets", "pets___get_root"])
}

/// A world with the APIs of the fixture and a gateway.
async fn stage(name: &str) -> anyhow::Result<World> {
    let world = world(name).await?;
    world.aws.network(|network| network.apis = Network::fixture().apis);
    gateway(&world).await?;
    Ok(world)
}

/// Deploys another document to the stage.
fn deploy(world: &World, change: impl FnOnce(&mut Value)) {
    let mut export = pets_export();
    change(&mut export);
    world.aws.network(|network| {
        if let Some(api) = network.api_mut(PETS_API) {
            api.deploy("prod", export);
        }
    });
}

/// Asks for a look at the target, and waits until it was made.
async fn ask(world: &World, at: &str) -> anyhow::Result<()> {
    let annotation = json!({"metadata": {"annotations": {"tools.agentcore.dev/reconcile-requested-at": at}}});
    world.merge(TARGET.0, TARGET.1, TARGET.2, annotation).await?;
    becomes(world, TARGET, "/status/lastHandledReconcileAt", json!(at)).await?;
    Ok(())
}

/// The target's update since a mark, but for who it is about.
async fn updated(world: &World, mark: usize) -> anyhow::Result<Value> {
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    sweeps(world, 3).await?;
    let mutations = world.aws.mutations_since(mark);
    assert_eq!(operations(&mutations), ["UpdateGatewayTarget"]);
    assert_eq!(refusals(&mutations), [""; 0]);
    let mut body = asked(&mutations[0])?;
    body.as_object_mut().and_then(|body| body.remove("targetId"));
    Ok(body)
}

#[tokio::test]
async fn operations_without_names_get_some() -> anyhow::Result<()> {
    let world = stage("d10").await?;
    let mark = world.aws.mark();
    world.apply_object(target()).await?;
    let target = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let calls = world.aws.calls_since(mark);
    let mutations = world.aws.mutations_since(mark);
    assert_eq!(operations(&mutations), ["CreateGatewayTarget"]);
    assert_eq!(refusals(&calls), [""; 0]);
    let status = &target["status"];
    assert_eq!(asked(&mutations[0])?, body(&status["gatewayId"], &filters(), &overrides()));
    let exports = of(&calls, "GetExport");
    anyhow::ensure!(exports.first().is_some_and(|read| read.index < mutations[0].index), "it is read before");
    assert!(exports.iter().all(|read| read.input["stage_name"] == "prod"));
    assert_eq!(status["targetType"], "API_GATEWAY");
    assert_eq!(status["tools"], tools());
    assert_eq!(status["toolCount"], 4);
    assert_eq!(verdict(&target, "ToolsSynced").as_deref(), Some("True/Settled"));
    sweeps(&world, 3).await?;
    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    world.gone(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["CreateGatewayTarget", "DeleteGatewayTarget"]);
    Ok(())
}

/// Variant (b).
#[tokio::test]
async fn a_method_less_is_one_update_and_a_tool_less() -> anyhow::Result<()> {
    let world = stage("d10-filter").await?;
    world.apply_object(target()).await?;
    let before = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let mark = world.aws.mark();
    let mut less = target();
    tools_of(&mut less)["toolFilters"][0]["methods"] = json!(["GET"]);
    world.apply_object(less).await?;
    let left = json!(["pets___GetPetById", "pets___get_pets", "pets___get_root"]);
    becomes(&world, TARGET, "/status/tools", left).await?;
    let mut fewer = filters();
    fewer[0]["methods"] = json!(["GET"]);
    assert_eq!(updated(&world, mark).await?, body(&before["status"]["gatewayId"], &fewer, &overrides()));
    Ok(())
}

/// Variant (c): the export is a snapshot.
#[tokio::test]
async fn another_deployment_is_told_and_read_when_somebody_asks() -> anyhow::Result<()> {
    let mut world = stage("d10-deployed").await?;
    world.apply_object(target()).await?;
    let before = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let mark = world.aws.mark();
    deploy(&world, |export| {
        export["info"]["version"] = json!("2026-02-02T00:00:00Z");
        export["paths"]["/other"] = json!({"get": {"responses": {}}});
    });
    ask(&world, "1").await?;
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0], "what is selected is the same");

    deploy(&world, |export| {
        export["paths"]["/pets/{petId}/toys"] = json!({"get": {"responses": {}}});
        export["paths"]["/pets"]["get"]["operationId"] = json!("ListPets");
    });
    let told = world.has(TARGET.0, TARGET.1, TARGET.2, ("ToolsSynced", "False", "ToolsChanged")).await?;
    assert!(message(&told, "ToolsSynced").contains("reconcile-requested-at"), "{told:#}");
    assert_eq!(verdict(&told, "Ready").as_deref(), Some("True/Settled"));
    world.operator.restart().await?;
    sweeps(&world, 3).await?;
    let kept = world.get(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(kept["status"]["tools"], tools(), "AWS has not read the new one");
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0], "no call by itself");

    ask(&world, "2").await?;
    let all = json!([given(), generated("/", "get_root"), generated("/pets/{petId}/toys", "get_pets_by_petId_toys")]);
    assert_eq!(updated(&world, mark).await?, body(&before["status"]["gatewayId"], &filters(), &all));
    let now = json!([
        "pets___CreatePet",
        "pets___GetPetById",
        "pets___ListPets",
        "pets___get_pets_by_petId_toys",
        "pets___get_root",
    ]);
    becomes(&world, TARGET, "/status/tools", now).await?;
    world.has(TARGET.0, TARGET.1, TARGET.2, ("ToolsSynced", "True", "Settled")).await?;
    ask(&world, "3").await?;
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["UpdateGatewayTarget"], "one difference, one update");
    Ok(())
}

/// Variant (c): another operation of the same name needs an update, too, though the body is the same.
#[tokio::test]
async fn the_same_request_is_sent_again_where_the_export_differs() -> anyhow::Result<()> {
    let world = stage("d10-same").await?;
    world.apply_object(target()).await?;
    let before = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let mark = world.aws.mark();
    deploy(&world, |export| {
        export["paths"]["/pets"]["post"]["requestBody"] = json!({"content": {"application/json": {"schema": {}}}});
    });
    ask(&world, "1").await?;
    assert_eq!(updated(&world, mark).await?, body(&before["status"]["gatewayId"], &filters(), &overrides()));
    Ok(())
}

/// Variants (d) and (e).
#[tokio::test]
async fn an_api_key_or_nothing_is_sent_as_it_is() -> anyhow::Result<()> {
    let world = stage("d10-credentials").await?;
    for (number, credentials) in [Some(api_key("pets")), None].into_iter().enumerate() {
        let name = format!("pets-{number}");
        let mut target = target();
        target["metadata"]["name"] = json!(name);
        let spec = target["spec"].as_object_mut();
        if let Some(spec) = spec {
            spec.remove("credentialProviderConfigurations");
            spec.extend(
                credentials.clone().map(|credentials| ("credentialProviderConfigurations".to_owned(), credentials)),
            );
        }
        let mark = world.aws.mark();
        world.apply_object(target).await?;
        let made = world.ready(TARGET.0, TARGET.1, &name).await?;
        let mut expected = body(&made["status"]["gatewayId"], &filters(), &overrides());
        expected["name"] = json!(name);
        if let Some(expected) = expected.as_object_mut() {
            expected.remove("credentialProviderConfigurations");
            expected
                .extend(credentials.map(|credentials| ("credentialProviderConfigurations".to_owned(), credentials)));
        }
        assert_eq!(asked(only(&world.aws.mutations_since(mark), "CreateGatewayTarget")?)?, expected);
    }
    Ok(())
}

/// What was generated stays, whoever cannot read the export: no update, not even after a restart.
#[tokio::test]
async fn an_export_that_cannot_be_read_changes_nothing() -> anyhow::Result<()> {
    let mut world = stage("d10-unreadable").await?;
    world.apply_object(target()).await?;
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let mark = world.aws.mark();
    world.aws.deny("GetExport");
    ask(&world, "1").await?;
    let told = world.has(TARGET.0, TARGET.1, TARGET.2, ("ToolsSynced", "Unknown", "Denied")).await?;
    assert!(message(&told, "ToolsSynced").contains("apigateway:GET"), "{told:#}");
    assert_eq!(verdict(&told, "Ready").as_deref(), Some("True/Settled"));
    world.operator.restart().await?;
    ask(&world, "2").await?;
    sweeps(&world, 3).await?;
    let kept = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(kept["status"]["tools"], tools());
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    world.aws.allow("GetExport");
    world.has(TARGET.0, TARGET.1, TARGET.2, ("ToolsSynced", "True", "Settled")).await?;
    Ok(())
}

/// Names are generated from what is exported: a target that needs some is not made before that was read, unless it may not be read at all.
#[tokio::test]
async fn nothing_is_made_before_the_export_was_read() -> anyhow::Result<()> {
    let world = stage("d10-unread").await?;
    let mark = world.aws.mark();
    // Only the operator's own read fails.
    let failing = [(500, "InternalFailure", "Unavailable"), (429, "TooManyRequestsException", "Throttled")];
    for (status, code, reason) in failing {
        let _failing = world.aws.inject(Fault::on("GetExport").always().error_before_commit(status, code));
        world.apply_object(target()).await?;
        let told = async || {
            let waits = world.find(TARGET.0, TARGET.1, TARGET.2).await.ok().flatten()?;
            let is_told = message(&waits, "Ready").contains("operationNames: Generate");
            (verdict(&waits, "Ready")? == format!("False/{reason}") && is_told).then_some(waits)
        };
        let waits = world.wait_for("people are told what it waits for", PATIENCE, told).await?;
        assert_eq!(verdict(&waits, "Stalled"), None);
        sweeps(&world, 3).await?;
        assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
        world.aws.clear_faults();
    }
    let made = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let create = asked(only(&world.aws.mutations_since(mark), "CreateGatewayTarget")?)?;
    assert_eq!(create, body(&made["status"]["gatewayId"], &filters(), &overrides()));
    Ok(())
}

/// An edit goes out with the names that AWS holds where the export cannot be read.
#[tokio::test]
async fn an_edit_keeps_the_names_that_aws_holds() -> anyhow::Result<()> {
    let world = stage("d10-kept").await?;
    world.apply_object(target()).await?;
    let before = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let mark = world.aws.mark();
    // Only the operator's own read fails.
    let _failing = world.aws.inject(Fault::on("GetExport").always().error_before_commit(500, "InternalFailure"));
    let mut other = target();
    other["spec"]["description"] = json!("pets");
    tools_of(&mut other)["toolFilters"].as_array_mut().map(|filters| filters.remove(2));
    world.apply_object(other).await?;
    called(&world, mark, "UpdateGatewayTarget", 1).await?;
    let fewer = filters().as_array().map(|filters| json!(filters[..2])).unwrap_or_default();
    let mut expected = body(&before["status"]["gatewayId"], &fewer, &json!([given(), generated("/pets", "get_pets")]));
    expected["description"] = json!("pets");
    assert_eq!(updated(&world, mark).await?, expected);
    Ok(())
}

/// A name that somebody changes in the console, or an override that goes, comes back.
#[tokio::test]
async fn drift_of_generated_names_is_put_back() -> anyhow::Result<()> {
    let world = stage("d10-drift").await?;
    world.apply_object(target()).await?;
    let before = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let id = before["status"]["targetId"].as_str().unwrap_or_default();
    let overrides_of = |target: &'_ mut Value, change: &dyn Fn(&mut Vec<Value>)| {
        let held = target.pointer_mut("/targetConfiguration/mcp/apiGateway/apiGatewayToolConfiguration/toolOverrides");
        if let Some(held) = held.and_then(Value::as_array_mut) {
            change(held);
        }
    };
    let rename = |held: &mut Vec<Value>| held[1]["name"] = json!("mine");
    let remove = |held: &mut Vec<Value>| drop(held.pop());
    for change in [&rename as &dyn Fn(&mut Vec<Value>), &remove] {
        let mark = world.aws.mark();
        world.aws.edit(lab::aws::ObjectKind::GatewayTarget, id, |target| overrides_of(target, change));
        called(&world, mark, "UpdateGatewayTarget", 1).await?;
        assert_eq!(updated(&world, mark).await?, body(&before["status"]["gatewayId"], &filters(), &overrides()));
    }
    Ok(())
}

/// What has to be granted is told when AWS refuses.
#[tokio::test]
async fn what_the_role_needs_is_told() -> anyhow::Result<()> {
    let world = stage("d10-role").await?;
    world.aws.deny("execute-api:Invoke");
    world.apply_object(target()).await?;
    let held = world.has(TARGET.0, TARGET.1, TARGET.2, ("Ready", "False", "Denied")).await?;
    for words in [
        "execute-api:Invoke on arn:aws:execute-api:us-west-2:111122223333:pets123456/prod/*/*",
        "bedrock-agentcore.amazonaws.com",
        "aws:SourceArn",
        "apigateway:GET",
    ] {
        assert!(message(&held, "Ready").contains(words), "{words}: {held:#}");
    }
    world.aws.allow("execute-api:Invoke");
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    Ok(())
}
