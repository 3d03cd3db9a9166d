//! Alerts and dashboards ask only for what there is, and fire when they should and not when they should not. `docs/alerts.md` tells of them.

mod page;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use agentcore_gateway_operator::{
    aws::{Fault, FaultKind},
    metrics::catalog,
};
use anyhow::Context;
use lab::tools::Tool;
use serde_json::Value;

use crate::{
    busy::scrape,
    exposition::{self, Told},
};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/agentcore-gateway-operator/files");

/// The cases of `promtool test rules`.
const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/packaging/alerts.yaml");

/// Labels that Prometheus adds, and that of histograms.
const ADDED_LABELS: [&str; 4] = ["job", "instance", "pod", "le"];

/// What Grafana puts into an expression, and what stands for it here.
const VARIABLES: [(&str, &str); 3] = [("$__rate_interval", "5m"), ("$namespace", ".*"), ("$kind", ".*")];

/// An expression, and where it stands.
type Expression = (String, String);

#[tokio::test(flavor = "multi_thread")]
async fn alerts_and_dashboards_ask_for_what_a_running_operator_tells() -> anyhow::Result<()> {
    let told = exposition::read(scrape().await?)?;
    let labels: BTreeSet<&str> =
        catalog::all().iter().flat_map(|described| described.labels).copied().chain(ADDED_LABELS).collect();
    let expressions: Vec<Expression> = alerts()?.into_iter().chain(panels()?).collect();
    assert!(expressions.len() > 40, "only {} expressions were found", expressions.len());
    for (place, expression) in &expressions {
        let asked = read(expression);
        assert!(!asked.metrics.is_empty(), "{place} asks for no metric: {expression}");
        for name in &asked.metrics {
            assert!(is_told(&told, name), "{place} asks for {name}, which no operator tells: {expression}");
        }
        let unknown: Vec<_> = asked.labels.iter().filter(|label| !labels.contains(label.as_str())).collect();
        assert!(unknown.is_empty(), "{place} asks for labels that no metric has, {unknown:?}: {expression}");
    }
    Ok(())
}

#[test]
fn promtool_takes_the_rules_and_every_expression_of_the_dashboards() -> anyhow::Result<()> {
    promtool(&["check", "rules", "--lint=all", "--lint-fatal", &rules_file()])?;
    let mut rules = String::from("groups:\n- name: dashboards\n  rules:\n");
    for (number, (_, expression)) in panels()?.iter().enumerate() {
        let expression = VARIABLES.iter().fold(expression.clone(), |text, (name, value)| text.replace(name, value));
        writeln!(rules, "  - record: panel:{number}\n    expr: {}", Value::String(expression))?;
    }
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("panels.yaml");
    std::fs::write(&file, rules)?;
    promtool(&["check", "rules", &file.display().to_string()])
}

#[test]
fn alerts_fire_when_they_should_and_not_when_they_should_not() -> anyhow::Result<()> {
    promtool(&["test", "rules", CASES])?;
    // Each of them was seen to fire, and not to.
    let cases: Value = serde_saphyr::from_str(&std::fs::read_to_string(CASES)?)?;
    let mut seen: BTreeMap<String, BTreeSet<bool>> = BTreeMap::new();
    for case in list(&cases["tests"]).iter().flat_map(|test| list(&test["alert_rule_test"])) {
        let name = case["alertname"].as_str().context("a case of no alert")?;
        seen.entry(name.to_owned()).or_default().insert(!list(&case["exp_alerts"]).is_empty());
    }
    for (name, _) in alerts()? {
        let both = BTreeSet::from([false, true]);
        assert_eq!(seen.remove(&name).unwrap_or_default(), both, "{name} needs cases in which it fires and does not");
    }
    assert!(seen.is_empty(), "cases of alerts that there are not: {seen:?}");
    Ok(())
}

