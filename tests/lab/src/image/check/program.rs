//! A program of the image, read as a file: what it needs, what it lists, and what it gives away.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context;
use auditable_serde::VersionInfo;
use object::LittleEndian;
use object::elf::{DT_NEEDED, ET_DYN, FileHeader64, PT_INTERP};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use serde_json::Value;

use super::super::bill;
use super::super::checkout::Checkout;
use super::super::layer::PROGRAM;
use super::super::platform::Platform;
use super::super::workshop::Workshop;

/// Checks everything, and answers with the list of what the program is made of.
pub(super) fn check(
    program: &[u8],
    platform: Platform,
    checkout: &Checkout,
    workshop: &Workshop,
) -> anyhow::Result<VersionInfo> {
    stands_alone(program, platform).with_context(|| platform.name())?;
    gives_nothing_away(program, checkout, workshop).with_context(|| platform.name())?;
    let list = bill::list(program)?;
    lists(&list, &workshop.metadata(checkout, platform)?).with_context(|| platform.name())?;
    Ok(list)
}

/// It needs no loader and no library, is for this platform, and may be loaded anywhere.
fn stands_alone(program: &[u8], platform: Platform) -> anyhow::Result<()> {
    let header = FileHeader64::<LittleEndian>::parse(program)?;
    let endian = header.endian()?;
    let machine = header.e_machine(endian);
    anyhow::ensure!(machine == platform.machine(), "the program is for another processor ({machine})");
    anyhow::ensure!(header.e_type(endian) == ET_DYN, "the program is not position-independent");
    for segment in header.program_headers(endian, program)? {
        anyhow::ensure!(segment.p_type(endian) != PT_INTERP, "the program needs a loader, so it is not static");
        for entry in segment.dynamic(endian, program)?.unwrap_or_default() {
            anyhow::ensure!(entry.tag(endian) != DT_NEEDED, "the program needs a library, so it is not static");
        }
    }
    Ok(())
}

/// No directory of the machine that built it stands in it.
fn gives_nothing_away(program: &[u8], checkout: &Checkout, workshop: &Workshop) -> anyhow::Result<()> {
    let mut directories = vec![checkout.source().to_owned(), checkout.target().to_owned()];
    directories.extend(workshop.directories().into_iter().map(PathBuf::from));
    directories.extend(std::env::var_os("HOME").map(PathBuf::from));
    match directories.iter().find_map(|directory| named(program, directory)) {
        Some(found) => anyhow::bail!("the program names a directory of this machine: {found}"),
        None => Ok(()),
    }
}

/// Where a program names a directory, with what follows.
fn named(program: &[u8], directory: &Path) -> Option<String> {
    let text = format!("{}/", directory.display());
    // The root of all directories stands in every path.
    if text.len() < 3 {
        return None;
    }
    let position = program.windows(text.len()).position(|window| window == text.as_bytes())?;
    let end = program.len().min(position + 120);
    Some(String::from_utf8_lossy(program.get(position..end)?).escape_debug().to_string())
}

/// The list is of this program: it has each dependency that `Cargo.toml` names, and nothing that only tests need.
fn lists(list: &VersionInfo, metadata: &Value) -> anyhow::Result<()> {
    let listed: BTreeSet<&str> = list.packages.iter().map(|package| package.name.as_str()).collect();
    let root = list.packages.iter().find(|package| package.root).context("the list has no root")?;
    anyhow::ensure!(root.name == PROGRAM, "the list is of {}", root.name);
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let own =
        packages.iter().find(|package| package["name"] == root.name).context("cargo metadata lacks the operator")?;
    let dependencies = own["dependencies"].as_array().context("the operator has no dependencies")?;
    let of_kind = |wanted: &Value| {
        let named = dependencies.iter().filter(move |dependency| dependency["kind"] == *wanted);
        named.filter_map(|dependency| dependency["name"].as_str()).collect::<BTreeSet<&str>>()
    };
    let (normal, tests) = (of_kind(&Value::Null), of_kind(&Value::from("dev")));
    let missing: Vec<_> = normal.difference(&listed).collect();
    anyhow::ensure!(!normal.is_empty() && missing.is_empty(), "the list lacks {missing:?}");
    // Others of the tests' dependencies may be there as dependencies of dependencies; the lab cannot.
    anyhow::ensure!(tests.contains("lab") && !listed.contains("lab"), "the list has what only tests need");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a program that is nothing of what one in the image has to be: this one.
    #[test]
    fn a_program_of_this_machine_is_found_out() -> anyhow::Result<()> {
        let program = std::fs::read(std::env::current_exe()?)?;
        let native = if cfg!(target_arch = "aarch64") { Platform::Arm64 } else { Platform::Amd64 };
        let foreign = if cfg!(target_arch = "aarch64") { Platform::Amd64 } else { Platform::Arm64 };
        let dynamic = stands_alone(&program, native).unwrap_err().to_string();
        assert!(dynamic.contains("is not static"), "{dynamic}");
        let other = stands_alone(&program, foreign).unwrap_err().to_string();
        assert!(other.contains("another processor"), "{other}");
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(named(&program, manifest).is_some(), "it names {}", manifest.display());
        assert_eq!(named(b"/cargo/registry", manifest), None);
        assert!(bill::list(&program).is_err(), "it has no list");
        Ok(())
    }
}
