//! The tools that programs for the image are built with, each in a version that is pinned here and installed when it is first needed.
//!
//! Rust has the compilers for all platforms; what it lacks is a C compiler and linker for each. Zig is all of them in one.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use serde_json::Value;

use super::checkout::Checkout;
use super::output;
use super::platform::Platform;
use super::stamp::Stamp;
use crate::go_module::cache_directory;
use crate::process::Process;
use crate::terminal::{self, Progress};

/// From the Python Package Index.
const PYTHON_PACKAGES: [(&str, &str); 2] = [("ziglang", "0.17.1"), ("cargo-zigbuild", "0.24.1")];

/// From crates.io: puts the list of its dependencies into a program.
const AUDITABLE: (&str, &str) = ("cargo-auditable", "0.7.7");

/// What would change the result: whoever builds an image has to get the same everywhere.
const SURROUNDINGS: [&str; 11] = [
    "AR_",
    "CARGO_BUILD_",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_PROFILE_",
    "CARGO_TARGET_",
    "CC",
    "CFLAGS",
    "CXX",
    "RUSTC",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
];

/// The tools, installed.
#[derive(Debug)]
pub(super) struct Workshop {
    /// `PATH` with the tools in front.
    path: OsString,
    cargo_home: PathBuf,
    sysroot: PathBuf,
    platforms: Vec<Platform>,
}

impl Workshop {
    /// Installs what is not there yet and tells its progress on standard error.
    ///
    /// # Errors
    ///
    /// Python or a target of Rust is missing and cannot be installed from here, or the compiler is not the pinned one.
    pub(super) fn ensure(checkout: &Checkout, platforms: Vec<Platform>) -> anyhow::Result<Workshop> {
        let home = cache_directory()?.join("image-tools");
        std::fs::create_dir_all(&home).with_context(|| format!("cannot create {}", home.display()))?;
        let directories = [ensure_zig(&home)?, ensure_auditable(&home)?];
        let given = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(directories.into_iter().chain(std::env::split_paths(&given)))?;
        let mut workshop = Workshop { path, cargo_home: cargo_home()?, sysroot: PathBuf::new(), platforms };
        workshop.check_compiler(checkout)?;
        let sysroot = output(workshop.command("rustc", checkout).args(["--print", "sysroot"]))?;
        workshop.sysroot = PathBuf::from(String::from_utf8(sysroot)?.trim());
        for &platform in &workshop.platforms {
            workshop.ensure_target(platform, checkout)?;
        }
        Ok(workshop)
    }

    /// What it can build for.
    pub(super) fn platforms(&self) -> &[Platform] {
        &self.platforms
    }

    /// Builds the operator for a platform, and answers with where the program is.
    pub(super) fn build(&self, checkout: &Checkout, platform: Platform, stamp: &Stamp) -> anyhow::Result<PathBuf> {
        let mut fetch = self.command("cargo", checkout);
        fetch.args(["fetch", "--locked", "--target", platform.target()]);
        output(&mut fetch)?;
        let target = checkout.target().join("build");
        let mut cargo = self.command("cargo", checkout);
        cargo
            .args(["auditable", "zigbuild", "--release", "--locked", "--package", "agentcore-gateway-operator"])
            .args(["--bin", "agentcore-gateway-operator", "--target", platform.target(), "--target-dir"])
            .arg(&target)
            .env("CARGO_ENCODED_RUSTFLAGS", self.flags(checkout, &target)?)
            .env("SOURCE_DATE_EPOCH", stamp.epoch.to_string());
        let log = checkout.target().join(format!("{}.log", platform.architecture()));
        // What an earlier build said is of no interest any more.
        std::fs::write(&log, [])?;
        let build = Process::start("cargo auditable zigbuild", cargo, &log)?;
        let what = format!("Building the operator for {} (output: {})", platform.name(), log.display());
        terminal::follow(&what, "built", build)?;
        Ok(target.join(platform.target()).join("release/agentcore-gateway-operator"))
    }

    /// What Cargo knows about all packages that have a part in a platform's build.
    pub(super) fn metadata(&self, checkout: &Checkout, platform: Platform) -> anyhow::Result<Value> {
        let mut cargo = self.command("cargo", checkout);
        cargo.args(["metadata", "--locked", "--format-version", "1", "--filter-platform", platform.target()]);
        Ok(serde_json::from_slice(&output(&mut cargo)?)?)
    }

    /// Directories of this machine that a program must not name.
    pub(super) fn directories(&self) -> Vec<&Path> {
        vec![&self.cargo_home, &self.sysroot]
    }

