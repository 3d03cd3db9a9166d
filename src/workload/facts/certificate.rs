//! What ACM says about the certificates of a listener.

use std::sync::Arc;

use aws_sdk_acm::types as sdk;
use futures::future::join_all;
use jiff::Timestamp;
use tokio::time::Instant;

use super::{Facts, Known, pages};
use crate::aws::{Absent, Aws, Fault};

/// The largest page that Elastic Load Balancing's model allows.
const PAGE: i32 = 400;

/// A certificate that a listener has to offer.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// The ARN.
    pub arn: String,
    /// What ACM knows of it; `None` when it is not one of ACM's (IAM keeps server certificates, too).
    pub certificate: Known<Option<Arc<Certificate>>>,
}

/// A certificate in ACM.
#[derive(Debug, Clone, PartialEq)]
pub struct Certificate {
    /// The names it is for, in lower case: exact ones, and wildcards for one label.
    pub names: Vec<String>,
    /// Where it comes from.
    pub kind: CertificateKind,
    /// Whether it can be used.
    pub status: CertificateStatus,
    /// Who it is for, in the form of a distinguished name.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// When it expires; `None` while it is not issued.
    pub not_after: Option<Timestamp>,
    /// ACM's word for the key's algorithm and size, for example `RSA-2048` or `EC-prime256v1`.
    pub key: String,
}

/// Where a certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateKind {
    /// Amazon's public authority.
    AmazonIssued,
    /// Brought from elsewhere: public, private or self-signed.
    Imported,
    /// A private authority in ACM.
    Private,
    /// A word that was not known when this was written.
    Other(String),
}

impl CertificateKind {
    /// ACM's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::AmazonIssued => "AMAZON_ISSUED",
            Self::Imported => "IMPORTED",
            Self::Private => "PRIVATE",
            Self::Other(word) => word,
        }
    }
}

/// Whether a certificate can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateStatus {
    /// It can.
    Issued,
    /// It is out of date.
    Expired,
    /// It cannot: ACM's word.
    Other(String),
}

/// The certificates of a listener, the default one first.
pub(super) async fn offered(facts: &Facts, aws: &Aws, listener: &str, fresh_since: Instant) -> Known<Vec<Offered>> {
    let arns =
        facts.0.listener_certificates.get(&listener.to_owned(), fresh_since, || list(aws, listener)).await.known();
    let arns = match arns {
        Ok(arns) => arns,
        Err(fault) => return Known::Unreadable(fault),
    };
    let certificates = arns.iter().map(async |arn| Offered {
        arn: arn.clone(),
        certificate: facts.0.certificates.get(arn, fresh_since, || describe(aws, arn)).await,
    });
    Known::Read(join_all(certificates).await)
}

async fn list(aws: &Aws, listener: &str) -> Result<Arc<Vec<String>>, Fault> {
    let operation = "DescribeListenerCertificates";
    let all = pages(operation, async |marker| {
        let request = aws.elb().describe_listener_certificates().listener_arn(listener).page_size(PAGE);
        let page = aws.call(operation, request.set_marker(marker).send()).await?;
        Ok((page.certificates.unwrap_or_default(), page.next_marker))
    });
    let mut all = all.await?;
    // A stable sort: the default certificate first, the others as AWS has them. The default one may be told twice.
    all.sort_by_key(|certificate| certificate.is_default != Some(true));
    let mut arns: Vec<String> = Vec::new();
    for arn in all.into_iter().filter_map(|certificate| certificate.certificate_arn) {
        if !arns.contains(&arn) {
            arns.push(arn);
        }
    }
    Ok(Arc::new(arns))
}

async fn describe(aws: &Aws, arn: &str) -> Result<Option<Arc<Certificate>>, Fault> {
    if !is_in_acm(arn) {
        return Ok(None);
    }
    let request = aws.acm().describe_certificate().certificate_arn(arn);
    let answer = aws.call("DescribeCertificate", request.send()).await.absent()?;
    Ok(answer.and_then(|answer| answer.certificate).map(Certificate::from).map(Arc::new))
}

