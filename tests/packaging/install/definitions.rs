//! A release that lets go of its definitions: they must not go with it, because every object of theirs would, and what it stands for in AWS.

use anyhow::Context;
use lab::world::GATEWAY;

use crate::{
    helm::{NAMESPACE, RELEASE, chart},
    install::stage::Stage,
};

#[tokio::test]
async fn definitions_that_would_be_deleted_are_not_let_go() -> anyhow::Result<()> {
    let stage = Stage::set(&[NAMESPACE, "platform"]).await?;
    let chart = chart().display().to_string();
    let upgrade = async |set: &str| {
        let release = ["upgrade", "--install", RELEASE, &chart, "--namespace", NAMESPACE, "--reset-then-reuse-values"];
        stage.helm(&[&release[..], &["--set", set]].concat()).await
    };
    upgrade("crds.keep=false").await?;
    stage.apply(GATEWAY).await?;
    // As one goes back to an older version, and as one does who has read half of the page.
    for set in ["crds.enabled=false", "crds.enabled=false,crds.keep=true"] {
        let refusal = upgrade(set).await.err().with_context(|| format!("{set} was taken"))?;
        let refusal = format!("{refusal:#}");
        assert!(refusal.contains("crds.enabled=false would delete the custom resource definition"), "{refusal}");
        assert!(refusal.contains("--set crds.enabled=true,crds.keep=true"), "{refusal}");
        assert!(stage.has("Gateway", "platform", "agents").await?, "{set}");
    }
    // As it is told: first they are kept, then let go.
    for set in ["crds.enabled=true,crds.keep=true", "crds.enabled=false", "log.level=debug", "crds.keep=false"] {
        upgrade(set).await?;
        assert!(stage.has("Gateway", "platform", "agents").await?, "{set}");
    }
    Ok(())
}
