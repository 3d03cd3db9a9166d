//! One release from its first install to its last day.

use std::path::PathBuf;

use anyhow::Context;
use lab::{objects::parse, world::GATEWAY};
use serde_json::{Value, json};

use crate::{
    helm::{Helm, NAMESPACE, chart, copy},
    install::{stage::Stage, work},
};

const CRD: &str = "apiextensions.k8s.io/v1/CustomResourceDefinition";
const DEPLOYMENT: &str = "apps/v1/Deployment";

/// What Kubernetes takes as a Secret.
const SECRET: usize = 1_048_576;

/// The member of a Gateway's spec that the older chart does not know yet.
const NEWER: &str = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/description";

/// This chart as it was a version ago: another number, and a member of a definition less.
fn older_chart(helm: &Helm) -> anyhow::Result<PathBuf> {
    let source = helm.directory().join("older");
    copy(&chart(), &source)?;
    let description = source.join("Chart.yaml");
    let text = std::fs::read_to_string(&description)?;
    std::fs::write(&description, text.replace(env!("CARGO_PKG_VERSION"), "0.0.9"))?;
    let path = source.join("files/crds/tools.agentcore.dev_gateways.yaml");
    let mut definition = parse(&std::fs::read_to_string(&path)?)?.pop().context("a definition")?;
    let (members, name) = NEWER.rsplit_once('/').context("a path")?;
    let members = definition.pointer_mut(members).and_then(Value::as_object_mut).context("the members of a spec")?;
    members.remove(name).context("the member is there")?;
    std::fs::write(&path, serde_json::to_vec(&definition)?)?;
    let directory = helm.directory().display().to_string();
    helm.run(["package", &source.display().to_string(), "--destination", &directory])?;
    Ok(helm.directory().join("agentcore-gateway-operator-0.0.9.tgz"))
}

/// The value of a variable of the operator's container.
async fn variable(stage: &Stage, deployment: &str, name: &str) -> anyhow::Result<Value> {
    let deployed = stage.get(DEPLOYMENT, NAMESPACE, deployment).await?;
    let variables =
        deployed["spec"]["template"]["spec"]["containers"][0]["env"].as_array().context("no environment")?;
    Ok(variables.iter().find(|variable| variable["name"] == name).map_or(Value::Null, |one| one["value"].clone()))
}

async fn knows_newer(stage: &Stage) -> anyhow::Result<bool> {
    let definition = stage.get(CRD, "", "gateways.tools.agentcore.dev").await?;
    Ok(definition.pointer(NEWER).is_some())
}

#[tokio::test]
async fn a_release_is_installed_upgraded_rolled_back_and_uninstalled() -> anyhow::Result<()> {
    let stage = Stage::set(&["platform"]).await?;
    let (chart, older) = (chart().display().to_string(), older_chart(&stage.helm)?.display().to_string());
    let values = stage.helm.directory().join("values.yaml");
    let settings = json!({
        "aws": {"region": "us-west-2", "endpointUrl": stage.aws.endpoint(), "defaultTags": {"team": "platform"}},
        "cluster": {"name": "blue"},
        "reconcile": {"driftInterval": "2s", "retryFloor": "200ms", "retryCap": "2s"},
    });
    std::fs::write(&values, serde_json::to_vec(&settings)?)?;
    let values = values.display().to_string();
    let release = ["tools", "--namespace", NAMESPACE];
    let deployment = "tools-agentcore-gateway-operator";

    // Revision 1: the older chart.
    let said = stage
        .helm(&[&["install"], &release[..], &[&older, "--create-namespace", "--values", &values]].concat())
        .await?;
    assert!(said.contains("agentcore-gateway-operator 0.0.9 is installed in namespace agentcore-system"), "{said}");
    assert!(!knows_newer(&stage).await?);
    let mut operator = stage.operator(NAMESPACE, deployment).await?;
    work::comes_and_goes(&stage, &operator, "platform").await?;
    stage.apply(GATEWAY).await?;
    stage.ready(&operator, "Gateway", "platform", "agents").await?;
    // What the values said is what the operator did.
    let made = stage.aws.calls_of("CreateGateway").pop().context("no gateway was made")?;
    assert!(made.input["tags"]["tools.agentcore.dev/cluster"] == "blue", "{:#}", made.input);
    assert!(made.input["tags"]["team"] == "platform", "{:#}", made.input);
    operator.terminate(std::time::Duration::from_secs(30)).await?;

    // Revision 2: this chart, and other values. The definitions are upgraded with it.
    let other = ["--reuse-values", "--set", "log.level=debug,replicaCount=3"];
    stage.helm(&[&["upgrade"], &release[..], &[&chart], &other[..]].concat()).await?;
    assert!(knows_newer(&stage).await?, "the upgrade left the definitions as they were");
    assert_eq!(variable(&stage, deployment, "AGENTCORE_LOG_LEVEL").await?, "debug");
    assert_eq!(variable(&stage, deployment, "AGENTCORE_CLUSTER_NAME").await?, "blue");
    let mut operator = stage.operator(NAMESPACE, deployment).await?;
    assert!(operator.logs().contains("DEBUG"), "the operator does not log at the level that the upgrade asked for");
    stage.objects.merge("Gateway", "platform", "agents", &json!({"spec": {"description": "said later"}})).await?;
    stage.ready(&operator, "Gateway", "platform", "agents").await?;
    let updated = stage.aws.calls_of("UpdateGateway").pop().context("the gateway was not updated")?;
    assert_eq!(updated.input["description"], "said later");

    // Revision 3, and back: 4 is 2.
    stage
        .helm(&[&["upgrade"], &release[..], &[&chart], &["--reuse-values", "--set", "replicaCount=1"]].concat())
        .await?;
    assert!(!stage.has("policy/v1/PodDisruptionBudget", NAMESPACE, deployment).await?);
    stage.helm(&["rollback", "tools", "2", "--namespace", NAMESPACE]).await?;
    assert!(stage.has("policy/v1/PodDisruptionBudget", NAMESPACE, deployment).await?);
    assert_eq!(stage.get(DEPLOYMENT, NAMESPACE, deployment).await?["spec"]["replicas"], 3);
    assert!(knows_newer(&stage).await?);
    let revisions = stage.helm(&["history", "tools", "--namespace", NAMESPACE, "--output", "json"]).await?;
    let revisions: Value = serde_json::from_str(&revisions)?;
    assert_eq!(revisions.as_array().map(Vec::len), Some(4), "{revisions:#}");
    releases_fit(&stage).await?;
    operator.terminate(std::time::Duration::from_secs(30)).await?;
    stage.nothing_was_forbidden(&format!("system:serviceaccount:{NAMESPACE}:{deployment}"))?;

    // Uninstalled; what people wrote stays.
    stage.helm(&["uninstall", "tools", "--namespace", NAMESPACE]).await?;
    assert!(!stage.has(DEPLOYMENT, NAMESPACE, deployment).await?);
    assert!(!stage.has("rbac.authorization.k8s.io/v1/ClusterRole", "", deployment).await?);
    assert!(knows_newer(&stage).await?, "a definition went with the release");
    let kept = stage.get("Gateway", "platform", "agents").await?;
    assert_eq!(kept["metadata"]["deletionTimestamp"], Value::Null);
    moves_on(&stage, &chart, &values).await
}

