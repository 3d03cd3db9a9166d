//! A real Kubernetes control plane on this machine: etcd, kube-apiserver and kube-controller-manager, without nodes.
//!
//! Started as envtest starts one, with RBAC on and with an audit log from which tests count what was written. Objects
//! are validated, defaulted, finalized and garbage-collected as anywhere; pods do not run. It ends with its owner,
//! however that ends, and leaves nothing behind.

mod audit;
mod binaries;
mod certificates;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use kube::api::PostParams;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::ports::free_port;
use crate::process::{Process, Watchdog};
use crate::usage;
use audit::{AuditLog, Following};
use certificates::Authority;

pub use audit::AuditEvent;
pub use binaries::Binaries;

/// Longer than a cold start on a busy machine takes.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often a start is tried when another process took a port between our choice and our use of it.
const ATTEMPTS: usize = 3;

/// What a control plane is started with.
#[derive(Debug, Clone)]
pub struct ControlPlaneOptions {
    /// The controllers that kube-controller-manager runs. The default ones delete namespaces, collect garbage, make
    /// the service accounts and aggregate cluster roles.
    pub controllers: Vec<String>,
    /// More arguments of kube-apiserver, after ours.
    pub api_server_arguments: Vec<String>,
}

impl Default for ControlPlaneOptions {
    fn default() -> ControlPlaneOptions {
        let controllers = [
            "namespace-controller",
            "garbage-collector-controller",
            "serviceaccount-controller",
            "clusterrole-aggregation-controller",
        ];
        ControlPlaneOptions { controllers: controllers.map(str::to_owned).to_vec(), api_server_arguments: Vec::new() }
    }
}

/// A running control plane.
pub struct ControlPlane {
    /// The last started is ended first.
    processes: Mutex<Vec<Process>>,
    authority: Authority,
    audit: AuditLog,
    /// Records what operators use, when a record is kept.
    following: Option<Following>,
    server: String,
    kubeconfig: PathBuf,
    binaries: Binaries,
    directory: TempDir,
    _watchdog: Watchdog,
}

impl ControlPlane {
    /// Starts a control plane of one's own and waits until it serves. Builds the binaries when there are none yet.
    pub async fn start(options: ControlPlaneOptions) -> anyhow::Result<ControlPlane> {
        let binaries = tokio::task::spawn_blocking(Binaries::ensure).await??;
        let mut attempt = 1;
        loop {
            let control_plane = ControlPlane::launch(binaries.clone(), &options)?;
            match control_plane.wait_until_ready(&options).await {
                Ok(()) => return Ok(control_plane),
                Err(error) if attempt < ATTEMPTS && format!("{error:#}").contains("address already in use") => {
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The control plane that everything in this process shares: started by who asks first, ended with the process.
    pub async fn shared() -> anyhow::Result<&'static ControlPlane> {
        // Statics are never dropped: the watchdogs end the processes and remove the directory.
        static SHARED: OnceCell<ControlPlane> = OnceCell::const_new();
        SHARED.get_or_try_init(|| ControlPlane::start(ControlPlaneOptions::default())).await
    }

    /// The administrator's kubeconfig.
    #[must_use]
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// A kubeconfig for another user, who is a member of `group`; what it may do is up to RBAC and the group.
    pub fn kubeconfig_for(&self, user: &str, group: Option<&str>) -> anyhow::Result<PathBuf> {
        let file_name: String = user.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let signed = self.authority.sign_client(&format!("client-{file_name}"), user, group)?;
        let credentials = json!({"client-certificate": signed.certificate, "client-key": signed.key});
        self.write_kubeconfig(&file_name, user, &credentials)
    }

    /// A kubeconfig with a token of a service account, as its pods have one: what it may do is up to RBAC. The token is good for a day.
    pub async fn kubeconfig_for_service_account(&self, namespace: &str, name: &str) -> anyhow::Result<PathBuf> {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client().await?, namespace);
        let spec = TokenRequestSpec { expiration_seconds: Some(24 * 60 * 60), ..TokenRequestSpec::default() };
        let request = TokenRequest { spec, ..TokenRequest::default() };
        let made = accounts.create_token_request(name, &PostParams::default(), &request).await;
        let made = made.with_context(|| format!("no token for service account {namespace}/{name}"))?;
        let token = made.status.context("the API server answered without a token")?.token;
        let user = format!("system:serviceaccount:{namespace}:{name}");
        self.write_kubeconfig(&format!("{namespace}-{name}"), &user, &json!({"token": token}))
    }

    fn write_kubeconfig(&self, file_name: &str, user: &str, credentials: &Value) -> anyhow::Result<PathBuf> {
        let kubeconfig = self.directory.path().join(format!("{file_name}.kubeconfig"));
        let content = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "lab",
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": user}}],
            "clusters": [{"name": "lab", "cluster": {
                "server": self.server, "certificate-authority": self.authority.certificate(),
            }}],
            "users": [{"name": user, "user": credentials}],
        });
        std::fs::write(&kubeconfig, serde_json::to_vec_pretty(&content)?)?;
        Ok(kubeconfig)
    }

