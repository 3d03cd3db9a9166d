//! Rates.

use std::time::Duration;

use lab::aws::{AwsOptions, LimitError, Limits};
use reqwest::Method;
use serde_json::json;

use crate::raw::send;
use crate::support::{Fixture, ROLE, quick};

/// Options whose seconds pass only when a test says so.
fn still(mut limits: Limits) -> AwsOptions {
    limits.virtual_seconds = true;
    AwsOptions { speed: 1e-9, limits, ..quick() }
}

async fn list(fixture: &Fixture) -> (u16, String) {
    let answer = send(&fixture.aws, "bedrock-agentcore", Method::GET, "/gateways/", None).await;
    (answer.status, answer.code)
}

async fn create(fixture: &Fixture, name: &str) -> (u16, String) {
    let body = json!({"name": name, "roleArn": ROLE, "authorizerType": "AWS_IAM"});
    let answer = send(&fixture.aws, "bedrock-agentcore", Method::POST, "/gateways/", Some(body)).await;
    (answer.status, answer.code)
}

#[tokio::test]
async fn ten_reads_and_five_changes_a_second_pass() {
    let fixture = Fixture::start(still(Limits::default())).await;
    for second in 0..2 {
        for _ in 0..10 {
            assert_eq!(list(&fixture).await.0, 200);
        }
        assert_eq!(list(&fixture).await, (429, "ThrottlingException".to_owned()));
        for number in 0..5 {
            assert_eq!(create(&fixture, &format!("g-{second}-{number}")).await.0, 202);
        }
        assert_eq!(create(&fixture, "one-more").await, (429, "ThrottlingException".to_owned()));
        fixture.aws.advance(Duration::from_secs(1));
    }
    let answer = send(&fixture.aws, "vpc-lattice", Method::GET, "/resourcegateways", None).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_window_slides() {
    let fixture = Fixture::start(still(Limits::default())).await;
    for number in 0..5 {
        assert_eq!(create(&fixture, &format!("g-{number}")).await.0, 202);
        fixture.aws.advance(Duration::from_millis(180));
    }
    assert_eq!(create(&fixture, "too-early").await.0, 429, "900 ms after the first");
    fixture.aws.advance(Duration::from_millis(101));
    assert_eq!(create(&fixture, "in-time").await.0, 202);
    assert_eq!(create(&fixture, "too-early").await.0, 429, "the second is not a second ago");
}

#[tokio::test]
async fn the_other_error_that_aws_may_give() {
    let limits = Limits { error: LimitError::ServiceQuotaExceeded, ..Limits::default() };
    let fixture = Fixture::start(still(limits)).await;
    for number in 0..5 {
        assert_eq!(create(&fixture, &format!("g-{number}")).await.0, 202);
    }
    assert_eq!(create(&fixture, "more").await, (402, "ServiceQuotaExceededException".to_owned()));
    for _ in 0..10 {
        assert_eq!(list(&fixture).await.0, 200);
    }
    assert_eq!(list(&fixture).await, (429, "ThrottlingException".to_owned()), "lists do not declare 402");
}

#[tokio::test]
async fn without_limits_everything_passes() {
    let fixture = Fixture::start(still(Limits::off())).await;
    for _ in 0..30 {
        assert_eq!(list(&fixture).await.0, 200);
    }
}
