//! The field walk: every leaf of every spec is set, changed and taken back, on a real API server, by a real operator, in the emulated AWS.
//!
//! After each step the object in AWS differs in exactly that member, or the API server refused with a message, or a condition names the
//! member, or the member is Kubernetes' own and AWS sees nothing. Which of it is to be is said in `field_walk/expectations`; a leaf
//! that no sample in `field_walk/specs` says is a failure, so none is left out. All leaves walk at the same time, each with an object of
//! its own. `FIELD_WALK=Kind.path` walks only the leaves that begin so.

#[path = "field_walk/difference.rs"]
mod difference;
#[path = "field_walk/expectations.rs"]
mod expectations;
#[path = "field_walk/leaf.rs"]
mod leaf;
#[path = "field_walk/observer.rs"]
mod observer;
#[path = "field_walk/rows.rs"]
mod rows;
#[path = "field_walk/specs.rs"]
mod specs;
#[path = "field_walk/stage.rs"]
mod stage;
#[path = "field_walk/walk.rs"]
mod walk;

use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;

use leaf::Leaf;
use observer::Observer;
use specs::Sample;
use stage::Stage;
use walk::{Counts, Walk};

/// The leaves with the samples in which they are walked; the error names those that no sample says.
fn all() -> anyhow::Result<Vec<(Leaf, Arc<Sample>)>> {
    let samples: Vec<Arc<Sample>> = specs::all()?.into_iter().map(Arc::new).collect();
    let (mut walked, mut left_out) = (Vec::new(), Vec::new());
    for leaf in leaf::all()? {
        match samples.iter().find(|sample| sample.has(&leaf)) {
            Some(sample) => walked.push((leaf, Arc::clone(sample))),
            None => left_out.push(format!("{}.{leaf}", leaf.kind)),
        }
    }
    anyhow::ensure!(left_out.is_empty(), "{} leaves that no sample says:\n{}", left_out.len(), left_out.join("\n"));
    Ok(walked)
}

#[test]
fn no_leaf_is_left_out_and_no_expectation_is_idle() -> anyhow::Result<()> {
    let walked = all()?;
    let idle: Vec<_> = expectations::ROWS
        .iter()
        .filter(|row| !walked.iter().any(|(leaf, _)| row.is_about(leaf)))
        .map(|row| format!("{}.{}", row.kind, row.leaf))
        .collect();
    assert!(idle.is_empty(), "expectations for leaves that there are not: {idle:#?}");
    let silent: Vec<_> = expectations::ROWS.iter().filter(|row| row.why.len() < 15).map(|row| row.leaf).collect();
    assert!(silent.is_empty(), "expectations that do not say why: {silent:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_leaf_is_set_changed_and_taken_back() -> anyhow::Result<()> {
    let began = Instant::now();
    let wanted = std::env::var("FIELD_WALK").unwrap_or_default();
    let mut walked = all()?;
    walked.retain(|(leaf, _)| format!("{}.{leaf}", leaf.kind).starts_with(&wanted));
    let stage = Arc::new(Stage::set().await?);
    let observer = Arc::new(Observer::start(&stage.world.control_plane.client().await?));
    let set = began.elapsed();
    let leaves = walked.len();
    let mut walks = Vec::new();
    for (number, (leaf, sample)) in walked.into_iter().enumerate() {
        let name = format!("leaf-{number}");
        let sample = sample.for_object(&name)?;
        let walk = Walk { stage: Arc::clone(&stage), observer: Arc::clone(&observer), leaf, sample, name };
        walks.push(tokio::spawn(async move {
            let what = format!("{}.{} (in {})", walk.leaf.kind, walk.leaf, walk.sample.about);
            let (counts, elsewhere) = walk.walk().await.context(what.clone())?;
            anyhow::Ok((counts, elsewhere.into_iter().map(|step| format!("{what}: {step}")).collect::<Vec<_>>()))
        }));
    }
    let (mut counts, mut failures) = (Counts::default(), Vec::new());
    for walk in futures::future::join_all(walks).await {
        match walk? {
            Ok((steps, elsewhere)) => {
                counts.add(&steps);
                failures.extend(elsewhere);
            }
            Err(failure) => failures.push(format!("{failure:#}")),
        }
    }
    let Counts { member, derived, nothing, refused, told } = counts;
    let line = format!(
        "field walk: {leaves} leaves, {} steps: {member} changed exactly their member in AWS, {derived} what is derived of it, \
         {nothing} nothing in AWS, {refused} were refused by the API server, {told} led to a condition; \
         {} calls of AWS; {:.0?} to set the stage, {:.0?} in all\n",
        counts.steps(),
        stage.world.aws.mark(),
        set,
        began.elapsed(),
    );
    // Not by `println`, which the test runner keeps to itself when a test passes.
    std::io::stderr().write_all(line.as_bytes())?;
    assert!(failures.is_empty(), "{} steps led elsewhere:\n{}", failures.len(), failures.join("\n----\n"));
    Ok(())
}
