//! The chart as it is rendered: what helm, the API server and Pod Security think of it, and that every value has an effect.

mod borrowed;
mod cluster;
mod definitions;
mod effects;
mod flags;
mod notes;
mod nulls;
mod pods;
mod proxy;
mod pushed;
mod refusals;
mod schema;
mod snapshots;
mod types;
mod umbrella;

use std::path::PathBuf;

use anyhow::Context;
use lab::objects::parse;
use serde_json::Value;

use crate::helm::{Helm, chart, repository};

/// One set of values of the matrix.
struct Case {
    name: String,
    values: PathBuf,
}

impl Case {
    fn arguments(&self) -> [String; 2] {
        ["--values".to_owned(), self.values.display().to_string()]
    }
}

/// Every set of values under `tests/packaging/values`.
fn cases() -> anyhow::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(repository("tests/packaging/values"))? {
        let values = entry?.path();
        let name = values.file_stem().context("a file has a name")?.to_string_lossy().into_owned();
        cases.push(Case { name, values });
    }
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    anyhow::ensure!(cases.len() > 5, "the matrix is not there");
    Ok(cases)
}

/// A file of the chart as YAML.
fn file(name: &str) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(chart().join(name))?;
    parse(&text)?.pop().with_context(|| format!("{name} is empty"))
}

/// The environment variables of the operator's container with their values, those of the pod itself as `<field>`.
fn environment(objects: &[Value]) -> anyhow::Result<Vec<(String, String)>> {
    let deployment = crate::helm::only(objects, "Deployment")?;
    let variables = deployment["spec"]["template"]["spec"]["containers"][0]["env"].as_array();
    let variables = variables.context("the container has no environment")?;
    variables
        .iter()
        .map(|variable| {
            let name = variable["name"].as_str().context("a variable without a name")?;
            let field = variable.pointer("/valueFrom/fieldRef/fieldPath").and_then(Value::as_str);
            let value = match field {
                Some(field) => format!("<{field}>"),
                None => variable["value"].as_str().with_context(|| format!("{name} is no text"))?.to_owned(),
            };
            Ok((name.to_owned(), value))
        })
        .collect()
}

#[test]
fn lint_finds_nothing() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    for case in cases()? {
        let mut command = helm.command();
        command.args(["lint", "--strict"]).arg(chart()).args(case.arguments());
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && !said.contains("[WARNING]"), "{}: {said}", case.name);
        assert!(said.contains("1 chart(s) linted, 0 chart(s) failed"), "{}: {said}", case.name);
    }
    Ok(())
}

#[test]
fn there_is_one_version() -> anyhow::Result<()> {
    let chart = file("Chart.yaml")?;
    assert_eq!(chart["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
    Ok(())
}

/// No hooks, no webhooks, no Secrets, no custom resources: each of them makes installing depend on an order.
#[test]
fn nothing_depends_on_an_order() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    for case in cases()? {
        let rendered = helm.template(case.arguments())?;
        assert!(!rendered.contains("helm.sh/hook"), "{}", case.name);
        for object in parse(&rendered)? {
            let (version, kind) = (object["apiVersion"].as_str().unwrap_or(""), object["kind"].as_str().unwrap_or(""));
            assert!(!kind.contains("Webhook") && kind != "Secret", "{}: {kind}", case.name);
            assert!(!version.starts_with("tools.agentcore.dev"), "{}: {kind}", case.name);
        }
    }
    Ok(())
}

/// Every object says in its namespace and labels whose it is.
#[test]
fn every_object_is_labelled_and_has_its_namespace() -> anyhow::Result<()> {
    const CLUSTER_WIDE: [&str; 3] = ["ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"];
    let helm = Helm::new()?;
    for case in cases()? {
        for object in helm.objects(case.arguments())? {
            let (kind, metadata) = (object["kind"].as_str().context("no kind")?, &object["metadata"]);
            let what = format!("{}: {kind} {}", case.name, metadata["name"]);
            if metadata["labels"]["example.com/brought"] == "by-extra-objects" {
                continue;
            }
            assert_eq!(metadata["labels"]["app.kubernetes.io/instance"], crate::helm::RELEASE, "{what}");
            assert_eq!(metadata["namespace"].is_string(), !CLUSTER_WIDE.contains(&kind), "{what}");
        }
    }
    Ok(())
}
