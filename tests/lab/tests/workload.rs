//! What users and controllers write about workloads is taken by a real API server, and is what tests say it is.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use lab::control_plane::{ControlPlane, ControlPlaneOptions};
use lab::objects::{Objects, condition};
use lab::workload::gateway_api::{self, GATEWAY, HTTP_ROUTE, REFERENCE_GRANT};
use lab::workload::{Endpoints, LoadBalancerController, PodState, RollOut, Workload, WorkloadKind, manifest};
use lab::world::{ALB_DNS_NAME, API_HOST, NLB_DNS_NAME};
use serde_json::{Value, json};

const SERVICE: &str = "v1/Service";
const INGRESS: &str = "networking.k8s.io/v1/Ingress";

/// Objects of the shared control plane, in which there is a namespace of this name.
async fn objects(namespace: &str) -> anyhow::Result<Objects> {
    let objects = Objects::new(ControlPlane::shared().await?.client().await?);
    objects.apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})).await?;
    Ok(objects)
}

/// The DNS names that were taken out of AWS, in their order, and what takes them out.
fn removals() -> (Arc<Mutex<Vec<String>>>, impl Fn(&str) + Send + Sync + 'static) {
    let removed = Arc::<Mutex<Vec<String>>>::default();
    let sink = Arc::clone(&removed);
    (removed, move |name: &str| sink.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_owned()))
}

fn hostnames(object: &Value) -> Vec<&str> {
    let entries = object["status"]["loadBalancer"]["ingress"].as_array().into_iter().flatten();
    entries.filter_map(|entry| entry["hostname"].as_str()).collect()
}

fn numbers<const COUNT: usize>(object: &Value, members: [&str; COUNT]) -> [u64; COUNT] {
    members.map(|member| object["status"][member].as_u64().unwrap_or_default())
}

