//! The manifests that pages show: every object of ours in a block of README or `docs/` is taken by the API server as it stands.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::cluster;

/// A manifest in a page.
struct Shown {
    page: String,
    line: usize,
    manifest: Value,
}

#[tokio::test]
async fn manifests_in_pages_are_accepted() -> anyhow::Result<()> {
    let client = cluster::client().await?;
    let (mut complaints, mut tried) = (Vec::new(), 0);
    for Shown { page, line, mut manifest } in shown()? {
        if !manifest["apiVersion"].as_str().is_some_and(|version| version.starts_with("tools.agentcore.dev/")) {
            continue;
        }
        tried += 1;
        // Namespaces of examples are not there.
        manifest["metadata"]["namespace"] = "default".into();
        match cluster::dry_run_create(&client, &manifest).await? {
            // A typing error is dropped, and so is not stored.
            Ok(stored) if stored["spec"] != manifest["spec"] => {
                complaints.push(format!("{page}:{line}: stored as {} instead of {}", stored["spec"], manifest["spec"]));
            }
            Ok(_) => {}
            Err(why) => complaints.push(format!("{page}:{line}: {why}")),
        }
    }
    assert!(tried >= 5, "only {tried} manifests of ours were found in pages");
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}

/// Every document in a block of YAML; one that is none fails, whosever kind it is.
fn shown() -> anyhow::Result<Vec<Shown>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md")];
    let mut open = vec![root.join("docs")];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    let mut shown = Vec::new();
    for path in pages {
        let page = path.strip_prefix(root).map(PathBuf::from).unwrap_or_default().display().to_string();
        for (line, block) in blocks(&std::fs::read_to_string(&path)?) {
            for document in block.split("---\n").filter(|document| !document.trim().is_empty()) {
                let manifest = serde_saphyr::from_str(document)
                    .map_err(|error| anyhow::anyhow!("{page}:{line}: this is no YAML: {error}"))?;
                shown.push(Shown { page: page.clone(), line, manifest });
            }
        }
    }
    Ok(shown)
}

/// The blocks of YAML in a page, with the number of the line before each.
fn blocks(page: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut block: Option<(usize, String)> = None;
    for (index, line) in page.lines().enumerate() {
        match (&mut block, line.trim_start()) {
            (None, fence) if fence.starts_with("```yaml") => block = Some((index + 1, String::new())),
            (Some(_), fence) if fence.starts_with("```") => blocks.extend(block.take()),
            (Some((_, text)), _) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, _) => {}
        }
    }
    blocks
}

#[test]
fn blocks_of_yaml_are_found() {
    let page = "```yaml\na: 1\n```\n```console\nb: 2\n```\n```yaml values\nc: 3\n```\n";
    assert_eq!(blocks(page), [(1, "a: 1\n".to_owned()), (7, "c: 3\n".to_owned())]);
}
