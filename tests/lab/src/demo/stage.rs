//! What the demo plays on: the control plane, the emulated AWS, two MCP servers, the operator.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;

use super::story;
use crate::aws::{Aws, AwsOptions};
use crate::control_plane::{ControlPlane, ControlPlaneOptions};
use crate::mcp::{McpServer, Personality};
use crate::objects::Objects;
use crate::operator::{Operator, OperatorOptions};

/// How much faster than the real AWS the emulation is: four minutes take as many seconds.
const SPEED: f64 = 60.0;

/// The operator's kinds, in the order in which people read them.
pub(super) const KINDS: [&str; 4] = ["Gateway", "GatewayTarget", "ResourceGateway", "ResourceConfiguration"];

/// The two MCP servers of the examples: under which address AWS finds them, and what they are.
const MCP_SERVERS: [(&str, Personality); 2] = [
    ("https://internal.example.com/mcp-server/mcp", Personality::Everyday),
    ("https://internal.example.com/stock-mcp/mcp", Personality::Stock),
];

/// Everything that runs. Fields are dropped in this order: the operator before what it talks to.
pub(super) struct Stage {
    pub(super) operator: Operator,
    pub(super) servers: Vec<(String, McpServer)>,
    pub(super) aws: Aws,
    pub(super) objects: Objects,
    pub(super) control_plane: ControlPlane,
    pub(super) started: Instant,
}

impl Stage {
    /// Starts everything.
    pub(super) async fn set(operator: Option<PathBuf>) -> anyhow::Result<Stage> {
        let binary = operator.map_or_else(beside_this_program, Ok)?;
        anyhow::ensure!(binary.is_file(), "there is no operator at {}: cargo build makes it", binary.display());
        story::chapter("A cluster, an AWS, two MCP servers - all on this machine, no AWS account needed");
        let started = Instant::now();
        let control_plane = ControlPlane::start(ControlPlaneOptions::default()).await?;
        story::tell(&format!("Kubernetes   a real API server, ready after {}", seconds(started)));
        let aws = Aws::start(AwsOptions { speed: SPEED, ..AwsOptions::default() }).await?;
        story::tell(&format!("AWS          emulated at {}, {SPEED} times as fast as the real one", aws.endpoint()));
        aws.register_private_zone("internal.example.com");
        let mut servers = Vec::new();
        for (url, personality) in MCP_SERVERS {
            let server = McpServer::start(personality).await?;
            aws.register_endpoint(url, &server.url());
            story::tell(&format!("MCP server   {url}"));
            servers.push((url.to_owned(), server));
        }
        let objects = Objects::new(control_plane.client().await?);
        kubectl(&control_plane, "apply -f crds").await?;
        let mut operator = start_operator(&control_plane, &aws, binary)?;
        operator.wait_until_ready().await?;
        story::output("the operator is running");
        Ok(Stage { operator, servers, aws, objects, control_plane, started })
    }

    /// Applies the examples.
    pub(super) async fn declare(&self) -> anyhow::Result<()> {
        story::chapter("Declared: one gateway, and three kinds of tools over both kinds of private network");
        self.kubectl("apply -f deploy/examples").await
    }

    /// Shows one target as `kubectl describe` does.
    pub(super) async fn describe_one(&self) -> anyhow::Result<()> {
        story::chapter("One target in detail");
        self.kubectl("describe gatewaytarget eks-mcp-server --namespace mcp-server").await
    }

    /// Leaves everything as it is until Ctrl-C.
    pub(super) async fn keep(&self) -> anyhow::Result<()> {
        story::chapter("Everything keeps running. Ctrl-C ends it and removes it");
        story::tell(&format!("export KUBECONFIG={}", self.control_plane.kubeconfig().display()));
        story::tell(&format!("export AWS_ENDPOINT_URL={} AWS_REGION=us-west-2", self.aws.endpoint()));
        story::tell(&format!("kubectl           {}", self.control_plane.kubectl_path().display()));
        story::tell(&format!("operator's log    {}", self.operator.log().display()));
        Ok(tokio::signal::ctrl_c().await?)
    }

    /// Runs kubectl as a person would, and shows what it printed.
    pub(super) async fn kubectl(&self, arguments: &str) -> anyhow::Result<()> {
        kubectl(&self.control_plane, arguments).await
    }

    /// Every object of the operator's kinds.
    pub(super) async fn all(&self) -> anyhow::Result<Vec<Value>> {
        let mut all = Vec::new();
        for kind in KINDS {
            all.extend(self.objects.list(kind, "").await?);
        }
        Ok(all)
    }

    /// An error that also tells what the operator said last.
    pub(super) fn complain(&self, what: &str) -> anyhow::Error {
        anyhow::anyhow!("{what}\n\nThe operator's last lines:\n{}", self.operator.log_tail(30))
    }
}

/// What a kubectl command prints.
pub(super) async fn kubectl_output(control_plane: &ControlPlane, arguments: &str) -> anyhow::Result<String> {
    let mut command = control_plane.kubectl();
    let output = command.args(arguments.split_whitespace()).current_dir(repository()).output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "kubectl {arguments} failed:\n{said}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A time as people say it.
pub(super) fn seconds(since: Instant) -> String {
    format!("{:.1} s", since.elapsed().as_secs_f64())
}

async fn kubectl(control_plane: &ControlPlane, arguments: &str) -> anyhow::Result<()> {
    story::command(&format!("kubectl {arguments}"));
    story::output(&kubectl_output(control_plane, arguments).await?);
    Ok(())
}

fn start_operator(control_plane: &ControlPlane, aws: &Aws, binary: PathBuf) -> anyhow::Result<Operator> {
    // What AWS does faster, the operator looks at more often.
    let pace = ["--cluster-name=demo", "--retry-floor=200ms", "--retry-cap=2s", "--drift-interval=2s"];
    story::command("agentcore-gateway-operator --cluster-name=demo");
    Operator::start(OperatorOptions {
        binary,
        kubeconfig: control_plane.kubeconfig_for("agentcore-gateway-operator", Some("system:masters"))?,
        aws_endpoint: aws.endpoint(),
        log: control_plane.directory().join("operator.log"),
        arguments: pace.map(str::to_owned).to_vec(),
        environment: std::collections::BTreeMap::new(),
    })
}

fn beside_this_program() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(program.parent().context("this program lies nowhere")?.join("agentcore-gateway-operator"))
}

/// Where `crds/` and `deploy/examples/` are.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// How long the demo waits for anything.
pub(super) const PATIENCE: Duration = Duration::from_mins(3);
