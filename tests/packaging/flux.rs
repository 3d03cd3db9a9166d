//! The manifests for Flux and Argo CD, held against the definitions of Flux and Argo CD on a real API server.
//!
//! `foreign/` has these definitions, reduced to what a spec may say.

use std::path::{Path, PathBuf};
use std::time::Instant;

use agentcore_gateway_operator::crds;
use anyhow::Context;
use lab::control_plane::ControlPlane;
use lab::objects::{Objects, condition, parse};
use lab::world::PATIENCE;
use serde_json::{Value, json};

/// Everything that people apply, as it is or with names of their own put in.
const MANIFESTS: [&str; 5] = [
    "deploy/flux/operator/release.yaml",
    "deploy/flux/kustomizations.yaml",
    "deploy/argocd/application.yaml",
    "deploy/argocd/tools.yaml",
    "deploy/argocd/example-gateway.yaml",
];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn documents(name: &str) -> anyhow::Result<Vec<Value>> {
    parse(&std::fs::read_to_string(path(name)).with_context(|| format!("cannot read {name}"))?)
}

/// The one document of a kind in a manifest.
fn document(manifest: &str, kind: &str, name: &str) -> anyhow::Result<Value> {
    let found = documents(manifest)?.into_iter().find(|one| one["kind"] == kind && one["metadata"]["name"] == name);
    found.with_context(|| format!("no {kind} {name} in {manifest}"))
}

/// The control plane with the definitions of Flux, of Argo CD and ours, and the namespaces that manifests name.
async fn cluster() -> anyhow::Result<&'static ControlPlane> {
    let control_plane = ControlPlane::shared().await?;
    let objects = Objects::new(control_plane.client().await?);
    let mut definitions: Vec<Value> = crds::all().iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
    for file in std::fs::read_dir(path("tests/packaging/foreign"))? {
        definitions.extend(parse(&std::fs::read_to_string(file?.path())?)?);
    }
    for definition in &definitions {
        objects.apply(definition).await?;
    }
    for name in ["agentcore-system", "flux-system", "argocd", "platform"] {
        objects.apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})).await?;
    }
    let deadline = Instant::now() + PATIENCE;
    for definition in &definitions {
        let name = definition["metadata"]["name"].as_str().context("a definition without a name")?;
        let kind = "apiextensions.k8s.io/v1/CustomResourceDefinition";
        loop {
            let now = objects.find(kind, "", name).await?.unwrap_or_default();
            if condition(&now, "Established").is_some_and(|established| established["status"] == "True") {
                break;
            }
            anyhow::ensure!(Instant::now() < deadline, "{name} is not served");
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }
    Ok(control_plane)
}

/// What kubectl says of a manifest that it applies, or does not.
async fn dry_run(control_plane: &ControlPlane, file: &Path) -> anyhow::Result<(bool, String)> {
    let arguments = ["apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename"];
    let output = control_plane.kubectl().args(arguments).arg(file).output().await?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Ok((output.status.success(), said))
}

#[tokio::test]
async fn the_manifests_are_what_flux_and_argo_cd_take() -> anyhow::Result<()> {
    let control_plane = cluster().await?;
    for name in MANIFESTS {
        let (content, said) = dry_run(control_plane, &path(name)).await?;
        assert!(content, "{name}: {said}");
        assert_eq!(said.matches("serverside-applied").count(), documents(name)?.len(), "{name}: {said}");
        // And it would be told if they were not.
        let directory = tempfile::tempdir()?;
        let mut documents = documents(name)?;
        let last = documents.last_mut().context("no documents")?;
        last["spec"]["misspelt"] = json!(true);
        let file = directory.path().join("misspelt.yaml");
        std::fs::write(&file, last.to_string())?;
        let (content, said) = dry_run(control_plane, &file).await?;
        assert!(!content && said.contains("misspelt"), "{name}: {said}");
    }
    Ok(())
}

