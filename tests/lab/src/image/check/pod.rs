//! The image's program at work: in a directory that holds what the image holds and nothing else, as whom the image says, with what a
//! kubelet would put beside it. So it shows when it needs anything of the system it was built on.
//!
//! That takes root's rights and the platform's own processor. Without the former the program runs outside of its directory, without the
//! latter in QEMU, and without that not at all; each is said.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use kube::config::Kubeconfig;
use tempfile::TempDir;

use super::super::layer::{AUTHORITIES, PROGRAM};
use super::super::layout::USER;
use super::super::platform::Platform;
use super::super::registry::Crane;
use super::super::{Variant, output};
use super::{holds, skipped};
use crate::aws::{Aws, AwsOptions};
use crate::control_plane::ControlPlane;
use crate::load_balancer::{Authority, LoadBalancer};
use crate::world::{GATEWAY, World, WorldOptions};

/// Where a pod finds who it is.
const SERVICE_ACCOUNT: &str = "var/run/secrets/kubernetes.io/serviceaccount";

/// Where the service account of the pod is.
const NAMESPACE: &str = "image";

/// How long the operator may take to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// The verbs that need no cluster: it says its version, and its custom resource definitions are those of the repository.
pub(super) fn speaks(variant: &Variant, crane: &Crane, reference: &str) -> anyhow::Result<()> {
    let platform = variant.platform.name();
    let Some(pod) = Pod::unpack(variant.platform, crane, reference)? else {
        skipped(&format!(
            "{platform}: the program was not run. Install QEMU for it (Debian: apt-get install qemu-user)"
        ));
        return Ok(());
    };
    let version = output(&mut pod.command(&["--version"]))?;
    let version = String::from_utf8_lossy(&version).trim().to_owned();
    anyhow::ensure!(version.ends_with(env!("CARGO_PKG_VERSION")), "{platform}: --version says {version}");
    let directory = crate::world::crd_directory();
    let printed = String::from_utf8(output(&mut pod.command(&["crds"]))?)?;
    let mut kinds = 0;
    for file in std::fs::read_dir(&directory)? {
        let path = file?.path();
        let text = std::fs::read_to_string(&path)?;
        anyhow::ensure!(printed.contains(text.trim()), "{platform}: crds does not print {}", path.display());
        kinds += 1;
    }
    anyhow::ensure!(kinds > 0, "there are no definitions in {}", directory.display());
    holds(&format!("{platform}: {version} prints {kinds} custom resource definitions ({})", pod.way));
    Ok(())
}

/// The operator runs: it reaches the cluster as a pod does and AWS over TLS, makes a gateway, and ends when it is asked to.
pub(super) async fn works(variant: &Variant, crane: &Crane, reference: &str) -> anyhow::Result<()> {
    let platform = variant.platform;
    // That it could not be run has been said.
    let Some(pod) = Pod::unpack(platform, crane, reference)? else { return Ok(()) };
    let control_plane = ControlPlane::shared().await?;
    let aws = Aws::start(AwsOptions { speed: 100.0, ..AwsOptions::default() }).await?;
    // In front of AWS stands a certificate that only the file of authorities makes one to be trusted.
    let authority = Authority::create()?;
    let front = LoadBalancer::start(authority.issue(&["127.0.0.1"])?).await?;
    front.route("127.0.0.1", "/", aws.endpoint().trim_start_matches("http://").parse()?);
    pod.trust(&authority)?;
    let endpoint = format!("https://{}", front.address());
    let mut options = WorldOptions::default();
    options.operator_environment.insert("AWS_ENDPOINT_URL".to_owned(), endpoint);
    pod.prepare(control_plane, &mut options).await?;
    let name = format!("image-{}", platform.architecture());
    let mut world = World::start_in(aws, pod.script()?, &name, options).await?;
    world.apply(GATEWAY).await?;
    world.ready("Gateway", "platform", "agents").await?;
    anyhow::ensure!(!front.traffic().requests.is_empty(), "the operator reached AWS on another way than over TLS");
    let status = world.operator.terminate(PATIENCE).await?;
    anyhow::ensure!(status.success(), "the operator ended with {status}:\n{}", world.operator.log_tail(20));
    holds(&format!(
        "{}: the operator makes a gateway, AWS behind TLS, and stops when asked ({})",
        platform.name(),
        pod.way
    ));
    Ok(())
}

/// The image's files, unpacked, and how its program is run here.
struct Pod {
    directory: TempDir,
    way: Way,
}

/// How a program of the image is run.
#[derive(Debug, Clone)]
enum Way {
    /// With the image's files as its only ones, as the user it has in a pod.
    Alone,
    /// Beside everything that this machine has.
    Beside,
    /// As before, by this emulator.
    Emulated(PathBuf),
}

impl std::fmt::Display for Way {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Way::Alone => write!(formatter, "as {USER}, with the image's files alone"),
            Way::Beside => write!(formatter, "with this machine's files beside: only root can take them away"),
            Way::Emulated(_) => write!(formatter, "in QEMU"),
        }
    }
}

impl Way {
    fn of(platform: Platform) -> Option<Way> {
        if !platform.is_native() {
            return emulator(platform).map(Way::Emulated);
        }
        Some(if rustix::process::geteuid().is_root() { Way::Alone } else { Way::Beside })
    }
}

