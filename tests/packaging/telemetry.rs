//! What is said while things go wrong, with everything turned on that can be turned on: lines of one schema, traces of visits and calls,
//! and nowhere what nobody should read.

use std::{collections::BTreeSet, process::Command, time::Duration};

use anyhow::Context;
use lab::{
    aws::Fault,
    control_plane::ControlPlane,
    world::{PATIENCE, World},
};
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::{
    busy::{GATEWAY, NAMESPACE, OPERATOR, TARGET, options, told},
    collector::{Collector, Received, attribute},
};

/// What must be nowhere: each begins with this.
const CANARY: &str = "canary0";

/// Where each of them is put.
const SESSION_TOKEN: &str = "canary0-session-token";
const SECRET_KEY: &str = "canary0-secret-access-key";
const KUBERNETES_TOKEN: &str = "canary0-kubernetes-token";
const COLLECTOR_TOKEN: &str = "canary0-collector-token";
const PAYLOAD: &str = "canary0-inline-payload";

/// What was said.
struct Evidence {
    lines: Vec<Value>,
    log: String,
    metrics: String,
    traces: Received,
    /// Status and events of everything there.
    kubernetes: String,
}

async fn evidence() -> anyhow::Result<&'static Evidence> {
    static EVIDENCE: OnceCell<Evidence> = OnceCell::const_new();
    EVIDENCE.get_or_try_init(live).await
}

/// A life with every kind of trouble that AWS makes, told at the lowest level.
async fn live() -> anyhow::Result<Evidence> {
    let collector = Collector::start(1).await?;
    let mut options = options();
    options.operator_arguments.push("--log-format=json".to_owned());
    let variables = [
        ("RUST_LOG", "trace"),
        ("RUST_BACKTRACE", "1"),
        ("AWS_SESSION_TOKEN", SESSION_TOKEN),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        ("KUBECONFIG", &kubeconfig().await?),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()),
        ("OTEL_EXPORTER_OTLP_HEADERS", &format!("authorization=Bearer {COLLECTOR_TOKEN}")),
        ("OTEL_RESOURCE_ATTRIBUTES", "k8s.pod.name=operator-0"),
        ("OTEL_BSP_SCHEDULE_DELAY", "200"),
    ];
    options.operator_environment.extend(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let world = World::start_with(OPERATOR, "telling", options).await?;
    let _trouble = [
        Fault::on("CreateGateway").throttle(),
        Fault::on("CreateGateway").error_before_commit(500, "InternalServerException").nth(2).times(3),
        Fault::on("CreateGatewayTarget").error_before_commit(400, "ValidationException"),
        Fault::on("CreateGatewayTarget").error_before_commit(402, "ServiceQuotaExceededException").nth(2),
        Fault::on("CreateGatewayTarget").drop_before_commit().nth(3).times(3),
        Fault::on("GetGatewayTarget").error_before_commit(403, "AccessDeniedException"),
        Fault::on("ListGatewayTargets").error_before_commit(500, "InternalServerException").times(3),
    ]
    .map(|fault| world.aws.inject(fault));
    world.apply(GATEWAY).await?;
    world.ready("Gateway", NAMESPACE, "agents").await?;
    // What the collector refused is lost; what comes now is not.
    let is_there = || collector.received().spans().next().is_some().then_some(());
    world.wait_for("the collector takes traces", PATIENCE, async || is_there()).await?;
    world.apply(&TARGET.replace("\"Items\"", &format!("\"{PAYLOAD}\""))).await?;
    world.merge("GatewayTarget", NAMESPACE, "items", nudge("1")).await?;
    world.ready("GatewayTarget", NAMESPACE, "items").await?;
    // AWS is away for a while.
    world.aws.set_down(true);
    world.merge("Gateway", NAMESPACE, "agents", json!({"spec": {"description": "Changed"}})).await?;
    told(&world, "agentcore_aws_requests_total", &[("code", "Unreachable")]).await?;
    world.aws.set_down(false);
    world.ready("Gateway", NAMESPACE, "agents").await?;
    let sent = |received: &Received| received.spans().any(|span| span.name.ends_with(".UpdateGateway"));
    world.wait_for("the update is traced", PATIENCE, async || sent(&collector.received()).then_some(())).await?;
    let creates = world.aws.calls_of("CreateGatewayTarget");
    assert!(creates.iter().all(|call| call.input.to_string().contains(PAYLOAD)), "the payload really goes to AWS");
    let mut kubernetes = String::new();
    for kind in ["Gateway", "GatewayTarget"] {
        for object in world.list(kind, NAMESPACE).await? {
            kubernetes.push_str(&object["status"].to_string());
        }
    }
    for event in world.list("events.k8s.io/v1/Event", NAMESPACE).await? {
        kubernetes.push_str(&event.to_string());
    }
    let (log, metrics) = (world.operator.logs(), world.operator.metrics().await?);
    let lines = log.lines().map(serde_json::from_str).collect::<Result<_, _>>().context("a line is no JSON")?;
    Ok(Evidence { lines, log, metrics, traces: collector.received(), kubernetes })
}

