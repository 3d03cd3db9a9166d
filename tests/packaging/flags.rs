//! The command line as people write it.

use std::process::Command;

use crate::busy::OPERATOR;

/// What ends the program after its flags were read, and before it does anything.
const ENOUGH: &str = "--lease-duration=1s";

/// Whether the program understands these.
fn is_understood(variables: &[(&str, &str)], arguments: &[&str]) -> anyhow::Result<bool> {
    let mut command = Command::new(OPERATOR);
    let output = command.env_clear().envs(variables.iter().copied()).args(arguments).arg(ENOUGH).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(1) if said.contains("lease") => Ok(true),
        Some(2) => Ok(false),
        _ => anyhow::bail!("{variables:?} {arguments:?}: {output:?}"),
    }
}

#[test]
fn a_switch_needs_no_value() -> anyhow::Result<()> {
    for switch in ["--leader-elect", "--discovery"] {
        for form in ["", "=true", "=false", " true", " false"] {
            let written = format!("{switch}{form}");
            let arguments: Vec<&str> = written.split(' ').collect();
            assert!(is_understood(&[], &arguments)?, "{written}");
        }
        assert!(!is_understood(&[], &[&format!("{switch}=perhaps")])?, "{switch}=perhaps");
    }
    // One that is off has no lease, and no terms that could be wrong: they are looked at all the same.
    assert!(is_understood(&[("AGENTCORE_LEADER_ELECT", "false")], &["--leader-elect"])?);
    Ok(())
}

#[test]
fn an_empty_variable_says_nothing() -> anyhow::Result<()> {
    let help = String::from_utf8(Command::new(OPERATOR).env_clear().arg("--help").output()?.stdout)?;
    let variables: Vec<&str> = help.split("[env: ").skip(1).filter_map(|rest| rest.split(['=', ']']).next()).collect();
    assert!(variables.len() > 20, "{variables:?}");
    for name in variables {
        assert!(is_understood(&[(name, "")], &[])?, "an empty {name} is an error");
    }
    // What is said and cannot be read is one.
    assert!(!is_understood(&[("AGENTCORE_CONCURRENCY", "many")], &[])?);
    assert!(!is_understood(&[], &["--concurrency="])?);
    Ok(())
}
