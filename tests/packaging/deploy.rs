//! `kubectl apply -k deploy/`: what the chart renders by default, for those who have no helm.

use std::time::Duration;

use anyhow::Context;
use lab::objects::parse;
use serde_json::{Value, json};

use crate::{
    helm::{Helm, NAMESPACE, RELEASE, is_golden, only, repository},
    install::{stage::Stage, work},
};

const HEADER: &str = "\
# Everything that the operator needs in a cluster: `kubectl apply -k deploy/`. Rendered from charts/agentcore-gateway-operator by
# `make generate`; not to be edited.
apiVersion: v1
kind: Namespace
metadata:
  name: agentcore-system
  labels:
    pod-security.kubernetes.io/enforce: restricted
";

/// The chart with its defaults, without what is Helm's.
fn rendered() -> anyhow::Result<String> {
    const OF_HELM: [&str; 3] = ["# Source: ", "helm.sh/chart: ", "app.kubernetes.io/managed-by: Helm"];
    let rendered = Helm::new()?.template(["--set", "crds.keep=false"])?;
    let mut text = HEADER.to_owned();
    for line in rendered.lines().filter(|line| !line.is_empty()) {
        if !OF_HELM.iter().any(|own| line.trim_start().starts_with(own)) {
            text += line;
            text += "\n";
        }
    }
    Ok(text)
}

#[test]
fn generated_manifests_are_what_the_chart_renders() -> anyhow::Result<()> {
    is_golden(&repository("deploy/operator.yaml"), &rendered()?)
}

/// Nothing is lost on the way: the objects are those of the chart, and none says that it is Helm's.
#[test]
fn the_manifests_are_the_charts_objects() -> anyhow::Result<()> {
    let kept = std::fs::read_to_string(repository("deploy/operator.yaml"))?;
    assert!(!kept.contains("helm.sh") && !kept.contains("Helm"));
    let kept = parse(&kept)?;
    let mut objects = Helm::new()?.objects(["--set", "crds.keep=false"])?;
    for object in &mut objects {
        let labels = object["metadata"]["labels"].as_object_mut().context("labels")?;
        labels.remove("helm.sh/chart");
        labels.remove("app.kubernetes.io/managed-by");
    }
    let (namespace, kept) = kept.split_first().context("objects")?;
    assert_eq!((&namespace["kind"], &namespace["metadata"]["name"]), (&"Namespace".into(), &NAMESPACE.into()));
    assert!(kept == objects, "deploy/operator.yaml has other objects than the chart");
    Ok(())
}

#[tokio::test]
async fn applied_with_kubectl_it_works_and_goes_away() -> anyhow::Result<()> {
    let stage = Stage::set(&["platform"]).await?;
    let directory = repository("deploy").display().to_string();
    // As people type it, and as often as they type it.
    let first = stage.kubectl(&["apply", "-k", &directory]).await?;
    assert!(first.lines().all(|line| line.ends_with(" created")), "{first}");
    let again = stage.kubectl(&["apply", "-k", &directory]).await?;
    // kubectl always calls a PodDisruptionBudget configured; the API server has seen no change.
    let changed: Vec<&str> = again.lines().filter(|line| !line.ends_with(" unchanged")).collect();
    assert_eq!(changed, [format!("poddisruptionbudget.policy/{RELEASE} configured")]);
    let budget = stage.get("policy/v1/PodDisruptionBudget", NAMESPACE, RELEASE).await?;
    assert_eq!(budget["metadata"]["generation"], 1);

    let mut operator = stage.operator(NAMESPACE, RELEASE).await?;
    work::comes_and_goes(&stage, &operator, "platform").await?;
    operator.terminate(Duration::from_secs(30)).await?;
    stage.nothing_was_forbidden(&format!("system:serviceaccount:{NAMESPACE}:{RELEASE}"))?;

    stage.kubectl(&["delete", "-k", &directory]).await?;
    assert!(!stage.has("v1/Namespace", "", NAMESPACE).await?);
    assert!(stage.objects.list("apiextensions.k8s.io/v1/CustomResourceDefinition", "").await?.is_empty());
    Ok(())
}

/// People set their registry, the cluster's name and their role in an overlay, as `deploy/kustomization.yaml` tells.
#[tokio::test]
async fn an_overlay_names_image_cluster_and_role() -> anyhow::Result<()> {
    let control_plane = lab::control_plane::ControlPlane::shared().await?;
    let overlay = tempfile::tempdir()?;
    crate::helm::copy(&repository("deploy"), &overlay.path().join("deploy"))?;
    let text = std::fs::read_to_string(repository("deploy/kustomization.yaml"))?;
    let (_, example) = text.split_once("#   resources: [").context("the example")?;
    let example = format!("#   resources: [{example}");
    let lines: Vec<&str> = example.lines().filter_map(|line| line.strip_prefix("#   ")).collect();
    let kustomization = lines.join("\n").replace("../deploy", "deploy");
    std::fs::write(overlay.path().join("kustomization.yaml"), kustomization)?;
    let output = control_plane.kubectl().arg("kustomize").arg(overlay.path()).output().await?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let objects = parse(&String::from_utf8(output.stdout)?)?;
    let container = &only(&objects, "Deployment")?["spec"]["template"]["spec"]["containers"][0];
    let version = env!("CARGO_PKG_VERSION");
    let image = format!("111122223333.dkr.ecr.us-west-2.amazonaws.com/agentcore-gateway-operator:{version}");
    assert_eq!(container["image"], image.as_str());
    let variables = container["env"].as_array().context("no environment")?;
    let named: Vec<&Value> = variables.iter().filter(|variable| variable["name"] == "AGENTCORE_CLUSTER_NAME").collect();
    assert_eq!(named, [&json!({"name": "AGENTCORE_CLUSTER_NAME", "value": "prod"})]);
    let role = &only(&objects, "ServiceAccount")?["metadata"]["annotations"]["eks.amazonaws.com/role-arn"];
    assert_eq!(role, &Value::from("arn:aws:iam::111122223333:role/agentcore-gateway-operator"));
    Ok(())
}
