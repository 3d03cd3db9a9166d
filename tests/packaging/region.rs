//! An operator that nobody told a region.

use std::{
    net::TcpListener,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use lab::{control_plane::ControlPlane, objects::Objects, ports::free_port};

use crate::busy::OPERATOR;

/// Longer than a start takes that has nothing to wait for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The lease that it must not take.
const LEASE: &str = "without-a-region";

#[tokio::test]
async fn without_a_region_it_ends_at_once_and_says_who_must_act() -> anyhow::Result<()> {
    let control_plane = ControlPlane::shared().await?;
    let metadata = TcpListener::bind("127.0.0.1:0")?;
    metadata.set_nonblocking(true)?;
    let empty = [("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "")];
    for variables in [&[][..], &empty] {
        let mut command = operator(control_plane.kubeconfig())?;
        command.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{}", metadata.local_addr()?));
        command.envs(variables.iter().copied());
        let ended = tokio::task::spawn_blocking(move || ended(command)).await??;
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{said}");
        let last = said.lines().last().unwrap_or_default();
        for word in ["no AWS region is set", "AWS_REGION", "aws.region"] {
            assert!(last.contains(word), "no {word} in its last words: {last}");
        }
        assert!(!said.contains("caches are in sync"), "{said}");
        let asked = metadata.accept();
        assert!(asked.is_err(), "the node was asked for its region: {asked:?}");
    }
    let leases = Objects::new(control_plane.client().await?);
    let lease = leases.find("coordination.k8s.io/v1/Lease", "default", LEASE).await?;
    assert!(lease.is_none(), "it took the lease: {lease:?}");
    Ok(())
}

#[test]
fn the_second_variable_counts_where_the_first_is_empty() -> anyhow::Result<()> {
    let mut command = operator(Path::new("/nowhere"))?;
    command.envs([("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "eu-west-1")]);
    let said = String::from_utf8(ended(command)?.stderr)?;
    assert!(said.contains("no usable Kubernetes configuration") && !said.contains("no AWS region"), "{said}");
    Ok(())
}

#[test]
fn a_profile_may_say_the_region_on_a_persons_machine() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let (profiles, nowhere) = (directory.path().join("config"), directory.path().join("kubeconfig"));
    std::fs::write(&profiles, "[profile work]\nregion = eu-west-1\n")?;
    let mut command = operator(&nowhere)?;
    command.env("AWS_CONFIG_FILE", profiles).env("AWS_PROFILE", "work");
    let said = String::from_utf8(ended(command)?.stderr)?;
    assert!(said.contains("no usable Kubernetes configuration") && !said.contains("no AWS region"), "{said}");
    Ok(())
}

/// An operator whose surroundings say nothing of AWS but who it is.
fn operator(kubeconfig: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(OPERATOR);
    command
        .env_clear()
        .env("KUBECONFIG", kubeconfig)
        .envs([("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "not-a-secret")])
        .envs(["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"].map(|name| (name, "/dev/null")))
        .args([format!("--health-bind-address=127.0.0.1:{}", free_port()?), "--metrics-bind-address=0".to_owned()])
        .args(["--lease-namespace=default".to_owned(), format!("--lease-name={LEASE}")])
        .stderr(Stdio::piped());
    Ok(command)
}

/// What it said until it ended, which it does by itself.
fn ended(mut command: Command) -> anyhow::Result<Output> {
    let mut process = command.spawn()?;
    let deadline = Instant::now() + PATIENCE;
    while process.try_wait()?.is_none() {
        if Instant::now() >= deadline {
            process.kill()?;
            let said = process.wait_with_output()?.stderr;
            anyhow::bail!("it goes on without a region:\n{}", String::from_utf8_lossy(&said));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(process.wait_with_output()?)
}
