//! The operator's figures, measured on this machine in one run. Nothing is asserted: counts belong into tests, and times into ratios.

mod settled;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;

use crate::aws::{AwsOptions, Provisioning};
use crate::objects::is_ready;
use crate::operator::{Operator, OperatorOptions};
use crate::world::{GATEWAY, World, WorldOptions};

/// What is measured.
#[derive(Debug, clap::Args)]
pub struct BenchArguments {
    /// The operator's program, built for release.
    #[arg(long, default_value = "target/release/agentcore-gateway-operator")]
    operator: PathBuf,
}

/// How many targets are created at once, besides one alone.
const MANY: usize = 50;

/// Creates per second and operation that AWS publishes as its quota.
const CREATES_PER_SECOND: f64 = 5.0;

/// How often is looked whether everything is Ready.
const PAUSE: Duration = Duration::from_millis(20);

/// How long is waited for that.
const PATIENCE: Duration = Duration::from_mins(5);

/// Measures and prints.
///
/// # Errors
///
/// The operator's program is not there, or something did not become Ready.
pub async fn run(arguments: BenchArguments) -> anyhow::Result<()> {
    let program = arguments.operator;
    let size = std::fs::metadata(&program)
        .with_context(|| format!("there is no {}; build it with cargo build --release", program.display()))?
        .len();
    println!("binary                                     {:>9.1} MB", mega(size));
    let mut world = World::start_with(&program, "bench", options()).await?;
    world.apply(GATEWAY).await?;
    world.ready("Gateway", "platform", "agents").await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!("resident memory, one gateway               {:>9.1} MB", mega(world.operator.resident_memory()?));
    let one = apply_and_wait(&world, "one", 1).await?;
    let many = apply_and_wait(&world, "many", MANY).await?;
    println!("resident memory, {MANY} targets                 {:>9.1} MB", mega(world.operator.resident_memory()?));
    let bound = f64::from(u32::try_from(MANY)?) / CREATES_PER_SECOND;
    println!(
        "{MANY} targets: time against the quota's bound   {:>9.2}   ({bound:.0} s at {CREATES_PER_SECOND} creates a second)",
        many / bound
    );
    println!("{MANY} targets: time per target against one      {:>9.2}", many / one / f64::from(u32::try_from(MANY)?));
    start_to_first_reconcile(&mut world, &program).await?;
    settled::measure(&program).await
}

fn options() -> WorldOptions {
    let provisioning = Provisioning::instant();
    WorldOptions { aws: AwsOptions { speed: 100.0, provisioning, ..AwsOptions::default() }, ..WorldOptions::default() }
}

/// Applies so many targets at once and prints what it took until all were Ready. Answers with the seconds.
async fn apply_and_wait(world: &World, name: &str, count: usize) -> anyhow::Result<f64> {
    let manifests: Vec<String> = (0..count).map(|number| target(&format!("{name}-{number}"), "agents")).collect();
    let (audit, ledger) = (world.mark(), world.aws.mark());
    let started = Instant::now();
    world.apply(&manifests.join("---\n")).await?;
    let all = async || {
        let objects = world.list("GatewayTarget", "platform").await.ok()?;
        let ours: Vec<&Value> = objects.iter().filter(|object| starts_with(object, name)).collect();
        (ours.len() == count && ours.iter().all(|object| is_ready(object))).then_some(())
    };
    wait(world, all).await?;
    let seconds = started.elapsed().as_secs_f64();
    let calls = world.aws.calls_since(ledger);
    let creates = calls.iter().filter(|call| call.operation == "CreateGatewayTarget").count();
    let writes = world.writes_since(audit);
    #[expect(clippy::cast_precision_loss, reason = "counts for people")]
    let per_target = |number: usize| number as f64 / count as f64;
    println!("{count:>2} targets, apply to Ready                  {seconds:>9.2} s");
    println!(
        "{count:>2} targets, per target: AWS creates {:.2}, AWS reads {:.2}, Kubernetes writes {:.2}, events {:.2}",
        per_target(creates),
        per_target(calls.len() - creates),
        per_target(writes.total()),
        per_target(writes.events),
    );
    Ok(seconds)
}

/// As [`World::wait_for`], but looking often: here the time is the result.
async fn wait(world: &World, mut look: impl AsyncFnMut() -> Option<()>) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while look().await.is_none() {
        anyhow::ensure!(Instant::now() < deadline, "not everything is Ready\n{}", world.report().await);
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

fn starts_with(object: &Value, name: &str) -> bool {
    object.pointer("/metadata/name").and_then(Value::as_str).is_some_and(|full| full.starts_with(name))
}

fn target(name: &str, gateway: &str) -> String {
    format!(
        "\
apiVersion: tools.agentcore.dev/v1alpha1
kind: GatewayTarget
metadata: {{name: {name}, namespace: platform}}
spec:
  gatewayRef: {{name: {gateway}}}
  targetConfiguration:
    mcp:
      openApiSchema:
        inlinePayload: |
          {{\"openapi\": \"3.0.3\", \"info\": {{\"title\": \"{name}\", \"version\": \"1\"}}, \"servers\": [{{\"url\": \"https://{name}.example.com\"}}],
           \"paths\": {{\"/items\": {{\"get\": {{\"operationId\": \"listItems\", \"responses\": {{\"200\": {{\"description\": \"OK\"}}}}}}}}}}}}
  credentialProviderConfigurations:
  - credentialProviderType: API_KEY
    credentialProvider:
      apiKeyCredentialProvider:
        providerArn: arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/apikeycredentialprovider/bench
"
    )
}

/// From the start of the process to its first write to an object that waits for it.
async fn start_to_first_reconcile(world: &mut World, program: &Path) -> anyhow::Result<()> {
    world.operator.kill();
    world.apply(&GATEWAY.replace("name: agents", "name: waiting")).await?;
    let namespace = world.namespace("platform");
    let log = world.control_plane.directory().join("operator-first.log");
    let started = Instant::now();
    let _operator = Operator::start(OperatorOptions {
        binary: program.to_owned(),
        kubeconfig: world.control_plane.kubeconfig().to_owned(),
        aws_endpoint: world.aws.endpoint(),
        log,
        arguments: vec![format!("--watch-namespaces={namespace}"), "--cluster-name=bench".to_owned()],
        environment: std::collections::BTreeMap::new(),
    })?;
    let looked_at = async || {
        let object = world.find("Gateway", "platform", "waiting").await.ok()??;
        object.pointer("/metadata/finalizers/0").map(|_| ())
    };
    wait(world, looked_at).await?;
    println!("process start to first reconcile           {:>9.2} s", started.elapsed().as_secs_f64());
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "megabytes for people")]
fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
