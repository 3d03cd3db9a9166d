//! `docs/reasons/`: a page per reason that a condition can have, for whoever is called at night.

mod declared;
mod groups;
mod places;
mod uses;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use declared::Declared;
use groups::GROUPS;
use places::Places;

use crate::page;

#[test]
fn the_pages_about_reasons_are_fresh() -> anyhow::Result<()> {
    let (declared, places) = (declared::all()?, places::all()?);
    let mut pages = BTreeMap::from([("README.md".to_owned(), index(&declared)?)]);
    for reason in &declared {
        let places = places.get(&reason.name).cloned().unwrap_or_default();
        pages.insert(format!("{}.md", reason.name), of_reason(reason, &places)?);
    }
    page::are_fresh("docs/reasons", &pages, &[])
}

fn of_reason(reason: &Declared, places: &Places) -> anyhow::Result<String> {
    let (name, meaning) = (&reason.name, &reason.meaning);
    let group = GROUPS.iter().find(|group| group.reasons.contains(&name.as_str()));
    let who = group.map(|group| group.who).unwrap_or_default();
    let mut page = format!("# {name}\n\n{}\n\n{meaning}\n\n**Who acts:** {who}\n\n", page::MADE);
    // A page's sections are one level below its title.
    let advice = reason.advice.replace("\n# ", "\n## ");
    writeln!(page, "#{advice}")?;
    page.push_str("## Where it stands\n\n| Condition | Of |\n|---|---|\n");
    for (place, kinds) in places {
        let kinds: Vec<&str> = kinds.iter().copied().collect();
        let of = if kinds == places::EVERY { "every kind".to_owned() } else { kinds.join(", ") };
        writeln!(page, "| {place} | {of} |")?;
    }
    page.push_str("\n[All reasons](README.md), and how to read them.\n");
    Ok(page)
}

fn index(declared: &[Declared]) -> anyhow::Result<String> {
    let mut page = format!("# Reasons\n\n{}\n\n{}", page::MADE, groups::HEAD);
    for group in GROUPS {
        write!(page, "\n## {}\n\n{}\n\n| Reason | Meaning |\n|---|---|\n", group.title, group.who)?;
        for name in group.reasons {
            let reason = declared.iter().find(|reason| reason.name == *name);
            let meaning = reason.map(|reason| reason.meaning.as_str()).unwrap_or_default();
            writeln!(page, "| [{name}]({name}.md) | {meaning} |")?;
        }
    }
    Ok(page)
}

/// Every reason is in one group, and the groups' word on whether it passes by itself is the source's.
#[test]
fn reasons_are_grouped_by_who_acts() -> anyhow::Result<()> {
    let declared: BTreeSet<String> = declared::all()?.into_iter().map(|reason| reason.name).collect();
    let grouped: Vec<&str> = GROUPS.iter().flat_map(|group| group.reasons).copied().collect();
    let once: BTreeSet<String> = grouped.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(once.len(), grouped.len(), "a reason is in two groups");
    assert_eq!(once, declared);
    let places = places::all()?;
    for group in GROUPS.iter().filter(|group| group.by_itself) {
        for name in group.reasons {
            let stalls = places.get(*name).is_some_and(places::stalls);
            assert!(!stalls, "{name} is said to pass by itself, and the source stalls objects with it");
        }
    }
    Ok(())
}

/// A page about what no code says would send people looking for it.
#[test]
fn every_reason_is_given_somewhere() -> anyhow::Result<()> {
    let places = places::all()?;
    let idle: Vec<String> =
        declared::all()?.into_iter().map(|reason| reason.name).filter(|name| !places.contains_key(name)).collect();
    assert!(idle.is_empty(), "declared, and given by no code: {idle:?}");
    Ok(())
}

/// What passes by itself is what the source says passes by itself.
#[test]
fn what_comes_by_itself_is_as_in_the_source() -> anyhow::Result<()> {
    let source = page::read("src/workload/hop.rs")?;
    let list = source.split_once("const BY_ITSELF").and_then(|(_, rest)| rest.split_once(';')?.1.split_once(';'));
    let list = list.map(|(list, _)| list).unwrap_or_default();
    let named: Vec<&str> = list.split("Reason::").skip(1).map(word).collect();
    assert_eq!(named, places::BY_ITSELF);
    Ok(())
}

fn word(text: &str) -> &str {
    text.split(|char: char| !char.is_alphanumeric()).next().unwrap_or_default()
}

/// Each advice says what to do and shows an example, whose words are a message that the source can make.
#[test]
fn examples_are_messages_of_the_source() -> anyhow::Result<()> {
    let texts = uses::texts()?;
    let mut complaints = Vec::new();
    for Declared { name, meaning, advice } in declared::all()? {
        let example = advice.split_once("# Example\n\n> ").map(|(_, example)| example.trim());
        if !advice.starts_with("# What to do\n\n") || !meaning.ends_with('.') {
            complaints.push(format!("{name}: no sentence about what it means, or no section about what to do"));
        }
        let made = |example: &str| texts.iter().any(|text| is_made_of(example, text));
        if !example.is_some_and(made) {
            complaints.push(format!("{name}: no text in the source makes the message {example:?}"));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}

/// Whether a message has all that a text of the source has around its placeholders, in this order.
fn is_made_of(message: &str, text: &str) -> bool {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        parts.push(before);
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    parts.push(rest);
    let said: usize = parts.iter().map(|part| part.len()).sum();
    let mut rest = message;
    said >= 15
        && parts.iter().all(|part| match rest.split_once(*part) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
}

#[test]
fn a_message_is_told_from_what_it_is_made_of() {
    assert!(is_made_of("Gateway a/b does not exist; waiting for it", "{source} does not exist; waiting for it"));
    assert!(!is_made_of("Gateway a/b does not exist", "{source} does not exist; waiting for it"));
    assert!(!is_made_of("anything", "{a}{b}"));
}