    /// A client with the administrator's rights. It belongs to the tokio runtime it is made in.
    pub async fn client(&self) -> anyhow::Result<Client> {
        let options = KubeConfigOptions::default();
        let config = Config::from_custom_kubeconfig(Kubeconfig::read_from(&self.kubeconfig)?, &options).await?;
        Ok(Client::try_from(config)?)
    }

    /// Where kubectl is.
    #[must_use]
    pub fn kubectl_path(&self) -> PathBuf {
        self.binaries.path("kubectl")
    }

    /// kubectl as the administrator, for arguments to be added.
    #[must_use]
    pub fn kubectl(&self) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(self.kubectl_path());
        command.env("KUBECONFIG", &self.kubeconfig).env("KUBECACHEDIR", self.directory.path().join("kubectl"));
        command.kill_on_drop(true);
        command
    }

    /// Every request that was answered, in order; the control plane's own components are left out.
    #[must_use]
    pub fn audit(&self) -> Vec<AuditEvent> {
        self.audit.since(0)
    }

    /// How many requests there have been: what [`ControlPlane::audit_since`] takes.
    #[must_use]
    pub fn audit_mark(&self) -> usize {
        self.audit.len()
    }

    /// The requests answered since the mark was taken.
    #[must_use]
    pub fn audit_since(&self, mark: usize) -> Vec<AuditEvent> {
        self.audit.since(mark)
    }

    /// The directory that holds everything of this control plane, and is removed with it.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Starts etcd and kube-apiserver, and does not wait for them.
    fn launch(binaries: Binaries, options: &ControlPlaneOptions) -> anyhow::Result<ControlPlane> {
        let directory = tempfile::Builder::new().prefix("agentcore-lab-").tempdir()?;
        let watchdog = Watchdog::over_directory(directory.path())?;
        let authority = Authority::create(directory.path())?;
        let ports = Ports::choose()?;
        let mut control_plane = ControlPlane {
            processes: Mutex::default(),
            audit: AuditLog::new(&directory.path().join("audit.log")),
            following: None,
            server: format!("https://127.0.0.1:{}", ports.api_server),
            kubeconfig: PathBuf::new(),
            authority,
            binaries,
            directory,
            _watchdog: watchdog,
        };
        control_plane.kubeconfig = control_plane.kubeconfig_for("lab-admin", Some("system:masters"))?;
        control_plane.spawn("etcd", control_plane.etcd_arguments(&ports))?;
        let mut arguments = control_plane.api_server_arguments(&ports)?;
        arguments.extend(options.api_server_arguments.iter().cloned());
        control_plane.spawn("kube-apiserver", arguments)?;
        if usage::is_kept() {
            let log = control_plane.directory.path().join("audit.log");
            control_plane.following = Some(Following::begin(&log, usage::record_asked)?);
        }
        Ok(control_plane)
    }

    async fn wait_until_ready(&self, options: &ControlPlaneOptions) -> anyhow::Result<()> {
        let client = self.client().await?;
        let namespaces: Api<Namespace> = Api::all(client.clone());
        let deadline = Instant::now() + PATIENCE;
        loop {
            for process in self.processes.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
                process.check_running()?;
            }
            // kube-system comes a moment after readiness; its uid is the cluster's identity.
            if is_ready(&client).await && namespaces.get_opt("kube-system").await.is_ok_and(|found| found.is_some()) {
                return self.start_controllers(options);
            }
            anyhow::ensure!(Instant::now() < deadline, "the control plane is not ready after {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Only now: kube-controller-manager gives up on a server that is not there.
    fn start_controllers(&self, options: &ControlPlaneOptions) -> anyhow::Result<()> {
        let kubeconfig = self.kubeconfig_for("system:kube-controller-manager", Some("system:masters"))?;
        let arguments = vec![
            flag("kubeconfig", kubeconfig.display()),
            flag("controllers", options.controllers.join(",")),
            flag("leader-elect", false),
            flag("secure-port", 0),
            flag("kube-api-qps", 200),
            flag("kube-api-burst", 400),
        ];
        self.spawn("kube-controller-manager", arguments)
    }

    fn spawn(&self, name: &str, arguments: Vec<String>) -> anyhow::Result<()> {
        let mut command = Command::new(self.binaries.path(name));
        command.args(arguments).current_dir(self.directory.path());
        let process = Process::start(name, command, &self.directory.path().join(format!("{name}.log")))?;
        self.processes.lock().unwrap_or_else(PoisonError::into_inner).push(process);
        Ok(())
    }

    fn etcd_arguments(&self, ports: &Ports) -> Vec<String> {
        let client_url = format!("http://127.0.0.1:{}", ports.etcd);
        vec![
            flag("data-dir", self.directory.path().join("etcd").display()),
            flag("listen-client-urls", &client_url),
            flag("advertise-client-urls", &client_url),
            flag("listen-peer-urls", "http://127.0.0.1:0"),
            flag("unsafe-no-fsync", true),
            flag("log-level", "warn"),
        ]
    }

    fn api_server_arguments(&self, ports: &Ports) -> anyhow::Result<Vec<String>> {
        let in_directory = |name: &str| self.directory.path().join(name);
        let hosts =
            ["localhost", "127.0.0.1", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "10.0.0.1"];
        let serving = self.authority.sign_server("kube-apiserver", &hosts)?;
        let service_account = self.authority.service_account_keys()?;
        std::fs::write(in_directory("audit-policy.yaml"), audit::POLICY)?;
        Ok(vec![
            flag("etcd-servers", format_args!("http://127.0.0.1:{}", ports.etcd)),
            flag("bind-address", "127.0.0.1"),
            flag("advertise-address", "127.0.0.1"),
            flag("endpoint-reconciler-type", "none"),
            flag("secure-port", ports.api_server),
            flag("tls-cert-file", serving.certificate.display()),
            flag("tls-private-key-file", serving.key.display()),
            flag("client-ca-file", self.authority.certificate().display()),
            flag("authorization-mode", "RBAC"),
            flag("service-account-issuer", "https://kubernetes.default.svc"),
            flag("service-account-key-file", service_account.public.display()),
            flag("service-account-signing-key-file", service_account.private.display()),
            flag("service-cluster-ip-range", "10.0.0.0/24"),
            flag("allow-privileged", true),
            flag("audit-policy-file", in_directory("audit-policy.yaml").display()),
            flag("audit-log-path", in_directory("audit.log").display()),
            // One file however long the tests run: in megabytes.
            flag("audit-log-maxsize", 4096),
        ])
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        let processes = self.processes.get_mut().unwrap_or_else(PoisonError::into_inner);
        while let Some(process) = processes.pop() {
            drop(process);
        }
        self.following = None;
    }
}

async fn is_ready(client: &Client) -> bool {
    let Ok(request) = axum::http::Request::get("/readyz").body(Vec::new()) else { return false };
    client.request_text(request).await.is_ok()
}

struct Ports {
    etcd: u16,
    api_server: u16,
}

impl Ports {
    fn choose() -> anyhow::Result<Ports> {
        Ok(Ports { etcd: free_port()?, api_server: free_port()? })
    }
}

fn flag(name: &str, value: impl std::fmt::Display) -> String {
    format!("--{name}={value}")
}
