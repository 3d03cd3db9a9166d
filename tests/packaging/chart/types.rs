//! Names that YAML takes for numbers or truth values stay names.

use lab::objects::parse;
use serde_json::{Value, json};

use crate::helm::{Helm, chart};

/// What is rendered for a release of this name, with this name in each place where one can be said.
fn named(helm: &Helm, release: &str, name: &str) -> anyhow::Result<Vec<Value>> {
    let values = json!({
        "nameOverride": name,
        "fullnameOverride": name,
        "watchNamespaces": [name],
        "leaderElection": {"leaseName": name, "namespace": name},
        "serviceAccount": {"name": name},
        "priorityClassName": name,
        "cluster": {"name": name},
        "commonLabels": {"a": name},
        "podLabels": {"b": name},
        "podAnnotations": {"c": name},
        "dashboards": {"enabled": true, "labels": {"d": name}},
        "metrics": {"serviceMonitor": {"enabled": true, "labels": {"e": name}}},
        "prometheusRule": {"enabled": true, "labels": {"f": name}},
        "networkPolicy": {"enabled": true},
        "crds": {"enabled": false},
    });
    let file = helm.directory().join("values.json");
    std::fs::write(&file, serde_json::to_vec(&values)?)?;
    let (chart, file) = (chart().display().to_string(), file.display().to_string());
    parse(&helm.run(["template", release, &chart, "--namespace", name, "--values", &file])?)
}

/// The same with another name in place of one, wherever it stands.
fn renamed(value: &Value, from: &str, to: &str) -> Value {
    match value {
        Value::String(text) => text.replace(from, to).into(),
        Value::Array(items) => items.iter().map(|item| renamed(item, from, to)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), renamed(member, from, to))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[test]
fn a_name_is_text_whatever_yaml_takes_it_for() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    let plain = named(&helm, "plain", "plain")?;
    assert!(plain.len() > 10, "only {} objects", plain.len());
    // Helm reads YAML 1.1, in which `on` is a truth value and 0o17 a number.
    for name in ["1234", "on", "true", "null", "1e3", "0o17"] {
        let expected: Vec<Value> = plain.iter().map(|object| renamed(object, "plain", name)).collect();
        let rendered = named(&helm, name, name)?;
        for (rendered, expected) in rendered.iter().zip(&expected) {
            assert_eq!(without_texts(rendered), without_texts(expected), "{name}");
        }
        assert_eq!(rendered.len(), expected.len(), "{name}");
    }
    Ok(())
}

/// Rules and dashboards are texts of their own, in which no name of the release stands.
fn without_texts(object: &Value) -> Value {
    let mut object = object.clone();
    if object["kind"] == "PrometheusRule" || object["kind"] == "ConfigMap" {
        object["spec"] = Value::Null;
        object["data"] = Value::Null;
    }
    object
}