impl Pod {
    /// Unpacks the image; nothing when there is no way to run its program.
    fn unpack(platform: Platform, crane: &Crane, reference: &str) -> anyhow::Result<Option<Pod>> {
        let Some(way) = Way::of(platform) else { return Ok(None) };
        let directory = tempfile::Builder::new().prefix("agentcore-lab-image-").tempdir()?;
        let pod = Pod { directory, way };
        let archive = pod.directory.path().join("image.tar");
        crane.export(reference, platform.name(), &archive)?;
        tar::Archive::new(std::fs::File::open(&archive)?).unpack(pod.root())?;
        // Directories for temporary files are their owner's alone, and the program runs as somebody else.
        for path in [pod.directory.path(), &pod.root()] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
        }
        Ok(Some(pod))
    }

    fn root(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    /// The program with these arguments, without any environment.
    fn command(&self, arguments: &[&str]) -> Command {
        let line = self.line();
        let (program, start) = line.split_first().map_or(("", [].as_slice()), |(first, rest)| (first.as_str(), rest));
        let mut command = Command::new(program);
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).args(start).args(arguments);
        command
    }

    /// What starts the program.
    fn line(&self) -> Vec<String> {
        let (root, program) = (self.root(), self.root().join(PROGRAM));
        let (root, program) = (root.display().to_string(), program.display().to_string());
        match &self.way {
            Way::Alone => ["chroot", &format!("--userspec={USER}"), "--groups=65532", &root, &format!("/{PROGRAM}")]
                .map(str::to_owned)
                .to_vec(),
            Way::Beside => vec![program],
            Way::Emulated(emulator) => vec![emulator.display().to_string(), program],
        }
    }

    /// A program that starts the image's: the lab's operator is one.
    fn script(&self) -> anyhow::Result<PathBuf> {
        let mut text = "#!/bin/sh\n".to_owned();
        if let Way::Alone = self.way {
            // Neither is there in a pod.
            text.push_str("unset KUBECONFIG SSL_CERT_FILE\n");
        }
        text.push_str("exec");
        for word in self.line() {
            write!(text, " '{}'", word.replace('\'', "'\\''"))?;
        }
        text.push_str(" \"$@\"\n");
        let script = self.directory.path().join("operator");
        std::fs::write(&script, text)?;
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755))?;
        Ok(script)
    }

    /// Adds an authority to those of the image.
    fn trust(&self, authority: &Authority) -> anyhow::Result<()> {
        let file = self.root().join(AUTHORITIES);
        let mut all = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        all.extend(std::fs::read(authority.certificate_file())?);
        Ok(std::fs::write(&file, all)?)
    }

    /// Puts beside the program what a kubelet does, or says where the same is.
    async fn prepare(&self, control_plane: &ControlPlane, options: &mut WorldOptions) -> anyhow::Result<()> {
        let mut set = |name: &str, value: String| options.operator_environment.insert(name.to_owned(), value);
        let Way::Alone = self.way else {
            // Its kubeconfig is the lab's.
            set("SSL_CERT_FILE", self.root().join(AUTHORITIES).display().to_string());
            return Ok(());
        };
        let token = service_account(control_plane).await?;
        let kubeconfig = Kubeconfig::read_from(control_plane.kubeconfig())?;
        let cluster = kubeconfig.clusters.into_iter().find_map(|named| named.cluster).context("no cluster")?;
        let authority = cluster.certificate_authority.context("the cluster's certificate is signed by nobody")?;
        let server: axum::http::Uri = cluster.server.context("the cluster has no address")?.parse()?;
        set("KUBERNETES_SERVICE_HOST", server.host().context("the cluster has no host")?.to_owned());
        set("KUBERNETES_SERVICE_PORT", server.port_u16().context("the cluster has no port")?.to_string());
        let directory = self.root().join(SERVICE_ACCOUNT);
        std::fs::create_dir_all(&directory)?;
        for (name, content) in [
            ("token", token.into_bytes()),
            ("ca.crt", std::fs::read(authority)?),
            ("namespace", NAMESPACE.as_bytes().to_vec()),
        ] {
            std::fs::write(directory.join(name), content)?;
        }
        Ok(())
    }
}

/// A service account's token. What the account may do is no business of the image: it may do everything.
async fn service_account(control_plane: &ControlPlane) -> anyhow::Result<String> {
    let binding = ["create", "clusterrolebinding", "image-operator", "--clusterrole=cluster-admin"];
    kubectl(control_plane, &["create", "namespace", NAMESPACE]).await?;
    kubectl(control_plane, &["create", "serviceaccount", "operator", "--namespace", NAMESPACE]).await?;
    kubectl(control_plane, &[binding.as_slice(), &["--serviceaccount=image:operator"]].concat()).await?;
    kubectl(control_plane, &["create", "token", "operator", "--namespace", NAMESPACE]).await
}

async fn kubectl(control_plane: &ControlPlane, arguments: &[&str]) -> anyhow::Result<String> {
    let answer = control_plane.kubectl().args(arguments).output().await?;
    anyhow::ensure!(
        answer.status.success(),
        "kubectl {} failed: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&answer.stderr)
    );
    Ok(String::from_utf8(answer.stdout)?.trim().to_owned())
}

/// Where an emulator for a platform is on this machine.
fn emulator(platform: Platform) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let directories: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let found = |name: &str| directories.iter().map(|directory| directory.join(name)).find(|file| file.is_file());
    platform.emulators().into_iter().find_map(found)
}
