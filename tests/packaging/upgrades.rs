//! From one version to the next: stored objects and manifests stay valid, and nobody's members are lost.
//!
//! `released/` holds the definitions of every release, in a directory each. `make release-crds` adds those of the version in `Cargo.toml`;
//! as long as that version is not released, it may be repeated.

mod breaks;
mod schema;

use std::path::{Path, PathBuf};

use agentcore_gateway_operator::crds;
use anyhow::Context;
use lab::objects::parse;
use serde_json::Value;

/// The definitions of each release.
fn released() -> anyhow::Result<Vec<(String, Vec<Value>)>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packaging/released");
    let mut releases = Vec::new();
    for release in entries(&directory)? {
        let mut definitions = Vec::new();
        for file in entries(&release)? {
            definitions.extend(parse(&std::fs::read_to_string(file)?)?);
        }
        let version = release.file_name().context("no name")?.to_string_lossy().into_owned();
        releases.push((version, definitions));
    }
    Ok(releases)
}

fn entries(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let found = std::fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    let mut paths: Vec<PathBuf> = found.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
    paths.sort();
    Ok(paths)
}

#[test]
fn definitions_change_only_by_addition() -> anyhow::Result<()> {
    let now: Vec<Value> = crds::all().iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
    let releases = released()?;
    assert!(!releases.is_empty(), "no release is there to compare with");
    for (version, definitions) in releases {
        assert!(!definitions.is_empty(), "release {version} has no definitions");
        for old in definitions {
            let name = old["metadata"]["name"].as_str().context("a definition without a name")?;
            let new = now.iter().find(|new| new["metadata"]["name"] == name);
            let new = new.with_context(|| format!("{name} of release {version} is gone"))?;
            let breaks = breaks::of(&old, new);
            assert!(
                breaks.is_empty(),
                "{name} is not compatible with release {version}:\n  {}\nIf {version} was never released, `make release-crds` takes today's.",
                breaks.join("\n  ")
            );
        }
    }
    Ok(())
}
