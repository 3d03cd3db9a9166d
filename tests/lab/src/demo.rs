//! The demo: what the operator does, on this machine, in less than a minute, with everything real but AWS.
//!
//! It tells its story on standard output and exits with success only when everything became Ready and, deleted in the
//! wrong order, left nothing behind in AWS.

mod board;
mod farewell;
mod ledger;
mod stage;
mod story;
mod tools;

use std::path::PathBuf;

use clap::Args;

use stage::Stage;

/// What `lab demo` takes.
#[derive(Debug, Clone, Args)]
pub struct DemoArguments {
    /// The operator's binary [default: the one beside this program]
    #[arg(long, value_name = "PATH")]
    operator: Option<PathBuf>,
    /// Leaves everything running until Ctrl-C instead of deleting it
    #[arg(long)]
    keep: bool,
}

/// Plays the demo. Whatever happens, Ctrl-C included, nothing keeps running.
pub async fn run(arguments: DemoArguments) -> anyhow::Result<()> {
    tokio::select! {
        // First, because there Ctrl-C may be the end that was asked for.
        biased;
        played = play(arguments) => played,
        _ = tokio::signal::ctrl_c() => anyhow::bail!("stopped by Ctrl-C"),
    }
}

async fn play(arguments: DemoArguments) -> anyhow::Result<()> {
    let mut stage = Stage::set(arguments.operator).await?;
    stage.declare().await?;
    board::watch_until_ready(&mut stage).await?;
    ledger::show(&stage.aws.calls());
    tools::show(&stage).await?;
    stage.describe_one().await?;
    if arguments.keep {
        return stage.keep().await;
    }
    farewell::delete_everything(&mut stage).await?;
    farewell::show_what_is_left(&stage).await
}
