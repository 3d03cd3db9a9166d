//! What the demo plays on: the control plane, the emulated AWS, the teams' servers, the operator.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;

use super::servers::{Servers, remove_load_balancer};
use super::story;
use crate::aws::network::fixture;
use crate::aws::{Aws, AwsOptions};
use crate::control_plane::{ControlPlane, ControlPlaneOptions};
use crate::load_balancer::Authority;
use crate::objects::Objects;
use crate::operator::{Operator, OperatorOptions};
use crate::workload::{Endpoints, LoadBalancerController, RollOut, Workload, WorkloadKind};
use crate::world::sign_in;

/// How much faster than the real AWS the emulation is: four minutes take as many seconds.
const SPEED: f64 = 60.0;

/// The operator's name for its cluster.
const CLUSTER: &str = "demo";

/// Where `deploy/` puts the operator.
const NAMESPACE: &str = "agentcore-system";

/// The kinds that are played with, in the order in which people read them.
pub(super) const KINDS: [&str; 2] = ["Gateway", "GatewayTarget"];

/// How long the demo waits for anything.
pub(super) const PATIENCE: Duration = Duration::from_mins(3);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// Everything that runs. Fields are dropped in this order: the operator before what it talks to.
pub(super) struct Stage {
    pub(super) operator: Operator,
    pub(super) controller: LoadBalancerController,
    pub(super) servers: Servers,
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
        story::chapter("A cluster and an AWS on this machine; no AWS account needed");
        let started = Instant::now();
        let control_plane = ControlPlane::start(ControlPlaneOptions::default()).await?;
        story::tell(&format!("Kubernetes   a real API server, ready after {}", seconds(started)));
        let aws = Aws::start(AwsOptions { speed: SPEED, ..AwsOptions::default() }).await?;
        let servers = Servers::start(&aws).await?;
        story::tell(&format!("AWS          emulated at {}, {SPEED} times as fast as the real one", aws.endpoint()));
        story::tell("Servers      two that speak MCP, one REST API, each behind a load balancer with TLS");
        story::tell("Played       pods and their controllers, and the AWS Load Balancer Controller");
        let objects = Objects::new(control_plane.client().await?);
        let network = aws.clone();
        let controller =
            LoadBalancerController::prompt(&objects, move |dns_name| remove_load_balancer(&network, dns_name));
        kubectl(&control_plane, "apply --server-side -k deploy/").await?;
        kubectl(&control_plane, "apply -f deploy/examples/0-namespaces.yaml").await?;
        let mut operator = start_operator(&control_plane, &aws, &servers, binary).await?;
        operator.wait_until_ready().await?;
        story::output("the operator is running, with the rights in deploy/operator.yaml and deploy/iam, and no others");
        Ok(Stage { operator, controller, servers, aws, objects, control_plane, started })
    }

    /// Plays the controllers of a cluster with nodes: the pods of a Deployment run, and stand behind the Service of its name.
    pub(super) async fn run_pods(&self, namespace: &str, name: &str) -> anyhow::Result<()> {
        let workload = self.workload(namespace, name);
        workload.reach(RollOut::Complete).await?;
        workload.set_endpoints(name, Endpoints { ready: 2, ..Endpoints::default() }).await?;
        Ok(())
    }

    /// A Deployment.
    pub(super) fn workload(&self, namespace: &str, name: &str) -> Workload {
        Workload::new(&self.objects, WorkloadKind::Deployment, namespace, name)
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

    /// Runs another program in the repository, and shows what it printed.
    pub(super) async fn run(&self, line: &str) -> anyhow::Result<()> {
        story::command(line);
        let words = words(line);
        let (program, arguments) = words.split_first().context("there is no command")?;
        let output = tokio::process::Command::new(program).args(arguments).current_dir(repository()).output().await?;
        anyhow::ensure!(output.status.success(), "{line} failed");
        story::output(&String::from_utf8_lossy(&output.stdout));
        Ok(())
    }

    /// Every object of the operator's kinds.
    pub(super) async fn all(&self) -> anyhow::Result<Vec<Value>> {
        let mut all = Vec::new();
        for kind in KINDS {
            all.extend(self.objects.list(kind, "").await?);
        }
        Ok(all)
    }

    /// Waits until an event with this reason is in a namespace: events come a moment after what they tell of.
    pub(super) async fn until_told(&self, namespace: &str, note: &str) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let events = self.objects.list("events.k8s.io/v1/Event", namespace).await?;
            if events.iter().any(|event| event["note"] == note) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(self.complain(&format!("There is no event {note} in {namespace}.")));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// An error that also tells what the operator said last.
    pub(super) fn complain(&self, what: &str) -> anyhow::Error {
        anyhow::anyhow!("{what}\n\nThe operator's last lines:\n{}", self.operator.log_tail(30))
    }
}

/// What a kubectl command prints. Arguments with spaces stand between single quotes.
pub(super) async fn kubectl_output(control_plane: &ControlPlane, arguments: &str) -> anyhow::Result<String> {
    let mut command = control_plane.kubectl();
    let output = command.args(words(arguments)).current_dir(repository()).output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "kubectl {arguments} failed:\n{said}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The words of a command line, as a shell takes it apart where it has single quotes only.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (index, part) in line.split('\'').enumerate() {
        let is_quoted = index % 2 == 1;
        for (index, piece) in part.split(|character: char| !is_quoted && character == ' ').enumerate() {
            if index > 0 {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.push_str(piece);
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
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

/// Its pod would run on a node: here it is a process, with the token of the service account that its pod would have, and held to the policies
/// in `deploy/iam`.
async fn start_operator(
    control_plane: &ControlPlane,
    aws: &Aws,
    servers: &Servers,
    binary: PathBuf,
) -> anyhow::Result<Operator> {
    let told = [format!("--cluster-name={CLUSTER}"), format!("--default-security-group-ids={}", fixture::SG_RG)];
    story::command(&format!("agentcore-gateway-operator {}", told.join(" ")));
    // What AWS does faster, the operator looks at more often.
    let pace = ["--retry-floor=200ms", "--retry-cap=2s", "--drift-interval=2s"].map(str::to_owned);
    let mut environment = sign_in(aws, "demo", CLUSTER)?;
    environment.insert("SSL_CERT_FILE".to_owned(), Authority::shared()?.certificate_file().display().to_string());
    environment.insert("AGENTCORE_LEASE_NAMESPACE".to_owned(), NAMESPACE.to_owned());
    Operator::start(OperatorOptions {
        binary,
        kubeconfig: control_plane.kubeconfig_for_service_account(NAMESPACE, "agentcore-gateway-operator").await?,
        aws_endpoint: aws.endpoint(),
        log: control_plane.directory().join("operator.log"),
        arguments: told.into_iter().chain(pace).chain(servers.operator_arguments()).collect(),
        environment,
    })
}

fn beside_this_program() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(program.parent().context("this program lies nowhere")?.join("agentcore-gateway-operator"))
}

/// Where `crds/` and `deploy/` are.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_one_word() {
        assert_eq!(words("get acgwt -o 'jsonpath={.a b}' -A"), ["get", "acgwt", "-o", "jsonpath={.a b}", "-A"]);
    }
}
