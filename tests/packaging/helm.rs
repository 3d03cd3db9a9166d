//! The real helm, as a process, with the chart of this repository.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;
use lab::{objects::parse, tools::Tool};
use serde_json::Value;
use tempfile::TempDir;

/// The release's name and namespace where nothing else is said.
pub(crate) const RELEASE: &str = "agentcore-gateway-operator";
pub(crate) const NAMESPACE: &str = "agentcore-system";

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The chart's directory.
pub(crate) fn chart() -> PathBuf {
    repository("charts/agentcore-gateway-operator")
}

/// A helm with caches and settings of its own, so that nobody's are used or changed.
pub(crate) struct Helm {
    program: PathBuf,
    home: TempDir,
}

impl Helm {
    pub(crate) fn new() -> anyhow::Result<Helm> {
        Ok(Helm { program: Tool::Helm.ensure()?, home: tempfile::tempdir()? })
    }

    /// Where files may be written that are gone with this helm.
    pub(crate) fn directory(&self) -> &Path {
        self.home.path()
    }

    /// helm, for arguments to be added.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        for (variable, _) in std::env::vars().filter(|(name, _)| name.starts_with("HELM_") || name == "KUBECONFIG") {
            command.env_remove(variable);
        }
        for (variable, directory) in
            [("HELM_CACHE_HOME", "cache"), ("HELM_CONFIG_HOME", "config"), ("HELM_DATA_HOME", "data")]
        {
            command.env(variable, self.home.path().join(directory));
        }
        command
    }

    /// What helm prints; the error is what it complains about.
    pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> anyhow::Result<String> {
        said(self.command().args(arguments))
    }

    /// The chart's manifests, as the release that everybody has.
    pub(crate) fn template<S: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> anyhow::Result<String> {
        self.template_of(&chart(), arguments)
    }

    /// As [`Helm::template`], of another chart.
    pub(crate) fn template_of<S: AsRef<std::ffi::OsStr>>(
        &self,
        chart: &Path,
        arguments: impl IntoIterator<Item = S>,
    ) -> anyhow::Result<String> {
        let mut command = self.command();
        command.args(["template", RELEASE]).arg(chart).args(["--namespace", NAMESPACE]).args(arguments);
        said(&mut command)
    }

    /// As [`Helm::template`], read.
    pub(crate) fn objects<S: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> anyhow::Result<Vec<Value>> {
        parse(&self.template(arguments)?)
    }

    /// Why helm refuses to render the chart with these values.
    pub(crate) fn refusal<S: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> anyhow::Result<String> {
        match self.template(arguments) {
            Err(refusal) => Ok(format!("{refusal:#}")),
            Ok(rendered) => anyhow::bail!("helm took what it had to refuse:\n{rendered}"),
        }
    }
}

fn said(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().context("helm could not be run")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{command:?}:\n{complaint}");
    Ok(String::from_utf8(output.stdout)?)
}

/// Copies a directory with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The only object of a kind.
pub(crate) fn only<'a>(objects: &'a [Value], kind: &str) -> anyhow::Result<&'a Value> {
    let mut found = objects.iter().filter(|object| object["kind"] == kind);
    let first = found.next().with_context(|| format!("there is no {kind}"))?;
    anyhow::ensure!(found.next().is_none(), "there is more than one {kind}");
    Ok(first)
}

/// Compares a generated file with what is kept, or keeps it when `UPDATE_GOLDENS` is set.
pub(crate) fn is_golden(path: &Path, generated: &str) -> anyhow::Result<()> {
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::create_dir_all(path.parent().context("a file is in a directory")?)?;
        std::fs::write(path, generated)?;
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    anyhow::ensure!(kept == generated, "{} is not what is generated; run `make generate`", path.display());
    Ok(())
}
