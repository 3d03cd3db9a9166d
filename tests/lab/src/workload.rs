//! Workloads on a cluster without nodes: what users and Kubernetes' controllers would have written.
//!
//! | What | Where |
//! |---|---|
//! | Deployments and the like that roll out step by step, their endpoints and pods | [`Workload`] |
//! | the Service and the Ingress of an MCP server and a REST API | [`manifest`] |
//! | the AWS Load Balancer Controller's part in them | [`LoadBalancerController`] |
//! | Gateway API, which a cluster may have or not | [`gateway_api`] |
//!
//! The lab's kube-controller-manager runs none of the controllers that are played here. Namespaces are real names:
//! [`World::namespace`](crate::world::World::namespace) tells them.

pub mod gateway_api;
pub mod manifest;

mod load_balancer_controller;
mod pod;
mod roll_out;

use anyhow::Context;
use serde_json::{Value, json};

use crate::objects::Objects;

pub use load_balancer_controller::LoadBalancerController;
pub use pod::{Endpoints, PodState};
pub use roll_out::{RollOut, WorkloadKind};

/// How many nodes a cluster is said to have by whom nobody told a number: that of a `DaemonSet`'s pods.
const NODES: u64 = 2;

/// The image that workloads run at first.
const IMAGE: &str = "registry.example.com/mcp-server:v1";

/// Something that runs pods, with the status that its controller would write.
#[derive(Debug, Clone)]
pub struct Workload {
    objects: Objects,
    kind: WorkloadKind,
    namespace: String,
    name: String,
}

impl Workload {
    /// A workload by its name; it need not exist yet.
    #[must_use]
    pub fn new(objects: &Objects, kind: WorkloadKind, namespace: &str, name: &str) -> Workload {
        Workload { objects: objects.clone(), kind, namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// Makes it with so many pods, which are all there at once, and answers with the object. Its pods carry the label `app` with its
    /// name. A `DaemonSet` has as many pods as there are nodes: two.
    pub async fn create(&self, replicas: u64) -> anyhow::Result<Value> {
        let labels = json!({"app": self.name});
        let mut spec = json!({
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [container(IMAGE)]},
            },
        });
        if self.kind != WorkloadKind::DaemonSet {
            spec["replicas"] = json!(replicas);
        }
        if self.kind == WorkloadKind::StatefulSet {
            spec["serviceName"] = json!(self.name);
        }
        let metadata = json!({"name": self.name, "namespace": self.namespace, "labels": labels});
        let object = json!({"apiVersion": "apps/v1", "kind": self.kind.name(), "metadata": metadata, "spec": spec});
        self.objects.apply(&object).await?;
        self.reach(RollOut::Complete).await
    }

    /// Gives its pods another image. The generation moves; the status is as it was, as long as no controller has seen it.
    pub async fn set_image(&self, image: &str) -> anyhow::Result<Value> {
        self.merge(&json!({"spec": {"template": {"spec": {"containers": [container(image)]}}}})).await
    }

    /// Writes the status of this step of a roll-out for the newest generation, as its controller would.
    pub async fn reach(&self, step: RollOut) -> anyhow::Result<Value> {
        let object = self.get().await?;
        let status = roll_out::status(self.kind, &object, step, &jiff::Timestamp::now().to_string());
        self.objects.merge_status(&self.kind.full(), &self.namespace, &self.name, &json!({"status": status})).await
    }

    /// Rolls another image out, through every step, to the end.
    pub async fn roll_out(&self, image: &str) -> anyhow::Result<Value> {
        self.set_image(image).await?;
        for step in [RollOut::Progressing, RollOut::OldPodsLeaving, RollOut::NotYetAvailable] {
            self.reach(step).await?;
        }
        self.reach(RollOut::Complete).await
    }

    /// Gives it another number of pods, which are there, or gone, at once. A `DaemonSet` has no number of its own.
    pub async fn scale(&self, replicas: u64) -> anyhow::Result<Value> {
        anyhow::ensure!(
            self.kind != WorkloadKind::DaemonSet,
            "a DaemonSet has a pod on each node and cannot be scaled"
        );
        self.merge(&json!({"spec": {"replicas": replicas}})).await?;
        self.reach(RollOut::Complete).await
    }

    /// Writes the one `EndpointSlice` of a Service, as its controller would for this workload's pods.
    pub async fn set_endpoints(&self, service: &str, endpoints: Endpoints) -> anyhow::Result<Value> {
        let owner = self.objects.find("v1/Service", &self.namespace, service).await?;
        self.objects.apply(&pod::endpoint_slice(&self.namespace, service, &self.name, endpoints, owner.as_ref())).await
    }

    /// Makes one of its pods, or changes its state, and answers with the pod. `name` is added to the workload's.
    pub async fn set_pod(&self, name: &str, state: PodState<'_>) -> anyhow::Result<Value> {
        let name = format!("{}-{name}", self.name);
        if self.objects.find("v1/Pod", &self.namespace, &name).await?.is_none() {
            pod::wait_for_service_account(&self.objects, &self.namespace).await?;
            let metadata = json!({"name": name, "namespace": self.namespace, "labels": {"app": self.name}});
            // Nobody stops the container; without this the pod would be Terminating for ever once it is deleted.
            let spec = json!({"containers": [container(IMAGE)], "terminationGracePeriodSeconds": 0});
            let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec});
            self.objects.apply(&pod).await?;
        }
        let status = json!({"status": pod::status(state, IMAGE)});
        self.objects.merge_status("v1/Pod", &self.namespace, &name, &status).await
    }

    /// Deletes one of its pods; one that does not exist is fine.
    pub async fn delete_pod(&self, name: &str) -> anyhow::Result<()> {
        self.objects.delete("v1/Pod", &self.namespace, &format!("{}-{name}", self.name)).await
    }

    async fn get(&self) -> anyhow::Result<Value> {
        let found = self.objects.find(&self.kind.full(), &self.namespace, &self.name).await?;
        found.with_context(|| format!("there is no {} {}/{}", self.kind.name(), self.namespace, self.name))
    }

    async fn merge(&self, patch: &Value) -> anyhow::Result<Value> {
        self.objects.merge(&self.kind.full(), &self.namespace, &self.name, patch).await
    }
}

fn container(image: &str) -> Value {
    json!({"name": "server", "image": image, "ports": [{"name": "http", "containerPort": 8000}]})
}
