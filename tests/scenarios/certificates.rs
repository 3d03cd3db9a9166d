//! Card D15: a certificate that AgentCore does not trust is told before it makes dead tools; a load balancer with a public one in front
//! is the way out, and it is that one which is judged.

use anyhow::Context;
use lab::aws::network::fixture::{ALB_TARGETS, CERTIFICATE, SG_LB, SUBNET_A1, SUBNET_A2, VPC};
use lab::aws::network::{Certificate, LoadBalancer, Protocol};
use lab::world::API_HOST;
use serde_json::{Value, json};

use crate::ledger::{asked, only};
use crate::manifests::managed_network;
use crate::stage::{REST, Stage, rest_target};
use crate::support::{message, verdict};

/// The certificate of the load balancer in front.
const PUBLIC: &str = "arn:aws:acm:us-west-2:111122223333:certificate/22222222-2222-2222-2222-222222222222";

/// The host that it is for.
const PROXIED: &str = "my-server.example.com";

fn present(stage: &Stage, certificate: Certificate) -> anyhow::Result<()> {
    stage.world.aws.network(|network| {
        network.certificate_mut(CERTIFICATE).map(|held| *held = certificate).context("no certificate")
    })
}

#[tokio::test]
async fn a_private_or_self_signed_certificate_is_told_with_both_ways_out() -> anyhow::Result<()> {
    let stage = Stage::set("d15-private").await?;
    let world = &stage.world;
    for certificate in
        [Certificate::private(CERTIFICATE, &[API_HOST]), Certificate::self_signed(CERTIFICATE, &[API_HOST])]
    {
        present(&stage, certificate)?;
        let stalled = stage.held(rest_target(), ("CertificateTrusted", "False", "PrivateCertificate")).await?;
        assert_eq!(verdict(&stalled, "Ready").as_deref(), Some("False/PrivateCertificate"));
        let told = message(&stalled, "CertificateTrusted");
        for way_out in ["certificateConfigurations", "internal Application Load Balancer", "public certificate"] {
            assert!(told.contains(way_out), "{way_out}: {told}");
        }
        world.delete(REST.0, REST.1, REST.2).await?;
        world.gone(REST.0, REST.1, REST.2).await?;
    }
    let secret =
        json!([{"secretsManager": {"secretArn": "arn:aws:secretsmanager:us-west-2:111122223333:secret:ca-AbCdEf"}}]);
    let mut trusting = rest_target();
    trusting["spec"]["certificateConfigurations"] = secret;
    world.apply_object(trusting).await?;
    let target = world.ready(REST.0, REST.1, REST.2).await?;
    assert_eq!(verdict(&target, "CertificateTrusted").as_deref(), Some("True/Settled"), "{target:#}");
    Ok(())
}

/// The target of variant (b), through this load balancer.
fn proxied(routing_domain: &str) -> Value {
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "rest-api", "version": "1.0.0"},
        "servers": [{"url": format!("https://{PROXIED}")}],
        "paths": {"/items": {"get": {"operationId": "listItems", "responses": {"200": {"description": "OK"}}}}},
    });
    let mut target = rest_target();
    target["spec"]["targetConfiguration"]["mcp"]["openApiSchema"] = json!({"inlinePayload": document.to_string()});
    let mut network = managed_network();
    network["managedVpcResource"]["routingDomain"] = json!(routing_domain);
    target["spec"]["privateEndpoint"] = network;
    target
}

/// Puts the load balancer in front, with this certificate, and answers with its name in DNS.
fn put_in_front(stage: &Stage, certificate: Certificate) -> anyhow::Result<String> {
    stage.world.aws.network(|network| {
        let targets = network.target_group(ALB_TARGETS).context("no target group")?.arn.clone();
        let (id, number) = ("00000000000000aa", "1230000000");
        let balancer = LoadBalancer::application("private-ca-proxy-alb", id, number, VPC, &[SUBNET_A1, SUBNET_A2])
            .guarded_by(&[SG_LB])
            .listening(443, Protocol::Https, &targets, &[PUBLIC]);
        let name = balancer.dns_name.clone();
        network.load_balancers.push(balancer);
        network.certificates.push(certificate);
        Ok(name)
    })
}

#[tokio::test]
async fn the_load_balancer_of_the_routing_domain_is_judged() -> anyhow::Result<()> {
    let stage = Stage::set("d15-proxy").await?;
    let world = &stage.world;
    present(&stage, Certificate::private(CERTIFICATE, &[API_HOST]))?;
    let name = put_in_front(&stage, Certificate::amazon_issued(PUBLIC, &["other.example.com"]))?;
    let mut network = managed_network();
    network["managedVpcResource"]["routingDomain"] = json!(name);
    let stalled = stage.held(proxied(&name), ("CertificateTrusted", "False", "HostMismatch")).await?;
    assert!(message(&stalled, "CertificateTrusted").contains(PROXIED), "{stalled:#}");
    let mark = world.aws.mark();
    world.aws.network(|network| {
        let held = network.certificate_mut(PUBLIC).context("no certificate")?;
        *held = Certificate::amazon_issued(PUBLIC, &[PROXIED]);
        anyhow::Ok(())
    })?;
    let target = world.ready(REST.0, REST.1, REST.2).await?;
    let create = asked(only(&world.aws.mutations_since(mark), "CreateGatewayTarget")?)?;
    assert_eq!(create["privateEndpoint"], network);
    let document: Value =
        serde_json::from_str(crate::support::text(&create, "/targetConfiguration/mcp/openApiSchema/inlinePayload")?)?;
    assert_eq!(document["servers"], json!([{"url": format!("https://{PROXIED}")}]));
    assert_eq!(verdict(&target, "CertificateTrusted").as_deref(), Some("True/Settled"), "{target:#}");
    assert_eq!(target["status"]["resolved"]["certificateArn"], PUBLIC);
    Ok(())
}

#[tokio::test]
async fn a_routing_domain_is_for_managed_networks_only() -> anyhow::Result<()> {
    let stage = Stage::set("d15-refused").await?;
    let mut both = proxied("internal-private-ca-proxy-alb-1230000000.us-west-2.elb.amazonaws.com");
    both["spec"]["privateEndpoint"]["selfManagedLatticeResource"] =
        json!({"resourceConfigurationRef": {"name": "mcp", "namespace": "platform"}});
    let refusal = stage.world.apply_object(both).await.expect_err("both members were taken");
    assert!(format!("{refusal:#}").contains("privateEndpoint"), "{refusal:#}");
    let mut inside = proxied("unused");
    inside["spec"]["privateEndpoint"] = json!({"selfManagedLatticeResource": {
        "resourceConfigurationRef": {"name": "mcp", "namespace": "platform"}, "routingDomain": "lb.example.com",
    }});
    let refusal = stage.world.apply_object(inside).await.expect_err("routingDomain was taken");
    assert!(format!("{refusal:#}").contains("routingDomain"), "{refusal:#}");
    Ok(())
}
