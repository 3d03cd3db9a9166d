//! Programs that are built from Go modules, once, and kept in the user's cache directory.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::process::Process;
use crate::terminal::{self, Progress};

/// A Go module that pins programs, and where each of them is in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GoModule {
    /// What is built, in a word or two that make a file name: `control-plane`.
    pub(crate) name: &'static str,
    /// The module's `go.mod`. Compiled in, so that the lab's binary works outside of its checkout.
    pub(crate) go_mod: &'static str,
    /// The module's `go.sum`.
    pub(crate) go_sum: &'static str,
    /// The name of each program, and the Go package it is built from.
    pub(crate) programs: &'static [(&'static str, &'static str)],
    /// Build tags that leave out what the tests have no use for.
    pub(crate) tags: &'static str,
    /// About how long the build takes on two cores, for the person who waits: `8 minutes`.
    pub(crate) takes: &'static str,
}

impl GoModule {
    /// The directory with the programs; builds those that are missing, and tells its progress on standard error.
    ///
    /// # Errors
    ///
    /// There is no Go, no cache directory, or a build failed.
    pub(crate) fn ensure(&self, linker_flags: &str) -> anyhow::Result<PathBuf> {
        let home = self.home()?;
        let directory = home.join("bin");
        if self.missing(&directory).is_empty() {
            return Ok(directory);
        }
        std::fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
        let _lock = self.lock(&home.join("lock"))?;
        // Another process may have built them while this one waited.
        let missing = self.missing(&directory);
        if missing.is_empty() {
            return Ok(directory);
        }
        self.check_go()?;
        let module = home.join("module");
        std::fs::create_dir_all(&module)?;
        std::fs::write(module.join("go.mod"), self.go_mod)?;
        std::fs::write(module.join("go.sum"), self.go_sum)?;
        let (name, takes) = (self.name, self.takes);
        Progress::say(&format!(
            "Building {name} with Go, once: about {takes} on two cores, kept in {}",
            directory.display()
        ));
        for (index, program) in missing.iter().enumerate() {
            self.build(program, &module, &directory, linker_flags, &format!("{} of {}", index + 1, missing.len()))?;
        }
        Ok(directory)
    }

    /// The programs that are not in `directory`.
    pub(crate) fn missing(&self, directory: &Path) -> Vec<&'static str> {
        self.programs.iter().map(|(name, _)| *name).filter(|name| !directory.join(name).is_file()).collect()
    }

    /// The version that a line of `go.mod` requires, for what begins like `start`: `k8s.io/kubernetes ` or `go `.
    pub(crate) fn version(&self, start: &str) -> Option<&'static str> {
        self.go_mod
            .lines()
            .find_map(|line| line.trim().strip_prefix(start))
            .and_then(|rest| rest.split_whitespace().next())
    }

    fn build(
        &self,
        program: &str,
        module: &Path,
        directory: &Path,
        linker_flags: &str,
        position: &str,
    ) -> anyhow::Result<()> {
        let package = self.programs.iter().find(|(name, _)| name == &program).map_or(program, |(_, package)| package);
        let unfinished = directory.join(format!(".{program}.unfinished"));
        let log = module.join(format!("{program}.log"));
        File::create(&log)?;
        let mut go = Command::new("go");
        go.current_dir(module).env("CGO_ENABLED", "0").env("GOWORK", "off");
        go.args(["build", "-trimpath", "-tags", self.tags, "-ldflags", linker_flags, "-o"])
            .arg(&unfinished)
            .arg(package);
        terminal::follow(&format!("  {program} ({position})"), "built", Process::start("go build", go, &log)?)?;
        // Only whole binaries ever have the final name.
        std::fs::rename(&unfinished, directory.join(program))?;
        Ok(())
    }

    /// Waits for the lock on `file` as long as another process builds, and says so.
    fn lock(&self, file: &Path) -> anyhow::Result<File> {
        let lock = File::options().create(true).truncate(false).write(true).open(file)?;
        if lock.try_lock().is_ok() {
            return Ok(lock);
        }
        let started = Instant::now();
        Progress::say(&format!("Another process builds {}; waiting for it", self.name));
        lock.lock()?;
        Progress::say(&format!("It took {} s", started.elapsed().as_secs()));
        Ok(lock)
    }

    fn check_go(&self) -> anyhow::Result<()> {
        let found = Command::new("go").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if found.is_ok_and(|status| status.success()) {
            return Ok(());
        }
        anyhow::bail!(
            "{} is not built yet, and Go is not installed. Install Go {} or newer (https://go.dev/dl) and run this again: it is built once, in \
             about {}.",
            self.name,
            self.version("go ").unwrap_or("1.26"),
            self.takes
        )
    }

    fn home(&self) -> anyhow::Result<PathBuf> {
        let digest = Sha256::new().chain_update(self.go_mod).chain_update(self.go_sum).finalize();
        let start = digest.iter().take(6).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        Ok(cache_directory()?.join(format!("{}-{start:012x}", self.name)))
    }
}

/// Where the lab keeps what it builds or installs once.
pub(crate) fn cache_directory() -> anyhow::Result<PathBuf> {
    let given = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    given("XDG_CACHE_HOME")
        .or_else(|| given("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("agentcore-lab"))
        .context("neither XDG_CACHE_HOME nor HOME says where what is built once can be kept")
}
