//! The chart's way into a registry and out of it, as the pages tell.

use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use agentcore_gateway_operator::crds;
use lab::{objects::parse, ports::free_port, process::Process, tools::Tool};

use crate::helm::{Helm, repository};

/// A registry that serves until it is dropped, and its address.
fn registry(directory: &Path) -> anyhow::Result<(Process, String)> {
    let address = format!("127.0.0.1:{}", free_port()?);
    let mut command = Command::new(Tool::Crane.ensure()?);
    command.args(["registry", "serve", "--address", &address]);
    let mut process = Process::start("the registry", command, &directory.join("registry.log"))?;
    let deadline = Instant::now() + Duration::from_secs(30);
    while std::net::TcpStream::connect(&address).is_err() {
        process.check_running()?;
        anyhow::ensure!(Instant::now() < deadline, "the registry does not answer: {}", process.log_tail(10));
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok((process, address))
}

/// A program that does what a line of shell says.
fn program(directory: &Path, name: &str, line: &str) -> anyhow::Result<String> {
    let path = directory.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{line}\n"))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    Ok(path.display().to_string())
}

#[test]
fn make_chart_packages_and_pushes_what_is_installed() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    let (_serving, address) = registry(helm.directory())?;
    // What is built is there already: these tests were.
    let programs = helm.directory().join("programs");
    std::fs::create_dir(&programs)?;
    program(&programs, "cargo", "exit 0")?;
    let lab = program(&programs, "lab", &format!("echo {}", Tool::Helm.ensure()?.display()))?;
    let path = format!("{}:{}", programs.display(), std::env::var("PATH")?);
    let made = helm.directory().join("made");
    let output = Command::new("make")
        .current_dir(repository("."))
        .env("PATH", path)
        .envs(helm.command().get_envs().filter_map(|(name, value)| Some((name, value?))))
        .args(["--no-print-directory", "chart", &format!("LAB={lab}"), &format!("CHART={}", made.display())])
        .arg(format!("OPERATOR={}", env!("CARGO_BIN_EXE_agentcore-gateway-operator")))
        .arg(format!("PUSH=oci://{address}/charts"))
        .output()?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");

    // One file with all definitions, for those who apply them themselves.
    let definitions = parse(&std::fs::read_to_string(made.join("crds.yaml"))?)?;
    let ours: Vec<_> = crds::all().iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
    assert_eq!(definitions.len(), ours.len());
    for (made, ours) in definitions.iter().zip(&ours) {
        assert_eq!(made["metadata"]["name"], ours["metadata"]["name"]);
    }

    let version = env!("CARGO_PKG_VERSION");
    let chart = format!("oci://{address}/charts/agentcore-gateway-operator");
    let pulled = ["template", crate::helm::RELEASE, &chart, "--version", version, "--plain-http"];
    let pulled = helm.run(pulled.into_iter().chain(["--namespace", crate::helm::NAMESPACE]))?;
    assert!(parse(&pulled)? == helm.objects::<&str>([])?, "another chart is installed than the repository has");
    Ok(())
}
