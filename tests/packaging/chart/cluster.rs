//! The chart before a real API server: it takes every object, and its Pod Security takes every pod.

use std::process::Stdio;

use anyhow::Context;
use lab::{
    control_plane::ControlPlane,
    objects::{Objects, parse},
};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::{
    chart::{cases, pods::templates},
    helm::{Helm, NAMESPACE},
};

/// The group of the Prometheus Operator, whose kinds a plain API server does not serve.
const MONITORING: &str = "monitoring.coreos.com/v1";

async fn make_namespace(objects: &Objects, name: &str, labels: Value) -> anyhow::Result<()> {
    let metadata = json!({"name": name, "labels": labels});
    objects.apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})).await?;
    Ok(())
}

#[tokio::test]
async fn the_api_server_takes_every_object_of_every_case() -> anyhow::Result<()> {
    let control_plane = ControlPlane::shared().await?;
    let objects = Objects::new(control_plane.client().await?);
    for namespace in [NAMESPACE, "team-a", "team-b"] {
        make_namespace(&objects, namespace, json!({})).await?;
    }
    let helm = Helm::new()?;
    for case in cases()? {
        let rendered = parse(&helm.template(case.arguments())?)?;
        let (watched, served): (Vec<_>, Vec<_>) =
            rendered.iter().partition(|object| object["apiVersion"] == MONITORING);
        let is_watched = ["digest", "everything"].contains(&case.name.as_str());
        assert_eq!(!watched.is_empty(), is_watched, "{}", case.name);
        let list = json!({"apiVersion": "v1", "kind": "List", "items": served});
        let told = dry_run(control_plane, &list).await.with_context(|| case.name.clone())?;
        assert_eq!(told.lines().count(), served.len(), "{}: {told}", case.name);
    }
    Ok(())
}

/// Applies without keeping anything: with validation, defaults and admission. The answer has a line for each object.
async fn dry_run(control_plane: &ControlPlane, list: &Value) -> anyhow::Result<String> {
    let mut kubectl = control_plane.kubectl();
    kubectl.args(["apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename=-"]);
    kubectl.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = kubectl.spawn()?;
    let mut input = child.stdin.take().context("kubectl reads")?;
    let text = serde_json::to_vec(list)?;
    let (written, output) = tokio::join!(
        async move {
            input.write_all(&text).await?;
            input.shutdown().await
        },
        child.wait_with_output()
    );
    written?;
    let output = output?;
    // Also what it warns of: a member that the server does not know, a version that goes.
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    anyhow::ensure!(output.status.success() && complaint.is_empty(), "{complaint}");
    Ok(String::from_utf8(output.stdout)?)
}

#[tokio::test]
async fn pod_security_takes_every_pod_as_restricted() -> anyhow::Result<()> {
    let control_plane = ControlPlane::shared().await?;
    let objects = Objects::new(control_plane.client().await?);
    let namespace = "restricted";
    make_namespace(&objects, namespace, json!({"pod-security.kubernetes.io/enforce": "restricted"})).await?;
    let helm = Helm::new()?;
    let mut last = None;
    for case in cases()? {
        for template in templates(&helm.objects(case.arguments())?) {
            let account = json!({"name": template["spec"]["serviceAccountName"], "namespace": namespace});
            objects.apply(&json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})).await?;
            let mut pod = template.clone();
            pod["apiVersion"] = "v1".into();
            pod["kind"] = "Pod".into();
            pod["metadata"]["name"] = case.name.clone().into();
            pod["metadata"]["namespace"] = namespace.into();
            objects.apply(&pod).await.with_context(|| case.name.clone())?;
            last = Some(pod);
        }
    }
    // The door is shut: one word less, and the pod stays outside.
    let mut pod = last.context("there was no pod")?;
    pod["metadata"]["name"] = "unrestricted".into();
    pod["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = true.into();
    let refusal = objects.apply(&pod).await.err().context("Pod Security let an unrestricted pod in")?;
    assert!(format!("{refusal:#}").contains("violates PodSecurity \"restricted:latest\""), "{refusal:#}");
    Ok(())
}
