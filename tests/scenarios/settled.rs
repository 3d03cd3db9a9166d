//! What it costs: nothing when settled, and little on the way there.

use std::collections::BTreeMap;
use std::time::Duration;

use lab::aws::{AwsOptions, Provisioning};
use lab::control_plane::AuditEvent;
use lab::world::{PATIENCE, World, WorldOptions};
use serde_json::{Value, json};

use crate::ledger::operations;
use crate::manifests::{
    GATEWAY, MANAGED_TARGET, MCP_CONFIGURATION, RESOURCE_GATEWAY, SELF_MANAGED_TARGET, SMALL_GATEWAY, public_target,
};
use crate::support::{LISTS, becomes, everyday_server, gateway, stock_server, sweeps, world, world_of};

#[tokio::test]
async fn what_is_settled_is_only_listed() -> anyhow::Result<()> {
    let options = WorldOptions {
        aws: AwsOptions { speed: 400.0, ..AwsOptions::default() },
        operator_arguments: ["--retry-floor=200ms", "--drift-interval=2s"].map(str::to_owned).to_vec(),
        ..WorldOptions::default()
    };
    let mut world = world_of("settled", options).await?;
    let _servers = [everyday_server(&world).await?, stock_server(&world).await?];
    everything_settles(&world).await?;
    let (mark, audit) = (world.aws.mark(), world.mark());
    let statuses = statuses(&world).await?;
    let count = || lists_since(&world, mark);
    let look = async || (count().values().all(|times| *times >= 10) && count().len() == LISTS.len()).then_some(());
    world.wait_for("ten sweeps", PATIENCE, look).await?;
    world.aws.advance(Duration::from_mins(30));
    let sofar = count()["ListGateways"];
    let look = async || (count()["ListGateways"] >= sofar + 2).then_some(());
    world.wait_for("two sweeps half an hour later", PATIENCE, look).await?;

    let calls = world.aws.calls_since(mark);
    let counted = lists_since(&world, mark);
    assert_eq!(counted.keys().map(String::as_str).collect::<Vec<_>>(), LISTS, "nothing but lists");
    let (least, most) = (counted.values().min().copied(), counted.values().max().copied());
    // The first sweep and the last are counted in part, and each has an order of its own.
    assert!(most.unwrap_or_default() - least.unwrap_or_default() <= 2, "one of each per sweep: {counted:?}");
    assert!(calls.iter().all(|call| !call.mutating && call.error.is_none()), "{calls:#?}");
    let requests = world.requests_since(audit);
    // Kinds that this cluster does not serve are asked for from time to time, because they may be installed later; and the lease is renewed,
    // however many objects there are.
    let is_free = |request: &AuditEvent| request.verb == "watch" || request.code == 404 || request.resource == "leases";
    assert!(requests.iter().all(is_free), "not even a read: {requests:#?}");
    assert_eq!(self::statuses(&world).await?, statuses);

    // Whoever begins knows nothing of the way yet, and that is no news.
    let (mark, audit) = (world.aws.mark(), world.mark());
    world.operator.restart().await?;
    sweeps(&world, 6).await?;
    let writes = world.writes_since(audit);
    assert_eq!((writes.total(), writes.events), (0, 0), "after a restart: {writes:#?}");
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    assert_eq!(self::statuses(&world).await?, statuses);
    Ok(())
}

/// A gateway with its ConfigMap, and targets over both kinds of private network and none; counts are up to date.
async fn everything_settles(world: &World) -> anyhow::Result<()> {
    let connected = format!("{GATEWAY}  connectionConfigMap: {{name: agents}}\n");
    let stock = MANAGED_TARGET.replace("eks-mcp-server", "eks-stock-mcp").replace("/mcp-server/mcp", "/stock-mcp/mcp");
    let public = public_target("platform", "public");
    let all = [&connected, RESOURCE_GATEWAY, MCP_CONFIGURATION, SELF_MANAGED_TARGET, &stock, &public];
    world.apply(&all.join("---")).await?;
    for (namespace, name) in [("mcp-server", "eks-mcp-server"), ("mcp-server", "eks-stock-mcp"), ("platform", "public")]
    {
        world.ready("GatewayTarget", namespace, name).await?;
    }
    becomes(world, ("Gateway", "platform", "agents"), "/status/targets", json!({"total": 3, "ready": 3})).await?;
    becomes(world, ("ResourceGateway", "platform", "shared-rg"), "/status/usedBy", json!(1)).await?;
    becomes(world, ("ResourceConfiguration", "platform", "mcp"), "/status/usedBy", json!(1)).await?;
    sweeps(world, 1).await
}

fn lists_since(world: &World, mark: usize) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for call in world.aws.calls_since(mark) {
        *counted.entry(call.operation).or_default() += 1;
    }
    counted
}

async fn statuses(world: &World) -> anyhow::Result<Vec<Value>> {
    let mut all = Vec::new();
    for kind in ["Gateway", "GatewayTarget", "ResourceGateway", "ResourceConfiguration"] {
        for namespace in ["platform", "mcp-server"] {
            all.extend(world.list(kind, namespace).await?.into_iter().map(|object| object["status"].clone()));
        }
    }
    Ok(all)
}

