//! A cluster and an AWS, and the operator as its Deployment says: its environment, its service account, and nothing else.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context;
use lab::{
    aws::{Aws, AwsOptions},
    control_plane::{ControlPlane, ControlPlaneOptions},
    load_balancer::Authority,
    objects::{Objects, is_ready, parse},
    operator::{Operator, OperatorOptions},
    ports::free_port,
};
use serde_json::{Value, json};

use crate::helm::Helm;

const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(100);

/// Everything that is there besides the operator.
pub(crate) struct Stage {
    pub(crate) control_plane: ControlPlane,
    pub(crate) aws: Aws,
    pub(crate) objects: Objects,
    pub(crate) helm: Helm,
}

impl Stage {
    /// A cluster of its own with these namespaces: what is installed is the cluster's.
    pub(crate) async fn set(namespaces: &[&str]) -> anyhow::Result<Stage> {
        let helm = tokio::task::spawn_blocking(Helm::new).await??;
        let control_plane = ControlPlane::start(ControlPlaneOptions::default()).await?;
        let objects = Objects::new(control_plane.client().await?);
        for namespace in namespaces {
            let metadata = json!({"name": namespace});
            objects.apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})).await?;
        }
        let aws = Aws::start(AwsOptions { speed: 400.0, ..AwsOptions::default() }).await?;
        Ok(Stage { control_plane, aws, objects, helm })
    }

    /// What helm says, as the cluster's administrator; the error is what it complains about.
    pub(crate) async fn helm(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = self.helm.command();
        command.arg("--kubeconfig").arg(self.control_plane.kubeconfig()).args(arguments);
        said(tokio::process::Command::from(command)).await
    }

    /// What kubectl says, as the cluster's administrator.
    pub(crate) async fn kubectl(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = self.control_plane.kubectl();
        command.args(arguments);
        said(command).await
    }

    /// Whether a service account may do something in a namespace.
    pub(crate) async fn may(&self, account: &str, namespace: &str, what: &str) -> anyhow::Result<bool> {
        let mut command = self.control_plane.kubectl();
        command.args(["auth", "can-i", "--as", account, "--namespace", namespace]).args(what.split(' '));
        let output = command.output().await?;
        match String::from_utf8_lossy(&output.stdout).trim() {
            "yes" => Ok(true),
            "no" => Ok(false),
            other => anyhow::bail!("can-i {what}: {other} {}", String::from_utf8_lossy(&output.stderr)),
        }
    }

    /// An object of the cluster.
    pub(crate) async fn get(&self, kind: &str, namespace: &str, name: &str) -> anyhow::Result<Value> {
        let found = self.objects.find(kind, namespace, name).await?;
        found.with_context(|| format!("there is no {kind} {namespace}/{name}"))
    }

    /// Whether there is such an object.
    pub(crate) async fn has(&self, kind: &str, namespace: &str, name: &str) -> anyhow::Result<bool> {
        Ok(self.objects.find(kind, namespace, name).await?.is_some())
    }

    pub(crate) async fn apply(&self, yaml: &str) -> anyhow::Result<()> {
        for object in parse(yaml)? {
            self.objects.apply(&object).await?;
        }
        Ok(())
    }

    /// Runs what a Deployment says, as its service account, and waits until it is ready.
    pub(crate) async fn operator(&self, namespace: &str, deployment: &str) -> anyhow::Result<Operator> {
        let deployed = self.get("apps/v1/Deployment", namespace, deployment).await?;
        let pod = &deployed["spec"]["template"]["spec"];
        let account = pod["serviceAccountName"].as_str().context("no service account")?;
        let container = &pod["containers"][0];
        let mut environment = environment(container, namespace, deployment)?;
        // The lab has one address for all pods.
        environment.insert("AGENTCORE_METRICS_BIND_ADDRESS".to_owned(), format!("127.0.0.1:{}", free_port()?));
        let trusted = Authority::shared()?.certificate_file().display().to_string();
        environment.insert("SSL_CERT_FILE".to_owned(), trusted);
        let arguments = container["args"].as_array().into_iter().flatten();
        self.granted(&format!("system:serviceaccount:{namespace}:{account}"), &environment).await?;
        let mut operator = Operator::start(OperatorOptions {
            binary: Path::new(env!("CARGO_BIN_EXE_agentcore-gateway-operator")).to_owned(),
            kubeconfig: self.control_plane.kubeconfig_for_service_account(namespace, account).await?,
            aws_endpoint: self.aws.endpoint(),
            log: self.control_plane.directory().join(format!("{namespace}-{deployment}.log")),
            arguments: arguments.filter_map(|argument| argument.as_str().map(str::to_owned)).collect(),
            environment,
        })?;
        operator.wait_until_ready().await?;
        Ok(operator)
    }

    /// The API server learns of roles and bindings a moment after it has stored them.
    async fn granted(&self, account: &str, environment: &BTreeMap<String, String>) -> anyhow::Result<()> {
        let watched = environment.get("AGENTCORE_WATCH_NAMESPACES").filter(|watched| !watched.is_empty());
        let deadline = Instant::now() + PATIENCE;
        for namespace in watched.map_or("", String::as_str).split(',') {
            let everywhere = if namespace.is_empty() { " --all-namespaces" } else { "" };
            let what = format!("list gateways.tools.agentcore.dev{everywhere}");
            while !self.may(account, namespace, &what).await? {
                anyhow::ensure!(Instant::now() < deadline, "{account} may not {what} in {namespace}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Ok(())
    }

    /// Waits until an object is Ready at its newest generation.
    pub(crate) async fn ready(
        &self,
        operator: &Operator,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> anyhow::Result<Value> {
        let look = async || self.objects.find(kind, namespace, name).await.ok().flatten().filter(is_ready);
        self.until(operator, &format!("{kind} {namespace}/{name} is Ready"), look).await
    }

    /// Waits until an object is gone.
    pub(crate) async fn gone(
        &self,
        operator: &Operator,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> anyhow::Result<()> {
        let look = async || self.objects.find(kind, namespace, name).await.ok().filter(Option::is_none).map(drop);
        self.until(operator, &format!("{kind} {namespace}/{name} is gone"), look).await
    }

    /// Looks until there is something to be seen.
    pub(crate) async fn until<T>(
        &self,
        operator: &Operator,
        what: &str,
        mut look: impl AsyncFnMut() -> Option<T>,
    ) -> anyhow::Result<T> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(seen) = look().await {
                return Ok(seen);
            }
            anyhow::ensure!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}\n{}", operator.log_tail(30));
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// That a service account asked, and was refused nothing.
    pub(crate) fn nothing_was_forbidden(&self, account: &str) -> anyhow::Result<()> {
        let asked: Vec<_> = self.control_plane.audit().into_iter().filter(|event| event.user == account).collect();
        anyhow::ensure!(asked.len() > 20, "{account} asked {} times only", asked.len());
        let refused: Vec<_> = asked.iter().filter(|event| event.code == 403).collect();
        anyhow::ensure!(refused.is_empty(), "{account} was refused {refused:#?}");
        Ok(())
    }
}

async fn said(mut command: tokio::process::Command) -> anyhow::Result<String> {
    let output = command.output().await?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{:?}:\n{complaint}", command.as_std());
    Ok(String::from_utf8(output.stdout)?)
}

/// The variables of a container as kubelet sets them: a reference to an earlier one is filled in.
fn environment(container: &Value, namespace: &str, pod: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let mut environment = BTreeMap::new();
    for variable in container["env"].as_array().context("no environment")? {
        let name = variable["name"].as_str().context("a variable without a name")?;
        let value = match variable.pointer("/valueFrom/fieldRef/fieldPath").and_then(Value::as_str) {
            None => variable["value"].as_str().unwrap_or_default().to_owned(),
            Some("metadata.name") => format!("{pod}-0"),
            Some("metadata.namespace") => namespace.to_owned(),
            Some(other) => anyhow::bail!("{name} is {other}, which nobody fills in here"),
        };
        let value = environment
            .iter()
            .fold(value, |text, (earlier, known): (&String, &String)| text.replace(&format!("$({earlier})"), known));
        environment.insert(name.to_owned(), value);
    }
    Ok(environment)
}
