//! Card D11: stages that cannot be targets.

use lab::aws::Fault;
use lab::aws::network::ApiKind;
use lab::aws::network::fixture::{FOREIGN_API, HTTP_API, PRIVATE_API, PROXY_API, pets_export};
use lab::world::World;
use serde_json::{Value, json};

use super::{TARGET, ask, deploy, filters, stage, target, tools, tools_of};
use crate::ledger::{of, operations};
use crate::manifests::managed_network;
use crate::support::{message, sweeps, text, verdict};

/// What people do who have a private API.
const HINT: &str = "private REST APIs: openApiSchema with serverUrlFrom.privateApiGateway";

/// Applies a target that is not let in, and answers with what people are told.
async fn refused(world: &World, target: Value) -> anyhow::Result<String> {
    match world.apply_object(target.clone()).await {
        Ok(_) => anyhow::bail!("{target:#} was let in"),
        Err(error) => Ok(format!("{error:#}")),
    }
}

/// Variants (a), (c), (d) and (e): nothing of these comes into the cluster.
#[tokio::test]
async fn what_is_wrong_by_itself_is_not_let_in() -> anyhow::Result<()> {
    let world = stage("d11-let-in").await?;
    let mut private = target();
    private["spec"]["privateEndpoint"] = managed_network();
    let told = refused(&world, private).await?;
    assert!(told.contains("PrivateEndpointNotSupported") && told.contains(HINT), "{told}");

    let mut wildcard = target();
    tools_of(&mut wildcard)["toolOverrides"][0]["path"] = json!("/pets/*");
    assert!(refused(&world, wildcard).await?.contains("takes no star"));
    let mut two = target();
    tools_of(&mut two)["toolOverrides"][0]["method"] = json!(["GET", "POST"]);
    assert!(refused(&world, two).await?.contains("method"));

    let mut none = target();
    tools_of(&mut none)["toolFilters"] = json!([]);
    assert!(refused(&world, none).await?.contains("toolFilters"));

    let mut oauth = target();
    let provider = "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/oauth2credentialprovider/pets";
    oauth["spec"]["credentialProviderConfigurations"] = json!([{
        "credentialProviderType": "OAUTH",
        "credentialProvider": {"oauthCredentialProvider": {"providerArn": provider, "scopes": ["read"]}},
    }]);
    assert!(refused(&world, oauth).await?.contains("GATEWAY_IAM_ROLE and API_KEY"));
    assert_eq!(of(&world.aws.calls(), "CreateGatewayTarget").len(), 0);
    Ok(())
}

