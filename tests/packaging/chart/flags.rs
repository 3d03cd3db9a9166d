//! Every flag of the operator can be set by a value, and no variable is set that nobody reads.

use std::collections::BTreeSet;

use anyhow::Context;

use crate::{
    chart::{cases, environment},
    helm::Helm,
};

/// The variables that AWS's SDK, OpenTelemetry and HTTP clients read, and who the pod is.
const OF_OTHERS: [&str; 15] = [
    "AWS_EC2_METADATA_DISABLED",
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SERVICE_NAME",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "POD_NAME",
    "POD_NAMESPACE",
];

/// The variables that the program says it reads.
fn flags() -> anyhow::Result<BTreeSet<String>> {
    let program = env!("CARGO_BIN_EXE_agentcore-gateway-operator");
    let help = String::from_utf8(std::process::Command::new(program).arg("--help").output()?.stdout)?;
    let named = help.split("[env: ").skip(1).filter_map(|rest| rest.split(['=', ']']).next());
    let flags: BTreeSet<String> = named.map(str::to_owned).collect();
    anyhow::ensure!(flags.len() > 10, "the help does not name its variables: {help}");
    Ok(flags)
}

#[test]
fn every_flag_can_be_set_and_nothing_else_is() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    let mut set = BTreeSet::new();
    for case in cases()? {
        let objects = helm.objects(case.arguments())?;
        let variables = environment(&objects)?;
        let names: BTreeSet<String> = variables.iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(names.len(), variables.len(), "{}: a variable is said twice", case.name);
        set.extend(names);
    }
    // Brought by extraEnv of a case.
    assert!(set.remove("RUST_LOG"));
    let flags = flags()?;
    let known: BTreeSet<String> = flags.into_iter().chain(OF_OTHERS.map(str::to_owned)).collect();
    assert_eq!(set, known, "left: what the cases set; right: what is read");
    Ok(())
}

/// The defaults of the values are those of the flags, as far as both say one.
#[test]
fn defaults_are_the_programs() -> anyhow::Result<()> {
    let program = env!("CARGO_BIN_EXE_agentcore-gateway-operator");
    let help = String::from_utf8(std::process::Command::new(program).arg("--help").output()?.stdout)?;
    let objects = Helm::new()?.objects::<&str>([])?;
    let mut compared = 0;
    for (name, value) in environment(&objects)? {
        let Some((_, rest)) = help.split_once(&format!("[env: {name}=")) else { continue };
        let entry = rest.split("[env: ").next().context("an entry")?;
        let Some((_, default)) = entry.split_once("[default: ") else { continue };
        let default = default.split(']').next().context("a default")?;
        if default == "\"\"" {
            // The program finds one out where none is said; the chart may know it.
            continue;
        }
        assert_eq!(value, default, "{name}");
        compared += 1;
    }
    assert!(compared >= 8, "only {compared} defaults were compared");
    Ok(())
}
