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
