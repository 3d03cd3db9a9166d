//! What the operator writes into status arrives, and reads back as it was.

use std::fmt::Debug;

use agentcore_gateway_operator::api::{
    Gateway, GatewayFacts, GatewayTarget, GatewayTargetFacts, LastFailure, ManagedNetwork, ManagedResourceDetails,
    Observed, PendingAuthorization, PendingSynchronization, Replacing, Resolution, Resolved, ResourceConfiguration,
    ResourceConfigurationFacts, ResourceGateway, ResourceGatewayFacts, Status, Synchronization, TargetCounts,
};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::core::object::HasStatus;
use kube::{Api, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{cluster, samples};

#[tokio::test]
async fn status_says_that_nobody_has_looked_yet() -> anyhow::Result<()> {
    let client = cluster::client().await?;
    for manifest in
        [samples::gateway(), samples::rest_target(), samples::resource_gateway(), samples::resource_configuration()]
    {
        let stored = cluster::dry_run_create(&client, &manifest).await?.map_err(anyhow::Error::msg)?;
        assert_eq!(stored["status"], json!({"observedGeneration": -1}), "{}", manifest["kind"]);
    }
    Ok(())
}

#[tokio::test]
async fn every_member_of_every_status_is_kept() -> anyhow::Result<()> {
    let text = |value: &str| Some(value.to_owned());
    let reasons = vec!["x".repeat(2048); 100];
    kept::<Gateway, _>(
        samples::gateway(),
        GatewayFacts {
            gateway_id: text("agents-abcde12345"),
            gateway_arn: text("arn:aws:bedrock-agentcore:us-west-2:111122223333:gateway/agents-abcde12345"),
            gateway_url: text("https://agents-abcde12345.gateway.bedrock-agentcore.us-west-2.amazonaws.com/mcp"),
            aws_status: text("UPDATE_UNSUCCESSFUL"),
            status_reasons: reasons.clone(),
            workload_identity_arn: text("arn:aws:bedrock-agentcore:us-west-2:111122223333:workload-identity/agents"),
            resource_configuration_identifiers: vec!["rcfg-0a1b2c3d4e5f60d01".to_owned()],
            targets: Some(TargetCounts { total: 3, ready: 2 }),
        },
    )
    .await?;
    kept::<GatewayTarget, _>(
        samples::rest_target(),
        GatewayTargetFacts {
            target_id: text("TARGET0001"),
            gateway_id: text("agents-abcde12345"),
            name: text("eks-mcp-server"),
            aws_status: text("SYNCHRONIZE_PENDING_AUTH"),
            status_reasons: reasons.clone(),
            target_type: text("MCP_SERVER"),
            listing_mode: text("DYNAMIC"),
            managed_vpc_resource: Some(ManagedNetwork {
                vpc_identifier: "vpc-0a1b2c3d4e5f60718".to_owned(),
                security_group_ids: vec!["sg-0a1b2c3d4e5f60b02".to_owned()],
            }),
            resource_configuration_identifier: text("rcfg-0a1b2c3d4e5f60d01"),
            last_synchronized_at: text("2026-11-20T09:00:00Z"),
            endpoint: text("https://internal.example.com/mcp-server/mcp"),
            resolved: Some(resolved()),
            tools: (0..200).map(|n| format!("{n:_>256}")).collect(),
            prompts: (0..200).map(|n| format!("{n:_>256}")).collect(),
            tool_count: Some(1000),
            prompt_count: Some(201),
            resource_count: Some(0),
            catalog_digest: Some("0".repeat(64)),
            private_endpoint_managed_resources: vec![ManagedResourceDetails {
                domain: text("internal.example.com"),
                resource_gateway_arn: text(
                    "arn:aws:vpc-lattice:us-west-2:111122223333:resourcegateway/rgw-0a1b2c3d4e5f60e01",
                ),
                resource_association_arn: None,
            }],
            authorization: Some(PendingAuthorization {
                url: format!("https://{:_>2040}", ""),
                expires_at: text("2026-11-20T09:10:00Z"),
            }),
            refused_create: Some("0".repeat(64)),
            last_failure: Some(LastFailure { at: "2026-11-20T09:00:00Z".to_owned(), reasons }),
        },
    )
    .await?;
    kept::<ResourceGateway, _>(
        samples::resource_gateway(),
        ResourceGatewayFacts {
            resource_gateway_id: text("rgw-0a1b2c3d4e5f60e01"),
            resource_gateway_arn: text(
                "arn:aws:vpc-lattice:us-west-2:111122223333:resourcegateway/rgw-0a1b2c3d4e5f60e01",
            ),
            aws_status: text("CREATE_IN_PROGRESS"),
            vpc_id: text("vpc-0a1b2c3d4e5f60718"),
            subnet_ids: vec!["subnet-0a1b2c3d4e5f60a01".to_owned(), "subnet-0a1b2c3d4e5f60a02".to_owned()],
            resource_config_dns_resolution: text("IN_VPC"),
            used_by: Some(2),
        },
    )
    .await?;
    kept::<ResourceConfiguration, _>(
        samples::resource_configuration(),
        ResourceConfigurationFacts {
            resource_configuration_id: text("rcfg-0a1b2c3d4e5f60d01"),
            resource_configuration_arn: text(
                "arn:aws:vpc-lattice:us-west-2:1:resourceconfiguration/rcfg-0a1b2c3d4e5f60d01",
            ),
            aws_status: text("CREATE_FAILED"),
            failure_reason: text("The domain does not resolve."),
            resource_gateway_id: text("rgw-0a1b2c3d4e5f60e01"),
            resource_configuration_group_id: text("rcfg-0a1b2c3d4e5f60d09"),
            domain: text("api.internal.example.com"),
            used_by: Some(0),
        },
    )
    .await
}

/// Everything that a load balancer can tell.
fn resolved() -> Resolved {
    let text = |value: &str| Some(value.to_owned());
    Resolved {
        vpc_endpoint_id: text("vpce-0a1b2c3d4e5f60c01"),
        load_balancer_arn: text(
            "arn:aws:elasticloadbalancing:us-west-2:111122223333:loadbalancer/net/k8s-ingressn-nginxing-0123456789/0123456789abcdef",
        ),
        load_balancer_dns: text("k8s-ingressn-nginxing-0123456789-0123456789abcdef.elb.us-west-2.amazonaws.com"),
        scheme: text("internal"),
        vpc_id: text("vpc-0a1b2c3d4e5f60718"),
        subnet_ids: vec!["subnet-0a1b2c3d4e5f60a01".to_owned(), "subnet-0a1b2c3d4e5f60a02".to_owned()],
        load_balancer_security_group_ids: vec!["sg-0a1b2c3d4e5f60b01".to_owned()],
        certificate_arn: text("arn:aws:acm:us-west-2:111122223333:certificate/11111111-1111-1111-1111-111111111111"),
        certificate_type: text("AMAZON_ISSUED"),
        not_after: text("2027-06-01T00:00:00Z"),
        dns: Some(Resolution::PrivateHostedZone),
        routing_domain: text("k8s-ingressn-nginxing-0123456789-0123456789abcdef.elb.us-west-2.amazonaws.com"),
    }
}

/// Creates the object, applies the whole status to it, and reads it again.
async fn kept<Kind, Facts>(manifest: Value, facts: Facts) -> anyhow::Result<()>
where
    Kind: Resource<DynamicType = (), Scope = NamespaceResourceScope> + HasStatus<Status = Status<Facts>>,
    Kind: Clone + Debug + Serialize + DeserializeOwned,
    Facts: Debug + Default + PartialEq + Serialize,
{
    let objects: Api<Kind> = Api::default_namespaced(cluster::client().await?);
    let mut object: Kind = serde_json::from_value(manifest)?;
    object.meta_mut().name = Some("status".to_owned());
    objects.create(&PostParams::default(), &object).await?;
    let status = Status { facts, ..frame() };
    let body = json!({"apiVersion": Kind::api_version(&()), "kind": Kind::kind(&()), "status": &status});
    objects.patch_status("status", &PatchParams::apply("test").force(), &Patch::Apply(&body)).await?;
    let read = objects.get("status").await?;
    objects.delete("status", &DeleteParams::default()).await?;
    assert_eq!(read.status(), Some(&status));
    Ok(())
}

/// The part of a status that every kind has, with every member.
fn frame<Facts: Default>() -> Status<Facts> {
    let text = |value: &str| Some(value.to_owned());
    let condition = |type_: &str| Condition {
        type_: type_.to_owned(),
        status: "True".to_owned(),
        reason: "Settled".to_owned(),
        message: String::new(),
        observed_generation: Some(1),
        last_transition_time: Time(Timestamp::UNIX_EPOCH),
    };
    Status {
        observed_generation: Some(1),
        last_handled_reconcile_at: text("2026-11-20T09:00:00.123456789Z"),
        conditions: vec![condition("Ready"), condition("Accepted")],
        observed: Some(Observed {
            account_id: text("111122223333"),
            region: text("us-west-2"),
            updated_at: text("2026-11-20T09:00:00Z"),
            spec_hash: Some("0".repeat(64)),
            own_hash: Some("0".repeat(64)),
            create_attempt: Some(1),
            tag_keys: vec!["team".to_owned()],
            adopted: text("agents"),
            resent: Some("0".repeat(64)),
            replacement: Some(Replacing {
                current: 1,
                tried: 3,
                building: true,
                successor: text("rgw-0a1b2c3d4e5f60e03"),
                retiring: text("rgw-0a1b2c3d4e5f60e01"),
                failure: text("AWS gives no reason"),
            }),
            synchronization: Some(Synchronization {
                rollout: Some("0".repeat(64)),
                requested: text("once more"),
                pending: Some(PendingSynchronization {
                    digest: Some("0".repeat(64)),
                    after: text("2026-11-20T09:00:00Z"),
                }),
                sent: vec!["2026-11-20T09:00:00.123456789Z".to_owned(); 60],
            }),
        }),
        facts: Facts::default(),
    }
}

/// What the SDK makes of an answer without an id.
#[test]
fn an_empty_id_is_none() -> anyhow::Result<()> {
    assert_eq!(serde_json::from_value::<GatewayFacts>(json!({"gatewayId": ""}))?, GatewayFacts::default());
    let empty = json!({"targetId": "", "gatewayId": ""});
    assert_eq!(serde_json::from_value::<GatewayTargetFacts>(empty)?, GatewayTargetFacts::default());
    let facts: GatewayTargetFacts = serde_json::from_value(json!({"targetId": "TARGET0001", "gatewayId": null}))?;
    assert_eq!((facts.target_id.as_deref(), facts.gateway_id), (Some("TARGET0001"), None));
    let (gateway, configuration) = (json!({"resourceGatewayId": ""}), json!({"resourceConfigurationId": ""}));
    assert_eq!(serde_json::from_value::<ResourceGatewayFacts>(gateway)?, ResourceGatewayFacts::default());
    assert_eq!(
        serde_json::from_value::<ResourceConfigurationFacts>(configuration)?,
        ResourceConfigurationFacts::default()
    );
    Ok(())
}

#[test]
fn an_untouched_status_is_empty() -> anyhow::Result<()> {
    assert_eq!(serde_json::to_value(Status::<GatewayTargetFacts>::default())?, json!({}));
    assert_eq!(serde_json::from_value::<Status<GatewayTargetFacts>>(json!({}))?, Status::default());
    Ok(())
}
