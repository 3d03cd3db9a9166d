//! What was derived for a target when it was made stays as it is: whatever changes behind it, nothing is updated by itself.

use anyhow::Context;
use lab::aws::network::fixture::{NLB, NLB_ARN, NLB_DNS, SG_LB, SG_RG, SUBNET_A1, SUBNET_A2, VPC, ZONE};
use lab::aws::network::{LoadBalancer, Peer, Record, Rule, SecurityGroup, Subnet, Vpc};
use lab::aws::{Limits, Provisioning};
use lab::world::{HOST, NLB_DNS_NAME};
use serde_json::{Value, json};

use crate::ledger::{asked, of, only, operations};
use crate::stage::{HOPS, MCP, REST, SERVICE, Stage, hops, mcp_target, rest_target};
use crate::support::{becomes, called, message, sweeps, verdict};

/// The target of the Service, which is looked at again soon after it has settled.
fn lively_target() -> Value {
    let mut target = mcp_target();
    target["spec"]["sync"] = json!({"interval": "1s"});
    target
}

/// The same, Ready.
async fn lively(stage: &Stage) -> anyhow::Result<Value> {
    stage.world.apply_object(lively_target()).await?;
    stage.world.ready(MCP.0, MCP.1, MCP.2).await
}

/// Asks for a look at a target, and waits until it was made.
async fn look_again(stage: &Stage, at: &str) -> anyhow::Result<Value> {
    let asked = json!({"metadata": {"annotations": {"tools.agentcore.dev/reconcile-requested-at": at}}});
    stage.world.merge(MCP.0, MCP.1, MCP.2, asked).await?;
    becomes(&stage.world, MCP, "/status/lastHandledReconcileAt", json!(at)).await
}

