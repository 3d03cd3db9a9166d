//! Flags, variables, chart values, files, kinds, conditions and annotations that pages name exist.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{flags, markdown, page};

/// Flags of other programs that pages name outside of commands.
const OTHER_PROGRAMS: [&str; 7] = [
    "--attach-policy-arn",
    "--custom-resource-state-config-file",
    "--field-selector",
    "--previous",
    "--reuse-values",
    "--role-only",
    "--service-account-issuer",
];

#[test]
fn flags_and_variables_exist() -> anyhow::Result<()> {
    let flags = flags::flags()?;
    let of_verbs = flags::flags_of_verbs()?;
    let known: BTreeSet<&str> = flags.iter().chain(&of_verbs).map(|flag| flag.name.as_str()).collect();
    let variables: BTreeSet<&str> = flags.iter().map(|flag| flag.variable.as_str()).collect();
    let (mut complaints, mut seen) = (Vec::new(), 0);
    for source in page::pages()? {
        let text = page::read(&source)?;
        for (line, span) in markdown::code(&text) {
            let word = span.split([' ', '=']).next().unwrap_or_default();
            if word.starts_with("--") && !OTHER_PROGRAMS.contains(&word) {
                seen += 1;
                complaints.extend((!known.contains(word)).then(|| format!("{source}:{line}: {word} is no flag")));
            }
        }
        for rest in text.split("AGENTCORE_").skip(1) {
            let name = rest.split(|char: char| !char.is_ascii_uppercase() && char != '_').next().unwrap_or_default();
            // `AGENTCORE_<FLAG>` is the rule itself, and AGENTCORE_RUNTIME a word of AWS's.
            if name != "RUNTIME" && !name.is_empty() && !variables.contains(format!("AGENTCORE_{name}").as_str()) {
                complaints.push(format!("{source}: AGENTCORE_{name} is no variable"));
            }
        }
    }
    assert!(seen > 30, "only {seen} flags were found in pages");
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}

/// Where values of the chart are named: the list of them in a page goes from `chart:` to the bracket, and everything in a `yaml values` block.
#[test]
fn values_of_the_chart_exist() -> anyhow::Result<()> {
    let Ok(values) = page::read("charts/agentcore-gateway-operator/values.yaml") else {
        assert!(
            page::is_there("charts/agentcore-gateway-operator/values.yaml"),
            "the chart is neither there nor promised"
        );
        return Ok(());
    };
    let values: Value = serde_saphyr::from_str(&values)?;
    let (mut complaints, mut seen) = (Vec::new(), 0);
    for source in page::pages()? {
        let text = page::read(&source)?;
        for path in named_values(&text) {
            seen += 1;
            complaints.extend(has(&values, &path).err().map(|why| format!("{source}: {path}: {why}")));
        }
    }
    assert!(seen > 20, "only {seen} values were found in pages");
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}

/// Values behind `chart:`, behind `--set` and in blocks that say that they are values.
fn named_values(text: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for rest in flat.split("(chart: ").skip(1) {
        let list = rest.split(')').next().unwrap_or_default();
        paths.extend(list.split('`').skip(1).step_by(2).map(str::to_owned));
    }
    for rest in flat.split("--set ").skip(1).chain(flat.split("--set-string ").skip(1)) {
        let setting = rest.split_whitespace().next().unwrap_or_default();
        paths.push(setting.split('=').next().unwrap_or_default().trim_matches(['\'', '"']).to_owned());
    }
    for (_, block) in markdown::blocks(text, "yaml values") {
        let Ok(block) = serde_saphyr::from_str::<Value>(&block) else {
            paths.push("a block of values that is no YAML".to_owned());
            continue;
        };
        leaves("", &block, &mut paths);
    }
    paths
}

fn leaves(path: &str, value: &Value, paths: &mut Vec<String>) {
    match value.as_object().filter(|members| !members.is_empty()) {
        Some(members) => {
            for (name, member) in members {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{}", name.replace('.', "\\.")) };
                leaves(&below, member, paths);
            }
        }
        None => paths.push(path.to_owned()),
    }
}

/// Whether a path leads to a value, or into one whose members everybody chooses.
fn has(values: &Value, path: &str) -> Result<(), String> {
    let mut at = values;
    // `a\.b` is one step.
    for step in path.replace("\\.", "\u{0}").split('.') {
        let step = step.replace('\u{0}', ".");
        let name = step.split('[').next().unwrap_or_default();
        match at.as_object() {
            Some(members) if members.is_empty() => return Ok(()),
            Some(members) => at = members.get(name).ok_or_else(|| format!("there is no {name}"))?,
            // A list's members are its own.
            None if at.is_array() => return Ok(()),
            None => return Err("it leads into something that has no members".to_owned()),
        }
    }
    Ok(())
}

