//! What services do in their callers' names, statement by statement: without it, the call is denied, at once or when it was accepted.

use lab::aws::{AwsOptions, NewTags, ObjectKind};
use reqwest::Method;
use serde_json::{Value, json};

use crate::policies::{CLUSTER, KEY, core, gateway, installed, is_denied, lattice, seeded};
use crate::raw::{Answer, send_form};
use crate::support::{Fixture, GROUP, MCP_URL, SUBNETS, VPC, quick};

const PROVIDER: &str =
    "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/oauth2credentialprovider/idp";

/// The resource gateways of the cluster, of another, and nobody's.
const RESOURCE_GATEWAYS: [&str; 3] = ["rgw-0000000000000000a", "rgw-0000000000000000b", "rgw-0000000000000000c"];

/// An emulation with the objects that are asked about: those of the cluster `here`, those of the cluster `there`, and nobody's.
async fn stage(options: AwsOptions) -> Fixture {
    let fixture = Fixture::with_network(options).await;
    let owners = [("own", Some("here")), ("other", Some("there")), ("nobodys", None)];
    for ((name, cluster), id) in owners.into_iter().zip(RESOURCE_GATEWAYS) {
        seeded(&fixture, &format!("{name}-abcde12345"), cluster);
        let tags = cluster.map_or(json!({}), |cluster| json!({CLUSTER: cluster}));
        fixture.aws.seed(
            ObjectKind::ResourceGateway,
            json!({"id": id, "name": name, "vpcIdentifier": VPC, "subnetIds": SUBNETS, "securityGroupIds": [GROUP], "tags": tags}),
        );
    }
    fixture
}

async fn create_gateway(fixture: &Fixture) -> Answer {
    core(fixture, Method::POST, "/gateways/", gateway("agents", &json!({CLUSTER: "here"}))).await
}

async fn create_resource_gateway(fixture: &Fixture) -> Answer {
    let body = json!({"name": "new", "vpcIdentifier": VPC, "subnetIds": SUBNETS, "securityGroupIds": [GROUP], "tags": {CLUSTER: "here"}});
    lattice(fixture, Method::POST, "/resourcegateways", body).await
}

async fn create_resource_configuration(fixture: &Fixture) -> Answer {
    let body = json!({"name": "new", "type": "SINGLE", "resourceGatewayIdentifier": RESOURCE_GATEWAYS[0], "portRanges": ["443"],
        "allowAssociationToShareableServiceNetwork": true, "tags": {CLUSTER: "here"},
        "resourceConfigurationDefinition": {"dnsResource": {"domainName": "a.example.com", "ipAddressType": "IPV4"}}});
    lattice(fixture, Method::POST, "/resourceconfigurations", body).await
}

/// A target of a gateway, with these members besides.
async fn create_target(fixture: &Fixture, gateway: &str, members: Value) -> Answer {
    let mut body = json!({"name": "one", "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": MCP_URL}}}});
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    core(fixture, Method::POST, &format!("/gateways/{gateway}-abcde12345/targets/"), body).await
}

fn managed() -> Value {
    json!({"privateEndpoint": {"managedVpcResource":
        {"vpcIdentifier": VPC, "subnetIds": SUBNETS, "securityGroupIds": [GROUP], "endpointIpAddressType": "IPV4"}}})
}

/// Gives somebody's resource configuration to a target.
async fn associate(fixture: &Fixture) -> Answer {
    let configuration = json!({"id": "rcfg-0000000000000000a", "name": "own", "type": "SINGLE", "resourceGatewayIdentifier": RESOURCE_GATEWAYS[0], "portRanges": ["443"],
        "allowAssociationToShareableServiceNetwork": true, "tags": {CLUSTER: "here"},
        "resourceConfigurationDefinition": {"dnsResource": {"domainName": "a.example.com", "ipAddressType": "IPV4"}}});
    fixture.aws.seed(ObjectKind::ResourceConfiguration, configuration);
    let endpoint = json!({"privateEndpoint": {"selfManagedLatticeResource": {"resourceConfigurationIdentifier": "rcfg-0000000000000000a"}}});
    create_target(fixture, "own", endpoint).await
}

