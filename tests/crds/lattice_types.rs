//! Every type of resource configuration: what goes with it, and what does not.

use agentcore_gateway_operator::api::ResourceConfigurationSpec;
use serde_json::{Value, json};

use super::{
    accepted::accepted_unchanged,
    cluster,
    refused::{all_refused, refusal},
    refused_changes::all_refused as all_changes_refused,
    samples,
};

fn of_type(kind: &str, mut spec: Value) -> Value {
    spec["type"] = json!(kind);
    samples::object("ResourceConfiguration", spec)
}

/// A group with every member that goes with one.
fn group() -> Value {
    of_type(
        "GROUP",
        json!({
            "protocol": "TCP",
            "resourceGatewayRef": {"name": "shared-rg"},
            "portRanges": ["5432", "1-65535"],
            "allowAssociationToShareableServiceNetwork": false,
            "groupDomain": "example.com",
            "domainVerificationIdentifier":
                "arn:aws:vpc-lattice:us-west-2:111122223333:domainverification/dv-0a1b2c3d4e5f60f01",
            "allowedNamespaces": {"from": "All"},
        }),
    )
}

/// A child with every member that goes with one.
fn child() -> Value {
    of_type(
        "CHILD",
        json!({
            "resourceConfigurationGroupRef": {"name": "databases", "namespace": "platform"},
            "resourceConfigurationDefinition":
                {"dnsResource": {"domainName": "one.internal.example.com", "ipAddressType": "DUALSTACK"}},
            "portRanges": ["5432"],
            "customDomainName": "one.example.com",
        }),
    )
}

/// A resource of AWS's own with every member that goes with one.
fn arn() -> Value {
    of_type(
        "ARN",
        json!({
            "resourceGatewayRef": {"name": "shared-rg"},
            "resourceConfigurationDefinition":
                {"arnResource": {"arn": "arn:aws:rds:us-west-2:111122223333:cluster:orders"}},
            "allowAssociationToShareableServiceNetwork": true,
        }),
    )
}

/// A part of a network with every member that goes with one.
fn cidr() -> Value {
    of_type(
        "CIDR",
        json!({
            "protocol": "TCP_UDP",
            "resourceGatewayIdentifier": "rgw-0a1b2c3d4e5f60e01",
            "resourceConfigurationDefinition": {"cidrResource": {"cidrRanges": ["10.0.0.0/16", "fd00::/8"]}},
            "portRanges": ["53", "443"],
        }),
    )
}

#[tokio::test]
async fn every_type_is_accepted_as_it_stands() -> anyhow::Result<()> {
    let by_identifier = json!({"spec": {
        "resourceConfigurationGroupRef": null,
        "resourceConfigurationGroupIdentifier": "rcfg-0a1b2c3d4e5f60d01",
    }});
    let from_ingress = json!({"spec": {
        "resourceConfigurationDefinition": null, "definitionFrom": {"ingressRef": {"name": "rest-api"}},
    }});
    let everything =
        json!({"spec": {"resourceConfigurationDefinition": {"cidrResource": {"cidrRanges": ["0.0.0.0/0"]}}}});
    let no_family = json!({"spec": {"resourceConfigurationDefinition": {"dnsResource": {"ipAddressType": null}}}});
    let without = json!({"spec": {"portRanges": null, "protocol": null}});
    let samples = [
        group(),
        samples::patched(group(), &without),
        child(),
        samples::patched(child(), &without),
        samples::patched(child(), &no_family),
        samples::patched(child(), &by_identifier),
        samples::patched(child(), &from_ingress),
        arn(),
        cidr(),
        samples::patched(cidr(), &everything),
        samples::patched(cidr(), &without),
    ];
    for sample in samples {
        accepted_unchanged::<ResourceConfigurationSpec>(&sample).await?;
    }
    Ok(())
}

