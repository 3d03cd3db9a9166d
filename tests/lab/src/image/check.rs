//! What the image has to be, held against what a registry gives back.

mod contents;
mod pod;
mod program;

use anyhow::Context;
use serde_json::{Value, json};

use super::bill;
use super::checkout::Checkout;
use super::layer::{PROGRAM, digest};
use super::layout::USER;
use super::registry::{Crane, Registry};
use super::stamp::Stamp;
use super::workshop::Workshop;
use super::{Image, Variant, registry};
use contents::Contents;

/// The most that a program, and its layer, may have: in bytes.
const SIZE_LIMIT: usize = 30_000_000;

/// Pushes the image to a registry of its own, pulls it back and checks everything; each thing that holds is said.
pub(super) async fn run(
    image: &Image,
    checkout: &Checkout,
    workshop: &Workshop,
    crane: &Crane,
    stamp: &Stamp,
) -> anyhow::Result<()> {
    let registry = Registry::start(crane).await?;
    let reference = registry.reference(PROGRAM, stamp.version);
    image.push(crane, &reference)?;
    crane.validate(&reference)?;
    index(image, crane, &reference)?;
    for variant in &image.variants {
        let platform = variant.platform.name();
        config(variant, crane, &reference, stamp)?;
        let contents = Contents::pull(variant, crane, &reference)?;
        contents.check(stamp)?;
        let list = program::check(&variant.program, variant.platform, checkout, workshop)?;
        holds(&format!("{platform}: as it was built; {} packages in its list", list.packages.len()));
        bill_of(variant, &list, crane, &reference)?;
        pod::speaks(variant, crane, &reference)?;
        pod::works(variant, crane, &reference).await?;
    }
    Ok(())
}

/// Says what has been found to hold.
fn holds(what: &str) {
    println!("  holds: {what}");
}

/// Says what could not be tried here, so that it is not taken for tried.
fn skipped(what: &str) {
    println!("  SKIPPED: {what}");
}

/// The index is the one that was built, and has the images of all platforms.
fn index(image: &Image, crane: &Crane, reference: &str) -> anyhow::Result<()> {
    let raw = crane.manifest(reference)?;
    anyhow::ensure!(digest(&raw) == image.digest, "the registry has the index {}, not {}", digest(&raw), image.digest);
    let index: Value = serde_json::from_slice(&raw)?;
    let expected: Vec<Value> = image
        .variants
        .iter()
        .map(|variant| json!({"os": "linux", "architecture": variant.platform.architecture()}))
        .collect();
    let found: Vec<&Value> =
        index["manifests"].as_array().into_iter().flatten().map(|manifest| &manifest["platform"]).collect();
    anyhow::ensure!(found == expected.iter().collect::<Vec<_>>(), "the index is for other platforms: {found:?}");
    holds(&format!("one index for {} platforms, {}", found.len(), image.digest));
    Ok(())
}

/// Who it runs as, what it starts, and what it says about itself.
fn config(variant: &Variant, crane: &Crane, reference: &str, stamp: &Stamp) -> anyhow::Result<()> {
    let platform = variant.platform.name();
    let config = crane.config(reference, platform)?;
    let expected = [
        ("/os", json!("linux")),
        ("/architecture", json!(variant.platform.architecture())),
        ("/config/User", json!(USER)),
        ("/config/Entrypoint", json!([format!("/{PROGRAM}")])),
        ("/created", json!(stamp.created()?)),
        ("/config/Labels/org.opencontainers.image.version", json!(stamp.version)),
        ("/config/Labels/org.opencontainers.image.revision", json!(stamp.revision)),
        ("/config/Labels/org.opencontainers.image.licenses", json!("Apache-2.0")),
    ];
    for (pointer, value) in &expected {
        let found = config.pointer(pointer);
        anyhow::ensure!(found == Some(value), "{platform}: {pointer} of the config is {found:?}, not {value}");
    }
    let nothing_else = config["config"].as_object().is_some_and(|config| !config.contains_key("Cmd"));
    anyhow::ensure!(nothing_else, "{platform}: the config has a command besides its entry point");
    holds(&format!("{platform}: user {USER}, entry point /{PROGRAM}, labels"));
    Ok(())
}

/// The bill of materials is found from the manifest, and lists what the program lists.
fn bill_of(
    variant: &Variant,
    list: &auditable_serde::VersionInfo,
    crane: &Crane,
    reference: &str,
) -> anyhow::Result<()> {
    let platform = variant.platform.name();
    let repository = registry::repository(reference);
    let manifest = Registry::referrer(crane, repository, &variant.manifest.digest, bill::MEDIA_TYPE)?;
    let document = manifest.pointer("/layers/0/digest").and_then(Value::as_str).context("a bill without a document")?;
    let document = crane.blob(&format!("{repository}@{document}"))?;
    anyhow::ensure!(document == variant.bill.content(), "{platform}: the registry has another bill of materials");
    let document: Value = serde_json::from_slice(&document)?;
    let components = document["components"].as_array().context("a bill without components")?;
    let libraries: Vec<&Value> = components.iter().filter(|component| component["type"] == "library").collect();
    // The program itself is no component of itself.
    anyhow::ensure!(
        libraries.len() + 1 == list.packages.len(),
        "{platform}: the bill has {} libraries",
        libraries.len()
    );
    let bare = libraries.iter().find(|library| library["licenses"].is_null() || library["hashes"].is_null());
    anyhow::ensure!(bare.is_none(), "{platform}: the bill knows no licence or no checksum of {bare:?}");
    holds(&format!("{platform}: the bill of materials refers to it, {} components", components.len()));
    Ok(())
}