#[tokio::test]
async fn kustomize_builds_what_flux_is_pointed_at() -> anyhow::Result<()> {
    let control_plane = ControlPlane::shared().await?;
    let kustomization = document("deploy/flux/kustomizations.yaml", "Kustomization", "agentcore-gateway-operator")?;
    let directory = kustomization["spec"]["path"].as_str().context("no path")?;
    let output = control_plane.kubectl().arg("kustomize").arg(path(directory)).output().await?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let by_kind = |mut documents: Vec<Value>| {
        documents.sort_by_key(|document| document["kind"].to_string());
        documents
    };
    let built = by_kind(parse(&String::from_utf8(output.stdout)?)?);
    assert_eq!(built, by_kind(documents("deploy/flux/operator/release.yaml")?));
    Ok(())
}

/// What is patched in keeps Gateways, and nothing else, from being pruned.
#[tokio::test]
async fn only_gateways_are_kept_from_pruning() -> anyhow::Result<()> {
    let control_plane = ControlPlane::shared().await?;
    let tools = document("deploy/flux/kustomizations.yaml", "Kustomization", "agentcore-tools")?;
    let directory = tempfile::tempdir()?;
    let mut resources = Vec::new();
    for name in ["1-gateway.yaml", "managed-1-mcp-server.yaml", "self-managed-0-resource-gateway.yaml"] {
        std::fs::copy(path("deploy/examples").join(name), directory.path().join(name))?;
        resources.push(name);
    }
    let kustomization = json!({"resources": resources, "patches": tools["spec"]["patches"]});
    std::fs::write(directory.path().join("kustomization.yaml"), kustomization.to_string())?;
    let output = control_plane.kubectl().arg("kustomize").arg(directory.path()).output().await?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let built = parse(&String::from_utf8(output.stdout)?)?;
    let kinds: Vec<&str> = built.iter().filter_map(|object| object["kind"].as_str()).collect();
    assert!(kinds.contains(&"Gateway") && kinds.len() > 2, "{kinds:?}");
    for object in built {
        let kept = object["metadata"]["annotations"]["kustomize.toolkit.fluxcd.io/prune"] == "disabled";
        assert_eq!(kept, object["kind"] == "Gateway", "{object:#}");
    }
    Ok(())
}

/// The names in the manifests lead to what is there.
#[test]
fn what_is_waited_for_is_in_the_examples() -> anyhow::Result<()> {
    let mut examples = Vec::new();
    for file in std::fs::read_dir(path("deploy/examples"))? {
        examples.extend(parse(&std::fs::read_to_string(file?.path())?)?);
    }
    let agents = document("deploy/flux/kustomizations.yaml", "Kustomization", "agentcore-agents")?;
    let checks = agents["spec"]["healthChecks"].as_array().context("no health checks")?;
    for check in checks {
        let is_it = |object: &&Value| {
            ["apiVersion", "kind"].iter().all(|member| object[member] == check[member])
                && ["name", "namespace"].iter().all(|member| object["metadata"][member] == check[member])
        };
        assert!(examples.iter().any(|object| is_it(&object)), "{check}");
    }
    for (name, first) in [("agentcore-tools", "agentcore-gateway-operator"), ("agentcore-agents", "agentcore-tools")] {
        let kustomization = document("deploy/flux/kustomizations.yaml", "Kustomization", name)?;
        assert_eq!(kustomization["spec"]["dependsOn"], json!([{"name": first}]));
    }
    Ok(())
}

/// One chart of one version, from one place, with the same values.
#[test]
fn flux_and_argo_cd_install_the_same() -> anyhow::Result<()> {
    let release = "deploy/flux/operator/release.yaml";
    let name = "agentcore-gateway-operator";
    let (source, release) = (document(release, "OCIRepository", name)?, document(release, "HelmRelease", name)?);
    let application = document("deploy/argocd/application.yaml", "Application", name)?;
    let argo = &application["spec"]["source"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    assert_eq!(text(&source["spec"]["url"]), format!("oci://{}/{}", text(&argo["repoURL"]), text(&argo["chart"])));
    assert_eq!(source["spec"]["ref"]["tag"], argo["targetRevision"]);
    assert_eq!(argo["targetRevision"], env!("CARGO_PKG_VERSION"));
    assert_eq!(release["spec"]["values"], argo["helm"]["valuesObject"]);
    assert_eq!(release["spec"]["releaseName"], argo["helm"]["releaseName"]);
    assert_eq!(release["metadata"]["namespace"], application["spec"]["destination"]["namespace"]);
    assert_eq!(release["spec"]["waitStrategy"]["name"], "poller");
    Ok(())
}