#[test]
fn alerts_say_how_bad_it_is_and_what_to_do() -> anyhow::Result<()> {
    for rule in rules()? {
        let name = rule["alert"].as_str().context("not an alert")?;
        assert!(matches!(rule["labels"]["severity"].as_str(), Some("warning" | "critical")), "{name}");
        let annotation =
            |part: &str| rule["annotations"][part].as_str().with_context(|| format!("{name} has no {part}"));
        let summary = annotation("summary")?;
        assert!(summary.len() > 10 && !summary.contains("$value"), "{name}: a summary is the same as long as it fires");
        let paragraphs: Vec<&str> = annotation("description")?.lines().collect();
        let [meaning, action] = paragraphs[..] else {
            anyhow::bail!("{name}: a description says what it means, and then what to do: {paragraphs:?}")
        };
        assert!(meaning.len() > 10, "{name}: {meaning}");
        assert!(
            action.contains("docs/") || action.contains("`kubectl "),
            "{name} names no command and no page: {action}"
        );
    }
    Ok(())
}

/// Codes that say that credentials are no good. The operator tries again, since they may be renewed meanwhile; a person wants to know.
const CREDENTIALS: [&str; 10] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    // An answer without a code of AWS's.
    "403",
];

#[test]
fn denied_is_what_the_operator_takes_for_denied() -> anyhow::Result<()> {
    let is_denied = |code: &str| Fault::new("GetGateway", Some(code), "").kind == FaultKind::Denied;
    let source = include_str!("../../src/aws/fault.rs");
    let known: BTreeSet<&str> = source.split('"').filter(|code| is_denied(code)).collect();
    assert!(known.len() > 5, "only {known:?} were found");
    let rules = alerts()?;
    let (_, rule) = rules.iter().find(|(name, _)| name == "AgentcoreAwsDenied").context("no such alert")?;
    let codes = rule.split_once("code=~\"").and_then(|(_, rest)| rest.split_once('"')).context("no codes")?.0;
    let asked: BTreeSet<&str> = codes.split('|').collect();
    let expected: BTreeSet<&str> = known.into_iter().chain(CREDENTIALS).collect();
    assert_eq!(asked, expected);
    Ok(())
}

#[test]
fn dashboards_can_be_told_apart_and_ask_the_data_source_that_is_chosen() -> anyhow::Result<()> {
    let mut names = BTreeSet::new();
    for (file, dashboard) in dashboards()? {
        for member in ["uid", "title"] {
            let name = dashboard[member].as_str().with_context(|| format!("{file} has no {member}"))?;
            assert!(names.insert(name.to_owned()), "{name} stands for two dashboards");
        }
        let panels = list(&dashboard["panels"]);
        let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].to_string()).collect();
        assert_eq!(ids.len(), panels.len(), "{file}: panels with the same id");
        let shown = panels.iter().filter(|panel| panel["type"] != "row");
        assert!(shown.clone().count() > 10, "{file} shows hardly anything");
        for panel in shown {
            assert_eq!(panel["datasource"]["uid"], "${datasource}", "{file}: {}", panel["title"]);
            let place = &panel["gridPos"];
            let end = place["x"].as_u64().zip(place["w"].as_u64()).map_or(u64::MAX, |(x, width)| x + width);
            assert!(end <= 24, "{file}: {} does not fit", panel["title"]);
        }
    }
    Ok(())
}

/// What an expression asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    metrics: BTreeSet<String>,
    labels: BTreeSet<String>,
}

/// Takes every word for a metric that is neither a label, nor a function, nor a word of the language: what is not known here makes a test
/// fail, and is never passed over.
fn read(expression: &str) -> Asked {
    const LANGUAGE: [&str; 11] =
        ["by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless", "bool", "offset"];
    const BEFORE_LABELS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];
    let mut asked = Asked::default();
    let mut within_labels = false;
    let mut word_before = "";
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let is_word = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | ':');
        let length = match first {
            '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            '[' => rest.find(']').map_or(rest.len(), |end| end + 1),
            first if is_word(first) => rest.find(|character| !is_word(character)).unwrap_or(rest.len()),
            first => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        match first {
            '{' => within_labels = true,
            '(' if BEFORE_LABELS.contains(&word_before) => within_labels = true,
            '}' | ')' => within_labels = false,
            first if first.is_ascii_alphabetic() || first == '_' => {
                let is_called =
                    ["(", "by ", "by(", "without ", "without("].iter().any(|next| after.trim_start().starts_with(next));
                if within_labels {
                    asked.labels.insert(token.to_owned());
                } else if !LANGUAGE.contains(&token) && !is_called {
                    asked.metrics.insert(token.to_owned());
                }
            }
            _ => {}
        }
        if !first.is_whitespace() {
            word_before = token;
        }
        rest = after;
    }
    asked
}

