//! What a scenario starts with: a cluster of its own as far as it can see, an AWS of its own, and a running operator.

mod identity;
mod load_balancers;
mod namespaces;
mod report;
mod writes;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::{Value, json};

use crate::aws::policy::Policies;
use crate::aws::{Aws, AwsOptions};
use crate::control_plane::{ControlPlane, ControlPlaneOptions};
use crate::load_balancer::{Authority, LoadBalancer};
use crate::mcp::{McpServer, Personality};
use crate::objects::{Objects, condition, is_ready, parse};
use crate::operator::{Operator, OperatorOptions};
use crate::workload::{LoadBalancerController, Workload, WorkloadKind};

use namespaces::Namespaces;

pub(crate) use identity::sign_in;
pub use identity::{Identity, Newcomer, user};
pub use load_balancers::{ALB_DNS_NAME, API_HOST, HOST, LoadBalancers, NLB_DNS_NAME};
pub use writes::KubernetesWrites;

/// How long [`World::ready`] and its like wait.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A small Gateway, for what is not about its members.
pub const GATEWAY: &str = "\
apiVersion: tools.agentcore.dev/v1alpha1
kind: Gateway
metadata: {name: agents, namespace: platform}
spec:
  roleArn: arn:aws:iam::111122223333:role/AgentCoreGatewayRole
  protocolType: MCP
  authorizerType: AWS_IAM
";

/// The names below this one resolve inside the VPC only, as with a private hosted zone.
const PRIVATE_ZONE: &str = "internal.example.com";

/// How much faster than AWS the emulation is: what takes minutes takes seconds.
const SPEED: f64 = 100.0;

/// How often is looked at what is waited for.
const PAUSE: Duration = Duration::from_millis(100);

/// What a world is made of; the default suits the cards of most scenarios.
#[derive(Debug, Clone)]
pub struct WorldOptions {
    /// The namespaces by the names that manifests use, and their labels.
    pub namespaces: Vec<(String, BTreeMap<String, String>)>,
    /// The emulated AWS.
    pub aws: AwsOptions,
    /// What the operator is told besides its namespaces and its cluster's name. By default it looks more often than it would for people.
    pub operator_arguments: Vec<String>,
    /// Environment variables for the operator.
    pub operator_environment: BTreeMap<String, String>,
    /// Whether its rights hold in the whole cluster, as people install it by default, or in the namespaces that it watches only.
    pub rights_everywhere: bool,
}

impl Default for WorldOptions {
    fn default() -> WorldOptions {
        let permitted = || BTreeMap::from([("agentcore".to_owned(), "yes".to_owned())]);
        WorldOptions {
            namespaces: vec![
                ("platform".to_owned(), permitted()),
                ("mcp-server".to_owned(), permitted()),
                ("rest-api".to_owned(), permitted()),
                ("sandbox".to_owned(), BTreeMap::new()),
            ],
            aws: AwsOptions { speed: SPEED, ..AwsOptions::default() },
            operator_arguments: ["--retry-floor=200ms", "--retry-cap=2s", "--drift-interval=2s"]
                .map(str::to_owned)
                .to_vec(),
            operator_environment: BTreeMap::new(),
            rights_everywhere: false,
        }
    }
}

impl WorldOptions {
    /// The same with a namespace more, which has no labels: targets of other teams do not come from there.
    #[must_use]
    pub fn with_namespace(mut self, name: &str) -> WorldOptions {
        self.namespaces.push((name.to_owned(), BTreeMap::new()));
        self
    }
}

/// One test's world.
///
/// Worlds share one control plane and do not see each other: namespaces really are called `<world>-<name>`, but
/// wherever a namespace is named here, in manifests as well, the short name is enough.
pub struct World {
    /// The control plane: that which the worlds of this process share, unless this one stands alone.
    pub control_plane: &'static ControlPlane,
    /// This world's AWS.
    pub aws: Aws,
    /// This world's operator. It is a user of its own to the API server and a caller of its own to AWS, with the rights that people
    /// install and no others.
    pub operator: Operator,
    objects: Objects,
    name: String,
    namespaces: Namespaces,
}

