//! Leader election, switched off and on while a release is there: how pods are replaced changes with it.

use serde_json::{Value, json};

use crate::{
    helm::{NAMESPACE, RELEASE, chart},
    install::stage::Stage,
};

async fn strategy(stage: &Stage) -> anyhow::Result<Value> {
    Ok(stage.get("apps/v1/Deployment", NAMESPACE, RELEASE).await?["spec"]["strategy"].take())
}

/// The API server fills in what a strategy leaves out, and refuses it beside another type: only what Helm itself said goes when Helm no longer
/// says it.
#[tokio::test]
async fn leader_election_is_switched_off_and_on_again() -> anyhow::Result<()> {
    let stage = Stage::set(&[NAMESPACE]).await?;
    let chart = chart().display().to_string();
    let rolling = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}});
    let release = [RELEASE, &chart, "--namespace", NAMESPACE];
    stage.helm(&[&["install"], &release[..]].concat()).await?;
    assert_eq!(strategy(&stage).await?, rolling);
    for (values, expected) in [
        ("leaderElection.enabled=false,replicaCount=1", json!({"type": "Recreate"})),
        ("leaderElection.enabled=false,replicaCount=0", json!({"type": "Recreate"})),
        ("leaderElection.enabled=true,replicaCount=2", rolling),
    ] {
        stage.helm(&[&["upgrade"], &release[..], &["--reset-then-reuse-values", "--set", values]].concat()).await?;
        assert_eq!(strategy(&stage).await?, expected, "{values}");
    }
    Ok(())
}
