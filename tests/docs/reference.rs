//! `docs/reference/`: what a spec can say and a status says, from the schemas in `crds/`, and the command line.

mod schema;

use std::{collections::BTreeMap, fmt::Write as _};

use anyhow::Context;
use serde_json::Value;

use crate::{flags, markdown::cell, page};

/// The conditions of every kind.
const OF_EVERY_KIND: [&str; 9] = [
    "Ready",
    "Reconciling",
    "Stalled",
    "Accepted",
    "ResolvedRefs",
    "Programmed",
    "Suspended",
    "InUse",
    "ReplacementRequired",
];

/// The conditions of one kind only.
const OF_ONE_KIND: [(&str, &[&str]); 2] = [
    ("Gateway", &["DiscoveryHalted"]),
    (
        "GatewayTarget",
        &[
            "LoadBalancerReady",
            "CertificateTrusted",
            "DnsResolved",
            "NetworkAllowed",
            "Preflight",
            "ToolsSynced",
            "AuthorizationRequired",
        ],
    ),
];

#[test]
fn the_reference_is_fresh() -> anyhow::Result<()> {
    let mut pages = BTreeMap::from([("flags.md".to_owned(), flags::flags_page()?)]);
    let mut rows = String::new();
    for file in page::below("crds", "yaml")? {
        let definition: Value = serde_saphyr::from_str(&page::read(&file)?).with_context(|| file.clone())?;
        let names = &definition["spec"]["names"];
        let kind = names["kind"].as_str().context("a definition has a kind")?;
        let name = format!("{}.md", kind.to_lowercase());
        let version = &definition["spec"]["versions"][0];
        let about = version["schema"]["openAPIV3Schema"]["description"].as_str().unwrap_or_default();
        writeln!(
            rows,
            "| [`{kind}`]({name}) | `{}` | {} |",
            names["shortNames"][0].as_str().unwrap_or_default(),
            cell(about)
        )?;
        pages.insert(name, of_kind(kind, &definition)?);
    }
    let index = format!(
        "# Reference\n\n{}\n\n| Kind | Short name | What it is |\n|---|---|---|\n{rows}\nThe program's flags: [command line](flags.md). \
         What conditions say: [reasons](../reasons/README.md). In a cluster `kubectl explain acgwt.spec --recursive` says the same.\n",
        page::MADE
    );
    pages.insert("README.md".to_owned(), index);
    page::are_fresh("docs/reference", &pages, &[])
}

fn of_kind(kind: &str, definition: &Value) -> anyhow::Result<String> {
    let version = &definition["spec"]["versions"][0];
    let (group, names) = (definition["spec"]["group"].as_str().unwrap_or_default(), &definition["spec"]["names"]);
    let schema = &version["schema"]["openAPIV3Schema"];
    let mut page = format!("# {kind}\n\n{}\n\n{}\n\n", page::MADE, schema["description"].as_str().unwrap_or_default());
    page.push_str("| | |\n|---|---|\n");
    writeln!(page, "| `apiVersion` | `{group}/{}` |", version["name"].as_str().unwrap_or_default())?;
    writeln!(page, "| Names for kubectl | `{}`, `{}` |", text(&names["plural"]), text(&names["shortNames"][0]))?;
    writeln!(page, "| Category | `{}`: `kubectl get {0}` shows all kinds |", text(&names["categories"][0]))?;
    let selectable: Vec<String> = items(&version["selectableFields"])
        .map(|field| format!("`{}`", text(&field["jsonPath"]).trim_start_matches('.')))
        .collect();
    if !selectable.is_empty() {
        writeln!(page, "| Fields for `--field-selector` | {} |", selectable.join(", "))?;
    }
    page.push_str("| Scope | a namespace |\n\n[`spec`](#spec): what you say. [`status`](#status): what was seen. [Conditions](#conditions).\n\n");
    page.push_str("## Columns of `kubectl get`\n\n| Column | Field | |\n|---|---|---|\n");
    for column in items(&version["additionalPrinterColumns"]) {
        let wide = if column["priority"].as_u64().unwrap_or_default() > 0 { "with `-o wide`" } else { "" };
        writeln!(
            page,
            "| {} | `{}` | {wide} |",
            text(&column["name"]),
            text(&column["jsonPath"]).trim_start_matches('.')
        )?;
    }
    for part in ["spec", "status"] {
        page.push('\n');
        page.push_str(&schema::section(part, &schema["properties"][part])?);
    }
    page.push_str("\n## Conditions\n\nHow to read them: [reasons](../reasons/README.md).\n\n");
    let own = OF_ONE_KIND.iter().find(|(name, _)| *name == kind).map_or([].as_slice(), |(_, own)| own);
    let all: Vec<String> = OF_EVERY_KIND.iter().chain(own).map(|condition| format!("`{condition}`")).collect();
    writeln!(page, "{}", all.join(", "))?;
    Ok(page)
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// No condition that the source can set is missing here.
#[test]
fn every_condition_is_documented() -> anyhow::Result<()> {
    let source = page::read("src/status.rs")?;
    let list = source.split_once("pub const TYPES").and_then(|(_, rest)| rest.split_once("];"));
    let list = list.map(|(list, _)| list).unwrap_or_default();
    let mut set: Vec<&str> = list.split('"').skip(1).step_by(2).chain(["Ready"]).collect();
    let mut told: Vec<&str> =
        OF_EVERY_KIND.iter().chain(OF_ONE_KIND.iter().flat_map(|(_, own)| own.iter())).copied().collect();
    set.sort_unstable();
    told.sort_unstable();
    assert_eq!(told, set);
    let index = page::read("docs/reasons/README.md")?;
    let untold: Vec<&&str> = told.iter().filter(|condition| !index.contains(&format!("`{condition}`"))).collect();
    assert!(untold.is_empty(), "docs/reasons/README.md does not explain {untold:?}");
    Ok(())
}
