//! The control plane starts, serves, tells what it was asked, and leaves nothing behind.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, ServiceAccount};
use kube::api::{DeleteParams, ObjectMeta, PostParams};
use kube::{Api, ResourceExt};
use lab::control_plane::{ControlPlane, ControlPlaneOptions};

#[tokio::test]
async fn it_serves_and_tells_what_was_written() -> anyhow::Result<()> {
    let control_plane = ControlPlane::shared().await?;
    let client = control_plane.client().await?;
    let mark = control_plane.audit_mark();
    let config_map = ConfigMap {
        metadata: ObjectMeta { name: Some("written".to_owned()), ..ObjectMeta::default() },
        data: Some(BTreeMap::from([("key".to_owned(), "value".to_owned())])),
        ..ConfigMap::default()
    };
    Api::<ConfigMap>::namespaced(client, "default").create(&PostParams::default(), &config_map).await?;
    let written = until("the audit log has the write", async || {
        control_plane.audit_since(mark).into_iter().find(|event| event.is_write() && event.name == "written")
    })
    .await?;
    assert_eq!(
        (written.verb.as_str(), written.resource.as_str(), written.namespace.as_str()),
        ("create", "configmaps", "default")
    );
    assert_eq!((written.user.as_str(), written.code, written.stage.as_str()), ("lab-admin", 201, "ResponseComplete"));
    Ok(())
}

#[tokio::test]
async fn it_deletes_namespaces() -> anyhow::Result<()> {
    let client = ControlPlane::shared().await?.client().await?;
    let namespaces: Api<Namespace> = Api::all(client);
    let namespace = Namespace {
        metadata: ObjectMeta { name: Some("short-lived".to_owned()), ..ObjectMeta::default() },
        ..Namespace::default()
    };
    namespaces.create(&PostParams::default(), &namespace).await?;
    namespaces.delete(&namespace.name_any(), &DeleteParams::default()).await?;
    until("the namespace is gone", async || namespaces.get_opt("short-lived").await.ok().filter(Option::is_none))
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_service_account_is_who_its_token_says_and_may_what_it_is_granted() -> anyhow::Result<()> {
    let control_plane = ControlPlane::shared().await?;
    let client = control_plane.client().await?;
    let accounts: Api<ServiceAccount> = Api::namespaced(client, "default");
    let account = ServiceAccount {
        metadata: ObjectMeta { name: Some("robot".to_owned()), ..ObjectMeta::default() },
        ..ServiceAccount::default()
    };
    accounts.create(&PostParams::default(), &account).await?;
    let kubeconfig = control_plane.kubeconfig_for_service_account("default", "robot").await?;
    let say = async |arguments: &[&str]| {
        let output = control_plane.kubectl().args(arguments).env("KUBECONFIG", &kubeconfig).output().await?;
        anyhow::Ok((
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
        ))
    };
    let (known, who) = say(&["auth", "whoami"]).await?;
    assert!(known && who.contains("system:serviceaccount:default:robot"), "{who}");
    let (may, said) = say(&["get", "configmaps"]).await?;
    assert!(!may && said.contains("Forbidden"), "{said}");
    let grant = ["create", "rolebinding", "robot", "--clusterrole=view", "--serviceaccount=default:robot"];
    assert!(control_plane.kubectl().args(grant).output().await?.status.success());
    until("the grant holds", async || say(&["get", "configmaps"]).await.ok().filter(|(may, _)| *may)).await?;
    Ok(())
}

#[tokio::test]
async fn it_asks_rbac_before_anything_else() -> anyhow::Result<()> {
    let control_plane = ControlPlane::shared().await?;
    let kubeconfig = control_plane.kubeconfig_for("nobody", None)?;
    let mut kubectl = control_plane.kubectl();
    let output = kubectl.args(["get", "secrets", "--all-namespaces"]).env("KUBECONFIG", kubeconfig).output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("Forbidden") && said.contains("nobody"), "{said}");
    Ok(())
}

#[tokio::test]
async fn it_leaves_nothing_behind() -> anyhow::Result<()> {
    let control_plane = ControlPlane::start(ControlPlaneOptions::default()).await?;
    let directory = control_plane.directory().to_owned();
    let ours = directory.to_string_lossy().into_owned();
    assert_eq!(running(&ours)?, 3, "etcd, kube-apiserver and kube-controller-manager run");
    drop(control_plane);
    assert!(!directory.exists(), "{} is still there", directory.display());
    assert_eq!(running(&ours)?, 0);
    Ok(())
}

#[tokio::test]
async fn it_ends_when_its_owner_is_killed() -> anyhow::Result<()> {
    // Not to measure the build of the binaries.
    ControlPlane::shared().await?;
    let mut owner = Command::new(env!("CARGO_BIN_EXE_lab"))
        .arg("control-plane")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()?;
    let mut said = std::io::BufReader::new(owner.stdout.take().context("no output")?);
    let mut line = String::new();
    std::io::BufRead::read_line(&mut said, &mut line)?;
    let (_, kubeconfig) = line.trim().split_once('=').with_context(|| format!("it said {line:?}"))?;
    let directory = std::path::Path::new(kubeconfig).parent().context("no directory")?.to_owned();
    let ours = directory.to_string_lossy().into_owned();
    assert_eq!(running(&ours)?, 3);
    owner.kill()?;
    owner.wait()?;
    until("nothing of it is left", async || (running(&ours).ok()? == 0 && !directory.exists()).then_some(())).await
}

/// How many processes have this text among their arguments; shells that wait for our end are not counted.
fn running(text: &str) -> anyhow::Result<usize> {
    let output = Command::new("ps").args(["-eo", "args"]).output()?;
    let listing = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(listing.lines().filter(|line| line.contains(text) && !line.contains("watchdog")).count())
}

async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> anyhow::Result<T> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = look().await {
            return Ok(found);
        }
        anyhow::ensure!(Instant::now() < deadline, "not after 30 s: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
