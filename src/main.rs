//! The operator's program: flags, then the operator or one of the command-line verbs.

use std::{
    collections::BTreeMap, io::Write, net::SocketAddr, path::PathBuf, process::ExitCode, str::FromStr, time::Duration,
};

use agentcore_gateway_operator::{
    aws::Rates,
    crds,
    kinds::Settings,
    leader::{self, Candidacy, Terms},
    operator::{self, Options},
    telemetry::{self, Format, Telemetry},
};
use anyhow::{Context, anyhow};
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, builder::Resettable};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::filter::LevelFilter;

/// Turns MCP servers running on EKS into tools of Amazon Bedrock AgentCore Gateway. Without a verb it runs the operator.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Prints the custom resource definitions as YAML.
    Crds {
        /// Writes one file per kind into this directory instead.
        #[arg(long)]
        out_dir: Option<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
struct Flags {
    /// The cluster's identity in the markers on AWS objects. Default: the uid of the namespace kube-system.
    #[arg(long, env = "AGENTCORE_CLUSTER_NAME", default_value = "")]
    cluster_name: String,
    /// The namespaces to watch, separated by commas. Default: all.
    #[arg(long, env = "AGENTCORE_WATCH_NAMESPACES", value_delimiter = ',')]
    watch_namespaces: Vec<String>,
    /// How often AWS is compared with the specs, at most.
    #[arg(long, env = "AGENTCORE_DRIFT_INTERVAL", default_value = "60s", value_parser = duration)]
    drift_interval: Duration,
    /// How many calls of one operation AWS is sent per second, READS/WRITES; the account is shared with others.
    /// Default: what AWS publishes.
    #[arg(long, env = "AGENTCORE_AWS_RATE", default_value = "10/5")]
    aws_rate: Rates,
    /// The shortest pause before looking again at something that is not settled.
    #[arg(long, env = "AGENTCORE_RETRY_FLOOR", default_value = "2s", value_parser = duration)]
    retry_floor: Duration,
    /// The longest pause before looking again after failures.
    #[arg(long, env = "AGENTCORE_RETRY_CAP", default_value = "5m", value_parser = duration)]
    retry_cap: Duration,
    /// Visits at once, per kind.
    #[arg(long, env = "AGENTCORE_CONCURRENCY", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: u16,
    /// Whether annotated Services, Ingresses and HTTPRoutes become targets, where a Gateway's spec.discovery allows it.
    #[arg(long, env = "AGENTCORE_DISCOVERY", default_value_t = true, action = ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    discovery: bool,
    /// Tags on everything in AWS that has tags, as KEY=VALUE, separated by commas.
    #[arg(long, env = "AGENTCORE_DEFAULT_TAGS", value_delimiter = ',')]
    default_tags: Vec<String>,
    /// Patterns (with *) of AWS identifiers that a spec may name although they are no objects here, separated by commas.
    #[arg(long, env = "AGENTCORE_ALLOWED_EXTERNAL_IDS", value_delimiter = ',')]
    allowed_external_ids: Vec<String>,
    /// Patterns (with *) of execution roles that gateways may have, separated by commas. Default: any role of the own account.
    #[arg(long, env = "AGENTCORE_ALLOWED_ROLE_ARNS", value_delimiter = ',')]
    allowed_role_arns: Vec<String>,
    /// Security groups for private endpoints whose spec names none, separated by commas.
    #[arg(long, env = "AGENTCORE_DEFAULT_SECURITY_GROUP_IDS", value_delimiter = ',')]
    default_security_group_ids: Vec<String>,
    /// Hosts (with *) and CIDRs that may be called before a server is registered although only a spec names them, or although their
    /// address is of a refused kind, separated by commas.
    #[arg(long, env = "AGENTCORE_PREFLIGHT_ALLOW", value_delimiter = ',')]
    preflight_allow: Vec<String>,
    /// Where the operator itself finds a host that it cannot resolve: HOST:PORT:ADDRESS[:PORT]; repeatable, or separated by commas.
    #[arg(long, env = "AGENTCORE_RESOLVE", value_delimiter = ',')]
    resolve: Vec<String>,
    /// Where /healthz and /readyz are served.
    #[arg(long, env = "AGENTCORE_HEALTH_BIND_ADDRESS", default_value = "0.0.0.0:8081")]
    health_bind_address: SocketAddr,
    /// Where /metrics is served; 0 turns it off.
    #[arg(long, env = "AGENTCORE_METRICS_BIND_ADDRESS", default_value = "0.0.0.0:8080")]
    metrics_bind_address: Bind,
    /// Whether replicas agree which of them is at work. Without it, two that run at once both are.
    #[arg(long, env = "AGENTCORE_LEADER_ELECT", default_value_t = true, action = ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    leader_elect: bool,
    /// How long a replica that stands by leaves a lease alone that it sees unchanged; longer than --renew-deadline.
    #[arg(long, env = "AGENTCORE_LEASE_DURATION", default_value = "15s", value_parser = duration)]
    lease_duration: Duration,
    /// How long the replica at work goes on without having renewed its lease; then it ends.
    #[arg(long, env = "AGENTCORE_RENEW_DEADLINE", default_value = "10s", value_parser = duration)]
    renew_deadline: Duration,
    /// How often the lease is renewed, and looked at by those who stand by.
    #[arg(long, env = "AGENTCORE_RETRY_PERIOD", default_value = "2s", value_parser = duration)]
    retry_period: Duration,
    /// The name of the Lease.
    #[arg(long, env = "AGENTCORE_LEASE_NAME", default_value = "agentcore-gateway-operator")]
    lease_name: String,
    /// The namespace of the Lease. Default: the operator's own, or that of the kubeconfig.
    #[arg(long, env = "AGENTCORE_LEASE_NAMESPACE", default_value = "")]
    lease_namespace: String,
    /// json for machines, text for people.
    #[arg(long, env = "AGENTCORE_LOG_FORMAT", default_value = "json")]
    log_format: LogFormat,
    /// The lowest level that is logged: error, warn, info, debug or trace. `RUST_LOG` says it per module.
    #[arg(long, env = "AGENTCORE_LOG_LEVEL", default_value = "info")]
    log_level: LevelFilter,
}

/// How long what is under way may take to be dropped when the program ends.
const END: Duration = Duration::from_secs(2);

/// An address to serve at, or none: controller-runtime's `0`, or nothing.
#[derive(Debug, Clone, Copy)]
struct Bind(Option<SocketAddr>);

impl FromStr for Bind {
    type Err = std::net::AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if matches!(text, "" | "0") { Ok(Self(None)) } else { text.parse().map(|address| Self(Some(address))) }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    Json,
    Text,
}

impl From<LogFormat> for Format {
    fn from(format: LogFormat) -> Self {
        match format {
            LogFormat::Json => Self::Json,
            LogFormat::Text => Self::Text,
        }
    }
}

impl Arguments {
    /// What the program was started with. A variable that is empty says nothing: those who write manifests leave values out that way.
    fn given() -> Self {
        let command = Self::command().mut_args(|argument| {
            let variable = argument.get_env().and_then(std::env::var_os);
            if variable.is_some_and(|value| value.is_empty()) { argument.env(Resettable::Reset) } else { argument }
        });
        Self::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::given();
    match perform(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line, last, whatever RUST_BACKTRACE says: it is what `kubectl logs` and the pod's termination message show. Also where the
            // log is turned off, or was not begun.
            if telemetry::shows_errors() {
                tracing::error!("{error:#}");
            } else {
                eprintln!("Error: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

fn perform(arguments: Arguments) -> anyhow::Result<()> {
    match arguments.verb {
        Some(Verb::Crds { out_dir: None }) => print(&crds::yaml()?),
        Some(Verb::Crds { out_dir: Some(directory) }) => {
            for (name, yaml) in crds::files()? {
                let path = directory.join(name);
                std::fs::write(&path, yaml).with_context(|| format!("cannot write {}", path.display()))?;
            }
            Ok(())
        }
        None => run(arguments.flags),
    }
}

/// Prints, and takes a reader that has seen enough for what it is: no error.
fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn run(flags: Flags) -> anyhow::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    let telemetry = {
        let _inside = runtime.enter();
        Telemetry::begin(flags.log_format.into(), flags.log_level)?
    };
    let ended = options(flags).and_then(|options| runtime.block_on(until_stopped(options)));
    telemetry.end();
    // So that nobody speaks after the reason is told. A look-up of a host cannot be interrupted, and is not waited for.
    runtime.shutdown_timeout(END);
    ended
}

async fn until_stopped(options: Options) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stopping = stop.clone();
    tokio::spawn(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        tracing::info!("asked to stop; finishing what was begun");
        stopping.cancel();
    });
    Box::pin(operator::run(options, stop)).await
}

fn options(flags: Flags) -> anyhow::Result<Options> {
    let terms =
        Terms::new(flags.lease_duration, flags.renew_deadline, flags.retry_period).map_err(anyhow::Error::msg)?;
    let candidacy = flags.leader_elect.then(|| Candidacy {
        name: flags.lease_name,
        namespace: flags.lease_namespace,
        identity: leader::identity(),
        terms,
    });
    Ok(Options {
        settings: Settings {
            cluster_name: flags.cluster_name,
            default_tags: given(flags.default_tags)
                .iter()
                .map(|text| tag(text))
                .collect::<anyhow::Result<BTreeMap<_, _>>>()?,
            default_security_group_ids: given(flags.default_security_group_ids),
            allowed_external_ids: given(flags.allowed_external_ids),
            allowed_role_arns: given(flags.allowed_role_arns),
            drift_interval: flags.drift_interval,
            retry_floor: flags.retry_floor,
            retry_cap: flags.retry_cap.max(flags.retry_floor),
            concurrency: flags.concurrency,
        },
        namespaces: given(flags.watch_namespaces),
        discovery: flags.discovery,
        rates: flags.aws_rate,
        health: flags.health_bind_address,
        metrics: flags.metrics_bind_address.0,
        candidacy,
        preflight_allow: parsed("--preflight-allow", flags.preflight_allow)?,
        resolve: parsed("--resolve", flags.resolve)?,
    })
}

/// The values of a list that say something: an empty one means none.
fn given(values: Vec<String>) -> Vec<String> {
    let mut values: Vec<String> = values.into_iter().filter(|value| !value.is_empty()).collect();
    values.sort();
    values.dedup();
    values
}

fn parsed<T: FromStr<Err = String>>(flag: &str, values: Vec<String>) -> anyhow::Result<Vec<T>> {
    given(values).iter().map(|value| value.parse().map_err(|error| anyhow!("{flag}: {error}"))).collect()
}

fn duration(text: &str) -> anyhow::Result<Duration> {
    let span: jiff::SignedDuration =
        text.parse().map_err(|error| anyhow!("{text} is no duration like 60s or 5m: {error}"))?;
    let duration = Duration::try_from(span).map_err(|_| anyhow!("{text} is negative"))?;
    if duration.is_zero() { Err(anyhow!("a pause of zero would never pause")) } else { Ok(duration) }
}

fn tag(text: &str) -> anyhow::Result<(String, String)> {
    let (key, value) = text.split_once('=').ok_or_else(|| anyhow!("--default-tags: {text} is not KEY=VALUE"))?;
    Ok((key.to_owned(), value.to_owned()))
}
