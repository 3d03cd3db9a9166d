//! What every set of values makes of the chart, kept under `tests/packaging/snapshots` for people to read in a change.

use std::collections::BTreeSet;

use crate::{
    chart::cases,
    helm::{Helm, is_golden, repository},
};

/// Whole files that are held against their sources elsewhere: the rules, the dashboards.
const KEPT_ELSEWHERE: [&str; 2] = ["templates/prometheusrule.yaml", "templates/dashboards.yaml"];

#[test]
fn generated_snapshots_are_what_helm_renders() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    let directory = repository("tests/packaging/snapshots");
    let mut expected = BTreeSet::new();
    for case in cases()? {
        let rendered = helm.template(case.arguments())?;
        let file = format!("{}.yaml", case.name);
        is_golden(&directory.join(&file), &snapshot(&rendered))?;
        expected.insert(file);
    }
    let kept: BTreeSet<String> = std::fs::read_dir(&directory)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<anyhow::Result<_>>()?;
    assert_eq!(kept, expected, "there is one snapshot for every set of values");
    Ok(())
}

/// The manifests in the order of their files, without the schemas of the definitions.
fn snapshot(rendered: &str) -> String {
    let mut documents: Vec<&str> = rendered
        .split("---\n")
        .map(str::trim_end)
        .filter(|document| !document.is_empty() && !KEPT_ELSEWHERE.iter().any(|template| document.contains(template)))
        .map(|document| match document.split_once("\nkind: CustomResourceDefinition\n") {
            Some(_) => document.split_once("\nspec:").map_or(document, |(head, _)| head),
            None => document,
        })
        .collect();
    // Helm's own order among objects of one kind is that of their names, which says nothing to a reader.
    documents.sort_by_key(|document| document.lines().next().unwrap_or_default().to_owned());
    format!("---\n{}\n", documents.join("\n---\n"))
}
