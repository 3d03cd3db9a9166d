//! Which controllers there are, what wakes each, the sweep, health and shutdown.
//!
//! ```text
//!  API server ──watch──> copies ──> wakes ──┐
//!                                           ├──> queue ──> reconcile (one object, never twice at once)
//!  AWS ────────sweep───> lists ───> wakes ──┘
//! ```
//!
//! A watch wakes the object itself, and those who rely on it when what it offers changed. The sweep wakes objects that AWS lists otherwise
//! than before.
//!
//! One process is at work at a time. The others keep copies and stand by, without a call to AWS or a write; whoever takes over visits
//! everything once. See [`crate::leader`].

mod census;
mod copies;
mod discovery;
mod health;
mod same_cluster;
mod sweep;
mod wakes;
mod work;

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use aws_config::Region;
use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client, Config, ResourceExt};
use tokio_util::sync::CancellationToken;

pub use self::health::Health;
use self::{copies::Copies, work::Work};
use crate::{
    aws::{self, Aws, Rates, refusals},
    cluster::{MANAGER, fenced::FenceLayer, requests::measured},
    fence::Fence,
    kinds::Settings,
    leader::{Candidacy, Leadership},
    metrics::Metrics,
    workload::preflight::{Allowance, Resolution},
};

/// What the operator is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// What kinds and loop are told.
    pub settings: Settings,
    /// The namespaces to watch; empty: all.
    pub namespaces: Vec<String>,
    /// Whether annotated objects become targets. If not, no target is made, and those that were made before stay as they are.
    pub discovery: bool,
    /// How fast AWS is asked.
    pub rates: Rates,
    /// Where `/healthz` and `/readyz` are served.
    pub health: SocketAddr,
    /// Where `/metrics` is served; `None`: nowhere.
    pub metrics: Option<SocketAddr>,
    /// The lease that this process stands for; `None`: it is at work whoever else is.
    pub candidacy: Option<Candidacy>,
    /// What may be called although only a spec names it, or although its address is of a refused kind.
    pub preflight_allow: Vec<Allowance>,
    /// Where the operator itself finds hosts that it cannot resolve.
    pub resolve: Vec<Resolution>,
}

/// How the work of a process ended that was asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// Nothing is under way.
    Whole,
    /// Something was given up that had been begun.
    Halfway,
}

/// Runs the operator until it is told to stop.
///
/// # Errors
///
/// It cannot start: no region of AWS, no Kubernetes configuration, an address that cannot be served, or the name of another cluster than the
/// one that made what is there. Or it has lost the lease.
pub async fn run(options: Options, stop: CancellationToken) -> anyhow::Result<()> {
    // Before anything else: only a person can mend it, who should not have to find out why a pod that looks well does nothing.
    let region = aws::region().await.context(
        "no AWS region is set: set aws.region in the chart, or AWS_REGION. EKS sets it for pods with Pod Identity or IRSA; those that were \
         started before have to be restarted",
    )?;
    let health = Health::default();
    let serving =
        health.serve(options.health).await.with_context(|| format!("cannot serve health at {}", options.health))?;
    tokio::spawn(serving);
    let metrics = Metrics::default();
    if let Some(address) = options.metrics {
        tokio::spawn(metrics.serve(address).await.with_context(|| format!("cannot serve metrics at {address}"))?);
    }
    let config = configuration().await.context("no usable Kubernetes configuration")?;
    let fence = if options.candidacy.is_some() { Fence::closed() } else { Fence::none() };
    let client = measured(config.clone(), &metrics)?.with_layer(&FenceLayer(fence.clone())).build();
    let mut copies = Copies::follow(&client, &options.namespaces);
    tokio::select! {
        () = copies.stores.wait_until_ready() => {}
        () = stop.cancelled() => return Ok(()),
        _ = copies.forever.join_next() => anyhow::bail!("a watch ended by itself: that is a bug"),
    }
    tracing::info!("caches are in sync");
    health.set_ready();
    let lease = options.candidacy.as_ref().map_or(MANAGER, |candidacy| &candidacy.name).to_owned();
    metrics.leads(&lease, false);
    let mut leadership = match &options.candidacy {
        Some(candidacy) => Leadership::seek(candidacy, &config, client.clone(), fence.clone(), &metrics)?,
        None => Leadership::unopposed(),
    };
    let mut leads = leadership.leads();
    let work = async {
        tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(Ended::Whole),
            // Who lets go of the other end has lost the lease, and that is told elsewhere.
            Ok(_) = leads.wait_for(|leads| *leads) => {}
            _ = copies.forever.join_next() => anyhow::bail!("a watch ended by itself: that is a bug"),
        }
        metrics.leads(&lease, true);
        lead(options, region, client, fence, copies, &metrics, &stop).await
    };
    let ended = tokio::select! {
        ended = work => ended?,
        lost = leadership.lost() => return Err(lost.into()),
    };
    match ended {
        Ended::Whole => leadership.release().await,
        // It may still arrive at AWS: another pod waits until this one's lease is over.
        Ended::Halfway => tracing::warn!("what was begun took too long and was given up; the lease is left to its end"),
    }
    tracing::info!("stopped");
    Ok(())
}

