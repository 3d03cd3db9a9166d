//! Child processes that never outlive the process that started them.
//!
//! [`Child`](std::process::Child) leaves its process running when it is dropped, and nothing is dropped when a test
//! binary exits or is killed. So every process here has a watchdog beside it: a shell that waits for the end of a pipe
//! which only this process holds open. However this process ends, the kernel closes the pipe.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};

/// A running process whose output goes to a file, killed with all that it started when this is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    _watchdog: Watchdog,
}

impl Process {
    /// Starts `command` in a process group of its own (a Ctrl-C at the terminal is for us alone), output appended to `log`.
    pub fn start(name: &str, mut command: Command, log: &Path) -> anyhow::Result<Process> {
        let output = File::options()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("cannot write {}", log.display()))?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn().with_context(|| format!("cannot start {name} ({program})"))?;
        let watchdog = Watchdog::over_group(child.id())?;
        Ok(Process { name: name.to_owned(), child, log: log.to_owned(), _watchdog: watchdog })
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How the process ended, or nothing while it runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// An error that says how the process ended and what it said last, when it has ended.
    pub fn check_running(&mut self) -> anyhow::Result<()> {
        match self.ended() {
            None => Ok(()),
            Some(status) => anyhow::bail!("{} ended ({status}); its last lines:\n{}", self.name, self.log_tail(20)),
        }
    }

    /// Ends the process and all of its group at once (SIGKILL), and waits until it is gone.
    pub fn kill(&mut self) {
        if self.ended().is_none() {
            if let Some(group) = pid(self.child.id()) {
                // Gone between the look and the signal is as good as killed.
                let _ = rustix::process::kill_process_group(group, Signal::KILL);
            }
            let _ = self.child.wait();
        }
    }

    /// Asks the process to end (SIGTERM), and does not wait for it.
    pub fn ask_to_end(&mut self) {
        self.send(Signal::TERM);
    }

    /// Stops the process where it is (SIGSTOP), until [`Process::thaw`].
    pub fn freeze(&mut self) {
        self.send(Signal::STOP);
    }

    /// Lets a stopped process go on (SIGCONT).
    pub fn thaw(&mut self) {
        self.send(Signal::CONT);
    }

    fn send(&mut self, signal: Signal) {
        if self.ended().is_none()
            && let Some(process) = pid(self.child.id())
        {
            // Gone between the look and the signal: then there is nobody to be told.
            let _ = kill_process(process, signal);
        }
    }

    /// The last `lines` lines of the output.
    #[must_use]
    pub fn log_tail(&self, lines: usize) -> String {
        tail(&self.log, lines)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Ends a process group, or removes a directory, when this process ends in whatever way.
/// Dropped, it does nothing any more: what it watched over has then been put away in order.
#[derive(Debug)]
pub struct Watchdog(Child);

impl Watchdog {
    /// Kills the group of this process.
    pub fn over_group(leader: u32) -> anyhow::Result<Watchdog> {
        Watchdog::start("kill -s KILL -- \"-$1\"", &leader.to_string())
    }

    /// Removes this directory, once the processes that write to it have had a moment to die.
    pub fn over_directory(directory: &Path) -> anyhow::Result<Watchdog> {
        Watchdog::start("sleep 1; rm -rf -- \"$1\"", &directory.to_string_lossy())
    }

    fn start(deed: &str, argument: &str) -> anyhow::Result<Watchdog> {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("read -r _; {deed}"), "watchdog", argument]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(Watchdog(command.spawn().context("cannot start a shell")?))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The last `lines` lines of a text file; empty when it cannot be read.
#[must_use]
pub fn tail(file: &Path, lines: usize) -> String {
    let content = std::fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&content);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

fn pid(id: u32) -> Option<Pid> {
    i32::try_from(id).ok().and_then(Pid::from_raw)
}
