//! Card D17: the operator calls a server before AWS is asked to register it, and calls nothing else.

use std::net::SocketAddr;
use std::time::Duration;

use lab::load_balancer::Authority;
use lab::mcp::{McpServer, Personality};
use lab::workload::{PodState, RollOut, manifest};
use lab::world::{HOST, LoadBalancers, NLB_DNS_NAME};
use serde_json::json;

use crate::manifests::{GATEWAY, MANAGED_TARGET};
use crate::served::{LOCAL, Stage, TARGET, resolved, target, target_at};
use crate::support::{called, message, sweeps, verdict};

/// A kind of server, the reason that condition `Preflight` gives for it, and words of its sentence.
type Row = (&'static str, Personality, &'static str, &'static [&'static str]);

const BAD: [Row; 7] = [
    ("rest", Personality::PlainRest, "NotMcp", &["404"]),
    ("items", Personality::NotMcp, "NotMcp", &["JSON-RPC"]),
    (
        "old",
        Personality::OldProtocol,
        "UnsupportedProtocolVersion",
        &["2024-11-05", "2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"],
    ),
    ("closed", Personality::AuthRequiredForTools, "AuthRequired", &["401", "credentialProviderConfigurations"]),
    ("toolless", Personality::NoTools, "NoToolsCapability", &["`tools`"]),
    ("modern", Personality::NewProtocol, "UnsupportedProtocolVersion", &["2026-07-28", "listingMode", "DYNAMIC"]),
    ("broken", Personality::Broken, "NotMcp", &["500"]),
];

#[tokio::test]
async fn a_bad_server_is_not_registered_and_is_once_it_has_healed() -> anyhow::Result<()> {
    let stage = Stage::set("d17-bad", Personality::Everyday).await?;
    let mut servers = Vec::new();
    for (name, personality, ..) in BAD {
        servers.push(stage.another_server(name, personality).await?);
        stage.world.apply(&target_at(name, name, "")).await?;
    }
    for (name, _, reason, words) in BAD {
        let held = stage.world.has(TARGET.0, TARGET.1, name, ("Preflight", "False", reason)).await?;
        let said = message(&held, "Preflight");
        for word in words.iter().chain(&[HOST]) {
            assert!(said.contains(word), "{word} in {said}");
        }
        assert_eq!(verdict(&held, "ResolvedRefs"), Some(format!("False/{reason}")), "{held:#}");
        assert_eq!(message(&held, "Ready"), said, "what is in the way is told where people look first");
    }
    sweeps(&stage.world, 4).await?;
    assert_eq!(stage.asked("CreateGatewayTarget"), 0);
    for server in &servers {
        // A look may be under way just now; one that nobody closes would stay.
        let is_closed = async || (server.open_sessions().await == 0).then_some(());
        let what = "a session is closed also after a failure";
        stage.world.wait_for(what, lab::world::PATIENCE, is_closed).await?;
        server.turn_into(Personality::Everyday);
    }
    for (name, ..) in BAD {
        let ready = stage.world.ready(TARGET.0, TARGET.1, name).await?;
        assert_eq!(verdict(&ready, "Preflight").as_deref(), Some("True/Settled"));
        assert_eq!(ready["metadata"]["generation"], 1, "nobody edited it");
    }
    assert_eq!(stage.asked("CreateGatewayTarget"), BAD.len());
    Ok(())
}