/// One object whose life is counted.
struct Life<'a> {
    plural: &'a str,
    object: (&'a str, &'a str, &'a str),
    manifest: &'a str,
    edit: Value,
}

#[tokio::test]
async fn a_life_costs_few_writes() -> anyhow::Result<()> {
    let world = world("writes").await?;
    let _server = everyday_server(&world).await?;
    let labelled = GATEWAY.replace("name: agents", "name: others");
    let lives = [
        Life {
            plural: "gateways",
            object: ("Gateway", "platform", "others"),
            manifest: &labelled,
            edit: json!({"spec": {"description": "edited"}}),
        },
        Life {
            plural: "resourcegateways",
            object: ("ResourceGateway", "platform", "shared-rg"),
            manifest: RESOURCE_GATEWAY,
            edit: json!({"spec": {"securityGroupIds": ["sg-0a1b2c3d4e5f60b04"]}}),
        },
    ];
    let mut found = Vec::new();
    for life in &lives {
        found.extend(extravagance(&world, life).await?);
    }
    gateway(&world).await?;
    world.apply(RESOURCE_GATEWAY).await?;
    world.ready("ResourceGateway", "platform", "shared-rg").await?;
    let lives = [
        Life {
            plural: "gatewaytargets",
            object: ("GatewayTarget", "mcp-server", "eks-mcp-server"),
            manifest: MANAGED_TARGET,
            edit: json!({"spec": {"description": "edited"}}),
        },
        Life {
            plural: "resourceconfigurations",
            object: ("ResourceConfiguration", "platform", "mcp"),
            manifest: MCP_CONFIGURATION,
            edit: json!({"spec": {"portRanges": ["443", "8443"]}}),
        },
    ];
    for life in &lives {
        found.extend(extravagance(&world, life).await?);
    }
    assert_eq!(found, [""; 0]);
    Ok(())
}

/// What was dearer than at most three writes of the object until it is Ready, two for an edit, two for a deletion; and than one change
/// in AWS for each.
async fn extravagance(world: &World, life: &Life<'_>) -> anyhow::Result<Vec<String>> {
    let (kind, namespace, name) = life.object;
    let mut found = Vec::new();
    let mut judge = |what: &str, most: usize, (mark, audit): (usize, usize), changes: &[String]| {
        let requests = world.requests_since(audit).into_iter();
        // What the API server refused changed nothing: a look at a copy that is older than the object's end.
        let is_own = |request: &AuditEvent| request.is_write() && request.resource == life.plural && request.code < 400;
        let own = requests.filter(is_own);
        let writes: Vec<String> = own.map(|request| format!("{} {}", request.verb, request.subresource)).collect();
        let calls = world.aws.calls_since(mark);
        if writes.len() > most {
            let calls = operations(&calls);
            found.push(format!("{what} of a {kind}: more than {most} writes, {writes:?}, with the calls {calls:?}"));
        }
        let mutations: Vec<_> = calls.into_iter().filter(|call| call.mutating).collect();
        if operations(&mutations) != changes {
            found.push(format!("{what} of a {kind}: {:?} instead of {changes:?}", operations(&mutations)));
        }
    };
    let marks = || (world.aws.mark(), world.mark());

    let before = marks();
    world.apply(life.manifest).await?;
    world.ready(kind, namespace, name).await?;
    sweeps(world, 2).await?;
    judge("making", 3, before, &[format!("Create{kind}")]);

    let before = marks();
    world.merge(kind, namespace, name, life.edit.clone()).await?;
    world.ready(kind, namespace, name).await?;
    sweeps(world, 2).await?;
    judge("an edit", 2, before, &[format!("Update{kind}")]);

    let before = marks();
    world.delete(kind, namespace, name).await?;
    world.gone(kind, namespace, name).await?;
    judge("the deletion", 2, before, &[format!("Delete{kind}")]);
    Ok(found)
}

/// A look before the create, and a look at the end: AWS takes no time here, and looks are as far apart as they are for people.
#[tokio::test]
async fn a_target_that_is_made_at_once_costs_few_reads() -> anyhow::Result<()> {
    let options = WorldOptions {
        aws: AwsOptions { provisioning: Provisioning::instant(), ..AwsOptions::default() },
        operator_arguments: vec!["--drift-interval=1h".to_owned()],
        ..WorldOptions::default()
    };
    let world = world_of("reads", options).await?;
    world.apply(SMALL_GATEWAY).await?;
    world.ready("Gateway", "platform", "agents").await?;
    let mark = world.aws.mark();
    world.apply(&public_target("platform", "one")).await?;
    world.ready("GatewayTarget", "platform", "one").await?;
    let calls = world.aws.calls_since(mark);
    assert_eq!(
        operations(&calls),
        ["ListGatewayTargets", "CreateGatewayTarget", "ListGatewayTargets", "GetGatewayTarget"]
    );
    Ok(())
}
