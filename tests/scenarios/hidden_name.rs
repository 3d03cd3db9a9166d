//! Card D06, variant (b): a private name behind a resource gateway that asks public DNS. AWS would take it, and reach nothing. And what is
//! said of an address, variant (d).

use lab::aws::ObjectKind;
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, of, only, operations};
use crate::manifests::{MCP_CONFIGURATION, RESOURCE_GATEWAY};
use crate::support::{message, sweeps, text, verdict, world};

const SHARED: (&str, &str, &str) = ("ResourceGateway", "platform", "shared-rg");
const MCP: (&str, &str, &str) = ("ResourceConfiguration", "platform", "mcp");

async fn hidden(world: &World) -> anyhow::Result<Value> {
    world.has(MCP.0, MCP.1, MCP.2, ("ResolvedRefs", "False", "PrivateNameOnPublicResolver")).await
}

/// A resource gateway that asks public DNS, and the resource configuration that it hides; nothing is made for it.
async fn hidden_behind_a_public_resolver(name: &str) -> anyhow::Result<World> {
    let world = world(name).await?;
    world.aws.install_fixture();
    let public = format!("{RESOURCE_GATEWAY}  resourceConfigDnsResolution: PUBLIC\n");
    world.apply(&[&public, MCP_CONFIGURATION].join("---")).await?;
    let held = hidden(&world).await?;
    assert_eq!(verdict(&held, "Ready").as_deref(), Some("False/PrivateNameOnPublicResolver"));
    assert_eq!(verdict(&held, "Stalled").as_deref(), Some("True/PrivateNameOnPublicResolver"));
    assert_eq!(verdict(&held, "Accepted").as_deref(), Some("True/Settled"));
    let said = message(&held, "ResolvedRefs");
    assert!(said.contains("internal.example.com") && said.contains("IN_VPC"), "{said}");
    let gateway = world.ready(SHARED.0, SHARED.1, SHARED.2).await?;
    assert_eq!(gateway["status"]["resourceConfigDnsResolution"], "PUBLIC");
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations()), ["CreateResourceGateway"]);
    Ok(world)
}

#[tokio::test]
async fn an_edit_that_aws_cannot_make_opens_nothing() -> anyhow::Result<()> {
    let world = hidden_behind_a_public_resolver("d06-hidden").await?;
    let mark = world.aws.mark();
    let in_vpc = json!({"spec": {"resourceConfigDnsResolution": "IN_VPC"}});
    world.merge(SHARED.0, SHARED.1, SHARED.2, in_vpc).await?;
    let stalled =
        world.has(SHARED.0, SHARED.1, SHARED.2, ("ReplacementRequired", "True", "ReplacementRequired")).await?;
    assert!(message(&stalled, "ReplacementRequired").contains("resourceConfigDnsResolution"), "{stalled:#}");
    sweeps(&world, 3).await?;
    // What AWS has counts, not what the spec asks for.
    hidden(&world).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn another_name_or_another_resource_gateway_is_made_at_once() -> anyhow::Result<()> {
    let world = hidden_behind_a_public_resolver("d06-found").await?;
    let balancer = "k8s-ingressn-nginxing-0123456789-0123456789abcdef.elb.us-west-2.amazonaws.com";
    let own = |name: &str| json!({"spec": {"resourceConfigurationDefinition": {"dnsResource": {"domainName": name}}}});
    world.merge(MCP.0, MCP.1, MCP.2, own(balancer)).await?;
    world.ready(MCP.0, MCP.1, MCP.2).await?;
    let mutations = world.aws.mutations();
    let create = asked(only(&mutations, "CreateResourceConfiguration")?)?;
    assert_eq!(create["resourceConfigurationDefinition"]["dnsResource"]["domainName"], balancer);

    // An edit that would hide it is not sent; the old name serves.
    let mark = world.aws.mark();
    world.merge(MCP.0, MCP.1, MCP.2, own("internal.example.com")).await?;
    let held = hidden(&world).await?;
    assert_eq!(verdict(&held, "Ready").as_deref(), Some("True/Settled"));
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    Ok(())
}

/// Where the zones may not be read, and where no zone has the name, nothing is certain, and nothing is held up.
#[tokio::test]
async fn what_is_not_certain_stands_in_nobodys_way() -> anyhow::Result<()> {
    let world = world("d06-unread").await?;
    world.aws.install_fixture();
    world.aws.deny("ListHostedZonesByVPC");
    let public = format!("{RESOURCE_GATEWAY}  resourceConfigDnsResolution: PUBLIC\n");
    world.apply(&[&public, MCP_CONFIGURATION].join("---")).await?;
    world.ready(MCP.0, MCP.1, MCP.2).await?;
    assert!(!of(&world.aws.calls(), "ListHostedZonesByVPC").is_empty(), "it was tried");
    world.aws.allow("ListHostedZonesByVPC");
    let other =
        MCP_CONFIGURATION.replace("name: mcp\n", "name: other\n").replace("internal.example.com", "mcp.example.net");
    world.apply(&other).await?;
    world.ready("ResourceConfiguration", "platform", "other").await?;
    assert_eq!(of(&world.aws.mutations(), "CreateResourceConfiguration").len(), 2);
    // What AWS took is not judged again.
    sweeps(&world, 2).await?;
    let mark = world.aws.mark();
    sweeps(&world, 3).await?;
    assert_eq!(of(&world.aws.calls_since(mark), "ListHostedZonesByVPC").len(), 0);
    Ok(())
}

/// Variant (d): people are warned of an address, once.
#[tokio::test]
async fn an_address_is_warned_of_once() -> anyhow::Result<()> {
    let world = world("d06-warned").await?;
    world.aws.install_fixture();
    let address = MCP_CONFIGURATION.replace(
        "dnsResource: {domainName: internal.example.com, ipAddressType: IPV4}",
        "ipResource: {ipAddress: 10.0.1.20}",
    );
    let public = format!("{RESOURCE_GATEWAY}  resourceConfigDnsResolution: PUBLIC\n");
    world.apply(&[public, address].join("---")).await?;
    world.ready(MCP.0, MCP.1, MCP.2).await?;
    let mutations = world.aws.mutations();
    let create = asked(only(&mutations, "CreateResourceConfiguration")?)?;
    assert_eq!(create["resourceConfigurationDefinition"], json!({"ipResource": {"ipAddress": "10.0.1.20"}}));
    sweeps(&world, 3).await?;
    let warnings = warnings(&world).await?;
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    assert!(warnings[0].contains("10.0.1.20") && warnings[0].contains("not promised to stay"), "{warnings:#?}");
    let zones = world.aws.calls().iter().filter(|call| call.operation == "ListHostedZonesByVPC").count();
    assert_eq!(zones, 0, "an address is not resolved");
    assert_eq!(world.aws.objects(ObjectKind::ResourceConfiguration).len(), 1);
    Ok(())
}

/// The notes of the warnings about the resource configuration.
async fn warnings(world: &World) -> anyhow::Result<Vec<String>> {
    let events = world.list("events.k8s.io/v1/Event", MCP.1).await?;
    let is_meant = |event: &&Value| event["regarding"]["name"] == MCP.2 && event["type"] == "Warning";
    let first = |event: &Value| {
        assert!(event["series"].is_null(), "it is told once: {event:#}");
        Ok(text(event, "/note")?.to_owned())
    };
    events.iter().filter(is_meant).map(first).collect()
}
