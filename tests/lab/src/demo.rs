//! The demo: what the operator does, on this machine, in less than a minute. AWS is emulated, and what
//! needs nodes is played: pods, their controllers, the AWS Load Balancer Controller. Everything else is real.
//!
//! It starts from what teams have anyway, Services and Ingresses, tells its story on standard output, and exits with success only when
//! everything became what it had to become and, deleted in the wrong order, left nothing behind in AWS.

mod acts;
mod board;
mod farewell;
mod ledger;
mod servers;
mod stage;
mod story;

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
    acts::annotated_service(&mut stage).await?;
    acts::rest_api(&mut stage).await?;
    acts::new_image(&mut stage).await?;
    acts::certificate(&mut stage).await?;
    ledger::show(&stage.aws.calls());
    if arguments.keep {
        return stage.keep().await;
    }
    farewell::delete_everything(&mut stage).await?;
    farewell::show_what_is_left(&stage).await
}
