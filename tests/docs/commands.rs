//! Commands that several places tell are the right ones in each of them.

use super::page;

/// Whatever tells people what to type: the pages, and what chart and manifests say themselves.
fn places() -> anyhow::Result<Vec<String>> {
    let mut places = page::pages()?;
    places.extend(page::below("src/plan/reason", "md")?);
    places.extend(["README.md", "templates/NOTES.txt"].map(|it| format!("charts/agentcore-gateway-operator/{it}")));
    places.push("deploy/kustomization.yaml".to_owned());
    Ok(places)
}

/// Of a Deployment kubectl shows one pod, which may be the one that stands by; of pods with a label it shows ten lines unless told otherwise.
#[test]
fn logs_are_those_of_all_replicas() -> anyhow::Result<()> {
    let (mut complaints, mut seen) = (Vec::new(), 0);
    for place in places()? {
        let text = page::read(&place)?.replace("\\\n", " ");
        for rest in text.split("kubectl ").skip(1) {
            let command = rest.split(['\n', '`', '|']).next().unwrap_or_default();
            let words: Vec<&str> = command.split_whitespace().collect();
            let ours = command.contains("agentcore-gateway-operator") || command.contains("agentcore.name");
            if !words.contains(&"logs") || !ours {
                continue;
            }
            seen += 1;
            let is_whole = words.iter().any(|word| word.starts_with("--tail="));
            let is_all = words.contains(&"-l");
            complaints.extend((!is_all || !is_whole).then(|| format!("{place}: kubectl {command}")));
        }
    }
    assert!(seen > 8, "only {seen} commands were found");
    assert!(complaints.is_empty(), "not the whole log of all replicas:\n{}", complaints.join("\n"));
    Ok(())
}

/// Where everything is deleted, Gateways go first: their annotated Services would get new targets in between.
#[test]
fn gateways_are_deleted_first() -> anyhow::Result<()> {
    let (mut complaints, mut seen) = (Vec::new(), 0);
    for place in places()? {
        let text = page::read(&place)?;
        let (first, all) = (
            "kubectl delete acgw --all --all-namespaces --wait=false",
            "kubectl delete agentcore --all --all-namespaces",
        );
        let mut before = "";
        for rest in text.split(all) {
            if !before.is_empty() {
                seen += 1;
                let near: String = before.chars().rev().take(120).collect::<Vec<_>>().into_iter().rev().collect();
                complaints.extend((!near.contains(first)).then(|| place.clone()));
            }
            before = rest;
        }
    }
    assert!(seen > 4, "only {seen} places were found");
    assert!(complaints.is_empty(), "without the Gateways before: {complaints:?}");
    Ok(())
}

/// A command line of a page, with its continuations, and where it stands.
fn commands(program: &str) -> anyhow::Result<Vec<(String, String)>> {
    let mut places = places()?;
    places.extend(page::below("deploy", "yaml")?);
    let mut commands = Vec::new();
    for place in places {
        // Comments of manifests go on behind a sign of their own.
        let text = page::read(&place)?.replace("\\\n#", "\\\n").replace("\\\n", " ");
        for (at, _) in text.match_indices(program) {
            // Not the end of another word: argo-helm.
            if text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '-') {
                continue;
            }
            let rest = &text[at + program.len()..];
            let command = rest.split(['\n', '`', '|']).next().unwrap_or_default();
            let command = command.split_whitespace().collect::<Vec<_>>().join(" ");
            commands.push((place.clone(), command));
        }
    }
    Ok(commands)
}

/// Helm takes the namespace that kubectl is set to where none is named, and makes a second release there or finds none; and it takes the newest
/// chart of a repository where no version is named, which upgrades what was only to get other values.
#[test]
fn helm_is_told_which_release_and_which_version() -> anyhow::Result<()> {
    let (mut complaints, mut seen) = (Vec::new(), 0);
    for (place, command) in commands("helm ")? {
        let words: Vec<&str> = command.split(' ').collect();
        let verb = words.first().copied().unwrap_or_default();
        // In prose a verb stands alone, or with one option that is talked of.
        let alone = words.get(1).is_none_or(|word| word.starts_with("--"));
        if !["install", "upgrade", "uninstall", "rollback"].contains(&verb) || alone || words.len() < 4 {
            continue;
        }
        seen += 1;
        let says = |options: &[&str]| words.iter().any(|word| options.contains(word));
        let of_checkout = words.iter().any(|word| word.starts_with("charts/")) || command.contains("<this chart>");
        let versioned = !["install", "upgrade"].contains(&verb) || of_checkout || says(&["--version"]);
        complaints.extend((!says(&["-n", "--namespace"])).then(|| format!("{place}: no namespace: helm {command}")));
        complaints.extend((!versioned).then(|| format!("{place}: no version: helm {command}")));
    }
    assert!(seen > 6, "only {seen} commands were found");
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}

/// The policies of `deploy/iam` are bound to a name: who installs without it gets an operator that may do nothing.
#[test]
fn the_cluster_is_named_where_the_chart_is_installed() -> anyhow::Result<()> {
    let (mut complaints, mut seen) = (Vec::new(), 0);
    for (place, command) in commands("helm install ")? {
        if command.split(' ').count() > 3 && !command.starts_with("--") {
            seen += 1;
            complaints.extend((!command.contains("cluster.name=")).then(|| format!("{place}: helm install {command}")));
        }
    }
    assert!(seen >= 3, "only {seen} commands were found");
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}

/// What pages tell people to make is there.
#[test]
fn what_make_is_told_to_make_is_there() -> anyhow::Result<()> {
    let makefile = page::read("Makefile")?;
    let (mut complaints, mut seen) = (Vec::new(), 0);
    for (place, command) in commands("make ")? {
        let before = command.split(' ').next().unwrap_or_default();
        let target = before.trim_end_matches(['.', ',', ')', ';', ':']);
        seen += usize::from(makefile.contains(&format!("\n{target}: ")));
        // In code, and not in a sentence: `make demo`, $ make image.
        let text = page::read(&place)?;
        let is_code = [format!("`make {target}"), format!("$ make {target}")].iter().any(|it| text.contains(it));
        let is_there = makefile.contains(&format!("\n{target}:"));
        complaints.extend((is_code && !is_there && !target.is_empty()).then(|| format!("{place}: make {target}")));
    }
    assert!(seen > 4, "only {seen} commands were found");
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    // The chart comes from a registry in every instruction: how it gets there is told.
    let install = page::read("docs/install.md")?;
    assert!(install.contains("$ make chart PUSH=oci://registry.example.com/charts"), "how the chart is pushed");
    Ok(())
}