#[test]
fn values_are_found_in_pages() {
    let page =
        "Lower it (chart: `a.b`,\n`c`). `helm install x --set d.e=1`\n```yaml values\nf: {g: 1}\nh:\n  k.l/m: n\n```\n";
    assert_eq!(named_values(page), ["a.b", "c", "d.e", "f.g", "h.k\\.l/m"]);
    let values = serde_json::json!({"f": {"g": 1}, "h": {}});
    assert!(has(&values, "f.g").is_ok() && has(&values, "h.k\\.l/m").is_ok());
    assert!(has(&values, "f.x").is_err() && has(&values, "x").is_err() && has(&values, "f.g.h").is_err());
}

/// Annotations, tags and finalizers of ours.
#[test]
fn annotations_exist() -> anyhow::Result<()> {
    let mut source = String::new();
    for file in page::below("src", "rs")? {
        source.push_str(&page::read(&file)?);
    }
    let (mut complaints, mut seen) = (Vec::new(), 0);
    for page_ in page::pages()? {
        for rest in page::read(&page_)?.split("tools.agentcore.dev/").skip(1) {
            let name = rest.split(|char: char| !char.is_ascii_lowercase() && char != '-').next().unwrap_or_default();
            if name.is_empty() || (name == "v" && rest.starts_with("v1alpha1")) {
                continue;
            }
            seen += 1;
            let known =
                source.contains(&format!("tools.agentcore.dev/{name}")) || source.contains(&format!("\"{name}\""));
            complaints.extend((!known).then(|| format!("{page_}: tools.agentcore.dev/{name}")));
        }
    }
    assert!(seen > 20, "only {seen} were found");
    assert!(complaints.is_empty(), "nothing in src/ has these:\n{}", complaints.join("\n"));
    Ok(())
}

/// Files of the repository that pages name in code.
#[test]
fn files_exist() -> anyhow::Result<()> {
    const OURS: [&str; 6] = ["src/", "tests/", "deploy/", "crds/", "docs/", "charts/"];
    let (mut complaints, mut seen) = (Vec::new(), 0);
    for source in page::pages()? {
        for (line, span) in markdown::code(&page::read(&source)?) {
            if !OURS.iter().any(|ours| span.starts_with(ours)) || span.contains([' ', '*', '<']) {
                continue;
            }
            seen += 1;
            let path = span.split("::").next().unwrap_or_default();
            complaints.extend((!page::is_there(path)).then(|| format!("{source}:{line}: {span}")));
        }
    }
    assert!(seen > 10, "only {seen} files were found");
    assert!(complaints.is_empty(), "these are not there:\n{}", complaints.join("\n"));
    Ok(())
}

/// Fields of specs and statuses that pages name: in prose, and in commands about our kinds.
#[test]
fn fields_exist() -> anyhow::Result<()> {
    const KINDS: [&str; 5] = ["acgw", "acgwt", "acrg", "acrc", "agentcore"];
    let schemas: Vec<Value> = page::below("crds", "yaml")?
        .iter()
        .map(|file| Ok(serde_saphyr::from_str::<Value>(&page::read(file)?)?))
        .collect::<anyhow::Result<_>>()?;
    let roots: Vec<&Value> =
        schemas.iter().map(|definition| &definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]).collect();
    let (mut complaints, mut seen) = (Vec::new(), 0);
    let pages = page::pages()?.into_iter().filter(|page| !page.starts_with("docs/reference/"));
    for source in pages {
        let text = page::read(&source)?;
        let mut named = markdown::code(&text);
        named.retain(|(_, span)| span.starts_with("spec.") || span.starts_with("status."));
        let ours = |line: &str| line.split([' ', '/']).any(|word| KINDS.contains(&word));
        for line in markdown::lines(&text).filter(|line| line.fence.is_some() && ours(line.text)) {
            named.extend(line.text.split("{.").skip(1).map(|path| (line.number, path.to_owned())));
        }
        for (line, path) in named {
            let end = path.find(|char: char| !char.is_ascii_alphanumeric() && char != '.').unwrap_or(path.len());
            let path = path[..end].trim_end_matches('.');
            if path.starts_with("spec") || path.starts_with("status") {
                seen += 1;
                let is_there = roots.iter().any(|root| is_field(root, path));
                complaints.extend((!is_there).then(|| format!("{source}:{line}: {path}")));
            }
        }
    }
    assert!(seen > 40, "only {seen} fields were found in pages");
    assert!(complaints.is_empty(), "no kind has these:\n{}", complaints.join("\n"));
    Ok(())
}

fn is_field(schema: &Value, path: &str) -> bool {
    let Some((first, rest)) = path.split_once('.').or(Some((path, ""))).filter(|(first, _)| !first.is_empty()) else {
        return true;
    };
    let property = &schema["properties"][first];
    let inner = if property["items"].is_object() { &property["items"] } else { property };
    property.is_object() && is_field(inner, rest)
}
