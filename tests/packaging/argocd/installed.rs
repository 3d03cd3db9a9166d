//! The scripts, installed the ways that people install them, on a real API server.

use std::path::Path;

use lab::control_plane::ControlPlane;
use lab::objects::{Objects, parse};
use serde_json::{Value, json};

use super::files::directory;

/// What an Argo CD has already.
fn config_map(namespace: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "argocd-cm", "namespace": namespace},
        "data": {"url": "https://argocd.example.com", "resource.customizations.health.example.com_Other": "return {}"},
    })
}

/// What it has afterwards.
fn expected() -> anyhow::Result<Value> {
    let mut expected = parse(&std::fs::read_to_string(directory().join("argocd-cm.yaml"))?)?.remove(0)["data"].take();
    for (key, value) in config_map("")["data"].as_object().into_iter().flatten() {
        expected[key] = value.clone();
    }
    Ok(expected)
}

#[tokio::test]
async fn a_patch_and_a_server_side_apply_leave_what_was_there() -> anyhow::Result<()> {
    let control_plane = ControlPlane::shared().await?;
    let objects = Objects::new(control_plane.client().await?);
    let file = directory().join("argocd-cm.yaml").display().to_string();
    objects.apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}})).await?;
    let ways = [
        vec!["patch", "configmap", "argocd-cm", "--namespace", "argocd", "--patch-file", &file],
        vec!["apply", "--server-side", "--filename", &file],
    ];
    for way in ways {
        objects.delete("v1/ConfigMap", "argocd", "argocd-cm").await?;
        objects.apply(&config_map("argocd")).await?;
        let output = control_plane.kubectl().args(&way).output().await?;
        assert!(output.status.success(), "{way:?}: {}", String::from_utf8_lossy(&output.stderr));
        let now = objects.find("v1/ConfigMap", "argocd", "argocd-cm").await?.unwrap_or_default();
        assert_eq!(now["data"], expected()?, "{way:?}");
    }
    Ok(())
}

/// Argo CD's own install.yaml says no namespace: whoever has it says one for the whole kustomization, which comes after components.
#[tokio::test]
async fn the_component_adds_to_what_a_kustomization_has() -> anyhow::Result<()> {
    let control_plane = ControlPlane::shared().await?;
    let directory = tempfile::tempdir()?;
    copy(&super::files::directory(), &directory.path().join("component"))?;
    let argocd = directory.path().join("argocd");
    std::fs::create_dir(&argocd)?;
    let mut without = config_map("");
    without["metadata"] = json!({"name": "argocd-cm", "labels": {"app.kubernetes.io/name": "argocd-cm"}});
    let other = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-rbac-cm"}});
    for (installed, namespace) in [(config_map("argocd"), ""), (without.clone(), "namespace: argocd\n"), (without, "")]
    {
        std::fs::write(argocd.join("install.yaml"), format!("{installed}\n---\n{other}\n"))?;
        let kustomization = format!("{namespace}resources: [install.yaml]\ncomponents: [../component]\n");
        std::fs::write(argocd.join("kustomization.yaml"), &kustomization)?;
        let output = control_plane.kubectl().arg("kustomize").arg(&argocd).output().await?;
        let what = format!("{kustomization}{installed}");
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        let built = parse(&String::from_utf8(output.stdout)?)?;
        let [first, second] = &built[..] else { anyhow::bail!("{what}: {built:#?}") };
        assert_eq!(first["data"], expected()?, "{what}");
        let expected = if namespace.is_empty() { &installed["metadata"]["namespace"] } else { &json!("argocd") };
        assert_eq!(first["metadata"]["namespace"], *expected, "{what}");
        assert_eq!(second["data"], Value::Null, "{what}");
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