async fn gone(objects: &Objects, kind: &str, namespace: &str, name: &str) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while objects.find(kind, namespace, name).await?.is_some() {
        anyhow::ensure!(Instant::now() < deadline, "{kind} {namespace}/{name} is still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

#[tokio::test]
async fn a_deployment_rolls_out_step_by_step() -> anyhow::Result<()> {
    let objects = objects("deployments").await?;
    let workload = Workload::new(&objects, WorkloadKind::Deployment, "deployments", "server");
    let made = workload.create(2).await?;
    let members = ["observedGeneration", "replicas", "updatedReplicas", "availableReplicas", "unavailableReplicas"];
    assert_eq!(numbers(&made, members), [1, 2, 2, 2, 0]);
    let unseen = workload.set_image("registry.example.com/mcp-server:v2").await?;
    assert_eq!((&unseen["metadata"]["generation"], numbers(&unseen, members)), (&json!(2), [1, 2, 2, 2, 0]));
    assert_eq!(numbers(&workload.reach(RollOut::Progressing).await?, members), [2, 3, 1, 2, 1]);
    assert_eq!(numbers(&workload.reach(RollOut::OldPodsLeaving).await?, members), [2, 3, 2, 2, 1]);
    assert_eq!(numbers(&workload.reach(RollOut::NotYetAvailable).await?, members), [2, 2, 2, 1, 1]);
    let complete = workload.reach(RollOut::Complete).await?;
    assert_eq!(numbers(&complete, members), [2, 2, 2, 2, 0]);
    let progressing = condition(&complete, "Progressing").context("no condition")?;
    assert_eq!(progressing["reason"], "NewReplicaSetAvailable");
    let scaled = workload.scale(0).await?;
    assert_eq!((&scaled["spec"]["replicas"], numbers(&scaled, members)), (&json!(0), [3, 0, 0, 0, 0]));
    Ok(())
}

#[tokio::test]
async fn the_other_kinds_roll_out_as_well() -> anyhow::Result<()> {
    let objects = objects("other-kinds").await?;
    let image = "registry.example.com/mcp-server:v2";
    let sets = Workload::new(&objects, WorkloadKind::StatefulSet, "other-kinds", "server");
    let before = sets.create(3).await?["status"]["updateRevision"].clone();
    let after = sets.roll_out(image).await?;
    assert_eq!(numbers(&after, ["observedGeneration", "updatedReplicas", "availableReplicas"]), [2, 3, 3]);
    assert!(after["status"]["currentRevision"] == after["status"]["updateRevision"]);
    assert!(after["status"]["updateRevision"] != before && before.is_string(), "{after:#}");
    let daemons = Workload::new(&objects, WorkloadKind::DaemonSet, "other-kinds", "server");
    daemons.create(0).await?;
    let after = daemons.roll_out(image).await?;
    assert_eq!(numbers(&after, ["observedGeneration", "updatedNumberScheduled", "numberAvailable"]), [2, 2, 2]);
    assert!(daemons.scale(3).await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_service_has_endpoints_and_its_pods_say_why_they_wait() -> anyhow::Result<()> {
    let objects = objects("pods").await?;
    let service = objects.apply(&manifest::service("pods", "server", &[])).await?;
    let workload = Workload::new(&objects, WorkloadKind::Deployment, "pods", "server");
    let slice = workload.set_endpoints("server", Endpoints { ready: 1, not_ready: 2, ..Endpoints::default() }).await?;
    assert_eq!(slice["metadata"]["ownerReferences"][0]["uid"], service["metadata"]["uid"]);
    let slice =
        workload.set_endpoints("server", Endpoints { ready: 1, terminating: 1, ..Endpoints::default() }).await?;
    let states: Vec<_> = slice["endpoints"].as_array().into_iter().flatten().map(|one| &one["conditions"]).collect();
    assert_eq!(
        states,
        [
            &json!({"ready": true, "serving": true, "terminating": false}),
            &json!({"ready": false, "serving": true, "terminating": true}),
        ]
    );
    let message = "back-off 5m0s restarting failed container";
    let pod = workload.set_pod("a", PodState::Waiting { reason: "CrashLoopBackOff", message }).await?;
    let container = &pod["status"]["containerStatuses"][0];
    assert_eq!(container["state"]["waiting"], json!({"reason": "CrashLoopBackOff", "message": message}));
    let pod = workload.set_pod("a", PodState::Ready).await?;
    let container = &pod["status"]["containerStatuses"][0];
    assert!(container["state"]["waiting"].is_null() && container["state"]["running"].is_object(), "{container:#}");
    assert_eq!(condition(&pod, "Ready").context("no condition")?["status"], "True");
    workload.delete_pod("a").await?;
    gone(&objects, "v1/Pod", "pods", "server-a").await
}

#[tokio::test]
async fn load_balancers_come_and_go_in_status_when_told_to() -> anyhow::Result<()> {
    let objects = objects("provisioning").await?;
    objects.apply(&manifest::nlb_service("provisioning", "nginx", &[("example.com/more", "yes")])).await?;
    let paths = [("/", "rest-api")];
    objects.apply(&manifest::alb_ingress("provisioning", "rest", API_HOST, &paths, &[])).await?;
    let controller = LoadBalancerController::patient(&objects, |_| {});
    let service = controller.provision(SERVICE, "provisioning", "nginx", &[NLB_DNS_NAME]).await?;
    assert_eq!(
        (hostnames(&service), &service["metadata"]["annotations"]["example.com/more"]),
        (vec![NLB_DNS_NAME], &json!("yes"))
    );
    assert_eq!(service["metadata"]["finalizers"], json!(["service.k8s.aws/resources"]));
    let ingress = controller.provision(INGRESS, "provisioning", "rest", &[ALB_DNS_NAME, NLB_DNS_NAME]).await?;
    assert_eq!(hostnames(&ingress), [ALB_DNS_NAME, NLB_DNS_NAME]);
    assert_eq!(ingress["metadata"]["finalizers"], json!(["ingress.k8s.aws/resources"]));
    let service = controller.provision(SERVICE, "provisioning", "nginx", &[]).await?;
    assert!(hostnames(&service).is_empty(), "{service:#}");
    Ok(())
}

#[tokio::test]
async fn a_deleted_service_stays_until_its_load_balancer_is_out_of_aws() -> anyhow::Result<()> {
    let objects = objects("patient").await?;
    let mut service = manifest::nlb_service("patient", "nginx", &[]);
    service["metadata"]["finalizers"] = json!(["example.com/of-somebody-else"]);
    objects.apply(&service).await?;
    let (removed, remove) = removals();
    let controller = LoadBalancerController::patient(&objects, remove);
    controller.provision(SERVICE, "patient", "nginx", &[NLB_DNS_NAME]).await?;
    assert!(controller.release(SERVICE, "patient", "nginx").await.is_err());
    objects.delete(SERVICE, "patient", "nginx").await?;
    let held = objects.find(SERVICE, "patient", "nginx").await?.context("it is gone")?;
    assert!(held["metadata"]["deletionTimestamp"].is_string() && removed.lock().unwrap().is_empty());
    controller.release(SERVICE, "patient", "nginx").await?;
    assert_eq!(*removed.lock().unwrap(), [NLB_DNS_NAME]);
    let held = objects.find(SERVICE, "patient", "nginx").await?.context("it is gone")?;
    assert_eq!(held["metadata"]["finalizers"], json!(["example.com/of-somebody-else"]));
    objects.merge(SERVICE, "patient", "nginx", &json!({"metadata": {"finalizers": null}})).await?;
    gone(&objects, SERVICE, "patient", "nginx").await
}

#[tokio::test]
async fn a_prompt_controller_lets_a_whole_namespace_go() -> anyhow::Result<()> {
    let objects = objects("prompt").await?;
    objects.apply(&manifest::nlb_service("prompt", "nginx", &[])).await?;
    objects.apply(&manifest::alb_ingress("prompt", "rest", API_HOST, &[("/", "rest-api")], &[])).await?;
    objects.apply(&manifest::openapi_config_map("prompt", "openapi")).await?;
    let (removed, remove) = removals();
    let controller = LoadBalancerController::prompt(&objects, remove);
    controller.provision(SERVICE, "prompt", "nginx", &[NLB_DNS_NAME]).await?;
    controller.provision(INGRESS, "prompt", "rest", &[ALB_DNS_NAME]).await?;
    objects.delete("v1/Namespace", "", "prompt").await?;
    gone(&objects, "v1/Namespace", "", "prompt").await?;
    let mut removed = removed.lock().unwrap().clone();
    removed.sort();
    assert_eq!(removed, [ALB_DNS_NAME, NLB_DNS_NAME]);
    Ok(())
}

#[tokio::test]
async fn the_document_of_the_rest_api_is_json() -> anyhow::Result<()> {
    let map = manifest::openapi_config_map("rest-api", "openapi");
    let document: Value = serde_json::from_str(map["data"]["openapi.json"].as_str().context("no document")?)?;
    assert_eq!(document["paths"]["/items"]["post"]["operationId"], "createItem");
    Ok(())
}

#[tokio::test]
async fn gateway_api_comes_and_goes_while_the_cluster_runs() -> anyhow::Result<()> {
    // Of its own: the definitions are everybody's.
    let control_plane = ControlPlane::start(ControlPlaneOptions::default()).await?;
    let objects = Objects::new(control_plane.client().await?);
    assert!(objects.list(HTTP_ROUTE, "").await.is_err());
    gateway_api::install(&objects).await?;
    objects.apply(&gateway_api::gateway("default", "edge")).await?;
    let parents = [("default", "edge"), ("default", "other")];
    let rule = ("/mcp", "server");
    objects.apply(&gateway_api::http_route("default", "mcp", &parents, &[API_HOST], rule, &[("a", "b")])).await?;
    let grant = gateway_api::reference_grant(
        "default",
        "targets",
        ("tools.agentcore.dev", "GatewayTarget"),
        "mcp-server",
        ("gateway.networking.k8s.io", "HTTPRoute"),
    );
    let grant = objects.apply(&grant).await?;
    assert_eq!(grant["spec"]["from"][0]["namespace"], "mcp-server");

    let waiting = gateway_api::program_gateway(&objects, "default", "edge", &[]).await?;
    assert_eq!(condition(&waiting, "Programmed").context("no condition")?["status"], "False");
    let gateway = gateway_api::program_gateway(&objects, "default", "edge", &[ALB_DNS_NAME]).await?;
    assert_eq!(condition(&gateway, "Programmed").context("no condition")?["status"], "True");
    assert_eq!(gateway["status"]["addresses"], json!([{"type": "Hostname", "value": ALB_DNS_NAME}]));
    assert_eq!(gateway["status"]["listeners"][0]["name"], gateway["spec"]["listeners"][0]["name"]);
    let route = gateway_api::judge_http_route(&objects, "default", "mcp", &[true, false]).await?;
    let verdicts: Vec<_> = (0..2)
        .map(|parent| {
            let parent = &route["status"]["parents"][parent];
            (&parent["parentRef"]["name"], &parent["conditions"][0]["status"])
        })
        .collect();
    assert_eq!(verdicts, [(&json!("edge"), &json!("True")), (&json!("other"), &json!("False"))]);

    gateway_api::remove(&objects).await?;
    for kind in [GATEWAY, HTTP_ROUTE, REFERENCE_GRANT] {
        assert!(objects.list(kind, "").await.is_err(), "{kind}");
    }
    gateway_api::install(&objects).await?;
    assert!(objects.list(HTTP_ROUTE, "").await?.is_empty());
    Ok(())
}
