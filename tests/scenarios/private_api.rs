//! Cards D04 and D05: a private REST API of API Gateway, called through a VPC endpoint by either of its two names.

use lab::aws::network::fixture::{API_ENDPOINT, API_ENDPOINT_DNS, SUBNET_A1, SUBNET_A2, VPC};
use lab::aws::network::{Network, VpcEndpointName};
use lab::world::World;
use serde_json::{Value, json};

use crate::ledger::{asked, of, only, operations, refusals};
use crate::manifests::{api_key, managed_network};
use crate::support::{becomes, gateway, message, sweeps, text, verdict, world};

const TARGET: (&str, &str, &str) = ("GatewayTarget", "platform", "private-apigw");
const BY_ENDPOINT: &str = "https://a1b2c3d4e5-vpce-0a1b2c3d4e5f60c01.execute-api.us-west-2.amazonaws.com/prod";
const BY_API: &str = "https://a1b2c3d4e5.execute-api.us-west-2.amazonaws.com/prod";

/// The document of the card.
fn openapi() -> Value {
    let answer = json!({"200": {"description": "OK"}});
    json!({
        "openapi": "3.0.3",
        "info": {"title": "private-api", "version": "1.0.0"},
        "paths": {
            "/health": {"get": {"operationId": "healthCheck", "responses": answer}},
            "/items": {"get": {"operationId": "listItems", "responses": answer}},
        },
    })
}

/// The target of the card; what AWS is told about the network is what the spec says.
fn target(via: &str, network: &Value) -> Value {
    json!({
        "apiVersion": "tools.agentcore.dev/v1alpha1",
        "kind": "GatewayTarget",
        "metadata": {"name": TARGET.2, "namespace": TARGET.1},
        "spec": {
            "gatewayRef": {"name": "agents"},
            "targetConfiguration": {"mcp": {"openApiSchema": {
                "inlinePayloadFrom": {"configMapKeyRef": {"name": "private-api", "key": "openapi.json"}},
                "serverUrlFrom": {"privateApiGateway": {
                    "restApiId": "a1b2c3d4e5", "stage": "prod", "vpcEndpointId": API_ENDPOINT, "via": via,
                }},
            }}},
            "credentialProviderConfigurations": api_key("private-apigw"),
            "privateEndpoint": network,
        },
    })
}

/// A world with the card's ConfigMap and a gateway.
async fn stage(name: &str) -> anyhow::Result<World> {
    let world = world(name).await?;
    world.aws.install_fixture();
    gateway(&world).await?;
    let map = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "private-api", "namespace": "platform"},
        "data": {"openapi.json": openapi().to_string()},
    });
    world.apply_object(map).await?;
    Ok(world)
}

/// What AWS has to be asked for.
fn body(target: &Value, server: &str, network: &Value) -> Value {
    let mut document = openapi();
    document["servers"] = json!([{"url": server}]);
    json!({
        "gatewayIdentifier": target["status"]["gatewayId"],
        "name": target["metadata"]["name"],
        "targetConfiguration": {"mcp": {"openApiSchema": {"inlinePayload": document}}},
        "credentialProviderConfigurations": api_key("private-apigw"),
        "privateEndpoint": network,
    })
}

/// What AWS was asked for, the document as JSON.
fn sent(world: &World, mark: usize) -> anyhow::Result<Value> {
    let mut body = asked(only(&world.aws.mutations_since(mark), "CreateGatewayTarget")?)?;
    let payload = "/targetConfiguration/mcp/openApiSchema/inlinePayload";
    let document: Value = serde_json::from_str(text(&body, payload)?)?;
    body["targetConfiguration"]["mcp"]["openApiSchema"]["inlinePayload"] = document;
    Ok(body)
}

