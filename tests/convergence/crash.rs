//! A call to AWS that nobody hears the end of: at every call that changes something, in every way that happens.
//!
//! The tables have a row per operation and a column per mishap, and each cell is named when it fails.
//!
//! | what is done | what is expected |
//! |---|---|
//! | [`creations`], objects kept | the same end as without the mishap: one object of each kind, one token |
//! | [`creations`], objects edited before anybody looks again | one object of each kind, as edited |
//! | [`creations`], objects deleted before anybody looks again | AWS ends empty |
//! | [`edits`] | AWS has the edit, on the same objects |
//! | [`removals`] | AWS ends empty, and everything was deleted once |
//! | [`replacements`] | the successors serve, the old ones are gone, and the target never left AWS |

mod creations;
mod edits;
mod removals;
mod replacements;

use std::fmt;

use futures::future::join_all;
use lab::aws::{Fault, FaultHandle};
use lab::world::World;

use crate::stage::{self, hit};

/// Starting a world costs about as much as a cell does.
const CELLS_PER_WORLD: usize = 2;

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mishap {
    /// The operator is killed when AWS has done it and has not answered yet.
    Killed,
    /// The operator is killed before AWS has done it, and the request arrives when the next operator is through with everything.
    Overtaken,
    /// AWS does it, and the connection is closed, so many times. The SDK tries three times.
    Lost(usize),
    /// AWS does it and answers with an error of its own, so many times.
    Failed(usize),
}

impl Mishap {
    const ALL: [Mishap; 6] =
        [Mishap::Killed, Mishap::Overtaken, Mishap::Lost(1), Mishap::Lost(5), Mishap::Failed(1), Mishap::Failed(5)];

    fn on(self, operation: &str) -> Fault {
        let fault = Fault::on(operation);
        match self {
            Mishap::Killed => fault.hold_after_commit(),
            Mishap::Overtaken => fault.hold_before_commit(),
            Mishap::Lost(times) => fault.drop_after_commit().times(times),
            Mishap::Failed(times) => fault.error_after_commit(500, "InternalServerException").times(times),
        }
    }
}

/// What becomes of the objects in Kubernetes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    /// Edited right after the mishap, so that whoever looks again wants something else than what is there.
    Edited,
    /// Deleted right after the mishap, before anybody looks again.
    Deleted,
}

/// One cell of a table.
#[derive(Debug, Clone, Copy)]
struct Cell {
    operation: &'static str,
    mishap: Mishap,
    fate: Fate,
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {:?}, objects {:?}", self.operation, self.mishap, self.fate)
    }
}

impl Cell {
    /// The cells of one row whose mishaps are these.
    fn row(operation: &'static str, mishaps: &[Mishap], fate: Fate) -> Vec<Cell> {
        mishaps.iter().map(|mishap| Cell { operation, mishap: *mishap, fate }).collect()
    }

    /// Lets the mishap happen to the call that `provoke` leads to, and brings an operator back where it killed one.
    async fn strike(
        self,
        world: &mut World,
        provoke: impl AsyncFnOnce(&World) -> anyhow::Result<()>,
        meanwhile: impl AsyncFnOnce(&World) -> anyhow::Result<()>,
    ) -> anyhow::Result<FaultHandle> {
        let fault = world.aws.inject(self.mishap.on(self.operation));
        provoke(world).await?;
        hit(world, &fault).await?;
        match self.mishap {
            Mishap::Killed => {
                world.operator.kill();
                meanwhile(world).await?;
                fault.release();
                world.operator.restart().await?;
            }
            Mishap::Overtaken => {
                world.operator.kill();
                meanwhile(world).await?;
                world.operator.restart().await?;
            }
            Mishap::Lost(_) | Mishap::Failed(_) => meanwhile(world).await?,
        }
        Ok(fault)
    }

    /// Lets the request that was overtaken arrive, if there is one, and sees what AWS makes of it. Ends the fault.
    async fn finish(self, world: &World, fault: &FaultHandle) -> anyhow::Result<()> {
        let before = world.aws.calls_of(self.operation).len();
        fault.stop();
        if self.mishap != Mishap::Overtaken {
            return Ok(());
        }
        stage::until(world, "the overtaken request arrives", || world.aws.calls_of(self.operation).len() > before).await
    }
}

/// Plays the cells, a few in each of many worlds that exist at once; after a cell that failed, the rest of its world's cells get another.
async fn play(name: &str, cells: &[Cell], round: impl AsyncFn(&mut World, Cell, usize) -> anyhow::Result<()>) {
    let round = &round;
    let worlds = cells.chunks(CELLS_PER_WORLD).enumerate().map(async |(number, cells)| {
        let mut failures = Vec::new();
        let mut world = None;
        for (at, cell) in cells.iter().copied().enumerate() {
            let started = match world.take() {
                Some(world) => Ok(world),
                None => stage::start(&format!("{name}-{number}-{at}")).await,
            };
            let played = async {
                let mut started = started?;
                round(&mut started, cell, at).await?;
                anyhow::Ok(started)
            };
            match played.await {
                Ok(played) => world = Some(played),
                Err(error) => failures.push(format!("=== {cell}: {error:#}")),
            }
        }
        failures
    });
    let failures: Vec<String> = join_all(worlds).await.into_iter().flatten().collect();
    assert!(failures.is_empty(), "{} cells failed\n{}", failures.len(), failures.join("\n"));
}
