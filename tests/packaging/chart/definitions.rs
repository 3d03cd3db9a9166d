//! The custom resource definitions that the chart brings are those of `crds/`, and fit where they have to.

use std::collections::BTreeMap;

use agentcore_gateway_operator::crds;
use anyhow::Context;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use lab::objects::parse;
use serde_json::{Value, json};

use crate::{
    chart::file,
    helm::{Helm, chart, is_golden},
};

/// What fits into a Secret, as which Helm keeps a release. <https://kubernetes.io/docs/concepts/configuration/secret/>
const SECRET: usize = 1_048_576;

fn definitions(objects: &[Value]) -> BTreeMap<String, &Value> {
    let of_kind = objects.iter().filter(|object| object["kind"] == "CustomResourceDefinition");
    of_kind.map(|object| (object["metadata"]["name"].as_str().unwrap_or_default().to_owned(), object)).collect()
}

#[test]
fn generated_definitions_are_in_the_chart() -> anyhow::Result<()> {
    let directory = chart().join("files/crds");
    let mut names = Vec::new();
    for (name, content) in crds::files()? {
        is_golden(&directory.join(&name), &content)?;
        names.push(name);
    }
    let mut kept: Vec<String> = std::fs::read_dir(&directory)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<anyhow::Result<_>>()?;
    kept.sort();
    names.sort();
    assert_eq!(kept, names, "the chart has one file per kind and nothing else");
    Ok(())
}

#[test]
fn rendered_they_say_what_they_say_in_crds() -> anyhow::Result<()> {
    let rendered = Helm::new()?.objects::<&str>([])?;
    let rendered = definitions(&rendered);
    assert_eq!(rendered.len(), crds::all().len());
    for (name, content) in crds::files()? {
        let ours = parse(&content)?.pop().context("a definition")?;
        let theirs = rendered[ours["metadata"]["name"].as_str().context("a name")?];
        // As definitions, and not as JSON: Helm writes 1 for 1.0.
        let read = |definition: &Value| serde_json::from_value::<CustomResourceDefinition>(definition.clone());
        assert!(read(theirs)?.spec == read(&ours)?.spec, "{name} says something else in the chart");
        // What is in there besides, our metadata must not hide.
        assert_eq!(
            ours["metadata"].as_object().map(serde_json::Map::len),
            Some(1),
            "{name} has metadata besides its name"
        );
        let size = serde_json::to_vec(theirs)?.len();
        // kubectl's client-side apply keeps the object in an annotation, of which 262,144 bytes fit.
        assert!(size < 200_000, "{name} has {size} bytes as JSON");
    }
    Ok(())
}

#[test]
fn they_stay_or_go_as_the_values_say() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    let kept = helm.objects(["--set", "crds.annotations.example\\.com/owner=platform"])?;
    for (name, definition) in definitions(&kept) {
        let annotations = json!({"helm.sh/resource-policy": "keep", "example.com/owner": "platform"});
        assert_eq!(definition["metadata"]["annotations"], annotations, "{name}");
    }
    let loose = helm.objects(["--set", "crds.keep=false"])?;
    for (name, definition) in definitions(&loose) {
        assert_eq!(definition["metadata"]["annotations"], Value::Null, "{name}");
    }
    let without = helm.objects(["--set", "crds.enabled=false"])?;
    assert!(definitions(&without).is_empty());
    Ok(())
}

#[test]
fn the_packaged_chart_is_small_and_whole() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    helm.run(["package", &chart().display().to_string(), "--destination", &helm.directory().display().to_string()])?;
    let name = concat!("agentcore-gateway-operator-", env!("CARGO_PKG_VERSION"), ".tgz");
    let package = helm.directory().join(name);
    let size = usize::try_from(std::fs::metadata(&package)?.len())?;
    // Helm keeps chart and manifests in one Secret, compressed, and then in base64 twice.
    assert!(size < SECRET / 4, "the chart has {size} bytes");
    assert_eq!(helm.template_of::<&str>(&package, [])?, helm.template::<&str>([])?, "the package renders the same");
    Ok(())
}

/// What Artifact Hub shows of the chart is so.
#[test]
fn the_annotations_of_the_chart_are_true() -> anyhow::Result<()> {
    let annotations = &file("Chart.yaml")?["annotations"];
    assert_eq!(annotations["artifacthub.io/license"], env!("CARGO_PKG_LICENSE"));
    let listed = annotations["artifacthub.io/crds"].as_str().context("the list of kinds")?;
    let listed = parse(listed)?.pop().context("a list")?;
    let mut listed: Vec<[String; 3]> = listed
        .as_array()
        .context("a list")?
        .iter()
        .map(|entry| ["name", "kind", "version"].map(|key| entry[key].as_str().unwrap_or_default().to_owned()))
        .collect();
    let mut ours: Vec<[String; 3]> = crds::all()
        .into_iter()
        .map(|definition| {
            let version = definition.spec.versions.first().map(|version| version.name.clone()).unwrap_or_default();
            [definition.metadata.name.unwrap_or_default(), definition.spec.names.kind, version]
        })
        .collect();
    listed.sort();
    ours.sort();
    assert_eq!(listed, ours);
    Ok(())
}
