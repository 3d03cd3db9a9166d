//! What ACM describes: certificates.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::{Account, Done, stamp};
use super::json::{text, without_nulls};
use super::network::{Certificate, CertificateKind};
use super::refusal::Refusal;

/// `DescribeCertificate`.
pub(super) fn describe_certificate(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let arn = text(input, "/CertificateArn").unwrap_or_default();
    if !arn.split(':').nth(5).is_some_and(|resource| resource.starts_with("certificate/")) {
        return Err(Refusal::new("InvalidArnException", format!("arn '{arn}' does not refer to a certificate")));
    }
    let Some(certificate) = account.network.certificate(arn) else {
        let message = format!("Could not find certificate {arn} in account {}.", account.options.account);
        return Err(Refusal::new("ResourceNotFoundException", message));
    };
    Ok(Done::read(json!({"Certificate": describe(account, certificate)})))
}

fn describe(account: &Account, certificate: &Certificate) -> Value {
    let users =
        account.network.load_balancers.iter().filter(|balancer| {
            balancer.listeners.iter().any(|listener| listener.certificates.contains(&certificate.arn))
        });
    let in_use_by: Vec<_> = users.map(|balancer| balancer.arn.as_str()).collect();
    let time = |time: Option<Timestamp>| time.map_or(Value::Null, stamp);
    let imported = certificate.kind == CertificateKind::Imported;
    let (since, renewal) = if imported { ("ImportedAt", "INELIGIBLE") } else { ("IssuedAt", "ELIGIBLE") };
    let mut described = json!({
        "CertificateArn": certificate.arn,
        "DomainName": certificate.names.first(),
        "SubjectAlternativeNames": certificate.names,
        "Subject": certificate.subject,
        "Issuer": certificate.issuer,
        "Status": certificate.status.name(),
        "Type": certificate.kind.name(),
        "KeyAlgorithm": "RSA_2048",
        "SignatureAlgorithm": "SHA256WITHRSA",
        "InUseBy": in_use_by,
        "CreatedAt": time(certificate.not_before.or(Some(Timestamp::UNIX_EPOCH))),
        "NotBefore": time(certificate.not_before),
        "NotAfter": time(certificate.not_after),
        "CertificateAuthorityArn": certificate.authority,
        "RenewalEligibility": renewal,
    });
    if certificate.not_before.is_some() {
        described["Serial"] = json!("0a:1b:2c:3d:4e:5f:60:71:82:93:a4:b5:c6:d7:e8:f9");
        described[since] = time(certificate.not_before);
    }
    without_nulls(&mut described);
    described
}