#[tokio::test]
async fn another_subnet_changes_nothing() -> anyhow::Result<()> {
    let stage = Stage::set("fixed-subnet").await?;
    let world = &stage.world;
    lively(&stage).await?;
    let mark = world.aws.mark();
    world.aws.network(|network| {
        network.subnets.push(Subnet::new("subnet-0a1b2c3d4e5f60a03", VPC, "10.0.3.0/24", "us-west-2c"));
        let balancer = network.load_balancer_mut(NLB).context("no NLB")?;
        balancer.subnets.push("subnet-0a1b2c3d4e5f60a03".to_owned());
        anyhow::Ok(())
    })?;
    called(world, mark, "DescribeLoadBalancers", 1).await?;
    let read = world.aws.mark();
    look_again(&stage, "1").await?;
    called(world, read, "DescribeLoadBalancers", 1).await?;
    sweeps(world, 3).await?;
    let target = world.ready(MCP.0, MCP.1, MCP.2).await?;
    assert_eq!(target["status"]["resolved"]["subnetIds"], json!([SUBNET_A1, SUBNET_A2]));
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn other_flags_of_the_operator_change_nothing() -> anyhow::Result<()> {
    let quick = ["--retry-floor=200ms", "--retry-cap=1s", "--drift-interval=500ms"];
    let mut stage = Stage::set("fixed-flags").await?;
    let with = |group: &str| [&quick[..], &[&format!("--default-security-group-ids={group}")]].concat().join(" ");
    let first = with(SG_RG);
    stage.restart(&first.split(' ').collect::<Vec<_>>()).await?;
    let mut target = lively_target();
    target["spec"]["privateEndpoint"] = json!({"managedVpcResource": {}});
    stage.world.apply_object(target).await?;
    stage.world.ready(MCP.0, MCP.1, MCP.2).await?;
    let mark = stage.world.aws.mark();
    for group in [SG_LB, ""] {
        let other = if group.is_empty() { quick.join(" ") } else { with(group) };
        stage.restart(&other.split(' ').collect::<Vec<_>>()).await?;
        called(&stage.world, stage.world.aws.mark(), "DescribeLoadBalancers", 1).await?;
        sweeps(&stage.world, 3).await?;
        stage.world.ready(MCP.0, MCP.1, MCP.2).await?;
        assert_eq!(operations(&stage.world.aws.mutations_since(mark)), [""; 0], "{group}");
    }
    Ok(())
}

#[tokio::test]
async fn a_read_that_fails_changes_nothing() -> anyhow::Result<()> {
    let stage = Stage::set("fixed-denied").await?;
    let world = &stage.world;
    let resolved = lively(&stage).await?["status"]["resolved"].clone();
    let mark = world.aws.mark();
    for (operation, hop) in [
        ("DescribeLoadBalancers", "LoadBalancerReady"),
        ("ListHostedZonesByVPC", "DnsResolved"),
        ("DescribeSecurityGroupRules", "NetworkAllowed"),
    ] {
        world.aws.deny(operation);
        let target = world.has(MCP.0, MCP.1, MCP.2, (hop, "Unknown", "Denied")).await?;
        assert!(message(&target, hop).contains(operation), "{target:#}");
        assert_eq!(verdict(&target, "Ready").as_deref(), Some("True/Settled"));
        sweeps(world, 3).await?;
        let mut kept = world.get(MCP.0, MCP.1, MCP.2).await?["status"]["resolved"].clone();
        // How the host is resolved is what the newest look says; everything else is what was derived.
        kept["dns"] = resolved["dns"].clone();
        assert_eq!(kept, resolved, "{operation}");
        world.aws.allow(operation);
        world.has(MCP.0, MCP.1, MCP.2, (hop, "True", "Settled")).await?;
    }
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    Ok(())
}

/// The name of a host that could be resolved by itself now is resolved as it was when the target was made.
#[tokio::test]
async fn a_routing_domain_that_is_not_needed_any_more_stays() -> anyhow::Result<()> {
    let stage = Stage::set("fixed-routing").await?;
    let world = &stage.world;
    let records = world.aws.network(|network| {
        let zone = network.hosted_zone_mut(ZONE).context("no zone")?;
        anyhow::Ok(std::mem::take(&mut zone.records))
    })?;
    let target = lively(&stage).await?;
    assert_eq!(target["status"]["resolved"]["routingDomain"], NLB_DNS);
    let mark = world.aws.mark();
    world.aws.network(|network| network.hosted_zone_mut(ZONE).map(|zone| zone.records = records).context("no zone"))?;
    world
        .wait_for("the condition says so", lab::world::PATIENCE, async || {
            let target = world.get(MCP.0, MCP.1, MCP.2).await.ok()?;
            message(&target, "DnsResolved").contains("no longer needed").then_some(())
        })
        .await?;
    sweeps(world, 3).await?;
    let target = world.ready(MCP.0, MCP.1, MCP.2).await?;
    assert_eq!(target["status"]["resolved"]["routingDomain"], NLB_DNS);
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    Ok(())
}

/// Puts another NLB in the first one's VPC, and answers with its name in DNS.
fn another(stage: &Stage, vpc: &str, subnets: &[&str]) -> anyhow::Result<String> {
    stage.world.aws.network(|network| {
        let first = network.load_balancer(NLB).context("no NLB")?.clone();
        let mut other = LoadBalancer::network("k8s-ingressn-nginxing-9876543210", "00000000000000bb", vpc, subnets);
        other.listeners = first.listeners;
        other.security_groups = first.security_groups;
        let name = other.dns_name.clone();
        network.load_balancers.push(other);
        Ok(name)
    })
}

#[tokio::test]
async fn another_load_balancer_in_the_vpc_only_changes_status() -> anyhow::Result<()> {
    let stage = Stage::set("fixed-name").await?;
    let world = &stage.world;
    lively(&stage).await?;
    let mark = world.aws.mark();
    let name = another(&stage, VPC, &[SUBNET_A1])?;
    world.provision(&stage.controller, SERVICE, &[&name]).await?;
    let target = becomes(world, MCP, "/status/resolved/loadBalancerDns", json!(name)).await?;
    let resolved = &target["status"]["resolved"];
    assert_ne!(resolved["loadBalancerArn"], NLB_ARN);
    assert_eq!(resolved["vpcId"], VPC);
    assert_eq!(resolved["subnetIds"], json!([SUBNET_A1, SUBNET_A2]));
    sweeps(world, 3).await?;
    world.ready(MCP.0, MCP.1, MCP.2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    Ok(())
}

/// In another VPC the old network cannot work: the target follows, by one update.
#[tokio::test]
async fn another_vpc_is_followed() -> anyhow::Result<()> {
    let (elsewhere, subnet) = ("vpc-0a1b2c3d4e5f60799", "subnet-0a1b2c3d4e5f60799");
    let (inner, outer) = ("sg-0a1b2c3d4e5f60799", "sg-0a1b2c3d4e5f60798");
    let stage = Stage::set("fixed-vpc").await?;
    let world = &stage.world;
    lively(&stage).await?;
    let mark = world.aws.mark();
    let name = another(&stage, elsewhere, &[subnet])?;
    world.aws.network(|network| {
        network.vpcs.push(Vpc::new(elsewhere, "10.9.0.0/16"));
        network.subnets.push(Subnet::new(subnet, elsewhere, "10.9.1.0/24", "us-west-2a"));
        for id in [inner, outer] {
            let group = SecurityGroup::new(id, elsewhere, id).let_in(Rule::all(Peer::anywhere()));
            network.security_groups.push(group.let_out(Rule::all(Peer::anywhere())));
        }
        let balancer = network.load_balancer_mut("k8s-ingressn-nginxing-9876543210").context("no NLB")?;
        balancer.security_groups = vec![inner.to_owned()];
        let record = Record::alias(HOST, balancer);
        let zone = network.hosted_zone_mut(ZONE).context("no zone")?;
        zone.vpcs[0].id = elsewhere.to_owned();
        zone.records = vec![record];
        anyhow::Ok(())
    })?;
    world.provision(&stage.controller, SERVICE, &[&name]).await?;
    world.has(MCP.0, MCP.1, MCP.2, ("Stalled", "True", "Invalid")).await?;
    sweeps(world, 2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0], "its group is of the old VPC");
    let group = json!({"spec": {"privateEndpoint": {"managedVpcResource": {"securityGroupIds": [outer]}}}});
    world.merge(MCP.0, MCP.1, MCP.2, group).await?;
    let target = world.ready(MCP.0, MCP.1, MCP.2).await?;
    let mutations = world.aws.mutations_since(mark);
    assert_eq!(operations(&mutations), ["UpdateGatewayTarget"]);
    let expected = json!({"managedVpcResource": {
        "vpcIdentifier": elsewhere,
        "subnetIds": [subnet],
        "endpointIpAddressType": "IPV4",
        "securityGroupIds": [outer],
    }});
    assert_eq!(asked(&mutations[0])?["privateEndpoint"], expected);
    assert_eq!(target["status"]["resolved"]["vpcId"], elsewhere);
    assert_eq!(target["status"]["resolved"]["subnetIds"], json!([subnet]));
    Ok(())
}

/// The load balancer goes away: AWS is left as it is, and the target says that it does not serve.
#[tokio::test]
async fn a_load_balancer_that_is_gone_is_told() -> anyhow::Result<()> {
    let stage = Stage::set("fixed-gone").await?;
    let world = &stage.world;
    lively(&stage).await?;
    let mark = world.aws.mark();
    let gone = world.aws.network(|network| {
        let at = network.load_balancers.iter().position(|balancer| balancer.name == NLB).context("no NLB")?;
        anyhow::Ok(network.load_balancers.remove(at))
    })?;
    let told = world.has(MCP.0, MCP.1, MCP.2, ("Ready", "False", "LoadBalancerNotFound")).await?;
    assert_eq!(verdict(&told, "Stalled").as_deref(), Some("True/LoadBalancerNotFound"));
    assert!(message(&told, "Ready").contains(NLB_DNS_NAME), "{told:#}");
    sweeps(world, 3).await?;
    world.aws.network(|network| network.load_balancers.push(gone));
    world.ready(MCP.0, MCP.1, MCP.2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    Ok(())
}

/// How many targets share a load balancer; as many as a gateway has.
const CROWD: usize = 100;

#[tokio::test]
async fn a_hundred_targets_read_their_load_balancer_once() -> anyhow::Result<()> {
    let stage = Stage::set_with("fixed-crowd", |mut options| {
        options.aws.limits = Limits::off();
        options.aws.provisioning = Provisioning::instant();
        options.operator_arguments.retain(|argument| !argument.starts_with("--drift"));
        options
    })
    .await?;
    let world = &stage.world;
    let mark = world.aws.mark();
    for number in 0..CROWD {
        let mut target = rest_target();
        target["metadata"]["name"] = json!(format!("api-{number}"));
        world.apply_object(target).await?;
    }
    for number in 0..CROWD {
        let target = world.ready(REST.0, REST.1, &format!("api-{number}")).await?;
        assert_eq!(hops(&target), ["True/Settled"; 5], "{target:#}");
    }
    let calls = world.aws.calls_since(mark);
    assert_eq!(of(&calls, "CreateGatewayTarget").len(), CROWD);
    let reads: Vec<&str> = operations(&calls)
        .into_iter()
        .filter(|operation| {
            operation.starts_with("Describe") || operation.contains("Hosted") || operation.contains("Record")
        })
        .collect();
    let mut once = reads.clone();
    once.sort_unstable();
    once.dedup();
    // The two attributes of the VPC are two calls. Where the look at the server takes long, AWS is asked once more meanwhile.
    for operation in once {
        let once = if operation == "DescribeVpcAttribute" { 2 } else { 1 };
        let times = reads.iter().filter(|read| **read == operation).count();
        assert!((once..=5 * once).contains(&times), "{operation}: {reads:?}");
    }
    assert_eq!(stage.api.requests().values().sum::<usize>(), 2, "one look at the server, of two handshakes");
    Ok(())
}

#[tokio::test]
async fn a_resource_gateway_and_its_configuration_come_from_the_service() -> anyhow::Result<()> {
    let stage = Stage::set("fixed-shared").await?;
    let world = &stage.world;
    let allowed = json!({"metadata": {"annotations": {crate::stage::ALLOWED: "mcp-server,platform"}}});
    let from = format!("{{name: {}, namespace: {}}}", SERVICE.2, SERVICE.1);
    let objects = [
        format!(
            "
apiVersion: tools.agentcore.dev/v1alpha1
kind: ResourceGateway
metadata: {{name: shared-rg, namespace: platform}}
spec:
  vpcFrom: {{serviceRef: {from}}}
  securityGroupIds: [{SG_RG}]
"
        ),
        format!(
            r#"
apiVersion: tools.agentcore.dev/v1alpha1
kind: ResourceConfiguration
metadata: {{name: mcp, namespace: platform}}
spec:
  resourceGatewayRef: {{name: shared-rg}}
  definitionFrom: {{serviceRef: {from}}}
  portRanges: ["443"]
  allowedNamespaces: {{from: Selector, selector: {{matchLabels: {{agentcore: "yes"}}}}}}
"#
        ),
    ]
    .join("---");
    let mark = world.aws.mark();
    world.apply(&objects).await?;
    world.has("ResourceGateway", "platform", "shared-rg", ("Accepted", "False", "RefNotPermitted")).await?;
    sweeps(world, 2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    world.merge(SERVICE.0, SERVICE.1, SERVICE.2, allowed).await?;
    world.ready("ResourceConfiguration", "platform", "mcp").await?;
    let mutations = world.aws.mutations_since(mark);
    let gateway = asked(only(&mutations, "CreateResourceGateway")?)?;
    assert_eq!(gateway["vpcIdentifier"], VPC);
    assert_eq!(gateway["subnetIds"], json!([SUBNET_A1, SUBNET_A2]));
    assert_eq!(gateway["securityGroupIds"], json!([SG_RG]));
    let configuration = asked(only(&mutations, "CreateResourceConfiguration")?)?;
    let definition = &configuration["resourceConfigurationDefinition"]["dnsResource"];
    assert_eq!(definition["domainName"], NLB_DNS);
    the_target_goes_through_it(&stage).await
}

/// The target of the same Service, through the resource configuration: its endpoint keeps the host, and every hop is judged.
async fn the_target_goes_through_it(stage: &Stage) -> anyhow::Result<()> {
    let world = &stage.world;
    let mut target = mcp_target();
    target["spec"]["privateEndpoint"] =
        json!({"selfManagedLatticeResource": {"resourceConfigurationRef": {"name": "mcp", "namespace": "platform"}}});
    world.apply_object(target).await?;
    let target = world.ready(MCP.0, MCP.1, MCP.2).await?;
    assert_eq!(target["status"]["endpoint"], format!("https://{HOST}/mcp-server/mcp"));
    for hop in HOPS {
        assert_eq!(verdict(&target, hop).as_deref(), Some("True/Settled"), "{hop}: {target:#}");
    }
    Ok(())
}
