//! A registry on this machine, and the program that pushes to registries and pulls from them: crane is both.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;
use tempfile::TempDir;

use super::output;
use crate::ports::free_port;
use crate::process::Process;
use crate::tools::Tool;

/// How long the registry may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often is looked whether it has.
const PAUSE: Duration = Duration::from_millis(50);

/// The program crane.
#[derive(Debug)]
pub(super) struct Crane(PathBuf);

impl Crane {
    /// Builds it with Go when it is not there yet.
    pub(super) fn ensure() -> anyhow::Result<Crane> {
        Ok(Crane(Tool::Crane.ensure()?))
    }

    /// Pushes what an OCI layout is about.
    pub(super) fn push(&self, layout: &Path, reference: &str) -> anyhow::Result<()> {
        output(Command::new(&self.0).arg("push").arg(layout).arg(reference)).map(drop)
    }

    /// The manifest or index of a reference, byte for byte.
    pub(super) fn manifest(&self, reference: &str) -> anyhow::Result<Vec<u8>> {
        output(Command::new(&self.0).args(["manifest", reference]))
    }

    /// The config of a platform's image.
    pub(super) fn config(&self, reference: &str, platform: &str) -> anyhow::Result<Value> {
        let config = output(Command::new(&self.0).args(["config", "--platform", platform, reference]))?;
        Ok(serde_json::from_slice(&config)?)
    }

    /// A blob, byte for byte: `repository@digest`.
    pub(super) fn blob(&self, reference: &str) -> anyhow::Result<Vec<u8>> {
        output(Command::new(&self.0).args(["blob", reference]))
    }

    /// Writes the files of a platform's image as one archive.
    pub(super) fn export(&self, reference: &str, platform: &str, archive: &Path) -> anyhow::Result<()> {
        output(Command::new(&self.0).args(["export", "--platform", platform, reference]).arg(archive)).map(drop)
    }

    /// Downloads everything that a reference is made of and holds it against what it says about itself.
    pub(super) fn validate(&self, reference: &str) -> anyhow::Result<()> {
        output(Command::new(&self.0).args(["validate", "--remote", reference])).map(drop)
    }
}

/// A reference without its tag and its digest.
pub(super) fn repository(reference: &str) -> &str {
    let name = reference.split('@').next().unwrap_or(reference);
    // A colon before the last slash is that of a port.
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}

/// A registry that serves until it is dropped.
#[derive(Debug)]
pub(super) struct Registry {
    address: SocketAddr,
    _process: Process,
    _directory: TempDir,
}

impl Registry {
    /// Starts an empty registry and waits until it answers.
    pub(super) async fn start(crane: &Crane) -> anyhow::Result<Registry> {
        let directory = tempfile::Builder::new().prefix("agentcore-lab-registry-").tempdir()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let mut command = Command::new(&crane.0);
        command.args(["registry", "serve", "--address", &address.to_string()]);
        let mut process = Process::start("the registry", command, &directory.path().join("registry.log"))?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            process.check_running()?;
            let answer = client.get(format!("http://{address}/v2/")).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(Registry { address, _process: process, _directory: directory });
            }
            anyhow::ensure!(Instant::now() < deadline, "the registry does not answer: {}", process.log_tail(10));
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// How images in it are called.
    pub(super) fn reference(&self, repository: &str, tag: &str) -> String {
        format!("{}/{repository}:{tag}", self.address)
    }

    /// What refers to a manifest, and is of this type: asked as a client must that finds no referrers API (OCI distribution
    /// specification, "Referrers Tag Schema").
    pub(super) fn referrer(crane: &Crane, repository: &str, digest: &str, kind: &str) -> anyhow::Result<Value> {
        let list: Value =
            serde_json::from_slice(&crane.manifest(&format!("{repository}:{}", digest.replace(':', "-")))?)?;
        let entry = list["manifests"].as_array().into_iter().flatten().find(|entry| entry["artifactType"] == kind);
        let entry = entry.with_context(|| format!("nothing of type {kind} refers to {digest}"))?;
        let manifest = entry["digest"].as_str().context("a referrer without a digest")?;
        Ok(serde_json::from_slice(&crane.manifest(&format!("{repository}@{manifest}"))?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::repository;

    #[test]
    fn a_repository_is_a_reference_without_tag_and_digest() {
        for (reference, expected) in [
            ("127.0.0.1:5000/operator:0.1.0", "127.0.0.1:5000/operator"),
            ("127.0.0.1:5000/operator", "127.0.0.1:5000/operator"),
            ("registry.example.com/team/operator:v1@sha256:00", "registry.example.com/team/operator"),
            ("operator", "operator"),
        ] {
            assert_eq!(repository(reference), expected, "{reference}");
        }
    }
}
