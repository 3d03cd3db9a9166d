//! What a person sees while the lab works: lines that redraw themselves on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::process::Process;

/// How often something that takes long is mentioned again where nothing can be redrawn.
const REMINDER: Duration = Duration::from_mins(1);

/// One line on standard error about something that takes a while.
///
/// Written around Rust's test harness, which swallows what tests print: whoever waits for minutes wants to know why.
#[derive(Debug)]
pub struct Progress {
    what: String,
    started: Instant,
    mentioned: Instant,
    terminal: bool,
}

impl Progress {
    /// Says that `what` begins.
    #[must_use]
    pub fn start(what: &str) -> Progress {
        let now = Instant::now();
        let progress =
            Progress { what: what.to_owned(), started: now, mentioned: now, terminal: std::io::stderr().is_terminal() };
        if !progress.terminal {
            Progress::say(what);
        }
        progress
    }

    /// Says that it still goes on; to be called often.
    pub fn tick(&mut self) {
        let elapsed = self.started.elapsed().as_secs();
        if self.terminal {
            write(&format!("\r\x1b[K{} ... {elapsed} s", self.what));
        } else if self.mentioned.elapsed() >= REMINDER {
            self.mentioned = Instant::now();
            Progress::say(&format!("{} ... {elapsed} s", self.what));
        }
    }

    /// Says how it ended.
    pub fn finish(self, outcome: &str) {
        let start = if self.terminal { "\r\x1b[K" } else { "" };
        Progress::say(&format!("{start}{}: {outcome} in {:.1} s", self.what, self.started.elapsed().as_secs_f64()));
    }

    /// One plain line.
    pub fn say(line: &str) {
        write(&format!("{line}\n"));
    }
}

/// Waits for the end of a process and tells how long it takes; the error has the last lines that it said.
pub(crate) fn follow(what: &str, outcome: &str, mut process: Process) -> anyhow::Result<()> {
    let mut progress = Progress::start(what);
    let status = loop {
        if let Some(status) = process.ended() {
            break status;
        }
        progress.tick();
        std::thread::sleep(Duration::from_millis(200));
    };
    if status.success() {
        progress.finish(outcome);
        return Ok(());
    }
    progress.finish("failed");
    anyhow::bail!("{} failed ({status}):\n{}", what.trim(), process.log_tail(30))
}

fn write(text: &str) {
    let mut stream = std::io::stderr().lock();
    // A closed terminal is no reason to stop.
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}
