//! An object that is stored and cannot be read: its definition was laxer once, or is of a newer version.
//!
//! The definitions of everybody else's control plane stay as they are: these tests have one of their own, in which the spec of a
//! `ResourceGateway` may be anything.

use std::time::{Duration, Instant};

use anyhow::Context;
use lab::aws::{Aws, ObjectKind};
use lab::control_plane::{ControlPlane, ControlPlaneOptions};
use lab::objects::{Objects, condition, is_ready, parse};
use lab::operator::{Operator, OperatorOptions};
use lab::world::{Newcomer, PATIENCE, crd_directory};
use serde_json::{Value, json};

use crate::set;
use crate::stage::{self, BINARY, NAMESPACE};

#[tokio::test]
async fn an_object_that_cannot_be_read_holds_nobody_up_and_can_be_deleted() -> anyhow::Result<()> {
    let mut lax = Lax::start().await?;
    lax.objects.apply(&set::gateway("before")).await?;
    lax.objects.apply(&set::resource_gateway("once")).await?;
    lax.ready("Gateway", "before").await?;
    lax.ready("ResourceGateway", "once").await?;
    // One that never could be read, and one that could.
    let mut odd = set::resource_gateway("odd");
    odd["spec"] = json!({"vpcIdentifier": 5, "subnetIds": "a user's words"});
    lax.objects.apply(&odd).await?;
    lax.objects.merge("ResourceGateway", NAMESPACE, "once", &json!({"spec": {"subnetIds": "none"}})).await?;
    // Others go on, of the same kind and of others, also after a restart, when the odd ones are listed first.
    for (round, name) in ["beside", "after"].into_iter().enumerate() {
        lax.objects.apply(&set::resource_gateway(name)).await?;
        lax.ready("ResourceGateway", name).await?;
        let edit = json!({"spec": {"description": format!("edit {round}")}});
        lax.objects.merge("Gateway", NAMESPACE, "before", &edit).await?;
        lax.ready("Gateway", "before").await?;
        anyhow::ensure!(lax.operator.is_running(), "the operator ended:\n{}", lax.operator.log_tail(20));
        lax.operator.restart().await?;
    }
    let log = lax.operator.logs();
    anyhow::ensure!(log.contains("odd") && !log.contains("met a bug"), "the log does not tell of the odd one:\n{log}");
    anyhow::ensure!(!log.contains("a user's words"), "the log shows what stands in a spec:\n{log}");
    // A spec that nobody can read is no reason to keep an object for ever.
    for name in ["odd", "once"] {
        lax.objects.delete("ResourceGateway", NAMESPACE, name).await?;
    }
    for name in ["odd", "once"] {
        lax.gone("ResourceGateway", name).await?;
    }
    let left = lax.aws.objects(ObjectKind::ResourceGateway);
    anyhow::ensure!(left.len() == 2, "AWS has {left:#?}, not just the two that can be read");
    Ok(())
}

/// A control plane with a lax definition, an AWS, and an operator.
struct Lax {
    objects: Objects,
    aws: Aws,
    operator: Operator,
    _control_plane: ControlPlane,
}

impl Lax {
    async fn start() -> anyhow::Result<Lax> {
        let control_plane = ControlPlane::start(ControlPlaneOptions::default()).await?;
        let objects = Objects::new(control_plane.client().await?);
        let names = define(&objects).await?;
        for name in names {
            let kind = "apiextensions.k8s.io/v1/CustomResourceDefinition";
            let established = |crd: &Value| condition(crd, "Established").is_some_and(|now| now["status"] == "True");
            wait(&format!("{name} is served"), async || {
                objects.find(kind, "", &name).await.ok().flatten().filter(established).map(drop)
            })
            .await?;
        }
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
        objects.apply(&namespace).await?;
        let aws = Aws::start(stage::options().aws).await?;
        // It watches everything, and its cluster's name is what it is for those who give none.
        let system = objects.find("v1/Namespace", "", "kube-system").await?.context("no kube-system")?;
        let cluster = system["metadata"]["uid"].as_str().unwrap_or_default();
        let newcomer = Newcomer { name: "lax", cluster, namespaces: &[], own_namespace: NAMESPACE };
        let mut identity = newcomer.introduce(&control_plane, &objects, &aws).await?;
        identity.environment.insert("AGENTCORE_LEASE_NAMESPACE".to_owned(), NAMESPACE.to_owned());
        let mut operator = Operator::start(OperatorOptions {
            binary: BINARY.into(),
            kubeconfig: identity.kubeconfig,
            aws_endpoint: aws.endpoint(),
            log: control_plane.directory().join("operator-lax.log"),
            arguments: stage::options().operator_arguments,
            environment: identity.environment,
        })?;
        operator.wait_until_ready().await?;
        Ok(Lax { objects, aws, operator, _control_plane: control_plane })
    }

    async fn ready(&self, kind: &str, name: &str) -> anyhow::Result<()> {
        let look = async || self.objects.find(kind, NAMESPACE, name).await.ok().flatten().filter(is_ready).map(drop);
        let waited = wait(&format!("{kind} {name} is Ready"), look).await;
        waited.with_context(|| self.operator.log_tail(30))
    }

    async fn gone(&self, kind: &str, name: &str) -> anyhow::Result<()> {
        let look = async || self.objects.find(kind, NAMESPACE, name).await.ok().filter(Option::is_none).map(drop);
        let waited = wait(&format!("{kind} {name} is gone"), look).await;
        waited.with_context(|| self.operator.log_tail(30))
    }
}

/// Applies the definitions, one of them without most of what it says.
async fn define(objects: &Objects) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for file in std::fs::read_dir(crd_directory())? {
        for mut crd in parse(&std::fs::read_to_string(file?.path())?)? {
            if crd["spec"]["names"]["kind"] == "ResourceGateway" {
                let version = &mut crd["spec"]["versions"][0];
                version.as_object_mut().and_then(|version| version.remove("selectableFields"));
                let schema = &mut version["schema"]["openAPIV3Schema"];
                schema["properties"]["spec"] = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
                schema.as_object_mut().and_then(|schema| schema.remove("x-kubernetes-validations"));
            }
            names.extend(crd["metadata"]["name"].as_str().map(str::to_owned));
            objects.apply(&crd).await?;
        }
    }
    Ok(names)
}

async fn wait(what: &str, mut look: impl AsyncFnMut() -> Option<()>) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while look().await.is_none() {
        anyhow::ensure!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}