impl World {
    /// Starts a world with the operator at `binary` and waits until it is ready. `name` is unique among the worlds of a process.
    pub async fn start(binary: impl AsRef<Path>, name: &str) -> anyhow::Result<World> {
        World::start_with(binary, name, WorldOptions::default()).await
    }

    /// As [`World::start`], made to measure.
    pub async fn start_with(binary: impl AsRef<Path>, name: &str, options: WorldOptions) -> anyhow::Result<World> {
        let aws = Aws::start(options.aws.clone()).await?;
        World::start_in(aws, binary, name, options).await
    }

    /// As [`World::start_with`], in an AWS that is there already: that of another world, for two clusters in one account.
    pub async fn start_in(
        aws: Aws,
        binary: impl AsRef<Path>,
        name: &str,
        options: WorldOptions,
    ) -> anyhow::Result<World> {
        let control_plane = ControlPlane::shared().await?;
        let objects = Objects::new(control_plane.client().await?);
        install_crds(&objects).await?;
        World::start_at(control_plane, objects, aws, binary.as_ref(), name, options).await
    }

    /// As [`World::start_with`], on a control plane of its own: for what changes a cluster for everybody, such as the definitions of
    /// Gateway API. It ends with the process.
    pub async fn start_alone(binary: impl AsRef<Path>, name: &str, options: WorldOptions) -> anyhow::Result<World> {
        let control_plane = Box::leak(Box::new(ControlPlane::start(ControlPlaneOptions::default()).await?));
        let objects = Objects::new(control_plane.client().await?);
        apply_crds(&objects).await?;
        let aws = Aws::start(options.aws.clone()).await?;
        World::start_at(control_plane, objects, aws, binary.as_ref(), name, options).await
    }