/// Consents to a provider of credentials.
async fn ask_person(fixture: &Fixture) -> Answer {
    let provider = json!({"providerArn": PROVIDER, "scopes": ["read"], "grantType": "AUTHORIZATION_CODE",
        "defaultReturnUrl": "https://tools.example.com/consent"});
    let configuration =
        json!({"credentialProviderType": "OAUTH", "credentialProvider": {"oauthCredentialProvider": provider}});
    create_target(fixture, "own", json!({"credentialProviderConfigurations": [configuration]})).await
}

async fn synchronize(fixture: &Fixture, gateway: &str) -> Answer {
    let path = format!("/gateways/{gateway}-abcde12345/synchronizeTargets");
    core(fixture, Method::PUT, &path, json!({"targetIdList": ["TARGET0001"]})).await
}

async fn tag(fixture: &Fixture, resource_gateway: &str) -> Answer {
    let arn =
        format!("arn:aws:vpc-lattice:us-west-2:111122223333:resourcegateway/{resource_gateway}").replace('/', "%2F");
    lattice(fixture, Method::POST, &format!("/tags/{arn}"), json!({"tags": {CLUSTER: "here"}})).await
}

fn is_content(answer: &Answer) {
    assert!(answer.status < 300, "{answer:?}");
}

/// The gateway is FAILED, and AWS's reason names the action.
async fn has_failed(fixture: &Fixture, id: &str, action: &str) {
    let shown = core(fixture, Method::GET, &format!("/gateways/{id}/"), Value::Null).await;
    assert_eq!(shown.body["status"], "FAILED", "{shown:?}");
    let reasons = shown.body["statusReasons"].to_string();
    assert!(reasons.contains(&format!("is not authorized to perform: {action} on resource")), "{reasons}");
}

/// The identity of a gateway is made, and taken away, when the call was accepted: the gateway's status tells that it could not be.
#[tokio::test]
async fn a_gateway_fails_whose_identity_may_not_be_made() {
    let fixture = stage(quick()).await;
    let action = "bedrock-agentcore:CreateWorkloadIdentity";
    fixture.aws.restrict(KEY, installed().without_action(action));
    let made = create_gateway(&fixture).await;
    assert_eq!((made.status, &made.body["status"]), (202, &json!("CREATING")), "{made:?}");
    has_failed(&fixture, made.body["gatewayId"].as_str().unwrap(), action).await;
}

#[tokio::test]
async fn a_gateway_fails_whose_identity_may_not_be_deleted() {
    let fixture = stage(quick()).await;
    let action = "bedrock-agentcore:DeleteWorkloadIdentity";
    fixture.aws.restrict(KEY, installed().without_action(action));
    let deleted = core(&fixture, Method::DELETE, "/gateways/own-abcde12345/", Value::Null).await;
    assert_eq!((deleted.status, &deleted.body["status"]), (202, &json!("DELETING")), "{deleted:?}");
    has_failed(&fixture, "own-abcde12345", action).await;
    fixture.aws.restrict(KEY, installed());
    assert_eq!(core(&fixture, Method::DELETE, "/gateways/own-abcde12345/", Value::Null).await.status, 202);
    assert_eq!(core(&fixture, Method::GET, "/gateways/own-abcde12345/", Value::Null).await.status, 404);
}

