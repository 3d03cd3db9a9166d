//! What `/metrics` says, read as Prometheus reads it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;

/// A metric as it was told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// What it means.
    pub(crate) help: String,
    /// `counter`, `gauge` or `histogram`.
    pub(crate) kind: String,
    /// The labels of its series, each series by itself; without those of buckets.
    pub(crate) labels: BTreeSet<Vec<String>>,
    /// How many series there are, buckets and sums counted one by one.
    pub(crate) series: usize,
}

/// The metrics of an exposition, by name.
pub(crate) fn read(text: &str) -> anyhow::Result<BTreeMap<String, Told>> {
    let mut all: BTreeMap<String, Told> = BTreeMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').with_context(|| format!("no help in {line}"))?;
            anyhow::ensure!(!all.contains_key(name), "{name} is told twice");
            all.insert(name.to_owned(), Told { help: help.to_owned(), ..Told::default() });
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').with_context(|| format!("no type in {line}"))?;
            let told = all.get_mut(name).with_context(|| format!("{name} has no help"))?;
            kind.clone_into(&mut told.kind);
        } else if !line.is_empty() {
            let (name, labels) = series(line)?;
            let family = family(&all, name).with_context(|| format!("{line} belongs to nothing"))?;
            let told = all.get_mut(&family).context("no such family")?;
            told.series += 1;
            told.labels.insert(labels.into_iter().filter(|label| label != "le").collect());
        }
    }
    Ok(all)
}

/// The value of the series with this name and, among others, these labels; the sum, where there are several.
pub(crate) fn value(text: &str, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let is_it = |line: &&str| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']))
            && labels.iter().all(|(label, value)| line.contains(&format!("{label}=\"{value}\"")))
    };
    let values: Vec<f64> =
        text.lines().filter(is_it).filter_map(|line| line.rsplit(' ').next()?.parse().ok()).collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

fn series(line: &str) -> anyhow::Result<(&str, Vec<String>)> {
    let (left, value) = line.rsplit_once(' ').with_context(|| format!("no value in {line}"))?;
    anyhow::ensure!(value.parse::<f64>().is_ok(), "{value} is no number in {line}");
    let Some((name, rest)) = left.split_once('{') else { return Ok((left, Vec::new())) };
    let mut labels = Vec::new();
    let mut rest = rest;
    // A label's value may hold whatever a person wrote; only its own quotes are escaped.
    while let Some((label, quoted)) = rest.split_once("=\"") {
        labels.push(label.trim_start_matches(',').to_owned());
        let end = closing(quoted).with_context(|| format!("no end of a value in {line}"))?;
        rest = &quoted[end + 1..];
    }
    anyhow::ensure!(rest == "}", "something is left over in {line}");
    Ok((name, labels))
}

fn closing(quoted: &str) -> Option<usize> {
    let mut escaped = false;
    quoted.char_indices().find_map(|(at, character)| {
        let ends = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        ends.then_some(at)
    })
}

fn family(all: &BTreeMap<String, Told>, name: &str) -> Option<String> {
    if all.contains_key(name) {
        return Some(name.to_owned());
    }
    let base = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix))?;
    all.get(base).filter(|told| told.kind == "histogram").map(|_| base.to_owned())
}
