//! What people are told when they have installed the chart.

use serde_json::Value;

use crate::helm::{Helm, NAMESPACE, RELEASE, chart};

fn notes(helm: &Helm, set: &str) -> anyhow::Result<String> {
    let chart = chart().display().to_string();
    let install = ["install", RELEASE, &chart, "--namespace", NAMESPACE, "--dry-run=client", "--output=json"];
    let said: Value = serde_json::from_str(&helm.run(install.into_iter().chain(["--set", set]))?)?;
    Ok(said["info"]["notes"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn they_say_who_it_is_in_aws() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    let role = r"serviceAccount.annotations.eks\.amazonaws\.com/role-arn=arn:aws:iam::111122223333:role/tools";
    let identity = "arn:aws:iam::111122223333:role/tools";
    let annotated = notes(&helm, role)?;
    assert!(annotated.contains(&format!("IRSA: {identity}.")), "{annotated}");
    assert!(annotated.contains("system:serviceaccount:agentcore-system:agentcore-gateway-operator"), "{annotated}");
    // Nothing is annotated where the account is somebody else's.
    let others = notes(&helm, &format!("{role},serviceAccount.create=false,serviceAccount.name=somebody"))?;
    assert!(!others.contains("IRSA: "), "{others}");
    assert!(others.contains("Service account somebody is not this release's"), "{others}");
    assert!(others.contains("serviceAccount.annotations are not used"), "{others}");
    let others = notes(&helm, "serviceAccount.create=false")?;
    assert!(others.contains("Service account default is not this release's"), "{others}");
    assert!(!others.contains("serviceAccount.annotations are not used"), "{others}");
    Ok(())
}

/// The policies are bound to a name, which has to be the operator's.
#[test]
fn they_say_under_which_name_the_cluster_is_known() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    let named = notes(&helm, "cluster.name=prod")?;
    assert!(named.contains("The cluster is \"prod\" in AWS"), "{named}");
    assert!(!named.contains("kube-system"), "{named}");
    let unnamed = notes(&helm, "cluster.name=")?;
    assert!(unnamed.contains("cluster.name is not set"), "{unnamed}");
    assert!(unnamed.contains("kubectl get namespace kube-system -o jsonpath='{.metadata.uid}'"), "{unnamed}");
    for notes in [named, unnamed] {
        assert!(notes.contains("CLUSTER_NAME"), "{notes}");
    }
    Ok(())
}
