//! The files of `deploy/examples`: each applies as it is, all become Ready, and all go again.

use std::path::Path;

use lab::aws::network::Network;
use lab::objects::parse;
use lab::world::World;
use serde_json::Value;

use crate::ledger::refusals;
use crate::support::{everyday_server, stock_server, text, world};

/// Name and text of every file, in the order in which kubectl applies them.
fn files() -> anyhow::Result<Vec<(String, String)>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/examples");
    let mut files = Vec::new();
    for file in std::fs::read_dir(directory)? {
        let path = file?.path();
        files.push((path.display().to_string(), std::fs::read_to_string(&path)?));
    }
    files.sort();
    Ok(files)
}

/// Kind, namespace and name of every object of ours in a file.
fn ours(manifest: &str) -> anyhow::Result<Vec<(String, String, String)>> {
    let is_ours = |object: &&Value| object["apiVersion"] == "tools.agentcore.dev/v1alpha1";
    let name = |object: &Value| {
        let text = |pointer| text(object, pointer).map(str::to_owned);
        Ok((text("/kind")?, text("/metadata/namespace")?, text("/metadata/name")?))
    };
    parse(manifest)?.iter().filter(is_ours).map(name).collect()
}

#[tokio::test]
async fn every_example_becomes_ready_and_goes_again() -> anyhow::Result<()> {
    let world = world("examples").await?;
    // Only what the examples of API Gateway name: the other endpoints are told without a network around them.
    world.aws.network(|network| {
        let Network { apis, vpc_endpoints, .. } = Network::fixture();
        (network.apis, network.vpc_endpoints) = (apis, vpc_endpoints);
    });
    let _servers = [everyday_server(&world).await?, stock_server(&world).await?];
    let files = files()?;
    assert!(files.len() >= 11, "{files:?}");
    for (file, manifest) in &files {
        let applied = world.apply(manifest).await;
        assert!(applied.is_ok(), "{file}: {applied:?}");
    }
    let mut objects = Vec::new();
    for (file, manifest) in &files {
        for (kind, namespace, name) in ours(manifest)? {
            let ready = world.ready(&kind, &namespace, &name).await;
            assert!(ready.is_ok(), "{file}: {ready:?}");
            objects.push((kind, namespace, name));
        }
    }
    assert_eq!(objects.iter().filter(|(kind, ..)| kind == "GatewayTarget").count(), 8);
    assert_eq!(refusals(&world.aws.mutations()), [""; 0]);
    all_go(&world, &objects).await
}

/// What others need first, first.
async fn all_go(world: &World, objects: &[(String, String, String)]) -> anyhow::Result<()> {
    for (kind, namespace, name) in objects {
        world.delete(kind, namespace, name).await?;
    }
    for (kind, namespace, name) in objects {
        world.gone(kind, namespace, name).await?;
    }
    assert_eq!(world.aws.left_over(), [""; 0]);
    Ok(())
}