#[tokio::test]
async fn a_good_server_is_asked_twice_by_the_operator_and_once_by_aws() -> anyhow::Result<()> {
    let stage = Stage::set("d17-good", Personality::Everyday).await?;
    let ready = stage.target("").await?;
    sweeps(&stage.world, 4).await?;
    let calls = stage.server.calls();
    assert_eq!((calls["initialize"], calls["tools/list"]), (3, 3), "{calls:?}");
    let traffic = stage.balancers.nlb.traffic();
    assert_eq!(
        traffic.handshakes.keys().map(String::as_str).collect::<Vec<_>>(),
        [HOST],
        "the host is the server name"
    );
    assert_eq!(calls["DELETE"], 2, "both sessions of the operator are closed; AWS leaves its own");
    assert_eq!(stage.server.open_sessions().await, 1);
    let said = message(&ready, "Preflight");
    assert!(said.contains("3 tools, 1 prompts and 3 resources"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_server_of_2026_is_fine_when_the_target_lists_dynamically() -> anyhow::Result<()> {
    let stage = Stage::set("d17-dynamic", Personality::NewProtocol).await?;
    let gateway = GATEWAY.replace("name: agents", "name: plain").replace("      searchType: SEMANTIC\n", "      {}\n");
    stage.world.apply(&gateway).await?;
    stage.world.apply(&target("").replace("name: agents", "name: plain")).await?;
    let condition = ("Preflight", "False", "UnsupportedProtocolVersion");
    stage.world.has(TARGET.0, TARGET.1, TARGET.2, condition).await?;
    let dynamic = json!({"spec": {"targetConfiguration": {"mcp": {"mcpServer": {"listingMode": "DYNAMIC"}}}}});
    stage.world.merge(TARGET.0, TARGET.1, TARGET.2, dynamic).await?;
    let ready = stage.world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(verdict(&ready, "Preflight").as_deref(), Some("True/Settled"));
    assert_eq!(stage.asked("CreateGatewayTarget"), 1);
    Ok(())
}

#[tokio::test]
async fn a_crashing_pod_is_told_in_the_words_of_kubernetes() -> anyhow::Result<()> {
    let stage = Stage::set("d17-crash", Personality::Everyday).await?;
    let workload = stage.deployment().await?;
    let crash = PodState::Waiting { reason: "CrashLoopBackOff", message: "back-off 5m0s restarting failed container" };
    workload.set_pod("1", crash).await?;
    let crashed = json!({"status": {"availableReplicas": 0, "readyReplicas": 0}});
    stage.world.merge_status("apps/v1/Deployment", TARGET.1, "mcp-server", crashed).await?;
    stage.world.apply(&target("workloadRef: {kind: Deployment, name: mcp-server}")).await?;
    let held = stage.world.has(TARGET.0, TARGET.1, TARGET.2, ("Preflight", "False", "NoReadyEndpoints")).await?;
    let said = message(&held, "Preflight");
    for word in ["Deployment mcp-server", "container server", "CrashLoopBackOff"] {
        assert!(said.contains(word), "{word} in {said}");
    }
    sweeps(&stage.world, 3).await?;
    assert_eq!(stage.asked("CreateGatewayTarget"), 0);
    assert_eq!(stage.server.calls().len(), 0, "nobody is called whose pods cannot answer");
    workload.set_pod("1", PodState::Ready).await?;
    workload.reach(RollOut::Complete).await?;
    let ready = stage.world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(ready["metadata"]["generation"], 1);
    assert_eq!(stage.asked("CreateGatewayTarget"), 1);
    Ok(())
}

/// 30 seconds are what AWS gives a server; the operator gives it as much, and then another try.
#[tokio::test]
async fn a_cold_server_is_registered_when_it_is_warm() -> anyhow::Result<()> {
    let stage = Stage::set("d17-cold", Personality::ColdStart(Duration::from_secs(33))).await?;
    stage.world.apply(&target("")).await?;
    let held = stage.world.has(TARGET.0, TARGET.1, TARGET.2, ("Preflight", "False", "Slow")).await?;
    assert!(message(&held, "Preflight").contains("30 seconds"), "{held:#}");
    assert_eq!(stage.asked("CreateGatewayTarget"), 0);
    stage.world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(stage.asked("CreateGatewayTarget"), 1);
    Ok(())
}

/// A load balancer in a peered VPC, to which the operator has no way: nobody is there for it, or it has no name. AWS has a door of its own.
#[tokio::test]
async fn a_server_that_the_operator_cannot_reach_is_registered_all_the_same() -> anyhow::Result<()> {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], lab::ports::free_port()?));
    let local = |address: Option<SocketAddr>| {
        move |_: &LoadBalancers| {
            let told = address.map(|address| resolved(NLB_DNS_NAME, address));
            [LOCAL.to_owned()].into_iter().chain(told).collect()
        }
    };
    let deaf = Stage::set_for("d17-deaf", Personality::Everyday, |_| {}, local(Some(nowhere))).await?;
    let nameless = Stage::set_for("d17-nameless", Personality::Everyday, |_| {}, local(None)).await?;
    for stage in [deaf, nameless] {
        let ready = stage.target("").await?;
        assert_eq!(verdict(&ready, "Preflight").as_deref(), Some("Unknown/Unreachable"));
        assert_eq!(verdict(&ready, "Ready").as_deref(), Some("True/Settled"));
        assert_eq!(stage.asked("CreateGatewayTarget"), 1);
        assert_eq!(stage.server.calls()["initialize"], 1, "that is AWS");
    }
    Ok(())
}

