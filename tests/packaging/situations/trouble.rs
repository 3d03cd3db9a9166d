//! Situations of an AWS that says no.

use std::time::Duration;

use lab::aws::Fault;
use serde_json::json;

use super::ALL;
use super::manifests::{NAMESPACE, edit, object, operation};
use super::stage::Stage;

/// What a missing permission is waited for, and a little more.
const PATIENCE: Duration = Duration::from_secs(125);

#[tokio::test]
async fn aws_says_no() -> anyhow::Result<()> {
    let stage = Stage::set("trouble", |_| {}).await?;
    stage.parents().await?;
    stage.one_of_each("stuck").await?;
    stage.one_of_each("staying").await?;
    let refusals = [
        ("denied", "Denied", 403, "AccessDeniedException"),
        ("invalid", "Invalid", 400, "ValidationException"),
        ("quota", "QuotaExceeded", 402, "ServiceQuotaExceededException"),
        ("unavailable", "Unavailable", 500, "InternalServerException"),
    ];
    let mut faults = Vec::new();
    for (name, _, status, code) in refusals {
        for kind in ALL {
            let create = Fault::on(&operation("Create", kind)).matching("/name", json!(name));
            faults.push(stage.world.aws.inject(create.error_before_commit(status, code).always()));
        }
        stage.apply(ALL.iter().map(|kind| object(kind, name))).await?;
    }
    for (name, reason, ..) in refusals {
        let situation = if name == "denied" { "denied-at-first" } else { name };
        stage.reach_all(situation, name, reason).await?;
    }
    create_failed(&stage).await?;
    update_failed(&stage).await?;
    deleting_fails(&stage).await?;
    for_long(&stage).await?;
    throttled(&stage).await?;
    drop(faults);
    stage.finish();
    Ok(())
}

async fn create_failed(stage: &Stage) -> anyhow::Result<()> {
    let mut faults = Vec::new();
    for kind in ALL {
        let status = if kind.starts_with("Resource") { "CREATE_FAILED" } else { "FAILED" };
        let create = Fault::on(&operation("Create", kind)).matching("/name", json!("failed"));
        faults.push(stage.world.aws.inject(create.settle_as(status, &["The role cannot be assumed."]).always()));
    }
    stage.apply(ALL.iter().map(|kind| object(kind, "failed"))).await?;
    stage.reach_all("create-failed", "failed", "CreateFailed").await
}

/// What serves as it did before the edit.
async fn update_failed(stage: &Stage) -> anyhow::Result<()> {
    let mut faults = Vec::new();
    for kind in ALL {
        let status = if kind.starts_with("Resource") { "UPDATE_FAILED" } else { "UPDATE_UNSUCCESSFUL" };
        let update = Fault::on(&operation("Update", kind));
        faults.push(stage.world.aws.inject(update.settle_as(status, &["The role cannot be assumed."]).always()));
        stage.merge(kind, "stuck", edit(kind)).await?;
    }
    stage.reach_all("update-failed", "stuck", "UpdateUnsuccessful").await
}

async fn deleting_fails(stage: &Stage) -> anyhow::Result<()> {
    let mut faults = Vec::new();
    for kind in ALL {
        let delete = Fault::on(&operation("Delete", kind));
        faults.push(stage.world.aws.inject(delete.error_before_commit(500, "InternalServerException").always()));
        stage.world.delete(kind, NAMESPACE, "staying").await?;
    }
    stage.reach_all("deleting-fails", "staying", "Unavailable").await?;
    for fault in &faults {
        fault.stop();
    }
    Ok(())
}

async fn for_long(stage: &Stage) -> anyhow::Result<()> {
    let mut uninvited = object("GatewayTarget", "uninvited");
    uninvited["metadata"]["namespace"] = json!("sandbox");
    stage.apply([uninvited]).await?;
    let place = ("GatewayTarget", "sandbox", "uninvited");
    stage.reach("not-allowed-at-first", place, "NamespaceNotAllowed").await?;
    stage.clock.advance(PATIENCE)?;
    stage.reach_all("denied-for-long", "denied", "Denied").await?;
    stage.reach("not-allowed-for-long", place, "NamespaceNotAllowed").await.map(drop)
}

/// At the end: AWS that asks to slow down slows everything down.
async fn throttled(stage: &Stage) -> anyhow::Result<()> {
    let mut faults = Vec::new();
    for kind in ALL {
        let create = Fault::on(&operation("Create", kind)).matching("/name", json!("throttled"));
        faults.push(stage.world.aws.inject(create.throttle().always()));
    }
    stage.apply(ALL.iter().map(|kind| object(kind, "throttled"))).await?;
    stage.reach_all("throttled", "throttled", "Throttled").await
}