/// Applies a target that is let in and not made, sees what people are told, and takes it away again, of which AWS learns nothing.
async fn held(world: &World, target: Value, (condition, reason): (&str, &str)) -> anyhow::Result<String> {
    let mark = world.aws.mark();
    world.apply_object(target).await?;
    let held = world.has(TARGET.0, TARGET.1, TARGET.2, (condition, "False", reason)).await?;
    assert_eq!(verdict(&held, "Ready"), Some(format!("False/{reason}")), "{held:#}");
    assert_eq!(verdict(&held, "Programmed"), Some(format!("False/{reason}")), "{held:#}");
    sweeps(world, 3).await?;
    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    world.gone(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    Ok(message(&held, condition))
}

/// Variant (b).
#[tokio::test]
async fn an_override_of_what_is_not_selected() -> anyhow::Result<()> {
    let world = stage("d11-stray").await?;
    let mut stray = target();
    tools_of(&mut stray)["toolOverrides"][0]["method"] = json!("DELETE");
    let told = held(&world, stray, ("Accepted", "Invalid")).await?;
    assert!(told.contains("DELETE /pets/{petId}"), "{told}");
    Ok(())
}

/// Variant (f).
#[tokio::test]
async fn apis_that_are_private_or_somebody_elses() -> anyhow::Result<()> {
    let world = stage("d11-apis").await?;
    let of = |api: &str| {
        let mut target = target();
        target["spec"]["targetConfiguration"]["mcp"]["apiGateway"]["restApiId"] = json!(api);
        target
    };
    let told = held(&world, of(PRIVATE_API), ("ResolvedRefs", "PrivateEndpointNotSupported")).await?;
    assert!(told.contains(HINT), "{told}");
    for api in [HTTP_API, FOREIGN_API, "nothing123"] {
        let told = held(&world, of(api), ("ResolvedRefs", "ReferenceNotFound")).await?;
        assert!(told.contains(api), "{told}");
    }
    let mut elsewhere = target();
    elsewhere["spec"]["targetConfiguration"]["mcp"]["apiGateway"]["stage"] = json!("test");
    let told = held(&world, elsewhere, ("ResolvedRefs", "ReferenceNotFound")).await?;
    assert!(told.contains("no stage test"), "{told}");
    Ok(())
}

/// Variant (g).
#[tokio::test]
async fn a_greedy_path() -> anyhow::Result<()> {
    let world = stage("d11-proxy").await?;
    let mut proxy = target();
    proxy["spec"]["targetConfiguration"]["mcp"]["apiGateway"]["restApiId"] = json!(PROXY_API);
    *tools_of(&mut proxy) = json!({"toolFilters": [{"filterPath": "/anything/*", "methods": ["GET"]}]});
    let told = held(&world, proxy, ("ResolvedRefs", "Invalid")).await?;
    assert!(told.contains("/anything/{proxy+}"), "{told}");
    Ok(())
}

/// The target of the card without names for operations that have none.
fn requiring() -> Value {
    let mut target = target();
    *tools_of(&mut target) = json!({"toolFilters": filters()});
    target
}

/// Variant (h), where the operator can read the export.
#[tokio::test]
async fn operations_without_names() -> anyhow::Result<()> {
    let world = stage("d11-nameless").await?;
    let told = held(&world, requiring(), ("ResolvedRefs", "OperationIdMissing")).await?;
    assert!(told.contains("GET /, GET /pets;") && told.contains("operationNames: Generate"), "{told}");
    // Another deployment mends it.
    world.apply_object(requiring()).await?;
    world.has(TARGET.0, TARGET.1, TARGET.2, ("ResolvedRefs", "False", "OperationIdMissing")).await?;
    deploy(&world, |export| {
        for path in ["/", "/pets"] {
            export["paths"][path]["get"]["operationId"] = json!(format!("get{}", path.len()));
        }
    });
    let made = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let tools = ["pets___CreatePet", "pets___GetPet", "pets___get1", "pets___get5"];
    assert_eq!(made["status"]["tools"], json!(tools));
    Ok(())
}

/// Variant (h), where it cannot: AWS's words, and no second create before something changes.
#[tokio::test]
async fn what_aws_refuses_is_not_sent_again() -> anyhow::Result<()> {
    let mut world = stage("d11-refused").await?;
    let failing = world.aws.inject(Fault::on("GetExport").always().error_before_commit(500, "InternalFailure"));
    world.apply_object(requiring()).await?;
    let held = world.has(TARGET.0, TARGET.1, TARGET.2, ("Programmed", "False", "CreateFailed")).await?;
    let told = message(&held, "Programmed");
    assert!(told.contains("The operation GET / has no operationId") && told.contains("execute-api:Invoke"), "{told}");
    assert_eq!(verdict(&held, "Stalled").as_deref(), Some("True/CreateFailed"));
    let creates = || of(&world.aws.calls(), "CreateGatewayTarget").len();
    sweeps(&world, 4).await?;
    assert_eq!(creates(), 1);
    ask(&world, "1").await?;
    assert_eq!(creates(), 2, "a person may ask for another");
    world.operator.restart().await?;
    sweeps(&world, 4).await?;
    assert_eq!(of(&world.aws.calls(), "CreateGatewayTarget").len(), 2);
    let kept = world.get(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(message(&kept, "Programmed"), told);
    // The spec changes.
    let mut named = target();
    tools_of(&mut named)["operationNames"] = json!("Require");
    tools_of(&mut named)["toolOverrides"] = json!([
        {"path": "/", "method": "GET", "name": "Root"}, {"path": "/pets", "method": "GET", "name": "ListPets"},
    ]);
    world.apply_object(named).await?;
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    drop(failing);
    let status = &world.get(TARGET.0, TARGET.1, TARGET.2).await?["status"];
    assert_eq!(status["refusedCreate"], Value::Null);
    assert_eq!(of(&world.aws.calls(), "CreateGatewayTarget").len(), 3);
    Ok(())
}

/// A stage that AWS would not take any more is told of, and serves what AWS has read.
#[tokio::test]
async fn a_deployment_that_aws_would_not_take() -> anyhow::Result<()> {
    let world = stage("d11-worse").await?;
    let good = |export: &mut Value| {
        for path in ["/", "/pets"] {
            export["paths"][path]["get"]["operationId"] = json!(format!("get{}", path.len()));
        }
    };
    deploy(&world, good);
    world.apply_object(requiring()).await?;
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let mark = world.aws.mark();
    deploy(&world, |export| *export = pets_export());
    ask(&world, "1").await?;
    let told = world.has(TARGET.0, TARGET.1, TARGET.2, ("ToolsSynced", "False", "OperationIdMissing")).await?;
    assert!(message(&told, "ToolsSynced").contains("GET /pets"), "{told:#}");
    assert_eq!(verdict(&told, "Ready").as_deref(), Some("True/Settled"));
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    assert!(text(&told, "/status/tools/2")?.ends_with("get1"));
    Ok(())
}

/// An API that goes away, or becomes private, behind a target that serves is told, and AWS is left as it is.
#[tokio::test]
async fn an_api_that_is_gone_is_told() -> anyhow::Result<()> {
    let world = stage("d11-gone").await?;
    world.apply_object(target()).await?;
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let mark = world.aws.mark();
    let apis = world.aws.network(|network| network.apis.clone());
    world.aws.network(|network| network.apis.clear());
    world.has(TARGET.0, TARGET.1, TARGET.2, ("Ready", "False", "ReferenceNotFound")).await?;
    world.aws.network(|network| {
        network.apis.clone_from(&apis);
        network.apis.iter_mut().for_each(|api| api.kind = ApiKind::Private);
    });
    world.has(TARGET.0, TARGET.1, TARGET.2, ("Ready", "False", "PrivateEndpointNotSupported")).await?;
    world.aws.network(|network| network.apis = apis);
    let back = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(back["status"]["tools"], tools());
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    Ok(())
}