    /// Names for the directories of this machine, which stand in messages of panics: they are to be the same everywhere. Of two that fit,
    /// rustc takes the last. And programs whose addresses the kernel chooses, which rustc asks for and cargo-zigbuild drops.
    fn flags(&self, checkout: &Checkout, target: &Path) -> anyhow::Result<OsString> {
        let mut names = vec![(self.cargo_home.clone(), "/cargo")];
        let registries = self.cargo_home.join("registry/src");
        if registries.is_dir() {
            let mut found =
                std::fs::read_dir(registries)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
            found.sort();
            names.extend(found.into_iter().map(|registry| (registry, "/registry")));
        }
        names.extend([(self.sysroot.clone(), "/rust"), (checkout.source().to_owned(), "/source")]);
        names.push((target.to_owned(), "/target"));
        let mut flags = OsString::new();
        for (directory, name) in names {
            flags.push("--remap-path-prefix=");
            flags.push(directory);
            flags.push(format!("={name}\u{1f}"));
        }
        flags.push("-Clink-arg=-pie");
        Ok(flags)
    }

    /// A program of the toolchain that `rust-toolchain.toml` pins, for arguments to be added.
    fn command(&self, program: &str, checkout: &Checkout) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if SURROUNDINGS.iter().any(|start| text.starts_with(start)) {
                command.env_remove(&name);
            }
        }
        command.current_dir(checkout.source()).env("PATH", &self.path);
        command
    }

    fn check_compiler(&self, checkout: &Checkout) -> anyhow::Result<()> {
        let toolchain = std::fs::read_to_string(checkout.source().join("rust-toolchain.toml"))?;
        let pinned = toolchain.lines().find_map(|line| line.strip_prefix("channel = \"")?.strip_suffix('"'));
        let pinned = pinned.context("rust-toolchain.toml names no channel")?;
        let version = output(self.command("rustc", checkout).arg("--version"))?;
        let version = String::from_utf8_lossy(&version).trim().to_owned();
        anyhow::ensure!(
            version.split_whitespace().nth(1) == Some(pinned),
            "images are built with Rust {pinned}, so that everybody's are the same, and this is {version}. With rustup (https://rustup.rs) the \
             right one is taken by itself."
        );
        Ok(())
    }

    fn ensure_target(&self, platform: Platform, checkout: &Checkout) -> anyhow::Result<()> {
        let target = platform.target();
        if self.sysroot.join("lib/rustlib").join(target).join("lib").is_dir() {
            return Ok(());
        }
        Progress::say(&format!("Installing Rust's standard library for {target}, once"));
        output(self.command("rustup", checkout).args(["target", "add", target])).map(drop).with_context(|| {
            format!("Rust's standard library for {target} is not installed, and rustup could not install it. Run rustup target add {target}")
        })
    }
}

/// Zig, and what makes it the linker of Cargo: in a virtual environment of Python. Answers with the directory of its programs.
fn ensure_zig(home: &Path) -> anyhow::Result<PathBuf> {
    let packages = PYTHON_PACKAGES.map(|(name, version)| format!("{name}=={version}"));
    let directory = home.join(PYTHON_PACKAGES.map(|(name, version)| format!("{name}-{version}")).join("-"));
    let programs = directory.join("bin");
    let complete = directory.join("complete");
    if complete.is_file() {
        return Ok(programs);
    }
    Progress::say(&format!("Installing {} with pip, once, into {}", packages.join(" and "), directory.display()));
    output(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&directory)).with_context(|| {
        "Zig, the C compiler and linker for all platforms, comes as a Python package, and python3 cannot make a virtual environment for it. \
         Install Python 3 with its module venv (Debian: apt-get install python3-venv)"
    })?;
    let mut pip = Command::new(programs.join("python3"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]);
    output(pip.args(&packages))?;
    // The virtual environment is used only when pip came to its end.
    std::fs::write(complete, [])?;
    Ok(programs)
}

/// `cargo auditable`. Answers with the directory that it is in.
fn ensure_auditable(home: &Path) -> anyhow::Result<PathBuf> {
    let (name, version) = AUDITABLE;
    let directory = home.join(format!("{name}-{version}"));
    let programs = directory.join("bin");
    if programs.join(name).is_file() {
        return Ok(programs);
    }
    let mut cargo = Command::new("cargo");
    // Not in a checkout, whose own settings would count.
    cargo.current_dir(home).args(["install", "--quiet", "--locked", "--root"]).arg(&directory);
    cargo.arg(format!("{name}@{version}"));
    let log = home.join(format!("{name}.log"));
    let install = Process::start("cargo install", cargo, &log)?;
    terminal::follow(&format!("Building {name} {version} with Cargo, once"), "built", install)?;
    Ok(programs)
}

fn cargo_home() -> anyhow::Result<PathBuf> {
    let given = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    given("CARGO_HOME")
        .or_else(|| given("HOME").map(|home| home.join(".cargo")))
        .context("neither CARGO_HOME nor HOME says where Cargo keeps what it downloads")
}
