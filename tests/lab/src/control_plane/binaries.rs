//! Where the control plane's binaries come from: given by the user, built earlier, or built now.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::go_module::GoModule;

const MODULE: GoModule = GoModule {
    name: "control-plane",
    go_mod: include_str!("../../control-plane/go.mod"),
    go_sum: include_str!("../../control-plane/go.sum"),
    programs: &[
        ("etcd", "go.etcd.io/etcd/server/v3"),
        ("kubectl", "k8s.io/kubernetes/cmd/kubectl"),
        ("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager"),
        ("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
    ],
    tags: "",
    takes: "8 minutes",
};

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
        let built = MODULE.ensure(&linker_flags()?).context(
            "the lab runs a real Kubernetes control plane (without Go, set KUBEBUILDER_ASSETS to a directory with kube-apiserver, \
             kube-controller-manager, kubectl and etcd)",
        )?;
        Ok(Binaries(built))
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
        let missing = MODULE.missing(directory);
        if missing.is_empty() {
            return Ok(Binaries(directory.to_owned()));
        }
        let missing = missing.join(", ");
        anyhow::bail!(
            "KUBEBUILDER_ASSETS is {}, where there is no {missing}. The lab needs kube-apiserver, etcd, kubectl and \
             kube-controller-manager (without which namespaces are never deleted and nothing is collected; envtest's \
             archives do not have it). Add what is missing, or unset KUBEBUILDER_ASSETS and the lab builds all four with Go.",
            directory.display()
        )
    }
}

/// Kubernetes takes its version from the linker; without it, feature gates are read as those of version 0.
fn linker_flags() -> anyhow::Result<String> {
    let version =
        MODULE.version(VERSION_MODULE).context("the control plane's go.mod does not require k8s.io/kubernetes")?;
    Ok(format!("-s -w -X k8s.io/component-base/version.gitVersion={version}"))
}