/// Variant (a).
#[tokio::test]
async fn by_the_name_of_the_endpoint() -> anyhow::Result<()> {
    let world = stage("d04-endpoint").await?;
    let mark = world.aws.mark();
    world.apply_object(target("EndpointName", &managed_network())).await?;
    let target = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(sent(&world, mark)?, body(&target, BY_ENDPOINT, &managed_network()));
    assert_eq!(refusals(&world.aws.calls_since(mark)), [""; 0]);
    let calls = world.aws.calls_since(mark);
    let read = of(&calls, "DescribeVpcEndpoints").first().map(|read| read.index);
    anyhow::ensure!(read < Some(only(&calls, "CreateGatewayTarget")?.index) && read.is_some(), "it is read before");
    let status = &target["status"];
    assert_eq!(status["endpoint"], BY_ENDPOINT);
    assert_eq!(status["targetType"], "OPEN_API_SCHEMA");
    assert_eq!(status["tools"], json!(["private-apigw___healthCheck", "private-apigw___listItems"]));
    assert_eq!(status["toolCount"], 2);
    let resolved = json!({"vpcEndpointId": API_ENDPOINT, "vpcId": VPC, "subnetIds": [SUBNET_A1, SUBNET_A2]});
    assert_eq!(status["resolved"], resolved);
    let before = world.aws.network(|network| network.clone());
    sweeps(&world, 3).await?;
    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    world.gone(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["CreateGatewayTarget", "DeleteGatewayTarget"]);
    assert_eq!(world.aws.network(|network| network.clone()), before, "the VPC endpoint is untouched");
    Ok(())
}

/// Variant (b): the name that is resolved is the one that EC2 tells, among others that look like it.
#[tokio::test]
async fn by_the_name_of_the_api_and_a_routing_domain() -> anyhow::Result<()> {
    let world = stage("d04-routing").await?;
    world.aws.network(|network| {
        let names = ["execute-api.us-west-2.amazonaws.com", "*.execute-api.us-west-2.amazonaws.com"]
            .into_iter()
            .map(str::to_owned)
            .chain([API_ENDPOINT_DNS.replace(".execute-api", "-us-west-2a.execute-api"), API_ENDPOINT_DNS.to_owned()]);
        let entry = |name| VpcEndpointName { name, zone: "Z1YSA3EXCYUU9Z".to_owned() };
        if let Some(endpoint) = network.vpc_endpoint_mut(API_ENDPOINT) {
            endpoint.names = names.map(entry).collect();
            // EC2's model has other letters.
            endpoint.state = "Available".to_owned();
        }
    });
    let mark = world.aws.mark();
    world.apply_object(target("RoutingDomain", &managed_network())).await?;
    let target = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let mut network = managed_network();
    network["managedVpcResource"]["routingDomain"] = json!(API_ENDPOINT_DNS);
    assert_eq!(sent(&world, mark)?, body(&target, BY_API, &network));
    assert_eq!(target["status"]["endpoint"], BY_API);
    assert_eq!(target["status"]["resolved"]["routingDomain"], API_ENDPOINT_DNS);
    what_was_derived_stays(&world, mark).await
}

/// Another name in EC2, a permission that is gone, and a restart: nothing of it is an update.
async fn what_was_derived_stays(world: &World, mark: usize) -> anyhow::Result<()> {
    world.aws.network(|network| {
        if let Some(endpoint) = network.vpc_endpoint_mut(API_ENDPOINT) {
            endpoint.names.retain(|name| name.name != API_ENDPOINT_DNS);
            endpoint.subnets.pop();
        }
    });
    ask(world, "1").await?;
    world.aws.deny("DescribeVpcEndpoints");
    ask(world, "2").await?;
    sweeps(world, 3).await?;
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["CreateGatewayTarget"]);
    Ok(())
}

/// Asks for a look at the target, and waits until it was made.
async fn ask(world: &World, at: &str) -> anyhow::Result<Value> {
    let annotation = json!({"metadata": {"annotations": {"tools.agentcore.dev/reconcile-requested-at": at}}});
    world.merge(TARGET.0, TARGET.1, TARGET.2, annotation).await?;
    becomes(world, TARGET, "/status/lastHandledReconcileAt", json!(at)).await
}

/// A routing domain that the spec says is the spec's, and what is left out is the VPC endpoint's.
#[tokio::test]
async fn what_is_left_out_is_taken_from_the_endpoint() -> anyhow::Result<()> {
    let world = stage("d04-derived").await?;
    let mark = world.aws.mark();
    let own = "api.routing.example.com";
    let network = json!({"managedVpcResource": {"securityGroupIds": ["sg-0a1b2c3d4e5f60b02"], "routingDomain": own}});
    world.apply_object(target("RoutingDomain", &network)).await?;
    let target = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let mut network = managed_network();
    network["managedVpcResource"]["routingDomain"] = json!(own);
    assert_eq!(sent(&world, mark)?, body(&target, BY_API, &network));
    assert_eq!(target["status"]["resolved"]["routingDomain"], Value::Null, "it is not derived");
    Ok(())
}

