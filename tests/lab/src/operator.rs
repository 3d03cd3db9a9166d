//! The operator's binary as a process, to be killed and restarted at any moment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::control_plane::free_port;
use crate::process::{Process, tail};

/// How long a start may take before it counts as failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often a process is looked at that is waited for.
const PAUSE: Duration = Duration::from_millis(50);

/// What an operator is started with.
#[derive(Debug, Clone)]
pub struct OperatorOptions {
    /// The program.
    pub binary: PathBuf,
    /// Which cluster, as whom.
    pub kubeconfig: PathBuf,
    /// Where AWS is emulated.
    pub aws_endpoint: String,
    /// Where its output is kept, over restarts.
    pub log: PathBuf,
    /// Arguments besides those that make it work here.
    pub arguments: Vec<String>,
    /// Environment variables besides those that make it work here; these win.
    pub environment: BTreeMap<String, String>,
}

/// An operator; killed when it is dropped.
#[derive(Debug)]
pub struct Operator {
    options: OperatorOptions,
    health: String,
    metrics: String,
    identity: String,
    process: Option<Process>,
}

impl Operator {
    /// Starts the operator, and does not wait for it.
    pub fn start(options: OperatorOptions) -> anyhow::Result<Operator> {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let address = || anyhow::Ok(format!("127.0.0.1:{}", free_port()?));
        let identity = format!("operator-{}-{}", std::process::id(), STARTED.fetch_add(1, Ordering::Relaxed));
        let mut operator = Operator { options, health: address()?, metrics: address()?, identity, process: None };
        operator.spawn()?;
        Ok(operator)
    }

    /// Waits until the operator says that it is ready; the error tells how it ended, or what it said last.
    pub async fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let url = format!("http://{}/readyz", self.health);
        let client = reqwest::Client::builder().no_proxy().build()?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.process.as_mut().context("the operator was stopped")?.check_running()?;
            if client.get(&url).send().await.is_ok_and(|response| response.status().is_success()) {
                return Ok(());
            }
            anyhow::ensure!(
                Instant::now() < deadline,
                "the operator is not ready after {PATIENCE:?}:\n{}",
                self.log_tail(30)
            );
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Whether a probe succeeds: `healthz` or `readyz`. The error says that nobody answers.
    pub async fn answers(&self, probe: &str) -> anyhow::Result<bool> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let answer = client.get(format!("http://{}/{probe}", self.health)).send().await?;
        Ok(answer.status().is_success())
    }

    /// Ends the operator as a crash does (SIGKILL).
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Ends the operator as Kubernetes does (SIGTERM); the error says that it still runs after `patience`.
    pub async fn terminate(&mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        self.ask_to_end();
        self.ends(patience).await
    }

    /// As [`Operator::terminate`], and does not wait for the end.
    pub fn ask_to_end(&mut self) {
        self.process.iter_mut().for_each(Process::ask_to_end);
    }

    /// Waits until the operator has ended by itself; the error says that it still runs after `patience`.
    pub async fn ends(&mut self, patience: Duration) -> anyhow::Result<ExitStatus> {
        let process = self.process.as_mut().context("the operator was stopped already")?;
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = process.ended() {
                self.process = None;
                return Ok(status);
            }
            anyhow::ensure!(Instant::now() < deadline, "the operator still runs after {patience:?}");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Stops the process where it is (SIGSTOP): it does nothing until [`Operator::thaw`], and its clock goes on.
    pub fn freeze(&mut self) {
        self.process.iter_mut().for_each(Process::freeze);
    }

    /// Lets a stopped process go on (SIGCONT).
    pub fn thaw(&mut self) {
        self.process.iter_mut().for_each(Process::thaw);
    }

    /// Starts the operator again after it ended, and does not wait for it.
    pub fn begin(&mut self) -> anyhow::Result<()> {
        self.kill();
        self.spawn()
    }

    /// Kills the operator if it runs, starts it again, and waits until it is ready.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.begin()?;
        self.wait_until_ready().await
    }

    /// As [`Operator::restart`], with other arguments from now on.
    pub async fn restart_with(&mut self, arguments: Vec<String>) -> anyhow::Result<()> {
        self.options.arguments = arguments;
        self.restart().await
    }

    /// Whether the process is there.
    pub fn is_running(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| process.ended().is_none())
    }

    /// Where `/healthz` and `/readyz` are: host and port.
    #[must_use]
    pub fn health_address(&self) -> &str {
        &self.health
    }

    /// What `/metrics` says.
    pub async fn metrics(&self) -> anyhow::Result<String> {
        let url = format!("http://{}/metrics", self.metrics);
        let answer = reqwest::Client::builder().no_proxy().build()?.get(url).send().await?.error_for_status()?;
        Ok(answer.text().await?)
    }

    /// Who it is in an election, over restarts.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The access key that it signs with: what the ledger of AWS knows it by.
    #[must_use]
    pub fn access_key(&self) -> String {
        format!("AKID{}", self.identity.to_uppercase().replace('-', ""))
    }

    /// Everything it said since the first start.
    #[must_use]
    pub fn logs(&self) -> String {
        std::fs::read_to_string(&self.options.log).unwrap_or_default()
    }

    /// The last lines it said.
    #[must_use]
    pub fn log_tail(&self, lines: usize) -> String {
        tail(&self.options.log, lines)
    }

    /// Where what it says is kept.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.options.log
    }

    /// How many bytes of memory it occupies; Linux only.
    pub fn resident_memory(&self) -> anyhow::Result<u64> {
        let process = self.process.as_ref().context("the operator does not run")?;
        let status = std::fs::read_to_string(format!("/proc/{}/status", process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kilobytes * 1024)
    }

    fn spawn(&mut self) -> anyhow::Result<()> {
        let options = &self.options;
        anyhow::ensure!(options.binary.is_file(), "there is no operator at {}", options.binary.display());
        let mut command = Command::new(&options.binary);
        forget_surroundings(&mut command);
        command
            .env("KUBECONFIG", &options.kubeconfig)
            .env("AWS_ENDPOINT_URL", &options.aws_endpoint)
            .env("AWS_REGION", "us-west-2")
            // Of its own, so that the ledger tells operators apart.
            .env("AWS_ACCESS_KEY_ID", self.access_key())
            .env("AWS_SECRET_ACCESS_KEY", "not-a-secret")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            // Whoever runs this may have a real account configured: it is never to be found.
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("NO_PROXY", "127.0.0.1")
            // As a container that is started again in its pod, which takes its own lease at once.
            .env("POD_NAME", &self.identity)
            .envs(&options.environment)
            .args(["--health-bind-address", &self.health])
            .args(["--metrics-bind-address", &self.metrics])
            // For people who read why a test failed; given in the environment, so that an argument can say otherwise.
            .env("AGENTCORE_LOG_FORMAT", "text")
            .args(&options.arguments);
        self.process = Some(Process::start("the operator", command, &options.log)?);
        Ok(())
    }
}

/// Takes away what would make the operator behave differently on another machine.
fn forget_surroundings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["AWS_", "AGENTCORE_", "KUBERNETES_"].iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
}
