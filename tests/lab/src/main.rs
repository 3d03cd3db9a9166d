//! The lab from the command line: the demo, and its parts one by one.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lab::aws::AwsArguments;
use lab::bench::BenchArguments;
use lab::control_plane::{Binaries, ControlPlane, ControlPlaneOptions};
use lab::demo::DemoArguments;
use lab::image::ImageArguments;
use lab::tools::Tool;
use lab::usage::UsageArguments;

/// The operator's world on one machine: a Kubernetes control plane, an emulated AWS, MCP servers.
#[derive(Parser)]
#[command(name = "lab", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Shows what the operator does, from an empty cluster to an empty AWS
    Demo(DemoArguments),
    /// Measures the operator and prints its figures
    Bench(BenchArguments),
    /// Builds the operator's container image and holds it, pulled back from a registry, against what it has to be
    Image(ImageArguments),
    /// Emulates AWS until Ctrl-C
    Aws(Box<AwsArguments>),
    /// Runs a Kubernetes control plane until Ctrl-C; the first line of the output names its kubeconfig
    ControlPlane,
    /// Compares the rights that the operator is granted with those that the tests used
    Usage(UsageArguments),
    /// Makes sure that the control plane's binaries are there (built once with Go) and prints their directory
    BuildControlPlane,
    /// Makes sure that a program of others is there (built once with Go) and prints where
    Tool {
        /// Which one
        tool: Tool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().verb).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Demo(arguments) => lab::demo::run(arguments).await,
        Verb::Bench(arguments) => lab::bench::run(arguments).await,
        Verb::Image(arguments) => lab::image::run(arguments).await,
        Verb::Aws(arguments) => lab::aws::serve(*arguments).await,
        Verb::Usage(arguments) => lab::usage::run(&arguments),
        Verb::ControlPlane => run_control_plane().await,
        Verb::BuildControlPlane => {
            let binaries = tokio::task::spawn_blocking(Binaries::ensure).await??;
            println!("{}", binaries.directory().display());
            Ok(())
        }
        Verb::Tool { tool } => {
            println!("{}", tokio::task::spawn_blocking(move || tool.ensure()).await??.display());
            Ok(())
        }
    }
}

async fn run_control_plane() -> anyhow::Result<()> {
    let control_plane = ControlPlane::start(ControlPlaneOptions::default()).await?;
    println!("KUBECONFIG={}", control_plane.kubeconfig().display());
    eprintln!("kubectl: {}\nCtrl-C ends it and removes everything.", control_plane.kubectl_path().display());
    tokio::signal::ctrl_c().await?;
    Ok(())
}