/// Works until the operator is to stop.
async fn lead(
    mut options: Options,
    region: Region,
    client: Client,
    fence: Fence,
    copies: Copies,
    metrics: &Metrics,
    stop: &CancellationToken,
) -> anyhow::Result<Ended> {
    if options.settings.cluster_name.is_empty() {
        let uid = patiently(stop, "the uid of namespace kube-system", || cluster_uid(&client)).await;
        let Some(uid) = uid else { return Ok(Ended::Whole) };
        options.settings.cluster_name = uid;
    }
    let connect = || Aws::connect(region.clone(), options.rates, fence.clone(), metrics);
    let aws = patiently(stop, "AWS's answer who the operator is", connect).await;
    let Some(aws) = aws else { return Ok(Ended::Whole) };
    let account = aws.account();
    tracing::info!(cluster = options.settings.cluster_name, account = account.id, region = account.region, "starting");
    let prepared = async {
        same_cluster::check(&client, &options.namespaces, &aws, &options.settings.cluster_name).await?;
        anyhow::Ok(Work::new(&options, client.clone(), aws.clone(), &copies, metrics).await)
    };
    let work = tokio::select! {
        biased;
        () = stop.cancelled() => return Ok(Ended::Whole),
        prepared = prepared => prepared?,
    };
    work.run(copies, stop).await
}

/// With a name of its own: managedFields and audit logs should say who wrote.
async fn configuration() -> anyhow::Result<Config> {
    let mut config = Config::infer().await?;
    // As long as a watch may be silent, and a little more: a connection that hangs for longer is dead.
    config.read_timeout = Some(Duration::from_mins(5));
    config.write_timeout = Some(Duration::from_secs(30));
    config.headers.push((http::header::USER_AGENT, http::HeaderValue::from_static(MANAGER)));
    Ok(config)
}

async fn cluster_uid(client: &Client) -> Result<String, kube::Error> {
    let namespace = Api::<Namespace>::all(client.clone()).get_metadata("kube-system").await?;
    Ok(namespace.uid().unwrap_or_default())
}

/// Tries until it works: at start neither Kubernetes nor AWS need be there yet, and a crash loop would help nobody. `None`: the operator is
/// to stop.
async fn patiently<T, E, F>(stop: &CancellationToken, what: &str, attempt: impl Fn() -> F) -> Option<T>
where
    E: std::fmt::Display,
    F: Future<Output = Result<T, E>>,
{
    let mut pause = Duration::from_millis(500);
    loop {
        let tried = Box::pin(refusals::remembered(async {
            let tried = attempt().await;
            tried.map_err(|error| {
                let request = refusals::request_behind(&error.to_string());
                tracing::warn!(%error, aws.request_id = request, "waiting for {what}");
            })
        }));
        tokio::select! {
            tried = tried => if let Ok(value) = tried { return Some(value) },
            () = stop.cancelled() => return None,
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(30)),
            () = stop.cancelled() => return None,
        }
    }
}