/// Whether an ARN names a certificate in ACM: `arn:aws:acm:...`, not `arn:aws:iam::...:server-certificate/...`.
fn is_in_acm(arn: &str) -> bool {
    arn.split(':').nth(2) == Some("acm")
}

impl From<sdk::CertificateDetail> for Certificate {
    fn from(answer: sdk::CertificateDetail) -> Self {
        let mut names: Vec<String> = answer.subject_alternative_names.unwrap_or_default();
        // A certificate from before ACM told alternative names has its domain name only.
        if names.is_empty() {
            names.extend(answer.domain_name);
        }
        Self {
            names: names.iter().map(|name| name.to_ascii_lowercase()).collect(),
            kind: match answer.r#type.as_ref().map_or("", sdk::CertificateType::as_str) {
                "AMAZON_ISSUED" => CertificateKind::AmazonIssued,
                "IMPORTED" => CertificateKind::Imported,
                "PRIVATE" => CertificateKind::Private,
                other => CertificateKind::Other(other.to_owned()),
            },
            status: match answer.status.as_ref().map_or("", sdk::CertificateStatus::as_str) {
                "ISSUED" => CertificateStatus::Issued,
                "EXPIRED" => CertificateStatus::Expired,
                other => CertificateStatus::Other(other.to_owned()),
            },
            subject: answer.subject.unwrap_or_default(),
            issuer: answer.issuer.unwrap_or_default(),
            not_after: answer.not_after.and_then(|moment| Timestamp::from_second(moment.secs()).ok()),
            key: answer.key_algorithm.map(|key| key.as_str().replace('_', "-")).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    #[test]
    fn a_certificate_as_acm_tells_it() {
        let detail = sdk::CertificateDetail::builder()
            .domain_name("internal.example.com")
            .subject_alternative_names("Internal.example.com")
            .subject_alternative_names("*.internal.example.com")
            .r#type(sdk::CertificateType::AmazonIssued)
            .status(sdk::CertificateStatus::Issued)
            .subject("CN=internal.example.com")
            .issuer("Amazon")
            .key_algorithm(sdk::KeyAlgorithm::EcPrime256v1)
            .not_after(DateTime::from_secs(1_811_808_000))
            .build();
        let expected = Certificate {
            names: vec!["internal.example.com".into(), "*.internal.example.com".into()],
            kind: CertificateKind::AmazonIssued,
            status: CertificateStatus::Issued,
            subject: "CN=internal.example.com".into(),
            issuer: "Amazon".into(),
            not_after: Some("2027-06-01T00:00:00Z".parse().unwrap()),
            key: "EC-prime256v1".into(),
        };
        assert_eq!(Certificate::from(detail), expected);
    }

    #[test]
    fn words_that_are_not_known_are_kept() {
        let detail = sdk::CertificateDetail::builder()
            .domain_name("A.example.com")
            .r#type(sdk::CertificateType::from("BORROWED"))
            .status(sdk::CertificateStatus::PendingValidation)
            .build();
        let certificate = Certificate::from(detail);
        assert_eq!(certificate.names, ["a.example.com"]);
        assert_eq!(certificate.kind.as_str(), "BORROWED");
        assert_eq!(certificate.status, CertificateStatus::Other("PENDING_VALIDATION".into()));
        assert_eq!(certificate.not_after, None);
    }

    #[test]
    fn iam_keeps_certificates_of_its_own() {
        let table = [
            ("arn:aws:acm:us-west-2:111122223333:certificate/11111111-1111-1111-1111-111111111111", true),
            ("arn:aws-cn:acm:cn-north-1:111122223333:certificate/1", true),
            ("arn:aws:iam::111122223333:server-certificate/acm/mine", false),
            ("", false),
        ];
        for (arn, expected) in table {
            assert_eq!(is_in_acm(arn), expected, "{arn}");
        }
    }
}
