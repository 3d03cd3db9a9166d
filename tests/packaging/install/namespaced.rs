//! An operator for some namespaces only.

use std::time::Duration;

use serde_json::json;

use crate::{
    helm::{NAMESPACE, RELEASE, chart},
    install::{stage::Stage, work},
};

/// A target of another watched namespace, and one of a namespace that is not watched.
const ELSEWHERE: &str = "
apiVersion: tools.agentcore.dev/v1alpha1
kind: Gateway
metadata: {name: unseen, namespace: team-c}
spec:
  roleArn: arn:aws:iam::111122223333:role/AgentCoreGatewayRole
  protocolType: MCP
  authorizerType: AWS_IAM
";

#[tokio::test]
async fn with_namespaces_it_has_rights_in_these_and_works_in_these() -> anyhow::Result<()> {
    let stage = Stage::set(&[NAMESPACE, "team-a", "team-b", "team-c"]).await?;
    let values = stage.helm.directory().join("values.yaml");
    let settings = json!({
        "watchNamespaces": ["team-a", "team-b"],
        "aws": {"region": "us-west-2", "endpointUrl": stage.aws.endpoint()},
        "reconcile": {"driftInterval": "2s", "retryFloor": "200ms", "retryCap": "2s"},
    });
    std::fs::write(&values, serde_json::to_vec(&settings)?)?;
    let (chart, values) = (chart().display().to_string(), values.display().to_string());
    let said = stage.helm(&["install", RELEASE, &chart, "--namespace", NAMESPACE, "--values", &values]).await?;
    assert!(said.contains("Watched are the namespaces team-a, team-b only."), "{said}");

    let account = format!("system:serviceaccount:{NAMESPACE}:{RELEASE}");
    let table = [
        ("team-a", "patch gateways.tools.agentcore.dev", true),
        ("team-b", "create configmaps", true),
        ("team-c", "list gateways.tools.agentcore.dev", false),
        ("team-c", "get configmaps", false),
        ("team-c", "list services", false),
        ("team-c", "get namespaces", true),
        (NAMESPACE, "create leases.coordination.k8s.io", true),
        (NAMESPACE, "update leases.coordination.k8s.io/agentcore-gateway-operator", true),
        (NAMESPACE, "watch leases.coordination.k8s.io/agentcore-gateway-operator", true),
        (NAMESPACE, "update leases.coordination.k8s.io/somebody-elses", false),
        (NAMESPACE, "list configmaps", false),
        ("team-a", "create leases.coordination.k8s.io", false),
        ("team-a", "get secrets", false),
        ("team-a", "create pods/exec", false),
    ];
    for (namespace, what, expected) in table {
        assert_eq!(stage.may(&account, namespace, what).await?, expected, "{what} in {namespace}");
    }

    stage.apply(ELSEWHERE).await?;
    let mut operator = stage.operator(NAMESPACE, RELEASE).await?;
    work::comes_and_goes(&stage, &operator, "team-a").await?;
    work::comes_and_goes(&stage, &operator, "team-b").await?;
    let unseen = stage.get("Gateway", "team-c", "unseen").await?;
    assert_eq!(unseen["status"], json!({"observedGeneration": -1}), "nobody looked at it");
    operator.terminate(Duration::from_secs(30)).await?;
    stage.nothing_was_forbidden(&account)?;

    // And that would have been seen: one request that is refused is in the audit log.
    let token = stage.control_plane.kubeconfig_for_service_account(NAMESPACE, RELEASE).await?;
    let kubeconfig = format!("--kubeconfig={}", token.display());
    let refusal = stage.kubectl(&[&kubeconfig, "get", "secrets", "--namespace", "team-a"]).await.err();
    assert!(refusal.is_some_and(|refusal| format!("{refusal:#}").contains("Forbidden")));
    let found = async || stage.nothing_was_forbidden(&account).err();
    let found = stage.until(&operator, "the audit log has the refusal", found).await?;
    assert!(format!("{found:#}").contains("secrets"), "{found:#}");
    Ok(())
}
