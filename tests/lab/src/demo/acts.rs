//! The acts of the demo, in their order.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::servers::{PUBLIC_CERTIFICATE, STOCK_DNS_NAME};
use super::stage::{Stage, seconds};
use super::{board, ledger, story};
use crate::aws::Call;
use crate::objects::{condition, is_ready};
use crate::workload::RollOut;
use crate::world::{ALB_DNS_NAME, NLB_DNS_NAME};

/// Between the steps of a roll-out.
const STEP: Duration = Duration::from_millis(300);

const SERVICE: &str = "v1/Service";
const INGRESS: &str = "networking.k8s.io/v1/Ingress";

/// The image that is rolled out.
const NEW_IMAGE: &str = "registry.example.com/mcp-server:v2";

/// The annotation that names a load balancer's certificate.
const CERTIFICATE: &str = "service.beta.kubernetes.io/aws-load-balancer-ssl-cert";

/// A Service with an annotation becomes a list of tools.
pub(super) async fn annotated_service(stage: &mut Stage) -> anyhow::Result<()> {
    story::chapter("1. An MCP server as its team runs it, a Deployment and a Service: three annotations make it tools");
    stage.run("grep tools.agentcore.dev/ deploy/demo/2-mcp-server.yaml").await?;
    stage.kubectl("apply -f deploy/demo/1-gateway.yaml -f deploy/demo/2-mcp-server.yaml").await?;
    stage.run_pods("mcp-server", "mcp-server").await?;
    stage.controller.provision(SERVICE, "mcp-server", "mcp-server", &[NLB_DNS_NAME]).await?;
    board::watch(stage, "the Service's tools", |objects| has_tools(objects, "mcp-server")).await?;
    show_tools(stage, "mcp-server", "mcp-server").await
}

/// An Ingress and the document in a ConfigMap become one.
pub(super) async fn rest_api(stage: &mut Stage) -> anyhow::Result<()> {
    story::chapter(
        "2. A REST API behind an Ingress: its OpenAPI document is a ConfigMap, its address is the Ingress's",
    );
    stage.run("grep From: deploy/demo/3-rest-api.yaml").await?;
    stage.kubectl("apply -f deploy/demo/3-rest-api.yaml").await?;
    stage.run_pods("rest-api", "rest-api").await?;
    stage.controller.provision(INGRESS, "rest-api", "rest-api", &[ALB_DNS_NAME]).await?;
    board::watch(stage, "the REST API's tools", |objects| has_tools(objects, "rest-api")).await?;
    show_tools(stage, "rest-api", "rest-api").await
}

/// A new image has other tools.
pub(super) async fn new_image(stage: &mut Stage) -> anyhow::Result<()> {
    story::chapter("3. A new image, with another tool");
    let mark = stage.aws.mark();
    stage.kubectl(&format!("set image deployment/mcp-server server={NEW_IMAGE} -n mcp-server")).await?;
    stage.servers.mcp_server.set_tools(&["echo", "add", "subtract"]);
    let workload = stage.workload("mcp-server", "mcp-server");
    for step in [RollOut::Progressing, RollOut::OldPodsLeaving, RollOut::NotYetAvailable] {
        workload.reach(step).await?;
        tokio::time::sleep(STEP).await;
    }
    anyhow::ensure!(changes(stage, mark).is_empty(), "AWS was asked to read the tools while old pods still answered");
    workload.reach(RollOut::Complete).await?;
    let complete = Instant::now();
    let is_new = |object: &Value| is_ready(object) && object["status"]["tools"].to_string().contains("subtract");
    board::wait(stage, "the new tools", |objects| named(objects, "mcp-server").is_some_and(is_new)).await?;
    story::say("");
    story::tell(&format!("AWS was asked nothing while old pods answered. {} after the rollout:", seconds(complete)));
    show_tools(stage, "mcp-server", "mcp-server").await?;
    stage.until_told("mcp-server", "+subtract -get_time").await?;
    stage.kubectl("get events -n mcp-server --field-selector reason=Changed").await?;
    let asked = changes(stage, mark);
    story::say("");
    story::tell("What AWS was asked for it:");
    ledger::show_changes(&asked);
    anyhow::ensure!(asked.len() == 1, "one request was due, not {}", asked.len());
    Ok(())
}

/// A certificate that AgentCore would not trust is told before AWS is asked, and waited for.
pub(super) async fn certificate(stage: &mut Stage) -> anyhow::Result<()> {
    story::chapter("4. A server whose load balancer has a certificate that AgentCore does not trust");
    let mark = stage.aws.mark();
    stage.kubectl("apply -f deploy/demo/4-stock.yaml").await?;
    stage.run_pods("mcp-server", "stock").await?;
    stage.controller.provision(SERVICE, "mcp-server", "stock", &[STOCK_DNS_NAME]).await?;
    let is_told =
        |object: &Value| condition(object, "Ready").is_some_and(|ready| ready["reason"] == "PrivateCertificate");
    board::watch(stage, "the broken certificate", |objects| named(objects, "stock").is_some_and(is_told)).await?;
    stage
        .kubectl(r#"get acgwt stock -n mcp-server -o 'jsonpath={.status.conditions[?(@.type=="Ready")].message}'"#)
        .await?;
    stage.kubectl(&format!("get acgwt stock -n mcp-server -o '{HOPS}'")).await?;
    anyhow::ensure!(changes(stage, mark).is_empty(), "AWS was asked to make a target that cannot work");
    story::say("");
    story::tell("AWS was not asked to make it. The certificate is put right, and nothing else is done:");
    stage
        .kubectl(&format!("annotate service stock -n mcp-server --overwrite {CERTIFICATE}={PUBLIC_CERTIFICATE}"))
        .await?;
    stage.servers.mend_the_certificate(&stage.aws)?;
    board::watch(stage, "the mended target's tools", |objects| has_tools(objects, "stock")).await?;
    show_tools(stage, "mcp-server", "stock").await
}

/// Every condition, in a line.
const HOPS: &str = "jsonpath={range .status.conditions[*]}{.type}={.status} {end}";

async fn show_tools(stage: &Stage, namespace: &str, name: &str) -> anyhow::Result<()> {
    stage.kubectl(&format!("get acgwt {name} -n {namespace} -o 'jsonpath={{.status.tools}}'")).await
}

fn changes(stage: &Stage, mark: usize) -> Vec<Call> {
    stage.aws.mutations_since(mark)
}

fn named<'a>(objects: &'a [Value], target: &str) -> Option<&'a Value> {
    objects.iter().find(|object| object["kind"] == "GatewayTarget" && object["metadata"]["name"] == target)
}

fn has_tools(objects: &[Value], target: &str) -> bool {
    named(objects, target).is_some_and(|object| is_ready(object) && object["status"]["toolCount"].as_u64() > Some(0))
}