#[test]
fn expressions_are_read_word_by_word() {
    let asked = read(
        "histogram_quantile(0.99, sum by (le, controller) (rate(a_seconds_bucket{kind=~\"x|y_z\", type!=\"b\"}[5m]) * on (job) \
         group_left () build_info)) > 0.5 unless on (name) gone or vector(0)",
    );
    let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(asked.metrics, set(&["a_seconds_bucket", "build_info", "gone"]));
    assert_eq!(asked.labels, set(&["le", "controller", "kind", "type", "job", "name"]));
}

/// Whether there is such a metric, or one of the series of a histogram.
fn is_told(told: &BTreeMap<String, Told>, name: &str) -> bool {
    let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
    let is_histogram = |base: &str| told.get(base).is_some_and(|metric| metric.kind == "histogram");
    told.get(name).is_some_and(|metric| metric.kind != "histogram") || of_histogram.is_some_and(is_histogram)
}

fn rules_file() -> String {
    format!("{FILES}/rules.yaml")
}

fn rules() -> anyhow::Result<Vec<Value>> {
    let read: Value = serde_saphyr::from_str(&std::fs::read_to_string(rules_file())?)?;
    let rules: Vec<_> = list(&read["groups"]).iter().flat_map(|group| list(&group["rules"])).cloned().collect();
    anyhow::ensure!(!rules.is_empty(), "there are no rules");
    Ok(rules)
}

/// The alerts' expressions, by name.
fn alerts() -> anyhow::Result<Vec<Expression>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    rules()?.iter().map(|rule| text(&rule["alert"]).zip(text(&rule["expr"])).context("not an alert")).collect()
}

/// The dashboards, by file.
fn dashboards() -> anyhow::Result<Vec<(String, Value)>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(Path::new(FILES).join("dashboards"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<anyhow::Result<_>>()?;
    files.sort();
    anyhow::ensure!(!files.is_empty(), "there are no dashboards");
    files
        .into_iter()
        .map(|file| Ok((file.display().to_string(), serde_json::from_str(&std::fs::read_to_string(&file)?)?)))
        .collect()
}

/// The expressions of the dashboards' panels and variables.
fn panels() -> anyhow::Result<Vec<Expression>> {
    let mut all = Vec::new();
    for (file, dashboard) in dashboards()? {
        for panel in list(&dashboard["panels"]).iter().filter(|panel| panel["type"] != "row") {
            let targets = list(&panel["targets"]);
            anyhow::ensure!(!targets.is_empty(), "{file}: {} asks for nothing", panel["title"]);
            for target in targets {
                let expression = target["expr"].as_str().with_context(|| format!("{file}: no expression"))?;
                all.push((format!("{file}: {}", panel["title"]), expression.to_owned()));
            }
        }
        for variable in list(&dashboard["templating"]["list"]).iter().filter(|variable| variable["type"] == "query") {
            let query = variable["query"]["query"].as_str().with_context(|| format!("{file}: no query"))?;
            let asked = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
            let (selector, label) =
                asked.and_then(|asked| asked.rsplit_once(", ")).with_context(|| query.to_owned())?;
            all.push((format!("{file}: {query}"), format!("count by ({label}) ({selector})")));
        }
    }
    Ok(all)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(crate) fn promtool(arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new(Tool::Promtool.ensure()?).args(arguments).output()?;
    let said = [output.stdout, output.stderr].concat();
    anyhow::ensure!(output.status.success(), "promtool {arguments:?}:\n{}", String::from_utf8_lossy(&said));
    Ok(())
}
