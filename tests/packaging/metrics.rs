//! What is measured is what `docs/metrics.md` says, under names that others know, and all of it is really fed.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use agentcore_gateway_operator::{
    api::GROUP,
    metrics::{catalog, described::Description},
};
use anyhow::Context;
use lab::{control_plane::ControlPlane, tools::Tool};

use crate::{
    busy::scrape,
    exposition::{self, value},
};

/// What promtool finds wrong with names that are others', and have to stay as they are.
const OTHERS_NAMES: [(&str, &str); 1] = [(
    "operator_status_condition_count non-histogram and non-summary metrics should not have \"_count\" suffix",
    "Karpenter's name, which its dashboards and alerts use",
)];

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_is_fed_and_is_what_it_is_described_as() -> anyhow::Result<()> {
    let text = scrape().await?;
    let told = exposition::read(text)?;
    for described in catalog::all() {
        let metric = told.get(described.name).with_context(|| format!("{} is never told", described.name))?;
        assert_eq!(metric.help, format!("{}.", described.help), "{}", described.name);
        assert_eq!(metric.kind, described.kind.as_str(), "{}", described.name);
        assert!(metric.series > 0, "{} has no series", described.name);
        let labels: Vec<_> = described.labels.iter().map(|label| (*label).to_owned()).collect();
        assert!(metric.labels.iter().all(|own| *own == labels), "{}: {:?}", described.name, metric.labels);
    }
    let described: Vec<_> = catalog::all().into_iter().map(|described| described.name).collect();
    let unknown: Vec<_> = told.keys().filter(|name| !described.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "not in the catalogue: {unknown:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_is_what_is_told() -> anyhow::Result<()> {
    let text = scrape().await?;
    let of = |name: &str, labels: &[(&str, &str)]| value(text, name, labels).unwrap_or(-1.0);
    let lists = ("operation", "ListGateways");
    assert!(of("agentcore_aws_throttles_total", &[lists]) >= 1.0);
    assert!(of("agentcore_aws_requests_total", &[lists, ("code", "ThrottlingException")]) >= 1.0);
    assert!(of("agentcore_aws_requests_total", &[lists, ("code", "OK")]) >= 1.0);
    let creates = [("service", "Bedrock AgentCore Control"), ("operation", "CreateGateway")];
    let failed = [creates[0], creates[1], ("code", "InternalServerException")];
    assert!(of("agentcore_aws_requests_total", &failed) >= 3.0, "each attempt of the SDK is counted");
    assert!((of("agentcore_drift_corrections_total", &[("kind", "Gateway")]) - 1.0).abs() < 0.5);
    let untouched = of("agentcore_drift_corrections_total", &[("kind", "GatewayTarget")]);
    assert!(untouched.abs() < 0.5, "nobody touched the target, and that is told, too: {untouched}");
    assert!((of("agentcore_time_to_ready_seconds_count", &[("kind", "Gateway")]) - 1.0).abs() < 0.5);
    assert!(of("controller_runtime_terminal_reconcile_errors_total", &[("controller", "gateway")]) >= 1.0);
    assert!(of("controller_runtime_reconcile_panics_total", &[("controller", "gateway")]).abs() < 0.5);
    let in_use = [("kind", "Gateway"), ("name", "agents"), ("type", "InUse"), ("status", "True"), ("group", GROUP)];
    assert!((of("operator_status_condition_count", &in_use) - 1.0).abs() < 0.5);
    assert!(of("rest_client_requests_total", &[("code", "200"), ("method", "GET")]) >= 1.0);
    assert!(of("rest_client_requests_total", &[("code", "200"), ("method", "PUT")]) >= 1.0, "the lease is renewed");
    assert!(of("agentcore_target_tools", &[("name", "items")]) >= 1.0);
    assert!((of("agentcore_quota_usage_ratio", &[("quota", "targets_per_gateway")]) - 0.01).abs() < 0.001);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_to_the_api_server_are_told_with_its_address() -> anyhow::Result<()> {
    let text = scrape().await?;
    let kubeconfig = std::fs::read_to_string(ControlPlane::shared().await?.kubeconfig())?;
    let config: serde_json::Value = serde_json::from_str(&kubeconfig)?;
    let server = config["clusters"][0]["cluster"]["server"].as_str().context("no server")?;
    let host = format!("host=\"{}\"", server.trim_start_matches("https://"));
    let told: Vec<_> =
        text.lines().filter(|line| line.starts_with("rest_client_request") && line.contains('{')).collect();
    assert!(told.len() > 3, "{told:?}");
    let elsewhere: Vec<_> = told.iter().filter(|line| !line.contains(&host)).collect();
    assert!(elsewhere.is_empty(), "not at {host}: {elsewhere:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn promtool_finds_nothing_wrong_but_what_is_others() -> anyhow::Result<()> {
    let text = scrape().await?;
    let promtool = tokio::task::spawn_blocking(|| Tool::Promtool.ensure()).await??;
    let mut check =
        Command::new(promtool).args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    check.stdin.take().context("no standard input")?.write_all(text.as_bytes())?;
    let said = String::from_utf8(check.wait_with_output()?.stderr)?;
    let mut findings: Vec<_> = said.lines().filter(|line| !line.is_empty()).collect();
    for (finding, why) in OTHERS_NAMES {
        let before = findings.len();
        findings.retain(|line| *line != finding);
        assert!(findings.len() < before, "promtool no longer says {finding:?}, which was accepted because: {why}");
    }
    assert!(findings.is_empty(), "promtool check metrics: {findings:#?}");
    Ok(())
}

#[test]
fn the_page_is_what_the_catalogue_says() -> anyhow::Result<()> {
    let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md"));
    let page = page();
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(file, &page)?;
    }
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    assert!(kept == page, "docs/metrics.md is not what the catalogue says; run `make generate`");
    Ok(())
}

fn page() -> String {
    let families = [
        (
            "controller_runtime_",
            "Visits",
            "A visit is one look at one object. The names are controller-runtime's; `controller` is the kind in lower case.",
        ),
        ("leader_election_", "Leadership", "The name is client-go's."),
        ("rest_client_", "The API server", "The names are client-go's. Watches count when they begin."),
        (
            "operator_",
            "Conditions and deletions",
            "The names are Karpenter's. What has the labels `namespace` and `name` has one series per object, \
            or per condition of one, and goes with it. Where Karpenter keeps a histogram per object for ever \
            (`operator_termination_duration_seconds`), there is one per kind here.",
        ),
        ("agentcore_aws_", "AWS", "`service` and `operation` are called as in AWS's SDKs."),
        (
            "agentcore_",
            "Objects, and the operator itself",
            "Quotas are those that AWS publishes for an account that asked for nothing more.",
        ),
    ];
    let mut page = String::from(
        "<!-- Generated by `make generate` from src/metrics/catalog.rs. -->\n\n# Metrics\n\n\
         `/metrics` is served at `--metrics-bind-address` (`0.0.0.0:8080`; `0` turns it off), in Prometheus's text format and without \
         authentication. No label holds the text of an error or an id that AWS made, so there are as many series as there are controllers, \
         operations and objects. An object has two series per condition (six to ten conditions), and nothing is kept in memory for them between \
         two scrapes.\n\n\
         The labels `namespace`, `name` and `service` name objects and AWS's services, not the pod that was scraped: scrape with \
         `honor_labels` (the chart's ServiceMonitor and PodMonitor do), or Prometheus renames them. [Alerts](alerts.md) and two dashboards for \
         Grafana come with the chart (`prometheusRule.enabled`, `dashboards.enabled`), and lie in its `files/`.\n",
    );
    let mut left: Vec<Description> = catalog::all();
    let mut sections: BTreeMap<usize, Vec<Description>> = BTreeMap::new();
    for (index, (prefix, ..)) in families.iter().enumerate() {
        let (own, others) = left.into_iter().partition(|described| described.name.starts_with(prefix));
        sections.insert(index, own);
        left = others;
    }
    assert!(left.is_empty(), "in no section: {left:?}");
    for (index, (_, title, words)) in families.iter().enumerate() {
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = write!(page, "\n## {title}\n\n{words}\n\n| Name | Type | Labels | Meaning |\n|---|---|---|---|\n");
        for described in &sections[&index] {
            let labels: Vec<_> = described.labels.iter().map(|label| format!("`{label}`")).collect();
            let help = described.help.replace('<', "&lt;").replace('>', "&gt;");
            let (name, kind) = (described.name, described.kind.as_str());
            let _ = writeln!(page, "| `{name}` | {kind} | {} | {help}. |", labels.join(" "));
        }
    }
    page + KUBE_STATE_METRICS
}

/// For those who have conditions of all kinds of objects from one place. `tests/docs/examples.rs` holds its fields against ours.
const KUBE_STATE_METRICS: &str = "
## By kube-state-metrics

Conditions are in `operator_status_condition_count` already, and nothing else is needed. Who has those of everything in the cluster from
kube-state-metrics gives it this, as `--custom-resource-state-config-file` or the value `customResourceState.config` of its chart, and the right to
list and watch the kinds and `customresourcedefinitions`:

```yaml
kind: CustomResourceStateMetrics
spec:
  resources:
    - groupVersionKind: {group: tools.agentcore.dev, version: v1alpha1, kind: \"*\"}
      metricNamePrefix: agentcore
      labelsFromPath:
        namespace: [metadata, namespace]
        name: [metadata, name]
      metrics:
        - name: status_condition
          help: Whether a condition is True; Unknown is 0, too.
          each:
            type: Gauge
            gauge:
              path: [status, conditions]
              labelsFromPath: {type: [type], reason: [reason], status: [status]}
              valueFrom: [status]
```

`agentcore_status_condition{type=\"Ready\"} == 0` are the objects that are not Ready, also while no operator runs. This part of kube-state-metrics
gets no more features; its successor is [resource-state-metrics](https://github.com/kubernetes-sigs/resource-state-metrics).
";
