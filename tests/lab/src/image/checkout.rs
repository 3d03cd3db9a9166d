//! The sources that an image is built from, and where what is built goes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::output;

/// One directory with the sources, and one for what is made of them.
#[derive(Debug, Clone)]
pub(super) struct Checkout {
    source: PathBuf,
    target: PathBuf,
}

impl Checkout {
    /// The checkout that this program was built from.
    pub(super) fn here() -> anyhow::Result<Checkout> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let source = source.canonicalize().with_context(|| format!("there is no checkout at {}", source.display()))?;
        let target = std::env::var_os("CARGO_TARGET_DIR").filter(|directory| !directory.is_empty());
        let target = target.map_or_else(|| source.join("target"), |directory| source.join(directory)).join("image");
        std::fs::create_dir_all(&target).with_context(|| format!("cannot create {}", target.display()))?;
        Ok(Checkout { source, target })
    }

    /// The same sources in another directory, with another target directory: what git knows, and what it does not ignore.
    pub(super) fn copy(&self) -> anyhow::Result<Checkout> {
        let copy = Checkout { source: self.target.join("again/source"), target: self.target.join("again/target") };
        if copy.source.exists() {
            std::fs::remove_dir_all(&copy.source)?;
        }
        std::fs::create_dir_all(&copy.target)?;
        let listed = self.git(&["ls-files", "--cached", "--others", "--exclude-standard", "-z"])?;
        for name in listed.split('\0').filter(|name| !name.is_empty()) {
            let (from, to) = (self.source.join(name), copy.source.join(name));
            // A file that was deleted and not committed yet is still listed.
            if !from.exists() {
                continue;
            }
            std::fs::create_dir_all(to.parent().context("a file is in a directory")?)?;
            std::fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
        }
        Ok(copy)
    }

    /// Where the sources are.
    pub(super) fn source(&self) -> &Path {
        &self.source
    }

    /// Where everything goes that is made of them.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// What git answers.
    pub(super) fn git(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let answer = output(Command::new("git").arg("-C").arg(&self.source).args(arguments))?;
        Ok(String::from_utf8_lossy(&answer).trim_end_matches('\n').to_owned())
    }
}