/// Each call is denied without the statement, by the name of the action, and content with it.
#[tokio::test]
async fn what_services_do_is_denied_without_its_statement() {
    for (document, sid, action) in [
        ("gateway", "CreateGateways", "bedrock-agentcore:CreateGateway"),
        ("gateway", "TagNewGateways", "bedrock-agentcore:TagResource"),
        ("gateway", "TagNewIdentities", "bedrock-agentcore:TagResource"),
        ("gateway", "SynchronizeTargets", "bedrock-agentcore:SynchronizeGatewayTargets"),
        ("private-endpoints", "LookAtNetworks", "ec2:DescribeVpcs"),
        ("private-endpoints", "MakeNetworkInterfaces", "ec2:CreateNetworkInterface"),
        ("lattice", "TagNewLatticeObjects", "vpc-lattice:TagResource"),
        ("lattice", "LookAtDatabases", "rds:DescribeDBInstances"),
        ("lattice", "AssociateOwnResourceConfigurations", "vpc-lattice:CreateServiceNetworkResourceAssociation"),
        ("lattice", "LetServicesAssociate", "vpc-lattice:AssociateViaAWSService"),
        ("credential-providers", "TryCredentials", "bedrock-agentcore:CompleteResourceTokenAuth"),
        ("workloads", "LookAtVpcs", "ec2:DescribeVpcAttribute"),
    ] {
        let fixture = stage(quick()).await;
        // What two documents allow is allowed by one of them.
        let others: &[&str] = match document {
            "private-endpoints" => &["lattice", "workloads"],
            _ => &["private-endpoints", "others-objects"],
        };
        let rest = others.iter().fold(installed(), |rest, other| rest.without(other));
        let call = async || match (sid, action) {
            (_, "ec2:DescribeVpcAttribute") => {
                let form =
                    format!("Action=DescribeVpcAttribute&Version=2016-11-15&VpcId={VPC}&Attribute=enableDnsSupport");
                send_form(&fixture.aws, "ec2", &form).await
            }
            (_, "ec2:DescribeVpcs" | "ec2:CreateNetworkInterface") => create_target(&fixture, "own", managed()).await,
            (_, "vpc-lattice:TagResource") => create_resource_gateway(&fixture).await,
            (_, "rds:DescribeDBInstances") => create_resource_configuration(&fixture).await,
            ("AssociateOwnResourceConfigurations" | "LetServicesAssociate", _) => associate(&fixture).await,
            ("TryCredentials", _) => ask_person(&fixture).await,
            _ => create_gateway(&fixture).await,
        };
        fixture.aws.restrict(KEY, rest.clone().without_statement(document, sid));
        let denied = call().await;
        assert_eq!(denied.status, 403, "{document} {sid}: {denied:?}");
        if action != "ec2:DescribeVpcAttribute" {
            is_denied(&denied, action);
        }
        fixture.aws.restrict(KEY, rest);
        is_content(&call().await);
    }
}

/// Whether IAM takes the tags of a new object for tags that it has is not known: what makes objects has to be allowed in both cases.
#[tokio::test]
async fn what_is_made_may_be_tagged_whenever_its_tags_count() {
    for new_tags in [NewTags::Later, NewTags::AtOnce] {
        let fixture = stage(AwsOptions { new_tags, ..quick() }).await;
        fixture.aws.restrict(KEY, installed().without("others-objects"));
        is_content(&create_gateway(&fixture).await);
        is_content(&create_resource_gateway(&fixture).await);
        is_content(&create_resource_configuration(&fixture).await);
    }
}

#[tokio::test]
async fn gateways_of_other_clusters_are_not_synchronized() {
    let fixture = stage(quick()).await;
    fixture.aws.restrict(KEY, installed());
    let action = "bedrock-agentcore:SynchronizeGatewayTargets";
    is_denied(&synchronize(&fixture, "other").await, action);
    // Allowed, and there is no such target.
    assert_eq!(synchronize(&fixture, "own").await.status, 404);
    assert_eq!(synchronize(&fixture, "nobodys").await.status, 404);
}

/// What nobody has is nobody's to take without being allowed to.
#[tokio::test]
async fn an_object_of_vpc_lattice_that_has_no_tag_gets_none() {
    let fixture = stage(quick()).await;
    let [own, other, nobodys] = RESOURCE_GATEWAYS;
    fixture.aws.restrict(KEY, installed().without("others-objects"));
    is_denied(&tag(&fixture, nobodys).await, "vpc-lattice:TagResource");
    is_denied(&tag(&fixture, other).await, "vpc-lattice:TagResource");
    is_content(&tag(&fixture, own).await);
    fixture.aws.restrict(KEY, installed());
    is_content(&tag(&fixture, nobodys).await);
    is_content(&tag(&fixture, other).await);
}

/// Subnets that another account shares have that account in their ARNs.
#[tokio::test]
async fn interfaces_may_be_made_in_subnets_of_a_shared_vpc() {
    let fixture = stage(quick()).await;
    fixture.aws.network(|network| {
        network.subnets.iter_mut().for_each(|subnet| "444455556666".clone_into(&mut subnet.owner));
    });
    for document in ["private-endpoints", "lattice"] {
        fixture.aws.restrict(KEY, installed().without(document));
        is_content(&create_resource_gateway_or_target(&fixture, document).await);
    }
}

/// Without the policy of the one, what the other policy allows.
async fn create_resource_gateway_or_target(fixture: &Fixture, missing: &str) -> Answer {
    if missing == "lattice" {
        create_target(fixture, "own", managed()).await
    } else {
        create_resource_gateway(fixture).await
    }
}