#[tokio::test]
async fn a_server_is_not_called_where_the_spec_says_skip() -> anyhow::Result<()> {
    let stage = Stage::set("d17-skip", Personality::Everyday).await?;
    let ready = stage.target("preflight: Skip").await?;
    sweeps(&stage.world, 4).await?;
    assert_eq!(stage.requests("/mcp-server/mcp"), 0);
    assert_eq!(stage.balancers.nlb.traffic().connections, 0);
    assert_eq!(stage.server.calls()["initialize"], 1, "that is AWS");
    assert_eq!(stage.asked("CreateGatewayTarget"), 1);
    assert!(message(&ready, "Preflight").contains("Skip"), "{ready:#}");
    Ok(())
}

#[tokio::test]
async fn a_report_does_not_hold_a_bad_server_back() -> anyhow::Result<()> {
    let stage = Stage::set("d17-report", Personality::Everyday).await?;
    let _server = stage.another_server("bad", Personality::NoTools).await?;
    stage.world.apply(&target_at("bad", "bad", "preflight: Report")).await?;
    stage.world.has(TARGET.0, TARGET.1, "bad", ("Preflight", "False", "NoToolsCapability")).await?;
    called(&stage.world, 0, "CreateGatewayTarget", 1).await
}

/// The spec alone names a host: the operator stands where its author may not, and does not call it.
#[tokio::test]
async fn a_literal_endpoint_is_not_called_unless_it_is_allowed() -> anyhow::Result<()> {
    let told = |balancers: &LoadBalancers| vec![resolved(HOST, balancers.nlb.address())];
    let stage = Stage::set_for("d17-literal", Personality::Everyday, |_| {}, told).await?;
    stage.world.apply(MANAGED_TARGET).await?;
    let ready = stage.world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(verdict(&ready, "Preflight").as_deref(), Some("Unknown/Unreachable"));
    assert!(message(&ready, "Preflight").contains(&format!("--preflight-allow={HOST}")), "{ready:#}");
    assert_eq!(stage.balancers.nlb.traffic().connections, 0);

    let allowed =
        |balancers: &LoadBalancers| vec![resolved(HOST, balancers.nlb.address()), format!("--preflight-allow={HOST}")];
    let stage = Stage::set_for("d17-allowed", Personality::Everyday, |_| {}, allowed).await?;
    stage.world.apply(MANAGED_TARGET).await?;
    let ready = stage.world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(verdict(&ready, "Preflight").as_deref(), Some("True/Settled"));
    assert_eq!(stage.server.calls()["initialize"], 3, "twice by the operator, once by AWS");
    Ok(())
}