/// What is kept goes on under a release of another name, and goes away with what NOTES say.
async fn moves_on(stage: &Stage, chart: &str, values: &str) -> anyhow::Result<()> {
    let install = ["install", "agentcore-gateway-operator", chart, "--namespace", NAMESPACE, "--values", values];
    let refusal = stage.helm(&install).await.err().context("a release took definitions of another one unasked")?;
    assert!(format!("{refusal:#}").contains("invalid ownership metadata"), "{refusal:#}");
    let notes = stage.helm(&[&install[..], &["--take-ownership"]].concat()).await?;
    let mut operator = stage.operator(NAMESPACE, "agentcore-gateway-operator").await?;
    stage.ready(&operator, "Gateway", "platform", "agents").await?;
    assert_eq!(stage.aws.calls_of("CreateGateway").len(), 2, "the gateway that was there is the gateway that is there");

    // Word for word as people are told to.
    for command in [
        "delete acgw --all --all-namespaces --wait=false",
        "delete agentcore --all --all-namespaces",
        "get agentcore --all-namespaces",
    ] {
        assert!(notes.contains(&format!("     kubectl {command}\n")), "{notes}");
        stage.kubectl(&command.split(' ').collect::<Vec<_>>()).await?;
    }
    assert!(stage.objects.list("Gateway", "").await?.is_empty());
    assert_eq!(stage.aws.left_over(), Vec::<String>::new());
    operator.terminate(std::time::Duration::from_secs(30)).await?;
    stage.nothing_was_forbidden("system:serviceaccount:agentcore-system:agentcore-gateway-operator")?;
    stage.helm(&["uninstall", "agentcore-gateway-operator", "--namespace", NAMESPACE]).await?;
    let (_, last) = notes.split_once("     kubectl delete crd ").context("how definitions are removed")?;
    let names: Vec<&str> = last.split_whitespace().filter(|word| *word != "\\").collect();
    assert_eq!(names.len(), 4, "{last}");
    stage.kubectl(&[&["delete", "crd"], &names[..]].concat()).await?;
    assert!(stage.objects.list(CRD, "").await?.is_empty());
    Ok(())
}

/// Every release is in a Secret of its own, which Kubernetes limits.
async fn releases_fit(stage: &Stage) -> anyhow::Result<()> {
    let secrets = stage.objects.list("v1/Secret", NAMESPACE).await?;
    let releases: Vec<&Value> = secrets.iter().filter(|secret| secret["type"] == "helm.sh/release.v1").collect();
    assert_eq!(releases.len(), 4);
    for secret in releases {
        let size = serde_json::to_vec(secret)?.len();
        println!("release Secret {}: {size} bytes", secret["metadata"]["name"]);
        assert!(size < SECRET / 2, "a release has {size} bytes");
    }
    Ok(())
}
