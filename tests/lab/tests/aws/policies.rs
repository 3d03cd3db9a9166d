//! Callers who are held to policies: what no statement allows is denied, in IAM's words.

use lab::aws::ObjectKind;
use lab::aws::policy::{Placeholders, Policies};
use reqwest::Method;
use serde_json::{Value, json};

use crate::raw::{Answer, send, send_form};
use crate::support::{Fixture, GROUP, MCP_URL, ROLE, SUBNETS, VPC, quick};

pub(crate) const CLUSTER: &str = "tools.agentcore.dev/cluster";

/// Who signs raw requests.
pub(crate) const KEY: &str = "AKIAEXAMPLE";

/// An emulation that holds the operator of the cluster `here` to what people install, without these policies.
async fn held(missing: &[&str]) -> Fixture {
    let fixture = Fixture::with_network(quick()).await;
    hold(&fixture, missing);
    fixture
}

fn hold(fixture: &Fixture, missing: &[&str]) {
    fixture.aws.restrict(KEY, missing.iter().fold(installed(), |policies, document| policies.without(document)));
}

/// What people install for the cluster `here`, without documents in S3: never all of it, because what these tests use is not what an
/// operator uses.
pub(crate) fn installed() -> Policies {
    let placeholders = Placeholders::new("111122223333", "us-west-2", "here");
    Policies::of_the_repository(&placeholders).unwrap().without("documents")
}

pub(crate) async fn core(fixture: &Fixture, method: Method, path: &str, body: Value) -> Answer {
    send(&fixture.aws, "bedrock-agentcore", method, path, (!body.is_null()).then_some(body)).await
}

pub(crate) async fn lattice(fixture: &Fixture, method: Method, path: &str, body: Value) -> Answer {
    send(&fixture.aws, "vpc-lattice", method, path, (!body.is_null()).then_some(body)).await
}

pub(crate) fn gateway(name: &str, tags: &Value) -> Value {
    json!({"name": name, "roleArn": ROLE, "authorizerType": "AWS_IAM", "protocolType": "MCP", "tags": tags})
}

/// A gateway that is there, with the tag of this cluster.
pub(crate) fn seeded(fixture: &Fixture, id: &str, cluster: Option<&str>) -> (String, String) {
    let tags = cluster.map_or(json!({}), |cluster| json!({CLUSTER: cluster}));
    let mut body = gateway(id, &tags);
    body["gatewayId"] = json!(id);
    fixture.aws.seed(ObjectKind::Gateway, body);
    let arn = format!("arn:aws:bedrock-agentcore:us-west-2:111122223333:gateway/{id}");
    (format!("/gateways/{id}/"), format!("/tags/{}", arn.replace('/', "%2F")))
}

pub(crate) fn is_denied(answer: &Answer, action: &str) {
    let message = answer.body["message"].as_str().unwrap_or_default();
    assert_eq!((answer.status, answer.code.as_str()), (403, "AccessDeniedException"), "{action}: {answer:?}");
    let end = format!("because no identity-based policy allows the {action} action");
    assert!(
        message.contains(&format!("is not authorized to perform: {action}")) && message.ends_with(&end),
        "{message}"
    );
}

#[tokio::test]
async fn a_denial_says_who_may_not_do_what_with_what() {
    let fixture = held(&["pass-role"]).await;
    let denied = core(&fixture, Method::POST, "/gateways/", gateway("agents", &json!({CLUSTER: "here"}))).await;
    let expected = format!(
        "User: arn:aws:sts::111122223333:assumed-role/lab/lab is not authorized to perform: iam:PassRole on resource: {ROLE} \
         because no identity-based policy allows the iam:PassRole action"
    );
    assert_eq!(denied.body["message"], expected);
    is_denied(&denied, "iam:PassRole");
    // Whoever has no policies may do everything.
    assert!(fixture.create_gateway("agents").send().await.is_ok());
}

#[tokio::test]
async fn what_is_made_carries_the_clusters_tag_and_passes_the_one_role() {
    let fixture = held(&[]).await;
    let create = "bedrock-agentcore:CreateGateway";
    for tags in [json!({}), json!({CLUSTER: "there"}), json!({"team": "here"})] {
        is_denied(&core(&fixture, Method::POST, "/gateways/", gateway("agents", &tags)).await, create);
    }
    let tags = json!({CLUSTER: "here"});
    let mut other = gateway("agents", &tags);
    other["roleArn"] = json!("arn:aws:iam::111122223333:role/Administrator");
    is_denied(&core(&fixture, Method::POST, "/gateways/", other).await, "iam:PassRole");
    assert_eq!(core(&fixture, Method::POST, "/gateways/", gateway("agents", &tags)).await.status, 202);
    let body = json!({"name": "shared", "vpcIdentifier": VPC, "subnetIds": SUBNETS, "securityGroupIds": [GROUP]});
    let create = "vpc-lattice:CreateResourceGateway";
    is_denied(&lattice(&fixture, Method::POST, "/resourcegateways", body.clone()).await, create);
    let mut tagged = body;
    tagged["tags"] = tags;
    assert_eq!(lattice(&fixture, Method::POST, "/resourcegateways", tagged).await.status, 201);
}

