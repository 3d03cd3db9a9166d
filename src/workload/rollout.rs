//! Whose pods stand behind an endpoint, and how far their rollout is.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use kube::{ResourceExt, runtime::reflector::ObjectRef};
use tokio::time::Instant;

use crate::{
    api::{WorkloadKind, WorkloadRef},
    cluster::{
        Stores,
        foreign::{Service, WorkloadSpec, WorkloadStatus},
    },
};

/// When the newest rollout behind each target was first seen to be complete: a server's answer from before says nothing of its new version.
#[derive(Debug, Clone, Default)]
pub struct Rollouts(Arc<Mutex<HashMap<String, (String, Instant)>>>);

impl Rollouts {
    /// When this version was first seen to be complete behind the target with this uid; `None` while it is not.
    pub fn completed(&self, uid: &str, version: &str, complete: bool) -> Option<Instant> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !complete {
            // The next one is another one, also when it is of the same version.
            seen.remove(uid);
            return None;
        }
        match seen.get(uid) {
            Some((known, at)) if known == version => Some(*at),
            _ => {
                let now = Instant::now();
                seen.insert(uid.to_owned(), (version.to_owned(), now));
                Some(now)
            }
        }
    }

    /// Forgets a target that is gone.
    pub fn forget(&self, uid: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }
}

/// A workload, as far as its rollout goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    /// What it is, for people: `Deployment mcp-server`.
    pub title: String,
    /// Its namespace.
    pub namespace: String,
    /// The labels of its pods, as a selector.
    pub labels: String,
    /// Which version is asked for.
    pub version: String,
    /// All pods are of that version and serve, and no others are left.
    pub complete: bool,
    /// How many pods serve.
    pub serving: i32,
    /// How many pods are asked for; DaemonSets ask for one a node.
    pub wanted: i32,
}

impl Rollout {
    /// How far a workload's rollout is, by its own status. The rules are those of `kubectl rollout status`, and one more: pods of older
    /// versions are gone.
    pub fn of(kind: WorkloadKind, object: &impl ResourceExt, spec: &WorkloadSpec, status: &WorkloadStatus) -> Self {
        let seen = status.observed_generation.unwrap_or_default() >= object.meta().generation.unwrap_or_default();
        let (wanted, there, updated, serving) = match kind {
            WorkloadKind::Deployment | WorkloadKind::StatefulSet => {
                (spec.replicas.unwrap_or(1), status.replicas, status.updated_replicas, status.available_replicas.max(0))
            }
            WorkloadKind::DaemonSet => (
                status.desired_number_scheduled,
                status.desired_number_scheduled,
                status.updated_number_scheduled,
                status.number_available,
            ),
        };
        // A StatefulSet counts a pod as updated when its revisions are one.
        let one_revision = kind != WorkloadKind::StatefulSet || status.current_revision == status.update_revision;
        let labels: Vec<String> = spec.template.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        Self {
            title: format!("{} {}", word(kind), object.name_any()),
            namespace: object.namespace().unwrap_or_default(),
            labels: labels.join(","),
            version: spec.template.hash.clone(),
            complete: seen && one_revision && updated == wanted && there == wanted && serving == wanted,
            serving,
            wanted,
        }
    }
}

const fn word(kind: WorkloadKind) -> &'static str {
    match kind {
        WorkloadKind::Deployment => "Deployment",
        WorkloadKind::StatefulSet => "StatefulSet",
        WorkloadKind::DaemonSet => "DaemonSet",
    }
}

/// The workload that a spec names; `None` when there is none.
pub fn named(stores: &Stores, namespace: &str, reference: &WorkloadRef) -> Option<Rollout> {
    macro_rules! get {
        ($store:ident, $kind:expr) => {{
            let object = stores.$store.get(&ObjectRef::new(&reference.name).within(namespace))?;
            Some(Rollout::of($kind, &*object, &object.spec, &object.status))
        }};
    }
    match reference.kind {
        WorkloadKind::Deployment => get!(deployments, WorkloadKind::Deployment),
        WorkloadKind::StatefulSet => get!(stateful_sets, WorkloadKind::StatefulSet),
        WorkloadKind::DaemonSet => get!(daemon_sets, WorkloadKind::DaemonSet),
    }
}

/// The one workload whose pods a Service leads to; `None` where that is none or several.
pub fn behind(stores: &Stores, service: &Service) -> Option<Rollout> {
    let namespace = service.namespace().unwrap_or_default();
    let selector = &service.spec.selector;
    if selector.is_empty() {
        return None;
    }
    let mut found = workloads(stores, &namespace, selector);
    found.pop().filter(|_| found.is_empty())
}

