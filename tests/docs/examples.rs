//! Examples of pages for programs of others: what they name of ours is there, and what we know of theirs is so.

use serde_json::Value;

use super::{markdown, page};

/// The YAML documents of a page that have a kind.
fn documents(source: &str) -> anyhow::Result<Vec<Value>> {
    let mut documents = Vec::new();
    for (_, block) in markdown::blocks(&page::read(source)?, "yaml") {
        for text in block.split("\n---\n") {
            let read: Value = serde_saphyr::from_str(text)?;
            if read.is_object() {
                documents.push(read);
            }
        }
    }
    Ok(documents)
}

fn schemas() -> anyhow::Result<Vec<(String, Value)>> {
    let mut schemas = Vec::new();
    for file in page::below("crds", "yaml")? {
        let definition: Value = serde_saphyr::from_str(&page::read(&file)?)?;
        let kind = definition["spec"]["names"]["kind"].as_str().unwrap_or_default().to_owned();
        schemas.push((kind, definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone()));
    }
    Ok(schemas)
}

/// Where a path of kube-state-metrics leads in a schema: through members, and through a list to one of its items.
fn leads<'a>(schema: &'a Value, path: &Value) -> Option<&'a Value> {
    let mut at = schema;
    for step in path.as_array()? {
        at = at["properties"].get(step.as_str()?)?;
        if at["items"].is_object() {
            at = &at["items"];
        }
    }
    Some(at)
}

#[test]
fn kube_state_metrics_is_told_fields_that_there_are() -> anyhow::Result<()> {
    let documents = documents("docs/metrics.md")?;
    let mut seen = 0;
    for document in documents.iter().filter(|one| one["kind"] == "CustomResourceStateMetrics") {
        for resource in document["spec"]["resources"].as_array().into_iter().flatten() {
            assert_eq!(resource["groupVersionKind"]["group"], "tools.agentcore.dev");
            assert_eq!(resource["groupVersionKind"]["version"], "v1alpha1");
            let kind = resource["groupVersionKind"]["kind"].as_str().unwrap_or_default();
            for (name, schema) in schemas()?.iter().filter(|(name, _)| kind == "*" || name == kind) {
                for metric in resource["metrics"].as_array().into_iter().flatten() {
                    let gauge = &metric["each"]["gauge"];
                    let item = leads(schema, &gauge["path"]);
                    assert!(item.is_some(), "{name} has no {}", gauge["path"]);
                    let labels = gauge["labelsFromPath"].as_object().into_iter().flatten().map(|(_, path)| path);
                    for path in labels.chain([&gauge["valueFrom"]]) {
                        seen += 1;
                        assert!(item.is_some_and(|item| leads(item, path).is_some()), "{name} has no {path}");
                    }
                }
            }
        }
    }
    assert!(seen > 8, "only {seen} fields were named");
    Ok(())
}

/// Flux's expressions say what kstatus says, for the whole group; its fields are those of its definition.
#[test]
fn flux_is_told_of_conditions_that_there_are() -> anyhow::Result<()> {
    let flux: Value = serde_saphyr::from_str(&page::read(
        "tests/packaging/foreign/kustomize.toolkit.fluxcd.io_kustomizations.yaml",
    )?)?;
    let spec = &flux["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"];
    let known = &spec["healthCheckExprs"]["items"]["properties"];
    let mut seen = 0;
    for document in documents("docs/gitops.md")? {
        for check in document["spec"]["healthCheckExprs"].as_array().into_iter().flatten() {
            seen += 1;
            assert_eq!(check["apiVersion"], "tools.agentcore.dev/v1alpha1");
            for (name, _) in check.as_object().into_iter().flatten() {
                assert!(known.get(name).is_some(), "Flux knows no {name}");
            }
            for (member, condition) in [("inProgress", "Reconciling"), ("failed", "Stalled"), ("current", "Ready")] {
                let text = check[member].as_str().unwrap_or_default();
                assert!(text.contains(&format!("e.type == '{condition}' && e.status == 'True'")), "{member}: {text}");
            }
        }
    }
    assert_eq!(seen, 1);
    Ok(())
}

/// The association of Pod Identity, in each way that is told, is for the account of the chart.
#[test]
fn every_association_is_for_the_charts_account() -> anyhow::Result<()> {
    let text = page::read("docs/install.md")?;
    let documents = documents("docs/install.md")?;
    let ack = documents.iter().find(|one| one["apiVersion"] == "eks.services.k8s.aws/v1alpha1");
    let ack = ack.map(|one| &one["spec"]);
    let formation = documents.iter().find_map(|one| one["Resources"].as_object()).into_iter().flatten();
    let formation = formation.map(|(_, one)| one).find(|one| one["Type"] == "AWS::EKS::PodIdentityAssociation");
    let formation = formation.map(|one| &one["Properties"]);
    for (spec, names) in [
        (ack, ["namespace", "serviceAccount", "clusterName", "roleARN"]),
        (formation, ["Namespace", "ServiceAccount", "ClusterName", "RoleArn"]),
    ] {
        let expected = ["agentcore-system", "agentcore-gateway-operator", "prod"];
        for (name, expected) in names.iter().zip(expected) {
            assert_eq!(spec.map(|spec| &spec[*name]), Some(&Value::from(expected)), "{name}");
        }
        assert!(spec.is_some_and(|spec| !spec[names[3]].is_null()), "no role");
    }
    for way in [
        "aws eks create-pod-identity-association",
        "eksctl create podidentityassociation",
        "aws_eks_pod_identity_association",
    ] {
        assert!(text.contains(way), "{way}");
    }
    Ok(())
}

/// Whoever follows the page from the top has the namespace before what goes into it, and applies it.
#[test]
fn what_is_applied_has_its_namespace() -> anyhow::Result<()> {
    let text = page::read("docs/install.md")?;
    let (before, after) = text.split_once("kind: Gateway\n").unwrap_or_default();
    assert!(before.contains("$ kubectl create namespace platform\n"), "the namespace is made before");
    assert!(after.contains("$ kubectl apply -f gateway.yaml\n"), "the object is applied");
    Ok(())
}
