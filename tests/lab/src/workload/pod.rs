//! Pods that no kubelet runs, and the endpoints that they would be.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::objects::Objects;

/// How long is waited for the ServiceAccount without which a namespace takes no pods.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a pod is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodState<'a> {
    /// Its container runs and is ready.
    Ready,
    /// Its container runs and is not ready.
    NotReady,
    /// Its container does not run: why, as `CrashLoopBackOff` or `ImagePullBackOff`, and what the kubelet says about it.
    Waiting {
        /// The reason in the container's state.
        reason: &'a str,
        /// The message beside it.
        message: &'a str,
    },
}

/// How many endpoints a Service has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Those that get requests.
    pub ready: u8,
    /// Those that are not ready.
    pub not_ready: u8,
    /// Those of pods that are going.
    pub terminating: u8,
}

/// The status that a kubelet would write.
pub(super) fn status(state: PodState<'_>, image: &str) -> Value {
    let started = json!({"startedAt": "2026-01-01T00:00:00Z"});
    let (ready, restarts, container) = match state {
        PodState::Ready => (true, 0, json!({"running": started, "waiting": null})),
        PodState::NotReady => (false, 0, json!({"running": started, "waiting": null})),
        PodState::Waiting { reason, message } => {
            (false, 5, json!({"waiting": {"reason": reason, "message": message}, "running": null}))
        }
    };
    let condition = |kind: &str| json!({"type": kind, "status": if ready { "True" } else { "False" }});
    json!({
        "phase": "Running",
        "conditions": [condition("Ready"), condition("ContainersReady")],
        "containerStatuses": [{
            "name": "server", "image": image, "imageID": "", "ready": ready, "restartCount": restarts, "state": container,
        }],
    })
}

/// The `EndpointSlice` that its controller would write for a Service.
pub(super) fn endpoint_slice(
    namespace: &str,
    service: &str,
    workload: &str,
    endpoints: Endpoints,
    owner: Option<&Value>,
) -> Value {
    let Endpoints { ready, not_ready, terminating } = endpoints;
    let kinds = [(ready, true, false), (not_ready, false, false), (terminating, false, true)];
    let states = kinds.into_iter().flat_map(|(count, ready, going)| (0..count).map(move |_| (ready, going)));
    let listed: Vec<Value> = (1..=u8::MAX)
        .zip(states)
        .map(|(number, (ready, going))| {
            json!({
                "addresses": [format!("10.0.1.{number}")],
                "conditions": {"ready": ready, "serving": ready || going, "terminating": going},
                "targetRef": {"kind": "Pod", "namespace": namespace, "name": format!("{workload}-{number}")},
            })
        })
        .collect();
    let mut metadata = json!({
        "name": format!("{service}-lab"),
        "namespace": namespace,
        "labels": {
            "kubernetes.io/service-name": service,
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        },
    });
    if let Some(owner) = owner {
        let uid = &owner["metadata"]["uid"];
        metadata["ownerReferences"] =
            json!([{"apiVersion": "v1", "kind": "Service", "name": service, "uid": uid, "controller": true}]);
    }
    json!({
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": metadata,
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": 8000, "protocol": "TCP"}],
        "endpoints": listed,
    })
}

/// Waits until a namespace takes pods: <https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/>.
pub(super) async fn wait_for_service_account(objects: &Objects, namespace: &str) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while objects.find("v1/ServiceAccount", namespace, "default").await?.is_none() {
        anyhow::ensure!(Instant::now() < deadline, "{namespace} has no ServiceAccount default after {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