    async fn start_at(
        control_plane: &'static ControlPlane,
        objects: Objects,
        aws: Aws,
        binary: &Path,
        name: &str,
        options: WorldOptions,
    ) -> anyhow::Result<World> {
        for (short, labels) in &options.namespaces {
            let metadata = json!({"name": format!("{name}-{short}"), "labels": labels});
            objects.apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})).await?;
        }
        aws.register_private_zone(PRIVATE_ZONE);
        let namespaces = Namespaces::new(name, options.namespaces.into_iter().map(|(short, _)| short));
        let watched = namespaces.real();
        let mut environment = options.operator_environment;
        // Worlds share a cluster and must not compete for one lease.
        if let Some(first) = watched.first() {
            environment.entry("AGENTCORE_LEASE_NAMESPACE".to_owned()).or_insert_with(|| first.clone());
        }
        // The authorities that this machine trusts are none of a test's business.
        let trusted = Authority::shared()?.certificate_file().display().to_string();
        environment.entry("SSL_CERT_FILE".to_owned()).or_insert(trusted);
        let own_namespace = environment.get("AGENTCORE_LEASE_NAMESPACE").map_or("default", String::as_str).to_owned();
        let granted = if options.rights_everywhere { &[][..] } else { &watched[..] };
        let newcomer = Newcomer { name, cluster: name, namespaces: granted, own_namespace: &own_namespace };
        let identity = newcomer.introduce(control_plane, &objects, &aws).await?;
        environment.extend(identity.environment);
        let mut arguments = vec![format!("--watch-namespaces={}", watched.join(",")), format!("--cluster-name={name}")];
        arguments.extend(options.operator_arguments);
        let mut operator = Operator::start(OperatorOptions {
            binary: binary.to_owned(),
            kubeconfig: identity.kubeconfig,
            aws_endpoint: aws.endpoint(),
            log: control_plane.directory().join(format!("operator-{name}.log")),
            arguments,
            environment,
        })?;
        operator.wait_until_ready().await?;
        Ok(World { control_plane, aws, operator, objects, name: name.to_owned(), namespaces })
    }

    /// The real name of a namespace.
    #[must_use]
    pub fn namespace(&self, short: &str) -> String {
        self.namespaces.lengthen(short)
    }

    /// Leaves the operator, of the rights in AWS that people install, what `change` leaves; all of them again when it changes nothing.
    pub fn grant(&self, change: impl FnOnce(Policies) -> Policies) -> anyhow::Result<()> {
        identity::grant(&self.aws, &self.name, &self.name, change)
    }

    /// The objects of the cluster, by the real names of namespaces.
    #[must_use]
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    /// A workload of this world, which need not exist yet.
    #[must_use]
    pub fn workload(&self, kind: WorkloadKind, namespace: &str, name: &str) -> Workload {
        Workload::new(&self.objects, kind, &self.namespace(namespace), name)
    }

    /// Says what load balancers serve a Service or an Ingress; see [`LoadBalancerController::provision`].
    pub async fn provision(
        &self,
        controller: &LoadBalancerController,
        (kind, namespace, name): (&str, &str, &str),
        dns_names: &[&str],
    ) -> anyhow::Result<Value> {
        controller.provision(kind, &self.namespace(namespace), name, dns_names).await
    }

    /// Puts a server behind a load balancer: requests for the host and the path of `url`, and all below, go there, and this
    /// world's AWS finds the server through the load balancer as well.
    pub fn publish(&self, balancer: &LoadBalancer, url: &str, server: SocketAddr) -> anyhow::Result<()> {
        let parsed = reqwest::Url::parse(url).with_context(|| format!("{url} is not a URL"))?;
        balancer.route(parsed.host_str().with_context(|| format!("{url} has no host"))?, parsed.path(), server);
        self.aws.register_endpoint(url, &balancer.plain_url(parsed.path()));
        Ok(())
    }

    /// Starts an MCP server that this world's AWS finds at `url`.
    pub async fn mcp_server(&self, url: &str, personality: Personality) -> anyhow::Result<McpServer> {
        let server = McpServer::start(personality).await?;
        self.aws.register_endpoint(url, &server.url());
        Ok(server)
    }

    /// Applies every document of a manifest, in order, and answers what the server made of each.
    pub async fn apply(&self, yaml: &str) -> anyhow::Result<Vec<Value>> {
        let mut applied = Vec::new();
        for object in parse(yaml)? {
            applied.push(self.apply_object(object).await?);
        }
        Ok(applied)
    }

    /// Applies one object, as [`World::apply`] does.
    pub async fn apply_object(&self, object: Value) -> anyhow::Result<Value> {
        let mut object = object;
        self.namespaces.lengthen_in(&mut object);
        self.objects.apply(&object).await
    }

    /// Applies a manifest of which the API server must refuse a document, and answers with the server's reason.
    pub async fn apply_refused(&self, yaml: &str) -> anyhow::Result<String> {
        match self.apply(yaml).await {
            Err(refusal) => Ok(format!("{refusal:#}")),
            Ok(applied) => anyhow::bail!("the API server took what it had to refuse: {applied:#?}"),
        }
    }

    /// Merges a patch into an object, as `kubectl patch --type merge` does.
    pub async fn merge(&self, kind: &str, namespace: &str, name: &str, patch: Value) -> anyhow::Result<Value> {
        let mut patch = patch;
        self.namespaces.lengthen_in(&mut patch);
        self.objects.merge(kind, &self.namespace(namespace), name, &patch).await
    }

    /// Merges a patch into an object's status, as `kubectl patch --subresource status --type merge` does.
    pub async fn merge_status(&self, kind: &str, namespace: &str, name: &str, patch: Value) -> anyhow::Result<Value> {
        let mut patch = patch;
        self.namespaces.lengthen_in(&mut patch);
        self.objects.merge_status(kind, &self.namespace(namespace), name, &patch).await
    }

    /// Reads an object that exists. For the ways to write a kind see [`Objects`].
    pub async fn get(&self, kind: &str, namespace: &str, name: &str) -> anyhow::Result<Value> {
        let found = self.find(kind, namespace, name).await?;
        found.with_context(|| format!("there is no {kind} {namespace}/{name}"))
    }

    /// Reads an object; nothing when it does not exist.
    pub async fn find(&self, kind: &str, namespace: &str, name: &str) -> anyhow::Result<Option<Value>> {
        self.objects.find(kind, &self.namespace(namespace), name).await
    }

    /// Reads all objects of a kind in a namespace.
    pub async fn list(&self, kind: &str, namespace: &str) -> anyhow::Result<Vec<Value>> {
        self.objects.list(kind, &self.namespace(namespace)).await
    }

    /// One condition of an object; nothing when the object or the condition does not exist.
    pub async fn condition(&self, kind: &str, namespace: &str, name: &str, of: &str) -> anyhow::Result<Option<Value>> {
        let found = self.find(kind, namespace, name).await?;
        Ok(found.and_then(|object| condition(&object, of).cloned()))
    }

    /// Waits until an object is Ready at its newest generation, and answers with it.
    pub async fn ready(&self, kind: &str, namespace: &str, name: &str) -> anyhow::Result<Value> {
        let look = async || self.find(kind, namespace, name).await.ok().flatten().filter(is_ready);
        self.wait_for(&format!("{kind} {namespace}/{name} is Ready"), PATIENCE, look).await
    }

    /// Waits until a condition has this status and reason, for example `("Accepted", "False", "NamespaceNotAllowed")`, and answers with the object.
    pub async fn has(
        &self,
        kind: &str,
        namespace: &str,
        name: &str,
        (of, status, reason): (&str, &str, &str),
    ) -> anyhow::Result<Value> {
        let look = async || {
            self.find(kind, namespace, name).await.ok().flatten().filter(|object| {
                condition(object, of).is_some_and(|found| found["status"] == status && found["reason"] == reason)
            })
        };
        self.wait_for(&format!("{kind} {namespace}/{name} has {of}={status}/{reason}"), PATIENCE, look).await
    }

    /// Asks for an object's deletion and does not wait; an object that does not exist is fine.
    pub async fn delete(&self, kind: &str, namespace: &str, name: &str) -> anyhow::Result<()> {
        self.objects.delete(kind, &self.namespace(namespace), name).await
    }

    /// Waits until an object does not exist.
    pub async fn gone(&self, kind: &str, namespace: &str, name: &str) -> anyhow::Result<()> {
        let look = async || self.find(kind, namespace, name).await.ok().filter(Option::is_none).map(drop);
        self.wait_for(&format!("{kind} {namespace}/{name} is gone"), PATIENCE, look).await
    }

    /// Looks until there is something to be seen. When `bound` is over, the error tells the state of every object,
    /// what the operator said last and what AWS was asked last.
    pub async fn wait_for<T>(
        &self,
        what: &str,
        bound: Duration,
        mut look: impl AsyncFnMut() -> Option<T>,
    ) -> anyhow::Result<T> {
        let deadline = Instant::now() + bound;
        loop {
            if let Some(seen) = look().await {
                return Ok(seen);
            }
            if Instant::now() >= deadline {
                anyhow::bail!("not within {bound:?}: {what}\n{}", self.report().await);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Where the repository keeps its generated CRDs.
#[must_use]
pub fn crd_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crds")
}

/// Applies the repository's CRDs, once for the control plane that a process shares, and waits until they serve.
async fn install_crds(objects: &Objects) -> anyhow::Result<()> {
    static INSTALLED: tokio::sync::OnceCell<()> = tokio::sync::OnceCell::const_new();
    INSTALLED.get_or_try_init(|| apply_crds(objects)).await.copied()
}

async fn apply_crds(objects: &Objects) -> anyhow::Result<()> {
    let directory = crd_directory();
    let files = std::fs::read_dir(&directory).with_context(|| format!("no CRDs in {}", directory.display()))?;
    let mut names = Vec::new();
    for file in files {
        let path = file?.path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        for crd in parse(&std::fs::read_to_string(&path)?)? {
            names.extend(crd["metadata"]["name"].as_str().map(str::to_owned));
            objects.apply(&crd).await?;
        }
    }
    let deadline = Instant::now() + PATIENCE;
    for name in names {
        while !is_established(objects, &name).await? {
            anyhow::ensure!(Instant::now() < deadline, "the CRD {name} is not served after {PATIENCE:?}");
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}

async fn is_established(objects: &Objects, name: &str) -> anyhow::Result<bool> {
    let crd = objects.find("apiextensions.k8s.io/v1/CustomResourceDefinition", "", name).await?.unwrap_or_default();
    Ok(condition(&crd, "Established").is_some_and(|established| established["status"] == "True"))
}
