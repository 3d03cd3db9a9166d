//! The AWS Load Balancer Controller's part in Services and Ingresses.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::AbortHandle;

use crate::objects::Objects;

/// How often is looked whether something that has a load balancer is being deleted.
const PAUSE: Duration = Duration::from_millis(50);

/// How often a change of finalizers is tried when somebody else changed the object meanwhile.
const ATTEMPTS: usize = 10;

/// Takes the load balancer with this DNS name out of AWS.
type Remove = dyn Fn(&str) + Send + Sync;

/// Plays the AWS Load Balancer Controller: writes the hostnames of load balancers into status, holds the objects by its
/// finalizer, and lets them go once their load balancers are out of AWS. It makes nothing in AWS.
pub struct LoadBalancerController {
    objects: Objects,
    remove: Arc<Remove>,
    held: Arc<Mutex<Vec<Held>>>,
    watching: Option<AbortHandle>,
}

/// An object that has the finalizer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    kind: String,
    namespace: String,
    name: String,
}

impl LoadBalancerController {
    /// A controller that lets deleted objects go when it is told to ([`LoadBalancerController::release`]). `remove` is called with
    /// the DNS name of each load balancer that has to leave AWS.
    #[must_use]
    pub fn patient(objects: &Objects, remove: impl Fn(&str) + Send + Sync + 'static) -> LoadBalancerController {
        let (objects, remove) = (objects.clone(), Arc::new(remove));
        LoadBalancerController { objects, remove, held: Arc::default(), watching: None }
    }

    /// As [`LoadBalancerController::patient`], but it lets objects go by itself soon after they are deleted, until it is dropped or
    /// its tokio runtime ends.
    #[must_use]
    pub fn prompt(objects: &Objects, remove: impl Fn(&str) + Send + Sync + 'static) -> LoadBalancerController {
        let mut controller = LoadBalancerController::patient(objects, remove);
        let (objects, remove, held) = (objects.clone(), Arc::clone(&controller.remove), Arc::clone(&controller.held));
        let watching = tokio::spawn(async move {
            loop {
                tokio::time::sleep(PAUSE).await;
                let objects_held = held.lock().unwrap_or_else(PoisonError::into_inner).clone();
                for object in objects_held {
                    // What does not succeed now does so the next time.
                    if release(&objects, &*remove, &object).await.unwrap_or(false) {
                        held.lock().unwrap_or_else(PoisonError::into_inner).retain(|other| *other != object);
                    }
                }
            }
        });
        controller.watching = Some(watching.abort_handle());
        controller
    }

    /// Says that an object, `v1/Service` or `networking.k8s.io/v1/Ingress`, is served by load balancers with these DNS names:
    /// none while they are not ready or have been taken away, two with a frontend NLB. Answers with the object.
    pub async fn provision(
        &self,
        kind: &str,
        namespace: &str,
        name: &str,
        dns_names: &[&str],
    ) -> anyhow::Result<Value> {
        let held = Held { kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() };
        change_finalizers(&self.objects, &held, |finalizers| {
            if !finalizers.iter().any(|finalizer| finalizer == held.finalizer()) {
                finalizers.push(held.finalizer().to_owned());
            }
        })
        .await?;
        let ingress: Vec<Value> = dns_names.iter().map(|name| json!({"hostname": name})).collect();
        let status = json!({"status": {"loadBalancer": {"ingress": ingress}}});
        let object = self.objects.merge_status(kind, namespace, name, &status).await?;
        let mut all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.contains(&held) {
            all.push(held);
        }
        Ok(object)
    }

    /// Lets a deleted object go: its load balancers leave AWS, then its finalizer goes. The error says that it is not deleted.
    pub async fn release(&self, kind: &str, namespace: &str, name: &str) -> anyhow::Result<()> {
        let held = Held { kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.to_owned() };
        anyhow::ensure!(
            release(&self.objects, &*self.remove, &held).await?,
            "{kind} {namespace}/{name} is not being deleted"
        );
        self.held.lock().unwrap_or_else(PoisonError::into_inner).retain(|other| *other != held);
        Ok(())
    }
}

impl Drop for LoadBalancerController {
    fn drop(&mut self) {
        if let Some(watching) = &self.watching {
            watching.abort();
        }
    }
}

impl Held {
    /// <https://github.com/kubernetes-sigs/aws-load-balancer-controller>: an Ingress that belongs to no explicit group, a Service.
    fn finalizer(&self) -> &'static str {
        if self.kind.ends_with("/Ingress") { "ingress.k8s.aws/resources" } else { "service.k8s.aws/resources" }
    }
}

/// Whether the object was being deleted, or is gone already; then nothing of ours holds it any more.
async fn release(objects: &Objects, remove: &Remove, held: &Held) -> anyhow::Result<bool> {
    let Some(object) = objects.find(&held.kind, &held.namespace, &held.name).await? else { return Ok(true) };
    if object["metadata"]["deletionTimestamp"].is_null() {
        return Ok(false);
    }
    let entries = object["status"]["loadBalancer"]["ingress"].as_array();
    for dns_name in entries.into_iter().flatten().filter_map(|entry| entry["hostname"].as_str()) {
        remove(dns_name);
    }
    change_finalizers(objects, held, |finalizers| finalizers.retain(|finalizer| finalizer != held.finalizer())).await?;
    Ok(true)
}

/// Changes the finalizers of an object as long as it exists, without losing what others do to them meanwhile.
async fn change_finalizers(objects: &Objects, held: &Held, change: impl Fn(&mut Vec<String>)) -> anyhow::Result<()> {
    let mut attempt = 1;
    loop {
        let Some(object) = objects.find(&held.kind, &held.namespace, &held.name).await? else { return Ok(()) };
        let metadata = &object["metadata"];
        let mut finalizers: Vec<String> = serde_json::from_value(metadata["finalizers"].clone()).unwrap_or_default();
        change(&mut finalizers);
        let patch = json!({"metadata": {"finalizers": finalizers, "resourceVersion": metadata["resourceVersion"]}});
        match objects.merge(&held.kind, &held.namespace, &held.name, &patch).await {
            Ok(_) => return Ok(()),
            Err(error) if attempt == ATTEMPTS => return Err(error),
            Err(_) => attempt += 1,
        }
    }
}
