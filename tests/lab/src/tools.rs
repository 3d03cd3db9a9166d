//! Programs of others that tests hold our files against, built from pinned sources when they are first asked for.

use std::path::PathBuf;

use crate::go_module::GoModule;

/// A program of the Kubernetes world that comes as a Go module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Tool {
    /// Installs charts.
    Helm,
    /// Makes images and serves a registry, without a daemon.
    Crane,
    /// Checks rules of Prometheus.
    Promtool,
}

impl Tool {
    /// Where the program is. Built with Go into the user's cache directory when it is not there yet; progress is told on standard error.
    ///
    /// # Errors
    ///
    /// Go is not installed, or the build failed.
    pub fn ensure(self) -> anyhow::Result<PathBuf> {
        let module = self.module();
        let directory = module.ensure("-s -w")?;
        Ok(directory.join(module.name))
    }

    fn module(self) -> GoModule {
        match self {
            Tool::Helm => GoModule {
                name: "helm",
                go_mod: include_str!("../tools/helm/go.mod"),
                go_sum: include_str!("../tools/helm/go.sum"),
                programs: &[("helm", "helm.sh/helm/v4/cmd/helm")],
                tags: "",
                takes: "3 minutes",
            },
            Tool::Crane => GoModule {
                name: "crane",
                go_mod: include_str!("../tools/crane/go.mod"),
                go_sum: include_str!("../tools/crane/go.sum"),
                programs: &[("crane", "github.com/google/go-containerregistry/cmd/crane")],
                tags: "",
                takes: "1 minute",
            },
            Tool::Promtool => GoModule {
                name: "promtool",
                go_mod: include_str!("../tools/promtool/go.mod"),
                go_sum: include_str!("../tools/promtool/go.sum"),
                programs: &[("promtool", "github.com/prometheus/prometheus/cmd/promtool")],
                // No service discovery: it would bring the SDK of every cloud in.
                tags: "remove_all_sd",
                takes: "3 minutes",
            },
        }
    }
}
