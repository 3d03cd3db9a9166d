//! Where the control plane's binaries come from: given by the user, built earlier, or built now.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::process::{Process, tail};
use crate::terminal::Progress;

/// What pins the versions. Compiled in, so that the lab's binary works outside of its checkout.
const GO_MOD: &str = include_str!("../../control-plane/go.mod");
const GO_SUM: &str = include_str!("../../control-plane/go.sum");

/// The name of each binary, and the Go package it is built from.
const BINARIES: [(&str, &str); 4] = [
    ("etcd", "go.etcd.io/etcd/server/v3"),
    ("kubectl", "k8s.io/kubernetes/cmd/kubectl"),
    ("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager"),
    ("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
];

/// The module whose version Kubernetes reports as its own.
const VERSION_MODULE: &str = "k8s.io/kubernetes ";

/// A directory with the four binaries of the control plane.
#[derive(Debug, Clone)]
pub struct Binaries(PathBuf);

impl Binaries {
    /// Finds the binaries, and builds them when there are none: once, about eight minutes on two cores.
    ///
    /// In this order: the directory that `KUBEBUILDER_ASSETS` names; what an earlier call built into the user's cache
    /// directory; a build with Go. Progress is told on standard error.
    pub fn ensure() -> anyhow::Result<Binaries> {
        if let Some(given) = std::env::var_os("KUBEBUILDER_ASSETS").filter(|value| !value.is_empty()) {
            return Binaries::given(Path::new(&given));
        }
        let home = cache_directory()?.join(format!("control-plane-{}", pinned()));
        let binaries = Binaries(home.join("bin"));
        if binaries.missing().is_empty() {
            return Ok(binaries);
        }
        binaries.build(&home)?;
        Ok(binaries)
    }

    /// The path of one of the binaries.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Where all of them are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.0
    }

    fn given(directory: &Path) -> anyhow::Result<Binaries> {
        let binaries = Binaries(directory.to_owned());
        let missing = binaries.missing();
        if missing.is_empty() {
            return Ok(binaries);
        }
        let missing = missing.join(", ");
        anyhow::bail!(
            "KUBEBUILDER_ASSETS is {}, where there is no {missing}. The lab needs kube-apiserver, etcd, kubectl and \
             kube-controller-manager (without which namespaces are never deleted and nothing is collected; envtest's \
             archives do not have it). Add what is missing, or unset KUBEBUILDER_ASSETS and the lab builds all four with Go.",
            directory.display()
        )
    }

    fn missing(&self) -> Vec<&'static str> {
        BINARIES.iter().map(|(name, _)| *name).filter(|name| !self.path(name).is_file()).collect()
    }

    fn build(&self, home: &Path) -> anyhow::Result<()> {
        std::fs::create_dir_all(&self.0).with_context(|| format!("cannot create {}", self.0.display()))?;
        let _lock = lock(&home.join("lock"))?;
        // Another process may have built them while this one waited.
        let missing = self.missing();
        if missing.is_empty() {
            return Ok(());
        }
        check_go()?;
        let module = home.join("module");
        std::fs::create_dir_all(&module)?;
        std::fs::write(module.join("go.mod"), GO_MOD)?;
        std::fs::write(module.join("go.sum"), GO_SUM)?;
        Progress::say(&format!(
            "Building the control plane (Kubernetes {}, etcd) with Go, once: about 8 minutes on two cores, kept in {}",
            kubernetes_version()?,
            self.0.display()
        ));
        for (index, name) in missing.iter().enumerate() {
            self.build_one(name, &module, &format!("{} of {}", index + 1, missing.len()))?;
        }
        Ok(())
    }

    fn build_one(&self, name: &str, module: &Path, position: &str) -> anyhow::Result<()> {
        let package = BINARIES.iter().find(|(binary, _)| binary == &name).map_or(name, |(_, package)| package);
        let unfinished = self.path(&format!(".{name}.unfinished"));
        let log = module.join(format!("{name}.log"));
        File::create(&log)?;
        let mut go = Command::new("go");
        go.current_dir(module).env("CGO_ENABLED", "0").env("GOWORK", "off");
        go.args(["build", "-trimpath", "-ldflags", &linker_flags()?, "-o"]).arg(&unfinished).arg(package);
        let mut build = Process::start("go build", go, &log)?;
        let mut progress = Progress::start(&format!("  {name} ({position})"));
        let status = loop {
            if let Some(status) = build.ended() {
                break status;
            }
            progress.tick();
            std::thread::sleep(Duration::from_millis(200));
        };
        if !status.success() {
            progress.finish("failed");
            anyhow::bail!("go build {package} failed ({status}):\n{}", tail(&log, 30));
        }
        // Only whole binaries ever have the final name.
        std::fs::rename(&unfinished, self.path(name))?;
        progress.finish("built");
        Ok(())
    }
}

/// Waits for the lock on `file` as long as another process builds, and says so.
fn lock(file: &Path) -> anyhow::Result<File> {
    let lock = File::options().create(true).truncate(false).write(true).open(file)?;
    if lock.try_lock().is_ok() {
        return Ok(lock);
    }
    let started = Instant::now();
    Progress::say("Another process builds the control plane; waiting for it");
    lock.lock()?;
    Progress::say(&format!("It took {} s", started.elapsed().as_secs()));
    Ok(lock)
}

fn check_go() -> anyhow::Result<()> {
    let found = Command::new("go").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    anyhow::bail!(
        "The lab runs a real Kubernetes control plane and has no binaries for it yet. Two ways out: \
         (1) install Go {} or newer (https://go.dev/dl) and run this again: they are built once, in about 8 minutes; \
         (2) set KUBEBUILDER_ASSETS to a directory with kube-apiserver, kube-controller-manager, kubectl and etcd.",
        line_after(GO_MOD, "go ").unwrap_or("1.26")
    )
}

/// Kubernetes takes its version from the linker; without it, feature gates are read as those of version 0.
fn linker_flags() -> anyhow::Result<String> {
    Ok(format!("-s -w -X k8s.io/component-base/version.gitVersion={}", kubernetes_version()?))
}

fn kubernetes_version() -> anyhow::Result<&'static str> {
    line_after(GO_MOD, VERSION_MODULE).context("the control plane's go.mod does not require k8s.io/kubernetes")
}

fn line_after(text: &'static str, start: &str) -> Option<&'static str> {
    text.lines().find_map(|line| line.trim().strip_prefix(start)).and_then(|rest| rest.split_whitespace().next())
}

fn pinned() -> String {
    let digest = Sha256::new().chain_update(GO_MOD).chain_update(GO_SUM).finalize();
    let start = digest.iter().take(6).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{start:012x}")
}

fn cache_directory() -> anyhow::Result<PathBuf> {
    let given = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    given("XDG_CACHE_HOME")
        .or_else(|| given("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("agentcore-lab"))
        .context("neither XDG_CACHE_HOME nor HOME says where the control plane can be kept")
}
