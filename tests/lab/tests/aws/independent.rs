//! The emulation, judged by other people's code: botocore has to accept every answer, and moto, another emulation, has to agree.
//!
//! Both are Python. Where it, or one of them, is not installed, the tests say so on standard error and check nothing; with
//! `LAB_REQUIRE_PYTHON` set they fail instead.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use lab::aws::AwsOptions;
use lab::mcp::{McpServer, Personality};

use crate::support::{Fixture, quick};

/// A program in `tests/python`, with what it imports.
struct Check {
    program: &'static str,
    imports: &'static [&'static str],
}

const BOTOCORE: Check = Check { program: "botocore_accepts.py", imports: &["botocore"] };
const MOTO: Check = Check { program: "moto_agrees.py", imports: &["botocore", "moto"] };
const MODELS: Check = Check { program: "models_are_cut.py", imports: &["botocore"] };

const INSTALL: &str = "python3 -m pip install -r tests/lab/tests/python/requirements.txt";

fn directory() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python"))
}

/// Python with a program of ours; it leaves no compiled files in the source tree.
fn python(arguments: &[&str]) -> std::io::Result<Output> {
    let mut python = Command::new("python3");
    python.arg("-B").args(arguments).current_dir(directory());
    // Whatever the machine is configured with, the check is of the emulation alone.
    for variable in ["AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_REGION", "HTTP_PROXY", "http_proxy"]
    {
        python.env_remove(variable);
    }
    python.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    python.env("AWS_EC2_METADATA_DISABLED", "true").output()
}

impl Check {
    /// Why the check cannot run here, if it cannot.
    fn obstacle(&self) -> Option<String> {
        let script = format!("import {}", self.imports.join(", "));
        match python(&["-c", &script]) {
            Err(error) => Some(format!("python3 cannot be run: {error}")),
            Ok(output) if output.status.success() => None,
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                Some(said.lines().last().unwrap_or("python3 cannot import what is needed").to_owned())
            }
        }
    }

    /// Runs the program, unless there is an obstacle, which is told.
    async fn run(self, arguments: Vec<String>) {
        if let Some(obstacle) = self.obstacle() {
            assert!(std::env::var_os("LAB_REQUIRE_PYTHON").is_none(), "{}: {obstacle}", self.program);
            let program = self.program;
            return tell(&format!("SKIPPED: {program} did not check the emulation: {obstacle} ({INSTALL})"));
        }
        let program = self.program;
        let run = move || {
            let mut all = vec![program];
            all.extend(arguments.iter().map(String::as_str));
            python(&all)
        };
        let output = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{program}:\n{said}");
        said.lines().filter(|line| line.starts_with("SKIPPED")).for_each(|line| tell(&format!("{line} ({INSTALL})")));
        print!("{said}");
    }
}

/// Says something to whoever runs the tests; what goes through `eprintln` the runner keeps to itself when a test passes.
fn tell(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// An emulation with a network and an MCP server, in which waiting for a person's consent is soon over.
async fn fixture() -> (Fixture, McpServer) {
    let fixture = Fixture::with_network(AwsOptions { speed: 1000.0, ..quick() }).await;
    let server = McpServer::start(Personality::Everyday).await.unwrap();
    fixture.aws.register_endpoint("https://mcp.example.com/mcp", &server.url());
    (fixture, server)
}

#[tokio::test(flavor = "multi_thread")]
async fn botocore_accepts_every_answer() {
    let (fixture, _server) = fixture().await;
    BOTOCORE.run(vec![fixture.aws.endpoint()]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moto_agrees_on_the_shapes() {
    let (fixture, _server) = fixture().await;
    MOTO.run(vec![fixture.aws.endpoint()]).await;
}

#[tokio::test]
async fn the_models_are_cut_from_botocore_and_not_edited() {
    MODELS.run(Vec::new()).await;
}