/// What every type needs, and what none of them takes.
#[tokio::test]
async fn what_does_not_go_with_a_type_is_refused() -> anyhow::Result<()> {
    const NO_GATEWAY: &str =
        "spec: Invalid value: exactly one of resourceGatewayRef, resourceGatewayIdentifier is required";
    const NOT_A_MEMBER: &str = "spec: Invalid value: only a CHILD belongs to a group; set type: CHILD, or remove resourceConfigurationGroupRef and resourceConfigurationGroupIdentifier";
    const NO_PROTOCOL: &str =
        "spec.protocol: Invalid value: protocol goes with the types SINGLE, GROUP and CIDR only; remove it";
    const NO_SHARING: &str = "spec.allowAssociationToShareableServiceNetwork: Invalid value: allowAssociationToShareableServiceNetwork goes with the types SINGLE, GROUP and ARN only: a CHILD follows its group, and a CIDR joins no service network; remove it";
    const NO_GROUP_DOMAIN: &str = "spec.groupDomain: Invalid value: groupDomain goes with type GROUP only; a SINGLE or CHILD has a customDomainName";
    const ONE_ENDPOINT: &str = "spec.resourceConfigurationDefinition: Invalid value: types SINGLE and CHILD lead to one endpoint: define it by dnsResource or ipResource, or set another type";
    let single = samples::resource_configuration;
    let gateway = json!({"resourceGatewayRef": {"name": "shared-rg"}});
    let no_gateway = json!({"resourceGatewayRef": null, "resourceGatewayIdentifier": null});
    let member = json!({"resourceConfigurationGroupIdentifier": "rcfg-0a1b2c3d4e5f60d01"});
    let defined = |definition: Value| json!({"resourceConfigurationDefinition": definition});
    let cidr_range = json!({"dnsResource": null, "arnResource": null, "cidrResource": {"cidrRanges": ["10.0.0.0/16"]}});
    let database = json!({"dnsResource": null, "cidrResource": null, "arnResource": {"arn": "arn:aws:rds:us-west-2:111122223333:db:orders"}});
    let sharing = json!({"allowAssociationToShareableServiceNetwork": false});
    let domain = json!({"groupDomain": "example.com"});
    let from = json!({"resourceConfigurationDefinition": null, "definitionFrom": {"ingressRef": {"name": "rest-api"}}});
    all_refused(vec![
        refusal("a group without a resource gateway", group(), no_gateway.clone(), NO_GATEWAY),
        refusal("an ARN without a resource gateway", arn(), no_gateway.clone(), NO_GATEWAY),
        refusal("a CIDR without a resource gateway", cidr(), no_gateway, NO_GATEWAY),
        refusal("a child with a resource gateway", child(), gateway, "spec: Invalid value: a CHILD is reached through the resource gateway of its group; remove resourceGatewayRef and resourceGatewayIdentifier"),
        refusal("a child of nobody", child(), json!({"resourceConfigurationGroupRef": null}), "spec: Invalid value: type CHILD needs exactly one of resourceConfigurationGroupRef, resourceConfigurationGroupIdentifier"),
        refusal("a child of two", child(), member.clone(), "spec: Invalid value: type CHILD needs exactly one of resourceConfigurationGroupRef, resourceConfigurationGroupIdentifier"),
        refusal("a single one in a group", single(), member.clone(), NOT_A_MEMBER),
        refusal("a group in a group", group(), member.clone(), NOT_A_MEMBER),
        refusal("a CIDR in a group", cidr(), member, NOT_A_MEMBER),
        refusal("a group that is a resource gateway", child(), json!({"resourceConfigurationGroupRef": null, "resourceConfigurationGroupIdentifier": "rgw-0a1b2c3d4e5f60e01"}), r#"spec.resourceConfigurationGroupIdentifier: Invalid value: "rgw-0a1b2c3d4e5f60e01": resourceConfigurationGroupIdentifier is the id of a resource configuration, like rcfg-0a1b2c3d4e5f60d01, or its ARN"#),
        refusal("a group with a definition", group(), defined(json!({"ipResource": {"ipAddress": "10.0.1.20"}})), "spec: Invalid value: a GROUP has no definition, its children have; remove resourceConfigurationDefinition and definitionFrom"),
        refusal("a group with a domain of an Ingress", group(), from.clone(), "spec: Invalid value: a GROUP has no definition, its children have; remove resourceConfigurationDefinition and definitionFrom"),
        refusal("a child without a definition", child(), defined(Value::Null), "spec: Invalid value: exactly one of resourceConfigurationDefinition, definitionFrom is required"),
        refusal("a CIDR as one endpoint", single(), defined(cidr_range.clone()), ONE_ENDPOINT),
        refusal("a database as a child", child(), defined(database.clone()), ONE_ENDPOINT),
        refusal("a CIDR as an ARN", arn(), defined(cidr_range), "spec: Invalid value: type ARN is defined by resourceConfigurationDefinition.arnResource"),
        refusal("a database as a CIDR", cidr(), defined(database), "spec: Invalid value: type CIDR is defined by resourceConfigurationDefinition.cidrResource"),
        refusal("an ARN from an Ingress", arn(), from.clone(), "spec: Invalid value: type ARN is defined by resourceConfigurationDefinition.arnResource"),
        refusal("a CIDR from an Ingress", cidr(), from, "spec: Invalid value: type CIDR is defined by resourceConfigurationDefinition.cidrResource"),
        refusal("a database with ports", arn(), json!({"portRanges": ["5432"]}), "spec.portRanges: Invalid value: type ARN has no ports of its own, AWS knows them; remove portRanges"),
        refusal("a child with a protocol", child(), json!({"protocol": "TCP"}), NO_PROTOCOL),
        refusal("a database with a protocol", arn(), json!({"protocol": "TCP"}), NO_PROTOCOL),
        refusal("UDP to one endpoint", single(), json!({"protocol": "TCP_UDP"}), "spec.protocol: Invalid value: protocol TCP_UDP goes with type CIDR only; use TCP"),
        refusal("an unknown protocol", single(), json!({"protocol": "UDP"}), r#"spec.protocol: Unsupported value: "UDP": supported values: "TCP", "TCP_UDP""#),
        refusal("a child with sharing of its own", child(), sharing.clone(), NO_SHARING),
        refusal("a shared CIDR", cidr(), sharing, NO_SHARING),
        refusal("a group's domain on a single one", single(), domain.clone(), NO_GROUP_DOMAIN),
        refusal("a group's domain on a child", child(), domain, NO_GROUP_DOMAIN),
    ])
    .await
}

#[tokio::test]
async fn what_aws_does_not_know_is_refused() -> anyhow::Result<()> {
    const NO_RANGE: &str = "spec.resourceConfigurationDefinition.cidrResource.cidrRanges: Invalid value: cidrRanges are ranges of addresses with the length of their prefix, like 10.0.0.0/16";
    let ranges = |ranges: Value| json!({"resourceConfigurationDefinition": {"cidrResource": {"cidrRanges": ranges}}});
    all_refused(vec![
        refusal("an address without a prefix", cidr(), ranges(json!(["10.0.0.0"])), NO_RANGE),
        refusal("words", cidr(), ranges(json!(["everything"])), NO_RANGE),
        refusal("no ranges", cidr(), ranges(json!([])), "spec.resourceConfigurationDefinition.cidrResource.cidrRanges: Invalid value: 0: spec.resourceConfigurationDefinition.cidrResource.cidrRanges in body should have at least 1 items"),
        refusal("eleven ranges", cidr(), ranges(json!(vec!["10.0.0.0/16"; 11])), "spec.resourceConfigurationDefinition.cidrResource.cidrRanges: Too many: 11: must have at most 10 items"),
        refusal("a name as ARN", arn(), json!({"resourceConfigurationDefinition": {"arnResource": {"arn": "orders-database-of-mine"}}}), r#"spec.resourceConfigurationDefinition.arnResource.arn: Invalid value: "orders-database-of-mine": arn is the ARN of a resource, like arn:aws:rds:us-west-2:111122223333:db:orders"#),
        refusal("a URL as custom domain", child(), json!({"customDomainName": "https://one.example.com"}), r#"spec.customDomainName: Invalid value: "https://one.example.com": customDomainName is a bare host name, like db.example.com; ports go into portRanges"#),
        refusal("a domain with a port for a group", group(), json!({"groupDomain": "example.com:443"}), r#"spec.groupDomain: Invalid value: "example.com:443": groupDomain is a bare host name, like example.com; ports go into portRanges"#),
        refusal("a domain as verification", group(), json!({"domainVerificationIdentifier": "verification-of-example.com"}), r#"spec.domainVerificationIdentifier: Invalid value: "verification-of-example.com": domainVerificationIdentifier is the id of a domain verification, like dv-0a1b2c3d4e5f60f01, or its ARN"#),
        refusal("an unknown family", child(), json!({"resourceConfigurationDefinition": {"dnsResource": {"ipAddressType": "IPV5"}}}), r#"spec.resourceConfigurationDefinition.dnsResource.ipAddressType: Unsupported value: "IPV5": supported values: "IPV4", "IPV6", "DUALSTACK""#),
    ])
    .await
}

#[tokio::test]
async fn what_aws_cannot_take_away_again_stays() -> anyhow::Result<()> {
    const PORTS: &str = "spec.portRanges: Forbidden: portRanges cannot be removed again, because AWS has no call for that; name the ports that should apply";
    const SHARING: &str = "spec.allowAssociationToShareableServiceNetwork: Forbidden: allowAssociationToShareableServiceNetwork cannot be removed again, because AWS has no call for that; set it to true or false";
    let no_ports = json!({"portRanges": null});
    let no_sharing = json!({"allowAssociationToShareableServiceNetwork": null});
    let changes = [
        ("a group's ports", group(), no_ports.clone(), PORTS),
        ("a child's ports", child(), no_ports.clone(), PORTS),
        ("the ports of a CIDR", cidr(), no_ports, PORTS),
        ("a single one's sharing", samples::resource_configuration(), no_sharing.clone(), SHARING),
        ("a group's sharing", group(), no_sharing.clone(), SHARING),
        ("a database's sharing", arn(), no_sharing, SHARING),
    ];
    all_changes_refused("types", &changes).await
}

/// What needs another object in AWS may be edited: the controller judges. A new type takes along what does not go with it.
#[tokio::test]
async fn what_needs_another_one_may_be_edited() -> anyhow::Result<()> {
    let client = cluster::client().await?;
    let as_database = json!({
        "type": "ARN",
        "protocol": null,
        "portRanges": null,
        "resourceConfigurationDefinition":
            {"dnsResource": null, "arnResource": {"arn": "arn:aws:rds:us-west-2:111122223333:db:orders"}},
    });
    let as_child = json!({
        "type": "CHILD",
        "protocol": null,
        "allowAssociationToShareableServiceNetwork": null,
        "resourceGatewayRef": null,
        "resourceConfigurationGroupRef": {"name": "databases"},
    });
    let changes = [
        ("one endpoint becomes a database", samples::resource_configuration(), as_database),
        ("one endpoint joins a group", samples::resource_configuration(), as_child),
        ("another group", child(), json!({"resourceConfigurationGroupRef": {"name": "others"}})),
        ("another protocol", cidr(), json!({"protocol": "TCP"})),
        ("another custom domain", child(), json!({"customDomainName": "two.example.com"})),
        ("no custom domain", child(), json!({"customDomainName": null})),
        ("another group domain", group(), json!({"groupDomain": "example.net"})),
        ("another verification", group(), json!({"domainVerificationIdentifier": "dv-0a1b2c3d4e5f60f02"})),
    ];
    let mut refusals = Vec::new();
    for (number, (what, old, patch)) in changes.into_iter().enumerate() {
        let new = samples::patched(old.clone(), &json!({"spec": patch}));
        if let Err(message) = cluster::dry_run_change(&client, &format!("types-edit-{number}"), &old, &new).await? {
            refusals.push(format!("{what}: {message}"));
        }
    }
    assert!(refusals.is_empty(), "refused:\n{}", refusals.join("\n"));
    Ok(())
}
