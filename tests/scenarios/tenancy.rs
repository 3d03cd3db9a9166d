//! What a namespace may not use stays out of its sight: no call, no condition and no event tells whether it is there.

use lab::mcp::Personality;
use lab::workload::manifest;
use lab::world::{ALB_DNS_NAME, API_HOST, NLB_DNS_NAME};
use serde_json::{Value, json};

use crate::ledger::operations;
use crate::served::{SERVICE, Stage, TARGET, target};
use crate::support::{message, sweeps, text, verdict};

/// Everything that is told about an object: its conditions and its events.
async fn told(stage: &Stage, name: &str) -> anyhow::Result<Vec<String>> {
    let object = stage.world.get(TARGET.0, TARGET.1, name).await?;
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    let mut told: Vec<String> = conditions
        .filter(|condition| condition["status"] != "True")
        .map(|condition| condition["message"].to_string())
        .collect();
    for event in stage.world.list("events.k8s.io/v1/Event", TARGET.1).await? {
        if event["regarding"]["uid"] == object["metadata"]["uid"] {
            told.push(text(&event, "/note")?.to_owned());
        }
    }
    told.sort();
    told.dedup();
    Ok(told)
}

/// Services and Ingresses of other namespaces that do not permit it: one is there, one is not, and both look the same.
#[tokio::test]
async fn what_another_namespace_does_not_share_is_not_told() -> anyhow::Result<()> {
    let stage = Stage::set("tenancy-closed", Personality::Everyday).await?;
    let world = &stage.world;
    world.apply_object(manifest::nlb_service("ingress-nginx", "private", &[])).await?;
    world.provision(&stage.controller, ("v1/Service", "ingress-nginx", "private"), &[NLB_DNS_NAME]).await?;
    let ingress = manifest::alb_ingress("ingress-nginx", "private", API_HOST, &[("/", "private")], &[]);
    world.apply_object(ingress).await?;
    let kind = "networking.k8s.io/v1/Ingress";
    world.provision(&stage.controller, (kind, "ingress-nginx", "private"), &[ALB_DNS_NAME]).await?;
    let mark = world.aws.mark();
    let mut pairs = Vec::new();
    for reference in ["serviceRef", "ingressRef"] {
        let mut pair = Vec::new();
        for (object, short) in [("private", "there"), ("missing", "gone")] {
            let name = format!("{short}-{}", reference.to_lowercase());
            let manifest = target("")
                .replace("serviceRef: {name: nginx,", &format!("{reference}: {{name: {object},"))
                .replace("name: eks-mcp-server", &format!("name: {name}"));
            world.apply(&manifest).await?;
            let held = world.has(TARGET.0, TARGET.1, &name, ("Accepted", "False", "RefNotPermitted")).await?;
            assert_eq!(verdict(&held, "Ready").as_deref(), Some("False/RefNotPermitted"));
            pair.push((object, name));
        }
        pairs.push(pair);
    }
    sweeps(world, 3).await?;
    for pair in pairs {
        let mut said = Vec::new();
        for (object, name) in &pair {
            let told = told(&stage, name).await?.join("\n");
            for secret in [NLB_DNS_NAME, ALB_DNS_NAME, "elb.amazonaws.com"] {
                assert!(!told.contains(secret), "{secret} in {told}");
            }
            said.push(told.replace(object, "it").replace(name, "target"));
        }
        assert_eq!(said[0], said[1]);
    }
    let calls = world.aws.calls_since(mark);
    let asked = operations(&calls);
    assert!(asked.iter().all(|operation| operation.starts_with("List") && operation.contains("Gateway")), "{asked:?}");
    assert_eq!(stage.balancers.nlb.traffic().connections + stage.balancers.alb.traffic().connections, 0);
    Ok(())
}

#[tokio::test]
async fn a_permission_that_is_given_counts_at_once() -> anyhow::Result<()> {
    let stage = Stage::set("tenancy-given", Personality::Everyday).await?;
    let world = &stage.world;
    let annotate = async |value: Value| {
        let patch = json!({"metadata": {"annotations": {"tools.agentcore.dev/allowed-namespaces": value}}});
        world.merge(SERVICE.0, SERVICE.1, SERVICE.2, patch).await
    };
    annotate(Value::Null).await?;
    world.apply(&target("")).await?;
    let held = world.has(TARGET.0, TARGET.1, TARGET.2, ("Accepted", "False", "RefNotPermitted")).await?;
    assert!(message(&held, "Ready").contains("allowed-namespaces"), "{held:#}");
    annotate("mcp-server".into()).await?;
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(stage.asked("CreateGatewayTarget"), 1);
    Ok(())
}

/// A namespace that the gateway does not let in gets nothing looked at, neither in AWS nor at its server.
#[tokio::test]
async fn a_target_on_anothers_gateway_is_not_looked_after() -> anyhow::Result<()> {
    let stage = Stage::set("tenancy-gateway", Personality::Everyday).await?;
    let world = &stage.world;
    let both = json!({"metadata": {"annotations": {"tools.agentcore.dev/allowed-namespaces": "mcp-server,sandbox"}}});
    world.merge(SERVICE.0, SERVICE.1, SERVICE.2, both).await?;
    let mark = world.aws.mark();
    world.apply(&target("").replace("namespace: mcp-server", "namespace: sandbox")).await?;
    let held = world.has(TARGET.0, "sandbox", TARGET.2, ("Accepted", "False", "NamespaceNotAllowed")).await?;
    assert_eq!(verdict(&held, "Ready").as_deref(), Some("False/NamespaceNotAllowed"));
    sweeps(world, 3).await?;
    let calls = world.aws.calls_since(mark);
    let asked = operations(&calls);
    assert!(asked.iter().all(|operation| operation.starts_with("List") && operation.contains("Gateway")), "{asked:?}");
    assert_eq!(stage.balancers.nlb.traffic().connections, 0);
    let gateway = world.get("Gateway", "platform", "agents").await?;
    let id = text(&gateway, "/status/gatewayId")?;
    assert!(!held["status"].to_string().contains(id), "{held:#}");
    Ok(())
}
