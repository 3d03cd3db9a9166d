//! A clock for a process that a test moves ahead: what takes a quarter of an hour takes no time.
//!
//! A small library, preloaded into the process, answers for its monotonic clock, which all pauses and patience are measured by. It works on
//! Linux and is built with the C compiler that Rust links with there. The time of day stays what it is: certificates and signatures rely on
//! it.

use std::collections::BTreeMap;
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Context;
use tempfile::TempDir;

/// The library's source.
const SOURCE: &str = include_str!("clock.c");

/// The clock of one process.
#[derive(Debug)]
pub struct Clock {
    directory: TempDir,
    ahead: Mutex<Duration>,
}

impl Clock {
    /// A clock that is not ahead yet.
    pub fn new() -> anyhow::Result<Clock> {
        anyhow::ensure!(cfg!(target_os = "linux"), "the clock of a process can be moved on Linux only");
        let clock = Clock { directory: tempfile::tempdir()?, ahead: Mutex::default() };
        let source = clock.directory.path().join("clock.c");
        std::fs::write(&source, SOURCE)?;
        let mut compile = Command::new("cc");
        compile.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(clock.library()).arg(&source);
        let output = compile.output().context("cc, the C compiler that Rust links with, was not found")?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "the clock was not built:\n{said}");
        std::fs::write(clock.file(), 0_i64.to_ne_bytes())?;
        Ok(clock)
    }

    /// The environment of a process that is to have this clock.
    #[must_use]
    pub fn environment(&self) -> BTreeMap<String, String> {
        let text = |path: PathBuf| path.display().to_string();
        BTreeMap::from([("LD_PRELOAD".to_owned(), text(self.library())), ("LAB_CLOCK".to_owned(), text(self.file()))])
    }

    /// Moves the clock ahead.
    pub fn advance(&self, by: Duration) -> anyhow::Result<()> {
        let mut ahead = self.ahead.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *ahead += by;
        // The process has the file mapped: it is changed in place.
        let mut file = std::fs::OpenOptions::new().write(true).open(self.file())?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&i64::try_from(ahead.as_secs())?.to_ne_bytes())?;
        Ok(())
    }

    fn library(&self) -> PathBuf {
        self.directory.path().join("libclock.so")
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("ahead")
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;
    use std::time::Instant;

    use super::*;

    /// This very test program, started again as a process with a clock of its own, tells how long it took between two lines.
    #[test]
    fn a_process_sees_time_pass() -> anyhow::Result<()> {
        if std::env::var_os("LAB_CLOCK").is_some() {
            return tell_the_time();
        }
        let clock = Clock::new()?;
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--exact", "clock::tests::a_process_sees_time_pass", "--nocapture"])
            .envs(clock.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let mut told = || -> anyhow::Result<String> {
            loop {
                let line = lines.next().context("no more lines")??;
                if let Some((_, told)) = line.split_once("told: ") {
                    return Ok(told.to_owned());
                }
            }
        };
        anyhow::ensure!(told()? == "started");
        clock.advance(Duration::from_hours(1))?;
        clock.advance(Duration::from_hours(1))?;
        child.stdin.take().context("no input")?.write_all(b"\n")?;
        let passed: u64 = told()?.parse()?;
        assert!((7200..7300).contains(&passed), "{passed} seconds");
        assert!(child.wait()?.success());
        Ok(())
    }

    fn tell_the_time() -> anyhow::Result<()> {
        let start = Instant::now();
        println!("told: started");
        std::io::stdin().read_line(&mut String::new())?;
        println!("told: {}", start.elapsed().as_secs());
        Ok(())
    }
}
