//! ACM as its SDK sees it.

use aws_sdk_acm::types::{CertificateStatus as Status, CertificateType};
use lab::aws::network::fixture::{ALB_ARN, CERTIFICATE, NLB_ARN};
use lab::aws::network::{Certificate, CertificateStatus};
use reqwest::Method;
use serde_json::json;

use crate::raw::{send_with, signed};
use crate::support::{Fixture, code, quick};

#[tokio::test]
async fn a_certificate_says_where_it_comes_from_and_how_long_it_lasts() {
    let fixture = Fixture::with_network(quick()).await;
    let describe = async |arn: &str| {
        let got = fixture.acm.describe_certificate().certificate_arn(arn).send().await.unwrap();
        got.certificate().unwrap().clone()
    };
    let public = describe(CERTIFICATE).await;
    assert_eq!((public.r#type(), public.status()), (Some(&CertificateType::AmazonIssued), Some(&Status::Issued)));
    assert_eq!(public.domain_name(), Some("internal.example.com"));
    assert_eq!(public.subject_alternative_names(), ["internal.example.com", "*.internal.example.com"]);
    assert_eq!((public.subject(), public.issuer()), (Some("CN=internal.example.com"), Some("Amazon")));
    assert_eq!(public.in_use_by(), [NLB_ARN, ALB_ARN]);
    let (from, to) = fixture.aws.network(|network| {
        let certificate = network.certificate(CERTIFICATE).unwrap();
        (certificate.not_before.unwrap().as_second(), certificate.not_after.unwrap().as_second())
    });
    assert_eq!((public.not_before().unwrap().secs(), public.not_after().unwrap().secs()), (from, to));

    let arn = |digit: &str| CERTIFICATE.replace("11111111-", &format!("{}-", digit.repeat(8)));
    fixture.aws.network(|network| {
        let mut pending = Certificate::amazon_issued(&arn("4"), &["pending.example.com"]);
        (pending.status, pending.not_before, pending.not_after) = (CertificateStatus::PendingValidation, None, None);
        network.certificates.extend([
            Certificate::private(&arn("2"), &["private.example.com"]),
            Certificate::self_signed(&arn("3"), &["own.example.com"]),
            pending,
        ]);
    });
    let private = describe(&arn("2")).await;
    assert_eq!(private.r#type(), Some(&CertificateType::Private));
    assert!(private.certificate_authority_arn().unwrap().starts_with("arn:aws:acm-pca:us-west-2:111122223333:"));
    let own = describe(&arn("3")).await;
    assert_eq!((own.r#type(), own.issuer()), (Some(&CertificateType::Imported), Some("own.example.com")));
    assert!(own.imported_at().is_some() && own.issued_at().is_none() && own.in_use_by().is_empty());
    let pending = describe(&arn("4")).await;
    assert_eq!((pending.status(), pending.not_after()), (Some(&Status::PendingValidation), None));
}

#[tokio::test]
async fn what_is_not_there_or_not_allowed() {
    let fixture = Fixture::with_network(quick()).await;
    let none = CERTIFICATE.replace("11111111-", "99999999-");
    let describe = |arn: &str| fixture.acm.describe_certificate().certificate_arn(arn).send();
    assert_eq!(code(describe(&none).await), "ResourceNotFoundException");
    assert_eq!(code(describe(&CERTIFICATE.replace("certificate/", "key/")).await), "InvalidArnException");
    assert_eq!(code(describe("internal.example.com/certificate").await), "ValidationException");

    let good = json!({"CertificateArn": CERTIFICATE});
    for (what, target, kind, body, expected) in [
        ("as it should be", "CertificateManager.DescribeCertificate", "application/x-amz-json-1.1", good.clone(), ""),
        (
            "no operation",
            "DescribeCertificate",
            "application/x-amz-json-1.1",
            good.clone(),
            "UnknownOperationException",
        ),
        (
            "another operation",
            "CertificateManager.DeleteCertificate",
            "application/x-amz-json-1.1",
            good.clone(),
            "UnknownOperationException",
        ),
        ("another type", "CertificateManager.DescribeCertificate", "application/json", good, "SerializationException"),
        (
            "nothing",
            "CertificateManager.DescribeCertificate",
            "application/x-amz-json-1.1",
            json!({}),
            "ValidationException",
        ),
        (
            "too much",
            "CertificateManager.DescribeCertificate",
            "application/x-amz-json-1.1",
            json!({"CertificateArn": CERTIFICATE, "Name": "x"}),
            "ValidationException",
        ),
    ] {
        let mut headers = signed("acm");
        headers.extend([("x-amz-target", target.to_owned()), ("content-type", kind.to_owned())]);
        let answer = send_with(&fixture.aws, Method::POST, "/", &headers, Some(body.to_string())).await;
        assert_eq!(answer.code, expected, "{what}: {answer:?}");
        assert_eq!(answer.status, if expected.is_empty() { 200 } else { 400 }, "{what}: {answer:?}");
        if !expected.is_empty() {
            assert_eq!(answer.body["__type"], expected, "{what}");
        }
    }
    let call = fixture.aws.calls_of("DescribeCertificate").remove(0);
    assert_eq!((call.service.as_str(), &call.input), ("acm", &json!({"CertificateArn": none})));
}
