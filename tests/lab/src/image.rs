//! The operator's container image: static programs for every platform and the authorities it trusts, and nothing else.
//!
//! Built without a container engine, pushed to a registry on this machine, pulled back, and held against what it has to be.
//! The same commit gives the same digest on every machine: the compiler is the pinned one, the tools are, times are the commit's, and no
//! path of the machine is left in a program. That is tried, too: by a second build in another directory.

mod bill;
mod check;
mod checkout;
mod layer;
mod layout;
mod platform;
mod registry;
mod stamp;
mod workshop;

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::terminal::Progress;
use bill::Bill;
use checkout::Checkout;
use layer::Layer;
use layout::{Blob, Layout};
use registry::Crane;
use stamp::Stamp;
use workshop::Workshop;

pub use platform::Platform;

/// What is built, and where it goes.
#[derive(Debug, Clone, clap::Args)]
pub struct ImageArguments {
    /// Builds once only: whether a second build gives the same is not tried
    #[arg(long)]
    once: bool,
    /// For which machines, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', default_value = "linux/amd64,linux/arm64")]
    platforms: Vec<Platform>,
    /// Where the sources can be had, for the label `org.opencontainers.image.source`
    #[arg(long, value_name = "URL", env = "IMAGE_SOURCE")]
    source: Option<String>,
    /// Pushes image and bills of materials there when every check has passed: REGISTRY/REPOSITORY:TAG
    #[arg(long, value_name = "REFERENCE")]
    push: Option<String>,
}

/// The image of one platform.
#[derive(Debug)]
struct Variant {
    platform: Platform,
    /// The program, as it was built.
    program: Vec<u8>,
    layer: Layer,
    bill: Bill,
    manifest: Blob,
}

/// The image of all platforms, on disk.
#[derive(Debug)]
struct Image {
    variants: Vec<Variant>,
    /// The OCI layout with the image.
    layout: PathBuf,
    /// The OCI layouts with the bills of materials, one for each platform.
    bills: Vec<PathBuf>,
    /// The digest of the index.
    digest: String,
}

/// Builds, checks, and prints what came out.
///
/// # Errors
///
/// A tool cannot be had, a build failed, or the image is not what it has to be.
pub async fn run(arguments: ImageArguments) -> anyhow::Result<()> {
    let checkout = Checkout::here()?;
    let stamp = Stamp::of(&checkout, arguments.source.clone())?;
    let building = {
        let (checkout, stamp, platforms) = (checkout.clone(), stamp.clone(), arguments.platforms);
        tokio::task::spawn_blocking(move || {
            let workshop = Workshop::ensure(&checkout, platforms)?;
            let image = build(&workshop, &checkout, &stamp)?;
            anyhow::Ok((workshop, image))
        })
    };
    let (workshop, image) = building.await??;
    let crane = tokio::task::spawn_blocking(Crane::ensure).await??;
    check::run(&image, &checkout, &workshop, &crane, &stamp).await?;
    let again = if arguments.once { None } else { Some(build_again(workshop, &checkout, &stamp).await?) };
    report(&image, &stamp, again.as_ref());
    if let Some(again) = again {
        compare(&image, &again)?;
    }
    if let Some(reference) = &arguments.push {
        image.push(&crane, reference)?;
        println!("pushed to {reference}");
    }
    Ok(())
}

impl Image {
    /// Pushes the image, and the bills of materials as what refers to its manifests.
    fn push(&self, crane: &Crane, reference: &str) -> anyhow::Result<()> {
        crane.push(&self.layout, reference)?;
        let repository = registry::repository(reference);
        self.bills.iter().zip(&self.variants).try_for_each(|(layout, variant)| {
            let manifest = variant.bill.manifest(&variant.manifest)?;
            crane.push(layout, &format!("{repository}@{}", manifest.digest))
        })
    }
}

