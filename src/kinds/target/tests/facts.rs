//! What users may rely on of a target.

use super::{
    requests::{everything, in_aws},
    samples::ENDPOINT,
    *,
};
use crate::{
    api::{ManagedNetwork, Resolved},
    overlay::tests::texts,
};
use aws_smithy_types::DateTime;

#[test]
fn what_users_may_rely_on() {
    let resource = sdk::ManagedResourceDetails::builder().domain("internal.example.com").resource_gateway_arn("rgw");
    let report = report(&everything())
        .status(TargetStatus::SynchronizeUnsuccessful)
        .status_reasons("words")
        .last_synchronized_at(DateTime::from_secs(0))
        .private_endpoint_managed_resources(resource.build());
    let failed = Observed { gateway: GATEWAY.into(), target: report.build().unwrap(), unknown: Vec::new() };
    let learnt = GatewayTargetFacts {
        resolved: Some(Resolved { vpc_id: Some("vpc-0a1b2c3d4e5f60718".into()), ..Resolved::default() }),
        tools: texts(&["eks-mcp-server___search"]),
        prompts: texts(&["eks-mcp-server___summarize"]),
        tool_count: Some(1),
        prompt_count: Some(2),
        resource_count: Some(3),
        catalog_digest: Some("digest".into()),
        ..GatewayTargetFacts::default()
    };
    let facts = GatewayTarget::facts(&failed, &learnt);
    let failure = LastFailure { at: "1970-01-01T00:00:02Z".into(), reasons: vec!["words".into()] };
    let expected = GatewayTargetFacts {
        target_id: Some("TARGET0001".into()),
        gateway_id: Some(GATEWAY.into()),
        name: Some("eks-mcp-server".into()),
        aws_status: Some("SYNCHRONIZE_UNSUCCESSFUL".into()),
        status_reasons: vec!["words".into()],
        target_type: Some("MCP_SERVER".into()),
        listing_mode: Some("DYNAMIC".into()),
        managed_vpc_resource: Some(ManagedNetwork {
            vpc_identifier: "vpc-0a1b2c3d4e5f60718".into(),
            security_group_ids: texts(&["sg-0a1b2c3d4e5f60b01", "sg-0a1b2c3d4e5f60b02"]),
        }),
        last_synchronized_at: Some("1970-01-01T00:00:00Z".into()),
        endpoint: Some(ENDPOINT.into()),
        private_endpoint_managed_resources: vec![ManagedResourceDetails {
            domain: Some("internal.example.com".into()),
            resource_gateway_arn: Some("rgw".into()),
            resource_association_arn: None,
        }],
        last_failure: Some(failure.clone()),
        // What AWS does not tell stays as it was learnt.
        ..learnt
    };
    assert_eq!(facts, expected);
    let repaired = GatewayTarget::facts(&in_aws(&everything()), &facts);
    assert_eq!(repaired.last_failure, Some(failure), "what went wrong last is kept");
    assert_eq!(GatewayTarget::summary(&facts), format!("MCP_SERVER {ENDPOINT} is registered as eks-mcp-server"));
    let listed = Summary {
        id: "TARGET0001".into(),
        name: "eks-mcp-server".into(),
        status: "SYNCHRONIZE_UNSUCCESSFUL".into(),
        marker: Some(Marker::of(&identity())),
        updated_at: "1970-01-01T00:00:02Z".into(),
        synchronized_at: Some("1970-01-01T00:00:00Z".into()),
        ..Summary::default()
    };
    assert_eq!(GatewayTarget::listed(&failed), listed);
    let summary = |synchronized_at: Option<&str>| Summary {
        synchronized_at: synchronized_at.map(str::to_owned),
        ..listed.clone()
    };
    assert!(GatewayTarget::is_as_recorded(&summary(Some("1970-01-01T00:00:00Z")), &facts));
    assert!(!GatewayTarget::is_as_recorded(&summary(Some("1970-01-01T00:00:01Z")), &facts), "tools were read again");
    assert!(!GatewayTarget::is_as_recorded(&summary(None), &facts));
}

#[test]
fn the_endpoint_of_an_api_is_its_first_server() {
    let table = [
        (r#"{"servers": [{"url": "https://api.example.com"}, {"url": "https://b"}]}"#, Some("https://api.example.com")),
        (r#"{"servers": []}"#, None),
        (r#"{"servers": [{"url": 1}]}"#, None),
        ("openapi: 3.1.0", None),
    ];
    for (document, expected) in table {
        let facts = GatewayTarget::facts(
            &observed(&desired(api(document, CONFIGURATION)), "READY"),
            &GatewayTargetFacts::default(),
        );
        assert_eq!(facts.endpoint.as_deref(), expected, "{document}");
        assert_eq!(facts.target_type.as_deref(), Some("OPEN_API_SCHEMA"));
    }
}