/// Only the load balancer's own name counts, wherever the host leads.
#[tokio::test]
async fn where_the_host_leads_is_not_asked_behind_a_load_balancer() -> anyhow::Result<()> {
    let trap = McpServer::start(Personality::Everyday).await?;
    let told = |_: &LoadBalancers| vec![resolved(HOST, trap.address())];
    let stage = Stage::set_with("d17-host", Personality::Everyday, |_| {}, told).await?;
    let ready = stage.target("").await?;
    assert_eq!(verdict(&ready, "Preflight").as_deref(), Some("True/Settled"));
    assert_eq!(trap.calls().len(), 0);
    Ok(())
}

/// A status that claims a load balancer on the operator's own machine leads nowhere.
#[tokio::test]
async fn a_load_balancer_on_the_operators_own_machine_is_not_called() -> anyhow::Result<()> {
    let told = |balancers: &LoadBalancers| vec![resolved(NLB_DNS_NAME, balancers.nlb.address())];
    let stage = Stage::set_for("d17-loopback", Personality::Everyday, |_| {}, told).await?;
    let ready = stage.target("").await?;
    assert_eq!(verdict(&ready, "Preflight").as_deref(), Some("Unknown/Unreachable"));
    assert_eq!(stage.balancers.nlb.traffic().connections, 0);
    assert_eq!(stage.server.calls()["initialize"], 1, "that is AWS");
    Ok(())
}

#[tokio::test]
async fn a_redirect_is_not_followed() -> anyhow::Result<()> {
    let trap = McpServer::start(Personality::Everyday).await?;
    let stage = Stage::set("d17-redirect", Personality::Redirect(trap.address())).await?;
    stage.world.apply(&target("")).await?;
    stage.world.has(TARGET.0, TARGET.1, TARGET.2, ("Preflight", "False", "NotMcp")).await?;
    sweeps(&stage.world, 3).await?;
    assert_eq!(trap.calls().len(), 0);
    assert_eq!(stage.asked("CreateGatewayTarget"), 0);
    Ok(())
}

/// A name of a load balancer that leads to a Service of the cluster leads nowhere.
#[tokio::test]
async fn a_service_of_the_cluster_is_not_called() -> anyhow::Result<()> {
    const ADDRESS: &str = "10.0.0.9";
    let address: SocketAddr = format!("{ADDRESS}:443").parse()?;
    let told = |_: &LoadBalancers| vec![resolved(NLB_DNS_NAME, address)];
    let stage = Stage::set_for("d17-service", Personality::Everyday, |_| {}, told).await?;
    let mut service = manifest::service("mcp-server", "trap", &[]);
    service["spec"]["clusterIP"] = json!(ADDRESS);
    stage.world.apply_object(service).await?;
    let ready = stage.target("").await?;
    assert_eq!(verdict(&ready, "Preflight").as_deref(), Some("Unknown/Unreachable"));
    assert!(message(&ready, "Preflight").contains("a Service of this cluster"), "{ready:#}");
    Ok(())
}

/// Nor where the operator does not watch the Service: the cluster tells which networks Services have their addresses from.
#[tokio::test]
async fn no_address_of_the_clusters_services_is_called() -> anyhow::Result<()> {
    let told = |_: &LoadBalancers| vec![resolved(NLB_DNS_NAME, SocketAddr::from(([10, 0, 0, 77], 443)))];
    let stage = Stage::set_for("d17-services", Personality::Everyday, |_| {}, told).await?;
    let ready = stage.target("").await?;
    assert!(message(&ready, "Preflight").contains("a Service of this cluster"), "{ready:#}");
    Ok(())
}

/// What another host's certificate says is told in names that can be compared.
#[tokio::test]
async fn a_certificate_for_another_host_is_told_with_its_names() -> anyhow::Result<()> {
    let stage = Stage::set("d17-host-name", Personality::Everyday).await?;
    stage.balancers.nlb.present(Authority::shared()?.issue(&["other.example.com"])?);
    stage.world.apply(&target("")).await?;
    let held = stage.world.has(TARGET.0, TARGET.1, TARGET.2, ("Preflight", "False", "HostMismatch")).await?;
    assert!(message(&held, "Preflight").contains("for others (other.example.com)"), "{held:#}");
    Ok(())
}