/// Variants (c), (d) and (e): no create in any of them, until the endpoint can be used.
#[tokio::test]
async fn an_endpoint_that_cannot_be_used_is_waited_for() -> anyhow::Result<()> {
    let world = stage("d04-unusable").await?;
    let mark = world.aws.mark();
    let good = Network::fixture().vpc_endpoints;
    let change = |change: &dyn Fn(&mut Network)| world.aws.network(change);
    change(&|network| network.vpc_endpoints.clear());
    world.apply_object(target("RoutingDomain", &managed_network())).await?;
    for (reason, held, words, make) in [
        ("ReferenceNotFound", "Reconciling", API_ENDPOINT, None),
        ("ReferenceNotReady", "Reconciling", "pending", Some(("state", "Pending"))),
        ("ReferenceNotReady", "Reconciling", "deleting", Some(("state", "deleting"))),
        ("Invalid", "Stalled", "com.amazonaws.us-west-2.s3", Some(("service", "com.amazonaws.us-west-2.s3"))),
    ] {
        if let Some((member, value)) = make {
            change(&|network| {
                network.vpc_endpoints.clone_from(&good);
                let endpoint = &mut network.vpc_endpoints[0];
                if member == "state" { &mut endpoint.state } else { &mut endpoint.service }.replace_range(.., value);
            });
        }
        let look = async || {
            let told = world.find(TARGET.0, TARGET.1, TARGET.2).await.ok().flatten()?;
            let is_it = verdict(&told, "ResolvedRefs").as_deref() == Some(&format!("False/{reason}"))
                && message(&told, "ResolvedRefs").contains(words);
            is_it.then_some(told)
        };
        let told = world.wait_for(&format!("{reason} about {words}"), lab::world::PATIENCE, look).await?;
        assert_eq!(verdict(&told, held), Some(format!("True/{reason}")), "{told:#}");
        assert_eq!(verdict(&told, "Ready"), Some(format!("False/{reason}")));
        assert_eq!(verdict(&told, "Accepted").as_deref(), Some("True/Settled"));
    }
    sweeps(&world, 3).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    change(&|network| network.vpc_endpoints.clone_from(&good));
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["CreateGatewayTarget"]);
    Ok(())
}

/// Without the permission nothing is composed: the name of the endpoint is enough where nothing else is needed.
#[tokio::test]
async fn a_missing_permission_blocks_only_what_cannot_be_known() -> anyhow::Result<()> {
    let world = stage("d04-denied").await?;
    world.aws.deny("DescribeVpcEndpoints");
    let mark = world.aws.mark();
    world.apply_object(target("RoutingDomain", &managed_network())).await?;
    let held = world.has(TARGET.0, TARGET.1, TARGET.2, ("Ready", "False", "Denied")).await?;
    assert!(message(&held, "Ready").contains("ec2:DescribeVpcEndpoints"), "{held:#}");
    assert_eq!(operations(&world.aws.mutations_since(mark)), [""; 0]);
    world.delete(TARGET.0, TARGET.1, TARGET.2).await?;
    world.gone(TARGET.0, TARGET.1, TARGET.2).await?;
    world.apply_object(target("EndpointName", &managed_network())).await?;
    let target = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(sent(&world, mark)?, body(&target, BY_ENDPOINT, &managed_network()));
    Ok(())
}

/// An endpoint that goes away behind a target that serves is told, and AWS is left as it is.
#[tokio::test]
async fn an_endpoint_that_is_gone_is_told() -> anyhow::Result<()> {
    let world = stage("d04-gone").await?;
    let mark = world.aws.mark();
    world.apply_object(target("EndpointName", &managed_network())).await?;
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    world.aws.network(|network| network.vpc_endpoints.clear());
    let told = world.has(TARGET.0, TARGET.1, TARGET.2, ("Ready", "False", "ReferenceNotFound")).await?;
    assert!(message(&told, "Ready").contains(API_ENDPOINT), "{told:#}");
    sweeps(&world, 3).await?;
    world.aws.network(|network| network.vpc_endpoints = Network::fixture().vpc_endpoints);
    world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    assert_eq!(operations(&world.aws.mutations_since(mark)), ["CreateGatewayTarget"]);
    Ok(())
}

