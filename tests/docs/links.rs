//! Every link to another page, file or heading of the repository leads there.

use std::path::{Component, Path, PathBuf};

use super::{markdown, page};

#[test]
fn links_lead_somewhere() -> anyhow::Result<()> {
    let (mut complaints, mut followed) = (Vec::new(), 0);
    for source in page::pages()? {
        for (line, target) in markdown::links(&page::read(&source)?) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            followed += 1;
            if let Err(why) = follow(&source, &target) {
                complaints.push(format!("{source}:{line}: {target}: {why}"));
            }
        }
    }
    assert!(followed > 150, "only {followed} links were found");
    assert!(complaints.is_empty(), "{} links lead nowhere:\n{}", complaints.len(), complaints.join("\n"));
    Ok(())
}

/// Every page of `docs/` can be come by from its index, so that none is written for nobody.
#[test]
fn every_page_is_linked() -> anyhow::Result<()> {
    let mut reached = std::collections::BTreeSet::from(["docs/README.md".to_owned()]);
    let mut open = vec!["docs/README.md".to_owned()];
    while let Some(source) = open.pop() {
        for (_, target) in markdown::links(&page::read(&source).unwrap_or_default()) {
            let target = plain(&source, target.split('#').next().unwrap_or_default());
            if target.starts_with("docs/")
                && Path::new(&target).extension().is_some_and(|it| it == "md")
                && reached.insert(target.clone())
            {
                open.push(target);
            }
        }
    }
    let lost: Vec<String> = page::below("docs", "md")?.into_iter().filter(|page| !reached.contains(page)).collect();
    assert!(lost.is_empty(), "no way leads from docs/README.md to {lost:?}");
    Ok(())
}

fn follow(source: &str, target: &str) -> Result<(), String> {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() { source.to_owned() } else { plain(source, path) };
    if !page::is_there(&path) {
        return Err(format!("there is no {path}"));
    }
    if anchor.is_empty() {
        return Ok(());
    }
    let page = page::read(&path).map_err(|error| error.to_string())?;
    if markdown::anchors(&page).contains(anchor) { Ok(()) } else { Err(format!("{path} has no such heading")) }
}

/// Where a link of a page leads, from the root of the repository.
fn plain(source: &str, target: &str) -> String {
    let mut path = PathBuf::new();
    let joined = Path::new(source).parent().unwrap_or(Path::new("")).join(target);
    for component in joined.components() {
        match component {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(part) => path.push(part),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    path.display().to_string()
}

#[test]
fn a_link_is_followed_from_where_it_stands() {
    assert_eq!(plain("docs/reasons/Gone.md", "../gitops.md"), "docs/gitops.md");
    assert_eq!(plain("README.md", "docs/install.md"), "docs/install.md");
    assert!(follow("README.md", "docs/no-such-page.md").is_err());
    assert!(follow("README.md", "#no-such-heading").is_err());
    assert!(follow("README.md", "#an-example").is_ok());
}