/// Asks for another look: what AWS called wrong input is not sent again by itself.
fn nudge(value: &str) -> Value {
    json!({"metadata": {"annotations": {"tools.agentcore.dev/reconcile-requested-at": value}}})
}

/// The kubeconfig of an administrator who has a token, too.
async fn kubeconfig() -> anyhow::Result<String> {
    let control_plane = ControlPlane::shared().await?;
    let file = control_plane.kubeconfig_for("administrator-with-a-token", Some("system:masters"))?;
    let mut config: Value = serde_saphyr::from_str(&std::fs::read_to_string(&file)?)?;
    config["users"][0]["user"]["token"] = json!(KUBERNETES_TOKEN);
    let with_token = file.with_extension("with-token");
    std::fs::write(&with_token, config.to_string())?;
    Ok(with_token.display().to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_nowhere() -> anyhow::Result<()> {
    let evidence = evidence().await?;
    let traces: Vec<u8> = evidence.traces.bodies.concat();
    let places = [
        ("the log", evidence.log.as_bytes()),
        ("the metrics", evidence.metrics.as_bytes()),
        ("the traces", &traces),
        ("status and events", evidence.kubernetes.as_bytes()),
    ];
    for (place, text) in places {
        assert!(text.len() > 1000, "{place} says hardly anything: there is nothing to look at");
        let found = text.windows(CANARY.len()).position(|window| window == CANARY.as_bytes());
        let around = found.map(|at| String::from_utf8_lossy(&text[at.saturating_sub(300)..(at + 100).min(text.len())]));
        assert!(found.is_none(), "a secret is in {place}: …{}…", around.unwrap_or_default());
    }
    // They were really used.
    assert!(evidence.traces.authorizations.iter().all(|value| value == &format!("Bearer {COLLECTOR_TOKEN}")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_have_one_schema() -> anyhow::Result<()> {
    let evidence = evidence().await?;
    for line in &evidence.lines {
        for member in ["ts", "level", "msg", "target"] {
            assert!(line[member].is_string(), "no {member} in {line}");
        }
        if line["reconcile_id"].is_string() {
            let object = ["controller", "kind", "namespace", "name", "trace_id"];
            assert!(object.iter().all(|member| line[*member].is_string()), "{line}");
            assert!(line["generation"].is_u64(), "{line}");
        }
    }
    let of_a_call = |line: &&Value| line["aws.request_id"].is_string() && line["rpc.method"].is_string();
    assert!(evidence.lines.iter().filter(of_a_call).count() > 5, "calls to AWS are told with AWS's own ids");
    let asked: Vec<&Value> = evidence.lines.iter().filter(|line| line["msg"] == "AWS was asked").collect();
    let unnamed = asked.iter().find(|line| !line["rpc.service"].is_string() || !line["rpc.method"].is_string());
    assert!(unnamed.is_none(), "whose operation was it? {unnamed:?}");
    assert!(asked.iter().any(|line| line["rpc.method"] == "GetCallerIdentity"), "also the first of all calls is told");
    let unanswered = |line: &&&Value| line["code"] == "Unreachable";
    assert!(asked.iter().filter(unanswered).all(|line| line["aws.request_id"].is_null()), "an answer is told twice");
    let speakers: BTreeSet<&str> = evidence
        .lines
        .iter()
        .filter(|line| matches!(line["level"].as_str(), Some("debug" | "trace")))
        .filter_map(|line| line["target"].as_str()?.split("::").next())
        .collect();
    assert_eq!(
        speakers,
        BTreeSet::from(["agentcore_gateway_operator", "kube_runtime"]),
        "RUST_LOG=trace was asked for"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_a_trace_and_its_calls_are_in_it() -> anyhow::Result<()> {
    let evidence = evidence().await?;
    let spans: Vec<&Span> = evidence.traces.spans().collect();
    let creates = "Bedrock AgentCore Control.CreateGatewayTarget";
    let create = spans
        .iter()
        .find(|span| {
            span.name == creates && span.status.as_ref().is_none_or(|status| status.code() != StatusCode::Error)
        })
        .context("no successful call that creates a target is traced")?;
    assert_eq!(create.kind(), SpanKind::Client);
    assert_eq!(attribute(&create.attributes, "rpc.system"), Some("aws-api"));
    assert_eq!(attribute(&create.attributes, "rpc.service"), Some("Bedrock AgentCore Control"));
    assert_eq!(attribute(&create.attributes, "rpc.method"), Some("CreateGatewayTarget"));
    assert!(attribute(&create.attributes, "aws.request_id").is_some_and(|id| !id.is_empty()), "{create:?}");
    for span in &spans {
        let keys: BTreeSet<&str> = span.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
        assert_eq!(keys.len(), span.attributes.len(), "an attribute is there twice: {span:?}");
    }
    let visit = spans.iter().find(|span| span.span_id == create.parent_span_id).context("it belongs to no visit")?;
    assert_eq!(visit.name, "GatewayTarget reconcile");
    assert!(visit.parent_span_id.is_empty(), "a visit is the root of its trace");
    assert_eq!(visit.trace_id, create.trace_id);
    assert_eq!(attribute(&visit.attributes, "k8s.namespace.name"), Some("telling-platform"));
    assert_eq!(attribute(&visit.attributes, "k8s.object.kind"), Some("GatewayTarget"));
    assert_eq!(attribute(&visit.attributes, "k8s.object.name"), Some("items"));
    let failed = spans.iter().find(|span| span.name == creates && attribute(&span.attributes, "error.type").is_some());
    let failed = failed.context("no failed call is traced")?;
    assert_eq!(attribute(&failed.attributes, "error.type"), Some("ValidationException"));
    let trace_id = |line: &Value| u128::from_str_radix(line["trace_id"].as_str()?, 16).ok().map(u128::to_be_bytes);
    let named = |line| trace_id(line).is_some_and(|id| id[..] == visit.trace_id[..]);
    assert!(evidence.lines.iter().any(named), "its lines name its trace");
    let resource = evidence.traces.spans[0].resource.as_ref().context("nobody sent it")?;
    assert_eq!(attribute(&resource.attributes, "service.name"), Some("agentcore-gateway-operator"));
    assert_eq!(attribute(&resource.attributes, "k8s.pod.name"), Some("operator-0"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_refuses_or_is_away_costs_a_line_and_nothing_else() -> anyhow::Result<()> {
    let evidence = evidence().await?;
    let said = |lines: &[Value], words: &str| {
        lines.iter().filter(|line| line["msg"].as_str().is_some_and(|said| said.starts_with(words))).count()
    };
    assert_eq!(said(&evidence.lines, "traces cannot be delivered"), 1);
    assert_eq!(said(&evidence.lines, "traces are delivered again"), 1);

    let mut options = options();
    options.operator_arguments.push("--log-format=json".to_owned());
    let nowhere = format!("http://127.0.0.1:{}", lab::ports::free_port()?);
    for (name, value) in [("OTEL_EXPORTER_OTLP_ENDPOINT", nowhere.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "100")] {
        options.operator_environment.insert(name.to_owned(), value.to_owned());
    }
    let mut world = World::start_with(OPERATOR, "untraced", options).await?;
    world.apply(GATEWAY).await?;
    world.ready("Gateway", NAMESPACE, "agents").await?;
    world.merge("Gateway", NAMESPACE, "agents", json!({"spec": {"description": "Changed"}})).await?;
    world.ready("Gateway", NAMESPACE, "agents").await?;
    let ended = world.operator.terminate(PATIENCE).await?;
    assert!(ended.success(), "{ended}");
    let log = world.operator.logs();
    let lines: Vec<Value> = log.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert_eq!(said(&lines, "traces cannot be delivered"), 1, "{log}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_the_life_of_an_object_and_nothing_of_a_settled_one() -> anyhow::Result<()> {
    let mut options = options();
    options.operator_arguments.push("--log-format=json".to_owned());
    let world = World::start_with(OPERATOR, "storied", options).await?;
    world.apply(GATEWAY).await?;
    world.apply(&TARGET.replace("\"Items\"", &format!("\"{PAYLOAD}\""))).await?;
    world.ready("Gateway", NAMESPACE, "agents").await?;
    world.ready("GatewayTarget", NAMESPACE, "items").await?;
    // Its last events are written, and it has nothing to do any more; then it looks a few times.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let settled = world.operator.logs();
    let (lists, mark) = (|| world.aws.calls_of("ListGateways").len(), world.aws.calls_of("ListGateways").len());
    world.wait_for("it looks at AWS", PATIENCE, async || (lists() >= mark + 4).then_some(())).await?;
    let log = world.operator.logs();
    assert_eq!(log.strip_prefix(&settled), Some(""), "nothing happened");
    world.delete("GatewayTarget", NAMESPACE, "items").await?;
    world.gone("GatewayTarget", NAMESPACE, "items").await?;
    let log = world.operator.logs();
    assert!(!log.contains(CANARY), "a document is in the log");
    let lines: Vec<Value> = log.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let reasons = |kind: &str, name: &str| -> Vec<&str> {
        let own = |line: &&Value| {
            line["msg"] == "told in an event"
                && line["level"] == "info"
                && (&line["kind"], &line["namespace"], &line["name"])
                    == (&json!(kind), &json!("storied-platform"), &json!(name))
        };
        lines.iter().filter(own).filter_map(|line| line["reason"].as_str()).collect()
    };
    for (kind, name, last) in [("Gateway", "agents", "Settled"), ("GatewayTarget", "items", "Deleting")] {
        let told = reasons(kind, name);
        assert_eq!(told.last(), Some(&last), "{kind}: {told:?}");
        let mut events = BTreeSet::new();
        let all = world.list("events.k8s.io/v1/Event", NAMESPACE).await?;
        for event in all.iter().filter(|event| event["regarding"]["kind"] == kind && event["regarding"]["name"] == name)
        {
            events.insert(event["reason"].as_str().unwrap_or_default());
        }
        assert!(events.len() > 1, "{events:?}");
        assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), events, "{kind}: the log says what events say");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_told_with_awss_id_of_the_request_in_log_and_event_and_not_in_status() -> anyhow::Result<()> {
    let mut options = options();
    options.operator_arguments.push("--log-format=json".to_owned());
    let world = World::start_with(OPERATOR, "refused", options).await?;
    let refused = Fault::on("CreateGatewayTarget").error_before_commit(400, "ValidationException").always();
    let _refused = world.aws.inject(refused);
    world.apply(GATEWAY).await?;
    world.apply(TARGET).await?;
    let target = world.has("GatewayTarget", NAMESPACE, "items", ("Stalled", "True", "Invalid")).await?;
    // Sent once more because somebody asks: the same refusal under another id, which is nothing new.
    world.merge("GatewayTarget", NAMESPACE, "items", nudge("1")).await?;
    let calls = || world.aws.calls_of("CreateGatewayTarget");
    world.wait_for("it is refused again", PATIENCE, async || (calls().len() >= 2).then_some(())).await?;
    let id = calls()[0].request_id.clone();
    let told = |log: &str| -> Vec<Value> {
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["msg"] == "told in an event" && line["aws.request_id"] == id.as_str()).collect()
    };
    let lines = told(&world.operator.logs());
    assert_eq!(lines.len(), 1, "{lines:?}\n{}", world.operator.logs());
    assert_eq!(
        (&lines[0]["name"], &lines[0]["reason"], &lines[0]["warning"]),
        (&json!("items"), &json!("Invalid"), &json!(true))
    );
    let look = async || {
        let all = world.list("events.k8s.io/v1/Event", NAMESPACE).await.ok()?;
        all.into_iter().find(|event| event["reason"] == "Invalid" && event["regarding"]["name"] == "items")
    };
    let event = world.wait_for("an event tells of the refusal", PATIENCE, look).await?;
    assert!(event["note"].as_str().is_some_and(|note| note.contains(&id)), "{event}");
    let status = target["status"].to_string();
    assert!(!status.contains(&id), "a new id with every try would be a write with every try: {status}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_fails_is_told_with_awss_id_of_the_request() -> anyhow::Result<()> {
    let mut options = options();
    options.operator_arguments.push("--log-format=json".to_owned());
    let world = World::start_with(OPERATOR, "unlisted", options).await?;
    world.apply(GATEWAY).await?;
    world.ready("Gateway", NAMESPACE, "agents").await?;
    let failing = Fault::on("ListGateways").error_before_commit(500, "InternalServerException").always();
    let _failing = world.aws.inject(failing);
    let look = async || {
        let log = world.operator.logs();
        let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.find(|line| line["msg"] == "the sweep could not list")
    };
    let line = world.wait_for("a sweep failed", PATIENCE, look).await?;
    let ids: Vec<String> = world.aws.calls_of("ListGateways").into_iter().map(|call| call.request_id).collect();
    assert!(line["aws.request_id"].as_str().is_some_and(|id| ids.iter().any(|own| own == id)), "{line}");
    Ok(())
}

/// What an operator says with these variables and arguments, which ends at once because of others.
fn last_words(variables: &[(&str, &str)], arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Command::new(OPERATOR);
    command.env_clear().envs(variables.iter().copied()).args(arguments).arg("--lease-duration=1s");
    let output = command.output()?;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    Ok(String::from_utf8(output.stderr)?)
}

#[test]
fn why_it_ends_is_said_last_whatever_is_to_be_read() -> anyhow::Result<()> {
    for filter in ["", "kube_runtime=debug", "kube_runtime=loud", "error", "info,hyper=off"] {
        let said = last_words(&[("RUST_LOG", filter)], &[])?;
        let lines: Vec<Value> = said.lines().map(serde_json::from_str).collect::<Result<_, _>>().context(said)?;
        let last = lines.last().with_context(|| format!("nothing is said with RUST_LOG={filter}"))?;
        assert!(
            last["level"] == "error" && last["msg"].as_str().is_some_and(|words| words.contains("lease")),
            "{last}"
        );
        let complaints = lines.iter().filter(|line| line["msg"].as_str().is_some_and(|said| said.contains("RUST_LOG")));
        assert_eq!(complaints.count(), usize::from(filter == "kube_runtime=loud"), "RUST_LOG={filter}: {lines:?}");
    }
    for (variables, arguments) in [(&[("RUST_LOG", "off")][..], &[][..]), (&[], &["--log-level=off"])] {
        let said = last_words(variables, arguments)?;
        assert!(said.starts_with("Error: ") && said.lines().count() == 1, "the log is turned off: {said:?}");
    }
    Ok(())
}

#[test]
fn an_address_that_cannot_be_used_is_not_shown() -> anyhow::Result<()> {
    let address = format!("https://operator:{COLLECTOR_TOKEN}@collector.example.com:4318\n");
    for name in ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] {
        let said = last_words(&[(name, &address)], &[])?;
        assert!(said.contains("no traces are sent"), "{said}");
        assert!(!said.contains(CANARY), "a secret is in the log: {said}");
    }
    // What docs/logs.md says is not heeded is no reason to send none.
    let unheeded = ["COMPRESSION=gzip", "CERTIFICATE=/nowhere", "TIMEOUT=1"];
    for (name, value) in unheeded.iter().filter_map(|variable| variable.split_once('=')) {
        let usable = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");
        let said = last_words(&[usable, (&format!("OTEL_EXPORTER_OTLP_{name}"), value)], &[])?;
        assert_eq!(said.lines().count(), 1, "{name}: {said}");
    }
    Ok(())
}