/// The resource gateway and the resource configuration of card D05.
const SELF_MANAGED: &str = r#"
apiVersion: tools.agentcore.dev/v1alpha1
kind: ResourceConfiguration
metadata: {name: private-api, namespace: platform}
spec:
  type: SINGLE
  resourceGatewayRef: {name: shared-rg}
  resourceConfigurationDefinition:
    dnsResource: {domainName: a1b2c3d4e5-vpce-0a1b2c3d4e5f60c01.execute-api.us-west-2.amazonaws.com, ipAddressType: IPV4}
  portRanges: ["443"]
---
apiVersion: tools.agentcore.dev/v1alpha1
kind: ResourceGateway
metadata: {name: shared-rg, namespace: platform}
spec:
  vpcIdentifier: vpc-0a1b2c3d4e5f60718
  subnetIds: [subnet-0a1b2c3d4e5f60a01, subnet-0a1b2c3d4e5f60a02]
  securityGroupIds: [sg-0a1b2c3d4e5f60b02]
  ipAddressType: IPV4
  ipv4AddressesPerEni: 1
  resourceConfigDnsResolution: PUBLIC
"#;

/// Card D05, in the reverse order.
#[tokio::test]
async fn through_a_resource_configuration_of_ones_own() -> anyhow::Result<()> {
    let world = stage("d05").await?;
    let mark = world.aws.mark();
    let network = json!({"selfManagedLatticeResource": {"resourceConfigurationRef": {"name": "private-api"}}});
    world.apply_object(target("EndpointName", &network)).await?;
    world.has(TARGET.0, TARGET.1, TARGET.2, ("ResolvedRefs", "False", "ReferenceNotFound")).await?;
    world.apply(SELF_MANAGED).await?;
    let target = world.ready(TARGET.0, TARGET.1, TARGET.2).await?;
    let configuration = world.ready("ResourceConfiguration", "platform", "private-api").await?;
    let mutations = world.aws.mutations_since(mark);
    assert_eq!(refusals(&mutations), [""; 0]);
    let expected = ["CreateResourceGateway", "CreateResourceConfiguration", "CreateGatewayTarget"];
    assert_eq!(operations(&mutations), expected);
    let arn = configuration["status"]["resourceConfigurationArn"].clone();
    let network = json!({"selfManagedLatticeResource": {"resourceConfigurationIdentifier": arn}});
    assert_eq!(sent(&world, mark)?, body(&target, BY_ENDPOINT, &network));
    assert_eq!(target["status"]["endpoint"], BY_ENDPOINT);
    let association = text(&target, "/status/privateEndpointManagedResources/0/resourceAssociationArn")?;
    assert!(association.contains("servicenetworkresourceassociation/snra-"), "{association}");
    let gateway = asked(only(&mutations, "CreateResourceGateway")?)?;
    assert_eq!(
        (&gateway["ipv4AddressesPerEni"], &gateway["resourceConfigDnsResolution"]),
        (&json!(1), &json!("PUBLIC"))
    );
    all_go(&world, mark).await
}

async fn all_go(world: &World, mark: usize) -> anyhow::Result<()> {
    let objects =
        [TARGET, ("ResourceConfiguration", "platform", "private-api"), ("ResourceGateway", "platform", "shared-rg")];
    for (kind, namespace, name) in objects {
        world.delete(kind, namespace, name).await?;
    }
    for (kind, namespace, name) in objects {
        world.gone(kind, namespace, name).await?;
    }
    let mutations = world.aws.mutations_since(mark);
    let changed: Vec<&str> = mutations
        .iter()
        .filter(|call| call.changed && call.operation.starts_with("Delete"))
        .map(|call| call.operation.as_str())
        .collect();
    assert_eq!(changed, ["DeleteGatewayTarget", "DeleteResourceConfiguration", "DeleteResourceGateway"]);
    Ok(())
}