/// Whether a Service is an ingress controller's: then its pods are not those that answer.
pub fn is_ingress_controller(service: &Service) -> bool {
    /// What widely used controllers call themselves in the recommended labels.
    const CONTROLLERS: [&str; 14] = [
        "ingress-nginx",
        "nginx-ingress",
        "traefik",
        "haproxy",
        "kong",
        "contour",
        "envoy",
        "istio",
        "ambassador",
        "emissary",
        "apisix",
        "nginx-gateway",
        "gateway-proxy",
        "ingressgateway",
    ];
    let labels = service.metadata.labels.iter().flatten().map(|(_, value)| value);
    let values: Vec<&String> = labels.chain(service.spec.selector.values()).collect();
    values.iter().any(|value| CONTROLLERS.iter().any(|name| value.contains(name)))
}

fn workloads(stores: &Stores, namespace: &str, selector: &BTreeMap<String, String>) -> Vec<Rollout> {
    let selects =
        |labels: &BTreeMap<String, String>| selector.iter().all(|(key, value)| labels.get(key) == Some(value));
    let mut found = Vec::new();
    macro_rules! pick {
        ($store:ident, $kind:expr) => {
            for object in stores.$store.state() {
                if object.namespace().as_deref() == Some(namespace) && selects(&object.spec.template.labels) {
                    found.push(Rollout::of($kind, &*object, &object.spec, &object.status));
                }
            }
        };
    }
    pick!(deployments, WorkloadKind::Deployment);
    pick!(stateful_sets, WorkloadKind::StatefulSet);
    pick!(daemon_sets, WorkloadKind::DaemonSet);
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;
    use crate::cluster::foreign::{DaemonSet, Deployment, StatefulSet};

    fn deployment(generation: i64, replicas: i32, status: &Value) -> Rollout {
        let object: Deployment = from_value(json!({
            "metadata": {"name": "mcp", "namespace": "n", "generation": generation},
            "spec": {"replicas": replicas, "template": {"metadata": {"labels": {"app": "mcp"}}}},
            "status": status,
        }))
        .unwrap();
        Rollout::of(WorkloadKind::Deployment, &object, &object.spec, &object.status)
    }

    #[test]
    fn a_deployment_is_complete_when_all_pods_are_new_and_serve_and_no_others_are_left() {
        let status = |seen: i64, all: i32, new: i32, available: i32| json!({"observedGeneration": seen, "replicas": all, "updatedReplicas": new, "availableReplicas": available});
        let table = [
            (2, 2, status(2, 2, 2, 2), true),
            (3, 2, status(2, 2, 2, 2), false),
            (2, 2, status(2, 3, 2, 2), false),
            (2, 2, status(2, 3, 2, 3), false),
            (2, 2, status(2, 2, 1, 2), false),
            (2, 2, status(2, 2, 2, 1), false),
            (2, 2, json!({}), false),
            (2, 0, status(2, 0, 0, 0), true),
        ];
        for (generation, replicas, status, complete) in table {
            assert_eq!(deployment(generation, replicas, &status).complete, complete, "{status}");
        }
        let rollout = deployment(1, 1, &json!({}));
        assert_eq!((rollout.title.as_str(), rollout.labels.as_str()), ("Deployment mcp", "app=mcp"));
    }

    #[test]
    fn a_stateful_set_is_complete_with_one_revision() {
        let of = |current: &str| {
            let object: StatefulSet = from_value(json!({
                "metadata": {"name": "mcp", "generation": 1}, "spec": {"replicas": 1},
                "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1,
                    "currentRevision": current, "updateRevision": "b"},
            }))
            .unwrap();
            Rollout::of(WorkloadKind::StatefulSet, &object, &object.spec, &object.status).complete
        };
        assert!(of("b"));
        assert!(!of("a"));
    }

    #[test]
    fn a_daemon_set_is_complete_when_every_node_has_the_new_pod() {
        let of = |updated: i32, available: i32| {
            let object: DaemonSet = from_value(json!({
                "metadata": {"name": "mcp", "generation": 1},
                "status": {"observedGeneration": 1, "desiredNumberScheduled": 2, "updatedNumberScheduled": updated, "numberAvailable": available},
            }))
            .unwrap();
            Rollout::of(WorkloadKind::DaemonSet, &object, &object.spec, &object.status).complete
        };
        assert!(of(2, 2));
        assert!(!of(1, 2));
        assert!(!of(2, 1));
    }

    #[test]
    fn ingress_controllers_are_known_by_their_labels() {
        let service =
            |selector: Value| from_value(json!({"metadata": {"name": "s"}, "spec": {"selector": selector}})).unwrap();
        assert!(is_ingress_controller(&service(json!({"app.kubernetes.io/name": "ingress-nginx"}))));
        assert!(is_ingress_controller(&service(json!({"istio": "ingressgateway"}))));
        assert!(!is_ingress_controller(&service(json!({"app": "mcp-server"}))));
    }
}
