//! REST APIs and VPC endpoints as the emulated AWS tells them.

use lab::aws::network::fixture::{
    API_ENDPOINT, API_ENDPOINT_DNS, FOREIGN_API, HTTP_API, PETS_API, PRIVATE_API, SUBNET_A1, SUBNET_A2, VPC,
    pets_export,
};

use super::{super::*, emulated::Stage};
use crate::aws::FaultKind;

#[tokio::test]
async fn rest_apis_are_told_apart() {
    let Stage { emulated, aws, facts, since } = Stage::new().await;
    let api = async |id: &str| facts.rest_api(&aws, id, since).await;
    let is = |is_private| Known::Read(Some(RestApi { is_private, default_endpoint_disabled: false }));
    assert_eq!(api(PETS_API).await, is(false));
    assert_eq!(api(PRIVATE_API).await, is(true));
    for id in [HTTP_API, FOREIGN_API] {
        assert_eq!(api(id).await, Known::Read(None), "{id}");
    }
    emulated.network(|network| network.api_mut(PETS_API).unwrap().default_endpoint_disabled = true);
    assert_eq!(api(PETS_API).await, is(false), "what was read");
    let now = facts.rest_api(&aws, PETS_API, Instant::now()).await;
    assert_eq!(now, Known::Read(Some(RestApi { is_private: false, default_endpoint_disabled: true })));
}

#[tokio::test]
async fn an_export_is_read_once_for_all_and_again_for_who_asks() {
    let Stage { emulated, aws, facts, since } = Stage::new().await;
    let count = |since| {
        let (aws, facts) = (aws.clone(), facts.clone());
        async move {
            let export = facts.export(&aws, PETS_API, "prod", since).await;
            export.read().and_then(Option::as_ref).map(|export| export.operations())
        }
    };
    let answers = futures::future::join_all((0..20).map(|_| count(since))).await;
    assert_eq!(answers, [Some(4); 20]);
    assert_eq!(emulated.calls_of("GetExport").len(), 1);
    let mut other = pets_export();
    other["paths"].as_object_mut().unwrap().remove("/");
    emulated.network(|network| network.api_mut(PETS_API).unwrap().deploy("prod", other));
    assert_eq!(count(since).await, Some(4));
    let asked = facts.requested_since("uid", "asked", "1");
    assert_eq!(count(asked).await, Some(3));
    assert_eq!(facts.requested_since("uid", "asked", "1"), asked, "one request, one moment");
    assert_eq!(count(facts.requested_since("uid", "asked", "1")).await, Some(3));
    assert_eq!(emulated.calls_of("GetExport").len(), 2);
    assert_eq!(facts.known_request("uid", "asked", "1"), Some(asked));
    assert_eq!(facts.known_request("uid", "other", "1"), None);
    assert!(facts.requested_since("uid", "asked", "2") > asked);
    assert_eq!(facts.export(&aws, PETS_API, "test", since).await, Known::Read(None), "no such stage");
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let Stage { emulated, aws, facts, since } = Stage::new().await;
    for operation in ["GetExport", "GetRestApi", "DescribeVpcEndpoints"] {
        emulated.deny(operation);
    }
    let denied = |fault: &Fault, words: &str| {
        assert_eq!(fault.kind, FaultKind::Denied);
        assert!(fault.to_string().contains(words), "{fault}");
    };
    denied(facts.export(&aws, PETS_API, "prod", since).await.get().unwrap_err(), "apigateway:GET");
    denied(facts.rest_api(&aws, PETS_API, since).await.get().unwrap_err(), "apigateway:GET");
    denied(facts.vpc_endpoint(&aws, API_ENDPOINT, since).await.get().unwrap_err(), "ec2:DescribeVpcEndpoints");
}

#[tokio::test]
async fn vpc_endpoints_are_read_whatever_the_letters() {
    let Stage { emulated, aws, facts, since } = Stage::new().await;
    let read = async |since| facts.vpc_endpoint(&aws, API_ENDPOINT, since).await.known().unwrap().unwrap();
    let expected = VpcEndpoint {
        id: API_ENDPOINT.to_owned(),
        service: "com.amazonaws.us-west-2.execute-api".to_owned(),
        state: "available".to_owned(),
        vpc: VPC.to_owned(),
        subnets: vec![SUBNET_A1.to_owned(), SUBNET_A2.to_owned()],
        names: vec![API_ENDPOINT_DNS.to_owned()],
    };
    assert_eq!(*read(since).await, expected);
    for (state, expected) in [("Available", "available"), ("pendingAcceptance", "pendingacceptance")] {
        emulated.network(|network| network.vpc_endpoint_mut(API_ENDPOINT).unwrap().state = state.to_owned());
        assert_eq!(read(Instant::now()).await.state, expected);
    }
    assert_eq!(facts.vpc_endpoint(&aws, "vpce-0a1b2c3d4e5f60c99", since).await, Known::Read(None));
}