/// | tag of the gateway | change | tag it with `here` | tag it with `there` | the same, with `others-objects` |
/// |---|---|---|---|---|
/// | `here` | yes | yes | no | |
/// | `there` | no | no | no | `here`: yes |
/// | none | no | yes | no | |
#[tokio::test]
async fn only_what_carries_the_clusters_tag_is_changed() {
    for (id, cluster, change, take, take_over) in [
        ("own-abcde12345", Some("here"), true, true, true),
        ("other-abcde12345", Some("there"), false, false, true),
        ("nobodys-abcde12345", None, false, true, true),
    ] {
        let fixture = held(&["others-objects"]).await;
        let (path, tags) = seeded(&fixture, id, cluster);
        let mut body = gateway(id, &json!({}));
        body.as_object_mut().unwrap().remove("tags");
        body["description"] = json!("changed");
        let changed = core(&fixture, Method::PUT, &path, body).await;
        let target = json!({"name": "one", "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": MCP_URL}}}});
        if change {
            assert_eq!(changed.status, 202, "{id}: {changed:?}");
        } else {
            is_denied(&changed, "bedrock-agentcore:UpdateGateway");
            let attached = core(&fixture, Method::POST, &format!("{path}targets/"), target).await;
            is_denied(&attached, "bedrock-agentcore:CreateGatewayTarget");
            is_denied(&core(&fixture, Method::DELETE, &path, Value::Null).await, "bedrock-agentcore:DeleteGateway");
        }
        let action = "bedrock-agentcore:TagResource";
        is_denied(&core(&fixture, Method::POST, &tags, json!({"tags": {CLUSTER: "there"}})).await, action);
        let taking = || core(&fixture, Method::POST, &tags, json!({"tags": {CLUSTER: "here"}}));
        let taken = taking().await;
        assert_eq!(taken.status < 300, take, "{id}: {taken:?}");
        hold(&fixture, &[]);
        let taken = taking().await;
        assert_eq!(taken.status < 300, take_over, "{id}: {taken:?}");
        // Reads tell what is whose.
        assert_eq!(core(&fixture, Method::GET, &path, Value::Null).await.status, 200);
    }
}

#[tokio::test]
async fn what_agentcore_does_in_the_callers_name_is_asked_of_the_caller() {
    let provider = "arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/oauth2credentialprovider/idp";
    let managed = json!({"vpcIdentifier": VPC, "subnetIds": SUBNETS, "securityGroupIds": [GROUP], "endpointIpAddressType": "IPV4"});
    let rows = [
        (
            &["private-endpoints", "lattice"][..],
            "ec2:CreateNetworkInterface",
            json!({"privateEndpoint": {"managedVpcResource": managed}}),
        ),
        (
            &["lattice"][..],
            "vpc-lattice:GetResourceConfiguration",
            json!({"privateEndpoint": {"selfManagedLatticeResource":
                {"resourceConfigurationIdentifier": "rcfg-00000000000000001"}}}),
        ),
        (
            &["credential-providers"][..],
            "bedrock-agentcore:GetOauth2CredentialProvider",
            json!({"credentialProviderConfigurations": [{"credentialProviderType": "OAUTH", "credentialProvider":
                {"oauthCredentialProvider": {"providerArn": provider, "scopes": []}}}]}),
        ),
        (
            &[][..],
            "s3:GetObject",
            json!({"targetConfiguration": {"mcp": {"openApiSchema": {"s3": {"uri": "s3://somebodys/api.json"}}}}}),
        ),
        (
            &["api-gateway"][..],
            "apigateway:GET",
            json!({"targetConfiguration": {"mcp": {"apiGateway": {"restApiId": "a1b2c3d4e5", "stage": "prod",
                "apiGatewayToolConfiguration": {"toolFilters": [{"filterPath": "/*", "methods": ["GET"]}]}}}}}),
        ),
    ];
    for (missing, action, change) in rows {
        let mut missing = missing.to_vec();
        missing.push("others-objects");
        let fixture = held(&missing).await;
        let (path, _) = seeded(&fixture, "own-abcde12345", Some("here"));
        let mut body = json!({"name": "one", "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": MCP_URL}}}});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        is_denied(&core(&fixture, Method::POST, &format!("{path}targets/"), body).await, action);
    }
}

#[tokio::test]
async fn every_service_denies_in_its_own_form() {
    let fixture = held(&["workloads", "private-endpoints", "lattice"]).await;
    for (service, form, code) in [
        ("ec2", "Action=DescribeSubnets&Version=2016-11-15", "UnauthorizedOperation"),
        ("elasticloadbalancing", "Action=DescribeLoadBalancers&Version=2015-12-01", "AccessDenied"),
    ] {
        let denied = send_form(&fixture.aws, service, form).await;
        assert_eq!((denied.status, denied.code.as_str()), (403, code), "{denied:?}");
    }
    let zones = "/2013-04-01/hostedzonesbyvpc?vpcid=vpc-0a1b2c3d4e5f60718&vpcregion=us-west-2";
    let denied = send(&fixture.aws, "route53", Method::GET, zones, None).await;
    assert_eq!((denied.status, denied.code.as_str()), (403, "AccessDenied"), "{denied:?}");
    hold(&fixture, &[]);
    assert_eq!(send(&fixture.aws, "route53", Method::GET, zones, None).await.status, 200);
}

/// The first resource gateway of an account needs the right to make the service's role; then it is there.
#[tokio::test]
async fn a_services_own_role_is_made_once() {
    let fixture = held(&[]).await;
    let body = |name: &str| json!({"name": name, "vpcIdentifier": VPC, "subnetIds": SUBNETS, "securityGroupIds": [GROUP], "tags": {CLUSTER: "here"}});
    let policies = installed().without_statement("lattice", "MakeServiceLinkedRole");
    fixture.aws.restrict(KEY, policies.clone());
    let first = lattice(&fixture, Method::POST, "/resourcegateways", body("one")).await;
    is_denied(&first, "iam:CreateServiceLinkedRole");
    hold(&fixture, &[]);
    assert_eq!(lattice(&fixture, Method::POST, "/resourcegateways", body("one")).await.status, 201);
    fixture.aws.restrict(KEY, policies);
    assert_eq!(lattice(&fixture, Method::POST, "/resourcegateways", body("two")).await.status, 201);
}