/// Builds the programs of all platforms from one checkout and makes the image of them.
fn build(workshop: &Workshop, checkout: &Checkout, stamp: &Stamp) -> anyhow::Result<Image> {
    let directory = checkout.target();
    let layout = Layout::create(&directory.join("oci"))?;
    let mut variants = Vec::new();
    let mut bills = Vec::new();
    for &platform in workshop.platforms() {
        let file = workshop.build(checkout, platform, stamp)?;
        let program = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let layer = Layer::of(&program, checkout, stamp)?;
        let bill = Bill::of(&program, platform, checkout, workshop, stamp)?;
        let manifest = layout.add_image(platform, &layer, stamp)?;
        bills.push(bill.write(&directory.join(format!("bill-{}", platform.architecture())), &manifest)?);
        variants.push(Variant { platform, program, layer, bill, manifest });
    }
    let manifests: Vec<(Platform, &Blob)> =
        variants.iter().map(|variant| (variant.platform, &variant.manifest)).collect();
    let digest = layout.finish(&manifests, stamp)?;
    Ok(Image { variants, layout: layout.directory().to_owned(), bills, digest })
}

/// The same from a copy of the sources, with a target directory of its own. What is common is the tools and the downloaded crates.
async fn build_again(workshop: Workshop, checkout: &Checkout, stamp: &Stamp) -> anyhow::Result<Image> {
    Progress::say("Once more in another directory, to see whether it gives the same");
    let (checkout, stamp) = (checkout.clone(), stamp.clone());
    tokio::task::spawn_blocking(move || build(&workshop, &checkout.copy()?, &stamp)).await?
}

fn compare(image: &Image, again: &Image) -> anyhow::Result<()> {
    let different: Vec<&str> = image
        .variants
        .iter()
        .zip(&again.variants)
        .filter(|(one, other)| one.program != other.program)
        .map(|(one, _)| one.platform.name())
        .collect();
    anyhow::ensure!(
        image.digest == again.digest,
        "the image is not reproducible: a second build in another directory gave {}, not {}; the programs differ for: {}. Compare {} and {}",
        again.digest,
        image.digest,
        if different.is_empty() { "none".to_owned() } else { different.join(", ") },
        image.layout.display(),
        again.layout.display(),
    );
    let bills = |image: &Image| -> Vec<Vec<u8>> {
        image.variants.iter().map(|variant| variant.bill.content().to_vec()).collect()
    };
    anyhow::ensure!(bills(image) == bills(again), "the bills of materials of two builds of one commit differ");
    Ok(())
}

fn report(image: &Image, stamp: &Stamp, again: Option<&Image>) {
    println!("\n{:<13} {:>9}  {:>17}  digest", "platform", "program", "layer, compressed");
    for variant in &image.variants {
        println!(
            "{:<13} {:>6.1} MB  {:>14.1} MB  {}",
            variant.platform.name(),
            megabytes(variant.program.len()),
            megabytes(variant.layer.compressed().len()),
            variant.manifest.digest
        );
    }
    println!("{:<13} {:>9}  {:>17}  {}", "all", "", "", image.digest);
    println!(
        "\nversion {}, revision {}, reproducible: {}",
        stamp.version,
        stamp.revision,
        match again {
            None => "not tried",
            Some(again) if again.digest == image.digest => "yes (two builds in two directories)",
            Some(_) => "NO",
        }
    );
    println!("{} (crane push {} REFERENCE)", image.layout.display(), image.layout.display());
    for bill in &image.bills {
        println!("{}", Bill::file(bill).display());
    }
}

#[expect(clippy::cast_precision_loss, reason = "megabytes for people")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

/// Runs a command to its end and answers with what it wrote to standard output; the error has what it wrote to standard error.
fn output(command: &mut std::process::Command) -> anyhow::Result<Vec<u8>> {
    let program = Path::new(command.get_program()).display().to_string();
    let output = command.output().with_context(|| format!("cannot start {program}"))?;
    anyhow::ensure!(
        output.status.success(),
        "{program} {} failed ({}):\n{}",
        command.get_args().map(std::ffi::OsStr::to_string_lossy).collect::<Vec<_>>().join(" "),
        output.status,
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
    Ok(output.stdout)
}
