//! The shared control plane with our definitions in it.

use agentcore_gateway_operator::{api, crds};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, PostParams};
use kube::runtime::conditions;
use kube::runtime::wait::await_condition;
use kube::{Api, Client};
use lab::control_plane::ControlPlane;
use serde_json::Value;
use tokio::sync::OnceCell;

/// What kubectl said while it applied the files of `crds/`.
static APPLIED: OnceCell<String> = OnceCell::const_new();

/// A client of the shared control plane, in which the files of `crds/` are applied and established.
pub(super) async fn client() -> anyhow::Result<Client> {
    applied().await?;
    ControlPlane::shared().await?.client().await
}

/// What kubectl said, on standard output and standard error, while it applied the files of `crds/`.
pub(super) async fn applied() -> anyhow::Result<&'static str> {
    let said = APPLIED.get_or_try_init(|| async {
        let directory = super::goldens::directory().display().to_string();
        let said = kubectl(&["apply", "--server-side", "--validate=strict", "-f", &directory]).await?;
        let definitions: Api<CustomResourceDefinition> = Api::all(ControlPlane::shared().await?.client().await?);
        for definition in crds::all() {
            let name = definition.metadata.name.unwrap_or_default();
            let established = await_condition(definitions.clone(), &name, conditions::is_crd_established());
            tokio::time::timeout(std::time::Duration::from_mins(1), established).await??;
        }
        anyhow::Ok(said)
    });
    Ok(said.await?.as_str())
}

/// Runs kubectl and gives what it said, on standard output first; its failure is an error with the same words.
pub(super) async fn kubectl(arguments: &[&str]) -> anyhow::Result<String> {
    let output = ControlPlane::shared().await?.kubectl().args(arguments).output().await?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    anyhow::ensure!(output.status.success(), "kubectl {}: {said}", arguments.join(" "));
    Ok(said)
}

/// Writes a manifest where kubectl can read it, and gives the file's path.
pub(super) async fn file(name: &str, manifest: &Value) -> anyhow::Result<String> {
    let path = ControlPlane::shared().await?.directory().join(name);
    std::fs::write(&path, serde_json::to_vec_pretty(manifest)?)?;
    Ok(path.display().to_string())
}

/// The objects of the manifest's kind, in namespace `default`.
pub(super) fn objects(client: &Client, manifest: &Value) -> Api<DynamicObject> {
    let kind = manifest["kind"].as_str().unwrap_or_default();
    let kind = GroupVersionKind::gvk(api::GROUP, api::VERSION, kind);
    Api::default_namespaced_with(client.clone(), &ApiResource::from_gvk(&kind))
}

/// Asks the API server to create the object and to forget it: what it would store, or why it will not.
pub(super) async fn dry_run_create(client: &Client, manifest: &Value) -> anyhow::Result<Result<Value, String>> {
    let object: DynamicObject = serde_json::from_value(manifest.clone())?;
    let parameters = PostParams { dry_run: true, ..PostParams::default() };
    said(objects(client, manifest).create(&parameters, &object).await)
}

/// Creates the old object under a name of its own, asks the API server to replace it by the new one, and removes it again.
pub(super) async fn dry_run_change(
    client: &Client,
    name: &str,
    old: &Value,
    new: &Value,
) -> anyhow::Result<Result<Value, String>> {
    let objects = objects(client, old);
    let mut created: DynamicObject = serde_json::from_value(old.clone())?;
    created.metadata.name = Some(name.to_owned());
    let created = objects.create(&PostParams::default(), &created).await?;
    let mut changed: DynamicObject = serde_json::from_value(new.clone())?;
    changed.metadata = created.metadata;
    let parameters = PostParams { dry_run: true, ..PostParams::default() };
    let outcome = said(objects.replace(name, &parameters, &changed).await);
    objects.delete(name, &kube::api::DeleteParams::default()).await?;
    outcome
}

/// A refusal by validation is an outcome; everything else that goes wrong is an error of the test.
fn said(outcome: kube::Result<DynamicObject>) -> anyhow::Result<Result<Value, String>> {
    match outcome {
        Ok(object) => Ok(Ok(serde_json::to_value(object)?)),
        Err(kube::Error::Api(status)) if status.code == 422 => Ok(Err(status.message.clone())),
        Err(error) => Err(error.into()),
    }
}
