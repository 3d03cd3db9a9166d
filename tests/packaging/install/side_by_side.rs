//! Two releases in one namespace, each for namespaces of its own.

use std::time::Duration;

use serde_json::json;

use crate::{
    helm::{NAMESPACE, chart},
    install::{stage::Stage, work},
};

#[tokio::test]
async fn two_releases_in_one_namespace_are_both_at_work() -> anyhow::Result<()> {
    let stage = Stage::set(&[NAMESPACE, "team-a", "team-b"]).await?;
    let chart = chart().display().to_string();
    let mut operators = Vec::new();
    for (release, namespace, definitions) in [("first", "team-a", true), ("second", "team-b", false)] {
        let values = stage.helm.directory().join("values.json");
        let settings = json!({
            "watchNamespaces": [namespace],
            "cluster": {"name": "blue"},
            "crds": {"enabled": definitions},
            "aws": {"region": "us-west-2", "endpointUrl": stage.aws.endpoint()},
            "reconcile": {"driftInterval": "2s", "retryFloor": "200ms", "retryCap": "2s"},
        });
        std::fs::write(&values, serde_json::to_vec(&settings)?)?;
        let values = values.display().to_string();
        stage.helm(&["install", release, &chart, "--namespace", NAMESPACE, "--values", &values]).await?;
        let deployment = format!("{release}-agentcore-gateway-operator");
        operators.push((namespace, stage.operator(NAMESPACE, &deployment).await?, deployment));
    }
    for (namespace, operator, _) in &operators {
        work::comes_and_goes(&stage, operator, namespace).await?;
    }
    for (_, mut operator, deployment) in operators {
        assert!(stage.has("coordination.k8s.io/v1/Lease", NAMESPACE, &deployment).await?, "the lease is the release's");
        operator.terminate(Duration::from_secs(30)).await?;
        stage.nothing_was_forbidden(&format!("system:serviceaccount:{NAMESPACE}:{deployment}"))?;
    }
    Ok(())
}
