//! One version for the crate and all that is released with it.

#[test]
fn the_program_says_the_version_of_the_crate() -> anyhow::Result<()> {
    let output =
        std::process::Command::new(env!("CARGO_BIN_EXE_agentcore-gateway-operator")).arg("--version").output()?;
    let said = String::from_utf8(output.stdout)?;
    assert_eq!(said.trim(), format!("agentcore-gateway-operator {}", env!("CARGO_PKG_VERSION")));
    Ok(())
}
